"""A stream: an NSx file with its packets followed and its runs found."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from rawio.blackrock.nsx_header import NsxHeader, read_nsx_header
from rawio.blackrock.packets import GROUP, Chain, PacketFile, follow_packets
from rawio.blackrock.runs import TOLERANCE, StreamRuns, find_runs, rhythm_of
from rawio.blackrock.samples import Samples
from rawio.blackrock.slabs import read_slab
from rawio.errors import Warn
from rawio.files import RawFile


@dataclass(frozen=True)
class NsxStream:
    """The signals of one NSx file."""

    header: NsxHeader
    runs: StreamRuns
    samples: Samples

    @property
    def first_second(self) -> int:
        """Whole seconds of the file's clock when it starts."""
        return int(self.runs.tick[0]) // self.runs.resolution if len(self.runs.tick) else 0


def open_nsx(path: Path, gap_tolerance_ms: float | None, warn: Warn) -> NsxStream:
    """Read the headers of an NSx file and find its samples.

    Parameters
    ----------
    path : pathlib.Path
    gap_tolerance_ms : float or None
        See `rawio.blackrock.runs.rhythm_of`.
    warn : callable
        Takes a sentence about what is left out or had to be assumed.

    Raises
    ------
    RawIOError
        When the file cannot be read.
    """
    file = RawFile(path)
    header = read_nsx_header(file, warn)
    if header.stamp_bytes:
        packets = PacketFile(file, header)
        rhythm = rhythm_of(header, packets.are_single(), gap_tolerance_ms)
        chain = follow_packets(packets, rhythm, read_slab)
    else:
        rhythm = rhythm_of(header, False, None)
        chain = _all_samples(file, header)
    _tell_of_end(chain, file, header, warn)
    runs = find_runs(chain.groups, header, rhythm)
    _tell_of_times(runs, header, path.name, warn)
    return NsxStream(header, runs, Samples(file, header, chain.groups))


def _all_samples(file: RawFile, header: NsxHeader) -> Chain:
    """Return what a file of version 2.1 holds, which has no packets."""
    points = (file.size - header.data_start) // header.frame_bytes
    groups = np.array([(header.data_start, 1, points, 0, 0)], GROUP)
    return Chain(groups, header.data_start + points * header.frame_bytes)


def _tell_of_end(chain: Chain, file: RawFile, header: NsxHeader, warn: Warn) -> None:
    name, left = file.path.name, file.size - chain.end
    if chain.crashed:
        warn(
            f"{name}: the recorder did not note how many samples its last data packet has (it may "
            f"have crashed); all up to the end of the file are read as {chain.groups['points'][-1]}"
            " samples."
        )
    if chain.reason == "flag":
        warn(
            f"{name}: no data packet starts at byte {chain.end}, where one should; the {left} "
            "bytes from there on are left out."
        )
    elif chain.reason == "cut":
        warn(
            f"{name}: its last data packet is cut; {chain.groups['points'][-1]} samples of it are "
            f"read, and {left} bytes that are no whole sample are left out."
        )
    elif left:
        warn(
            f"{name}: the last {left} bytes are no whole "
            f"{'data packet' if header.stamp_bytes and not chain.crashed else 'sample'} and are "
            "left out; was the file cut?"
        )
    if not (chain.groups["packets"] * chain.groups["points"]).sum():
        warn(f"{name}: holds no samples.")


def _tell_of_times(runs: StreamRuns, header: NsxHeader, name: str, warn: Warn) -> None:
    if runs.ignored:
        what = "set back" if runs.ignored == "resets" else "ahead of the samples"
        warn(
            f"{name}: its timestamps are {what} too often to be times; its samples are shown "
            "without gaps, from its first timestamp on."
        )
    if runs.sampling_rate != header.sampling_rate:
        warn(
            f"{name}: by its timestamps, samples come at {runs.sampling_rate:.9g} Hz where its "
            f"header says {header.sampling_rate:g}; the former is taken, so that signals stay in "
            "time with spikes and events."
        )
    if abs(runs.drift) > TOLERANCE:
        warn(
            f"{name}: without a gap, timestamps come up to {abs(runs.drift):.1f} samples "
            f"{'later' if runs.drift > 0 else 'earlier'} than the sampling rate says; samples are "
            "shown evenly spaced from the start of each segment."
        )
