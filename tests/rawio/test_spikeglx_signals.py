"""Samples, gains, names and times of SpikeGLX files, to the last sample."""

import pickle
import threading

import numpy as np
import pytest

from rawio import OutOfRangeError
from rawio.spikeglx import SpikeGLXRawIO
from tests.rawio.spikeglx_files import channels_of, check_stream, opened, stream_names, stream_of
from tests.writers.spikeglx import Imec, Nidq, OneBox, Take, make_samples, write_run, write_stream
from tests.writers.spikeglx_probes import PROBES


def written(folder, device, n=40, seed=1, **options):
    stream = write_stream(folder, device, make_samples(device, n, seed), **options)
    return stream, opened(folder)


@pytest.mark.parametrize("band", ["ap", "lf"])
@pytest.mark.parametrize("part", PROBES)
def test_every_kind_of_probe(tmp_path, part, band):
    device = Imec(part, band, index=None if part.startswith("3A") else 0)
    stream, reader = written(tmp_path, device, first_sample=84149244)
    check_stream(reader, stream)
    assert reader.header["nb_segment"] == [1]
    assert stream_names(reader)[0] == device.label
    assert not reader.warnings


@pytest.mark.parametrize("era", ["3B1", "3B2", "2020", "2023"])
@pytest.mark.parametrize("part", ["NP1000", "NP1110", "NP2000", "NP2013", "NP3010"])
def test_gains_in_every_era(tmp_path, part, era):
    """Older files lack imMaxInt and imChan0apGain: then the kind of probe tells."""
    stream, reader = written(tmp_path, Imec(part, era=era))
    check_stream(reader, stream)
    assert not reader.warnings


@pytest.mark.parametrize("band", ["ap", "lf"])
def test_gains_channel_by_channel(tmp_path, band):
    ap = [50, 125, 250, 500, 1000, 1500, 2000, 3000] * 48
    device = Imec("NP1000", band, ap_gain=ap, lf_gain=ap[::-1])
    stream, reader = written(tmp_path, device)
    check_stream(reader, stream)
    gain = channels_of(reader, f"imec0.{band}")["gain"]
    expected = 0.6 / 512 / np.array(ap if band == "ap" else ap[::-1]) * 1e6
    np.testing.assert_allclose(gain, expected, rtol=1e-14)


@pytest.mark.parametrize("saved", [[0, 5, 6, 7, 191, 768], [3, 383], range(100, 384), [768]])
def test_gains_of_a_part_of_the_channels(tmp_path, saved):
    """The table has all acquired channels, the file some of them, with or without SY."""
    gains = np.full(384, 500)
    gains[[5, 6, 383]] = 1000, 3000, 250
    stream, reader = written(tmp_path, Imec("NP1000", saved=saved, ap_gain=gains))
    check_stream(reader, stream)
    assert ("imec0.ap" in stream_names(reader)) == (saved != [768])


def test_gains_of_a_part_of_the_field_potentials(tmp_path):
    gains = np.arange(1, 385)
    saved = [384, 400, 767, 768]
    stream, reader = written(tmp_path, Imec("NP1000", "lf", saved=saved, lf_gain=gains))
    check_stream(reader, stream)


def test_the_four_status_words_of_a_quad_base(tmp_path):
    stream, reader = written(tmp_path, Imec("NP2020"))
    check_stream(reader, stream)
    assert channels_of(reader, "imec0.ap-SYNC")["name"].tolist() == ["SY0", "SY1", "SY2", "SY3"]


@pytest.mark.parametrize(
    "device",
    [
        Nidq(),
        Nidq(mn=2, ma=1, xa=3, mux=4, mn_gain=199.5, ma_gain=2.5, max_volts=2.5),
        Nidq(mn=1, mux=4, xa=2, saved=[1, 3, 5, 6]),
        Nidq(xa=0, lines=range(32)),
        Nidq(xa=1, lines=[], max_int=2048),
        Nidq(write_max_int=False, era="3B2"),
        OneBox(),
        OneBox(xa=3, digital=False, max_volts=2.5),
        OneBox(index=1, sync=False, saved=[0, 5, 12]),
    ],
)
def test_other_devices(tmp_path, device):
    stream, reader = written(tmp_path, device, first_sample=12345)
    check_stream(reader, stream)
    assert not reader.warnings


