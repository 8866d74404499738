"""The .npy files of the Open Ephys writer, held against the GUI's own header and numpy."""

import struct

import numpy as np
import pytest

from tests.writers.openephys_npy import forget_records, header, write_npy


def test_header_of_npy_is_that_of_the_gui():
    text = b"{'descr': '<i8', 'fortran_order': False, 'shape': (66438,), }"
    expected = b"\x93NUMPY\x01\x00" + struct.pack("<H", 118) + text.ljust(117) + b"\n"
    assert header(np.dtype(np.int64), 66438) == expected
    assert b"'|S513'" in header(np.dtype("S513"), 3)
    assert b"(3, 2, 40), }" in header(np.dtype("<i2"), 3, (2, 40))
    assert b"(3, 40), }" in header(np.dtype("<i2"), 3, (1, 40))


def test_header_of_npy_is_that_of_a_real_file(recordings):
    files = sorted((recordings / "openephys").rglob("timestamps.npy"))
    if not files:
        pytest.skip("no Open Ephys recording there")
    assert files[0].read_bytes()[:128] == header(np.dtype(np.int64), 66438)


@pytest.mark.parametrize(
    "array",
    [
        np.arange(3, dtype=">i8"),
        np.zeros((0, 2, 40), np.int16),
        np.array([b"a", b"bc"], "S4"),
        np.array([(1, 2.5), (3, 4.5)], [("a", "<u2"), ("b", "<f8")]),
        np.arange(12, dtype=np.uint8).reshape(4, 3)[::2],
    ],
)
def test_npy_is_read_by_numpy(array, tmp_path):
    write_npy(tmp_path / "a.npy", array)
    again = np.load(tmp_path / "a.npy", allow_pickle=False)
    if array.dtype.names:
        again = np.array([tuple(v[0] for v in row) for row in again.tolist()], array.dtype)
    np.testing.assert_array_equal(again, array)


def test_records_are_forgotten(tmp_path):
    path = tmp_path / "a.npy"
    write_npy(path, np.arange(2500))
    size = path.stat().st_size
    forget_records(path)
    assert path.stat().st_size == size
    np.testing.assert_array_equal(np.load(path), np.arange(2048))
    forget_records(path, 0)
    assert len(np.load(path)) == 0
    (length,) = struct.unpack_from("<H", path.read_bytes(), 8)
    stored = np.frombuffer(path.read_bytes(), "<i8", 2500, 10 + length)
    np.testing.assert_array_equal(stored, np.arange(2500))
