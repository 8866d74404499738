"""A frame: one consistent picture of the view, from layout to labels."""

from dataclasses import dataclass

from viewer.engine.grid import RunView, Viewport
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
    """

    layout: Layout
    viewport: Viewport
    runs: tuple[RunView, ...]
    scene: Scene
    drawing: Drawing
    tiles_missing: int
    tiles_unreadable: int = 0

    @property
    def exact(self) -> bool:
        """Whether every sample of the window is accounted for."""
        return not self.tiles_missing and not self.tiles_unreadable

    def describe(self) -> str:
        """Return zoom and exactness as the status bar says them."""
        if not self.runs:
            zoom = "no signal here"
        else:
            finest = max(self.runs, key=lambda run: run.spp)
            if finest.spp >= 1:
                zoom = f"{finest.spp:.4g} samples/pixel"
            else:
                zoom = f"{1 / finest.spp:.4g} pixels/sample"
        if self.tiles_missing:
            state = f"loading, {self.tiles_missing} tiles to read"
        else:
            state = "exact" if self.exact else f"{self.tiles_unreadable} tiles cannot be read"
        return f"{zoom} · {state}"
