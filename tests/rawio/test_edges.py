"""Edges of bits in words, against a look at every word; how much is kept and read again."""

import pickle

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rawio import edges
from rawio.edges import Budget, EdgeFinder, edges_of, find_changes

SEED_WORDS = np.random.default_rng(0).integers(0, 4, (50_500, 1), np.uint16)


class Words:
    """Words that note from where on they are read."""

    def __init__(self, words):
        self.words, self.scans = words, []

    def __call__(self, start, stop):
        self.scans.append(start)
        return self.words[start:stop]


def brute_force(words, bit, start, stop):
    """Return the row and state of each edge of a bit, word by word."""
    line = (words >> bit) & 1
    return [
        (row, bool(line[row]))
        for row in range(max(1, start), min(stop, len(words)))
        if line[row] != line[row - 1]
    ]


rows = st.integers(0, 130)


@settings(max_examples=200, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 2**16 - 1), st.integers(1, 40)), min_size=1, max_size=12),
    st.integers(1, 50),
    st.sampled_from([0, 300, 10**6]),
    st.lists(st.tuples(rows, rows, st.integers(0, 1), st.integers(0, 15)), max_size=5),
)
def test_edges_are_those_of_brute_force(stretches, step, kept, asked):
    first = np.concatenate([np.full(n, word, np.uint16) for word, n in stretches])
    words = np.column_stack([first, first[::-1] ^ np.uint16(0x8001)])
    finder = EdgeFinder(Words(words), len(words), step, Budget(kept))
    for start, stop, word, bit in [*asked, (0, len(words), 0, 15), (0, len(words), 1, 0)]:
        expected = brute_force(words[:, word], bit, start, stop)
        row, high = finder.find(word, bit, start, stop)
        assert row.dtype == np.int64 and high.dtype == bool
        assert list(zip(row.tolist(), high.tolist(), strict=True)) == expected
        assert finder.count(word, bit, start, stop) == len(expected)


def test_changes_of_a_slab():
    words = np.array([5, 5, 4, 6, 6, 5], np.uint16)
    changes = find_changes(words, at_start=True)
    assert changes.offset.tolist() == [2, 3, 5]
    assert changes.turned.tolist() == [1, 2, 3] and changes.word.tolist() == [4, 6, 5]
    assert changes.counts.tolist() == [2, 2] + [0] * 14
    assert find_changes(words, at_start=False).offset.tolist() == [1, 2, 4]
    row, high = edges_of([(10**12, changes)], 0, 10**12 + 3, 10**12 + 9)
    assert row.tolist() == [10**12 + 5] and high.tolist() == [True]


def test_what_is_kept_is_bounded():
    read, budget = Words(SEED_WORDS), Budget(240_000)
    finder = EdgeFinder(read, len(SEED_WORDS), 1000, budget)
    line = np.flatnonzero(np.diff(SEED_WORDS[:, 0] & 1)) + 1
    for again in (False, True):
        assert finder.find(0, 0, 0, 99_999)[0].tolist() == line.tolist()
        assert 200_000 < budget.used <= 240_000
        kept, recent = len(finder._kept), len(finder._recent)
        assert kept * 6000 < 250_000 and recent == edges.RECENT_SLABS
        # What is kept is not read again, the rest is.
        assert len(read.scans) == 51 + again * (51 - kept)
    del read.scans[:]
    assert finder.count(0, 0, 0, len(SEED_WORDS)) == len(line)  # counts stay
    other = np.count_nonzero(np.diff(SEED_WORDS[:, 0] & 2))
    assert finder.count(0, 1, 0, len(SEED_WORDS)) == other
    finder.find(0, 0, 47_000, 50_500)
    finder.find(0, 1, 47_000, 50_500)
    assert not read.scans
    inner = line[(line >= 1500) & (line < 47_003)]
    assert finder.count(0, 0, 1500, 47_003) == len(inner)
    assert finder.find(0, 0, 1500, 47_003)[0].tolist() == inner.tolist()
    assert len(finder.find(0, 0, 50, 50)[0]) == finder.count(0, 0, 60, 50) == 0


@pytest.mark.parametrize("nbytes, whole", [(10**7, 2), (400_000, 1), (100, 0)])
def test_finders_share_a_budget(nbytes, whole):
    budget = Budget(nbytes)
    finders = [EdgeFinder(Words(SEED_WORDS), 50_500, 1000, budget) for _ in range(2)]
    for finder in finders:
        finder.find(0, 1, 0, 50_500)
    assert budget.used <= nbytes
    assert sum(len(finder._kept) == 51 for finder in finders) == whole


def test_a_pickled_finder_keeps_nothing_of_the_first():
    budget = Budget(10**7)
    pair = [EdgeFinder(Words(SEED_WORDS), 50_500, 1000, budget) for _ in range(2)]
    expected = pair[0].find(0, 0, 0, 50_500)[0]
    copies = pickle.loads(pickle.dumps(pair))
    assert not copies[0]._kept and copies[0]._budget.used == 0
    assert copies[0]._budget is copies[1]._budget is not budget
    assert copies[1].find(0, 0, 0, 50_500)[0].tolist() == expected.tolist()
