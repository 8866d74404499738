"""Which files make one recording: run folders, probe folders, flat folders, CatGT's and others'."""

import os
import shutil

import numpy as np
import pytest

from rawio import (
    FormatError,
    MissingFileError,
    OptionError,
    RawIOError,
    SeveralRecordingsError,
    UnknownFormatError,
)
from rawio.base import Place
from rawio.finding import find_recordings
from rawio.folders import HEAD_BYTES
from rawio.spikeglx import SpikeGLXRawIO
from rawio.spikeglx.names import parse_name
from tests.rawio.spikeglx_files import check_stream, opened, stream_names
from tests.writers.spikeglx import (
    Imec,
    Nidq,
    OneBox,
    Take,
    make_samples,
    write_run,
    write_stream,
)

SMALL = Imec("NP2000", saved=[0, 1, 384])
OTHER = Imec("NP2000", index=1, saved=[0, 1, 384])


def found(folder):
    return [
        (f.name, f.place.path, dict(f.place.options).get("run"))
        for f in find_recordings(folder, [SpikeGLXRawIO])
    ]


def write(folder, device=SMALL, n=20, **options):
    return write_stream(folder, device, make_samples(device, n), **options)


def refused(kind, path, **options):
    with pytest.raises(RawIOError) as caught:
        opened(path, **options)
    assert type(caught.value) is kind
    message = str(caught.value)
    assert message.startswith(str(path)) and message.endswith(".") and "\n" not in message
    return message


# -- names -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("stem", "recording", "take", "label"),
    [
        ("mouse_g0_t0.imec0.ap", "mouse", (0, 0), "imec0.ap"),
        ("my.run 3_g12_t345.imec12.lf", "my.run 3", (12, 345), "imec12.lf"),
        ("mouse_g0_t0.imec.ap", "mouse", (0, 0), "imec.ap"),
        ("mouse_g0_t0.nidq", "mouse", (0, 0), "nidq"),
        ("mouse_g0_t0.obx1.obx", "mouse", (0, 0), "obx1"),
        ("mouse_g1_tcat.imec0.ap", "mouse_tcat", (1, -1), "imec0.ap"),
        ("mouse_g0_t0.exported.imec0.ap", "mouse.exported", (0, 0), "imec0.ap"),
        ("a_g1_t2_g3_t4.nidq", "a_g1_t2", (3, 4), "nidq"),
        ("MOUSE_G0_T0.IMEC0.AP", "MOUSE", (0, 0), "imec0.ap"),
        ("mouse.imec0.lf", "mouse", (-1, -1), "imec0.lf"),
        ("mouse", "mouse", (-1, -1), ""),
        ("", "", (-1, -1), ""),
        (
            "_spikeglx_ephysData_g0_t0.imec0.ap.8ca1a850-26ef-42be-8b28-c2e2d12f06d6",
            "_spikeglx_ephysData",
            (0, 0),
            "imec0.ap",
        ),
    ],
)
def test_names(stem, recording, take, label):
    name = parse_name(stem)
    assert (name.recording, name.take, name.label) == (recording, take, label)


# -- layouts ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("layout", ["probes", "run", "flat"])
@pytest.mark.parametrize("gates", [1, 2])
def test_layouts(tmp_path, layout, gates):
    takes = [
        Take(gate, trigger, gate + trigger / 10) for gate in range(gates) for trigger in (0, 1)
    ]
    run = write_run(tmp_path, [SMALL, OTHER, Nidq(), OneBox()], takes, layout=layout)
    home = tmp_path if layout == "flat" or gates > 1 else tmp_path / "run_g0"
    assert found(tmp_path) == [(home.name, home, None)]
    reader = opened(home)
    assert reader.header["nb_segment"] == [2 * gates]
    for segment, take in enumerate(takes):
        for stream in run[take.gate, take.trigger]:
            check_stream(reader, stream, segment)
            assert SpikeGLXRawIO.recording_of(stream.path) == Place(home)
            assert SpikeGLXRawIO.recording_of(stream.meta_path) == Place(home)
    assert not reader.warnings


