"""Flat binary recordings: every sample by value, whatever the layout, the piece and the caller."""

import json
import multiprocessing
import os
import pickle
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rawio import (
    EmptyFileError,
    FormatError,
    MissingFileError,
    OptionError,
    OutOfRangeError,
    UndescribedFileError,
    UnwritableFileError,
    frames,
    open_recording,
)
from rawio import sidecar as sidecar_module
from rawio.rawbinary import RawBinaryRawIO, describe
from rawio.sidecar import BYTE_ORDERS, DTYPES, FlatBinaryLayout, read_sidecar, sidecar_path
from sample_data import make_sample_data as sample
from tests.rawio.damage import bounded_memory
from tests.readers import noise
from tests.writers.raw import write_raw

SIGNS = {"little": "<", "big": ">"}
RATE = 1000.0


def opened(path, **options):
    reader = RawBinaryRawIO(path, **options)
    reader.parse_header()
    return reader


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("flat")


@pytest.fixture(scope="module")
def big_endian(folder):
    """Return a reader of big-endian samples behind a header, and the samples."""
    samples = noise(5000, 7, seed=3).astype(">i2")
    write_raw(folder / "shared.dat", samples, RATE, header=b"x" * 13)
    return opened(folder / "shared.dat"), samples


# -- layouts ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("order", BYTE_ORDERS)
def test_every_type_and_byte_order(tmp_path, dtype, order):
    samples = noise(200, 3, dtype=dtype).astype(np.dtype(dtype).newbyteorder(SIGNS[order]))
    samples[:2] = [[0, 1, 127], [1, 0, 100]]
    write_raw(tmp_path / "a.dat", samples, RATE, header=b"12345", sidecar=False)
    reader = opened(
        tmp_path / "a.dat",
        n_channels=3,
        sampling_rate=RATE,
        dtype=dtype,
        byte_order=order,
        header_bytes=5,
    )
    assert reader.get_signal_size(0, 0) == 200
    assert set(reader.header["signal_channels"]["dtype"]) == {dtype}
    assert reader.warnings == []
    for channels, expected in ((None, samples), ([2, 0], samples[:, [2, 0]])):
        chunk = reader.get_analogsignal_chunk(i_start=3, i_stop=190, channel_indexes=channels)
        assert chunk.dtype == np.dtype(dtype) and chunk.dtype.isnative
        np.testing.assert_array_equal(chunk, expected[3:190])


@pytest.mark.parametrize("dtype", ["int8", "uint16", "int32", "float64"])
def test_extremes_survive(tmp_path, dtype):
    info = np.finfo(dtype) if dtype.startswith("float") else np.iinfo(dtype)
    samples = np.array([[info.min, info.max], [info.max, info.min]], dtype)
    write_raw(tmp_path / "a.dat", samples, RATE)
    np.testing.assert_array_equal(opened(tmp_path / "a.dat").get_analogsignal_chunk(), samples)


def test_header_of_the_reader(tmp_path):
    write_raw(
        tmp_path / "a.dat",
        noise(2500, 2),
        RATE,
        gain=[0.5, 2.0],
        offset=[0.0, -1.0],
        units="mV",
        channel_names=["left", "right"],
    )
    reader = opened(tmp_path / "a.dat")
    channels = reader.header["signal_channels"]
    assert channels["name"].tolist() == ["left", "right"]
    assert channels["id"].tolist() == ["0", "1"]
    assert channels["gain"].tolist() == [0.5, 2.0] and channels["offset"].tolist() == [0.0, -1.0]
    assert channels["units"].tolist() == ["mV", "mV"]
    assert (reader.block_count(), reader.segment_count(0), reader.signal_streams_count()) == (
        1,
        1,
        1,
    )
    assert reader.unit_channels_count() == reader.event_channels_count() == 0
    assert reader.get_signal_sampling_rate() == RATE
    assert (reader.segment_t_start(0, 0), reader.segment_t_stop(0, 0)) == (0.0, 2.5)
    assert reader.get_signal_t_start(0, 0) == 0.0
    assert reader.header["signal_buffers"]["id"].tolist() == channels["buffer_id"][:1].tolist()


