"""Whether there is a screen for a window."""

import os
import sys
from collections.abc import Mapping

NAMES = ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")


def has_display(environ: Mapping[str, str] = os.environ) -> bool:
    """Return whether a window has somewhere to go; Qt aborts the process where it has not."""
    return not sys.platform.startswith("linux") or any(environ.get(name) for name in NAMES)
