"""A scene: all that a renderer needs to draw the plot, in physical pixels.

Pixel row r of the image covers y from r to r+1, downwards; column k covers x from k to k+1. A raw
value v of a lane lies at ``y = slope*(v - pivot) + base``, computed in float32 by both renderers,
and inks the row ``floor(y)``. Lanes further down are drawn over those above.
"""

from dataclasses import dataclass

import numpy as np

from viewer.engine.grid import RunView
from viewer.engine.tiles import Tile

Rgb = tuple[int, int, int]


@dataclass(frozen=True)
class TraceLayer:
    """The traces of one run of samples.

    Attributes
    ----------
    view : RunView
    tiles : tuple of Tile
        Those at hand, in rising order.
    columns : ndarray of int64, one for each lane
        Channel of the stream's chunks that the lane shows.
    slope, base : ndarray of float32, one for each lane
        Pixels to a raw unit, downwards, and y of the pivot.
    pivot : ndarray of float64, one for each lane
        A raw value near the lane's middle. Values are counted from it, so that a large resting
        level costs no precision.
    color : ndarray of uint8, shape (lanes, 3)
    """

    view: RunView
    tiles: tuple[Tile, ...]
    columns: np.ndarray
    slope: np.ndarray
    base: np.ndarray
    pivot: np.ndarray
    color: np.ndarray


@dataclass(frozen=True)
class Rects:
    """Filled rectangles on whole pixels.

    Attributes
    ----------
    box : ndarray of int64, shape (n, 4)
        x0, y0, x1, y1, half-open.
    rgba : ndarray of uint8, shape (n, 4)
    """

    box: np.ndarray
    rgba: np.ndarray

    @classmethod
    def of(cls, parts: list[tuple[np.ndarray, tuple[int, int, int, int]]]) -> "Rects":
        """Join pairs of boxes (n, 4) and their one colour."""
        boxes = [np.asarray(box, np.int64).reshape(-1, 4) for box, _ in parts]
        colors = [
            np.tile(np.array(rgba, np.uint8), (len(box), 1))
            for box, (_, rgba) in zip(boxes, parts, strict=True)
        ]
        if not boxes:
            return NO_RECTS
        return cls(np.concatenate(boxes), np.concatenate(colors))


NO_RECTS = Rects(np.empty((0, 4), np.int64), np.empty((0, 4), np.uint8))


@dataclass(frozen=True)
class Scene:
    """What the plot shows.

    Attributes
    ----------
    width, height : int
        Physical pixels.
    trace_height : int
        Traces are cut off below this; the rest of the plot is the spike raster's.
    thickness : int
        Height of a flat trace in physical pixels.
    background : tuple of int
    under, over : Rects
        Drawn below and above the traces.
    layers : tuple of TraceLayer
    """

    width: int
    height: int
    trace_height: int
    thickness: int
    background: Rgb
    under: Rects
    layers: tuple[TraceLayer, ...]
    over: Rects
