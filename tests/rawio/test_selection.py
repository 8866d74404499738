"""Which channels a call means: every selector against a plain Python reading of the rules."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rawio.errors import SelectionError
from rawio.header import SIGNAL_CHANNEL_DTYPE
from rawio.selection import as_slice, check_stream, indexes_to_local, labels_to_local, resolve

# Rows of the two streams are interleaved; names and ids repeat between the streams.
STREAMS = "0101100"
MEMBERS = [np.array([0, 2, 5, 6]), np.array([1, 3, 4])]
NAMES = ["a", "a", "b", "x", "y", "c", "d"]
IDS = ["1", "1", "2", "3", "7", "3", "4"]


def channel_table():
    table = np.zeros(len(STREAMS), SIGNAL_CHANNEL_DTYPE)
    table["name"], table["id"], table["stream_id"] = NAMES, IDS, list(STREAMS)
    return table


def picked(members, *args, **kwargs):
    """Return the stream and the header rows that a selection means."""
    stream, local = resolve(channel_table(), members, *args, **kwargs)
    return stream, members[stream][local].tolist()


# -- indexes ---------------------------------------------------------------------------------------


@settings(deadline=None)
@given(st.data(), st.integers(1, 40))
def test_every_form_of_index_means_the_same_channels(data, count):
    asked = data.draw(st.lists(st.integers(0, count - 1)))
    every = np.arange(count)
    for form in (asked, tuple(asked), np.array(asked, np.int16), np.array(asked, np.uint64)):
        assert every[indexes_to_local(form, count)].tolist() == asked
    mask = np.zeros(count, bool)
    mask[asked] = True
    assert every[indexes_to_local(mask, count)].tolist() == sorted(set(asked))
    assert every[indexes_to_local(mask.tolist(), count)].tolist() == sorted(set(asked))


@settings(deadline=None)
@given(st.integers(1, 20), st.data())
def test_slices_within_the_channels(count, data):
    bound = st.none() | st.integers(0, count)
    asked = slice(data.draw(bound), data.draw(bound), data.draw(st.sampled_from([None, 1, 2, -1])))
    assert np.arange(count)[indexes_to_local(asked, count)].tolist() == list(range(count))[asked]


@pytest.mark.parametrize("asked", [3, np.int32(3), np.array(3)])
def test_one_index(asked):
    assert np.arange(5)[indexes_to_local(asked, 5)].tolist() == [3]


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        (-1, "-1"),
        ([0, 5], "5"),
        ([0, -2], "-2"),
        (np.array([2**63], np.uint64), str(2**63)),
        ([2**80], "whole numbers"),
        ([0.0, 1.0], "whole numbers"),
        (["0"], "whole numbers"),
        ([[0, 1]], "whole numbers"),
        ([[0], [1, 2]], "whole numbers"),
        ({0, 1}, "whole numbers"),
        (slice(-1, None), "slice"),
        (slice(0, 6), "slice"),
        (slice("a", None), "slice"),
        (slice(0.0, 2.0), "slice"),
        (slice(None, None, 0), "slice"),
        ([True, False], "mask"),
        (np.ones(6, bool), "mask"),
    ],
)
def test_wrong_indexes_are_named(asked, said):
    with pytest.raises(SelectionError, match=said):
        indexes_to_local(asked, 5)


@settings(deadline=None)
@given(st.integers(-30, 30), st.integers(1, 10))
def test_no_index_wraps_around(index, count):
    if 0 <= index < count:
        assert indexes_to_local([index], count).tolist() == [index]
    else:
        with pytest.raises(SelectionError, match=f"index {index} "):
            indexes_to_local([index], count)


# -- names and ids ---------------------------------------------------------------------------------


@settings(deadline=None)
@given(st.data(), st.lists(st.sampled_from(["a", "b", "1", "2", "03", "é", ""]), min_size=1))
def test_labels_keep_the_order_asked(data, labels):
    once = [label for label in labels if labels.count(label) == 1]
    asked = data.draw(st.lists(st.sampled_from(once))) if once else []
    found = labels_to_local(np.array(labels, "U8"), asked, "id")
    assert found.tolist() == [labels.index(label) for label in asked]
    for label in set(labels) - set(once):
        with pytest.raises(SelectionError, match="several channels"):
            labels_to_local(np.array(labels, "U8"), [*asked, label], "id")


@pytest.mark.parametrize(
    "asked",
    [[3, 1], ["3", "1"], [np.int64(3), "1"], (3, 1), np.array([3, 1]), np.array(["3", "1"])],
)
def test_ids_are_compared_as_text(asked):
    assert labels_to_local(np.array(["1", "2", "3"]), asked, "id").tolist() == [2, 0]


@pytest.mark.parametrize("asked", ["3", 3, np.int8(3), np.str_("3")])
def test_one_label_needs_no_list(asked):
    assert labels_to_local(np.array(["1", "2", "3"]), asked, "id").tolist() == [2]


@pytest.mark.parametrize("asked", [["1", "9"], ["01"], [1.0], [-1], [""], ["1 "]])
def test_unknown_labels_are_named(asked):
    with pytest.raises(SelectionError, match=f"no channel with id '{asked[-1]}'"):
        labels_to_local(np.array(["1", "2", "3"]), asked, "id")


def test_a_label_that_is_no_label():
    with pytest.raises(SelectionError, match=r"2\.5"):
        labels_to_local(np.array(["1", "2"]), 2.5, "id")


# -- streams ---------------------------------------------------------------------------------------


def test_within_a_stream_all_is_local_to_it():
    assert picked(MEMBERS, 0) == (0, [0, 2, 5, 6])
    assert picked(MEMBERS, 1) == (1, [1, 3, 4])
    assert picked(MEMBERS, 1, [2, 0]) == (1, [4, 1])
    assert picked(MEMBERS, 1, None, ["y", "a"]) == (1, [4, 1])
    assert picked(MEMBERS, 1, None, None, [7, 1]) == (1, [4, 1])
    assert picked(MEMBERS, 0, slice(1, 3)) == (0, [2, 5])
    assert picked(MEMBERS, np.int64(1), []) == (1, [])


def test_without_a_stream_the_channels_tell_it():
    assert picked(MEMBERS, None, [4, 3]) == (1, [4, 3])
    assert picked(MEMBERS, None, [6, 0, 2]) == (0, [6, 0, 2])
    assert picked(MEMBERS, None, slice(3, 5)) == (1, [3, 4])
    assert picked(MEMBERS, None, [False, False, True, False, False, False, True]) == (0, [2, 6])
    assert picked(MEMBERS, None, None, ["d", "b"]) == (0, [6, 2])
    assert picked(MEMBERS, None, None, None, [4, "2"]) == (0, [6, 2])


def test_one_stream_needs_no_index():
    everything = [np.arange(7)]
    assert picked(everything, None) == (0, list(range(7)))
    assert picked(everything, None, [6, 1]) == (0, [6, 1])
    assert picked(everything, None, []) == (0, [])
    with pytest.raises(SelectionError, match="name 'a' stands for several"):
        picked(everything, None, None, ["a"])


@pytest.mark.parametrize(
    ("args", "said"),
    [
        ((None,), "2 streams; give stream_index"),
        ((None, [0, 1]), "several streams"),
        ((None, [1, 0]), "several streams"),
        ((None, slice(None)), "several streams"),
        ((None, []), "empty"),
        ((None, [7]), "channel index 7"),
        ((1, [3]), "channel index 3"),
        ((None, None, ["a"]), "'a' stands for several"),
        ((None, None, None, [3]), "'3' stands for several"),
        ((1, None, ["b"]), "name 'b'"),
        ((0, None, None, [7]), "id '7'"),
        ((2,), "stream_index 2 .*0 to 1"),
        ((-1,), "stream_index -1"),
        ((0.0,), "stream_index 0.0"),
        (("0",), "stream_index '0'"),
        ((0, [0], ["a"]), "channel_indexes and channel_names"),
        ((0, None, ["a"], ["1"]), "channel_names and channel_ids"),
        ((0, [0], ["a"], ["1"]), "channel_indexes and channel_names and channel_ids"),
    ],
)
def test_wrong_selections_say_what(args, said):
    with pytest.raises(SelectionError, match=said):
        picked(MEMBERS, *args)


def test_a_recording_without_signals():
    with pytest.raises(SelectionError, match="no signal channels"):
        resolve(channel_table()[:0], [], None)
    with pytest.raises(SelectionError, match="no streams"):
        check_stream(0, 0)


@settings(deadline=None)
@given(st.lists(st.integers(0, 6), min_size=1), st.sampled_from(["indexes", "names", "ids"]))
def test_global_selection_against_brute_force(rows, kind):
    table = channel_table()
    labels = {"indexes": list(range(7)), "names": NAMES, "ids": IDS}[kind]
    asked = [labels[row] for row in rows]
    streams = {STREAMS[row] for row in rows}
    ambiguous = any(labels.count(label) > 1 for label in asked)
    if ambiguous or len(streams) > 1:
        with pytest.raises(SelectionError):
            resolve(table, MEMBERS, None, **{f"channel_{kind}": asked})
    else:
        stream, local = resolve(table, MEMBERS, None, **{f"channel_{kind}": asked})
        assert {str(stream)} == streams
        assert MEMBERS[stream][local].tolist() == rows


@given(st.lists(st.integers(0, 9), max_size=6) | st.builds(range, st.integers(0, 5), st.just(9)))
def test_columns_as_a_slice(columns):
    columns = np.array(list(columns), np.intp)
    found = as_slice(columns)
    follow = len(columns) > 0 and (np.diff(columns) == 1).all()
    assert isinstance(found, slice) == follow
    assert np.arange(20)[found].tolist() == columns.tolist()
