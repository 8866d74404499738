"""When recordings were made that neo reads: by the annotations of its readers."""

import pickle
from datetime import UTC, datetime, timedelta, timezone

import neo.rawio
import numpy as np
import pytest
import spikeinterface.core as si
from hypothesis import given
from hypothesis import strategies as st

from rawio import as_neo, from_array, from_neo, from_spikeinterface, open_recording
from rawio.bridges._neo_dates import created
from tests.rawio import bridges_files as files
from tests.rawio.blackrock_files import noise
from tests.rawio.bridges_fake_neo import FakeNeo
from tests.rawio.plexon_files import CLOCK, ramp, slow, written
from tests.writers import nev, nsx
from tests.writers.plx import EventBlock, EventChannel, SlowBlock

DATE = datetime(2024, 5, 1, 14, 3, 22)
INT16 = files.samples(2048, 2)


def annotated(block=(), segment=(), starts=0.0, kind=FakeNeo):
    fake = kind(signals=[[INT16]], starts=starts, stop=1e10)
    fake.raw_annotations = {"blocks": [{**dict(block), "segments": [dict(segment)]}]}
    return from_neo(fake)


@pytest.mark.parametrize(
    ("write", "date"),
    [
        (
            lambda at: files.write_elan(at / "a.eeg", INT16),
            datetime(2020, 2, 1, 10, 11, 12),
        ),
        (
            lambda at: files.write_micromed(at / "a.trc", INT16.view("uint16")),
            datetime(2001, 2, 3, 4, 5, 6),
        ),
        (
            lambda at: files.write_neuronexus(at / "a.xdat.json", INT16.astype("f4")),
            datetime(2024, 7, 1, 17, 4, 49, 497_224, tzinfo=UTC),
        ),
        (
            lambda at: files.write_open_ephys(at / "a", INT16),
            datetime(2020, 2, 1, 10, 11, 12),
        ),
        (lambda at: files.write_mcs(at / "a.raw", INT16.view("uint16")), None),
    ],
    ids=["Elan", "Micromed", "NeuroNexus", "Open Ephys", "MCS"],
)
def test_a_recording_of_neo_was_started_when_its_file_says(tmp_path, write, date):
    reader = open_recording(write(tmp_path))
    start = timedelta(seconds=reader.segment_t_start(0, 0))
    assert reader.recorded_at() == (None if date is None else date - start)
    copy = pickle.loads(pickle.dumps(reader))
    assert copy.recorded_at() == reader.recorded_at()


@pytest.mark.parametrize("starts", [0.0, 12.5, -3.0])
@pytest.mark.parametrize("key", ["rec_datetime", "m_CreatorDateTime"])
@pytest.mark.parametrize("place", ["block", "segment"])
def test_the_start_of_the_first_segment_was_then(starts, key, place):
    reader = annotated(**{place: {key: DATE}}, starts=starts)
    assert reader.recorded_at() == DATE - timedelta(seconds=starts)


def test_a_zone_is_turned_into_utc():
    zone = timezone(timedelta(hours=-4))
    found = annotated({"rec_datetime": DATE.replace(tzinfo=zone)}).recorded_at()
    assert found == DATE.replace(hour=18, tzinfo=UTC) and found.tzinfo is UTC


@pytest.mark.parametrize("value", [None, 5, "", "soon", datetime(1900, 1, 1), b"2024", np.nan, {}])
def test_what_is_no_date_is_passed_over(value):
    assert annotated({"rec_datetime": value}).recorded_at() is None
    assert annotated({"rec_datetime": value}, {"rec_datetime": DATE}).recorded_at() == DATE


@pytest.mark.parametrize(
    "tree", [None, {}, [], {"blocks": []}, {"blocks": [{}]}, {"blocks": [{"segments": []}]}]
)
def test_odd_annotations_are_no_dates(tree):
    fake = FakeNeo(signals=[[INT16]])
    fake.raw_annotations = tree
    assert from_neo(fake).recorded_at() is None


