"""Readers of ours that are ``neo.rawio`` readers too: `as_neo`."""

import inspect
import logging
from typing import Any

import numpy as np

from rawio._annotations import describe_annotations
from rawio.base import BaseRawIO
from rawio.bridges._neo_source import neo_module

NO_MATTER = ("progress_bar", "verbose", "use_cache", "cache_path")
"""Arguments of neo's readers that change nothing of what is read."""

_classes: dict[type, type] = {}


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
            "places": places_of(getattr(neo_module("neo.rawio"), name, None)),
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


def places_of(neos_class: type | None) -> tuple[str, ...]:
    """Return the names of the arguments of a class of neo, in order; of none, nothing."""
    if neos_class is None:
        return ()
    if issubclass(neos_class, _Reader):  # one of ours in its place
        return neos_class.places
    return tuple(inspect.signature(neos_class.__init__).parameters)[1:]


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
