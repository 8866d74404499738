"""Reading electrophysiology recordings as NumPy buffers: the API of the Neo RawIO page."""

import logging

from rawio.base import BaseRawIO
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
    UnknownFormatError,
    UnreadableFileError,
)
from rawio.opening import find_recordings, open_recording
from rawio.plexon import PlexonRawIO
from rawio.rawbinary import RawBinaryRawIO

__all__ = [
    "BaseRawIO",
    "EmptyFileError",
    "FormatError",
    "HeaderNotParsedError",
    "MissingFileError",
    "OptionError",
    "OutOfRangeError",
    "PlexonRawIO",
    "RawBinaryRawIO",
    "RawIOError",
    "SelectionError",
    "SeveralRecordingsError",
    "UnknownFormatError",
    "UnreadableFileError",
    "find_recordings",
    "open_recording",
]

# Warnings are in `reader.warnings`; who wants them logged as well sets logging up.
logging.getLogger("rawio").addHandler(logging.NullHandler())