def test_physical_values_with_a_gain_for_each_channel(tmp_path):
    samples = noise(300, 3)
    gain, offset = [0.195, -2.0, 1e-6], [0.0, 5.5, 100.0]
    write_raw(tmp_path / "a.dat", samples, RATE, gain=gain, offset=offset)
    reader = opened(tmp_path / "a.dat")
    for picked in ([0, 1, 2], [2, 0], [1]):
        raw = reader.get_analogsignal_chunk(channel_indexes=picked)
        scaled = reader.rescale_signal_raw_to_float(raw, "float64", channel_indexes=picked)
        exact = samples[:, picked].astype(float) * np.array(gain)[picked] + np.array(offset)[picked]
        np.testing.assert_allclose(scaled, exact, rtol=1e-14, atol=1e-12)


def test_names_without_a_sidecar(tmp_path):
    write_raw(tmp_path / "a.dat", noise(4, 3), RATE, sidecar=False)
    reader = opened(tmp_path / "a.dat", n_channels=3, sampling_rate=RATE)
    assert reader.header["signal_channels"]["name"].tolist() == ["ch0", "ch1", "ch2"]


def test_texts_too_long_for_the_header_are_cut_with_a_warning(tmp_path):
    names = ["n" * 64, "m" * 65]
    write_raw(tmp_path / "a.dat", noise(4, 2), RATE, channel_names=names)
    reader = opened(tmp_path / "a.dat")
    assert reader.header["signal_channels"]["name"].tolist() == [name[:64] for name in names]
    assert len(reader.warnings) == 1 and "m" * 65 in reader.warnings[0]


# -- what wins -------------------------------------------------------------------------------------


def test_options_win_over_the_sidecar_which_wins_over_defaults(tmp_path):
    samples = noise(60, 4)
    write_raw(tmp_path / "a.dat", samples, RATE, gain=3.0, units="mV")
    reader = opened(tmp_path / "a.dat", gain=7.0, sampling_rate=500.0, units=None)
    layout = reader.layout
    assert (layout.gain, layout.sampling_rate, layout.units, layout.n_channels) == (7, 500, "mV", 4)
    np.testing.assert_array_equal(reader.get_analogsignal_chunk(), samples)
    swapped = opened(tmp_path / "a.dat", byte_order="big")
    np.testing.assert_array_equal(swapped.get_analogsignal_chunk(), samples.byteswap())
    fewer = opened(tmp_path / "a.dat", n_channels=2, channel_names=["a", "b"])
    np.testing.assert_array_equal(fewer.get_analogsignal_chunk(), samples.reshape(-1, 2))


def test_an_option_against_the_sidecar_names_the_file(tmp_path):
    write_raw(tmp_path / "a.dat", noise(60, 4), RATE)
    with pytest.raises(OptionError, match=r"a\.dat: channel_names has 4 names for 2 channels"):
        opened(tmp_path / "a.dat", n_channels=2)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"n_channels": 0}, "n_channels must be from 1"),
        ({"n_channels": 2.0}, "n_channels must be a whole number"),
        ({"sampling_rate": -1}, "sampling_rate must be from"),
        ({"dtype": "int12"}, "dtype 'int12' is not one of"),
        ({"header_bytes": -1}, "header_bytes must be"),
        ({"gain": [1.0, 2.0]}, "gain has 2 numbers for 1 channels"),
        ({"channels": 3}, "'channels' is no option of a flat binary file"),
    ],
)
@pytest.mark.parametrize("sidecar", [True, False])
def test_wrong_options_name_the_file(tmp_path, options, said, sidecar):
    write_raw(tmp_path / "a.dat", noise(60, 1), RATE, sidecar=sidecar)
    given = {"n_channels": 1, "sampling_rate": 1.0} | options
    with pytest.raises(OptionError, match=rf"a\.dat: {said}"):
        opened(tmp_path / "a.dat", **given)


