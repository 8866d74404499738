"""Frames with and without bytes between them, against NumPy on the whole file."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rawio import FormatError, frames
from rawio.files import RawFile
from rawio.frames import Frames

N, COLUMNS = 500, 6


@pytest.fixture(scope="module")
def layouts(tmp_path_factory):
    """Return (Frames, its samples): dense and apart, in both byte orders."""
    folder, out = tmp_path_factory.mktemp("frames"), []
    samples = np.random.default_rng(5).integers(-(2**15), 2**15, (N, COLUMNS), np.int16)
    for number, (order, header, tail) in enumerate(
        [("<i2", 0, 0), (">i2", 7, 0), ("<i2", 13, 13), (">i2", 5, 1)]
    ):
        stored = samples.astype(order)
        bytes_ = stored.view(np.uint8).reshape(N, -1)
        filler = np.full((N, tail), 0xEE, np.uint8)
        path = folder / f"{number}.bin"
        content = bytes(header) + np.hstack([bytes_, filler]).tobytes()
        path.write_bytes(content[: len(content) - tail])  # nothing follows the last frame
        stride = bytes_.shape[1] + tail if tail else None
        out.append((Frames(RawFile(path), header, N, COLUMNS, np.dtype(order), stride), samples))
    return out


columns = st.one_of(
    st.just(slice(None)),
    st.sampled_from([slice(0, 5), slice(1, 6), slice(2, 4), slice(None, None, 2), slice(5, 0, -1)]),
    st.lists(st.integers(0, COLUMNS - 1), max_size=8).map(lambda x: np.array(x, np.intp)),
)


@given(
    st.integers(0, 3), st.integers(0, N), st.integers(0, N), columns, st.sampled_from([64, 1 << 20])
)
def test_any_piece(layouts, which, a, b, picked, step):
    held, samples = layouts[which]
    start, stop = sorted((a, b))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(frames, "READ_BYTES", step)
        chunk = held.read(start, stop, picked)
    assert chunk.dtype == np.int16 and chunk.dtype.isnative
    np.testing.assert_array_equal(chunk, samples[start:stop][:, picked])


def test_most_of_the_columns_are_a_view_and_few_are_a_copy(layouts):
    held, _ = layouts[0]
    assert held.read(0, N, slice(0, COLUMNS - 1)).base is not None
    assert not held.read(0, N, slice(0, COLUMNS - 1)).flags.owndata
    few = held.read(0, N, slice(0, 1))
    assert few.flags.c_contiguous and few.shape == (N, 1)


def test_a_file_cut_while_open_says_so(layouts, tmp_path):
    path = tmp_path / "cut.bin"
    path.write_bytes(bytes(100 * 12))
    held = Frames(RawFile(path), 0, 100, 6, np.dtype("<i2"))
    path.write_bytes(bytes(50 * 12))
    with pytest.raises(FormatError, match=r"cut\.bin: ends at byte 600"):
        held.read(0, 100)
    assert held.read(0, 50).shape == (50, 6)


@given(
    st.integers(0, 3),
    st.lists(st.integers(0, N - 1), max_size=40),
    st.booleans(),
    st.sampled_from([1, 40, 200, 1 << 20]),
    st.sampled_from([0, 20, 1 << 20]),
)
def test_single_frames_in_any_order(layouts, which, rows, in_order, span, gap):
    held, samples = layouts[which]
    rows = np.array(sorted(rows) if in_order else rows, np.int64)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(frames, "SPAN_BYTES", span)
        patch.setattr(frames, "GAP_BYTES", gap)
        picked = held.pick(rows)
    assert picked.dtype == np.int16 and picked.dtype.isnative and picked.flags.c_contiguous
    np.testing.assert_array_equal(picked, samples[rows])


def test_single_frames_are_read_without_what_lies_far_between(layouts, monkeypatch):
    held, samples = layouts[0]
    read = []
    original = RawFile.read_into
    monkeypatch.setattr(frames, "GAP_BYTES", 100)
    monkeypatch.setattr(
        RawFile, "read_into", lambda *args: (read.append(args[1].nbytes), original(*args))
    )
    np.testing.assert_array_equal(held.pick(np.array([0, 3, 400])), samples[[0, 3, 400]])
    assert read == [4 * 2 * COLUMNS, 2 * COLUMNS]


def test_single_frames_beyond_four_gigabytes(tmp_path):
    last = np.arange(4, dtype="<i2")
    with (tmp_path / "sparse.bin").open("wb") as file:
        file.truncate(5 << 30)
        file.seek((5 << 30) - 8)
        file.write(last.tobytes())
    n = (5 << 30) // 8
    held = Frames(RawFile(tmp_path / "sparse.bin"), 0, n, 4, np.dtype("<i2"))
    picked = held.pick(np.array([n - 1, 0], np.uint32))
    np.testing.assert_array_equal(picked, [last, [0] * 4])
