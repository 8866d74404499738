"""``rawscope export``: writes samples of a span of time to a file."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import numpy as np
import typer

from rawio import BaseRawIO, OptionError, RawIOError
from rawio.errors import one_line
from rawio.texts import listed, size_text
from viewer.choices import File
from viewer.console import EXIT_STOPPED, progress_of_bytes, sentences
from viewer.options import NO_OPTIONS, Opening, takes_recording

if TYPE_CHECKING:
    from viewer.engine.export import Excerpt


class _Format(StrEnum):
    NPY = "npy"
    CSV = "csv"
    FLAT = "flat"


@takes_recording
def export(
    file: File,
    output: Annotated[
        Path,
        typer.Option(
            "-o", "--output", help="File to write: .npy, .csv, or flat as .dat, .raw or .bin."
        ),
    ],
    start: Annotated[
        float | None, typer.Option(help="Seconds; where the signals start if left out.")
    ] = None,
    stop: Annotated[
        float | None, typer.Option(help="Seconds, not included; their end if left out.")
    ] = None,
    duration: Annotated[
        float | None, typer.Option(help="Seconds, in place of where it stops.")
    ] = None,
    channels: Annotated[
        str | None,
        typer.Option(help="Names or ids, separated by commas, in the order to write; of one rate."),
    ] = None,
    stream: Annotated[
        str | None,
        typer.Option(help="Name or id of the stream; needed where there are several, or channels."),
    ] = None,
    form: Annotated[
        _Format | None,
        typer.Option("--format", help="What to write; as the file's name ends if left out."),
    ] = None,
    physical: Annotated[
        bool | None,
        typer.Option(
            "--physical/--raw",
            help="Physical values (float32 in arrays), or raw ones; if left out, physical ones in "
            ".csv and raw ones elsewhere.",
            show_default=False,
        ),
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace files of that name.")] = False,
    opening: Opening = NO_OPTIONS,
) -> None:
    """Write samples of a span of time to a file that other programs read.

    Beside .npy and flat files a JSON file describes them. After Ctrl+C nothing is written.
    """
    from viewer.engine.export import export as write
    from viewer.engine.export import format_of, planned_bytes

    try:
        with sentences(), _advice():
            chosen = format_of(output) if form is None else form.value
            reader = opening.open(file)
            excerpt = _excerpt(reader, stream, channels, _span(start, stop, duration))
            total = planned_bytes(excerpt, chosen, physical)
            with _shown(one_line(output.name), total) as show:
                files = write(
                    excerpt, output, chosen, physical=physical, overwrite=force, progress=show
                )
            for warning in reader.warnings:
                print(f"warning: {warning}", file=sys.stderr)
            print(_line(excerpt, files))
    except KeyboardInterrupt:
        print("rawscope: stopped; nothing was written.", file=sys.stderr)
        raise typer.Exit(EXIT_STOPPED) from None


@contextmanager
def _advice() -> Iterator[None]:
    """Add to a sentence on what is refused which option of this command would help."""
    from viewer.engine.export_formats import NoFormatError, UndescribableError
    from viewer.engine.new_files import FileThereError

    options: dict[type[RawIOError], str] = {
        FileThereError: "; --force replaces it.",
        NoFormatError: ", or name one with --format.",
        UndescribableError: "; --physical writes such values.",
    }
    try:
        yield
    except tuple(options) as error:
        raise type(error)(str(error).removesuffix(".") + options[type(error)]) from None


Span = Callable[[float, float], tuple[float, float]]
"""From where signals start and end to what is wanted of them."""


def _span(start: float | None, stop: float | None, duration: float | None) -> Span:
    if stop is not None and duration is not None:
        raise OptionError("--stop and --duration are both given; give one of them.")

    def span(first: float, last: float) -> tuple[float, float]:
        begin = first if start is None else start
        if duration is not None:
            return begin, begin + duration
        if stop is not None:
            return begin, stop
        return begin, last if begin < last else begin + 1  # where there are none, which is said

    return span


def _excerpt(reader: BaseRawIO, stream: str | None, channels: str | None, span: Span) -> "Excerpt":
    """Return what the options choose.

    Raises
    ------
    OptionError
        When it is not there, or not of one stream.
    """
    from viewer.engine.export import Excerpt
    from viewer.model import Timeline

    number, columns = _columns(reader, stream, channels)
    timeline = Timeline.of(reader)
    for warning in timeline.warnings:
        print(f"warning: {warning}", file=sys.stderr)
    runs = [run for run in timeline.runs if run.stream == number]
    if not runs:
        raise OptionError(f"{reader.source_name()}: there are no samples to export.")
    limits = span(runs[0].t_start, runs[-1].t_stop)
    return Excerpt.of(reader, *limits, number, columns, timeline)


def _columns(
    reader: BaseRawIO, stream: str | None, labels: str | None
) -> tuple[int, list[int] | None]:
    """Return a stream, and which of its channels; None for all."""
    assert reader.header is not None
    streams = reader.header["signal_streams"]
    members = reader.get_group_channel_indexes()
    chosen = None if stream is None else _find("stream", stream, streams)
    if labels is None:
        if chosen is None and len(streams) != 1:
            names = listed((repr(str(name)) for name in streams["name"]), 8)
            there = f"has {len(streams)} streams ({names})" if len(streams) else "has no signals"
            raise OptionError(
                f"{reader.source_name()}: {there}; choose with --stream, or channels of one."
            )
        return chosen or 0, None
    rows = np.arange(len(reader.header["signal_channels"])) if chosen is None else members[chosen]
    table = reader.header["signal_channels"][rows]
    found = [int(rows[_find("channel", label.strip(), table)]) for label in labels.split(",")]
    number = next(n for n, member in enumerate(members) if found[0] in member)
    columns = [int(np.searchsorted(members[number], row)) for row in found]
    if any(row not in members[number] for row in found):
        raise OptionError(
            "the channels are of several streams, which differ in rate or timing; export those of "
            "one at a time."
        )
    return number, columns


def _find(kind: str, label: str, table: np.ndarray) -> int:
    """Return the row of what has a name, else of what has an id."""
    rows = np.flatnonzero(table["name"] == label)
    rows = rows if len(rows) else np.flatnonzero(table["id"] == label)
    if not len(rows):
        there = listed((repr(str(name)) for name in table["name"]), 8)
        raise OptionError(f"there is no {kind} with the name or id {label!r}; there are {there}.")
    if len(rows) > 1:
        say = "use ids" if kind == "stream" else "name a --stream, or use ids"
        raise OptionError(f"{kind} {label!r} stands for {len(rows)} of them; {say}.")
    return int(rows[0])


def _line(excerpt: "Excerpt", files: tuple[Path, ...]) -> str:
    """Return what has been written."""
    size, count = excerpt.size, len(excerpt.columns)
    what = f"{_count(size, 'sample')} of {_count(count, 'channel')}"
    span = f"{excerpt.t_start:.9g} s to {excerpt.t_stop:.9g} s"
    beside = "".join(f", described by {one_line(path.name)}" for path in files[1:])
    nbytes = size_text(files[0].stat().st_size)
    return f"{one_line(str(files[0]))}: {what}, {span}, {nbytes}{beside}"


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"


@contextmanager
def _shown(label: str, total: int) -> Iterator[Callable[[float], None]]:
    """Show how far the writing is, where there is a terminal."""
    with progress_of_bytes() as bar:
        task = bar.add_task(label, total=total)
        yield lambda share: bar.update(task, completed=share * total)
