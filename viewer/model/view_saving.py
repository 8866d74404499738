"""From a view to what `viewer.model.view_file` describes."""

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from os.path import abspath, basename
from typing import Any

import numpy as np

from rawio import BaseRawIO
from viewer.model.channels import Channels
from viewer.model.geometry import by_probe
from viewer.model.point_channels import PointChannels
from viewer.model.spans import Kind
from viewer.model.view import View
from viewer.model.view_fields import FORMAT, LOOK, MOST_LANES, VERSION
from viewer.model.view_names import channel_names, stream_names, told_apart

REST_STEPS = 1000
"""Resting levels are kept to this fraction of a lane: less than a tenth of a pixel."""

FRESH: dict[str, Any] = {"visible": True, "gain": 1.0, "offset": 0.0, "color": None, "bad": False}
"""What a channel is before anybody changes it; no colour is the theme's."""


def view_as_json(
    view: View,
    reader: BaseRawIO,
    steps_text: str = "",
    *,
    theme: bool = False,
    pages: bool = False,
) -> dict[str, Any]:
    """Return a view as plain JSON values.

    Parameters
    ----------
    view : View
    reader : rawio.BaseRawIO
        Of which it is one.
    steps_text : str
        The processing chain, as `viewer.compute.text.chain_text` writes it.
    theme : bool
        Whether to say in which theme it is shown; a colleague has her own.
    pages : bool
        Whether to say how many lanes panels have also where nobody chose it; a colleague's window
        has another height.
    """
    channels, window = view.channels, view.window
    look = {name: getattr(view, name) for name in LOOK}
    data: dict[str, Any] = {
        "format": FORMAT,
        "version": VERSION,
        "recording": {
            "name": name_of(reader),
            "channels": len(channels),
            "seconds": window.t_max - window.t_min,
        },
        "process": steps_text,
        "theme": view.theme.name if theme else None,
        "window": {"start": window.t_start, "duration": window.duration},
        "selected": None if view.span is None else list(view.span),
        "look": {**look, "remove_dc": channels.remove_dc},
        "order": _order_as_json(view, reader),
        "streams": _streams_as_json(view, pages, bool(steps_text) or view.spans.layered),
        "units": _points_as_json(view.units, view.theme.unit_colors(len(view.units))),
        "events": _points_as_json(view.events, view.theme.event_colors(len(view.events))),
    }
    return _said(data)


def _said(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fields that say anything."""
    return {name: value for name, value in fields.items() if value not in (None, "", {}, [])}


def name_of(reader: BaseRawIO) -> str:
    """Return the name of a recording's file or folder, never with the folder it is in."""
    return basename(abspath(reader.source_name()))


def _order_as_json(view: View, reader: BaseRawIO) -> Any:
    """Return ids by stretches of one stream, ``file`` for that of the file, None for the usual."""
    channels = view.channels
    if np.array_equal(channels.order, np.arange(len(channels))):
        arranged = by_probe(reader)
        usual = arranged is None or np.array_equal(arranged[0], channels.order)
        return None if usual else "file"
    if view.has_fresh_order():
        return None
    streams, ids = stream_names(channels), channel_names(channels)
    runs: list[dict[str, Any]] = []
    for row in channels.order.tolist():
        stream = streams[int(channels.stream[row])]
        if not runs or runs[-1]["stream"] != stream:
            runs.append({"stream": stream, "channels": []})
        runs[-1]["channels"].append(ids[row])
    return runs


def _streams_as_json(view: View, pages: bool, processed: bool) -> dict[str, Any]:
    channels, ids, traits = view.channels, channel_names(view.channels), _traits(view)
    raw = view.spans.of("raw")
    # Of processed signals that are not there yet, the spans may not be known.
    spans = view.spans.of("processed") if processed else {**channels.span, **raw}
    raw_spans = raw if processed else {}
    streams = {}
    for stream, name in stream_names(channels).items():
        rows = np.flatnonzero(channels.stream == stream).tolist()
        panel = channels.panel_of(stream)
        usual = {key: _usual([traits[key][row] for row in rows], FRESH[key]) for key in FRESH}
        unlike = {
            ids[row]: {key: traits[key][row] for key in FRESH if traits[key][row] != usual[key]}
            for row in rows
        }
        lanes = min(panel.lanes_per_page, MOST_LANES)
        streams[name] = {
            "first_lane": panel.put[0],
            **({"lanes_per_page": lanes} if panel.chosen or pages else {}),
            **({} if panel.share == 1.0 else {"share": panel.share}),
            **_said({"spans": _by_units(spans, stream)}),
            **_said({"raw_spans": _by_units(raw_spans, stream)}),
            **_said({"usual": {k: v for k, v in usual.items() if v != FRESH[k]}}),
            **_said({"channels": _said(unlike)}),
            **_said({"rest": _rest_as_json(channels, rows, spans)}),
        }
    return streams


def _by_units(spans: Mapping[Kind, float], stream: int) -> dict[str, float]:
    return {units: span for (of, units), span in spans.items() if of == stream}


def _traits(view: View) -> dict[str, list[Any]]:
    """Return what `FRESH` has of each channel, by row."""
    channels = view.channels
    own = np.any(channels.color != view.fresh_colors(), axis=1).tolist()
    colors = [_hex(c) if is_own else None for c, is_own in zip(channels.color, own, strict=True)]
    return {
        "visible": channels.visible.tolist(),
        "gain": channels.gain.tolist(),
        "offset": channels.offset.tolist(),
        "color": colors,
        "bad": channels.bad.tolist(),
    }


def _usual(values: Sequence[Any], fresh: Any) -> Any:
    """Return what most channels have; of several such values, the fresh one or the first."""
    counts = Counter(values)
    return max(counts, key=lambda value: (counts[value], value == fresh))


def _rest_as_json(
    channels: Channels, rows: Sequence[int], spans: Mapping[Kind, float]
) -> list[float]:
    """Return resting levels in as many digits as can be seen; none where they are all 0.

    `spans` are those of the signals that rest there; where they are not known, what is on screen.
    """
    levels = []
    for row in rows:
        kind = channels.infos[row].stream, channels.infos[row].units
        size = math.log10(spans.get(kind, channels.span[kind])) - math.log10(REST_STEPS)
        digits = -math.floor(size)
        level = round(float(channels.rest[row]), digits) + 0.0  # not -0.0
        levels.append(int(level) if digits <= 0 else level)
    return levels if any(levels) else []


def _points_as_json(points: PointChannels, fresh: np.ndarray) -> dict[str, Any]:
    names = told_apart(points.names)
    own = np.flatnonzero(np.any(points.color != fresh, axis=1)).tolist()
    return _said(
        {
            "hidden": [names[n] for n in np.flatnonzero(~points.visible).tolist()],
            "colors": {names[n]: _hex(points.color[n]) for n in own},
            "selected": None if points.selected is None else names[points.selected],
        }
    )


def _hex(rgb: np.ndarray) -> str:
    return f"#{bytes(rgb.tolist()).hex()}"
