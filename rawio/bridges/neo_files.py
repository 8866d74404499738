"""Which files are of a format that neo reads, and which of its classes read them.

A file is told by its name and, where the format has a mark, by how it begins; formats of several
files by what lies beside. Formats that this package reads itself are not here.
"""

import os
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

from rawio.errors import RawIOError
from rawio.files import RawFile

HEAD_BYTES = 4096
HDF5 = b"\x89HDF\r\n"

Place = Callable[[Path, bytes], Path | None]


@dataclass(frozen=True)
class NeoFormat:
    """A format that neo reads.

    Attributes
    ----------
    classes : tuple of str
        Of ``neo.rawio``, the likeliest first.
    endings : tuple of str
        Of its files' names, without the dot, in lower case.
    place : callable
        Returns the file or folder that is the recording to which the file at a path, which begins
        with some bytes, belongs; None when it is of another format.
    opens : callable
        Returns the path that the classes are made with, from that file or folder.
    """

    classes: tuple[str, ...]
    endings: tuple[str, ...]
    place: Place
    opens: Callable[[Path], Path] = Path


def format_of(path: Path, head: bytes) -> tuple[NeoFormat, Path] | None:
    """Return the format of a file, and the file or folder that is its recording."""
    ending = path.suffix.lower().lstrip(".")
    for entry in FORMATS:
        if ending in entry.endings:
            place = entry.place(path, head)
            if place is not None:
                return entry, place
    return None


def format_at(path: Path) -> tuple[NeoFormat, Path] | None:
    """Return the same for a file whose head is still to be read, or for a folder.

    Raises
    ------
    RawIOError
        When a file is missing, empty or unreadable.
    """
    if not path.is_dir():
        return format_of(path, RawFile(path).read(0, HEAD_BYTES).tobytes())
    if path.suffix.lower() == ".medd":
        return MED, path
    for name in sorted(os.listdir(path)):
        try:
            found = format_at(path / name) if (path / name).is_file() else None
        except RawIOError:  # an empty file beside the others
            continue
        if found is not None and path in (found[1], found[0].opens(found[1])):
            return found
    return None


def hdf5_classes(path: Path) -> tuple[str, ...]:
    """Return the classes that may read an HDF5 file, by what is in it.

    All of them when h5py is not installed, none when the file is of no kind that neo reads.
    """
    try:
        h5py: Any = import_module("h5py")
    except ImportError:
        return HDF5_CLASSES
    try:
        with h5py.File(path, "r") as file:
            names, kind = set(file), file.attrs.get("format", "")
    except Exception:  # damaged: what neo says of it is the answer
        return HDF5_CLASSES
    if kind in ("nix", b"nix"):
        return ("NIXRawIO",)
    if "version" in names and names & {"wells", "mapping"}:
        return ("MaxwellRawIO",)
    if names & {"3BRecInfo", "ExperimentSettings", "ExperimentInfo"}:
        return ("BiocamRawIO",)
    if "channel_positions" in names:
        return ("MEArecRawIO",)
    return ()


# -- where the recording of a file is ------------------------------------------------------------


def _itself(path: Path, head: bytes) -> Path | None:
    return path


def _folder(path: Path, head: bytes) -> Path | None:
    return path.parent


def _starting(*marks: bytes) -> Place:
    return lambda path, head: path if head.startswith(marks) else None


def _at(offset: int, mark: bytes) -> Place:
    return lambda path, head: path if head[offset:].startswith(mark) else None


def _holding(mark: bytes) -> Place:
    return lambda path, head: path if mark in head else None


def _axona(path: Path, head: bytes) -> Path | None:
    """Return the .set file of a recording, whose samples and spikes lie beside it."""
    settings = path.with_suffix(".set")
    if path != settings:
        head = _head(settings)
    return settings if head.startswith(b"trial_date") else None


def _brainvision(path: Path, head: bytes) -> Path | None:
    header = path.with_suffix(".vhdr")
    return header if path == header or header.is_file() else None


def _elan(path: Path, head: bytes) -> Path | None:
    samples = path if path.suffix.lower() == ".eeg" else path.with_suffix("")
    entry = Path(f"{samples}.ent")
    return samples if samples.suffix.lower() == ".eeg" and entry.is_file() else None


