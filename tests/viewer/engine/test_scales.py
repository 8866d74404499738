"""Scales of a layer and of the recording below it, against spreads reckoned here."""

import numpy as np
import pytest
from scipy.signal import butter, sosfiltfilt

from tests.readers import ArrayReader, waves_and_spikes
from viewer import HighPass, Layer
from viewer.engine.autoscale import HEADROOM, LANE_SPREADS
from viewer.engine.exact import read_exact
from viewer.engine.grid import RunView, Viewport
from viewer.engine.peaks import pieces_of
from viewer.engine.scales import Sight, measure_view
from viewer.model import View

RATE = 2000.0
CUTOFF = 200.0
KIND = (0, "uV")


def robust(samples):
    """Return eight robust standard deviations of each channel."""
    return LANE_SPREADS * 1.4826 * np.median(np.abs(samples - np.median(samples, axis=0)), axis=0)


@pytest.fixture(scope="module")
def source():
    return ArrayReader.of(waves_and_spikes(4, RATE), rate=RATE, gain=0.5)


@pytest.fixture(scope="module")
def spreads(source):
    """Return the spans of the processed signals and of the recording, by all their samples."""
    recorded = source.segments[0][0][1] * 0.5
    sos = butter(3, CUTOFF, "highpass", fs=RATE, output="sos")
    return tuple(np.median(robust(x)) for x in (sosfiltfilt(sos, recorded, axis=0), recorded))


@pytest.fixture
def layer(source):
    return Layer(source, [HighPass(CUTOFF)])


def near(value):
    return pytest.approx(value, rel=0.15)  # of some thousand samples, not of all


def test_a_layer_and_what_is_below_it_are_measured_each_by_itself(layer, spreads):
    processed, raw = spreads
    assert raw > 100 * processed
    scales = measure_view(layer, View(layer))
    assert scales.own.span[KIND] == near(processed)
    assert scales.below.span[KIND] == near(raw)


def test_of_a_recording_there_is_one(source, spreads):
    view = View(source)
    scales = measure_view(source, view)
    assert scales.below is None and scales.own.span[KIND] == near(spreads[1])
    scales.fill(view)
    assert view.spans.of("raw") == scales.own.span and view.spans.of("processed") == {}


def test_bad_channels_count_for_neither(layer):
    view = View(layer)
    view.channels.set_bad([0, 1, 2], True)
    scales = measure_view(layer, view)
    for scale in (scales.own, scales.below):
        assert scale.span[KIND] == scale.extent[3]


def test_at_first_what_somebody_has_set_stays(layer):
    view = View(layer)
    view.spans.set("processed", {KIND: 77.0})
    view.channels.set_rest(np.array([1.0, 2.0, 3.0, 4.0]))
    scales = measure_view(layer, view)
    scales.fill(view)
    assert view.spans.of("processed") == {KIND: 77.0}
    assert view.spans.of("raw") == scales.below.span
    assert view.channels.rest.tolist() == [1, 2, 3, 4]


def test_signals_that_are_processed_otherwise_get_a_scale_and_the_recording_keeps_its(layer):
    view = View(layer)
    view.spans.set("processed", {KIND: 77.0})
    view.spans.set("raw", {KIND: 88.0})
    view.channels.set_gain(np.array([1.0, -2.0, 3.0, 4.0]))
    scales = measure_view(layer, view)
    scales.follow(view)
    assert view.spans.of("processed") == scales.own.span
    assert view.spans.of("raw") == {KIND: 88.0}
    assert view.channels.gain.tolist() == [1, -2, 3, 4]
    assert view.channels.rest.tolist() == scales.own.rest.tolist()


