"""The dialog that describes a flat binary file: what is typed against what is written and drawn."""

import json
import os
import threading
from dataclasses import replace

import numpy as np
import pytest
from PyQt6 import sip
from PyQt6.QtCore import Qt
from PyQt6.QtWidgets import QWidget

from rawio import open_recording, rawbinary
from rawio import sidecar as sidecar_module
from rawio.sidecar import FlatBinaryLayout, read_sidecar, sidecar_path, write_sidecar
from tests.readers import noise
from tests.viewer.qt.dialogs.asking import met_by_tab, mnemonics
from tests.viewer.qt.windows import choose
from viewer.qt.dialogs import describe_work
from viewer.qt.dialogs.describe_dialog import DescribeDialog
from viewer.qt.dialogs.describe_preview import lanes_of

Key, LEFT = Qt.Key, Qt.MouseButton.LeftButton
HEADER = b"fourteen bytes"


@pytest.fixture
def path(tmp_path):
    """Return the path of a file of 900 samples of 3 channels behind 14 bytes."""
    path = tmp_path / "recordings" / "x.dat"
    path.parent.mkdir()
    path.write_bytes(HEADER + samples().tobytes())
    return path


def samples():
    return noise(900, 3, seed=5).astype("<i2")


@pytest.fixture
def shown(qtbot):
    """Return a function that shows a dialog, at rest; ``told`` has what it emits."""
    kept = []  # or Python might collect one while it is being painted after its test

    def show(path, layout=None):
        dialog = DescribeDialog(path, layout)
        kept.append(dialog)
        dialog.told = []
        dialog.described.connect(dialog.told.append)
        qtbot.addWidget(dialog)
        dialog.show()
        qtbot.waitExposed(dialog)
        settle(qtbot, dialog)
        return dialog

    yield show
    kept.clear()


def settle(qtbot, dialog):
    qtbot.waitUntil(lambda: not dialog.busy, timeout=20_000)


def write(qtbot, dialog, **texts):
    """Write into lines on the keyboard, and choose in lists with the mouse."""
    for name, text in texts.items():
        line = dialog.fields.lines.get(name)
        if line is None:
            choose(dialog.fields.choices[name], text)
            continue
        line.setFocus()
        line.selectAll()
        qtbot.keyClick(line, Key.Key_Delete)
        qtbot.keyClicks(line, text)
    settle(qtbot, dialog)


def press_ok(qtbot, dialog):
    qtbot.mouseClick(dialog.ok_button, LEFT)
    settle(qtbot, dialog)


# -- what is typed is written --------------------------------------------------------------------


def test_what_is_typed_is_the_description_and_the_samples_are_numpys(qtbot, shown, path):
    before = path.read_bytes(), path.stat().st_mtime_ns
    dialog = shown(path)
    write(
        qtbot, dialog, n_channels="3", sampling_rate="24 kHz", header_bytes="14", gain="0.195",
        offset="-1.5", units="uV",
    )  # fmt: skip
    press_ok(qtbot, dialog)
    assert not dialog.isVisible()
    written = json.loads(sidecar_path(path).read_text())
    assert written == {
        "format": "rawscope-flat-binary", "version": 1, "n_channels": 3, "sampling_rate": 24000.0,
        "dtype": "int16", "byte_order": "little", "gain": 0.195, "offset": -1.5, "units": "uV",
        "header_bytes": 14, "channel_names": None,
    }  # fmt: skip
    (told,) = dialog.told
    assert told.path == path and not told.why_unwritten
    assert told.layout == read_sidecar(sidecar_path(path))
    reader = open_recording(path)
    np.testing.assert_array_equal(reader.get_analogsignal_chunk(), samples())
    values = reader.rescale_signal_raw_to_float(reader.get_analogsignal_chunk(), "float64")
    np.testing.assert_allclose(values, samples() * 0.195 - 1.5)
    assert (path.read_bytes(), path.stat().st_mtime_ns) == before


