"""Which recording a pyramid is of: what tells it from a changed, a longer and another one."""

import hashlib
import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np

from rawio import BaseRawIO
from viewer.engine.pyramid.layout import RunPlace, StreamLayout

PROBES = 24
"""Places of a stream whose samples are compared."""

PROBE_SAMPLES = 16

Likeness = Literal["same", "grown", "other"]


@dataclass(frozen=True)
class Identity:
    """What a pyramid says about its recording.

    Attributes
    ----------
    path : str
        The recording, absolute; only to tell people.
    nature : str
        Hash of what never changes while a recording grows: reader, streams, channels, types, rates.
    files : tuple of (name, size, mtime_ns)
        Of the recording's files, named from the folder that holds them all; none where the reader
        has none.
    streams : tuple of StreamLayout
    probes : tuple of (stream, block, segment, first sample, hash)
        Hashes of samples all over the recording; of one that is computed, of those it is computed
        from.
    derived : str
        What its samples are computed by, as `rawio.BaseRawIO.derived_from` says it; "" where they
        are the recording's own.
    """

    path: str
    nature: str
    files: tuple[tuple[str, int, int], ...]
    streams: tuple[StreamLayout, ...]
    probes: tuple[tuple[int, int, int, int, str], ...]
    derived: str = ""

    @classmethod
    def of(cls, reader: BaseRawIO) -> "Identity":
        """Look at a recording whose header is parsed; the cost does not depend on its length.

        Raises
        ------
        RawIOError
            What the reader raises.
        """
        streams = tuple(_layouts(reader))
        origin, derived = _origin(reader)
        probes = [
            (*place, _hash_samples(origin, place))
            for layout in streams
            for place in _probe_places(layout)
        ]
        sources = reader.source_files()
        names = _names([file.path.absolute() for file in sources])
        files = tuple((n, f.size, f.mtime_ns) for n, f in zip(names, sources, strict=True))
        path = str(Path(reader.source_name()).absolute())
        return cls(path, _nature(reader), files, streams, tuple(probes), derived)

    def likeness(self, reader: BaseRawIO, now: "Identity") -> Likeness:
        """Return what became of the recording this pyramid was made of.

        Parameters
        ----------
        reader : BaseRawIO
        now : Identity
            Of the reader.

        Returns
        -------
        {'same', 'grown', 'other'}
            ``grown``: longer, and all that was there before is there. What is computed never is:
            the last samples of before change with what comes after them.
        """
        if self.nature != now.nature:
            return "other"
        same = self.files == now.files and self.streams == now.streams
        if not same and (self.derived or not self._may_have_grown_to(now)):
            return "other"
        origin, _ = _origin(reader)
        if any(_hash_samples(origin, probe[:4]) != probe[4] for probe in self.probes):
            return "other"
        return "same" if same else "grown"

    def _may_have_grown_to(self, now: "Identity") -> bool:
        if len(self.files) > len(now.files) or len(self.streams) > len(now.streams):
            return False
        sizes = {name: size for name, size, _ in now.files}
        if any(sizes.get(name, -1) < size for name, size, _ in self.files):
            return False
        changed = {file for file in self.files if file not in now.files}
        if any(sizes[name] == size for name, size, _ in changed):
            return False  # as long as before and touched: what was touched nobody knows
        theirs = {layout.stream: layout for layout in now.streams}
        return all(
            layout.stream in theirs and may_extend(layout, theirs[layout.stream])
            for layout in self.streams
        )

    def as_json(self) -> dict[str, Any]:
        """Return plain values."""
        return {
            "path": self.path,
            "nature": self.nature,
            "files": [list(file) for file in self.files],
            "streams": [_layout_as_json(layout) for layout in self.streams],
            "probes": [list(probe) for probe in self.probes],
            "derived": self.derived,
        }

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> "Identity":
        """Return what `as_json` wrote.

        Raises
        ------
        ValueError, TypeError, LookupError
            When it is something else.
        """
        return cls(
            str(values["path"]),
            str(values["nature"]),
            tuple((str(name), int(size), int(mtime)) for name, size, mtime in values["files"]),
            tuple(_layout_from_json(layout) for layout in values["streams"]),
            tuple(
                (int(s), int(b), int(g), int(start), str(digest))
                for s, b, g, start, digest in values["probes"]
            ),
            str(values.get("derived", "")),  # was not written before there were layers
        )


