"""What readers say of channels, and the groups that channels fall into."""

import math

import numpy as np
import probeinterface

from tests.rawio import memory_reader
from tests.readers import ArrayReader, noise
from viewer.model import Channels
from viewer.model.channel_info import ChannelInfo, group_names, infos_of


def probe(positions, shanks=None, wired=None):
    out = probeinterface.Probe(ndim=2, si_units="um")
    out.set_contacts(np.array(positions, float), shank_ids=shanks)
    out.set_device_channel_indices(np.arange(len(positions)) if wired is None else wired)
    return out


def reader_of(*channels):
    """Return a reader of streams s0, s1 ... of so many channels each."""
    return ArrayReader([[(0.0, noise(20, count)) for count in channels]], [1000.0] * len(channels))


def groups(reader):
    """Return what each group is called and its rows, by its number."""
    infos = infos_of(reader)
    names = group_names(infos)
    members = [
        [row for row, info in enumerate(infos) if info.group == n] for n in range(len(names))
    ]
    assert sorted(row for rows in members for row in rows) == list(range(len(infos)))
    return list(zip(names, members, strict=True))


def test_rows_streams_and_columns_are_those_of_the_header():
    reader = memory_reader.MemoryReader()
    reader.parse_header()
    infos = infos_of(reader)
    assert [(i.name, i.id, i.stream) for i in infos] == [c[:3] for c in memory_reader.CHANNELS]
    for row, info in enumerate(infos):
        assert memory_reader.MEMBERS[info.stream][info.column] == row
        chunk = reader.get_analogsignal_chunk(0, 0, stream_index=info.stream)
        scaled = reader.rescale_signal_raw_to_float(chunk, "float64", stream_index=info.stream)
        raw = chunk[:, info.column].astype(float)
        np.testing.assert_allclose(raw * info.gain + info.offset, scaled[:, info.column])


def test_contacts_are_those_of_each_channel_and_unknown_without_a_probe():
    reader = reader_of(3, 2)
    reader.set_probe(probe([(5, 10), (7, 20)], ["a", "b"], [2, 0]))
    infos = infos_of(reader)
    assert [(i.shank, i.x, i.y) for i in infos[::2][:2]] == [("b", 7.0, 20.0), ("a", 5.0, 10.0)]
    for info in (infos[1], *infos[3:]):
        assert info.shank == "" and math.isnan(info.x) and math.isnan(info.y)
    assert [info.stream_name for info in infos] == ["s0"] * 3 + ["s1"] * 2


def test_one_stream_of_one_unit_is_one_group():
    assert groups(reader_of(3)) == [("all channels", [0, 1, 2])]
    assert groups(reader_of(2, 1)) == [("s0", [0, 1]), ("s1", [2])]


def test_shanks_are_groups_of_their_stream_and_channels_without_a_contact_one_more():
    reader = reader_of(4)
    reader.set_probe(probe([(0, 0), (9, 0), (0, 9)], ["b", "a", "b"], [3, 1, 0]))
    assert groups(reader) == [("shank b", [0, 3]), ("shank a", [1]), ("no contact", [2])]
    reader = reader_of(1, 2)
    reader.set_probe(probe([(0, 0), (9, 0)], ["x", "y"]), stream_index=1)
    assert groups(reader) == [("s0", [0]), ("s1 shank x", [1]), ("s1 shank y", [2])]


def test_without_several_shanks_units_of_measure_are_groups():
    reader = reader_of(4)
    reader.header["signal_channels"]["units"] = ["uV", "V", "uV", ""]
    wanted = [("uV", [0, 2]), ("V", [1]), ("no unit", [3])]
    assert groups(reader) == wanted
    reader.set_probe(probe([(0, 0), (9, 0)], ["a", "a"], [0, 1]))  # of one shank, and of none
    assert groups(reader) == wanted
    reader = reader_of(1, 2)
    reader.header["signal_channels"]["units"][1:] = ["uV", "V"]
    assert groups(reader) == [("s0", [0]), ("s1 uV", [1]), ("s1 V", [2])]


def test_streams_without_a_name_are_called_by_their_number():
    infos = [
        ChannelInfo(str(stream), "", "uV", stream, 0, 1.0, 0.0, group=stream) for stream in (0, 1)
    ]
    channels = Channels(infos)
    assert channels.group_names == ("stream 1", "stream 2")
    assert [channels.stream_name(stream) for stream in (0, 1)] == ["stream 1", "stream 2"]
    assert group_names([]) == ()
