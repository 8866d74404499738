"""The dialog that exports a picture: what it writes against `snapshot`, and what it says."""

import re
import threading

import numpy as np
import pytest
from PIL import Image
from PyQt6 import sip
from PyQt6.QtCore import Qt
from PyQt6.QtWidgets import QFileDialog, QWidget

from rawio import open_recording
from tests.readers import ArrayReader, noise
from tests.viewer.qt.conftest import pixels, settle
from tests.viewer.qt.dialogs.asking import (
    Chosen,
    GatedReader,
    dialogs_over_views,
    met_by_tab,
    mnemonics,
)
from tests.viewer.qt.test_vector import rendered, without_dates
from tests.viewer.qt.view.test_layers import slow_and_fast
from tests.writers.raw import write_raw
from viewer import HighPass, Layer
from viewer.model.theme import DARK, LIGHT, THEMES
from viewer.picture import compose, snapshot
from viewer.qt.dialogs import save_path
from viewer.qt.dialogs.picture_dialog import PictureDialog
from viewer.qt.vector import save_picture
from viewer.qt.view.signal_view import SignalView
from viewer.qt.window.look import palette_of

Key = Qt.Key
LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def shown(qtbot):
    with dialogs_over_views(qtbot, PictureDialog) as show:
        yield show


def recording(kind=ArrayReader):
    samples = (noise(20_000, 6) // 64).astype(np.int16)
    return kind.of(
        samples,
        units={"a": np.arange(0.25, 20, 0.5), "b": np.array([0.1, 10.0])},
        events={"go": [(t + 0.75, str(t)) for t in range(19)]},
        unit_channel={0: 2},
        gain=0.5,
    )


def save(qtbot, dialog, choose, path):
    """Press Save, and wait for what is written."""
    choose.path = path
    qtbot.mouseClick(dialog.save_button, LEFT)
    qtbot.waitUntil(lambda: not dialog.working.busy, timeout=20_000)
    assert path.is_file(), dialog.working.text
    return path


def changed(view):
    """Change about all that a picture shows."""
    model, channels = view.view, view.view.channels
    model.window.set(3.2, 1.7)
    channels.set_order([5, 4, 3, 0, 1, 2])
    channels.set_visible([4], False)
    channels.set_gain(np.linspace(0.5, -2, 6))
    channels.set_offset(np.linspace(-3, 3, 6))
    channels.set_color((250, 10, 10), [3])
    channels.set_bad([1], True)
    channels.show_page(1, 3)
    model.units.set_visible([1], False)
    model.time_format = "samples"
    model.overlap = False


@pytest.mark.parametrize("scale", [1, 2, 3])
def test_an_image_has_the_pixels_of_the_snapshot(qtbot, shown, tmp_path, scale):
    reader = recording()
    view, dialog, choose = shown(reader)
    changed(view)
    dialog.scale.setCurrentIndex(dialog.scale.findData(scale))
    image = Image.open(save(qtbot, dialog, choose, tmp_path / "a.png"))
    want = snapshot(
        reader, size=(700 * scale, 450 * scale), pixel_ratio=float(scale), view=view.view
    )
    np.testing.assert_array_equal(np.asarray(image), want)
    assert image.info["dpi"] == pytest.approx((96 * scale, 96 * scale), abs=0.1)
    assert dialog.working.text == f"Saved a.png, {700 * scale} \xd7 {450 * scale} pixels."
    assert len(np.unique(want.reshape(-1, 4), axis=0)) > 10


def test_the_plot_is_that_of_the_window(qtbot, shown, tmp_path):
    view, dialog, choose = shown(recording())
    changed(view)
    settle(qtbot, view)
    image = np.asarray(Image.open(save(qtbot, dialog, choose, tmp_path / "a.png")))
    plot = view.frame.layout.plot
    np.testing.assert_array_equal(image[plot.y0 : plot.y1, plot.x0 : plot.x1], pixels(view))


@pytest.mark.parametrize("display", ["traces", "heat map"])
@pytest.mark.parametrize("theme", ["dark", "light"])
def test_in_another_theme_what_has_colours_of_its_own_keeps_them(
    qtbot, shown, tmp_path, theme, display
):
    reader = recording()
    view, dialog, choose = shown(reader)
    view.view.theme = DARK if theme == "light" else LIGHT
    view.view.display = display
    view.view.channels.set_color((250, 10, 10), [3])
    qtbot.keyClick(dialog.theme, Key.Key_Down, delay=1)
    if theme == "light":
        qtbot.keyClick(dialog.theme, Key.Key_Down)
    image = Image.open(save(qtbot, dialog, choose, tmp_path / "a.png"))
    assert view.view.theme is not THEMES[theme], "the view stays as it is"
    view.view.theme = THEMES[theme]
    want = snapshot(reader, size=(700, 450), view=view.view)
    np.testing.assert_array_equal(np.asarray(image), want)


@pytest.mark.parametrize("order", ["file", "probe"])
def test_colours_of_a_view_in_the_order_of_the_file(qtbot, tmp_path, order):
    samples = (noise(5_000, 4) // 64).astype(np.int16)
    write_raw(tmp_path / "a.raw", samples, 1000.0)
    reader = open_recording(tmp_path / "a.raw")
    import probeinterface

    probe = probeinterface.Probe(ndim=2)
    probe.set_contacts(np.array([[0, 20], [0, 60], [0, 0], [0, 40]]), shapes="circle")
    probe.set_device_channel_indices(np.arange(4))
    reader.set_probe(probe)
    view = SignalView(reader, renderer="software", order=order)
    qtbot.addWidget(view, before_close_func=lambda w: w.stop())
    view.resize(600, 400)
    view.show()
    settle(qtbot, view)
    choose = Chosen()
    dialog = PictureDialog(view, None, choose)
    qtbot.addWidget(dialog)
    dialog.theme.setCurrentIndex(2)
    image = Image.open(save(qtbot, dialog, choose, tmp_path / "a.png"))
    view.view.theme = LIGHT
    want = snapshot(reader, size=(600, 400), view=view.view)
    np.testing.assert_array_equal(np.asarray(image), want)


@pytest.mark.parametrize("shows", ["processed", "raw", "both"])
def test_of_a_layer_what_the_view_shows_is_written(qtbot, shown, tmp_path, shows):
    source = ArrayReader.of(slow_and_fast(), gain=0.5)
    view, dialog, choose = shown(Layer(source, [HighPass(60)]))
    images = {}
    for each in ("processed", "raw", "both"):
        view.view.shown = each
        settle(qtbot, view)
        images[each] = pixels(view).copy()
    view.view.shown = shows
    settle(qtbot, view)
    image = np.asarray(Image.open(save(qtbot, dialog, choose, tmp_path / "a.png")))
    plot = view.frame.layout.plot
    got = image[plot.y0 : plot.y1, plot.x0 : plot.x1]
    np.testing.assert_array_equal(got, images[shows])
    alike = [each for each, other in images.items() if np.array_equal(got, other)]
    assert alike == [shows], "the three differ"
    caption = {"raw": "as recorded", "both": "raw + high-pass 60 Hz"}
    said = caption.get(shows, "high-pass 60 Hz")
    assert dialog._what.text().endswith(f", {said}")
    assert view.frame.caption == said


def test_a_drawing_says_beside_each_panel_what_was_done_to_it(qtbot, shown, tmp_path):
    signals = [(0.0, slow_and_fast()), (0.0, slow_and_fast()[:2000])]
    source = ArrayReader([signals], [1000.0, 100.0], gain=0.5)
    _, dialog, choose = shown(Layer(source, [HighPass(300)]))
    said = "high-pass 300 Hz, but s1 as recorded"
    assert dialog._what.text().endswith(f", {said}")
    dialog.format.setCurrentIndex(dialog.format.findData("svg"))
    got = save(qtbot, dialog, choose, tmp_path / "a.svg").read_text()
    texts = re.findall(r"<text[^>]*>([^<]*)<", got)
    texts = [text for text in texts if text in ("s0", "s1", "high-pass", "300 Hz", "as recorded")]
    assert texts == ["s0", "high-pass", "300 Hz", "s1", "as recorded"]


def test_drawings_are_those_of_the_same_view(qtbot, shown, tmp_path):
    reader = recording()
    view, dialog, choose = shown(reader)
    changed(view)
    composed = compose(reader, size=(1400, 900), pixel_ratio=2.0, view=view.view)
    names = {(info.stream, info.column): info.name for info in view.view.channels.infos}
    for kind in ("svg", "pdf"):
        dialog.format.setCurrentIndex(dialog.format.findData(kind))
        got = save(qtbot, dialog, choose, tmp_path / f"a.{kind}").read_bytes()
        title = re.search(rb"arrays, [^<)]*", got)
        want = tmp_path / f"want.{kind}"
        said = "arrays, 1.7 s from sample 3\N{THIN SPACE}200"
        save_picture(want, composed, title=said, names=names)
        if kind == "svg":
            assert title is not None and title[0].decode() == said
            assert got == want.read_bytes()
        else:
            assert without_dates(got) == without_dates(want.read_bytes())
        assert dialog.working.text == f"Saved a.{kind}."
    text = rendered(tmp_path / "a.pdf", (700, 450))[1]
    assert "c3c0c1" in text and "c5" not in text


def test_the_ending_of_the_name_says_the_kind(qtbot, shown, tmp_path):
    _, dialog, choose = shown(recording())
    assert dialog.kind == "png"
    save(qtbot, dialog, choose, tmp_path / "a.SVG")
    assert dialog.kind == "svg" and b"<svg" in (tmp_path / "a.SVG").read_bytes()
    choose.path = tmp_path / "a.tiff"
    qtbot.mouseClick(dialog.save_button, LEFT)
    assert dialog.working.text == "a.tiff: a picture has a name that ends in .png, .svg or .pdf."
    assert not choose.path.exists() and not dialog.working.busy


def test_what_is_suggested(qtbot, shown, tmp_path):
    _, dialog, choose = shown(recording())
    dialog.format.setCurrentIndex(2)
    qtbot.keyClick(dialog, Key.Key_Return)
    (question,) = choose.asked
    assert question.suggestion == tmp_path / "saved" / "arrays.pdf"
    assert (question.filters[0], question.suffix) == ("PDF page (*.pdf)", "pdf")
    (tmp_path / "other").mkdir()
    save(qtbot, dialog, choose, tmp_path / "other" / "b.png")
    choose.path = None
    qtbot.keyClick(dialog, Key.Key_Return)
    assert choose.asked[-1].suggestion == tmp_path / "other" / "arrays.png"


def test_rather_no_picture_than_one_of_something_else(qtbot, shown, tmp_path, monkeypatch):
    _, dialog, choose = shown(recording())
    said = "the view has something odd."
    monkeypatch.setattr("viewer.qt.dialogs.picture_work.apply_view", lambda *args: [said])
    choose.path = tmp_path / "a.png"
    qtbot.mouseClick(dialog.save_button, LEFT)
    qtbot.waitUntil(lambda: not dialog.working.busy)
    assert dialog.working.text == f"the view cannot be drawn as it is shown: {said}"
    assert not choose.path.exists()


def test_the_recording_itself_is_never_replaced(qtbot, shown, tmp_path):
    path = tmp_path / "a.png"  # whoever calls a recording so
    write_raw(path, (noise(3_000, 2) // 64).astype(np.int16), 1000.0)
    before = path.read_bytes()
    _, dialog, choose = shown(open_recording(path))
    choose.path = path
    qtbot.mouseClick(dialog.save_button, LEFT)
    qtbot.waitUntil(lambda: not dialog.working.busy)
    assert "never written to" in dialog.working.text
    assert path.read_bytes() == before


def test_what_cannot_be_written_is_said_in_the_dialog(qtbot, shown, tmp_path):
    _, dialog, choose = shown(recording())
    choose.path = tmp_path / "gone" / "a.png"
    qtbot.mouseClick(dialog.save_button, LEFT)
    qtbot.waitUntil(lambda: not dialog.working.busy)
    assert dialog.working.text == f"{tmp_path / 'gone'}: there is no such folder."
    assert dialog.save_button.isEnabled()


# -- sizes ---------------------------------------------------------------------------------------


def type_in(qtbot, box, text):
    box.setFocus()
    box.selectAll()
    qtbot.keyClicks(box, text)
    qtbot.keyClick(box, Key.Key_Tab)


def test_the_size_is_that_of_the_view_and_can_be_changed(qtbot, shown, tmp_path):
    reader = recording()
    view, dialog, choose = shown(reader)
    assert dialog.wish.size == (700, 450)
    type_in(qtbot, dialog.image_width, "901")
    type_in(qtbot, dialog.image_height, "333")
    image = Image.open(save(qtbot, dialog, choose, tmp_path / "a.png"))
    assert image.size == (901, 333)
    want = snapshot(reader, size=(901, 333), view=view.view)
    np.testing.assert_array_equal(np.asarray(image), want)
    qtbot.mouseClick(dialog.as_shown, LEFT)
    assert dialog.wish.size == (700, 450)


def test_width_and_height_keep_the_shape_where_that_is_wanted(qtbot, shown):
    _, dialog, _ = shown(recording())
    qtbot.keyClick(dialog.keep_shape, Key.Key_Space)
    type_in(qtbot, dialog.image_width, "1400")
    assert dialog.wish.size == (1400, 900)
    type_in(qtbot, dialog.image_height, "300")
    assert dialog.wish.size == (467, 300)
    type_in(qtbot, dialog.image_width, "1400")
    assert dialog.wish.size == (1400, 900), "rounding does not add up"
    qtbot.mouseClick(dialog.as_shown, LEFT)
    assert dialog.wish.size == (700, 450) and dialog.keep_shape.isChecked()


def test_what_comes_of_a_size_is_said(qtbot, shown):
    _, dialog, _ = shown(recording())
    dialog.scale.setCurrentIndex(2)
    assert dialog._result_size.text() == "2100 \xd7 1350 pixels in the file"
    assert dialog.scale.isVisible()
    dialog.format.setCurrentIndex(2)
    assert dialog._result_size.text().startswith("18.5 \xd7 11.9 cm on the page")
    assert not dialog.scale.isVisible(), "lines need none"
    dialog.format.setCurrentIndex(0)
    type_in(qtbot, dialog.image_width, "99999")
    assert dialog.wish.pixels[0] <= 16384


# -- while it goes on ----------------------------------------------------------------------------


def test_the_view_may_go_on_while_a_picture_is_drawn(qtbot, shown, tmp_path):
    reader = recording(GatedReader)
    view, dialog, choose = shown(reader)
    view.view.window.set(2.0, 6.0)
    want = snapshot(reader, size=(700, 450), view=view.view)
    settle(qtbot, view)
    reader.gate = threading.Event()
    choose.path = tmp_path / "a.png"
    qtbot.mouseClick(dialog.save_button, LEFT)
    assert dialog.working.busy and not dialog.save_button.isEnabled()
    view.view.window.set(9.0, 1.0)
    view.view.channels.set_gain(3.0)
    view.view.channels.set_visible([0, 1], False)
    view.view.display = "heat map"
    qtbot.waitUntil(dialog.working.bar.isVisible)
    reader.gate.set()
    qtbot.waitUntil(lambda: not dialog.working.busy)
    np.testing.assert_array_equal(np.asarray(Image.open(choose.path)), want)
    assert not dialog.working.bar.isVisible() and dialog.save_button.isEnabled()


def test_a_picture_can_be_given_up(qtbot, shown, tmp_path):
    reader = recording(GatedReader)
    _, dialog, choose = shown(reader)
    reader.gate = threading.Event()
    choose.path = tmp_path / "a.png"
    qtbot.mouseClick(dialog.save_button, LEFT)
    qtbot.waitUntil(dialog.working.cancel_button.isVisible)
    qtbot.mouseClick(dialog.working.cancel_button, LEFT)
    assert not dialog.working.cancel_button.isEnabled()
    reader.gate.set()
    qtbot.waitUntil(lambda: not dialog.working.busy)
    assert dialog.working.text == "Given up; nothing was written."
    assert not choose.path.exists() and dialog.save_button.isEnabled()
    save(qtbot, dialog, choose, tmp_path / "a.png")


def test_closing_gives_up_what_is_not_written(qtbot, shown, tmp_path):
    reader = recording(GatedReader)
    _, dialog, choose = shown(reader)
    reader.gate = threading.Event()
    choose.path = tmp_path / "a.png"
    qtbot.mouseClick(dialog.save_button, LEFT)
    qtbot.keyClick(dialog, Key.Key_Escape)
    assert not dialog.isVisible()
    reader.gate.set()
    qtbot.waitUntil(lambda: not dialog.working.busy)
    assert not choose.path.exists()


def test_a_dialog_goes_with_its_view_and_leaves_no_thread(qtbot, tmp_path):
    reader = recording(GatedReader)
    before = set(threading.enumerate())
    window = QWidget()
    view = SignalView(reader, renderer="software")
    view.show()
    settle(qtbot, view)
    choose = Chosen()
    dialog = PictureDialog(view, window, choose)
    dialog.show()
    reader.gate = threading.Event()
    choose.path = tmp_path / "a.png"
    qtbot.mouseClick(dialog.save_button, LEFT)
    sip.delete(view)
    assert not dialog.isVisible()
    sip.delete(window)
    reader.gate.set()
    qtbot.waitUntil(lambda: set(threading.enumerate()) <= before)
    assert not choose.path.exists()


def test_the_dialog_takes_the_palette_of_its_parent(qtbot):
    view = SignalView(recording(), renderer="software")
    qtbot.addWidget(view, before_close_func=lambda w: w.stop())
    for theme in (DARK, LIGHT):
        window = QWidget()
        qtbot.addWidget(window)
        window.setPalette(palette_of(theme))
        dialog = PictureDialog(view, window)
        assert dialog.palette().window().color().getRgb()[:3] == theme.gutter


def test_the_desktops_dialog_asks_for_the_name(qtbot, shown, tmp_path):
    """The real one, written into and left with Enter."""
    _, dialog, _ = shown(recording())
    dialog._choose = save_path.choose_path
    qtbot.mouseClick(dialog.save_button, LEFT)
    asking = dialog.findChild(QFileDialog)
    assert asking.isVisible() and asking.directory().path() == str(tmp_path / "saved")
    assert asking.selectedFiles() == [str(tmp_path / "saved" / "arrays.png")]
    asking.selectFile("mine")
    asking.accept()
    qtbot.waitUntil(lambda: "Saved" in dialog.working.text)
    assert Image.open(tmp_path / "saved" / "mine.png").size == (700, 450)


def test_all_controls_are_reached_with_the_tab_key_and_say_what_they_are_for(qtbot, shown):
    _, dialog, _ = shown(recording())
    wanted = [
        dialog.format,
        dialog.image_width,
        dialog.image_height,
        dialog.keep_shape,
        dialog.as_shown,
        dialog.scale,
        dialog.theme,
    ]
    met = met_by_tab(qtbot, dialog, dialog.format)
    assert met[: len(wanted)] == wanted and dialog.save_button in met
    assert all(widget.toolTip() for widget in [*wanted, dialog.save_button])
    letters = mnemonics(dialog)
    assert len(letters) == len(set(letters)) >= 8
