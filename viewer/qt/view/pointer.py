"""The read-out: what the very sample under the cursor says, read in a thread."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from rawio import BaseRawIO
from viewer.engine.columns import own_extremes
from viewer.engine.grid import RunView
from viewer.engine.levels import bin_samples
from viewer.engine.readout import MOST_BYTES, Reading, column_samples, read_out
from viewer.engine.samples import frame_bytes
from viewer.engine.tiles import TILE_BINS, Tile, TileKey
from viewer.engine.workers import LatestWorker
from viewer.model import View
from viewer.qt.bridge import Messenger


@dataclass(frozen=True)
class Question:
    """A place in the picture of which the sample is asked for.

    Attributes
    ----------
    reader : rawio.BaseRawIO
        Of what is drawn there.
    run : RunView
    rows : tuple of int
        Channels whose traces may be meant: of one lane, or of all that share a place.
    slope, shift : ndarray of float64
        Of each of them: a raw value v is drawn ``slope * v + shift`` pixels below the middle.
    height : float
        Pixels below the middle at which the cursor is. NaN where heights mean nothing, in a heat
        map: then the value is meant that gives a column its colour, the furthest from the middle.
    x : int
        Pixel of the plot.
    time : float
        Seconds on the axis, of the cursor.
    tile_of : callable
        Returns a tile at hand, or None.
    """

    reader: BaseRawIO
    run: RunView
    rows: tuple[int, ...]
    slope: np.ndarray
    shift: np.ndarray
    height: float
    x: int
    time: float
    tile_of: Callable[[TileKey], Tile | None]


@dataclass(frozen=True)
class Answer:
    """What was read for a question.

    Attributes
    ----------
    question : Question
    row : int
        Channel.
    reading : Reading or None
        None where there is no sample.
    """

    question: Question
    row: int
    reading: Reading | None


class Pointer:
    """Looks up samples in a thread of its own; of many questions it answers the latest.

    Parameters
    ----------
    view : View
    messenger : Messenger
    answered : callable
        Called in the GUI thread with an `Answer`.
    tell : callable
        Called in the thread with a sentence when reading fails.
    """

    def __init__(
        self,
        view: View,
        messenger: Messenger,
        answered: Callable[[Answer], None],
        tell: Callable[[str], None],
    ) -> None:
        infos = view.channels.infos

        def look_up(question: Question) -> Answer:
            columns = [infos[row].column for row in question.rows]
            number, raw = _meant(question, columns)
            reading = read_out(
                question.reader, question.run, columns[number], question.x, raw, question.tile_of
            )
            return Answer(question, question.rows[number], reading)

        self._worker: LatestWorker[Question, Answer] = LatestWorker(
            look_up, messenger.to(answered), tell, "rawscope read-out"
        )

    def ask(self, question: Question) -> None:
        """Look up a sample; an earlier question that waits is dropped."""
        self._worker.submit(question)

    @property
    def busy(self) -> bool:
        """Whether an answer is to come."""
        return self._worker.busy

    def close(self) -> None:
        """End the thread, not waiting."""
        self._worker.close()


def _meant(asked: Question, columns: list[int]) -> tuple[int, float]:
    """Return which of the channels that may be meant is, and the raw value at the cursor."""
    if np.isnan(asked.height):
        return 0, _furthest(asked, columns)
    number = 0 if len(columns) == 1 else _nearest(asked, columns)
    with np.errstate(divide="ignore", invalid="ignore"):
        return number, float((asked.height - asked.shift[number]) / asked.slope[number])


def _furthest(asked: Question, columns: list[int]) -> float:
    """Return which of a column's values of one channel is furthest from the middle of its lane."""
    values = _values(asked, columns)
    if values is None:
        return np.nan
    values = values[:, 0].astype(np.float64)
    with np.errstate(over="ignore", invalid="ignore"):
        distance = np.nan_to_num(np.abs(values * asked.slope[0] + asked.shift[0]), nan=-1.0)
    return float(values[np.argmax(distance)])


def _nearest(asked: Question, columns: list[int]) -> int:
    """Return which channel's ink in a column is nearest to the cursor, of equals the uppermost."""
    values = _line(asked, columns) if asked.run.interpolated else _values(asked, columns)
    if values is None:
        return len(columns) - 1
    with np.errstate(over="ignore", invalid="ignore"):
        y = values.astype(np.float64) * asked.slope + asked.shift
        above = np.fmin.reduce(y, axis=0) - asked.height
        below = asked.height - np.fmax.reduce(y, axis=0)
    distance = np.nan_to_num(np.maximum(np.maximum(above, below), 0.0), nan=np.inf)
    return len(columns) - 1 - int(np.argmin(distance[::-1]))  # the last is drawn above the others


def _values(asked: Question, columns: list[int]) -> np.ndarray | None:
    """Return what a column of the picture shows of some channels, shape (values, channels).

    Samples; where these are too many to be read, the least and greatest that a tile knows. None
    where no tile is at hand.
    """
    run = asked.run.run
    first, last = column_samples(asked.run, asked.x)
    if last - first <= max(1, MOST_BYTES // frame_bytes(asked.reader, run.stream)):
        return _samples(asked, first, last, columns)
    level = asked.run.level
    number = first // bin_samples(level) // TILE_BINS
    tile = asked.tile_of(TileKey(run.stream, run.block, run.segment, level, number))
    if tile is None:
        return None
    return np.concatenate(own_extremes(asked.run, tile, asked.x, asked.x + 1, np.array(columns)))


def _line(asked: Question, columns: list[int]) -> np.ndarray:
    """Return the lines between samples in the middle of a pixel, float64 (1, channels)."""
    nearest, _ = column_samples(asked.run, asked.x)
    first, last = max(0, nearest - 1), min(asked.run.run.size, nearest + 2)
    samples = _samples(asked, first, last, columns).astype(np.float64)
    place = asked.run.position(asked.x, first) + asked.run.spp / 2
    index = min(max(int(np.floor(place)), 0), max(0, len(samples) - 2))
    share = min(max(place - index, 0.0), 1.0)
    after = samples[min(index + 1, len(samples) - 1)]
    return (samples[index] * (1 - share) + after * share)[np.newaxis]


def _samples(asked: Question, first: int, last: int, columns: list[int]) -> np.ndarray:
    run = asked.run.run
    return asked.reader.get_analogsignal_chunk(
        run.block, run.segment, first, last, stream_index=run.stream, channel_indexes=columns
    )
