"""Flat binary files in the window: refused, described by mouse and keyboard, and open at once."""

import os
import subprocess
import sys

import numpy as np
import pytest
from PyQt6.QtCore import QUrl
from PyQt6.QtWidgets import QLabel, QPushButton, QToolButton

from rawio import open_recording
from rawio import sidecar as sidecar_module
from rawio.sidecar import FlatBinaryLayout, read_sidecar, sidecar_path, write_sidecar
from tests.readers import noise
from tests.viewer.qt.conftest import settle
from tests.viewer.qt.dialogs.test_describe_dialog import press_ok, write
from tests.viewer.qt.dialogs.test_describe_dialog import settle as settle_dialog
from tests.viewer.qt.window.test_main_window import SAMPLES, action_of
from tests.viewer.qt.window.test_opening import drop, ended
from tests.viewer.qt.windows import Key, Mod, click, make_window, open_path, press
from viewer.options import Opening
from viewer.qt.dialogs.describe_dialog import DescribeDialog
from viewer.qt.window.descriptions import Descriptions
from viewer.qt.window.opening import Refusal, Wish
from viewer.qt.window.restoring import view_data


def samples():
    return noise(4000, 3, seed=5).astype("<i2")


@pytest.fixture
def path(tmp_path):
    """Return the path of a file of 4000 samples of 3 channels."""
    path = tmp_path / "a folder" / "x.dat"
    path.parent.mkdir()
    path.write_bytes(samples().tobytes())
    return path


def refuse(qtbot, window, path):
    """Try to open a file; return what was said."""
    with qtbot.waitSignal(window.refused, timeout=20_000) as refused:
        window.open(str(path))
    return refused.args[0]


def dialog_of(qtbot, window):
    """Return the dialog that is open, at rest."""
    (dialog,) = window.findChildren(DescribeDialog)
    assert dialog.isVisible()
    settle_dialog(qtbot, dialog)
    return dialog


def describe(qtbot, window, **texts):
    """Write into the dialog that is open, press OK, and return the view of what opens."""
    dialog = dialog_of(qtbot, window)
    write(qtbot, dialog, **texts)
    with qtbot.waitSignal(window.opened, timeout=20_000):
        press_ok(qtbot, dialog)
    settle(qtbot, window.signal_view)
    return window.signal_view


def chunk(view):
    return view.recorded.get_analogsignal_chunk()


def no_writing(monkeypatch):
    def refuse_to(**_):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(sidecar_module.tempfile, "mkstemp", refuse_to)


# -- refused, and then described -------------------------------------------------------------------


def test_without_a_recording_the_page_leads_to_the_dialog(qtbot, path):
    window = make_window(qtbot, open_recording)
    page = window._welcome
    assert not page.describe.isVisible()
    said = refuse(qtbot, window, path)
    assert said.startswith(f"{path}: a flat binary file does not say") and "rawscope" not in said
    assert page.text == "x.dat" + said.removeprefix(str(path))
    assert page.describe.isVisible() and page.describe.hasFocus()
    click(page.describe)
    view = describe(qtbot, window, n_channels="3", sampling_rate="2000", units="uV")
    np.testing.assert_array_equal(chunk(view), samples())
    assert view.view.channels.infos[0].units == "uV"
    assert read_sidecar(sidecar_path(path)) == FlatBinaryLayout(3, 2000.0, units="uV")
    assert not page.isVisible() and window.windowTitle() == "x.dat - rawscope"
    assert window.findChildren(DescribeDialog) == [] or not dialog_open(window)


def dialog_open(window):
    return any(dialog.isVisible() for dialog in window.findChildren(DescribeDialog))


def test_beside_a_recording_the_notice_leads_to_the_dialog(qtbot, path):
    window = make_window(qtbot, open_recording)
    before = open_path(qtbot, window, SAMPLES / "sample.raw")
    refuse(qtbot, window, path)
    button = window.notice.act_button
    assert window.notice.text.startswith("x.dat: a flat binary file") and button.isVisible()
    assert button.text() == "Describe it…" and window.signal_view is before
    click(button)
    assert not window.notice.isVisible()
    view = describe(qtbot, window, n_channels="3", sampling_rate="2000")
    np.testing.assert_array_equal(chunk(view), samples())


