"""Lists of events of any length as a table."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.viewer.engine.ticking import TickReader, all_points
from tests.viewer.qt.points.events import middle, reader_of, with_view
from tests.viewer.qt.points.tables import settle, shown, texts
from viewer.engine.event_list import EventList
from viewer.model import Timeline, View
from viewer.qt.points.event_model import EventModel
from viewer.qt.points.event_panel import EventPanel


@pytest.fixture
def panel(qtbot):
    """Return a panel of two event channels and one of epochs, 27 rows in all."""
    reader, view = with_view(reader_of())
    view.window.set(0.0, 2.0)
    return shown(qtbot, EventPanel(reader, view), (320, 700))


def long_list(times):
    count = len(times)
    codes = np.arange(count, dtype=np.int32) % 5
    return EventList(
        np.asarray(times, float),
        np.zeros(count, np.int32),
        np.full(count, np.nan),
        codes,
        tuple("abcde"),
        ("e",),
        (),
        0,
        True,
    )


def test_the_model_keeps_to_the_rules_of_models(panel, qtmodeltester):
    qtmodeltester.check(panel.model)
    qtmodeltester.check(panel.points.rows)


def test_of_a_million_events_only_those_in_sight_are_written(qtbot, monkeypatch):
    panel = shown(qtbot, EventPanel(*with_view(reader_of(events={"e": []}))))
    written = []
    write = EventModel._text_of
    monkeypatch.setattr(
        EventModel, "_text_of", lambda *cell: written.append(cell[1]) or write(*cell)
    )
    found = long_list(np.linspace(0, 40, 1_000_000, endpoint=False))
    panel.take([found])
    for start in range(30):
        panel._view.window.set(float(start), 1.0)
        settle(qtbot, panel)
        panel.table.viewport().grab()
    panel.table.verticalScrollBar().setValue(700_000)
    panel.table.viewport().grab()
    assert panel.model.near == round(29.5 / 40 * 1_000_000)
    in_sight = panel.table.viewport().height() // panel.table.row_height + 2
    assert len(set(written)) <= 2 * in_sight + 4
    assert {700_000, 700_005} <= set(written)


@settings(deadline=None)
@given(
    st.lists(st.integers(0, 400), min_size=1, max_size=12),
    st.floats(0, 38),
    st.sets(st.integers(0, 11)),
)
def test_the_nearest_row_is_that_of_a_slow_search(ticks, start, kept):
    view = View(reader_of(events={"e": []}))
    times = np.sort(np.array(ticks)) / 10
    rows = np.array(sorted(row for row in kept if row < len(times)), np.int64)
    model = EventModel(view)
    model.show(long_list(times), rows, times[rows])
    view.window.set(start, 2.0)
    model.follow()
    if not len(rows):
        assert model.near is None
        return
    distances = [abs(times[row] - middle(view)) for row in rows]
    assert distances[model.near] == min(distances)
    assert [model.row_of(model.event_at(row)) for row in range(len(rows))] == list(range(len(rows)))


def test_times_of_segments_that_were_moved_are_those_of_the_axis(qtbot):
    reader = TickReader([(0, 100), (0, 100)], events={"e": [[(50, "a")], [(20, "b")]]})
    panel = shown(qtbot, EventPanel(*with_view(reader)))
    wanted = sorted(point[0] for point in all_points(reader, Timeline.of(reader)))
    assert texts(panel.table, "Time") == [f"{time:.4f}" for time in wanted] == ["0.5000", "1.2000"]
