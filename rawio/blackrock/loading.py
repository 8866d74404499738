"""Opening the files of a recording: what cannot be read is left out, if nobody asked for it."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from rawio.blackrock.fileset import FileSet, choose_nsx
from rawio.blackrock.nev_header import NevHeader, read_nev_header
from rawio.blackrock.nev_index import ABSOLUTE_SECONDS, load_or_build
from rawio.blackrock.placing import Nev
from rawio.blackrock.streams import NsxStream, open_nsx
from rawio.errors import MissingFileError, RawIOError, Warn
from rawio.files import RawFile


@dataclass(frozen=True)
class Wish:
    """What to load; fields are the options of the reader."""

    nsx_to_load: int | str | Sequence[int] | None = None
    load_nev: bool = True
    gap_tolerance_ms: float | None = None
    use_cache: bool = True


@dataclass(frozen=True)
class Files:
    """The files of a recording, opened.

    Attributes
    ----------
    streams : dict of int to NsxStream
        By number.
    nev : Nev or None
        Spikes and events, if they are loaded.
    nev_header : NevHeader or None
        Also if they are not.
    clock_origin : int
        Seconds of the files' clock at which times are 0.
    """

    streams: dict[int, NsxStream]
    nev: Nev | None
    nev_header: NevHeader | None
    clock_origin: int

    def origin_of(self, stream: NsxStream) -> int:
        """Return where times of a stream are 0: its clock may not be that of the others."""
        return self.clock_origin if stream.first_second >= ABSOLUTE_SECONDS else 0


def load(filename: str, found: FileSet, wish: Wish, warn: Warn) -> Files:
    """Open the files of a recording.

    Parameters
    ----------
    filename : str
        For the messages.
    found : FileSet
    wish : Wish
    warn : callable
        Takes a sentence about what is left out or had to be assumed.

    Raises
    ------
    RawIOError
        When the file that was named, or one that was asked for, cannot be read, or none can.
    """
    problems: list[RawIOError] = []

    @contextmanager
    def optional(path: Path, asked: bool) -> Iterator[None]:
        try:
            yield
        except RawIOError as error:
            if asked or path == found.named:
                raise
            problems.append(error)

    streams: dict[int, NsxStream] = {}
    for number in choose_nsx(filename, found.nsx, wish.nsx_to_load):
        with optional(found.nsx[number], wish.nsx_to_load not in (None, "all")):
            streams[number] = open_nsx(found.nsx[number], wish.gap_tolerance_ms, warn)
    nev = header = None
    if found.nev is not None and wish.load_nev:
        with optional(found.nev, False):
            file = RawFile(found.nev)
            header = read_nev_header(file, warn)
            nev = Nev(file, header, load_or_build(file, header, wish.use_cache), 0)
    elif found.nev is not None:
        header = _gains_only(found.nev)
    if not streams and nev is None:
        nothing = MissingFileError(f"{filename}: there is no file to load, with these options.")
        raise problems[0] if problems else nothing
    for problem in problems:
        warn(f"a file of the recording is left out: {problem}")
    return _on_one_clock(streams, nev, header, warn)


def _gains_only(path: Path) -> NevHeader | None:
    """Return the header of a NEV that is not to be loaded but has the gains of an NSx 2.1."""
    try:
        return read_nev_header(RawFile(path), lambda sentence: None)
    except RawIOError:
        return None


def _on_one_clock(
    streams: dict[int, NsxStream], nev: Nev | None, header: NevHeader | None, warn: Warn
) -> Files:
    """Find the second from which times are counted, and put the spikes on that clock."""
    starts = [s.first_second for s in streams.values() if len(s.runs.tick)]
    if nev is not None and (len(nev.index.tick) or len(nev.index.events)):
        starts.append(nev.index.base)
    absolute = [start for start in starts if start >= ABSOLUTE_SECONDS]
    origin = min(absolute, default=0)
    if 0 < len(absolute) < len(starts):
        warn(
            "some files count time from 1970 and others from when a clock was started, so that "
            "signals, spikes and events cannot be put on one clock."
        )
    if nev is not None and nev.index.base:
        nev = Nev(nev.file, nev.header, nev.index, nev.index.base - origin)
    return Files(streams, nev, header, origin)
