"""The writer of Open Ephys folders, held against hand-unpacked bytes."""

import json
import struct

import numpy as np
import pytest

from tests.writers.openephys import (
    BinaryEvents,
    Channel,
    Electrode,
    Experiment,
    Recording,
    RecordNode,
    SpikeGroup,
    Stream,
    TextEvents,
    TtlEvents,
    adc,
    aux,
    crash,
    electrodes,
    numbers_with_gaps,
    probe_channels,
    write_recording,
    write_session,
)
from tests.writers.openephys_example import example

VERSIONS = ("0.4.6", "0.5.3.1", "0.6.7", "1.0.1")
OLD = VERSIONS[:2]


def small(n=5, n_channels=2, **more):
    samples = np.arange(n * n_channels, dtype=np.int16).reshape(n, n_channels) - 3
    return Stream(channels=electrodes(n_channels), samples=samples, **more)


def oebin(truth):
    return json.loads((truth.path / "structure.oebin").read_bytes())


def files_below(path):
    return {str(f.relative_to(path).as_posix()) for f in path.rglob("*") if f.is_file()}


def records(path, dtype, n):
    """Return the records of a .npy file, found through the length in its bytes 8 and 9."""
    data = path.read_bytes()
    assert data[:8] == b"\x93NUMPY\x01\x00"
    (length,) = struct.unpack_from("<H", data, 8)
    assert (10 + length) % 64 == 0
    assert data[9 + length : 10 + length] == b"\n"
    return np.frombuffer(data, dtype, n, 10 + length)


@pytest.mark.parametrize(
    ("version", "folders"),
    [
        ("0.4.6", ["Rhythm_FPGA-100.0/", "Rhythm_FPGA-100.1/", "Bandpass_Filter-103_100.0/"]),
        ("0.5.3.1", ["Rhythm_FPGA-100.0/", "Rhythm_FPGA-100.1/", "Rhythm_FPGA-100.0/"]),
        ("0.6.7", ["Rhythm_FPGA-100.a b/", "Rhythm_FPGA-100.c/", "Rhythm_FPGA-100.d/"]),
    ],
)
def test_folders_of_streams(version, folders, tmp_path):
    same = {"processor": "Rhythm FPGA"}
    streams = [
        small(**same, stream_name="a b"),
        small(**same, stream_name="c", sub_idx=1),
        small(**same, stream_name="d", recorded_processor="Bandpass Filter", recorded_id=103),
    ]
    truth = write_recording(tmp_path, version, streams=streams)
    assert [entry["folder_name"] for entry in oebin(truth)["continuous"]] == folders
    assert [stream.folder + "/" for stream in truth.streams] == folders
    assert all((truth.path / "continuous" / folder).is_dir() for folder in folders)


@pytest.mark.parametrize(
    ("version", "files"),
    [
        ("0.4.6", {"timestamps.npy"}),
        ("0.5.3.1", {"timestamps.npy", "synchronized_timestamps.npy"}),
        ("0.6.7", {"sample_numbers.npy", "timestamps.npy"}),
        ("1.0.1", {"sample_numbers.npy", "timestamps.npy"}),
    ],
)
def test_files_of_a_stream(version, files, tmp_path):
    stream = small(5, 2, first_sample=90, rate=1000.0, seconds=np.arange(5) + 0.5)
    truth = write_recording(tmp_path, version, streams=[stream])
    path = truth.streams[0].path
    assert files_below(path) == files | {"continuous.dat"}
    assert (path / "continuous.dat").read_bytes() == struct.pack("<10h", *range(-3, 7))
    names = {"0.4.6": "timestamps", "0.5.3.1": "timestamps"}
    numbers = records(path / f"{names.get(version, 'sample_numbers')}.npy", "<i8", 5)
    assert numbers.tolist() == [90, 91, 92, 93, 94]
    if version != "0.4.6":
        name = "synchronized_timestamps" if version in OLD else "timestamps"
        assert records(path / f"{name}.npy", "<f8", 5).tolist() == [0.5, 1.5, 2.5, 3.5, 4.5]
        np.testing.assert_array_equal(truth.streams[0].seconds, np.arange(5) + 0.5)
    assert truth.streams[0].t_start == 0.09


