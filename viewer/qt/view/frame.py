"""A frame: one consistent picture of the view, from layout to labels."""

import math
from dataclasses import dataclass

from viewer.engine.grid import RunView, Viewport
from viewer.engine.levels import bin_samples
from viewer.engine.points import LONGEST_SCAN
from viewer.render.drawing import Drawing
from viewer.render.layout import Layout
from viewer.render.scene import Scene


@dataclass(frozen=True)
class Frame:
    """What the window shows at one moment.

    Attributes
    ----------
    layout : Layout
    viewport : Viewport
    runs : tuple of RunView
    scene : Scene
        The plot.
    drawing : list
        What surrounds the plot.
    tiles_missing : int
        Tiles still to be read; their places are shown as loading.
    tiles_unreadable : int
        Tiles that could not be read; their places look the same.
    approximate : bool
        Whether some columns show only some of their samples; they are marked.
    indexed : float or None
        Share of the recording that the index covers; None where there is none.
    events_unread : int
        Event channels that are not looked up in so long a window.
    lost : str or None
        Why nothing of the recording is shown any more.
    caption : str
        What was done to the signals on screen; "" for nothing. Where streams differ it says which.
    """

    layout: Layout
    viewport: Viewport
    runs: tuple[RunView, ...]
    scene: Scene
    drawing: Drawing
    tiles_missing: int
    tiles_unreadable: int = 0
    approximate: bool = False
    indexed: float | None = None
    events_unread: int = 0
    lost: str | None = None
    caption: str = ""

    @property
    def exact(self) -> bool:
        """Whether every sample of the window is accounted for."""
        return not (self.tiles_missing or self.tiles_unreadable or self.approximate or self.lost)

    def describe(self) -> str:
        """Return exactness, zoom and level of detail as the status bar says them.

        What matters most comes first: in a narrow window the end is cut off.
        """
        if self.lost is not None:
            return self.lost
        parts = [self._state()]
        if self.indexed is not None:
            # Rounded down: 100 % is all of it.
            parts.append(f"{math.floor(100 * self.indexed)} % indexed")
        parts += self._zoom()
        if self.events_unread:
            parts.append(f"events of digital lines from {LONGEST_SCAN:g} s down")
        return " · ".join([*parts, self.caption] if self.caption else parts)

    def _zoom(self) -> list[str]:
        if not self.runs:
            return ["no signal here"]
        finest = max(self.runs, key=lambda run: run.spp)
        if finest.spp < 1:
            return [f"{1 / finest.spp:.4g} pixels/sample", "samples"]
        count = bin_samples(finest.level)
        detail = "samples" if count == 1 else f"level {finest.level}: bins of {count} samples"
        return [f"{finest.spp:.4g} samples/pixel", detail]

    def _state(self) -> str:
        if self.tiles_missing:
            return f"loading, {self.tiles_missing} tiles to read"
        if self.approximate:
            return "approximate where striped"
        return "exact" if self.exact else f"{self.tiles_unreadable} tiles cannot be read"
