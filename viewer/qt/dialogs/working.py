"""The part of a dialog that works: how far it is, a way to give it up, and what came of it."""

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from PyQt6.QtCore import QTimer, pyqtSignal
from PyQt6.QtWidgets import QHBoxLayout, QProgressBar, QPushButton, QVBoxLayout, QWidget

from viewer.engine.errors import CancelledError
from viewer.engine.workers import sentence_of
from viewer.qt.bridge import Relay, while_alive
from viewer.qt.dialogs.saying import Saying

PATIENCE_MS = 500
"""After which it is shown how far the work is."""

STEPS = 1000
"""Of the bar."""

Work = Callable[[Callable[[float], None], Callable[[], bool]], Any]
"""``work(progress, cancelled)``: called in a thread, where it tells the share that is done, from 0
to 1, and raises `CancelledError` soon after ``cancelled()`` is true. It should hold no widget."""


@dataclass(frozen=True)
class _Told:
    """What a thread says of its work: the share that is done, or how it ended."""

    number: int
    share: float = 0.0
    ended: bool = False
    result: Any = None
    why: str | None = None
    """Why it failed; "" where it was given up."""


class Working(QWidget):
    """Does one thing at a time in a thread, and says in words how it ended.

    What takes longer than half a second shows a bar and a button that gives it up. So does the end
    of the widget, and `cancel`.

    Parameters
    ----------
    parent : QWidget or None

    Attributes
    ----------
    busy_changed : Qt signal
        With True when work begins, with False when it has ended.
    done : Qt signal
        With what the work returned.
    bar : QProgressBar
    cancel_button : QPushButton
    """

    busy_changed = pyqtSignal(bool)
    done = pyqtSignal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._number = 0
        self._stop: threading.Event | None = None
        self._stops: list[threading.Event] = []
        # A widget that goes with its parent gets no close event.
        self.destroyed.connect(partial(_set_all, self._stops))
        self._relay = Relay()
        self._relay.said.connect(self._take)
        self._patience = QTimer(self)
        self._patience.setSingleShot(True)
        self._patience.setInterval(PATIENCE_MS)
        self._patience.timeout.connect(lambda: self._show_bar(True))
        self.bar = QProgressBar()
        self.bar.setRange(0, STEPS)
        self.bar.setAccessibleName("How far it is")
        self.cancel_button = QPushButton("C&ancel")
        self.cancel_button.setToolTip("Give it up; nothing is written then")
        self.cancel_button.setAutoDefault(False)
        self.cancel_button.clicked.connect(self.cancel)
        self._saying = Saying()
        self._lay_out()
        self._show_bar(False)

    def _lay_out(self) -> None:
        row = QHBoxLayout()
        row.addWidget(self.bar, 1)
        row.addWidget(self.cancel_button)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addLayout(row)
        column.addWidget(self._saying)

    # -- words -----------------------------------------------------------------------------------

    @property
    def text(self) -> str:
        """What is said; "" where nothing is."""
        return self._saying.text

    def say(self, sentence: str) -> None:
        """Say a sentence in place of what was said."""
        self._saying.say(sentence)

    def complain(self, sentence: str) -> None:
        """Say what went wrong."""
        self._saying.complain(sentence)

    # -- work ------------------------------------------------------------------------------------

    @property
    def busy(self) -> bool:
        """Whether something is being done that is still wanted."""
        return self._stop is not None

    def start(self, work: Work, act: str) -> None:
        """Do something in a thread; what was being done is given up.

        Parameters
        ----------
        work : callable
            See `Work`.
        act : str
            What it is called where it fails for no reason of its own, such as ``the export``.
        """
        self.cancel()
        self._saying.clear()
        self._number += 1
        number, stop = self._number, threading.Event()
        self._stop, self._stops[:] = stop, [stop]
        say = self._relay.teller("said")

        def run() -> None:
            try:
                told = _Told(
                    number, result=work(lambda s: say(_Told(number, s)), stop.is_set), ended=True
                )
            except CancelledError:
                told = _Told(number, ended=True, why="")
            except Exception as error:
                told = _Told(number, ended=True, why=sentence_of(error, act))
            say(told)

        self.bar.setRange(0, STEPS)
        self.bar.setValue(0)
        self.cancel_button.setEnabled(True)
        self._patience.start()
        self.busy_changed.emit(True)
        threading.Thread(target=run, name=f"rawscope {act}", daemon=True).start()

    def cancel(self) -> None:
        """Give up what is being done; it has ended once its thread says so."""
        if self._stop is not None:
            self._stop.set()
            self.cancel_button.setEnabled(False)
            self.bar.setRange(0, 0)  # a bar that says nothing but that it goes on

    @while_alive
    def _take(self, told: _Told) -> None:
        if told.number != self._number or self._stop is None:
            return
        if not told.ended:
            self.bar.setValue(round(STEPS * told.share))
            return
        self._end()
        if told.why is None:
            self.done.emit(told.result)
        elif told.why:
            self.complain(told.why)
        else:
            self.say("Given up; nothing was written.")

    def _end(self) -> None:
        self._stop = None
        self._patience.stop()
        self._show_bar(False)
        self.busy_changed.emit(False)

    def _show_bar(self, shown: bool) -> None:
        self.bar.setVisible(shown)
        self.cancel_button.setVisible(shown)


def _set_all(events: Sequence[threading.Event]) -> None:
    for event in events:
        event.set()
