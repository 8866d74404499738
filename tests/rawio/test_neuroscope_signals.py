"""Signals of NeuroScope sessions: values, streams, rates, gains and names."""

import os
import pickle
import threading
from dataclasses import replace

import numpy as np
import pytest

from rawio import EmptyFileError, FormatError, MissingFileError
from tests.rawio.neuroscope_files import SMALL, opened
from tests.writers.neuroscope import (
    Acquisition,
    Parameters,
    noise,
    write_session,
    write_signals,
    write_xml,
)

ALL = ("dat", "lfp", "eeg", "fil")


@pytest.fixture(scope="module")
def session(tmp_path_factory):
    folder = tmp_path_factory.mktemp("rat")
    return folder, write_session(folder, "rat.1", SMALL, n_samples=8000, extensions=ALL, seed=2)


def check_stream(reader, stream, truth):
    samples = truth.samples
    assert reader.get_signal_size(0, 0, stream) == len(samples)
    assert reader.get_signal_sampling_rate(stream) == truth.rate
    assert reader.get_signal_t_start(0, 0, stream) == 0.0
    chunk = reader.get_analogsignal_chunk(stream_index=stream)
    assert chunk.dtype == samples.dtype.newbyteorder("=")
    np.testing.assert_array_equal(chunk, samples)
    volts = reader.rescale_signal_raw_to_float(chunk[:50], "float64", stream)
    expected = samples[:50] * truth.gain + truth.offset  # uV
    np.testing.assert_allclose(volts * 1000, expected, rtol=1e-12, atol=1e-9)


def names(reader):
    return reader.header["signal_streams"]["name"].tolist()


def test_each_file_is_a_stream_at_its_own_rate(session):
    folder, truth = session
    reader = opened(folder / "rat.1.xml")
    assert not reader.warnings
    assert names(reader) == list(ALL)
    assert reader.header["signal_streams"]["id"].tolist() == ["0", "1", "2", "3"]
    assert [truth.signals[e].rate for e in ALL] == [20000, 1250, 1250, 20000]
    for stream, extension in enumerate(ALL):
        check_stream(reader, stream, truth.signals[extension])
    assert (reader.block_count(), reader.segment_count(0)) == (1, 1)
    assert reader.segment_t_start(0, 0) == 0.0
    assert reader.segment_t_stop(0, 0) == pytest.approx(0.4, abs=5e-5)


def test_the_day_in_the_parameter_file_is_no_moment(tmp_path):
    dated = replace(SMALL, general={"date": "2011-04-23"})
    write_session(tmp_path, "rat", dated, n_samples=100, extensions=("dat",))
    assert "2011-04-23" in (tmp_path / "rat.xml").read_text()
    assert opened(tmp_path / "rat.xml").recorded_at() is None


def test_channels_are_the_same_in_all_files(session):
    folder, _ = session
    channels = opened(folder / "rat.1.xml").header["signal_channels"]
    expected = ["ch0grp0", "ch1grp0", "ch2grp0", "ch3grp1", "ch4grp1"]
    assert channels["name"].tolist() == expected * 4
    assert channels["id"].tolist() == ["0", "1", "2", "3", "4"] * 4
    assert channels["group_id"].tolist() == [s for s in range(4) for _ in range(5)]
    assert set(channels["units"]) == {"mV"}
    assert set(channels["dtype"]) == {"int16"}
    assert set(channels["gain"]) == {10 * 1000 / 2**16 / 400}
    assert set(channels["offset"]) == {0.0}


def test_groups_and_skipped_channels_are_told(session):
    folder, _ = session
    reader = opened(folder / "rat.1.xml")
    assert reader.parameters.anatomical_groups == [[0, 1, 2], [4, 3]]
    assert reader.parameters.skipped_channels == {4}
    assert [group.channels for group in reader.parameters.spike_groups] == [[0, 1, 2], [4]]
    for signal in reader.raw_annotations["blocks"][0]["segments"][0]["signals"]:
        arrays = signal["__array_annotations__"]
        assert arrays["anatomical_group"].tolist() == [0, 0, 0, 1, 1]
        assert arrays["skip"].tolist() == [False, False, False, False, True]
    assert reader.get_probe(0) is None


@pytest.mark.parametrize("extension", ALL)
def test_the_file_that_is_named_comes_first(session, extension):
    folder, truth = session
    reader = opened(folder / f"rat.1.{extension}")
    assert names(reader) == [extension, *(e for e in ALL if e != extension)]
    for stream, name in enumerate(names(reader)):
        check_stream(reader, stream, truth.signals[name])


