"""Both renderers, pixel by pixel, against brute force over the raw samples."""

from pathlib import Path

import numpy as np
import pytest

from rawio import open_recording
from tests.readers import ArrayReader, noise
from tests.viewer.render.scenes import COLORS, expected_picture, rects, scene_of
from viewer.model import SignalRun, Timeline
from viewer.render import software

SAMPLE_DATA = Path(__file__).parents[3] / "sample_data"

ZOOMS = [0.013, 0.3, 1.0, 1.7, 3.999, 4.0, 7.3, 64.0, 301.5]
LANES = {
    "gain": [(0, -0.004, 60.3), (1, -0.003, 140.7)],
    "negative gain": [(0, 0.004, 60.3), (1, -0.003, 140.7)],
    "offset and overlap": [(1, -0.005, 95.0), (0, -0.005, 100.0), (2, 0.001, -20.5)],
    "off screen": [(0, -10.0, 1e5), (1, -0.004, -1e5), (2, -0.001, 100.0)],
    "flat": [(0, 0.0, 50.0), (2, -1e-9, 120.4)],
}


@pytest.fixture(params=["software", pytest.param("gpu", marks=pytest.mark.gl)])
def draw(request):
    """Return the function that draws a scene with the renderer of this run."""
    if request.param == "software":
        return software.render
    from viewer.render import headless

    return headless.render


def assert_same(got, want, share=0.0):
    """Pixels are equal, but for lines between samples: there float32 may move an edge by a row.

    At most `share` of the columns may have such an edge.
    """
    wrong = (got != want).any(axis=2)
    if not wrong.any():
        return
    columns = wrong.any(axis=0)
    assert columns.mean() <= share, f"{columns.sum()} of {len(columns)} columns differ"
    assert wrong.sum(axis=0).max() <= 4


@pytest.mark.parametrize("spp", ZOOMS)
@pytest.mark.parametrize("lanes", LANES.values(), ids=LANES)
def test_noise_at_every_zoom_and_gain(draw, spp, lanes):
    samples = noise(30_000, 3)
    scene = scene_of(samples, spp, first_column=int(100 / spp), lanes=lanes)
    assert_same(draw(scene), expected_picture(samples, scene), share=0.02 if spp < 1 else 0)


@pytest.mark.parametrize("first_column", [-120, 0, 9_900])
def test_ends_of_the_recording_are_left_empty(draw, first_column):
    samples = noise(10_000, 3)
    scene = scene_of(samples, 1.0, first_column, LANES["gain"])
    want = expected_picture(samples, scene)
    assert_same(draw(scene), want)
    empty = (want == want[0, 0]).all(axis=(0, 2)).sum()
    assert empty == {-120: 120, 0: 0, 9_900: 200}[first_column]


@pytest.mark.parametrize("dtype", ["int8", "uint8", "uint16", "int32", "float32", "float64"])
def test_other_sample_types(draw, dtype):
    samples = noise(5_000, 3, dtype=dtype)
    if dtype == "int32":
        samples //= 256  # 24 bits: what float32 holds exactly
    scale = 60 / float(np.abs(samples.astype(float)).max())
    lanes = [(0, -scale, 70.2), (2, scale, 130.1)]
    scene = scene_of(samples, 6.1, 40, lanes)
    assert_same(draw(scene), expected_picture(samples, scene), share=0.02)


