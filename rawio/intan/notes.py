"""Notes that were typed while recording: notes.txt, a line each.

A line is ``sample, time of day, text``, the sample counted from the beginning of the recording or,
in a triggered one, from the trigger. Texts are Latin-1.
"""

import os
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from rawio.errors import EmptyFileError, MissingFileError, RawIOError, Warn
from rawio.files import RawFile
from rawio.intan.contents import Contents
from rawio.intan.segments import Segment
from rawio.intan.sessions import SUFFIXES

NOTES_FILE = "notes.txt"
MAX_BYTES = 1 << 20
MAX_TEXT = 240  # characters


@dataclass(frozen=True)
class Notes:
    """The notes of one segment: their timestamps, rising, and texts."""

    tick: np.ndarray
    text: np.ndarray


def read_notes(contents: Contents, segments: Sequence[Segment], warn: Warn) -> list[Notes] | None:
    """Return the notes of each segment; None if the recording has no file of them.

    Notes beside several recordings could be of any of them and are left alone.
    """
    folder = contents.files[0].parent
    try:
        file = RawFile(folder / NOTES_FILE)
    except (MissingFileError, EmptyFileError):
        return None
    except RawIOError as error:
        warn(f"notes are left out: {error}")
        return None
    if not _is_alone(contents):
        return None
    if file.size > MAX_BYTES:
        warn(f"{NOTES_FILE} is {file.size} bytes long, which no notes are; it is left out.")
        return None
    lines = file.read(0, MAX_BYTES).tobytes().decode("latin-1").splitlines()
    return _placed([line for line in lines if line.strip()], segments, warn)


def _is_alone(contents: Contents) -> bool:
    """Return whether all headers in the folder are of this recording."""
    own = {path.name for path in contents.files}
    try:
        names = os.listdir(contents.files[0].parent)
    except OSError:
        return False
    return all(name in own for name in names if name.lower().endswith(SUFFIXES))


def _placed(lines: list[str], segments: Sequence[Segment], warn: Warn) -> list[Notes]:
    starts = [segment.first for segment in segments]
    origin = max(0, -segments[0].tick)
    found: list[list[tuple[int, str]]] = [[] for _ in segments]
    bad = long = 0
    for line in lines:
        number, _, rest = line.partition(",")
        if not number.strip().isdecimal() or len(number) > 18:
            bad += 1
            continue
        sample = int(number) + origin
        k = max(0, bisect_right(starts, sample) - 1)
        text = rest.partition(",")[2].strip()
        long += len(text) > MAX_TEXT
        after = min(sample, segments[k].stop) - segments[k].first
        found[k].append((segments[k].tick + after, text[:MAX_TEXT]))
    if bad:
        warn(
            f"{bad} of {len(lines)} lines of {NOTES_FILE} do not begin with the number of a "
            "sample and are left out."
        )
    if long:
        warn(f"{long} notes are cut to {MAX_TEXT} characters.")
    return [_notes(sorted(part, key=lambda note: note[0])) for part in found]


def _notes(part: list[tuple[int, str]]) -> Notes:
    tick = np.array([tick for tick, _ in part], np.int64)
    return Notes(tick, np.array([text for _, text in part], dtype=np.str_))
