"""Lanes too low for their traces: what is faint, what is not, and that nothing of it is lost."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.oracles import columns as oracle
from tests.readers import ArrayReader, noise
from tests.viewer.render.scenes import BACKGROUND, COLORS, expected_picture, scene_of
from tests.viewer.render.views import Shown, ink, streams_of
from viewer.engine.points import UnitMarks
from viewer.model.channel_info import Readings
from viewer.model.theme import THEMES
from viewer.render import software
from viewer.render.dense import FAINTEST, LOW, ROOMY, SLACK, divided, faintness, lane_rows, mixed
from viewer.render.scene import NO_RECTS


@pytest.fixture(params=["software", pytest.param("gpu", marks=pytest.mark.gl)])
def draw(request):
    """Return the function that draws a scene with the renderer of this run."""
    if request.param == "software":
        return software.render
    from viewer.render import headless

    return headless.render


# -- how faint, and where ------------------------------------------------------------------------


@pytest.mark.parametrize("thickness", [1, 2, 3])
def test_the_lower_lanes_are_the_fainter_traces_without_a_step(thickness):
    heights = np.arange(0.2, 12, 0.1) * thickness
    shares = np.array([faintness(height, thickness) for height in heights])
    low, roomy = heights <= LOW * thickness, heights >= ROOMY * thickness
    assert (shares[low] == FAINTEST).all() and (shares[roomy] == 0).all()
    steps = np.diff(shares)
    assert (steps <= 0).all() and (steps >= -0.03).all()


def luminance(color):
    """Return the relative luminance of WCAG 2."""
    share = np.asarray(color, float) / 255
    linear = np.where(share <= 0.04045, share / 12.92, ((share + 0.055) / 1.055) ** 2.4)
    return linear @ [0.2126, 0.7152, 0.0722]


@pytest.mark.parametrize("name", ["dark", "light"])
def test_what_is_faint_contrasts_with_what_is_not_and_with_the_background(name):
    theme = THEMES[name]
    colors = theme.channel_colors(8)
    faint = mixed(colors, theme.background, FAINTEST)
    for full, less in zip(luminance(colors), luminance(faint), strict=True):
        background = luminance(theme.background)
        ordered = sorted([full, less, background])
        assert ordered.index(less) == 1
        apart = (max(full, less) + 0.05) / (min(full, less) + 0.05)
        assert apart >= 3
        assert (max(background, less) + 0.05) / (min(background, less) + 0.05) >= 1.5


@given(
    st.floats(0, 900), st.floats(0.3, 7), st.integers(1, 3), st.lists(st.floats(-1, 1), min_size=1)
)
def test_what_stays_within_its_lane_inks_faint_rows_alone(center, height, thickness, places):
    ((first, last),) = lane_rows(np.array([center]), height, thickness).tolist()
    reach = height / 2 + SLACK * thickness
    for place in places:
        y = center + place * reach
        top, bottom = oracle.ink(y, y, 1.0, 0.0, 2000, thickness)
        clear = 1e-3 < (y % 1.0) < 1 - 1e-3  # float32 may round to another row
        assert not clear or (top >= max(first, 0) and bottom <= max(last, 0))
    # And no more than these.
    assert last - first <= 2 * reach + thickness + 1


# -- pictures ------------------------------------------------------------------------------------

CHANNELS, ROWS = 60, 90


def low_lanes(samples, spp, thickness=1, gain=0.003):
    """Return the scene of lanes of 1.5 pixels, undivided, and their centres."""
    centers = (np.arange(CHANNELS) + 0.5) * ROWS / CHANNELS
    lanes = [(channel, -gain, center) for channel, center in enumerate(centers)]
    return scene_of(samples, spp, 20, lanes, (70, ROWS), thickness), centers


def lane_ink(samples, scene):
    """Return which pixels each lane inks, bool (lanes, height, width), by brute force."""
    layer, out = scene.layers[0], []
    for lane in range(len(layer.columns)):
        names = ("columns", "slope", "base", "pivot", "color")
        alone = {name: getattr(layer, name)[lane : lane + 1] for name in names}
        one = replace(scene, layers=(replace(layer, **alone),))
        out.append(ink(expected_picture(samples, one), BACKGROUND))
    return np.array(out)


@pytest.mark.parametrize("spp", [1.0, 7.3])
@pytest.mark.parametrize(("thickness", "gain"), [(1, 0.0015), (1, 0.003), (2, 0.002)])
def test_faint_within_their_lanes_and_above_all_in_full_colour_beyond(draw, spp, thickness, gain):
    samples = noise(1000, CHANNELS) // 16
    scene, centers = low_lanes(samples, spp, thickness, gain)
    layers = divided(scene.layers[0], centers, ROWS / CHANNELS, thickness, BACKGROUND)
    assert len(layers) == 2
    inked = lane_ink(samples, scene)
    want = np.empty((ROWS, 70, 3), np.uint8)
    want[:] = BACKGROUND
    for lane, own in enumerate(inked):
        want[own] = layers[0].color[lane]
    for lane, own in enumerate(inked):
        first, last = lane_rows(centers[lane : lane + 1], ROWS / CHANNELS, thickness)[0]
        beyond = own.copy()
        beyond[max(first, 0) : last] = False
        want[beyond] = COLORS[lane % len(COLORS)]
    got = draw(replace(scene, layers=layers))
    assert np.array_equal(got[..., :3], want)
    assert np.array_equal(ink(got, BACKGROUND), ink(draw(scene), BACKGROUND))
    bright = (got[..., np.newaxis, :3] == COLORS).all(axis=3).any(axis=2)
    assert bright.any() and not bright[ink(got, BACKGROUND)].all()


def recorded(limit=30, channels=384):
    """Return noise of ten counts, up to a limit, and one sample of twenty times as many."""
    samples = np.random.default_rng(4).normal(0, 10, (2000, channels)).clip(-limit, limit)
    samples[1000, 200] = -200
    return ArrayReader.of(
        np.rint(samples).astype(np.int16), units={"a": np.array([0.5])}, unit_channel={0: 30}
    )


def all_shown(view):
    """Show all channels, a lane of eight standard deviations each, in colours of their own."""
    view.channels.show_page(0, len(view.channels))
    for stream, units in view.channels.span:
        view.channels.set_span(stream, units, 80.0)
    color = np.tile([[120, 200, 240]], (len(view.channels), 1))
    color[200] = (250, 250, 90)
    view.channels.set_color(color)


@pytest.mark.parametrize("duration", [0.6, 1.1])
@pytest.mark.parametrize("size", [(600, 640), (600, 900)])
def test_a_spike_in_one_of_many_channels_is_seen_in_full(draw, duration, size):
    shown = Shown(recorded(), 0.8, duration, size, change=all_shown)
    scene = replace(shown.scene(), under=NO_RECTS, over=NO_RECTS)
    assert shown.layout.panels[0].lane_height < 2.5
    faint, bright = scene.layers
    lane = int(np.flatnonzero(faint.columns == 200)[0])
    names = ("columns", "slope", "base", "pivot", "color", "clip")
    alone = {name: getattr(faint, name)[lane : lane + 1] for name in names}
    column = round((1.0 - 0.8) / duration * scene.width)
    near = slice(column - 2, column + 3)
    own = ink(
        software.render(replace(scene, layers=(replace(faint, **alone, spared=None),))),
        scene.background,
    )
    own[: bright.spared[lane, 1]] = False
    rows, columns = np.nonzero(own[:, near])
    assert len(np.unique(rows)) >= 2, "of a spike of two and a half lanes there is this left"
    got = draw(scene)[:, near, :3][rows, columns]
    assert (got == bright.color[lane]).all()
    whole = replace(scene, layers=(replace(bright, spared=None),))
    assert np.array_equal(ink(draw(scene), scene.background), ink(draw(whole), scene.background))


def test_noise_stays_faint_but_for_one_column_in_thousands():
    scene = Shown(recorded(limit=1000), 0.0, 1.9, (600, 640), change=all_shown).scene()
    picture = software.render(scene)[..., :3].reshape(-1, 1, 3)
    bright = (picture == scene.layers[1].color[:1]).all(axis=2).sum()
    assert bright < scene.width * 384 / 1000


def test_spikes_of_units_lie_over_all_in_whole(draw):
    def marks(viewport):
        return ((UnitMarks(0, np.array([100, 180]), 30),),)

    def change(view):
        all_shown(view)
        view.units.set_color((255, 0, 255))
        view.channels.set_gain(6.0)  # by which noise leaves its lane

    shown = Shown(recorded(), 0.1, 0.6, (600, 640), change=change, points=marks)
    scene = shown.scene()
    faint, bright = scene.layers
    assert len(faint.marks) == 2 and len(bright.marks) == 0
    whole = replace(scene, layers=(replace(bright, spared=None, marks=faint.marks),))
    pink = [(draw(s)[..., :3] == (255, 0, 255)).all(axis=2) for s in (scene, whole)]
    assert pink[0].any() and np.array_equal(*pink)


# -- which panels --------------------------------------------------------------------------------


def one_page(view):
    for stream, _ in view.channels.span:
        view.channels.show_page(0, len(view.channels), stream)


def otherwise(name):
    def change(view):
        one_page(view)
        if name == "heat map":
            view.display = "heat map"
        elif name == "butterfly":
            view.butterfly = True
        else:
            view.overlap = False

    return change


@pytest.mark.parametrize("name", ["heat map", "butterfly", "cut off at their lanes"])
def test_what_cannot_cross_lanes_is_drawn_once(name):
    shown = Shown(streams_of(200), change=otherwise(name))
    (layer,) = shown.scene().layers
    assert layer.spared is None
    channels = shown.view.channels
    assert np.array_equal(layer.color, channels.color[channels.page_of(0)])


def test_each_panel_s_lanes_say_whether_its_traces_are_faint():
    shown = Shown(streams_of(200, 2), change=one_page)
    layers = shown.scene().layers
    streams = [layer.view.run.stream for layer in layers]
    heights = {panel.stream: panel.lane_height for panel in shown.layout.panels}
    for stream, height in heights.items():
        assert streams.count(stream) == (2 if height < ROOMY else 1)
    assert min(heights.values()) < ROOMY < max(heights.values())


def test_all_faint_traces_lie_below_all_in_full_colour():
    samples = noise(3000, 150) // 16
    reader = ArrayReader([[(0.0, samples)], [(3.2, samples)]], [1000.0])
    layers = Shown(reader, 1.0, 4.0, change=one_page).scene().layers
    assert [layer.spared is None for layer in layers] == [True, True, False, False]
    assert [layer.view.run.segment for layer in layers] == [0, 1, 0, 1]


def test_what_lies_below_for_comparison_is_fainter_still_and_drawn_once():
    four = np.ones(150)
    shown = Shown(streams_of(150), change=one_page)
    below, faint, bright = shown.scene(below=Readings(four, four, four)).layers
    assert below.spared is None and faint.spared is None and bright.spared is not None
    background = np.array(shown.view.theme.background, float)
    away = [np.abs(layer.color - background).sum(axis=1) for layer in (below, faint, bright)]
    assert (away[0] < 0.7 * away[1]).all() and (away[1] < 0.7 * away[2]).all()
