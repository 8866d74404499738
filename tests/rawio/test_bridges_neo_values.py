"""Recordings read through neo: every sample, spike and event of files written for the test."""

import pickle
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from rawio import (
    FormatError,
    OutOfRangeError,
    SelectionError,
    find_recordings,
    open_recording,
)
from rawio.bridges.neo_formats import NeoFormatRawIO
from rawio.testing import Expected, check_reader
from tests.rawio import bridges_files as files
from tests.rawio import bridges_nex as nex

INT16 = files.samples(700, 3)
UINT16 = files.samples(700, 3, "uint16")
FLOAT = INT16.astype("float32") / 8
RECORDS = [files.samples(512, 2, seed=seed) for seed in range(3)]
BLOCKS = files.samples(2048, 2)

# What is written, its signals by segment, units, gains and offsets of the first two channels.
SIGNALS = {
    "BrainVisionRawIO": (
        lambda at: files.write_brainvision(at / "a.vhdr", INT16),
        [INT16],
        ("uV", [0.1, 0.2], [0, 0]),
    ),
    "BrainVisionRawIO, by channels": (
        lambda at: files.write_brainvision(at / "a.vhdr", INT16, vectorized=True),
        [INT16],
        ("uV", [0.1, 0.2], [0, 0]),
    ),
    "BrainVisionRawIO, int32": (
        lambda at: files.write_brainvision(at / "a.vhdr", INT16.astype("int32") * 65_537),
        [INT16.astype("int32") * 65_537],
        ("uV", [0.1, 0.2], [0, 0]),
    ),
    "BrainVisionRawIO, float32": (
        lambda at: files.write_brainvision(at / "a.vhdr", FLOAT),
        [FLOAT],
        ("uV", [1, 1], [0, 0]),
    ),
    "ElanRawIO": (
        lambda at: files.write_elan(at / "a.eeg", INT16),
        [INT16],
        ("uV", [0.1, 0.1], [0, 0]),
    ),
    "MicromedRawIO": (
        lambda at: files.write_micromed(at / "a.trc", UINT16),
        [UINT16],
        ("uV", [6554 / 65_536, 6556 / 65_536], [-3277, -3278]),
    ),
    "RawMCSRawIO": (
        lambda at: files.write_mcs(at / "a.raw", UINT16),
        [UINT16],
        ("uV", [0.5, 0.5], [-16_384, -16_384]),
    ),
    "WinWcpRawIO": (
        lambda at: files.write_wcp(at / "a.wcp", RECORDS),
        RECORDS,
        ("mV", [5 / 32_767 / 0.01, 5 / 32_767 / 0.02], [0, 0]),
    ),
    "WinEdrRawIO": (
        lambda at: files.write_winedr(at / "a.edr", INT16),
        [INT16],
        ("pA", [10 / (0.01 * 2048)] * 2, [0, -10 / (0.01 * 2048)]),
    ),
    "NeuroNexusRawIO": (
        lambda at: files.write_neuronexus(at / "a.xdat.json", FLOAT),
        [FLOAT],
        ("uV", [1, 1], [0, 0]),
    ),
    "OpenEphysRawIO": (
        lambda at: files.write_open_ephys(at / "a", BLOCKS),
        [BLOCKS],
        ("uV", [0.195, 0.195], [0, 0]),
    ),
}


@pytest.fixture(params=SIGNALS)
def case(request, tmp_path):
    write, segments, scale = SIGNALS[request.param]
    return write(tmp_path), request.param.partition(",")[0], segments, scale


def test_every_sample(case):
    path, class_name, segments, (units, gains, offsets) = case
    reader = open_recording(path)
    assert type(reader) is NeoFormatRawIO and reader.format_name == class_name
    channels = reader.header["signal_channels"]
    assert set(channels["units"]) == {units}
    assert channels["gain"][:2] == pytest.approx(gains, rel=1e-12)
    assert channels["offset"][:2] == pytest.approx(offsets, rel=1e-12)
    assert set(channels["dtype"]) == {segments[0].dtype.name}
    assert reader.get_signal_sampling_rate() == pytest.approx(files.RATE, rel=1e-6)
    expected = Expected({(0, number, 0): data for number, data in enumerate(segments)})
    check_reader(reader, expected)
    check_reader(NeoFormatRawIO(path), expected)
    for number, data in enumerate(segments):
        chunk = reader.get_analogsignal_chunk(seg_index=number)
        assert chunk.dtype == data.dtype and chunk.dtype.isnative and chunk.flags.c_contiguous
        scaled = reader.rescale_signal_raw_to_float(chunk[:, :2], "float64", channel_indexes=[0, 1])
        assert np.array_equal(scaled, data[:, :2] * channels["gain"][:2] + channels["offset"][:2])


