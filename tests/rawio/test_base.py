"""The whole reading API, called as its page and as today's neo call it, on arrays in memory."""

import inspect
import logging

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import rawio
from rawio import BaseRawIO, FormatError, HeaderNotParsedError, OutOfRangeError, SelectionError
from rawio._annotations import describe_annotations
from rawio.header import describe_header, make_header
from tests.rawio import memory_reader as truth
from tests.rawio.memory_reader import CHANNELS, MEMBERS, SIGNALS, SPIKES

READER = truth.MemoryReader()
READER.parse_header()
PLACES = list(truth.SIZES)


@pytest.fixture
def reader():
    reader = truth.MemoryReader()
    reader.parse_header()
    return reader


# -- header, counts and times ----------------------------------------------------------------------


def test_counts():
    assert READER.block_count() == 2
    assert [READER.segment_count(block) for block in range(2)] == [2, 1]
    assert READER.signal_streams_count() == 2
    assert READER.signal_channels_count() == 6
    assert [READER.signal_channels_count(stream) for stream in range(2)] == [3, 3]
    assert READER.unit_channels_count() == READER.spike_channels_count() == 3
    assert READER.event_channels_count() == 2
    assert [rows.tolist() for rows in READER.get_group_channel_indexes()] == MEMBERS


def test_group_indexes_are_the_callers_own(reader):
    reader.get_group_channel_indexes()[0][:] = 0
    assert reader.get_group_channel_indexes()[0].tolist() == MEMBERS[0]


def test_header_has_both_spellings():
    header = READER.header
    assert header["unit_channels"] is header["spike_channels"]
    assert header["nb_block"] == 2 and header["nb_segment"] == [2, 1]
    assert header["signal_channels"]["name"].tolist() == [channel[0] for channel in CHANNELS]
    assert header["signal_channels"]["group_id"].tolist() == [0, 1, 0, 0, 1, 1]
    assert header["signal_channels"]["stream_id"].tolist() == list("010011")
    assert header["signal_buffers"].shape == (0,)
    assert header["event_channels"]["type"].tolist() == [b"event", b"epoch"]


@pytest.mark.parametrize("place", PLACES)
def test_times_and_sizes(place):
    assert READER.segment_t_start(*place) == min(truth.STARTS[place])
    assert READER.segment_t_stop(block_index=place[0], seg_index=place[1]) == max(
        truth.STARTS[place][s] + truth.SIZES[place][s] / truth.RATES[s] for s in range(2)
    )
    for stream in range(2):
        size = READER.get_signal_size(*place, stream)
        start = READER.get_signal_t_start(*place, stream_index=stream)
        rate = READER.get_signal_sampling_rate(stream_index=stream)
        assert (size, start) == (truth.SIZES[place][stream], truth.STARTS[place][stream])
        assert rate == truth.RATES[stream]
        assert (type(size), type(start), type(rate)) == (int, float, float)
        rows = MEMBERS[stream]
        assert READER.get_signal_size(*place, channel_indexes=rows[::-1]) == size
        assert READER.get_signal_t_start(*place, channel_indexes=rows[:1]) == start
        assert READER.get_signal_sampling_rate(channel_indexes=rows) == rate


def test_reading_calls_need_no_keywords_that_the_page_has_not():
    chunk = READER.get_analogsignal_chunk(stream_index=0)
    np.testing.assert_array_equal(chunk, SIGNALS[0, 0, 0])
    np.testing.assert_array_equal(READER.spike_timestamps(), SPIKES[0, 0, 0])
    np.testing.assert_array_equal(READER.event_timestamps()[0], truth.TTL)


def test_warnings_are_kept_logged_and_not_doubled(caplog):
    reader = truth.MemoryReader("the path")
    with caplog.at_level(logging.WARNING, "rawio"):
        reader.parse_header()
        reader.parse_header()
    assert reader.warnings == ["this is only a test."]
    assert caplog.messages == ["the path: this is only a test."] * 2


