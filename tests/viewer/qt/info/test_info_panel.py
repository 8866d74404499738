"""The panel about a recording: its facts against the reader, and its threads."""

import re
import threading

import numpy as np
from PyQt6 import sip
from PyQt6.QtCore import Qt
from PyQt6.QtWidgets import QApplication, QWidget

from rawio import RawIOError, open_recording
from tests.readers import ArrayReader, noise
from tests.viewer.test_app import PLX
from viewer import HighPass, Layer
from viewer.model import View
from viewer.model.theme import DARK, LIGHT
from viewer.qt.info.panel import InfoPanel
from viewer.qt.info.text import as_html, as_text
from viewer.qt.window.look import palette_of

Key = Qt.Key
LEFT = Qt.MouseButton.LeftButton


def lines(panel):
    """Return what is shown, line by line: the text of tables goes key, value, key, value."""
    text = panel.text.toPlainText().replace("\N{ZERO WIDTH SPACE}", "")
    return [line for line in text.splitlines() if line]


def value(panel, name, nth=0):
    shown = lines(panel)
    at = [index for index, line in enumerate(shown) if line == name][nth]
    return shown[at + 1]


def test_what_a_file_says_of_itself(made):
    panel = made(open_recording(PLX))
    assert value(panel, "Name") == "sample.plx"
    assert value(panel, "Folder") == str(PLX.parent)
    assert value(panel, "Format") == "Plexon"
    assert value(panel, "Recorded") == "2026-01-15 09:30:00"
    size = PLX.stat().st_size
    assert value(panel, "On disk") == f"{size / 1e6:.3g} MB in 1 file"
    assert value(panel, "Rate") == "20 kHz" and value(panel, "Rate", 1) == "1 kHz"
    assert value(panel, "Names", 1) == "FP01, FP02, FP03, FP04"
    assert value(panel, "Samples").startswith("200,200 of each channel, 10 s")
    assert value(panel, "Gain") == "305.2 nV a count" and value(panel, "Type") == "int16"
    assert value(panel, "In all") == "669 spikes"
    assert value(panel, "SPK03b") == "147" and value(panel, "EVT01") == "10"


def test_segments_gains_and_many_names(made):
    samples = noise(500, 60) // 64
    reader = ArrayReader(
        [[(0.5, samples)], [(2.0, samples)]], [1000.0], events={"go": []}, units={"a b": np.ones(3)}
    )
    reader.header["signal_channels"]["gain"][3:] = 0.25
    reader.header["signal_channels"]["offset"][:] = 2.0
    panel = made(reader)
    assert value(panel, "Duration") == "1 s in 2 segments"
    assert value(panel, "2") == "2 s to 2.5 s (500 ms)"
    assert value(panel, "Gain") == "250 nV to 1 µV a count"
    assert value(panel, "Offset") == "2 µV"
    assert value(panel, "Names").endswith("c38, c39 and 20 others")
    assert value(panel, "a b") == "6", "three in each segment"
    assert value(panel, "In all", 1) == "0 events"
    assert "Folder" not in lines(panel), "arrays lie in none"


def test_names_are_plain_and_units_are_spelled_as_people_write_them(made):
    reader = ArrayReader.of(noise(500, 2), events={"<b>go</b> & on": [(0.1, "x")]})
    reader.header["signal_channels"]["name"] = ["<i>a</i>", "&amp;"]
    reader.header["signal_channels"]["units"] = ["uV", "volts"]
    panel = made(reader)
    assert value(panel, "Names") == "<i>a</i>, &amp;"
    assert value(panel, "<b>go</b> & on") == "1"
    assert value(panel, "Units", 1) == "µV, V", "the first are those of spikes"


def test_no_line_ends_between_a_number_and_its_unit(made):
    panel = made(ArrayReader.of(noise(500, 2)))
    facts = panel._facts
    html = as_html(facts, panel.palette())
    assert "500 of each channel, 500\N{NO-BREAK SPACE}ms" in html
    assert "500 of each channel, 500 ms" in as_text(facts)
    assert "1\N{NO-BREAK SPACE}kHz" in html and "\N{NO-BREAK SPACE}" not in as_text(facts)


def test_a_recording_of_spikes_alone(made):
    reader = ArrayReader([[]], [], units={"a": np.array([0.5])})
    reader._segment_t_start = lambda block, segment: 0.0
    reader._segment_t_stop = lambda block, segment: 1.0
    panel = made(reader)
    assert value(panel, "Signals") == "none" and value(panel, "In all") == "1 spike"


