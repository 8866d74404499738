"""The writers of test files, held against hand-unpacked bytes and against neo.

neo 0.14.6 is asked only for what it reads right: blocks of one size, not the last block of a
channel (it gives zeros there), and as many bits a slow sample as a spike sample.
"""

import json
import struct
from fractions import Fraction

import numpy as np
import pytest

from tests.writers.plx import (
    EVENT_HEADER_BYTES,
    EVENT_LAYOUT,
    FILE_HEADER_BYTES,
    FILE_LAYOUT,
    SLOW_HEADER_BYTES,
    SLOW_LAYOUT,
    SPIKE_HEADER_BYTES,
    SPIKE_LAYOUT,
    START,
    STROBED,
    VERSIONS,
    EventBlock,
    EventChannel,
    FileHeader,
    RawBlock,
    SlowBlock,
    SlowChannel,
    SpikeBlock,
    SpikeChannel,
    header_dtype,
    interleave,
    slow_blocks,
    write_plx,
)
from tests.writers.plx_big import write_big_plx
from tests.writers.raw import write_raw

RNG = np.random.default_rng(7)


def unpack(format_, data, offset):
    values = struct.unpack_from("<" + format_, data, offset)
    return values[0] if len(values) == 1 else values


@pytest.mark.parametrize(
    ("layout", "size"),
    [
        (FILE_LAYOUT, FILE_HEADER_BYTES),
        (SPIKE_LAYOUT, SPIKE_HEADER_BYTES),
        (EVENT_LAYOUT, EVENT_HEADER_BYTES),
        (SLOW_LAYOUT, SLOW_HEADER_BYTES),
    ],
)
def test_fields_of_a_header_do_not_overlap(layout, size):
    used = np.zeros(size, int)
    for _, format_, offset, _ in layout:
        used[offset : offset + np.dtype(format_).itemsize] += 1
    assert used.max() == 1
    assert header_dtype(layout, size).itemsize == size


def test_bytes_of_the_file_header(tmp_path):
    path = tmp_path / "a.plx"
    header = FileHeader(
        comment="a comment",
        ad_frequency=30000,
        num_points_wave=48,
        num_points_pre_thr=12,
        date=(2021, 3, 4, 5, 6, 7),
        fast_read=1,
        waveform_freq=20000,
        last_timestamp=12345.0,
        trodalness=4,
        data_trodalness=2,
        bits_per_spike_sample=12,
        bits_per_slow_sample=16,
        spike_max_magnitude_mv=3000,
        slow_max_magnitude_mv=5000,
        spike_preamp_gain=1000,
        acquiring_software="OmniPlex 1.1",
        processing_software="OFS 2.8.8",
    )
    write_plx(path, header, [SpikeChannel("s", 1)] * 2, [], [SlowChannel("f", 0)] * 3)
    data = path.read_bytes()
    assert len(data) == 7504 + 2 * 1020 + 3 * 296
    assert data[:4] == b"PLEX"
    assert unpack("i", data, 4) == 106
    assert data[8:136] == b"a comment".ljust(128, b"\0")
    assert unpack("6i", data, 136) == (30000, 2, 0, 3, 48, 12)
    assert unpack("8i", data, 160) == (2021, 3, 4, 5, 6, 7, 1, 20000)
    assert unpack("d", data, 192) == 12345.0
    assert unpack("4B3H", data, 200) == (4, 2, 12, 16, 3000, 5000, 1000)
    assert data[210:246] == b"OmniPlex 1.1".ljust(18, b"\0") + b"OFS 2.8.8".ljust(18, b"\0")
    assert not any(data[246:7504])


