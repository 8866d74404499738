"""Steps: what is refused, at once or at a sampling rate, and how they are told to people."""

import numpy as np
import pytest

from rawio import OptionError
from viewer.compute.steps import BandPass, CommonReference, HighPass, LowPass, Notch, describe


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda: HighPass(0), "cutoff must be above 0 and finite, not 0."),
        (lambda: HighPass(-3), "cutoff"),
        (lambda: LowPass(float("nan")), "cutoff"),
        (lambda: LowPass(float("inf")), "cutoff"),
        (lambda: LowPass("300"), "cutoff"),
        (lambda: HighPass(10**400), "cutoff must be above 0 and finite, not 1000"),
        (lambda: HighPass(10**5000), "cutoff must be above 0 and finite, not a number of thous"),
        (lambda: HighPass(300, order=10**5000), "order must be a whole number from 1 to 12, not a"),
        (lambda: LowPass(True), "cutoff"),
        (lambda: HighPass(300, order=0), "order must be a whole number from 1 to 12"),
        (lambda: HighPass(300, order=2.5), "order"),
        (lambda: HighPass(300, order=13), "order"),
        (lambda: HighPass(300, causal=1), "causal is True or False"),
        (lambda: BandPass(6000, 300), "from a lower to a higher"),
        (lambda: BandPass(300, 300), "from a lower to a higher"),
        (lambda: Notch(50, quality=0), "quality"),
        (lambda: Notch(50, harmonics=0), "harmonics must be a whole number from 1 to 20"),
        (lambda: CommonReference("mean"), "median or average"),
        (lambda: CommonReference(by="tetrode"), "by 'all', by 'shank' or by groups"),
        (lambda: CommonReference(by=3), "sequences of channel ids"),
        (lambda: CommonReference(by=()), "needs groups"),
        (lambda: CommonReference(by=[["1"], []]), "none of them empty"),
        (lambda: CommonReference(by=[["1", "2"], [1]]), "channel '1' is twice"),
    ],
)
def test_what_makes_no_sense_is_refused_with_a_sentence(make, said):
    with pytest.raises(OptionError) as caught:
        make()
    assert said in str(caught.value) and str(caught.value).endswith(".")


@pytest.mark.parametrize("step", [HighPass(500), LowPass(700), BandPass(10, 500), Notch(501)])
def test_frequencies_from_half_the_rate_on_are_refused_there(step):
    with pytest.raises(OptionError, match=r"needs samples at more than 1\d+ Hz; these are at 1000"):
        step.filter_at(1000.0)
    assert step.filter_at(3000.0).ring > 0


@pytest.mark.parametrize(
    ("rate", "quality", "left"),
    [
        (1000, 30, [50, 100, 150, 200]),
        (406.7, 30, [50, 100, 150, 200]),  # the gap of 200 Hz ends at 203.33 Hz
        (406.6, 30, [50, 100, 150]),
        (400, 30, [50, 100, 150]),
        (740, 0.6, [50, 100, 150, 200]),  # it ends at 366.67 Hz
        (730, 0.6, [50, 100, 150]),
        (101, 30, [50]),  # asked for by name
    ],
)
def test_harmonics_whose_gap_reaches_half_the_rate_are_left_out(rate, quality, left):
    sos = Notch(50, quality, harmonics=4).filter_at(rate).sos
    zeros = [np.roots(section[:3])[0] for section in sos]
    taken = np.abs(np.angle(zeros)) * rate / (2 * np.pi)
    assert taken == pytest.approx(left)


@pytest.mark.parametrize("rate", [500.1, 500.5, 508.6, 1000, 1017.25, 2034.5])
def test_mains_and_harmonics_ring_for_little_at_any_rate(rate):
    for frequency in (50, 60):
        assert Notch(frequency, harmonics=20).filter_at(rate).ring < 3 * rate


def test_a_gap_as_wide_as_half_the_rate_says_that_quality_is_too_low():
    with pytest.raises(OptionError, match=r"^notch 50 Hz, Q 0\.1 .* quality is too low for "):
        Notch(50, 0.1).filter_at(1000.0)
    assert Notch(50, 0.101).filter_at(1000.0).ring > 0


def test_a_frequency_too_low_for_the_rate_says_which_step():
    with pytest.raises(OptionError, match=r"^high-pass 1e-06 Hz cannot be computed: .*\.$"):
        HighPass(1e-6).filter_at(30000.0)


def test_groups_are_compared_as_text():
    assert CommonReference(by=[[0, "1"], (2,)]) == CommonReference(by=(("0", "1"), ("2",)))
    assert len({HighPass(300), HighPass(300.0), HighPass(300, causal=True)}) == 2


def test_in_words():
    steps = [
        BandPass(300, 6000, causal=True),
        Notch(50, harmonics=4),
        CommonReference("average", by=[["a", "b"], ["c", "d"]]),
        CommonReference(by="shank"),
    ]
    assert describe([HighPass(300), CommonReference("median")]) == (
        "high-pass 300 Hz · median reference"
    )
    assert describe(steps) == (
        "band-pass 300 to 6000 Hz (causal) · notch 50 Hz and 3 harmonics · "
        "average reference of channels [a, b], [c, d] · median reference by shank"
    )
    unusual = [HighPass(1, order=5), LowPass(9, 1, causal=True), Notch(50, quality=20, harmonics=2)]
    assert describe(unusual) == (
        "high-pass 1 Hz, order 5 · low-pass 9 Hz, order 1 (causal) · "
        "notch 50 Hz and 1 harmonic, Q 20"
    )
    many = CommonReference(by=[[f"{n}{m}" for m in range(6)] for n in "abcde"])
    assert many.describe() == (
        "median reference of channels [a0, a1, a2, a3 and 2 others], [b0, b1, b2, b3 and 2 others],"
        " [c0, c1, c2, c3 and 2 others] and 2 others"
    )
    assert LowPass(0.5).describe() == "low-pass 0.5 Hz"
