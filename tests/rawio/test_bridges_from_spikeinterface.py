"""`from_spikeinterface`: raw and preprocessed recordings, segments, times, probes, scaling."""

import pickle

import numpy as np
import probeinterface
import pytest
import spikeinterface.core as si
import spikeinterface.preprocessing as preprocessing

from rawio import FormatError, OptionError, from_spikeinterface
from rawio.testing import Expected, check_reader
from tests.readers import noise
from viewer.picture import snapshot

DATA = [noise(3000, 4, seed=1), noise(500, 4, seed=2)]


@pytest.fixture
def recording():
    made = si.NumpyRecording(DATA, 1000.0, t_starts=[1.5, 60.0], channel_ids=["a", "b", "c", "d"])
    made.set_channel_gains([0.5, 0.25, 0.5, 2.0])
    made.set_channel_offsets([0, 0, -3, 0])
    return made


def test_every_sample(recording):
    reader = from_spikeinterface(recording)
    check_reader(reader, Expected({(0, 0, 0): DATA[0], (0, 1, 0): DATA[1]}))
    assert reader.block_count() == 1 and reader.segment_count(0) == 2 and reader.warnings == []
    channels = reader.header["signal_channels"]
    assert channels[["name", "id", "units", "gain", "offset"]].tolist() == [
        ("a", "a", "uV", 0.5, 0),
        ("b", "b", "uV", 0.25, 0),
        ("c", "c", "uV", 0.5, -3),
        ("d", "d", "uV", 2, 0),
    ]
    assert reader.get_signal_sampling_rate() == 1000
    assert [reader.get_signal_t_start(0, segment) for segment in (0, 1)] == [1.5, 60]
    assert [reader.segment_t_stop(0, segment) for segment in (0, 1)] == [4.5, 60.5]
    for picked in ([3, 0], [1, 1], slice(None, None, -1), slice(1, 3), []):
        chunk = reader.get_analogsignal_chunk(0, 1, 20, 90, channel_indexes=picked)
        assert np.array_equal(chunk, DATA[1][20:90][:, [] if picked == [] else picked])
    assert np.array_equal(reader.get_analogsignal_chunk(channel_ids=["d", "b"]), DATA[0][:, [3, 1]])


def test_what_is_preprocessed_is_computed_chunk_by_chunk(recording):
    filtered = preprocessing.bandpass_filter(recording, 150.0, 300.0, dtype="float32")
    reader = from_spikeinterface(filtered)
    assert reader.header["signal_channels"]["dtype"][0] == "float32"
    chunk = reader.get_analogsignal_chunk(0, 0, 1000, 1200, channel_indexes=[2])
    traces = filtered.get_traces(0, 1000, 1200, channel_ids=["c"])
    assert chunk.dtype == np.float32 and np.array_equal(chunk, traces)
    whole = preprocessing.bandpass_filter(recording, 150.0, 300.0)
    assert from_spikeinterface(whole).get_analogsignal_chunk(i_stop=9).dtype == np.int16


def test_steps_of_preprocessing_keep_their_scales(recording):
    scaled = from_spikeinterface(preprocessing.scale_to_uV(recording))
    channels = scaled.header["signal_channels"]
    assert set(channels["gain"]) == {1.0} and set(channels["offset"]) == {0.0}
    raw = from_spikeinterface(recording)
    microvolts = raw.rescale_signal_raw_to_float(raw.get_analogsignal_chunk(i_stop=50), "float32")
    assert np.array_equal(scaled.get_analogsignal_chunk(i_stop=50), microvolts)
    one = si.select_segment_recording(recording, 1).select_channels(["c", "a"]).frame_slice(5, 45)
    reader = from_spikeinterface(one)
    assert np.array_equal(reader.get_analogsignal_chunk(), DATA[1][5:45, [2, 0]])
    assert reader.header["signal_channels"]["offset"].tolist() == [-3, 0]
    assert reader.get_signal_t_start(0, 0) == pytest.approx(60.005)


def test_a_generated_recording_has_its_probe_and_is_drawn():
    recording = si.generate_recording(num_channels=4, durations=[1.0], sampling_frequency=5000.0)
    reader = from_spikeinterface(recording)
    check_reader(reader)
    assert reader.warnings == [
        "the recording has no gains to microvolts; samples are shown as they are."
    ]
    assert set(reader.header["signal_channels"]["units"]) == {""}
    contacts = reader.channel_contacts()
    assert np.array_equal(np.c_[contacts["x"], contacts["y"]], recording.get_channel_locations())
    image = snapshot(reader, 0.2, 0.5, size=(400, 300))
    assert len(np.unique(image.reshape(-1, 4), axis=0)) > 5


