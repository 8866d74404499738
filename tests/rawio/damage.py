"""Damaged recordings: cut at every place that matters, or with changed bytes.

However a file is damaged, opening it and reading all of it ends in one of two ways: a `RawIOError`
of one sentence that says which file, or a correct recording, perhaps a shorter one, that says in
its warnings what is missing. Either costs less memory than twice the file and 16 MB.

    counts = check_cuts(path, open_reader, header_bytes=512, boundary=lambda size: size % 8 == 0)
    assert counts.shorter > 100

`path` is the file to be damaged, in place, in a folder of the test's own; `open_reader(path)`
returns a parsed reader of the recording that it is a part of. The recording is read once while it
is whole; what comes of the damaged one is held against that.
"""

import logging
import tracemalloc
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from rawio import BaseRawIO, RawIOError

OpenReader = Callable[[Path], BaseRawIO]

SPARE_BYTES = 16 << 20
CHUNK = 1 << 15
MAX_SEGMENTS = 64


@dataclass(frozen=True)
class Run:
    """Unbroken samples of one stream: what a segment has of it."""

    key: tuple[Any, ...]
    t_start: float
    rate: float
    samples: np.ndarray


@dataclass(frozen=True)
class Content:
    """All that a reader gives, in arrays."""

    runs: list[Run]
    spikes: dict[str, list[tuple[float, bytes | None]]]
    events: dict[str, list[tuple[float, float, str]]]
    warnings: list[str]

    @property
    def values(self) -> tuple[Any, ...]:
        """How many samples there are, and all spikes and events."""
        return sum(run.samples.size for run in self.runs), self.spikes, self.events


@dataclass
class Counts:
    """How damaged recordings came out: how often refused, read in part, and read as if sound."""

    refused: int = 0
    shorter: int = 0
    same: int = 0
    sentences: set[str] = field(default_factory=set)


def check_cuts(
    path: Path,
    open_reader: OpenReader,
    *,
    sizes: Iterable[int] | None = None,
    header_bytes: int = 0,
    n_data: int = 200,
    boundary: Callable[[int], bool] = lambda size: False,
    seed: int = 0,
) -> Counts:
    """Cut a file at many places and check what comes of each.

    Parameters
    ----------
    path : pathlib.Path
        Is whole again afterwards.
    open_reader : callable
    sizes : iterable of int, optional
        Bytes to leave; else those of `cut_sizes`.
    header_bytes, n_data, seed : int
        Of `cut_sizes`.
    boundary : callable
        Whether a file of so many bytes is as good as whole for all that its format can tell, so
        that no warning is due.

    Returns
    -------
    Counts
    """
    size = path.stat().st_size
    if sizes is None:
        sizes = cut_sizes(size, header_bytes, n_data, seed)
    whole = content_of(open_reader(path))
    counts = Counts()
    with _restored(path) as data:
        for left in sorted(set(sizes), reverse=True):
            what = f"{path.name} cut at byte {left} of {size}"
            path.write_bytes(data[:left])
            found = _outcome(path, open_reader, counts, what)
            if found is None:
                continue
            _check_part(found, whole, what)
            if found.values == whole.values:
                counts.same += 1
                continue
            counts.shorter += 1
            told = set(found.warnings) - set(whole.warnings)
            assert told or boundary(left), f"{what}: is shorter and does not say so"
    return counts


