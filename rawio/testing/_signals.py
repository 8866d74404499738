"""Checks of signals: values, ends, selections, scaling, threads."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np

from rawio.base import BaseRawIO
from rawio.errors import OutOfRangeError, SelectionError
from rawio.testing._common import Expected, chunk, raises, require, runs, same, windows

STEPS = (1, 7, 64, 511, 1000, 1024, 30_011)
THREADS = 4


def check_signals(reader: BaseRawIO, expected: Expected) -> None:
    """Check values, and that they do not depend on how they are asked for."""
    header: Any = reader.header
    for place in set(expected.signals) - {(b, s, k) for b, s, k, _, _ in runs(reader)}:
        require(
            not len(expected.signals[place]),
            f"there are no samples in (block, segment, stream) {place}.",
        )
    for block, segment, stream, size, n_channels in runs(reader):
        what = f"block {block}, segment {segment}, stream {stream}"
        rows = header["signal_channels"][reader.get_group_channel_indexes()[stream]]
        truth = expected.signals.get((block, segment, stream))
        if truth is not None:
            require(len(truth) == size, f"{what}: {size} samples, expected {len(truth)}.")
        for start, stop in windows(size, n_channels):
            whole = chunk(reader, block, segment, stream, start, stop)
            kind = np.dtype(str(rows["dtype"][0]))
            require(
                whole.dtype == kind and whole.dtype.isnative,
                f"{what}: chunks are {whole.dtype.str}, the header says {kind}.",
            )
            require(whole.shape == (stop - start, n_channels), f"{what}: shape {whole.shape}.")
            if truth is not None:
                same(whole, truth[start:stop], f"{what}, samples {start} to {stop}")
            _check_pieces(reader, (block, segment, stream), start, whole, what)
        _check_ends(reader, (block, segment, stream), size, n_channels, what)


def _check_pieces(
    reader: BaseRawIO, place: tuple[int, int, int], start: int, whole: np.ndarray, what: str
) -> None:
    """Check that pieces of any length, put together, are the whole."""
    for step in STEPS:
        length = min(len(whole), step * 40)  # single samples of a part, not of all
        for base in {0, len(whole) - length}:
            part = whole[base : base + length]
            for first in range(0, length, step):
                piece = chunk(
                    reader, *place, start + base + first, start + base + min(first + step, length)
                )
                same(piece, part[first : first + step], f"{what}: read {step} samples at a time")


def _check_ends(
    reader: BaseRawIO, place: tuple[int, int, int], size: int, n_channels: int, what: str
) -> None:
    for at in (0, size):
        same(
            chunk(reader, *place, at, at).shape,
            (0, n_channels),
            f"{what}: no samples at {at}, shape",
        )
    last = chunk(reader, *place, size - 1, size)
    tail = reader.get_analogsignal_chunk(place[0], place[1], size - 1, None, place[2])
    same(tail, last, f"{what}: i_stop=None")
    for start, stop in ((0, size + 1), (-1, 1), (size, size + 1), (1, 0), (size + 5, size + 6)):
        with raises(OutOfRangeError, f"{what}: samples {start} to {stop} of {size}"):
            chunk(reader, *place, start, stop)


def check_selections(reader: BaseRawIO) -> None:
    """Check that channels come as they are asked for, however that is."""
    header: Any = reader.header
    for block, segment, stream, size, n in _one_of_each_stream(reader):
        start, stop = max(0, size // 2 - 50), min(size, size // 2 + 50)
        place = (block, segment, stream, start, stop)
        whole = chunk(reader, *place)
        rows = header["signal_channels"][reader.get_group_channel_indexes()[stream]]
        what = f"stream {stream}"
        for picked in _selections(n):
            same(
                chunk(reader, *place, channel_indexes=picked),
                whole[:, [] if isinstance(picked, list) and not picked else picked],
                f"{what}: channel_indexes={picked!r}",
            )
        order = list(range(n))[::-1][:20]
        ids = [str(rows["id"][i]) for i in order]
        same(chunk(reader, *place, channel_ids=ids), whole[:, order], f"{what}: channel_ids")
        if len(set(rows["name"].tolist())) == n:
            names = [str(rows["name"][i]) for i in order]
            same(chunk(reader, *place, channel_names=names), whole[:, order], f"{what}: names")
        for wrong in ({"channel_indexes": [n]}, {"channel_indexes": [-1]}, {"channel_ids": ["?!"]}):
            with raises(SelectionError, f"{what}: {wrong}"):
                chunk(reader, *place, **wrong)


def _selections(n: int) -> list[Any]:
    mask = np.arange(n) % 2 == 0
    return [
        [0],
        [n - 1, 0],
        [0, 0],
        [],
        np.arange(n)[::-1],
        mask,
        slice(None),
        slice(0, max(1, n - 1)),
        slice(n - 1, n),
        slice(None, None, -1),
        slice(0, 0),
    ]


def check_scaling(reader: BaseRawIO) -> None:
    """Check that physical values are ``raw * gain + offset`` of each channel."""
    header: Any = reader.header
    for block, segment, stream, size, n in _one_of_each_stream(reader):
        raw = chunk(reader, block, segment, stream, 0, min(size, 100))
        before = raw.copy()
        rows = header["signal_channels"][reader.get_group_channel_indexes()[stream]]
        exact = raw * rows["gain"] + rows["offset"]
        for dtype in ("float32", "float64"):
            scaled = reader.rescale_signal_raw_to_float(raw, dtype, stream_index=stream)
            require(
                scaled.dtype == dtype, f"stream {stream}: scaled to {scaled.dtype}, not {dtype}."
            )
            size_of = np.abs(raw * rows["gain"]) + np.abs(rows["offset"])
            slack = 4 * np.finfo(dtype).eps * size_of
            require(
                (np.abs(scaled - exact) <= slack).all(),
                f"stream {stream}: scaled values are not raw * gain + offset in {dtype}.",
            )
        same(raw, before, f"stream {stream}: scaling changes the raw samples")
        with raises(SelectionError, f"stream {stream}: scaling with a channel too many"):
            reader.rescale_signal_raw_to_float(np.zeros((2, n + 1), raw.dtype), stream_index=stream)


def check_threads(reader: BaseRawIO) -> None:
    """Check that several threads reading at once get what one alone does."""
    for block, segment, stream, size, _ in _one_of_each_stream(reader):
        random = np.random.default_rng([block, segment, stream])
        starts = random.integers(0, size, 40).tolist()
        spans = [(start, min(size, start + 1000)) for start in starts]

        def read(
            span: tuple[int, int], place: tuple[int, int, int] = (block, segment, stream)
        ) -> Any:
            return chunk(reader, *place, *span).copy()

        alone = [read(span) for span in spans]
        with ThreadPoolExecutor(THREADS) as pool:
            together = list(pool.map(read, spans))
        for one, other in zip(alone, together, strict=True):
            same(other, one, f"stream {stream}, read by {THREADS} threads at once")


def _one_of_each_stream(reader: BaseRawIO) -> Iterator[tuple[int, int, int, int, int]]:
    """Yield the longest run of each stream."""
    longest: dict[int, tuple[int, int, int, int, int]] = {}
    for run in runs(reader):
        if run[2] not in longest or run[3] > longest[run[2]][3]:
            longest[run[2]] = run
    yield from longest.values()
