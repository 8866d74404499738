"""A figure: a picture for print, of rectangles, texts and the shapes of traces, in physical pixels.

What a figure is made of can be edited in a drawing program, and is sharp at any size. Beyond a
number of points neither holds any more: files grow to where no program opens them. Then the plot is
one image, as the software renderer draws it, within a frame that is still made of shapes.
"""

from dataclasses import dataclass, replace

import numpy as np

from viewer.render import software
from viewer.render.drawing import Drawing
from viewer.render.layout import Box, Layout
from viewer.render.outline import Image, Shape, shapes_of
from viewer.render.scene import NO_RECTS, Rects, Rgb, Scene

MOST_POINTS = 500_000
"""Points of a figure's plot; some megabytes of a file, which drawing programs still open."""

RECT_POINTS = 4

PRINT_RATIO = 2.0
"""Physical pixels to a logical one of figures: columns of half the width of those on screens."""


@dataclass(frozen=True)
class Figure:
    """A picture for print.

    Attributes
    ----------
    width, height : int
        Physical pixels.
    ratio : float
        Physical pixels to a logical one, of which 96 are an inch.
    plot : Box
    background : tuple of int
    drawing : list of Fill and Text
        What surrounds the plot; nothing of it is seen on the plot.
    parts : tuple of Rects, Outline, Stroke and Image
        Of the plot, in pixels of it, from the lowest to the highest.
    point_count : int
        What the plot has, or would have if it were not an image.
    as_image : bool
        Whether the traces, and what lies below them, are an image for having too many points.
    """

    width: int
    height: int
    ratio: float
    plot: Box
    background: Rgb
    drawing: Drawing
    parts: tuple[Rects | Shape, ...]
    point_count: int
    as_image: bool


def figure_of(
    scene: Scene, drawing: Drawing, layout: Layout, most_points: int = MOST_POINTS
) -> Figure:
    """Return the figure of a picture.

    Parameters
    ----------
    scene : Scene
        Of the plot.
    drawing : list of Fill and Text
    layout : Layout
    most_points : int
        A plot of more points is an image.
    """
    under, over = (_simplified(rects, scene) for rects in (scene.under, scene.over))
    shapes = shapes_of(scene)
    count = sum(shape.point_count for shape in shapes)
    count += RECT_POINTS * (len(under.box) + len(over.box))
    parts: tuple[Rects | Shape, ...] = (under, *shapes, over)
    if count > most_points:
        over_too = RECT_POINTS * len(over.box) > most_points
        image = software.render(scene if over_too else replace(scene, over=NO_RECTS))
        parts = (Image(image), NO_RECTS if over_too else over)
    return Figure(
        layout.width,
        layout.height,
        layout.ratio,
        layout.plot,
        scene.background,
        drawing,
        parts,
        count,
        count > most_points,
    )


def _simplified(rects: Rects, scene: Scene) -> Rects:
    """Cut rectangles off at the plot, and join those that look like one.

    Spikes of a unit are often so dense that their ticks touch: then they are joined.
    """
    box = np.clip(rects.box, 0, [scene.width, scene.height, scene.width, scene.height])
    seen = (box[:, 0] < box[:, 2]) & (box[:, 1] < box[:, 3]) & (rects.rgba[:, 3] > 0)
    box, rgba = box[seen], rects.rgba[seen]
    if not len(box):
        return NO_RECTS
    # Runs of the same rows and the same opaque colour may be gone through in any order.
    looks = np.concatenate([box[:, 1::2], rgba.astype(np.int64)], axis=1)
    alike = (looks[1:] == looks[:-1]).all(axis=1) & (rgba[1:, 3] == 255)
    run = np.concatenate([[0], np.cumsum(~alike)])
    order = np.lexsort((box[:, 0], run))
    box, rgba = box[order], rgba[order]
    # How far to the right the rectangles of a run reach: runs lie side by side, far apart.
    away = run * (scene.width + 2)
    reach = np.maximum.accumulate(box[:, 2] + away)
    first = np.concatenate([[True], box[1:, 0] + away[1:] > reach[:-1]])
    starts = np.flatnonzero(first)
    joined = box[starts]
    joined[:, 2] = np.maximum.reduceat(box[:, 2], starts)
    return Rects(joined, rgba[starts])
