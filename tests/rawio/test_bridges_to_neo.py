"""Trees of neo objects: values and units, lazy and not, against neo's own tree, neo's examples."""

import pickle

import neo.io
import neo.rawio
import numpy as np
import pytest
import quantities as pq

import rawio
from rawio import OptionError, OutOfRangeError, as_neo, from_array, open_recording, to_neo_block
from rawio.bridges import stand_in
from rawio.opening import NATIVE
from sample_data import make_sample_data as sample
from tests.rawio.bridges_recordings import FORMATS
from tests.rawio.memory_reader import CLOCK, SIGNALS, SPIKES, STATE, STATE_LENGTHS, TTL, WAVEFORMS
from tests.rawio.test_check_reader import GoodReader
from tests.readers import noise

PLX = sample.HERE / sample.PLX_NAME
HERE = [name for name in FORMATS if name in {reader.__name__ for reader in NATIVE}]


@pytest.fixture
def memory():
    reader = GoodReader()
    reader.parse_header()
    return reader


def loaded(thing):
    return thing.load() if hasattr(thing, "load") else thing


@pytest.mark.parametrize("lazy", [True, False])
def test_every_value_of_two_blocks(memory, lazy):
    rows = memory.header["signal_channels"]
    for block_index, n_segments in enumerate((2, 1)):
        block = to_neo_block(memory, lazy=lazy, block_index=block_index)
        assert len(block.segments) == n_segments and block.file_origin == "in memory"
        for number, segment in enumerate(block.segments):
            assert segment.index == number and segment.block is block
            assert [signal.name for signal in segment.analogsignals] == ["fast", "lfp"]
            for stream, signal in enumerate(map(loaded, segment.analogsignals)):
                channels = rows[memory.get_group_channel_indexes()[stream]]
                raw = SIGNALS[block_index, number, stream]
                exact = raw * channels["gain"] + channels["offset"]
                assert signal.units == pq.uV and signal.dtype == np.float32
                assert np.allclose(signal.magnitude, exact, rtol=1e-6, atol=1e-5)
                assert signal.sampling_rate == channels["sampling_rate"][0] * pq.Hz
                start = memory.get_signal_t_start(block_index, number, stream)
                assert signal.t_start == start * pq.s
                names = signal.array_annotations["channel_names"].tolist()
                assert names == channels["name"].tolist()
            for unit, train in enumerate(map(loaded, segment.spiketrains)):
                ticks = SPIKES[block_index, number, unit]
                assert np.array_equal(train.rescale("s").magnitude, ticks / CLOCK)
                assert (train.t_start, train.t_stop) == (0 * pq.s, 5 * pq.s)
            (event,), (epoch,) = segment.events, segment.epochs
            event, epoch = loaded(event), loaded(epoch)
            assert np.array_equal(event.times.rescale("s").magnitude, TTL / CLOCK)
            assert event.labels.tolist() == [f"wide1-{tick}" for tick in TTL]
            assert event.name == "ttl" and epoch.name == "state"
            assert np.array_equal(epoch.times.rescale("s").magnitude, STATE / CLOCK)
            assert np.array_equal(epoch.durations.rescale("s").magnitude, STATE_LENGTHS / CLOCK)


def test_waveforms_are_in_real_units(memory):
    segment = to_neo_block(memory, lazy=False, load_waveforms=True).segments[0]
    for unit, train in enumerate(segment.spiketrains[:2]):
        row = memory.header["unit_channels"][unit]
        exact = WAVEFORMS[0, 0, unit] * row["wf_gain"] + row["wf_offset"]
        assert train.waveforms.units == pq.mV and np.array_equal(train.waveforms.magnitude, exact)
        assert train.left_sweep == (row["wf_left_sweep"] / 40e3) * pq.s
    assert segment.spiketrains[2].waveforms is None
    with pytest.raises(OptionError, match=r"SpikeTrainProxy\.load"):
        to_neo_block(memory, load_waveforms=True)
    proxy = to_neo_block(memory).segments[0].spiketrains[1]
    assert np.array_equal(
        proxy.load(load_waveforms=True).waveforms.magnitude,
        WAVEFORMS[0, 0, 1] * 0.25 - 1.0,
    )