@pytest.mark.parametrize("shown", ["processed", "raw", "both"])
@pytest.mark.parametrize("each", [False, True])
def test_a_fit_is_of_what_is_shown(layer, shown, each):
    view = View(layer)
    view.spans.set("processed", {KIND: 77.0})
    view.spans.set("raw", {KIND: 88.0})
    view.channels.set_gain(np.array([1.0, -2.0, 3.0, 4.0]))
    view.shown = shown
    scales = measure_view(layer, view)
    scales.fit(view, each=each)
    processed, raw = scales.own.span[KIND], scales.below.span[KIND]
    assert view.spans.of("processed")[KIND] == (77.0 if shown == "raw" else processed)
    assert view.spans.of("raw")[KIND] == (88.0 if shown == "processed" else raw)
    on_screen = {"processed": processed, "raw": raw, "both": raw}[shown]
    assert view.channels.span[KIND] == on_screen
    extent = {"processed": scales.own, "raw": scales.below, "both": scales.below}[shown].extent
    signs = np.array([1, -1, 1, 1])
    want = on_screen / extent * signs if each else signs
    assert view.channels.gain == pytest.approx(want)


def test_a_fit_of_one_stream_leaves_the_others():
    rng = np.random.default_rng(2)
    streams = [(0.0, rng.normal(0, size, (4000, 2)).astype(np.int16)) for size in (100, 30)]
    layer = Layer(ArrayReader([streams], [1000.0, 1000.0]), [HighPass(50)])
    view = View(layer)
    for whose in ("processed", "raw"):
        view.spans.set(whose, {KIND: 7.0, (1, "uV"): 8.0})
    view.channels.set_gain(5.0)
    scales = measure_view(layer, view)
    scales.fit(view, 1)
    assert view.spans.of("processed") == {KIND: 7.0, (1, "uV"): scales.own.span[1, "uV"]}
    assert view.spans.of("raw") == {KIND: 7.0, (1, "uV"): 8.0}
    assert view.channels.gain.tolist() == [5, 5, 1, 1]
    assert view.channels.rest[:2].tolist() == [0, 0] and view.channels.rest[2:].all()


@pytest.mark.parametrize("shown", ["processed", "raw"])
def test_what_is_to_be_whole_lies_in_its_lanes_up_to_the_peaks(layer, source, shown):
    view = View(layer)
    reader = layer if shown == "processed" else source
    run = RunView.of(view.timeline.runs[0], Viewport.at(4.0, 0.5, 600, view.timeline.runs[0]))
    rows, pieces = np.array([1, 3]), pieces_of([run], read_exact(reader, [run]).get)
    sight = Sight(rows, {shown: pieces})
    plain, scales = (measure_view(layer, view, (4.0, 4.5), s) for s in (None, sight))
    name = {"processed": "own", "raw": "below"}[shown]
    other = {"processed": "below", "raw": "own"}[shown]
    assert getattr(scales, other).span == getattr(plain, other).span
    found, before = getattr(scales, name), getattr(plain, name)
    chunk = reader.get_analogsignal_chunk(0, 0, *run.bin_range(), stream_index=0)
    values = reader.rescale_signal_raw_to_float(chunk, "float64", stream_index=0)
    reach = np.abs(values - found.rest).max(axis=0)
    want = np.maximum(before.extent, 2 * HEADROOM * reach)
    want[[0, 2]] = before.extent[[0, 2]]  # which nobody sees
    assert found.extent == pytest.approx(want)
    assert found.span[KIND] == found.extent[rows].max()
    if shown == "processed":
        assert (found.extent[rows] > 2 * before.extent[rows]).any()  # spikes


def test_a_bad_channel_is_whole_where_it_is_alone(source):
    view = View(source)
    run = RunView.of(view.timeline.runs[0], Viewport.at(4.0, 0.5, 600, view.timeline.runs[0]))
    pieces = pieces_of([run], read_exact(source, [run]).get)
    view.channels.set_bad([1], True)
    several, alone = (
        measure_view(source, view, (4.0, 4.5), Sight(np.array(rows), {"raw": pieces})).own
        for rows in ([1, 3], [1])
    )
    assert several.span[KIND] == several.extent[3]
    assert alone.span[KIND] == alone.extent[1]
