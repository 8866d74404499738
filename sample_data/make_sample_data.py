"""Write the sample recordings of this folder: ``python sample_data/make_sample_data.py``.

Both are made from fixed seeds, so every run writes the same bytes. `plexon_truth` and `raw_truth`
return what is in them, sample by sample and spike by spike, without reading any file.
"""

import argparse
import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

if __name__ == "__main__":  # run as a file: the repository's packages are one folder up
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from sample_data.synth import Draws, Ints, add_at, spike_shape, theta_phase, to_counts
from tests.writers.plx import (
    START,
    STOP,
    STROBED,
    Block,
    EventBlock,
    EventChannel,
    FileHeader,
    SlowChannel,
    SpikeBlock,
    SpikeChannel,
    slow_blocks,
    write_plx,
)
from tests.writers.raw import write_raw

HERE = Path(__file__).resolve().parent
Counts = npt.NDArray[np.int16]

# -- sample.plx ---------------------------------------------------------------------------------

PLX_NAME = "sample.plx"
PLX_CLOCK = 40_000  # ticks a second
PLX_START = 400  # tick of the first sample of every signal
PLX_SECONDS = 10.01  # not a whole number of blocks, so that the last ones are shorter
PLX_SPIKE_RATE = 20_000  # of SPKC01 to SPKC04, in Hz
PLX_FIELD_RATE = 1000  # of FP01 to FP04, in Hz
PLX_BLOCK_SECONDS = 0.025  # what a block of a signal covers
PLX_POINTS = 32  # of a waveform: 1.6 ms
PLX_BEFORE = 8  # of them before the position of the spike
PLX_MAX_MV, PLX_BITS, PLX_GAIN = 2500, 16, 250
PLX_MV_PER_COUNT = PLX_MAX_MV / (0.5 * 2**PLX_BITS * PLX_GAIN)  # 0.000305 mV
PLX_WIDEBAND, PLX_HIGHPASS, PLX_FIELD = 0, 4, 8  # number of the first slow channel of each kind
PLX_N = 4  # channels of each kind

# Spike channel, unit (0 unsorted, 1 a, 2 b), trough in mV, width in ms, spikes a second.
PLX_UNITS = (
    (1, 1, -0.30, 0.13, 7.0),
    (1, 2, -0.17, 0.20, 12.0),
    (2, 1, -0.22, 0.15, 9.0),
    (3, 1, -0.26, 0.19, 4.0),
    (3, 2, -0.14, 0.12, 15.0),
    (1, 0, -0.09, 0.16, 4.0),
    (2, 0, -0.10, 0.15, 6.0),
    (3, 0, -0.08, 0.16, 3.0),
    (4, 0, -0.09, 0.15, 5.0),
)
# Events by channel: their seconds after the first sample, and their values.
PLX_STIMULI = tuple(float(k) for k in range(1, 11))  # EVT01
PLX_STROBES = tuple((second - 0.05, 100 + k) for k, second in enumerate(PLX_STIMULI, 1))
PLX_KEYS = (3.217, 7.864)  # KBD1


