"""Exported samples, read back by others: NumPy, Python's csv, and as recordings."""

import csv
import json
import os

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rawio import OptionError, RawIOError, from_array, open_recording
from rawio.sidecar import DTYPES
from rawio.testing import Expected, check_reader
from tests.readers import ArrayReader, BrokenReader, noise
from viewer.compute.layer import Layer
from viewer.compute.steps import CommonReference, HighPass
from viewer.engine import export_formats
from viewer.engine.errors import CancelledError
from viewer.engine.export import Excerpt, export, format_of, planned_bytes

GAINS = [1.0, 0.195, -0.195, 2.34375, 3.05175781e-10, 1 / 3, 1e6]
OFFSETS = [0.0, 12.5, -1e3]
UNITS = ["uV", "mV", "", "µV"]
NAMES = ["CH1", 'probe "A", 7', "a,b", "two\r\nlines", " led ", "µ"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("exported")


@st.composite
def excerpts(draw, dtypes=DTYPES):
    """Return samples of an array, and the excerpt that they are of."""
    channels = draw(st.integers(1, 5))
    dtype = draw(st.sampled_from(dtypes))
    samples = noise(draw(st.integers(1, 60)), channels, draw(st.integers(0, 9)), dtype)
    if samples.dtype.kind == "i":
        samples[0] = np.iinfo(samples.dtype).min
    each = {"min_size": channels, "max_size": channels}
    reader = from_array(
        samples,
        draw(st.sampled_from([1.0, 1000.0, 24414.0625, 30_000.0])),
        t_start=draw(st.sampled_from([0.0, -3.5, 123.456])),
        gain=draw(st.lists(st.sampled_from(GAINS), **each)),
        offset=draw(st.lists(st.sampled_from(OFFSETS), **each)),
        units=draw(st.lists(st.sampled_from(UNITS), **each)),
        channel_names=draw(st.lists(st.sampled_from(NAMES), **each)),
        channel_ids=draw(st.permutations("ABCDE"))[:channels],
    )
    columns = draw(st.permutations(range(channels)))[: draw(st.integers(1, channels))]
    start = draw(st.integers(0, len(samples) - 1))
    stop = draw(st.integers(start + 1, len(samples)))
    rate, t_zero = reader.get_signal_sampling_rate(), reader.get_signal_t_start(0, 0)
    span = t_zero + start / rate, t_zero + stop / rate
    return samples[start:stop][:, columns], Excerpt.of(reader, *span, columns=columns)


def assert_reads_as(path, excerpt, samples, rescaled=False):
    """Compare an exported file, opened as a recording, with what was exported."""
    reader = open_recording(path)
    check_reader(reader, Expected(signals={(0, 0, 0): samples}))
    channels, want = reader.header["signal_channels"], excerpt.channels
    same = ("name", "id", "units", "sampling_rate")
    for field in same if rescaled else (*same, "gain", "offset", "dtype"):
        assert channels[field].tolist() == want[field].tolist()
    assert reader.get_signal_t_start(0, 0) == excerpt.t_start
    assert reader.warnings == []
    return reader


# -- arrays and flat files -------------------------------------------------------------------------


@settings(deadline=None)
@given(excerpts(), st.sampled_from(["a.npy", "a.dat", "a.raw", "a.bin"]))
def test_raw_samples_come_back_as_they_were(folder, made, name):
    samples, excerpt = made
    path = folder / name
    planned = planned_bytes(excerpt, format_of(name))
    assert export(excerpt, path, overwrite=True) == (path, folder / f"{name}.json")
    if name == "a.npy":
        array = np.load(path, mmap_mode="r")
        assert array.dtype == samples.dtype
        np.testing.assert_array_equal(array, samples)
    else:
        assert path.read_bytes() == np.ascontiguousarray(samples).tobytes()
    assert_reads_as(path, excerpt, samples)
    assert planned == sum(os.path.getsize(folder / n) for n in (name, f"{name}.json"))
    assert not [left for left in os.listdir(folder) if left.endswith(".part")]


@settings(deadline=None)
@given(excerpts(), st.sampled_from(["a.npy", "a.dat"]))
def test_physical_samples_are_float32_in_the_units(folder, made, name):
    samples, excerpt = made
    path = folder / f"physical-{name}"
    export(excerpt, path, physical=True, overwrite=True)
    scale = excerpt.channels
    want = samples.astype(float) * scale["gain"] + scale["offset"]
    # As the recording's reader gives them, and right as far as float32 goes.
    reader = assert_reads_as(path, excerpt, excerpt.physical(samples, "float32"), rescaled=True)
    got = reader.rescale_signal_raw_to_float(reader.get_analogsignal_chunk(), "float64")
    # float32 has 24 bits; product and sum are each rounded.
    size = np.abs(samples.astype(float) * scale["gain"]) + np.abs(scale["offset"])
    assert (np.abs(got - want) <= 3 * 2.0**-24 * size).all()
    assert planned_bytes(excerpt, format_of(name), True) == sum(
        os.path.getsize(folder / n) for n in (path.name, f"{path.name}.json")
    )


def test_what_was_done_is_written_beside(tmp_path):
    raw = ArrayReader([[(0.0, noise(2000, 4)), (0.0, noise(20, 1))]], [1000.0, 10.0], gain=0.5)
    layer = Layer(raw, [HighPass(100), CommonReference("median")], streams=[0])
    excerpt = Excerpt.of(layer, 0.25, 1.5, columns=[3, 1])
    export(excerpt, tmp_path / "a.npy")
    want = layer.get_analogsignal_chunk(0, 0, 250, 1500, stream_index=0, channel_indexes=[3, 1])
    got = np.load(tmp_path / "a.npy")
    assert got.dtype == np.float32
    np.testing.assert_array_equal(got, want)
    beside = json.loads((tmp_path / "a.npy.json").read_text())
    assert beside["steps"] == "high-pass 100 Hz · median reference"
    assert beside["source"] == "arrays, stream s0"
    export(Excerpt.of(layer, 0.0, 1.5, stream=1), tmp_path / "slow.npy")
    assert "steps" not in json.loads((tmp_path / "slow.npy.json").read_text())
    # And again from what was exported: steps add up, and the source is the nearest one.
    again = Layer(open_recording(tmp_path / "a.npy"), [HighPass(200)])
    export(Excerpt.of(again, 0.25, 1.5), tmp_path / "b.dat")
    beside = json.loads((tmp_path / "b.dat.json").read_text())
    assert beside["steps"] == "high-pass 100 Hz · median reference · high-pass 200 Hz"
    assert beside["source"] == str(tmp_path / "a.npy")


@pytest.mark.parametrize("dtype", ["int64", "uint64", "float16"])
def test_types_that_no_description_knows(tmp_path, dtype):
    reader = from_array(noise(20, 2, dtype=dtype), 10.0, gain=0.5)
    excerpt = Excerpt.of(reader, 0.0, 2.0)
    with pytest.raises(OptionError, match=rf"type {dtype} .* write physical values, or \.csv\.$"):
        export(excerpt, tmp_path / "a.npy")
    export(excerpt, tmp_path / "a.npy", physical=True)
    assert np.load(tmp_path / "a.npy").dtype == np.float32


# -- CSV -------------------------------------------------------------------------------------------


def rows_of(path):
    assert path.read_bytes().endswith(b"\r\n")
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.reader(file, strict=True))


