"""The dialog that exports samples: what it writes against the reader, and what it says."""

import csv
import re

import numpy as np
import pytest
from PyQt6.QtCore import Qt

from rawio import open_recording
from tests.readers import ArrayReader, noise
from tests.viewer.qt.conftest import settle
from tests.viewer.qt.dialogs.asking import (
    Chosen,
    dialogs_over_views,
)
from tests.viewer.qt.dialogs.exporting import FAST, choose, export, recording, wait, write
from viewer import HighPass, Layer
from viewer.qt.dialogs.data_dialog import DataDialog
from viewer.qt.view.signal_view import SignalView

Key = Qt.Key
LEFT = Qt.MouseButton.LeftButton


# -- what is written -------------------------------------------------------------------------------


def test_the_window_of_the_channels_on_screen(qtbot, shown, tmp_path):
    reader = recording()
    view, dialog, chosen = shown(reader)
    view.view.window.set(3.25, 2.5)
    view.view.channels.set_order([4, 3, 2, 1, 0, 5, 6])
    view.view.channels.set_visible([2], False)
    view.view.channels.show_page(1, 2, 0)
    got = np.load(export(qtbot, dialog, chosen, tmp_path / "a.npy"))
    samples = reader.segments[0][0][1]
    np.testing.assert_array_equal(got, samples[2250:4750, [3, 1]])
    assert got.dtype == np.int16
    again = open_recording(tmp_path / "a.npy")
    assert again.header["signal_channels"]["name"].tolist() == ["s0c3", "s0c1"]
    assert again.get_signal_t_start(0, 0) == 3.25
    size = (tmp_path / "a.npy").stat().st_size
    assert re.fullmatch(
        rf"Written to {re.escape(str(tmp_path))}: a\.npy \({size / 1000:.3g} kB\) and "
        r"a\.npy\.json \(\d+ bytes\)\.",
        dialog.working.text,
    )


@pytest.mark.parametrize(
    ("which", "columns"),
    [("shown", [1]), ("visible", [4, 1, 0]), ("all", [0, 1, 2, 3, 4]), ("named", [2, 0, 4])],
)
def test_which_channels(qtbot, shown, tmp_path, which, columns):
    reader = recording()
    view, dialog, chosen = shown(reader)
    view.view.channels.set_order([4, 3, 2, 1, 0, 5, 6])
    view.view.channels.set_visible([2, 3], False)
    view.view.channels.show_page(1, 1, 0)
    form = dialog.form
    choose(qtbot, dialog, form.channels, which)
    if which == "named":
        write(qtbot, form.names, " s0c2,0 , s0c4")  # of the second, the id
    counts = {"shown": 1, "visible": 3, "all": 5}
    for key, count in counts.items():
        assert form.channels.itemText(form.channels.findData(key)).endswith(f"({count})")
    got = np.load(export(qtbot, dialog, chosen, tmp_path / "a.npy"))
    np.testing.assert_array_equal(got, reader.segments[0][0][1][:1000, columns])


def test_names_that_are_written_are_taken_without_more(qtbot, shown, tmp_path):
    reader = recording()
    _, dialog, chosen = shown(reader)
    write(qtbot, dialog.form.names, "s0c3")
    assert dialog.form.channels.currentData() == "named"
    got = np.load(export(qtbot, dialog, chosen, tmp_path / "a.npy"))
    np.testing.assert_array_equal(got, reader.segments[0][0][1][:1000, [3]])


def test_another_stream_as_a_whole(qtbot, shown, tmp_path):
    reader = recording()
    _, dialog, chosen = shown(reader)
    form = dialog.form
    assert form.stream.itemText(1) == "s1: 2 channels at 250 Hz"
    choose(qtbot, dialog, form.stream, 1)
    choose(qtbot, dialog, form.span, "whole")
    assert (form.start.text(), form.stop.text()) == ("1.000", "21.000")
    got = np.load(export(qtbot, dialog, chosen, tmp_path / "a.npy"))
    np.testing.assert_array_equal(got, reader.segments[0][1][1])


def test_the_selected_span_comes_first_and_is_exact(qtbot, tmp_path):
    reader = recording()
    view = SignalView(reader, renderer="software")
    qtbot.addWidget(view, before_close_func=lambda w: w.stop())
    # Neither end can be written with the digits of a millisecond.
    view.view.span = 4.0004, 5.1234999
    dialog = DataDialog(view, None, chosen := Chosen())
    qtbot.addWidget(dialog)
    assert dialog.form.span.currentData() == "selected"
    assert (dialog.form.start.text(), dialog.form.stop.text()) == ("4.000", "5.123")
    got = np.load(export(qtbot, dialog, chosen, tmp_path / "a.npy"))
    np.testing.assert_array_equal(got, reader.segments[0][0][1][3001:4124])
    # Who writes one of the two leaves the other as exact as it was.
    write(qtbot, dialog.form.start, "5")
    assert dialog.form.span.currentData() == "typed"
    got = np.load(export(qtbot, dialog, chosen, tmp_path / "b.npy"))
    np.testing.assert_array_equal(got, reader.segments[0][0][1][4000:4124])


