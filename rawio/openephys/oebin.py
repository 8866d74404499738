"""``structure.oebin``: what an Open Ephys recording says about itself, in JSON.

The three parts (continuous, events, spikes) are lists of entries, each with a folder. What is
needed to read the folder must be there and of the right type; all else may be missing, since
programs other than the GUI write such files too.
"""

import json
import math
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from rawio.errors import FormatError
from rawio.files import RawFile

MAX_BYTES = 256 << 20
MAX_RATE = 1e9

T = TypeVar("T")


@dataclass(frozen=True)
class ChannelEntry:
    """A continuous channel: name, physical units of one count, and the name of the units.

    `index` is its number among the channels of the processor it comes from, None if not said.
    """

    name: str
    gain: float
    units: str
    index: int | None


@dataclass(frozen=True)
class StreamEntry:
    """A continuous stream.

    Attributes
    ----------
    folder : str
        Below ``continuous``, without a slash at its end.
    rate : float
        Hertz.
    channels : tuple of ChannelEntry
    source_id : int or None
        Of the processor it comes from.
    stream : str
        Its name; for GUIs before 0.6 the number of the sub-processor.
    info : dict
        The entry as it stands in the file.
    """

    folder: str
    rate: float
    channels: tuple[ChannelEntry, ...]
    source_id: int | None
    stream: str
    info: dict[str, Any] = field(repr=False)


@dataclass(frozen=True)
class EventEntry:
    """A channel of events; `stream` is empty before GUI 0.6, `rate` 0 where the file has none."""

    folder: str
    name: str
    rate: float
    stream: str
    info: dict[str, Any] = field(repr=False)


@dataclass(frozen=True)
class SourceEntry:
    """A channel that an electrode's spikes come from; None is what the file does not say."""

    source_id: int | None
    stream: str
    name: str | None
    index: int | None
    gain: float | None


@dataclass(frozen=True)
class ElectrodeEntry:
    """An electrode of a spike detector, with its channels."""

    name: str
    sources: tuple[SourceEntry, ...]


@dataclass(frozen=True)
class SpikesEntry:
    """A folder of spikes: of one electrode, or before GUI 0.6 of several alike (`shared`)."""

    folder: str
    rate: float
    pre_peak: int
    n_samples: int
    electrodes: tuple[ElectrodeEntry, ...]
    shared: bool
    stream: str


@dataclass(frozen=True)
class Structure:
    """All that is read of ``structure.oebin``."""

    version: str
    streams: tuple[StreamEntry, ...]
    events: tuple[EventEntry, ...]
    spikes: tuple[SpikesEntry, ...]

    @property
    def is_old(self) -> bool:
        """Whether a GUI before 0.6 wrote it."""
        return self.version.startswith(("0.4", "0.5"))


def read_structure(path: Path) -> Structure:
    """Return what the file says.

    Raises
    ------
    FormatError
        When it is no JSON, or lacks what is needed; says which entry.
    MissingFileError, EmptyFileError, UnreadableFileError
    """
    file = RawFile(path)
    if file.size > MAX_BYTES:
        raise FormatError(f"{path}: has {file.size} bytes; that is no description of a recording.")
    try:
        root = json.loads(file.read(0, file.size).tobytes())  # finds out the encoding
    except (ValueError, RecursionError) as error:
        raise FormatError(
            f"{path}: is no valid JSON ({error}); it was cut or damaged, a copy of another "
            "recording with the same settings may stand in for it."
        ) from None
    top = _Entry(root, path, "it")
    return Structure(
        version=str(top.get("GUI version", "")),
        streams=top.each("continuous", _stream),
        events=top.each("events", _event),
        spikes=top.each("spikes", _spikes),
    )


