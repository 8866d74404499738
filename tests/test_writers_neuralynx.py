"""The writer of Neuralynx files, held against hand-unpacked bytes, real files and neo.

neo 0.14.6 is not asked for what it reads wrong or not at all: names with blanks (an assertion),
.nst files, names of Cheetah 4 and BML ("unknown"), lists separated by tabs (only the first value),
spikes and events outside the signals (dropped), and records with fewer than 512 samples before the
last (as many samples as there are, but wrong ones after the first such record).
"""

import struct
from datetime import datetime
from fractions import Fraction

import numpy as np
import pytest

from tests.writers.neuralynx import (
    LAYOUTS,
    PADDING,
    Run,
    ncs_records,
    noise,
    record_dtype,
    whole_microseconds,
    write_ncs,
    write_nev,
    write_nvt,
    write_records,
    write_session,
    write_spikes,
)
from tests.writers.neuralynx_header import (
    HEADER_BYTES,
    RECORD_BYTES,
    STYLES,
    Header,
    expected_gains,
    pack_header,
)

SIGNAL_STYLES = [style for style in STYLES if style != "neuraview"]


def text_of(path, encoding="latin-1"):
    return path.read_bytes()[:HEADER_BYTES].rstrip(b"\0").decode(encoding)


def unpack(format_, data, offset):
    values = struct.unpack_from("<" + format_, data, offset)
    return values[0] if len(values) == 1 else values


@pytest.mark.parametrize(("kind", "size"), RECORD_BYTES.items())
def test_fields_fill_a_record_without_overlap(kind, size):
    used = np.zeros(size, int)
    for _, format_, offset in LAYOUTS[kind]:
        used[offset : offset + np.dtype(format_).itemsize] += 1
    assert (used == 1).all()
    assert record_dtype(kind).itemsize == size


def test_bytes_of_a_signal_file(tmp_path):
    samples = noise(700, seed=1)
    run = Run(samples, start_us=2**33 + 5, rate=32000)
    truth = write_ncs(
        tmp_path / "a.ncs", Header(channels=(7,)), [run], record_channel=95, record_rate=31999
    )
    data = (tmp_path / "a.ncs").read_bytes()
    assert len(data) == 16384 + 2 * 1044
    assert unpack("QIII", data, 16384) == (2**33 + 5, 95, 31999, 512)
    assert unpack("512h", data, 16404) == tuple(samples[:512])
    assert unpack("QIII", data, 17428) == (2**33 + 5 + 16000, 95, 31999, 188)
    assert unpack("188h", data, 17448) == tuple(samples[512:])
    assert unpack("324h", data, 17448 + 376) == (PADDING,) * 324
    assert truth.channel_id == 7
    assert truth.rate == 32000.0
    assert truth.t_starts == [8589.934597]
    np.testing.assert_array_equal(truth.samples, samples)


@pytest.mark.parametrize(("suffix", "n_electrodes"), [("nse", 1), ("nst", 2), ("ntt", 4)])
def test_bytes_of_a_spike_file(tmp_path, suffix, n_electrodes):
    waveforms = noise((3, n_electrodes, 32), seed=2)
    features = np.arange(24).reshape(3, 8) - 4
    path = tmp_path / f"a.{suffix}"
    write_spikes(path, Header(), [5, 2**40, 9], [0, 2, 1], waveforms, features=features, entity=3)
    data = path.read_bytes()
    size = 48 + 64 * n_electrodes
    assert len(data) == 16384 + 3 * size
    start = 16384 + size
    assert unpack("QII", data, start) == (2**40, 3, 2)
    assert unpack("8i", data, start + 16) == tuple(range(4, 12))
    # All electrodes of the first sample, then all of the second.
    assert unpack(f"{n_electrodes}h", data, start + 48 + 2 * n_electrodes) == (
        tuple(waveforms[1, :, 1]) if n_electrodes > 1 else waveforms[1, 0, 1]
    )
    assert unpack("h", data, start + size - 2) == waveforms[1, -1, 31]


