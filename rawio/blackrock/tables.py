"""The header tables of a Blackrock recording."""

from collections.abc import Mapping

import numpy as np

from rawio.blackrock.nev_header import NevHeader
from rawio.blackrock.nsx_header import NsxHeader
from rawio.blackrock.streams import NsxStream
from rawio.errors import Warn
from rawio.header import (
    EVENT_CHANNEL_DTYPE,
    SIGNAL_BUFFER_DTYPE,
    SIGNAL_CHANNEL_DTYPE,
    SIGNAL_STREAM_DTYPE,
    UNIT_CHANNEL_DTYPE,
    table,
)
from rawio.texts import listed

LEFT_SWEEP = 10
"""Samples before the threshold crossing: Central's default, which files do not note."""


def signal_tables(
    files: Mapping[int, NsxStream], nev: NevHeader | None, warn: Warn
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return signal streams, channels and buffers.

    Parameters
    ----------
    files : mapping of int to NsxStream
        By number, in the order of the streams.
    nev : NevHeader or None
        Has the gains of an NSx 2.1.
    warn : callable
    """
    streams, channels = [], []
    for group, (number, file) in enumerate(files.items()):
        header = file.header
        streams.append({"name": f"nsx{number}", "id": str(number), "buffer_id": str(number)})
        rows = np.zeros(header.n_channels, SIGNAL_CHANNEL_DTYPE)
        rows["name"], rows["id"] = header.names, _distinct(header.ids.tolist(), number, warn)
        rows["sampling_rate"], rows["dtype"] = file.runs.sampling_rate, "int16"
        rows["units"], rows["gain"], rows["offset"] = header.units, header.gain, header.offset
        rows["stream_id"], rows["buffer_id"], rows["group_id"] = str(number), str(number), group
        if not header.stamp_bytes:
            _scale_by_nev(rows, number, header, nev, warn)
        channels.append(rows)
    buffers = [{"name": s["name"], "id": s["id"]} for s in streams]
    return (
        table(SIGNAL_STREAM_DTYPE, streams),
        np.concatenate(channels) if channels else np.empty(0, SIGNAL_CHANNEL_DTYPE),
        table(SIGNAL_BUFFER_DTYPE, buffers),
    )


def _distinct(ids: list[int], number: int, warn: Warn) -> list[str]:
    """Return electrode ids as text; where one comes again, with the place of the channel."""
    seen: set[int] = set()
    out = []
    for place, electrode in enumerate(ids):
        out.append(f"{electrode}#{place}" if electrode in seen else str(electrode))
        seen.add(electrode)
    if len(seen) < len(ids):
        warn(
            f"ns{number}: several channels are of one electrode; their ids have the place of the "
            f"channel added, such as {next(i for i in out if '#' in i)!r}."
        )
    return out


def _scale_by_nev(
    rows: np.ndarray, number: int, header: NsxHeader, nev: NevHeader | None, warn: Warn
) -> None:
    """Fill in gains and units of an NSx 2.1, which has none itself."""
    missing = []
    for row, electrode in zip(rows, header.ids.tolist(), strict=True):
        gain = None if nev is None else nev.gain(electrode)
        if gain is None:
            missing.append(electrode)
        else:
            row["gain"], row["units"] = gain, "uV"
    if missing:
        why = "there is no .nev" if nev is None else "the .nev has no header of them"
        warn(
            f"ns{number}: version 2.1 keeps its gains in the .nev, and {why}: the values of "
            f"{len(missing)} channels are shown as the numbers in the file."
        )


def unit_order(nev: NevHeader, keys: np.ndarray) -> np.ndarray:
    """Return the units in the order of the electrodes' headers, those without one behind."""
    place = {int(e): k for k, e in enumerate(nev.electrodes["electrode_id"])}
    rank = [place.get(e, len(place)) for e in keys["electrode"].tolist()]
    return np.argsort(rank, kind="stable")


def unit_table(nev: NevHeader, keys: np.ndarray, warn: Warn) -> np.ndarray:
    """Return the spike channels.

    Parameters
    ----------
    nev : NevHeader
    keys : ndarray of nev_index.KEY
        In the order of the table.
    warn : callable
    """
    rows, missing = [], set()
    for electrode, unit in zip(keys["electrode"].tolist(), keys["unit"].tolist(), strict=True):
        gain = nev.gain(electrode)
        if gain is None:
            missing.add(electrode)
        rows.append(
            {
                "name": f"ch{electrode}#{unit}",
                "id": f"Unit {1000 * electrode + unit}",
                "wf_units": "" if gain is None else "uV",
                "wf_gain": 1.0 if gain is None else gain,
                "wf_offset": 0.0,
                "wf_left_sweep": LEFT_SWEEP,
                "wf_sampling_rate": nev.waveform_rate,
            }
        )
    if missing:
        warn(
            f"{len(missing)} electrodes have spikes but no header ({listed(sorted(missing))}): "
            "their waveforms are shown as the numbers in the file."
        )
    return table(UNIT_CHANNEL_DTYPE, rows)


def event_table(names: list[str]) -> np.ndarray:
    """Return the event channels; ids are the names, which neo leaves empty."""
    return table(EVENT_CHANNEL_DTYPE, [{"name": n, "id": n, "type": b"event"} for n in names])


def signal_of_units(keys: np.ndarray, channels: np.ndarray) -> list[int | None]:
    """Return, for each unit, the row of the signal of its electrode, that of the highest rate."""
    best: dict[str, int] = {}
    rates = channels["sampling_rate"].tolist()
    for row, electrode in enumerate(channels["id"].tolist()):
        if electrode not in best or rates[row] > rates[best[electrode]]:
            best[electrode] = row
    return [best.get(str(electrode)) for electrode in keys["electrode"].tolist()]
