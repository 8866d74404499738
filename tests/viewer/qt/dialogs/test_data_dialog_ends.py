"""The dialog that exports samples: what it does not write, and how it ends."""

import threading

import numpy as np
from PyQt6 import sip
from PyQt6.QtCore import Qt
from PyQt6.QtWidgets import QWidget

from rawio import open_recording
from tests.readers import ArrayReader, noise
from tests.viewer.qt.conftest import settle
from tests.viewer.qt.dialogs.asking import (
    Chosen,
    GatedReader,
    met_by_tab,
    mnemonics,
)
from tests.viewer.qt.dialogs.exporting import FAST, choose, export, recording, wait, write
from tests.writers.raw import write_raw
from viewer.model.theme import DARK, LIGHT
from viewer.qt.dialogs import data_choice
from viewer.qt.dialogs.data_dialog import DataDialog
from viewer.qt.view.signal_view import SignalView
from viewer.qt.window.look import palette_of

Key = Qt.Key
LEFT = Qt.MouseButton.LeftButton


def test_what_makes_no_sense_is_said_and_cannot_be_exported(qtbot, shown):
    view, dialog, _ = shown(recording())
    form = dialog.form
    for start, stop, said in [
        ("5", "4", "no length"),
        ("30", "40", "no samples"),
        ("five", "6", "'five' is not a time"),
        ("", "6", "No time is given"),
    ]:
        write(qtbot, form.start, start)
        write(qtbot, form.stop, stop)
        wait(qtbot, dialog)
        assert said in dialog.planned.text and not dialog.export_button.isEnabled()
    choose(qtbot, dialog, form.span, "selected")
    assert dialog.planned.text.startswith("No span is selected; drag with Shift")
    view.view.span = 2.0, 3.0
    qtbot.waitUntil(dialog.export_button.isEnabled)
    for names, said in [
        ("s0c1, x", "'x'; it has s0c0, s0c1, s0c2, s0c3 and 1 other."),
        (" , ", "No channels are named"),
        ("s0c1, 1", "twice"),
        ("s1c0", "Stream s0 has no channel"),
    ]:
        write(qtbot, form.names, names)
        wait(qtbot, dialog)
        assert said in dialog.planned.text and not dialog.export_button.isEnabled()
    choose(qtbot, dialog, form.channels, "shown")
    assert dialog.export_button.isEnabled()
    view.view.channels.set_visible(range(5), False)
    qtbot.waitUntil(lambda: "no channel of the stream" in dialog.planned.text.lower())


