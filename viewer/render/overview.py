"""The picture of the strip over the whole recording: bands, gaps, events; NumPy alone."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from viewer.engine.overview import MOST_BANDS, Band
from viewer.engine.survey import ABSENT, GAP, SURE
from viewer.model.theme import Color, Theme, oklch

LABELS = 16.0
"""Logical pixels at the bottom for times."""

TICKS = 6.0
"""Logical pixels at the top for events, where there are any."""

MARGIN = 3.0
"""Logical pixels above and below the bands."""

BETWEEN = 2.0
"""Logical pixels from one band to the next."""

LEAST_BAND = 6.5
"""Logical pixels of a band at least: in a low strip there are fewer."""

PROGRESS = 2.0
"""Logical pixels of the line that says what is indexed."""

OUTER, BODY = 0.38, 0.92
"""How much of a band's colour the extremes have, and what most channels do."""

UNSURE = 0.45
"""How much of that is left where not all samples count."""

TAIL = 0.5
"""Per cent of the columns, at either end, that may reach beyond their band."""

MOST_REACH = 6.0
"""Nor does a band reach further than so many times what it does in half of the columns: a few
artifacts leave the rest to be seen."""

HATCH = 7.0
"""Logical pixels from one line of the hatching to the next."""

FEW_SEGMENTS = 8.0
"""Logical pixels to a segment, on average, from which on their boundaries are lines."""

DASH, PERIOD = 2.0, 6.0
"""Logical pixels of a dash where a band pauses, without its ends, and from one to the next."""


@dataclass(frozen=True)
class Strip:
    """Where everything lies, in physical pixels.

    Attributes
    ----------
    width, height : int
    ratio : float
        Physical pixels to a logical one.
    top, bottom : int
        Of the space for the bands, half-open.
    """

    width: int
    height: int
    ratio: float
    top: int
    bottom: int

    @staticmethod
    def height_of(count: int, has_events: bool) -> float:
        """Return the logical pixels in which so many bands have a row each."""
        room = 2 * MARGIN + count * (LEAST_BAND + BETWEEN) - BETWEEN
        return (TICKS if has_events else 0.0) + room + LABELS

    @classmethod
    def of(cls, width: int, height: int, ratio: float, has_events: bool) -> "Strip":
        """Divide a strip of so many physical pixels."""
        top = round(TICKS * ratio) if has_events else 0
        bottom = height - round(LABELS * ratio)
        return cls(width, height, ratio, top, max(bottom, top + 1))

    def px(self, logical: float) -> int:
        """Return logical pixels as whole physical ones, at least 1."""
        return max(1, round(logical * self.ratio))

    @property
    def most_bands(self) -> int:
        """How many bands it has room for, at most `MOST_BANDS`."""
        room = (self.bottom - self.top) / self.ratio - 2 * MARGIN
        return min(max(1, int((room + BETWEEN) / (LEAST_BAND + BETWEEN))), MOST_BANDS)

    def row(self, number: int, count: int) -> int:
        """Return the row of one of `count` bands: where too many for one each, neighbours share."""
        return number * min(count, self.most_bands) // count

    def band(self, number: int, count: int) -> tuple[float, float]:
        """Return the upper and lower edge of one of `count` bands."""
        number, count = self.row(number, count), min(count, self.most_bands)
        margin, between = MARGIN * self.ratio, BETWEEN * self.ratio
        room = max(self.bottom - self.top - 2 * margin - between * (count - 1), count)
        top = self.top + margin + number * (room / count + between)
        return top, top + room / count


@dataclass(frozen=True, eq=False)
class Content:
    """What a strip shows.

    Attributes
    ----------
    bands : sequence of (Band, Color)
        From top to bottom.
    gaps : ndarray of bool, shape (columns,)
        Where no stream has samples.
    ticks : sequence of (ndarray of int64, bool, Color)
        Columns with events, whether these last, and their colour.
    boundaries : sequence of float
        Where segments begin, but the first; as shares of the width.
    indexing : bool
        Whether to say which columns are indexed.
    """

    bands: Sequence[tuple[Band, Color]]
    gaps: np.ndarray
    ticks: Sequence[tuple[np.ndarray, bool, Color]] = ()
    boundaries: Sequence[float] = ()
    indexing: bool = False


