"""What changed of channels since the channels table last looked."""

import numpy as np

from viewer.model import Channels


class Snapshot:
    """What channels are like at a moment.

    Parameters
    ----------
    channels : viewer.model.Channels
    """

    def __init__(self, channels: Channels) -> None:
        self.infos = channels.infos
        self.visible, self.bad = channels.visible.copy(), channels.bad.copy()
        self.gain, self.offset = channels.gain.copy(), channels.offset.copy()
        self.color, self.order = channels.color.copy(), channels.order.copy()
        self.on_screen = np.zeros(len(channels), bool)
        self.on_screen[channels.shown] = True


def runs_of(wanted: np.ndarray) -> list[np.ndarray]:
    """Return the places of what is wanted, neighbours together."""
    places = np.flatnonzero(wanted)
    if not len(places):
        return []
    return np.split(places, np.flatnonzero(np.diff(places) > 1) + 1)
