"""The parameter file: what is read of it, what it may lack, and what is refused."""

import tracemalloc

import numpy as np
import pytest

from rawio import EmptyFileError, FormatError, RawIOError
from rawio.files import RawFile
from rawio.neuroscope.parameters import read_parameters
from tests.rawio.neuroscope_files import opened
from tests.writers.neuroscope import (
    Acquisition,
    Parameters,
    Program,
    SpikeGroup,
    write_session,
    write_xml,
    xml_bytes,
)

FULL = Parameters(
    Acquisition(14, 5, 32552, 10, 500, 8),
    lfp_rate=1252,
    anatomical=((0, 2, 1), (4, 3)),
    skipped=(2, 3),
    spike_groups=(SpikeGroup((0, 1), 40, 20, 4), SpikeGroup((3,), None, None, None)),
    files={"whl": 39.0625, "fil": 20000},
    programs=(Program("ndm_start", {"nBits": "12", "nSamples": "7"}, "<nBits>99</nBits>"),),
    units=({"group": 1, "cluster": 2, "structure": "CA1"},),
    colors={0: "#0080ff", 3: "#ff0000"},
    default_offsets={3: -120},
    video={"samplingRate": 25, "width": 768},
    general={"date": "2011-04-23", "notes": "x < y & µ"},
    extra="<nBits>12</nBits><odd><group>9</group></odd>",
)


def parsed(tmp_path, data):
    path = tmp_path / "a.xml"
    path.write_bytes(data)
    return read_parameters(RawFile(path))


def refused(tmp_path, data, match):
    with pytest.raises(FormatError, match=match) as error:
        parsed(tmp_path, data)
    assert str(error.value).startswith(str(tmp_path / "a.xml"))
    assert "\n" not in str(error.value)


def check_full(found):
    values = (found.n_bits, found.n_channels, found.sampling_rate, found.lfp_sampling_rate)
    assert values == (14, 5, 32552, 1252)
    assert (found.voltage_range, found.amplification, found.offset) == (10, 500, 8)
    assert (found.shown_samples, found.shown_peak) == (99, 98)
    assert found.extension_rates == {"whl": 39.0625, "fil": 20000}
    assert found.anatomical_groups == [[0, 2, 1], [4, 3]]
    assert found.skipped_channels == {2, 3}
    groups = [(g.channels, g.n_samples, g.peak_sample_index) for g in found.spike_groups]
    assert groups == [([0, 1], 40, 20), ([3], None, None)]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize("indent", ["", " ", "\n\t\r\n "])
def test_everything_and_nothing_else(tmp_path, encoding, indent):
    data = xml_bytes(FULL).decode()
    data = data.replace("\n", indent + "\n").replace(">14<", f">{indent}14{indent}<")
    check_full(parsed(tmp_path, data.encode(encoding)))


def test_other_encodings(tmp_path):
    declared = '<?xml version="1.0" encoding="{}"?>\n'
    for name in ("iso-8859-1", "windows-1252"):
        data = xml_bytes(Parameters(general={"notes": "µ"}, declaration=declared.format(name)))
        assert parsed(tmp_path, data.decode().encode(name)).n_bits == 16
    for name in ("klingon", "shift_jis", "utf-7"):
        refused(tmp_path, xml_bytes(Parameters(declaration=declared.format(name))), "a.xml")


def test_elements_in_any_order_and_only_the_first_counts(tmp_path):
    text = """<!-- <nBits>8</nBits> --><parameters><files><file><samplingRate>7</samplingRate>
    <extension>.abc</extension></file></files><fieldPotentials/><acquisitionSystem><nBits>12</nBits>
    <nBits>14</nBits><nChannels><!-- 9 -->1<!-- -->6</nChannels></acquisitionSystem>
    <acquisitionSystem><nChannels>3</nChannels></acquisitionSystem></parameters>"""
    found = parsed(tmp_path, text.encode())
    assert (found.n_bits, found.n_channels) == (12, 16)
    assert found.extension_rates == {"abc": 7}