def check_flips(
    path: Path,
    open_reader: OpenReader,
    *,
    header_bytes: int | None = None,
    times: int = 200,
    seed: int = 0,
) -> Counts:
    """Change bytes of a file at random and check that no other error than ours comes of it.

    Parameters
    ----------
    path : pathlib.Path
        Is whole again afterwards.
    open_reader : callable
    header_bytes : int, optional
        Change bytes before this one only; else anywhere.
    times : int
        How often, each time one to six bytes of the whole file.
    seed : int
    """
    rng = np.random.default_rng(seed)
    counts = Counts()
    with _restored(path) as data:
        for number in range(times):
            bad = bytearray(data)
            for at in rng.integers(0, header_bytes or len(data), rng.integers(1, 7)).tolist():
                bad[at] = int(rng.integers(256)) if number % 2 else bad[at] ^ 1 << (number // 2 % 8)
            path.write_bytes(bad)
            if _outcome(path, open_reader, counts, f"{path.name}, change {number}") is not None:
                counts.same += 1
    return counts


@contextmanager
def _restored(path: Path) -> Iterator[bytes]:
    """Give the bytes of a file that is being damaged, and put them back; keep the log quiet."""
    data = path.read_bytes()
    logging.disable()  # thousands of warnings are due
    try:
        yield data
    finally:
        logging.disable(logging.NOTSET)
        path.write_bytes(data)


def cut_sizes(size: int, header_bytes: int, n_data: int = 200, seed: int = 0) -> list[int]:
    """Return where to cut a file: at all bytes of its header and at random ones of its data.

    Of a header beyond 4096 bytes every 17th of the rest. The ends of both are among them.
    """
    header = {*range(min(header_bytes, 4096)), *range(4096, header_bytes, 17)}
    first = min(header_bytes, size - 1)
    data = np.random.default_rng(seed).integers(first, size, n_data).tolist()
    ends = {header_bytes - 1, header_bytes, header_bytes + 1, size - 2, size - 1}
    return sorted(at for at in header | set(data) | ends if 0 <= at < size)


def content_of(reader: BaseRawIO) -> Content:
    """Read everything, in chunks, and check that counts and shapes agree with each other."""
    segments = [
        (block, segment)
        for block in range(reader.block_count())
        for segment in range(reader.segment_count(block))
    ][:MAX_SEGMENTS]
    runs: list[Run] = []
    spikes: dict[str, list[tuple[float, bytes | None]]] = {}
    events: dict[str, list[tuple[float, float, str]]] = {}
    for block, segment in segments:
        assert reader.segment_t_stop(block, segment) >= reader.segment_t_start(block, segment)
        for stream in range(reader.signal_streams_count()):
            runs.append(_run(reader, block, segment, stream))
        for unit in range(reader.unit_channels_count()):
            label = str(reader.header["unit_channels"]["id"][unit])
            spikes.setdefault(label, []).extend(_spikes(reader, block, segment, unit))
        for channel in range(reader.event_channels_count()):
            label = str(reader.header["event_channels"]["id"][channel])
            events.setdefault(label, []).extend(_events(reader, block, segment, channel))
    return Content(runs, spikes, events, list(reader.warnings))


def _run(reader: BaseRawIO, block: int, segment: int, stream: int) -> Run:
    rows = reader.get_group_channel_indexes()[stream]
    channels = reader.header["signal_channels"][rows]
    size = reader.get_signal_size(block, segment, stream)
    step = max(1, CHUNK // max(1, len(channels)))
    chunks = [
        reader.get_analogsignal_chunk(block, segment, start, min(start + step, size), stream)
        for start in range(0, size, step)
    ]
    samples = np.concatenate(chunks) if chunks else np.empty((0, len(channels)))
    assert samples.shape == (size, len(channels))
    fields = ("id", "name", "dtype", "units", "gain", "offset", "sampling_rate")
    key = tuple(tuple(channels[name].tolist()) for name in fields)
    t_start = reader.get_signal_t_start(block, segment, stream)
    return Run(key, t_start, reader.get_signal_sampling_rate(stream), samples)


def _spikes(reader: BaseRawIO, block: int, segment: int, unit: int) -> list[Any]:
    ticks = reader.spike_timestamps(block, segment, unit)
    assert len(ticks) == reader.spike_count(block, segment, unit)
    assert (np.diff(ticks) >= 0).all()
    waveforms = reader.spike_raw_waveforms(block, segment, unit)
    row = reader.unit_signal_channel(unit)
    assert row is None or 0 <= row < len(reader.header["signal_channels"])
    times = reader.rescale_spike_timestamp(ticks).tolist()
    if waveforms is None:
        return [(time, None) for time in times]
    assert waveforms.ndim == 3 and len(waveforms) == len(ticks)
    return [
        (time, wave.tobytes() if wave.any() else None)
        for time, wave in zip(times, waveforms, strict=True)
    ]


def _events(reader: BaseRawIO, block: int, segment: int, channel: int) -> list[Any]:
    ticks, durations, labels = reader.event_timestamps(block, segment, channel)
    assert len(ticks) == len(labels) == reader.event_count(block, segment, channel)
    assert (np.diff(ticks) >= 0).all()
    lasting = np.zeros(len(ticks)) if durations is None else durations
    times = reader.rescale_event_timestamp(ticks, event_channel_index=channel)
    return list(zip(times.tolist(), np.asarray(lasting).tolist(), map(str, labels), strict=True))


def _outcome(path: Path, open_reader: OpenReader, counts: Counts, what: str) -> Content | None:
    """Open and read a damaged recording; None when it is refused as it should be."""
    with bounded_memory(2 * path.stat().st_size + SPARE_BYTES, what):
        try:
            return content_of(open_reader(path))
        except RawIOError as error:
            sentence = str(error)
        except Exception as error:
            raise AssertionError(f"{what}: {error!r} is no RawIOError") from error
    assert sentence and "\n" not in sentence, f"{what}: {sentence!r} is no sentence"
    assert str(path.parent) in sentence or path.name in sentence, f"{what}: which? {sentence}"
    counts.refused += 1
    counts.sentences.add(sentence)
    return None


@contextmanager
def bounded_memory(limit: int, what: str) -> Iterator[None]:
    """Fail when Python and NumPy hold more than `limit` bytes more than before, at any time."""
    started = not tracemalloc.is_tracing()
    if started:
        tracemalloc.start()
    try:
        before = tracemalloc.get_traced_memory()[0]
        tracemalloc.reset_peak()
        yield
        peak = tracemalloc.get_traced_memory()[1] - before
    finally:
        if started:
            tracemalloc.stop()
    assert peak < limit, f"{what}: {peak} bytes of memory for {limit} allowed"


def _check_part(part: Content, whole: Content, what: str) -> None:
    """Check that nothing is in `part` that is not in `whole`, at the same times."""
    for run in part.runs:
        held = any(_holds(other, run) for other in whole.runs)
        assert held or not len(run.samples), f"{what}: samples differ, or their times"
    every = Counter(spike for spikes in whole.spikes.values() for spike in spikes)
    for label, spikes in part.spikes.items():
        # Spikes whose sorting is lost are a unit of another name.
        allowed = Counter(whole.spikes[label]) if label in whole.spikes else every
        _check_spikes(spikes, allowed, f"{what}: unit {label}")
    for label, events in part.events.items():
        assert label in whole.events, f"{what}: new events {label!r}"
        extra = Counter(events) - Counter(whole.events[label])
        assert not extra, f"{what}: events {label!r} that are not in the whole: {list(extra)[:3]}"


def _check_spikes(spikes: list[Any], allowed: Counter[Any], what: str) -> None:
    """Check that spikes are among those allowed; a waveform may be lost, but not changed."""
    extra = Counter(spikes) - allowed
    left = allowed - Counter(spikes)
    times = Counter(time for time, _ in left.elements())
    lost = Counter(time for time, wave in extra.elements() if wave is None)
    changed = [spike for spike in extra if spike[1] is not None]
    assert not changed, f"{what}: spikes that are not in the whole: {changed[:2]}"
    assert lost <= times, f"{what}: spike times that are not in the whole"


def _holds(whole: Run, part: Run) -> bool:
    """Return whether the samples of `part` are in `whole`, at the same time."""
    if whole.key != part.key:
        return False
    first = round((part.t_start - whole.t_start) * whole.rate)
    last = first + len(part.samples)
    if not 0 <= first <= last <= len(whole.samples):
        return False
    if abs(whole.t_start + first / whole.rate - part.t_start) > 1e-3 / whole.rate:
        return False
    return np.array_equal(whole.samples[first:last], part.samples)
