"""A small recording of every format that is read here, and where programs for neo find it.

They are plain: without gaps, resets or damage, so that neo's own readers can be asked the same.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from sample_data import make_sample_data as sample
from tests.writers import (
    intan,
    intan_files,
    neuroscope,
    nev,
    nsx,
    openephys,
    openephys_parts,
    spikeglx,
)
from tests.writers import neuralynx as nlx


@dataclass(frozen=True)
class Made:
    """A recording.

    Attributes
    ----------
    arguments : dict
        Of the class of ``neo.rawio``.
    extractor : dict
        Of SpikeInterface's function for recordings.
    path : path-like
        What `open_recording` is given.
    streams : tuple of str or None
        Ids of the streams that the extractor has; None means all.
    """

    arguments: dict[str, Any]
    extractor: dict[str, Any]
    path: Path
    streams: tuple[str, ...] | None = None


@dataclass(frozen=True)
class Format:
    """How a recording of a format is written and asked for.

    Attributes
    ----------
    write : callable
        Takes an empty folder, returns `Made`.
    read : str
        Name of SpikeInterface's function for recordings.
    sorting, events : str or None
        Those for spikes and events.
    sorting_options : dict
    gain_ratio : float
        Our gains to neo's, in microvolts: neo has no unit for Plexon's millivolts.
    t_start : float
        Seconds of the first sample, where neo says 0.
    neo_drops : int
        Samples at the end that neo gives as zeros.
    """

    write: Callable[[Path], Made]
    read: str
    sorting: str | None = None
    events: str | None = None
    sorting_options: dict[str, Any] = field(default_factory=dict)
    gain_ratio: float = 1.0
    t_start: float = 0.0
    neo_drops: int = 0


def write_plexon(folder):
    path = folder / "a.plx"
    path.write_bytes((sample.HERE / sample.PLX_NAME).read_bytes())
    return Made({"filename": str(path)}, {"file_path": path}, path)


def write_intan(folder):
    header = intan.make_header("rhd", (3, 1), {"A": 4, "B": 2})
    path = folder / "a_240229_120000.rhd"
    intan_files.write_traditional(path, intan_files.make_recording(header, 128 * 20, seed=1))
    return Made({"filename": str(path)}, {"file_path": path}, path)


def write_spikeglx(folder):
    devices = [
        spikeglx.Imec("NP1000", band="ap", index=0),
        spikeglx.Imec("NP1000", band="lf", index=0),
        spikeglx.Nidq(),
    ]
    spikeglx.write_run(folder, devices, seed=3)
    path = folder / "run_g0"
    return Made({"dirname": str(path)}, {"folder_path": path}, path)


def write_neuroscope(folder):
    neuroscope.write_session(folder, "rat", n_samples=3000, extensions=("dat",), seed=3)
    path = folder / "rat.xml"
    return Made({"filename": str(path)}, {"file_path": path}, path)


def write_blackrock(folder):
    rng = np.random.default_rng(4)
    for name, header, size in (
        ("a.ns5", nsx.Header(), 3000),
        ("a.ns2", nsx.Header(period=30), 100),
    ):
        data = rng.integers(-900, 900, (size, 4)).astype(np.int16)
        nsx.write_nsx(folder / name, [nsx.Packet(0, data)], nsx.channels(4), header)
    ticks = np.sort(rng.choice(np.arange(0, 3000, 40), 40, replace=False))
    packets = [
        nev.Spike(int(t), 1 + n % 2, n % 3, rng.integers(-90, 90, 48).astype(np.int16))
        for n, t in enumerate(ticks)
    ]
    packets += [nev.Digital(3000 + n, n) for n in range(5)]
    nev.write_nev(folder / "a.nev", packets, [nev.Electrode(1), nev.Electrode(2)])
    path = folder / "a.ns5"
    return Made({"filename": str(folder / "a")}, {"file_path": path}, path, streams=("5",))


def write_neuralynx(folder):
    for number in range(2):
        header = nlx.Header(name=f"CSC{number}", channels=(number,))
        run = nlx.Run(nlx.noise(5000, seed=number), start_us=1_000_000, rate=32_000)
        nlx.write_ncs(folder / f"CSC{number}.ncs", header, [run])
    ticks = 1_000_000 + np.arange(60) * 2500
    units = np.arange(60) % 3
    waves = nlx.noise((60, 1, 32), seed=9)
    nlx.write_spikes(folder / "SE1.nse", nlx.Header(name="SE1"), ticks, units, waves)
    nlx.write_nev(
        folder / "Events.nev", nlx.Header(name="Events"), ticks[::20], [1, 0, 1], 11, b"go"
    )
    return Made({"dirname": str(folder)}, {"folder_path": folder}, folder)


def write_openephys(folder):
    rng = np.random.default_rng(6)
    samples = rng.integers(-900, 900, (3000, 4)).astype(np.int16)
    stream = openephys.Stream(
        channels=openephys.electrodes(4), samples=samples, first_sample=30_000
    )
    lines = openephys_parts.TtlEvents(
        states=np.int16([1, -1, 2, -2]), sample_numbers=30_000 + np.int64([10, 500, 900, 2000])
    )
    openephys.write_recording(folder, "0.6.7", streams=[stream], events=[lines])
    return Made({"dirname": str(folder)}, {"folder_path": folder}, folder)


FORMATS = {
    "PlexonRawIO": Format(
        write_plexon,
        "read_plexon",
        sorting="read_plexon_sorting",
        gain_ratio=1000.0,
        t_start=sample.PLX_START / sample.PLX_CLOCK,
        neo_drops=500,
    ),
    "IntanRawIO": Format(write_intan, "read_intan"),
    "SpikeGLXRawIO": Format(write_spikeglx, "read_spikeglx", events="read_spikeglx_event"),
    "NeuroScopeRawIO": Format(write_neuroscope, "read_neuroscope_recording"),
    "BlackrockRawIO": Format(
        write_blackrock,
        "read_blackrock",
        sorting="read_blackrock_sorting",
        sorting_options={"sampling_frequency": 30_000.0},
    ),
    "NeuralynxRawIO": Format(write_neuralynx, "read_neuralynx", sorting="read_neuralynx_sorting"),
    "OpenEphysBinaryRawIO": Format(
        write_openephys, "read_openephys", events="read_openephys_event"
    ),
}
