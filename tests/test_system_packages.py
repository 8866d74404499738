"""The script that looks for system libraries, with a system made up for it."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[1] / ".ci" / "system-packages"

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="apt-get is a Linux matter")


def run(folder, mode="run", **programs):
    """Run the script with some programs replaced by shell one-liners."""
    for name, line in programs.items():
        path = folder / name.replace("_", "-")
        path.write_text(f"#!/bin/sh\n{line}\n")
        path.chmod(0o755)
    environment = {**os.environ, "PATH": f"{folder}:{os.environ['PATH']}"}
    return subprocess.run(
        [SCRIPT, mode], capture_output=True, text=True, env=environment, timeout=60
    )


def test_where_nothing_may_be_installed_the_packages_are_named(tmp_path):
    done = run(tmp_path, ldconfig="true", id="echo 1000", sudo="exit 1", apt_get="exit 9")
    assert done.returncode == 1
    assert "sudo apt-get install" in done.stderr
    for package in ("libegl1", "libgl1", "libxcb-cursor0", "libxkbcommon-x11-0"):
        assert f" {package}" in done.stderr


def test_root_installs_just_what_is_missing(tmp_path):
    log = tmp_path / "log"
    ldconfig = shutil.which("ldconfig", path=f"{os.environ['PATH']}:/sbin:/usr/sbin")
    assert ldconfig is not None
    known = subprocess.run([ldconfig, "-p"], capture_output=True, text=True).stdout
    (tmp_path / "known").write_text(
        "\n".join(line for line in known.splitlines() if "libxcb-cursor" not in line)
    )
    done = run(
        tmp_path,
        ldconfig=f"cat {tmp_path / 'known'}",
        id="echo 0",
        apt_get=f'echo "$@" >> {log}',
    )
    assert done.returncode == 0, done.stderr
    calls = log.read_text().splitlines()
    assert calls[0] == "update"
    assert calls[1].startswith("install -y --no-install-recommends")
    assert calls[1].split()[3:].count("libxcb-cursor0") == 1
    assert "libegl1" not in calls[1]


def test_a_system_without_apt_is_told_what_it_needs(tmp_path):
    tools = ("sh", "cat", "ls", "python3", "mktemp", "tail", "rm")
    for tool in tools:
        found = subprocess.run(["which", tool], capture_output=True, text=True).stdout.strip()
        (tmp_path / tool).symlink_to(found)
    (tmp_path / "ldconfig").write_text("#!/bin/sh\n")
    (tmp_path / "ldconfig").chmod(0o755)
    done = subprocess.run(
        [SCRIPT, "run"], capture_output=True, text=True, env={"PATH": str(tmp_path)}, timeout=60
    )
    assert done.returncode == 1
    assert "libegl1" in done.stderr and "Debian's names" in done.stderr
