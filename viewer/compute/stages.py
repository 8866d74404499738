"""Stages: a segment in blocks, and what steps make of it, block by block.

Blocks lie on a grid that begins with the segment and does not depend on what is asked for, and a
block of a stage is made of blocks of the stage below it. So a sample has one value, to the last
bit, wherever a chunk begins that it is part of.

Each block is filtered as if the signal had rested at the block's first sample for ever. What it
should have been started with is reckoned from the blocks before, as far back as the filter rings
(`viewer.compute.design.Filter.carry`), and with that the block's first samples are filtered once
more, until the filter has rung out. So two small states of each block are all that the others need
of it, however long a filter rings. At the ends of the segment the state at rest is what is meant to
be there.

Blocks are where the backend computes; states and gaps, which are small or rare, are NumPy's.
"""

from dataclasses import dataclass
from typing import NamedTuple, Protocol

import numpy as np

from viewer.compute.backend import Array, Backend
from viewer.compute.chain import Chain, Filtering, Referencing
from viewer.compute.design import Filter
from viewer.compute.kept import Kept

BLOCK_VALUES = 1 << 19
"""Values of a block at most, where filters ring for a few thousand samples or less."""

LEAST_VALUES = BLOCK_VALUES // 4
"""Below this, calls cost more than what they compute."""

DEVICE = 8
"""Times as many values, and as many bytes kept, where a CUDA device computes: it needs more at a
time to be busy."""

LONG_VALUES = 1 << 21
"""Values of a block at most, where filters ring for so long that few blocks are better."""

RINGS = 4
"""Blocks are this much longer than the filters ring, within these limits."""

MOST_BACK = 16
"""Blocks over which a filter rings at most, within these limits."""

ROUGH_STEP = 1024
"""Samples of a block for rough looks at least, within these limits."""

BLOCK_BYTES = 64 << 20
STATE_BYTES = 24 << 20
CARRY_BYTES = 1 << 20
GAP_BYTES = 8 << 20
"""What is kept of blocks, of states, of what becomes of them, and of gaps."""

MEMORY = BLOCK_BYTES + STATE_BYTES + CARRY_BYTES + GAP_BYTES
"""Bytes that a workshop keeps at most, where it is not told to keep fewer."""

LEAST_SHARE = 1 / 4
"""Of all that. With fewer blocks at hand, chains would compute the same ones over and over."""


