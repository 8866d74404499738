"""Runs of timestamps are found without reading all of them, whatever the counter did."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rawio.intan import clock
from rawio.intan.clock import find_runs
from tests.rawio.intan_files import LAYOUTS, check, opened, recorded, some_header, write
from tests.rawio.test_counting import Column
from tests.writers.intan_files import make_recording, make_timestamps


def oracle(timestamps):
    """Return first samples and unwrapped timestamps of runs by looking at every timestamp."""
    steps = np.diff(timestamps.astype(np.int64)) % 2**32
    first = [0, *(np.flatnonzero(steps != 1) + 1).tolist()]
    steps = np.where(steps < 2**31, steps, steps - 2**32)
    unwrapped = int(timestamps[0]) + np.append(0, np.cumsum(steps))
    return first, unwrapped[first].tolist()


@settings(max_examples=150, deadline=None)
@given(
    st.integers(1, 60_000),
    st.sampled_from([0, -5000, 2**31 - 4000, 12]),
    st.dictionaries(st.integers(1, 59_999), st.integers(-2000, 9000), max_size=6),
    st.sampled_from([(64, 8), (1000, 10), (1 << 16, 4096)]),
)
def test_runs_are_those_of_the_oracle(n, start, gaps, sizes):
    gaps = {at: missing for at, missing in gaps.items() if at < n}
    stored = make_timestamps(n, start, gaps).astype(np.uint32).view(np.int32)
    apart, fine = sizes
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(clock, "COARSE_SAMPLES", apart)
        patch.setattr(clock, "FINE_SAMPLES", fine)
        runs = find_runs(lambda a, b: stored[a:b].copy(), n)
    first, tick = oracle(stored)
    found = dict(zip(runs.first.tolist(), runs.tick.tolist(), strict=True))
    expected = dict(zip(first, tick, strict=True))
    # What is lost and gained back between two looks goes unseen; all else is found.
    assert found.items() <= expected.items()
    unseen = sorted(set(expected) - set(found))
    if unseen:
        places = sorted({*range(0, n, apart), n - 1})
        for at in unseen:
            a, b = next((a, b) for a, b in pairwise(places) if a < at <= b)
            assert len([x for x in expected if a < x <= b]) > 1


def test_ten_hours_are_looked_at_in_a_few_thousand_places():
    n = 36_000 * 30_000
    read = Column((0, 0), (400_000_123, 400_000_126), (900_000_000, 900_500_000), dtype="int32")
    runs = find_runs(read, n)
    assert runs.first.tolist() == [0, 400_000_123, 900_000_000]
    assert runs.tick.tolist() == [0, 400_000_126, 900_500_000]
    assert read.calls < n // clock.COARSE_SAMPLES + 50
    assert read.n_read < 30_000


def test_a_hundred_billion_samples_wrap_around_many_times():
    n = 10**11
    read = Column((0, 7), (10**11 - 5000, 10**11), dtype="int32")
    runs = find_runs(read, n)
    assert runs.first.tolist() == [0, 10**11 - 5000]
    assert runs.tick.tolist() == [7, 10**11]
    assert read.calls < clock.MOST_PROBES + 100


@pytest.mark.parametrize("dtype, start", [("int32", 2**31 - 100), ("uint32", 2**32 - 100)])
def test_a_counter_that_wraps_around_goes_on(dtype, start):
    read = Column((0, start), (5000, start + 5007), dtype=dtype)
    runs = find_runs(read, 10_000)
    assert runs.first.tolist() == [0, 5000]
    assert runs.tick.tolist() == [start, start + 5007]


def test_unsigned_timestamps_of_old_files(tmp_path):
    recording = make_recording(some_header("rhd", (1, 1)), 1200, start=2**31 - 300)
    for layout in LAYOUTS:
        path, truth = write(layout, tmp_path, recording, name=layout)
        reader = opened(path)
        check(reader, truth)
        assert reader.get_signal_t_start(0, 0, 0) == (2**31 - 300) / truth.rate


@pytest.mark.parametrize("value", [0, 5])
def test_a_column_that_does_not_count(tmp_path, value):
    n = 1_000_000
    recording = make_recording(some_header(ports={"A": 1}, adc=0), 1280)
    path, _ = write("per signal", tmp_path, recording)
    np.full(n, value, "<i4").tofile(path / "time.dat")
    np.zeros(n, "<i2").tofile(path / "amplifier.dat")
    reader = opened(path)
    assert reader.header["nb_segment"] == [1]
    assert reader.get_signal_size(0, 0, 0) == n
    assert reader.segment_t_start(0, 0) == value / 30_000
    assert any("no count of samples" in warning for warning in reader.warnings)


def test_many_gaps_are_many_segments(tmp_path):
    gaps = dict.fromkeys(range(50, 12_800, 50), 3)
    path, truth = recorded("traditional", tmp_path, n_blocks=100, gaps=gaps)
    reader = opened(path)
    assert reader.segment_count(0) == 256
    check(reader, truth)


def test_a_run_too_short_for_slow_signals(tmp_path):
    header = some_header(
        ports={"A": 2},
        disabled=["A-000", "A-001"],
        adc=0,
        digital_in=0,
        digital_out=0,
        temp_sensors=0,
    )
    path, truth = recorded("traditional", tmp_path, header=header, gaps={401: 9, 403: 9})
    reader = opened(path)
    # Of samples 401 and 402 no auxiliary sample was taken, so there is nothing to show.
    assert reader.header["nb_segment"] == [2]
    stream = truth.streams["aux"]
    for s, part in enumerate([slice(0, 101), slice(101, None)]):
        chunk = reader.get_analogsignal_chunk(0, s, stream_index=0)
        np.testing.assert_array_equal(chunk, stream.raw[part])
    assert reader.get_signal_t_start(0, 1, 0) == pytest.approx((404 + 18) / truth.rate)