def test_bytes_of_the_channel_headers(tmp_path):
    path = tmp_path / "a.plx"
    spike = SpikeChannel(
        "SPK07", 7, 20, "SIG07", 10, 71, 72, 73, -4914, 2, 3, "spikes", src_id=5, chan_id=513
    )
    event = EventChannel("Strobed", STROBED, "words", src_id=3, chan_id=64)
    slow = SlowChannel("FP01", 128, 1000, 250, 10, 7, 1, "field", src_id=8, chan_id=1)
    write_plx(path, None, [spike], [event], [slow])
    data = path.read_bytes()
    p = 7504
    assert data[p : p + 64] == b"SPK07".ljust(32, b"\0") + b"SIG07".ljust(32, b"\0")
    assert unpack("9i", data, p + 64) == (7, 10, 71, 72, 20, 73, -4914, 2, 3)
    assert not any(data[p + 100 : p + 848])
    assert data[p + 848 : p + 976] == b"spikes".ljust(128, b"\0")
    assert unpack("BxH", data, p + 976) == (5, 513)
    p += 1020
    assert data[p : p + 32] == b"Strobed".ljust(32, b"\0")
    assert unpack("i", data, p + 32) == 257
    assert data[p + 36 : p + 164] == b"words".ljust(128, b"\0")
    assert unpack("BxH", data, p + 164) == (3, 64)
    p += 296
    assert data[p : p + 32] == b"FP01".ljust(32, b"\0")
    assert unpack("6i", data, p + 32) == (128, 1000, 250, 1, 10, 7)
    assert data[p + 56 : p + 184] == b"field".ljust(128, b"\0")
    assert unpack("BxH", data, p + 184) == (8, 1)
    assert len(data) == p + 296


def test_bytes_of_the_blocks(tmp_path):
    path = tmp_path / "a.plx"
    wave = np.array([[1, -2, 3], [4, 5, -32768]], np.int16)
    blocks = [
        SpikeBlock((0xAB << 32) + 0x89ABCDEF, 3, 2, wave),
        SpikeBlock(5, 3, 1),
        EventBlock(6, STROBED, -2),
        EventBlock(6, STROBED, 65534),
        SlowBlock(7, 9, np.array([10, -11], np.int16)),
        RawBlock(77, 8, 12, 13, 14, 15, b"xyz", upper=0xFFFF),
    ]
    ends = write_plx(path, blocks=blocks, tail=b"tail")
    data = path.read_bytes()
    assert ends.tolist() == [7504, 7532, 7548, 7564, 7580, 7600, 7619]
    assert unpack("hHIhhhh", data, 7504) == (1, 0xAB, 0x89ABCDEF, 3, 2, 2, 3)
    assert unpack("6h", data, 7520) == (1, -2, 3, 4, 5, -32768)
    assert unpack("hHIhhhh", data, 7532) == (1, 0, 5, 3, 1, 0, 0)
    assert unpack("hHIhhhh", data, 7548) == (4, 0, 6, 257, -2, 0, 0)
    assert unpack("hHIhhhh", data, 7564) == (4, 0, 6, 257, -2, 0, 0)
    assert unpack("hHIhhhhhh", data, 7580) == (5, 0, 7, 9, 0, 1, 2, 10, -11)
    assert unpack("hHIhhhh", data, 7600) == (77, 0xFFFF, 8, 12, 13, 14, 15)
    assert data[7616:] == b"xyztail"


def test_counts_as_the_vendor_fills_them(tmp_path):
    path = tmp_path / "a.plx"
    wave = np.zeros(4, np.int16)
    blocks = [
        *[SpikeBlock(k, 1, 0, wave) for k in range(3)],
        *[SpikeBlock(k, 129, 4, wave) for k in range(2)],
        SpikeBlock(9, 2, 1),
        *[SpikeBlock(9, c, u, wave) for c, u in [(130, 0), (1, 5)]],
        *[EventBlock(k, START) for k in range(5)],
        EventBlock(0, 300),
        SlowBlock(0, 0, wave),
        SlowBlock(0, 211, wave[:3]),
        SlowBlock(11, 212, wave),
    ]
    write_plx(path, blocks=blocks)
    data = path.read_bytes()
    ts = np.frombuffer(data, "<i4", 650, 256).reshape(130, 5)
    wf = np.frombuffer(data, "<i4", 650, 2856).reshape(130, 5)
    ev = np.frombuffer(data, "<i4", 512, 5456)
    assert np.argwhere(ts).tolist() == [[1, 0], [2, 1], [129, 4]]
    assert ts[ts > 0].tolist() == [3, 1, 2]
    assert np.argwhere(wf).tolist() == [[1, 0], [129, 4]]
    assert {k: ev[k] for k in np.flatnonzero(ev)} == {START: 5, 300: 4, 511: 3}
    assert unpack("d", data, 192) == 11.0

    write_plx(path, FileHeader(counts=False), blocks=blocks)
    assert not any(path.read_bytes()[256:7504])


