"""The user's settings: one TOML file, read when a program starts, and changed a line at a time.

It lies in the user's configuration folder as the platform has it (``~/.config/rawscope`` on Linux),
or in the one that ``RAWSCOPE_CONFIG_DIR`` names. What is wrong in it is said and left out: a
setting is a preference, and nothing fails for one. The file is the user's own: what a program
changes in it leaves comments and order as they are, and one that is no TOML alone.
"""

import codecs
import os
import threading
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

from rawio.errors import OptionError, RawIOError, one_line
from rawio.texts import shown
from viewer.engine.budget import DEFAULT_BYTES, LEAST_BYTES
from viewer.model.theme import THEMES
from viewer.small_files import NoSmallFileError, read_whole, write_whole

ENVIRONMENT = "RAWSCOPE_CONFIG_DIR"
APPLICATION = "rawscope"
FILE_NAME = "settings.toml"

MOST_BYTES = 1 << 20
"""Of the file."""

LEAST_MEMORY = LEAST_BYTES >> 20
MOST_MEMORY = 1 << 24
"""MB; 16 TB, beyond which a number is a slip."""

HEADING = "# Settings of rawscope; all of them are optional.\n"
"""Of a file that is made anew."""

WHEEL = ("time", "zoom", "gain", "channels")

CHOICES: Mapping[str, tuple[str, ...]] = {
    "renderer": ("auto", "software", "gpu"),
    "theme": ("system", *THEMES),
    "order": ("probe", "file"),
    "time": ("seconds", "clock", "samples"),
    "scroll": WHEEL,
    "scroll_ctrl": WHEEL,
    "scroll_shift": WHEEL,
    "scroll_alt": WHEEL,
}
"""Settings that are one of several words."""

SWITCHES = ("index", "restore")
"""Settings that are true or false."""

Theme = Literal["system", "dark", "light"]
Wheel = Literal["time", "zoom", "gain", "channels"]


_writing = threading.Lock()
"""Held from reading the file to writing it: of two changes at one moment neither is lost."""


class SettingsError(RawIOError):
    """Settings cannot be kept: the file there is no TOML, or cannot be written."""


@dataclass(frozen=True)
class Settings:
    """What the user prefers where no argument says otherwise.

    Attributes
    ----------
    renderer : {'auto', 'software', 'gpu'} or None
        None where the file does not say: ``auto`` for windows, ``software`` for pictures.
    theme : {'system', 'dark', 'light'}
        ``system`` is what the desktop prefers; windows ask it.
    order : {'probe', 'file'}
        Of the channels; see `viewer.model.View`.
    time : {'seconds', 'clock', 'samples'}
        How the time axis counts; see `viewer.model.View`.
    scroll, scroll_ctrl, scroll_shift, scroll_alt : {'time', 'zoom', 'gain', 'channels'}
        What the mouse wheel changes by itself, and with a key held.
    memory : int
        Megabytes for tiles, textures and indexing; see `viewer.engine.budget.Budget`.
    index : bool
        Whether to keep an index of what is opened.
    restore : bool
        Whether a recording is shown as it was left.
    warnings : tuple of str
        What in the file is left out, a sentence each.
    """

    renderer: Literal["auto", "software", "gpu"] | None = None
    theme: Theme = "system"
    order: Literal["probe", "file"] = "probe"
    time: Literal["seconds", "clock", "samples"] = "seconds"
    scroll: Wheel = "time"
    scroll_ctrl: Wheel = "zoom"
    scroll_shift: Wheel = "channels"
    scroll_alt: Wheel = "gain"
    memory: int = DEFAULT_BYTES >> 20
    index: bool = True
    restore: bool = True
    warnings: tuple[str, ...] = field(default=(), compare=False)

    @property
    def picture_theme(self) -> Literal["dark", "light"]:
        """The theme of pictures, which are drawn where there may be no desktop to ask: dark."""
        return "dark" if self.theme == "system" else self.theme

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
        found = tomllib.loads(_text(path)[1])
    except FileNotFoundError:
        return Settings()
    except OSError as error:
        return Settings(warnings=(f"{where}: cannot be read ({error.strerror}).",))
    except NoSmallFileError as error:
        return Settings(warnings=(f"{where}: cannot be read ({error}).",))
    except (ValueError, RecursionError) as error:  # no TOML, or no UTF-8
        return Settings(warnings=(f"{where}: {_no_toml(error)}; the settings are left out.",))
    kept: dict[str, Any] = {}
    warnings = []
    for key, value in found.items():
        misfit = _misfit(key, value)
        if misfit is None:
            kept[key] = value
        else:
            warnings.append(f"{where}: {misfit}")
    return Settings(**kept, warnings=tuple(warnings))