@pytest.mark.parametrize("size", [1, 2, 3, 7, 30])
def test_pieces_of_any_size_give_the_same(tmp_path, size, monkeypatch):
    monkeypatch.setattr("rawio.neuroscope.parameters.PIECE", size)
    check_full(parsed(tmp_path, xml_bytes(FULL)))


ENTITY = '<!DOCTYPE p [<!ENTITY a "{}">]>'
BOMB = """<?xml version="1.0"?><!DOCTYPE p [<!ENTITY a "aaaaaaaaaa">
<!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;">
<!ENTITY d "&c;&c;&c;&c;&c;&c;&c;&c;"><!ENTITY e "&d;&d;&d;&d;&d;&d;&d;&d;">
<!ENTITY f "&e;&e;&e;&e;&e;&e;&e;&e;"><!ENTITY g "&f;&f;&f;&f;&f;&f;&f;&f;">]>
<parameters><acquisitionSystem><nBits>&g;&g;</nBits></acquisitionSystem></parameters>"""


@pytest.mark.parametrize(
    "text",
    [
        BOMB,
        ENTITY.format("16") + "<parameters>&a;</parameters>",
        '<!DOCTYPE p SYSTEM "file:///etc/passwd"><parameters/>',
        '<!DOCTYPE p [<!ENTITY x SYSTEM "file:///etc/passwd">]><parameters>&x;</parameters>',
        '<!DOCTYPE p [<!ENTITY % x SYSTEM "http://127.0.0.1:1/x"> %x;]><parameters/>',
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
@pytest.mark.parametrize("size", [5, 4096])
def test_document_types_are_refused(tmp_path, text, encoding, size, monkeypatch):
    monkeypatch.setattr("rawio.neuroscope.parameters.PIECE", size)
    refused(tmp_path, text.encode(encoding), "document type")


@pytest.mark.parametrize(
    ("data", "match"),
    [
        (b"<parameters>&amp;&lol;</parameters>", "undefined entity"),
        (b"<parameters><a></b></parameters>", "line 1: mismatched tag"),
        (b"<parameters>\n<a>\n</parameters>", "line 3: mismatched tag"),
        (b"<parameters/>junk", "junk after document element"),
        (b"<Parameters/>", "root element is 'Parameters'"),
        (b"<html><parameters/></html>", "root element is 'html'"),
        (b"   ", "no element found"),
        (bytes(40), "well-formed"),
        (b"\xff\xfe\x00", "well-formed"),
        (b"<parameters>\xff</parameters>", "well-formed"),
        (b"<parameters>" + b"<a>" * 100, "64 deep"),
    ],
)
def test_what_is_no_parameter_file(tmp_path, data, match):
    refused(tmp_path, data, match)


def test_an_empty_one(tmp_path):
    with pytest.raises(EmptyFileError):
        parsed(tmp_path, b"")


def test_much_of_anything_costs_no_memory(tmp_path):
    many = b"<a b='c'>x</a>" * 100_000
    long = b"<nBits>" + b"16 " * 500_000 + b"</nBits>"
    for inner in (many, b"<acquisitionSystem>" + long + b"</acquisitionSystem>"):
        path = tmp_path / "a.xml"
        path.write_bytes(b"<parameters>" + inner + b"</parameters>")
        tracemalloc.start()
        assert read_parameters(RawFile(path)).n_bits is None
        assert tracemalloc.get_traced_memory()[1] < 1 << 20
        tracemalloc.stop()
    groups = b"<anatomicalDescription><channelGroups>" + b"<group/>" * 70_000
    refused(tmp_path, b"<parameters>" + groups, "more than 65536 groups")
    with open(tmp_path / "a.xml", "wb") as file:
        file.truncate(1 << 30)
    with pytest.raises(FormatError, match="more than any parameter file"):
        read_parameters(RawFile(tmp_path / "a.xml"))


@pytest.mark.parametrize(
    ("acquisition", "match"),
    [
        (None, "nChannels is missing"),
        (Acquisition(n_channels=None), "nChannels is missing"),
        (Acquisition(n_channels=0), "nChannels"),
        (Acquisition(n_channels=-4), "nChannels"),
        (Acquisition(n_channels="2.5"), "nChannels"),
        (Acquisition(n_channels="four"), "nChannels"),
        (Acquisition(n_channels="1_6"), "nChannels"),
        (Acquisition(n_bits=64), "64 bits"),
        (Acquisition(n_bits=0), "0 bits"),
        (Acquisition(n_bits="1e9"), "bits"),
    ],
)
def test_numbers_that_nothing_can_be_read_with(tmp_path, acquisition, match):
    write_session(tmp_path, "a", Parameters())
    write_xml(tmp_path / "a.xml", Parameters(acquisition))
    with pytest.raises(FormatError, match=match):
        opened(tmp_path / "a.dat")


@pytest.mark.parametrize(
    ("values", "dtype", "gain", "match"),
    [
        ({"n_bits": None}, "int16", 20e3 / 65536 / 1000, "how many bits"),
        ({"n_bits": 8}, "int16", 20e3 / 256 / 1000, "8 bits"),
        ({"n_bits": 24}, "int32", 20e3 / 2**24 / 1000, "24 bits"),
        ({"voltage_range": None}, "int16", 20e3 / 65536 / 1000, "no voltageRange"),
        ({"amplification": 0}, "int16", 20e3 / 65536 / 1000, "or no amplification"),
        ({"voltage_range": "", "amplification": 10}, "int16", 20e3 / 65536 / 10, "20 V and 10"),
        ({"offset": "1e300"}, "int16", 20e3 / 65536 / 1000, "offset"),
    ],
)
def test_numbers_that_are_taken_in_place_of_missing_ones(tmp_path, values, dtype, gain, match):
    write_session(tmp_path, "a", Parameters(), n_samples=100, extensions=("dat",))
    write_xml(tmp_path / "a.xml", Parameters(Acquisition(**values)))
    reader = opened(tmp_path / "a.dat")
    channels = reader.header["signal_channels"]
    assert set(channels["dtype"]) == {dtype}
    assert channels["gain"][0] == pytest.approx(gain, rel=1e-14)
    assert set(channels["offset"]) == {0.0}
    assert match in reader.warnings[0]


def test_groups_with_channels_that_are_not_there(tmp_path):
    raw = xml_bytes(Parameters(anatomical=((0, 9), (1,), (-3, 2, 1)), skipped=(9,)))
    write_session(tmp_path, "a", Parameters(), extensions=("dat",))
    (tmp_path / "a.xml").write_bytes(raw.replace(b">2<", b">two<"))
    reader = opened(tmp_path / "a.dat")
    names = reader.header["signal_channels"]["name"].tolist()
    assert names == ["ch0grp0", "ch1grp2", "ch2grpnone", "ch3grpnone"]
    assert reader.parameters.anatomical_groups == [[0], [1], [1]]
    assert "name channels -3, -1, 9, but there are 4" in reader.warnings[0]


def test_changed_bytes_raise_nothing_else(tmp_path):
    write_session(tmp_path, "a", FULL, n_samples=200)
    data = xml_bytes(FULL)
    rng = np.random.default_rng(2)
    read = 0
    for _ in range(400):
        bad = bytearray(data)
        for at in rng.integers(0, len(data), rng.integers(1, 5)):
            bad[at] = int(rng.choice([rng.integers(256), 0x30 + rng.integers(10)]))
        (tmp_path / "a.xml").write_bytes(bad)
        try:
            reader = opened(tmp_path / "a.xml")
        except RawIOError as error:
            assert "\n" not in str(error)
            continue
        read += 1
        for stream in range(reader.signal_streams_count()):
            reader.get_analogsignal_chunk(stream_index=stream)
        for unit in range(reader.unit_channels_count()):
            reader.spike_raw_waveforms(0, 0, unit)
            reader.unit_signal_channel(unit)
    assert read > 20
