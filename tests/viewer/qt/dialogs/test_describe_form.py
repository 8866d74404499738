"""The form of a flat binary file without its controls, against arithmetic of its own."""

import warnings
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rawio.sidecar import BYTE_ORDERS, DTYPES, MAX_CHANNELS, FlatBinaryLayout
from viewer.qt.dialogs.describe_form import EACH, alike, outcome_of, read_form, texts_of
from viewer.qt.dialogs.describe_preview import lanes_of

EMPTY = texts_of(None)

numbers = st.floats(-1e12, 1e12, allow_subnormal=False)
layouts = st.integers(1, 70).flatmap(
    lambda n: st.builds(
        FlatBinaryLayout,
        n_channels=st.just(n),
        sampling_rate=st.floats(1e-6, 1e9),
        dtype=st.sampled_from(DTYPES),
        byte_order=st.sampled_from(BYTE_ORDERS),
        gain=numbers.filter(bool) | st.lists(numbers, min_size=n, max_size=n).map(tuple),
        offset=numbers | st.lists(numbers, min_size=n, max_size=n).map(tuple),
        units=st.sampled_from(["", "uV", "a.u."]) | st.just(("mV",) * n),
        header_bytes=st.integers(0, 10**6),
        channel_names=st.none() | st.just(tuple(f"n{i}" for i in range(n))),
        channel_ids=st.none() | st.just(tuple(f"#{i}" for i in range(n))),
        t_start=st.floats(-1e6, 1e6),
        source=st.sampled_from(["", "somewhere"]),
    )
)


@given(layouts)
def test_what_is_shown_of_a_description_reads_as_that_description(layout):
    reading = read_form(texts_of(layout), layout)
    assert reading.complete and reading.shape == layout
    assert not reading.wrong and not reading.lacking and not reading.drops_names


@given(layouts, st.integers(1, 70))
def test_with_another_number_of_channels_lists_of_them_are_asked_for_or_dropped(layout, n):
    reading = read_form(texts_of(layout) | {"n_channels": str(n)}, layout)
    lists = {name for name in ("gain", "offset", "units") if texts_of(layout)[name] == EACH}
    if n == layout.n_channels:
        assert reading.shape == layout
        return
    assert set(reading.wrong) == lists and reading.complete == (not lists)
    named = layout.channel_names is not None or layout.channel_ids is not None
    assert reading.drops_names == named
    if not lists:
        changed = replace(layout, channel_names=None, channel_ids=None, n_channels=n)
        assert reading.shape == changed


def test_what_nobody_but_the_owner_knows_is_empty_and_lacking():
    reading = read_form(EMPTY)
    assert EMPTY["n_channels"] == EMPTY["sampling_rate"] == ""
    assert (EMPTY["dtype"], EMPTY["byte_order"], EMPTY["header_bytes"]) == ("int16", "little", "0")
    assert reading.lacking == ("n_channels", "sampling_rate") and not reading.wrong
    assert reading.shape is None and not reading.complete


def test_channels_alone_say_how_samples_lie_but_are_no_description():
    reading = read_form(EMPTY | {"n_channels": " 12 "})
    assert reading.shape.n_channels == 12 and not reading.complete
    assert reading.lacking == ("sampling_rate",)


@pytest.mark.parametrize(
    ("text", "hertz"),
    [
        ("30000", 30000.0),
        ("30 kHz", 30000.0),
        ("24.4140625kHz", 24414.0625),
        ("0.5 HZ", 0.5),
        ("1e3", 1000.0),
        (" 1250 ", 1250.0),
    ],
)
def test_rates_are_read_as_people_write_them(text, hertz):
    reading = read_form(EMPTY | {"n_channels": "2", "sampling_rate": text})
    assert reading.complete and reading.shape.sampling_rate == hertz


