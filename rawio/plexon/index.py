"""The index of a .plx file: where the blocks of every channel and unit are, and when.

The scan hands over blocks in file order; here they are sorted into *keys*, one for each
continuous channel, each unit of each spike channel and each event channel, so that all that is
known of a key is a slice of a few columns. Memory is bounded: what the scan finds is kept as
compact records and moved once, and both records and columns lie in temporary files when they are
many.
"""

import tempfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO, Any

import numpy as np

from rawio.files import RawFile
from rawio.plexon import layout, runs, scan

KEY = np.dtype(
    [
        ("type", "u1"),
        ("channel", "<i4"),
        ("unit", "<i4"),
        ("start", "<i8"),  # the key's first row
        ("count", "<i8"),
        ("waveforms", "<i4"),  # greatest NumberOfWaveforms of a block
        ("words", "<i4"),  # greatest NumberOfWordsInWaveform
        ("longest", "<i8"),  # samples of the longest block
        ("shortest", "<i8"),
    ]
)
RECORD = np.dtype(
    [
        ("position", "<i8"),
        ("tick", "<i8"),
        ("key", "<u4"),
        ("unit", "<i2"),
        ("shape", "<u4"),  # both sizes of the block, as one number so that it moves as one
    ]
)
ARRAYS = ("keys", "part_rows", "position", "tick", "shape", "first", "label", "runs")
SPILL_BYTES = 64 << 20
EXAMPLES = 5

# Keys are ordered continuous channels first, then units by channel and unit, then events.
_RANKS = np.zeros(6, dtype=np.int64)
_RANKS[[layout.CONTINUOUS, layout.SPIKE, layout.EVENT]] = 0, 1, 2
_TYPES = np.array([layout.CONTINUOUS, layout.SPIKE, layout.EVENT])


@dataclass(frozen=True)
class Channels:
    """The channel numbers that blocks may have, from the headers.

    Attributes
    ----------
    spikes, events : ndarray of int
    slows : ndarray of int
    rates : ndarray of int
        ADFreq of each of `slows`; 0 where it cannot be used.
    clock : int
        Ticks a second.
    """

    spikes: np.ndarray
    events: np.ndarray
    slows: np.ndarray
    rates: np.ndarray
    clock: int


@dataclass(frozen=True)
class Index:
    """Where everything is. Rows are blocks, sorted by key, then part, then time.

    Attributes
    ----------
    keys : ndarray of KEY, shape (K,)
        ``start`` and ``count`` are the key's slice of rows; the rest is about its blocks. An event
        channel is one key whatever the units of its blocks; so is a continuous channel.
    part_rows : ndarray of int64, shape (K, parts + 1)
        First row of each key in each part of the file and one past its last; see `runs`.
    position : ndarray of int64, shape (N,)
        Byte offset of the block's header.
    tick : ndarray of int64, shape (N,)
    shape : ndarray of int16, shape (N, 2)
        NumberOfWaveforms and NumberOfWordsInWaveform.
    first : ndarray of int64, shape (rows of continuous keys,)
        Samples of the key before this block.
    label : ndarray of int16, shape (rows of event keys,)
        Unit of the block: the value of a strobe.
    runs : ndarray of runs.RUN
        Unbroken stretches of continuous keys.
    facts : dict
        What the scan noticed, for warnings: plain numbers, strings, lists and dicts.
    """

    keys: np.ndarray
    part_rows: np.ndarray
    position: np.ndarray
    tick: np.ndarray
    shape: np.ndarray
    first: np.ndarray
    label: np.ndarray
    runs: np.ndarray
    facts: dict[str, Any]

    def rows(self, key: int) -> slice:
        """Return the rows of a key."""
        start = int(self.keys["start"][key])
        return slice(start, start + int(self.keys["count"][key]))

    def labels(self, rows: slice) -> np.ndarray:
        """Return the labels of rows of an event key."""
        skip = len(self.position) - len(self.label)
        return self.label[rows.start - skip : rows.stop - skip]

    @property
    def parts(self) -> int:
        """Number of parts that the file falls into because its clock was set back."""
        return self.part_rows.shape[1] - 1


