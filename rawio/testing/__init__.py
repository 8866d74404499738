"""`check_reader`: what every reader must do, checked on a recording of its format.

For the tests of a reader; needs no test framework::

    from rawio.testing import Expected, check_reader

    check_reader(ToyRawIO("toy.bin"), Expected(signals={(0, 0, 0): samples}))

It reads all of a short recording and parts of a long one, and raises `ReaderError` with one
sentence about the first thing that is wrong.
"""

from rawio.base import BaseRawIO
from rawio.testing._common import Expected, ReaderError
from rawio.testing._files import Untouched, check_copies
from rawio.testing._header import check_errors, check_header, check_unparsed
from rawio.testing._points import check_events, check_spikes
from rawio.testing._signals import check_scaling, check_selections, check_signals, check_threads

__all__ = ["Expected", "ReaderError", "check_reader"]


def check_reader(reader: BaseRawIO, expected: Expected | None = None) -> None:
    """Check a reader on its recording.

    Parameters
    ----------
    reader : BaseRawIO
        Best not parsed yet: then that, too, is checked.
    expected : Expected or None
        What the recording holds, from another source than the reader; values are then compared
        with it. Without it, the ways of reading them are compared with each other.

    Raises
    ------
    ReaderError
        An `AssertionError` that says what is wrong and where.
    """
    untouched = Untouched(reader)
    if reader.header is None:
        check_unparsed(reader)
        reader.parse_header()
    expected = expected or Expected()
    check_header(reader)
    check_errors(reader)
    check_signals(reader, expected)
    check_selections(reader)
    check_scaling(reader)
    check_spikes(reader, expected)
    check_events(reader, expected)
    check_threads(reader)
    check_copies(reader)
    untouched.check()
