"""Dialogs: export, settings, help."""
