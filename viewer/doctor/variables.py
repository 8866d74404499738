"""Variables of the environment that change what draws, and those that may keep OpenGL away."""

from typing import Any

from viewer.render.choice import ENVIRONMENT

OF_WINDOWS = (
    *("QT_QPA_PLATFORM", "QT_XCB_GL_INTEGRATION", "PYOPENGL_PLATFORM"),
    *("QT_PLUGIN_PATH", "QT_QPA_PLATFORM_PLUGIN_PATH", "__GLX_VENDOR_LIBRARY_NAME"),
)
"""Of those that may keep OpenGL away, the ones that windows heed above all."""

OF_OPENGL = (
    *("EGL_PLATFORM", "PYOPENGL_PLATFORM", "LIBGL_DRIVERS_PATH", "LIBGL_ALWAYS_INDIRECT"),
    *("MESA_GL_VERSION_OVERRIDE", "MESA_GLSL_VERSION_OVERRIDE", "MESA_EXTENSION_OVERRIDE"),
    *("MESA_LOADER_DRIVER_OVERRIDE", "GALLIUM_DRIVER", "__NV_PRIME_RENDER_OFFLOAD"),
    *("__EGL_VENDOR_LIBRARY_FILENAMES", "__EGL_VENDOR_LIBRARY_DIRS"),
)
"""Those that may keep OpenGL away from anything."""

VARIABLES = (
    *(ENVIRONMENT, "RAWSCOPE_CONFIG_DIR", "RAWSCOPE_CACHE_DIR"),
    *dict.fromkeys((*OF_WINDOWS, *OF_OPENGL)),
    *("QT_OPENGL", "LIBGL_ALWAYS_SOFTWARE", "DRI_PRIME"),
    *("NVIDIA_DRIVER_CAPABILITIES", "CUDA_VISIBLE_DEVICES"),
)
"""Of the environment, those that change what draws."""

HARMLESS = {
    "QT_QPA_PLATFORM": ("xcb", "wayland", "wayland;xcb", "xcb;wayland"),
    "QT_XCB_GL_INTEGRATION": ("xcb_egl",),
    "PYOPENGL_PLATFORM": ("egl",),
    "EGL_PLATFORM": ("surfaceless",),
}
"""Values that are usual, or that this program sets itself."""

UNREACHED = ("could not connect to display", "Failed to create wl_display")
"""Words of Qt's where a display does not answer."""


def said_of(place: dict[str, Any]) -> str:
    """Return all that went wrong in a place of a report."""
    return " ".join(filter(None, [place["trouble"], *place["failures"].values()]))


def is_unreached(place: dict[str, Any] | None) -> bool:
    """Return whether a place is windows whose display does not answer."""
    return place is not None and any(words in said_of(place) for words in UNREACHED)


def culprits(report: dict[str, Any]) -> dict[str, str]:
    """Return the variables, with their values, that may be why OpenGL is not as it should be.

    Parameters
    ----------
    report : dict
        Of `viewer.doctor.examine.examine`.
    """
    found: dict[str, str] = {}
    window, offscreen = report["window"], report["offscreen"]
    if window is not None and _is_amiss(window) and not is_unreached(window):
        found |= _set_among(OF_WINDOWS, report)
        if not found or _is_amiss(offscreen):
            found |= _set_among(OF_OPENGL, report)
    elif _is_amiss(offscreen):
        found |= _set_among(OF_OPENGL, report)
    return found


def _is_amiss(place: dict[str, Any]) -> bool:
    """Return whether a place has no driver, or one that cannot be drawn with."""
    no_driver = place["results"].get("driver") is None
    return (
        no_driver or "renderer" in place["failures"] or "too old" in (place["why_software"] or "")
    )


def _set_among(names: tuple[str, ...], report: dict[str, Any]) -> dict[str, str]:
    there = report["environment"]
    return {n: there[n] for n in names if n in there and there[n] not in HARMLESS.get(n, ())}
