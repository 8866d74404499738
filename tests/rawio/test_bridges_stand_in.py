"""Our readers where neo's stand: what they are, what is replaced, neo's own checks of readers."""

import inspect
import pickle

import neo
import neo.io
import neo.rawio
import numpy as np
import pytest
from neo.rawio.baserawio import BaseRawIO as NeoBase
from neo.test.rawiotest import rawio_compliance

from rawio import BaseRawIO, OptionError, PlexonRawIO, as_neo, from_array, open_recording
from rawio.bridges import stand_in
from rawio.bridges.twins import neo_class
from rawio.opening import NATIVE
from sample_data import make_sample_data as sample
from tests.rawio.bridges_recordings import FORMATS
from tests.rawio.memory_reader import MemoryReader
from tests.readers import noise

PLX = sample.HERE / sample.PLX_NAME
HERE = [name for name in FORMATS if name in {reader.__name__ for reader in NATIVE}]
RULES = [
    rawio_compliance.header_is_total,
    rawio_compliance.check_signal_stream_buffer_hierachy,
    rawio_compliance.count_element,
    rawio_compliance.read_analogsignals,
    rawio_compliance.read_spike_times,
    rawio_compliance.read_spike_waveforms,
    rawio_compliance.read_events,
    rawio_compliance.has_annotations,
]


def check_compliance(reader):
    """Check what neo's own tests check of each of its readers."""
    assert isinstance(reader, NeoBase)
    assert "nb_block" not in repr(reader)
    assert "Call <code>parse_header()" in reader._repr_html_()
    reader.parse_header()
    assert "nb_block" in repr(reader) and reader.source_name() == reader._source_name()
    for stream in reader.header["signal_streams"]["name"][:3]:
        assert str(stream) in reader._repr_html_()
    assert reader._repr_annotations()
    for rule in RULES:
        rule(reader)
    assert not reader.has_buffer_description_api()


# -- one reader -----------------------------------------------------------------------------------


def test_a_twin_shares_everything():
    reader = open_recording(PLX)
    twin = as_neo(reader)
    assert isinstance(twin, NeoBase) and isinstance(twin, PlexonRawIO)
    assert type(twin).__name__ == "PlexonRawIO" and twin.header is reader.header
    twin.raw_annotations["blocks"][0]["rat"] = "7"
    assert reader.raw_annotations["blocks"][0]["rat"] == "7"
    assert as_neo(twin) is not reader and type(as_neo(twin)) is type(twin)
    assert twin._several_channel_groups is True
    chunk = twin.get_analogsignal_chunk(i_stop=5, stream_index=0)
    assert np.array_equal(chunk, reader.get_analogsignal_chunk(i_stop=5, stream_index=0))


def test_a_twin_that_is_parsed_parses_its_original():
    reader = PlexonRawIO(PLX)
    as_neo(reader).parse_header()
    assert reader.is_header_parsed and reader.signal_streams_count() == 2


def test_two_classes_of_one_name_are_two():
    class PlexonRawIO(MemoryReader):
        pass

    assert neo_class(PlexonRawIO) is not neo_class(type(open_recording(PLX)))
    assert as_neo(PlexonRawIO()).name == "memory"


def test_any_reader_has_a_twin():
    for reader in (MemoryReader(), from_array(noise(3000, 3), 1000.0)):
        twin = as_neo(reader)
        twin.parse_header()
        for rule in RULES[:4]:
            rule(twin)


def test_copies_of_a_twin_are_twins():
    twin = as_neo(open_recording(PLX))
    copy = pickle.loads(pickle.dumps(twin))
    assert type(copy) is type(twin)
    assert np.array_equal(
        copy.get_analogsignal_chunk(i_stop=9, stream_index=1),
        twin.get_analogsignal_chunk(i_stop=9, stream_index=1),
    )


def test_spellings_of_released_neo():
    twin = as_neo(open_recording(PLX))
    assert twin.channel_id_to_index(0, ["5", "4"]).tolist() == [1, 0]
    assert twin.channel_name_to_index(1, ["FP03", "FP01"]).tolist() == [2, 0]
    assert twin.spike_channels_count() == len(twin.header["spike_channels"]) == 9
    with pytest.raises(NotImplementedError):
        twin.get_analogsignal_buffer_description(0, 0, "0")


# -- all of them ----------------------------------------------------------------------------------


def everything():
    """Return what is in the modules that are changed."""
    return {
        (module.__name__, name): list(value) if isinstance(value, list) else value
        for module in (neo, neo.io, neo.rawio)
        for name, value in vars(module).items()
        if not name.startswith("__")
    }


def test_installed_replaces_and_puts_back():
    before = everything()
    theirs = neo.rawio.PlexonRawIO
    with stand_in.installed() as names:
        assert set(HERE) <= set(names) and "RawBinarySignalRawIO" in names
        for name in names:
            reader_class = getattr(neo.rawio, name)
            assert issubclass(reader_class, BaseRawIO) and issubclass(reader_class, NeoBase)
            assert reader_class in neo.rawio.rawiolist
        assert len(neo.rawio.rawiolist) == 33 and theirs not in neo.rawio.rawiolist
        assert neo.rawio.get_rawio("a.plx") is neo.rawio.PlexonRawIO
        assert neo.PlexonIO is neo.io.PlexonIO and issubclass(neo.io.PlexonIO, PlexonRawIO)
        assert neo.io.PlexonIO in neo.io.iolist and neo.io.PlexonIO.mode == "file"
        assert neo.io.list_candidate_ios("a.plx") == [neo.io.PlexonIO]
        assert isinstance(neo.io.get_io(PLX), PlexonRawIO)
        with stand_in.installed() as again:
            assert again == names
        assert issubclass(neo.rawio.PlexonRawIO, BaseRawIO)
    assert everything() == before and neo.rawio.PlexonRawIO is theirs


