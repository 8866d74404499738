"""Evaluating a piece of a shader: one value for each pixel of a float framebuffer."""

import numpy as np
from vispy import gloo

import shaders
from viewer.render import headless

VERTEX = """
#version 120
attribute vec2 a_at;
void main() { gl_Position = vec4(a_at, 0.0, 1.0); }
"""
CORNERS = np.array([[-1, -1], [1, -1], [-1, 1], [1, 1]], np.float32)


def evaluate(parts, expression, inputs, functions="", **uniforms):
    """Return what a GLSL expression is for each row of inputs.

    Parameters
    ----------
    parts : sequence of str
        Files of ``shaders`` to include.
    expression : str
        A vec4 of ``given``, the vec4 of one row.
    inputs : array-like, shape (n, up to 4)
    functions : str
        More GLSL, ahead of ``main``.
    **uniforms
        Of the parts.

    Returns
    -------
    ndarray of float32, shape (n, 4)
    """
    canvas, _ = headless.context()
    canvas.set_current()
    inputs = np.atleast_2d(np.asarray(inputs, np.float32).T).T
    side = int(np.ceil(np.sqrt(len(inputs))))
    texels = np.zeros((side * side, 4), np.float32)
    texels[: len(inputs), : inputs.shape[1]] = inputs
    source = "\n".join(
        [
            "#version 120",
            "#define LOOK(sampler, at) texture2D(sampler, at)",
            *(shaders.load(part) for part in parts),
            "uniform sampler2D u_given;",
            "uniform float u_side;",
            functions,
            "void main() {",
            "    vec4 given = texture2D(u_given, gl_FragCoord.xy / u_side);",
            f"    gl_FragColor = {expression};",
            "}",
        ]
    )
    program = gloo.Program(VERTEX, source)
    program["a_at"] = CORNERS
    program["u_given"] = float_texture(texels.reshape(side, side, 4))
    program["u_side"] = side
    for name, value in uniforms.items():
        program[name] = value
    target = gloo.FrameBuffer(color=float_texture(np.zeros((side, side, 4), np.float32)))
    with target:
        gloo.set_viewport(0, 0, side, side)
        gloo.set_state(depth_test=False, cull_face=False, blend=False)
        program.draw("triangle_strip")
        out = gloo.read_pixels((0, 0, side, side), alpha=True, out_type="float")
    target.delete()
    return out[::-1].reshape(-1, 4)[: len(inputs)]  # pixels are read from the top row down


def float_texture(texels):
    """Return a texture of four floats a texel."""
    return gloo.Texture2D(
        texels,
        format="rgba",
        internalformat="rgba32f",
        interpolation="nearest",
        wrapping="clamp_to_edge",
    )


def tile_texture(data, row=0):
    """Return a tile's texture and the uniforms that say how to read it, from a row on."""
    from viewer.render.textures import FLOAT32, texels_of

    texels, decode = texels_of(data)
    kind = (
        {"format": "luminance", "internalformat": "r32f"}
        if decode == FLOAT32
        else {"format": "luminance_alpha"}
    )
    texture = gloo.Texture2D(texels, interpolation="nearest", wrapping="clamp_to_edge", **kind)
    stride = 2 if data.ndim == 3 else 1
    return {
        "u_tile": texture,
        "u_texels": (texels.shape[1], len(texels)),
        "u_decode": decode,
        "u_stride": stride,
        "u_row": row,
        "u_valid": (-row, len(texels) // stride - row),
    }
