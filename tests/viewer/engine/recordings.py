"""Recordings in files for tests of what is kept on disk about them."""

import os

import numpy as np

from rawio.files import RawFile
from rawio.rawbinary import RawBinaryRawIO
from tests.oracles import pyramid as oracle
from tests.readers import ArrayReader
from viewer.engine.pyramid import Pyramid, PyramidBuilder, builder, layout


class FiledReader(ArrayReader):
    """Arrays of any streams and segments that claim to be read from a file."""

    path = None

    @classmethod
    def at(cls, path, segments, rates):
        made = cls(segments, rates)
        made.path = path
        return made

    def source_name(self):
        return str(self.path)

    def source_files(self):
        return (RawFile(self.path),)


def flat(path, samples=None, rate=1000.0, **rest):
    """Return a reader of a flat file, written first where samples are given, that counts reads."""
    if samples is not None:
        samples.tofile(path)
        rest = {"n_channels": samples.shape[1], "dtype": samples.dtype.name}
    reader = RawBinaryRawIO(path, sampling_rate=rate, **rest)
    reader.parse_header()
    reader.reads = []
    inner = reader._get_analogsignal_chunk

    def counted(block, segment, i_start, i_stop, stream, channels):
        reader.reads.append((i_start, i_stop))
        return inner(block, segment, i_start, i_stop, stream, channels)

    reader._get_analogsignal_chunk = counted
    return reader


def small_blocks(monkeypatch):
    """Have blocks of 1536 samples, one at a time, and many levels even of short recordings."""
    monkeypatch.setattr(layout, "BLOCK_BYTES", 1)
    monkeypatch.setattr(layout, "TOP_ROWS", 8)
    monkeypatch.setattr(layout, "LEAST_BYTES", 0)
    monkeypatch.setattr(builder, "BATCH_BYTES", 1)


def build(reader, pyramid: Pyramid, **rest) -> PyramidBuilder:
    """Build a pyramid to the end."""
    made = PyramidBuilder(reader, pyramid, **rest)
    made.start()
    assert made.join(60)
    return made


def assert_rows_are_right(pyramid: Pyramid, samples_of) -> None:
    """Compare every row of every level with the oracle.

    Parameters
    ----------
    pyramid : Pyramid
    samples_of : callable
        ``samples_of(stream, segment) -> ndarray``.
    """
    for stream, store in pyramid.streams.items():
        for run, place in enumerate(store.layout.runs):
            for level in store.layout.levels_of(run):
                want = oracle.rows(samples_of(stream, place.segment), level)
                got, there = store.read(run, level, 0, store.layout.rows_of(run, level))
                assert there.all(), (stream, run, level)
                assert got.dtype == want.dtype
                assert np.array_equal(got, want, equal_nan=want.dtype.kind == "f"), (run, level)


def look_at_all(pyramid: Pyramid) -> None:
    """Read all rows of all levels, so that what is damaged is found and struck out."""
    for store in pyramid.streams.values():
        for run in range(len(store.layout.runs)):
            for level in store.layout.levels_of(run):
                store.read(run, level, 0, store.layout.rows_of(run, level))


def touch(path, seconds=5):
    """Let a file have been written some seconds later than it was."""
    status = os.stat(path)
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns + seconds * 10**9))
