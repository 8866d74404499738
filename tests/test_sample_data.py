"""The sample recordings are what their script writes and hold what it says they hold."""

import json

import numpy as np
import pytest

from sample_data import make_sample_data as sample
from tests.writers.plx import START, STOP, STROBED

NAMES = [sample.PLX_NAME, sample.RAW_NAME, sample.RAW_NAME + ".json"]


@pytest.fixture(scope="module")
def plexon():
    return sample.plexon_truth()


@pytest.fixture(scope="module")
def raw():
    return sample.raw_truth()


def test_writing_again_gives_the_same_bytes(tmp_path):
    sample.write_plexon(tmp_path / sample.PLX_NAME)
    sample.write_flat(tmp_path / sample.RAW_NAME)
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(NAMES)
    for name in NAMES:
        same = (tmp_path / name).read_bytes() == (sample.HERE / name).read_bytes()
        assert same, f"{name} is not what make_sample_data.py writes"


def test_recordings_are_small():
    assert sum((sample.HERE / name).stat().st_size for name in NAMES) < 5e6


def test_raw_file_is_the_truth(raw):
    samples = np.fromfile(sample.HERE / sample.RAW_NAME, "<i2").reshape(-1, sample.RAW_N)
    np.testing.assert_array_equal(samples, raw.samples)


def test_raw_sidecar():
    assert json.loads((sample.HERE / (sample.RAW_NAME + ".json")).read_text()) == {
        "format": "rawscope-flat-binary",
        "version": 1,
        "dtype": "int16",
        "byte_order": "little",
        "n_channels": 32,
        "sampling_rate": 2500.0,
        "gain": 0.195,
        "offset": 0.0,
        "units": "uV",
        "header_bytes": 0,
        "channel_names": [f"CH{k:02d}" for k in range(1, 33)],
    }


def test_raw_artifact_and_dropout(raw):
    saturated = np.isin(raw.samples, [-32768, 32767])
    assert saturated[slice(*sample.RAW_ARTIFACT)].all()
    assert saturated.sum() == np.diff(sample.RAW_ARTIFACT)[0] * sample.RAW_N
    constant = (np.diff(raw.samples, axis=0) == 0).all(axis=1)
    first, stop = sample.RAW_DROPOUT
    assert constant[first - 1 : stop - 1].all()
    start, turn, end = sample.RAW_ARTIFACT[0], sample.RAW_ARTIFACT_TURN, sample.RAW_ARTIFACT[1]
    elsewhere = constant.sum() - (stop - first) - (turn - start - 1) - (end - turn - 1)
    assert elsewhere == 0


def test_raw_spikes_are_where_they_are_said_to_be(raw):
    samples = raw.samples * sample.RAW_GAIN
    for row, (depth, trough, _) in enumerate(sample.RAW_UNITS):
        at = raw.spike_positions[raw.spike_units == row]
        # Against the mean of the samples 0.8 ms before and after, which takes the slow parts away.
        bend = samples[at] - (samples[at - 2] + samples[at + 2]) / 2
        mean = bend.mean(axis=0)
        assert abs(mean.argmin() - depth) <= 0.5
        assert trough * 1.6 < mean.min() < trough * 0.8
        far = np.abs(np.arange(sample.RAW_N) - depth) > 5
        assert np.abs(mean[far]).max() < 30
    assert (np.diff(raw.spike_positions) >= 0).all()


def test_raw_sharp_waves_have_a_sink_and_a_source(raw):
    samples = raw.samples * sample.RAW_GAIN
    at = np.array(sample.RAW_SHARP_WAVES)
    wave = (samples[at] - (samples[at - 150] + samples[at + 150]) / 2).mean(axis=0)
    assert abs(int(wave.argmin()) - 17) <= 2
    assert wave.min() < -200
    assert wave[8] > 80


def test_plexon_waveforms_are_pieces_of_the_signal(plexon):
    assert plexon.waveforms.shape == (len(plexon.spike_positions), sample.PLX_POINTS)
    k = 17
    first = plexon.spike_positions[k] - sample.PLX_BEFORE
    column = plexon.highpass[:, plexon.spike_channels[k] - 1]
    np.testing.assert_array_equal(plexon.waveforms[k], column[first : first + sample.PLX_POINTS])


def test_plexon_units_have_the_amplitude_they_are_said_to_have(plexon):
    for channel, unit, trough, _, _ in sample.PLX_UNITS:
        mine = (plexon.spike_channels == channel) & (plexon.spike_units == unit)
        mean = plexon.waveforms[mine].mean(axis=0) * sample.PLX_MV_PER_COUNT
        assert mean.argmin() == sample.PLX_BEFORE + 2  # 0.1 ms after the threshold
        assert mean.min() == pytest.approx(trough, rel=0.1)
        gaps = np.diff(plexon.spike_positions[plexon.spike_channels == channel])
        assert gaps.min() >= sample.PLX_POINTS


def test_plexon_through_neo(plexon):
    plexonrawio = pytest.importorskip("neo.rawio.plexonrawio")
    reader = plexonrawio.PlexonRawIO(str(sample.HERE / sample.PLX_NAME), progress_bar=False)
    reader.parse_header()

    units = sorted({(c, u) for c, u, *_ in sample.PLX_UNITS})
    assert reader.header["spike_channels"]["id"].tolist() == [f"ch{c}#{u}" for c, u in units]
    np.testing.assert_allclose(reader.header["spike_channels"]["wf_gain"], sample.PLX_MV_PER_COUNT)
    for index, (channel, unit) in enumerate(units):
        mine = (plexon.spike_channels == channel) & (plexon.spike_units == unit)
        ticks = reader.get_spike_timestamps(spike_channel_index=index)
        assert ticks.tolist() == plexon.spike_ticks[mine].tolist()
        waveforms = reader.get_spike_raw_waveforms(spike_channel_index=index)
        np.testing.assert_array_equal(waveforms[:, 0], plexon.waveforms[mine])

    channels = reader.header["event_channels"]
    assert channels["id"].tolist() == ["1", "2", str(STROBED), str(START), str(STOP), "101"]
    for index, channel in enumerate(channels["id"].astype(int)):
        expected = [(tick, value) for tick, c, value in plexon.events if c == channel]
        ticks, _, labels = reader.get_event_timestamps(event_channel_index=index)
        assert list(zip(ticks.tolist(), labels.astype(int).tolist(), strict=True)) == expected

    # neo gives zeros for the last block of a channel and, since that one is shorter, misplaces
    # it: it is asked for what comes 40 ms before the end.
    signals = {"SPKC": plexon.highpass, "FP": plexon.field}
    assert sorted(reader.header["signal_streams"]["id"]) == ["FP", "SPKC"]
    for index, stream in enumerate(reader.header["signal_streams"]["id"]):
        truth = signals[stream]
        assert reader.get_signal_size(0, 0, stream_index=index) == len(truth)
        rate = reader.get_signal_sampling_rate(stream_index=index)
        stop = round((sample.PLX_SECONDS - 0.04) * rate)
        chunk = reader.get_analogsignal_chunk(i_start=0, i_stop=stop, stream_index=index)
        np.testing.assert_array_equal(chunk, truth[:stop])
    np.testing.assert_allclose(reader.header["signal_channels"]["gain"], sample.PLX_MV_PER_COUNT)
