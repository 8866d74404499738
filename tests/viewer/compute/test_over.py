"""A layer as a reader: its header, its streams, and what is the source's."""

import numpy as np
import pytest

from rawio import BaseRawIO, OptionError, open_recording
from rawio.testing import check_reader
from tests.readers import ArrayReader
from tests.viewer.compute.recordings import (
    SCALES,
    ScaledReader,
    assert_close,
    chunk,
    recording,
    shanks,
    slow_waves,
    small_blocks,
    whole,
)
from viewer.compute.layer import Layer, done_to
from viewer.compute.steps import CommonReference, HighPass, LowPass
from viewer.model import Channels, Timeline


@pytest.fixture(autouse=True)
def _small(monkeypatch):
    small_blocks(monkeypatch)


# -- which streams, and what the header says -------------------------------------------------------


def test_streams_that_cannot_be_processed_keep_their_values_and_it_is_said():
    reader = recording([(2000, 1000)])
    layer = Layer(reader, [HighPass(300)])
    assert layer.warnings == [
        "stream 's1' is shown as it was recorded: high-pass 300 Hz needs samples at more than "
        "600 Hz; these are at 500 Hz."
    ]
    assert_close(chunk(layer, 0, 0, 0, 2000), whole(layer, 0, 0))
    raw = reader.segments[0][1][1]
    assert_close(chunk(layer, 0, 1, 3, 1000), (raw * 1.0)[3:])
    assert chunk(layer, 0, 1, 0, 10).dtype == np.float32


def test_streams_asked_for_are_processed_and_no_others():
    reader = recording([(2000, 1000)])
    layer = Layer(reader, [HighPass(20)], streams=[1])
    assert layer.warnings == []
    raw, gain = reader.segments[0][0][1], np.array([s[0] for s in SCALES[:5]])
    offset = np.array([s[1] for s in SCALES[:5]])
    assert_close(chunk(layer, 0, 0, 0, 2000), raw * gain + offset, share=1e-6)
    assert_close(chunk(layer, 0, 1, 0, 1000), whole(layer, 0, 1))


@pytest.mark.parametrize(
    ("steps", "rest", "said"),
    [
        ([HighPass(500)], {}, "needs samples at more than 1000 Hz; these are at 1000 Hz."),
        ([HighPass(300)], {"streams": [0, 1]}, "these are at 500 Hz."),
        ([HighPass(300)], {"streams": [2]}, "stream_index 2 is not one of the 2 streams"),
        ([HighPass(300)], {"streams": []}, "streams names none to process; leave it out"),
        (HighPass(300), {}, "at least one step"),
        (None, {}, "at least one step"),
        ([CommonReference(by=[["5", "9"]])], {}, "that are not there: 5, 9."),
        ([], {}, "at least one step"),
        ("highpass:300", {}, "of text, parse_chain makes steps"),
    ],
)
def test_what_no_stream_can_take_is_refused(steps, rest, said):
    with pytest.raises(ValueError, match=r".*\.$") as caught:
        Layer(recording([(100, 100)]), steps, **rest)
    assert said in str(caught.value)


def test_a_recording_without_signals_is_refused():
    reader = ArrayReader([[]], [], events={"e": [(1.0, "x")]})
    reader._segment_t_start = reader._segment_t_stop = lambda block, segment: 0.0
    with pytest.raises(OptionError, match="there are no signals to process"):
        Layer(reader, [HighPass(300)])


def test_the_header_is_that_of_physical_floats():
    reader = recording([(100, 100)])
    layer = Layer(reader, [HighPass(20)])
    mine, theirs = layer.header["signal_channels"], reader.header["signal_channels"]
    assert set(mine["dtype"]) == {"float32"}
    assert set(mine["gain"]) == {1.0} and set(mine["offset"]) == {0.0}
    same = [n for n in mine.dtype.names if n not in ("dtype", "gain", "offset")]
    assert (mine[same] == theirs[same]).all()
    assert set(theirs["dtype"]) == {"int16"} and theirs["gain"][0] == 0.2  # left alone
    raw = chunk(layer, 0, 0, 0, 50)
    assert np.array_equal(layer.rescale_signal_raw_to_float(raw, stream_index=0), raw)
    assert layer.describe() == "high-pass 20 Hz" and isinstance(layer, BaseRawIO)


# -- all else is the source's ----------------------------------------------------------------------


