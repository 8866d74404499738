"""Display state of channels: order, visibility, solo, gains, and the scale to pixels."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.rawio import memory_reader
from tests.viewer.model.made_channels import channels_of, events_of, in_streams, shown
from viewer.model import ChannelInfo, Channels
from viewer.model.channel_info import Readings
from viewer.model.channels import MAX_GAIN, MIN_GAIN

# -- where they come from --------------------------------------------------------------------------


def test_channels_of_a_reader_with_interleaved_streams():
    reader = memory_reader.MemoryReader()
    reader.parse_header()
    channels = Channels.of(reader)
    assert len(channels) == 6
    for row, (name, number, stream, gain, offset) in enumerate(memory_reader.CHANNELS):
        column = memory_reader.MEMBERS[stream].index(row)
        assert channels.infos[row] == ChannelInfo(
            name, number, "uV", stream, column, gain, offset, ("fast", "lfp")[stream], stream
        )
    assert channels.stream.tolist() == channels.group.tolist() == [0, 1, 0, 0, 1, 1]
    assert channels.group_names == ("fast", "lfp")
    assert [channels.stream_name(stream) for stream in (0, 1)] == ["fast", "lfp"]
    assert shown(channels) == [0, 2, 3, 1, 4, 5]


def test_no_channels():
    channels = channels_of(0)
    events = events_of(channels)
    assert shown(channels) == [] and len(channels) == 0
    channels.show_page(3, 5)
    channels.scroll(-1)
    channels.set_gain(2.0)
    channels.set_visible([], True)
    channels.show_only([])
    channels.spread(2.0)
    assert shown(channels) == [] and channels.panels == () and channels.active is None
    assert events


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
        lambda c, rows: c.set_bad(rows, True),
        lambda c, rows: c.invert(rows),
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
    assert (channels.color == 200).all() and not channels.bad.any() and events == []


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


def test_solo_and_back_keeps_the_place():
    channels = channels_of(500)
    channels.show_page(300, 64)
    channels.solo(310)
    assert channels.shown.tolist() == [310]
    channels.solo(310)
    assert channels.shown.tolist() == list(range(300, 364))


def test_solo_in_one_of_several_streams_and_back_to_all_their_pages():
    channels = in_streams([0] * 300 + [1] * 200)
    channels.show_page(200, 64, stream=0)
    channels.show_page(90, 8, stream=1)
    channels.set_share(1, 3.0)
    before = channels.panels
    channels.solo(210)
    assert shown(channels) == [210] and [p.stream for p in channels.panels] == [0]
    channels.solo(395)
    assert shown(channels) == [395] and [p.stream for p in channels.panels] == [1]
    channels.scroll(5)
    channels.solo(395)
    assert channels.panels == before
    assert shown(channels) == [*range(200, 264), *range(390, 398)]


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


def test_inverting_turns_over_and_back():
    channels = channels_of(3)
    channels.set_gain(np.array([1.0, -2.0, 3.0]))
    channels.invert([0, 1])
    assert channels.gain.tolist() == [-1.0, 2.0, 3.0]
    channels.invert([0, 1])
    assert channels.gain.tolist() == [1.0, -2.0, 3.0]


def test_bad_channels_are_marked_and_stay_where_they_are():
    channels = channels_of(4)
    channels.set_bad([1, 3], True)
    channels.set_bad([3], False)
    assert channels.bad.tolist() == [False, True, False, False]
    assert shown(channels) == [0, 1, 2, 3]


@pytest.mark.parametrize("span", [0.0, -1.0, np.nan, np.inf])
def test_spans_are_positive(span):
    with pytest.raises(ValueError, match="span"):
        channels_of(1).set_span(0, "uV", span)


def test_each_stream_and_unit_has_a_span_of_its_own():
    infos = [
        ChannelInfo(f"c{row}", "", units, stream, row, 1.0, 0.0)
        for row, (stream, units) in enumerate([(0, "uV"), (0, "V"), (1, "uV")])
    ]
    channels = Channels(infos)
    channels.set_span(1, "uV", 50.0)
    channels.set_span(0, "V", 2.0)
    assert channels.span == {(0, "uV"): 1.0, (0, "V"): 2.0, (1, "uV"): 50.0}
    slope, _ = channels.scale(np.arange(3), 100.0)
    assert slope.tolist() == [-100.0, -50.0, -2.0]
    with pytest.raises(IndexError, match="stream 1 has no channels in 'V'"):
        channels.set_span(1, "V", 1.0)


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_offsets_and_resting_levels_are_finite(value):
    channels = channels_of(2)
    events = events_of(channels)
    with pytest.raises(ValueError, match="finite"):
        channels.set_offset(value)
    with pytest.raises(ValueError, match="finite"):
        channels.set_rest(np.array([1.0, value]))
    assert channels.offset.tolist() == channels.rest.tolist() == [0.0, 0.0] and events == []


def test_every_change_is_one_event():
    channels = channels_of(4)
    events = events_of(channels)
    acts = [
        lambda: channels.set_gain(2.0),
        lambda: channels.scale_gain(2.0, [1]),
        lambda: channels.set_offset(1.0),
        lambda: channels.set_color((1, 2, 3)),
        lambda: channels.set_span(0, "uV", 3.0),
        lambda: channels.set_rest(np.array([1.0, 2.0, 3.0, 4.0])),
        lambda: setattr(channels, "remove_dc", False),
        lambda: channels.set_bad([0], True),
        lambda: channels.invert([0]),
        lambda: channels.set_share(0, 2.0),
        lambda: channels.set_order([3, 2, 1, 0]),
        lambda: channels.spread(2.0),
        lambda: channels.show_page(0, 4),
        lambda: channels.scroll(3, 0) or channels.show_page(0, 3),
        lambda: channels.reveal(0),
        lambda: channels.activate(0),
        lambda: channels.set_visible([0], False),
        lambda: channels.solo(2),
        lambda: channels.show_only([1]),
    ]
    for count, act in enumerate(acts, 1):
        act()
        assert len(events) == count
    assert events[-4:] == [[2, 1, 0], [3, 2, 1], [2], [1]]
    channels.remove_dc = False
    assert len(events) == len(acts)


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
        ChannelInfo(f"c{k}", "", data.draw(st.sampled_from(["uV", "mV"])), k % 2, k, gain, offset)
        for k, (gain, offset) in enumerate(
            data.draw(st.lists(st.tuples(GAIN, NUMBER), min_size=count, max_size=count))
        )
    ]
    channels = Channels(infos)
    for stream, units in channels.span:
        channels.set_span(stream, units, data.draw(st.floats(0.1, 1e3)))
    rest = np.array(data.draw(st.lists(NUMBER, min_size=count, max_size=count)))
    channels.set_rest(rest)
    channels.remove_dc = data.draw(st.booleans())
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
        level = rest[row] if channels.remove_dc else 0.0
        lanes = channels.gain[row] / channels.span[info.stream, info.units]
        lanes_up = (physical - level + channels.offset[row]) * lanes
        terms = abs(raw * info.gain) + abs(info.offset) + abs(channels.offset[row]) + abs(level)
        terms *= abs(lanes * lane_height)
        assert a * raw + b == pytest.approx(-lanes_up * lane_height, abs=1e-12 * terms)


def test_scale_fills_a_lane_with_its_span():
    channels = Channels([ChannelInfo("c", "0", "uV", 0, 0, 0.5, 0.0)])
    channels.set_span(0, "uV", 200.0)
    slope, shift = channels.scale(np.array([0]), 50.0)
    assert (slope * 200 + shift).tolist() == [-25.0]  # 100 uV: half a lane above the centre
    assert (slope * -200 + shift).tolist() == [25.0]


def test_what_rests_lies_in_the_middle_of_its_lane_or_where_it_is():
    channels = channels_of(1)  # 0.5 uV to a raw unit, and 1 uV more
    channels.set_span(0, "uV", 100.0)
    channels.set_rest(np.array([21.0]))
    slope, shift = channels.scale(np.array([0]), 50.0)
    assert (slope * 40 + shift).tolist() == [0.0]
    channels.remove_dc = False
    slope, shift = channels.scale(np.array([0]), 50.0)
    assert (slope * 40 + shift).tolist() == [-10.5]


def test_other_readings_have_gains_and_levels_of_their_own():
    channels = channels_of(3)
    channels.set_span(0, "uV", 10.0)
    channels.set_gain(np.array([1.0, 1.0, -2.0]))
    channels.set_offset(99.0)
    channels.set_rest(np.array([7.0, 7.0, 7.0]))
    readings = Readings(np.array([1.0, 2.0, 3.0]), np.array([0.0, 0.0, 4.0]), np.arange(3.0))
    slope, shift = channels.scale(np.array([2, 0]), 20.0, readings)
    # Two pixels to a unit, upwards; turned over and twice as much in row 2.
    assert slope.tolist() == [4 * 3.0, -2 * 1.0]
    assert shift.tolist() == [4 * (4.0 + 2.0), 0.0]


def test_a_reader_of_other_numbers_changes_what_raw_values_mean_and_nothing_else():
    channels = in_streams([0, 1, 0])
    channels.set_span(0, "uV", 30.0)
    channels.set_gain(2.0)
    channels.set_visible([1], False)
    events = events_of(channels)
    infos = [replace(info, units="" if info.stream else "uV", gain=0.25) for info in channels.infos]
    channels.read_as(infos)
    assert channels.infos == tuple(infos) and len(events) == 1
    assert channels.span[0, "uV"] == 30.0 and channels.span[1, ""] == 1.0
    channels.set_span(1, "", 5.0)
    slope, _ = channels.scale(np.arange(3), 60.0)
    assert slope.tolist() == [-1.0, -6.0, -1.0]
    assert channels.gain.tolist() == [2.0, 2.0, 2.0] and shown(channels) == [0, 2]
