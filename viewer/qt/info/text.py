"""What a recording says of itself, in words: made in a thread, shown and copied in the window."""

import contextlib
import os
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from html import escape
from pathlib import Path
from typing import Any

from PyQt6.QtGui import QPalette

from rawio import BaseRawIO
from rawio.texts import listed, size_text
from viewer.model import Timeline
from viewer.qt.dialogs.amounts import count_text, rate_text
from viewer.qt.names import breakable, on_one_line
from viewer.render.quantities import format_amount, format_duration, signed, spelled
from viewer.report import describe

MOST_ROWS = 200
"""Units, events or segments that are listed; the docks of units and events have them all."""

MOST_NAMES = 40
"""Channels of a stream that are named; the dock of channels has them all."""

SHORT_NAME = 20
"""Characters of a name that is not broken."""

_AMOUNT = re.compile(r"(?<=\d) (?=(?:[nµmk]?[VAs]|min|h|k?Hz|bytes|[kMGT]B)\b)")
"""The space between a number and its unit, at which no line should end."""

Row = tuple[str, str]


@dataclass(frozen=True)
class Section:
    """Facts about one thing.

    Attributes
    ----------
    title : str
    rows : tuple of (str, str)
        What each is called, and what it is.
    """

    title: str
    rows: tuple[Row, ...]


@dataclass(frozen=True)
class Facts:
    """What there is to know about a recording.

    Attributes
    ----------
    sections : tuple of Section
    warnings : tuple of str
        A sentence each.
    """

    sections: tuple[Section, ...]
    warnings: tuple[str, ...]


def facts_of(reader: BaseRawIO, timeline: Timeline) -> Facts:
    """Find out what a recording says of itself; some of it is counted, so not for the GUI thread.

    Raises
    ------
    RawIOError
        What the reader raises.
    """
    report = describe(reader)
    sections = [Section("Recording", tuple(_recording(reader, report)))]
    if len(report["segments"]) > 1:
        sections.append(Section("Segments", tuple(_segments(report["segments"]))))
    sections += [Section(_title(stream), tuple(_stream(stream))) for stream in report["streams"]]
    for title, entries, noun in (
        ("Units", report["units"], "spike"),
        ("Events", report["events"], "event"),
    ):
        if entries:
            sections.append(Section(title, tuple(_counted(entries, noun))))
    return Facts(tuple(sections), (*report["warnings"], *timeline.warnings))


def _recording(reader: BaseRawIO, report: dict[str, Any]) -> Iterable[Row]:
    files = reader.source_files()
    path = Path(os.path.abspath(report["file"]) if files else report["file"])
    yield "Name", path.name
    if files:
        yield "Folder", str(path.parent)
    yield "Format", report["format"]
    if report["processing"]:
        yield "Processing", report["processing"]
    length, count = format_duration(report["duration"]), len(report["segments"])
    yield "Duration", length if count == 1 else f"{length} in {count_text(count, 'segment')}"
    if report["recorded_at"]:
        yield "Recorded", _begun(report)
    if files:
        size = size_text(sum(file.size for file in files))
        yield "On disk", f"{size} in {count_text(len(files), 'file')}"
    if not report["streams"]:
        yield "Signals", "none"
    if not report["units"]:
        yield "Units", "none"


def _begun(report: dict[str, Any]) -> str:
    """Return when the first segment began, to the second, with its zone if that is known."""
    moment = datetime.fromisoformat(report["recorded_at"])
    with contextlib.suppress(OverflowError):  # times that are none
        # Half a millisecond against rounding down.
        moment += timedelta(seconds=report["segments"][0]["t_start"], milliseconds=0.5)
    return f"{moment:%Y-%m-%d %H:%M:%S} {moment.tzname() or ''}".rstrip()


def _segments(segments: Sequence[dict[str, Any]]) -> Iterable[Row]:
    for number, segment in enumerate(segments[:MOST_ROWS], 1):
        start, stop = segment["t_start"], segment["t_stop"]
        length = format_duration(max(stop - start, 0.0))
        yield str(number), signed(f"{start:.6g} s to {stop:.6g} s ({length})")
    yield from _more(len(segments))


def _title(stream: dict[str, Any]) -> str:
    return f"Stream {stream['name']}".rstrip()


