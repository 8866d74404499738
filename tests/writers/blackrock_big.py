"""Write large Blackrock files in seconds, for benchmarks.

The same bytes as `tests.writers.nsx` and `tests.writers.nev` would write, many packets at a time::

    truth = write_big_nev("big.nev")             # 3 million packets of 96 electrodes, 312 MB
    truth = write_many_packets("many.ns5")       # 20 000 packets of 30 samples, 39 MB
    truth = write_big_ptp("ptp.ns6")             # 6 million packets of one sample, 462 MB
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from tests.writers import nev, nsx
from tests.writers.nev_headers import pack_headers

PACKETS_AT_A_TIME = 1 << 16  # bounds the memory of writing
PERIOD = 65_521  # after so many samples or spikes the data repeats; prime, so that blocks differ
STEP = 997  # how much further along the bank each channel starts

IntArray = npt.NDArray[np.int64]
Int16Array = npt.NDArray[np.int16]


@dataclass(frozen=True, eq=False)
class BigNev:
    """A large file of spikes and, if asked, digital inputs; one row a packet, in order of time.

    Attributes
    ----------
    header : nev.Header
    ticks : numpy.ndarray
        uint64.
    ids : numpy.ndarray
        uint16: electrodes, 0 for a digital input.
    classes : numpy.ndarray
        uint8: units, 1 (the reason) for a digital input.
    wave_bank : numpy.ndarray
        (PERIOD, point); what waveforms are taken from.
    """

    header: nev.Header
    ticks: npt.NDArray[np.uint64]
    ids: npt.NDArray[np.uint16]
    classes: npt.NDArray[np.uint8]
    wave_bank: Int16Array

    def rows(self, electrode: int, unit: int) -> IntArray:
        """Return the packets of one unit of an electrode; (0, 1) are the digital inputs."""
        return np.flatnonzero((self.ids == electrode) & (self.classes == unit))

    def waveforms(self, rows: npt.ArrayLike) -> Int16Array:
        """Return the (spike, 1, point) waveforms of these packets."""
        return self.wave_bank[np.asarray(rows) % PERIOD][:, None, :]

    def values(self, rows: npt.ArrayLike) -> npt.NDArray[np.uint16]:
        """Return the values of these digital inputs."""
        return (np.asarray(rows) % 65_536).astype(np.uint16)

    def records(self, rows: IntArray) -> npt.NDArray[Any]:
        """Return these packets as they stand in the file."""
        stamp = "<u4" if self.header.timestamp_bytes == 4 else "<u8"
        fields = [("tick", stamp), ("id", "<u2"), ("class", "u1"), ("reserved", "u1")]
        out = np.zeros(len(rows), [*fields, ("wave", "<i2", (self.wave_bank.shape[1],))])
        out["tick"], out["id"], out["class"] = self.ticks[rows], self.ids[rows], self.classes[rows]
        out["wave"] = self.waveforms(rows)[:, 0]
        digital = out["id"] == 0
        out["wave"][digital] = 0
        out["wave"][digital, 0] = self.values(rows[digital]).view(np.int16)
        return out


def write_big_nev(
    path: Path | str,
    n_packets: int = 3_000_000,
    n_electrodes: int = 96,
    *,
    n_units: int = 3,
    n_points: int = 48,
    version: str = "2.3",
    rate: float = 3_000.0,
    n_digital: int = 1_000,
    seed: int = 0,
) -> BigNev:
    """Write a file of spikes and a few digital inputs.

    Parameters
    ----------
    path : path-like
    n_packets : int
    n_electrodes : int
        Numbered from 1; each has a NEUEVWAV and, from 2.2 on, a NEUEVLBL.
    n_units : int
        Of each electrode, numbered from 0.
    n_points : int
        Samples of a waveform, int16.
    version : str
    rate : float
        Packets a second; times are drawn uniformly and sorted.
    n_digital : int
        How many of the packets are digital inputs.
    seed : int

    Returns
    -------
    BigNev
    """
    rng = np.random.default_rng(seed)
    packet_bytes = (8 if version >= "3.0" else 4) + 4 + 2 * n_points
    header = nev.Header(version, packet_bytes=packet_bytes)
    last = int(n_packets / rate * header.timestamp_resolution)
    ids = rng.integers(1, n_electrodes, n_packets, np.uint16, endpoint=True)
    classes = rng.integers(0, n_units, n_packets, np.uint8)
    digital = rng.choice(n_packets, n_digital, replace=False)
    ids[digital], classes[digital] = 0, 1
    bank = rng.normal(0, 300, (PERIOD, n_points)).astype(np.int16)
    ticks = np.sort(rng.integers(0, last, n_packets, np.uint64, endpoint=True))
    big = BigNev(header, ticks, ids, classes, bank)
    electrodes = range(1, n_electrodes + 1)
    extended: list[Any] = [nev.Electrode(k, n_sorted_units=n_units - 1) for k in electrodes]
    if version >= "2.2":
        extended += [nev.Label(k, nsx.default_label(k)) for k in electrodes]
    with Path(path).open("wb") as file:
        file.write(pack_headers(header, extended))
        for i in range(0, n_packets, PACKETS_AT_A_TIME):
            rows = np.arange(i, min(i + PACKETS_AT_A_TIME, n_packets))
            file.write(big.records(rows).tobytes())
    return big


def _signal_bank(seed: int) -> Int16Array:
    walk = np.cumsum(np.random.default_rng(seed).normal(0, 20, PERIOD))
    return (walk - walk.mean()).clip(-32_768, 32_767).astype(np.int16)


def _samples(bank: Int16Array, start: int, stop: int, n_channels: int) -> Int16Array:
    # Windows on the bank, one a channel, so that no index array as large as the data is made.
    places = np.arange(start, stop) % PERIOD
    around = np.concatenate([bank, bank])
    out = np.empty((stop - start, n_channels), np.int16)
    for channel in range(n_channels):
        out[:, channel] = around[channel * STEP % PERIOD :][places]
    return out


def write_many_packets(
    path: Path | str,
    n_packets: int = 20_000,
    n_points: int = 30,
    n_channels: int = 32,
    *,
    pause: int = 0,
    header: nsx.Header | None = None,
    seed: int = 0,
) -> nsx.Truth:
    """Write a file of many small packets.

    Parameters
    ----------
    path : path-like
    n_packets, n_points, n_channels : int
        `n_points` samples a packet.
    pause : int
        Ticks between packets; 0 makes one signal without a gap, cut into packets.
    header : nsx.Header, optional
    seed : int

    Returns
    -------
    nsx.Truth
    """
    header = nsx.Header() if header is None else header
    step = n_points * header.ticks_per_sample
    samples = _samples(_signal_bank(seed), 0, n_packets * n_points, n_channels)
    packets = [
        nsx.Packet(int(k * step) + k * pause, samples[k * n_points : (k + 1) * n_points])
        for k in range(n_packets)
    ]
    return nsx.write_nsx(path, packets, nsx.channels(n_channels), header)


@dataclass(frozen=True, eq=False)
class BigPtp:
    """A large file of one packet a sample: its timestamps, and its samples on demand."""

    header: nsx.Header
    channels: list[nsx.Channel]
    timestamps: nsx.Timestamps
    bank: Int16Array

    def samples(self, start: int, stop: int) -> Int16Array:
        """Return the (sample, channel) samples from `start` up to `stop`."""
        return _samples(self.bank, start, stop, len(self.channels))


def write_big_ptp(
    path: Path | str,
    n_records: int = 6_000_000,
    n_channels: int = 32,
    *,
    period: int = 1,
    gaps: Mapping[int, int] | None = None,
    jitter: int = 0,
    seed: int = 0,
) -> BigPtp:
    """Write a file of one packet a sample, 13 bytes more than the sample each.

    Parameters
    ----------
    path : path-like
    n_records, n_channels : int
    period, gaps, jitter
        As of `nsx.ptp_timestamps`.
    seed : int

    Returns
    -------
    BigPtp
    """
    header = nsx.Header("3.0", period=period, timestamp_resolution=nsx.NANOSECONDS)
    stamps = nsx.ptp_timestamps(n_records, period, gaps=gaps, jitter=jitter, seed=seed)
    big = BigPtp(header, nsx.channels(n_channels), stamps, _signal_bank(seed))
    with Path(path).open("wb") as file:
        file.write(nsx.pack_headers(header, big.channels))
        for i in range(0, n_records, PACKETS_AT_A_TIME):
            stop = min(i + PACKETS_AT_A_TIME, n_records)
            nsx.write_ptp_records(file, stamps[i:stop], big.samples(i, stop))
    return big
