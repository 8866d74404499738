"""What is told of machine and session."""

import os
import platform
from importlib import metadata

import pytest

from viewer.doctor.system import (
    graphics_devices,
    package_versions,
    platform_report,
    session_hints,
)


@pytest.mark.parametrize(
    ("environ", "screen", "remote"),
    [
        ({}, [], []),
        ({"DISPLAY": ":0"}, ["X11 :0"], []),
        ({"DISPLAY": ""}, [], []),
        ({"WAYLAND_DISPLAY": "wayland-0", "DISPLAY": ":1"}, ["Wayland wayland-0", "X11 :1"], []),
        ({"QT_QPA_PLATFORM": "offscreen"}, ["Qt platform offscreen"], []),
        ({"SSH_CONNECTION": "10.0.0.1 5 10.0.0.2 22"}, [], ["ssh"]),
        (
            {"SSH_CLIENT": "10.0.0.1 5 22", "DISPLAY": "localhost:10.0"},
            ["X11 localhost:10.0"],
            ["ssh", "windows forwarded over ssh"],
        ),
        ({"DISPLAY": "localhost:0"}, ["X11 localhost:0"], []),
        ({"DISPLAY": ":10.0", "XRDP_SESSION": "1"}, ["X11 :10.0"], ["xrdp"]),
        ({"DISPLAY": ":1", "VNCDESKTOP": "host:1 (me)"}, ["X11 :1"], ["VNC"]),
        ({"DISPLAY": ":50", "X2GO_SESSION": "me-50"}, ["X11 :50"], ["X2Go"]),
        ({"DISPLAY": ":0", "WSL_DISTRO_NAME": "Debian"}, ["X11 :0"], ["WSL"]),
    ],
)
def test_screen_and_session_are_told_from_the_environment(environ, screen, remote):
    assert session_hints(environ) == {"screen": screen, "remote": remote}


def card(root, name, vendor, driver):
    folder = root / "sys/class/drm" / name / "device"
    folder.mkdir(parents=True)
    (folder / "vendor").write_text(f"{vendor}\n")
    (root / "drivers" / driver).mkdir(parents=True, exist_ok=True)
    (folder / "driver").symlink_to(root / "drivers" / driver)


def test_graphics_devices_are_told_with_their_drivers(tmp_path):
    card(tmp_path, "card0", "0x8086", "i915")
    card(tmp_path, "card1", "0x10de", "nouveau")
    card(tmp_path, "card2", "0x15ad", "vmwgfx")
    card(tmp_path, "card3", "0xabcd", "odd")
    (tmp_path / "sys/class/drm/card0-HDMI-A-1").mkdir()
    (tmp_path / "sys/class/drm/card4").mkdir()  # of no PCI device
    (tmp_path / "sys/class/drm/renderD128").mkdir()
    assert graphics_devices(tmp_path) == [
        "Intel (i915)",
        "NVIDIA (nouveau)",
        "VMware (vmwgfx)",
        "PCI vendor 0xabcd (odd)",
    ]


def test_nvidias_own_driver_names_the_model(tmp_path):
    folder = tmp_path / "proc/driver/nvidia/gpus/0000:01:00.0"
    folder.mkdir(parents=True)
    (folder / "information").write_text("Model: \t\t NVIDIA H200\nIRQ:   \t\t 1\n")
    assert graphics_devices(tmp_path) == ["NVIDIA (NVIDIA H200)"]


def test_a_machine_without_graphics_has_no_devices(tmp_path):
    assert graphics_devices(tmp_path) == []


def test_the_machine_is_told():
    found = platform_report()
    assert found["python"] == platform.python_version()
    assert found["cores"] == os.cpu_count()
    assert found["kernel"] == os.uname().release and found["machine"] == os.uname().machine
    with open("/proc/meminfo") as file:
        kilobytes = int(next(line for line in file if line.startswith("MemTotal")).split()[1])
    assert found["memory"] == pytest.approx(1024 * kilobytes, rel=0.05)
    with open("/proc/cpuinfo") as file:
        assert found["processor"] in file.read() or found["processor"] == os.uname().machine


def test_versions_are_those_that_are_installed(monkeypatch):
    found = package_versions()
    for name in ("numpy", "vispy", "PyOpenGL", "PyQt6"):
        assert found[name] == metadata.version(name)

    def missing(name):
        raise metadata.PackageNotFoundError(name)

    monkeypatch.setattr(metadata, "version", missing)
    assert set(package_versions().values()) == {None}
