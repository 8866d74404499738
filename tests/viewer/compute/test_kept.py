"""What is kept: within its budget, the latest used, and made once whoever asks."""

import threading
from collections import OrderedDict
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from viewer.compute.kept import Kept


@given(st.lists(st.integers(0, 8)), st.integers(1, 30))
def test_those_not_used_for_longest_go_first_and_the_budget_holds(asked, budget):
    kept, made = Kept(budget, cost=lambda value: value + 1), []
    held = OrderedDict()
    for key in asked:
        value = kept.get(key, lambda key=key: made.append(key) or key)
        assert value == key
        assert made[-1:] == [key] if key not in held else True
        held[key] = True
        held.move_to_end(key)
        while sum(k + 1 for k in held) > budget and len(held) > 1:
            held.popitem(last=False)
    made.clear()
    for key in list(held):
        kept.get(key, lambda key=key: made.append(key))
    assert made == []


def test_of_many_threads_one_makes_it_and_all_get_it():
    kept, gate, made = Kept(10, cost=lambda value: 1), threading.Event(), []

    def make():
        made.append(threading.get_ident())
        gate.wait(10)
        return object()

    with ThreadPoolExecutor(8) as pool:
        answers = [pool.submit(kept.get, "a", make) for _ in range(8)]
        gate.set()
        assert len({id(answer.result(10)) for answer in answers}) == 1
    assert len(made) == 1


def test_an_error_is_told_to_all_who_wait_and_not_kept():
    kept, waiting = Kept(10, cost=lambda value: 1), threading.Event()

    def fail():
        waiting.wait(10)
        raise OSError("no")

    with ThreadPoolExecutor(2) as pool:
        answers = [pool.submit(kept.get, "a", fail) for _ in range(2)]
        waiting.set()
        for answer in answers:
            with pytest.raises(OSError, match="no"):
                answer.result(10)
    assert kept.get("a", lambda: 3) == 3


def test_values_may_be_made_of_others():
    kept = Kept(100, cost=lambda value: 1)

    def sum_to(n):
        return kept.get(n, lambda: n + sum_to(n - 1) if n else 0)

    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(sum_to, [30, 40, 35, 30])) == [465, 820, 630, 465]
