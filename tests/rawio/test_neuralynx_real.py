"""Real files, and neo 0.14.6 where it reads Neuralynx files right.

Where neo is not asked: records that are not full before others, several streams (it gives the
channels of one stream the name of another), names with blanks, tetrodes (four units of each),
records by unit numbers of several electrodes, events before the first in file order or between
segments, and the name of channels without AcqEntName.
"""

import neo.rawio
import numpy as np
import pytest

from rawio.testing import check_reader
from tests.rawio.neo_compliance import complies
from tests.rawio.neuralynx_files import names, opened, pieces, stream_of, times
from tests.writers.neuralynx import (
    Header,
    noise,
    record_dtype,
    write_nev,
    write_session,
    write_spikes,
)

ORIGIN = 1_698_932_395_971_990  # of the first event, which comes before all samples
SIZES = {"LAHC1": 11_691, "LAHC2": 11_691, "LAHC3": 11_691, "LAHCu1": 187_071}


@pytest.fixture
def real(recordings):
    """Return the folder of real Neuralynx files."""
    return recordings / "neuralynx"


def neo_of(folder, **options):
    reader = neo.rawio.NeuralynxRawIO(dirname=str(folder), **options)
    reader.parse_header()
    return reader


def records_of(path, kind):
    return np.frombuffer(path.read_bytes(), record_dtype(kind), offset=16384)


def valid_of(path):
    """Return the valid samples of each record."""
    records = records_of(path, "ncs")
    return [r["samples"][: r["n_valid"]] for r in records]


def test_the_recording(real):
    reader = opened(real, exclude_filenames="LAHC1_3_gaps.ncs")
    assert names(reader) == list(SIZES)
    assert reader.header["signal_channels"]["id"].tolist() == ["8", "9", "10", "136"]
    assert reader.header["signal_channels"]["sampling_rate"].tolist() == [2000.0] * 3 + [32000.0]
    np.testing.assert_allclose(
        reader.header["signal_channels"]["gain"],
        [-0.305175781250000006] * 3 + [-0.030517578125],
        rtol=1e-12,
    )
    assert reader.header["signal_streams"]["name"].tolist() == [
        "stream0_32000Hz_1mVRange_DSPFilter1",
        "stream1_2000Hz_10mVRange_DSPFilter0",
    ]
    assert reader.segment_count(0) == 1
    for name, size in SIZES.items():
        (piece,) = pieces(reader, name)
        assert len(piece[1]) == size
        np.testing.assert_array_equal(piece[1], np.concatenate(valid_of(real / f"{name}.ncs")))
    assert reader.get_signal_t_start(0, 0, 0) == pytest.approx(16e-6, abs=1e-12)
    assert reader.get_signal_t_start(0, 0, 1) == pytest.approx(485e-6, abs=1e-12)
    assert times(reader) == (0.0, pytest.approx(5.846 - 15e-6, abs=1e-6))
    assert not reader.warnings


def test_the_events(real):
    """Four records, the first of which are out of order."""
    reader = opened(real / "Events.nev")
    records = records_of(real / "Events.nev", "nev")
    assert reader.header["event_channels"]["name"].tolist() == ["Events event_id=19 ttl=0"]
    ticks, durations, labels = reader.event_timestamps()
    assert ticks.tolist() == np.sort(records["timestamp"].astype(np.int64)).tolist()
    assert ticks[0] == ORIGIN
    assert durations is None
    assert labels.tolist() == ["Starting Recording"] * 2 + ["Stopping Recording"] * 2
    assert reader.rescale_event_timestamp(ticks)[0] == 0.0


def test_three_gaps(real):
    reader = opened(real / "LAHC1_3_gaps.ncs")
    found = pieces(reader, "LAHC1")
    valid = valid_of(real / "LAHC1_3_gaps.ncs")
    assert sum(map(len, valid)) == 11_561
    assert [len(samples) for _, samples in found] == [5020, 3065, 2537, 939]
    np.testing.assert_array_equal(np.concatenate([s for _, s in found]), np.concatenate(valid))
    first = records_of(real / "LAHC1_3_gaps.ncs", "ncs")["timestamp"].astype(np.int64)
    assert [t for t, _ in found] == [(int(first[r]) - int(first[0])) / 1e6 for r in (0, 10, 16, 21)]
    assert not reader.warnings


def test_the_whole_folder(real):
    """The file with gaps is of the same entity as another; its gaps cut all streams."""
    reader = opened(real)
    assert names(reader) == ["LAHC1", "LAHC1_3_gaps", "LAHC2", "LAHC3", "LAHCu1"]
    assert reader.segment_count(0) == 4
    for name, size in (SIZES | {"LAHC1_3_gaps": 11_561}).items():
        joined = np.concatenate([samples for _, samples in pieces(reader, name)])
        assert len(joined) == size
        np.testing.assert_array_equal(joined, np.concatenate(valid_of(real / f"{name}.ncs")))
    assert sum(reader.event_count(0, seg, 0) for seg in range(4)) == 4
    assert ["entity 'LAHC1'" in w for w in reader.warnings] == [True]


