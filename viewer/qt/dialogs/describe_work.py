"""Looking at a flat binary file while it is described, and describing it; both for a thread."""

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np

from rawio import RawBinaryRawIO, RawIOError, UnwritableFileError
from rawio.files import RawFile
from rawio.rawbinary import describe
from rawio.sidecar import FlatBinaryLayout, read_sidecar, sidecar_path
from viewer.engine.errors import CancelledError
from viewer.engine.workers import sentence_of

MOST_CHANNELS = 6
MOST_SAMPLES = 400
MOST_BYTES = 4 << 20
"""That are read to be drawn."""


Beside = Literal["nothing", "a description", "something else"]
"""What has the name of a description."""


@dataclass(frozen=True)
class Look:
    """What is to be looked at.

    Attributes
    ----------
    number : int
        Of the wish.
    path : pathlib.Path
    shape : FlatBinaryLayout or None
        None asks only how large the file is, and what lies beside it.
    """

    number: int
    path: Path
    shape: FlatBinaryLayout | None


@dataclass(frozen=True)
class Looked:
    """What there is.

    Attributes
    ----------
    number : int
        Of the wish.
    size : int or None
        Bytes; None where the file cannot be looked at.
    beside : {'nothing', 'a description', 'something else'}
        What has the name of the description.
    known : FlatBinaryLayout or None
        What the description says.
    samples : ndarray or None, shape (n_samples, n_channels)
        The first of the first channels, raw.
    names : tuple of str
        Of these channels.
    why : str
        What went wrong; "" if nothing did.
    """

    number: int
    size: int | None = None
    beside: Beside = "nothing"
    known: FlatBinaryLayout | None = None
    samples: np.ndarray | None = None
    names: tuple[str, ...] = ()
    why: str = ""


@dataclass(frozen=True)
class Described:
    """A flat binary file that is described.

    Attributes
    ----------
    path : pathlib.Path
    layout : FlatBinaryLayout
    why_unwritten : str
        A sentence; "" if the description lies beside the file.
    """

    path: Path
    layout: FlatBinaryLayout
    why_unwritten: str = ""


def look(wish: Look) -> Looked:
    """Return what there is; what goes wrong is told in it."""
    size: int | None = None
    beside: Beside = "nothing"
    known: FlatBinaryLayout | None = None
    try:
        size = RawFile(wish.path).size
        beside, known = _beside(wish.path)
        samples, names = (None, ()) if wish.shape is None else _first(wish.path, wish.shape)
    except Exception as error:
        why = sentence_of(error, f"looking at {wish.path.name}")
        return Looked(wish.number, size, beside, known, why=why)
    return Looked(wish.number, size, beside, known, samples, names)


def describe_file(
    path: Path,
    layout: FlatBinaryLayout,
    progress: Callable[[float], None],
    cancelled: Callable[[], bool],
) -> Described:
    """Write a description beside a file, where that can be done.

    Raises
    ------
    RawIOError
        When the file cannot be read so; nothing is written then.
    CancelledError
    """
    if cancelled():
        raise CancelledError
    try:
        describe(path, layout)
    except UnwritableFileError as error:
        what = str(error).replace(f"{path.parent}{os.sep}", "", 1).removesuffix(".")
        return Described(
            path, layout, f"{what}, so the description holds until this window is closed."
        )
    return Described(path, layout)


def _beside(path: Path) -> tuple[Beside, FlatBinaryLayout | None]:
    beside = sidecar_path(path)
    if not beside.exists():
        return "nothing", None
    try:
        return "a description", read_sidecar(beside)
    except RawIOError:  # what cannot be read counts as little as what is no description
        return "something else", None


def _first(path: Path, shape: FlatBinaryLayout) -> tuple[np.ndarray, tuple[str, ...]]:
    """Return a few samples of the start of a file, and whose they are."""
    reader = RawBinaryRawIO(path, shape)
    reader.parse_header()
    assert reader.header is not None
    count = max(1, min(MOST_SAMPLES, MOST_BYTES // shape.frame_bytes))
    count = min(count, reader.get_signal_size(0, 0, 0))
    columns = list(range(min(MOST_CHANNELS, shape.n_channels)))
    samples = reader.get_analogsignal_chunk(0, 0, 0, count, 0, channel_indexes=columns)
    names = reader.header["signal_channels"]["name"][: len(columns)]
    return samples, tuple(str(name) for name in names)
