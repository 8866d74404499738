"""Files that are whole or not there: after errors, full disks and kills, and beside recordings."""

import errno
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from rawio import OptionError, open_recording
from rawio.rawbinary import RawBinaryRawIO
from rawio.sidecar import FlatBinaryLayout, sidecar_path, write_sidecar
from tests.readers import ArrayReader, noise
from tests.writers.raw import write_raw
from viewer.engine import export_formats, new_files
from viewer.engine.export import Excerpt, export, planned_bytes
from viewer.engine.new_files import NewFileError, NewFiles

NAMES = ["a.npy", "a.dat", "a.csv"]


def excerpt_of(samples=None):
    reader = ArrayReader.of(noise(1000, 4) if samples is None else samples)
    return Excerpt.of(reader, 0.0, 10.0)


def left(folder):
    return sorted(os.listdir(folder))


def refused(excerpt, path, words, **options):
    """Check that an export is refused in one sentence."""
    with pytest.raises(NewFileError, match=words) as caught:
        export(excerpt, path, **options)
    said = str(caught.value)
    assert said.endswith(".") and "\n" not in said and "Errno" not in said


# -- what is there already -------------------------------------------------------------------------


@pytest.mark.parametrize("name", NAMES)
def test_what_is_there_is_replaced_only_where_it_is_asked_for(tmp_path, name):
    path = tmp_path / name
    first, second = noise(1000, 4, seed=1), noise(500, 2, seed=2)
    export(excerpt_of(first), path)
    before = {entry: (tmp_path / entry).read_bytes() for entry in left(tmp_path)}
    refused(excerpt_of(second), path, "is there already, and is not replaced")
    assert before == {entry: (tmp_path / entry).read_bytes() for entry in left(tmp_path)}
    export(excerpt_of(second), path, overwrite=True)
    assert left(tmp_path) == sorted(before)
    if name != "a.csv":
        np.testing.assert_array_equal(open_recording(path).get_analogsignal_chunk(), second)


@pytest.mark.parametrize("name", ["a.npy", "a.dat"])
def test_a_description_that_is_there_is_not_replaced_either(tmp_path, name):
    (tmp_path / f"{name}.json").write_text("mine")
    refused(excerpt_of(), tmp_path / name, r"\.json: is there already")
    assert left(tmp_path) == [f"{name}.json"]
    assert (tmp_path / f"{name}.json").read_text() == "mine"


def test_a_file_that_appears_while_it_is_written_is_not_replaced(tmp_path):
    path = tmp_path / "a.npy"
    with pytest.raises(NewFileError, match="is there already"):
        export(excerpt_of(), path, progress=lambda share: path.write_text("another's"))
    assert left(tmp_path) == ["a.npy"] and path.read_text() == "another's"


def test_links_that_lead_nowhere_are_there_too(tmp_path):
    (tmp_path / "a.npy").symlink_to(tmp_path / "gone")
    refused(excerpt_of(), tmp_path / "a.npy", "is there already")


def test_files_protected_from_writing_are_not_replaced(tmp_path, monkeypatch):
    (tmp_path / "a.csv").write_text("kept")
    monkeypatch.setattr(os, "access", lambda path, mode: False)  # root may write to all
    refused(excerpt_of(), tmp_path / "a.csv", "protected from writing", overwrite=True)
    assert (tmp_path / "a.csv").read_text() == "kept"


# -- the recording itself --------------------------------------------------------------------------


@pytest.fixture
def recording(tmp_path):
    """Return a reader of a flat recording, with a description, and what there is of it."""
    write_raw(tmp_path / "rec.dat", noise(500, 3), 1000.0)
    (tmp_path / "other").mkdir()
    os.link(tmp_path / "rec.dat", tmp_path / "hard.dat")
    os.link(tmp_path / "rec.dat.json", tmp_path / "hard.csv")
    (tmp_path / "soft.npy").symlink_to(tmp_path / "rec.dat")
    (tmp_path / "folder").symlink_to(tmp_path)
    return open_recording(tmp_path / "rec.dat")


