"""A walk through a real recording of each format, in the real window, by keys and mouse.

What the status bar says of the sample under the mouse is held against what a reader of its own says
of that channel at that time, and the next event or spike against a list of all of them.
"""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PyQt6.QtCore import QPoint

from rawio import open_recording
from tests.viewer.qt.desk import Desk, Mod
from tests.viewer.qt.hands import said_at
from tests.viewer.qt.watchdog import Watchdog
from tests.writers.spikeglx import write_beside
from viewer.qt.window.main_window import MainWindow
from viewer.render.software import render
from viewer.settings import Settings

SAID = re.compile(
    r"(?P<time>[-0-9.:]+)(?: s)? · (?:segment (?P<segment>\d+), )?sample (?P<sample>\d+)"
    r" · (?P<name>.+) · raw (?P<raw>\S+) · (?P<value>\S+) (?P<units>\S+)"
)
FACTORS = {"n": 1e-9, "µ": 1e-6, "u": 1e-6, "m": 1e-3, "": 1.0}
ACROSS = (0.02, 0.31, 0.5, 0.77, 0.98)
"""Shares of the plot's width at which the mouse looks."""

SHORT = 12
"""Spikes or events that are gone through."""


@dataclass(frozen=True)
class Real:
    """A real recording, below the folder of them.

    Attributes
    ----------
    path : str
    options : dict
        What opening it needs to be told.
    meta : bool
        Whether it is the metadata of samples that have to be made.
    """

    path: str
    options: dict[str, Any] | None = None
    meta: bool = False


REAL = {
    "plexon": Real("plexon/16sp_lfp_with_2coords.plx"),
    "plexon, one slow channel": Real("plexon/File_plexon_3.plx"),
    "blackrock": Real("blackrock/test_NEURALSG_raw.ns3"),
    "intan": Real("intan/sampledata_v3.rhd"),
    "neuralynx": Real("neuralynx"),
    "openephys": Real("openephys"),
    "raw": Real("raw/locust_trial_01.raw", {"n_channels": 4, "sampling_rate": 15_000.0}),
    "spikeglx": Real("spikeglx/sample3B_g0_t0.imec1.ap.meta", meta=True),
}


@pytest.fixture(params=REAL)
def opened(request, qtbot, recordings, tmp_path):
    """Return a desk with a real recording open, and a reader of its own."""
    real = REAL[request.param]
    path = recordings / real.path
    if real.meta:
        path = write_beside(path, tmp_path, 20_000, seed=3).path
    options = real.options or {}
    dog = Watchdog()
    window = MainWindow(
        lambda path, **rest: open_recording(path, **options, **rest),
        Settings(renderer="software", theme="dark"),
    )
    qtbot.addWidget(window)
    window.resize(1400, 900)
    desk = Desk(window, dog)
    desk.do("showing the window", window.show)
    window.activateWindow()
    desk.wait(window.isActiveWindow, "the window is not active")
    desk.open(path)
    yield desk, open_recording(Path(path), **options)
    window.close()
    dog.close()


# -- what there is, by a reader of its own ---------------------------------------------------------


def places_of(reader):
    """Return stream and column by the names of channels."""
    out = {}
    for stream, rows in enumerate(reader.get_group_channel_indexes()):
        for column, row in enumerate(rows):
            out[str(reader.header["signal_channels"]["name"][row])] = stream, column, row
    return out


def segments_of(reader):
    """Return block and segment of all segments, in their order."""
    blocks = range(reader.block_count())
    return [(block, number) for block in blocks for number in range(reader.segment_count(block))]


def runs_of(reader, stream):
    """Yield block, segment, first time, rate and size of each run of a stream."""
    rate = reader.get_signal_sampling_rate(stream)
    for block, segment in segments_of(reader):
        size = reader.get_signal_size(block, segment, stream)
        if size:
            yield block, segment, reader.get_signal_t_start(block, segment, stream), rate, size


