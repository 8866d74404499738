"""What is kept from one day to the next: recent recordings, how each was left, how the window is.

It lies in the user's state folder as the platform has it (``~/.local/state/rawscope`` on Linux), or
in the one that ``RAWSCOPE_STATE_DIR`` names::

    recent/    a small file for each recording that was opened lately
    sessions/  a small file for each recording: how it was left
    window.json

Each entry is a file of its own that is replaced as a whole: several processes may keep theirs at
the same moment. All of it is a convenience. What cannot be read is as if it were not there, what
cannot be written is not kept; both are logged, and nothing fails.

Everything here reads or writes files, so it is not for the thread of a user interface.
"""

import base64
import contextlib
import hashlib
import logging
import os
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from rawio.errors import one_line
from viewer.small_files import (
    UNFINISHED,
    NoSmallFileError,
    json_bytes,
    json_value,
    read_whole,
    write_whole,
)

log = logging.getLogger("viewer")

ENVIRONMENT = "RAWSCOPE_STATE_DIR"
APPLICATION = "rawscope"
VERSION = 1
RECENT, SESSION, WINDOW = "rawscope-recent", "rawscope-session", "rawscope-window"
"""What files say that they are."""

MOST_RECENT = 20
MOST_SESSIONS = 500
MOST_BYTES = 16 << 20
"""Of a file."""

ABANDONED_SECONDS = 24 * 3600


@dataclass(frozen=True)
class Key:
    """What a session belongs to.

    Attributes
    ----------
    path : str
        Absolute, of a file or a folder.
    recording : str or None
        Which of a folder's.
    """

    path: str
    recording: str | None = None

    @classmethod
    def of(cls, path: str | os.PathLike[str], recording: str | None = None) -> "Key":
        """Return the key of a recording; links are not followed, so no disk is waited for."""
        return cls(os.path.abspath(path), recording)

    @property
    def file_name(self) -> str:
        """The name of the file that is kept for it, the same in every process."""
        digest = hashlib.blake2b(os.fsencode(self.path), digest_size=16)
        if self.recording is not None:
            digest.update(b"\0" + self.recording.encode("utf-8", "surrogatepass"))
        return f"{digest.hexdigest()}.json"


@dataclass(frozen=True)
class Recent:
    """A recording that was opened lately.

    Attributes
    ----------
    path : pathlib.Path
    recording : str or None
        Which of a folder's.
    missing : bool
        Whether nothing is at the path at the moment.
    """

    path: Path
    recording: str | None
    missing: bool


def state_folder() -> Path:
    """Return the folder where all this is kept. It need not exist."""
    chosen = os.environ.get(ENVIRONMENT)
    if chosen:
        return Path(chosen)
    import platformdirs

    return Path(platformdirs.user_state_dir(APPLICATION, appauthor=False))


# -- recent recordings -----------------------------------------------------------------------------


def recent() -> list[Recent]:
    """Return the recordings that were opened lately, the latest first, `MOST_RECENT` at most."""
    found = sorted(_recent_files(), key=_opened, reverse=True)
    keys = [key for _, _, key in found if key is not None][:MOST_RECENT]
    return [Recent(Path(k.path), k.recording, not os.path.exists(k.path)) for k in keys]


def note_recent(path: str | os.PathLike[str], recording: str | None = None) -> bool:
    """Put a recording at the head of the list; return whether that worked."""
    key = Key.of(path, recording)
    opened = datetime.now(UTC).isoformat(timespec="microseconds")
    folder = state_folder() / "recent"
    kept = _write(folder / key.file_name, RECENT, _about(key) | {"opened": opened})
    old = sorted(_recent_files(), key=_opened, reverse=True)[MOST_RECENT:]
    _remove(file for file, _, _ in old)
    return kept


def forget_recent(path: str | os.PathLike[str] | None = None, recording: str | None = None) -> None:
    """Take a recording off the list; all of them when no path is given."""
    if path is None:
        _remove(file for file, _, _ in _recent_files())
    else:
        _remove([state_folder() / "recent" / Key.of(path, recording).file_name])


def _recent_files() -> Iterator[tuple[Path, str, Key | None]]:
    """Return files with when theirs was opened, and what; damaged ones count as the oldest."""
    for file in _files(state_folder() / "recent"):
        body = _read(file, RECENT) or {}
        key, opened = _key_of(body), body.get("opened")
        if key is not None and isinstance(opened, str):
            yield file, opened, key
        else:
            yield file, "", None


