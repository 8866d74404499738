"""`open_recording`: the right reader, or one sentence that names the path."""

import os
import pickle

import numpy as np
import pytest

from rawio import (
    EmptyFileError,
    FormatError,
    MissingFileError,
    OptionError,
    PlexonRawIO,
    RawBinaryRawIO,
    RawIOError,
    UndescribedFileError,
    UnknownFormatError,
    UnreadableFileError,
    open_recording,
)
from rawio.folders import HEAD_BYTES
from rawio.opening import readers
from rawio.sidecar import FlatBinaryLayout
from sample_data import make_sample_data as sample
from tests.readers import noise
from tests.writers.raw import write_raw

FLAT = {"n_channels": 2, "sampling_rate": 1000.0}


def refused(kind, path, **options):
    """Return the sentence of the error that opening raises, after looking at its form."""
    with pytest.raises(RawIOError) as caught:
        open_recording(path, **options)
    assert type(caught.value) is kind
    message = str(caught.value)
    assert message.startswith(f"{path}")
    assert "\n" not in message and message.endswith(".")
    assert "Errno" not in message
    return message


# -- the right reader ------------------------------------------------------------------------------


def test_plexon_by_content():
    reader = open_recording(sample.HERE / sample.PLX_NAME)
    assert type(reader) is PlexonRawIO and reader.is_header_parsed
    assert reader.signal_channels_count() == 8


def test_content_goes_before_the_name(tmp_path):
    content = (sample.HERE / sample.PLX_NAME).read_bytes()
    (tmp_path / "renamed.dat").write_bytes(content)
    assert type(open_recording(tmp_path / "renamed.dat")) is PlexonRawIO


def test_flat_binary_by_sidecar(tmp_path):
    samples = noise(50, 2)
    for name in ("a.dat", "a.lfp", "no suffix"):
        write_raw(tmp_path / name, samples, 1000.0)
        reader = open_recording(str(tmp_path / name))
        assert type(reader) is RawBinaryRawIO and reader.is_header_parsed
        np.testing.assert_array_equal(reader.get_analogsignal_chunk(), samples)


@pytest.mark.parametrize("name", ["a.raw", "a.bin", "a.DAT", "a.lfp", "no suffix"])
def test_flat_binary_by_options(tmp_path, name):
    samples = noise(50, 2).astype(">i2")
    write_raw(tmp_path / name, samples, 1000.0, sidecar=False, header=b"abc")
    reader = open_recording(tmp_path / name, header_bytes=3, byte_order="big", gain=None, **FLAT)
    np.testing.assert_array_equal(reader.get_analogsignal_chunk(), samples)


def test_options_that_are_none_are_not_given(tmp_path):
    everything = dict.fromkeys(["n_channels", "sampling_rate", "dtype", "gain", "header_bytes"])
    reader = open_recording(sample.HERE / sample.PLX_NAME, **everything)
    assert type(reader) is PlexonRawIO
    refused(UndescribedFileError, write_text(tmp_path / "a.dat"), **everything)


def test_readers_are_told_apart():
    heads = {b"PLEX", bytes(HEAD_BYTES), b"", b"x" * 10}
    for path in (sample.HERE / sample.PLX_NAME, sample.HERE / sample.RAW_NAME):
        heads.add(path.read_bytes()[:HEAD_BYTES])
    assert all(isinstance(cls.recognises(path, h), bool) for cls in readers() for h in heads)
    assert PlexonRawIO.recognises(path, (sample.HERE / sample.PLX_NAME).read_bytes()[:HEAD_BYTES])
    assert not PlexonRawIO.recognises(path, path.read_bytes()[:HEAD_BYTES])


# -- what cannot be opened -------------------------------------------------------------------------


def write_text(path):
    path.write_text("once upon a time " * 1000)
    return path


@pytest.mark.parametrize("name", ["a.plx", "a.dat", "a", "folder/a.plx"])
@pytest.mark.parametrize("options", [{}, FLAT])
def test_missing(tmp_path, name, options):
    assert "no such file" in refused(MissingFileError, tmp_path / name, **options)


@pytest.mark.parametrize("name", ["a.plx", "a.dat", "a"])
@pytest.mark.parametrize("options", [{}, FLAT])
def test_empty(tmp_path, name, options):
    (tmp_path / name).touch()
    assert "0 bytes" in refused(EmptyFileError, tmp_path / name, **options)


@pytest.mark.parametrize("options", [{}, FLAT])
def test_folder_without_recordings(tmp_path, options):
    (tmp_path / "recording.dat").mkdir()
    said = "holds no recording"
    assert said in refused(UnknownFormatError, tmp_path / "recording.dat", **options)
    assert said in refused(UnknownFormatError, f"{tmp_path}", **options)