@pytest.mark.parametrize("version", VERSIONS)
def test_a_version_leaves_out_the_fields_it_does_not_have(version, tmp_path):
    path = tmp_path / "a.plx"
    header = FileHeader(version=version, acquiring_software="A")
    spike = SpikeChannel("s", 1, comment="c", src_id=1, chan_id=1)
    slow = SlowChannel("f", 0, preamp_gain=50, spike_channel=1, comment="c", src_id=1)
    write_plx(path, header, [spike], [], [slow])
    data = path.read_bytes()
    slow_at = 7504 + 1020
    present = {
        "bits": any(data[200:208]),
        "spike preamp gain": any(data[208:210]),
        "software": any(data[210:256]),
        "spike comment": any(data[7504 + 848 : 7504 + 976]),
        "spike source": any(data[7504 + 976 : 7504 + 980]),
        "slow preamp gain": any(data[slow_at + 48 : slow_at + 52]),
        "slow spike channel": any(data[slow_at + 52 : slow_at + 56]),
        "slow source": any(data[slow_at + 184 : slow_at + 188]),
    }
    assert present == {
        "bits": version >= 103,
        "spike preamp gain": version >= 105,
        "software": version >= 106,
        "spike comment": version >= 105,
        "spike source": version >= 106,
        "slow preamp gain": version >= 102,
        "slow spike channel": version >= 104,
        "slow source": version >= 106,
    }
    assert unpack("i", data, 4) == version


def test_overrides_win_over_everything(tmp_path):
    path = tmp_path / "a.plx"
    lies = {"magic": 1, "n_slow_channels": -4, "bits_per_slow_sample": 99}
    write_plx(path, FileHeader(version=100, overrides=lies))
    data = path.read_bytes()
    assert (unpack("I", data, 0), unpack("i", data, 148), data[203]) == (1, -4, 99)


def test_names_are_bytes_where_bytes_are_given(tmp_path):
    path = tmp_path / "a.plx"
    full = bytes(range(128, 160))
    write_plx(path, None, [SpikeChannel(full, 1), SpikeChannel("µ", 2)])
    data = path.read_bytes()
    assert data[7504 : 7504 + 32] == full
    assert data[7504 + 1020 :].startswith("µ".encode() + b"\0")


@pytest.mark.parametrize(
    "arguments",
    [
        {"header": FileHeader(version=99)},
        {"spike_channels": [SpikeChannel("x" * 33, 1)]},
        {"blocks": [EventBlock(1 << 40, 1)]},
        {"blocks": [EventBlock(-1, 1)]},
    ],
)
def test_what_a_file_cannot_hold_is_refused(arguments, tmp_path):
    with pytest.raises(ValueError, match=r"version|fit"):
        write_plx(tmp_path / "a.plx", **arguments)


def test_slow_blocks_cut_a_signal():
    samples = np.arange(23, dtype=np.int16)
    blocks = list(slow_blocks(3, samples, 100, Fraction(5, 2), [4, 7, 1]))
    assert [len(b.samples) for b in blocks] == [4, 7, 1, 4, 7]
    assert [b.tick for b in blocks] == [100, 110, 127, 130, 140]
    np.testing.assert_array_equal(np.concatenate([b.samples for b in blocks]), samples)
    assert [len(b.samples) for b in slow_blocks(3, samples, block_sizes=10)] == [10, 10, 3]
    with pytest.raises(ValueError, match="never end"):
        list(slow_blocks(3, samples, block_sizes=0))


def test_interleave_is_stable():
    a = [EventBlock(1, 1), EventBlock(3, 1)]
    b = [EventBlock(1, 2), EventBlock(2, 2)]
    assert [(e.tick, e.channel) for e in interleave(a, b)] == [(1, 1), (1, 2), (2, 2), (3, 1)]