def _stream(stream: dict[str, Any]) -> Iterable[Row]:
    channels, rate = stream["channels"], stream["sampling_rate"]
    yield "Channels", f"{len(channels):,}"
    yield "Names", listed((channel["name"] for channel in channels), MOST_NAMES)
    yield "Rate", rate_text(rate)
    size = sum(segment["samples"] for segment in stream["segments"])
    yield "Samples", f"{size:,} of each channel, {format_duration(size / rate)}"
    yield "Type", stream["dtype"]
    yield "Units", listed(dict.fromkeys(spelled(c["units"]) or "none" for c in channels))
    if not stream["dtype"].startswith("float") or any(c["gain"] != 1 for c in channels):
        yield "Gain", _scale([(c["gain"], c["units"]) for c in channels], "a count")
    if any(channel["offset"] for channel in channels):
        yield "Offset", _scale([(c["offset"], c["units"]) for c in channels], "")
    probe = stream["probe"]
    if probe is not None:
        (x0, x1), (y0, y1) = probe["x_um"], probe["y_um"]
        contacts, shanks = (
            count_text(probe["contacts"], "contact"),
            count_text(probe["shanks"], "shank"),
        )
        places = signed(f"{x1 - x0:g} µm wide, from {y0:g} to {y1:g} µm")
        yield "Probe", f"{contacts} on {shanks}, {places}"


def _scale(values: Sequence[tuple[float, str]], each: str) -> str:
    """Return a gain or offset that all channels share, or the least and the greatest."""
    values = sorted(set(values))
    ends = values[:1] if len(values) == 1 else [values[0], values[-1]]
    text = " to ".join(format_amount(value, units or "(no unit)") for value, units in ends)
    return f"{text} {each}".rstrip()


def _counted(entries: Sequence[dict[str, Any]], noun: str) -> Iterable[Row]:
    """Return how many there are in all, then of each; those among samples are not counted."""
    counts = [entry["count"] for entry in entries if entry["count"] is not None]
    yield "In all", count_text(sum(counts), noun)
    for entry in entries[:MOST_ROWS]:
        count = entry["count"]
        yield entry["name"], "edges among the samples" if count is None else f"{count:,}"
    yield from _more(len(entries))


def _more(count: int) -> Iterable[Row]:
    if count > MOST_ROWS:
        yield "", f"and {count - MOST_ROWS:,} more"


def as_text(facts: Facts) -> str:
    """Return facts as plain text, a line each."""
    parts = [[_counted_warnings(facts), *facts.warnings]] if facts.warnings else []
    for section in facts.sections:
        rows = (f"{name}: {value}" if name else value for name, value in section.rows)
        parts.append([section.title, *rows])
    return "\n\n".join("\n".join(on_one_line(line, 10_000) for line in part) for part in parts)


def as_html(facts: Facts, palette: QPalette) -> str:
    """Return facts as what a text browser shows, in the colours of a palette."""
    return _warnings_html(facts, palette) + "".join(
        _section_html(section, palette) for section in facts.sections
    )


def _counted_warnings(facts: Facts) -> str:
    return count_text(len(facts.warnings), "warning")


def _warnings_html(facts: Facts, palette: QPalette) -> str:
    if not facts.warnings:
        return ""
    paper = palette.color(QPalette.ColorRole.Button).name()
    edge = palette.color(QPalette.ColorRole.Accent).name()
    sentences = "".join(f"<p style='margin: 4px 0 0 0'>{_safe(w)}</p>" for w in facts.warnings)
    return (
        "<table width='100%' cellspacing='0' cellpadding='0' style='margin-bottom: 6px'><tr>"
        f"<td width='4' bgcolor='{edge}'></td>"
        f"<td bgcolor='{paper}' style='padding: 7px 9px'>"
        f"<b>\N{WARNING SIGN} {_counted_warnings(facts)}</b>{sentences}</td></tr></table>"
    )


def _section_html(section: Section, palette: QPalette) -> str:
    faint = palette.color(QPalette.ColorRole.PlaceholderText).name()
    rows = "".join(
        f"<tr><td style='color: {faint}; padding: 1px 10px 1px 0{_unbroken(name)}'>"
        f"{_safe(name)}</td>"
        f"<td style='padding: 1px 0'>{_safe(value)}</td></tr>"
        for name, value in section.rows
    )
    return (
        f"<p style='margin-top: 8px; margin-bottom: 3px'><b>{_safe(section.title)}</b></p>"
        f"<table cellspacing='0' cellpadding='0'>{rows}</table>"
    )


def _unbroken(name: str) -> str:
    """Return what keeps a short name on one line: tables give their columns too little else."""
    return "; white-space: nowrap" if len(name) <= SHORT_NAME else ""


def _safe(text: str) -> str:
    whole = _AMOUNT.sub("\N{NO-BREAK SPACE}", on_one_line(text, 4000))
    return escape(breakable(whole))
