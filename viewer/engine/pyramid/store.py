"""A pyramid on disk: a folder of level files and an ``index.json`` that says of what.

::

    index.json                 format, identity of the recording, layout; with a hash of all that
    stream0-level6.npy         (rows, 2, channels): least and greatest value of 96 samples
    stream0-level6-sums.npy    (units,) uint64: checksums; 0 where nothing was written yet
    stream0-level8.npy         of 384 samples; and so on

The level files have their full length from the start; what of them is done the checksums say.
"""

import contextlib
import hashlib
import json
import logging
import os
import shutil
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

from rawio import BaseRawIO
from viewer.engine.pyramid.files import ArrayFile, checksums
from viewer.engine.pyramid.identity import Identity
from viewer.engine.pyramid.layout import StreamLayout

log = logging.getLogger("viewer")

FORMAT = "rawscope-pyramid"
VERSION = 2
INDEX = "index.json"
UNFINISHED = ".building-"


class StreamStore:
    """The levels of one stream.

    Parameters
    ----------
    folder : pathlib.Path
    layout : StreamLayout
    writable : bool
    """

    def __init__(self, folder: Path, layout: StreamLayout, writable: bool) -> None:
        self.layout, self.writable = layout, writable
        dtype, shape = np.dtype(layout.dtype), (2, layout.channels)
        self._rows: dict[int, ArrayFile] = {}
        self._sums: dict[int, ArrayFile] = {}
        for level in layout.levels if layout.runs else ():
            rows, sums = _paths(folder, layout.stream, level)
            self._rows[level] = ArrayFile(rows, dtype, shape, writable)
            self._sums[level] = ArrayFile(sums, np.dtype("<u8"), (), writable)

    @staticmethod
    def create(folder: Path, layout: StreamLayout) -> None:
        """Write empty level files."""
        for level in layout.levels if layout.runs else ():
            rows, sums = _paths(folder, layout.stream, level)
            shape = (2, layout.channels)
            ArrayFile.create(rows, np.dtype(layout.dtype), shape, layout.total_rows(level))
            ArrayFile.create(sums, np.dtype("<u8"), (), layout.total_units(level))

    def read(self, run: int, level: int, first: int, last: int) -> tuple[np.ndarray, np.ndarray]:
        """Return rows `first` to `last` of a run, and which of them are there and sound.

        A checksum that does not fit is struck out, so that its rows are built again.

        Returns
        -------
        ndarray, shape (last - first, 2, channels)
        ndarray of bool, shape (last - first,)

        Raises
        ------
        OSError
            When the disk fails.
        """
        layout = self.layout
        unit = layout.unit_rows(level)
        first_unit, last_unit = first // unit, -(-last // unit)
        start, stop = first_unit * unit, min(last_unit * unit, layout.rows_of(run, level))
        told = self._read_sums(run, level, first_unit, last_unit)
        at = layout.row_start(run, level)
        rows = self._read_long_enough(self._rows[level], level, at + start, at + stop)
        number = layout.unit_start(run, level) + first_unit
        right = told == checksums(rows, unit, number)
        damaged = np.flatnonzero(~right & (told != 0))
        if len(damaged):
            log.warning("%s: %d units are damaged", self._rows[level].path, len(damaged))
            for index in damaged.tolist() if self.writable else ():
                self._sums[level].write(number + index, np.zeros(1, "<u8"))
        valid = np.repeat(right, unit)[: stop - start]
        return rows[first - start : last - start], valid[first - start : last - start]

    def write(self, run: int, level: int, first: int, rows: np.ndarray) -> None:
        """Write rows of a run from row `first` on, which begins a unit, then their checksums.

        Raises
        ------
        OSError
            No room, no permission.
        """
        layout = self.layout
        unit = layout.unit_rows(level)
        assert first % unit == 0
        number = layout.unit_start(run, level) + first // unit
        # What is still a hole in a new file reads as zeros without taking room. Bytes are what
        # counts: there is a minus zero of floats.
        holds_any = np.ascontiguousarray(rows).reshape(-1).view(np.uint8).any()
        if holds_any or not self._is_hole(run, level, first, len(rows)):
            self._rows[level].write(layout.row_start(run, level) + first, rows)
        self._sums[level].write(number, checksums(rows, unit, number))

    def _is_hole(self, run: int, level: int, first: int, count: int) -> bool:
        at = self.layout.row_start(run, level) + first
        try:
            return not self._rows[level].read(at, at + count).reshape(-1).view(np.uint8).any()
        except ValueError:  # cut: what is written makes it longer again
            return False

    def done(self, run: int) -> np.ndarray:
        """Return which blocks of a run have all their rows, bool (blocks,)."""
        layout = self.layout
        done = np.ones(layout.block_count(run), bool)
        for level in layout.levels_of(run):
            if level > layout.block_level():
                break
            units = layout.units_of(run, level)
            there = self._read_sums(run, level, 0, units) != 0
            in_block = layout.units_in_block(level)
            padded = np.ones(len(done) * in_block, bool)
            padded[:units] = there
            done &= padded.reshape(-1, in_block).all(axis=1)
        return done

    def all_done(self) -> np.ndarray:
        """Return which blocks of all runs have all their rows, bool (blocks,)."""
        runs = range(len(self.layout.runs))
        return np.concatenate([np.empty(0, bool), *(self.done(run) for run in runs)])

    def written(self, run: int, level: int, first: int, last: int) -> np.ndarray:
        """Return which rows of a level have a checksum, sound or not, bool (last - first,)."""
        unit = self.layout.unit_rows(level)
        first_unit, last_unit = first // unit, -(-last // unit)
        there = self._read_sums(run, level, first_unit, last_unit) != 0
        return np.repeat(there, unit)[first - first_unit * unit :][: last - first]

    def strike_out(self, run: int, level: int, first_unit: int) -> None:
        """Let the units of a run from `first_unit` on count as not written."""
        units = self.layout.units_of(run, level)
        if first_unit < units:
            number = self.layout.unit_start(run, level) + first_unit
            self._sums[level].write(number, np.zeros(units - first_unit, "<u8"))

    def extend(self, folder: Path, new: StreamLayout) -> None:
        """Make room for a longer last run and more runs; what was only partly there is struck out.

        The layout in use stays the old one; open the store again for the new one.
        """
        old = self.layout
        if old.runs:
            last = len(old.runs) - 1
            for level in old.levels_of(last):
                whole = old.runs[last].size // old.unit_samples(level)
                self.strike_out(last, level, whole)
        for level in new.levels if new.runs else ():
            if level in self._rows:
                self._rows[level].extend(new.total_rows(level))
                self._sums[level].extend(new.total_units(level))
            else:
                rows, sums = _paths(folder, new.stream, level)
                shape = (2, new.channels)
                ArrayFile.create(rows, np.dtype(new.dtype), shape, new.total_rows(level))
                ArrayFile.create(sums, np.dtype("<u8"), (), new.total_units(level))

    def _read_sums(self, run: int, level: int, first: int, last: int) -> np.ndarray:
        start = self.layout.unit_start(run, level)
        return self._read_long_enough(self._sums[level], level, start + first, start + last)

    def _read_long_enough(self, file: ArrayFile, level: int, first: int, last: int) -> np.ndarray:
        """Read a file, which gets its length again where it was cut.

        What was cut off is zeros then, which no checksum fits, and no zero is one.
        """
        try:
            return file.read(first, last)
        except ValueError as error:
            log.warning("%s; it is built again", error)
        if not self.writable:
            return np.zeros((last - first, *file.row_shape), file.dtype)
        self._rows[level].extend(self.layout.total_rows(level))
        self._sums[level].extend(self.layout.total_units(level))
        return file.read(first, last)


