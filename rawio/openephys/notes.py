"""Sentences about what is not as it should be, few of each kind."""

import re

from rawio.errors import Warn

SHOWN = 8
"""Sentences of one kind; a session may have hundreds of recordings that all lack the same."""


class Notes:
    """Takes sentences, passes each on once, and of one kind no more than `SHOWN`.

    Sentences that differ only by numbers and by where they are of (``where: what``) are of a kind.
    """

    def __init__(self, warn: Warn) -> None:
        self._warn = warn
        self._said: set[str] = set()
        self._counts: dict[str, int] = {}

    def __call__(self, sentence: str) -> None:
        """Pass a sentence on, or count it."""
        if sentence in self._said:
            return
        self._said.add(sentence)
        kind = re.sub(r"[0-9]+", "0", sentence.split(": ", 1)[-1])
        self._counts[kind] = self._counts.get(kind, 0) + 1
        if self._counts[kind] <= SHOWN:
            self._warn(sentence)

    def close(self) -> None:
        """Say how many sentences were not passed on."""
        for kind, count in self._counts.items():
            if count > SHOWN:
                self._warn(f"{count - SHOWN} more warnings are like '... {kind}'")
        self._counts = {}
