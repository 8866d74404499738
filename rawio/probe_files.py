"""Probe files: read by the probeinterface library, errors in one sentence."""

import os
from pathlib import Path
from typing import Any

from rawio.errors import FormatError, UnknownFormatError, UnreadableFileError
from rawio.files import RawFile

SUFFIXES = (".json", ".prb", ".meta", ".xml")


def read_probe(path: str | os.PathLike[str]) -> Any:
    """Read a probe from a file.

    Parameters
    ----------
    path : path-like
        probeinterface's own .json, a .prb (see `rawio.prb`), the .meta of a SpikeGLX recording
        or the settings.xml of an Open Ephys one.

    Returns
    -------
    probeinterface.Probe or probeinterface.ProbeGroup

    Raises
    ------
    MissingFileError, EmptyFileError, UnreadableFileError
    UnknownFormatError
        When its name has none of the endings above.
    FormatError
        When it breaks the rules of its kind.
    """
    path = Path(path)
    suffix = path.suffix.lower()
    if suffix not in SUFFIXES:
        raise UnknownFormatError(
            f"{path}: is no probe file known here; give a probeinterface .json, a .prb, a SpikeGLX "
            ".meta or an Open Ephys settings.xml."
        )
    file = RawFile(path)  # says in one sentence what is missing or unreadable
    try:
        if suffix == ".prb":
            from rawio.prb import read_prb

            return read_prb(file)
        return _read_by_library(path, suffix)
    except (UnreadableFileError, FormatError):
        raise
    except Exception as error:  # whatever a damaged file makes the library raise
        raise FormatError(f"{path}: cannot be read as a probe ({error}).") from error


def _read_by_library(path: Path, suffix: str) -> Any:
    import probeinterface

    if suffix == ".json":
        group = probeinterface.read_probeinterface(path)
        return group.probes[0] if len(group.probes) == 1 else group
    if suffix == ".meta":
        return probeinterface.read_spikeglx(path)
    return probeinterface.read_openephys(path)
