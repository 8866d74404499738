"""A gpu renderer that is known to draw right on this very driver.

What a driver makes of a shader is for it to say: some round lines differently, some draw nothing
and report no error. So before a renderer is used it draws small pictures, one for each of its
shaders' ways, which must be what the software renderer draws.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache

import numpy as np
from vispy import gloo

from rawio import RawIOError
from viewer.engine.grid import RunView
from viewer.engine.levels import bin_samples
from viewer.engine.tiles import Tile, TileKey
from viewer.model import SignalRun
from viewer.render import software
from viewer.render.gpu import DEFAULT_BUDGET, GpuRenderer, Primitive
from viewer.render.scene import NO_RECTS, LineStyle, Marks, Scene, TraceLayer

SIDE = 64
"""Pixels of the pictures' sides."""

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
    renderer, wrong = GpuRenderer(budget), 0
    for renderer.primitive in primitives:  # shaders, which are the same, are compiled once
        wrong = wrong_pixels(renderer)
        if not wrong:
            return renderer
    raise WrongPicturesError(f"OpenGL draws {wrong} pixels of its test pictures wrongly here")


def wrong_pixels(renderer: GpuRenderer) -> int:
    """Return how many pixels of the test pictures the renderer draws otherwise than it should.

    Columns of bins must be right to the last pixel. Of what is blended or rounded to a colour,
    pixels that are nearly right are right, and one in a hundred may be wrong: drivers may round
    differently.
    """
    wrong = 0
    for picture in _test_pictures():
        apart = np.abs(draw_offscreen(renderer, picture.scene).astype(int) - picture.expected)
        count = int((apart.max(axis=2) > picture.tolerance).sum())
        wrong += count if count > picture.allowed else 0
    return wrong


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
    shape = scene.height, scene.width
    target = gloo.FrameBuffer(gloo.RenderBuffer(shape, "color"), gloo.RenderBuffer(shape, "depth"))
    try:
        with target:
            renderer.draw(scene)
            pixels = gloo.read_pixels((0, 0, scene.width, scene.height), alpha=True)
    finally:
        target.delete()
    return np.ascontiguousarray(pixels)


@dataclass(frozen=True)
class _Picture:
    """A scene, how it looks, and how far from that a driver may be."""

    scene: Scene
    expected: np.ndarray
    tolerance: int = 0
    allowed: int = 0

    @classmethod
    def of(cls, layers: Sequence[TraceLayer], *, exact: bool) -> "_Picture":
        colors = np.repeat(np.arange(256, dtype=np.uint8)[:, np.newaxis], 3, axis=1)
        parts = (NO_RECTS, tuple(layers), NO_RECTS)
        scene = Scene(SIDE, SIDE, SIDE - 4, 1, (10, 20, 30), *parts, colors=colors)
        expected = software.render(scene)
        return cls(scene, expected) if exact else cls(scene, expected, 3, SIDE * SIDE // 100)


@cache
def _test_pictures() -> tuple[_Picture, ...]:
    """Return a small picture for each of the shaders' ways."""
    rng = np.random.default_rng(0)
    middles = rng.integers(-29_000, 29_000, (3 * SIDE, 1, 3))  # so that many do not touch
    pairs = middles + rng.integers(0, 3700, (3 * SIDE, 2, 3)) * np.array([[-1], [1]])
    bins = _layer(pairs.astype(np.int16), 9.0)
    rows = np.arange(SIDE - 4)[:, np.newaxis] // 30 + np.array([0, 2])
    heat = [
        replace(
            _layer(pairs.astype(np.int16)[:, :, ::way], 9.0, stream),
            slope=np.full(3, 3e-5, np.float32),
            base=np.full(3, 0.1, np.float32),
            heat=rows,
        )
        for stream, way in ((0, 1), (1, -1))
    ]
    floats = rng.normal(0, 9000, (40, 3)).astype(np.float32)
    floats[11, 1] = np.nan
    mark = Marks(np.array([1]), np.array([20]), np.array([40]), np.array([[9, 200, 200]], np.uint8))
    clip = np.array([(0, 30), (35, 50), (20, SIDE)])  # rows that each lane may ink
    spared = np.array([(12, 20), (0, 40), (33, 34)])  # and which of these it leaves free
    lines = replace(_layer(floats, 0.25), line=LineStyle(1.5, 2.5), marks=mark, clip=clip)
    words = rng.integers(0, 65_536, (80, 3)).astype(np.uint16)
    between = replace(_layer(words, 0.5), pivot=np.full(3, 32_768.0))
    return (
        _Picture.of([bins], exact=True),
        _Picture.of([replace(bins, marks=replace(mark, lane=np.array([2])))], exact=True),
        _Picture.of([replace(bins, clip=clip, spared=spared)], exact=True),
        _Picture.of(heat, exact=False),
        _Picture.of([lines], exact=False),
        _Picture.of([between], exact=False),
    )


def _layer(data: np.ndarray, spp: float, stream: int = 0) -> TraceLayer:
    """Return three lanes, one of them turned over, of a tile of samples or of bins of three."""
    level = data.ndim - 2
    run = SignalRun(stream, 0, 0, 0.0, 1000.0, len(data) * bin_samples(level))
    return TraceLayer(
        RunView(run, spp, level, 0, 0, SIDE),
        (Tile(TileKey(stream, 0, 0, level, 0), 0, data),),
        np.arange(3),
        np.array([-0.001, 0.0005, -0.002], np.float32),
        np.array([20.3, 40.6, 32.0], np.float32),
        np.array([0.0, 7.0, -100.0]),
        np.array([[255, 0, 0], [0, 255, 0], [0, 0, 255]], np.uint8),
    )
