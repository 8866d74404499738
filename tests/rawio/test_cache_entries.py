"""What is in the cache: whose it is, how large, and what is removed of it and what never is."""

import json
import os
import shutil
import time

import numpy as np
import pytest

from rawio import RawIOError, cache_entries, open_recording
from rawio.cache import ABANDONED_SECONDS, CacheEntry, fingerprint
from rawio.cache_entries import (
    CacheRemovalError,
    cached_indexes,
    disk_bytes,
    indexes_of,
    leftovers,
    remove,
)
from rawio.files import RawFile
from sample_data import make_sample_data as sample
from tests.readers import noise
from tests.writers import nsx, spikeglx
from tests.writers.nev import Electrode, random_spikes, write_nev

HASHES = f"{'0123456789abcdef'}-{'f' * 16}"


def keep(path, kind="plexon", content=b"some bytes", n=10_000):
    """Store an index of a recording, which is written if it is not there; return its folder."""
    if not path.exists():
        path.write_bytes(content)
    entry = CacheEntry(kind, 1, path, fingerprint(RawFile(path), 4))
    assert entry.store({"ticks": np.arange(n)}, {"n": n})
    return entry._folder()


def pyramid(cache_folder, path, name="a-pyramid"):
    """Write what is kept of a recording in another way, with holes in its files."""
    folder = cache_folder / "pyramid" / name
    (folder / "level").mkdir(parents=True)
    (folder / "index.json").write_text(json.dumps({"body": {"path": str(path), "more": 1}}))
    with (folder / "level" / "0.npy").open("wb") as file:
        file.write(b"x" * 5000)
        file.truncate(100 << 20)
    return folder


def aged(folder, seconds=ABANDONED_SECONDS + 60):
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "ticks.npy").write_bytes(b"abc")
    at = time.time() - seconds
    os.utime(folder, (at, at))
    return folder


def everything(folder):
    return sorted(p.relative_to(folder).as_posix() for p in folder.rglob("*"))


def folders(entries):
    return [entry.folder for entry in entries]


# -- what is there ---------------------------------------------------------------------------------


def test_no_cache_and_an_empty_one(cache_folder, monkeypatch):
    assert cached_indexes() == [] == leftovers()
    monkeypatch.setenv("RAWSCOPE_CACHE_DIR", str(cache_folder / "none"))
    assert cached_indexes() == [] == leftovers()
    assert not (cache_folder / "none").exists()


def test_a_reader_says_whose_its_index_is(tmp_path, cache_folder, monkeypatch):
    shutil.copy(sample.HERE / sample.PLX_NAME, tmp_path / "a b.plx")
    monkeypatch.chdir(tmp_path)
    before = time.time() - 5
    open_recording("a b.plx")
    (entry,) = cached_indexes()
    assert entry.folder.parent == cache_folder / "plexon"
    assert (entry.kind, entry.recording) == ("plexon", tmp_path / "a b.plx")
    assert before < entry.last_used < time.time() + 5
    assert not entry.is_orphan
    (tmp_path / "a b.plx").unlink()
    assert entry.is_orphan


def test_the_path_does_not_tell_what_an_index_is_of(tmp_path):
    folder = keep(tmp_path / "a.plx")
    text = (folder / "index.json").read_text()
    body = json.loads(text)["body"]
    assert body["path"] == str(tmp_path / "a.plx")
    assert "path" not in body["identity"]


def test_opening_again_is_a_use(tmp_path):
    path = tmp_path / "a.plx"
    folder = keep(path)
    os.utime(folder / "index.json", (1e9, 1e9))
    assert cached_indexes()[0].last_used == 1e9
    now = time.time()
    found = CacheEntry("plexon", 1, path, fingerprint(RawFile(path), 4)).load()
    assert found is not None and found[1] == {"n": 10_000}
    assert abs(cached_indexes()[0].last_used - now) < 60


