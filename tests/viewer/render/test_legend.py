"""The column right of the plot: what was done, and what amplitudes mean, panel by panel."""

from itertools import pairwise

import numpy as np
import pytest

from tests.readers import ArrayReader
from tests.viewer.render.views import Shown, streams_of
from viewer.model.channels import Channels
from viewer.render.drawing import Fill, Text
from viewer.render.legend import legend
from viewer.render.widths import text_width

UNITS = {"V": 1e6, "mV": 1e3, "µV": 1.0, "nV": 1e-3}
"""In uV."""


def legend_of(*counts, change=None, caption="", size=(600, 600), ratio=1.0, units=None):
    reader = streams_of(*counts, seconds=0.5)
    if units is not None:
        reader.header["signal_channels"]["units"] = units
    shown = Shown(reader, 0.0, 0.5, size, ratio, change)
    captions = [caption] * len(counts) if isinstance(caption, str) else caption
    return shown, legend(shown.view, shown.layout, captions)


def within(shown, drawing, stream):
    """Return the texts and the rectangles beside a panel."""
    box = shown.layout.panel_of(stream).box
    middle = [(i.y0 + i.y1) / 2 if isinstance(i, Fill) else i.y for i in drawing]
    mine = [i for i, y in zip(drawing, middle, strict=True) if box.y0 <= y < box.y1]
    return [i for i in mine if isinstance(i, Text)], [i for i in mine if isinstance(i, Fill)]


def in_uv(text):
    amount, unit = text.split()
    return float(amount) * UNITS[unit]


def tallest(fills):
    return max(f.y1 - f.y0 for f in fills)


# -- texts -----------------------------------------------------------------------------------------


def test_what_was_done_is_written_beside_the_plot():
    shown, drawing = legend_of(4, caption="high-pass 300 Hz · median reference")
    texts, _ = within(shown, drawing, 0)
    words = " ".join(item.text for item in texts)
    assert words.startswith("high-pass 300 Hz median reference")
    caption = [item for item in texts if not item.text.endswith("V")]
    assert all(b.y - a.y >= 12 for a, b in pairwise(caption))
    assert all(item.x > shown.layout.plot.x1 for item in caption)


def test_of_several_panels_each_has_its_stream_s_name_and_the_active_one_s_stands_out():
    shown, drawing = legend_of(4, 3, 1)
    for stream in range(3):
        texts, _ = within(shown, drawing, stream)
        assert (texts[0].text, texts[0].color) == (f"s{stream}", shown.view.theme.faint)
        assert texts[0].y == shown.layout.panel_of(stream).box.y0 + 8
    shown, drawing = legend_of(4, 3, 1, change=lambda view: view.channels.activate(1))
    colors = [within(shown, drawing, stream)[0][0].color for stream in range(3)]
    theme = shown.view.theme
    assert colors == [theme.faint, theme.text, theme.faint]
    shown, drawing = legend_of(4)
    assert not [item for item in drawing if isinstance(item, Text) and item.text == "s0"]


def test_what_was_done_stands_below_the_name_of_each_panel():
    def change(view):
        view.channels.set_order([*range(4, 7), *range(4)])

    shown, drawing = legend_of(4, 3, change=change, caption="notch 50 Hz")
    for stream in (0, 1):
        found = [item.text for item in within(shown, drawing, stream)[0]]
        assert found[:2] == [f"s{stream}", "notch 50 Hz"]


def test_each_panel_says_what_was_done_to_its_own_stream():
    def change(view):
        view.channels.set_order([7, *range(7)])

    captions = ["notch 50 Hz", "as recorded", ""]
    shown, drawing = legend_of(4, 3, 1, change=change, caption=captions)
    for stream, words in enumerate(captions):
        found = [t.text for t in within(shown, drawing, stream)[0] if not t.text.endswith("V")]
        assert found == [f"s{stream}", *([words] if words else [])]


