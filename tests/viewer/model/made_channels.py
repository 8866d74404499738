"""Channels of known streams, and what of them is on screen."""

from collections import Counter

import numpy as np

from viewer.model import ChannelInfo, Channels


def channels_of(count, units="uV"):
    return in_streams([0] * count, units)


def in_streams(streams, units="uV"):
    """Return channels that lie in these streams, row by row."""
    columns = Counter()
    infos = []
    for row, stream in enumerate(streams):
        infos.append(
            ChannelInfo(f"c{row}", str(100 + row), units, stream, columns[stream], 0.5, 1.0)
        )
        columns[stream] += 1
    return Channels(infos)


def page(channels, stream=0):
    panel = channels.panel_of(stream)
    return panel.first_lane, panel.lanes_per_page


def events_of(channels):
    events = []
    channels.changed.connect(lambda: events.append(channels.shown.tolist()))
    return events


def shown(channels):
    return channels.shown.tolist()


def drawn(channels, stream, height=1000.0):
    """Return the pixels to a raw unit of all rows of a stream in a panel of some height."""
    rows = np.flatnonzero(channels.stream == stream)
    lanes = len(channels.page_of(stream))
    return channels.scale(rows, height / lanes)[0].tolist()