@pytest.mark.parametrize("options", [{}, {"keep_original_times": True}])
@pytest.mark.parametrize("name", ["", "LAHC1.ncs", "LAHC1_3_gaps.ncs", "LAHCu1.ncs", "Events.nev"])
def test_checks_of_every_reader(real, name, options):
    check_reader(opened(real / name, **options))
    complies(opened(real / name, **options))


@pytest.mark.parametrize("name", ["LAHC1.ncs", "LAHC1_3_gaps.ncs", "LAHCu1.ncs"])
def test_neo_agrees_on_a_real_channel(real, name):
    ours = opened(real / name)
    theirs = neo_of(real, include_filenames=[name], gap_tolerance_ms=0.1)
    agree(ours, theirs)


def agree(ours, theirs):
    """Hold a recording of one stream against neo's reading of it."""
    for table in ("signal_streams", "signal_channels"):
        for field in theirs.header[table].dtype.names:
            assert ours.header[table][field].tolist() == theirs.header[table][field].tolist()
    for field in ("name", "id", "wf_gain", "wf_units", "wf_sampling_rate"):
        mine, other = (r.header["spike_channels"][field].tolist() for r in (ours, theirs))
        assert mine == other
    for field in ("name", "id", "type"):
        mine, other = (r.header["event_channels"][field].tolist() for r in (ours, theirs))
        assert mine == other
    assert ours.header["nb_segment"] == theirs.header["nb_segment"]
    for seg in range(ours.segment_count(0)):
        size = ours.get_signal_size(0, seg, 0)
        assert size == theirs.get_signal_size(0, seg, 0)
        start = theirs.get_signal_t_start(0, seg, 0)
        assert ours.get_signal_t_start(0, seg, 0) == pytest.approx(start, abs=1e-6)
        samples = [
            reader.get_analogsignal_chunk(
                block_index=0, seg_index=seg, i_start=0, i_stop=size, stream_index=0
            )
            for reader in (ours, theirs)
        ]
        np.testing.assert_array_equal(*samples)
        _points_agree(ours, theirs, seg)


def _points_agree(ours, theirs, seg):
    for u in range(ours.unit_channels_count()):
        start = ours.get_signal_t_start(0, seg, 0)
        for limits in ({}, {"t_start": start + 0.2, "t_stop": start + 0.7}):
            where = {"block_index": 0, "seg_index": seg, "spike_channel_index": u} | limits
            mine, other = (r.get_spike_timestamps(**where) for r in (ours, theirs))
            assert mine.tolist() == other.tolist()
            mine, other = (r.get_spike_raw_waveforms(**where) for r in (ours, theirs))
            np.testing.assert_array_equal(mine, other)
    for e in range(ours.event_channels_count()):
        where = {"block_index": 0, "seg_index": seg, "event_channel_index": e}
        (ticks, _, labels), (ticks_2, _, labels_2) = (
            r.get_event_timestamps(**where) for r in (ours, theirs)
        )
        assert ticks.tolist() == ticks_2.tolist()
        assert labels.tolist() == labels_2.tolist()


@pytest.mark.parametrize("style", ["cheetah5.4", "cheetah5.5", "cheetah5.7", "cheetah6", "pegasus"])
def test_neo_agrees_on_written_sessions(tmp_path, style):
    write_session(tmp_path, Header(style), n_channels=12, n_samples=32_000, gaps_us=[500_000])
    rng = np.random.default_rng(0)
    ticks = 10_000_000 + np.concatenate(
        [np.sort(rng.integers(0, 10**6, 50)), np.sort(rng.integers(1_500_000, 2_500_000, 50))]
    )
    spikes = Header(style, name="SE1", channels=(3,))
    write_spikes(tmp_path / "SE1.nse", spikes, ticks, np.arange(100) % 3, noise((100, 1, 32), 1))
    texts = [b"event %d" % k for k in range(100)]
    write_nev(tmp_path / "Events.nev", Header(style, name="Events"), ticks, ticks % 2, 11, texts)
    ours, theirs = opened(tmp_path), neo_of(tmp_path, gap_tolerance_ms=0.1)
    agree(ours, theirs)
    assert stream_of(ours, "CSC1") == 0
    complies(ours)
    ours = opened(tmp_path, keep_original_times=True)
    theirs = neo_of(tmp_path, gap_tolerance_ms=0.1, keep_original_times=True)
    assert ours.get_signal_t_start(0, 1, 0) == theirs.get_signal_t_start(0, 1, 0)
    complies(ours)
