"""Positional reads: the right bytes, from many threads and processes, and clear errors."""

import errno
import gc
import os
import pickle
import socket
import threading
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rawio import (
    EmptyFileError,
    FormatError,
    MissingFileError,
    RawIOError,
    UnreadableFileError,
    threads,
)
from rawio import files as files_module
from rawio.files import ALIGNMENT, RawFile, aligned_empty
from tests.rawio.descriptors import open_below

CONTENT = np.random.default_rng(5).integers(0, 256, 100_003, dtype=np.uint8)


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    path = tmp_path_factory.mktemp("files") / "some file.dat"
    path.write_bytes(CONTENT.tobytes())
    return path


@pytest.fixture
def file(path):
    return RawFile(path)


# -- buffers ---------------------------------------------------------------------------------------


@settings(deadline=None)
@given(
    st.integers(0, 300) | st.lists(st.integers(0, 20), max_size=3),
    st.sampled_from(["u1", "i2", ">i2", "f8", "<u4"]),
)
def test_buffers_are_aligned_whole_and_writable(shape, dtype):
    buffer = aligned_empty(shape if isinstance(shape, int) else tuple(shape), dtype)
    assert buffer.shape == np.zeros(shape).shape
    assert buffer.dtype == np.dtype(dtype)
    assert buffer.nbytes == 0 or buffer.ctypes.data % ALIGNMENT == 0
    assert buffer.flags.c_contiguous and buffer.flags.writeable
    buffer[...] = 7
    assert (buffer == 7).all()


# -- reads -----------------------------------------------------------------------------------------


@settings(deadline=None)
@given(st.data())
def test_reads_give_the_bytes_at_the_place(path, data):
    file = RawFile(path)
    offset = data.draw(st.integers(0, len(CONTENT) + 10))
    count = data.draw(st.integers(-2, 300) | st.just(len(CONTENT) * 2))
    read = file.read(offset, count)
    np.testing.assert_array_equal(read, CONTENT[offset : offset + max(0, count)])
    assert read.nbytes == 0 or read.ctypes.data % ALIGNMENT == 0


@pytest.mark.parametrize("dtype", ["u1", "<i2", ">i2", "<f8"])
def test_reads_fill_arrays_of_any_type(file, dtype):
    target = np.empty((50, 3), dtype)
    file.read_into(target, 11)
    expected = CONTENT[11 : 11 + target.nbytes].tobytes()
    assert target.tobytes() == expected


def test_an_empty_target_reads_nothing(file):
    file.read_into(np.empty((0, 4), "i2"), 0)
    file.read_into(np.empty((5, 0), "i2"), len(CONTENT) + 99)


@pytest.mark.parametrize(
    "target", [np.zeros((8, 8), "i2")[:, ::2], np.zeros((8, 8), "i2").T, np.zeros(9, "u1")[::-1]]
)
def test_a_target_with_gaps_is_refused_and_not_left_unfilled(file, target):
    if target.flags.c_contiguous:
        pytest.fail("the case is none")
    with pytest.raises(ValueError, match="C-contiguous"):
        file.read_into(target, 0)


def test_reads_that_come_in_pieces_are_put_together(file, monkeypatch):
    calls = []

    def few_bytes(descriptor, buffers, offset):
        calls.append(offset)
        data = os.pread(descriptor, min(7, len(buffers[0])), offset)
        buffers[0][: len(data)] = data
        return len(data)

    monkeypatch.setattr(files_module.os, "preadv", few_bytes)
    np.testing.assert_array_equal(file.read(1000, 30), CONTENT[1000:1030])
    assert calls == [1000, 1007, 1014, 1021, 1028]


@pytest.fixture
def parted(monkeypatch, tmp_path):
    """Return a file of which reads of a few bytes are shared by threads."""
    monkeypatch.setattr(files_module, "PART_BYTES", 1 << 10)
    monkeypatch.setattr(threads.os, "cpu_count", lambda: 4)
    (tmp_path / "parted.dat").write_bytes(CONTENT.tobytes())
    return RawFile(tmp_path / "parted.dat")


