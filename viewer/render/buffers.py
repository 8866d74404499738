"""What the gpu renderer sends besides tiles: programs, corners, instances, lanes, rectangles."""

from collections import OrderedDict
from typing import Any

import numpy as np
from vispy import gloo

import shaders
from viewer.render.scene import Rects, TraceLayer

CORNERS = np.array([[0, 0], [1, 0], [1, 1], [0, 1]], np.float32)
ENDS = np.array([[0.5, 0], [0.5, 1]], np.float32)
TRIANGLES = np.array([0, 1, 2, 0, 2, 3], np.uint32)

GRID_STEP = 64
"""Columns that a grid has more than the next smaller one, from so many on; below, grids double.
What a draw does not need of them collapses."""

MOST_LANE_TEXTURES = 16
MANY = 1e9
"""Columns: more than any draw has."""


class Stage:
    """A program that is told only what has changed.

    Parameters
    ----------
    vertex, fragment : str
        Names of shaders.
    """

    def __init__(self, vertex: str, fragment: str) -> None:
        self._program = gloo.Program(shaders.load(vertex), shaders.load(fragment))
        self._known: dict[str, Any] = {}

    def set(self, **values: Any) -> None:
        """Set uniforms, textures and attributes."""
        for name, value in values.items():
            if self._known.get(name) is not value and self._known.get(name) != value:
                self._program[name] = self._known[name] = value

    def draw(self, mode: str, indices: gloo.IndexBuffer | None = None) -> None:
        """Draw all instances."""
        self._program.draw(mode, indices)


