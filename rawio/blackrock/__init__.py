"""Blackrock recordings: signals of .ns1 to .ns6 files, spikes and events of .nev files."""

from rawio.blackrock.reader import BlackrockRawIO

__all__ = ["BlackrockRawIO"]
