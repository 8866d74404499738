"""Reading electrophysiology recordings as NumPy buffers: the API of the Neo RawIO page."""

import logging
from importlib import import_module
from typing import Any

from rawio.base import BaseRawIO
from rawio.blackrock import BlackrockRawIO
from rawio.errors import (
    EmptyFileError,
    FormatError,
    HeaderNotParsedError,
    MissingFileError,
    OptionError,
    OutOfRangeError,
    RawIOError,
    SelectionError,
    SeveralRecordingsError,
    UndescribedFileError,
    UnknownFormatError,
    UnreadableFileError,
    UnwritableFileError,
)
from rawio.intan import IntanRawIO
from rawio.neuralynx import NeuralynxRawIO
from rawio.neuroscope import NeuroScopeRawIO
from rawio.openephys import OpenEphysBinaryRawIO
from rawio.opening import find_recordings, open_recording
from rawio.plexon import PlexonRawIO
from rawio.rawbinary import RawBinaryRawIO
from rawio.spikeglx import SpikeGLXRawIO

__all__ = [
    "BaseRawIO",
    "BlackrockRawIO",
    "EmptyFileError",
    "FormatError",
    "HeaderNotParsedError",
    "IntanRawIO",
    "MissingFileError",
    "NeuralynxRawIO",
    "NeuroScopeRawIO",
    "OpenEphysBinaryRawIO",
    "OptionError",
    "OutOfRangeError",
    "PlexonRawIO",
    "RawBinaryRawIO",
    "RawIOError",
    "SelectionError",
    "SeveralRecordingsError",
    "SpikeGLXRawIO",
    "UndescribedFileError",
    "UnknownFormatError",
    "UnreadableFileError",
    "UnwritableFileError",
    "as_neo",
    "find_recordings",
    "from_array",
    "from_neo",
    "from_spikeinterface",
    "open_recording",
    "to_neo_block",
]

# Warnings are in `reader.warnings`; who wants them logged as well sets logging up.
logging.getLogger("rawio").addHandler(logging.NullHandler())

_BRIDGES = {
    "as_neo": "rawio.bridges.stand_in",
    "from_array": "rawio.bridges.arrays",
    "from_neo": "rawio.bridges.from_neo",
    "from_spikeinterface": "rawio.bridges.from_spikeinterface",
    "to_neo_block": "rawio.bridges.to_neo",
}


def __getattr__(name: str) -> Any:
    """Import what leads to other libraries when it is asked for."""
    if name in _BRIDGES:
        return getattr(import_module(_BRIDGES[name]), name)
    raise AttributeError(f"module 'rawio' has no attribute {name!r}")
