"""Bands and events of the strip against brute force."""

import math
import warnings
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.oracles.overview import column_extremes
from tests.readers import ArrayReader, noise
from viewer.engine.engine import Engine
from viewer.engine.grid import Viewport
from viewer.engine.overview import Group, band_of, read_ticks, shown_groups
from viewer.engine.points import LONGEST_SCAN
from viewer.engine.survey import GAP, SURE, Survey
from viewer.model import ChannelInfo, Channels, Timeline


def surveyed(reader, width):
    engine = Engine(reader, index=False)
    made = Survey(reader, Timeline.of(reader), engine.indexer, width)
    for _ in made.read():
        pass
    engine.close()
    return made


# -- groups ----------------------------------------------------------------------------------------


def channels_of(*groups):
    """Return channels of groups given as (stream, units, count)."""
    infos = []
    for group, (stream, units, count) in enumerate(groups):
        for _ in range(count):
            row, name = len(infos), f"s{stream}"
            infos.append(
                ChannelInfo(
                    f"c{row}",
                    str(row),
                    units,
                    stream,
                    row,
                    1.0,
                    0.0,
                    name,
                    group,
                    str(group),
                    math.nan,
                    math.nan,
                )
            )
    return Channels(infos)


def rows_of(groups):
    return [group.rows.tolist() for group in groups]


def test_groups_come_in_the_order_of_their_channels_without_hidden_and_bad_ones():
    channels = channels_of((0, "uV", 3), (1, "uV", 2), (0, "mV", 2))
    assert rows_of(shown_groups(channels)) == [[0, 1, 2], [3, 4], [5, 6]]
    channels.set_visible([0, 3, 4], False)
    channels.set_bad([6], True)
    channels.set_order([6, 5, 4, 3, 2, 1, 0])
    groups = shown_groups(channels)
    assert rows_of(groups) == [[5], [2, 1]]
    assert [group.name for group in groups] == [channels.group_names[2], channels.group_names[0]]


def test_channels_of_another_unit_than_most_of_their_group_do_not_count():
    channels = Channels(
        [
            ChannelInfo(n, n, units, 0, i, 1.0, 0.0, "s", 0, "", math.nan, math.nan)
            for i, (n, units) in enumerate([("a", "V"), ("b", "uV"), ("c", "uV")])
        ]
    )
    assert rows_of(shown_groups(channels)) == [[1, 2]]


def test_the_smallest_neighbours_are_taken_together_where_groups_are_too_many():
    sizes = [4, 1, 2, 4, 4, 3, 3]
    channels = channels_of(*((0, "uV", size) for size in sizes))
    groups = shown_groups(channels, 4)
    assert [len(group.rows) for group in groups] == [7, 4, 4, 6]
    assert sorted(row for rows in rows_of(groups) for row in rows) == list(range(21))
    names = channels.group_names
    assert groups[0].name == f"{names[0]} to {names[2]}" and groups[1].name == names[3]


def test_groups_of_other_streams_and_units_are_neither_mixed_nor_left_out():
    channels = channels_of((0, "uV", 5), (1, "uV", 1), (1, "mV", 3), (2, "uV", 4), (2, "uV", 9))
    kept = [[0, 1, 2, 3, 4], [5], [6, 7, 8], list(range(9, 22))]
    assert rows_of(shown_groups(channels, 4)) == rows_of(shown_groups(channels, 1)) == kept


@given(
    st.lists(
        st.tuples(st.integers(0, 3), st.sampled_from(["uV", "mV"]), st.integers(1, 4)),
        min_size=1,
        max_size=14,
    ),
    st.integers(1, 8),
)
def test_every_channel_is_in_one_group_and_groups_are_as_few_as_asked_for_if_they_can_be(
    groups, most
):
    channels = channels_of(*sorted(groups))
    found = shown_groups(channels, most)
    assert [row for rows in rows_of(found) for row in rows] == list(range(len(channels)))
    kinds = [
        {(channels.infos[row].stream, channels.infos[row].units) for row in group.rows}
        for group in found
    ]
    assert all(len(kind) == 1 for kind in kinds)
    least = sum(before != after for before, after in pairwise([None, *map(max, kinds)]))
    assert len(found) == max(least, min(most, len(groups)))


# -- bands -----------------------------------------------------------------------------------------


