"""The gpu renderer: tiles as textures of the raw bytes, everything else in shaders.

It draws into whatever OpenGL context is current, through vispy's gloo with ``gl='gl+'``
(instancing). A tile is uploaded once, unscaled, two bytes for each int16 value; pan, zoom, gain,
offset, colour and order change uniforms and one small buffer with an entry for each lane.

vispy reads int16 data wrongly in every other way (see ``docs/renderers.md``), so the bytes go up as
two-component uint8 and the shader puts them together.
"""

import weakref
from collections import OrderedDict
from dataclasses import dataclass

import numpy as np
from vispy import gloo

import shaders
from viewer.engine.tiles import Tile, TileKey, columns_of
from viewer.render.scene import Rects, Scene, TraceLayer

DEFAULT_BUDGET = 256 << 20
CORNERS = np.array([[0, 0], [1, 0], [1, 1], [0, 1]], np.float32)
TRIANGLES = np.array([0, 1, 2, 0, 2, 3], np.uint32)

BYTES_INT16, BYTES_UINT16, FLOAT32 = 0.0, 1.0, 2.0
LARGEST, ABSENT = np.float32(1e38), np.float32(3e38)
"""Floats are cut at the first; the second stands for NaN, of which shaders know nothing certain."""


@dataclass
class Uploads:
    """Bytes sent to the GPU since the renderer was made.

    Attributes
    ----------
    samples : int
        Of tiles: the only ones that grow with the data.
    lanes : int
        Of the per-channel buffers (texel, slope, pivot, base, colour).
    geometry : int
        Of static corner and index buffers.
    rects : int
        Of grid lines, events and spikes.
    """

    samples: int = 0
    lanes: int = 0
    geometry: int = 0
    rects: int = 0


@dataclass
class _Texture:
    texture: gloo.Texture2D
    decode: float
    nbytes: int
    source: weakref.ref[Tile]


@dataclass
class _Lanes:
    """The per-channel buffers of one layer and what they hold."""

    values: np.ndarray
    buffers: dict[str, gloo.VertexBuffer]


