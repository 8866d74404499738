"""Measuring between two points of the picture: time, amplitude, and what lies between."""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from rawio import BaseRawIO
from viewer.engine.measure import SpanStatistics, difference, measuring
from viewer.model import View
from viewer.qt.bridge import Messenger
from viewer.qt.view.errands import Errands
from viewer.render.quantities import format_amount, format_duration


@dataclass(frozen=True)
class Measurement:
    """Two points of the picture, on the scale of one channel.

    Attributes
    ----------
    row : int or None
        Channel; None outside the lanes.
    sure : bool
        Whether it is certain that this channel is meant: traces may share a lane.
    start, stop : tuple of float
        Seconds on the axis, and physical units above the middle of the lane; these are NaN where
        heights are no amplitudes.
    statistics : SpanStatistics or None
        Of the channel between the points, as far as it is known.
    """

    row: int | None
    sure: bool
    start: tuple[float, float]
    stop: tuple[float, float]
    statistics: SpanStatistics | None = None

    @property
    def span(self) -> tuple[float, float]:
        """Seconds from the earlier point to the later."""
        first, last = sorted((self.start[0], self.stop[0]))
        return first, last

    @property
    def complete(self) -> bool:
        """Whether all samples between the points have been looked at."""
        return self.statistics is not None and self.statistics.share >= 1

    def lines(self, view: View) -> list[str]:
        """Return what was measured, in words, a line each."""
        way = difference(self.start, self.stop)
        hertz = "" if way.hertz is None else f" · {_frequency(way.hertz)}"
        lines = [f"{format_duration(abs(way.seconds))}{hertz}"]
        if self.row is None:
            return lines
        info = view.channels.infos[self.row]
        units = info.units or "counts"
        if math.isfinite(way.value):
            scale = "" if self.sure else f", by the scale of {info.name}"
            lines.append(f"Δ {format_amount(way.value, units)}{scale}")
        return [*lines, *(self._figures(info.name, units) if self.sure else [])]

    def _figures(self, name: str, units: str) -> list[str]:
        found = self.statistics
        if found is None:
            return [f"{name}: …"]
        if found.physical is None:
            return [f"{name}: no samples"]
        figures = found.physical
        lines = [
            f"{name}: RMS {format_amount(figures.std, units)}",
            f"peak to peak {format_amount(figures.peak_to_peak, units)}",
            f"mean {format_amount(figures.mean, units)}",
        ]
        if found.share < 1:
            lines.append(f"so far, {100 * found.share:.0f} %")
        if found.missing:
            lines.append(f"without {format_duration(found.missing)} of gaps")
        return lines


def _frequency(hertz: float) -> str:
    if hertz >= 1000:
        return f"{hertz / 1000:.4g} kHz"
    return f"{hertz:.4g} Hz" if hertz >= 1 else f"{hertz * 1000:.4g} mHz"


class Measurer:
    """Measures spans in a thread, the latest only, and tells what is known as it goes on.

    Parameters
    ----------
    view : View
    messenger : Messenger
    measured : callable
        Called in the GUI thread with a `Measurement` that has statistics; with one that was given
        up no more.
    tell : callable
        Called there with a sentence when reading fails.
    """

    def __init__(
        self,
        view: View,
        messenger: Messenger,
        measured: Callable[[Measurement], None],
        tell: Callable[[str], None],
    ) -> None:
        def work(
            job: tuple[BaseRawIO, Measurement], given_up: Callable[[], bool]
        ) -> Iterator[Measurement]:
            reader, asked = job
            assert asked.row is not None
            info = view.channels.infos[asked.row]
            where = info.stream, info.column, asked.span
            for part in measuring(reader, view.timeline, *where, cancelled=given_up):
                yield replace(asked, statistics=part)

        self._errands: Errands[tuple[BaseRawIO, Measurement], Measurement] = Errands(
            work, messenger, measured, tell, "measure", "measuring"
        )

    def measure(self, reader: BaseRawIO, asked: Measurement) -> None:
        """Find the statistics of a channel's span; what is under way is given up."""
        self._errands.send((reader, asked))

    def cancel(self) -> None:
        """Give up what is under way."""
        self._errands.give_up()

    @property
    def busy(self) -> bool:
        """Whether anything is being measured."""
        return self._errands.busy

    def close(self) -> None:
        """End the thread, not waiting."""
        self._errands.close()
