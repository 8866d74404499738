"""Watching the files of an open recording: what grows, is replaced, or goes while it is shown."""

import threading
from collections.abc import Callable, Sequence

from rawio.files import RawFile

SECONDS = 1.0


class FileWatch:
    """A thread that looks at the files of a recording now and then.

    Parameters
    ----------
    files : sequence of RawFile
    on_change : callable
        Called once, in the thread, with a sentence and whether what is shown is still true.
    seconds : float
        Between two looks.
    """

    def __init__(
        self,
        files: Sequence[RawFile],
        on_change: Callable[[str, bool], None],
        seconds: float = SECONDS,
    ) -> None:
        self._files, self._on_change, self._seconds = list(files), on_change, seconds
        self._closed = threading.Event()
        if self._files:
            threading.Thread(target=self._run, name="rawscope watch", daemon=True).start()

    def close(self) -> None:
        """Look no more."""
        self._closed.set()

    def _run(self) -> None:
        grown = False
        while not self._closed.wait(self._seconds):
            for file in self._files:
                change = file.change()
                if change in (None, "grown" if grown else None) or self._closed.is_set():
                    continue
                if change in ("replaced", "cut"):
                    verb = "was replaced" if change == "replaced" else "was cut short"
                    self._on_change(f"{file.path} {verb} while it was open; open it again.", False)
                    return
                if change == "gone":
                    self._on_change(
                        f"{file.path} is no longer there; what is still open is shown.", True
                    )
                    return
                grown = True
                self._on_change(
                    f"{file.path} has grown since it was opened; open it again to see all.", True
                )
