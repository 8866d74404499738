"""Every snippet of the Neo RawIO page, as it stands there, on the page's own file.

Only what the page has wrong is other here: the two closing brackets too many, and the values that
changed since it was written, which are the file's true ones (units mV, the gains of waveforms
with the channel's own gain, NumPointsPreThr as left sweep). The page's other two files are not at
hand, so its selection of channels and its events run on another recording.
"""

import numpy as np
import pytest

from rawio import PlexonRawIO


@pytest.fixture
def in_the_folder(plexon_recordings, monkeypatch):
    monkeypatch.chdir(plexon_recordings)


@pytest.fixture
def reader(in_the_folder):
    reader = PlexonRawIO(filename="File_plexon_3.plx")
    reader.parse_header()
    return reader


def test_create_a_reader_and_print_it(in_the_folder, capsys):
    reader = PlexonRawIO(filename="File_plexon_3.plx")
    reader.parse_header()
    print(reader)
    assert capsys.readouterr().out.splitlines() == [
        "PlexonRawIO: File_plexon_3.plx",
        "nb_block: 1",
        "nb_segment:  [1]",
        "signal_channels: [V1]",
        "unit_channels: [Wspk1u, Wspk2u, Wspk4u, Wspk5u ... Wspk29u Wspk30u Wspk31u Wspk32u]",
        "event_channels: []",
    ]


def test_the_header_dict(reader, capsys):
    for k, v in reader.header.items():
        print(k, v)
    lines = capsys.readouterr().out.splitlines()
    assert "nb_block 1" in lines
    assert "nb_segment [1]" in lines
    assert "event_channels []" in lines
    signals = "[('V1', '0', 1000., 'int16', 'mV', 2.44140625, 0., 'V', '', 0)]"
    assert f"signal_channels {signals}" in lines
    assert "unit_channels [('Wspk1u', 'ch1#0', 'mV', 7.32421875e-05, 0., 8, 30000.)" in lines
    assert reader.header["unit_channels"] is reader.header["spike_channels"]


def test_read_signal_chunks_and_scale_them(reader, capsys):
    channel_indexes = None  # could be channel_indexes = [0]
    raw_sigs = reader.get_analogsignal_chunk(
        block_index=0, seg_index=0, i_start=1024, i_stop=2048, channel_indexes=channel_indexes
    )
    float_sigs = reader.rescale_signal_raw_to_float(raw_sigs, dtype="float64")
    sampling_rate = reader.get_signal_sampling_rate()
    t_start = reader.get_signal_t_start(block_index=0, seg_index=0)
    units = reader.header["signal_channels"][0]["units"]
    print(raw_sigs.shape, raw_sigs.dtype)
    print(float_sigs.shape, float_sigs.dtype)
    print(sampling_rate, t_start, units)
    assert capsys.readouterr().out.splitlines() == [
        "(1024, 1) int16",
        "(1024, 1) float64",
        "1000.0 0.0 mV",
    ]
    assert raw_sigs[:3, 0].tolist() == [-294, -349, -472]
    assert np.array_equal(float_sigs, raw_sigs * 2.44140625)


def test_select_channels_by_index_id_and_name(in_the_folder, capsys):
    reader = PlexonRawIO(filename="16sp_lfp_with_2coords.plx")
    reader.parse_header()
    raw_sigs = reader.get_analogsignal_chunk(channel_indexes=None)  # Take all channels
    raw_sigs1 = reader.get_analogsignal_chunk(channel_indexes=[0, 2, 4])  # Take 0 2 and 4
    raw_sigs2 = reader.get_analogsignal_chunk(channel_ids=[128, 130, 132])  # Same but with their id
    raw_sigs3 = reader.get_analogsignal_chunk(channel_names=["FP01", "FP03", "FP05"])  # their name
    print(raw_sigs1.shape[1], raw_sigs2.shape[1], raw_sigs3.shape[1])
    assert capsys.readouterr().out == "3 3 3\n"
    assert raw_sigs.shape == (15962, 16)
    assert np.array_equal(raw_sigs1, raw_sigs[:, [0, 2, 4]])
    assert np.array_equal(raw_sigs2, raw_sigs1)
    assert np.array_equal(raw_sigs3, raw_sigs1)


