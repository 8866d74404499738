"""What steps are on a stream: filters at its rate, groups of channels, and how far they reach."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rawio import OptionError
from tests.readers import noise
from tests.viewer.compute.recordings import ScaledReader, shanks
from viewer.compute.chain import Chain, Referencing, _lasting, _remedy
from viewer.compute.design import MOST_RING, half_gap
from viewer.compute.steps import BandPass, CommonReference, HighPass, LowPass, Notch


def reader_of(rate=1000.0, units=("uV",) * 6):
    scales = [(1.0, 0.0, unit) for unit in units]
    return ScaledReader([[(0.0, noise(10, len(units)))]], [rate], scales)


def groups_of(step, reader):
    (operation,) = Chain.of([step], reader, 0).operations
    return [group.tolist() for group in operation.groups]


# -- groups --------------------------------------------------------------------------------------


def test_all_channels_of_a_unit_are_a_group():
    assert groups_of(CommonReference(), reader_of()) == [[0, 1, 2, 3, 4, 5]]
    mixed = reader_of(units=("uV", "V", "uV", "V", "uV", "deg"))
    assert groups_of(CommonReference(), mixed) == [[0, 2, 4], [1, 3]]


def test_by_shank_channels_without_a_contact_are_in_no_group():
    reader = reader_of(units=("uV", "uV", "uV", "uV", "uV", "V", "uV"))
    reader.set_probe(shanks("a", "b", "a", None, "b", "a", None))
    assert groups_of(CommonReference(by="shank"), reader) == [[0, 2], [1, 4]]


def test_by_ids_whatever_their_order():
    step = CommonReference(by=[[5, 0], ["3", "2", "1"]])
    assert groups_of(step, reader_of()) == [[0, 5], [1, 2, 3]]


@pytest.mark.parametrize(
    ("step", "units", "said"),
    [
        (CommonReference(by="shank"), ("uV",) * 3, "needs a probe, and none is known"),
        (CommonReference(by=[["0", "7", "x"]]), ("uV",) * 3, "that are not there: 7, x."),
        (CommonReference(), ("uV",), "two channels or more of one unit of measure"),
        (CommonReference(), ("uV", "V"), "two channels or more of one unit of measure"),
        (CommonReference(by=[["0"], ["1"]]), ("uV",) * 3, "two channels or more"),
    ],
)
def test_a_reference_that_is_none_is_refused(step, units, said):
    with pytest.raises(OptionError) as caught:
        Chain.of([step], reader_of(units=units), 0)
    assert said in str(caught.value) and str(caught.value).endswith(".")


# -- which columns must be read --------------------------------------------------------------------


def needed_slowly(groups_of_steps, columns):
    """Return what is needed, step by step backwards, with sets."""
    needed = set(columns)
    for groups in reversed(groups_of_steps):
        needed |= {c for group in groups if needed & set(group) for c in group}
    return sorted(needed)


partitions = st.lists(st.integers(0, 3), min_size=9, max_size=9).map(
    lambda numbers: [
        group for n in range(3) if (group := [c for c, m in enumerate(numbers) if m == n])
    ]
)


@given(st.lists(partitions, max_size=3), st.lists(st.integers(0, 8), min_size=1, max_size=4))
def test_columns_that_are_needed_and_counted_in_them(groups_of_steps, columns):
    made = [
        Referencing("median", tuple(np.array(g, np.int64) for g in groups))
        for groups in groups_of_steps
    ]
    chain = Chain(tuple(made))
    needed = chain.needed_for(np.array(columns))
    assert needed.tolist() == needed_slowly(groups_of_steps, columns)
    for operation, groups in zip(chain.narrowed(needed).operations, groups_of_steps, strict=True):
        there = [[needed[i] for i in group] for group in operation.groups]
        assert there == [group for group in groups if set(group) <= set(needed.tolist())]


# -- how far it reaches ----------------------------------------------------------------------------


def test_margins_add_up_and_causal_filters_look_back_only():
    steps = [HighPass(10), LowPass(100, causal=True), CommonReference(), Notch(50)]
    rings = [step.filter_at(1000.0).ring for step in steps if not hasattr(step, "kind")]
    chain = Chain.of(steps, reader_of(), 0)
    assert chain.margins == (sum(rings), rings[0] + rings[2])
    assert chain.longest_ring == max(rings)
    assert Chain.of([CommonReference()], reader_of(), 0).margins == (0, 0)


@pytest.mark.parametrize(
    "steps",
    [[HighPass(0.5)], [HighPass(1), LowPass(6000), Notch(50)], [HighPass(0.3, causal=True)]],
)
def test_what_people_use_is_not_refused_at_30_kilohertz(steps):
    chain = Chain.of(steps, reader_of(rate=30_000.0), 0)
    assert sum(chain.margins) <= MOST_RING


@pytest.mark.parametrize(
    ("steps", "said"),
    [
        (
            [LowPass(500), HighPass(0.2)],
            ["high-pass 0.2 Hz rings for", "a higher cutoff, a lower order or causal."],
        ),
        (
            [HighPass(0.01)],
            ["high-pass 0.01 Hz rings for 14.7 minutes,", "take a higher cutoff or a lower order."],
        ),
        ([HighPass(0.0001, order=1)], ["rings for 12.2 hours,", "take a higher cutoff."]),
        ([LowPass(14_999.99)], ["rings for", "take a lower cutoff or a lower order."]),
        ([HighPass(14_999.99)], ["rings for", "take a lower cutoff or a lower order."]),
        ([LowPass(0.01)], ["rings for", "take a higher cutoff or a lower order."]),
        ([BandPass(300, 300.01)], ["rings for", "take a wider band or a lower order."]),
        ([BandPass(0.01, 5)], ["rings for", "take a higher lower edge or a lower order."]),
        ([BandPass(9e3, 14_999.99)], ["rings for", "take a lower upper edge or a lower order."]),
        ([BandPass(0.05, 5, causal=True)], ["band-pass 0.05 to 5 Hz (causal) rings for"]),
        ([Notch(1, quality=100)], ["notch 1 Hz, Q 100 rings for", "take a lower quality."]),
        ([Notch(1, quality=0.01)], ["notch 1 Hz, Q 0.01 rings for", "take a higher quality."]),
        ([Notch(14_999, quality=2)], ["notch 14999 Hz, Q 2 rings for", "take a lower frequency."]),
        (
            [HighPass(0.4), HighPass(0.39), LowPass(2)],
            ["high-pass 0.39 Hz rings for", "of the whole chain"],
        ),
    ],
)
def test_what_rings_for_too_long_is_refused_with_what_to_do(steps, said):
    with pytest.raises(OptionError) as caught:
        Chain.of(steps, reader_of(rate=30_000.0), 0)
    assert all(part in str(caught.value) for part in [*said, "35 s are the most at 30000 Hz"])
    assert str(caught.value).endswith(".")


near = st.floats(-3, 2.6).map(lambda exponent: 10**exponent)
frequencies = st.one_of(near, near.map(lambda below: 500 - below))


@settings(deadline=None)
@given(st.sampled_from([LowPass, HighPass, BandPass]), frequencies, frequencies, near)
def test_what_is_advised_makes_it_ring_for_less(kind, first, second, width):
    low, high = sorted((first, min(second, first + width)))
    if kind is BandPass and high - low < 1e-3:
        return
    step = kind(low, high) if kind is BandPass else kind(first)
    if step.filter_at(1000.0).ring < 2000:
        return  # nobody is advised
    match _remedy(step, 1000.0):
        case "a higher cutoff":
            other = kind(first + min(first, (500 - first) / 2))
        case "a lower cutoff":
            other = kind(first - min(first / 2, 500 - first))
        case "a wider band":
            up = low < 500 - high
            other = BandPass(low, high + (high - low)) if up else BandPass(low - (high - low), high)
        case "a higher lower edge":
            other = BandPass(low + low / 4, high)
        case "a lower upper edge":
            other = BandPass(low, high - (500 - high) / 4)
    # Where both edges are as near to their ends, the other one rings on, but for rounding.
    assert other.filter_at(1000.0).ring <= 1.001 * step.filter_at(1000.0).ring


@settings(deadline=None)
@given(frequencies, st.floats(-1.5, 3).map(lambda exponent: 10**exponent))
def test_what_is_advised_makes_a_notch_ring_for_less(frequency, quality):
    step = Notch(frequency, quality)
    try:
        ring = step.filter_at(1000.0).ring
    except OptionError:  # beyond what can be computed
        return
    reach = half_gap(frequency, quality) / min(frequency, 500 - frequency)
    if ring < 2000 or 0.5 < reach < 2:  # a gap that about reaches an end rings least of all
        return  # nobody is advised
    match _remedy(step, 1000.0):
        case "a lower quality":
            other = Notch(frequency, quality / 2)
        case "a higher quality":
            other = Notch(frequency, quality * 2)
        case "a lower frequency":
            other = Notch(frequency - (500 - frequency) / 4, quality)
    assert other.filter_at(1000.0).ring <= 1.001 * ring


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (0.25, "0.25 s"),
        (35.0, "35 s"),
        (200.0, "3.33 minutes"),
        (8800.0, "2.44 hours"),
        (1e6, "11.6 days"),
        (1e9, "11,574 days"),
    ],
)
def test_long_times_are_told_in_units_that_people_read(seconds, said):
    assert _lasting(seconds) == said
