"""The command line: ``rawscope FILE`` and its commands."""

import re
import sys
from enum import StrEnum
from importlib import metadata
from io import TextIOWrapper
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from rawio import OptionError, RawIOError, find_recordings
from rawio.files import RawFile
from rawio.finding import Found
from rawio.sidecar import REQUIRED_FIELDS, FlatBinaryLayout, sidecar_path, write_sidecar
from viewer import cache_command, doctor_command, index_command
from viewer.console import sentences, to_json
from viewer.display import has_display
from viewer.options import LAYOUT_OPTIONS, Opening, takes_layout, takes_recording
from viewer.render.choice import chosen_renderer, offscreen_renderer
from viewer.settings import LEAST_MEMORY, MOST_MEMORY, Settings, load_settings

NO_OPTIONS = Opening()


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


class _Renderer(StrEnum):
    AUTO = "auto"
    SOFTWARE = "software"
    GPU = "gpu"


class _Theme(StrEnum):
    DARK = "dark"
    LIGHT = "light"


File = Annotated[
    str, typer.Argument(metavar="FILE", help="The recording, or its folder.", show_default=False)
]
Renderer = Annotated[
    _Renderer | None,
    typer.Option(
        help="Who draws the traces; if left out, what RAWSCOPE_RENDERER or the settings say, "
        "else auto for a window and software for a picture."
    ),
]
Theme = Annotated[_Theme | None, typer.Option("--theme", help="Colours; dark if left out.")]


class _Order(StrEnum):
    PROBE = "probe"
    FILE = "file"


Order = Annotated[
    _Order | None,
    typer.Option(
        "--order",
        help="Channels by shank and depth, or as the file has them; probe if left out.",
    ),
]


@app.command("open")
@takes_recording
def open_window(
    file: File,
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
    opening: Opening = NO_OPTIONS,
) -> None:
    """Open a recording in a window (the command name may be left out)."""
    with sentences():
        settings = _settings(theme=theme, order=order, memory=memory, index=index)
        chosen = chosen_renderer(renderer, settings)
        if not Path(file).is_dir():
            RawFile(file)  # what is missing or unreadable is said before a window is thought of
        _check_display()
        from viewer.qt.desktop import run

        code = run(
            file,
            opening.open,
            chosen,
            settings.theme,
            settings.order,
            settings.memory << 20,
            index=settings.index,
        )
        raise typer.Exit(code)


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


@app.command()
@takes_recording
def snapshot(
    file: File,
    output: Annotated[Path, typer.Option("-o", "--output", help="PNG file to write.")],
    start: Annotated[
        float | None, typer.Option(help="Seconds; where the signals start if left out.")
    ] = None,
    duration: Annotated[float, typer.Option(help="Seconds.")] = 1.0,
    channels: Annotated[
        str | None,
        typer.Option(help="Names or ids, separated by commas, in the order to show."),
    ] = None,
    size: Annotated[str, typer.Option(help="Width x height in pixels.")] = "1600x900",
    renderer: Renderer = None,
    theme: Theme = None,
    pixel_ratio: Annotated[
        float, typer.Option(help="2 draws text and lines twice as large.")
    ] = 1.0,
    order: Order = None,
    opening: Opening = NO_OPTIONS,
) -> None:
    """Draw a span of a recording to a PNG, without a window or a display."""
    from viewer import picture
    from viewer.model import Timeline

    with sentences():
        settings = _settings(theme=theme, order=order)
        reader = opening.open(file)
        timeline = Timeline.of(reader)
        start = timeline.first_signal if start is None else start
        drawer, said = offscreen_renderer(renderer, settings)
        _print_warnings([] if said is None else [said])
        image = picture.snapshot(
            reader,
            start,
            start + duration,
            size=_parse_size(size),
            channels=None if channels is None else [c.strip() for c in channels.split(",")],
            renderer=drawer,
            theme=settings.theme,
            pixel_ratio=pixel_ratio,
            order=settings.order,
        )
        picture.save_png(image, output)
    _print_warnings(reader.warnings + timeline.warnings)
    print(output)


app.command("index")(index_command.index)
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
    from rawio.rawbinary import RawBinaryRawIO

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
        # Reading with the layout first: a description that does not fit is not written.
        reader = RawBinaryRawIO(file, described)
        reader.parse_header()
        write_sidecar(path, described)
    _print_warnings(reader.warnings)
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


def _settings(**given: Any) -> Settings:
    """Return the user's settings with the options that are given in their place.

    What is wrong in the settings is printed.
    """
    settings = load_settings()
    _print_warnings(list(settings.warnings))
    words = {key: v.value if isinstance(v, StrEnum) else v for key, v in given.items()}
    return settings.overridden(**words)


def _check_display() -> None:
    """Say what to do where there is no screen; Qt would abort the process."""
    if not has_display():
        raise NoDisplayError(
            "there is no display here for a window; 'rawscope snapshot FILE -o view.png' draws "
            "without one."
        )


def _print_warnings(warnings: list[str]) -> None:
    for warning in warnings:
        print(f"warning: {warning}", file=sys.stderr)


def _parse_size(text: str) -> tuple[int, int]:
    match = re.fullmatch(r"(\d{1,6})[xX](\d{1,6})", text.strip())
    if not match:
        raise OptionError(f"a size is written like 1600x900, not {text!r}.")
    return int(match[1]), int(match[2])


def main() -> None:
    """Run the command line."""
    for stream in (sys.stdout, sys.stderr):
        # Names of files and channels need not fit the terminal's encoding, or any.
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    app(prog_name="rawscope")  # also as ``python -m viewer``
