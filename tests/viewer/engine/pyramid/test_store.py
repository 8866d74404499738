"""Pyramids on disk, compared with the slow readable rows of the same samples."""

import json
import os

import numpy as np
import pytest

from rawio.files import RawFile
from tests.oracles import pyramid as oracle
from tests.readers import noise
from tests.viewer.engine.recordings import (
    FiledReader,
    assert_rows_are_right,
    build,
    flat,
    look_at_all,
    small_blocks,
    touch,
)
from viewer.engine.pyramid import store as store_module
from viewer.engine.pyramid.builder import complete_parents
from viewer.engine.pyramid.identity import Identity
from viewer.engine.pyramid.places import beside, find, in_cache, open_or_create

BLOCK = 1536
"""Samples of a small block."""

TYPES = ["int16", "uint8", "float32"]


@pytest.fixture(autouse=True)
def _small_blocks(monkeypatch):
    small_blocks(monkeypatch)


def made(reader, where="auto"):
    """Return the pyramid of a reader, built to the end."""
    pyramid = open_or_create(reader, where)
    build(reader, pyramid, jobs=2)
    assert pyramid.complete
    return pyramid


def many_types():
    rng = np.random.default_rng(5)
    holes = noise(7000, 3, dtype="float32")
    holes[rng.random(holes.shape) < 0.3] = np.nan
    holes[1000:1500, 1] = np.nan
    holes[3000:3400] = np.nan
    holes[50, 2], holes[60, 2] = np.inf, -np.inf
    minus = np.zeros((8000, 2), np.float32)
    minus[::2] = -0.0
    return {
        "int16": noise(20_000, 3),
        "one channel": noise(20_001, 1),
        "300 channels": noise(6500, 300),
        "uint8": noise(9000, 2, dtype="uint8"),
        "uint16": noise(9000, 2, dtype="uint16"),
        "24 bits": noise(9000, 2, dtype="int32") // 256,
        "float32 with holes": holes,
        "float64": noise(8000, 2, dtype="float64"),
        "zeros": np.zeros((9000, 2), np.int16),
        "negative zeros": minus,
        "whole blocks": noise(8 * BLOCK, 2),
        "a sample more": noise(8 * BLOCK + 1, 2),
        "all levels": noise(100_000, 2),
    }


# -- every row -----------------------------------------------------------------------------------


@pytest.mark.parametrize("name", many_types())
def test_every_row_of_every_level_is_that_of_the_samples(tmp_path, name):
    samples = many_types()[name]
    reader = flat(tmp_path / "recording.dat", samples)
    pyramid = made(reader)
    assert_rows_are_right(pyramid, lambda stream, segment: samples)
    # And the same when it is found again, by one who only reads.
    again = find(flat(tmp_path / "recording.dat", samples=None, **layout_of(samples)))
    assert again is not None and again.complete
    assert_rows_are_right(again, lambda stream, segment: samples)


def layout_of(samples):
    return {"n_channels": samples.shape[1], "dtype": samples.dtype.name}


def test_streams_of_other_rates_and_segments_of_any_length(tmp_path):
    (tmp_path / "recording").write_bytes(b"x")
    sizes = [(20_000, 7000, 900), (6143, 6144, 30_000), (8 * BLOCK, 6500, 1), (15_000, 0, 9000)]
    segments = [
        [
            (100.0 * number, noise(size, 1 + 2 * stream, seed=number, dtype=dtype))
            for stream, (size, dtype) in enumerate(zip(row, TYPES, strict=True))
        ]
        for number, row in enumerate(sizes)
    ]
    reader = FiledReader.at(tmp_path / "recording", segments, [1000.0, 500.0, 31.25])
    pyramid = made(reader)
    assert_rows_are_right(pyramid, lambda stream, segment: segments[segment][stream][1])
    kept = {s: [run.segment for run in store.layout.runs] for s, store in pyramid.streams.items()}
    assert kept == {0: [0, 2, 3], 1: [0, 1, 2], 2: [1, 3]}


def test_level_files_are_plain_arrays(tmp_path):
    samples = noise(20_000, 3)
    pyramid = made(flat(tmp_path / "recording.dat", samples))
    files = sorted(pyramid.folder.glob("stream0-level*.npy"))
    levels = pyramid.streams[0].layout.levels_of(0)
    assert len(files) == 2 * len(pyramid.streams[0].layout.levels) and len(levels) == 4
    for level in levels:
        mapped = np.load(pyramid.folder / f"stream0-level{level}.npy", "r", allow_pickle=False)
        assert np.array_equal(mapped, oracle.rows(samples, level))


def test_the_recording_is_not_touched_and_parts_are_not_left(tmp_path, cache_folder):
    path = tmp_path / "recording.dat"
    reader = flat(path, noise(20_000, 3))
    before = (path.read_bytes(), path.stat())
    made(reader)
    after = (path.read_bytes(), path.stat())
    assert before[0] == after[0]
    assert (before[1].st_mtime_ns, before[1].st_ino) == (after[1].st_mtime_ns, after[1].st_ino)
    assert [p.name for p in tmp_path.iterdir()] == ["recording.dat"]
    assert not list(cache_folder.rglob(".building-*")) and not list(cache_folder.rglob("*.part"))


