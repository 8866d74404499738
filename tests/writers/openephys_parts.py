"""What a test wants to have in a folder of the Open Ephys GUI's binary format.

Nothing here knows how it is written; `tests.writers.openephys` does.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

ELECTRODE, AUX, ADC = 0, 1, 2

Numbers = npt.NDArray[np.int64]
# Seconds of the global clock: one a record, one for all of them, or None for the GUI's own.
Seconds = npt.NDArray[np.float64] | float | None


@dataclass(frozen=True)
class Channel:
    """One continuous channel; None leaves a text to what the GUI writes for its kind.

    `as_float32` rounds `bit_volts` to the float32 the GUI keeps it in before it is written.
    """

    name: str
    bit_volts: float = 0.195
    units: str = "uV"
    kind: int = ELECTRODE
    description: str | None = None
    identifier: str | None = None
    history: str | None = None
    metadata: Sequence[Mapping[str, Any]] = ()
    as_float32: bool = True


def electrodes(
    n: int, prefix: str = "CH", first: int = 1, bit_volts: float = 0.195, units: str = "uV"
) -> list[Channel]:
    """Return `n` channels of a headstage or a probe, numbered from `first`."""
    return [Channel(f"{prefix}{k}", bit_volts, units) for k in range(first, first + n)]


def aux(n: int, prefix: str = "AUX", bit_volts: float = 0.0374, units: str = "mV") -> list[Channel]:
    """Return `n` auxiliary inputs of a headstage."""
    return [Channel(f"{prefix}{k}", bit_volts, units, AUX) for k in range(1, n + 1)]


def adc(
    n: int, first: int = 1, bit_volts: float = 0.000152587890625, units: str = "V"
) -> list[Channel]:
    """Return `n` analog inputs of a board."""
    return [Channel(f"ADC{k}", bit_volts, units, ADC) for k in range(first, first + n)]


def probe_channels(
    electrode_indices: Sequence[int],
    prefix: str = "CH",
    bit_volts: float = 0.195,
    units: str = "uV",
    sync: bool = False,
) -> list[Channel]:
    """Return channels of a Neuropixels probe that say which electrode each of them is.

    `sync` adds the sync line, sampled like them and always last.
    """
    channels = [
        Channel(
            f"{prefix}{k}",
            bit_volts,
            units,
            description="Neuropixels electrode",
            identifier="neuropixels.electrode",
            metadata=(
                {
                    "name": "electrode_index",
                    "description": "Electrode index for this channel",
                    "identifier": "neuropixels.electrode_index",
                    "type": "uint16",
                    "length": 1,
                    "value": [int(electrode)],
                },
            ),
        )
        for k, electrode in enumerate(electrode_indices)
    ]
    if sync:
        text = "Neuropixels sync line (continuously sampled)"
        channels.append(Channel(f"{prefix}_SYNC", 1.0, "", ADC, description=text))
    return channels


@dataclass(frozen=True, eq=False, kw_only=True)
class _Source:
    """What streams, events and spikes have in common.

    Attributes
    ----------
    processor, processor_id : str and int
        The processor it comes from.
    stream_name : str
        From GUI 0.6 on.
    sub_idx : int
        What stands for the stream's name before 0.6.
    rate : float
        In Hz.
    folder : str, optional
        Instead of the one the GUI would make; as it stands in ``structure.oebin``.
    on_disk, in_oebin : bool
        Whether the folder is there, and whether ``structure.oebin`` has an entry of it.
    omit : sequence of str
        Names of files that are left out.
    more : mapping
        Replaces or adds keys of the entry; a value of None takes a key out.
    """

    processor: str = "Acquisition Board"
    processor_id: int = 100
    stream_name: str = "Rhythm Data"
    sub_idx: int = 0
    rate: float = 30000.0
    folder: str | None = None
    on_disk: bool = True
    in_oebin: bool = True
    omit: Sequence[str] = ()
    more: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, eq=False, kw_only=True)
class Stream(_Source):
    """Channels sampled together; `samples` is (sample, channel) int16, of any length.

    Attributes
    ----------
    first_sample : int
        Where the sample numbers start if they have no gaps.
    sample_numbers : numpy.ndarray, optional
        Of the stream's clock, for streams with gaps. There may be more or fewer than samples,
        as in files that were not closed well.
    zero_fill : bool, optional
        Whether a gap has rows of zeros in continuous.dat, but no sample numbers. None does what
        the GUI does: before 0.6 the place of a row follows from its number, so yes; later no.
    trailing_zeros : int
        Rows of zeros at the end that have no sample numbers: some GUIs flushed whole blocks.
    recorded_processor, recorded_id : str and int, optional
        What recorded it; None stands for the record node, or without one for the source.
    """

    channels: Sequence[Channel]
    samples: npt.NDArray[np.int16]
    first_sample: int = 0
    sample_numbers: Numbers | None = None
    zero_fill: bool | None = None
    trailing_zeros: int = 0
    seconds: Seconds = None
    recorded_processor: str | None = None
    recorded_id: int | None = None


@dataclass(frozen=True, eq=False, kw_only=True)
class TtlEvents(_Source):
    """Changes of TTL lines: `states` is +line when it goes up and -line down, from line 1.

    `words` None follows the states from `initial_state` on. `index` is the number in the name
    of the folder: before 0.6 counted from 1, later from 0 and left out where it is 0.
    """

    states: npt.NDArray[np.int16]
    sample_numbers: Numbers
    seconds: Seconds = None
    words: npt.NDArray[np.uint64] | None = None
    save_words: bool = True
    n_lines: int = 8
    initial_state: int = 0
    index: int | None = None
    name: str = "TTL events"
    description: str = "TTL events coming from the hardware source processor"
    identifier: str = "sourceevent"
    metadata: npt.NDArray[Any] | None = None


@dataclass(frozen=True, eq=False, kw_only=True)
class TextEvents(_Source):
    """Messages; `length` is the longest the GUI takes, in bytes of UTF-8."""

    messages: Sequence[str | bytes]
    sample_numbers: Numbers
    seconds: Seconds = None
    processor: str = "Message Center"
    processor_id: int = 904
    length: int = 512
    index: int = 1
    name: str = "Messages"
    description: str = "Messages from the GUI Message Center"
    identifier: str = "messagecenter.events"


@dataclass(frozen=True, eq=False, kw_only=True)
class BinaryEvents(_Source):
    """Events that carry numbers; `data` is (event, element).

    From 0.6 on the GUI makes files of strange names for them and loses what should be in them;
    so does the writer.
    """

    data: npt.NDArray[Any]
    sample_numbers: Numbers
    seconds: Seconds = None
    event_channel: int = 1
    index: int = 1
    name: str = "Binary events"
    description: str = "Numbers"
    identifier: str = "external.binary"
    metadata: npt.NDArray[Any] | None = None


@dataclass(frozen=True, eq=False, kw_only=True)
class Electrode:
    """Spikes of one electrode; `waveforms` is (spike, channel, sample) int16.

    `source_channels` are indices into the stream of the source, one a channel.
    """

    name: str
    waveforms: npt.NDArray[np.int16]
    sample_numbers: Numbers
    seconds: Seconds = None
    clusters: npt.NDArray[np.uint16] | None = None
    source_channels: Sequence[int] = (0,)
    channel_names: Sequence[str] = ("CH1",)
    bit_volts: float = 0.195


@dataclass(frozen=True, eq=False, kw_only=True)
class SpikeGroup(_Source):
    """Electrodes alike of one spike detector: one folder before 0.6, later one each.

    `source_id` is the processor whose channels they are. `indices` are the numbers of the
    electrodes in the file; None gives those of the GUI: 0, 2, 2, ... in 0.4 (one too few for
    three electrodes), 1, 2, 3, ... in 0.5, and the place in the recording, from 0, later.
    """

    electrodes: Sequence[Electrode]
    processor: str = "Spike Detector"
    processor_id: int = 104
    source_id: int = 100
    pre_peak: int = 8
    index: int = 1
    indices: Sequence[int] | None = None


@dataclass(frozen=True, eq=False, kw_only=True)
class Recording:
    """From a start of recording to its stop.

    `sync_messages` None has the GUI's lines, "" has none and False leaves the file out; `oebin`
    stands instead of the file the parts would make, None for that, False for no file.
    """

    streams: Sequence[Stream] = ()
    events: Sequence[TtlEvents | TextEvents | BinaryEvents] = ()
    spikes: Sequence[SpikeGroup] = ()
    number: int | None = None
    software_time: int = 1_743_680_304_612
    sync_messages: str | bool | None = None
    oebin: bytes | bool | None = None


@dataclass(frozen=True, eq=False, kw_only=True)
class Experiment:
    """From a start of acquisition to its stop.

    `settings` is the text of its settings.xml, None for one without probes, False for no file.
    """

    recordings: Sequence[Recording]
    number: int | None = None
    settings: str | bool | None = None


@dataclass(frozen=True, eq=False, kw_only=True)
class RecordNode:
    """A record node; `id` None has its experiments in the session's folder itself."""

    experiments: Sequence[Experiment]
    id: int | None = 101
    folder: str | None = None


def numbers_with_gaps(n: int, first: int = 0, gaps: Mapping[int, int] | None = None) -> Numbers:
    """Return `n` sample numbers; before sample k, `gaps[k]` of them were lost.

    A negative gap is a clock that was set back.
    """
    steps = np.ones(n, np.int64)
    if n:
        steps[0] = first
    for index, lost in (gaps or {}).items():
        steps[index] += lost
    return np.cumsum(steps)
