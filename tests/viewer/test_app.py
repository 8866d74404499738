"""The command line, as real processes."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from importlib import metadata
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from rawio import open_recording
from sample_data.make_sample_data import PLX_SECONDS
from viewer.model import View
from viewer.model.view_file import save_view, view_as_json
from viewer.picture import fit, snapshot

SAMPLES = Path(__file__).parents[2] / "sample_data"
PLX, RAW = SAMPLES / "sample.plx", SAMPLES / "sample.raw"


def rawscope(*arguments, display=False, **env):
    environment = {**os.environ, **env}
    if not display:
        for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"):
            environment.pop(name, None)
    return subprocess.run(
        [sys.executable, "-m", "viewer", *map(str, arguments)],
        capture_output=True,
        text=True,
        env=environment,
        timeout=120,
    )


def test_the_installed_command_is_python_m_viewer():
    command = shutil.which("rawscope", path=str(Path(sys.executable).parent))
    assert command, "the package is installed with its command"
    both = [
        subprocess.run([*start, "--help"], capture_output=True, text=True, timeout=60).stdout
        for start in ([command], [sys.executable, "-m", "viewer"])
    ]
    assert both[0] == both[1]
    for word in ("rawscope FILE", "info", "snapshot", "describe"):
        assert word in both[0]


def test_version():
    assert rawscope("--version").stdout.strip() == f"rawscope {metadata.version('rawscope')}"


def test_info_prints_what_the_reader_found():
    done = rawscope("info", PLX)
    assert done.returncode == 0, done.stderr
    reader = open_recording(PLX)
    for unit, row in enumerate(reader.header["unit_channels"]):
        assert f"{row['name']} ({row['id']}): {reader.spike_count(0, 0, unit)}" in done.stdout
    for text in ("SPKC: 4 channels at 20000 Hz", "FP: 4 channels at 1000 Hz", "mV", "Strobed"):
        assert text in done.stdout


def test_info_as_json_is_the_same_for_scripts():
    done = rawscope("info", PLX, "--json")
    report = json.loads(done.stdout)
    reader = open_recording(PLX)
    assert report["format"] == "Plexon"
    assert report["duration"] == pytest.approx(PLX_SECONDS, abs=0.02)
    assert [s["sampling_rate"] for s in report["streams"]] == [20000.0, 1000.0]
    channel = report["streams"][0]["channels"][0]
    row = reader.header["signal_channels"][0]
    assert channel == {
        "name": row["name"],
        "id": row["id"],
        "units": "mV",
        "gain": row["gain"],
        "offset": 0.0,
    }
    assert sum(u["count"] for u in report["units"]) == sum(
        reader.spike_count(0, 0, u) for u in range(reader.unit_channels_count())
    )
    assert report["warnings"] == []


@pytest.mark.parametrize("renderer", ["software", pytest.param("gpu", marks=pytest.mark.gl)])
def test_snapshot_writes_the_picture_that_python_returns(tmp_path, renderer):
    path = tmp_path / "view.png"
    arguments = ("--start", 2, "--duration", 0.5, "--size", "800x500", "--theme", "light")
    channels = ("--channels", "FP02,SPKC01")
    done = rawscope("snapshot", PLX, "-o", path, *arguments, *channels, "--renderer", renderer)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == str(path)
    want = snapshot(
        open_recording(PLX),
        2,
        2.5,
        size=(800, 500),
        theme="light",
        channels=["FP02", "SPKC01"],
    )
    got = np.asarray(Image.open(path))
    assert got.shape == (500, 800, 4)
    assert np.abs(got.astype(int) - want).max(axis=2).mean() < 0.01


def broken_inputs(folder):
    """Return (arguments, what the sentence must say) of everything that can be given wrongly."""
    (folder / "empty.plx").write_bytes(b"")
    (folder / "foreign.plx").write_bytes(b"GIF89a" + bytes(1000))
    (folder / "foreign.xyz").write_bytes(b"hello" * 100)
    (folder / "cut.plx").write_bytes(PLX.read_bytes()[:3000])
    (folder / "bare").mkdir()
    (folder / "wide.prb").write_text(
        "channel_groups = {0: {'channels': [99], 'geometry': [[0, 0]]}}"
    )
    (folder / "plain.dat").write_bytes(bytes(6000))
    (folder / "bad.dat").write_bytes(bytes(6000))
    (folder / "bad.dat.json").write_text("{not json")
    out = ("-o", folder / "x.png")
    return [
        (("info", folder / "no.plx"), "no such file"),
        (("info", folder / "empty.plx"), "empty"),
        (("info", folder / "bare"), "holds no recording"),
        (("info", folder, "--recording", 7), "has no recording '7'"),
        (("info", PLX, "--recording", 1), "is one file"),
        (("info", PLX, "--probe", folder / "no.prb"), "no such file"),
        (("info", PLX, "--probe", folder / "foreign.xyz"), "no probe file"),
        (("info", PLX, "--probe", folder / "wide.prb"), "contact on channel 99"),
        (("info", folder / "foreign.plx"), "foreign.plx"),
        (("info", folder / "foreign.xyz"), "foreign.xyz"),
        (("info", folder / "cut.plx"), "cut.plx"),
        (("info", folder / "plain.dat"), "rawscope describe' does so; --n-channels and --rate"),
        (("info", folder / "plain.dat", "--n-channels", 2), "sampling_rate"),
        (("info", folder / "plain.dat", "--n-channels", 0, "--rate", 1), "n_channels"),
        (("info", folder / "bad.dat"), "bad.dat.json"),
        (("info", PLX, "--rate", 5), "Plexon"),
        (("snapshot", PLX, *out, "--channels", "FP01,nobody"), "nobody"),
        (("snapshot", PLX, *out, "--size", "big"), "1600x900"),
        (("snapshot", PLX, *out, "--size", "10x10"), "10x10"),
        (("snapshot", PLX, *out, "--start", 5000), "outside"),
        (("snapshot", PLX, *out, "--duration", -1), "length"),
        (("snapshot", PLX, "-o", folder / "no" / "x.png"), "no such folder"),
        (("snapshot", PLX, "-o", folder / "no" / "x.svg"), "no such folder"),
        (("snapshot", PLX, "-o", folder / "x.svg", "--size", "9000x100"), "64 to 8192 pixels"),
        (("snapshot", PLX, *out, "--view", folder / "no.json"), "no.json: there is no such file"),
        (("snapshot", PLX, *out, "--view", folder / "bad.dat.json"), "is no view for rawscope"),
        (("snapshot", PLX, *out, "--view", folder), "cannot be read (it is a folder)"),
        ((PLX, "--view", folder / "bad.dat.json"), "is no view for rawscope"),
        (("describe", folder / "plain.dat", "--n-channels", 9999, "--rate", 5), "fewer"),
        (("describe", folder / "plain.dat", "--rate", 5), "needs --n-channels"),
        (("describe", folder / "bad.dat", "--n-channels", 2, "--rate", 5), "--force"),
        ((PLX,), "no display"),
        ((folder / "no.plx",), "no such file"),
    ]


def test_bad_input_is_one_sentence_and_exit_code_2(tmp_path):
    for arguments, said in broken_inputs(tmp_path):
        done = rawscope(*arguments)
        lines = done.stderr.strip().splitlines()
        assert done.returncode == 2, (arguments, done.stderr)
        assert len(lines) == 1 and lines[0].startswith("rawscope: "), (arguments, done.stderr)
        assert said in lines[0], (arguments, lines[0])
        assert done.stdout == ""


def test_describe_writes_a_description_with_which_the_file_opens(tmp_path):
    path = tmp_path / "probe.dat"
    samples = np.arange(3000, dtype=">i2").reshape(-1, 3)
    path.write_bytes(b"HEAD" + samples.tobytes())
    options = ("--n-channels", 3, "--rate", 2000, "--gain", 0.5, "--units", "uV")
    rest = ("--header-bytes", 4, "--byte-order", "big", "--names", "a, b,c")
    done = rawscope("describe", path, *options, *rest)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == f"{path}.json"
    reader = open_recording(path)
    assert np.array_equal(reader.get_analogsignal_chunk(), samples)
    assert reader.header["signal_channels"]["name"].tolist() == ["a", "b", "c"]
    assert reader.get_signal_sampling_rate() == 2000.0
    again = rawscope("describe", path, *options)
    assert again.returncode == 2 and "--force" in again.stderr
    assert open_recording(path).layout.byte_order == "big"


@pytest.mark.parametrize("old", ["{not json", '{"format": "rawscope-flat-binary"}'])
def test_describe_replaces_even_a_broken_description_by_force(tmp_path, old):
    path = tmp_path / "probe.dat"
    path.write_bytes(bytes(600))
    Path(f"{path}.json").write_text(old)
    done = rawscope("describe", path, "--n-channels", 2, "--rate", 10, "--force")
    assert done.returncode == 0, done.stderr
    assert open_recording(path).get_signal_size(0, 0) == 150


def test_warnings_are_said_once(tmp_path):
    path = tmp_path / "cut.plx"
    path.write_bytes(PLX.read_bytes()[:-7])
    done = rawscope("info", path)
    assert done.stdout.count("not read") == 1 and done.stderr == ""
    done = rawscope("snapshot", path, "-o", tmp_path / "x.png")
    assert done.stderr.count("not read") == 1 and done.stderr.startswith("warning: ")


def test_options_for_a_flat_file_work_without_a_description(tmp_path):
    path = tmp_path / "probe.bin"
    shutil.copy(RAW, path)
    done = rawscope("info", path, "--n-channels", 32, "--rate", 2500, "--units", "uV", "--json")
    stream = json.loads(done.stdout)["streams"][0]
    assert len(stream["channels"]) == 32
    assert stream["segments"][0]["samples"] == RAW.stat().st_size // 64


def open_window(*arguments, **env):
    return subprocess.Popen(
        [sys.executable, "-m", "viewer", *map(str, arguments)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, **env},
    )


def test_a_window_opens_on_a_file_and_ends_with_ctrl_c():
    process = open_window(PLX)
    try:
        time.sleep(4)
        assert process.poll() is None, process.stderr.read()
        process.send_signal(signal.SIGINT)
        assert process.wait(20) == 0
        assert "Traceback" not in process.stderr.read()
    finally:
        process.kill()


def test_a_damaged_file_ends_the_window_with_its_sentence(tmp_path):
    path = tmp_path / "cut.plx"
    path.write_bytes(PLX.read_bytes()[:3000])
    process = open_window(path)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 2 and out == ""
    assert "cut.plx" in err and "Traceback" not in err


def test_importing_the_package_needs_neither_qt_nor_gl_nor_a_screen():
    code = (
        "import sys, viewer, viewer.engine, viewer.model, viewer.app\n"
        "import viewer.engine.loader, viewer.picture\n"
        "bad = [m for m in sys.modules if m.split('.')[0] in ('PyQt6', 'OpenGL', 'vispy')]\n"
        "assert not bad, bad\n"
        "assert 'SignalView' in dir(viewer)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("kind", ["png", "svg", "pdf"])
@pytest.mark.parametrize("options", [(), ("--process", "highpass:300")])
def test_snapshot_writes_over_no_recording(tmp_path, options, kind):
    plx, flat = tmp_path / "sample.plx", tmp_path / f"sample.{kind}"
    shutil.copy(PLX, plx)
    shutil.copy(RAW, flat)
    shutil.copy(f"{RAW}.json", f"{flat}.json")
    (tmp_path / f"link.{kind}").symlink_to(plx)
    os.link(plx, tmp_path / f"same.{kind}")
    for recording, target in (
        (flat, flat),
        (plx, tmp_path / f"link.{kind}"),
        (plx, tmp_path / f"same.{kind}"),
    ):
        done = rawscope("snapshot", recording, "-o", target, *options)
        assert done.returncode == 2 and "never written" in done.stderr, done.stderr
        assert plx.read_bytes() == PLX.read_bytes() and flat.read_bytes() == RAW.read_bytes()


@pytest.mark.parametrize("name", ["x.jpg", "x", "sample.plx", "x.png.gz", "png"])
def test_a_picture_has_a_name_that_says_its_kind(tmp_path, name):
    shutil.copy(PLX, tmp_path / "sample.plx")
    done = rawscope("snapshot", tmp_path / "sample.plx", "-o", tmp_path / name)
    assert done.returncode == 2 and done.stdout == ""
    assert done.stderr == (
        f"rawscope: {name}: a picture has a name that ends in .png, .svg or .pdf.\n"
    )
    assert [path.name for path in tmp_path.iterdir()] == ["sample.plx"]
    assert (tmp_path / "sample.plx").read_bytes() == PLX.read_bytes()


@pytest.mark.parametrize("kind", ["svg", "PDF"])
@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--pixel-ratio", 2), "--pixel-ratio is for .png only; "),
        (("--pixel-ratio", 1), "--pixel-ratio is for .png only; "),
        (("--renderer", "auto"), "--renderer is for .png only; "),
        (
            ("--renderer", "software", "--pixel-ratio", 2),
            "--pixel-ratio and --renderer are for .png only; ",
        ),
    ],
)
def test_options_of_pixels_are_refused_for_drawings(tmp_path, kind, options, words):
    done = rawscope("snapshot", PLX, "-o", tmp_path / f"x.{kind}", *options)
    assert done.returncode == 2 and done.stderr == (
        f"rawscope: {words}.{kind.lower()} files have lines and texts, which are sharp at any "
        "size.\n"
    )
    assert not any(tmp_path.iterdir())


def test_what_is_preferred_for_pixels_is_no_fault_of_a_drawing(tmp_path, settings_folder):
    (settings_folder / "settings.toml").write_text('renderer = "gpu"')
    done = rawscope("snapshot", PLX, "-o", tmp_path / "x.svg", "--size", "640x400")
    assert done.returncode == 0 and done.stderr == ""
    assert 'width="640" height="400"' in (tmp_path / "x.svg").read_text()


def test_channels_that_an_option_names_count_more_than_those_of_a_view_file(tmp_path):
    reader = open_recording(PLX)
    view = View(reader)
    view.channels.show_only([0, 1])
    view.channels.set_gain(3.0)
    view.channels.show_page(0, 1)
    view.window.set(2.0, 0.5)
    save_view(tmp_path / "view.json", view_as_json(view, reader))
    out = tmp_path / "x.png"
    named = ("--view", tmp_path / "view.json", "--channels", "FP02,SPKC02,FP01")
    done = rawscope("snapshot", PLX, "-o", out, "--size", "640x400", *named)
    assert done.returncode == 0, done.stderr
    view.channels.show_only([5, 1, 4])
    view.channels.show_page(0, 3)
    fit(reader, view)
    want = snapshot(reader, size=(640, 400), view=view)
    assert np.array_equal(np.asarray(Image.open(out)), want)


def test_snapshot_needs_no_qt(tmp_path):
    code = (
        "import sys; sys.modules['PyQt6'] = None; sys.modules['vispy'] = None\n"
        f"sys.argv = ['rawscope', 'snapshot', {str(RAW)!r}, '-o', {str(tmp_path / 'x.png')!r}]\n"
        "from viewer.app import main; main()\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    assert Image.open(tmp_path / "x.png").size == (1600, 900)
