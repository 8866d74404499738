"""Edges of digital lines, and notes."""

import pickle
import threading

import numpy as np
import pytest

from rawio import SelectionError, edges
from rawio.edges import EdgeFinder
from rawio.intan import reader as reader_module
from tests.rawio.intan_files import LAYOUTS, opened, recorded, some_header, write
from tests.writers.intan_files import make_recording, pack_live_notes, write_split


def expected_edges(truth, native, segment):
    """Return timestamps and labels of a line's edges in a segment, sample by sample."""
    signal = "digital_in" if "IN" in native else "digital_out"
    stream = truth.streams[signal]
    line = stream.raw[segment.first : segment.stop, stream.ids.index(native)].astype(int)
    at = np.flatnonzero(np.diff(line)) + 1
    labels = np.where(line[at] == 1, "rising", "falling")
    return (truth.timestamps[segment.first] + at).tolist(), labels.tolist()


def slow_lines(recording, seed=1, busy=0.01):
    """Let digital lines change now and then, not with every sample."""
    rng = np.random.default_rng(seed)
    n = len(recording.timestamps)
    for signal in ("digital_in", "digital_out"):
        flips = (rng.random((n, 16)) < busy).cumsum(axis=0) % 2
        recording.data[signal][:] = (flips << np.arange(16)).sum(axis=1)
    return recording


def check_events(reader, truth, lines):
    names = reader.header["event_channels"]["id"].tolist()
    assert names == lines
    for channel, native in enumerate(lines):
        for s, segment in enumerate(truth.segments):
            expected, labels = expected_edges(truth, native, segment)
            ticks, durations, found = reader.event_timestamps(0, s, channel)
            assert ticks.dtype == np.int64
            assert durations is None
            assert ticks.tolist() == expected
            assert found.tolist() == labels
            assert reader.event_count(0, s, channel) == len(expected)
            times = reader.rescale_event_timestamp(ticks, event_channel_index=channel)
            np.testing.assert_allclose(times, np.array(expected) / truth.rate)


LINES = ["DIGITAL-IN-01", "DIGITAL-IN-02", "DIGITAL-IN-04"]
LINES += ["DIGITAL-OUT-01", "DIGITAL-OUT-02", "DIGITAL-OUT-03"]


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("busy", [0.01, 0.7])
@pytest.mark.parametrize("slab", [300, 1 << 17])
def test_edges_of_every_line(tmp_path, layout, busy, slab, monkeypatch):
    monkeypatch.setattr(reader_module, "SLAB_SAMPLES", slab)
    header = some_header(disabled=["DIGITAL-IN-03"], custom_names={"DIGITAL-IN-01": "camera"})
    recording = make_recording(header, 2560, start=-100, gaps={700: 33, 701: 4, 2000: -1000})
    path, truth = write(layout, tmp_path, slow_lines(recording, busy=busy))
    reader = opened(path)
    assert reader.header["event_channels"]["name"][0] == "camera"
    assert set(reader.header["event_channels"]["type"].tolist()) == {b"event"}
    check_events(reader, truth, LINES)
    check_events(pickle.loads(pickle.dumps(reader)), truth, LINES)


@pytest.mark.parametrize("layout", LAYOUTS)
def test_limits_are_inclusive(tmp_path, layout, monkeypatch):
    monkeypatch.setattr(reader_module, "SLAB_SAMPLES", 200)
    recording = slow_lines(make_recording(some_header(), 2560, start=-640, gaps={1500: 10}))
    path, truth = write(layout, tmp_path, recording)
    reader = opened(path)
    for s, segment in enumerate(truth.segments):
        expected, labels = expected_edges(truth, "DIGITAL-IN-02", segment)
        times = np.array(expected) / truth.rate
        for first, last in [(2, 5), (0, 0), (3, 3), (0, len(times) - 1)]:
            ticks, _, found = reader.event_timestamps(0, s, 1, times[first], times[last])
            assert ticks.tolist() == expected[first : last + 1]
            assert found.tolist() == labels[first : last + 1]
        nothing = reader.event_timestamps(0, s, 1, times[3] + 1e-7, times[4] - 1e-7)
        assert len(nothing[0]) == len(nothing[2]) == 0
        for limits in [(None, times[4]), (times[4], None), (-np.inf, np.inf), (5.0, -5.0)]:
            ticks, _, _ = reader.event_timestamps(0, s, 1, *limits)
            low = -np.inf if limits[0] is None else limits[0]
            high = np.inf if limits[1] is None else limits[1]
            kept = [t for t, time in zip(expected, times, strict=True) if low <= time <= high]
            assert ticks.tolist() == kept
        with pytest.raises(SelectionError):
            reader.event_timestamps(0, s, 1, float("nan"))