def test_sizes_are_what_the_disk_gives(tmp_path, cache_folder):
    folder = keep(tmp_path / "a.plx")
    blocks = sum(p.stat().st_blocks for p in folder.iterdir())
    assert cached_indexes()[0].nbytes == 512 * blocks == disk_bytes(folder)
    assert disk_bytes(folder) >= 80_000
    hollow = pyramid(cache_folder, tmp_path / "b.plx")
    (entry,) = (e for e in cached_indexes() if e.kind == "pyramid")
    assert entry.folder == hollow
    files = [hollow / "index.json", hollow / "level" / "0.npy"]
    assert entry.nbytes == sum(512 * p.stat().st_blocks for p in files)
    assert 5000 < entry.nbytes < 1 << 20 < files[1].stat().st_size


def test_sizes_where_blocks_are_not_counted(tmp_path, monkeypatch):
    folder = keep(tmp_path / "a.plx")

    class Status:
        def __init__(self, path):
            self.st_size = os.stat(path).st_size

    monkeypatch.setattr(cache_entries.os, "lstat", Status)
    assert disk_bytes(folder) == sum(p.stat().st_size for p in folder.iterdir())


def test_entries_are_by_recording_and_kind(tmp_path, cache_folder):
    keep(tmp_path / "b.plx", "spikeglx")
    keep(tmp_path / "b.plx", "blackrock")
    keep(tmp_path / "a.plx", "plexon")
    pyramid(cache_folder, tmp_path / "b.plx")
    assert [(e.recording.name, e.kind) for e in cached_indexes()] == [
        ("a.plx", "plexon"),
        ("b.plx", "blackrock"),
        ("b.plx", "pyramid"),
        ("b.plx", "spikeglx"),
    ]


@pytest.mark.parametrize("damage", [b"", b"{", b"[1]", b"\xff\xfe", b"[" * 100_000, b'{"body": 3}'])
def test_a_damaged_entry_is_known_by_its_name(tmp_path, damage):
    folder = keep(tmp_path / "a.plx")
    (folder / "index.json").write_bytes(damage)
    (entry,) = cached_indexes()
    assert (entry.folder, entry.recording, entry.is_orphan) == (folder, None, False)
    assert indexes_of(tmp_path / "a.plx", [entry]) == []
    remove(entry.folder)
    assert not folder.exists()


def test_odd_names(tmp_path):
    for name in ["Größe µ 日本.plx", os.fsdecode(b"no utf-8 \xff.plx"), "two\nlines.plx"]:
        try:
            folder = keep(tmp_path / name)
        except OSError:
            continue  # this file system has no such names
        (entry,) = cached_indexes()
        assert entry.recording == tmp_path / name
        assert folders(indexes_of(tmp_path / name, [entry])) == [folder]
        remove(folder)


def test_a_cache_that_cannot_be_listed(cache_folder, monkeypatch):
    (cache_folder / "file").write_bytes(b"x")
    monkeypatch.setenv("RAWSCOPE_CACHE_DIR", str(cache_folder / "file"))
    for call in (cached_indexes, leftovers):
        with pytest.raises(RawIOError, match=r"file: cannot be listed \(Not a directory\)"):
            call()


# -- what is not ours ------------------------------------------------------------------------------


def test_a_folder_named_by_mistake_holds_no_entries(cache_folder):
    """Neither other programs' files, nor links to what lies elsewhere."""
    for where, content in {
        "index.json": {"body": {"path": "/a"}},
        "kind/index.json": {"body": {"path": "/a"}},
        "web/page/index.json": {"name": "page", "path": "/a"},
        "web/other/index.json": {"body": {"path": "no/absolute/path"}},
        "web/third/index.json": {"body": {"identity": {"format": "other"}}},
        "deep/er/than/index.json": {"body": {"path": "/a"}},
    }.items():
        (cache_folder / where).parent.mkdir(parents=True, exist_ok=True)
        (cache_folder / where).write_text(json.dumps(content))
    (cache_folder / "kind" / f"a-{HASHES}").mkdir()  # without an index
    (cache_folder / "kind" / f"b-{HASHES}").write_text("a file")
    aged(cache_folder / "web" / "page-replaced")
    aged(cache_folder / ".building-abcdefgh")
    aged(cache_folder / "web" / "x.building-abcdefgh")
    assert cached_indexes() == [] == leftovers()


