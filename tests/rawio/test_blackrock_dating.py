"""When a Blackrock recording was made: the time origins of its files, or what a PTP clock says."""

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from tests.rawio.blackrock_files import noise, opened
from tests.writers import nev, nsx
from tests.writers.nsx import Packet, ptp_timestamps, write_nsx, write_ptp

SYSTEMTIME = (2024, 5, 3, 1, 14, 3, 22, 250)
MOMENT = datetime(2024, 5, 1, 14, 3, 22, 250_000, tzinfo=UTC)
OTHER = (2023, 1, 1, 2, 3, 4, 5, 6)
ZEROS = (0,) * 8


def write_signals(path, version="2.3", tick=0, origin=SYSTEMTIME, **header):
    header = nsx.Header(version, time_origin=origin, **header)
    write_nsx(path, [Packet(tick, noise(100))], nsx.channels(3), header)


def write_spikes(path, version="2.3", tick=5, origin=SYSTEMTIME):
    header = nev.Header(version, time_origin=origin)
    nev.write_nev(path, [nev.Spike(tick, 1)], [nev.Electrode(1)], header)


@pytest.mark.parametrize("tick", [0, 30_000 * 3600])
@pytest.mark.parametrize("version", ["2.2", "2.3", "3.0"])
def test_the_time_origin_of_signals_is_that_of_timestamp_0(tmp_path, version, tick):
    write_signals(tmp_path / "a.ns5", version, tick)
    reader = opened(tmp_path / "a.ns5")
    assert reader.get_signal_t_start(0, 0, 0) == tick / 30_000
    assert reader.recorded_at() == MOMENT and reader.recorded_at().tzinfo is UTC
    assert reader.warnings == []


@pytest.mark.parametrize("version", ["2.1", "2.2", "2.3", "3.0"])
def test_so_is_that_of_spikes(tmp_path, version):
    write_spikes(tmp_path / "a.nev", version)
    assert opened(tmp_path / "a.nev").recorded_at() == MOMENT


def test_signals_of_2_1_have_none_and_spikes_beside_them_have(tmp_path):
    write_signals(tmp_path / "a.ns5", "2.1")
    assert opened(tmp_path / "a.ns5").recorded_at() is None
    write_spikes(tmp_path / "a.nev", "2.1")
    assert opened(tmp_path / "a.ns5").recorded_at() == MOMENT
    assert opened(tmp_path / "a.ns5", load_nev=False).recorded_at() == MOMENT


def test_signals_come_before_spikes_and_what_is_none_before_nothing(tmp_path):
    write_signals(tmp_path / "a.ns5")
    write_spikes(tmp_path / "a.nev", origin=OTHER)
    assert opened(tmp_path / "a").recorded_at() == MOMENT
    for origin in (ZEROS, (2024, 0, 3, 1, 14, 3, 22, 250)):
        write_signals(tmp_path / "b.ns5", origin=origin)
        write_spikes(tmp_path / "b.nev")
        reader = opened(tmp_path / "b")
        assert reader.recorded_at() == MOMENT and reader.warnings == []


@pytest.mark.parametrize("start", [1_714_572_202 * 10**9, 1_714_572_202 * 10**9 + 999_999_999])
def test_a_ptp_clock_says_it_whatever_the_headers_do(tmp_path, start):
    stamps = ptp_timestamps(500, start=start)
    write_ptp(tmp_path / "a.ns6", noise(500), stamps, nsx.channels(3))
    reader = opened(tmp_path / "a.ns6")
    expected = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=start // 10**9)
    assert reader.recorded_at() == expected == datetime(2024, 5, 1, 14, 3, 22, tzinfo=UTC)
    first = reader.recorded_at() + timedelta(seconds=reader.get_signal_t_start(0, 0, 0))
    exact = np.datetime64(start, "ns") - np.datetime64(first.replace(tzinfo=None), "ns")
    assert abs(exact) < np.timedelta64(1000, "ns")


@pytest.mark.parametrize(
    ("origin", "said"),
    [
        (ZEROS, []),
        ((2024, 0, 0, 1, 14, 3, 22, 0), ["2024-0-1-14-3-22-0"]),
        ((0, 5, 0, 1, 14, 3, 22, 0), ["0-5-1-14-3-22-0"]),
        ((1601, 1, 1, 1, 0, 0, 0, 0), ["1601-1-1-0-0-0-0"]),
        ((2024, 5, 3, 1, 14, 3, 22, 1000), ["2024-5-1-14-3-22-1000000"]),
        ((0xFFFF,) * 8, ["65535-65535-65535-65535-65535-65535-65535000"]),
    ],
)
def test_origins_that_are_none_give_none_and_one_sentence_for_all_files(tmp_path, origin, said):
    write_signals(tmp_path / "a.ns5", origin=origin)
    write_signals(tmp_path / "a.ns2", origin=origin, period=30)
    write_spikes(tmp_path / "a.nev", origin=origin)
    reader = opened(tmp_path / "a")
    assert reader.recorded_at() is None
    end = "is no date, so when it was recorded is not known."
    assert reader.warnings == [f"time origin: {part} {end}" for part in said]


def test_dates_of_real_recordings(recordings):
    there = recordings / "blackrock"
    expected = datetime(2023, 1, 31, 14, 36, 44, 600_000, tzinfo=UTC)
    assert opened(there / "test_NEURALCD_raw.ns3").recorded_at() == expected
    assert opened(there / "test_NEURALSG_raw.ns3").recorded_at() is None