@dataclass(frozen=True)
class Grid:
    """Blocks of `step` samples in a segment of `size`; the last may be short."""

    size: int
    step: int

    @classmethod
    def of(
        cls, size: int, channels: int, ring: int, times: int = 1, *, rough: bool = False
    ) -> "Grid":
        """Choose blocks for filters that ring for `ring` samples.

        Parameters
        ----------
        size : int
            Samples of the segment.
        channels, ring : int
        times : int
            How many times as large blocks may be; see `DEVICE`.
        rough : bool
            For looks of a few samples here and there: no more is computed than they need.
        """
        least, most, longest = (
            times * values / max(1, channels)
            for values in (LEAST_VALUES, BLOCK_VALUES, LONG_VALUES)
        )
        step = min(max(ring, ROUGH_STEP) if rough else max(RINGS * ring, least), most)
        step = max(step, min(ring / MOST_BACK, longest), 32)
        return cls(size, 1 << (int(step).bit_length() - 1))

    @property
    def count(self) -> int:
        """Number of blocks."""
        return -(-self.size // self.step)

    def span(self, number: int) -> tuple[int, int]:
        """Return the samples of a block, half-open."""
        return number * self.step, min((number + 1) * self.step, self.size)


class Workshop:
    """What stages share: the backend, and what was computed a moment ago.

    Parameters
    ----------
    backend : Backend
    memory : int
        Bytes to keep at most: all the budgets are lessened alike, to `LEAST_SHARE` at the least.
        On a CUDA device, blocks are kept in its own memory, and are `DEVICE` times as many.

    Attributes
    ----------
    backend : Backend
    times : int
        How many times as large blocks may be as on a CPU.
    blocks : Kept of Array
        By stage and number.
    rested : Kept of Rested
        By stage and number.
    states : Kept of States
        By stage and number.
    gaps : Kept of ndarray or None
        By stage and number.
    """

    def __init__(self, backend: Backend, memory: int = MEMORY) -> None:
        self.backend = backend
        self.times = 1 if backend.name == "numpy" else DEVICE
        share = min(max(memory / MEMORY, LEAST_SHARE), 1.0)
        half, states, gaps, carries = (
            int(share * size)
            for size in (self.times * BLOCK_BYTES // 2, STATE_BYTES, GAP_BYTES, CARRY_BYTES)
        )
        self.blocks: Kept[Array] = Kept(half, lambda block: block.nbytes)
        self.rested: Kept[Rested] = Kept(half, lambda rested: rested.y.nbytes)
        self.states: Kept[States] = Kept(states, lambda state: 2 * state.before.nbytes)
        self.gaps: Kept[np.ndarray | None] = Kept(gaps, lambda g: 0 if g is None else g.nbytes)
        self._carries: Kept[np.ndarray] = Kept(carries, lambda carry: carry.nbytes)

    def carry(self, kernel: Filter, count: int) -> np.ndarray:
        """Return `Filter.carry`."""
        return self._carries.get((kernel, count), lambda: kernel.carry(count))


class States(NamedTuple):
    """What a filter was started with before a block, and what it had come to after it.

    Both are arrays of float64, shape (2 * sections, channels).
    """

    before: np.ndarray
    after: np.ndarray


class Rested(NamedTuple):
    """A block filtered from rest, in the direction of the filter."""

    y: Array
    states: States


class Stage(Protocol):
    """A segment in blocks.

    Attributes
    ----------
    grid : Grid
    """

    grid: Grid

    def block(self, number: int) -> Array:
        """Return a block, float32, shape (samples, channels); it is not to be written to."""

    def gaps(self, number: int) -> np.ndarray | None:
        """Return which values of a block stand for missing ones; None where none does."""


class Referenced:
    """A stage less what channels have in common.

    Values that stand for missing ones do not count, unless a group has no others, but are lessened
    like the others.

    Parameters
    ----------
    below : Stage
    operation : Referencing
    workshop : Workshop
    """

    def __init__(self, below: Stage, operation: Referencing, workshop: Workshop) -> None:
        self.grid, self._below = below.grid, below
        self._operation, self._workshop = operation, workshop

    def block(self, number: int) -> Array:
        """Return a block."""
        return self._workshop.blocks.get((self, number), lambda: self._block(number))

    def gaps(self, number: int) -> np.ndarray | None:
        """Return which values stand for missing ones."""
        return self._below.gaps(number)

    def _block(self, number: int) -> Array:
        x, gaps = self._below.block(number), self.gaps(number)
        backend = self._workshop.backend
        kind, groups = self._operation.kind, self._operation.groups
        if gaps is None:
            return backend.reference(x, kind, groups)
        stand_ins = backend.download(x)
        holed = stand_ins.copy()
        for group in groups:
            holed[:, group] = _with_holes(stand_ins[:, group], gaps[:, group])
        y = backend.download(backend.reference(backend.upload(holed), kind, groups)).copy()
        for group in groups:
            y[:, group] = _without_holes(y[:, group], holed[:, group], stand_ins[:, group])
        return backend.upload(y)


def _with_holes(stand_ins: np.ndarray, gaps: np.ndarray) -> np.ndarray:
    """Return a group with NaN for what does not count: in gaps, save those of all its channels."""
    holes = gaps & ~gaps.all(axis=1, keepdims=True)
    return np.where(holes, np.float32(np.nan), stand_ins)


def _without_holes(y: np.ndarray, holed: np.ndarray, stand_ins: np.ndarray) -> np.ndarray:
    """Return a referenced group with its stand-ins, of which what the others lost is subtracted.

    Without that, the filters after it would see a step of the channel's whole resting level.
    """
    holes = np.isnan(holed)
    # What was subtracted is read off the channel nearest to 0, where least of it was rounded away.
    at = np.where(holes, np.inf, np.abs(holed)).argmin(axis=1)[:, np.newaxis]
    centre = np.take_along_axis(holed, at, axis=1) - np.take_along_axis(y, at, axis=1)
    return np.where(holes, stand_ins - centre, y)


class Filtered:
    """A stage after a filter that is run over it in one direction.

    Parameters
    ----------
    below : Stage
    kernel : Filter
    backwards : bool
        Run from the segment's last sample to its first.
    workshop : Workshop
    """

    def __init__(
        self, below: Stage, kernel: Filter, workshop: Workshop, *, backwards: bool
    ) -> None:
        self.grid, self._below, self._kernel = below.grid, below, kernel
        self._backwards, self._workshop = backwards, workshop
        self._reach = -(-kernel.ring // self.grid.step)

    def block(self, number: int) -> Array:
        """Return a block."""
        return self._workshop.blocks.get((self, number), lambda: self._block(number))

    def gaps(self, number: int) -> np.ndarray | None:
        """Return which values stand for missing ones."""
        return self._below.gaps(number)

    def _block(self, number: int) -> Array:
        y, _ = self._rested(number)
        state = self._state_before(number)
        if state is None:
            return self._turned(y)
        ring = self._kernel.ring
        start, _ = self._run(self._turned(self._below.block(number))[:ring], state)
        if len(start) < len(y):
            y = y.copy()
            y[:ring] = start
            return self._turned(y)
        return self._turned(start)

    def _state_before(self, number: int) -> np.ndarray | None:
        """Return the state that a block should be started with; None means at rest."""
        way = -1 if self._backwards else 1
        end = self.grid.count - 1 if self._backwards else 0
        first = number - way * min(self._reach, abs(number - end))
        state = None
        for earlier in range(first, number, way):
            states = self._states(earlier)
            if state is None:
                state = states.after
                continue
            start, stop = self.grid.span(earlier)
            carry = self._workshop.carry(self._kernel, stop - start)
            state = states.after + carry @ (state - states.before)
        return state

    def _states(self, number: int) -> States:
        return self._workshop.states.get((self, number), lambda: self._rested(number).states)

    def _rested(self, number: int) -> Rested:
        return self._workshop.rested.get((self, number), lambda: self._filter(number))

    def _filter(self, number: int) -> Rested:
        """Filter a block from rest at its first sample."""
        x = self._turned(self._below.block(number))
        first = self._workshop.backend.download(x[:1])
        before = self._kernel.rest.reshape(-1, 1) * first.astype(np.float64)
        y, after = self._run(x, before)
        return Rested(y, States(before, after))

    def _run(self, x: Array, before: np.ndarray) -> tuple[Array, np.ndarray]:
        """Filter samples in the filter's direction; return them and the state after them."""
        backend = self._workshop.backend
        delays = backend.upload(before.reshape(len(self._kernel.sos), 2, -1))
        y, after = backend.sosfilt(x, self._kernel.sos, delays)
        return y, backend.download(after).reshape(before.shape)

    def _turned(self, x: Array) -> Array:
        return x[::-1] if self._backwards else x


def staged(below: Stage, chain: Chain, workshop: Workshop) -> Stage:
    """Return the last stage of a chain over a first one."""
    for operation in chain.operations:
        if isinstance(operation, Filtering):
            below = Filtered(below, operation.kernel, workshop, backwards=False)
            if not operation.causal:
                below = Filtered(below, operation.kernel, workshop, backwards=True)
        else:
            below = Referenced(below, operation, workshop)
    return below
