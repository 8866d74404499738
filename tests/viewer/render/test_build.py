"""From the model to the scene: which style, which rows, which scale."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.readers import ArrayReader, noise
from viewer.engine.grid import Viewport
from viewer.engine.points import Points, UnitMarks
from viewer.engine.samples import read_tile
from viewer.engine.tiles import keys_of
from viewer.model import View
from viewer.model.channels import Readings
from viewer.render.build import Source, _heat_rows, build_scene, visible_runs
from viewer.render.layout import lay_out
from viewer.render.legend import legend


def scene_of(reader, start, duration, *, ratio=1.0, size=(600, 400), change=None, **source):
    view = View(reader)
    view.channels.set_span("uV", 4000.0)
    if change is not None:
        change(view)
    layout = lay_out(view, size, ratio, (), False)
    run = view.timeline.runs[0]
    viewport = Viewport.at(start, duration, layout.plot.width, run)
    runs = visible_runs(view, viewport)
    tiles = {key: read_tile(reader, v.run, key) for v in runs for key in keys_of(v)}
    points = Points(viewport, (UnitMarks(0, np.array([50]), 1),))
    sources = [Source(runs, tiles.get), *source.get("over", [])]
    if "below" in source:
        sources.insert(0, Source(runs, tiles.get, source["below"], faded=True))
    return view, layout, build_scene(view, layout, viewport, sources, points, 1, 0)


@pytest.fixture
def reader():
    return ArrayReader.of(noise(20_000, 4), units={"a": np.array([1.0])}, unit_channel={0: 1})


@pytest.mark.parametrize(
    ("duration", "lanes", "line", "dots"),
    [(0.2, 4, True, False), (0.02, 4, True, True), (0.2, 60, False, False), (1.0, 4, False, False)],
)
def test_lines_are_drawn_between_samples_where_lanes_have_room(duration, lanes, line, dots):
    for ratio in (1.0, 2.0):
        reader = ArrayReader.of(noise(4000, lanes))
        size = (round(600 * ratio), round(400 * ratio))
        _, _, scene = scene_of(reader, 0.5, duration, ratio=ratio, size=size)
        style = scene.layers[0].line
        assert (style is not None) == line
        if style is not None:
            assert style.width == pytest.approx(1.3 * ratio)
            assert style.dot == pytest.approx(2.2 * ratio * dots)


@given(st.integers(1, 300), st.integers(1, 120), st.data())
def test_rows_of_a_heat_map_show_every_lane_in_order(count, height, data):
    mine = data.draw(st.sets(st.integers(0, count - 1), min_size=1))
    lanes = np.array(sorted(mine))
    rows = _heat_rows(lanes, count, height)
    shown = [lanes[a:b].tolist() for a, b in rows]
    others = sorted(set(range(count)) - mine)
    rest = np.array(others, int)
    theirs = [rest[a:b].tolist() for a, b in _heat_rows(rest, count, height)]
    flat = [lane for row, other in zip(shown, theirs, strict=True) for lane in sorted(row + other)]
    assert flat == sorted(flat)
    if count >= height:
        assert flat == list(range(count))  # each once
    else:
        heights = [flat.count(lane) for lane in range(count)]
        assert min(heights) >= height // count and max(heights) <= -(-height // count)
        assert all(len(row) + len(other) == 1 for row, other in zip(shown, theirs, strict=True))


@pytest.mark.parametrize("gain", [1.0, -2.5])
def test_a_lane_s_height_is_all_of_the_colours(reader, gain):
    def change(view):
        view.display = "heat map"
        view.channels.set_gain(gain)
        view.channels.set_offset(100.0)

    _, _, scene = scene_of(reader, 0.0, 2.0, change=change)
    layer = scene.layers[0]
    for raw, want in ((2000 / gain - 100, 1.0), (-2000 / gain - 100, -1.0), (-100, 0.0)):
        assert layer.slope * (raw - layer.pivot) + layer.base == pytest.approx(want)
    assert layer.heat.shape == (scene.trace_height, 2) and layer.line is None
    assert len(layer.marks) == 0
    assert scene.colors.shape == (256, 3)


def test_spikes_mark_the_upper_source_alone(reader):
    four = np.ones(4)
    below = Readings(2 * four, 3 * four, -5 * four)
    _, layout, scene = scene_of(reader, 0.0, 2.0, below=below)
    low, high = scene.layers
    assert len(low.marks) == 0 and high.marks.lane.tolist() == [1]
    assert low.slope == pytest.approx(2 * high.slope)
    y = low.slope * (1.0 - low.pivot) + low.base  # raw 1 is no units: 1 * 2 + 3 - 5
    assert y == pytest.approx(layout.lane_centers(4))


def test_colours_of_a_heat_map_rise_evenly_from_rest(reader):
    for name, rising in (("dark", True), ("light", False)):
        from viewer.model.theme import THEMES

        colors = THEMES[name].heat_colors.astype(float)
        light = colors @ [0.2126, 0.7152, 0.0722]
        halves = light[127::-1], light[128:]
        for half in halves:
            steps = np.diff(half) if rising else -np.diff(half)
            assert (steps >= -1.0).all() and np.ptp(half) > 80
        background = np.array(THEMES[name].background, float)
        assert np.abs(colors[127:129] - background).max() < 24
        # Blue below, orange above.
        assert colors[0, 2] > colors[0, 0] and colors[-1, 0] > colors[-1, 2]


def test_the_legend_of_a_heat_map_says_what_its_ends_are(reader):
    def change(view):
        view.display = "heat map"
        view.channels.set_gain(2.0)

    view, layout, _ = scene_of(reader, 0.0, 2.0, change=change)
    texts = [item for item in legend(view, layout, "") if hasattr(item, "text")]
    assert [item.text for item in texts] == ["1 mV", "-1 mV"]
    assert texts[0].y < texts[1].y
    fills = [item for item in legend(view, layout, "") if not hasattr(item, "text")]
    ends = [list(fill.color) for fill in (fills[0], fills[-1])]
    assert ends == view.theme.heat_colors[[0, -1]].tolist()
    assert fills[0].y1 > fills[-1].y1
    assert all(layout.plot.x1 < item.x0 and item.x1 < layout.width for item in fills)


def test_what_was_done_is_written_beside_the_plot(reader):
    view, layout, _ = scene_of(reader, 0.0, 2.0)
    texts = [
        item
        for item in legend(view, layout, "high-pass 300 Hz · median reference")
        if hasattr(item, "text")
    ]
    words = " ".join(item.text for item in texts)
    assert words.startswith("high-pass 300 Hz median reference")
    caption = [item for item in texts if "uV" not in item.text and "mV" not in item.text]
    assert all(b.y - a.y >= 12 for a, b in pairwise(caption))
    assert all(item.x > layout.plot.x1 for item in caption)


def test_displays_and_what_is_shown_are_checked(reader):
    view = View(reader)
    seen = []
    view.changed.connect(lambda: seen.append((view.display, view.shown)))
    view.toggle_heat_map()
    view.toggle_both()
    view.toggle_raw()
    view.toggle_heat_map()
    assert seen == [
        ("heat map", "processed"),
        ("heat map", "both"),
        ("heat map", "processed"),
        ("traces", "processed"),
    ]
    with pytest.raises(ValueError, match="display 'map' is not one of traces, heat map"):
        view.display = "map"
    with pytest.raises(ValueError, match="shown 'all' is not one of processed, raw, both"):
        view.shown = "all"