def accent(theme: Theme) -> Color:
    """Return the colour of what a person can take hold of, and of progress."""
    return oklch(0.70, 0.12, 250) if theme.name == "dark" else oklch(0.55, 0.15, 250)


def paint_strip(strip: Strip, content: Content, theme: Theme) -> np.ndarray:
    """Return the picture, uint8 (height, width, 4), without window and labels."""
    canvas = np.empty((strip.height, strip.width, 3), np.float32)
    canvas[:] = theme.background
    canvas[strip.bottom :] = theme.gutter
    # The column of each pixel: there may be fewer.
    column = np.arange(strip.width) * len(content.gaps) // strip.width
    canvas[: strip.bottom, content.gaps[column]] = theme.void
    rows = _rows(strip, content)
    for top, bottom, bands in rows:
        empty = np.logical_and.reduce([band.state == GAP for band in bands])
        canvas[top:bottom, empty[column]] = theme.void
    for number, (band, color) in enumerate(content.bands):
        _paint_band(canvas, strip, band, color, strip.band(number, len(content.bands)), column)
    sure = _least_state(content)[column]
    _hatch(canvas, strip, (sure != GAP) & (sure != SURE), theme)
    _paint_boundaries(canvas, strip, content.boundaries, theme)
    for top, bottom, bands in rows:
        pauses = np.unique(np.concatenate([band.pauses for band in bands]))
        x = pauses * strip.width // len(content.gaps)
        _paint_pauses(canvas[top:bottom], strip, x, theme)
    _paint_ticks(canvas, strip, content)
    if content.indexing:
        line = slice(strip.bottom - strip.px(PROGRESS), strip.bottom)
        canvas[line] = theme.grid
        canvas[line, sure == SURE] = accent(theme)
    image = np.full((strip.height, strip.width, 4), 255, np.uint8)
    image[..., :3] = np.rint(canvas)
    return image


def _rows(strip: Strip, content: Content) -> list[tuple[int, int, list[Band]]]:
    """Return the upper and lower edge of each row, in whole pixels, and the bands in it."""
    count = len(content.bands)
    edges = {strip.row(number, count): strip.band(number, count) for number in range(count)}
    return [
        (
            round(top),
            min(round(bottom), strip.bottom),
            [b for number, (b, _) in enumerate(content.bands) if strip.row(number, count) == row],
        )
        for row, (top, bottom) in edges.items()
    ]


def _least_state(content: Content) -> np.ndarray:
    """Return what is known of the least known band in each column; `GAP` where none is."""
    least = np.full(len(content.gaps), GAP, np.uint8)
    for band, _ in content.bands:
        there = band.state != GAP
        least = np.where(there & (least != GAP), np.minimum(least, band.state), least)
        least = np.where(there & (least == GAP), band.state, least)
    return least


def _paint_band(
    canvas: np.ndarray,
    strip: Strip,
    band: Band,
    color: Color,
    edges: tuple[float, float],
    column: np.ndarray,
) -> None:
    low, high = _reach(band)
    top, bottom = edges
    slope = (bottom - top) / (high - low)
    state = band.state[column]
    strength = np.where(state == SURE, 1.0, np.where(state > ABSENT, UNSURE, 0.0))
    strength[np.isnan(band.low[column])] = 0.0  # samples that are no numbers
    rows = slice(max(0, int(top) - 1), min(strip.bottom, int(bottom) + 2))
    ink = np.array(color, np.float32)
    for lower, upper, alpha in (
        (band.low, band.high, OUTER),
        (band.body_low, band.body_high, BODY),
    ):
        with np.errstate(over="ignore"):  # of samples that are infinite
            # Screens count downwards.
            y0, y1 = (
                np.clip(top + (high - np.nan_to_num(side[column])) * slope, top, bottom)
                for side in (upper, lower)
            )
        thin = np.maximum(0.0, strip.ratio - (y1 - y0)) / 2
        y0, y1 = y0 - thin, y1 + thin
        y = np.arange(rows.start, rows.stop)[:, np.newaxis]
        share = np.clip(np.minimum(y + 1, y1) - np.maximum(y, y0), 0, 1) * (strength * alpha)
        canvas[rows] += (ink - canvas[rows]) * share[..., np.newaxis].astype(np.float32)