@pytest.mark.parametrize(
    "name",
    ["rec.dat", "rec.dat.json", "hard.dat", "hard.csv", "soft.npy", "folder/rec.dat",
     "other/../rec.dat"],
)  # fmt: skip
@pytest.mark.parametrize("form", ["npy", "csv", "flat"])
def test_never_over_the_recording(tmp_path, recording, name, form):
    before = {path: path.read_bytes() for path in tmp_path.iterdir() if path.is_file()}
    excerpt = Excerpt.of(recording, 0.0, 1.0)
    refused(excerpt, tmp_path / name, "belongs to the recording itself", form=form, overwrite=True)
    assert before == {path: path.read_bytes() for path in tmp_path.iterdir() if path.is_file()}


def test_never_a_description_of_a_recording_that_has_none(tmp_path):
    """It would be opened as something else from then on."""
    noise(500, 3).tofile(tmp_path / "rec.dat")
    reader = RawBinaryRawIO(tmp_path / "rec.dat", n_channels=3, sampling_rate=1000.0)
    reader.parse_header()
    excerpt = Excerpt.of(reader, 0.0, 1.0)
    refused(excerpt, tmp_path / "rec.dat.json", "belongs to the recording", form="csv")
    assert left(tmp_path) == ["rec.dat"]


def test_the_recording_by_a_relative_name(tmp_path, recording, monkeypatch):
    monkeypatch.chdir(tmp_path)
    refused(Excerpt.of(recording, 0.0, 1.0), "rec.dat", "belongs to", overwrite=True)


# -- where nothing can be written ------------------------------------------------------------------


def test_places_where_no_file_can_be(tmp_path):
    os.mkfifo(tmp_path / "pipe.csv")
    (tmp_path / "dir.npy").mkdir()
    (tmp_path / "taken.dat.json").mkdir()
    excerpt = excerpt_of()
    for name, words in (
        ("none/a.npy", "there is no such folder"),
        ("dir.npy", "is a folder; name a file"),
        ("taken.dat", r"taken\.dat\.json: is a folder"),
        ("pipe.csv", "is a device or pipe"),
        ("x" * 300 + ".npy", "cannot be written .File name too long"),
        ("a\0b.npy", "cannot be written .embedded null"),
    ):
        before = left(tmp_path)
        refused(excerpt, tmp_path / name, words, overwrite=True)
        assert left(tmp_path) == before
    refused(excerpt, os.devnull, "is a device or pipe", form="csv", overwrite=True)
    refused(excerpt, "/", "is a folder", form="csv", overwrite=True)
    assert Path(os.devnull).is_char_device()


@pytest.mark.parametrize("name", NAMES)
def test_too_little_room_is_said_before_anything_is_written(tmp_path, monkeypatch, name):
    needed = planned_bytes(excerpt_of(), name.split(".")[1].replace("dat", "flat"))
    for free in (needed - 1, needed):
        monkeypatch.setattr(shutil, "disk_usage", lambda _, free=free: SimpleNamespace(free=free))
        if free < needed:
            refused(excerpt_of(), tmp_path / name, r"takes \d.* kB and \d.* kB are free there")
            assert left(tmp_path) == []
    export(excerpt_of(), tmp_path / name)


def fails_at(monkeypatch, name, number, code):
    """Have the call of this number of a function of `os` fail."""
    real, calls = getattr(os, name), []

    def call(*arguments, **options):
        calls.append(arguments)
        if len(calls) == number:
            raise OSError(code, os.strerror(code))
        return real(*arguments, **options)

    monkeypatch.setattr(new_files.os, name, call)
    return calls


@pytest.mark.parametrize("there", [False, True])
@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(
    ("step", "number", "code"),
    [
        ("open", 1, errno.EACCES),
        ("write", 1, errno.ENOSPC),
        ("write", 2, errno.ENOSPC),
        ("write", 2, errno.EIO),
        ("fsync", 1, errno.EDQUOT),
        ("replace", 1, errno.EPERM),
    ],
)
def test_what_fails_leaves_what_was_there(tmp_path, monkeypatch, there, name, step, number, code):
    if there:
        (tmp_path / name).write_text("before")
    for form in (export_formats.Binary, export_formats.Csv):
        monkeypatch.setattr(form, "piece_bytes", 4000)
    with monkeypatch.context() as patch:
        calls = fails_at(patch, step, number, code)
        words = rf"{name}: cannot be written \({os.strerror(code)}\)"
        refused(excerpt_of(), tmp_path / name, words, overwrite=True)
    assert len(calls) >= number
    assert left(tmp_path) == [name] * there
    assert not there or (tmp_path / name).read_text() == "before"
    assert not descriptors_in(tmp_path)


