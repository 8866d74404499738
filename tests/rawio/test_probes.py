"""Probes: given, read from files, refused; and .prb files, of which nothing is run."""

import json

import numpy as np
import probeinterface
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rawio import (
    EmptyFileError,
    FormatError,
    MissingFileError,
    OptionError,
    RawIOError,
    SelectionError,
    UnknownFormatError,
)
from rawio.files import RawFile
from rawio.prb import literals
from rawio.probe_files import read_probe
from tests.readers import ArrayReader, noise

PRB = """
total_nb_channels = 6
radius = 100
'''tetrodes of the hippocampus'''
channel_groups = {
    0: {'channels': list(range(3)), 'graph': [], 'geometry': {0: [0, 0], 1: (10., 20.0), 2: [-5, 40]}},
    'b': {"channels": [5, 3], "geometry": [[0, 2 * 30], [-1.5, 1e2]]},
}
"""  # noqa: E501


def linear(n, pitch=20.0):
    probe = probeinterface.generate_linear_probe(num_elec=n, ypitch=pitch)
    probe.set_device_channel_indices(np.arange(n)[::-1])
    return probe


@pytest.fixture
def reader():
    return ArrayReader.of(noise(20, 6))


def prb(folder, text=PRB, name="probe.prb"):
    path = folder / name
    path.write_text(text)
    return path


def test_no_probe(reader):
    assert reader.get_probe() is None
    assert reader.channel_contacts() is None


def test_a_probe_that_is_given(reader):
    probe = linear(6)
    reader.set_probe(probe)
    assert reader.get_probe(0) is probe
    contacts = reader.channel_contacts()
    assert contacts["y"].tolist() == [100, 80, 60, 40, 20, 0]
    assert contacts["x"].tolist() == [0] * 6
    assert contacts["known"].all() and len(set(contacts["shank"].tolist())) == 1
    reader.parse_header()
    assert reader.get_probe() is None


def test_contacts_that_are_not_wired_and_channels_without_contacts(reader):
    probe = linear(6)
    probe.set_device_channel_indices([2, -1, 0, -1, 4, -1])
    reader.set_probe(probe)
    contacts = reader.channel_contacts()
    assert contacts["known"].tolist() == [True, False, True, False, True, False]
    assert contacts["y"][[0, 2, 4]].tolist() == [40, 0, 80]


def test_contacts_are_channels_in_their_order_if_nothing_is_said(reader):
    reader.set_probe(probeinterface.generate_linear_probe(num_elec=4, ypitch=10))
    contacts = reader.channel_contacts()
    assert contacts["y"][:4].tolist() == [0, 10, 20, 30]
    assert contacts["known"].tolist() == [True] * 4 + [False] * 2


def test_shanks_of_several_probes_are_told_apart(reader):
    group = probeinterface.ProbeGroup()
    for first in (0, 3):
        probe = probeinterface.generate_linear_probe(num_elec=3, ypitch=10)
        probe.set_device_channel_indices(np.arange(first, first + 3))
        group.add_probe(probe)
    reader.set_probe(group)
    shanks = reader.channel_contacts()["shank"].tolist()
    assert shanks[:3] == [shanks[0]] * 3 and shanks[3:] == [shanks[3]] * 3
    assert shanks[0] != shanks[3]


def test_a_probe_of_another_recording(reader):
    with pytest.raises(OptionError, match="contact on channel 6, the stream has 6"):
        reader.set_probe(linear(7))
    assert reader.get_probe() is None


def test_streams_that_are_not_there(reader):
    for call in (reader.get_probe, reader.channel_contacts):
        with pytest.raises(SelectionError):
            call(1)
    with pytest.raises(SelectionError):
        reader.set_probe(linear(6), stream_index=3)


def test_probeinterface_json(reader, tmp_path):
    probeinterface.write_probeinterface(tmp_path / "probe.json", linear(6))
    reader.set_probe(tmp_path / "probe.json")
    assert reader.channel_contacts()["y"].tolist() == [100, 80, 60, 40, 20, 0]


