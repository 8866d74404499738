"""Plexon .plx recordings."""

from rawio.plexon.reader import PlexonRawIO

__all__ = ["PlexonRawIO"]
