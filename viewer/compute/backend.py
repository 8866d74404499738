"""`Backend`: what can be computed on blocks of samples, on the CPU or on a CUDA device.

Arrays are time-major, shape (samples, channels), and live where the backend computes: `upload` and
`download` are the only ways in and out. Views are taken as they are, backwards in time too, and
nothing passed in is written to. ``tests/viewer/compute`` holds both backends against one slow
oracle.
"""

from collections.abc import Sequence
from typing import Any, Literal, Protocol

import numpy as np

Array = Any
"""A `numpy.ndarray`, or a `cupy.ndarray`, as the backend has it."""

ReferenceKind = Literal["average", "median"]
Sign = Literal["negative", "positive", "both"]


class Backend(Protocol):
    """Kernels over blocks of samples.

    Attributes
    ----------
    name : {'numpy', 'cupy'}
    device : str
        The device in words, for people.
    """

    name: str
    device: str

    def upload(self, array: np.ndarray) -> Array:
        """Return `array` where this backend computes; the same object where that is the CPU."""

    def download(self, array: Array) -> np.ndarray:
        """Return an array of this backend in the CPU's memory."""

    def minmax(self, samples: Array, count: int) -> Array:
        """Return the least and greatest value of each bin of `count` samples.

        Parameters
        ----------
        samples : Array, shape (n, channels)
            Integers or floats; NaN does not count.
        count : int
            Samples of a bin; the last bin takes what is left.

        Returns
        -------
        Array, shape (ceil(n / count), 2, channels)
            In the dtype of `samples`; a bin of nothing but NaN is NaN.
        """

    def coarser(self, bins: Array, factor: int) -> Array:
        """Return bins, shape (n, 2, channels), `factor` times as wide."""

    def scale(self, raw: Array, gain: np.ndarray, offset: np.ndarray) -> Array:
        """Return ``raw * gain + offset`` for each channel, float32.

        Computed in float32 where that holds each raw value exactly (integers of 16 bits, float32),
        else in float64, and rounded after each step: backends agree to the last bit.
        """

    def reference(self, x: Array, kind: ReferenceKind, groups: Sequence[np.ndarray]) -> Array:
        """Return `x` less, in each group of channels, their average or median at each sample.

        Parameters
        ----------
        x : Array of float32, shape (n, channels)
        kind : {'average', 'median'}
        groups : sequence of ndarray of int64
            Channels of each group, none of them in two. Channels of no group are returned as they
            are.

        Returns
        -------
        Array of float32, shape (n, channels)
            NaN where `x` is, and that does not count for the others. The median of an even number
            is half way between the two in the middle.
        """

    def sosfilt(self, x: Array, sos: np.ndarray, state: Array) -> tuple[Array, Array]:
        """Filter along time with second-order sections, forwards, from a state to a state.

        Parameters
        ----------
        x : Array of float32 or float64, shape (n, channels)
        sos : ndarray of float64, shape (sections, 6)
            As `scipy.signal.sosfilt` takes them.
        state : Array of float64, shape (sections, 2, channels)
            Of the delays before the first sample.

        Returns
        -------
        y : Array, shape (n, channels)
            In the dtype of `x`; computed in float64.
        state : Array of float64, shape (sections, 2, channels)
            After the last sample.
        """

    def noise(self, x: Array) -> np.ndarray:
        """Return the standard deviation of each channel, float64, by its median deviation.

        ``median(|x - median(x)|) * 1.4826``, on which spikes have little bearing
        (Quian Quiroga et al. 2004, with the constant of a normal distribution to four places).

        Parameters
        ----------
        x : Array of float32, shape (n, channels)
            NaN does not count. The deviation of a channel of nothing else is NaN, and as a
            threshold would find no spikes.
        """

    def detect(
        self, x: Array, threshold: np.ndarray, sign: Sign, dead_time: int
    ) -> tuple[np.ndarray, np.ndarray]:
        """Return spikes: the extremum of each excursion beyond a threshold.

        An excursion is an unbroken run of samples beyond the threshold on one side; of equal
        extrema the first counts. NaN is beyond nothing.

        Parameters
        ----------
        x : Array of float32, shape (n, channels)
        threshold : ndarray of float32, shape (channels,)
            Positive; crossed downwards by ``negative``, upwards by ``positive``, in either
            direction by ``both``.
        sign : {'negative', 'positive', 'both'}
        dead_time : int
            Samples after a spike within which a smaller one of the channel is part of it. In order
            of time, an extremum no more than this after the last spike takes its place if it is
            larger in magnitude, and is dropped if not.

        Returns
        -------
        samples : ndarray of int64
            In rising order, of equals the lower channel first.
        channels : ndarray of int64
        """
