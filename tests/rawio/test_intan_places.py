"""Which files are Intan's, which of them are one recording, and what opens it."""

import os
import shutil

import numpy as np
import pytest

from rawio import (
    FormatError,
    MissingFileError,
    OptionError,
    RawBinaryRawIO,
    SeveralRecordingsError,
    UnknownFormatError,
)
from rawio.base import Place
from rawio.errors import one_line
from rawio.finding import find_recordings
from rawio.intan import IntanRawIO, sessions
from tests.rawio.intan_files import check, opened, recorded, some_header, write
from tests.writers.intan import pack_header
from tests.writers.intan_files import make_recording, write_split
from tests.writers.intan_truth import TRADITIONAL, truth_of

FOLDER_LAYOUTS = ["per signal", "per channel"]


def found_in(folder):
    """Return name, path and options of what is found, flat binary files last."""
    found = find_recordings(folder, [IntanRawIO, RawBinaryRawIO])
    assert {entry.reader_class for entry in found} <= {IntanRawIO}
    return [(entry.name, entry.place.path, dict(entry.place.options)) for entry in found]


def recognised(path):
    with path.open("rb") as file:
        return IntanRawIO.recognises(path, file.read(4096))


@pytest.mark.parametrize("layout", FOLDER_LAYOUTS)
@pytest.mark.parametrize("kind", ["rhd", "rhs"])
def test_every_file_of_a_folder_opens_it(tmp_path, layout, kind):
    recording = make_recording(some_header(kind), 640, highpass=True, lowpass_factor=2)
    path, truth = write(layout, tmp_path, recording)
    (path / "settings.xml").write_text("<IntanRHX/>")
    (path / "notes.doc").write_text("mine")
    files = [*path.glob("*.dat"), path / f"info.{kind}"]
    for file in files:
        assert recognised(file)
        assert IntanRawIO.recording_of(file) == Place(path)
    for way in (files[0], files[-1], path, str(path), path / "time.dat"):
        check(opened(way), truth)
    assert found_in(path) == [(path.name, path, {})]
    assert found_in(tmp_path) == [(path.name, path, {})]


def test_files_of_others_are_left_alone(tmp_path):
    path, _ = write("per signal", tmp_path, make_recording(some_header(), 640))
    for name in ("temp_wh.dat", "amplifier_filtered.dat", "amp.dat", "rat1.dat", "amp-1.txt"):
        (path / name).write_bytes(bytes(100))
        assert not recognised(path / name)
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    shutil.copy(path / "amplifier.dat", elsewhere)
    assert not recognised(elsewhere / "amplifier.dat")
    with pytest.raises(MissingFileError, match=r"info\.rhd"):
        opened(elsewhere / "amplifier.dat")
    (elsewhere / "info.rhd").write_bytes(b"something else")
    assert not recognised(elsewhere / "amplifier.dat")
    os.unlink(elsewhere / "info.rhd")
    os.mkfifo(elsewhere / "info.rhd")  # opening it would wait for ever
    assert not recognised(elsewhere / "amplifier.dat")


def test_a_header_of_another_name_still_has_its_files(tmp_path):
    path, truth = write("per signal", tmp_path, make_recording(some_header(), 640))
    (path / "info.rhd").rename(path / "rat1.rhd")
    check(opened(path / "rat1.rhd"), truth)


def test_a_traditional_file_may_be_called_info(tmp_path):
    path, truth = recorded("traditional", tmp_path)
    path = path.rename(tmp_path / "info.rhd")
    check(opened(path), truth)
    check(opened(tmp_path), truth)
    assert found_in(tmp_path) == [("info.rhd", path, {})]


def test_a_header_alone_is_no_recording(tmp_path):
    (tmp_path / "info.rhd").write_bytes(pack_header(some_header()))
    assert recognised(tmp_path / "info.rhd")
    assert found_in(tmp_path) == []
    with pytest.raises(UnknownFormatError):
        opened(tmp_path)


def test_bytes_behind_a_header_with_files_are_left_out(tmp_path):
    path, truth = write("per signal", tmp_path, make_recording(some_header(), 640))
    with (path / "info.rhd").open("ab") as file:
        file.write(b"tail")
    reader = opened(path)
    check(reader, truth)
    (warning,) = reader.warnings
    assert "4 bytes" in warning


# -- sessions -----------------------------------------------------------------------------------


def split(folder, n_blocks=40, per_file=7, rate=30_000.0, **options):
    header = some_header(sample_rate=rate)
    recording = make_recording(header, n_blocks * header.block, **options)
    files = write_split(folder, recording, per_file)
    return [path for path, _ in files], recording


def whole_truth(recording):
    return truth_of(recording.header, TRADITIONAL, recording.timestamps, dict(recording.data))


@pytest.mark.parametrize("start", [0, -256, 2**31 - 7 * 128 - 5])
def test_a_session_in_files_is_one_recording(tmp_path, start):
    header = some_header()
    recording = make_recording(header, 40 * 128)
    # The counter may wrap around where it likes.
    stored = (np.arange(start, start + 40 * 128)).astype(np.uint32).view(np.int32)
    recording.timestamps[:] = stored
    paths = [path for path, _ in write_split(tmp_path, recording, 7)]
    assert len(paths) == 6
    name = f"{tmp_path.name} {paths[0].stem}"
    assert found_in(tmp_path) == [(name, tmp_path, {"session": paths[0].stem})]
    recording.timestamps[:] = np.arange(start, start + 40 * 128)
    for options in ({}, {"session": paths[0].stem}, {"session": paths[3].stem}):
        reader = opened(tmp_path, **options)
        check(reader, whole_truth(recording))
        assert reader.segment_count(0) == 1
        assert not reader.warnings


