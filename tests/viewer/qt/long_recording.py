"""A recording of a probe that is long and costs nothing: one stretch of samples over and over."""

import numpy as np

from tests.viewer.engine.recordings import FiledReader

RATE, SLOW_RATE = 30_000, 1_000
CHANNELS, SLOW_CHANNELS = 384, 8
UNITS, EVENTS = 240, 1_200


class Tiled:
    """A stretch of samples, repeated; as much of an array as `ArrayReader` needs.

    Parameters
    ----------
    stretch : ndarray, shape (samples, channels)
    length : int
        Samples.
    """

    def __init__(self, stretch, length):
        self._stretch, self._length = stretch, length
        self.dtype, self.shape = stretch.dtype, (length, stretch.shape[1])

    def __len__(self):
        return self._length

    def __getitem__(self, where):
        start, stop, _ = where.indices(self._length)
        count = len(self._stretch)
        first = start % count
        if first + stop - start <= count:
            return self._stretch[first : first + stop - start]
        parts = [self._stretch[first:]]
        missing = stop - start - len(parts[0])
        parts += [self._stretch] * (missing // count) + [self._stretch[: missing % count]]
        return np.concatenate(parts)


def long_recording(path, minutes=10.0):
    """Return a reader of 384 channels of 30 kHz and 8 slow ones, with units and events.

    Parameters
    ----------
    path : pathlib.Path
        Of a file that is there; the recording claims to be read from it.
    minutes : float
    """
    rng = np.random.default_rng(0)
    seconds = 60 * minutes
    stretch = rng.normal(0, 60, (RATE, CHANNELS)).astype(np.int16)
    stretch[::1000] = -700
    slow = np.round(900 * np.sin(np.arange(SLOW_RATE * 7)[:, None] / (50.0 + np.arange(8))))
    runs = [
        (0.0, Tiled(stretch, int(RATE * seconds))),
        (0.0, Tiled(slow.astype(np.int16), int(SLOW_RATE * seconds))),
    ]
    times = np.sort(rng.uniform(0, seconds, EVENTS)).tolist()
    reader = FiledReader(
        [runs],
        [float(RATE), float(SLOW_RATE)],
        gain=0.195,
        units={f"unit {n}": _spikes(rng, seconds) for n in range(UNITS)},
        unit_channel={n: 3 * n % CHANNELS for n in range(UNITS - 20)},
        events={
            "trial": [(time, f"trial {n}") for n, time in enumerate(times)],
            "reward": [(time + 0.01, "") for time in times[::3]],
        },
        epochs={"light": [(time, 0.25, "on") for time in times[::10]]},
    )
    reader.path = path
    return reader


def _spikes(rng, seconds):
    return np.sort(rng.uniform(0, seconds, int(seconds * rng.uniform(0.5, 12))))
