"""Damaged Open Ephys recordings: one clear sentence, or what is whole with a warning."""

import json
import warnings

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rawio import EmptyFileError, FormatError, RawIOError
from rawio.openephys.folders import OEBIN
from rawio.openephys.npy import open_npy
from tests.rawio.damage import check_cuts, check_flips
from tests.rawio.openephys_files import check_stream, opened, stream, stream_names
from tests.writers.openephys import (
    Electrode,
    SpikeGroup,
    TextEvents,
    TtlEvents,
    electrodes,
    numbers_with_gaps,
    write_recording,
)

VERSIONS = ("0.5.3.1", "0.6.7")


@pytest.fixture(params=VERSIONS)
def recording(request, tmp_path):
    """Return the truth of a recording with a stream, both kinds of events, and spikes."""
    ticks = np.int64([5, 9, 20, 31])
    waveforms = np.arange(4 * 2 * 8, dtype=np.int16).reshape(4, 2, 8)
    one = Electrode(
        name="E", waveforms=waveforms, sample_numbers=ticks, source_channels=(0, 1),
        channel_names=("CH1", "CH2"), clusters=np.uint16([0, 1, 0, 1]),
    )  # fmt: skip
    return write_recording(
        tmp_path / "s",
        request.param,
        node=None,
        streams=[
            stream(40, channels=electrodes(3), sample_numbers=numbers_with_gaps(40, 5, {9: 4}))
        ],
        events=[
            TtlEvents(states=np.int16([1, 2, -1, -2]), sample_numbers=ticks),
            TextEvents(messages=["a", "b", "c", "d"], sample_numbers=ticks),
        ],
        spikes=[SpikeGroup(electrodes=[one], pre_peak=3)],
    )


def use(reader):
    """Ask a reader for everything; what it says must agree with itself."""
    for b in range(reader.block_count()):
        for s in range(reader.segment_count(b)):
            assert reader.segment_t_start(b, s) <= reader.segment_t_stop(b, s) < np.inf
            for k in range(reader.signal_streams_count()):
                chunk = reader.get_analogsignal_chunk(b, s, stream_index=k)
                assert chunk.shape[0] == reader.get_signal_size(b, s, k)
            for u in range(reader.unit_channels_count()):
                ticks = reader.spike_timestamps(b, s, u)
                waves = reader.spike_raw_waveforms(b, s, u)
                assert len(ticks) == reader.spike_count(b, s, u)
                assert waves is None or len(waves) == len(ticks)
                assert (np.diff(ticks) >= 0).all()
            for e in range(reader.event_channels_count()):
                ticks, durations, labels = reader.event_timestamps(b, s, e)
                assert len(ticks) == len(labels) == reader.event_count(b, s, e)
                assert durations is None or (durations >= 0).all()