@pytest.mark.parametrize(
    ("height", "lines"),
    [
        (200, ["raw +…"]),
        (260, ["raw +", "high-pass…"]),
        (450, ["raw +", "high-pass", "20 Hz"]),
    ],
)
def test_with_little_room_it_is_still_said_what_lies_below_and_what_is_as_recorded(height, lines):
    captions = ["raw + high-pass 20 Hz", "as recorded", "raw + high-pass 20 Hz"]
    shown, drawing = legend_of(1, 1, 1, caption=captions, size=(600, height))
    found = [
        [t.text for t in within(shown, drawing, stream)[0] if "V" not in t.text]
        for stream in range(3)
    ]
    assert found == [["s0", *lines], ["s1", "as recorded"], ["s2", *lines]]


def test_where_not_all_channels_are_on_screen_it_is_said_which():
    def change(view):
        view.channels.show_page(100, 24, 0)
        view.channels.show_page(2, 1, 1)

    shown, drawing = legend_of(384, 4, 3, change=change, caption="notch 50 Hz")
    found = [[t.text for t in within(shown, drawing, stream)[0]] for stream in range(3)]
    assert found[0][:4] == ["s0", "channels", "101\N{EN DASH}124 of", "384"]
    assert found[0][4] == "notch 50 Hz"
    assert found[1][:3] == ["s1", "3 of 4", "notch 50 Hz"]
    assert found[2][:2] == ["s2", "notch 50 Hz"]
    _, drawing = legend_of(384, change=lambda view: view.channels.show_page(0, 24))
    words = [item for item in drawing if isinstance(item, Text)][:2]
    assert [item.text for item in words] == ["channels", "1\N{EN DASH}24 of 384"]


@pytest.mark.parametrize("scale_bars", [True, False])
@pytest.mark.parametrize("caption", ["", "notch 50 Hz", "notch 50 Hz · median"])
def test_which_channels_is_said_at_length_in_short_or_not_at_all_and_never_over_other_texts(
    scale_bars, caption
):
    def change(view):
        view.scale_bars = scale_bars
        view.channels.show_page(4, 3)

    seen = []
    for height in range(120, 420, 7):
        shown, drawing = legend_of(64, 64, change=change, caption=caption, size=(600, height))
        for stream in (0, 1):
            texts, fills = within(shown, drawing, stream)
            lines = sorted(t.y for t in texts)
            assert all(below - above >= 12 for above, below in pairwise(lines))
            mine = [t for t in texts if "of 64" in t.text]
            assert all(text_width(t.text, 1.0) <= t.max_width for t in mine)
            assert all(f.y0 > t.y or f.x0 < t.x for f in fills for t in texts)
            told = " ".join(t.text for t in texts)
            assert told.startswith(f"s{stream}")
            at_length, short = "channels 5\N{EN DASH}7 of 64" in told, "5\N{EN DASH}7 of 64" in told
            assert short == ("of 64" in told) and ("5\N{EN DASH}7" in told) == short
            assert not short or "\N{HORIZONTAL ELLIPSIS}" not in told
            seen.append((at_length, short))
    assert seen[0] == (False, not (caption or scale_bars)) and seen[-1] == (True, True)
    assert (False, True) in seen


def test_panels_lower_than_what_was_done_say_that_there_is_more():
    caption = "notch 50 Hz · median"
    shown, drawing = legend_of(1, 1, 1, caption=caption, size=(600, 260))
    for stream in range(3):
        assert 60 < shown.layout.panel_of(stream).box.height < 75
        found = [item.text for item in within(shown, drawing, stream)[0]]
        assert found[:3] == [f"s{stream}", "notch 50 Hz", "median"]
    shown, drawing = legend_of(1, 1, 1, caption=caption, size=(600, 200))
    for stream in range(3):
        assert 45 <= shown.layout.panel_of(stream).box.height < 60
        found = [item.text for item in within(shown, drawing, stream)[0]]
        assert found[:2] == [f"s{stream}", "notch 50 Hz\N{HORIZONTAL ELLIPSIS}"]


def test_a_stream_s_long_name_is_broken_before_it_is_cut(monkeypatch):
    name = "stream1_2000-imec0.ap-SYNC"
    monkeypatch.setattr(Channels, "stream_name", lambda self, stream: name)
    shown, drawing = legend_of(4, 3)
    lines = [item for item in within(shown, drawing, 0)[0] if not item.text.endswith("V")]
    assert len(lines) > 1 and "".join(item.text for item in lines) == name
    assert all(line.text[-1] in "_-." for line in lines[:-1])
    assert all(text_width(line.text, 1.0) <= line.max_width for line in lines)


