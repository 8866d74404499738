"""How each signal channel is shown: visible or not, gain, offset, colour, place in the order."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from psygnal import Signal

from rawio import BaseRawIO

MIN_GAIN, MAX_GAIN = 1e-6, 1e6


@dataclass(frozen=True)
class ChannelInfo:
    """What the recording says of a channel.

    Attributes
    ----------
    name, id, units : str
    stream : int
    column : int
        Position within the stream's chunks.
    gain, offset : float
        Physical value = raw * gain + offset, in `units`.
    """

    name: str
    id: str
    units: str
    stream: int
    column: int
    gain: float
    offset: float


@dataclass(frozen=True)
class Readings:
    """What the values of channels mean where they are not those of the recording on show.

    Such as the recording below a layer: the same channels in other numbers.

    Attributes
    ----------
    gain, offset : ndarray of float64, one for each row
        Physical value = raw * gain + offset, in the channel's units.
    shift : ndarray of float64, one for each row
        Physical units added before drawing.
    """

    gain: np.ndarray
    offset: np.ndarray
    shift: np.ndarray


class Channels:
    """The display state of all channels of all streams.

    A channel's *row* is its place in ``header['signal_channels']``; a *lane* is a horizontal band
    of the view. The rows on screen are the visible ones in `order`, a page of `lanes_per_page` of
    them starting at `first_lane`.

    Attributes
    ----------
    infos : tuple of ChannelInfo
    visible : ndarray of bool, one for each row
    gain : ndarray of float64
        Display gain, 1 shows the lane's span of physical units; negative turns the trace over.
    offset : ndarray of float64
        Physical units added before drawing, such as minus the resting level.
    color : ndarray of uint8, shape (rows, 3)
    order : ndarray of int
        Rows from top to bottom.
    span : dict of str to float
        For each unit of measure, how much of it fills the height of a lane at gain 1.
    changed : psygnal.Signal
        Emitted after every change.
    """

    changed = Signal()

    def __init__(self, infos: Sequence[ChannelInfo]) -> None:
        self.infos = tuple(infos)
        n = len(self.infos)
        self.visible = np.ones(n, dtype=bool)
        self.gain = np.ones(n)
        self.offset = np.zeros(n)
        self.color = np.full((n, 3), 200, dtype=np.uint8)
        self.order = np.arange(n)
        self.span: dict[str, float] = {info.units: 1.0 for info in self.infos}
        self._first_lane = 0
        self._lanes_per_page = n
        self._before_solo: tuple[np.ndarray, int] | None = None  # visible, first lane

    @classmethod
    def of(cls, reader: BaseRawIO) -> "Channels":
        """Make the channels of a reader whose header is parsed."""
        assert reader.header is not None
        table = reader.header["signal_channels"]
        infos: list[ChannelInfo | None] = [None] * len(table)
        for stream, rows in enumerate(reader.get_group_channel_indexes()):
            for column, row in enumerate(rows):
                entry = table[row]
                infos[row] = ChannelInfo(
                    str(entry["name"]),
                    str(entry["id"]),
                    str(entry["units"]),
                    stream,
                    column,
                    float(entry["gain"]),
                    float(entry["offset"]),
                )
        return cls([info for info in infos if info is not None])

    def __len__(self) -> int:
        return len(self.infos)

    # -- what is on screen -------------------------------------------------------------------

    @property
    def listed(self) -> np.ndarray:
        """Rows that are visible, in order; the page is a slice of it."""
        return self.order[self.visible[self.order]]

    @property
    def shown(self) -> np.ndarray:
        """Rows on screen, from the top lane down."""
        return self.listed[self._first_lane : self._first_lane + self._lanes_per_page]

    @property
    def first_lane(self) -> int:
        """Position in `listed` of the top lane."""
        return self._first_lane

    @property
    def lanes_per_page(self) -> int:
        """How many lanes are on screen at most."""
        return self._lanes_per_page

    def show_page(self, first_lane: int, lanes_per_page: int | None = None) -> None:
        """Show `lanes_per_page` lanes from `first_lane` on, kept within the listed channels."""
        count = len(self.listed)
        lanes = self._lanes_per_page if lanes_per_page is None else int(lanes_per_page)
        lanes = max(1, lanes)
        first = max(0, min(int(first_lane), count - min(lanes, count)))
        if (first, lanes) != (self._first_lane, self._lanes_per_page):
            self._first_lane, self._lanes_per_page = first, lanes
            self.changed.emit()

    def scroll(self, lanes: int) -> None:
        """Move the page down by `lanes` (up when negative)."""
        self.show_page(self._first_lane + lanes)

    # -- changes -------------------------------------------------------------------------------

    def set_visible(self, rows: Iterable[int], visible: bool) -> None:
        """Show or hide channels."""
        self.visible[self._rows(rows)] = visible
        self._before_solo = None
        self._settle()

    def show_only(self, rows: Iterable[int]) -> None:
        """Show these channels and no others, in the order given; the others keep theirs."""
        picked = np.array(list(dict.fromkeys(self._rows(rows).tolist())), int)
        self.order = np.concatenate([picked, self.order[~np.isin(self.order, picked)]])
        self.visible[:] = False
        self.visible[picked] = True
        self._before_solo = None
        self._settle()

    def solo(self, row: int) -> None:
        """Show one channel alone; on the channel that is alone, show the earlier ones again."""
        picked = self._rows([row])
        if self._before_solo is not None and self.visible[picked].all():
            self.visible, self._first_lane = self._before_solo
            self._before_solo = None
        else:
            if self._before_solo is None:
                self._before_solo = (self.visible.copy(), self._first_lane)
            self.visible[:] = False
            self.visible[picked] = True
        self._settle()

    @property
    def soloed(self) -> bool:
        """Whether one channel is shown alone for the time being."""
        return self._before_solo is not None

    def set_order(self, order: Sequence[int] | np.ndarray) -> None:
        """Set the order of all rows from top to bottom.

        Raises
        ------
        ValueError
            When it is not a permutation of all rows.
        """
        new = np.array(order, dtype=int)
        if not np.array_equal(np.sort(new), np.arange(len(self))):
            raise ValueError("an order names every channel exactly once")
        self.order = new
        self._settle()

    def set_gain(self, gain: float | np.ndarray, rows: Iterable[int] | None = None) -> None:
        """Set the display gain of channels (all when `rows` is None).

        Raises
        ------
        ValueError
            When a gain is not a number.
        """
        if np.isnan(gain).any():
            raise ValueError(f"a gain must be a number, not {gain}")
        sign = np.where(np.signbit(gain), -1.0, 1.0)
        self.gain[self._rows(rows)] = sign * np.clip(np.abs(gain), MIN_GAIN, MAX_GAIN)
        self.changed.emit()

    def scale_gain(self, factor: float, rows: Iterable[int] | None = None) -> None:
        """Multiply the display gain of channels."""
        picked = self._rows(rows)
        self.set_gain(self.gain[picked] * factor, picked)

    def set_offset(self, offset: float | np.ndarray, rows: Iterable[int] | None = None) -> None:
        """Set the display offset of channels, in their physical units.

        Raises
        ------
        ValueError
            When an offset is not finite.
        """
        if not np.isfinite(offset).all():
            raise ValueError("an offset must be finite")
        self.offset[self._rows(rows)] = offset
        self.changed.emit()

    def set_color(
        self, color: np.ndarray | Sequence[int], rows: Iterable[int] | None = None
    ) -> None:
        """Set colours, uint8 (red, green, blue)."""
        self.color[self._rows(rows)] = color
        self.changed.emit()

    def set_span(self, units: str, span: float) -> None:
        """Set how much of `units` fills a lane at gain 1."""
        if not (math.isfinite(span) and span > 0):
            raise ValueError(f"a lane's span must be positive and finite, not {span}")
        self.span[units] = float(span)
        self.changed.emit()

    # -- lookups -------------------------------------------------------------------------------

    def find(self, label: str) -> list[int]:
        """Return the rows whose name is `label`, else those whose id is."""
        rows = [row for row, info in enumerate(self.infos) if info.name == label]
        return rows or [row for row, info in enumerate(self.infos) if info.id == label]

    def scale(
        self, rows: np.ndarray, lane_height: float, readings: Readings | None = None
    ) -> tuple[np.ndarray, np.ndarray]:
        """Return the affine map from raw values to pixels below the lane's centre.

        Parameters
        ----------
        rows : ndarray of int
        lane_height : float
            Physical pixels.
        readings : Readings or None
            Of the raw values, where they are not of these channels themselves.

        Returns
        -------
        slope, shift : ndarray of float64
            A raw value v lies ``slope * v + shift`` pixels *below* the centre of its lane: slope
            is negative where gains are positive, since screens count downwards.
        """
        per_unit = np.array([lane_height / self.span[self.infos[r].units] for r in rows])
        pixels = -per_unit * self.gain[rows]
        if readings is not None:
            offset = readings.offset[rows] + readings.shift[rows]
            return pixels * readings.gain[rows], pixels * offset
        gain = np.array([self.infos[r].gain for r in rows])
        offset = np.array([self.infos[r].offset for r in rows])
        return pixels * gain, pixels * (offset + self.offset[rows])

    def _rows(self, rows: Iterable[int] | None) -> np.ndarray:
        if rows is None:
            return np.arange(len(self))
        picked = np.atleast_1d(
            np.asarray(rows if isinstance(rows, np.ndarray) else list(rows), dtype=int)
        )
        astray = picked[(picked < 0) | (picked >= len(self))]
        if astray.size:
            raise IndexError(f"row {astray[0]} is not one of the {len(self)} channels")
        return picked

    def _settle(self) -> None:
        """Keep the page within the listed channels after these changed."""
        count = len(self.listed)
        self._first_lane = max(0, min(self._first_lane, count - min(self._lanes_per_page, count)))
        self.changed.emit()