def build_index(file: RawFile, data_start: int, channels: Channels) -> Index:
    """Scan the data blocks of a file and group them.

    Parameters
    ----------
    file : RawFile
    data_start : int
        Byte of the first block.
    channels : Channels

    Returns
    -------
    Index
    """
    with _Records() as records:
        collector = _Collector(records, channels)
        known = scan.known_channels(channels.spikes, channels.slows)
        end = scan.scan_blocks(file, data_start, known, collector)
        keys, columns = _grouped(records, collector)
    rates = dict(zip(channels.slows.tolist(), channels.rates.tolist(), strict=True))
    key_rates = np.array(
        [rates[int(k["channel"])] if k["type"] == layout.CONTINUOUS else 0 for k in keys],
        dtype=np.int64,
    )
    timed = runs.sort_in_time(keys, columns, key_rates, channels.clock)
    facts = collector.facts() | {
        "blocks": end.blocks,
        "end": end.position,
        "reason": end.reason,
        "zeros": end.zeros[:EXAMPLES],
        "zero_bytes": sum(count for _, count in end.zeros),
        "restarts": timed.restarts.tolist(),
        "backward": timed.backward,
    }
    return Index(
        keys=keys,
        part_rows=timed.part_rows,
        position=columns["position"],
        tick=columns["tick"],
        shape=columns["shape"],
        first=timed.first,
        label=_event_labels(keys, columns["unit"]),
        runs=timed.runs,
        facts=facts,
    )


class _Records:
    """Blocks on their way from the scan to the columns: in memory, or in a file without a name."""

    def __init__(self) -> None:
        self._chunks: list[np.ndarray] = []
        self._bytes = 0
        self._file: IO[bytes] | None = None
        self._counts: list[int] = []

    def __enter__(self) -> "_Records":
        return self

    def __exit__(self, *exception: object) -> None:
        if self._file is not None:
            self._file.close()

    def append(self, chunk: np.ndarray) -> None:
        self._chunks.append(chunk)
        self._bytes += chunk.nbytes
        if self._bytes > SPILL_BYTES:
            self._spill()

    def __iter__(self) -> Iterator[np.ndarray]:
        if self._file is not None:
            self._file.seek(0)
            for count in self._counts:
                yield np.fromfile(self._file, dtype=RECORD, count=count)
        yield from self._chunks

    def _spill(self) -> None:
        written = sum(self._counts) * RECORD.itemsize
        self._bytes = 0
        try:
            if self._file is None:
                self._file = tempfile.TemporaryFile(buffering=0)  # noqa: SIM115
            self._file.seek(written)
            for chunk in self._chunks:
                _write_all(self._file, chunk)
        except OSError:
            return  # no room for temporary files: memory must do
        self._counts += [len(chunk) for chunk in self._chunks]
        self._chunks = []