def may_extend(old: StreamLayout, new: StreamLayout) -> bool:
    """Return whether `new` is `old` with a longer last run, or more runs after it."""
    if (old.dtype, old.channels, old.power) != (new.dtype, new.channels, new.power):
        return False
    if len(old.runs) > len(new.runs):
        return False
    if not old.runs:
        return True
    last = len(old.runs) - 1
    return (
        old.runs[:last] == new.runs[:last]
        and old.runs[last][:2] == new.runs[last][:2]
        and old.runs[last].size <= new.runs[last].size
    )


def _layouts(reader: BaseRawIO) -> list[StreamLayout]:
    assert reader.header is not None
    channels = reader.header["signal_channels"]
    layouts = []
    for stream, rows in enumerate(reader.get_group_channel_indexes()):
        runs = tuple(
            RunPlace(block, segment, reader.get_signal_size(block, segment, stream))
            for block in range(reader.block_count())
            for segment in range(reader.segment_count(block))
        )
        dtype = np.dtype(str(channels["dtype"][rows[0]])).newbyteorder("=")
        layouts.append(StreamLayout.of(stream, dtype.str, len(rows), runs))
    return layouts


def _names(paths: Sequence[Path]) -> list[str]:
    """Return names that tell files apart, also those of one name in several folders."""
    try:
        folder = os.path.commonpath([path.parent for path in paths]) if paths else ""
    except ValueError:  # several drives of Windows
        return [path.as_posix() for path in paths]
    return [path.relative_to(folder).as_posix() for path in paths]


def _origin(reader: BaseRawIO) -> tuple[BaseRawIO, str]:
    """Return the reader that samples are from in the end, and what is done to them, in order."""
    texts = []
    while (derived := reader.derived_from()) is not None:
        reader, text = derived
        texts.append(text)
    return reader, "; ".join(reversed(texts))


def _nature(reader: BaseRawIO) -> str:
    assert reader.header is not None
    channels = reader.header["signal_channels"]
    facts = [
        type(reader).__name__,
        [str(stream) for stream in reader.header["signal_streams"]["id"]],
        [
            [str(channels[row][field]) for field in ("id", "dtype", "sampling_rate", "stream_id")]
            for row in range(len(channels))
        ],
    ]
    origin, derived = _origin(reader)
    if derived:
        facts += [derived, _nature(origin)]
    return _hash(json.dumps(facts).encode())


def _probe_places(layout: StreamLayout) -> list[tuple[int, int, int, int]]:
    """Return places spread evenly over all samples of a stream, its first and last among them."""
    ends = np.cumsum([run.size for run in layout.runs], dtype=np.int64)
    if not len(ends):
        return []
    places = []
    for position in np.linspace(0, ends[-1] - 1, PROBES).astype(np.int64).tolist():
        number = int(np.searchsorted(ends, position, side="right"))
        run = layout.runs[number]
        start = position - int(ends[number]) + run.size
        start = max(0, min(start, run.size - PROBE_SAMPLES))
        places.append((layout.stream, run.block, run.segment, start))
    return places


def _hash_samples(reader: BaseRawIO, place: Sequence[Any]) -> str:
    stream, block, segment, start = place
    samples = reader.get_analogsignal_chunk(
        block, segment, start, start + PROBE_SAMPLES, stream_index=stream
    )
    return _hash(np.ascontiguousarray(samples).data)


def _hash(data: Any) -> str:
    return hashlib.blake2b(data, digest_size=12).hexdigest()


def _layout_as_json(layout: StreamLayout) -> dict[str, Any]:
    return {
        "stream": layout.stream,
        "dtype": layout.dtype,
        "channels": layout.channels,
        "power": layout.power,
        "levels": list(layout.levels),
        "runs": [list(run) for run in layout.runs],
    }


def _layout_from_json(values: Mapping[str, Any]) -> StreamLayout:
    runs = tuple(RunPlace(int(b), int(s), int(size)) for b, s, size in values["runs"])
    layout = StreamLayout(
        int(values["stream"]),
        np.dtype(values["dtype"]).str,
        int(values["channels"]),
        runs,
        int(values["power"]),
    )
    if list(layout.levels) != values["levels"]:
        raise ValueError("levels that this version does not write")
    return layout
