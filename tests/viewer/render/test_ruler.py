"""The ruler's ticks: where they lie, what is written at them, and how close they are."""

import re
from datetime import datetime, timedelta

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.readers import ArrayReader
from viewer.engine.grid import Viewport
from viewer.model import View
from viewer.render.layout import CHARACTER
from viewer.render.ruler import LABEL_GAP, LEAST_PITCH, ruler_ticks

MOMENT = datetime(2024, 5, 1, 23, 59, 50, 250_000)


class Dated(ArrayReader):
    """A recording of a known date."""

    def _recorded_at(self):
        return MOMENT


class OnlyUnits(ArrayReader):
    """A recording without signals, of an hour."""

    def _segment_t_start(self, block, segment):
        return 0.0

    def _segment_t_stop(self, block, segment):
        return 3600.0


SAMPLES = np.zeros((100, 1), np.int16)
MINUS = "\N{MINUS SIGN}"
VIEWS = {
    "undated": View(ArrayReader.of(SAMPLES, 30_000.0, 0.37)),
    "dated": View(Dated.of(SAMPLES, 1250.0, -3.0)),
    "no signals": View(OnlyUnits([[]], [])),
}


def seconds_of(text):
    """Read hours, minutes and seconds."""
    sign, *parts = re.fullmatch(rf"({MINUS}?)(?:(?:(\d+):)?(\d+):)?(\d+(?:\.\d+)?)", text).groups()
    hours, minutes, seconds = (float(part or 0) for part in parts)
    return (-1 if sign else 1) * (hours * 3600 + minutes * 60 + seconds)


def time_said(view, text, time):
    """Return the time on the axis that a label means, of several days that nearest to `time`."""
    run = view.reference
    if view.time_format == "samples" and run is not None:
        number = int(text.replace("\N{THIN SPACE}", "").replace(MINUS, "-"))
        return run.t_start + number / run.sampling_rate
    if view.time_format == "clock" and view.recorded_at is not None:
        midnight = MOMENT.replace(hour=0, minute=0, second=0, microsecond=0)
        if re.fullmatch(r"\d+-\d+-\d+", text):  # a day, where steps are days
            year, month, day = map(int, text.split("-"))
            return (midnight.replace(year, month, day) - MOMENT).total_seconds()
        place = (midnight - MOMENT).total_seconds() + seconds_of(text)
        return place + 86400 * round((time - place) / 86400)
    return seconds_of(text)


@st.composite
def rulers(draw):
    view = VIEWS[draw(st.sampled_from(list(VIEWS)))]
    view.time_format = draw(st.sampled_from(["seconds", "clock", "samples"]))
    duration = 10.0 ** draw(st.floats(-4, 5.3))
    middle = draw(st.sampled_from([0.0, -60.0, 60.0, -3600.0, 3600.0, 9.75]) | st.floats(-1e4, 1e5))
    left = middle - duration * draw(st.floats(0, 1))
    width, ratio = draw(st.integers(80, 4000)), draw(st.sampled_from([0.75, 1.0, 1.5, 2.0, 3.0]))
    return view, Viewport(left, duration / width, width), ratio


@settings(deadline=None, max_examples=300)
@given(rulers())
def test_ticks_lie_where_their_labels_say(case):
    view, viewport, ratio = case
    ticks = ruler_ticks(view, viewport, ratio)
    assert len(ticks.labels) == len(ticks.times)
    pixel = viewport.seconds_per_pixel
    for time, label in zip(ticks.times.tolist(), ticks.labels, strict=True):
        assert time_said(view, label, time) == pytest.approx(time, abs=1e-3 * pixel, rel=1e-14)


def around_minus_an_hour():
    """Return a case of which labels are longer at the left than at the right."""
    view = View(ArrayReader.of(SAMPLES))
    return view, Viewport(-3600.003, 0.001 / 92, 800), 1.0


@settings(deadline=None, max_examples=300)
@given(rulers())
@example(around_minus_an_hour())
def test_labels_never_collide_and_are_no_further_apart_than_they_need(case):
    view, viewport, ratio = case
    ticks = ruler_ticks(view, viewport, ratio)
    x = viewport.x_of(ticks.times)
    half = np.array([len(label) for label in ticks.labels]) * CHARACTER * ratio / 2
    assert (np.diff(x) - half[1:] - half[:-1] >= LABEL_GAP * ratio - 1e-3).all()
    assert (np.diff(x) >= LEAST_PITCH * ratio - 1e-3).all()
    if len(x) > 1:
        longest = max(len(t) for t in ticks.labels) + 3
        needed = max(LEAST_PITCH, longest * CHARACTER + LABEL_GAP) * ratio
        if view.time_format == "samples" and view.reference is not None:
            needed = max(needed, 1 / (viewport.seconds_per_pixel * view.reference.sampling_rate))
        assert np.diff(x).max() <= 3.6 * needed


