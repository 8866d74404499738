"""Arguments and options of the command line that several commands share, and the settings."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from viewer.console import print_warnings
from viewer.options import Opening
from viewer.settings import Settings, load_settings


class _Renderer(StrEnum):
    AUTO = "auto"
    SOFTWARE = "software"
    GPU = "gpu"


class _Theme(StrEnum):
    SYSTEM = "system"
    DARK = "dark"
    LIGHT = "light"


class _Order(StrEnum):
    PROBE = "probe"
    FILE = "file"


File = Annotated[
    str, typer.Argument(metavar="FILE", help="The recording, or its folder.", show_default=False)
]
Renderer = Annotated[
    _Renderer | None,
    typer.Option(
        help="Who draws the traces of a window or a .png; if left out, what RAWSCOPE_RENDERER or "
        "the settings say, else auto for a window and software for a picture."
    ),
]
Theme = Annotated[
    _Theme | None,
    typer.Option(
        "--theme",
        help="Colours; if left out, what the settings say, else those of the desktop (dark for a "
        "picture).",
    ),
]
Order = Annotated[
    _Order | None,
    typer.Option(
        "--order",
        help="Channels by shank and depth, or as the file has them; probe if left out.",
    ),
]
ViewFile = Annotated[
    Path | None,
    typer.Option(
        "--view",
        help="Show it as a view file says, but for what options say; the window's File menu saves "
        "such files.",
    ),
]


def settings_with(**given: Any) -> Settings:
    """Return the user's settings with the options that are given in their place.

    What is wrong in the settings is printed.
    """
    settings = load_settings()
    print_warnings(list(settings.warnings))
    words = {key: v.value if isinstance(v, StrEnum) else v for key, v in given.items()}
    return settings.overridden(**words)


def view_of(path: Path | None, opening: Opening, **given: object) -> dict[str, Any] | None:
    """Return what a view file says and no option does: what an option says counts more.

    Parameters
    ----------
    path : pathlib.Path or None
        None where there is no view file.
    opening : Opening
        Its steps take the place of the file's, and are shown.
    given : object
        What other options say, by the fields of the file that they stand for; None where nothing.

    Raises
    ------
    viewer.model.view_file.ViewFileError
    """
    if path is None:
        return None
    from viewer.model.view_file import load_view, with_steps

    data = load_view(path)
    said = {name for name, value in given.items() if value is not None}
    data = {name: value for name, value in data.items() if name not in said}
    return data if opening.process is None else with_steps(data, opening.process)
