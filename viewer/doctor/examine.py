"""`examine`: everything that doctor finds out, as plain data."""

import os
from collections.abc import Callable
from dataclasses import asdict
from importlib import metadata
from typing import Any

from rawio import OptionError
from viewer.display import has_display
from viewer.doctor import system
from viewer.doctor.advice import advise
from viewer.doctor.children import Outcome, check_place
from viewer.doctor.variables import VARIABLES
from viewer.render.choice import ENVIRONMENT, drawn_by_cpu, said_renderer, why_software
from viewer.render.driver import Driver
from viewer.settings import Settings, load_settings, settings_path

STEPS = {
    "software": "the software renderer",
    "offscreen": "OpenGL off screen",
    "window": "OpenGL in windows",
    "cuda": "CuPy and CUDA",
}
"""Places in words."""


def examine(
    seconds: float = 1.0,
    tell: Callable[[str], None] = lambda step: None,
    check: Callable[..., Outcome] = check_place,
) -> dict[str, Any]:
    """Find out what this machine draws with, whether it draws right, and how fast.

    Parameters
    ----------
    seconds : float
        Of timing frames, for each place and number of channels; 0 leaves that out.
    tell : callable
        Called with the step that begins, in words.
    check : callable
        ``check(place, seconds)`` runs the checks of a place; see
        `viewer.doctor.children.check_place`.

    Returns
    -------
    dict
        Ready for JSON. ``window`` is None where there is no display. Never raises for what a
        driver does.
    """
    settings = load_settings()
    report: dict[str, Any] = {
        "version": metadata.version("rawscope"),
        "platform": system.platform_report(),
        "session": system.session_hints(),
        "graphics_devices": system.graphics_devices(),
        "environment": {name: os.environ[name] for name in VARIABLES if os.environ.get(name)},
        "packages": system.package_versions(),
        "settings": _settings_report(settings),
    }
    # Frames are timed in windows' own OpenGL where there is one: it may be another driver's.
    windows = has_display()
    timing = {"software": seconds, "offscreen": 0.0 if windows else seconds, "window": seconds}
    for place in ("software", "offscreen", "window"):
        if place == "window" and not windows:
            report[place] = None
            continue
        tell(STEPS[place])
        report[place] = _place_report(place, check(place, timing[place]))
    tell(STEPS["cuda"])
    report["cuda"] = asdict(check("cuda", 0.0))
    report["recommendation"] = advise(report)
    return report


def _settings_report(settings: Settings) -> dict[str, Any]:
    """Return what file, environment and both together say of the renderer."""
    path = settings_path()
    report: dict[str, Any] = {
        "file": str(path),
        "exists": path.is_file(),
        "warnings": list(settings.warnings),
        "renderer": None,
        "said_by": None,
    }
    try:
        report["renderer"] = said_renderer(None, settings)
    except OptionError as error:
        report["warnings"].append(str(error))
    if report["renderer"] is not None:
        report["said_by"] = ENVIRONMENT if os.environ.get(ENVIRONMENT) else str(path)
    return report


def _place_report(place: str, outcome: Outcome) -> dict[str, Any]:
    """Return what came of a place's checks, and what ``auto`` makes of its driver."""
    report = asdict(outcome)
    if place != "software":
        found = outcome.results.get("driver")
        driver = None if found is None else Driver(**found)
        report["why_software"] = why_software(driver)
        report["software_gl"] = None if driver is None else drawn_by_cpu(driver.renderer)
    return report
