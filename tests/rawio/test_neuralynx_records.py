"""The index of large files: from few timestamps, and from those of another file."""

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from rawio.files import RawFile
from rawio.neuralynx import channels as indexing
from rawio.neuralynx import records
from rawio.neuralynx.periods import Tolerance, stated_periods
from tests.rawio.neuralynx_files import header, names, opened, pieces
from tests.writers.neuralynx import (
    Header,
    Run,
    ncs_records,
    noise,
    pack_header,
    write_ncs,
    write_records,
)

HEAD = [("t", "<u8"), ("channel", "<u4"), ("rate", "<u4"), ("n", "<u4")]

SETTINGS = settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@pytest.fixture
def small_steps(monkeypatch):
    monkeypatch.setattr(records, "COARSE", 32)
    monkeypatch.setattr(records, "FINE", 4)
    monkeypatch.setattr(records, "SLAB_RECORDS", 7)


@pytest.fixture
def nothing_scanned(monkeypatch, small_steps):
    monkeypatch.setattr(indexing, "SCANNED_BYTES", 0)


def scan_of(path, rate=32000):
    n_records = (path.stat().st_size - 16384) // 1044
    return records.Scan(RawFile(path), n_records, stated_periods(rate, rate), Tolerance())


def chain(lengths, gaps, **run):
    """Return runs with these numbers of samples and gaps after them."""
    runs = [Run(np.zeros(lengths[0], np.int16), 10_000_000, **run)]
    for n, gap in zip(lengths[1:], gaps, strict=True):
        runs.append(runs[-1].then(np.zeros(n, np.int16), gap))
    return runs


