"""`open_recording`: the right reader for a file, by its content first and its name second."""

import os
from typing import Any

from rawio.base import BaseRawIO
from rawio.errors import OptionError, UnknownFormatError
from rawio.files import RawFile
from rawio.plexon import PlexonRawIO
from rawio.rawbinary import RawBinaryRawIO

READERS: tuple[type[BaseRawIO], ...] = (PlexonRawIO, RawBinaryRawIO)
"""In the order they are asked: formats with a magic number before those known by name alone."""

HEAD_BYTES = 4096


def open_recording(path: str | os.PathLike[str], **options: Any) -> BaseRawIO:
    """Return a reader of the recording at `path` with its header parsed.

    Parameters
    ----------
    path : path-like
    **options
        Passed to the reader; for a flat binary file ``n_channels``, ``sampling_rate`` and the
        other fields of its layout. Options that are None count as not given.

    Returns
    -------
    BaseRawIO

    Raises
    ------
    MissingFileError, EmptyFileError, UnreadableFileError
    UnknownFormatError
        When no reader recognises the file.
    FormatError
        When the file breaks the rules of its format.
    OptionError
        When an option is not one of the reader's.
    """
    file = RawFile(path)
    head = file.read(0, HEAD_BYTES).tobytes()
    given = {key: value for key, value in options.items() if value is not None}
    for reader_class in READERS:
        if reader_class.recognises(file.path, head):
            break
    else:
        if "n_channels" not in given:
            known = ", ".join(f".{e}" for cls in READERS for e in cls.extensions)
            raise UnknownFormatError(
                f"{path}: is of no format known here ({known}); a flat binary file of another "
                "name opens with its channels and sampling rate given."
            )
        reader_class = RawBinaryRawIO
    try:
        reader = reader_class(path, **given)
    except TypeError:
        raise OptionError(
            f"{path}: is read as {reader_class.name}, which does not take all of the options "
            f"{', '.join(given)}."
        ) from None
    reader.parse_header()
    return reader
