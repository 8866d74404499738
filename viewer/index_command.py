"""``rawscope index``: builds the indexes of recordings, here or over a Dask cluster."""

import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from rawio import RawIOError, find_recordings
from rawio.errors import one_line
from rawio.texts import size_text
from viewer.console import EXIT_BAD_INPUT, EXIT_STOPPED, progress_of_bytes, sentences
from viewer.engine.indexing import Build, Report, build_here, index_recording
from viewer.engine.pyramid.places import Where
from viewer.options import NO_OPTIONS, Opening, takes_recording

if TYPE_CHECKING:
    from distributed import Client
    from rich.progress import TaskID


class _Where(StrEnum):
    CACHE = "cache"
    BESIDE = "beside"


@dataclass(frozen=True)
class _Item:
    """One recording to index: its path, which of a folder, and what it is called."""

    path: str
    recording: str | None
    label: str


@takes_recording
def index(
    files: Annotated[
        list[str],
        typer.Argument(
            metavar="FILE...",
            help="Recordings, or folders of them, of which all are indexed.",
            show_default=False,
        ),
    ],
    jobs: Annotated[
        int | None, typer.Option("--jobs", "-j", min=1, help="Threads here; all cores if left out.")
    ] = None,
    where: Annotated[
        _Where | None,
        typer.Option(
            help="Where it is kept: in the cache folder, or beside the recording as FILE.rawscope. "
            "If left out, beside it where there is one already, else in the cache.",
        ),
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Build it anew.")] = False,
    dask: Annotated[
        str | None,
        typer.Option(
            metavar="ADDRESS",
            help="Build over a Dask cluster, with the address of its scheduler such as "
            "tcp://host:8786. All workers must see recording and index under the same paths, so "
            "it is kept beside the recording; --where cache needs a cache folder that they share.",
        ),
    ] = None,
    opening: Opening = NO_OPTIONS,
) -> None:
    """Build the index of recordings ahead of opening them, so that any zoom is fast at once.

    Ctrl+C stops it; the same command goes on from there.
    """
    place: Where = where.value if where is not None else "beside" if dask is not None else "auto"
    try:
        with ExitStack() as stack:
            client = stack.enter_context(_cluster(dask)) if dask is not None else None
            run = _Run(opening, place, force, jobs or os.cpu_count() or 1, client)
            for item in _items(files, opening, run.refuse):
                run.index(item)
    except KeyboardInterrupt:
        print("rawscope: stopped; the same command goes on from there.", file=sys.stderr)
        raise typer.Exit(EXIT_STOPPED) from None
    if run.refused:
        raise typer.Exit(EXIT_BAD_INPUT)


@contextmanager
def _cluster(address: str) -> "Iterator[Client]":
    from viewer.engine.cluster import connected

    with sentences(), connected(address) as client:
        if not client.scheduler_info()["workers"]:
            print(f"rawscope: {address}: has no workers; waiting for some.", file=sys.stderr)
        yield client


def _items(
    files: Sequence[str], opening: Opening, refuse: Callable[[str], None]
) -> Iterator[_Item]:
    """Return the recordings that files and folders hold; those of a folder each by its name."""
    for file in files:
        try:
            chosen = opening.recording is not None or not os.path.isdir(file)
            found = [] if chosen else find_recordings(file)
        except RawIOError as error:
            refuse(str(error))
            continue
        if len(found) > 1:
            for entry in found:
                yield _Item(file, entry.name, os.path.join(file, entry.name))
        else:
            yield _Item(file, None, file)


class _Run:
    """One run of the command: builds recordings one after the other and says what came of each."""

    def __init__(
        self, opening: Opening, where: Where, force: bool, jobs: int, client: "Client | None"
    ) -> None:
        self._opening, self._where, self._force = opening, where, force
        self._jobs, self._client = jobs, client
        self.refused = False

    def refuse(self, sentence: str) -> None:
        """Say why something is not done."""
        self.refused = True
        print(f"rawscope: {sentence}", file=sys.stderr)

    def index(self, item: _Item) -> None:
        """Index a recording and say what came of it.

        Raises
        ------
        typer.Exit
            After Ctrl+C.
        """
        try:
            reader = self._opening.open(item.path, item.recording)
            with _shown(one_line(item.label)) as show:
                report = index_recording(
                    reader, self._build(item), self._where, force=self._force, on_progress=show
                )
        except RawIOError as error:
            self.refuse(str(error))
            return
        if report is None:
            print(f"{one_line(item.label)}: is too short to need an index.")
        else:
            self._say(one_line(item.label), report)

    def _build(self, item: _Item) -> Build:
        if self._client is None:
            return build_here(self._jobs)
        from viewer.engine.cluster import Source, build_on

        opening = self._opening
        # Plain values: those of the options are of types that belong to this program's options.
        plain = ((n, str(v) if isinstance(v, str) else v) for n, v in opening.layout.items())
        source = Source(
            str(Path(item.path).absolute()),
            item.recording or opening.recording,
            (*plain,),
            "" if opening.probe is None else str(opening.probe.absolute()),
            opening.process or "",
        )
        return build_on(self._client, source)

    def _say(self, label: str, report: Report) -> None:
        """Print the line of a recording, and what went wrong."""
        said = report.outcome.sentences
        for sentence in said[:1]:
            self.refuse(sentence if len(said) == 1 else f"{sentence} (and {len(said) - 1} more)")
        if report.complete:
            print(f"{label}: {_line(report)}")
        elif report.stopped or report.outcome.stuck:
            verb = "stopped" if report.stopped else "gave up"
            goes_on = "the same command goes on from there."
            self.refuse(f"{label}: {verb} at {_percent(report)}; {goes_on}")
        else:
            left, whole = report.sample_bytes - report.done_bytes, report.sample_bytes
            where = one_line(str(report.folder))
            missing = f"{size_text(left)} of {size_text(whole)}"
            self.refuse(f"{label}: the index is complete but for {missing}, in {where}")
        if report.stopped:
            raise typer.Exit(EXIT_STOPPED)


def _line(report: Report) -> str:
    sizes = f"{size_text(report.sample_bytes)}, index {size_text(report.index_bytes)}"
    folder = one_line(str(report.folder))
    built = report.done_bytes - report.found_bytes
    if not built:
        return f"{sizes}, was complete, in {folder}"
    rate = built / max(report.seconds, 1e-6) / 1e9
    return f"{sizes}, {report.seconds:.1f} s, {rate:.3g} GB/s, in {folder}"


def _percent(report: Report, nbytes: int | None = None) -> str:
    done = report.done_bytes if nbytes is None else nbytes
    return f"{100 * done // report.sample_bytes} %"


@contextmanager
def _shown(label: str) -> Iterator[Callable[[Report], None]]:
    """Show how far a build is: a line where it goes on, and a bar where there is a terminal."""
    bars = progress_of_bytes()
    tasks: list[TaskID] = []

    def show(report: Report) -> None:
        if tasks:
            bars.update(tasks[0], completed=report.done_bytes)
            return
        if 0 < report.found_bytes < report.sample_bytes:
            text = f"{label}: resumed at {_percent(report, report.found_bytes)}"
            bars.console.print(text, markup=False, highlight=False, soft_wrap=True)
        # What was there before is in the bar from its start: the rate is of this run.
        total, done = report.sample_bytes, report.done_bytes
        tasks.append(bars.add_task(label, total=total, completed=done))

    with bars:
        yield show
