"""`View`: where it starts, what it says of changes, where it was, and which run rules."""

from datetime import datetime

import numpy as np
import pytest

from tests.rawio import memory_reader
from tests.readers import ArrayReader, noise
from viewer.model import View
from viewer.model.history import Place
from viewer.model.theme import DARK, LIGHT
from viewer.model.view import DEFAULT_SECONDS, MIN_SAMPLES


def two_streams():
    """Return a reader of a fast stream in two segments and a slow one that starts later."""
    return ArrayReader(
        [
            [(10.0, noise(5000, 2)), (12.0, noise(300, 3))],
            [(20.0, noise(4000, 2)), (20.0, noise(400, 3))],
        ],
        [1000.0, 100.0],
    )


def with_points(**rest):
    """Return a reader of two channels, three units and two event channels."""
    units = {name: np.array([0.5]) for name in ("u0", "u1", "u2")}
    return ArrayReader.of(
        noise(5000, 2), units=units, events={"go": [(1.0, "a")], "stop": [(2.0, "b")]}, **rest
    )


def events_of(view):
    events = []
    view.changed.connect(lambda: events.append(1))
    return events


def test_starts_at_the_first_signal_with_a_second():
    view = View(two_streams())
    window = view.window
    assert (window.t_min, window.t_max) == (10.0, 24.0)
    assert (window.t_start, window.duration) == (10.0, DEFAULT_SECONDS)
    assert window.min_duration == MIN_SAMPLES / 1000.0
    assert view.theme is DARK and len(view.channels) == 5


def test_starts_where_signals_start_when_spikes_come_first():
    class Late(ArrayReader):
        def _segment_t_start(self, block, segment):
            return 0.0

    for t_start, want in ((7.0, 7.0), (1.0, 1.0), (0.999, 0.0), (0.004, 0.0)):
        window = View(Late.of(noise(3000, 1), t_start=t_start)).window
        assert (window.t_min, window.t_start, window.duration) == (0.0, want, 1.0)


def test_a_recording_shorter_than_the_default():
    view = View(ArrayReader.of(noise(100, 1)))
    assert (view.window.t_start, view.window.duration) == (0.0, 0.1)
    tiny = View(ArrayReader.of(noise(1, 1), rate=40_000.0))
    assert tiny.window.duration == pytest.approx(1e-3)


def test_without_signals_the_whole_recording_is_shown():
    class OnlySpikes(ArrayReader):
        def _segment_t_start(self, block, segment):
            return 3.0

        def _segment_t_stop(self, block, segment):
            return 33.0

    view = View(OnlySpikes([[]], [], units={"u": np.array([4.0])}))
    assert (view.window.t_start, view.window.duration) == (3.0, 30.0)
    assert view.reference is None and len(view.channels) == 0


def test_every_part_tells_of_its_changes():
    view = View(two_streams())
    events = events_of(view)
    view.window.pan(1)
    view.channels.set_gain(2.0)
    view.theme = LIGHT
    view.theme = LIGHT
    view.window.pan(0)
    assert len(events) == 3


def test_units_and_events_tell_too():
    view = View(with_points())
    assert (view.units.names, view.events.names) == (("u0", "u1", "u2"), ("go", "stop"))
    events = events_of(view)
    view.units.set_visible([1], False)
    view.events.select(1)
    assert len(events) == 2


CHOICES = {
    "display": ("traces", "heat map"),
    "shown": ("processed", "raw", "both"),
    "time_format": ("seconds", "clock", "samples"),
    "overlap": (True, False),
    "butterfly": (False, True),
    "scale_bars": (True, False),
    "crosshair": (False, True),
    "events_shown": (True, False),
    "spikes_shown": (True, False),
}
"""What each may be, what it is at first ahead."""


@pytest.mark.parametrize("name", CHOICES)
def test_a_choice_is_one_of_its_words_and_tells_when_it_changes(name):
    view, other = View(two_streams()), View(two_streams())
    first, *rest = CHOICES[name]
    assert getattr(view, name) == first
    events = events_of(view)
    for word in (first, *rest, rest[-1]):
        setattr(view, name, word)
        assert getattr(view, name) == word
    assert len(events) == len(rest) and getattr(other, name) == first
    for wrong in ("trace", None, 2, "True"):
        with pytest.raises(ValueError, match=f"^{name} {wrong!r} is not one of "):
            setattr(view, name, wrong)
    assert getattr(view, name) == rest[-1] and len(events) == len(rest)
    for part in (view.channels, view.window, view.units):
        part.changed.emit()
    assert len(events) == len(rest) + 3