@settings(deadline=None)
@given(excerpts((*DTYPES, "int64", "uint64", "float16")), st.sampled_from([None, True, False]))
def test_raw_values_come_back_out_of_csv(folder, made, physical):
    samples, excerpt = made
    path = folder / "a.csv"
    assert export(excerpt, path, physical=physical, overwrite=True) == (path,)
    head, *rows = rows_of(path)
    words = [u if physical is not False else "raw" for u in excerpt.channels["units"].tolist()]
    names = excerpt.channels["name"].tolist()
    assert head == ["time (s)"] + [
        f"{n} ({w})" if w else n for n, w in zip(names, words, strict=True)
    ]
    assert len(rows) == len(samples)
    scaled = {(1.0, 0.0)} != set(excerpt.channels[["gain", "offset"]].tolist())
    for number, (time, *texts) in enumerate(rows):
        at = (float(time) - excerpt.t_start) * excerpt.sampling_rate
        assert abs(at - number) < 1e-3
        for text, raw, channel in zip(texts, samples[number], excerpt.channels, strict=True):
            assert_means(text, raw, channel, scaled and physical is not False)


def assert_means(text, raw, channel, scaled):
    """Check that a text is that of a raw value: of whole numbers, of no other one."""
    gain, offset = float(channel["gain"]), float(channel["offset"])
    if not scaled:
        assert raw.dtype.type(text) == raw
    elif raw.dtype.itemsize == 8:  # more digits than a float has
        assert float(text) == pytest.approx(float(raw) * gain + offset, rel=1e-15)
    elif raw.dtype.kind == "f" and offset:
        assert float(text) == float(raw) * gain + offset
    elif raw.dtype.kind == "f":
        assert raw.dtype.type(float(text) / gain) == raw
    else:
        assert round((float(text) - offset) / gain) == int(raw)


