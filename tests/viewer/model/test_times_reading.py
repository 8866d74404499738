"""Times as people type them: by example, refusals, and what must hold of any text."""

import math
from datetime import UTC, datetime, timedelta
from fractions import Fraction

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from rawio import OptionError
from viewer.model.times import TimeScale

DAY = 86400
RECORDED = datetime(2024, 5, 1, 14, 3, 22, 500_000)
PLAIN = TimeScale(0.0, 36_000.0, 30_000.0, 0.0)
DATED = TimeScale(0.0, 36_000.0, 30_000.0, 0.0, RECORDED)
BELOW_ZERO = TimeScale(-100.0, 900.0, 1000.0, -50.0)
FORMATS = ("seconds", "clock", "samples")


def read(scale, text, time_format="seconds", now=100.0):
    return scale.parse(text, time_format, now)


# -- reading, by example ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("12.5", 12.5),
        ("12,5", 12.5),
        ("  12.5 s ", 12.5),
        ("12.5S", 12.5),
        (".5", 0.5),
        ("5.", 5.0),
        ("1e3", 1000.0),
        ("2.5e-3 s", 0.0025),
        ("350 ms", 0.35),
        ("120 us", 0.00012),
        ("120 \N{MICRO SIGN}s", 0.00012),
        ("120\N{GREEK SMALL LETTER MU}s", 0.00012),
        ("12 min", 720.0),
        ("12 minutes", 720.0),
        ("1.5 h", 5400.0),
        ("1,5h", 5400.0),
        ("2 d", 172800.0),
        ("1:02:03.25", 3723.25),
        ("1:02:03,25", 3723.25),
        ("2:03", 123.0),
        ("90:00", 5400.0),
        ("2:05 min", 125.0),
        ("2:05 h", 7500.0),
        ("2:05:00 h", 7500.0),
        ("14:03:22", 50602.0),
        ("1h2m3s", 3723.0),
        ("1h 2m", 3720.0),
        ("1 hour 2 minutes 3.5 seconds", 3723.5),
        ("1h30", 5400.0),
        ("2 min 30", 150.0),
        ("1 d 6", 108000.0),
        ("1 s 500 ms", 1.5),
        ("1 234 567.5", 1234567.5),
        ("1\N{THIN SPACE}234\N{NARROW NO-BREAK SPACE}567", 1234567.0),
        ("1'234.5", 1234.5),
        ("1,234.5", 1234.5),
        ("1.234,5", 1234.5),
        ("1,234,567", 1234567.0),
        ("1,234", 1.234),
        ("1.234", 1.234),
        ("370000 samples", 370 / 30),
        ("370000samples", 370 / 30),
        ("370 000 samples", 370 / 30),
        ("370,000 samples", 370 / 30),
        ("1 sample", 1 / 30_000),
        ("#370000", 370 / 30),
        ("# 370 000", 370 / 30),
        ("sample 370000", 370 / 30),
        ("Sample #370000", 370 / 30),
        ("#-3", -0.0001),
        ("sample \N{MINUS SIGN}3", -0.0001),
        ("50%", 18_000.0),
        ("12,5 %", 4500.0),
        ("150%", 54_000.0),
        ("start", 0.0),
        ("beginning", 0.0),
        ("End", 36_000.0),
        ("now", 100.0),
        ("end - 10 s", 35_990.0),
        ("end-10", 35_990.0),
        ("end - 10%", 32_400.0),
        ("start + 1 min", 60.0),
        ("now+5", 105.0),
        ("now - 5 ms", 99.995),
        ("+5", 105.0),
        ("+ 5 s", 105.0),
        ("-5 s", 95.0),
        ("- 5 s", 95.0),
        ("\N{MINUS SIGN}5", 95.0),
        ("+1:30", 190.0),
        ("+10%", 3700.0),
        ("+3000 samples", 100.1),
        ("1e9", 1e9),
        ("-200", -100.0),
    ],
)
def test_what_a_scientist_types(text, seconds):
    assert read(PLAIN, text) == seconds
    assert read(DATED, text) == seconds


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("-5", -5.0),
        ("-5 s", -5.0),
        ("\N{MINUS SIGN}5 s", -5.0),
        ("-1:30", -90.0),
        ("-1h", -3600.0),
        ("- 5", 95.0),
        ("- 5 s", 95.0),
        ("now-5", 95.0),
        ("+5", 105.0),
        ("5", 5.0),
        ("#0", -50.0),
        ("#-3", -50.003),
        ("-3 samples", -50.003),
        ("- 3 samples", 99.997),
        ("-10%", 0.0),
        ("10%", 0.0),
        ("start", -100.0),
    ],
)
def test_signs_on_an_axis_that_begins_below_zero(text, seconds):
    assert read(BELOW_ZERO, text) == pytest.approx(seconds, rel=1e-15)