def test_toggles_go_there_and_back():
    view = View(two_streams())
    for toggle, name, there, back in (
        (view.toggle_heat_map, "display", "heat map", "traces"),
        (view.toggle_raw, "shown", "raw", "processed"),
        (view.toggle_both, "shown", "both", "processed"),
    ):
        toggle()
        assert getattr(view, name) == there
        toggle()
        assert getattr(view, name) == back
    view.toggle_both()
    view.toggle_raw()
    assert view.shown == "processed"
    view.shown = "raw"
    view.toggle_both()
    assert view.shown == "both"


def test_the_selected_span_runs_from_its_start_to_its_end():
    view = View(two_streams())
    events = events_of(view)
    assert view.span is None
    view.span = (11, np.float32(12.5))
    assert view.span == (11.0, 12.5) and [type(t) for t in view.span] == [float, float]
    view.span = (11.0, 12.5)
    view.span = (12.0, 12.0)
    assert len(events) == 2
    for wrong in ((2.0, 1.0), (np.nan, 1.0), (0.0, np.inf)):
        with pytest.raises(ValueError, match="no such span"):
            view.span = wrong
    assert view.span == (12.0, 12.0)
    view.span = None
    view.span = None
    assert view.span is None and len(events) == 3


def test_a_theme_recolours_what_nobody_has_coloured():
    view = View(two_streams())
    np.testing.assert_array_equal(view.channels.color, DARK.channel_colors(5))
    view.channels.set_color((1, 2, 3), [2])
    view.theme = LIGHT
    expected = LIGHT.channel_colors(5)
    expected[2] = (1, 2, 3)
    np.testing.assert_array_equal(view.channels.color, expected)
    view.theme = DARK
    expected = DARK.channel_colors(5)
    expected[2] = (1, 2, 3)
    np.testing.assert_array_equal(view.channels.color, expected)


def test_a_theme_recolours_units_and_events_too():
    view = View(with_points())
    np.testing.assert_array_equal(view.units.color, DARK.unit_colors(3))
    np.testing.assert_array_equal(view.events.color, DARK.event_colors(2))
    view.units.set_color((1, 2, 3), [1])
    view.events.set_color((4, 5, 6), [0])
    view.theme = LIGHT
    units, events = LIGHT.unit_colors(3), LIGHT.event_colors(2)
    units[1], events[0] = (1, 2, 3), (4, 5, 6)
    np.testing.assert_array_equal(view.units.color, units)
    np.testing.assert_array_equal(view.events.color, events)


def test_channels_are_reset_to_what_they_were_at_first():
    reader = two_streams()
    view, fresh = View(reader), View(reader)
    channels = view.channels
    assert view.has_fresh_order()
    channels.set_order([4, 3, 2, 1, 0])
    channels.solo(2)
    channels.set_gain(-3.0)
    channels.set_offset(9.0, [1])
    channels.set_rest(np.arange(5.0))
    channels.set_bad([0, 1], True)
    channels.set_color((1, 2, 3))
    view.theme = LIGHT
    assert not view.has_fresh_order()
    view.reset_channels()
    for name in ("order", "visible", "gain", "offset", "bad"):
        np.testing.assert_array_equal(getattr(channels, name), getattr(fresh.channels, name))
    np.testing.assert_array_equal(channels.color, LIGHT.channel_colors(5))
    np.testing.assert_array_equal(channels.color, view.fresh_colors())
    assert not channels.soloed and view.has_fresh_order()
    assert channels.rest.tolist() == [0, 1, 2, 3, 4]  # measured, not chosen


# -- places --------------------------------------------------------------------------------------


def many_channels():
    """Return a view of streams of 300 and of 100 channels, twenty seconds of 100 Hz."""
    return View(ArrayReader([[(0.0, noise(2000, 300)), (0.0, noise(2000, 100))]], [100.0, 100.0]))


def test_a_place_is_the_window_and_the_page_of_each_panel():
    view = many_channels()
    view.window.set(3.0, 2.0)
    view.channels.show_page(20, 10, stream=0)
    view.channels.show_page(5, 4, stream=1)
    assert view.place == Place(3.0, 2.0, ((0, 20, 10), (1, 5, 4)))
    view.channels.set_visible(range(300), False)
    assert view.place == Place(3.0, 2.0, ((1, 5, 4),))