def _reach(band: Band) -> tuple[float, float]:
    """Return the values at the lower and the upper edge of a band, the rest between them."""
    low, high = band.low[np.isfinite(band.low)], band.high[np.isfinite(band.high)]
    if not (len(low) and len(high)):
        return -1.0, 1.0
    middle_low, middle_high = float(np.median(low)), float(np.median(high))
    bottom = min(0.0, float(np.percentile(low, TAIL)))
    top = max(0.0, float(np.percentile(high, 100 - TAIL)))
    usual = max(-middle_low, middle_high)
    if usual > 0:
        bottom, top = max(bottom, -MOST_REACH * usual), min(top, MOST_REACH * usual)
    return (bottom, top) if top > bottom else (bottom - 1.0, top + 1.0)


def _hatch(canvas: np.ndarray, strip: Strip, where: np.ndarray, theme: Theme) -> None:
    """Draw slanting lines over columns."""
    if not where.any():
        return
    x = np.flatnonzero(where)
    y = np.arange(strip.top, strip.bottom)[:, np.newaxis]
    period = HATCH * strip.ratio
    distance = np.abs((x + y) % period - period / 2)
    share = np.clip(strip.ratio - distance + 0.5, 0, 1)[..., np.newaxis].astype(np.float32) * 0.8
    part = canvas[strip.top : strip.bottom, x]
    ink = np.array(theme.loading, np.float32)
    canvas[strip.top : strip.bottom, x] = part + (ink - part) * share


def _paint_boundaries(
    canvas: np.ndarray, strip: Strip, boundaries: Sequence[float], theme: Theme
) -> None:
    if len(boundaries) * FEW_SEGMENTS * strip.ratio > strip.width:
        return
    for share in boundaries:
        x = min(int(share * strip.width), strip.width - 1)
        part = canvas[: strip.bottom, x : x + strip.px(1)]
        part += (np.array(theme.faint, np.float32) - part) * np.float32(0.6)


def _paint_pauses(canvas: np.ndarray, strip: Strip, columns: np.ndarray, theme: Theme) -> None:
    """Draw dashed lines at columns, or where these would hide the band, the first dash of each."""
    width = strip.px(1)
    x = (columns[:, np.newaxis] + np.arange(width)).ravel()
    x = x[x < canvas.shape[1]]
    dense = len(columns) * FEW_SEGMENTS * strip.ratio > strip.width
    for top in range(0, 1 if dense else len(canvas), strip.px(PERIOD)):
        # Dark ends on light colours, light ones on dark: seen on any.
        canvas[top : top + 2 * width + strip.px(DASH), x] = theme.background
        canvas[top + width : top + width + strip.px(DASH), x] = theme.text


def _paint_ticks(canvas: np.ndarray, strip: Strip, content: Content) -> None:
    for columns, lasting, color in content.ticks:
        first = columns * strip.width // len(content.gaps)
        last = (columns + 1) * strip.width // len(content.gaps)
        there = np.zeros(strip.width + 1, np.int64)
        np.add.at(there, first, 1)
        np.add.at(there, np.maximum(last, np.minimum(first + strip.px(1), strip.width)), -1)
        x = np.flatnonzero(np.cumsum(there[:-1]))
        canvas[strip.px(1) : strip.top // 2 if lasting else strip.top, x] = color
