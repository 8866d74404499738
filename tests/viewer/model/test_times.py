"""Times as they are written: by example, read back, and clocks against datetime."""

import math
from datetime import datetime, timedelta
from fractions import Fraction

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from viewer.model.times import TimeScale

HOUR, DAY = 3600, 86400
RECORDED = datetime(2024, 5, 1, 14, 3, 22, 500_000)
PLAIN = TimeScale(0.0, 36_000.0, 30_000.0, 0.0)
DATED = TimeScale(0.0, 36_000.0, 30_000.0, 0.0, RECORDED)
BELOW_ZERO = TimeScale(-100.0, 900.0, 1000.0, -50.0)
FORMATS = ("seconds", "clock", "samples")
STEPS = st.sampled_from([m * 10.0**e for m in (1, 2, 5) for e in range(-6, 2)] + [30.0, 60.0])


def unit_of(step):
    """Return the worth of the last digit that a step asks for, off a table."""
    return next((10.0**-d for d in range(7) if 10.0**-d <= step * (1 + 1e-9)), None)


# -- writing, by example ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("seconds", "time_format", "step", "text"),
    [
        (187.5, "seconds", 0.5, "3:07.5"),
        (12.5, "seconds", 0.05, "12.50"),
        (0.0, "clock", 0.1, "14:03:22.5"),
        (37.5, "clock", 1, "14:04:00"),
        (37.46, "clock", 0.1, "14:04:00.0"),
        (35_797.5, "clock", 1, "00:00:00"),
        (35_797.4999, "clock", 0.001, "00:00:00.000"),
        (-50_602.5, "clock", 60, "00:00:00"),
        (-50_602.6, "clock", 0.1, "23:59:59.9"),
        (68_797.5, "clock", 3600, "09:10:00"),
        (0.0, "samples", 1, "0"),
        (0.0333, "samples", 1, "999"),
        (370 / 30, "samples", 1, "370\u2009000"),
        (36_000.0, "samples", 60, "1\u2009080\u2009000\u2009000"),
    ],
)
def test_written_forms(seconds, time_format, step, text):
    assert DATED.format(seconds, time_format, step) == text


def test_samples_before_sample_zero():
    assert BELOW_ZERO.format(-51.5, "samples", 1) == "-1\u2009500"
    assert BELOW_ZERO.format(-50.0004, "samples", 1) == "0"


def test_dates_turn_where_the_label_does():
    assert DATED.date_of(0) == "2024-05-01"
    assert DATED.date_of(35_797.49) == "2024-05-01"
    assert DATED.date_of(35_797.49, 0.1) == "2024-05-02"
    assert DATED.date_of(35_797.5) == "2024-05-02"
    assert DATED.date_of(-50_602.6) == "2024-04-30"
    assert DATED.date_of(1e12) == DATED.date_of(-1e12) == ""


@pytest.mark.parametrize(
    ("scale", "time_format", "first"),
    [
        (DATED, "clock", "00:00:00.000000"),
        (PLAIN, "clock", "0:00:00.000000"),
        (BELOW_ZERO, "samples", "0"),
        (BELOW_ZERO, "seconds", "0.000000"),
        (TimeScale(5, 6), "samples", "0.000000"),
    ],
)
def test_forms_count_from_their_zero(scale, time_format, first):
    assert scale.format(scale.zero(time_format), time_format, 1e-6) == first


# -- what is written reads back --------------------------------------------------------------------


@st.composite
def times(draw):
    """Return a scale, a time on it, another, and a step."""
    t_min = draw(st.floats(-1e5, 1e6) | st.sampled_from([0.0, -1e-5, -0.5, 35_797.5]))
    t_max = t_min + draw(st.floats(1, DAY - 2))
    rate = draw(st.sampled_from([1.0, 1000.0, 24_414.0625, 30_000.0, 30_000.1234]))
    midnight = datetime(2024, 12, 31, 23, 59, 59, 999_999)
    recorded = draw(st.datetimes(datetime(1970, 1, 1), datetime(2100, 1, 1)) | st.just(midnight))
    scale = TimeScale(t_min, t_max, rate, t_min + draw(st.floats(0, 100)), recorded)
    time, now = draw(st.floats(t_min, t_max)), draw(st.floats(t_min, t_max))
    return scale, time, now, draw(STEPS)


