"""`IntanRawIO`: Intan RHD and RHS recordings."""

import os
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any, ClassVar, Literal

import numpy as np

from rawio._points import Events, time_slice
from rawio.base import BaseRawIO, Place
from rawio.edges import Budget, EdgeFinder
from rawio.header import make_header
from rawio.intan import opening, tables
from rawio.intan.clock import MOST_BREAKS, Runs, find_runs
from rawio.intan.contents import Contents, Timestamps
from rawio.intan.dating import recorded_at
from rawio.intan.folder import is_data_file
from rawio.intan.headers import kind_of
from rawio.intan.notes import read_notes
from rawio.intan.segments import Piece, cut
from rawio.selection import Selection

RISING, FALLING = "rising", "falling"

SLAB_SAMPLES = 1 << 17
"""Samples of digital lines that are looked through for edges at a time."""


class IntanRawIO(BaseRawIO):
    """Intan RHD and RHS recordings of all versions, in their three file layouts.

    Parameters
    ----------
    filename : path-like
        A traditional .rhd or .rhs file; info.rhd or info.rhs or any of the .dat files beside it;
        or a folder with either, or with the files of one session.
    ignore_integrity_checks : bool
        Show all samples as one run from the first timestamp on, whatever the others say.
    session : str, optional
        Of a folder with traditional files of several sessions, the name of one: that of any of
        its files, without suffix.

    Attributes
    ----------
    file_format : str
        "header-attached", "one-file-per-signal" or "one-file-per-channel".
    discontinuous_timestamps : bool
        Whether there are gaps.

    Notes
    -----
    Raw numbers are those of the files. The amplifiers' are unsigned with zero at 32768 in the
    traditional layout and signed in the others. Of a stimulation word the signed steps are given,
    not its flags (amplifier settle, charge recovery, compliance limit); of a digital word a
    channel of zeros and ones for each line.

    Times are timestamps over the sample rate, so a triggered recording starts before 0. A gap in
    the timestamps starts a new segment (see `rawio.intan.clock`), and so does a counter set back.
    In folders auxiliary inputs and supply voltages are repeated up to the sample rate, which is
    then their rate.

    Events are the edges of each digital line, labelled "rising" and "falling", at the first sample
    in the new state; a line that is high from the start of a segment on has none there. They are
    searched for in the samples when they are asked for (see `rawio.edges`). The notes in
    notes.txt are events of their own. Ticks are timestamps.
    """

    name: ClassVar[str] = "Intan"
    description: ClassVar[str] = "Intan recordings (.rhd, .rhs and their .dat files)"
    extensions: ClassVar[list[str]] = ["rhd", "rhs", "dat"]
    rawmode: ClassVar[Literal["one-file", "multi-file", "one-dir"]] = "one-file"

    def __init__(
        self,
        filename: str | os.PathLike[str],
        ignore_integrity_checks: bool = False,
        session: str | None = None,
    ) -> None:
        super().__init__(filename)
        self.ignore_integrity_checks = ignore_integrity_checks
        self.session = session
        self.file_format = ""
        self.discontinuous_timestamps = False

    @classmethod
    def recognises(cls, path: Path, head: bytes) -> bool:
        """Return whether `head` is that of a .rhd or .rhs file, or `path` is data beside one.

        Of .dat files that is told by the names that Intan's software gives them.
        """
        if kind_of(head) is not None:
            return True
        return is_data_file(path.name) and opening.info_beside(path) is not None

    @classmethod
    def recording_of(cls, path: Path) -> Place | None:
        """Return the folder of files that belong together, else the file.

        A folder of traditional files may hold several sessions; the option ``session`` tells.
        """
        return opening.place_of(path)

    # -- parsing ---------------------------------------------------------------------------------

    def _parse_header(self) -> None:
        contents = opening.open_contents(Path(self.filename), self.session, self._warn)
        self.file_format = contents.layout
        self._rate = contents.header.sample_rate
        self._segments = cut(contents, self._find_runs(contents))
        self._recorded = recorded_at(contents, self._segments[0].t_start if self._segments else 0.0)
        self._order = tables.stream_order(contents)
        self._sources = [contents.streams[k].source for k in self._order]
        self._finders = list(_edge_finders(contents))
        self._notes = read_notes(contents, self._segments, self._warn)
        self.header = make_header(
            nb_segment=[len(self._segments)],
            event_channels=tables.event_table(contents, self._notes is not None),
            **tables.signal_tables(contents, self._order),
        )

    def _find_runs(self, contents: Contents) -> Runs:
        """Return the runs of timestamps, one if they are of no use or nobody asks for them."""
        self.discontinuous_timestamps = False
        if contents.times is None:
            return Runs.single(0)
        read = Timestamps(contents.times)
        runs = find_runs(read, min(contents.times.size, contents.size))
        if runs is None:
            self._warn(
                f"timestamps jump more than {MOST_BREAKS} times, so they are no count of samples; "
                "the recording is shown as one run from the first of them on."
            )
        elif len(runs.first) > 1 and self.ignore_integrity_checks:
            self._warn(
                f"{len(runs.first) - 1} gaps in the timestamps are ignored, as was asked; what is "
                "behind them is shown too early or too late."
            )
        self.discontinuous_timestamps = runs is None or len(runs.first) > 1
        if runs is None or self.ignore_integrity_checks:
            return Runs.single(int(read(0, 1)[0]))
        return runs

    def _recorded_at(self) -> datetime | None:
        return self._recorded

    # -- segments --------------------------------------------------------------------------------

    def _segment_t_start(self, block_index: int, seg_index: int) -> float:
        return self._segments[seg_index].t_start

    def _segment_t_stop(self, block_index: int, seg_index: int) -> float:
        return self._segments[seg_index].t_stop

    # -- signals ---------------------------------------------------------------------------------

    def _piece(self, seg_index: int, stream_index: int) -> Piece:
        return self._segments[seg_index].pieces[self._order[stream_index]]

    def _get_signal_size(self, block_index: int, seg_index: int, stream_index: int) -> int:
        return self._piece(seg_index, stream_index).size

    def _get_signal_t_start(self, block_index: int, seg_index: int, stream_index: int) -> float:
        return self._piece(seg_index, stream_index).t_start

    def _get_analogsignal_chunk(
        self,
        block_index: int,
        seg_index: int,
        i_start: int,
        i_stop: int,
        stream_index: int,
        channels: Selection,
    ) -> np.ndarray:
        first = self._piece(seg_index, stream_index).first
        return self._sources[stream_index].read(first + i_start, first + i_stop, channels)

    # -- events ----------------------------------------------------------------------------------

    def _event_count_reads_samples(self, event_channel_index: int) -> bool:
        return event_channel_index < len(self._finders)  # the notes come after the lines

    def _event_count(self, block_index: int, seg_index: int, event_channel_index: int) -> int:
        if event_channel_index >= len(self._finders):
            assert self._notes is not None
            return len(self._notes[seg_index].tick)
        finder, bit = self._finders[event_channel_index]
        segment = self._segments[seg_index]
        return finder.count(0, bit, segment.first + 1, segment.stop)

    def _get_event_timestamps(
        self,
        block_index: int,
        seg_index: int,
        event_channel_index: int,
        t_start: float | None,
        t_stop: float | None,
    ) -> Events:
        if event_channel_index >= len(self._finders):
            assert self._notes is not None
            notes = self._notes[seg_index]
            wanted = time_slice(notes.tick, self._rate, t_start, t_stop)
            return notes.tick[wanted], None, notes.text[wanted]
        finder, bit = self._finders[event_channel_index]
        segment = self._segments[seg_index]
        time_slice(np.empty(0, np.int64), self._rate, t_start, t_stop)  # refuses limits of nan
        first, stop = segment.samples_between(t_start, t_stop, self._rate)
        at, high = finder.find(0, bit, max(first, segment.first + 1), stop)
        ticks = at + (segment.tick - segment.first)
        wanted = time_slice(ticks, self._rate, t_start, t_stop)
        return ticks[wanted], None, np.where(high[wanted], RISING, FALLING)

    def _rescale_event_timestamp(
        self, timestamps: np.ndarray, dtype: Any, event_channel_index: int
    ) -> np.ndarray:
        return (timestamps / self._rate).astype(dtype, copy=False)


def _edge_finders(contents: Contents) -> Iterator[tuple[EdgeFinder, int]]:
    """Yield for each digital line what finds its edges, and its bit there."""
    budget = Budget()
    for lines in contents.lines:
        finder = EdgeFinder(lines.words, lines.words.source.size, SLAB_SAMPLES, budget)
        yield from ((finder, bit) for bit in lines.bits)
