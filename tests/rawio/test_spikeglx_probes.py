"""Where channels of Neuropixels probes are, of all kinds, whole and in part."""

import numpy as np
import pytest

from tests.rawio.spikeglx_files import opened, stream_names
from tests.writers.spikeglx import Imec, Nidq, OneBox, make_samples, write_run, write_stream
from tests.writers.spikeglx_probes import PROBES

SHANKS = np.repeat([0, 2, 1, 3], 96)


def written(folder, device, **options):
    stream = write_stream(folder, device, make_samples(device, 4), **options)
    return stream, opened(folder)


def check_places(reader, stream, s=0):
    """Hold places against the writer's, up to one origin for the whole probe."""
    contacts = reader.channel_contacts(s)
    n = len(stream.positions)
    assert len(contacts) == n == reader.signal_channels_count(s)
    assert contacts["known"].all()
    pitch = PROBES[stream.meta.get("imDatPrb_pn", "3A")].shank_pitch
    x = stream.positions[:, 0] + stream.shanks * pitch
    np.testing.assert_allclose(np.diff(contacts["x"]), np.diff(x), atol=1e-4)
    np.testing.assert_allclose(np.diff(contacts["y"]), np.diff(stream.positions[:, 1]), atol=1e-4)
    shanks = contacts["shank"]
    same = shanks[:, None] == shanks[None, :]
    np.testing.assert_array_equal(same, stream.shanks[:, None] == stream.shanks[None, :])
    wired = reader.get_probe(s).device_channel_indices
    assert sorted(wired.tolist()) == list(range(n))


@pytest.mark.parametrize("band", ["ap", "lf"])
@pytest.mark.parametrize("part", [part for part in PROBES if PROBES[part].n_ap == 384])
def test_every_kind_of_probe(tmp_path, part, band):
    four = PROBES[part].n_shanks == 4
    device = Imec(part, band, shank=SHANKS if four else 0)
    stream, reader = written(tmp_path, device)
    check_places(reader, stream)
    assert not reader.warnings


@pytest.mark.parametrize("part", ["3A4", "NP1200", "NP2020", "NP3010"])
def test_probes_of_other_numbers_of_channels(tmp_path, part):
    stream, reader = written(tmp_path, Imec(part))
    check_places(reader, stream)


@pytest.mark.parametrize("band", ["ap", "lf"])
@pytest.mark.parametrize("part", ["NP1000", "NP2013"])
def test_a_part_of_the_channels(tmp_path, part, band):
    has_lf = PROBES[part].has_lf
    first = 384 if band == "lf" and has_lf else 0
    saved = [first + n for n in (3, 17, 96, 300, 383)]
    shank = SHANKS if part == "NP2013" else 0
    stream, reader = written(tmp_path, Imec(part, band, saved=saved, shank=shank, bank=1))
    check_places(reader, stream)


def test_status_words_have_no_place(tmp_path):
    _, reader = written(tmp_path, Imec("NP1000"))
    assert reader.get_probe(1) is None and reader.channel_contacts(1) is None
    reader = opened(tmp_path, load_sync_channel=True)
    contacts = reader.channel_contacts(0)
    assert contacts["known"].tolist() == [True] * 384 + [False]


def test_other_devices_have_no_probe(tmp_path):
    write_run(tmp_path, [Nidq(mn=1), OneBox()])
    reader = opened(tmp_path)
    assert [reader.get_probe(s) for s in range(len(stream_names(reader)))] == [None] * 3


def test_a_probe_newer_than_the_catalogue(tmp_path):
    """The file's own map of contacts tells then."""
    device = Imec("NP2013", shank=SHANKS, saved=[*range(90, 200), 384])
    new = {"imDatPrb_pn": "NP9999", "imDatPrb_type": "9999"}
    stream, reader = written(tmp_path, device, meta=new)
    contacts = reader.channel_contacts(0)
    x = stream.positions[:, 0] + stream.shanks * 250
    np.testing.assert_array_equal(contacts["x"], x)
    np.testing.assert_array_equal(contacts["y"], stream.positions[:, 1])
    assert contacts["shank"].tolist() == [str(s) for s in stream.shanks]
    assert not reader.warnings


def test_a_probe_that_nothing_describes(tmp_path):
    _, reader = written(
        tmp_path, Imec("NP2013"), meta={"imDatPrb_pn": "NP9999", "~snsGeomMap": None}
    )
    assert reader.get_probe(0) is None and reader.get_probe(0) is None
    (warning,) = reader.warnings
    assert warning.startswith("the geometry of the probe of imec0.ap is not known")


def test_each_probe_has_its_own(tmp_path):
    write_run(tmp_path, [Imec("NP1000"), Imec("NP2013", index=1), Imec("NP1000", "lf")])
    reader = opened(tmp_path)
    models = [reader.get_probe(s).model_name for s in range(3)]
    assert models == ["NP1000", "NP2013", "NP1000"]
    assert reader.get_probe(0) is reader.get_probe(0)
