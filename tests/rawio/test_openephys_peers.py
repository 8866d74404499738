"""The Open Ephys reader held against neo 0.14.6, SpikeInterface and the checks of the house.

neo is asked only for what it reads right. It knows no spikes and no gaps, calls TTL lines events
though it gives them durations, keeps one event channel of a source, takes times of events since
0.6 from another clock than those of signals, divides those of older TTL lines by the rate twice,
and puts stream 11 before stream 2.
"""

import warnings

import numpy as np
import pytest
from neo.rawio import OpenEphysBinaryRawIO as NeoReader

from rawio.openephys import OpenEphysBinaryRawIO
from rawio.testing import Expected, check_reader
from tests.rawio.neo_compliance import SPIKE_TIMES, complies
from tests.rawio.openephys_files import VERSIONS, opened, stream, stream_names
from tests.writers.openephys import (
    Experiment,
    Probe,
    Recording,
    RecordNode,
    TextEvents,
    TtlEvents,
    adc,
    aux,
    electrodes,
    probe_channels,
    settings_xml,
    write_recording,
    write_session,
)
from tests.writers.openephys_example import example


@pytest.fixture(scope="module")
def real(recordings):
    return recordings / "openephys"


def neo_of(path):
    reader = NeoReader(str(path))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        reader.parse_header()
    return reader


def agree(ours, theirs):
    """Hold streams, channels, samples and times of signals against neo's."""
    for table in ("signal_streams", "signal_buffers", "signal_channels"):
        names = list(theirs.header[table].dtype.names)
        mine, other = (r.header[table][names].tolist() for r in (ours, theirs))
        assert sorted(mine) == sorted(other) and (table == "signal_streams" or mine == other)
    ids = ours.header["signal_streams"]["id"].tolist()
    places = [
        (k, theirs.header["signal_streams"]["id"].tolist().index(i)) for k, i in enumerate(ids)
    ]
    n_sources = len(theirs.header["signal_buffers"])
    for block in range(theirs.block_count()):
        assert ours.segment_count(block) == theirs.segment_count(block)
        for segment in range(theirs.segment_count(block)):
            for k, neo_k in places:
                np.testing.assert_array_equal(
                    ours.get_analogsignal_chunk(block, segment, stream_index=k),
                    theirs.get_analogsignal_chunk(block, segment, stream_index=neo_k),
                )
                if k == neo_k < n_sources:  # those of others neo takes from the wrong stream
                    start = theirs.get_signal_t_start(block, segment, k)
                    assert ours.get_signal_t_start(block, segment, k) == start


