"""Filters against the formulas they are made from."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rawio import OptionError
from tests.oracles import compute as oracle
from viewer.compute.design import MOST_RING, TOLERANCE, Filter, butterworth, notch

RATE = 30000.0

orders = st.integers(1, 8)


def gain_at(filter_: Filter, frequency: float, rate: float) -> float:
    """Return the magnitude of the transfer function on the unit circle."""
    z = np.exp(-2j * np.pi * frequency / rate * np.arange(3))
    return float(np.prod([abs(section[:3] @ z) / abs(section[3:] @ z) for section in filter_.sos]))


def warped(frequency, rate):
    return np.tan(np.pi * frequency / rate)


@settings(deadline=None)
@given(st.floats(1, 10_000), orders, st.floats(0.01, 14_990))
def test_high_and_low_pass_have_the_butterworth_gain(cutoff, order, frequency):
    ratio = warped(frequency, RATE) / warped(cutoff, RATE)
    for band, power in (("highpass", ratio**-2), ("lowpass", ratio**2)):
        want = 1 / np.sqrt(1 + power**order)
        assert gain_at(butterworth(band, (cutoff,), order, RATE), frequency, RATE) == pytest.approx(
            want, rel=1e-5, abs=1e-9
        )


@settings(deadline=None)
@given(st.floats(50, 1000), st.floats(2, 10), orders, st.floats(10, 14_990))
def test_band_pass_has_the_butterworth_gain(low, times, order, frequency):
    high = low * times
    edges, at = (warped(low, RATE), warped(high, RATE)), warped(frequency, RATE)
    power = ((at**2 - edges[0] * edges[1]) / (at * (edges[1] - edges[0]))) ** 2
    want = 1 / np.sqrt(1 + power**order)
    found = gain_at(butterworth("bandpass", (low, high), order, RATE), frequency, RATE)
    assert found == pytest.approx(want, rel=1e-4, abs=1e-7)


@settings(deadline=None)
@given(st.floats(20, 2000), st.floats(2, 60))
def test_notch_takes_out_its_frequency_and_has_the_width_asked_for(frequency, quality):
    made = notch((frequency,), quality, RATE)
    assert gain_at(made, frequency, RATE) < 1e-4
    # Orfanidis, Introduction to Signal Processing (2010), section 11.3.
    middle, beta = 2 * np.pi * frequency / RATE, np.tan(np.pi * frequency / quality / RATE)
    w = np.linspace(middle / 4, min(4 * middle, 3.1), 200)
    off = np.abs(np.cos(w) - np.cos(middle))
    found = [gain_at(made, f, RATE) for f in w / (2 * np.pi) * RATE]
    assert np.allclose(found, off / np.hypot(off, beta * np.sin(w)), atol=1e-4)


filters = st.one_of(
    st.builds(lambda f, n: butterworth("highpass", (f,), n, RATE), st.floats(100, 9000), orders),
    st.builds(lambda f, n: butterworth("lowpass", (f,), n, RATE), st.floats(100, 9000), orders),
    st.builds(
        lambda f, n: butterworth("bandpass", (f, 3 * f), n, RATE), st.floats(200, 4000), orders
    ),
    st.builds(lambda f: notch((f, 2 * f), 5.0, RATE), st.floats(300, 4000)),
)


@settings(max_examples=12, deadline=None)
@given(filters)
def test_it_has_rung_out_when_it_says_and_not_a_sample_before(made):
    impulse = np.zeros((2 * made.ring + 100, 1))
    impulse[0] = 1
    response, _ = oracle.sosfilt(impulse, made.sos, np.zeros((len(made.sos), 2, 1)))
    left = np.abs(response[:, 0])[::-1].cumsum()[::-1]
    assert left[made.ring] <= TOLERANCE * (1 + 1e-6)
    assert left[made.ring - 1] > TOLERANCE * (1 - 1e-6)


@pytest.mark.parametrize("cutoff", [0.5, 1.0, 10.0])
def test_low_cutoffs_ring_for_as_long_as_their_slowest_pole(cutoff):
    """Of third order the slowest poles are a pair that fades by exp(-pi * cutoff * t)."""
    made = butterworth("highpass", (cutoff,), 3, RATE)
    assert made.ring / RATE == pytest.approx(np.log(1 / TOLERANCE) / (np.pi * cutoff), rel=0.1)


@settings(deadline=None)
@given(filters, st.floats(-1e4, 1e4))
def test_at_rest_it_gives_the_same_for_ever(made, value):
    x = np.full((40, 1), value)
    y, after = oracle.sosfilt(x, made.sos, made.rest[:, :, np.newaxis] * value)
    want = value * gain_at(made, 0.0, RATE)
    assert np.allclose(y, want, atol=1e-6 * abs(value) + 1e-12)
    assert np.allclose(after[:, :, 0], made.rest * value, rtol=1e-6, atol=1e-6 * abs(value) + 1e-9)


@settings(max_examples=20, deadline=None)
@given(filters, st.integers(1, 90), st.integers(0, 2**32 - 1))
def test_what_comes_of_another_state_is_added(made, count, seed):
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(count, 3))
    states = [rng.normal(size=(len(made.sos), 2, 3)) for _ in range(2)]
    (y, after), (want_y, want_after) = (oracle.sosfilt(x, made.sos, state) for state in states)
    change = (states[1] - states[0]).reshape(-1, 3)
    after = after.reshape(-1, 3) + made.carry(count) @ change
    # Once it has rung out, what it was started with is forgotten.
    assert np.allclose(y[made.ring :], want_y[made.ring :], atol=1e-4)
    assert np.allclose(
        after, want_after.reshape(-1, 3), atol=1e-7 * np.abs(want_after).max() + 1e-9
    )


def test_the_longest_are_only_guessed():
    assert butterworth("highpass", (0.001,), 3, RATE).ring > MOST_RING


BEYOND = {
    "low": ("highpass", (1e-6,), 3),
    "low, without a state at rest": ("highpass", (2e-5,), 3),
    "the least float": ("lowpass", (5e-324,), 3),
    "high": ("lowpass", (np.nextafter(RATE / 2, 0),), 3),
    "an edge at 0": ("bandpass", (5e-324, 300.0), 3),
    "one edge": ("bandpass", (300.0, np.nextafter(300.0, 400)), 3),
    "high order": ("highpass", (1e-5,), 12),
}


@pytest.mark.parametrize("name", BEYOND)
def test_what_float64_cannot_hold_is_refused(name):
    with pytest.raises(OptionError) as caught:
        butterworth(*BEYOND[name], RATE)
    assert "cannot be told apart from 0 Hz" in str(caught.value)
    assert ("from each other" in str(caught.value)) == (BEYOND[name][0] == "bandpass")


@settings(deadline=None)
@given(
    st.sampled_from(["highpass", "lowpass", "bandpass", "notch"]),
    st.floats(-323, np.log10(RATE / 2)),
    st.floats(-12, 300),
    st.integers(1, 12),
)
def test_any_filter_is_stable_or_refused(band, magnitude, other, order):
    """No other errors, and none that is taken though it is none."""
    low = min(10.0**magnitude, np.nextafter(RATE / 2, 0))
    try:
        if band == "notch":
            made = notch((low,), 10.0**other, RATE)
        elif band == "bandpass":
            high = min(low * (1 + 10.0 ** min(other, 9)), np.nextafter(RATE / 2, 0))
            made = butterworth(band, (low, high), order, RATE)
        else:
            made = butterworth(band, (low,), order, RATE)
    except OptionError as error:
        assert not str(error).endswith(".")
        return
    assert np.isfinite(made.sos).all() and np.isfinite(made.rest).all() and made.ring >= 0
    assert max(np.abs(np.roots(s[3:])).max(initial=0) for s in made.sos) < 1


@pytest.mark.parametrize(("frequency", "quality"), [(50.0, 1e300), (50.0, 1e9), (1e-300, 30.0)])
def test_a_notch_that_float64_cannot_hold_is_refused(frequency, quality):
    with pytest.raises(OptionError, match=r"its quality is too high .* or its frequency too low"):
        notch((frequency,), quality, RATE)


def test_a_filter_is_designed_once():
    assert butterworth("highpass", (300.0,), 3, RATE) is butterworth("highpass", (300.0,), 3, RATE)
