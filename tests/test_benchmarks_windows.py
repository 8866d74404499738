"""The benchmark of views on a small recording: that it runs and its figures fit, not how fast."""

import json
import os
import re

import numpy as np
import pytest

from tests.benchmarks import page, peer_ephyviewer, window_tables, windows
from tests.benchmarks.processes import ChildError, last_json, run_python
from tests.benchmarks.reference_file import MARK, RATE, Reference, write_reference, write_sparse

PLAN = windows.Plan(
    channels=5,
    seconds=3,
    repeat=2,
    peer_repeat=2,
    start_repeat=1,
    index_repeat=1,
    hours=0.01,
    whole=True,
    size=(800, 450),
)


@pytest.fixture(scope="module")
def figures(tmp_path_factory):
    return windows.measure(PLAN, tmp_path_factory.mktemp("windows"))


def test_the_windows_are_those_asked_for(figures):
    ours = figures.rawscope
    assert ours["size"] == list(PLAN.size)
    assert [w["seconds"] for w in ours["windows"]] == PLAN.durations == [0.1, 1.0, 2.0]
    assert {w["lanes"] for w in ours["windows"]} == {PLAN.channels}
    for window in ours["windows"]:
        assert len(window["fresh_ms"]) == len(window["panned_ms"]) == PLAN.repeat
        assert min(window["fresh_ms"] + window["panned_ms"]) > 0


def test_the_recording_is_indexed_before_its_windows_are_timed(figures):
    assert figures.rawscope["indexed"] == 1
    assert figures.whole["indexed"] == 1


def test_the_peer_shows_the_same_windows(figures):
    if peer_ephyviewer.version() is None:
        assert figures.ephyviewer is None
        return
    peer = figures.ephyviewer
    assert peer is not None, figures.notes
    assert peer["size"] == list(PLAN.size)
    assert [w["seconds"] for w in peer["windows"]] == pytest.approx(PLAN.durations, abs=0.01)
    assert {w["lanes"] for w in peer["windows"]} == {PLAN.channels}
    assert {len(w["fresh_ms"]) for w in peer["windows"]} == {PLAN.peer_repeat}


def test_first_pictures_come_before_exact_ones(figures):
    assert figures.starts.keys() == {"sample", "reference", "sparse"}, figures.notes
    for times in figures.starts.values():
        assert 0 < times["first"] <= times["exact"] <= times["whole"]


def test_memory_at_the_end_is_within_the_most(figures):
    for of in (figures.rawscope, figures.ephyviewer):
        if of and of["memory"]:
            assert 0 < of["memory"]["own"] <= of["memory"]["now"] <= of["memory"]["most"]


def test_indexing_is_timed_or_a_note_says_why_not(figures):
    if figures.index:
        assert figures.index.keys() == {"warm", "cold"}
        assert all(min(times.values()) > 0 for times in figures.index.values())
    else:
        assert any("indexing: rawscope index:" in note for note in figures.notes)


def test_the_tables_hold_the_figures(figures):
    text = window_tables.text(PLAN, figures)
    for note in figures.notes:
        assert f"- {note}" in text
    rows = re.findall(r"^\| 5 channels, (\S+) s \|(.*)\|$", text, re.M)
    assert [float(seconds) for seconds, _ in rows] == PLAN.durations
    for (_, cells), window in zip(rows, figures.rawscope["windows"], strict=True):
        fresh, panned, *_ = (cell.strip() for cell in cells.split("|"))
        assert fresh == f"{np.median(window['fresh_ms']):.0f} ms"
        assert panned == f"{np.median(window['panned_ms']):.0f} ms"
    starts = re.findall(r"^\| rawscope FILE, .*? \|(.*)\|$", text, re.M)
    assert len(starts) == len(figures.starts)
    for cells, times in zip(starts, figures.starts.values(), strict=True):
        said = [cell.strip() for cell in cells.split("|")]
        assert said == [f"{times[name]:.2f} s" for name in ("first", "exact", "whole")]
    assert "### A whole recording" in text


