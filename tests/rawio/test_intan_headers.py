"""Headers of Intan recordings that are cut, damaged or odd: read, or refused in one sentence."""

import struct
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rawio import EmptyFileError, FormatError, RawIOError
from rawio.intan import IntanRawIO
from tests.rawio.intan_files import VERSIONS, check, opened, recorded, some_header, stream_of
from tests.writers.intan import Channel, Group, Header, make_header, pack_header
from tests.writers.intan_files import make_recording, write_traditional


def refused(path, *parts):
    """Return the sentence that the reader refuses a path with."""
    with pytest.raises(RawIOError) as error:
        opened(path)
    text = str(error.value)
    assert text.startswith(str(path)), text
    for part in parts:
        assert part in text, text
    assert text.endswith(".")
    return error.value


@pytest.mark.parametrize("kind, version", VERSIONS)
def test_a_header_cut_at_any_byte_is_refused(tmp_path, kind, version):
    header = pack_header(make_header(kind, version, {"A": 1}, adc=1, digital_in=1, digital_out=0))
    path = tmp_path / f"a.{kind}"
    for n in range(1, len(header)):
        path.write_bytes(header[:n])
        error = refused(path)
        assert isinstance(error, FormatError)
    path.write_bytes(header)
    assert isinstance(refused(path, "no whole block"), EmptyFileError)


def test_an_empty_file_and_a_missing_one(tmp_path):
    path = tmp_path / "a.rhd"
    refused(path, "no such file")
    path.write_bytes(b"")
    refused(path, "empty")
    path.write_bytes(b"what is this")
    refused(path, "no Intan file")


@pytest.mark.parametrize("rate", [0.0, -30_000.0, float("nan"), float("inf"), 1e-40, 1e12])
def test_impossible_rates(tmp_path, rate):
    path, _ = recorded("traditional", tmp_path, header=some_header(sample_rate=30_000.0))
    data = bytearray(path.read_bytes())
    struct.pack_into("<f", data, 8, rate)
    path.write_bytes(data)
    refused(path, "sample rate")


def test_rates_that_are_no_whole_numbers(tmp_path):
    path, truth = recorded("traditional", tmp_path, header=some_header(sample_rate=10_000 / 3))
    check(opened(path), truth)


@pytest.mark.parametrize(
    "fields, parts",
    [
        ({"overrides": {"n_groups": -1}}, ["-1 signal groups"]),
        ({"overrides": {"n_groups": 30_000}}, ["30000 signal groups"]),
        ({"temp_sensors": -5}, ["-5 temperature sensors"]),
        ({"note2": struct.pack("<I", 3) + b"abc"}, ["text of 3 bytes"]),
        ({"note1": struct.pack("<I", 0x7FFFFFFE)}, ["text of 2147483646 bytes"]),
    ],
)
def test_numbers_that_cannot_be(tmp_path, fields, parts):
    path = tmp_path / "a.rhd"
    path.write_bytes(pack_header(some_header(**fields)) + bytes(9000))
    refused(path, *parts)


@pytest.mark.parametrize(
    "channel, parts",
    [
        (Channel("A-000", overrides={"signal_code": 6}), ["'A-000'", "signal type 6"]),
        (Channel("A-000", overrides={"signal_code": -1}), ["signal type -1"]),
        (Channel("DIN-00", "digital_in", 16), ["'DIN-00'", "bit 16"]),
        (Channel("DIN-00", "digital_in", -1), ["bit -1"]),
    ],
)
def test_channels_that_cannot_be(tmp_path, channel, parts):
    header = Header("rhd", (3, 1), groups=(Group("Port A", "A", (channel,)),))
    path = tmp_path / "a.rhd"
    path.write_bytes(pack_header(header) + bytes(9000))
    refused(path, *parts)
    off = replace(header, groups=(Group("Port A", "A", (replace(channel, enabled=0),)),))
    path.write_bytes(pack_header(off) + np.arange(128, dtype="<i4").tobytes())
    assert opened(path).signal_channels_count() == 0


@pytest.mark.parametrize("count", [-1, 3, 30_000])
def test_counts_of_channels_that_are_wrong(tmp_path, count):
    header = Header("rhd", (3, 1), groups=(Group("P", "A", (Channel("A-0"),), n_channels=count),))
    path = tmp_path / "a.rhd"
    path.write_bytes(pack_header(header))
    refused(path)


def test_a_text_that_never_ends_is_not_read_into_memory(tmp_path):
    path = tmp_path / "a.rhd"
    start = pack_header(some_header(note1=b""))[:48]
    with path.open("wb") as file:
        file.write(start + struct.pack("<I", 1 << 31))
        file.truncate(1 << 33)
    refused(path, "text of 2147483648 bytes")
    with path.open("wb") as file:  # groups of nothing but long texts
        header = pack_header(Header("rhd", (3, 1), overrides={"n_groups": 30_000}))
        file.write(header)
        for k in range(20):
            file.seek(len(header) + k * ((1 << 20) + 14))
            file.write(struct.pack("<I", 1 << 20))
        file.truncate(1 << 33)
    refused(path, "does not end within")