def test_selections_and_ends(case):
    path, _, (data, *_), _ = case
    reader = open_recording(path)
    ids = reader.header["signal_channels"]["id"].tolist()
    for picked in ([1, 0], [0], [1, 1, 0], slice(None, None, -1), [], slice(1, 2)):
        chunk = reader.get_analogsignal_chunk(i_start=5, i_stop=300, channel_indexes=picked)
        assert np.array_equal(chunk, data[5:300][:, [] if picked == [] else picked])
    chunk = reader.get_analogsignal_chunk(i_stop=9, channel_ids=[ids[1], ids[0]])
    assert np.array_equal(chunk, data[:9, [1, 0]])
    assert reader.get_analogsignal_chunk(i_stop=0).shape == (0, data.shape[1])
    last = reader.get_analogsignal_chunk(i_start=len(data) - 1, i_stop=len(data))
    assert np.array_equal(last, data[-1:])
    for start, stop in ((0, len(data) + 1), (-1, 4), (9, 5)):
        with pytest.raises(OutOfRangeError):
            reader.get_analogsignal_chunk(i_start=start, i_stop=stop)
    with pytest.raises(SelectionError):
        reader.get_analogsignal_chunk(channel_ids=["none"])


def test_floats_say_so(case):
    path, class_name, segments, _ = case
    reader = open_recording(path)
    said = [text for text in reader.warnings if "no whole numbers" in text]
    assert len(said) == (segments[0].dtype.kind == "f")
    assert reader.warnings[-1] == (
        f"read through neo ({class_name}); its answers are not checked here."
    )


def test_threads_and_copies(case):
    path, _, (data, *_), _ = case
    reader = open_recording(path)
    reader.get_analogsignal_chunk(i_stop=1)  # neo keeps files open from the first chunk on
    copy = pickle.loads(pickle.dumps(reader))
    starts = list(range(0, 400, 5))

    def read(start):
        return copy.get_analogsignal_chunk(i_start=start, i_stop=start + 100)

    with ThreadPoolExecutor(8) as pool:
        for start, chunk in zip(starts, pool.map(read, starts), strict=True):
            assert np.array_equal(chunk, data[start : start + 100])
    assert copy.warnings == reader.warnings and repr(copy) == repr(reader)


def test_a_chunk_is_read_when_it_is_asked_for(tmp_path):
    """And not when it is looked at, as a part of a mapped file would be."""
    reader = open_recording(files.write_brainvision(tmp_path / "a.vhdr", INT16))
    chunk = reader.get_analogsignal_chunk()
    (tmp_path / "a.eeg").write_bytes(b"")
    assert np.array_equal(chunk, INT16)
    with pytest.raises(FormatError, match="BrainVisionRawIO of neo cannot read it"):
        reader.get_analogsignal_chunk()


def test_channels_of_no_stream_are_left_out(tmp_path):
    """Elan files have two columns that neo lists but does not give."""
    reader = open_recording(files.write_elan(tmp_path / "a.eeg", INT16, [(5, 3), (9, 44)]))
    assert reader.header["signal_channels"]["name"].tolist() == ["el0", "el1", "el2"]
    assert reader.warnings[0] == (
        "2 channels without samples of their own are left out: 'Num1', 'Num2'."
    )
    ticks, durations, labels = reader.event_timestamps()
    assert (ticks.tolist(), durations, labels.tolist()) == ([5, 9], None, ["3", "44"])


def test_events_of_brainvision(tmp_path):
    marks = [("Stimulus", "S  1", 30), ("Response", "R 7", 12), ("Stimulus", "S  2", 8)]
    reader = open_recording(files.write_brainvision(tmp_path / "a.vhdr", INT16, markers=marks))
    assert reader.header["event_channels"]["name"].tolist() == ["Response", "Stimulus"]
    ticks, durations, labels = reader.event_timestamps(event_channel_index=1)
    assert ticks.tolist() == [8, 30] and labels.tolist() == ["S  2", "S  1"] and durations is None
    assert reader.rescale_event_timestamp(ticks).tolist() == [0.008, 0.03]
    ticks, _, labels = reader.event_timestamps(event_channel_index=1, t_start=0.03, t_stop=1)
    assert ticks.tolist() == [30] and labels.tolist() == ["S  1"]


def test_epochs_of_micromed(tmp_path):
    path = files.write_micromed(
        tmp_path / "a.trc", UINT16, [(10, 1), (4, 2)], [(7, 30, 44), (8, 5, 6)]
    )
    reader = open_recording(path)
    kinds = reader.header["event_channels"][["name", "type"]].tolist()
    assert kinds[::2] == [("Trigger", b"event"), ("Event A", b"epoch")]
    ticks, durations, labels = reader.event_timestamps(event_channel_index=0)
    assert (ticks.tolist(), durations, labels.tolist()) == ([4, 10], None, ["2", "1"])
    ticks, durations, labels = reader.event_timestamps(event_channel_index=2)
    assert ticks.tolist() == [5, 30] and ticks.dtype == np.int64
    assert durations.tolist() == [1, 14] and durations.dtype == np.int64
    assert labels.tolist() == ["8", "7"]
    seconds = reader.rescale_epoch_duration(durations, event_channel_index=2)
    assert seconds.tolist() == [0.001, 0.014]
    assert reader.event_count(0, 0, 3) == 0


