"""The headers of the writers of Intan recordings: hand-unpacked bytes, and a real file."""

import struct
from dataclasses import replace

import numpy as np
import pytest

from tests.writers.intan import (
    CHANNEL_BYTES,
    CHANNEL_LAYOUT,
    FIXED_BYTES,
    FIXED_LAYOUT,
    SIGNAL_TYPES,
    TAIL_LAYOUT,
    Channel,
    Group,
    Header,
    make_header,
    pack_channel,
    pack_group,
    pack_header,
    pack_qstring,
)
from tests.writers.intan_files import Recording, block_dtype, write_traditional


def unpack(format_, data, offset):
    values = struct.unpack_from("<" + format_, data, offset)
    return values[0] if len(values) == 1 else values


@pytest.mark.parametrize("kind", ["rhd", "rhs"])
@pytest.mark.parametrize(
    ("layout", "sizes"), [(FIXED_LAYOUT, FIXED_BYTES), (CHANNEL_LAYOUT, CHANNEL_BYTES)]
)
def test_fields_fill_their_header_and_do_not_overlap(layout, sizes, kind):
    used = np.zeros(sizes[kind], int)
    for _, code, *offsets in layout:
        offset = offsets[kind == "rhs"]
        if offset is not None:
            used[offset : offset + struct.calcsize(code)] += 1
    assert (used == 1).all()


def test_bytes_of_qstrings():
    assert pack_qstring("A-0") == b"\x06\0\0\0A\0-\0000\0"
    assert pack_qstring("") == b"\0\0\0\0"
    assert pack_qstring(None) == b"\xff\xff\xff\xff"
    assert pack_qstring("é𝄞") == b"\x06\0\0\0\xe9\0\x34\xd8\x1e\xdd"
    assert pack_qstring(b"as is") == b"as is"


def numbered(kind, version, **more):
    """Return a header whose floats are 1.5, 2.5 and so on in the order of the file."""
    floats = [name for name, code, *_ in FIXED_LAYOUT if code == "f"]
    rhs_only = {row[0] for row in FIXED_LAYOUT if row[2] is None}
    floats = [name for name in floats if kind == "rhs" or name not in rhs_only]
    values = {name: k + 1.5 for k, name in enumerate(floats)}
    return Header(kind, version, **values, **more)


def test_bytes_of_an_rhd_header():
    header = numbered(
        "rhd",
        (3, 1),
        dsp_enabled=1,
        notch_mode=2,
        note1="µ",
        note2=None,
        note3="ab",
        temp_sensors=3,
        reference="n/a",
    )
    data = pack_header(header)
    assert unpack("I", data, 0) == 0xC6912702
    assert unpack("hh", data, 4) == (3, 1)
    assert unpack("f", data, 8) == 1.5
    assert unpack("h", data, 12) == 1
    assert unpack("6f", data, 14) == (2.5, 3.5, 4.5, 5.5, 6.5, 7.5)
    assert unpack("h", data, 38) == 2
    assert unpack("ff", data, 40) == (8.5, 9.5)
    assert unpack("IH", data, 48) == (2, 0xB5)
    assert unpack("I", data, 54) == 0xFFFFFFFF
    assert unpack("I4s", data, 58) == (4, b"a\0b\0")
    assert unpack("hh", data, 66) == (3, 13)
    assert unpack("I6s", data, 70) == (6, b"n\0/\0a\0")
    assert unpack("h", data, 80) == 0
    assert len(data) == 82


@pytest.mark.parametrize(
    ("version", "tail"),
    [
        ((1, 0), b""),
        ((1, 1), b"\x07\0"),
        ((1, 2), b"\x07\0"),
        ((1, 3), b"\x07\0\x01\0"),
        ((2, 0), b"\x07\0\x01\0\x02\0\0\0R\0"),
        ((3, 0), b"\x07\0\x01\0\x02\0\0\0R\0"),
    ],
)
def test_fields_that_came_with_a_version(version, tail):
    header = Header("rhd", version, temp_sensors=7, board_mode=1, reference="R")
    assert pack_header(header)[48:] == bytes(12) + tail + b"\0\0"


