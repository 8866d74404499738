"""What is in the cache directory: of which recordings, how large, and its removal.

An entry is a folder ``<kind>/<entry>/`` with an ``index.json`` of ours. Whatever else lies in the
directory, which may be one that somebody named by mistake, is neither shown nor touched.
"""

import json
import os
import re
import secrets
import shutil
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rawio.base import Place
from rawio.cache import ABANDONED_SECONDS, FORMAT, UNFINISHED, cache_dir
from rawio.errors import RawIOError
from rawio.finding import reader_of
from rawio.folders import cannot_list, head_of
from rawio.opening import readers

REPLACED = "-replaced"
BLOCK_BYTES = 512  # of st_blocks, on every system

_OURS = re.compile(r".*-[0-9a-f]{16}-[0-9a-f]{16}")
_TEMPORARY = re.compile(rf"{re.escape(UNFINISHED)}\w+(?:{REPLACED})?")


class CacheRemovalError(RawIOError):
    """The system refuses to remove something from the cache."""


@dataclass(frozen=True)
class CachedIndex:
    """An entry of the cache.

    Attributes
    ----------
    folder : pathlib.Path
    kind : str
        What it is: of which reader, or a pyramid.
    recording : pathlib.Path or None
        Absolute; None when the entry is damaged and does not say.
    nbytes : int
        What it takes of the disk, in bytes; files may have holes.
    last_used : float
        Seconds since 1970.
    derived : str
        What the samples it is of are computed by; "" where they are the recording's own, or where
        the entry is damaged and does not say.
    """

    folder: Path
    kind: str
    recording: Path | None
    nbytes: int
    last_used: float
    derived: str = ""

    @property
    def is_orphan(self) -> bool:
        """Whether the recording is gone from where it was."""
        return self.recording is not None and not os.path.exists(self.recording)


def cached_indexes() -> list[CachedIndex]:
    """Return the entries of the cache, by recording and kind.

    Raises
    ------
    RawIOError
        When its folder cannot be listed.
    """
    found = [entry for folder in _folders() if (entry := _entry_at(folder)) is not None]
    return sorted(found, key=lambda e: (str(e.recording or ""), e.kind, e.folder.name))


def leftovers() -> list[Path]:
    """Return folders that killed processes left in the cache more than a day ago.

    Raises
    ------
    RawIOError
        When the folder of the cache cannot be listed.
    """
    return sorted(folder for folder in _folders() if _is_unfinished(folder) and _is_old(folder))


def indexes_of(
    recording: str | os.PathLike[str], entries: Sequence[CachedIndex]
) -> list[CachedIndex]:
    """Return the entries of one recording, or of those in a folder.

    Parameters
    ----------
    recording : path-like
        Any of its files, or a folder; it may be gone.
    entries : sequence of CachedIndex
    """
    wanted = _real(Path(recording))
    place = _place_of(wanted)
    whole = place.path if place is not None and not place.options else wanted

    def is_of(path: Path) -> bool:
        if path in (wanted, whole) or wanted in path.parents:
            return True
        return place is not None and _is_near(place, path) and _place_of(path) == place

    return [e for e in entries if e.recording is not None and is_of(_real(e.recording))]


def remove(folder: Path) -> None:
    """Remove the folder of an entry, or one that was left over.

    It gets another name first: what is half removed must not look like an entry.

    Raises
    ------
    CacheRemovalError
    """
    doomed = folder.with_name(f"{UNFINISHED}{secrets.token_hex(4)}{REPLACED}")
    try:
        folder.rename(doomed)
        shutil.rmtree(doomed)
    except FileNotFoundError:  # another process was faster
        return
    except OSError as error:
        raise CacheRemovalError(f"{folder}: cannot be removed ({error.strerror}).") from None


def disk_bytes(folder: Path) -> int:
    """Return what the files in a folder take of the disk, in bytes."""
    total = 0
    for root, _, names in os.walk(folder):
        for name in names:
            with suppress(OSError):
                status = os.lstat(os.path.join(root, name))
                blocks = getattr(status, "st_blocks", None)  # which Windows does not count
                total += status.st_size if blocks is None else blocks * BLOCK_BYTES
    return total


# -- what is an entry ------------------------------------------------------------------------------


def _folders() -> Iterator[Path]:
    """Yield the folders two levels down, without following links."""
    for kind in _folders_in(cache_dir()):
        yield from _folders_in(kind)


def _folders_in(folder: Path) -> list[Path]:
    try:
        with os.scandir(folder) as found:
            return [Path(one.path) for one in found if one.is_dir(follow_symlinks=False)]
    except FileNotFoundError:
        return []
    except (OSError, ValueError) as error:
        raise cannot_list(folder, error) from None


def _entry_at(folder: Path) -> CachedIndex | None:
    """Return the entry in a folder, None where there is none of ours or a process is at it."""
    index = folder / "index.json"
    if _is_unfinished(folder) or index.is_symlink() or not index.is_file():
        return None
    try:
        last_used = index.stat().st_mtime
        body = _body_of(index)
    except OSError:
        return None
    recording = _recording_in(body)
    if not (recording or _is_index(body) or _OURS.fullmatch(folder.name)):
        return None
    kind, nbytes = folder.parent.name, disk_bytes(folder)
    return CachedIndex(folder, kind, recording, nbytes, last_used, _derived_in(body))


def _body_of(index: Path) -> dict[str, Any]:
    """Return what an index.json says, nothing if it is damaged or of something else."""
    try:
        body = json.loads(index.read_bytes())["body"]
    except (ValueError, TypeError, LookupError, RecursionError):
        return {}
    return body if isinstance(body, dict) else {}


def _recording_in(body: dict[str, Any]) -> Path | None:
    path = body.get("path")
    return Path(path) if isinstance(path, str) and os.path.isabs(path) else None


def _derived_in(body: dict[str, Any]) -> str:
    identity = body.get("identity")
    derived = identity.get("derived") if isinstance(identity, dict) else None
    return derived if isinstance(derived, str) else ""


def _is_index(body: dict[str, Any]) -> bool:
    identity = body.get("identity")
    return isinstance(identity, dict) and identity.get("format") == FORMAT


def _is_unfinished(folder: Path) -> bool:
    """Return whether a folder is being written or removed, or was to be."""
    whole = folder.name.removesuffix(REPLACED)
    was_entry = whole != folder.name and _OURS.fullmatch(whole) is not None
    return was_entry or _TEMPORARY.fullmatch(folder.name) is not None


def _is_old(folder: Path) -> bool:
    try:
        return time.time() - folder.stat().st_mtime > ABANDONED_SECONDS
    except OSError:
        return False


# -- whose it is -----------------------------------------------------------------------------------


def _real(path: Path) -> Path:
    try:
        return path.resolve()
    except (OSError, ValueError, RuntimeError):  # no path that there can be, or links in a circle
        return path.absolute()


def _place_of(path: Path) -> Place | None:
    """Return the recording that a file is of, if it is still there."""
    if not os.path.isfile(path):
        return None
    reader_class = reader_of(path, head_of(path), readers())
    return None if reader_class is None else reader_class.recording_of(path)


def _is_near(place: Place, path: Path) -> bool:
    folder = place.path if os.path.isdir(place.path) else place.path.parent
    return folder in path.parents