def descriptors_in(folder):
    """Return the open files of this process in a folder, where the system lists them."""
    numbers = Path("/proc/self/fd")
    links = (
        [os.readlink(n) for n in numbers.iterdir() if n.is_symlink()] if numbers.is_dir() else []
    )
    return [link for link in links if link.startswith(f"{folder}/")]


@pytest.mark.parametrize(("step", "number"), [("open", 2), ("write", 3), ("fsync", 2)])
def test_a_description_that_fails_leaves_nothing(tmp_path, monkeypatch, step, number):
    with monkeypatch.context() as patch:
        fails_at(patch, step, number, errno.ENOSPC)
        refused(excerpt_of(), tmp_path / "a.npy", r"a\.npy\.json: cannot be written \(No space")
    assert left(tmp_path) == []


def test_a_description_that_cannot_be_put_in_place_takes_the_data_with_it(tmp_path, monkeypatch):
    with monkeypatch.context() as patch:
        fails_at(patch, "replace", 2, errno.EIO)
        refused(excerpt_of(), tmp_path / "a.npy", r"a\.npy\.json: cannot be written")
    assert left(tmp_path) == []


def test_writes_that_are_cut_short_are_gone_on_with(tmp_path, monkeypatch):
    samples = noise(1000, 4)
    write = os.write
    monkeypatch.setattr(new_files.os, "write", lambda number, data: write(number, data[:777]))
    export(excerpt_of(samples), tmp_path / "a.npy")
    np.testing.assert_array_equal(np.load(tmp_path / "a.npy"), samples)


LIMITED = """
import resource, signal, sys
import numpy as np
import rawio
from viewer.engine.export import Excerpt, export
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))
reader = rawio.from_array(np.ones((100_000, 4), "int16"), 1000.0)
try:
    export(Excerpt.of(reader, 0, 100), sys.argv[1])
except rawio.RawIOError as error:
    print(error)
"""