def test_a_sentence_is_kept_once(caplog):
    reader = truth.MemoryReader("the path")
    with caplog.at_level(logging.WARNING, logger="rawio"):
        for sentence in ("one\nline.", "another.", "one\nline."):
            reader._warn(sentence)
    assert reader.warnings == [r"one\nline.", "another."]
    assert len(caplog.records) == 2


def test_names_of_the_package():
    for name in rawio.__all__:
        assert getattr(rawio, name).__doc__, name


# -- before parse_header ---------------------------------------------------------------------------


def test_every_call_before_parse_header_says_so():
    reader = truth.MemoryReader("somewhere.dat")
    assert not reader.is_header_parsed
    raw = np.zeros((1, 3), np.int16)
    calls = {
        "get_signal_size": (0, 0),
        "get_signal_t_start": (0, 0),
        "segment_t_start": (0, 0),
        "segment_t_stop": (0, 0),
        "segment_count": (0,),
        "unit_signal_channel": (0,),
        "channel_name_to_index": (["wide1"],),
        "channel_id_to_index": (0, [1]),
        "set_probe": (None,),
    }
    calls |= {
        name: (raw,)
        for name, _ in inspect.getmembers(BaseRawIO, inspect.isfunction)
        if name.startswith("rescale_")
    }
    others = [
        name
        for name, _ in inspect.getmembers(BaseRawIO, inspect.isfunction)
        if not name.startswith("_")
        and name not in (*calls, "parse_header", "source_name", "has_buffer_description_api")
    ]
    assert len(others) > 15
    for name, args in [*calls.items(), *((name, ()) for name in others)]:
        with pytest.raises(HeaderNotParsedError, match=r"somewhere\.dat: call parse_header"):
            getattr(reader, name)(*args)
    with pytest.raises(HeaderNotParsedError):
        _ = reader.raw_annotations
    assert reader.source_name() == "somewhere.dat"
    reader.parse_header()
    assert reader.is_header_parsed


@pytest.mark.parametrize("fault", ["rates", "dtypes", "no channels", "astray"])
def test_a_header_that_contradicts_itself_is_refused_whole(fault):
    class Broken(truth.MemoryReader):
        def _parse_header(self):
            super()._parse_header()
            channels = self.header["signal_channels"]
            if fault == "rates":
                channels["sampling_rate"][2] = 999
            elif fault == "dtypes":
                channels["dtype"][5] = "int16"
            elif fault == "no channels":
                self.header["signal_channels"] = channels[channels["stream_id"] == "0"]
            else:
                channels["stream_id"][4] = "no such stream"

    reader = Broken("broken.dat")
    with pytest.raises(FormatError, match=r"broken\.dat: .*(stream|slow2)"):
        reader.parse_header()
    assert not reader.is_header_parsed
    with pytest.raises(HeaderNotParsedError):
        reader.get_analogsignal_chunk(stream_index=0)


def test_a_reader_without_hooks_says_what_is_missing():
    with pytest.raises(NotImplementedError, match="BaseRawIO must write _parse_header"):
        BaseRawIO("x").parse_header()


# -- signals ---------------------------------------------------------------------------------------


@settings(deadline=None)
@given(st.sampled_from(PLACES), st.sampled_from([0, 1]), st.data())
def test_any_chunk_of_any_channels(place, stream, data):
    samples = SIGNALS[*place, stream]
    stop = data.draw(st.none() | st.integers(0, len(samples)))
    start = data.draw(st.none() | st.integers(0, len(samples) if stop is None else stop))
    local = data.draw(st.lists(st.integers(0, 2)))
    expected = samples[start or 0 : stop][:, local]
    chunk = READER.get_analogsignal_chunk(*place, start, stop, stream, local)
    assert chunk.dtype == samples.dtype and chunk.shape == expected.shape
    np.testing.assert_array_equal(chunk, expected)
    rows = [MEMBERS[stream][k] for k in local]
    if rows:
        whole_file = READER.get_analogsignal_chunk(*place, start, stop, channel_indexes=rows)
        np.testing.assert_array_equal(whole_file, expected)
    ids = [CHANNELS[row][1] for row in rows]
    by_id = READER.get_analogsignal_chunk(
        *place, start, stop, stream_index=stream, channel_ids=[int(i) for i in ids]
    )
    np.testing.assert_array_equal(by_id, expected)


