"""A made-up recording of a probe: slow waves, noise, and spikes that neighbouring contacts see."""

import numpy as np
import probeinterface

from tests.readers import ArrayReader

RATE = 30_000.0
"""Hertz."""
GAIN = 0.195
"""Microvolts of a count."""
WAVEFORM = 48
"""Samples of a spike."""
REACH = 28.0
"""Micrometres from its unit at which a spike has lost a third."""
PIECE = 30_000


def pretend_probe(
    channels: int, seconds: float, *, shanks: int = 1, units: int | None = None, seed: int = 0
) -> ArrayReader:
    """Return a recording of `channels` contacts on some shanks, with units and stimuli.

    Parameters
    ----------
    channels : int
    seconds : float
    shanks : int
    units : int or None
        None: one for four contacts.
    seed : int

    Returns
    -------
    ArrayReader
        Of int16, with its probe set.
    """
    rng = np.random.default_rng(seed)
    probe = _probe(channels, shanks)
    places = probe.contact_positions
    samples = _background(rng, places, round(seconds * RATE))
    trains, homes = {}, {}
    for number in range(max(4, channels // 4) if units is None else units):
        home = int(rng.integers(channels))
        times = np.cumsum(rng.exponential(1 / rng.uniform(1.5, 12), int(seconds * 12) + 8) + 0.002)
        times = times[times < seconds - 0.01]
        _add_spikes(rng, samples, places, home, np.rint(times * RATE).astype(int))
        trains[f"unit {number + 1}"] = times
        homes[number] = home
    stimuli = np.arange(0.75, seconds, 1.5)
    reader = ArrayReader.of(
        samples,
        rate=RATE,
        gain=GAIN,
        units=trains,
        unit_channel=homes,
        events={"stimulus": [(t, str(i % 4 + 1)) for i, t in enumerate(stimuli.tolist())]},
        epochs={"trial": [(t - 0.25, 0.9, str(i + 1)) for i, t in enumerate(stimuli.tolist())]},
    )
    reader.set_probe(probe, 0)
    return reader


def _probe(channels: int, shanks: int) -> probeinterface.Probe:
    """Return two columns of contacts on each shank, the tip at 0."""
    each = -(-channels // shanks)
    number = np.arange(channels)
    shank, place = np.divmod(number, each)
    x = shank * 250.0 + (place % 2) * 32.0
    y = (place // 2) * 20.0
    probe = probeinterface.Probe(ndim=2, si_units="um")
    probe.set_contacts(np.stack([x, y], axis=1), shank_ids=shank.astype(str))
    probe.set_device_channel_indices(number)
    return probe


def _background(rng: np.random.Generator, places: np.ndarray, count: int) -> np.ndarray:
    """Return slow waves that run along the probe, with noise, int16 (samples, channels)."""
    depth = places[:, 1] / max(1.0, float(places[:, 1].max()))
    out = np.empty((count, len(places)), np.int16)
    sources = [(7.3, 0.9), (2.1, 0.4), (31.0, 0.15)]
    phase = rng.uniform(0, 2 * np.pi, len(sources))
    for start in range(0, count, PIECE):
        t = (np.arange(start, min(start + PIECE, count)) / RATE)[:, np.newaxis]
        slow = sum(
            200 * size * np.sin(2 * np.pi * hertz * t + p + 3 * depth) * (0.4 + 0.6 * depth)
            for (hertz, size), p in zip(sources, phase, strict=True)
        )
        noise = rng.normal(0, 32, (len(t), len(places))).astype(np.float32)
        out[start : start + len(t)] = np.rint(slow + noise)
    return out


def _add_spikes(
    rng: np.random.Generator, samples: np.ndarray, places: np.ndarray, home: int, at: np.ndarray
) -> None:
    """Add a unit's spikes to all contacts near its home, in place."""
    distance = np.hypot(*(places - places[home]).T)
    near = np.flatnonzero(distance < 4 * REACH)
    t = np.arange(WAVEFORM) / RATE * 1000 - 0.4
    shape = -np.exp(-((t / 0.11) ** 2)) + 0.35 * np.exp(-(((t - 0.38) / 0.22) ** 2))
    size = rng.uniform(350, 1100) * np.exp(-((distance[near] / REACH) ** 2) / 2.5)
    wave = np.rint(shape[:, np.newaxis] * size).astype(np.int16)
    for first in at[(at >= 12) & (at < len(samples) - WAVEFORM)].tolist():
        samples[first - 12 : first - 12 + WAVEFORM, near] += wave
