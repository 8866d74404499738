"""A chain on one stream: which filters at its sampling rate, which channels refer to which."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np

from rawio import BaseRawIO, OptionError
from rawio.texts import listed
from viewer.compute.backend import ReferenceKind
from viewer.compute.design import MOST_RING, Filter, half_gap
from viewer.compute.steps import BandPass, CommonReference, FilterStep, Notch, Step


@dataclass(frozen=True, eq=False)
class Filtering:
    """A filter, run forwards, and unless it is causal backwards over what comes of that."""

    kernel: Filter
    causal: bool

    @property
    def margins(self) -> tuple[int, int]:
        """Samples before and after a sample on which it depends."""
        return self.kernel.ring, 0 if self.causal else self.kernel.ring


@dataclass(frozen=True, eq=False)
class Referencing:
    """What channels have in common is subtracted; `groups` are columns of int64."""

    kind: ReferenceKind
    groups: tuple[np.ndarray, ...]


Operation = Filtering | Referencing


@dataclass(frozen=True, eq=False)
class Chain:
    """Steps as they are on one stream, or on some columns of it.

    Attributes
    ----------
    operations : tuple of Filtering or Referencing
        In order; each is done to the whole segment before the next one.
    """

    operations: tuple[Operation, ...]

    @classmethod
    def of(cls, steps: Sequence[Step], reader: BaseRawIO, stream: int) -> "Chain":
        """Find out what steps are on a stream.

        Raises
        ------
        OptionError
            With one sentence: a step is impossible on this stream.
        """
        rate = reader.get_signal_sampling_rate(stream)
        operations: list[Operation] = []
        for step in steps:
            if isinstance(step, CommonReference):
                operations.append(Referencing(step.kind, _groups(step, reader, stream)))
            else:
                operations.append(Filtering(step.filter_at(rate), step.causal))
        chain = cls(tuple(operations))
        if sum(chain.margins) > MOST_RING:
            raise _too_long(steps, chain, rate)
        return chain

    @cached_property
    def margins(self) -> tuple[int, int]:
        """Samples before and after a sample on which it depends; beyond lies the tolerance."""
        margins = [o.margins for o in self.operations if isinstance(o, Filtering)]
        return sum(before for before, _ in margins), sum(after for _, after in margins)

    @property
    def longest_ring(self) -> int:
        """Samples within which the slowest of its filters rings out."""
        rings = [o.kernel.ring for o in self.operations if isinstance(o, Filtering)]
        return max(rings, default=0)

    def shortened(self, ring: int) -> "Chain":
        """Return the chain with filters that know of `ring` samples before at most."""
        return replace(self, operations=tuple(_shortened(o, ring) for o in self.operations))

    def needed_for(self, columns: np.ndarray) -> np.ndarray:
        """Return the columns, rising, that must be read to compute some."""
        needed = np.unique(columns)
        for operation in reversed(self.operations):
            if isinstance(operation, Referencing):
                touched = [g for g in operation.groups if np.isin(g, needed).any()]
                needed = np.unique(np.concatenate([needed, *touched]))
        return needed

    def narrowed(self, columns: np.ndarray) -> "Chain":
        """Return the chain on what `needed_for` returned, counted in these columns."""
        return replace(self, operations=tuple(_narrowed(o, columns) for o in self.operations))


def _shortened(operation: Operation, ring: int) -> Operation:
    if isinstance(operation, Referencing):
        return operation
    kernel = operation.kernel
    return replace(operation, kernel=replace(kernel, ring=min(kernel.ring, ring)))


def _narrowed(operation: Operation, columns: np.ndarray) -> Operation:
    if isinstance(operation, Filtering):
        return operation
    kept = [group for group in operation.groups if np.isin(group, columns).all()]
    groups = tuple(np.searchsorted(columns, group).astype(np.int64) for group in kept)
    return Referencing(operation.kind, groups)


# -- who refers to whom ----------------------------------------------------------------------------


def _groups(step: CommonReference, reader: BaseRawIO, stream: int) -> tuple[np.ndarray, ...]:
    """Return the columns of each group, of one unit of measure and two channels at least."""
    assert reader.header is not None
    rows = reader.header["signal_channels"][reader.get_group_channel_indexes()[stream]]
    if step.by == "all":
        labels: Sequence[Any] = [""] * len(rows)
    elif step.by == "shank":
        labels = _shanks(reader, stream)
    else:
        labels = _given(step.by, [str(label) for label in rows["id"]])
    members: dict[tuple[Any, str], list[int]] = {}
    for column, (label, units) in enumerate(zip(labels, rows["units"].tolist(), strict=True)):
        if label is not None:
            members.setdefault((label, units), []).append(column)
    groups = [np.array(columns, np.int64) for columns in members.values() if len(columns) > 1]
    if not groups:
        raise OptionError(
            f"{step.describe()} needs two channels or more of one unit of measure in a group; "
            "here are none."
        )
    return tuple(groups)


def _shanks(reader: BaseRawIO, stream: int) -> list[str | None]:
    contacts = reader.channel_contacts(stream)
    if contacts is None:
        raise OptionError(
            "a reference by shank needs a probe, and none is known; give one (set_probe, --probe), "
            "or take the reference of all channels."
        )
    return [str(c["shank"]) if c["known"] else None for c in contacts]


def _given(groups: Iterable[Sequence[str]], ids: list[str]) -> list[int | None]:
    """Return the number of each channel's group."""
    number = {label: n for n, group in enumerate(groups) for label in group}
    missing = [label for label in number if label not in ids]
    if missing:
        raise OptionError(
            f"the groups of a reference name channels that are not there: {listed(missing)}."
        )
    return [number.get(label) for label in ids]