def test_beside_the_recording_if_asked_and_found_there(tmp_path, cache_folder):
    path = tmp_path / "recording.dat"
    samples = noise(20_000, 3)
    pyramid = made(flat(path, samples), where="beside")
    assert pyramid.folder == tmp_path / "recording.dat.rawscope"
    assert not list(cache_folder.rglob("*.npy"))
    again = open_or_create(flat(path, None, **layout_of(samples)))
    assert again.folder == pyramid.folder and again.complete


# -- what becomes of the recording ---------------------------------------------------------------


def grow(path, samples):
    """Append samples to a flat file."""
    with path.open("ab") as file:
        samples.tofile(file)
    touch(path)


@pytest.mark.parametrize("size", [20_000, 13 * BLOCK, 13 * BLOCK + 5, 6144, 6143])
@pytest.mark.parametrize("more", [1, 500, 5 * BLOCK, 90_000])
def test_a_grown_recording_is_extended_by_its_new_blocks_alone(tmp_path, size, more):
    path = tmp_path / "recording.dat"
    samples = noise(size + more, 2)
    first = open_or_create(flat(path, samples[:size]))
    if first is not None:
        build(flat(path, None, **layout_of(samples)), first)
    grow(path, samples[size:])
    reader = flat(path, None, **layout_of(samples))
    pyramid = open_or_create(reader)
    if pyramid is None:
        assert len(samples) < 6144
        return
    asked = len(reader.reads)
    build(reader, pyramid)
    assert pyramid.complete
    assert_rows_are_right(pyramid, lambda stream, segment: samples)
    if first is not None:
        assert pyramid.folder == first.folder
        whole = size // BLOCK * BLOCK
        assert min(start for start, _ in reader.reads[asked:]) >= whole


def test_it_grows_many_times(tmp_path):
    path = tmp_path / "recording.dat"
    samples = noise(60_000, 2)
    sizes = [7000, 7001, 9000, 9215, 9216, 20_000, 59_999, 60_000]
    flat(path, samples[:7000])
    for before, size in zip([7000, *sizes], sizes, strict=False):
        if size > before:
            grow(path, samples[before:size])
        reader = flat(path, None, **layout_of(samples))
        pyramid = made(reader)
        assert_rows_are_right(pyramid, lambda stream, segment, n=size: samples[:n])


def test_a_grown_recording_of_many_segments(tmp_path):
    path = tmp_path / "recording"
    path.write_bytes(b"x")
    whole = [[(0.0, noise(9000, 2))], [(50.0, noise(7000, 2, 1))], [(90.0, noise(20_000, 2, 2))]]
    short = [whole[0], [(50.0, whole[1][0][1][:6500])]]
    first = made(FiledReader.at(path, short, [1000.0]))
    path.write_bytes(b"longer")
    touch(path)
    reader = FiledReader.at(path, whole, [1000.0])
    pyramid = open_or_create(reader)
    assert pyramid.folder == first.folder
    done = [pyramid.streams[0].done(run) for run in range(3)]
    assert done[0].all() and done[1].sum() == 6500 // BLOCK and not done[2].any()
    build(reader, pyramid)
    assert_rows_are_right(pyramid, lambda stream, segment: whole[segment][stream][1])


class TwoFilesReader(FiledReader):
    """Claims to be read from two files, as recordings with a folder for each part are."""

    def source_files(self):
        return tuple(RawFile(self.path.parent / part / "continuous.dat") for part in "ab")


def test_files_of_one_name_in_several_folders_are_told_apart(tmp_path):
    """One was written to, the other has grown to the size that the first one had."""
    for part, size in (("a", 100), ("b", 50)):
        (tmp_path / part).mkdir()
        (tmp_path / part / "continuous.dat").write_bytes(bytes(size))
    samples = noise(20_000, 2)
    segments = [[(0.0, samples[:15_000])]]
    made(TwoFilesReader.at(tmp_path / "recording", segments, [1000.0]))
    (tmp_path / "b" / "continuous.dat").write_bytes(bytes(150))
    for part in "ab":
        touch(tmp_path / part / "continuous.dat")
    reader = TwoFilesReader.at(tmp_path / "recording", [[(0.0, samples)]], [1000.0])
    assert not open_or_create(reader).streams[0].all_done().any()


def test_a_replaced_recording_of_the_same_size_is_built_anew(tmp_path):
    path = tmp_path / "recording.dat"
    made(flat(path, noise(20_000, 2)))
    samples = noise(20_000, 2, seed=1)
    reader = flat(path, samples)
    touch(path)
    reader = flat(path, None, **layout_of(samples))
    pyramid = open_or_create(reader)
    assert not pyramid.streams[0].all_done().any()
    build(reader, pyramid)
    assert_rows_are_right(pyramid, lambda stream, segment: samples)


