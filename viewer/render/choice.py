"""Which renderer draws: what was asked for, and what ``auto`` makes of the driver.

What an argument says comes first, then the environment variable ``RAWSCOPE_RENDERER``, then the
user's settings (`viewer.settings`). Where all are silent, or say ``auto``, the driver decides: an
OpenGL that the CPU draws, as remote desktops and virtual machines offer it, works but is slower
than the software renderer.
"""

import logging
import os
import re
from collections.abc import Mapping
from typing import Literal, cast

from rawio import OptionError
from rawio.errors import one_line
from viewer.render.driver import Driver, current_driver
from viewer.settings import CHOICES, Settings, load_settings

log = logging.getLogger("viewer")

Renderer = Literal["auto", "software", "gpu"]
Drawer = Literal["software", "gpu"]

ENVIRONMENT = "RAWSCOPE_RENDERER"

CPU_RENDERER = re.compile(
    r"llvmpipe|softpipe|lavapipe|swrast|swiftshader|software"  # Mesa's, Google's; "software" also
    r"|basic render|gdi generic|\bwarp\b|\bswr\b"  # Apple's; Microsoft's; Intel's OpenSWR
    r"|mesa x11|mesa offscreen",  # Mesa of old
    re.IGNORECASE,
)
"""In the renderer's name. Layers over a driver (zink, virgl, D3D12, ANGLE) name that one too."""

FIRST_USABLE_VERSION = (2, 1)
"""Of OpenGL; its GLSL is 1.20. Calls that GLX sends to another machine mostly stop at 1.4."""


def said_renderer(given: str | None = None, settings: Settings | None = None) -> Renderer | None:
    """Return the renderer that an argument, the environment or the settings ask for.

    Parameters
    ----------
    given : str or None
        The argument; None where there is none.
    settings : viewer.settings.Settings or None
        None reads the user's, and logs what is wrong in them.

    Returns
    -------
    {'auto', 'software', 'gpu'} or None
        None where nothing is said.

    Raises
    ------
    OptionError
        When the argument or the environment variable is no renderer.
    """
    known = CHOICES["renderer"]
    if given is not None:
        if given not in known:
            raise OptionError(f"renderer {given!r} is not one of {', '.join(known)}.")
        return cast(Renderer, given)
    named = os.environ.get(ENVIRONMENT, "")
    if named:
        if named not in known:
            raise OptionError(
                f"the environment variable {ENVIRONMENT} is {named!r}, not one of "
                f"{', '.join(known)}."
            )
        return cast(Renderer, named)
    if settings is None:
        settings = load_settings()
        for warning in settings.warnings:
            log.warning(warning)
    return settings.renderer


def chosen_renderer(given: str | None = None, settings: Settings | None = None) -> Renderer:
    """Return the renderer for a window: what `said_renderer` finds, else ``auto``.

    Raises
    ------
    OptionError
        As `said_renderer`.
    """
    return said_renderer(given, settings) or "auto"


def offscreen_renderer(
    given: str | None = None, settings: Settings | None = None
) -> tuple[Drawer, str | None]:
    """Return the renderer for a picture without a window, and what there is to say about it.

    Where nothing is said it is the software renderer: for a single picture it is the quicker one
    anywhere, since it needs no context. Only the argument insists on OpenGL; a preference that
    cannot be had is told, and the picture drawn all the same.

    Returns
    -------
    {'software', 'gpu'}
    str or None
        A sentence where a preference for OpenGL is not followed.

    Raises
    ------
    OptionError
        As `said_renderer`.
    """
    said = said_renderer(given, settings) or "software"
    if said == "software":
        return "software", None
    if given == "gpu":
        return "gpu", None
    from viewer.render import headless

    try:
        headless.context()
        driver = current_driver()
    except headless.GpuUnavailableError as error:
        preferred = f"the software renderer draws, not the gpu renderer: {error}"
        return "software", preferred if said == "gpu" else None
    return "gpu" if said == "gpu" or why_software(driver) is None else "software", None


def why_software(driver: Driver | None, environ: Mapping[str, str] = os.environ) -> str | None:
    """Return why ``auto`` takes the software renderer, or None when it takes OpenGL.

    Parameters
    ----------
    driver : Driver or None
        None where there is no OpenGL.
    environ : mapping
        Mesa's ``LIBGL_ALWAYS_SOFTWARE`` is heeded: whoever sets it wants no GPU.

    Returns
    -------
    str or None
        A sentence.
    """
    if driver is None:
        return "The software renderer draws: there is no OpenGL here."
    name = one_line(driver.renderer) or "a driver without a name"
    if drawn_by_cpu(driver.renderer):
        return f"The software renderer draws: the CPU would draw OpenGL here, slower ({name})."
    if environ.get("LIBGL_ALWAYS_SOFTWARE", "").lower() in ("1", "true", "yes", "y"):
        return "The software renderer draws: LIBGL_ALWAYS_SOFTWARE is set here."
    if driver.indirect or "mesa glx indirect" in driver.renderer.lower():
        return f"The software renderer draws: OpenGL goes through a slow connection here ({name})."
    if version_of(driver) < FIRST_USABLE_VERSION:
        version = one_line(driver.version) or "unknown"
        return f"The software renderer draws: OpenGL {version} is too old ({name})."
    if driver.vertex_textures < 1:
        return f"The software renderer draws: no vertex shader reads textures here ({name})."
    return None


def drawn_by_cpu(renderer: str) -> bool:
    """Return whether a driver of this name draws by the CPU.

    Parameters
    ----------
    renderer : str
        Of ``GL_RENDERER``. Those of GPUs may speak of LLVM, by which Mesa compiles their shaders.
    """
    return CPU_RENDERER.search(renderer) is not None


def version_of(driver: Driver) -> tuple[int, int]:
    """Return major and minor version of OpenGL, (0, 0) where the driver names none.

    OpenGL ES, which our shaders are not written for, counts as none.
    """
    found = re.match(r"(\d+)\.(\d+)", driver.version)
    return (int(found[1]), int(found[2])) if found else (0, 0)
