"""The strip over the whole recording: what it shows, and how it ends."""

import threading
import time
from datetime import datetime

import numpy as np
import pytest
from PyQt6 import sip
from PyQt6.QtCore import QPointF, Qt
from PyQt6.QtGui import QImage
from PyQt6.QtTest import QTest

from rawio._probes import CONTACT_DTYPE
from rawio.rawbinary import RawBinaryRawIO
from tests.readers import ArrayReader, BrokenReader, noise
from tests.viewer.qt.conftest import settle
from tests.viewer.qt.overview.strips import PIXEL, Left, at, drawn, shown
from viewer.compute.layer import Layer
from viewer.compute.steps import HighPass
from viewer.model.theme import DARK, LIGHT
from viewer.qt.overview.strip import HEIGHT, LEAST_HEIGHT, Overview
from viewer.qt.view.signal_view import SignalView
from viewer.render.overview import accent

Key = Qt.Key


# -- what it shows ---------------------------------------------------------------------------------


def colors(strip):
    """Return what is on screen, as an array of (red, green, blue)."""
    image = strip.grab().toImage().convertToFormat(QImage.Format.Format_RGBA8888)
    width, height = image.width(), image.height()
    data = np.frombuffer(image.constBits().asstring(4 * width * height), np.uint8)
    return data.reshape(height, width, 4)[..., :3].astype(int)


@pytest.mark.parametrize("theme", [DARK, LIGHT])
def test_the_window_has_clear_edges_where_it_is(strip, theme, qtbot):
    strip.view.theme = theme
    strip.view.window.set(12.0, 6.0)
    drawn(qtbot, strip)
    image = colors(strip)
    edge = np.abs(image[5] - accent(theme)).sum(axis=1) < 90
    assert set(np.flatnonzero(edge).tolist()) <= {180, 181, 267, 268, 269}
    assert edge[[180, 181]].any() and edge[[268, 269]].any()


def test_moving_the_window_paints_the_same_picture(strip, qtbot):
    picture = strip.picture
    for start in (0.0, 20.0, 40.0):
        strip.view.window.set(start, 6.0)
        qtbot.wait(5)
    settle(qtbot, strip.box.signals)
    drawn(qtbot, strip)
    assert strip.picture is picture


def test_gains_and_pages_leave_the_picture_and_what_is_shown_makes_a_new_one(strip, qtbot):
    picture, channels = strip.picture, strip.view.channels
    channels.scale_gain(2.0)
    channels.scroll(1)
    qtbot.wait(20)
    drawn(qtbot, strip)
    assert strip.picture is picture
    for change in (
        lambda: channels.set_visible([0], False),
        lambda: channels.set_bad([1], True),
        lambda: channels.set_color((250, 0, 0)),
        lambda: setattr(strip.view, "theme", LIGHT),
        lambda: strip.view.events.set_visible([0], False),
    ):
        before = strip.picture
        change()
        qtbot.wait(20)
        drawn(qtbot, strip)
        assert strip.picture is not before
    (band,) = strip.picture.wish.groups
    assert band[0].rows.tolist() == list(range(2, 12)) and band[1] == (250, 0, 0)


def test_events_are_ticks_in_their_colour_where_they_are(strip, qtbot):
    def ticked():
        red = (strip.picture.image[2, :, :3] == (250, 0, 0)).all(axis=1)
        return np.flatnonzero(red).tolist()

    strip.view.events.set_color((250, 0, 0))
    qtbot.wait(20)
    drawn(qtbot, strip)
    assert ticked() == [int((t + 0.75) / PIXEL + 1e-9) for t in range(60)]
    strip.view.events_shown = False
    qtbot.wait(20)
    drawn(qtbot, strip)
    assert ticked() == []


def test_a_group_of_many_colours_has_one_of_its_own(qtbot):
    reader = ArrayReader([[(0.0, noise(600, 3)), (0.0, noise(60, 3))]], [100.0, 10.0])
    box = shown(qtbot, reader)
    drawn(qtbot, box.strip)
    own = [tuple(color) for color in DARK.channel_colors(2).tolist()]
    assert [color for _, color in box.strip.picture.wish.groups] == own


def test_it_shows_the_recording_that_is_on_top(qtbot, reader):
    layer = Layer(reader, [HighPass(100)])
    box = shown(qtbot, layer)
    settle(qtbot, box.signals)
    drawn(qtbot, box.strip)
    processed = box.strip.picture
    assert processed.wish.reader is layer
    for shown_now, wanted in (("raw", reader), ("both", layer), ("processed", layer)):
        box.strip.view.shown = shown_now
        qtbot.waitUntil(lambda wanted=wanted: box.strip.picture.wish.reader is wanted)
        settle(qtbot, box.signals)
        drawn(qtbot, box.strip)
        assert (box.strip.picture.image != processed.image).any() == (wanted is reader)


