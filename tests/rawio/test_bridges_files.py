"""Which files go to neo: all of its classes, what lies beside, what is missing, what is broken."""

import subprocess
import sys
import textwrap
import types

import neo.rawio
import numpy as np
import pytest

from rawio import (
    EmptyFileError,
    FormatError,
    MissingFileError,
    OptionError,
    RawIOError,
    SeveralRecordingsError,
    UnknownFormatError,
    find_recordings,
    open_recording,
)
from rawio.bridges import _neo_libraries, neo_files
from rawio.bridges.neo_formats import NeoFormatRawIO
from tests.rawio import bridges_files as files
from tests.rawio import bridges_nex as nex
from tests.writers.raw import write_raw

READ_HERE = {
    "BlackrockRawIO",
    "IntanRawIO",
    "NeuralynxRawIO",
    "NeuroScopeRawIO",
    "OpenEphysBinaryRawIO",
    "PlexonRawIO",
    "RawBinarySignalRawIO",
    "SpikeGLXRawIO",
}
HDF5 = neo_files.HDF5

# Name of a file, how it begins, files beside it, the classes that read it and what is opened.
RECOGNISED = [
    ("a/data0001.mpx", b"<\0h", [], "AlphaOmegaRawIO", "a"),
    ("a/index.lsx", b"data0001.mpx", [], "AlphaOmegaRawIO", "a"),
    ("a.axgd", b"AxGr\0\1", [], "AxographRawIO", "a.axgd"),
    ("a.axgx", b"axgx\0\0", [], "AxographRawIO", "a.axgx"),
    ("recording", b"axgx\0\0", [], "AxographRawIO", "recording"),
    ("a.set", b"trial_date Sunday", [], "AxonaRawIO", "a.set"),
    ("a.bin", b"ADU1", [("a.set", b"trial_date")], "AxonaRawIO", "a.set"),
    ("a.3", b"trial_date", [("a.set", b"trial_date")], "AxonaRawIO", "a.set"),
    ("a.abf", b"ABF ", [], "AxonRawIO", "a.abf"),
    ("A.ABF", b"ABF2", [], "AxonRawIO", "A.ABF"),
    ("a.brw", HDF5, [], "BiocamRawIO", "a.brw"),
    ("a.vhdr", b"Brain Vision", [], "BrainVisionRawIO", "a.vhdr"),
    ("a.eeg", b"\0", [("a.vhdr", b"Brain")], "BrainVisionRawIO", "a.vhdr"),
    ("a.dat", b"\0", [("a.vhdr", b"Brain")], "BrainVisionRawIO", "a.vhdr"),
    ("a.vmrk", b"Brain", [("a.vhdr", b"Brain")], "BrainVisionRawIO", "a.vhdr"),
    ("a.smrx", b"S64", [], "CedRawIO", "a.smrx"),
    ("a.smr", b"\6\0(C) CED 87", [], "CedRawIO Spike2RawIO", "a.smr"),
    ("a.edf", b"0       X X X", [], "EDFRawIO", "a.edf"),
    ("a.eeg", b"\0", [("a.eeg.ent", b"V3")], "ElanRawIO", "a.eeg"),
    ("a.eeg.ent", b"V3", [], "ElanRawIO", "a.eeg"),
    ("a.eeg.pos", b"1 2 0", [("a.eeg.ent", b"V3")], "ElanRawIO", "a.eeg"),
    ("a.medd/c.timd/c.tisd/c.tdat", b"\0", [], "MedRawIO", "a.medd"),
    ("a.medd/a.rdat", b"\0", [], "MedRawIO", "a.medd"),
    ("a.trc", bytes(176) + b"ORDER   ", [], "MicromedRawIO", "a.trc"),
    ("a.TRC", bytes(176) + b"ORDER   ", [], "MicromedRawIO", "a.TRC"),
    ("a.nex", b"NEX1", [], "NeuroExplorerRawIO", "a.nex"),
    ("a.xdat.json", b"{", [], "NeuroNexusRawIO", "a.xdat.json"),
    ("a_data.xdat", b"\0", [("a.xdat.json", b"{")], "NeuroNexusRawIO", "a.xdat.json"),
    ("a_timestamp.xdat", b"\0", [("a.xdat.json", b"{")], "NeuroNexusRawIO", "a.xdat.json"),
    ("a.nix", HDF5, [], "NIXRawIO", "a.nix"),
    ("oe/100_CH1.continuous", b"header.format = 'Open", [], "OpenEphysRawIO", "oe"),
    ("oe/a.events", b"header.format = 'Open", [], "OpenEphysRawIO", "oe"),
    ("oe/TT1.spikes", b"header.format = 'Open", [], "OpenEphysRawIO", "oe"),
    ("oe/Continuous_Data.openephys", b"<?xml", [], "OpenEphysRawIO", "oe"),
    ("s/params.py", b"a=1", [("s/spike_times.npy", b"\x93")], "PhyRawIO", "s/params.py"),
    ("a.pl2", b"\0", [], "Plexon2RawIO", "a.pl2"),
    ("a.raw", b"MC_DataTool binary", [], "RawMCSRawIO", "a.raw"),
    ("a.rec", b"<?xml ?>\n<Configuration>", [], "SpikeGadgetsRawIO", "a.rec"),
    ("b/t_b.Tbk", b"\0", [], "TdtRawIO", "b/t_b.Tbk"),
    ("b/t_b.tev", b"\0", [("b/t_b.Tbk", b"\0")], "TdtRawIO", "b/t_b.Tbk"),
    ("b/t_b_R_ch1.sev", b"\0", [("b/t_b.Tbk", b"0"), ("b/t_a.Tbk", b"0")], "TdtRawIO", "b/t_b.Tbk"),
    ("b/t_b_R_ch1.sev", b"\0", [], "TdtRawIO", "b"),
    ("a.EDR", b"VER=6\r\nNC=2", [], "WinEdrRawIO", "a.EDR"),
    ("a.wcp", b"VER=9\r\nNC=2", [], "WinWcpRawIO", "a.wcp"),
    ("a.h5", HDF5, [], "MaxwellRawIO BiocamRawIO MEArecRawIO NIXRawIO", "a.h5"),
]
FOREIGN = [
    ("notes.edf", b"SR_RESEARCH"),
    ("a.rec", b"0       "),
    ("a.set", b"MATLAB 5.0"),
    ("a.raw", b"\0\1"),
    ("a.bin", b"ADU1"),
    ("a.7", b"trial_date"),
    ("a.eeg", b"\0\1"),
    ("a.json", b"{}"),
    ("params.py", b"rate = 1"),
    ("a.pos", b"1 2 3"),
    ("a.events", b"onset"),
    ("a_data.xdat", b"\0"),
    ("a.dat", b"\0"),
    ("a.trc", b"LECROY"),
    ("recording", b"text"),
    ("a.rdat", b"\0"),
]


