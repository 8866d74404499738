"""Snapshots: what is in the picture, and where."""

import numpy as np
import pytest

from rawio import OptionError, open_recording
from tests.readers import ArrayReader, noise
from viewer import picture
from viewer.engine.grid import Viewport
from viewer.model import View
from viewer.picture import snapshot
from viewer.render.layout import lay_out

SIZE = (900, 500)


@pytest.fixture
def reader():
    """Return four channels of which only the third, c2, is not silent; spikes and events."""
    samples = np.zeros((20_000, 4), np.int16)
    samples[:, 2] = noise(20_000, 1)[:, 0] // 8
    return ArrayReader.of(
        samples,
        units={"mapped": np.array([4.0]), "unmapped": np.array([5.0, 6.0])},
        events={"go": [(4.5, "7")]},
        unit_channel={0: 1},
        gain=0.5,
    )


def geometry(reader, t_start=3.0, t_stop=7.0, size=SIZE, ratio=1.0, **rest):
    view = View(reader)
    layout = lay_out(view, size, ratio, (1,))
    viewport = Viewport.at(t_start, t_stop - t_start, layout.plot.width, view.reference)
    return layout, viewport


def rows_of(layout, stream=0):
    """Return the top and the bottom of a panel's lanes in rows of the plot."""
    return layout.panel_of(stream).edges - layout.plot.y0


def columns_of_color(image, layout, color, rows=slice(None)):
    plot = layout.plot
    inside = image[plot.y0 : plot.y1, plot.x0 : plot.x1, :3][rows]
    return np.flatnonzero((inside == color).all(axis=2).any(axis=0))


def test_spikes_are_marked_in_their_lane_or_in_the_raster_at_their_time(reader):
    image = snapshot(reader, 3.0, 7.0, size=SIZE)
    layout, viewport = geometry(reader)
    colors = View(reader).theme.unit_colors(2)
    lane = slice(*np.rint(rows_of(layout)[1]).astype(int))
    at = columns_of_color(image, layout, colors[0], lane)
    assert at[0] == int(viewport.x_of(4.0)) and len(at) <= 2
    raster = slice(layout.raster.y0 - layout.plot.y0, None)
    at = columns_of_color(image, layout, colors[1], raster)
    assert {int(viewport.x_of(5.0)), int(viewport.x_of(6.0))} <= set(at) and len(at) <= 4
    above = slice(0, layout.raster.y0 - layout.plot.y0)
    assert not len(columns_of_color(image, layout, colors[1], above))


def test_an_event_is_a_line_over_the_whole_plot_with_its_label_above(reader):
    image = snapshot(reader, 3.0, 7.0, size=SIZE).astype(int)
    none = ArrayReader(reader.segments, reader.rates, 0.5, reader.units, {"go": []}, {0: 1})
    plain = snapshot(none, 3.0, 7.0, size=SIZE).astype(int)
    layout, viewport = geometry(reader)
    x = layout.plot.x0 + int(viewport.x_of(4.5))
    changed = (image != plain).any(axis=2)
    plot = changed[layout.plot.y0 : layout.plot.y1]
    assert np.flatnonzero(plot.any(axis=0)).tolist() == [x]
    assert plot[:, x].mean() > 0.95
    label = changed[: layout.plot.y0]
    written = np.flatnonzero(label.any(axis=0))
    assert x - 2 <= written[0] <= x + 2 and written[-1] > x + 15


def test_the_scale_bar_is_as_long_as_it_says(reader, monkeypatch):
    """The bar's pixels times the lane's units a pixel is the amount beside it."""
    from viewer.render.drawing import Fill, Text

    drawn = []
    monkeypatch.setattr(picture, "paint", lambda image, drawing: drawn.extend(drawing))
    view = View(reader)
    view.channels.set_span(0, "uV", 730.0)
    snapshot(reader, 3.0, 7.0, size=SIZE, view=view)
    layout, _ = geometry(reader)
    texts = [t for t in drawn if isinstance(t, Text) and t.x > layout.plot.x1 and "V" in t.text]
    bars = [
        f
        for f in drawn
        if isinstance(f, Fill) and f.x0 > layout.plot.x1 and f.color == view.theme.text
    ]
    bar = max(bars, key=lambda f: f.y1 - f.y0)
    amount, units = texts[0].text.split()
    in_uv = float(amount) * {"µV": 1, "mV": 1000}[units]
    assert bar.y1 - bar.y0 == round(in_uv / 730.0 * layout.panels[0].lane_height)
    assert 20 < bar.y1 - bar.y0 <= 90