def test_a_new_size_gets_a_new_picture(strip, qtbot):
    strip.box.resize(700, 500)
    drawn(qtbot, strip)
    assert strip.picture.image.shape[:2] == (HEIGHT, 700)
    strip.setFixedHeight(90)
    qtbot.wait(20)
    drawn(qtbot, strip)
    assert strip.picture.image.shape[:2] == (90, 700)


def test_the_tooltip_says_the_time_in_the_view_s_way_and_whose_band_it_is(qtbot):
    reader = ArrayReader([[(0.0, noise(600, 3)), (0.0, noise(60, 3))]], [10.0, 1.0])
    box = shown(qtbot, reader)
    drawn(qtbot, box.strip)
    assert box.strip.tip_at(QPointF(450, 5)) == "30.0\ns0"
    assert box.strip.tip_at(QPointF(450, 40)) == "30.0\ns1"
    box.strip.view.recorded_at = datetime(2024, 5, 1, 14, 0, 0)
    box.strip.view.time_format = "clock"
    assert box.strip.tip_at(QPointF(450, 40)) == "14:00:30.0\ns1"
    assert box.strip.tip_at(QPointF(450, 60)) == "14:00:30.0"


def streams(count, seconds=60):
    return ArrayReader(
        [[(0.0, noise(10 * seconds, 2, seed=n)) for n in range(count)]], [10.0] * count
    )


@pytest.mark.parametrize(("count", "height"), [(1, 64), (3, 64), (5, 64), (8, 88), (12, 88)])
def test_it_asks_for_more_height_where_there_are_many_streams(qtbot, count, height):
    view = SignalView(streams(count), renderer="software", index=False)
    strip = Overview(view)
    qtbot.addWidget(view, before_close_func=lambda v: v.stop())
    qtbot.addWidget(strip, before_close_func=lambda s: s.stop())
    assert strip.sizeHint().height() == height


def test_the_tooltip_names_every_stream_whatever_the_height(qtbot):
    box = shown(qtbot, streams(12))
    for height in (LEAST_HEIGHT, HEIGHT, 88):
        box.strip.setFixedHeight(height)
        qtbot.wait(80)
        drawn(qtbot, box.strip)
        assert len(box.strip.picture.wish.groups) == 12
        tips = [box.strip.tip_at(QPointF(450, y)).split("\n")[1:] for y in range(height)]
        assert {name for names in tips for name in names} == {f"s{n}" for n in range(12)}


