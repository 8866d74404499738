"""Running the desktop program: the application object, the window, the event loop."""

import contextlib
import ctypes
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import Any

from PyQt6 import sip
from PyQt6.QtCore import QTimer
from PyQt6.QtWidgets import QApplication

from viewer.qt.bridge import hear, hear_no_more
from viewer.qt.window.main_window import MainWindow
from viewer.qt.window.opening import Opener, Wish
from viewer.render.gl import prefer_egl
from viewer.settings import Settings

EXIT_BAD_INPUT = 2

PATIENCE_MS = 300
"""After which a window appears without its recording."""


M_ARENA_MAX = -8
"""Of glibc's ``mallopt``, see ``malloc.h``."""


def _limit_arenas() -> None:
    """Have threads share memory pools where the C library is glibc.

    Each of its pools keeps what was freed: with one for each thread that draws or reads, a window
    used for a while holds on to twice the memory.
    """
    with contextlib.suppress(OSError, AttributeError, TypeError):
        ctypes.CDLL(None).mallopt(M_ARENA_MAX, 2)


def run(
    path: str | None,
    opener: Opener,
    settings: Settings,
    view: dict[str, Any] | None = None,
    unkept: frozenset[str] = frozenset(),
) -> int:
    """Open a window on a recording and run until it is closed.

    Parameters
    ----------
    path : str or None
        None opens a window without a recording.
    opener : callable
        Returns a reader with its header parsed; see `viewer.qt.window.opening.Opener`.
    settings : Settings
    view : dict or None
        How to show it; see `viewer.model.view_file.load_view`.
    unkept : frozenset of str
        What of how the recording was left does not count, by the fields of a view file.

    Returns
    -------
    int
        Exit code: 0, or 2 when the recording cannot be opened; where describing a flat binary file
        would help, a window offers that.
    """
    prefer_egl()
    _limit_arenas()
    application = QApplication.instance() or QApplication(sys.argv[:1])
    assert isinstance(application, QApplication)
    application.setApplicationName("rawscope")
    application.setStyle("Fusion")  # the one style that takes a palette whole on every system
    hear()
    window = MainWindow(opener, settings, keep=True)

    def refuse(sentence: str) -> None:
        if window.signal_view is None:  # in a terminal, nobody looks for a window at first
            print(f"rawscope: {sentence}", file=sys.stderr)
            if not window.isVisible():
                application.exit(EXIT_BAD_INPUT)

    # Python sees Ctrl+C only when it runs; a timer lets it. That may be in the midst of painting:
    # windows are closed when the loop gets to it.
    signal.signal(signal.SIGINT, lambda *_: QTimer.singleShot(0, application.quit))
    breath = QTimer()
    breath.start(200)
    breath.timeout.connect(lambda: None)
    if path is None:
        if view is not None:
            window.show_view(view)
        window.show()
    else:
        window.refused.connect(refuse)
        _show_soon(window)
        window.fulfil(Wish(path, view=view, unkept=unkept))
    with _faults_told(window):
        code = application.exec()
        window.close()
        hear_no_more()
        sip.delete(window)  # before the application, whatever order Python would take them in
    return code


def _show_soon(window: MainWindow) -> None:
    """Show a window with its recording, or, when reading the header takes long, before it.

    A file that cannot be opened flashes no window.
    """
    patience = QTimer(window)
    patience.setSingleShot(True)

    def show() -> None:
        patience.stop()  # or it would show the window again that somebody has closed meanwhile
        window.show()

    patience.timeout.connect(show)
    window.opened.connect(show)
    window.asked.connect(show)
    window.undescribed.connect(show)  # which can be mended there
    patience.start(PATIENCE_MS)


@contextmanager
def _faults_told(window: MainWindow) -> Iterator[None]:
    """Have faults of our own told, and go on: by itself, PyQt ends the process with an abort."""

    def tell(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        sys.__excepthook__(kind, error, trace)
        if isinstance(error, Exception) and not sip.isdeleted(window):
            window.notice.say(f"Something in rawscope went wrong: {error or kind.__name__}.")

    before, sys.excepthook = sys.excepthook, tell
    try:
        yield
    finally:
        sys.excepthook = before
