"""Numbers as people read them: by example, and read back by a parser of their own."""

import math
import re

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from viewer.render.quantities import (
    DAY,
    format_amount,
    format_duration,
    format_time,
    round_amount,
    round_step,
    signed,
    spelled,
    time_step,
)

MANTISSAS = (1, 2, 5)
POSITIVE = st.floats(1e-200, 1e200)
LADDER = sorted(float(f"{m}e{e}") for m in MANTISSAS for e in range(-12, 13))


def near(value, other):
    return math.isclose(value, other, rel_tol=1e-8)


# -- steps -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("least", "step"),
    [(1, 1), (1.0001, 2), (2, 2), (2.1, 5), (5.1, 10), (0.03, 0.05), (0.001, 0.001), (700, 1000)],
)
def test_round_step_examples(least, step):
    assert round_step(least) == pytest.approx(step, rel=1e-12)


@settings(deadline=None)
@given(st.floats(1e-11, 1e11))
@example(0.9999999999)
@example(9.99999999977)
def test_round_steps_against_the_ladder(value):
    """No rung lies between what was asked and what is given, but for a billionth."""
    up = next(rung for rung in LADDER if rung >= value * (1 - 1e-9))
    down = next(rung for rung in reversed(LADDER) if rung <= value * (1 + 1e-9))
    assert near(round_step(value), up)
    assert near(round_amount(value), down)


@settings(deadline=None)
@given(POSITIVE, st.integers(-12, 12))
@example(9.999999985, 0)
@example(1.9999999985, 3)
def test_steps_of_any_size(value, _):
    assert value * (1 - 1e-8) <= round_step(value) <= value * 2.5 * (1 + 1e-8)
    assert value / 2.5 * (1 - 1e-8) <= round_amount(value) <= value * (1 + 1e-8)
    for found in (round_step(value), round_amount(value)):
        mantissa = found / 10.0 ** math.floor(math.log10(found) + 1e-9)
        assert min(abs(mantissa - m) for m in MANTISSAS) < 1e-6


@pytest.mark.parametrize("exponent", range(-9, 10))
@pytest.mark.parametrize("mantissa", MANTISSAS)
def test_rungs_stay_where_they_are(exponent, mantissa):
    rung = float(f"{mantissa}e{exponent}")
    for value in (rung, math.nextafter(rung, 0), math.nextafter(rung, math.inf)):
        assert near(round_step(value), rung)
        assert near(round_amount(value), rung)


@pytest.mark.parametrize(
    ("least", "step"),
    [
        (0.0003, 0.0005),
        (15, 20),
        (20, 20),
        (21, 30),
        (31, 60),
        (61, 120),
        (301, 600),
        (1801, 3600),
        (3601, 7200),
        (5 * 3600, 6 * 3600),
        (12 * 3600 + 1, DAY),
        (2 * DAY + 1, 7 * DAY),
        (29 * DAY, 50 * DAY),
        (1000 * DAY, 1000 * DAY),
    ],
)
def test_time_step_examples(least, step):
    assert time_step(least) == pytest.approx(step, rel=1e-12)


@settings(deadline=None)
@given(st.floats(1e-9, 1e10), st.floats(1e-9, 1e10))
def test_time_steps_are_enough_not_too_much_and_rise(one, other):
    low, high = sorted([one, other])
    for least in (low, high):
        assert least * (1 - 1e-8) <= time_step(least) <= least * 3.6
    assert time_step(low) <= time_step(high)


# -- times -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("seconds", "step", "text"),
    [
        (0, 1, "0"),
        (12.5, 0.5, "12.5"),
        (12.5, 0.05, "12.50"),
        (7, 0.1, "7.0"),
        (59.96, 0.1, "1:00.0"),
        (59.5, 1, "1:00"),
        (59.9996, 0.001, "1:00.000"),
        (187.5, 0.5, "3:07.5"),
        (3723, 1, "1:02:03"),
        (3599.96, 0.1, "1:00:00.0"),
        (36000, 3600, "10:00:00"),
        (100 * 3600, 3600, "100:00:00"),
        (-12.5, 0.5, "-12.5"),
        (-187.25, 0.05, "-3:07.25"),
        (-0.04, 0.1, "0.0"),
        (-0.05, 0.1, "0.0"),
        (-0.4, 1, "0"),
        (-0.0, 0.1, "0.0"),
        (0.000125, 0.000005, "0.000125"),
        (61.000001, 0.000001, "1:01.000001"),
    ],
)
def test_format_time_examples(seconds, step, text):
    assert format_time(seconds, step) == text