@settings(deadline=None)
@given(times())
def test_seconds_read_back_to_the_precision_of_the_step(case):
    scale, time, now, step = case
    found = scale.parse(scale.format(time, "seconds", step), "seconds", now)
    assert abs(found - time) <= unit_of(step) / 2 + 4 * math.ulp(time)


@settings(deadline=None)
@given(times())
def test_clock_times_read_back_to_the_precision_of_the_step(case):
    scale, time, now, step = case
    slack = unit_of(step) / 2 + 4 * math.ulp(abs(time) + DAY)
    text = scale.format(time, "clock", step)
    assert abs(scale.parse(text, "clock", now) - time) <= slack
    dated = f"{scale.date_of(time, step)} {text}"
    for time_format in FORMATS:
        assert abs(scale.parse(dated, time_format, now) - time) <= slack
    undated = TimeScale(scale.t_min, scale.t_max)
    text = undated.format(time, "clock", step)
    assert abs(undated.parse(text, "clock", now) - time) <= slack


@settings(deadline=None)
@given(times())
def test_samples_read_back_to_half_a_sample(case):
    scale, time, now, step = case
    found = scale.parse(scale.format(time, "samples", step), "samples", now)
    assert abs(found - time) <= 0.5 / scale.sampling_rate + 8 * math.ulp(time)


@settings(deadline=None)
@given(
    st.integers(0, 10 * HOUR * 30_000),
    st.sampled_from([30_000.0, 30_000.1234, 29_999.954846]),
    st.floats(-1000, 1e6),
)
@example(10 * HOUR * 30_000, 30_000.0, 0.0)
@example(10 * HOUR * 30_000 - 1, 30_000.0, 0.0)
def test_ten_hours_at_thirty_kilohertz_to_the_very_sample(sample, rate, t_zero):
    scale = TimeScale(t_zero, t_zero + 40_000.0, rate, t_zero, RECORDED)
    time = t_zero + sample / rate
    text = scale.format(time, "samples", 1.0)
    assert text.replace("\u2009", "") == str(sample)
    for said in (text, f"#{sample}", f"{sample} samples"):
        found = scale.parse(said, "samples", 0.0)
        assert found == float(Fraction(t_zero) + sample / Fraction(rate))
        assert scale.format(found, "samples", 1.0) == text
    for time_format in ("seconds", "clock"):
        said = scale.format(time, time_format, 1e-5)
        assert round((scale.parse(said, time_format, time) - t_zero) * rate) == sample


@settings(deadline=None)
@given(
    st.datetimes(datetime(1900, 1, 1), datetime(2200, 1, 1)),
    st.integers(-(10**12), 10**12),
)
def test_clock_and_date_against_datetime(recorded_at, microseconds):
    scale = TimeScale(0.0, 1.0, recorded_at=recorded_at)
    moment = recorded_at + timedelta(microseconds=microseconds)
    seconds = microseconds / 10**6
    assert scale.format(seconds, "clock", 1e-6) == f"{moment:%H:%M:%S.%f}"
    assert scale.date_of(seconds) == f"{moment:%Y-%m-%d}"
    assert scale.parse(moment.isoformat(), "seconds", 0.0) == seconds
    assert scale.parse(moment.isoformat(" "), "clock", 0.0) == seconds


@settings(deadline=None)
@given(times(), st.floats(-50, 50))
def test_steps_are_taken_from_now_whatever_the_axis(case, seconds):
    scale, _, now, _ = case
    assume(round(abs(seconds), 3) > 0)
    size, sign = f"{abs(seconds):.3f}", "-" if seconds < 0 else "+"
    step = Fraction(size) * (-1 if seconds < 0 else 1)
    for text in (f"now{sign}{size}", f"now {sign} {size} s", f"{sign} {size}"):
        assert scale.parse(text, "seconds", now) == float(Fraction(now) + step)
