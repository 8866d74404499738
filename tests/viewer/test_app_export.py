"""``rawscope export``: what it writes, what it says, and what it leaves when it is stopped."""

import csv
import json
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from rawio import open_recording
from tests.readers import noise
from tests.viewer.test_app import PLX, RAW, rawscope
from tests.writers.raw import write_raw
from viewer import HighPass, Layer
from viewer.app import app

FAST, SLOW = 0, 1
"""Streams of the sample: SPKC at 20 kHz and FP at 1 kHz, both from 0.01 s on."""

SLOWLY = """
import os, time
write = os.write

def slowly(number, data):
    time.sleep(0.01)
    return write(number, data[:5000])

os.write = slowly
from viewer.app import main
main()
"""


def in_process(*arguments):
    return CliRunner().invoke(app, ["export", *map(str, arguments)])


def samples_of(stream, start, stop, columns=slice(None)):
    """Return samples of the plx file by number."""
    reader = open_recording(PLX)
    return reader.get_analogsignal_chunk(
        0, 0, start, stop, stream_index=stream, channel_indexes=columns
    )


# -- what is written -------------------------------------------------------------------------------


def test_an_array_of_chosen_channels(tmp_path):
    path = tmp_path / "a.npy"
    done = rawscope(
        "export", PLX, "-o", path, "--channels", "SPKC02, SPKC01", "--start", 2, "--duration", 0.5
    )
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    assert done.stdout == (
        f"{path}: 10000 samples of 2 channels, 2 s to 2.5 s, 40.1 kB, described by a.npy.json\n"
    )
    got = np.load(path)
    np.testing.assert_array_equal(got, samples_of(FAST, 39_800, 49_800, [1, 0]))
    assert got.dtype == np.int16
    beside = json.loads((tmp_path / "a.npy.json").read_text())
    header = open_recording(PLX).header["signal_channels"]
    assert beside["channel_names"] == ["SPKC02", "SPKC01"]
    assert beside["channel_ids"] == header["id"][[1, 0]].tolist()
    assert (beside["gain"], beside["units"]) == (header["gain"][0], "mV")
    assert (beside["sampling_rate"], beside["t_start"]) == (20_000.0, 2.0)
    assert beside["source"] == f"{PLX}, stream SPKC"


@pytest.mark.parametrize(
    ("options", "stream", "first", "last"),
    [
        (("--stream", "SPKC"), FAST, 0, 200_200),
        (("--stream", "FP", "--stop", 1.01), SLOW, 0, 1000),
        (("--stream", "FP", "--start", 9.01), SLOW, 9000, 10_010),
        (("--stream", "FP", "--start", 1.01, "--stop", 2.01), SLOW, 1000, 2000),
        (("--channels", "FP02,FP01", "--start", 1.01, "--duration", 1), SLOW, 1000, 2000),
    ],
)
def test_streams_and_spans(tmp_path, options, stream, first, last):
    done = in_process(PLX, "-o", tmp_path / "a.dat", *options)
    assert done.exit_code == 0, done.stderr
    columns = [1, 0] if "--channels" in options else slice(None)
    reader = open_recording(tmp_path / "a.dat")
    want = samples_of(stream, first, last, columns)
    np.testing.assert_array_equal(reader.get_analogsignal_chunk(), want)
    assert reader.get_signal_t_start(0, 0) == pytest.approx(0.01 + first / (20_000, 1000)[stream])
    assert reader.header["signal_channels"]["units"].tolist() == ["mV"] * want.shape[1]


def test_csv_is_physical_unless_raw_is_asked_for(tmp_path):
    header = open_recording(PLX).header["signal_channels"]
    gain = header["gain"][header["name"] == "FP01"][0]
    want = samples_of(SLOW, 1000, 1010, [0])[:, 0]
    span = ("--channels", "FP01", "--start", 1.01, "--duration", 0.01)
    for option, name, factor in (((), "FP01 (mV)", gain), (("--raw",), "FP01 (raw)", 1)):
        done = in_process(PLX, "-o", tmp_path / "a.csv", *span, *option, "--force")
        assert done.exit_code == 0, done.stderr
        with (tmp_path / "a.csv").open(newline="") as file:
            head, *rows = csv.reader(file)
        assert head == ["time (s)", name]
        np.testing.assert_allclose([float(r[0]) for r in rows], 1.01 + np.arange(10) / 1000)
        np.testing.assert_allclose([float(r[1]) for r in rows], want * factor, rtol=1e-6)


def test_after_steps_and_in_physical_units(tmp_path):
    done = in_process(PLX, "-o", tmp_path / "a.npy", "--stream", "FP", "--process", "highpass:100")
    assert done.exit_code == 0, done.stderr
    layer = Layer(open_recording(PLX), [HighPass(100)])
    want = layer.get_analogsignal_chunk(stream_index=SLOW)
    np.testing.assert_array_equal(np.load(tmp_path / "a.npy"), want)
    assert json.loads((tmp_path / "a.npy.json").read_text())["steps"] == "high-pass 100 Hz"
    done = in_process(PLX, "-o", tmp_path / "b.npy", "--stream", "FP", "--physical")
    assert done.exit_code == 0, done.stderr
    reader = open_recording(PLX)
    raw = reader.get_analogsignal_chunk(stream_index=SLOW)
    physical = reader.rescale_signal_raw_to_float(raw, stream_index=SLOW)
    np.testing.assert_array_equal(np.load(tmp_path / "b.npy"), physical)


