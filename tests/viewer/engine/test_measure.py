"""What a span measures, against fractions over one sample after the other."""

import math
import tracemalloc
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from rawio import RawIOError
from tests.readers import ArrayReader, BrokenReader, noise
from tests.viewer.compute.recordings import ScaledReader, slow_waves
from viewer.compute.layer import Layer
from viewer.compute.steps import HighPass
from viewer.engine import measure as module
from viewer.engine.errors import CancelledError
from viewer.engine.measure import difference, first_at, measure, measuring
from viewer.model import SignalRun, Timeline

INTEGERS = ["int8", "uint8", "int16", "uint16", "int32", "uint32", "int64", "uint64"]


class Truth:
    """Of samples ``(time, value)`` in order, what `SpanStatistics` must say in raw numbers."""

    def __init__(self, samples):
        numbers = [(t, Fraction(v)) for t, v in samples if v == v]
        self.count, self.skipped = len(numbers), len(samples) - len(numbers)
        if not numbers:
            return
        values = [v for _, v in numbers]
        n = Fraction(self.count)
        self.mean = sum(values) / n
        self.square = sum(v * v for v in values) / n
        self.variance = self.square - self.mean**2
        self.low, self.high = min(values), max(values)
        self.t_low = next(t for t, v in numbers if v == self.low)
        self.t_high = next(t for t, v in numbers if v == self.high)

    def check(self, got):
        assert (got.count, got.skipped) == (self.count, self.skipped)
        if not self.count:
            assert got.raw is None and got.physical is None
            return
        raw = got.raw
        assert (raw.low, raw.high) == (self.low, self.high)
        assert (raw.t_low, raw.t_high) == (self.t_low, self.t_high)
        assert raw.peak_to_peak == pytest.approx(float(self.high - self.low), rel=1e-15)

    def check_exactly(self, got):
        """Also check what is exact of whole numbers but for one rounding, and that of the root."""
        self.check(got)
        if self.count:
            assert got.raw.mean == float(self.mean)
            assert got.raw.rms == math.sqrt(float(self.square))
            assert got.raw.std == math.sqrt(float(self.variance))
            assert got.raw.peak_to_peak == self.high - self.low

    def check_closely(self, got):
        """Also check what is reckoned in float64."""
        self.check(got)
        if self.count:
            largest = float(max(abs(self.low), abs(self.high)))
            assert got.raw.mean == pytest.approx(float(self.mean), abs=1e-14 * largest)
            assert got.raw.rms == pytest.approx(math.sqrt(self.square), rel=1e-7, abs=1e-14)
            # The root of a difference: what is lost of the squares shows by its root.
            assert got.raw.std == pytest.approx(math.sqrt(self.variance), abs=1e-7 * largest)


def samples_in(reader, column, t_start, t_stop):
    """Return (time, value) of the samples of stream 0 within a span."""
    out = []
    for run in Timeline.of(reader).runs:
        if run.stream == 0:
            values = reader.segments[run.segment][0][1][:, column].tolist()
            times = [run.t_start + i / run.sampling_rate for i in range(run.size)]
            out += [(t, v) for t, v in zip(times, values, strict=True) if t_start <= t < t_stop]
    return out


def gaps_in(runs, t_start, t_stop):
    """Return the least and most seconds that are between, before and behind runs in a span.

    Gaps about as long as half a sample are in the most alone.
    """
    edges = [t_start, *(t for run in runs for t in (run.t_start, run.t_stop)), t_stop]
    edges = [Fraction(min(max(t, t_start), t_stop)) for t in edges]
    gaps = [b - a for a, b in zip(edges[::2], edges[1::2], strict=True)]
    limits = [Fraction(share / runs[0].sampling_rate) for share in (0.51, 0.49)]
    return [float(sum(gap for gap in gaps if gap > limit)) for limit in limits]


