"""What is on screen reaches from where to where, by the tiles of the picture."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from tests.readers import ArrayReader
from viewer.engine.exact import read_exact
from viewer.engine.grid import RunView, Viewport
from viewer.engine.levels import bin_samples
from viewer.engine.peaks import peaks_of, pieces_of
from viewer.model import Channels, Timeline

RATE = 1000.0


def spiky(kind=np.int16):
    """Return 60 s of three quiet channels with rare large samples, and of another stream."""
    rng = np.random.default_rng(8)
    fast = rng.normal(0, 20, (60_000, 3)).astype(kind)
    at = rng.integers(0, 60_000, 80)
    fast[at, rng.integers(0, 3, 80)] = rng.integers(-9000, 9000, 80)
    slow = rng.normal(0, 5, (15_000, 2)).astype(kind)
    return ArrayReader([[(0.0, fast), (0.0, slow)]], [RATE, 250.0])


READERS = {kind: spiky(kind) for kind in (np.int16, np.float32)}


def views(reader, start, duration, width):
    runs = Timeline.of(reader).runs
    viewport = Viewport.at(start, duration, width, runs[0])
    found = [RunView.of(run, viewport) for run in runs]
    return [view for view in found if view is not None]


@given(
    st.sampled_from([np.int16, np.float32]),
    st.floats(0, 59),
    st.floats(0.01, 60),
    st.integers(20, 900),
)
def test_no_extremum_of_the_window_is_missed_and_none_of_elsewhere_counts(
    kind, start, duration, width
):
    reader = READERS[kind]
    channels, runs = Channels.of(reader), views(reader, start, duration, width)
    pieces = pieces_of(runs, read_exact(reader, runs).get)
    found = peaks_of(channels, np.array([0, 2, 4]), pieces)
    assert np.isnan(found[[1, 3]]).all()
    for row, view in [(row, view) for view in runs for row in (0, 2, 4)]:
        info = channels.infos[row]
        if info.stream != view.run.stream:
            continue
        samples = reader.segments[0][info.stream][1][:, info.column]
        count = bin_samples(view.level)
        first, last = (edge * count for edge in view.bin_range())
        assert found[row].tolist() == [samples[first:last].min(), samples[first:last].max()]
        # The bins on screen are those of the window, and of a column more on either side.
        stop = min(start + duration, 60.0)
        inside = np.arange(len(samples)) / view.run.sampling_rate
        inside = (inside >= start + view.spp / RATE) & (inside < stop - view.spp / RATE)
        assert not inside.any() or first <= np.flatnonzero(inside)[0]
        assert not inside.any() or last > np.flatnonzero(inside)[-1]


def test_what_is_missing_does_not_count():
    reader = READERS[np.float32]
    samples = reader.segments[0][0][1]
    kept = samples[3010:3020].copy()
    samples[3010:3020] = np.nan
    try:
        runs = views(reader, 3.0, 0.5, 250)
        found = peaks_of(
            Channels.of(reader), np.arange(3), pieces_of(runs, read_exact(reader, runs).get)
        )
    finally:
        samples[3010:3020] = kept
    assert np.isfinite(found[:3]).all()


def test_tiles_that_are_not_at_hand_are_left_out():
    reader = READERS[np.int16]
    runs = views(reader, 3.0, 0.5, 250)
    found = peaks_of(Channels.of(reader), np.arange(5), pieces_of(runs, lambda key: None))
    assert np.isnan(found).all()