@pytest.mark.parametrize(
    ("start", "stop", "form", "samples"),
    [
        ("2", "3.5", "seconds", (1000, 2500)),
        ("2", "+ 250 ms", "seconds", (1000, 1250)),
        ("50%", "end", "seconds", (10_000, 20_000)),
        ("#300", "#301", "seconds", (300, 301)),
        ("300", "500", "samples", (300, 500)),
        ("0:00:04", "0:00:05", "clock", (3000, 4000)),
    ],
)
def test_times_that_are_written(qtbot, shown, tmp_path, start, stop, form, samples):
    reader = recording()
    view, dialog, chosen = shown(reader)
    view.view.time_format = form
    write(qtbot, dialog.form.start, start)
    write(qtbot, dialog.form.stop, stop)
    got = np.load(export(qtbot, dialog, chosen, tmp_path / "a.npy"))
    np.testing.assert_array_equal(got, reader.segments[0][0][1][slice(*samples)])
    assert (dialog.form.start.text(), dialog.form.stop.text()) == (start, stop)


@pytest.mark.parametrize("physical", [False, True])
@pytest.mark.parametrize("form", ["npy", "flat", "csv"])
def test_formats_and_values_and_how_large_they_were_said_to_be(
    qtbot, shown, tmp_path, form, physical
):
    reader = recording()
    _, dialog, chosen = shown(reader)
    choose(qtbot, dialog, dialog.form.format, form)
    assert dialog.form.values.currentData() is (form == "csv"), "what is usual"
    choose(qtbot, dialog, dialog.form.values, physical)
    ending = {"npy": "npy", "flat": "dat", "csv": "csv"}[form]
    path = export(qtbot, dialog, chosen, tmp_path / f"a.{ending}")
    want = reader.segments[0][0][1][:1000] * (0.5 if physical else 1)
    kind = np.float32 if physical else np.int16
    if form == "csv":
        header, *rows = csv.reader(path.open(newline=""))
        assert header[1] == ("s0c0 (uV)" if physical else "s0c0 (raw)")
        table = np.array(rows, float)
        np.testing.assert_allclose(table[:, 0], 1 + np.arange(1000) / 1000, atol=1e-7)
        got = table[:, 1:]
    elif form == "npy":
        got = np.load(path)
        assert got.dtype == kind
    else:
        got = np.fromfile(path, kind).reshape(-1, 5)
    np.testing.assert_array_equal(got, want)
    said = re.search(
        r"1,000 samples of 5 channels, 1 s to 2 s: (about )?(\S+) (\S+)\.", dialog.planned.text
    )
    nbytes = float(said[2]) * {"bytes": 1, "kB": 1e3, "MB": 1e6}[said[3]]
    total = sum(file.stat().st_size for file in tmp_path.glob("a.*"))
    assert bool(said[1]) == (form == "csv")
    assert nbytes == pytest.approx(total, rel=0.15 if form == "csv" else 0.005)


def test_values_that_were_chosen_stay_until_another_format_is(qtbot, shown):
    view, dialog, _ = shown(recording())
    choose(qtbot, dialog, dialog.form.values, True)
    view.view.window.set(5.0, 1.0)
    wait(qtbot, dialog)
    choose(qtbot, dialog, dialog.form.stream, 1)
    assert dialog.form.values.currentText() == "Physical values in µV (float32)"
    choose(qtbot, dialog, dialog.form.format, "flat")
    assert dialog.form.values.currentText() == "Raw numbers (int16)"


@pytest.mark.parametrize("signals", ["processed", "recorded"])
def test_of_a_layer_what_is_processed_or_what_was_recorded(qtbot, shown, tmp_path, signals):
    source = ArrayReader.of(noise(20_000, 3) // 64, FAST, gain=0.5)
    layer = Layer(source, [HighPass(60)])
    view, dialog, chosen = shown(layer)
    form = dialog.form
    assert form.signals.isVisible() and form.signals.currentText() == "Processed: high-pass 60 Hz"
    assert not form.values.isEnabled(), "both would be the same"
    choose(qtbot, dialog, form.signals, signals)
    got = np.load(export(qtbot, dialog, chosen, tmp_path / "a.npy"))
    reader = layer if signals == "processed" else source
    np.testing.assert_array_equal(got, reader.get_analogsignal_chunk(0, 0, 0, 1000))
    assert not form.stream.isVisible(), "there is one"
    view.process(())
    qtbot.waitUntil(lambda: not form.signals.isVisible())
    settle(qtbot, view)
    got = np.load(export(qtbot, dialog, chosen, tmp_path / "b.npy"))
    np.testing.assert_array_equal(got, source.get_analogsignal_chunk(0, 0, 0, 1000))


def test_where_the_view_is_of_what_was_recorded_that_comes_first(qtbot, shown):
    layer = Layer(ArrayReader.of(noise(20_000, 3) // 64, FAST), [HighPass(60)])
    with dialogs_over_views(qtbot, lambda *args: args[0]) as show:
        view, _, _ = show(layer)
        view.view.shown = "raw"
        dialog = DataDialog(view)
        qtbot.addWidget(dialog)
        assert dialog.form.signals.currentData() == "recorded"
