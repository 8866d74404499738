"""Folders: parts of a channel, files chosen and left out, files that cannot be read, finding."""

import pickle
from pathlib import Path

import numpy as np
import pytest

from rawio import (
    FormatError,
    MissingFileError,
    OptionError,
    RawIOError,
    UnknownFormatError,
    finding,
)
from rawio.neuralynx import NeuralynxRawIO
from rawio.testing import check_reader
from tests.rawio.descriptors import open_below
from tests.rawio.neuralynx_files import check_runs, header, names, opened, pieces, times
from tests.writers.neuralynx import (
    Header,
    Run,
    noise,
    write_ncs,
    write_nev,
    write_nvt,
    write_session,
    write_spikes,
)

START = 10_000_000


@pytest.fixture
def session(tmp_path):
    write_session(tmp_path, Header(), n_channels=3)
    write_nev(tmp_path / "Events.nev", Header(name="Events"), [START + 5])
    write_spikes(tmp_path / "SE1.nse", header("SE1"), [START + 9])
    return tmp_path


def test_parts_of_a_channel_follow_each_other(tmp_path):
    """Separate files for each recording: a pause, then none, then the clock is set back."""
    first = write_session(tmp_path, Header(), n_samples=2000)
    goes_on = {"start_us": START + 62_500 + 3_000_000, "n_samples": 3001}
    write_session(tmp_path, Header(), suffix="_0001", seed=10, **goes_on)
    start = START + 3_062_500 + int(3001 * 31.25)
    write_session(tmp_path, Header(), suffix="_0002", seed=20, start_us=start, n_samples=700)
    write_session(tmp_path, Header(), suffix="_0003", seed=30, start_us=500_000, n_samples=90)
    reader = opened(tmp_path)
    assert names(reader) == [truth.name for truth in first]
    for k, truth in enumerate(first):
        found = pieces(reader, truth.name)
        assert [start for start, _ in found] == [9.5, 12.5625, 0.0]
        np.testing.assert_array_equal(found[0][1], truth.samples)
        joined = np.concatenate([noise(3001, 10 + k), noise(700, 20 + k)])
        np.testing.assert_array_equal(found[1][1], joined)
        np.testing.assert_array_equal(found[2][1], noise(90, 30 + k))
    assert not reader.warnings
    check_reader(reader)


def test_parts_of_spikes_and_events(tmp_path):
    write_session(tmp_path, Header(), n_channels=1, n_samples=32_000)
    write_session(
        tmp_path, Header(), n_channels=1, n_samples=32_000, suffix="_0001", start_us=3 * START
    )
    waves = noise((40, 4, 32), 1)
    ticks = np.concatenate([START + np.arange(20) * 900, 3 * START + np.arange(20) * 900])
    units = np.arange(40) % 3
    head = Header(name="TT1", channels=(0, 1, 2, 3))
    for part, suffix in ((slice(0, 20), ""), (slice(20, 40), "_0001")):
        path = tmp_path / f"TT1{suffix}.ntt"
        write_spikes(path, head, ticks[part], units[part], waves[part])
        texts = [b"event %d" % k for k in range(40)][part]
        write_nev(tmp_path / f"Events{suffix}.nev", Header(name="Events"), ticks[part], 0, 4, texts)
    reader = opened(tmp_path)
    assert reader.unit_channels_count() == 3
    for seg, part in enumerate((slice(0, 20), slice(20, 40))):
        for unit in range(3):
            mine = np.flatnonzero(units[part] == unit) + part.start
            assert reader.spike_timestamps(0, seg, unit).tolist() == ticks[mine].tolist()
            np.testing.assert_array_equal(reader.spike_raw_waveforms(0, seg, unit), waves[mine])
        labels = reader.event_timestamps(0, seg, 0)[2]
        assert labels.tolist() == [f"event {k}" for k in range(40)[part]]
    check_reader(reader)


def test_names_that_look_like_parts(tmp_path):
    run = Run(noise(600, 1), START)
    write_ncs(tmp_path / "a_0001.ncs", header("a_0001"), [run])  # it is called so
    write_ncs(tmp_path / "b_0002.ncs", header(None), [run])  # there is no b.ncs
    write_ncs(tmp_path / "c.ncs", header(None), [run])
    write_ncs(tmp_path / "c_0001.ncs", header(None), [run.then(noise(600, 2))])
    write_ncs(tmp_path / "d_0001.ncs", header("d"), [run])  # d.ncs is lost
    reader = opened(tmp_path)
    assert names(reader) == ["a_0001", "b_0002", "c", "d"]
    assert len(pieces(reader, "c")[0][1]) == 1200
    assert not reader.warnings


def test_files_of_one_entity_that_are_no_parts(tmp_path):
    run = Run(noise(600, 1), START)
    write_ncs(tmp_path / "CSC1.ncs", header(), [run])
    write_ncs(tmp_path / "CSC1_copy.ncs", header(), [run])
    write_ncs(tmp_path / "CSC1_0001.ncs", header(input_range=500), [run])  # another gain
    reader = opened(tmp_path)
    assert names(reader) == ["CSC1", "CSC1_0001", "CSC1_copy"]
    assert "entity 'CSC1'" in reader.warnings[0]
    check_reader(reader)


