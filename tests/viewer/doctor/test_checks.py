"""The checks of a place, in this process."""

import json
from itertools import pairwise

import numpy as np
import pytest

from viewer.doctor import checks
from viewer.doctor.checks import FRAME_CHANNELS, frame_times, run_checks


class CountingPlace:
    """Takes a time by its own clock for each frame, by the number of its lanes."""

    def __init__(self, monkeypatch, seconds):
        self.now, self.seconds, self.scenes = 0.0, seconds, []
        monkeypatch.setattr(checks.time, "perf_counter", lambda: self.now)

    def draw(self, scene):
        raise AssertionError("timing fetches no pixels")

    def frame(self, scene):
        self.scenes.append(scene)
        self.now += self.seconds[len(scene.layers[0].columns)]


def test_frames_are_timed_as_medians_over_the_seconds_asked_for(monkeypatch):
    place = CountingPlace(monkeypatch, {64: 0.25, 384: 2.0})
    found = frame_times(place, 3.0)
    assert found == {
        "64": {"milliseconds": 250.0, "frames_per_second": 4.0, "frames": 12},
        "384": {"milliseconds": 2000.0, "frames_per_second": 0.5, "frames": 3},
    }
    first = [scene for scene in place.scenes if len(scene.layers[0].columns) == 64]
    assert len(first) == 4 + 12, "each picture is drawn once before"
    starts = [scene.layers[0].view.first_column for scene in first]
    assert len(set(starts)) == 4 and all(a != b for a, b in pairwise(starts))


def test_the_scenes_that_are_timed_are_of_the_size_and_all_the_channels(monkeypatch):
    place = CountingPlace(monkeypatch, dict.fromkeys(FRAME_CHANNELS, 1.0))
    frame_times(place, 0.1)
    for scene in place.scenes:
        assert 1400 < scene.width < 1600 and 800 < scene.height < 900
        run = scene.layers[0].view
        assert run.spp * scene.width == pytest.approx(30_000, rel=0.01)
        assert all(tile.data.dtype == np.int16 for tile in scene.layers[0].tiles)


def lines(capsys):
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test_checks_are_told_one_by_one_and_go_on_after_one_that_fails(capsys, monkeypatch):
    def rain():
        raise OSError("it rained")

    made = [("decode", lambda: 1), ("agreement", rain), ("speed", lambda: {"a": 2})]
    monkeypatch.setitem(checks.CHECKS, "software", lambda seconds: made)
    run_checks("software", 0.0)
    assert lines(capsys) == [
        {"begin": "decode"},
        {"done": "decode", "result": 1},
        {"begin": "agreement"},
        {"failed": "agreement", "why": "it rained."},
        {"begin": "speed"},
        {"done": "speed", "result": {"a": 2}},
    ]


@pytest.mark.parametrize("first", ["driver", "renderer"])
def test_without_a_driver_or_a_renderer_nothing_else_is_tried(capsys, monkeypatch, first):
    def none():
        raise RuntimeError("none\nhere.")

    made = [(first, none), ("decode", lambda: 1)]
    monkeypatch.setitem(checks.CHECKS, "window", lambda seconds: made)
    run_checks("window", 0.0)
    assert lines(capsys) == [{"begin": first}, {"failed": first, "why": "none here."}]


def test_frames_are_timed_only_when_seconds_are_given():
    for place in ("software", "offscreen", "window"):
        assert "speed" not in [name for name, _ in checks.CHECKS[place](0.0)]
        assert "speed" in [name for name, _ in checks.CHECKS[place](1.0)]
