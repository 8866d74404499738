"""Locks that a forked child never finds taken.

A fork copies the memory but only the thread that asks for it. A lock that another thread holds at
that moment would stay taken in the child for ever.
"""

import os
import threading
import weakref

_all: weakref.WeakSet["Lock"] = weakref.WeakSet()


class Lock:
    """A lock for ``with`` that is new in a forked child. What it guards must bear that."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        _all.add(self)

    def __enter__(self) -> None:
        self._lock.acquire()

    def __exit__(self, *exception: object) -> None:
        self._lock.release()

    def renew(self) -> None:
        """Forget who holds it."""
        self._lock = threading.Lock()


def _renew_all() -> None:
    for lock in list(_all):
        lock.renew()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_renew_all)