def put(folder, name, content):
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


@pytest.mark.parametrize(("name", "head", "beside", "classes", "opened"), RECOGNISED)
def test_files_of_each_format(tmp_path, name, head, beside, classes, opened):
    path = put(tmp_path, name, head)
    for other, content in beside:
        put(tmp_path, other, content)
    entry, place = neo_files.format_of(path, head)
    assert entry.classes == tuple(classes.split())
    assert place == tmp_path / opened
    assert NeoFormatRawIO.recognises(path, head)
    if not name.endswith(".h5"):
        assert NeoFormatRawIO.recording_of(path).path == place


@pytest.mark.parametrize(("name", "head"), FOREIGN)
def test_files_that_are_not(tmp_path, name, head):
    path = put(tmp_path, name, head)
    assert not NeoFormatRawIO.recognises(path, head)
    assert NeoFormatRawIO.recording_of(path) is None


def test_every_class_of_neo_has_its_files():
    through_neo = {name for entry in neo_files.FORMATS for name in entry.classes}
    assert not through_neo & READ_HERE
    assert through_neo | READ_HERE == {entry.__name__ for entry in neo.rawio.rawiolist}
    tried = {name for row in RECOGNISED for name in row[3].split()}
    assert tried == through_neo


def test_the_argument_is_what_each_class_calls_it(tmp_path):
    reader = NeoFormatRawIO(tmp_path)
    for entry in neo_files.FORMATS:
        for name in entry.classes:
            arguments = reader._arguments(getattr(neo.rawio, name), tmp_path / "x")
            by_folder = name in ("AlphaOmegaRawIO", "MedRawIO", "OpenEphysRawIO", "PhyRawIO")
            by_folder |= name == "TdtRawIO"  # which takes a file by this name
            assert list(arguments) == ["dirname" if by_folder else "filename"], name


