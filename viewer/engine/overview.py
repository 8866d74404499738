"""What a strip over the whole recording shows: an envelope for each group of channels, and events.

The extremes themselves are those of a `viewer.engine.survey.Survey`; here they are taken together,
so that other channels, groups or colours cost no reading.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from rawio import BaseRawIO
from viewer.engine.epochs import epochs_of, is_epoch_channel
from viewer.engine.gaps import gaps_between
from viewer.engine.grid import Viewport
from viewer.engine.points import LONGEST_SCAN
from viewer.engine.survey import ABSENT, Survey
from viewer.model import Channels, Timeline

MOST_BANDS = 8

NARROW_GAP = 3.0
"""Columns of a gap below which too few are empty for it to be seen."""


@dataclass(frozen=True, eq=False)
class Group:
    """Channels that share a band.

    Attributes
    ----------
    names : tuple of str
        Of the groups in the recording that it is made of, mostly one.
    rows : ndarray of int
        Rows of ``header['signal_channels']``, of one stream and one unit of measure.
    """

    names: tuple[str, ...]
    rows: np.ndarray

    @property
    def name(self) -> str:
        """What to call it."""
        return self.names[0] if len(self.names) == 1 else f"{self.names[0]} to {self.names[-1]}"


@dataclass(frozen=True, eq=False)
class Band:
    """The envelope of a group of channels, each taken about its resting level.

    Attributes
    ----------
    group : Group
    low, high : ndarray of float32, shape (columns,)
        The least and greatest value of any channel, in physical units; NaN where nothing is known.
    body_low, body_high : ndarray of float32, shape (columns,)
        The median over the channels of their least and of their greatest values: what most do.
    state : ndarray of uint8, shape (columns,)
        What is known; see `viewer.engine.survey`.
    pauses : ndarray of int64
        Columns in which the stream pauses for so short a time that it is to be marked, rising.
    """

    group: Group
    low: np.ndarray
    high: np.ndarray
    body_low: np.ndarray
    body_high: np.ndarray
    state: np.ndarray
    pauses: np.ndarray = field(default_factory=lambda: np.empty(0, np.int64))


@dataclass(frozen=True, eq=False)
class Ticks:
    """Events of one channel over the whole recording.

    Attributes
    ----------
    channel : int
        Row of ``header['event_channels']``.
    x : ndarray of int64
        Columns in which an event lies, or which an epoch reaches, rising.
    lasting : bool
        Whether these are epochs.
    """

    channel: int
    x: np.ndarray
    lasting: bool


def shown_groups(channels: Channels, most: int = MOST_BANDS) -> tuple[Group, ...]:
    """Return the groups of channels as they come from top to bottom, at most so many if possible.

    Channels that are hidden, bad, or of another unit than most of their group do not count. Where
    there are too many groups, neighbours of one stream and unit are taken together, the smallest
    first. What differs in that is never mixed, and none is left out: of many streams there are more
    groups, which share rows (see `viewer.render.overview.Strip`).
    """
    counted = channels.visible & ~channels.bad
    rows = channels.order[counted[channels.order]]
    of_row = channels.group[rows]
    groups = [
        Group((channels.group_names[number],), _of_one_unit(channels, rows[of_row == number]))
        for number in dict.fromkeys(of_row.tolist())
    ]
    while len(groups) > most:
        pairs = [i for i in range(len(groups) - 1) if _alike(channels, groups[i], groups[i + 1])]
        if not pairs:
            break
        i = min(pairs, key=lambda i: len(groups[i].rows) + len(groups[i + 1].rows))
        groups[i : i + 2] = [_joined(groups[i], groups[i + 1])]
    return tuple(groups)


def band_of(survey: Survey, group: Group) -> Band:
    """Return the band of a group, as far as the survey knows its channels."""
    reader = survey.reader
    assert reader.header is not None
    members = reader.get_group_channel_indexes()
    stream = next(i for i, rows in enumerate(members) if group.rows[0] in rows)
    columns, state = survey.columns[stream], survey.columns[stream].state
    place = {int(row): column for column, row in enumerate(members[stream])}
    picked = np.array([place[row] for row in group.rows.tolist()])
    gain = reader.header["signal_channels"]["gain"][group.rows].astype(np.float32)
    rest = columns.rest[picked].astype(np.float32)
    known = np.flatnonzero(state > ABSENT)
    sides = np.full((4, len(state)), np.nan, np.float32)
    with np.errstate(over="ignore", invalid="ignore"):  # beyond float32 is beyond the screen
        ends = [(side[known][:, picked] - rest) * gain for side in (columns.low, columns.high)]
        low, high = np.minimum(*ends), np.maximum(*ends)  # a negative gain turns them over
        sides[0, known], sides[1, known] = np.fmin.reduce(low, axis=1), np.fmax.reduce(high, axis=1)
        sides[2, known], sides[3, known] = _medians(low), _medians(high)
    pauses = _pauses(survey, stream)
    return Band(group, sides[0], sides[1], sides[2], sides[3], state, pauses)


def _pauses(survey: Survey, stream: int) -> np.ndarray:
    """Return the columns in the middle of a stream's narrow gaps."""
    runs = [run for run in survey.timeline.runs if run.stream == stream]
    start, stop = survey.viewport.x_of(gaps_between(runs)).T
    middle = (start + stop)[stop - start < NARROW_GAP] / 2
    return np.unique(np.clip(middle.astype(np.int64), 0, survey.viewport.width - 1))


