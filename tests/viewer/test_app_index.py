"""``rawscope index``: rows on the disk against the samples, after kills, full disks and such."""

import errno
import os
import random
import re
import shlex
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from rawio import RawBinaryRawIO, UnreadableFileError, open_recording
from rawio.texts import size_text
from tests.viewer.test_app import PLX, rawscope
from viewer.app import app
from viewer.engine import indexing
from viewer.engine.levels import bin_count, bin_samples
from viewer.engine.pyramid import builder, open_pyramid
from viewer.engine.pyramid.files import ArrayFile
from viewer.engine.pyramid.identity import Identity
from viewer.engine.pyramid.places import beside, in_cache

CHANNELS = 4
LAYOUT = ("--n-channels", CHANNELS, "--rate", 30000)
OPTIONS = {"n_channels": CHANNELS, "sampling_rate": 30000.0}
SAMPLES = 2_000_000  # 21 blocks

SLOWLY = """
import time
from viewer.engine.pyramid import builder
from viewer.engine.pyramid.files import ArrayFile

write = ArrayFile.write

def in_halves(self, first, rows):
    write(self, first, rows[: len(rows) // 2])
    time.sleep(0.005)
    write(self, first + len(rows) // 2, rows[len(rows) // 2 :])

ArrayFile.write = in_halves
builder.BATCH_BYTES = 1 << 16
from viewer.app import main
main()
"""


def write_flat(path, samples=SAMPLES, seed=0):
    """Write random samples, with a few that stand out."""
    rng = np.random.default_rng(seed)
    data = rng.integers(-900, 900, (samples, CHANNELS), np.int16)
    data[rng.integers(0, samples, 50), rng.integers(0, CHANNELS, 50)] = 32767
    data[rng.integers(0, samples, 50), rng.integers(0, CHANNELS, 50)] = -32768
    data.tofile(path)
    return path


def span_of(samples, count):
    """Return least and greatest of each `count` samples, the slow and plain way."""
    bins = [samples[i : i + count] for i in range(0, len(samples), count)]
    return np.stack([[b.min(axis=0), b.max(axis=0)] for b in bins])


def assert_index_is_right(folder, reader):
    """Check every row of every level against the samples."""
    pyramid = open_pyramid(folder, reader, Identity.of(reader), writable=False)
    assert pyramid is not None and pyramid.complete
    for stream, store in pyramid.streams.items():
        for run, place in enumerate(store.layout.runs):
            samples = reader.get_analogsignal_chunk(
                place.block, place.segment, 0, place.size, stream_index=stream
            )
            levels = store.layout.levels_of(run)
            assert levels[0] == 6
            for level in levels:
                rows, there = store.read(run, level, 0, bin_count(place.size, level))
                assert there.all(), (level, np.flatnonzero(~there))
                np.testing.assert_array_equal(rows, span_of(samples, bin_samples(level)))


def flat_reader(path):
    return open_recording(path, **OPTIONS)


def cached(path):
    return in_cache(Identity.of(flat_reader(path)))


def in_process(*arguments):
    return CliRunner().invoke(app, ["index", *map(str, arguments)])


