"""Scenes of known content for the pixel tests of both renderers."""

import numpy as np

from tests.oracles import columns as oracle
from tests.readers import ArrayReader
from viewer.engine.grid import RunView, Viewport
from viewer.engine.levels import bin_samples
from viewer.engine.samples import read_tile
from viewer.engine.tiles import keys_of
from viewer.model import Timeline
from viewer.render.scene import NO_RECTS, Rects, Scene, TraceLayer

BACKGROUND = (10, 20, 30)
COLORS = np.array([[255, 0, 0], [0, 255, 0], [0, 0, 255], [255, 255, 0]], np.uint8)


def scene_of(
    samples,
    spp,
    first_column,
    lanes,
    size=(300, 200),
    thickness=1,
    trace_height=None,
    under=NO_RECTS,
    over=NO_RECTS,
    reader=None,
    run=None,
    pivot=0.0,
    clip=None,
    spared=None,
):
    """Return the scene of `lanes` = [(channel, slope, base), ...] of an array or a reader's run."""
    width, height = size
    if reader is None:
        reader = ArrayReader.of(samples)
        run = Timeline.of(reader).runs[0]
    rate = run.sampling_rate
    start = run.t_start + first_column * spp / rate
    viewport = Viewport.at(start, spp * width / rate, width, run)
    view = RunView.of(run, viewport)
    tiles = tuple(read_tile(reader, run, key) for key in keys_of(view))
    layer = TraceLayer(
        view,
        tiles,
        np.array([c for c, _, _ in lanes], np.int64),
        np.array([s for _, s, _ in lanes], np.float32),
        np.array([b for _, _, b in lanes], np.float32),
        np.full(len(lanes), float(pivot)),
        np.array([COLORS[i % len(COLORS)] for i in range(len(lanes))], np.uint8),
        clip=None if clip is None else np.array(clip, np.int64).reshape(-1, 2),
        spared=None if spared is None else np.array(spared, np.int64).reshape(-1, 2),
    )
    bottom = height if trace_height is None else trace_height
    return Scene(width, height, bottom, thickness, BACKGROUND, under, (layer,), over)


def expected_picture(samples, scene):
    """Return what the scene's one layer must look like, by brute force over all samples."""
    layer, view = scene.layers[0], scene.layers[0].view
    columns = range(view.first_column + view.x_start, view.first_column + view.x_stop)
    if view.interpolated:
        found = oracle.line_spans(samples, view.spp, columns)
    else:
        found = oracle.spans(samples, view.spp, bin_samples(view.level), columns)
    lanes = [
        (int(c), float(s), float(b), tuple(int(v) for v in color))
        for c, s, b, color in zip(layer.columns, layer.slope, layer.base, layer.color, strict=True)
    ]
    picture = oracle.picture(
        found,
        view.first_column,
        scene.width,
        scene.trace_height,
        lanes,
        BACKGROUND,
        scene.thickness,
    )
    rest = np.empty((scene.height - scene.trace_height, scene.width, 4), np.uint8)
    rest[...] = (*BACKGROUND, 255)
    return np.concatenate([picture, rest])


def rects(*entries):
    """Return rectangles from (x0, y0, x1, y1, rgba)."""
    return Rects.of([(np.array([entry[:4]]), entry[4]) for entry in entries])
