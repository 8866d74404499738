"""Steps of a chain, as they are written: what to do, in hertz, whatever the recording.

::

    [HighPass(300), CommonReference("median")]

What a step makes of one stream is found out in `viewer.compute.chain`.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from rawio import OptionError
from rawio.texts import listed, shown
from viewer.compute.backend import ReferenceKind
from viewer.compute.design import Band, Filter, butterworth, half_gap, notch

MOST_ORDER = 12
MOST_HARMONICS = 20

KINDS: tuple[ReferenceKind, ...] = ("median", "average")

By = Literal["all", "shank"] | tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class HighPass:
    """Take out what is slower than a frequency (Butterworth).

    Parameters
    ----------
    cutoff : float
        Hertz.
    order : int
        Of the filter; run in both directions, it counts twice.
    causal : bool
        Run forwards only: nothing is moved ahead of its time, but phases turn. Without, it is run
        forwards, then backwards, so that nothing moves at all.

    Raises
    ------
    OptionError
        When a number makes no sense.
    """

    cutoff: float
    order: int = 3
    causal: bool = False

    def __post_init__(self) -> None:
        _check(self, order=self.order, cutoff=self.cutoff)

    def filter_at(self, rate: float) -> Filter:
        """Return the filter for a sampling rate in hertz; raise `OptionError` if there is none."""
        return _butterworth(self, "highpass", (self.cutoff,), self.order, rate)

    def describe(self) -> str:
        """Return the step in words."""
        return f"high-pass {self.cutoff:.9g} Hz{_unusual(self)}"


@dataclass(frozen=True)
class LowPass:
    """Take out what is faster than a frequency; parameters as of `HighPass`."""

    cutoff: float
    order: int = 3
    causal: bool = False

    def __post_init__(self) -> None:
        _check(self, order=self.order, cutoff=self.cutoff)

    def filter_at(self, rate: float) -> Filter:
        """Return the filter for a sampling rate in hertz; raise `OptionError` if there is none."""
        return _butterworth(self, "lowpass", (self.cutoff,), self.order, rate)

    def describe(self) -> str:
        """Return the step in words."""
        return f"low-pass {self.cutoff:.9g} Hz{_unusual(self)}"


@dataclass(frozen=True)
class BandPass:
    """Take out what is slower than `low` or faster than `high`, in hertz; else as `HighPass`."""

    low: float
    high: float
    order: int = 3
    causal: bool = False

    def __post_init__(self) -> None:
        _check(self, order=self.order, low=self.low, high=self.high)
        if not self.low < self.high:
            raise OptionError(
                "a band-pass goes from a lower to a higher frequency, not from "
                f"{self.low:.9g} Hz to {self.high:.9g} Hz."
            )

    def filter_at(self, rate: float) -> Filter:
        """Return the filter for a sampling rate in hertz; raise `OptionError` if there is none."""
        return _butterworth(self, "bandpass", (self.low, self.high), self.order, rate)

    def describe(self) -> str:
        """Return the step in words."""
        return f"band-pass {self.low:.9g} to {self.high:.9g} Hz{_unusual(self)}"


@dataclass(frozen=True)
class Notch:
    """Take out one frequency, such as that of the mains, and multiples of it.

    Parameters
    ----------
    frequency : float
        Hertz.
    quality : float
        Each frequency over the width of its gap; the narrower, the longer it rings.
    harmonics : int
        Frequencies to take out, the first included. Those whose gap reaches half the sampling rate
        are left: so near to it, a filter rings for long, and hardly anything was recorded.
    causal : bool
        As of `HighPass`.

    Raises
    ------
    OptionError
        When a number makes no sense.
    """

    frequency: float
    quality: float = 30.0
    harmonics: int = 1
    causal: bool = False

    def __post_init__(self) -> None:
        _check(self, frequency=self.frequency, quality=self.quality)
        _check_count("harmonics", self.harmonics, MOST_HARMONICS)

    def filter_at(self, rate: float) -> Filter:
        """Return the filter for a sampling rate in hertz; raise `OptionError` if there is none."""
        _check_nyquist(self.describe(), self.frequency, rate)
        above = [self.frequency * k for k in range(2, self.harmonics + 1)]
        below = [f for f in above if f + half_gap(f, self.quality) < rate / 2]
        try:
            return notch((self.frequency, *below), self.quality, rate)
        except OptionError as error:
            raise OptionError(f"{self.describe()} cannot be computed: {error}.") from None

    def describe(self) -> str:
        """Return the step in words."""
        others = self.harmonics - 1
        more = f" and {others} harmonic{'s' * (others > 1)}" if others else ""
        return f"notch {self.frequency:.9g} Hz{more}{_unusual(self)}"


@dataclass(frozen=True)
class CommonReference:
    """Subtract from each channel what it has in common with others, at each sample.

    Parameters
    ----------
    kind : {'median', 'average'}
        Of the channels of a group; those that are missing (NaN) at a sample do not count.
    by : {'all', 'shank'} or sequence of sequences of channel ids
        The groups: all channels of a stream, those of each shank of its probe, or these. Channels
        of several units of measure are never mixed, and a channel without others, or of no group,
        is left as it is.

    Raises
    ------
    OptionError
        When the kind is unknown, or the groups are none.
    """

    kind: ReferenceKind = "median"
    by: By = "all"

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise OptionError(f"a reference is the {' or '.join(KINDS)}, not {self.kind!r}.")
        if not isinstance(self.by, str):
            object.__setattr__(self, "by", _groups(self.by))
        elif self.by not in ("all", "shank"):
            raise OptionError(
                f"a reference is by 'all', by 'shank' or by groups of channel ids, not {self.by!r}."
            )

    def describe(self) -> str:
        """Return the step in words."""
        if isinstance(self.by, str):
            return f"{self.kind} reference{' by shank' * (self.by == 'shank')}"
        groups = listed((f"[{listed(group)}]" for group in self.by), most=3)
        return f"{self.kind} reference of channels {groups}"


FilterStep = HighPass | LowPass | BandPass | Notch
Step = FilterStep | CommonReference


def describe(steps: Iterable[Step]) -> str:
    """Return steps in words, such as ``high-pass 300 Hz · median reference``."""
    return " · ".join(step.describe() for step in steps)


def _butterworth(
    step: HighPass | LowPass | BandPass,
    band: Band,
    corners: tuple[float, ...],
    order: int,
    rate: float,
) -> Filter:
    _check_nyquist(step.describe(), corners[-1], rate)
    try:
        return butterworth(band, corners, order, rate)
    except OptionError as error:
        raise OptionError(f"{step.describe()} cannot be computed: {error}.") from None


def _check_nyquist(what: str, frequency: float, rate: float) -> None:
    if frequency >= rate / 2:
        raise OptionError(
            f"{what} needs samples at more than {2 * frequency:.9g} Hz; these are at {rate:.9g} Hz."
        )


def _check(step: FilterStep, order: int = 1, **frequencies: float) -> None:
    kind = type(step).__name__
    for name, value in frequencies.items():
        if not _is_positive(value):
            raise OptionError(f"{kind}: {name} must be above 0 and finite, not {_told(value)}.")
    _check_count("order", order, MOST_ORDER)
    if not isinstance(step.causal, bool):
        raise OptionError(f"{kind}: causal is True or False, not {step.causal!r}.")


def _check_count(name: str, value: Any, most: int) -> None:
    whole = isinstance(value, (int, np.integer)) and not isinstance(value, bool)
    if not whole or not 1 <= value <= most:
        raise OptionError(f"{name} must be a whole number from 1 to {most}, not {_told(value)}.")


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float, np.integer, np.floating)) and not isinstance(value, bool)


def _is_positive(value: Any) -> bool:
    try:
        return _is_number(value) and value > 0 and math.isfinite(value)
    except OverflowError:  # an int beyond all floats
        return False


def _told(value: Any) -> str:
    try:
        return shown(value)
    except ValueError:  # Python writes no ints of thousands of digits
        return "a number of thousands of digits"


def _unusual(step: FilterStep) -> str:
    """Return in words what is not as it is unless one says so."""
    if isinstance(step, Notch):
        more = f", Q {step.quality:.9g}" if step.quality != Notch.quality else ""
    else:
        more = f", order {step.order}" if step.order != HighPass.order else ""
    return more + " (causal)" * step.causal


def _groups(by: Iterable[Sequence[Any]]) -> tuple[tuple[str, ...], ...]:
    """Return groups of ids as text; each channel is of one group at most."""
    try:
        groups = tuple(tuple(str(label) for label in group) for group in by)
    except TypeError:
        raise OptionError(f"groups are sequences of channel ids, not {by!r}.") from None
    labels = [label for group in groups for label in group]
    if not labels or not all(groups):
        raise OptionError("a reference by groups needs groups of channel ids, none of them empty.")
    twice = next((label for label in labels if labels.count(label) > 1), None)
    if twice is not None:
        raise OptionError(f"channel {twice!r} is twice in the groups of a reference.")
    return groups