@pytest.mark.parametrize(("dtype", "level"), [("int16", 30_000), ("int32", 8_000_000)])
@pytest.mark.parametrize("spp", [0.3, 1.0, 9.0])
def test_a_large_resting_level_moves_nothing(draw, dtype, level, spp):
    """Noise of a few counts on a large level looks like the same noise on none."""
    small = (noise(6000, 3) // 3000).astype(np.int32)
    lanes = [(0, -12.5, 60.3), (2, 7.7, 130.6)]
    plain = scene_of(small.astype(np.int16), spp, 10, lanes)
    raised = scene_of((small + level).astype(dtype), spp, 10, lanes, pivot=level)
    assert np.array_equal(draw(raised), draw(plain))


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_samples_that_are_no_numbers_are_left_out_alone(draw, dtype):
    samples = noise(3000, 2, dtype=dtype)
    holes = samples.copy()
    holes[200:240, 0] = np.nan
    holes[101::2, 0] = np.nan
    holes[150, 1], holes[152, 1] = np.inf, -np.inf
    lanes = [(0, -0.02, 60.0), (1, -0.02, 140.0)]
    # Two samples a column: every second sample is there but in columns 100 to 119.
    got = draw(scene_of(holes, 2.0, 0, lanes))
    filled = samples.copy()
    filled[1::2, 0] = np.where(np.isnan(holes[1::2, 0]), filled[::2, 0], filled[1::2, 0])
    filled[150, 1], filled[152, 1] = 1e9, -1e9
    want = expected_picture(filled, scene_of(filled, 2.0, 0, lanes))
    red, green = COLORS[0], COLORS[1]
    gone = (got[..., :3] == red).all(axis=2).any(axis=0)
    assert not gone[100:120].any() and gone[:74].all() and gone[78:99].all() and gone[121:].all()
    rest = np.r_[0:74, 78:99, 121:300]
    assert np.array_equal(got[:, rest], want[:, rest])
    tall = (got[:, 74:78, :3] == green).all(axis=2).sum(axis=0)
    assert tall.max() > 50, "an infinite sample reaches to the edge"


@pytest.mark.parametrize("thickness", [1, 2, 3])
def test_thick_traces_are_cut_where_the_raster_begins(draw, thickness):
    samples = noise(5_000, 3)
    scene = scene_of(samples, 2.5, 10, LANES["gain"], thickness=thickness, trace_height=150)
    assert_same(draw(scene), expected_picture(samples, scene))


def test_rectangles_below_and_above_the_traces(draw):
    samples = np.zeros((1000, 1), np.int16)
    under = rects((0, 0, 50, 200, (40, 50, 60, 255)), (20, 90, 320, 110, (70, 80, 90, 255)))
    over = rects((100, 0, 101, 200, (255, 255, 255, 128)), (140, 99, 160, 104, (1, 2, 3, 255)))
    scene = scene_of(samples, 1.0, 0, [(0, -1.0, 100.0)], under=under, over=over)
    got = draw(scene)
    want = expected_picture(samples, scene)
    want[:, :50, :3] = (40, 50, 60)
    want[90:110, 20:, :3] = (70, 80, 90)
    want[100, :, :3] = (255, 0, 0)
    blended = np.rint(want[:, 100, :3] * (127 / 255) + 255 * (128 / 255))
    want[99:104, 140:160, :3] = (1, 2, 3)
    assert np.abs(got[:, 100, :3].astype(float) - blended).max() <= 1
    got[:, 100] = want[:, 100]
    assert_same(got, want)


@pytest.mark.parametrize("spp", [0.4, 2.0, 5.3, 20.0])
def test_sample_recording(draw, spp):
    reader = open_recording(SAMPLE_DATA / "sample.plx")
    run = Timeline.of(reader).runs[0]
    samples = reader.get_analogsignal_chunk(stream_index=run.stream)
    lanes = [(c, -0.05 * (-1) ** c, 40.0 * c + 30) for c in range(4)]
    scene = scene_of(None, spp, int(20_000 / spp), lanes, reader=reader, run=run)
    assert_same(draw(scene), expected_picture(samples, scene), share=0.02 if spp < 1 else 0)


@pytest.mark.parametrize("spp", [0.1, 1.0, 3.3, 17.0, 400.0])
def test_real_plexon_recording(draw, spp, plexon_recordings):
    reader = open_recording(plexon_recordings / "File_plexon_3.plx")
    run = Timeline.of(reader).runs[0]
    samples = reader.get_analogsignal_chunk()
    lanes = [(0, -0.1, 100.25), (0, 0.07, 110.5)]
    scene = scene_of(None, spp, int(1_000 / spp), lanes, reader=reader, run=run)
    assert_same(draw(scene), expected_picture(samples, scene), share=0.02 if spp < 1 else 0)


@pytest.mark.parametrize("spp", [0.25, 1.5, 40.0])
def test_panning_by_whole_columns_shifts_the_picture(draw, spp):
    samples = noise(60_000, 3)
    before = draw(scene_of(samples, spp, 200, LANES["gain"]))
    after = draw(scene_of(samples, spp, 237, LANES["gain"]))
    assert_same(after[:, : 300 - 37], before[:, 37:], share=0.02 if spp < 1 else 0)
    assert not np.array_equal(before, after)


@pytest.mark.parametrize("first_column", [10**7, 10**10])
def test_pictures_far_into_a_recording(draw, first_column):
    """At sample 10**11 the picture is the same as at 0: only the tile-relative place counts."""
    samples = noise(6144, 3)

    class Endless(ArrayReader):
        def _get_signal_size(self, *args):
            return 2 * 10**11

        def _get_analogsignal_chunk(self, block, segment, i_start, i_stop, stream, channels):
            return samples[np.arange(i_start, i_stop) % len(samples)][:, channels]

    spp = 6.0  # a whole number of columns to the period, so that pictures repeat
    first_column -= first_column % 1024
    reader = Endless.of(samples)
    run = SignalRun(0, 0, 0, 0.0, 1000.0, 2 * 10**11)
    near = draw(scene_of(None, spp, 1024, LANES["gain"], reader=reader, run=run))
    far = draw(scene_of(None, spp, first_column, LANES["gain"], reader=reader, run=run))
    assert np.array_equal(near, far)