def test_ratios_are_of_the_figures_beside_them():
    window = {"lanes": 5, "seconds": 1.0, "fresh_ms": [8.0, 10.0, 30.0], "panned_ms": [4.0]}
    of = {"opened_s": 1.0, "memory": {}, "indexed": 1.0}
    made = windows.Figures(
        nbytes=4_000_000_000,
        rawscope={**of, "windows": [window] * 3},
        ephyviewer={**of, "windows": [{**window, "fresh_ms": [50.0]}] * 3},
        index={"warm": {"index": 2.0, "cat": 0.5, "start": 1.0}},
    )
    text = window_tables.text(PLAN, made)
    assert "| 5 channels, 1 s | 10 ms | 4 ms | 50 ms | 5.0 | 12.5 |" in text
    assert "| warm | 2.00 s, 2.00 GB/s | 1.00 s | 0.50 s, 8.00 GB/s | 4.00 | 2.00 |" in text
    alone = windows.Figures(rawscope=made.rawscope, notes=["Nothing beside it."])
    text = window_tables.text(PLAN, alone)
    assert "| 5 channels, 1 s | 10 ms | 4 ms |  |  |  |" in text
    assert "- Nothing beside it." in text


def test_without_the_peer_its_columns_are_empty(tmp_path, monkeypatch):
    calls = []
    monkeypatch.setattr(peer_ephyviewer, "version", lambda: None)
    monkeypatch.setattr(windows, "run_measure", lambda module, *_: calls.append(module))
    monkeypatch.setattr(windows.indexing, "index", lambda *_: None)
    figures = windows.Figures()
    windows._windows(PLAN, figures, Reference(tmp_path / "x.dat", 5, 3), tmp_path)
    assert calls == ["rawscope_windows"]
    assert figures.ephyviewer is None and "not installed" in figures.notes[0]


def test_the_reference_is_the_same_bytes_each_time(tmp_path):
    made = [
        write_reference(tmp_path / name, 3, 2) for name in "ab" if not (tmp_path / name).mkdir()
    ]
    first, second = (reference.path.read_bytes() for reference in made)
    assert first == second and len(first) == made[0].nbytes == 2 * 3 * 2 * RATE
    samples = np.frombuffer(first, np.int16).reshape(-1, 3)
    assert (samples[[0, RATE + 313]] == MARK).all()
    stamp = made[0].path.stat().st_mtime_ns
    assert write_reference(tmp_path / "a", 3, 2).path.stat().st_mtime_ns == stamp


def test_the_sparse_file_takes_no_room(tmp_path):
    sparse = write_sparse(tmp_path, 384, 1)
    about = os.stat(sparse.path)
    assert about.st_size == sparse.nbytes == 3600 * RATE * 384 * 2
    assert about.st_blocks * 512 < 1 << 20


def test_each_program_writes_its_own_part_of_the_page(tmp_path):
    path = tmp_path / "page.md"
    path.write_text("# Page\n", encoding="utf-8")
    for program, text in (("one", "1"), ("two", "2"), ("one", "first"), ("two", "second")):
        page.put(program, text, path)
    assert path.read_text(encoding="utf-8") == (
        "# Page\n\n"
        "<!-- written by one --write; do not edit below -->\n\nfirst\n\n<!-- end of one -->\n\n"
        "<!-- written by two --write; do not edit below -->\n\nsecond\n\n<!-- end of two -->\n"
    )


def test_a_process_that_fails_says_its_last_words(tmp_path):
    with pytest.raises(ChildError, match=r"^no good$"):
        run_python(
            ["-c", "import sys; print('│ no good │\\n╰───╯', file=sys.stderr); sys.exit(1)"],
            tmp_path,
        )
    with pytest.raises(ChildError, match="no figures"):
        last_json("hello\n")
    assert last_json("hello\n" + json.dumps({"a": 1})) == {"a": 1}