def test_what_no_description_would_open_offers_none(qtbot, path):
    window = make_window(qtbot, open_recording)
    refuse(qtbot, window, path)
    assert window._welcome.describe.isVisible()
    refuse(qtbot, window, path.parent / "none.dat")
    assert window._welcome.text.startswith("none.dat: no such file")
    assert not window._welcome.describe.isVisible()
    open_path(qtbot, window, SAMPLES / "sample.raw")
    refuse(qtbot, window, path)
    assert window.notice.act_button.isVisible()
    window.notice.say("The disk is full.")
    assert not window.notice.act_button.isVisible()


def test_cancel_leaves_all_as_it_was(qtbot, path):
    window = make_window(qtbot, open_recording)
    refuse(qtbot, window, path)
    click(window._welcome.describe)
    dialog = dialog_of(qtbot, window)
    write(qtbot, dialog, n_channels="3", sampling_rate="2000")
    click(dialog.cancel_button)
    ended(qtbot)
    assert window.signal_view is None and os.listdir(path.parent) == ["x.dat"]
    assert window._welcome.describe.isVisible()


def test_files_that_are_dropped_and_recent_ones_lead_there_too(qtbot, path):
    window = make_window(qtbot, open_recording)
    with qtbot.waitSignal(window.undescribed, timeout=20_000):
        drop(window, QUrl.fromLocalFile(str(path)))
    assert window._welcome.describe.isVisible()
    other = make_window(qtbot, open_recording, keep=True)
    write_sidecar(sidecar_path(path), FlatBinaryLayout(3, 2000.0))
    open_path(qtbot, other, path)
    sidecar_path(path).unlink()
    again = make_window(qtbot, open_recording, keep=True)
    page = again._welcome
    qtbot.waitUntil(lambda: any("x.dat" in b.text() for b in page.findChildren(QPushButton)))
    with qtbot.waitSignal(again.undescribed, timeout=20_000):
        click(next(b for b in page.findChildren(QPushButton) if "x.dat" in b.text()))
    assert page.describe.isVisible()


@pytest.mark.parametrize("name", ["x.xyz", "no suffix"])
def test_files_of_any_name_can_be_described(qtbot, tmp_path, name):
    path = tmp_path / name
    path.write_bytes(samples().tobytes())
    window = make_window(qtbot, open_recording)
    refuse(qtbot, window, path)
    click(window._welcome.describe)
    view = describe(qtbot, window, n_channels="3", sampling_rate="2000")
    np.testing.assert_array_equal(chunk(view), samples())


def test_a_folder_with_nothing_but_such_a_file_leads_to_it(qtbot, path):
    window = make_window(qtbot, open_recording)
    refuse(qtbot, window, path.parent)
    assert window._welcome.text.startswith("a folder: holds no recording")
    click(window._welcome.describe)
    assert dialog_of(qtbot, window).path == path
    view = describe(qtbot, window, n_channels="3", sampling_rate="2000")
    np.testing.assert_array_equal(chunk(view), samples())


def test_a_broken_description_and_one_that_does_not_fit_can_be_mended(qtbot, path):
    window = make_window(qtbot, open_recording)
    sidecar_path(path).write_text("{")
    refuse(qtbot, window, path)
    assert window._welcome.text.startswith("x.dat.json: is not valid JSON")
    click(window._welcome.describe)
    click(dialog_of(qtbot, window).cancel_button)
    qtbot.waitUntil(lambda: not dialog_open(window))
    write_sidecar(sidecar_path(path), FlatBinaryLayout(60_000, 2000.0, gain=0.5))
    refuse(qtbot, window, path)
    click(window._welcome.describe)
    dialogs = [d for d in window.findChildren(DescribeDialog) if d.isVisible()]
    settle_dialog(qtbot, dialogs[0])
    assert dialogs[0].fields.texts()["n_channels"] == "60000"
    write(qtbot, dialogs[0], n_channels="3")
    with qtbot.waitSignal(window.opened, timeout=20_000):
        press_ok(qtbot, dialogs[0])
    assert read_sidecar(sidecar_path(path)) == FlatBinaryLayout(3, 2000.0, gain=0.5)


