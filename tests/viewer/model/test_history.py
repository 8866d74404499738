"""The history of places against two stacks of paper, and by example."""

from dataclasses import FrozenInstanceError

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule

from viewer.model.history import MOST, SETTLE, History, Place


def visited(*places):
    """Return a history of places, each stayed at, and the time after."""
    history = History()
    for number, place in enumerate(places):
        history.note(place, 10.0 * number)
    return history, 10.0 * len(places)


def test_back_and_forward():
    history, _ = visited("a", "b", "c")
    assert history.forward() is None
    assert history.back("c") == "b"
    assert history.back("b") == "a"
    assert history.back("a") is None
    assert history.forward() == "b"
    assert history.forward() == "c"
    assert history.forward() is None


def test_an_empty_history_leads_nowhere():
    assert History().back("a") is None
    assert History().forward() is None


def test_a_drag_is_one_visit_however_long_it_lasts():
    history, at = visited("a")
    for step in range(50):
        history.note(f"drag {step}", at + step * 0.9 * SETTLE)
    assert history.back("drag 49") == "a"
    assert history.forward() == "drag 49"
    assert len(history) == 2


def test_what_is_noted_after_a_rest_is_another_visit():
    history = History()
    history.note("a", 0.0)
    history.note("b", SETTLE)
    history.note("c", 2.01 * SETTLE)
    assert history.back("c") == "b" and history.back("b") == "a", "the first is always one"
    assert history.back("a") is None


def test_going_on_after_back_drops_what_was_forward():
    history, at = visited("a", "b", "c")
    assert history.back("c") == "b"
    history.note("b", at)
    history.note("d", at + 0.1 * SETTLE)
    assert history.forward() is None
    assert history.back("d") == "b" and history.back("b") == "a"
    assert history.forward() == "b" and history.forward() == "d"


def test_moving_about_and_coming_to_rest_at_the_same_place_is_no_visit():
    history, at = visited("a", "b", "c")
    assert history.back("c") == "b"
    history.note("elsewhere", at)
    history.note("b", at + 0.5 * SETTLE)
    assert history.forward() == "c"


def test_notes_on_the_way_back_are_no_visits():
    history, at = visited("a", "b", "c")
    for number, place in enumerate(["b", "a"]):
        assert history.back("c" if place == "b" else "b") == place
        history.note(f"half way to {place}", at + 10 * number)
        history.note(place, at + 10 * number + 0.01)
    assert history.forward() == "b" and history.forward() == "c"


def test_a_place_that_could_not_be_had_to_the_letter_is_passed_all_the_same():
    history, _ = visited("a", "b", "c")
    assert history.back("c") == "b"
    history.note("half way to b", 30.0)
    history.arrived("beside b")
    history.note("beside b", 50.0)
    assert history.back("beside b") == "a"
    history.arrived("a")
    assert history.forward() == "beside b"
    assert history.forward() == "c"


def test_where_the_view_is_counts_noted_or_not():
    history, _ = visited("a", "b")
    assert history.back("c") == "a"
    assert history.forward() == "c"
    fresh = History()
    assert fresh.back("a") is None and len(fresh) == 1


def test_the_oldest_are_forgotten():
    history, _ = visited(*range(MOST + 50))
    places = [MOST + 49]
    while (place := history.back(places[-1])) is not None:
        places.append(place)
    assert places == list(range(MOST + 49, 49, -1))
    assert len(history) == MOST


def test_what_is_left_is_a_visit_however_soon_it_is_left_and_noted_or_not():
    history, at = visited("a")
    for number, (left, place) in enumerate([("a", "b"), ("b", "c"), ("c", "d"), ("d", "d")]):
        history.leave(left)
        if place != "c":  # gone from before it was drawn
            history.note(place, at + 0.01 * number)
    assert [history.back(p) for p in "dcba"] == ["c", "b", "a", None]
    assert [history.forward() for _ in "bcd."] == ["b", "c", "d", None]


def test_leaving_where_back_led_keeps_what_is_ahead_until_the_view_goes_elsewhere():
    history, at = visited("a", "b")
    assert history.back("b") == "a"
    history.leave("a")
    assert history.forward() == "b" and history.back("b") == "a"
    history.leave("a")
    history.note("c", at)
    assert history.forward() is None and history.back("c") == "a"


def test_places_are_values():
    place = Place(1.0, 2.0, ((0, 3, 64),))
    assert place == Place(1.0, 2.0, ((0, 3, 64),)) and hash(place) == hash(Place(*place_of(place)))
    assert place != Place(1.0, 2.0, ((0, 4, 64),))
    with pytest.raises(FrozenInstanceError):
        place.t_start = 5.0


def place_of(place):
    return place.t_start, place.duration, place.pages


class Browsing(RuleBasedStateMachine):
    """Visits are ended by hand here; two stacks hold what is behind and what is ahead."""

    @initialize()
    def open(self):
        self.history = History()
        self.now, self.here = 0.0, 0
        self.behind, self.ahead = [], []
        self.history.note(0, self.now)

    def come_to_rest(self, place):
        if place != self.here:
            self.behind = [*self.behind, self.here][-(MOST - 1) :]
            self.ahead = []
            self.here = place

    @rule(
        route=st.lists(st.integers(0, 4), min_size=1, max_size=5),
        pause=st.floats(0, 0.99 * SETTLE),
        rest=st.floats(1.01 * SETTLE, 100),
    )
    def drag(self, route, pause, rest):
        self.now += rest
        for place in route:
            self.now += pause
            self.history.note(place, self.now)
        self.come_to_rest(route[-1])

    @rule(place=st.integers(0, 4), pause=st.floats(0, 2 * SETTLE), noted=st.booleans())
    def act(self, place, pause, noted):
        self.now += pause
        self.history.leave(self.here)
        if noted:
            self.history.note(place, self.now)
        self.history.leave(place)
        self.come_to_rest(place)

    @rule(noted=st.booleans(), detour=st.booleans())
    def back(self, noted, detour):
        expected = self.behind[-1] if self.behind else None
        assert self.history.back(self.here) == expected
        if self.behind:
            self.ahead.append(self.here)
            self.here = self.behind.pop()
            self.arrive(noted, detour)

    @rule(noted=st.booleans(), detour=st.booleans())
    def forward(self, noted, detour):
        expected = self.ahead[-1] if self.ahead else None
        assert self.history.forward() == expected
        if self.ahead:
            self.behind.append(self.here)
            self.here = self.ahead.pop()
            self.arrive(noted, detour)

    def arrive(self, noted, detour):
        self.now += 0.3
        if noted and detour:
            self.history.note(99, self.now)
        if noted:
            self.history.note(self.here, self.now)
        if not noted or detour:
            self.history.arrived(self.here)


Browsing.TestCase.settings = settings(deadline=None, stateful_step_count=40)
TestBrowsing = Browsing.TestCase
