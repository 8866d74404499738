"""The writer of Open Ephys folders, held against what neo and probeinterface read.

neo 0.14.6 is asked only for what it reads right: samples, gains, names, units and start times of
streams, and events since 0.6. It divides the times of TTL events of older versions by the rate
twice, knows no spikes and no gaps, and looks for words under a name that no GUI writes.
"""

import warnings

import numpy as np
import pytest
from neo.rawio import OpenEphysBinaryRawIO

from tests.writers.openephys import Probe, Stream, electrodes, settings_xml, write_recording
from tests.writers.openephys_example import example


def small(**more):
    return Stream(
        channels=electrodes(2), samples=np.arange(10, dtype=np.int16)[:, None] * [1, 2], **more
    )


@pytest.mark.parametrize(
    ("version", "nodes"),
    [("0.4.6", (None,)), ("0.5.3.1", (101,)), ("0.6.7", (101, 105)), ("1.0.1", (101,))],
)
def test_neo_reads_streams_of_an_example(version, nodes, tmp_path):
    truth = example(tmp_path, version, node_ids=nodes, seed=3)
    reader = OpenEphysBinaryRawIO(str(tmp_path))
    reader.parse_header()
    assert reader.header["nb_segment"] == {0: 2, 1: 2}
    places = {name: k for k, name in enumerate(reader.header["signal_streams"]["name"])}
    asked = set()
    for one in truth.recordings:
        for stream in one.streams:
            full = f"{one.node}#{stream.folder}" if one.node else stream.folder
            parts = {full: [], f"{full}_ADC": [], f"{full}SYNC": []}
            for k, name in enumerate(stream.channel_names):
                end = "SYNC" if "SYNC" in name else "_ADC" * name.startswith("ADC")
                parts[full + end].append(k)
            for name, columns in parts.items():
                if columns:
                    asked.add(name)
                    at = (one.experiment - 1, one.recording - 1)
                    check_with_neo(reader, *at, places[name], stream, columns)
    assert asked == set(places)


def check_with_neo(reader, block, segment, place, stream, columns):
    chunk = reader.get_analogsignal_chunk(block, segment, stream_index=place)
    np.testing.assert_array_equal(chunk, stream.raw[:, columns])
    # neo names the sync channels of all nodes as one, so it is not asked for its rate and names.
    if "SYNC" in stream.channel_names[columns[0]]:
        return
    stream_id = reader.header["signal_streams"]["id"][place]
    channels = reader.header["signal_channels"]
    channels = channels[channels["stream_id"] == stream_id]
    assert channels["name"].tolist() == [stream.channel_names[k] for k in columns]
    assert channels["gain"].tolist() == [stream.gains[k] for k in columns]
    assert channels["units"].tolist() == [stream.units[k] for k in columns]
    assert set(channels["sampling_rate"].tolist()) == {stream.rate}
    if columns[0] == 0:  # neo takes the start of an ADC stream from the wrong stream
        assert reader.get_signal_t_start(block, segment, place) == stream.t_start


@pytest.mark.parametrize("version", ["0.6.7", "1.0.1"])
def test_neo_reads_events_since_0_6(version, tmp_path):
    truth = example(tmp_path, version, n_experiments=1, n_recordings=1).recordings[0]
    reader = OpenEphysBinaryRawIO(str(tmp_path))
    reader.parse_header()
    names = reader.header["event_channels"]["name"].tolist()
    for event in truth.events:
        place = names.index(event.name)
        times, _, labels = reader.get_event_timestamps(0, 0, place)
        if event.messages is not None:
            assert labels.tolist() == event.messages
            np.testing.assert_array_equal(times, event.seconds)
        else:  # neo keeps the rising edges
            np.testing.assert_array_equal(times, event.seconds[event.states > 0])


def test_neo_leaves_out_what_has_no_folder(tmp_path):
    streams = [small(stream_name="kept"), small(stream_name="gone", on_disk=False)]
    write_recording(tmp_path, "0.6.7", streams=streams)
    reader = OpenEphysBinaryRawIO(str(tmp_path))
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        reader.parse_header()
    assert any("Acquisition_Board-100.gone" in str(warning.message) for warning in caught)
    names = reader.header["signal_streams"]["name"].tolist()
    assert names == ["Record Node 101#Acquisition_Board-100.kept"]


FOUR_SHANKS = {
    "electrodes": [k % 96 + 384 * (k % 2) for k in range(384)],
    "shanks": [k // 96 for k in range(384)],
}
PROBES = [
    Probe(electrodes=range(384, 768)),
    Probe(part_number="NP2000", streams=("",), order=sorted(range(384), key=str)),
    Probe(part_number="NP2014", streams=("",), **FOUR_SHANKS),
]


@pytest.mark.parametrize("version", ["0.5.5.4", "0.6.7", "1.0.1"])
@pytest.mark.parametrize("probe", PROBES, ids=["NP1000", "NP2000", "NP2014"])
def test_probeinterface_finds_the_contacts(version, probe, tmp_path):
    tools = pytest.importorskip("probeinterface.neuropixels_tools")
    path = tmp_path / "settings.xml"
    path.write_bytes(settings_xml(version, [probe]).encode())
    found = tools.read_openephys_neuropixels(path)
    assert found.serial_number == probe.serial_number
    assert found.name == ("100.0" if version == "0.5.5.4" else "ProbeA")
    shift = np.array(probe.positions) - found.contact_positions
    # The catalogue's x starts at the first column, the GUI's at the edge of the shank.
    first = {"NP1000": 11, "NP2000": 8, "NP2014": 27}[probe.part_number]
    np.testing.assert_array_equal(shift, np.broadcast_to([first, 0], shift.shape))


def test_probeinterface_finds_a_probe_among_several(tmp_path):
    tools = pytest.importorskip("probeinterface.neuropixels_tools")
    probes = [
        Probe(electrodes=range(8)),
        Probe(name="ProbeB", serial_number="2", electrodes=range(384, 392), selected=True),
        Probe(name="ProbeC", serial_number="3", enabled=False),
    ]
    path = tmp_path / "settings.xml"
    states = ["ALL", "ALL", "10010000", "NONE"]
    path.write_bytes(settings_xml("0.6.7", probes, recording_states=states).encode())
    found = tools.read_openephys_neuropixels(path, stream_name="Neuropix-PXI-100.ProbeB-AP")
    expected = np.array(probes[1].positions)[[0, 3]] - [11, 0]
    np.testing.assert_array_equal(found.contact_positions, expected)
    turned = [list(range(7, -1, -1))] * 2
    path.write_bytes(settings_xml("1.0.1", probes[:1], channel_map=turned).encode())
    found = tools.read_openephys_neuropixels(path)
    np.testing.assert_array_equal(
        found.contact_positions, np.array(probes[0].positions)[::-1] - [11, 0]
    )