def test_bytes_of_an_rhs_header():
    header = numbered(
        "rhs",
        (1, 0),
        dsp_enabled=0,
        notch_mode=1,
        amp_settle_mode=1,
        charge_recovery_mode=2,
        dc_saved=1,
        reference="A-010",
    )
    data = pack_header(header)
    assert unpack("I", data, 0) == 0xD69127AC
    assert unpack("hh", data, 4) == (1, 0)
    assert unpack("f", data, 8) == 1.5
    assert unpack("h", data, 12) == 0
    assert unpack("8f", data, 14) == (2.5, 3.5, 4.5, 5.5, 6.5, 7.5, 8.5, 9.5)
    assert unpack("h", data, 46) == 1
    assert unpack("ff", data, 48) == (10.5, 11.5)
    assert unpack("hh", data, 56) == (1, 2)
    assert unpack("fff", data, 60) == (12.5, 13.5, 14.5)
    assert data[72:84] == bytes(12)
    assert unpack("hh", data, 84) == (1, 14)
    assert unpack("I10s", data, 88) == (10, "A-010".encode("utf-16-le"))
    assert data[102:] == b"\0\0"


def test_overrides_come_last():
    header = Header(
        "rhd", (3, 0), overrides={"magic": 1, "n_groups": -1, "note1": b"\xfe\xff\xff\xff"}
    )
    data = pack_header(header)
    assert unpack("I", data, 0) == 1
    assert unpack("I", data, 48) == 0xFFFFFFFE
    assert data[-2:] == b"\xff\xff"


def test_bytes_of_groups_and_channels():
    channel = Channel("B", "digital_in", 1, "ü", 2, 3, 4, 5, 6, 7, 8, 9, 10, 11.5, -12.5)
    names = b"\x02\0\0\0B\0\x02\0\0\0\xfc\0"
    rhd = names + struct.pack("<10h2f", 1, 2, 4, 3, 4, 6, 7, 8, 9, 10, 11.5, -12.5)
    rhs = names + struct.pack("<11h2f", 1, 2, 5, 3, 4, 5, 6, 7, 8, 9, 10, 11.5, -12.5)
    assert pack_channel(channel, "rhd") == rhd
    assert pack_channel(channel, "rhs") == rhs
    group = Group("N", "P", (channel, Channel("C")), enabled=0)
    head = b"\x02\0\0\0N\0\x02\0\0\0P\0"
    assert pack_group(group, "rhd")[:18] == head + struct.pack("<hhh", 0, 2, 1)
    assert pack_group(group, "rhd")[18 : 18 + len(rhd)] == rhd
    wrong = replace(group, n_channels=-3, n_amplifiers=9)
    assert pack_group(wrong, "rhs")[12:18] == struct.pack("<hhh", 0, -3, 9)


@pytest.mark.parametrize(
    ("kind", "version", "mode", "expected"),
    [
        ("rhd", (1, 3), None, ["ADC-00", "ADC-01", "DIN-00", "DOUT-00"]),
        ("rhd", (3, 0), 0, ["ANALOG-IN-00", "ANALOG-IN-01", "DIGITAL-IN-00", "DIGITAL-OUT-00"]),
        ("rhd", (2, 0), None, ["ANALOG-IN-1", "ANALOG-IN-2", "DIGITAL-IN-01", "DIGITAL-OUT-01"]),
        (
            "rhs",
            (3, 0),
            None,
            ["ANALOG-IN-1", "ANALOG-IN-2", "ANALOG-OUT-1", "DIGITAL-IN-01", "DIGITAL-OUT-01"],
        ),
    ],
)
def test_native_names_are_those_of_the_time(kind, version, mode, expected):
    header = make_header(
        kind, version, {"B": 1}, board_mode=mode, adc=2, dac=1, digital_in=1, digital_out=1
    )
    names = [c.native_name for g in header.groups[4:] for c in g.channels]
    assert names == expected
    port = ["B-000"] + ["B-AUX1", "B-AUX2", "B-AUX3", "B-VDD1"] * (kind == "rhd")
    assert [c.native_name for c in header.groups[1].channels] == port
    assert [g.enabled for g in header.groups[:4]] == [0, 1, 0, 0]


