"""SVG: its elements against the scene and the drawing that it was made of, value by value."""

import base64
import io
import re
from dataclasses import replace
from xml.etree import ElementTree

import numpy as np
import pytest
from PIL import Image as Pillow

from tests.readers import noise
from tests.viewer.render.scenes import BACKGROUND, rects, scene_of
from tests.viewer.render.test_outline import filled, marks_of, with_layer
from viewer.render import software
from viewer.render.drawing import Fill, Text
from viewer.render.figure import figure_of
from viewer.render.layout import Box, Layout
from viewer.render.outline import shapes_of
from viewer.render.scene import LineStyle
from viewer.render.svg import svg_of

SVG = "{http://www.w3.org/2000/svg}"
LINK = "{http://www.w3.org/1999/xlink}href"
PLOT = Box(20, 10, 320, 210)
LAYOUT = Layout(2.0, 401, 240, PLOT, PLOT, Box(20, 210, 320, 210), ())
LANES = [(0, -0.004, 60.3), (1, -0.003, 140.7), (2, 0.002, 95.1)]


def parsed(figure, **rest):
    return ElementTree.fromstring(svg_of(figure, **rest))


def plot_of(root):
    (plot,) = [group for group in root.iter(f"{SVG}g") if group.get("id") == "plot"]
    assert plot.get("transform") == f"translate({PLOT.x0} {PLOT.y0})"
    return plot


def color_of(text):
    return tuple(int(text[i : i + 2], 16) for i in (1, 3, 5))


def rings_of(path):
    """Return the rings of a path of M, h, v and z alone."""
    out = []
    for letter, numbers in re.findall(r"([A-Za-z])([^A-Za-z]*)", path):
        values = [int(number) for number in numbers.split()]
        if letter == "M":
            out.append([tuple(values)])
        elif letter in "hv":
            x, y = out[-1][-1]
            out[-1].append((x + values[0], y) if letter == "h" else (x, y + values[0]))
        else:
            assert letter == "z"
    # A ring may be closed by a side of its own, or by going back to its first corner.
    return [np.array(ring[:-1] if ring[-1] == ring[0] else ring) for ring in out]


def box_of(rect):
    x, y, width, height = (int(rect.get(key)) for key in ("x", "y", "width", "height"))
    return [x, y, x + width, y + height]


def test_paths_and_rectangles_fill_the_very_pixels_of_the_renderer():
    under = rects(
        (0, 0, 50, 200, (40, 50, 60, 255)),
        (20, 90, 320, 110, (70, 80, 90, 255)),
        (60, 0, 70, 200, (70, 80, 90, 255)),
    )
    over = rects((100, 0, 104, 200, (255, 255, 0, 102)), (140, 9, 160, 12, (1, 2, 3, 255)))
    samples = noise(5000, 3, dtype="float32")
    samples[400:600] = np.nan
    scene = scene_of(samples, 4.0, 10, LANES, under=under, over=over)
    marks = marks_of((0, 5, 30, (200, 0, 200)), (2, 7, 60, (9, 9, 9)))
    scene = with_layer(scene, marks=marks, slope=np.array([-2, 1.5, -1], np.float32))
    image = np.zeros((200, 300, 3))
    for element in plot_of(parsed(figure_of(scene, [], LAYOUT))).iter():
        if element.tag == f"{SVG}path":
            image[filled(rings_of(element.get("d")), 200, 300)] = color_of(element.get("fill"))
        elif element.tag == f"{SVG}rect":
            x0, y0, x1, y1 = box_of(element)
            alpha = float(element.get("fill-opacity", "1"))
            area, color = image[y0:y1, x0:x1], np.array(color_of(element.get("fill")))
            area[:] = area * (1 - alpha) + color * alpha
    want = software.render(scene)[..., :3]
    assert np.abs(image - want).max() <= 1  # where colours are mixed
    assert np.array_equal(image[:, 104:], want[:, 104:])


def test_lines_are_strokes_through_the_samples_with_dots_within_their_lanes():
    clip = np.array([(10, 90), (-20, 500), (0, 95)], np.int64)
    scene = with_layer(
        scene_of(noise(400, 3), 0.05, 400, LANES), line=LineStyle(2.6, 4.5), clip=clip
    )
    root = parsed(figure_of(scene, [], LAYOUT), names={(0, 1): "second <&>"})
    boxes = {clip.get("id"): box_of(clip[0]) for clip in root.iter(f"{SVG}clipPath")}
    groups = [group for group in plot_of(root).iter(f"{SVG}g") if group.get("clip-path")]
    strokes = shapes_of(scene)
    assert len(groups) == len(strokes) == 3
    for group, stroke, rows in zip(groups, strokes, [(10, 90), (0, 200), (0, 95)], strict=True):
        (name,) = re.findall(r"url\(#(.*)\)", group.get("clip-path"))
        assert boxes[name] == [0, rows[0], 300, rows[1]]
        line, dots = group.iter(f"{SVG}path")
        points = np.array([float(v) for v in line.get("d")[1:].split()]).reshape(-1, 2)
        assert line.get("d")[0] == "M" and line.get("fill") == "none"
        assert np.allclose(points, stroke.lines[0], atol=6e-4)
        assert line.get("stroke-width") == "2.6" and line.get("stroke-linejoin") == "round"
        assert color_of(line.get("stroke")) == color_of(dots.get("fill")) == stroke.color
        circle = r"M(\S+) (\S+)a4\.5 4\.5 0 1 0 9 0a4\.5 4\.5 0 1 0-9 0z"
        lefts = np.array(re.findall(circle, dots.get("d")), float)
        assert np.allclose(lefts + np.array([4.5, 0]), stroke.dots, atol=6e-4)
        assert len(lefts) == dots.get("d").count("M")
    titles = [title.text for title in root.iter(f"{SVG}title")]
    assert titles == ["second <&>"]