def test_nothing_is_read_before_it_is_asked_for(tmp_path, monkeypatch):
    scans = []
    scan = EdgeFinder._scan
    monkeypatch.setattr(EdgeFinder, "_scan", lambda self, k: (scans.append(k), scan(self, k))[1])
    monkeypatch.setattr(reader_module, "SLAB_SAMPLES", 512)
    recording = slow_lines(make_recording(some_header(), 12_800))
    path, truth = write("per signal", tmp_path, recording)
    reader = opened(path)
    assert not scans
    reader.event_timestamps(0, 0, 0, 1030 / truth.rate, 1040 / truth.rate)
    assert scans == [2]
    for line in range(4):  # all lines of a word at once
        reader.event_timestamps(0, 0, line, 1030 / truth.rate, 1600 / truth.rate)
    assert scans == [2, 3]
    for line in range(4):
        reader.event_count(0, 0, line)
    assert sorted(scans) == list(range(25))


def test_several_threads_find_the_same_edges(tmp_path, monkeypatch):
    monkeypatch.setattr(reader_module, "SLAB_SAMPLES", 256)
    monkeypatch.setattr(reader_module, "Budget", lambda: edges.Budget(4000))
    recording = slow_lines(make_recording(some_header(), 12_800), busy=0.2)
    path, truth = write("traditional", tmp_path, recording)
    reader = opened(path)
    (segment,) = truth.segments
    expected = [expected_edges(truth, line, segment)[0] for line in ["DIGITAL-IN-01", *LINES[1:2]]]
    wrong = []

    def ask(line):
        for _ in range(5):
            if reader.event_timestamps(0, 0, line)[0].tolist() != expected[line]:
                wrong.append(line)
            if reader.event_count(0, 0, line) != len(expected[line]):
                wrong.append(line)

    threads = [threading.Thread(target=ask, args=(k % 2,)) for k in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong


def test_lines_that_are_cut_short_have_edges_up_to_there(tmp_path):
    recording = slow_lines(make_recording(some_header(), 1280))
    path, truth = write("per signal", tmp_path, recording)
    file = path / "digitalin.dat"
    file.write_bytes(file.read_bytes()[:1000])
    reader = opened(path)
    (segment,) = truth.segments
    expected, _ = expected_edges(truth, "DIGITAL-IN-01", segment)
    assert reader.event_timestamps(0, 0, 0)[0].tolist() == [t for t in expected if t < 500]


NOTES = [(0, "rat 12, left"), (300, "drug µ"), (701, "after the gap"), (99_999, "forgotten")]


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("start", [0, 5000, -256])
def test_notes_are_events(tmp_path, layout, start):
    path, truth = recorded(layout, tmp_path, gaps={700: 50}, start=start, n_blocks=10)
    folder = tmp_path if layout == "traditional" else path
    (folder / "notes.txt").write_bytes(pack_live_notes(NOTES, truth.rate))
    reader = opened(path)
    assert not reader.warnings
    channel = reader.event_channels_count() - 1
    row = reader.header["event_channels"][channel]
    assert (row["name"], row["id"], row["type"]) == ("notes", "notes", b"event")
    # A triggered recording counts notes from its trigger, the timestamp 0.
    origin = max(0, -start)
    places = [min(sample + origin, 1280) for sample, _ in NOTES]
    expected = [[], []]
    for place, (_, text) in zip(places, NOTES, strict=True):
        expected[place >= 700].append((start + place + 50 * (place >= 700), text))
    for s in range(2):
        ticks, durations, labels = reader.event_timestamps(0, s, channel)
        assert list(zip(ticks.tolist(), labels.tolist(), strict=True)) == expected[s]
        assert durations is None
        assert reader.event_count(0, s, channel) == len(expected[s])
    ticks, _, labels = reader.event_timestamps(0, 0, channel, None, (start + origin) / truth.rate)
    assert labels.tolist() == ["rat 12, left"]


def test_notes_that_are_none(tmp_path):
    path, _ = write("per signal", tmp_path, make_recording(some_header(), 640))
    text = "12, 00:00:00, yes\r\n\r\nno number, x\r\n13\r\n14, 00:00:00, " + "y" * 1000
    (path / "notes.txt").write_text(text)
    reader = opened(path)
    ticks, _, labels = reader.event_timestamps(0, 0, reader.event_channels_count() - 1)
    assert ticks.tolist() == [12, 13, 14]
    assert labels.tolist() == ["yes", "", "y" * 240]
    assert len(reader.warnings) == 2
    (path / "notes.txt").write_bytes(b"1, a, b\n" * (1 << 18))
    (warning,) = opened(path).warnings
    assert "notes.txt" in warning
    (path / "notes.txt").write_bytes(b"")
    assert "notes" not in opened(path).header["event_channels"]["id"]


def test_notes_beside_several_recordings_are_nobodys(tmp_path):
    recording = make_recording(some_header(), 1280)
    write_split(tmp_path, recording, 5)
    (tmp_path / "notes.txt").write_bytes(pack_live_notes(NOTES[:1], 30_000))
    whole = opened(tmp_path)
    assert whole.header["event_channels"]["id"][-1] == "notes"
    alone = opened(sorted(tmp_path.glob("*.rhd"))[0])
    assert "notes" not in alone.header["event_channels"]["id"]
