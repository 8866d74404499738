"""``--process`` on the command line: the same layer as in Python."""

import json

import numpy as np
import pytest
from PIL import Image

from rawio import open_recording
from tests.viewer.test_app import PLX, RAW, rawscope
from viewer import CommonReference, HighPass, Layer, snapshot
from viewer.engine.pyramid.identity import Identity
from viewer.engine.pyramid.places import find, in_cache

CHAIN = "highpass:300,reference:median"
STEPS = [HighPass(300), CommonReference("median")]


def test_a_snapshot_after_steps_is_what_python_draws(tmp_path):
    path = tmp_path / "view.png"
    done = rawscope(
        "snapshot", PLX, "-o", path, "--process", CHAIN, "--start", 2, "--size", "800x500"
    )
    assert done.returncode == 0, done.stderr
    want = snapshot(Layer(open_recording(PLX), STEPS), 2.0, 3.0, size=(800, 500))
    assert np.array_equal(np.asarray(Image.open(path)), want)
    assert not np.array_equal(want, snapshot(open_recording(PLX), 2.0, 3.0, size=(800, 500)))


def test_an_index_of_a_layer_is_its_own(cache_folder):
    done = rawscope("index", RAW, "--process", CHAIN)
    assert done.returncode == 0, done.stderr
    reader = open_recording(RAW)
    layer = Layer(reader, STEPS)
    assert find(reader) is None
    pyramid = find(layer)
    assert pyramid is not None and pyramid.complete
    assert in_cache(Identity.of(layer)).is_dir()
    assert find(Layer(reader, [HighPass(301), STEPS[1]])) is None


def test_info_says_what_the_layer_gives():
    report = json.loads(rawscope("info", PLX, "--json", "--process", CHAIN).stdout)
    channels = [c for stream in report["streams"] for c in stream["channels"]]
    assert {(c["gain"], c["offset"]) for c in channels} == {(1.0, 0.0)}
    assert (report["format"], report["processing"]) == (
        "Plexon",
        "high-pass 300 Hz · median reference",
    )
    assert "high-pass 300 Hz" in rawscope("info", PLX, "--process", CHAIN).stdout


@pytest.mark.parametrize(
    ("chain", "words"),
    [
        ("lowpas:300", "highpass, lowpass, bandpass, notch, reference"),
        ("highpass:90000", "90000 Hz"),
        ("highpass:-3", "-3"),
        ("", "no step"),
    ],
)
def test_steps_that_make_no_sense_are_one_sentence(tmp_path, chain, words):
    done = rawscope("snapshot", PLX, "-o", tmp_path / "view.png", "--process", chain)
    assert done.returncode == 2
    assert words in done.stderr and done.stderr.count("\n") == 1
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "view.png").exists()
