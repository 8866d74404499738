"""Building an index over a Dask cluster: workers that see the same files, each piece by one.

The client makes the pyramid and says which blocks are missing; workers open recording and pyramid
by their paths, build blocks and write them in place. What counts is what the pyramid's checksums
say afterwards: what a killed worker took with it is missing there, and given out again.
"""

import logging
import os
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from rawio import BaseRawIO, OptionError, RawIOError, open_recording
from viewer.engine.indexing import Build, Outcome, Piece, missing, reopened
from viewer.engine.pyramid.blocks import build_blocks
from viewer.engine.pyramid.identity import Identity
from viewer.engine.pyramid.store import Pyramid, open_pyramid
from viewer.engine.workers import sentence_of

if TYPE_CHECKING:
    from distributed import Client, Future

TASK_BYTES = 256 << 20
"""Samples of a task, where blocks are smaller than that."""

ROUNDS = 4
"""What was lost is given out again so many times, less one."""

CONNECT_SECONDS = 10.0
KEPT_OPEN = 4


class ClusterError(RawIOError):
    """A cluster cannot be used."""


@dataclass(frozen=True)
class Source:
    """How a worker opens a recording.

    Attributes
    ----------
    path : str
        Absolute, and the same on all machines.
    recording : str or None
        Which of a folder.
    options : tuple of (name, value)
        For the reader.
    probe : str
        Absolute path of a probe file that references by shank go by; "" for none.
    process : str
        Steps to index the recording after, as `viewer.compute.text` writes them; "" for none.
    """

    path: str
    recording: str | None = None
    options: tuple[tuple[str, Any], ...] = ()
    probe: str = ""
    process: str = ""

    def open(self) -> BaseRawIO:
        """Return a reader with its header parsed; a layer of it where there are steps.

        Raises
        ------
        RawIOError
        """
        reader = open_recording(self.path, recording=self.recording, **dict(self.options))
        if self.probe:
            _set_probe(reader, self.probe)
        if not self.process:
            return reader
        from viewer.compute.layer import Layer
        from viewer.compute.text import parse_chain

        return Layer(reader, parse_chain(self.process))


@dataclass(frozen=True)
class Task:
    """A piece of a pyramid for a worker.

    Attributes
    ----------
    source : Source
    folder : str
        Of the pyramid.
    build : str
        Differs from build to build, so that none works with files that another one opened.
    piece : Piece
    """

    source: Source
    folder: str
    build: str
    piece: Piece


class Done(NamedTuple):
    """What a worker answers: blocks it could not read, and why it could not begin or go on."""

    unreadable: tuple[int, ...] = ()
    sentence: str = ""
    failed: bool = False


def _set_probe(reader: BaseRawIO, path: str) -> None:
    """Give a probe to the streams that it fits; the client has seen that there is one."""
    from rawio.probe_files import read_probe

    probe = read_probe(path)
    for stream in range(reader.signal_streams_count()):
        with suppress(OptionError):
            reader.set_probe(probe, stream)


# -- the client ------------------------------------------------------------------------------------


@contextmanager
def connected(address: str) -> "Iterator[Client]":
    """Connect to the scheduler of a cluster.

    Raises
    ------
    ClusterError
        When the library is missing or nothing answers there.
    """
    try:
        from distributed import Client
    except ImportError:
        raise ClusterError(
            "indexing over a Dask cluster needs distributed, which is not installed; 'pip install "
            "rawscope[cluster]' brings it."
        ) from None
    for name in ("distributed", "distributed.client"):
        # What happens is told in sentences; the library's own account is pages of tracebacks.
        logging.getLogger(name).setLevel(logging.CRITICAL)
    try:
        client = Client(address, timeout=CONNECT_SECONDS, set_as_default=False)
    except Exception as error:  # of which there are many kinds, for one address or another
        raise ClusterError(
            f"{address}: no Dask scheduler can be reached there ({_first_line(error)})."
        ) from None
    try:
        yield client
    finally:
        client.close()


def build_on(client: "Client", source: Source) -> Build:
    """Return what builds with the workers of a cluster.

    Parameters
    ----------
    client : distributed.Client
    source : Source
        How the workers open the recording.
    """

    def build(reader: BaseRawIO, pyramid: Pyramid, tell: Callable[[int], None]) -> Outcome:
        return _Run(client, source, pyramid, tell).outcome()

    return build


