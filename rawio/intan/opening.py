"""From a path to the recording it is of: which files are read, and in which layout."""

import os
from pathlib import Path

from rawio.base import Place
from rawio.errors import (
    MissingFileError,
    OptionError,
    RawIOError,
    SeveralRecordingsError,
    UnknownFormatError,
    Warn,
)
from rawio.files import RawFile
from rawio.intan.contents import Contents
from rawio.intan.folder import INFO_NAMES, has_data_files, is_data_file, open_folder
from rawio.intan.headers import kind_of, read_header
from rawio.intan.sessions import chain_of, find_chains
from rawio.intan.traditional import open_traditional, whole_blocks
from rawio.texts import listed


def info_beside(path: Path) -> Path | None:
    """Return the header file in the folder of `path`, if there is one."""
    for name in INFO_NAMES:
        info = path.parent / name
        if not os.path.isfile(info):  # nor opened: a pipe would never answer
            continue
        try:
            with open(info, "rb") as file:
                if kind_of(file.read(4)) is not None:
                    return info
        except (OSError, ValueError):
            continue
    return None


def place_of(path: Path) -> Place | None:
    """Return where the recording is that a file belongs to; None for a header without data."""
    folder = path.parent
    of_folder = path.name in INFO_NAMES or is_data_file(path.name)
    if of_folder and has_data_files(folder) and info_beside(path) is not None:
        return Place(folder)
    chain = chain_of(path) or _lone_chain(path)
    if chain is None:
        return None
    if len(chain) == 1:
        return Place(path)
    return Place(folder, (("session", chain[0].stem),))


def _lone_chain(path: Path) -> tuple[Path, ...] | None:
    """Return a file that is of no session, None if it is a header without data."""
    try:
        file = RawFile(path)
        header = read_header(file, lambda _: None)
    except RawIOError:
        return (path,)  # opening it tells what is wrong
    empty = not whole_blocks(header, file.size)[0] and not has_data_files(path.parent)
    return None if empty else (path,)


def open_contents(path: Path, session: str | None, warn: Warn) -> Contents:
    """Return the contents of the recording at `path`, a file or a folder.

    Raises
    ------
    RawIOError
        One sentence when there is none, or several and `session` names none of them.
    """
    if os.path.isdir(path):
        return _open_directory(path, session, warn)
    if session is not None:
        raise OptionError(f"{path}: is one file; a session is chosen in a folder only.")
    if is_data_file(path.name):
        head = RawFile(path).read(0, 4).tobytes()
        if kind_of(head) is None:
            info = info_beside(path)
            if info is None:
                raise MissingFileError(
                    f"{path}: there is no {' or '.join(INFO_NAMES)} beside it to say what it holds."
                )
            path = info
    return _open_header(path, warn)


def _open_header(path: Path, warn: Warn) -> Contents:
    file = RawFile(path)
    messages: list[str] = []
    header = read_header(file, messages.append)
    n_blocks, rest = whole_blocks(header, file.size)
    if n_blocks or not has_data_files(path.parent):
        return open_traditional([path], warn)  # which has the same to say of the header
    for message in messages:
        warn(message)
    if rest:
        warn(f"the last {rest} bytes of {path.name} are no part of its header and are left out.")
    return open_folder(path, header, warn)


def _open_directory(folder: Path, session: str | None, warn: Warn) -> Contents:
    info = info_beside(folder / INFO_NAMES[0])
    if session is None and info is not None and has_data_files(folder):
        return _open_header(info, warn)
    chains = find_chains(folder)
    if not chains:
        raise UnknownFormatError(f"{folder}: holds no Intan recording that can be read.")
    names = [chain[0].stem for chain in chains]
    if session is None:
        if len(chains) > 1:
            raise SeveralRecordingsError(folder, names)
        return open_traditional(chains[0], warn)
    for chain in chains:
        if any(path.stem == session for path in chain):
            return open_traditional(chain, warn)
    there = listed(map(repr, names), 8)
    raise OptionError(f"{folder}: has no session {session!r}; it holds {there}.")
