"""Texts: out of files, whatever they were written with, and lists and sizes in sentences."""

import codecs
import reprlib
from collections.abc import Iterable

UTF_16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)

_SHORT = reprlib.Repr()
_SHORT.maxstring = _SHORT.maxlong = _SHORT.maxother = 80


def shown(value: object) -> str:
    """Return the `repr` of a value out of a file, without its middle if it is long."""
    return _SHORT.repr(value)


def decoded(raw: bytes) -> str:
    """Return text in UTF-8, without a byte order mark; in Latin-1 if it is no UTF-8.

    Acquisition programs write what people type in the code page of their Windows, and newer ones in
    UTF-8. In Latin-1 all bytes are text, and those of Western code pages the right one. Editors of
    Windows may have made UTF-16 of a file; then it has a byte order mark.
    """
    try:
        return raw.decode("utf-16" if raw.startswith(UTF_16) else "utf-8-sig")
    except UnicodeDecodeError:
        return raw.decode("latin-1")


def plain(head: bytes) -> bytes:
    """Return the first bytes of a file, to be searched for ASCII; those of UTF-16 as such."""
    return head.replace(b"\0", b"")[2:] if head.startswith(UTF_16) else head


def listed(names: Iterable[object], most: int = 4) -> str:
    """Return the first few names, as a list in a sentence, and how many others there are."""
    every = [str(name) for name in names]
    more = len(every) - most
    if more <= 0:
        return ", ".join(every)
    return f"{', '.join(every[:most])} and {more} other{'s' if more > 1 else ''}"


def size_text(nbytes: float) -> str:
    """Return a number of bytes with three digits or so, such as 1.25 MB."""
    for unit in ("bytes", "kB", "MB", "GB"):
        if nbytes < 999.5:
            return f"{nbytes:.3g} {unit}"
        nbytes /= 1000
    return f"{nbytes:.3g} TB" if nbytes < 999.5 else f"{nbytes:.0f} TB"
