"""Which traditional files are one recording.

The acquisition software may begin a new file every so many minutes, ``base_YYMMDD_HHMMSS.rhd``,
while its timestamps go on. Files of one base name and the same channels, each of which begins
where the one before ends, are one session.
"""

import re
from dataclasses import dataclass
from pathlib import Path

from rawio.errors import RawIOError
from rawio.files import RawFile
from rawio.folders import names_in
from rawio.intan.headers import IntanHeader, read_header
from rawio.intan.traditional import block_layout, whole_blocks
from rawio.locks import Lock
from rawio.sources import noting

SUFFIXES = (".rhd", ".rhs")
_NAME = re.compile(r"(?P<base>.*)_\d{6}_\d{6}")

LONGEST_PAUSE = 1.0
"""Seconds that may be lost from one file to the next. A session of its own starts at 0, or, if
triggered, before it; Intan's software looks for a few samples only."""

Chain = tuple[Path, ...]


@dataclass(frozen=True)
class _Ends:
    """The header of a file, and its first and last timestamps as 32-bit counts."""

    header: IntanHeader
    first: int
    last: int


def _ends(path: Path, before: _Ends | None) -> _Ends | None:
    """Return what there is at the ends of a file; None if it has no data or cannot be read.

    The header is most often that of the file before it.
    """
    try:
        file = RawFile(path)
        header = read_header(file, lambda _: None, like=before.header if before else None)
        n_blocks, _ = whole_blocks(header, file.size)
        if not n_blocks:
            return None
        last_block = header.size + (n_blocks - 1) * block_layout(header)[1]
        last = file.read(last_block + 4 * (header.block - 1), 4).view("<u4")[0]
        return _Ends(header, int(file.read(header.size, 4).view("<u4")[0]), int(last))
    except RawIOError:
        return None


def _goes_on(before: _Ends, after: _Ends) -> bool:
    if before.header is not after.header and before.header.signature != after.header.signature:
        return False
    step = (after.first - before.last) & 0xFFFFFFFF
    return 0 < step <= max(1.0, LONGEST_PAUSE * before.header.sample_rate)


def find_chains(folder: Path) -> list[Chain]:
    """Return the .rhd and .rhs files of a folder, those of a session together, each by time.

    A file that continues no other and is not continued is a chain of its own. Files without data
    are left out, and so are those that cannot be read.
    """
    try:
        names = names_in(folder)
    except RawIOError:
        return []
    chains: list[list[Path]] = []
    previous: dict[tuple[str, str], tuple[list[Path], _Ends]] = {}
    for name in names:
        path = folder / name
        if path.suffix.lower() not in SUFFIXES or name.startswith("."):
            continue
        match = _NAME.fullmatch(path.stem)
        key = (match["base"], path.suffix) if match else (name, "")
        chain, before = previous.get(key, ([], None))
        with noting():  # aside: other sessions are no part of the recording
            ends = _ends(path, before)
        if ends is None:
            continue
        if before is None or not _goes_on(before, ends):
            chain = []
            chains.append(chain)
        chain.append(path)
        previous[key] = (chain, ends)
    return [tuple(chain) for chain in chains]


class _Remembered:
    """The chains of the folder that was asked about last.

    When a folder is searched each of its files is asked about in turn; to look at all of them
    each time would take hours for a week of one-minute files. What is remembered holds as long
    as no file was added or removed, and the file asked about is what it was.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._folder: tuple[Path, int] | None = None
        self._chains: dict[Path, tuple[Chain, tuple[int, int]]] = {}

    def chain_of(self, path: Path) -> Chain | None:
        folder = path.parent.absolute()
        try:
            stamp, own = (folder, folder.stat().st_mtime_ns), _stamp(path)
            with self._lock:
                known = self._chains.get(path.absolute()) if self._folder == stamp else None
                if known is None or known[1] != own:
                    self._look(stamp)
                    known = self._chains.get(path.absolute())
        except OSError:
            return None
        return None if known is None else tuple(path.parent / p.name for p in known[0])

    def _look(self, stamp: tuple[Path, int]) -> None:
        self._chains = {p: (c, _stamp(p)) for c in find_chains(stamp[0]) for p in c}
        self._folder = stamp


def _stamp(path: Path) -> tuple[int, int]:
    status = path.stat()
    return status.st_size, status.st_mtime_ns


_remembered = _Remembered()


def chain_of(path: Path) -> Chain | None:
    """Return the files of the session that a traditional file belongs to, at least itself.

    None if the file has no data or cannot be read.
    """
    return _remembered.chain_of(path)