def test_blocks_of_tdt(tmp_path):
    """Opened by folder, book or any other file; neo has seconds where we have whole numbers."""
    data = files.samples(640, 3)
    book = files.write_tdt(tmp_path / "Block-1", data, [(0.25, 7), (0.125, 3)])
    files.write_tdt(tmp_path / "Block-2", data[:64])
    for path in (book, book.with_suffix(".tev"), tmp_path / "Block-1"):
        reader = open_recording(path)
        assert reader.format_name == "TdtRawIO"
        check_reader(reader, Expected({(0, 0, 0): data}))
    ticks, durations, labels = reader.event_timestamps()
    seconds = reader.rescale_event_timestamp(ticks)
    assert ticks.tolist() == [125_000_000, 250_000_000] and durations is None
    assert seconds.tolist() == [0.125, 0.25]
    assert [float.fromhex(label) if "x" in label else float(label) for label in labels]
    found = [place.name for place in find_recordings(tmp_path)]
    assert found == ["Block-1/tank_Block-1.Tbk", "Block-2/tank_Block-2.Tbk"]
    assert open_recording(tmp_path, recording=2).get_signal_size(0, 0) == 64


WAVES = np.arange(3 * 5, dtype=np.int16).reshape(3, 5) - 7


@pytest.fixture
def nex_reader(tmp_path):
    variables = [
        nex.neuron("n1", [400, 80, 1200]),
        nex.neuron("none", []),
        nex.event("ev", [900, 7]),
        nex.interval("iv", [500, 100], [600, 900]),
        nex.waveform("wf", [10, 20_000, 30_000], WAVES),
        nex.continuous("c1", INT16[:, 0], 4000),
        nex.continuous("c2", INT16[:300, 1], 0, rate=500.0),
        nex.marker("mk", [3, 5, 4], ["a", "bb", "ccc"]),
    ]
    return open_recording(nex.write_nex(tmp_path / "a.nex", variables, begin=4000, end=20_000))


def test_neuroexplorer_signals(nex_reader):
    check_reader(nex_reader, Expected({(0, 0, 0): INT16[:, :1], (0, 0, 1): INT16[:300, 1:2]}))
    assert nex_reader.get_signal_t_start(0, 0, 0) == 0.1
    assert nex_reader.get_signal_t_start(0, 0, 1) == 0
    assert nex_reader.get_signal_sampling_rate(1) == 500
    twice = nex_reader.get_analogsignal_chunk(stream_index=0, channel_indexes=[0, 0])
    assert np.array_equal(twice, INT16[:, [0, 0]])


def test_segments_reach_around_their_signals(nex_reader):
    """The file says 0.1 s to 0.5 s; its signals begin at 0 s and end at 0.8 s."""
    assert nex_reader.segment_t_start(0, 0) == 0
    assert nex_reader.segment_t_stop(0, 0) == pytest.approx(0.8)


def test_neuroexplorer_spikes(nex_reader):
    assert nex_reader.header["unit_channels"]["name"].tolist() == ["n1", "none", "wf"]
    assert nex_reader.spike_timestamps(unit_index=0).tolist() == [80, 400, 1200]
    assert nex_reader.spike_timestamps(unit_index=0, t_start=0.01, t_stop=0.03).tolist() == [
        400,
        1200,
    ]
    assert nex_reader.spike_timestamps(unit_index=0).dtype == np.int64
    assert nex_reader.spike_count(0, 0, 1) == 0
    assert nex_reader.rescale_spike_timestamp(np.array([400])).tolist() == [0.01]
    assert nex_reader.spike_raw_waveforms(unit_index=0) is None
    waves = nex_reader.spike_raw_waveforms(unit_index=2)
    assert np.array_equal(waves, WAVES[:, np.newaxis])
    part = nex_reader.spike_raw_waveforms(unit_index=2, t_start=0.5, t_stop=0.5)
    assert np.array_equal(part, WAVES[1:2, np.newaxis])
    unit = nex_reader.header["unit_channels"][2]
    assert unit["wf_units"] == "mV" and unit["wf_left_sweep"] == 4
    assert np.allclose(nex_reader.rescale_waveforms_to_float(waves, unit_index=2), waves * 0.01)


def test_neuroexplorer_events(nex_reader):
    events = [nex_reader.event_timestamps(event_channel_index=i) for i in range(3)]
    assert [ticks.tolist() for ticks, _, _ in events] == [[7, 900], [100, 500], [3, 4, 5]]
    assert [durations is None for _, durations, _ in events] == [True, False, True]
    assert events[1][1].tolist() == [800, 100]
    assert events[2][2].tolist() == ["a", "ccc", "bb"]


def test_what_neo_says_more(nex_reader, tmp_path):
    block = nex_reader.raw_annotations["blocks"][0]
    assert block["comment"] == "a test" and block["neuroexplorer_version"] == 106
    assert block["segments"][0]["comment"] == "a test"
    reader = open_recording(files.write_elan(tmp_path / "a.eeg", INT16, [(5, 3)]))
    segment = reader.raw_annotations["blocks"][0]["segments"][0]
    kinds = segment["signals"][0]["__array_annotations__"]["kind"]
    assert kinds.tolist() == ["eeg"] * 3
    assert segment["events"][0]["__array_annotations__"]["reject_codes"].tolist() == ["0"]
