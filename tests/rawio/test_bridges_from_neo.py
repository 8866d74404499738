"""`from_neo` on readers of every habit: values, order, limits, what is repaired, copies, errors."""

import logging
import multiprocessing
import os
import pickle
import threading
import time
import warnings

import neo.rawio
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from rawio import FormatError, OptionError, SelectionError, as_neo, from_neo
from rawio.testing import Expected, check_reader
from tests.rawio import bridges_files as files
from tests.rawio import bridges_nex as nex
from tests.rawio.bridges_fake_neo import FakeNeo
from tests.rawio.test_check_reader import EXPECTED, GoodReader
from tests.readers import noise

SIGNAL = noise(40, 3)


def plain(**changes):
    return FakeNeo(**({"signals": [[SIGNAL]]} | changes))


def test_a_reader_of_ours_there_and_back():
    """Ours as neo's, and that behind our API again: the same in everything."""
    reader = from_neo(as_neo(GoodReader()))
    check_reader(reader, EXPECTED)
    direct = GoodReader()
    direct.parse_header()
    for table in ("signal_streams", "signal_channels", "unit_channels", "event_channels"):
        assert np.array_equal(reader.header[table], direct.header[table]), table
    assert reader.header["unit_channels"] is reader.header["spike_channels"]
    assert (reader.block_count(), reader.segment_count(0), reader.segment_count(1)) == (2, 2, 1)
    assert reader.get_signal_t_start(0, 1, 0) == 2.0


def test_a_reader_of_neo():
    theirs = neo.rawio.ExampleRawIO("a.fake")
    reader = from_neo(theirs)
    assert reader.format_name == "ExampleRawIO" and theirs.header is not None
    check_reader(reader)
    theirs = neo.rawio.ExampleRawIO("a.fake")
    theirs.parse_header()
    assert from_neo(theirs).source_name() == "a.fake"


# Timestamps as readers of neo give them: signed, unsigned, fractions of seconds; in any order.
ticks = st.sampled_from(["int32", "uint32", "int64", "uint64"]).flatmap(
    lambda kind: arrays(kind, st.integers(0, 12), elements=st.integers(0, 40_000))
)
seconds = arrays(
    "float64", st.integers(0, 12), elements=st.integers(0, 40_000).map(lambda n: n / 997)
)
sizes = st.tuples(st.integers(0, 50), st.integers(1, 4))


