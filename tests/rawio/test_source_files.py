"""The files that recordings are read from: all of them are named, and changes to them are seen."""

import os
import pickle
import shutil
import threading
from contextvars import copy_context

import numpy as np
import pytest

from rawio import HeaderNotParsedError, RawIOError, open_recording
from rawio.bridges.arrays import from_array
from rawio.bridges.from_neo import from_neo
from rawio.files import RawFile, Stamp
from rawio.neuroscope import NeuroScopeRawIO
from rawio.open_files import OpenFile
from rawio.opening import NATIVE
from rawio.rawbinary import RawBinaryRawIO
from rawio.sources import noting
from sample_data import make_sample_data as sample
from tests.rawio import bridges_nex
from tests.rawio.damage import content_of
from tests.rawio.intan_files import recorded, some_header
from tests.rawio.memory_reader import MemoryReader
from tests.readers import noise
from tests.writers import neuralynx, neuroscope, nsx, spikeglx
from tests.writers.intan_files import make_recording, write_split
from tests.writers.nev import Digital, Electrode, random_spikes, write_nev
from tests.writers.openephys_example import example
from tests.writers.raw import write_raw

# -- a recording of each format, and which files of its folder are none of its own -----------------


def plexon(folder):
    shutil.copy(sample.HERE / sample.PLX_NAME, folder)
    return folder / sample.PLX_NAME, []


def flat(folder):
    write_raw(folder / "a.dat", noise(500, 3), 1000.0)
    return folder / "a.dat", ["a.dat.json"]


def blackrock(folder):
    for number, n in ((2, 300), (5, 9000)):
        nsx.write_nsx(folder / f"a.ns{number}", [nsx.Packet(0, noise(n, 3))], nsx.channels(3))
    write_nev(folder / "a.nev", [*random_spikes(50, [1]), Digital(9, 7, 1)], [Electrode(1, 250)])
    return folder / "a.nev", []


def intan(layout):
    return lambda folder: (recorded(layout, folder)[0], [])


def intan_session(folder):
    header = some_header()
    recording = make_recording(header, 9 * header.block)
    pieces = write_split(folder, recording, 3)
    (folder / "notes.txt").write_text("100, 00:00:01, a note\n")
    assert len(pieces) == 3
    return folder, []


def neuralynx_session(folder):
    head = neuralynx.Header()
    neuralynx.write_session(folder, head, n_channels=3)
    neuralynx.write_session(folder, head, n_channels=3, suffix="_0001", start_us=20_000_000)
    neuralynx.write_nev(folder / "Events.nev", neuralynx.Header(name="Events"), [10_000_005])
    head = neuralynx.Header(name="SE1", channels=(0,))
    neuralynx.write_spikes(folder / "SE1.nse", head, [10_000_009])
    return folder, []


def spikeglx_run(folder):
    probes = [spikeglx.Imec("NP2000", index=k, saved=[0, 1, 384]) for k in (0, 1)]
    takes = [spikeglx.Take(0, trigger, trigger / 10) for trigger in (0, 1)]
    spikeglx.write_run(folder, [*probes, spikeglx.Nidq()], takes)
    return folder / "run_g0", []


def openephys(folder):
    example(folder)
    points = ["full_words.npy", "*/timestamps.npy", "electrode_indices.npy"]
    return folder, ["**/settings*.xml", "**/sync_messages.txt"] + [
        f"**/{kind}/**/{name}" for kind in ("events", "spikes") for name in points
    ]


def neuroscope_session(folder):
    groups = (neuroscope.SpikeGroup((0, 1)), neuroscope.SpikeGroup((2,)))
    neuroscope.write_session(folder, "rat", neuroscope.Parameters(spike_groups=groups))
    neuroscope.write_events(folder / "rat.rip.evt", [0.1, 0.2], ["a", "b"])
    return folder / "rat.xml", ["*.fet.*"]


FORMATS = {
    "plexon": plexon,
    "flat": flat,
    "blackrock": blackrock,
    "intan traditional": intan("traditional"),
    "intan per signal": intan("per signal"),
    "intan per channel": intan("per channel"),
    "intan session": intan_session,
    "neuralynx": neuralynx_session,
    "spikeglx": spikeglx_run,
    "openephys": openephys,
    "neuroscope": neuroscope_session,
}


@pytest.fixture(params=FORMATS)
def recording(request, tmp_path):
    """Return where a recording is, and the files it should be read from."""
    path, others = FORMATS[request.param](tmp_path)
    apart = {other for pattern in others for other in tmp_path.glob(pattern)}
    return path, {p for p in tmp_path.rglob("*") if p.is_file()} - apart


@pytest.fixture
def reached(monkeypatch):
    """Return the paths of files that are read."""
    paths = set()
    descriptor = OpenFile.descriptor

    def noticed(self):
        paths.add(self.path)
        return descriptor(self)

    monkeypatch.setattr(OpenFile, "descriptor", noticed)
    return paths


