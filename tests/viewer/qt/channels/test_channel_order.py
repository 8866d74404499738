"""Orders, headings, filters and colours of the channels table, against lists."""

import colorsys
import itertools
import re

import numpy as np
import probeinterface
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rawio import OptionError
from tests.readers import ArrayReader, noise
from viewer.model import ChannelInfo, Channels, View
from viewer.model.channel_info import infos_of
from viewer.model.geometry import by_probe
from viewer.model.theme import THEMES
from viewer.qt.channels import order as channel_order
from viewer.qt.channels.colors import by_depth, by_group, depth_ramp
from viewer.qt.channels.filter import ChannelFilter
from viewer.qt.channels.outline import MOST_PIECES, Outline, gather


def channels_of(*named):
    """Return channels of (stream, name, id, shank, y)."""
    groups, infos = {}, []
    for row, (stream, name, number, shank, y) in enumerate(named):
        group = groups.setdefault((stream, shank), len(groups))
        infos.append(
            ChannelInfo(
                name, number, "uV", stream, row, 1.0, 0.0, f"s{stream}", group, shank, 0.0, y
            )
        )
    return Channels(infos)


def plain(streams):
    return channels_of(*((s, f"c{k}", str(k), "", np.nan) for k, s in enumerate(streams)))


@st.composite
def sequences(draw):
    """Draw a permutation and some of its rows."""
    order = draw(st.permutations(range(draw(st.integers(1, 12)))))
    return order, draw(st.lists(st.sampled_from(order), unique=True))


# -- orders ----------------------------------------------------------------------------------------


@given(sequences(), st.data())
def test_moving_takes_rows_out_and_puts_them_in_together(drawn, data):
    order, rows = drawn
    anchor, after = data.draw(st.sampled_from(order)), data.draw(st.booleans())
    gap = order.index(anchor) + after
    upper = [row for row in order[:gap] if row not in rows]
    lower = [row for row in order[gap:] if row not in rows]
    expected = upper + [row for row in order if row in rows] + lower
    assert channel_order.moved(np.array(order), rows, anchor, after=after).tolist() == expected


@given(sequences(), st.booleans())
def test_nudging_moves_each_by_one_and_closes_up_at_the_end(drawn, up):
    order, rows = drawn
    out = channel_order.nudged(order, rows, up=up)
    assert [r for r in out if r in rows] == [r for r in order if r in rows]
    assert [r for r in out if r not in rows] == [r for r in order if r not in rows]
    step = -1 if up else 1
    ahead = order if up else order[::-1]
    stuck = 0
    while stuck < len(ahead) and ahead[stuck] in rows:
        stuck += 1
    for row in rows:
        assert out.index(row) == order.index(row) + (0 if row in ahead[:stuck] else step)


@given(st.lists(st.integers(0, 2), min_size=1, max_size=12), st.randoms())
def test_sorting_keeps_each_stream_in_its_places(streams, random):
    channels = plain(streams)
    order = list(range(len(streams)))
    random.shuffle(order)
    channels.set_order(order)
    for sort in (channel_order.by_name, channel_order.reversed_within):
        new = sort(channels).tolist()
        assert [streams[row] for row in new] == [streams[row] for row in order]
        for stream in set(streams):
            before = [row for row in order if streams[row] == stream]
            expected = sorted(before) if sort is channel_order.by_name else before[::-1]
            assert [row for row in new if streams[row] == stream] == expected


def test_names_sort_by_their_numbers_and_not_by_case():
    names = ["c10", "C2", "c1", "b99", "2", "10", "c2b", "c"]
    ranked = sorted(names, key=channel_order.natural)
    assert ranked == ["2", "10", "b99", "c", "c1", "C2", "c2b", "c10"]


