"""The rawscope viewer. Importing it loads neither Qt nor OpenGL; the names below do when used."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from viewer.compute.layer import Layer as Layer
    from viewer.compute.steps import BandPass as BandPass
    from viewer.compute.steps import CommonReference as CommonReference
    from viewer.compute.steps import HighPass as HighPass
    from viewer.compute.steps import LowPass as LowPass
    from viewer.compute.steps import Notch as Notch
    from viewer.picture import snapshot as snapshot
    from viewer.picture_files import save_png as save_png
    from viewer.qt.channels.table import ChannelTable as ChannelTable
    from viewer.qt.info.panel import InfoPanel as InfoPanel
    from viewer.qt.overview.strip import Overview as Overview
    from viewer.qt.points.event_panel import EventPanel as EventPanel
    from viewer.qt.points.unit_table import UnitTable as UnitTable
    from viewer.qt.view.signal_view import SignalView as SignalView

__all__ = [
    "BandPass",
    "ChannelTable",
    "CommonReference",
    "EventPanel",
    "HighPass",
    "InfoPanel",
    "Layer",
    "LowPass",
    "Notch",
    "Overview",
    "SignalView",
    "UnitTable",
    "save_png",
    "snapshot",
]

_HOMES = {
    "BandPass": "viewer.compute.steps",
    "ChannelTable": "viewer.qt.channels.table",
    "CommonReference": "viewer.compute.steps",
    "EventPanel": "viewer.qt.points.event_panel",
    "HighPass": "viewer.compute.steps",
    "InfoPanel": "viewer.qt.info.panel",
    "Layer": "viewer.compute.layer",
    "LowPass": "viewer.compute.steps",
    "Notch": "viewer.compute.steps",
    "Overview": "viewer.qt.overview.strip",
    "SignalView": "viewer.qt.view.signal_view",
    "UnitTable": "viewer.qt.points.unit_table",
    "save_png": "viewer.picture_files",
    "snapshot": "viewer.picture",
}


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(import_module(_HOMES[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted([*globals(), *_HOMES])
