"""Checks that nothing is written, and that a reader can be sent to another process."""

import pickle
from itertools import islice
from pathlib import Path

from rawio.base import BaseRawIO
from rawio.testing._common import ReaderError, chunk, require, runs, same

MAX_FILES = 10_000


class Untouched:
    """The files of a recording as they are, to be compared with how they are later.

    Parameters
    ----------
    reader : BaseRawIO
        Its ``source_name()`` is the file or folder; what is beside a file counts too.
    """

    def __init__(self, reader: BaseRawIO) -> None:
        self._path = Path(reader.source_name())
        self._before = self._look()

    def check(self) -> None:
        """Raise `ReaderError` when a file has come, gone or changed."""
        after = self._look()
        for path in sorted(set(self._before) ^ set(after)):
            what = "written" if path in after else "removed"
            require(False, f"{path} was {what}; recordings and their folders are not touched.")
        for path, facts in after.items():
            require(facts == self._before[path], f"{path} was changed; recordings are not touched.")

    def _look(self) -> dict[str, tuple[int, int, int]]:
        folder = self._path if self._path.is_dir() else self._path.parent
        if not self._path.exists():  # an array or an object has no file
            return {}
        found = {}
        everything = folder.rglob("*") if folder == self._path else folder.iterdir()
        for path in islice(everything, MAX_FILES):
            if path.is_file():
                status = path.stat()
                found[str(path)] = (status.st_size, status.st_mtime_ns, status.st_ino)
        return found


def check_copies(reader: BaseRawIO) -> None:
    """Check that a reader that was sent to another process reads the same."""
    try:
        copy: BaseRawIO = pickle.loads(pickle.dumps(reader))
    except Exception as error:
        raise ReaderError(f"the reader cannot be sent to another process ({error}).") from error
    if copy.header is None:
        copy.parse_header()
    for block, segment, stream, size, _ in runs(reader):
        span = (size // 2, min(size, size // 2 + 10))
        same(
            chunk(copy, block, segment, stream, *span),
            chunk(reader, block, segment, stream, *span),
            f"stream {stream}, read by a copy of the reader",
        )
