"""Which files make a session: all that share the base name of a parameter file.

::

    base.xml                           parameters
    base.dat  base.lfp  base.eeg ...   samples
    base.res.1  base.clu.1 ...         spikes of group 1, also base.1.res, base.1.clu
    base.rip.evt                       events called rip, also base.evt.rip
"""

import os
import re
from dataclasses import dataclass
from pathlib import Path

from rawio.errors import (
    MissingFileError,
    RawIOError,
    SeveralRecordingsError,
)
from rawio.files import RawFile
from rawio.folders import head_of, names_in
from rawio.neuroscope.parameters import is_parameter_file

XML = ".xml"
SIGNAL_EXTENSIONS = ("dat", "lfp", "eeg", "fil")
"""Files of samples, in the order they are shown; others are named in the parameter file."""
INTAN_HEADERS = ("info.rhd", "info.rhs")
INTAN_STEM = re.compile(
    "amplifier|lowpass|highpass|dcamplifier|stim|spike|time|auxiliary|supply|(analog|digital)(in|out)"
)
SPIKE_FILE = re.compile(r"(?:(res|clu|fet|spk)\.(\d{1,9})|(\d{1,9})\.(res|clu|fet|spk))")
EVENT_FILE = re.compile(r"(?:evt\.([^.]+)|([^.]+)\.evt|(evt))")


@dataclass(frozen=True)
class Session:
    """The files of a session.

    Attributes
    ----------
    xml : pathlib.Path
        The parameter file.
    named : pathlib.Path or None
        The file of samples that was asked for by name.
    alone : bool
        Whether no other file of samples is wanted.
    names : frozenset of str
        All names in the folder.
    """

    xml: Path
    named: Path | None
    alone: bool
    names: frozenset[str]

    @property
    def base(self) -> str:
        """What the names of all files of the session start with, without the dot."""
        return self.xml.name[: -len(XML)]

    def signal_files(self, listed: list[str]) -> list[tuple[str, Path]]:
        """Return extension and path of each file of samples, the one asked for first.

        Parameters
        ----------
        listed : list of str
            Extensions that the parameter file gives a rate.
        """
        wanted = dict.fromkeys([*SIGNAL_EXTENSIONS, *listed])
        found = [
            (extension, self.xml.with_name(f"{self.base}.{extension}"))
            for extension in wanted
            if f"{self.base}.{extension}" in self.names and not _is_other(extension)
        ]
        if self.named is None:
            return found
        first = (self.named.suffix[1:].lower(), self.named)
        others = [] if self.alone else [pair for pair in found if pair[1] != self.named]
        return [first, *others]

    def spike_files(self) -> dict[int, dict[str, Path]]:
        """Return the files of spikes: by number of the group, then by kind (``res`` ...)."""
        groups: dict[int, dict[str, Path]] = {}
        for name, match in self._matching(SPIKE_FILE):
            kind, digits = match[1] or match[4], match[2] or match[3]
            groups.setdefault(int(digits), {}).setdefault(kind, self.xml.with_name(name))
        return dict(sorted(groups.items()))

    def event_files(self) -> dict[str, Path]:
        """Return the files of events by what they are called."""
        found: dict[str, Path] = {}
        for name, match in self._matching(EVENT_FILE):
            called = next(text for text in match.groups() if text)
            if name.endswith(".evt") and f"{self.base}.{called}{XML}" in self.names:
                continue  # base.called is a session too, and its events are these
            found.setdefault(called, self.xml.with_name(name))
        return found

    def _matching(self, pattern: re.Pattern[str]) -> list[tuple[str, re.Match[str]]]:
        start = f"{self.base}."
        pairs = (
            (name, pattern.fullmatch(name, len(start)))
            for name in sorted(self.names)
            if name.startswith(start)
        )
        return [(name, match) for name, match in pairs if match is not None]


def find_session(
    filename: str | os.PathLike[str], binary_file: str | os.PathLike[str] | None
) -> Session:
    """Return the session that a path means.

    Parameters
    ----------
    filename : path-like
        The parameter file, with or without its ``.xml``; a file of samples; or a folder with one
        session, or with one of the folder's own name.
    binary_file : path-like or None
        The only file of samples to be read.

    Raises
    ------
    MissingFileError, EmptyFileError, UnreadableFileError, SeveralRecordingsError
    """
    path = Path(filename)
    named: Path | None = None
    if os.path.isdir(path):  # unlike Path.is_dir it raises nothing
        xml = _xml_in(path)
    elif path.suffix.lower() == XML:
        xml = path
    elif not os.path.isfile(path) and os.path.isfile(f"{path}{XML}"):
        xml = Path(f"{path}{XML}")
    else:
        RawFile(path)  # which says what is wrong with it
        xml, named = path.with_suffix(XML), path
        if not os.path.isfile(xml):
            raise MissingFileError(
                f"{path}: has no parameter file {xml.name} beside it, which would say how many "
                "channels it has; copy it there, or open it as flat binary."
            )
    if binary_file is not None:
        named = Path(binary_file)
    return Session(xml, named, binary_file is not None, frozenset(names_in(xml.parent)))


def companion_xml(path: Path) -> Path | None:
    """Return the parameter file that a file of samples belongs to, None if there is none.

    The folders that Intan's software writes are Intan's, even with a parameter file in them.
    """
    if path.suffix[1:].lower() not in SIGNAL_EXTENSIONS or is_intans(path):
        return None
    xml = path.with_suffix(XML)
    return xml if is_parameter_file(head_of(xml)) else None


def is_intans(path: Path) -> bool:
    """Return whether a file is a part of a recording by Intan's software, beside its header."""
    return INTAN_STEM.fullmatch(path.stem.lower()) is not None and any(
        os.path.isfile(path.with_name(name)) for name in INTAN_HEADERS
    )


def has_companions(xml: Path) -> bool:
    """Return whether anything of a session lies beside its parameter file."""
    try:
        session = Session(xml, None, False, frozenset(names_in(xml.parent)))
    except RawIOError:
        return False
    return bool(session.signal_files([]) or session.spike_files() or session.event_files())


def _is_other(extension: str) -> bool:
    """Return whether files of an extension are known to hold something else than samples."""
    patterns = (SPIKE_FILE, EVENT_FILE)
    return extension == XML[1:] or any(p.fullmatch(extension) for p in patterns)


def _xml_in(folder: Path) -> Path:
    names = [name for name in names_in(folder) if name.lower().endswith(XML)]
    found = [folder / name for name in names if is_parameter_file(head_of(folder / name))]
    own = [path for path in found if path.stem == folder.resolve().name]
    if len(found) > 1 and not own:
        raise SeveralRecordingsError(folder, [path.name for path in found])
    if not found:
        raise MissingFileError(
            f"{folder}: holds no parameter file of NeuroScope (.xml); name a recording's file."
        )
    return own[0] if own else found[0]
