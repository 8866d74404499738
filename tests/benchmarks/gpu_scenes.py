"""Frames and uploads of the gpu renderer, off screen."""

import time
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from vispy import gloo

from tests.benchmarks.timing import median_ms
from viewer.engine.tiles import Tile
from viewer.render.gpu import GpuRenderer
from viewer.render.scene import Scene
from viewer.render.trial import Trial, noise_trial

CHANNELS = 384
SECONDS = 12.0
SIZES = {"3840 x 2160": (3840, 2160), "1600 x 900": (1600, 900)}
WINDOWS = (0.02, 0.1, 1.0, 10.0)
"""Seconds: lines between samples, samples, finer and coarser bins."""

REPEATS = 9
UPLOAD_TILES = 24


@dataclass(frozen=True)
class Frames:
    """Milliseconds of a frame of loaded tiles, by window."""

    by_window: dict[float, float]

    @property
    def slowest(self) -> float:
        """Of the windows' frames."""
        return max(self.by_window.values())

    @property
    def unevenness(self) -> float:
        """How many times the slowest frame takes what the quickest takes."""
        return self.slowest / min(self.by_window.values())


class Bench:
    """The gpu renderer in an off-screen context.

    Raises
    ------
    GpuUnavailableError
    """

    def __init__(self) -> None:
        from viewer.render import headless
        from viewer.render.driver import current_driver

        self.canvas, self.renderer = headless.context()
        self.canvas.set_current()
        self.driver = current_driver()

    def frames(self, size: tuple[int, int]) -> Frames:
        """Time frames of 384 channels, each drawn and waited for."""
        trial = noise_trial(CHANNELS, SECONDS, size)
        return Frames({window: self._frame(trial, window) for window in WINDOWS})

    def _frame(self, trial: Trial, window: float) -> float:
        scene = trial.scene(0.5, window)
        target = _target(scene)
        with target:
            found = median_ms(lambda: self._draw(self.renderer, scene), REPEATS)
        target.delete()
        return found

    @staticmethod
    def _draw(renderer: GpuRenderer, scene: Scene) -> None:
        renderer.draw(scene)
        gloo.finish()

    def upload(self, dtype: str) -> dict[str, float]:
        """Time tiles of samples that go up and are drawn, each once.

        Returns
        -------
        dict
            ``bytes_per_s`` of the uploads alone, ``view_samples_per_s`` of uploads with the frames
            that show them.
        """
        scenes = _fresh_scenes(dtype)
        renderer = GpuRenderer(budget=1 << 20, primitive=self.renderer.primitive)
        target = _target(scenes[0])
        samples = sum(tile.data.size for tile in scenes[0].layers[0].tiles)
        uploads, views = [], []
        with target:
            for scene in scenes:
                start = time.perf_counter()
                renderer.prepare(scene)
                gloo.finish()
                between = time.perf_counter()
                renderer.paint(scene)
                gloo.finish()
                uploads.append(between - start)
                views.append(time.perf_counter() - start)
        target.delete()
        upload, view = (float(np.median(t[len(t) // 3 :])) for t in (uploads, views))
        width = np.dtype(dtype).itemsize
        return {
            "bytes_per_s": samples * width / upload,
            "view_samples_per_s": samples / view,
        }


def _fresh_scenes(dtype: str) -> list[Scene]:
    """Return scenes of the same window whose tiles are all other objects, as panning brings."""
    scene = noise_trial(CHANNELS, 1.0, SIZES["1600 x 900"]).scene(0.2, 0.2)
    layer = scene.layers[0]
    scenes = []
    for number in range(UPLOAD_TILES):
        tiles = tuple(
            Tile(tile.key, tile.first_bin, tile.data.astype(dtype) + np.dtype(dtype).type(number))
            for tile in layer.tiles
        )
        scenes.append(replace(scene, layers=(replace(layer, tiles=tiles),)))
    return scenes


def _target(scene: Scene) -> Any:
    return gloo.FrameBuffer(color=gloo.RenderBuffer((scene.height, scene.width), "color"))
