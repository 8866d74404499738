"""Which files are sessions of NeuroScope, and which file is of which."""

import pytest

from rawio import (
    FormatError,
    MissingFileError,
    SeveralRecordingsError,
    UnreadableFileError,
    open_recording,
)
from rawio.base import Place
from rawio.finding import find_recordings
from rawio.intan import IntanRawIO
from rawio.neuroscope import NeuroScopeRawIO
from rawio.rawbinary import RawBinaryRawIO
from tests.rawio.neuroscope_files import SMALL, opened, write_ripples
from tests.writers.intan import make_header
from tests.writers.intan_files import make_recording, write_per_signal
from tests.writers.neuroscope import (
    Acquisition,
    Parameters,
    write_session,
    write_xml,
    xml_bytes,
)

ALL = ("dat", "lfp", "eeg", "fil")


def recognised(path):
    head = path.read_bytes()[:4096] if path.is_file() else b""
    return NeuroScopeRawIO.recognises(path, head)


@pytest.mark.parametrize("name", ["rat", "rat.1", "rat 1", "ratte_µ"])
def test_files_of_a_session(tmp_path, name):
    write_session(tmp_path, name, SMALL, extensions=ALL)
    write_ripples(tmp_path / name)
    for extension in ("xml", *ALL):
        path = tmp_path / f"{name}.{extension}"
        assert recognised(path)
        assert NeuroScopeRawIO.recording_of(path) == Place(tmp_path / f"{name}.xml")
    for path in tmp_path.iterdir():
        if path.suffix[1:] not in ("xml", *ALL):
            assert not recognised(path)


def test_a_head_of_any_kind(tmp_path):
    path = tmp_path / "a.xml"
    for head in (
        xml_bytes(SMALL),
        b"\xef\xbb\xbf<?xml version='1.0'?>\n<!-- mine -->\n<parameters>",
        b"<parameters/>",
        b"<parameters\n version='1.0'",
    ):
        assert NeuroScopeRawIO.recognises(path, head)
    for head in (b"", b"<", b"\0" * 50, b"<settings><parameters>", b"<parameters2>", b"parameters"):
        assert not NeuroScopeRawIO.recognises(path, head)


def test_samples_without_a_parameter_file(tmp_path):
    write_session(tmp_path, "a", SMALL, extensions=ALL)
    (tmp_path / "b.dat").write_bytes(b"1234")
    assert not recognised(tmp_path / "b.dat")
    with pytest.raises(MissingFileError, match=r"no parameter file b\.xml beside it"):
        opened(tmp_path / "b.dat")
    for content in (b"", b"<other/>", b"\0\1"):
        (tmp_path / "a.xml").write_bytes(content)
        assert not recognised(tmp_path / "a.dat")
    (tmp_path / "a.xml").unlink()
    (tmp_path / "a.xml").mkdir()
    assert not recognised(tmp_path / "a.dat")


@pytest.mark.parametrize("header", ["info.rhd", "info.rhs"])
def test_folders_of_intan_are_left_to_it(tmp_path, header):
    truth = write_session(tmp_path, "amplifier", SMALL, extensions=("dat", "lfp"))
    assert recognised(tmp_path / "amplifier.dat")
    (tmp_path / header).write_bytes(b"\1")
    assert not recognised(tmp_path / "amplifier.dat")
    assert not recognised(tmp_path / "amplifier.lfp")
    assert NeuroScopeRawIO.recording_of(tmp_path / "amplifier.xml") is None
    assert not find_recordings(tmp_path, [NeuroScopeRawIO])
    # Who names the parameter file wants it.
    assert recognised(tmp_path / "amplifier.xml")
    reader = opened(tmp_path / "amplifier.xml")
    assert reader.get_signal_size(0, 0, 0) == len(truth.signals["dat"].samples)
    # A session of another name is none of Intan's.
    write_session(tmp_path, "rat", SMALL, extensions=("dat",))
    assert recognised(tmp_path / "rat.dat")
    assert [found.name for found in find_recordings(tmp_path, [NeuroScopeRawIO])] == ["rat.xml"]


def test_intans_folder_with_a_parameter_file_opens_as_intans(tmp_path):
    header = make_header("rhd", (3, 1), {"A": 32})
    write_per_signal(tmp_path / "rec", make_recording(header, 128 * 9, seed=1))
    xml = tmp_path / "rec" / "amplifier.xml"
    write_xml(xml, Parameters(Acquisition(n_channels=32), anatomical=None))
    for path in (tmp_path, xml.parent, xml.with_name("amplifier.dat")):
        assert isinstance(open_recording(path), IntanRawIO)
    assert isinstance(open_recording(xml), NeuroScopeRawIO)


def test_sessions_open_by_any_of_their_names(tmp_path):
    write_session(tmp_path, "rat", SMALL, extensions=("dat", "lfp"))
    firsts = {"": "dat", "rat.xml": "dat", "rat.dat": "dat", "rat.lfp": "lfp"}
    for name, first in firsts.items():
        reader = open_recording(tmp_path / name)
        assert isinstance(reader, NeuroScopeRawIO)
        assert reader.header["signal_streams"]["name"][0] == first


def test_a_search_finds_each_session_once(tmp_path):
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        write_session(tmp_path / name, "rat", SMALL, extensions=ALL)
        write_ripples(tmp_path / name / "rat")
    write_session(tmp_path / "b", "two", SMALL, extensions=("eeg",))
    write_xml(tmp_path / "b" / "alone.xml", SMALL)
    found = find_recordings(tmp_path, [NeuroScopeRawIO, RawBinaryRawIO])
    assert [entry.name for entry in found] == ["a/rat.xml", "b/rat.xml", "b/two.xml"]
    assert {entry.reader_class for entry in found} == {NeuroScopeRawIO}


def test_folders_with_one_several_and_no_sessions(tmp_path):
    folder = tmp_path / "rat"
    folder.mkdir()
    with pytest.raises(MissingFileError, match="holds no parameter file"):
        opened(folder)
    (folder / "settings.xml").write_text("<settings/>")
    write_session(folder, "one", Parameters(), extensions=("dat",))
    assert opened(folder).signal_streams_count() == 1
    write_session(folder, "two", Parameters(), extensions=("dat", "lfp"))
    with pytest.raises(SeveralRecordingsError) as error:
        opened(folder)
    assert error.value.names == ["one.xml", "two.xml"]
    write_session(folder, "rat", Parameters(), extensions=ALL)
    assert opened(folder).signal_streams_count() == 4


def test_a_parameter_file_alone(tmp_path):
    write_xml(tmp_path / "a.xml", SMALL)
    with pytest.raises(MissingFileError, match=r"a\.dat, \.lfp, \.eeg"):
        opened(tmp_path / "a.xml")


def test_a_parameter_file_beside_files_that_cannot_be_read(tmp_path):
    write_xml(tmp_path / "a.xml", SMALL)
    (tmp_path / "a.dat").touch()
    with pytest.raises(FormatError, match=r"nothing beside it can be read; .*a\.dat: is empty"):
        opened(tmp_path / "a.xml")


def test_what_is_not_there(tmp_path):
    for name in ("none.xml", "none.dat", "none", "none/none.xml", "x\0y.dat"):
        with pytest.raises((MissingFileError, UnreadableFileError), match=r"none|x"):
            opened(tmp_path / name)
    reader = NeuroScopeRawIO(tmp_path / "none.xml")  # nothing is read so far
    assert reader.parameters is None
    assert not reader.is_header_parsed
