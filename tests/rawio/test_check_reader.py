"""`check_reader` passes on readers that are right, and catches each fault of those that are not."""

import time
from datetime import datetime, timedelta, timezone

import numpy as np
import pytest

from rawio import OutOfRangeError, PlexonRawIO, RawBinaryRawIO, from_array
from rawio.testing import Expected, ReaderError, check_reader
from sample_data import make_sample_data as sample
from tests.rawio import memory_reader as memory
from tests.rawio.memory_reader import CLOCK, SIGNALS, SPIKES, STATE, STATE_LENGTHS, TTL, WAVEFORMS


class GoodReader(memory.MemoryReader):
    """The reader of arrays, with segments that reach around their spikes and events."""

    def __init__(self, filename="in memory"):
        super().__init__(filename)

    def _segment_t_start(self, block_index, seg_index):
        return 0.0

    def _segment_t_stop(self, block_index, seg_index):
        return 5.0


EXPECTED = Expected(
    signals=SIGNALS,
    spikes=SPIKES,
    waveforms=WAVEFORMS,
    events={
        (*place, channel): (ticks, lengths, np.array([f"wide1-{tick}" for tick in ticks]))
        for place in memory.SIZES
        for channel, ticks, lengths in ((0, TTL, None), (1, STATE, STATE_LENGTHS))
    },
)


def mutant(**methods):
    """Return a reader of which some methods are replaced; they get the right one first."""
    body = {
        name: lambda self, *args, _name=name, _new=new: _new(
            lambda *a: getattr(super(kind, self), _name)(*a), *args
        )
        for name, new in methods.items()
    }
    kind = type("Mutant", (GoodReader,), body)
    globals()["Mutant"] = kind  # where pickle looks for it
    kind.__module__, kind.__qualname__ = __name__, "Mutant"
    return kind()


def test_right_readers_pass():
    check_reader(GoodReader(), EXPECTED)
    check_reader(GoodReader())
    check_reader(mutant(), EXPECTED)
    check_reader(PlexonRawIO(sample.HERE / sample.PLX_NAME))
    check_reader(RawBinaryRawIO(sample.HERE / sample.RAW_NAME))
    samples = np.random.default_rng(1).integers(-9, 9, (4000, 3), np.int16)
    check_reader(from_array(samples, 100.0), Expected(signals={(0, 0, 0): samples}))


def test_real_recordings_pass(plexon_recordings):
    for path in sorted(plexon_recordings.glob("*.plx")):
        if path.name != "ts_freq_zero.plx":
            check_reader(PlexonRawIO(path))


def set_field(table, row, field, value):
    def change(header):
        header[table][field][row] = value

    return change


def chunk_off_by_one(right, block, segment, start, stop, stream, channels):
    return right(block, segment, max(0, start - 1), stop, stream, channels)[-(stop - start) :]


def last_block_of_zeros(right, block, segment, start, stop, stream, channels):
    out = right(block, segment, start, stop, stream, channels).copy()
    if stop == memory.SIZES[block, segment][stream]:
        out[-1:] = 0
    return out


def seams(right, block, segment, start, stop, stream, channels):
    out = right(block, segment, start, stop, stream, channels).copy()
    out[-1:] += stop - start > 1  # the last sample of each read but single ones
    return out


def ascending(right, block, segment, start, stop, stream, channels):
    n = len(memory.MEMBERS[stream])
    return right(block, segment, start, stop, stream, np.sort(np.arange(n)[channels]))


shared = np.empty((50, 6), np.int32)


def one_buffer_for_all(right, block, segment, start, stop, stream, channels):
    """Use a buffer that threads overwrite for each other."""
    found = right(block, segment, start, stop, stream, channels)
    view = shared[: found.shape[0], : found.shape[1]]
    view[...] = found
    time.sleep(1e-3)
    return view.astype(found.dtype)


def waveforms_shifted(right, *args):
    found = right(*args)
    return None if found is None else np.roll(found, 1, axis=0)


def all_waveforms(right, block, segment, unit, t_start, t_stop):
    return right(block, segment, unit, None, None)


