"""Paths that the system refuses, names with line ends or without an encoding, errors on the way."""

import copy
import os
import pickle
import shutil

import pytest

from rawio import (
    EmptyFileError,
    FormatError,
    MissingFileError,
    OptionError,
    RawIOError,
    SeveralRecordingsError,
    UnknownFormatError,
    UnreadableFileError,
    find_recordings,
    open_recording,
)
from rawio.errors import one_line
from rawio.opening import NATIVE, RawBinaryRawIO
from sample_data import make_sample_data as sample
from tests.readers import ArrayReader, noise

PLX = sample.HERE / sample.PLX_NAME
LONG = "x" * 300


@pytest.mark.parametrize("path", [LONG, f"{LONG}/a.plx", "a/" * 3000, "a\0b", "\ud800"])
def test_paths_that_no_file_can_have(path):
    readers = [lambda p, cls=cls: cls(p).parse_header() for cls in (*NATIVE, RawBinaryRawIO)]
    for call in (open_recording, find_recordings, *readers):
        with pytest.raises((UnreadableFileError, MissingFileError)) as caught:
            call(path)
        assert one_line(path)[:200] in str(caught.value)


def test_a_path_through_a_file(tmp_path):
    (tmp_path / "a").write_bytes(b"x")
    with pytest.raises(UnreadableFileError, match="Not a directory"):
        find_recordings(tmp_path / "a" / "b")
    with pytest.raises(MissingFileError, match="no such folder"):
        find_recordings(tmp_path / "a")


def test_errors_stay_on_one_line(tmp_path):
    folder = tmp_path / "two\nlines\x85and\u2028more"
    folder.mkdir()
    (folder / "a.plx").write_bytes(b"PLEX")
    for path in (folder / "a.plx", folder / "missing.plx", folder):
        with pytest.raises(RawIOError) as caught:
            open_recording(path)
        assert len(str(caught.value).splitlines()) == 1
        assert r"two\nlines\x85and\u2028more" in str(caught.value)


def test_warnings_stay_on_one_line():
    reader = ArrayReader([[(0.0, noise(10, 2))]], [1000.0])
    reader._warn("a channel called 'a\nb' is left out.")
    assert reader.warnings == [r"a channel called 'a\nb' is left out."]


ERRORS = [
    MissingFileError("a: no."),
    UnreadableFileError("a: no."),
    EmptyFileError("a: no."),
    FormatError("a: no."),
    OptionError("a: no."),
    SeveralRecordingsError("a", ["b", "c"]),
]


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: type(error).__name__)
def test_errors_come_back_from_other_processes(error):
    for twin in (pickle.loads(pickle.dumps(error)), copy.copy(error)):
        assert type(twin) is type(error) and str(twin) == str(error)
        assert getattr(twin, "names", None) == getattr(error, "names", None)


def test_what_cannot_be_read_in_a_folder_is_named(tmp_path, monkeypatch):
    """So that nobody looks for a missing recording where a permission is."""
    (tmp_path / "a.dat").write_bytes(bytes(100))
    (tmp_path / "info.rhd").write_bytes(b"no header")
    readable = os.access
    monkeypatch.setattr(os, "access", lambda p, m: readable(p, m) and "info" not in str(p))
    with pytest.raises(UnknownFormatError, match=r"known here; info\.rhd cannot be read for"):
        open_recording(tmp_path)


NAMES = ["Größe µ 日本", " a  b ", os.fsdecode(b"no utf-8 \xff\xfe"), "%s {0} $HOME", "~", "a*[b]?"]


@pytest.mark.parametrize("name", NAMES)
def test_any_name_will_do(tmp_path, monkeypatch, name):
    (tmp_path / name).mkdir()
    file = tmp_path / name / f"{name}.plx"
    try:
        shutil.copy(PLX, file)
    except OSError:
        pytest.skip("this file system has no such names")
    wanted = open_recording(PLX).get_analogsignal_chunk(stream_index=0).tobytes()
    (found,) = find_recordings(tmp_path)
    assert found.name == f"{name}/{name}.plx"
    for path in (file, tmp_path, f"{tmp_path / name}/"):
        assert open_recording(path).get_analogsignal_chunk(stream_index=0).tobytes() == wanted
    monkeypatch.chdir(tmp_path)
    for path in (f"{name}/{name}.plx", f"./{name}", "."):
        monkeypatch.chdir(tmp_path)
        reader = open_recording(path)
        monkeypatch.chdir("/")  # it was this file that was meant, wherever one is now
        for one in (reader, pickle.loads(pickle.dumps(reader))):
            assert one.get_analogsignal_chunk(stream_index=0).tobytes() == wanted
