"""The engine: whatever is looked at ends exact, from the samples and from the pyramid."""

import errno
import os
import shutil
import threading
import time

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rawio import RawIOError
from tests.oracles import pyramid as oracle
from tests.readers import ArrayReader, noise
from tests.viewer.engine.eye import Eye, watch_often
from tests.viewer.engine.recordings import FiledReader, build, flat, small_blocks, touch
from viewer.engine import engine as engine_module
from viewer.engine import indexer
from viewer.engine.pyramid import places
from viewer.engine.pyramid.files import ArrayFile
from viewer.engine.pyramid.store import StreamStore

RATE = 1000.0
SAMPLES = noise(60_000, 3)
LAYOUT = {"n_channels": 3, "dtype": "int16"}
DURATION = len(SAMPLES) / RATE

SEGMENTS = [
    [(0.0, noise(20_000, 3, 1)), (0.0, noise(10_000, 2, 2, "float32"))],
    [(25.0, noise(500, 3, 3)), (25.0, noise(250, 2, 4, "float32"))],
    [(26.0, noise(33_333, 3, 5)), (26.0, noise(16_000, 2, 6, "float32"))],
]
RATES = [RATE, RATE / 2]

windows = st.tuples(
    st.floats(-0.2, 1.1),  # where it begins, of the recording
    st.one_of(st.floats(1e-4, 0.02), st.floats(0.02, 1.3)),  # how long it is, of the recording
    st.integers(16, 250),
    st.sampled_from([slice(None), np.array([1]), np.array([1, 0])]),
)


@pytest.fixture(autouse=True)
def _small(monkeypatch):
    small_blocks(monkeypatch)
    watch_often(monkeypatch)


@pytest.fixture
def path(tmp_path):
    SAMPLES.tofile(tmp_path / "recording.dat")
    return tmp_path / "recording.dat"


def samples_of(stream, segment):
    return SAMPLES


def indexed(path):
    """Return a reader of a recording whose index is complete."""
    reader = flat(path, **LAYOUT)
    build(reader, places.open_or_create(reader))
    return flat(path, **LAYOUT)


# -- any window ----------------------------------------------------------------------------------


@pytest.mark.parametrize(("index", "heavy"), [(False, 64 << 20), (False, 50_000), (True, 50_000)])
@pytest.mark.parametrize("kind", ["file", "arrays", "segments"])
def test_any_window_ends_exact_and_right(path, monkeypatch, kind, index, heavy):
    monkeypatch.setattr(engine_module, "HEAVY_BYTES", heavy)
    if kind == "segments":
        reader = FiledReader.at(path, SEGMENTS, RATES)
    else:
        reader = flat(path, **LAYOUT) if kind == "file" else ArrayReader.of(SAMPLES)

    def right(stream, segment):
        return SEGMENTS[segment][stream][1] if kind == "segments" else SAMPLES

    @settings(deadline=None, max_examples=10, suppress_health_check=list(HealthCheck))
    @given(windows)
    def look(window):
        begin, length, width, channels = window
        eye.look(begin * DURATION, length * DURATION, width).settle()
        eye.assert_right(right, channels)

    with Eye(reader, index=index) as eye:
        look()
        assert not eye.messages and not eye.failures


def test_whole_recordings_and_single_samples(path):
    with Eye(flat(path, **LAYOUT)) as eye:
        for t_start, duration in [(0, DURATION), (59.99, 0.02), (30, 0.001), (-30, 4 * DURATION)]:
            eye.look(t_start, duration, 200).settle().assert_right(samples_of)


# -- while it is indexed -------------------------------------------------------------------------


class GatedReader(FiledReader):
    """Lets short chunks through at once, and long ones only when the gate is open."""

    def __init__(self, *args):
        self.gate = threading.Event()
        super().__init__(*args)

    def _get_analogsignal_chunk(self, block, segment, i_start, i_stop, stream, channels):
        if i_stop - i_start > 100:
            self.gate.wait(20)
        return super()._get_analogsignal_chunk(block, segment, i_start, i_stop, stream, channels)


@pytest.mark.parametrize("index", [True, False])
def test_what_is_not_indexed_is_shown_unsure_first_and_ends_exact(path, monkeypatch, index):
    monkeypatch.setattr(engine_module, "HEAVY_BYTES", 50_000)
    reader = GatedReader.at(path, [[(0.0, SAMPLES)]], [RATE])
    with Eye(reader, index=index) as eye:
        eye.look(0.0, DURATION, 200)
        eye.wait(lambda: all(tile is not None for tile in eye.tiles()))
        for tile in eye.tiles():
            assert not tile.exact and not tile.sure.any()
            true = oracle.rows(SAMPLES, tile.key.level)[tile.first_bin : tile.last_bin]
            assert (tile.data[:, 0] >= true[:, 0].min(axis=0)).all()
            assert (tile.data[:, 1] <= true[:, 1].max(axis=0)).all()
        reader.gate.set()
        eye.settle().assert_right(samples_of)