def test_bytes_of_an_event_file(tmp_path):
    path = tmp_path / "Events.nev"
    write_nev(
        path,
        Header(name="Events"),
        [7, 2**41],
        ttls=[0x8001, -1],
        ids=[11, 4],
        strings=[b"TTL Input", b"manual"],
        extra=np.arange(16).reshape(2, 8),
        crc=-2,
    )
    data = path.read_bytes()
    assert len(data) == 16384 + 2 * 184
    assert unpack("3h", data, 16384) == (0, 1002, 2)
    assert unpack("Q5h", data, 16390) == (7, 11, 0x8001 - 0x10000, -2, 0, 0)
    assert unpack("8i", data, 16408) == tuple(range(8))
    assert data[16440:16568] == b"TTL Input".ljust(128, b"\0")
    assert unpack("Q5h", data, 16384 + 184 + 6) == (2**41, 4, -1, -2, 0, 0)
    with pytest.raises(ValueError, match="128"):
        write_nev(path, Header(), [1], strings=[b"x" * 129])


def test_video_file_and_header_only_files(tmp_path):
    write_nvt(tmp_path / "VT1.nvt", [9, 10], x=3, y=-4)
    data = (tmp_path / "VT1.nvt").read_bytes()
    assert len(data) == 16384 + 2 * 1828
    assert unpack("3HQ", data, 16384 + 1828) == (0x800, 0, 1828, 10)
    assert unpack("ii", data, 16384 + 1616) == (3, -4)
    for name in ("a.ncs", "a.nse", "a.nst", "a.ntt", "a.nev"):
        write_records(tmp_path / name, Header(), np.zeros(0, record_dtype(name[2:])))
        assert (tmp_path / name).stat().st_size == 16384
    with pytest.raises(ValueError, match=r"\.ncs"):
        write_records(tmp_path / "a.ncs", Header(), np.zeros(0, record_dtype("nev")))


def test_text_of_cheetah_5(tmp_path):
    header = Header(
        "cheetah5.6",
        name="e2 CSE8",
        channels=(23,),
        sampling_rate=32556,
        ad_bit_volts="0.000000004577776380187970",
        input_range=150,
        delay_compensation="Disabled",
        filter_delay_us=3900,
        opened=datetime(2015, 12, 14, 17, 39, 9, 531000),
        closed=datetime(2015, 12, 15, 8, 37, 54, 56000),
        file_name=r"D:\pen162\e2CSE8.ncs",
        properties={"DspLowCutFrequency": "600", "DspLowCutNumTaps": None, "Note": "mine"},
    )
    truth = write_ncs(tmp_path / "e2CSE8.ncs", header)
    assert text_of(truth.path).split("\r\n") == [
        "######## Neuralynx Data File Header",
        r"## File Name D:\pen162\e2CSE8.ncs",
        "## Time Opened (m/d/y): 12/14/2015  (h:m:s.ms) 17:39:9.531",
        "## Time Closed (m/d/y): 12/15/2015  (h:m:s.ms) 8:37:54.56",
        "",
        "-FileType CSC",
        "-FileVersion 3.3.0",
        "-RecordSize 1044",
        "",
        "-CheetahRev 5.6.3",
        "",
        "-HardwareSubSystemName AcqSystem1",
        "-HardwareSubSystemType DigitalLynxSX",
        "-SamplingFrequency 32556",
        "-ADMaxValue 32767",
        "-ADBitVolts 0.000000004577776380187970",
        "",
        "-AcqEntName e2 CSE8",
        "-NumADChannels 1",
        "-ADChannel 23",
        "-InputRange 150",
        "-InputInverted True",
        "",
        "-DSPLowCutFilterEnabled True",
        "-DspLowCutFrequency 600",
        "-DspLowCutFilterType DCO",
        "-DSPHighCutFilterEnabled True",
        "-DspHighCutFrequency 9000",
        "-DspHighCutNumTaps 256",
        "-DspHighCutFilterType FIR",
        "-DspDelayCompensation Disabled",
        "-DspFilterDelay_µs 3900",
        "-Note mine",
        "",
    ]
    assert truth.gain == pytest.approx(-0.00457777638018797, rel=1e-15)


