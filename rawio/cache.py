"""What readers keep in the user's cache directory: indexes that would take a scan to make again.

An entry is a folder of plain ``.npy`` files and an ``index.json``. It is written beside its place
and renamed into it, so it is there as a whole or not at all; it is opened only after its version,
the recording's fingerprint and every file's checksum were found right, and anything else counts
as no entry. Whatever the system refuses (no space, no permission) means no cache and no error.
"""

import contextlib
import hashlib
import json
import logging
import os
import shutil
import tempfile
import time
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from rawio.files import RawFile

log = logging.getLogger("rawio")

ENVIRONMENT = "RAWSCOPE_CACHE_DIR"
APPLICATION = "rawscope"
FORMAT = "rawscope-index"
VERSION = 1

SAMPLES = 32
SAMPLE_BYTES = 4096
CHECKED_WORDS = 8192
UNFINISHED = ".building-"
ABANDONED_SECONDS = 24 * 3600


def cache_dir() -> Path:
    """Return the folder for caches: ``RAWSCOPE_CACHE_DIR``, or the user's as the platform has it.

    It need not exist.
    """
    chosen = os.environ.get(ENVIRONMENT)
    if chosen:
        return Path(chosen)
    import platformdirs  # only when needed: reading needs nothing but NumPy

    return Path(platformdirs.user_cache_dir(APPLICATION, appauthor=False))


def fingerprint(file: RawFile, header_bytes: int) -> dict[str, Any]:
    """Return what tells a recording from a changed one without reading all of it.

    Parameters
    ----------
    file : RawFile
    header_bytes : int
        Bytes at the start of the file that are taken as a whole; of the rest, samples are.

    Returns
    -------
    dict
        ``size`` in bytes, ``mtime_ns`` and ``digest``, fit for JSON.
    """
    digest = hashlib.blake2b(digest_size=16)
    digest.update(file.read(0, header_bytes).data)
    last = max(0, file.size - SAMPLE_BYTES)
    for offset in np.linspace(min(header_bytes, last), last, SAMPLES).astype(np.int64).tolist():
        digest.update(file.read(offset, SAMPLE_BYTES).data)
    return {"size": file.size, "mtime_ns": file.mtime_ns, "digest": digest.hexdigest()}


