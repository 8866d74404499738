"""What the writer of Open Ephys folders says it has written."""

from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from tests.writers.openephys_parts import Numbers


@dataclass(frozen=True, eq=False)
class StreamTruth:
    """One continuous stream of one recording.

    Attributes
    ----------
    path : Path
        Its folder.
    folder : str
        As ``structure.oebin`` has it, without the slash at its end.
    name : str
        Name of the stream; before GUI 0.6, its number.
    rate : float
        In Hz.
    raw : numpy.ndarray
        (row, channel) int16, all rows of continuous.dat.
    row_numbers : numpy.ndarray
        int64, the sample number of every row. Rows past the last sample number count on.
    missing : list of (int, int)
        First and one past the last of the rows of zeros that nobody recorded.
    sample_numbers : numpy.ndarray
        int64, as they stand in their file: none for the rows of `missing`.
    seconds : numpy.ndarray or None
        float64, one for each of `sample_numbers`; None where no file has them.
    channel_names, gains, units, kinds : list
        One a channel: name; ``bit_volts`` as the file has it; the unit of that, also where the
        file leaves it out; `ELECTRODE`, `AUX` or `ADC`. Offsets are 0.
    """

    path: Path
    folder: str
    name: str
    rate: float
    raw: npt.NDArray[np.int16]
    row_numbers: Numbers
    missing: list[tuple[int, int]]
    sample_numbers: Numbers
    seconds: npt.NDArray[np.float64] | None
    channel_names: list[str]
    gains: list[float]
    units: list[str]
    kinds: list[int]

    @property
    def t_start(self) -> float:
        """Number of the first row in seconds of the stream's own clock; 0 without rows."""
        return float(self.row_numbers[0]) / self.rate if len(self.row_numbers) else 0.0

    @property
    def runs(self) -> list[tuple[int, int]]:
        """First and one past the last row of every run of `row_numbers` without a gap."""
        n = len(self.row_numbers)
        cuts = 1 + np.flatnonzero(np.diff(self.row_numbers) != 1)
        edges = [0, *cuts.tolist(), n]
        return list(pairwise(edges)) if n else []

    def physical(self) -> npt.NDArray[np.float64]:
        """Return (sample, channel) in `units`."""
        return self.raw * np.array(self.gains)


@dataclass(frozen=True, eq=False)
class EventTruth:
    """Events of one channel of one recording; what the kind has not is None."""

    path: Path
    folder: str
    name: str
    rate: float
    sample_numbers: Numbers
    seconds: npt.NDArray[np.float64] | None
    states: npt.NDArray[np.int16] | None = None
    words: npt.NDArray[np.uint64] | None = None
    messages: list[str] | None = None
    data: npt.NDArray[Any] | None = None


@dataclass(frozen=True, eq=False)
class SpikeTruth:
    """Spikes of one electrode of one recording, in the order of the file.

    `index` is the electrode's number in the file, `gain` microvolts a bit of `waveforms`.
    """

    path: Path
    folder: str
    name: str
    index: int
    rate: float
    sample_numbers: Numbers
    seconds: npt.NDArray[np.float64] | None
    waveforms: npt.NDArray[np.int16]
    clusters: npt.NDArray[np.uint16]
    gain: float
    pre_peak: int


@dataclass(frozen=True, eq=False)
class RecordingTruth:
    """One recording; what has no entry or no folder is not in it."""

    node: str
    experiment: int
    recording: int
    path: Path
    streams: list[StreamTruth] = field(default_factory=list)
    events: list[EventTruth] = field(default_factory=list)
    spikes: list[SpikeTruth] = field(default_factory=list)

    def stream(self, folder: str) -> StreamTruth:
        """Return the stream of a folder."""
        return next(stream for stream in self.streams if stream.folder == folder)


@dataclass(frozen=True, eq=False)
class Truth:
    """All recordings of a session, in the order of nodes, experiments and recordings."""

    path: Path
    version: str
    recordings: list[RecordingTruth]

    def recording(self, experiment: int, recording: int, node: str | None = None) -> RecordingTruth:
        """Return a recording by its numbers; without `node`, that of the first node."""
        for one in self.recordings:
            if (one.experiment, one.recording) == (experiment, recording) and (
                node is None or one.node == node
            ):
                return one
        raise KeyError((experiment, recording, node))
