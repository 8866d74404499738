"""How the units, or the event channels, of a recording are shown."""

from collections.abc import Iterable, Sequence

import numpy as np
from psygnal import Signal


class PointChannels:
    """The display state of what lies at points in time: of all units, or of all event channels.

    Parameters
    ----------
    names : sequence of str
    lasting : sequence of bool, or None
        Which are of epochs; None: none.

    Attributes
    ----------
    names : tuple of str
    lasting : ndarray of bool, one for each
        Whether what it holds lasts, as epochs do.
    visible : ndarray of bool, one for each
    color : ndarray of uint8, shape (n, 3)
    selected : int or None
        The one that is gone through, point by point; None: all that are visible.
    changed : psygnal.Signal
        Emitted after every change.
    """

    changed = Signal()

    def __init__(self, names: Sequence[str], lasting: Sequence[bool] | None = None) -> None:
        self.names = tuple(names)
        self.lasting = np.array([False] * len(self.names) if lasting is None else lasting, bool)
        self.visible = np.ones(len(self.names), dtype=bool)
        self.color = np.full((len(self.names), 3), 200, np.uint8)
        self.selected: int | None = None

    def __len__(self) -> int:
        return len(self.names)

    @property
    def gone_through(self) -> list[int]:
        """What next and previous go through: the selected one, or all that are visible."""
        if self.selected is not None:
            return [self.selected]
        return np.flatnonzero(self.visible).tolist()

    def set_visible(self, numbers: Iterable[int], visible: bool) -> None:
        """Show or hide some.

        Raises
        ------
        IndexError
            When there is no such number; nothing is changed then.
        """
        self.visible[self._checked(numbers)] = visible
        self.changed.emit()

    def set_color(
        self, color: np.ndarray | Sequence[int], numbers: Iterable[int] | None = None
    ) -> None:
        """Set colours, uint8 (red, green, blue), of some or of all.

        Raises
        ------
        IndexError
            When there is no such number; nothing is changed then.
        """
        self.color[self._checked(range(len(self)) if numbers is None else numbers)] = color
        self.changed.emit()

    def select(self, number: int | None) -> None:
        """Choose the one that is gone through, or none.

        Raises
        ------
        IndexError
            When there is no such number.
        """
        if number is not None:
            self._checked([number])
        if number != self.selected:
            self.selected = number
            self.changed.emit()

    def _checked(self, numbers: Iterable[int]) -> np.ndarray:
        picked = np.array(list(numbers), dtype=int)
        astray = picked[(picked < 0) | (picked >= len(self))]
        if astray.size:
            raise IndexError(f"number {astray[0]} is not one of the {len(self)}")
        return picked