# What tells the programs apart, one or more lines each.
MARKS = {
    "bml": [
        "## Time Opened: (m/d/y): 11/28/16  At Time: 21:50:33.322 ",
        "-NLX_Base_Class_Type\tBmlAcq ",
        "-SamplingFrequency\t1017.375000 ",
    ],
    "cheetah4": [
        "## Time Opened: (m/d/y): 11/28/2016  At Time: 21:50:33.322 ",
        "-CheetahRev\t4.0.2 ",
        "-NLX_Base_Class_Name\tCSC1 ",
        "\t-ADChannel\t0 ",
    ],
    "cheetah5.3": ["-FileType: CSC ", "-SamplingFrequency 1017.375000 "],
    "cheetah5.4": ["## Time Closed (m/d/y): 11/28/2016  At Time: 22:44:41.145"],
    "cheetah5.5": ["-CheetahRev 5.5.1", "-HardwareSubSystemType DigitalLynx"],
    "cheetah5.6": ["## Time Closed (m/d/y): 11/28/2016  (h:m:s.ms) 22:44:41.145"],
    "cheetah64": ["-HardwareSubSystemType Cheetah64"],
    "rawdatafile": ["-HardwareSubSystemType RawDataFile"],
    "export5.6": ["\t-AcqEntName\tCSC1", "\t-CheetahRev\t5.6.0"],
    "cheetah5.7": ["-TimeCreated 2016/11/28 21:50:33", '-ApplicationName Cheetah "5.7.4"'],
    "cheetah6": ["-FileType NCS", "-AcquisitionSystem AcqSystem1 DigitalLynxSX"],
    "pegasus": ['-ApplicationName Pegasus "2.1.3 "', "-AcquisitionSystem AcqSystem1 ATLAS"],
    "neuraview": ["## Date Opened: (mm/dd/yyy): 11/28/2016 At Time: 21:50:33.322"],
}


@pytest.mark.parametrize("style", STYLES)
def test_text_of_every_program(style):
    data = pack_header(Header(style, sampling_rate=1017.375), "ncs", "CSC1.ncs")
    assert len(data) == 16384
    lines = data.rstrip(b"\0").decode("latin-1").split("\r\n")
    assert lines[0] == "######## Neuralynx Data File Header" + STYLES[style].trailing
    assert lines[-1] == ""
    assert set(MARKS[style]) <= set(lines)


def test_variants_of_the_text():
    data = pack_header(Header(encoding="utf-8", newline="\n"), "ncs")
    assert b"-DspFilterDelay_\xc2\xb5s 484\n" in data
    assert b"\r" not in data
    assert b"-DspFilterDelay_\xb5s 484\r\n" in pack_header(Header(), "ncs")
    data = pack_header(Header("cheetah6", closed="File was not closed properly"), "ncs")
    assert b"-TimeClosed File was not closed properly\r\n" in data
    data = pack_header(Header(closed="File was not closed properly"), "ncs")
    assert b"## Time Closed File was not closed properly\r\n" in data
    data = pack_header(Header(input_inverted=None, sampling_rate=None, ad_bit_volts=None), "ncs")
    assert not any(key in data for key in (b"Inverted", b"SamplingFrequency", b"ADBitVolts"))
    four = Header(channels=(8, 9, 10, 11), ad_bit_volts=("1e-8", "2e-8", "3e-8", "4e-8"))
    data = pack_header(four, "ntt")
    assert b"-ADBitVolts 1e-8 2e-8 3e-8 4e-8\r\n" in data
    assert b"-ADChannel 8 9 10 11\r\n-InputRange 1000 1000 1000 1000\r\n" in data
    assert b"-RecordSize 304\r\n" in data
    np.testing.assert_allclose(expected_gains(four), [-0.01, -0.02, -0.03, -0.04], rtol=1e-14)
    one = Header("cheetah4", channels=(8, 9), ad_bit_volts=1.5e-8)
    np.testing.assert_allclose(expected_gains(one), [0.015, 0.015], rtol=1e-14)
    assert pack_header(Header(raw=b"x" * 20000), "ncs") == b"x" * 16384
    assert pack_header(Header(raw=b"y"), "ncs") == b"y" + bytes(16383)
    with pytest.raises(ValueError, match="does not fit"):
        pack_header(Header(name="x" * 17000), "ncs")