@dataclass(frozen=True, eq=False)
class PlexonTruth:
    """What `sample.plx` holds.

    Attributes
    ----------
    highpass, field : numpy.ndarray
        (sample, channel) int16 of SPKC01 to SPKC04 and of FP01 to FP04, `PLX_MV_PER_COUNT`.
    spike_channels, spike_units, spike_positions : numpy.ndarray
        One entry a spike, in order of time; positions are sample numbers in `highpass`.
    events : tuple of (tick, channel, value)
        In order of time.
    """

    highpass: Counts
    field: Counts
    spike_channels: Ints
    spike_units: Ints
    spike_positions: Ints
    events: tuple[tuple[int, int, int], ...]

    @property
    def spike_ticks(self) -> Ints:
        """Timestamps of the spikes."""
        return PLX_START + self.spike_positions * (PLX_CLOCK // PLX_SPIKE_RATE)

    @property
    def waveforms(self) -> Counts:
        """Waveforms of the spikes, (spike, point): pieces of `highpass`."""
        index = self.spike_positions[:, None] - PLX_BEFORE + np.arange(PLX_POINTS)
        return self.highpass[index, self.spike_channels[:, None] - 1]


def _plexon_spikes(draws: Draws, n: int) -> tuple[Ints, Ints]:
    """Return rows of `PLX_UNITS` and positions of all spikes in order of time."""
    trains = [draws.train(unit[4], n, PLX_SPIKE_RATE) for unit in PLX_UNITS]
    rows = np.repeat(np.arange(len(PLX_UNITS)), [len(train) for train in trains])
    positions = np.concatenate(trains)
    order = np.lexsort((rows, positions))
    # A channel takes up no spike while it stores the waveform of the last one.
    kept, free = [], dict.fromkeys(range(1, PLX_N + 1), 0)
    for k in order:
        channel = PLX_UNITS[rows[k]][0]
        if positions[k] >= free[channel]:
            kept.append(k)
            free[channel] = positions[k] + PLX_POINTS
    return rows[kept], positions[kept]


def _plexon_field(draws: Draws, n: int) -> Counts:
    """Return the field potentials: theta, drift, pink noise and what the stimuli evoke."""
    rate = PLX_FIELD_RATE
    phase = theta_phase(draws, n, rate)
    swell = 1 + 0.35 * draws.noise(n, 1, rate, exponent=2, low=0.1, high=0.7)[:, 0]
    drift = draws.noise(n, 1, rate, exponent=2, low=0.05, high=0.6)[:, 0]
    shared = draws.noise(n, 1, rate, high=120)[:, 0]
    own = draws.noise(n, PLX_N, rate, exponent=1)
    field = np.zeros((n, PLX_N))
    after = np.arange(400) / rate
    evoked = -0.22 * np.exp(-0.5 * ((after - 0.045) / 0.014) ** 2)
    evoked += 0.13 * np.exp(-0.5 * ((after - 0.13) / 0.040) ** 2)
    for k in range(PLX_N):
        lag = 0.3 * k
        theta = np.cos(phase - lag) + 0.25 * np.cos(2 * (phase - lag) - 1.0)
        field[:, k] = (0.16 - 0.025 * k) * swell * theta + 0.08 * drift
        field[:, k] += 0.04 * shared + 0.018 * own[:, k]
        for second in PLX_STIMULI:
            first = round(second * rate)
            field[first : first + len(after), k] += (1 - 0.2 * k) * evoked[: n - first]
    return to_counts(field, PLX_MV_PER_COUNT)


def plexon_truth() -> PlexonTruth:
    """Return what `sample.plx` holds."""
    draws = Draws(20_261)
    n = round(PLX_SECONDS * PLX_SPIKE_RATE)
    rows, positions = _plexon_spikes(draws, n)
    highpass = 0.014 * draws.noise(n, PLX_N, PLX_SPIKE_RATE, exponent=0.6, low=300, high=6000)
    milliseconds = np.arange(-14, 50) / PLX_SPIKE_RATE * 1000
    vary = 1 + 0.07 * draws.normal(len(positions), 1)[:, 0]
    for row, (channel, _, trough, width, _) in enumerate(PLX_UNITS):
        # The spike's position is where it crosses the threshold; the trough comes 0.1 ms later.
        shape = -trough * spike_shape(milliseconds - 0.1, width)
        mine = rows == row
        add_at(highpass[:, channel - 1], positions[mine], vary[mine, None] * shape, before=14)
    units = np.array([unit[:2] for unit in PLX_UNITS])[rows]
    last = PLX_START + round(PLX_SECONDS * PLX_CLOCK)
    events = [(0, START, 0), (last, STOP, 0)]
    events += [(PLX_START + round(s * PLX_CLOCK), 1, 0) for s in PLX_STIMULI]
    events += [(PLX_START + round(s * PLX_CLOCK), STROBED, value) for s, value in PLX_STROBES]
    events += [(PLX_START + round(s * PLX_CLOCK), 101, 0) for s in PLX_KEYS]
    return PlexonTruth(
        highpass=to_counts(highpass, PLX_MV_PER_COUNT),
        field=_plexon_field(draws, round(PLX_SECONDS * PLX_FIELD_RATE)),
        spike_channels=units[:, 0],
        spike_units=units[:, 1],
        spike_positions=positions,
        events=tuple(sorted(events)),
    )


def _plexon_blocks(truth: PlexonTruth) -> list[Block]:
    """Return the blocks in the order in which a system would have them ready to write."""
    blocks: list[tuple[float, Block]] = []
    for samples, first, rate in (
        (truth.highpass, PLX_HIGHPASS, PLX_SPIKE_RATE),
        (truth.field, PLX_FIELD, PLX_FIELD_RATE),
    ):
        step, size = PLX_CLOCK // rate, round(PLX_BLOCK_SECONDS * rate)
        for k in range(PLX_N):
            for block in slow_blocks(first + k, samples[:, k], PLX_START, step, size):
                blocks.append((block.tick + len(block.samples) * step, block))
    parts = (truth.spike_ticks, truth.spike_channels, truth.spike_units, truth.waveforms)
    spikes = zip(*parts, strict=True)
    tail = (PLX_POINTS - PLX_BEFORE) * (PLX_CLOCK // PLX_SPIKE_RATE)
    blocks += [(tick + tail, SpikeBlock(int(tick), c, u, w)) for tick, c, u, w in spikes]
    blocks += [(tick, EventBlock(tick, c, value)) for tick, c, value in truth.events]
    # Start comes before everything, stop after.
    return [block for _, block in sorted(blocks, key=lambda pair: pair[0])]


def write_plexon(path: Path) -> None:
    """Write `sample.plx`."""
    header = FileHeader(
        version=106,
        comment="synthetic sample of rawscope",
        ad_frequency=PLX_CLOCK,
        num_points_wave=PLX_POINTS,
        num_points_pre_thr=PLX_BEFORE,
        date=(2026, 1, 15, 9, 30, 0),
        waveform_freq=PLX_SPIKE_RATE,
        bits_per_spike_sample=PLX_BITS,
        bits_per_slow_sample=PLX_BITS,
        spike_max_magnitude_mv=PLX_MAX_MV,
        slow_max_magnitude_mv=PLX_MAX_MV,
        spike_preamp_gain=1,
        acquiring_software="rawscope",
    )
    numbers = range(1, PLX_N + 1)
    sorted_units = [sum(u[0] == k and u[1] > 0 for u in PLX_UNITS) for k in numbers]
    spike_channels = [
        SpikeChannel(f"SPK{k:02d}", k, PLX_GAIN, sig=k, threshold=-200, n_units=n, src_id=7)
        for k, n in zip(numbers, sorted_units, strict=True)
    ]
    events = ((1, "EVT01"), (2, "EVT02"), (STROBED, "Strobed"), (START, "Start"), (STOP, "Stop"))
    event_channels = [EventChannel(name, k) for k, name in (*events, (101, "KBD1"))]
    # The wideband channels were not recorded: headers without data, as real files have them.
    slow_channels = [
        SlowChannel(
            f"{prefix}{k:02d}",
            first + k - 1,
            rate,
            PLX_GAIN,
            1,
            spike_channel=spike * k,
            enabled=on,
        )
        for prefix, first, rate, spike, on in (
            ("WB", PLX_WIDEBAND, PLX_CLOCK, 1, 0),
            ("SPKC", PLX_HIGHPASS, PLX_SPIKE_RATE, 1, 1),
            ("FP", PLX_FIELD, PLX_FIELD_RATE, 0, 1),
        )
        for k in numbers
    ]
    blocks = _plexon_blocks(plexon_truth())
    write_plx(path, header, spike_channels, event_channels, slow_channels, blocks)


# -- sample.raw ---------------------------------------------------------------------------------

RAW_NAME = "sample.raw"
RAW_N = 32
RAW_RATE = 2500.0  # Hz
RAW_SECONDS = 12
RAW_GAIN = 0.195  # uV a count
RAW_ARTIFACT = (10_000, 10_030)  # samples: all channels at the upper, then the lower limit
RAW_ARTIFACT_TURN = 10_015  # first sample at the lower limit
RAW_DROPOUT = (20_000, 20_500)  # samples: all channels keep the value of sample 19 999
RAW_SHARP_WAVES = tuple(int(s * RAW_RATE) for s in (1.3, 2.9, 5.6, 7.1, 9.4, 10.8))
RAW_NAMES = tuple(f"CH{k:02d}" for k in range(1, RAW_N + 1))  # from the top down

# Depth in channels (of the first: 0), trough in uV, spikes a second.
RAW_UNITS = (
    (3.0, -150.0, 6.0),
    (6.2, -230.0, 4.0),
    (7.4, -320.0, 3.0),
    (8.1, -180.0, 9.0),
    (13.0, -140.0, 14.0),
    (21.5, -170.0, 8.0),
    (25.0, -290.0, 2.5),
    (28.3, -200.0, 5.0),
)
RAW_SPREAD = 1.1  # channels over which a spike falls to 0.6 of its height


@dataclass(frozen=True, eq=False)
class RawTruth:
    """What `sample.raw` holds.

    Attributes
    ----------
    samples : numpy.ndarray
        (sample, channel) int16, `RAW_GAIN` uV a count.
    spike_units, spike_positions : numpy.ndarray
        Rows of `RAW_UNITS` and the samples of the troughs, in order of time.
    """

    samples: Counts
    spike_units: Ints
    spike_positions: Ints


def _bump(depth: npt.NDArray[np.float64], at: float, width: float) -> npt.NDArray[np.float64]:
    return np.exp(-0.5 * ((depth - at) / width) ** 2)


def _raw_field(draws: Draws, n: int) -> npt.NDArray[np.float64]:
    """Return the field potential in uV; it varies smoothly over depth."""
    depth = np.arange(RAW_N, dtype=float)
    phase = theta_phase(draws, n, RAW_RATE)
    swell = 1 + 0.4 * draws.noise(n, 1, RAW_RATE, exponent=2, low=0.1, high=0.9)
    # Theta turns round between the layers: small and early above, large and reversed below.
    turn = np.pi / (1 + np.exp(-(depth - 12) / 2.0))
    height = 45 + 105 * _bump(depth, 22, 6) + 35 * _bump(depth, 4, 5)
    angle = phase[:, None] - turn
    field = swell * height * (np.cos(angle) + 0.22 * np.cos(2 * angle - 0.9))
    gamma = draws.noise(n, 1, RAW_RATE, exponent=0, low=35, high=70)
    field += 28 * gamma * (1 + 0.8 * np.cos(phase - 2.0))[:, None] * _bump(depth, 24, 4)
    drift = draws.noise(n, 2, RAW_RATE, exponent=2, low=0.08, high=0.7)
    field += 60 * drift[:, :1] + 45 * drift[:, 1:] * np.cos(np.pi * depth / RAW_N)
    # Pink noise at a few depths, between which it passes over smoothly.
    knots = np.linspace(0, RAW_N - 1, 7)
    near = np.array([_bump(depth, knot, 3.2) for knot in knots])
    near /= np.sqrt((near**2).sum(axis=0))
    field += 36 * draws.noise(n, len(knots), RAW_RATE, exponent=1.2) @ near
    # Sharp waves: a sink below channel 16 with its source above, and a ripple at the cells.
    seconds = (np.arange(500) - 250) / RAW_RATE
    wave = np.exp(-0.5 * (seconds / 0.022) ** 2)[:, None]
    profile = -420 * _bump(depth, 17, 3.2) + 230 * _bump(depth, 8, 3.0)
    ripple = np.sin(2 * np.pi * 165 * seconds)[:, None] * wave
    event = wave * profile + 90 * ripple * _bump(depth, 7.5, 1.8)
    add_at(field, np.array(RAW_SHARP_WAVES), event, before=250)
    return field


def _near(positions: Ints, span: tuple[int, int]) -> npt.NDArray[np.bool_]:
    return (positions > span[0] - 20) & (positions < span[1] + 20)


def raw_truth() -> RawTruth:
    """Return what `sample.raw` holds."""
    draws = Draws(31_415)
    n = int(RAW_SECONDS * RAW_RATE)
    signal = _raw_field(draws, n)
    signal += 7 * draws.normal(n, RAW_N)
    depth = np.arange(RAW_N, dtype=float)
    shape = spike_shape(np.arange(-4, 8) / RAW_RATE * 1000, width=0.22)[:, None]
    found = []
    for row, (at, trough, hertz) in enumerate(RAW_UNITS):
        positions = draws.train(hertz, n, RAW_RATE, dead_time=0.006)
        positions = positions[~_near(positions, RAW_ARTIFACT) & ~_near(positions, RAW_DROPOUT)]
        add_at(signal, positions, -trough * shape * _bump(depth, at, RAW_SPREAD), before=4)
        found.append((positions, np.full(len(positions), row)))
    positions, units = (np.concatenate(parts) for parts in zip(*found, strict=True))
    order = np.lexsort((units, positions))
    first, stop = RAW_ARTIFACT
    recovery = np.exp(-np.arange(600) / (0.045 * RAW_RATE))[:, None]
    signal[stop : stop + 600] -= 1400 * recovery * (1 - 0.5 * depth / RAW_N)
    samples = to_counts(signal, RAW_GAIN)
    samples[first:RAW_ARTIFACT_TURN] = 32767
    samples[RAW_ARTIFACT_TURN:stop] = -32768
    samples[slice(*RAW_DROPOUT)] = samples[RAW_DROPOUT[0] - 1]
    return RawTruth(samples, units[order], positions[order])


def write_flat(path: Path) -> None:
    """Write `sample.raw` and its sidecar."""
    samples = raw_truth().samples
    write_raw(path, samples, RAW_RATE, gain=RAW_GAIN, units="uV", channel_names=RAW_NAMES)


def main() -> None:
    """Write the recordings."""
    parser = argparse.ArgumentParser(description="Write the sample recordings.")
    parser.add_argument("folder", nargs="?", type=Path, default=HERE, help="where to")
    folder = parser.parse_args().folder
    folder.mkdir(parents=True, exist_ok=True)
    write_plexon(folder / PLX_NAME)
    write_flat(folder / RAW_NAME)
    for path in sorted(folder.glob("sample.*")):
        print(f"{path.name}: {path.stat().st_size / 1e6:.2f} MB")


if __name__ == "__main__":
    main()
