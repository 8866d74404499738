"""A report of doctor as sections of labels and values, for reading."""

from typing import Any

Section = tuple[str, list[tuple[str, str]]]
"""A heading, and pairs of label and value; of an empty label, a value without one."""

GOOD = "all right"


def sections(report: dict[str, Any]) -> list[Section]:
    """Return a report of `viewer.doctor.examine.examine` in words.

    Returns
    -------
    list of (str, list of (str, str))
        Headings, each with its labels and values.
    """
    places = {"off screen": report["offscreen"], "in windows": report["window"]}
    advice = report["recommendation"]
    return [
        ("rawscope", _program(report)),
        ("Platform", _platform(report)),
        ("Packages", [(n, v or "not installed") for n, v in report["packages"].items()]),
        ("OpenGL off screen", _opengl(report["offscreen"])),
        ("OpenGL in windows", _opengl(report["window"])),
        ("CuPy and CUDA", _cuda(report["cuda"])),
        ("Every 16-bit value", _decoding({"software": report["software"], **places})),
        ("Pixels unlike the software renderer's", _agreement(places)),
        ("Frames of 1600 x 900", _frames({"software": report["software"], **places})),
        (
            "Recommendation",
            [
                ("auto picks", advice["auto"]),
                ("", advice["why"]),
                ("best here", advice["renderer"]),
                *[("", hint) for hint in advice["hints"]],
            ],
        ),
    ]


def _program(report: dict[str, Any]) -> list[tuple[str, str]]:
    settings = report["settings"]
    there = "" if settings["exists"] else " (none there)"
    rows = [("version", report["version"]), ("settings", settings["file"] + there)]
    if settings["renderer"] is not None:
        rows.append(("renderer", f"{settings['renderer']}, says {settings['said_by']}"))
    return rows


def _platform(report: dict[str, Any]) -> list[tuple[str, str]]:
    found, session = report["platform"], report["session"]
    rows = [
        ("system", f"{found['system']} {found['kernel']} on {found['machine']}"),
        ("processor", f"{found['processor']}, {found['cores']} cores"),
    ]
    if found["memory"] is not None:
        rows.append(("memory", f"{found['memory'] / 1e9:.1f} GB"))
    rows.append(("graphics", ", ".join(report["graphics_devices"]) or "no device known"))
    rows.append(("screen", ", ".join(session["screen"]) or "none known"))
    if session["remote"]:
        rows.append(("session", f"goes over {', '.join(session['remote'])}"))
    rows.append(("Python", found["python"]))
    rows += [(name, value) for name, value in report["environment"].items()]
    return rows


def _opengl(place: dict[str, Any] | None) -> list[tuple[str, str]]:
    if place is None:
        return [("", "no display here")]
    found = place["results"]
    if "driver" not in found:
        return _amiss(place)
    driver = found["driver"]
    limits = (
        f"textures up to {driver['max_texture_size']} a side, {driver['texture_units']} at a time, "
        f"{driver['vertex_textures']} in vertex shaders; renderbuffers up to "
        f"{driver['max_renderbuffer_size']}"
    )
    return [
        ("vendor", driver["vendor"]),
        ("renderer", driver["renderer"]),
        ("version", driver["version"]),
        ("GLSL", driver["shading_language"]),
        ("limits", limits),
        ("drawn by", "the CPU" if place["software_gl"] else "a GPU"),
        *([("traces of", found["renderer"])] if "renderer" in found else []),
        *_amiss(place),
    ]


def _amiss(place: dict[str, Any]) -> list[tuple[str, str]]:
    rows = [("failed", why) for why in place["failures"].values()]
    return rows + ([("trouble", place["trouble"])] if place["trouble"] else [])


def _cuda(outcome: dict[str, Any]) -> list[tuple[str, str]]:
    found = outcome["results"].get("report")
    if found is None:
        return _amiss(outcome)
    memory = None if found["memory"] is None else f"{found['memory'] / 1e9:.1f} GB"
    rows = [
        ("CuPy", found["cupy"]),
        ("CUDA runtime", found["runtime"]),
        ("CUDA driver", found["driver"]),
        ("device", found["device"]),
        ("memory", memory),
    ]
    told = [(name, value) for name, value in rows if value is not None]
    return [*told, ("", found["problem"] or "CuPy computes here.")]


def _decoding(places: dict[str, Any]) -> list[tuple[str, str]]:
    rows = []
    for name, place in places.items():
        found = None if place is None else place["results"].get("decode")
        if found is not None:
            wrong = ", ".join(f"{n} of {t} wrong" for t, n in found.items() if n)
            rows.append((name, wrong or f"{GOOD}: 65536 of int16, 65536 of uint16"))
    return rows or [("", "not drawn")]


def _agreement(places: dict[str, Any]) -> list[tuple[str, str]]:
    rows = []
    for name, place in places.items():
        found = None if place is None else place["results"].get("agreement")
        if found is not None:
            differ = [
                f"{p['differing']} of {p['pixels']} at {window} s"
                for window, p in found.items()
                if p["differing"]
            ]
            windows = ", ".join(f"{window} s" for window in found)
            rows.append((name, "; ".join(differ) or f"none, at {windows}"))
    return rows or [("", "not drawn")]


def _frames(places: dict[str, Any]) -> list[tuple[str, str]]:
    rows = []
    for name, place in places.items():
        found = {} if place is None else place["results"].get("speed", {})
        for channels, times in found.items():
            rate = f"{times['frames_per_second']:.0f} frames/s"
            row = f"{channels} channels: {rate}, {times['milliseconds']:.1f} ms each"
            rows.append((name, row))
    return rows or [("", "not timed")]