def test_back_and_forward_go_to_places_of_time_and_channels():
    view = many_channels()
    view.channels.show_page(0, 64)
    places = [view.place]
    view.history.note(view.place, 0.0)
    for number, (start, lane) in enumerate([(5.0, 30), (9.0, 80), (2.0, 10)], 1):
        view.window.set(start, number)
        view.channels.show_page(lane, 20 * number, stream=number % 2)
        view.history.note(view.place, 10.0 * number)
        places.append(view.place)
    assert len(set(places)) == 4
    for want in (places[2], places[1], places[0], places[0]):
        view.back()
        assert view.place == want
    for want in (places[1], places[2], places[3], places[3]):
        view.forward()
        assert view.place == want


def test_a_place_whose_channels_were_hidden_since_is_as_near_as_can_be_and_no_place_of_its_own():
    view = many_channels()
    for number, (start, lane) in enumerate([(0.0, 50), (4.0, 200), (7.0, 0)]):
        view.window.set(start)
        view.channels.show_page(lane, 10, stream=0)
        view.history.note(view.place, 10.0 * number)
    view.channels.set_visible(range(100, 300), False)

    def there():
        return view.window.t_start, view.channels.page_of(0).tolist()

    for go, start, lane in (
        (view.back, 4.0, 90),
        (view.back, 0.0, 50),
        (view.forward, 4.0, 90),
        (view.forward, 7.0, 0),
    ):
        go()
        assert there() == (start, list(range(lane, lane + 10)))


def test_going_to_a_time_puts_it_in_the_middle():
    view = many_channels()
    view.window.set(0.0, 4.0)
    view.go_to(10.0)
    assert (view.window.t_start, view.window.duration) == (8.0, 4.0)


def test_a_reset_of_channels_is_undone_once_to_all_they_were():
    view = many_channels()
    channels = view.channels
    view.reset_channels(keep=True)
    assert not view.can_undo_reset, "nothing was changed by it"
    rng = np.random.default_rng(1)
    channels.set_order(rng.permutation(len(channels)))
    channels.set_visible(range(0, 300, 3), False)
    channels.set_gain(rng.normal(size=len(channels)))
    channels.set_offset(rng.normal(size=len(channels)))
    channels.set_bad([1, 4], True)
    channels.set_color((1, 2, 3), [5])
    channels.show_page(20, 10, stream=0)
    channels.solo(7)
    names = ("order", "visible", "gain", "offset", "bad")
    before = {name: getattr(channels, name).copy() for name in names}
    place = view.place
    view.reset_channels(keep=True)
    view.reset_channels(keep=True)  # by a slip
    assert channels.visible.all() and (channels.gain == 1).all() and not channels.bad.any()
    view.theme = LIGHT
    events = events_of(view)
    view.undo_reset()
    assert events and view.place == place and channels.shown.tolist() == [7]
    for name, value in before.items():
        assert np.array_equal(getattr(channels, name), value), name
    fresh = view.fresh_colors()
    assert channels.color[5].tolist() == [1, 2, 3]
    assert np.array_equal(np.delete(channels.color, 5, 0), np.delete(fresh, 5, 0))
    channels.solo(7)
    assert channels.page_of(0).size == 10, "what was shown before one channel alone"
    assert not view.can_undo_reset
    channels.set_gain(3.0)
    view.undo_reset()
    assert (channels.gain == 3).all()


def test_a_reset_for_a_view_file_keeps_nothing():
    view = many_channels()
    view.channels.set_gain(2.0)
    view.reset_channels()
    assert not view.can_undo_reset


def test_all_channels_are_shown_and_nothing_else_is_changed():
    view = many_channels()
    channels = view.channels
    channels.set_gain(2.5)
    channels.set_bad([3], True)
    channels.set_visible([3, 4], False)
    view.show_all_channels()
    assert channels.visible.all() and (channels.gain == 2.5).all()
    assert np.flatnonzero(channels.bad).tolist() == [3]


def test_resetting_the_zoom_shows_the_usual_window_and_lanes_from_where_each_panel_is():
    view = many_channels()
    view.window.set(0.0, 15.0)
    view.channels.fit({0: 64, 1: 20})
    view.channels.show_page(100, 300, stream=0)
    view.channels.show_page(90, 3, stream=1)
    view.reset_zoom(10.0)
    assert (view.window.t_start, view.window.duration) == (9.5, DEFAULT_SECONDS)
    assert view.place.pages == ((0, 0, None), (1, 90, None))
    assert view.channels.page_of(0).tolist() == list(range(64))
    assert view.channels.page_of(1).tolist() == list(range(380, 400))