def test_lazy_objects_load_parts(memory):
    segment = to_neo_block(memory).segments[0]
    signal = segment.analogsignals[0].load(time_slice=(0.505 * pq.s, 0.51 * pq.s))
    raw = SIGNALS[0, 0, 0][10:20]
    rows = memory.header["signal_channels"][[0, 2, 3]]
    assert np.allclose(signal.magnitude, raw * rows["gain"] + rows["offset"], rtol=1e-6, atol=1e-5)
    assert signal.t_start == 0.505 * pq.s
    one = segment.analogsignals[1].load(channel_indexes=[2])
    assert np.allclose(one.magnitude[:, 0], SIGNALS[0, 0, 1][:, 2] + 1.0)
    train = segment.spiketrains[0].load(time_slice=(250 / CLOCK * pq.s, 1 * pq.s))
    assert np.array_equal(train.magnitude, np.array([250, 250, 999, 4000]) / CLOCK)
    event = segment.events[0].load(time_slice=(1.5 * pq.s, 5 * pq.s))
    assert event.labels.tolist() == ["wide1-30000", "wide1-30001"]
    epoch = segment.epochs[0].load(time_slice=(1 * pq.s, None))
    assert epoch.durations.rescale("s").magnitude.tolist() == [12_345 / CLOCK]


def test_units_of_one_stream_are_signals_of_their_own(memory):
    data = noise(50, 4)
    units = ["uV", "mV", "uV", "pA"]
    reader = from_array(data, 1000.0, gain=[1, 2, 3, 4], units=units, t_start=7.0)
    segment = to_neo_block(reader, lazy=False).segments[0]
    assert [str(s.units.dimensionality) for s in segment.analogsignals] == ["uV", "mV", "pA"]
    assert np.array_equal(segment.analogsignals[0].magnitude, data[:, [0, 2]] * [1, 3])
    assert np.array_equal(segment.analogsignals[1].magnitude, data[:, [1]] * 2)
    assert all(signal.t_start == 7 * pq.s for signal in segment.analogsignals)
    apart = to_neo_block(reader, signal_group_mode="split-all").segments[0]
    assert [signal.name for signal in apart.analogsignals] == ["ch0", "ch1", "ch2", "ch3"]
    grouped = to_neo_block(memory, create_group_across_segment={"SpikeTrain": True})
    assert len(grouped.groups) == 3
    with pytest.raises(OptionError, match="neo makes no block with colour"):
        to_neo_block(reader, colour="red")


def test_of_any_reader(memory):
    """Of twins, of readers of neo, and of what is not parsed or not there."""
    assert len(to_neo_block(as_neo(memory)).segments) == 2
    theirs = rawio.from_neo(neo.rawio.ExampleRawIO("a.fake"))
    block = to_neo_block(theirs, lazy=False, block_index=1)
    assert len(block.segments) == 3
    with pytest.raises(OutOfRangeError):
        to_neo_block(memory, block_index=2)
    with pytest.raises(rawio.HeaderNotParsedError):
        to_neo_block(GoodReader())


def test_lazy_objects_go_to_other_processes():
    block = to_neo_block(open_recording(PLX))
    copy = pickle.loads(pickle.dumps(block.segments[0].analogsignals[0]))
    assert np.array_equal(
        copy.load().magnitude, block.segments[0].analogsignals[0].load().magnitude
    )


# -- neo's own tree -------------------------------------------------------------------------------