def test_warnings_come_first_each_as_it_is(made):
    samples = noise(500, 2) // 64
    reader = ArrayReader([[(0.0, samples)], [(0.2, samples)]], [1000.0])
    reader.warnings += ["block 3 is cut off.", "<b>odd</b> names & such are kept."]
    shown = lines(made(reader))
    assert shown[0].endswith("3 warnings") and shown.index("Recording") > 3
    assert shown[1:3] == reader.warnings
    assert "overlap others in time" in shown[3], "of the time axis, too"


def test_names_are_text_whatever_they_look_like(made):
    reader = ArrayReader.of(
        noise(500, 2), units={"<i>u</i> & co": np.ones(2), "x" * 300: np.ones(1)}
    )
    panel = made(reader)
    assert value(panel, "<i>u</i> & co") == "2"
    assert panel.text.document().idealWidth() <= panel.text.viewport().width()


def test_all_facts_are_copied_as_text(qtbot, made):
    reader = open_recording(PLX)
    reader.warnings.append("a warning.")
    panel = made(reader)
    qtbot.mouseClick(panel.copy_button, LEFT)
    copied = QApplication.clipboard().text()
    shown = lines(panel)
    words = re.split(r": |\n+", copied)
    assert words == [line.removeprefix("\N{WARNING SIGN} ") for line in shown]
    assert "\nRate: 20 kHz\n" in copied
    panel.text.selectAll()
    panel.text.copy()
    assert "SPKC01, SPKC02" in QApplication.clipboard().text()


def test_of_a_layer_what_was_done_to_the_recording(qtbot, made):
    source = open_recording(PLX)
    panel = made(source)
    assert "Processing" not in lines(panel)
    panel.set_reader(Layer(source, [HighPass(20)]))
    qtbot.waitUntil(lambda: not panel.busy)
    assert value(panel, "Processing") == "high-pass 20 Hz" and value(panel, "Type") == "float32"
    assert value(panel, "Format") == "Plexon"
    panel.set_reader(source)
    qtbot.waitUntil(lambda: not panel.busy)
    assert "Processing" not in lines(panel) and value(panel, "Type") == "int16"


class SlowCounts(ArrayReader):
    """Counts spikes when its gate opens, or fails to."""

    fails = False

    def __init__(self, *args, **rest):
        self.gate = threading.Event()
        super().__init__(*args, **rest)

    def _spike_count(self, block, segment, unit):
        self.gate.wait(30)
        if self.fails:
            raise RawIOError("the disk says no.")
        return super()._spike_count(block, segment, unit)


def slow_counts():
    return SlowCounts.of(noise(500, 2), units={"a": np.ones(3)})


def test_nothing_waits_for_what_takes_time_to_count(qtbot):
    reader, other = slow_counts(), open_recording(PLX)
    panel = InfoPanel(reader, View(other))
    qtbot.addWidget(panel, before_close_func=lambda w: w.stop())
    panel.show()
    assert panel.text.toPlainText() == "Looking through arrays …"
    assert not panel.copy_button.isEnabled() and panel.busy
    panel.set_reader(other)
    reader.gate.set()
    qtbot.waitUntil(lambda: not panel.busy)
    assert value(panel, "Name") == "sample.plx", "what came late is not shown"


def test_what_cannot_be_counted_is_said(qtbot):
    reader = slow_counts()
    reader.fails = True
    reader.gate.set()
    panel = InfoPanel(reader, View(reader))
    qtbot.addWidget(panel, before_close_func=lambda w: w.stop())
    qtbot.waitUntil(lambda: not panel.busy)
    assert panel.text.toPlainText() == "the disk says no." and not panel.copy_button.isEnabled()


def test_what_fails_late_is_not_said_of_what_is_shown_now(qtbot):
    reader, other = slow_counts(), open_recording(PLX)
    reader.fails = True
    panel = InfoPanel(reader, View(other))
    qtbot.addWidget(panel, before_close_func=lambda w: w.stop())
    panel.set_reader(other)
    reader.gate.set()
    qtbot.waitUntil(lambda: not panel.busy)
    assert value(panel, "Name") == "sample.plx"


def test_threads_end_with_the_panel_and_with_its_parent(qtbot):
    before = set(threading.enumerate())
    reader = slow_counts()
    for stops in (True, False):
        window = QWidget()
        panel = InfoPanel(reader, View(reader), window)
        panel.annotations.fold.setChecked(True)
        window.show()
        qtbot.wait(20)
        if stops:
            panel.stop()
        sip.delete(window)
    reader.gate.set()
    qtbot.waitUntil(lambda: set(threading.enumerate()) <= before)


def test_colours_follow_the_palette(qtbot, made):
    panel = made(open_recording(PLX))
    for theme in (DARK, LIGHT):
        panel.setPalette(palette_of(theme))
        html = panel.text.toHtml()
        assert palette_of(theme).placeholderText().color().name() in html
        other = palette_of(LIGHT if theme is DARK else DARK)
        assert other.placeholderText().color().name() not in html
