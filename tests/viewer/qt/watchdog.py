"""A watchdog of the GUI thread: how long each turn of the event loop keeps it, and with what.

The signals of Qt's event dispatcher, ``awake`` and ``aboutToBlock``, do not enclose a turn: GLib's
dispatcher both waits and works between the same two of them. So the loop is turned by hand, a call
of ``processEvents`` each turn, and the calls are timed. A loop within, such as that of a button's
menu, would count as one turn.

It also notes which files the thread opens from Python in a turn, but for modules that are imported.

Two times are taken. The thread's own work (`time.thread_time`) is little disturbed by whatever else
runs on the machine. The time by the clock has also what the thread waited for: a file, a lock, its
turn with Python's interpreter, and other processes.
"""

import gc
import mmap
import statistics
import sys
import threading
import time
import traceback
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import FrameType

import numpy as np
from PyQt6.QtCore import QCoreApplication, QEvent

NOTABLE_SECONDS = 0.02
"""The stacks of turns that take longer are kept."""

LOOK_SECONDS = 0.002
"""From one look at the stack to the next."""

FRAMES = 6
"""Of a stack, from the inmost out."""

FRESH = 8 << 20
"""Bytes: what a picture of a window takes."""

REFERENCE_SECONDS = 0.010
"""The `yardstick` of the machine that limits are meant for: two cores of a server of 2024."""


OPENS = frozenset({"open", "os.listdir", "os.scandir", "os.mkdir", "os.rename", "os.remove"})
"""What Python tells its auditors before it touches files."""


@dataclass
class Turn:
    """What one turn of the event loop took.

    Attributes
    ----------
    act : str
        What was being done.
    work : float
        Seconds that the thread worked.
    clock : float
        Seconds that passed.
    allowed : float
        Seconds of work that it might have been.
    stacks : Counter of str
        Where the thread was, and how often it was seen there.
    """

    act: str
    work: float = 0.0
    clock: float = 0.0
    allowed: float = 0.0
    stacks: Counter[str] = field(default_factory=Counter)

    def __str__(self) -> str:
        times = (self.work, self.allowed, self.clock)
        work, allowed, clock = (f"{1000 * seconds:.0f} ms" for seconds in times)
        said = f"{self.act}: {work} of work, of {allowed} allowed, and {clock} by the clock"
        looks = sum(self.stacks.values())
        for stack, count in self.stacks.most_common(3):
            said += f"\n  seen {count} times of {looks}:\n{stack}"
        return said