def test_missing_samples_and_infinite_ones_in_csv(tmp_path):
    samples = np.array([[np.nan], [np.inf], [-np.inf], [1.5]], np.float32)
    export(Excerpt.of(from_array(samples, 1.0), 0, 4), tmp_path / "a.csv")
    assert [row[1] for row in rows_of(tmp_path / "a.csv")[1:]] == ["nan", "inf", "-inf", "1.5"]


@pytest.mark.parametrize("physical", [True, False])
@pytest.mark.parametrize("dtype", ["int16", "float32"])
def test_how_long_csv_will_be(tmp_path, physical, dtype):
    samples = (noise(3000, 16, dtype="float32") * 0.2).astype(dtype)
    excerpt = Excerpt.of(from_array(samples, 30_000.0, gain=0.195, units="uV"), 0.0, 0.1)
    export(excerpt, tmp_path / "a.csv", physical=physical)
    size = (tmp_path / "a.csv").stat().st_size
    assert planned_bytes(excerpt, "csv", physical) == pytest.approx(size, rel=0.25)


# -- interruptions ---------------------------------------------------------------------------------


def interrupted():
    parts = [noise(100, 2, seed=n) for n in range(4)]
    starts = (0.0, 0.1, 5.0, 9.0)
    return parts, ArrayReader([[pair] for pair in zip(starts, parts, strict=True)], [1000.0])


@pytest.mark.parametrize("name", ["a.npy", "a.dat"])
def test_arrays_of_interrupted_spans_are_refused_with_one_that_is_not(tmp_path, name):
    parts, reader = interrupted()
    with pytest.raises(OptionError) as caught:
        export(Excerpt.of(reader, 0.0, 10.0), tmp_path / name)
    said = str(caught.value)
    assert "interrupted from 0.2 s to 5 s, and at 1 more place" in said
    assert "longest of which is 0 s to 0.2 s" in said and said.count(". ") == 0
    assert os.listdir(tmp_path) == []
    export(Excerpt.of(reader, 0.0, 0.2), tmp_path / name)
    samples = open_recording(tmp_path / name).get_analogsignal_chunk()
    np.testing.assert_array_equal(samples, np.concatenate(parts[:2]))


def test_csv_has_interrupted_spans_with_their_times(tmp_path):
    parts, reader = interrupted()
    export(Excerpt.of(reader, 0.15, 9.05), tmp_path / "a.csv")
    rows = rows_of(tmp_path / "a.csv")[1:]
    want = np.concatenate([parts[1][50:], parts[2], parts[3][:50]])
    assert [[int(v) for v in row[1:]] for row in rows] == want.tolist()
    times = [0.1 + k / 1000 for k in range(50, 100)] + [5 + k / 1000 for k in range(100)]
    times += [9 + k / 1000 for k in range(50)]
    np.testing.assert_allclose([float(row[0]) for row in rows], times, atol=1e-6)