@pytest.mark.parametrize("kind", ["rhd", "rhs"])
@pytest.mark.parametrize("version, known", [((4, 2), (3, 0)), ((0, 9), (1, 0)), ((-3, 5), (1, 0))])
def test_versions_that_nobody_knows(tmp_path, kind, version, known):
    header = make_header(kind, known, {"A": 2})
    path, truth = recorded("traditional", tmp_path, header=header)
    data = bytearray(path.read_bytes())
    struct.pack_into("<hh", data, 4, *version)
    path.write_bytes(data)
    reader = opened(path)
    check(reader, truth)
    (warning,) = reader.warnings
    assert f"{version[0]}.{version[1]}" in warning


def test_a_stimulation_step_that_cannot_be(tmp_path):
    path, truth = recorded("traditional", tmp_path, header=some_header("rhs", stim_step=0.0))
    reader = opened(path)
    rows = reader.header["signal_channels"]
    rows = rows[rows["stream_id"] == "11"]
    assert set(rows["gain"].tolist()) == {1.0}
    assert set(rows["units"].tolist()) == {""}
    assert any("stimulation current" in warning for warning in reader.warnings)
    chunk = reader.get_analogsignal_chunk(stream_index=stream_of(reader, truth, "stim"))
    np.testing.assert_array_equal(chunk, truth.streams["stim"].raw)


def test_odd_names(tmp_path):
    lone_surrogate = struct.pack("<I", 4) + b"\x00\xd8a\x00"
    names = {"A-000": "ä" * 70, "A-002": None, "A-003": lone_surrogate, "A-004": "😀\0"}
    path, truth = recorded("traditional", tmp_path, header=some_header(custom_names=names))
    reader = opened(path)
    found = reader.header["signal_channels"]["name"].tolist()
    assert found[0] == "ä" * 64
    assert found[1] == ""
    assert "a" in found[2]
    assert found[3] == "😀"
    assert any("64 characters" in warning for warning in reader.warnings)
    chunk = reader.get_analogsignal_chunk(stream_index=0)
    np.testing.assert_array_equal(chunk, truth.streams["amplifier"].raw)


def test_disabled_groups_have_no_data(tmp_path):
    header = some_header(disabled_groups=["B", "ANALOG-IN", "DIGITAL-OUT"])
    path, truth = recorded("traditional", tmp_path, header=header)
    reader = opened(path)
    check(reader, truth)
    assert not reader.warnings
    assert reader.signal_streams_count() == 5


def test_auxiliary_channels_of_rhs_have_no_data(tmp_path):
    header = make_header("rhs", (3, 0), {"A": 3})
    path, truth = recorded("traditional", tmp_path, header=header)
    group = header.groups[0]
    extra = replace(group, channels=(*group.channels, Channel("A-AUX1", "aux")))
    data = path.read_bytes()[len(pack_header(header)) :]
    path.write_bytes(pack_header(replace(header, groups=(extra, *header.groups[1:]))) + data)
    reader = opened(path)
    check(reader, truth)
    (warning,) = reader.warnings
    assert "A-AUX1" in warning


def test_nothing_enabled_is_a_recording_of_nothing(tmp_path):
    header = make_header("rhd", (3, 1), {}, adc=0, digital_in=0, digital_out=0)
    path, truth = recorded("traditional", tmp_path, header=header)
    reader = opened(path)
    assert reader.signal_streams_count() == reader.event_channels_count() == 0
    assert reader.segment_t_stop(0, 0) == len(truth.timestamps) / 30_000


SMALL = make_header("rhs", (3, 1), {"A": 2}, adc=1, dac=0, digital_in=2, digital_out=0)


@settings(
    max_examples=400,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    st.sampled_from([SMALL, some_header("rhd", (1, 2), ports={"A": 2})]),
    st.lists(st.tuples(st.integers(0, 1400), st.integers(0, 255)), min_size=1, max_size=4),
)
def test_flipped_bytes_never_raise_anything_else(tmp_path, header, flips):
    path = tmp_path / f"a.{header.kind}"
    write_traditional(path, make_recording(header, 4 * header.block))
    data = bytearray(path.read_bytes())
    for at, value in flips:
        data[at] ^= value
    path.write_bytes(data)
    reader = IntanRawIO(path)
    try:
        reader.parse_header()
    except RawIOError as error:
        assert str(error).startswith(str(path))
        return
    for s in range(reader.segment_count(0)):
        for stream in range(reader.signal_streams_count()):
            reader.get_analogsignal_chunk(0, s, stream_index=stream)
        for channel in range(reader.event_channels_count()):
            reader.event_timestamps(0, s, channel)
