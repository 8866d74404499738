"""Spikes as marks on the trace of the channel they were detected on."""

import numpy as np

from viewer.engine.grid import RunView, Viewport
from viewer.engine.points import Points, spike_columns
from viewer.render.scene import NO_MARKS, Marks


def spike_marks(
    points: Points,
    viewport: Viewport,
    run: RunView,
    rows: np.ndarray,
    colors: np.ndarray,
) -> Marks:
    """Return the spikes of one run's channels, in their units' colours.

    Parameters
    ----------
    points : Points
        Of `viewport`.
    viewport : Viewport
    run : RunView
    rows : ndarray of int
        Channels of the layer's lanes, from the first lane on.
    colors : ndarray of uint8, shape (units, 3)

    Returns
    -------
    Marks
        Rising by lane and place. None overlaps another of its lane: the later one cuts it.
    """
    before, after = spike_columns(viewport)
    lane_of = {int(row): lane for lane, row in enumerate(rows)}
    lanes, places, shades = [], [], []
    for unit in points.units:
        if unit.row is None or unit.row not in lane_of:
            continue
        # Of rising columns those that reach into the run, of which there may be very many.
        limits = np.searchsorted(unit.x, (run.x_start - after, run.x_stop + before))
        x = unit.x[slice(*limits)]
        places.append(x)
        lanes.append(np.full(len(x), lane_of[unit.row]))
        shades.append(np.broadcast_to(colors[unit.unit], (len(x), 3)))
    if not places:
        return NO_MARKS
    lane, x, color = (np.concatenate(parts) for parts in (lanes, places, shades))
    order = np.lexsort((x, lane))
    lane, x, color = lane[order], x[order], color[order]
    start = np.maximum(x - before, run.x_start)
    stop = np.minimum(x + after + 1, run.x_stop)
    same_lane = lane[1:] == lane[:-1]
    stop[:-1] = np.where(same_lane, np.minimum(stop[:-1], start[1:]), stop[:-1])
    there = start < stop
    return Marks(lane[there], start[there], stop[there], color[there])