def test_there_is_a_recording_of_every_format(tmp_path):
    opened = set()
    for name, write in FORMATS.items():
        (tmp_path / name).mkdir()
        opened.add(type(open_recording(write(tmp_path / name)[0])))
    assert opened == {*NATIVE, RawBinaryRawIO}


def test_all_files_are_listed_once_as_they_are(recording):
    path, expected = recording
    open_recording(path)
    files = open_recording(path).source_files()  # also when there is an index in the cache
    assert len(files) == len(expected) and {file.path for file in files} == expected
    for file in files:
        status = file.path.stat()
        assert (file.size, file.mtime_ns) == (status.st_size, status.st_mtime_ns)
        assert file.stamp == (file.size, file.mtime_ns, status.st_ino, status.st_dev)
        assert file.change() is None


def test_no_other_file_is_read_later(recording, reached):
    path, expected = recording
    reader = open_recording(path)
    before = reader.source_files()
    reached.clear()
    content = content_of(reader)
    assert content.runs and reached and reached <= expected
    assert reader.source_files() == before


def test_a_change_of_any_file_is_seen(recording):
    path, _ = recording
    files = open_recording(path).source_files()
    for file in files:
        with file.path.open("ab") as grown:
            grown.write(b"more")
        assert [f.change() for f in files] == ["grown" if f is file else None for f in files]
        os.truncate(file.path, file.size)
        os.utime(file.path, ns=(file.mtime_ns, file.mtime_ns))
    assert [f.change() for f in files] == [None] * len(files)


def test_pickled_readers_know_what_was_there_when_they_were_parsed(recording):
    path, _ = recording
    reader = open_recording(path)
    files = reader.source_files()
    copy = pickle.loads(pickle.dumps(reader)).source_files()
    assert [(f.path, f.size, f.mtime_ns) for f in copy] == [
        (f.path.absolute(), f.size, f.mtime_ns) for f in files
    ]
    assert {f.change() for f in copy} == {None}
    head = copy[-1].read(0, 100)
    np.testing.assert_array_equal(head, files[-1].read(0, 100))
    packed = pickle.dumps(reader)
    with files[0].path.open("ab") as grown:
        grown.write(b"more")
    assert pickle.loads(packed).source_files()[0].change() == "grown"


def test_other_sessions_in_the_folder_are_not_listed(tmp_path):
    header = some_header()
    for base in ("one", "two"):
        write_split(tmp_path, make_recording(header, 9 * header.block), 3, base=base)
    files = open_recording(tmp_path, recording=2).source_files()
    assert {file.path for file in files} == set(tmp_path.glob("two_*.rhd"))


def test_other_parameter_files_in_the_folder_are_not_listed(tmp_path):
    folder = tmp_path / "rat"
    folder.mkdir()
    for base in ("rat", "mouse"):
        neuroscope.write_session(folder, base, n_samples=500)
    reader = NeuroScopeRawIO(folder)
    reader.parse_header()
    assert {file.path.name.split(".")[0] for file in reader.source_files()} == {"rat"}


# -- whose files they are --------------------------------------------------------------------------


class Reader(MemoryReader):
    """Opens `paths`, then does what else is asked for, while its header is parsed."""

    def __init__(self, paths, then=lambda: None):
        super().__init__("some")
        self.paths, self.then = paths, then

    def _parse_header(self):
        for path in self.paths:
            RawFile(path)
        self.then()
        super()._parse_header()


@pytest.fixture
def paths(tmp_path):
    for name in "abcd":
        (tmp_path / name).write_bytes(b"some bytes")
    return [tmp_path / name for name in "abcd"]


def names(reader):
    return [file.path.name for file in reader.source_files()]


def test_before_parsing_nothing_is_known(paths):
    reader = Reader(paths)
    with pytest.raises(HeaderNotParsedError):
        reader.source_files()


def test_each_path_once_as_it_was_opened_last(paths, monkeypatch):
    monkeypatch.chdir(paths[0].parent)
    reader = Reader([paths[0], "b", paths[0], "./b"])
    reader.then = lambda: (paths[0].write_bytes(b"quite long now"), RawFile(paths[0]))
    reader.parse_header()
    assert names(reader) == ["a", "b"]
    assert [file.size for file in reader.source_files()] == [14, 10]
    assert reader.source_files()[0].change() is None


def test_parsing_again_lists_again(paths):
    reader = Reader(paths[:2])
    reader.parse_header()
    reader.paths = paths[2:]
    reader.parse_header()
    assert names(reader) == ["c", "d"]
    paths[3].unlink()
    with pytest.raises(RawIOError):
        reader.parse_header()
    with pytest.raises(HeaderNotParsedError):
        reader.source_files()
    RawFile(paths[0])  # nobody notes it any more
    reader.paths = paths[1:2]
    reader.parse_header()
    assert names(reader) == ["b"]


def test_readers_within_readers(paths):
    inner = Reader(paths[1:2])
    outer = Reader(paths[:1], lambda: (inner.parse_header(), RawFile(paths[2])))
    outer.parse_header()
    assert (names(outer), names(inner)) == (["a", "c"], ["b"])


