"""Ingredients of signals that look like the brain's: noise, rhythms, spikes."""

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


class Draws:
    """Random numbers that are the same with every NumPy.

    NumPy promises the same raw bits for a seed for ever, but not the same normal numbers; so
    these are made here.

    Parameters
    ----------
    seed : int
    """

    def __init__(self, seed: int) -> None:
        self._bits = np.random.PCG64(seed)

    def uniform(self, n: int) -> Floats:
        """Return `n` numbers from 0 (included) to 1 (not)."""
        return (self._bits.random_raw(n) >> np.uint64(11)).astype(np.float64) * 2.0**-53

    def normal(self, n: int, n_channels: int) -> Floats:
        """Return (n, n_channels) numbers of mean 0 and variance 1, nearly normal."""
        # The sum of four uniform numbers; a 64-bit draw is four of 16 bits.
        parts = self._bits.random_raw(n * n_channels).view(np.uint16).reshape(-1, 4)
        summed = parts.sum(axis=1, dtype=np.float64)
        return ((summed - 2 * 65535) / (65536 * np.sqrt(4 / 12))).reshape(n, n_channels)

    def noise(
        self,
        n: int,
        n_channels: int,
        rate: float,
        exponent: float = 1.0,
        low: float = 0.5,
        high: float = np.inf,
    ) -> Floats:
        """Return (n, n_channels) independent noise of unit standard deviation.

        Power falls with frequency to the power of `exponent` between `low` and `high` Hz (1 is
        pink, 0 white) and is zero elsewhere; `rate` is the sampling rate in Hz.
        """
        spectrum = np.fft.rfft(self.normal(n, n_channels), axis=0)
        hertz = np.fft.rfftfreq(n, 1 / rate)
        weight = np.zeros(len(hertz))
        band = (hertz >= low) & (hertz <= high) & (hertz > 0)
        weight[band] = hertz[band] ** (-exponent / 2)
        shaped = np.fft.irfft(spectrum * weight[:, None], n, axis=0)
        return shaped / shaped.std(axis=0)

    def train(self, hertz: float, n: int, rate: float, dead_time: float = 0.003) -> Ints:
        """Return sample numbers of a Poisson train with a dead time (s), none near the ends."""
        drawn = self.uniform(int(2 * hertz * n / rate) + 50)
        mean = 1 / hertz - dead_time
        times = np.cumsum(dead_time - mean * np.log1p(-drawn))
        positions = (times * rate).astype(np.int64)
        return positions[(positions > 50) & (positions < n - 50)]


def theta_phase(draws: Draws, n: int, rate: float, hertz: float = 7.5) -> Floats:
    """Return the phase in radians of a rhythm whose frequency wanders a little."""
    wander = draws.noise(n, 1, rate, exponent=2, low=0.1, high=1.0)[:, 0]
    return 2 * np.pi * np.cumsum(hertz + 0.4 * wander) / rate


def spike_shape(milliseconds: Floats, width: float = 0.17) -> Floats:
    """Return an extracellular spike: trough of -1 at 0 ms, then a lower and wider hump."""

    def shape(at: Floats) -> Floats:
        def bump(centre: float, sigma: float) -> Floats:
            return np.exp(-0.5 * ((at - centre) / sigma) ** 2)

        before, trough, after = bump(-2.2, 0.8), bump(0, 1), bump(2.9, 1.7)
        return 0.12 * before - trough + 0.38 * after

    return shape(milliseconds / width) / -shape(np.zeros(1))


def add_at(signal: Floats, positions: Ints, shape: Floats, before: int) -> None:
    """Add `shape` to `signal` in place, its sample `before` at each of the positions.

    Parameters
    ----------
    signal : numpy.ndarray
        (sample,) or (sample, channel).
    positions : numpy.ndarray
    shape : numpy.ndarray
        (point,) or (point, channel), one for all; or with one more axis in front, one for each.
    before : int
    """
    one_each = shape.ndim > signal.ndim
    for k, position in enumerate(positions):
        what = shape[k] if one_each else shape
        signal[position - before : position - before + len(what)] += what


def to_counts(signal: Floats, gain: float) -> npt.NDArray[np.int16]:
    """Return the signal as the integers of a converter of `gain` units a count."""
    return np.clip(np.rint(signal / gain), -32768, 32767).astype("<i2")
