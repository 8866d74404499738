"""Building: what comes first, what goes on after what went wrong, and after a kill."""

import errno
import os
import signal
import subprocess
import sys
import threading
import time

import numpy as np
import pytest

from rawio import RawIOError
from tests.readers import noise
from tests.viewer.engine.recordings import (
    assert_rows_are_right,
    build,
    flat,
    look_at_all,
    small_blocks,
)
from viewer.engine.pyramid import PyramidBuilder, Span, builder
from viewer.engine.pyramid.builder import complete_parents
from viewer.engine.pyramid.files import ArrayFile
from viewer.engine.pyramid.places import open_or_create

BLOCK = 1536
SIZE = 40 * BLOCK + 77
SAMPLES = noise(SIZE, 2)
LAYOUT = {"n_channels": 2, "dtype": "int16"}


@pytest.fixture(autouse=True)
def _small_blocks(monkeypatch):
    small_blocks(monkeypatch)


@pytest.fixture
def path(tmp_path):
    SAMPLES.tofile(tmp_path / "recording.dat")
    return tmp_path / "recording.dat"


def assert_all_is_right(path):
    reader = flat(path, **LAYOUT)
    pyramid = open_or_create(reader)
    look_at_all(pyramid)
    build(reader, pyramid)
    complete_parents(pyramid)
    assert pyramid.complete
    assert_rows_are_right(pyramid, lambda stream, segment: SAMPLES)


class Site:
    """A builder of a recording, and all that it tells."""

    def __init__(self, path, jobs=1, **rest):
        self.reader = flat(path, **LAYOUT)
        self.pyramid = open_or_create(self.reader)
        self.built, self.errors, self.finished = [], [], 0
        self.reader.reads.clear()
        self.builder = PyramidBuilder(
            self.reader,
            self.pyramid,
            jobs,
            on_built=self._on_built,
            on_finished=self._on_finished,
            on_error=self.errors.append,
            **rest,
        )
        self.most = SIZE

    def _on_built(self, span):
        self.built.append(span)
        if len(self.built) == self.most:
            self.builder.close()

    def _on_finished(self):
        self.finished += 1

    def run(self):
        self.builder.start()
        assert self.builder.join(30)
        return self


def span(i_start, i_stop):
    return Span(0, 0, 0, i_start, i_stop)


# -- order ---------------------------------------------------------------------------------------


def test_all_blocks_are_built_once_and_told(path):
    site = Site(path).run()
    assert [s.i_start for s in site.built] == list(range(0, SIZE, BLOCK))
    assert site.built[-1] == span(40 * BLOCK, SIZE)
    assert site.reader.reads == [(s.i_start, s.i_stop) for s in site.built]
    assert (site.errors, site.finished) == ([], 1)
    assert site.builder.complete and not site.builder.running
    assert site.builder.done_bytes == site.builder.total_bytes == SAMPLES.nbytes