def start(path, *arguments):
    """Start an indexing process that writes each range of rows in two halves, a while apart."""
    command = [sys.executable, "-c", SLOWLY, "index", path, *LAYOUT, *arguments]
    return subprocess.Popen(
        [str(part) for part in command], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def share_done(folder, path):
    reader = flat_reader(path)
    pyramid = open_pyramid(folder, reader, Identity.of(reader), writable=False)
    return 0.0 if pyramid is None else float(pyramid.streams[0].all_done().mean())


def wait_until_more(folder, path, share):
    end = time.monotonic() + 30
    while share_done(folder, path) <= share:
        assert time.monotonic() < end
        time.sleep(0.01)


# -- what is built ---------------------------------------------------------------------------------


def test_all_rows_and_the_line(tmp_path):
    path = write_flat(tmp_path / "long day.dat")
    done = rawscope("index", path, *LAYOUT)
    assert (done.returncode, done.stderr) == (0, "")
    assert_index_is_right(cached(path), flat_reader(path))
    line = re.fullmatch(
        r"(.*): (.* MB), index (.* kB), ([\d.]+) s, ([\d.e-]+) GB/s, in (.*)\n", done.stdout
    )
    assert line[1] == str(path) and line[2] == size_text(path.stat().st_size)
    kilobytes = float(line[3].split()[0]) / path.stat().st_size * 1e3
    assert 0.027 < kilobytes < 0.03
    assert line[6] == str(cached(path))
    again = rawscope("index", path, *LAYOUT)
    assert again.returncode == 0 and "was complete" in again.stdout and "GB/s" not in again.stdout


def test_streams_of_several_rates(tmp_path):
    path = Path(shutil.copy(PLX, tmp_path))
    assert in_process(path).exit_code == 0
    reader = open_recording(path)
    assert reader.signal_streams_count() > 1
    assert_index_is_right(in_cache(Identity.of(reader)), reader)


def test_where(tmp_path):
    path = write_flat(tmp_path / "a.dat")
    kept = beside(Identity.of(flat_reader(path)))
    assert kept == tmp_path / "a.dat.rawscope"
    assert in_process(path, *LAYOUT, "--where", "beside").exit_code == 0
    assert_index_is_right(kept, flat_reader(path))
    assert not cached(path).exists()
    assert f"was complete, in {kept}" in in_process(path, *LAYOUT).stdout
    done = in_process(path, *LAYOUT, "--where", "cache")
    assert "was complete" not in done.stdout and str(cached(path)) in done.stdout
    assert_index_is_right(cached(path), flat_reader(path))


def test_force(tmp_path):
    path = write_flat(tmp_path / "a.dat")
    in_process(path, *LAYOUT, "--where", "beside")
    kept = tmp_path / "a.dat.rawscope"
    rows = np.load(kept / "stream0-level6.npy", mmap_mode="r+")
    rows[100] = 5
    rows.flush()
    assert "was complete" in in_process(path, *LAYOUT).stdout
    done = in_process(path, *LAYOUT, "--force")
    assert done.exit_code == 0 and f"GB/s, in {kept}" in done.stdout
    assert_index_is_right(kept, flat_reader(path))
    assert not cached(path).exists()


def test_a_cut_index(tmp_path):
    path = write_flat(tmp_path / "a.dat")
    in_process(path, *LAYOUT)
    os.truncate(cached(path) / "stream0-level6-sums.npy", 200)
    assert in_process(path, *LAYOUT, "--force").exit_code == 0
    assert_index_is_right(cached(path), flat_reader(path))


@pytest.mark.parametrize(
    ("error", "said"),
    [(ValueError("level 6: cut"), "(level 6: cut); --force"), (OSError(5, "I/O error"), "I/O err")],
)
def test_an_index_that_fails_meanwhile(tmp_path, monkeypatch, error, said):
    def fail(*_):
        raise error

    monkeypatch.setattr(indexing, "Pyramid", fail)
    done = in_process(write_flat(tmp_path / "a.dat"), *LAYOUT)
    assert done.exit_code == 2 and said in done.stderr and done.stderr.count("\n") == 1


def test_several_files_with_a_bad_one_and_a_short_one(tmp_path):
    first, last = write_flat(tmp_path / "first.dat"), write_flat(tmp_path / "last.dat", seed=1)
    short = write_flat(tmp_path / "short.dat", samples=6000)
    (tmp_path / "empty.dat").touch()
    done = rawscope("index", first, tmp_path / "empty.dat", tmp_path / "no", short, last, *LAYOUT)
    assert done.returncode == 2
    assert len(done.stderr.splitlines()) == 2
    assert "empty.dat" in done.stderr and f"{tmp_path / 'no'}: no such file" in done.stderr
    lines = done.stdout.splitlines()
    assert [line.split(":")[0] for line in lines] == [str(first), str(short), str(last)]
    assert lines[1].endswith("is too short to need an index.")
    for path in (first, last):
        assert_index_is_right(cached(path), flat_reader(path))
    assert in_process(short, *LAYOUT).exit_code == 0


def test_a_folder(tmp_path):
    for name in ("one.plx", "two.plx"):
        shutil.copy(PLX, tmp_path / name)
    done = in_process(tmp_path)
    assert done.exit_code == 0
    assert [line.split(":")[0] for line in done.stdout.splitlines()] == [
        str(tmp_path / "one.plx"),
        str(tmp_path / "two.plx"),
    ]
    one = in_process(tmp_path, "--recording", "two.plx")
    assert one.stdout.count("\n") == 1 and "was complete" in one.stdout


# -- stopped and resumed ---------------------------------------------------------------------------


def test_killed_at_any_moment(tmp_path):
    path = write_flat(tmp_path / "a.dat")
    rng, shares = random.Random(0), [0.0]
    for _ in range(4):
        process = start(path, "--jobs", 2)
        wait_until_more(cached(path), path, shares[-1])
        time.sleep(rng.uniform(0, 0.05))
        process.kill()
        process.communicate()
        assert process.returncode == -signal.SIGKILL
        shares.append(share_done(cached(path), path))
    assert shares == sorted(shares) and 0 < shares[-1] < 1
    done = rawscope("index", path, *LAYOUT)
    assert done.returncode == 0
    assert f"{path}: resumed at " in done.stderr
    assert_index_is_right(cached(path), flat_reader(path))


def test_ctrl_c(tmp_path):
    path = write_flat(tmp_path / "a.dat")
    process = start(path, "--jobs", 1)
    wait_until_more(cached(path), path, 0)
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=20)
    assert process.returncode == 130 and "Traceback" not in said
    found = re.fullmatch(
        r"rawscope: (.*): stopped at (\d+) %; the same command goes on from there.\n", said
    )
    assert found[1] == str(path) and 0 <= int(found[2]) < 100
    share = share_done(cached(path), path)
    done = in_process(path, *LAYOUT)
    assert done.exit_code == 0
    resumed = int(re.search(r"resumed at (\d+) %", done.stderr)[1])
    assert resumed == int(found[2]) and abs(resumed - 100 * share) < 2
    assert_index_is_right(cached(path), flat_reader(path))


