"""Views as small JSON files: how a recording is shown, to be shown so again, by others too.

::

    {
      "format": "rawscope-view",
      "version": 1,
      "recording": {"name": "sample.plx", "channels": 8, "seconds": 10.0},
      "window": {"start": 2.0, "duration": 0.5},
      "process": "highpass:300",
      "look": {"display": "traces", "shown": "processed", "...": "..."},
      "streams": {
        "SPKC": {
          "first_lane": 0,
          "lanes_per_page": 4,
          "spans": {"mV": 0.25},
          "usual": {"gain": 2.0},
          "channels": {"5": {"visible": false}, "6": {"color": "#ff8000", "gain": 1.0}},
          "rest": [0, 0.001, 0, 0]
        }
      }
    }

Of channels, units and events, what is not said is as it is in a fresh view, or as the ``usual`` of
their stream says: a view that nobody has changed takes few lines, however many channels there are.
Else, what is not said stays as it is. Channels are known by their ids within their stream, streams,
units and event channels by their names; of several with the same name, the second is called
``name (2)``. Spans and offsets are in physical units, times in seconds on the axis of the
recording. ``spans`` are of what ``process`` makes of it, where it makes anything, and ``raw_spans``
then of the recording itself, if these are known. ``rest``, the resting levels in the order of the
file, was measured in the recording, and is left out where the view is applied to another one.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from rawio import RawIOError
from viewer.model.view_applying import apply_view
from viewer.model.view_fields import FORMAT, FieldError, checked
from viewer.model.view_saving import view_as_json
from viewer.small_files import NoSmallFileError, json_bytes, json_value, read_whole, write_whole

__all__ = ["ViewFileError", "apply_view", "load_view", "save_view", "steps_of", "view_as_json"]

MOST_BYTES = 16 << 20


class ViewFileError(RawIOError):
    """A file of a view cannot be read, written, or made sense of."""


def load_view(path: Path) -> dict[str, Any]:
    """Read a view, and check all of it.

    Returns
    -------
    dict
        For `apply_view` and `steps_of`.

    Raises
    ------
    ViewFileError
        When there is no such file, or it is no view. One sentence says why.
    """
    try:
        data = json_value(read_whole(path, MOST_BYTES))
        checked(data)
    except FileNotFoundError:
        raise ViewFileError(f"{path}: there is no such file.") from None
    except (OSError, NoSmallFileError) as error:
        raise ViewFileError(f"{path}: cannot be read ({_reason(error)}).") from None
    except (ValueError, FieldError) as error:
        raise ViewFileError(f"{path}: is no view for rawscope: {_reason(error)}.") from None
    found: dict[str, Any] = data
    return found


def save_view(path: Path, data: Mapping[str, Any]) -> None:
    """Write a view, in one step, in place of another view or of nothing.

    Raises
    ------
    ViewFileError
        When it cannot be written, or when something else is there, such as a recording.
    """
    try:
        content = read_whole(path, MOST_BYTES)
        # Chosen by mistake in a dialog, a recording would be lost.
        if content and json_value(content)["format"] != FORMAT:
            raise ValueError(FORMAT)
    except FileNotFoundError:
        pass
    except (ValueError, TypeError, KeyError, NoSmallFileError):
        raise ViewFileError(
            f"{path}: is there already and is no view; choose another name."
        ) from None
    except OSError as error:
        raise ViewFileError(f"{path}: cannot be replaced ({_reason(error)}).") from None
    try:
        write_whole(path, json_bytes(dict(data)))
    except (OSError, NoSmallFileError) as error:
        raise ViewFileError(f"{path}: cannot be written ({_reason(error)}).") from None


def steps_of(data: Mapping[str, Any]) -> str:
    """Return the processing chain of a view as text, "" where it has none."""
    steps = data.get("process", "")
    return steps if isinstance(steps, str) else ""


def _reason(error: Exception) -> str:
    return str(getattr(error, "strerror", None) or error).removesuffix(".")
