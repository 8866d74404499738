"""Opening a recording in a thread, which may take long, and be given up."""

import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from PyQt6.QtCore import QObject, QTimer, pyqtSignal

from rawio import BaseRawIO, SeveralRecordingsError
from viewer.engine.workers import sentence_of
from viewer.qt.bridge import Relay, while_alive
from viewer.qt.window.keeper import Keeper
from viewer.sessions import Key

Opener = Callable[..., BaseRawIO]
"""``opener(path)`` or, for one of the recordings in a folder, ``opener(path, recording=name)``."""

PATIENCE_MS = 500
"""After which it is said that it takes long, and can be given up."""


@dataclass(frozen=True)
class Opened:
    """A recording that is open.

    Attributes
    ----------
    reader : rawio.BaseRawIO
        With its header parsed.
    key : Key
        What its session is kept under.
    session : dict or None
        How it was left.
    """

    reader: BaseRawIO
    key: Key
    session: dict[str, Any] | None


@dataclass(frozen=True)
class _Outcome:
    number: int
    opened: Opened | None = None
    sentence: str = ""
    names: tuple[str, ...] = ()


class Opening(QObject):
    """Opens one recording at a time; only the latest one's outcome matters.

    Parameters
    ----------
    opener : callable
        See `Opener`. It runs in a thread.
    keeper : Keeper
    parent : QObject or None

    Attributes
    ----------
    path, recording : str or None
        What was asked for last.
    opened : Qt signal
        With an `Opened`.
    several : Qt signal
        With path and names, when one of several recordings has to be chosen.
    refused : Qt signal
        With a sentence.
    slow : Qt signal
        It takes longer than half a second.
    """

    opened = pyqtSignal(object)
    several = pyqtSignal(str, list)
    refused = pyqtSignal(str)
    slow = pyqtSignal()

    def __init__(self, opener: Opener, keeper: Keeper, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._opener, self._keeper = opener, keeper
        self._number = 0
        self._waiting = False
        self._relay = Relay()
        self._relay.said.connect(self._take)
        self._patience = QTimer(self)
        self._patience.setSingleShot(True)
        self._patience.setInterval(PATIENCE_MS)
        self._patience.timeout.connect(self.slow)
        self.path: str | None = None
        self.recording: str | None = None

    @property
    def busy(self) -> bool:
        """Whether a recording is being opened that is still wanted."""
        return self._waiting

    def open(self, path: str, recording: str | None = None) -> None:
        """Open a recording; of a folder, one."""
        self.path, self.recording = path, recording
        self._number += 1
        self._waiting = True
        self._patience.start()
        number, opener, keeper = self._number, self._opener, self._keeper
        say = self._relay.teller("said")

        def work() -> None:
            try:
                reader = opener(path) if recording is None else opener(path, recording=recording)
            except SeveralRecordingsError as error:
                say(_Outcome(number, names=tuple(error.names)))
            except Exception as error:
                what = sentence_of(error, f"opening {Path(path).name}")
                say(_Outcome(number, sentence=what))
            else:
                key = Key.of(path, recording)
                say(_Outcome(number, Opened(reader, key, keeper.session_of(key))))

        threading.Thread(target=work, name="rawscope open", daemon=True).start()

    def cancel(self) -> None:
        """Want it no more; the thread ends when the reader lets it."""
        self._number += 1
        self._end()

    def _end(self) -> None:
        self._waiting = False
        self._patience.stop()

    @while_alive
    def _take(self, outcome: _Outcome) -> None:
        if outcome.number != self._number:
            return
        self._end()
        if outcome.opened is not None:
            self.opened.emit(outcome.opened)
        elif outcome.names:
            assert self.path is not None
            self.several.emit(self.path, list(outcome.names))
        else:
            self.refused.emit(outcome.sentence)
