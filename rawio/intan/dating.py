"""When an Intan recording was made.

No file of it has a date, but its name has: Intan's software calls files, and folders of .dat files,
``base_YYMMDD_HHMMSS`` after the local time at which it made them.
"""

import re
from datetime import datetime

from rawio.dates import later, moment
from rawio.intan.contents import Contents

_STAMPED = re.compile(r".*_(\d\d)(\d\d)(\d\d)_(\d\d)(\d\d)(\d\d)", re.ASCII | re.DOTALL)


def recorded_at(contents: Contents, t_start: float) -> datetime | None:
    """Return when timestamp 0 was, None if the name does not say.

    Parameters
    ----------
    contents : Contents
    t_start : float
        Seconds of the first sample. A file that continues another one starts late, and was made
        then; one that a trigger started begins before 0, and was made at 0, when that came.
    """
    path = contents.files[0]
    attached = contents.layout == "header-attached"
    found = _STAMPED.fullmatch(path.stem if attached else path.absolute().parent.name)
    if found is None:
        return None
    year, *rest = map(int, found.groups())
    return later(moment([2000 + year, *rest]), -max(t_start, 0.0))
