"""Headers of .plx files: gains of every version, numbers that cannot be, and files cut short."""

import struct

import numpy as np
import pytest

from rawio import EmptyFileError, FormatError, MissingFileError, PlexonRawIO, RawIOError
from tests.rawio.plexon_files import opened, ramp, slow, spike, written
from tests.writers.plx import (
    EventBlock,
    EventChannel,
    FileHeader,
    SlowBlock,
    SpikeBlock,
    interleave,
    slow_blocks,
    write_plx,
)

BLOCKS = [SlowBlock(0, 0, ramp(5)), SpikeBlock(3, 1, 0, ramp(4))]


def gains(reader):
    header = reader.header
    return header["signal_channels"]["gain"][0], header["unit_channels"]["wf_gain"][0]


@pytest.mark.parametrize(
    "version, slow_gain, spike_gain",
    [
        (100, 5000 / (2048 * 4 * 1000), 3000 / (2048 * 5 * 1000)),
        (101, 5000 / (2048 * 4 * 1000), 3000 / (2048 * 5 * 1000)),
        (102, 5000 / (2048 * 4 * 50), 3000 / (2048 * 5 * 1000)),
        (103, 2500 / (0.5 * 2**16 * 4 * 50), 1250 / (0.5 * 2**14 * 5 * 1000)),
        (104, 2500 / (0.5 * 2**16 * 4 * 50), 1250 / (0.5 * 2**14 * 5 * 1000)),
        (105, 2500 / (0.5 * 2**16 * 4 * 50), 1250 / (0.5 * 2**14 * 5 * 200)),
        (106, 2500 / (0.5 * 2**16 * 4 * 50), 1250 / (0.5 * 2**14 * 5 * 200)),
        (107, 2500 / (0.5 * 2**16 * 4 * 50), 1250 / (0.5 * 2**14 * 5 * 200)),
    ],
)
def test_gains_of_every_version(tmp_path, version, slow_gain, spike_gain):
    reader = written(
        tmp_path / "a.plx",
        BLOCKS,
        [slow(0, gain=4, preamp_gain=50)],
        [spike(1, gain=5)],
        version=version,
        bits_per_spike_sample=14,
        bits_per_slow_sample=16,
        spike_max_magnitude_mv=1250,
        slow_max_magnitude_mv=2500,
        spike_preamp_gain=200,
    )
    assert gains(reader) == (pytest.approx(slow_gain, rel=1e-12), pytest.approx(spike_gain))
    assert not reader.warnings


def test_fields_that_are_zero_have_defaults_and_a_warning(tmp_path):
    reader = written(
        tmp_path / "a.plx",
        BLOCKS,
        [slow(0, gain=0, preamp_gain=0), slow(1, gain=0)],
        [spike(1, gain=0)],
        bits_per_spike_sample=0,
        bits_per_slow_sample=99,
        spike_max_magnitude_mv=0,
        slow_max_magnitude_mv=0,
        spike_preamp_gain=0,
        waveform_freq=0,
    )
    assert gains(reader) == (5000 / (2048 * 1000), 3000 / (2048 * 1000))
    assert reader.header["unit_channels"]["wf_sampling_rate"][0] == 40_000
    assert [w.split(" ")[0] for w in reader.warnings] == [
        "Gain",
        "SpikeMaxMagnitudeMV",
        "SpikePreAmpGain",
        "BitsPerSpikeSample",
        "WaveformFreq",
        "Gain",
        "PreAmpGain",
        "SlowMaxMagnitudeMV",
        "BitsPerSlowSample",
    ]


@pytest.mark.parametrize("version, nearest", [(99, 100), (108, 107), (-5, 100), (2**31 - 1, 107)])
def test_another_version_is_read_as_the_nearest(tmp_path, version, nearest):
    channels = [slow(0, gain=3, preamp_gain=7)], [spike(1, gain=5)]
    expected = gains(written(tmp_path / "a.plx", BLOCKS, *channels, version=nearest))
    reader = written(
        tmp_path / "b.plx", BLOCKS, *channels, version=nearest, overrides={"version": version}
    )
    assert gains(reader) == expected
    assert reader.warnings == [
        f"file version {version} is not one of 100 to 107; read as {nearest}."
    ]