def test_times_that_count_from_1970_are_in_utc():
    reader = annotated({"rec_datetime": DATE}, starts=1_714_572_202.5)
    assert reader.recorded_at() == datetime(1970, 1, 1, tzinfo=UTC)


# -- what neo reads and we do too ------------------------------------------------------------------


def test_our_readers_say_the_same_behind_neos_api_and_back(tmp_path):
    blocks = [EventBlock(9 * CLOCK, 258), SlowBlock(9 * CLOCK, 0, ramp(99))]
    events = [EventChannel("Start", 258)]
    ours = written(tmp_path / "a.plx", blocks, [slow(0)], events=events, date=DATE.timetuple()[:6])
    assert ours.recorded_at() == DATE - timedelta(seconds=9)
    assert as_neo(ours).recorded_at() == ours.recorded_at()
    assert from_neo(as_neo(ours)).recorded_at() == ours.recorded_at()


def test_neos_own_reader_of_blackrock_is_dated_as_ours(tmp_path):
    origin = (2024, 5, 3, 1, 14, 3, 22, 0)
    header = nsx.Header("2.3", time_origin=origin)
    nsx.write_nsx(tmp_path / "a.ns5", [nsx.Packet(60_000, noise(100))], nsx.channels(3), header)
    head = nev.Header("2.3", time_origin=origin)
    nev.write_nev(tmp_path / "a.nev", [nev.Spike(60_005, 1)], [nev.Electrode(1)], head)
    ours = open_recording(tmp_path / "a.nev")
    theirs = from_neo(neo.rawio.BlackrockRawIO(filename=str(tmp_path / "a.nev")))
    assert theirs.segment_t_start(0, 0) == ours.segment_t_start(0, 0) == 2.0
    assert theirs.recorded_at() == ours.recorded_at() == DATE.replace(tzinfo=UTC)


# -- the first Open Ephys format -------------------------------------------------------------------


def spelled(date):
    """Return a date as the GUI spells it: neither hours nor seconds below ten have a zero."""
    clock = f"{date.hour}{date.minute:02d}{date.second}"
    return f"{date.day}-{date:%b}-{date.year} {clock}"


@given(st.datetimes(datetime(1980, 1, 1), datetime(2199, 12, 31)))
def test_dates_are_read_unless_they_could_be_two(date):
    date = date.replace(microsecond=0)
    found = created(f"'{spelled(date)}'")
    if found is None:
        others = [
            date.replace(hour=h, minute=m, second=s)
            for h in range(24)
            for m in range(60)
            for s in range(60)
            if f"{h}{m:02d}{s}" == f"{date.hour}{date.minute:02d}{date.second}"
        ]
        assert len(others) > 1
    else:
        assert found == date


@pytest.mark.parametrize(
    ("text", "date"),
    [
        ("1-Feb-2020 101112", datetime(2020, 2, 1, 10, 11, 12)),
        ("'1-Feb-2020 95959'", datetime(2020, 2, 1, 9, 59, 59)),
        ("21-Dec-2013 1:2:3", datetime(2013, 12, 21, 1, 2, 3)),
        ("1-Feb-2020 010203", datetime(2020, 2, 1, 1, 2, 3)),
        ("1-Feb-2020 9057", datetime(2020, 2, 1, 9, 5, 7)),
        ("1-Feb-2020 10115", None),  # 1:01:15 or 10:11:5
        ("0-Feb-2020 101112", None),
        ("1-Foo-2020 101112", None),
        ("1-Feb-0000 101112", None),
        ("1-Feb-2020 999999", None),
        ("1-Feb-2020", None),
        ("", None),
    ],
)
def test_dates_of_the_first_open_ephys_format(text, date):
    assert created(text) == date


# -- what has no date ------------------------------------------------------------------------------


def test_arrays_and_spikeinterface_have_none():
    assert from_array(INT16, 1000.0).recorded_at() is None
    assert from_spikeinterface(si.NumpyRecording([INT16], 1000.0)).recorded_at() is None