def tree_of(block):
    """Return the block as nested lists that can be compared."""
    return [
        {
            "signals": {
                tuple(signal.array_annotations["channel_names"].tolist()): signal
                for signal in segment.analogsignals
            },
            "trains": [(train.annotations["id"], train.magnitude) for train in segment.spiketrains],
            "events": [(event.name, event.magnitude, event.labels) for event in segment.events],
            "annotations": segment.annotations.keys(),
        }
        for segment in block.segments
    ]


@pytest.mark.filterwarnings("ignore::UserWarning")
def test_the_tree_of_neo_for_plexon():
    """But for what neo has wrong: no units, signals from 0 s on, the last block as zeros."""
    theirs = tree_of(neo.io.PlexonIO(str(PLX)).read_block(lazy=False))
    ours = tree_of(to_neo_block(open_recording(PLX), lazy=False))
    with stand_in.installed():
        assert_same(tree_of(neo.io.PlexonIO(str(PLX)).read_block(lazy=False)), ours)
    (their,), (our,) = theirs, ours
    assert their["signals"].keys() == our["signals"].keys()
    for names, signal in our["signals"].items():
        other = their["signals"][names]
        assert signal.shape == other.shape and signal.sampling_rate == other.sampling_rate
        assert signal.units == pq.mV and other.units == pq.dimensionless
        assert np.array_equal(signal.magnitude[:-500], other.magnitude[:-500])
        assert signal.t_start == sample.PLX_START / sample.PLX_CLOCK * pq.s
    for (our_id, our_times), (their_id, their_times) in zip(
        our["trains"], their["trains"], strict=True
    ):
        assert our_id == their_id and np.array_equal(our_times, their_times)
    for (name, times, labels), (their_name, their_times, their_labels) in zip(
        our["events"], their["events"], strict=True
    ):
        assert name == their_name and np.array_equal(times, their_times)
        assert labels.tolist() == their_labels.tolist()
    assert our["annotations"] <= their["annotations"]


def assert_same(one, other):
    for a, b in zip(one, other, strict=True):
        assert a["signals"].keys() == b["signals"].keys()
        for names, signal in a["signals"].items():
            assert np.array_equal(signal, b["signals"][names])
        for (name, times), (its_name, its_times) in zip(a["trains"], b["trains"], strict=True):
            assert name == its_name and np.array_equal(times, its_times)


@pytest.mark.parametrize("name", HERE)
@pytest.mark.filterwarnings("ignore::UserWarning", "ignore::FutureWarning")
def test_neos_io_on_our_readers(name, tmp_path):
    """The same tree, by the class of neo.io and by `to_neo_block`, with values of the reader."""
    made = FORMATS[name].write(tmp_path)
    with stand_in.installed():
        maker = getattr(neo.io, name.replace("RawIO", "IO"))(**made.arguments)
        (block,) = maker.read(lazy=False)
        lazy = maker.read_block(lazy=True)
    assert isinstance(maker, rawio.BaseRawIO) and maker.is_header_parsed
    assert_same([*tree_of(block)], tree_of(to_neo_block(maker, lazy=False)))
    signals, proxies = block.segments[0].analogsignals, lazy.segments[0].analogsignals
    assert len(signals) == len(proxies) >= maker.signal_streams_count()
    assert all(np.array_equal(s, p.load()) for s, p in zip(signals, proxies, strict=True))
    stream_id = maker.header["signal_streams"]["id"][0]
    first = next(s for s in signals if s.annotations["stream_id"] == stream_id)
    raw = maker.get_analogsignal_chunk(stream_index=0)
    scaled = maker.rescale_signal_raw_to_float(raw, stream_index=0)
    columns = np.isin(
        maker.header["signal_channels"]["id"][maker.get_group_channel_indexes()[0]],
        first.array_annotations["channel_ids"],
    )
    assert np.array_equal(first.magnitude, scaled[:, columns])
    assert sum(len(s.spiketrains) for s in block.segments) == maker.unit_channels_count() * len(
        block.segments
    )


