"""Spikes of NeuroScope sessions: times, clusters, waveforms, and what is wrong with them."""

import numpy as np
import pytest

from tests.rawio.neuroscope_files import SMALL, opened, unit_of
from tests.writers.neuroscope import (
    Acquisition,
    Parameters,
    SpikeGroup,
    Spikes,
    noise,
    write_session,
    write_spikes,
    write_xml,
)


@pytest.fixture(scope="module")
def session(tmp_path_factory):
    folder = tmp_path_factory.mktemp("rat")
    return folder, write_session(folder, "rat.1", SMALL, n_samples=60_000, seed=5)


def one_group(folder, spikes, parameters=SMALL, **options):
    write_xml(folder / "a.xml", parameters)
    return write_spikes(folder / "a", spikes, **options)


def some_spikes(n=300, group=1, n_channels=3, n_samples=32):
    rng = np.random.default_rng(n)
    ticks = np.cumsum(rng.integers(1, 90, n))
    waveforms = noise((n, n_samples, n_channels), n)
    return Spikes(group, ticks, rng.integers(0, 4, n), waveforms, rng.integers(-9, 9, (n, 9)))


def check_group(reader, spikes, keep=slice(None)):
    """Check times and waveforms of all clusters of a group."""
    for cluster in np.unique(spikes.clusters[keep]):
        unit = unit_of(reader, spikes.group, cluster)
        mine = np.flatnonzero(spikes.clusters[keep] == cluster)
        assert reader.spike_count(0, 0, unit) == len(mine)
        assert reader.spike_timestamps(0, 0, unit).tolist() == spikes.ticks[keep][mine].tolist()
        waveforms = reader.spike_raw_waveforms(0, 0, unit)
        expected = spikes.waveforms[keep][mine].transpose(0, 2, 1)
        np.testing.assert_array_equal(waveforms, expected)
        assert waveforms.dtype == spikes.waveforms.dtype.newbyteorder("=")


def test_every_spike_of_every_cluster(session):
    folder, truth = session
    reader = opened(folder / "rat.1.xml")
    assert not reader.warnings
    units = reader.header["unit_channels"]
    assert units["id"].tolist() == [f"clu{g}#{c}" for g in (1, 2) for c in range(5)]
    assert units["name"].tolist()[:3] == ["clu1#0 artefacts", "clu1#1 noise", "clu1#2"]
    assert units["wf_left_sweep"].tolist() == [16] * 5 + [8] * 5
    assert set(units["wf_sampling_rate"]) == {20000.0}
    for spikes in truth.spikes.values():
        check_group(reader, spikes)


def test_times_are_samples_of_the_dat(session):
    folder, _ = session
    reader = opened(folder / "rat.1.eeg")
    ticks = reader.spike_timestamps(0, 0, 2)
    assert ticks.dtype == np.int64
    np.testing.assert_array_equal(reader.rescale_spike_timestamp(ticks), ticks / 20000)


def test_waveforms_are_scaled_without_the_converters_offset(tmp_path):
    acquisition = Acquisition(12, 5, offset=2048)
    parameters = Parameters(acquisition, spike_groups=SMALL.spike_groups)
    spikes = some_spikes()
    one_group(tmp_path, spikes, parameters)
    reader = opened(tmp_path / "a.xml")
    unit = unit_of(reader, 1, 2)
    raw = reader.spike_raw_waveforms(0, 0, unit)
    millivolts = reader.rescale_waveforms_to_float(raw, "float64", unit)
    np.testing.assert_allclose(millivolts, raw * (20 * 1000 / 4096 / 1000), rtol=1e-12)


