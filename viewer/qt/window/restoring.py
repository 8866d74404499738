"""How a view is left, as plain data, and shown so again: sessions and view files."""

from collections.abc import Mapping
from typing import Any

from rawio import RawIOError
from viewer.compute.text import chain_text, parse_chain
from viewer.model.view_file import apply_view, says_scale, steps_of, view_as_json
from viewer.qt.view.signal_view import SignalView


def view_data(view: SignalView) -> dict[str, Any]:
    """Return all that is shown of a recording, and how, as plain JSON values."""
    steps = chain_text(view.steps_wanted) if view.steps_wanted else ""
    return view_as_json(view.view, view.recorded, steps)


session_of = view_data


def restore(view: SignalView, data: Mapping[str, Any]) -> list[str]:
    """Show a recording as data say that was made by `view_data`.

    Filters are made in a thread, and are there a little later.

    Returns
    -------
    list of str
        What of the data is not applied, a sentence each.
    """
    notes = apply_view(view.view, data, view.recorded)
    text = steps_of(data)
    try:
        steps = parse_chain(text) if text else ()
    except RawIOError as error:
        return [*notes, f"The filters of the view are left out: {error}"]
    if steps != view.steps_wanted:
        view.process(steps, keep_scale=says_scale(data))
    return notes
