"""`View`: where it starts, what it says of changes, and which run rules the picture."""

import numpy as np
import pytest

from tests.rawio import memory_reader
from tests.readers import ArrayReader, noise
from viewer.model import View
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

    view = View(Late.of(noise(3000, 1), t_start=7.0))
    assert (view.window.t_min, view.window.t_start, view.window.duration) == (0.0, 7.0, 1.0)


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


def test_paging_away_from_a_stream_changes_the_ruling_run():
    view = View(two_streams())
    view.channels.show_page(2, 3)
    assert view.reference.stream == 1
    view.channels.show_page(0)
    assert view.reference.stream == 0


def test_two_blocks():
    reader = memory_reader.MemoryReader()
    reader.parse_header()
    view = View(reader)
    view.window.go_to_end()
    assert (view.window.t_min, view.window.t_max) == (0.5, view.timeline.t_stop)
    view.window.set(2.1375, 0.001)
    assert (view.reference.block, view.reference.segment) == (1, 0)