def test_ruler_labels_stand_below_their_times(reader, monkeypatch):
    from viewer.render.drawing import Text

    drawn = []
    monkeypatch.setattr(picture, "paint", lambda image, drawing: drawn.extend(drawing))
    snapshot(reader, 3.0, 7.0, size=SIZE)
    layout, viewport = geometry(reader)
    below = [t for t in drawn if isinstance(t, Text) and t.y > layout.plot.y1 and t.text != "s"]
    assert len(below) >= 4
    for text in below:
        expected = layout.plot.x0 + viewport.x_of(float(text.text))
        assert text.x == pytest.approx(expected, abs=0.51)
    names = [t.text for t in drawn if isinstance(t, Text) and t.x < layout.plot.x0]
    assert names[:4] == ["c0", "c1", "c2", "c3"]


def test_channels_are_those_asked_for_in_that_order(reader):
    both = snapshot(reader, 3.0, 7.0, size=SIZE, channels=["c2", 0])
    alone = snapshot(reader, 3.0, 7.0, size=SIZE, channels=["c2"])
    layout, _ = geometry(reader)
    color = View(reader).theme.channel_colors(4)[2]
    half = layout.lanes.height // 2
    assert len(columns_of_color(both, layout, color, slice(0, half))) > 500
    assert len(columns_of_color(alone, layout, color, slice(half - 60, half + 60))) > 500


def test_a_picture_at_twice_the_ratio_has_twice_the_layout(reader):
    once = geometry(reader)[0]
    twice = geometry(reader, size=(1800, 1000), ratio=2.0)[0]
    for name in ("x0", "y0", "x1", "y1"):
        assert getattr(twice.plot, name) == pytest.approx(2 * getattr(once.plot, name), abs=4)
    image = snapshot(reader, 3.0, 7.0, size=(1800, 1000), pixel_ratio=2.0)
    assert image.shape == (1000, 1800, 4)
    color = View(reader).theme.channel_colors(4)[0]
    lane = rows_of(once)[0].mean()
    plot = image[twice.plot.y0 : twice.plot.y1, twice.plot.x0 : twice.plot.x1, :3]
    rows = np.flatnonzero((plot[:, 700] == color).all(axis=1))
    assert len(rows) == 2, "a flat trace is two physical pixels high"
    assert rows[0] == pytest.approx(2 * lane, abs=3)


def test_a_stream_s_gaps_are_shown_as_void_in_its_own_panel():
    long, short = (np.zeros((n, 2), np.int16) for n in (6000, 2000))
    reader = ArrayReader([[(0.0, long), (1.0, short)]], [1000.0, 1000.0])
    image = snapshot(reader, 0.0, 6.0, size=SIZE)
    view = View(reader)
    layout = lay_out(view, SIZE, 1.0, ())
    viewport = Viewport.at(0.0, 6.0, layout.plot.width, view.reference)
    plot = image[layout.plot.y0 : layout.plot.y1, layout.plot.x0 : layout.plot.x1, :3]
    for stream, spans in ((0, [(0.0, 6.0)]), (1, [(1.0, 3.0)])):
        row = int(rows_of(layout, stream)[0, 0]) + 3
        times = viewport.time_at(np.arange(layout.plot.width) + 0.5)
        empty = ~np.any([(times > a) & (times < b) for a, b in spans], axis=0)
        void = (plot[row] == view.theme.void).all(axis=1)
        grid = (plot[row] == view.theme.grid).all(axis=1)
        assert ((void == empty) | grid).mean() > 0.99 and void.any() == (stream == 1)
    separator = layout.separators[0].y0 - layout.plot.y0
    assert (plot[separator] == view.theme.gutter).all()


