"""Rectangles on an image of uint32 pixels."""

import sys
from collections.abc import Iterable

import numpy as np

from viewer.render.scene import Rects

SMALL_AREA = 256
"""Opaque rectangles of up to this many pixels are filled together."""


def pack(rgb: Iterable[int]) -> int:
    """Return an opaque colour as the uint32 whose bytes in memory are R, G, B, A."""
    return int.from_bytes(bytes([*map(int, rgb), 255]), sys.byteorder)


def packed(colors: np.ndarray) -> np.ndarray:
    """Return opaque colours, uint8 (n, 3), as `pack` does each; uint32 (n,)."""
    rgba = np.full((len(colors), 4), 255, np.uint8)
    rgba[:, :3] = colors
    return rgba.view(np.uint32).ravel()


def fill(image: np.ndarray, rects: Rects) -> None:
    """Fill rectangles in order; runs of small opaque ones, such as spikes, in one go."""
    if not len(rects.box):
        return
    height, width = image.shape
    boxes = np.clip(rects.box, 0, [width, height, width, height])
    area = np.maximum(boxes[:, 2] - boxes[:, 0], 0) * np.maximum(boxes[:, 3] - boxes[:, 1], 0)
    small = (area <= SMALL_AREA) & (rects.rgba[:, 3] == 255)
    starts = np.flatnonzero(np.diff(small, prepend=~small[:1]))
    for start, stop in zip(starts, [*starts[1:], len(small)], strict=True):
        if small[start]:
            _fill_small(image, boxes[start:stop], area[start:stop], rects.rgba[start:stop])
        else:
            for box, color in zip(boxes[start:stop], rects.rgba[start:stop], strict=True):
                _fill_one(image, box.tolist(), color.tolist())


def _fill_small(image: np.ndarray, boxes: np.ndarray, area: np.ndarray, rgba: np.ndarray) -> None:
    ends = np.cumsum(area)
    within = np.arange(ends[-1]) - np.repeat(ends - area, area)
    row, column = np.divmod(within, np.repeat(np.maximum(boxes[:, 2] - boxes[:, 0], 1), area))
    row += np.repeat(boxes[:, 1], area)
    column += np.repeat(boxes[:, 0], area)
    colors = np.ascontiguousarray(rgba).view(np.uint32).ravel()
    image.reshape(-1)[row * image.shape[1] + column] = np.repeat(colors, area)


def _fill_one(image: np.ndarray, box: list[int], rgba: list[int]) -> None:
    (x0, y0, x1, y1), (*rgb, alpha) = box, rgba
    block = image[y0:y1, x0:x1]
    if not block.size or not alpha:
        return
    if alpha == 255:
        block[:] = pack(rgb)
        return
    bytes_ = block[:, :, np.newaxis].view(np.uint8)
    mixed = bytes_[..., :3].astype(np.uint16) * np.uint16(255 - alpha)
    mixed += np.array(rgb, np.uint16) * np.uint16(alpha) + np.uint16(127)
    bytes_[..., :3] = mixed // 255
