"""The writer of SpikeGLX recordings, held against hand-unpacked bytes, real .meta files and neo.

neo 0.14.6 is asked only for what it reads right. It is not asked for gains that differ from
channel to channel in files that hold a part of the channels (it takes the table's first
entries), for probes whose gains stand in the table's header (1110), for the LF band of 1200 and
1300, for the four SY words of the quad base, for gains of the SY word, for digital lines above
7 or beside a second word, nor for a niMaxInt or an imMaxInt (1.0) that is not the usual one.
"""

import hashlib
import struct

import neo.rawio
import numpy as np
import pytest

from tests.writers.spikeglx import (
    Imec,
    Nidq,
    OneBox,
    Take,
    entries_of,
    make_samples,
    read_meta,
    square_wave,
    word,
    write_run,
    write_stream,
)


def neo_of(folder):
    reader = neo.rawio.SpikeGLXRawIO(str(folder))
    reader.parse_header()
    return reader


NIDQ_META = """\
acqMnMaXaDw=2,2,2,1
appVersion=20190327
fileCreateTime=2023-10-05T17:24:02
fileName=D:/SGL_DATA/run_g0/run_g0_t0.nidq.bin
fileSHA1={sha1}
fileSizeBytes=42
fileTimeSecs=0.003
firstSample=77
gateMode=Immediate
nSavedChans=7
niAiRangeMax=5
niAiRangeMin=-5
niAiTermination=Default
niClockLine1=Internal
niClockSource=PXI1Slot2_1ch_Int : 1000.000000
niDev1=PXI1Slot2
niDev1ProductName=PXIe-6341
niMAChans1=1
niMAGain=2.5
niMNChans1=0
niMNGain=200
niMuxFactor=2
niSampRate=1000
niStartEnable=false
niXAChans1=2:3
niXDBytes1=2
niXDChans1=0,3:4,9
snsMnMaXaDw=2,2,2,1
snsSaveChanSubset=all
syncNiChan=0
syncNiChanType=0
syncNiThresh=1.1
syncSourceIdx=3
syncSourcePeriod=1
trigMode=Immediate
typeImEnabled=1
typeNiEnabled=1
typeThis=nidq
userNotes=
~snsChanMap=(1,1,2,2,1)(MN0C0;0:0)(MN0C1;1:1)(MA0C0;2:2)(MA0C1;3:3)(XA0;4:4)(XA1;5:5)(XD0;6:6)
~snsShankMap=(1,2,0)
"""


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_a_whole_pair_of_files_by_hand(tmp_path, newline):
    device = Nidq(mn=1, ma=1, mux=2, xa=2, lines=(0, 3, 4, 9), rate=1000.0, ma_gain=2.5,
                  write_max_int=False, era="3B2")  # fmt: skip
    samples = np.arange(21, dtype=np.int16).reshape(3, 7) - 10
    stream = write_stream(tmp_path, device, samples, first_sample=77, newline=newline)
    assert stream.path == tmp_path / "run_g0_t0.nidq.bin"
    data = stream.path.read_bytes()
    assert len(data) == 42
    assert struct.unpack("<21h", data) == tuple(range(-10, 11))
    text = NIDQ_META.format(sha1=hashlib.sha1(data).hexdigest().upper())
    assert stream.meta_path.read_bytes() == text.replace("\n", newline).encode()
    assert stream.names == ["MN0C0", "MN0C1", "MA0C0", "MA0C1", "XA0", "XA1", "XD0"]
    assert stream.ids[2] == "MA0C0;2"
    step = 5 / 32768
    expected = [step / 200, step / 200, step / 2.5, step / 2.5, step, step, 1]
    np.testing.assert_allclose(stream.volts, expected, rtol=1e-15)
    assert stream.t_start == 0.077