def sample_at(reader, stream, time):
    """Return the run, as `runs_of` has it, and the sample nearest to a time; None in a gap."""
    for run in runs_of(reader, stream):
        index = round((time - run[2]) * run[3])
        if 0 <= index < run[4]:
            return run, index
    return None


def times_of(reader, what):
    """Return the times of all spikes or events, rising."""
    times = []
    for block, segment in segments_of(reader):
        if what == "spike":
            for unit in range(reader.unit_channels_count()):
                ticks = reader.spike_timestamps(block, segment, unit)
                times.append(reader.rescale_spike_timestamp(ticks))
        else:
            for channel in range(reader.event_channels_count()):
                ticks, _, _ = reader.event_timestamps(block, segment, channel)
                times.append(reader.rescale_event_timestamp(ticks, event_channel_index=channel))
    return np.unique(np.concatenate([np.empty(0), *times]))


def seconds_of(text):
    """Return a time as the window writes it, in seconds."""
    sign = -1.0 if text.startswith("-") else 1.0
    parts = [float(part) for part in text.removeprefix("-").split(":")]
    return sign * sum(part * 60**power for power, part in enumerate(reversed(parts)))


# -- what the window says --------------------------------------------------------------------------


def lanes_on_screen(view):
    """Yield panel, lane and channel of all lanes."""
    for panel in view.frame.layout.panels:
        for lane, row in enumerate(view.view.channels.page_of(panel.stream).tolist()):
            yield panel, lane, row


def place_in(view, panel, lane, across, down):
    """Return a place in a lane, in logical pixels, at shares of its width and height."""
    layout = view.frame.layout
    x = layout.plot.x0 + across * (layout.plot.width - 1)
    y = panel.box.y0 + (lane + down) * panel.box.height / panel.lanes
    return QPoint(int(x / layout.ratio), int(y / layout.ratio))


def check_said(desk, qtbot, reader, panel, lane, across, down):
    """Look at a place with the mouse, and check what is said of it; return whether of a sample."""
    view = desk.view
    place = place_in(view, panel, lane, across, down)
    said = said_at(qtbot, view, place)
    assert desk.window.statusBar().isVisible()
    viewport, layout = view.frame.viewport, view.frame.layout
    time = viewport.time_at(place.x() * layout.ratio - layout.plot.x0 + 0.5)
    at = (place.y() * layout.ratio - panel.box.y0) * panel.lanes / panel.box.height
    row = view.view.channels.page_of(panel.stream)[int(at)]
    name = view.view.channels.infos[row].name
    stream, column, number = places_of(reader)[name]
    if "no sample here" in said:
        assert name in said and sample_at(reader, stream, time) is None, said
        return False
    match = SAID.fullmatch(said)
    assert match, said
    assert match["name"] == name
    run, index = sample_at(reader, stream, seconds_of(match["time"]))
    block, segment, start, rate, _ = run
    assert index == int(match["sample"]), said
    if len(segments := segments_of(reader)) > 1:
        assert segments[int(match["segment"]) - 1] == (block, segment), said
    # Of the samples in a column of the picture, which is as fine as its bins, some are meant.
    reach = max(viewport.seconds_per_pixel, 0.5 / rate) * 1.5 + 1 / rate
    assert abs(start + index / rate - time) <= reach, said
    raw = reader.get_analogsignal_chunk(
        block, segment, index, index + 1, stream_index=stream, channel_indexes=[column]
    )
    assert int(match["raw"]) == int(raw[0, 0]), said
    check_value(match["value"], match["units"], reader.header["signal_channels"][number], raw[0, 0])
    return True


