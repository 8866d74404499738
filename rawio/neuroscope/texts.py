"""Text files of a session: numbers and events, line by line.

By the documents every line ends, the last one too; what follows the last line end may be a number
cut in two and is not read, as NeuroScope does not.
"""

import codecs
import math
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from rawio.errors import Warn
from rawio.files import RawFile
from rawio.texts import decoded

PIECE = 1 << 17
MAX_LINE = 1 << 20
MAX_LABEL = 1000
TICKS_PER_MS = 1_000_000
"""Events are kept in nanoseconds."""
FARTHEST = 2**62
WHOLE = re.compile(rb"[+-]?\d{1,19}")
DECIMAL = re.compile(rb"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")


def read_lines(file: RawFile, note: Warn) -> Iterator[bytes]:
    """Yield pieces of a text file, each of whole lines with their ends."""
    rest = b""
    for offset in range(0, file.size, PIECE):
        piece = rest + file.read(offset, PIECE).tobytes()
        if not offset:
            piece = piece.removeprefix(codecs.BOM_UTF8)
        # A carriage return at the very end may be one half of a line end.
        end = max(piece.rfind(b"\n"), piece.rfind(b"\r", 0, -1)) + 1
        if end:
            yield piece[:end]
        rest = piece[end:]
        if len(rest) > MAX_LINE:
            note(
                f"{file.path.name} has {len(rest)} bytes without a line end at byte "
                f"{offset + PIECE - len(rest)}; from there on it is not read."
            )
            return
    if rest.endswith(b"\r"):
        yield rest
    elif rest.strip():
        note(f"the last line of {file.path.name} does not end, so it may be cut; it is not read.")


def read_integers(
    file: RawFile,
    dtype: str,
    note: Warn,
    words_of: Callable[[bytes], list[bytes]] = bytes.split,
) -> np.ndarray:
    """Return the whole numbers of a file, up to the first word that is none.

    Parameters
    ----------
    file : RawFile
    dtype : str
        int64 or int32; a number that it does not hold counts as none.
    note : callable
        Takes a sentence about what is not as it should be.
    words_of : callable
        Takes the words that should be numbers out of whole lines.
    """
    limit = min(FARTHEST, int(np.iinfo(dtype).max))
    parts: list[np.ndarray] = []
    count = rounded = 0
    bad = None
    for piece in read_lines(file, note):
        words = words_of(piece)
        part = _integers(words, limit)
        if part is None:
            part, inexact, bad = _some_integers(words, limit)
            rounded += inexact
        parts.append(part.astype(dtype))
        count += len(part)
        if bad is not None:
            note(
                f"number {count + 1} of {file.path.name} is {bad!r}; it and what follows are not "
                "read."
            )
            break
    if rounded:
        note(f"{rounded} numbers of {file.path.name} are not whole; they are rounded.")
    return np.concatenate(parts) if parts else np.empty(0, dtype)


def _integers(words: list[bytes], limit: int) -> np.ndarray | None:
    """Return words as numbers, None unless all are plain ones within the limit."""
    try:
        values = np.array(list(map(int, words)), np.int64)
    except (ValueError, OverflowError):
        return None
    plain = not any(b"_" in word for word in words)  # which int() lets pass
    return values if plain and ((values <= limit) & (values >= -limit)).all() else None


def _some_integers(words: list[bytes], limit: int) -> tuple[np.ndarray, int, str | None]:
    """Return the numbers before the first bad word, how many were rounded, and that word."""
    values: list[int] = []
    rounded = 0
    for word in words:
        value = _number(word)
        if value is None or abs(value) > limit:
            return np.array(values, np.int64), rounded, word[:24].decode("latin-1")
        rounded += value != round(value)
        values.append(round(value))
    return np.array(values, np.int64), rounded, None


def _number(word: bytes) -> int | float | None:
    if WHOLE.fullmatch(word):
        return int(word)
    if len(word) < 64 and DECIMAL.fullmatch(word):
        value = float(word)
        return value if math.isfinite(value) else None
    return None


def read_last_column(file: RawFile, note: Warn) -> np.ndarray:
    """Return the last column of a feature file: the sample numbers of its spikes, int64.

    The first line is the number of columns.
    """
    return read_integers(file, "int64", note, _last_words)[1:]


def _last_words(piece: bytes) -> list[bytes]:
    return [words[-1] for line in piece.splitlines() if (words := line.rsplit(None, 1))]


@dataclass(frozen=True)
class Events:
    """The events of a file, in time order.

    Attributes
    ----------
    ticks : ndarray of int64
        Nanoseconds from the start of the recording.
    codes : ndarray of int32
        For each event, which of `labels` it has.
    labels : list of str
        What events are called, each once.
    """

    ticks: np.ndarray
    codes: np.ndarray
    labels: list[str]

    def labels_of(self, rows: slice) -> np.ndarray:
        """Return the labels of some events as an array of str."""
        return np.array([self.labels[code] for code in self.codes[rows].tolist()], dtype="U")


def read_events(file: RawFile, note: Warn) -> Events:
    """Return the events of a file: on each line a time in ms, white space and a description."""
    ticks: list[np.ndarray] = []
    codes: list[np.ndarray] = []
    known: dict[bytes, int] = {}
    bad = 0
    for piece in read_lines(file, note):
        rows: list[tuple[int, int]] = []
        for line in piece.splitlines():
            words = line.split(None, 1)
            if not words:
                continue
            tick = _tick(words[0])
            if tick is None:
                bad += 1
                continue
            label = words[1].rstrip()[:MAX_LABEL] if len(words) > 1 else b""
            rows.append((tick, known.setdefault(label, len(known))))
        pairs = np.array(rows, np.int64).reshape(-1, 2)
        ticks.append(pairs[:, 0].copy())
        codes.append(pairs[:, 1].astype(np.int32))
    if bad:
        note(f"{bad} lines of {file.path.name} do not start with a time; they are left out.")
    return _in_order(file, ticks, codes, [decoded(label) for label in known], note)


def _in_order(
    file: RawFile,
    ticks: list[np.ndarray],
    codes: list[np.ndarray],
    labels: list[str],
    note: Warn,
) -> Events:
    every = np.concatenate(ticks) if ticks else np.empty(0, np.int64)
    which = np.concatenate(codes) if codes else np.empty(0, np.int32)
    if (np.diff(every) < 0).any():
        note(f"the events of {file.path.name} are not in time order; they are sorted.")
        order = np.argsort(every, kind="stable")
        every, which = every[order], which[order]
    return Events(every, which, labels)


def _tick(word: bytes) -> int | None:
    """Return a time in ms as nanoseconds, None if it is no time."""
    if len(word) > 64 or not DECIMAL.fullmatch(word):
        return None
    value = float(word) * TICKS_PER_MS
    return round(value) if abs(value) < FARTHEST else None
