"""The software renderer: NumPy from tiles to RGBA, no OpenGL anywhere.

Traces are drawn on a sheet of their own, the ink, which lies between the rectangles below and those
above. From picture to picture the ink is kept: panning shifts it by whole columns, and only columns
that are new, or whose tile has come or gone, are drawn. Ink that covers a pixel in part has its
colour multiplied by that part already.
"""

import numpy as np

from viewer.render.heat import draw_heat
from viewer.render.painting import colors_of, owners
from viewer.render.polyline import draw_lines
from viewer.render.rectangles import fill, pack, packed
from viewer.render.reuse import PatchedLayer, Traces
from viewer.render.scene import Scene

BLOCK_ROWS = 64
"""Rows of the picture to put together at a time: they fit a core's cache."""


def render(scene: Scene) -> np.ndarray:
    """Draw a scene.

    Returns
    -------
    ndarray of uint8, shape (height, width, 4)
        Red, green, blue, alpha (255 everywhere).
    """
    return SoftwareRenderer().draw(scene)


class SoftwareRenderer:
    """Draws one scene after the other, each as `render` does, and faster if it is like the last.

    It holds on to the tiles of the last scene. Not for several threads at a time.
    """

    def __init__(self) -> None:
        self._last: Traces | None = None
        self._ink = np.empty((0, 0), np.uint32)

    def draw(self, scene: Scene) -> np.ndarray:
        """Draw a scene.

        Returns
        -------
        ndarray of uint8, shape (height, width, 4)
            Red, green, blue, alpha (255 everywhere). A new array for each scene.
        """
        self._draw_ink(Traces.of(scene))
        image = np.empty((scene.height, scene.width), np.uint32)
        image[:] = pack(scene.background)
        fill(image, scene.under)
        _lay_over(image, self._ink, partly=any(layer.line for layer in scene.layers))
        fill(image, scene.over)
        return image.view(np.uint8).reshape(scene.height, scene.width, 4)

    def _draw_ink(self, traces: Traces) -> None:
        # Forgotten while the ink is worked on: what fails half way must not be built upon.
        last, self._last = self._last, None
        shift = None if last is None else traces.shift_from(last)
        if last is None or shift is None:
            self._ink = np.empty((traces.height, traces.width), np.uint32)
            changed = [(0, traces.width)]
        else:
            _shift(self._ink, shift)
            changed = traces.changed(last, shift)
        for x_start, x_stop in changed:
            _draw_columns(self._ink, traces, x_start, x_stop)
        self._last = traces


def _shift(ink: np.ndarray, shift: int) -> None:
    """Move columns to the left; those that come in hold anything."""
    # As one row of pixels, which is a plain move of memory: what leaves one row enters the next.
    pixels = ink.reshape(-1)
    if shift > 0:
        pixels[:-shift] = pixels[shift:]
    elif shift < 0:
        pixels[-shift:] = pixels[:shift]


def _draw_columns(ink: np.ndarray, traces: Traces, x_start: int, x_stop: int) -> None:
    """Draw a stretch of columns of all layers."""
    layers = [patched.within(x_start, x_stop) for patched in traces.layers]
    layers = [patched for patched in layers if patched.patches]
    heat = [patched for patched in layers if patched.layer.heat is not None]
    lines = [patched for patched in layers if patched.layer.line is not None]
    columns = [p for p in layers if p.layer.heat is None and p.layer.line is None]
    if heat or not columns:
        ink[:, x_start:x_stop] = 0
    if heat:
        draw_heat(ink, heat, traces.colors, x_start, x_stop)
    if columns:
        _draw_spans(ink, columns, traces, x_start, x_stop, over=bool(heat))
    if lines:
        draw_lines(ink, lines, x_start, x_stop)


def _draw_spans(
    ink: np.ndarray,
    layers: list[PatchedLayer],
    traces: Traces,
    x_start: int,
    x_stop: int,
    *,
    over: bool,
) -> None:
    """Draw columns from their least to their greatest value, in place of what is there or over."""
    owner = owners(layers, x_start, x_stop, traces.height, traces.thickness)
    palette = np.concatenate([np.zeros(1, np.uint32), packed(colors_of(layers))])
    for row in range(0, len(ink), BLOCK_ROWS):
        block = slice(row, row + BLOCK_ROWS)
        new = np.take(palette, owner[block], mode="clip")
        if over:
            new = np.where(new, new, ink[block, x_start:x_stop])
        ink[block, x_start:x_stop] = new


def _lay_over(image: np.ndarray, ink: np.ndarray, *, partly: bool) -> None:
    """Lay the ink over an image: copy what is opaque, mix what is not, leave what is 0.

    Only where `partly` is there ink that covers a pixel in part.
    """
    for row in range(0, len(ink), BLOCK_ROWS):
        block = ink[row : row + BLOCK_ROWS]
        target = image[row : row + len(block)]
        if partly:
            alpha = block.view(np.uint8)[:, 3::4]
            mixed = np.nonzero((alpha != 0) & (alpha != 255))
            colors = _mixed(target[mixed], block[mixed])
        target *= block == 0  # faster than a masked copy
        target |= block
        if partly:
            target[mixed] = colors


def _mixed(below: np.ndarray, ink: np.ndarray) -> np.ndarray:
    """Return ink that covers a part over pixels, both uint32."""
    under = below.view(np.uint8).reshape(-1, 4)
    over = ink.view(np.uint8).reshape(-1, 4)
    left = 255 - over[:, 3:].astype(np.uint16)
    mixed = over + (under * left + np.uint16(127)) // np.uint16(255)
    return np.minimum(mixed, 255).astype(np.uint8).view(np.uint32).ravel()
