"""Events of NeuroScope sessions."""

import numpy as np
import pytest

from rawio import SelectionError
from tests.rawio.neuroscope_files import RIPPLES, SMALL, opened, write_ripples
from tests.writers.neuroscope import Parameters, write_events, write_session, write_xml


@pytest.fixture
def base(tmp_path):
    write_session(tmp_path, "rat.1", Parameters(), extensions=("dat",))
    return tmp_path / "rat.1"


def seconds(reader, channel=0):
    return reader.rescale_event_timestamp(
        reader.event_timestamps(0, 0, channel)[0], event_channel_index=channel
    ).tolist()


def test_times_and_labels(base):
    write_ripples(base)
    reader = opened(f"{base}.xml")
    channels = reader.header["event_channels"]
    assert channels.tolist() == [("rip", "rip", b"event")]
    ticks, durations, labels = reader.event_timestamps()
    assert (ticks.dtype, durations) == (np.int64, None)
    assert seconds(reader) == [t / 1000 for t in RIPPLES[0]]
    assert labels.tolist() == RIPPLES[1]
    assert labels.dtype.kind == "U"
    assert not reader.warnings


def test_each_file_is_a_channel(base):
    write_events(f"{base}.evt.b", [3], ["one"])
    write_events(f"{base}.a.evt", [1, 2], ["x", "y"])
    write_events(f"{base}.evt", [5], ["plain"])
    write_events(f"{base}.c.evt", [], [])
    write_events(f"{base}.c.d.evt", [1], ["of a base called rat.1.c"])
    write_events(base.with_name("rat.evt"), [1], ["of another base"])
    reader = opened(f"{base}.xml")
    assert reader.header["event_channels"]["name"].tolist() == ["a", "c", "evt", "b"]
    assert [reader.event_count(0, 0, c) for c in range(4)] == [2, 0, 1, 1]
    assert [seconds(reader, c) for c in range(4)] == [[0.001, 0.002], [], [0.005], [0.003]]
    assert not reader.warnings


def test_events_of_a_longer_base_name_are_its_own(tmp_path):
    for name in ("rat", "rat.1"):
        write_session(tmp_path, name, Parameters(), extensions=("dat",))
    write_events(tmp_path / "rat.1.evt", [1], ["x"])
    assert opened(tmp_path / "rat.xml").event_channels_count() == 0
    assert opened(tmp_path / "rat.1.xml").event_channels_count() == 1


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("separator", [" ", "\t", " \t  "])
def test_white_space(base, newline, separator):
    write_events(f"{base}.rip.evt", *RIPPLES, separator=separator, newline=newline)
    reader = opened(f"{base}.xml")
    assert reader.event_timestamps()[2].tolist() == RIPPLES[1]
    assert not reader.warnings


def test_descriptions_that_are_no_utf8_or_absent(base):
    write_events(f"{base}.rip.evt", ["1", "2.5", "+3e1"], ["µ", "", "x"], encoding="latin-1")
    reader = opened(f"{base}.xml")
    assert reader.event_timestamps()[2].tolist() == ["µ", "", "x"]
    assert seconds(reader) == [0.001, 0.0025, 0.03]


def test_windows_take_in_both_ends(base):
    rng = np.random.default_rng(1)
    times = np.sort(rng.integers(0, 10**8, 500)) * 1.001 + 86_400_000 * 3  # days later
    write_events(f"{base}.rip.evt", times.tolist(), [str(i) for i in range(500)])
    reader = opened(f"{base}.xml")
    at = seconds(reader)
    np.testing.assert_allclose(at, times / 1000, rtol=1e-15)
    for a, b in ((0, 0), (3, 77), (499, 499)):
        labels = reader.event_timestamps(0, 0, 0, at[a], at[b])[2]
        assert labels.tolist() == [str(i) for i in range(a, b + 1)]
    with pytest.raises(SelectionError):
        reader.event_timestamps(0, 0, 1)


def test_lines_that_are_no_events(base):
    with open(f"{base}.rip.evt", "wb") as file:
        file.write(b"Tmu Code\n\n12 a\n  \nx\n0x10 b\nnan c\n7 early\n1e300 d\n13 cut")
    reader = opened(f"{base}.xml")
    assert reader.event_timestamps()[2].tolist() == ["early", "a"]
    assert seconds(reader) == [0.007, 0.012]
    assert [w.split(";")[0] for w in reader.warnings] == [
        "the last line of rat.1.rip.evt does not end, so it may be cut",
        "5 lines of rat.1.rip.evt do not start with a time",
        "the events of rat.1.rip.evt are not in time order",
    ]


def test_what_is_no_text_at_all(base):
    with open(f"{base}.rip.evt", "wb") as file:
        file.write(bytes(5 << 20))
    reader = opened(f"{base}.xml")
    assert reader.event_count() == 0
    assert "bytes without a line end" in reader.warnings[0]


def test_a_description_beyond_measure(base):
    write_events(f"{base}.rip.evt", [1, 2], ["x" * 900_000, "y"])
    labels = opened(f"{base}.xml").event_timestamps()[2]
    assert labels.tolist() == ["x" * 1000, "y"]


def test_events_and_nothing_else(tmp_path):
    write_xml(tmp_path / "a.xml", SMALL)
    write_events(tmp_path / "a.rip.evt", [-20, 500], ["before", "x"])
    reader = opened(tmp_path / "a.xml")
    assert reader.signal_streams_count() == 0
    assert reader.segment_t_start(0, 0) == -0.02
    assert reader.segment_t_stop(0, 0) == pytest.approx(0.5, abs=1e-8)
