"""Spikes as marks on the trace of the channel they were detected on."""

import numpy as np

from viewer.engine.grid import RunView, Viewport
from viewer.engine.points import Points
from viewer.render.scene import NO_MARKS, Marks

BEFORE, AFTER = 0.0004, 0.0008
"""Seconds of the trace that a spike takes, before and after its timestamp. Acquisition systems put
it where a threshold is crossed or at the trough; either way most of the waveform lies within."""


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
    lane_of = {int(row): lane for lane, row in enumerate(rows)}
    units = [unit for unit in points.units if unit.row is not None and unit.row in lane_of]
    if not units:
        return NO_MARKS
    counts = [len(unit.x) for unit in units]
    lane = np.repeat([lane_of[unit.row] for unit in units if unit.row is not None], counts)
    color = np.repeat([colors[unit.unit] for unit in units], counts, axis=0)
    x = np.concatenate([unit.x for unit in units])
    before = round(BEFORE / viewport.seconds_per_pixel)
    after = round(AFTER / viewport.seconds_per_pixel)
    order = np.lexsort((x, lane))
    lane, x, color = lane[order], x[order], color[order]
    start = np.maximum(x - before, run.x_start)
    stop = np.minimum(x + after + 1, run.x_stop)
    same_lane = lane[1:] == lane[:-1]
    stop[:-1] = np.where(same_lane, np.minimum(stop[:-1], start[1:]), stop[:-1])
    there = start < stop
    return Marks(lane[there], start[there], stop[there], color[there])
