"""Open data files, never more of them than a process may well hold open."""

import threading
from collections import OrderedDict
from pathlib import Path

from rawio.files import RawFile

KEPT = 32


class Shelf:
    """Keeps the files that were read last open, and closes others.

    A session can have a thousand: one for each stream of each recording.
    """

    def __init__(self) -> None:
        self._files: OrderedDict[Path, RawFile] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, path: Path) -> RawFile:
        """Return the file at `path`; whoever holds it can read on when it is no longer kept."""
        with self._lock:
            file = self._files.pop(path, None)
            if file is None:
                file = RawFile(path)
            self._files[path] = file
            if len(self._files) > KEPT:
                self._files.popitem(last=False)
        return file

    def __getstate__(self) -> dict[str, object]:
        return {}

    def __setstate__(self, state: dict[str, object]) -> None:
        self.__init__()  # type: ignore[misc]
