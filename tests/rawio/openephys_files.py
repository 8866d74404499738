"""What the tests of the Open Ephys reader share: opening, and holding it against the truth."""

import numpy as np

from rawio.openephys import OpenEphysBinaryRawIO
from tests.writers.openephys import Stream, electrodes, write_recording

VERSIONS = ("0.4.6", "0.5.3.1", "0.6.7", "1.0.1")


def opened(path, **options):
    reader = OpenEphysBinaryRawIO(path, **options)
    reader.parse_header()
    return reader


def noise(n, n_channels=2, seed=0):
    """Return samples that use the whole range of int16."""
    rng = np.random.default_rng(seed)
    return rng.integers(-(2**15), 2**15, (n, n_channels)).astype(np.int16)


def stream(n=50, n_channels=2, seed=0, **more):
    more = {"channels": electrodes(n_channels)} | more
    return Stream(samples=noise(n, len(more["channels"]), seed), **more)


def written(path, version="0.6.7", node=None, **parts):
    """Write a session of one recording and open it."""
    truth = write_recording(path, version, node=node, **parts)
    return opened(path), truth


def stream_names(reader):
    return reader.header["signal_streams"]["name"].tolist()


def signals(reader, stream_index=0, block=0):
    """Return, for each segment of a stream, its start and its samples."""
    return [
        (
            reader.get_signal_t_start(block, seg, stream_index),
            reader.get_analogsignal_chunk(block, seg, stream_index=stream_index),
        )
        for seg in range(reader.segment_count(block))
    ]


def recorded_runs(truth):
    """Return the runs of rows that were recorded and follow each other: (first, stop)."""
    there = np.ones(len(truth.raw), bool)
    for first, stop in truth.missing:
        there[first:stop] = False
    runs = []
    for first, stop in truth.runs:
        edges = np.flatnonzero(np.diff(np.r_[False, there[first:stop], False]))
        runs += [(first + int(a), first + int(b)) for a, b in edges.reshape(-1, 2)]
    return runs


def joined(reader, stream_index, block, segments):
    """Return the sample numbers and samples of a stream in `segments`, one after the other."""
    rate = reader.get_signal_sampling_rate(stream_index)
    ticks, samples = [np.empty(0, np.int64)], []
    for seg in segments:
        chunk = reader.get_analogsignal_chunk(block, seg, stream_index=stream_index)
        start = reader.get_signal_t_start(block, seg, stream_index) * rate
        if len(chunk):
            assert abs(start - round(start)) < 1e-6
            ticks.append(round(start) + np.arange(len(chunk)))
        samples.append(chunk)
    return np.concatenate(ticks), np.concatenate(samples)


def check_stream(reader, index, truth, columns, block=0, segments=None):
    """Hold all segments of a stream against the truth of its recording, to the last sample."""
    segments = range(reader.segment_count(block)) if segments is None else segments
    rows = np.concatenate([np.arange(a, b) for a, b in recorded_runs(truth)] or [[]]).astype(int)
    ticks, samples = joined(reader, index, block, segments)
    np.testing.assert_array_equal(ticks, truth.row_numbers[rows])
    np.testing.assert_array_equal(samples, truth.raw[rows][:, columns])
    assert samples.dtype == np.int16
    stream_id = reader.header["signal_streams"]["id"][index]
    channels = reader.header["signal_channels"]
    channels = channels[channels["stream_id"] == stream_id]
    assert channels["name"].tolist() == [truth.channel_names[k] for k in columns]
    assert channels["gain"].tolist() == [truth.gains[k] for k in columns]
    assert channels["units"].tolist() == [truth.units[k] for k in columns]
    assert set(channels["sampling_rate"].tolist()) == {truth.rate}
    assert not channels["offset"].any()


def parts_of(truth, full_name):
    """Return the header's streams of a recorded one: name to columns."""
    parts = {}
    for k, name in enumerate(truth.channel_names):
        end = "_ADC" if "ADC" in name else "SYNC" if "SYNC" in name else ""
        parts.setdefault(full_name + end, []).append(k)
    return parts


def epochs(truth):
    """Return (tick, duration, line) of a truth's edges up, found one by one."""
    out = []
    for i, state in enumerate(truth.states.tolist()):
        if state <= 0:
            continue
        later = [(k, s) for k, s in enumerate(truth.states.tolist()) if k > i and abs(s) == state]
        ends = later and later[0][1] < 0
        tick = int(truth.sample_numbers[i])
        out.append((tick, int(truth.sample_numbers[later[0][0]]) - tick if ends else 0, state))
    return out
