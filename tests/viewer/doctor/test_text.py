"""A report in words."""

import pytest

from tests.viewer.doctor.reports import CUDA, machine
from viewer.doctor.advice import advise
from viewer.doctor.text import sections


def words(report):
    report["recommendation"] = advise(report)
    found = sections(report)
    assert [heading for heading, _ in found] == [
        "rawscope",
        "Platform",
        "Packages",
        "OpenGL off screen",
        "OpenGL in windows",
        "CuPy and CUDA",
        "Every 16-bit value",
        "Pixels unlike the software renderer's",
        "Frames of 1600 x 900",
        "Recommendation",
    ]
    assert all(rows for _, rows in found), "no section is empty"
    return {
        heading: [f"{label} {value}".strip() for label, value in rows] for heading, rows in found
    }


@pytest.mark.parametrize(("kind", "who"), [("gpu", "a GPU"), ("cpu", "the CPU")])
def test_each_finding_stands_in_its_section(kind, who):
    text = words(machine(kind))
    assert text["rawscope"][0] == "version 1.2.3"
    assert "memory 64.0 GB" in text["Platform"] and "screen X11 :0" in text["Platform"]
    assert text["Packages"] == ["numpy 2.1", "neo not installed"]
    for heading in ("OpenGL off screen", "OpenGL in windows"):
        assert f"drawn by {who}" in text[heading]
        limits = next(row for row in text[heading] if row.startswith("limits"))
        assert all(number in limits for number in ("32768", "33", "31", "32767"))
    assert text["CuPy and CUDA"] == [
        "CuPy 13.4.1",
        "CUDA runtime 12.9",
        "CUDA driver 12.2",
        "device NVIDIA GeForce RTX 3060",
        "memory 12.6 GB",
        "CuPy computes here.",
    ]
    assert len(text["Every 16-bit value"]) == 3
    assert "software 64 channels: 100 frames/s, 10.0 ms each" in text["Frames of 1600 x 900"]
    assert len(text["Frames of 1600 x 900"]) == 6


def test_faults_are_told_with_their_numbers():
    report = machine("gpu")
    report["window"]["results"]["decode"]["uint16"] = 3
    report["window"]["results"]["agreement"]["0.1"]["differing"] = 17
    report["offscreen"]["trouble"] = "hung while timing frames: it was ended after 60 s."
    report["offscreen"]["failures"]["speed"] = "no memory."
    text = words(report)
    assert "in windows 3 of uint16 wrong" in text["Every 16-bit value"]
    assert "in windows 17 of 100000 at 0.1 s" in text["Pixels unlike the software renderer's"]
    assert text["OpenGL off screen"][-2:] == [
        "failed no memory.",
        "trouble hung while timing frames: it was ended after 60 s.",
    ]
    assert any("3 of 131072" in row for row in text["Recommendation"])


def test_without_cupy_the_reason_is_told():
    report = machine("cpu")
    why = "CuPy is not installed."
    report["cuda"]["results"]["report"] = {**dict.fromkeys(CUDA), "problem": why}
    assert words(report)["CuPy and CUDA"] == [why]


def test_what_is_not_there_is_said_not_to_be():
    report = machine("none")
    report["window"] = None
    report["offscreen"]["failures"]["driver"] = "no off-screen OpenGL here."
    report["software"]["results"] = {}
    report["settings"] |= {"renderer": "gpu", "said_by": "RAWSCOPE_RENDERER", "exists": True}
    report["platform"]["memory"] = None
    report["session"] = {"screen": [], "remote": ["ssh"]}
    report["cuda"] = {"results": {}, "failures": {}, "trouble": "crashed (SIGSEGV) while starting."}
    text = words(report)
    assert text["OpenGL in windows"] == ["no display here"]
    assert text["OpenGL off screen"] == ["failed no off-screen OpenGL here."]
    assert text["Every 16-bit value"] == ["not drawn"]
    assert text["Frames of 1600 x 900"] == ["not timed"]
    assert text["CuPy and CUDA"] == ["trouble crashed (SIGSEGV) while starting."]
    assert "renderer gpu, says RAWSCOPE_RENDERER" in text["rawscope"]
    assert "screen none known" in text["Platform"] and "session goes over ssh" in text["Platform"]
