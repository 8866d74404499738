"""Counting what a renderer asks of OpenGL."""

from collections import Counter
from contextlib import contextmanager

import numpy as np
from vispy.gloo import gl

COUNTED = (
    "glDrawElements",
    "glDrawArrays",
    "glDrawElementsInstanced",
    "glDrawArraysInstanced",
    "glTexImage2D",
    "glTexSubImage2D",
    "glBufferData",
    "glBufferSubData",
    "glCreateTexture",
    "glCreateBuffer",
    "glCompileShader",
    "glUniform1f",
    "glUniform2fv",
)


@contextmanager
def counted():
    """Count calls by name while this lasts; ``bytes of X`` are those that X was given."""
    counts: Counter[str] = Counter()
    before = {name: getattr(gl, name) for name in COUNTED if hasattr(gl, name)}

    def counting(name, call):
        def count(*arguments, **named):
            counts[name] += 1
            for argument in (*arguments, *named.values()):
                if isinstance(argument, np.ndarray):
                    counts[f"bytes of {name}"] += argument.nbytes
            return call(*arguments, **named)

        return count

    for name, call in before.items():
        setattr(gl, name, counting(name, call))
    try:
        yield counts
    finally:
        for name, call in before.items():
            setattr(gl, name, call)


def draws(counts):
    """Return how many draw calls there were."""
    return sum(count for name, count in counts.items() if name.startswith("glDraw"))


def made(counts):
    """Return how many textures and buffers were made, or made anew in another size."""
    return counts["glCreateTexture"] + counts["glCreateBuffer"] + counts["glTexImage2D"]


def sent(counts):
    """Return how many bytes of textures and buffers were sent."""
    parts = ("glTexSubImage2D", "glBufferData", "glBufferSubData")
    return sum(counts[f"bytes of {name}"] for name in parts)
