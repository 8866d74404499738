"""What is checked in which place, and the lines in which a child process tells of it.

A line is a JSON object: ``{"begin": CHECK}``, then ``{"done": CHECK, "result": ...}`` or
``{"failed": CHECK, "why": SENTENCE}``. Anything else on standard output is some library's.
"""

import json
import time
from collections.abc import Callable
from dataclasses import asdict
from statistics import median
from typing import Any

from rawio.errors import one_line
from viewer.doctor.places import OffscreenPlace, OpenGlPlace, Place, SoftwarePlace, WindowPlace
from viewer.render.selftest import differing_pixels, wrong_values
from viewer.render.trial import noise_trial

Check = tuple[str, Callable[[], Any]]

FRAME = (1600, 900)
"""Physical pixels of the views that are timed."""

FRAME_CHANNELS = (64, 384)
PANS = 4
LEAST_FRAMES = 3


def run_checks(place: str, seconds: float) -> None:
    """Run the checks of a place one after the other and print what they find.

    Parameters
    ----------
    place : str
        One of `CHECKS`.
    seconds : float
        Of timing frames, for each number of channels; 0 leaves that out.
    """
    for name, check in CHECKS[place](seconds):
        _tell(begin=name)
        try:
            result = check()
        except Exception as error:
            _tell(failed=name, why=_sentence(error))
            if name in ("driver", "renderer"):  # nothing can be drawn there
                return
        else:
            _tell(done=name, result=result)


def frame_times(place: Place, seconds: float) -> dict[str, dict[str, float]]:
    """Time frames of a second of noise at 30 kHz, whose tiles are at hand.

    Each frame is drawn as a whole, in turn at a few places of the recording: what a change of gain
    or a jump costs.

    Returns
    -------
    dict of str to dict
        By number of channels: ``milliseconds`` (the median), ``frames_per_second`` and ``frames``,
        how many were timed.
    """
    return {str(channels): _frame_time(place, channels, seconds) for channels in FRAME_CHANNELS}


def _frame_time(place: Place, channels: int, seconds: float) -> dict[str, float]:
    trial = noise_trial(channels, 1.5, FRAME)
    scenes = [trial.scene(0.1 * pan, 1.0) for pan in range(PANS)]
    for scene in scenes:
        place.frame(scene)  # uploads and compiles
    times: list[float] = []
    end = time.perf_counter() + seconds
    while len(times) < LEAST_FRAMES or time.perf_counter() < end:
        start = time.perf_counter()
        place.frame(scenes[len(times) % PANS])
        times.append(time.perf_counter() - start)
    middle = median(times)
    return {
        "milliseconds": round(1000 * middle, 3),
        "frames_per_second": round(1 / middle, 1),
        "frames": len(times),
    }


def _software_checks(seconds: float) -> list[Check]:
    place = SoftwarePlace()
    timing: list[Check] = [("speed", lambda: frame_times(place, seconds))] if seconds else []
    return [("decode", lambda: _decode(place)), *timing]


def _opengl_checks(place: OpenGlPlace, seconds: float) -> list[Check]:
    checks: list[Check] = [
        ("driver", lambda: asdict(place.open())),
        ("renderer", place.start),
        ("decode", lambda: _decode(place)),
        ("agreement", lambda: _agreement(place)),
    ]
    if seconds:
        checks.append(("speed", lambda: frame_times(place, seconds)))
    return checks


def _decode(place: Place) -> dict[str, int]:
    return {dtype: wrong_values(place.draw, dtype) for dtype in ("int16", "uint16")}


def _agreement(place: Place) -> dict[str, dict[str, int]]:
    return {
        f"{window:g}": {"differing": differing, "pixels": pixels}
        for window, (differing, pixels) in differing_pixels(place.draw).items()
    }


def _cuda() -> dict[str, Any]:
    from viewer.compute.choice import cupy_report

    return asdict(cupy_report())


CHECKS: dict[str, Callable[[float], list[Check]]] = {
    "software": _software_checks,
    "offscreen": lambda seconds: _opengl_checks(OffscreenPlace(), seconds),
    "window": lambda seconds: _opengl_checks(WindowPlace(), seconds),
    "cuda": lambda seconds: [("report", _cuda)],
}
"""By place: its checks, given the seconds of timing."""


def _tell(**line: Any) -> None:
    print(json.dumps(line), flush=True)


def _sentence(error: Exception) -> str:
    text = one_line(" ".join(str(error).split())) or type(error).__name__
    return text if text.endswith(".") else f"{text}."