class Buffers:
    """Corners that never change, and what changes from frame to frame, each in one buffer.

    Attributes
    ----------
    static, sent : int
        Bytes sent of either.
    """

    def __init__(self) -> None:
        self.static = self.sent = 0
        self.corners = gloo.VertexBuffer(CORNERS)
        self.square = gloo.IndexBuffer(TRIANGLES)
        self._grids: dict[tuple[int, str], tuple[dict[str, Any], gloo.IndexBuffer | None]] = {}
        self._lanes: dict[int, dict[str, gloo.VertexBuffer]] = {}
        self._instances: dict[str, tuple[list[np.ndarray], dict[str, gloo.VertexBuffer]]] = {}
        self._images: dict[str, tuple[np.ndarray, gloo.Texture2D]] = {}

    def grid(
        self, columns: int, primitive: str
    ) -> tuple[dict[str, gloo.VertexBuffer], gloo.IndexBuffer | None]:
        """Return static corners for at least this many columns, and the order to draw them in."""
        size = -(-columns // GRID_STEP) * GRID_STEP
        if columns < GRID_STEP:
            size = 1 << (columns - 1).bit_length()
        if (size, primitive) not in self._grids:
            corner = ENDS if primitive == "lines" else CORNERS
            number = np.repeat(np.arange(size, dtype=np.float32), len(corner))
            corners = np.tile(corner, (size, 1))
            self.static += number.nbytes + corners.nbytes
            order = None
            if primitive != "lines":
                indices = (np.arange(size, dtype=np.uint32)[:, np.newaxis] * 4 + TRIANGLES).ravel()
                order = gloo.IndexBuffer(indices)
                self.static += indices.nbytes
            buffers = {
                "a_column": gloo.VertexBuffer(number),
                "a_corner": gloo.VertexBuffer(corners),
            }
            self._grids[size, primitive] = (buffers, order)
        return self._grids[size, primitive]

    def lanes(self, count: int) -> dict[str, gloo.VertexBuffer]:
        """Return static instances of `count` lanes, each in its own colour."""
        if count not in self._lanes:
            item = np.zeros((count, 3), np.float32)
            item[:, 0], item[:, 2] = np.arange(count), MANY
            tint = np.zeros((count, 4), np.float32)
            self.static += item.nbytes + tint.nbytes
            self._lanes[count] = {
                "a_item": gloo.VertexBuffer(item, divisor=1),
                "a_tint": gloo.VertexBuffer(tint, divisor=1),
            }
        return self._lanes[count]

    def marks(self, item: np.ndarray, tint: np.ndarray) -> dict[str, gloo.VertexBuffer]:
        """Return instances of columns in colours of their own, for the next draw only."""
        return self._instanced("marks", {"a_item": item, "a_tint": tint})

    def rects(self, name: str, rects: Rects) -> dict[str, gloo.VertexBuffer]:
        """Return instances of rectangles, which keep their buffer under `name`."""
        box, rgba = rects.box.astype(np.float32), rects.rgba.astype(np.float32) / np.float32(255)
        return self._instanced(name, {"a_box": box, "a_rgba": rgba})

    def rows(self, table: np.ndarray) -> gloo.Texture2D:
        """Return the lanes of each row of a heat map as a texture."""
        texels = np.zeros((1, len(table), 4), np.float32)
        texels[0, :, :2] = table
        return self._image("rows", texels)

    def colors(self, colors: np.ndarray) -> gloo.Texture2D:
        """Return colours, uint8 (n, 3), as a texture."""
        texels = np.full((1, len(colors), 4), 1, np.float32)
        texels[0, :, :3] = colors / np.float32(255)
        return self._image("colors", texels)

    def _instanced(self, name: str, parts: dict[str, np.ndarray]) -> dict[str, gloo.VertexBuffer]:
        held = self._instances.get(name)
        values = list(parts.values())
        if held is None:
            buffers = {part: gloo.VertexBuffer(v, divisor=1) for part, v in parts.items()}
            self._instances[name] = (values, buffers)
        elif all(map(np.array_equal, held[0], values)):
            return held[1]
        else:
            buffers = held[1]
            for part, value in parts.items():
                buffers[part].set_data(value)
            self._instances[name] = (values, buffers)
        self.sent += sum(value.nbytes for value in values)
        return buffers

    def _image(self, name: str, texels: np.ndarray) -> gloo.Texture2D:
        held = self._images.get(name)
        if held is not None and np.array_equal(held[0], texels):
            return held[1]
        if held is not None and held[0].shape == texels.shape:
            held[1].set_data(texels)
            texture = held[1]
        else:
            texture = _float_texture(texels)
        self._images[name] = (texels, texture)
        self.sent += texels.nbytes
        return texture


class LaneTextures:
    """The per-lane textures: three texels of four floats for each lane.

    Attributes
    ----------
    sent : int
        Bytes.
    """

    def __init__(self) -> None:
        self.sent = 0
        self._held: OrderedDict[int, tuple[np.ndarray, gloo.Texture2D]] = OrderedDict()
        self._next = 0

    def get(self, layer: TraceLayer, height: int) -> gloo.Texture2D:
        """Return the texture of a layer's lanes, sent only where none like it was before.

        Layers of one stream, run after run, share theirs.
        """
        values = lane_texels(layer, height)
        for key, (held, texture) in self._held.items():
            if np.array_equal(held, values):
                self._held.move_to_end(key)
                return texture
        self.sent += values.nbytes
        if len(self._held) >= MOST_LANE_TEXTURES:
            _, (held, texture) = self._held.popitem(last=False)
            if held.shape == values.shape:
                texture.set_data(values)
            else:
                texture.delete()
                texture = _float_texture(values)
        else:
            texture = _float_texture(values)
        self._next += 1
        self._held[self._next] = (values, texture)
        return texture


def lane_texels(layer: TraceLayer, height: int) -> np.ndarray:
    """Return what the shaders know of a layer's lanes, float32 (3, lanes, 4).

    Traces end at row `height` of the plot.
    """
    values = np.ones((3, len(layer.columns), 4), np.float32)
    values[0, :, 0], values[0, :, 1] = layer.columns, layer.slope
    values[0, :, 2], values[0, :, 3] = layer.pivot, layer.base
    values[1, :, :3] = layer.color / np.float32(255)
    values[2, :, :2] = layer.limits(height)
    values[2, :, 2:] = layer.free(height)
    return values


def _float_texture(texels: np.ndarray) -> gloo.Texture2D:
    return gloo.Texture2D(
        texels,
        format="rgba",
        internalformat="rgba32f",
        interpolation="nearest",
        wrapping="clamp_to_edge",
    )
