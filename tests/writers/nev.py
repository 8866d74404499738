"""Write Blackrock NEV files, the spikes and events, byte by byte.

Made from the layout of the format alone and sharing nothing with the reader. Little-endian::

    basic header       336 bytes
    extended headers    32 bytes each: what it is in 8 letters, then 24 bytes
    data packets       all of one size: timestamp (u32; u64 in 3.0), packet id (u16), two bytes,
                       and from byte 8 (12 in 3.0) on what the kind of packet wants

A packet id of 0 is a digital or analog input, 1 to 16384 a spike of that electrode, and what is
over 0xFFF0 a comment, a video frame and so on. Packets are written in exactly the order given::

    wave = np.arange(48, dtype=np.int16)
    truth = write_nev(
        "a.nev",
        [Spike(300, 5, 1, wave), Digital(310, 77), Comment(320, "right"), RESTART, Spike(2, 5)],
        [Electrode(5, digitization_factor=250), Label(5, "elec5")],
        Header(version="3.0"),
    )
    truth.spikes(5, 1).ticks, truth.spikes(5, 1).waveforms, truth.gain(5)   # uV a bit
    truth.events("comments").ticks, truth.events("comments").labels
    truth.events("comments").epochs               # how often the clock was reset before

Every field has a name. `RawExtended`, `RawPacket`, the header's ``overrides`` and ``tail`` write
what should not be there.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from tests.writers.nev_headers import (
    DigitalLabel,
    Electrode,
    Extended,
    Filter,
    Header,
    Label,
    Nsas,
    RawExtended,
    Text,
    Trackable,
    VideoSource,
    pack_headers,
)
from tests.writers.nev_packets import (
    RESTART,
    Button,
    Comment,
    Config,
    Digital,
    Packet,
    RawPacket,
    Reconfig,
    Recording,
    Spike,
    Tracking,
    VideoSync,
    pack_packet,
    waveform_format,
)

Array = npt.NDArray[Any]
RESTART_BODY = RESTART.body(Header(), None)

__all__ = [
    "EVENTS",
    "REASONS",
    "RESTART",
    "Button",
    "Comment",
    "Config",
    "Digital",
    "DigitalLabel",
    "Electrode",
    "Filter",
    "Header",
    "Label",
    "Nsas",
    "Points",
    "RawExtended",
    "RawPacket",
    "Reconfig",
    "Recording",
    "Spike",
    "Text",
    "Trackable",
    "Tracking",
    "Truth",
    "VideoSource",
    "VideoSync",
    "random_spikes",
    "write_nev",
]

REASONS = {  # bits of a digital packet
    "digital_input_port": 0x01,
    **{f"analog_input_channel_{k}": 1 << k for k in range(1, 6)},  # 2.1 and 2.2
    "periodic_sampling_events": 0x40,
    "serial_input_port": 0x81,
}
EVENTS: dict[str, type] = {  # other kinds of events
    "comments": Comment,
    "video_sync": VideoSync,
    "tracking": Tracking,
    "button": Button,
    "config": Config,
    "reconfig": Reconfig,
    "recording": Recording,
}


@dataclass(frozen=True, eq=False)
class Points:
    """Spikes or events, in the order of the file.

    Attributes
    ----------
    ticks : numpy.ndarray
        uint64.
    epochs : numpy.ndarray
        As of `Truth`.
    packets : list of Packet
    labels : list of str
        Of digital, serial, analog and periodic inputs the value, of comments the text; else "".
    waveforms : numpy.ndarray
        (spike, 1, point), of the file's own dtype; without points for events.
    """

    ticks: npt.NDArray[np.uint64]
    epochs: npt.NDArray[np.int64]
    packets: list[Packet]
    labels: list[str]
    waveforms: Array

    def in_order(self) -> "Points":
        """Return them by epoch and then by tick, at equal ticks in the order of the file."""
        order = np.lexsort((self.ticks, self.epochs))
        return Points(
            self.ticks[order],
            self.epochs[order],
            [self.packets[k] for k in order],
            [self.labels[k] for k in order],
            self.waveforms[order],
        )


@dataclass(frozen=True, eq=False)
class Truth:
    """What a file holds; `starts` are the packets' offsets, then that of the end."""

    header: Header
    extended: list[Extended]
    packets: list[Packet]
    starts: npt.NDArray[np.int64]

    @property
    def electrodes(self) -> dict[int, Electrode]:
        """The NEUEVWAV headers by electrode id."""
        return {e.electrode_id: e for e in self.extended if isinstance(e, Electrode)}

    @cached_property
    def epochs(self) -> npt.NDArray[np.int64]:
        """How many comments like `RESTART` came before each packet or are the packet."""
        return np.cumsum([is_restart(p) for p in self.packets], dtype=np.int64)

    @property
    def units(self) -> list[tuple[int, int]]:
        """Every (electrode, unit) that has a spike, sorted."""
        return sorted({(p.electrode, p.unit) for p in self.packets if isinstance(p, Spike)})

    def gain(self, electrode: int) -> float:
        """Return the microvolts a bit of an electrode's waveforms."""
        return self.electrodes[electrode].gain

    def seconds(self, ticks: npt.ArrayLike) -> npt.NDArray[np.float64]:
        """Return timestamps as seconds."""
        return np.asarray(ticks, np.float64) / self.header.timestamp_resolution

    def spikes(self, electrode: int, unit: int) -> Points:
        """Return the spikes of one unit of an electrode."""
        found = {
            k: ""
            for k, p in enumerate(self.packets)
            if isinstance(p, Spike) and (p.electrode, p.unit) == (electrode, unit)
        }
        return self._points(found, electrode)

    def events(self, kind: str) -> Points:
        """Return the events of one kind: a key of `REASONS` or of `EVENTS`."""
        found = {}
        for k, p in enumerate(self.packets):
            if isinstance(p, Digital) and _has_reason(p.reason, kind, self.header.version):
                analog = kind.startswith("analog")
                found[k] = str(p.analog[int(kind[-1]) - 1] if analog else p.value)
            elif kind in EVENTS and isinstance(p, EVENTS[kind]):
                found[k] = p.label if isinstance(p, Comment) else ""
        return self._points(found)

    def _points(self, found: Mapping[int, str], electrode: int | None = None) -> Points:
        which = np.fromiter(found, np.int64)
        packets = [self.packets[k] for k in which]
        dtype, size = np.dtype(np.int16), 0
        if electrode is not None:
            dtype, size = waveform_format(self.header, self.electrodes.get(electrode))
        waveforms = np.zeros((len(which), 1, size), dtype)
        for row, p in zip(waveforms, packets, strict=True):
            if isinstance(p, Spike) and p.waveform is not None:
                row[0, : len(p.waveform)] = p.waveform[:size]
        ticks = np.array([p.timestamp for p in packets], np.uint64)
        return Points(ticks, self.epochs[which], packets, list(found.values()), waveforms)


