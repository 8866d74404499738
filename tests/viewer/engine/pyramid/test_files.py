"""Level files: what is read is what was written, or is found not to be."""

import mmap
import os
import threading

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from viewer.engine.pyramid.files import ArrayFile, checksums

INT16 = np.dtype("<i2")

shapes = st.tuples(st.integers(1, 200), st.integers(1, 9), st.sampled_from([1, 4, 16, 64]))
dtypes = st.sampled_from(["|u1", "<i2", "<i4", "<f4", "<f8"])


def some_rows(shape, dtype="<i2", seed=0):
    rows, channels, _ = shape
    rng = np.random.default_rng(seed)
    raw = rng.integers(0, 256, (rows, 2 * channels * np.dtype(dtype).itemsize), np.uint8)
    return raw.view(dtype).reshape(rows, 2, channels)


# -- checksums ---------------------------------------------------------------------------------


@given(shapes, dtypes, st.integers(0, 10**9), st.data())
def test_any_flipped_bit_is_found_in_its_unit(shape, dtype, first_unit, data):
    rows, unit = some_rows(shape, dtype), shape[2]
    before = checksums(rows, unit, first_unit)
    assert len(before) == -(-len(rows) // unit) and before.all()
    damaged = rows.copy()
    raw = damaged.reshape(-1).view(np.uint8)
    byte = data.draw(st.integers(0, len(raw) - 1))
    raw[byte] ^= 1 << data.draw(st.integers(0, 7))
    changed = np.flatnonzero(checksums(damaged, unit, first_unit) != before)
    assert changed.tolist() == [byte // (rows[0].nbytes * unit)]


@given(shapes, st.integers(0, 10**9), st.integers(1, 1000))
def test_a_unit_in_another_place_is_wrong_there(shape, first_unit, further):
    rows, unit = some_rows(shape), shape[2]
    here, there = checksums(rows, unit, first_unit), checksums(rows, unit, first_unit + further)
    assert (here != there).all()


@given(shapes, dtypes, st.integers(0, 10**6))
@example((64, 4, 64), "<i2", 512)
@example((64, 8, 64), "<i4", 1 << 20)
def test_a_unit_lost_to_zeros_is_found_also_where_all_samples_are_equal(shape, dtype, value):
    rows = np.zeros((shape[0], 2, shape[1]), np.dtype(dtype))
    rows[..., -1] = np.array(value).astype(dtype)
    lost = np.zeros_like(rows)
    same = checksums(rows, shape[2], 7) == checksums(lost, shape[2], 7)
    assert same.all() == (not rows.any())


@given(st.integers(1, 59), st.integers(1, 5), st.integers(1, 9))
def test_a_short_unit_is_not_taken_for_a_longer_one_that_ends_in_zeros(n, more, channels):
    """The last unit of a recording, written by a process that does not know it has grown."""
    rows = some_rows((n, channels, 64))
    longer = np.concatenate([rows, np.zeros((more, 2, channels), rows.dtype)])
    assert checksums(rows, 64, 3) != checksums(longer, 64, 3)


@given(shapes, st.data())
def test_checksums_do_not_depend_on_how_many_units_are_summed_at_a_time(shape, data):
    rows, unit = some_rows(shape), shape[2]
    whole = checksums(rows, unit, 5)
    first = data.draw(st.integers(0, len(whole) - 1))
    last = data.draw(st.integers(first + 1, len(whole)))
    part = checksums(rows[first * unit : last * unit], unit, 5 + first)
    assert np.array_equal(part, whole[first:last])


# -- files -------------------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", ["|u1", "<i2", "<i4", "<f4", "<f8"])
@pytest.mark.parametrize("channels", [1, 3, 300])
def test_numpy_maps_the_file_and_shows_the_values(tmp_path, dtype, channels):
    rows = some_rows((50, channels, 1), dtype)
    path = tmp_path / "level.npy"
    ArrayFile.create(path, np.dtype(dtype), (2, channels), 90)
    ArrayFile(path, np.dtype(dtype), (2, channels), writable=True).write(20, rows)
    mapped = np.load(path, mmap_mode="r", allow_pickle=False)
    assert isinstance(mapped, np.memmap) and isinstance(mapped._mmap, mmap.mmap)
    assert (mapped.shape, mapped.dtype) == ((90, 2, channels), np.dtype(dtype))
    assert mapped[20:70].tobytes() == rows.tobytes()
    assert not mapped[:20].any() and not mapped[70:].any()


@settings(deadline=None, max_examples=40)
@given(st.lists(st.tuples(st.integers(0, 99), st.integers(1, 40)), max_size=12))
def test_reads_give_what_was_written_last(tmp_path_factory, writes):
    path = tmp_path_factory.mktemp("level") / "level.npy"
    ArrayFile.create(path, INT16, (2, 3), 140)
    file = ArrayFile(path, INT16, (2, 3), writable=True)
    model = np.zeros((140, 2, 3), np.int16)
    for number, (first, count) in enumerate(writes):
        model[first : first + count] = some_rows((count, 3, 1), seed=number)
        file.write(first, model[first : first + count])
    assert np.array_equal(file.read(0, 140), model)
    assert np.array_equal(file.read(7, 70), model[7:70])
    assert file.read(5, 5).shape == (0, 2, 3)


def test_a_new_file_takes_no_room_and_may_grow(tmp_path):
    path = tmp_path / "level.npy"
    ArrayFile.create(path, INT16, (2, 300), 10**6)
    assert path.stat().st_blocks * 512 < 1 << 20
    file = ArrayFile(path, INT16, (2, 300), writable=True)
    rows = some_rows((5, 300, 1))
    file.write(10**6 - 5, rows)
    file.extend(10**8)
    assert np.array_equal(file.read(10**6 - 5, 10**6), rows)
    assert not file.read(10**8 - 5, 10**8).any()
    assert np.load(path, mmap_mode="r", allow_pickle=False).shape == (10**8, 2, 300)


def test_a_cut_file_says_where_it_ends(tmp_path):
    path = tmp_path / "level.npy"
    ArrayFile.create(path, INT16, (2, 3), 100)
    file = ArrayFile(path, INT16, (2, 3), writable=True)
    os.truncate(path, path.stat().st_size - 1)
    assert file.read(0, 99).shape == (99, 2, 3)
    with pytest.raises(ValueError, match="ends before row 100"):
        file.read(50, 100)


@pytest.mark.parametrize(
    ("dtype", "shape"), [("<i4", (2, 3)), ("<i2", (2, 4)), ("<i2", ()), (">i2", (2, 3))]
)
def test_a_file_of_something_else_is_refused(tmp_path, dtype, shape):
    path = tmp_path / "level.npy"
    ArrayFile.create(path, np.dtype(dtype), shape, 10)
    with pytest.raises(ValueError, match="something else"):
        ArrayFile(path, INT16, (2, 3), writable=False)


@pytest.mark.parametrize(
    "content", [b"", b"\x93NUMPY", b"x" * 500, b"\x93NUMPY\x02\x00" + b" " * 99]
)
def test_a_damaged_header_is_refused(tmp_path, content):
    path = tmp_path / "level.npy"
    path.write_bytes(content)
    with pytest.raises(ValueError):
        ArrayFile(path, INT16, (2, 3), writable=False)


def test_a_file_open_for_reading_cannot_be_written(tmp_path):
    path = tmp_path / "level.npy"
    ArrayFile.create(path, INT16, (2, 3), 10)
    with pytest.raises(OSError):
        ArrayFile(path, INT16, (2, 3), writable=False).write(0, some_rows((1, 3, 1)))


def test_threads_write_rows_of_one_file(tmp_path):
    path = tmp_path / "level.npy"
    ArrayFile.create(path, INT16, (2, 3), 800)
    file = ArrayFile(path, INT16, (2, 3), writable=True)
    model = some_rows((800, 3, 1))

    def write(every):
        for row in range(every, 800, 8):
            file.write(row, model[row : row + 1])

    threads = [threading.Thread(target=write, args=(n,)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert np.array_equal(file.read(0, 800), model)
