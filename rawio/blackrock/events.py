"""Events of a NEV file: digital, serial and analog inputs, comments, and what else there is."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from rawio.blackrock import layout
from rawio.blackrock.nev_header import NevHeader
from rawio.blackrock.nev_index import NevIndex, epochs_of
from rawio.blackrock.points import PointTable
from rawio.files import RawFile
from rawio.texts import listed

DIGITAL_BITS = {"digital_input_port": (0x81, 0x01), "serial_input_port": (0x81, 0x81)}
ANALOG_BITS = {f"analog_input_channel_{k}": (1 << k, 1 << k) for k in range(1, 6)}
PERIODIC_BITS = {"periodic_sampling_events": (0x40, 0x40)}
"""Which bits of a packet's reason are looked at, and what they are for an input."""

OTHERS = {
    "comments": layout.COMMENT,
    "video_sync": layout.VIDEO_SYNC,
    "tracking": layout.TRACKING,
    "button": layout.BUTTON,
    "config": layout.CONFIG,
    "reconfig": layout.RECONFIG,
    "recording": layout.RECORDING,
}
TEXT_OFFSET = {"comments": 4, "config": 0, "reconfig": 16}
"""Where in what a packet holds its text starts."""

UTF_16 = 1
BYTE = np.dtype(np.uint8)

Heads = np.ndarray


def _u16(offset: int) -> Callable[[Heads], np.ndarray]:
    return lambda heads: heads[:, offset].astype(np.int64) | heads[:, offset + 1].astype(int) << 8


def _i16(offset: int) -> Callable[[Heads], np.ndarray]:
    return lambda heads: _u16(offset)(heads).astype(np.uint16).view(np.int16)


def _u32(offset: int) -> Callable[[Heads], np.ndarray]:
    return lambda heads: _u16(offset)(heads) | _u16(offset + 2)(heads) << 16


NUMBERS: dict[str, Callable[[Heads], np.ndarray]] = {
    "digital_input_port": _u16(2),
    "serial_input_port": _u16(2),
    "periodic_sampling_events": _u16(2),
    **{f"analog_input_channel_{k}": _i16(2 + 2 * k) for k in range(1, 6)},
    "video_sync": _u32(2),  # the frame
    "tracking": _u16(2),  # the node
    "button": _u16(0),
    "config": _u16(0),
    "reconfig": _u16(0),
    "recording": _u16(0),
}
"""The number that is the label of an event; `Heads` start at the byte after the packet id."""


@dataclass(frozen=True)
class EventTable:
    """The events of a recording.

    Attributes
    ----------
    names : list of str
        Of the channels.
    points : PointTable
        A series for each channel.
    rows : ndarray of int64
        For each timestamp of `points`, which row of the index's events it is.
    left_out : list of str
        What is in none of the channels, for warnings.
    """

    names: list[str]
    points: PointTable
    rows: np.ndarray
    left_out: list[str]


def find_events(header: NevHeader, index: NevIndex) -> EventTable:
    """Sort the packets that are no spikes into event channels.

    The channels that belong to the version are there even without events, others when they have
    some.
    """
    events = index.events
    reason = np.where(events["id"] == layout.DIGITAL, events["head"][:, 0], 0)
    standard, rare = _kinds(header)
    known = np.isin(events["id"], list(OTHERS.values()))
    names, rows, starts, n_rows = [], [], [], 0
    epoch = epochs_of(index, events["packet"])
    for name in (*standard, *rare):
        if name in OTHERS:
            mine = events["id"] == OTHERS[name]
        else:
            mask, value = (DIGITAL_BITS | ANALOG_BITS | PERIODIC_BITS)[name]
            mine = (reason & mask) == value
        known |= mine
        where = np.flatnonzero(mine)
        if name in rare and not len(where):
            continue
        where = where[np.lexsort((events["tick"][where], epoch[where]))]
        bounds = np.searchsorted(epoch[where], np.arange(index.n_epochs + 1))
        names.append(name)
        rows.append(where)
        starts.append(n_rows + bounds)
        n_rows += len(where)
    all_rows = np.concatenate(rows)
    points = PointTable(events["tick"][all_rows], np.array(starts, np.int64))
    return EventTable(names, points, all_rows, _left_out(events[~known]))


def _kinds(header: NevHeader) -> tuple[list[str], list[str]]:
    """Return the names of event channels of a file's version, and of those it may have too."""
    if header.is_old:
        return [*DIGITAL_BITS, *ANALOG_BITS, *PERIODIC_BITS], list(OTHERS)
    return [*DIGITAL_BITS, "comments"], [*PERIODIC_BITS, *(o for o in OTHERS if o != "comments")]


def _left_out(events: np.ndarray) -> list[str]:
    inputs = events["id"] == layout.DIGITAL
    out = []
    if inputs.any():
        reasons = np.unique(events["head"][inputs, 0]).tolist()
        out.append(f"{np.count_nonzero(inputs)} inputs of unknown reasons ({listed(reasons)})")
    if not inputs.all():
        ids = np.unique(events["id"][~inputs]).tolist()
        out.append(f"{np.count_nonzero(~inputs)} packets of unknown kinds ({listed(ids)})")
    return out


def labels_of(name: str, events: np.ndarray, file: RawFile, header: NevHeader) -> np.ndarray:
    """Return the labels of events of one channel.

    Parameters
    ----------
    name : str
        Of the channel.
    events : ndarray of nev_scan.EVENT
    file : RawFile
        Texts are read from it.
    header : NevHeader

    Returns
    -------
    ndarray of str
        The value of an input, the text of a comment or change, the number of a video frame or of
        a tracked node, and of others the code they have.
    """
    numbers = NUMBERS[name](events["head"]).astype("U11") if name in NUMBERS else None
    if name not in TEXT_OFFSET or not len(events):
        return np.empty(0, "U1") if numbers is None else numbers
    start = min(header.payload + TEXT_OFFSET[name], header.packet_bytes)
    texts_of = header.part_of_packets(file, start, header.packet_bytes - start, BYTE)
    raw = texts_of.pick(events["packet"])
    wide = (events["head"][:, 0] == UTF_16) & (name == "comments")
    texts = [_text(row.tobytes(), bool(w)) for row, w in zip(raw, wide, strict=True)]
    if numbers is not None:
        texts = [text or number for text, number in zip(texts, numbers.tolist(), strict=True)]
    return np.array(texts, dtype="U")


def _text(raw: bytes, wide: bool) -> str:
    if not wide:
        return layout.text(raw)
    text = raw[: len(raw) // 2 * 2].decode("utf-16-le", errors="replace")
    return text.removeprefix("\N{ZERO WIDTH NO-BREAK SPACE}").split("\0", 1)[0]