def test_a_probe_by_hand(tmp_path):
    gains = np.full(384, 500)
    gains[[5, 6]] = 1000, 3000
    device = Imec("PRB_1_4_0480_1", saved=[0, 5, 6, 7, 191, 768], ap_gain=gains, era="3B2",
                  index=2, rate=30000.5, standby=[7])  # fmt: skip
    samples = make_samples(device, 4, seed=3)
    stream = write_stream(tmp_path, device, samples, run="mouse", gate=3, trigger=12)
    assert stream.path.name == "mouse_g3_t12.imec2.ap.bin"
    data = stream.path.read_bytes()
    assert struct.unpack_from("<6h", data, 0)[:5] == (-512,) * 5
    assert struct.unpack_from("<6h", data, 12) == (511, 511, 511, 511, 511, 0)
    assert struct.unpack_from("<h", data, 2 * (3 * 6 + 4))[0] == samples[3, 4]
    meta = read_meta(stream.meta_path)
    assert meta["nSavedChans"] == "6"
    assert meta["snsApLfSy"] == "5,0,1"
    assert meta["acqApLfSy"] == "384,384,1"
    assert meta["snsSaveChanSubset"] == "0,5:7,191,768"
    assert meta["imSampRate"] == "30000.5"
    assert meta["imStdby"] == "7"
    assert "imMaxInt" not in meta
    names = "(AP0;0:0)(AP5;5:5)(AP6;6:6)(AP7;7:7)(AP191;191:191)(SY0;768:768)"
    assert meta["snsChanMap"] == "(384,384,1)" + names
    shank_map = "(1,2,480)(0:0:0:1)(0:1:2:1)(0:0:3:1)(0:1:3:0)(0:1:95:0)"
    assert meta["snsShankMap"] == shank_map
    table = entries_of(meta["imroTbl"])
    assert len(table) == 385  # of all acquired channels
    assert table[:2] == ["0,384", "0 0 0 500 250 1"]
    assert table[6] == "5 0 0 1000 250 1"
    microvolts = [2.34375, 1.171875, 0.390625, 2.34375, 2.34375]
    np.testing.assert_allclose(stream.volts[:5] * 1e6, microvolts, rtol=1e-14)


def test_geometry_table_by_hand(tmp_path):
    device = Imec("NP2013", saved=[0, 1, 2, 48, 384], shank=[3] * 384, standby=[2])
    meta = write_stream(tmp_path, device, make_samples(device, 2)).meta
    # On shank 3 channels 0 to 47 are electrodes 192 to 239, 48 to 95 are 96 to 143.
    expected = "(NP2013,4,250,70)(3:27:1440:1)(3:59:1440:1)(3:27:1455:0)(3:27:720:1)"
    assert meta["snsGeomMap"] == expected
    assert "snsShankMap" not in meta
    assert meta["snsSaveChanSubset"] == "0:2,48,384"
    dense = Imec("NP1120", saved=[0, 1, 2])
    assert dense.geom_map() == "(NP1120,1,0,70)(0:6.75:0:1)(0:11.25:0:1)(0:6.75:4.5:1)"


def test_lf_of_some_channels(tmp_path):
    lf_gain = np.arange(384) + 1
    device = Imec("NP1000", "lf", saved=[3, 384 + 2, 384 + 9, 768], lf_gain=lf_gain)
    stream = write_stream(tmp_path, device, make_samples(device, 2))
    assert stream.names == ["LF2", "LF9", "SY0"]
    assert stream.ids == ["LF2;386", "LF9;393", "SY0;768"]
    assert stream.meta["snsApLfSy"] == "0,2,1"
    assert stream.meta["snsSaveChanSubset"] == "386,393,768"
    np.testing.assert_allclose(stream.volts * 512 / 0.6, [1 / 3, 1 / 10, 512 / 0.6])


def test_lf_that_catgt_made_of_2_0(tmp_path):
    device = Imec("NP2013", "lf")
    stream = write_stream(tmp_path, device, make_samples(device, 2), trigger="cat")
    assert stream.path.name == "run_g0_tcat.imec0.lf.bin"
    assert stream.meta["snsApLfSy"] == "384,0,1"
    assert stream.ids[:2] == ["LF0;0", "LF1;1"]
    assert stream.rate == 2500
    assert stream.meta["imChan0apGain"] == "100"


def test_quad_base_has_four_words(tmp_path):
    device = Imec("NP2020")
    edges = {"SY2": {6: [1]}}
    stream = write_stream(tmp_path, device, make_samples(device, 3, edges=edges))
    assert stream.names[-4:] == ["SY0", "SY1", "SY2", "SY3"]
    assert stream.meta["snsApLfSy"] == "1536,0,4"
    assert stream.raw[:, -4:].tolist() == [[0, 0, 0, 0], [0, 0, 64, 0], [0, 0, 64, 0]]
    assert np.bincount(stream.shanks).tolist() == [384] * 4
    assert np.array_equal(stream.positions[:384], stream.positions[384:768])


