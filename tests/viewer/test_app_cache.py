"""``rawscope cache``: what it prints and what is left on the disk; mostly as real processes."""

import json
import os
import re
import shutil
import subprocess
import sys
import time
from datetime import datetime

import pytest
from typer.testing import CliRunner

from rawio import open_recording
from rawio.cache import ABANDONED_SECONDS
from rawio.texts import size_text
from tests.viewer.test_app import PLX, rawscope
from viewer import Layer
from viewer.app import app
from viewer.compute.text import parse_chain
from viewer.engine.pyramid.places import open_or_create


@pytest.fixture
def recordings(tmp_path, cache_folder):
    """Return two recordings of which indexes are kept, the second of them gone."""
    paths = [tmp_path / "one day.plx", tmp_path / "gone.plx"]
    for path in paths:
        shutil.copy(PLX, path)
        open_recording(path)
    (hollow,) = (cache_folder / "plexon").glob("gone-*")
    with (hollow / "hole.npy").open("wb") as file:
        file.truncate(1 << 30)
    os.utime(hollow / "index.json", (1.7e9, 1.7e9))
    paths[1].unlink()
    return paths


def blocks(folder):
    return sum(512 * p.stat().st_blocks for p in folder.rglob("*") if p.is_file())


def kept(cache_folder):
    return sorted(p.name.split("-")[0] for p in cache_folder.glob("*/*"))


def leftover(cache_folder, name, age):
    folder = cache_folder / "plexon" / name
    folder.mkdir(parents=True)
    (folder / "part.npy").write_bytes(b"x" * 20_000)
    os.utime(folder, (time.time() - age,) * 2)
    return folder


def in_process(*arguments, **options):
    return CliRunner().invoke(app, ["cache", *map(str, arguments)], **options)


# -- list ------------------------------------------------------------------------------------------


def test_list(recordings, cache_folder):
    done = rawscope("cache", "list")
    assert done.returncode == 0, done.stderr
    head, gone, there, total = done.stdout.splitlines()
    assert head.split() == ["recording", "kind", "process", "size", "last", "used"]
    folders = {f.name.split("-")[0]: f for f in (cache_folder / "plexon").iterdir()}
    used = f"{datetime.fromtimestamp(1.7e9):%Y-%m-%d %H:%M}"
    wanted = [str(recordings[1]), "plexon", size_text(blocks(folders["gone"])), used]
    assert gone.split("  ")[0] == wanted[0] and gone.endswith("recording gone")
    assert all(text in gone for text in wanted)
    assert there.startswith(str(recordings[0])) and size_text(blocks(folders["one_day"])) in there
    assert "gone" not in there and f"{datetime.now():%Y-}" in there
    assert total == f"{size_text(blocks(cache_folder))} in {cache_folder}"
    assert blocks(cache_folder) < 1 << 20


def test_list_for_scripts(recordings, cache_folder):
    left = leftover(cache_folder, ".building-abcdefgh", ABANDONED_SECONDS + 60)
    report = json.loads(rawscope("cache", "list", "--json").stdout)
    assert report["folder"] == str(cache_folder)
    assert report["leftovers"] == {"folders": 1, "bytes": blocks(left)}
    assert report["bytes"] == blocks(cache_folder) - blocks(left)
    gone, there = report["entries"]
    (folder,) = (cache_folder / "plexon").glob("gone-*")
    assert gone == {
        "recording": str(recordings[1]),
        "recording_gone": True,
        "kind": "plexon",
        "process": "",
        "bytes": blocks(folder),
        "last_used": "2023-11-14T22:13:20+00:00",
        "folder": str(folder),
    }
    assert there["recording"] == str(recordings[0]) and there["recording_gone"] is False
    assert abs(datetime.fromisoformat(there["last_used"]).timestamp() - time.time()) < 60


def test_list_tells_what_was_done_to_samples(tmp_path, cache_folder):
    path = shutil.copy(PLX, tmp_path / "one.plx")
    reader = open_recording(path)
    chains = ["highpass:300,reference:median", "lowpass:50"]
    layers = [Layer(reader, parse_chain(chain)) for chain in chains]
    twice = Layer(layers[0], layers[1].steps)
    for indexed in (reader, *layers, twice):
        assert open_or_create(indexed, "cache") is not None
    wanted = ["", chains[0], "; ".join(chains), chains[1]]
    rows = [row for row in in_process("list").stdout.splitlines() if " pyramid " in row]
    shown = [re.split(r"  +", row)[2] for row in rows]
    assert [text for text in sorted(shown) if ":" in text and "B" not in text] == wanted[1:]
    assert len(set(rows)) == len(rows) == 4
    entries = json.loads(in_process("list", "--json").stdout)["entries"]
    assert sorted(e["process"] for e in entries if e["kind"] == "pyramid") == wanted


@pytest.mark.parametrize("derived", [None, 3, "made by hand, 12"])
def test_list_of_an_index_that_says_something_else(tmp_path, cache_folder, derived):
    folder = cache_folder / "pyramid" / f"a-{'0' * 16}"
    folder.mkdir(parents=True)
    body = {"path": str(tmp_path / "a.plx"), "identity": {"derived": derived}}
    if derived is None:  # as before there were layers
        del body["identity"]["derived"]
    (folder / "index.json").write_text(json.dumps({"body": body}))
    (entry,) = json.loads(in_process("list", "--json").stdout)["entries"]
    assert entry["process"] == (derived if isinstance(derived, str) else "")


def test_list_of_nothing(cache_folder):
    done = in_process("list")
    assert (done.exit_code, done.stdout) == (0, f"0 bytes in {cache_folder}\n")
    report = json.loads(in_process("list", "--json").stdout)
    assert (report["entries"], report["bytes"]) == ([], 0)


