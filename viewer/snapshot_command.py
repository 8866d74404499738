"""``rawscope snapshot``: a picture of a recording, without a window."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from rawio import BaseRawIO, OptionError
from viewer.choices import File, Order, Renderer, Theme, ViewFile, settings_with, view_of
from viewer.console import print_warnings, sentences
from viewer.options import NO_OPTIONS, Opening, takes_recording
from viewer.render.choice import offscreen_renderer

if TYPE_CHECKING:
    from viewer.model import View
    from viewer.picture import Composed
    from viewer.settings import Settings


@takes_recording
def snapshot(
    file: File,
    output: Annotated[
        Path, typer.Option("-o", "--output", help="File to write: .png, or .svg or .pdf for print.")
    ],
    start: Annotated[
        float | None, typer.Option(help="Seconds; where the signals start if left out.")
    ] = None,
    duration: Annotated[
        float | None, typer.Option(help="Seconds; 1 if left out, or what the view file says.")
    ] = None,
    channels: Annotated[
        str | None,
        typer.Option(
            help="Names or ids, separated by commas, in the order to show; as many of all as can "
            "be read if left out."
        ),
    ] = None,
    size: Annotated[
        str, typer.Option(help="Width x height in pixels; of .svg and .pdf 96 are an inch.")
    ] = "1600x900",
    renderer: Renderer = None,
    theme: Theme = None,
    pixel_ratio: Annotated[
        float | None,
        typer.Option(help="Of .png: 2 draws text and lines twice as large; 1 if left out."),
    ] = None,
    order: Order = None,
    view: ViewFile = None,
    opening: Opening = NO_OPTIONS,
) -> None:
    """Draw a span of a recording to a picture, without a window or a display."""
    from viewer import picture
    from viewer.engine.new_files import check_targets
    from viewer.picture_files import format_of

    with sentences():
        kind = format_of(output)
        if kind == "png":
            pixels, ratio = _parse_size(size), 1.0 if pixel_ratio is None else pixel_ratio
        else:
            _refuse_pixels(kind, {"--pixel-ratio": pixel_ratio, "--renderer": renderer})
            pixels, ratio = _for_print(_parse_size(size))
        settings = settings_with(theme=theme, order=order)
        window = None if start is None or duration is None else (start, duration)
        data = view_of(view, opening, theme=theme, order=order, window=window)
        reader = opening.open_as(data).open(str(file))
        check_targets((output,), reader, overwrite=True)
        labels = None if channels is None else [c.strip() for c in channels.split(",")]
        shown, notes = _view(reader, settings, data, labels)
        begin = shown.window.t_start if start is None else start
        length = shown.window.duration if duration is None else duration
        if length > 0:  # else it is refused below, in words
            shown.window.set(begin, length)
        picture.fit(reader, shown)
        picture.fill(reader, shown, pixels, ratio)
        composed = picture.compose(
            reader, begin, begin + length, size=pixels, pixel_ratio=ratio, view=shown
        )
        if kind == "png":
            notes += _save_png(output, composed, ratio, renderer, settings)
        else:
            notes += _save_for_print(output, composed, reader, shown)
    print_warnings([*notes, *reader.warnings, *shown.timeline.warnings])
    print(output)


def _view(
    reader: BaseRawIO,
    settings: "Settings",
    data: dict[str, Any] | None,
    labels: list[str] | None,
) -> "tuple[View, list[str]]":
    """Return how to show the recording, and what of a view file is not applied.

    Channels that an option names count more than the file's.
    """
    from viewer import picture
    from viewer.model.view_file import apply_view

    view = picture.fresh_view(reader, settings.picture_theme, settings.order)
    notes = [] if data is None else apply_view(view, data, reader)
    if labels is not None:
        picture.show_only(view, labels)
    return view, notes


def _save_png(
    output: Path,
    composed: "Composed",
    ratio: float,
    renderer: str | None,
    settings: "Settings",
) -> list[str]:
    """Draw and write pixels; return what is to be said of that."""
    from viewer.picture import drawn
    from viewer.picture_files import save_png

    drawer, said = offscreen_renderer(renderer, settings)
    save_png(drawn(composed, drawer), output, ratio)
    return [] if said is None else [said]


def _save_for_print(
    output: Path, composed: "Composed", reader: BaseRawIO, view: "View"
) -> list[str]:
    """Write lines and texts; return what is to be said of that."""
    from viewer.qt.vector import save_picture

    names = {(info.stream, info.column): info.name for info in view.channels.infos}
    saved = save_picture(output, composed, title=Path(reader.source_name()).name, names=names)
    return [] if saved.remark is None else [saved.remark]


def _for_print(size: tuple[int, int]) -> tuple[tuple[int, int], float]:
    """Return how fine a drawing of a size is composed: in which pixels, at which ratio."""
    from viewer.picture import MAX_SIDE, check_size
    from viewer.render.figure import PRINT_RATIO

    check_size(size, most=int(MAX_SIDE / PRINT_RATIO))
    return (round(size[0] * PRINT_RATIO), round(size[1] * PRINT_RATIO)), PRINT_RATIO


def _refuse_pixels(kind: str, given: Mapping[str, object]) -> None:
    """Refuse options of pixels for a format that has none."""
    names = [name for name, value in given.items() if value is not None]
    if names:
        they = "is" if len(names) == 1 else "are"
        raise OptionError(
            f"{' and '.join(names)} {they} for .png only; .{kind} files have lines and texts, "
            "which are sharp at any size."
        )


def _parse_size(text: str) -> tuple[int, int]:
    match = re.fullmatch(r"(\d{1,6})[xX](\d{1,6})", text.strip())
    if not match:
        raise OptionError(f"a size is written like 1600x900, not {text!r}.")
    return int(match[1]), int(match[2])
