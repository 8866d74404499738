"""The checks of damaged recordings let nothing pass that they are there to find."""

import struct

import numpy as np
import pytest

from rawio import BaseRawIO, FormatError
from rawio.files import RawFile
from rawio.header import SIGNAL_CHANNEL_DTYPE, SIGNAL_STREAM_DTYPE, make_header
from tests.rawio.damage import check_cuts, check_flips, content_of, cut_sizes

MAGIC = b"TOY1"


class ToyReader(BaseRawIO):
    """A magic number, a count of channels, and int16 samples; `fault` says what goes wrong."""

    def __init__(self, filename, fault=""):
        super().__init__(filename)
        self.fault = fault

    def _parse_header(self):
        data = RawFile(self.filename).read(0, 1 << 20).tobytes()
        if len(data) < 8 and self.fault == "other error":
            struct.unpack("<4sI", data[:8])
        if len(data) < 8 or data[:4] != MAGIC:
            where = "" if self.fault == "says not which" else f"{self.filename}: "
            raise FormatError("" if self.fault == "no words" else where + "is no toy.")
        n = struct.unpack("<I", data[4:8])[0]
        if not 0 < n <= 8:
            if self.fault == "memory":
                np.ones(min(n, 1 << 26), np.uint8)
            raise FormatError(f"{self.filename}: has {n} channels.")
        whole, rest = divmod(len(data) - 8, 2 * n)
        if rest and self.fault != "silent":
            self._warn(f"{rest} bytes are not read.")
        self.samples = np.frombuffer(data, "<i2", whole * n, 8).reshape(-1, n).copy()
        if rest and self.fault == "changed":
            self.samples[-1] += 1
        self.gain = 2.0 if rest and self.fault == "gain" else 1.0
        self.first = 1.0 if rest and self.fault == "late" else 0.0
        if rest and self.fault == "made up":
            self.samples = np.concatenate([self.samples, self.samples[-1:]])
        rows = [(f"c{c}", str(c), 1e3, "int16", "uV", self.gain, 0, "0", "", 0) for c in range(n)]
        streams = np.array([("s", "0", "")], SIGNAL_STREAM_DTYPE)
        self.header = make_header([1], streams, np.array(rows, SIGNAL_CHANNEL_DTYPE))

    def _segment_t_start(self, block, segment):
        return self.first

    def _segment_t_stop(self, block, segment):
        return self.first + len(self.samples) / 1000

    def _get_signal_size(self, block, segment, stream):
        return len(self.samples)

    def _get_signal_t_start(self, block, segment, stream):
        return self.first

    def _get_analogsignal_chunk(self, block, segment, i_start, i_stop, stream, channels):
        return self.samples[i_start:i_stop, channels]


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "a.toy"
    samples = np.random.default_rng(0).integers(-999, 999, (500, 3)).astype("<i2")
    path.write_bytes(MAGIC + struct.pack("<I", 3) + samples.tobytes())
    return path


def opener(fault=""):
    def open_reader(path):
        reader = ToyReader(path, fault)
        reader.parse_header()
        return reader

    return open_reader


def whole_samples(size):
    return (size - 8) % 6 == 0


def test_a_sound_reader_passes_and_the_file_is_whole_again(path):
    data = path.read_bytes()
    counts = check_cuts(path, opener(), header_bytes=8, boundary=whole_samples)
    assert (counts.refused, counts.same) == (8, 0)
    assert counts.shorter > 150
    counts = check_flips(path, opener(), header_bytes=8)
    assert counts.refused > 50 and counts.same > 0
    assert path.read_bytes() == data


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        ("other error", "is no RawIOError"),
        ("says not which", "which"),
        ("no words", "is no sentence"),
        ("silent", "does not say so"),
        ("changed", "samples differ"),
        ("made up", "samples differ"),
        ("gain", "samples differ"),
        ("late", "samples differ"),
    ],
)
def test_each_fault_is_found(path, fault, words):
    data = path.read_bytes()
    with pytest.raises(AssertionError, match=words):
        check_cuts(path, opener(fault), header_bytes=8, boundary=whole_samples)
    assert path.read_bytes() == data


def test_too_much_memory_is_found(path):
    check_flips(path, opener(), header_bytes=8)
    with pytest.raises(AssertionError, match="bytes of memory for"):
        check_flips(path, opener("memory"), header_bytes=8)


def test_silence_is_found_at_boundaries_too_where_the_format_can_tell(path):
    with pytest.raises(AssertionError, match="does not say so"):
        check_cuts(path, opener(), sizes=[8 + 6 * 20])


def test_where_files_are_cut():
    sizes = cut_sizes(100_000, 6000)
    assert set(range(4096)) < set(sizes)
    assert len([s for s in sizes if s >= 6000]) > 190
    assert {5999, 6000, 6001, 99_998, 99_999} <= set(sizes) and max(sizes) < 100_000
    assert cut_sizes(4, 4) == [0, 1, 2, 3]


def test_everything_is_read_in_chunks(path):
    content = content_of(opener()(path))
    assert content.runs[0].samples.shape == (500, 3)
    assert content.values == (1500, {}, {})
