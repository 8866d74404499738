"""What the tests of the Blackrock reader share: opening, and what a recording should hold."""

import numpy as np

from rawio.blackrock import BlackrockRawIO
from rawio.testing import Expected
from tests.writers import nsx
from tests.writers.nev import Truth

OLD, NEW = ("2.1", "2.2"), ("2.3", "3.0")


def opened(path, use_cache=False, **options):
    reader = BlackrockRawIO(path, use_cache=use_cache, **options)
    reader.parse_header()
    return reader


def noise(n, n_channels=3, seed=0):
    rng = np.random.default_rng(seed + 1000 * n)
    return rng.integers(-32768, 32767, (n, n_channels), np.int16, endpoint=True)


def written(path, packets, n_channels=3, header=None, tail=b"", **options):
    """Write signals and open them: truth and reader."""
    truth = nsx.write_nsx(path, packets, nsx.channels(n_channels), header, tail)
    return truth, opened(path, **options)


def signals(reader, stream=0):
    """Return, for each segment of a stream, its start and its samples."""
    return [
        (
            reader.get_signal_t_start(0, segment, stream),
            reader.get_analogsignal_chunk(0, segment, stream_index=stream),
        )
        for segment in range(reader.segment_count(0))
    ]


def check_signals(reader, runs, stream=0):
    """Check that the segments of a stream are these runs, each (t_start, samples)."""
    found = signals(reader, stream)
    assert [len(x) for _, x in found] == [len(x) for _, x in runs]
    for (t, samples), (wanted_t, wanted) in zip(found, runs, strict=True):
        assert t == wanted_t
        np.testing.assert_array_equal(samples, wanted)


def expected_points(reader, truth: Truth, epochs=None):
    """Return what the segments hold of a NEV, each epoch being a segment.

    `epochs` are those of the segments; None is all in one.
    """
    n = reader.segment_count(0)
    spikes, waveforms, events = {}, {}, {}
    for u, name in enumerate(reader.header["unit_channels"]["name"].tolist()):
        electrode, unit = map(int, name.removeprefix("ch").split("#"))
        points = truth.spikes(electrode, unit)
        for segment, part in enumerate(_by_segment(points, n, epochs)):
            spikes[0, segment, u] = points.ticks[part].astype(np.int64)
            waveforms[0, segment, u] = points.waveforms[part]
    for e, name in enumerate(reader.header["event_channels"]["name"].tolist()):
        points = truth.events(name)
        labels = np.array(points.labels, dtype="U")
        for segment, part in enumerate(_by_segment(points, n, epochs)):
            events[0, segment, e] = points.ticks[part].astype(np.int64), None, labels[part]
    return Expected({}, spikes, waveforms, events)


def _by_segment(points, n, epochs):
    for segment in range(n):
        mine = np.arange(len(points.ticks))
        if epochs is not None:
            mine = np.flatnonzero(points.epochs == epochs[segment])
        yield mine[np.argsort(points.ticks[mine], kind="stable")]
