"""Readers that other packages bring, found by their entry point; the one of docs/write-a-reader."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from rawio import RawIOError, opening

PAGE = Path(__file__).parents[2] / "docs" / "write-a-reader.md"
CLASS, CHECK = re.findall(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.S)
ENTRY = re.search(r"```toml\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.S)[1]


@pytest.fixture
def package(tmp_path):
    """Return a folder in which the page's class is an installed package."""
    site = tmp_path / "site"
    facts = site / "toy-1.0.dist-info"
    facts.mkdir(parents=True)
    (site / "toy.py").write_text(CLASS)
    group, line = re.search(r'"(.+?)"\]\n(.+)', ENTRY).groups()
    (facts / "METADATA").write_text("Metadata-Version: 2.1\nName: toy\nVersion: 1.0\n")
    (facts / "entry_points.txt").write_text(f"[{group}]\n{line}\n".replace('"', ""))
    return site


def run(site, *arguments):
    root = str(Path(__file__).parents[2])
    return subprocess.run(
        [sys.executable, *map(str, arguments)],
        cwd=site.parent,
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(site), root])},
        capture_output=True,
        text=True,
        timeout=60,
    )


def test_the_class_of_the_page_is_short():
    assert len(CLASS.strip().splitlines()) < 60


def test_it_passes_the_checks_and_rawscope_finds_it(package):
    done = run(package, "-c", CHECK)
    assert done.returncode == 0, done.stderr
    done = run(package, "-m", "viewer", "info", "recording.toy", "--json")
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    assert report["format"] == "Toy"
    assert report["streams"][0]["segments"] == [{"t_start": 0.0, "samples": 5000}]
    assert report["streams"][0]["channels"][3]["gain"] == 0.195
    done = run(package, "-m", "viewer", "snapshot", "recording.toy", "-o", "x.png")
    assert done.returncode == 0, done.stderr
    assert (package.parent / "x.png").stat().st_size > 10_000


def test_it_refuses_what_is_damaged_and_warns_of_a_cut(package):
    run(package, "-c", CHECK)
    path = package.parent / "recording.toy"
    whole = path.read_bytes()
    namespace = {}
    exec(CLASS, namespace)  # the page's own text
    reader_class = namespace["ToyRawIO"]
    for size in range(4, 24):
        path.write_bytes(whole[:size])
        with pytest.raises(RawIOError, match="header"):
            reader_class(path).parse_header()
    for size in (24 + 8, 24 + 8 * 100 + 3, len(whole) - 1):
        path.write_bytes(whole[:size])
        reader = reader_class(path)
        reader.parse_header()
        samples = np.frombuffer(whole, np.int16, offset=24).reshape(-1, 4)[: (size - 24) // 8]
        np.testing.assert_array_equal(reader.get_analogsignal_chunk(), samples)
        assert len(reader.warnings) == (1 if (size - 24) % 8 else 0)


@pytest.mark.parametrize(
    "line", ["toy = nowhere:Reader", "toy = json:JSONDecoder", "toy = toy:Gone"]
)
def test_an_entry_that_is_no_reader_is_logged_and_left_out(package, line):
    entry = package / "toy-1.0.dist-info" / "entry_points.txt"
    entry.write_text(f"[rawscope.readers]\n{line}\n")
    code = (
        "import logging; logging.basicConfig(); from rawio.opening import readers; "
        "print([r.__name__ for r in readers()])"
    )
    done = run(package, "-c", code)
    assert done.returncode == 0 and "PlexonRawIO" in done.stdout, done.stderr
    assert "Toy" not in done.stdout
    assert "WARNING:rawio:" in done.stderr and line.split("= ")[1] in done.stderr


def test_native_readers_are_there_without_any_entry():
    names = [reader.__name__ for reader in opening.readers()]
    assert names[-1] == "RawBinaryRawIO" and "PlexonRawIO" in names