@pytest.mark.parametrize("given", [{}, {"n_channels": 2}, {"sampling_rate": 1.0}])
def test_a_layout_is_never_guessed(tmp_path, given):
    write_raw(tmp_path / "a.dat", noise(60, 2), RATE, sidecar=False)
    with pytest.raises(UndescribedFileError) as caught:
        opened(tmp_path / "a.dat", **given)
    assert caught.value.to_describe == tmp_path / "a.dat"
    for name in ("n_channels", "sampling_rate"):
        assert (name in str(caught.value)) == (name not in given)


def test_a_broken_sidecar_is_said_and_not_passed_over(tmp_path):
    write_raw(tmp_path / "a.dat", noise(60, 2), RATE)
    (tmp_path / "a.dat.json").write_text("{")
    with pytest.raises(FormatError, match=r"a\.dat\.json: is not valid JSON") as caught:
        opened(tmp_path / "a.dat", n_channels=2, sampling_rate=1.0)
    assert caught.value.to_describe == tmp_path / "a.dat"


def test_missing_files(tmp_path):
    (tmp_path / "a.dat.json").write_text(json.dumps({}))
    with pytest.raises(MissingFileError):
        opened(tmp_path / "a.dat")


# -- describing ------------------------------------------------------------------------------------


def test_what_is_described_opens_from_then_on_and_is_not_touched(tmp_path):
    path, samples = tmp_path / "a.dat", noise(60, 3).astype(">i2")
    path.write_bytes(b"abc" + samples.tobytes() + b"z")
    before = path.read_bytes()
    layout = FlatBinaryLayout(3, 2000.0, byte_order="big", header_bytes=3, gain=0.5, units="uV")
    reader = describe(path, layout)
    assert len(reader.warnings) == 1 and "the last 1 bytes" in reader.warnings[0]
    assert read_sidecar(sidecar_path(path)) == layout and path.read_bytes() == before
    np.testing.assert_array_equal(open_recording(path).get_analogsignal_chunk(), samples)
    wider = FlatBinaryLayout(6, 1000.0)
    describe(path, wider)
    assert read_sidecar(sidecar_path(path)) == wider


def test_a_description_that_does_not_fit_is_not_written(tmp_path):
    (tmp_path / "a.dat").write_bytes(bytes(10))
    with pytest.raises(EmptyFileError) as caught:
        describe(tmp_path / "a.dat", FlatBinaryLayout(6, 1000.0))
    assert caught.value.to_describe == tmp_path / "a.dat"
    assert os.listdir(tmp_path) == ["a.dat"]


def test_a_description_that_cannot_be_written_is_told_from_one_that_does_not_fit(
    tmp_path, monkeypatch
):
    (tmp_path / "a.dat").write_bytes(bytes(12))

    def refuse(**_):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(sidecar_module.tempfile, "mkstemp", refuse)
    with pytest.raises(UnwritableFileError, match=r"dat\.json: cannot be written \(Permission"):
        describe(tmp_path / "a.dat", FlatBinaryLayout(6, 1000.0))


# -- cut files -------------------------------------------------------------------------------------


@pytest.mark.parametrize("tail", [0, 1, 2, 5, 11])
def test_a_cut_tail_is_left_out_with_a_warning(tmp_path, tail):
    samples = noise(20, 6)
    write_raw(tmp_path / "a.dat", samples, RATE, header=b"abc")
    with open(tmp_path / "a.dat", "ab") as file:
        file.write(b"z" * tail)
    reader = opened(tmp_path / "a.dat")
    assert reader.get_signal_size(0, 0) == 20
    np.testing.assert_array_equal(reader.get_analogsignal_chunk(), samples)
    if tail:
        assert len(reader.warnings) == 1 and f"the last {tail} bytes" in reader.warnings[0]
    else:
        assert reader.warnings == []


@pytest.mark.parametrize("size", [1, 9, 10, 11, 21])
def test_too_small_for_one_sample(tmp_path, size):
    (tmp_path / "a.dat").write_bytes(b"a" * size)
    options = {"n_channels": 6, "sampling_rate": 1.0, "header_bytes": 10}
    with pytest.raises(EmptyFileError, match=rf"a\.dat: holds {size} bytes, fewer than the 22 "):
        opened(tmp_path / "a.dat", **options)
    (tmp_path / "a.dat").write_bytes(b"a" * 22)
    assert opened(tmp_path / "a.dat", **options).get_signal_size(0, 0) == 1


