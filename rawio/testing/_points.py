"""Checks of spikes, waveforms and events."""

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from rawio._points import Events
from rawio.base import BaseRawIO
from rawio.testing._common import Expected, places, require, same
from rawio.testing._header import SLACK


def check_spikes(reader: BaseRawIO, expected: Expected) -> None:
    """Check counts, order, limits in time, waveforms and values of every unit."""
    for block, segment in places(reader):
        for unit in range(reader.unit_channels_count()):
            place = (block, segment, unit)
            what = f"block {block}, segment {segment}, unit {unit}"
            ticks = reader.spike_timestamps(*place)
            require(len(ticks) == reader.spike_count(*place), f"{what}: spike_count differs.")
            seconds = _seconds(reader.rescale_spike_timestamp, ticks, what)
            _check_order(reader, block, segment, ticks, seconds, what)
            if place in expected.spikes:
                same(ticks, expected.spikes[place], f"{what}: timestamps")
            wanted = expected.waveforms.get(place)
            waves = reader.spike_raw_waveforms(*place)
            if wanted is not None:
                require(waves is not None, f"{what}: there are no waveforms.")
                same(waves, wanted, f"{what}: waveforms")
            _check_waveforms(reader, unit, waves, len(ticks), what)
            for low, high in _limits(seconds):
                inside = _inside(seconds, low, high)
                found = reader.spike_timestamps(*place, low, high)
                same(found, ticks[inside], f"{what}: timestamps from {low} s to {high} s")
                if waves is not None:
                    part = reader.spike_raw_waveforms(*place, low, high)
                    same(part, waves[inside], f"{what}: waveforms from {low} s to {high} s")


def _check_waveforms(
    reader: BaseRawIO, unit: int, waves: np.ndarray | None, count: int, what: str
) -> None:
    if waves is None:
        return
    header: Any = reader.header
    row = header["unit_channels"][unit]
    require(waves.ndim == 3 and len(waves) == count, f"{what}: waveforms of shape {waves.shape}.")
    scaled = reader.rescale_waveforms_to_float(waves, "float64", unit)
    same(scaled, waves * row["wf_gain"] + row["wf_offset"], f"{what}: scaled waveforms")


def check_events(reader: BaseRawIO, expected: Expected) -> None:
    """Check counts, order, limits in time, durations, labels and values of every channel."""
    for block, segment in places(reader):
        for channel in range(reader.event_channels_count()):
            place = (block, segment, channel)
            what = f"block {block}, segment {segment}, event channel {channel}"
            _check_event_columns(reader, place, what)
            ticks, durations, labels = reader.event_timestamps(*place)
            rescale = partial(reader.rescale_event_timestamp, event_channel_index=channel)
            seconds = _seconds(rescale, ticks, what)
            _check_order(reader, block, segment, ticks, seconds, what)
            if place in expected.events:
                _same_events((ticks, durations, labels), expected.events[place], what)
            for low, high in _limits(seconds):
                inside = _inside(seconds, low, high)
                part = None if durations is None else durations[inside]
                _same_events(
                    reader.event_timestamps(*place, low, high),
                    (ticks[inside], part, labels[inside]),
                    f"{what}, from {low} s to {high} s",
                )


def _check_event_columns(reader: BaseRawIO, place: tuple[int, int, int], what: str) -> None:
    header: Any = reader.header
    ticks, durations, labels = reader.event_timestamps(*place)
    require(len(ticks) == reader.event_count(*place), f"{what}: event_count differs.")
    require(len(labels) == len(ticks), f"{what}: {len(labels)} labels.")
    require(np.asarray(labels).dtype.kind == "U", f"{what}: labels are no text.")
    epochs = header["event_channels"]["type"][place[2]] == b"epoch"
    require(
        (durations is not None) == bool(epochs),
        f"{what}: epochs have durations and events have none; here it is the other way round.",
    )
    if durations is not None:
        require(len(durations) == len(ticks), f"{what}: {len(durations)} durations.")
        lasting = reader.rescale_epoch_duration(durations, "float64", place[2])
        require((np.asarray(lasting) >= 0).all(), f"{what}: an epoch ends before it starts.")


def _same_events(found: Events, wanted: Any, what: str) -> None:
    for name, one, other in zip(("timestamps", "durations", "labels"), found, wanted, strict=True):
        require((one is None) == (other is None), f"{what}: {name} are {one!r}.")
        if one is not None:
            same(one, other, f"{what}: {name}")


def _seconds(rescale: Callable[..., np.ndarray], ticks: np.ndarray, what: str) -> np.ndarray:
    seconds = rescale(ticks, "float64")
    require(seconds.dtype == np.float64, f"{what}: rescaled times are {seconds.dtype}.")
    require(seconds.shape == ticks.shape, f"{what}: rescaled times have another shape.")
    require(np.isfinite(seconds).all(), f"{what}: a time is not finite.")
    return seconds


def _check_order(
    reader: BaseRawIO, block: int, segment: int, ticks: np.ndarray, seconds: np.ndarray, what: str
) -> None:
    require(ticks.dtype == np.int64, f"{what}: timestamps are {ticks.dtype}, not int64.")
    if not len(ticks):
        return
    require((np.diff(seconds) >= 0).all(), f"{what}: timestamps are not in order of time.")
    start, stop = reader.segment_t_start(block, segment), reader.segment_t_stop(block, segment)
    require(
        start - SLACK <= seconds[0] and seconds[-1] <= stop + SLACK,
        f"{what}: {seconds[0]} s to {seconds[-1]} s is not within the segment, "
        f"{start} s to {stop} s.",
    )


def _limits(seconds: np.ndarray) -> list[tuple[float | None, float | None]]:
    """Return limits in time: none, on timestamps, between them, and beyond them."""
    if not len(seconds):
        return [(None, None), (0.0, 1.0)]
    first, last = float(seconds[0]), float(seconds[-1])
    third, half = float(seconds[len(seconds) // 3]), float(seconds[len(seconds) // 2])
    middle = (first + last) / 2
    return [
        (None, None),
        (first, last),
        (third, half),
        (half, None),
        (None, third),
        (middle, last + 1),
        (first - 1, middle),
        (last + 1, None),
        (None, first - 1),
        (half, third),
    ]


def _inside(seconds: np.ndarray, low: float | None, high: float | None) -> np.ndarray:
    """Return which times lie within limits, these included to a nanosecond."""
    inside = np.ones(len(seconds), bool)
    if low is not None:
        inside &= seconds >= low - 1e-9
    if high is not None:
        inside &= seconds <= high + 1e-9
    return inside
