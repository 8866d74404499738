"""Spikes of .nse, .nst and .ntt files, events of .nev files."""

import numpy as np
import pytest

from rawio.neuralynx import points as pointing
from rawio.testing import Expected, check_reader
from tests.rawio.neuralynx_files import header, opened, times
from tests.writers.neuralynx import (
    ELECTRODES,
    Header,
    Run,
    noise,
    write_ncs,
    write_nev,
    write_spikes,
)

START = 10_000_000


def signal(folder, gaps_us=(), n=32_000, name="CSC1", channel=0, **fields):
    """Write runs of a second each, a gap after all but the last."""
    runs = [Run(noise(n, 1), START)]
    for gap in gaps_us:
        runs.append(runs[-1].then(noise(n, 2), gap))
    write_ncs(folder / f"{name}.ncs", header(name, channel, **fields), runs)


def some_times(n, seconds=1.0, seed=0):
    return np.sort(np.random.default_rng(seed).integers(0, int(seconds * 1e6), n)) + START


@pytest.mark.parametrize("kind", ELECTRODES)
def test_spikes_and_waveforms(tmp_path, kind):
    n = ELECTRODES[kind]
    signal(tmp_path)
    ticks, units = some_times(500), np.arange(500) * 7 % 5
    waves = noise((500, n, 32), 3)
    head = Header(name="E1", channels=tuple(range(8, 8 + n)))
    write_spikes(tmp_path / f"E1.{kind}", head, ticks, units, waves, entity=77, features=9)
    reader = opened(tmp_path)
    table = reader.header["unit_channels"]
    assert table["name"].tolist() == [f"chE1#8#{u}" for u in range(5)]
    assert table["id"].tolist() == list("01234")
    assert set(table["wf_units"].tolist()) == {"uV"}
    assert set(table["wf_gain"].tolist()) == {-0.030517578125}
    assert set(table["wf_left_sweep"].tolist()) == {7}
    assert set(table["wf_sampling_rate"].tolist()) == {32000.0}
    expected = Expected(
        spikes={(0, 0, u): ticks[units == u] for u in range(5)},
        waveforms={(0, 0, u): waves[units == u] for u in range(5)},
    )
    check_reader(opened(tmp_path), expected)
    check_reader(opened(tmp_path, keep_original_times=True), expected)
    low, high = 0.25, 0.5
    inside = (units == 2) & (ticks >= START + 250_000) & (ticks <= START + 500_000)
    assert reader.spike_timestamps(0, 0, 2, low, high).tolist() == ticks[inside].tolist()
    assert not reader.warnings


def test_spikes_out_of_order_are_put_in_order(tmp_path):
    order = np.random.default_rng(1).permutation(300)
    ticks, waves = some_times(300), noise((300, 1, 32), 2)
    write_spikes(tmp_path / "SE1.nse", header("SE1"), ticks[order], 0, waves[order])
    reader = opened(tmp_path / "SE1.nse")
    np.testing.assert_array_equal(reader.spike_timestamps(), ticks)
    np.testing.assert_array_equal(np.sort(reader.spike_raw_waveforms(), 0), np.sort(waves, 0))
    assert times(reader) == (0.0, (ticks[-1] - ticks[0]) / 1e6)


def test_each_electrode_has_its_own_gain(tmp_path):
    volts = (1e-8, 2e-8, 3e-8, 4e-8)
    head = Header(name="TT1", channels=(0, 1, 2, 3), ad_bit_volts=volts, input_inverted=False)
    waves = noise((5, 4, 32), 1)
    write_spikes(tmp_path / "TT1.ntt", head, some_times(5), 0, waves)
    reader = opened(tmp_path / "TT1.ntt")
    gains = np.array(volts) * 1e6
    for call in ({"unit_index": 0}, {"spike_channel_index": 0}):
        found = reader.rescale_waveforms_to_float(waves, "float64", **call)
        np.testing.assert_allclose(found, waves * gains[:, None], rtol=1e-14)
    assert reader.header["unit_channels"]["wf_gain"][0] == pytest.approx(0.01)