def test_one_file_of_a_session_is_that_file(tmp_path):
    header = some_header()
    recording = make_recording(header, 20 * 128)
    files = write_split(tmp_path, recording, 6)
    for path, truth in files:
        check(opened(path), truth)


def test_chunks_across_files(tmp_path):
    _, recording = split(tmp_path, seed=5)
    reader = opened(tmp_path)
    raw = recording.data["amplifier"]
    rng = np.random.default_rng(0)
    for _ in range(50):
        start, stop = sorted(rng.integers(0, len(raw) + 1, 2).tolist())
        chunk = reader.get_analogsignal_chunk(0, 0, start, stop, stream_index=0)
        np.testing.assert_array_equal(chunk, raw[start:stop])


def test_gaps_within_a_session(tmp_path):
    # Two samples are lost between two files, and more within one.
    _, recording = split(tmp_path, gaps={14 * 128: 2, 20 * 128 + 50: 3000})
    assert len(found_in(tmp_path)) == 1
    reader = opened(tmp_path)
    assert reader.segment_count(0) == 3
    check(reader, whole_truth(recording))


@pytest.mark.parametrize("gap", [40_000, -1000, -14 * 128])
def test_files_that_do_not_go_on_are_recordings_of_their_own(tmp_path, gap):
    paths, _ = split(tmp_path, gaps={14 * 128: gap})
    assert len(paths) == 6
    assert [options["session"] for _, _, options in found_in(tmp_path)] == [
        paths[0].stem,
        paths[2].stem,
    ]
    with pytest.raises(SeveralRecordingsError) as error:
        opened(tmp_path)
    assert error.value.names == [paths[0].stem, paths[2].stem]
    sizes = [opened(tmp_path, session=paths[k].stem).get_signal_size(0, 0, 0) for k in (0, 2)]
    assert sizes == [14 * 128, 26 * 128]
    with pytest.raises(OptionError, match="no session 'other'"):
        opened(tmp_path, session="other")
    with pytest.raises(OptionError):
        opened(paths[0], session=paths[0].stem)


def test_a_missing_file_ends_a_session(tmp_path):
    header = some_header()
    recording = make_recording(header, 6 * 30_080)
    paths = [path for path, _ in write_split(tmp_path, recording, 235)]
    paths[2].unlink()
    places = found_in(tmp_path)
    assert [options["session"] for _, _, options in places] == [paths[0].stem, paths[3].stem]


def test_other_names_and_channels_are_other_sessions(tmp_path):
    recording = make_recording(some_header(), 1280)
    write_split(tmp_path, recording.part(0, 640), 5, base="one")
    (second, _), *_ = write_split(tmp_path, recording.part(640, 1280), 5, base="two")
    assert len(found_in(tmp_path)) == 2
    second.rename(tmp_path / "one_240301_000000.rhd")
    assert len(found_in(tmp_path)) == 1
    other = make_recording(some_header(disabled=["A-000"]), 640, start=1280)
    write("traditional", tmp_path, other, name="one_240301_000005")
    assert len(found_in(tmp_path)) == 2


def test_a_damaged_file_is_found_and_refused_alone(tmp_path):
    paths, _ = split(tmp_path, per_file=8, rate=1000.0)
    assert len(paths) == 5
    paths[2].write_bytes(paths[2].read_bytes()[:50])
    places = [(path, options.get("session")) for _, path, options in found_in(tmp_path)]
    assert sorted(places, key=str) == [
        (tmp_path, paths[0].stem),
        (tmp_path, paths[3].stem),
        (paths[2], None),
    ]
    with pytest.raises(FormatError):
        opened(paths[2])


def test_a_cut_file_within_a_session_is_a_gap(tmp_path):
    paths, recording = split(tmp_path, n_blocks=21)
    data = paths[1].read_bytes()
    paths[1].write_bytes(data[:-10])
    assert len(found_in(tmp_path)) == 1
    reader = opened(tmp_path)
    (warning,) = reader.warnings
    assert paths[1].name in warning
    assert reader.segment_count(0) == 2
    raw = recording.data["amplifier"]
    first = reader.get_analogsignal_chunk(0, 0, stream_index=0)
    second = reader.get_analogsignal_chunk(0, 1, stream_index=0)
    np.testing.assert_array_equal(first, raw[: 13 * 128])
    np.testing.assert_array_equal(second, raw[14 * 128 :])
    assert reader.get_signal_t_start(0, 1, 0) == 14 * 128 / 30_000


def test_what_changes_in_a_folder_is_seen(tmp_path):
    header = some_header()
    recording = make_recording(header, 20 * 128)
    paths = [path for path, _ in write_split(tmp_path, recording, 5)]
    assert len(found_in(tmp_path)) == 1
    content = paths[2].read_bytes()
    paths[2].unlink()
    assert len(found_in(tmp_path)) == 1  # a twentieth of a second is missing: a gap
    paths[2].write_bytes(content)
    later = make_recording(header, 5 * 128, start=10**6)
    write("traditional", tmp_path, later, name=paths[2].stem)
    assert len(found_in(tmp_path)) == 3  # before it, itself, behind it


def test_each_file_is_looked_at_once(tmp_path, monkeypatch):
    looked = []
    ends = sessions._ends

    def look(path, before):
        looked.append(path)
        return ends(path, before)

    monkeypatch.setattr(sessions, "_ends", look)
    paths, _ = split(tmp_path, n_blocks=60, per_file=2)
    assert len(found_in(tmp_path)) == 1
    assert sorted(looked) == paths


def test_an_unreadable_place_is_said_so(tmp_path):
    for path in (tmp_path / "none", tmp_path / "no\0ne", tmp_path / ("x" * 300)):
        with pytest.raises((MissingFileError, OSError)) as error:
            opened(path)
        assert str(error.value).startswith(one_line(str(path)))
