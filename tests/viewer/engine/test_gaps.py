"""Gaps between runs against a clock that ticks through them."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from viewer.engine.gaps import gaps_between
from viewer.model import SignalRun

runs = st.lists(st.tuples(st.integers(0, 60), st.integers(1, 20)), max_size=8)


def run_of(start, size):
    return SignalRun(0, 0, 0, float(start), 1.0, size)


@given(runs)
def test_gaps_are_the_seconds_without_samples_between_the_first_and_the_last(places):
    there = {second for start, size in places for second in range(start, start + size)}
    inside = range(min(there), max(there)) if there else ()
    without = {second for second in inside if second not in there}
    gaps = gaps_between([run_of(*place) for place in places])
    assert gaps.shape == (len(gaps), 2) and (np.diff(gaps.ravel()) > 0).all()
    found = [second for start, stop in gaps.tolist() for second in range(int(start), int(stop))]
    assert found == sorted(without)


def test_runs_less_than_half_a_sample_apart_are_next_to_each_other():
    for apart, count in ((0.0, 0), (0.4, 0), (0.6, 1)):
        assert len(gaps_between([run_of(0, 5), run_of(5 + apart, 5)])) == count
