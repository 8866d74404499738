"""Sessions of Open Ephys recordings: levels, record nodes, experiments, options, finding."""

import json
import pickle
from pathlib import Path

import numpy as np
import pytest

from rawio import FormatError, MissingFileError, OptionError, SeveralRecordingsError
from rawio.finding import find_recordings
from rawio.openephys import OpenEphysBinaryRawIO
from rawio.openephys.folders import OEBIN
from tests.rawio.descriptors import open_below
from tests.rawio.openephys_files import (
    check_stream,
    noise,
    opened,
    signals,
    stream,
    stream_names,
    written,
)
from tests.writers.openephys import (
    Channel,
    Experiment,
    Recording,
    RecordNode,
    TextEvents,
    electrodes,
    write_recording,
    write_session,
)

NODE = "Record Node 101"
STREAM = "Acquisition_Board-100.Rhythm Data"
DATA = f"{NODE}/experiment1/recording2/continuous/{STREAM}"


def session(path, nodes=(101, 102), experiments=((1, 2), (1,)), version="0.6.7"):
    """Write recordings that are told apart by their size and first sample number."""

    def recording(e, r):
        return Recording(streams=[stream(10 + r, first_sample=1000 * e + r, seed=10 * e + r)])

    parts = [
        Experiment(recordings=[recording(e, r) for r in numbers])
        for e, numbers in enumerate(experiments, 1)
    ]
    return write_session(path, version, [RecordNode(id=n, experiments=parts) for n in nodes])


@pytest.mark.parametrize(
    ("level", "nodes", "segments"),
    [
        ("", [101, 102], [2, 1]),
        (NODE, [101], [2, 1]),
        (f"{NODE}/experiment1", [101], [2]),
        (f"{NODE}/experiment2", [101], [1]),
        (f"{NODE}/experiment1/recording2", [101], [1]),
        (f"{NODE}/experiment1/recording2/{OEBIN}", [101], [1]),
        (DATA, [101], [1]),
        (f"{DATA}/continuous.dat", [101], [1]),
    ],
)
def test_a_session_opens_at_every_level(level, nodes, segments, tmp_path, monkeypatch):
    truth = session(tmp_path)
    monkeypatch.chdir(tmp_path)
    first = truth.recording(2 if "experiment2" in level else 1, 2 if "recording2" in level else 1)
    for reader in (
        opened(tmp_path / level),
        opened(None, dirname=str(tmp_path / level)),
        opened(Path(level)),
    ):
        assert stream_names(reader) == [f"Record Node {n}#{STREAM}" for n in nodes]
        assert reader.header["nb_segment"] == segments
        check_stream(reader, 0, first.streams[0], [0, 1], 0, [0])
        assert reader.source_name() == reader.dirname == reader.filename


def test_experiments_are_blocks_in_the_order_of_their_numbers(tmp_path):
    numbers = (10, 2, 1)
    experiments = [
        Experiment(recordings=[Recording(streams=[stream(n)], number=n)], number=n) for n in numbers
    ]
    write_session(tmp_path, "0.6.7", [RecordNode(experiments=experiments)])
    reader = opened(tmp_path)
    assert [reader.get_signal_size(b, 0) for b in range(3)] == [1, 2, 10]
    assert list(reader.folder_structure[NODE]["experiments"]) == [1, 2, 10]
    for names, sizes in (("experiment2", [2]), (["experiment10", "experiment1"], [1, 10])):
        some = opened(tmp_path, experiment_names=names)
        assert [some.get_signal_size(b, 0) for b in range(some.block_count())] == sizes
    with pytest.raises(OptionError, match=r"experiment3.*experiment1, experiment2, experiment10"):
        opened(tmp_path, experiment_names=["experiment3"])


def test_streams_that_only_some_recordings_have(tmp_path):
    first = Recording(streams=[stream(5), stream(6, stream_name="b")])
    second = Recording(streams=[stream(7, stream_name="b"), stream(8, stream_name="c")])
    experiments = [Experiment(recordings=[first, second]), Experiment(recordings=[second])]
    write_session(tmp_path, "1.0.1", [RecordNode(id=None, experiments=experiments)])
    reader = opened(tmp_path)
    assert [name.split(".")[1] for name in stream_names(reader)] == ["Rhythm Data", "b", "c"]
    sizes = [
        [reader.get_signal_size(b, s, k) for k in range(3)] for b, s in ((0, 0), (0, 1), (1, 0))
    ]
    assert sizes == [[5, 6, 0], [0, 7, 8], [0, 7, 8]]
    assert reader.get_analogsignal_chunk(1, 0, stream_index=0).shape == (0, 2)
    assert not reader.warnings


