"""Events, epochs, spikes and waveforms of Open Ephys recordings."""

import numpy as np
import pytest

from rawio import frames
from tests.rawio.openephys_files import (
    VERSIONS,
    epochs,
    noise,
    opened,
    stream,
    written,
)
from tests.writers.openephys import (
    BinaryEvents,
    Electrode,
    SpikeGroup,
    TextEvents,
    TtlEvents,
    crash,
    electrodes,
    numbers_with_gaps,
    write_recording,
)
from tests.writers.openephys_example import example

OLD, NEW = VERSIONS[:2], VERSIONS[2:]
TICKS = 40_000 + np.arange(8) * 37


def ttl(states, ticks=TICKS, **more):
    states = np.array(states, np.int16)
    return TtlEvents(states=states, sample_numbers=np.int64(ticks[: len(states)]), **more)


def found_epochs(reader, channel=0, block=0):
    """Return (tick, duration, line) of all segments."""
    out = []
    for seg in range(reader.segment_count(block)):
        ticks, durations, labels = reader.event_timestamps(block, seg, channel)
        assert ticks.dtype == durations.dtype == np.int64
        assert labels.dtype.kind == "U"
        assert len(ticks) == reader.event_count(block, seg, channel)
        out += zip(ticks.tolist(), durations.tolist(), [int(x) for x in labels], strict=True)
    return out


@pytest.mark.parametrize("version", VERSIONS)
def test_events_of_an_example(version, tmp_path):
    truth = example(tmp_path, version, node_ids=(None,) if version == "0.4.6" else (101,))
    reader = opened(tmp_path)
    names = reader.header["event_channels"]["name"].tolist()
    assert len(names) == len(set(names)) == (4 if version in OLD else 3)
    assert reader.header["event_channels"]["id"].tolist() == names
    for one in truth.recordings:
        for event in one.events:
            channel = names.index(event.name)
            kind = reader.header["event_channels"]["type"][channel]
            assert kind == (b"event" if event.states is None else b"epoch")
            ticks, labels = [], []
            for seg in range(2 * one.recording - 2, 2 * one.recording):
                some, durations, texts = reader.event_timestamps(one.experiment - 1, seg, channel)
                assert (durations is None) == (event.states is None)
                ticks += some.tolist()
                labels += texts.tolist()
            if event.states is not None:
                up = event.states > 0
                assert ticks == event.sample_numbers[up].tolist()
                assert labels == [str(s) for s in event.states[up]]
            else:
                assert ticks == event.sample_numbers.tolist()
                assert labels == (event.messages or ["1", "1"])
            seconds = reader.rescale_event_timestamp(np.array(ticks), "float64", channel)
            np.testing.assert_array_equal(seconds, np.array(ticks) / 30000.0)


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize(
    ("states", "lonely", "missed"),
    [
        ([1, -1, 2, -2, 1, -1], 0, 0),
        ([1, 2, -2, -1, 9, 1, -9, -1], 0, 0),
        ([-3, 3, -3, 3], 1, 1),
        ([1, 1, -1, -1, 2], 2, 1),
        ([5, 5, 5], 3, 0),
        ([-5, -6, -5], 0, 3),
        ([], 0, 0),
    ],
)
def test_edges_of_lines_are_epochs(version, states, lonely, missed, tmp_path):
    parts = {"events": [ttl(states, n_lines=16)], "streams": [stream(first_sample=40_000)]}
    reader, truth = written(tmp_path, version, **parts)
    assert found_epochs(reader) == epochs(truth.events[0])
    expected = []
    if lonely or missed:
        expected = [f"{lonely} edges up have no edge down", f"{missed} edges down have no edge up"]
    assert len(reader.warnings) == bool(expected)
    assert all(text in reader.warnings[0] for text in expected)
    for _, duration, _ in found_epochs(reader):
        assert reader.rescale_epoch_duration(np.array([duration]))[0] == duration / 30000.0


def test_states_of_no_line(tmp_path):
    reader, _ = written(tmp_path, events=[ttl([1, 0, -1], save_words=False, words=np.zeros(3))])
    assert found_epochs(reader) == [(40_000, 74, 1)]
    assert any("1 edges are of no line" in w for w in reader.warnings)


