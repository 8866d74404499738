"""The writer of SpikeGLX recordings says what real .meta files say."""

import re
from dataclasses import replace

import pytest

from tests.writers.spikeglx import (
    Imec,
    Nidq,
    entries_of,
    make_samples,
    read_meta,
    write_beside,
    write_stream,
)

REAL = {  # microvolts a step, rate, name of the first channel, acquired number of the last
    "sample3A_g0_t0.imec.ap.meta": (2.34375, 30000, "AP0", 768),
    "sample3A_g0_t0.imec.lf.meta": (4.6875, 2500, "LF0", 768),
    "sample3B_g0_t0.imec1.ap.meta": (2.34375, 30000.390639481, "AP0", 768),
    "sample3B_g0_t0.imec1.lf.meta": (4.6875, 2500.0325532900833, "LF0", 768),
    "sample3B_g0_t0.nidq.meta": (152.587890625, 30003.0003, "XA0", 1),
    "sampleNP2.1_g0_t0.imec.ap.meta": (0.762939453125, 30000, "AP0", 384),
    "sampleNP2.4_4shanks_g0_t0.imec.ap.meta": (0.762939453125, 29999.757983, "AP0", 384),
    "sampleNPultra_g0_t0.imec0.ap.meta": (2.34375, 30000, "AP0", 768),
}


@pytest.mark.parametrize("name", REAL)
def test_samples_beside_a_real_meta(recordings, tmp_path, name):
    microvolts, rate, first, last = REAL[name]
    real = recordings / "spikeglx" / name
    stream = write_beside(real, tmp_path, 50, seed=9)
    assert stream.path.read_bytes() == stream.raw.astype("<i2").tobytes()
    assert stream.raw.shape == (50, int(stream.meta["nSavedChans"]))
    assert stream.meta["fileSizeBytes"] == str(stream.path.stat().st_size)
    assert float(stream.meta["fileTimeSecs"]) == 50 / stream.rate
    assert stream.columns[0].volts * 1e6 == pytest.approx(microvolts, rel=1e-14)
    assert (stream.rate, stream.names[0], stream.columns[-1].number) == (rate, first, last)
    before, after = real.read_bytes().splitlines(True), stream.meta_path.read_bytes()
    changed = [a for a, b in zip(before, after.splitlines(True), strict=True) if a != b]
    assert all(line.startswith(b"file") for line in changed)
    same = write_beside(real, tmp_path / "same", 50, sizes=False)
    assert same.meta_path.read_bytes() == real.read_bytes()


@pytest.mark.parametrize(
    ("name", "device"),
    [
        ("sample3A_g0_t0.imec.ap.meta", Imec("3A")),
        ("sample3A_g0_t0.imec.lf.meta", Imec("3A", "lf")),
        ("sample3B_g0_t0.imec1.ap.meta", Imec("PRB_1_4_0480_1", era="3B2")),
        ("sample3B_g0_t0.imec1.lf.meta", Imec("PRB_1_4_0480_1", "lf", era="3B2")),
        ("sampleNP2.1_g0_t0.imec.ap.meta", Imec("PRB2_1_2_0640_0", era="2020", reference=1)),
        ("sampleNPultra_g0_t0.imec0.ap.meta", Imec("NP1100", era="2020")),
        ("sampleNP2.4_4shanks_g0_t0.imec.ap.meta", Imec("NP2010", era="2020")),
        (
            "sample3B_g0_t0.nidq.meta",
            Nidq(xa=1, mux=1, write_max_int=False, era="3B2"),
        ),
    ],
)
def test_the_writer_says_what_real_files_say(recordings, tmp_path, name, device):
    real = read_meta(recordings / "spikeglx" / name)
    if "4shanks" in name:
        shank = [int(e.split()[1]) for e in entries_of(real["imroTbl"])[1:]]
        order = {int(a): int(b) for a, b in re.findall(r";(\d+):(\d+)", real["snsChanMap"])}
        device = replace(device, shank=shank, order=order)
    mine = write_stream(tmp_path, device, make_samples(device, 2)).meta
    tables = {"imroTbl", "snsChanMap", "snsShankMap"} & set(real)
    counts = {"acqApLfSy", "snsApLfSy", "acqMnMaXaDw", "snsMnMaXaDw"} & set(real)
    ranges = {"imAiRangeMax", "imMaxInt", "niAiRangeMax", "niMNGain", "niMAGain"} & set(real)
    same = tables | counts | ranges | {"nSavedChans", "snsSaveChanSubset", "typeThis"}
    assert {k: mine.get(k) for k in same} == {k: real[k] for k in same}
    # The directories were counted only from 2020 on, which the 2.1 file is older than.
    assert set(mine) - set(real) <= {"nDataDirs"}