def check_value(text, units, channel, raw):
    """Check a physical value with a prefix, written to four digits."""
    own = str(channel["units"])
    value = float(raw) * float(channel["gain"]) + float(channel["offset"])
    if not own.endswith("V"):
        assert units in (own, "counts") and float(text) == pytest.approx(value, rel=1e-3)
        return
    assert units.endswith("V")
    value *= FACTORS[own[:-1]]
    assert float(text) * FACTORS[units[:-1]] == pytest.approx(value, rel=6e-4, abs=1e-12)


def look_around(desk, qtbot, reader, rng):
    """Look at places all over the picture; return how many samples were named."""
    lanes = list(lanes_on_screen(desk.view))
    named = 0
    for across in ACROSS:
        panel, lane, _ = lanes[rng.integers(len(lanes))]
        named += check_said(desk, qtbot, reader, panel, lane, across, rng.uniform(0.1, 0.9))
    return named


def check_picture(view):
    assert view.frame.exact, view.status
    assert np.array_equal(view.plot.image, render(view.frame.scene))


# -- the walk --------------------------------------------------------------------------------------


def test_the_read_out_says_what_the_reader_says_wherever_one_goes(opened, qtbot):
    desk, reader = opened
    view, rng, named = desk.view, np.random.default_rng(1), 0
    window = view.view.window

    def looked():
        check_picture(view)
        return look_around(desk, qtbot, reader, rng)

    desk.press("Home")
    assert window.t_start == window.t_min
    named += looked()
    while window.duration > window.min_duration * 1.01:  # down to single samples
        before = window.duration
        for _ in range(4):
            desk.press("Ctrl++")
        named += looked()
        assert window.duration < before
    desk.press("End")
    assert window.t_start + window.duration == pytest.approx(window.t_max)
    named += looked()
    desk.press("W")
    assert (window.t_start, window.duration) == (window.t_min, window.t_max - window.t_min)
    named += looked()
    for share in ("20%", "61%", "85%"):
        desk.press("G")
        desk.write(share)
        desk.press("Return")
        for _ in range(rng.integers(4, 16)):
            desk.turn_wheel(view, desk.in_plot(0.5, 0.5), 1, Mod.ControlModifier)
        named += looked()
    desk.drag(view, desk.in_plot(0.6, 0.5), desk.in_plot(0.3, 0.5))
    named += looked()
    for key in ("Backspace", "M", "M", "Down", "Shift+Up", "Shift+Down"):
        desk.press(key)
        named += looked()
    desk.press("B")
    check_picture(view)
    assert named > 20, "there was hardly a sample under the mouse"


@pytest.mark.parametrize(
    ("what", "key", "back"), [("event", "N", "P"), ("spike", "Shift+N", "Shift+P")]
)
def test_keys_go_through_all_spikes_and_events(opened, qtbot, what, key, back):
    desk, reader = opened
    view, said = desk.view, []
    view.said.connect(said.append)
    times = times_of(reader, what)
    desk.press("Home")
    window = view.view.window
    time = window.t_start + window.duration / 2

    def go(key):
        count = len(said)
        desk.press(key)
        desk.wait(lambda: len(said) > count, f"nothing is said of {key}")
        desk.do(key, lambda: None)
        return said[-1]

    if not len(times):
        assert go(key) == f"There are no {what}s to go to."
        return
    gone = []
    for _ in range(SHORT):
        later = times[times > time + 1e-9]
        words = go(key)
        if not len(later):
            assert words == f"There is no later {what}."
            break
        time = float(later[0])
        gone.append(time)
        check_went(view, words, time)
    for time in gone[-2::-1]:
        check_went(view, go(back), time)


def check_went(view, words, time):
    """Check that a view went to a time, and says so."""
    assert seconds_of(re.search(r" at ([-0-9.:]+)", words)[1]) == pytest.approx(time, abs=1.1e-4)
    window = view.view.window
    wanted = min(max(time - window.duration / 2, window.t_min), window.t_max - window.duration)
    assert window.t_start == pytest.approx(wanted, abs=1e-6)
    assert window.t_start <= time <= window.t_start + window.duration