def test_folders_open_by_what_is_in_them(tmp_path):
    data = files.samples(2048, 2)
    files.write_open_ephys(tmp_path / "day" / "run", data)
    for path in (tmp_path, tmp_path / "day" / "run", tmp_path / "day/run/100_CH2.continuous"):
        reader = open_recording(path)
        assert reader.format_name == "OpenEphysRawIO"
        assert np.array_equal(reader.get_analogsignal_chunk(), data)
    assert [found.name for found in find_recordings(tmp_path)] == ["day/run"]
    assert find_recordings(tmp_path / "day" / "run")[0].name == "run"


def test_a_sorting_counts_only_where_there_is_no_recording(tmp_path):
    params = files.write_phy(tmp_path / "sorted", [5, 1, 9], [0, 1, 0])
    for path in (tmp_path, tmp_path / "sorted", params):
        reader = open_recording(path)
        assert reader.format_name == "PhyRawIO"
        assert reader.spike_timestamps(unit_index=0).tolist() == [5, 9]
    write_raw(tmp_path / "flat.dat", files.samples(20, 2), 1000.0)
    assert [found.name for found in find_recordings(tmp_path)] == ["flat.dat"]
    assert open_recording(tmp_path).signal_channels_count() == 2
    assert open_recording(params).unit_channels_count() == 2
    write_raw(tmp_path / "sorted" / "second.dat", files.samples(20, 2), 1000.0)
    with pytest.raises(SeveralRecordingsError) as caught:
        open_recording(tmp_path)
    assert caught.value.names == ["flat.dat", "sorted/second.dat"]


def test_hdf5_files_of_unknown_kind_are_no_recordings_of_a_folder(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "h5py", None)  # as if it were not installed
    put(tmp_path, "results.h5", HDF5 + bytes(100))
    assert find_recordings(tmp_path) == []


@pytest.mark.parametrize(
    ("names", "kind", "classes"),
    [
        ({"version", "mapping", "sig"}, "", ("MaxwellRawIO",)),
        ({"version", "wells"}, "", ("MaxwellRawIO",)),
        ({"3BRecInfo", "3BData"}, "", ("BiocamRawIO",)),
        ({"ExperimentSettings", "TOC", "Well_A1"}, "", ("BiocamRawIO",)),
        ({"info", "recordings", "channel_positions"}, "", ("MEArecRawIO",)),
        ({"data", "metadata"}, b"nix", ("NIXRawIO",)),
        ({"version", "results"}, "", ()),
        (OSError("truncated"), "", neo_files.HDF5_CLASSES),
    ],
)
def test_hdf5_files_by_what_is_in_them(tmp_path, monkeypatch, names, kind, classes):
    class File(dict):
        """Stands for a file of h5py."""

        def __init__(self, path, mode):
            if isinstance(names, Exception):
                raise names
            super().__init__(dict.fromkeys(names))
            self.attrs = {"format": kind}

        def __enter__(self):
            return self

        def __exit__(self, *_):
            return None

    monkeypatch.setitem(sys.modules, "h5py", types.SimpleNamespace(File=File))
    path = put(tmp_path, "a.h5", HDF5)
    assert neo_files.hdf5_classes(path) == classes
    found = NeoFormatRawIO.recording_of(path)
    assert (found is not None) == (len(classes) == 1)
    if not classes:
        with pytest.raises(UnknownFormatError, match="an HDF5 file of no kind that neo reads"):
            open_recording(path)


