"""Threads that share one piece of work, such as a large read: one core is slower than memory is."""

import os
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from itertools import pairwise

MAX_THREADS = 4

_pool: ThreadPoolExecutor | None = None
_lock = threading.Lock()


def shares(amount: int, least: int) -> list[tuple[int, int]]:
    """Return (start, stop) of the parts of an amount of work that threads are to share.

    Parameters
    ----------
    amount : int
    least : int
        What is worth a thread of its own.

    Returns
    -------
    list of tuple of int
        One part where there is less than twice the least, or only one core.
    """
    if amount < 2 * least:  # asked for before every small read, so settled first
        return [(0, amount)]
    count = min(MAX_THREADS, os.cpu_count() or 1, amount // least)
    bounds = [amount * k // count for k in range(count + 1)]
    return list(pairwise(bounds))


def run_together(parts: Sequence[Callable[[], object]]) -> None:
    """Run all parts, the first of them here, and return when all are done.

    Raises
    ------
    Exception
        What the first part that failed raised; the others have ended, too.
    """
    if len(parts) == 1:
        parts[0]()
        return
    others = [_start(part) for part in parts[1:]]
    try:
        parts[0]()
    finally:
        wait(others)  # whatever happened: nobody may still be writing into an array of the caller
    for other in others:
        other.result()


def _start(part: Callable[[], object]) -> Future[object]:
    """Run a part in a thread; here and now, when there can be none any more."""
    global _pool
    try:
        with _lock:
            if _pool is None:
                _pool = ThreadPoolExecutor(MAX_THREADS, "rawio share")
            return _pool.submit(part)
    except RuntimeError:  # the interpreter is shutting down
        done: Future[object] = Future()
        done.set_result(part())
        return done


def _forget() -> None:
    """Make a forked child start threads of its own: its parent's are not in it."""
    global _pool, _lock
    _pool, _lock = None, threading.Lock()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget)
