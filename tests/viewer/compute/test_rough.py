"""A first impression of a layer whose filters ring for long: quick, and never taken for exact."""

import numpy as np
import pytest

from tests.oracles import processing as oracle
from tests.readers import ArrayReader, noise
from tests.viewer.compute.recordings import small_blocks
from viewer.compute.layer import ROUGH_RING, Layer, done_to, rough_of
from viewer.compute.steps import CommonReference, HighPass, Notch
from viewer.engine import autoscale
from viewer.engine.samples import read_preview, read_tile
from viewer.engine.tiles import TileKey
from viewer.model import Channels, Timeline

RATE = 30_000.0
SIZE = 600_000


def drifting(channels=2):
    """Return 20 s: noise on a slow wave of many times its height, and a resting level."""
    t = np.arange(SIZE) / RATE
    wave = 6000 * np.sin(2 * np.pi * 0.1 * t)[:, np.newaxis] - 3000
    return np.rint(wave + noise(SIZE, channels) / 100).astype(np.int16)


def samples_read(reader):
    return sum(stop - start for start, stop in reader.reads)


@pytest.fixture
def reader(monkeypatch):
    small_blocks(monkeypatch, 1 << 13)  # a few thousand samples of two channels
    return ArrayReader.of(drifting(), rate=RATE)


def test_what_rings_out_soon_is_its_own_first_impression(reader):
    layer = Layer(reader, [HighPass(300), CommonReference("median")])
    assert layer.rough() is layer and rough_of(layer) is layer
    assert rough_of(reader) is reader and done_to(reader) == ""


@pytest.mark.parametrize("step", [HighPass(2), Notch(50)])
def test_a_look_costs_a_few_thousand_samples_whatever_the_filter(reader, step):
    layer = Layer(reader, [step])
    assert layer.rough() is not layer and layer.rough() is layer.rough()
    reader.reads.clear()
    layer.rough().get_analogsignal_chunk(i_start=300_000, i_stop=300_032)
    assert samples_read(reader) < 16 * ROUGH_RING
    reader.reads.clear()
    layer.get_analogsignal_chunk(i_start=300_000, i_stop=300_032)
    assert samples_read(reader) > 25_000


def test_it_is_near_what_is_exact_and_what_is_exact_stays_so(reader):
    layer = Layer(reader, [HighPass(2)])
    want = oracle.run(drifting().astype(float), HighPass(2), RATE)[300_000:301_000]
    rough = layer.rough().get_analogsignal_chunk(i_start=300_000, i_stop=301_000)
    exact = layer.get_analogsignal_chunk(i_start=300_000, i_stop=301_000)
    assert np.abs(exact - want).max() < 0.05
    # The wave of thousands is gone but for what of it passes in a block; the noise is there.
    assert np.abs(rough - want).max() < 400
    assert np.corrcoef((rough - want)[:, 0], want[:, 0])[0, 1] < 0.5


def test_previews_and_the_scale_are_first_impressions_tiles_are_exact(reader):
    layer = Layer(reader, [HighPass(2)])
    timeline = Timeline.of(layer)
    run, key = timeline.runs[0], TileKey(0, 0, 0, 6, 3)
    reader.reads.clear()
    preview = read_preview(layer, run, key, 256)
    scale = autoscale.measure(layer, Channels.of(layer), timeline)
    assert samples_read(reader) < 0.8 * SIZE
    assert not preview.exact and not preview.sure.any()
    assert np.abs(scale.rest).max() < 400 and 100 < scale.span[0, "uV"] < 3000
    tile = read_tile(layer, run, key)
    want = oracle.run(drifting().astype(float), HighPass(2), RATE)
    lows = want[tile.first_bin * 96 : (tile.first_bin + 100) * 96].reshape(100, 96, 2).min(axis=1)
    assert np.abs(tile.data[:100, 0] - lows).max() < 0.05


@pytest.mark.parametrize("channels", [1, 4])
@pytest.mark.parametrize("steps", [[HighPass(1)], [HighPass(1), Notch(50)]])
def test_a_look_costs_no_more_where_channels_are_few(channels, steps):
    reader = ArrayReader.of(drifting(channels), rate=RATE)
    layer = Layer(reader, steps)
    reader.reads.clear()
    layer.rough().get_analogsignal_chunk(i_start=300_000, i_stop=300_032)
    assert samples_read(reader) <= (2 * len(steps) + 1) * ROUGH_RING


def test_over_a_slow_layer_it_is_over_the_first_impression_of_that(reader):
    slow = Layer(reader, [HighPass(2)])
    layer = Layer(slow, [CommonReference("average")])
    rough = layer.rough()
    assert rough is not layer and rough.rough() is rough and rough.source is slow.rough()
    assert layer.source is slow
    reader.reads.clear()
    found = rough.get_analogsignal_chunk(i_start=300_000, i_stop=300_032)
    assert samples_read(reader) < 16 * ROUGH_RING
    both = Layer(reader, [HighPass(2), CommonReference("average")]).rough()
    want = both.get_analogsignal_chunk(i_start=300_000, i_stop=300_032)
    assert np.abs(found - want).max() < 1e-2


def test_it_shares_the_memory_of_the_layer(reader):
    layer = Layer(reader, [HighPass(2)])
    assert layer.rough()._workshop is layer._workshop
