"""What samples are to be exported, how much that is, and writing them."""

import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from rawio import BaseRawIO, OptionError
from rawio.sidecar import sidecar_path
from rawio.texts import listed, shown, size_text
from viewer.engine.export import Excerpt, Format, export, planned_bytes
from viewer.engine.export_formats import ENDINGS
from viewer.engine.new_files import NewFileError
from viewer.engine.workers import sentence_of
from viewer.model import Channels, Timeline
from viewer.qt.dialogs.amounts import count_text
from viewer.render.quantities import signed

SUFFIXES: Mapping[Format, str] = {"npy": "npy", "flat": "dat", "csv": "csv"}
"""Of files whose name has none."""


@dataclass(frozen=True)
class DataWish:
    """Samples that somebody wants in a file.

    Attributes
    ----------
    reader : BaseRawIO
    timeline : Timeline
        Of the reader.
    start, stop : float
        Seconds on the axis.
    stream : int
    columns : tuple of int, or None
        Of the stream; None means all.
    form : {'npy', 'csv', 'flat'}
    physical : bool
    """

    reader: BaseRawIO
    timeline: Timeline
    start: float
    stop: float
    stream: int
    columns: tuple[int, ...] | None
    form: Format
    physical: bool

    def excerpt(self) -> Excerpt:
        """Find the samples; nothing is read.

        Raises
        ------
        OptionError
            When there are none, or they make no sense.
        """
        return Excerpt.of(
            self.reader, self.start, self.stop, self.stream, self.columns, self.timeline
        )


@dataclass(frozen=True)
class Plan:
    """What would come of a wish.

    Attributes
    ----------
    sentence : str
        How much it is, or why it cannot be had.
    possible : bool
    """

    sentence: str
    possible: bool


def plan_of(wish: DataWish, folder: Path) -> Plan:
    """Return what would come of a wish, in a folder or beside it; not for the GUI thread."""
    try:
        excerpt = wish.excerpt()
        nbytes = planned_bytes(excerpt, wish.form, wish.physical)
    except Exception as error:
        return Plan(sentence_of(error, "reckoning the size"), possible=False)
    about = "about " if wish.form == "csv" else ""
    words = (
        f"{count_text(excerpt.size, 'sample')} of {count_text(len(excerpt.columns), 'channel')}, "
        f"{signed(f'{excerpt.t_start:.9g} s to {excerpt.t_stop:.9g} s')}: "
        f"{about}{size_text(nbytes)}"
    )
    try:
        free = shutil.disk_usage(folder).free
    except OSError:
        return Plan(f"{words}.", possible=True)
    return Plan(f"{words}. {size_text(free)} are free in {folder}.", possible=nbytes <= free)


def columns_of(channels: Channels, stream: int, text: str) -> tuple[int, ...]:
    """Return the columns of the channels that a text names, divided by commas.

    Raises
    ------
    OptionError
        When a name, or an id, stands for no channel of the stream or for several.
    """
    infos = [info for info in channels.infos if info.stream == stream]
    names: dict[str, list[int]] = {}
    ids: dict[str, list[int]] = {}
    for info in infos:
        names.setdefault(info.name, []).append(info.column)
        ids.setdefault(info.id, []).append(info.column)
    columns = []
    for label in (part.strip() for part in text.split(",")):
        found = names.get(label) or ids.get(label) or []
        if not label:
            continue
        if not found:
            there = listed(info.name for info in infos)
            raise OptionError(
                f"stream {channels.stream_name(stream)} has no channel with the name or id "
                f"{shown(label)}; it has {there}."
            )
        if len(found) > 1:
            raise OptionError(f"{shown(label)} stands for {len(found)} channels; write their ids.")
        columns += found
    if not columns:
        raise OptionError("no channels are named; write names or ids with commas between them.")
    return tuple(columns)


def target_of(path: Path, form: Format) -> Path:
    """Return a path with an ending that goes with a format, added where it has none that says one.

    Raises
    ------
    OptionError
        When it says another format.
    """
    said = ENDINGS.get(path.suffix.lower())
    if said is None:
        return path.with_name(f"{path.name}.{SUFFIXES[form]}")
    if said != form:
        endings = ", ".join(ending for ending, kind in ENDINGS.items() if kind == form)
        raise OptionError(
            f"{path.name}: ends as another format does; end it in {endings}, or choose that format."
        )
    return path


def write_data(
    wish: DataWish,
    chosen: Path,
    progress: Callable[[float], None] = lambda share: None,
    cancelled: Callable[[], bool] = lambda: False,
) -> str:
    """Write samples to a file, in place of one of that very name only.

    Returns
    -------
    str
        A sentence on what was written.

    Raises
    ------
    CancelledError
        Once ``cancelled()`` is true; nothing is written then.
    NewFileError
        When the file must not or cannot be written.
    RawIOError
        What the reader raises.
    """
    path = target_of(chosen, wish.form)
    replace = path == chosen and path.exists()
    # Who agreed to replace one file has not been asked about others.
    beside = [sidecar_path(path)] if wish.form != "csv" else []
    taken = [] if replace else [name for name in (path, *beside) if name.exists()]
    if taken:
        raise NewFileError(f"{taken[0]}: is there already; choose another name.")
    excerpt = wish.excerpt()
    files = export(
        excerpt,
        path,
        wish.form,
        physical=wish.physical,
        overwrite=replace,
        progress=progress,
        cancelled=cancelled,
    )
    sizes = (f"{name.name} ({size_text(name.stat().st_size)})" for name in files)
    return f"Written to {path.parent}: {' and '.join(sizes)}."
