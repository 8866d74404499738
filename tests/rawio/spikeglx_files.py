"""What the tests of the SpikeGLX reader share: opening, and streams held against what is known."""

import numpy as np

from rawio.spikeglx import SpikeGLXRawIO


def opened(path, **options):
    reader = SpikeGLXRawIO(path, **options)
    reader.parse_header()
    return reader


def stream_names(reader):
    return reader.header["signal_streams"]["name"].tolist()


def stream_of(reader, name):
    return stream_names(reader).index(name)


def event_of(reader, channel_id):
    return reader.header["event_channels"]["id"].tolist().index(channel_id)


def channels_of(reader, name):
    channels = reader.header["signal_channels"]
    return channels[channels["stream_id"] == name]


def label_of(stream):
    """Return what the reader calls the stream that a writer's file is of."""
    return stream.label.removesuffix(".obx")


def check_stream(reader, stream, segment=0):
    """Hold every sample, name, gain and time of a written file against what the reader says."""
    label = label_of(stream)
    is_sync = np.array([kind == "SY" for kind in stream.kinds])
    for name, some in ((label, ~is_sync), (f"{label}-SYNC", is_sync)):
        if not some.any():
            assert name not in stream_names(reader)
            continue
        s = stream_of(reader, name)
        raw = reader.get_analogsignal_chunk(0, segment, stream_index=s)
        assert raw.dtype == np.int16
        np.testing.assert_array_equal(raw, stream.raw[:, some])
        assert reader.get_signal_size(0, segment, s) == len(stream.raw)
        assert reader.get_signal_t_start(0, segment, s) == stream.t_start
        assert reader.get_signal_sampling_rate(s) == stream.rate
        channels = channels_of(reader, name)
        names = [n for n, yes in zip(stream.names, some, strict=True) if yes]
        kinds = [k for k, yes in zip(stream.kinds, some, strict=True) if yes]
        assert channels["name"].tolist() == names
        assert channels["id"].tolist() == [f"{label}#{n}" for n in names]
        is_imec = label.startswith("imec")
        units = ["" if k in ("SY", "XD") else "uV" if is_imec else "V" for k in kinds]
        assert channels["units"].tolist() == units
        scale = np.array([1e6 if unit == "uV" else 1 for unit in units])
        np.testing.assert_allclose(channels["gain"], stream.volts[some] * scale, rtol=1e-14)
        assert not channels["offset"].any()


def edges_of(column, bit, first_sample=0):
    """Return (tick, is on) of the edges of one bit of a column of words, sample by sample."""
    values = [int(word) >> bit & 1 for word in column.astype(np.int64) & 0xFFFF]
    return [
        (first_sample + i, bool(values[i]))
        for i in range(1, len(values))
        if values[i] != values[i - 1]
    ]


def events(reader, channel_id, segment=0, t_start=None, t_stop=None):
    """Return (tick, is on) of the events of a channel."""
    e = event_of(reader, channel_id)
    ticks, durations, labels = reader.event_timestamps(0, segment, e, t_start, t_stop)
    name = str(reader.header["event_channels"]["name"][e])
    assert durations is None and ticks.dtype == np.int64
    assert set(labels.tolist()) <= {f"{name} ON", f"{name} OFF"}
    return [(t, str(text).endswith(" ON")) for t, text in zip(ticks.tolist(), labels, strict=True)]
