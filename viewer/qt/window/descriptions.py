"""Descriptions of flat binary files that were made in the window."""

import os
from contextlib import suppress
from typing import Any

from rawio import RawIOError
from rawio.sidecar import FlatBinaryLayout, read_sidecar, sidecar_path


class Descriptions:
    """Knows which files were described in the window, and so are opened by that.

    Such a description counts more than what the command line says of all files.
    """

    def __init__(self) -> None:
        self._layouts: dict[str, FlatBinaryLayout | None] = {}

    def note(
        self, path: str | os.PathLike[str], layout: FlatBinaryLayout, *, written: bool
    ) -> None:
        """Note the description of a file; what is not written beside it holds here alone."""
        self._layouts[os.path.abspath(path)] = None if written else layout

    def options_for(self, path: str) -> dict[str, Any]:
        """Return what an opener needs beside the path. Not for the GUI thread."""
        path = os.path.abspath(path)
        if path not in self._layouts:
            return {}
        layout = self._layouts[path]
        if layout is None:
            with suppress(RawIOError):  # what is broken or gone since, the opener says
                layout = read_sidecar(sidecar_path(path))
        return {} if layout is None else {"layout": layout}
