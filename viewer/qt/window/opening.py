"""Opening a recording in a thread, which may take long, and be given up."""

import os
import re
import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from PyQt6.QtCore import QObject, QTimer, pyqtSignal

from rawio import BaseRawIO, RawIOError, SeveralRecordingsError
from rawio.errors import one_line
from viewer.engine.workers import sentence_of
from viewer.qt.bridge import Relay, while_alive
from viewer.qt.window.descriptions import Descriptions
from viewer.qt.window.keeper import Keeper
from viewer.sessions import Key

Opener = Callable[..., BaseRawIO]
"""``opener(path)`` or, for one of the recordings in a folder, ``opener(path, recording=name)``;
for a flat binary file that was described in the window, with a ``layout`` as well."""

PATIENCE_MS = 500
"""After which it is said that it takes long, and can be given up."""


@dataclass(frozen=True)
class Wish:
    """A recording that is to be opened, and how it is to be shown.

    Attributes
    ----------
    path : str
        A file or a folder.
    recording : str or None
        Which of a folder's.
    view : dict or None
        From `viewer.model.view_file.load_view`: counts more than how it was left.
    resume : dict or None
        How it was shown just before, where it is opened once more.
    afresh : bool
        How it was left or shown counts for nothing: its channels may be others now.
    notes : tuple of str
        Sentences to say once it is there.
    unkept : frozenset of str
        Fields of how it was left that do not count: an option says them.
    """

    path: str
    recording: str | None = None
    view: dict[str, Any] | None = None
    resume: dict[str, Any] | None = None
    afresh: bool = False
    notes: tuple[str, ...] = ()
    unkept: frozenset[str] = frozenset()

    @property
    def key(self) -> Key:
        """What its session is kept under."""
        return Key.of(self.path, self.recording)


@dataclass(frozen=True)
class Refusal:
    """Why a recording is not opened.

    Attributes
    ----------
    sentence : str
    wish : Wish
    to_describe : pathlib.Path or None
        The flat binary file that would open if it were described, or otherwise than it is.
    """

    sentence: str
    wish: Wish
    to_describe: Path | None = None

    @property
    def short(self) -> str:
        """The sentence with paths as they are below the folder of what was to be opened."""
        folder = one_line(str(Path(self.wish.path).parent))
        if len(folder) < 2:  # the root, or where the program runs
            return self.sentence
        return re.sub(rf"(?<![^\s'\"(]){re.escape(folder + os.sep)}", "", self.sentence)


@dataclass(frozen=True)
class Opened:
    """A recording that is open.

    Attributes
    ----------
    reader : rawio.BaseRawIO
        With its header parsed.
    wish : Wish
        What was asked for.
    session : dict or None
        How it was left.
    """

    reader: BaseRawIO
    wish: Wish
    session: dict[str, Any] | None


@dataclass(frozen=True)
class _Outcome:
    number: int
    opened: Opened | None = None
    refusal: Refusal | None = None
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
    wish : Wish or None
        What was asked for last.
    described : Descriptions
        Of flat binary files, made in the window.
    opened : Qt signal
        With an `Opened`.
    several : Qt signal
        With the `Wish` and names, when one of several recordings has to be chosen.
    refused : Qt signal
        With a `Refusal`.
    slow : Qt signal
        It takes longer than half a second.
    """

    opened = pyqtSignal(object)
    several = pyqtSignal(object, list)
    refused = pyqtSignal(object)
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
        self.wish: Wish | None = None
        self.described = Descriptions()

    @property
    def busy(self) -> bool:
        """Whether a recording is being opened that is still wanted."""
        return self._waiting

    def open(self, wish: Wish) -> None:
        """Open a recording; of a folder, one. What else was being opened is wanted no more."""
        self.wish = wish
        self._number += 1
        self._waiting = True
        self._patience.start()
        number, opener, keeper = self._number, self._opener, self._keeper
        described = self.described
        say = self._relay.teller("said")

        def work() -> None:
            try:
                how = {} if wish.recording is None else {"recording": wish.recording}
                reader = opener(wish.path, **how, **described.options_for(wish.path))
            except SeveralRecordingsError as error:
                say(_Outcome(number, names=tuple(error.names)))
            except Exception as error:
                what = sentence_of(error, f"opening {Path(wish.path).name}")
                to_describe = error.to_describe if isinstance(error, RawIOError) else None
                say(_Outcome(number, refusal=Refusal(what, wish, to_describe)))
            else:
                session = None if wish.afresh else keeper.session_of(wish.key)
                if session is not None:
                    session = {k: value for k, value in session.items() if k not in wish.unkept}
                say(_Outcome(number, Opened(reader, wish, session)))

        threading.Thread(target=work, name="rawscope open", daemon=True).start()

    def show_as(self, view: dict[str, Any]) -> None:
        """Have what is being opened shown as a view file says."""
        if self.wish is not None:
            self.wish = replace(self.wish, view=view)

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
        assert self.wish is not None
        if outcome.opened is not None:
            self.opened.emit(replace(outcome.opened, wish=self.wish))
        elif outcome.refusal is not None:
            self.refused.emit(replace(outcome.refusal, wish=self.wish))
        else:
            self.several.emit(self.wish, list(outcome.names))