def test_probes_follow_the_channels(recording):
    probe = probeinterface.Probe(ndim=2)
    probe.set_contacts(
        np.array([[0, 0], [0, 20], [0, 40], [0, 60]]), shank_ids=["x", "x", "y", "y"]
    )
    probe.set_device_channel_indices([3, 2, 1, 0])
    wired = recording.set_probe(probe)
    wired = recording if wired is None else wired
    reader = from_spikeinterface(wired)
    contacts = reader.channel_contacts()
    ids = reader.header["signal_channels"]["id"].tolist()
    height = dict(zip(ids, contacts["y"].tolist(), strict=True))
    locations = wired.get_channel_locations()[:, 1].tolist()
    assert height == dict(zip(map(str, wired.channel_ids), locations, strict=True))
    part = wired.select_channels([wired.channel_ids[2], wired.channel_ids[0]])
    found = from_spikeinterface(part).channel_contacts()
    assert found["y"].tolist() == part.get_channel_locations()[:, 1].tolist()
    assert from_spikeinterface(si.NumpyRecording(DATA, 1000.0)).get_probe() is None


def test_two_probes_are_a_group(recording):
    group = probeinterface.ProbeGroup()
    for number in range(2):
        probe = probeinterface.Probe(ndim=2)
        probe.set_contacts(np.array([[0, 0], [0, 20]]))
        probe.move([500 * number, 0])
        group.add_probe(probe)
    group.set_global_device_channel_indices([0, 1, 2, 3])
    wired = recording.set_probegroup(group)
    reader = from_spikeinterface(recording if wired is None else wired)
    assert len(reader.get_probe().probes) == 2
    assert reader.channel_contacts()["x"].tolist() == [0, 0, 500, 500]
    assert len(set(reader.channel_contacts()["shank"])) == 2


def test_times_of_each_sample_are_said_to_be_left_out(recording):
    recording.set_times(np.linspace(7.0, 10.1, 3000), segment_index=0)
    reader = from_spikeinterface(recording)
    assert reader.get_signal_t_start(0, 0) == 7.0 and reader.get_signal_t_start(0, 1) == 60.0
    assert reader.warnings == [
        "segment 0 has a time for each sample; samples are shown evenly spaced from the first of "
        "them."
    ]


def test_gains_and_units_of_other_quantities(recording):
    recording.set_property("gain_to_uV", np.array([0.5, np.nan, 0.0, 3.0]))
    recording.set_property("physical_unit", np.array(["uV", "", "", "degrees"]))
    reader = from_spikeinterface(recording)
    channels = reader.header["signal_channels"]
    assert channels["gain"].tolist() == [0.5, 1, 1, 3]
    assert channels["offset"].tolist() == [0, 0, 0, 0]
    assert channels["units"].tolist() == ["uV", "", "", "degrees"]
    assert reader.warnings == [
        "2 channels (b ...) have no gain to microvolts; their samples are shown as they are."
    ]


def test_names_and_numbers_as_ids():
    recording = si.NumpyRecording(DATA, 1000.0, channel_ids=[10, 4, 7, 2])
    recording.set_property("channel_name", ["w", "x", "y", "z" * 70])
    reader = from_spikeinterface(recording)
    channels = reader.header["signal_channels"]
    assert channels["id"].tolist() == ["10", "4", "7", "2"]
    assert channels["name"].tolist() == ["w", "x", "y", "z" * 64]
    assert reader.warnings[0].startswith("names and ids are cut to 64 characters, such as 'zzz")
    chunk = reader.get_analogsignal_chunk(i_stop=5, channel_ids=[7, 10])
    assert np.array_equal(chunk, DATA[0][:5, [2, 0]])


@pytest.mark.parametrize("kind", [">i2", "uint16", "float64", "int32"])
def test_types(kind):
    data = (DATA[0] // 4).astype(kind)
    reader = from_spikeinterface(si.NumpyRecording([data], 1000.0))
    check_reader(reader, Expected({(0, 0, 0): data.astype(np.dtype(kind).newbyteorder("="))}))


def test_an_empty_segment():
    recording = si.NumpyRecording([DATA[0], DATA[0][:0]], 1000.0)
    reader = from_spikeinterface(recording)
    assert reader.get_analogsignal_chunk(0, 1).shape == (0, 4)
    assert reader.segment_t_stop(0, 1) == reader.segment_t_start(0, 1)


def test_copies(recording):
    reader = from_spikeinterface(preprocessing.common_reference(recording))
    copy = pickle.loads(pickle.dumps(reader))
    assert np.array_equal(copy.get_analogsignal_chunk(0, 1), reader.get_analogsignal_chunk(0, 1))


@pytest.mark.parametrize("wrong", [None, 3, DATA, si.generate_sorting(durations=[1.0])])
def test_what_is_no_recording(wrong):
    with pytest.raises(OptionError, match="is no SpikeInterface recording"):
        from_spikeinterface(wrong)


def test_errors_are_one_sentence(recording, monkeypatch):
    reader = from_spikeinterface(recording)

    def fail(**_):
        raise RuntimeError("out\nof memory")

    monkeypatch.setattr(recording, "get_traces", fail)
    with pytest.raises(FormatError) as caught:
        reader.get_analogsignal_chunk(i_start=2, i_stop=5)
    assert str(caught.value) == (
        f"{reader.source_name()}: SpikeInterface could not read samples 2 to 5 "
        r"(RuntimeError('out\nof memory'))."
    )
    monkeypatch.setattr(recording, "get_num_samples", fail)
    with pytest.raises(FormatError, match="SpikeInterface could not describe it"):
        from_spikeinterface(recording)