def test_nodes_that_recorded_different_experiments(tmp_path):
    one, two = (Experiment(recordings=[Recording(streams=[stream(n)])], number=n) for n in (1, 2))
    nodes = [RecordNode(id=101, experiments=[one]), RecordNode(id=102, experiments=[one, two])]
    write_session(tmp_path, "0.6.7", nodes)
    reader = opened(tmp_path)
    sizes = [[reader.get_signal_size(b, 0, k) for k in range(2)] for b in range(2)]
    assert sizes == [[1, 1], [0, 2]]


@pytest.mark.parametrize(
    "change",
    [
        {"rate": 20000.0},
        {"channels": electrodes(3)},
        {"channels": electrodes(2, bit_volts=0.5)},
        {"channels": electrodes(2, prefix="X")},
    ],
)
def test_settings_that_change_make_another_stream(change, tmp_path):
    experiments = [
        Experiment(recordings=[Recording(streams=[stream(5)])]),
        Experiment(recordings=[Recording(streams=[stream(6, **change)])]),
        Experiment(recordings=[Recording(streams=[stream(7)])]),
    ]
    truth = write_session(tmp_path, "0.6.7", [RecordNode(id=None, experiments=experiments)])
    reader = opened(tmp_path)
    assert stream_names(reader) == [STREAM, f"{STREAM} (experiment2)"]
    sizes = [[reader.get_signal_size(b, 0, k) for k in range(2)] for b in range(3)]
    assert sizes == [[5, 0], [0, 6], [7, 0]]
    changed = truth.recording(2, 1).streams[0]
    check_stream(reader, 1, changed, range(changed.raw.shape[1]), 1)
    assert any("another rate or other channels" in w for w in reader.warnings)


def test_folder_structure_is_that_of_neo(tmp_path):
    session(tmp_path)
    structure = opened(tmp_path).folder_structure
    assert list(structure) == [NODE, "Record Node 102"]
    experiments = structure[NODE]["experiments"]
    assert experiments[1]["name"] == "experiment1"
    assert experiments[1]["settings_file"] == tmp_path / NODE / "settings.xml"
    assert experiments[2]["settings_file"] == tmp_path / NODE / "settings_2.xml"
    recordings = experiments[1]["recordings"]
    assert [recordings[k]["name"] for k in (1, 2)] == ["recording1", "recording2"]
    info = recordings[2]["streams"]["continuous"][f"{NODE}#{STREAM}"]
    assert info["sample_rate"] == 30000.0 and len(info["channels"]) == 2


def test_a_folder_made_by_hand(tmp_path):
    """As Open Ephys's own tools make it of other samples: no numbers, no experiment, no events."""
    channels = [{"channel_name": f"CH{k}", "bit_volts": 0.195} for k in (1, 2)]
    entry = {"folder_name": "mine", "stream_name": "mine", "sample_rate": 2e4, "num_channels": 2}
    structure = {"GUI version": "0.6.0", "continuous": [entry | {"channels": channels}]}
    folder = tmp_path / "data" / "continuous" / "mine"
    folder.mkdir(parents=True)
    samples = noise(30)
    samples.tofile(folder / "continuous.dat")
    (tmp_path / "data" / OEBIN).write_text(json.dumps(structure))
    reader = opened(tmp_path / "data")
    ((start, chunk),) = signals(reader)
    assert start == 0.0 and stream_names(reader) == ["mine"]
    np.testing.assert_array_equal(chunk, samples)
    assert reader.header["signal_channels"]["units"].tolist() == ["uV", "uV"]
    assert [f.place.path for f in find_recordings(tmp_path, [OpenEphysBinaryRawIO])] == [
        tmp_path / "data"
    ]


def test_what_is_no_recording(tmp_path):
    with pytest.raises(MissingFileError, match="no such folder"):
        opened(tmp_path / "none")
    (tmp_path / "notes.txt").write_text("a good day")
    for path in (tmp_path, tmp_path / "notes.txt"):
        with pytest.raises(FormatError, match=OEBIN) as caught:
            opened(path)
        assert str(caught.value).startswith(f"{path}: ")
    for name in ("monday", "tuesday"):
        session(tmp_path / name)
    with pytest.raises(SeveralRecordingsError) as several:
        opened(tmp_path)
    assert several.value.names == ["monday", "tuesday"]


@pytest.mark.parametrize("options", [{}, {"filename": "a", "dirname": "b"}])
def test_the_recording_is_named_once(options):
    with pytest.raises(OptionError, match="filename or by dirname"):
        OpenEphysBinaryRawIO(**options)