def save_settings(changes: Mapping[str, Any], path: Path | None = None) -> None:
    """Write settings into the user's file, which keeps its comments, its order and all else.

    Parameters
    ----------
    changes : mapping of str to value
        New values by the names that `Settings` has for them. None takes a setting out of the file,
        so that what is built in counts.
    path : pathlib.Path or None
        None means that of `settings_path`. Folder and file are made where they are not there.

    Raises
    ------
    OptionError
        When there is no such setting, or no such value of it. Nothing is written then.
    SettingsError
        When what is there is no TOML and would be lost, or cannot be read or written.
    """
    for key, value in changes.items():
        misfit = _misfit(key, value) if value is not None or key not in _known() else None
        if misfit is not None:
            raise OptionError(misfit)
    path = settings_path() if path is None else path
    try:
        with _writing:
            _write(path, changes)
    except (OSError, NoSmallFileError) as error:
        why = getattr(error, "strerror", None) or error
        raise SettingsError(f"{path}: settings cannot be kept there ({why}).") from None
    except (ValueError, RecursionError) as error:
        raise SettingsError(
            f"{path}: {_no_toml(error)}; it is left as it is, and the settings are not kept."
        ) from None


def _write(path: Path, changes: Mapping[str, Any]) -> None:
    try:
        mark, text = _text(path)
    except FileNotFoundError:
        mark, text = b"", HEADING
    found = tomllib.loads(text)
    # By their text: 1 is not true here, and a number that is none equals itself.
    changed = {key: new for key, new in changes.items() if repr(new) != repr(found.get(key))}
    if not changed:
        return
    new = _edited(text, changed)
    # Two parsers have to agree on what the file says now before it takes the old one's place.
    wanted = {key: value for key, value in (found | changed).items() if value is not None}
    if _facts(tomllib.loads(new)) != _facts(wanted):
        raise ValueError("it is written in an unusual way")
    path.parent.mkdir(parents=True, exist_ok=True)
    write_whole(path, mark + new.encode())


def _edited(text: str, changes: Mapping[str, Any]) -> str:
    import tomlkit  # only where settings are changed
    from tomlkit.exceptions import TOMLKitError

    try:
        document = tomlkit.parse(text)
        for key, value in changes.items():
            if value is None:
                document.remove(key)
            else:
                document[key] = value
        new = tomlkit.dumps(document)
    except TOMLKitError as error:
        raise ValueError(str(error)) from None
    if "\r\n" in text and "\n" not in text.replace("\r\n", ""):  # an editor of Windows
        new = new.replace("\r\n", "\n").replace("\n", "\r\n")
    return new


def _facts(table: Mapping[str, Any]) -> str:
    return repr(sorted(table.items()))


def _text(path: Path) -> tuple[bytes, str]:
    """Return the mark that editors of Windows put before UTF-8, which is no TOML, and the text."""
    content = read_whole(path, MOST_BYTES)
    mark = codecs.BOM_UTF8 if content.startswith(codecs.BOM_UTF8) else b""
    return mark, content[len(mark) :].decode()


def _no_toml(error: Exception) -> str:
    return f"is no TOML ({one_line(str(error)).removesuffix('.')})"


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
    if key in SWITCHES:
        if isinstance(value, bool):
            return None
        return f"{key} must be true or false, not {_shown(value)}."
    return f"there is no setting {shown(key)}; known are {', '.join(_known())}."


def _known() -> list[str]:
    return sorted((*CHOICES, *SWITCHES, "memory"))


def _shown(value: object) -> str:
    """Return a value in few characters, as TOML has it or nearly so."""
    if isinstance(value, bool):
        return "true" if value else "false"
    text = f'"{value}"' if isinstance(value, str) else repr(value)
    text = one_line(text)
    return text if len(text) <= 60 else text[:57] + "..."
