"""Formats that are read through neo, when nothing of ours reads them."""

import os
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any, ClassVar

from rawio.base import Place
from rawio.bridges.from_neo import NeoRawIO
from rawio.errors import FormatError, OptionError, UnknownFormatError
from rawio.files import RawFile

FILES: dict[str, tuple[str, ...]] = {
    "abf": ("AxonRawIO",),
    "axgd": ("AxographRawIO",),
    "axgx": ("AxographRawIO",),
    "brw": ("BiocamRawIO",),
    "edf": ("EDFRawIO",),
    "edr": ("WinEdrRawIO",),
    "eeg": ("ElanRawIO",),
    "h5": ("MaxwellRawIO", "MEArecRawIO", "BiocamRawIO", "NIXRawIO"),
    "nex": ("NeuroExplorerRawIO",),
    "nix": ("NIXRawIO",),
    "pl2": ("Plexon2RawIO",),
    "raw": ("RawMCSRawIO",),
    "rec": ("SpikeGadgetsRawIO",),
    "set": ("AxonaRawIO",),
    "smr": ("CedRawIO", "Spike2RawIO"),
    "smrx": ("CedRawIO",),
    "trc": ("MicromedRawIO",),
    "vhdr": ("BrainVisionRawIO",),
    "wcp": ("WinWcpRawIO",),
    "xdat": ("NeuroNexusRawIO",),
}
"""Endings of files and the neo classes that may read them, the likeliest first."""

FOLDERS: dict[str, tuple[str, ...]] = {
    "continuous": ("OpenEphysRawIO",),
    "lsx": ("AlphaOmegaRawIO",),
    "mpx": ("AlphaOmegaRawIO",),
    "openephys": ("OpenEphysRawIO",),
    "rdat": ("MedRawIO",),
    "sev": ("TdtRawIO",),
    "tbk": ("TdtRawIO",),
    "tev": ("TdtRawIO",),
    "tsq": ("TdtRawIO",),
}
"""Endings of files whose folder is the recording."""

HEADS: dict[str, bytes] = {"raw": b"MC_DataTool", "set": b"trial_date", "h5": b"\x89HDF"}
"""How files begin whose ending means other things too."""


class NeoFormatRawIO(NeoRawIO):
    """A recording of a format that neo reads and this package does not.

    Parameters
    ----------
    filename : path-like
        A file, or a folder where a recording is one.

    Raises
    ------
    UnknownFormatError
        By `parse_header`, when neo is not installed; the sentence names the extra.
    """

    name: ClassVar[str] = "neo"
    extensions: ClassVar[list[str]] = sorted({*FILES, *FOLDERS} - HEADS.keys())

    def __init__(self, filename: str | os.PathLike[str]) -> None:
        path = Path(filename)
        super().__init__(_Unread(path))

    @classmethod
    def recognises(cls, path: Path, head: bytes) -> bool:
        """Return whether neo has a reader for files of this name."""
        ending = _ending(path)
        if ending in HEADS:
            return head.startswith(HEADS[ending])
        if ending == "eeg":  # the samples of several formats
            return _beside_eeg(path) is not None
        return ending in FILES or ending in FOLDERS

    @classmethod
    def recording_of(cls, path: Path) -> Place | None:
        """Return the file, or its folder for formats whose recordings are folders."""
        if _ending(path) == "eeg":
            return Place(_beside_eeg(path) or path)
        return Place(path.parent if _ending(path) in FOLDERS else path)

    def _parse_header(self) -> None:
        path = Path(self.filename)
        if _ending(path) == "eeg" and path.is_file():
            path = _beside_eeg(path) or path
        names, argument = _candidates(path)
        if argument == "filename":
            RawFile(path)  # says what is missing or empty
        if find_spec("neo") is None:
            raise UnknownFormatError(
                f"{path}: looks like a format that is read through neo, which is not installed; "
                "'pip install rawscope[neo]' brings it."
            )
        self._neo = _open_with_neo(path, names, argument)
        super()._parse_header()
        self._warn(f"read through neo ({self.format_name}); its answers are not checked here.")


class _Unread:
    """Stands for the neo reader until the header is asked for."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def source_name(self) -> str:
        return str(self._path)


def _ending(path: Path) -> str:
    return path.suffix.lower().lstrip(".")


def _beside_eeg(path: Path) -> Path | None:
    """Return the file that a recording whose samples are in an .eeg file is opened by.

    Elan has an .eeg.ent beside it, and opens by the .eeg; BrainVision has a .vhdr, and opens by it.
    """
    if Path(f"{path}.ent").is_file():
        return path
    header = path.with_suffix(".vhdr")
    return header if header.is_file() else None


def _candidates(path: Path) -> tuple[tuple[str, ...], str]:
    """Return the classes that may read a path, and what they call it."""
    if not path.is_dir():
        if _ending(path) in FOLDERS:
            path = path.parent
        else:
            return FILES.get(_ending(path), ()), "filename"
    endings = sorted({_ending(file) for file in path.iterdir()} & FOLDERS.keys())
    return tuple(dict.fromkeys(name for e in endings for name in FOLDERS[e])), "dirname"


def _open_with_neo(path: Path, names: tuple[str, ...], argument: str) -> Any:
    """Return the first neo reader that parses the header, or raise what the likeliest said."""
    if argument == "dirname" and not path.is_dir():
        path = path.parent
    neo = import_module("neo.rawio")
    reasons = []
    for name in names:
        reader_class = getattr(neo, name, None)
        if reader_class is None:
            continue
        try:
            reader = reader_class(**{argument: str(path)})
            reader.parse_header()
        except Exception as error:  # neo's readers raise whatever their libraries do
            text = " ".join(str(error).split()).rstrip(".") or type(error).__name__
            reasons.append(f"{name}: {text}")
            continue
        if len(reader.header["signal_channels"]) or len(reader.header["spike_channels"]):
            return reader
        reasons.append(f"{name}: finds no signals and no spikes")
    if not reasons:
        raise OptionError(f"{path}: this version of neo has none of {', '.join(names)}.")
    raise FormatError(f"{path}: neo cannot read it ({reasons[0]}).")