@pytest.mark.parametrize(
    "field, value, words",
    [
        ("ad_frequency", 0, "ADFrequency"),
        ("ad_frequency", -40_000, "ADFrequency"),
        ("ad_frequency", 2**31 - 1, "ADFrequency"),
        ("n_spike_channels", -1, "NumDSPChannels"),
        ("n_event_channels", 2**31 - 1, "NumEventChannels"),
        ("n_slow_channels", 40_000, "NumSlowChannels"),
        ("n_slow_channels", 30_000, "NumSlowChannels"),
        ("magic", 0x12345678, "PLEX"),
    ],
)
def test_numbers_that_cannot_be_are_refused_in_one_sentence(tmp_path, field, value, words):
    path = tmp_path / "a.plx"
    with pytest.raises(FormatError, match=words) as error:
        written(path, BLOCKS, [slow(0)], [spike(1)], overrides={field: value})
    assert str(path) in str(error.value)
    assert "\n" not in str(error.value)


def test_names_of_any_bytes(tmp_path):
    names = [b"\xb5V \xff", "é1".encode(), b"x" * 32, b"", b"9\0junk"]
    blocks = [SlowBlock(0, c, ramp(3)) for c in range(5)]
    reader = written(tmp_path / "a.plx", blocks, [slow(c, n or b"\0") for c, n in enumerate(names)])
    assert reader.header["signal_channels"]["name"].tolist() == ["µV ÿ", "é1", "x" * 32, "", "9"]


def test_channel_numbers_that_blocks_cannot_have(tmp_path):
    reader = written(
        tmp_path / "a.plx",
        BLOCKS,
        [slow(70_000), slow(-4), slow(0)],
        [spike(65_537), spike(1)],
        [EventChannel("E", -1), EventChannel("F", 99_999)],
    )
    assert reader.header["signal_channels"]["id"].tolist() == ["0"]
    assert reader.header["unit_channels"]["id"].tolist() == ["ch1#0"]
    assert reader.header["event_channels"]["id"].tolist() == ["-1", "99999"]
    assert reader.event_count(0, 0, 1) == 0


def test_counts_in_the_file_header_are_a_hint(tmp_path):
    counts = np.zeros(512, np.int32)
    counts[300], counts[301] = 99, 3
    blocks = [SlowBlock(0, c, ramp(5)) for c in (0, 1)]
    reader = written(
        tmp_path / "a.plx", blocks, [slow(0), slow(1)], overrides={"ev_counts": counts}
    )
    assert reader.get_signal_size(0, 0) == 5
    assert reader.warnings == [
        "the file header counts 99 samples of FP01, the file holds 5; was it cut?"
    ]


def test_no_file_and_an_empty_file(tmp_path):
    with pytest.raises(MissingFileError):
        opened(tmp_path / "none.plx")
    (tmp_path / "empty.plx").touch()
    with pytest.raises(EmptyFileError):
        opened(tmp_path / "empty.plx")


def test_recognises_its_magic_number(tmp_path):
    assert PlexonRawIO.recognises(tmp_path / "x.bin", b"PLEX" + bytes(9))
    assert not PlexonRawIO.recognises(tmp_path / "x.plx", b"XELP")
    assert not PlexonRawIO.recognises(tmp_path / "x.plx", b"")


# -- cut files -------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """Return the bytes of a file, where its blocks start, and its samples, spikes and events."""
    path = tmp_path_factory.mktemp("whole") / "a.plx"
    x = ramp(900)
    spikes = [SpikeBlock(41 * i, 1, i % 2, ramp(16, i)) for i in range(60)]
    events = [EventBlock(97 * i, 2, i) for i in range(30)]
    blocks = interleave(slow_blocks(0, x, 0, 40, [30, 41]), spikes, events)
    header = FileHeader(ad_frequency=40_000, counts=False)
    starts = write_plx(path, header, [spike(1)], [EventChannel("E", 2)], [slow(0)], blocks)
    return path.read_bytes(), starts, blocks


