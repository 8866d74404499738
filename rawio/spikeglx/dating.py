"""When a SpikeGLX recording was made.

``fileCreateTime`` of a .meta is the local date and time at which SpikeGLX made the file, to write
``firstSample`` and what came after it (SpikeGLX metadata guide). What CatGT writes has its own time
there, and that of the file it was made from as ``fileCreateTime_original``.
"""

from collections.abc import Iterable
from datetime import datetime

from rawio.dates import later, moment_of_text
from rawio.errors import Warn
from rawio.spikeglx.streams import StreamFile

KEYS = ("fileCreateTime_original", "fileCreateTime")


def recorded_at(files: Iterable[StreamFile], warn: Warn) -> datetime | None:
    """Return when the acquisition started, by the first of the files of one take that says so."""
    said: list[str] = []
    for file in files:
        key = next((key for key in KEYS if file.meta.text(key)), KEYS[0])
        where = f"{file.meta.path.name}, {key}"
        date = moment_of_text(file.meta.text(key), where, said.append)
        if date is not None:
            return later(date, -file.t_start)
    if said:
        warn(said[0])
    return None
