"""Whether a renderer shows what is recorded: every 16-bit value, and pictures pixel by pixel.

Drivers err, and an error of a count is not seen by eye. Both tests take any function that draws a
scene, so they run in whatever OpenGL context there is; ``rawscope doctor`` runs them on the
driver at hand.
"""

from collections.abc import Callable
from typing import Literal

import numpy as np

from viewer.render import software
from viewer.render.scene import Scene
from viewer.render.trial import Trial, noise_trial

Draw = Callable[[Scene], np.ndarray]
"""Returns the scene's pixels, uint8 of shape (height, width, 4)."""

INK = (255, 0, 0)
STEP = 3
"""Samples to a value of the staircase."""
STAIRCASE_RATE = 1024.0
"""Hertz; a power of two, so that times of samples are exact."""

WINDOWS = (0.002, 0.02, 0.1, 0.5, 2.0)
"""Seconds: of `differing_pixels`, from lines between samples to bins of many."""

ROUNDING = 1
"""Of 255: edges that are blended may come out one apart, by how each renderer rounds."""


def wrong_values(draw: Draw, dtype: Literal["int16", "uint16"] = "int16") -> int:
    """Count the 16-bit values that are not drawn where they belong.

    The recording is a rising staircase of all 65 536 values, drawn a sample to a column and a count
    to a row. Each step is three samples long: the middle one's neighbours are its equals, so that
    its column is inked in the value's own row and nowhere else.

    Parameters
    ----------
    draw : callable
    dtype : {'int16', 'uint16'}
        Of the recording.

    Returns
    -------
    int
        0 when all is right.
    """
    lowest = np.iinfo(dtype).min
    values = np.arange(lowest, lowest + 65536)
    samples = np.repeat(values.astype(dtype), STEP).reshape(-1, 1)
    trial = Trial(samples, STAIRCASE_RATE, size=(1280, 460))
    channels, plot = trial.view.channels, trial.layout.plot
    channels.set_color(INK)
    (panel,) = trial.layout.panels
    channels.set_span(0, "uV", panel.lane_height)  # a pixel to a count
    center = float(panel.centers[0]) - plot.y0
    count = min(plot.width // STEP, plot.height)
    wrong = 0
    for first in range(0, len(values), count):
        block = values[first : first + count]
        top = int(block[0]) + plot.height - 1  # the value of row 0: the block starts at the bottom
        channels.set_offset(center - top)
        scene = trial.scene(first * STEP / STAIRCASE_RATE, plot.width / STAIRCASE_RATE)
        middles = draw(scene)[:, STEP // 2 : STEP * len(block) : STEP, :3]
        inked = (middles == INK).all(axis=2)
        belongs = np.arange(plot.height)[:, np.newaxis] == top - block
        wrong += int((inked != belongs).any(axis=0).sum())
    return wrong


def differing_pixels(draw: Draw) -> dict[float, tuple[int, int]]:
    """Count the pixels in which `draw` and the software renderer differ.

    Returns
    -------
    dict of float to (int, int)
        By window in seconds, from some samples to all of the recording: the pixels that differ by
        more than `ROUNDING` in any component, and those that there are.
    """
    trial = noise_trial(16, WINDOWS[-1], size=(900, 600))
    found = {}
    for window in WINDOWS:
        scene = trial.scene(0.1 if window < 1 else 0.0, window)
        apart = np.abs(draw(scene).astype(np.int16) - software.render(scene)).max(axis=2)
        found[window] = int((apart > ROUNDING).sum()), apart.size
    return found