class _Entry:
    """An object of the JSON and where it is; getting what is missing or wrong raises."""

    def __init__(self, value: Any, path: Path, where: str) -> None:
        self.path, self.where = path, where
        if not isinstance(value, dict):
            raise FormatError(f"{path}: {where} is {_shown(value)}, where an object should be.")
        self.value: dict[str, Any] = value

    def get(self, key: str, default: Any) -> Any:
        return self.value.get(key, default)

    def wrong(self, key: str, wanted: str) -> FormatError:
        found = _shown(self.value[key]) if key in self.value else "missing"
        return FormatError(f"{self.path}: {key!r} of {self.where} is {found}, not {wanted}.")

    def text(self, key: str) -> str:
        value = self.value.get(key)
        if not isinstance(value, str):
            raise self.wrong(key, "a text")
        return value

    def number(self, key: str) -> float:
        value = self.value.get(key)
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            raise self.wrong(key, "a number")
        try:
            number = float(value)
        except OverflowError:
            number = math.inf
        if not math.isfinite(number):
            raise self.wrong(key, "a finite number")
        return number

    def rate(self, key: str = "sample_rate") -> float:
        rate = self.number(key)
        if not 0 < rate <= MAX_RATE:
            raise self.wrong(key, "a sampling rate in hertz")
        return rate

    def folder(self, key: str) -> str:
        """Return the path of a folder, which must not leave the recording."""
        folder = self.text(key).replace("\\", "/").strip("/")
        parts = Path(folder).parts
        if not parts or ".." in parts or "\0" in folder or Path(folder).drive:
            raise self.wrong(key, "a folder of the recording")
        return folder

    def whole(self, key: str) -> int | None:
        """Return a whole number, None where there is none."""
        value = self.value.get(key)
        return value if isinstance(value, int) and not isinstance(value, bool) else None

    def each(self, key: str, make: Callable[["_Entry"], T], needed: bool = False) -> tuple[T, ...]:
        """Return what `make` returns for each entry of a list."""
        values = self.value.get(key)
        if values is None and not needed:
            return ()
        if not isinstance(values, list):
            raise self.wrong(key, "a list")
        inner = "" if self.where == "it" else f" of {self.where}"
        return tuple(
            make(_Entry(value, self.path, f"entry {k} of {key!r}{inner}"))
            for k, value in enumerate(values)
        )


def _shown(value: Any) -> str:
    if isinstance(value, (list, dict)):
        return "a list" if isinstance(value, list) else "an object"
    text = repr(value)
    return text if len(text) <= 40 else f"{text[:37]}..."


def _stream(entry: _Entry) -> StreamEntry:
    channels = entry.each("channels", _channel, needed=True)
    count = entry.whole("num_channels")
    if not channels or (count is not None and count != len(channels)):
        raise entry.wrong("num_channels", f"the number of its channels, {len(channels)}")
    name = entry.get("stream_name", entry.get("source_processor_sub_idx", ""))
    return StreamEntry(
        folder=entry.folder("folder_name"),
        rate=entry.rate(),
        channels=channels,
        source_id=entry.whole("source_processor_id"),
        stream=str(name),
        info=entry.value,
    )


def _channel(entry: _Entry) -> ChannelEntry:
    units = entry.get("units", "")
    return ChannelEntry(
        name=entry.text("channel_name"),
        gain=entry.number("bit_volts"),
        units=units if isinstance(units, str) else "",
        index=entry.whole("source_processor_index"),
    )


def _event(entry: _Entry) -> EventEntry:
    rate = entry.number("sample_rate")
    return EventEntry(
        folder=entry.folder("folder_name"),
        name=entry.text("channel_name"),
        rate=rate if 0 < rate <= MAX_RATE else 0.0,
        stream=str(entry.get("stream_name", "")),
        info=entry.value,
    )


def _spikes(entry: _Entry) -> SpikesEntry:
    shared = "folder" not in entry.value
    if shared:
        electrodes = entry.each("channels", _old_electrode, needed=True)
    else:
        electrodes = (_electrode(entry),)
    if not electrodes:
        raise entry.wrong("channels", "a list of electrodes")
    before = entry.whole("pre_peak_samples") or 0
    return SpikesEntry(
        folder=entry.folder("folder_name" if shared else "folder"),
        rate=entry.rate(),
        pre_peak=before,
        n_samples=before + (entry.whole("post_peak_samples") or 0),
        electrodes=electrodes,
        shared=shared,
        stream=str(entry.get("stream_name", "")),
    )


def _electrode(entry: _Entry) -> ElectrodeEntry:
    """Return the electrode of an entry of GUI 0.6 and later."""
    # "100|Rhythm Data|104|Electrode 1": the source, its stream, the detector, the electrode.
    source = str(entry.get("identifier", "")).split("|")[0]
    source_id = int(source) if re.fullmatch(r"[0-9]{1,9}", source) else None
    stream = str(entry.get("stream_name", ""))

    def make(channel: _Entry) -> SourceEntry:
        name = channel.get("name", None)
        return SourceEntry(
            source_id=source_id,
            stream=stream,
            name=name if isinstance(name, str) else None,
            index=channel.whole("local_index"),
            gain=channel.number("bit_volts") if "bit_volts" in channel.value else None,
        )

    return ElectrodeEntry(entry.text("name"), entry.each("source_channels", make))


def _old_electrode(entry: _Entry) -> ElectrodeEntry:
    """Return one of the electrodes of an entry of GUIs before 0.6."""

    def make(channel: _Entry) -> SourceEntry:
        return SourceEntry(
            source_id=channel.whole("source_processor_id"),
            stream=str(channel.get("source_processor_sub_idx", "")),
            name=None,
            index=channel.whole("source_processor_channel"),
            gain=None,
        )

    return ElectrodeEntry(entry.text("channel_name"), entry.each("source_channel_info", make))
