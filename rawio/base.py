"""`BaseRawIO`: the contract that every reader of the package fulfils."""

from datetime import datetime
from pathlib import Path
from typing import Any, ClassVar, Literal, NamedTuple

import numpy as np

from rawio._annotations import annotations_of, describe_annotations
from rawio._neo_names import NeoNames
from rawio._probes import ProbeAPI
from rawio.errors import FormatError
from rawio.files import RawFile
from rawio.header import describe_header
from rawio.sources import SourceFiles, noting


class Place(NamedTuple):
    """Where a recording is: what a reader is made with.

    Attributes
    ----------
    path : pathlib.Path
        A file or a folder.
    options : tuple of (str, str)
        Arguments of the reader that tell this recording from others at the same path.
    secondary : bool
        Whether it counts only in a folder without other recordings, as the results of a spike
        sorting do.
    """

    path: Path
    options: tuple[tuple[str, str], ...] = ()
    secondary: bool = False


class BaseRawIO(NeoNames, ProbeAPI):
    """A recording as NumPy buffers: raw signals, spikes, waveforms and events.

    Reading gives the integers of the file; scaling to physical units is a second step
    (``rescale_*``). A recording is a list of blocks, a block a list of segments; within a segment
    every stream (channels of one rate and timing) is an unbroken run of samples.

    Parameters
    ----------
    filename : path-like
        Nothing is read before `parse_header`.

    Attributes
    ----------
    header : dict or None
        None until `parse_header`; then ``nb_block``, ``nb_segment`` and the structured arrays
        ``signal_streams``, ``signal_channels``, ``unit_channels`` (also as ``spike_channels``)
        and ``event_channels``.
    warnings : list of str
        What the reader dropped, clamped or repaired, one sentence each.

    Notes
    -----
    A format is added by writing ``_parse_header`` (which sets ``self.header`` with
    `rawio.header.make_header`), ``_segment_t_start``, ``_segment_t_stop`` and the hooks of
    the classes in ``_signals`` and ``_points`` for what the format holds. Hooks get checked
    arguments.
    """

    name: ClassVar[str] = ""
    description: ClassVar[str] = ""
    extensions: ClassVar[list[str]] = []
    rawmode: ClassVar[Literal["one-file", "multi-file", "one-dir"]] = "one-file"
    opens_parts: ClassVar[bool] = False
    """Whether a folder inside a recording opens as what is in it, not as the whole recording."""
    _source_files: SourceFiles = SourceFiles()

    # -- what a format provides ------------------------------------------------------------

    def _parse_header(self) -> None:
        raise NotImplementedError(f"{type(self).__name__} must write _parse_header")

    def _segment_t_start(self, block_index: int, seg_index: int) -> float:
        raise NotImplementedError(f"{type(self).__name__} must write _segment_t_start")

    def _segment_t_stop(self, block_index: int, seg_index: int) -> float:
        raise NotImplementedError(f"{type(self).__name__} must write _segment_t_stop")

    def _recorded_at(self) -> datetime | None:
        """Return what `recorded_at` does; reads no file."""
        return None

    def _annotate(self, tree: dict[str, Any]) -> None:
        """Add to a new tree of `raw_annotations` what the format knows beyond names and ids."""

    @classmethod
    def recognises(cls, path: Path, head: bytes) -> bool:
        """Return whether the file at `path`, which starts with `head`, is of this format.

        Parameters
        ----------
        path : pathlib.Path
            A regular file; may be of the right name and still be foreign.
        head : bytes
            Its first 4096 bytes, or all of a shorter file.
        """
        return False

    @classmethod
    def recording_of(cls, path: Path) -> Place | None:
        """Return the recording that the file at `path`, which is of this format, belongs to.

        When a folder is searched, all files with the same answer are one recording. Formats whose
        recordings are several files, or folders, say here which.

        Returns
        -------
        Place or None
            None when the file by itself makes no recording.
        """
        return Place(path)

    # -- what callers use --------------------------------------------------------------------

    @property
    def is_header_parsed(self) -> bool:
        """Whether `parse_header` has been called."""
        return self.header is not None

    def parse_header(self) -> None:
        """Read the header and whatever index the format needs; data stays in the file.

        Raises
        ------
        RawIOError
            A subclass with one sentence when the file is missing, empty, unreadable or foreign.
        """
        self.header = None
        self.warnings = []
        self._scales = {}
        self._annotations = None
        self._given_probes, self._contacts = {}, {}
        self._source_files = SourceFiles()
        try:
            with noting() as noted:
                self._parse_header()
            self._source_files = SourceFiles(tuple(noted.values()))
            self._stream_members = self._find_stream_members()
        except BaseException:
            self.header = None  # half a header must not look like a whole one
            raise

    def _find_stream_members(self) -> list[np.ndarray]:
        """Return the rows of each stream's channels, which must be of one rate and type."""
        header = self._checked_header()
        channels, streams = header["signal_channels"], header["signal_streams"]
        astray = channels[~np.isin(channels["stream_id"], streams["id"])]
        if len(astray):
            raise FormatError(
                f"{self.filename}: signal channel {str(astray['name'][0])!r} is of no stream."
            )
        members = [np.flatnonzero(channels["stream_id"] == s["id"]) for s in streams]
        for stream, rows in zip(streams, members, strict=True):
            kinds = np.unique(channels[rows][["sampling_rate", "dtype"]])
            if len(kinds) != 1:
                raise FormatError(
                    f"{self.filename}: stream {str(stream['name'])!r} has {len(kinds)} different "
                    "sampling rates or sample types, or no channels."
                )
        return members

    def source_name(self) -> str:
        """Return the path the reader was made with."""
        return self.filename

    def source_files(self) -> tuple[RawFile, ...]:
        """Return the files that the recording is read from, as they were when it was opened.

        Returns
        -------
        tuple of RawFile
            Each once, in the order they were opened: headers and other small files that
            `parse_header` has read, and all files of data, read or not. Of each there are
            ``path``, ``size`` in bytes, ``mtime_ns`` and ``change()``, which tells what has
            happened to it since. Of files that another library reads, only those are here that
            were looked into first; of arrays there are none.

        Raises
        ------
        HeaderNotParsedError
        """
        self._checked_header()
        return self._source_files.files

    def recorded_at(self) -> datetime | None:
        """Return the moment at which second 0 of the reader's times was, by the wall clock.

        Time `t` of block 0 and segment 0, and of segments that are on one clock with it, was
        ``recorded_at() + timedelta(seconds=t)``.

        Returns
        -------
        datetime or None
            Naive, the time of day where it was recorded, if the files name no zone; aware, in UTC,
            if they do. None where they do not say, or what they say is no date. Most files have
            whole seconds, and when they were opened, shortly before the first sample:
            ``docs/formats.md`` says what is taken.

        Raises
        ------
        HeaderNotParsedError
        """
        self._checked_header()
        return self._recorded_at()

    def derived_from(self) -> "tuple[BaseRawIO, str] | None":
        """Return the reader whose samples those of this one are computed from, and how.

        Returns
        -------
        (BaseRawIO, str) or None
            None where samples are read from files as they are. The text differs wherever the same
            samples would give others; what is kept on disk about them is kept under it.

        Raises
        ------
        HeaderNotParsedError
        """
        self._checked_header()
        return None

    def segment_t_start(self, block_index: int, seg_index: int) -> float:
        """Return the earliest time in seconds of anything in the segment."""
        self._check_segment(block_index, seg_index)
        return float(self._segment_t_start(block_index, seg_index))

    def segment_t_stop(self, block_index: int, seg_index: int) -> float:
        """Return the time in seconds at which the last thing in the segment ends."""
        self._check_segment(block_index, seg_index)
        return float(self._segment_t_stop(block_index, seg_index))

    @property
    def raw_annotations(self) -> dict[str, Any]:
        """Names and ids of all objects as a tree of dicts and lists, to which more may be added.

        Every node is a dict of its own, so annotating one segment leaves the others alone.
        """
        if self._annotations is None:
            tree = annotations_of(self._checked_header(), self.filename)
            self._annotate(tree)
            self._annotations = tree
        return self._annotations

    def print_annotations(self) -> None:
        """Print `raw_annotations`, indented."""
        print(describe_annotations(self.raw_annotations))

    def __repr__(self) -> str:
        text = f"{type(self).__name__}: {self.source_name()}\n"
        if self.header is not None:
            text += describe_header(self.header)
        return text
