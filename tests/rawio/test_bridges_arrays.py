"""`from_array`: arrays of every library, read no further than asked for, and bad arguments."""

import pickle

import dask.array as da
import numpy as np
import pytest
import zarr

from rawio import FormatError, OptionError, OutOfRangeError, SelectionError, from_array
from rawio.testing import Expected, check_reader
from tests.readers import noise
from viewer.picture import snapshot

DATA = noise(500, 6)


class SlicesOnly:
    """Takes slices that go forward, as HDF5 files do, and notes what is read."""

    def __init__(self, data):
        self._data, self.read = data, []
        self.shape, self.dtype = data.shape, data.dtype

    def __getitem__(self, key):
        key = key if isinstance(key, tuple) else (key,)
        if not all(isinstance(part, slice) and (part.step or 1) > 0 for part in key):
            raise TypeError(f"only slices that go forward, not {key}")
        piece = self._data[key].copy()
        self.read.append(piece.shape)
        return piece


def memmap(data, folder):
    path = folder / "samples.dat"
    data.tofile(path)
    return np.memmap(path, data.dtype, "r", shape=data.shape)


LIBRARIES = {
    "numpy": lambda data, folder: data.copy(),
    "fortran": lambda data, folder: np.asfortranarray(data),
    "strided": lambda data, folder: np.repeat(data, 2, axis=0)[::2],
    "big-endian": lambda data, folder: data.astype(data.dtype.newbyteorder(">")),
    "list": lambda data, folder: data.tolist(),
    "memmap": memmap,
    "zarr": lambda data, folder: zarr.array(data, chunks=(64, 2)),
    "zarr on disk": lambda data, folder: zarr.array(data, chunks=(64, 6), store=str(folder / "z")),
    "dask": lambda data, folder: da.from_array(data, chunks=(100, 4)),
    "slices only": lambda data, folder: SlicesOnly(data),
}


@pytest.mark.parametrize("library", LIBRARIES)
def test_all_libraries_read_the_same(library, tmp_path):
    reader = from_array(LIBRARIES[library](DATA, tmp_path), 1000.0, gain=0.25, units="uV")
    whole = DATA.astype("int64") if library == "list" else DATA
    check_reader(reader, Expected({(0, 0, 0): whole}))
    mask = np.array([True, False, False, True, True, False])
    for picked in ([4, 1], [2, 2], mask, slice(4, 1, -1), slice(None, None, -2), slice(1, 6, 2)):
        chunk = reader.get_analogsignal_chunk(i_start=90, i_stop=210, channel_indexes=picked)
        assert np.array_equal(chunk, DATA[90:210][:, picked])
    assert reader.get_analogsignal_chunk(i_stop=5, channel_names=["ch5"]).tolist() == (
        DATA[:5, 5:].tolist()
    )


@pytest.mark.parametrize(
    "kind",
    ["int8", "uint8", "int16", ">i2", "uint16", "int32", ">u4", "int64", "float16", ">f4", "f8"],
)
def test_all_types(kind):
    data = (DATA[:50] % 100).astype(kind)
    reader = from_array(data, 1000.0)
    native = data.astype(np.dtype(kind).newbyteorder("="))
    check_reader(reader, Expected({(0, 0, 0): native}))
    assert reader.header["signal_channels"]["dtype"][0] == native.dtype.name


@pytest.mark.parametrize("library", ["numpy", "list", "zarr", "dask", "slices only"])
def test_one_dimension_is_one_channel(library, tmp_path):
    column = DATA[:, 0]
    array = {"zarr": lambda d: zarr.array(d, chunks=64), "dask": lambda d: da.from_array(d, 100)}
    made = array.get(library, lambda d: LIBRARIES[library](d, tmp_path))(column)
    reader = from_array(made, 1000.0)
    assert reader.header["signal_channels"]["name"].tolist() == ["ch0"]
    chunk = reader.get_analogsignal_chunk(i_start=3, i_stop=70)
    assert chunk.shape == (67, 1) and np.array_equal(chunk[:, 0], column[3:70])
    assert np.array_equal(
        reader.get_analogsignal_chunk(i_stop=4, channel_indexes=[0, 0]), DATA[:4, [0, 0]]
    )


def test_other_objects_become_arrays():
    class Table:
        """Says its shape and has no one type, as tables do."""

        shape, dtype = (2, 2), "a type of another library"

        def __getitem__(self, key):
            raise AssertionError("is converted as a whole")

        def __array__(self, dtype=None, copy=None):
            return np.array([[1, 2], [3, 4]], np.int16)

    assert from_array(Table(), 10.0).get_analogsignal_chunk().tolist() == [[1, 2], [3, 4]]


