"""Moments of the wall clock out of numbers and texts that may be anything."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rawio import BaseRawIO, HeaderNotParsedError, RawBinaryRawIO
from rawio.dates import (
    MONTHS,
    after_1970,
    as_known,
    later,
    moment,
    moment_of_fields,
    moment_of_text,
)
from tests.rawio.memory_reader import MemoryReader

MOMENTS = st.datetimes(datetime(1980, 1, 1), datetime(2199, 12, 31, 23, 59, 59, 999999))
NONSENSE = [
    (2024, 0, 1, 0, 0, 0),
    (0, 5, 1, 14, 3, 22),
    (2024, 13, 1, 0, 0, 0),
    (2023, 2, 29, 0, 0, 0),
    (2024, 5, 1, 24, 0, 0),
    (2024, 5, 1, 14, 60, 0),
    (2024, 5, 1, 14, 3, 61),
    (2024, 5, 1, 14, 3, 22, 1_000_000),
    (-2024, 5, 1, 14, 3, 22),
    (1979, 12, 31, 23, 59, 59),
    (1601, 1, 1, 0, 0, 0),
    (2200, 1, 1, 0, 0, 0),
    (1 << 70, 5, 1, 14, 3, 22),
]


def fields_of(date):
    return (date.year, date.month, date.day, date.hour, date.minute, date.second, date.microsecond)


@given(MOMENTS, st.booleans())
def test_numbers_of_a_date_are_that_date(date, utc):
    said = []
    expected = date.replace(tzinfo=UTC) if utc else date
    assert moment(fields_of(date), utc) == expected
    assert moment_of_fields(list(fields_of(date)), "a.b", said.append, utc) == expected
    assert said == []


@pytest.mark.parametrize("fields", NONSENSE)
def test_numbers_of_no_date_are_none_and_one_sentence_says_so(fields):
    said = []
    assert moment(fields) is None
    assert moment_of_fields(fields, "a.b", said.append) is None
    shown = "-".join(map(str, fields))
    assert said == [f"a.b: {shown} is no date, so when it was recorded is not known."]


@given(st.lists(st.integers(), min_size=6, max_size=7), st.booleans())
def test_numbers_of_any_size_are_a_date_or_none(fields, utc):
    found = moment(fields, utc)
    assert found is None or list(fields_of(found))[: len(fields)] == fields


@given(st.text() | st.from_regex(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d)?.{0,9}", fullmatch=True))
def test_texts_of_any_kind_are_a_date_or_a_sentence(text):
    said = []
    found = moment_of_text(text, "a.b", said.append)
    assert len(said) == (found is None and text.strip() != "")


def test_fields_that_were_never_filled_in_are_none_in_silence():
    said = []
    assert moment_of_fields([0] * 6, "a.b", said.append) is None
    assert moment_of_text("  ", "a.b", said.append) is None
    assert said == []


@given(MOMENTS, st.sampled_from(["T", " "]))
def test_a_text_of_iso_8601_is_its_moment(date, between):
    said = []
    assert moment_of_text(f" {date.isoformat(between)} ", "a.b", said.append) == date
    assert said == []


@given(MOMENTS, st.integers(-14 * 60, 14 * 60))
def test_a_text_with_a_zone_is_in_utc(date, minutes):
    aware = date.replace(tzinfo=timezone(timedelta(minutes=minutes)))
    found = moment_of_text(aware.isoformat(), "a.b", lambda sentence: None)
    if 1980 <= (date - timedelta(minutes=minutes)).year <= 2199:
        assert found == aware and found.tzinfo is UTC
    else:
        assert found is None


@pytest.mark.parametrize(
    "text",
    [
        "2024-05-01",
        "yesterday",
        "2024-05-01T25:00:00",
        "2024-00-01T14:03:22",
        "14:03:22",
        "2024" * 9,
    ],
)
def test_a_text_of_no_date_with_a_time_of_day_is_none(text):
    said = []
    assert moment_of_text(text, "a.b", said.append) is None
    assert len(said) == 1 and said[0].startswith("a.b: '") and said[0].endswith("is not known.")


@given(MOMENTS, st.integers(-(10**15), 10**15))
def test_later_and_earlier_are_by_the_microsecond_where_there_is_such_a_moment(date, seconds):
    try:
        expected = date + timedelta(seconds=seconds)
    except OverflowError:
        expected = None
    assert later(date, seconds) == expected


@pytest.mark.parametrize("seconds", [float("nan"), float("inf"), -1e300])
def test_seconds_that_are_none_give_no_moment(seconds):
    assert later(datetime(2024, 5, 1), seconds) is None
    assert after_1970(seconds) is None
    assert later(None, 1.0) is None


def test_seconds_after_1970_are_in_utc():
    assert after_1970(1_714_572_202.5) == datetime(2024, 5, 1, 14, 3, 22, 500_000, tzinfo=UTC)
    assert after_1970(0) is None and after_1970(8e9) is None
    assert as_known(datetime(1900, 1, 1)) is None
    assert as_known(datetime(1, 1, 1, tzinfo=timezone(timedelta(hours=1)))) is None


def test_months_are_english_whatever_language_is_set():
    assert [datetime(2024, n, 1).strftime("%b").lower() for n in range(1, 13)] == list(MONTHS)


# -- of a reader that knows none -------------------------------------------------------------------


def test_a_reader_that_is_not_told_knows_none(tmp_path):
    (tmp_path / "a.raw").write_bytes(bytes(800))
    for reader in (
        MemoryReader(),
        RawBinaryRawIO(tmp_path / "a.raw", n_channels=2, sampling_rate=100),
    ):
        with pytest.raises(HeaderNotParsedError):
            reader.recorded_at()
        reader.parse_header()
        assert reader.recorded_at() is None


def test_a_format_answers_by_its_hook(monkeypatch):
    date = datetime(2024, 5, 1, 14, 3, 22)
    monkeypatch.setattr(BaseRawIO, "_recorded_at", lambda self: date)
    reader = MemoryReader()
    reader.parse_header()
    assert reader.recorded_at() is date