def test_a_view_that_was_given_is_that_of_what_is_described(qtbot, path):
    window = make_window(qtbot, open_recording)
    other = make_window(qtbot, open_recording)
    view = open_path(qtbot, other, SAMPLES / "sample.raw")
    view.view.window.set(0.5, 0.25)
    with qtbot.waitSignal(window.refused, timeout=20_000):
        window.open(str(path), view=view_data(view))
    click(window._welcome.describe)
    view = describe(qtbot, window, n_channels="3", sampling_rate="2000")
    assert (view.view.window.t_start, view.view.window.duration) == (0.5, 0.25)


# -- where nothing can be written ------------------------------------------------------------------


def test_where_nothing_can_be_written_it_opens_for_this_time_and_again(qtbot, path, monkeypatch):
    no_writing(monkeypatch)
    window = make_window(qtbot, open_recording)
    refuse(qtbot, window, path)
    click(window._welcome.describe)
    view = describe(qtbot, window, n_channels="3", sampling_rate="2000")
    np.testing.assert_array_equal(chunk(view), samples())
    assert "so the description holds until this window is closed." in window.notice.text
    assert os.listdir(path.parent) == ["x.dat"]
    open_path(qtbot, window, SAMPLES / "sample.plx")
    np.testing.assert_array_equal(chunk(open_path(qtbot, window, path)), samples())
    with qtbot.waitSignal(window.opened, timeout=20_000):
        press(window, Key.Key_R, Mod.ControlModifier)
    np.testing.assert_array_equal(chunk(window.signal_view), samples())
    refuse(qtbot, make_window(qtbot, open_recording), path)


# -- described otherwise ---------------------------------------------------------------------------


def test_what_is_open_is_described_otherwise_from_the_menu(qtbot, path):
    write_sidecar(sidecar_path(path), FlatBinaryLayout(2, 2000.0))
    window = make_window(qtbot, open_recording, keep=True)
    action = action_of(window, "Describe this file…")
    window.menus.refresh()
    assert not action.isEnabled()
    open_path(qtbot, window, SAMPLES / "sample.plx")
    window.menus.refresh()
    assert not action.isEnabled(), "Plexon files say themselves what is in them"
    view = open_path(qtbot, window, path)
    window.menus.refresh()
    assert action.isEnabled() and len(view.view.channels) == 2
    view.view.window.set(1.0, 0.5)
    action.trigger()
    assert dialog_of(qtbot, window).fields.texts()["n_channels"] == "2"
    view = describe(qtbot, window, n_channels="3")
    np.testing.assert_array_equal(chunk(view), samples())
    assert view.view.window.t_start == 0.0, "these are other samples"
    assert read_sidecar(sidecar_path(path)) == FlatBinaryLayout(3, 2000.0)


def test_where_the_samples_stay_they_are_shown_as_they_were(qtbot, path):
    write_sidecar(sidecar_path(path), FlatBinaryLayout(3, 2000.0))
    window = make_window(qtbot, open_recording)
    open_path(qtbot, window, path).view.window.set(1.0, 0.5)
    action_of(window, "Describe this file…").trigger()
    view = describe(qtbot, window, units="mV")
    assert view.view.window.t_start == 1.0 and view.view.channels.infos[2].units == "mV"


def test_a_dialog_for_another_file_takes_the_place_of_the_first(qtbot, path):
    other = path.with_name("y.dat")
    other.write_bytes(bytes(600))
    window = make_window(qtbot, open_recording)
    for file in (path, other, other):
        refuse(qtbot, window, file)
        click(window._welcome.describe)
        (dialog,) = [d for d in window.findChildren(DescribeDialog) if d.isVisible()]
        assert dialog.path == file


# -- descriptions against options of the command line ----------------------------------------------


def test_what_is_described_counts_more_than_options_of_the_command_line(qtbot, path):
    window = make_window(qtbot, Opening({"n_channels": 2}).open)
    refuse(qtbot, window, path)
    click(window._welcome.describe)
    view = describe(qtbot, window, n_channels="3", sampling_rate="2000")
    np.testing.assert_array_equal(chunk(view), samples())
    write_sidecar(sidecar_path(path), FlatBinaryLayout(4, 2000.0))  # by somebody else meanwhile
    with qtbot.waitSignal(window.opened, timeout=20_000):
        press(window, Key.Key_R, Mod.ControlModifier)
    assert len(window.signal_view.view.channels) == 4


