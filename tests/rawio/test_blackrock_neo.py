"""The Blackrock reader held against neo 0.14.6 in what that reads right, and neo's own checks.

Where neo is not asked: the last sample of 2.1 (left out), packets whose count is 0 (refused), cut
packets (refused when read), packets without a gap (each a segment), PTP gaps without a tolerance
(refused), waveforms of 8 and 32 bits (refused) or shorter than the packet (taken from its end),
electrodes over 255 or 2048 (left out), comments in UTF-16, spikes out of order in 2.3 and 3.0
(each makes a segment), the waveforms' gain that did not fit into 16 bits, events with two reasons
in 2.1 and 2.2, ids of event channels (empty), limits in time (half open) and counts of spikes and
events in one of several segments (of all epochs).
"""

from contextlib import nullcontext
from dataclasses import replace

import numpy as np
import pytest
from neo.rawio import BlackrockRawIO as NeoBlackrockRawIO

from rawio.blackrock import BlackrockRawIO
from rawio.testing import Expected, check_reader
from tests.rawio.blackrock_files import noise, opened
from tests.rawio.neo_compliance import complies
from tests.writers import nsx
from tests.writers.nev import (
    RESTART,
    Comment,
    Digital,
    Electrode,
    Header,
    Label,
    random_spikes,
    write_nev,
)
from tests.writers.nsx import Packet, ptp_timestamps, write_nsx, write_ptp

VERSIONS = ["2.1", "2.2", "2.3", "3.0"]
FILES = ["test_NEURALSG_raw.ns3", "test_NEURALCD_raw.ns3"]


def neo_of(path, **options):
    reader = NeoBlackrockRawIO(str(path), **options)
    reader.parse_header()
    return reader


def spikes_apart(electrodes, seed):
    """Return spikes more than a millisecond apart, as neo's checks need them."""
    found = random_spikes(400, electrodes, units=(0, 1, 255), seed=seed)
    return [replace(spike, timestamp=9 + 70 * k) for k, spike in enumerate(found)]


def write_set(folder, version, resets=False):
    """Write a recording of two streams, spikes, inputs and comments."""
    electrodes = [1, 2, 3]
    headers = [Electrode(k, 250 + k) for k in electrodes]
    headers += [Label(k, f"e{k}") for k in electrodes if version > "2.1"]
    n = 3 if resets else 1
    packets = []
    for part in range(n):
        packets += [RESTART] if part else []
        packets += spikes_apart(electrodes, part)
        packets += [Digital(29_100 + k, 7 * k, 129 if k % 3 else 1) for k in range(30)]
        packets += [Comment(29_500, f"go {part}")] if version > "2.2" else []
    write_nev(folder / "a.nev", packets, headers, Header(version))
    for number, period, size in ((2, 30, 1000), (5, 1, 30_000)):
        write_nsx(
            folder / f"a.ns{number}",
            [Packet(0, noise(size, 3, seed=k)) for k in range(n)],
            nsx.channels(3, units="uV"),
            nsx.Header(version, period=period),
        )
    return folder / "a"


def agree_on_header(ours, theirs):
    for table in ("signal_streams", "signal_channels", "spike_channels", "event_channels"):
        mine, other = ours.header[table], theirs.header[table]
        for field in other.dtype.names:
            if (table, field) == ("event_channels", "id"):
                continue
            np.testing.assert_array_equal(mine[field], other[field], f"{table} {field}")
    assert ours.header["nb_segment"] == theirs.header["nb_segment"]


def agree_on_content(ours, theirs, without_last=False):
    for s in range(ours.segment_count(0)):
        for k in range(ours.signal_streams_count()):
            size = ours.get_signal_size(0, s, k) - without_last
            assert size == theirs.get_signal_size(0, s, k)
            assert ours.get_signal_t_start(0, s, k) == theirs.get_signal_t_start(0, s, k)
            np.testing.assert_array_equal(
                ours.get_analogsignal_chunk(0, s, 0, size, k),
                theirs.get_analogsignal_chunk(0, s, 0, size, k),
            )
        for u in range(ours.unit_channels_count()):
            for read in ("get_spike_timestamps", "get_spike_raw_waveforms"):
                mine, other = getattr(ours, read)(0, s, u), getattr(theirs, read)(0, s, u)
                np.testing.assert_array_equal(mine, other)
        for e in range(ours.event_channels_count()):
            mine, other = ours.get_event_timestamps(0, s, e), theirs.get_event_timestamps(0, s, e)
            np.testing.assert_array_equal(mine[0], other[0])
            assert (mine[1], mine[2].tolist()) == (other[1], other[2].tolist())
            np.testing.assert_array_equal(
                ours.rescale_event_timestamp(mine[0]), theirs.rescale_event_timestamp(other[0])
            )


