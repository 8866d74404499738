"""What the sample under the mouse says, against the reader's samples and rational arithmetic."""

from fractions import Fraction

import numpy as np
import pytest
from PyQt6.QtCore import QPoint

from tests.oracles.columns import column_of_sample
from tests.readers import ArrayReader, SlowReader, noise
from tests.viewer.compute.recordings import ScaledReader
from tests.viewer.qt.conftest import pixels, settle
from tests.viewer.qt.hands import (
    BESIDE,
    SAID,
    in_lane,
    logical,
    microvolts,
    move,
    said_at,
    shown,
    two_streams,
)
from viewer import HighPass, Layer
from viewer.engine.levels import bin_samples

RATE = 1000.0
SPANS = [0.02, 0.3, 2.0, 11.0]
"""Seconds on screen: from 40 pixels a sample to 15 samples a pixel."""


def members(run, x):
    """Return the samples that column `x` of a picture shows."""
    k, spp = run.first_column + x, Fraction(run.spp)
    if run.spp < 1:
        middle = (k + Fraction(1, 2)) * spp
        near = range(max(0, int(middle) - 1), min(run.run.size, int(middle) + 3))
        return [min(near, key=lambda i: (abs(i - middle), i))]
    count = bin_samples(run.level)
    around = range(
        max(0, int((k - 2) * spp) - count), min(run.run.size, int((k + 3) * spp) + count)
    )
    return [i for i in around if column_of_sample(i, spp, count) == k]


def y_of(view, row, physical, panel=0):
    """Return where values are drawn, in physical pixels of the view."""
    channels, box = view.view.channels, view.frame.layout.panels[panel]
    info = channels.infos[row]
    lanes = channels.page_of(info.stream).tolist()
    height = box.box.height / (1 if view.view.butterfly else len(lanes))
    lane = 0 if view.view.butterfly else lanes.index(row)
    shift = channels.offset[row] - channels.rest[row] * channels.remove_dc
    per_unit = channels.gain[row] * height / channels.span[info.stream, info.units]
    return box.box.y0 + (lane + 0.5) * height - (np.asarray(physical) + shift) * per_unit


def places(view, count, seed):
    """Return places in the lanes of a view."""
    rng, lanes = np.random.default_rng(seed), view.frame.layout.lanes
    for _ in range(count):
        yield QPoint(
            int(rng.integers(lanes.x0 + 1, lanes.x1)), int(rng.integers(lanes.y0, lanes.y1))
        )


@pytest.mark.parametrize("gain", [1.0, -0.7])
def test_it_is_the_sample_of_that_column_that_is_nearest(view, qtbot, reader, gain):
    samples = reader.segments[0][0][1]
    view.view.channels.set_gain(gain)
    view.view.channels.set_offset(30.0, [5])
    seen = set()
    for number, seconds in enumerate(SPANS):
        view.view.window.set(7.0 + number, seconds)
        settle(qtbot, view)
        plot = view.frame.layout.plot
        for place in places(view, 12, seed=number):
            said = SAID.fullmatch(said_at(qtbot, view, place))
            row, index = int(said["name"].removeprefix("c")), int(said["sample"])
            assert (
                row
                == (place.y() - view.frame.layout.lanes.y0) * 12 // view.frame.layout.lanes.height
            )
            mine = members(view.frame.runs[0], place.x() - plot.x0)
            assert index in mine
            assert float(said["time"]) == pytest.approx(index / RATE, abs=1e-9)
            assert int(said["raw"]) == samples[index, row]
            value = microvolts(f"{said['value']} {said['units']}")
            assert value == pytest.approx(float(samples[index, row]), rel=6e-4)
            away = np.abs(y_of(view, row, samples[mine, row]) - place.y())
            assert away[mine.index(index)] == pytest.approx(away.min(), abs=1e-6)
            seen.add(row)
    assert len(seen) > 6


