"""Intan recordings whose data is cut, incomplete or surrounded by other things."""

import shutil

import numpy as np
import pytest

from rawio import RawIOError
from tests.rawio.intan_files import check, opened, recorded, some_header, stream_of, write
from tests.writers.intan import make_header, pack_header
from tests.writers.intan_files import block_dtype, make_recording

CUTS = 200


def cuts(first, last):
    return sorted({int(at) for at in np.linspace(first, last, CUTS)})


def check_shorter(reader, truth, sizes):
    """Hold a reader against a truth of which it may only see so many samples of each stream."""
    for signal, stream in truth.streams.items():
        if not sizes.get(signal, 1):
            continue
        index = stream_of(reader, truth, signal)
        n = sizes.get(signal, len(stream.raw))
        assert reader.get_signal_size(0, 0, index) == n
        chunk = reader.get_analogsignal_chunk(stream_index=index)
        np.testing.assert_array_equal(chunk, stream.raw[:n])


@pytest.mark.parametrize("kind", ["rhd", "rhs"])
def test_a_traditional_file_cut_anywhere(tmp_path, kind):
    header = some_header(kind)
    path, truth = recorded("traditional", tmp_path, header=header, n_blocks=8)
    data, start = path.read_bytes(), len(pack_header(header))
    stride = block_dtype(header).itemsize
    assert len(data) == start + 8 * stride
    for cut in cuts(start, len(data)):
        path.write_bytes(data[:cut])
        n_blocks, rest = divmod(cut - start, stride)
        if not n_blocks:
            with pytest.raises(RawIOError, match="no whole block"):
                opened(path)
            continue
        reader = opened(path)
        assert len(reader.warnings) == bool(rest)
        if rest:
            assert f"last {rest} bytes" in reader.warnings[0]
        n = n_blocks * header.block
        sizes = {s: n // stream.step for s, stream in truth.streams.items()}
        check_shorter(reader, truth, sizes)
        assert reader.segment_t_stop(0, 0) == pytest.approx(n / truth.rate)


@pytest.mark.parametrize("kind", ["rhd", "rhs"])
def test_files_of_signals_cut_anywhere(tmp_path, kind):
    path, truth = write("per signal", tmp_path, make_recording(some_header(kind), 640))
    for file in sorted(path.glob("*.dat")):
        if file.name == "time.dat":
            continue
        signal = {
            "amplifier": "amplifier",
            "auxiliary": "aux",
            "supply": "supply",
            "analogin": "adc",
            "analogout": "dac",
            "digitalin": "digital_in",
            "digitalout": "digital_out",
            "dcamplifier": "dc",
            "stim": "stim",
        }[file.stem]
        data = file.read_bytes()
        frame = len(data) // 640
        for cut in cuts(0, len(data) - 1)[:: 8 if signal != "amplifier" else 1]:
            file.write_bytes(data[:cut])
            reader = opened(path)
            check_shorter(reader, truth, {signal: cut // frame})
            if cut or signal not in ("stim", "dc"):
                assert reader.warnings
        file.write_bytes(data)
    check(opened(path), truth)


def test_files_of_channels_cut_anywhere(tmp_path):
    path, truth = write("per channel", tmp_path, make_recording(some_header("rhs"), 640))
    file = path / "amp-A-002.dat"
    data = file.read_bytes()
    for cut in cuts(2, len(data) - 1):
        file.write_bytes(data[:cut])
        reader = opened(path)
        check_shorter(reader, truth, {"amplifier": cut // 2})
        assert any("amp-A-002.dat" in warning for warning in reader.warnings)


@pytest.mark.parametrize("content", [None, b"", b"x"])
def test_a_channel_without_a_file_is_left_out(tmp_path, content):
    path, truth = write("per channel", tmp_path, make_recording(some_header(), 640))
    file = path / "amp-A-002.dat"
    file.unlink()
    if content is not None:
        file.write_bytes(content)
    reader = opened(path)
    (warning,) = reader.warnings
    assert "amp-A-002.dat" in warning
    stream = truth.streams["amplifier"]
    kept = [k for k, name in enumerate(stream.ids) if name != "A-002"]
    chunk = reader.get_analogsignal_chunk(stream_index=0)
    np.testing.assert_array_equal(chunk, stream.raw[:, kept])
    assert "A-002" not in reader.header["signal_channels"]["id"]


@pytest.mark.parametrize("layout", ["per signal", "per channel"])
@pytest.mark.parametrize("cut", [0, 1, 3, 4, 400, 1279, 2559])
def test_timestamps_cut(tmp_path, layout, cut):
    path, truth = write(layout, tmp_path, make_recording(some_header(), 640, start=-100))
    file = path / "time.dat"
    file.write_bytes(file.read_bytes()[:cut])
    reader = opened(path)
    assert reader.warnings
    check_shorter(reader, truth, {})
    start = 0.0 if cut < 4 else -100 / truth.rate
    assert reader.get_signal_t_start(0, 0, 0) == start
    file.unlink()
    assert opened(path).get_signal_t_start(0, 0, 0) == 0.0


@pytest.mark.parametrize("layout", ["per signal", "per channel"])
def test_signals_that_were_not_saved(tmp_path, layout):
    recording = make_recording(some_header(), 640, lowpass_factor=2, highpass=True)
    path, truth = write(layout, tmp_path, recording, leave_out=["amplifier", "adc"])
    reader = opened(path)
    check(reader, truth)
    assert len(reader.warnings) == 2
    assert "amplifier channels" in reader.warnings[0]
    assert "analog inputs" in reader.warnings[1]


@pytest.mark.parametrize("layout", ["per signal", "per channel"])
def test_a_header_whose_files_are_all_empty(tmp_path, layout):
    path, _ = write(layout, tmp_path, make_recording(some_header(), 640))
    for file in path.glob("*.dat"):
        file.write_bytes(b"")
    with pytest.raises(RawIOError, match="none holds a sample"):
        opened(path)
    for file in path.glob("*.dat"):
        file.unlink()
    with pytest.raises(RawIOError):
        opened(path)


@pytest.mark.parametrize("layout", ["per signal", "per channel"])
def test_recordings_without_digital_lines_or_amplifiers(tmp_path, layout):
    header = make_header("rhd", (3, 1), {}, adc=2, digital_in=0, digital_out=0)
    path, truth = write(layout, tmp_path, make_recording(header, 640))
    check(opened(path), truth)


def test_spike_files_are_said_not_to_be_read(tmp_path):
    path, truth = write("per signal", tmp_path, make_recording(some_header(), 640))
    (path / "spike.dat").write_bytes(b"\x4b\x47\xf8\x18")
    reader = opened(path)
    check(reader, truth)
    (warning,) = reader.warnings
    assert "spike" in warning


def test_files_that_vanish_while_open(tmp_path):
    path, _ = write("per channel", tmp_path, make_recording(some_header(), 640))
    reader = opened(path)
    shutil.rmtree(path)
    with pytest.raises(RawIOError):
        reader.get_analogsignal_chunk(stream_index=0)


def test_files_that_shrink_while_open(tmp_path):
    path, _ = recorded("traditional", tmp_path)
    reader = opened(path)
    path.write_bytes(path.read_bytes()[:20_000])
    with pytest.raises(RawIOError, match="ends at byte"):
        reader.get_analogsignal_chunk(stream_index=0)
