"""Intan recordings that end with zeros: room was reserved when the computer stopped."""

import numpy as np
import pytest

from rawio import EmptyFileError
from rawio.intan.unwritten import first_unwritten
from tests.rawio.damage import content_of
from tests.rawio.intan_files import check, opened, recorded, some_header, write
from tests.writers.intan_files import block_dtype, make_recording, write_split


@pytest.mark.parametrize("size", [1, 2, 3, 64, 1000, 10**12])
def test_the_first_of_the_zeros(size):
    for first in {0, 1, 2, size // 3, size - 2, size - 1, size}:
        if 0 <= first <= size:
            assert first_unwritten(lambda k, first=first: k >= first, size) == first


def test_a_hole_ahead_of_the_zeros_at_the_end():
    """Then nothing can be told of what lies between, and nothing is left out."""
    zeros = np.zeros(1000, bool)
    zeros[400:700] = zeros[990:] = True
    assert first_unwritten(lambda k: bool(zeros[k]), 1000) in (990, 1000)


@pytest.mark.parametrize("kind", ["rhd", "rhs"])
@pytest.mark.parametrize("start", [0, -300, 12_345])
@pytest.mark.parametrize("n_zeros", [1, 2, 300])
def test_traditional_files(tmp_path, kind, start, n_zeros):
    header = some_header(kind)
    recording = make_recording(header, 6 * header.block, start=start, gaps={200: 40})
    path, truth = write("traditional", tmp_path, recording)
    whole = content_of(opened(path))
    with path.open("ab") as file:
        file.write(bytes(n_zeros * block_dtype(header).itemsize))
    reader = opened(path)
    check(reader, truth)
    assert content_of(reader).values == whole.values
    (warning,) = reader.warnings
    assert f"its last {n_zeros} blocks are zeros and are left out" in warning


def test_a_traditional_file_of_nothing_but_zeros(tmp_path):
    header = some_header()
    path, _ = write("traditional", tmp_path, make_recording(header, header.block))
    data = path.read_bytes()
    path.write_bytes(data[: -block_dtype(header).itemsize] + bytes(block_dtype(header).itemsize))
    with pytest.raises(EmptyFileError):
        opened(path)


def test_the_last_file_of_a_session(tmp_path):
    header = some_header()
    recording = make_recording(header, 6 * header.block)
    path = write_split(tmp_path, recording, 2)[-1][0]
    whole = content_of(opened(tmp_path))
    with path.open("ab") as file:
        file.write(bytes(5 * block_dtype(header).itemsize))
    reader = opened(tmp_path)
    assert content_of(reader).values == whole.values
    assert "its last 5 blocks are zeros" in reader.warnings[0]


@pytest.mark.parametrize("layout", ["per signal", "per channel"])
@pytest.mark.parametrize("start", [0, -300, -579, -1279, 777])
def test_timestamps_of_their_own(tmp_path, layout, start):
    """What was sampled is shown; only when is not known any more."""
    recording = make_recording(some_header(), 1280, start=start)
    path, truth = write(layout, tmp_path, recording)
    times = path / "time.dat"
    times.write_bytes(times.read_bytes()[: 4 * 580] + bytes(4 * 700))
    reader = opened(path)
    check(reader, truth)
    (warning,) = reader.warnings
    assert warning.startswith(("the last 700 timestamps in time.dat", "the last 701 timest"))


def test_no_zeros(tmp_path):
    for layout in ("traditional", "per signal"):
        path, truth = recorded(layout, tmp_path, n_blocks=3)
        check(reader := opened(path), truth)
        assert not reader.warnings