# -- nothing is copied, and no more is read than asked for ---------------------------------------


def test_chunks_of_numpy_arrays_are_views_that_cannot_be_written():
    data = DATA.copy()
    reader = from_array(data, 1000.0)
    chunk = reader.get_analogsignal_chunk(i_start=100, i_stop=200, channel_indexes=slice(1, 4))
    assert np.shares_memory(chunk, data) and not chunk.flags.writeable
    assert data.flags.writeable
    data[100, 1] = 77
    assert chunk[0, 0] == 77
    assert np.shares_memory(reader.get_analogsignal_chunk(), data)
    column = np.arange(5)
    assert np.shares_memory(from_array(column, 1.0).get_analogsignal_chunk(), column)


def test_zarr_chunks_read():
    class Counting(dict):
        def __getitem__(self, key):
            if key[0].isdigit():
                read.append(key)
            return super().__getitem__(key)

    read = []
    array = zarr.array(DATA, chunks=(100, 2), store=Counting())
    reader = from_array(array, 1000.0)
    assert read == []
    for start, stop, picked, chunks in (
        (0, 100, slice(0, 2), ["0.0"]),
        (150, 250, slice(None), ["1.0", "1.1", "1.2", "2.0", "2.1", "2.2"]),
        (499, 500, [5], ["4.2"]),
        (0, 1, [3, 2], ["0.1"]),
        (0, 1, slice(3, 1, -1), ["0.1"]),
        (7, 7, slice(None), []),
        (0, 500, [], []),
    ):
        read.clear()
        chunk = reader.get_analogsignal_chunk(i_start=start, i_stop=stop, channel_indexes=picked)
        assert np.array_equal(chunk, DATA[start:stop][:, picked or slice(0, 0)])
        assert sorted(set(read)) == chunks


def test_dask_chunks_computed():
    computed = []

    def block(block_info=None):
        place = block_info[None]["chunk-location"]
        computed.append(place)
        (r0, r1), (c0, c1) = block_info[None]["array-location"]
        return DATA[r0:r1, c0:c1]

    array = da.map_blocks(block, chunks=((100,) * 5, (3, 3)), dtype=DATA.dtype, meta=DATA[:0])
    reader = from_array(array, 1000.0)
    assert computed == []
    chunk = reader.get_analogsignal_chunk(i_start=120, i_stop=180, channel_indexes=[2, 0])
    assert np.array_equal(chunk, DATA[120:180, [2, 0]]) and computed == [(1, 0)]
    computed.clear()
    chunk = reader.get_analogsignal_chunk(i_start=199, i_stop=201)
    assert np.array_equal(chunk, DATA[199:201])
    assert sorted(computed) == [(1, 0), (1, 1), (2, 0), (2, 1)]
    with pytest.raises(OutOfRangeError):
        reader.get_analogsignal_chunk(i_stop=501)


def test_columns_between_those_asked_for_are_all_that_is_read():
    array = SlicesOnly(DATA)
    reader = from_array(array, 1000.0)
    reader.get_analogsignal_chunk(i_start=10, i_stop=20, channel_indexes=[4, 2])
    reader.get_analogsignal_chunk(i_start=10, i_stop=20, channel_indexes=slice(0, 6, 3))
    assert array.read == [(10, 3), (10, 2)]


def test_what_cannot_be_read_is_said():
    class Broken(SlicesOnly):
        def __getitem__(self, key):
            raise OSError("the disk\nis gone")

    reader = from_array(Broken(DATA), 1000.0, name="lab disk")
    with pytest.raises(FormatError) as caught:
        reader.get_analogsignal_chunk(i_start=3, i_stop=9)
    assert str(caught.value) == (
        r"lab disk: samples 3 to 9 of the array cannot be read (OSError('the disk\nis gone'))."
    )


# -- the header ----------------------------------------------------------------------------------


