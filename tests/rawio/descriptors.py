"""Which files this process has open."""

import os
from pathlib import Path

import pytest


def open_below(folder):
    """Return the names of files in a folder and below it that are open, one a descriptor."""
    listing = Path("/proc/self/fd")
    if not listing.is_dir():
        pytest.skip("this system does not list open files")
    found = []
    for entry in listing.iterdir():
        try:
            path = Path(os.readlink(entry))
        except OSError:
            continue  # the descriptor of the listing itself
        if folder in path.parents:
            found.append(path.name)
    return sorted(found)
