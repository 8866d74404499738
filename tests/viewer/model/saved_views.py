"""Views to save: a reader with a bit of everything, and what a view is like."""

import numpy as np
import probeinterface

from tests.readers import ArrayReader, noise
from viewer.model import View
from viewer.model.view_fields import LOOK
from viewer.model.view_file import view_as_json


def a_reader(channels=(5, 3), seconds=4.0, probe=False, same_names=False):
    """Return a reader of streams s0 (1 kHz) and s1 (500 Hz) with ids 0 to 7, units and events."""
    rates = [1000.0, 500.0][: len(channels)]
    segment = [
        (2.0, noise(int(rate * seconds), n)) for rate, n in zip(rates, channels, strict=True)
    ]
    reader = ArrayReader(
        [segment],
        rates,
        units={name: np.array([2.5]) for name in ("u0", "u1", "u2")},
        events={"stim": [(2.5, "on")]},
        epochs={"sleep": [(3.0, 1.0, "n2")]},
    )
    if probe:
        contacts = probeinterface.Probe(ndim=2, si_units="um")
        contacts.set_contacts(np.array([(0.0, 20.0 * n) for n in range(channels[0])]))
        contacts.set_device_channel_indices(np.arange(channels[0]))
        reader.set_probe(contacts)
    if same_names:
        reader.header["signal_streams"]["name"] = "s"
        reader.header["signal_channels"]["id"][:2] = "0"
        reader.header["unit_channels"]["name"][:2] = ["u", "u"]
        reader.header["event_channels"]["name"] = ""
    return reader


def state(view):
    """Return all that a saved view speaks of, but resting levels."""
    channels = view.channels
    return {
        "window": (view.window.t_start, view.window.duration),
        "selected": view.span,
        "look": {name: getattr(view, name) for name in LOOK},
        "remove_dc": channels.remove_dc,
        "panels": [channels.panel_of(stream) for stream in np.unique(channels.stream).tolist()],
        "on screen": [panel.stream for panel in channels.panels],
        "span": channels.span,
        **{
            name: getattr(channels, name).tolist()
            for name in ("visible", "gain", "offset", "bad", "color", "order")
        },
        "points": [
            (points.visible.tolist(), points.color.tolist(), points.selected)
            for points in (view.units, view.events)
        ],
    }


def full():
    """Return a view that says something in every field."""
    reader = a_reader(probe=True)
    view = View(reader)
    view.span = (3.0, 4.0)
    view.channels.set_order(range(7, -1, -1))
    view.channels.set_gain(2.0)
    view.channels.set_offset(-3.0)
    view.channels.set_bad([1], True)
    view.channels.set_visible([2], False)
    view.channels.set_color((1, 2, 3), [4])
    view.channels.show_page(0, 4, stream=0)
    view.channels.set_share(0, 2.0)
    view.channels.set_rest(np.arange(8.0))
    for whose, span in (("processed", 100.0), ("raw", 2000.0)):
        view.spans.set(whose, {(0, "uV"): span, (1, "uV"): span / 2})
    for points in (view.units, view.events):
        points.set_visible([0], False)
        points.set_color((4, 5, 6), [1])
        points.select(1)
    return view_as_json(view, reader, "highpass:300", theme=True)
