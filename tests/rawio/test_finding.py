"""Folders: what is found in them, what is not, and how one of several is chosen."""

import os

import numpy as np
import pytest

from rawio import (
    BaseRawIO,
    MissingFileError,
    OptionError,
    PlexonRawIO,
    RawBinaryRawIO,
    SeveralRecordingsError,
    UnknownFormatError,
    UnreadableFileError,
    find_recordings,
    finding,
    open_recording,
    opening,
)
from rawio.base import Place
from sample_data import make_sample_data as sample
from tests.readers import ArrayReader, noise
from tests.writers.raw import write_raw

PLX = sample.HERE / sample.PLX_NAME


@pytest.fixture
def folder(tmp_path):
    """Return a folder with two recordings, one of them deeper, among other files."""
    deep = tmp_path / "lab" / "monday" / "rat 7"
    deep.mkdir(parents=True)
    (deep / "spikes.plx").write_bytes(PLX.read_bytes())
    write_raw(tmp_path / "lab" / "flat.dat", noise(50, 2), 1000.0)
    (tmp_path / "lab" / "notes.txt").write_text("a good day")
    (tmp_path / "lab" / "undescribed.dat").write_bytes(bytes(100))
    (tmp_path / "lab" / "empty.plx").touch()
    (tmp_path / "lab" / ".hidden").mkdir()
    (tmp_path / "lab" / ".hidden" / "old.plx").write_bytes(PLX.read_bytes())
    return tmp_path / "lab"


def test_recordings_are_found_at_any_depth_and_by_name(folder):
    found = find_recordings(folder)
    assert [(f.name, f.place.path, f.reader_class) for f in found] == [
        ("flat.dat", folder / "flat.dat", RawBinaryRawIO),
        ("monday/rat 7/spikes.plx", folder / "monday" / "rat 7" / "spikes.plx", PlexonRawIO),
    ]


def test_the_only_recording_of_a_folder_opens(folder):
    reader = open_recording(folder / "monday")
    assert type(reader) is PlexonRawIO and reader.is_header_parsed


def test_options_reach_the_reader(folder):
    assert open_recording(folder / "monday", use_cache=False).use_cache is False
    with pytest.raises(OptionError, match="Plexon"):
        open_recording(folder / "monday", n_channels=3)


def test_of_several_one_must_be_chosen(folder):
    with pytest.raises(SeveralRecordingsError) as caught:
        open_recording(folder)
    assert caught.value.names == ["flat.dat", "monday/rat 7/spikes.plx"]
    assert str(caught.value).startswith(f"{folder}: holds 2 recordings ('flat.dat', ")
    assert "\n" not in str(caught.value)
    for chosen in ("flat.dat", 1, "1"):
        assert type(open_recording(folder, recording=chosen)) is RawBinaryRawIO
    for chosen in ("monday/rat 7/spikes.plx", 2, "2"):
        assert type(open_recording(folder, recording=chosen)) is PlexonRawIO


@pytest.mark.parametrize("wrong", ["flat", 0, 3, "-1", "", "../flat.dat"])
def test_a_choice_that_is_not_there(folder, wrong):
    with pytest.raises(OptionError, match=r"has no recording .*'flat\.dat'"):
        open_recording(folder, recording=wrong)


def test_a_choice_within_a_file_makes_no_sense():
    with pytest.raises(OptionError, match="is one file"):
        open_recording(PLX, recording=1)


def test_nothing_found(tmp_path):
    (tmp_path / "notes.txt").write_text("nothing today")
    assert find_recordings(tmp_path) == []
    with pytest.raises(UnknownFormatError, match=r"holds no recording of a format known here\.$"):
        open_recording(tmp_path)
    (tmp_path / "b.DAT").write_bytes(bytes(100))
    with pytest.raises(UnknownFormatError, match=r"here; b\.DAT may be a flat binary file"):
        open_recording(tmp_path)


def test_no_folder(tmp_path):
    for path in (tmp_path / "none", PLX):
        with pytest.raises(MissingFileError, match="no such folder"):
            find_recordings(path)


def test_too_many_files(folder, monkeypatch):
    monkeypatch.setattr(finding, "MAX_FILES", 3)
    with pytest.raises(UnreadableFileError, match="more than 3 files"):
        find_recordings(folder)


