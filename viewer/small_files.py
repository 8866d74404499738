"""Small files of the user's: read within a limit, written whole or not at all.

Settings, views and sessions are a few kilobytes that people may edit, link, damage, or put
something else in the place of. Reading must not wait for a pipe or fill the memory; writing must
leave either the old content or the new one, whatever ends the process, and whoever writes at the
same moment.
"""

import contextlib
import errno
import json
import os
import secrets
import stat
from pathlib import Path
from typing import Any

UNFINISHED = ".part"
"""How the names end of files that are being written."""

LINE = 96
"""Characters to a line of JSON, about."""


class NoSmallFileError(Exception):
    """What lies at a path is not looked into, or not replaced, and why: half a sentence."""


def read_whole(path: Path, most_bytes: int) -> bytes:
    """Return what a plain file holds.

    Raises
    ------
    NoSmallFileError
        When it is a folder, a device or a pipe, or has more than `most_bytes`, in whole MB.
    OSError
        What the system says, such as `FileNotFoundError`.
    """
    _check_plain(path.stat().st_mode)
    with path.open("rb") as file:
        content = file.read(most_bytes + 1)
    if len(content) > most_bytes:
        raise NoSmallFileError(f"it has more than {most_bytes >> 20} MB")
    return content


def write_whole(path: Path, content: bytes) -> None:
    """Put `content` in a file, in one step, in place of what is there.

    A link stays one, and what it points to is written. Permissions stay as they were.

    Raises
    ------
    NoSmallFileError
        When it is a folder, a device or a pipe.
    OSError
        No room, no permission, no folder. What was there is there still.
    """
    target = Path(os.path.realpath(path))
    mode = _mode_to_keep(target)
    part = target.with_name(f".{target.name[:80]}.{secrets.token_hex(6)}{UNFINISHED}")
    try:
        # Not by `tempfile`, whose files are nobody else's: a view is for colleagues, too.
        with open(part, "xb") as file:
            if mode is not None:
                os.chmod(part, mode)
            file.write(content)
            file.flush()
            os.fsync(file.fileno())  # or, after a power cut, the name may be there and no content
        os.replace(part, target)
    except BaseException:
        with contextlib.suppress(OSError):
            part.unlink()
        raise


def _mode_to_keep(target: Path) -> int | None:
    """Return the permissions of what is to be replaced, None where nothing is there."""
    try:
        mode = target.stat().st_mode
    except FileNotFoundError:
        return None
    _check_plain(mode)
    if not os.access(target, os.W_OK):  # replacing it would only take a folder to write to
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(target))
    return stat.S_IMODE(mode)


def _check_plain(mode: int) -> None:
    if not stat.S_ISREG(mode):
        is_folder = stat.S_ISDIR(mode)
        raise NoSmallFileError("it is a folder" if is_folder else "it is a device or pipe")


def json_bytes(value: Any) -> bytes:
    """Return `value` as the content of a JSON file for people.

    Raises
    ------
    ValueError, TypeError
        When it holds what JSON has no form of, such as numbers that are not finite.
    """
    try:
        return f"{_json(value, '', ascii_only=False)}\n".encode()
    except UnicodeEncodeError:  # names of files need be no text
        return f"{_json(value, '', ascii_only=True)}\n".encode()


def json_value(content: bytes) -> Any:
    """Return what a JSON file of anyone's says.

    Raises
    ------
    ValueError
        When it is no JSON, or nested without end.
    """
    try:
        return json.loads(content, parse_constant=_refuse)
    except RecursionError:
        raise ValueError("it is nested too deeply") from None


def _json(value: Any, margin: str, *, ascii_only: bool) -> str:
    """Return `value` on one line where that is short, or else a line for each entry.

    A list without lists or tables in it stays on one line, whatever its length.
    """
    line = json.dumps(value, ensure_ascii=ascii_only, allow_nan=False)
    nested = isinstance(value, dict) or (
        isinstance(value, list | tuple) and any(isinstance(v, dict | list | tuple) for v in value)
    )
    if not nested or (margin and len(margin) + len(line) <= LINE):
        return line
    inner = margin + "  "
    if isinstance(value, dict):
        keys = (json.dumps(str(key), ensure_ascii=ascii_only) for key in value)
        parts = [
            f"{key}: {_json(entry, inner, ascii_only=ascii_only)}"
            for key, entry in zip(keys, value.values(), strict=True)
        ]
        return "{\n" + ",\n".join(inner + part for part in parts) + f"\n{margin}}}"
    parts = [_json(entry, inner, ascii_only=ascii_only) for entry in value]
    return "[\n" + ",\n".join(inner + part for part in parts) + f"\n{margin}]"


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is no number")