def test_many_random_edges(tmp_path):
    rng = np.random.default_rng(2)
    states = rng.choice([1, -1, 2, -2, 3, -3, 64, -64], 500)
    ticks = np.sort(rng.integers(0, 10**6, 500))
    reader, truth = written(tmp_path, events=[ttl(states, ticks, n_lines=64)])
    assert found_epochs(reader) == epochs(truth.events[0])


def test_limits_are_inclusive_and_cut_all_three(tmp_path):
    states = [1, -1, 2, -2, 3, -3, 4, -4]
    reader, _ = written(tmp_path, events=[ttl(states)])
    ticks, durations, labels = reader.event_timestamps()
    assert ticks.tolist() == TICKS[::2].tolist()
    seconds = reader.rescale_event_timestamp(ticks)
    for first in range(4):
        for last in range(first, 4):
            some = reader.event_timestamps(t_start=seconds[first], t_stop=seconds[last])
            expected = (x[first : last + 1] for x in (ticks, durations, labels))
            for got, wanted in zip(some, expected, strict=True):
                np.testing.assert_array_equal(got, wanted)
    assert not len(reader.event_timestamps(t_start=seconds[-1] + 1)[0])


@pytest.mark.parametrize("version", VERSIONS)
def test_several_event_channels_of_one_source(version, tmp_path):
    """Of which neo keeps the last."""
    events = [ttl([1, -1]), ttl([2, -2], name="B"), ttl([3, -3], name="B"), ttl([4], processor="X")]
    reader, truth = written(tmp_path, version, events=events)
    table = reader.header["event_channels"]
    assert table["name"].tolist() == ["TTL events", "B", "B", "TTL events"]
    assert sorted(table["id"].tolist()) == sorted(e.folder for e in truth.events)
    for channel, event in enumerate(truth.events):
        assert table["id"][channel] == event.folder
        assert found_epochs(reader, channel) == epochs(event)


@pytest.mark.parametrize("version", VERSIONS)
def test_messages(version, tmp_path):
    texts = ["start", "Stra\u00dfe \u00b5V \U0001f400", "", b"\xff\xfe!", "x" * 500]
    ticks = np.int64([5, 3, 3, 900, 4])
    reader, truth = written(
        tmp_path, version, events=[TextEvents(messages=texts, sample_numbers=ticks)]
    )
    order = np.argsort(ticks, kind="stable")
    found, durations, labels = reader.event_timestamps()
    assert found.tolist() == ticks[order].tolist()
    assert durations is None
    assert labels.tolist() == [truth.events[0].messages[k] for k in order]
    assert reader.header["event_channels"]["type"].tolist() == [b"event"]


@pytest.mark.parametrize("version", OLD)
def test_binary_events_and_metadata(version, tmp_path):
    data = np.float32([[0.5, 1.5], [3, 4]])
    fields = np.array([(1, b"ab"), (4, b"c")], [("a", "<i4"), ("b", "S4")])
    numbers = np.int64([7, 8])
    events = [
        BinaryEvents(data=data, sample_numbers=numbers, event_channel=3),
        BinaryEvents(data=data, sample_numbers=numbers, index=2, metadata=fields),
        BinaryEvents(
            data=data, sample_numbers=numbers, index=3, metadata=np.uint8([[1, 2], [3, 4]])
        ),
        BinaryEvents(data=data, sample_numbers=numbers, index=4, omit=("channels.npy",)),
        ttl([1, -1], np.int64([7, 8]), metadata=np.float64([0.5, 2])),
    ]
    reader, _ = written(tmp_path, version, events=events)
    labels = [reader.event_timestamps(0, 0, k)[2].tolist() for k in range(5)]
    assert labels == [["3", "3"], ["a=1;b=ab", "a=4;b=c"], ["1 2", "3 4"], ["", ""], ["0.5"]]


def test_binary_events_that_the_gui_lost(tmp_path):
    event = BinaryEvents(data=np.float32([[1.0]]), sample_numbers=np.int64([7]))
    reader, _ = written(tmp_path, "0.6.7", events=[event, ttl([1, -1])])
    assert reader.header["event_channels"]["name"].tolist() == ["TTL events"]
    assert any("BINARY_group" in w and "left out" in w for w in reader.warnings)


