"""When an Open Ephys recording was made: the software time, or the date of the settings."""

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from tests.rawio.openephys_files import VERSIONS, noise, opened, stream, written
from tests.writers.openephys import (
    Experiment,
    Recording,
    RecordNode,
    Stream,
    electrodes,
    numbers_with_gaps,
    settings_xml,
    write_session,
)

MILLISECONDS = 1_714_572_202_250
MOMENT = datetime(2024, 5, 1, 14, 3, 22, 250_000, tzinfo=UTC)
DATE, LOCAL = "1 May 2024 16:03:22", datetime(2024, 5, 1, 16, 3, 22)
OLD, NEW = VERSIONS[:2], VERSIONS[2:]


def settings(version, date=DATE):
    return settings_xml(version, date=date)


def from_sample(first, n=50, rate=30_000.0, **more):
    return stream(n, rate=rate, sample_numbers=np.arange(first, first + n), **more)


@pytest.mark.parametrize("version", NEW)
@pytest.mark.parametrize("first", [0, 30_000 * 61 + 15])
def test_the_software_time_is_that_of_the_first_sample(tmp_path, version, first):
    parts = {"streams": [from_sample(first)], "software_time": MILLISECONDS}
    reader, _ = written(tmp_path, version, settings=settings(version), **parts)
    assert reader.recorded_at() == MOMENT - timedelta(seconds=first / 30_000)
    assert reader.recorded_at().tzinfo is UTC and reader.warnings == []


@pytest.mark.parametrize("version", OLD)
@pytest.mark.parametrize("first", [0, 30_000 * 61 + 15])
@pytest.mark.parametrize("node", [None, 101])
def test_before_0_6_the_date_of_the_settings_is(tmp_path, version, first, node):
    parts = {"streams": [from_sample(first)], "node": node, "software_time": 162_908}
    reader, _ = written(tmp_path, version, settings=settings(version), **parts)
    assert reader.recorded_at() == LOCAL - timedelta(seconds=first / 30_000)
    assert reader.recorded_at().tzinfo is None


@pytest.mark.parametrize("text", [False, "", "Software Time: soon", "Software Time (x UTC): 5"])
def test_later_on_too_where_there_is_no_software_time(tmp_path, text):
    parts = {"streams": [from_sample(3000)], "sync_messages": text}
    reader, _ = written(tmp_path, "0.6.7", settings=settings("0.6.7"), **parts)
    assert reader.recorded_at() == LOCAL - timedelta(seconds=0.1)


def test_the_earliest_of_several_streams_starts_the_recording(tmp_path):
    streams = [
        from_sample(60_000, stream_name="Fast"),
        from_sample(2500, rate=2500.0, stream_name="Slow", sub_idx=1, seed=1),
    ]
    reader, _ = written(tmp_path, streams=streams, software_time=MILLISECONDS)
    assert reader.recorded_at() == MOMENT - timedelta(seconds=1)


def test_what_a_buffer_has_left_from_before_does_not_count(tmp_path):
    numbers = numbers_with_gaps(50, 900_000, {10: -900_000})
    parts = {"streams": [stream(sample_numbers=numbers)], "software_time": MILLISECONDS}
    reader, _ = written(tmp_path, **parts)
    assert reader.segment_count(0) == 2
    assert reader.recorded_at() == MOMENT - timedelta(seconds=10 / 30_000)


@pytest.mark.parametrize("moved", [False, True])
def test_times_moved_to_synchronised_ones_are_dated_by_these(tmp_path, moved):
    first = Stream(
        samples=noise(60),
        channels=electrodes(2),
        sample_numbers=np.arange(30_000, 30_060),
        seconds=21.0 + np.arange(60) / 30_000,
    )
    written(tmp_path, streams=[first], software_time=MILLISECONDS)
    reader = opened(tmp_path, load_sync_timestamps=moved)
    assert reader.segment_t_start(0, 0) == (21.0 if moved else 1.0)
    assert reader.recorded_at() == MOMENT - timedelta(seconds=21 if moved else 1)


def session(path, version, numbers=(1, 2)):
    """Write two experiments of two recordings; each starts a second after the one before."""
    experiments = [
        Experiment(
            recordings=[
                Recording(
                    streams=[from_sample(30_000 * r, seed=r)],
                    number=r,
                    software_time=MILLISECONDS + 1000 * r + 3_600_000 * e,
                )
                for r in numbers
            ],
            settings=settings(version, f"{e} May 2024 16:03:22"),
        )
        for e in (1, 2)
    ]
    write_session(path, version, [RecordNode(experiments=experiments)])


@pytest.mark.parametrize(("part", "e", "r"), [("", 1, 1), ("experiment2", 2, 1)])
def test_the_first_recording_of_what_is_opened_counts(tmp_path, part, e, r):
    for version in ("0.5.3.1", "0.6.7"):
        session(tmp_path / version, version)
        found = opened(tmp_path / version / "Record Node 101" / part).recorded_at()
        if version == "0.6.7":
            assert found == MOMENT + timedelta(hours=e)
        else:
            assert found == LOCAL.replace(day=e) - timedelta(seconds=r)


def test_the_date_of_the_settings_is_not_that_of_a_later_recording(tmp_path):
    for version in ("0.5.3.1", "0.6.7"):
        session(tmp_path / version, version)
        path = tmp_path / version / "Record Node 101" / "experiment1" / "recording2"
        found = opened(path).recorded_at()
        assert found == (None if version == "0.5.3.1" else MOMENT + timedelta(hours=1))


@pytest.mark.parametrize(
    ("date", "said"),
    [
        ("", 0),
        ("0 May 2024 16:03:22", 1),
        ("1 Mayor 0 16:03:22", 1),
        ("1 Foo 2024 16:03:22", 1),
        ("1 May 0000 16:03:22", 1),
        ("1 May 2024 24:03:22", 1),
        ("1 May 2024", 1),
        ("&lt;1 May", 1),
    ],
)
def test_a_date_that_is_none_gives_none_and_no_more_than_a_sentence(tmp_path, date, said):
    parts = {"streams": [from_sample(0)], "sync_messages": False}
    reader, _ = written(tmp_path, "0.6.7", settings=settings("0.6.7", date), **parts)
    assert reader.recorded_at() is None
    assert len(reader.warnings) == said
    for sentence in reader.warnings:
        assert sentence.startswith("settings.xml, DATE: ") and sentence.endswith("not known.")


@pytest.mark.parametrize("number", [0, 1, 10**14, 10**15 - 1])
def test_a_software_time_of_no_likely_year_is_none(tmp_path, number):
    parts = {"streams": [from_sample(0)], "software_time": number, "settings": False}
    reader, _ = written(tmp_path, "0.6.7", **parts)
    assert reader.recorded_at() is None


def test_without_settings_and_messages_none_is_known(tmp_path):
    parts = {"streams": [from_sample(0)], "sync_messages": False, "settings": False}
    for version in VERSIONS:
        reader, _ = written(tmp_path / version, version, **parts)
        assert reader.recorded_at() is None and reader.warnings == []


def test_the_files_of_the_date_are_no_part_of_the_recording(tmp_path):
    reader, _ = written(tmp_path, streams=[from_sample(0)], software_time=MILLISECONDS)
    names = {file.path.name for file in reader.source_files()}
    assert names == {"structure.oebin", "continuous.dat", "sample_numbers.npy", "timestamps.npy"}


def test_a_real_recording_without_its_settings_has_none(recordings):
    assert opened(recordings / "openephys").recorded_at() is None
