"""Layers through the engine: tiles of all levels, pictures, and a pyramid of their own."""

import numpy as np
import pytest

import viewer
from rawio.rawbinary import RawBinaryRawIO
from tests.oracles import processing as oracle
from tests.oracles import pyramid as rows_oracle
from tests.readers import ArrayReader, noise
from tests.viewer.compute.recordings import assert_close, slow_waves
from tests.viewer.engine.eye import Eye
from tests.viewer.engine.recordings import FiledReader, build, flat, small_blocks, touch
from viewer.compute.layer import Layer
from viewer.compute.steps import CommonReference, HighPass, LowPass, Notch
from viewer.engine import autoscale
from viewer.engine import engine as engine_module
from viewer.engine.pyramid.identity import Identity
from viewer.engine.pyramid.places import beside, find, in_cache, open_or_create
from viewer.engine.samples import read_preview
from viewer.engine.tiles import TileKey
from viewer.model import Channels, Timeline

RATE = 1000.0
SAMPLES = slow_waves(60_000, 3)
DURATION = len(SAMPLES) / RATE
CHAINS = {
    "reference": [HighPass(20), CommonReference("median")],
    "ringing": [Notch(50), HighPass(0.5)],
    "causal": [LowPass(30, causal=True)],
}
SHARE = 2e-5


@pytest.fixture(autouse=True)
def _small(monkeypatch):
    small_blocks(monkeypatch)


@pytest.fixture
def path(tmp_path):
    SAMPLES.tofile(tmp_path / "recording.dat")
    return tmp_path / "recording.dat"


def opened(path, n_channels=3):
    return flat(path, n_channels=n_channels, dtype="int16")


def truth(samples, steps, rate=RATE):
    groups = [list(range(samples.shape[1]))]
    return oracle.whole(samples, 1.0, 0.0, rate, steps, groups)


def made(layer, where="auto"):
    pyramid = open_or_create(layer, where)
    build(layer, pyramid, jobs=2)
    assert pyramid.complete
    return pyramid


def assert_rows_are_near(pyramid, samples_of):
    """Compare every row of every level with the least and greatest of the whole done at once."""
    for stream, store in pyramid.streams.items():
        for run, place in enumerate(store.layout.runs):
            samples = samples_of(stream, place.segment)
            for level in store.layout.levels_of(run):
                got, there = store.read(run, level, 0, store.layout.rows_of(run, level))
                assert there.all() and got.dtype == np.float32
                scale = float(np.nanmax(np.abs(samples)))
                assert_close(got, rows_oracle.rows(samples, level), SHARE, scale)


# -- the pyramid -----------------------------------------------------------------------------------


@pytest.mark.parametrize("name", CHAINS)
def test_every_row_of_every_level_is_that_of_the_whole_segment_done_at_once(path, name):
    layer = Layer(opened(path), CHAINS[name])
    pyramid = made(layer)
    assert pyramid.streams[0].layout.levels == (6, 8, 10, 12, 14)
    want = truth(SAMPLES, CHAINS[name])
    assert_rows_are_near(pyramid, lambda stream, segment: want)


def test_of_segments_and_streams_of_other_rates(tmp_path):
    (tmp_path / "recording").write_bytes(b"x")
    segments = [
        [(0.0, slow_waves(20_000, 3, 1)), (0.0, slow_waves(10_000, 2, 2))],
        [(25.0, slow_waves(6500, 3, 3)), (25.0, slow_waves(7000, 2, 4))],
        [(50.0, slow_waves(33_333, 3, 5)), (50.0, slow_waves(16_000, 2, 6))],
    ]
    reader = FiledReader.at(tmp_path / "recording", segments, [RATE, 40.0])
    layer = Layer(reader, [HighPass(20)])
    assert len(layer.warnings) == 1  # 40 Hz are too few

    def want(stream, segment):
        samples = segments[segment][stream][1]
        return samples.astype(float) if stream else truth(samples, [HighPass(20)])

    assert_rows_are_near(made(layer), want)


