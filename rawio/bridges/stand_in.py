"""Our readers where neo's are asked for by class: ``neo.rawio.PlexonRawIO`` and the like.

Programs written for neo find a reader by its name in ``neo.rawio`` or ``neo.io``, and some check
that it is a ``neo.rawio.baserawio.BaseRawIO``. `as_neo` makes one reader pass that check; `install`
puts all of ours in the place of neo's, for this process::

    from rawio.bridges import stand_in

    stand_in.install()
    recording = spikeinterface.extractors.read_plexon("session.plx")  # read by rawio
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from rawio.bridges._neo_source import neo_module
from rawio.bridges.blocks import io_class
from rawio.bridges.raw_binary import RawBinarySignalRawIO
from rawio.bridges.twins import as_neo, neo_class
from rawio.opening import NATIVE

__all__ = ["as_neo", "install", "installed", "uninstall"]

_replaced: list[tuple[Any, str, Any]] = []


def install() -> list[str]:
    """Put our native readers in the place of neo's, in ``neo.rawio``, ``neo.io`` and ``neo``.

    Holds for this process and those forked from it. A second call changes nothing.

    Returns
    -------
    list of str
        Names of the readers replaced.

    Raises
    ------
    OptionError
        When neo is not installed.
    """
    rawio = neo_module("neo.rawio")
    if _replaced:
        return [name for module, name, _ in _replaced if module is rawio and name != "rawiolist"]
    pairs = {
        getattr(rawio, reader_class.__name__): neo_class(reader_class)
        for reader_class in (*NATIVE, RawBinarySignalRawIO)
        if hasattr(rawio, reader_class.__name__)
    }
    for theirs, ours in pairs.items():
        _replace(rawio, theirs.__name__, ours)
    _replace(rawio, "rawiolist", [pairs.get(entry, entry) for entry in rawio.rawiolist])
    _install_io(pairs)
    return [ours.__name__ for ours in pairs.values()]


def uninstall() -> None:
    """Put neo's own classes back."""
    while _replaced:
        module, name, value = _replaced.pop()
        setattr(module, name, value)


@contextmanager
def installed() -> Iterator[list[str]]:
    """Have our readers in neo's place for the length of a ``with`` block."""
    before = bool(_replaced)
    names = install()
    try:
        yield names
    finally:
        if not before:
            uninstall()


def _install_io(pairs: dict[type, type]) -> None:
    """Replace the classes of ``neo.io`` that are made of those replaced in ``neo.rawio``."""
    io = neo_module("neo.io")
    instead = {
        entry: io_class(ours.ours, entry)  # type: ignore[attr-defined]
        for entry in io.iolist
        for theirs, ours in pairs.items()
        if issubclass(entry, theirs)
    }
    for module in (io, neo_module("neo")):
        for name, value in list(vars(module).items()):
            if isinstance(value, type) and value in instead:
                _replace(module, name, instead[value])
    _replace(io, "iolist", [instead.get(entry, entry) for entry in io.iolist])
    by_extension = {
        extension: [instead.get(entry, entry) for entry in entries]
        for extension, entries in io.io_by_extension.items()
    }
    _replace(io, "io_by_extension", by_extension)


def _replace(module: Any, name: str, value: Any) -> None:
    _replaced.append((module, name, getattr(module, name)))
    setattr(module, name, value)