def quiet_but_for_pulses(size, channels, rest, seed):
    """Return samples that lie at each channel's rest for most of the time."""
    rng = np.random.default_rng(seed)
    samples = np.tile(np.array(rest, np.int16), (size, 1))
    for _ in range(size // 20):
        samples[rng.integers(size), rng.integers(channels)] += rng.integers(-900, 900)
    return samples


@settings(deadline=None, max_examples=30)
@given(st.integers(0, 1000), st.sampled_from([0.5, -0.25, 3.0]), st.integers(1, 60))
def test_bands_are_the_extremes_and_medians_over_channels_about_their_rest(seed, gain, width):
    rest = np.array([300, -200, 0, 5000, 40])
    samples = quiet_but_for_pulses(2000, 5, rest, seed)
    reader = ArrayReader.of(samples, rate=128.0, gain=gain)
    made = surveyed(reader, width)
    rows = [4, 1, 2, 0]
    band = band_of(made, Group(("some",), np.array(rows)))
    want = column_extremes([(0.0, 128, samples)], 0, 2000 / 128, width)
    for x, sides in want.items():
        physical = [(side[rows].astype(float) - rest[rows]) * gain for side in sides]
        low, high = np.minimum(*physical), np.maximum(*physical)
        got = band.low[x], band.high[x], band.body_low[x], band.body_high[x]
        assert got == pytest.approx((low.min(), high.max(), np.median(low), np.median(high)))
    assert (band.state == SURE).all() and len(want) == width


def test_a_band_of_a_later_stream_has_its_channels_and_gaps():
    fast, slow = noise(1000, 2), np.full((50, 3), 7, np.int16)
    slow[25, 1] = 57
    reader = ArrayReader([[(0.0, fast), (5.0, slow)]], [100.0, 10.0])
    band = band_of(surveyed(reader, 20), Group(("slow",), np.array([3, 4])))
    assert (band.state == [GAP] * 10 + [SURE] * 10).all()
    assert np.isnan(band.low[:10]).all()
    assert band.high[10:].tolist() == [0, 0, 0, 0, 0, 50, 0, 0, 0, 0]
    assert band.body_high[15] == 25 and (band.low[10:] == 0).all()


@settings(deadline=None, max_examples=60)
@given(
    st.lists(st.tuples(st.integers(0, 900), st.integers(1, 300)), min_size=1, max_size=6),
    st.integers(5, 90),
)
def test_a_band_pauses_in_the_columns_that_its_stream_s_narrow_gaps_lie_in(lengths, width):
    segments, t = [], 0.0
    for missing, size in lengths:
        samples = (np.zeros((900 + size, 1), np.int16), np.zeros((size, 1), np.int16))
        segments.append([(t, samples[0]), (t, samples[1])])
        t += (900 + size) / 1000 + (missing // 300) * 0.001
    made = surveyed(ArrayReader(segments, [1000.0, 1000.0]), width)
    for stream in (0, 1):
        runs = sorted((r.t_start, r.t_stop) for r in made.timeline.runs if r.stream == stream)
        wanted = set()
        for (_, stop), (start, _) in pairwise(runs):
            columns = (start - stop) / made.viewport.seconds_per_pixel
            if start - stop > 0.0005 and columns < 3:
                wanted.add(int((start + stop) / 2 / made.viewport.seconds_per_pixel))
        rows = np.array([stream])
        assert set(band_of(made, Group(("g",), rows)).pauses.tolist()) == wanted


def test_channels_without_numbers_do_not_count_in_a_band():
    samples = np.zeros((100, 3), np.float32)
    samples[:, 0] = np.nan
    samples[50:, 1:] = np.nan
    samples[10, 2] = 4.0
    band = band_of(surveyed(ArrayReader.of(samples), 10), Group(("all",), np.arange(3)))
    assert band.high[:5].tolist() == [0, 4, 0, 0, 0] and np.isnan(band.high[5:]).all()
    assert band.body_high[1] == 2 and np.isnan(band.body_low[5:]).all()


def test_a_band_beyond_what_a_float32_can_be_has_no_end_and_warns_nobody():
    samples = np.zeros((100, 1))
    samples[10], samples[50] = 1e300, -1e300
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        band = band_of(surveyed(ArrayReader.of(samples), 10), Group(("all",), np.arange(1)))
    assert band.high.tolist() == [0, math.inf, *[0] * 8]
    assert band.low.tolist() == [*[0] * 5, -math.inf, *[0] * 4]


# -- events ----------------------------------------------------------------------------------------

TIMES = st.lists(st.integers(0, 5999), max_size=30)


@given(TIMES, st.lists(st.tuples(st.integers(0, 5999), st.integers(0, 900)), max_size=8))
def test_ticks_are_the_columns_with_an_event_or_in_reach_of_an_epoch(times, spans):
    reader = ArrayReader.of(
        np.zeros((6000, 1), np.int16),
        rate=64.0,
        events={"e": [(t / 64, "x") for t in sorted(times)]},
        epochs={"p": [(t / 64, length / 64, "y") for t, length in sorted(spans)]},
    )
    width, step = 75, 80
    ticks = read_ticks(reader, Timeline.of(reader), Viewport(0.0, step / 64, width))
    points = {t // step for t in times}
    reached = {x for t, n in spans for x in range(t // step, min((t + n) // step, width - 1) + 1)}
    got = {tick.channel: (set(tick.x.tolist()), tick.lasting) for tick in ticks}
    want = {0: (points, False), 1: (reached, True)}
    assert got == {channel: what for channel, what in want.items() if what[0]}


def test_events_of_segments_that_were_moved_are_moved_along():
    class Restarted(ArrayReader):
        def _get_event_timestamps(self, block, segment, channel, t_start, t_stop):
            times = np.array([[0.5], [0.25]][segment])
            return times, None, np.array(["x"])

    samples = noise(100, 1)
    reader = Restarted([[(0.0, samples)], [(0.0, samples)]], [100.0], events={"e": [(0.0, "x")]})
    (ticks,) = read_ticks(reader, Timeline.of(reader), Viewport(0.0, 0.125, 16))
    assert ticks.x.tolist() == [4, 10]


def test_events_that_only_all_samples_would_tell_are_looked_up_in_short_recordings():
    class Lines(ArrayReader):
        def event_count_reads_samples(self, channel):
            return channel == 0

    events = {"line": [(1.0, "x")], "other": [(2.0, "x")]}
    reader = Lines.of(np.zeros((10, 1), np.int16), events=events)
    timeline = Timeline.of(reader)

    def found(seconds):
        ticks = read_ticks(reader, timeline, Viewport(0.0, seconds / 100, 100))
        return [tick.channel for tick in ticks]

    assert found(LONGEST_SCAN / 2) == [0, 1] and found(LONGEST_SCAN * 2) == [1]