@pytest.mark.skipif(not hasattr(os, "symlink"), reason="this system has no links")
def test_links_that_go_round_in_circles(folder):
    (folder / "monday" / "again").symlink_to(folder, target_is_directory=True)
    assert len(find_recordings(folder)) == 2


def test_pipes_and_broken_links_are_passed_over(folder):
    os.mkfifo(folder / "pipe.plx")
    (folder / "broken.plx").symlink_to(folder / "gone.plx")
    assert len(find_recordings(folder)) == 2


class SetReader(BaseRawIO):
    """A recording is a folder, or one of the sets in it, told apart by the names' first letter."""

    name = "set"
    extensions = ("part",)

    def __init__(self, filename, letter=None):
        super().__init__(filename)
        self.letter = letter

    @classmethod
    def recognises(cls, path, head):
        return path.suffix == ".part"

    @classmethod
    def recording_of(cls, path):
        letters = {p.name[0] for p in path.parent.glob("*.part")}
        return Place(path.parent, (("letter", path.name[0]),) if len(letters) > 1 else ())

    def _parse_header(self):
        self.header = ArrayReader.of(np.zeros((5, 1), np.int16)).header


def test_files_of_one_recording_are_found_as_one(tmp_path, monkeypatch):
    monkeypatch.setattr(opening, "readers", lambda: (SetReader,))
    for name in ("one/a1.part", "one/a2.part", "two/a1.part", "two/b1.part", "two/b2.part"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(b"x")
    assert [f.name for f in find_recordings(tmp_path)] == ["one", "two a", "two b"]
    assert open_recording(tmp_path / "one").letter is None
    assert open_recording(tmp_path, recording="two b").letter == "b"
    assert [f.name for f in find_recordings(tmp_path / "one")] == ["one"]


def test_two_formats_in_one_folder_have_names_of_their_own(tmp_path, monkeypatch):
    """Either makes one recording of the folder."""
    other = type("OtherReader", (SetReader,), {"name": "other"})
    other.recognises = classmethod(lambda cls, path, head: path.suffix == ".piece")
    other.recording_of = classmethod(lambda cls, path: Place(path.parent))
    monkeypatch.setattr(opening, "readers", lambda: (SetReader, other))
    (tmp_path / "day").mkdir()
    for name in ("a1.part", "a2.part", "x.piece"):
        (tmp_path / "day" / name).write_bytes(b"x")
    names = ["day (other)", "day (set)"]
    assert [f.name for f in find_recordings(tmp_path)] == names
    for number, name in enumerate(names, 1):
        for chosen in (name, number):
            reader = open_recording(tmp_path, recording=chosen)
            assert f"day ({reader.name})" == name


def test_half_of_a_recording_says_what_is_missing(tmp_path):
    (tmp_path / "run_g0_t0.nidq.meta").write_bytes(b"typeThis=nidq\nnSavedChans=1\n")
    with pytest.raises(UnknownFormatError, match=r"no whole recording; .*has no .*nidq\.bin"):
        open_recording(tmp_path)
    (tmp_path / "run_g0_t0.nidq.meta").rename(tmp_path / "notes.txt")
    (tmp_path / "run_g0_t0.nidq.bin").write_bytes(bytes(10))
    with pytest.raises(UnknownFormatError, match=r"nidq\.bin may be a flat binary file"):
        open_recording(tmp_path)
    with pytest.raises(UnknownFormatError, match=r"SpikeGLX has a \.meta with it"):
        open_recording(tmp_path / "run_g0_t0.nidq.bin")


def test_a_folder_that_is_a_part_of_a_recording(tmp_path, monkeypatch):
    monkeypatch.setattr(SetReader, "recording_of", lambda path: Place(path.parents[1]))
    monkeypatch.setattr(opening, "readers", lambda: (SetReader,))
    (tmp_path / "run" / "probe").mkdir(parents=True)
    (tmp_path / "run" / "probe" / "a.part").write_bytes(b"x")
    for folder in ("run", "run/probe"):
        assert [f.name for f in find_recordings(tmp_path / folder)] == ["run"]
        assert open_recording(tmp_path / folder).filename == str(tmp_path / "run")
