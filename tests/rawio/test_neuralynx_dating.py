"""When a Neuralynx recording was made: by its headers, or by a clock that counts from 1970."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.rawio.neuralynx_files import header, opened
from tests.writers.neuralynx import Header, Run, noise, write_ncs, write_nev, write_spikes
from tests.writers.neuralynx_header import STYLES

START = 10_000_000
UNIX_US = 1_714_572_202_250_000
UNIX = datetime(2024, 5, 1, 14, 3, 22, 250_000, tzinfo=UTC)
OPENED = datetime(2024, 5, 1, 14, 3, 22, 45_000)
WHOLE = ("cheetah5.7", "cheetah6", "pegasus")
"""Programs that write whole seconds."""


def write_signal(folder, name="CSC1", channel=0, start=START, n=2000, **fields):
    fields = {"opened": OPENED} | fields
    folder.mkdir(parents=True, exist_ok=True)
    write_ncs(folder / f"{name}.ncs", header(name, channel, **fields), [Run(noise(n, 1), start)])
    return folder


def write_events(folder, *ticks, opened=OPENED, style="cheetah5.6"):
    head = Header(style, name="Events", channels=None, opened=opened)
    write_nev(folder / "Events.nev", head, ticks, strings=b"x")


def known(style, date=OPENED):
    return date.replace(microsecond=0) if style in WHOLE else date


@pytest.mark.parametrize("style", sorted(STYLES.keys() - {"neuraview"}))
def test_files_of_all_programs_were_opened_at_their_first_sample(tmp_path, style):
    write_signal(tmp_path, style=style)
    reader = opened(tmp_path)
    assert reader.recorded_at() == known(style)
    assert reader.recorded_at().tzinfo is None
    reader = opened(tmp_path, keep_original_times=True)
    assert reader.segment_t_start(0, 0) == START / 1e6
    assert reader.recorded_at() == known(style) - timedelta(seconds=10)
    assert reader.warnings == []


@given(
    date=st.datetimes(datetime(1980, 1, 1), datetime(2079, 12, 31, 23, 59, 59)),
    style=st.sampled_from(sorted(STYLES.keys() - {"neuraview", "bml"})),
)
@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_any_date_is_read_as_it_was_written(tmp_path, date, style):
    date = date.replace(microsecond=date.microsecond // 1000 * 1000)
    write_signal(tmp_path, style=style, opened=date)
    assert opened(tmp_path).recorded_at() == known(style, date)


@pytest.mark.parametrize("style", ["neuraview", "cheetah5.6", "pegasus"])
def test_events_alone_tell_too(tmp_path, style):
    write_events(tmp_path, START + 5, START + 2_000_000, style=style)
    assert opened(tmp_path).recorded_at() == known(style)


def test_spikes_alone_tell_too(tmp_path):
    head = header("SE1", opened=OPENED)
    write_spikes(tmp_path / "SE1.nse", head, [START + 7, START], 0, noise((2, 1, 32), 2))
    assert opened(tmp_path).recorded_at() == OPENED


def test_times_that_count_from_an_event_before_are_dated_by_the_signals(tmp_path):
    write_signal(tmp_path)
    write_events(tmp_path, START - 3_000_000, opened=datetime(2024, 5, 1, 9, 0, 0))
    reader = opened(tmp_path)
    assert reader.get_signal_t_start(0, 0, 0) == 3.0
    assert reader.recorded_at() == OPENED - timedelta(seconds=3)
    kept = opened(tmp_path, keep_original_times=True)
    assert kept.recorded_at() == OPENED - timedelta(seconds=10)


def test_a_file_without_a_date_leaves_it_to_the_others(tmp_path):
    write_signal(tmp_path, "CSC1", 0, opened=None)
    write_signal(tmp_path, "CSC2", 1, START + 31_250, opened=datetime(1901, 1, 1))
    write_signal(tmp_path, "CSC3", 2, START + 62_500)
    reader = opened(tmp_path)
    assert reader.recorded_at() == OPENED - timedelta(microseconds=62_500)
    assert not [w for w in reader.warnings if "no date" in w]


@pytest.mark.parametrize("date", [None, datetime(2024, 5, 1, 16, 3, 0), datetime(2011, 1, 1)])
def test_timestamps_that_count_from_1970_say_it_themselves(tmp_path, date):
    write_signal(tmp_path, start=UNIX_US, opened=date)
    reader = opened(tmp_path)
    assert reader.recorded_at() == UNIX and reader.recorded_at().tzinfo is UTC
    kept = opened(tmp_path, keep_original_times=True)
    assert kept.recorded_at() == datetime(1970, 1, 1, tzinfo=UTC)
    start = kept.recorded_at() + timedelta(seconds=kept.segment_t_start(0, 0))
    assert abs(start - UNIX) <= timedelta(microseconds=1)


def test_timestamps_of_no_likely_year_are_no_date(tmp_path):
    write_signal(tmp_path, start=(1 << 53) - 10_000_000)  # of the year 2255
    assert opened(tmp_path).recorded_at() is None


@pytest.mark.parametrize(
    "line",
    [
        "## Time Opened (m/d/y): 0/28/2016  (h:m:s.ms) 21:50:33.322",
        "## Time Opened (m/d/y): 11/0/2016  (h:m:s.ms) 21:50:33.322",
        "## Time Opened (m/d/y): 11/28/2016  (h:m:s.ms) 24:50:33.322",
        "## Time Opened (m/d/y): 11/28/1601  At Time: 21:50:33.322",
        "## Time Opened (m/d/y): 11/28/2016",
        "## Time Opened File was not opened properly",
        "-TimeCreated 0000/11/28 21:50:33",
        "-TimeCreated 2016/00/28 21:50:33",
        "-TimeCreated 12016/11/28 21:50:33",
        "-TimeCreated soon",
        "-TimeCreated " + "1" * 9000,
    ],
)
def test_dates_that_are_none_give_none_and_one_sentence_for_all_files(tmp_path, line):
    # The line stands where a value may be anything: behind a key that nobody reads.
    for channel, name in enumerate(("CSC1", "CSC2")):
        properties = {"Note": f"x\r\n{line}"}
        write_signal(tmp_path, name, channel, opened=None, properties=properties)
    reader = opened(tmp_path)
    assert reader.recorded_at() is None
    (sentence,) = reader.warnings
    assert sentence.startswith("CSC1.ncs, time opened: ") and sentence.endswith("not known.")


def test_without_any_date_none_is_known(tmp_path):
    write_signal(tmp_path, opened=None)
    reader = opened(tmp_path)
    assert reader.recorded_at() is None and reader.warnings == []
    write_signal(tmp_path / "empty", n=0)
    assert opened(tmp_path / "empty").recorded_at() is None


def test_the_real_recording_began_while_its_files_were_open(recordings):
    """They were opened at 13:39:27 and closed at 13:42:05, of a zone without an offset then."""
    reader = opened(recordings / "neuralynx")
    assert reader.recorded_at() == datetime(2023, 11, 2, 13, 39, 55, 971_990, tzinfo=UTC)
