"""Pictures for print: files rendered by others' programs against the picture of the window."""

import os
import re
import subprocess
import sys
import threading
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
from PyQt6.QtCore import QSize, Qt
from PyQt6.QtGui import QImage, QPainter
from PyQt6.QtPdf import QPdfDocument
from PyQt6.QtSvg import QSvgRenderer

from rawio import OptionError
from tests.readers import ArrayReader, noise
from viewer.engine.new_files import NewFileError
from viewer.model import View
from viewer.model.theme import THEMES
from viewer.picture import compose, snapshot
from viewer.qt.vector import save_picture
from viewer.render.drawing import Text

pytestmark = pytest.mark.usefixtures("qapp")

SIZE = (960, 480)
"""Pixels; at the ratios of these tests a page of them is of whole points."""

WIDE, NEAR = (3.0, 7.0), (4.0, 4.1)
"""Seconds: many samples to a column, and columns between samples."""


@pytest.fixture
def reader():
    """Return four channels, spikes on two of them and of no known channel, and an event."""
    samples = (noise(20_000, 4) // 64).astype(np.int16)
    samples[4050:4060, 1] = 3000
    return ArrayReader.of(
        samples,
        units={"mapped": np.array([4.0, 4.05]), "unmapped": np.array([5.0, 6.0])},
        events={"go": [(4.55, "7")]},
        unit_channel={0: 1},
    )


def pixels_of(image):
    """Return a QImage as uint8 (height, width, 3)."""
    image = image.convertToFormat(QImage.Format.Format_RGBA8888)
    memory = image.constBits()
    memory.setsize(image.sizeInBytes())
    shape = image.height(), image.bytesPerLine() // 4, 4
    return np.frombuffer(bytes(memory), np.uint8).reshape(shape)[:, : image.width(), :3]


def rendered(path, size):
    """Return the page of a PDF in a size in pixels, and its texts without spaces."""
    document = QPdfDocument(None)
    assert document.load(str(path)) == QPdfDocument.Error.None_
    assert document.pageCount() == 1
    image = document.render(0, QSize(*size))
    text = "".join(document.getAllText(0).text().split())
    document.close()
    return pixels_of(image), text


def drawn_svg(path, size):
    renderer = QSvgRenderer(str(path))
    assert renderer.isValid()
    image = QImage(*size, QImage.Format.Format_RGBA8888)
    image.fill(Qt.GlobalColor.magenta)
    painter = QPainter(image)
    renderer.render(painter)
    painter.end()
    return pixels_of(image)


def plot_part(image, composed):
    plot = composed.layout.plot
    return image[plot.y0 : plot.y1, plot.x0 : plot.x1, :3].astype(int)


@pytest.mark.parametrize("theme", ["dark", "light"])
@pytest.mark.parametrize("ratio", [1.0, 2.0])
@pytest.mark.parametrize("display", ["traces", "heat map"])
def test_both_files_show_the_plot_of_the_window(tmp_path, reader, theme, ratio, display):
    view = View(reader)
    view.theme = THEMES[theme]
    view.display = display
    composed = compose(reader, *WIDE, size=SIZE, pixel_ratio=ratio, view=view)
    want = plot_part(snapshot(reader, *WIDE, size=SIZE, pixel_ratio=ratio, view=view), composed)
    for kind in ("pdf", "svg"):
        saved = save_picture(tmp_path / f"view.{kind}", composed)
        assert not saved.as_image and saved.remark is None and saved.point_count > 0
    page, _ = rendered(tmp_path / "view.pdf", SIZE)
    assert np.abs(plot_part(page, composed) - want).max() <= 2
    assert np.abs(plot_part(drawn_svg(tmp_path / "view.svg", SIZE), composed) - want).max() <= 2
    assert len(np.unique(want.reshape(-1, 3), axis=0)) > 5


@pytest.mark.parametrize("overlap", [True, False])
def test_lines_between_samples_differ_at_their_edges_alone(tmp_path, overlap):
    waves = 9000 * np.sin(np.arange(20_000)[:, np.newaxis] / [6.0, 9.0, 14.0, 35.0])
    reader = ArrayReader.of(waves.astype(np.int16))
    view = View(reader)
    view.overlap = overlap
    view.channels.set_span(0, view.channels.infos[0].units, 9000.0)  # twice what a lane has
    composed = compose(reader, *NEAR, size=SIZE, pixel_ratio=2.0, view=view)
    assert all(layer.line for layer in composed.scene.layers)
    want = plot_part(snapshot(reader, *NEAR, size=SIZE, pixel_ratio=2.0, view=view), composed)
    save_picture(tmp_path / "view.pdf", composed)
    page, _ = rendered(tmp_path / "view.pdf", SIZE)
    got = plot_part(page, composed)
    apart = np.abs(got - want).max(axis=2)
    assert (apart > 40).mean() < 0.01 and apart.mean() < 1.5
    # Lines alone would reach far into the lanes next to theirs.
    color = view.channels.color[3].astype(int)
    rows = np.flatnonzero((np.abs(got - color).max(axis=2) < 30).any(axis=1))
    top = composed.layout.panels[0].edges[3, 0] - composed.layout.plot.y0
    assert rows.min() < top - 10 if overlap else abs(rows.min() - top) <= 1


def test_texts_are_texts_at_the_places_of_the_drawing(tmp_path, reader):
    composed = compose(reader, *WIDE, size=SIZE)
    save_picture(tmp_path / "view.pdf", composed)
    page, text = rendered(tmp_path / "view.pdf", SIZE)
    texts = [item for item in composed.drawing if isinstance(item, Text)]
    assert len(texts) > 8
    for item in texts:
        words = "".join(item.text.split())
        assert (words if item.max_width is None else words[:4]) in text
    assert b"/FontFile" in (tmp_path / "view.pdf").read_bytes(), "fonts are embedded"
    # The labels of the channels end at their anchors, the middle of their digits as high as these.
    labels = page[:, : composed.layout.plot.x0].astype(int)
    ink = np.abs(labels - labels[5, 5]).max(axis=2) > 60
    for item in (text for text in texts if re.fullmatch(r"c\d", text.text)):
        y = round(item.y)
        rows, columns = np.nonzero(ink[y - 9 : y + 10])
        assert item.x - 3 <= columns.max() <= item.x
        assert abs((rows.min() + rows.max()) / 2 - 9) <= 1.5 and 7 <= np.ptp(rows) <= 10


@pytest.mark.parametrize(("size", "ratio"), [((901, 503), 1.0), ((903, 501), 2.0), (SIZE, 1.5)])
def test_a_page_is_as_large_as_the_picture_at_96_dpi_and_full_to_its_edges(
    tmp_path, reader, size, ratio
):
    composed = compose(reader, *WIDE, size=size, pixel_ratio=ratio)
    for kind in ("pdf", "svg"):
        save_picture(tmp_path / f"view.{kind}", composed)
    document = QPdfDocument(None)
    document.load(str(tmp_path / "view.pdf"))
    page = document.pagePointSize(0)
    for points, pixels in zip((page.width(), page.height()), size, strict=True):
        assert 0 <= points - pixels / ratio / 96 * 72 < 1
    gutter = np.array(composed.drawing[0].color)
    image = pixels_of(document.render(0, QSize(*(round(4 * p) for p in size))))
    for edge in (image[:, 0], image[:, -1], image[0], image[-1]):
        assert np.abs(edge.astype(int) - gutter).max() <= 1
    document.close()
    root = ElementTree.parse(tmp_path / "view.svg").getroot()
    found = [float(root.get(key)) * ratio for key in ("width", "height")]
    assert found == pytest.approx(size, abs=1e-2)


def test_of_too_many_points_the_plot_is_an_image_as_fine_as_composed(tmp_path, reader):
    composed = compose(reader, *WIDE, size=SIZE, pixel_ratio=2.0)
    want = snapshot(reader, *WIDE, size=SIZE, pixel_ratio=2.0)
    for kind in ("pdf", "svg"):
        path = tmp_path / f"view.{kind}"
        saved = save_picture(path, composed, most_points=1000)
        assert saved.as_image and saved.point_count > 1000
        assert saved.remark is not None and f"{saved.point_count:,} points" in saved.remark
        assert saved.remark.startswith(f"{path}: ") and saved.remark.endswith(".")
    page, text = rendered(tmp_path / "view.pdf", SIZE)
    assert np.abs(plot_part(page, composed) - plot_part(want, composed)).max() <= 2
    assert "c0c1c2c3" in text, "labels are texts still"
    svg = (tmp_path / "view.svg").read_text(encoding="utf-8")
    assert svg.count("<image ") == 1 and 'class="traces"' not in svg
    assert "<text " in svg


def without_dates(content):
    return re.sub(rb"\(D:\d+[^)]*\)|Date=\"[^\"]*\"", b"", content)


def test_the_same_picture_gives_the_same_file_but_for_dates(tmp_path, reader):
    content = {}
    for name, span in (("first", WIDE), ("second", WIDE), ("third", (3.0, 7.5))):
        composed = compose(reader, *span, size=SIZE)
        for kind in ("pdf", "svg"):
            save_picture(tmp_path / f"{name}.{kind}", composed, title="a recording")
            content[name, kind] = (tmp_path / f"{name}.{kind}").read_bytes()
    assert content["first", "svg"] == content["second", "svg"] != content["third", "svg"]
    first, second, third = (without_dates(content[n, "pdf"]) for n in ("first", "second", "third"))
    assert first == second
    identity = rb"/ID \[ <(\w+)>"
    assert re.search(identity, first)[1] == re.search(identity, second)[1]
    assert re.search(identity, first)[1] != re.search(identity, third)[1]
    assert b"DocumentID" in first


def test_a_file_is_replaced_in_one_step_and_nothing_else_is_left(tmp_path, reader):
    composed = compose(reader, *WIDE, size=SIZE)
    path = tmp_path / "View.SVG"
    path.write_text("old")
    assert save_picture(path, composed).path == path
    ElementTree.parse(path)
    save_picture(tmp_path / "other", composed, "pdf")
    assert (tmp_path / "other").read_bytes().startswith(b"%PDF")
    assert sorted(p.name for p in tmp_path.iterdir()) == ["View.SVG", "other"]


def test_what_cannot_be_written_is_said_in_a_sentence(tmp_path, reader):
    composed = compose(reader, *WIDE, size=SIZE)
    with pytest.raises(NewFileError, match=r"none/view.pdf: cannot be written \(No such.*\)\.$"):
        save_picture(tmp_path / "none" / "view.pdf", composed)
    (tmp_path / "folder.svg").mkdir()
    with pytest.raises(NewFileError, match=r"folder.svg: cannot be written \(it is a folder\)\.$"):
        save_picture(tmp_path / "folder.svg", composed)
    assert [p.name for p in tmp_path.iterdir()] == ["folder.svg"]
    for name in ("view.eps", "view"):
        with pytest.raises(OptionError, match=r"a name that ends in \.svg or \.pdf\.$"):
            save_picture(tmp_path / name, composed)
    with pytest.raises(OptionError, match=r"as svg or pdf, not 'eps'\.$"):
        save_picture(tmp_path / "view.svg", composed, "eps")


def test_channels_names_and_the_title_are_in_the_file(tmp_path, reader):
    view = View(reader)
    composed = compose(reader, *WIDE, size=SIZE, view=view)
    names = {(info.stream, info.column): f"the {info.name}" for info in view.channels.infos}
    save_picture(tmp_path / "view.svg", composed, title="rat <1>", names=names)
    save_picture(tmp_path / "view.pdf", composed, title="rat <1>\nday 2")
    root = ElementTree.parse(tmp_path / "view.svg").getroot()
    titles = [title.text for title in root.iter("{http://www.w3.org/2000/svg}title")]
    assert titles[0] == "rat <1>" and set(titles[1:]) == set(names.values())
    document = QPdfDocument(None)
    document.load(str(tmp_path / "view.pdf"))
    assert document.metaData(QPdfDocument.MetaDataField.Title) == "rat <1> day 2"
    document.close()


def test_any_thread_may_save(tmp_path, reader):
    composed = compose(reader, *WIDE, size=SIZE)
    save_picture(tmp_path / "here.pdf", composed)
    thread = threading.Thread(target=save_picture, args=(tmp_path / "there.pdf", composed))
    thread.start()
    thread.join()
    here, there = (without_dates((tmp_path / f"{n}.pdf").read_bytes()) for n in ("here", "there"))
    assert here == there


SCRIPT = """
import sys
from rawio import open_recording
from viewer.picture import compose
from viewer.qt.vector import save_picture
composed = compose(open_recording(sys.argv[1]), 2.0, 3.0, size=(600, 300))
for path in sys.argv[2:]:
    save_picture(path, composed)
"""


def test_without_a_screen_and_an_application(tmp_path):
    recording = Path(__file__).parents[3] / "sample_data" / "sample.plx"
    paths = [tmp_path / "view.pdf", tmp_path / "view.svg"]
    hidden = ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")
    environment = {key: value for key, value in os.environ.items() if key not in hidden}
    command = [sys.executable, "-c", SCRIPT, recording, *paths]
    done = subprocess.run(command, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    _, text = rendered(paths[0], (600, 300))
    assert "SPKC01" in text and b"SPKC01" in paths[1].read_bytes()
