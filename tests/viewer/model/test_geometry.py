"""Order and colour of channels by their place on the probe."""

import numpy as np
import probeinterface

from tests.readers import ArrayReader, noise
from viewer.model import View
from viewer.model.geometry import by_probe
from viewer.model.theme import DARK, LIGHT


def two_streams():
    return ArrayReader([[(0.0, noise(50, 5)), (0.0, noise(50, 2))]], [1000.0, 100.0])


def probe(positions, shanks=None, wired=None):
    out = probeinterface.Probe(ndim=2, si_units="um")
    out.set_contacts(np.array(positions, float), shank_ids=shanks)
    out.set_device_channel_indices(np.arange(len(positions)) if wired is None else wired)
    return out


def test_no_probe_no_order():
    assert by_probe(two_streams()) is None
    view = View(two_streams())
    assert view.channels.order.tolist() == list(range(7))
    np.testing.assert_array_equal(view.channels.color, DARK.channel_colors(7))


def test_shank_by_shank_from_the_top_down_and_what_has_no_contact_last():
    reader = two_streams()
    places = [(0, 10), (100, 20), (0, 30), (100, 40)]
    reader.set_probe(probe(places, ["a", "b", "a", "b"], [4, 3, 2, 1]))
    order, hue = by_probe(reader)
    assert order.tolist() == [2, 4, 1, 3, 0, 5, 6]
    assert hue[2] == hue[4] != hue[1] == hue[3]
    assert hue[0] not in (hue[1], hue[2])
    view = View(reader)
    assert view.channels.order.tolist() == order.tolist()
    assert view.channels.shown.tolist() == order.tolist()
    colors = view.channels.color
    assert (colors[2] == colors[4]).all() and (colors[2] != colors[1]).any()
    assert View(reader, order="file").channels.order.tolist() == list(range(7))


def test_side_by_side_contacts_go_across_and_one_shank_is_coloured_in_turn():
    reader = two_streams()
    reader.set_probe(probe([(32, 20), (0, 20), (16, 0), (48, 0), (0, 40)]))
    order, hue = by_probe(reader)
    assert order.tolist() == [4, 1, 0, 2, 3, 5, 6]
    assert hue[order[:5]].tolist() == [0, 1, 2, 3, 4]


def test_the_theme_changes_the_colours_that_nobody_chose():
    reader = two_streams()
    reader.set_probe(probe([(0, 10), (100, 20)], ["a", "b"]))
    view = View(reader)
    view.channels.set_color((1, 2, 3), [1])
    view.theme = LIGHT
    fresh = View(reader, LIGHT).channels.color
    assert view.channels.color[1].tolist() == [1, 2, 3]
    kept = [0, 2, 3, 4, 5, 6]
    np.testing.assert_array_equal(view.channels.color[kept], fresh[kept])
