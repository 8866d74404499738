"""Samples of Intan recordings: every version, layout and signal, to the last number."""

import tracemalloc

import numpy as np
import pytest

from rawio import OutOfRangeError
from rawio.intan import sources
from tests.rawio.descriptors import open_below
from tests.rawio.intan_files import (
    LAYOUTS,
    VERSIONS,
    check,
    opened,
    recorded,
    rows_of,
    some_header,
    stream_of,
    write,
)
from tests.writers.intan import make_header
from tests.writers.intan_files import make_recording

FORMATS = {
    "traditional": "header-attached",
    "per signal": "one-file-per-signal",
    "per channel": "one-file-per-channel",
}


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("kind, version", VERSIONS)
def test_every_version_in_every_layout(tmp_path, layout, kind, version):
    path, truth = recorded(layout, tmp_path, kind=kind, version=version)
    reader = opened(path)
    check(reader, truth)
    assert reader.file_format == FORMATS[layout]
    assert not reader.warnings
    assert not reader.discontinuous_timestamps


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("kind, version", [("rhd", (1, 3)), ("rhd", (3, 1)), ("rhs", (3, 1))])
@pytest.mark.parametrize("signed", [True, False])
def test_gaps_start_segments(tmp_path, layout, kind, version, signed):
    block = 60 if version == (1, 3) else 128
    gaps = {block: 90, 3 * block + 7: 1, 3 * block + 8: 500, 9 * block + block // 2: 40_000}
    if signed:
        gaps |= {12 * block: -20_000, 15 * block - 1: -1}
    path, truth = recorded(
        layout, tmp_path, kind=kind, version=version, gaps=gaps, start=-700 if signed else 0
    )
    reader = opened(path)
    assert len(truth.segments) == len(gaps) + 1
    check(reader, truth)
    assert reader.discontinuous_timestamps
    assert not reader.warnings


@pytest.mark.parametrize("layout", LAYOUTS)
def test_gaps_are_ignored_on_demand(tmp_path, layout):
    path, truth = recorded(layout, tmp_path, gaps={700: 20}, start=256)
    reader = opened(path, ignore_integrity_checks=True)
    assert reader.header["nb_segment"] == [1]
    assert reader.discontinuous_timestamps
    assert reader.segment_t_start(0, 0) == 256 / truth.rate
    (warning,) = reader.warnings
    assert "1 gaps" in warning
    for signal, stream in truth.streams.items():
        chunk = reader.get_analogsignal_chunk(stream_index=stream_of(reader, truth, signal))
        np.testing.assert_array_equal(chunk, stream.raw)


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("kind", ["rhd", "rhs"])
def test_any_chunk_of_any_channels(tmp_path, layout, kind, monkeypatch):
    monkeypatch.setattr(sources, "SLAB_BYTES", 20_000)
    path, truth = recorded(layout, tmp_path, kind=kind, seed=3)
    reader = opened(path)
    rng = np.random.default_rng(8)
    for signal, stream in truth.streams.items():
        index = stream_of(reader, truth, signal)
        n, n_channels = stream.raw.shape
        for _ in range(25):
            start, stop = sorted(rng.integers(0, n + 1, 2).tolist())
            pick = [
                None,
                slice(int(rng.integers(0, n_channels)), n_channels),
                rng.integers(0, n_channels, rng.integers(0, 5)).tolist(),
                slice(None, None, 2),
                [n_channels - 1],
            ][rng.integers(5)]
            chunk = reader.get_analogsignal_chunk(
                0, 0, start, stop, stream_index=index, channel_indexes=pick
            )
            expected = stream.raw[start:stop][:, slice(None) if pick is None else pick]
            np.testing.assert_array_equal(chunk, expected)
    with pytest.raises(OutOfRangeError):
        reader.get_analogsignal_chunk(i_stop=len(truth.timestamps) + 1, stream_index=0)


@pytest.mark.parametrize("skipped", [0, 1 << 30])
def test_wide_blocks_are_read_in_pieces(tmp_path, monkeypatch, skipped):
    monkeypatch.setattr(sources, "SKIPPED_BYTES", skipped)
    monkeypatch.setattr(sources, "SLAB_BYTES", 5000)
    path, truth = recorded("traditional", tmp_path, header=make_header("rhd", (3, 0), {"A": 64}))
    reader = opened(path)
    check(reader, truth)
    raw = truth.streams["amplifier"].raw
    for channels in ([5], [60, 2, 2], [7, 8, 9]):
        chunk = reader.get_analogsignal_chunk(
            0, 0, 100, 2000, stream_index=0, channel_indexes=channels
        )
        np.testing.assert_array_equal(chunk, raw[100:2000, channels])


@pytest.mark.parametrize("layout", LAYOUTS)
def test_names_are_custom_and_ids_native(tmp_path, layout):
    names = {"A-000": "left eye µ", "DIGITAL-IN-02": "camera", "A-AUX1": "x"}
    header = some_header(custom_names=names)
    path, truth = recorded(layout, tmp_path, header=header)
    reader = opened(path)
    check(reader, truth)
    channels = reader.header["signal_channels"]
    for native, custom in names.items():
        assert channels["name"][channels["id"] == native].tolist() == [custom]
    assert "A-001" not in channels["id"]
    chunk = reader.get_analogsignal_chunk(channel_names=["left eye µ"], stream_index=0)
    np.testing.assert_array_equal(chunk[:, 0], truth.streams["amplifier"].raw[:, 0])


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("kind", ["rhd", "rhs"])
def test_physical_values(tmp_path, layout, kind):
    path, truth = recorded(layout, tmp_path, kind=kind, n_blocks=3)
    reader = opened(path)
    for signal, stream in truth.streams.items():
        index = stream_of(reader, truth, signal)
        chunk = reader.get_analogsignal_chunk(stream_index=index)
        values = reader.rescale_signal_raw_to_float(chunk, "float64", stream_index=index)
        np.testing.assert_allclose(values, stream.physical, rtol=1e-12, atol=1e-12)


def test_the_dc_amplifier_inverts(tmp_path):
    path, truth = recorded("traditional", tmp_path, kind="rhs")
    reader = opened(path)
    (row, *_) = rows_of(reader, stream_of(reader, truth, "dc"))
    assert (row["gain"], row["offset"], row["units"]) == (-19.23, 19.23 * 512, "mV")


@pytest.mark.parametrize("mode, gain, zero", [(0, 50.354e-6, 0), (1, 152.59e-6, 32768)])
def test_analog_inputs_of_older_boards(tmp_path, mode, gain, zero):
    path, truth = recorded(
        "traditional", tmp_path, header=some_header(version=(1, 3), board_mode=mode)
    )
    reader = opened(path)
    check(reader, truth)
    (row, *_) = rows_of(reader, stream_of(reader, truth, "adc"))
    assert (row["gain"], row["offset"]) == (pytest.approx(gain), pytest.approx(-gain * zero))


def test_an_unknown_board_is_said_to_be_so(tmp_path):
    path, truth = recorded("traditional", tmp_path, header=some_header(board_mode=7))
    reader = opened(path)
    check(reader, truth)
    (warning,) = reader.warnings
    assert "board mode 7" in warning


@pytest.mark.parametrize("layout", ["per signal", "per channel"])
@pytest.mark.parametrize("factor", [1, 4, 64])
@pytest.mark.parametrize("kind", ["rhd", "rhs"])
def test_filtered_amplifiers(tmp_path, layout, factor, kind):
    recording = make_recording(some_header(kind), 2500, lowpass_factor=factor, highpass=True)
    path, truth = write(layout, tmp_path, recording)
    reader = opened(path)
    check(reader, truth)
    assert not reader.warnings


@pytest.mark.parametrize("layout", ["per signal", "per channel"])
def test_the_settings_tell_of_the_lowpass(tmp_path, layout):
    recording = make_recording(some_header(), 2560, lowpass_factor=16)
    path, truth = write(layout, tmp_path, recording)
    for low in path.glob("low*"):
        low.write_bytes(low.read_bytes()[: low.stat().st_size // 2])
    guessed = opened(path)
    assert guessed.get_signal_sampling_rate(stream_of(guessed, truth, "lowpass")) == 30_000 / 32
    settings = '<IntanRHX><GeneralConfig LowpassWaveformDownsampleRate="16" X="1"/></IntanRHX>'
    (path / "settings.xml").write_text(settings)
    reader = opened(path)
    index = stream_of(reader, truth, "lowpass")
    assert reader.get_signal_sampling_rate(index) == 30_000 / 16
    assert reader.get_signal_size(0, 0, index) == 80
    assert any("lowpass amplifier channels 80" in warning for warning in reader.warnings)


@pytest.mark.parametrize("n", [1280, 1279, 3])
def test_auxiliary_inputs_among_the_amplifiers(tmp_path, n):
    path, truth = write(
        "per signal", tmp_path, make_recording(some_header(), n), aux_in_amplifier=True
    )
    reader = opened(path)
    check(reader, truth)
    assert not reader.warnings
    aux = stream_of(reader, truth, "aux")
    chunk = reader.get_analogsignal_chunk(stream_index=aux, channel_indexes=[2, 0])
    np.testing.assert_array_equal(chunk, truth.streams["aux"].raw[:, [2, 0]])


def test_the_settings_tell_of_auxiliary_inputs_among_the_amplifiers(tmp_path):
    recording = make_recording(some_header(), 1280)
    path, truth = write("per signal", tmp_path, recording, aux_in_amplifier=True)
    (path / "settings.xml").write_text('<C SaveAuxInWithAmplifierWaveforms="True"/>')
    whole = (path / "amplifier.dat").read_bytes()
    (path / "amplifier.dat").write_bytes(whole[: len(whole) // 4])
    reader = opened(path)
    index = stream_of(reader, truth, "aux")
    chunk = reader.get_analogsignal_chunk(stream_index=index)
    np.testing.assert_array_equal(chunk, truth.streams["aux"].raw[:320])


@pytest.mark.parametrize("layout", ["per signal", "per channel"])
def test_any_number_of_samples_in_a_folder(tmp_path, layout):
    path, truth = write(layout, tmp_path, make_recording(some_header(), 1003, start=77))
    check(opened(path), truth)


def test_stimulation_files_are_of_some_channels(tmp_path):
    recording = make_recording(some_header("rhs"), 640)
    path, truth = write("per channel", tmp_path, recording, stim_channels=["A-003", "B-001"])
    reader = opened(path)
    check(reader, truth)
    assert not reader.warnings


def test_dc_files_count_more_than_the_header(tmp_path):
    header = some_header("rhs", dc_saved=0)
    recording = make_recording(header, 640, dc=True)
    for layout in ("per signal", "per channel"):
        path, truth = write(layout, tmp_path, recording, name=layout)
        reader = opened(path)
        check(reader, truth)
        assert not reader.warnings


@pytest.mark.usefixtures("three_open_files")
def test_files_of_a_thousand_channels(tmp_path):
    header = make_header("rhd", (3, 1), {"A": 30}, adc=0, digital_in=0, digital_out=0)
    path, truth = recorded("per channel", tmp_path, header=header)
    reader = opened(path)
    check(reader, truth)
    assert len(open_below(tmp_path)) == 3


@pytest.mark.parametrize("layout", LAYOUTS)
def test_reading_needs_little_more_memory_than_what_is_read(tmp_path, layout):
    header = make_header("rhs", (3, 1), {"A": 64}, digital_in=16)
    path, _ = recorded(layout, tmp_path, header=header, n_blocks=1200)
    reader = opened(path)
    for stream in range(reader.signal_streams_count()):
        for channels in (None, [1, 0], slice(1, 2)):
            tracemalloc.start()
            chunk = reader.get_analogsignal_chunk(stream_index=stream, channel_indexes=channels)
            _, peak = tracemalloc.get_traced_memory()
            tracemalloc.stop()
            assert peak < chunk.nbytes + 15e6
