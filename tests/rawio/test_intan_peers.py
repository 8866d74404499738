"""Second opinions on Intan recordings: the real file, neo, its compliance suite, big files."""

import pickle
import threading

import neo.rawio
import numpy as np
import pytest

from rawio.intan import IntanRawIO
from tests.rawio.intan_files import LAYOUTS, VERSIONS, opened, recorded, some_header
from tests.rawio.neo_compliance import complies
from tests.writers.intan import make_header, pack_header
from tests.writers.intan_files import block_dtype


def by_neo(path):
    reader = neo.rawio.IntanRawIO(path)
    reader.parse_header()
    return reader


def same_rows(mine, theirs, but=()):
    names = [name for name in theirs.dtype.names if name not in but]
    for name in names:
        assert mine[name].tolist() == theirs[name].tolist()


@pytest.fixture
def real_file(recordings):
    return recordings / "intan" / "sampledata_v3.rhd"


def test_the_real_file(real_file, monkeypatch):
    reader = opened(real_file)
    assert reader.file_format == "header-attached"
    assert reader.header["nb_segment"] == [1]
    assert reader.header["signal_streams"]["id"].tolist() == ["0", "1"]
    sizes = [reader.get_signal_size(0, 0, k) for k in (0, 1)]
    rates = [reader.get_signal_sampling_rate(k) for k in (0, 1)]
    counts = [reader.signal_channels_count(k) for k in (0, 1)]
    assert (sizes, rates, counts) == ([17_664, 4416], [20_000.0, 5000.0], [64, 6])
    assert reader.segment_t_start(0, 0) == 0.0
    assert reader.segment_t_stop(0, 0) == 17_664 / 20_000
    assert not reader.warnings
    complies(reader)


def test_the_real_file_by_neo(real_file):
    mine, theirs = opened(real_file), by_neo(real_file)
    same_rows(mine.header["signal_channels"], theirs.header["signal_channels"])
    same_rows(mine.header["signal_streams"], theirs.header["signal_streams"])
    for k in (0, 1):
        chunk = mine.get_analogsignal_chunk(stream_index=k)
        np.testing.assert_array_equal(chunk, theirs.get_analogsignal_chunk(stream_index=k))


@pytest.mark.parametrize("kind, version", [v for v in VERSIONS if v not in [("rhd", (1, 3))]])
def test_traditional_files_by_neo(tmp_path, kind, version):
    header = some_header(kind, version, **({"temp_sensors": 0} if kind == "rhd" else {}))
    path, _ = recorded("traditional", tmp_path, n_blocks=6, header=header)
    mine, theirs = opened(path), by_neo(path)
    same_rows(mine.header["signal_streams"], theirs.header["signal_streams"])
    rows = mine.header["signal_channels"]
    # The DC amplifiers invert, as Intan's own loaders have it.
    same_rows(rows, theirs.header["signal_channels"], but=("gain", "offset"))
    same = rows["stream_id"] != "10"
    for field in ("gain", "offset"):
        assert (rows[field] == theirs.header["signal_channels"][field])[same].all()
        assert (rows[field] == -theirs.header["signal_channels"][field])[~same].all()
    for k in range(len(mine.header["signal_streams"])):
        chunk = mine.get_analogsignal_chunk(stream_index=k)
        np.testing.assert_array_equal(chunk, theirs.get_analogsignal_chunk(stream_index=k))


@pytest.mark.parametrize("layout", ["per signal", "per channel"])
@pytest.mark.parametrize("kind", ["rhd", "rhs"])
def test_folders_by_neo(tmp_path, layout, kind):
    header = some_header(kind, disabled=[], **({"temp_sensors": 0} if kind == "rhd" else {}))
    path, _ = recorded(layout, tmp_path, n_blocks=6, header=header)
    mine, theirs = opened(path), by_neo(path / f"info.{kind}")
    # Files hold slow signals repeated up to the sample rate, so that is their rate.
    same_rows(mine.header["signal_streams"], theirs.header["signal_streams"])
    but = ("gain", "offset", "sampling_rate")
    same_rows(mine.header["signal_channels"], theirs.header["signal_channels"], but=but)
    for k, key in enumerate(mine.header["signal_streams"]["id"].tolist()):
        chunk = mine.get_analogsignal_chunk(stream_index=k)
        other = theirs.get_analogsignal_chunk(stream_index=k)
        if layout == "per channel" and key in ("10", "11"):
            # neo takes these files in the order in which the system lists them.
            chunk, other = (np.sort(samples, axis=1) for samples in (chunk, other))
        np.testing.assert_array_equal(chunk, other)


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("kind", ["rhd", "rhs"])
def test_neo_compliance(tmp_path, layout, kind):
    header = some_header(kind, sample_rate=1000.0)
    gaps = {1000: 50}
    path, _ = recorded(layout, tmp_path, n_blocks=16, header=header, gaps=gaps)
    reader = opened(path)
    assert "nb_block" not in repr(IntanRawIO(path))
    assert "nb_block" in repr(reader)
    complies(reader)


