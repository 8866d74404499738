"""From what `viewer.model.view_file` describes to a view."""

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from rawio import BaseRawIO
from rawio.texts import listed, shown
from viewer.model.point_channels import PointChannels
from viewer.model.spans import Whose
from viewer.model.theme import THEMES
from viewer.model.view import View
from viewer.model.view_fields import LOOK, FieldError, checked
from viewer.model.view_names import channel_names, stream_names, told_apart
from viewer.model.view_saving import FRESH, name_of

LEAST_SHARE = 1 - 1e-9
"""Of its length then, which a recording has now if it is the same; it may have grown."""


def apply_view(view: View, data: Any, reader: BaseRawIO | None = None) -> list[str]:
    """Show a recording as a saved view says; the processing chain of it is up to the caller.

    Parameters
    ----------
    view : View
        Changed as a whole, or, where the data is wrong in any way, not at all.
    data : mapping
        From `view_as_json` or `load_view`, or anything.
    reader : rawio.BaseRawIO or None
        Of the view, to say so when the data was saved for a recording of another name.

    Returns
    -------
    list of str
        What could not be applied, a sentence each.
    """
    try:
        fields, unknown = checked(data)
    except FieldError as error:
        return [f"The view cannot be applied: {error}."]
    notes = [f"The view has unknown fields, which are left out: {listed(unknown)}."] * bool(unknown)
    other = _other_recording(view, fields["recording"], reader)
    notes += other
    if "theme" in fields:
        view.theme = THEMES[fields["theme"]]
    look = fields.get("look", {})
    for name in LOOK:
        setattr(view, name, look.get(name, getattr(view, name)))
    view.channels.remove_dc = look.get("remove_dc", view.channels.remove_dc)
    view.reset_channels()
    notes += _Streams(view).apply(fields, is_same=not other)
    theme, count = view.theme, (len(view.units), len(view.events))
    notes += _apply_points(view.units, "units", fields, theme.unit_colors(count[0]))
    notes += _apply_points(view.events, "events", fields, theme.event_colors(count[1]))
    return notes + _apply_times(view, fields)


def _other_recording(
    view: View, recording: Mapping[str, Any], reader: BaseRawIO | None
) -> list[str]:
    """Return a sentence where a view was saved for another recording than the one on show."""
    name, channels, seconds = (recording[key] for key in ("name", "channels", "seconds"))
    named_so = reader is None or name_of(reader) == name
    length = view.window.t_max - view.window.t_min
    if named_so and channels == len(view.channels) and length >= LEAST_SHARE * seconds:
        return []
    return [
        f"The view was saved for another recording, {shown(name)} ({channels} channels, "
        f"{seconds:.6g} s); what fits is applied."
    ]


def _whose_spans(fields: Mapping[str, Any]) -> Whose:
    """Return what the spans of a view are of: what its chain makes, or the recording itself."""
    layered = any("raw_spans" in said for said in fields.get("streams", {}).values())
    return "processed" if layered or fields.get("process") else "raw"


def _apply_times(view: View, fields: Mapping[str, Any]) -> list[str]:
    """Set window and selected span, where they are within the recording."""
    low, high = view.window.t_min, view.window.t_max
    notes = []

    def is_there(what: str, start: float, stop: float) -> bool:
        if (start < high and stop > low) or low <= start <= stop <= high:
            return True
        notes.append(
            f"The {what} of the view, from {start:.6g} s on, is not in the recording, which lasts "
            f"from {low:.6g} to {high:.6g} s."
        )
        return False

    window, span = fields.get("window"), fields.get("selected")
    if window is not None:
        start, duration = window["start"], window["duration"]
        if is_there("time", start, start + duration):
            view.window.set(start, duration)
    view.span = span if span is not None and is_there("selected span", *span) else None
    return notes


def _apply_points(
    points: PointChannels, what: str, fields: Mapping[str, Any], fresh: np.ndarray
) -> list[str]:
    """Set which units or event channels are shown, in which colours."""
    said = fields.get(what, {})
    numbers = {name: number for number, name in enumerate(told_apart(points.names))}
    hidden, colors, selected = said.get("hidden", []), said.get("colors", {}), said.get("selected")
    points.set_visible(range(len(points)), True)
    points.set_visible([numbers[name] for name in hidden if name in numbers], False)
    color = fresh.copy()
    for name, rgb in colors.items():
        if name in numbers and rgb is not None:
            color[numbers[name]] = rgb
    points.set_color(color)
    points.select(numbers.get(selected))
    named = dict.fromkeys([*hidden, *colors, *([] if selected is None else [selected])])
    called = "units" if what == "units" else "event channels"
    return _absent(
        f"The recording has no {called}", [name for name in named if name not in numbers]
    )


def _absent(start: str, names: Iterable[str]) -> list[str]:
    shortened = [shown(name) for name in names]
    return [f"{start} {listed(shortened)}."] if shortened else []