def test_reads_shared_by_threads_give_the_bytes_too(parted):
    for offset in (0, 1, 63, 4096, 70_001):
        for count in (0, 1, 2047, 2048, 2049, 4096, 5000, len(CONTENT)):
            expected = CONTENT[offset : offset + count]
            np.testing.assert_array_equal(parted.read(offset, count), expected)


def test_several_threads_take_part(parted, monkeypatch):
    names = set()
    fill = RawFile._fill

    def watched(self, view, offset, end):
        names.add(threading.current_thread().name)
        return fill(self, view, offset, end)

    monkeypatch.setattr(RawFile, "_fill", watched)
    for _ in range(20):
        parted.read(0, len(CONTENT))
    assert any(name.startswith("rawio share") for name in names) and len(names) > 1


def test_a_file_cut_while_threads_read_it(parted):
    target = np.empty(parted.size, np.uint8)
    os.truncate(parted.path, 100)
    with pytest.raises(FormatError, match=f"ends at byte 100, {parted.size - 100} bytes before"):
        parted.read_into(target, 0)


def test_a_forked_child_has_reading_threads_of_its_own(parted):
    parted.read(0, len(CONTENT))
    process = os.fork()
    if not process:
        os._exit(0 if np.array_equal(parted.read(0, len(CONTENT)), CONTENT) else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(process, 0)[1]) == 0


def test_without_positional_reads(file, monkeypatch):
    monkeypatch.delattr(files_module.os, "preadv")
    with ThreadPoolExecutor(4) as pool:
        reads = list(pool.map(lambda k: file.read(k * 97, 50), range(200)))
    for k, read in enumerate(reads):
        np.testing.assert_array_equal(read, CONTENT[k * 97 : k * 97 + 50])


def test_a_file_cut_while_open(tmp_path):
    path = tmp_path / "cut.dat"
    path.write_bytes(CONTENT[:1000].tobytes())
    file = RawFile(path)
    file.read(0, 10)
    os.truncate(path, 600)
    np.testing.assert_array_equal(file.read(500, 100), CONTENT[500:600])
    with pytest.raises(FormatError, match=r"cut\.dat: ends at byte 600, 50 bytes before"):
        file.read(500, 150)


@pytest.mark.parametrize("code", [errno.EIO, errno.ESTALE])
def test_errors_of_the_disk(file, monkeypatch, code):
    def fail(*_):
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr(files_module.os, "preadv", fail)
    with pytest.raises(UnreadableFileError) as caught:
        file.read(64, 10)
    assert str(caught.value) == (
        f"{file.path}: reading 10 bytes at 64 failed ({os.strerror(code)})."
    )
    assert caught.value.__cause__.errno == code


def test_negative_offsets(file):
    with pytest.raises(UnreadableFileError, match="some file"):
        file.read_into(np.empty(4, "u1"), -2)


# -- threads and processes -------------------------------------------------------------------------


def test_threads_share_one_descriptor(tmp_path):
    path = tmp_path / "shared.dat"
    path.write_bytes(CONTENT.tobytes())
    file = RawFile(path)
    assert not open_below(tmp_path)
    start = threading.Barrier(8)

    def wrong_offsets(shared, seed):
        offsets = np.random.default_rng(seed).integers(0, len(CONTENT) - 500, 200).tolist()
        start.wait()
        reads = [(offset, shared.read(offset, 500)) for offset in offsets]
        return [o for o, read in reads if not np.array_equal(read, CONTENT[o : o + 500])]

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(wrong_offsets, [file] * 8, range(8))) == [[]] * 8
    assert len(open_below(tmp_path)) == 1
    del file
    gc.collect()
    assert not open_below(tmp_path)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system cannot fork")
@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
def test_a_forked_child_reads_with_a_descriptor_of_its_own(path):
    file = RawFile(path)
    file.read(0, 10)
    before = file._file.descriptor()
    child = os.fork()
    if child == 0:
        status = 1
        try:
            right = np.array_equal(file.read(5000, 700), CONTENT[5000:5700])
            status = 0 if right and file._file.descriptor() != before else 2
        finally:
            os._exit(status)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert file._file.descriptor() == before
    np.testing.assert_array_equal(file.read(9000, 50), CONTENT[9000:9050])