@pytest.mark.parametrize("renderer", ["software", pytest.param("gpu", marks=pytest.mark.gl)])
def test_a_view_is_drawn_as_it_is_shown(renderer):
    """A butterfly has all of a panel's traces around its middle; what is cut off keeps to it."""
    samples = np.zeros((4000, 3), np.int16)
    samples[:, 1], samples[:, 2] = 9000, -9000
    reader = ArrayReader([[(0.0, samples), (0.0, samples[:, :2])]], [1000.0, 1000.0])
    view = View(reader)
    for stream in (0, 1):
        view.channels.set_span(stream, "uV", 10_000.0)
    view.channels.set_color([(200, 10 * row, 0) for row in range(5)])

    def rows(row):
        image = snapshot(reader, 0.0, 4.0, size=SIZE, view=view, renderer=renderer)
        layout = lay_out(view, SIZE, 1.0, ())
        plot = image[layout.plot.y0 : layout.plot.y1, layout.plot.x0 : layout.plot.x1, :3]
        inked = (plot[:, 300] == (200, 10 * row, 0)).all(axis=1)
        return layout, np.flatnonzero(inked).tolist()

    layout, found = rows(1)
    edges = rows_of(layout)[1]
    assert found == [int(edges.mean() - 0.9 * (edges[1] - edges[0]))]  # in the lane above
    view.overlap = False
    assert rows(1)[1] == []
    assert rows(0)[1] == [int(rows_of(layout)[0].mean())]
    view.overlap, view.butterfly = True, True
    layout, found = rows(3)
    top, bottom = rows_of(layout, 1)[0]
    assert found == [int((top + bottom) / 2)]
    assert rows(4)[1] == []  # nearly a panel above its middle


def test_times_are_written_as_the_view_has_them(reader, monkeypatch):
    from viewer.render.drawing import Text

    view = View(reader)
    view.window.set(3.0, 4.0)
    written = {}
    for time_format in ("seconds", "clock", "samples"):
        drawn = []
        monkeypatch.setattr(picture, "paint", lambda image, drawing, out=drawn: out.extend(drawing))
        view.time_format = time_format
        snapshot(reader, size=SIZE, view=view)
        layout, _ = geometry(reader)
        below = [t.text for t in drawn if isinstance(t, Text) and t.y > layout.plot.y1]
        written[time_format] = below
    thin = "\N{THIN SPACE}"
    assert written["seconds"][0] == "3" and written["seconds"][-1] == "s"
    assert written["clock"][0] == "0:00:03" and written["clock"][-1] == "h:min:s"
    assert written["samples"][0] == f"3{thin}000" and written["samples"][-1] == "samples"


