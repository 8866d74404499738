"""Many files, of which only so many are open at a time.

A session of days has thousands of files, more than a process may have open.
"""

import os
import threading
from collections import OrderedDict
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rawio.files import RawFile

MOST_OPEN = 512
FALLBACK_OPEN = 128


def _limit() -> int:
    """Return how many files to hold open: at most half of what the system allows."""
    try:
        import resource
    except ImportError:  # Windows
        return FALLBACK_OPEN
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return MOST_OPEN if soft < 0 else max(16, min(MOST_OPEN, soft // 2))


class OpenFiles:
    """Files by number; those used last stay open.

    Parameters
    ----------
    paths : sequence of path-like
    most : int, optional
        How many stay open.
    """

    def __init__(self, paths: Sequence[str | os.PathLike[str]], most: int | None = None) -> None:
        self.paths = tuple(Path(path).absolute() for path in paths)
        self._most = _limit() if most is None else most
        self._open: OrderedDict[int, RawFile] = OrderedDict()
        self._lock = threading.Lock()

    def __getitem__(self, number: int) -> RawFile:
        """Return a file, opened anew if it was closed; it stays open as long as it is held.

        Raises
        ------
        MissingFileError, EmptyFileError, UnreadableFileError
        """
        with self._lock:
            file = self._open.get(number)
            if file is not None:
                self._open.move_to_end(number)
                return file
        file = RawFile(self.paths[number])
        with self._lock:
            self._open[number] = file
            while len(self._open) > self._most:
                self._open.popitem(last=False)
        return file

    def name(self, number: int) -> str:
        """Return the file's name without its folder."""
        return self.paths[number].name

    def __getstate__(self) -> dict[str, Any]:
        return {"paths": self.paths, "most": self._most}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__init__(**state)  # type: ignore[misc]
