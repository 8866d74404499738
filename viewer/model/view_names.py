"""By which names a saved view knows streams, channels, units: the recording's own, told apart."""

from collections.abc import Iterable

from viewer.model.channels import Channels

UNNAMED = "unnamed"


def told_apart(labels: Iterable[str]) -> list[str]:
    """Return a name for each label, no two the same: the second ``a`` is ``a (2)``."""
    names: dict[str, None] = {}
    counts: dict[str, int] = {}
    for label in labels:
        name = label = label or UNNAMED
        while name in names:
            counts[label] = counts.get(label, 1) + 1
            name = f"{label} ({counts[label]})"
        names[name] = None
    return list(names)


def stream_names(channels: Channels) -> dict[int, str]:
    """Return a name for each stream that has channels."""
    names = {info.stream: info.stream_name for info in channels.infos}
    streams = sorted(names)
    return dict(zip(streams, told_apart(names[stream] for stream in streams), strict=True))


def channel_names(channels: Channels) -> list[str]:
    """Return a name for each row: its id, told apart from the others of its stream."""
    names = [""] * len(channels)
    for stream in stream_names(channels):
        rows = [row for row, info in enumerate(channels.infos) if info.stream == stream]
        told = told_apart(channels.infos[row].id for row in rows)
        for row, name in zip(rows, told, strict=True):
            names[row] = name
    return names
