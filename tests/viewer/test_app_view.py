"""View files on the command line: what an option says counts more than what they say."""

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from typer.testing import CliRunner

from rawio import open_recording
from rawio.probe_files import read_probe
from tests.readers import noise
from tests.writers.raw import write_raw
from viewer import Layer
from viewer.app import app
from viewer.compute.text import parse_chain
from viewer.model import View
from viewer.model.theme import THEMES
from viewer.model.view_file import view_as_json
from viewer.picture import fit, snapshot

CHANNELS, RATE, SECONDS = 4, 1000.0, 6
PROBE = (
    "channel_groups = {0: {'channels': [0, 1, 2, 3], "
    "'geometry': [[0, 0], [0, 90], [0, 30], [0, 60]]}}"
)
SIZE = (500, 320)
VIEW = {
    "format": "rawscope-view",
    "version": 1,
    "recording": {"name": "rec.dat", "channels": CHANNELS, "seconds": float(SECONDS)},
    "theme": "light",
    "window": {"start": 2.0, "duration": 0.5},
    "order": "file",
    "process": "lowpass:100",
    "look": {"display": "heat map", "crosshair": True},
}
"""As somebody may have written it."""


@pytest.fixture
def recording(tmp_path):
    """Return a recording whose order on its probe is not that of the file, and its probe file."""
    samples = noise(int(RATE) * SECONDS, CHANNELS) // 64
    write_raw(tmp_path / "rec.dat", samples.astype(np.int16), RATE)
    (tmp_path / "rec.prb").write_text(PROBE)
    return tmp_path / "rec.dat", tmp_path / "rec.prb"


def run(*arguments):
    done = CliRunner().invoke(app, [str(argument) for argument in arguments])
    assert done.exit_code == 0, done.output
    return done


def drawn(recording, options, **changes):
    """Return the picture that the command draws of a view file with some fields changed."""
    path, probe = recording
    said = {key: value for key, value in {**VIEW, **changes}.items() if value is not None}
    (path.parent / "view.json").write_text(json.dumps(said))
    out = path.parent / "view.png"
    common = ("--probe", probe, "--view", path.parent / "view.json", "--size", "500x320")
    done = run("snapshot", path, "-o", out, *common, *options)
    return np.asarray(Image.open(out)), done.stderr


def expected(recording, *, theme="light", order=None, window=(2.0, 0.5), steps="lowpass:100"):
    """Return the picture of a view that is set by hand; without an order, that of the file."""
    reader = open_recording(recording[0])
    reader.set_probe(read_probe(recording[1]), 0)
    reader = Layer(reader, parse_chain(steps)) if steps else reader
    view = View(reader, THEMES[theme], order or "probe")
    view.display = "heat map"
    if order is None:
        view.channels.set_order(np.arange(CHANNELS))
    view.window.set(*window)
    fit(reader, view)
    return snapshot(reader, size=SIZE, view=view)


def test_without_options_a_view_file_counts(recording):
    image, said = drawn(recording, ())
    assert np.array_equal(image, expected(recording)) and said == ""


@pytest.mark.parametrize(
    ("options", "changes", "want"),
    [
        (("--theme", "dark"), {}, {"theme": "dark"}),
        (("--theme", "light"), {"theme": "dark"}, {"theme": "light"}),
        (("--theme", "system"), {}, {"theme": "dark"}),  # there may be no desktop to ask
        (("--order", "probe"), {}, {"order": "probe"}),
        (("--order", "file"), {"order": None}, {"order": "file"}),
        (("--start", 3), {}, {"window": (3.0, 0.5)}),
        (("--duration", 1.5), {}, {"window": (2.0, 1.5)}),
        (("--start", 1, "--duration", 0.25), {}, {"window": (1.0, 0.25)}),
        (("--process", "highpass:50"), {}, {"steps": "highpass:50"}),
        (("--process", "highpass:50"), {"process": None}, {"steps": "highpass:50"}),
        (
            ("--process", "highpass:50"),
            {"look": {"display": "heat map", "shown": "raw"}},
            {"steps": "highpass:50"},
        ),
        (
            ("--theme", "dark", "--order", "probe", "--start", 4, "--process", "highpass:50"),
            {},
            {"theme": "dark", "order": "probe", "window": (4.0, 0.5), "steps": "highpass:50"},
        ),
    ],
)
def test_what_an_option_says_counts_more(recording, options, changes, want):
    image, said = drawn(recording, options, **changes)
    assert np.array_equal(image, expected(recording, **want)) and said == ""
    others = [expected(recording)] if want not in ({"theme": "light"}, {"order": "file"}) else []
    assert not any(np.array_equal(image, other) for other in others)


@pytest.mark.parametrize("steps", ["", "lowpass:100"])
def test_steps_of_an_option_have_a_scale_of_their_own(recording, steps):
    reader = open_recording(recording[0])
    shown = Layer(reader, parse_chain(steps)) if steps else reader
    view = View(shown)
    view.window.set(2.0, 0.5)
    fit(shown, view)
    view.channels.set_rest(view.channels.rest + 10 * view.channels.span[0, "uV"])
    view.channels.set_span(0, "uV", 7.0)
    streams = view_as_json(view, reader, steps)["streams"]
    image, said = drawn(recording, ("--process", "highpass:50"), process=steps, streams=streams)
    assert np.array_equal(image, expected(recording, steps="highpass:50")) and said == ""


def test_of_a_window_that_options_say_nothing_is_said(recording):
    beyond = {"start": 60.0, "duration": 1.0}
    image, said = drawn(recording, ("--start", 1, "--duration", 2), window=beyond)
    assert said == "" and np.array_equal(image, expected(recording, window=(1.0, 2.0)))
    _, said = drawn(recording, ("--start", 1), window=beyond)
    assert "is not in the recording" in said and said.count("\n") == 1


@pytest.mark.parametrize(
    ("options", "left"),
    [
        ((), {"theme", "order", "process"}),
        (("--theme", "dark"), {"order", "process"}),
        (("--theme", "system"), {"order", "process"}),
        (("--order", "probe"), {"theme", "process"}),
        (("--theme", "light", "--order", "file"), {"process"}),
        (("--process", "notch:50"), {"theme", "order", "process"}),
    ],
)
def test_a_window_is_told_what_no_option_says(recording, monkeypatch, options, left):
    told = []

    def window(path: str, opener, settings, view, unkept) -> int:
        told.append((settings, view, unkept))
        return 0

    monkeypatch.setattr("viewer.qt.window.desktop.run", window)
    monkeypatch.setenv("DISPLAY", ":0")
    file = Path(recording[0].parent, "view.json")
    file.write_text(json.dumps(VIEW))
    run(recording[0], "--view", file, *options)
    ((settings, view, unkept),) = told
    assert {"theme", "order", "process"} & set(view) == left
    said = dict(zip(options[::2], options[1::2], strict=True))
    assert settings.theme == said.get("--theme", "system")
    assert settings.order == said.get("--order", "probe")
    assert unkept == {"order"} & {option.lstrip("-") for option in said}
    assert view["process"] == said.get("--process", "lowpass:100")
    assert view["window"] == VIEW["window"] and view["look"] == VIEW["look"]