def test_a_part_of_a_run(tmp_path):
    takes = [Take(0), Take(1, 0, 1.0)]
    run = write_run(tmp_path, [SMALL, OTHER, Nidq()], takes)
    gate = opened(tmp_path / "run_g1")
    assert gate.header["nb_segment"] == [1]
    for stream in run[1, 0]:
        check_stream(gate, stream)
    probe = opened(tmp_path / "run_g1" / "run_g1_imec1")
    assert stream_names(probe) == ["imec1.ap", "imec1.ap-SYNC"]
    check_stream(probe, run[1, 0][1])


@pytest.mark.parametrize("layout", ["probes", "run", "flat"])
def test_several_runs(tmp_path, layout):
    runs = {}
    for name, gates in (("alpha", [0]), ("beta", [0, 2]), ("alpha_2", [0])):
        takes = [Take(gate, 0, gate) for gate in gates]
        runs[name] = write_run(tmp_path, [SMALL, Nidq()], takes, run=name, layout=layout)
    if layout == "flat":
        expected = [(tmp_path, name) for name in ("alpha", "alpha_2", "beta")]
    else:
        expected = [(tmp_path / "alpha_2_g0", None), (tmp_path / "alpha_g0", None)]
        expected += [(tmp_path, "beta")]
    assert sorted((place, run) for _, place, run in found(tmp_path)) == sorted(
        expected, key=lambda e: (e[0], str(e[1]))
    )
    for name, run in runs.items():
        reader = opened(tmp_path, run=name)
        assert reader.header["nb_segment"] == [len(run)]
        for segment, streams in enumerate(run.values()):
            for stream in streams:
                check_stream(reader, stream, segment)
    message = refused(SeveralRecordingsError, tmp_path)
    assert "'alpha', 'alpha_2', 'beta'" in message
    assert "'gamma'" in refused(OptionError, tmp_path, run="gamma")


def test_a_run_of_one_file_cannot_be_chosen(tmp_path):
    stream = write(tmp_path)
    refused(OptionError, stream.path, run="run")


def test_a_public_archive(tmp_path):
    """Probes in folders of any name below that of the NI-DAQ, names with UUIDs."""
    streams = [write(tmp_path, Nidq())]
    for k, device in enumerate((SMALL, OTHER)):
        streams.append(write(tmp_path / f"probe0{k}", device))
    for stream in streams:
        assert SpikeGLXRawIO.recording_of(stream.path) == Place(tmp_path)
    reader = opened(tmp_path)
    for stream in streams:
        check_stream(reader, stream)


def test_several_data_directories(tmp_path):
    run = write_run([tmp_path / "a", tmp_path / "b"], [SMALL, OTHER, Nidq()])
    assert {place for _, place, _ in found(tmp_path)} == {
        tmp_path / "a" / "run_g0",
        tmp_path / "b" / "run_g0",
    }
    reader = opened(tmp_path)  # both together
    for stream in run[0, 0]:
        check_stream(reader, stream)


def test_relative_paths(tmp_path, monkeypatch):
    write_run(tmp_path, [SMALL])
    monkeypatch.chdir(tmp_path / "run_g0")
    for path in (".", "run_g0_imec0", "run_g0_imec0/run_g0_t0.imec0.ap.bin"):
        assert stream_names(opened(path))[0] == "imec0.ap"
    assert len(found(".")) == 1
    monkeypatch.chdir(tmp_path / "run_g0" / "run_g0_imec0")
    assert stream_names(opened("run_g0_t0.imec0.ap.meta"))[0] == "imec0.ap"


# -- what CatGT and the file viewer write ----------------------------------------------------------


def test_joined_files_are_another_recording(tmp_path):
    run = write_run(tmp_path, [SMALL, Nidq()], [Take(0, 0), Take(0, 1, 1.0)], layout="run")
    joined = write_run(tmp_path, [SMALL], [Take(0, "cat", 0.0, 0.2)], layout="run")
    home = tmp_path / "run_g0"
    assert found(tmp_path) == [("run_g0 run", home, "run"), ("run_g0 run_tcat", home, "run_tcat")]
    check_stream(opened(home, run="run"), run[0, 1][0], 1)
    reader = opened(home, run="run_tcat")
    assert reader.header["nb_segment"] == [1]
    check_stream(reader, joined[0, "cat"][0])


