"""Panels: each stream's page of channels, its share of the height, and which one keys act on."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from tests.viewer.model.made_channels import (
    channels_of,
    drawn,
    events_of,
    in_streams,
    page,
    shown,
)
from viewer.model.panels import MAX_SHARE, MIN_SHARE, Panel

# -- pages -----------------------------------------------------------------------------------------


def test_pages():
    channels = channels_of(10)
    channels.show_page(0, 4)
    assert shown(channels) == [0, 1, 2, 3]
    channels.show_page(5)
    assert shown(channels) == [5, 6, 7, 8]
    channels.scroll(3)
    assert shown(channels) == [6, 7, 8, 9] and page(channels) == (6, 4)
    channels.scroll(-100)
    assert shown(channels) == [0, 1, 2, 3]
    channels.show_page(2, 0)
    assert shown(channels) == [2] and page(channels) == (2, 1)
    channels.show_page(7, 100)
    assert shown(channels) == list(range(10)) and page(channels) == (0, 100)


def test_a_page_that_is_the_same_is_no_event():
    channels = channels_of(10)
    channels.show_page(2, 4)
    events = events_of(channels)
    channels.show_page(2, 4)
    channels.show_page(2)
    channels.scroll(0)
    assert events == []
    channels.scroll(100)
    channels.scroll(100)
    assert events == [[6, 7, 8, 9]]


def test_hiding_keeps_the_page_full():
    channels = channels_of(6)
    channels.show_page(3, 3)
    channels.set_visible([0, 4], False)
    assert shown(channels) == [2, 3, 5] and channels.listed.tolist() == [1, 2, 3, 5]
    channels.set_visible([1, 2, 3], False)
    assert shown(channels) == [5]
    channels.set_visible(range(6), True)
    assert shown(channels) == [0, 1, 2]


# -- panels --------------------------------------------------------------------------------------


THREE = [0, 1, 0, 2, 0, 1, 1, 0]


def test_each_stream_with_a_visible_channel_has_a_panel_in_the_order_of_its_first_channel():
    channels = in_streams(THREE)
    assert [panel.stream for panel in channels.panels] == [0, 1, 2]
    assert shown(channels) == [0, 2, 4, 7, 1, 5, 6, 3]
    channels.set_order([3, 7, 6, 5, 4, 2, 1, 0])
    assert [panel.stream for panel in channels.panels] == [2, 0, 1]
    assert shown(channels) == [3, 7, 4, 2, 0, 6, 5, 1]
    channels.set_visible([3, 7, 4], False)
    assert [panel.stream for panel in channels.panels] == [1, 0]
    assert channels.listed.tolist() == [6, 5, 1, 2, 0]
    assert channels.listed_of(2).tolist() == channels.page_of(2).tolist() == []
    channels.set_visible([0, 2, 6, 5, 1], False)
    assert channels.panels == () and shown(channels) == []


def test_each_panel_has_its_own_page():
    channels = in_streams(THREE)
    channels.show_page(1, 2, stream=0)
    channels.show_page(5, 1, stream=1)
    assert [channels.page_of(s).tolist() for s in (0, 1, 2)] == [[2, 4], [6], [3]]
    channels.scroll(-1, stream=1)
    assert shown(channels) == [2, 4, 5, 3]
    channels.scroll(1)
    assert shown(channels) == [4, 7, 6, 3]
    channels.show_page(0)
    assert shown(channels) == [0, 2, 1, 3]
    channels.show_page(0, 3)
    assert shown(channels) == [0, 2, 4, 1, 5, 6, 3]


def test_keys_act_on_the_active_panel_and_what_names_a_stream_on_that():
    channels = in_streams(THREE)
    channels.show_page(0, 1)
    assert channels.active is None and channels.acted_on().tolist() == list(range(8))
    events = events_of(channels)
    channels.activate(1)
    channels.activate(1)
    assert channels.active == 1 and len(events) == 1
    assert channels.acted_on().tolist() == [1, 5, 6]
    channels.scroll(1)
    assert shown(channels) == [0, 5, 3]
    channels.show_page(0, 2)
    channels.scroll(2, stream=0)
    assert shown(channels) == [4, 1, 5, 3]
    channels.activate(None)
    channels.scroll(1)
    assert channels.active is None and shown(channels) == [7, 5, 6, 3]
    with pytest.raises(IndexError, match="stream 3"):
        channels.activate(3)
    assert channels.active is None


def test_a_panel_that_is_not_on_screen_or_alone_there_is_not_active():
    channels = in_streams(THREE)
    channels.activate(2)
    channels.set_visible([3], False)
    assert channels.active is None and channels.acted_on().tolist() == list(range(8))
    channels.show_page(0, 1)
    assert shown(channels) == [0, 1]
    channels.show_only([3])
    assert [panel.stream for panel in channels.panels] == [2] and channels.active is None
    channels.set_visible([0], True)
    assert channels.active == 2
    assert channels_of(3).active is None


@settings(deadline=None)
@given(st.data())
def test_a_channel_is_revealed_by_the_least_move_of_its_panel_alone(data):
    streams = data.draw(st.lists(st.integers(0, 2), min_size=1, max_size=12))
    channels = in_streams(streams)
    rows = range(len(streams))
    channels.set_order(data.draw(st.permutations(rows)))
    channels.set_visible(data.draw(st.sets(st.sampled_from(rows))), False)
    for stream in set(streams):
        channels.show_page(
            data.draw(st.integers(0, 12)), data.draw(st.integers(1, 5)), stream=stream
        )
    row = data.draw(st.sampled_from(rows))
    pages = {stream: page(channels, stream) for stream in set(streams)}
    channels.reveal(row)
    first, lanes = pages.pop(streams[row])
    listed = channels.listed_of(streams[row]).tolist()
    tops = [t for t in range(max(1, len(listed) - lanes + 1)) if row in listed[t : t + lanes]]
    nearest = min(abs(top - first) for top in tops)
    found = page(channels, streams[row])[0]
    assert found in tops and abs(found - first) == nearest
    assert channels.visible[row] and row in shown(channels)
    assert {stream: page(channels, stream) for stream in pages} == pages


def test_revealing_ends_solo():
    channels = in_streams(THREE)
    channels.solo(0)
    channels.reveal(5)
    assert not channels.soloed and channels.listed.tolist() == [0, 5]
    with pytest.raises(IndexError, match="row 8"):
        channels.reveal(8)


def test_shares_of_the_height_are_kept_within_reason():
    channels = in_streams(THREE)
    events = events_of(channels)
    for share, kept in ((2.5, 2.5), (1e9, MAX_SHARE), (1e-9, MIN_SHARE)):
        channels.set_share(1, share)
        assert [channels.panel_of(s).share for s in (0, 1, 2)] == [1.0, kept, 1.0]
    for wrong in (0.0, -1.0, np.nan, np.inf):
        with pytest.raises(ValueError, match="share"):
            channels.set_share(0, wrong)
    assert len(events) == 3 and channels.panel_of(0).share == 1.0


@settings(deadline=None)
@given(st.data(), st.floats(0.1, 10))
def test_spreading_changes_the_lanes_and_neither_amplitudes_nor_the_panel_s_height(data, factor):
    counts = data.draw(st.lists(st.integers(1, 80), min_size=1, max_size=3))
    streams = [stream for stream, count in enumerate(counts) for _ in range(count)]
    channels = in_streams(streams)
    channels.set_gain(np.resize([1.0, -0.3, 7.0], len(streams)))
    for stream in range(len(counts)):
        lanes = data.draw(st.integers(1, 100))
        channels.show_page(data.draw(st.integers(0, 80)), lanes, stream)
        channels.set_share(stream, data.draw(st.floats(0.1, 10)))
    which = data.draw(st.sampled_from([None, *range(len(counts))]))
    before = {p.stream: p for p in channels.panels}
    slopes = {s: drawn(channels, s) for s in before}
    channels.spread(factor, which)
    for panel in channels.panels:
        stream, count = panel.stream, counts[panel.stream]
        was = len(np.arange(count)[: before[stream].lanes_per_page])
        lanes = min(max(1, round(was / factor)), count) if which in (None, stream) else was
        assert len(channels.page_of(stream)) == lanes
        assert panel.weight(count) == pytest.approx(before[stream].weight(count), rel=1e-12)
        assert drawn(channels, stream) == pytest.approx(slopes[stream], rel=1e-12)
        middle, was_middle = (
            p.first_lane + n / 2 for p, n in ((panel, lanes), (before[stream], was))
        )
        at_an_end = panel.first_lane in (0, count - lanes)
        assert abs(middle - was_middle) <= 0.5 or at_an_end


@pytest.mark.parametrize(("share", "lanes", "factor"), [(MIN_SHARE, 1, 0.1), (MAX_SHARE, 16, 16)])
def test_spreading_leaves_shares_that_a_saved_view_may_have(share, lanes, factor):
    channels = in_streams([0] * 16 + [1])
    channels.show_page(0, lanes, 0)
    channels.set_share(0, share)
    channels.spread(factor, 0)
    assert channels.panel_of(0).lanes_per_page != lanes
    assert MIN_SHARE <= channels.panel_of(0).share <= MAX_SHARE


def test_spreading_of_the_active_panel_and_where_nothing_changes():
    channels = in_streams([0] * 8 + [1] * 8)
    channels.activate(1)
    channels.spread(2.0)
    assert [page(channels, stream)[1] for stream in (0, 1)] == [16, 4]
    assert channels.gain.tolist() == [1.0] * 8 + [0.5] * 8
    assert channels.page_of(1).tolist() == [10, 11, 12, 13]
    events = events_of(channels)
    channels.spread(1.01)
    channels.spread(0.5, stream=0)
    assert events == [] and (channels.gain[:8] == 1).all()


def test_panels_are_as_tall_as_the_roots_of_the_lanes_that_they_have_by_themselves():
    assert Panel(0, 0, 64).weight(1000) == 8.0
    assert Panel(0, 0, 64).weight(1) == 1.0
    assert Panel(0, 0, 4, share=2.5).weight(1000) == 20.0
    assert Panel(0, 0, 1000, share=2.5).weight(16) == 10.0


# -- any sequence of acts --------------------------------------------------------------------------


class Arranging(RuleBasedStateMachine):
    """Against lists: the order is a permutation, pages full, hidden channels off screen."""

    @initialize(streams=st.lists(st.integers(0, 2), min_size=1, max_size=9))
    def make(self, streams):
        self.streams, self.count = streams, len(streams)
        self.channels = in_streams(streams)
        self.visible, self.order, self.before = (
            set(range(self.count)),
            list(range(self.count)),
            None,
        )
        self.pages = dict.fromkeys(streams, (0, self.count))
        self.active = None

    def rows(self, data):
        return data.draw(st.lists(st.integers(0, self.count - 1), max_size=6))

    def stream(self, data):
        return data.draw(st.sampled_from([None, *self.pages]))

    def listed(self, stream):
        return [r for r in self.order if r in self.visible and self.streams[r] == stream]

    def on_screen(self):
        return list(dict.fromkeys(self.streams[r] for r in self.order if r in self.visible))

    def acting(self):
        streams = self.on_screen()
        return self.active if len(streams) > 1 and self.active in streams else None

    def meant(self, stream):
        stream = self.acting() if stream is None else stream
        return list(self.pages) if stream is None else [stream]

    def turn(self, stream, first, lanes):
        """Have a page begin at `first`, or as near to it as leaves it full."""
        lanes = max(1, lanes)
        fits = range(max(0, len(self.listed(stream)) - lanes) + 1)
        self.pages[stream] = min(fits, key=lambda top: abs(top - first)), lanes

    def settle(self):
        for stream, (first, lanes) in self.pages.items():
            self.turn(stream, first, lanes)

    @rule(data=st.data(), visible=st.booleans())
    def set_visible(self, data, visible):
        rows = self.rows(data)
        self.channels.set_visible(rows, visible)
        self.visible = self.visible | set(rows) if visible else self.visible - set(rows)
        self.before = None
        self.settle()

    @rule(data=st.data())
    def show_only(self, data):
        rows = list(dict.fromkeys(self.rows(data)))
        self.channels.show_only(rows)
        self.order = rows + [row for row in self.order if row not in rows]
        self.visible, self.before = set(rows), None
        self.settle()

    @rule(data=st.data())
    def solo(self, data):
        row = data.draw(st.integers(0, self.count - 1))
        self.channels.solo(row)
        if self.before is None:
            self.before, self.visible = (self.visible, dict(self.pages)), {row}
        elif self.visible == {row}:
            (self.visible, self.pages), self.before = self.before, None
        else:
            self.visible = {row}
        self.settle()

    @rule(data=st.data())
    def set_order(self, data):
        self.order = data.draw(st.permutations(range(self.count)))
        self.channels.set_order(self.order)

    @rule(data=st.data())
    def activate(self, data):
        self.active = self.stream(data)
        self.channels.activate(self.active)

    @rule(first=st.integers(-3, 12), lanes=st.none() | st.integers(-1, 12), data=st.data())
    def show_page(self, first, lanes, data):
        stream = self.stream(data)
        self.channels.show_page(first, lanes, stream)
        for each in self.meant(stream):
            self.turn(each, first, self.pages[each][1] if lanes is None else lanes)

    @rule(lanes=st.integers(-5, 5), data=st.data())
    def scroll(self, lanes, data):
        stream = self.stream(data)
        self.channels.scroll(lanes, stream)
        for each in self.meant(stream):
            first, per_page = self.pages[each]
            self.turn(each, first + lanes, per_page)

    @rule(factor=st.sampled_from([0.5, 0.8, 2**0.5, 3.0]), data=st.data())
    def spread(self, factor, data):
        stream = self.stream(data)
        amplitudes = {each: drawn(self.channels, each) for each in self.on_screen()}
        self.channels.spread(factor, stream)
        for each in self.meant(stream):
            (first, per_page), count = self.pages[each], len(self.listed(each))
            lanes = min(per_page, count)
            fewer = min(count, max(1, round(lanes / factor)))
            if fewer != lanes:
                self.turn(each, first + (lanes - fewer) // 2, fewer)
        for each in self.on_screen():
            assert drawn(self.channels, each) == pytest.approx(amplitudes[each])

    @rule(data=st.data())
    def reveal(self, data):
        row = data.draw(st.integers(0, self.count - 1))
        self.channels.reveal(row)
        self.visible, self.before = self.visible | {row}, None
        self.settle()  # does not move a page that shows it
        first, lanes = self.pages[self.streams[row]]
        listed = self.listed(self.streams[row])
        tops = [t for t in range(len(listed)) if row in listed[t : t + lanes]]
        self.turn(self.streams[row], min(tops, key=lambda top: abs(top - first)), lanes)

    @invariant()
    def as_in_lists(self):
        if not hasattr(self, "channels"):
            return
        channels, streams = self.channels, self.on_screen()
        assert channels.order.tolist() == self.order
        assert [panel.stream for panel in channels.panels] == streams
        assert channels.active == self.acting()
        assert channels.soloed == (self.before is not None)
        pages = []
        for stream, (first, lanes) in self.pages.items():
            listed = self.listed(stream)
            assert channels.listed_of(stream).tolist() == listed
            assert page(channels, stream) == (first, lanes)
            assert channels.page_of(stream).tolist() == listed[first : first + lanes]
            assert len(channels.page_of(stream)) == min(lanes, len(listed))
        pages = [channels.page_of(stream).tolist() for stream in streams]
        assert shown(channels) == [row for rows in pages for row in rows]
        assert channels.listed.tolist() == [r for s in streams for r in self.listed(s)]


TestArranging = Arranging.TestCase
TestArranging.settings = settings(deadline=None, max_examples=60, stateful_step_count=25)