@pytest.mark.parametrize("version", VERSIONS)
def test_a_set_is_what_neo_reads(tmp_path, version):
    path = write_set(tmp_path, version)
    ours, theirs = opened(path), neo_of(path)
    agree_on_header(ours, theirs)
    agree_on_content(ours, theirs, without_last=version == "2.1")
    complies(ours)
    check_reader(ours)


@pytest.mark.parametrize("version", ["2.3", "3.0"])
def test_resets_are_what_neo_reads(tmp_path, version):
    path = write_set(tmp_path, version, resets=True)
    ours = opened(path)
    agree_on_header(ours, neo_of(path))
    agree_on_content(ours, neo_of(path))
    complies(ours)


@pytest.mark.parametrize("tolerance", [0.01, 2, 200])
def test_ptp_gaps_are_what_neo_finds(tmp_path, tolerance):
    stamps = ptp_timestamps(3000, gaps={1000: 10**6, 2500: 10**8}, jitter=100)
    write_ptp(tmp_path / "a.ns6", noise(3000, 5), stamps, nsx.channels(5))
    theirs = neo_of(tmp_path / "a", gap_tolerance_ms=tolerance)
    ours = opened(tmp_path / "a", gap_tolerance_ms=tolerance)
    agree_on_header(ours, theirs)
    for k in range(ours.segment_count(0)):
        assert ours.get_signal_size(0, k) == theirs.get_signal_size(0, k, 0)
        # Today's nanoseconds are more than a float holds; neo gives these.
        t = ours.get_signal_t_start(0, k) + ours.clock_origin
        assert t == pytest.approx(theirs.get_signal_t_start(0, k, 0), rel=0, abs=3e-7)
        np.testing.assert_array_equal(
            ours.get_analogsignal_chunk(0, k), theirs.get_analogsignal_chunk(0, k, stream_index=0)
        )
    complies(ours)


@pytest.mark.parametrize("options", [{"nsx_to_load": 5}, {"nsx_to_load": "max"}, {"load_nev": 0}])
def test_options_do_what_they_do_in_neo(tmp_path, options):
    path = write_set(tmp_path, "2.3")
    agree_on_header(opened(path, **options), neo_of(path, **options))


def test_a_reader_can_stand_where_neos_does():
    assert BlackrockRawIO.rawmode == NeoBlackrockRawIO.rawmode
    assert set(BlackrockRawIO.extensions) < set(NeoBlackrockRawIO.extensions)


@pytest.fixture(params=FILES)
def real(recordings, request):
    return recordings / "blackrock" / request.param


def test_real_files(real):
    reader = opened(real)
    old = "SG" in real.name
    assert reader.header["nb_segment"] == [1]
    assert reader.header["signal_streams"].tolist() == [("nsx3", "3", "3")]
    channels = reader.header["signal_channels"]
    assert len(channels) == 128
    assert channels["name"].tolist()[:2] == (["chan0", "chan1"] if old else ["elec0", "elec1"])
    assert channels["id"].tolist()[-1] == "127"
    assert set(channels["units"]) == {"" if old else "mV"}
    assert (reader.get_signal_sampling_rate(), reader.get_signal_size(0, 0)) == (2000.0, 100)
    assert reader.get_signal_t_start(0, 0) == 0
    raw = real.read_bytes()
    start = len(raw) - 9 - 25_600 if old else len(raw) - 25_600
    samples = np.frombuffer(raw, "<i2", 12_800, start).reshape(100, 128)
    assert len(reader.warnings) == (2 if old else 0)
    check_reader(opened(real), Expected({(0, 0, 0): samples}))
    complies(reader)
    with pytest.warns(UserWarning, match="raw data") if old else nullcontext():
        theirs = neo_of(real)
    agree_on_header(reader, theirs)
    agree_on_content(reader, theirs, without_last=old)