# -- nothing ---------------------------------------------------------------------------------------


def test_where_all_channels_are_hidden_it_says_so():
    def hide(view):
        view.channels.set_visible(range(7), False)

    shown, drawing = legend_of(4, 3, change=hide, caption="notch 50 Hz")
    assert " ".join(item.text for item in drawing) == "all channels are hidden"
    plot = shown.layout.plot
    assert all(item.x > plot.x1 and plot.y0 < item.y < plot.y1 for item in drawing)
    assert np.mean([item.y for item in drawing]) == (plot.y0 + plot.y1) / 2


def test_a_recording_without_channels_has_no_signals():
    class OnlyUnits(ArrayReader):
        def _segment_t_start(self, block, segment):
            return 0.0

        def _segment_t_stop(self, block, segment):
            return 10.0

    shown = Shown(OnlyUnits([[]], [], units={"u": np.array([1.0])}))
    assert [item.text for item in legend(shown.view, shown.layout)] == ["no signals"]


def test_a_long_text_leaves_half_of_a_panel_to_its_scale_bar():
    caption = " · ".join(f"step number {n}" for n in range(40))
    shown, drawing = legend_of(4, 4, caption=caption, size=(600, 300))
    for stream in (0, 1):
        texts, fills = within(shown, drawing, stream)
        box = shown.layout.panel_of(stream).box
        lines = [item for item in texts if not item.text.endswith("V")]
        assert max(item.y for item in lines) <= box.y0 + box.height / 2 + 8
        assert tallest(fills) > 20


# -- scale bars ------------------------------------------------------------------------------------


@pytest.mark.parametrize("butterfly", [False, True])
@pytest.mark.parametrize("ratio", [1.0, 2.0])
def test_each_panel_s_bar_is_as_long_as_it_says(butterfly, ratio):
    spans, gains = (730.0, 5200.0), (2.0, -0.5)

    def change(view):
        view.butterfly = butterfly
        for stream in (0, 1):
            view.channels.set_span(stream, "uV", spans[stream])
            view.channels.set_gain(gains[stream], np.flatnonzero(view.channels.stream == stream))

    size = (round(600 * ratio), round(600 * ratio))
    shown, drawing = legend_of(4, 3, change=change, size=size, ratio=ratio)
    for stream in (0, 1):
        panel = shown.layout.panel_of(stream)
        (_, text), fills = within(shown, drawing, stream)
        lane = panel.box.height if butterfly else panel.box.height / panel.lanes
        pixels = in_uv(text.text) * abs(gains[stream]) / spans[stream] * lane
        assert tallest(fills) == round(pixels) and 30 * ratio < pixels <= 90 * ratio
        assert all(panel.box.y0 < f.y0 and f.y1 < panel.box.y1 for f in fills)
        assert all(f.x0 > shown.layout.plot.x1 and f.x1 < shown.layout.width for f in fills)


def test_where_gains_differ_the_bar_is_that_of_gain_1():
    shown, drawing = legend_of(4, 3, change=lambda view: view.channels.set_gain(3.0, [1, 4, 5, 6]))
    texts = [[item.text for item in within(shown, drawing, stream)[0]] for stream in (0, 1)]
    assert texts[0][-1] == "at gain 1" and "at gain 1" not in texts[1]
    _, fills = within(shown, drawing, 0)
    pitch = shown.layout.panel_of(0).lane_height
    assert tallest(fills) == round(in_uv(texts[0][1]) / 4000 * pitch)


def test_each_unit_of_measure_of_a_panel_has_a_bar_of_its_own():
    shown, drawing = legend_of(3, 2, units=["uV", "mV", "uV", "uV", "degC"], size=(600, 900))
    texts, fills = within(shown, drawing, 0)
    assert len(texts) == 3 and in_uv(texts[1].text) * 999 < in_uv(texts[2].text)
    assert texts[1].y > texts[2].y  # from the bottom up, as channels come
    assert len(fills) == 6
    texts, _ = within(shown, drawing, 1)
    assert texts[2].text.endswith("degC")


