"""How each signal channel is shown: visible or not, gain, offset, colour, place in the order."""

import math
from collections.abc import Iterable, Mapping, Sequence
from copy import deepcopy
from dataclasses import replace
from typing import Any

import numpy as np
from psygnal import Signal

from rawio import BaseRawIO
from viewer.model.channel_info import ChannelInfo, Readings, group_names, infos_of
from viewer.model.panels import MAX_SHARE, MIN_SHARE, Panel

MIN_GAIN, MAX_GAIN = 1e-6, 1e6

_STATE = ("visible", "bad", "gain", "offset", "color", "order", "_panels", "_before_solo")
"""What of the attributes is in a state."""


class Channels:
    """The display state of all channels of all streams.

    A channel's *row* is its place in ``header['signal_channels']``; a *lane* is a horizontal band
    of the view. Each stream with a visible channel has a *panel*, a strip of lanes that shows a
    page of the stream's visible channels, in `order`.

    Attributes
    ----------
    infos : tuple of ChannelInfo
    stream, group : ndarray of int, one for each row
    group_names : tuple of str
    visible : ndarray of bool, one for each row
    bad : ndarray of bool
        Marked by the user: drawn faintly.
    gain : ndarray of float64
        Display gain, 1 shows the lane's span of physical units; negative turns the trace over.
    offset : ndarray of float64
        Physical units added before drawing.
    rest : ndarray of float64
        The resting level in physical units, which is taken out while `remove_dc`.
    color : ndarray of uint8, shape (rows, 3)
    order : ndarray of int
        Rows from top to bottom.
    span : dict of (int, str) to float
        For each stream and unit of measure, how much of it fills the height of a lane at gain 1:
        of what is on screen, see `viewer.model.spans`.
    changed : psygnal.Signal
        Emitted after every change.
    """

    changed = Signal()

    def __init__(self, infos: Sequence[ChannelInfo]) -> None:
        self.infos = tuple(infos)
        n = len(self.infos)
        self.stream = np.array([info.stream for info in self.infos], dtype=int)
        self.group = np.array([info.group for info in self.infos], dtype=int)
        self.group_names = group_names(self.infos)
        self.visible = np.ones(n, dtype=bool)
        self.bad = np.zeros(n, dtype=bool)
        self.gain = np.ones(n)
        self.offset = np.zeros(n)
        self.rest = np.zeros(n)
        self.color = np.full((n, 3), 200, dtype=np.uint8)
        self.order = np.arange(n)
        self.span: dict[tuple[int, str], float] = {(i.stream, i.units): 1.0 for i in self.infos}
        self._remove_dc = True
        self._panels = {s: Panel(s, 0, n) for s in np.unique(self.stream).tolist()}
        self._room = dict.fromkeys(self._panels, n)
        self._active: int | None = None
        self._before_solo: tuple[np.ndarray, dict[int, Panel]] | None = None

    @classmethod
    def of(cls, reader: BaseRawIO) -> "Channels":
        """Make the channels of a reader whose header is parsed."""
        return cls(infos_of(reader))

    def __len__(self) -> int:
        return len(self.infos)

    # -- what is on screen -------------------------------------------------------------------

    @property
    def panels(self) -> tuple[Panel, ...]:
        """The panels on screen, from the top down, as their first channels come in the order."""
        streams = dict.fromkeys(self.stream[self.order[self.visible[self.order]]].tolist())
        return tuple(self._panels[stream] for stream in streams)

    def panel_of(self, stream: int) -> Panel:
        """Return a stream's panel, on screen or not."""
        return self._panels[stream]

    def listed_of(self, stream: int) -> np.ndarray:
        """Return the visible rows of a stream, in order; the panel's page is a slice of it."""
        return self.order[(self.visible & (self.stream == stream))[self.order]]

    def page_of(self, stream: int) -> np.ndarray:
        """Return the rows in a stream's panel, from the top lane down."""
        panel = self._panels[stream]
        return self.listed_of(stream)[panel.first_lane :][: panel.lanes_per_page]

    @property
    def listed(self) -> np.ndarray:
        """Rows that are visible, panel by panel."""
        return _joined([self.listed_of(panel.stream) for panel in self.panels])

    @property
    def shown(self) -> np.ndarray:
        """Rows on screen, panel by panel, from the top lane down."""
        return _joined([self.page_of(panel.stream) for panel in self.panels])

    @property
    def active(self) -> int | None:
        """The stream whose panel keys act on; None where they act on all.

        A panel that is not on screen, or alone there, is none.
        """
        streams = [panel.stream for panel in self.panels]
        return self._active if self._active in streams and len(streams) > 1 else None

    def activate(self, stream: int | None) -> None:
        """Have keys act on one panel, or on all."""
        if stream is not None and stream not in self._panels:
            raise IndexError(f"stream {stream} has no channels")
        if stream != self._active:
            self._active = stream
            self.changed.emit()

    def show_page(
        self, first_lane: int, lanes_per_page: int | None = None, stream: int | None = None
    ) -> None:
        """Show lanes from `first_lane` on, kept within the listed channels.

        Parameters
        ----------
        first_lane : int
        lanes_per_page : int or None
            That somebody chose; None keeps what there is.
        stream : int or None
            Whose panel; None means all that keys act on.
        """
        before = dict(self._panels)
        for each in self._meant(stream):
            count = len(self.listed_of(each))
            self._panels[each] = self._panels[each].moved(first_lane, lanes_per_page, count)
        if self._panels != before:
            self.changed.emit()

    def fit(self, lanes: Mapping[int, int]) -> bool:
        """Have as many lanes as there is room for in these streams' panels, if nobody chose others.

        Returns whether other channels are on screen then; else it is no change.
        """
        before = self.shown
        self._room.update(lanes)
        for stream, room in lanes.items():
            panel = self._panels[stream]
            if not panel.chosen:
                self._panels[stream] = panel.fitted(room, len(self.listed_of(stream)))
        other = not np.array_equal(before, self.shown)
        if other:
            self.changed.emit()
        return other

    def free_page(self, first_lane: int, stream: int) -> None:
        """Show as many lanes as a panel has room for, whatever it becomes, from a first one on."""
        before, count = self._panels[stream], len(self.listed_of(stream))
        self._panels[stream] = before.freed(first_lane, self._room[stream], count)
        if self._panels[stream] != before:
            self.changed.emit()

    def scroll(self, lanes: int, stream: int | None = None) -> None:
        """Move the page of a panel, or of all that keys act on, down (up when negative)."""
        before = dict(self._panels)
        for each in self._meant(stream):
            panel, count = self._panels[each], len(self.listed_of(each))
            self._panels[each] = panel.moved(panel.first_lane + lanes, None, count)
        if self._panels != before:
            self.changed.emit()

    def reveal(self, row: int) -> None:
        """Make a channel visible, and move its panel's page no further than needed to show it."""
        (row,) = self._rows([row]).tolist()
        stream = int(self.stream[row])
        self.visible[row] = True
        self._before_solo = None
        listed = self.listed_of(stream).tolist()
        self._panels[stream] = self._panels[stream].revealing(listed.index(row), len(listed))
        self._settle()

    def set_share(self, stream: int, share: float) -> None:
        """Set how much of the height a panel takes, against others of as many channels.

        Raises
        ------
        ValueError
            When it is not a positive number.
        """
        if not (math.isfinite(share) and share > 0):
            raise ValueError(f"a share of the height must be positive, not {share}")
        share = min(max(share, MIN_SHARE), MAX_SHARE)
        self._panels[stream] = replace(self._panels[stream], share=share)
        self.changed.emit()

    def spread(self, factor: float, stream: int | None = None) -> None:
        """Put lanes further apart or closer together, with amplitudes on screen as they are.

        Parameters
        ----------
        factor : float
            Above 1, there are fewer lanes then.
        stream : int or None
            Whose panel; None means all that keys act on.
        """
        before = dict(self._panels)
        for each in self._meant(stream):
            panel, rows = self._panels[each], self.listed_of(each)
            lanes = min(panel.lanes_per_page, len(rows))
            new = min(len(rows), max(1, round(lanes / factor)))
            if not lanes or new == lanes:
                continue
            first = panel.first_lane + (lanes - new) // 2
            self._panels[each] = panel.moved(first, new, len(rows))
            members = self.stream == each
            self.gain[members] = _limited(self.gain[members] * (new / lanes))
        if self._panels != before:
            self.changed.emit()

    # -- all of it -----------------------------------------------------------------------------

    def state(self) -> dict[str, Any]:
        """Return a copy of which channels are shown and how, for `take_state`."""
        return deepcopy({name: getattr(self, name) for name in _STATE})

    def take_state(self, state: dict[str, Any]) -> None:
        """Show channels as they were when `state` returned this."""
        for name in _STATE:
            setattr(self, name, deepcopy(state[name]))
        self._settle()

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
            self.visible, self._panels = self._before_solo
            self._before_solo = None
        else:
            if self._before_solo is None:
                self._before_solo = (self.visible.copy(), dict(self._panels))
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
        self.gain[self._rows(rows)] = _limited(np.asarray(gain, float))
        self.changed.emit()

    def scale_gain(self, factor: float, rows: Iterable[int] | None = None) -> None:
        """Multiply the display gain of channels."""
        picked = self._rows(rows)
        self.set_gain(self.gain[picked] * factor, picked)

    def invert(self, rows: Iterable[int]) -> None:
        """Turn traces over."""
        self.scale_gain(-1.0, rows)

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

    def set_rest(self, rest: np.ndarray) -> None:
        """Set the resting levels of all channels, in their physical units.

        Raises
        ------
        ValueError
            When a level is not finite.
        """
        if not np.isfinite(rest).all():
            raise ValueError("a resting level must be finite")
        self.rest[:] = rest
        self.changed.emit()

    @property
    def remove_dc(self) -> bool:
        """Whether resting levels are taken out, so that traces lie in the middle of their lanes."""
        return self._remove_dc

    @remove_dc.setter
    def remove_dc(self, remove: bool) -> None:
        if bool(remove) != self._remove_dc:
            self._remove_dc = bool(remove)
            self.changed.emit()

    def set_bad(self, rows: Iterable[int], bad: bool) -> None:
        """Mark channels as bad, or as good again."""
        self.bad[self._rows(rows)] = bad
        self.changed.emit()

    def set_color(
        self, color: np.ndarray | Sequence[int], rows: Iterable[int] | None = None
    ) -> None:
        """Set colours, uint8 (red, green, blue)."""
        self.color[self._rows(rows)] = color
        self.changed.emit()

    def set_span(self, stream: int, units: str, span: float) -> None:
        """Set how much of `units` fills a lane of a stream at gain 1."""
        if not (math.isfinite(span) and span > 0):
            raise ValueError(f"a lane's span must be positive and finite, not {span}")
        if (stream, units) not in self.span:
            raise IndexError(f"stream {stream} has no channels in {units!r}")
        self.span[stream, units] = float(span)
        self.changed.emit()

    def read_as(self, infos: Sequence[ChannelInfo]) -> None:
        """Take what another reader of the same channels says of them, such as a layer's."""
        assert [(i.stream, i.column) for i in infos] == [(i.stream, i.column) for i in self.infos]
        self.infos = tuple(infos)
        kinds = dict.fromkeys((info.stream, info.units) for info in infos)
        self.span = {kind: self.span.get(kind, 1.0) for kind in kinds}
        self.changed.emit()

    # -- lookups -------------------------------------------------------------------------------

    def find(self, label: str) -> list[int]:
        """Return the rows whose name is `label`, else those whose id is."""
        rows = [row for row, info in enumerate(self.infos) if info.name == label]
        return rows or [row for row, info in enumerate(self.infos) if info.id == label]

    def stream_name(self, stream: int) -> str:
        """Return what to call a stream."""
        named = (info.stream_name for info in self.infos if info.stream == stream)
        return next(named, "") or f"stream {stream + 1}"

    def acted_on(self) -> np.ndarray:
        """Return the rows that keys act on: all, or those of the active panel."""
        active = self.active
        return np.arange(len(self)) if active is None else np.flatnonzero(self.stream == active)

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
        infos = [self.infos[row] for row in rows]
        per_unit = np.array([lane_height / self.span[info.stream, info.units] for info in infos])
        pixels = -per_unit * self.gain[rows]
        if readings is not None:
            offset = readings.offset[rows] + readings.shift[rows]
            return pixels * readings.gain[rows], pixels * offset
        gain = np.array([info.gain for info in infos])
        offset = np.array([info.offset for info in infos])
        shift = self.offset[rows] - (self.rest[rows] if self._remove_dc else 0.0)
        return pixels * gain, pixels * (offset + shift)

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

    def _meant(self, stream: int | None) -> list[int]:
        """Return the streams whose panels are meant: all that keys act on, where none is named."""
        if stream is None:
            stream = self.active
        return list(self._panels) if stream is None else [stream]

    def _settle(self) -> None:
        """Keep pages within the listed channels after these changed."""
        for stream, panel in self._panels.items():
            self._panels[stream] = panel.settled(len(self.listed_of(stream)))
        self.changed.emit()


def _limited(gain: np.ndarray) -> np.ndarray:
    """Return gains within their limits, each with its sign."""
    sign = np.where(np.signbit(gain), -1.0, 1.0)
    return sign * np.clip(np.abs(gain), MIN_GAIN, MAX_GAIN)


def _joined(parts: list[np.ndarray]) -> np.ndarray:
    return np.concatenate([np.empty(0, int), *parts])