def test_pickled(file):
    file.read(0, 1)
    copy = pickle.loads(pickle.dumps(file))
    assert (copy.path, copy.size, copy.mtime_ns) == (file.path, file.size, file.mtime_ns)
    np.testing.assert_array_equal(copy.read(77, 99), CONTENT[77:176])


def test_pickled_and_gone(tmp_path):
    path = tmp_path / "gone.dat"
    path.write_bytes(b"abc")
    packed = pickle.dumps(RawFile(path))
    path.unlink()
    with pytest.raises(MissingFileError, match=r"gone\.dat"):
        pickle.loads(packed)


# -- what is no recording --------------------------------------------------------------------------


def test_size_and_path(path):
    file = RawFile(str(path))
    assert file.path == path and file.size == len(CONTENT)
    assert file.mtime_ns == path.stat().st_mtime_ns


def test_missing(tmp_path):
    with pytest.raises(MissingFileError) as caught:
        RawFile(tmp_path / "no.dat")
    assert (
        str(caught.value)
        == f"{tmp_path / 'no.dat'}: no such file; check the path and its spelling."
    )
    assert isinstance(caught.value, (FileNotFoundError, RawIOError))


def test_a_link_to_nothing(tmp_path):
    (tmp_path / "link.dat").symlink_to(tmp_path / "nothing")
    with pytest.raises(MissingFileError, match=r"link\.dat"):
        RawFile(tmp_path / "link.dat")


def test_a_link_to_itself(tmp_path):
    (tmp_path / "link.dat").symlink_to(tmp_path / "link.dat")
    with pytest.raises(UnreadableFileError, match=r"link\.dat: cannot be read"):
        RawFile(tmp_path / "link.dat")


def test_empty(tmp_path):
    (tmp_path / "empty.dat").touch()
    with pytest.raises(EmptyFileError, match=r"empty\.dat: is empty \(0 bytes\)"):
        RawFile(tmp_path / "empty.dat")


def test_a_folder(tmp_path):
    with pytest.raises(UnreadableFileError, match="is a folder"):
        RawFile(tmp_path)


def test_a_path_through_a_file(path):
    with pytest.raises(UnreadableFileError, match=r"some file\.dat/child: cannot be read"):
        RawFile(path / "child")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no FIFOs")
def test_a_fifo_is_refused_without_waiting_for_a_writer(tmp_path):
    os.mkfifo(tmp_path / "fifo.dat")
    with pytest.raises(UnreadableFileError, match=r"fifo\.dat: is not a regular file"):
        RawFile(tmp_path / "fifo.dat")


def test_a_socket_and_a_device(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)  # names of sockets are short
    with socket.socket(socket.AF_UNIX) as server:
        server.bind("socket.dat")
        for path in ("socket.dat", "/dev/zero"):
            with pytest.raises(UnreadableFileError, match=f"{path}: is not a regular file"):
                RawFile(path)


@pytest.mark.parametrize("path", ["a\0b", "x" * 5000])
def test_impossible_paths(path):
    with pytest.raises(UnreadableFileError, match="cannot be read"):
        RawFile(path)


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root reads everything")
def test_no_permission(tmp_path):
    path = tmp_path / "locked.dat"
    path.write_bytes(b"abc")
    path.chmod(0)
    with pytest.raises(UnreadableFileError, match=r"locked\.dat: .*Permission denied"):
        RawFile(path).read(0, 3)


def test_opening_refused(path, monkeypatch):
    def refuse(*_):
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(files_module.os, "open", refuse)
    with pytest.raises(UnreadableFileError, match=r"some file\.dat: .*Permission denied"):
        RawFile(path).read(0, 3)


def test_a_change_of_folder_does_not_matter(tmp_path, monkeypatch):
    (tmp_path / "a.bin").write_bytes(bytes(range(10)))
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path)
    file = RawFile("a.bin")
    monkeypatch.chdir(tmp_path / "elsewhere")
    assert file.read(3, 2).tolist() == [3, 4]
    assert pickle.loads(pickle.dumps(file)).read(3, 2).tolist() == [3, 4]
