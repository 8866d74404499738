"""When an Open Ephys recording was made.

Since 0.6 the GUI begins the ``sync_messages.txt`` of each recording with the computer's time at its
start, ``Software Time (milliseconds since midnight Jan 1st 1970 UTC): 1743680304612`` (before, that
line counted from nothing known). Every GUI writes ``settings.xml`` when the first recording of an
experiment starts, with ``<DATE>3 Apr 2025 13:38:24</DATE>`` in local time (``EditorViewport`` and
``RecordNode`` of the GUI's source). Sample numbers count from the start of acquisition, before it.
"""

import re
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

import numpy as np

from rawio.dates import MONTHS, after_1970, later, moment_of_fields, nonsense
from rawio.errors import RawIOError, Warn
from rawio.files import RawFile
from rawio.openephys.folders import RecordingFolder
from rawio.openephys.streams import Source
from rawio.openephys.takes import Cut, Take
from rawio.sources import noting
from rawio.texts import decoded, shown

SYNC_FILE = "sync_messages.txt"
HEAD_BYTES = 1 << 16
"""What is looked for is at the start of either file."""

_SOFTWARE = re.compile(r"Software Time \(milliseconds since [^)]*1970 UTC\)\s*:\s*(\d{1,15})\b")
_DATE = re.compile(r"<DATE>([^<]*)</DATE>")
_WRITTEN = re.compile(
    r"\s*(\d{1,2}) ([A-Za-z]{3})[a-z]* (\d{4}) (\d{1,2}):(\d{1,2}):(\d{1,2})\s*", re.ASCII
)


def recorded_at(take: Take, cut: Cut, sources: Sequence[Source], warn: Warn) -> datetime | None:
    """Return when second 0 of the first recording's clock was.

    Parameters
    ----------
    take, cut : Take, Cut
        Of the first recording.
    sources : sequence of Source
    warn : callable
        Takes a sentence about a date that can be none.
    """
    start = _start_of(cut, sources)
    folders = [recorded.folder for recorded in take.nodes]
    with noting():  # aside: of these files the recording needs no more than the date
        found = next(filter(None, map(_software_time, folders)), None)
        if found is None:
            found = _first_date(folders, warn)
    return later(found, -start)


def _start_of(cut: Cut, sources: Sequence[Source]) -> float:
    """Return the second at which a recording starts, 0 for one without signals.

    That is the least: samples ahead of a clock set back are left from the acquisition before.
    """
    segment, source = np.nonzero(cut.size)
    rates = np.array([s.rate for s in sources])
    return float((cut.tick[segment, source] / rates[source]).min()) if len(segment) else 0.0


def _software_time(folder: RecordingFolder) -> datetime | None:
    found = _SOFTWARE.search(_head(folder.path / SYNC_FILE))
    return None if found is None else after_1970(int(found[1]) / 1000)


def _first_date(folders: Sequence[RecordingFolder], warn: Warn) -> datetime | None:
    """Return the date of the settings; None for recordings behind the first of an experiment."""
    said: list[str] = []
    for folder in folders:
        if folder.recording != 1:
            continue
        found = _DATE.search(_head(folder.settings_file))
        date = None if found is None else _parsed(found[1], folder.settings_file.name, said.append)
        if date is not None:
            return date
    if said:
        warn(said[0])
    return None


def _parsed(text: str, name: str, warn: Warn) -> datetime | None:
    found = _WRITTEN.fullmatch(text)
    if found is None:
        if text.strip():
            warn(nonsense(f"{name}, DATE", shown(text.strip())))
        return None
    day, month, year, *clock = found.groups()
    fields = [int(year), MONTHS.get(month.lower(), 0), int(day), *map(int, clock)]
    return moment_of_fields(fields, f"{name}, DATE", warn)


def _head(path: Path) -> str:
    """Return the start of a text file, "" if there is none that can be read."""
    try:
        return decoded(RawFile(path).read(0, HEAD_BYTES).tobytes())
    except RawIOError:
        return ""