def test_a_reader_within_that_fails(paths):
    def fail():
        with pytest.raises(RawIOError):
            Reader([paths[1], paths[0] / "no such"]).parse_header()
        RawFile(paths[2])

    outer = Reader(paths[:1], fail)
    outer.parse_header()
    assert names(outer) == ["a", "c"]


def test_threads_do_not_mix(paths):
    barrier = threading.Barrier(4, timeout=20)
    readers = []
    for k in range(4):
        later = [paths[k], paths[(k + 1) % 4]]
        readers.append(Reader(later[:1], lambda p=later: (barrier.wait(), RawFile(p[1]))))
    threads = [threading.Thread(target=reader.parse_header) for reader in readers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [names(reader) for reader in readers] == [list("ab"), list("bc"), list("cd"), list("da")]


def test_files_opened_in_threads_count_in_a_copy_of_the_context(paths):
    with noting() as noted:
        thread = threading.Thread(target=copy_context().run, args=(RawFile, paths[1]))
        thread.start()
        thread.join()
    assert list(noted) == paths[1:2]


def test_arrays_have_no_files():
    assert from_array(noise(100, 2), 1000.0).source_files() == ()


def test_files_that_neo_reads_are_only_those_that_were_looked_into(tmp_path):
    neo = pytest.importorskip("neo")
    path = tmp_path / "a.nex"
    bridges_nex.write_nex(path, [bridges_nex.continuous("lfp", noise(500, 1)[:, 0], 0)])
    assert names(open_recording(path)) == ["a.nex"]
    assert from_neo(neo.rawio.NeuroExplorerRawIO(str(path))).source_files() == ()


# -- changes ---------------------------------------------------------------------------------------


@pytest.fixture
def file(tmp_path):
    (tmp_path / "a.dat").write_bytes(b"0123456789")
    return RawFile(tmp_path / "a.dat")


def test_nothing_happened(file):
    file.read(0, 10)
    os.utime(file.path, ns=(1, file.mtime_ns))  # it was read, that is all
    file.path.chmod(0o600)
    assert file.change() is None


def test_it_has_grown_and_goes_on_growing(file):
    for _ in range(2):
        with file.path.open("ab") as more:
            more.write(b"x")
        assert file.change() == "grown"
    assert file.size == 10


def test_it_was_cut(file):
    os.truncate(file.path, 9)
    assert file.change() == "cut"
    os.truncate(file.path, 0)
    assert file.change() == "cut"


def test_it_was_written_to(file):
    with file.path.open("r+b") as changed:
        changed.write(b"9")
    os.utime(file.path, ns=(file.mtime_ns, file.mtime_ns + 1))
    assert file.change() == "replaced"


@pytest.mark.parametrize("content", [b"0123456789", b"short", b"rather a longer one"])
def test_another_file_is_in_its_place(file, content):
    other = file.path.with_name("b.dat")
    other.write_bytes(content)
    os.utime(other, ns=(file.mtime_ns, file.mtime_ns))
    other.replace(file.path)
    assert file.change() == "replaced"


def test_a_folder_is_in_its_place(file):
    kept = file.path.rename(file.path.with_name("kept"))
    file.path.mkdir()
    assert kept.exists() and file.change() == "replaced"


def test_it_is_gone_and_back(file):
    moved = file.path.rename(file.path.with_name("moved.dat"))
    assert file.change() == "gone"
    moved.rename(file.path)
    assert file.change() is None


def test_its_folder_is_gone_or_a_file(tmp_path):
    (tmp_path / "b").mkdir()
    (tmp_path / "b" / "a.dat").write_bytes(b"abc")
    file = RawFile(tmp_path / "b" / "a.dat")
    (tmp_path / "b").rename(tmp_path / "c")
    assert file.change() == "gone"
    (tmp_path / "b").write_bytes(b"abc")
    assert file.change() == "gone"


def test_a_link_that_points_elsewhere(tmp_path, file):
    (tmp_path / "link").symlink_to(file.path)
    linked = RawFile(tmp_path / "link")
    assert linked.change() is None
    (tmp_path / "other").write_bytes(b"9876543210")
    (tmp_path / "link").unlink()
    (tmp_path / "link").symlink_to(tmp_path / "other")
    assert linked.change() == "replaced"


def test_a_relative_path_is_the_one_it_was(file, monkeypatch):
    monkeypatch.chdir(file.path.parent)
    relative = RawFile("a.dat")
    monkeypatch.chdir("/")
    assert relative.change() is None


def test_devices_count_where_both_are_known():
    stamp = Stamp(10, 5, 77, 1)
    assert stamp.change_to(Stamp(10, 5, 77, 2)) == "replaced"
    assert stamp.change_to(Stamp(10, 5, 77)) is None
    assert Stamp(10, 5, 77).change_to(stamp) is None
    assert Stamp(10, 5, 78).change_to(stamp) == "replaced"


def test_pickled_files_are_opened_anew(file):
    packed = pickle.dumps(file)
    with file.path.open("ab") as more:
        more.write(b"x")
    copy = pickle.loads(packed)
    assert (copy.size, copy.change(), file.change()) == (11, None, "grown")
