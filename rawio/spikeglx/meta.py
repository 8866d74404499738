"""The .meta file: text, one ``key=value`` a line, read and checked."""

import math
import re
from pathlib import Path

from rawio.errors import FormatError
from rawio.files import RawFile
from rawio.texts import decoded, plain

MAX_BYTES = 64 << 20
"""A .meta of a probe is some 20 to 200 kB."""

LEAST, GREATEST = 1e-12, 1e12

_COUNTS = re.compile(rb"^~?acq(?:ApLfSy|MnMaXaDw|XaDwSy)=\d", re.MULTILINE)
_TYPE = re.compile(rb"^typeThis=(?:imec|nidq|obx)\b", re.MULTILINE)


def is_meta(head: bytes) -> bool:
    """Return whether a file that starts with `head` is SpikeGLX metadata.

    Keys are sorted, so the counts of acquired channels are always near the start.
    """
    head = plain(head)
    return _COUNTS.search(head) is not None or _TYPE.search(head) is not None


class Meta:
    """The entries of a .meta file; the tilde before the keys of tables is dropped.

    Parameters
    ----------
    path : pathlib.Path
    entries : dict of str to str
    """

    def __init__(self, path: Path, entries: dict[str, str]) -> None:
        self.path = path
        self.entries = entries

    def text(self, key: str) -> str:
        """Return the value of a key, stripped; empty where there is no such key."""
        return self.entries.get(key, "").strip()

    def whole(self, key: str) -> int | None:
        """Return a whole number, or None where there is none."""
        return whole_number(self.text(key))

    def positive(self, key: str) -> float | None:
        """Return a number above 0 of a size that a range, gain or rate has, or None."""
        number = real_number(self.text(key))
        return number if number is not None and LEAST <= number <= GREATEST else None

    def counts(self, key: str) -> list[int] | None:
        """Return numbers of channels, one for each kind, or None where there are none."""
        numbers = [whole_number(part) for part in self.text(key).split(",")]
        if any(number is None or number < 0 for number in numbers):
            return None
        return [number for number in numbers if number is not None]

    def table(self, key: str) -> list[str]:
        """Return what is between the brackets of a table: the header, then the entries."""
        return re.findall(r"\(([^()]*)\)", self.text(key))

    def broken(self, what: str) -> FormatError:
        """Return the error that says what is wrong with the file."""
        return FormatError(f"{self.path}: {what}; it is damaged or not SpikeGLX's.")


def read_meta(path: Path) -> Meta:
    """Read a .meta file.

    Raises
    ------
    MissingFileError, EmptyFileError, UnreadableFileError
    FormatError
        When it is no SpikeGLX metadata.
    """
    file = RawFile(path)
    if file.size > MAX_BYTES:
        raise FormatError(f"{path}: has {file.size} bytes, so it is no SpikeGLX metadata.")
    entries = {}
    for line in decoded(file.read(0, file.size).tobytes()).split("\n"):
        key, equals, value = line.rstrip("\r").partition("=")
        if equals:
            entries[key.strip().removeprefix("~")] = value
    return Meta(path, entries)


def whole_number(text: str) -> int | None:
    """Return the whole number that a text of plain digits is, or None."""
    text = text.strip()
    return int(text) if re.fullmatch(r"-?[0-9]{1,18}", text) else None


def real_number(text: str) -> float | None:
    """Return the finite number that a text is, or None."""
    try:
        number = float(text)
    except ValueError:
        return None
    return number if math.isfinite(number) else None


def number_ranges(text: str) -> list[range] | None:
    """Return numbers listed as one lists pages to print (``0:3,7``), or None if `text` is none.

    Ranges are not spelled out: what a damaged file lists may be endless.
    """
    ranges = []
    for part in text.split(",") if text.strip() else []:
        first, colon, last = part.partition(":")
        start, stop = whole_number(first), whole_number(last if colon else first)
        if start is None or stop is None or not 0 <= start <= stop:
            return None
        ranges.append(range(start, stop + 1))
    return ranges