def test_the_signal_that_a_unit_was_detected_on(tmp_path):
    signal(tmp_path, name="LFP1", channel=8, rate=2000, n=2000)
    signal(tmp_path, name="CSC1", channel=8)
    signal(tmp_path, name="CSC2", channel=11)
    foreign = Header(name="Far", channels=(9,), properties={"HardwareSubSystemName": "AcqSystem2"})
    write_ncs(tmp_path / "Far.ncs", foreign, [Run(noise(900, 1), START)])
    for name, channels in (("A", (8,)), ("B", (9,)), ("C", (9, 10, 11, 8))):
        kind = "nse" if len(channels) == 1 else "ntt"
        head = Header(name=name, channels=channels)
        write_spikes(tmp_path / f"{name}.{kind}", head, some_times(3))
    reader = opened(tmp_path)
    rows = [reader.unit_signal_channel(u) for u in range(3)]
    names = reader.header["signal_channels"]["name"].tolist()
    assert [None if row is None else names[row] for row in rows] == ["CSC1", None, "CSC2"]


@pytest.mark.parametrize("style", ["cheetah4", "bml", "cheetah5.3", "cheetah6", "pegasus"])
def test_headers_of_every_program(tmp_path, style):
    head = Header(style, name="TT 1", channels=(4, 5, 6, 7), ad_bit_volts=2e-8)
    waves = noise((4, 4, 32), 1)
    write_spikes(tmp_path / "TT1.ntt", head, some_times(4), 1, waves)
    reader = opened(tmp_path / "TT1.ntt")
    (unit,) = reader.header["unit_channels"]
    assert unit["name"] == "chTT 1#4#1"
    assert unit["wf_gain"] == pytest.approx(0.02 if style in ("cheetah4", "bml") else -0.02)
    np.testing.assert_array_equal(reader.spike_raw_waveforms(), waves)


# -- events --------------------------------------------------------------------------------------


def test_events_by_id_and_ttl(tmp_path):
    signal(tmp_path)
    ticks = some_times(6)
    ttls, ids = [0, 1, 0xFFFF, 1, 0, 0x8000], [11, 11, 11, 11, 4, 11]
    texts = [b"TTL Input", b"\xb5V", "µV".encode(), b"", b"x" * 128, b"a\0junk"]
    write_nev(tmp_path / "Events.nev", Header(name="Events"), ticks, ttls, ids, texts)
    reader = opened(tmp_path)
    table = reader.header["event_channels"]
    assert table["name"].tolist() == [
        f"Events event_id={i} ttl={t}"
        for i, t in ((4, 0), (11, -32768), (11, -1), (11, 0), (11, 1))
    ]
    assert table["id"].tolist() == ["unknown"] * 5
    assert table["type"].tolist() == [b"event"] * 5
    rows = [[4], [5], [2], [0], [1, 3]]
    labels = ["TTL Input", "µV", "µV", "", "x" * 128, "a"]
    expected = {
        (0, 0, e): (ticks[row], None, np.array([labels[k] for k in row]))
        for e, row in enumerate(rows)
    }
    check_reader(opened(tmp_path), Expected(events=expected))
    check_reader(opened(tmp_path, keep_original_times=True), Expected(events=expected))
    assert reader.rescale_event_timestamp(ticks[:1], event_channel_index=4)[0] == (
        (ticks[0] - START) / 1e6
    )
    assert not reader.warnings


def test_points_belong_to_the_nearest_segment(tmp_path):
    signal(tmp_path, gaps_us=(2_000_000, 2_000_000))  # 10 to 11, 13 to 14, 16 to 17
    ticks = np.array([9_000_000, 10_000_000, 11_999_999, 12_000_000, 14_000_001, 18_000_000])
    write_nev(tmp_path / "Events.nev", Header(name="Events"), ticks)
    reader = opened(tmp_path)
    found = [reader.event_timestamps(0, seg, 0)[0].tolist() for seg in range(3)]
    assert found == [ticks[:3].tolist(), ticks[3:5].tolist(), ticks[5:].tolist()]
    assert [times(reader, seg) for seg in range(3)] == [
        (0.0, 2.999999),
        (3.0, 5.000001),
        (7.0, 9.0),
    ]
    assert [reader.get_signal_t_start(0, seg) for seg in range(3)] == [1.0, 4.0, 7.0]
    check_reader(reader)


