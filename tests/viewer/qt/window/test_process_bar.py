"""The toolbar of filters and references, by mouse and keyboard."""

import pytest
from PyQt6.QtWidgets import QLabel, QToolButton

from rawio import OptionError
from tests.viewer.qt.conftest import wheel
from tests.viewer.qt.windows import Key, choose, click, make_window, open_path, press, write
from viewer.compute.steps import BandPass, CommonReference, HighPass, LowPass, Notch


@pytest.fixture
def window(qtbot):
    """Return a window on streams of 1 kHz and 250 Hz."""
    main = make_window(qtbot)
    open_path(qtbot, main)
    return main


def steps_are(qtbot, window, *steps):
    """Wait until the view shows the recording after these steps, and the bar says so."""
    qtbot.waitUntil(lambda: window.signal_view.steps == steps, timeout=20_000)
    assert window.bars.filters.steps == steps
    assert window.bars.filters.clear_button.isEnabled() == bool(steps)


def test_each_control_is_a_step(qtbot, window):
    for name, text, step in (
        ("high_pass", "100 Hz", HighPass(100)),
        ("low_pass", "100 Hz", LowPass(100)),
        ("notch", "50 Hz", Notch(50)),
        ("notch", "60 Hz and 4 harmonics", Notch(60, harmonics=5)),
        ("reference", "Median", CommonReference("median")),
        ("reference", "Average", CommonReference("average")),
    ):
        box = getattr(window.bars.filters, name)
        choose(box, text)
        steps_are(qtbot, window, step)
        assert window.signal_view.hasFocus()
        choose(box, "Off")
        steps_are(qtbot, window)


def test_a_frequency_can_be_written(qtbot, window):
    """Also one that begins as a listed one does: nothing is completed."""
    box = window.bars.filters.high_pass
    for text, cutoff in (("10", 10.0), ("0.5 hz", 0.5), ("0,1k", 100.0), (" 30Hz ", 30.0)):
        box.setFocus()
        box.lineEdit().selectAll()
        write(window, text)
        press(window, Key.Key_Return)
        steps_are(qtbot, window, HighPass(cutoff))
        assert box.currentText() == f"{cutoff:g} Hz"


def test_both_filters_are_a_band_pass_before_notch_and_reference(qtbot, window):
    bar = window.bars.filters
    choose(bar.reference, "Median")
    choose(bar.notch, "50 Hz")
    choose(bar.high_pass, "1 Hz")
    choose(bar.low_pass, "100 Hz")
    steps_are(qtbot, window, BandPass(1, 100), Notch(50), CommonReference("median"))
    shown = [b.currentText() for b in (bar.high_pass, bar.low_pass, bar.notch, bar.reference)]
    assert shown == ["1 Hz", "100 Hz", "50 Hz", "Median"]
    click(bar.clear_button)
    steps_are(qtbot, window)
    assert bar.high_pass.currentText() == bar.reference.currentText() == "Off"
    assert window.signal_view.hasFocus()


def test_a_chain_that_controls_cannot_say_is_named_until_one_is_changed(qtbot, window):
    bar = window.bars.filters
    custom = (HighPass(10, order=5), CommonReference("median"), HighPass(2))
    window.signal_view.process(custom)
    steps_are(qtbot, window, *custom)
    qtbot.waitUntil(bar._custom.isVisible, timeout=5_000)  # bars are laid out a little later
    assert "10 Hz" in bar._custom.text()
    assert {b.currentText() for b in (bar.high_pass, bar.low_pass, bar.reference)} == {"Off"}
    bar.notch.setFocus()
    press(window, Key.Key_Tab)  # going through the bar changes nothing
    assert window.signal_view.steps == custom and bar.steps == custom
    choose(bar.notch, "50 Hz")
    steps_are(qtbot, window, Notch(50))
    assert not bar._custom.isVisible()


@pytest.mark.parametrize(
    ("step", "hertz"),
    [(HighPass(1e-12), "1e-12"), (LowPass(2e9), "2e+09"), (Notch(5110500520.0), "5.11050052e+09")],
)
def test_frequencies_beyond_reason_are_named_like_what_controls_cannot_say(window, step, hertz):
    bar = window.bars.filters
    bar.show_steps((step,))
    assert bar.steps == (step,) and bar._custom_action.isVisible()
    assert hertz in bar._custom.text()
    assert {b.currentText() for b in (bar.high_pass, bar.low_pass, bar.notch)} == {"Off"}