class GpuRenderer:
    """Draws scenes in one OpenGL context.

    Parameters
    ----------
    budget : int
        Bytes of textures to keep; those of the scene being drawn are kept in any case.

    Attributes
    ----------
    uploads : Uploads
    """

    def __init__(self, budget: int = DEFAULT_BUDGET) -> None:
        self.budget = budget
        self.uploads = Uploads()
        self._traces = gloo.Program(shaders.load("trace.vert"), shaders.load("trace.frag"))
        self._rects = gloo.Program(shaders.load("rect.vert"), shaders.load("rect.frag"))
        self._textures: OrderedDict[TileKey, _Texture] = OrderedDict()
        self._nbytes = 0
        self._lanes: dict[int, _Lanes] = {}  # by stream
        self._grids: dict[int, tuple[gloo.VertexBuffer, gloo.VertexBuffer, gloo.IndexBuffer]] = {}
        self._corners = gloo.VertexBuffer(CORNERS)
        self._square = gloo.IndexBuffer(TRIANGLES)

    def draw(self, scene: Scene) -> None:
        """Draw a scene over the whole viewport of the current framebuffer."""
        gloo.set_viewport(0, 0, scene.width, scene.height)
        gloo.set_state(depth_test=False, cull_face=False, blend=False)
        gloo.clear(color=tuple(c / 255 for c in scene.background))
        self._draw_rects(scene, scene.under)
        in_use: set[TileKey] = set()
        for layer in scene.layers:
            self._draw_layer(scene, layer, in_use)
        gloo.set_state(blend=True)
        # Alpha stays 1: windows are composed with what the framebuffer says.
        gloo.set_blend_func("src_alpha", "one_minus_src_alpha", "zero", "one")
        self._draw_rects(scene, scene.over)
        self._release(in_use)

    # -- traces ----------------------------------------------------------------------------

    def _draw_layer(self, scene: Scene, layer: TraceLayer, in_use: set[TileKey]) -> None:
        if not len(layer.columns):
            return
        view = layer.view
        program = self._traces
        for name, buffer in self._lane_buffers(layer).items():
            program[name] = buffer
        program["u_size"] = (scene.width, scene.height)
        program["u_thickness"] = scene.thickness
        program["u_bottom"] = scene.trace_height
        program["u_interpolate"] = float(view.interpolated)
        program["u_half"] = 0.5 if view.level else 0.0
        program["u_ratio"] = view.bins_per_column
        for tile in layer.tiles:
            x_start, x_stop = columns_of(view, tile.key)
            if x_start < x_stop:
                in_use.add(tile.key)
                self._draw_tile(layer, tile, x_start, x_stop)

    def _draw_tile(self, layer: TraceLayer, tile: Tile, x_start: int, x_stop: int) -> None:
        view, program = layer.view, self._traces
        held = self._texture(tile)
        rows, width = held.texture.shape[:2]
        program["u_tile"] = held.texture
        program["u_texels"] = (width, rows)
        program["u_decode"] = held.decode
        program["u_high"] = tile.data.shape[-1] if tile.data.ndim == 3 else 0
        program["u_x"] = x_start
        program["u_count"] = x_stop - x_start
        # Exact in the shader's float32: tile-relative, 12 bits of fraction.
        program["u_origin"] = view.position(x_start, tile.first_bin)
        program["u_valid"] = (0, rows)
        columns, corners, indices = self._grid(x_stop - x_start)
        program["a_column"] = columns
        program["a_corner"] = corners
        program.draw("triangles", indices)

    def _texture(self, tile: Tile) -> _Texture:
        held = self._textures.get(tile.key)
        # A key says where in a recording; only the tile itself says in which recording.
        if held is not None and held.source() is not tile:
            self._drop(tile.key)
            held = None
        if held is None:
            texels, decode = texels_of(tile.data)
            held = _Texture(_upload(texels), decode, texels.nbytes, weakref.ref(tile))
            self._textures[tile.key] = held
            self._nbytes += held.nbytes
            self.uploads.samples += held.nbytes
        self._textures.move_to_end(tile.key)
        return held

    def _release(self, in_use: set[TileKey]) -> None:
        for key in list(self._textures):
            if self._nbytes <= self.budget:
                return
            if key not in in_use:
                self._drop(key)

    def _drop(self, key: TileKey) -> None:
        held = self._textures.pop(key)
        self._nbytes -= held.nbytes
        held.texture.delete()

    def _lane_buffers(self, layer: TraceLayer) -> dict[str, gloo.VertexBuffer]:
        """Return the layer's per-channel buffers, sent anew only where something changed."""
        key = layer.view.run.stream
        values = np.empty((len(layer.columns), 7), np.float32)
        values[:, 0], values[:, 1] = layer.columns, layer.slope
        values[:, 2], values[:, 3] = layer.pivot, layer.base
        values[:, 4:] = layer.color / np.float32(255)
        held = self._lanes.get(key)
        if held is None or held.values.shape != values.shape:
            buffers = {
                name: gloo.VertexBuffer(part, divisor=1) for name, part in _parts(values).items()
            }
            held = self._lanes[key] = _Lanes(values, buffers)
            self.uploads.lanes += values.nbytes
        elif not np.array_equal(held.values, values):
            for name, part in _parts(values).items():
                held.buffers[name].set_data(part)
            held.values = values
            self.uploads.lanes += values.nbytes
        return held.buffers

    def _grid(self, columns: int) -> tuple[gloo.VertexBuffer, gloo.VertexBuffer, gloo.IndexBuffer]:
        """Return static corners for at least this many columns, in powers of two."""
        size = 1 << max(6, (columns - 1).bit_length())
        if size not in self._grids:
            number = np.repeat(np.arange(size, dtype=np.float32), 4)
            corners = np.tile(CORNERS, (size, 1))
            indices = (np.arange(size, dtype=np.uint32)[:, np.newaxis] * 4 + TRIANGLES).ravel()
            self._grids[size] = (
                gloo.VertexBuffer(number),
                gloo.VertexBuffer(corners),
                gloo.IndexBuffer(indices),
            )
            self.uploads.geometry += number.nbytes + corners.nbytes + indices.nbytes
        return self._grids[size]

    # -- rectangles ----------------------------------------------------------------------------

    def _draw_rects(self, scene: Scene, rects: Rects) -> None:
        if not len(rects.box):
            return
        box, rgba = rects.box.astype(np.float32), rects.rgba.astype(np.float32) / np.float32(255)
        program = self._rects
        program["u_size"] = (scene.width, scene.height)
        program["a_corner"] = self._corners
        program["a_box"] = gloo.VertexBuffer(box, divisor=1)
        program["a_rgba"] = gloo.VertexBuffer(rgba, divisor=1)
        self.uploads.rects += box.nbytes + rgba.nbytes
        program.draw("triangles", self._square)


def texels_of(data: np.ndarray) -> tuple[np.ndarray, float]:
    """Return a tile's bytes as texels, and how the shader is to decode them.

    Parameters
    ----------
    data : ndarray, shape (bins, channels) or (bins, 2, channels)

    Returns
    -------
    ndarray, shape (bins, width, 2) of uint8 or (bins, width) of float32
        16-bit integers as their own memory, seen as bytes (low byte first); 8-bit ones widened to
        int16; other types as float32, which is exact up to 24 bits, NaN as `ABSENT`.
    float
        The shader's ``u_decode``.
    """
    flat = data.reshape(len(data), -1)
    if flat.dtype.kind in "iu" and flat.dtype.itemsize <= 2:
        unsigned = flat.dtype == np.uint16
        words = np.ascontiguousarray(flat, dtype="<u2" if unsigned else "<i2")
        texels = words.view(np.uint8).reshape(*words.shape, 2)
        return texels, BYTES_UINT16 if unsigned else BYTES_INT16
    with np.errstate(over="ignore"):
        floats = np.clip(flat.astype(np.float32), -LARGEST, LARGEST)
    floats[np.isnan(floats)] = ABSENT
    return floats, FLOAT32


def _upload(texels: np.ndarray) -> gloo.Texture2D:
    if texels.dtype == np.uint8:
        kind = {"format": "luminance_alpha"}
    else:
        kind = {"format": "luminance", "internalformat": "r32f"}
        texels = texels[..., np.newaxis]
    return gloo.Texture2D(texels, interpolation="nearest", wrapping="clamp_to_edge", **kind)


def _parts(values: np.ndarray) -> dict[str, np.ndarray]:
    return {
        "a_channel": np.ascontiguousarray(values[:, 0]),
        "a_slope": np.ascontiguousarray(values[:, 1]),
        "a_pivot": np.ascontiguousarray(values[:, 2]),
        "a_base": np.ascontiguousarray(values[:, 3]),
        "a_color": np.ascontiguousarray(values[:, 4:]),
    }
