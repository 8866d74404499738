"""Processes that are forked while other threads read."""

import os
import signal
import threading

import numpy as np
import pytest

from rawio.edges import Budget, EdgeFinder
from rawio.locks import Lock

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here")


def status_of_child(task):
    """Run `task` in a forked child of at most ten seconds; return how it ended, 0 if well."""
    child = os.fork()
    if not child:
        signal.alarm(10)
        code = 1
        try:
            task()
            code = 0
        finally:
            os._exit(code)
    return os.waitpid(child, 0)[1]


def held(lock):
    """Start a thread that holds `lock` until the event that is returned is set."""
    taken, done = threading.Event(), threading.Event()

    def hold():
        with lock:
            taken.set()
            done.wait(20)

    threading.Thread(target=hold, daemon=True).start()
    assert taken.wait(10)
    return done


def test_a_lock_keeps_others_out():
    lock, entered = Lock(), threading.Event()
    done = held(lock)

    def enter():
        with lock:
            entered.set()

    threading.Thread(target=enter, daemon=True).start()
    assert not entered.wait(0.05)
    done.set()
    assert entered.wait(10)


def test_a_forked_child_finds_no_lock_taken():
    lock = Lock()
    done = held(lock)
    try:
        assert status_of_child(lambda: lock.__enter__()) == 0
    finally:
        done.set()


def test_a_forked_child_looks_for_edges(tmp_path):
    """Another thread was about to keep what it found; the child has its own locks."""
    words = np.arange(1000, dtype=np.uint16)[:, None]
    budget = Budget()
    finder = EdgeFinder(lambda start, stop: words[start:stop], 1000, 64, budget)
    expected = finder.count(0, 0, 0, 1000)
    assert expected == 999
    fresh = EdgeFinder(lambda start, stop: words[start:stop], 1000, 64, budget)
    holders = [held(fresh._lock), held(budget._lock)]

    def look():
        assert fresh.count(0, 0, 0, 1000) == expected
        assert len(fresh.find(0, 3, 0, 1000)[0]) == 124

    try:
        assert status_of_child(look) == 0
    finally:
        for done in holders:
            done.set()
