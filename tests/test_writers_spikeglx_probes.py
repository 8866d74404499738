"""Kinds of probes in the writer of SpikeGLX recordings, held against other people's tables."""

import json

import neo.rawio
import numpy as np
import probeinterface
import pytest

from tests.writers.spikeglx import Imec, entries_of, make_samples, volts_of, write_stream
from tests.writers.spikeglx_probes import PROBES, imro_table, positions, sites

# Microvolts a step of AP and LF at gains of 500 and 250, worked out by hand.
MICROVOLTS = {
    "3A": (2.34375, 4.6875),
    "3A4": (2.34375, 4.6875),
    "NP1000": (2.34375, 4.6875),
    "NP1015": (2.34375, 4.6875),
    "NP1022": (2.34375, 4.6875),
    "NP1030": (2.34375, 4.6875),
    "NP1100": (2.34375, 4.6875),
    "NP1110": (2.34375, 4.6875),
    "NP1121": (2.34375, 4.6875),
    "NP1200": (2.34375, 4.6875),
    "NP1300": (2.34375, 4.6875),
    "NP2000": (0.762939453125, 0.762939453125),
    "PRB2_4_2_0640_0": (0.762939453125, 0.762939453125),
    "NP2003": (3.02734375, 3.02734375),
    "NP2013": (3.02734375, 3.02734375),
    "NP2020": (3.02734375, 3.02734375),
    "NP3010": (3.271484375, 3.271484375),
}


@pytest.mark.parametrize("band", ["ap", "lf"])
@pytest.mark.parametrize("part", MICROVOLTS)
def test_volts_of_every_kind_of_probe(tmp_path, part, band):
    device = Imec(part, band)
    stream = write_stream(tmp_path, device, make_samples(device, 3))
    n = PROBES[part].n_ap
    assert stream.kinds[:n] == [band.upper()] * n
    assert set(stream.kinds[n:]) == {"SY"}
    np.testing.assert_allclose(stream.volts[:n] * 1e6, MICROVOLTS[part][band == "lf"], rtol=1e-14)
    from_meta = [volts_of(stream.meta, column) for column in stream.columns]
    np.testing.assert_allclose(from_meta, stream.volts, rtol=1e-14)
    assert stream.rate == (2500 if band == "lf" else 30000)


def test_ranges_of_probes_are_those_of_the_makers_table():
    features = neo.rawio.spikeglxrawio.neuropixels_probe_features_file
    features = json.loads(features.read_text())["neuropixels_probes"]
    for part, probe in PROBES.items():
        if part in ("3A", "3A4"):
            continue
        row = features[part]
        assert float(row["adc_range_vpp"]) == 2 * probe.max_volts
        assert 2 ** (int(row["adc_bit_depth"]) - 1) == probe.max_int
        fixed = "," not in row["ap_gain_list"]
        assert fixed == bool(probe.fixed_gain)
        assert not fixed or int(row["ap_gain_list"]) == probe.fixed_gain


@pytest.mark.parametrize(
    ("part", "head", "first", "n"),
    [
        ("3A", "18005116811,3,384", "0 1 2 500 250", 384),
        ("3A4", "18005116811,4,276", "0 1 2 500 250", 276),
        ("NP1000", "0,384", "0 1 2 500 250 1", 384),
        ("NP1032", "1030,384", "0 1 2 500 250 1", 384),
        ("NP1110", "1110,2,2,500,250,1", "0 1 1", 24),
        ("NP2000", "21,384", "0 2 2 384", 384),
        ("NP2010", "24,384", "0 0 1 2 384", 384),
        ("NP2003", "2003,384", "0 2 2 384", 384),
        ("NP2020", "2020,1536", "0 0 1 2 384", 1536),
        ("NP3010", "3010,912", "0 1 2 912", 912),
    ],
)
def test_layouts_of_the_readout_table(part, head, first, n):
    table = entries_of(imro_table(PROBES[part], bank=1, reference=2))
    assert table[0] == head
    assert table[1] == first
    assert len(table) == 1 + n


def test_electrodes_of_single_shank_2_0():
    """Channels of higher banks stand elsewhere in their block: rows times 7 in bank 1."""
    device = Imec("NP2003", bank=[1] * 384)
    table = entries_of(device.meta()["~imroTbl"])
    # row 1 of the block is channel 2 * 7, row 2 channel 2 * 14, right column: plus 4
    assert [table[1 + c].split()[3] for c in (0, 14, 28, 9)] == ["384", "386", "388", "385"]


@pytest.mark.parametrize("part", sorted(PROBES))
def test_places_agree_with_probeinterface(tmp_path, part):
    probe = PROBES[part]
    rng = np.random.default_rng(5)
    n_banks = (probe.n_electrodes - 1 - np.arange(probe.n_ap) % 384) // 384 + 1
    if probe.imro == "group":
        bank = np.zeros(probe.n_ap, int) + rng.integers(0, 16)
    elif part in ("3A4", "NP3010") or probe.n_electrodes <= 384:
        bank = 0
    else:
        bank = rng.integers(0, np.maximum(n_banks - 1, 1))
    shank = rng.integers(0, 4, probe.n_ap) if probe.n_shanks == 4 else 0
    device = Imec(part, bank=bank, shank=shank, saved=range(0, probe.n_ap, 3))
    stream = write_stream(tmp_path, device, make_samples(device, 2))
    assert len(stream.positions) == len(stream.names) == -(-probe.n_ap // 3)
    theirs = probeinterface.read_spikeglx(stream.meta_path)
    x = stream.positions[:, 0] + stream.shanks * probe.shank_pitch
    shift = theirs.contact_positions[0] - (x[0], stream.positions[0, 1])
    np.testing.assert_allclose(theirs.contact_positions[:, 0] - shift[0], x, atol=1e-4)
    theirs_z = theirs.contact_positions[:, 1] - shift[1]
    np.testing.assert_allclose(theirs_z, stream.positions[:, 1], atol=1e-4)


def test_sites_do_not_collide():
    for part, probe in PROBES.items():
        shank, column, row = sites(probe)
        assert len(set(zip(shank.tolist(), column.tolist(), row.tolist(), strict=True))) == len(row)
        assert row.max() < probe.n_rows or part == "3A4"
        assert len(np.unique(positions(probe), axis=0)) * probe.n_shanks >= len(row)
