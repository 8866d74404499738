"""Times on a recording's axis as people write and read them: seconds, clock times, samples."""

import math
import re
from dataclasses import dataclass
from datetime import date, datetime
from fractions import Fraction
from typing import Literal, NamedTuple

from rawio import OptionError
from rawio.texts import shown
from viewer.model.time_text import DAY, duration, number, tidied, time_of_day

TimeFormat = Literal["seconds", "clock", "samples"]

THIN_SPACE = "\N{THIN SPACE}"
LONGEST = 100
"""Characters; no time takes as many."""

_FROM_A_PLACE = re.compile(r"(start|beginning|end|now)(?: ?([+-]) ?(.+))?")
_SAMPLE = re.compile(r"(?:#|samples? ?#?) ?(-?)([^-].*)")
_SAMPLES = re.compile(r"(.*[0-9]) ?(?:samples?|smp)")
_PERCENT = re.compile(r"(.*[0-9.,]) ?%")


class _Amount(NamedTuple):
    """What a number and its unit come to: how much, and where on the axis it is counted from."""

    seconds: Fraction
    zero: Fraction


@dataclass(frozen=True)
class TimeScale:
    """How times on the axis of a recording are written, and read.

    What is read is exact to the nearest float: a sample written by its number is read as that very
    sample, ten hours into a recording of 30 kHz too.

    Attributes
    ----------
    t_min, t_max : float
        Limits of the axis in seconds, finite.
    sampling_rate : float or None
        Hertz, of the run whose samples are counted; None where there are no signals.
    t_zero : float or None
        Seconds on the axis of that run's sample 0; None where there are no signals.
    recorded_at : datetime.datetime or None
        What the clock on the wall said at second 0 of the axis; None where it is not known. That
        clock runs on as it was set: a time zone is passed over, and nothing is put forward or back
        for the summer.
    """

    t_min: float
    t_max: float
    sampling_rate: float | None = None
    t_zero: float | None = None
    recorded_at: datetime | None = None

    # -- reading -----------------------------------------------------------------------------------

    def parse(self, text: str, time_format: TimeFormat, now: float) -> float:
        """Return the time that a text says, in seconds on the axis.

        ===================================== ====================================================
        ``12.5``, ``350 ms``, ``12 min``      from second 0 of the axis
        ``1:02:03.25``, ``2:03``, ``1h 2m``   likewise
        ``#370000``, ``370 000 samples``      from sample 0
        ``370000``                            likewise, in the format 'samples'
        ``50%``                               of the recording
        ``start``, ``end``, ``now``           and from there: ``end - 10 s``
        ``+5``, ``- 5 s``, ``+1h``, ``-10%``  from `now`
        ``14:03:22.5``, ``14:03``             of the day, in the format 'clock'
        ``2:03 pm``, ``2024-05-01 14:03``     likewise, in any format
        ===================================== ====================================================

        A minus with no blank after it makes a negative time where the axis has such (``-5`` where
        it starts before second 0, ``-5 samples`` where it starts before sample 0), else a step back
        from `now`; ``- 5`` and ``now-5`` are steps everywhere. A clock time without its date is of
        the day on which it lies in the recording, the nearest to `now` if there are several; where
        there is none, of that on which it lies nearest to the recording. Without `recorded_at`, the
        format 'clock' counts hours from second 0.

        A comma may stand for the decimal point. Thousands may be parted by blanks or apostrophes,
        and by commas or points where these can be no decimal mark.

        Parameters
        ----------
        text : str
        time_format : {'seconds', 'clock', 'samples'}
            What a number or a clock time without more is taken for.
        now : float
            Seconds on the axis, finite.

        Returns
        -------
        float
            Finite; it may lie outside the recording.

        Raises
        ------
        OptionError
            With one sentence that says what was not understood and what is possible.
        """
        said = tidied(text)
        if not said:
            raise OptionError(f"No time is given; write, for example, {self._examples}.")
        place = self._place(said, time_format, now) if len(said) <= LONGEST else None
        if place is None:
            raise OptionError(f"{shown(text)} is not a time; write, for example, {self._examples}.")
        return float(place)

    def _place(self, said: str, time_format: TimeFormat, now: float) -> Fraction | None:
        """Return seconds on the axis; None where the text is not understood."""
        if match := _FROM_A_PLACE.fullmatch(said):
            return self._from_a_place(match, time_format, now)
        if match := _SAMPLE.fullmatch(said):
            sample = self._samples(match[2], said)
            return sample and sample.zero + _signed(match[1], sample.seconds)
        clock = self._clock(said, time_format, now)
        if clock is not None:
            return clock
        sign, rest = (said[0], said[1:]) if said[0] in "+-" else ("", said)
        amount = self._amount(rest.lstrip(), time_format)
        if amount is None:
            return None
        # A nanosecond of slack: an axis that begins there has no negative times, it was rounded.
        negative = sign == "-" and rest[0] != " " and self.t_min < amount.zero - Fraction(1, 10**9)
        zero = Fraction(now) if sign and not negative else amount.zero
        return zero + _signed(sign, amount.seconds)

    def _from_a_place(
        self, match: re.Match[str], time_format: TimeFormat, now: float
    ) -> Fraction | None:
        place, sign, rest = match.groups()
        start = Fraction({"now": now, "end": self.t_max}.get(place, self.t_min))
        if sign is None:
            return start
        amount = self._amount(rest, time_format)
        return amount and start + _signed(sign, amount.seconds)

    def _amount(self, said: str, time_format: TimeFormat) -> _Amount | None:
        if match := _SAMPLES.fullmatch(said):
            return self._samples(match[1], said)
        if match := _PERCENT.fullmatch(said):
            share = number(match[1])
            length = Fraction(self.t_max) - Fraction(self.t_min)
            return None if share is None else _Amount(share * length / 100, Fraction(self.t_min))
        if time_format == "samples" and self._counts and number(said, whole=True) is not None:
            return self._samples(said, said)
        seconds = duration(said)
        return None if seconds is None else _Amount(seconds, Fraction(0))

    @property
    def _counts(self) -> bool:
        return self.sampling_rate is not None and self.t_zero is not None

    def _samples(self, digits: str, said: str) -> _Amount | None:
        """Return what a number of samples comes to, None where it is no number at all."""
        if self.sampling_rate is None or self.t_zero is None:
            raise OptionError(
                f"{shown(said)} counts samples, but the recording has no signals; write a time, "
                f"for example {self._examples}."
            )
        count = number(digits, whole=True)
        if count is not None:
            return _Amount(count / Fraction(self.sampling_rate), Fraction(self.t_zero))
        if number(digits) is None:
            return None
        raise OptionError(
            f"{shown(said)} is not a whole number of samples; write, for example, #370000."
        )

    def _clock(self, said: str, time_format: TimeFormat, now: float) -> Fraction | None:
        """Return the place of a time of day, None where the text is none."""
        known = self.recorded_at is not None
        found = time_of_day(said, always=time_format == "clock" and known)
        if found is None:
            return None
        if self.recorded_at is None:
            raise OptionError(
                f"{shown(said)} is a time of day, but the recording does not say when it was made; "
                f"write a time from its start, for example {self._examples}."
            )
        seconds, day = found
        place = seconds - _of_day(self.recorded_at)
        if day is None:
            return self._on_a_day(place, now)
        return place + DAY * (day - self.recorded_at.toordinal())

    def _on_a_day(self, place: Fraction, now: float) -> Fraction:
        """Return `place`, moved by whole days into the recording or else nearest to it."""
        within = Fraction(min(max(now, self.t_min), self.t_max))
        nearest = place + DAY * round((within - place) / DAY)

        def distance(time: Fraction) -> tuple[Fraction, Fraction]:
            outside = max(Fraction(self.t_min) - time, time - Fraction(self.t_max), Fraction(0))
            return outside, abs(time - within)

        return min((nearest + DAY * days for days in (-1, 0, 1)), key=distance)

    @property
    def _examples(self) -> str:
        """Times of this recording, for sentences."""
        examples = ["12.5 s", "350 ms", "1:02:03.5", "50%", "+5 s", "end"]
        if self._counts:
            examples.insert(4, "#370000")
        if self.recorded_at is not None:
            examples.insert(-1, f"{self.recorded_at:%Y-%m-%d %H:%M:%S}")
        return f"{', '.join(examples[:-1])} or {examples[-1]}"

    # -- writing -----------------------------------------------------------------------------------

    def format(self, seconds: float, time_format: TimeFormat, step: float) -> str:
        """Return a time to the precision of a ruler of `step` seconds, in the form asked for.

        The form 'seconds' is that of `format_time`. 'clock' is the time of day, ``14:03:22.5``
        (`date_of` has its date); without `recorded_at`, hours from second 0, ``0:01:12.5``.
        'samples' is the number of the nearest sample, ``1 080 000`` with thin spaces, whatever the
        step; where there are no signals, as 'seconds'.

        Parameters
        ----------
        seconds : float
            On the axis; finite.
        time_format : {'seconds', 'clock', 'samples'}
        step : float
            Seconds, positive.
        """
        if time_format == "samples" and self.sampling_rate is not None and self.t_zero is not None:
            sample = round((seconds - self.t_zero) * self.sampling_rate)
            return f"{sample:,}".replace(",", THIN_SPACE)
        if time_format == "clock":
            return self._clock_text(seconds, step)
        return format_time(seconds, step)

    def date_of(self, seconds: float, step: float = 1e-6) -> str:
        """Return the date of a time on the axis, ``2024-05-01``.

        Parameters
        ----------
        seconds : float
            On the axis; finite.
        step : float
            Seconds, positive: the one that `format` is given for the same time, so that a label
            rounded to midnight has the date of the day that begins.

        Returns
        -------
        str
            Empty where it is not known, or beyond the calendar.
        """
        if self.recorded_at is None:
            return ""
        units, decimals = self._since_midnight(seconds, step)
        ordinal = self.recorded_at.toordinal() + units // (DAY * 10**decimals)
        return str(date.fromordinal(ordinal)) if 1 <= ordinal <= date.max.toordinal() else ""

    def zero(self, time_format: TimeFormat) -> float:
        """Return where on the axis a form counts from, in seconds: 0, midnight or sample 0.

        A ruler with ticks at whole steps from there has round labels.
        """
        if time_format == "samples" and self.t_zero is not None:
            return self.t_zero
        if time_format == "clock" and self.recorded_at is not None:
            return -float(_of_day(self.recorded_at))
        return 0.0

    def _since_midnight(self, seconds: float, step: float) -> tuple[int, int]:
        """Return the time since midnight before second 0 in units of the last decimal shown."""
        decimals = _decimals(step)
        start = Fraction(0) if self.recorded_at is None else _of_day(self.recorded_at)
        return round((Fraction(seconds) + start) * 10**decimals), decimals

    def _clock_text(self, seconds: float, step: float) -> str:
        units, decimals = self._since_midnight(seconds, step)
        if self.recorded_at is None:
            hours, minute, second = _split(abs(units), decimals)
            return f"{'-' if units < 0 else ''}{hours}:{minute:02d}:{second}"
        hours, minute, second = _split(units % (DAY * 10**decimals), decimals)
        return f"{hours:02d}:{minute:02d}:{second}"