class Pyramid:
    """The pyramid of one recording.

    Parameters
    ----------
    folder : pathlib.Path
    identity : Identity
    writable : bool

    Raises
    ------
    OSError, ValueError
        When a level file cannot be opened or holds something else.
    """

    def __init__(self, folder: Path, identity: Identity, writable: bool) -> None:
        self.folder, self.identity, self.writable = folder, identity, writable
        self.streams = {
            layout.stream: StreamStore(folder, layout, writable) for layout in identity.streams
        }

    @property
    def complete(self) -> bool:
        """Whether all blocks of all streams are done."""
        return all(store.all_done().all() for store in self.streams.values())


def open_pyramid(
    folder: Path, reader: BaseRawIO, identity: Identity, writable: bool
) -> Pyramid | None:
    """Open the pyramid in a folder if it is of this recording, making it longer where that grew.

    Returns
    -------
    Pyramid or None
        None when there is none, or it is of something else, or damaged beyond use.

    Raises
    ------
    RawIOError
        What the reader raises.
    """
    try:
        kept = _read_index(folder)
        likeness = kept.likeness(reader, identity)
        if likeness == "grown" and writable:
            _extend(folder, kept, identity)
        elif likeness != "same":
            return None
        return Pyramid(folder, identity, writable)
    except (OSError, ValueError, TypeError, LookupError, AttributeError) as error:
        log.debug("%s: no pyramid (%s)", folder, error)
        return None