@settings(deadline=None)
@given(st.sampled_from(PLACES), st.sampled_from([0, 1]), st.integers(-9, 50), st.integers(-9, 50))
def test_ranges_never_wrap_or_clip(place, stream, start, stop):
    samples = SIGNALS[*place, stream]
    if 0 <= start <= stop <= len(samples):
        chunk = READER.get_analogsignal_chunk(*place, start, stop, stream)
        np.testing.assert_array_equal(chunk, samples[start:stop])
    else:
        with pytest.raises(OutOfRangeError, match=f"samples {start} to {stop} are not within"):
            READER.get_analogsignal_chunk(*place, start, stop, stream)


def test_stop_zero_is_no_samples():
    assert READER.get_analogsignal_chunk(0, 0, 0, 0, 0).shape == (0, 3)
    assert READER.get_analogsignal_chunk(0, 0, None, 0, 1).shape == (0, 3)
    assert READER.get_analogsignal_chunk(0, 0, 5, 5, 0, [1]).shape == (0, 1)


@pytest.mark.parametrize("bound", [1.0, "1", [1]])
def test_bounds_are_whole_numbers(bound):
    with pytest.raises(TypeError):
        READER.get_analogsignal_chunk(0, 0, 0, bound, 0)


def test_selectors_of_the_page():
    def chunk(**how):
        return READER.get_analogsignal_chunk(0, 0, 1, 4, **how)

    samples = SIGNALS[0, 0, 0][1:4]
    np.testing.assert_array_equal(chunk(channel_names=["wide3", "wide1"]), samples[:, [2, 0]])
    np.testing.assert_array_equal(chunk(channel_ids=[5, "2"]), samples[:, [2, 1]])
    np.testing.assert_array_equal(chunk(stream_index=0, channel_ids=[1]), samples[:, [0]])
    np.testing.assert_array_equal(
        chunk(stream_index=0, channel_indexes=slice(1, 3)), samples[:, 1:]
    )
    mask = np.array([True, False, True])
    np.testing.assert_array_equal(chunk(stream_index=0, channel_indexes=mask), samples[:, mask])
    np.testing.assert_array_equal(chunk(stream_index=0, prefer_slice=True), samples)
    np.testing.assert_array_equal(chunk(stream_index=0, channel_names="wide2"), samples[:, [1]])


@pytest.mark.parametrize(
    "how",
    [
        {},
        {"channel_ids": [1]},
        {"channel_names": ["slow2"]},
        {"stream_index": 1, "channel_names": ["slow2"]},
        {"channel_names": ["wide1", "slow1"]},
        {"stream_index": 0, "channel_names": ["slow1"]},
        {"stream_index": 0, "channel_indexes": [3]},
        {"stream_index": 0, "channel_indexes": [-1]},
        {"stream_index": 2},
        {"stream_index": -1},
        {"stream_index": 0, "channel_indexes": [0], "channel_ids": [1]},
    ],
)
def test_wrong_selections(how):
    with pytest.raises(SelectionError):
        READER.get_analogsignal_chunk(0, 0, 0, 1, **how)


@pytest.mark.parametrize(
    ("args", "said"),
    [((2, 0), "block 2"), ((-1, 0), "block -1"), ((0, 2), "segment 2"), ((1, -1), "segment -1")],
)
def test_no_such_block_or_segment(args, said):
    calls = [
        READER.segment_t_start,
        READER.segment_t_stop,
        lambda *a: READER.get_signal_size(*a, 0),
        lambda *a: READER.get_signal_t_start(*a, 0),
        lambda *a: READER.get_analogsignal_chunk(*a, 0, 0, 0),
        READER.spike_count,
        READER.spike_timestamps,
        READER.spike_raw_waveforms,
        READER.event_count,
        READER.event_timestamps,
    ]
    for call in calls:
        with pytest.raises(OutOfRangeError, match=said) as caught:
            call(*args)
        assert isinstance(caught.value, IndexError)
    with pytest.raises(OutOfRangeError):
        READER.segment_count(-1)


