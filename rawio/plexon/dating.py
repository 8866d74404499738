"""When a .plx recording was made.

The header has Year, Month, Day, Hour, Minute and Second "when the data was acquired"
(``PlexonFiles.h``), by the clock of the recording computer: that of the start of the recording,
when the file is made. Timestamps count from the start of the acquisition, which may have been
before that; the Start event (channel 258) has the timestamp of the start of the recording.
"""

from collections.abc import Sequence
from datetime import datetime

import numpy as np

from rawio.dates import later, moment_of_fields
from rawio.errors import Warn
from rawio.plexon import layout
from rawio.plexon.headers import PlexonHeaders
from rawio.plexon.index import Index
from rawio.plexon.segments import Segments, Stream, rows_in_segment


def recorded_at(
    headers: PlexonHeaders,
    index: Index,
    segments: Segments,
    streams: Sequence[Stream],
    warn: Warn,
) -> datetime | None:
    """Return when timestamp 0 of the first segment was, None if the header has no date.

    Without a Start event in the first segment, as in files that other programs have made, the date
    is taken to be that of timestamp 0.
    """
    date = moment_of_fields(headers.file["Date"].tolist(), "the file header", warn)
    is_start = (index.keys["type"] == layout.EVENT) & (index.keys["channel"] == layout.START)
    starts = []
    for key in np.flatnonzero(is_start).tolist():
        rows = rows_in_segment(index, key, segments, 0)
        starts += index.tick[rows][:1].tolist()
    if not starts:
        return date
    # Where samples come before it, it is that of going on after a pause.
    first = min([*starts, *(s.tick[0] for s in streams if s.size[0])])
    return later(date, -float(first) / headers.clock)
