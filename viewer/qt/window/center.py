"""The middle of the window: a view with its overview, or the page without one, and the notice."""

from collections.abc import Callable, Sequence
from pathlib import Path

from PyQt6.QtWidgets import QVBoxLayout, QWidget

from viewer.qt.overview.strip import Overview
from viewer.qt.view.signal_view import SignalView
from viewer.qt.window.notice import Notice
from viewer.qt.window.opening import Refusal
from viewer.qt.window.welcome import DESCRIBE, Welcome


class Center(QWidget):
    """Shows a view or the welcome page, and says what goes on where it is seen.

    Parameters
    ----------
    give_up : callable
        Called when somebody no longer wants what is being opened.
    describe : callable
        Called when somebody wants to describe the flat binary file that was refused.

    Attributes
    ----------
    welcome : Welcome
    notice : Notice
    view : SignalView or None
    overview : Overview or None
    overview_wanted : bool
        Whether the overview is shown with a view.
    """

    def __init__(self, give_up: Callable[[], None], describe: Callable[[], None]) -> None:
        super().__init__()
        self._give_up, self._describe = give_up, describe
        self.welcome, self.notice = Welcome(), Notice()
        self.welcome.given_up.connect(give_up)
        self.welcome.describe_wanted.connect(describe)
        self.view: SignalView | None = None
        self.overview: Overview | None = None
        self.overview_wanted = True
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(0)
        self._column.addWidget(self.welcome, 1)
        self._column.addWidget(self.notice)

    # -- what is shown -----------------------------------------------------------------------

    def show_view(self, view: SignalView, *, overview: bool) -> None:
        """Show a view, with its overview for now or without."""
        self.view, self.overview = view, Overview(view)
        self._column.insertWidget(0, view, 1)
        self._column.insertWidget(1, self.overview)
        self.show_overview(overview)
        self.welcome.hide()

    def clear(self) -> None:
        """Stop the view and show the page without one."""
        view, overview = self.view, self.overview
        self.view = self.overview = None
        for part in (overview, view):
            if part is not None:
                part.stop()
                part.setParent(None)
                part.deleteLater()
        self.welcome.show()

    @property
    def overview_shown(self) -> bool:
        """Whether the strip of the whole recording is there."""
        return self.overview is not None and not self.overview.isHidden()

    def show_overview(self, there: bool) -> None:
        """Have the strip there, if it is wanted at all, or put it away for a while."""
        if self.overview is not None:
            self.overview.setVisible(there and self.overview_wanted)

    def toggle_overview(self) -> None:
        """Want the strip or not, of this recording and those to come."""
        self.overview_wanted = not self.overview_shown
        self.show_overview(True)

    # -- what is said ------------------------------------------------------------------------

    def say_all(self, sentences: Sequence[str]) -> None:
        """Say the first sentence, and how many more there are."""
        if sentences:
            more = f" (and {len(sentences) - 1} more)" if len(sentences) > 1 else ""
            self.notice.say(sentences[0] + more)

    def wait(self, path: str, *, long: bool) -> None:
        """Say that something is being opened; where it takes long, it can be given up."""
        sentence = f"Opening {Path(path).name} …"
        if self.view is None:
            self.welcome.wait(sentence, long=long)
        elif long or self.notice.waiting:
            self.notice.wait(sentence, self._give_up)

    def end_waiting(self, sentence: str = "") -> None:
        """Wait no more; without a view, say a sentence or what to do."""
        self.notice.clear()
        if sentence and self.view is None:
            self.welcome.say(sentence)
        else:
            self.welcome.invite()

    def refuse(self, refusal: Refusal) -> None:
        """Wait no more, and say why, and what can be done about it."""
        self.end_waiting()
        describable, whole = refusal.to_describe is not None, refusal.sentence
        if self.view is None:
            self.welcome.say(refusal.short, whole, describable=describable)
        else:
            act = (DESCRIBE, self._describe) if describable else None
            self.notice.say(refusal.short, whole, act)