@pytest.mark.parametrize("unit", [0, 3, 8])
def test_windows_take_in_both_ends(session, unit):
    folder, _ = session
    reader = opened(folder / "rat.1.xml")
    ticks = reader.spike_timestamps(0, 0, unit)
    times = reader.rescale_spike_timestamp(ticks).tolist()
    everything = reader.spike_raw_waveforms(0, 0, unit)
    for a, b in ((0, 1), (3, 3), (5, len(ticks) - 1), (2, 40)):
        found = reader.spike_timestamps(0, 0, unit, times[a], times[b])
        first, last = np.searchsorted(ticks, [ticks[a], ticks[b] + 1])
        assert found.tolist() == ticks[first:last].tolist()
        waveforms = reader.spike_raw_waveforms(0, 0, unit, times[a], times[b])
        np.testing.assert_array_equal(waveforms, everything[first:last])
    assert len(reader.spike_timestamps(0, 0, unit, 1e9, None)) == 0
    assert reader.spike_raw_waveforms(0, 0, unit, 1e9, None).shape[0] == 0


def test_waveforms_far_apart_and_close_together(tmp_path):
    """Some are read one by one, some with what lies between, and long runs in parts."""
    rng = np.random.default_rng(9)
    n = 40_000
    spikes = Spikes(
        1,
        np.arange(n) * 7,
        np.where(rng.random(n) < 0.001, 2, 3),
        noise((n, 40, 3), 4),
    )
    one_group(tmp_path, spikes, Parameters(SMALL.acquisition, spike_groups=[SpikeGroup((0, 1, 2))]))
    write_xml(
        tmp_path / "a.xml",
        Parameters(SMALL.acquisition, spike_groups=[SpikeGroup((0, 1, 2), 40)]),
    )
    check_group(opened(tmp_path / "a.xml"), spikes)


def test_wide_samples_have_wide_waveforms(tmp_path):
    parameters = Parameters(
        Acquisition(32, 6), anatomical=None, spike_groups=(SpikeGroup((5, 0), 16, 4),)
    )
    truth = write_session(tmp_path, "a", parameters, n_samples=9000)
    reader = opened(tmp_path / "a.xml")
    assert truth.spikes[1].waveforms.itemsize == 4
    check_group(reader, truth.spikes[1])


def test_the_signal_of_a_unit_is_where_it_is_greatest(tmp_path):
    spikes = some_spikes()
    waveforms = np.zeros_like(spikes.waveforms)
    waveforms[:, 10, spikes.clusters % 3] = 0
    for row, cluster in enumerate(spikes.clusters):
        waveforms[row, 10, cluster % 3] = -400
    spikes = Spikes(1, spikes.ticks, spikes.clusters, waveforms)
    write_session(tmp_path, "a", SMALL, n_samples=30_000, extensions=("dat", "lfp"))
    one_group(tmp_path, spikes)
    for name, first in (("a.dat", 0), ("a.lfp", 5)):
        reader = opened(tmp_path / name)
        rows = [reader.unit_signal_channel(unit_of(reader, 1, c)) for c in range(4)]
        assert rows == [first, first + 1, first + 2, first]
        assert reader.unit_signal_channel(unit_of(reader, 2, 2)) == first + 4
        assert reader.unit_signal_channel(0) == first  # found before


def test_the_signal_of_a_unit_that_nothing_tells(tmp_path):
    write_session(tmp_path, "a", SMALL, extensions=("dat",))
    for path in tmp_path.glob("a.spk.*"):
        path.unlink()
    reader = opened(tmp_path / "a.dat")
    assert reader.unit_signal_channel(unit_of(reader, 1, 2)) is None
    assert reader.unit_signal_channel(unit_of(reader, 2, 2)) == 4
    assert reader.spike_raw_waveforms(0, 0, 0) is None
    (tmp_path / "a.dat").unlink()
    reader = opened(tmp_path / "a.xml")
    assert reader.unit_signal_channel(unit_of(reader, 2, 2)) is None


def test_numbers_first_and_other_line_ends(tmp_path):
    spikes = some_spikes()
    for end in ("\r\n", "\r"):
        one_group(tmp_path, spikes, number_first=True, newline=end)
        assert (tmp_path / "a.1.res").exists()
        reader = opened(tmp_path / "a.xml")
        assert not reader.warnings
        check_group(reader, spikes)
        assert reader.segment_t_stop(0, 0) == (spikes.ticks[-1] + 1) / 20000


