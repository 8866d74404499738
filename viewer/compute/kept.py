"""`Kept`: what was computed a moment ago, within a budget, each thing by one thread."""

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from concurrent.futures import Future
from typing import Generic, TypeVar

Value = TypeVar("Value")


class Kept(Generic[Value]):
    """Values by key, of which those not used for longest go first; safe to use from threads.

    Parameters
    ----------
    budget : int
        Of the cost of all values; the newest stays, whatever it costs.
    cost : callable
        Returns what a value costs.
    """

    def __init__(self, budget: int, cost: Callable[[Value], int]) -> None:
        self._budget, self._cost = budget, cost
        self._lock = threading.Lock()
        self._values: OrderedDict[Hashable, Value] = OrderedDict()
        self._making: dict[Hashable, Future[Value]] = {}
        self._spent = 0

    def get(self, key: Hashable, make: Callable[[], Value]) -> Value:
        """Return a value, made now if it is not here; whoever asks meanwhile waits for it.

        A value may be made of others. As long as none is made of itself, nobody waits for ever.
        """
        with self._lock:
            if key in self._values:
                self._values.move_to_end(key)
                return self._values[key]
            others = self._making.get(key)
            if others is None:
                mine = self._making[key] = Future()
        if others is not None:
            return others.result()
        try:
            value = make()
        except BaseException as error:
            with self._lock:
                del self._making[key]
            mine.set_exception(error)
            raise
        with self._lock:
            del self._making[key]
            self._keep(key, value)
        mine.set_result(value)
        return value

    def _keep(self, key: Hashable, value: Value) -> None:
        self._values[key] = value
        self._spent += self._cost(value)
        while self._spent > self._budget and len(self._values) > 1:
            _, gone = self._values.popitem(last=False)
            self._spent -= self._cost(gone)
