"""What the tests of the Neuralynx reader share: opening, and what a folder ought to hold."""

import numpy as np

from rawio.neuralynx import NeuralynxRawIO
from tests.writers.neuralynx import Header


def opened(path=None, **options):
    reader = NeuralynxRawIO(path, **options)
    reader.parse_header()
    return reader


def header(name="CSC1", channel=0, rate=32000, style="cheetah5.6", **fields):
    return Header(style, name=name, channels=(channel,), sampling_rate=rate, **fields)


def names(reader, stream=None):
    channels = reader.header["signal_channels"]
    if stream is not None:
        channels = channels[channels["stream_id"] == str(stream)]
    return channels["name"].tolist()


def stream_of(reader, name):
    row = names(reader).index(name)
    return int(reader.header["signal_channels"]["stream_id"][row])


def pieces(reader, name):
    """Return, for each segment, start and samples of one channel; None where it has none."""
    stream = stream_of(reader, name)
    found = []
    for seg in range(reader.segment_count(0)):
        samples = reader.get_analogsignal_chunk(0, seg, stream_index=stream, channel_names=[name])
        start = reader.get_signal_t_start(0, seg, stream)
        found.append((start, samples[:, 0]) if len(samples) else None)
    return found


def check_runs(reader, truth, origin_us=None):
    """Hold a channel with a segment for each run against what was written.

    Times count from `origin_us`; else from the start of the first run.
    """
    origin = truth.runs[0].start_us if origin_us is None else origin_us
    found = pieces(reader, truth.name)
    assert len(found) == len(truth.runs)
    for (start, samples), run in zip(found, truth.runs, strict=True):
        np.testing.assert_array_equal(samples, run.samples)
        assert start == (run.start_us - origin) / 1e6
    row = reader.header["signal_channels"][names(reader).index(truth.name)]
    assert (row["sampling_rate"], row["dtype"], row["units"]) == (truth.rate, "int16", "uV")
    assert (row["gain"], row["offset"]) == (truth.gain, 0.0)


def times(reader, seg=0):
    return reader.segment_t_start(0, seg), reader.segment_t_stop(0, seg)