def test_types_and_orders_of_bytes_are_chosen_and_enter_is_ok(qtbot, shown, tmp_path):
    path, values = tmp_path / "f.bin", np.linspace(-3, 3, 400).reshape(-1, 4).astype(">f4")
    path.write_bytes(values.tobytes())
    dialog = shown(path)
    write(qtbot, dialog, n_channels="4", dtype="float32", byte_order="big", sampling_rate="10")
    qtbot.keyClick(dialog.fields.lines["sampling_rate"], Key.Key_Return)
    settle(qtbot, dialog)
    assert len(dialog.told) == 1
    np.testing.assert_array_equal(open_recording(path).get_analogsignal_chunk(), values)


def test_numbers_of_one_byte_have_no_order_of_bytes(qtbot, shown, path):
    dialog = shown(path)
    order = dialog.fields.choices["byte_order"]
    for kind, there in (("uint8", False), ("int32", True), ("int8", False)):
        write(qtbot, dialog, dtype=kind)
        assert order.isEnabled() == there


def test_cancel_leaves_all_as_it_was(qtbot, shown, path):
    dialog = shown(path)
    write(qtbot, dialog, n_channels="3", sampling_rate="1000")
    qtbot.mouseClick(dialog.cancel_button, LEFT)
    assert not dialog.isVisible() and dialog.told == []
    again = shown(path)
    write(qtbot, again, n_channels="3", sampling_rate="1000")
    qtbot.keyClick(again, Key.Key_Escape)
    assert not again.isVisible() and again.told == []
    assert os.listdir(path.parent) == ["x.dat"]


def test_where_nothing_can_be_written_the_description_is_told_with_the_reason(
    qtbot, shown, path, monkeypatch
):
    def refuse(**_):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(sidecar_module.tempfile, "mkstemp", refuse)
    dialog = shown(path)
    write(qtbot, dialog, n_channels="3", sampling_rate="1000")
    press_ok(qtbot, dialog)
    (told,) = dialog.told
    assert told.layout == FlatBinaryLayout(3, 1000.0)
    assert told.why_unwritten == (
        "x.dat.json: cannot be written (Permission denied), so the description holds until this "
        "window is closed."
    )
    assert os.listdir(path.parent) == ["x.dat"]


def test_what_goes_wrong_with_the_file_itself_is_said_and_nothing_is_written(qtbot, shown, path):
    dialog = shown(path)
    write(qtbot, dialog, n_channels="3", sampling_rate="1000")
    path.unlink()
    press_ok(qtbot, dialog)
    assert dialog.isVisible() and dialog.told == []
    assert "no such file" in dialog.working.text
    assert os.listdir(path.parent) == []


# -- what is said while it is typed ----------------------------------------------------------------


def test_it_says_what_is_lacking_and_then_what_comes_of_it(qtbot, shown, path):
    dialog = shown(path)
    assert "the number of channels and the sampling rate" in dialog.outcome.text
    assert dialog._title.said == "x.dat, 5.41 kB" and not dialog.ok_button.isEnabled()
    write(qtbot, dialog, n_channels="4")
    rest = (5400 + 14) % 8
    assert f"676 samples of 4 channels, and {rest} bytes left over" in dialog.outcome.text
    assert "the number of channels" in dialog.outcome.text
    assert "Write the sampling rate" in dialog.outcome.text and not dialog.ok_button.isEnabled()
    write(qtbot, dialog, n_channels="3", header_bytes="14", sampling_rate="300")
    assert dialog.outcome.text == "900 samples of 3 channels, 3 s."
    assert dialog.ok_button.isEnabled()


@pytest.mark.parametrize(
    ("field", "text"),
    [("n_channels", "none"), ("sampling_rate", "fast"), ("gain", "0,2"), ("header_bytes", "-1")],
)
def test_bad_values_are_said_beside_their_field_and_keep_ok_from_being_pressed(
    qtbot, shown, path, field, text
):
    dialog = shown(path)
    write(qtbot, dialog, n_channels="3", sampling_rate="300")
    assert dialog.ok_button.isEnabled()
    write(qtbot, dialog, **{field: text})
    words = dialog.fields.words[field]
    assert words.isVisible() and words.text.endswith(".")
    control = dialog.fields.lines[field]
    assert words.geometry().left() >= control.geometry().right()
    assert abs(words.geometry().center().y() - control.geometry().center().y()) < 5
    others = {name for name, said in dialog.fields.words.items() if said.isVisible()}
    assert others == {field}
    assert not dialog.ok_button.isEnabled()
    qtbot.keyClick(control, Key.Key_Return)
    assert dialog.isVisible() and dialog.told == []
    write(qtbot, dialog, **{field: "3"})
    assert not words.isVisible() and dialog.ok_button.isEnabled()