@pytest.mark.parametrize("nearest", [False, True])
@pytest.mark.parametrize("rate", [32000, 30000, 2000, 1017.375, "32552.083333", 32556])
def test_timestamps_are_the_exact_times_rounded(rate, nearest):
    run = Run(noise(512 * 40, 1), start_us=1698932395972475, rate=rate, nearest=nearest)
    exact = [Fraction(512 * k * 1_000_000) / Fraction(str(rate)) for k in range(40)]
    rounded = [(t + Fraction(int(nearest), 2)).__floor__() for t in exact]
    times = ncs_records([run])["timestamp"].astype(np.int64)
    np.testing.assert_array_equal(times - run.start_us, rounded)


def test_timestamps_far_into_a_recording():
    run = Run(np.zeros(0, np.int16), rate="32552.083333")
    samples = np.array([0, 512, 10**13])
    exact = [int(Fraction(int(s) * 10**6) / Fraction("32552.083333")) for s in samples]
    assert run.time_us(samples).tolist() == exact


def test_steps_at_30_khz_and_a_clock_that_is_early_now_and_then():
    run = Run(noise(512 * 6, 3), start_us=100, rate=30000, wobble_us=(0, 0, -1))
    times = ncs_records([run])["timestamp"]
    assert times.tolist() == [100, 17166, 34232, 51300, 68366, 85432]


def test_records_of_any_number_of_samples():
    run = Run(noise(1500, 4), rate=1000, valid=(512, 0, 300))
    records = ncs_records([run], channel=3)
    assert records["n_valid"].tolist() == [512, 0, 300, 512, 0, 176]
    assert records["timestamp"].tolist() == [0, 512000, 512000, 812000, 1324000, 1324000]
    assert records["channel"].tolist() == [3] * 6
    valid = np.arange(512) < records["n_valid"][:, None]
    np.testing.assert_array_equal(records["samples"][valid], run.samples)
    assert (records["samples"][~valid] == PADDING).all()
    assert len(ncs_records([Run(np.zeros(0, np.int16))])) == 0
    for bad in (0, 513, (512, -1)):
        with pytest.raises(ValueError, match="not possible"):
            ncs_records([Run(run.samples, valid=bad)])


def test_runs_after_each_other():
    first = Run(noise(1000, 1), start_us=10, rate=30000)
    end = 10 + 33333
    assert first.then(first.samples).start_us == end
    assert first.then(first.samples, gap_us=500).start_us == end + 500
    assert first.then(first.samples, gap_us=-7).start_us == end - 7
    reset = first.then(noise(3, 2), start_us=0)
    records = ncs_records([first, reset])
    assert records["timestamp"].tolist() == [10, 10 + 17066, 0]
    assert records["n_valid"].tolist() == [512, 488, 3]


def test_old_clocks_count_whole_microseconds():
    assert whole_microseconds(32258) == Fraction(10**6, 31)
    assert whole_microseconds(32556) == Fraction(10**6, 30)
    run = Run(noise(1024, 1), rate=whole_microseconds(32258))
    records = ncs_records([run], record_rate=32258)
    assert records["timestamp"].tolist() == [0, 512 * 31]
    assert records["rate"].tolist() == [32258, 32258]


