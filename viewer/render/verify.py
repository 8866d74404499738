"""A gpu renderer that is known to draw right on this very driver.

What a driver makes of a shader is for it to say: some round lines differently, some draw nothing
and report no error. So before a renderer is used it draws a small picture, which must be, pixel for
pixel, what the software renderer draws.
"""

from functools import cache

import numpy as np
from vispy import gloo

from rawio import RawIOError
from viewer.engine.grid import RunView
from viewer.engine.tiles import Tile, TileKey
from viewer.model import SignalRun
from viewer.render import software
from viewer.render.gpu import DEFAULT_BUDGET, GpuRenderer, Primitive
from viewer.render.scene import NO_RECTS, Scene, TraceLayer

SIDE = 64
"""Pixels of the picture's sides."""

CORNER = 16
"""Pixels of the sides of what is looked at of a window."""


class WrongPicturesError(RawIOError):
    """OpenGL is there, but what it draws is wrong."""


def verified_renderer(budget: int = DEFAULT_BUDGET) -> GpuRenderer:
    """Return a renderer for the current context, of the fastest kind that draws exactly.

    Parameters
    ----------
    budget : int
        See `viewer.render.gpu.GpuRenderer`.

    Raises
    ------
    WrongPicturesError
    """
    primitives: tuple[Primitive, ...] = ("lines", "triangles")
    wrong = 0
    for primitive in primitives:
        renderer = GpuRenderer(budget, primitive)
        wrong = wrong_pixels(renderer)
        if not wrong:
            return renderer
    raise WrongPicturesError(
        f"OpenGL draws {wrong} of {SIDE * SIDE} pixels of a test picture wrongly here"
    )


def wrong_pixels(renderer: GpuRenderer) -> int:
    """Return how many pixels of a test picture the renderer draws otherwise than it should."""
    scene, expected = _test_picture()
    return int((draw_offscreen(renderer, scene) != expected).any(axis=2).sum())


def check_drawn(scene: Scene) -> None:
    """Look whether the current framebuffer holds anything of a scene that was just drawn.

    Some drivers, of remote desktops above all, report no error and show a black window.

    Raises
    ------
    WrongPicturesError
    """
    side = min(CORNER, scene.width, scene.height)
    corner = gloo.read_pixels((0, 0, side, side), alpha=False)
    if any(scene.background) and not corner.any():
        raise WrongPicturesError("OpenGL reports no error, but the picture stays black")


def draw_offscreen(renderer: GpuRenderer, scene: Scene) -> np.ndarray:
    """Draw a scene into a framebuffer of its own in the current context.

    Returns
    -------
    ndarray of uint8, shape (height, width, 4)
    """
    target = gloo.FrameBuffer(color=gloo.RenderBuffer((scene.height, scene.width), "color"))
    try:
        with target:
            renderer.draw(scene)
            pixels = gloo.read_pixels((0, 0, scene.width, scene.height), alpha=True)
    finally:
        target.delete()
    return np.ascontiguousarray(pixels)


@cache
def _test_picture() -> tuple[Scene, np.ndarray]:
    """Return noise of three channels, one of them turned over, from bins, and how it looks."""
    rng = np.random.default_rng(0)
    middles = rng.integers(-29_000, 29_000, (3 * SIDE, 1, 3))  # so that many do not touch
    pairs = middles + rng.integers(0, 3700, (3 * SIDE, 2, 3)) * np.array([[-1], [1]])
    run = SignalRun(0, 0, 0, 0.0, 1000.0, 3 * 3 * SIDE)
    layer = TraceLayer(
        RunView(run, 9.0, 1, 0, 0, SIDE),
        (Tile(TileKey(0, 0, 0, 1, 0), 0, pairs.astype(np.int16)),),
        np.arange(3),
        np.array([-0.001, 0.0005, -0.002], np.float32),
        np.array([20.3, 40.6, 32.0], np.float32),
        np.array([0.0, 7.0, -100.0]),
        np.array([[255, 0, 0], [0, 255, 0], [0, 0, 255]], np.uint8),
    )
    scene = Scene(SIDE, SIDE, SIDE - 4, 1, (10, 20, 30), NO_RECTS, (layer,), NO_RECTS)
    return scene, software.render(scene)