def test_options_of_a_flat_file_and_a_format_of_another_ending(tmp_path):
    samples = noise(1000, 4)
    samples.tofile(tmp_path / "rec.bin")
    done = in_process(
        tmp_path / "rec.bin", "-o", tmp_path / "a.txt", "--format", "csv", "--raw",
        "--n-channels", 4, "--rate", 1000, "--channels", "ch3,1",
    )  # fmt: skip
    assert done.exit_code == 0, done.stderr
    got = np.loadtxt(tmp_path / "a.txt", delimiter=",", skiprows=1)
    np.testing.assert_array_equal(got[:, 1:], samples[:, [3, 1]])


# -- what is refused -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("-o", "a.npy"), "has 2 streams ('SPKC', 'FP'); choose with --stream"),
        (("-o", "a.npy", "--stream", "spk"), "no stream with the name or id 'spk'"),
        (("-o", "a.npy", "--channels", "SPKC01,FP01"), "are of several streams"),
        (("-o", "a.npy", "--channels", "SPKC01,"), "no channel with the name or id ''"),
        (("-o", "a.npy", "--channels", "FP01", "--stream", "SPKC"), "'FP01'; there are 'SPKC01'"),
        (("-o", "a.npy", "--channels", "FP01,FP01"), "chosen twice"),
        (("-o", "a.txt", "--stream", "FP"), ".bin, or name one with --format."),
        (("-o", "a.npy", "--stream", "FP", "--start", 60), "no samples from 60 s"),
        (("-o", "a.npy", "--stream", "FP", "--duration", 0), "no length"),
        (("-o", "a.npy", "--stream", "FP", "--stop", 3, "--duration", 1), "both given"),
        (("-o", "none/a.npy", "--stream", "FP"), "no such folder"),
        (("-o", "sample.plx", "--stream", "FP", "--format", "csv", "--force"), "never written to"),
        (("-o", "there.csv", "--stream", "FP"), "is not replaced; --force replaces it."),
    ],
)
def test_what_cannot_be_is_one_sentence(tmp_path, monkeypatch, options, words):
    shutil.copy(PLX, tmp_path / "sample.plx")
    (tmp_path / "there.csv").write_text("kept")
    monkeypatch.chdir(tmp_path)
    done = in_process("sample.plx", *options)
    assert done.exit_code == 2
    assert words in done.stderr and done.stderr.count("\n") == 1
    assert done.stderr.startswith("rawscope: ") and done.stderr.endswith(".\n")
    assert sorted(os.listdir()) == ["sample.plx", "there.csv"]
    assert Path("sample.plx").read_bytes() == PLX.read_bytes()
    assert Path("there.csv").read_text() == "kept"


def test_channels_of_one_name_are_told_apart_by_id(tmp_path):
    samples = noise(100, 3)
    write_raw(tmp_path / "a.dat", samples, 1000.0, channel_names=["x", "y", "x"])
    done = in_process(tmp_path / "a.dat", "-o", tmp_path / "b.npy", "--channels", "x")
    assert done.exit_code == 2 and "channel 'x' stands for 2 of them" in done.stderr
    done = in_process(tmp_path / "a.dat", "-o", tmp_path / "b.npy", "--channels", "2,y")
    assert done.exit_code == 0, done.stderr
    np.testing.assert_array_equal(np.load(tmp_path / "b.npy"), samples[:, [2, 1]])


# -- stopped ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("there", [False, True])
@pytest.mark.parametrize("name", ["a.npy", "a.csv", "a.dat"])
def test_ctrl_c_leaves_nothing_behind(tmp_path, name, there):
    if there:
        (tmp_path / name).write_text("before")
    command = [sys.executable, "-c", SLOWLY, "export", PLX, "-o", tmp_path / name, "--stream"]
    process = subprocess.Popen(
        [*map(str, command), "SPKC", "--force"], stderr=subprocess.PIPE, text=True
    )
    end = time.monotonic() + 60
    while not any(p.stat().st_size > 20_000 for p in tmp_path.glob("*.part")):
        assert process.poll() is None and time.monotonic() < end
        time.sleep(0.01)
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=30)
    assert process.returncode == 130
    assert said == "rawscope: stopped; nothing was written.\n"
    assert os.listdir(tmp_path) == [name] * there
    assert not there or (tmp_path / name).read_text() == "before"


@pytest.mark.skipif(not hasattr(os, "openpty"), reason="the system has no pseudo-terminals")
def test_a_bar_on_a_terminal(tmp_path):
    ours, theirs = os.openpty()
    done = subprocess.run(
        [sys.executable, "-m", "viewer", "export", RAW, "-o", tmp_path / "a.csv"],
        stderr=theirs,
        stdout=subprocess.PIPE,
        env={**os.environ, "TERM": "xterm", "COLUMNS": "200"},
        timeout=60,
    )
    os.close(theirs)
    drawn = os.read(ours, 1 << 16).decode()
    os.close(ours)
    assert done.returncode == 0 and done.stdout.decode().startswith(f"{tmp_path / 'a.csv'}: ")
    assert "a.csv" in drawn and " MB" in drawn and "━" in drawn


# -- the page about it -----------------------------------------------------------------------------


def test_the_commands_of_the_page(tmp_path, monkeypatch):
    page = (Path(__file__).parents[2] / "docs" / "export.md").read_text(encoding="utf-8")
    lines = [line for block in re.findall(r"```console\n(.*?)```", page, re.S)
             for line in block.splitlines()]  # fmt: skip
    shutil.copy(PLX, tmp_path / "recording.plx")
    monkeypatch.chdir(tmp_path)
    assert len(lines) >= 4
    for line in lines:
        dollar, name, *words = shlex.split(line)
        assert (dollar, name) == ("$", "rawscope")
        done = CliRunner().invoke(app, words)
        assert done.exit_code == 0, (words, done.stderr)
        assert done.stdout.strip()