def _med(path: Path, head: bytes) -> Path | None:
    return next((above for above in path.parents if above.suffix.lower() == ".medd"), None)


def _neuronexus(path: Path, head: bytes) -> Path | None:
    """Return the .xdat.json file, which names the recording."""
    if path.name.lower().endswith(".xdat.json"):
        return path
    name = path.name.removesuffix("_data.xdat").removesuffix("_timestamp.xdat")
    described = path.with_name(f"{name}.xdat.json")
    return described if described.is_file() else None


def _open_ephys(path: Path, head: bytes) -> Path | None:
    described = path.suffix.lower() == ".openephys" or b"header.format" in head
    return path.parent if described else None


def _phy(path: Path, head: bytes) -> Path | None:
    sorted_here = path.name == "params.py" and (path.parent / "spike_times.npy").is_file()
    return path if sorted_here else None


def _tdt(path: Path, head: bytes) -> Path | None:
    """Return the .Tbk file of the block that a file is of; without one, its folder.

    Where a folder holds several blocks, the names of a block's files start alike.
    """
    books = sorted(file for file in path.parent.iterdir() if file.suffix.lower() == ".tbk")
    if len(books) == 1:
        return books[0]
    return next((book for book in books if path.stem.startswith(book.stem)), path.parent)


def _head(path: Path) -> bytes:
    try:
        return RawFile(path).read(0, HEAD_BYTES).tobytes()
    except RawIOError:
        return b""


HDF5_CLASSES = ("MaxwellRawIO", "BiocamRawIO", "MEArecRawIO", "NIXRawIO")
MED = NeoFormat(("MedRawIO",), ("rdat", "ridx", "tmet", "tdat", "tidx"), _med)

FORMATS = (
    NeoFormat(("AlphaOmegaRawIO",), ("mpx", "lsx"), _folder),
    NeoFormat(("AxographRawIO",), ("axgd", "axgx", ""), _starting(b"AxGr", b"axgx")),
    NeoFormat(("AxonaRawIO",), ("set", "bin", *map(str, range(1, 33))), _axona),
    NeoFormat(("AxonRawIO",), ("abf",), _starting(b"ABF ", b"ABF2")),
    NeoFormat(("BiocamRawIO",), ("brw",), _starting(HDF5)),
    NeoFormat(("BrainVisionRawIO",), ("vhdr", "vmrk", "eeg", "dat", "avg", "seg"), _brainvision),
    NeoFormat(("CedRawIO",), ("smrx",), _itself),
    NeoFormat(("CedRawIO", "Spike2RawIO"), ("smr",), _at(2, b"(C) CED")),
    NeoFormat(("EDFRawIO",), ("edf",), _starting(b"0       ")),
    NeoFormat(("ElanRawIO",), ("eeg", "ent", "pos"), _elan),
    MED,
    NeoFormat(("MicromedRawIO",), ("trc",), _at(176, b"ORDER")),
    NeoFormat(("NeuroExplorerRawIO",), ("nex",), _starting(b"NEX1")),
    NeoFormat(("NeuroNexusRawIO",), ("json", "xdat"), _neuronexus),
    NeoFormat(("NIXRawIO",), ("nix",), _starting(HDF5)),
    NeoFormat(("OpenEphysRawIO",), ("continuous", "openephys", "spikes", "events"), _open_ephys),
    NeoFormat(("PhyRawIO",), ("py",), _phy, opens=lambda path: path.parent),
    NeoFormat(("Plexon2RawIO",), ("pl2",), _itself),
    NeoFormat(("RawMCSRawIO",), ("raw",), _starting(b"MC_DataTool")),
    NeoFormat(("SpikeGadgetsRawIO",), ("rec",), _holding(b"<Configuration")),
    NeoFormat(("TdtRawIO",), ("tbk", "tdx", "tev", "tin", "tnt", "tsq", "sev"), _tdt),
    NeoFormat(("WinEdrRawIO",), ("edr",), _holding(b"NC=")),
    NeoFormat(("WinWcpRawIO",), ("wcp",), _holding(b"NC=")),
    NeoFormat(HDF5_CLASSES, ("h5",), _starting(HDF5)),
)

SHARED = {"", "bin", "dat", "eeg", "ent", "json", "pos", "py", "raw", "seg", "set", "avg", "events"}
"""Endings that mostly mean something else, and so are not named as ones that are known."""