def test_ports_and_what_is_left_out():
    header = make_header(
        "rhd",
        (3, 1),
        {"A": 40, "E": 2},
        disabled=["A-001", "DIGITAL-IN-02"],
        disabled_groups=["E"],
        custom_names={"A-000": "naïve Ω"},
    )
    assert [g.prefix for g in header.groups[:8]] == list("ABCDEFGH")
    stored = [c.native_name for c in header.stored("amplifier")]
    assert stored == [f"A-{k:03d}" for k in range(40) if k != 1]
    assert [c.native_order for c in header.stored("digital_in")] == [0, 2, 3]
    assert [c.native_name for c in header.stored("aux")] == [f"A-AUX{k}" for k in range(1, 7)]
    assert "naïve Ω".encode("utf-16-le") in pack_header(header)
    # The channels of a disabled group are in the header all the same.
    assert "E-001".encode("utf-16-le") in pack_header(header)
    assert header.groups[4].channels[0].board_stream == 2


class Cursor:
    """Takes numbers and texts from a header, one after the other."""

    def __init__(self, data):
        self.data, self.at = data, 0

    def take(self, code):
        if code == "Q":
            size = self.take("I")
            if size == 0xFFFFFFFF:
                return None
            text = self.data[self.at : self.at + size].decode("utf-16-le")
            self.at += size
            return text
        value = unpack(code, self.data, self.at)
        self.at += struct.calcsize("<" + code)
        return value

    def fields(self, layout):
        return {name: self.take(code) for name, code, rhd, *_ in layout if rhd is not None}


def take_apart(data):
    """Return the header of an RHD file of version 2.0 or later, and its size."""
    cursor, groups = Cursor(data), []
    values = cursor.fields(FIXED_LAYOUT) | cursor.fields(TAIL_LAYOUT)
    for _ in range(values.pop("n_groups")):
        name, prefix = cursor.take("Q"), cursor.take("Q")
        enabled, n_channels, n_amplifiers = cursor.take("hhh")
        channels = []
        for _ in range(n_channels):
            names = {"native_name": cursor.take("Q"), "custom_name": cursor.take("Q")}
            record = cursor.fields(CHANNEL_LAYOUT)
            signal = SIGNAL_TYPES["rhd"][record.pop("signal_code")]
            channels.append(Channel(signal=signal, **names, **record))
        groups.append(Group(name, prefix, tuple(channels), enabled, n_channels, n_amplifiers))
    assert values.pop("magic") == 0xC6912702
    version = values.pop("major"), values.pop("minor")
    return Header("rhd", version, groups=tuple(groups), **values), cursor.at


def test_a_real_file_comes_out_the_same(recordings, tmp_path):
    path = recordings / "intan" / "sampledata_v3.rhd"
    if not path.exists():
        pytest.skip(f"{path} is not there")
    data = path.read_bytes()
    header, start = take_apart(data)
    assert pack_header(header) == data[:start]
    blocks = np.frombuffer(data, block_dtype(header), offset=start)
    parts = {}
    for name in blocks.dtype.names[1:]:
        channels = blocks[name].swapaxes(1, 2)
        parts[name] = channels.reshape(-1, channels.shape[2])
    times = blocks["timestamps"].ravel().astype(np.int64)
    again = write_traditional(tmp_path / "again.rhd", Recording(header, times, parts))
    assert (tmp_path / "again.rhd").read_bytes() == data
    assert again.streams["amplifier"].raw.shape == (17664, 64)
    assert again.streams["aux"].raw.shape == (4416, 6)
    assert again.streams["aux"].rate == 5000.0
    assert len(again.segments) == 1
