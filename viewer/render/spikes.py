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
    units = [unit for unit in points.units if unit.row in lane_of]
    if not units:
        return NO_MARKS
    # All units at once: there may be hundreds of them, with very many marks beside the run.
    counts = [len(unit.x) for unit in units]
    x = np.concatenate([unit.x for unit in units])
    lane = np.repeat([lane_of[unit.row] for unit in units if unit.row is not None], counts)
    color = np.repeat(colors[[unit.unit for unit in units]], counts, axis=0)
    least, most = run.x_start - after, run.x_stop + before
    near = np.flatnonzero((x >= least) & (x < most))
    lane, x = lane[near], x[near]
    # A stable sort, of what rises unit by unit, merges; of two in one place the later unit is last.
    order = np.argsort(lane * (most - least) + x, kind="stable")
    lane, x, color = lane[order], x[order], color[near[order]]
    start = np.maximum(x - before, run.x_start)
    stop = np.minimum(x + after + 1, run.x_stop)
    same_lane = lane[1:] == lane[:-1]
    stop[:-1] = np.where(same_lane, np.minimum(stop[:-1], start[1:]), stop[:-1])
    there = start < stop
    return Marks(lane[there], start[there], stop[there], color[there])