@pytest.mark.parametrize("layout", LAYOUTS)
def test_a_parsed_reader_is_pickled_and_shared_by_threads(tmp_path, layout):
    path, truth = recorded(layout, tmp_path, kind="rhs", gaps={900: 7})
    reader = pickle.loads(pickle.dumps(opened(path)))
    raw = truth.streams["amplifier"].raw
    wrong = []

    def read(seed):
        rng = np.random.default_rng(seed)
        for _ in range(40):
            start, stop = sorted(rng.integers(0, 900, 2).tolist())
            chunk = reader.get_analogsignal_chunk(0, 0, start, stop, stream_index=0)
            if not np.array_equal(chunk, raw[start:stop]):
                wrong.append((start, stop))

    threads = [threading.Thread(target=read, args=(seed,)) for seed in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong


def test_a_file_of_many_gigabytes(tmp_path):
    header = make_header("rhd", (3, 1), {"A": 64}, adc=0, digital_in=1, digital_out=0)
    layout, start = block_dtype(header), len(pack_header(header))
    n_blocks = 1_000_000
    path = tmp_path / "big_240229_120000.rhd"
    block = np.zeros(1, layout)
    with path.open("wb") as file:
        file.write(pack_header(header))
        for k in range(0, n_blocks, 512):  # where the reader looks first
            file.seek(start + k * layout.itemsize)
            file.write(np.array(k * 128, "<i4").tobytes())
        last = (n_blocks - 1) * 128
        block["timestamps"] = np.arange(last, last + 128)
        rng = np.random.default_rng(2)
        block["amplifier"] = rng.integers(0, 65536, block["amplifier"].shape, np.uint16)
        block["digital_in"][0, 100:] = 1
        file.seek(start + last // 128 * layout.itemsize)
        file.write(block.tobytes())
    assert path.stat().st_size > 4 * 2**32
    reader = opened(path)
    assert reader.header["nb_segment"] == [1]
    n = n_blocks * 128
    assert reader.get_signal_size(0, 0, 0) == n
    chunk = reader.get_analogsignal_chunk(0, 0, n - 128, n, stream_index=0)
    np.testing.assert_array_equal(chunk, block["amplifier"][0].T)
    ticks, _, labels = reader.event_timestamps(0, 0, 0, (n - 1000) / 30_000, None)
    assert ticks.tolist() == [n - 28]
    assert labels.tolist() == ["rising"]


def test_a_folder_of_a_hundred_billion_samples(tmp_path):
    header = make_header("rhd", (3, 1), {"A": 2}, adc=0, digital_in=1, digital_out=0)
    folder = tmp_path / "big"
    folder.mkdir()
    (folder / "info.rhd").write_bytes(pack_header(header))
    n = 10**11
    for name, width in [("amplifier.dat", 4), ("digitalin.dat", 2), ("auxiliary.dat", 6)]:
        with (folder / name).open("wb") as file:
            file.truncate(n * width)
            file.seek((n - 2) * width)
            file.write(np.arange(1, width + 1, dtype="<u2").tobytes())
    reader = opened(folder)
    assert reader.get_signal_size(0, 0, 0) == n
    chunk = reader.get_analogsignal_chunk(0, 0, n - 2, n, stream_index=0)
    assert chunk.tolist() == [[1, 2], [3, 4]]
    assert reader.segment_t_stop(0, 0) == n / 30_000
    ticks, _, _ = reader.event_timestamps(0, 0, 0, (n - 9) / 30_000)
    assert ticks.tolist() == [n - 2, n - 1]  # words 0, 1 and 2
