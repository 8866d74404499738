"""Reports of made-up machines."""

from copy import deepcopy
from typing import Any

GPU = {
    "vendor": "NVIDIA Corporation",
    "renderer": "NVIDIA GeForce RTX 3060/PCIe/SSE2",
    "version": "4.6.0 NVIDIA 535.183.01",
    "shading_language": "4.60 NVIDIA",
    "indirect": False,
    "max_texture_size": 32768,
    "vertex_textures": 31,
    "texture_units": 33,
    "max_renderbuffer_size": 32767,
}
CPU = {**GPU, "vendor": "Mesa", "renderer": "llvmpipe (LLVM 15.0.6, 256 bits)"}
CUDA = {
    "cupy": "13.4.1",
    "runtime": "12.9",
    "driver": "12.2",
    "device": "NVIDIA GeForce RTX 3060",
    "memory": 12_600_000_000,
    "problem": None,
}
WHY_CPU = "The software renderer draws: the CPU would draw OpenGL here, slower (llvmpipe)."
WHY_NONE = "The software renderer draws: there is no OpenGL here."


def speed(milliseconds: float) -> dict[str, Any]:
    frame = {"milliseconds": milliseconds, "frames_per_second": 1000 / milliseconds, "frames": 9}
    return {"64": frame, "384": dict(frame)}


def opengl(driver: dict[str, Any] | None, why: str | None, ms: float) -> dict[str, Any]:
    """Return a place in which all is right, or which is not there."""
    place: dict[str, Any] = {"results": {}, "failures": {}, "trouble": None, "why_software": why}
    place["software_gl"] = None if driver is None else driver is CPU
    if driver is not None:
        place["results"] = {
            "driver": dict(driver),
            "renderer": "triangles",
            "decode": {"int16": 0, "uint16": 0},
            "agreement": {"0.1": {"differing": 0, "pixels": 100_000}},
            "speed": speed(ms),
        }
    return place


def machine(kind: str) -> dict[str, Any]:
    """Return the report of a machine with OpenGL of a ``gpu``, of the ``cpu``, or ``none``."""
    driver, why, ms = {
        "gpu": (GPU, None, 2.0),
        "cpu": (CPU, WHY_CPU, 150.0),
        "none": (None, WHY_NONE, 0.0),
    }[kind]
    return deepcopy(
        {
            "version": "1.2.3",
            "platform": {
                "system": "Debian GNU/Linux 12 (bookworm), Linux",
                "kernel": "6.1.0",
                "machine": "x86_64",
                "processor": "Some CPU",
                "cores": 8,
                "memory": 64_000_000_000,
                "python": "3.12.1",
            },
            "session": {"screen": ["X11 :0"], "remote": []},
            "graphics_devices": ["NVIDIA (nvidia)"] if kind == "gpu" else [],
            "environment": {},
            "packages": {"numpy": "2.1", "neo": None},
            "settings": {
                "file": "/home/me/settings.toml",
                "exists": False,
                "warnings": [],
                "renderer": None,
                "said_by": None,
            },
            "software": {
                "results": {"decode": {"int16": 0, "uint16": 0}, "speed": speed(10.0)},
                "failures": {},
                "trouble": None,
            },
            "offscreen": opengl(driver, why, ms),
            "window": opengl(driver, why, ms),
            "cuda": {"results": {"report": CUDA}, "failures": {}, "trouble": None},
        }
    )
