"""Recordings of several files: which they are, what is loaded, and one clock for all."""

import shutil

import numpy as np
import pytest

from rawio import FormatError, MissingFileError, OptionError, SelectionError
from rawio.blackrock import BlackrockRawIO
from rawio.blackrock.timeline import match_epochs
from rawio.finding import find_recordings
from rawio.testing import check_reader
from tests.rawio.blackrock_files import check_signals, noise, opened
from tests.writers import nsx
from tests.writers.nev import (
    RESTART,
    Comment,
    Digital,
    Electrode,
    Header,
    Spike,
    write_nev,
)
from tests.writers.nsx import Packet, ptp_timestamps, write_nsx, write_ptp

FAST, SLOW = nsx.Header(), nsx.Header(period=30)
UNITS = [Electrode(k) for k in (1, 2, 3)]


def spikes(*ticks, electrode=1):
    return [Spike(t, electrode) for t in ticks]


def write_set(folder, stem="a", fast=(), slow=(), points=(), n_fast=300, n_slow=10):
    """Write a .ns5, a .ns2 and a .nev; without packets given, the signals are unbroken."""
    fast = fast or [Packet(0, noise(n_fast))]
    slow = slow or [Packet(0, noise(n_slow, 2))]
    write_nsx(folder / f"{stem}.ns5", fast, nsx.channels(3), FAST)
    write_nsx(folder / f"{stem}.ns2", slow, nsx.channels(2, 3), SLOW)
    write_nev(folder / f"{stem}.nev", points or spikes(5, 100), UNITS)
    return folder / stem


def streams(reader):
    return reader.header["signal_streams"]["id"].tolist()


def ticks(reader, unit=0):
    return [reader.spike_timestamps(0, k, unit).tolist() for k in range(reader.segment_count(0))]


@pytest.mark.parametrize("name", ["a.b", "a.b.nev", "a.b.ns5", "a.b.ns2", "a.b.ccf", "a.b.sif"])
def test_any_file_opens_all(tmp_path, name):
    write_set(tmp_path, "a.b")
    write_set(tmp_path, "a.bc")
    (tmp_path / "a.b.ccf").write_text("x")
    reader = opened(tmp_path / name)
    assert streams(reader) == ["2", "5"]
    assert reader.header["signal_streams"]["name"].tolist() == ["nsx2", "nsx5"]
    assert reader.header["signal_buffers"]["id"].tolist() == ["2", "5"]
    assert reader.header["signal_channels"]["group_id"].tolist() == [0, 0, 1, 1, 1]
    assert ticks(reader) == [[5, 100]]
    assert reader.source_name() == str(tmp_path / name)
    assert not reader.warnings


def test_endings_in_capitals(tmp_path):
    write_set(tmp_path)
    for ending in ("nev", "ns5"):
        (tmp_path / f"a.{ending}").rename(tmp_path / f"a.{ending.upper()}")
    for name in ("a.NS5", "a", "a.NEV", "a.ns2"):
        reader = opened(tmp_path / name)
        assert (streams(reader), ticks(reader)) == (["2", "5"], [[5, 100]])


def test_a_relative_name(tmp_path, monkeypatch):
    write_set(tmp_path)
    monkeypatch.chdir(tmp_path)
    for name in ("a", "a.ns5", "./a.ns2"):
        assert streams(opened(name)) == ["2", "5"]


@pytest.mark.parametrize(
    "wanted, loaded",
    [(None, "25"), ("all", "25"), ("max", "5"), (5, "5"), ("2", "2"), ([5, 2], "52"), ([], "")],
)
def test_which_streams_to_load(tmp_path, wanted, loaded):
    write_set(tmp_path)
    assert streams(opened(tmp_path / "a.ns5", nsx_to_load=wanted)) == list(loaded)


def test_options_that_make_no_sense(tmp_path):
    path = write_set(tmp_path)
    with pytest.raises(MissingFileError, match=r"no \.ns6; there is \.ns2, \.ns5"):
        opened(path, nsx_to_load=6)
    for wrong in ("some", 5.5, [None], {}.keys):
        with pytest.raises(OptionError, match="nsx_to_load is"):
            opened(path, nsx_to_load=wrong)
    for wrong in (-1, "x", float("nan"), []):
        with pytest.raises(OptionError, match="gap_tolerance_ms is"):
            opened(path, gap_tolerance_ms=wrong)
    with pytest.raises(MissingFileError, match="no file to load"):
        opened(path, nsx_to_load=[], load_nev=False)