def test_cut_while_open(tmp_path):
    write_raw(tmp_path / "a.dat", noise(100, 1), RATE)
    reader = opened(tmp_path / "a.dat")
    os.truncate(tmp_path / "a.dat", 120)
    assert len(reader.get_analogsignal_chunk(i_stop=60)) == 60
    with pytest.raises(FormatError, match="ends at byte 120"):
        reader.get_analogsignal_chunk(i_start=50)


# -- pieces ----------------------------------------------------------------------------------------


@settings(deadline=None)
@given(st.data())
def test_any_piece_in_any_number_of_steps(big_endian, data):
    reader, samples = big_endian
    start = data.draw(st.integers(0, 5000))
    stop = data.draw(st.integers(start, min(5000, start + 300)) | st.just(5000))
    frame = 7 * 2
    step = data.draw(st.sampled_from([1, frame, 3 * frame + 1, 64 * frame, 1 << 20]))
    picked = data.draw(
        st.none()
        | st.lists(st.integers(0, 6), max_size=9)
        | st.sampled_from([slice(None), slice(2, 5), slice(6, None), slice(None, None, -2)])
        | st.lists(st.booleans(), min_size=7, max_size=7)
    )
    if stop - start > 300 and step < 64 * frame:
        step = 64 * frame  # thousands of reads show no more than some
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(frames, "READ_BYTES", step)
        chunk = reader.get_analogsignal_chunk(0, 0, start, stop, channel_indexes=picked)
    columns = slice(None) if picked is None else picked
    if isinstance(picked, list) and not picked:
        columns = slice(0, 0)
    expected = samples[start:stop][:, columns]
    assert chunk.shape == expected.shape
    assert chunk.dtype == np.int16 and chunk.dtype.isnative
    np.testing.assert_array_equal(chunk, expected)


def test_memory_is_bounded_when_few_channels_are_wanted(folder, monkeypatch):
    samples = noise(1000, 50)
    write_raw(folder / "wide.dat", samples, RATE)
    reader = opened(folder / "wide.dat")
    sizes = []
    read_into = reader._file.read_into

    def watched(target, offset):
        sizes.append(target.nbytes)
        read_into(target, offset)

    monkeypatch.setattr(frames, "READ_BYTES", 1024)
    monkeypatch.setattr(reader._file, "read_into", watched)
    chunk = reader.get_analogsignal_chunk(channel_indexes=[49, 0])
    np.testing.assert_array_equal(chunk, samples[:, [49, 0]])
    assert len(sizes) == 100 and max(sizes) <= 1024


def test_chunks_are_the_callers_own(big_endian):
    reader, samples = big_endian
    for channels in (None, [1, 2], slice(1, 4)):
        chunk = reader.get_analogsignal_chunk(i_stop=10, channel_indexes=channels)
        chunk[:] = 0
        again = reader.get_analogsignal_chunk(i_stop=10, channel_indexes=channels)
        np.testing.assert_array_equal(again, samples[:10][:, channels or slice(None)])


@pytest.mark.parametrize(("start", "stop"), [(0, 5001), (-1, 3), (5, 4), (5001, 5001)])
def test_out_of_range(big_endian, start, stop):
    with pytest.raises(OutOfRangeError, match="not within the 5000 samples"):
        big_endian[0].get_analogsignal_chunk(i_start=start, i_stop=stop)


# -- threads, processes, copies --------------------------------------------------------------------


def wrong_pieces(reader, samples, seed):
    """Return the starts of random pieces that do not read as in `samples`."""
    starts = np.random.default_rng(seed).integers(0, len(samples) - 90, 100).tolist()
    wrong = []
    for start in starts:
        picked = None if start % 2 else [start % 7, 3]
        chunk = reader.get_analogsignal_chunk(0, 0, start, start + 90, channel_indexes=picked)
        if not np.array_equal(chunk, samples[start : start + 90][:, picked or slice(None)]):
            wrong.append(start)
    return wrong


def test_threads(big_endian):
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(lambda seed: wrong_pieces(*big_endian, seed), range(8))) == [[]] * 8