def test_a_session_and_that_a_seed_fixes_it(tmp_path):
    header = Header("cheetah6", sampling_rate=2000)
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
        truths = write_session(tmp_path / folder, header, n_channels=2, gaps_us=[700_000], seed=5)
        later = write_session(
            tmp_path / folder, header, n_channels=1, suffix="_0001", start_us=10**9, seed=9
        )
    names = sorted(path.name for path in (tmp_path / "a").iterdir())
    assert names == ["CSC1.ncs", "CSC1_0001.ncs", "CSC2.ncs"]
    for name in names:
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes()
    assert [truth.name for truth in truths] == ["CSC1", "CSC2"]
    assert [truth.channel_id for truth in truths] == [0, 1]
    assert truths[0].t_starts == [10.0, 10.0 + 1.5 + 0.7]
    assert not np.array_equal(truths[0].samples, truths[1].samples)
    assert r"CSC1_0001.ncs" in text_of(later[0].path)
    assert "-AcqEntName CSC1\r\n" in text_of(later[0].path)


def open_with_neo(folder, **more):
    from neo.rawio import NeuralynxRawIO

    reader = NeuralynxRawIO(str(folder), **more)
    reader.parse_header()
    return reader


@pytest.mark.parametrize("encoding", ["latin-1", "utf-8"])
@pytest.mark.parametrize("style", SIGNAL_STYLES)
def test_neo_reads_the_same_signal(tmp_path, style, encoding):
    rate = whole_microseconds(32000) if style == "cheetah4" else 32000
    header = Header(style, name="LAHC1", channels=(8,), encoding=encoding)
    truth = write_ncs(tmp_path / "LAHC1.ncs", header, [Run(noise(5000, 1), 10**7, rate)])
    reader = open_with_neo(tmp_path)
    channel = reader.header["signal_channels"][0]
    assert channel["name"] == ("unknown" if STYLES[style].family == "classic" else "LAHC1")
    assert channel["id"] == "8"
    assert channel["gain"] == pytest.approx(truth.gain, rel=1e-12)
    assert channel["units"] == "uV"
    assert channel["sampling_rate"] == 32000
    np.testing.assert_array_equal(reader.get_analogsignal_chunk()[:, 0], truth.samples)


def test_neo_cuts_at_the_same_gaps(tmp_path):
    header = Header("pegasus", sampling_rate=2000, input_inverted=False)
    gaps = [300_000, 10_000_000]
    truths = write_session(tmp_path, header, n_channels=3, n_samples=512 * 4, gaps_us=gaps)
    reader = open_with_neo(tmp_path, gap_tolerance_ms=1.0, keep_original_times=True)
    assert reader.segment_count(0) == 3
    assert (reader.header["signal_channels"]["gain"] > 0).all()
    for segment in range(3):
        start = reader.get_signal_t_start(0, segment, 0)
        assert start == pytest.approx(truths[0].t_starts[segment], abs=1e-9)
        chunk = reader.get_analogsignal_chunk(0, segment)
        for k, truth in enumerate(truths):
            np.testing.assert_array_equal(chunk[:, k], truth.runs[segment].samples)


@pytest.mark.parametrize(("suffix", "n_electrodes"), [("nse", 1), ("ntt", 4)])
@pytest.mark.parametrize("style", ["cheetah5.6", "cheetah6", "export5.6", "cheetah4"])
def test_neo_reads_the_same_spikes(tmp_path, style, suffix, n_electrodes):
    header = Header(style, name="TT1", channels=tuple(range(4, 4 + n_electrodes)))
    times = np.arange(20) * 1000 + 5_000_000
    units = np.arange(20) % 3
    waveforms = noise((20, n_electrodes, 32), 5)
    write_spikes(tmp_path / f"TT1.{suffix}", header, times, units, waveforms)
    reader = open_with_neo(tmp_path)
    # neo lists the units of a file once for each AD channel it understood.
    assert reader.spike_channels_count() in (3, 3 * n_electrodes)
    assert reader.header["spike_channels"]["wf_gain"][0] == expected_gains(header)[0]
    for unit in range(3):
        got = reader.get_spike_timestamps(spike_channel_index=unit)
        np.testing.assert_array_equal(got, times[units == unit])
        got = reader.get_spike_raw_waveforms(spike_channel_index=unit)
        np.testing.assert_array_equal(got, waveforms[units == unit])


