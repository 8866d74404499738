"""Pages whose number of lanes nobody chose: they follow what a panel has room for."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.viewer.model.made_channels import channels_of, events_of, in_streams, page, shown
from tests.viewer.model.saved_views import a_reader
from viewer.model import View
from viewer.model.view_file import apply_view, view_as_json


def test_a_panel_has_the_lanes_that_there_is_room_for_until_somebody_chooses():
    channels = in_streams([0] * 10 + [1] * 3)
    events = events_of(channels)
    assert channels.fit({0: 4, 1: 2}) and len(events) == 1
    assert shown(channels) == [0, 1, 2, 3, 10, 11]
    channels.show_page(1, 5, stream=0)
    assert channels.fit({0: 7, 1: 3})
    assert shown(channels) == [1, 2, 3, 4, 5, 10, 11, 12]
    channels.free_page(1, 0)
    assert shown(channels) == [1, 2, 3, 4, 5, 6, 7, 10, 11, 12]


def test_where_the_same_channels_stay_on_screen_nothing_is_told():
    channels = channels_of(5)
    events = events_of(channels)
    for lanes in (5, 64, 7):
        assert not channels.fit({0: lanes})
    channels.free_page(0, 0)
    channels.show_page(0, 3)
    assert not channels.fit({0: 2}) and not channels.fit({0: 9})
    assert events == [[0, 1, 2]]


@pytest.mark.parametrize("act", ["scroll", "show_page"])
def test_turning_pages_is_no_choice_of_a_number(act):
    channels = channels_of(20)
    channels.fit({0: 4})
    getattr(channels, act)(6)
    channels.fit({0: 3})
    assert shown(channels) == [6, 7, 8]


def test_spreading_is_a_choice_of_a_number():
    channels = channels_of(20)
    channels.fit({0: 8})
    channels.spread(2.0)
    channels.fit({0: 10})
    assert shown(channels) == [2, 3, 4, 5]


def test_at_the_end_a_page_that_grew_and_shrinks_begins_where_it_was_put():
    channels = channels_of(20)
    channels.fit({0: 4})
    channels.scroll(100)
    assert shown(channels) == [16, 17, 18, 19]
    channels.fit({0: 15})
    assert shown(channels) == list(range(5, 20))
    channels.fit({0: 2})
    assert shown(channels) == [16, 17]
    channels.fit({0: 15})
    channels.scroll(-1)
    channels.fit({0: 2})
    assert shown(channels) == [4, 5]


def test_a_revealed_channel_stays_when_its_panel_then_has_fewer_lanes():
    channels = in_streams([0] * 20 + [1] * 20)
    channels.set_visible(range(20, 40), False)
    channels.fit({0: 10})
    channels.reveal(19)
    channels.reveal(30)
    channels.fit({0: 4, 1: 4})
    assert shown(channels) == [16, 17, 18, 19, 30]
    channels.fit({0: 2})  # from now on the first lane stays, as ever
    assert channels.page_of(0).tolist() == [16, 17]


def test_a_page_that_was_turned_after_a_channel_was_revealed_stays_turned():
    channels = channels_of(20)
    channels.fit({0: 4})
    channels.reveal(19)
    channels.show_page(2)
    channels.fit({0: 3})
    assert shown(channels) == [2, 3, 4]


def test_what_does_not_move_a_page_leaves_where_it_was_put():
    channels = channels_of(20)
    channels.fit({0: 4})
    channels.show_page(14)
    channels.fit({0: 10})
    channels.set_visible([10], True)
    channels.fit({0: 4})
    assert shown(channels) == [14, 15, 16, 17]


@settings(deadline=None)
@given(st.data())
def test_pages_are_full_within_the_listed_and_begin_where_they_were_put_or_as_near(data):
    count = data.draw(st.integers(1, 12))
    channels = channels_of(count)
    put = 0
    for _ in range(data.draw(st.integers(1, 8))):
        lanes = data.draw(st.integers(1, 15))
        if data.draw(st.booleans()):
            channels.show_page(data.draw(st.integers(-2, 14)))
            put = page(channels)[0]
        channels.fit({0: lanes})
        tops = range(max(1, count - lanes + 1))
        first = min(tops, key=lambda top: abs(top - put))
        assert shown(channels) == list(range(count))[first : first + lanes]


def many():
    """Return a view of 20 and 3 channels, with room for 6 lanes in each panel."""
    reader = a_reader((20, 3))
    view = View(reader)
    view.channels.fit({0: 6, 1: 6})
    return reader, view


def test_what_panels_have_room_for_moves_no_view_to_another_place():
    _, view = many()
    view.channels.show_page(17)
    before = view.place
    for lanes in (9, 30, 2, 1):
        view.channels.fit({0: lanes, 1: 6})
        assert view.place == before


def test_going_back_also_leads_to_a_page_of_as_many_lanes_as_there_is_room_for():
    _, view = many()
    channels = view.channels
    channels.show_page(13, stream=0)
    view.leave()
    channels.show_page(2, 12, stream=0)
    view.leave()
    channels.fit({0: 4, 1: 6})
    view.back()
    assert channels.page_of(0).tolist() == [13, 14, 15, 16]
    view.forward()
    assert channels.page_of(0).tolist() == list(range(2, 14))


def test_a_saved_view_says_how_many_lanes_only_where_somebody_chose_it():
    reader, view = many()
    view.channels.show_page(4, stream=0)
    view.channels.show_page(1, 2, stream=1)
    data = view_as_json(view, reader)
    assert [data["streams"][s].get("lanes_per_page") for s in ("s0", "s1")] == [None, 2]
    _, lower = many()
    lower.channels.fit({0: 3, 1: 3})
    lower.channels.show_page(0, 11, stream=0)
    assert apply_view(lower, data, reader) == []
    assert lower.channels.page_of(0).tolist() == [4, 5, 6]
    assert lower.channels.page_of(1).tolist() == [21, 22]
    lower.channels.fit({0: 5, 1: 5})
    assert lower.channels.page_of(0).tolist() == [4, 5, 6, 7, 8]
    assert lower.channels.page_of(1).tolist() == [21, 22]


def test_a_view_from_when_every_number_was_said_is_shown_with_that():
    reader, view = many()
    data = view_as_json(view, reader, pages=True)
    assert data["streams"]["s0"]["lanes_per_page"] == data["streams"]["s1"]["lanes_per_page"] == 6
    other = View(reader)
    assert apply_view(other, data, reader) == []
    other.channels.fit({0: 1, 1: 1})
    np.testing.assert_array_equal(other.channels.shown, view.channels.shown)