def test_list_names_damaged_entries_and_leftovers(recordings, cache_folder):
    (folder,) = (cache_folder / "plexon").glob("gone-*")
    (folder / "index.json").write_bytes(b"{")
    leftover(cache_folder, ".building-abcdefgh", ABANDONED_SECONDS + 60)
    lines = in_process("list").stdout.splitlines()
    assert lines[1].startswith("(not known) ") and not lines[1].endswith("gone")
    assert lines[-1].startswith("and 20.5 kB that killed processes left;")


def test_a_cache_that_cannot_be_listed(tmp_path, monkeypatch):
    (tmp_path / "file").write_bytes(b"x")
    for command in ("list", "clear"):
        done = rawscope("cache", command, RAWSCOPE_CACHE_DIR=str(tmp_path / "file"))
        assert (done.returncode, done.stdout) == (2, "")
        assert (
            done.stderr == f"rawscope: {tmp_path / 'file'}: cannot be listed (Not a directory).\n"
        )


# -- clear -----------------------------------------------------------------------------------------


def test_clear_all(recordings, cache_folder):
    (cache_folder / "plexon" / "mine").mkdir()
    (cache_folder / "plexon" / "mine" / "index.json").write_text('{"name": "mine"}')
    (cache_folder / "notes.txt").write_text("mine")
    old = leftover(cache_folder, ".building-abcdefgh", ABANDONED_SECONDS + 60)
    young = leftover(cache_folder, ".building-12345678", 60)
    nbytes = blocks(old) + sum(blocks(f) for f in (cache_folder / "plexon").glob("*-*-*"))
    done = rawscope("cache", "clear", "--yes")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == f"removed 2 entries, {size_text(nbytes)}.\n"
    assert sorted(p.name for p in (cache_folder / "plexon").iterdir()) == [young.name, "mine"]
    assert (cache_folder / "plexon" / "mine" / "index.json").read_text() == '{"name": "mine"}'
    assert (cache_folder / "notes.txt").read_text() == "mine"
    assert recordings[0].read_bytes() == PLX.read_bytes()
    assert rawscope("cache", "clear").stdout == "removed 0 entries, 0 bytes.\n"


def test_nobody_to_ask(recordings, cache_folder):
    before = kept(cache_folder)
    done = subprocess.run(
        [sys.executable, "-m", "viewer", "cache", "clear"],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("rawscope: there is nobody to ask")
    assert "--yes" in done.stderr and len(done.stderr.splitlines()) == 1
    assert kept(cache_folder) == before == ["gone", "one_day"]


@pytest.mark.parametrize(("answer", "code"), [(b"y\n", 0), (b"n\n", 1), (b"\x04", 1)])
def test_somebody_is_asked(recordings, cache_folder, answer, code):
    pty = pytest.importorskip("pty")
    before, size = kept(cache_folder), size_text(blocks(cache_folder))
    keyboard, terminal = pty.openpty()
    try:
        os.write(keyboard, answer)
        done = subprocess.run(
            [sys.executable, "-m", "viewer", "cache", "clear"],
            stdin=terminal,
            capture_output=True,
            text=True,
            timeout=60,
        )
    finally:
        os.close(keyboard)
        os.close(terminal)
    assert f"Remove all of the cache, {size} in {cache_folder}? [y/N]" in done.stdout
    assert done.returncode == code
    assert kept(cache_folder) == (before if code else [])
    assert ("nothing is removed." in done.stdout) == (answer == b"n\n")


def test_clear_one(recordings, cache_folder):
    (folder,) = (cache_folder / "plexon").glob("one_day-*")
    old = leftover(cache_folder, ".building-abcdefgh", ABANDONED_SECONDS + 60)
    nbytes = blocks(folder) + blocks(old)
    done = rawscope("cache", "clear", recordings[0])  # without a question
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == f"removed 1 entry, {size_text(nbytes)}.\n"
    assert kept(cache_folder) == ["gone"]
    assert recordings[0].exists()
    assert open_recording(recordings[0]) and kept(cache_folder) == ["gone", "one_day"]


def test_clear_several_one_of_which_is_not_there(recordings, cache_folder):
    names = [recordings[1], recordings[0].parent, recordings[0].with_name("other.plx")]
    done = in_process("clear", *names)
    assert done.exit_code == 0
    assert "removed 2 entries, " in done.output  # of which one was named twice
    assert f"{names[2]}: nothing of it is in the cache." in done.output
    assert kept(cache_folder) == []


def test_a_cache_that_is_read_only(recordings, cache_folder, monkeypatch):
    before = kept(cache_folder)

    def refuse(*_):
        raise OSError(30, "Read-only file system")

    monkeypatch.setattr(os, "rename", refuse)
    for arguments in (["--yes"], recordings):
        done = in_process("clear", *arguments)
        assert done.exit_code == 2
        (line,) = done.output.splitlines()
        assert line.startswith(f"rawscope: {cache_folder}")
        assert line.endswith("cannot be removed (Read-only file system).")
    assert kept(cache_folder) == before


def test_what_can_be_removed_is(recordings, cache_folder, monkeypatch):
    rename = os.rename

    def refuse(source, target):
        if "gone-" in str(source):
            raise PermissionError(13, "Permission denied")
        rename(source, target)

    monkeypatch.setattr(os, "rename", refuse)
    assert in_process("clear", "--yes").exit_code == 2
    assert kept(cache_folder) == ["gone"]


# -- the rest --------------------------------------------------------------------------------------


def test_help():
    done = rawscope("cache")
    assert "list" in done.stdout and "clear" in done.stdout
    assert "cache" in rawscope("--help").stdout
