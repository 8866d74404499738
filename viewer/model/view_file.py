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

__all__ = [
    "ViewFileError",
    "apply_view",
    "load_view",
    "save_view",
    "says_scale",
    "steps_of",
    "view_as_json",
    "with_steps",
]

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


def with_steps(data: Mapping[str, Any], steps: str) -> dict[str, Any]:
    """Return a view with other steps than its own, such as those that an option says.

    How much fills a lane of what its own steps make, and where that rests, is left out: what other
    steps make is of another size. Nor does it show the recording below alone, where nobody would
    see the steps.
    """
    view, own, look = {**data, "process": steps}, steps_of(data), data.get("look")
    if isinstance(look, Mapping) and look.get("shown") == "raw":
        view["look"] = {name: value for name, value in look.items() if name != "shown"}
    if steps != own:
        streams = _streams_of(data)
        as_recorded = not own and not any("raw_spans" in said for said in streams.values())
        view["streams"] = {name: _of_recording(s, as_recorded) for name, s in streams.items()}
    return view


def says_scale(data: Mapping[str, Any]) -> bool:
    """Return whether a view says of any stream how much fills a lane."""
    return any("spans" in said for said in _streams_of(data).values())


def _streams_of(data: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    """Return what a view says of streams, as far as it makes sense: nobody has checked it yet."""
    streams = data.get("streams")
    found = streams.items() if isinstance(streams, Mapping) else ()
    return {name: said for name, said in found if isinstance(said, Mapping)}


def _of_recording(said: Mapping[str, Any], as_recorded: bool) -> dict[str, Any]:
    """Return what holds of a stream whatever its steps are; `as_recorded`: it has none."""
    kept = {name: value for name, value in said.items() if name not in ("spans", "rest")}
    return {**kept, "raw_spans": said["spans"]} if as_recorded and "spans" in said else kept


def _reason(error: Exception) -> str:
    return str(getattr(error, "strerror", None) or error).removesuffix(".")