def test_seconds_nobody_gave(tmp_path):
    old = write_recording(tmp_path / "a", "0.5.3.1", streams=[small()]).streams[0]
    assert old.seconds is None
    assert len(np.load(old.path / "synchronized_timestamps.npy")) == 0
    stream = small(first_sample=300, rate=100.0)
    new = write_recording(tmp_path / "b", "0.6.7", streams=[stream]).streams[0]
    np.testing.assert_allclose(np.load(new.path / "timestamps.npy"), 3 + np.arange(5) / 100)


@pytest.mark.parametrize("version", VERSIONS)
def test_lost_samples_are_rows_of_zeros_before_0_6(version, tmp_path):
    numbers = np.int64([7, 8, 11, 12])
    stream = small(4, 1, sample_numbers=numbers, rate=10.0)
    truth = write_recording(tmp_path, version, streams=[stream]).streams[0]
    rows = struct.iter_unpack("<h", (truth.path / "continuous.dat").read_bytes())
    rows = [row for (row,) in rows]
    assert rows == ([-3, -2, 0, 0, -1, 0] if version in OLD else [-3, -2, -1, 0])
    name = "timestamps" if version in OLD else "sample_numbers"
    assert records(truth.path / f"{name}.npy", "<i8", 4).tolist() == numbers.tolist()
    assert truth.raw[:, 0].tolist() == rows
    assert truth.row_numbers.tolist() == (list(range(7, 13)) if version in OLD else [7, 8, 11, 12])
    assert truth.missing == ([(2, 4)] if version in OLD else [])
    assert truth.runs == ([(0, 6)] if version in OLD else [(0, 2), (2, 4)])


def test_more_or_fewer_rows_than_numbers(tmp_path):
    streams = [
        small(5, 1, sample_numbers=np.int64([3, 4, 5]), trailing_zeros=2, stream_name="more"),
        small(2, 1, sample_numbers=np.int64([3, 4, 5]), stream_name="fewer"),
        small(0, 1, trailing_zeros=3, first_sample=8, stream_name="zeros"),
        small(2, 1, sample_numbers=np.int64([5, 7]), zero_fill=True, stream_name="filled"),
    ]
    more, fewer, zeros, filled = write_recording(tmp_path, "0.6.7", streams=streams).streams
    assert more.raw[:, 0].tolist() == [-3, -2, -1, 0, 1, 0, 0]
    assert more.row_numbers.tolist() == [3, 4, 5, 6, 7, 8, 9]
    assert more.missing == [(5, 7)]
    assert (more.path / "continuous.dat").stat().st_size == 14
    assert len(np.load(more.path / "sample_numbers.npy")) == 3
    assert fewer.row_numbers.tolist() == [3, 4]
    assert len(np.load(fewer.path / "sample_numbers.npy")) == 3
    assert (zeros.row_numbers.tolist(), zeros.t_start) == ([8, 9, 10], 8 / 30000)
    assert filled.raw[:, 0].tolist() == [-3, 0, -2]
    back = small(3, sample_numbers=np.int64([5, 6, 2]))
    with pytest.raises(ValueError, match="zero_fill=False"):
        write_recording(tmp_path / "b", "0.5.3.1", streams=[back])


def test_gaps_and_runs(tmp_path):
    numbers = numbers_with_gaps(6, 10, {2: 5, 4: -8})
    assert numbers.tolist() == [10, 11, 17, 18, 11, 12]
    stream = write_recording(
        tmp_path, "0.6.7", streams=[small(6, sample_numbers=numbers), small(0)]
    ).streams
    assert stream[0].runs == [(0, 2), (2, 4), (4, 6)]
    assert stream[1].runs == []
    assert stream[1].t_start == 0.0
    assert numbers_with_gaps(0).tolist() == []