def test_a_line_that_is_broken_is_one_path_of_several_parts():
    samples = noise(200, 1, dtype="float32")
    samples[20] = np.nan
    scene = with_layer(scene_of(samples, 0.3, 0, [(0, 0.01, 50.0)]), line=LineStyle(1.3))
    (path,) = plot_of(parsed(figure_of(scene, [], LAYOUT))).iter(f"{SVG}path")
    parts = [part.split() for part in path.get("d").split("M")[1:]]
    assert [len(part) // 2 for part in parts] == [20, 92 - 21]


def test_texts_and_rectangles_of_the_frame_are_those_of_the_drawing():
    drawing = [
        Fill(0, 0, 401, 10, (1, 2, 30)),
        Text(18.5, 77.25, "µV <&> \"'", (255, 0, 16), "right", 23.0),
        Text(200.0, 220.0, "2.005\nand more", (0, 0, 0), "center", 20.0),
        Text(330.0, 20.0, "left\x00over\x1b\udcff", (9, 9, 9), "left", 20.0),
        Text(330.0, 40.0, "W" * 50, (9, 9, 9), "left", 20.0, 100.0),
        Text(330.0, 60.0, "fits", (9, 9, 9), "left", 20.0, 100.0),
        Text(330.0, 80.0, "", (9, 9, 9), "left", 20.0),
    ]
    scene = scene_of(noise(500, 1), 1.0, 0, [(0, 0.001, 50.0)])
    root = parsed(figure_of(scene, drawing, LAYOUT), title="a & b")
    assert root.get("width") == "200.5" and root.get("height") == "120"
    assert root.get("viewBox") == "0 0 401 240" and root.find(f"{SVG}title").text == "a & b"
    (frame,) = [group for group in root.iter(f"{SVG}g") if group.get("id") == "frame"]
    assert box_of(frame[0]) == [0, 0, 401, 10] and frame[0].get("fill") == "#01021e"
    texts = frame.findall(f"{SVG}text")
    assert [text.text for text in texts[:3]] == [
        "µV <&> \"'",
        "2.005 and more",
        "left\ufffdover\ufffd\ufffd",
    ]
    assert re.fullmatch("W{3,8}\N{HORIZONTAL ELLIPSIS}", texts[3].text) and texts[4].text == "fits"
    assert len(texts) == 5
    found = [
        (
            float(t.get("x")),
            t.get("text-anchor"),
            float(t.get("font-size")),
            color_of(t.get("fill")),
        )
        for t in texts[:3]
    ]
    assert found == [
        (18.5, "end", 23.0, (255, 0, 16)),
        (200.0, "middle", 20.0, (0, 0, 0)),
        (330.0, "start", 20.0, (9, 9, 9)),
    ]
    # The baseline lies half a capital's height, 0.72 of the size, below the middle.
    assert [float(t.get("y")) for t in texts[:2]] == pytest.approx([77.25 + 8.28, 220 + 7.2])


def test_an_image_is_embedded_pixel_by_pixel():
    rows = np.array([(0, 1)] * 100 + [(1, 3)] * 50)
    scene = scene_of(noise(8000, 3), 3.5, -20, LANES, trace_height=150)
    palette = np.stack([np.arange(256), np.arange(256)[::-1], np.full(256, 40)], axis=1)
    scene = replace(
        with_layer(scene, heat=rows, slope=np.full(3, 3e-5, np.float32), base=np.zeros(3, "f4")),
        colors=palette.astype(np.uint8),
    )
    (element,) = plot_of(parsed(figure_of(scene, [], LAYOUT))).iter(f"{SVG}image")
    assert box_of(element) == [0, 0, 300, 150]
    kind, content = element.get(LINK).split(",")
    assert kind == "data:image/png;base64"
    image = np.asarray(Pillow.open(io.BytesIO(base64.b64decode(content))))
    below = np.empty((150, 300, 3), np.uint8)
    below[:] = BACKGROUND
    shown = np.where(image[..., 3:] == 255, image[..., :3], below)
    assert np.array_equal(shown, software.render(scene)[:150, :, :3])
    assert set(np.unique(image[..., 3])) == {0, 255}


def test_the_same_figure_gives_the_same_bytes_and_another_does_not():
    scene = scene_of(noise(500, 1), 1.0, 0, [(0, 0.001, 50.0)])
    again = scene_of(noise(500, 1), 1.0, 0, [(0, 0.001, 50.0)])
    other = scene_of(noise(500, 1), 1.0, 0, [(0, 0.001, 51.0)])
    first, second, third = (svg_of(figure_of(s, [], LAYOUT)) for s in (scene, again, other))
    assert first == second != third
