"""Which samples lie in a span of time."""

import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rawio import OptionError, SelectionError
from tests.readers import ArrayReader, noise
from viewer.engine.excerpt import Excerpt
from viewer.model import Timeline

RATE = 1000.0


def segmented(*starts, size=100, rate=RATE):
    """Return a reader of one stream whose segments start at these seconds."""
    return ArrayReader(
        [[(start, noise(size, 2, seed=n))] for n, start in enumerate(starts)], [rate]
    )


def indexes(excerpt):
    return [(part.segment, part.i_start, part.i_stop) for part in excerpt.parts]


QUARTERS = st.integers(-40, 440).map(lambda k: Fraction(k, 4))


@settings(deadline=None)
@given(QUARTERS, QUARTERS, st.sampled_from([1.0, 30_000.0, 24414.0625, 1e-3]), st.floats(-1e5, 1e5))
def test_samples_from_the_start_and_before_the_stop(start, stop, rate, t_zero):
    reader = ArrayReader.of(noise(100, 1), rate, t_zero)
    there = [k for k in range(100) if start <= k < stop]  # slowly, in samples, which are exact
    span = t_zero + float(start) / rate, t_zero + float(stop) / rate
    if not there or not span[0] < span[1]:
        with pytest.raises(OptionError, match=r"no length|no samples"):
            Excerpt.of(reader, *span)
        return
    excerpt = Excerpt.of(reader, *span)
    assert indexes(excerpt) == [(0, there[0], there[-1] + 1)]
    assert excerpt.size == len(there)
    assert excerpt.t_start == pytest.approx(t_zero + there[0] / rate, abs=1e-3 / rate)
    assert excerpt.t_stop == pytest.approx(t_zero + (there[-1] + 1) / rate, abs=1e-3 / rate)


def test_all_that_a_timeline_spans_is_all_there_is():
    reader = segmented(0.0, 0.1, 7.3)
    timeline = Timeline.of(reader)
    excerpt = Excerpt.of(reader, timeline.t_start, timeline.t_stop, timeline=timeline)
    assert indexes(excerpt) == [(0, 0, 100), (1, 0, 100), (2, 0, 100)]


def test_a_tenth_of_a_second_that_floats_cannot_hold():
    """0.1 + 0.2 is a little more than 0.3, which is still sample 300."""
    reader = ArrayReader.of(noise(1000, 1), RATE)
    assert indexes(Excerpt.of(reader, 0.1 + 0.2, 0.7)) == [(0, 300, 700)]
    assert indexes(Excerpt.of(reader, 0.3, 0.1 + 0.6)) == [(0, 300, 700)]


@pytest.mark.parametrize(
    ("starts", "spans"),
    [
        ((0.0,), [(0.0, 0.1)]),
        ((0.0, 0.1, 0.2), [(0.0, 0.3)]),
        ((0.0, 0.1004, 0.2004), [(0.0, 0.3004)]),  # less than half a sample late
        ((0.0, 0.1006), [(0.0, 0.1), (0.1006, 0.2006)]),
        ((0.0, 0.1004, 0.2008), [(0.0, 0.2004), (0.2008, 0.3008)]),  # which adds up
        ((0.0, 0.0999), [(0.0, 0.1999)]),
        ((0.0, 0.0994), [(0.0, 0.1), (0.0994, 0.1994)]),
        ((0.0, 5.0, 5.1, 9.0), [(0.0, 0.1), (5.0, 5.2), (9.0, 9.1)]),
    ],
)
def test_unbroken_spans(starts, spans):
    excerpt = Excerpt.of(segmented(*starts), -1.0, 20.0)
    assert excerpt.size == 100 * len(starts)
    np.testing.assert_allclose(excerpt.unbroken, spans, atol=1e-9)


def test_a_clock_that_was_set_anew_is_an_interruption():
    """On the axis the second segment follows the first, but nobody knows how much later it was."""
    reader = segmented(0.0, 0.0, 0.1)
    assert Timeline.of(reader).shifted
    excerpt = Excerpt.of(reader, 0.0, 1.0)
    np.testing.assert_allclose(excerpt.unbroken, [(0.0, 0.1), (0.1, 0.3)], atol=1e-9)


def test_pieces_are_the_samples_and_their_times():
    reader = segmented(0.0, 0.1, 3.0)
    excerpt = Excerpt.of(reader, 0.0505, 3.0505, columns=[1, 0])
    pieces = list(excerpt.pieces(7 * 2 * 2))
    assert max(len(piece.raw) for piece in pieces) == 7
    whole = [reader.segments[k][0][1][:, ::-1] for k in range(3)]
    want = np.concatenate([whole[0][51:], whole[1], whole[2][:51]])
    np.testing.assert_array_equal(np.concatenate([piece.raw for piece in pieces]), want)
    times = [0.0 + k / RATE for k in range(51, 100)] + [0.1 + k / RATE for k in range(100)]
    times += [3.0 + k / RATE for k in range(51)]
    np.testing.assert_allclose(np.concatenate([p.times for p in pieces]), times, atol=1e-12)
    assert excerpt.size == len(want)


def test_a_piece_has_at_least_a_sample():
    excerpt = Excerpt.of(ArrayReader.of(noise(5, 300)), 0.0, 1.0)
    assert [len(piece.raw) for piece in excerpt.pieces(1)] == [1] * 5


def test_finding_an_excerpt_reads_nothing():
    reader = ArrayReader.of(noise(1000, 4))
    excerpt = Excerpt.of(reader, 0.1, 0.2, columns=[2])
    assert (excerpt.unbroken, excerpt.channels["name"].tolist()) == (((0.1, 0.2),), ["c2"])
    assert reader.reads == []


def test_streams():
    reader = ArrayReader([[(0.0, noise(100, 2)), (0.5, noise(10, 3))]], [RATE, 100.0])
    excerpt = Excerpt.of(reader, 0.0, 9.0, stream=1, columns=[2, 0])
    assert excerpt.channels["name"].tolist() == ["s1c2", "s1c0"]
    assert (excerpt.t_start, excerpt.size, excerpt.stream_name) == (0.5, 10, "s1")
    with pytest.raises(OptionError, match=r"'s1' has no samples from 0 s to 0\.1 s; .* 0\.5 s to"):
        Excerpt.of(reader, 0.0, 0.1, stream=1)
    with pytest.raises(SelectionError, match="not one of the 2 streams"):
        Excerpt.of(reader, 0.0, 0.1, stream=2)


@pytest.mark.parametrize(
    ("columns", "words"),
    [([], "no channels"), ([3], "channel 3 is not"), ([-1], "channel -1"), ([1, 0, 1], "twice")],
)
def test_channels_that_make_no_sense(columns, words):
    with pytest.raises(OptionError, match=words):
        Excerpt.of(ArrayReader.of(noise(10, 3)), 0.0, 1.0, columns=columns)


@pytest.mark.parametrize("span", [(1, 1), (2, 1), (math.nan, 1), (0, math.inf), (-math.inf, 1)])
def test_spans_that_make_no_sense(span):
    with pytest.raises(OptionError, match="no length"):
        Excerpt.of(ArrayReader.of(noise(10, 1)), *span)


def test_times_beyond_all_measure():
    reader = ArrayReader.of(noise(10, 1))
    assert Excerpt.of(reader, -1e308, 1e308).size == 10
    with pytest.raises(OptionError, match="no samples"):
        Excerpt.of(reader, 1e307, 1e308)
