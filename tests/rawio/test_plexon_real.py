"""The four real .plx files: what is known of them, and what neo reads right in them."""

import struct

import numpy as np
import pytest

from rawio import FormatError, PlexonRawIO
from tests.rawio.neo_compliance import complies
from tests.rawio.plexon_files import opened

READABLE = ["File_plexon_3.plx", "16sp_lfp_with_2coords.plx", "strobed_negative.plx"]


@pytest.fixture
def plexon_3(plexon_recordings):
    return opened(plexon_recordings / "File_plexon_3.plx")


@pytest.fixture
def sixteen(plexon_recordings):
    return opened(plexon_recordings / "16sp_lfp_with_2coords.plx")


def followed(path):
    """Follow the blocks one by one: (type, tick, channel, unit, samples) of each."""
    data = path.read_bytes()
    n_spikes, n_events, n_slows = struct.unpack_from("<3i", data, 140)
    at = 7504 + 1020 * n_spikes + 296 * (n_events + n_slows)
    blocks = []
    while at < len(data):
        kind, upper, lower, channel, unit, n1, n2 = struct.unpack_from("<hHIhhhh", data, at)
        samples = np.frombuffer(data, "<i2", n1 * n2, at + 16)
        blocks.append((kind, (upper << 32) + lower, channel, unit, samples))
        at += 16 + 2 * n1 * n2
    assert at == len(data)
    return blocks


def test_the_file_of_the_neo_rawio_page(plexon_3):
    header = plexon_3.header
    assert header["nb_segment"] == [1]
    (channel,) = header["signal_channels"]
    assert (channel["name"], channel["id"], channel["units"]) == ("V1", "0", "mV")
    assert (channel["gain"], channel["offset"]) == (2.44140625, 0.0)
    assert plexon_3.get_signal_sampling_rate() == 1000.0
    assert plexon_3.get_signal_size(0, 0) == 600_806
    assert plexon_3.get_signal_t_start(0, 0) == 0.0
    assert (plexon_3.segment_t_start(0, 0), plexon_3.segment_t_stop(0, 0)) == (0.0, 600.806)
    counts = [plexon_3.spike_count(0, 0, u) for u in range(plexon_3.unit_channels_count())]
    assert len(counts) == 30
    assert sum(counts) == 8351
    assert counts[:9] == [701, 716, 69, 12, 95, 37, 25, 15, 33]
    unit = header["unit_channels"][0]
    assert (unit["name"], unit["id"], unit["wf_units"]) == ("Wspk1u", "ch1#0", "mV")
    assert (unit["wf_gain"], unit["wf_left_sweep"]) == (7.32421875e-05, 8)
    assert unit["wf_sampling_rate"] == 30_000.0
    ticks = plexon_3.spike_timestamps(t_start=0.0, t_stop=10.0)
    assert ticks.shape == (424,)
    assert ticks[:5].tolist() == [90, 420, 708, 1020, 1310]
    waveforms = plexon_3.spike_raw_waveforms(t_start=0.0, t_stop=10.0)
    assert waveforms.shape == (424, 1, 64)
    assert waveforms[0, 0, :4].tolist() == [-449, -206, 34, 40]
    assert plexon_3.rescale_waveforms_to_float(waveforms)[0, 0, 0] == pytest.approx(-0.03288574)
    assert plexon_3.event_channels_count() == 0
    assert not plexon_3.warnings


def test_sixteen_field_potentials_and_eight_units(sixteen):
    assert sixteen.signal_streams_count() == 1
    assert sixteen.header["signal_streams"]["name"].tolist() == ["FP"]
    names = sixteen.header["signal_channels"]["name"].tolist()
    assert names == [f"FP{i:02}" for i in range(1, 17)]
    assert sixteen.get_signal_sampling_rate() == 1000.0
    assert sixteen.get_signal_size(0, 0) == 15_962
    assert sixteen.get_signal_t_start(0, 0) == 181 / 40_000
    assert sixteen.unit_channels_count() == 8
    assert sum(sixteen.spike_count(0, 0, u) for u in range(8)) == 9294
    counts = {
        name: sixteen.event_count(0, 0, e)
        for e, name in enumerate(sixteen.header["event_channels"]["name"].tolist())
        if sixteen.event_count(0, 0, e)
    }
    assert counts == {"Strobed": 1924, "Start": 1, "Stop": 1}
    assert sixteen.event_channels_count() == 49
    assert not sixteen.warnings


def test_one_negative_strobe(plexon_recordings):
    reader = opened(plexon_recordings / "strobed_negative.plx")
    names = reader.header["event_channels"]["name"].tolist()
    counts = [reader.event_count(0, 0, e) for e in range(len(names))]
    assert sum(counts) == counts[names.index("Strobed")] == 1
    ticks, durations, labels = reader.event_timestamps(event_channel_index=names.index("Strobed"))
    assert (ticks.tolist(), durations, labels.tolist()) == ([0], None, ["-1"])
    assert reader.signal_channels_count() == reader.unit_channels_count() == 0
    assert reader.segment_t_stop(0, 0) > reader.segment_t_start(0, 0) == 0.0
    assert not reader.warnings