def session(path, version, nodes):
    """Write a session without gaps, with events of one clock."""

    def recording(r):
        first = 4000 + 10_000 * r
        return Recording(
            streams=[
                stream(900 + r, channels=electrodes(3) + aux(2) + adc(2), first_sample=first),
                stream(
                    700, channels=probe_channels(range(4), sync=True), stream_name="AP", sub_idx=1,
                    first_sample=first,
                ),
                stream(70, 2, stream_name="LFP", sub_idx=2, rate=2500.0, first_sample=first // 12),
            ],
            events=[
                TtlEvents(
                    states=np.int16([1, 2, -1, -2, 1, -1]),
                    sample_numbers=first + np.arange(6) * 30,
                ),
                TextEvents(messages=["one", "two"], sample_numbers=first + np.int64([3, 60])),
            ],
        )  # fmt: skip

    experiments = [Experiment(recordings=[recording(r) for r in range(2)]) for _ in range(2)]
    return write_session(path, version, [RecordNode(id=n, experiments=experiments) for n in nodes])


@pytest.mark.parametrize(
    ("version", "nodes"),
    [("0.4.6", (None,)), ("0.5.3.1", (101,)), ("0.6.7", (101, 105)), ("1.0.1", (101,))],
)
def test_neo_agrees(version, nodes, tmp_path):
    session(tmp_path, version, nodes)
    ours, theirs = opened(tmp_path), neo_of(tmp_path)
    assert ours.warnings == []
    agree(ours, theirs)
    names = theirs.header["event_channels"]["name"].tolist()
    assert ours.header["event_channels"]["name"].tolist() == names
    for block, segment in ((0, 0), (1, 1)):
        for k, name in enumerate(names):
            mine, other = (r.get_event_timestamps(block, segment, k) for r in (ours, theirs))
            assert mine[2].tolist() == other[2].tolist()
            if name == "TTL events" and version < "0.6":
                continue
            for a, b in zip(mine[:2], other[:2], strict=True):
                if b is not None:
                    seconds = [
                        r.rescale_epoch_duration(x, "float64", k)
                        for r, x in ((ours, a), (theirs, b))
                    ]
                    np.testing.assert_allclose(*seconds, rtol=1e-9)
    complies(ours)


@pytest.mark.parametrize("version", VERSIONS)
def test_the_checks_of_the_house_and_of_neo(version, tmp_path):
    node = None if version == "0.4.6" else 101
    truth = example(tmp_path, version, node_ids=(node,), n_experiments=1, n_samples=400)
    reader = OpenEphysBinaryRawIO(tmp_path)
    check_reader(reader)
    complies(reader, without=[SPIKE_TIMES])
    first = truth.recording(1, 1)
    channels = reader.header["event_channels"]["name"].tolist()
    texts = next(e for e in first.events if e.name == "Messages")
    expected = Expected(
        events={
            (0, 0, channels.index("Messages")): (texts.sample_numbers[:2], None, texts.messages[:2])
        }
    )
    check_reader(OpenEphysBinaryRawIO(tmp_path), expected)


def test_the_real_recording(real):
    reader = opened(real)
    assert reader.header["nb_segment"] == [1]
    assert stream_names(reader) == ["Record Node 100#data_stream_16ch_hippocampus"]
    channels = reader.header["signal_channels"]
    assert channels["name"].tolist() == [f"CH{k}" for k in range(16)]
    assert set(channels["gain"].tolist()) == {0.05} and set(channels["units"]) == {"uV"}
    assert reader.get_signal_sampling_rate() == 40_000.0
    assert reader.get_signal_size(0, 0) == 66_438
    (data,) = real.rglob("continuous.dat")
    raw = np.fromfile(data, "<i2").reshape(-1, 16)
    np.testing.assert_array_equal(reader.get_analogsignal_chunk(), raw)
    (numbers,) = real.rglob("timestamps.npy")
    first = int(np.load(numbers, mmap_mode="r")[0])
    assert reader.get_signal_t_start(0, 0) == first / 40_000
    assert reader.segment_t_stop(0, 0) == (first + 66_438) / 40_000
    assert reader.warnings == []
    agree(reader, neo_of(real))
    complies(reader)
    check_reader(OpenEphysBinaryRawIO(real), Expected(signals={(0, 0, 0): raw}))


def test_spikeinterface_reads_through_ours(tmp_path, monkeypatch):
    extractors = pytest.importorskip("spikeinterface.extractors.neoextractors.openephys")
    monkeypatch.setattr("neo.rawio.OpenEphysBinaryRawIO", OpenEphysBinaryRawIO)
    probe = Probe(electrodes=range(8))
    channels = probe_channels(range(8), sync=True)
    parts = {"processor": "Neuropix-PXI", "channels": channels}
    streams = [stream(50, stream_name="ProbeA-AP", first_sample=60, **parts)]
    lines = TtlEvents(states=np.int16([1, -1]), sample_numbers=np.int64([70, 80]), name="lines")
    truth = write_recording(
        tmp_path, "0.6.7", streams=streams, events=[lines], settings=settings_xml("0.6.7", [probe])
    )
    recording = extractors.OpenEphysBinaryRecordingExtractor(tmp_path)
    assert isinstance(recording.neo_reader, OpenEphysBinaryRawIO)
    np.testing.assert_array_equal(recording.get_traces(), truth.streams[0].raw[:, :8])
    assert recording.get_probe().get_contact_count() == 8
    assert recording.get_time_info()["t_start"] == 60 / 30000
    events = extractors.OpenEphysBinaryEventExtractor(tmp_path)
    assert events.get_event_times("lines").tolist() == [70 / 30000]


# -- probes --------------------------------------------------------------------------------------

FIRST_X = 11  # of a 1.0: probeinterface counts from the first column, the GUI from the shank's edge


def probed(path, version, probes, streams, **more):
    text = settings_xml(version, probes, **more)
    write_recording(path, version, node=None, streams=streams, settings=text)
    return opened(path)


def probe_stream(name, sub_idx=0, n=8, **more):
    more = {"channels": probe_channels(range(n)), "processor": "Neuropix-PXI"} | more
    return stream(5, stream_name=name, sub_idx=sub_idx, **more)


@pytest.mark.parametrize("version", ["0.5.5.4", "0.6.7", "1.0.1"])
@pytest.mark.parametrize("sync", [None, True, False])
def test_contacts_of_two_probes(version, sync, tmp_path):
    pytest.importorskip("probeinterface")
    probes = [Probe(electrodes=range(8)), Probe(name="ProbeB", electrodes=range(384, 392))]
    names = ["ProbeA-AP", "ProbeA-LFP", "ProbeB-AP", "ProbeB-LFP"]
    streams = [
        probe_stream(name, k, channels=probe_channels(range(8), sync="AP" in name))
        for k, name in enumerate(names)
    ]
    streams.append(
        stream(5, stream_name="board", sub_idx=9, processor="NI-DAQmx", processor_id=120)
    )
    text = settings_xml(version, probes)
    write_recording(tmp_path, version, node=None, streams=streams, settings=text)
    reader = opened(tmp_path, load_sync_channel=sync)
    for k, name in enumerate(stream_names(reader)):
        contacts = reader.channel_contacts(k)
        if "NI-DAQmx" in name or name.endswith("SYNC"):
            assert contacts is None
            continue
        which = "ProbeB" in name or name.endswith((".2", ".3"))
        expected = np.array(probes[which].positions) - [FIRST_X, 0]
        known = contacts[contacts["known"]]
        np.testing.assert_array_equal(known["x"], expected[:, 0])
        np.testing.assert_array_equal(known["y"], expected[:, 1])
        assert len(contacts) == 8 + ("AP" in name or name[-1] in "02") * (sync is True)
    assert reader.warnings == []


def test_old_probes_of_one_stream_each(tmp_path):
    pytest.importorskip("probeinterface")
    probes = [
        Probe(part_number="NP2000", electrodes=range(8), streams=("",)),
        Probe(part_number="NP2000", electrodes=range(20, 28), streams=("",), name="ProbeB"),
    ]
    streams = [probe_stream("", k) for k in range(3)]
    reader = probed(tmp_path, "0.5.5.4", probes, streams)
    places = [reader.channel_contacts(k) for k in range(2)]
    for contacts, probe in zip(places, probes, strict=True):
        np.testing.assert_array_equal(contacts["y"], np.array(probe.positions)[:, 1])
    assert reader.get_probe(2) is None


def test_settings_of_the_experiment_count(tmp_path):
    pytest.importorskip("probeinterface")
    write_session(
        tmp_path,
        "0.6.7",
        [
            RecordNode(
                experiments=[
                    Experiment(
                        recordings=[Recording(streams=[probe_stream("ProbeA-AP")])],
                        settings=settings_xml("0.6.7", [Probe(electrodes=range(first, first + 8))]),
                    )
                    for first in (0, 40)
                ]
            )
        ],
    )
    contacts = opened(tmp_path, experiment_names="experiment2").channel_contacts()
    assert contacts["y"].tolist() == [400.0, 400.0, 420.0, 420.0, 440.0, 440.0, 460.0, 460.0]


@pytest.mark.parametrize(
    "text", ["", "<SETTINGS>", "<A/>", "not XML", False, settings_xml("0.6.7", [])]
)
def test_settings_without_a_probe(text, tmp_path):
    write_recording(
        tmp_path, "0.6.7", node=None, streams=[probe_stream("ProbeA-AP")], settings=text
    )
    reader = opened(tmp_path)
    assert reader.get_probe() is None
    assert reader.warnings == []


def test_settings_that_do_not_fit(tmp_path):
    pytest.importorskip("probeinterface")
    reader = probed(tmp_path / "a", "0.6.7", [Probe()], [probe_stream("ProbeA-AP")])
    assert reader.get_probe() is reader.get_probe() is None
    (warning,) = reader.warnings
    assert "has 384 contacts for the 8 channels" in warning
    broken = settings_xml("0.6.7", [Probe(electrodes=range(8))]).replace("ELECTRODE_XPOS", "X")
    write_recording(
        tmp_path / "b", "0.6.7", node=None, streams=[probe_stream("ProbeA-AP")], settings=broken
    )
    reader = opened(tmp_path / "b")
    assert reader.get_probe() is None
    assert "places of contacts of Neuropix-PXI-100.ProbeA-AP cannot be read" in reader.warnings[0]