FAULTS = {
    "samples one early": ({"_get_analogsignal_chunk": chunk_off_by_one}, "expected"),
    "last samples are zeros": ({"_get_analogsignal_chunk": last_block_of_zeros}, "expected"),
    "seams between reads": ({"_get_analogsignal_chunk": seams}, "expected"),
    "ascending channels": ({"_get_analogsignal_chunk": ascending}, "channel_indexes"),
    "one buffer for all": ({"_get_analogsignal_chunk": one_buffer_for_all}, "threads at once"),
    "floats for integers": (
        {"_get_analogsignal_chunk": lambda right, *a: right(*a).astype("f4")},
        "the header says int16",
    ),
    "big-endian chunks": (
        {"_get_analogsignal_chunk": lambda right, *a: right(*a).astype(">i2")},
        "header says",
    ),
    "a sample too few": (
        {"_get_signal_size": lambda right, *a: max(0, int(right(*a)) - 1)},
        "samples, expected",
    ),
    "signals outside the segment": (
        {"_get_signal_t_start": lambda right, *a: right(*a) + 60},
        "not within the segment",
    ),
    "a segment that ends before it starts": (
        {"_segment_t_stop": lambda right, *a: -1.0},
        "before it starts",
    ),
    "a time that is none": ({"_segment_t_start": lambda right, *a: np.nan}, "nan s"),
    "a spike too many": ({"_spike_count": lambda right, *a: right(*a) + 1}, "spike_count differs"),
    "spikes out of order": (
        {"_get_spike_timestamps": lambda right, *a: right(*a)[::-1]},
        "not in order",
    ),
    "limits ignored": (
        {"_get_spike_timestamps": lambda right, b, s, u, *_: right(b, s, u, None, None)},
        "timestamps from",
    ),
    "limits half open": (
        {
            "_get_spike_timestamps": lambda right, b, s, u, low, high: right(
                b, s, u, low, None if high is None else high - 1e-5
            )
        },
        "timestamps from",
    ),
    "narrow timestamps": (
        {"_get_spike_timestamps": lambda right, *a: right(*a).astype(np.uint32)},
        "not int64",
    ),
    "wrong spikes": ({"_get_spike_timestamps": lambda right, *a: right(*a) + 1}, "timestamps"),
    "ticks for seconds": (
        {"_rescale_spike_timestamp": lambda right, t, d: t.astype(d)},
        "not within the segment",
    ),
    "float32 seconds": (
        {"_rescale_spike_timestamp": lambda right, t, d: right(t, np.float32)},
        "rescaled times are float32",
    ),
    "waveforms of other spikes": ({"_get_spike_raw_waveforms": waveforms_shifted}, "waveforms"),
    "waveforms without limits": ({"_get_spike_raw_waveforms": all_waveforms}, "waveforms from"),
    "no waveforms": ({"_get_spike_raw_waveforms": lambda right, *a: None}, "no waveforms"),
    "an event too many": ({"_event_count": lambda right, *a: right(*a) + 1}, "event_count"),
    "counts of another channel": (
        {"_event_count": lambda right, b, s, c: right(b, s, 0)},
        "event_count",
    ),
    "labels without limits": (
        {
            "_get_event_timestamps": lambda right, b, s, c, *limits: (
                *right(b, s, c, *limits)[:2],
                right(b, s, c, None, None)[2],
            )
        },
        "labels",
    ),
    "labels that are numbers": (
        {
            "_get_event_timestamps": lambda right, *a: (
                *right(*a)[:2],
                np.arange(len(right(*a)[0])),
            )
        },
        "no text",
    ),
    "events with durations": (
        {"_get_event_timestamps": lambda right, *a: (*right(*a)[:1], right(*a)[0], right(*a)[2])},
        "epochs have durations",
    ),
    "epochs of negative length": (
        {"_rescale_epoch_duration": lambda right, d, *a: -d / CLOCK},
        "ends before it starts",
    ),
    "a moment in a zone of its own": (
        {"_recorded_at": lambda right: datetime(2024, 5, 1, tzinfo=timezone(timedelta(hours=2)))},
        "nor one in UTC",
    ),
    "a moment that is a text": (
        {"_recorded_at": lambda right: "2024-05-01"},
        "neither a naive datetime",
    ),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_is_caught(fault):
    methods, said = FAULTS[fault]
    with pytest.raises(ReaderError, match=said):
        check_reader(mutant(**methods), EXPECTED)


NEEDS_TRUTH = {"samples one early", "wrong spikes", "a sample too few", "no waveforms"}
NEEDS_TRUTH |= {"last samples are zeros"}


@pytest.mark.parametrize("fault", sorted(FAULTS.keys() - NEEDS_TRUTH))
def test_most_faults_are_caught_without_a_truth(fault):
    with pytest.raises(ReaderError):
        check_reader(mutant(**FAULTS[fault][0]))


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (set_field("signal_channels", 0, "gain", np.nan), "gain or offset"),
        (set_field("signal_channels", 1, "gain", 0), "gain of 0"),
        (set_field("signal_channels", slice(None), "sampling_rate", -1), "sampling rate"),
        (set_field("signal_channels", slice(None), "dtype", "U3"), "samples of"),
        (set_field("signal_channels", slice(None), "id", "1"), "ids repeat"),
        (set_field("signal_channels", [0, 2, 3], "gain", 2.0), ""),
        (set_field("unit_channels", slice(None), "id", "u"), ""),
        (lambda header: header["unit_channels"].__setitem__(1, header["unit_channels"][0]), "two"),
        (lambda header: header.update(nb_block=5), "nb_segment"),
        (lambda header: header.update(event_channels=np.empty(0, [("name", "U3")])), "lacks"),
    ],
)
def test_faults_of_the_header_are_caught(change, said):
    reader = GoodReader()
    reader.parse_header()
    change(reader.header)
    if not said:  # gains and ids that are unlike but not wrong
        check_reader(reader)
        return
    with pytest.raises(ReaderError, match=said):
        check_reader(reader)