def test_what_is_sure_while_it_is_indexed_is_right(path):
    reader = flat(path, **LAYOUT)
    inner, seen = reader._get_analogsignal_chunk, []

    def slow(block, segment, i_start, i_stop, stream, channels):
        time.sleep(0.01)
        return inner(block, segment, i_start, i_stop, stream, channels)

    reader._get_analogsignal_chunk = slow

    def check():
        for tile in eye.tiles():
            if tile is None:
                continue
            true = oracle.rows(SAMPLES, tile.key.level)[tile.first_bin : tile.last_bin]
            sure = np.ones(len(true), bool) if tile.sure is None else tile.sure
            assert np.array_equal(tile.data[sure], true[sure])
            seen.append(float(sure.mean()))

    with Eye(reader, check) as eye:
        eye.look(0.0, DURATION, 150).settle().assert_right(samples_of)
    assert any(0 < share < 1 for share in seen) and seen == sorted(seen)


def test_a_recording_opened_again_is_read_from_its_index_at_once(path):
    """Over and over: whether the view or the index is first there must not matter."""
    indexed(path)
    for delay in np.linspace(0, 0.02, 25):
        reader = flat(path, **LAYOUT)
        with Eye(reader) as eye:
            time.sleep(delay)
            eye.look(0.0, DURATION, 200).settle()
            assert max(stop - start for start, stop in reader.reads) <= 100
    reader = flat(path, **LAYOUT)
    with Eye(reader) as eye:
        eye.look(0.0, DURATION, 200).settle().assert_right(samples_of)


def test_a_preview_that_comes_just_after_the_index_is_looked_up_in_it(path, monkeypatch):
    indexed(path)
    go_on, inner = threading.Event(), engine_module.read_preview

    def late(*args):
        eye.changed.wait(5)  # the index is open, and the view has not asked again yet
        return inner(*args)

    def slow_index(*args, **rest):
        go_on.wait(5)
        return open_or_create(*args, **rest)

    open_or_create = indexer.open_or_create
    monkeypatch.setattr(indexer, "open_or_create", slow_index)
    monkeypatch.setattr(engine_module, "read_preview", late)
    with Eye(flat(path, **LAYOUT)) as eye:
        eye.look(0.0, DURATION, 200)
        time.sleep(0.05)
        go_on.set()
        time.sleep(0.2)
        eye.settle().assert_right(samples_of)


def test_a_stand_in_does_not_keep_the_exact_tile_away(path, monkeypatch):
    """Where reading the index takes long, something coarse comes first, and is asked about then."""
    inner = engine_module.read_stored

    def slow(store, run, key):
        time.sleep(0.1)
        return inner(store, run, key)

    with Eye(FiledReader.at(path, SEGMENTS, RATES)) as eye:
        eye.look(0.0, DURATION, 75).settle()
        eye.wait(lambda: not eye.engine.indexer.running and not eye.engine.reading)
        monkeypatch.setattr(engine_module, "read_stored", slow)
        eye.look(0.0, DURATION, 140).settle()
        eye.assert_right(lambda stream, segment: SEGMENTS[segment][stream][1])


def test_a_place_that_cannot_be_read_does_not_spoil_the_index_elsewhere(tmp_path):
    samples = noise(250_000, 1)
    reader = flat(tmp_path / "long.dat", samples)
    inner = reader._get_analogsignal_chunk

    def broken(block, segment, i_start, i_stop, stream, channels):
        if i_start <= 240_000 < i_stop:
            raise RawIOError("the disk says no.")
        return inner(block, segment, i_start, i_stop, stream, channels)

    reader._get_analogsignal_chunk = broken
    with Eye(reader) as eye:
        eye.wait(lambda: not eye.engine.indexer.running)
        assert len(eye.messages) == 1
        reader.reads.clear()
        eye.look(0.0, 90.0, 200).settle().assert_right(lambda stream, segment: samples)
        assert reader.reads == [] and eye.failures == []
        eye.look(180.0, 70.0, 200).wait(lambda: eye.failures)
        assert not eye.exact


# -- memory --------------------------------------------------------------------------------------


def test_tiles_stay_within_the_budget(path):
    budget = 400_000
    with Eye(flat(path, **LAYOUT)) as eye:
        eye.engine.cache.budget = budget
        for n in range(60):
            eye.look((n * 7) % 59, 0.8, 200).settle()
            shown = sum(tile.nbytes for tile in eye.tiles())
            eye.wait(lambda: not eye.engine.reading)
            largest = 2 * 1048 * 3 * 2
            assert eye.engine.cache.nbytes <= max(budget, shown + largest)
        assert eye.engine.cache.nbytes > budget / 2