@pytest.mark.parametrize(
    ("version", "gains"),
    [
        ("0.4.6", [0.19499999284744263, 0.03739999979734421, 0.000152587890625]),
        ("0.6.7", [0.19499999284744263, 0.03739999979734421, 0.000152587890625]),
        ("1.0.1", [0.1949999928, 0.0373999998, 0.0001525879]),
    ],
)
def test_gains_and_units_as_they_stand_in_the_file(version, gains, tmp_path):
    channels = [*electrodes(1, units=""), *aux(1), *adc(1)]
    stream = Stream(channels=channels, samples=np.int16([[1000, -2, 32767]]))
    truth = write_recording(tmp_path, version, streams=[stream])
    entries = oebin(truth)["continuous"][0]["channels"]
    assert [entry["bit_volts"] for entry in entries] == gains == truth.streams[0].gains
    assert [entry["units"] for entry in entries] == ["", "mV", "V"]
    assert truth.streams[0].units == ["uV", "mV", "V"]
    expected = [[1000 * gains[0], -2 * gains[1], 32767 * gains[2]]]
    np.testing.assert_array_equal(truth.streams[0].physical(), expected)
    exact = Stream(channels=[Channel("a", 0.05, as_float32=False)], samples=np.zeros((1, 1)))
    assert write_recording(tmp_path / "e", version, streams=[exact]).streams[0].gains == [0.05]


def test_entry_of_a_stream_by_version(tmp_path):
    keys = {}
    for version in VERSIONS:
        stream = small(stream_name="d", sub_idx=3, rate=2500.0)
        truth = write_recording(tmp_path / version, version, streams=[stream])
        assert oebin(truth)["GUI version"] == version
        (entry,) = oebin(truth)["continuous"]
        assert entry["num_channels"] == len(entry["channels"]) == 2
        assert entry["sample_rate"] == 2500
        assert isinstance(entry["sample_rate"], int) == (version in OLD)
        keys[version] = set(entry), set(entry["channels"][1])
    assert "source_processor_sub_idx" in keys["0.5.3.1"][0]
    assert "stream_name" not in keys["0.5.3.1"][0]
    assert "recorded_processor_index" in keys["0.4.6"][1]
    assert "stream_name" in keys["0.6.7"][0]
    assert keys["1.0.1"][1] - keys["0.6.7"][1] == {"type"}


def test_text_of_sync_messages(tmp_path):
    streams = [
        small(first_sample=40091, rate=40000.0),
        small(0, stream_name="x", sub_idx=1, rate=30300.5),
    ]
    old = write_recording(tmp_path / "a", "0.5.3.1", streams=streams, software_time=4816)
    assert (old.path / "sync_messages.txt").read_bytes() == (
        b"Software time: 4816@1000000Hz\r\n"
        b"Processor: Acquisition Board Id: 100 subProcessor: 0 start time: 40091@40000Hz\r\n"
        b"Processor: Acquisition Board Id: 100 subProcessor: 1 start time: 0@30300.5Hz\r\n"
    )
    new = write_recording(tmp_path / "b", "0.6.7", streams=streams, software_time=17436)
    assert (new.path / "sync_messages.txt").read_bytes() == (
        b"Software Time (milliseconds since midnight Jan 1st 1970 UTC): 17436\r\n"
        b"Start Time for Acquisition Board (100) - Rhythm Data @ 40000 Hz: 40091\r\n"
        b"Start Time for Acquisition Board (100) - x @ 30300.5 Hz: 0\r\n"
    )


STATES = np.int16([1, 9, -1, -9])
WORDS = [0x0003, 0x0103, 0x0102, 0x0002]  # line 2 is up from the beginning