def test_sessions_are_found_as_one_recording_each(tmp_path, monkeypatch):
    session(tmp_path / "monday")
    session(tmp_path / "lab" / "tuesday", nodes=(None,), version="0.4.6")
    (tmp_path / "lab" / "continuous.dat").write_bytes(bytes(100))
    found = find_recordings(tmp_path, [OpenEphysBinaryRawIO])
    assert [entry.name for entry in found] == ["lab/tuesday", "monday"]
    assert [entry.place.path for entry in found] == [tmp_path / entry.name for entry in found]
    assert [opened(f.place.path).block_count() for f in found] == [2, 2]
    monkeypatch.chdir(tmp_path)
    (entry,) = find_recordings("monday", [OpenEphysBinaryRawIO])
    assert entry.place.path == Path("monday")


def test_a_folder_inside_a_session_opens_as_what_is_in_it(tmp_path):
    session(tmp_path)
    for level in (NODE, f"{NODE}/experiment1", f"{NODE}/experiment1/recording2"):
        (entry,) = find_recordings(tmp_path / level, [OpenEphysBinaryRawIO])
        assert entry.place.path == tmp_path / level
    (entry,) = find_recordings(tmp_path, [OpenEphysBinaryRawIO])
    assert entry.place.path == tmp_path


def test_files_are_recognised_by_what_is_in_them_and_above(tmp_path):
    session(tmp_path / "s")
    recording = tmp_path / "s" / NODE / "experiment1" / "recording2"
    recognises = OpenEphysBinaryRawIO.recognises
    assert recognises(recording / OEBIN, b"\xef\xbb\xbf\r\n{ ")
    assert not recognises(recording / OEBIN, b"not JSON")
    assert not recognises(recording / "sync_messages.txt", b"{")
    assert recognises(tmp_path / "s" / DATA / "continuous.dat", b"\0\0")
    (tmp_path / "s" / "continuous.dat").write_bytes(b"\0\0")
    assert not recognises(tmp_path / "s" / "continuous.dat", b"\0\0")
    assert OpenEphysBinaryRawIO.recording_of(tmp_path / "s" / "continuous.dat") is None


def test_nothing_is_read_before_parse_header_and_a_reader_can_be_pickled(tmp_path, monkeypatch):
    OpenEphysBinaryRawIO(tmp_path / "none")
    truth = session(tmp_path / "s")
    monkeypatch.chdir(tmp_path)
    reader = opened("s")
    monkeypatch.chdir("/")
    again = pickle.loads(pickle.dumps(reader))
    check_stream(again, 1, truth.recording(1, 2, "Record Node 102").streams[0], [0, 1], 0, [1])
    check_stream(reader, 1, truth.recording(1, 2, "Record Node 102").streams[0], [0, 1], 0, [1])


@pytest.mark.usefixtures("three_open_files")
def test_files_are_closed_again(tmp_path):
    n = 8
    recordings = [Recording(streams=[stream(3, seed=k)]) for k in range(n)]
    truth = write_session(
        tmp_path, "0.6.7", [RecordNode(experiments=[Experiment(recordings=recordings)])]
    )
    reader = opened(tmp_path)
    assert reader.segment_count(0) == n
    for _ in range(2):
        for k in range(n):
            chunk = reader.get_analogsignal_chunk(0, k)
            np.testing.assert_array_equal(chunk, truth.recordings[k].streams[0].raw)
    assert open_below(tmp_path) == ["continuous.dat"] * 3


def test_few_warnings_of_a_kind(tmp_path):
    recordings = [
        Recording(streams=[stream(3, omit=("sample_numbers.npy",))], sync_messages=False)
        for _ in range(30)
    ]
    write_session(tmp_path, "0.6.7", [RecordNode(experiments=[Experiment(recordings=recordings)])])
    warnings = opened(tmp_path).warnings
    assert len(warnings) == 9
    assert warnings[-1].startswith("22 more warnings are like")


def test_long_names_are_cut_but_ids_stay_apart(tmp_path):
    long = "x" * 100
    channels = [Channel(f"{long}{k}") for k in range(3)]
    events = [
        TextEvents(messages=["a"], sample_numbers=np.int64([1]), name=long, folder=f"{long}{k}")
        for k in range(2)
    ]
    reader, truth = written(tmp_path, streams=[stream(5, channels=channels)], events=events)
    ids = reader.header["signal_channels"]["id"].tolist()
    assert len(set(ids)) == 3
    np.testing.assert_array_equal(
        reader.get_analogsignal_chunk(channel_ids=ids), truth.streams[0].raw
    )
    assert len(set(reader.header["event_channels"]["id"].tolist())) == 2


def test_write_recording_without_a_node_has_no_prefix(tmp_path):
    write_recording(tmp_path, "0.4.6", node=None, streams=[stream(3, processor="Rhythm FPGA")])
    assert stream_names(opened(tmp_path)) == ["Rhythm_FPGA-100.0"]