def test_the_order_by_probe_is_the_one_that_a_view_begins_with():
    reader = ArrayReader([[(0.0, noise(50, 7)), (0.0, noise(50, 2))]], [1000.0, 100.0])
    assert channel_order.by_probe(Channels.of(reader)) is None
    probe = probeinterface.Probe(ndim=2, si_units="um")
    places = [(0, 10), (100, 20), (0, 30), (100, 40), (20, 30), (120, 20)]
    probe.set_contacts(np.array(places, float), shank_ids=["b", "a", "b", "a", "b", "a"])
    probe.set_device_channel_indices([6, 4, 3, 2, 1, 0])
    reader.set_probe(probe)
    found = channel_order.by_probe(Channels(infos_of(reader)))
    assert found.tolist() == by_probe(reader)[0].tolist() != list(range(9))


@given(st.lists(st.integers(0, 2), min_size=1, max_size=12), st.data())
def test_a_stream_moves_as_a_whole(streams, data):
    channels = plain(streams)
    present = sorted(set(streams))
    picked, beside = data.draw(st.sampled_from(present)), data.draw(st.sampled_from(present))
    after = data.draw(st.booleans())
    channels.set_order(data.draw(st.permutations(range(len(streams)))))
    sequence = list(dict.fromkeys(streams[row] for row in channels.order.tolist()))
    if picked != beside:
        sequence.remove(picked)
        sequence.insert(sequence.index(beside) + after, picked)
    new = channel_order.moved_stream(channels, picked, beside, after=after).tolist()
    old = channels.order.tolist()
    assert new == [row for stream in sequence for row in old if streams[row] == stream]


# -- headings --------------------------------------------------------------------------------------


def paths(outline):
    """Return the rows from top to bottom, each with the keys of its headings."""
    out = []

    def walk(number, keys):
        node = outline.nodes[number]
        for child in node.children:
            walk(child, (*keys, outline.nodes[child].key))
        if not node.children:
            out.extend((row, keys) for row in node.rows.tolist())

    walk(0, ())
    return out


@given(
    st.lists(st.tuples(st.integers(0, 1), st.integers(0, 2)), min_size=1, max_size=16), st.data()
)
def test_the_outline_lists_all_that_is_kept_in_order_below_the_right_headings(members, data):
    stream = np.array([s for s, _ in members])
    group = np.array([3 * s + g for s, g in members])
    order = np.array(data.draw(st.permutations(range(len(members)))))
    kept = np.array(data.draw(st.lists(st.booleans(), min_size=len(order), max_size=len(order))))
    outline = Outline(order, stream, group, kept)
    gathered = [r for s in dict.fromkeys(stream[order]) for r in order.tolist() if stream[r] == s]
    assert gather(order, stream).tolist() == gathered
    listed = paths(outline)
    assert [row for row, _ in listed] == [row for row in gathered if kept[row]]
    assert outline.nodes[0].rows.tolist() == [row for row, _ in listed]
    several = len(set(stream.tolist())) > 1
    for row, keys in listed:
        assert ((int(stream[row]), -1, 0) in keys) == several
        of_group = [key for key in keys if key[1] >= 0]
        assert of_group in (
            [],
            [(int(stream[row]), int(group[row]), of_group[0][2] if of_group else 0)],
        )
        groups = [group[r] for r in gathered if stream[r] == stream[row]]
        pieces = 1 + sum(a != b for a, b in itertools.pairwise(groups))
        headed = len(set(groups)) > 1 and pieces <= MOST_PIECES * len(set(groups))
        assert bool(of_group) == headed
        number, place = outline.node_of[row], outline.place_of[row]
        assert outline.nodes[number].rows[place] == row
    hidden = set(range(len(members))) - {row for row, _ in listed}
    assert all(outline.node_of[row] == outline.place_of[row] == -1 for row in hidden)


# -- filters ---------------------------------------------------------------------------------------

