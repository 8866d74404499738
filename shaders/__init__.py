"""The GLSL 1.20 sources of the GPU renderer, one stage a file; ``.glsl`` files are shared parts."""

from importlib.resources import files


def load(name: str) -> str:
    """Return the source of a shader stage, for example ``load("trace.vert")``.

    A line ``#include "NAME"`` stands for the file of that name, which GLSL itself does not know.
    """
    text = files("shaders").joinpath(name).read_text(encoding="utf-8")
    parts = (
        load(line.split('"')[1]) if line.startswith("#include") else line
        for line in text.splitlines()
    )
    return "\n".join(parts)