@pytest.mark.parametrize(("class_name", "package"), sorted(_neo_libraries.PACKAGES.items()))
def test_a_missing_package_is_named(tmp_path, monkeypatch, class_name, package):
    monkeypatch.setattr(_neo_libraries, "_installed", lambda name: False)
    monkeypatch.setattr(neo_files, "hdf5_classes", lambda path: (class_name,))
    row = next(row for row in RECOGNISED if class_name in row[3].split() and row[0] != "a.smr")
    path = put(tmp_path, row[0], row[1])
    with pytest.raises(UnknownFormatError) as caught:
        open_recording(path)
    assert str(caught.value) == (
        f"{path}: neo reads this format ({class_name}) with the package {package}, which is not "
        "installed."
    )


def test_what_pl2_files_need_is_named_and_nothing_is_fetched(tmp_path, monkeypatch):
    path = put(tmp_path, "a.pl2", b"\0")
    monkeypatch.setattr(_neo_libraries, "PLEXON_DLLS", tmp_path / "dlls")
    monkeypatch.setattr("urllib.request.urlopen", lambda *a, **k: pytest.fail("went online"))
    with pytest.raises(UnknownFormatError, match=r"PL2FileReader\.dll.*pl2_dll_file_path"):
        open_recording(path)
    with pytest.raises(UnknownFormatError, match=r"which is not at .*mine\.dll"):
        open_recording(path, pl2_dll_file_path=tmp_path / "mine.dll")
    dll = put(tmp_path, "dlls/PL2FileReader.dll", b"")
    monkeypatch.setattr("platform.system", lambda: "Linux")
    monkeypatch.setattr("shutil.which", lambda name: None)
    for options in ({}, {"pl2_dll_file_path": dll}):
        with pytest.raises(UnknownFormatError, match="with Wine, which is not installed"):
            open_recording(path, **options)
    monkeypatch.setattr("shutil.which", lambda name: "/usr/bin/wine")
    monkeypatch.setattr(_neo_libraries, "_installed", lambda name: False)
    with pytest.raises(UnknownFormatError, match="the package zugbruecke"):
        open_recording(path)


def test_smr_files_open_without_sonpy(tmp_path, monkeypatch):
    """Two classes may read them; the second needs nothing, and says what is wrong."""
    monkeypatch.setattr(_neo_libraries, "_installed", lambda name: False)
    with pytest.raises(FormatError, match="Spike2RawIO: "):
        open_recording(put(tmp_path, "a.smr", b"\6\0(C) CED 87"))


def test_a_tdt_block_without_its_book(tmp_path):
    path = put(tmp_path, "b/t_b_R_ch1.sev", b"\0")
    for place in (path, path.parent, tmp_path):
        with pytest.raises(FormatError, match=r"\.Tbk file, which is not there"):
            open_recording(place)


def test_options_reach_the_class_of_neo(tmp_path):
    params = files.write_phy(tmp_path, [5, 1, 9], [0, 1, 0])
    np.save(tmp_path / "amplitudes.npy", np.array([3.0, 4.0, 5.0]))
    reader = open_recording(params, load_amplitudes=True)
    node = reader.raw_annotations["blocks"][0]["segments"][0]["spikes"][0]
    assert node["__array_annotations__"]["amplitudes"].tolist() == [3.0, 5.0]
    assert node["cluster_id"] == 0
    with pytest.raises(OptionError, match="'n_channels' is no option of PhyRawIO"):
        open_recording(params, n_channels=3)


