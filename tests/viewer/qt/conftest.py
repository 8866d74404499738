import threading

import pytest
from PyQt6.QtCore import QPoint, QPointF, Qt
from PyQt6.QtGui import QWheelEvent
from PyQt6.QtWidgets import QApplication

from tests.readers import ArrayReader, noise
from viewer.compute.layer import Layer
from viewer.qt.view import crew
from viewer.qt.view.signal_view import SignalView


def settle(qtbot, view):
    """Wait until the picture on screen is the exact one of the model."""
    qtbot.waitUntil(lambda: not view.busy, timeout=20_000)


def pixels(view):
    """Return what the plot really shows, whatever drew it."""
    plot = view.plot
    return plot.image if view.renderer == "software" else plot.pixels()


def wheel(view, position, notches, modifiers=Qt.KeyboardModifier.NoModifier):
    """Turn the wheel over a place of the view; with Alt, X11 turns it sideways, and so do we."""
    sideways = bool(modifiers & Qt.KeyboardModifier.AltModifier)
    angle = QPoint(120 * notches, 0) if sideways else QPoint(0, 120 * notches)
    where = QPointF(position)
    event = QWheelEvent(
        where,
        view.mapToGlobal(where),
        QPoint(),
        angle,
        Qt.MouseButton.NoButton,
        modifiers,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(view, event)


class HeldLayers:
    """Makes layers once it is let go, or fails then."""

    def __init__(self):
        self.error, self.made = None, []
        self.begun, self._gate = threading.Event(), threading.Event()

    def __call__(self, recorded, steps):
        self.begun.set()
        self._gate.wait(30)
        if self.error is not None:
            raise self.error
        self.made.append(steps)
        return Layer(recorded, steps)

    def let_go(self):
        self._gate.set()


@pytest.fixture
def held_layers(monkeypatch):
    """Return what makes the layers of views in this test."""
    held = HeldLayers()
    monkeypatch.setattr(crew, "Layer", held)
    yield held
    held.let_go()


@pytest.fixture
def reader():
    """Return 60 s of 12 channels at 1 kHz, with units and events."""
    samples = (noise(60_000, 12) // 64).astype("int16")
    import numpy as np

    return ArrayReader.of(
        samples,
        units={"a": np.arange(0.25, 60, 0.5), "b": np.array([0.1, 30.0])},
        events={"stim": [(t + 0.75, str(t)) for t in range(60)]},
        unit_channel={0: 2},
    )


@pytest.fixture(params=["software", pytest.param("gpu", marks=pytest.mark.gl)])
def view(request, qtbot, reader):
    """Return a shown view, in turn with each renderer."""
    widget = SignalView(reader, renderer=request.param)
    qtbot.addWidget(widget, before_close_func=lambda w: w.stop())
    widget.resize(900, 600)
    widget.show()
    qtbot.waitExposed(widget)
    settle(qtbot, widget)
    assert widget.renderer == request.param
    return widget