SAMPLE = channels_of(
    (0, "AP1", "1", "left", 10.0),
    (0, "AP10", "10", "left", 20.0),
    (0, "ap2", "2", "right", 30.0),
    (1, "Sync", "ni#x", "", np.nan),
    (1, "AP1 copy", "ni#y", "", np.nan),
)


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        ("", [0, 1, 2, 3, 4]),
        ("   ", [0, 1, 2, 3, 4]),
        ("ap1", [0, 1, 4]),
        ("AP1 c", [4]),
        ("right", [2]),
        ("shank left", [0, 1]),
        ("ap left", [0, 1]),
        ("s1", [3, 4]),
        ("ni", [3, 4]),
        ("no such", []),
        ("#1-2", [0, 2]),
        ("#10", [1]),
        ("#4, 10", [1, 3]),
        ("#4-", [1, 3, 4]),
        ("#-1", [0]),
        ("#3-5,1", [0, 3, 4]),
        ("#", [0, 1, 2, 3, 4]),
        ("#-", []),
        ("# 1 - 2 ,", [0, 2]),
    ],
)
def test_filters(text, rows):
    assert np.flatnonzero(ChannelFilter(SAMPLE).matching(text)).tolist() == rows


@given(st.lists(st.tuples(st.integers(0, 30), st.integers(0, 30)), min_size=1, max_size=4))
def test_ranges_are_over_ids(ranges):
    channels = channels_of(*((0, f"c{k}", str(2 * k), "", np.nan) for k in range(12)))
    text = "#" + ", ".join(f"{a}-{b}" for a, b in ranges)
    expected = [k for k in range(12) if any(a <= 2 * k <= b for a, b in ranges)]
    assert np.flatnonzero(ChannelFilter(channels).matching(text)).tolist() == expected


@pytest.mark.parametrize("text", ["#x", "#1-2-3", "#1 2", "#1.5", "#²"])
def test_what_is_no_range_is_said(text):
    with pytest.raises(OptionError, match=re.escape(f"{text!r} is no list of channels")):
        ChannelFilter(SAMPLE).matching(text)


# -- colours ---------------------------------------------------------------------------------------


def lightness(color):
    """Return Oklab's lightness of an sRGB colour, 0 to 1 (Ottosson, 2020)."""
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in color / 255]
    lms = np.array(
        [
            [0.4122214708, 0.5363325363, 0.0514459929],
            [0.2119034982, 0.6806995451, 0.1073969566],
            [0.0883024619, 0.2817188376, 0.6299787005],
        ]
    )
    return float(np.cbrt(lms @ linear) @ [0.2104542553, 0.7936177850, -0.0040720468])


@pytest.mark.parametrize("name", THEMES)
def test_the_ramp_of_depth_rises_evenly_from_blue_to_yellow_and_off_the_background(name):
    theme = THEMES[name]
    ramp = depth_ramp(theme, np.linspace(0, 1, 11))
    steps = np.diff([lightness(color) for color in ramp.astype(float)])
    assert steps.min() > 0 and steps.max() - steps.min() < 0.2 * steps.mean()
    away = [abs(lightness(color) - lightness(np.array(theme.background, float))) for color in ramp]
    assert min(away) > 0.2
    hues = [colorsys.rgb_to_hsv(*(color / 255))[0] * 360 for color in ramp[[0, -1]]]
    assert 200 < hues[0] < 250 and 40 < hues[1] < 65


def test_colours_by_depth_are_those_of_the_height_on_the_probe():
    heights = [(0, 0.0), (0, 50.0), (0, 100.0), (0, np.nan), (1, 7.0)]
    channels = channels_of(*((s, f"c{k}", "", "", y) for k, (s, y) in enumerate(heights)))
    theme = THEMES["dark"]
    rows, colors = by_depth(channels, np.array([4, 3, 2, 1]), theme)
    assert rows.tolist() == [4, 2, 1]
    assert colors.tolist() == depth_ramp(theme, np.array([0.5, 1.0, 0.5])).tolist()


def test_colours_by_group_are_the_cycle_of_the_theme():
    colors = by_group(SAMPLE, np.array([2, 0, 4, 3]), THEMES["light"])
    cycle = THEMES["light"].channel_colors(3)
    assert colors.tolist() == cycle[[1, 0, 2, 2]].tolist()
    view = View(ArrayReader.of(noise(50, 2)))
    fresh = view.fresh_colors()
    assert by_group(view.channels, np.arange(2), view.theme).tolist() == fresh[[0, 0]].tolist()