@pytest.mark.parametrize("name", NAMES)
def test_a_system_that_takes_no_more_bytes(tmp_path, name):
    """A real one: past its limit the kernel writes a part, then refuses the rest."""
    pytest.importorskip("resource", reason="the system has no limits for files")
    command = [sys.executable, "-c", LIMITED, str(tmp_path / name)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert done.stdout == f"{tmp_path / name}: cannot be written (File too large).\n", done.stderr
    assert left(tmp_path) == []


# -- killed ----------------------------------------------------------------------------------------

SLOWLY = """
import os, sys, time
write = os.write

def slowly(number, data):
    time.sleep(0.01)
    return write(number, data[:5000])

os.write = slowly
import numpy as np
import rawio
from viewer.engine.export import Excerpt, export
reader = rawio.from_array(np.ones((200_000, 4), "int16"), 1000.0)
export(Excerpt.of(reader, 0, 200), sys.argv[1], overwrite=True)
"""


def start_slowly(path):
    """Return a process that is in the middle of writing a file."""
    process = subprocess.Popen([sys.executable, "-c", SLOWLY, str(path)])
    end = time.monotonic() + 60
    while not any(p.stat().st_size > 20_000 for p in path.parent.glob(f"{path.name}.*.part")):
        assert process.poll() is None and time.monotonic() < end
        time.sleep(0.01)
    return process


@pytest.mark.parametrize("name", NAMES)
def test_a_kill_leaves_what_was_there_and_the_next_one_clears_up(tmp_path, name):
    path = tmp_path / name
    path.write_text("before")
    (tmp_path / "mine.part").write_text("kept")
    (tmp_path / f"{name}.0123456789ab.parts").write_text("kept")
    (tmp_path / f"{name}.part").write_text("kept")
    kept = left(tmp_path)
    process = start_slowly(path)
    writing = [entry for entry in left(tmp_path) if entry not in kept]
    # Others do not touch what somebody is still writing.
    export(excerpt_of(), path, overwrite=True)
    before = path.read_bytes()
    assert set(writing) < set(left(tmp_path))
    process.send_signal(signal.SIGKILL)
    process.wait(30)
    assert path.read_bytes() == before
    assert all(entry.startswith(name) and entry.endswith(".part") for entry in writing)
    assert set(writing) < set(left(tmp_path))
    export(excerpt_of(), path, overwrite=True)
    beside = [] if name == "a.csv" else [f"{name}.json"]
    assert left(tmp_path) == sorted([*kept, *beside])
    assert path.read_bytes() == before


class KilledError(BaseException):
    """The process is gone."""


@pytest.mark.parametrize("there", [False, True])
@pytest.mark.parametrize("step", range(8))
def test_whenever_it_is_killed_no_description_is_beside_data_of_another(
    tmp_path, monkeypatch, step, there
):
    path = tmp_path / "a.dat"
    data = {1: bytes(range(20)), 2: bytes(range(100, 140))}
    text = {n: json.dumps({"n": n}).encode() for n in data}
    if there:
        path.write_bytes(data[1])
        sidecar_path(path).write_bytes(text[1])
    steps = []

    def counted(real):
        def call(*arguments, **options):
            steps.append(real.__name__)
            if len(steps) == step + 1:
                raise KilledError
            return real(*arguments, **options)

        return call

    with monkeypatch.context() as patch:
        for holder, name in ((os, "fsync"), (os, "replace"), (Path, "unlink")):
            patch.setattr(holder, name, counted(getattr(holder, name)))
        patch.setattr(NewFiles, "_clear", NewFiles._close)  # whoever is killed clears nothing up
        try:
            with NewFiles([path, sidecar_path(path)], overwrite=True) as files:
                files.write(data[2])
                files.write(text[2], 1)
                files.put_in_place()
        except KilledError:
            assert step < 5
        else:
            assert step >= 5 and steps == ["fsync", "fsync", "unlink", "replace", "replace"]
    found = path.read_bytes() if path.exists() else None
    said = sidecar_path(path).read_bytes() if sidecar_path(path).exists() else None
    pairs = {(data[2], None), (data[2], text[2])}
    pairs |= {(data[1], text[1]), (data[1], None)} if there else {(None, None)}
    assert (found, said) in pairs
    assert (found, said) == (data[2], text[2]) or step < 5


def test_interrupted_between_the_names_nothing_is_left(tmp_path, monkeypatch):
    with monkeypatch.context() as patch:
        real, calls = os.replace, []

        def replace(*arguments):
            real(*arguments)
            calls.append(arguments)
            if len(calls) == 1:
                raise KeyboardInterrupt

        patch.setattr(new_files.os, "replace", replace)
        with pytest.raises(KeyboardInterrupt):
            export(excerpt_of(), tmp_path / "a.npy")
    assert left(tmp_path) == []


def test_a_layout_that_cannot_be_described_is_said_before_anything_is_written(tmp_path):
    reader = ArrayReader.of(noise(10, 2), gain=np.nan)
    with pytest.raises(OptionError, match="gain must be finite"):
        export(Excerpt.of(reader, 0, 1), tmp_path / "a.npy")
    assert left(tmp_path) == []


def test_an_unfinished_file_is_no_recording(tmp_path):
    """Also of what is called as recordings are, and beside a description."""
    write_sidecar(tmp_path / "a.dat.json", FlatBinaryLayout(4, 1000.0))
    with NewFiles([tmp_path / "a.dat"]) as files:
        files.write(bytes(800))
        (part,) = [entry for entry in left(tmp_path) if entry.endswith(".part")]
        assert not (tmp_path / "a.dat").exists()
        assert Path(part).suffix == ".part" and not sidecar_path(tmp_path / part).exists()