class _Streams:
    """The channels of a recording, and what a view says of them that they do not have.

    Parameters
    ----------
    view : View
        With channels like fresh ones.
    """

    def __init__(self, view: View) -> None:
        self._channels, self._spans = view.channels, view.spans
        channels = view.channels
        self._streams = {name: stream for stream, name in stream_names(channels).items()}
        self._rows: dict[str, dict[str, int]] = {name: {} for name in self._streams}
        names = stream_names(channels)
        for row, channel in enumerate(channel_names(channels)):
            self._rows[names[int(channels.stream[row])]][channel] = row
        self._absent_streams: dict[str, None] = {}
        self._absent: dict[str, dict[str, None]] = {name: {} for name in self._streams}

    def apply(self, fields: Mapping[str, Any], is_same: bool) -> list[str]:
        """Apply what a view says of order and streams.

        Parameters
        ----------
        fields : mapping
            Checked.
        is_same : bool
            Whether it is a view of this recording, whose resting levels it then knows.

        Returns
        -------
        list of str
            Sentences on what is not there.
        """
        streams = fields.get("streams", {})
        notes: list[str] = []
        if "order" in fields:
            self._channels.set_order(self._order(fields["order"]))
        self._set_traits(streams)
        for name, said in streams.items():
            if name in self._streams:
                notes += self._set_panel(name, said, _whose_spans(fields))
        if is_same:
            notes += self._set_rest(streams)
        notes += _absent("The recording has no streams", self._absent_streams)
        for name, ids in self._absent.items():
            notes += _absent(f"Stream {shown(name)} has no channels", ids)
        return notes

    def _row(self, stream: str, channel: str) -> int | None:
        """Return the row of a channel, None where it is not there, which is then remembered."""
        if stream not in self._rows:
            self._absent_streams[stream] = None
            return None
        if channel not in self._rows[stream]:
            self._absent[stream][channel] = None
        return self._rows[stream].get(channel)

    def _order(self, said: Any) -> np.ndarray:
        """Return an order of all rows: those named first, then the others as they come now."""
        if said == "file":
            return np.arange(len(self._channels))
        found = [self._row(run["stream"], channel) for run in said for channel in run["channels"]]
        named = np.array([row for row in dict.fromkeys(found) if row is not None], int)
        now = self._channels.order
        return np.concatenate([named, now[~np.isin(now, named)]])

    def _set_traits(self, streams: Mapping[str, Any]) -> None:
        """Set what is said of single channels, and of those of which nothing is said."""
        channels = self._channels
        traits = [dict(FRESH) for _ in channels.infos]
        for name, said in streams.items():
            if name not in self._rows:
                self._absent_streams[name] = None
                continue
            for row in self._rows[name].values():
                traits[row].update(said.get("usual", {}))
            for channel, own in said.get("channels", {}).items():
                named = self._row(name, channel)
                if named is not None:
                    traits[named].update(own)
        every = {key: [trait[key] for trait in traits] for key in FRESH}
        channels.set_gain(np.array(every["gain"], float))
        channels.set_offset(np.array(every["offset"], float))
        channels.set_bad(np.flatnonzero(every["bad"]), True)
        channels.set_visible(np.flatnonzero(~np.array(every["visible"], bool)), False)
        own_color = [row for row, color in enumerate(every["color"]) if color is not None]
        colors = np.array([every["color"][row] for row in own_color], np.uint8).reshape(-1, 3)
        channels.set_color(colors, own_color)

    def _set_panel(self, name: str, said: Mapping[str, Any], main: Whose) -> list[str]:
        channels, stream = self._channels, self._streams[name]
        panel = channels.panel_of(stream)
        channels.set_share(stream, said.get("share", 1.0))
        first = said.get("first_lane", panel.first_lane)
        if "lanes_per_page" in said:
            channels.show_page(first, said["lanes_per_page"], stream)
        else:
            channels.free_page(first, stream)
        missing: dict[str, None] = {}
        for whose, field in ((main, "spans"), ("raw", "raw_spans")):
            for units, span in said.get(field, {}).items():
                if (stream, units) in self._spans.kinds:
                    self._spans.set(whose, {(stream, units): span})
                else:
                    missing[units] = None
        return _absent(f"Stream {shown(name)} has no channels in", missing)

    def _set_rest(self, streams: Mapping[str, Any]) -> list[str]:
        notes = []
        rest = self._channels.rest.copy()
        for name, by_channel in self._rows.items():
            levels = streams.get(name, {}).get("rest")
            if levels is None:
                continue
            rows = list(by_channel.values())
            if len(levels) == len(rows):
                rest[rows] = levels
            else:
                notes.append(
                    f"The view has {len(levels)} resting levels for the {len(rows)} channels of "
                    f"stream {shown(name)}; they are left out."
                )
        self._channels.set_rest(rest)
        return notes
