"""Intan RHD and RHS recordings."""

from rawio.intan.reader import IntanRawIO

__all__ = ["IntanRawIO"]