def test_missing_and_empty_files(tmp_path):
    for name in ("a.nex", "a.vhdr"):
        with pytest.raises(MissingFileError):
            NeoFormatRawIO(tmp_path / name).parse_header()
        (tmp_path / name).touch()
        with pytest.raises(EmptyFileError):
            NeoFormatRawIO(tmp_path / name).parse_header()
    with pytest.raises(UnknownFormatError, match="no format that neo reads"):
        NeoFormatRawIO(put(tmp_path, "a.txt", b"text")).parse_header()
    with pytest.raises(UnknownFormatError, match="no format that neo reads"):
        NeoFormatRawIO(tmp_path).parse_header()


def test_every_damage_is_one_sentence(tmp_path):
    """Headers cut at many places and with bytes flipped: a sentence, or a reader that reads."""
    data = files.samples(50, 2)
    made = [
        files.write_brainvision(tmp_path / "a.vhdr", data, markers=[("S", "1", 3)]),
        nex.write_nex(
            tmp_path / "a.nex", [nex.neuron("n", [3, 9]), nex.continuous("c", data[:, 0], 4)]
        ),
        files.write_wcp(tmp_path / "a.wcp", [files.samples(256, 2)]),
        files.write_micromed(tmp_path / "a.trc", files.samples(50, 2, "uint16")),
    ]
    rng = np.random.default_rng(5)
    for path in made:
        whole = path.read_bytes()
        sizes = np.unique(rng.integers(0, len(whole), 40))
        flipped = [bytearray(whole) for _ in range(20)]
        for content in flipped:
            content[rng.integers(0, min(len(whole), 1200))] ^= 1 << rng.integers(0, 8)
        for content in [*(whole[:size] for size in sizes), *map(bytes, flipped)]:
            path.write_bytes(content)
            try:
                reader = NeoFormatRawIO(path)
                reader.parse_header()
                for stream in range(reader.signal_streams_count()):
                    size = reader.get_signal_size(0, 0, stream)
                    reader.get_analogsignal_chunk(0, 0, 0, min(1, size), stream)
            except RawIOError as error:
                assert "\n" not in str(error) and str(path) in str(error)


WITHOUT_NEO = """
    import sys

    class Blocker:
        def find_spec(self, name, path=None, target=None):
            if name.split(".")[0] == "neo":
                raise ModuleNotFoundError(f"No module named {name!r}", name=name)

    sys.meta_path.insert(0, Blocker())
    import numpy as np
    import rawio

    assert rawio.open_recording("sample_data/sample.plx").signal_streams_count()
    assert rawio.from_array(np.zeros((3, 2)), 1000.0).signal_channels_count() == 2
    for call in (
        lambda: rawio.open_recording(sys.argv[1]),
        lambda: rawio.as_neo(rawio.from_array(np.zeros(3), 1.0)),
        lambda: rawio.to_neo_block(rawio.from_array(np.zeros(3), 1.0)),
    ):
        try:
            call()
        except rawio.RawIOError as error:
            print(type(error).__name__, error)
    from rawio.bridges import stand_in
    try:
        stand_in.install()
    except rawio.OptionError as error:
        print(error)
    print([found.name for found in rawio.find_recordings(sys.argv[2])])
"""


def test_without_neo_the_extra_is_named(tmp_path):
    path = put(tmp_path, "a.abf", b"ABF2")
    command = [sys.executable, "-c", textwrap.dedent(WITHOUT_NEO), str(path), str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    extra = "'pip install rawscope[neo]' brings it."
    assert done.stdout.splitlines() == [
        f"UnknownFormatError {path}: is of a format that is read through neo, which is not "
        f"installed; {extra}",
        f"OptionError neo is not installed; {extra}",
        f"OptionError neo is not installed; {extra}",
        f"neo is not installed; {extra}",
        "['a.abf']",
    ]
