"""The command line: ``rawscope FILE`` and its commands."""

import sys
from importlib import metadata
from io import TextIOWrapper
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from rawio import OptionError, RawIOError, find_recordings
from rawio.files import RawFile
from rawio.finding import Found
from rawio.sidecar import REQUIRED_FIELDS, FlatBinaryLayout, sidecar_path
from viewer import (
    cache_command,
    doctor_command,
    export_command,
    index_command,
    snapshot_command,
)
from viewer.choices import File, Order, Renderer, Theme, ViewFile, settings_with, view_of
from viewer.console import print_warnings, sentences, to_json
from viewer.display import has_display
from viewer.options import (
    LAYOUT_OPTIONS,
    NO_OPTIONS,
    Opening,
    takes_layout,
    takes_recording,
)
from viewer.render.choice import chosen_renderer
from viewer.settings import LEAST_MEMORY, MOST_MEMORY, Settings


class _FileFirst(TyperGroup):
    """``rawscope FILE`` means ``rawscope open FILE``."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        first = next((arg for arg in args if not arg.startswith("-")), None)
        wants_help = args and args[0] in ("--help", "-h", "--version")
        if first is not None and first not in self.commands and not wants_help:
            args = ["open", *args]
        return super().parse_args(ctx, args)


class NoDisplayError(RawIOError):
    """A window is asked for where there is no screen."""


app = typer.Typer(
    name="rawscope",
    cls=_FileFirst,
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode="rich",
    context_settings={"help_option_names": ["-h", "--help"]},
    help=(
        "View long electrophysiology recordings.\n\n"
        "[bold]rawscope FILE[/bold] opens a recording in a window: Plexon, Blackrock, SpikeGLX, "
        "Open Ephys, Intan, Neuralynx, NeuroScope, others through neo. FILE may be a folder. Flat "
        "binary files need --n-channels and --rate, or a description beside them, which "
        "[bold]rawscope describe[/bold] writes."
    ),
)


def _print_version(wanted: bool) -> None:
    if wanted:
        print(f"rawscope {metadata.version('rawscope')}")
        raise typer.Exit


@app.callback()
def _rawscope(
    version: Annotated[
        bool,
        typer.Option(
            "--version", help="Print the version and exit.", callback=_print_version, is_eager=True
        ),
    ] = False,
) -> None:
    pass


app.add_typer(cache_command.app, name="cache")


@app.command("open")
@takes_recording
def open_window(
    file: Annotated[
        str | None,
        typer.Argument(
            metavar="[FILE]",
            help="The recording, or its folder; left out, a window without one opens.",
            show_default=False,
        ),
    ] = None,
    renderer: Renderer = None,
    theme: Theme = None,
    order: Order = None,
    memory: Annotated[
        int | None,
        typer.Option(
            min=LEAST_MEMORY,
            max=MOST_MEMORY,
            help=f"Megabytes for tiles, textures and indexing; {Settings.memory} if left out.",
        ),
    ] = None,
    index: Annotated[
        bool | None,
        typer.Option("--index/--no-index", help="Index the recording while it is open, or not."),
    ] = None,
    view: ViewFile = None,
    opening: Opening = NO_OPTIONS,
) -> None:
    """Open a recording in a window (the command name may be left out)."""
    with sentences():
        settings = settings_with(theme=theme, order=order, memory=memory, index=index)
        settings = settings.overridden(renderer=chosen_renderer(renderer, settings))
        shown = view_of(view, opening, theme=theme, order=order)
        if file is not None and not Path(file).is_dir():
            RawFile(file)  # what is missing or unreadable is said before a window is thought of
        _check_display()
        from viewer.qt.window.desktop import run

        unkept = frozenset() if order is None else frozenset({"order"})
        raise typer.Exit(run(file, opening.open, settings, shown, unkept))


@app.command()
@takes_recording
def info(
    file: File,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON for scripts.")] = False,
    opening: Opening = NO_OPTIONS,
) -> None:
    """Print what a recording holds: streams, channels, units, events, warnings.

    Of a folder with several recordings, print these.
    """
    from viewer.report import as_text, describe

    with sentences():
        if Path(file).is_dir() and opening.recording is None:
            found = find_recordings(file)
            if len(found) > 1:
                print(_listing(found, as_json))
                return
        report = describe(opening.open(file))
    print(to_json(report) if as_json else as_text(report))


app.command("snapshot")(snapshot_command.snapshot)
app.command("index")(index_command.index)
app.command("export")(export_command.export)
app.command("doctor")(doctor_command.doctor)


@app.command()
@takes_layout
def describe(
    file: File,
    names: Annotated[str | None, typer.Option(help="Channel names, separated by commas.")] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace a description.")] = False,
    opening: Opening = NO_OPTIONS,
) -> None:
    """Write FILE.json beside a flat binary file, so that it opens without options."""
    from rawio import rawbinary

    with sentences():
        missing = [
            LAYOUT_OPTIONS[name][1] for name in REQUIRED_FIELDS if name not in opening.layout
        ]
        if missing:
            raise OptionError(f"{file}: a description needs {' and '.join(missing)}.")
        channel_names = None if names is None else tuple(n.strip() for n in names.split(","))
        described = FlatBinaryLayout(**opening.layout, channel_names=channel_names)
        path = sidecar_path(file)
        if path.exists() and not force:
            raise OptionError(f"{path}: is there already; --force replaces it.")
        reader = rawbinary.describe(file, described)
    print_warnings(reader.warnings)
    print(path)


def _listing(found: list[Found], as_json: bool) -> str:
    """Return the recordings of a folder, as `open_recording` numbers them."""
    if as_json:
        entries = [
            {
                "number": number,
                "name": entry.name,
                "format": entry.reader_class.name,
                "path": str(entry.place.path),
            }
            for number, entry in enumerate(found, 1)
        ]
        return to_json({"recordings": entries})
    width = max(len(entry.name) for entry in found)
    lines = [f"{len(found)} recordings; choose one with --recording and its number or name."]
    for number, entry in enumerate(found, 1):
        lines.append(f"{number:>4}  {entry.name:<{width}}  {entry.reader_class.name}")
    return "\n".join(lines)


def _check_display() -> None:
    """Say what to do where there is no screen; Qt would abort the process."""
    if not has_display():
        raise NoDisplayError(
            "there is no display here for a window; 'rawscope snapshot FILE -o view.png' draws "
            "without one."
        )


def main() -> None:
    """Run the command line."""
    for stream in (sys.stdout, sys.stderr):
        # Names of files and channels need not fit the terminal's encoding, or any.
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    app(prog_name="rawscope")  # also as ``python -m viewer``