def test_a_minus_is_a_step_back_where_the_axis_has_no_such_time():
    late = TimeScale(-10.0, 100.0, 1000.0, -10.0)
    assert read(late, "-5") == -5.0
    assert read(late, "-5 samples") == pytest.approx(99.995)
    rounded = TimeScale(-1e-12, 100.0, 1000.0, 0.0)
    assert read(rounded, "-5") == 95.0 and read(rounded, "-5 samples") == pytest.approx(99.995)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("370000", 370 / 30),
        ("370 000", 370 / 30),
        ("370,000", 370 / 30),
        ("12.5", 12.5),
        ("12,5", 12.5),
        ("12.500", 12.5),
        ("12 s", 12.0),
        ("2:03", 123.0),
        ("14:03:22", 50602.0),
        ("+3000", 100.1),
        ("-3000", 99.9),
        ("now - 3000", 99.9),
        ("end - 30000", 35_999.0),
    ],
)
def test_in_samples_a_bare_whole_number_is_a_sample(text, seconds):
    assert read(DATED, text, "samples") == pytest.approx(seconds, rel=1e-15)


def test_without_signals_a_bare_number_is_seconds_in_samples_too():
    assert read(TimeScale(0, 10), "5", "samples") == 5.0
    assert TimeScale(0, 10).format(5.25, "samples", 0.1) == "5.2"


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("14:03:22.5", 0.0),
        ("14:03:22,5", 0.0),
        ("14:03:23", 0.5),
        ("15:00", 3397.5),
        ("3:00 pm", 3397.5),
        ("3:00:00 P.M.", 3397.5),
        ("3pm", 3397.5),
        ("12 am", 35_797.5),
        ("12:30 am", 37_597.5),
        ("0:00", 35_797.5),
        ("00:00:00", 35_797.5),
        ("14:03:22", -0.5),
        ("14:00", -202.5),
        ("0:30", 37_597.5),
        ("0:03:23", 36_000.5),
        ("2024-05-01 14:03:22.5", 0.0),
        ("2024-05-01T14:03:23", 0.5),
        ("2024-5-2 0:00", 35_797.5),
        ("2024-05-02", 35_797.5),
        ("2024-05-02 1:00 am", 39_397.5),
        ("2023-05-01 14:03:22.5", -366.0 * DAY),
        ("2:03 h", 7380.0),
        ("1:00:00 h", 3600.0),
        ("+0:05", 105.0),
        ("now + 0:05", 105.0),
        ("12.5", 12.5),
        ("1h2m", 3720.0),
        ("#30000", 1.0),
    ],
)
def test_times_of_day(text, seconds):
    assert read(DATED, text, "clock") == seconds
    if "-" in text or "m" in text.lower():
        assert read(DATED, text, "seconds") == seconds
        assert read(DATED, text, "samples") == seconds


def test_without_a_date_the_clock_counts_hours_from_second_zero():
    assert read(PLAIN, "2:03", "clock") == 123.0
    assert read(PLAIN, "14:03:22", "clock") == 50602.0
    assert PLAIN.format(72.5, "clock", 0.1) == "0:01:12.5"
    assert BELOW_ZERO.format(-72.5, "clock", 0.1) == "-0:01:12.5"
    assert BELOW_ZERO.format(-0.01, "clock", 0.1) == "0:00:00.0"
    assert PLAIN.date_of(72.5) == ""


def test_a_time_zone_is_passed_over():
    aware = TimeScale(0, 100, recorded_at=RECORDED.replace(tzinfo=UTC))
    assert read(aware, "2024-05-01 14:03:23", "clock") == 0.5
    assert aware.format(0.5, "clock", 0.1) == "14:03:23.0"
    assert aware.date_of(0.5) == "2024-05-01"