@pytest.mark.parametrize(
    ("field", "text", "said"),
    [
        ("n_channels", "0", "at least 1"),
        ("n_channels", "-3", "at least 1"),
        ("n_channels", str(MAX_CHANNELS + 1), f"At most {MAX_CHANNELS}"),
        ("n_channels", "2.5", "whole number"),
        ("n_channels", "many", "whole number"),
        ("n_channels", "٣", "whole number"),
        ("n_channels", "9" * 5000, "whole number"),
        ("sampling_rate", "0", "from 1e-06"),
        ("sampling_rate", "-1", "from 1e-06"),
        ("sampling_rate", "1e10", "to 1e+09 Hz"),
        ("sampling_rate", "nan", "Write a number"),
        ("sampling_rate", "30 MHz", "Write a number"),
        ("sampling_rate", "30,000", "no comma"),
        ("gain", "0,195", "no comma"),
        ("gain", "inf", "Write a number"),
        ("gain", "0.0", "must not be 0"),
        ("gain", "-1e-400", "must not be 0"),
        ("gain", "1e999", "Write a number"),
        ("gain", "-1e9999999", "Write a number"),
        ("sampling_rate", "9e999999999999999999", "Write a number"),
        ("offset", "none", "Write a number"),
        ("offset", EACH, "Write a number"),
        ("units", "u" * 65, "At most 64"),
        ("header_bytes", "-1", "at least 0"),
        ("header_bytes", "1k", "whole number"),
    ],
)
def test_what_makes_no_sense_is_said_of_its_field(field, text, said):
    good = EMPTY | {"n_channels": "2", "sampling_rate": "1000"}
    assert read_form(good).complete
    reading = read_form(good | {field: text})
    assert not reading.complete and set(reading.wrong) == {field}
    assert said in reading.wrong[field] and reading.wrong[field].endswith(".")


@given(layouts, st.integers(0, 10**7))
def test_whole_samples_and_bytes_left_over_are_those_of_arithmetic(layout, size):
    width = np.dtype(layout.dtype).itemsize * layout.n_channels
    data = max(0, size - layout.header_bytes)
    outcome = outcome_of(layout, size, rate_known=True)
    assert outcome.possible == (data >= width)
    if not outcome.possible:
        assert f"{data:,}" in outcome.sentence and outcome.doubtful
        return
    samples, rest = data // width, data % width
    assert outcome.sentence.startswith(f"{samples:,} sample{'' if samples == 1 else 's'} of ")
    assert outcome.doubtful == (rest > 0) == ("left over" in outcome.sentence)
    if rest:
        assert f"and {rest:,} byte{'' if rest == 1 else 's'} left over: the num" in outcome.sentence


def test_how_long_a_file_is_is_said_once_the_rate_is_known():
    layout = FlatBinaryLayout(4, 1000.0)
    known = outcome_of(layout, 8 * 100_500 + 6, rate_known=True).sentence
    assert known.startswith("100,500 samples of 4 channels, 1:40 min, and 6 bytes left over")
    assert "min" not in outcome_of(layout, 8 * 100_500, rate_known=False).sentence


def test_descriptions_are_alike_as_long_as_samples_and_values_are_the_same():
    layout = FlatBinaryLayout(4, 1000.0, gain=2.0, units="uV")
    assert alike(layout, replace(layout, units="mV", channel_names=("a", "b", "c", "d")))
    for change in ({"n_channels": 5}, {"gain": 3.0}, {"dtype": "uint16"}, {"header_bytes": 2}):
        assert not alike(layout, replace(layout, **change))


@pytest.mark.parametrize("kind", ["int8", "uint16", "int32", "float32", "float64"])
def test_lanes_are_around_their_medians_on_one_scale(kind):
    samples = (np.arange(21).reshape(7, 3) ** 2).astype(kind) // 4
    lanes = lanes_of(samples)
    centred = samples.T.astype(float) - np.median(samples.astype(float), axis=0)[:, None]
    np.testing.assert_allclose(lanes, centred / np.abs(centred).max())
    assert np.abs(lanes).max() == 1.0


def test_lanes_of_what_is_no_number_or_too_large_or_flat():
    samples = np.array([[np.nan, 1e308, 5.0], [np.inf, -1e308, 5.0], [np.nan, 0.0, 5.0]])
    lanes = lanes_of(samples)
    assert np.isnan(lanes[0]).all()
    np.testing.assert_array_equal(lanes[1], [1, -1, 0])
    np.testing.assert_array_equal(lanes[2], [0, 0, 0])
    assert (lanes_of(np.full((4, 2), 7, np.int16)) == 0).all()
    signalling = np.array([[0x7FA00001], [0], [0x40000000]], np.uint32).view(np.float32)
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # of any four bytes, as they are while types are tried
        np.testing.assert_array_equal(lanes_of(signalling), [[np.nan, -1, 1]])
