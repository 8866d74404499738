"""Pages of panels: as many lanes as can be read, and which of the channels these are, in words."""

from viewer.model import Channels, View
from viewer.model.panels import DEFAULT_LANES
from viewer.render.layout import LEAST_LANE, Layout, PanelBox


def fit_pages(view: View, layout: Layout) -> bool:
    """Have panels show as many lanes as can be read, where nobody chose how many.

    Heights of panels do not depend on their pages: doing it again changes nothing more.

    Parameters
    ----------
    view : View
    layout : Layout
        Of the view as it is.

    Returns
    -------
    bool
        Whether other channels are on screen now: then the layout is to be made anew.
    """
    # Traces that share one place, as in a butterfly, need no height of their own.
    lanes = {
        panel.stream: DEFAULT_LANES if panel.overlaid else readable_lanes(panel, layout.ratio)
        for panel in layout.panels
    }
    return view.channels.fit(lanes)


def readable_lanes(panel: PanelBox, ratio: float) -> int:
    """Return how many lanes of a panel can be read, whether or not there are so many channels.

    Parameters
    ----------
    panel : PanelBox
    ratio : float
        Physical pixels to a logical one.
    """
    # A height that is not quite a whole number of lanes by the arithmetic of floats is one.
    return max(1, min(DEFAULT_LANES, int(panel.box.height / (LEAST_LANE * ratio) + 1e-9)))


def page_words(channels: Channels, stream: int) -> list[str]:
    """Return which of a stream's visible channels are on screen, at length and in short.

    Nothing where all of them are.
    """
    first, shown = channels.panel_of(stream).first_lane + 1, len(channels.page_of(stream))
    count = len(channels.listed_of(stream))
    if shown == count:
        return []
    span = f"{first}" if shown == 1 else f"{first}\N{EN DASH}{first + shown - 1}"
    return [f"channel{'' if shown == 1 else 's'} {span} of {count}", f"{span} of {count}"]