class _Run:
    """Rounds of tasks until nothing is missing that can be read."""

    def __init__(
        self, client: "Client", source: Source, pyramid: Pyramid, tell: Callable[[int], None]
    ) -> None:
        self._client, self._source, self._pyramid, self._tell = client, source, pyramid, tell
        self._name = uuid.uuid4().hex
        self._unreadable: set[tuple[int, int, int]] = set()
        self._sentences: list[str] = []

    def outcome(self) -> Outcome:
        all_bytes = sum(piece.nbytes for piece in missing(self._pyramid))
        for _ in range(ROUNDS):
            pieces = self._left()
            if not pieces:
                return Outcome(tuple(self._sentences))
            failure = self._round(pieces, all_bytes - sum(piece.nbytes for piece in pieces))
            if failure:
                return Outcome((*self._sentences, failure), stuck=True)
        if not self._left():
            return Outcome(tuple(self._sentences))
        lost = f"{self._source.path}: workers of the cluster were lost with it time and again."
        return Outcome((*self._sentences, lost), stuck=True)

    def _left(self) -> list[Piece]:
        """Return the pieces that are missing on the disk and not known to be unreadable."""
        pieces = missing(reopened(self._pyramid), TASK_BYTES)
        return [piece for piece in pieces if not self._unreadable.issuperset(_blocks(piece))]

    def _round(self, pieces: Sequence[Piece], before: int) -> str:
        """Have pieces built; return why that cannot go on, if so."""
        from distributed import as_completed

        futures: dict[Future, Piece] = {}
        try:
            futures = self._submit(pieces)
            for future in as_completed(list(futures), loop=self._client.loop):
                done, piece = self._answer(future), futures[future]
                if done is None:
                    continue  # lost with its worker; if it is missing on the disk it comes again
                if done.failed:
                    return done.sentence
                self._take(piece, done)
                before += piece.nbytes
                self._tell(before)
        except Exception:
            if self._connected:
                raise
        finally:
            self._cancel(list(futures))
        return "" if self._connected else "the connection to the cluster is lost."

    @property
    def _connected(self) -> bool:
        return self._client.status == "running"

    def _answer(self, future: "Future") -> Done | None:
        """Return what a worker answered, or None where that was lost."""
        from distributed import CancelledError, KilledWorker

        try:
            return future.result()
        except (CancelledError, KilledWorker):
            return None
        except Exception as error:
            if not self._connected:
                return None
            return Done((), f"{self._source.path}: a worker fails ({_first_line(error)}).", True)

    def _cancel(self, futures: "list[Future]") -> None:
        with suppress(OSError):  # of a connection that is lost
            if self._connected:
                self._client.cancel(futures)

    def _submit(self, pieces: Sequence[Piece]) -> "dict[Future, Piece]":
        folder = str(self._pyramid.folder.absolute())
        return {
            self._client.submit(
                work, Task(self._source, folder, self._name, piece), pure=False, retries=0
            ): piece
            for piece in pieces
        }

    def _take(self, piece: Piece, done: Done) -> None:
        if done.unreadable:
            self._unreadable.update((piece.stream, piece.run, block) for block in done.unreadable)
        if done.sentence and done.sentence not in self._sentences:
            self._sentences.append(done.sentence)


def _blocks(piece: Piece) -> set[tuple[int, int, int]]:
    return {(piece.stream, piece.run, block) for block in range(piece.first, piece.last)}


def _first_line(error: BaseException) -> str:
    lines = str(error).strip().splitlines()
    return lines[0] if lines else type(error).__name__


# -- a worker --------------------------------------------------------------------------------------


def work(task: Task) -> Done:
    """Build a piece; called by a worker of the cluster."""
    try:
        reader, pyramid = _opened(task.source, task.folder, task.build)
    except RawIOError as error:
        return Done(sentence=f"a worker cannot begin: {error}", failed=True)
    try:
        done = _build(reader, pyramid, task.piece)
        _flush(pyramid)
    except (OSError, MemoryError) as error:
        reason = getattr(error, "strerror", None) or "out of memory"
        sentence = f"{task.folder}: the index cannot be written ({reason})."
        return Done(sentence=sentence, failed=True)
    return done


@lru_cache(maxsize=KEPT_OPEN)
def _opened(source: Source, folder: str, build: str) -> tuple[BaseRawIO, Pyramid]:
    """Open a recording and its pyramid, which must be of what is seen here; kept for the next."""
    reader = source.open()
    identity = Identity.of(reader)
    # First for reading only: a recording that has grown since is the client's to index anew.
    for writable in (False, True):
        pyramid = open_pyramid(Path(folder), reader, identity, writable)
        if pyramid is None:
            raise ClusterError(
                f"{folder}: is not there, or cannot be written, or is not the index of "
                f"{source.path} as it is seen here."
            )
    assert pyramid is not None
    return reader, pyramid


def _build(reader: BaseRawIO, pyramid: Pyramid, piece: Piece) -> Done:
    store = pyramid.streams[piece.stream]
    try:
        build_blocks(reader, store, piece.run, piece.first, piece.last)
    except Exception as error:
        if _is_of_the_disk(error):
            raise
        return _build_one_by_one(reader, pyramid, piece)
    return Done()


def _build_one_by_one(reader: BaseRawIO, pyramid: Pyramid, piece: Piece) -> Done:
    """Build each block by itself, so that no more is left out than must be."""
    store = pyramid.streams[piece.stream]
    unreadable, sentence = [], ""
    for block in range(piece.first, piece.last):
        try:
            build_blocks(reader, store, piece.run, block, block + 1)
        except Exception as error:
            if _is_of_the_disk(error):
                raise
            unreadable.append(block)
            reason = sentence_of(error, "indexing a place")
            sentence = f"indexing goes on without a place that cannot be read: {reason}"
    return Done(tuple(unreadable), sentence)


def _is_of_the_disk(error: Exception) -> bool:
    """Return whether the index cannot be written; otherwise a place cannot be read."""
    return isinstance(error, OSError | MemoryError) and not isinstance(error, RawIOError)


def _flush(pyramid: Pyramid) -> None:
    """Have what was written reach the disk, where the client and other machines look for it."""
    for path in pyramid.folder.glob("*.npy"):
        number = os.open(path, os.O_RDWR)
        try:
            os.fsync(number)
        finally:
            os.close(number)
