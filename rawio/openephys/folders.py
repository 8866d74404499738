"""Where the recordings of an Open Ephys session lie.

A session is ``[Record Node N/]experimentE/recordingR``, each recording with a ``structure.oebin``.
Experiments are from a start of acquisition to its stop, recordings within them likewise.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from rawio.errors import (
    FormatError,
    MissingFileError,
    OptionError,
    SeveralRecordingsError,
    UnreadableFileError,
)

OEBIN = "structure.oebin"
DATA = "continuous.dat"

PART = re.compile(r"(Record|experiment\d|recording\d)")

MAX_DEPTH = 4
"""Folders down from the one named; recordings of a session are three below it."""

MAX_LEVELS_UP = 4
"""From a file of a recording, such as ``continuous/<stream>/continuous.dat``, to its folder."""


@dataclass(frozen=True)
class RecordingFolder:
    """The folder of one recording, as one record node wrote it.

    Attributes
    ----------
    path : pathlib.Path
        With ``structure.oebin`` in it.
    session : pathlib.Path
        The folder of all record nodes, or of all experiments where there are no nodes.
    node : str
        Name of the record node's folder; empty for GUIs without record nodes.
    experiment, recording : int
        1 where the folder is not named so.
    """

    path: Path
    session: Path
    node: str = ""
    experiment: int = 1
    recording: int = 1

    @property
    def experiment_name(self) -> str:
        """Name of the experiment's folder."""
        return f"experiment{self.experiment}"

    @property
    def label(self) -> str:
        """The path below the session, for sentences."""
        if self.path == self.session:
            return self.path.name
        return self.path.relative_to(self.session).as_posix()

    @property
    def settings_file(self) -> Path:
        """Where the GUI puts its settings; need not exist."""
        folder = self.session / self.node if self.path != self.session else self.path
        end = "" if self.experiment == 1 else f"_{self.experiment}"
        return folder / f"settings{end}.xml"


def describe(path: Path) -> RecordingFolder:
    """Return what the names of a recording's folder and of those above it say."""
    recording = re.fullmatch(r"recording(\d+)", path.name)
    experiment = re.fullmatch(r"experiment(\d+)", path.parent.name)
    if recording is None or experiment is None:
        return RecordingFolder(path, path)  # such as made by hand for samples of other programs
    node = path.parent.parent
    named = node.name.startswith("Record")
    return RecordingFolder(
        path=path,
        session=node.parent if named else node,
        node=node.name if named else "",
        experiment=int(experiment[1]),
        recording=int(recording[1]),
    )


def folder_above(path: Path) -> Path | None:
    """Return the nearest folder above `path` that is a recording's, None if there is none."""
    for folder in list(path.parents)[:MAX_LEVELS_UP]:
        try:
            if (folder / OEBIN).is_file():
                return folder
        except (OSError, ValueError):
            return None
    return None if path.is_absolute() else folder_above(path.absolute())


def session_of(folder: Path) -> Path:
    """Return the session of a recording's folder, by a relative path if `folder` is one."""
    absolute = folder.absolute()
    session = describe(absolute).session
    up = len(absolute.parts) - len(session.parts)
    if up == 0:
        return folder
    return folder.parents[up - 1] if up <= len(folder.parents) else session


def find_folders(path: Path) -> list[RecordingFolder]:
    """Return the recordings at `path`, by experiment, recording and record node.

    Parameters
    ----------
    path : pathlib.Path
        A session, a record node, an experiment, a recording, or something in a recording.

    Raises
    ------
    MissingFileError, UnreadableFileError
    FormatError
        When there is no ``structure.oebin``.
    SeveralRecordingsError
        When the folder holds several sessions.
    """
    path = path.absolute()
    if not _exists(path):
        raise MissingFileError(f"{path}: no such folder; check the path and its spelling.")
    found = [describe(folder) for folder in _recordings_below(path, 0)] if path.is_dir() else []
    if not found:
        above = folder_above(path)
        if above is None:
            raise FormatError(
                f"{path}: is no part of an Open Ephys recording; there is no {OEBIN} in it or "
                "above it."
            )
        found = [describe(above)]
    sessions = sorted({str(folder.session) for folder in found})
    if len(sessions) > 1:
        raise SeveralRecordingsError(path, [str(Path(s).relative_to(path)) for s in sessions])
    return sorted(found, key=lambda f: (f.experiment, f.recording, f.node))


def chosen(
    folders: list[RecordingFolder], names: list[str] | None, path: str
) -> list[RecordingFolder]:
    """Return the recordings of the experiments named, of all if `names` is None.

    Raises
    ------
    OptionError
        When there is no such experiment.
    """
    if names is None:
        return folders
    there = list(dict.fromkeys(folder.experiment_name for folder in folders))
    for name in names:
        if name not in there:
            raise OptionError(f"{path}: has no experiment {name!r}; it has {', '.join(there)}.")
    return [folder for folder in folders if folder.experiment_name in names]


def _exists(path: Path) -> bool:
    try:
        return path.exists()
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise UnreadableFileError(f"{path}: cannot be read ({reason}).") from None


def _recordings_below(folder: Path, depth: int) -> Iterator[Path]:
    """Yield folders with a ``structure.oebin``; what is below such a folder is its own."""
    try:
        if (folder / OEBIN).is_file():
            yield folder
            return
        below = sorted(f for f in folder.iterdir() if not f.name.startswith(".") and f.is_dir())
    except OSError as error:
        # A part of the session must not be missing without a word; other folders may be closed.
        if depth == 0 or PART.match(folder.name):
            raise UnreadableFileError(f"{folder}: cannot be listed ({error.strerror}).") from None
        return
    if depth < MAX_DEPTH:
        for entry in below:
            yield from _recordings_below(entry, depth + 1)
