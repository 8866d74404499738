"""Spikes, waveforms, events and epochs through the reading API, in both spellings of it."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rawio import SelectionError
from tests.rawio import memory_reader as truth
from tests.rawio.memory_reader import CLOCK, SPIKES, WAVEFORMS

READER = truth.MemoryReader()
READER.parse_header()
PLACES = list(truth.SIZES)
INF = float("inf")


@pytest.fixture
def reader():
    reader = truth.MemoryReader()
    reader.parse_header()
    return reader


# -- spikes ----------------------------------------------------------------------------------------


def limits():
    on_a_spike = st.sampled_from([t / CLOCK for t in sorted({*SPIKES[0, 0, 0], *SPIKES[0, 0, 1]})])
    return st.none() | st.floats(0, 0.5) | on_a_spike


@settings(deadline=None)
@given(st.sampled_from(PLACES), st.integers(0, 2), limits(), limits())
def test_spikes_and_waveforms_go_together(place, unit, t_start, t_stop):
    args = (*place, unit, t_start, t_stop)
    ticks = SPIKES[*place, unit]
    low, high = -INF if t_start is None else t_start, INF if t_stop is None else t_stop
    inside = (ticks / CLOCK >= low) & (ticks / CLOCK <= high)
    np.testing.assert_array_equal(READER.spike_timestamps(*args), ticks[inside])
    np.testing.assert_array_equal(READER.get_spike_timestamps(*args), ticks[inside])
    for waveforms in (READER.spike_raw_waveforms(*args), READER.get_spike_raw_waveforms(*args)):
        if unit == 2:
            assert waveforms is None
        else:
            np.testing.assert_array_equal(waveforms, WAVEFORMS[*place, unit][inside])
    assert READER.spike_count(*place, unit) == len(ticks)


def test_both_spellings_of_a_unit():
    for new in ({"unit_index": 1}, {"spike_channel_index": 1}):
        assert READER.spike_count(0, 1, **new) == 5
        np.testing.assert_array_equal(READER.get_spike_timestamps(0, 1, **new), SPIKES[0, 1, 1])
        np.testing.assert_array_equal(
            READER.get_spike_raw_waveforms(0, 1, **new), WAVEFORMS[0, 1, 1]
        )
        scaled = READER.rescale_waveforms_to_float(WAVEFORMS[0, 1, 1], "float64", **new)
        np.testing.assert_array_equal(scaled, WAVEFORMS[0, 1, 1] * 0.25 - 1.0)
    np.testing.assert_array_equal(
        READER.spike_timestamps(block_index=0, seg_index=1, unit_index=1), SPIKES[0, 1, 1]
    )


def test_rescaled_spikes():
    seconds = READER.rescale_spike_timestamp(SPIKES[0, 0, 0])
    np.testing.assert_array_equal(seconds, [0.005, 0.0125, 0.0125, 0.04995, 0.2])
    assert seconds.dtype == np.float64
    assert READER.rescale_spike_timestamp([100], dtype="float32").dtype == np.float32
    single = READER.rescale_waveforms_to_float(WAVEFORMS[0, 0, 0])
    assert single.dtype == np.float32 and single.shape == WAVEFORMS[0, 0, 0].shape
    np.testing.assert_array_equal(single, WAVEFORMS[0, 0, 0] * 0.5)


@pytest.mark.parametrize("unit", [-1, 3, 1.0, "0", None])
def test_no_such_unit(unit):
    calls = [READER.spike_count, READER.spike_timestamps, READER.spike_raw_waveforms]
    for call in [*calls, READER.get_spike_timestamps, READER.get_spike_raw_waveforms]:
        if unit is None and call in (READER.spike_count, *calls[1:]):
            continue  # None is "not given" in the other spelling's argument only
        with pytest.raises(SelectionError, match="unit index"):
            call(0, 0, unit)
    with pytest.raises(SelectionError, match="unit index"):
        READER.rescale_waveforms_to_float(WAVEFORMS[0, 0, 0], unit_index=unit)
    with pytest.raises(SelectionError, match="unit index"):
        READER.unit_signal_channel(unit)


def test_units_of_no_known_channel():
    assert READER.unit_signal_channel(2) is None


def test_waveforms_scale_in_a_recording_whose_first_block_is_empty(reader):
    reader.header["nb_segment"] = [0, 1]
    np.testing.assert_array_equal(reader.rescale_waveforms_to_float(np.ones((1, 1, 1))), [[[0.5]]])


# -- events ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("call", [READER.event_timestamps, READER.get_event_timestamps])
def test_events_and_epochs(call):
    ticks, durations, labels = call(0, 0, 0)
    assert ticks.tolist() == [20_000, 30_000, 30_001] and durations is None
    assert labels.tolist() == ["wide1-20000", "wide1-30000", "wide1-30001"]
    ticks, durations, labels = call(block_index=1, seg_index=0, event_channel_index=1, t_start=2.0)
    assert (ticks.tolist(), durations.tolist(), labels.tolist()) == (
        [40_000],
        [12_345],
        ["wide1-40000"],
    )
    assert call(0, 0, 0, t_stop=1.5)[0].tolist() == [20_000, 30_000]
    assert call(0, 0, 0, 9.0)[2].tolist() == []


def test_event_counts_and_seconds():
    assert [READER.event_count(0, 0, k) for k in range(2)] == [3, 2]
    assert READER.event_count() == 3
    np.testing.assert_array_equal(READER.rescale_event_timestamp(truth.TTL), [1.0, 1.5, 1.50005])
    durations = READER.rescale_epoch_duration(truth.STATE_LENGTHS, "float32", 1)
    assert durations.dtype == np.float32
    np.testing.assert_array_equal(durations, np.array([0.05, 0.61725], np.float32))
    assert READER.rescale_event_timestamp(truth.TTL, dtype="float64", event_channel_index=1)[0] == 1


@pytest.mark.parametrize("channel", [-1, 2, 0.0, "0", None])
def test_no_such_event_channel(channel):
    calls = [READER.event_count, READER.event_timestamps, READER.get_event_timestamps]
    for call in calls:
        with pytest.raises(SelectionError, match="event channel index"):
            call(0, 0, channel)
    for call in (READER.rescale_event_timestamp, READER.rescale_epoch_duration):
        with pytest.raises(SelectionError, match="event channel index"):
            call(truth.TTL, "float64", channel)
