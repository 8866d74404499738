"""From the model of a view, and what is loaded, to the next frame."""

from collections.abc import Sequence

from rawio import BaseRawIO
from viewer.engine.grid import RunView, Viewport
from viewer.engine.points import Points
from viewer.model import View
from viewer.qt.view.feeds import Feeds, Request
from viewer.qt.view.frame import Frame
from viewer.render.build import build_scene
from viewer.render.captions import caption_text, captions_of
from viewer.render.decor import decorate
from viewer.render.layout import Layout


def frame_of(
    view: View,
    layout: Layout,
    viewport: Viewport,
    runs: Sequence[RunView],
    points: Points,
    feeds: Feeds,
    asked: Request,
    reader: BaseRawIO,
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
    reader : rawio.BaseRawIO
        What the view is of: it knows what is done to the recording.
    doing : str
        What is to be done to it and not there yet, in words; "" for nothing.
    """
    scene = build_scene(view, layout, viewport, feeds.sources(runs), points)
    captions = captions_of(view, reader)
    return Frame(
        layout,
        viewport,
        tuple(runs),
        scene,
        decorate(view, layout, viewport, points, [_also(each, doing) for each in captions]),
        asked.missing,
        asked.unreadable,
        scene.approximate,
        feeds.indexed,
        points.unread,
        feeds.lost,
        _also(caption_text(view, captions), doing),
    )


def _also(caption: str, doing: str) -> str:
    return " · ".join(filter(None, (caption, doing)))