def test_a_name_of_several_channels_is_said_and_ids_tell_them_apart(qtbot, shown, tmp_path):
    reader = ArrayReader.of(noise(2_000, 3) // 64, FAST)
    reader.header["signal_channels"]["name"] = ["tip", "tip", "end"]
    _, dialog, chosen = shown(reader)
    write(qtbot, dialog.form.names, "end, tip")
    wait(qtbot, dialog)
    assert dialog.planned.text == "'tip' stands for 2 channels; write their ids."
    write(qtbot, dialog.form.names, "end, 1")
    got = np.load(export(qtbot, dialog, chosen, tmp_path / "a.npy"))
    np.testing.assert_array_equal(got, reader.segments[0][0][1][:1000, [2, 1]])


def test_an_interruption_is_said_where_the_format_cannot_tell_it(qtbot, shown, tmp_path):
    samples = noise(2000, 2) // 64
    reader = ArrayReader([[(0.0, samples)], [(4.0, samples)]], [FAST])
    _, dialog, chosen = shown(reader)
    choose(qtbot, dialog, dialog.form.span, "whole")
    assert "interrupted from 2 s to 4 s" in dialog.planned.text
    assert not dialog.export_button.isEnabled()
    choose(qtbot, dialog, dialog.form.format, "csv")
    path = export(qtbot, dialog, chosen, tmp_path / "a.csv")
    assert len(path.read_text().splitlines()) == 4001


def test_a_recording_without_signals(qtbot):
    reader = ArrayReader([[]], [], events={"go": [(1.0, "a")]})
    reader._segment_t_start = lambda block, segment: 0.0
    reader._segment_t_stop = lambda block, segment: 2.0
    view = SignalView(reader, renderer="software")
    qtbot.addWidget(view, before_close_func=lambda w: w.stop())
    dialog = DataDialog(view)
    qtbot.addWidget(dialog)
    assert dialog.planned.text == "There are no signals to export."
    assert not dialog.export_button.isEnabled()


def test_what_a_format_cannot_hold_is_said_in_words_of_the_dialog(qtbot, shown):
    """No option of the command line can be given here."""
    _, dialog, _ = shown(ArrayReader.of(noise(3_000, 2, dtype="int64") // 64, 1000.0, gain=0.5))
    wait(qtbot, dialog)
    assert dialog.planned.text == (
        "Samples of the type int64 cannot be described beside a file; write physical values, or "
        ".csv."
    )
    assert not dialog.export_button.isEnabled()
    choose(qtbot, dialog, dialog.form.values, True)
    assert dialog.export_button.isEnabled() and dialog.planned.text.startswith("1,000 samples of")


def test_where_there_is_no_room_nothing_is_begun(qtbot, shown, monkeypatch):
    view, dialog, _ = shown(recording())
    wait(qtbot, dialog)
    assert dialog.export_button.isEnabled()
    usage = data_choice.shutil.disk_usage("/")
    monkeypatch.setattr(data_choice.shutil, "disk_usage", lambda path: usage._replace(free=9000))
    view.view.window.set(2.0, 5.0)
    qtbot.waitUntil(lambda: "9 kB are free" in dialog.planned.text)
    assert not dialog.export_button.isEnabled()


def test_files_are_replaced_by_their_own_name_only(qtbot, shown, tmp_path):
    reader = recording()
    _, dialog, chosen = shown(reader)
    export(qtbot, dialog, chosen, tmp_path / "a.npy")
    choose(qtbot, dialog, dialog.form.span, "whole")
    got = np.load(export(qtbot, dialog, chosen, tmp_path / "a.npy"))
    assert len(got) == 20_000, "whoever was asked agreed to that"
    (tmp_path / "b.npy.json").write_text("somebody's")
    chosen.path = tmp_path / "b.npy"
    qtbot.mouseClick(dialog.export_button, LEFT)
    wait(qtbot, dialog)
    assert (
        dialog.working.text == f"{tmp_path / 'b.npy.json'}: is there already; choose another name."
    )
    (tmp_path / "c.npy").write_text("somebody's")
    chosen.path = tmp_path / "c"  # for which nobody was asked about c.npy
    qtbot.mouseClick(dialog.export_button, LEFT)
    wait(qtbot, dialog)
    assert "c.npy: is there already" in dialog.working.text
    assert {path.name for path in tmp_path.iterdir() if path.is_file()} == {
        "a.npy",
        "a.npy.json",
        "b.npy.json",
        "c.npy",
    }
    assert (tmp_path / "c.npy").read_text() == "somebody's"


def test_the_recording_itself_is_never_replaced(qtbot, shown, tmp_path):
    path = tmp_path / "a.dat"
    write_raw(path, (noise(3_000, 2) // 64).astype(np.int16), 1000.0)
    before = path.read_bytes(), (tmp_path / "a.dat.json").read_bytes()
    _, dialog, chosen = shown(open_recording(path))
    choose(qtbot, dialog, dialog.form.format, "flat")
    chosen.path = path
    qtbot.mouseClick(dialog.export_button, LEFT)
    wait(qtbot, dialog)
    assert "never written to" in dialog.working.text
    assert (path.read_bytes(), (tmp_path / "a.dat.json").read_bytes()) == before


def test_endings(qtbot, shown, tmp_path):
    _, dialog, chosen = shown(recording())
    wait(qtbot, dialog)
    chosen.path = tmp_path / "a.CSV"
    qtbot.mouseClick(dialog.export_button, LEFT)
    assert dialog.working.text.startswith("a.CSV: ends as another format does; end it in .npy")
    chosen.path = tmp_path / "rat.7"
    qtbot.mouseClick(dialog.export_button, LEFT)
    wait(qtbot, dialog)
    assert (tmp_path / "rat.7.npy").is_file() and (tmp_path / "rat.7.npy.json").is_file()


# -- while it goes on ------------------------------------------------------------------------------


def test_it_says_how_far_it_is_and_can_be_given_up(qtbot, shown, tmp_path, monkeypatch):
    reader = recording(GatedReader)
    _, dialog, chosen = shown(reader)
    choose(qtbot, dialog, dialog.form.span, "whole")
    monkeypatch.setattr("viewer.engine.export_formats.Binary.piece_bytes", 10_000)
    reader.gate = threading.Event()
    chosen.path = tmp_path / "a.npy"
    qtbot.keyClick(dialog, Key.Key_Return)
    assert not dialog.export_button.isEnabled()
    qtbot.waitUntil(dialog.working.bar.isVisible)
    assert dialog.working.bar.value() == 0
    reader.delay = 0.02
    reader.gate.set()
    qtbot.waitUntil(lambda: 0 < dialog.working.bar.value() < dialog.working.bar.maximum())
    qtbot.mouseClick(dialog.working.cancel_button, LEFT)
    wait(qtbot, dialog)
    assert dialog.working.text == "Given up; nothing was written."
    assert not [path for path in tmp_path.iterdir() if path.is_file()]
    assert dialog.export_button.isEnabled()
    reader.delay = 0.0
    export(qtbot, dialog, chosen, tmp_path / "a.npy")


def test_what_is_written_is_what_was_wanted_then(qtbot, shown, tmp_path):
    reader = recording(GatedReader)
    view, dialog, chosen = shown(reader)
    wait(qtbot, dialog)
    reader.gate = threading.Event()
    chosen.path = tmp_path / "a.npy"
    qtbot.mouseClick(dialog.export_button, LEFT)
    view.view.window.set(8.0, 4.0)
    view.view.channels.set_visible([0, 1], False)
    qtbot.waitUntil(lambda: "4,000 samples of 3 channels" in dialog.planned.text)
    reader.gate.set()
    wait(qtbot, dialog)
    np.testing.assert_array_equal(np.load(chosen.path), reader.segments[0][0][1][:1000])


def test_what_cannot_be_read_is_said(qtbot, shown, tmp_path, monkeypatch):
    reader = recording()
    _, dialog, chosen = shown(reader)
    wait(qtbot, dialog)

    def fail(*args):
        raise MemoryError

    monkeypatch.setattr(reader, "_get_analogsignal_chunk", fail)
    chosen.path = tmp_path / "a.npy"
    qtbot.mouseClick(dialog.export_button, LEFT)
    wait(qtbot, dialog)
    assert dialog.working.text == "The export needs more memory than there is."
    assert not chosen.path.exists()


def test_it_ends_with_the_view_and_leaves_no_thread(qtbot, tmp_path):
    reader = recording(GatedReader)
    before = set(threading.enumerate())
    window = QWidget()
    view = SignalView(reader, renderer="software")
    view.show()
    settle(qtbot, view)
    dialog = DataDialog(view, window, chosen := Chosen())
    dialog.show()
    wait(qtbot, dialog)
    model = view.view
    reader.gate = threading.Event()
    chosen.path = tmp_path / "a.npy"
    qtbot.mouseClick(dialog.export_button, LEFT)
    sip.delete(view)
    assert not dialog.isVisible()
    sip.delete(window)
    model.window.set(4.0, 1.0)
    reader.gate.set()
    qtbot.waitUntil(lambda: set(threading.enumerate()) <= before)
    assert not [path for path in tmp_path.iterdir() if path.is_file()]


def test_palettes_the_tab_key_and_mnemonics(qtbot, shown):
    view, dialog, _ = shown(recording())
    form = dialog.form
    wanted = [form.span, form.start, form.stop, form.stream, form.channels, form.names]
    wanted += [form.format, form.values]
    met = met_by_tab(qtbot, dialog, form.span)
    assert met[: len(wanted)] == wanted and dialog.export_button in met
    assert all(widget.toolTip() for widget in [*wanted, form.signals, dialog.export_button])
    letters = mnemonics(dialog)
    assert len(letters) == len(set(letters)) >= 10
    for theme in (DARK, LIGHT):
        window = QWidget()
        qtbot.addWidget(window)
        window.setPalette(palette_of(theme))
        over = DataDialog(view, window)
        assert over.palette().window().color().getRgb()[:3] == theme.gutter
