"""Write large .plx files in seconds, for benchmarks.

The same bytes as `tests.writers.plx` would write, but whole families of blocks at a time. The
defaults stand for a 19 minute session: 32 channels of 15 spikes a second and 16 field potentials
at 1 kHz in blocks of 120 samples (that is 613 blocks and 72.5 kB a second, 118 bytes a block).
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from tests.writers.plx import (
    SLOW,
    SPIKE,
    START,
    STOP,
    STROBED,
    EventChannel,
    FileHeader,
    SlowChannel,
    SpikeChannel,
    pack_headers,
)

CLOCK = 40000  # ticks a second
BLOCKS_AT_A_TIME = 1 << 16  # bounds the memory of writing
PERIOD = 65_521  # after so many samples or spikes the data repeats; prime, so that blocks differ

IntArray = npt.NDArray[np.int64]
Int16Array = npt.NDArray[np.int16]


@dataclass(frozen=True, eq=False)
class BigPlx:
    """A large recording before it is a file; afterwards the truth to check a reader with.

    Attributes
    ----------
    spike_ticks, spike_channels, spike_units : numpy.ndarray
        One entry a spike, in order of time and of the file.
    slow_channels, slow_firsts, slow_sizes : numpy.ndarray
        One entry a slow block: its channel, number of its first sample, samples in it.
    n_samples : int
        Samples of each slow channel.
    ticks_per_sample : int
    wave_bank, signal_bank : numpy.ndarray
        What waveforms and signals are taken from.
    """

    spike_ticks: IntArray
    spike_channels: IntArray
    spike_units: IntArray
    slow_channels: IntArray
    slow_firsts: IntArray
    slow_sizes: IntArray
    n_samples: int
    ticks_per_sample: int
    wave_bank: Int16Array
    signal_bank: Int16Array

    @property
    def n_blocks(self) -> int:
        """Number of data blocks."""
        return len(self.spike_ticks) + len(self.slow_firsts)

    @property
    def block_ticks(self) -> IntArray:
        """Timestamps of all blocks, of the slow ones first."""
        return np.concatenate([self.slow_firsts * self.ticks_per_sample, self.spike_ticks])

    def waveforms(self, spikes: IntArray) -> Int16Array:
        """Return the (spike, 1, point) waveforms of the spikes with these numbers."""
        return self.wave_bank[np.asarray(spikes) % PERIOD][:, None, :]

    def samples(self, channel: int | IntArray, index: IntArray) -> Int16Array:
        """Return the samples with these numbers of a slow channel; the two are broadcast."""
        # Channels start at different places of the bank.
        return self.signal_bank[(np.asarray(channel) * 997 + index) % PERIOD]

    def records(self, rows: IntArray) -> npt.NDArray[np.uint16]:
        """Return blocks of one kind and size as the 16-bit words of the file.

        Parameters
        ----------
        rows : numpy.ndarray
            Numbers as in `block_ticks`.

        Returns
        -------
        numpy.ndarray
            (block, word), the header in the first eight.
        """
        n_slow = len(self.slow_firsts)
        is_slow = rows[0] < n_slow
        if is_slow:
            channels, firsts = self.slow_channels[rows], self.slow_firsts[rows]
            index = firsts[:, None] + np.arange(self.slow_sizes[rows[0]])
            samples, units = self.samples(channels[:, None], index), np.zeros(len(rows), int)
        else:
            spikes = rows - n_slow
            channels, units = self.spike_channels[spikes], self.spike_units[spikes]
            samples = self.waveforms(spikes)[:, 0]
        ticks = self.block_ticks[rows]
        words = np.empty((len(rows), 8 + samples.shape[1]), "<u2")
        words[:, 0] = SLOW if is_slow else SPIKE  # byte 0: Type
        words[:, 1] = ticks >> 32  # byte 2: upper byte of the timestamp
        words[:, 2] = ticks & 0xFFFF  # byte 4: its lower 32 bits, low half first
        words[:, 3] = ticks >> 16 & 0xFFFF
        words[:, 4] = channels  # byte 8: Channel
        words[:, 5] = units  # byte 10: Unit
        words[:, 6] = 1  # byte 12: NumberOfWaveforms
        words[:, 7] = samples.shape[1]  # byte 14: NumberOfWordsInWaveform
        words[:, 8:] = samples.astype("<i2").view("<u2")
        return words


def make_big(
    n_spike_channels: int,
    n_slow_channels: int,
    *,
    seconds: float,
    spike_rate: float,
    n_points: int,
    ad_freq: int,
    slow_block: int,
    seed: int,
) -> BigPlx:
    """Return the recording that `write_big_plx` with the same arguments writes."""
    if CLOCK % ad_freq:
        raise ValueError(f"{ad_freq} Hz does not divide the clock of {CLOCK} Hz")
    rng = np.random.default_rng(seed)
    n_spikes = rng.poisson(spike_rate * seconds * n_spike_channels)
    n_samples = int(seconds * ad_freq)
    firsts = np.arange(0, n_samples, slow_block)
    walk = np.cumsum(rng.normal(0, 20, PERIOD))
    return BigPlx(
        spike_ticks=np.sort(rng.integers(0, int(seconds * CLOCK), n_spikes)),
        spike_channels=1 + rng.permutation(n_spikes) % max(n_spike_channels, 1),
        spike_units=rng.choice(3, n_spikes, p=[0.2, 0.5, 0.3]),
        # A block of every slow channel, then the next of every one, as a system writes them.
        slow_channels=np.tile(np.arange(n_slow_channels), len(firsts)),
        slow_firsts=np.repeat(firsts, n_slow_channels),
        slow_sizes=np.repeat(np.minimum(slow_block, n_samples - firsts), n_slow_channels),
        n_samples=n_samples,
        ticks_per_sample=CLOCK // ad_freq,
        wave_bank=rng.normal(0, 90, (PERIOD, n_points)).astype(np.int16),
        signal_bank=(walk - walk.mean()).clip(-2047, 2047).astype(np.int16),
    )


def write_big_plx(
    path: Path | str,
    n_spike_channels: int = 32,
    n_slow_channels: int = 16,
    *,
    seconds: float = 1155.0,
    spike_rate: float = 15.0,
    n_points: int = 32,
    ad_freq: int = 1000,
    slow_block: int = 120,
    seed: int = 0,
) -> BigPlx:
    """Write a file of many small blocks, spikes and signals mixed in order of time.

    Parameters
    ----------
    path : path-like
    n_spike_channels, n_slow_channels : int
        Either may be 0.
    seconds : float
        How long the recording is.
    spike_rate : float
        Mean spikes a second on each spike channel, of units 0, 1 and 2 together.
    n_points : int
        Samples of a waveform.
    ad_freq : int
        Sampling rate of the slow channels in Hz; must divide 40000, the timestamp clock.
    slow_block : int
        Samples of a slow block; the last of each channel holds what is left.
    seed : int

    Returns
    -------
    BigPlx

    Notes
    -----
    Large blocks of wideband signals and no spikes: ``write_big_plx(path, 0, 32, seconds=100,
    ad_freq=40000, slow_block=512)``, 256 MB.
    """
    big = make_big(
        n_spike_channels,
        n_slow_channels,
        seconds=seconds,
        spike_rate=spike_rate,
        n_points=n_points,
        ad_freq=ad_freq,
        slow_block=slow_block,
        seed=seed,
    )
    ticks = big.block_ticks
    order = np.argsort(ticks, kind="stable")
    samples_of_rows = np.concatenate([big.slow_sizes, np.full(len(big.spike_ticks), n_points)])
    # What the blocks are sorted into, to be made a family at a time.
    family = samples_of_rows * 2 + (np.arange(len(order)) < len(big.slow_firsts))
    ts_counts = np.zeros((130, 5), np.int32)
    counted = big.spike_channels < len(ts_counts)  # the table has no room for more channels
    np.add.at(ts_counts, (big.spike_channels[counted], big.spike_units[counted]), 1)
    ev_counts = np.zeros(512, np.int32)
    ev_counts[300 : 300 + n_slow_channels] = big.n_samples
    prefix = "FP" if ad_freq <= 2000 else "WB"
    head = pack_headers(
        FileHeader(ad_frequency=CLOCK, num_points_wave=n_points),
        [SpikeChannel(f"SPK{k + 1:02d}", k + 1, gain=20) for k in range(n_spike_channels)],
        [
            EventChannel("Strobed", STROBED),
            EventChannel("Start", START),
            EventChannel("Stop", STOP),
        ],
        [SlowChannel(f"{prefix}{k + 1:02d}", k, ad_freq) for k in range(n_slow_channels)],
        last_timestamp=float(ticks.max(initial=0)),
        ts_counts=ts_counts,
        wf_counts=ts_counts,
        ev_counts=ev_counts,
    )
    with Path(path).open("wb") as file:
        file.write(head)
        for i in range(0, len(order), BLOCKS_AT_A_TIME):
            rows = order[i : i + BLOCKS_AT_A_TIME]
            n_words = 8 + samples_of_rows[rows]
            starts = np.cumsum(n_words) - n_words
            out = np.empty(n_words.sum(), "<u2")
            for kind in np.unique(family[rows]):
                which = family[rows] == kind
                words = big.records(rows[which])
                out[starts[which][:, None] + np.arange(words.shape[1])] = words
            file.write(out.tobytes())
    return big