@pytest.mark.parametrize("style", STYLES)
def test_neo_reads_the_same_events(tmp_path, style):
    times, ttls = [10**6, 2 * 10**6, 3 * 10**6], [1, 0, 1]
    strings = [b"Starting", b"TTL Input on board 0", b"again"]
    write_nev(tmp_path / "Events.nev", Header(style), times, ttls, 11, strings)
    reader = open_with_neo(tmp_path, keep_original_times=True)
    assert reader.event_channels_count() == 2
    high = [name.endswith("event_id=11 ttl=1") for name in reader.header["event_channels"]["name"]]
    stamps, _, labels = reader.get_event_timestamps(event_channel_index=high.index(True))
    assert stamps.tolist() == [times[0], times[2]]
    assert labels.tolist() == ["Starting", "again"]


REAL_TIMES = {
    "opened": datetime(2023, 11, 2, 13, 39, 27),
    "closed": datetime(2023, 11, 2, 13, 42, 5),
}
NAMES = {"LAHC1": (8, 10000), "LAHC2": (9, 10000), "LAHC3": (10, 10000), "LAHCu1": (136, 1000)}


@pytest.mark.parametrize("name", NAMES)
def test_real_signal_files_come_out_the_same(recordings, name, tmp_path):
    """Header text and records of Pegasus files, made from what they mean."""
    data = (recordings / "neuralynx" / f"{name}.ncs").read_bytes()
    (channel, input_range), fast = NAMES[name], name == "LAHCu1"
    uuid = data[: data.index(b"\r\n-SessionUUID")].decode().split()[-1]
    reference = '"AD Channel 0136"' if fast else '"Source 01 Reference 1"'
    header = Header(
        "pegasus",
        name=name,
        channels=(channel,),
        sampling_rate=32000 if fast else 2000,
        ad_bit_volts=3.0517578125e-08 if fast else 3.0517578125e-07,
        input_range=input_range,
        filter_delay_us=3984,
        **REAL_TIMES,
        file_name=rf"E:\kristijan\2023-11-02_13-39-27\{name}.ncs",
        properties={
            "FileUUID": uuid,
            "ReferenceChannel": reference,
            "DspHighCutFrequency": "8000" if fast else "500",
        },
    )
    records = np.frombuffer(data, record_dtype("ncs"), offset=16384)
    samples = records["samples"].ravel()[: int(records["n_valid"].sum())]
    start = int(records["timestamp"][0])
    plain = Run(samples, start, 32000 if fast else 2000)
    wobble = records["timestamp"].astype(np.int64) - ncs_records([plain])["timestamp"]
    run = Run(samples, start, plain.rate, wobble_us=wobble.astype(np.int64).tolist())
    own = int(records["channel"][0])
    write_ncs(tmp_path / f"{name}.ncs", header, [run], record_channel=own)
    again = (tmp_path / f"{name}.ncs").read_bytes()
    assert again[:16384] == data[:16384]
    # Behind the valid samples of the last record the real file holds old ones.
    end = len(data) - 1024 + 2 * int(records["n_valid"][-1])
    assert len(again) == len(data)
    assert again[:end] == data[:end]


def test_a_real_event_file_comes_out_the_same(recordings, tmp_path):
    data = (recordings / "neuralynx" / "Events.nev").read_bytes()
    header = Header(
        "pegasus",
        name="Events",
        **REAL_TIMES,
        file_name=r"E:\kristijan\2023-11-02_13-39-27\Events.nev",
        properties={"FileUUID": "fac7ba35-5757-41a2-9048-07066a745cf7"},
    )
    records = np.frombuffer(data, record_dtype("nev"), offset=16384)
    fields = [records[name] for name in ("timestamp", "ttl", "event_id", "string")]
    write_nev(tmp_path / "Events.nev", header, *fields, packet_id=0)
    assert (tmp_path / "Events.nev").read_bytes() == data