def test_a_file_smaller_than_one_sample_cannot_be_described_so(qtbot, shown, path):
    dialog = shown(path)
    write(qtbot, dialog, n_channels="60000", sampling_rate="300")
    assert dialog.outcome.text.startswith("Not one sample") and "5,414" in dialog.outcome.text
    assert not dialog.ok_button.isEnabled()


def test_the_preview_is_of_the_first_samples_as_they_are_described(qtbot, shown, path):
    dialog = shown(path)
    assert dialog.preview.lanes.size == 0
    write(qtbot, dialog, n_channels="3", header_bytes="14")
    first = samples()[: describe_work.MOST_SAMPLES]
    np.testing.assert_array_equal(dialog.preview.lanes, lanes_of(first))
    write(qtbot, dialog, gain="what")  # which counts for nothing there
    np.testing.assert_array_equal(dialog.preview.lanes, lanes_of(first))
    write(qtbot, dialog, n_channels="2", header_bytes="0", dtype="uint16")
    raw = np.frombuffer(path.read_bytes()[: 2 * 2 * 400], "<u2").reshape(-1, 2)
    np.testing.assert_array_equal(dialog.preview.lanes, lanes_of(raw))
    write(qtbot, dialog, n_channels="")
    assert dialog.preview.lanes.size == 0


def test_the_preview_reads_little_of_many_channels(qtbot, shown, tmp_path, monkeypatch):
    path = tmp_path / "wide.dat"
    with open(path, "wb") as file:
        file.truncate(8 * 65536 * 400)
    dialog = shown(path)
    write(qtbot, dialog, n_channels="65536", dtype="float64")
    assert dialog.preview.lanes.shape == (describe_work.MOST_CHANNELS, 8)


def test_the_preview_draws_what_it_has(qtbot, shown, path):
    dialog = shown(path)
    empty = dialog.preview.grab().toImage()
    write(qtbot, dialog, n_channels="3", header_bytes="14")
    right = dialog.preview.grab().toImage()
    write(qtbot, dialog, n_channels="2")
    assert len({bytes(image.constBits().asarray(image.sizeInBytes())) for image in
                (empty, right, dialog.preview.grab().toImage())}) == 3  # fmt: skip


def test_the_file_is_never_read_in_the_gui_thread(qtbot, shown, path, monkeypatch):
    threads, read = [], describe_work.look
    describe, write_file = rawbinary.describe, []

    def noting(wish):
        threads.append(threading.current_thread())
        return read(wish)

    def describing(*arguments):
        write_file.append(threading.current_thread())
        return describe(*arguments)

    monkeypatch.setattr("viewer.qt.dialogs.describe_dialog.look", noting)
    monkeypatch.setattr(describe_work, "describe", describing)
    dialog = shown(path)
    write(qtbot, dialog, n_channels="3", sampling_rate="3")
    press_ok(qtbot, dialog)
    assert threads and len(write_file) == 1
    assert threading.main_thread() not in {*threads, *write_file}


def test_what_was_looked_at_for_an_earlier_wish_is_not_shown(qtbot, shown, path, monkeypatch):
    read, held, go_on = describe_work.look, threading.Event(), threading.Event()

    def slow(wish):
        if wish.shape is not None and wish.shape.n_channels == 2:
            held.set()
            assert go_on.wait(20)
        return read(wish)

    monkeypatch.setattr("viewer.qt.dialogs.describe_dialog.look", slow)
    dialog = shown(path)
    show, drawn = dialog.preview.show_samples, []
    dialog.preview.show_samples = lambda *what: (drawn.append(len(what[1])), show(*what))
    line = dialog.fields.lines["n_channels"]
    qtbot.keyClicks(line, "2")
    qtbot.waitUntil(held.is_set)
    qtbot.keyClick(line, Key.Key_Backspace)
    qtbot.keyClicks(line, "3")
    go_on.set()
    settle(qtbot, dialog)
    assert drawn == [3]


