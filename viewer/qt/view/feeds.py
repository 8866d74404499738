"""What a view's tiles come from: its reader, and the recording below it where that is a layer."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from rawio import BaseRawIO
from viewer.compute.layer import Layer
from viewer.engine.budget import Budget
from viewer.engine.engine import Engine, Listener
from viewer.engine.grid import RunView
from viewer.model import Channels, View
from viewer.model.channel_info import Readings
from viewer.render.build import Source


@dataclass(frozen=True)
class Request:
    """What became of asking for a view's tiles.

    Attributes
    ----------
    missing : int
        Tiles of what is shown that are to come.
    unreadable : int
        Tiles of what is shown that cannot be read.
    """

    missing: int
    unreadable: int


class Feeds:
    """The engines of a view.

    The recording below a layer gets an engine when it is first to be shown. From then on both are
    asked for what the view needs, so that going from one to the other takes no time.

    Parameters
    ----------
    reader : BaseRawIO
    view : View
        Of `reader`.
    listener : Listener
    budget : Budget
        Of the view; a layer and what is below it share it.
    index : bool
        See `Engine`.

    Attributes
    ----------
    main : Engine
        Of the reader.
    below : BaseRawIO or None
        What the reader is a layer over.
    """

    def __init__(
        self, reader: BaseRawIO, view: View, listener: Listener, budget: Budget, *, index: bool
    ) -> None:
        if isinstance(reader, Layer):
            reader.memory = budget.computed
        derived = reader.derived_from()
        self.below = None if derived is None else derived[0]
        self._budget = budget if self.below is None else budget.half()
        self._reader, self._view, self._listener, self._index = reader, view, listener, index
        self.main = Engine(reader, listener, self._budget, index=index)
        self._engine_below: Engine | None = None
        self._scale_below: tuple[np.ndarray, np.ndarray] | None = None
        self._rest_below = np.zeros(len(view.channels))
        if self.below is not None:
            infos = Channels.of(self.below).infos
            gain, offset = (np.array([getattr(i, n) for i in infos]) for n in ("gain", "offset"))
            self._scale_below = gain, offset

    @property
    def shown(self) -> list[Engine]:
        """The engines of what is on screen, the lowest first."""
        shown = "processed" if self.below is None else self._view.shown
        below = [] if self._engine_below is None else [self._engine_below]
        return {"processed": [self.main], "raw": below}.get(shown, [*below, self.main])

    def center_below(self, rest: np.ndarray) -> None:
        """Take in the resting levels of the recording below, in physical units by channel."""
        self._rest_below = rest

    @property
    def readings(self) -> Readings | None:
        """What the values on top of the picture mean, where not what the channels say."""
        return self._readings() if self.shown[-1] is self._engine_below else None

    @property
    def reader_shown(self) -> BaseRawIO:
        """The reader of what is on top of the picture."""
        below = self.below if self.shown[-1:] == [self._engine_below] else None
        return self._reader if below is None else below

    def _readings(self) -> Readings:
        """Return what values of the recording below mean, moved as the reader's own are."""
        assert self._scale_below is not None
        channels = self._view.channels
        rest = self._rest_below if channels.remove_dc else 0.0
        return Readings(*self._scale_below, channels.offset - rest)

    def sources(self, runs: Sequence[RunView]) -> list[Source]:
        """Return where the traces on screen come from, the lowest first."""
        shown = self.shown
        return [
            Source(
                runs,
                engine.tile,
                None if engine is self.main else self._readings(),
                faded=engine is not shown[-1],
            )
            for engine in shown
        ]

    def request(self, runs: Sequence[RunView]) -> Request:
        """Have the tiles of a view read; see `Engine.request`."""
        if (
            self.below is not None
            and self._engine_below is None
            and self._view.shown != "processed"
        ):
            self._engine_below = Engine(self.below, self._listener, self._budget, index=self._index)
        missing = unreadable = 0
        shown = self.shown
        for engine in self._all():
            absent = set(engine.request(runs))
            if engine in shown:
                failed = engine.failed & absent
                unreadable += len(failed)
                missing += len(absent) - len(failed)
        return Request(missing, unreadable)

    def look_ahead(self) -> None:
        """Read what a view that moves on will want."""
        for engine in self.shown:
            engine.look_ahead()

    def hurry(self) -> None:
        """Show something coarse in place of tiles that are not there yet."""
        for engine in self.shown:
            engine.hurry()

    @property
    def busy(self) -> bool:
        """Whether something on screen will get better."""
        return any(engine.busy for engine in self.shown)

    @property
    def indexed(self) -> float | None:
        """Share of what is on screen that is indexed, of the lesser; None where nothing is."""
        shares = [engine.indexer.share for engine in self.shown]
        return min((share for share in shares if share is not None), default=None)

    @property
    def lost(self) -> str | None:
        """Why nothing is shown any more, as a sentence."""
        return next((engine.lost for engine in self._all() if engine.lost is not None), None)

    def close(self) -> None:
        """Stop all threads, not waiting."""
        for engine in self._all():
            engine.close()

    def _all(self) -> list[Engine]:
        return [e for e in (self._engine_below, self.main) if e is not None]
