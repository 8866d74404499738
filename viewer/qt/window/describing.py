"""Describing flat binary files: what is refused for want of it, and what is open."""

import os
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from rawio import RawBinaryRawIO
from rawio.sidecar import FlatBinaryLayout
from viewer.qt.dialogs.describe_form import alike
from viewer.qt.window.descriptions import Descriptions
from viewer.qt.window.opening import Refusal, Wish
from viewer.qt.window.restoring import view_data

if TYPE_CHECKING:
    from viewer.qt.dialogs.describe_work import Described
    from viewer.qt.window.main_window import MainWindow


class Describing:
    """Has files described in a dialog, and opens them then.

    Parameters
    ----------
    window : MainWindow
    descriptions : Descriptions
        Where it is noted what was described.

    Attributes
    ----------
    refusal : Refusal or None
        The last one.
    """

    def __init__(self, window: "MainWindow", descriptions: Descriptions) -> None:
        self._window, self._descriptions = window, descriptions
        self.refusal: Refusal | None = None

    @property
    def possible(self) -> bool:
        """Whether what is open is a flat binary file."""
        return self._open_file() is not None

    def describe_refused(self) -> None:
        """Describe the file that was refused last, and open it."""
        refusal = self.refusal
        if refusal is None or refusal.to_describe is None:
            return
        wish, path = refusal.wish, refusal.to_describe
        if not _same(wish.path, path):  # it lies in the folder that was to be opened
            wish = Wish(str(path), view=wish.view)
        wish = replace(wish, afresh=True)
        self._window.dialogs.describe(path, None, partial(self._open, wish))

    def describe_open(self) -> None:
        """Describe what is open otherwise, and open it again."""
        reader = self._open_file()
        if reader is None or reader.layout is None:
            return
        path, place = Path(reader.filename), self._window.place
        then = partial(self._open_again, place or Wish(str(path)), reader.layout)
        self._window.dialogs.describe(path, reader.layout, then)

    def _open_file(self) -> RawBinaryRawIO | None:
        view = self._window.signal_view
        reader = None if view is None else view.recorded
        # Not a subclass: that is described by its own arguments.
        return reader if type(reader) is RawBinaryRawIO and reader.layout is not None else None

    def _open_again(self, place: Wish, before: FlatBinaryLayout, described: "Described") -> None:
        """Open what was open: as it was shown, unless that would be of other samples."""
        view = self._window.signal_view
        if not alike(before, described.layout):
            place = replace(place, afresh=True)
        elif view is not None and place == self._window.place:
            place = replace(place, resume=view_data(view))
        if described.why_unwritten and not _same(place.path, described.path):
            place = Wish(str(described.path), afresh=True)  # no description says where it lies
        self._open(place, described)

    def _open(self, wish: Wish, described: "Described") -> None:
        why = described.why_unwritten
        self._descriptions.note(described.path, described.layout, written=not why)
        self._window.fulfil(replace(wish, notes=(why,) if why else ()))


def _same(path: str, other: Path) -> bool:
    return os.path.abspath(path) == os.path.abspath(other)
