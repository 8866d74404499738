"""Real .meta files beside small .bin files, held against what is known, neo, probeinterface."""

import numpy as np
import probeinterface
import pytest

from rawio.spikeglx import SpikeGLXRawIO
from rawio.testing import check_reader
from tests.rawio.spikeglx_files import channels_of, check_stream, label_of, opened, stream_names
from tests.rawio.test_spikeglx_neo import agree, complies, neo_of
from tests.writers.spikeglx import write_beside

# Stream as neo names it, microvolts (volts for NI-DAQ) a step, rate, first sample.
REAL = {
    "sample3A_g0_t0.imec.ap.meta": ("imec.ap", 2.34375, 30000, 84149244),
    "sample3A_g0_t0.imec.lf.meta": ("imec.lf", 4.6875, 2500, 6246741),
    "sample3B_g0_t0.imec1.ap.meta": ("imec1.ap", 2.34375, 30000.390639481, 1738008),
    "sample3B_g0_t0.imec1.lf.meta": ("imec1.lf", 4.6875, 2500.0325532900833, 144834),
    "sample3B_g0_t0.nidq.meta": ("nidq", 5 / 32768, 30003.0003, 1738164),
    "sampleNP2.1_g0_t0.imec.ap.meta": ("imec0.ap", 0.762939453125, 30000, 110884048),
    "sampleNP2.4_4shanks_g0_t0.imec.ap.meta": (
        "imec0.ap", 0.762939453125, 29999.757983, 110884048),
    "sampleNPultra_g0_t0.imec0.ap.meta": ("imec0.ap", 2.34375, 30000, 89223960),
}  # fmt: skip


@pytest.fixture
def real(recordings):
    """Return the folder of real .meta files."""
    return recordings / "spikeglx"


@pytest.mark.parametrize("name", REAL)
def test_a_real_meta(real, tmp_path, name):
    label, step, rate, first = REAL[name]
    stream = write_beside(real / name, tmp_path, 200, seed=3)
    reader = opened(tmp_path)
    n = 384 if label.startswith("imec") else 2
    assert stream_names(reader)[0] == label
    assert reader.signal_channels_count(0) == n
    channels = channels_of(reader, label)
    np.testing.assert_allclose(channels["gain"][: n - 1 if n == 2 else n], step, rtol=1e-14)
    assert reader.get_signal_sampling_rate(0) == rate
    assert reader.get_signal_t_start(0, 0, 0) == first / rate
    assert reader.segment_t_stop(0, 0) == (first + 200) / rate
    np.testing.assert_array_equal(
        reader.get_analogsignal_chunk(0, 0, stream_index=0), stream.raw[:, :n]
    )
    assert not reader.warnings
    if label == label_of(stream):  # two files were renamed since
        check_stream(reader, stream)


# neo refuses the one with four shanks, whose tables have no tilde.
@pytest.mark.parametrize("name", [n for n in REAL if "4shanks" not in n])
def test_neo_agrees(real, tmp_path, name):
    write_beside(real / name, tmp_path, 50)
    agree(opened(tmp_path), neo_of(tmp_path))


@pytest.mark.parametrize("name", [n for n in REAL if "nidq" not in n])
def test_probeinterface_agrees(real, tmp_path, name):
    stream = write_beside(real / name, tmp_path, 3)
    reader = opened(tmp_path)
    # Of an LF band it cuts all channels out, so it is asked about the AP band of the same probe.
    theirs = probeinterface.read_spikeglx(
        real / "sample3A_g0_t0.imec.ap.meta" if "3A" in name
        else real / name.replace(".lf.", ".ap.")
    )  # fmt: skip
    ours = reader.get_probe(0)
    np.testing.assert_array_equal(ours.contact_positions, theirs.contact_positions)
    np.testing.assert_array_equal(ours.device_channel_indices, theirs.device_channel_indices)
    assert ours.contact_ids.tolist() == theirs.contact_ids.tolist()
    contacts = reader.channel_contacts(0)
    n_shanks = 4 if "4shanks" in name else 1
    shanks = {entry.split()[1] for entry in stream.meta["imroTbl"].split(")(")[1:]}
    assert len(set(contacts["shank"].tolist())) == (len(shanks) if n_shanks == 4 else 1)


@pytest.mark.parametrize("name", REAL)
def test_checks_pass(real, tmp_path, name):
    write_beside(real / name, tmp_path, 700)
    check_reader(SpikeGLXRawIO(tmp_path, load_digital_events=True))
    complies(opened(tmp_path, load_digital_events=True))


def test_real_metas_whose_samples_are_not_there(real):
    assert all(SpikeGLXRawIO.recording_of(real / name) is None for name in REAL)
    for name in REAL:
        head = (real / name).read_bytes()[:4096]
        assert SpikeGLXRawIO.recognises(real / name, head)


def test_a_real_meta_beside_a_bin_cut_short(real, tmp_path):
    stream = write_beside(real / "sample3B_g0_t0.imec1.ap.meta", tmp_path, 60, sizes=False)
    reader = opened(tmp_path)
    check_stream(reader, stream)
    missing = 19045367880 // 770 - 60
    assert f"the last {missing} samples are missing" in reader.warnings[0]


def test_the_real_run_of_two_bands_and_ni_daq(real, tmp_path):
    names = [name for name in REAL if "3B" in name]
    streams = [write_beside(real / name, tmp_path, 120) for name in names]
    reader = opened(tmp_path)
    assert stream_names(reader) == [
        "nidq", "imec1.ap", "imec1.lf", "imec1.ap-SYNC", "imec1.lf-SYNC",
    ]  # fmt: skip
    for stream in streams:
        check_stream(reader, stream)
    starts = [reader.get_signal_t_start(0, 0, s) for s in range(5)]
    assert max(starts) - min(starts) < 0.005  # by their own clocks, within milliseconds