@pytest.mark.parametrize(
    ("scale", "text", "time_format", "part"),
    [
        (PLAIN, "", "seconds", "No time is given; write, for example, 12.5 s"),
        (PLAIN, "  ", "seconds", "No time is given"),
        (PLAIN, "soon", "seconds", "'soon' is not a time; write, for example, 12.5 s"),
        (PLAIN, "nan", "seconds", "'nan' is not a time"),
        (PLAIN, "inf", "seconds", "'inf' is not a time"),
        (PLAIN, "-inf", "seconds", "not a time"),
        (PLAIN, "1e400", "seconds", "not a time"),
        (PLAIN, "#1e999999999", "samples", "not a time"),
        (PLAIN, "1e999999999 %", "samples", "not a time"),
        (PLAIN, "9" * 101, "seconds", "not a time"),
        (PLAIN, "1_000", "seconds", "not a time"),
        (PLAIN, "0x10", "seconds", "not a time"),
        (PLAIN, "1 2", "seconds", "not a time"),
        (PLAIN, "1 23 456", "seconds", "not a time"),
        (PLAIN, "1.2.3", "seconds", "not a time"),
        (PLAIN, "1,234,567,8", "seconds", "not a time"),
        (PLAIN, "--5", "seconds", "not a time"),
        (PLAIN, "+", "seconds", "not a time"),
        (PLAIN, "- ", "seconds", "not a time"),
        (PLAIN, "now 5", "seconds", "not a time"),
        (PLAIN, "now -", "seconds", "not a time"),
        (PLAIN, "end - end", "seconds", "not a time"),
        (PLAIN, "5 parsecs", "seconds", "not a time"),
        (PLAIN, "ms", "seconds", "not a time"),
        (PLAIN, "5 s 3 min", "seconds", "not a time"),
        (PLAIN, "5 s 3 s", "seconds", "not a time"),
        (PLAIN, "5 s 3", "seconds", "not a time"),
        (PLAIN, "5 6 s", "seconds", "not a time"),
        (PLAIN, "%", "seconds", "not a time"),
        (PLAIN, "#", "seconds", "not a time"),
        (PLAIN, "samples", "seconds", "not a time"),
        (PLAIN, "1:2:3:4", "seconds", "not a time"),
        (PLAIN, "1:02:03 min", "seconds", "not a time"),
        (PLAIN, ":30", "seconds", "not a time"),
        (PLAIN, "1:60", "seconds", "minutes and seconds run from 0 to 59"),
        (PLAIN, "1:75:00", "seconds", "minutes and seconds run from 0 to 59"),
        (PLAIN, "\N{ARABIC-INDIC DIGIT FIVE}", "seconds", "not a time"),
        (PLAIN, "370.5 samples", "seconds", "'370.5 samples' is not a whole number of samples"),
        (PLAIN, "#1.5", "samples", "not a whole number of samples"),
        (PLAIN, "14:03 pm", "seconds", "hours run from 1 to 12"),
        (PLAIN, "2:03 pm", "seconds", "does not say when it was made"),
        (PLAIN, "2024-05-01 14:03", "clock", "does not say when it was made"),
        (DATED, "25:00", "clock", "hours run from 0 to 23"),
        (DATED, "100:00:00", "clock", "hours run from 0 to 23"),
        (DATED, "0:30 pm", "clock", "hours run from 1 to 12"),
        (DATED, "14:60", "clock", "minutes and seconds run from 0 to 59"),
        (DATED, "14:00:60", "clock", "minutes and seconds run from 0 to 59"),
        (DATED, "2024-02-30 14:03", "seconds", "not in the calendar; write year, month and day"),
        (DATED, "2024-05-01 14", "seconds", "not a time"),
        (DATED, "soon", "clock", "#370000, \\+5 s, 2024-05-01 14:03:22 or end\\.$"),
        (TimeScale(0, 1), "#5", "seconds", "the recording has no signals"),
        (TimeScale(0, 1), "5 samples", "samples", "the recording has no signals"),
        (TimeScale(0, 1), "soon", "seconds", "1:02:03.5, 50%, \\+5 s or end\\.$"),
    ],
)
def test_nonsense_is_refused_in_one_sentence(scale, text, time_format, part):
    with pytest.raises(OptionError, match=part) as caught:
        read(scale, text, time_format)
    sentence = str(caught.value)
    assert sentence.endswith(".") and "\n" not in sentence and ". " not in sentence


