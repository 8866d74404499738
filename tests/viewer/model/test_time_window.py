"""The time window: always within its limits, whatever is asked, and events only for changes."""

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from viewer.model import TimeWindow

SECONDS = st.floats(-1e7, 1e7)


@pytest.fixture
def window():
    return TimeWindow(10.0, 110.0, 30.0, 20.0, min_duration=0.5)


def span(window):
    return window.t_start, window.duration


def heard(window):
    """Return a list that grows by one span with every event."""
    events = []
    window.changed.connect(lambda: events.append(span(window)))
    return events


# -- examples --------------------------------------------------------------------------------------


def test_starts_where_asked(window):
    assert (window.t_start, window.duration, window.t_stop) == (30.0, 20.0, 50.0)
    assert span(TimeWindow(10, 110)) == (10.0, 100.0)
    assert span(TimeWindow(10, 110, duration=5)) == (10.0, 5.0)
    assert span(TimeWindow(10, 110, 50)) == (10.0, 100.0)
    assert span(TimeWindow(0, 1, 0.5, 1e-9)) == (0.5, 1e-4)
    assert span(TimeWindow(0, 1e-6)) == (0.0, 1e-6)


def test_moves(window):
    window.pan(5)
    assert span(window) == (35.0, 20.0)
    window.page(-0.5)
    assert span(window) == (25.0, 20.0)
    window.pan(-1000)
    assert span(window) == (10.0, 20.0)
    window.pan(1000)
    assert span(window) == (90.0, 20.0)
    window.go_to_start()
    assert span(window) == (10.0, 20.0)
    window.go_to_end()
    assert span(window) == (90.0, 20.0)
    window.set(40.0)
    assert span(window) == (40.0, 20.0)
    window.set(40.0, 1000.0)
    assert span(window) == (10.0, 100.0)
    window.set(-5.0, 1e-9)
    assert span(window) == (10.0, 0.5)


def test_zoom(window):
    window.zoom(2)
    assert span(window) == (35.0, 10.0)
    window.zoom(0.5)
    assert span(window) == (30.0, 20.0)
    window.zoom(4, anchor=30.0)
    assert span(window) == (30.0, 5.0)
    window.zoom(0.25, anchor=35.0)
    assert span(window) == (15.0, 20.0)
    window.zoom(1e9)
    assert span(window) == (24.75, 0.5)
    window.zoom(1e-9)
    assert span(window) == (10.0, 100.0)


def test_zoom_stops_at_the_least_duration_without_moving(window):
    window.set(30.0, 0.5)
    events = heard(window)
    window.zoom(3, anchor=30.1)
    assert span(window) == (30.0, 0.5) and events == []


def test_events(window):
    events = heard(window)
    window.set(30.0, 20.0)
    window.set(30.0)
    window.pan(0)
    window.zoom(1)
    assert events == []
    window.pan(1)
    window.set(31.0, 10.0)
    assert events == [(31.0, 20.0), (31.0, 10.0)]
    window.go_to_end()
    window.go_to_end()
    assert events[2:] == [(100.0, 10.0)]


@pytest.mark.parametrize(
    ("call", "args"),
    [
        ("set", (math.nan,)),
        ("set", (math.inf,)),
        ("set", (0.0, math.nan)),
        ("set", (0.0, math.inf)),
        ("set", (0.0, 0.0)),
        ("set", (0.0, -1.0)),
        ("pan", (math.nan,)),
        ("page", (-math.inf,)),
        ("zoom", (0.0,)),
        ("zoom", (-2.0,)),
        ("zoom", (math.nan,)),
        ("zoom", (math.inf,)),
        ("zoom", (2.0, math.nan)),
    ],
)
def test_nonsense_is_refused_and_changes_nothing(window, call, args):
    events = heard(window)
    with pytest.raises(ValueError, match="no such"):
        getattr(window, call)(*args)
    assert span(window) == (30.0, 20.0) and events == []


@pytest.mark.parametrize(
    "limits", [(0, 0), (1, 0), (math.nan, 1), (0, math.nan), (-math.inf, 0), (0, math.inf)]
)
def test_limits_that_are_none(limits):
    with pytest.raises(ValueError, match="limits must be finite and rising"):
        TimeWindow(*limits)


# -- properties ------------------------------------------------------------------------------------


@settings(deadline=None)
@given(
    SECONDS,
    st.floats(1e-3, 1e7),
    st.floats(0, 1),
    st.floats(0, 1),
    st.floats(0.01, 100),
    st.floats(0, 1),
)
def test_the_anchor_of_a_zoom_stays_where_it_is(t_min, length, at, share, factor, anchor_at):
    window = TimeWindow(t_min, t_min + length, min_duration=length * 1e-6)
    window.set(t_min + at * length, max(share, 1e-4) * length)
    start, duration = span(window)
    anchor = start + anchor_at * duration
    window.zoom(factor, anchor)
    expected = min(max(duration / factor, window.min_duration), window.t_max - window.t_min)
    assert window.duration == expected
    place = (anchor - window.t_start) / window.duration
    inside = window.t_min < window.t_start < window.t_max - window.duration
    fuzz = 1e-9 + 8 * math.ulp(abs(t_min) + length) / min(duration, window.duration)
    if inside:
        assert place == pytest.approx(anchor_at, abs=fuzz)
    else:  # a limit pushed the window along, but the anchor is still in view
        assert -fuzz <= place <= 1 + fuzz


class Wandering(RuleBasedStateMachine):
    """Any sequence of acts keeps the window within its limits and tells of every change."""

    @initialize(t_min=SECONDS, length=st.floats(1e-6, 1e7), least=st.floats(1e-6, 1e3))
    def make(self, t_min, length, least):
        t_max = max(t_min + length, math.nextafter(t_min, math.inf))
        self.window = TimeWindow(t_min, t_max, min_duration=least)
        self.window.changed.connect(self.hear)
        self.last = span(self.window)
        self.events = 0

    def hear(self):
        self.events += 1

    def act(self, call, *args):
        before, self.events = self.last, 0
        getattr(self.window, call)(*args)
        self.last = span(self.window)
        assert self.events == (self.last != before)

    @rule(t_start=SECONDS, duration=st.none() | st.floats(1e-9, 1e8))
    def set(self, t_start, duration):
        self.act("set", t_start, duration)

    @rule(seconds=SECONDS)
    def pan(self, seconds):
        self.act("pan", seconds)

    @rule(fraction=st.floats(-10, 10))
    def page(self, fraction):
        self.act("page", fraction)

    @rule(factor=st.floats(1e-6, 1e6), anchor=st.none() | SECONDS)
    def zoom(self, factor, anchor):
        self.act("zoom", factor, anchor)

    @rule()
    def start(self):
        self.act("go_to_start")
        assert self.window.t_start == self.window.t_min

    @rule()
    def end(self):
        self.act("go_to_end")
        assert self.window.t_stop == pytest.approx(self.window.t_max, rel=1e-12, abs=1e-9)

    @invariant()
    def within(self):
        if hasattr(self, "window"):
            window = self.window
            assert window.t_min <= window.t_start < window.t_stop <= window.t_max
            least, most = window.min_duration, window.t_max - window.t_min
            assert least <= window.duration <= most


TestWandering = Wandering.TestCase
TestWandering.settings = settings(deadline=None, max_examples=50, stateful_step_count=20)