def test_the_clock_is_set_back_for_points_too(tmp_path):
    first = Run(noise(32_000, 1), 50_000_000)
    runs = [first, first.then(noise(32_000, 2), start_us=2_000_000)]
    write_ncs(tmp_path / "CSC1.ncs", header(), runs)
    ticks = np.array([50_500_000, 50_600_000, 2_100_000, 2_700_000])
    write_nev(tmp_path / "Events.nev", Header(name="Events"), ticks)
    # These have no spike before: their times tell.
    write_spikes(tmp_path / "SE1.nse", header("SE1"), [2_300_000, 2_200_000])
    reader = opened(tmp_path)
    found = [reader.event_timestamps(0, seg, 0)[0].tolist() for seg in range(2)]
    assert found == [ticks[:2].tolist(), ticks[2:].tolist()]
    spikes = [reader.spike_timestamps(0, seg).tolist() for seg in range(2)]
    assert spikes == [[], [2_200_000, 2_300_000]]
    assert reader.get_signal_t_start(0, 0) == 48.0
    assert times(reader, 1) == (0.0, 1.0)
    check_reader(reader)


def test_events_alone(tmp_path):
    write_nev(tmp_path / "Events.nev", Header("neuraview"), [500, 300, 900], 1, 4, b"mark")
    reader = opened(tmp_path / "Events.nev")
    ticks, durations, labels = reader.event_timestamps()
    assert (ticks.tolist(), durations, labels.tolist()) == ([300, 500, 900], None, ["mark"] * 3)
    assert times(reader) == (0.0, 0.0006)
    assert reader.header["event_channels"]["name"].tolist() == ["Events event_id=4 ttl=1"]
    check_reader(reader)
    write_nev(tmp_path / "Events.nev", Header("neuraview"), [500])
    reader = opened(tmp_path / "Events.nev", keep_original_times=True)
    start, stop = times(reader)
    assert start == 0.0005 < stop < 0.000502


def test_several_sources_of_events(tmp_path):
    write_nev(tmp_path / "Events.nev", Header(name="Events"), [500], 1, 4, b"first")
    write_nev(tmp_path / "Marks.nev", Header("neuraview"), [900], 1, 4, b"second")
    reader = opened(tmp_path)
    assert reader.header["event_channels"]["name"].tolist() == [
        "Events event_id=4 ttl=1",
        "Marks event_id=4 ttl=1",
    ]
    found = [reader.event_timestamps(0, 0, e)[2].tolist() for e in range(2)]
    assert found == [["first"], ["second"]]


def test_files_without_records_have_no_units_and_need_no_warning(tmp_path):
    signal(tmp_path)
    write_nev(tmp_path / "Events.nev", Header(name="Events"))
    for kind in ELECTRODES:
        write_spikes(tmp_path / f"{kind}.{kind}", header(kind))
    reader = opened(tmp_path)
    assert reader.unit_channels_count() == reader.event_channels_count() == 0
    assert not reader.warnings


def test_damaged_records(tmp_path, monkeypatch):
    ticks = some_times(10).astype(np.uint64)
    ticks[3] = 1 << 62
    write_nev(tmp_path / "Events.nev", Header(name="Events"), ticks)
    reader = opened(tmp_path / "Events.nev")
    assert reader.event_count() == 9
    assert "1 records are left out" in reader.warnings[0]
    monkeypatch.setattr("rawio.neuralynx.reader.MOST_CODES", 5)
    write_spikes(tmp_path / "SE1.nse", header("SE1"), ticks, np.arange(10))
    reader = opened(tmp_path / "SE1.nse")
    assert reader.unit_channels_count() == 0
    assert "more than 5 different" in reader.warnings[0]


def test_large_files_are_scanned_once(tmp_path, monkeypatch):
    monkeypatch.setattr(pointing, "CACHED_BYTES", 0)
    ticks, waves = some_times(5000), noise((5000, 1, 32), 1)
    write_spikes(tmp_path / "SE1.nse", header("SE1"), ticks, np.arange(5000) % 3, waves)
    scan = pointing._scan
    seen = []
    monkeypatch.setattr(pointing, "_scan", lambda *a: (seen.append(a), scan(*a))[1])
    for _ in range(2):
        reader = opened(tmp_path / "SE1.nse")
        assert reader.spike_timestamps(0, 0, 1).tolist() == ticks[1::3].tolist()
        np.testing.assert_array_equal(reader.spike_raw_waveforms(0, 0, 1), waves[1::3])
    assert len(seen) == 1
    opened(tmp_path / "SE1.nse", use_cache=False)
    assert len(seen) == 2
    write_spikes(tmp_path / "SE1.nse", header("SE1"), ticks + 1, 0, waves)
    assert opened(tmp_path / "SE1.nse").spike_timestamps()[0] == ticks[0] + 1
