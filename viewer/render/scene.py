"""A scene: all that a renderer needs to draw the plot, in physical pixels.

Pixel row r of the image covers y from r to r+1, downwards; column k covers x from k to k+1. A raw
value v of a lane lies at ``y = slope*(v - pivot) + base``, computed in float32 by both renderers.
A layer is drawn in one of three ways:

- as columns, each of which inks the rows from its greatest to its least ``floor(y)``;
- as lines of a width through the samples, antialiased, where samples are more than a pixel apart;
- as a heat map, in which ``y`` is not a place but what is shown as a colour, from -1 to 1.

Heat maps lie below columns, columns below lines; of a kind, later layers lie over earlier ones, and
lanes further down over those above. Spikes on the trace lie over all traces of the kind.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from viewer.engine.grid import RunView
from viewer.engine.tiles import Tile

Rgb = tuple[int, int, int]


@dataclass(frozen=True)
class LineStyle:
    """How lines through the samples look, in physical pixels.

    Attributes
    ----------
    width : float
    dot : float
        Radius of a dot on every sample; 0 for none.
    """

    width: float
    dot: float = 0.0

    @property
    def reach(self) -> float:
        """Pixels from the middle of the line, or of a dot, to where there is no ink."""
        return max(self.width / 2, self.dot) + 0.5


@dataclass(frozen=True)
class Marks:
    """Columns of traces that have a colour of their own, such as spikes have.

    Attributes
    ----------
    lane : ndarray of int64, shape (n,)
        Lanes of the layer.
    x_start, x_stop : ndarray of int64, shape (n,)
        Pixels of the viewport, half-open.
    color : ndarray of uint8, shape (n, 3)
        Later ones lie over earlier ones.
    """

    lane: np.ndarray
    x_start: np.ndarray
    x_stop: np.ndarray
    color: np.ndarray

    def __len__(self) -> int:
        return len(self.lane)


_NONE = np.empty(0, np.int64)
NO_MARKS = Marks(_NONE, _NONE, _NONE, np.empty((0, 3), np.uint8))


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
        Pixels to a raw unit, downwards, and y of the pivot. Of a heat map: shares of the colours to
        a raw unit, upwards, and that of the pivot.
    pivot : ndarray of float64, one for each lane
        A raw value near the lane's middle. Values are counted from it, so that a large resting
        level costs no precision.
    color : ndarray of uint8, shape (lanes, 3)
        Not used by a heat map.
    line : LineStyle or None
        Of lines; None where columns are drawn. Only where ``view.interpolated``.
    heat : ndarray of int64, shape (trace height, 2), or None
        Of a heat map: for each row of pixels the first of the layer's lanes that it shows, and one
        past the last.
    marks : Marks
        None on a heat map.
    clip : ndarray of int64, shape (lanes, 2), or None
        Rows of the plot that each lane may ink, half-open; None: all with traces. Not used by a
        heat map.
    spared : ndarray of int64, shape (lanes, 2), or None
        Rows of the plot that each lane leaves free, half-open, of those that it may ink; None: no
        rows. Only of columns.
    rows : tuple of int or None
        Rows of the plot that are its stream's, half-open, where what is said of the stream lies;
        None: all.
    """

    view: RunView
    tiles: tuple[Tile, ...]
    columns: np.ndarray
    slope: np.ndarray
    base: np.ndarray
    pivot: np.ndarray
    color: np.ndarray
    line: LineStyle | None = None
    heat: np.ndarray | None = None
    marks: Marks = field(default=NO_MARKS)
    clip: np.ndarray | None = None
    spared: np.ndarray | None = None
    rows: tuple[int, int] | None = None

    def limits(self, height: int) -> np.ndarray:
        """Return the rows that each lane may ink, int64 (lanes, 2), of `height` with traces."""
        if self.clip is None:
            return np.tile(np.array([0, height], np.int64), (len(self.columns), 1))
        return np.clip(self.clip, 0, height)

    def free(self, height: int) -> np.ndarray:
        """Return the rows that each lane leaves free, int64 (lanes, 2), of `height` with traces."""
        if self.spared is None:
            return np.zeros((len(self.columns), 2), np.int64)
        return np.clip(self.spared, 0, height)


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
    def of(
        cls, parts: Sequence[tuple[np.ndarray, tuple[int, int, int, int] | np.ndarray]]
    ) -> "Rects":
        """Join pairs of boxes (n, 4) and their one colour, or the colours (n, 4) of each."""
        boxes = [np.asarray(box, np.int64).reshape(-1, 4) for box, _ in parts]
        colors = [
            np.broadcast_to(np.asarray(rgba, np.uint8), (len(box), 4))
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
    loading : tuple of int
        Where a renderer has a tile, but not at hand yet.
    colors : ndarray of uint8, shape (n, 3)
        Of heat maps, from -1 to 1.
    approximate : bool
        Whether some columns show only some of their samples; `over` marks them.
    """

    width: int
    height: int
    trace_height: int
    thickness: int
    background: Rgb
    under: Rects
    layers: tuple[TraceLayer, ...]
    over: Rects
    loading: Rgb = (0, 0, 0)
    colors: np.ndarray = field(default_factory=lambda: np.zeros((1, 3), np.uint8))
    approximate: bool = False
