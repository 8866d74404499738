"""Damaged NeuroScope sessions; sound ones under the checks of the house and those of neo."""

from dataclasses import replace

import numpy as np
import pytest

from rawio.neuroscope import NeuroScopeRawIO
from rawio.testing import Expected, check_reader
from tests.rawio.damage import check_cuts, check_flips
from tests.rawio.neo_compliance import SPIKE_TIMES, complies
from tests.rawio.neuroscope_files import SMALL, opened, write_ripples
from tests.writers.neuroscope import Acquisition, Parameters, write_session


@pytest.fixture
def folder(tmp_path):
    write_session(tmp_path, "a", SMALL, n_samples=4000, extensions=("dat", "lfp"), seed=1)
    write_ripples(tmp_path / "a")
    return tmp_path


@pytest.fixture
def signals(tmp_path):
    parameters = replace(SMALL, spike_groups=None)
    write_session(tmp_path, "a", parameters, n_samples=4000, extensions=("dat", "lfp"), seed=1)
    return tmp_path


def open_session(path):
    return opened(path.with_name("a.xml"))


def open_named(path):
    return opened(path)


def test_the_parameter_file_cut_at_every_byte(folder):
    path = folder / "a.xml"
    counts = check_cuts(path, open_session, header_bytes=path.stat().st_size, n_data=0)
    assert counts.refused == path.stat().st_size - 1
    assert counts.same == 1  # the line end at the end


@pytest.mark.parametrize(
    ("name", "open_reader"), [("a.dat", open_session), ("a.dat", open_named), ("a.lfp", open_named)]
)
def test_samples_cut(signals, name, open_reader):
    counts = check_cuts(
        signals / name, open_reader, header_bytes=12, boundary=lambda size: size % 10 == 0
    )
    assert counts.shorter > 180
    assert counts.refused == (10 if open_reader is open_named else 0)


@pytest.mark.parametrize("name", ["a.res.1", "a.clu.1", "a.spk.1", "a.spk.2", "a.rip.evt"])
def test_spikes_and_events_cut(folder, name):
    path = folder / name
    ends = {i + 1 for i, byte in enumerate(path.read_bytes()) if byte == 10}
    # An event file that ends with a line may be as long as it ever was.
    counts = check_cuts(
        path,
        open_session,
        header_bytes=min(path.stat().st_size, 80),
        n_data=120,
        boundary=lambda size: name.endswith("evt") and (size in ends or size == 0),
    )
    assert (counts.refused, counts.same) == (0, 0)


def test_features_cut_that_stand_in_for_times(folder):
    (folder / "a.res.1").unlink()
    counts = check_cuts(folder / "a.fet.1", open_session, header_bytes=50, n_data=60)
    assert (counts.refused, counts.same) == (0, 0)


@pytest.mark.parametrize("name", ["a.xml", "a.res.1", "a.clu.1", "a.spk.1", "a.rip.evt"])
def test_changed_bytes(folder, name):
    counts = check_flips(folder / name, open_session, times=100)
    assert counts.same > (0 if name == "a.xml" else 90)


def test_one_file_replaced_by_another(folder):
    contents = {path: path.read_bytes() for path in folder.iterdir() if path.suffix != ".xml"}
    for path, data in contents.items():
        for other in contents.values():
            path.write_bytes(other[:3000])
            check_flips(path, open_session, times=1)
        path.write_bytes(data)


@pytest.mark.parametrize("name", ["a.xml", "a.dat", "a.lfp"])
def test_the_checks_of_every_reader(tmp_path, name):
    truth = write_session(tmp_path, "a", SMALL, n_samples=30_000, extensions=("dat", "lfp"))
    write_ripples(tmp_path / "a")
    order = ("lfp", "dat") if name == "a.lfp" else ("dat", "lfp")
    samples = {(0, 0, i): truth.signals[e].samples for i, e in enumerate(order)}
    check_reader(NeuroScopeRawIO(tmp_path / name), Expected(signals=samples))


@pytest.mark.parametrize("name", ["a.xml", "a.lfp"])
def test_neos_own_checks(folder, name):
    complies(opened(folder / name), without=[SPIKE_TIMES])


def test_neos_check_of_spike_times(folder):
    for path in folder.glob("a.*.2"):
        path.unlink()
    ticks = np.arange(80) * 100
    (folder / "a.res.1").write_text("".join(f"{tick}\n" for tick in ticks))
    SPIKE_TIMES(opened(folder / "a.xml"))


@pytest.mark.parametrize("extension", ["dat", "eeg", "lfp"])
def test_neo_reads_the_same_where_it_is_right(tmp_path, extension):
    from neo.rawio import NeuroScopeRawIO as Theirs

    parameters = Parameters(Acquisition(16, 6, 30000, 2.45, 192), anatomical=((5, 0), (1, 2, 3)))
    write_session(tmp_path, "a", parameters, n_samples=4000, extensions=(extension,))
    theirs = Theirs(str(tmp_path / f"a.{extension}"))
    theirs.parse_header()
    ours = opened(tmp_path / f"a.{extension}")
    for name in ("name", "id", "dtype", "units", "offset", "stream_id", "buffer_id"):
        a, b = ours.header["signal_channels"][name], theirs.header["signal_channels"][name]
        assert a.tolist() == b.tolist(), name
    np.testing.assert_allclose(
        ours.header["signal_channels"]["gain"], theirs.header["signal_channels"]["gain"], rtol=1e-15
    )
    for table in ("signal_streams", "signal_buffers"):
        assert ours.header[table].tolist() == theirs.header[table].tolist()
    raw = ours.get_analogsignal_chunk()
    np.testing.assert_array_equal(raw, theirs.get_analogsignal_chunk())
    a, b = ours.rescale_signal_raw_to_float(raw), theirs.rescale_signal_raw_to_float(raw)
    np.testing.assert_allclose(a, b, rtol=1e-6)
    # neo reads files of field potentials at the rate of the .dat.
    rates = (ours.get_signal_sampling_rate(), theirs.get_signal_sampling_rate(0))
    assert rates == ((30000, 30000) if extension == "dat" else (1250, 30000))