@pytest.mark.parametrize("prefix", ["catgt_", "supercat_"])
def test_joined_files_in_a_folder_of_their_own(tmp_path, prefix):
    write_run(tmp_path, [SMALL, Nidq()])
    joined = write_run(tmp_path, [SMALL], [Take(0, "cat")], prefix=prefix)
    home = tmp_path / f"{prefix}run_g0"
    assert {(place, run) for _, place, run in found(tmp_path)} == {
        (tmp_path / "run_g0", None),
        (home, None),
    }
    check_stream(opened(home), joined[0, "cat"][0])


def test_a_band_that_only_catgt_made_belongs_to_the_run(tmp_path):
    run = write_run(tmp_path, [Imec("NP2000"), Nidq()], layout="run")
    lf = write_run(tmp_path, [Imec("NP2000", "lf")], [Take(0, "cat")], layout="run")
    assert [place for _, place, _ in found(tmp_path)] == [tmp_path / "run_g0"]
    reader = opened(tmp_path / "run_g0")
    assert reader.header["nb_segment"] == [1]
    for stream in (*run[0, 0], *lf[0, "cat"]):
        check_stream(reader, stream)
    assert not reader.warnings


def test_an_exported_part_is_another_recording(tmp_path):
    write(tmp_path)
    part = write(tmp_path, tag="exported", n=5, first_sample=10)
    assert [run for _, _, run in found(tmp_path)] == ["run", "run.exported"]
    check_stream(opened(tmp_path, run="run.exported"), part)


def test_shanks_written_apart(tmp_path):
    """SpikeGLX then numbers them 1000 + 10 * probe + shank and leaves a .meta of the whole."""
    parts = [
        Imec("NP2013", index=1000 + shank, saved=[*range(96 * shank, 96 * (shank + 1)), 384],
             shank=np.repeat(range(4), 96))
        for shank in range(4)
    ]  # fmt: skip
    run = write_run(tmp_path, parts)
    write(tmp_path / "run_g0" / "run_g0_imec0", Imec("NP2013")).path.unlink()
    reader = opened(tmp_path)
    assert stream_names(reader)[:4] == [f"imec100{shank}.ap" for shank in range(4)]
    for stream in run[0, 0]:
        check_stream(reader, stream)
    assert reader.warnings == ["run_g0_t0.imec0.ap.meta has no .bin beside it; it is left out."]


# -- renamed, copied, missing and foreign files ----------------------------------------------------


def test_renamed_files_keep_the_stream_they_were_written_as(tmp_path):
    stream = write(tmp_path, OTHER)
    for path in (stream.path, stream.meta_path):
        path.rename(tmp_path / f"best{path.suffix}")
    reader = opened(tmp_path)
    check_stream(reader, stream)
    assert opened(tmp_path / "best.bin").header["nb_segment"] == [1]
    assert found(tmp_path) == [(tmp_path.name, tmp_path, None)]


def test_two_files_written_as_the_same_stream_go_by_their_names(tmp_path):
    ap = write(tmp_path, SMALL)
    wrong = {"fileName": "D:/run_g0_t0.imec0.ap.bin"}
    lf = write(tmp_path, Imec("NP2000", "lf", saved=[0, 1, 384]), meta=wrong)
    reader = opened(tmp_path)
    check_stream(reader, ap)
    check_stream(reader, lf)


def test_copies(tmp_path):
    first = write(tmp_path)
    write(tmp_path / "backup", n=7)
    reader = opened(tmp_path)
    check_stream(reader, first)
    assert reader.warnings == [
        f"{os.path.join('backup', 'run_g0_t0.imec0.ap.bin')} is imec0.ap once more; it is left out."
    ]
    shutil.move(tmp_path / "backup", tmp_path / "a" / "x")
    (tmp_path / "b").mkdir()
    for path in (first.path, first.meta_path):
        (tmp_path / "b" / "x").mkdir(exist_ok=True)
        path.rename(tmp_path / "b" / "x" / path.name)
    assert "are both stream imec0.ap" in refused(FormatError, tmp_path)


