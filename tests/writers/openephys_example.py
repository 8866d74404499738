"""Make a session of an Open Ephys GUI that has something of everything, from a seed."""

from pathlib import Path

import numpy as np

from tests.writers.openephys import write_session
from tests.writers.openephys_layout import era_of, is_old
from tests.writers.openephys_parts import (
    BinaryEvents,
    Electrode,
    Experiment,
    Recording,
    RecordNode,
    SpikeGroup,
    Stream,
    TextEvents,
    TtlEvents,
    adc,
    aux,
    electrodes,
    numbers_with_gaps,
    probe_channels,
)
from tests.writers.openephys_settings import Probe, settings_xml
from tests.writers.openephys_truth import Truth

BOARD = {"0.4": "Rhythm FPGA", "0.5": "Rhythm FPGA", "0.6": "Acquisition Board"}
SPIKE_SAMPLES = 40


def _noise(rng: np.random.Generator, n: int, n_channels: int) -> np.ndarray:
    """Return samples that use the whole range of int16."""
    samples = rng.integers(-3000, 3000, (n, n_channels)).astype(np.int16)
    samples[n // 3] = -32768
    samples[n // 2] = 32767
    return samples


def example_streams(rng: np.random.Generator, version: str, n: int, first: int) -> list[Stream]:
    """Return a board's stream with a gap in its middle, and both streams of a probe."""
    era = era_of(version)
    board = BOARD.get(era, "Acquisition Board")
    mixed = electrodes(4) + aux(3) + adc(2)
    numbers = numbers_with_gaps(n, first, {n // 2: 64})
    probe = "Neuropix-PXI"
    spikes = probe_channels(range(8), bit_volts=0.195, sync=True)
    slow = probe_channels(range(8), bit_volts=4.6875, units="")
    return [
        Stream(
            processor=board,
            channels=mixed,
            samples=_noise(rng, n, len(mixed)),
            sample_numbers=numbers,
            seconds=None if era == "0.5" else numbers / 30000.0 + 0.25,
        ),
        Stream(
            processor=probe,
            processor_id=110,
            stream_name="ProbeA-AP",
            channels=spikes,
            samples=_noise(rng, n + 7, len(spikes)),
            first_sample=first + 11,
            seconds=np.arange(n + 7) / 30000.003 + 1.5,
        ),
        Stream(
            processor=probe,
            processor_id=110,
            stream_name="ProbeA-LFP",
            sub_idx=1,
            rate=2500.0,
            channels=slow,
            samples=_noise(rng, n // 12, len(slow)),
            first_sample=first // 12,
            seconds=-1.0,
        ),
    ]


def example_spikes(rng: np.random.Generator, version: str, n: int, first: int) -> list[SpikeGroup]:
    """Return two single electrodes and a stereotrode."""

    def electrode(name: str, *channels: int) -> Electrode:
        count = int(rng.integers(5, 30))
        shape = (count, len(channels), SPIKE_SAMPLES)
        return Electrode(
            name=name,
            waveforms=rng.integers(-500, 500, shape).astype(np.int16),
            sample_numbers=np.sort(rng.choice(n // 2, count, replace=False)) + first,
            clusters=rng.integers(0, 4, count).astype(np.uint16),
            source_channels=channels,
            channel_names=[f"CH{k + 1}" for k in channels],
        )

    singles = [electrode("Electrode 1", 0), electrode("Electrode 2", 1)]
    pair = [electrode("Stereotrode 1", 2, 3)]
    return [
        SpikeGroup(electrodes=singles),
        SpikeGroup(electrodes=pair, index=2, pre_peak=8),
    ]


def example_recording(
    rng: np.random.Generator, version: str, n: int = 1500, first: int = 4000
) -> Recording:
    """Return a recording with streams, events and spikes."""
    old = is_old(era_of(version))
    board = BOARD.get(era_of(version), "Acquisition Board")
    states = np.array([1, 3, -1, 2, -3, 1, -2, -1], np.int16)
    ticks = first + np.arange(len(states)) * 37
    events: list[TtlEvents | TextEvents | BinaryEvents] = [
        TtlEvents(processor=board, states=states, sample_numbers=ticks, seconds=ticks / 3e4 + 0.25),
        TtlEvents(
            processor="Neuropix-PXI",
            processor_id=110,
            stream_name="ProbeA-AP",
            states=np.array([1, -1], np.int16),
            sample_numbers=np.array([first + 20, first + 700]),
            initial_state=4,
            name="Neuropixels PXI Sync",
            identifier="neuropixels.sync",
        ),
        TextEvents(
            messages=["start", "Stra\u00dfe \u00b5V", ""],
            sample_numbers=np.array([first, first + 5, first + 900]),
        ),
    ]
    if old:
        data = np.arange(6, dtype=np.float32).reshape(2, 3)
        events.append(
            BinaryEvents(
                processor="Network Events",
                processor_id=108,
                data=data,
                sample_numbers=np.array([first + 1, first + 2]),
            )
        )
    return Recording(
        streams=example_streams(rng, version, n, first),
        events=events,
        spikes=example_spikes(rng, version, n, first),
    )


def example(
    path: Path | str,
    version: str = "0.6.7",
    *,
    seed: int = 0,
    node_ids: tuple[int | None, ...] = (101,),
    n_experiments: int = 2,
    n_recordings: int = 2,
    n_samples: int = 1500,
) -> Truth:
    """Write a session with something of everything.

    Parameters
    ----------
    path : path-like
    version : str
        Of the GUI.
    seed : int
    node_ids : tuple of int or None
        Of the record nodes; (None,) for a session without folders of record nodes.
    n_experiments, n_recordings : int
        Every recording starts later than the one before; the clock starts anew with every
        experiment.
    n_samples : int
        Of the longest stream but one, in the first recording; the others are longer.

    Returns
    -------
    Truth
    """
    rng = np.random.default_rng(seed)
    probe = Probe(part_number="NP1000", electrodes=range(8))
    nodes = []
    for node_id in node_ids:
        experiments = []
        for e in range(n_experiments):
            settings = settings_xml(
                version, [probe], processor_id=110, record_node_id=node_id or 101
            )
            recordings = [
                example_recording(rng, version, n_samples + 13 * r + e, 4000 + 100_000 * r)
                for r in range(n_recordings)
            ]
            experiments.append(Experiment(recordings=recordings, settings=settings))
        nodes.append(RecordNode(id=node_id, experiments=experiments))
    return write_session(path, version, nodes)