# -- physical values -------------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@settings(deadline=None)
@given(st.sampled_from([0, 1]), st.lists(st.integers(0, 2), min_size=1))
def test_rescaled_signals_against_float64(dtype, stream, local):
    raw = SIGNALS[0, 0, stream][:, local]
    kept = raw.copy()
    scaled = READER.rescale_signal_raw_to_float(raw, dtype, stream, local)
    rows = [CHANNELS[MEMBERS[stream][k]] for k in local]
    gain, offset = np.array([r[3] for r in rows]), np.array([r[4] for r in rows])
    exact = raw.astype(np.float64) * gain + offset
    assert scaled.dtype == dtype
    # Three roundings: the raw value, the product and the sum.
    scale = np.abs(raw.astype(np.float64) * gain) + np.abs(offset)
    assert np.all(np.abs(scaled - exact) <= 3 * np.finfo(dtype).eps * scale)
    np.testing.assert_array_equal(raw, kept)
    assert not np.shares_memory(raw, scaled)


def test_rescaling_by_names_and_ids():
    raw = SIGNALS[0, 0, 0][:, [2, 1]]
    exact = raw * np.array([1e-3, -0.25]) + np.array([0, 10.0])
    for how in (
        {"channel_names": ["wide3", "wide2"]},
        {"channel_ids": [5, 2]},
        {"channel_indexes": [3, 2]},
    ):
        scaled = READER.rescale_signal_raw_to_float(raw, "float64", **how)
        np.testing.assert_allclose(scaled, exact, rtol=1e-15)


@pytest.mark.parametrize("shape", [(4,), (4, 2), (4, 4), (1, 4, 3), ()])
def test_rescaling_other_channels_than_were_read(shape):
    with pytest.raises(SelectionError, match="3 channels"):
        READER.rescale_signal_raw_to_float(np.zeros(shape, np.int16), stream_index=0)


@pytest.mark.parametrize("dtype", ["int16", "bool", "U8"])
def test_physical_values_are_floats(dtype):
    with pytest.raises(rawio.OptionError, match="float32 or float64"):
        READER.rescale_signal_raw_to_float(SIGNALS[0, 0, 0], dtype, 0)


# -- names to indexes ------------------------------------------------------------------------------


def test_names_and_ids_to_indexes():
    assert READER.channel_name_to_index(0, ["wide3", "wide1"]).tolist() == [2, 0]
    assert READER.channel_id_to_index(1, [7, "1"]).tolist() == [2, 0]
    assert READER.channel_name_to_index(stream_index=1, channel_names=["slow1"]).tolist() == [0]
    assert READER.channel_name_to_index(["wide3", "wide1"]).tolist() == [3, 0]
    assert READER.channel_name_to_index(channel_names=["slow1"]).tolist() == [1]
    assert READER.channel_id_to_index([9]).tolist() == [4]
    assert READER.channel_id_to_index(channel_ids=[9, 5]).tolist() == [4, 3]
    for call in (
        lambda: READER.channel_name_to_index(1, ["slow2"]),
        lambda: READER.channel_id_to_index([1]),
        lambda: READER.channel_name_to_index(2, ["slow1"]),
        lambda: READER.channel_name_to_index(0, ["slow1"]),
        lambda: READER.channel_name_to_index(),
    ):
        with pytest.raises(SelectionError):
            call()


# -- what is printed -------------------------------------------------------------------------------


def test_repr():
    assert repr(truth.MemoryReader("a.dat")) == "MemoryReader: a.dat\n"
    assert repr(READER) == (
        "MemoryReader: in memory\n"
        "nb_block: 2\n"
        "nb_segment:  [2, 1]\n"
        "signal_streams: [fast (chans: 3), lfp (chans: 3)]\n"
        "signal_channels: [wide1, slow1, wide2, wide3, slow2, slow2]\n"
        "unit_channels: [u1, u2, u3]\n"
        "event_channels: [ttl, state]"
    )


