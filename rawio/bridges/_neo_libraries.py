"""What neo's classes need besides neo."""

import platform
import shutil
from importlib.util import find_spec
from pathlib import Path
from typing import Any

PACKAGES = {
    "BiocamRawIO": "h5py",
    "CedRawIO": "sonpy",
    "EDFRawIO": "pyedflib",
    "MaxwellRawIO": "h5py",
    "MEArecRawIO": "MEArec",
    "MedRawIO": "dhn_med_py",
    "NIXRawIO": "nixio",
}
"""Packages by the class that needs them."""

PLEXON_DLLS = Path.home() / ".plexon_dlls_for_neo"


def missing_for(class_name: str, options: dict[str, Any]) -> str | None:
    """Return what a class of neo lacks here, to follow "reads it with", or None.

    Parameters
    ----------
    class_name : str
        Of ``neo.rawio``.
    options : dict
        Arguments that it is going to get.
    """
    package = PACKAGES.get(class_name)
    if package is not None and not _installed(package):
        return f"the package {package}, which is not installed"
    return _missing_for_plexon(options) if class_name == "Plexon2RawIO" else None


def _missing_for_plexon(options: dict[str, Any]) -> str | None:
    """Return what lacks for .pl2 files: a DLL of Plexon, and elsewhere than on Windows Wine.

    neo would fetch the DLL from the internet; that is left to who wants it.
    """
    given = options.get("pl2_dll_file_path")
    if given is None and not any(PLEXON_DLLS.glob("PL2FileReader*.dll")):
        return (
            "Plexon's PL2FileReader.dll, which is not there; give its path as pl2_dll_file_path "
            f"or put it into {PLEXON_DLLS}"
        )
    if given is not None and not Path(given).is_file():
        return f"Plexon's PL2FileReader.dll, which is not at {given}"
    if platform.system() != "Windows":
        if shutil.which("wine") is None:
            return "Wine, which is not installed"
        if not _installed("zugbruecke"):
            return "the package zugbruecke, which is not installed"
    return None


def _installed(package: str) -> bool:
    try:
        return find_spec(package) is not None
    except (ImportError, ValueError):
        return False