# -- damage to the index -------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["level6", "level6-sums", "level8", "level12"])
@pytest.mark.parametrize("damage", ["bits", "cut"])
def test_a_level_file_damaged_while_open_is_healed(path, name, damage):
    with Eye(indexed(path)) as eye:
        eye.look(0.0, DURATION, {"6": 200, "8": 70, "1": 4}[name[5]]).settle()
        file = next(places.cache_dir().rglob(f"stream0-{name}.npy"))
        sound = file.read_bytes()
        if damage == "cut":
            os.truncate(file, len(sound) - 50)
        else:
            with file.open("r+b") as stream:
                stream.seek(200)
                stream.write(bytes(byte ^ 0x10 for byte in sound[200:230]))
        eye.engine.cache.clear()
        eye.look(0.0, DURATION, {"6": 200, "8": 70, "1": 4}[name[5]]).settle()
        eye.assert_right(samples_of)
        eye.wait(lambda: not eye.engine.indexer.running)
        assert file.read_bytes() == sound
        assert not eye.failures


def test_an_index_removed_while_open_is_done_without(path, monkeypatch):
    with Eye(indexed(path)) as eye:
        eye.look(0.0, 0.1, 200).settle()
        eye.wait(lambda: not eye.engine.indexer.running)
        shutil.rmtree(next(places.cache_dir().rglob("stream0-level6.npy")).parent)
        eye.look(0.0, DURATION, 200).settle().assert_right(samples_of)
        assert not eye.failures


@pytest.mark.parametrize("code", [errno.EROFS, errno.EACCES, errno.ENOSPC])
def test_without_a_place_for_the_index_there_is_a_sentence_and_the_right_picture(
    path, monkeypatch, code
):
    def refuse(folder, identity):
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr(places, "create_pyramid", refuse)
    with Eye(flat(path, **LAYOUT)) as eye:
        eye.look(0.0, DURATION, 200).settle().assert_right(samples_of)
        assert len(eye.messages) == 1 and os.strerror(code) in eye.messages[0]
        assert eye.engine.indexer.share is None


def test_an_index_that_goes_while_it_is_opened_is_done_without(path, monkeypatch):
    def vanish(*arguments):
        raise FileNotFoundError(errno.ENOENT, "No such file or directory")

    monkeypatch.setattr(StreamStore, "all_done", vanish)
    with Eye(flat(path, **LAYOUT)) as eye:
        eye.look(0.0, DURATION, 200).settle().assert_right(samples_of)
        assert len(eye.messages) == 1 and eye.engine.indexer.share is None


def test_a_disk_that_gets_full_while_it_indexes_leaves_the_right_picture(path, monkeypatch):
    writes, write = [], ArrayFile.write

    def full(file, first, rows):
        writes.append(first)
        if len(writes) > 50:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        write(file, first, rows)

    monkeypatch.setattr(ArrayFile, "write", full)
    with Eye(flat(path, **LAYOUT)) as eye:
        eye.look(0.0, DURATION, 200).settle().assert_right(samples_of)
        eye.wait(lambda: not eye.engine.indexer.running)
        assert len(eye.messages) == 1 and not eye.failures


# -- the recording changes -----------------------------------------------------------------------


def replace(path):
    other = path.with_suffix(".new")
    noise(60_000, 3, seed=9).tofile(other)
    other.replace(path)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (replace, "was replaced"),
        (touch, "was replaced"),
        (lambda path: os.truncate(path, 1000), "was cut short"),
    ],
)
def test_nothing_stale_is_shown_of_a_recording_that_is_another_now(path, change, said):
    with Eye(flat(path, **LAYOUT)) as eye:
        eye.look(0.0, 2.0, 200).settle()
        change(path)
        eye.wait(lambda: eye.engine.lost is not None and eye.engine.lost in eye.messages)
        assert said in eye.engine.lost  # of what is cut, the build may have complained before
        eye.look(5.0, DURATION, 200)
        eye.wait(lambda: not eye.engine.reading)
        assert eye.tiles() == [None] * len(eye.keys())
        assert len(eye.engine.cache) == 0


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda path: path.open("ab").write(b"123456"), "has grown"),
        (os.remove, "is no longer there"),
    ],
)
def test_what_is_still_true_is_shown_of_one_that_grew_or_went(path, change, said):
    with Eye(flat(path, **LAYOUT)) as eye:
        eye.look(0.0, 2.0, 200).settle()
        change(path)
        eye.wait(lambda: eye.messages)
        assert said in eye.messages[0] and eye.engine.lost is None
        eye.look(5.0, DURATION, 200).settle().assert_right(samples_of)
        assert len(eye.messages) == 1


def test_after_close_nobody_is_called(path):
    with Eye(flat(path, **LAYOUT)) as eye:
        eye.look(0.0, DURATION, 200)
    eye.changed.clear()
    time.sleep(0.1)
    assert not eye.changed.is_set() and not eye.messages