def test_without_spikes(tmp_path):
    reader = opened(write_set(tmp_path), load_nev=False, verbose=True)
    assert reader.unit_channels_count() == reader.event_channels_count() == 0
    with pytest.raises(SelectionError):
        reader.rescale_spike_timestamp(np.arange(3))
    check_reader(reader)


def test_parts_from_elsewhere(tmp_path):
    (tmp_path / "x").mkdir()
    write_set(tmp_path)
    write_set(tmp_path / "x", "b", points=spikes(7), n_fast=20)
    reader = opened(tmp_path / "a", nev_override=tmp_path / "x" / "b")
    assert (ticks(reader), reader.get_signal_size(0, 0, 1)) == ([[7]], 300)
    reader = opened(tmp_path / "a", nsx_override=str(tmp_path / "x" / "b.ns5"))
    assert (ticks(reader), reader.get_signal_size(0, 0, 1)) == ([[5, 100]], 20)


def test_missing_files(tmp_path):
    for name in ("a", "a.ns5", "", "no/such/a.nev", "\0"):
        with pytest.raises(MissingFileError):
            opened(tmp_path / name)
    write_set(tmp_path)
    with pytest.raises(MissingFileError):
        opened(tmp_path / "a.b")


def test_what_is_broken_beside_is_left_out_with_a_warning(tmp_path):
    write_set(tmp_path)
    (tmp_path / "a.ns2").write_bytes(b"NEURALCD")
    (tmp_path / "a.nev").write_bytes(b"######## Neuralynx Data File Header")
    reader = opened(tmp_path / "a.ns5")
    assert streams(reader) == ["5"]
    assert [w.split("a file of the recording is left out: ")[1] for w in reader.warnings]
    assert len(reader.warnings) == 2
    for name, asked in (("a.ns2", {}), ("a.nev", {}), ("a.ns5", {"nsx_to_load": 2})):
        with pytest.raises(FormatError):
            opened(tmp_path / name, **asked)
    (tmp_path / "a.ns5").write_bytes(b"")
    with pytest.raises(FormatError, match=r"a\.ns2"):  # none of all can be read
        opened(tmp_path / "a")


def test_a_file_of_another_name_is_known_by_its_content(tmp_path):
    write_set(tmp_path)
    for name in ("a.ns5", "a.nev"):
        (tmp_path / name).rename(tmp_path / f"{name}.bak")
        path = tmp_path / f"{name}.bak"
        assert BlackrockRawIO.recognises(path, path.read_bytes()[:4096])
        assert BlackrockRawIO.recording_of(path).path == path
    assert streams(opened(tmp_path / "a.ns5.bak")) == ["0"]
    assert ticks(opened(tmp_path / "a.nev.bak")) == [[5, 100]]
    (tmp_path / "x.txt").write_text("x")
    with pytest.raises(MissingFileError):
        opened(tmp_path / "x.txt")


def test_one_place_for_a_recording(tmp_path):
    write_set(tmp_path)
    write_set(tmp_path, "b")
    write_set(tmp_path, "c")
    (tmp_path / "b.nev").unlink()
    (tmp_path / "c.nev").write_bytes(b"Neuralynx")
    shutil.copy(tmp_path / "a.nev", tmp_path / "d.nev")
    (tmp_path / "c.ns2").write_bytes(b"")
    found = find_recordings(tmp_path, [BlackrockRawIO])
    assert [entry.name for entry in found] == ["a.nev", "b.ns2", "c.ns5", "d.nev"]
    assert {entry.place.options for entry in found} == {()}
    assert not BlackrockRawIO.recognises(tmp_path / "c.nev", b"Neuralynx")


def test_units_and_their_signals(tmp_path):
    write_set(tmp_path, points=[*spikes(5), *spikes(6, electrode=3), *spikes(7, electrode=9)])
    reader = opened(tmp_path / "a")
    assert reader.header["signal_channels"]["id"].tolist() == ["3", "4", "1", "2", "3"]
    assert [reader.unit_signal_channel(u) for u in range(3)] == [2, 4, None]
    with pytest.raises(SelectionError):
        reader.unit_signal_channel(3)
    reader = opened(tmp_path / "a", nsx_to_load=2)
    assert [reader.unit_signal_channel(u) for u in range(3)] == [None, 0, None]


