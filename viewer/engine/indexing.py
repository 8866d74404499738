"""Indexing a recording from end to end: what is missing, who builds it, and what came of it."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from rawio import BaseRawIO
from viewer.engine.pyramid.builder import PyramidBuilder, complete_parents
from viewer.engine.pyramid.identity import Identity
from viewer.engine.pyramid.layout import StreamLayout
from viewer.engine.pyramid.places import IndexPlaceError, Where, beside, open_or_create
from viewer.engine.pyramid.store import Pyramid

POLL_SECONDS = 0.1


@dataclass(frozen=True)
class Piece:
    """Blocks `first` to `last` of a run, and how many bytes of samples these are."""

    stream: int
    run: int
    first: int
    last: int
    nbytes: int


@dataclass(frozen=True)
class Outcome:
    """How a build ended.

    Attributes
    ----------
    sentences : tuple of str
        What went wrong, for people.
    stuck : bool
        Whether it gave up: no room, no workers. Otherwise it left out only what cannot be read.
    """

    sentences: tuple[str, ...] = ()
    stuck: bool = False


@dataclass(frozen=True)
class Report:
    """What there is of an index after a run.

    Attributes
    ----------
    folder : pathlib.Path
    sample_bytes, index_bytes : int
        Of the samples it is to cover, and of itself once it is complete.
    found_bytes, done_bytes : int
        Bytes of samples covered before the run, and after it.
    seconds : float
    outcome : Outcome
    stopped : bool
        By Ctrl+C.
    """

    folder: Path
    sample_bytes: int
    index_bytes: int
    found_bytes: int
    done_bytes: int
    seconds: float = 0.0
    outcome: Outcome = Outcome()
    stopped: bool = False

    @property
    def complete(self) -> bool:
        """Whether nothing is missing."""
        return self.done_bytes == self.sample_bytes


Progress = Callable[[Report], None]
"""Called now and then with what is there so far; the first time before anything is built."""

Build = Callable[[BaseRawIO, Pyramid, Callable[[int], None]], Outcome]
"""Builds what a pyramid lacks, calling with the bytes of samples it has built so far."""


def index_recording(
    reader: BaseRawIO,
    build: Build,
    where: Where = "auto",
    *,
    force: bool = False,
    on_progress: Progress = lambda report: None,
) -> Report | None:
    """Build the index of a recording, or go on building it; Ctrl+C stops that and is reported.

    Parameters
    ----------
    reader : BaseRawIO
        With its header parsed.
    build : callable
        `build_here` returns one.
    where : {'auto', 'cache', 'beside'}
        As `viewer.engine.pyramid.places.open_or_create` takes it.
    force : bool
        Begin anew.
    on_progress : callable

    Returns
    -------
    Report or None
        None where the recording is too short to need an index.

    Raises
    ------
    IndexPlaceError
        When it cannot be kept, or what is there cannot be read.
    RawIOError
        What the reader raises while it is opened.
    """
    if not reader.source_files():
        raise IndexPlaceError(
            f"{reader.source_name()}: is read from no files that are known, so no index is kept."
        )
    if force and where == "auto" and beside(Identity.of(reader)).is_dir():
        where = "beside"  # that one would be found first, so it is the one to be made anew
    pyramid = open_or_create(reader, where, force=force)
    return None if pyramid is None else _run(reader, pyramid, build, on_progress)


def _run(reader: BaseRawIO, pyramid: Pyramid, build: Build, on_progress: Progress) -> Report:
    found = _done_bytes(pyramid)
    start = Report(pyramid.folder, sample_bytes(pyramid), _index_bytes(pyramid), found, found)
    began = time.monotonic()

    def tell(built: int) -> None:
        on_progress(replace(start, done_bytes=found + built, seconds=time.monotonic() - began))

    outcome, stopped = Outcome(), False
    try:
        tell(0)
        outcome = _build(reader, pyramid, build, tell)
    except KeyboardInterrupt:
        stopped = True
    pyramid = reopened(pyramid)
    return replace(
        start,
        done_bytes=_done_bytes(pyramid),
        seconds=time.monotonic() - began,
        outcome=outcome,
        stopped=stopped,
    )


def _build(
    reader: BaseRawIO, pyramid: Pyramid, build: Build, tell: Callable[[int], None]
) -> Outcome:
    outcome = build(reader, pyramid, tell) if missing(pyramid) else Outcome()
    if not pyramid.writable or outcome.stuck:
        return outcome
    try:
        complete_parents(reopened(pyramid))
    except OSError as error:
        sentence = f"{pyramid.folder}: the index cannot be written ({error.strerror or error})."
        return Outcome((*outcome.sentences, sentence), stuck=True)
    return outcome


def build_here(jobs: int) -> Build:
    """Return what builds with `jobs` threads of this process."""

    def build(reader: BaseRawIO, pyramid: Pyramid, tell: Callable[[int], None]) -> Outcome:
        said: list[str] = []
        builder = PyramidBuilder(reader, pyramid, jobs, on_error=said.append)
        found = builder.done_bytes
        builder.start()
        try:
            while not builder.join(POLL_SECONDS):
                tell(builder.done_bytes - found)
        finally:
            builder.close()
            builder.join()
        return Outcome(tuple(said), builder.stuck)

    return build


def missing(pyramid: Pyramid, most_bytes: int = 0) -> list[Piece]:
    """Return what is to be built, in pieces of at most `most_bytes` of samples, or of a block.

    Raises
    ------
    IndexPlaceError
        When what is there cannot be read.
    """
    pieces = []
    for stream, store in pyramid.streams.items():
        layout = store.layout
        most = max(1, most_bytes // (layout.block_samples * layout.frame_bytes))
        for run in range(len(layout.runs)):
            with _read_from(pyramid.folder):
                done = store.done(run)
            first, last = 0, 0
            for block in np.flatnonzero(~done).tolist():
                if block != last or block - first == most:
                    pieces += _piece(layout, stream, run, first, last)
                    first = block
                last = block + 1
            pieces += _piece(layout, stream, run, first, last)
    return pieces


def sample_bytes(pyramid: Pyramid) -> int:
    """Return how many bytes of samples a pyramid is to cover."""
    return sum(
        run.size * layout.frame_bytes for layout in pyramid.identity.streams for run in layout.runs
    )


def reopened(pyramid: Pyramid) -> Pyramid:
    """Return a pyramid with its files opened anew: on a network's disk, what others wrote.

    Raises
    ------
    IndexPlaceError
        When it is no longer there.
    """
    with _read_from(pyramid.folder):
        return Pyramid(pyramid.folder, pyramid.identity, pyramid.writable)


@contextmanager
def _read_from(folder: Path) -> Iterator[None]:
    try:
        yield
    except ValueError as error:  # a file that something has cut short
        raise IndexPlaceError(
            f"{folder}: the index is damaged ({error}); --force builds it anew."
        ) from None
    except OSError as error:
        raise IndexPlaceError(
            f"{folder}: the index cannot be read ({error.strerror or error})."
        ) from None


def _piece(layout: StreamLayout, stream: int, run: int, first: int, last: int) -> list[Piece]:
    if first == last:
        return []
    samples = min(last * layout.block_samples, layout.runs[run].size) - first * layout.block_samples
    return [Piece(stream, run, first, last, samples * layout.frame_bytes)]


def _done_bytes(pyramid: Pyramid) -> int:
    return sample_bytes(pyramid) - sum(piece.nbytes for piece in missing(pyramid))


def _index_bytes(pyramid: Pyramid) -> int:
    return sum(layout.nbytes for layout in pyramid.identity.streams)
