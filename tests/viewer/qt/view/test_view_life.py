"""How a view ends: with its window, with its parent, in the midst of work; and begins again."""

import threading

import numpy as np
import pytest
from PyQt6 import sip
from PyQt6.QtTest import QTest
from PyQt6.QtWidgets import QWidget

from tests.viewer.qt.conftest import pixels, settle
from viewer.engine.autoscale import Scale
from viewer.engine.scales import Scales
from viewer.qt.view.scaling import Measured
from viewer.qt.view.signal_view import SignalView
from viewer.render import software


def test_a_view_that_was_closed_can_be_shown_again(view, qtbot):
    view.close()
    view.show()
    view.view.window.set(7.0, 2.0)
    settle(qtbot, view)
    assert view.frame.viewport.t_left == pytest.approx(7.0, abs=0.01)
    assert np.abs(pixels(view).astype(int) - software.render(view.frame.scene)).max() <= 1


def test_threads_end_with_the_widget(qtbot, reader):
    before = threading.active_count()
    widget = SignalView(reader, renderer="software")
    widget.show()
    settle(qtbot, widget)
    assert threading.active_count() > before
    widget.close()
    qtbot.waitUntil(lambda: threading.active_count() <= before)
    widget.deleteLater()


def test_views_deleted_in_the_midst_of_work_leave_no_errors(qtbot, reader):
    """What threads report then finds nobody, and that is all; pytest watches their exceptions."""
    before = threading.active_count()
    for step in range(30):
        widget = SignalView(reader, renderer="software")
        widget.show()
        QTest.qWait(step % 7)
        sip.delete(widget)
    qtbot.waitUntil(lambda: threading.active_count() <= before)


def test_threads_end_with_a_parent_that_is_deleted(qtbot, reader):
    before = threading.active_count()
    parent = QWidget()
    widget = SignalView(reader, parent, renderer="software")
    parent.show()
    settle(qtbot, widget)
    sip.delete(parent)
    qtbot.waitUntil(lambda: threading.active_count() <= before)


def test_what_comes_after_a_view_went_with_its_parent_is_dropped(qtbot, reader):
    """Models outlive the widget, and so may what threads had measured for it."""
    box = QWidget()
    widget = SignalView(reader, box, renderer="software")
    box.show()
    settle(qtbot, widget)
    model, channels = widget.view, widget.view.channels
    sip.delete(box)
    assert sip.isdeleted(widget)
    model.window.set(3.0, 1.0)
    channels.set_gain(2.0)
    scales = Scales(Scale(np.zeros(12), np.ones(12), {(0, "uV"): 5.0}))
    widget._fitting.take(Measured("again", scales))
    widget._take_unreadable("the disk says no.")
    widget._take_points(None)
    widget._tell_progress()
    qtbot.wait(20)
    assert channels.span[0, "uV"] != 5.0