def test_a_last_line_without_an_end_is_not_read(tmp_path):
    spikes = some_spikes()
    one_group(tmp_path, spikes, last_newline=False)
    reader = opened(tmp_path / "a.xml")
    check_group(reader, spikes, slice(0, len(spikes.ticks) - 1))
    told = "\n".join(reader.warnings)
    assert "the last line of a.res.1 does not end" in told
    assert "the last line of a.clu.1 does not end" in told


def test_spikes_that_are_not_sorted_into_clusters(tmp_path):
    spikes = some_spikes()
    one_group(tmp_path, spikes, leave_out=("clu",))
    reader = opened(tmp_path / "a.xml")
    assert reader.header["unit_channels"]["id"].tolist() == ["res1"]
    assert reader.header["unit_channels"]["name"].tolist() == ["res1 unsorted"]
    assert reader.spike_timestamps().tolist() == spikes.ticks.tolist()
    np.testing.assert_array_equal(reader.spike_raw_waveforms(), spikes.waveforms.transpose(0, 2, 1))


def test_times_from_features_where_there_is_no_res(tmp_path):
    spikes = some_spikes()
    one_group(tmp_path, spikes, leave_out=("res",))
    reader = opened(tmp_path / "a.xml")
    check_group(reader, spikes)
    assert reader.warnings == [
        "group 1 has no .res; the times of its spikes are those of the .fet."
    ]


def test_clusters_without_times(tmp_path):
    write_session(tmp_path, "a", SMALL)
    (tmp_path / "a.res.1").unlink()
    (tmp_path / "a.fet.1").unlink()
    reader = opened(tmp_path / "a.xml")
    assert set(np.char.partition(reader.header["unit_channels"]["id"], "#")[:, 0]) == {"clu2"}
    assert "group 1 has no .res" in reader.warnings[0]


def test_no_spikes_yet(tmp_path):
    write_session(tmp_path, "a", SMALL, n_samples=90, extensions=("dat",))
    assert (tmp_path / "a.res.1").stat().st_size == 0
    reader = opened(tmp_path / "a.xml")
    assert reader.unit_channels_count() == 0
    assert not reader.warnings
    write_spikes(tmp_path / "a", some_spikes())
    (tmp_path / "a.res.1").write_bytes(b"")
    assert "a.res.1 is empty, but group 1 has" in opened(tmp_path / "a.xml").warnings[0]
    (tmp_path / "a.res.1").unlink()
    (tmp_path / "a.fet.1").write_bytes(b"10\n")
    assert "a.fet.1 is empty, but group 1 has" in opened(tmp_path / "a.xml").warnings[1]


def test_more_clusters_than_times(tmp_path):
    spikes = some_spikes()
    path = one_group(tmp_path, spikes)["res"]
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join(lines[:-9]))
    reader = opened(tmp_path / "a.xml")
    check_group(reader, spikes, slice(0, 291))
    assert "the last 9 spikes are left out" in "\n".join(reader.warnings)


def test_more_times_than_clusters(tmp_path):
    spikes = some_spikes()
    path = one_group(tmp_path, spikes)["clu"]
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join(lines[:-9]))
    reader = opened(tmp_path / "a.xml")
    check_group(reader, spikes, slice(0, 291))
    assert "the last 9 are shown unsorted" in "\n".join(reader.warnings)
    assert reader.header["unit_channels"]["id"].tolist()[0] == "res1"
    assert reader.spike_timestamps(0, 0, 0).tolist() == spikes.ticks[291:].tolist()
    np.testing.assert_array_equal(
        reader.spike_raw_waveforms(0, 0, 0), spikes.waveforms[291:].transpose(0, 2, 1)
    )


def test_spikes_out_of_order_are_sorted_with_their_waveforms(tmp_path):
    spikes = some_spikes()
    order = np.random.default_rng(0).permutation(len(spikes.ticks))
    shuffled = Spikes(1, spikes.ticks[order], spikes.clusters[order], spikes.waveforms[order], None)
    one_group(tmp_path, shuffled)
    reader = opened(tmp_path / "a.xml")
    assert "not in time order" in reader.warnings[0]
    check_group(reader, spikes)


