"""When a SpikeGLX recording was made: by the .meta, on the clock that counts from its run."""

from datetime import UTC, datetime, timedelta

import pytest

from tests.rawio.spikeglx_files import opened
from tests.writers.spikeglx import Imec, Nidq, make_samples, write_beside, write_stream

SMALL = Imec("NP2000", saved=[0, 1, 384])
MADE = datetime(2024, 5, 1, 14, 3, 22)


def write(folder, device=SMALL, first_sample=0, **options):
    meta = {"fileCreateTime": MADE.isoformat()} | options.pop("meta", {})
    samples = make_samples(device, 20)
    return write_stream(folder, device, samples, first_sample=first_sample, meta=meta, **options)


@pytest.mark.parametrize("first_sample", [0, 1, 84_149_244])
def test_the_file_was_made_at_its_first_sample(tmp_path, first_sample):
    stream = write(tmp_path, first_sample=first_sample)
    reader = opened(tmp_path)
    assert reader.recorded_at() == MADE - timedelta(seconds=first_sample / stream.rate)
    start = reader.recorded_at() + timedelta(seconds=reader.segment_t_start(0, 0))
    assert abs(start - MADE) <= timedelta(microseconds=1)
    assert reader.recorded_at().tzinfo is None and reader.warnings == []


def test_of_several_takes_the_first_tells(tmp_path):
    later = (MADE + timedelta(minutes=5)).isoformat()
    write(tmp_path, first_sample=30_000)
    meta = {"fileCreateTime": later}
    write(tmp_path, first_sample=30_000 * 301, trigger=1, meta=meta)
    reader = opened(tmp_path)
    assert reader.segment_count(0) == 2
    assert reader.recorded_at() == MADE - timedelta(seconds=1)


def test_of_several_streams_one_that_has_a_date_tells(tmp_path):
    write(tmp_path, first_sample=30_000, meta={"fileCreateTime": "2024-00-01T14:03:22"})
    nidq = write(tmp_path, Nidq(), first_sample=50_000)
    reader = opened(tmp_path)
    assert reader.recorded_at() == MADE - timedelta(seconds=50_000 / nidq.rate)
    assert reader.warnings == []


def test_what_catgt_made_has_the_time_of_what_it_made_it_from(tmp_path):
    meta = {"fileCreateTime": "2025-12-24T18:00:00", "fileCreateTime_original": MADE.isoformat()}
    write(tmp_path, first_sample=60_000, trigger="cat", meta=meta)
    assert opened(tmp_path).recorded_at() == MADE - timedelta(seconds=2)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (None, 0),
        ("", 0),
        ("2024-00-01T14:03:22", 1),
        ("0000-05-01T14:03:22", 1),
        ("2024-05-01", 1),
        ("then", 1),
    ],
)
def test_a_time_that_is_none_gives_none_and_no_more_than_a_sentence(tmp_path, text, said):
    for device in (SMALL, Imec("NP2000", index=1, saved=[0, 1, 384])):
        write(tmp_path, device, meta={"fileCreateTime": text})
    reader = opened(tmp_path)
    assert reader.recorded_at() is None
    assert len(reader.warnings) == said
    for sentence in reader.warnings:
        assert "imec0.ap.meta, fileCreateTime: " in sentence and "not known." in sentence


def test_a_time_with_a_zone_is_in_utc(tmp_path):
    write(tmp_path, meta={"fileCreateTime": "2024-05-01T14:03:22+02:00"})
    assert opened(tmp_path).recorded_at() == datetime(2024, 5, 1, 12, 3, 22, tzinfo=UTC)


@pytest.mark.parametrize(
    ("name", "made", "first", "rate"),
    [
        ("sample3A_g0_t0.imec.ap", datetime(2019, 5, 7, 17, 24, 2), 84_149_244, 30_000),
        ("sample3B_g0_t0.imec1.lf", datetime(2019, 8, 15, 17, 37, 20), 144_834, 2500.0325532900833),
        ("sample3B_g0_t0.nidq", datetime(2019, 8, 15, 17, 37, 20), 1_738_164, 30_003.0003),
    ],
)
def test_dates_of_real_recordings(tmp_path, recordings, name, made, first, rate):
    stream = write_beside(recordings / "spikeglx" / f"{name}.meta", tmp_path, 5)
    reader = opened(stream.path)
    assert reader.recorded_at() == made - timedelta(seconds=first / rate)