def test_a_run_of_gates_and_triggers(tmp_path):
    devices = [Imec("NP1000"), Imec("NP1000", "lf"), Imec("NP2013", index=1), Nidq(), OneBox()]
    takes = [Take(0, 0, 0.5, 0.05), Take(0, 10, 1.0, 0.02), Take(0, 2, 0.75, 0.03)]
    takes += [Take(1, 0, 2.0, 0.04)]
    run = write_run(tmp_path, devices, takes)
    reader = opened(tmp_path)
    assert reader.header["nb_segment"] == [4]
    order = [(0, 0), (0, 2), (0, 10), (1, 0)]
    for segment, take in enumerate(order):
        for stream in run[take]:
            check_stream(reader, stream, segment)
        starts = [stream.t_start for stream in run[take]]
        stops = [stream.t_start + len(stream.raw) / stream.rate for stream in run[take]]
        assert reader.segment_t_start(0, segment) == min(starts)
        assert reader.segment_t_stop(0, segment) == pytest.approx(max(stops), rel=1e-15)
    assert stream_names(reader) == [
        "obx0", "nidq", "imec0.ap", "imec1.ap", "imec0.lf",
        "obx0-SYNC", "imec0.ap-SYNC", "imec1.ap-SYNC", "imec0.lf-SYNC",
    ]  # fmt: skip
    assert not reader.warnings


def test_probes_are_counted_not_spelled(tmp_path):
    write_run(tmp_path, [Imec("NP2000", index=i, saved=[0, 1]) for i in (10, 2, 0)])
    assert stream_names(opened(tmp_path)) == ["imec0.ap", "imec2.ap", "imec10.ap"]


def test_a_single_file(tmp_path):
    run = write_run(tmp_path, [Imec("NP2000"), Nidq()], [Take(0, 0), Take(0, 1, 0.5)])
    stream = run[0, 1][0]
    for path in (stream.path, stream.meta_path, str(stream.path)):
        reader = opened(path)
        assert stream_names(reader) == ["imec0.ap", "imec0.ap-SYNC"]
        assert reader.header["nb_segment"] == [1]
        check_stream(reader, stream)
        assert reader.source_name() == str(path)


def test_status_words_may_stay_with_the_others(tmp_path):
    stream, _ = written(tmp_path, Imec("NP2000"))
    reader = opened(tmp_path, load_sync_channel=True)
    assert stream_names(reader) == ["imec0.ap"]
    np.testing.assert_array_equal(reader.get_analogsignal_chunk(), stream.raw)
    assert reader.header["signal_channels"]["name"][-1] == "SY0"


@pytest.mark.parametrize("load_sync_channel", [False, True])
def test_selections(tmp_path, load_sync_channel):
    stream, _ = written(tmp_path, Imec("NP1000"), n=300)
    reader = opened(tmp_path, load_sync_channel=load_sync_channel)
    for pick in (slice(None), slice(5, 300, 7), slice(300, 5, -7), [3], [380, 0, 17, 0], [], 9):
        columns = stream.raw if load_sync_channel else stream.raw[:, :384]
        wanted = columns[:, [pick] if isinstance(pick, int) else pick]
        chunk = reader.get_analogsignal_chunk(0, 0, 11, 290, 0, channel_indexes=pick)
        np.testing.assert_array_equal(chunk, wanted[11:290])
    chunk = reader.get_analogsignal_chunk(0, 0, 5, 6, 0, channel_names=["AP17", "AP3"])
    np.testing.assert_array_equal(chunk, stream.raw[5:6, [17, 3]])
    chunk = reader.get_analogsignal_chunk(0, 0, stream_index=0, channel_ids=["imec0.ap#AP1"])
    np.testing.assert_array_equal(chunk, stream.raw[:, [1]])
    assert reader.get_analogsignal_chunk(0, 0, 300, 300, 0).shape[0] == 0
    with pytest.raises(OutOfRangeError):
        reader.get_analogsignal_chunk(0, 0, 0, 301, 0)


