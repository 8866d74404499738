"""Tests of rawscope; a package so that helpers can be imported as ``tests.writers``."""
