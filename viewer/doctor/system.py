"""The machine and the session: what can be told without asking any driver."""

import os
import platform
import re
import sys
from collections.abc import Mapping
from contextlib import suppress
from importlib import metadata
from pathlib import Path
from typing import Any

PACKAGES = ("numpy", "scipy", "vispy", "PyOpenGL", "PyQt6", "PyQt6-Qt6", "neo")
"""Distributions whose versions matter; Qt's own libraries are those of PyQt6-Qt6."""

VENDORS = {
    0x10DE: "NVIDIA",
    0x1002: "AMD",
    0x8086: "Intel",
    0x15AD: "VMware",
    0x80EE: "VirtualBox",
    0x1AF4: "virtio",
    0x1234: "QEMU",
    0x1414: "Microsoft",
    0x1A03: "ASPEED",
    0x102B: "Matrox",
}
"""Of graphics devices on PCI."""

GPU_VENDORS = ("NVIDIA", "AMD", "Intel")
"""Those whose devices draw OpenGL by themselves; the others are a virtual or a server's screen."""


def platform_report() -> dict[str, Any]:
    """Return system, processor, memory (bytes, None where not known) and Python."""
    return {
        "system": _system(),
        "kernel": platform.release(),
        "machine": platform.machine(),
        "processor": _processor(),
        "cores": os.cpu_count() or 1,
        "memory": _memory(),
        "python": platform.python_version(),
    }


def package_versions() -> dict[str, str | None]:
    """Return the versions of `PACKAGES`, None of those that are not installed."""
    found: dict[str, str | None] = {}
    for name in PACKAGES:
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            found[name] = None
    return found


def session_hints(environ: Mapping[str, str] = os.environ) -> dict[str, list[str]]:
    """Return what the environment says of the screen and of what lies between.

    Returns
    -------
    dict
        ``screen``: such as ``X11 :0``; ``remote``: why OpenGL may not be that of a GPU.
    """
    display, wayland = environ.get("DISPLAY", ""), environ.get("WAYLAND_DISPLAY", "")
    screen = [f"Wayland {wayland}"] if wayland else []
    screen += [f"X11 {display}"] if display else []
    if environ.get("QT_QPA_PLATFORM"):
        screen.append(f"Qt platform {environ['QT_QPA_PLATFORM']}")
    remote = [words for words, names in REMOTE.items() if any(environ.get(n) for n in names)]
    # ssh -X and -Y listen on a port of this machine: localhost:10.0 and on.
    if re.match(r"(localhost|127\.0\.0\.1):\d\d", display):
        remote.append("windows forwarded over ssh")
    return {"screen": screen, "remote": remote}


REMOTE = {
    "ssh": ("SSH_CONNECTION", "SSH_CLIENT"),
    "xrdp": ("XRDP_SESSION", "XRDP_SOCKET_PATH"),
    "VNC": ("VNCDESKTOP", "VNC_CONNECTION_ID"),
    "X2Go": ("X2GO_SESSION",),
    "NoMachine": ("NXSESSIONID", "NX_SESSION_ID"),
    "Chrome Remote Desktop": ("CHROME_REMOTE_DESKTOP_SESSION",),
    "WSL": ("WSL_DISTRO_NAME",),
}
"""Sessions on a screen that is not this machine's own, and variables by which they are known."""


def graphics_devices(root: Path = Path("/")) -> list[str]:
    """Return the graphics devices that Linux knows, such as ``NVIDIA (nvidia)``; elsewhere none.

    Parameters
    ----------
    root : pathlib.Path
        Of the file system.
    """
    found = []
    for card in sorted((root / "sys/class/drm").glob("card[0-9]*")):
        if not re.fullmatch(r"card\d+", card.name):
            continue  # card0-HDMI-A-1 is a plug
        with suppress(OSError, ValueError):
            number = int((card / "device/vendor").read_text(), 16)
            vendor = VENDORS.get(number, f"PCI vendor {number:#06x}")
            driver = (card / "device/driver").resolve().name
            found.append(f"{vendor} ({driver})")
    for card in sorted((root / "proc/driver/nvidia/gpus").glob("*/information")):
        with suppress(OSError):
            model = re.search(r"^Model:\s*(.+)$", card.read_text(errors="replace"), re.MULTILINE)
            if model:
                found.append(f"NVIDIA ({model[1].strip()})")
    return found


def _system() -> str:
    if sys.platform.startswith("linux"):
        with suppress(OSError, KeyError):
            return f"{platform.freedesktop_os_release()['PRETTY_NAME']}, Linux"
    if sys.platform == "darwin":
        return f"macOS {platform.mac_ver()[0]}"
    return f"{platform.system()} {platform.version()}".strip()


def _processor() -> str:
    with suppress(OSError):
        said = Path("/proc/cpuinfo").read_text(errors="replace")
        name = re.search(r"^(?:model name|Model)\s*:\s*(.+)$", said, re.MULTILINE)
        if name:
            return name[1].strip()
    return platform.processor() or platform.machine()


def _memory() -> int | None:
    with suppress(AttributeError, OSError, ValueError):  # Windows has none of it
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    return None