def test_all_but_the_samples_is_that_of_the_source():
    reader = ArrayReader(
        [[(5.0, slow_waves(3000, 2))], [(20.0, slow_waves(500, 2, 1))]],
        [1000.0],
        units={"u": np.array([5.5, 6.0]), "v": np.array([7.0])},
        events={"stim": [(5.1, "on"), (6.1, "off")]},
        unit_channel={0: 1},
    )
    reader._warn("the clock was restarted.")
    reader.set_probe(shanks("a", "b"))
    layer = Layer(reader, [HighPass(20)])
    assert Timeline.of(layer) == Timeline.of(reader)
    for mine, theirs in zip(Channels.of(layer).infos, Channels.of(reader).infos, strict=True):
        assert (mine.name, mine.id, mine.units, mine.stream, mine.column) == (
            theirs.name,
            theirs.id,
            theirs.units,
            theirs.stream,
            theirs.column,
        )
    assert [layer.unit_signal_channel(unit) for unit in (0, 1)] == [1, None]
    assert layer.spike_timestamps(0, 0, 0, 5.7).tolist() == [6.0]
    assert layer.spike_raw_waveforms(0, 0, 0) is None
    assert layer.event_timestamps(0, 0, 0)[2].tolist() == ["on", "off"]
    assert layer.warnings == ["the clock was restarted."]
    assert layer.get_probe(0) is reader.get_probe(0)
    assert np.array_equal(layer.channel_contacts(0), reader.channel_contacts(0))
    assert layer.raw_annotations is reader.raw_annotations
    assert layer.source_name() == reader.source_name() and layer.source is reader


def test_real_files_pass_the_checks_of_a_reader():
    reader = open_recording("sample_data/sample.plx")
    layer = Layer(reader, [HighPass(100), CommonReference("median")])
    check_reader(layer)
    assert layer.source_files() == reader.source_files() != ()
    assert layer.spike_raw_waveforms(0, 0, 0).shape == reader.spike_raw_waveforms(0, 0, 0).shape


def test_arrays_of_many_segments_pass_the_checks_of_a_reader():
    check_reader(
        Layer(recording([(3000, 500), (70, 0), (999, 1200)]), [HighPass(20), LowPass(200)])
    )


def test_a_source_that_is_not_parsed_yet_is():
    reader = recording([(100, 100)])
    reader.header = None
    assert Layer(reader, [HighPass(20)]).header is not None


def test_a_layer_of_a_layer_is_one_of_both_chains():
    reader = recording([(3000, 0)])
    inner = Layer(reader, [HighPass(20)], streams=[0])
    outer = Layer(inner, [CommonReference("average")], streams=[0])
    both = Layer(reader, [HighPass(20), CommonReference("average")], streams=[0])
    assert_close(chunk(outer, 0, 0, 0, 3000), chunk(both, 0, 0, 0, 3000), share=1e-6)


def test_references_follow_a_probe_that_is_given_later():
    reader = ScaledReader([[(0.0, slow_waves(500, 4))]], [1000.0])
    reader.set_probe(shanks("a", "a", "b", "b"))
    layer = Layer(reader, [CommonReference("average", by="shank")])
    assert_close(chunk(layer, 0, 0, 0, 500), whole(layer, 0, 0, [[0, 1], [2, 3]]))
    layer.set_probe(shanks("a", "b", "a", "b"))
    assert_close(chunk(layer, 0, 0, 0, 500), whole(layer, 0, 0, [[0, 2], [1, 3]]))


@pytest.mark.parametrize("given", [None, ("a", "a", "b", "b")])
@pytest.mark.parametrize("below", [False, True])
def test_a_probe_that_the_chain_cannot_take_leaves_the_one_before(given, below):
    reader = ScaledReader([[(0.0, slow_waves(500, 4))]], [1000.0])
    own = shanks("a", "b", "b", "a")
    reader._get_probe = lambda stream: own
    if given is not None:
        reader.set_probe(shanks(*given))
    layer = Layer(reader, [CommonReference(by="shank")])
    if below:
        layer = Layer(layer, [HighPass(20)])
    before, probe, told = chunk(layer, 0, 0, 0, 500), layer.get_probe(0), layer.derived_from()[1]
    contacts = layer.channel_contacts(0)
    for bad in (shanks("a", "b", "c", "d"), shanks(*"aabbaabb")):
        with pytest.raises(OptionError, match=r"[.?]$"):
            layer.set_probe(bad)
        assert layer.get_probe(0) is probe is reader.get_probe(0)
        assert np.array_equal(layer.channel_contacts(0), contacts)
        assert np.array_equal(reader.channel_contacts(0), contacts)
        assert np.array_equal(chunk(layer, 0, 0, 0, 500), before)
        assert layer.derived_from()[1] == told
    layer.set_probe(shanks("a", "b", "a", "b"))
    assert not np.array_equal(chunk(layer, 0, 0, 0, 500), before)


def test_what_was_done_names_the_layers_below_first():
    reader = recording([(100, 0)])
    inner = Layer(reader, [HighPass(20)], streams=[0])
    outer = Layer(inner, [CommonReference("median"), LowPass(200)], streams=[0])
    assert done_to(outer) == "high-pass 20 Hz · median reference · low-pass 200 Hz"
    assert (done_to(inner), done_to(reader)) == ("high-pass 20 Hz", "")