class _Collector:
    """Takes blocks from the scan, drops those of no known channel and gives the rest a key."""

    def __init__(self, records: _Records, channels: Channels) -> None:
        self._records = records
        self._wanted = np.zeros((7, 65536), dtype=bool)
        events = np.concatenate([channels.events, list(layout.SPECIAL_EVENTS)]).astype(np.int64)
        for kind, numbers in (
            (layout.SPIKE, channels.spikes),
            (layout.EVENT, events),
            (layout.CONTINUOUS, channels.slows),
        ):
            self._wanted[kind, numbers] = True
        self._codes = np.empty(0, dtype=np.int64)  # ascending
        self._ids = np.empty(0, dtype=np.int64)  # in order of discovery
        self._skipped: Counter[tuple[int, int]] = Counter()
        self._empty = 0

    def __call__(self, positions: np.ndarray, heads: np.ndarray) -> None:
        kind = np.minimum(heads[:, layout.TYPE], 6)
        wanted = self._wanted[kind, heads[:, layout.CHANNEL]]
        if not wanted.all():
            self._count_skipped(heads[~wanted])
        empty = (kind == layout.CONTINUOUS) & (
            (heads[:, layout.N_WAVEFORMS] == 0) | (heads[:, layout.N_WORDS] == 0)
        )
        if empty.any():
            self._empty += int(np.count_nonzero(empty & wanted))
            wanted &= ~empty
        if not wanted.all():
            positions, heads, kind = positions[wanted], heads[wanted], kind[wanted]
        if not len(heads):
            return
        records = np.empty(len(heads), dtype=RECORD)
        records["position"] = positions
        lower = heads.view("<u4")[:, 1]
        records["tick"] = (heads[:, layout.UPPER].astype(np.int64) << 32) | lower
        records["key"] = self._key_ids(heads, kind)
        records["unit"] = heads[:, layout.UNIT].view("<i2")
        records["shape"] = heads.view("<u4")[:, layout.N_WAVEFORMS // 2]
        self._records.append(records)

    def ordered_keys(self) -> tuple[np.ndarray, np.ndarray]:
        """Return the keys in their final order, and for each id its place in it."""
        keys = np.zeros(len(self._codes), dtype=KEY)
        keys["type"] = _TYPES[self._codes >> 32]
        keys["channel"] = (self._codes >> 16) & 0xFFFF
        keys["unit"] = (self._codes & 0xFFFF) - 0x8000
        place = np.empty(len(self._ids), dtype=np.int64)
        place[self._ids] = np.arange(len(self._ids))
        return keys, place

    def facts(self) -> dict[str, Any]:
        """Return counts of what was not indexed, by type."""
        unknown: Counter[int] = Counter()
        skipped: dict[str, dict[str, Any]] = {}
        for (kind, channel), count in sorted(self._skipped.items()):
            if kind not in _TYPES:
                unknown[kind] += count
                continue
            fact = skipped.setdefault(str(kind), {"blocks": 0, "channels": []})
            fact["blocks"] += count
            fact["channels"].append(channel)
        for fact in skipped.values():
            fact["more"] = max(0, len(fact["channels"]) - EXAMPLES)
            fact["channels"] = fact["channels"][:EXAMPLES]
        types = [[kind, count] for kind, count in unknown.most_common(EXAMPLES)]
        return {
            "unknown_types": types,
            "unknown_blocks": unknown.total(),
            "skipped": skipped,
            "empty": self._empty,
        }

    def _key_ids(self, heads: np.ndarray, kind: np.ndarray) -> np.ndarray:
        unit = heads[:, layout.UNIT] ^ np.uint16(0x8000)  # so that units order as signed numbers
        unit[kind != layout.SPIKE] = 0x8000
        codes = (_RANKS[kind] << 32) | (heads[:, layout.CHANNEL].astype(np.int64) << 16) | unit
        at = self._find(codes)
        missing = self._codes[at] != codes if len(self._codes) else np.ones(len(codes), dtype=bool)
        if missing.any():
            self._add(np.unique(codes[missing]))
            at = self._find(codes)
        return self._ids[at]

    def _find(self, codes: np.ndarray) -> np.ndarray:
        at = np.searchsorted(self._codes, codes)
        return np.minimum(at, max(0, len(self._codes) - 1))

    def _add(self, codes: np.ndarray) -> None:
        ids = len(self._ids) + np.arange(len(codes))
        codes, ids = np.concatenate([self._codes, codes]), np.concatenate([self._ids, ids])
        order = np.argsort(codes)
        self._codes, self._ids = codes[order], ids[order]

    def _count_skipped(self, heads: np.ndarray) -> None:
        kinds = heads[:, layout.TYPE].astype(np.int64)
        known = np.isin(kinds, _TYPES)
        channels = np.where(known, heads[:, layout.CHANNEL], 0)
        codes, counts = np.unique((kinds << 16) | channels, return_counts=True)
        for code, count in zip(codes.tolist(), counts.tolist(), strict=True):
            kind, channel = code >> 16, code & 0xFFFF
            self._skipped[_signed(kind), _signed(channel)] += count


def _grouped(records: _Records, collector: _Collector) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    """Sort the records into columns by key, in file order within each: a counting sort."""
    keys, place = collector.ordered_keys()
    for chunk in records:
        keys["count"] += np.bincount(place[chunk["key"]], minlength=len(keys))
    keys["start"] = np.cumsum(keys["count"]) - keys["count"]
    total = int(keys["count"].sum())
    names = ("position", "tick", "unit", "shape")
    columns = {name: runs.empty_column(total, RECORD[name]) for name in names}
    fill = keys["start"].copy()
    small = np.uint16 if len(keys) <= 0x10000 else np.int64  # 16 bits are sorted by radix
    for chunk in records:
        key = place[chunk["key"]].astype(small)
        order = np.argsort(key, kind="stable")
        counts = np.bincount(key, minlength=len(keys))
        target = np.arange(len(chunk)) + np.repeat(fill - (np.cumsum(counts) - counts), counts)
        for name, column in columns.items():
            column[target] = chunk[name][order]
        fill += counts
    columns["shape"] = columns["shape"].view("<i2").reshape(total, 2)
    for key in keys:
        shape = columns["shape"][key["start"] : key["start"] + key["count"]]
        key["waveforms"], key["words"] = shape.max(axis=0)
        n_words = runs.words_of(shape)
        key["longest"], key["shortest"] = n_words.max(), n_words.min()
    return keys, columns


def _event_labels(keys: np.ndarray, units: np.ndarray) -> np.ndarray:
    is_event = keys["type"] == layout.EVENT
    return units[len(units) - int(keys["count"][is_event].sum()) :].copy()


def _signed(word: int) -> int:
    return word - 0x10000 if word >= 0x8000 else word


def _write_all(file: IO[bytes], chunk: np.ndarray) -> None:
    left = chunk.view("u1").data
    while left:
        left = left[file.write(left) :]