@pytest.mark.parametrize("gone", [".bin", ".meta"])
def test_half_of_a_pair(tmp_path, gone):
    stream = write(tmp_path)
    there, missing = stream.path, stream.meta_path
    if gone == ".bin":
        there, missing = missing, there
    missing.unlink()
    assert f"has no {missing.name}" in refused(MissingFileError, there)
    assert f"{there.name} has no {gone}" in refused(MissingFileError, tmp_path)
    assert SpikeGLXRawIO.recording_of(stream.meta_path) is None or gone == ".meta"
    assert found(tmp_path) == []
    other = write(tmp_path, Nidq())
    reader = opened(tmp_path)
    check_stream(reader, other)
    assert reader.warnings == [f"{there.name} has no {gone} beside it; it is left out."]
    assert "no such file" in refused(MissingFileError, missing)


def test_missing_folders_and_files(tmp_path):
    refused(MissingFileError, tmp_path / "no.bin")
    refused(MissingFileError, tmp_path / "nothing")
    refused(UnknownFormatError, tmp_path)
    (tmp_path / "a.txt").write_text("hello")
    refused(UnknownFormatError, tmp_path / "a.txt")
    with pytest.raises(OptionError):
        SpikeGLXRawIO()
    with pytest.raises(OptionError):
        SpikeGLXRawIO("a", dirname="b")


def test_a_stream_that_is_missing_in_a_segment(tmp_path):
    run = write_run(tmp_path, [SMALL, Nidq()], [Take(0), Take(1, 0, 5.0)])
    gone = run[1, 0][0]
    gone.path.unlink()
    gone.meta_path.unlink()
    reader = opened(tmp_path, load_digital_events=True)
    check_stream(reader, run[0, 0][0], 0)
    check_stream(reader, run[1, 0][1], 1)
    s = stream_names(reader).index("imec0.ap")
    assert reader.get_signal_size(0, 1, s) == 0
    assert reader.get_signal_t_start(0, 1, s) == reader.segment_t_start(0, 1)
    assert reader.get_analogsignal_chunk(0, 1, stream_index=s).shape == (0, 2)
    last = reader.event_channels_count() - 1
    assert reader.event_count(0, 1, last) == 0
    assert [len(part) for part in reader.event_timestamps(0, 1, last)[::2]] == [0, 0]
    assert reader.warnings == [
        "stream imec0.ap has no file of g1_t0; it is empty in those segments."
    ]


def test_files_that_do_not_fit_their_stream(tmp_path):
    write(tmp_path, SMALL)
    write(tmp_path, Imec("NP2000", saved=[0, 2, 384]), trigger=1)
    slower = write(tmp_path, Imec("NP2000", saved=[0, 1, 384], rate=29999.9), trigger=2)
    reader = opened(tmp_path)
    assert reader.header["nb_segment"] == [2]
    assert reader.get_signal_sampling_rate(0) == 30000
    np.testing.assert_array_equal(
        reader.get_analogsignal_chunk(0, 1, stream_index=0), slower.raw[:, :2]
    )
    assert "run_g0_t1.imec0.ap.bin has other channels" in reader.warnings[0]
    assert "29999.9 Hz" in reader.warnings[1]


def test_compressed_files(tmp_path):
    stream = write(tmp_path)
    packed = stream.path.with_suffix(".cbin")
    stream.path.rename(packed)
    head = b"x" * HEAD_BYTES
    assert SpikeGLXRawIO.recognises(packed, head)
    for path in (packed, stream.meta_path, tmp_path):
        with pytest.raises(FormatError, match="is compressed"):
            opened(path)
    assert found(tmp_path) == [(tmp_path.name, tmp_path, None)]
    other = write(tmp_path, Nidq())
    reader = opened(tmp_path)
    check_stream(reader, other)
    assert reader.warnings[0].startswith("run_g0_t0.imec0.ap.cbin is compressed")


def test_foreign_files(tmp_path):
    (tmp_path / "texture.meta").write_text("guid: 1234\nfileFormatVersion=2\n")
    (tmp_path / "texture.bin").write_bytes(b"0" * 100)
    (tmp_path / "empty.meta").touch()
    assert found(tmp_path) == []
    for name in ("texture.meta", "texture.bin"):
        head = (tmp_path / name).read_bytes()
        assert not SpikeGLXRawIO.recognises(tmp_path / name, head)
    stream = write(tmp_path)
    for path in (stream.path, stream.meta_path):
        assert SpikeGLXRawIO.recognises(path, path.read_bytes()[:HEAD_BYTES])
    assert not SpikeGLXRawIO.recognises(tmp_path / "gone.bin", b"")
    check_stream(opened(tmp_path), stream)
