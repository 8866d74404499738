"""Running the desktop program: the application object, the window, the event loop."""

import signal
import sys

from PyQt6.QtCore import QTimer
from PyQt6.QtWidgets import QApplication

from viewer.engine.budget import DEFAULT_BYTES
from viewer.model.view import Order
from viewer.qt.main_window import MainWindow, Opener
from viewer.render.choice import Renderer
from viewer.render.gl import prefer_egl

EXIT_BAD_INPUT = 2


def run(
    path: str,
    opener: Opener,
    renderer: Renderer,
    theme: str,
    order: Order = "probe",
    memory: int = DEFAULT_BYTES,
    *,
    index: bool = True,
) -> int:
    """Open a window on a recording and run until it is closed.

    Parameters
    ----------
    path : str
    opener : callable
        Returns a reader with its header parsed; see `viewer.qt.main_window.Opener`.
    renderer : {'auto', 'software', 'gpu'}
        See `viewer.render.choice.chosen_renderer`.
    theme : {'dark', 'light'}
    order : {'probe', 'file'}
        See `viewer.model.View`.
    memory, index
        See `viewer.qt.signal_view.SignalView`.

    Returns
    -------
    int
        Exit code: 0, or 2 when the recording cannot be opened.
    """
    prefer_egl()
    application = QApplication.instance() or QApplication(sys.argv[:1])
    assert isinstance(application, QApplication)
    application.setApplicationName("rawscope")
    application.setStyle("Fusion")  # the one style that takes a palette whole on every system
    window = MainWindow(opener, renderer, theme, order, memory, index=index)

    def refuse(sentence: str) -> None:
        if window.signal_view is None:
            print(f"rawscope: {sentence}", file=sys.stderr)
            application.exit(EXIT_BAD_INPUT)

    window.refused.connect(refuse)
    # The window appears with its recording, or, when reading the header takes long, before it:
    # a file that cannot be opened flashes no window.
    window.opened.connect(window.show)
    window.asked.connect(window.show)
    QTimer.singleShot(300, window.show)
    # Python sees Ctrl+C only when it runs; a timer lets it.
    signal.signal(signal.SIGINT, lambda *_: application.quit())
    breath = QTimer()
    breath.start(200)
    breath.timeout.connect(lambda: None)
    window.open(path)
    code = application.exec()
    window.close()
    return code
