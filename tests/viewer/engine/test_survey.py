"""Extremes over a whole recording against brute force over all its samples."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.oracles.overview import column_extremes
from tests.readers import ArrayReader, BrokenReader, noise
from tests.viewer.engine.recordings import build, flat, small_blocks
from viewer.compute.layer import Layer
from viewer.compute.steps import HighPass
from viewer.engine import survey as module
from viewer.engine.pyramid.places import open_or_create
from viewer.engine.survey import ABSENT, GAP, GUESSED, PART, SURE, Survey
from viewer.model import Timeline


class Index:
    """Stands where an indexer does: with a pyramid, or none, or one that is being opened."""

    def __init__(self, pyramid=None, opening=False, promised=False):
        self.pyramid, self.opening, self.promised = pyramid, opening, promised

    @property
    def running(self):
        return self.opening

    @property
    def share(self):
        return None if self.pyramid is None else 0.5

    def serves(self, run):
        return self.promised or self.opening or self.store_of(run) is not None

    def store_of(self, run):
        store = None if self.pyramid is None else self.pyramid.streams[run.stream]
        found = store is not None and store.layout.find(run.block, run.segment) is not None
        return store if found else None


def surveyed(reader, width, index=None):
    made = Survey(reader, Timeline.of(reader), index or Index(), width)
    for _ in made.read():
        pass
    return made


def assert_extremes(columns, want, state=SURE):
    """Hold that columns have the extremes wanted, in the state given, and that others are gaps."""
    assert set(np.flatnonzero(columns.state != GAP).tolist()) == set(want)
    for x, (low, high) in want.items():
        assert columns.state[x] == state, x
        assert columns.low[x].tolist() == low.tolist(), x
        assert columns.high[x].tolist() == high.tolist(), x


# -- from the samples ------------------------------------------------------------------------------

RUNS = st.lists(st.tuples(st.integers(0, 40), st.integers(1, 300)), min_size=1, max_size=5)


@settings(deadline=None)
@given(RUNS, st.sampled_from([1, 3, 17, 64, 200]), st.sampled_from(["int16", "uint8", "float32"]))
def test_columns_have_the_extremes_of_their_samples(pieces, width, dtype):
    segments, runs, t_start = [], [], 0.5
    for number, (pause, size) in enumerate(pieces):
        samples = noise(size, 3, seed=number, dtype=dtype)
        t_start += pause / 64
        segments.append([(t_start, samples)])
        runs.append((t_start, 256, samples))
        t_start += size / 256
    reader = ArrayReader(segments, [256.0])
    timeline = Timeline.of(reader)
    made = surveyed(reader, width)
    want = column_extremes(runs, timeline.t_start, timeline.t_stop, width)
    assert_extremes(made.columns[0], want)
    assert made.complete and not made.problems
    assert made.columns[0].low.dtype == dtype


def test_streams_of_other_rates_have_their_own_columns():
    fast, slow = noise(4000, 2), noise(80, 3, seed=1)
    reader = ArrayReader([[(1.0, fast), (1.5, slow)]], [1000.0, 20.0])
    timeline = Timeline.of(reader)
    made = surveyed(reader, 50)
    for stream, run in enumerate([(1.0, 1000, fast), (1.5, 20, slow)]):
        want = column_extremes([run], timeline.t_start, timeline.t_stop, 50)
        assert_extremes(made.columns[stream], want)
    assert made.columns[1].state[0] == GAP and made.columns[0].state[-1] == GAP


def test_samples_that_are_not_numbers_do_not_count():
    samples = np.ones((400, 2), np.float32)
    samples[::2, 0] = np.nan
    samples[100:200, 1] = np.nan
    made = surveyed(ArrayReader.of(samples), 4)
    assert made.columns[0].low[:, 0].tolist() == [1, 1, 1, 1]
    assert np.isnan(made.columns[0].low[:, 1]).tolist() == [False, True, False, False]


def test_the_resting_level_is_the_median_of_samples_from_all_over():
    samples = np.zeros((50_000, 3), np.int16)
    samples[:, 0], samples[:, 1] = 700, np.arange(50_000) // 10
    samples[::20] += 3000
    rest = surveyed(ArrayReader.of(samples), 100).columns[0].rest
    assert rest[0] == 700 and rest[2] == 0 and abs(rest[1] - 2500) < 5000 / 16


# -- from the pyramid ------------------------------------------------------------------------------

SAMPLES = noise(96 * 700 + 31, 2)


@pytest.fixture
def indexed(tmp_path, monkeypatch):
    small_blocks(monkeypatch)
    reader = flat(tmp_path / "recording.dat", SAMPLES)
    pyramid = open_or_create(reader)
    build(reader, pyramid)
    reader.reads.clear()
    return reader, pyramid


def wanted(width, bin_samples):
    length = Fraction(len(SAMPLES), 1000)
    return column_extremes([(0.0, 1000, SAMPLES)], 0, length, width, bin_samples)


@pytest.mark.parametrize("width", [2, 9, 40, 100, 350, 699])
def test_columns_are_made_of_the_widest_bins_that_are_no_wider(indexed, width, monkeypatch):
    reader, pyramid = indexed
    monkeypatch.setattr(module, "WHOLE_BYTES", 0)
    made = surveyed(reader, width, Index(pyramid))
    stored = [96 * 4**n for n in range(10) if len(SAMPLES) / (96 * 4**n) > 3]
    bin_samples = max(size for size in stored if size <= len(SAMPLES) / width)
    assert_extremes(made.columns[0], wanted(width, bin_samples))
    assert sum(stop - start for start, stop in reader.reads) <= 16 * 64  # the resting levels


@pytest.mark.parametrize(("whole_bytes", "bin_samples"), [(1 << 20, 1), (1000, 96)])
def test_few_samples_to_a_column_are_read_where_they_are_not_many(
    indexed, whole_bytes, bin_samples, monkeypatch
):
    reader, pyramid = indexed
    monkeypatch.setattr(module, "WHOLE_BYTES", whole_bytes)
    made = surveyed(reader, 1500, Index(pyramid))
    assert_extremes(made.columns[0], wanted(1500, bin_samples))


def test_what_is_read_of_the_index_is_that_of_the_columns(indexed, monkeypatch):
    reader, pyramid = indexed
    monkeypatch.setattr(module, "WHOLE_BYTES", 0)
    store, rows = pyramid.streams[0], []
    inner = store.read
    monkeypatch.setattr(store, "read", lambda *a: rows.append(a[3] - a[2]) or inner(*a))
    surveyed(reader, 40, Index(pyramid))
    assert 40 <= sum(rows) <= 4 * 40 + 4


def test_a_spike_of_one_sample_is_seen_at_every_width(tmp_path, monkeypatch):
    small_blocks(monkeypatch)
    samples = np.zeros((96 * 700, 1), np.int16)
    samples[41_234] = -3000
    reader = flat(tmp_path / "recording.dat", samples)
    pyramid = open_or_create(reader)
    build(reader, pyramid)
    for width in (1, 7, 33, 90, 351, 700, 2000):
        columns = surveyed(reader, width, Index(pyramid)).columns[0]
        (x,) = np.flatnonzero(columns.low[:, 0] == -3000)
        assert abs(x + 0.5 - 41_234.5 * width / len(samples)) <= 1


# -- while it is being indexed ---------------------------------------------------------------------


def strike_out(pyramid, level, units):
    """Let units of a level not be there; return what puts them back."""
    store = pyramid.streams[0]
    sums, start = store._sums[level], store.layout.unit_start(0, level)
    kept = {unit: sums.read(start + unit, start + unit + 1) for unit in units}
    for unit in units:
        sums.write(start + unit, np.zeros(1, "<u8"))
    return lambda: [sums.write(start + unit, kept[unit]) for unit in units]


@pytest.mark.parametrize("guesses", [0, 256])
def test_what_is_not_indexed_is_absent_or_guessed_and_fills_in(indexed, guesses, monkeypatch):
    reader, pyramid = indexed
    monkeypatch.setattr(module, "WHOLE_BYTES", 0)
    monkeypatch.setattr(module, "GUESS_READS", guesses)
    layout = pyramid.streams[0].layout
    unit = layout.unit_rows(6)
    put_back = strike_out(pyramid, 6, [3, 4, 10])
    width = 300
    made = surveyed(reader, width, Index(pyramid))
    columns = made.columns[0]
    want = wanted(width, 96)
    step = len(SAMPLES) / width
    for x in range(width):
        rows = [r for r in range(701) if x == min(int((r + 0.5) * 96 / step), width - 1)]
        gone = [row // unit in (3, 4, 10) for row in rows]
        none = GUESSED if guesses else ABSENT
        assert columns.state[x] == (none if all(gone) else PART if any(gone) else SURE), x
        if columns.state[x] == SURE:
            assert columns.low[x].tolist() == want[x][0].tolist()
        elif columns.state[x] > ABSENT:
            assert (columns.low[x] >= SAMPLES.min(axis=0)).all()
            assert (columns.low[x] < columns.high[x]).all()
    assert not made.complete
    put_back()
    reader.reads.clear()
    for _ in made.read():
        pass
    assert_extremes(columns, want)
    assert made.complete and not reader.reads


def test_only_what_is_new_is_read_again(indexed, monkeypatch):
    reader, pyramid = indexed
    monkeypatch.setattr(module, "WHOLE_BYTES", 0)
    put_back = strike_out(pyramid, 6, [3, 4, 10])
    made = surveyed(reader, 300, Index(pyramid))
    store, rows = pyramid.streams[0], []
    inner = store.read
    monkeypatch.setattr(store, "read", lambda *a: rows.append(a[3] - a[2]) or inner(*a))
    for _ in made.read():  # a few columns at the edges hold bins of both sides
        pass
    assert sum(rows) <= 4 * 3
    rows.clear()
    put_back()
    for _ in made.read():
        pass
    assert sum(rows) <= (3 * store.layout.unit_rows(6)) + 4 * 3
    rows.clear()
    assert list(made.read()) == [] and not rows


def test_a_column_of_several_runs_is_sure_when_all_of_them_are(monkeypatch):
    monkeypatch.setattr(module, "PIECE_BYTES", 1)
    samples = noise(40, 1)
    reader = ArrayReader([[(i / 10, samples[10 * i : 10 * i + 10])] for i in range(4)], [100.0])
    made = Survey(reader, Timeline.of(reader), Index(), 2)
    states = []
    for _ in made.read():
        states.append(made.columns[0].state.tolist())
    assert states == [[PART, ABSENT], [SURE, ABSENT], [SURE, PART], [SURE, SURE]]


def test_long_recordings_without_an_index_cost_a_few_hundred_short_reads(monkeypatch):
    monkeypatch.setattr(module, "WHOLE_BYTES", 1 << 20)
    samples = noise(1_000_000, 2)
    reader = ArrayReader.of(samples)
    made = surveyed(reader, 1600)
    columns = made.columns[0]
    assert (columns.state == GUESSED).all() and not made.complete
    assert len(reader.reads) <= module.GUESS_READS + module.REST_READS
    assert all(stop - start <= module.GUESS_SAMPLES for start, stop in reader.reads)
    # What stands for a column was recorded within a few columns of it.
    for x in range(0, 1600, 50):
        near = samples[max(0, (x - 8) * 625) : (x + 9) * 625]
        assert (columns.low[x] >= near.min(axis=0)).all()
        assert (columns.high[x] <= near.max(axis=0)).all()
    reader.reads.clear()
    assert list(made.read()) == [] and not reader.reads


def test_the_first_reads_show_something_everywhere(monkeypatch):
    monkeypatch.setattr(module, "WHOLE_BYTES", 0)
    made = Survey(reader := ArrayReader.of(noise(100_000, 1)), Timeline.of(reader), Index(), 1000)
    for number, _ in enumerate(made.read()):
        if number == module.GUESS_READS // module.FIRST_PASS:
            break
    assert (made.columns[0].state == GUESSED).all()


def test_nothing_is_guessed_while_the_index_is_being_opened(indexed, monkeypatch):
    reader, pyramid = indexed
    monkeypatch.setattr(module, "WHOLE_BYTES", 0)
    index = Index(opening=True)
    made = surveyed(reader, 100, index)
    assert (made.columns[0].state == ABSENT).all()
    index.opening, index.pyramid = False, pyramid
    for _ in made.read():
        pass
    assert_extremes(made.columns[0], wanted(100, 384))


def test_it_stops_between_pieces_and_goes_on_from_there(monkeypatch):
    monkeypatch.setattr(module, "PIECE_BYTES", 1 << 14)
    samples = noise(100_000, 2)
    reader = ArrayReader.of(samples)
    made = Survey(reader, Timeline.of(reader), Index(), 100)
    for _ in made.read():
        break
    part = np.count_nonzero(made.columns[0].state == SURE)
    assert 0 < part < 10
    reader.reads.clear()
    for _ in made.read():
        pass
    assert made.complete
    assert sum(stop - start for start, stop in reader.reads) == 100_000 - 1000 * part


def test_a_place_that_cannot_be_read_is_told_of_and_left_out(monkeypatch):
    monkeypatch.setattr(module, "PIECE_BYTES", 2 * module.PARTS * 1000)
    samples = noise(100_000, 1)
    reader = BrokenReader.of(samples)
    reader.bad = range(20_000, 29_999)
    made = surveyed(reader, 100)
    state = made.columns[0].state
    assert set(np.flatnonzero(state != SURE).tolist()) == set(range(20, 30))
    assert (state[20:30] == ABSENT).all()
    assert made.problems == ["the disk says no."] and made.complete
    assert len(reader.reads) <= 100 // module.PARTS + 1 + 2 * module.PARTS + module.REST_READS


def test_a_disk_of_the_index_that_fails_leaves_guesses(indexed, monkeypatch):
    reader, pyramid = indexed
    monkeypatch.setattr(module, "WHOLE_BYTES", 0)

    def fail(*_):
        raise OSError("gone")

    monkeypatch.setattr(pyramid.streams[0], "written", fail)
    made = surveyed(reader, 100, Index(pyramid))
    assert (made.columns[0].state == GUESSED).all()


def test_columns_are_fewer_where_their_extremes_would_not_fit(monkeypatch):
    monkeypatch.setattr(module, "TABLE_BYTES", 64 * 4 * 100)
    made = surveyed(ArrayReader.of(noise(5000, 64)), 1600)
    assert made.viewport.width == 100 == len(made.columns[0].low)
    assert made.viewport.t_right == pytest.approx(5.0)


def test_guesses_at_a_layer_give_way_to_what_is_computed():
    """Rough filters may be wrong; what they said does not remain among the extremes."""
    source = ArrayReader.of((noise(4000, 1) // 100 + 5000).astype(np.int16))
    layer = Layer(source, [HighPass(50)])
    made = Survey(layer, Timeline.of(layer), Index(), 20)
    made.columns[0].guess(0, 20, np.array([[-1e6], [1e6]], np.float32))
    for _ in made.read():
        pass
    computed = layer.get_analogsignal_chunk()
    assert_extremes(made.columns[0], column_extremes([(0.0, 1000, computed)], 0.0, 4.0, 20))
