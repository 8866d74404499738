"""Our readers where neo's are asked for by class: ``neo.rawio.PlexonRawIO`` and the like.

Programs written for neo find a reader by its name in ``neo.rawio`` or ``neo.io``, and some check
that it is a ``neo.rawio.baserawio.BaseRawIO``. `as_neo` makes one reader pass that check; `install`
puts all of ours in the place of neo's, for this process::

    from rawio.bridges import stand_in

    stand_in.install()
    recording = spikeinterface.extractors.read_plexon("session.plx")  # read by rawio
"""

import inspect
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

from rawio._annotations import describe_annotations
from rawio.base import BaseRawIO
from rawio.bridges._neo_source import neo_module
from rawio.bridges.raw_binary import RawBinarySignalRawIO
from rawio.opening import NATIVE

NO_MATTER = ("progress_bar", "verbose", "use_cache", "cache_path")
"""Arguments of neo's readers that change nothing of what is read."""

_classes: dict[type, type] = {}
_io_classes: dict[tuple[type, type], type] = {}
_replaced: list[tuple[Any, str, Any]] = []


def neo_class(reader_class: type[BaseRawIO]) -> type:
    """Return a subclass of one of our readers that is a ``neo.rawio`` reader too.

    Parameters
    ----------
    reader_class : type

    Returns
    -------
    type
        Of the same name; ours in every method that both have.

    Raises
    ------
    OptionError
        When neo is not installed.
    """
    neo_base = neo_module("neo.rawio.baserawio").BaseRawIO
    if issubclass(reader_class, _Reader):
        return reader_class
    if reader_class not in _classes:
        name = reader_class.__name__
        body = {
            "__module__": __name__,
            "__doc__": reader_class.__doc__,
            "ours": reader_class,
            "places": _places(_neos_own(name)),
        }
        bases = (*HABITS.get(name, ()), _Reader, reader_class, neo_base)
        _classes[reader_class] = type(name, bases, body)
    return _classes[reader_class]


def as_neo(reader: BaseRawIO) -> Any:
    """Return a reader, sharing all of its state, that is a ``neo.rawio`` reader too.

    Parameters
    ----------
    reader : BaseRawIO
        Parsed or not.

    Returns
    -------
    neo.rawio.baserawio.BaseRawIO
    """
    return twin_of(reader, neo_class(type(reader)))


def twin_of(reader: BaseRawIO, kind: type) -> Any:
    """Return an object of a class made from that of a reader, sharing all of the reader's state."""
    twin: Any = object.__new__(kind)
    twin.__dict__ = reader.__dict__
    return twin


def io_class(reader_class: type[BaseRawIO], like: type | None = None) -> type:
    """Return a class that makes trees of neo objects as those of ``neo.io`` do.

    Parameters
    ----------
    reader_class : type
        One of ours.
    like : type or None
        The class of ``neo.io`` of which it takes the place.

    Returns
    -------
    type
        A subclass of both `neo_class` and neo's ``BaseFromRaw``.
    """
    base = neo_module("neo.io.basefromrawio").BaseFromRaw
    key = (reader_class, like or base)
    if key not in _io_classes:
        body = {
            name: getattr(like, name)
            for name in ("mode", "_prefered_signal_group_mode", "__doc__")
            if hasattr(like, name)
        }
        body |= {"__module__": __name__, "places": _places(like)}
        name = f"{reader_class.__name__}Blocks" if like is None else like.__name__
        _io_classes[key] = type(name, (_Blocks, neo_class(reader_class), base), body)
    return _io_classes[key]


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


class _Reader:
    """What neo's base class has beyond the methods of ours."""

    ours: type[BaseRawIO]
    places: tuple[str, ...]
    logger = logging.getLogger("rawio")
    _cache = None

    def __init__(self, *arguments: Any, **named: Any) -> None:
        count = len(self.places)  # arguments without a name are in neo's order
        named |= dict(zip(self.places, arguments, strict=False))
        arguments = arguments[count:]
        taken = inspect.signature(self.ours.__init__).parameters
        for name in NO_MATTER:
            if name not in taken:
                named.pop(name, None)
        super().__init__(*arguments, **named)

    def __reduce__(self) -> tuple[Any, ...]:
        return as_neo, (twin_of(self, self.ours),)  # type: ignore[arg-type]

    @property
    def _several_channel_groups(self) -> bool:
        return self.signal_streams_count() > 1  # type: ignore[attr-defined]

    def _source_name(self) -> str:
        return self.source_name()  # type: ignore[attr-defined]

    def _repr_annotations(self) -> str:
        return describe_annotations(self.raw_annotations)  # type: ignore[attr-defined]


class _EpochsInSeconds:
    """Durations of epochs are seconds before they are rescaled, too.

    neo's reader of Open Ephys folders has it so, and SpikeInterface relies on it.
    """

    def get_event_timestamps(self, *arguments: Any, **named: Any) -> Any:
        found = super().get_event_timestamps(*arguments, **named)  # type: ignore[misc]
        timestamps, durations, labels = found
        if durations is None:
            return found
        channel = arguments[2] if len(arguments) > 2 else named.get("event_channel_index", 0)
        return timestamps, self.rescale_epoch_duration(durations, "float64", channel), labels

    def rescale_epoch_duration(self, raw_duration: Any, *arguments: Any, **named: Any) -> Any:
        if np.asarray(raw_duration).dtype.kind == "f":
            dtype = arguments[0] if arguments else named.get("dtype", "float64")
            return np.asarray(raw_duration).astype(dtype)
        return super().rescale_epoch_duration(  # type: ignore[misc]
            raw_duration, *arguments, **named
        )


HABITS: dict[str, tuple[type, ...]] = {"OpenEphysBinaryRawIO": (_EpochsInSeconds,)}
"""What neo's class of a name does otherwise, and programs rely on."""


class _Blocks:
    """What ``neo.io`` adds: the header is parsed at once, and blocks and segments are read."""

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self.parse_header()  # type: ignore[attr-defined]

    def read_segment(self, *arguments: Any, **named: Any) -> Any:
        segment = super().read_segment(*arguments, **named)  # type: ignore[misc]
        segment.annotations.pop("units", None)  # a list of the older API, no annotation
        return segment


def _places(neos_class: type | None) -> tuple[str, ...]:
    """Return the names of the arguments of a class of neo, in order; of none, nothing."""
    if neos_class is None:
        return ()
    return tuple(inspect.signature(neos_class.__init__).parameters)[1:]  # type: ignore[misc]


def _neos_own(name: str) -> type | None:
    """Return neo's reader of a name, also while ours is in its place."""
    rawio = neo_module("neo.rawio")
    replaced = [value for module, key, value in _replaced if module is rawio and key == name]
    return replaced[0] if replaced else getattr(rawio, name, None)


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