def test_what_is_in_focus_comes_first_then_what_follows(path):
    site = Site(path)
    site.builder.focus([span(20 * BLOCK + 5, 22 * BLOCK - 5), span(10 * BLOCK, 10 * BLOCK + 1)])
    site.run()
    order = [s.i_start // BLOCK for s in site.built]
    assert order == [20, 21, 10, *range(22, 41), *range(10), *range(11, 20)]


def test_the_focus_may_move_while_it_builds(path):
    site = Site(path)
    inner = site.builder._on_built

    def look_elsewhere(done):
        inner(done)
        if len(site.built) == 3:
            site.builder.focus([span(30 * BLOCK, 31 * BLOCK)])

    site.builder._on_built = look_elsewhere
    site.run()
    assert [s.i_start // BLOCK for s in site.built][:5] == [0, 1, 2, 30, 31]
    assert site.builder.complete


@pytest.mark.parametrize("where", [(-500, 10), (SIZE + 5, SIZE + 9), (0, 10 * SIZE), (7, 7)])
def test_a_focus_beyond_the_recording_is_harmless(path, where):
    site = Site(path)
    site.builder.focus([span(*where), Span(7, 0, 0, 0, 5), Span(0, 3, 3, 0, 5)])
    site.run()
    assert site.builder.complete


def test_small_blocks_are_built_in_batches(path, monkeypatch):
    monkeypatch.setattr(builder, "BATCH_BYTES", 5 * BLOCK * 4)
    site = Site(path)
    site.builder.focus([span(7 * BLOCK, 9 * BLOCK)])
    site.run()
    lengths = [s.i_stop - s.i_start for s in site.built]
    assert lengths[:3] == [2 * BLOCK, 5 * BLOCK, 5 * BLOCK]
    assert_all_is_right(path)


def test_it_gives_way_but_goes_on(path, monkeypatch):
    monkeypatch.setattr(builder, "LONGEST_PAUSE", 0.004)
    site = Site(path, give_way=lambda: True).run()
    assert site.builder.complete


# -- going on ------------------------------------------------------------------------------------


@pytest.mark.parametrize("jobs", [1, 3])
def test_it_goes_on_where_it_was_stopped(path, jobs):
    first = Site(path, jobs)
    first.most = 11
    first.run()
    assert not first.builder.complete and first.finished == 0
    second = Site(path, jobs)
    assert second.builder.done_bytes == first.builder.done_bytes >= 11 * BLOCK * 4
    second.run()
    if jobs == 1:  # of several, those that end after the close tell nobody
        assert [s.i_start for s in first.built + second.built] == list(range(0, SIZE, BLOCK))
    done_before = {s.i_start for s in first.built}
    assert not done_before & {start for start, _ in second.reader.reads}
    assert_all_is_right(path)


def test_after_close_nobody_is_called(path):
    site = Site(path)
    site.most = 3
    site.run()
    assert (len(site.built), site.finished, site.errors) == (3, 0, [])
    site.builder.start()
    assert site.builder.join(5) and len(site.built) == 3


@pytest.mark.parametrize("error", [RawIOError("the disk says no."), ZeroDivisionError("0")])
@pytest.mark.parametrize("jobs", [1, 2])
def test_a_place_that_cannot_be_read_is_left_out(path, error, jobs):
    site = Site(path, jobs)
    read = site.reader._get_analogsignal_chunk

    def broken(block, segment, i_start, i_stop, stream, channels):
        if i_start <= 15 * BLOCK + 3 < i_stop:
            raise error
        return read(block, segment, i_start, i_stop, stream, channels)

    site.reader._get_analogsignal_chunk = broken
    site.run()
    assert len(site.built) == 40 and not site.builder.complete and not site.builder.running
    assert len(site.errors) == 1 and site.finished == 1
    done = site.pyramid.streams[0].all_done()
    assert np.flatnonzero(~done).tolist() == [15]
    assert_all_is_right(path)


def test_a_full_disk_stops_the_build_with_one_sentence(path, monkeypatch):
    writes = []
    write = ArrayFile.write

    def full(file, first, rows):
        writes.append(first)
        if len(writes) > 60:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        write(file, first, rows)

    with monkeypatch.context() as context:
        context.setattr(ArrayFile, "write", full)
        site = Site(path, jobs=3).run()
    assert len(site.errors) == 1 and "No space left on device" in site.errors[0]
    assert not site.builder.running and not site.builder.complete
    site.builder.start()
    assert site.builder.join(5) and len(site.errors) == 1
    done = int(site.pyramid.streams[0].all_done().sum())
    assert 0 < done < 41
    assert_all_is_right(path)


@pytest.mark.parametrize("name", ["level6", "level12", "level6-sums", "level12-sums"])
def test_files_that_are_cut_while_it_builds_get_their_length_again(path, name):
    site = Site(path)
    file = site.pyramid.folder / f"stream0-{name}.npy"
    length = file.stat().st_size
    inner = site.builder._on_built

    def cut(done):
        inner(done)
        if len(site.built) == 9:
            os.truncate(file, length - 20)

    site.builder._on_built = cut
    site.run()
    assert site.errors == [] and not site.builder.running
    assert_all_is_right(path)
    assert file.stat().st_size == length


# -- several -------------------------------------------------------------------------------------


def test_two_builders_of_one_folder_end_right(path):
    sites = [Site(path, jobs=2), Site(path, jobs=2)]
    assert sites[0].pyramid.folder == sites[1].pyramid.folder
    sites[1].builder.focus([span(20 * BLOCK, 21 * BLOCK)])
    for site in sites:
        site.builder.start()
    for site in sites:
        assert site.builder.join(30) and site.builder.complete and not site.errors
    assert_all_is_right(path)


def test_many_that_begin_at_once_end_right(path):
    """All find no pyramid; the last to make one wins, and nothing wrong is ever taken for right."""
    ready, problems = threading.Barrier(6), []

    def one():
        try:
            ready.wait(10)
            reader = flat(path, **LAYOUT)
            build(reader, open_or_create(reader))
        except Exception as error:
            problems.append(error)

    threads = [threading.Thread(target=one) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert problems == []
    assert_all_is_right(path)


BUILD = """
import sys
from unittest.mock import patch
from viewer.engine.pyramid import PyramidBuilder, builder, layout
from viewer.engine.pyramid.places import open_or_create
from rawio.rawbinary import RawBinaryRawIO

layout.BLOCK_BYTES, layout.TOP_ROWS, layout.LEAST_BYTES, builder.BATCH_BYTES = 1, 8, 0, 1
reader = RawBinaryRawIO(sys.argv[1], sampling_rate=1000.0, n_channels=2, dtype="int16")
reader.parse_header()
made = PyramidBuilder(reader, open_or_create(reader), jobs=2)
print("begins", flush=True)
made.start()
made.join()
print("ends", flush=True)
"""


def test_what_a_killed_process_left_is_gone_on_with(path, monkeypatch):
    rng = np.random.default_rng()
    for _ in range(5):
        process = subprocess.Popen(
            [sys.executable, "-c", BUILD, str(path)], stdout=subprocess.PIPE, text=True
        )
        assert process.stdout.readline() == "begins\n"
        time.sleep(float(rng.uniform(0, 0.02)))
        process.send_signal(signal.SIGKILL)
        process.communicate()
    assert_all_is_right(path)
