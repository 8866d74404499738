"""When a .plx recording was made: the date of the header, on the clock of its timestamps."""

from datetime import datetime, timedelta

import pytest

from tests.rawio.plexon_files import CLOCK, opened, ramp, slow, spike, written
from tests.writers.plx import EventBlock, EventChannel, SlowBlock, SpikeBlock

DATE = (2024, 5, 1, 14, 3, 22)
START = EventChannel("Start", 258)


def seconds_before(seconds):
    return datetime(*DATE) - timedelta(seconds=seconds)


def signal(tick, n=100):
    return SlowBlock(tick, 0, ramp(n))


@pytest.mark.parametrize("version", [100, 102, 106, 107])
def test_the_date_is_that_of_timestamp_0(tmp_path, version):
    path = tmp_path / "a.plx"
    reader = written(path, [signal(0)], [slow(0)], version=version, date=DATE)
    assert reader.recorded_at() == datetime(*DATE)
    assert reader.recorded_at().tzinfo is None
    assert reader.warnings == []


@pytest.mark.parametrize("first", [0, 40, 5 * CLOCK + 7])
def test_where_recording_started_after_acquisition_it_is_that_of_the_start_event(tmp_path, first):
    start = 100 * CLOCK + 20
    blocks = [EventBlock(start, 258), signal(start + first), SpikeBlock(start + 30, 1, 1, ramp(32))]
    path = tmp_path / "a.plx"
    reader = written(path, blocks, [slow(0)], [spike(1)], [START], date=DATE)
    assert reader.recorded_at() == seconds_before(100 + 20 / CLOCK)


def test_a_start_event_without_anything_else_tells_as_well(tmp_path):
    blocks = [EventBlock(10 * CLOCK, 258)]
    reader = written(tmp_path / "a.plx", blocks, events=[START], date=DATE)
    assert reader.segment_t_start(0, 0) == 0.0
    assert reader.recorded_at() == seconds_before(10)


def test_an_end_of_a_pause_is_no_start(tmp_path):
    blocks = [signal(2 * CLOCK, 3000), EventBlock(60 * CLOCK, 258), signal(60 * CLOCK)]
    reader = written(tmp_path / "a.plx", blocks, [slow(0)], events=[START], date=DATE)
    assert reader.segment_count(0) == 2
    assert reader.recorded_at() == datetime(*DATE)  # of the second segment it says nothing
    blocks = [signal(2 * CLOCK, 3000), EventBlock(4 * CLOCK, 258)]
    reader = written(tmp_path / "b.plx", blocks, [slow(0)], events=[START], date=DATE)
    assert reader.segment_count(0) == 1
    assert reader.recorded_at() == seconds_before(2)


def test_the_first_of_several_starts_counts(tmp_path):
    blocks = [EventBlock(t * CLOCK, 258) for t in (7, 3, 5)] + [signal(8 * CLOCK)]
    reader = written(tmp_path / "a.plx", blocks, [slow(0)], events=[START], date=DATE)
    assert reader.recorded_at() == seconds_before(3)


@pytest.mark.parametrize(
    ("date", "said"),
    [
        ((0, 0, 0, 0, 0, 0), []),
        ((2024, 0, 1, 14, 3, 22), ["2024-0-1-14-3-22"]),
        ((0, 5, 1, 14, 3, 22), ["0-5-1-14-3-22"]),
        ((2024, 2, 30, 14, 3, 22), ["2024-2-30-14-3-22"]),
        ((-(1 << 31), 1 << 30, -1, -1, -1, -1), ["-2147483648-1073741824"]),
    ],
)
def test_a_date_that_is_none_gives_none_and_no_more_than_a_sentence(tmp_path, date, said):
    reader = written(tmp_path / "a.plx", [signal(0)], [slow(0)], date=date)
    assert reader.recorded_at() is None
    assert len(reader.warnings) == len(said)
    for sentence, part in zip(reader.warnings, said, strict=True):
        assert sentence.startswith(f"the file header: {part}") and sentence.endswith("not known.")


def test_it_is_the_same_with_the_index_out_of_the_cache(tmp_path):
    blocks = [EventBlock(9 * CLOCK, 258), signal(9 * CLOCK)]
    written(tmp_path / "a.plx", blocks, [slow(0)], events=[START], date=DATE)
    for _ in range(2):
        assert opened(tmp_path / "a.plx", use_cache=True).recorded_at() == seconds_before(9)


@pytest.mark.parametrize(
    ("name", "date"),
    [
        ("File_plexon_3.plx", datetime(2010, 2, 22, 20, 0, 57)),
        ("16sp_lfp_with_2coords.plx", datetime(2010, 9, 13, 13, 42, 21)),
        ("strobed_negative.plx", datetime(2011, 9, 29, 15, 18, 57)),
    ],
)
def test_dates_of_real_recordings(plexon_recordings, name, date):
    assert opened(plexon_recordings / name).recorded_at() == date