@pytest.mark.parametrize("version", NEW)
def test_events_without_sample_numbers(version, tmp_path):
    parts = ttl([1, -1, 2, -2], omit=("sample_numbers.npy",))
    reader, truth = written(tmp_path, version, events=[parts])
    assert found_epochs(reader) == epochs(truth.events[0])
    assert any("made of timestamps.npy" in w for w in reader.warnings)


def test_events_go_to_the_segment_they_happened_in(tmp_path):
    numbers = numbers_with_gaps(300, 1000, {100: 50, 200: 30})
    # before the first, first, last, in the gap, first of the second, ..., after the last
    ticks = np.int64([900, 1000, 1099, 1120, 1150, 1249, 1280, 5000])
    text = TextEvents(messages=[str(t) for t in ticks], sample_numbers=ticks)
    reader, _ = written(tmp_path, streams=[stream(300, sample_numbers=numbers)], events=[text])
    found = [reader.event_timestamps(0, s)[0].tolist() for s in range(3)]
    assert found == [[900, 1000, 1099, 1120], [1150, 1249], [1280, 5000]]
    extents = [(reader.segment_t_start(0, s), reader.segment_t_stop(0, s)) for s in range(3)]
    expected = [(900, 1120), (1150, 1250), (1280, 5000)]
    assert extents == [(a / 30000, b / 30000) for a, b in expected]


def test_events_after_a_clock_was_set_back(tmp_path):
    numbers = numbers_with_gaps(300, 90_000, {100: -90_100})
    ticks = np.int64([90_050, 90_300, 0, 150, 199])
    text = TextEvents(messages=["a"] * 5, sample_numbers=ticks)
    reader, _ = written(tmp_path, streams=[stream(300, sample_numbers=numbers)], events=[text])
    found = [reader.event_timestamps(0, s)[0].tolist() for s in range(2)]
    assert found == [[90_050, 90_300], [0, 150, 199]]


@pytest.mark.parametrize("version", ["0.5.3.1", "0.6.7"])
def test_events_and_spikes_move_with_their_stream(version, tmp_path):
    streams = [
        stream(60, first_sample=600, seconds=2.5 + np.arange(60) / 3e4),
        stream(60, stream_name="b", sub_idx=1, rate=3e3, seconds=7.5 + np.arange(60) / 3e3),
    ]
    parts = {
        "streams": streams,
        "events": [
            ttl([1, -1], [600, 630]),
            ttl([1, -1], [30, 36], stream_name="b", sub_idx=1, rate=3e3),
            TextEvents(messages=["m"], sample_numbers=np.int64([603])),
        ],
        "spikes": [SpikeGroup(electrodes=[electrode(np.int64([606]))], stream_name="Rhythm Data")],
    }
    write_recording(tmp_path, version, **parts)
    for synchronised, moved in ((False, (0.0, 0.0)), (True, (2.48, 7.5))):
        reader = opened(tmp_path, load_sync_timestamps=synchronised)
        table = reader.header["event_channels"]
        for channel, name in enumerate(table["name"].tolist()):
            ticks, durations, _ = reader.event_timestamps(0, 0, channel)
            start = reader.rescale_event_timestamp(ticks, "float64", channel)[0]
            if name == "Messages":
                assert start == pytest.approx(603 / 3e4 + moved[0])
                continue
            slow = durations[0] == 6
            assert start == pytest.approx(30 / 3e3 + moved[1] if slow else 600 / 3e4 + moved[0])
            duration = reader.rescale_epoch_duration(durations, "float64", channel)[0]
            assert duration == pytest.approx(6 / 3e3 if slow else 30 / 3e4)
        spike = reader.rescale_spike_timestamp(reader.spike_timestamps())[0]
        assert spike == pytest.approx(606 / 3e4 + moved[0])


# -- spikes ------------------------------------------------------------------------------------


def electrode(ticks, n_channels=1, n_samples=40, seed=0, **more):
    ticks = np.asarray(ticks, np.int64)
    waveforms = noise(len(ticks) * n_channels * n_samples, 1, seed)
    more = {
        "name": "Electrode 1",
        "source_channels": range(n_channels),
        "channel_names": [f"CH{k + 1}" for k in range(n_channels)],
    } | more
    shape = (len(ticks), n_channels, n_samples)
    return Electrode(waveforms=waveforms.reshape(shape), sample_numbers=ticks, **more)