# -- what stands in the way ------------------------------------------------------------------------


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EROFS])
def test_a_disk_that_takes_no_more(tmp_path, monkeypatch, number):
    path = write_flat(tmp_path / "a.dat")
    real, left = ArrayFile.write, [30]

    def write(self, first, rows):
        left[0] -= 1
        if left[0] < 0:
            raise OSError(number, os.strerror(number))
        real(self, first, rows)

    with monkeypatch.context() as patch:
        patch.setattr(ArrayFile, "write", write)
        patch.setattr(builder, "BATCH_BYTES", 1 << 16)
        done = in_process(path, *LAYOUT, "--jobs", 1)
    assert done.exit_code == 2 and done.stdout == ""
    first, second = done.stderr.splitlines()
    assert (
        first == f"rawscope: {cached(path)}: the index cannot be written ({os.strerror(number)})."
    )
    assert re.search(r"gave up at [1-9]\d* %; the same command goes on from there", second)
    assert in_process(path, *LAYOUT).exit_code == 0
    assert_index_is_right(cached(path), flat_reader(path))


def test_no_place_for_it(tmp_path, monkeypatch):
    path = write_flat(tmp_path / "a.dat")
    (tmp_path / "file").touch()
    monkeypatch.setenv("RAWSCOPE_CACHE_DIR", str(tmp_path / "file"))
    done = in_process(path, *LAYOUT)
    assert done.exit_code == 2
    assert "an index cannot be kept here (Not a directory)" in done.stderr
    assert done.stderr.count("\n") == 1


def test_a_place_that_cannot_be_read(tmp_path, monkeypatch):
    path = write_flat(tmp_path / "a.dat")
    real = RawBinaryRawIO.get_analogsignal_chunk

    def chunk(self, block=0, segment=0, i_start=0, i_stop=None, **options):
        if i_start <= 700_000 < (i_stop or 0):
            raise UnreadableFileError(f"{path}: a bad sector.")
        return real(self, block, segment, i_start, i_stop, **options)

    with monkeypatch.context() as patch:
        patch.setattr(RawBinaryRawIO, "get_analogsignal_chunk", chunk)
        patch.setattr(builder, "BATCH_BYTES", 1 << 16)
        done = in_process(path, *LAYOUT)
    assert done.exit_code == 2
    first, second = done.stderr.splitlines()
    assert "a place that cannot be read" in first and "a bad sector" in first
    assert re.search(r"the index is complete but for 786 kB of 16 MB", second)
    assert share_done(cached(path), path) == 20 / 21
    assert in_process(path, *LAYOUT).exit_code == 0
    assert_index_is_right(cached(path), flat_reader(path))


@pytest.mark.skipif(not hasattr(os, "openpty"), reason="the system has no pseudo-terminals")
def test_a_bar_on_a_terminal(tmp_path):
    path = write_flat(tmp_path / "a.dat")
    ours, theirs = os.openpty()
    done = subprocess.run(
        [sys.executable, "-m", "viewer", "index", path, *map(str, LAYOUT)],
        stderr=theirs,
        stdout=subprocess.PIPE,
        env={**os.environ, "TERM": "xterm", "COLUMNS": "200"},
        timeout=60,
    )
    os.close(theirs)
    drawn = os.read(ours, 1 << 16).decode()
    os.close(ours)
    assert done.returncode == 0 and done.stdout.decode().startswith(str(path))
    assert "a.dat" in drawn and "/16.0 MB" in drawn and "━" in drawn


# -- the page about it -----------------------------------------------------------------------------


def page_commands():
    """Return the words of each rawscope command that the page shows."""
    page = (Path(__file__).parents[2] / "docs" / "index.md").read_text(encoding="utf-8")
    blocks = re.findall(r"```console\n(.*?)```", page, re.S)
    lines = [line.split("  #")[0] for block in blocks for line in block.splitlines()]
    return [shlex.split(line[2:]) for line in lines if line.startswith("$ rawscope")]


def test_the_commands_of_the_page(tmp_path, monkeypatch):
    shutil.copy(PLX, tmp_path / "recording.plx")
    monkeypatch.chdir(tmp_path)
    commands = [words for words in page_commands() if "--dask" not in words]
    assert len(commands) >= 4
    for _, *words in commands:
        done = CliRunner().invoke(app, words)
        assert done.exit_code == 0, (words, done.stderr)
        assert done.stdout.strip()