def test_binary_file_is_the_only_stream(session, tmp_path):
    folder, truth = session
    reader = opened(folder / "rat.1.xml", binary_file=folder / "rat.1.lfp")
    assert names(reader) == ["Signals"]
    check_stream(reader, 0, truth.signals["lfp"])
    elsewhere = tmp_path / "other.eeg"
    elsewhere.write_bytes((folder / "rat.1.eeg").read_bytes())
    check_stream(opened(folder / "rat.1", binary_file=str(elsewhere)), 0, truth.signals["eeg"])
    with pytest.raises(MissingFileError, match=r"none\.dat"):
        opened(folder / "rat.1.xml", binary_file=folder / "none.dat")


def test_a_session_by_its_folder_or_without_an_extension(session):
    folder, _ = session
    assert names(opened(folder)) == list(ALL)
    assert names(opened(str(folder / "rat.1"))) == list(ALL)


def test_one_file_is_called_as_neo_calls_it(tmp_path):
    truth = write_session(tmp_path, "a", Parameters(), n_samples=500, extensions=("eeg",))
    reader = opened(tmp_path / "a.xml")
    assert names(reader) == ["Signals"]
    check_stream(reader, 0, truth.signals["eeg"])


@pytest.mark.parametrize(
    "acquisition",
    [
        Acquisition(12, 3, offset=2048),
        Acquisition(14, 3, voltage_range=2.5, amplification=192.5, offset=-7),
        Acquisition(16, 3, sampling_rate=32552),
        Acquisition(32, 3, voltage_range=2.5, amplification=1, offset=3),
        Acquisition("16", "3", "2e4", "20", "1000", "0"),
    ],
)
def test_bits_gains_and_offsets(tmp_path, acquisition):
    truth = write_session(tmp_path, "a", Parameters(acquisition, anatomical=None), n_samples=900)
    reader = opened(tmp_path / "a.xml")
    check_stream(reader, 0, truth.signals["dat"])
    check_stream(reader, 1, truth.signals["eeg"])
    assert set(reader.header["signal_channels"]["name"]) == {f"ch{c}grpnone" for c in range(3)}
    assert not reader.warnings


def test_rates_of_other_extensions(tmp_path):
    parameters = Parameters(files={"lfp": 1000, "eeg": 999, "abc": 512.5, "whl": 39.0625})
    samples = noise((64, 4), seed=3)
    write_xml(tmp_path / "a.xml", parameters)
    for extension in ("dat", "lfp", "eeg", "fil", "abc", "xyz"):
        write_signals(tmp_path / f"a.{extension}", samples, parameters)
    (tmp_path / "a.whl").write_text("12 40 13 41\n" * 20)
    reader = opened(tmp_path / "a.xml")
    assert names(reader) == ["dat", "lfp", "eeg", "fil", "abc"]
    rates = [reader.get_signal_sampling_rate(stream) for stream in range(5)]
    assert rates == [20000, 1000, 1250, 20000, 512.5]
    told = "\n".join(reader.warnings)
    assert "no sampling rate for .fil files" in told
    assert "a.whl holds text" in told
    assert "xyz" not in told  # nothing says that it is of the session
    assert names(opened(tmp_path / "a.xyz"))[0] == "xyz"


def test_without_a_rate_of_field_potentials(tmp_path):
    write_session(tmp_path, "a", Parameters(lfp_rate=None, files={"eeg": 625}))
    reader = opened(tmp_path / "a.eeg")
    assert reader.get_signal_sampling_rate(0) == 625
    assert not reader.warnings
    write_xml(tmp_path / "a.xml", Parameters(lfp_rate=None))
    reader = opened(tmp_path / "a.eeg")
    assert reader.get_signal_sampling_rate(0) == 1250
    assert "no lfpSamplingRate" in reader.warnings[0]


@pytest.mark.parametrize("rate", [None, 0, -5, "fast", "nan", "1e30"])
def test_without_a_sampling_rate_there_is_no_dat(tmp_path, rate):
    write_session(tmp_path, "a", Parameters())
    write_xml(tmp_path / "a.xml", Parameters(Acquisition(sampling_rate=rate)))
    with pytest.raises(FormatError, match=r"a\.dat.*samplingRate"):
        opened(tmp_path / "a.dat")
    reader = opened(tmp_path / "a.eeg")
    assert names(reader) == ["Signals"]
    assert "a.dat" in reader.warnings[0]