def check_spikes(reader, truths, block=0, segments=None):
    """Hold the units against the electrodes of one recording, in order of their names."""
    segments = range(reader.segment_count(block)) if segments is None else segments
    table = reader.header["unit_channels"]
    seen = set()
    for truth in truths:
        for cluster in np.unique(truth.clusters).tolist():
            unit = (
                table["name"].tolist().index(f"{truth.name}#{cluster}" if cluster else truth.name)
            )
            seen.add(unit)
            own = np.flatnonzero(truth.clusters == cluster)
            own = own[np.argsort(truth.sample_numbers[own], kind="stable")]
            ticks = [reader.spike_timestamps(block, s, unit) for s in segments]
            waves = [reader.spike_raw_waveforms(block, s, unit) for s in segments]
            np.testing.assert_array_equal(np.concatenate(ticks), truth.sample_numbers[own])
            np.testing.assert_array_equal(np.concatenate(waves), truth.waveforms[own])
            assert [reader.spike_count(block, s, unit) for s in segments] == [len(t) for t in ticks]
            row = table[unit]
            assert (row["wf_gain"], row["wf_units"]) == (truth.gain, "uV")
            assert (row["wf_left_sweep"], row["wf_sampling_rate"]) == (truth.pre_peak, truth.rate)
            assert row["id"].endswith(f"#{cluster}")
    return seen


@pytest.mark.parametrize("version", VERSIONS)
def test_spikes_of_an_example(version, tmp_path):
    truth = example(tmp_path, version, node_ids=(None,) if version == "0.4.6" else (101,), seed=8)
    reader = opened(tmp_path)
    seen = set()
    for one in truth.recordings:
        segments = range(2 * one.recording - 2, 2 * one.recording)
        seen |= check_spikes(reader, one.spikes, one.experiment - 1, segments)
    assert seen == set(range(reader.unit_channels_count()))
    table = reader.header["signal_channels"]
    for unit, row in enumerate(reader.header["unit_channels"]):
        signal = table[reader.unit_signal_channel(unit)]
        number = {"Electrode 1": "CH1", "Electrode 2": "CH2", "Stereotrode 1": "CH3"}
        assert signal["name"] == number[row["name"].split("#")[0]]
        assert signal["units"] == "uV"


@pytest.mark.parametrize("version", VERSIONS)
def test_spikes_out_of_order_and_their_limits(version, tmp_path):
    ticks = [900, 100, 500, 500, 300]
    one = electrode(ticks, 4, clusters=np.uint16([0, 0, 7, 0, 0]))
    parts = {"streams": [stream()], "spikes": [SpikeGroup(electrodes=[one])]}
    reader, truth = written(tmp_path, version, **parts)
    assert check_spikes(reader, truth.spikes) == {0, 1}
    assert reader.header["unit_channels"]["id"].tolist() == ["el0#0", "el0#7"]
    some = reader.spike_timestamps(t_start=300 / 3e4, t_stop=500 / 3e4)
    assert some.tolist() == [300, 500]
    waves = reader.spike_raw_waveforms(t_start=300 / 3e4, t_stop=500 / 3e4)
    np.testing.assert_array_equal(waves, one.waveforms[[4, 3]])
    scaled = reader.rescale_waveforms_to_float(waves, "float64")
    np.testing.assert_array_equal(scaled, waves * truth.spikes[0].gain)


def test_many_waveforms_are_read_in_slabs(tmp_path, monkeypatch):
    monkeypatch.setattr(frames, "SPAN_BYTES", 5000)
    monkeypatch.setattr(frames, "GAP_BYTES", 400)
    rng = np.random.default_rng(1)
    one = electrode(
        rng.integers(0, 10**6, 3000), 2, 10, clusters=rng.choice(4, 3000).astype(np.uint16)
    )
    reader, truth = written(tmp_path, spikes=[SpikeGroup(electrodes=[one])])
    check_spikes(reader, truth.spikes)


def test_electrodes_of_gui_0_4_that_share_a_number(tmp_path):
    names = ["A", "B", "C"]
    group = SpikeGroup(electrodes=[electrode([10 * k + 5], name=n) for k, n in enumerate(names)])
    reader, _ = written(tmp_path, "0.4.6", spikes=[group])
    assert reader.header["unit_channels"]["name"].tolist() == ["A", "B"]
    assert [reader.spike_timestamps(0, 0, u).tolist() for u in range(2)] == [[5], [15, 25]]
    assert any("spikes of B, C one number" in w for w in reader.warnings)