class Shanks(ArrayReader):
    """Four channels on each of so many shanks."""

    def channel_contacts(self, stream_index=0):
        count = len(self.header["signal_channels"])
        out = np.zeros(count, CONTACT_DTYPE)
        out["known"] = True
        out["shank"] = [str(n // 4) for n in range(count)]
        out["y"] = np.arange(count)
        return out


@pytest.mark.parametrize(
    ("shanks", "names"),
    [
        (4, ["shank 0", "shank 1", "shank 2", "shank 3"]),
        (7, ["shank 0 to shank 1", "shank 2 to shank 3", "shank 4", "shank 5", "shank 6"]),
    ],
)
def test_shanks_have_a_row_each_or_share_an_envelope_that_is_named_for_all(qtbot, shanks, names):
    box = shown(qtbot, Shanks.of(noise(600, 4 * shanks), rate=10.0))
    drawn(qtbot, box.strip)
    tips = [box.strip.tip_at(QPointF(450, y)).split("\n")[1:] for y in range(48)]
    assert list(dict.fromkeys(name for tip in tips for name in tip)) == names
    box.strip.setFixedHeight(LEAST_HEIGHT)
    qtbot.wait(80)
    drawn(qtbot, box.strip)
    groups = [group for group, _ in box.strip.picture.wish.groups]
    assert sorted(row for group in groups for row in group.rows) == list(range(4 * shanks))
    assert box.strip.tip_at(QPointF(450, 10)).split("\n")[1:] == [groups[0].name]


# -- while it is being indexed ---------------------------------------------------------------------


class Gated(RawBinaryRawIO):
    """Gives short pieces at once, and long ones when the gate is open."""

    def __init__(self, *args, **rest):
        super().__init__(*args, **rest)
        self.gate = threading.Event()

    def _get_analogsignal_chunk(self, block, segment, i_start, i_stop, stream, channels):
        if i_stop - i_start > 200 and not self.gate.wait(30):
            raise AssertionError("nobody opened the gate")
        return super()._get_analogsignal_chunk(block, segment, i_start, i_stop, stream, channels)


def test_it_fills_in_while_the_recording_is_being_indexed(qtbot, tmp_path, monkeypatch):
    monkeypatch.setattr("viewer.engine.survey.WHOLE_BYTES", 0)
    samples = noise(1_000_000, 4)
    samples.tofile(tmp_path / "recording.dat")
    reader = Gated(tmp_path / "recording.dat", n_channels=4, sampling_rate=1000.0, dtype="int16")
    reader.parse_header()
    box = shown(qtbot, reader, index=True)
    strip = box.strip
    qtbot.waitUntil(lambda: strip.picture is not None and strip.picture.final, timeout=20_000)
    qtbot.waitUntil(lambda: strip.progress_text == "indexed 0 %", timeout=20_000)
    line = 64 - 16 - 1
    blue = accent(strip.view.theme)
    assert not (strip.picture.image[line, :, :3] == blue).all(axis=1).any()
    pale = strip.picture.image.copy()
    reader.gate.set()
    drawn(qtbot, strip)
    assert strip.progress_text == ""
    assert not (strip.picture.image[line, :, :3] == blue).all(axis=1).any()
    solid, ground = strip.picture.image[:line, :, :3].astype(int), np.array(DARK.background)
    away = [np.abs(i - ground).sum() for i in (pale[:line, :, :3].astype(int), solid)]
    assert away[1] > 1.5 * away[0]


def test_it_is_drawn_anew_at_most_twice_a_second_for_the_index(strip, qtbot, monkeypatch):
    indexer = strip._engine.indexer
    asked = []
    monkeypatch.setattr(strip, "_ask", lambda: asked.append(strip._progress()))
    monkeypatch.setattr(type(indexer), "running", True)
    monkeypatch.setattr(type(indexer), "share", 0.3)
    began = time.monotonic()
    for _ in range(14):
        indexer.count += 1
        strip._on_shown("")
        strip._look()
        qtbot.wait(50)
    assert 1 <= len(asked) <= 2 + 2 * (time.monotonic() - began)
    assert strip.progress_text == "indexed 30 %"


# -- how it ends -----------------------------------------------------------------------------------


def test_its_thread_ends_with_it_and_begins_again_when_it_is_shown(qtbot, reader):
    before = threading.active_count()
    view = SignalView(reader, renderer="software", index=False)
    strip = Overview(view)
    strip.resize(400, 64)
    view.show(), strip.show()
    settle(qtbot, view)
    drawn(qtbot, strip)
    strip.close()
    view.view.channels.set_visible([0], False)
    strip.show()
    drawn(qtbot, strip)
    assert strip.picture.wish.groups[0][0].rows.tolist() == list(range(1, 12))
    strip.close(), view.close()
    qtbot.waitUntil(lambda: threading.active_count() <= before)
    strip.deleteLater(), view.deleteLater()


def test_models_that_outlive_it_find_nobody(qtbot, reader):
    view = SignalView(reader, renderer="software", index=False)
    qtbot.addWidget(view, before_close_func=lambda w: w.stop())
    view.show()
    for step in range(10):
        strip = Overview(view)
        strip.resize(400, 64)
        strip.show()
        QTest.qWait(10 * step)
        sip.delete(strip)
        view.view.window.set(step, 1.0)
        view.view.channels.set_visible([step], False)
    settle(qtbot, view)


def test_it_outlives_the_view(qtbot, reader):
    view = SignalView(reader, renderer="software", index=False)
    strip = Overview(view)
    qtbot.addWidget(strip, before_close_func=lambda w: w.stop())
    strip.resize(400, 64)
    view.show(), strip.show()
    settle(qtbot, view)
    drawn(qtbot, strip)
    view.stop()
    sip.delete(view)
    strip.view.window.set(3.0, 1.0)
    strip.resize(500, 64)
    QTest.mouseClick(strip, Left, pos=at(250))
    QTest.keyClick(strip, Key.Key_Plus)
    drawn(qtbot, strip)
    assert strip.picture.image.shape[1] == 500
    assert strip.view.window.t_start == pytest.approx(29.5, abs=60 / 500)


def test_what_cannot_be_read_is_told_and_the_rest_is_drawn(qtbot):
    reader = BrokenReader.of(noise(60_000, 4))
    reader.bad = range(20_000, 20_010)
    view = SignalView(reader, renderer="software", index=False)
    strip = Overview(view)
    qtbot.addWidget(view, before_close_func=lambda w: w.stop())
    qtbot.addWidget(strip, before_close_func=lambda w: w.stop())
    strip.resize(400, 64)
    with qtbot.waitSignal(strip.message) as caught:
        strip.show()
    assert caught.args == ["the disk says no."]
    drawn(qtbot, strip)
    assert (strip.picture.image[20, :50, :3] != DARK.background).any(axis=1).all()
