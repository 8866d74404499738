"""Folders of the Open Ephys GUI's "Binary" format."""

from rawio.openephys.reader import OpenEphysBinaryRawIO

__all__ = ["OpenEphysBinaryRawIO"]