def test_a_clock_of_zero_is_refused(plexon_recordings):
    path = plexon_recordings / "ts_freq_zero.plx"
    with pytest.raises(FormatError, match="ADFrequency") as error:
        opened(path)
    assert str(path) in str(error.value)


@pytest.mark.parametrize("name", READABLE)
def test_every_block_of_the_file_is_returned(plexon_recordings, name):
    reader = opened(plexon_recordings / name)
    blocks = followed(plexon_recordings / name)
    for c, channel in enumerate(reader.header["signal_channels"]["id"].tolist()):
        own = sorted((b for b in blocks if b[:1] + b[2:3] == (5, int(channel))), key=lambda b: b[1])
        samples = np.concatenate([b[4] for b in own])
        assert np.array_equal(reader.get_analogsignal_chunk(channel_indexes=[c])[:, 0], samples)
    for u, unit in enumerate(reader.header["unit_channels"]["id"].tolist()):
        own = [b for b in blocks if b[0] == 1 and f"ch{b[2]}#{b[3]}" == unit]
        own.sort(key=lambda b: b[1])
        assert reader.spike_timestamps(unit_index=u).tolist() == [b[1] for b in own]
        assert np.array_equal(reader.spike_raw_waveforms(unit_index=u)[:, 0], [b[4] for b in own])
    n_points = sum(reader.spike_count(0, 0, u) for u in range(reader.unit_channels_count()))
    n_points += sum(reader.event_count(0, 0, e) for e in range(reader.event_channels_count()))
    assert n_points == sum(b[0] != 5 for b in blocks)


@pytest.mark.parametrize("name", READABLE)
def test_neo_says_the_same_where_it_is_right(plexon_recordings, name):
    neo_rawio = pytest.importorskip("neo.rawio")
    neo = neo_rawio.PlexonRawIO(str(plexon_recordings / name), progress_bar=False)
    neo.parse_header()
    ours = opened(plexon_recordings / name)
    if ours.signal_streams_count():
        for field in ("name", "id", "sampling_rate", "dtype", "gain", "offset"):
            theirs = neo.header["signal_channels"][field].tolist()
            assert ours.header["signal_channels"][field].tolist() == theirs
        signal = ours.get_analogsignal_chunk()
        theirs = neo.get_analogsignal_chunk(stream_index=0)
        assert theirs.shape == signal.shape
        right = len(signal) - 120  # neo returns zeros for the last block
        assert np.array_equal(signal[:right], theirs[:right])
    for field in ("name", "id", "wf_gain", "wf_offset", "wf_sampling_rate"):
        theirs = neo.header["spike_channels"][field].tolist()
        assert ours.header["unit_channels"][field].tolist() == theirs
    for u in range(ours.unit_channels_count()):
        for limits in ({}, {"t_start": 1.0, "t_stop": 7.5}):
            where = {"block_index": 0, "seg_index": 0, "spike_channel_index": u} | limits
            assert np.array_equal(
                ours.get_spike_timestamps(**where), neo.get_spike_timestamps(**where)
            )
            assert np.array_equal(
                ours.get_spike_raw_waveforms(**where), neo.get_spike_raw_waveforms(**where)
            )
    for field in ("name", "id", "type"):
        theirs = neo.header["event_channels"][field].tolist()
        assert ours.header["event_channels"][field].tolist() == theirs
    for e in range(ours.event_channels_count()):
        ticks, _, labels = ours.get_event_timestamps(0, 0, e)
        their_ticks, _, their_labels = neo.get_event_timestamps(0, 0, e)
        assert np.array_equal(ticks, their_ticks)
        unsigned = [str(int(label) & 0xFFFF) for label in labels]  # as neo reads strobes
        assert unsigned == their_labels.tolist()


@pytest.mark.parametrize("name", READABLE)
def test_neos_own_compliance_checks_pass(plexon_recordings, name):
    complies(opened(plexon_recordings / name))


def test_cut_real_files_are_read_up_to_the_cut(plexon_recordings, tmp_path, sixteen):
    data = (plexon_recordings / "16sp_lfp_with_2coords.plx").read_bytes()
    whole = sixteen.get_analogsignal_chunk()
    path = tmp_path / "cut.plx"
    for size in np.linspace(144_500, len(data) - 1, 40).astype(int).tolist():
        path.write_bytes(data[:size])
        reader = opened(path)
        assert reader.warnings
        if reader.signal_streams_count():
            signal = reader.get_analogsignal_chunk()
            assert np.array_equal(signal, whole[: len(signal), : signal.shape[1]])


def test_a_reader_can_stand_where_neos_does(plexon_recordings):
    assert PlexonRawIO.extensions == ["plx"]
    assert PlexonRawIO.rawmode == "one-file"
    reader = PlexonRawIO(filename=str(plexon_recordings / "File_plexon_3.plx"))
    assert "nb_block" not in repr(reader)
    reader.parse_header()
    assert "nb_block" in repr(reader)