class Watchdog:
    """Turns the event loop and times it. To be made, used and closed in the GUI thread.

    Parameters
    ----------
    limit : float
        Seconds of work that a turn may be; as this machine does them, see `allowance`.

    Attributes
    ----------
    act : str
        What is being done; turns are noted under it.
    files : set of (str, str)
        Acts, and the files and folders that were opened in their turns.
    """

    def __init__(self, limit: float = 0.05) -> None:
        self.act = "nothing"
        self.files: set[tuple[str, str]] = set()
        self._limit = limit
        self._longest: dict[str, Turn] = {}
        self._slowest: dict[str, Turn] = {}
        self._turn: Turn | None = None
        self._since = 0.0
        self._ended = threading.Event()
        self._watched = threading.get_ident()
        self._thread = threading.Thread(target=self._look, name="watchdog", daemon=True)
        self._thread.start()
        _listen(self)

    def close(self) -> None:
        """Look no more."""
        _listen(None)
        self._ended.set()
        self._thread.join()

    # -- turning -------------------------------------------------------------------------------

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Time what is done inside as a turn: an event that is sent and not posted, for example."""
        assert self._turn is None, "turns do not nest"
        turn = Turn(self.act)
        clock, work = time.perf_counter(), time.thread_time()
        self._since, self._turn = clock, turn
        try:
            yield
        finally:
            turn.work = time.thread_time() - work
            turn.clock = time.perf_counter() - clock
            self._turn = None
            turn.allowed = self._limit if turn.work <= self._limit else allowance(self._limit)
            self._note(turn)

    def spin(self, until: Callable[[], bool], seconds: float) -> bool:
        """Turn the event loop until something is true, or for so long; return whether it is."""
        end = time.monotonic() + seconds
        while True:
            with self.turn():
                QCoreApplication.processEvents()
                # What is deleted later goes when a loop returns, and there is none around here.
                QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)
                there = until()
            if there or time.monotonic() >= end:
                return there
            time.sleep(0.0005)

    def rest(self, seconds: float) -> None:
        """Turn the event loop for so long."""
        self.spin(lambda: False, seconds)

    # -- what was seen ---------------------------------------------------------------------------

    def longest(self) -> dict[str, Turn]:
        """Return, by act, the turn that was most work."""
        return dict(self._longest)

    def slowest(self) -> dict[str, Turn]:
        """Return, by act, the turn that took most time in all."""
        return dict(self._slowest)

    def forget(self) -> None:
        """Forget all turns so far."""
        self._longest.clear()
        self._slowest.clear()

    def hear(self, path: object) -> None:
        """Note a file that is being opened, if it is in a turn and not for an import."""
        if self._turn is None or threading.get_ident() != self._watched:
            return
        frame = sys._getframe()
        while (outer := frame.f_back) is not None:
            frame = outer
            if "importlib" in frame.f_code.co_filename:  # also what is known of installed packages
                return
        self.files.add((self.act, str(path)))

    def _note(self, turn: Turn) -> None:
        for kept, name in ((self._longest, "work"), (self._slowest, "clock")):
            before = kept.get(turn.act)
            if before is None or getattr(turn, name) > getattr(before, name):
                kept[turn.act] = turn

    def _look(self) -> None:
        while not self._ended.wait(LOOK_SECONDS):
            turn = self._turn
            if turn is None or time.perf_counter() - self._since < NOTABLE_SECONDS / 2:
                continue
            frame = _frame_of(self._watched)
            inmost = traceback.extract_stack(frame)[-FRAMES:]
            if turn is self._turn:
                turn.stacks["".join(traceback.format_list(inmost)).rstrip()] += 1


def _frame_of(thread: int) -> FrameType | None:
    """Return where a thread is, or None if it has ended.

    Garbage is not collected meanwhile: before Python 3.12, a finalizer that lets another thread run
    (`os.close` does) while the interpreter lists its threads has both wait for ever as soon as that
    other one starts a thread (https://github.com/python/cpython/issues/106883).
    """
    collects = gc.isenabled()
    gc.disable()
    try:
        return sys._current_frames().get(thread)
    finally:
        if collects:
            gc.enable()


_listener: Watchdog | None = None
_hooked = False


def _listen(dog: Watchdog | None) -> None:
    """Have a watchdog, or none, hear of files that are opened."""
    global _listener, _hooked
    _listener = dog
    if not _hooked:
        _hooked = True
        sys.addaudithook(_hear)  # for good: there is no taking it out


def _hear(event: str, arguments: tuple[object, ...]) -> None:
    if _listener is not None and event in OPENS:
        _listener.hear(arguments[0])


def yardstick() -> float:
    """Return the seconds of work that a fixed load takes here: plain Python, NumPy, fresh memory.

    It is done a few times, of which the median counts: what a thread gets done in a second varies
    with what its neighbours do.
    """
    numbers = np.random.default_rng(0).standard_normal(50_000)

    def once() -> float:
        start = time.thread_time()
        total = 0.0
        for number in range(100_000):
            total += number * 0.5
        total += int(np.argsort(numbers, kind="stable")[0])
        pages = np.frombuffer(mmap.mmap(-1, FRESH), np.uint8)
        pages[:: mmap.PAGESIZE] = 1
        return time.thread_time() - start

    return statistics.median(once() for _ in range(9))


def allowance(seconds: float) -> float:
    """Return `seconds` of work as this machine does it now: more where it is slow, never less."""
    return seconds * max(1.0, yardstick() / REFERENCE_SECONDS)