@pytest.mark.parametrize("version", VERSIONS)
def test_electrodes_of_one_name(version, tmp_path):
    groups = [
        SpikeGroup(electrodes=[electrode([5])], stream_name="a", index=1),
        SpikeGroup(electrodes=[electrode([6])], stream_name="b", index=2),
    ]
    reader, _ = written(tmp_path, version, spikes=groups)
    names = ["Electrode 1 (el0)", "Electrode 1 (el1)"]
    assert reader.header["unit_channels"]["name"].tolist() == names


def test_electrodes_of_different_rates_share_a_clock(tmp_path):
    groups = [
        SpikeGroup(electrodes=[electrode([5, 9], name="A")], rate=30000.0),
        SpikeGroup(electrodes=[electrode([6], name="B")], rate=20000.0),
    ]
    reader, _ = written(tmp_path, spikes=groups)
    seconds = [reader.rescale_spike_timestamp(reader.spike_timestamps(0, 0, u)) for u in range(2)]
    assert [s.tolist() for s in seconds] == [[5 / 30000, 9 / 30000], [6 / 20000]]
    found = reader.spike_timestamps(0, 0, 0, 9 / 30000, 9 / 30000)
    assert reader.rescale_spike_timestamp(found).tolist() == [9 / 30000]
    groups[1] = SpikeGroup(electrodes=[electrode([6], name="B")], rate=29999.97)
    write_recording(tmp_path / "b", "0.6.7", spikes=groups)
    reader = opened(tmp_path / "b")
    assert reader.rescale_spike_timestamp(reader.spike_timestamps(0, 0, 1))[0] == pytest.approx(
        6 / 29999.97, abs=1e-9
    )


@pytest.mark.parametrize("version", VERSIONS)
def test_spikes_of_a_channel_that_was_not_recorded(version, tmp_path):
    lonely = electrode([5], source_channels=(9,), channel_names=("CH10",))
    parts = {"streams": [stream()], "spikes": [SpikeGroup(electrodes=[lonely])]}
    reader, _ = written(tmp_path, version, **parts)
    assert reader.unit_signal_channel(0) is None
    row = reader.header["unit_channels"][0]
    known = version in NEW
    assert row["wf_units"] == ("uV" if known else "")
    assert any("they are not scaled" in w for w in reader.warnings) is not known


@pytest.mark.parametrize("version", VERSIONS)
def test_spikes_without_waveforms_or_clusters(version, tmp_path):
    files = ("waveforms.npy", "spike_waveforms.npy", "clusters.npy", "spike_clusters.npy")
    group = SpikeGroup(electrodes=[electrode([5, 3])], omit=files)
    reader, _ = written(tmp_path, version, spikes=[group])
    assert reader.spike_timestamps().tolist() == [3, 5]
    assert reader.spike_raw_waveforms() is None
    assert sum("no waveforms" in w or "unsorted" in w for w in reader.warnings) == 2


@pytest.mark.parametrize("version", VERSIONS)
def test_events_and_spikes_that_a_crash_left(version, tmp_path):
    states = np.tile([1, -1], 700)
    ticks = np.arange(1400) * 3
    parts = {
        "streams": [stream()],
        "events": [ttl(states, ticks)],
        "spikes": [SpikeGroup(electrodes=[electrode(np.arange(1100), 2)])],
    }
    truth = write_recording(tmp_path, version, node=None, **parts)
    crash(tmp_path)
    reader = opened(tmp_path)
    assert found_epochs(reader) == epochs(truth.events[0])
    check_spikes(reader, truth.spikes)


def test_unit_channels_belong_to_their_stream(tmp_path):
    streams = [
        stream(stream_name="a", channels=electrodes(2)),
        stream(stream_name="b", channels=electrodes(2)),
    ]
    groups = [
        SpikeGroup(electrodes=[electrode([5], name="B")], stream_name="b"),
        SpikeGroup(electrodes=[electrode([5], name="A")], stream_name="a"),
    ]
    reader, _ = written(tmp_path, streams=streams, spikes=groups)
    ids = reader.header["signal_channels"]["stream_id"]
    assert [ids[reader.unit_signal_channel(u)] for u in range(2)] == ["1", "0"]
