"""Chains as text: there and back, and sentences about what is no chain."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rawio import OptionError
from viewer.compute.steps import BandPass, CommonReference, HighPass, LowPass, Notch
from viewer.compute.text import chain_text, parse_chain

hertz = st.floats(1e-9, 1e9)
orders, causals = st.integers(1, 12), st.booleans()
groups = st.lists(
    st.lists(st.text(min_size=1, max_size=5), min_size=1, max_size=4), min_size=1, max_size=3
).filter(lambda groups: len({i for g in groups for i in g}) == sum(map(len, groups)))
steps = st.one_of(
    st.builds(HighPass, hertz, orders, causals),
    st.builds(LowPass, hertz, orders, causals),
    st.builds(
        lambda pair, *rest: BandPass(*sorted(pair), *rest),
        st.tuples(hertz, hertz).filter(lambda pair: pair[0] != pair[1]),
        orders,
        causals,
    ),
    st.builds(Notch, hertz, st.floats(0.1, 1e3), st.integers(1, 20), causals),
    st.builds(
        CommonReference,
        st.sampled_from(["median", "average"]),
        st.one_of(st.sampled_from(["all", "shank"]), groups),
    ),
)


@given(st.lists(steps, min_size=1, max_size=4))
def test_there_and_back(chain):
    assert parse_chain(chain_text(chain)) == tuple(chain)


@pytest.mark.parametrize(
    ("text", "chain"),
    [
        ("highpass:300,reference:median", [HighPass(300), CommonReference("median")]),
        ("bandpass:300-6000", [BandPass(300, 6000)]),
        ("notch:50", [Notch(50)]),
        ("notch:50x4", [Notch(50, harmonics=4)]),
        (" notch : 60x4 : quality=20 : causal ", [Notch(60, 20, 4, True)]),
        ("lowpass:0.5:order=5", [LowPass(0.5, 5)]),
        ("reference:average:shank", [CommonReference("average", "shank")]),
        (
            "reference:median:groups=0+1+2/a%2Cb+c",
            [CommonReference("median", [["0", "1", "2"], ["a,b", "c"]])],
        ),
    ],
)
def test_what_people_write(text, chain):
    assert parse_chain(text) == tuple(chain)


def test_what_is_usual_is_not_written():
    chain = [HighPass(300.0), BandPass(0.1, 1e5), Notch(50, harmonics=2), CommonReference()]
    assert chain_text(chain) == "highpass:300,bandpass:0.1-100000,notch:50x2,reference:median"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "there are highpass, lowpass, bandpass, notch, reference"),
        ("hp:300", "'hp' is no step; there are highpass"),
        ("highpass:300,,notch:50", "'' is no step"),
        ("highpass", "'highpass' is not of the form highpass:HZ"),
        ("highpass:", "not of the form highpass:HZ"),
        ("highpass:fast", "not of the form highpass:HZ"),
        ("bandpass:300", "not of the form bandpass:HZ-HZ"),
        ("bandpass:300-", "not of the form bandpass:HZ-HZ"),
        ("bandpass:6000-300", "from a lower to a higher frequency"),
        ("notch:50x", "not of the form notch:HZ or notch:HZxN"),
        ("notch:50x-2", "not of the form notch:HZ or notch:HZxN"),
        ("notch:50x99", "harmonics must be a whole number from 1 to 20"),
        ("reference:mean", "not of the form reference:median or reference:average"),
        ("highpass:300:steep", "after highpass:HZ there may be :order=N and :causal"),
        ("highpass:300:causal=yes", "there may be :order=N and :causal"),
        ("highpass:300:order", "there may be :order=N and :causal"),
        ("highpass:300:order=two", "not of the form"),
        ("notch:50:order=3", "there may be :quality=Q and :causal"),
        ("reference:median:tetrode", "there may be :shank and :groups=ID+ID/ID+ID"),
        ("reference:median:groups=", "the id of a channel is missing"),
        ("reference:median:groups=1+2/", "the id of a channel is missing"),
        ("reference:median:groups=1+2:groups=3+4", "more than once which channels are a group"),
        ("reference:median:shank:groups=1+2", "more than once which channels are a group"),
        ("reference:median:shank:shank", "more than once which channels are a group"),
        ("highpass:300:order=3:order=3", "more than once what its order is"),
        ("highpass:300:causal:causal", "more than once that it is causal"),
        ("notch:50:quality=3:quality=5", "more than once what its quality is"),
        ("highpass:1_000", "not of the form highpass:HZ"),
        ("highpass:٣٠٠", "not of the form highpass:HZ"),
        ("highpass:300:order=٣", "not of the form highpass:HZ"),
        ("notch:50:quality=1_0", "not of the form notch:HZ"),
        ("highpass:300:order=" + "9" * 5000, "9...9"),
        ("notch:50x" + "1" * 5000, "1...1"),
        ("highpass:-300", "cutoff must be above 0"),
        ("highpass:nan", "cutoff must be above 0"),
    ],
)
def test_what_is_no_chain_is_refused_with_what_is_possible(text, said):
    with pytest.raises(OptionError) as caught:
        parse_chain(text)
    assert said in str(caught.value) and str(caught.value).endswith(".")
    assert len(str(caught.value)) < 300
