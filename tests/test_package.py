"""The package as pip builds and installs it."""

import subprocess
import sys
import zipfile
from email.parser import Parser
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    """Build a wheel from a copy of the tracked files, so that nothing is left in the checkout."""
    source, out = tmp_path_factory.mktemp("source"), tmp_path_factory.mktemp("wheel")
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    for name in filter(None, listed.stdout.split("\0")):
        if (ROOT / name).is_file():
            (source / name).parent.mkdir(parents=True, exist_ok=True)
            (source / name).write_bytes((ROOT / name).read_bytes())
    command = [sys.executable, "-m", "pip", "wheel", "--no-deps", "-q", "-w", out, source]
    subprocess.run([str(part) for part in command], check=True, timeout=300)
    return next(out.glob("rawscope-*.whl"))


def test_the_wheel_holds_all_packages_shaders_and_type_marks(wheel):
    names = set(zipfile.ZipFile(wheel).namelist())
    for package in ("rawio", "viewer", "shaders"):
        there = {str(p.relative_to(ROOT)) for p in (ROOT / package).rglob("*.py")}
        assert there <= names
        assert f"{package}/py.typed" in names
    for pattern in ("shaders/*.vert", "shaders/*.frag", "shaders/*.glsl", "viewer/compute/*.cu"):
        sources = {str(path.relative_to(ROOT)) for path in ROOT.glob(pattern)}
        assert sources and sources <= names
    tops = {name.split("/")[0] for name in names if ".dist-info" not in name}
    assert tops == {"rawio", "viewer", "shaders"}


def test_its_metadata(wheel):
    archive = zipfile.ZipFile(wheel)
    name = next(n for n in archive.namelist() if n.endswith("/METADATA"))
    meta = Parser().parsestr(archive.read(name).decode())
    assert meta["Name"] == "rawscope"
    assert meta["License-Expression"] == "BSD-3-Clause"
    assert {"cuda12", "cuda13", "neo", "test"} <= set(meta.get_all("Provides-Extra"))
    entry = next(n for n in archive.namelist() if n.endswith("entry_points.txt"))
    assert "rawscope = viewer.app:main" in archive.read(entry).decode()


def test_the_unpacked_wheel_runs(wheel, tmp_path):
    zipfile.ZipFile(wheel).extractall(tmp_path / "site")
    png = tmp_path / "view.png"
    code = (
        f"import sys; sys.path.insert(0, {str(tmp_path / 'site')!r})\n"
        "import rawio, viewer, shaders\n"
        f"assert rawio.__file__.startswith({str(tmp_path)!r}), rawio.__file__\n"
        "assert 'gl_Position' in shaders.load('trace.vert')\n"
        f"r = rawio.open_recording({str(ROOT / 'sample_data' / 'sample.plx')!r})\n"
        f"viewer.save_png(viewer.snapshot(r, 1, 2, renderer='software'), {str(png)!r})\n"
    )
    subprocess.run([sys.executable, "-c", code], cwd=tmp_path, check=True, timeout=120)
    assert png.stat().st_size > 20_000