def test_a_pause_cuts_all_streams_and_spikes(tmp_path):
    fast = [Packet(0, noise(3000)), Packet(30_000, noise(1500, seed=1))]
    slow = [Packet(0, noise(100, 2)), Packet(30_000, noise(50, 2, seed=1))]
    points = [*spikes(5, 2999, 3000, 20_000), Digital(29_999, 7), *spikes(30_000, 99_999)]
    write_set(tmp_path, fast=fast, slow=slow, points=points)
    reader = opened(tmp_path / "a")
    check_signals(reader, [(0, noise(100, 2)), (1, noise(50, 2, seed=1))], 0)
    check_signals(reader, [(0, noise(3000)), (1, noise(1500, seed=1))], 1)
    assert ticks(reader) == [[5, 2999, 3000, 20_000], [30_000, 99_999]]
    assert [reader.event_count(0, k, 0) for k in range(2)] == [1, 0]
    assert reader.segment_t_stop(0, 0) == 29_999 / 30_000
    assert reader.segment_t_stop(0, 1) == 99_999 / 30_000
    assert not reader.warnings
    check_reader(reader)


def test_a_gap_of_one_stream_cuts_the_others(tmp_path):
    fast = [Packet(0, noise(600)), Packet(610, noise(390, seed=1))]
    slow = noise(33, 2)
    write_set(tmp_path, fast=fast, slow=[Packet(0, slow)], points=spikes(605, 610))
    reader = opened(tmp_path / "a")
    check_signals(reader, [(0, noise(600)), (610 / 30_000, noise(390, seed=1))], 1)
    first, second = (reader.get_signal_size(0, k, 0) for k in range(2))
    assert first + second == 33
    assert reader.get_signal_t_start(0, 1, 0) == pytest.approx(first / 1000)
    assert ticks(reader) == [[605], [610]]
    check_reader(reader)


@pytest.mark.parametrize("noted", [True, False])
def test_resets_cut_all(tmp_path, noted):
    parts = [noise(90_000, 1, seed=k) for k in range(3)]
    slow = [Packet(0, noise(3000, 2, seed=k)) for k in range(3)]
    restart = [RESTART] if noted else []
    points = [
        *spikes(9, 60_000, 80_000),
        *restart,
        *spikes(3, 5, 70_000),
        *restart,
        *spikes(1, 89_999),
    ]
    write_nsx(tmp_path / "a.ns5", [Packet(0, p) for p in parts], nsx.channels(1))
    write_nsx(tmp_path / "a.ns2", slow, nsx.channels(2, 3), SLOW)
    write_nev(tmp_path / "a.nev", points, UNITS)
    reader = opened(tmp_path / "a")
    check_signals(reader, [(0, p) for p in parts], 1)
    assert ticks(reader) == [[9, 60_000, 80_000], [3, 5, 70_000], [1, 89_999]]
    assert not reader.warnings
    check_reader(reader)


def test_packets_out_of_order_are_no_resets_when_signals_have_none(tmp_path):
    points = spikes(0, 90_000, 5, 91_000, 7, 200_000, 8)
    write_set(tmp_path, n_fast=210_000, n_slow=7000, points=points)
    reader = opened(tmp_path / "a")
    assert ticks(reader) == [[0, 5, 7, 8, 90_000, 91_000, 200_000]]
    assert "go back by more than a second 3 times" in reader.warnings[0]
    waveforms = reader.spike_raw_waveforms()
    assert waveforms.shape == (7, 1, 48)
    check_reader(reader)


def test_a_reset_that_only_the_signals_saw(tmp_path):
    """A recording that starts with a sample of the old clock, as when several were synchronised."""
    fast = [Packet(1_000_000, noise(1)), Packet(0, noise(90_000, seed=1))]
    slow = [Packet(1_000_000, noise(1, 2)), Packet(0, noise(3000, 2, seed=1))]
    write_set(tmp_path, fast=fast, slow=slow, points=spikes(10, 80_000))
    reader = opened(tmp_path / "a")
    assert ticks(reader) == [[], [10, 80_000]]
    assert "set back 0 times by the .nev and 1 times by the signals" in reader.warnings[0]


def test_a_reset_that_one_stream_does_not_show(tmp_path):
    fast = [Packet(0, noise(20)), Packet(0, noise(90_000, seed=1))]
    write_set(tmp_path, fast=fast, slow=[Packet(0, noise(3000, 2))], points=spikes(10, 80_000))
    reader = opened(tmp_path / "a")
    assert [reader.get_signal_size(0, k, 1) for k in range(2)] == [20, 90_000]
    assert [reader.get_signal_size(0, k, 0) for k in range(2)] == [0, 3000]
    assert ticks(reader) == [[], [10, 80_000]]
    assert reader.get_analogsignal_chunk(0, 0, stream_index=0).shape == (0, 2)
    check_reader(reader)