def test_links_are_not_followed(tmp_path, cache_folder):
    folder = keep(tmp_path / "a.plx")
    away = tmp_path / "away" / "plexon"
    shutil.copytree(folder, away / f"a-{HASHES}")
    shutil.copytree(folder, away / ".building-abcdefgh")
    aged(away / ".building-abcdefgh")
    (cache_folder / "kind").symlink_to(away)
    (cache_folder / "plexon" / f"c-{HASHES}").symlink_to(away / f"a-{HASHES}")
    (cache_folder / "plexon" / ".building-12345678").symlink_to(away / ".building-abcdefgh")
    linked = cache_folder / "plexon" / f"d-{HASHES}"
    linked.mkdir()
    (linked / "index.json").symlink_to(folder / "index.json")
    assert folders(cached_indexes()) == [folder]
    assert leftovers() == []


def test_links_within_an_entry_are_removed_not_followed(tmp_path):
    folder = keep(tmp_path / "a.plx")
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "work.txt").write_text("years")
    (folder / "link").symlink_to(tmp_path / "mine")
    (folder / "other").symlink_to(tmp_path / "a.plx")
    assert disk_bytes(folder) < 200_000
    remove(folder)
    assert not folder.exists()
    assert everything(tmp_path) == ["a.plx", "mine", "mine/work.txt"]


# -- leftovers -------------------------------------------------------------------------------------


def test_what_killed_processes_left_a_day_ago(tmp_path, cache_folder):
    kept = keep(tmp_path / "a.plx")
    old = [
        aged(kept.with_name(".building-abc_1234")),
        aged(kept.with_name(".building-abc_1234-replaced")),
        aged(kept.with_name(f"a-{HASHES}-replaced")),
    ]
    young = [
        aged(kept.with_name(".building-younger1"), ABANDONED_SECONDS - 60),
        aged(kept.with_name(f"b-{HASHES}-replaced"), 10),
    ]
    for folder in (old[0], young[0], old[2]):  # whole but for the name
        shutil.copy(kept / "index.json", folder)
    for folder, seconds in ((old[0], 1e5), (young[0], 10), (old[2], 1e5)):
        os.utime(folder, (time.time() - seconds,) * 2)
    assert leftovers() == sorted(old)
    assert folders(cached_indexes()) == [kept]


# -- whose it is -----------------------------------------------------------------------------------


def test_a_recording_by_its_path_in_any_spelling(tmp_path, cache_folder, monkeypatch):
    a, b = keep(tmp_path / "a.plx"), keep(tmp_path / "ab.plx")
    c = pyramid(cache_folder, tmp_path / "a.plx")
    entries = cached_indexes()
    monkeypatch.chdir(tmp_path)
    (tmp_path / "link.plx").symlink_to(tmp_path / "a.plx")
    for spelling in ("a.plx", "./a.plx", f"../{tmp_path.name}/a.plx", tmp_path / "link.plx"):
        assert set(folders(indexes_of(spelling, entries))) == {a, c}
    assert folders(indexes_of("ab.plx", entries)) == [b]
    for other in ("b.plx", "a", "A.PLX", tmp_path / "a.plx" / "x", "", "a\0b", "x" * 5000):
        found = indexes_of(other, entries)
        assert found == ([] if other else entries)  # nothing is the folder one is in


