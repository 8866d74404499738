"""`Layer`: a chain of steps over a recording, which reads like a recording itself."""

import hashlib
import json
from collections.abc import Iterable
from copy import copy
from typing import Any, ClassVar

import numpy as np

from rawio import BaseRawIO, OptionError
from rawio.files import aligned_empty
from rawio.selection import Selection, as_slice, check_stream
from viewer.compute import choice
from viewer.compute.chain import Chain, Referencing
from viewer.compute.kept import Kept
from viewer.compute.over import Over
from viewer.compute.scaled import Scaled
from viewer.compute.stages import MEMORY, Grid, Stage, Workshop, staged
from viewer.compute.steps import Step, describe
from viewer.compute.text import chain_text

VERSION = 3
"""Of how samples are computed: indexes of layers of another version are made anew."""

ROUGH_RING = 2048
"""Samples that filters of `Layer.rough` know of."""

MOST_STAGES = 256
"""Segments, by the columns computed of them, that are kept ready."""


class Layer(Over):
    """A recording after a chain of steps, in its physical units; made of a reader of it.

    All that has to do with samples is float32 with a gain of 1 and no offset; all else, such as
    spikes, events, probes and warnings, is the source's. Samples are computed as they are asked
    for, and are those that the steps, each done to a whole segment before the next one, make of it
    (``docs/processing.md`` says it exactly). Where a chunk begins and ends does not matter.

    Parameters
    ----------
    source : BaseRawIO
        Its header is parsed if it is not yet.
    steps : sequence of Step
        Such as ``[HighPass(300), CommonReference("median")]``.
    streams : sequence of int, or None
        Which to process. None means all that can be: the others, such as field potentials too slow
        for a filter, keep their values, and ``warnings`` says so.

    Attributes
    ----------
    source : BaseRawIO
    steps : tuple of Step
    memory : int

    Raises
    ------
    OptionError
        When the steps are impossible, in all streams or in one that was asked for.

    Notes
    -----
    Probes are given to the layer (`set_probe`), which passes them on. What is given to the source
    once the layer is made comes too late for its references: they stay as they are.
    """

    name: ClassVar[str] = "layer"
    description: ClassVar[str] = "a recording after a chain of steps"
    _rough: "Layer | None"

    def __init__(
        self, source: BaseRawIO, steps: Iterable[Step], *, streams: Iterable[int] | None = None
    ) -> None:
        super().__init__(source)
        self.steps = tuple(steps) if isinstance(steps, Iterable) else ()
        if not self.steps or not all(isinstance(step, Step) for step in self.steps):
            raise OptionError(
                "a layer needs at least one step, such as [HighPass(300)]; of text, parse_chain "
                "makes steps."
            )
        self._streams = None if streams is None else tuple(streams)
        if self._streams == ():
            raise OptionError("streams names none to process; leave it out for all that can be.")
        self._memory, self._is_rough = MEMORY, False
        self.parse_header()

    def describe(self) -> str:
        """Return the chain in words, such as ``high-pass 300 Hz · median reference``."""
        return describe(self.steps)

    @property
    def processed(self) -> tuple[bool, ...]:
        """Whether each stream is processed; the others keep their values."""
        return tuple(chain is not None for chain in self._chains)

    # -- the header ------------------------------------------------------------------------------

    def _parse_header(self) -> None:
        super()._parse_header()
        channels = self._checked_header()["signal_channels"]
        channels["dtype"], channels["gain"], channels["offset"] = "float32", 1.0, 0.0
        self._chains = self._find_chains()
        self._start()

    def rough(self) -> "Layer":
        """Return a layer of the same steps that is quick to look into here and there, if not exact.

        Its filters are run over a few thousand samples at most before each place, whatever they
        would ring for; so what is slower than that, such as the drift before a high-pass of 1 Hz,
        is not yet gone. For previews, and for choosing a scale. It is over what is rough of the
        source; the layer itself where all filters ring out within as many samples.
        """
        source = rough_of(self.source)
        short = all(chain is None or chain.longest_ring <= ROUGH_RING for chain in self._chains)
        if short and source is self.source:
            return self
        if self._rough is None:
            rough = copy(self)
            rough.source, rough._is_rough = source, True
            rough._chains = [c and c.shortened(ROUGH_RING) for c in self._chains]
            rough._workshop = self._workshop  # within one budget
            self._rough = rough
        return self._rough

    @property
    def memory(self) -> int:
        """Bytes of what was computed that are kept at most, with those of layers below.

        Setting it forgets what is kept. A quarter of what a layer keeps unless it is told is the
        least that it works with; see `viewer.compute.stages.Workshop`.
        """
        below = self.source.memory if isinstance(self.source, Layer) else 0
        return self._memory + below

    @memory.setter
    def memory(self, size: int) -> None:
        if isinstance(self.source, Layer):
            self.source.memory = size // 2
            size -= size // 2
        self._memory = size
        self._start()

    def _start(self) -> None:
        self._rough = None
        self._workshop = Workshop(choice.backend(), self._memory)
        self._stages: Kept[Stage] = Kept(MOST_STAGES, lambda stage: 1)

    def _find_chains(self) -> list[Chain | None]:
        """Return the chain on each stream; None where it is not processed."""
        count = self.source.signal_streams_count()
        chains: list[Chain | None] = [None] * count
        reasons = {}
        asked = self._streams
        for stream in range(count) if asked is None else asked:
            check_stream(stream, count)
            try:
                chains[stream] = Chain.of(self.steps, self.source, stream)
            except OptionError as error:
                reasons[stream] = str(error)
        if reasons and (asked is not None or not any(chains)):
            raise OptionError(f"{self.filename}: {next(iter(reasons.values()))}")
        if not any(chains):
            raise OptionError(f"{self.filename}: there are no signals to process.")
        for stream, reason in reasons.items():
            name = str(self._checked_header()["signal_streams"]["name"][stream])
            self._warn(f"stream {name!r} is shown as it was recorded: {reason}")
        return chains

    def derived_from(self) -> tuple[BaseRawIO, str]:
        """Return the source, and a text that says all that tells this layer's samples from its."""
        header = self.source.header
        assert header is not None
        facts = []
        for rows, chain in zip(self._stream_members, self._chains, strict=True):
            channels = header["signal_channels"][rows]
            operations = () if chain is None else chain.operations
            groups = [
                [group.tolist() for group in operation.groups]
                for operation in operations
                if isinstance(operation, Referencing)
            ]
            scales = [channels["gain"].tolist(), channels["offset"].tolist()]
            facts.append([chain is not None, groups, scales])
        digest = hashlib.blake2b(json.dumps(facts).encode(), digest_size=8).hexdigest()
        return self.source, f"layer {VERSION}, {chain_text(self.steps)}, {digest}"

    # -- samples ---------------------------------------------------------------------------------

    def _get_analogsignal_chunk(
        self,
        block_index: int,
        seg_index: int,
        i_start: int,
        i_stop: int,
        stream_index: int,
        channels: Selection,
    ) -> np.ndarray:
        place = (block_index, seg_index, stream_index)
        columns = np.arange(len(self._stream_members[stream_index]))[channels]
        out = aligned_empty((i_stop - i_start, len(columns)), np.dtype(np.float32))
        if not out.size:
            return out
        chain = self._chains[stream_index]
        if chain is None:
            return self._as_recorded(place, i_start, i_stop, columns)
        needed = chain.needed_for(columns)
        stage = self._stages.get((place, needed.tobytes()), lambda: self._stage(place, needed))
        self._gather(stage, i_start, as_slice(np.searchsorted(needed, columns)), out)
        return out

    def _as_recorded(
        self, place: tuple[int, int, int], i_start: int, i_stop: int, columns: np.ndarray
    ) -> np.ndarray:
        block, segment, stream = place
        raw = self.source.get_analogsignal_chunk(
            block, segment, i_start, i_stop, stream_index=stream, channel_indexes=columns
        )
        return self.source.rescale_signal_raw_to_float(
            raw, "float32", stream_index=stream, channel_indexes=columns
        )

    def _stage(self, place: tuple[int, int, int], columns: np.ndarray) -> Stage:
        """Return what computes some columns of a segment."""
        chain = self._chains[place[2]]
        assert chain is not None
        # The same blocks whatever is selected, so that values are, too.
        n_channels = len(self._stream_members[place[2]])
        size, times = self.source.get_signal_size(*place), self._workshop.times
        grid = Grid.of(size, n_channels, chain.longest_ring, times, rough=self._is_rough)
        scaled = Scaled(self.source, place, columns, grid, self._workshop)
        return staged(scaled, chain.narrowed(columns), self._workshop)

    def _gather(self, stage: Stage, i_start: int, columns: Selection, out: np.ndarray) -> None:
        """Fill `out` with samples from `i_start` on; what is missing is NaN again."""
        grid, download = stage.grid, self._workshop.backend.download
        i_stop = i_start + len(out)
        for number in range(i_start // grid.step, -(-i_stop // grid.step)):
            first, last = grid.span(number)
            start, stop = max(first, i_start), min(last, i_stop)
            part = out[start - i_start : stop - i_start]
            part[...] = download(stage.block(number)[start - first : stop - first])[:, columns]
            gaps = stage.gaps(number)
            if gaps is not None:
                part[gaps[start - first : stop - first][:, columns]] = np.nan

    def __getstate__(self) -> dict[str, Any]:
        # What was computed stays here: another process may compute elsewhere.
        return {k: v for k, v in vars(self).items() if k not in ("_workshop", "_stages", "_rough")}

    def __setstate__(self, state: dict[str, Any]) -> None:
        vars(self).update(state)
        self._start()


def rough_of(reader: BaseRawIO) -> BaseRawIO:
    """Return what to look into for a first impression of a reader: see `Layer.rough`."""
    return reader.rough() if isinstance(reader, Layer) else reader


def done_to(reader: BaseRawIO, stream: int | None = None) -> str:
    """Return what was done to a reader's signals in words, the first first; "" for nothing.

    Of one stream only what was done to it; None means all that was done to any.
    """
    if not isinstance(reader, Layer):
        return ""
    here = reader.describe() if stream is None or reader.processed[stream] else ""
    return " · ".join(filter(None, (done_to(reader.source, stream), here)))
