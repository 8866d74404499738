"""Snapshots by window length, and frames of both renderers."""

import tempfile
from collections.abc import Callable
from pathlib import Path

import numpy as np

from rawio import RawBinaryRawIO, RawIOError
from tests.benchmarks.timing import median_ms, table
from viewer import snapshot
from viewer.engine import autoscale
from viewer.engine.grid import Viewport
from viewer.engine.points import Points
from viewer.engine.samples import read_tile
from viewer.engine.scales import Scales
from viewer.engine.tiles import keys_of
from viewer.model import View
from viewer.render import software
from viewer.render.build import Source, build_scene, visible_runs
from viewer.render.layout import lay_out
from viewer.render.scene import Scene

RATE, SECONDS = 30_000, 60
SIZE = (1600, 900)
WINDOWS = (0.01, 0.1, 1.0, 10.0, 60.0)


def write(path: Path, channels: int) -> RawBinaryRawIO:
    """Write a minute of noise with spikes and open it."""
    rng = np.random.default_rng(0)
    second = rng.normal(0, 60, (RATE, channels)).astype(np.int16)
    with path.open("wb") as file:
        for i in range(SECONDS):
            shifted = np.roll(second, 977 * i, axis=0)
            shifted[(i * 313) % RATE] = -2000
            file.write(shifted.tobytes())
    reader = RawBinaryRawIO(
        path, n_channels=channels, sampling_rate=float(RATE), gain=0.195, units="uV"
    )
    reader.parse_header()
    return reader


def run() -> str:
    """Time snapshots and frames of 64 and 384 channels."""
    parts = []
    with tempfile.TemporaryDirectory() as folder:
        readers = {n: write(Path(folder) / f"{n}.raw", n) for n in (64, 384)}
        parts.append(_snapshots(readers))
        parts.append(_frames(readers))
    return "\n".join(parts)


def _snapshots(readers: dict[int, RawBinaryRawIO]) -> str:
    rows = []
    for channels, reader in readers.items():
        for window in WINDOWS:
            last = int(window * RATE)
            read = median_ms(lambda r=reader, n=last: _just_read(r, n), 3)
            picture = median_ms(lambda r=reader, w=window: snapshot(r, 0, w, size=SIZE), 3)
            rows.append(
                [
                    f"{channels} channels, {window:g} s",
                    f"{last * channels * 2 / 1e6:.1f} MB",
                    f"{read:.1f} ms",
                    f"{picture:.0f} ms",
                    f"{picture / read:.1f}",
                ]
            )
    head = ["snapshot of", "samples", "just reading them", "picture", "pictures / reads"]
    return (
        "### Snapshots\n\n`viewer.snapshot(reader, 0, window)` at 1600 x 900 with the software "
        "renderer, labels and ruler included, of recordings that are not indexed: every sample "
        "of the window is read and counts. Warm page cache. Beside it, the time to read the same "
        f"samples with `os.preadv` and do nothing.\n\n{table(head, rows)}\n"
    )


def _just_read(reader: RawBinaryRawIO, samples: int) -> None:
    for start in range(0, samples, RATE // 4):
        reader.get_analogsignal_chunk(i_start=start, i_stop=min(start + RATE // 4, samples))


def _frames(readers: dict[int, RawBinaryRawIO]) -> str:
    gpu, gl_name = _gpu_drawer()
    rows = []
    for channels, reader in readers.items():
        for window in WINDOWS[:-1]:
            scene = _scene(reader, window)
            soft = median_ms(lambda s=scene: software.render(s), 7)
            hard = None if gpu is None else median_ms(lambda s=scene: gpu(s), 5)
            rows.append(
                [
                    f"{channels} channels, {window:g} s",
                    f"{soft:.0f} ms",
                    "" if hard is None else f"{hard:.0f} ms",
                ]
            )
    head = ["frame of", "software renderer", f"gpu renderer on {gl_name}"]
    return (
        "### Frames\n\nA scene whose tiles are loaded, drawn again at 1600 x 900: what a gain "
        "change or a pan within the tiles costs. Traces in a colour for each channel; those of "
        f"64 channels in 0.01 s are antialiased lines.\n\n{table(head, rows)}\n"
    )


def _scene(reader: RawBinaryRawIO, window: float) -> Scene:
    view = View(reader)
    Scales(autoscale.measure(reader, view.channels, view.timeline)).fill(view)
    view.window.set(1.0, window)
    layout = lay_out(view, SIZE, 1.0, ())
    viewport = Viewport.of(view.window, layout.plot.width, view.reference)
    runs = visible_runs(view, viewport)
    tiles = {key: read_tile(reader, run.run, key) for run in runs for key in keys_of(run)}
    return build_scene(view, layout, viewport, [Source(runs, tiles.get)], Points(viewport))


def _gpu_drawer() -> tuple[Callable[[Scene], None] | None, str]:
    """Return a function that draws and waits for the GPU, and what drives it."""
    from viewer.render import headless

    try:
        canvas, renderer = headless.context()
    except RawIOError as error:
        return None, f"no OpenGL ({error})"
    from vispy import gloo

    canvas.set_current()
    name = gloo.gl.glGetParameter(gloo.gl.GL_RENDERER)
    target = gloo.FrameBuffer(color=gloo.RenderBuffer((SIZE[1], SIZE[0]), "color"))

    def draw(scene: Scene) -> None:
        canvas.set_current()
        with target:
            renderer.draw(scene)
            gloo.finish()

    return draw, name
