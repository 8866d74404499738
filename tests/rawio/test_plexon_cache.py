"""The cache of indexes: used when it is sound, rebuilt in silence when it is anything else."""

import json
import mmap
import os
import shutil
import subprocess
import sys
import textwrap
from pathlib import Path

import numpy as np
import pytest

from rawio import cache
from rawio.plexon import index as indexing
from rawio.plexon import scan
from tests.rawio.plexon_files import opened, ramp, slow, spike
from tests.writers.plx import (
    EventBlock,
    EventChannel,
    FileHeader,
    RawBlock,
    SpikeBlock,
    interleave,
    slow_blocks,
    write_plx,
)

ROOT = Path(__file__).resolve().parents[2]


def write(path, seed=0, seconds=2):
    rng = np.random.default_rng(seed)
    n = 1000 * seconds
    blocks = interleave(
        slow_blocks(0, ramp(n // 2, seed), 0, 40),
        slow_blocks(0, ramp(n // 2, seed + 1), n * 80, 40),
        slow_blocks(1, ramp(n // 2, seed + 2), 0, 40),
        [SpikeBlock(int(t), 1, int(t) % 3, ramp(8, t)) for t in rng.integers(0, n * 40, 300)],
        [EventBlock(int(t), 3, int(t) % 90) for t in rng.integers(0, n * 40, 20)],
        [RawBlock(2, 5, 0, 0, 1, 2, b"abcd")],
    )
    channels = [spike(1)], [EventChannel("E", 3)], [slow(0), slow(1)]
    write_plx(path, FileHeader(), *channels, blocks)


@pytest.fixture
def recording(tmp_path):
    path = tmp_path / "some recording.plx"
    write(path)
    return path


@pytest.fixture
def scans(monkeypatch):
    """Count the scans from here on."""
    calls = []
    real = scan.scan_blocks

    def counting(*args, **kwargs):
        calls.append(args)
        return real(*args, **kwargs)

    monkeypatch.setattr(scan, "scan_blocks", counting)
    return calls


def contents(reader):
    """Everything a reader gives, to compare readers by."""
    out = [repr(reader.header), list(reader.warnings)]
    for seg in range(reader.segment_count(0)):
        out += [reader.segment_t_start(0, seg), reader.segment_t_stop(0, seg)]
        for stream in range(reader.signal_streams_count()):
            out.append(reader.get_signal_t_start(0, seg, stream))
            out.append(reader.get_analogsignal_chunk(0, seg, stream_index=stream).tolist())
        for u in range(reader.unit_channels_count()):
            out.append(reader.spike_timestamps(0, seg, u).tolist())
            out.append(reader.spike_raw_waveforms(0, seg, u).tolist())
        for e in range(reader.event_channels_count()):
            times, _, labels = reader.event_timestamps(0, seg, e)
            out += [times.tolist(), labels.tolist()]
    return out


def entries(folder):
    return sorted(p for p in (folder / "plexon").glob("*") if p.is_dir())


def test_the_second_opening_does_not_scan(recording, cache_folder, monkeypatch):
    expected = contents(opened(recording, use_cache=False))
    assert not any(cache_folder.iterdir())
    assert contents(opened(recording, use_cache=True)) == expected

    def refuse(*args, **kwargs):
        raise AssertionError("scanned again")

    monkeypatch.setattr(scan, "scan_blocks", refuse)
    reader = opened(recording, use_cache=True)
    assert contents(reader) == expected
    assert len(reader.warnings) == 1
    with pytest.raises(AssertionError, match="scanned again"):
        opened(recording, use_cache=False)


def test_the_cache_is_plain_arrays_and_json(recording, cache_folder):
    opened(recording, use_cache=True)
    (entry,) = entries(cache_folder)
    names = {f"{name}.npy" for name in indexing.ARRAYS} | {"index.json"}
    assert {p.name for p in entry.iterdir()} == names
    for name in indexing.ARRAYS:
        np.load(entry / f"{name}.npy", allow_pickle=False)
    body = json.loads((entry / "index.json").read_text())["body"]
    stat = recording.stat()
    assert body["identity"]["fingerprint"]["size"] == stat.st_size
    assert body["identity"]["fingerprint"]["mtime_ns"] == stat.st_mtime_ns


@pytest.mark.parametrize("change", ["rewritten", "touched", "longer", "one byte, same time"])
def test_a_changed_recording_is_scanned_again(recording, cache_folder, scans, change):
    opened(recording, use_cache=True)
    stat = recording.stat()
    data = bytearray(recording.read_bytes())
    if change == "rewritten":
        write(recording, seed=7)
    elif change == "touched":
        os.utime(recording, ns=(stat.st_atime_ns, stat.st_mtime_ns + 1))
    elif change == "longer":
        recording.write_bytes(data + data[-36:])
    else:
        data[140 + 7504] ^= 1  # in a channel header
        recording.write_bytes(data)
        os.utime(recording, ns=(stat.st_atime_ns, stat.st_mtime_ns))
    assert contents(opened(recording, use_cache=True)) == contents(opened(recording))
    assert len(scans) == 3  # first opening, second opening, and the one without the cache
    assert len(entries(cache_folder)) == 1  # the index of what it was before is gone


FILES = [*(f"{name}.npy" for name in indexing.ARRAYS), "index.json"]


@pytest.mark.parametrize("name", FILES)
def test_damage_to_any_cache_file_is_noticed(recording, cache_folder, scans, name):
    expected = contents(opened(recording, use_cache=True))
    (entry,) = entries(cache_folder)
    sound = (entry / name).read_bytes()
    rng = np.random.default_rng(len(name))
    damaged = [b"", sound[:-1], sound[: len(sound) // 2], sound + b"\0", b"\0" * len(sound)]
    for at in [*rng.integers(0, len(sound), 12).tolist(), 0, len(sound) - 1]:
        flipped = bytearray(sound)
        flipped[at] ^= 1 << int(rng.integers(8))
        damaged.append(bytes(flipped))
    for i, bad in enumerate([*damaged, None]):
        if bad is None:
            (entry / name).unlink()
        else:
            (entry / name).write_bytes(bad)
        before = len(scans)
        assert contents(opened(recording, use_cache=True)) == expected
        # White space and the like in index.json may change without changing what it says.
        rebuilt = len(scans) > before
        assert rebuilt or (name == "index.json" and json.loads(bad) == json.loads(sound)), i
        assert (entry / name).read_bytes() == sound or not rebuilt
        (entry / name).write_bytes(sound)
        assert entries(cache_folder) == [entry]


def test_an_entry_of_another_recording_or_version_is_not_trusted(
    tmp_path, recording, cache_folder, scans, monkeypatch
):
    other = tmp_path / "other.plx"
    write(other, seed=3)
    opened(recording, use_cache=True)
    (entry,) = entries(cache_folder)
    opened(other, use_cache=True)
    (foreign,) = [e for e in entries(cache_folder) if e != entry]
    shutil.rmtree(entry)
    shutil.copytree(foreign, entry)
    assert contents(opened(recording, use_cache=True)) == contents(opened(recording))
    assert len(scans) == 4
    monkeypatch.setattr("rawio.plexon.reader.INDEX_VERSION", 99)
    opened(recording, use_cache=True)
    assert len(scans) == 5


def test_facts_that_were_changed_are_noticed(recording, cache_folder, scans):
    opened(recording, use_cache=True)
    (entry,) = entries(cache_folder)
    description = json.loads((entry / "index.json").read_text())
    description["body"]["facts"]["unknown_blocks"] += 1
    (entry / "index.json").write_text(json.dumps(description))
    assert "1 blocks are of types" in opened(recording, use_cache=True).warnings[0]
    assert len(scans) == 2


def test_files_that_are_no_index_at_all(recording, cache_folder):
    expected = contents(opened(recording, use_cache=True))
    (entry,) = entries(cache_folder)
    for text in ("", "[]", "{}", '{"body": 3, "digest": "x"}', "nan", '"a"', "{" * 5000):
        (entry / "index.json").write_text(text)
        assert contents(opened(recording, use_cache=True)) == expected
    shutil.rmtree(entry)
    entry.write_text("a file where a folder should be")
    assert contents(opened(recording, use_cache=True)) == expected


def test_a_cache_that_cannot_be_written_is_no_error(recording, cache_folder, monkeypatch, scans):
    in_the_way = cache_folder / "file"
    in_the_way.touch()
    monkeypatch.setenv("RAWSCOPE_CACHE_DIR", str(in_the_way / "sub"))
    expected = contents(opened(recording))
    for _ in range(2):
        reader = opened(recording, use_cache=True)
        assert contents(reader) == expected
    assert len(scans) == 3


@pytest.mark.parametrize("where", ["mkdtemp", "save", "rename"])
def test_a_full_disk_is_no_error_and_leaves_nothing(recording, cache_folder, monkeypatch, where):
    def full(*args, **kwargs):
        raise OSError(28, "No space left on device")

    if where == "mkdtemp":
        monkeypatch.setattr(cache.tempfile, "mkdtemp", full)
    elif where == "save":
        real, calls = np.save, []

        def third_fails(*args, **kwargs):
            calls.append(args)
            return full() if len(calls) == 3 else real(*args, **kwargs)

        monkeypatch.setattr(np, "save", third_fails)
    else:
        monkeypatch.setattr(Path, "rename", full)
    assert contents(opened(recording, use_cache=True)) == contents(opened(recording))
    assert list((cache_folder / "plexon").iterdir()) == []


def small_chunks(monkeypatch):
    monkeypatch.setattr(scan.scan_blocks, "__defaults__", (1024, 256))
    monkeypatch.setattr(indexing, "SPILL_BYTES", 500)
    monkeypatch.setattr(indexing.runs, "COLUMN_BYTES", 500)


def test_large_columns_are_built_in_temporary_files(recording, monkeypatch):
    expected = contents(opened(recording))
    monkeypatch.setattr(indexing.runs, "COLUMN_BYTES", 500)
    reader = opened(recording)
    assert contents(reader) == expected
    column = reader._index.tick
    while isinstance(column.base, np.ndarray):
        column = column.base
    assert isinstance(column.base, mmap.mmap)


def test_records_go_to_disk_when_there_are_many(recording, monkeypatch):
    expected = contents(opened(recording))
    small_chunks(monkeypatch)
    written = []
    real = indexing._write_all
    monkeypatch.setattr(
        indexing, "_write_all", lambda file, chunk: (written.append(len(chunk)), real(file, chunk))
    )
    assert contents(opened(recording)) == expected
    assert sum(written) > 200


def test_records_stay_in_memory_when_there_is_no_room_on_disk(recording, monkeypatch):
    expected = contents(opened(recording))
    small_chunks(monkeypatch)

    def full(*args, **kwargs):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(indexing.tempfile, "TemporaryFile", full)
    assert contents(opened(recording)) == expected


def test_a_disk_that_is_full_for_a_while(recording, monkeypatch):
    expected = contents(opened(recording))
    small_chunks(monkeypatch)
    real, calls = indexing._write_all, []

    def full_at_times(file, chunk):
        calls.append(chunk)
        if len(calls) in (2, 3, 6):
            file.write(b"half of it")
            raise OSError(28, "No space left on device")
        real(file, chunk)

    monkeypatch.setattr(indexing, "_write_all", full_at_times)
    assert contents(opened(recording)) == expected
    assert len(calls) > 6


def run(code, *args, **environment):
    return subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(code), *map(str, args)],
        cwd=ROOT,
        env=os.environ | environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


OPEN = """
    import sys
    from rawio import PlexonRawIO
    for _ in range(20):
        reader = PlexonRawIO(sys.argv[1])
        reader.parse_header()
        print(reader.get_signal_size(0, 0, 0), reader.spike_count(), len(reader.warnings))
        if sys.argv[2] == "drop":
            import shutil
            shutil.rmtree(sys.argv[3], ignore_errors=True)
"""


def test_processes_building_at_once_do_not_hurt_each_other(recording, cache_folder):
    reader = opened(recording)
    line = f"{reader.get_signal_size(0, 0, 0)} {reader.spike_count()} {len(reader.warnings)}\n"
    how = ["keep", "drop", "keep", "drop"]
    processes = [run(OPEN, recording, h, cache_folder / "plexon") for h in how]
    for process in processes:
        out, err = process.communicate(timeout=120)
        assert process.returncode == 0, err
        assert out == line * 20
    opened(recording, use_cache=True)
    assert len(entries(cache_folder)) == 1


KILLED = """
    import os, signal, sys
    from pathlib import Path
    from rawio import PlexonRawIO, cache
    real, left = cache._save_array, int(sys.argv[2])
    def save(folder, name, array):
        global left
        left -= 1
        if left < 0:
            (folder / f"{name}.npy").write_bytes(b"half of it")
            os.kill(os.getpid(), signal.SIGKILL)
        return real(folder, name, array)
    cache._save_array = save
    rename = Path.rename
    def killed_before_rename(self, target):
        if left == 0 and self.name.startswith(".building-"):
            os.kill(os.getpid(), signal.SIGKILL)
        return rename(self, target)
    Path.rename = killed_before_rename
    PlexonRawIO(sys.argv[1]).parse_header()
"""


@pytest.mark.skipif(not hasattr(__import__("signal"), "SIGKILL"), reason="there is no kill -9")
@pytest.mark.parametrize("saved", [0, 3, len(indexing.ARRAYS) - 1, len(indexing.ARRAYS)])
def test_a_killed_process_leaves_no_trusted_half(
    recording, cache_folder, scans, saved, monkeypatch
):
    process = run(KILLED, recording, saved)
    process.communicate(timeout=60)
    assert process.returncode == -9
    left = entries(cache_folder)
    assert [p.name.startswith(".building-") for p in left] == [True]
    assert contents(opened(recording, use_cache=True)) == contents(opened(recording))
    assert len(scans) == 2
    # What it left is removed once it is a day old.
    assert left[0].exists()
    monkeypatch.setattr(cache, "ABANDONED_SECONDS", -1)
    os.utime(recording, ns=(1, 1))
    opened(recording, use_cache=True)
    assert not left[0].exists()
    assert len(entries(cache_folder)) == 1


def test_where_the_cache_is(monkeypatch, tmp_path):
    monkeypatch.setenv("RAWSCOPE_CACHE_DIR", str(tmp_path / "x"))
    assert cache.cache_dir() == tmp_path / "x"
    monkeypatch.delenv("RAWSCOPE_CACHE_DIR")
    if sys.platform.startswith("linux"):
        monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "y"))
        assert cache.cache_dir() == tmp_path / "y" / "rawscope"
    assert cache.cache_dir().name == "rawscope"


def test_reading_needs_platformdirs_only_for_the_cache():
    code = """
        import sys
        sys.modules["platformdirs"] = None
        import rawio
        reader = rawio.PlexonRawIO(sys.argv[1], use_cache=False)
        try:
            reader.parse_header()
        except rawio.MissingFileError:
            print("fine")
    """
    out, err = run(code, "nothing.plx").communicate(timeout=60)
    assert out == "fine\n", err