@pytest.mark.parametrize(
    ("era", "there", "missing"),
    [
        ("3A", {"imProbeOpt", "typeEnabled"}, {"imDatPrb_pn", "imMaxInt", "typeImEnabled"}),
        ("3B1", {"imDatPrb_type", "typeImEnabled"}, {"imDatPrb_slot", "imMaxInt", "nDataDirs"}),
        ("3B2", {"imDatPrb_slot", "snsShankMap"}, {"imDatPrb_dock", "imMaxInt", "snsGeomMap"}),
        ("2020", {"imDatPrb_dock", "imMaxInt", "snsShankMap"}, {"imChan0apGain", "snsGeomMap"}),
        ("2023", {"imChan0apGain", "snsGeomMap", "muxTbl"}, {"snsShankMap", "imProbeOpt"}),
    ],
)
def test_keys_of_every_era(tmp_path, era, there, missing):
    device = Imec("3A" if era == "3A" else "NP1000", era=era)
    meta = write_stream(tmp_path, device, make_samples(device, 2)).meta
    assert there <= set(meta)
    assert not missing & set(meta)


def test_chan0_gain_can_be_left_out_or_put_in():
    assert "imChan0apGain" not in Imec("NP2013", chan0_gain=False).meta()
    assert Imec("NP2000", era="2020", chan0_gain=True).meta()["imChan0apGain"] == 80
    assert Imec("NP1000", "lf").meta()["imChan0lfGain"] == 250


def test_bits_of_words():
    at = {0: [2], 15: [1, 3], 6: [0]}
    assert word(5, at, start=0b10).tolist() == [66, 66 - 32768, 67 - 32768, 67, 67]
    assert word(3, {}).dtype == np.int16
    level, turns = square_wave(1000.0, 0.02, 995, 20)
    assert (level, turns) == (1, [5, 15])
    assert square_wave(1000.0, 0.02, 0, 5) == (0, [])
    assert square_wave(1000.0, 0.02, 1000, 11) == (0, [10])


def test_words_of_two_ni_cards():
    device = Nidq(lines=range(20), lines2=(0, 12))
    meta = device.meta()
    assert (meta["niXDBytes1"], meta["niXDBytes2"]) == (3, 2)
    assert meta["acqMnMaXaDw"] == "0,0,2,3"
    assert [c.name for c in device.columns()] == ["XA0", "XA1", "XD0", "XD1", "XD2"]
    assert meta["niXDChans2"] == "0,12"


def test_some_channels_of_an_ni_card(tmp_path):
    device = Nidq(mn=1, mux=4, saved=[1, 2, 5, 6], order={5: 0})
    stream = write_stream(tmp_path, device, make_samples(device, 0))
    assert stream.path.read_bytes() == b""
    assert stream.meta["fileSizeBytes"] == "0"
    assert stream.meta["acqMnMaXaDw"] == "4,0,2,1"
    assert stream.meta["snsMnMaXaDw"] == "2,0,1,1"
    assert stream.meta["snsSaveChanSubset"] == "1:2,5:6"
    channel_map = "(1,0,4,2,1)(MN0C1;1:1)(MN0C2;2:2)(XA1;5:0)(XD0;6:6)"
    assert stream.meta["snsChanMap"] == channel_map


def test_onebox_by_hand(tmp_path):
    device = OneBox(xa=3, index=1, max_volts=2.5, saved=[0, 2, 3, 4])
    samples = np.array([[1, -2, 3, 64], [5, 6, -7, 0]], np.int16)
    stream = write_stream(tmp_path, device, samples, first_sample=303)
    assert stream.path.name == "run_g0_t0.obx1.obx.bin"
    assert struct.unpack("<8h", stream.path.read_bytes()) == (1, -2, 3, 64, 5, 6, -7, 0)
    assert stream.names == ["XA0", "XA2", "XD0", "SY0"]
    keys = ("typeThis", "acqXaDwSy", "snsXaDwSy", "obMaxInt", "snsSaveChanSubset", "obSampRate")
    expected = ["obx", "3,1,1", "2,1,1", "32768", "0,2:4", "30303"]
    assert [stream.meta[key] for key in keys] == expected
    assert stream.meta["snsChanMap"] == "(3,1,1)(XA0;0:0)(XA2;2:2)(XD0;3:3)(SY0;4:4)"
    assert stream.volts.tolist() == [2.5 / 32768, 2.5 / 32768, 1, 1]
    no_words = OneBox(digital=False, sync=False)
    assert {c.kind for c in no_words.columns()} == {"XA"}


