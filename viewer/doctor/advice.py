"""`advise`: what follows from all that was found, in sentences."""

from typing import Any

from rawio.errors import one_line
from viewer.doctor.system import GPU_VENDORS
from viewer.doctor.variables import culprits, is_unreached, said_of

FEW_PIXELS = 0.001
"""Share of pixels that may differ by how a driver rounds, before it counts as a fault."""

MESA = (
    "libegl1 libgl1 libopengl0 libegl-mesa0 libglx-mesa0 libgl1-mesa-dri",
    "brings Mesa's OpenGL",
)
XCB = (
    "libxcb-cursor0 libxkbcommon-x11-0 libxcb-icccm4 libxcb-image0 libxcb-keysyms1 "
    "libxcb-randr0 libxcb-render-util0 libxcb-shape0 libxcb-xkb1",
    "brings what Qt's windows need",
)

NO_SCREEN = ("platform plugin", "xcb-", "libxcb", "libxkbcommon")
"""Words of Qt's and the loader's where it is not OpenGL that fails."""


def advise(report: dict[str, Any]) -> dict[str, Any]:
    """Return what `auto` picks here, what is recommended, and what to do where something is amiss.

    Parameters
    ----------
    report : dict
        Of `viewer.doctor.examine.examine`.

    Returns
    -------
    dict
        ``auto`` and ``renderer`` (recommended), each ``software`` or ``gpu``; ``why``, a sentence
        about auto's pick; ``hints``, sentences; ``usable``, whether anything can draw here.
    """
    place = report["offscreen"] if report["window"] is None else report["window"]
    driver, why = place["results"].get("driver"), _why_software(report, place)
    auto = "software" if driver is None or why is not None else "gpu"
    faults = _faults(place) if auto == "gpu" else []
    usable = _draws_right(report["software"])
    if auto == "gpu" and usable and _slower(place, report["software"]):
        faults.append("The GPU draws frames more slowly than the software renderer here.")
    best = "gpu" if auto == "gpu" and not faults else "software"
    hints = [
        *report["settings"]["warnings"],
        *([] if usable else [_broken(report["software"])]),
        *faults,
        *_about_auto(report["settings"], place, auto, best),
        *_about_choice(report["settings"], best),
        *_about_pixels(place),
        *_about_windows(report),
        *_about_variables(report),
        *_about_opengl(report, place),
    ]
    return {
        "auto": auto,
        "why": why or f"The gpu renderer draws: {driver['renderer']}.",
        "renderer": best,
        "hints": hints,
        "usable": usable or best == "gpu",
    }


def _why_software(report: dict[str, Any], place: dict[str, Any]) -> str | None:
    """Return why `auto` takes the software renderer, told better than by a missing driver."""
    why: str | None = place["why_software"]
    if place is not report["window"] or "driver" in place["results"]:
        return why
    if is_unreached(place):
        return f"The software renderer draws: the display ({_screen(report)}) cannot be reached."
    if "driver" in report["offscreen"]["results"]:
        return "The software renderer draws: windows get no OpenGL here."
    return why


def _screen(report: dict[str, Any]) -> str:
    return ", ".join(report["session"]["screen"])


def _draws_right(software: dict[str, Any]) -> bool:
    decode = software["results"].get("decode")
    return decode is not None and not any(decode.values())


def _broken(software: dict[str, Any]) -> str:
    said = software["trouble"] or next(iter(software["failures"].values()), "it draws wrong values")
    return (
        f"The software renderer does not work here ({said.removesuffix('.')}): install rawscope "
        "and NumPy afresh."
    )


def _faults(place: dict[str, Any]) -> list[str]:
    """Return why a driver should not be drawn with although it is a GPU's."""
    found = []
    if place["trouble"]:
        found.append(f"OpenGL {place['trouble']}")
    found += [f"OpenGL failed at a check: {why}" for why in place["failures"].values()]
    wrong = sum(place["results"].get("decode", {}).values())
    if wrong:
        found.append(f"OpenGL draws {wrong} of {2 * 65536} values in a wrong place.")
    share = _differing(place)
    if share > FEW_PIXELS:
        found.append(f"OpenGL draws {100 * share:.2g} % of pixels unlike the software renderer.")
    return found


def _differing(place: dict[str, Any]) -> float:
    """Return the share of pixels that differ, in the picture where it is greatest."""
    pictures = place["results"].get("agreement", {}).values()
    return max((p["differing"] / p["pixels"] for p in pictures), default=0.0)


