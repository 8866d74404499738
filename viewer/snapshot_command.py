"""``rawscope snapshot``: a picture of a recording, without a window."""

import re
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
    from viewer.settings import Settings

FOR_PRINT = (".svg", ".pdf")


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
        typer.Option(help="Names or ids, separated by commas, in the order to show."),
    ] = None,
    size: Annotated[str, typer.Option(help="Width x height in pixels.")] = "1600x900",
    renderer: Renderer = None,
    theme: Theme = None,
    pixel_ratio: Annotated[
        float, typer.Option(help="2 draws text and lines twice as large.")
    ] = 1.0,
    order: Order = None,
    view: ViewFile = None,
    opening: Opening = NO_OPTIONS,
) -> None:
    """Draw a span of a recording to a picture, without a window or a display."""
    from viewer import picture
    from viewer.engine.new_files import check_targets

    with sentences():
        settings = settings_with(theme=theme, order=order)
        data = view_of(view, opening)
        reader = opening.open_as(data).open(str(file))
        check_targets((output,), reader, overwrite=True)
        labels = None if channels is None else [c.strip() for c in channels.split(",")]
        shown, notes = _view(reader, settings, data, labels)
        begin = shown.window.t_start if start is None else start
        length = shown.window.duration if duration is None else duration
        span = begin, begin + length
        if length > 0:  # else it is refused below, in words
            shown.window.set(begin, length)
        picture.fit(reader, shown)
        if output.suffix.lower() in FOR_PRINT:
            notes += _save_for_print(reader, shown, span, _parse_size(size), output)
        else:
            notes += _save_png(
                reader, shown, span, _parse_size(size), output, renderer, settings, pixel_ratio
            )
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
        rows = picture.find_channels(view, labels)
        view.channels.show_only(rows)
        for panel in view.channels.panels:
            view.channels.show_page(0, len(rows), panel.stream)
    return view, notes


def _save_png(
    reader: BaseRawIO,
    view: "View",
    span: tuple[float, float],
    size: tuple[int, int],
    output: Path,
    renderer: str | None,
    settings: "Settings",
    pixel_ratio: float,
) -> list[str]:
    from viewer import picture

    drawer, said = offscreen_renderer(renderer, settings)
    image = picture.snapshot(
        reader, *span, size=size, renderer=drawer, pixel_ratio=pixel_ratio, view=view
    )
    picture.save_png(image, output)
    return [] if said is None else [said]


def _save_for_print(
    reader: BaseRawIO,
    view: "View",
    span: tuple[float, float],
    size: tuple[int, int],
    output: Path,
) -> list[str]:
    from viewer import picture
    from viewer.qt.vector import save_picture
    from viewer.render.figure import PRINT_RATIO

    fine = round(size[0] * PRINT_RATIO), round(size[1] * PRINT_RATIO)
    composed = picture.compose(reader, *span, size=fine, pixel_ratio=PRINT_RATIO, view=view)
    names = {(info.stream, info.column): info.name for info in view.channels.infos}
    saved = save_picture(output, composed, title=Path(reader.source_name()).name, names=names)
    return [] if saved.remark is None else [saved.remark]


def _parse_size(text: str) -> tuple[int, int]:
    match = re.fullmatch(r"(\d{1,6})[xX](\d{1,6})", text.strip())
    if not match:
        raise OptionError(f"a size is written like 1600x900, not {text!r}.")
    return int(match[1]), int(match[2])
