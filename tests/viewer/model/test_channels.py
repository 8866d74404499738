"""Display state of channels: pages, order, visibility, solo, and the scale to pixels."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from tests.rawio import memory_reader
from viewer.model import ChannelInfo, Channels
from viewer.model.channels import MAX_GAIN, MIN_GAIN


def channels_of(count, units="uV"):
    return Channels(
        [ChannelInfo(f"c{k}", str(100 + k), units, 0, k, 0.5, 1.0) for k in range(count)]
    )


def events_of(channels):
    events = []
    channels.changed.connect(lambda: events.append(channels.shown.tolist()))
    return events


def shown(channels):
    return channels.shown.tolist()


# -- where they come from --------------------------------------------------------------------------


def test_channels_of_a_reader_with_interleaved_streams():
    reader = memory_reader.MemoryReader()
    reader.parse_header()
    channels = Channels.of(reader)
    assert len(channels) == 6
    for row, (name, number, stream, gain, offset) in enumerate(memory_reader.CHANNELS):
        column = memory_reader.MEMBERS[stream].index(row)
        assert channels.infos[row] == ChannelInfo(name, number, "uV", stream, column, gain, offset)
    assert shown(channels) == [0, 1, 2, 3, 4, 5]


def test_no_channels():
    channels = channels_of(0)
    events = events_of(channels)
    assert shown(channels) == [] and len(channels) == 0
    channels.show_page(3, 5)
    channels.scroll(-1)
    channels.set_gain(2.0)
    channels.set_visible([], True)
    channels.show_only([])
    assert shown(channels) == [] and channels.first_lane == 0
    assert events


# -- pages -----------------------------------------------------------------------------------------


def test_pages():
    channels = channels_of(10)
    channels.show_page(0, 4)
    assert shown(channels) == [0, 1, 2, 3]
    channels.show_page(5)
    assert shown(channels) == [5, 6, 7, 8]
    channels.scroll(3)
    assert shown(channels) == [6, 7, 8, 9] and channels.first_lane == 6
    channels.scroll(-100)
    assert shown(channels) == [0, 1, 2, 3]
    channels.show_page(2, 0)
    assert shown(channels) == [2] and channels.lanes_per_page == 1
    channels.show_page(7, 100)
    assert shown(channels) == list(range(10)) and channels.first_lane == 0


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


# -- order and visibility --------------------------------------------------------------------------


def test_order():
    channels = channels_of(5)
    channels.set_visible([2], False)
    channels.set_order([4, 2, 0, 1, 3])
    assert shown(channels) == [4, 0, 1, 3]
    for wrong in ([0, 1, 2, 3], [0, 1, 2, 3, 3], [0, 1, 2, 3, 5], [0, 1, 2, 3, -1], []):
        with pytest.raises(ValueError, match="every channel exactly once"):
            channels.set_order(wrong)
    assert channels.order.tolist() == [4, 2, 0, 1, 3]


def test_the_caller_keeps_an_order_of_its_own():
    channels = channels_of(3)
    mine = np.array([2, 1, 0])
    channels.set_order(mine)
    mine[:] = 0
    assert shown(channels) == [2, 1, 0]


def test_show_only_puts_them_first_and_leaves_the_others_in_order():
    channels = channels_of(6)
    channels.set_order([5, 4, 3, 2, 1, 0])
    channels.show_only([1, 4])
    assert shown(channels) == [1, 4]
    assert channels.order.tolist() == [1, 4, 5, 3, 2, 0]
    channels.show_only(iter([3, 3, 1, 3]))
    assert shown(channels) == [3, 1]
    assert sorted(channels.order.tolist()) == list(range(6))


@pytest.mark.parametrize("rows", [[-1], [6], [0, 99], np.array([-2])])
@pytest.mark.parametrize(
    "act",
    [
        lambda c, rows: c.set_visible(rows, False),
        lambda c, rows: c.show_only(rows),
        lambda c, rows: c.set_gain(2.0, rows),
        lambda c, rows: c.scale_gain(2.0, rows),
        lambda c, rows: c.set_offset(2.0, rows),
        lambda c, rows: c.set_color((1, 2, 3), rows),
        lambda c, rows: c.solo(rows[0] if len(rows) == 1 else rows[1]),
    ],
)
def test_rows_that_are_none_change_nothing(rows, act):
    channels = channels_of(6)
    channels.set_order([5, 4, 3, 2, 1, 0])
    events = events_of(channels)
    with pytest.raises(IndexError, match="row"):
        act(channels, rows)
    assert shown(channels) == [5, 4, 3, 2, 1, 0] and not channels.soloed
    assert (channels.gain == 1).all() and (channels.offset == 0).all()
    assert (channels.color == 200).all() and events == []


def test_solo_and_back():
    channels = channels_of(5)
    channels.set_visible([1], False)
    channels.show_page(1, 2)
    channels.solo(3)
    assert shown(channels) == [3] and channels.soloed
    channels.solo(3)
    assert channels.listed.tolist() == [0, 2, 3, 4] and not channels.soloed


def test_solo_of_another_channel_changes_over():
    channels = channels_of(5)
    channels.set_visible([1], False)
    channels.solo(3)
    channels.solo(0)
    assert shown(channels) == [0] and channels.soloed
    channels.solo(0)
    assert channels.listed.tolist() == [0, 2, 3, 4] and not channels.soloed


def test_choosing_channels_ends_solo():
    for act in (lambda c: c.set_visible([2], True), lambda c: c.show_only([2])):
        channels = channels_of(5)
        channels.solo(3)
        act(channels)
        assert not channels.soloed
        assert channels.listed.tolist() in ([2, 3], [2])


# -- gain, offset, colour --------------------------------------------------------------------------


def test_gain_of_some_and_of_all():
    channels = channels_of(4)
    channels.set_gain(3.0)
    channels.set_gain(np.array([1.0, -2.0]), [2, 0])
    assert channels.gain.tolist() == [-2.0, 3.0, 1.0, 3.0]
    channels.scale_gain(2.0, (row for row in [0, 3]))
    assert channels.gain.tolist() == [-4.0, 3.0, 1.0, 6.0]
    channels.scale_gain(-1.0)
    assert channels.gain.tolist() == [4.0, -3.0, -1.0, -6.0]


@settings(deadline=None)
@given(st.floats(allow_nan=False))
def test_gain_is_kept_within_its_limits_with_its_sign(gain):
    channels = channels_of(1)
    channels.set_gain(gain)
    expected = min(max(abs(gain), MIN_GAIN), MAX_GAIN)
    assert abs(channels.gain[0]) == expected
    assert np.signbit(channels.gain[0]) == np.signbit(gain)


def test_gain_that_is_no_number():
    channels = channels_of(2)
    for value in (np.nan, np.array([1.0, np.nan])):
        with pytest.raises(ValueError, match="gain"):
            channels.set_gain(value)
    assert channels.gain.tolist() == [1.0, 1.0]


def test_offset_and_color():
    channels = channels_of(3)
    channels.set_offset(5.0)
    channels.set_offset([1.0, 2.0], [2, 0])
    assert channels.offset.tolist() == [2.0, 5.0, 1.0]
    channels.set_color((1, 2, 3), [1])
    channels.set_color(np.array([[9, 8, 7], [6, 5, 4]]), [2, 0])
    assert channels.color.tolist() == [[6, 5, 4], [1, 2, 3], [9, 8, 7]]
    assert channels.color.dtype == np.uint8


@pytest.mark.parametrize("span", [0.0, -1.0, np.nan, np.inf])
def test_spans_are_positive(span):
    with pytest.raises(ValueError, match="span"):
        channels_of(1).set_span("uV", span)


def test_every_change_is_one_event():
    channels = channels_of(4)
    events = events_of(channels)
    acts = [
        lambda: channels.set_gain(2.0),
        lambda: channels.scale_gain(2.0, [1]),
        lambda: channels.set_offset(1.0),
        lambda: channels.set_color((1, 2, 3)),
        lambda: channels.set_span("uV", 3.0),
        lambda: channels.set_order([3, 2, 1, 0]),
        lambda: channels.set_visible([0], False),
        lambda: channels.solo(2),
        lambda: channels.show_only([1]),
    ]
    for count, act in enumerate(acts, 1):
        act()
        assert len(events) == count
    assert events[-3:] == [[3, 2, 1], [2], [1]]


# -- lookups and scale -----------------------------------------------------------------------------


def test_find_by_name_before_id():
    infos = [
        ChannelInfo(name, number, "", 0, 0, 1.0, 0.0)
        for name, number in [("a", "1"), ("1", "2"), ("a", "3"), ("b", "2")]
    ]
    channels = Channels(infos)
    assert channels.find("a") == [0, 2]
    assert channels.find("1") == [1]
    assert channels.find("2") == [1, 3]
    assert channels.find("3") == [2]
    assert channels.find("c") == []


NUMBER = st.floats(-1e3, 1e3)
GAIN = st.floats(1e-3, 1e3) | st.floats(-1e3, -1e-3)


@settings(deadline=None)
@given(st.data(), st.floats(1, 500))
def test_scale_against_physics(data, lane_height):
    """The place of a value is worked out one channel and one step at a time."""
    count = data.draw(st.integers(1, 5))
    infos = [
        ChannelInfo(f"c{k}", "", data.draw(st.sampled_from(["uV", "mV"])), 0, k, gain, offset)
        for k, (gain, offset) in enumerate(
            data.draw(st.lists(st.tuples(GAIN, NUMBER), min_size=count, max_size=count))
        )
    ]
    channels = Channels(infos)
    for units in channels.span:
        channels.set_span(units, data.draw(st.floats(0.1, 1e3)))
    for row in range(count):
        channels.set_gain(data.draw(GAIN), [row])
        channels.set_offset(data.draw(NUMBER), [row])
    rows = np.array(data.draw(st.lists(st.integers(0, count - 1))), int)
    slope, shift = channels.scale(rows, lane_height)
    assert slope.shape == shift.shape == rows.shape
    raw = data.draw(st.integers(-32768, 32767))
    for row, a, b in zip(rows, slope, shift, strict=True):
        info = infos[row]
        physical = raw * info.gain + info.offset
        lanes_up = (
            (physical + channels.offset[row]) * channels.gain[row] / channels.span[info.units]
        )
        terms = (abs(raw * info.gain) + abs(info.offset) + abs(channels.offset[row])) * abs(
            channels.gain[row] / channels.span[info.units] * lane_height
        )
        assert a * raw + b == pytest.approx(-lanes_up * lane_height, abs=1e-12 * terms)


def test_scale_fills_a_lane_with_its_span():
    channels = Channels([ChannelInfo("c", "0", "uV", 0, 0, 0.5, 0.0)])
    channels.set_span("uV", 200.0)
    slope, shift = channels.scale(np.array([0]), 50.0)
    assert (slope * 200 + shift).tolist() == [-25.0]  # 100 uV: half a lane above the centre
    assert (slope * -200 + shift).tolist() == [25.0]


# -- any sequence of acts --------------------------------------------------------------------------


class Arranging(RuleBasedStateMachine):
    """Against lists: the order is a permutation, the page full, hidden channels off screen."""

    @initialize(count=st.integers(1, 9))
    def make(self, count):
        self.count = count
        self.channels = channels_of(count)
        self.visible, self.order, self.before = set(range(count)), list(range(count)), None

    def rows(self, data):
        return data.draw(st.lists(st.integers(0, self.count - 1), max_size=6))

    @rule(data=st.data(), visible=st.booleans())
    def set_visible(self, data, visible):
        rows = self.rows(data)
        self.channels.set_visible(rows, visible)
        self.visible = self.visible | set(rows) if visible else self.visible - set(rows)
        self.before = None

    @rule(data=st.data())
    def show_only(self, data):
        rows = list(dict.fromkeys(self.rows(data)))
        self.channels.show_only(rows)
        self.order = rows + [row for row in self.order if row not in rows]
        self.visible, self.before = set(rows), None

    @rule(data=st.data())
    def solo(self, data):
        row = data.draw(st.integers(0, self.count - 1))
        self.channels.solo(row)
        if self.before is None:
            self.before, self.visible = self.visible, {row}
        elif self.visible == {row}:
            self.visible, self.before = self.before, None
        else:
            self.visible = {row}

    @rule(data=st.data())
    def set_order(self, data):
        self.order = data.draw(st.permutations(range(self.count)))
        self.channels.set_order(self.order)

    @rule(first=st.integers(-3, 12), lanes=st.none() | st.integers(-1, 12))
    def show_page(self, first, lanes):
        self.channels.show_page(first, lanes)

    @rule(lanes=st.integers(-5, 5))
    def scroll(self, lanes):
        self.channels.scroll(lanes)

    @invariant()
    def as_in_lists(self):
        if not hasattr(self, "channels"):
            return
        channels = self.channels
        listed = [row for row in self.order if row in self.visible]
        assert channels.order.tolist() == self.order
        assert channels.listed.tolist() == listed
        assert channels.soloed == (self.before is not None)
        first, lanes = channels.first_lane, channels.lanes_per_page
        assert shown(channels) == listed[first : first + lanes]
        assert len(shown(channels)) == min(lanes, len(listed))


TestArranging = Arranging.TestCase
TestArranging.settings = settings(deadline=None, max_examples=50, stateful_step_count=20)


def test_solo_and_back_keeps_the_place():
    channels = Channels([ChannelInfo(f"c{i}", str(i), "uV", 0, i, 1.0, 0.0) for i in range(500)])
    channels.show_page(300, 64)
    channels.solo(310)
    assert channels.shown.tolist() == [310]
    channels.solo(310)
    assert channels.shown.tolist() == list(range(300, 364))