@pytest.mark.parametrize("version", VERSIONS)
def test_ttl_events(version, tmp_path):
    ticks = np.int64([100, 101, 160, 170])
    lines = TtlEvents(states=STATES, sample_numbers=ticks, n_lines=16, initial_state=2)
    other = TtlEvents(states=STATES[:1], sample_numbers=ticks[:1])
    truth = write_recording(tmp_path, version, events=[lines, other])
    source = "Acquisition_Board-100.0" if version in OLD else "Acquisition_Board-100.Rhythm Data"
    ends = ["TTL_1", "TTL_2"] if version in OLD else ["TTL", "TTL_1"]
    assert [e["folder_name"] for e in oebin(truth)["events"]] == [f"{source}/{e}/" for e in ends]
    event = truth.events[0]
    if version in OLD:
        names = {"channel_states.npy", "timestamps.npy", "channels.npy", "full_words.npy"}
        assert records(event.path / "timestamps.npy", "<i8", 4).tolist() == ticks.tolist()
        assert records(event.path / "channels.npy", "<u2", 4).tolist() == [1, 9, 1, 9]
        words = records(event.path / "full_words.npy", "u1", 8)
        assert words.tobytes() == struct.pack("<4H", *WORDS)
        assert np.load(event.path / "full_words.npy").shape == (4, 2)
        assert np.load(truth.events[1].path / "full_words.npy").shape == (1,)
    else:
        names = {"states.npy", "sample_numbers.npy", "timestamps.npy", "full_words.npy"}
        assert records(event.path / "sample_numbers.npy", "<i8", 4).tolist() == ticks.tolist()
        assert records(event.path / "full_words.npy", "<u8", 4).tolist() == WORDS
        np.testing.assert_array_equal(np.load(event.path / "timestamps.npy"), ticks / 30000)
        assert oebin(truth)["events"][0]["initial_state"] == 2
    assert files_below(event.path) == names
    states = records(event.path / f"{'channel_' * (version in OLD)}states.npy", "<i2", 4)
    assert states.tolist() == STATES.tolist() == event.states.tolist()
    assert event.words.tolist() == WORDS


@pytest.mark.parametrize("version", VERSIONS)
def test_messages(version, tmp_path):
    texts = TextEvents(messages=["a\u00b5", b"\xff"], sample_numbers=np.int64([5, 6]), length=6)
    truth = write_recording(tmp_path, version, events=[texts])
    folder = "Message_Center-904.0/TEXT_group_1" if version in OLD else "MessageCenter"
    assert truth.events[0].folder == folder
    assert truth.events[0].messages == ["a\u00b5", "\ufffd"]
    data = records(truth.events[0].path / "text.npy", "u1", 14).tobytes()
    assert data == b"a\xc2\xb5".ljust(7, b"\0") + b"\xff".ljust(7, b"\0")
    with pytest.raises(ValueError, match="longer"):
        too_long = TextEvents(messages=["1234567"], sample_numbers=np.int64([5]), length=6)
        write_recording(tmp_path / "b", version, events=[too_long])


def test_binary_events_and_metadata(tmp_path):
    metadata = np.array([(1, (2, 3)), (4, (5, 6))], [("a", "<i4"), ("b", "<u2", (2,))])
    data = np.float32([[0.5, 1.5, 2.5], [3, 4, 5]])
    event = BinaryEvents(data=data, sample_numbers=np.int64([7, 8]), metadata=metadata)
    old = write_recording(tmp_path / "a", "0.5.3.1", events=[event])
    path = old.events[0].path
    assert old.events[0].folder == "Acquisition_Board-100.0/BINARY_group_1"
    assert records(path / "data_array.npy", "<f4", 6).tolist() == [0.5, 1.5, 2.5, 3, 4, 5]
    assert records(path / "metadata.npy", "u1", 16).tobytes() == struct.pack(
        "<iHHiHH", 1, 2, 3, 4, 5, 6
    )
    (entry,) = oebin(old)["events"]
    assert (entry["type"], entry["event_metadata"][1]["length"]) == ("float", 2)
    new = write_recording(tmp_path / "b", "0.6.7", events=[event])
    folder = new.path / "events" / "Acquisition_Board-100.Rhythm Data"
    names = {f"BINARY_group{n}.npy" for n in ("data_array", "sample_numbers", "timestamps")}
    assert files_below(folder) == names
    assert all(len(file.read_bytes()) == 128 for file in folder.iterdir())