def test_a_description_is_asked_for_by_any_way_of_writing_its_path(path, monkeypatch):
    described, layout = Descriptions(), FlatBinaryLayout(3, 2000.0)
    assert described.options_for(str(path)) == {}
    monkeypatch.chdir(path.parent)
    described.note("x.dat", layout, written=False)
    assert described.options_for(str(path)) == {"layout": layout}
    described.note(path, layout, written=True)
    assert described.options_for("./x.dat") == {}, "it was removed again"
    sidecar_path(path).write_text("{")
    assert described.options_for("x.dat") == {}, "which the reader is to say"


# -- the command line ------------------------------------------------------------------------------

COMMAND_LINE = """
import sys
from PyQt6.QtCore import QTimer
from PyQt6.QtWidgets import QApplication
from viewer.options import NO_OPTIONS
from viewer.qt.window.desktop import run
from viewer.settings import Settings

def look():
    for window in QApplication.topLevelWidgets():
        page = getattr(window, "_welcome", None)
        if page is not None and page.describe.isVisible():
            print(page.text)
            window.close()

application = QApplication([])
timer = QTimer()
timer.timeout.connect(look)
timer.start(50)
sys.exit(run(sys.argv[1], NO_OPTIONS.open, Settings(renderer="software")))
"""


def test_the_command_line_opens_a_window_in_which_the_file_can_be_described(path):
    done = subprocess.run(
        [sys.executable, "-c", COMMAND_LINE, path], capture_output=True, text=True, timeout=60
    )
    assert done.stdout.startswith("x.dat: a flat binary file does not say"), done.stderr
    assert done.returncode == 0
    assert done.stderr.startswith("rawscope: ") and done.stderr.endswith("opens from then on.\n")


# -- sentences, and docks --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("asked", "sentence", "short"),
    [
        ("/a/b/x.dat", "/a/b/x.dat: no.", "x.dat: no."),
        ("/a/b/x.dat", "/a/b/x.dat.json: no.", "x.dat.json: no."),
        ("/a/b", "/a/b: holds none; /a/b/c/y.bin: no.", "b: holds none; b/c/y.bin: no."),
        ("/a/b", "/elsewhere/a/b/y.bin: no.", "/elsewhere/a/b/y.bin: no."),
        ("/a/b/x", "has '/a/b/y', not (/a/b/z).", "has 'y', not (z)."),
        ("x.dat", "x.dat: is no /path.", "x.dat: is no /path."),
        ("/x.dat", "/x.dat: is 1/2.", "/x.dat: is 1/2."),
        ("/a\n/x.dat", "/a\\n/x.dat: no.", "x.dat: no."),
        ("data/x.dat", "data/x.dat: no.", "x.dat: no."),
    ],
)
def test_refusals_name_files_as_they_are_below_the_folder_asked_for(asked, sentence, short):
    assert Refusal(sentence, Wish(asked)).short == short


def test_whole_paths_are_in_the_tooltip(qtbot, path):
    window = make_window(qtbot, open_recording)
    refuse(qtbot, window, path)
    (label,) = [la for la in window._welcome.findChildren(QLabel) if "flat binary" in la.text()]
    assert str(path.parent.parent.parent) in label.toolTip().replace("\N{ZERO WIDTH SPACE}", "")
    open_path(qtbot, window, SAMPLES / "sample.raw")
    refuse(qtbot, window, path)
    (label,) = window.notice.findChildren(QLabel)
    assert str(path.parent.parent.parent) in label.toolTip().replace("\N{ZERO WIDTH SPACE}", "")
    window.notice.say("The disk is full.")
    assert label.toolTip() == ""
    click(window.notice.findChild(QToolButton))


def test_docks_say_what_will_be_in_them(qtbot):
    window = make_window(qtbot, open_recording)
    for name in ("channels", "units", "events", "info"):
        dock = window.docks[name]
        dock.show()
        dock.raise_()
        (label,) = [la for la in dock.findChildren(QLabel) if la.isVisible()]
        assert "appear" in label.text() and window.docks.content(name) is None
    window.docks["channels"].raise_()
    open_path(qtbot, window, SAMPLES / "sample.raw")
    qtbot.waitUntil(lambda: window.docks.content("channels") is not None)
    assert not any("appear" in la.text() for la in window.docks["channels"].findChildren(QLabel)
                   if la.isVisible())  # fmt: skip
    window._close_view()
    (label,) = [la for la in window.docks["channels"].findChildren(QLabel) if la.isVisible()]
    assert label.text() == "Channels of the recording appear here."