def test_prb(reader, tmp_path):
    reader.set_probe(str(prb(tmp_path)))
    contacts = reader.channel_contacts()
    assert contacts["known"].tolist() == [True, True, True, True, False, True]
    assert contacts["x"][[0, 1, 2, 3, 5]].tolist() == [0, 10, -5, -1.5, 0]
    assert contacts["y"][[0, 1, 2, 3, 5]].tolist() == [0, 20, 40, 100, 60]
    assert contacts["shank"][0] != contacts["shank"][5]


def test_prb_reads_as_the_library_does(tmp_path):
    text = PRB.replace("[[0, 2 * 30], [-1.5, 1e2]]", "{5: [0, 60], 3: [-1.5, 100]}")
    ours, theirs = read_probe(prb(tmp_path, text)), probeinterface.read_prb(prb(tmp_path, text))
    for a, b in zip(ours.probes, theirs.probes, strict=True):
        np.testing.assert_array_equal(a.contact_positions, b.contact_positions)
        np.testing.assert_array_equal(a.device_channel_indices, b.device_channel_indices)


@pytest.mark.parametrize(
    "text",
    [
        "import os\nchannel_groups = {}",
        "channel_groups = __import__('os').environ",
        "channel_groups = {i: i for i in range(3)}",
        "channel_groups = open('x')",
        "channel_groups = range(10**9)",
        "channel_groups = list(range(1000001))",
        "channel_groups = 'a' * 10",
        "channel_groups = 2 ** 1000",
        "a = 1 / 0",
        "a.b = 1",
        "channel_groups = {**{}}",
        "channel_groups = {",
        "def f(): pass",
        "channel_groups = {}",
        "channel_groups = [1]",
        "channel_groups = {0: {'channels': [0]}}",
        "channel_groups = {0: {'channels': [0, 1], 'geometry': {0: [0, 0]}}}",
        "channel_groups = {0: {'channels': 'ab', 'geometry': {}}}",
        "channel_groups = {0: {'channels': [0, 1], 'geometry': [[0, 0]]}}",
        "channel_groups = {0: {'channels': [0], 'geometry': [['a', 'b']]}}",
        "channel_groups = {[[]]: 1}",
        "x = " + "(" * 500 + ")" * 500,
        "\0",
    ],
)
def test_prb_with_other_things_in_it(tmp_path, text):
    path = prb(tmp_path, text)
    with pytest.raises(FormatError) as caught:
        read_probe(path)
    assert str(caught.value).startswith(f"{path}: ") and "\n" not in str(caught.value)


@given(st.text(alphabet="channel_groups={}[]():, 0123'ra\n#+-*/", max_size=80))
def test_no_text_makes_anything_but_one_sentence(tmp_path_factory, text):
    path = tmp_path_factory.mktemp("prb") / "a.prb"
    path.write_text("x = 1\n" + text)
    try:
        literals(RawFile(path))
    except RawIOError as error:
        assert str(error).startswith(f"{path}: ")


def test_what_is_no_probe_file(tmp_path):
    with pytest.raises(MissingFileError):
        read_probe(tmp_path / "none.json")
    with pytest.raises(UnknownFormatError, match=r"settings\.xml"):
        read_probe(prb(tmp_path, name="probe.mat"))
    prb(tmp_path, "", "empty.json")
    with pytest.raises(EmptyFileError):
        read_probe(tmp_path / "empty.json")
    for name, text in (
        ("a.json", "{"),
        ("b.json", json.dumps({"specification": "probeinterface"})),
        ("c.json", "[]"),
        ("d.meta", "x=1"),
        ("e.xml", "<a>"),
        ("f.xml", "<a></a>"),
    ):
        with pytest.raises(FormatError, match="cannot be read as a probe"):
            read_probe(prb(tmp_path, text, name))