def test_what_is_written_after_all_when_it_was_given_up_opens_nothing(
    qtbot, shown, path, monkeypatch
):
    describe, held, go_on = rawbinary.describe, threading.Event(), threading.Event()

    def slow(*arguments):
        held.set()
        assert go_on.wait(20)
        return describe(*arguments)

    monkeypatch.setattr(describe_work, "describe", slow)
    dialog = shown(path)
    write(qtbot, dialog, n_channels="3", sampling_rate="3")
    qtbot.mouseClick(dialog.ok_button, LEFT)
    qtbot.waitUntil(held.is_set)
    qtbot.mouseClick(dialog.cancel_button, LEFT)
    go_on.set()
    settle(qtbot, dialog)
    assert dialog.told == [] and not dialog.isVisible()


# -- what is there already -------------------------------------------------------------------------


def test_a_description_that_is_there_is_shown_and_what_it_says_of_each_channel_stays(
    qtbot, shown, path
):
    layout = FlatBinaryLayout(
        3, 1000.0, header_bytes=14, gain=(1.0, 2.0, 3.0), units=("uV", "mV", "V"),
        channel_names=("a", "b", "c"), t_start=5.0, source="elsewhere",
    )  # fmt: skip
    write_sidecar(sidecar_path(path), layout)
    dialog = shown(path)
    assert dialog.fields.texts()["n_channels"] == "3"
    assert dialog.beside.text == "OK replaces the description in x.dat.json."
    write(qtbot, dialog, sampling_rate="2000")
    press_ok(qtbot, dialog)
    assert read_sidecar(sidecar_path(path)) == replace(layout, sampling_rate=2000.0)


def test_names_that_fit_no_more_are_said_to_be_lost(qtbot, shown, path):
    layout = FlatBinaryLayout(3, 1000.0, channel_names=("a", "b", "c"))
    dialog = shown(path, layout)
    assert "lose" not in dialog.outcome.text
    write(qtbot, dialog, n_channels="2")
    assert "The channels lose the names they had." in dialog.outcome.text
    press_ok(qtbot, dialog)
    assert read_sidecar(sidecar_path(path)) == FlatBinaryLayout(2, 1000.0)


@pytest.mark.parametrize("content", ["{not json", '{"mine": 1}'])
def test_what_is_no_description_is_said_before_it_is_replaced(qtbot, shown, path, content):
    sidecar_path(path).write_text(content)
    dialog = shown(path)
    assert (
        dialog.beside.text == "x.dat.json is there already and is no description: OK replaces it."
    )
    qtbot.mouseClick(dialog.cancel_button, LEFT)
    assert sidecar_path(path).read_text() == content


# -- keyboard, and the end -------------------------------------------------------------------------


def test_where_the_description_cannot_even_be_read_the_file_can_still_be_described(
    qtbot, shown, path
):
    sidecar_path(path).mkdir()
    dialog = shown(path)
    write(qtbot, dialog, n_channels="3", sampling_rate="1000", header_bytes="14")
    settle(qtbot, dialog)
    assert dialog.preview.lanes.shape[0] == 3
    qtbot.mouseClick(dialog.ok_button, LEFT)
    qtbot.waitUntil(lambda: bool(dialog.told))
    (described,) = dialog.told
    assert described.layout.n_channels == 3
    assert "cannot be written" in described.why_unwritten


def test_all_controls_are_met_by_tab_and_by_letters(qtbot, shown, path):
    dialog = shown(path)
    write(qtbot, dialog, n_channels="3", sampling_rate="3")
    controls = [*dialog.fields.lines.values(), *dialog.fields.choices.values()]
    met = met_by_tab(qtbot, dialog, dialog.fields.lines["n_channels"])
    assert set(controls) | {dialog.ok_button, dialog.cancel_button} <= set(met)
    letters = mnemonics(dialog)
    assert len(letters) == len(set(letters)) >= len(controls)
    assert all(control.toolTip() and control.accessibleName() for control in controls)


@pytest.mark.parametrize("wait", [0, 5, 50])
def test_a_dialog_deleted_while_it_looks_harms_nothing(qtbot, path, wait):
    window = QWidget()
    dialog = DescribeDialog(path, None, window)
    dialog.show()
    dialog.fields.lines["n_channels"].setText("3")
    qtbot.wait(wait)
    sip.delete(window)
    qtbot.wait(50)
    assert sip.isdeleted(dialog)