def test_gaps_between_segments_are_shown_as_void():
    samples = (noise(2000, 2) // 16).astype(np.int16)
    reader = ArrayReader([[(0.0, samples)], [(4.0, samples)]], [1000.0])
    image = snapshot(reader, 0.0, 6.0, size=SIZE)
    view = View(reader)
    layout = lay_out(view, SIZE, 1.0, ())
    viewport = Viewport.at(0.0, 6.0, layout.plot.width, view.reference)
    plot = image[layout.plot.y0 : layout.plot.y1, layout.plot.x0 : layout.plot.x1, :3]
    void = (plot[3] == view.theme.void).all(axis=1)
    inside = np.arange(int(viewport.x_of(2.0)) + 2, int(viewport.x_of(4.0)) - 1)
    grid = (plot[3] == view.theme.grid).all(axis=1)
    assert (void | grid)[inside].all()
    assert void.sum() == pytest.approx(len(inside), abs=12)


def test_two_streams_share_one_time_axis():
    fast = np.zeros((20_000, 1), np.int16)
    slow = np.zeros((2_000, 1), np.int16)
    fast[10_000], slow[1_000] = 1000, 1000  # both at 1 s
    reader = ArrayReader([[(0.0, fast), (0.0, slow)]], [10_000.0, 1000.0])
    view = View(reader)
    view.channels.set_span(0, "uV", 4000.0)
    image = snapshot(reader, 0.2, 1.8, size=SIZE, view=view)
    layout = lay_out(view, SIZE, 1.0, ())
    viewport = Viewport.at(0.2, 1.6, layout.plot.width, view.reference)
    plot = image[layout.plot.y0 : layout.plot.y1, layout.plot.x0 : layout.plot.x1, :3]
    for row in (0, 1):  # each in a panel of its own
        top = int(rows_of(layout, row).mean()) - 40
        inked = (plot[top] == view.channels.color[row]).all(axis=1)
        at = np.flatnonzero(inked)
        assert len(at) and abs(at.mean() - viewport.x_of(1.0)) <= 1.5


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"channels": ["c9"]}, "c9"),
        ({"t_start": 30.0, "t_stop": 31.0}, "outside"),
        ({"t_start": 2.0, "t_stop": 2.0}, "length"),
        ({"t_start": float("nan"), "t_stop": 2.0}, "length"),
        ({"size": (10, 10)}, "10x10"),
        ({"size": (20_000, 500)}, "20000x500"),
        ({"theme": "mauve"}, "mauve"),
        ({"renderer": "pen"}, "pen"),
        ({"pixel_ratio": 0.0}, "ratio"),
    ],
)
def test_wrong_arguments_are_said_in_a_sentence(reader, arguments, said):
    with pytest.raises(OptionError, match=said):
        snapshot(reader, **arguments)


@pytest.mark.parametrize("window", [(0, 0.0005), (0, 0.05), (9.9, 10.5), (-5, 100)])
def test_any_window_of_the_sample_can_be_drawn(window):
    from pathlib import Path

    reader = open_recording(Path(__file__).parents[2] / "sample_data" / "sample.plx")
    image = snapshot(reader, *window, size=SIZE)
    assert len(np.unique(image.reshape(-1, 4), axis=0)) > 20


def test_events_too_dense_for_lines_are_ticks_at_the_top():
    samples = np.zeros((20_000, 1), np.int16)
    times = [(t, "") for t in np.arange(0.02, 19, 0.01)]
    reader = ArrayReader.of(samples, events={"go": times})
    few = ArrayReader.of(samples, events={"go": times[::100]})
    layout = lay_out(View(reader), SIZE, 1.0, ())
    for source, reach in ((reader, 8), (few, layout.plot.height)):
        image = snapshot(source, 0.0, 10.0, size=SIZE)
        plot = image[layout.plot.y0 : layout.plot.y1, layout.plot.x0 : layout.plot.x1, :3]
        viewport = Viewport.at(0.0, 10.0, layout.plot.width, View(source).reference)
        column = plot[:, int(viewport.x_of(1.02))]
        marked = ~(column == View(source).theme.background).all(axis=1)
        marked &= ~(column == View(source).channels.color[0]).all(axis=1)
        assert np.flatnonzero(marked)[-1] == reach - 1


def test_a_picture_beyond_the_end_keeps_its_times_and_shows_nothing_there(reader):
    image = snapshot(reader, 18.0, 22.0, size=SIZE)
    layout, viewport = geometry(reader, 18.0, 22.0)
    plot = image[layout.plot.y0 : layout.plot.y1, layout.plot.x0 : layout.plot.x1, :3]
    void = (plot[40] == View(reader).theme.void).all(axis=1)
    first = np.flatnonzero(void)[0]
    assert first == pytest.approx(viewport.x_of(20.0), abs=1.5)
    assert void[first:].mean() > 0.95 and not void[:first].any()


def test_a_view_that_is_drawn_stays_as_it_is(reader):
    view = View(reader)
    view.window.set(5.0, 1.0)
    snapshot(reader, 1.0, 2.0, size=SIZE, view=view)
    assert (view.window.t_start, view.window.duration) == (5.0, 1.0)
    for more in ({"theme": "light"}, {"channels": ["c0"]}):
        with pytest.raises(OptionError, match="own"):
            snapshot(reader, 1.0, 2.0, size=SIZE, view=view, **more)
