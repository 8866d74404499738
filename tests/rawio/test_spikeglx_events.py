"""Edges of digital lines and status words: which, where, and how much is read for them."""

import pickle
import threading

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rawio import SelectionError
from rawio.edges import Budget
from rawio.frames import Frames
from rawio.spikeglx.digital import DigitalWords
from tests.rawio.spikeglx_files import edges_of, event_of, events, opened
from tests.writers.spikeglx import Imec, Nidq, OneBox, Take, make_samples, write_run, write_stream

ALL_BITS = {bit: [10 + bit, 50 + 2 * bit, 200 - bit] for bit in range(16)}


def written(folder, device, n=300, edges=None, start=None, **options):
    return write_stream(folder, device, make_samples(device, n, 3, edges, start), **options)


@pytest.fixture
def frames_read(monkeypatch):
    """Return a list to which every read of frames adds how many there were."""
    counted = []
    read = Frames.read

    def counting(self, i_start, i_stop, columns=slice(None)):
        counted.append(i_stop - i_start)
        return read(self, i_start, i_stop, columns)

    monkeypatch.setattr(Frames, "read", counting)
    return counted


@pytest.fixture
def small_slabs(monkeypatch):
    """Cut files into slabs of a few samples."""
    monkeypatch.setattr("rawio.spikeglx.digital.READ_BYTES", 256)


def words_of(stream, kind):
    return [i for i, k in enumerate(stream.kinds) if k == kind]


# -- which channels there are ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("device", "bits"),
    [
        (Nidq(), range(8)),
        (Nidq(lines=range(16)), range(16)),
        (Nidq(lines=(0, 3, 4, 9, 15)), (0, 3, 4, 9, 15)),
        (Nidq(lines=range(32), mn=1, mux=4), range(32)),
        (Nidq(lines=range(4), lines2=(0, 1, 9)), (0, 1, 2, 3, 8, 9, 17)),
        (Nidq(lines=(8,), lines2=range(8)), (8, 16, 17, 18, 19, 20, 21, 22, 23)),
        (Nidq(lines=range(32), xa=1, saved=[0, 2]), range(16, 32)),  # only the second word
        (Nidq(lines=()), ()),
    ],
)
def test_lines_of_ni_daq(tmp_path, device, bits):
    edges = {"XD0": ALL_BITS, "XD1": {bit: [7 + bit, 90] for bit in range(16)}}
    stream = written(tmp_path, device, edges=edges, start={"XD0": 0x8421}, first_sample=1738164)
    reader = opened(tmp_path)
    channels = reader.header["event_channels"]
    assert channels["name"].tolist() == [f"XD{bit}" for bit in bits]
    assert channels["id"].tolist() == [f"nidq#XD{bit}" for bit in bits]
    assert set(channels["type"].tolist()) <= {b"event"}
    for bit in bits:
        (column,) = [i for i, name in enumerate(stream.names) if name == f"XD{bit // 16}"]
        expected = edges_of(stream.raw[:, column], bit % 16, 1738164)
        assert len(expected) in (2, 3)
        assert events(reader, f"nidq#XD{bit}") == expected
        assert reader.event_count(0, 0, event_of(reader, f"nidq#XD{bit}")) == len(expected)
    assert not reader.warnings


def test_lines_of_a_onebox(tmp_path):
    edges = {"XD0": ALL_BITS, "SY0": {6: [5, 100, 299], 11: [40, 41]}}
    stream = written(tmp_path, OneBox(index=1), edges=edges, first_sample=99)
    reader = opened(tmp_path)
    channels = reader.header["event_channels"]
    assert channels["name"].tolist()[:12] == [f"obx1 XD{bit}" for bit in range(12)]
    (column,) = words_of(stream, "XD")
    for bit in range(12):
        expected = edges_of(stream.raw[:, column], bit, 99)
        assert events(reader, f"obx1#XD{bit}") == expected
    names = dict(zip(channels["id"].tolist(), channels["name"].tolist(), strict=True))
    assert names["obx1#SY0.6"] == "obx1 SY0 sync" and names["obx1#SY0.11"] == "obx1 SY0 MISS"
    assert events(reader, "obx1#SY0.6") == [(104, True), (199, False), (398, True)]
    assert events(reader, "obx1#SY0.11") == [(139, True), (140, False)]
    assert events(reader, "obx1#SY0.2") == []


def test_status_words_of_probes_when_asked(tmp_path):
    devices = [Imec("NP1000"), Imec("NP1000", "lf"), Imec("NP1000", "lf", index=1), Nidq()]
    write_run(tmp_path, devices)
    for wanted in (None, False):
        reader = opened(tmp_path, load_digital_events=wanted)
        assert reader.event_channels_count() == (0 if wanted is False else 8)
    reader = opened(tmp_path, load_digital_events=True)
    ids = reader.header["event_channels"]["id"].tolist()
    assert ids[:8] == [f"nidq#XD{bit}" for bit in range(8)]  # as without
    # Both bands have the word: the faster one is taken.
    assert ids[8:] == [
        f"{label}#SY0.{bit}"
        for label in ("imec0.ap", "imec1.lf")
        for bit in (0, 2, 3, 4, 5, 6, 7, 11)
    ]