# -- how long it rings -----------------------------------------------------------------------------


def _too_long(steps: Sequence[Step], chain: Chain, rate: float) -> OptionError:
    """Return the error of a chain that rings for too long, naming the worst of its filters."""
    rings = [
        (sum(operation.margins), step)
        for operation, step in zip(chain.operations, steps, strict=True)
        if isinstance(operation, Filtering) and not isinstance(step, CommonReference)
    ]
    ring, step = max(rings, key=lambda entry: entry[0])
    total = sum(chain.margins)
    ways = [_remedy(step, rate)]
    if not isinstance(step, Notch) and step.order > 1:
        ways.append("a lower order")
    if not step.causal and total - ring // 2 <= MOST_RING:
        ways.append("causal")
    alone = "" if ring == total else f" of {_lasting(total / rate)} of the whole chain"
    return OptionError(
        f"{step.describe()} rings for {_lasting(ring / rate)}{alone}, and "
        f"{_lasting(MOST_RING / rate)} are the most at {rate:.9g} Hz; take "
        f"{', '.join(ways[:-1])}{' or ' * (len(ways) > 1)}{ways[-1]}."
    )


def _remedy(step: FilterStep, rate: float) -> str:
    """Return what makes a filter ring for less: poles that are farther from the unit circle."""
    match step:
        case Notch(frequency, quality):
            above = rate / 2 - frequency
            if half_gap(frequency, quality) < min(frequency, above):
                return "a lower quality"
            # One of the poles is real then, and the nearer to the end the wider the gap.
            return "a higher quality" if frequency < above else "a lower frequency"
        case BandPass(low, high):
            above = rate / 2 - high
            if high - low < 4 * min(low, above):
                return "a wider band"
            return "a higher lower edge" if low < above else "a lower upper edge"
        case _:
            return "a higher cutoff" if step.cutoff < rate / 4 else "a lower cutoff"


def _lasting(seconds: float) -> str:
    """Return a time in words, in a unit in which it is a number that people read."""
    for unit, size in (("days", 86_400), ("hours", 3600), ("minutes", 60)):
        if seconds >= 2 * size:
            return f"{_three_digits(seconds / size)} {unit}"
    return f"{_three_digits(seconds)} s"


def _three_digits(value: float) -> str:
    return f"{value:.3g}" if value < 999.5 else f"{value:,.0f}"