@pytest.mark.parametrize(
    ("count", "shown"),
    [
        (0, "[]"),
        (1, "[W1]"),
        (8, "[W1, W2, W3, W4, W5, W6, W7, W8]"),
        (9, "[W1, W2, W3, W4 ... W6 W7 W8 W9]"),
        (32, "[W1, W2, W3, W4 ... W29 W30 W31 W32]"),
    ],
)
def test_repr_of_many_names_as_on_the_page(count, shown):
    header = READER.header
    units = np.zeros(count, header["unit_channels"].dtype)
    units["name"] = [f"W{k + 1}" for k in range(count)]
    one_stream = header["signal_channels"][:1]
    text = describe_header(
        make_header([1], header["signal_streams"][:1], one_stream, units, units[:0])
    )
    assert text == (
        "nb_block: 1\nnb_segment:  [1]\nsignal_channels: [wide1]\n"
        f"unit_channels: {shown}\nevent_channels: []"
    )


# -- annotations -----------------------------------------------------------------------------------


def test_annotations():
    tree = READER.raw_annotations
    assert [len(block["segments"]) for block in tree["blocks"]] == [2, 1]
    segment = tree["blocks"][0]["segments"][1]
    assert segment["file_origin"] == tree["blocks"][1]["file_origin"] == "in memory"
    assert [signals["name"] for signals in segment["signals"]] == ["fast", "lfp"]
    arrays = segment["signals"][1]["__array_annotations__"]
    assert arrays["channel_names"].tolist() == ["slow1", "slow2", "slow2"]
    assert arrays["channel_ids"].tolist() == ["1", "9", "7"]
    assert segment["units"] == tree["unit_channels"]
    assert [(s["name"], s["id"]) for s in segment["spikes"]] == [u[:2] for u in truth.UNITS]
    assert [e["name"] for e in segment["events"]] == ["ttl", "state"]
    for node in (*segment["spikes"], *segment["events"]):
        assert node["__array_annotations__"] == {} and node["file_origin"] == "in memory"
    assert tree["unit_channels"][1] == {"name": "u2", "id": "ch1#b"}
    assert [channel["id"] for channel in tree["signal_channels"]] == [c[1] for c in CHANNELS]


def test_a_format_annotates_each_tree_once():
    class Annotating(truth.MemoryReader):
        def _annotate(self, tree):
            tree["more"] = []

    reader = Annotating()
    reader.parse_header()
    reader.raw_annotations["more"].append("by hand")
    assert reader.raw_annotations["more"] == ["by hand"]
    reader.parse_header()
    assert reader.raw_annotations["more"] == []


def test_annotating_one_place_leaves_all_others(reader):
    def nodes(value, path=()):
        if isinstance(value, dict):
            yield path, value
        items = value.items() if isinstance(value, dict) else enumerate(value)
        for key, below in items:
            if isinstance(below, (dict, list)):
                yield from nodes(below, (*path, key))

    for path, _ in list(nodes(reader.raw_annotations)):
        dict(nodes(reader.raw_annotations))[path]["mark"] = "here"
        marked = [other for other, node in nodes(reader.raw_annotations) if "mark" in node]
        assert marked == [path]
        reader.parse_header()
        assert not any("mark" in node for _, node in nodes(reader.raw_annotations))
    tree = reader.raw_annotations
    first, second = (
        s["signals"][0]["__array_annotations__"] for s in tree["blocks"][0]["segments"]
    )
    first["channel_names"][0] = "changed"
    assert second["channel_names"][0] == reader.header["signal_channels"]["name"][0] == "wide1"


def test_printed_annotations(capsys):
    READER.print_annotations()
    assert capsys.readouterr().out == describe_annotations(READER.raw_annotations) + "\n"
    tree = {"a": [{"b": 1}, {"b": [2]}], "c": {"d": "x"}, "e": []}
    assert describe_annotations(tree) == "a 0\n  b: 1\na 1\n  b: [2]\nc\n  d: x\ne: []"