def is_restart(packet: Packet) -> bool:
    """Return whether this is the comment that says that the clock was set back."""
    return isinstance(packet, Comment) and packet.body(Header(), None) == RESTART_BODY


def _has_reason(reason: int, kind: str, version: str) -> bool:
    if kind not in REASONS or (version >= "2.3" and kind.startswith("analog")):
        return False
    if kind == "digital_input_port":
        return reason & 0x81 == 0x01
    return reason & REASONS[kind] == REASONS[kind]


def write_nev(
    path: Path | str,
    packets: Iterable[Packet] = (),
    extended: Sequence[Extended] = (),
    header: Header | None = None,
    tail: bytes = b"",
) -> Truth:
    """Write a file, headers and packets in exactly the order given.

    Parameters
    ----------
    path : path-like
    packets : iterable of Packet
    extended : sequence of Extended
    header : Header, optional
    tail : bytes
        Written after the last packet, for files that end badly.

    Returns
    -------
    Truth
    """
    header = Header() if header is None else header
    packets = list(packets)
    head = pack_headers(header, extended)
    electrodes = {e.electrode_id: e for e in extended if isinstance(e, Electrode)}
    with Path(path).open("wb") as file:
        file.write(head)
        for p in packets:
            file.write(pack_packet(p, header, electrodes.get(p.packet_id)))
        file.write(tail)
    starts = len(head) + header.packet_bytes * np.arange(len(packets) + 1)
    return Truth(header, list(extended), packets, starts)


def random_spikes(
    n: int,
    electrodes: Sequence[int],
    *,
    units: Sequence[int] = (0, 1, 2, 255),
    first_tick: int = 0,
    last_tick: int = 300_000,
    n_points: int = 48,
    peak: int = 2000,
    disorder: int = 0,
    seed: int = 0,
) -> list[Spike]:
    """Return spikes of random electrodes, units, times and waveforms.

    They are in order of time but for `disorder`: each may stand where it would if it had come up
    to so many ticks earlier or later. Samples are between -`peak` and `peak`.
    """
    rng = np.random.default_rng(seed)
    ticks = np.sort(rng.integers(first_tick, last_tick, n))
    ticks = ticks[np.argsort(ticks + rng.integers(-disorder, disorder, n, endpoint=True))]
    waveforms = rng.integers(-peak, peak, (n, n_points), endpoint=True)
    columns = (ticks.tolist(), rng.choice(electrodes, n).tolist(), rng.choice(units, n).tolist())
    return [Spike(*row) for row in zip(*columns, waveforms, strict=True)]
