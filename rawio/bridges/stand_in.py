"""Our readers where neo's are asked for by class: ``neo.rawio.PlexonRawIO`` and the like.

Programs written for neo find a reader by its name in ``neo.rawio``, and some check that it is a
``neo.rawio.baserawio.BaseRawIO``. `as_neo` makes one reader pass that check; `install` puts all of
ours in the place of neo's, for this process::

    from rawio.bridges import stand_in

    stand_in.install()
    recording = spikeinterface.extractors.read_blackrock("session.ns6")  # read by rawio
"""

from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from typing import Any

from rawio.base import BaseRawIO
from rawio.errors import OptionError
from rawio.opening import NATIVE

_classes: dict[str, type] = {}
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
    neo_base = _neo("neo.rawio.baserawio").BaseRawIO
    key = f"{reader_class.__module__}.{reader_class.__qualname__}"
    if key not in _classes:
        _classes[key] = type(
            reader_class.__name__,
            (_Reader, reader_class, neo_base),
            {"__module__": __name__, "__doc__": reader_class.__doc__, "ours": reader_class},
        )
    return _classes[key]


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
    twin: Any = object.__new__(neo_class(type(reader)))
    twin.__dict__ = reader.__dict__
    return twin


def install() -> list[str]:
    """Put our native readers in the place of neo's, in ``neo.rawio`` and ``neo.io``.

    Holds for this process and those forked from it. A second call changes nothing.

    Returns
    -------
    list of str
        Names of the classes replaced.
    """
    if _replaced:
        return [name for module, name, _ in _replaced if module.__name__ == "neo.rawio"]
    rawio, io = _neo("neo.rawio"), _neo("neo.io")
    base = _neo("neo.io.basefromrawio").BaseFromRaw
    names = []
    for reader_class in NATIVE:
        name = reader_class.__name__
        if not hasattr(rawio, name):
            continue
        ours, theirs = neo_class(reader_class), getattr(rawio, name)
        _replace(rawio, name, ours)
        _replace_in_list(rawio, "rawiolist", theirs, ours)
        names.append(name)
        for io_name, io_class in list(vars(io).items()):
            if isinstance(io_class, type) and issubclass(io_class, theirs):
                _replace(io, io_name, _io_class(io_class, ours, base))
    return names


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

    def __reduce__(self) -> tuple[Any, ...]:
        return _unpickled, (self.ours, self.__dict__)

    def _repr_annotations(self) -> str:
        from rawio._annotations import describe_annotations

        return describe_annotations(self.raw_annotations)  # type: ignore[attr-defined]


def _unpickled(reader_class: type[BaseRawIO], state: dict[str, Any]) -> Any:
    twin: Any = object.__new__(neo_class(reader_class))
    twin.__dict__.update(state)
    return twin


def _io_class(theirs: type, ours: type, base: type) -> type:
    """Return neo's io class with our reader under it."""

    def start(self: Any, *arguments: Any, **named: Any) -> None:
        ours.__init__(self, *arguments, **named)  # type: ignore[misc]
        base.__init__(self, *arguments, **named)  # type: ignore[misc]

    own: dict[str, Any] = {
        name: getattr(theirs, name)
        for name in ("_prefered_signal_group_mode", "_default_group_mode_have_change_in_0_9")
        if hasattr(theirs, name)
    }
    body = {
        "__module__": __name__,
        "__init__": start,
        "mode": getattr(theirs, "mode", "file"),
        **own,
    }
    return type(theirs.__name__, (ours, base), body)


def _replace(module: Any, name: str, value: Any) -> None:
    _replaced.append((module, name, getattr(module, name)))
    setattr(module, name, value)


def _replace_in_list(module: Any, name: str, old: type, new: type) -> None:
    changed = [new if entry is old else entry for entry in getattr(module, name)]
    _replace(module, name, changed)


def _neo(module: str) -> Any:
    try:
        return import_module(module)
    except ImportError as error:
        raise OptionError(
            f"neo is not installed ({error}); 'pip install rawscope[neo]' brings it."
        ) from None
