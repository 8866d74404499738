"""Intan recordings for the tests of their reader, and what it has to say about them."""

import numpy as np
import pytest

from rawio.intan import IntanRawIO
from tests.writers.intan import make_header
from tests.writers.intan_files import (
    make_recording,
    write_per_channel,
    write_per_signal,
    write_traditional,
)

VERSIONS = [("rhd", v) for v in [(1, 0), (1, 1), (1, 2), (1, 3), (1, 5), (2, 0), (3, 0), (3, 4)]]
VERSIONS += [("rhs", v) for v in [(1, 0), (1, 1), (3, 0), (3, 4)]]
LAYOUTS = ["traditional", "per signal", "per channel"]

STREAM_IDS = {
    "rhd": {
        "amplifier": "0",
        "aux": "1",
        "supply": "2",
        "adc": "3",
        "digital_in": "4",
        "digital_out": "5",
        "lowpass": "12",
        "highpass": "13",
        "temperature": "20",
    },
    "rhs": {
        "amplifier": "0",
        "adc": "3",
        "dac": "4",
        "digital_in": "5",
        "digital_out": "6",
        "dc": "10",
        "stim": "11",
        "lowpass": "12",
        "highpass": "13",
    },
}
SUFFIXES = {"dc": "_DC", "stim": "_STIM", "lowpass": "_LOW", "highpass": "_HIGH"}


def opened(path, **options):
    """Return a reader with its header parsed."""
    reader = IntanRawIO(path, **options)
    reader.parse_header()
    return reader


def some_header(kind="rhd", version=(3, 1), **fields):
    """Return a header of 9 amplifiers on two ports, one of which is disabled, and all the rest."""
    if kind == "rhs":
        fields = {"dc_saved": 1} | fields
    elif version >= (1, 1):
        fields = {"temp_sensors": 2} | fields
    fields = {"disabled": ["A-001", "B-AUX2"]} | fields
    return make_header(kind, version, fields.pop("ports", {"A": 6, "B": 4}), **fields)


def write(layout, folder, recording, name="a_240229_120000", **options):
    """Write a recording; return where it is, and its truth."""
    if layout == "traditional":
        path = folder / f"{name}.{recording.header.kind}"
        return path, write_traditional(path, recording, **options)
    writer = write_per_signal if layout == "per signal" else write_per_channel
    path = folder / name
    return path, writer(path, recording, **options)


def recorded(layout, folder, n_blocks=20, kind="rhd", version=(3, 1), header=None, **options):
    """Write a recording of random numbers; return where it is, and its truth."""
    header = header or some_header(kind, version)
    return write(layout, folder, make_recording(header, n_blocks * header.block, **options))


def stream_of(reader, truth, signal):
    """Return the index of a signal's stream."""
    ids = reader.header["signal_streams"]["id"].tolist()
    return ids.index(STREAM_IDS[truth.header.kind][signal])


def rows_of(reader, stream):
    """Return the rows of the signal channels of a stream."""
    key = reader.header["signal_streams"]["id"][stream]
    return reader.header["signal_channels"][reader.header["signal_channels"]["stream_id"] == key]


def check(reader, truth):
    """Hold every segment of every stream of a reader against the truth."""
    segments, rate = truth.segments, truth.rate
    ids = [STREAM_IDS[truth.header.kind][signal] for signal in truth.streams]
    assert sorted(reader.header["signal_streams"]["id"].tolist()) == sorted(ids)
    assert reader.header["nb_segment"] == [len(segments)]
    for s, segment in enumerate(segments):
        assert reader.segment_t_start(0, s) == pytest.approx(segment.t_start, abs=1e-9)
        stop = segment.t_start + (segment.stop - segment.first) / rate
        most = max(stream.step for stream in truth.streams.values())
        assert stop - 1e-9 <= reader.segment_t_stop(0, s) < stop + most / rate
    for signal, stream in truth.streams.items():
        index = stream_of(reader, truth, signal)
        check_channels(reader, index, stream, SUFFIXES.get(signal, ""))
        for s, segment in enumerate(segments):
            check_samples(reader, s, index, stream, segment, rate)


def check_channels(reader, index, stream, suffix):
    rows = rows_of(reader, index)
    if stream.signal == "temperature":
        assert rows["id"].tolist() == [f"temperature_{k}" for k in range(len(stream.ids))]
    else:
        assert rows["id"].tolist() == [name + suffix for name in stream.ids]
        assert rows["name"].tolist() == [name + suffix for name in stream.names]
    assert reader.get_signal_sampling_rate(index) == stream.rate
    np.testing.assert_allclose(rows["gain"], stream.gain, rtol=1e-12)
    np.testing.assert_allclose(rows["offset"], stream.offset, rtol=1e-12)
    names = {"degC": "Celsius", "": "a.u."}
    assert set(rows["units"].tolist()) == {names.get(stream.units, stream.units)}
    assert set(rows["dtype"].tolist()) == {str(stream.raw.dtype)}


def check_samples(reader, s, index, stream, segment, rate):
    expected = stream.part(segment)
    chunk = reader.get_analogsignal_chunk(0, s, stream_index=index)
    assert chunk.dtype == expected.dtype
    assert reader.get_signal_size(0, s, index) == len(expected)
    np.testing.assert_array_equal(chunk, expected)
    if len(expected):
        late = -(-segment.first // stream.step) * stream.step - segment.first
        start = segment.t_start + late / rate
        assert reader.get_signal_t_start(0, s, index) == pytest.approx(start, abs=1e-9)