def test_a_file_cut_in_its_headers_is_refused(tmp_path, whole):
    data, starts, _ = whole
    path = tmp_path / "a.plx"
    for size in (*range(1, 16), *range(100, int(starts[0]), 331), int(starts[0]) - 1):
        path.write_bytes(data[:size])
        with pytest.raises(RawIOError) as error:
            opened(path)
        assert "\n" not in str(error.value)


def test_a_file_cut_in_its_data_is_read_up_to_the_last_whole_block(tmp_path, whole):
    data, starts, blocks = whole
    path = tmp_path / "a.plx"
    rng = np.random.default_rng(0)
    sizes = {*rng.integers(starts[0], len(data) + 1, 200).tolist(), int(starts[0]), len(data)}
    for size in sizes:
        path.write_bytes(data[:size])
        reader = opened(path)
        kept = blocks[: int(np.searchsorted(starts, size, "right")) - 1]
        slow_kept = [b.samples for b in kept if isinstance(b, SlowBlock)]
        if slow_kept:
            assert np.array_equal(reader.get_analogsignal_chunk()[:, 0], np.concatenate(slow_kept))
        else:
            assert reader.signal_streams_count() == 0
        for u in range(reader.unit_channels_count()):
            own = [b for b in kept if isinstance(b, SpikeBlock) and b.unit == u]
            assert reader.spike_timestamps(unit_index=u).tolist() == [b.tick for b in own]
            assert np.array_equal(
                reader.spike_raw_waveforms(unit_index=u)[:, 0], [b.waveform for b in own]
            )
        assert reader.event_count() == sum(isinstance(b, EventBlock) for b in kept)
        cut = [w for w in reader.warnings if "bytes are not read" in w]
        assert len(cut) == (size not in starts)
        if cut:
            assert f"at byte {starts[len(kept)]}" in cut[0]


def test_garbage_in_the_data_raises_nothing_else(tmp_path, whole):
    data, starts, _ = whole
    path = tmp_path / "a.plx"
    rng = np.random.default_rng(1)
    for _ in range(150):
        bad = bytearray(data)
        for at in rng.integers(0, len(data), 6):
            bad[at] ^= 1 << int(rng.integers(8))
        at = int(rng.integers(starts[0], len(data) - 40))
        bad[at : at + 20] = rng.bytes(20)
        path.write_bytes(bad)
        try:
            reader = opened(path)
        except RawIOError:
            continue
        for seg in range(min(reader.segment_count(0), 5)):
            assert reader.segment_t_stop(0, seg) > reader.segment_t_start(0, seg)
            for stream in range(reader.signal_streams_count()):
                size = reader.get_signal_size(0, seg, stream)
                assert len(reader.get_analogsignal_chunk(0, seg, stream_index=stream)) == size
            for u in range(reader.unit_channels_count()):
                waveforms = reader.spike_raw_waveforms(0, seg, u)
                assert waveforms is None or len(waveforms) == reader.spike_count(0, seg, u)
            for e in range(reader.event_channels_count()):
                assert len(reader.event_timestamps(0, seg, e)[2]) == reader.event_count(0, seg, e)


def test_a_negative_size_ends_the_reading_with_the_byte_in_a_warning(tmp_path):
    path = tmp_path / "a.plx"
    blocks = [SpikeBlock(i, 1, 0, ramp(8)) for i in range(9)]
    starts = write_plx(path, FileHeader(), [spike(1)], blocks=blocks)
    data = bytearray(path.read_bytes())
    struct.pack_into("<h", data, int(starts[4]) + 14, -8)
    path.write_bytes(data)
    reader = opened(path)
    assert reader.spike_count() == 4
    assert f"block at byte {starts[4]} has a negative size" in reader.warnings[0]