# -- which recording, which chain ------------------------------------------------------------------


def test_each_chain_has_a_pyramid_of_its_own_beside_that_of_the_recording(path):
    layers = [Layer(opened(path), steps) for steps in CHAINS.values()]
    for where, place_of in (("cache", in_cache), ("beside", beside)):
        raw = made(opened(path), where)
        pyramids = [made(layer, where) for layer in layers]
        folders = [pyramid.folder for pyramid in (raw, *pyramids)]
        assert len(set(folders)) == 4 and all(folder.is_dir() for folder in folders)
        assert [place_of(Identity.of(layer)) for layer in layers] == folders[1:]
        want = rows_oracle.rows(SAMPLES, 6)
        assert np.array_equal(raw.streams[0].read(0, 6, 0, len(want))[0], want)
    assert folders[0].name == "recording.dat.rawscope"
    assert all(folder.name.endswith(".rawscope") for folder in folders)


def test_it_is_found_again_for_the_same_chain_and_for_no_other(path):
    steps = CHAINS["reference"]
    made(Layer(opened(path), steps))
    again = find(Layer(opened(path), steps))
    assert again is not None and again.complete
    assert_rows_are_near(again, lambda stream, segment: truth(SAMPLES, steps))
    assert find(opened(path)) is None
    others = [[HighPass(21), steps[1]], [HighPass(20, causal=True), steps[1]], steps[::-1]]
    assert [find(Layer(opened(path), other)) for other in others] == [None] * 3
    assert find(Layer(Layer(opened(path), steps), [LowPass(30)])) is None


def test_another_gain_of_the_recording_is_another_layer(path):
    def scaled(gain):
        reader = RawBinaryRawIO(
            path, sampling_rate=RATE, n_channels=3, dtype="int16", gain=gain, units="uV"
        )
        reader.parse_header()
        return reader

    made(Layer(scaled(0.5), [HighPass(20)]))
    made(scaled(0.5))
    assert find(Layer(scaled(0.5), [HighPass(20)])) is not None
    assert find(Layer(scaled(0.25), [HighPass(20)])) is None
    assert find(scaled(0.25)) is not None  # the recording's own is of raw values


def test_nothing_is_computed_to_find_out_whether_it_is_the_same(path):
    reader = opened(path)
    layer = Layer(reader, CHAINS["ringing"])
    identity = Identity.of(layer)
    assert max(stop - start for start, stop in reader.reads) == 16
    assert identity.probes == Identity.of(opened(path)).probes
    assert identity.nature != Identity.of(opened(path)).nature
    assert Identity.from_json(identity.as_json()) == identity


def test_an_identity_written_before_there_were_layers_is_read(path):
    identity = Identity.of(opened(path))
    values = identity.as_json()
    del values["derived"]
    assert Identity.from_json(values) == identity


def test_that_of_a_grown_recording_is_built_anew(path):
    """The last samples of before are others once more come after them."""
    steps = CHAINS["reference"]
    raw = made(opened(path))
    first = made(Layer(opened(path), steps))
    more = slow_waves(9000, 3, 5)
    with path.open("ab") as file:
        more.tofile(file)
    touch(path)
    longer = np.concatenate([SAMPLES, more])
    grown = open_or_create(opened(path))
    assert grown.folder == raw.folder and grown.streams[0].all_done().any()
    layer = Layer(opened(path), steps)
    assert first.identity.likeness(layer, Identity.of(layer)) == "other"
    pyramid = open_or_create(layer)
    assert pyramid.folder == first.folder and not pyramid.streams[0].all_done().any()
    build(layer, pyramid)
    assert_rows_are_near(pyramid, lambda stream, segment: truth(longer, steps))


def test_that_of_a_recording_written_anew_is_built_anew(path):
    made(Layer(opened(path), [HighPass(20)]))
    (SAMPLES[::-1].copy()).tofile(path)
    touch(path)
    layer = Layer(opened(path), [HighPass(20)])
    assert not open_or_create(layer).streams[0].all_done().any()