def two_electrodes():
    waves = np.arange(3 * 40, dtype=np.int16).reshape(3, 1, 40)
    return [
        Electrode(
            name="E1",
            waveforms=waves,
            sample_numbers=np.int64([10, 30, 50]),
            clusters=np.uint16([1, 0, 2]),
        ),
        Electrode(name="E2", waveforms=waves[:2] - 500, sample_numbers=np.int64([20, 40])),
    ]


@pytest.mark.parametrize(("version", "numbers"), [("0.4.6", [0, 2]), ("0.5.3.1", [1, 2])])
def test_spikes_before_0_6_share_a_folder(version, numbers, tmp_path):
    group = SpikeGroup(electrodes=two_electrodes(), index=3)
    truth = write_recording(tmp_path, version, spikes=[group])
    path = truth.path / "spikes" / "Spike_Detector-104.0" / "spike_group_3"
    first, second = numbers
    indices = records(path / "spike_electrode_indices.npy", "<u2", 5).tolist()
    assert indices == [first, second, first, second, first]
    assert records(path / "spike_times.npy", "<i8", 5).tolist() == [10, 20, 30, 40, 50]
    assert records(path / "spike_clusters.npy", "<u2", 5).tolist() == [1, 0, 0, 0, 2]
    assert np.load(path / "spike_waveforms.npy").shape == (5, 40)
    waves = records(path / "spike_waveforms.npy", "<i2", 200).reshape(5, 40)
    assert waves[:, 0].tolist() == [0, -500, 40, -460, 80]
    assert [(s.name, s.index) for s in truth.spikes] == [("E1", first), ("E2", second)]
    (entry,) = oebin(truth)["spikes"]
    assert (entry["num_channels"], entry["pre_peak_samples"], entry["post_peak_samples"]) == (
        (2, 8, 32)
    )


@pytest.mark.parametrize("version", VERSIONS[2:])
def test_spikes_since_0_6_have_a_folder_each(version, tmp_path):
    waves = np.arange(3 * 2 * 40, dtype=np.int16).reshape(3, 2, 40)
    pair = Electrode(
        name="Stereotrode 1",
        waveforms=waves,
        sample_numbers=np.int64([9, 8, 7]),
        source_channels=(2, 3),
        channel_names=("CH3", "CH4"),
    )
    groups = [SpikeGroup(electrodes=two_electrodes()), SpikeGroup(electrodes=[pair])]
    truth = write_recording(tmp_path, version, spikes=groups)
    path = truth.path / "spikes" / "Spike_Detector-104.Rhythm Data" / "Stereotrode 1"
    assert path == truth.spikes[2].path
    assert np.load(path / "waveforms.npy").shape == (3, 2, 40)
    assert records(path / "waveforms.npy", "<i2", 240).tolist() == list(range(240))
    assert records(path / "sample_numbers.npy", "<i8", 3).tolist() == [9, 8, 7]
    np.testing.assert_array_equal(np.load(path / "timestamps.npy"), np.array([9, 8, 7]) / 3e4)
    assert records(path / "electrode_indices.npy", "<u2", 3).tolist() == [2, 2, 2]
    assert records(path / "clusters.npy", "<u2", 3).tolist() == [0, 0, 0]
    entry = oebin(truth)["spikes"][2]
    assert entry["folder"] == "Spike_Detector-104.Rhythm Data/Stereotrode 1/"
    assert [s["local_index"] for s in entry["source_channels"]] == [2, 3]
    assert entry["source_channels"][0]["bit_volts"] == truth.spikes[2].gain


