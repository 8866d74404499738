"""The command line on folders with several recordings, and with probes; as real processes."""

import json
import os

import numpy as np
import pytest
from PIL import Image

from rawio import open_recording
from tests.readers import noise
from tests.viewer.test_app import PLX, rawscope
from tests.writers import spikeglx
from tests.writers.raw import write_raw
from viewer.picture import snapshot
from viewer.report import as_text, describe

PRB = """
channel_groups = {
    0: {'channels': [0, 1], 'geometry': [[0, 0], [0, 50]]},
    1: {'channels': [2, 3], 'geometry': [[200, 0], [200, 50]]},
}
"""


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "day" / "late").mkdir(parents=True)
    write_raw(tmp_path / "day" / "flat.dat", noise(2000, 4), 1000.0)
    (tmp_path / "day" / "late" / "spikes.plx").write_bytes(PLX.read_bytes())
    (tmp_path / "day" / "notes.txt").write_text("sunny")
    (tmp_path / "probe.prb").write_text(PRB)
    return tmp_path / "day"


def test_info_lists_the_recordings_of_a_folder(folder):
    done = rawscope("info", folder)
    assert done.returncode == 0, done.stderr
    assert [line.split()[:2] for line in done.stdout.splitlines()[1:]] == [
        ["1", "flat.dat"],
        ["2", "late/spikes.plx"],
    ]
    assert "flat binary" in done.stdout and "Plexon" in done.stdout
    listed = json.loads(rawscope("info", folder, "--json").stdout)["recordings"]
    assert [(r["number"], r["name"], r["format"]) for r in listed] == [
        (1, "flat.dat", "flat binary"),
        (2, "late/spikes.plx", "Plexon"),
    ]
    assert listed[1]["path"] == str(folder / "late" / "spikes.plx")


@pytest.mark.parametrize("choice", ["2", "late/spikes.plx"])
def test_one_of_them_is_chosen(folder, choice):
    done = rawscope("info", folder, "--recording", choice)
    alone = rawscope("info", folder / "late")
    assert done.returncode == 0 and done.stdout == alone.stdout
    assert "Plexon" in done.stdout


def test_without_a_choice_the_list_is_in_the_error(folder, tmp_path):
    done = rawscope("snapshot", folder, "-o", tmp_path / "x.png")
    assert done.returncode == 2 and not (tmp_path / "x.png").exists()
    assert done.stderr.splitlines()[0].startswith(f"rawscope: {folder}: holds 2 recordings")
    assert "--recording 2  late/spikes.plx" in done.stderr


def test_a_probe_orders_the_channels_by_shank_and_depth(folder, tmp_path):
    probe = ("--probe", tmp_path / "probe.prb")
    assert "probe of 2 shanks, 4 contacts from 0 to 50 µm" in (
        rawscope("info", folder / "flat.dat", *probe).stdout
    )
    reader = open_recording(folder / "flat.dat")
    given = open_recording(folder / "flat.dat")
    given.set_probe(tmp_path / "probe.prb")
    for options, expected in (
        (probe, snapshot(given, size=(640, 400))),
        ((*probe, "--order", "file"), snapshot(reader, size=(640, 400))),
        ((), snapshot(reader, size=(640, 400))),
    ):
        out = tmp_path / "x.png"
        done = rawscope("snapshot", folder / "flat.dat", "-o", out, "--size", "640x400", *options)
        assert done.returncode == 0, done.stderr
        assert np.array_equal(np.asarray(Image.open(out)), expected)
    in_order = snapshot(reader, size=(640, 400))
    assert not np.array_equal(snapshot(given, size=(640, 400)), in_order)
    assert np.array_equal(snapshot(given, size=(640, 400), order="file"), in_order)


@pytest.mark.parametrize("encoding", ["utf-8", "ascii"])
def test_names_that_the_terminal_cannot_show(tmp_path, encoding):
    file = tmp_path / os.fsdecode("µ 日 ".encode() + b"\xff.plx")
    try:
        file.write_bytes(PLX.read_bytes())
    except OSError:
        pytest.skip("this file system has no such names")
    speaks = {"PYTHONIOENCODING": f"{encoding}:strict", "PYTHONUTF8": "0"}
    done = rawscope("info", file, **speaks)
    assert done.returncode == 0, done.stderr
    assert r"\udcff.plx" in done.stdout and "Plexon" in done.stdout
    done = rawscope("info", "--json", file, **speaks)
    assert json.loads(done.stdout)["file"] == str(file)
    file.write_bytes(b"PLEX")
    done = rawscope("info", file, **speaks)
    assert done.returncode == 2 and len(done.stderr.splitlines()) == 1, done.stderr


def test_info_does_not_look_for_edges_in_the_samples(tmp_path, monkeypatch):
    device = spikeglx.Nidq()
    samples = spikeglx.make_samples(device, 3000, edges={"XD0": {2: [10, 20, 30]}})
    spikeglx.write_stream(tmp_path, device, samples)
    reader = open_recording(tmp_path)

    def refuse(*_, **__):
        raise AssertionError("samples are read")

    with monkeypatch.context() as patch:
        patch.setattr("rawio.frames.Frames.read", refuse)
        report = describe(reader)
    counts = {event["name"]: event["count"] for event in report["events"]}
    assert counts["XD2"] is None and set(counts.values()) == {None}
    assert "8 digital, with edges among the samples: XD0, XD1" in as_text(report)
    assert reader.event_count(0, 0, 2) == 3