def test_the_header():
    reader = from_array(
        DATA[:, :2],
        30_000,
        t_start=-2.5,
        gain=[0.195, -2],
        offset=(0, 7.5),
        units=["uV", "mV"],
        channel_names=["left", "right"],
        channel_ids=[17, "b"],
        name="two wires",
    )
    assert reader.source_name() == "two wires" and repr(reader).startswith("ArrayRawIO: two wires")
    channels = reader.header["signal_channels"]
    assert channels[["name", "id", "units", "gain", "offset"]].tolist() == [
        ("left", "17", "uV", 0.195, 0),
        ("right", "b", "mV", -2, 7.5),
    ]
    assert reader.get_signal_sampling_rate() == 30_000
    assert reader.get_signal_t_start(0, 0) == reader.segment_t_start(0, 0) == -2.5
    assert reader.segment_t_stop(0, 0) == -2.5 + 500 / 30_000
    chunk = reader.get_analogsignal_chunk(channel_ids=["b", 17])
    scaled = reader.rescale_signal_raw_to_float(chunk, "float64", channel_ids=["b", 17])
    assert np.array_equal(scaled, DATA[:, [1, 0]] * [-2, 0.195] + [7.5, 0])
    check_reader(reader)


def test_small_arrays():
    none = from_array(np.empty((0, 3), "i2"), 1000.0)
    assert none.get_signal_size(0, 0) == 0 and none.get_analogsignal_chunk().shape == (0, 3)
    no_channels = from_array(np.empty((5, 0), "i2"), 1000.0)
    assert no_channels.signal_streams_count() == 0
    with pytest.raises(SelectionError):
        no_channels.get_analogsignal_chunk()


def test_copies():
    reader = from_array(DATA, 1000.0, gain=2.0)
    copy = pickle.loads(pickle.dumps(reader))
    assert np.array_equal(copy.get_analogsignal_chunk(), DATA)
    assert np.array_equal(copy.header["signal_channels"], reader.header["signal_channels"])


def test_it_is_drawn():
    image = snapshot(from_array(DATA, 1000.0, gain=0.1, units="uV"), 0.0, 0.4, size=(400, 300))
    assert image.shape == (300, 400, 4) and len(np.unique(image.reshape(-1, 4), axis=0)) > 5


@pytest.mark.parametrize(
    ("array", "said"),
    [
        (np.zeros((2, 2, 2)), r"shape \(2, 2, 2\) is not"),
        (np.float32(3), r"shape \(\) is not"),
        (np.zeros((2, 2), complex), "complex128"),
        (np.zeros((2, 2), bool), "bool"),
        (np.zeros((2, 2), "longdouble"), "floats of up to 8 bytes"),
        (np.zeros(2, [("a", "i2")]), "whole numbers or floats"),
        (np.array(["a", "b"]), "<U1"),
        ("text", "<U4"),
        (None, "object"),
        ([[1, 2], [3]], "is no array of samples"),
        ({"a": 1}, "object"),
        (da.from_array(np.arange(9), 3)[da.from_array(np.arange(9), 3) > 2], "no known number"),
    ],
)
def test_arrays_that_are_none(array, said):
    with pytest.raises(OptionError, match=said):
        from_array(array, 1000.0)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"sampling_rate": 0}, "sampling_rate must be above 0 Hz, not 0"),
        ({"sampling_rate": -1.0}, "not -1.0"),
        ({"sampling_rate": float("nan")}, "not nan"),
        ({"sampling_rate": "1000"}, "not '1000'"),
        ({"sampling_rate": None}, "not None"),
        ({"sampling_rate": True}, "not True"),
        ({"sampling_rate": np.array([1.0, 2.0])}, "sampling_rate must be"),
        ({"t_start": float("inf")}, "t_start must be in seconds, not inf"),
        ({"t_start": None}, "t_start"),
        ({"gain": [1, 2]}, r"gain must be one number or 6, not \[1, 2\]"),
        ({"gain": "much"}, "gain must be one number"),
        ({"gain": [1, 2, 3, 4, 5, float("nan")]}, "gain must be finite"),
        ({"gain": 0}, "a gain of 0"),
        ({"gain": [1, 1, 0, 1, 1, 1]}, "a gain of 0"),
        ({"offset": np.zeros((6, 6))}, "offset must be one number or 6"),
        ({"units": ["uV"]}, "units has 1 entries for 6 channels"),
        ({"units": 5}, "units must be one for each channel, not 5"),
        ({"channel_names": ["a", "b"]}, "channel_names has 2 entries for 6"),
        ({"channel_ids": range(7)}, "channel_ids has 7 entries"),
        ({"channel_ids": [1, 2, 3, 4, 5, "1"]}, "channel_ids must differ"),
        ({"channel_ids": 3}, "channel_ids must be one for each"),
        ({"channel_names": ["a" * 65, *"bcdef"]}, "up to 64 characters"),
        ({"units": "u" * 65}, "units are of up to 64 characters"),
    ],
)
def test_options_that_make_no_sense(options, said):
    with pytest.raises(OptionError, match=said):
        from_array(DATA, **({"sampling_rate": 1000.0} | options))