def test_steps_that_the_recording_cannot_take_put_the_controls_back(qtbot, window):
    bar = window.bars.filters
    choose(bar.reference, "Median")
    steps_are(qtbot, window, CommonReference("median"))
    for box, text in ((bar.high_pass, "500 Hz"), (bar.reference, "Median by shank")):
        before = box.currentText()
        window.notice.clear()
        choose(box, text)
        assert box.currentText() == text
        qtbot.waitUntil(lambda box=box, before=before: box.currentText() == before, timeout=20_000)
        assert window.notice.text.endswith(".")
        steps_are(qtbot, window, CommonReference("median"))


def test_what_is_not_filtered_is_said(qtbot, window):
    choose(window.bars.filters.low_pass, "300 Hz")
    steps_are(qtbot, window, LowPass(300))
    assert "stream 's1' is shown as it was recorded" in window.notice.text


def test_what_is_no_filter_is_said_and_stays_to_be_mended(qtbot, window):
    bar = window.bars.filters
    for text, said in (("much", "is no frequency"), ("-3", "is no frequency"), ("1e9999", "is no")):
        bar.high_pass.setFocus()
        bar.high_pass.lineEdit().selectAll()
        write(window, text)
        press(window, Key.Key_Return)
        assert said in window.notice.text and bar.high_pass.currentText() == text
        assert bar.high_pass.hasFocus() and window.signal_view.steps == ()
    press(window, Key.Key_Escape)
    assert bar.high_pass.currentText() == "Off" and window.signal_view.hasFocus()
    choose(bar.high_pass, "100 Hz")
    choose(bar.low_pass, "100 Hz")  # no band
    assert bar.low_pass.currentText() == "Off"
    steps_are(qtbot, window, HighPass(100))


def test_what_is_half_written_is_not_written_over(qtbot, window):
    bar = window.bars.filters
    bar.low_pass.setFocus()
    bar.low_pass.lineEdit().selectAll()
    write(window, "8")
    window.signal_view.process((HighPass(3),))
    qtbot.waitUntil(lambda: bar.high_pass.currentText() == "3 Hz", timeout=20_000)
    write(window, "0")
    press(window, Key.Key_Return)
    steps_are(qtbot, window, BandPass(3, 80))


def test_all_off_takes_what_is_half_written_with_it(qtbot, window):
    bar = window.bars.filters
    choose(bar.reference, "Median")
    steps_are(qtbot, window, CommonReference("median"))
    bar.high_pass.setFocus()
    bar.high_pass.lineEdit().selectAll()
    write(window, "10")
    click(bar.clear_button)
    qtbot.waitUntil(lambda: window.signal_view.steps == (), timeout=20_000)
    qtbot.wait(100)
    steps_are(qtbot, window)
    assert bar.high_pass.currentText() == "Off"


def test_a_wheel_that_passes_over_a_box_changes_nothing(qtbot, window):
    box = window.bars.filters.high_pass
    wheel(box, box.rect().center(), -1)
    assert box.currentText() == "Off" and window.bars.filters.steps == ()
    box.setFocus()
    wheel(box, box.rect().center(), -1)
    steps_are(qtbot, window, HighPass(1))
    assert box.hasFocus()


def test_the_boxes_can_be_reached_one_after_the_other(window):
    bar = window.bars.filters
    bar.high_pass.setFocus()
    reached = []
    for _ in range(4):
        reached.append(next(b for b in bar._boxes if b.hasFocus()))
        press(window, Key.Key_Tab)
    assert reached == list(bar._boxes)


@pytest.mark.parametrize("refused", [False, True])
def test_the_bar_says_that_a_click_was_taken_while_a_layer_is_made(
    qtbot, window, held_layers, refused
):
    held_layers.error = OptionError("there is no such filter.") if refused else None
    bar = window.bars.filters
    said = next(label for label in bar.findChildren(QLabel) if label.text() == "filtering…")
    before = [button.pos() for button in bar.findChildren(QToolButton)]
    assert not said.isVisible()
    choose(bar.high_pass, "100 Hz")
    qtbot.waitUntil(said.isVisible)
    assert [button.pos() for button in bar.findChildren(QToolButton)] == before
    held_layers.let_go()
    qtbot.waitUntil(lambda: not said.isVisible(), timeout=20_000)
    steps_are(qtbot, window, *(() if refused else (HighPass(100),)))
    bar.clear_button.click()
    assert not said.isVisible()  # nothing is filtered then
