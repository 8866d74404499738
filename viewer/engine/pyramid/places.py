"""Where pyramids are kept: in the user's cache, or beside the recording."""

import hashlib
import os
import shutil
import tempfile
import weakref
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

from rawio import BaseRawIO, RawIOError
from rawio.cache import cache_dir
from viewer.engine.pyramid.identity import Identity
from viewer.engine.pyramid.store import Pyramid, create_pyramid, open_pyramid, remove_pyramid

Where = Literal["auto", "cache", "beside"]

KIND = "pyramid"
"""Folder in the cache."""

SUFFIX = ".rawscope"
"""Of the folder beside a recording."""

SHARE_OF_FREE = 0.8
"""An index takes at most this share of the room that a disk has left."""

TRIES = 5
"""How often to try to make an index where others try, too."""


class IndexPlaceError(RawIOError):
    """A pyramid cannot be kept where it should be."""


def beside(identity: Identity) -> Path:
    """Return the folder beside a recording where its pyramid may be kept.

    Of what is computed from it, each has a folder of its own.
    """
    path = Path(identity.path)
    which = f"-{identity.nature[:8]}" if identity.derived else ""
    return path.with_name(path.name + which + SUFFIX)


def in_cache(identity: Identity) -> Path:
    """Return the folder in the user's cache where a recording's pyramid is kept."""
    path = Path(identity.path)
    readable = "".join(c if c.isalnum() and c.isascii() else "_" for c in path.stem)[:40]
    key = hashlib.blake2b(f"{path.resolve()}\n{identity.nature}".encode(), digest_size=8)
    return cache_dir() / KIND / f"{readable}-{key.hexdigest()}"


def open_or_create(
    reader: BaseRawIO, where: Where = "auto", *, force: bool = False
) -> Pyramid | None:
    """Open the pyramid of a recording, or make an empty one.

    Parameters
    ----------
    reader : BaseRawIO
        With its header parsed. One without files gets a pyramid that goes with the process.
    where : {'auto', 'cache', 'beside'}
        ``auto`` takes one beside the recording if it is there, else the cache.
    force : bool
        Begin anew, whatever is there.

    Returns
    -------
    Pyramid or None
        None where there is nothing to index: all runs of samples are short.

    Raises
    ------
    IndexPlaceError
        When it cannot be kept: no room, no permission. One sentence says which.
    RawIOError
        What the reader raises.
    """
    identity = Identity.of(reader)
    if not any(layout.runs for layout in identity.streams):
        return None
    if not identity.files:
        return _temporary(identity)
    places = list(_candidates(identity, where))
    for folder in () if force else places:
        pyramid = open_pyramid(folder, reader, identity, _is_writable(folder))
        if pyramid is not None and (pyramid.writable or pyramid.complete):
            return pyramid
    # The last is where a new one goes; one of another state of the recording gives way to it.
    folder = places[-1]
    _check_room(folder, identity)
    for attempt in range(TRIES):
        try:
            if force and not attempt and folder.exists():
                remove_pyramid(folder)
            return create_pyramid(folder, identity)
        except (OSError, ValueError) as error:
            reason = getattr(error, "strerror", None) or error
        # Another process may be making one here at the same moment.
        theirs = open_pyramid(folder, reader, identity, writable=True)
        if theirs is not None:
            return theirs
    raise IndexPlaceError(f"{folder}: an index cannot be kept here ({reason}).")


def find(reader: BaseRawIO) -> Pyramid | None:
    """Return the pyramid of a recording where there is one, to read it only."""
    identity = Identity.of(reader)
    if identity.files:
        for folder in _candidates(identity, "auto"):
            pyramid = open_pyramid(folder, reader, identity, writable=False)
            if pyramid is not None:
                return pyramid
    return None


def _candidates(identity: Identity, where: Where) -> Iterator[Path]:
    if where == "beside" or (where == "auto" and beside(identity).is_dir()):
        yield beside(identity)
    if where != "beside":
        yield in_cache(identity)


def _temporary(identity: Identity) -> Pyramid:
    folder = Path(tempfile.mkdtemp(prefix="rawscope-"))
    try:
        _check_room(folder, identity)
        pyramid = create_pyramid(folder / KIND, identity)
    except (OSError, ValueError) as error:
        shutil.rmtree(folder, ignore_errors=True)
        reason = getattr(error, "strerror", None) or error
        raise IndexPlaceError(f"{folder}: an index cannot be kept here ({reason}).") from None
    except IndexPlaceError:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    weakref.finalize(pyramid, shutil.rmtree, folder, ignore_errors=True)
    return pyramid


def _is_writable(folder: Path) -> bool:
    return os.access(folder, os.W_OK)


def _check_room(folder: Path, identity: Identity) -> None:
    needed = sum(layout.nbytes for layout in identity.streams)
    there = next(parent for parent in [folder, *folder.parents] if parent.exists())
    try:
        free = shutil.disk_usage(there).free
    except OSError:
        return
    if needed > SHARE_OF_FREE * free:
        raise IndexPlaceError(
            f"{folder.parent}: the index takes {needed / 1e9:.1f} GB and {free / 1e9:.1f} GB are "
            "free; make room, or keep it elsewhere (RAWSCOPE_CACHE_DIR, rawscope index --where)."
        )
