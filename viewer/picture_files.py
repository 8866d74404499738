"""Pictures in files: which kinds there are, and writing them whole or not at all."""

import io
import os
from pathlib import Path
from typing import Literal, get_args

import numpy as np

from rawio import OptionError
from rawio.errors import one_line
from viewer.engine.new_files import NewFileError
from viewer.small_files import NoSmallFileError, write_whole

PictureFormat = Literal["png", "svg", "pdf"]

LOGICAL_DPI = 96
"""Logical pixels to an inch."""


def format_of(path: Path) -> PictureFormat:
    """Return which kind of picture the ending of a name says.

    Raises
    ------
    OptionError
        When it says none.
    """
    ending = path.suffix.lower().removeprefix(".")
    kinds: tuple[PictureFormat, ...] = get_args(PictureFormat)
    for kind in kinds:
        if kind == ending:
            return kind
    raise OptionError(
        f"{one_line(path.name)}: a picture has a name that ends in .png, .svg or .pdf."
    )


def save_png(image: np.ndarray, path: str | os.PathLike[str], pixel_ratio: float = 1.0) -> None:
    """Write an RGBA image to a PNG file, in one step, in place of what is there.

    Parameters
    ----------
    image : ndarray of uint8, shape (height, width, 4)
    path : path-like
    pixel_ratio : float
        Pixels to a logical one, of which 96 are an inch: programs that lay out pages then show the
        image as large as it was on the screen.

    Raises
    ------
    NewFileError
        When the file cannot be written. What was there is there still.
    """
    from PIL import Image

    file = io.BytesIO()
    Image.fromarray(image).save(file, format="PNG", dpi=(LOGICAL_DPI * pixel_ratio,) * 2)
    write_picture(Path(path), file.getvalue())


def write_picture(path: Path, content: bytes) -> None:
    """Write the content of a picture's file, in one step, in place of what is there.

    Raises
    ------
    NewFileError
        When it cannot be written. What was there is there still.
    """
    try:
        write_whole(path, content)
    except (OSError, NoSmallFileError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise NewFileError(f"{path}: cannot be written ({reason}).") from None