def test_electrodes_of_one_name(tmp_path):
    for kind, channels in (("nse", (1,)), ("nst", (1, 2)), ("ntt", (1, 2, 3, 4))):
        write_spikes(tmp_path / f"E1.{kind}", Header(name="E", channels=channels), [START])
    reader = opened(tmp_path)
    assert reader.header["unit_channels"]["name"].tolist() == [
        f"chE1.{kind}#1#0" for kind in ("nse", "nst", "ntt")
    ]
    check_reader(reader)


def test_files_chosen_and_left_out(session):
    assert names(opened(session)) == ["CSC1", "CSC2", "CSC3"]
    for include in ("CSC2.ncs", ["CSC2.ncs"], session / "CSC2.ncs", (str(session / "CSC2.ncs"),)):
        reader = opened(session, include_filenames=include)
        assert names(reader) == ["CSC2"]
        assert reader.event_channels_count() == reader.unit_channels_count() == 0
    assert names(opened(None, include_filenames=[session / "CSC3.ncs"])) == ["CSC3"]
    for exclude in ("CSC2.ncs", ["CSC2.ncs", "Events.nev"]):
        reader = opened(session, exclude_filenames=exclude)
        assert names(reader) == ["CSC1", "CSC3"]
        assert reader.event_channels_count() == (1 if isinstance(exclude, str) else 0)
    assert names(opened(session, exclude_filename="CSC1.ncs")) == ["CSC2", "CSC3"]
    assert names(opened(dirname=session)) == ["CSC1", "CSC2", "CSC3"]
    assert names(opened("CSC1.ncs", dirname=session)) == ["CSC1"]  # as neo takes it
    assert names(opened(session / "CSC1.ncs")) == ["CSC1"]
    reader = NeuralynxRawIO(str(session), None, ["CSC1.ncs"], True, 1.0, None)  # neo's order
    reader.parse_header()
    assert (names(reader), times(reader)[0]) == (["CSC2", "CSC3"], 10.0)
    assert reader.source_name() == reader.dirname == str(session)


def test_options_that_make_no_sense(session):
    with pytest.raises(OptionError):
        NeuralynxRawIO()
    with pytest.raises(OptionError, match="no folder"):
        opened(session / "CSC1.ncs", include_filenames="CSC1.ncs")
    with pytest.raises(OptionError, match="none of"):
        opened(session, include_filenames="notes.txt")
    with pytest.raises(MissingFileError, match=r"CSC9\.ncs"):
        opened(session, include_filenames=["CSC1.ncs", "CSC9.ncs"])
    with pytest.raises(UnknownFormatError, match="no Neuralynx files"):
        opened(session, exclude_filenames=[p.name for p in session.iterdir()])
    with pytest.raises(MissingFileError):
        opened(session / "nowhere")
    with pytest.raises(RawIOError):
        opened(f"{session}/a\0b")


def test_other_files_of_a_folder(session):
    write_nvt(session / "VT1.nvt", [1, 2])
    (session / "raw.nrd").write_bytes(b"x")
    (session / "notes.txt").write_text("hello")
    (session / "CSC9.ncs").mkdir()
    (session / ".CSC8.ncs").write_bytes(b"")
    reader = opened(session)
    assert names(reader) == ["CSC1", "CSC2", "CSC3"]
    assert [w.split(":")[0] for w in reader.warnings] == ["VT1.nvt", "raw.nrd"]


def test_files_that_cannot_be_read_are_left_out(session):
    data = (session / "CSC2.ncs").read_bytes()
    (session / "CSC2.ncs").write_bytes(data[:9000])
    (session / "CSC3.ncs").write_bytes(b"")
    (session / "foreign.nev").write_bytes(b"NEURALEV" + bytes(400))
    (session / "CSC4.ncs").write_bytes(data[:16384])
    reader = opened(session)
    assert names(reader) == ["CSC1"]
    text = " ".join(reader.warnings)
    for name in ("CSC2.ncs", "CSC3.ncs", "foreign.nev", "CSC4.ncs"):
        assert name in text
    (session / "CSC1.ncs").write_bytes(data[:30])
    for name in ("SE1.nse", "Events.nev", "CSC4.ncs"):
        (session / name).unlink()
    with pytest.raises(FormatError, match=r"CSC1\.ncs"):
        opened(session)


def test_a_folder_is_one_recording(session):
    (session / "sub").mkdir()
    write_ncs(session / "sub" / "CSC1.ncs", header(), [Run(noise(9, 1), 5)])
    found = finding.find_recordings(session, [NeuralynxRawIO])
    assert [entry.name for entry in found] == ["sub", session.resolve().name]
    assert [entry.place.path for entry in found] == [session / "sub", session]


@pytest.mark.usefixtures("three_open_files")
def test_more_files_than_may_be_open(session):
    truths = write_session(session, Header(), n_channels=9)
    reader = opened(session)
    for _ in range(2):
        for truth in truths:
            check_runs(reader, truth)
    assert len(open_below(session)) == 3


def test_a_reader_can_be_sent_and_the_folder_changed(session, monkeypatch):
    monkeypatch.chdir(session)
    reader = opened(".")
    copy = pickle.loads(pickle.dumps(reader))
    monkeypatch.chdir(Path("/"))
    for one in (reader, copy):
        np.testing.assert_array_equal(
            one.get_analogsignal_chunk(channel_indexes=[1])[:, 0], noise((1, 3000), 1)[0]
        )
        assert one.spike_raw_waveforms().shape == (1, 1, 32)
