"""The user's settings: one TOML file, read when a program starts, never written.

It lies in the user's configuration folder as the platform has it (``~/.config/rawscope`` on Linux),
or in the one that ``RAWSCOPE_CONFIG_DIR`` names. What is wrong in it is said and left out: a
setting is a preference, and nothing fails for one.
"""

import os
import stat
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

from rawio.errors import one_line
from viewer.engine.budget import DEFAULT_BYTES, LEAST_BYTES
from viewer.model.theme import THEMES

ENVIRONMENT = "RAWSCOPE_CONFIG_DIR"
APPLICATION = "rawscope"
FILE_NAME = "settings.toml"

MOST_BYTES = 1 << 20
"""Of the file."""

LEAST_MEMORY = LEAST_BYTES >> 20
MOST_MEMORY = 1 << 24
"""MB; 16 TB, beyond which a number is a slip."""

CHOICES: Mapping[str, tuple[str, ...]] = {
    "renderer": ("auto", "software", "gpu"),
    "theme": tuple(THEMES),
    "order": ("probe", "file"),
}
"""Settings that are one of several words."""


@dataclass(frozen=True)
class Settings:
    """What the user prefers where no argument says otherwise.

    Attributes
    ----------
    renderer : {'auto', 'software', 'gpu'} or None
        None where the file does not say: ``auto`` for windows, ``software`` for pictures.
    theme : {'dark', 'light'}
    order : {'probe', 'file'}
        Of the channels; see `viewer.model.View`.
    memory : int
        Megabytes for tiles, textures and indexing; see `viewer.engine.budget.Budget`.
    index : bool
        Whether to keep an index of what is opened.
    warnings : tuple of str
        What in the file is left out, a sentence each.
    """

    renderer: Literal["auto", "software", "gpu"] | None = None
    theme: Literal["dark", "light"] = "dark"
    order: Literal["probe", "file"] = "probe"
    memory: int = DEFAULT_BYTES >> 20
    index: bool = True
    warnings: tuple[str, ...] = field(default=(), compare=False)

    def overridden(self, **given: Any) -> "Settings":
        """Return these settings with the values of `given` in their place, where not None."""
        return replace(self, **{key: value for key, value in given.items() if value is not None})


def settings_path() -> Path:
    """Return where the settings are kept, whether the file is there or not."""
    chosen = os.environ.get(ENVIRONMENT)
    if chosen:
        return Path(chosen) / FILE_NAME
    import platformdirs

    return Path(platformdirs.user_config_dir(APPLICATION, appauthor=False)) / FILE_NAME


def load_settings(path: Path | None = None) -> Settings:
    """Read the user's settings.

    Parameters
    ----------
    path : pathlib.Path or None
        None means that of `settings_path`.

    Returns
    -------
    Settings
        The defaults where there is no file, or none that can be read. Never raises: what is wrong
        is in ``warnings``.
    """
    path = settings_path() if path is None else path
    where = one_line(str(path))
    try:
        # Not plain UTF-8: editors of Windows put a mark before it, which is no TOML.
        found = tomllib.loads(_content(path).decode("utf-8-sig"))
    except FileNotFoundError:
        return Settings()
    except OSError as error:
        return Settings(warnings=(f"{where}: cannot be read ({error.strerror}).",))
    except _NoSettingsError as error:
        return Settings(warnings=(f"{where}: cannot be read ({error}).",))
    except (ValueError, RecursionError) as error:  # no TOML, or no UTF-8
        why = one_line(str(error)).removesuffix(".")
        return Settings(warnings=(f"{where}: is no TOML ({why}); the settings are left out.",))
    kept: dict[str, Any] = {}
    warnings = []
    for key, value in found.items():
        misfit = _misfit(key, value)
        if misfit is None:
            kept[key] = value
        else:
            warnings.append(f"{where}: {misfit}")
    return Settings(**kept, warnings=tuple(warnings))


class _NoSettingsError(Exception):
    """What lies there is not looked into, and why."""


def _content(path: Path) -> bytes:
    """Return what a file of settings holds; whatever else lies there must not keep us waiting."""
    if not stat.S_ISREG(path.stat().st_mode):
        why = "it is a folder" if path.is_dir() else "it is a device or pipe"
        raise _NoSettingsError(why)
    with path.open("rb") as file:
        content = file.read(MOST_BYTES + 1)
    if len(content) > MOST_BYTES:
        raise _NoSettingsError("it has more than 1 MB")
    return content


def _misfit(key: str, value: object) -> str | None:
    """Return what is wrong with a setting as the end of a sentence, None when it is right."""
    if key in CHOICES:
        if isinstance(value, str) and value in CHOICES[key]:
            return None
        words = " or ".join(f'"{word}"' for word in CHOICES[key])
        return f"{key} must be {words}, not {_shown(value)}."
    if key == "memory":
        # A bool is an int to Python.
        if type(value) is int and LEAST_MEMORY <= value <= MOST_MEMORY:
            return None
        limits = f"{LEAST_MEMORY} to {MOST_MEMORY}"
        return f"memory must be a whole number of megabytes, {limits}, not {_shown(value)}."
    if key == "index":
        if isinstance(value, bool):
            return None
        return f"index must be true or false, not {_shown(value)}."
    known = ", ".join(sorted((*CHOICES, "memory", "index")))
    return f"there is no setting {one_line(key)!r}; known are {known}."


def _shown(value: object) -> str:
    """Return a value in few characters, as TOML has it or nearly so."""
    if isinstance(value, bool):
        return "true" if value else "false"
    text = f'"{value}"' if isinstance(value, str) else repr(value)
    text = one_line(text)
    return text if len(text) <= 60 else text[:57] + "..."
