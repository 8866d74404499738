"""A figure as SVG 1.1: one path for each trace, groups by what things are, texts as texts."""

import base64
import io
import itertools
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from xml.etree.ElementTree import Element, SubElement, indent, tostring

import numpy as np

from viewer.render.drawing import Drawing, Fill, Text
from viewer.render.figure import Figure
from viewer.render.outline import Channel, Image, Outline, Stroke
from viewer.render.scene import Rects, Rgb
from viewer.render.text import font_of, shortened

FONTS = "Arial, Helvetica, 'DejaVu Sans', 'Liberation Sans', sans-serif"

HALF_CAPITAL = 0.36
"""Half the height of capitals, of the size of these fonts; it lies above the middle of a text."""

NO_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Characters that no XML file may hold."""

ALIGNMENTS = {"left": "start", "center": "middle", "right": "end"}


def svg_of(figure: Figure, title: str = "", names: Mapping[Channel, str] | None = None) -> bytes:
    """Return the content of an SVG file.

    Parameters
    ----------
    figure : Figure
    title : str
        What the picture shows, for programs that say so; not drawn.
    names : mapping of (stream, column) to str, or None
        Names of channels, by which programs list the traces.

    Returns
    -------
    bytes
        UTF-8. The same figure gives the same bytes.
    """
    root = Element(
        "svg",
        {
            "xmlns": "http://www.w3.org/2000/svg",
            "xmlns:xlink": "http://www.w3.org/1999/xlink",
            "version": "1.1",
            "width": _number(figure.width / figure.ratio),
            "height": _number(figure.height / figure.ratio),
            "viewBox": f"0 0 {figure.width} {figure.height}",
        },
    )
    if title:
        SubElement(root, "title").text = _clean(title)
    # All over: where rectangles meet, nothing lighter may shine through.
    _rect(root, (0, 0, figure.width, figure.height), figure.background).set("id", "background")
    _write_frame(root, figure.drawing)
    plot = SubElement(
        root, "g", {"id": "plot", "transform": f"translate({figure.plot.x0} {figure.plot.y0})"}
    )
    _rect(plot, (0, 0, figure.plot.width, figure.plot.height), figure.background)
    _Plot(plot, SubElement(root, "defs"), names or {}).write(figure)
    indent(root)
    return tostring(root, encoding="utf-8", xml_declaration=True)


def _write_frame(root: Element, drawing: Drawing) -> None:
    frame = SubElement(root, "g", {"id": "frame", "font-family": FONTS})
    for item in drawing:
        if isinstance(item, Fill):
            _rect(frame, (item.x0, item.y0, item.x1, item.y1), item.color)
        elif words := _fitted(item):
            text = SubElement(
                frame,
                "text",
                {
                    "x": _number(item.x),
                    "y": _number(item.y + HALF_CAPITAL * item.size),
                    "font-size": _number(item.size),
                    "text-anchor": ALIGNMENTS[item.align],
                    "fill": _hex(item.color),
                },
            )
            text.text = _clean(words)


@dataclass(frozen=True)
class _Plot:
    """Where the parts of a plot go.

    Attributes
    ----------
    group : Element
    defs : Element
        Of the boxes that lines are cut off at.
    names : mapping
    """

    group: Element
    defs: Element
    names: Mapping[Channel, str]
    boxes: dict[tuple[int, int, int, int], str] = field(default_factory=dict)

    def write(self, figure: Figure) -> None:
        """Write all parts, those of a kind that follow one another in one group."""
        for kind, parts in itertools.groupby(figure.parts, _kind):
            group = SubElement(self.group, "g", {"class": kind})
            for part in parts:
                if isinstance(part, Rects):
                    _write_rects(group, part)
                elif isinstance(part, Outline):
                    path = SubElement(group, "path", {"fill": _hex(part.color), "d": _steps(part)})
                    self._name(path, part.channel)
                elif isinstance(part, Stroke):
                    self._write_stroke(group, part)
                else:
                    _write_image(group, part)

    def _name(self, element: Element, channel: Channel) -> None:
        if channel in self.names:
            SubElement(element, "title").text = _clean(self.names[channel])

    def _write_stroke(self, group: Element, stroke: Stroke) -> None:
        both = SubElement(group, "g", {"clip-path": f"url(#{self._box(stroke.box)})"})
        self._name(both, stroke.channel)
        color = _hex(stroke.color)
        if stroke.lines:
            style = {
                "fill": "none",
                "stroke": color,
                "stroke-width": _number(stroke.width),
                "stroke-linecap": "round",
                "stroke-linejoin": "round",
            }
            lines = " ".join(f"M{' '.join(map(_number, p.ravel().tolist()))}" for p in stroke.lines)
            SubElement(both, "path", {**style, "d": lines})
        if len(stroke.dots):
            # A dot is two half circles; a line of no length is not drawn by all programs.
            r, d = _number(stroke.radius), _number(2 * stroke.radius)
            circle = f"a{r} {r} 0 1 0 {d} 0a{r} {r} 0 1 0-{d} 0z"
            lefts = (stroke.dots - [stroke.radius, 0]).tolist()
            dots = " ".join(f"M{_number(x)} {_number(y)}{circle}" for x, y in lefts)
            SubElement(both, "path", {"fill": color, "d": dots})

    def _box(self, box: tuple[int, int, int, int]) -> str:
        """Return the id of a box to cut things off at."""
        if box not in self.boxes:
            self.boxes[box] = f"box{len(self.boxes) + 1}"
            clip = SubElement(self.defs, "clipPath", {"id": self.boxes[box]})
            _rect(clip, box)
        return self.boxes[box]


def _kind(part: object) -> str:
    if isinstance(part, Rects):
        return "rectangles"
    return "image" if isinstance(part, Image) else "traces"


def _write_rects(group: Element, rects: Rects) -> None:
    """Write rectangles, opaque ones that follow one another in one colour as one path."""
    entries = zip(rects.box.tolist(), map(tuple, rects.rgba.tolist()), strict=True)
    for (*rgb, alpha), run in itertools.groupby(entries, lambda entry: entry[1]):
        boxes = [tuple(box) for box, _ in run]
        if alpha < 255:  # of which each is seen where they lie over one another
            for box in boxes:
                _rect(group, box, rgb).set("fill-opacity", _number(alpha / 255))
        elif len(boxes) == 1:
            _rect(group, boxes[0], rgb)
        else:
            path = " ".join(f"M{a} {b}h{c - a}v{d - b}h{a - c}z" for a, b, c, d in boxes)
            SubElement(group, "path", {"fill": _hex(rgb), "d": path})


def _write_image(group: Element, image: Image) -> None:
    from PIL import Image as Pillow

    file = io.BytesIO()
    Pillow.fromarray(image.rgba).save(file, format="PNG")
    content = base64.b64encode(file.getvalue()).decode("ascii")
    height, width = image.rgba.shape[:2]
    attributes = {
        "x": "0",
        "y": "0",
        "width": str(width),
        "height": str(height),
        "preserveAspectRatio": "none",
        "xlink:href": f"data:image/png;base64,{content}",
    }
    # Larger pixels stay pixels; the first is what SVG 1.1 knows, the second what browsers do.
    attributes |= {"image-rendering": "optimizeSpeed", "style": "image-rendering:pixelated"}
    SubElement(group, "image", attributes)


def _steps(outline: Outline) -> str:
    """Return an outline as a path of horizontal and vertical steps in turn."""
    out = []
    for ring in outline.rings():
        moves = np.diff(ring, axis=0)
        steps = moves[:, 0]
        steps[1::2] = moves[1::2, 1]
        letters = itertools.cycle("hv")
        out.append("M{} {}".format(*ring[0].tolist()))
        out += [f"{letter}{step}" for letter, step in zip(letters, steps.tolist(), strict=False)]
        out.append("z")
    return "".join(out)


def _rect(parent: Element, box: Iterable[int], color: Iterable[int] | None = None) -> Element:
    x0, y0, x1, y1 = box
    place = {"x": x0, "y": y0, "width": x1 - x0, "height": y1 - y0}
    rect = SubElement(parent, "rect", {key: str(value) for key, value in place.items()})
    if color is not None:
        rect.set("fill", _hex(color))
    return rect


def _hex(color: Iterable[int] | Rgb) -> str:
    return "#{:02x}{:02x}{:02x}".format(*color)


def _number(value: float) -> str:
    """Return a number in few characters, to a thousandth."""
    text = f"{value:.3f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def _fitted(item: Text) -> str:
    words = " ".join(item.text.splitlines())
    if item.max_width is None:
        return words
    font, _ = font_of(max(1, round(item.size)))
    return shortened(words, font, item.max_width, "\N{HORIZONTAL ELLIPSIS}")


def _clean(words: str) -> str:
    return NO_XML.sub("\N{REPLACEMENT CHARACTER}", words)