def test_a_status_word_of_phase_3a_is_sixteen_inputs(tmp_path):
    stream = written(tmp_path, Imec("3A", index=None), edges={"SY0": ALL_BITS})
    reader = opened(tmp_path, load_digital_events=True)
    assert reader.header["event_channels"]["name"].tolist() == [
        f"imec.ap SY0 {bit}" for bit in range(16)
    ]
    for bit in range(16):
        assert events(reader, f"imec.ap#SY0.{bit}") == edges_of(stream.raw[:, -1], bit)


def test_each_status_word_of_a_quad_base(tmp_path):
    edges = {f"SY{word}": {6: [10 + word, 30]} for word in range(4)}
    written(tmp_path, Imec("NP2020", saved=range(1530, 1540)), edges=edges)
    reader = opened(tmp_path, load_digital_events=True)
    for word in range(4):
        assert events(reader, f"imec0.ap#SY{word}.6") == [(10 + word, True), (30, False)]


def test_streams_of_a_run_show_the_same_wave(tmp_path):
    devices = [Imec("NP2000"), Nidq(), OneBox()]
    takes = [Take(0, 0, 1.5, 0.1), Take(1, 0, 7.25, 0.1)]
    write_run(tmp_path, devices, takes)
    reader = opened(tmp_path, load_digital_events=True)
    ids = ["imec0.ap#SY0.6", "nidq#XD0", "obx0#XD0", "obx0#SY0.6"]
    for segment in (0, 1):
        times = []
        for channel_id in ids:
            e = event_of(reader, channel_id)
            ticks, _, labels = reader.event_timestamps(0, segment, e)
            seconds = reader.rescale_event_timestamp(ticks, event_channel_index=e)
            rising = seconds[[str(label).endswith("ON") for label in labels]]
            assert (seconds >= reader.segment_t_start(0, segment)).all()
            assert (seconds <= reader.segment_t_stop(0, segment)).all()
            times.append(rising[rising > takes[segment].start + 0.005])
        for other in times[1:]:
            np.testing.assert_allclose(other, times[0], atol=1e-4)
        assert len(times[0]) in (4, 5)


# -- windows, laziness, the cache ------------------------------------------------------------------