# -- reading, in general ---------------------------------------------------------------------------

SCALES = st.sampled_from([PLAIN, DATED, BELOW_ZERO, TimeScale(0, 1)])
PIECES = st.sampled_from(
    [*"0123456789:.,+-#% ehmsd", "now", "end", "start", "samples", "min", "ms", "pm", "2024-05-01"]
)


@settings(deadline=None)
@given(
    st.text(max_size=120) | st.lists(PIECES, max_size=12).map("".join),
    st.sampled_from(FORMATS),
    SCALES,
)
@example("e", "seconds", PLAIN)
@example("9e99 d", "seconds", PLAIN)
@example("2024-", "clock", DATED)
def test_any_text_is_a_time_or_refused(text, time_format, scale):
    try:
        value = read(scale, text, time_format)
    except OptionError as error:
        assert str(error).endswith(".")
    else:
        assert type(value) is float and math.isfinite(value)


@st.composite
def spelled(draw):
    """Return a duration spelled with units, and its exact seconds."""
    units = [("h", 3600), ("min", 60), ("s", 1), ("ms", Fraction(1, 1000))]
    names = {"h": ["h", " h", " hours", "H"], "min": ["m", "min", " minutes"]}
    names |= {"s": ["s", " sec", " seconds"], "ms": ["ms", " ms", " msec"]}
    chosen = draw(st.lists(st.sampled_from(range(4)), min_size=1, unique=True).map(sorted))
    total, words = Fraction(0), []
    for index in chosen:
        name, seconds = units[index]
        thousandths = draw(st.integers(0, 99_999))
        decimals = f"{thousandths % 1000:03d}".rstrip("0")
        mark = draw(st.sampled_from(".,")) if decimals else ""
        words.append(f"{thousandths // 1000}{mark}{decimals}" + draw(st.sampled_from(names[name])))
        total += Fraction(thousandths, 1000) * seconds
    return draw(st.sampled_from(["", " "])).join(words), total


@settings(deadline=None)
@given(spelled(), st.floats(0, 1000))
def test_durations_are_exact_sums_of_their_units(duration, now):
    text, seconds = duration
    assert PLAIN.parse(text, "seconds", now) == float(seconds)
    assert PLAIN.parse("+" + text, "seconds", now) == float(Fraction(now) + seconds)
    assert PLAIN.parse("end - " + text, "seconds", now) == float(36_000 - seconds)


@settings(deadline=None)
@given(st.integers(0, 10**12), st.sampled_from([" ", "'", "\N{THIN SPACE}", ","]))
def test_groups_of_thousands(sample, mark):
    text = f"{sample:,}".replace(",", mark)
    assert PLAIN.parse(f"#{text}", "seconds", 0.0) == float(Fraction(sample, 30_000))
    assert PLAIN.parse(text, "samples", 0.0) == float(Fraction(sample, 30_000))
    if mark != ",":
        assert PLAIN.parse(text, "seconds", 0.0) == float(sample)
        assert PLAIN.parse(f"{text},5", "seconds", 0.0) == sample + 0.5


@settings(deadline=None)
@given(
    st.integers(0, DAY - 1),
    st.integers(-3 * DAY, 3 * DAY),
    st.integers(1, 4 * DAY),
    st.floats(0, 1),
)
def test_a_time_of_day_is_of_the_day_in_the_recording_nearest_to_now(of_day, t_min, length, share):
    scale = TimeScale(t_min, t_min + length, recorded_at=RECORDED)
    now = t_min + share * length
    found = scale.parse(str(timedelta(seconds=of_day)), "clock", now)
    assert (RECORDED + timedelta(seconds=found)).time().isoformat() == (
        datetime.min + timedelta(seconds=of_day)
    ).time().isoformat()
    every = [found + DAY * days for days in range(-9, 10)]
    inside = [time for time in every if t_min <= time <= t_min + length]
    if inside:
        assert found in inside
        assert abs(found - now) == min(abs(time - now) for time in inside)
    else:
        outside = [max(t_min - time, time - t_min - length) for time in every]
        assert max(t_min - found, found - t_min - length) == min(outside)