@given(data=st.data())
@SETTINGS
def test_few_timestamps_tell_what_all_do(tmp_path, small_steps, data):
    lengths = data.draw(st.lists(st.integers(1, 60_000), min_size=1, max_size=5))
    gaps = data.draw(
        st.lists(
            st.integers(50, 10**7) | st.integers(-(10**7), -90),
            min_size=len(lengths) - 1,
            max_size=len(lengths) - 1,
        )
    )
    # A gap as long as what is missing in the record before it does not show in timestamps.
    hidden = [gap - -n % 512 * 31.25 for gap, n in zip(gaps, lengths[:-1], strict=True)]
    assume(not any(abs(shift) < 25 for shift in hidden))
    rate = data.draw(st.sampled_from(["32000", "31999.7", "32000.4"]))
    runs = chain(lengths, gaps, rate=rate, wobble_us=(0, 0, 1, 0, -1))
    write_ncs(tmp_path / "a.ncs", header(), runs, record_rate=32000)
    whole, few = scan_of(tmp_path / "a.ncs").complete(), scan_of(tmp_path / "a.ncs").sparse()
    assert few.same_as(whole)
    if not any(gap < 0 for gap in gaps):
        assert few.begins.tolist() == np.cumsum([0, *(-(-n // 512) for n in lengths[:-1])]).tolist()
    for sample in {0, few.n_samples // 3, few.n_samples - 1}:
        record = few.record_of(sample)
        assert few.samples_before(record) <= sample < few.samples_before(record + 1)


def test_gaps_that_make_another_period_likely(tmp_path, small_steps):
    """By the coarse steps a sample takes 31 us, as it does in files of Cheetah before 5."""
    runs = chain([1, 54_785, 9729, 2995, 13_313], [50, 50, 50, 10_019], rate="31999.7")
    write_ncs(tmp_path / "a.ncs", header(), runs, record_rate=32000)
    few = scan_of(tmp_path / "a.ncs").sparse()
    assert few.begins.tolist() == [0, 1, 109, 129, 135]
    assert few.same_as(scan_of(tmp_path / "a.ncs").complete())


def test_few_timestamps_are_read(tmp_path):
    runs = chain([512 * 9000 + 77, 512 * 11_000], [40_000])
    write_ncs(tmp_path / "a.ncs", header(), runs)
    scan = scan_of(tmp_path / "a.ncs")
    seen = []
    scan.heads_at, at = (lambda r: (seen.append(len(r)), at(r))[1]), scan.heads_at
    heads = scan._heads
    scan._heads = lambda a, b: (seen.append(b - a), heads(a, b))[1]
    index = scan.sparse()
    assert index.begins.tolist() == [0, 9001]
    assert (index.short.tolist(), index.valid.tolist()) == ([9000], [77])
    assert sum(seen) < 300


def test_too_many_gaps_or_no_times_are_read_whole(tmp_path, small_steps, monkeypatch):
    monkeypatch.setattr(records, "MOST_RESTARTS", 10)
    write_ncs(tmp_path / "a.ncs", header(), chain([700] * 100, [500] * 99))
    whole = scan_of(tmp_path / "a.ncs").complete()
    assert len(whole.begins) == 100
    assert scan_of(tmp_path / "a.ncs").sparse().same_as(whole)
    good = ncs_records(chain([51_200], []))
    for bad in (0, 17, 32, 50, 99):
        changed = good.copy()
        changed["timestamp"][bad] = 1 << 63
        write_records(tmp_path / "b.ncs", header(), changed)
        scans = [scan_of(tmp_path / "b.ncs") for _ in range(2)]
        few, whole = scans[0].sparse(), scans[1].complete()
        assert scans[1].timeless == 1
        # Between two timestamps that fit, nobody looks.
        assert few.same_as(whole)


def test_a_file_that_has_the_timing_of_another(tmp_path):
    runs = chain([30_000, 512 * 20, 77], [40_000, 900])
    write_ncs(tmp_path / "a.ncs", header(), runs)
    index = scan_of(tmp_path / "a.ncs").complete()
    good = ncs_records(runs)
    write_records(tmp_path / "b.ncs", header(), good)
    assert scan_of(tmp_path / "b.ncs").matches(index)
    for field, record, change in (
        ("timestamp", 0, 3),
        ("timestamp", 58, 3),
        ("timestamp", 59, -3),
        ("timestamp", len(good) - 1, 3),
        ("n_valid", 58, 1),
        ("n_valid", len(good) - 1, 1),
        ("n_valid", len(good) - 2, -1),
    ):
        changed = good.copy()
        changed[field][record] = int(changed[field][record]) + change
        write_records(tmp_path / "b.ncs", header(), changed)
        assert not scan_of(tmp_path / "b.ncs").matches(index), (field, record)


def test_large_recordings_share_their_index(tmp_path, nothing_scanned):
    first = Run(noise(40_000, 1), 10_000_000)
    for k in range(6):
        runs = [first, first.then(noise(30_000, k), 2_000_000 if k < 5 else 3_000_000)]
        write_ncs(tmp_path / f"CSC{k}.ncs", header(f"CSC{k}", k), runs)
    reader = opened(tmp_path)
    assert [names(reader, s) for s in range(2)] == [[f"CSC{k}" for k in range(5)], ["CSC5"]]
    for k in range(6):
        found = [piece for piece in pieces(reader, f"CSC{k}") if piece]
        start = 10 + 1.25 + (2 if k < 5 else 3)
        assert [piece[0] for piece in found] == [0.0, start - 10]
        np.testing.assert_array_equal(found[1][1], noise(30_000, k))
    timings = {id(channel.timing) for channel in reader._channels}
    assert len(timings) == 2
    assert not reader.warnings


def test_samples_beyond_four_gigabytes(tmp_path):
    n_records = (1 << 22) + 10_000
    path = tmp_path / "CSC1.ncs"
    end = Run(noise(512 * 5000, 1), 10_000_000 + (n_records - 5000) * 16_000)
    with path.open("wb") as file:
        file.write(pack_header(header(), "ncs"))
        for record in range(0, n_records - 5000, records.COARSE):  # the rest is a hole
            file.seek(16384 + record * 1044)
            head = np.array((10_000_000 + record * 16_000, 0, 32_000, 512), HEAD)
            file.write(head.tobytes())
        file.seek(16384 + (n_records - 5000) * 1044)
        file.write(ncs_records([end]).tobytes())
    reader = opened(path)
    n = 512 * n_records
    assert reader.get_signal_size(0, 0) == n > 1 << 31
    np.testing.assert_array_equal(
        reader.get_analogsignal_chunk(0, 0, n - 512 * 5000, n)[:, 0], end.samples
    )
    assert not reader.warnings


def test_what_timestamps_cannot_show_is_noticed_when_read(tmp_path, nothing_scanned):
    good = ncs_records([Run(noise(512 * 300, 1), 10_000_000)])
    good["n_valid"][77] = 500
    write_records(tmp_path / "CSC1.ncs", Header(), good)
    reader = opened(tmp_path)
    assert reader.get_signal_size(0, 0) == 512 * 300
    reader.get_analogsignal_chunk(0, 0, 0, 512 * 77)
    assert not reader.warnings
    for _ in range(2):
        found = reader.get_analogsignal_chunk(0, 0, 512 * 70, 512 * 90)
        np.testing.assert_array_equal(found.ravel(), good["samples"][70:90].ravel())
    assert ["CSC1.ncs: a record is not full" in w for w in reader.warnings] == [True]
