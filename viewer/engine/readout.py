"""The read-out under the cursor: which sample a place in the picture means, and what it says."""

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from rawio import BaseRawIO
from viewer.engine.columns import own_extremes
from viewer.engine.grid import RunView, first_bins
from viewer.engine.levels import bin_samples
from viewer.engine.samples import frame_bytes
from viewer.engine.tiles import TILE_BINS, Tile, TileKey
from viewer.model import SignalRun

MOST_BYTES = 4 << 20
"""Samples, of all channels of the stream, that are read for one column of the picture at most: of
384 channels of int16 5461, which on a slow disk is some 30 ms."""


@dataclass(frozen=True)
class Calibration:
    """How raw values of a channel become physical ones.

    Attributes
    ----------
    gain, offset : float
        Physical value = raw * gain + offset.
    units : str
    """

    gain: float
    offset: float
    units: str

    @classmethod
    def of(cls, reader: BaseRawIO, stream: int, column: int) -> "Calibration":
        """Return that of a column of a stream's chunks."""
        assert reader.header is not None
        row = reader.get_group_channel_indexes()[stream][column]
        entry = reader.header["signal_channels"][row]
        return cls(float(entry["gain"]), float(entry["offset"]), str(entry["units"]))

    def value(self, raw: float) -> float:
        """Return the physical value of a raw one, in float64."""
        return float(raw) * self.gain + self.offset


@dataclass(frozen=True)
class Reading:
    """What is under the cursor: one sample, or what a column too wide to be read spans.

    Attributes
    ----------
    run : SignalRun
    column : int
        Of the stream's chunks: which channel.
    units : str
        Of physical values.
    time : float
        Seconds on the axis: of the sample, or of the middle of a wide column of the picture.
    index : int or None
        The sample, counted from the start of the run; None where the column is too wide.
    raw : int or float, or None
        As it is in the file.
    value : float or None
        `raw` in physical units.
    raw_low, raw_high : int or float, or None
        Of a wide column, the least and greatest raw value.
    low, high : float or None
        The least and greatest physical value; with a negative gain, `low` is that of `raw_high`.
    exact : bool
        False where `raw_low` and `raw_high` are of some of the samples only, as long as the
        picture shows no better.
    """

    run: SignalRun
    column: int
    units: str
    time: float
    index: int | None = None
    raw: int | float | None = None
    value: float | None = None
    raw_low: int | float | None = None
    raw_high: int | float | None = None
    low: float | None = None
    high: float | None = None
    exact: bool = True


def read_out(
    reader: BaseRawIO,
    view: RunView,
    column: int,
    x: int,
    height: float,
    tile_of: Callable[[TileKey], Tile | None] = lambda key: None,
) -> Reading | None:
    """Return what a place in the picture of a run says of one channel.

    With less than a sample to a pixel, that is the sample nearest in time to the pixel's middle;
    with more, of the samples that the picture shows in that column the one whose value is nearest
    to the height (the earliest of several). They are read anew, which is one read of `MOST_BYTES`
    at most; of wider columns only what a tile at hand knows is said.

    Parameters
    ----------
    reader : BaseRawIO
        Of a layer, the values are the processed ones.
    view : RunView
        How the picture shows the run.
    column : int
        Of the stream's chunks: which channel.
    x : int
        Pixel of the viewport.
    height : float
        Raw value at the height of the mouse. One that is not finite (of a channel whose gain is
        zero there is none) is as near to all samples.
    tile_of : callable
        ``tile_of(key) -> Tile or None``, from memory: that of the engine, or of its cache.

    Returns
    -------
    Reading or None
        None where the run has no samples, where they are NaN, and where no tile is at hand of a
        column too wide to be read.

    Raises
    ------
    RawIOError
        What the reader raises.
    """
    if not view.x_start <= x < view.x_stop:
        return None
    first, last = column_samples(view, x)
    if last - first > max(1, MOST_BYTES // frame_bytes(reader, view.run.stream)):
        return _from_tile(reader, view, column, x, tile_of)
    run = view.run
    samples = reader.get_analogsignal_chunk(
        run.block, run.segment, first, last, stream_index=run.stream, channel_indexes=[column]
    )[:, 0]
    nearest = _nearest(samples, height)
    if nearest is None:
        return None
    scale = Calibration.of(reader, run.stream, column)
    index, raw = first + nearest, samples[nearest].item()
    time = run.t_start + index / run.sampling_rate
    return Reading(run, column, scale.units, time, index, raw, scale.value(raw))


def column_samples(view: RunView, x: int) -> tuple[int, int]:
    """Return the samples that a picture shows in a column, half-open.

    Parameters
    ----------
    view : RunView
    x : int
        Pixel of the viewport, within what the run reaches.

    Returns
    -------
    first, last : int
        With less than a sample to a pixel, the one nearest to the pixel's middle. Else the samples
        ``[k*spp, (k+1)*spp)`` of column k, to the whole bins of the view's level that lie in it by
        their middles, as they are drawn: the tip of a spike is read where it is seen.
    """
    k = view.first_column + x
    if view.interpolated:
        # Whole numbers are exact wherever in the recording. The denominator is a power of two, and
        # so the middle of a pixel never half way between two samples.
        numerator, denominator = view.spp.as_integer_ratio()
        nearest = ((2 * k + 1) * numerator + denominator) // (2 * denominator)
        nearest = min(max(nearest, 0), view.run.size - 1)
        return nearest, nearest + 1
    first, last = _column_bins(view, x)
    count = bin_samples(view.level)
    return first * count, min(last * count, view.run.size)


def _column_bins(view: RunView, x: int) -> tuple[int, int]:
    """Return the bins of the view's level that a column shows, half-open."""
    k = view.first_column + x
    edges = first_bins(np.array([k, k + 1]), view.spp, view.level)
    first, last = np.clip(edges, 0, view.bin_count).tolist()
    return first, last


def _nearest(samples: np.ndarray, height: float) -> int | None:
    """Return which sample is nearest to a height, the first of several; None when all are NaN."""
    with np.errstate(invalid="ignore"):  # some NaNs of float32 signal when they are widened
        values = samples.astype(np.float64)
    numbers = np.flatnonzero(~np.isnan(values))
    if not numbers.size:
        return None
    if not math.isfinite(height):
        return int(numbers[0])
    return int(numbers[np.argmin(np.abs(values[numbers] - height))])


def _from_tile(
    reader: BaseRawIO,
    view: RunView,
    column: int,
    x: int,
    tile_of: Callable[[TileKey], Tile | None],
) -> Reading | None:
    """Return what a tile in memory says of a column that is too wide to be read."""
    run = view.run
    first, last = _column_bins(view, x)
    tile = tile_of(TileKey(run.stream, run.block, run.segment, view.level, first // TILE_BINS))
    if tile is None:
        return None
    lows, highs = own_extremes(view, tile, x, x + 1, slice(column, column + 1))
    raw_low, raw_high = lows[0, 0].item(), highs[0, 0].item()
    if math.isnan(raw_low):
        return None
    scale = Calibration.of(reader, run.stream, column)
    low, high = sorted((scale.value(raw_low), scale.value(raw_high)))
    own = slice(first - tile.first_bin, last - tile.first_bin)
    return Reading(
        run,
        column,
        scale.units,
        run.t_start + (view.first_column + x + 0.5) * view.spp / run.sampling_rate,
        raw_low=raw_low,
        raw_high=raw_high,
        low=low,
        high=high,
        exact=tile.sure is None or bool(tile.sure[own].all()),
    )