def test_a_folder_stands_for_all_that_is_in_it(tmp_path, cache_folder):
    (tmp_path / "day" / "late").mkdir(parents=True)
    (tmp_path / "day2").mkdir()
    a, b = keep(tmp_path / "day" / "a.plx"), keep(tmp_path / "day" / "late" / "b.plx")
    c = keep(tmp_path / "day2" / "a.plx")
    d = pyramid(cache_folder, tmp_path / "day")
    entries = cached_indexes()
    assert set(folders(indexes_of(tmp_path / "day", entries))) == {a, b, d}
    assert folders(indexes_of(tmp_path / "day" / "late", entries)) == [b]
    assert set(folders(indexes_of(tmp_path, entries))) == {a, b, c, d}


def test_recordings_that_are_gone(tmp_path):
    (tmp_path / "day").mkdir()
    folder = keep(tmp_path / "day" / "a.plx")
    keep(tmp_path / "b.plx")
    entries = cached_indexes()
    shutil.rmtree(tmp_path / "day")
    assert [e.is_orphan for e in entries] == [False, True]
    assert folders(indexes_of(tmp_path / "day" / "a.plx", entries)) == [folder]
    assert folders(indexes_of(tmp_path / "day", entries)) == [folder]


def test_any_file_of_a_recording_stands_for_it(tmp_path):
    for name in "ab":
        nsx.write_nsx(tmp_path / f"{name}.ns5", [nsx.Packet(0, noise(9, 3))], nsx.channels(3))
        write_nev(tmp_path / f"{name}.nev", random_spikes(50, [1]), [Electrode(1, 250)])
        keep(tmp_path / f"{name}.nev", "blackrock")
    entries = cached_indexes()
    assert [e.recording.name for e in entries] == ["a.nev", "b.nev"]
    assert indexes_of(tmp_path / "a.ns5", entries) == entries[:1]


def test_a_file_of_a_run_stands_for_its_folder(tmp_path, cache_folder):
    devices = [spikeglx.Imec("NP2000", saved=[0, 1, 384]), spikeglx.Nidq()]
    for run in ("one", "two"):
        spikeglx.write_run(tmp_path, devices, run=run)
    kept = {run: pyramid(cache_folder, tmp_path / f"{run}_g0", run) for run in ("one", "two")}
    (probe,) = tmp_path.glob("one_g0/one_g0_imec0/*.ap.bin")
    assert folders(indexes_of(probe, cached_indexes())) == [kept["one"]]


# -- removal ---------------------------------------------------------------------------------------


def test_one_is_removed_and_the_others_stay(tmp_path, cache_folder):
    a, b = keep(tmp_path / "a.plx"), keep(tmp_path / "b.plx")
    left = [p for p in everything(cache_folder) if a.name not in p]
    remove(a)
    assert everything(cache_folder) == left
    assert folders(cached_indexes()) == [b]
    assert everything(tmp_path) == ["a.plx", "b.plx"]
    remove(a)  # another process was faster
    entry = CacheEntry("plexon", 1, tmp_path / "a.plx", {"size": 1})
    assert entry.load() is None


def test_a_refusal_is_one_sentence_and_changes_nothing(tmp_path, cache_folder, monkeypatch):
    folder = keep(tmp_path / "a.plx")
    before = everything(cache_folder)

    def refuse(*_):
        raise OSError(30, "Read-only file system")

    monkeypatch.setattr(os, "rename", refuse)
    with pytest.raises(CacheRemovalError) as caught:
        remove(folder)
    assert str(caught.value) == f"{folder}: cannot be removed (Read-only file system)."
    assert everything(cache_folder) == before


def test_half_removed_is_no_entry_and_goes_later(tmp_path, cache_folder, monkeypatch):
    folder = keep(tmp_path / "a.plx")

    def refuse(*_, **__):
        raise PermissionError(13, "Permission denied")

    with monkeypatch.context() as patch:
        patch.setattr(cache_entries.shutil, "rmtree", refuse)
        with pytest.raises(CacheRemovalError, match="Permission denied"):
            remove(folder)
    assert cached_indexes() == [] == leftovers()
    (half,) = (cache_folder / "plexon").iterdir()
    os.utime(half, (1e9, 1e9))
    assert leftovers() == [half]
    remove(half)
    assert everything(cache_folder) == ["plexon"]