def test_spikes_of_an_epoch_without_signals_have_a_segment(tmp_path):
    fast = [Packet(5000, noise(0)), Packet(0, noise(300))]
    slow = [Packet(5000, noise(0, 2)), Packet(0, noise(10, 2))]
    points = [*spikes(4000, 4500), RESTART, *spikes(7, 100)]
    write_set(tmp_path, fast=fast, slow=slow, points=points)
    reader = opened(tmp_path / "a")
    assert ticks(reader) == [[4000, 4500], [7, 100]]
    assert [reader.get_signal_size(0, k, 1) for k in range(2)] == [0, 300]
    assert reader.segment_t_start(0, 0) == reader.get_signal_t_start(0, 0, 1) == 4000 / 30_000
    assert reader.segment_t_stop(0, 0) == 4500 / 30_000
    check_reader(reader)


def test_signals_without_samples_beside_spikes(tmp_path):
    points = [*spikes(4000, 4500), RESTART, *spikes(7, 100)]
    write_set(tmp_path, fast=[Packet(0, noise(0))], slow=[Packet(0, noise(0, 2))], points=points)
    for left in (None, 512):  # an empty packet, or none
        raw = (tmp_path / "a.ns5").read_bytes()
        (tmp_path / "a.ns5").write_bytes(raw[:left])
        reader = opened(tmp_path / "a")
        assert ticks(reader) == [[4000, 4500], [7, 100]]
        assert {reader.get_signal_size(0, 0, k) for k in range(2)} == {0}
        assert "a.ns5: holds no samples." in reader.warnings
        check_reader(reader)


def test_more_noted_resets_than_the_signals_show(tmp_path):
    points = [*spikes(4000), RESTART, *spikes(7, 100), RESTART, Comment(3, "x"), *spikes(4)]
    write_set(tmp_path, n_fast=6000, n_slow=200, points=points)
    reader = opened(tmp_path / "a")
    assert ticks(reader) == [[4, 7, 100, 4000]]
    assert "set back 2 times by the .nev and 0 times" in reader.warnings[0]


def test_a_ptp_recording_has_one_clock(tmp_path):
    stamps = ptp_timestamps(3000, gaps={2000: 10**9}, start=1_700_000_000_900_000_000)
    slow_stamps = stamps[::30] + np.uint64(1000)
    write_ptp(tmp_path / "a.ns6", noise(3000, 2), stamps, nsx.channels(2))
    header = nsx.Header("3.0", period=30, timestamp_resolution=10**9)
    write_ptp(tmp_path / "a.ns2", noise(100, 1), slow_stamps, nsx.channels(1), header)
    times = stamps[[0, 1500, 1999, 2000, 2999]].astype(np.int64)
    points = [*spikes(*(times + 17).tolist()), Digital(int(times[3]) - 5, 3)]
    header = Header("3.0", timestamp_resolution=10**9)
    write_nev(tmp_path / "a.nev", sorted(points, key=lambda p: p.timestamp), UNITS, header)
    reader = opened(tmp_path / "a")
    assert reader.clock_origin == 1_700_000_000
    assert ticks(reader) == [(times[:3] + 17).tolist(), (times[3:] + 17).tolist()]
    assert [reader.event_count(0, k, 0) for k in range(2)] == [1, 0]
    first = reader.rescale_spike_timestamp(reader.spike_timestamps())[0]
    assert first - reader.get_signal_t_start(0, 0, 1) == pytest.approx(17e-9, rel=1e-3)
    assert reader.get_signal_t_start(0, 0, 1) == 0.9
    assert reader.get_signal_t_start(0, 0, 0) == 0.900001
    check_reader(reader)


def test_clocks_that_do_not_fit_are_told_of(tmp_path):
    write_ptp(tmp_path / "a.ns6", noise(30, 2), ptp_timestamps(30), nsx.channels(2))
    write_nev(tmp_path / "a.nev", spikes(5, 9), UNITS)
    reader = opened(tmp_path / "a")
    assert "cannot be put on one clock" in reader.warnings[0]
    assert reader.rescale_spike_timestamp(reader.spike_timestamps())[0] == 5 / 30_000
    assert reader.get_signal_t_start(0, 0) == 0


def test_epochs_are_matched_by_time():
    one, two, three = [0, 10], [100, 200], [0, 50]
    none = [np.nan, np.nan]
    cases = [
        ([one, two], [two, three], [0, 1]),  # as many: each its own
        ([two], [one, two, three], [1]),
        ([two, three], [one, two, three], [1, 2]),
        ([one, three], [one, two, three], [0, 2]),
        ([one, two, three], [two], [0, 0, 0]),
        ([one, two, [110, 120], three], [two, three], [0, 0, 0, 1]),
        ([none, two], [one, two, three], [0, 1]),
        ([none], [one, two], [0]),
    ]
    for spans, others, wanted in cases:
        assert match_epochs(np.array(spans, float), np.array(others, float)).tolist() == wanted