def format_time(seconds: float, step: float) -> str:
    """Return a time to the precision of a ruler of `step` seconds.

    Below a minute it is seconds (``12.5``), above minutes and seconds (``3:07.5``) or hours
    (``1:02:03``).
    """
    decimals = _decimals(step)
    units = round(abs(seconds) * 10**decimals)
    sign = "-" if seconds < 0 and units else ""
    hours, minute, second = _split(units, decimals)
    if hours:
        return f"{sign}{hours}:{minute:02d}:{second}"
    return f"{sign}{minute}:{second}" if minute else sign + second.removeprefix("0")


def _decimals(step: float) -> int:
    return max(0, -math.floor(math.log10(step) + 1e-9)) if step < 1 else 0


def _split(units: int, decimals: int) -> tuple[int, int, str]:
    """Return hours, minutes and seconds, these in two digits and decimals.

    Times are split in whole units of the last decimal, so that 59.9996 does not become 0:60.
    """
    whole, fraction = divmod(units, 10**decimals)
    minutes, second = divmod(whole, 60)
    tail = f".{fraction:0{decimals}d}" if decimals else ""
    return *divmod(minutes, 60), f"{second:02d}{tail}"


def _of_day(moment: datetime) -> Fraction:
    """Return the seconds since midnight of a moment."""
    whole = moment.hour * 3600 + moment.minute * 60 + moment.second
    return whole + Fraction(moment.microsecond, 10**6)


def _signed(sign: str, amount: Fraction) -> Fraction:
    return -amount if sign == "-" else amount
