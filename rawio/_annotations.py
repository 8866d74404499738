"""The annotation tree of a recording, derived from its header."""

from typing import Any

from rawio.header import Header


def annotations_of(header: Header, file_origin: str) -> dict[str, Any]:
    """Return the tree of blocks, segments and their signals, units and events.

    Every node is a dict of its own, so annotating one segment leaves the others alone.
    """
    return {
        "blocks": [
            {
                "file_origin": file_origin,
                "segments": [_segment(header, file_origin) for _ in range(n_segments)],
            }
            for n_segments in header["nb_segment"]
        ],
        "signal_channels": [_names(row) for row in header["signal_channels"]],
        "unit_channels": [_names(row) for row in header["unit_channels"]],
        "event_channels": [_names(row) for row in header["event_channels"]],
    }


def describe_annotations(tree: dict[str, Any], indent: str = "") -> str:
    """Return the tree as indented lines."""
    lines = []
    for key, value in tree.items():
        if isinstance(value, list) and value and isinstance(value[0], dict):
            for index, item in enumerate(value):
                lines += [f"{indent}{key} {index}", describe_annotations(item, indent + "  ")]
        elif isinstance(value, dict):
            lines += [f"{indent}{key}", describe_annotations(value, indent + "  ")]
        else:
            lines.append(f"{indent}{key}: {value}")
    return "\n".join(lines)


def _segment(header: Header, file_origin: str) -> dict[str, Any]:
    signals = []
    for stream in header["signal_streams"]:
        rows = header["signal_channels"][header["signal_channels"]["stream_id"] == stream["id"]]
        signals.append(
            {
                "name": str(stream["name"]),
                "stream_id": str(stream["id"]),
                "file_origin": file_origin,
                "__array_annotations__": {
                    "channel_names": rows["name"].copy(),
                    "channel_ids": rows["id"].copy(),
                },
            }
        )
    more = {"file_origin": file_origin}
    units = [_names(row) | more | {"__array_annotations__": {}} for row in header["unit_channels"]]
    events = [
        _names(row) | more | {"__array_annotations__": {}} for row in header["event_channels"]
    ]
    return {
        "file_origin": file_origin,
        "signals": signals,
        "units": [_names(row) for row in header["unit_channels"]],
        "spikes": units,
        "events": events,
    }


def _names(row: Any) -> dict[str, Any]:
    return {"name": str(row["name"]), "id": str(row["id"])}