def test_a_crash_leaves_headers_behind(tmp_path):
    stream = write_recording(tmp_path, "0.6.7", streams=[small()]).streams[0]
    crash(tmp_path)
    assert np.load(stream.path / "sample_numbers.npy").shape == (0,)
    assert records(stream.path / "sample_numbers.npy", "<i8", 5).tolist() == [0, 1, 2, 3, 4]


def test_folders_of_a_session(tmp_path):
    nodes = [
        RecordNode(
            id=node,
            experiments=[
                Experiment(recordings=[Recording(streams=[small()])] * 2),
                Experiment(recordings=[Recording(number=7)], number=3, settings=False),
                Experiment(recordings=[Recording()], number=10, settings="<SETTINGS/>"),
            ],
        )
        for node in (101, 102)
    ]
    truth = write_session(tmp_path, "0.6.7", nodes)
    assert len(truth.recordings) == 8
    second = truth.recording(1, 2, "Record Node 102")
    assert second.path == tmp_path / "Record Node 102" / "experiment1" / "recording2"
    assert truth.recording(3, 7).path.is_dir()
    assert files_below(tmp_path) >= {
        f"Record Node {n}/{name}"
        for n in (101, 102)
        for name in ("settings.xml", "settings_10.xml")
    }
    assert not (tmp_path / "Record Node 101" / "settings_3.xml").exists()
    bare = write_recording(tmp_path / "b", "0.4.6", node=None, streams=[small()])
    assert bare.path == tmp_path / "b" / "experiment1" / "recording1"


def test_damage(tmp_path):
    streams = [
        small(stream_name="kept", omit=("timestamps.npy",), more={"sample_rate": None}),
        small(stream_name="gone", on_disk=False),
        small(stream_name="unknown", in_oebin=False),
    ]
    lines = TtlEvents(states=STATES, sample_numbers=np.arange(4), on_disk=False)
    truth = write_recording(tmp_path, "0.6.7", streams=streams, events=[lines])
    assert [stream.name for stream in truth.streams] == ["kept"]
    assert truth.events == []
    entries = oebin(truth)["continuous"]
    assert [entry["stream_name"] for entry in entries] == ["kept", "gone"]
    assert "sample_rate" not in entries[0]
    assert len(oebin(truth)["events"]) == 1
    assert files_below(truth.path / "continuous") == {
        "Acquisition_Board-100.kept/continuous.dat",
        "Acquisition_Board-100.kept/sample_numbers.npy",
        "Acquisition_Board-100.unknown/continuous.dat",
        "Acquisition_Board-100.unknown/sample_numbers.npy",
        "Acquisition_Board-100.unknown/timestamps.npy",
    }
    odd = write_recording(tmp_path / "o", "0.6.7", oebin=b"{", sync_messages=False)
    assert files_below(odd.path) == {"structure.oebin"}
    bad = Stream(channels=electrodes(3), samples=np.zeros((4, 2), np.int16))
    with pytest.raises(ValueError, match="channels"):
        write_recording(tmp_path / "c", "1.0.1", streams=[bad])


def test_probe_channels_tell_their_electrodes(tmp_path):
    channels = probe_channels([5, 900], sync=True)
    assert [channel.name for channel in channels] == ["CH0", "CH1", "CH_SYNC"]
    stream = Stream(channels=channels, samples=np.zeros((1, 3), np.int16))
    entries = oebin(write_recording(tmp_path, "1.0.1", streams=[stream]))["continuous"][0]
    values = [c.get("channel_metadata", [{}])[0].get("value") for c in entries["channels"]]
    assert values == [[5], [900], None]


def test_the_same_seed_makes_the_same_bytes(tmp_path):
    for name in "ab":
        example(tmp_path / name, "1.0.1", seed=5, n_experiments=1)
    first, second = files_below(tmp_path / "a"), files_below(tmp_path / "b")
    assert first == second
    assert all(
        (tmp_path / "a" / f).read_bytes() == (tmp_path / "b" / f).read_bytes() for f in first
    )
