"""Units and event channels as shown: visibility, colours, and which is gone through."""

import numpy as np
import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from tests.readers import ArrayReader, noise
from viewer.model import View
from viewer.model.point_channels import PointChannels


def events_of(points):
    events = []
    points.changed.connect(lambda: events.append(1))
    return events


def test_at_first_all_are_visible_and_none_is_selected():
    points = PointChannels(["a", "b", "a"])
    assert points.names == ("a", "b", "a") and len(points) == 3
    assert points.visible.all() and points.selected is None
    assert points.color.shape == (3, 3) and points.color.dtype == np.uint8
    assert points.gone_through == [0, 1, 2]
    assert PointChannels([]).gone_through == []


def test_those_of_epochs_last_and_no_others_do():
    assert PointChannels("abc").lasting.tolist() == [False] * 3
    assert PointChannels("abc", [False, True, True]).lasting.tolist() == [False, True, True]
    reader = ArrayReader.of(noise(100, 1), events={"go": []}, epochs={"rest": [], "move": []})
    assert View(reader).events.lasting.tolist() == [False, True, True]
    assert not View(reader).units.lasting.any()


def test_a_selected_one_is_gone_through_alone_even_if_it_is_hidden():
    points = PointChannels("abcd")
    points.set_visible([1, 2], False)
    assert points.gone_through == [0, 3]
    points.select(2)
    assert points.gone_through == [2]
    points.select(None)
    assert points.gone_through == [0, 3]


def test_colours_of_some_and_of_all():
    points = PointChannels("abc")
    points.set_color((1, 2, 3))
    points.set_color(np.array([[9, 8, 7], [6, 5, 4]]), [2, 0])
    assert points.color.tolist() == [[6, 5, 4], [1, 2, 3], [9, 8, 7]]


@pytest.mark.parametrize("number", [-1, 3])
@pytest.mark.parametrize(
    "act",
    [
        lambda p, number: p.set_visible([0, number], False),
        lambda p, number: p.set_color((1, 2, 3), [0, number]),
        lambda p, number: p.select(number),
    ],
)
def test_numbers_that_are_none_change_nothing(number, act):
    points = PointChannels("abc")
    events = events_of(points)
    with pytest.raises(IndexError, match=f"number {number} is not one of the 3"):
        act(points, number)
    assert points.visible.all() and (points.color == 200).all()
    assert points.selected is None and events == []


def test_every_change_is_one_event_and_the_same_selection_is_none():
    points = PointChannels("abc")
    events = events_of(points)
    acts = [
        lambda: points.set_visible([0], False),
        lambda: points.set_color((1, 2, 3)),
        lambda: points.select(1),
        lambda: points.select(None),
    ]
    for count, act in enumerate(acts, 1):
        act()
        assert len(events) == count
    points.select(None)
    assert len(events) == len(acts)


class Showing(RuleBasedStateMachine):
    """Against a set of numbers."""

    @initialize(count=st.integers(1, 6))
    def make(self, count):
        self.points, self.visible, self.selected = (
            PointChannels("x" * count),
            set(range(count)),
            None,
        )

    @rule(data=st.data(), visible=st.booleans())
    def set_visible(self, data, visible):
        numbers = data.draw(st.sets(st.integers(0, len(self.points) - 1)))
        self.points.set_visible(iter(numbers), visible)
        self.visible = self.visible | numbers if visible else self.visible - numbers

    @rule(data=st.data())
    def select(self, data):
        self.selected = data.draw(st.none() | st.integers(0, len(self.points) - 1))
        self.points.select(self.selected)

    @invariant()
    def as_in_the_set(self):
        if hasattr(self, "points"):
            assert set(np.flatnonzero(self.points.visible).tolist()) == self.visible
            through = sorted(self.visible) if self.selected is None else [self.selected]
            assert self.points.gone_through == through


TestShowing = Showing.TestCase
TestShowing.settings = settings(deadline=None, max_examples=30)