@settings(deadline=None, max_examples=300)
@given(rulers())
def test_ticks_are_even_and_none_is_missing(case):
    view, viewport, ratio = case
    ticks = ruler_ticks(view, viewport, ratio)
    x, minor = (viewport.x_of(times) for times in (ticks.times, ticks.minor))
    for places in (x, minor):
        assert (places >= -1e-3).all() and (places <= viewport.width + 1e-3).all()
    if len(x) < 2:
        return
    pitch, part = np.diff(x), np.diff(minor)
    assert pitch == pytest.approx(pitch[0], abs=2e-3) and part == pytest.approx(part[0], abs=2e-3)
    parts = round(pitch[0] / part[0])
    assert parts in (1, 2, 5) and part[0] * parts == pytest.approx(pitch[0], abs=1e-2)
    assert x[0] - pitch[0] < 1e-3 and x[-1] + pitch[0] > viewport.width - 1e-3
    assert minor[0] - part[0] < 1e-2 and minor[-1] + part[0] > viewport.width - 1e-2
    inside = x[(x > 0.01) & (x < viewport.width - 0.01)]
    assert (np.abs(minor[:, np.newaxis] - inside).min(axis=0) < 1e-2).all()  # one at every label
    run = view.reference
    if view.time_format == "samples" and run is not None:
        numbers = (ticks.minor - run.t_start) * run.sampling_rate
        assert numbers == pytest.approx(np.rint(numbers), abs=1e-4)


@settings(deadline=None)
@given(st.floats(1e-4, 1e5))
@example(3600.0)
@example(60.0)
def test_the_caption_says_how_seconds_are_written(right):
    view = VIEWS["undated"]
    view.time_format = "seconds"
    caption = ruler_ticks(view, Viewport(0.0, right / 1000, 1000), 1.0).caption
    assert caption == ("h:min:s" if right >= 3600 else "min:s" if right >= 60 else "s")


@pytest.mark.parametrize(
    ("name", "kind", "caption"),
    [
        ("undated", "samples", "samples"),
        ("undated", "clock", "h:min:s"),
        ("dated", "samples", "samples"),
        ("no signals", "samples", "s"),
        ("no signals", "clock", "h:min:s"),
    ],
)
def test_the_caption_says_what_is_counted(name, kind, caption):
    view = VIEWS[name]
    view.time_format = kind
    assert ruler_ticks(view, Viewport(1.0, 0.001, 1000), 1.0).caption == caption


def test_the_clock_goes_on_over_midnight_and_the_caption_is_the_date_at_the_left():
    view = VIEWS["dated"]
    view.time_format = "clock"
    viewport = Viewport(0.0, 0.02, 1000)
    ticks = ruler_ticks(view, viewport, 1.0)
    before, after = (
        (f"23:59:{s}" for s in range(52, 60, 2)),
        (f"00:00:{s:02d}" for s in range(0, 11, 2)),
    )
    assert ticks.labels == (*before, *after)
    midnight = (
        MOMENT.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
    ) - MOMENT
    assert ticks.times[4] == midnight.total_seconds() == 9.75
    assert ticks.caption == "2024-05-01"
    later = ruler_ticks(view, Viewport(9.8, 0.02, 1000), 1.0)
    assert later.caption == "2024-05-02"


def test_rulers_by_hand():
    view = VIEWS["undated"]
    view.time_format = "seconds"
    ticks = ruler_ticks(view, Viewport(58.9, 0.003, 1000), 1.0)
    assert ticks.labels == ("59.0", "59.5", "1:00.0", "1:00.5", "1:01.0", "1:01.5")
    assert ticks.minor[:4] == pytest.approx([58.9, 59.0, 59.1, 59.2])
    view.time_format = "samples"
    ticks = ruler_ticks(view, Viewport(0.37 + 999_990 / 30_000, 4 / 30_000 / 100, 1000), 1.0)
    thin = "\N{THIN SPACE}"
    assert ticks.labels == tuple(
        f"{n // 10**6}{thin}000{thin}{n % 1000:03d}" if n >= 10**6 else f"999{thin}{n % 1000}"
        for n in range(999_990, 1_000_031, 5)
    )
    assert len(ticks.minor) == 41
    ticks = ruler_ticks(view, Viewport(0.37, 1 / 30_000 / 200, 1000), 1.0)
    assert ticks.labels == ("0", "1", "2", "3", "4", "5") and len(ticks.minor) == 6
