"""From the model of a view, and what is loaded, to the next frame."""

from collections.abc import Sequence

from viewer.engine.grid import RunView, Viewport
from viewer.engine.points import Points
from viewer.model import View
from viewer.qt.view.feeds import Feeds, Request
from viewer.qt.view.frame import Frame
from viewer.render.build import build_scene
from viewer.render.decor import caption_of, decorate
from viewer.render.layout import Layout


def frame_of(
    view: View,
    layout: Layout,
    viewport: Viewport,
    runs: Sequence[RunView],
    points: Points,
    feeds: Feeds,
    asked: Request,
    done: str,
    doing: str = "",
) -> Frame:
    """Put a frame together from what is at hand.

    Parameters
    ----------
    view, layout, viewport
    runs : sequence of RunView
        What of the signals is in sight.
    points : Points
    feeds : Feeds
    asked : Request
        What became of asking them for the tiles of `runs`.
    done : str
        What is done to the recording for the view, in words.
    doing : str
        What is to be done to it and not there yet, in words; "" for nothing.
    """
    scene = build_scene(view, layout, viewport, feeds.sources(runs), points)
    caption = " · ".join(filter(None, (caption_of(view, done), doing)))
    return Frame(
        layout,
        viewport,
        tuple(runs),
        scene,
        decorate(view, layout, viewport, points, caption),
        asked.missing,
        asked.unreadable,
        scene.approximate,
        feeds.indexed,
        points.unread,
        feeds.lost,
        caption,
    )
