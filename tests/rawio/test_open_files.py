"""Many files, few of them open: the right bytes from many threads, and no descriptor lost."""

import gc
import os
import threading
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from rawio import open_files
from rawio.files import RawFile
from tests.rawio.descriptors import open_below

N_FILES, N_BYTES = 12, 4000


@pytest.fixture
def files(tmp_path):
    """Return files of random bytes, and the bytes."""
    content = np.random.default_rng(3).integers(0, 256, (N_FILES, N_BYTES), np.uint8)
    for number, row in enumerate(content):
        (tmp_path / f"{number}.dat").write_bytes(row.tobytes())
    return [RawFile(tmp_path / f"{number}.dat") for number in range(N_FILES)], content


@pytest.mark.usefixtures("three_open_files")
def test_more_files_than_may_be_open(files, tmp_path):
    many, content = files
    for again in range(3):
        for file, row in zip(many, content, strict=True):
            np.testing.assert_array_equal(file.read(again, 100), row[again : again + 100])
            assert len(open_below(tmp_path)) <= 3
    assert open_below(tmp_path) == ["10.dat", "11.dat", "9.dat"]


@pytest.mark.usefixtures("three_open_files")
def test_what_is_read_often_stays_open(files, tmp_path):
    many, _ = files
    for file in many:
        file.read(0, 1)
        many[0].read(0, 1)
        assert "0.dat" in open_below(tmp_path)


@pytest.mark.usefixtures("three_open_files")
def test_a_file_that_is_being_read_is_not_closed(files, tmp_path):
    many, content = files
    held = many[0]._file.descriptor()
    for file in many[1:]:
        file.read(0, 10)
        file.read(0, 10)
    assert os.pread(held.number, 9, 4) == content[0, 4:13].tobytes()
    assert "0.dat" in open_below(tmp_path)
    del held
    assert "0.dat" not in open_below(tmp_path)


@pytest.mark.usefixtures("three_open_files")
def test_many_threads_read_many_files(files, tmp_path):
    many, content = files
    start = threading.Barrier(6)

    def wrong(seed):
        rng = np.random.default_rng(seed)
        start.wait()
        bad = 0
        for _ in range(400):
            which, offset = int(rng.integers(N_FILES)), int(rng.integers(N_BYTES - 64))
            read = many[which].read(offset, 64)
            bad += not np.array_equal(read, content[which, offset : offset + 64])
        return bad

    with ThreadPoolExecutor(6) as pool:
        assert list(pool.map(wrong, range(6))) == [0] * 6
    assert len(open_below(tmp_path)) <= 3


def test_files_that_are_gone_are_closed(files, tmp_path):
    many, _ = files
    for file in many:
        file.read(0, 1)
    assert len(open_below(tmp_path)) == N_FILES
    del file
    many.clear()
    gc.collect()
    assert open_below(tmp_path) == []


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system cannot fork")
@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
def test_a_forked_child_holds_nothing_of_its_parents(files, tmp_path):
    many, content = files
    for file in many:
        file.read(0, 1)
    child = os.fork()
    if child == 0:
        status = 1
        try:
            none = open_below(tmp_path)
            right = np.array_equal(many[4].read(7, 50), content[4, 7:57])
            status = 0 if right and not none and open_below(tmp_path) == ["4.dat"] else 2
        finally:
            os._exit(status)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert len(open_below(tmp_path)) == N_FILES
    np.testing.assert_array_equal(many[5].read(0, 50), content[5, :50])


@pytest.mark.parametrize(
    "soft, most", [(-1, 512), (10**6, 512), (1024, 512), (256, 128), (20, 16), (3, 16)]
)
def test_half_of_what_the_system_allows(monkeypatch, soft, most):
    resource = pytest.importorskip("resource")
    monkeypatch.setattr(resource, "getrlimit", lambda _: (soft, -1))
    assert open_files.most_open() == most
