"""Who draws the strip over the whole recording in a thread: ever better pictures while it reads."""

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from rawio import BaseRawIO
from viewer.engine.indexer import Indexer
from viewer.engine.overview import Group, Ticks, band_of, read_ticks
from viewer.engine.survey import GAP, Survey
from viewer.engine.workers import sentence_of
from viewer.model import Timeline
from viewer.model.theme import Color, Theme
from viewer.render.overview import Content, Strip, paint_strip

NEWS_SECONDS = 0.15
"""While it reads, pictures are shown this often."""


@dataclass(frozen=True, eq=False)
class Wish:
    """A picture that is wanted.

    Attributes
    ----------
    reader : BaseRawIO
    timeline : Timeline
    indexer : Indexer
        All three of the recording that is on show.
    strip : Strip
    groups : tuple of (Group, Color)
        A band for each.
    events : mapping of int to Color
        Event channels that are shown.
    theme : Theme
    unwanted : threading.Event
        Set once another picture is wanted instead.
    """

    reader: BaseRawIO
    timeline: Timeline
    indexer: Indexer
    strip: Strip
    groups: tuple[tuple[Group, Color], ...]
    events: Mapping[int, Color]
    theme: Theme
    unwanted: threading.Event


@dataclass(frozen=True, eq=False)
class Picture:
    """A picture of the strip.

    Attributes
    ----------
    image : ndarray of uint8, shape (height, width, 4)
    wish : Wish
        What it is of.
    final : bool
        Whether all that could be read by then is in it.
    """

    image: np.ndarray
    wish: Wish
    final: bool


class Artist:
    """Draws pictures; for one thread.

    What was read is kept from one picture to the next, as long as the recording and the width stay.

    Parameters
    ----------
    show : callable
        Called with each `Picture` but the last, which `draw` returns.
    tell : callable
        Called with a sentence where something cannot be read.
    """

    def __init__(self, show: Callable[[Picture], None], tell: Callable[[str], None]) -> None:
        self._show, self._tell = show, tell
        self._survey: Survey | None = None
        self._wished = 0
        self._ticks: tuple[Ticks, ...] | None = None
        self._told: set[str] = set()

    def draw(self, wish: Wish) -> Picture:
        """Return the picture of all that can be read now, or of a part once it is unwanted."""
        survey = self._survey_for(wish)
        shown_at = time.monotonic()
        for _ in survey.read():
            if wish.unwanted.is_set():
                return Picture(self._paint(wish, survey), wish, final=False)
            if time.monotonic() - shown_at > NEWS_SECONDS:
                self._show(Picture(self._paint(wish, survey), wish, final=False))
                shown_at = time.monotonic()
        for sentence in survey.problems:
            self._tell_once(sentence)
        if self._ticks is None:
            self._ticks = self._read_ticks(wish, survey)
        return Picture(self._paint(wish, survey), wish, final=True)

    def _survey_for(self, wish: Wish) -> Survey:
        kept = self._survey
        if (
            kept is None
            or kept.reader is not wish.reader
            or kept.indexer is not wish.indexer
            or self._wished != wish.strip.width
        ):
            kept = Survey(wish.reader, wish.timeline, wish.indexer, wish.strip.width)
            self._survey, self._ticks, self._wished = kept, None, wish.strip.width
        return kept

    def _read_ticks(self, wish: Wish, survey: Survey) -> tuple[Ticks, ...]:
        try:
            return read_ticks(wish.reader, wish.timeline, survey.viewport)
        except Exception as error:  # a strip without events is better than none
            self._tell_once(sentence_of(error, "reading events"))
            return ()

    def _tell_once(self, sentence: str) -> None:
        if sentence not in self._told:
            self._told.add(sentence)
            self._tell(sentence)

    def _paint(self, wish: Wish, survey: Survey) -> np.ndarray:
        states = [columns.state == GAP for columns in survey.columns]
        viewport = survey.viewport
        span = viewport.t_right - viewport.t_left
        content = Content(
            [(band_of(survey, group), color) for group, color in wish.groups],
            np.logical_and.reduce(states) if states else np.ones(viewport.width, bool),
            [
                (ticks.x, ticks.lasting, wish.events[ticks.channel])
                for ticks in self._ticks or ()
                if ticks.channel in wish.events
            ],
            [(s.t_start - viewport.t_left) / span for s in wish.timeline.segments[1:]],
            indexing=not survey.complete and wish.indexer.running,
        )
        return paint_strip(wish.strip, content, wish.theme)
