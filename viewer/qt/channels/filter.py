"""Which channels a person means who writes a word, or numbers such as ``#1-32, 40``."""

import re

import numpy as np

from rawio import OptionError
from viewer.model import Channels

_RANGE = re.compile(r"(\d*)\s*(?:(-)\s*(\d*))?")


class ChannelFilter:
    """Finds channels by text.

    A text matches anywhere in the name, the id, the stream or the group, whatever its case; where
    it matches nothing, its words may be in different ones. After ``#`` come numbers and ranges of
    them: ids where all of a stream's ids are numbers, else the place in the stream, from 1.

    Parameters
    ----------
    channels : viewer.model.Channels
    """

    def __init__(self, channels: Channels) -> None:
        self._texts = [
            "\n".join(
                (info.name, info.id, info.stream_name, channels.group_names[info.group])
            ).casefold()
            for info in channels.infos
        ]
        self._numbers = _numbers(channels)

    def matching(self, text: str) -> np.ndarray:
        """Return a bool for each row.

        Raises
        ------
        OptionError
            When what follows ``#`` is no list of numbers.
        """
        text = text.strip()
        if text.startswith("#"):
            return self._within(text)
        text = text.casefold()
        whole = np.array([text in of for of in self._texts], bool)
        if whole.any():
            return whole
        words = text.split()
        return np.array([all(word in of for word in words) for of in self._texts], bool)

    def _within(self, text: str) -> np.ndarray:
        out = np.zeros(len(self._numbers), bool)
        parts = [part.strip() for part in text[1:].split(",")]
        for part in parts:
            match = _RANGE.fullmatch(part)
            if match is None:
                raise OptionError(
                    f"{text[:40]!r} is no list of channels; write numbers such as #1-32, 40."
                )
            first, dash, last = match.groups()
            if first and not dash:
                out |= self._numbers == int(first)
            elif first or last:  # an open range, or one that is still being written
                low, high = int(first or 0), int(last) if last else np.iinfo(np.int64).max
                out |= (self._numbers >= low) & (self._numbers <= high)
        return out if any(parts) else ~out


def _numbers(channels: Channels) -> np.ndarray:
    """Return the number by which each channel is called."""
    out = np.array([info.column + 1 for info in channels.infos], np.int64)
    for stream in np.unique(channels.stream).tolist():
        rows = np.flatnonzero(channels.stream == stream)
        ids = [channels.infos[row].id for row in rows]
        if all(each.isdecimal() and len(each) < 18 for each in ids):
            out[rows] = [int(each) for each in ids]
    return out