def test_inspect_units(reader, capsys):
    nb_unit = reader.unit_channels_count()
    print("nb_unit", nb_unit)
    for unit_index in range(nb_unit):
        nb_spike = reader.spike_count(block_index=0, seg_index=0, unit_index=unit_index)
        print("unit_index", unit_index, "nb_spike", nb_spike)
    lines = capsys.readouterr().out.splitlines()
    counts = [701, 716, 69, 12, 95, 37, 25, 15, 33]
    assert lines[0] == "nb_unit 30"
    assert lines[1:10] == [f"unit_index {u} nb_spike {n}" for u, n in enumerate(counts)]
    assert len(lines) == 31


def test_spike_timestamps_between_0_and_10_seconds(reader, capsys):
    spike_timestamps = reader.spike_timestamps(
        block_index=0, seg_index=0, unit_index=0, t_start=0.0, t_stop=10.0
    )
    print(spike_timestamps.shape, spike_timestamps.dtype, spike_timestamps[:5])
    spike_times = reader.rescale_spike_timestamp(spike_timestamps, dtype="float64")
    print(spike_times.shape, spike_times.dtype, spike_times[:5])
    assert capsys.readouterr().out.splitlines() == [
        "(424,) int64 [  90  420  708 1020 1310]",
        "(424,) float64 [0.003      0.014      0.0236     0.034      0.04366667]",
    ]


def test_spike_waveforms_between_0_and_10_seconds(reader, capsys):
    raw_waveforms = reader.spike_raw_waveforms(
        block_index=0, seg_index=0, unit_index=0, t_start=0.0, t_stop=10.0
    )
    print(raw_waveforms.shape, raw_waveforms.dtype, raw_waveforms[0, 0, :4])
    float_waveforms = reader.rescale_waveforms_to_float(
        raw_waveforms, dtype="float32", unit_index=0
    )
    print(float_waveforms.shape, float_waveforms.dtype, float_waveforms[0, 0, :4])
    assert capsys.readouterr().out.splitlines() == [
        "(424, 1, 64) int16 [-449 -206   34   40]",
        "(424, 1, 64) float32 [-0.03288574 -0.01508789  0.00249023  0.00292969]",
    ]


def test_count_events_per_channel(in_the_folder, capsys):
    reader = PlexonRawIO(filename="16sp_lfp_with_2coords.plx")
    reader.parse_header()
    nb_event_channel = reader.event_channels_count()
    print("nb_event_channel", nb_event_channel)
    for chan_index in range(nb_event_channel):
        nb_event = reader.event_count(block_index=0, seg_index=0, event_channel_index=chan_index)
        print("chan_index", chan_index, "nb_event", nb_event)
    lines = capsys.readouterr().out.splitlines()
    counts = [0] * 46 + [1924, 1, 1]
    assert lines[0] == "nb_event_channel 49"
    assert lines[1:] == [f"chan_index {c} nb_event {n}" for c, n in enumerate(counts)]


def test_event_timestamps_and_times(in_the_folder, capsys):
    reader = PlexonRawIO(filename="16sp_lfp_with_2coords.plx")
    reader.parse_header()
    ev_timestamps, ev_durations, ev_labels = reader.event_timestamps(
        block_index=0, seg_index=0, event_channel_index=48, t_start=None, t_stop=None
    )
    print(ev_timestamps, ev_durations, ev_labels)
    ev_times = reader.rescale_event_timestamp(ev_timestamps, dtype="float64")
    print(ev_times)
    assert capsys.readouterr().out.splitlines() == ["[644882] None ['0']", "[16.12205]"]