@st.composite
def fakes(draw):
    fractions = draw(st.booleans())
    n_segments, n_units = draw(st.integers(1, 3)), draw(st.integers(0, 3))
    kind = draw(st.sampled_from(["int16", ">i2", "uint16", "int32", "float32"]))
    channels = draw(st.lists(st.integers(1, 4), min_size=0, max_size=2))
    signals = [
        [noise(draw(st.integers(0, 60)), n, seed=n, dtype=kind) for n in channels]
        for _ in range(n_segments)
    ]
    times = seconds if fractions else ticks
    spikes = [[draw(times) for _ in range(n_units)] for _ in range(n_segments)]
    waves = [
        [np.arange(len(t) * 4, dtype="int16").reshape(-1, 1, 4) for t in units] for units in spikes
    ]
    kinds = tuple(draw(st.lists(st.sampled_from([b"event", b"epoch"]), max_size=2)))
    events = []
    for _ in range(n_segments):
        events.append([])
        for _ in kinds:
            when = draw(times)
            lasting = draw(st.sampled_from([None, when // 3]))
            events[-1].append((when, lasting, np.array([f"{t:.3f}" for t in when])))
    return FakeNeo(
        signals,
        spikes,
        draw(st.sampled_from([waves, []])),
        events,
        kinds,
        clock=1.0 if fractions else 1000.0,
        stops_exclusive=draw(st.booleans()),
        ignores_limits=draw(st.booleans()),
    )


def in_order(raw, *others):
    order = np.argsort(raw, kind="stable")
    whole = np.rint(raw * 1e9) if raw.dtype.kind == "f" else raw
    return whole.astype(np.int64)[order], *(o if o is None else o[order] for o in others)


@settings(max_examples=60, deadline=None)
@given(fakes())
def test_any_reader(fake):
    expected = Expected(
        signals={
            (0, segment, stream): data.astype(data.dtype.newbyteorder("="))
            for segment, streams in enumerate(fake.signals)
            for stream, data in enumerate(streams)
        },
        spikes={
            (0, segment, unit): in_order(raw)[0]
            for segment, units in enumerate(fake.spikes)
            for unit, raw in enumerate(units)
        },
        waveforms={
            (0, segment, unit): in_order(fake.spikes[segment][unit], waves)[1]
            for segment, units in enumerate(fake.waves)
            for unit, waves in enumerate(units)
        },
        events={
            (0, segment, channel): expected_events(event, fake.kinds[channel])
            for segment, channels in enumerate(fake.events)
            for channel, event in enumerate(channels)
        },
    )
    check_reader(from_neo(fake), expected)


def expected_events(event, kind):
    raw, lasting, labels = event
    when, lasting, labels = in_order(raw, lasting, labels)
    if kind == b"event":
        return when, None, labels
    if lasting is None:
        return when, np.zeros(len(when), np.int64), labels
    return when, np.rint(lasting * (1e9 if raw.dtype.kind == "f" else 1)).astype(np.int64), labels


def test_fractions_of_seconds_become_nanoseconds():
    spikes = [[np.array([]), np.array([0.5, 0.25])]]
    event = (np.array([2.0, 1.5]), np.array([0.125, 0.25]), ["late", "early"])
    reader = from_neo(plain(spikes=spikes, events=[[event]], kinds=(b"epoch",), clock=1.0))
    assert reader.rescale_spike_timestamp(np.array([7_000_000_000])).tolist() == [7.0]
    assert reader.spike_timestamps(unit_index=0).tolist() == []
    assert reader.spike_timestamps(unit_index=1).tolist() == [250_000_000, 500_000_000]
    when, lasting, labels = reader.event_timestamps()
    assert when.tolist() == [1_500_000_000, 2_000_000_000]
    assert lasting.tolist() == [250_000_000, 125_000_000] and labels.tolist() == ["early", "late"]
    assert reader.rescale_epoch_duration(lasting).tolist() == [0.25, 0.125]
    assert reader.rescale_event_timestamp(when, "float32").dtype == np.float32


def test_whole_times_with_broken_durations_are_fractions_too():
    event = (np.array([1000, 2000]), np.array([0.5, 1.25]), ["a", "b"])
    reader = from_neo(plain(events=[[event]], kinds=(b"epoch",)))
    when, lasting, _ = reader.event_timestamps()
    assert when.tolist() == [10**9, 2 * 10**9] and lasting.tolist() == [500_000, 1_250_000]
    assert reader.rescale_event_timestamp(when).tolist() == [1.0, 2.0]


def test_epochs_without_an_end():
    event = (np.array([1000, 2000]), np.array([-1, 5]), ["a", "b"])
    reader = from_neo(plain(events=[[event]], kinds=(b"epoch",)))
    for copy in (reader, pickle.loads(pickle.dumps(reader))):
        assert copy.event_timestamps()[1].tolist() == [0, 5]
        assert copy.warnings == ["epochs of 'e0' without a duration get one of 0."]


@pytest.mark.parametrize(
    ("given", "labels"),
    [
        (np.array([b"a\xb5", b"b"]), ["a\ufffd", "b"]),
        (["x", "y"], ["x", "y"]),
        (np.array([3, 4]), ["3", "4"]),
        (np.array(["x", None], dtype=object), ["x", "None"]),
        (None, ["", ""]),
        (["one"], ["", ""]),
    ],
)
def test_labels_are_text(given, labels):
    event = (np.array([5, 6]), None, given)
    reader = from_neo(plain(events=[[event]], kinds=(b"event",)))
    found = reader.event_timestamps()[2]
    assert found.tolist() == labels and found.dtype.kind == "U"


def test_columns_and_nothing_where_rows_are_due():
    spikes = [[np.array([[30], [10]], "uint64"), None]]
    fake = plain(spikes=spikes, events=[[None]], kinds=(b"epoch",))
    fake.get_spike_timestamps = lambda **asked: spikes[0][asked["spike_channel_index"]]
    reader = from_neo(fake)
    assert reader.spike_timestamps(unit_index=0).tolist() == [10, 30]
    assert reader.spike_count(0, 0, 1) == 0
    when, lasting, labels = reader.event_timestamps()
    assert len(when) == len(lasting) == len(labels) == 0


def test_waveforms_of_a_window_are_not_all_read():
    spikes = np.arange(0, 40_000, 10)
    fake = plain(spikes=[[spikes]], waves=[[np.arange(4000 * 2).reshape(-1, 1, 2)]])
    asked = []
    ask = fake.get_spike_raw_waveforms

    def noting(**limits):
        found = ask(**limits)
        asked.append(len(found))
        return found

    fake.get_spike_raw_waveforms = noting
    reader = from_neo(fake)
    waves = reader.spike_raw_waveforms(t_start=1.0, t_stop=1.1)
    assert np.array_equal(waves, fake.waves[0][0][100:111])
    assert asked == [13]
    fake.ignores_limits = True
    assert np.array_equal(reader.spike_raw_waveforms(t_start=1.0, t_stop=1.1), waves)
    fake.get_spike_raw_waveforms = lambda **_: fake.waves[0][0][:-1]
    with pytest.raises(FormatError, match="gave 3999 waveforms for 4000 spikes"):
        reader.spike_raw_waveforms()


# -- what is left out and repaired ----------------------------------------------------------------


def test_streams_that_hold_nothing_are_left_out():
    fake = plain(
        more_streams=(("empty", "x", ""), ("still", "y", "")),
        more_channels=(("still0", "0", 0.0, "int16", "", 1, 0, "y", ""),),
    )
    reader = from_neo(fake)
    assert reader.header["signal_streams"]["name"].tolist() == ["s0"]
    assert np.array_equal(reader.get_analogsignal_chunk(), SIGNAL)
    assert reader.warnings == [
        "stream 'empty' has no channels and is left out.",
        "stream 'still' has a sampling rate of 0 Hz and is left out.",
    ]
    check_reader(reader, Expected({(0, 0, 0): SIGNAL}))


@pytest.mark.parametrize(("gain", "offset"), [(0.0, 1.0), (np.nan, 0.0), (2.0, np.inf)])
def test_gains_that_are_none(gain, offset):
    reader = from_neo(plain(gain=gain, offset=offset))
    channels = reader.header["signal_channels"]
    assert set(channels["gain"]) == {2.0 if gain == 2.0 else 1.0}
    assert set(channels["offset"]) == {1.0 if offset == 1.0 else 0.0}
    assert len(reader.warnings) == 1 and "3 channels (s0c0 ...)" in reader.warnings[0]


@pytest.mark.parametrize(("start", "stop"), [(np.nan, np.nan), (np.inf, -np.inf)])
def test_times_that_are_none(start, stop):
    reader = from_neo(plain(starts=start, stop=stop))
    assert (reader.segment_t_start(0, 0), reader.segment_t_stop(0, 0)) == (0.0, 0.04)


def test_types_that_neo_has_wrong():
    """Values that fit the header's type are given in it; others are refused."""
    reader = from_neo(plain(signals=[[SIGNAL.astype("int32")]], types=("int16",)))
    chunk = reader.get_analogsignal_chunk()
    assert chunk.dtype == np.int16 and np.array_equal(chunk, SIGNAL)
    reader = from_neo(plain(signals=[[SIGNAL.astype("int32") * 9]], types=("int16",)))
    with pytest.raises(FormatError, match="int32 samples that are no int16"):
        reader.get_analogsignal_chunk()


def test_warnings_and_logs_of_neo_are_kept_and_others_pass():
    fake = neo.rawio.ExampleRawIO("a.fake")
    parse = fake._parse_header

    def talking():
        logging.getLogger("neo.rawio.example").warning("the clock\nwent back")
        warnings.warn_explicit("old file", UserWarning, neo.rawio.__file__, 1)
        warnings.warn("of another library", UserWarning, stacklevel=1)
        parse()

    fake._parse_header = talking
    with pytest.warns(UserWarning, match="of another library") as passed:
        reader = from_neo(fake)
    assert len(passed) == 1
    assert reader.warnings[:2] == ["the clock went back", "old file"]


# -- errors, threads and copies ------------------------------------------------------------------


@pytest.mark.parametrize("wrong", [3, None, "a.plx", object()])
def test_what_is_no_reader(wrong):
    with pytest.raises(OptionError, match="is no reader of neo"):
        from_neo(wrong)


def test_a_reader_of_an_older_neo():
    fake = plain()
    fake.parse_header()
    del fake.header["signal_streams"]
    with pytest.raises(OptionError, match=r"no signal_streams; readers of neo 0\.10"):
        from_neo(fake)


@pytest.mark.parametrize(
    "method",
    ["parse_header", "segment_t_stop", "get_signal_size", "get_signal_t_start"],
)
def test_errors_while_parsing(method):
    fake = plain()

    def fail(*_, **__):
        raise KeyError("a\nb")

    setattr(fake, method, fail)
    with pytest.raises(FormatError) as caught:
        from_neo(fake)
    assert str(caught.value) == r"fake.neo: FakeNeo of neo cannot read it ('a\nb')."


def test_errors_while_reading():
    fake = plain(
        spikes=[[np.array([1])]],
        events=[[(np.array([1]), None, ["a"])]],
        kinds=(b"event",),
    )
    reader = from_neo(fake)
    for name in ("get_analogsignal_chunk", "get_spike_timestamps", "get_event_timestamps"):
        setattr(fake, name, None)  # not callable
    for call in (reader.get_analogsignal_chunk, reader.spike_timestamps, reader.event_timestamps):
        with pytest.raises(
            FormatError, match=r"fake\.neo: FakeNeo of neo cannot read it"
        ) as caught:
            call()
        assert "\n" not in str(caught.value)
    fake.get_analogsignal_chunk = lambda **asked: SIGNAL[:7]
    with pytest.raises(FormatError, match=r"gave \(7, 3\) values in place of \(40, 3\)"):
        reader.get_analogsignal_chunk()
    fake.get_signal_size = lambda *place: -3
    with pytest.raises(FormatError, match="finds -3 samples"):
        from_neo(fake)


def test_a_time_that_is_none_is_refused():
    event = (np.array([1]), None, ["a"])
    reader = from_neo(plain(spikes=[[np.array([1])]], events=[[event]], kinds=(b"event",)))
    for call in (reader.spike_timestamps, reader.event_timestamps, reader.spike_raw_waveforms):
        with pytest.raises(SelectionError, match="is not a time"):
            call(t_start=float("nan"))


def test_one_thread_at_a_time_asks():
    fake = plain()
    inside, together = [], []
    give = fake.get_analogsignal_chunk

    def slow(**asked):
        inside.append(1)
        together.append(len(inside))
        time.sleep(0.001)
        inside.pop()
        return give(**asked)

    fake.get_analogsignal_chunk = slow
    reader = from_neo(fake)
    threads = [threading.Thread(target=reader.get_analogsignal_chunk) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert together == [1] * 20


def test_sizes_and_times_need_not_wait_for_a_chunk():
    fake = plain(spikes=[[np.array([1])]])
    reading, done = threading.Event(), threading.Event()

    def endless(**_):
        reading.set()
        done.wait(10)
        return SIGNAL

    fake.get_analogsignal_chunk = endless
    reader = from_neo(fake)
    thread = threading.Thread(target=reader.get_analogsignal_chunk)
    thread.start()
    reading.wait(10)
    assert reader.get_signal_size(0, 0) == 40 and reader.segment_t_stop(0, 0) == 50.0
    assert reader.get_signal_t_start(0, 0) == 0.0 and thread.is_alive()
    done.set()
    thread.join()


def test_copies_of_readers_of_neo_open_the_file_anew(tmp_path):
    data = files.samples(300, 2)
    path = nex.write_nex(
        tmp_path / "a.nex", [nex.continuous("c", data[:, 0], 0), nex.neuron("n", [4, 2])]
    )
    reader = from_neo(neo.rawio.NeuroExplorerRawIO(filename=str(path)))
    reader.spike_timestamps()
    content = pickle.dumps(reader)
    assert len(content) < 20_000  # neither the mapped file nor spikes are in it
    copy = pickle.loads(content)
    assert copy._neo._reader is None and copy.is_header_parsed
    assert np.array_equal(copy.get_analogsignal_chunk(), data[:, :1])
    assert copy.spike_timestamps().tolist() == [2, 4]
    path.unlink()
    late = pickle.loads(content)
    with pytest.raises(FormatError, match=r"NeuroExplorerRawIO of neo cannot read it .*No such"):
        late.get_analogsignal_chunk()


def test_copies_of_other_readers_take_them_along():
    reader = from_neo(plain(spikes=[[np.array([9, 3])]]))
    copy = pickle.loads(pickle.dumps(reader))
    assert np.array_equal(copy.get_analogsignal_chunk(), SIGNAL)
    assert copy.spike_timestamps().tolist() == [3, 9]


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system does not fork")
@pytest.mark.filterwarnings("ignore:.*multi-threaded.*fork")
def test_a_forked_process_reads_while_a_thread_here_does():
    """The lock that the thread holds here is not held there."""
    fake = plain()
    reader = from_neo(fake)
    started, done = threading.Event(), threading.Event()
    give = fake.get_analogsignal_chunk
    here = os.getpid()

    def slow(**asked):
        if os.getpid() == here:
            started.set()
            done.wait(20)
        return give(**asked)

    fake.get_analogsignal_chunk = slow
    thread = threading.Thread(target=reader.get_analogsignal_chunk)
    thread.start()
    started.wait(10)
    context = multiprocessing.get_context("fork")
    answers = context.SimpleQueue()
    child = context.Process(target=lambda: answers.put(reader.get_analogsignal_chunk().sum()))
    child.start()
    child.join(10)
    alive = child.is_alive()
    if alive:
        child.kill()
    done.set()
    thread.join()
    assert not alive and answers.get() == SIGNAL.sum()