# -- lookups ---------------------------------------------------------------------------------------


def test_times_are_counted_as_the_recording_and_its_ruling_run_say():
    class Dated(ArrayReader):
        def _recorded_at(self):
            return datetime(2024, 5, 1, 14, 0)

    view = View(Dated([[(10.0, noise(5000, 2)), (12.0, noise(300, 3))]], [1000.0, 100.0]))
    assert view.recorded_at == datetime(2024, 5, 1, 14, 0)
    scale = view.time_scale
    assert scale.parse("#500", "seconds", 0.0) == 10.5
    assert scale.format(70.0, "clock", 1.0) == "14:01:10"
    view.channels.set_visible([0, 1], False)
    assert view.time_scale.parse("#500", "seconds", 0.0) == 17.0
    view.channels.set_visible(range(5), False)
    scale = view.time_scale
    assert (scale.sampling_rate, scale.t_zero) == (None, None)
    assert (scale.t_min, scale.t_max) == (view.window.t_min, view.window.t_max)
    assert View(two_streams()).recorded_at is None


def test_samples_keep_their_numbers_whichever_segment_is_in_sight():
    view = View(two_streams())
    for start in (10.0, 14.0, 20.0, 23.0):
        view.window.set(start, 1.0)
        assert (view.time_scale.t_zero, view.time_scale.sampling_rate) == (10.0, 1000.0)
        assert (
            view.time_scale.format(20.5, "samples", 1e-3).replace("\N{THIN SPACE}", "") == "10500"
        )


def test_streams_are_those_with_a_channel_on_screen():
    view = View(two_streams())
    assert view.streams == {0, 1}
    view.channels.show_page(0, 1)
    assert view.streams == {0, 1}
    view.channels.set_visible([0, 1], False)
    assert view.streams == {1}


def test_another_reader_of_the_recording_says_what_channels_are():
    reader = two_streams()
    view = View(reader)
    view.channels.set_gain(2.0)
    events = events_of(view)
    other = two_streams()
    other.header["signal_channels"]["gain"] = 0.25
    view.read_from(other)
    assert [info.gain for info in view.channels.infos] == [0.25] * 5
    assert len(events) == 1 and (view.channels.gain == 2.0).all()


def test_the_fastest_stream_on_screen_rules():
    view = View(two_streams())
    assert (view.reference.stream, view.reference.segment) == (0, 0)
    view.channels.show_only([4, 2])
    assert (view.reference.stream, view.reference.segment) == (1, 0)
    view.channels.show_only([3, 0])
    assert view.reference.stream == 0
    view.channels.set_visible(range(5), False)
    assert view.reference is None


def test_a_slow_stream_does_not_rule_by_being_first_or_nearer():
    reader = ArrayReader([[(0.0, noise(1000, 1)), (0.0, noise(2000, 1))]], [100.0, 1000.0])
    view = View(reader)
    assert view.reference.stream == 1
    view.window.set(8.0, 1.0)  # where the fast one has ended long ago
    assert view.reference.stream == 1


@pytest.mark.parametrize(
    ("t_start", "segment"),
    [(10.0, 0), (13.9, 0), (16.9, 0), (17.1, 1), (18.0, 1), (20.0, 1), (23.0, 1)],
)
def test_the_nearest_run_rules(t_start, segment):
    view = View(two_streams())
    view.window.set(t_start, 1.0)
    assert view.reference.segment == segment  # the gap from 15 to 20 s has its middle at 17.5


def test_hiding_a_stream_changes_the_ruling_run():
    view = View(two_streams())
    view.channels.show_page(2, 3)  # each stream has its own pages, and a panel
    assert view.reference.stream == 0
    view.channels.set_visible([0, 1], False)
    assert view.reference.stream == 1
    view.channels.set_visible([0, 1], True)
    assert view.reference.stream == 0


def test_two_blocks():
    reader = memory_reader.MemoryReader()
    reader.parse_header()
    view = View(reader)
    view.window.go_to_end()
    assert (view.window.t_min, view.window.t_max) == (0.5, view.timeline.t_stop)
    view.window.set(2.1375, 0.001)
    assert (view.reference.block, view.reference.segment) == (1, 0)