def parsed(text):
    """Read a time back, by a pattern that knows no sixty seconds and no sixty minutes."""
    pattern = r"(-?)(?:(?:([1-9]\d*):([0-5]\d):|([1-5]?\d):)([0-5]\d)|([1-5]?\d))(\.\d+)?"
    match = re.fullmatch(pattern, text)
    assert match, text
    sign, hours, minutes, few_minutes, seconds, few_seconds, fraction = match.groups()
    assert few_minutes != "0", text
    whole = int(hours or 0) * 3600 + int(minutes or few_minutes or 0) * 60
    value = whole + int(seconds or few_seconds) + float(fraction or 0)
    assert not (sign and value == 0), text
    return -value if sign else value


STEPS = st.sampled_from(
    [m * 10.0**e for m in MANTISSAS for e in range(-6, 2)] + [30.0, 60.0, 3600.0]
)


@settings(deadline=None)
@given(st.floats(-1e6, 1e6) | st.integers(-1000, 1000).map(lambda n: n * 60 - 1e-7), STEPS)
def test_times_read_back_within_half_a_last_digit(seconds, step):
    text = format_time(seconds, step)
    decimals = len(text.partition(".")[2])
    unit = 10.0**-decimals
    assert unit <= max(step, 1) * (1 + 1e-9) and (step >= 1 or step < 10 * unit * (1 + 1e-9))
    assert abs(parsed(text) - seconds) <= unit / 2 + 4 * math.ulp(seconds)


@settings(deadline=None)
@given(st.integers(-(10**5), 10**5), STEPS)
def test_ticks_of_a_ruler_are_exact_and_all_different(tick, step):
    text, after = format_time(tick * step, step), format_time((tick + 1) * step, step)
    assert parsed(text) == pytest.approx(tick * step, abs=1e-6 * step)
    assert text != after


# -- durations -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (350e-6, "350 µs"),
        (0.0125, "12.5 ms"),
        (0.9994, "999.4 ms"),
        (0.9996, "1 s"),
        (3.2, "3.2 s"),
        (59.94, "59.9 s"),
        (60, "1:00 min"),
        (125.3, "2:05 min"),
        (3599.4, "59:59 min"),
        (3599.6, "1:00:00 h"),
        (7500, "2:05:00 h"),
        (36e3, "10:00:00 h"),
        (0, "0 s"),
    ],
)
def test_format_duration_examples(seconds, text):
    assert format_duration(seconds) == text


@settings(deadline=None)
@given(st.floats(1e-9, 1e7))
def test_durations_read_back(seconds):
    number, unit = format_duration(seconds).split(" ")
    if unit in ("min", "h"):
        assert number.count(":") == {"min": 1, "h": 2}[unit]
        assert abs(parsed(number) - seconds) <= 0.5
    else:
        factor = {"ns": 1e-9, "µs": 1e-6, "ms": 1e-3, "s": 1.0}[unit]
        assert float(number) * factor == pytest.approx(seconds, rel=6e-3)
        assert float(number) < 1000 or unit == "ns"


