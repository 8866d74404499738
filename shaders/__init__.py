"""The GLSL 1.20 sources of the GPU renderer, one stage a file."""

from importlib.resources import files


def load(name: str) -> str:
    """Return the source of a shader stage, for example ``load("trace.vert")``."""
    return files("shaders").joinpath(name).read_text(encoding="utf-8")