# -- programs in the manner of neo's examples -----------------------------------------------------


def test_an_example_of_neo_rawio(capsys):
    """In the manner of read_files_neo_rawio.py: every call that it makes of a reader."""
    with stand_in.installed():
        from neo.rawio import PlexonRawIO

        reader = PlexonRawIO(filename=str(PLX))
        reader.parse_header()
        print(reader)
        print(reader.header)
        raw_sigs = reader.get_analogsignal_chunk(
            block_index=0,
            seg_index=0,
            i_start=1024,
            i_stop=2048,
            stream_index=1,
            channel_indexes=None,
        )
        float_sigs = reader.rescale_signal_raw_to_float(raw_sigs, dtype="float64", stream_index=1)
        rate = reader.get_signal_sampling_rate(stream_index=1)
        t_start = reader.get_signal_t_start(block_index=0, seg_index=0, stream_index=1)
        units = reader.header["signal_channels"][0]["units"]
        print(raw_sigs.shape, raw_sigs.dtype, float_sigs.shape, float_sigs.dtype)
        print(rate, t_start, units)
        n = reader.spike_channels_count()
        counts = [
            reader.spike_count(block_index=0, seg_index=0, spike_channel_index=unit)
            for unit in range(n)
        ]
        stamps = reader.get_spike_timestamps(
            block_index=0, seg_index=0, spike_channel_index=0, t_start=0.0, t_stop=10.0
        )
        times = reader.rescale_spike_timestamp(stamps, dtype="float64")
        raw_waves = reader.get_spike_raw_waveforms(
            block_index=0, seg_index=0, spike_channel_index=0, t_start=0.0, t_stop=10.0
        )
        waves = reader.rescale_waveforms_to_float(raw_waves, dtype="float32", spike_channel_index=0)
        for channel in range(reader.event_channels_count()):
            reader.event_count(block_index=0, seg_index=0, event_channel_index=channel)
        ev, lasting, labels = reader.get_event_timestamps(
            block_index=0, seg_index=0, event_channel_index=2, t_start=None, t_stop=None
        )
        ev_times = reader.rescale_event_timestamp(ev, dtype="float64", event_channel_index=2)
    assert raw_sigs.shape == (1024, 4)
    assert np.array_equal(float_sigs, raw_sigs * sample.PLX_MV_PER_COUNT)
    assert (rate, t_start, units) == (1000.0, 0.01, "mV")
    assert counts[0] >= len(stamps) == len(times) == len(raw_waves) == len(waves) > 10
    assert lasting is None and len(ev_times) == len(labels) == 10
    assert "(1024, 4) int16 (1024, 4) float64" in capsys.readouterr().out


def test_an_example_of_neo_io(capsys):
    """In the manner of read_files_neo_io.py: all blocks at once, then a segment in pieces."""
    with stand_in.installed():
        reader = neo.io.PlexonIO(filename=str(PLX))
        blocks = reader.read(lazy=False)
        print(blocks)
        for block in blocks:
            print(block)
            for segment in block.segments:
                print(segment)
                for signal in segment.analogsignals:
                    print(signal, signal.units, signal.sampling_rate)
                for train in segment.spiketrains:
                    print(train)
        reader = neo.io.get_io(str(PLX))
        segment = reader.read_segment(block_index=0, seg_index=0, lazy=True)
        part = segment.analogsignals[0].load(time_slice=(1 * pq.s, 2 * pq.s), channel_indexes=[0])
        sliced = segment.spiketrains[1].load(time_slice=(1 * pq.s, 2 * pq.s), load_waveforms=True)
    assert len(blocks) == 1 and len(blocks[0].segments) == 1
    assert part.shape == (20_000, 1) and part.units == pq.mV
    assert sliced.waveforms.units == pq.mV and len(sliced.waveforms) == len(sliced)
    assert "20000.0 Hz" in capsys.readouterr().out