def test_the_uppermost_pixel_of_a_trace_is_its_greatest_sample(view, qtbot, reader):
    samples = reader.segments[0][0][1]
    view.view.channels.solo(4)
    view.view.units.set_visible([0, 1], False)
    view.view.window.set(10.0, 8.0)
    settle(qtbot, view)
    plot, color = view.frame.layout.plot, view.view.channels.color[4]
    inked = (np.abs(pixels(view)[..., :3].astype(int) - color) <= 1).all(axis=2)
    for x in range(20, plot.width, 61):
        mine = members(view.frame.runs[0], x)
        before, after = (members(view.frame.runs[0], x + step) for step in (-1, 1))
        # Ink is widened to meet a neighbour that lies above; then its top is no sample.
        if max(samples[before, 4].min(), samples[after, 4].min()) > samples[mine, 4].max():
            continue
        top = int(np.flatnonzero(inked[:, x])[0])
        said = SAID.fullmatch(said_at(qtbot, view, QPoint(plot.x0 + x, plot.y0 + top)))
        assert int(said["raw"]) == samples[mine, 4].max()


def test_amplitudes_are_in_the_units_of_each_channel(qtbot):
    samples = (noise(5000, 3) // 64).astype(np.int16)
    scales = [(0.195, 0.0, "uV"), (-2e-3, 1.5, "mV"), (0.5, 3.0, "degC")]
    view = shown(qtbot, ScaledReader([[(0.0, samples)]], [RATE], scales))
    for lane in range(3):
        said = SAID.fullmatch(said_at(qtbot, view, in_lane(view, lane, across=0.3)))
        raw = samples[int(said["sample"]), lane]
        assert int(said["raw"]) == raw
        gain, offset, units = scales[lane]
        if units == "degC":
            assert said["units"] == units
            assert float(said["value"]) == pytest.approx(raw * gain + offset, rel=6e-4)
        else:
            value = microvolts(f"{said['value']} {said['units']}")
            factor = 1000 if units == "mV" else 1
            assert value == pytest.approx((raw * gain + offset) * factor, rel=6e-4, abs=1e-3)


def test_each_panel_reads_its_own_stream(qtbot):
    reader = two_streams()
    view = shown(qtbot, reader)
    view.view.window.set(30.0, 1.0)
    settle(qtbot, view)
    for panel, rate in enumerate((1000.0, 250.0)):
        samples = reader.segments[0][panel][1]
        said = SAID.fullmatch(said_at(qtbot, view, in_lane(view, 1, panel, across=0.61)))
        assert said["name"] == f"s{panel}c1"
        index = int(said["sample"])
        assert int(said["raw"]) == samples[index, 1]
        assert float(said["time"]) == pytest.approx(index / rate, abs=1e-9)
        assert float(said["time"]) == pytest.approx(30.61, abs=0.01)


def test_times_are_written_as_the_view_writes_them(view, qtbot):
    view.view.window.set(30.0, 1.0)
    settle(qtbot, view)
    place = in_lane(view, 3, across=0.25)
    index = SAID.fullmatch(said_at(qtbot, view, place))["sample"]
    view.view.time_format = "samples"
    settle(qtbot, view)
    assert said_at(qtbot, view, place).startswith(f"{int(index):,} · ".replace(",", "\u2009"))
    view.view.time_format = "clock"
    settle(qtbot, view)
    assert said_at(qtbot, view, place).startswith(f"0:00:{int(index) / RATE:06.3f} · ")


# -- what is not there -------------------------------------------------------------------------


def test_beside_the_lanes_it_says_nothing(view):
    said = []
    view.pointed.connect(said.append)
    layout = view.frame.layout
    move(view, QPoint(400, (layout.raster.y0 + layout.raster.y1) // 2))
    move(view, BESIDE)
    move(view, QPoint(view.width() - 3, 200))
    assert said == ["", "", ""]


def test_in_a_gap_it_says_that_there_is_no_sample(qtbot):
    samples = (noise(3000, 2) // 64).astype(np.int16)
    reader = ArrayReader([[(0.0, samples)], [(6.0, samples)]], [RATE])
    view = shown(qtbot, reader)
    view.view.window.set(2.0, 5.0)
    settle(qtbot, view)
    said = said_at(qtbot, view, in_lane(view, 1, across=0.5))
    assert said == "4.502 s · c1 · no sample here"
    said = said_at(qtbot, view, in_lane(view, 1, across=0.9))
    assert "segment 2, " in said
    after = SAID.fullmatch(said.replace("segment 2, ", ""))
    assert int(after["raw"]) == samples[int(after["sample"]), 1]
    assert float(after["time"]) == pytest.approx(6.0 + int(after["sample"]) / RATE)


def test_samples_that_are_no_numbers_are_not_read_out(qtbot):
    samples = noise(3000, 2, dtype=np.float32)
    samples[400:600, 1] = np.nan
    view = shown(qtbot, ArrayReader.of(samples))
    assert said_at(qtbot, view, in_lane(view, 1)).endswith(" s · c1 · no sample here")
    said = SAID.fullmatch(said_at(qtbot, view, in_lane(view, 0)))
    assert float(said["raw"]) == pytest.approx(float(samples[int(said["sample"]), 0]), rel=1e-6)


def test_a_disk_that_fails_is_said_once_and_the_next_place_is_read(qtbot):
    from tests.readers import BrokenReader

    reader = BrokenReader.of((noise(5000, 2) // 64).astype(np.int16))
    view = shown(qtbot, reader)
    told = []
    view.message.connect(told.append)
    reader.bad = range(400, 500)
    move(view, BESIDE)
    move(view, in_lane(view, 0, across=0.45))
    qtbot.waitUntil(lambda: told == ["the disk says no."])
    assert SAID.fullmatch(said_at(qtbot, view, in_lane(view, 0, across=0.7)))


# -- of columns too wide to be read, one value cannot be said -------------------------------------


def test_wide_columns_say_least_and_greatest(qtbot, monkeypatch):
    monkeypatch.setattr("viewer.engine.readout.MOST_BYTES", 24)
    samples = (noise(60_000, 3) // 64).astype(np.int16)
    scales = [(1.0, 0.0, "uV"), (-0.5, 0.0, "uV"), (2.0, 1.0, "uV")]
    view = shown(qtbot, ScaledReader([[(0.0, samples)]], [RATE], scales))
    view.view.window.set(3.0, 45.0)
    settle(qtbot, view)
    for lane in range(3):
        place = in_lane(view, lane, across=0.4)
        time, name, raw, value = said_at(qtbot, view, place).split(" · ")
        mine = samples[members(view.frame.runs[0], place.x() - view.frame.layout.plot.x0), lane]
        assert name == f"c{lane}" and raw == f"raw {mine.min()} to {mine.max()}"
        ends = np.sort(np.array([mine.min(), mine.max()]) * scales[lane][0] + scales[lane][1])
        assert [microvolts(words) for words in value.split(" to ")] == pytest.approx(
            ends.tolist(), rel=6e-4, abs=1e-3
        )
        assert float(time.removesuffix(" s")) == pytest.approx(3 + 0.4 * 45, abs=0.1)


# -- traces over one another, and heat maps ---------------------------------------------------


def test_of_traces_over_one_another_the_one_under_the_mouse_is_named(view, qtbot, reader):
    samples = reader.segments[0][0][1]
    view.view.butterfly = True
    channels = view.view.channels
    channels.show_only(range(4))
    named = set()
    for number, seconds in enumerate((0.02, 0.3, 9.0)):
        view.view.window.set(7.0 + number, seconds)
        settle(qtbot, view)
        run, plot = view.frame.runs[0], view.frame.layout.plot
        for place in places(view, 10, seed=number):
            said = SAID.fullmatch(said_at(qtbot, view, place))
            row, index = int(said["name"].removeprefix("c")), int(said["sample"])
            assert int(said["raw"]) == samples[index, row]
            mine = members(run, place.x() - plot.x0)
            assert index in mine
            if run.spp < 1:
                at = float((run.first_column + place.x() - plot.x0 + Fraction(1, 2)) * run.spp)
                near = slice(int(at), int(at) + 2)
                line = samples[near, :4].T @ [1 - at % 1, at % 1]
                y = [y_of(view, r, line[r]) for r in range(4)]
                away = [abs(v - place.y()) for v in y]
            else:
                y = [y_of(view, r, samples[mine, r]) for r in range(4)]
                away = [max(v.min() - place.y(), place.y() - v.max(), 0.0) for v in y]
            assert away[row] == pytest.approx(min(away), abs=1e-6)
            assert row == max(r for r in range(4) if away[r] <= away[row] + 1e-6)
            named.add(row)
    assert len(named) == 4


def test_of_wide_columns_the_one_whose_span_is_nearest_is_named(qtbot, monkeypatch):
    for module in ("viewer.engine.readout", "viewer.qt.view.pointer"):
        monkeypatch.setattr(f"{module}.MOST_BYTES", 24)
    levels = np.array([-4000, -1000, 1500, 4000])
    samples = (noise(60_000, 4) // 200 + levels).astype(np.int16)
    view = shown(qtbot, ArrayReader.of(samples))
    channels = view.view.channels
    view.view.butterfly, channels.remove_dc = True, False
    channels.set_span(0, "uV", 12_000.0)
    view.view.window.set(3.0, 45.0)
    settle(qtbot, view)
    for row, level in enumerate(levels):
        for below in (-700, -100, 0, 600):
            y = int(y_of(view, row, level + below))
            said = said_at(qtbot, view, QPoint(400, y))
            assert said.split(" · ")[1] == f"c{row}" and " to " in said


def test_a_heat_map_says_the_sample_that_gives_a_column_its_colour(view, qtbot, reader):
    samples = reader.segments[0][0][1]
    view.view.display = "heat map"
    view.view.window.set(7.0, 9.0)
    settle(qtbot, view)
    layout, rest = view.frame.layout, view.view.channels.rest
    for place in places(view, 20, seed=3):
        said = SAID.fullmatch(said_at(qtbot, view, place))
        row, index = int(said["name"].removeprefix("c")), int(said["sample"])
        assert row == (place.y() - layout.lanes.y0) * 12 // layout.lanes.height
        mine = members(view.frame.runs[0], place.x() - layout.plot.x0)
        assert index in mine and int(said["raw"]) == samples[index, row]
        away = np.abs(samples[mine, row] - rest[row])
        assert away[mine.index(index)] == away.max()


# -- layers ------------------------------------------------------------------------------------


def test_of_a_layer_it_says_what_is_shown_processed_or_raw(qtbot):
    samples = (noise(20_000, 4, seed=5) // 64).astype(np.int16) + 500
    source = ArrayReader.of(samples, gain=0.5)
    layer = Layer(source, [HighPass(60)])
    view = shown(qtbot, layer)
    processed = layer.get_analogsignal_chunk(0, 0, 0, 20_000, stream_index=0)
    place = in_lane(view, 2, across=0.4)
    said = SAID.fullmatch(said_at(qtbot, view, place))
    index = int(said["sample"])
    assert said["raw"] is None
    value = microvolts(f"{said['value']} {said['units']}")
    assert value == pytest.approx(float(processed[index, 2]), rel=6e-4, abs=1e-3)
    view.view.crosshair = True
    for what in ("raw", "both"):
        view.view.shown = what
        move(view, place + QPoint(1, 0))  # before anything of it is on screen
        view.grab()
        settle(qtbot, view)
        said = SAID.fullmatch(said_at(qtbot, view, place))
        index = int(said["sample"])
        value = microvolts(f"{said['value']} {said['units']}")
        if what == "raw":
            assert int(said["raw"]) == samples[index, 2]
            assert value == pytest.approx(samples[index, 2] * 0.5, rel=6e-4)
        else:
            assert said["raw"] is None
            assert value == pytest.approx(float(processed[index, 2]), rel=6e-4, abs=1e-3)


# -- a mouse that rests while the picture moves --------------------------------------------------


def test_a_picture_that_moves_under_the_mouse_is_read_anew(view, qtbot):
    place, said = in_lane(view, 3), []
    said_at(qtbot, view, place)
    view.pointed.connect(said.append)

    def samples_there():
        return members(view.frame.runs[0], place.x() - view.frame.layout.plot.x0)

    for start in (5.0, 25.0):
        view.view.window.set(start, 1.0)
        settle(qtbot, view)
        mine = samples_there()
        qtbot.waitUntil(lambda: bool(said) and int(SAID.fullmatch(said[-1])["sample"]) in mine)  # noqa: B023
    view.view.channels.show_only([7])
    qtbot.waitUntil(lambda: SAID.fullmatch(said[-1])["name"] == "c7")


def test_answers_that_are_late_are_shown_until_there_are_better_ones_or_the_mouse_is_gone(qtbot):
    reader = SlowReader.of((noise(5000, 2) // 64).astype(np.int16))
    view = shown(qtbot, reader)
    said = []
    reader.delay = 0.1
    move(view, BESIDE)
    view.pointed.connect(said.append)
    for step in range(30):
        move(view, logical(view, 200 + step, 200))
        qtbot.wait(10)
    assert len(said) >= 1 and all(SAID.fullmatch(words) for words in said)
    move(view, BESIDE)
    qtbot.waitUntil(lambda: not view.crew.pointer.busy)
    qtbot.wait(20)
    assert said[-1] == ""