@st.composite
def recordings(draw, dtypes, elements=lambda dtype: None):
    """Return a reader of segments at odd places, with a second stream of another rate."""
    dtype = draw(st.sampled_from(dtypes))
    rate = draw(st.sampled_from([1.0, 1000.0, 24_414.0625, 29_999.7]))
    t = draw(st.sampled_from([0.0, -7.3, 1.7e9]))
    segments = []
    for _ in range(draw(st.integers(1, 3))):
        size = draw(st.integers(1, 40))
        samples = draw(arrays(dtype, (size, 2), elements=elements(dtype)))
        segments.append([(t, samples), (t, noise(size // 2 + 1, 1))])
        t += size / rate + draw(st.sampled_from([0, 3, 20.5])) / rate
    return ArrayReader(segments, [rate, rate / 2])


@st.composite
def spans(draw, reader):
    """Return the ends of a span in or around stream 0, in either order, often times of samples."""
    runs = [run for run in Timeline.of(reader).runs if run.stream == 0]
    rate = runs[0].sampling_rate
    last = round((runs[-1].t_stop - runs[0].t_start) * rate)
    place = st.one_of(st.integers(-9, last + 9), st.floats(-9, last + 9))
    return tuple(runs[0].t_start + draw(place) / rate for _ in "ab")


def measured(reader, column, span, piece_samples):
    """Measure in pieces of so many samples, and check what holds of all measurements."""
    itemsize = reader.segments[0][0][1].dtype.itemsize
    timeline = Timeline.of(reader)
    reader.reads.clear()
    with pytest.MonkeyPatch.context() as patch:
        sample_bytes = 2 * itemsize + module.WORK_BYTES
        patch.setattr(module, "PIECE_BYTES", (piece_samples + 1) * sample_bytes - 1)
        got = measure(reader, timeline, 0, column, span)
    assert max((stop - start for start, stop in reader.reads), default=0) <= piece_samples
    assert (got.stream, got.column, got.units) == (0, column, "uV")
    assert (got.t_start, got.t_stop, got.share) == (min(span), max(span), 1.0)
    runs = [run for run in timeline.runs if run.stream == 0]
    least, most = gaps_in(runs, min(span), max(span))
    assert least - 1e-6 <= got.missing <= most + 1e-6
    return got


@settings(deadline=None, max_examples=300)
@given(st.data(), recordings(INTEGERS), st.integers(0, 1), st.integers(1, 50))
def test_sums_of_whole_numbers_are_exact(data, reader, column, piece):
    span = data.draw(spans(reader))
    got = measured(reader, column, span, piece)
    Truth(samples_in(reader, column, min(span), max(span))).check_exactly(got)


def numbers(dtype):
    width = 8 * np.dtype(dtype).itemsize
    finite = st.floats(-1e6, 1e6, width=width)
    return st.one_of(finite, finite, st.just(math.nan))


@settings(deadline=None, max_examples=200)
@given(
    st.data(), recordings(["float32", "float64"], numbers), st.integers(0, 1), st.integers(1, 50)
)
def test_floats_are_summed_in_float64_and_nan_is_counted(data, reader, column, piece):
    span = data.draw(spans(reader))
    got = measured(reader, column, span, piece)
    Truth(samples_in(reader, column, min(span), max(span))).check_closely(got)


def test_a_small_ripple_on_a_large_level_keeps_its_figures():
    """What would be lost if float squares were summed about zero."""
    ripple = np.random.default_rng(0).normal(0, 1e-3, 5000)
    samples = (1e6 + ripple)[:, np.newaxis]
    reader = ArrayReader.of(np.repeat(samples, 2, axis=1))
    got = measured(reader, 0, (0.0, 5.0), 700)
    truth = Truth(samples_in(reader, 0, 0.0, 5.0))
    assert got.raw.std == pytest.approx(math.sqrt(truth.variance), rel=1e-6)
    assert got.raw.mean == pytest.approx(float(truth.mean), rel=1e-15)


@pytest.mark.parametrize("dtype", INTEGERS)
def test_sums_of_whole_pieces_of_the_largest_numbers(dtype):
    """A piece is as long as it gets, and so are its sums; there is one more sample behind it."""
    info = np.iinfo(dtype)
    for value in {info.min, info.max}:
        size = module.PIECE_BYTES // (info.bits // 8 + module.WORK_BYTES) + 1
        samples = np.broadcast_to(np.array(value, dtype), (size, 1))
        reader = ArrayReader.of(samples)
        got = measure(reader, Timeline.of(reader), 0, 0, (0.0, 1e9))
        assert [stop - start for start, stop in reader.reads] == [size - 1, 1]
        assert got.count == size
        assert got.raw.mean == float(value)
        assert got.raw.rms == float(abs(int(value)))
        assert (got.raw.std, got.raw.low, got.raw.high) == (0.0, value, value)
        assert got.raw.peak_to_peak == 0


@settings(deadline=None)
@given(
    arrays("int16", st.tuples(st.integers(1, 60), st.just(1))),
    st.sampled_from([1.0, 0.195, -0.195, -2.5e-3, 0.0]),
    st.sampled_from([0.0, -6389.76, 12.5]),
)
def test_physical_figures_are_those_of_scaled_samples(samples, gain, offset):
    reader = ScaledReader([[(3.0, samples)]], [1000.0], [(gain, offset, "mV")])
    got = measure(reader, Timeline.of(reader), 0, 0, (0.0, 10.0))
    scaled = [Fraction(v) * Fraction(gain) + Fraction(offset) for v in samples[:, 0].tolist()]
    n = len(scaled)
    mean, square = sum(scaled) / n, sum(v * v for v in scaled) / n
    close = 1e-15 * (32_768 * abs(gain) + abs(offset)) * 4
    physical = got.physical
    assert got.units == "mV"
    assert physical.mean == pytest.approx(float(mean), abs=close)
    assert physical.rms == pytest.approx(math.sqrt(square), abs=close)
    assert physical.std == pytest.approx(math.sqrt(square - mean**2), abs=close)
    assert physical.low == pytest.approx(float(min(scaled)), abs=close)
    assert physical.high == pytest.approx(float(max(scaled)), abs=close)
    assert physical.peak_to_peak == pytest.approx(float(max(scaled) - min(scaled)), abs=2 * close)
    if gain:
        assert physical.t_low == 3.0 + scaled.index(min(scaled)) / 1000
        assert physical.t_high == 3.0 + scaled.index(max(scaled)) / 1000


def test_infinite_values_count_and_show():
    samples = np.array([[1.0], [np.inf], [2.0], [np.nan]], np.float32)
    for piece in (1, 4):
        reader = ArrayReader.of(np.repeat(samples, 2, axis=1))
        got = measured(reader, 0, (0.0, 1.0), piece)
        raw = got.raw
        assert (got.count, got.skipped) == (3, 1)
        assert (raw.low, raw.high, raw.mean, raw.rms) == (1.0, np.inf, np.inf, np.inf)
        assert math.isnan(raw.std)


def test_a_span_without_numbers():
    reader = ArrayReader.of(np.full((10, 2), np.nan, np.float32))
    assert measured(reader, 0, (0.0, 0.01), 3).skipped == 10
    for span in ((0.003, 0.003), (5.0, 6.0), (-3.0, -1.0)):
        got = measured(reader, 0, span, 3)
        assert (got.count, got.skipped, got.raw, got.physical) == (0, 0, None, None)
        assert reader.reads == []
        assert got.missing == pytest.approx(span[1] - span[0])


# -- which samples ---------------------------------------------------------------------------------


@settings(deadline=None)
@given(
    st.sampled_from([0.0, 0.1, 86_400.7, 1.7e9]),
    st.sampled_from([1000.0, 24_414.0625, 29_999.954846, 30_000.0]),
    st.integers(0, 10**11 - 1),
)
def test_a_sample_is_in_a_span_that_begins_with_it_and_not_in_one_that_ends(t_start, rate, index):
    run = SignalRun(0, 0, 0, t_start, rate, 10**11)
    time = t_start + index / rate
    assert first_at(run, time) == index
    assert first_at(run, math.nextafter(time, math.inf)) == index + 1
    assert first_at(run, -math.inf) == 0 and first_at(run, math.inf) == run.size


def test_segments_that_touch_leave_no_gap_and_those_moved_count_where_they_are_shown():
    parts = [noise(1000, 2, seed=n) for n in range(3)]
    rate = 29_999.7
    starts = [0.1, 0.1 + 1000 / rate, 0.0]
    reader = ArrayReader([[(t, part)] for t, part in zip(starts, parts, strict=True)], [rate])
    timeline = Timeline.of(reader)
    assert timeline.shifted
    got = measured(reader, 1, (timeline.t_start, timeline.t_stop), 300)
    assert got.missing == 0.0 and got.count == 3000
    Truth(samples_in(reader, 1, -1, 1)).check_exactly(got)
    last = timeline.runs[2]
    got = measured(reader, 1, (last.t_start, last.t_start + 10 / rate), 300)
    assert got.count == 10 and got.raw.high == parts[2][:10, 1].max()


def test_of_a_layer_the_processed_values_are_measured():
    parts = [slow_waves(3000, 2, seed=n) for n in range(2)]
    reader = ScaledReader([[(5.0 * n, part)] for n, part in enumerate(parts)], [1000.0])
    layer = Layer(reader, [HighPass(20)])
    got = measure(layer, Timeline.of(layer), 0, 1, (1.0, 7.0))
    whole = [layer.get_analogsignal_chunk(0, segment)[:, 1] for segment in range(2)]
    values = np.concatenate([whole[0][1000:], whole[1][:2000]]).astype(np.float64)
    assert got.count == 4000 and got.missing == pytest.approx(2.0)
    assert got.raw == got.physical
    assert got.raw.std == pytest.approx(values.std(), rel=1e-12)
    assert got.raw.rms == pytest.approx(np.sqrt(np.mean(values**2)), rel=1e-12)
    assert (got.raw.low, got.raw.high) == (values.min(), values.max())


# -- on the way ------------------------------------------------------------------------------------


@pytest.fixture
def in_pieces(monkeypatch):
    """Let pieces of two channels of int16 be 100 samples long."""
    monkeypatch.setattr(module, "PIECE_BYTES", 100 * (4 + module.WORK_BYTES))


@pytest.mark.usefixtures("in_pieces")
def test_what_is_known_on_the_way_is_true_of_what_has_been_read():
    parts = [noise(size, 2, seed=size) for size in (250, 60)]
    reader = ArrayReader([[(0.0, parts[0])], [(1.0, parts[1])]], [1000.0])
    timeline = Timeline.of(reader)
    told = list(measuring(reader, timeline, 0, 1, (0.01, 2.0)))
    seen = samples_in(reader, 1, 0.01, 2.0)
    assert [part.count for part in told] == [100, 200, 240, 300]
    for part in told:
        Truth(seen[: part.count]).check_exactly(part)
        assert part.share == part.count / 300
        assert part.missing == pytest.approx(0.75 + 0.94)
    shares = []
    whole = measure(reader, timeline, 0, 1, (2.0, 0.01), progress=shares.append)
    assert shares == [part.share for part in told]
    assert whole == told[-1]


@pytest.mark.usefixtures("in_pieces")
def test_it_stops_between_two_pieces_when_it_is_not_wanted():
    reader = ArrayReader.of(noise(1000, 2))
    timeline = Timeline.of(reader)
    shares = []
    with pytest.raises(CancelledError):
        measure(reader, timeline, 0, 0, (0.0, 1.0), lambda: len(shares) == 3, shares.append)
    assert shares == [0.1, 0.2, 0.3]
    assert reader.reads == [(0, 100), (100, 200), (200, 300)]


@pytest.mark.usefixtures("in_pieces")
def test_what_cannot_be_read_is_told():
    reader = BrokenReader.of(noise(1000, 2))
    reader.bad = range(500, 510)
    parts = measuring(reader, Timeline.of(reader), 0, 0, (0.0, 1.0))
    assert [next(parts).count for _ in range(5)] == [100, 200, 300, 400, 500]
    with pytest.raises(RawIOError, match="the disk says no"):
        next(parts)


class MadeReader(ArrayReader):
    """Samples that are made as they are read, of all channels as from a file."""

    size = 4_000_000

    def _get_signal_size(self, block, segment, stream):
        return self.size

    def _get_analogsignal_chunk(self, block, segment, i_start, i_stop, stream, channels):
        dtype = self.segments[0][0][1].dtype
        shape = i_stop - i_start, self.signal_channels_count(stream)
        frames = np.empty(shape, dtype)
        frames.T[...] = np.arange(i_start, i_stop, dtype=np.uint32) % 251
        return frames[:, channels]


@pytest.mark.parametrize(
    ("dtype", "channels"), [("int16", 1), ("int32", 1), ("float32", 1), ("int16", 24)]
)
def test_memory_is_bounded(dtype, channels):
    reader = MadeReader.of(np.zeros((1, channels), dtype))
    timeline = Timeline.of(reader)
    tracemalloc.start()
    got = measure(reader, timeline, 0, channels - 1, (0.0, 1e6))
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most <= module.PIECE_BYTES * 1.05
    n, values = reader.size, range(251)
    whole, rest = divmod(n, 251)
    total = whole * sum(values) + sum(range(rest))
    squares = whole * sum(v * v for v in values) + sum(v * v for v in range(rest))
    assert got.count == n
    assert got.raw.mean == pytest.approx(total / n, rel=1e-14)
    assert got.raw.rms == pytest.approx(math.sqrt(squares / n), rel=1e-14)
    assert (got.raw.low, got.raw.high, got.raw.t_high) == (0, 250, 0.25)


# -- two points ------------------------------------------------------------------------------------


@given(*[st.floats(-1e6, 1e6).map(lambda number: round(number, 9))] * 4)
def test_the_way_between_two_points(t0, v0, t1, v1):
    seconds, hertz, value = difference((t0, v0), (t1, v1))
    assert (seconds, value) == (t1 - t0, v1 - v0)
    if t0 == t1:
        assert hertz is None
    else:
        assert hertz > 0 and hertz * abs(seconds) == pytest.approx(1)
    back = difference((t1, v1), (t0, v0))
    assert (back.seconds, back.hertz, back.value) == (-seconds, hertz, -value)