def create_pyramid(folder: Path, identity: Identity) -> Pyramid:
    """Make an empty pyramid in a folder, in place of what is there of anything else.

    Of several processes that do so at the same moment the first one's is there for all.

    Raises
    ------
    OSError
        No room, no permission.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    building = Path(tempfile.mkdtemp(prefix=UNFINISHED, dir=folder.parent))
    try:
        for layout in identity.streams:
            StreamStore.create(building, layout)
        _write_index(building, identity)
        try:
            building.rename(folder)
        except OSError:  # something is there
            theirs = _sound_one(folder, identity)
            if theirs is not None:
                return theirs
            remove_pyramid(folder)
            building.rename(folder)
    finally:
        shutil.rmtree(building, ignore_errors=True)
    return Pyramid(folder, identity, writable=True)


def _sound_one(folder: Path, identity: Identity) -> Pyramid | None:
    try:
        return Pyramid(folder, identity, True) if _read_index(folder) == identity else None
    except (OSError, ValueError, TypeError, LookupError, AttributeError):
        return None


def remove_pyramid(folder: Path) -> None:
    """Remove a pyramid's folder, out of the way at once."""
    aside = Path(tempfile.mkdtemp(prefix=UNFINISHED, dir=folder.parent))
    try:
        with contextlib.suppress(FileNotFoundError):
            folder.rename(aside / "replaced")
    finally:
        shutil.rmtree(aside, ignore_errors=True)


def _extend(folder: Path, kept: Identity, identity: Identity) -> None:
    """Make the files of a pyramid as long as the recording is now, then say so in its index."""
    theirs = {layout.stream: layout for layout in kept.streams}
    for layout in identity.streams:
        if layout.stream not in theirs:
            StreamStore.create(folder, layout)
            continue
        store = StreamStore(folder, theirs[layout.stream], writable=True)
        store.extend(folder, layout)
    _write_index(folder, identity)


def _read_index(folder: Path) -> Identity:
    index = json.loads((folder / INDEX).read_bytes())
    body = index["body"]
    if index["digest"] != _digest(body):
        raise ValueError("index.json is damaged")
    if (body["format"], body["version"]) != (FORMAT, VERSION):
        raise ValueError("another version")
    return Identity.from_json(body["identity"])


def _write_index(folder: Path, identity: Identity) -> None:
    body = {
        "format": FORMAT,
        "version": VERSION,
        "path": identity.path,
        "identity": identity.as_json(),
    }
    text = json.dumps({"body": body, "digest": _digest(body)})
    part = folder / f"{INDEX}.part"
    part.write_text(text, encoding="utf-8")
    os.replace(part, folder / INDEX)


def _digest(body: Any) -> str:
    return hashlib.blake2b(json.dumps(body, sort_keys=True).encode(), digest_size=12).hexdigest()


def _paths(folder: Path, stream: int, level: int) -> tuple[Path, Path]:
    stem = f"stream{stream}-level{level}"
    return folder / f"{stem}.npy", folder / f"{stem}-sums.npy"