def test_installed_puts_back_after_an_error():
    before = everything()
    with pytest.raises(ZeroDivisionError), stand_in.installed():
        raise ZeroDivisionError
    assert everything() == before


def test_install_holds_until_uninstall():
    before = everything()
    try:
        assert stand_in.install() == stand_in.install()
        with stand_in.installed():
            pass
        assert issubclass(neo.rawio.PlexonRawIO, BaseRawIO)
    finally:
        stand_in.uninstall()
    assert everything() == before
    stand_in.uninstall()


@pytest.mark.parametrize("name", [*HERE, "RawBinarySignalRawIO"])
def test_arguments_of_neo_are_taken(name, tmp_path):
    """All of them, by name and in neo's order, with the values that neo has for them."""
    theirs = inspect.signature(getattr(neo.rawio, name).__init__).parameters
    defaults = [(p.name, p.default) for p in list(theirs.values())[2:] if p.kind != p.VAR_KEYWORD]
    with stand_in.installed():
        reader_class = getattr(neo.rawio, name)
        by_name = reader_class(str(tmp_path), **dict(defaults))
        by_place = reader_class(str(tmp_path), *(value for _, value in defaults))
        assert by_name.filename == by_place.filename == str(tmp_path)
        assert vars(by_name).keys() == vars(by_place).keys()
        with pytest.raises(TypeError):
            reader_class(str(tmp_path), speed="high")


def test_arguments_in_the_order_of_neos_io(tmp_path):
    made = FORMATS["NeuralynxRawIO"].write(tmp_path)
    with stand_in.installed():
        reader = neo.io.NeuralynxIO(str(made.path), False, "same_as_resource", ["CSC1.ncs"])
        assert reader.header["signal_channels"]["name"].tolist() == ["CSC1"]
        reader = neo.io.NeuralynxIO(dirname=made.path, exclude_filenames=["CSC1.ncs"])
        assert reader.header["signal_channels"]["name"].tolist() == ["CSC0"]
        assert neo.io.NeuralynxIO.mode == "dir"


@pytest.mark.parametrize("kind", ["int16", ">i2", "float32"])
def test_flat_binary_files_by_arguments_of_neo(tmp_path, kind):
    data = noise(3000, 3)
    (tmp_path / "a.raw").write_bytes(bytes(10) + data.astype(kind).tobytes())
    with stand_in.installed():
        reader = neo.rawio.RawBinarySignalRawIO(
            str(tmp_path / "a.raw"),
            dtype=kind,
            sampling_rate=2000.0,
            nb_channel=3,
            signal_gain=0.5,
            signal_offset=7,
            bytesoffset=10,
        )
        check_compliance(reader)
        block = neo.io.RawBinarySignalIO(
            tmp_path / "a.raw", dtype=kind, nb_channel=3, bytesoffset=10
        )
        assert block.read_segment(lazy=True).analogsignals[0].shape == (3000, 3)
    assert np.array_equal(reader.get_analogsignal_chunk(), data)
    row = reader.header["signal_channels"][0]
    assert (row["gain"], row["offset"], row["sampling_rate"]) == (0.5, 7, 2000)
    with pytest.raises(OptionError, match=r"a\.raw: n_channels"):
        stand_in.RawBinarySignalRawIO(tmp_path / "a.raw", nb_channel=0)
    with pytest.raises(OptionError, match=r"a\.raw: data type 'sound'"):
        stand_in.RawBinarySignalRawIO(tmp_path / "a.raw", dtype="sound")


# -- neo's own checks -----------------------------------------------------------------------------


@pytest.mark.parametrize("name", HERE)
def test_compliance_of_written_recordings(name, tmp_path):
    made = FORMATS[name].write(tmp_path)
    with stand_in.installed():
        check_compliance(getattr(neo.rawio, name)(**made.arguments))
    reader = type(open_recording(made.path))
    assert reader.__name__ == name


REAL = {
    "plexon/File_plexon_3.plx": "PlexonRawIO",
    "plexon/16sp_lfp_with_2coords.plx": "PlexonRawIO",
    "blackrock/test_NEURALSG_raw.ns3": "BlackrockRawIO",
    "blackrock/test_NEURALCD_raw.ns3": "BlackrockRawIO",
    "intan/sampledata_v3.rhd": "IntanRawIO",
    "neuralynx": "NeuralynxRawIO",
    "openephys": "OpenEphysBinaryRawIO",
}


@pytest.mark.parametrize("path", [path for path, name in REAL.items() if name in HERE])
def test_compliance_of_real_recordings(path, recordings):
    with stand_in.installed():
        reader_class = getattr(neo.rawio, REAL[path])
        argument = "dirname" if reader_class.rawmode == "one-dir" else "filename"
        check_compliance(reader_class(**{argument: str(recordings / path)}))
