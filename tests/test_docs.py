"""Every command and snippet of the README and the docs, run."""

import os
import re
import shlex
import shutil
import subprocess
import sys
from functools import partial
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
BIN = Path(sys.executable).parent

RUN_ELSEWHERE = {
    "make test": "what runs this test",
    "make demo": "test_make_demo",
    "pip install .": "tests/test_package.py",
    "python -m tests.benchmarks": "writes 2 GB; test_the_benchmarks_run runs its parts on less",
}


def blocks(language):
    out = []
    for page in PAGES:
        found = re.findall(rf"```{language}\n(.*?)```", page.read_text(encoding="utf-8"), re.S)
        for number, text in enumerate(found):
            out.append(pytest.param(text, id=f"{page.name}-{number}"))
    return out


def lines(text):
    return [line.split("  #")[0].strip() for line in text.splitlines() if line.strip()]


@pytest.fixture
def folder(tmp_path):
    """Return a folder with the sample recordings and the flat file that the pages speak of."""
    shutil.copytree(ROOT / "sample_data", tmp_path / "sample_data")
    (tmp_path / "recording.dat").write_bytes(bytes(64 * 40_000))
    return tmp_path


@pytest.mark.parametrize("text", blocks("sh"))
def test_commands(text, folder):
    for line in lines(text):
        if line in RUN_ELSEWHERE:
            continue
        command = shlex.split(line)
        assert command[0] == "rawscope", f"nothing runs {line!r}"
        command[0] = str(BIN / "rawscope")
        if command[1] not in ("info", "snapshot", "index", "describe", "doctor", "--help"):
            check_window(command, folder)
            continue
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=60)
        assert done.returncode == 0, (line, done.stderr)
        assert done.stdout.strip()


def check_window(command, folder):
    """Check that a window is open after three seconds and ends when told to."""
    process = subprocess.Popen(command, cwd=folder, stderr=subprocess.PIPE, text=True)
    with pytest.raises(subprocess.TimeoutExpired):
        process.wait(3)
    process.terminate()
    _, said = process.communicate(timeout=20)
    assert "Traceback" not in said


WITH_A_PACKAGE = "write-a-reader.md"  # its snippets are run by tests/rawio/test_entry_points.py


@pytest.mark.parametrize(
    "text", [block for block in blocks("python") if not block.id.startswith(WITH_A_PACKAGE)]
)
def test_snippets(text, folder):
    if "SignalView" in text:
        text += "\nimport time\nend = time.time() + 20\n"
        text += "while view.busy and time.time() < end: app.processEvents()\n"
        text += "assert view.frame.exact and abs(view.frame.viewport.t_left - 2) < 0.01\n"
        text += "view.close()\n"
    done = subprocess.run(
        [sys.executable, "-c", text], cwd=folder, capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0, done.stderr


def test_the_described_json_is_what_describe_writes(folder):
    page = (ROOT / "docs" / "flat-binary.md").read_text(encoding="utf-8")
    shown = re.search(r"```json\n(.*?)```", page, re.S)[1]
    line = next(li for li in page.splitlines() if li.startswith("rawscope describe"))
    command = [str(BIN / "rawscope"), *shlex.split(line)[1:]]
    subprocess.run(command, cwd=folder, check=True, capture_output=True, timeout=60)
    assert (folder / "recording.dat.json").read_text() == shown


def test_links_and_pictures_exist():
    for page in PAGES:
        for target in re.findall(r"\]\(([^)#]+)\)", page.read_text(encoding="utf-8")):
            assert (page.parent / target).exists(), f"{page.name} points to {target}"


@pytest.mark.skipif(shutil.which("make") is None, reason="make is not installed")
def test_make_demo():
    """Without a display it draws the sample and prints the path."""
    environment = {k: v for k, v in os.environ.items() if k not in ("DISPLAY", "WAYLAND_DISPLAY")}
    # The environment at hand stands for the .venv, and counts as set up.
    venv = f"VENV={sys.prefix}"
    done = subprocess.run(
        ["make", "--no-print-directory", "-o", f"{sys.prefix}/.run", "demo", venv],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    path = ROOT / done.stdout.strip().splitlines()[-1]
    assert path.name == "demo.png" and path.stat().st_size > 20_000


def test_the_benchmarks_page_has_its_tables():
    page = (ROOT / "docs" / "benchmarks.md").read_text(encoding="utf-8")
    measured = page.partition("do not edit below -->")[2]
    titles = ("Reading chunks", "Opening a .plx file", "Opening Blackrock files", "Snapshots")
    for title in (*titles, "Frames"):
        assert re.search(rf"### {re.escape(title)}\n.*?\n\| .*\d", measured, re.S)


def test_the_benchmarks_run(monkeypatch):
    """On a second of data and a small .plx file: that they run, not how fast."""
    from tests.benchmarks import blackrock_index, plx_index, reading, views

    monkeypatch.setattr(reading, "SECONDS", 2)
    monkeypatch.setattr(reading, "ROUNDS", 1)
    monkeypatch.setattr(reading, "CALLS", 10)
    assert len(re.findall(r"^\| \S+, (?:1024|30000) samples \| .* GB/s ", reading.run(), re.M)) == 6
    sizes = {
        "write_big_nev": {"n_packets": 30_000},
        "write_many_packets": {"n_packets": 20},
        "write_big_ptp": {"n_records": 30_000},
    }
    for name, size in sizes.items():
        monkeypatch.setattr(blackrock_index, name, partial(getattr(blackrock_index, name), **size))
    assert len(re.findall(r"^\| (?:NEV|NSx|PTP), .* ms ", blackrock_index.run(), re.M)) == 3
    small = partial(plx_index.write_big_plx, seconds=3)
    monkeypatch.setattr(plx_index, "write_big_plx", small)
    assert len(re.findall(r"^\| rawscope, .* ms .* µs ", plx_index.run(), re.M)) == 3
    monkeypatch.setattr(views, "SECONDS", 1)
    monkeypatch.setattr(views, "WINDOWS", (0.01, 0.1))
    # Two channel counts with two snapshots each, and a frame of all windows but the last.
    assert len(re.findall(r"^\| (?:64|384) channels, .* ms ", views.run(), re.M)) == 6