# -- piece by piece --------------------------------------------------------------------------------


def make_pieces_small(monkeypatch):
    """Have pieces of 10 samples of the 4 channels of int16 that these tests have."""
    monkeypatch.setattr(export_formats.Binary, "piece_bytes", 80)
    monkeypatch.setattr(export_formats.Csv, "piece_bytes", 80)
    monkeypatch.setattr(export_formats, "AT_ONCE", 9)


@pytest.fixture
def small_pieces(monkeypatch):
    make_pieces_small(monkeypatch)


@pytest.mark.parametrize("name", ["a.npy", "a.dat", "a.csv"])
@pytest.mark.parametrize("physical", [True, False])
def test_pieces_change_nothing(tmp_path, monkeypatch, name, physical):
    reader = ArrayReader.of(noise(1003, 4), gain=0.3)
    excerpt = Excerpt.of(reader, 0.0, 1.003, columns=[2, 0])
    (whole, *_) = export(excerpt, tmp_path / f"whole-{name}", physical=physical)
    reader.reads.clear()
    make_pieces_small(monkeypatch)
    shares = []
    (path, *_) = export(excerpt, tmp_path / name, physical=physical, progress=shares.append)
    assert path.read_bytes() == whole.read_bytes()
    assert {b - a for a, b in reader.reads} == {10, 3}
    assert shares == sorted(shares) and len(shares) == 101 and shares[-1] == 1.0


@pytest.mark.usefixtures("small_pieces")
@pytest.mark.parametrize("name", ["a.npy", "a.dat", "a.csv"])
@pytest.mark.parametrize("after", [0, 1, 50, 100])
def test_nothing_is_left_of_what_is_cancelled(tmp_path, name, after):
    reader = ArrayReader.of(noise(1000, 4))
    (tmp_path / name).write_text("before")
    asked = []

    def cancelled():
        asked.append(1)
        return len(asked) > after

    excerpt = Excerpt.of(reader, 0, 1)
    with pytest.raises(CancelledError):
        export(excerpt, tmp_path / name, overwrite=True, cancelled=cancelled)
    assert len(asked) == after + 1
    assert os.listdir(tmp_path) == [name] and (tmp_path / name).read_text() == "before"


@pytest.mark.usefixtures("small_pieces")
def test_a_place_that_cannot_be_read_ends_it(tmp_path):
    reader = BrokenReader.of(noise(1000, 4))
    reader.bad = range(500, 501)
    with pytest.raises(RawIOError, match="the disk says no"):
        export(Excerpt.of(reader, 0, 1), tmp_path / "a.npy")
    assert os.listdir(tmp_path) == []


# -- formats ---------------------------------------------------------------------------------------


def test_formats_by_their_endings(tmp_path):
    endings = {"npy": ["npy", "NPY"], "csv": ["csv"], "flat": ["dat", "raw", "bin", "DAT"]}
    for form, names in endings.items():
        assert {format_of(tmp_path / f"a.b.{ending}") for ending in names} == {form}
    for name in ("a", "a.txt", "npy", ".npy", "a.npy.json"):
        with pytest.raises(OptionError, match="ending says no format"):
            format_of(name)


@pytest.mark.parametrize("name", ["a.samples", "a", "a.plx", "a.json"])
@pytest.mark.parametrize("form", ["npy", "flat"])
def test_any_name_will_do_where_the_format_is_named(tmp_path, name, form):
    samples = noise(100, 3)
    excerpt = Excerpt.of(from_array(samples, 10.0), 0, 10)
    export(excerpt, tmp_path / name, form)
    assert_reads_as(tmp_path / name, excerpt, samples)


def test_no_such_format(tmp_path):
    excerpt = Excerpt.of(ArrayReader.of(noise(10, 1)), 0, 1)
    with pytest.raises(OptionError, match="'mat' is not one of npy, csv, flat"):
        export(excerpt, tmp_path / "a.mat", "mat")