# -- amounts ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "units", "text"),
    [
        (1500, "uV", "1.5 mV"),
        (1500, "µV", "1.5 mV"),
        (1500, "μV", "1.5 mV"),
        (200, "uV", "200 µV"),
        (0.2, "mV", "200 µV"),
        (1, "V", "1 V"),
        (0.001, "V", "1 mV"),
        (2, "Volts", "2 V"),
        (50, "nA", "50 nA"),
        (2500, "V", "2.5 kV"),
        (-1500, "uV", "\N{MINUS SIGN}1.5 mV"),
        (-12, "counts", "\N{MINUS SIGN}12 counts"),
        (-1e-6, "nV", "\N{MINUS SIGN}1e\N{MINUS SIGN}06 nV"),
        (2, "uM", "2 µM"),
        (2, "μM", "2 µM"),
        (999.99, "uV", "1 mV"),
        (999.9, "uV", "999.9 µV"),
        (0, "uV", "0 V"),
        (0, "counts", "0 counts"),
        (1, "counts", "1 count"),
        (-1, "counts", "\N{MINUS SIGN}1 count"),
        (1.5, "counts", "1.5 counts"),
        (1e-4, "nV", "0.0001 nV"),
        (12, "", "12"),
        (12, "degC", "12 degC"),
        (10, "counts", "10 counts"),
        (10_000, "counts", "10000 counts"),
        (20_000, "counts", "20000 counts"),
        (123_456, "counts", "123500 counts"),
        (50_000_000, "V", "50000 kV"),
        (3, "mV/s", "3 mV/s"),
        (0.5, "s", "500 ms"),
    ],
)
def test_format_amount_examples(value, units, text):
    assert format_amount(value, units) == text


@pytest.mark.parametrize(
    ("units", "text"),
    [
        ("uV", "µV"),
        ("\N{GREEK SMALL LETTER MU}V", "µV"),
        ("µA", "µA"),
        ("mV", "mV"),
        ("V", "V"),
        ("volts", "V"),
        ("counts", "counts"),
        ("um", "µm"),
        ("u\N{OHM SIGN}", "µ\N{OHM SIGN}"),
        ("uV/s", "µV/s"),
        ("ms", "ms"),
        ("a.u.", "a.u."),
        ("uncalibrated", "uncalibrated"),
        ("unit", "unit"),
        ("u", "u"),
        ("", ""),
    ],
)
def test_units_are_spelled_as_people_write_them(units, text):
    assert spelled(units) == text
    assert spelled(text) == text, "and stay so"


@settings(deadline=None)
@given(
    st.floats(1e-9, 1e5) | st.floats(-1e5, -1e-9),
    st.sampled_from(["nV", "uV", "mV", "V", "uA", "A", "s", "ms"]),
)
def test_amounts_read_back_to_four_digits(value, units):
    factors = {"n": 1e-9, "u": 1e-6, "µ": 1e-6, "m": 1e-3, "": 1.0, "k": 1e3}
    text = format_amount(value, units)
    assert "-" not in text, "for people, who read minus signs"
    number, unit = text.replace("\N{MINUS SIGN}", "-").split(" ")
    amount = value * factors[units[:-1]]
    assert unit[-1] == units[-1]
    assert float(number) * factors[unit[:-1]] == pytest.approx(amount, rel=5.1e-4)
    if 1e-9 <= abs(amount) < 1e6:
        assert 1 <= abs(float(number)) < 1000
        assert len(number.strip("-").replace(".", "")) <= 4


@settings(deadline=None)
@given(st.sampled_from(LADDER[6:-12]), st.sampled_from(["uV", "mV", "V", "counts", "a.u."]))
def test_scale_bars_read_plainly(amount, units):
    """A round amount is written with one digit and zeros, never with an exponent."""
    number = format_amount(amount, units).split(" ")[0]
    if amount >= 1e-4:
        assert re.fullmatch(r"0?\.?0*[125]0*", number), number


# -- minus signs -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("-5", "\N{MINUS SIGN}5"),
        ("-1:02:03.5", "\N{MINUS SIGN}1:02:03.5"),
        ("-.5 s to -0.25 s", "\N{MINUS SIGN}.5 s to \N{MINUS SIGN}0.25 s"),
        ("1e-05", "1e\N{MINUS SIGN}05"),
        ("raw -3 to 7", "raw \N{MINUS SIGN}3 to 7"),
        ("2024-05-01", "2024-05-01"),
        ("high-pass, ch-3, a - b, 3-4, e-5", "high-pass, ch-3, a - b, 3-4, e-5"),
        ("", ""),
    ],
)
def test_numbers_have_minus_signs_and_all_else_its_hyphens(text, shown):
    assert signed(text) == shown


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_a_signed_number_is_read_back(value):
    text = signed(f"{value:.6g}")
    assert "-" not in text
    assert float(text.replace("\N{MINUS SIGN}", "-")) == float(f"{value:.6g}")