def test_other_samples_at_the_same_time_are_noticed_where_they_are_compared(tmp_path):
    path = tmp_path / "recording.dat"
    made(flat(path, noise(20_000, 2)))
    status = path.stat()
    reader = flat(path, noise(20_000, 2, seed=1))
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))
    assert not open_or_create(reader).streams[0].all_done().any()


@pytest.mark.parametrize("change", ["cut", "rewritten and grown", "another layout"])
def test_what_is_no_longer_the_same_recording_is_built_anew(tmp_path, change):
    path = tmp_path / "recording.dat"
    samples = noise(20_000, 2)
    made(flat(path, samples))
    if change == "cut":
        samples = samples[:15_000]
    elif change == "rewritten and grown":
        samples = noise(25_000, 2, seed=1)
    else:
        samples = samples.reshape(-1, 4)
    flat(path, samples)
    touch(path)
    reader = flat(path, None, **layout_of(samples))
    pyramid = open_or_create(reader)
    assert not pyramid.streams[0].all_done().any()
    build(reader, pyramid)
    assert_rows_are_right(pyramid, lambda stream, segment: samples)


def test_a_moved_recording_finds_it_beside_itself(tmp_path):
    samples = noise(20_000, 2)
    (tmp_path / "a").mkdir()
    made(flat(tmp_path / "a" / "recording.dat", samples), where="beside")
    (tmp_path / "a").rename(tmp_path / "b")
    moved = flat(tmp_path / "b" / "recording.dat", None, **layout_of(samples))
    assert open_or_create(moved).complete
    assert beside(Identity.of(moved)).is_dir() and not in_cache(Identity.of(moved)).exists()


def test_it_is_begun_anew_where_that_is_asked_for(tmp_path):
    path = tmp_path / "recording.dat"
    samples = noise(20_000, 2)
    first = made(flat(path, samples))
    again = open_or_create(flat(path, None, **layout_of(samples)), force=True)
    assert again.folder == first.folder and not again.streams[0].all_done().any()


# -- damage --------------------------------------------------------------------------------------


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"null", b'{"body": 3, "digest": ""}'])
def test_a_damaged_index_is_replaced(tmp_path, content):
    path = tmp_path / "recording.dat"
    samples = noise(20_000, 2)
    pyramid = made(flat(path, samples))
    (pyramid.folder / "index.json").write_bytes(content)
    again = open_or_create(flat(path, None, **layout_of(samples)))
    assert not again.streams[0].all_done().any()
    assert json.loads((again.folder / "index.json").read_text())


def test_any_flipped_byte_of_the_index_is_found(tmp_path):
    path = tmp_path / "recording.dat"
    samples = noise(20_000, 2)
    pyramid = made(flat(path, samples))
    index = pyramid.folder / "index.json"
    sound = index.read_bytes()
    reader = flat(path, None, **layout_of(samples))
    for at in range(0, len(sound), 37):
        index.write_bytes(sound[:at] + bytes([sound[at] ^ 1]) + sound[at + 1 :])
        opened = find(reader)
        if opened is not None:  # a blank, or a letter of the path
            assert_rows_are_right(opened, lambda stream, segment: samples)
    index.write_bytes(sound)
    assert find(reader) is not None


def test_one_of_another_version_is_replaced(tmp_path, monkeypatch):
    path = tmp_path / "recording.dat"
    samples = noise(20_000, 2)
    with monkeypatch.context() as context:
        context.setattr(store_module, "VERSION", store_module.VERSION + 1)
        made(flat(path, samples))
    pyramid = open_or_create(flat(path, None, **layout_of(samples)))
    assert not pyramid.streams[0].all_done().any()


@pytest.mark.parametrize("which", ["level6", "level8", "level12", "level6-sums", "level10-sums"])
@pytest.mark.parametrize("damage", ["a bit", "cut", "cut to nothing", "gone", "zeros"])
def test_damaged_files_are_built_again(tmp_path, which, damage):
    path = tmp_path / "recording.dat"
    samples = noise(60_000, 2)
    pyramid = made(flat(path, samples))
    file = pyramid.folder / f"stream0-{which}.npy"
    sound = file.read_bytes()
    if damage == "a bit":
        file.write_bytes(sound[:-5] + bytes([sound[-5] ^ 4]) + sound[-4:])
    elif damage == "cut":
        file.write_bytes(sound[:-9])
    elif damage == "cut to nothing":
        file.write_bytes(b"")
    elif damage == "zeros":
        file.write_bytes(sound[:128] + bytes(len(sound) - 128))
    else:
        file.unlink()
    reader = flat(path, None, **layout_of(samples))
    again = open_or_create(reader)
    for _ in range(2):  # the first look at it finds what is damaged
        build(reader, again)
        look_at_all(again)
        complete_parents(again)
        again = open_or_create(reader)
    build(reader, again)
    assert_rows_are_right(again, lambda stream, segment: samples)