@pytest.mark.parametrize("butterfly", [False, True])
def test_panels_too_low_for_a_bar_say_what_a_lane_is(butterfly):
    def change(view):
        view.butterfly = butterfly
        view.channels.set_span(1, "uV", 3000.0)
        view.channels.set_gain(2.0, [64])

    shown, drawing = legend_of(64, 1, change=change, size=(600, 180))
    box = shown.layout.panel_of(1).box
    assert 30 <= box.height < 40
    texts, fills = within(shown, drawing, 1)
    assert fills == []
    assert [item.text for item in texts] == ["s1", f"1.5 mV/{'panel' if butterfly else 'lane'}"]
    assert texts[1].y - texts[0].y >= 12 and texts[1].y + 6 <= box.y1


def test_what_a_lane_is_is_not_said_without_the_room_to_say_all_of_it():
    shown, drawing = legend_of(64, 1, size=(600, 120))
    assert shown.layout.panel_of(1).box.height < 30
    assert [item.text for item in within(shown, drawing, 1)[0]] == ["s1"]

    def differ(view):
        view.channels.set_gain(3.0, [65])

    shown, drawing = legend_of(64, 2, change=differ, size=(600, 150))  # "at gain 1" has no line
    assert [item.text for item in within(shown, drawing, 1)[0]] == ["s1"]


def test_hidden_bars_leave_the_names_alone():
    _, drawing = legend_of(4, 3, change=lambda view: setattr(view, "scale_bars", False))
    assert [item.text for item in drawing] == ["s0", "s1"]


def test_an_amount_too_long_for_a_line_has_two():
    def change(view):
        view.channels.set_span(0, "", 250_000.0)

    shown, drawing = legend_of(1, change=change, units=[""], size=(600, 200))
    texts, fills = within(shown, drawing, 0)
    assert [item.text for item in texts] == ["100000", "counts"]
    assert texts[1].y - texts[0].y >= 12
    assert tallest(fills) == round(100_000 / 250_000 * shown.layout.panels[0].lane_height)
    assert all(text_width(item.text, 1.0) <= item.max_width for item in texts)


# -- bars of colours -------------------------------------------------------------------------------


def heat_map(view):
    view.display = "heat map"
    view.channels.set_gain(2.0)


def test_the_legend_of_a_heat_map_says_what_its_ends_are():
    shown, drawing = legend_of(4, change=heat_map)
    texts, fills = within(shown, drawing, 0)
    assert [item.text for item in texts] == ["1 mV", "\N{MINUS SIGN}1 mV"]
    assert texts[0].y < texts[1].y
    ends = [list(fill.color) for fill in (fills[0], fills[-1])]
    assert ends == shown.view.theme.heat_colors[[0, -1]].tolist()
    assert fills[0].y1 > fills[-1].y1
    assert all(shown.layout.plot.x1 < item.x0 and item.x1 < shown.layout.width for item in fills)


def test_each_panel_of_a_heat_map_has_its_own_colours():
    def change(view):
        heat_map(view)
        view.channels.set_span(1, "uV", 300.0)

    shown, drawing = legend_of(4, 3, change=change)
    ends = [[item.text for item in within(shown, drawing, stream)[0]] for stream in (0, 1)]
    assert ends == [["s0", "1 mV", "\N{MINUS SIGN}1 mV"], ["s1", "75 µV", "\N{MINUS SIGN}75 µV"]]
    for stream in (0, 1):
        box = shown.layout.panel_of(stream).box
        fills = within(shown, drawing, stream)[1]
        assert len(fills) == 96 and fills[0].y1 == box.y1 - 8
        colors = [f.color for f in fills]
        assert list(map(list, (colors[0], colors[-1]))) == (
            shown.view.theme.heat_colors[[0, -1]].tolist()
        )


def test_a_heat_map_too_low_for_its_colours_says_what_their_ends_are():
    shown, drawing = legend_of(64, 1, change=heat_map, size=(600, 200))
    texts, fills = within(shown, drawing, 1)
    assert fills == []
    assert [item.text for item in texts] == ["s1", "±1 mV"]