@pytest.mark.parametrize("word", [b"x", b"nan", b"1e99", b"9" * 30, b"\0", b"0x10", b"1_0", b"--4"])
def test_what_is_no_number_ends_the_reading(tmp_path, word):
    spikes = some_spikes()
    path = one_group(tmp_path, spikes)["res"]
    lines = path.read_bytes().splitlines()
    lines[100] = word
    path.write_bytes(b"\n".join(lines) + b"\n")
    reader = opened(tmp_path / "a.xml")
    check_group(reader, spikes, slice(0, 100))
    assert "number 101 of a.res.1 is" in reader.warnings[0]


def test_times_written_as_decimals(tmp_path):
    spikes = some_spikes()
    path = one_group(tmp_path, spikes)["res"]
    path.write_text("".join(f"{t:.7e}\n" for t in spikes.ticks))
    reader = opened(tmp_path / "a.xml")
    check_group(reader, spikes)
    assert not reader.warnings
    path.write_text("".join(f"{t}.25\n" for t in spikes.ticks))
    reader = opened(tmp_path / "a.xml")
    check_group(reader, spikes)
    assert "300 numbers of a.res.1 are not whole" in reader.warnings[0]


def test_waveforms_whose_length_the_xml_does_not_say(tmp_path):
    spikes = some_spikes()
    shown = Parameters(
        SMALL.acquisition, spike_groups=[SpikeGroup((0, 1, 2), None, None)], colors={0: "#0080ff"}
    )
    one_group(tmp_path, spikes, shown)
    reader = opened(tmp_path / "a.xml")
    check_group(reader, spikes)
    assert "they have 32 samples" in reader.warnings[0]
    assert set(reader.header["unit_channels"]["wf_left_sweep"]) == {0}
    # What NeuroScope shows is of no use but where it is as long.
    long = Spikes(1, spikes.ticks, spikes.clusters, noise((300, 99, 3), 1))
    one_group(tmp_path, long, shown)
    assert set(opened(tmp_path / "a.xml").header["unit_channels"]["wf_left_sweep"]) == {98}


def test_waveforms_that_end_too_early_or_too_late(tmp_path):
    spikes = some_spikes()
    path = one_group(tmp_path, spikes)["spk"]
    data = path.read_bytes()
    path.write_bytes(data[:-400])  # two and a bit
    reader = opened(tmp_path / "a.xml")
    assert "zeros stand for the last 3" in reader.warnings[0]
    lost = spikes.waveforms.copy()
    lost[-3:] = 0
    check_group(reader, Spikes(1, spikes.ticks, spikes.clusters, lost))
    path.write_bytes(data + bytes(7))
    reader = opened(tmp_path / "a.xml")
    check_group(reader, spikes)
    assert len(reader.warnings) == 1
    path.write_bytes(data[:50])
    reader = opened(tmp_path / "a.xml")
    assert reader.spike_raw_waveforms() is None
    assert "a.spk.1 is not read" in reader.warnings[0]


def test_groups_that_the_xml_does_not_have(tmp_path):
    spikes = some_spikes(group=7)
    one_group(tmp_path, spikes)
    reader = opened(tmp_path / "a.xml")
    assert reader.spike_timestamps(0, 0, 1).tolist() == spikes.ticks[spikes.clusters == 1].tolist()
    assert reader.spike_raw_waveforms() is None
    assert "a.spk.7 is not read" in reader.warnings[0]


def test_as_many_clusters_as_spikes(tmp_path):
    spikes = some_spikes(3000)
    one_group(tmp_path, Spikes(1, spikes.ticks, np.arange(3000), spikes.waveforms))
    reader = opened(tmp_path / "a.xml")
    assert reader.unit_channels_count() == 1
    assert "names 3000 clusters, too many" in reader.warnings[0]


def test_spikes_after_the_end_of_the_signals(tmp_path):
    write_session(tmp_path, "a", SMALL, n_samples=20_000)
    (tmp_path / "a.res.1").write_text("100\n90000\n")
    (tmp_path / "a.clu.1").write_text("1\n2\n2\n")
    reader = opened(tmp_path / "a.dat")
    assert reader.segment_t_stop(0, 0) == 90001 / 20000
    assert any("go on until 4.500 s, samples end at 1.000 s" in w for w in reader.warnings)