def test_samples_use_the_whole_range():
    for device in (Imec("NP2013"), Nidq(), OneBox()):
        samples = make_samples(device, 500, seed=1)[:, 0]
        assert samples.min() == -device.max_int
        assert samples.max() == device.max_int - 1
        assert np.array_equal(samples, make_samples(device, 500, seed=1)[:, 0])
    with pytest.raises(ValueError, match="385"):
        write_stream(".", Imec(), np.zeros((2, 3), np.int16))


def test_files_that_end_badly(tmp_path):
    device = Nidq(xa=1)
    samples = make_samples(device, 5)
    cut = write_stream(tmp_path, device, samples, tail=b"\1\2\3")
    assert cut.path.read_bytes()[-3:] == b"\1\2\3"
    assert cut.meta["fileSizeBytes"] == "23"
    sha1 = hashlib.sha1(cut.path.read_bytes()).hexdigest().upper()
    assert cut.meta["fileSHA1"] == sha1
    crash = write_stream(tmp_path / "crash", device, samples, finished=False)
    assert not {"fileSizeBytes", "fileTimeSecs", "fileSHA1"} & set(read_meta(crash.meta_path))
    wild = {"niMNGain": None, "userNotes": "a=b (c)", "nSavedChans": 3, "~extra": "(1)(2)"}
    odd = write_stream(tmp_path / "odd", device, samples, meta=wild, tilde="", tag="exported")
    lines = odd.meta_path.read_text().splitlines()
    assert "niMNGain" not in odd.meta
    assert {"userNotes=a=b (c)", "nSavedChans=3", "extra=(1)(2)"} <= set(lines)
    assert not any(line.startswith("~") for line in lines)
    assert odd.path.name == "run_g0_t0.exported.nidq.bin"
    assert write_stream(tmp_path, device, samples, name="mine").path.name == "mine.nidq.bin"


DEVICES = [Imec("NP1000"), Imec("NP1000", "lf"), Imec("NP2013", index=1), Nidq(), OneBox()]
TAKES = [Take(0, 0, 0.5, 0.05), Take(0, 1, 1.0, 0.1), Take(1, 0, 2.0, 0.05)]


def files(root):
    return sorted(str(p.relative_to(root)) for p in root.rglob("*.bin"))


def test_folders_of_a_run(tmp_path):
    few = [Imec("NP1000", "lf"), Nidq(), OneBox()]
    write_run(tmp_path / "a", few, TAKES[:2], run="r")
    inside = ("r_g0_imec0/r_g0_t0.imec0.lf", "r_g0_t0.nidq", "r_g0_t0.obx0.obx")
    expected = [f"r_g0/{name}.bin" for name in inside]
    expected += [name.replace("_t0", "_t1") for name in expected]
    assert files(tmp_path / "a") == sorted(expected)
    write_run(tmp_path / "b", few, run="r", layout="run")
    assert files(tmp_path / "b")[0] == "r_g0/r_g0_t0.imec0.lf.bin"
    write_run(tmp_path / "c", few, TAKES[2:], run="r", layout="flat")
    names = ["r_g1_t0.imec0.lf.bin", "r_g1_t0.nidq.bin", "r_g1_t0.obx0.obx.bin"]
    assert files(tmp_path / "c") == names
    cat = write_run(tmp_path / "d", few[:1], [Take(0, "cat")], run="r", prefix="catgt_")
    assert files(tmp_path / "d") == ["catgt_r_g0/r_g0_imec0/r_g0_tcat.imec0.lf.bin"]
    assert cat[0, "cat"][0].meta["catNFiles"] == "1"


def test_a_run_over_two_drives(tmp_path):
    devices = [Imec("NP1200", index=k) for k in range(3)] + [Nidq()]
    roots = [tmp_path / "d", tmp_path / "e"]
    run = write_run(roots, devices, run="r", layout="run")
    names = ["r_g0/r_g0_t0.imec0.ap.bin", "r_g0/r_g0_t0.imec2.ap.bin", "r_g0/r_g0_t0.nidq.bin"]
    assert files(roots[0]) == names
    assert files(roots[1]) == ["r_g0/r_g0_t0.imec1.ap.bin"]
    meta = run[0, 0][3].meta
    keys = ("typeImEnabled", "typeNiEnabled", "typeObEnabled", "nDataDirs")
    assert [meta[key] for key in keys] == ["3", "1", "0", "2"]