@dataclass(frozen=True)
class CacheEntry:
    """Where the index of one recording is kept.

    Parameters
    ----------
    kind : str
        Which reader's index, and a folder in the cache.
    version : int
        Of the reader's index; another one is not read.
    path : Path
        The recording.
    fingerprint : dict
        From `fingerprint`.
    """

    kind: str
    version: int
    path: Path
    fingerprint: Mapping[str, Any]

    def load(self) -> tuple[dict[str, np.ndarray], Any] | None:
        """Return the arrays, mapped read-only, and the facts; None if there is no sound entry."""
        try:
            return self._load(self._folder())
        except (OSError, ValueError, TypeError, LookupError, AttributeError, RuntimeError) as error:
            log.debug("%s: no index in the cache (%s)", self.path, error)
            return None

    def store(self, arrays: Mapping[str, np.ndarray], facts: Any) -> bool:
        """Keep arrays and facts (plain JSON values); return whether that worked."""
        try:
            self._store(arrays, facts)
        except (OSError, RuntimeError) as error:
            log.debug("%s: its index is not kept (%s)", self.path, error)
            return False
        return True

    def _folder(self) -> Path:
        return cache_dir() / self.kind / f"{self._stem()}{_short_hash(self._identity())}"

    def _stem(self) -> str:
        """Return the part of the folder's name that all indexes of one path share."""
        readable = "".join(c if c.isalnum() and c.isascii() else "_" for c in self.path.stem)
        return f"{readable[:40]}-{_short_hash(str(self.path.resolve()))}-"

    def _identity(self) -> dict[str, Any]:
        return {
            "format": FORMAT,
            "version": [VERSION, self.version],
            "kind": self.kind,
            "fingerprint": dict(self.fingerprint),
        }

    def _load(self, folder: Path) -> tuple[dict[str, np.ndarray], Any]:
        description = json.loads((folder / "index.json").read_bytes())
        body = description["body"]
        if description["digest"] != _short_hash(body):
            raise ValueError("index.json is damaged")
        if body["identity"] != self._identity():
            raise ValueError("it is of another recording or version")
        arrays = {name: _open_array(folder, name, about) for name, about in body["arrays"].items()}
        with contextlib.suppress(OSError):
            os.utime(folder / "index.json")  # when it was last of use
        return arrays, body["facts"]

    def _store(self, arrays: Mapping[str, np.ndarray], facts: Any) -> None:
        folder = self._folder()
        folder.parent.mkdir(parents=True, exist_ok=True)
        building = Path(tempfile.mkdtemp(prefix=UNFINISHED, dir=folder.parent))
        replaced = building.with_name(f"{building.name}-replaced")
        try:
            about = {name: _save_array(building, name, a) for name, a in arrays.items()}
            body = {
                "identity": self._identity(),
                "path": str(self.path.absolute()),  # for people: it may have been moved since
                "arrays": about,
                "facts": facts,
            }
            text = json.dumps({"body": body, "digest": _short_hash(body)}, indent=1)
            (building / "index.json").write_text(text, encoding="utf-8")
            with contextlib.suppress(FileNotFoundError):
                folder.rename(replaced)  # damaged, or another process was first: ours is as good
            building.rename(folder)
        finally:
            shutil.rmtree(building, ignore_errors=True)
            shutil.rmtree(replaced, ignore_errors=True)
        self._clean(folder)

    def _clean(self, kept: Path) -> None:
        """Remove indexes of what the recording was before, and what killed processes left."""
        for other in kept.parent.glob(f"{self._stem()}*"):
            if other != kept:
                shutil.rmtree(other, ignore_errors=True)
        for other in kept.parent.glob(f"{UNFINISHED}*"):
            with contextlib.suppress(OSError):
                if time.time() - other.stat().st_mtime > ABANDONED_SECONDS:
                    shutil.rmtree(other, ignore_errors=True)


def _save_array(folder: Path, name: str, array: np.ndarray) -> dict[str, Any]:
    path = folder / f"{name}.npy"
    np.save(path, array, allow_pickle=False)
    return {
        "dtype": np.lib.format.dtype_to_descr(array.dtype),
        "shape": list(array.shape),
        "bytes": path.stat().st_size,
        "checksum": _checksum(path),
    }


def _open_array(folder: Path, name: str, about: Mapping[str, Any]) -> np.ndarray:
    path = folder / f"{name}.npy"
    if path.stat().st_size != about["bytes"] or _checksum(path) != about["checksum"]:
        raise ValueError(f"{path.name} is damaged")
    empty = 0 in about["shape"]  # nothing to map
    array = np.load(path, mmap_mode=None if empty else "r", allow_pickle=False)
    described = json.loads(json.dumps(np.lib.format.dtype_to_descr(array.dtype)))
    if list(array.shape) != about["shape"] or described != about["dtype"]:
        raise ValueError(f"{path.name} is not what index.json says")
    # A plain array over the map: same memory, without the costs of the memmap class.
    return array.view(np.ndarray)


def _checksum(path: Path) -> int:
    """Return a checksum of a file, at the speed of memory: CRC-32 of the sums of its chunks."""
    raw = np.memmap(path, dtype="u1", mode="r")
    whole = len(raw) // (8 * CHECKED_WORDS) * (8 * CHECKED_WORDS)
    sums = raw[:whole].view("<u8").reshape(-1, CHECKED_WORDS).sum(axis=1, dtype=np.uint64)
    return zlib.crc32(raw[whole:].tobytes(), zlib.crc32(sums.astype("<u8").tobytes()))


def _short_hash(value: Any) -> str:
    text = json.dumps(value, sort_keys=True)
    return hashlib.blake2b(text.encode("utf-8"), digest_size=8).hexdigest()