def _opened(entry: tuple[Path, str, Key | None]) -> str:
    return entry[1]


# -- sessions --------------------------------------------------------------------------------------


def session_of(key: Key) -> dict[str, Any] | None:
    """Return what `keep_session` was given for a recording, None where nothing is kept."""
    body = _read(state_folder() / "sessions" / key.file_name, SESSION)
    if body is None or _key_of(body) != key or not isinstance(body.get("session"), dict):
        return None
    session: dict[str, Any] = body["session"]
    return session


def keep_session(key: Key, session: Mapping[str, Any]) -> bool:
    """Keep how a recording was left; return whether that worked.

    Of more than `MOST_SESSIONS`, those that were kept longest ago go.

    Parameters
    ----------
    key : Key
    session : mapping
        Plain JSON values, such as those of `viewer.model.view_file.view_as_json`.
    """
    folder = state_folder() / "sessions"
    kept = _write(folder / key.file_name, SESSION, _about(key) | {"session": dict(session)})
    files = _files(folder)
    if len(files) > MOST_SESSIONS:
        _remove(sorted(files, key=_age)[MOST_SESSIONS:])
    return kept


# -- the window ------------------------------------------------------------------------------------


def window_state() -> dict[str, bytes] | None:
    """Return what `keep_window_state` was given, None where nothing is kept."""
    body = _read(state_folder() / "window.json", WINDOW)
    parts = None if body is None else body.get("parts")
    if not isinstance(parts, dict):
        return None
    try:
        return {name: base64.b64decode(part, validate=True) for name, part in parts.items()}
    except (ValueError, TypeError) as error:
        _log(state_folder() / "window.json", "is left out", error)
        return None


def keep_window_state(parts: Mapping[str, bytes]) -> bool:
    """Keep geometry, docks and the like, as Qt saves them; return whether that worked."""
    coded = {name: base64.b64encode(bytes(part)).decode() for name, part in parts.items()}
    return _write(state_folder() / "window.json", WINDOW, {"parts": coded})


# -- files -----------------------------------------------------------------------------------------


def _about(key: Key) -> dict[str, Any]:
    return {"path": key.path, "recording": key.recording}


def _key_of(body: Mapping[str, Any]) -> Key | None:
    path, recording = body.get("path"), body.get("recording")
    sound = isinstance(path, str) and "\0" not in path and isinstance(recording, str | None)
    return Key(path, recording) if sound else None  # type: ignore[arg-type]


def _read(file: Path, kind: str) -> dict[str, Any] | None:
    """Return what a file of a kind says, None where there is none, or it is not sound."""
    try:
        body = json_value(read_whole(file, MOST_BYTES))
        said = (body.get("format"), body.get("version")) if isinstance(body, dict) else None
        if said != (kind, VERSION):
            raise ValueError(f"it is no {kind} of version {VERSION}")
    except FileNotFoundError:
        return None
    except (OSError, NoSmallFileError, ValueError) as error:
        _log(file, "is left out", error)
        return None
    return body


def _write(file: Path, kind: str, body: Mapping[str, Any]) -> bool:
    try:
        content = json_bytes({"format": kind, "version": VERSION, **body})
        if len(content) > MOST_BYTES:
            raise ValueError(f"it would have more than {MOST_BYTES >> 20} MB")
        # Which recordings somebody looks at is nobody else's business.
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        write_whole(file, content)
    except (OSError, NoSmallFileError, ValueError, TypeError, RecursionError) as error:
        _log(file, "is not kept", error)
        return False
    return True


def _files(folder: Path) -> list[Path]:
    """Return the files of a folder; what killed processes have left there is removed."""
    try:
        files = list(folder.iterdir())
    except OSError:
        return []
    parts = [file for file in files if file.name.endswith(UNFINISHED)]
    _remove(part for part in parts if _age(part) > ABANDONED_SECONDS)
    return [file for file in files if file.suffix == ".json"]


def _age(file: Path) -> float:
    """Return how many seconds ago a file was written; endless where it has gone meanwhile."""
    try:
        return time.time() - file.stat().st_mtime
    except OSError:
        return float("inf")


def _remove(files: Iterator[Path] | list[Path]) -> None:
    for file in files:
        with contextlib.suppress(OSError):  # gone already, or a folder, or not ours to remove
            file.unlink()


def _log(file: Path, what: str, error: Exception) -> None:
    why = getattr(error, "strerror", None) or error
    log.warning("%s: %s (%s)", one_line(str(file)), what, one_line(str(why)))
