"""How many lanes panels have by themselves at which height, and which channels these are."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.viewer.model.made_channels import in_streams
from tests.viewer.render.views import streams_of
from viewer.model import View
from viewer.render.layout import LEAST_LANE, Box, PanelBox, lay_out
from viewer.render.pages import fit_pages, page_words, readable_lanes

COUNTS = ((1,), (384,), (384, 384, 1), (64,) * 8, (384, 8, 1, 16), (9, 300, 2, 30))
READERS = {counts: streams_of(*counts, seconds=0.05) for counts in COUNTS}


def fitted(counts, size, ratio=1.0):
    view = View(READERS[counts])
    fit_pages(view, lay_out(view, size, ratio, ()))
    return view, lay_out(view, size, ratio, ())


# -- how many --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("height", "ratio", "lanes"),
    [
        (850, 1.0, 64),
        (512, 1.0, 64),
        (511, 1.0, 63),
        (300, 1.0, 37),
        (90, 1.0, 11),
        (16, 1.0, 2),
        (15, 1.0, 1),
        (3, 1.0, 1),
        (180, 2.0, 11),
        (70, 1.25, 7),
        (84, 1.5, 7),
    ],
)
def test_lanes_at_a_height(height, ratio, lanes):
    assert readable_lanes(PanelBox(0, Box(0, 10, 500, 10 + height), 99), ratio) == lanes


def test_which_rows_are_on_the_page_by_hand():
    view, layout = fitted((384, 384, 1), (1400, 8 + 34 + 700))
    upper, lower, sync = layout.panels
    assert (upper.box.height, lower.box.height, sync.box.height) == (316, 317, 57)
    assert view.channels.page_of(0).tolist() == list(range(39))
    assert view.channels.page_of(1).tolist() == list(range(384, 384 + 39))
    assert view.channels.page_of(2).tolist() == [768]


@settings(deadline=None)
@given(
    st.sampled_from(COUNTS),
    st.tuples(st.integers(200, 2000), st.integers(64, 2000)),
    st.sampled_from([1.0, 1.25, 1.5, 2.0]),
    st.data(),
)
def test_lanes_are_never_too_low_and_there_are_as_many_as_can_be(counts, size, ratio, data):
    view = View(READERS[counts])
    channels = view.channels
    for panel in channels.panels:
        channels.show_page(data.draw(st.integers(0, 400)), stream=panel.stream)
        channels.set_share(panel.stream, data.draw(st.sampled_from([1.0, 0.2, 5.0])))
    fit_pages(view, lay_out(view, size, ratio, ()))
    layout = lay_out(view, size, ratio, ())
    for panel in layout.panels:
        rows, listed = channels.page_of(panel.stream), channels.listed_of(panel.stream).tolist()
        first = channels.panel_of(panel.stream).first_lane
        assert rows.tolist() == listed[first : first + panel.lanes] and 1 <= panel.lanes <= 64
        least = LEAST_LANE * ratio
        assert panel.lanes == 1 or panel.lane_height >= least * (1 - 1e-9)
        if panel.lanes < min(64, len(listed)):
            assert panel.box.height / (panel.lanes + 1) < least
    assert not fit_pages(view, layout)  # and that is that
    assert lay_out(view, size, ratio, ()) == layout


@pytest.mark.parametrize("counts", COUNTS)
def test_a_screen_of_finer_pixels_shows_the_same_channels(counts):
    want, _ = fitted(counts, (900, 700))
    for ratio in (1.5, 2.0):
        view, _ = fitted(counts, (round(900 * ratio), round(700 * ratio)), ratio)
        for panel in want.channels.panels:
            lanes = [len(v.channels.page_of(panel.stream)) for v in (want, view)]
            assert abs(lanes[1] - lanes[0]) <= 1  # half a pixel may make room for another


def test_traces_that_share_one_place_need_no_height_of_their_own():
    view = View(READERS[(64,) * 8])
    view.butterfly = True
    layout = lay_out(view, (900, 600), 1.0, ())
    fit_pages(view, layout)
    assert [len(view.channels.page_of(stream)) for stream in range(8)] == [64] * 8
    view.display = "heat map"
    fit_pages(view, lay_out(view, (900, 600), 1.0, ()))
    assert all(len(view.channels.page_of(stream)) < 12 for stream in range(8))


def test_a_number_that_somebody_chose_stays():
    view = View(READERS[(384,)])
    view.channels.show_page(5, 200)
    assert not fit_pages(view, lay_out(view, (900, 400), 1.0, ()))
    assert view.channels.shown.tolist() == list(range(5, 205))


# -- which, in words -------------------------------------------------------------------------------


def test_which_channels_are_on_screen_in_words():
    channels = in_streams([0] * 384 + [1] * 2)
    assert page_words(channels, 0) == page_words(channels, 1) == []
    channels.show_page(0, 24)
    assert page_words(channels, 0) == ["channels 1\N{EN DASH}24 of 384", "1\N{EN DASH}24 of 384"]
    assert page_words(channels, 1) == []
    channels.show_page(383, 1)
    assert page_words(channels, 0) == ["channel 384 of 384", "384 of 384"]
    assert page_words(channels, 1) == ["channel 2 of 2", "2 of 2"]


@settings(deadline=None)
@given(st.data())
def test_of_hidden_channels_nothing_is_said(data):
    channels = in_streams([0] * 12)
    channels.set_visible(data.draw(st.sets(st.integers(0, 11), max_size=11)), False)
    channels.show_page(data.draw(st.integers(0, 11)), data.draw(st.integers(1, 14)))
    listed, rows = channels.listed.tolist(), channels.shown.tolist()
    words = page_words(channels, 0)
    if rows == listed:
        assert words == []
    else:
        first, last = (listed.index(row) + 1 for row in (rows[0], rows[-1]))
        span = f"{first}\N{EN DASH}{last}" if last > first else f"{first}"
        assert words[1] == f"{span} of {len(listed)}" and words[0].endswith(f" {words[1]}")
        assert last - first + 1 == len(rows)