@pytest.mark.parametrize("version", [100, 102, 103, 105, 107])
def test_neo_reads_what_was_written(version, tmp_path):
    plexonrawio = pytest.importorskip("neo.rawio.plexonrawio")
    samples = RNG.integers(-2048, 2048, (2, 1000)).astype(np.int16)
    waves = RNG.integers(-2048, 2048, (30, 1, 32)).astype(np.int16)
    spikes = [SpikeBlock(50 + 90 * k, 5, k % 3, waves[k]) for k in range(30)]
    events = [EventBlock(100 * k, STROBED, 40000 + k) for k in range(8)]
    blocks = interleave(*(slow_blocks(k, samples[k], 0, 40, 100) for k in range(2)), spikes, events)
    path = tmp_path / "a.plx"
    write_plx(
        path,
        FileHeader(version=version),
        [SpikeChannel("SPK05", 5, gain=20)],
        [EventChannel("Strobed", STROBED), EventChannel("Start", START)],
        [SlowChannel("FP01", 0, gain=10, preamp_gain=100), SlowChannel("FP02", 1, preamp_gain=50)],
        blocks,
    )
    reader = plexonrawio.PlexonRawIO(str(path), progress_bar=False)
    reader.parse_header()
    chunk = reader.get_analogsignal_chunk(stream_index=0)
    assert chunk.shape == (1000, 2)
    np.testing.assert_array_equal(chunk[:900], samples.T[:900])
    channels = reader.header["signal_channels"]
    assert channels["name"].tolist() == ["FP01", "FP02"]
    assert channels["sampling_rate"].tolist() == [1000.0, 1000.0]
    divisors = [10 * 1000, 1 * 1000] if version < 102 else [10 * 100, 1 * 50]
    np.testing.assert_allclose(channels["gain"], 5000 / 2048 / np.array(divisors))
    for unit in range(3):
        ticks = reader.get_spike_timestamps(spike_channel_index=unit)
        assert ticks.tolist() == [s.tick for s in spikes[unit::3]]
        shapes = reader.get_spike_raw_waveforms(spike_channel_index=unit)
        np.testing.assert_array_equal(shapes, waves[unit::3])
    ticks, _, labels = reader.get_event_timestamps(event_channel_index=0)
    assert ticks.tolist() == [e.tick for e in events]
    assert labels.tolist() == [str(e.value) for e in events]
    assert reader.event_count(event_channel_index=1) == 0


def small_parts(big):
    """Return the blocks of a `BigPlx` one by one, as the slow and simple writer wants them."""
    slow = [
        SlowBlock(f * big.ticks_per_sample, c, big.samples(c, np.arange(f, f + n)))
        for c, f, n in zip(big.slow_channels, big.slow_firsts, big.slow_sizes, strict=True)
    ]
    spikes = [
        SpikeBlock(t, c, u, big.waveforms(np.array([k]))[0])
        for k, (t, c, u) in enumerate(
            zip(big.spike_ticks, big.spike_channels, big.spike_units, strict=True)
        )
    ]
    return interleave(slow, spikes)


@pytest.mark.parametrize(
    ("n_spike_channels", "n_slow_channels", "ad_freq"),
    [(3, 2, 1000), (0, 3, 40000), (4, 0, 1000)],
)
def test_big_files_are_what_the_plain_writer_writes(
    n_spike_channels, n_slow_channels, ad_freq, tmp_path
):
    fast, plain = tmp_path / "fast.plx", tmp_path / "plain.plx"
    big = write_big_plx(fast, n_spike_channels, n_slow_channels, seconds=2.5, ad_freq=ad_freq)
    prefix = "FP" if ad_freq == 1000 else "WB"
    ends = write_plx(
        plain,
        FileHeader(),
        [SpikeChannel(f"SPK{k + 1:02d}", k + 1, gain=20) for k in range(n_spike_channels)],
        [EventChannel("Strobed", 257), EventChannel("Start", 258), EventChannel("Stop", 259)],
        [SlowChannel(f"{prefix}{k + 1:02d}", k, ad_freq) for k in range(n_slow_channels)],
        small_parts(big),
    )
    assert big.n_blocks == len(ends) - 1 > 50
    assert fast.read_bytes() == plain.read_bytes()


def test_raw_files_say_what_they_hold(tmp_path):
    path = tmp_path / "a.raw"
    samples = RNG.integers(-9, 9, (50, 3)).astype(">i2")
    json_path = write_raw(path, samples, 2500.0, header=b"head", gain=0.5, channel_names="abc")
    assert json_path.name == "a.raw.json"
    assert path.read_bytes()[:4] == b"head"
    np.testing.assert_array_equal(np.fromfile(path, ">i2", offset=4).reshape(50, 3), samples)
    assert json.loads(json_path.read_text()) == {
        "format": "rawscope-flat-binary",
        "version": 1,
        "dtype": "int16",
        "byte_order": "big",
        "n_channels": 3,
        "sampling_rate": 2500.0,
        "gain": 0.5,
        "offset": 0.0,
        "units": "uV",
        "header_bytes": 4,
        "channel_names": ["a", "b", "c"],
    }
