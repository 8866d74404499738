"""What is written in the form that describes a flat binary file, and what it makes of the file."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from rawio import OptionError
from rawio.sidecar import MAX_CHANNELS, MAX_RATE, MIN_RATE, FlatBinaryLayout
from viewer.qt.dialogs.amounts import count_text
from viewer.render.quantities import format_duration

EACH = "one for each channel"
"""Stands for a list of numbers or units that the description has already."""

USUAL: Mapping[str, object] = {"gain": 1.0, "offset": 0.0, "units": ""}
"""Of fields that may be left empty."""

LONGEST_UNITS = 64
MAX_HEADER = 2**62

NEEDED = {"n_channels": "the number of channels", "sampling_rate": "the sampling rate"}
"""What nobody but the owner of a file knows."""

_RATE = re.compile(r"(?P<number>.*?)\s*(?P<kilo>k)?(hz)?", re.IGNORECASE)

Texts = Mapping[str, str]
"""What is written, by the names of the fields of a `FlatBinaryLayout`."""


@dataclass(frozen=True)
class Reading:
    """What a form says.

    Attributes
    ----------
    shape : FlatBinaryLayout or None
        How the bytes become samples, as far as that is said; the sampling rate may not be that of
        the recording.
    complete : bool
        Whether `shape` is the whole description.
    wrong : mapping of str to str
        What is wrong in which field, in words.
    lacking : tuple of str
        Fields that have to be filled in.
    drops_names : bool
        Whether names or ids that the channels had do not fit their number any more.
    """

    shape: FlatBinaryLayout | None
    complete: bool
    wrong: Mapping[str, str]
    lacking: tuple[str, ...]
    drops_names: bool = False


@dataclass(frozen=True)
class Outcome:
    """What a description makes of a file.

    Attributes
    ----------
    sentence : str
    possible : bool
        Whether the file can be read so.
    doubtful : bool
        Whether it looks as if the description were wrong.
    """

    sentence: str
    possible: bool
    doubtful: bool


def texts_of(layout: FlatBinaryLayout | None) -> dict[str, str]:
    """Return what stands in the form of a file that is described so, or not yet."""
    if layout is None:
        texts = texts_of(FlatBinaryLayout(n_channels=1, sampling_rate=1.0))
        return texts | dict.fromkeys(NEEDED, "")
    return {
        "n_channels": str(layout.n_channels),
        "sampling_rate": _number_text(layout.sampling_rate),
        "dtype": layout.dtype,
        "byte_order": layout.byte_order,
        "header_bytes": str(layout.header_bytes),
        "gain": EACH if isinstance(layout.gain, tuple) else _number_text(layout.gain),
        "offset": EACH if isinstance(layout.offset, tuple) else _number_text(layout.offset),
        "units": layout.units if isinstance(layout.units, str) else EACH,
    }


def read_form(texts: Texts, before: FlatBinaryLayout | None = None) -> Reading:
    """Return what is written in a form.

    Parameters
    ----------
    texts : mapping of str to str
    before : FlatBinaryLayout or None
        The description there was: what it says of each channel, and what the form does not ask
        for, stays, as far as it fits.
    """
    wrong: dict[str, str] = {}
    lacking = tuple(name for name in NEEDED if not texts[name].strip())
    n_channels = _channels(texts["n_channels"], wrong)
    rate = _rate(texts["sampling_rate"], wrong)
    fields: dict[str, object] = {"dtype": texts["dtype"], "byte_order": texts["byte_order"]}
    fields["header_bytes"] = _header(texts["header_bytes"], wrong)
    for name in ("gain", "offset"):
        fields[name] = _per_channel(name, texts[name], n_channels, before, wrong)
    fields["units"] = _per_channel("units", texts["units"], n_channels, before, wrong)
    drops = False
    if before is not None:
        fields |= {name: getattr(before, name) for name in ("t_start", "source", "steps")}
        for name in ("channel_names", "channel_ids"):
            texts_before = getattr(before, name)
            fits = texts_before is None or n_channels in (None, len(texts_before))
            fields[name], drops = texts_before if fits else None, drops or not fits
    shape = None
    if n_channels is not None and "header_bytes" not in wrong:  # what else is wrong draws the same
        shape = _layout(n_channels, rate or 1.0, fields, wrong)
    complete = shape is not None and rate is not None and not wrong
    return Reading(shape, complete, wrong, lacking, drops)


def outcome_of(shape: FlatBinaryLayout, size: int, *, rate_known: bool) -> Outcome:
    """Return what a description makes of a file of `size` bytes."""
    data = max(0, size - shape.header_bytes)
    samples, rest = divmod(data, shape.frame_bytes)
    channels = count_text(shape.n_channels, "channel")
    if samples == 0:
        return Outcome(
            f"Not one sample: of {channels} it takes {count_text(shape.frame_bytes, 'byte')}, and "
            f"the file has {data:,} after the header.",
            possible=False,
            doubtful=True,
        )
    sentence = f"{count_text(samples, 'sample')} of {channels}"
    if rate_known:
        sentence += f", {format_duration(samples / shape.sampling_rate)}"
    if rest:
        sentence += (
            f", and {count_text(rest, 'byte')} left over: the number of channels, the sample type "
            "or the header may be wrong"
        )
    return Outcome(f"{sentence}.", possible=True, doubtful=rest > 0)


def alike(one: FlatBinaryLayout, other: FlatBinaryLayout) -> bool:
    """Return whether two descriptions make the same samples and values of a file."""
    names = ("n_channels", "sampling_rate", "dtype", "byte_order", "header_bytes", "gain", "offset")
    return all(getattr(one, name) == getattr(other, name) for name in names)


def _number_text(value: float) -> str:
    text = f"{value:.15g}"
    return text if float(text) == value else repr(value)


def _layout(
    n_channels: int, rate: float, fields: Mapping[str, object], wrong: dict[str, str]
) -> FlatBinaryLayout | None:
    try:
        return FlatBinaryLayout(n_channels=n_channels, sampling_rate=rate, **fields)  # type: ignore[arg-type]
    except OptionError as error:  # of what the form does not ask for
        wrong["n_channels"] = str(error)
        return None


def _channels(text: str, wrong: dict[str, str]) -> int | None:
    if not text.strip():
        return None
    return _whole("n_channels", text, 1, MAX_CHANNELS, "32", wrong)


def _header(text: str, wrong: dict[str, str]) -> int:
    if not text.strip():
        return 0
    return _whole("header_bytes", text, 0, MAX_HEADER, "512", wrong) or 0


def _whole(
    name: str, text: str, least: int, most: int, example: str, wrong: dict[str, str]
) -> int | None:
    text = text.strip()
    if not re.fullmatch(r"[+-]?[0-9]{1,25}", text):
        wrong[name] = f"Write a whole number, such as {example}."
        return None
    if not least <= int(text) <= most:
        wrong[name] = f"It must be at least {least}." if int(text) < least else f"At most {most}."
        return None
    return int(text)


def _rate(text: str, wrong: dict[str, str]) -> float | None:
    """Return hertz: of a number with or without Hz or kHz behind it."""
    if not text.strip():
        return None
    match = _RATE.fullmatch(text.strip())
    number = None if match is None else _decimal(match["number"])
    if number is None or match is None:
        wrong["sampling_rate"] = _no_number(text, "30000")
        return None
    hertz = float(number * 1000 if match["kilo"] else number)
    if not MIN_RATE <= hertz <= MAX_RATE:
        wrong["sampling_rate"] = f"It must be from {MIN_RATE:g} to {MAX_RATE:g} Hz."
        return None
    return hertz


def _per_channel(
    name: str,
    text: str,
    n_channels: int | None,
    before: FlatBinaryLayout | None,
    wrong: dict[str, str],
) -> object:
    """Return one value for all channels, or the list there was."""
    text, usual = text.strip(), USUAL[name]
    listed = getattr(before, name, None)
    if text == EACH and isinstance(listed, tuple):
        if n_channels in (None, len(listed)):
            return listed
        wrong[name] = f"There are {len(listed)} of them for {n_channels} channels; write one."
        return usual
    if name == "units":
        if len(text) > LONGEST_UNITS:
            wrong[name] = f"At most {LONGEST_UNITS} characters."
        return text
    if not text:
        return usual
    number = _decimal(text)
    if number is None:
        wrong[name] = _no_number(text, "0.195")
        return usual
    if name == "gain" and float(number) == 0:
        wrong[name] = "It must not be 0: no signal would be left."
    return float(number)


def _decimal(text: str) -> Decimal | None:
    """Return a number that is finite, as a float too."""
    try:
        number = Decimal(text.strip())
    except InvalidOperation:
        return None
    # The size alone: abs() would round, and raise where a number is beyond all exponents.
    return number if number.is_finite() and number.copy_abs() < Decimal("1e300") else None


def _no_number(text: str, example: str) -> str:
    if "," in text:
        return f"Write a point and no comma, such as {example}."
    return f"Write a number, such as {example}."