@pytest.mark.filterwarnings("ignore:.*multi-threaded.*fork:DeprecationWarning")
@pytest.mark.parametrize("method", ["fork", "spawn"])
def test_processes(big_endian, method):
    if method not in multiprocessing.get_all_start_methods():
        pytest.skip(f"this system cannot {method}")
    reader, samples = big_endian
    reader.get_analogsignal_chunk(i_stop=1)  # the parent has the file open
    with multiprocessing.get_context(method).Pool(2) as pool:
        jobs = [(reader, samples, seed) for seed in range(4)]
        assert pool.starmap(wrong_pieces, jobs) == [[]] * 4
    assert wrong_pieces(reader, samples, 9) == []


def test_a_pickled_reader_reads_on(big_endian):
    reader, samples = big_endian
    copy = pickle.loads(pickle.dumps(reader))
    assert copy.is_header_parsed and repr(copy) == repr(reader)
    np.testing.assert_array_equal(copy.get_analogsignal_chunk(channel_ids=[6]), samples[:, [6]])


def test_parsed_again_after_the_file_grew(tmp_path):
    samples = noise(100, 2)
    write_raw(tmp_path / "a.dat", samples[:60], RATE)
    reader = opened(tmp_path / "a.dat")
    write_raw(tmp_path / "a.dat", samples, RATE)
    assert reader.get_signal_size(0, 0) == 60
    reader.parse_header()
    np.testing.assert_array_equal(reader.get_analogsignal_chunk(), samples)


def test_a_failed_second_parse_leaves_no_header(tmp_path):
    write_raw(tmp_path / "a.dat", noise(10, 2), RATE)
    reader = opened(tmp_path / "a.dat")
    (tmp_path / "a.dat").unlink()
    with pytest.raises(MissingFileError):
        reader.parse_header()
    assert not reader.is_header_parsed


def test_the_sample_recording():
    truth = sample.raw_truth()
    reader = opened(sample.HERE / sample.RAW_NAME)
    assert isinstance(reader.layout, FlatBinaryLayout) and reader.layout.gain == 0.195
    np.testing.assert_array_equal(reader.get_analogsignal_chunk(), truth.samples)
    picked = reader.get_analogsignal_chunk(i_start=100, i_stop=200, channel_names=["CH32", "CH01"])
    np.testing.assert_array_equal(picked, truth.samples[100:200, [31, 0]])


@pytest.mark.parametrize(
    ("name", "sidecar", "expected"),
    [
        ("a.dat", False, True),
        ("a.BIN", False, True),
        ("a.raw", False, True),
        ("a.lfp", False, False),
        ("a.lfp", True, True),
        ("dat", False, False),
    ],
)
def test_recognised_by_suffix_or_sidecar(tmp_path, name, sidecar, expected):
    write_raw(tmp_path / name, noise(10, 2), RATE, sidecar=sidecar)
    assert RawBinaryRawIO.recognises(tmp_path / name, b"") is expected


@pytest.mark.filterwarnings("error")
def test_a_gain_beyond_float32(tmp_path):
    path = tmp_path / "a.raw"
    path.write_bytes(np.array([0, 1, -1, 2], "<i2").tobytes())
    reader = open_recording(path, n_channels=1, sampling_rate=1000.0, gain=1e300, offset=-1e200)
    raw = reader.get_analogsignal_chunk()
    assert reader.rescale_signal_raw_to_float(raw, "float64")[1, 0] == 1e300
    assert not np.isfinite(reader.rescale_signal_raw_to_float(raw)).any()


def test_more_channels_than_a_file_of_this_size_has(tmp_path):
    """Each takes more than a kilobyte of the header."""
    path = tmp_path / "a.raw"
    path.write_bytes(bytes(2 * 60_000))
    with bounded_memory(2 * 120_000 + (16 << 20), "channels"):
        with pytest.raises(FormatError, match="would be 1 samples of 60000 channels"):
            open_recording(path, n_channels=60_000, sampling_rate=1000.0)
        reader = open_recording(path, n_channels=3000, sampling_rate=1000.0)
    assert reader.get_signal_size(0, 0) == 20
