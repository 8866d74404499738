"""The gpu renderer: tiles as textures of the raw bytes, everything else in shaders.

It draws into whatever OpenGL context is current, through vispy's gloo with ``gl='gl+'``
(instancing). A tile is uploaded once, unscaled, two bytes for each int16 value; pan and zoom change
uniforms; gain, offset, colour and order change a small texture with three texels for each lane. A
draw covers all lanes of a tile.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np
from vispy import gloo

from viewer.engine.tiles import Tile, columns_of
from viewer.render.buffers import Buffers, LaneTextures, Stage
from viewer.render.scene import Marks, Rects, Scene, TraceLayer
from viewer.render.textures import TextureStore, TileTexture, UploadLimit

DEFAULT_BUDGET = 256 << 20

Primitive = Literal["lines", "triangles"]

INSETS = {"lines": (0.5, 0.25), "triangles": (0.0, 0.0)}
"""Added to y of a column's ends: a line begins in the middle of its first row and ends within the
row below its last, both inside the diamonds of OpenGL's rule for lines, where rounding does not
matter. Drivers may still be a pixel off, so a renderer made of lines is looked at first."""


@dataclass
class Uploads:
    """What was sent to the GPU since the renderer was made.

    Attributes
    ----------
    samples : int
        Bytes of tiles: the only ones that grow with the data.
    lanes : int
        Bytes of the per-lane textures (channel, slope, pivot, base, colour).
    geometry : int
        Bytes of static corner and index buffers.
    rects : int
        Bytes of grid lines, events and spikes.
    textures : int
        Textures that were made for tiles.
    """

    samples: int = 0
    lanes: int = 0
    geometry: int = 0
    rects: int = 0
    textures: int = 0


class GpuRenderer:
    """Draws scenes in one OpenGL context.

    Parameters
    ----------
    budget : int
        Bytes of textures to keep; those of the scene being drawn are kept in any case.
    primitive : {'lines', 'triangles'}
        What a column of a trace is made of: two triangles, or one line, which is half the work
        where a driver's lines are exact. See `viewer.render.verify`.
    """

    def __init__(self, budget: int = DEFAULT_BUDGET, primitive: Primitive = "triangles") -> None:
        self.primitive: Primitive = primitive
        self.textures = TextureStore(budget)
        self._buffers = Buffers()
        self._lanes = LaneTextures()
        self._traces = Stage("trace.vert", "trace.frag")
        self._lines = Stage("line.vert", "line.frag")
        self._heat = Stage("heat.vert", "heat.frag")
        self._rects = Stage("rect.vert", "rect.frag")

    @property
    def budget(self) -> int:
        """Bytes of textures to keep."""
        return self.textures.budget

    @budget.setter
    def budget(self, budget: int) -> None:
        self.textures.budget = budget

    @property
    def uploads(self) -> Uploads:
        """What was sent so far."""
        return Uploads(
            self.textures.uploaded,
            self._lanes.sent,
            self._buffers.static,
            self._buffers.sent,
            self.textures.made,
        )

    def prepare(self, scene: Scene, limit: UploadLimit | None = None) -> bool:
        """Upload what a scene needs, as far as a frame may; return whether all of it is there."""
        return self.textures.prepare(_tiles_in_sight(scene), limit)

    def draw(self, scene: Scene) -> None:
        """Upload what a scene needs, all of it, and draw it."""
        self.prepare(scene)
        self.paint(scene)

    def paint(self, scene: Scene) -> None:
        """Draw a scene over the whole viewport of the current framebuffer.

        Nothing of tiles is uploaded: columns of those that `prepare` left out show as loading.
        """
        self.textures.keep(_tiles_in_sight(scene))
        gloo.set_viewport(0, 0, scene.width, scene.height)
        gloo.set_state(depth_test=False, cull_face=False, blend=False)
        gloo.clear(color=tuple(c / 255 for c in scene.background))
        _blend()
        self._draw_rects(scene, "under", scene.under)
        self._draw_rects(scene, "loading", self._loading(scene))
        layers = [layer for layer in scene.layers if len(layer.columns)]
        heat = [layer for layer in layers if layer.heat is not None]
        lines = [layer for layer in layers if layer.line is not None]
        columns = [layer for layer in layers if layer.heat is None and layer.line is None]
        gloo.set_state(blend=False)
        self._draw_heat_layers(scene, heat)
        self._draw_traces(scene, self._traces, columns)
        _blend()
        self._draw_traces(scene, self._lines, lines)
        self._draw_rects(scene, "over", scene.over)

    # -- traces ----------------------------------------------------------------------------

    def _draw_traces(self, scene: Scene, stage: Stage, layers: list[TraceLayer]) -> None:
        """Draw all lanes, and over them what has a colour of its own."""
        for layer in layers:
            self._set_layer(scene, stage, layer)
            items = self._buffers.lanes(len(layer.columns))
            for tile, x_start, x_stop in self._drawable(layer):
                self._set_tile(stage, layer, tile, x_start, x_stop)
                self._draw_items(stage, items, x_stop - x_start, first=0)
        for layer in layers:
            if len(layer.marks):
                self._draw_marks(scene, stage, layer)

    def _draw_marks(self, scene: Scene, stage: Stage, layer: TraceLayer) -> None:
        self._set_layer(scene, stage, layer)
        marks = layer.marks
        for tile, x_start, x_stop in self._drawable(layer):
            inside = (marks.x_start < x_stop) & (marks.x_stop > x_start)
            if inside.any():
                self._set_tile(stage, layer, tile, x_start, x_stop)
                items = self._buffers.marks(*_items_of(marks, inside))
                widest = int((marks.x_stop - marks.x_start)[inside].max())
                self._draw_items(stage, items, widest, first=x_start)

    def _set_layer(self, scene: Scene, stage: Stage, layer: TraceLayer) -> None:
        view = layer.view
        lanes = self._lanes.get(layer, scene.trace_height)
        stage.set(
            u_size=(scene.width, scene.height),
            u_ratio=view.bins_per_column,
            u_lanes=lanes,
            u_lane_count=lanes.shape[1],
        )
        if layer.line is not None:
            line = layer.line
            stage.set(u_reach=line.reach, u_half_width=line.width / 2, u_dot=line.dot)
        else:
            stage.set(u_half=0.5 if view.level else 0.0, u_interpolate=float(view.interpolated))
        if stage is self._traces:
            stage.set(u_thickness=scene.thickness, u_inset=INSETS[self.primitive])

    def _set_tile(
        self, stage: Stage, layer: TraceLayer, tile: TileTexture, x_start: int, x_stop: int
    ) -> None:
        source = tile.source()
        assert source is not None
        origin = layer.view.position(x_start, source.first_bin)
        row = math.floor(origin)
        stage.set(
            u_tile=tile.texture,
            u_texels=(tile.kind.width, tile.kind.rows),
            u_decode=tile.decode,
            u_stride=tile.stride,
            u_row=row,
            u_valid=(-row, tile.bins - row),
            u_x=x_start,
            u_count=x_stop - x_start,
            u_origin=origin - row,
        )

    def _draw_items(
        self, stage: Stage, items: dict[str, gloo.VertexBuffer], columns: int, first: int
    ) -> None:
        primitive = self.primitive if stage is self._traces else "triangles"
        grid, indices = self._buffers.grid(columns, primitive)
        stage.set(u_first=first, **grid, **items)
        stage.draw(primitive, indices)

    def _drawable(self, layer: TraceLayer) -> Iterator[tuple[TileTexture, int, int]]:
        """Yield the tiles that are there, with the pixels of the columns that start in them."""
        for tile in layer.tiles:
            x_start, x_stop = columns_of(layer.view, tile.key)
            held = self.textures.get(tile) if x_start < x_stop else None
            if held is not None:
                yield held, x_start, x_stop

    # -- heat maps -------------------------------------------------------------------------

    def _draw_heat_layers(self, scene: Scene, layers: list[TraceLayer]) -> None:
        """Draw heat maps; where several show something in a pixel, depth picks the furthest."""
        if len(layers) > 1:
            gloo.set_state(depth_test=True)
            gloo.clear(color=False, depth=True)
        for layer in layers:
            self._draw_heat(scene, layer)
        gloo.set_state(depth_test=False)

    def _draw_heat(self, scene: Scene, layer: TraceLayer) -> None:
        assert layer.heat is not None
        self._set_layer(scene, self._heat, layer)
        colors = self._buffers.colors(scene.colors)
        self._heat.set(
            u_bottom=scene.trace_height,
            u_rows=self._buffers.rows(layer.heat),
            u_colors=colors,
            u_color_count=colors.shape[1],
            a_corner=self._buffers.corners,
        )
        for tile, x_start, x_stop in self._drawable(layer):
            self._set_tile(self._heat, layer, tile, x_start, x_stop)
            self._heat.draw("triangles", self._buffers.square)

    # -- rectangles ----------------------------------------------------------------------------

    def _draw_rects(self, scene: Scene, name: str, rects: Rects) -> None:
        if len(rects.box):
            self._rects.set(
                u_size=(scene.width, scene.height),
                a_corner=self._buffers.corners,
                **self._buffers.rects(name, rects),
            )
            self._rects.draw("triangles", self._buffers.square)

    def _loading(self, scene: Scene) -> Rects:
        """Return what marks the tiles that are left out, each in its stream's rows."""
        # Layers that are drawn twice have theirs once.
        spans = dict.fromkeys(
            (*columns_of(layer.view, tile.key), *(layer.rows or (0, scene.height)))
            for layer in scene.layers
            for tile in layer.tiles
            if self.textures.get(tile) is None and len(layer.columns)
        )
        boxes = np.array([(a, top, b, bottom) for a, b, top, bottom in spans if a < b], np.int64)
        return Rects.of([(boxes, (*scene.loading, 255))])


def _tiles_in_sight(scene: Scene) -> list[Tile]:
    out = []
    for layer in scene.layers:
        for tile in layer.tiles if len(layer.columns) else ():
            x_start, x_stop = columns_of(layer.view, tile.key)
            if x_start < x_stop:
                out.append(tile)
    return out


def _items_of(marks: Marks, inside: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the instances of some marks: lane, first column and columns; colour."""
    item = np.stack([marks.lane, marks.x_start, marks.x_stop - marks.x_start], axis=1)[inside]
    tint = np.ones((len(item), 4), np.float32)
    tint[:, :3] = marks.color[inside] / np.float32(255)
    return item.astype(np.float32), tint


def _blend() -> None:
    """Blend from now on. Alpha stays 1: windows are composed with what the framebuffer says."""
    gloo.set_state(blend=True)
    gloo.set_blend_func("src_alpha", "one_minus_src_alpha", "zero", "one")
