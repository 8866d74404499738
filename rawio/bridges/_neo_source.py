"""A reader of neo as something to ask: by one thread at a time, in any process, one error each."""

import logging
import os
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple

from rawio.errors import FormatError, OptionError, RawIOError, UnknownFormatError


class Recipe(NamedTuple):
    """How a reader of neo was made, so that another process can make it too."""

    class_name: str
    arguments: dict[str, Any]

    def make(self) -> Any:
        """Return a reader of neo with its header parsed."""
        reader = getattr(neo_module("neo.rawio"), self.class_name)(**self.arguments)
        reader.parse_header()
        return reader


class NeoSource:
    """A reader of neo that was parsed.

    Parameters
    ----------
    filename : str
        What errors start with.
    reader : neo.rawio.baserawio.BaseRawIO
        Or an object with its methods.
    recipe : Recipe or None
        With it, what is sent to another process opens the recording there; without it, `reader`
        itself is sent.
    """

    def __init__(self, filename: str, reader: Any, recipe: Recipe | None = None) -> None:
        self.filename, self.recipe = filename, recipe
        self.name = type(reader).__name__
        self._reader: Any = reader
        self._locked = (os.getpid(), threading.RLock())

    @property
    def lock(self) -> Any:
        """What the thread that asks holds; a forked process has one of its own."""
        if self._locked[0] != os.getpid():
            self._locked = (os.getpid(), threading.RLock())
        return self._locked[1]

    @property
    def reader(self) -> Any:
        """The reader of neo."""
        if self._reader is None and self.recipe is not None:
            with self.lock:
                if self._reader is None:
                    with what_neo_says():  # and has said before
                        self._reader = self.recipe.make()
        return self._reader

    def ask(self, method: str, *arguments: Any, **named: Any) -> Any:
        """Return what a method of the reader does.

        Raises
        ------
        RawIOError
            One sentence, whatever the reader raised.
        """
        try:
            with self.lock:
                return getattr(self.reader, method)(*arguments, **named)
        except RawIOError:
            raise
        except Exception as error:  # neo's readers raise whatever their libraries do
            raise FormatError(
                f"{self.filename}: {self.name} of neo cannot read it ({one_line(error)})."
            ) from error

    def __getstate__(self) -> dict[str, Any]:
        state = {key: value for key, value in self.__dict__.items() if key != "_locked"}
        if self.recipe is not None:
            state["_reader"] = None
        return state

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state, _locked=(os.getpid(), threading.RLock()))


def one_line(error: Exception) -> str:
    """Return what an error says, in one line without a full stop."""
    return " ".join(str(error).split()).rstrip(".") or type(error).__name__


def neo_module(name: str, why: str = "") -> ModuleType:
    """Return a module of neo.

    Raises
    ------
    UnknownFormatError
        When neo is not installed and `why`, the start of the sentence, says what needs it.
    OptionError
        When neo is not installed.
    """
    try:
        return import_module(name)
    except ImportError as error:
        missing = (error.name or "neo").split(".")[0]
        reason = "is not installed" if missing == "neo" else f"cannot be imported ({error})"
        if not why:
            raise OptionError(f"neo {reason}; 'pip install rawscope[neo]' brings it.") from None
        raise UnknownFormatError(
            f"{why} neo, which {reason}; 'pip install rawscope[neo]' brings it."
        ) from None


@contextmanager
def what_neo_says() -> Iterator[list[str]]:
    """Collect what neo warns of and logs as a warning, one line each, in a ``with`` block."""
    said: list[str] = []
    listener = _Listener(said)
    logger = logging.getLogger("neo")
    logger.addHandler(listener)
    try:
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            yield said
    finally:
        logger.removeHandler(listener)
    for entry in caught:
        if "neo" in Path(entry.filename).parts:
            said.append(" ".join(str(entry.message).split()))
        else:
            warnings.warn_explicit(entry.message, entry.category, entry.filename, entry.lineno)


class _Listener(logging.Handler):
    def __init__(self, said: list[str]) -> None:
        super().__init__(logging.WARNING)
        self._said = said

    def emit(self, record: logging.LogRecord) -> None:
        self._said.append(" ".join(record.getMessage().split()))