def test_path_through_a_file(tmp_path):
    write_text(tmp_path / "a.dat")
    refused(UnreadableFileError, tmp_path / "a.dat" / "b.dat")


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root reads everything")
@pytest.mark.parametrize("options", [{}, FLAT])
def test_no_permission(tmp_path, options):
    write_text(tmp_path / "a.dat").chmod(0)
    assert "Permission denied" in refused(UnreadableFileError, tmp_path / "a.dat", **options)


def test_permission_refused_by_the_system(tmp_path, monkeypatch):
    write_text(tmp_path / "a.dat")

    def refuse(*_):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("rawio.files.os.open", refuse)
    assert "Permission denied" in refused(UnreadableFileError, tmp_path / "a.dat", **FLAT)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no FIFOs")
@pytest.mark.parametrize("options", [{}, FLAT])
def test_fifo(tmp_path, options):
    os.mkfifo(tmp_path / "a.dat")
    assert "not a regular file" in refused(UnreadableFileError, tmp_path / "a.dat", **options)


@pytest.mark.parametrize("name", ["notes.txt", "a.lfp", "a", "a.plx"])
def test_foreign_file(tmp_path, name):
    write_text(tmp_path / name)
    message = refused(UndescribedFileError, tmp_path / name)
    assert ".plx" in message and ".raw" in message
    assert message.count(str(tmp_path)) == 1


def test_foreign_file_of_a_flat_name(tmp_path):
    message = refused(UndescribedFileError, write_text(tmp_path / "a.dat"))
    assert "n_channels" in message and "sampling_rate" in message


def test_foreign_suffix_with_half_the_options(tmp_path):
    message = refused(UndescribedFileError, write_text(tmp_path / "a.txt"), n_channels=2)
    assert "sampling_rate" in message and "n_channels" not in message


@pytest.mark.parametrize("name", ["a.dat", "notes.txt", "no suffix"])
def test_what_a_description_would_open_says_which_file_it_is_for(tmp_path, name):
    write_text(tmp_path / name)
    with pytest.raises(UndescribedFileError) as caught:
        open_recording(tmp_path / name)
    assert caught.value.to_describe == tmp_path / name
    copy = pickle.loads(pickle.dumps(caught.value))
    assert (type(copy), str(copy)) == (UndescribedFileError, str(caught.value))
    assert copy.to_describe == tmp_path / name
    samples = np.frombuffer((tmp_path / name).read_bytes(), "<i2").reshape(-1, 2)
    reader = open_recording(tmp_path / name, layout=FlatBinaryLayout(2, 1000.0))
    np.testing.assert_array_equal(reader.get_analogsignal_chunk(), samples)


def test_a_folder_says_which_of_its_files_a_description_would_open(tmp_path):
    (tmp_path / "a.bin").touch()
    (tmp_path / "a.raw").mkdir()
    (tmp_path / "b.DAT").write_bytes(bytes(100))
    with pytest.raises(UndescribedFileError) as caught:
        open_recording(tmp_path)
    assert caught.value.to_describe == tmp_path / "b.DAT"


def test_no_description_would_open_what_is_missing(tmp_path):
    with pytest.raises(MissingFileError) as caught:
        open_recording(tmp_path / "a.dat")
    assert caught.value.to_describe is None


def test_a_cut_plexon_file(tmp_path):
    content = (sample.HERE / sample.PLX_NAME).read_bytes()
    for size in (4, 100, 7503):
        (tmp_path / "cut.plx").write_bytes(content[:size])
        refused(FormatError, tmp_path / "cut.plx")


def test_a_broken_sidecar_names_itself(tmp_path):
    write_raw(tmp_path / "a.dat", noise(5, 2), 1000.0)
    (tmp_path / "a.dat.json").write_text("[]")
    assert f"{tmp_path / 'a.dat.json'}: " in refused(FormatError, tmp_path / "a.dat")


@pytest.mark.parametrize(
    "option", [{"n_channels": 2}, {"channels": 3}, {"filename": "b.dat"}, {"use_cash": True}]
)
def test_options_the_plexon_reader_does_not_have(option):
    message = refused(OptionError, sample.HERE / sample.PLX_NAME, **option)
    assert next(iter(option)) in message and "Plexon" in message


@pytest.mark.parametrize(
    ("option", "said"),
    [
        ({"channels": 3}, "'channels' is no option"),
        ({"filename": "b.dat"}, "filename"),
        ({"dtype": "i2"}, "dtype 'i2'"),
        ({"gain": [1, 2, 3]}, "gain has 3 numbers"),
        ({"n_channels": "2"}, "n_channels must be"),
    ],
)
@pytest.mark.parametrize("name", ["a.dat", "a.lfp"])
def test_wrong_options_of_a_flat_file(tmp_path, name, option, said):
    write_raw(tmp_path / name, noise(50, 2), 1000.0, sidecar=False)
    assert said in refused(OptionError, tmp_path / name, **(FLAT | option))