def outcome(path):
    """Open and use a recording; return the reader, or the error, which must be a clear one."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            reader = opened(path)
            use(reader)
    except RawIOError as error:
        text = str(error)
        assert text.startswith(str(path)) and "\n" not in text and text.endswith(".")
        return error
    return reader


def test_every_file_cut_everywhere(recording):
    """The rest of the recording is read, and what is missing is said."""
    root = recording.path
    silent = ("full_words.npy", "sync_messages.txt", "channels.npy", "electrode_indices.npy")
    files = sorted(f for f in root.rglob("*") if f.is_file() and f.name != OEBIN)
    assert len(files) > 10
    sound = set(opened(root).warnings)
    for file in files:
        whole = file.read_bytes()
        for place in np.unique(np.linspace(0, len(whole) - 1, 40).astype(int)).tolist():
            file.write_bytes(whole[:place])
            found = outcome(root)
            assert not isinstance(found, RawIOError), found
            told = set(found.warnings) - sound
            # Seconds are not needed where there are sample numbers.
            seconds = "timestamps" in file.name and recording.path != file.parent
            assert told or file.name in silent or seconds, (file, place)
        file.write_bytes(whole)


def filled(recording):
    return len(recording.streams[0].raw) != 40


def test_a_structure_cut_everywhere(recording):
    counts = check_cuts(recording.path / OEBIN, reading(recording), n_data=400)
    assert counts.refused > 300 and not counts.shorter


def test_what_is_left_of_cut_files_is_right(recording):
    for name in ("continuous.dat", "text.npy", "*waveforms.npy", "*clusters.npy", "*times.npy"):
        for file in recording.path.rglob(name):
            size = file.stat().st_size
            sizes = set(np.linspace(0, size - 1, 50).astype(int).tolist())
            if name == "continuous.dat":  # with 40 rows it would be one without filling
                sizes = {left for left in range(0, size, 4) if left // 6 != 40}
            counts = check_cuts(
                file, reading(recording), sizes=sizes, boundary=lambda left: left == 0
            )
            assert counts.shorter > 10 and not counts.refused


def test_changed_bytes_cost_no_memory(recording):
    for file in sorted(f for f in recording.path.rglob("*") if f.is_file()):
        check_flips(file, reading(recording), header_bytes=min(file.stat().st_size, 200), times=8)
    check_flips(recording.path / OEBIN, reading(recording), times=60)


def reading(recording):
    return lambda _: opened(recording.path)


def test_data_cut_at_every_byte(recording):
    path = recording.streams[0].path / "continuous.dat"
    whole = path.read_bytes()
    raw = recording.streams[0].raw
    gap = filled(recording)
    for size in range(len(whole) + 1):
        n_rows = size // 6
        if gap and n_rows == 40:  # as many as there are numbers: rows without filling
            continue
        path.write_bytes(whole[:size])
        reader = opened(recording.path)
        sizes = [reader.get_signal_size(0, s) for s in range(reader.segment_count(0))]
        assert sum(sizes) == min(n_rows, 9) + max(n_rows - (13 if gap else 9), 0)
        chunks = [reader.get_analogsignal_chunk(0, s) for s in range(len(sizes))]
        rows = np.r_[raw[:9], raw[13 if gap else 9 :]][: sum(sizes)]
        np.testing.assert_array_equal(np.concatenate(chunks), rows)
        assert any("within a sample of all channels" in w for w in reader.warnings) is (
            size % 6 != 0
        )


@pytest.mark.parametrize("version", VERSIONS)
def test_files_that_are_not_there(version, tmp_path):
    streams = [stream(5), stream(6, stream_name="gone", sub_idx=1, on_disk=False)]
    streams.append(stream(7, stream_name="empty", sub_idx=2, omit=("continuous.dat",)))
    lines = TtlEvents(states=np.int16([1]), sample_numbers=np.int64([3]), on_disk=False)
    bare = TtlEvents(
        states=np.int16([1]), sample_numbers=np.int64([3]), name="bare",
        omit=("states.npy", "channel_states.npy", "channels.npy"),
    )  # fmt: skip
    waveforms = np.zeros((1, 1, 4), np.int16)
    one, two = (
        Electrode(name=name, waveforms=waveforms, sample_numbers=np.int64([1])) for name in "EF"
    )
    groups = [
        SpikeGroup(electrodes=[one], on_disk=False),
        SpikeGroup(electrodes=[two], index=2, omit=("spike_times.npy", "sample_numbers.npy")),
    ]
    truth = write_recording(
        tmp_path, version, node=None, streams=streams, events=[lines, bare], spikes=groups
    )
    reader = opened(tmp_path)
    assert stream_names(reader) == [truth.streams[0].folder]
    check_stream(reader, 0, truth.streams[0], [0, 1])
    assert reader.event_channels_count() == 0
    wanted = [
        "no folder continuous/",
        "no continuous.dat in",
        "no folder events/",
        "no folder spikes/",
    ]
    wanted.append("neither states nor texts")
    for text in wanted:
        assert sum(text in w and "left out" in w for w in reader.warnings) == 1, text
    if version == "0.5.3.1":
        assert reader.unit_channels_count() == 0
        assert any("these spikes are left out" in w for w in reader.warnings)


# -- structure.oebin -----------------------------------------------------------------------------


def changed(recording, change):
    path = recording.path / OEBIN
    structure = json.loads(path.read_bytes())
    change(structure)
    path.write_text(json.dumps(structure))
    return path


NEEDED = [
    (("continuous", 0), "folder_name"),
    (("continuous", 0), "sample_rate"),
    (("continuous", 0), "channels"),
    (("continuous", 0, "channels", 1), "channel_name"),
    (("continuous", 0, "channels", 1), "bit_volts"),
    (("events", 0), "folder_name"),
    (("events", 1), "channel_name"),
    (("events", 0), "sample_rate"),
    (("spikes", 0), "sample_rate"),
]


@pytest.mark.parametrize("wrong", ["missing", None, [], {}, True, ""])
@pytest.mark.parametrize(("where", "key"), NEEDED)
def test_entries_that_are_needed(recording, where, key, wrong):
    def change(structure):
        for step in where:
            structure = structure[step]
        structure[key] = wrong
        if wrong == "missing":
            del structure[key]

    path = changed(recording, change)
    if wrong == "" and key == "channel_name":
        use(opened(recording.path))  # a text, if an empty one
        return
    with pytest.raises(FormatError) as caught:
        opened(recording.path)
    text = str(caught.value)
    assert text.startswith(f"{path}: ") and "\n" not in text
    assert f"entry {where[-1]} of {where[-2]!r}" in text
    assert repr(key) in text or (key, wrong) == ("channels", [])


@pytest.mark.parametrize("part", ["continuous", "events", "spikes"])
def test_parts_may_be_missing_but_must_be_lists(recording, part):
    changed(recording, lambda structure: structure.pop(part))
    reader = opened(recording.path)
    counts = (
        reader.signal_streams_count(),
        reader.event_channels_count(),
        reader.unit_channels_count(),
    )
    assert [k for k, n in enumerate(counts) if not n] == [
        ("continuous", "events", "spikes").index(part)
    ]
    for wrong in ({}, "x", 3):
        changed(recording, lambda structure, wrong=wrong: structure.update({part: wrong}))
        with pytest.raises(FormatError, match="not a list"):
            opened(recording.path)
    changed(recording, lambda structure: structure.update({part: [5]}))
    with pytest.raises(FormatError, match=f"entry 0 of '{part}' is 5"):
        opened(recording.path)


@pytest.mark.parametrize("rate", [0, -30000.0, 1e12, 10**400, 1e400, float("nan"), "30000"])
def test_rates_that_are_none(recording, rate):
    text = json.dumps(rate) if rate != 1e400 else "1e400"
    path = recording.path / OEBIN
    structure = json.loads(path.read_bytes())
    structure["continuous"][0]["sample_rate"] = "RATE"
    path.write_text(json.dumps(structure).replace('"RATE"', text))
    with pytest.raises(FormatError, match="'sample_rate' of entry 0 of 'continuous'"):
        opened(recording.path)


@pytest.mark.parametrize(
    "folder", ["..", "../../elsewhere", "a/../../b", "/etc", "", "/", "a\0b", "x" * 5000, "\ud800"]
)
def test_folders_stay_in_the_recording(recording, folder):
    changed(recording, lambda s: s["continuous"][0].update(folder_name=folder))
    found = outcome(recording.path)
    if isinstance(found, RawIOError):
        return
    assert found.signal_streams_count() == 0
    assert any("left out" in w for w in found.warnings)


@pytest.mark.parametrize("count", [0, 2, 4, 10**9])
def test_the_number_of_channels_must_be_that_of_the_list(recording, count):
    changed(recording, lambda s: s["continuous"][0].update(num_channels=count))
    with pytest.raises(FormatError, match=r"'num_channels'.* its channels, 3"):
        opened(recording.path)


NESTED = b'{"continuous": ' + b"[" * 900 + b"]" * 900 + b"}"


@pytest.mark.parametrize(
    "text", [b"{", b"[]", b"3", b"null", b"\xff\xfe{", b"{}x", b"[" * 100_000, b"\0" * 50, NESTED]
)
def test_what_is_no_json_object(recording, text):
    (recording.path / OEBIN).write_bytes(text)
    assert isinstance(outcome(recording.path), FormatError)


def test_one_folder_that_is_named_twice(recording):
    changed(recording, lambda s: s["continuous"].append(s["continuous"][0]))
    reader = opened(recording.path)
    assert reader.signal_streams_count() == 1
    assert any("several streams are said to be in" in w for w in reader.warnings)


def test_a_rate_of_events_is_taken_from_their_stream(recording):
    changed(recording, lambda s: [e.update(sample_rate=0) for e in s["events"]])
    reader = opened(recording.path)
    ticks, _, _ = reader.event_timestamps(0, 0, 0)
    assert reader.rescale_event_timestamp(ticks)[0] == 5 / 30000.0


# -- .npy ----------------------------------------------------------------------------------------


def npy(text, version=(1, 0), data=bytes(64)):
    text = text.encode() if isinstance(text, str) else text
    width = 2 if version[0] == 1 else 4
    return b"\x93NUMPY" + bytes(version) + len(text).to_bytes(width, "little") + text + data


GOOD = "{'descr': '<i8', 'fortran_order': False, 'shape': (8,), }\n"


@pytest.mark.parametrize("version", [(1, 0), (2, 0), (3, 0)])
def test_versions_of_npy(version, tmp_path):
    path = tmp_path / "a.npy"
    path.write_bytes(npy(GOOD, version, np.arange(8).tobytes()))
    assert open_npy(path, "i").read(2, 5).tolist() == [2, 3, 4]
    np.save(path, np.arange(6.0).reshape(2, 3))
    file = open_npy(path, "f")
    assert (file.shape, file.count) == ((3,), 2)
    assert file.read().tolist() == [[0, 1, 2], [3, 4, 5]]
    np.save(path, np.asfortranarray(np.arange(3)[:, None]))
    assert open_npy(path, "i").read().tolist() == [[0], [1], [2]]


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\x93NUM",
        b"PK\x03\x04" + bytes(60),
        npy(GOOD, (9, 0)),
        npy(GOOD)[:40],
        npy("x" * 70_000, (2, 0)),
        npy("{}"),
        npy("__import__('os')"),
        npy(b"\xff" * 50),
        npy("[" * 5000),
        npy(GOOD.replace("'<i8'", "'O'")),
        npy(GOOD.replace("'<i8'", "'nonsense'")),
        npy(GOOD.replace("'<i8'", "'|S0'")),
        npy(GOOD.replace("'<i8'", "[('a', '<i8'), ('a', '<i8')]")),
        npy(GOOD.replace("'<i8'", "'<f4'")),
        npy(GOOD.replace("(8,)", "()")),
        npy(GOOD.replace("(8,)", "8")),
        npy(GOOD.replace("(8,)", "(-8,)")),
        npy(GOOD.replace("(8,)", "(8, 0)")),
        npy(GOOD.replace("(8,)", "(True,)")),
        npy(GOOD.replace("False", "True").replace("(8,)", "(2, 4)")),
        npy(GOOD.replace("'shape'", "'shapes'")),
    ],
)
def test_npy_files_that_are_damaged(data, tmp_path):
    path = tmp_path / "a.npy"
    path.write_bytes(data)
    with pytest.raises((FormatError, EmptyFileError)) as caught:
        open_npy(path, "iu")
    assert str(caught.value).startswith(f"{path}: ")


def test_headers_that_promise_too_much(tmp_path):
    path = tmp_path / "a.npy"
    for shape, count in (("(10**9,)", None), ("(1000000000,)", 8), ("(2, 1000000000)", 0)):
        path.write_bytes(npy(GOOD.replace("(8,)", shape)))
        if count is None:
            with pytest.raises(FormatError):
                open_npy(path, "i")
        else:
            assert open_npy(path, "i").count == count


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_any_damage_to_any_file(recording, data):
    files = sorted(f for f in recording.path.rglob("*") if f.is_file())
    file = data.draw(st.sampled_from(files))
    whole = file.read_bytes()
    damaged = bytearray(whole)
    for _ in range(data.draw(st.integers(1, 4))):
        place = data.draw(st.integers(0, len(damaged) - 1))
        damaged[place] = data.draw(st.integers(0, 255))
    file.write_bytes(damaged)
    try:
        outcome(recording.path)
    finally:
        file.write_bytes(whole)