@pytest.mark.usefixtures("small_slabs")
@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_any_window_of_any_words(tmp_path_factory, data):
    folder = tmp_path_factory.mktemp("run")
    device = Nidq(xa=1, lines=range(32), rate=1000.0)
    n = data.draw(st.integers(1, 200))
    samples = make_samples(device, n)
    steps = data.draw(st.lists(st.tuples(st.integers(0, 199), st.integers(-(2**15), 2**15 - 1))))
    for at, word in steps:
        samples[at:, 1] = word
        samples[at + 3 :, 2] = ~word
    first = data.draw(st.sampled_from([0, 5, 10**11]))
    stream = write_stream(folder, device, samples, first_sample=first)
    reader = opened(folder, use_cache=data.draw(st.booleans()))
    for _ in range(4):
        bit = data.draw(st.integers(0, 31))
        everything = edges_of(stream.raw[:, 1 + bit // 16], bit % 16, first)
        limits = st.none() | st.integers(first - 2, first + n + 2).map(lambda t: t / 1000.0)
        start, stop = data.draw(limits), data.draw(limits)
        expected = [
            (tick, on)
            for tick, on in everything
            if (start is None or tick >= round(start * 1000))
            and (stop is None or tick <= round(stop * 1000))
        ]
        assert events(reader, f"nidq#XD{bit}", 0, start, stop) == expected
        if data.draw(st.booleans()):
            e = event_of(reader, f"nidq#XD{bit}")
            assert reader.event_count(0, 0, e) == len(everything)


def test_no_samples_are_read_when_opening(tmp_path, frames_read):
    write_run(tmp_path, [Imec("NP2000"), Nidq(), OneBox()])
    opened(tmp_path, load_digital_events=True)
    assert frames_read == []


@pytest.mark.usefixtures("small_slabs")
def test_only_the_part_between_the_limits_is_read(tmp_path, frames_read):
    device = Nidq(xa=2, rate=1000.0)
    written(tmp_path, device, 10_000, {"XD0": {0: range(0, 10_000, 10)}}, first_sample=500)
    reader = opened(tmp_path)
    assert len(events(reader, "nidq#XD0", 0, 3.5, 3.6)) == 11
    assert 0 < sum(frames_read) < 300
    frames_read.clear()
    assert len(events(reader, "nidq#XD0", 0, 3.5, 3.55)) == 6
    assert frames_read == []  # looked through before
    assert events(reader, "nidq#XD0", 0, 11.0, None) == events(reader, "nidq#XD0", 0, None, 0.4)
    assert sum(frames_read) < 300
    assert reader.event_count(0, 0, 0) == 999
    total = sum(frames_read)
    assert reader.event_count(0, 0, 1) == 0 and len(events(reader, "nidq#XD0")) == 999
    assert sum(frames_read) == total


@pytest.mark.usefixtures("small_slabs")
@pytest.mark.parametrize("ask", ["count", "timestamps"])
def test_found_edges_are_kept(tmp_path, frames_read, ask, cache_folder):
    edges = {"XD0": {3: [1, 50, 51, 299]}, "SY0": {6: [7]}}
    stream = written(tmp_path, OneBox(), edges=edges)
    first = opened(tmp_path)
    e = event_of(first, "obx0#XD3")
    if ask == "count":
        assert first.event_count(0, 0, e) == 4
    else:
        assert len(first.event_timestamps(0, 0, e)[0]) == 4
    assert len(list(cache_folder.glob("spikeglx/*/index.json"))) == 1
    frames_read.clear()
    again = opened(tmp_path)
    expected = [(1, True), (50, False), (51, True), (299, False)]
    assert events(again, "obx0#XD3") == events(first, "obx0#XD3") == expected
    assert events(again, "obx0#SY0.6", 0, 0.0, 1.0) == [(7, True)]
    assert frames_read == []
    # Another file of the same name is not taken for it.
    raw = stream.raw.copy()
    raw[:, -2] = 0
    stream.path.write_bytes(raw.tobytes())
    assert events(opened(tmp_path), "obx0#XD3") == []


def test_nothing_is_kept_when_not_wanted(tmp_path, cache_folder):
    written(tmp_path, Nidq(), edges={"XD0": {0: [5]}})
    reader = opened(tmp_path, use_cache=False)
    assert reader.event_count(0, 0, 0) == 1
    assert list(cache_folder.iterdir()) == []


def test_a_damaged_entry_is_made_anew(tmp_path, cache_folder):
    written(tmp_path, Nidq(), edges={"XD0": {0: [5, 9]}})
    assert opened(tmp_path).event_count(0, 0, 0) == 2
    for path in cache_folder.rglob("*.npy"):
        path.write_bytes(b"no array")
    assert opened(tmp_path).event_count(0, 0, 0) == 2


@pytest.mark.usefixtures("small_slabs")
def test_threads_and_pickles(tmp_path):
    edges = {"XD0": {bit: range(bit, 5000, 40 + bit) for bit in range(8)}}
    stream = written(tmp_path, Nidq(rate=1000.0), 5000, edges)
    reader = opened(tmp_path)
    copy = pickle.loads(pickle.dumps(reader))
    failures = []

    def look(seed):
        rng = np.random.default_rng(seed)
        for _ in range(20):
            bit = int(rng.integers(8))
            start, stop = np.sort(rng.integers(0, 5000, 2) / 1000).tolist()
            expected = [
                (t, on)
                for t, on in edges_of(stream.raw[:, -1], bit)
                if round(start * 1000) <= t <= round(stop * 1000)
            ]
            if events((reader, copy)[seed % 2], f"nidq#XD{bit}", 0, start, stop) != expected:
                failures.append((bit, start, stop))

    threads = [threading.Thread(target=look, args=(seed,)) for seed in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures


def test_limits_that_are_no_times(tmp_path):
    written(tmp_path, Nidq(), edges={"XD0": {0: [5]}})
    reader = opened(tmp_path)
    with pytest.raises(SelectionError):
        reader.event_timestamps(0, 0, 0, float("nan"), None)
    inf = float("inf")
    assert len(reader.event_timestamps(0, 0, 0, -inf, inf)[0]) == 1
    assert len(reader.event_timestamps(0, 0, 0, inf, -inf)[0]) == 0
    assert len(reader.event_timestamps(0, 0, 0, 1e300, None)[0]) == 0


def test_memory_of_a_scan_is_bounded(tmp_path):
    """A line that changes all the time costs eight bytes a change, whatever the file's width."""
    n = 100_000
    stream = written(tmp_path, Nidq(xa=7), n, {"XD0": {0: range(n)}})
    frames = Frames(opened(tmp_path)._recording.first("nidq").frames.file, 0, n, 8, np.dtype("<i2"))
    budget = Budget()
    words = DigitalWords(frames, [7], use_cache=False, budget=budget)
    assert words.count(0, 0, 0, n) == n - 1
    assert budget.used < 8 * n + 1000 < stream.raw.nbytes
