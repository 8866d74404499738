"""Cut and changed Neuralynx files: an error of ours, or a correct shorter recording."""

import numpy as np
import pytest

from rawio import RawIOError
from tests.rawio.damage import bounded_memory, check_cuts, check_flips, content_of
from tests.rawio.neuralynx_files import header, names, opened, pieces
from tests.writers.neuralynx import Header, Run, noise, write_ncs, write_nev, write_spikes

START = 10_000_000
RECORDS = {"ncs": 1044, "nse": 112, "ntt": 304, "nev": 184}


def write(folder, kind):
    path = folder / f"E1.{kind}"
    ticks = START + np.arange(60) * 777
    if kind == "ncs":
        first = Run(noise(9000, 1), START, valid=(512, 512, 300))
        write_ncs(path, header("E1"), [first, first.then(noise(5000, 2), 70_000)])
    elif kind == "nev":
        write_nev(path, Header(name="Events"), ticks, np.arange(60) % 4, 11, b"TTL")
    else:
        n = 4 if kind == "ntt" else 1
        head = Header(name="E1", channels=tuple(range(n)))
        write_spikes(path, head, ticks, np.arange(60) % 3, noise((60, n, 32), 1))
    return path


@pytest.mark.parametrize("kind", RECORDS)
def test_cut_anywhere(tmp_path, kind):
    def whole_records(size):
        return size >= 16384 and (size - 16384) % RECORDS[kind] == 0

    path = write(tmp_path, kind)
    size = path.stat().st_size
    sizes = None
    if kind != "ncs":  # the headers are read alike
        data = np.random.default_rng(0).integers(16384, size, 200).tolist()
        sizes = [*range(0, 16384, 331), 16383, 16384, *data, size - 1]
    counts = check_cuts(path, opened, sizes=sizes, header_bytes=16384, boundary=whole_records)
    assert counts.refused > 40
    assert counts.shorter > 100


@pytest.mark.parametrize("kind", RECORDS)
@pytest.mark.parametrize("n_zeros", [1, 700])
def test_zeros_in_place_of_the_last_records(tmp_path, kind, n_zeros):
    """So ends a file whose room was reserved when the computer stopped."""
    path = write(tmp_path, kind)
    whole = content_of(opened(path))
    with path.open("ab") as file:
        file.write(bytes(n_zeros * RECORDS[kind]))
    found = content_of(opened(path))
    assert found.values == whole.values
    for run, other in zip(found.runs, whole.runs, strict=True):
        assert run.t_start == other.t_start
        np.testing.assert_array_equal(run.samples, other.samples)
    (warning,) = found.warnings
    assert f"{n_zeros} records" in warning and "stopped by force?" in warning


@pytest.mark.parametrize("kind", RECORDS)
def test_changed_bytes(tmp_path, kind):
    path = write(tmp_path, kind)
    text = len(path.read_bytes()[:16384].rstrip(b"\0"))
    assert check_flips(path, opened, header_bytes=text, times=80).same > 20
    check_flips(path, opened, times=30, seed=1)


def test_numbers_of_the_header_replaced_by_others(tmp_path):
    values = ("0", "-1", "1e308", "-1e-308", "nan", "99999999999999999999", "", "x", "1 2 3", "µ")
    keys = (
        "SamplingFrequency",
        "ADBitVolts",
        "ADMaxValue",
        "InputRange",
        "ADChannel",
        "AlignmentPt",
    )
    for kind in ("ncs", "ntt"):
        for key in (*keys, "DspFilterDelay_µs", "DspHighCutFrequency", "WaveformLength"):
            for value in values:
                head = Header(properties={key: value}, delay_compensation="Disabled")
                path = tmp_path / f"E1.{kind}"
                if kind == "ncs":
                    write_ncs(path, head, [Run(noise(700, 1), START)], record_rate=32000)
                elif kind == "nev":
                    write_nev(path, head, [START])
                else:
                    write_spikes(path, head, [START])
                with bounded_memory(16 << 20, f"{key} {value}"):
                    try:
                        content_of(opened(path))
                    except RawIOError as error:
                        assert str(path) in str(error)


def test_one_file_of_a_folder_cut(tmp_path):
    """The others keep all of their samples, or all channels lose a little."""
    runs = {k: Run(noise(51_200, k), START) for k in range(3)}
    for k, run in runs.items():
        write_ncs(tmp_path / f"CSC{k}.ncs", header(f"CSC{k}", k), [run])
    path = tmp_path / "CSC1.ncs"
    data = path.read_bytes()
    for size in np.random.default_rng(0).integers(0, len(data), 60).tolist():
        path.write_bytes(data[:size])
        reader = opened(tmp_path)
        assert reader.warnings
        kept = max(0, (size - 16384) // 1044) * 512
        assert ("CSC1" in names(reader)) == (kept > 0)
        for name in names(reader):
            (piece,) = pieces(reader, name)
            n = kept if name == "CSC1" or kept == 99 * 512 else 51_200
            np.testing.assert_array_equal(piece[1], runs[int(name[3])].samples[:n])
            assert piece[0] == 0.0


def test_a_file_that_shrinks_after_it_was_opened(tmp_path):
    for kind in RECORDS:
        path = write(tmp_path, kind)
        reader = opened(path)
        path.write_bytes(path.read_bytes()[:17000])
        with pytest.raises(RawIOError, match="E1"):
            if kind == "ncs":
                reader.get_analogsignal_chunk()
            elif kind == "nev":
                reader.event_timestamps(event_channel_index=1)
            else:
                reader.spike_raw_waveforms()