def test_streams_of_a_run_show_the_same_edges(tmp_path):
    run = write_run(tmp_path, DEVICES, TAKES, period=0.02, layout="flat")
    assert list(run) == [(0, 0), (0, 1), (1, 0)]
    for take in TAKES:
        for stream in run[take.gate, take.trigger]:
            assert abs(stream.t_start - take.start) < 0.5 / stream.rate + 1e-9
            assert stream.meta["firstSample"] == str(stream.first_sample)
            column = stream.kinds.index("SY") if "SY" in stream.kinds else -1
            bit = 6 if "SY" in stream.kinds else 0
            high = stream.raw[:, column] >> bit & 1
            times = stream.t_start + np.arange(len(high)) / stream.rate
            phase = times / 0.01
            sure = np.abs(phase - np.round(phase)) > 1e-6
            assert np.array_equal(high[sure], (phase.astype(int) % 2)[sure])
            turns = np.flatnonzero(np.diff(high)) + 1
            name = stream.names[column]
            assert turns.tolist() == stream.edges[name][bit]
            assert len(turns) >= take.seconds / 0.01 - 1


def test_neo_reads_a_run(tmp_path):
    run = write_run(tmp_path, DEVICES, TAKES[:2])
    reader = neo_of(tmp_path)
    streams = reader.header["signal_streams"]["id"].tolist()
    channels = reader.header["signal_channels"]
    assert reader.header["nb_segment"] == [2]
    for segment, take in enumerate(TAKES[:2]):
        for stream in run[take.gate, take.trigger]:
            index = streams.index(stream.label.removesuffix(".obx"))
            raw = reader.get_analogsignal_chunk(0, segment, None, None, index)
            # neo puts the SY word into a stream of its own.
            kept = [i for i, kind in enumerate(stream.kinds) if kind != "SY"]
            assert np.array_equal(raw, stream.raw[:, kept])
            mine = channels[channels["stream_id"] == streams[index]]
            assert mine["name"].tolist() == [stream.names[i] for i in kept]
            assert reader.get_signal_t_start(0, segment, index) == stream.t_start
            assert reader.get_signal_sampling_rate(index) == stream.rate
            unit = 1e6 if mine["units"][0] == "uV" else 1
            analogue = [i for i in kept if stream.kinds[i] != "XD"]
            gains = mine["gain"][: len(analogue)]
            np.testing.assert_allclose(gains, stream.volts[analogue] * unit, rtol=1e-12)
    sync = streams.index("imec0.ap-SYNC")
    raw = reader.get_analogsignal_chunk(0, 1, None, None, sync)
    assert np.array_equal(raw[:, 0], run[0, 1][0].raw[:, -1])


def test_neo_reads_gains_and_lines(tmp_path):
    rng = np.random.default_rng(2)
    ap_gain = rng.choice([50, 125, 250, 500, 1000, 1500, 2000, 3000], 384)
    lf_gain = rng.permutation(ap_gain)
    for band in ("ap", "lf"):
        device = Imec("NP1022", band, ap_gain=ap_gain, lf_gain=lf_gain)
        stream = write_stream(tmp_path, device, make_samples(device, 50, seed=4))
        reader = neo_of(tmp_path)
        mine = reader.header["signal_channels"]
        mine = mine[mine["stream_id"] == stream.label]
        np.testing.assert_allclose(mine["gain"], stream.volts[:-1] * 1e6, rtol=1e-12)
    device = Nidq(mn=2, ma=1, mux=4, xa=2, mn_gain=150, ma_gain=2, max_volts=2.5)
    edges = {"XD0": {1: [10, 30], 7: [5]}}
    samples = make_samples(device, 50, edges=edges)
    stream = write_stream(tmp_path / "ni", device, samples, first_sample=900)
    reader = neo_of(tmp_path / "ni")
    mine = reader.header["signal_channels"]
    np.testing.assert_allclose(mine["gain"][:14], stream.volts[:14], rtol=1e-12)
    times, _, labels = reader.get_event_timestamps(0, 0, 1)
    assert np.isin([10, 30], times).all()
    assert len(times) == len(labels) == 2