def _slower(place: dict[str, Any], software: dict[str, Any]) -> bool:
    """Return whether OpenGL took longer for each number of channels that both were timed with."""
    mine, other = place["results"].get("speed", {}), software["results"].get("speed", {})
    both = mine.keys() & other.keys()
    return bool(both) and all(mine[n]["milliseconds"] > other[n]["milliseconds"] for n in both)


def _about_auto(settings: dict[str, Any], place: dict[str, Any], auto: str, best: str) -> list[str]:
    """Return what to do where ``auto`` does not come to what is best by itself."""
    do = f'set RAWSCOPE_RENDERER=software, or write renderer = "software" into {settings["file"]}.'
    if auto != best and "renderer" not in place["failures"]:  # which windows find out themselves
        return [f"auto takes the gpu renderer all the same: {do}"]
    if place["results"].get("driver") is None and place["trouble"] and not _no_screen(place):
        return [
            f"OpenGL {place['trouble']}",
            f"auto asks the driver too and may end likewise: {do}",
        ]
    return []


def _about_choice(settings: dict[str, Any], recommended: str) -> list[str]:
    """Return what there is to say where a renderer is asked for that is not the best here."""
    if settings["renderer"] in (None, "auto", recommended):
        return []
    asked, by = settings["renderer"], settings["said_by"]
    return [f"{by} asks for the {asked} renderer; the {recommended} renderer is better here."]


def _about_pixels(place: dict[str, Any]) -> list[str]:
    share = _differing(place)
    if not 0 < share <= FEW_PIXELS:
        return []
    return [
        f"The two renderers differ in {100 * share:.2g} % of pixels, by how the driver rounds; "
        "values are right."
    ]


def _about_windows(report: dict[str, Any]) -> list[str]:
    """Return what keeps windows from opening."""
    place = report["window"]
    if place is None:
        return [
            "There is no display here, so no window opens; 'rawscope snapshot FILE -o view.png' "
            "draws without one."
        ]
    if is_unreached(place):
        names = "DISPLAY, WAYLAND_DISPLAY and XAUTHORITY"
        return [f"The display ({_screen(report)}) cannot be reached: check {names}."]
    return [_install(XCB)] if _no_screen(place) and not culprits(report) else []


def _no_screen(place: dict[str, Any]) -> bool:
    """Return whether Qt could not even reach a screen, so that OpenGL was not asked."""
    return is_unreached(place) or any(words in said_of(place) for words in NO_SCREEN)


def _about_variables(report: dict[str, Any]) -> list[str]:
    """Return what to take out of the environment before anything else is tried."""
    found = culprits(report)
    if not found:
        return []
    names = " and ".join(f"{name} (now {one_line(value)})" for name, value in found.items())
    them = "it" if len(found) == 1 else "they"
    return [f"Unset {names} and run this again: {them} may keep OpenGL from being found."]


def _about_opengl(report: dict[str, Any], place: dict[str, Any]) -> list[str]:
    """Return how to come by a GPU's OpenGL where the CPU draws it, or nothing does."""
    driver = place["results"].get("driver")
    hints = []
    nowhere = driver is None and "driver" not in report["offscreen"]["results"]
    linux = "Linux" in report["platform"]["system"]
    if nowhere and place["trouble"] is None and linux and not culprits(report):
        hints.append(_install(MESA))
    gpus = [device for device in report["graphics_devices"] if device.startswith(GPU_VENDORS)]
    elsewhere = _no_screen(place) or culprits(report)  # the reason, which is told by itself
    if place["why_software"] is None or not gpus or elsewhere:
        return hints
    there = " and ".join(gpus)
    if "LIBGL_ALWAYS_SOFTWARE" in report["environment"]:
        hints.append(f"LIBGL_ALWAYS_SOFTWARE keeps OpenGL from {there}; unset it to draw there.")
    elif report["session"]["remote"]:
        over = " and ".join(report["session"]["remote"])
        hints.append(
            f"This session goes over {over}, which does not draw by {there}; the software "
            "renderer is made for that."
        )
    else:
        hints.append(
            f"There is {there} here, which does not draw: install its driver with the OpenGL part "
            "(in a container, NVIDIA_DRIVER_CAPABILITIES=all), and plug the screen into it."
        )
    return hints


def _install(packages: tuple[str, str]) -> str:
    names, what = packages
    return f"On Debian and Ubuntu 'sudo apt-get install {names}' {what}."