def test_microvolts(tmp_path):
    stream, reader = written(tmp_path, Imec("NP1000", ap_gain=1000))
    raw = reader.get_analogsignal_chunk(0, 0, stream_index=0)
    volts = reader.rescale_signal_raw_to_float(raw, "float64", stream_index=0)
    np.testing.assert_allclose(volts, stream.raw[:, :384] * (0.6 / 512 / 1000 * 1e6), rtol=1e-14)
    assert volts.min() == pytest.approx(-600)  # 0.6 V before a gain of 1000


def test_sample_numbers_beyond_32_bits(tmp_path):
    first = 10**11 + 7
    stream, reader = written(tmp_path, Nidq(), first_sample=first, n=50)
    check_stream(reader, stream)
    assert reader.get_signal_t_start(0, 0, 0) == first / 30003.0003
    assert reader.segment_t_stop(0, 0) == (first + 50) / 30003.0003


def test_samples_beyond_4_gb(tmp_path):
    stream, _ = written(tmp_path, Imec("NP2000", saved=[0, 1, 384]), n=3)
    size = 6 * 900_000_001
    with stream.path.open("r+b") as file:
        file.truncate(size)  # a hole on disk
        file.seek(size - 6)
        file.write(np.array([7, -8, 64], "<i2").tobytes())
    reader = opened(tmp_path)
    assert reader.get_signal_size(0, 0, 0) == 900_000_001
    last = reader.get_analogsignal_chunk(0, 0, 900_000_000, 900_000_001, 0)
    assert last.tolist() == [[7, -8]]
    assert "more than" in reader.warnings[0]


def test_threads_and_pickles(tmp_path):
    stream, reader = written(tmp_path, Imec("NP1000"), n=2000)
    copy = pickle.loads(pickle.dumps(reader))
    failures = []

    def look(seed):
        rng = np.random.default_rng(seed)
        for _ in range(30):
            start, stop = sorted(rng.integers(0, 2001, 2).tolist())
            who = (reader, copy)[seed % 2]
            if not np.array_equal(
                who.get_analogsignal_chunk(0, 0, start, stop, 0), stream.raw[start:stop, :384]
            ):
                failures.append((start, stop))

    threads = [threading.Thread(target=look, args=(seed,)) for seed in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures


def test_names_of_newlines_tildes_and_encodings(tmp_path):
    for k, options in enumerate(
        [{"newline": "\r\n"}, {"tilde": ""}, {"encoding": "latin-1"}, {"encoding": "utf-8-sig"}]
    ):
        notes = {"userNotes": "Müller = 5 µV = ok"}
        stream, reader = written(tmp_path / str(k), Imec("NP1000"), meta=notes, **options)
        check_stream(reader, stream)
        assert not reader.warnings


def test_what_spikeinterface_asks_for(tmp_path):
    run = write_run(tmp_path, [Imec("NP1000"), Imec("NP1000", "lf")])
    reader = SpikeGLXRawIO(dirname=tmp_path, load_channel_location=True)
    assert reader.signals_info_list == []
    reader.parse_header()
    infos = {info["stream_name"]: info for info in reader.signals_info_list}
    assert list(infos) == ["imec0.ap", "imec0.lf"]
    for stream in run[0, 0]:
        info = infos[stream.label]
        assert (info["meta_file"], info["bin_file"]) == (str(stream.meta_path), str(stream.path))
        assert (info["num_chan"], info["seg_index"], info["gate_num"]) == (385, 0, 0)
        assert info["sample_length"] == len(stream.raw)
    notes = reader.raw_annotations["blocks"][0]["segments"][0]["signals"]
    x = notes[stream_of(reader, "imec0.ap")]["__array_annotations__"]["channel_location_0"]
    assert len(x) == 384 and len(set(x.tolist())) == 4
    assert "channel_location_0" not in notes[2]["__array_annotations__"]