def test_selections(session):
    folder, truth = session
    reader = opened(folder / "rat.1.xml")
    samples = truth.signals["lfp"].samples
    for asked in ([3, 0], [4], slice(1, 3), slice(0, 4), np.array([True, False] * 2 + [True])):
        chunk = reader.get_analogsignal_chunk(0, 0, 17, 400, 1, channel_indexes=asked)
        np.testing.assert_array_equal(chunk, samples[17:400][:, asked])
    chunk = reader.get_analogsignal_chunk(0, 0, 3, 4, 1, channel_names=["ch4grp1", "ch0grp0"])
    np.testing.assert_array_equal(chunk, samples[3:4][:, [4, 0]])
    chunk = reader.get_analogsignal_chunk(0, 0, 0, 9, 1, channel_ids=[2])
    np.testing.assert_array_equal(chunk, samples[:9, [2]])
    assert reader.get_analogsignal_chunk(0, 0, 5, 5, 1).shape == (0, 5)


def test_threads_and_pickled_readers_read_the_same(session):
    folder, truth = session
    reader = pickle.loads(pickle.dumps(opened(folder / "rat.1.xml")))
    wrong = []

    def read(extension, stream):
        samples = truth.signals[extension].samples
        for start in range(0, len(samples), 37):
            chunk = reader.get_analogsignal_chunk(
                0, 0, start, min(start + 90, len(samples)), stream
            )
            if not np.array_equal(chunk, samples[start : start + 90]):
                wrong.append((extension, start))

    threads = [threading.Thread(target=read, args=pair) for pair in (("dat", 0), ("fil", 3)) * 3]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong


def test_a_relative_path_stays_right(session, monkeypatch):
    folder, truth = session
    monkeypatch.chdir(folder)
    reader = opened("rat.1.dat")
    monkeypatch.chdir("/")
    check_stream(reader, 0, truth.signals["dat"])


def test_sample_ten_to_the_eleven(tmp_path):
    parameters = Parameters(Acquisition(n_channels=1), anatomical=None)
    write_xml(tmp_path / "a.xml", parameters)
    size = 10**11 + 3
    with open(tmp_path / "a.dat", "wb") as file:
        file.truncate(2 * size)  # no block of it is on the disk
        file.seek(2 * (size - 2))
        file.write(np.array([-5, 77], "<i2").tobytes())
    assert os.stat(tmp_path / "a.dat").st_blocks < 1000
    reader = opened(tmp_path / "a.xml")
    assert reader.get_signal_size(0, 0, 0) == size
    chunk = reader.get_analogsignal_chunk(0, 0, size - 3, size)
    assert chunk[:, 0].tolist() == [0, -5, 77]
    assert reader.segment_t_stop(0, 0) == size / 20000


def test_a_cut_sample_is_left_out_and_told(tmp_path):
    samples = noise((100, 4), seed=1)
    write_xml(tmp_path / "a.xml", Parameters())
    write_signals(tmp_path / "a.dat", samples, Parameters(), tail=b"12345")
    reader = opened(tmp_path / "a.xml")
    np.testing.assert_array_equal(reader.get_analogsignal_chunk(), samples)
    assert reader.warnings == [
        "a.dat ends with 5 bytes of a sample that is not whole and is not read; was it cut, or is "
        "nChannels wrong in the .xml?"
    ]


def test_files_that_last_differently_are_told(tmp_path):
    write_session(tmp_path, "a", Parameters(), n_samples=20000, extensions=("dat", "lfp"))
    assert not opened(tmp_path / "a.xml").warnings
    os.truncate(tmp_path / "a.dat", 8 * 15000)
    (sentence,) = opened(tmp_path / "a.xml").warnings
    assert sentence.startswith("a.dat lasts 0.750 s, a.lfp 1.000 s;")


def test_companions_that_cannot_be_read_are_left_out(tmp_path):
    truth = write_session(tmp_path, "a", Parameters(), extensions=("dat", "lfp", "eeg"))
    (tmp_path / "a.lfp").write_bytes(b"")
    (tmp_path / "a.eeg").write_bytes(b"123")
    reader = opened(tmp_path / "a.dat")
    check_stream(reader, 0, truth.signals["dat"])
    assert names(reader) == ["Signals"]
    assert ["a.lfp" in reader.warnings[0], "a.eeg" in reader.warnings[1]] == [True, True]
    with pytest.raises(EmptyFileError):
        opened(tmp_path / "a.lfp")
    with pytest.raises(FormatError, match="0 samples of 4 channels"):
        opened(tmp_path / "a.eeg")


def test_more_channels_than_the_file_can_have(tmp_path):
    write_session(tmp_path, "a", Parameters(), extensions=("dat",))
    for n_channels in (10**4, 10**9, 10**30):
        parameters = Parameters(replace(Acquisition(), n_channels=n_channels))
        write_xml(tmp_path / "a.xml", parameters)
        with pytest.raises(FormatError, match="nChannels"):
            opened(tmp_path / "a.dat")
