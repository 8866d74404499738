"""Cut, damaged and unfinished SpikeGLX files: a correct shorter recording, or one sentence."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rawio import EmptyFileError, FormatError, RawIOError
from tests.rawio.spikeglx_files import check_stream, opened, stream_of
from tests.writers.spikeglx import Imec, Nidq, OneBox, make_samples, write_run, write_stream

SMALL = Imec("NP1000", saved=[0, 3, 200, 768], ap_gain=[500] * 200 + [1000] * 184)
DEVICES = {
    "probe": SMALL,
    "lf": Imec("NP1000", "lf", saved=[384, 400, 768]),
    "2.0": Imec("NP2013", saved=[5, 6, 384]),
    "nidq": Nidq(mn=1, mux=2, xa=1, lines=range(12)),
    "onebox": OneBox(xa=2),
}


def written(folder, device, n=60, **options):
    edges = {"XD0": {0: [5, 20]}, "SY0": {6: [9, 30]}}
    return write_stream(folder, device, make_samples(device, n, 5, edges), **options)


def used(path, places=False):
    """Open a recording and call everything once; only one sentence may be raised."""
    try:
        reader = opened(path, load_digital_events=True, use_cache=False)
    except RawIOError as error:
        assert str(error).startswith(str(path.parent if path.is_file() else path))
        assert "\n" not in str(error)
        return None
    for s in range(reader.signal_streams_count()):
        raw = reader.get_analogsignal_chunk(0, 0, stream_index=s)
        assert len(raw) == reader.get_signal_size(0, 0, s)
        reader.rescale_signal_raw_to_float(raw, stream_index=s)
        if places:
            reader.channel_contacts(s)
    for e in range(reader.event_channels_count()):
        ticks, _, _ = reader.event_timestamps(0, 0, e)
        assert reader.event_count(0, 0, e) == len(ticks)
        reader.rescale_event_timestamp(ticks, event_channel_index=e)
    assert reader.segment_t_stop(0, 0) > reader.segment_t_start(0, 0)
    assert all(w.endswith(".") and "\n" not in w for w in reader.warnings)
    return reader


def places(size, dense, step):
    return [*range(min(size, dense)), *range(dense, size, step)]


@pytest.mark.parametrize("kind", DEVICES)
def test_a_meta_cut_anywhere(tmp_path, kind):
    """What is read is what is there: right values, or a sentence."""
    stream = written(tmp_path, DEVICES[kind])
    text = stream.meta_path.read_bytes()
    whole = opened(stream.path)
    dense = 2200 if kind == "nidq" else 0
    for size in places(len(text), dense, 67):
        stream.meta_path.write_bytes(text[:size])
        try:
            reader = opened(stream.path)
        except (FormatError, EmptyFileError):
            continue
        np.testing.assert_array_equal(
            reader.get_analogsignal_chunk(0, 0, stream_index=0),
            whole.get_analogsignal_chunk(0, 0, stream_index=0),
        )
        assert reader.get_signal_t_start(0, 0, 0) == stream.t_start
        here, there = (r.header["signal_channels"] for r in (reader, whole))
        known = here["units"] != ""
        same = here["gain"] == there["gain"]
        assert same[known].all() or any("gain" in warning for warning in reader.warnings)
        assert reader.warnings or (here == there).all()


@settings(max_examples=80, deadline=None)
@given(data=st.data())
def test_a_meta_of_other_bytes(tmp_path_factory, data):
    folder = tmp_path_factory.mktemp("run")
    stream = written(folder, DEVICES[data.draw(st.sampled_from(sorted(DEVICES)))], 12)
    text = bytearray(stream.meta_path.read_bytes())
    for _ in range(data.draw(st.integers(1, 6))):
        at = data.draw(st.integers(0, len(text) - 1))
        text[at] = data.draw(st.integers(0, 255))
    stream.meta_path.write_bytes(text)
    used(stream.path, places=True)
    used(folder)


NO_NUMBERS = ["", "nan", "inf", "1e400", "0x10", "a", "٣", "\x00", "\x1c2", "all"]
ODD_NUMBERS = ["0", "-1", "1", "1,2", "9" * 20, "1" * 5000, "0:99999999999", "-5:3"]
VALUES = [*NO_NUMBERS, *ODD_NUMBERS, "(1,2)(3)", "()", "((0,1)(2"]


@pytest.mark.parametrize("kind", DEVICES)
def test_any_value_may_be_anything(tmp_path, kind):
    stream = written(tmp_path, DEVICES[kind], 12)
    lines = stream.meta_path.read_text().splitlines()
    for k, line in enumerate(lines):
        key = line.partition("=")[0]
        if key.startswith(("sync", "trig", "gate", "type", "user", "imDatB", "imDatH", "imDatF")):
            continue
        for value in VALUES[k % 3 :: 1 if "sns" in key or key.endswith("Rate") else 5]:
            changed = [*lines[:k], f"{key}={value}", *lines[k + 1 :]]
            stream.meta_path.write_text("\n".join(changed), encoding="utf-8")
            used(stream.path)
        stream.meta_path.write_text("\n".join(lines[:k] + lines[k + 1 :]))
        used(stream.path, places=key.startswith(("~", "imDatPrb", "acq")))


@pytest.mark.parametrize("kind", ["probe", "nidq"])
def test_samples_cut_anywhere(tmp_path, kind):
    stream = written(tmp_path, DEVICES[kind])
    data = stream.path.read_bytes()
    width = 2 * stream.raw.shape[1]
    for size in np.unique(np.linspace(0, len(data) - 1, 200).astype(int)).tolist():
        stream.path.write_bytes(data[:size])
        reader = used(stream.path)
        if size < width:
            assert reader is None
            continue
        n = size // width
        raw = reader.get_analogsignal_chunk(0, 0, stream_index=0)
        np.testing.assert_array_equal(raw, stream.raw[:n, : raw.shape[1]])
        assert f"the last {len(stream.raw) - n} samples are missing" in reader.warnings[0]
        assert (f"the last {size % width} bytes" in reader.warnings[-1]) == bool(size % width)
        for e in range(reader.event_channels_count()):
            ticks = reader.event_timestamps(0, 0, e)[0] - stream.first_sample
            assert (ticks < n).all()


def test_a_recording_that_was_not_closed(tmp_path):
    stream = written(tmp_path, SMALL, finished=False, tail=b"abc")
    reader = opened(tmp_path)
    check_stream(reader, stream)
    assert "was not closed properly" in reader.warnings[0]
    assert "the last 3 bytes are not read" in reader.warnings[1]


def test_a_recording_that_has_grown(tmp_path):
    stream = written(tmp_path, SMALL, meta={"fileSizeBytes": 80})
    reader = opened(tmp_path)
    check_stream(reader, stream)
    assert "more than the 80" in reader.warnings[0]


def test_a_recording_that_does_not_know_its_first_sample(tmp_path):
    stream = written(tmp_path, SMALL, first_sample=0, meta={"firstSample": None})
    reader = opened(tmp_path)
    check_stream(reader, stream)
    assert "firstSample is not there" in reader.warnings[0]


@pytest.mark.parametrize("key", ["imAiRangeMax", "~imroTbl"])
def test_gains_that_nothing_tells(tmp_path, key):
    """Values have no units then, and are not made up."""
    written(tmp_path, SMALL, meta={key: None, "imChan0apGain": None})
    reader = opened(tmp_path)
    channels = reader.header["signal_channels"]
    assert set(channels["units"].tolist()) == {""} and set(channels["gain"].tolist()) == {1.0}
    assert "does not tell the" in reader.warnings[0]


def test_gains_of_ni_daq_that_nothing_tells(tmp_path):
    written(tmp_path, DEVICES["nidq"], meta={"niMNGain": "0"})
    reader = opened(tmp_path)
    assert reader.header["signal_channels"]["units"].tolist() == ["", "", "V", ""]
    assert "MN channels" in reader.warnings[0]


def test_counts_that_do_not_add_up(tmp_path):
    stream = written(tmp_path, SMALL, meta={"snsApLfSy": "4,0,1"})
    reader = opened(tmp_path)
    check_stream(reader, stream)
    assert "taken from their names" in reader.warnings[0]


def test_names_that_are_missing(tmp_path):
    stream = written(tmp_path, SMALL, meta={"~snsChanMap": None})
    reader = opened(tmp_path)
    check_stream(reader, stream)
    assert "names are made from counts" in reader.warnings[0]


@pytest.mark.parametrize("digits", ["9" * 5000, "٣", "99999999999", ""])
@pytest.mark.parametrize("kind", ["nidq", "onebox"])
def test_numbers_of_words_in_names(tmp_path, kind, digits):
    """Where the name of a word of lines has no number of a word, its place tells."""
    stream = written(tmp_path, DEVICES[kind])
    text = stream.meta_path.read_text()
    assert "(XD0;" in text
    stream.meta_path.write_text(text.replace("(XD0;", f"(XD{digits};"), encoding="utf-8")
    reader = used(stream.path)
    lines = [name.rpartition(" ")[2] for name in reader.header["event_channels"]["name"].tolist()]
    assert {f"XD{bit}" for bit in range(2)} <= set(lines)


def test_a_meta_of_an_early_version_without_its_type(tmp_path):
    stream = written(tmp_path, SMALL, meta={"typeThis": None})
    check_stream(opened(tmp_path), stream)


def test_a_header_that_promises_more_channels_than_there_are_bytes(tmp_path):
    stream = written(tmp_path, SMALL, 2, meta={"nSavedChans": 9000, "snsApLfSy": "8999,0,1"})
    with pytest.raises(FormatError, match="less than one sample of its 9000 channels"):
        opened(stream.path)
    stream = written(tmp_path, SMALL, 2, meta={"nSavedChans": 99_999_999})
    with pytest.raises(FormatError, match="nSavedChans"):
        opened(stream.path)


@pytest.mark.parametrize("damage", ["empty bin", "empty meta", "no meta", "short bin"])
def test_one_damaged_file_of_a_run_is_left_out(tmp_path, damage):
    run = write_run(tmp_path, [SMALL, Nidq()], layout="flat")
    probe, nidq = run[0, 0]
    if damage == "empty bin":
        probe.path.write_bytes(b"")
    elif damage == "short bin":
        probe.path.write_bytes(b"1")
    else:
        probe.meta_path.write_text("" if damage == "empty meta" else "this is no metadata")
    reader = opened(tmp_path)
    check_stream(reader, nidq)
    (warning,) = reader.warnings
    assert warning.startswith("a file is left out: ") and probe.path.stem in warning
    nidq.path.unlink()
    with pytest.raises(RawIOError):
        opened(tmp_path)


def test_a_file_that_shrinks_while_open(tmp_path):
    stream = written(tmp_path, SMALL)
    reader = opened(tmp_path, load_digital_events=True, use_cache=False)
    stream.path.write_bytes(stream.path.read_bytes()[:50])
    s = stream_of(reader, "imec0.ap")
    assert len(reader.get_analogsignal_chunk(0, 0, 0, 5, s)) == 5
    with pytest.raises(FormatError):
        reader.get_analogsignal_chunk(0, 0, stream_index=s)
    with pytest.raises(FormatError):
        reader.event_count(0, 0, 5)