def clipped(self, *args, **named):
    """Answer out-of-range calls as NumPy would: with less."""
    try:
        return GoodReader.get_analogsignal_chunk(self, *args, **named)
    except OutOfRangeError:
        return np.empty((0, 3), np.int16)


def index_error(self, *args, **named):
    try:
        return GoodReader.get_analogsignal_chunk(self, *args, **named)
    except OutOfRangeError as error:
        raise IndexError("no") from error


@pytest.mark.parametrize(
    ("chunk", "said"), [(clipped, "raises nothing"), (index_error, r"raises IndexError\('no'\)")]
)
def test_answers_beyond_the_ends_are_caught(monkeypatch, chunk, said):
    reader = GoodReader()
    reader.parse_header()
    kind = type("Mutant", (GoodReader,), {"get_analogsignal_chunk": chunk})
    monkeypatch.setitem(globals(), "Mutant", kind)
    reader.__class__ = kind
    with pytest.raises(ReaderError, match=said):
        check_reader(reader)


@pytest.mark.parametrize("deed", ["write", "append", "remove", "replace"])
def test_a_reader_that_touches_files_is_caught(tmp_path, deed):
    path = tmp_path / "recording.bin"
    path.write_bytes(b"1234")
    (tmp_path / "beside.txt").write_text("notes")

    class Busy(GoodReader):
        def _parse_header(self):
            super()._parse_header()
            if deed == "write":
                (tmp_path / "index.cache").write_bytes(b"1")
            elif deed == "append":
                with path.open("ab") as file:
                    file.write(b"5")
            elif deed == "remove":
                (tmp_path / "beside.txt").unlink()
            else:
                (tmp_path / "new").write_bytes(b"1234")
                (tmp_path / "new").replace(path)

        def __reduce__(self):
            return GoodReader, ()

    with pytest.raises(ReaderError, match=r"not touched"):
        check_reader(Busy(path))


def test_a_reader_that_cannot_be_copied_is_caught():
    reader = GoodReader()
    reader.open_file = lambda: None
    with pytest.raises(ReaderError, match="cannot be sent to another process"):
        check_reader(reader)


def test_what_a_truth_has_and_the_recording_has_not_is_caught():
    with pytest.raises(ReaderError, match=r"block, segment, stream \(7, 0, 0\)|no samples"):
        check_reader(GoodReader(), Expected(signals={(7, 0, 0): np.zeros((3, 1), np.int16)}))