def read_ticks(reader: BaseRawIO, timeline: Timeline, viewport: Viewport) -> tuple[Ticks, ...]:
    """Look up the events of all channels, thinned to one to a column.

    Channels whose events are the edges of digital lines, which only reading all samples would
    tell, are left out of long recordings, and so are those without events.

    Raises
    ------
    RawIOError
        What the reader raises.
    """
    too_long = viewport.t_right - viewport.t_left > LONGEST_SCAN
    out = []
    for channel in range(reader.event_channels_count()):
        if too_long and reader.event_count_reads_samples(channel):
            continue
        lasting = is_epoch_channel(reader, channel)
        # One more at each column where a marked stretch begins, one less behind its end.
        steps = np.zeros(viewport.width + 1, np.int64)
        for segment in timeline.segments:
            if lasting:
                epochs = epochs_of(reader, segment, channel)
                start, stop = epochs.start, epochs.stop
            else:
                ticks, _, _ = reader.event_timestamps(segment.block, segment.index, channel)
                start = stop = reader.rescale_event_timestamp(ticks, event_channel_index=channel)
            first, last = (
                np.clip(viewport.x_of(t + segment.shift), 0, viewport.width - 1).astype(np.int64)
                for t in (start, stop)
            )
            np.add.at(steps, first, 1)
            np.add.at(steps, last + 1, -1)
        x = np.flatnonzero(np.cumsum(steps[:-1]))
        if len(x):
            out.append(Ticks(channel, x, lasting))
    return tuple(out)


def _of_one_unit(channels: Channels, rows: np.ndarray) -> np.ndarray:
    units = [channels.infos[row].units for row in rows]
    common, _ = Counter(units).most_common(1)[0]
    return rows[[unit == common for unit in units]]


def _alike(channels: Channels, one: Group, other: Group) -> bool:
    first, second = channels.infos[one.rows[0]], channels.infos[other.rows[0]]
    return (first.stream, first.units) == (second.stream, second.units)


def _joined(one: Group, other: Group) -> Group:
    return Group(one.names + other.names, np.concatenate([one.rows, other.rows]))


def _medians(values: np.ndarray) -> Sequence[float] | np.ndarray:
    """Return the median of each row of those values that are numbers."""
    holes = np.isnan(values)
    if not holes.any():
        return np.median(values, axis=1)
    return [
        float(np.median(row[~gone])) if not gone.all() else np.nan
        for row, gone in zip(values, holes, strict=True)
    ]