# -- tiles -----------------------------------------------------------------------------------------


def near(layer, steps):
    """Return what the engine must show: the layer's own samples, once these are near the truth."""
    mine = layer.get_analogsignal_chunk(0, 0, stream_index=0)
    assert_close(mine, truth(SAMPLES, steps), SHARE)
    return mine


@pytest.mark.parametrize("index", [True, False])
@pytest.mark.parametrize("name", CHAINS)
def test_any_window_ends_exact_and_right(path, monkeypatch, name, index):
    monkeypatch.setattr(engine_module, "HEAVY_BYTES", 50_000)
    layer = Layer(opened(path), CHAINS[name])
    want = near(Layer(opened(path), CHAINS[name]), CHAINS[name])
    windows = [
        (30.0, 0.05, 200),  # lines between samples
        (10.0, 1.0, 100),  # 10 samples a pixel
        (20.0, 16.0, 100),  # 160
        (0.0, DURATION, 150),  # 400: of the pyramid, where there is one
        (-5.0, 70.0, 20),
        (59.9, 0.5, 300),
    ]
    with Eye(layer, index=index) as eye:
        for window in windows:
            eye.look(*window).settle()
            levels = {view.level for view in eye.views}
            eye.assert_right(lambda stream, segment: want)
            assert len(levels) == 1
        assert not eye.messages and not eye.failures


def test_previews_are_of_the_layer_and_say_that_they_are_not_sure(path):
    layer = Layer(opened(path), [HighPass(20)])
    run = Timeline.of(layer).runs[0]
    tile = read_preview(layer, run, TileKey(0, 0, 0, 7, 0), 16)
    want = truth(SAMPLES, [HighPass(20)])
    assert not tile.sure.any()
    for number in range(0, len(tile.data), 16):
        middle = (number * 192 + min((number + 16) * 192, len(want)) - 32) // 2
        samples = want[middle : middle + 32]
        extremes = np.array([samples.min(axis=0), samples.max(axis=0)])
        assert_close(tile.data[number], extremes, SHARE, np.abs(want).max())


# -- pictures --------------------------------------------------------------------------------------


def test_it_is_scaled_by_what_is_left_of_the_signal():
    x = 5000 + 2000 * np.sin(np.arange(30_000) / 500)[:, np.newaxis] + noise(30_000, 2) / 1000
    reader = ArrayReader.of(x.astype(np.int16))
    layer = Layer(reader, [HighPass(100)])
    raw, mine = (
        autoscale.measure(r, Channels.of(r), Timeline.of(r), (10.0, 11.0)) for r in (reader, layer)
    )
    assert np.abs(mine.rest).max() < 5 < 4000 < np.abs(raw.rest).max()
    spread = truth(x.astype(np.int16), [HighPass(100)])[10_000:11_000].std()
    assert 4 * spread < mine.span[0, "uV"] < 12 * spread < raw.span[0, "uV"] / 10


def test_a_snapshot_is_that_of_the_whole_segment_done_at_once(path):
    layer = Layer(opened(path), CHAINS["reference"])
    samples = layer.get_analogsignal_chunk(0, 0, stream_index=0)
    assert_close(samples, truth(SAMPLES, CHAINS["reference"]), SHARE)
    reader = FiledReader.at(path, [[(0.0, samples)]], [RATE])
    names = layer.header["signal_channels"]
    reader.header["signal_channels"]["name"] = names["name"]
    reader.header["signal_channels"]["units"] = names["units"]
    for span in ((3.0, 3.2), (0.0, DURATION)):
        mine = traces(layer, *span)
        assert np.array_equal(mine, traces(reader, *span))
    assert not np.array_equal(mine, traces(opened(path), *span))
    made(layer)  # and from its pyramid
    assert np.array_equal(mine, traces(layer, *span))


def traces(reader, *span):
    """Return a picture without its right margin, which says what was done to it."""
    return viewer.snapshot(reader, *span, size=(500, 300))[:, :400]
