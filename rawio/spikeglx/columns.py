"""The channels that a file holds: their kinds, names, numbers and scales."""

import re
from dataclasses import dataclass

from rawio.errors import Warn
from rawio.spikeglx.gains import WORD, ImecScales, Scale, nidq_scale, obx_scale
from rawio.spikeglx.meta import Meta, number_ranges, whole_number
from rawio.texts import shown

MAX_CHANNELS = 16384

KINDS = {
    "imec": ("AP", "LF", "SY"),
    "nidq": ("MN", "MA", "XA", "XD"),
    "obx": ("XA", "XD", "SY"),
}
"""Kinds of channels of each device, in the order in which they are acquired and saved."""

_COUNTS = {"imec": "ApLfSy", "nidq": "MnMaXaDw", "obx": "XaDwSy"}


@dataclass(frozen=True)
class Column:
    """A saved channel.

    Attributes
    ----------
    kind : str
        AP, LF, MN, MA, XA (voltages), XD or SY (words of 16 bits).
    number : int
        Counted from 0 among the acquired channels of its kind, saved or not.
    name : str
    gain : float
        Physical units of one raw unit.
    units : str
    """

    kind: str
    number: int
    name: str
    gain: float
    units: str


def device_type(meta: Meta) -> str:
    """Return which device a file was recorded from: imec, nidq or obx."""
    device = meta.text("typeThis").lower()
    if device in KINDS:
        return device
    for device, counts in _COUNTS.items():
        if meta.counts(f"sns{counts}") or meta.counts(f"acq{counts}"):
            return device
    raise meta.broken("typeThis does not say from which device it is (imec, nidq or obx)")


def read_columns(meta: Meta, device: str, warn: Warn) -> list[Column]:
    """Return the channels of a file in the order in which they lie in it."""
    count = meta.whole("nSavedChans")
    if count is None or not 0 < count <= MAX_CHANNELS:
        raise meta.broken(
            f"nSavedChans is {shown(meta.text('nSavedChans'))}, not 1 to {MAX_CHANNELS}"
        )
    mapped = [entry.split(":")[0].split(";") for entry in meta.table("snsChanMap")[1:]]
    names = [name[0] for name in mapped] if len(mapped) == count else None
    kinds = _kinds(meta, device, count, names, warn)
    numbers = _numbers(meta, device, kinds, mapped)
    if names is None:
        names = [f"{kind}{number}" for kind, number in zip(kinds, numbers, strict=True)]
        warn(f"{meta.path.name} does not name all {count} channels; names are made from counts.")
    scales = _scales(meta, device, kinds, numbers, warn)
    return [
        Column(kind, number, name, *scale)
        for kind, number, name, scale in zip(kinds, numbers, names, scales, strict=True)
    ]


def _kinds(meta: Meta, device: str, count: int, names: list[str] | None, warn: Warn) -> list[str]:
    """Return the kind of each saved channel: by the counts, or else by the names."""
    key = f"sns{_COUNTS[device]}"
    counts = meta.counts(key)
    if counts is not None and len(counts) == len(KINDS[device]) and sum(counts) == count:
        return [kind for kind, n in zip(KINDS[device], counts, strict=True) for _ in range(n)]
    by_name = [name[:2].upper() for name in names or []]
    if not by_name or not set(by_name) <= set(KINDS[device]):
        raise meta.broken(
            f"{key} is {shown(meta.text(key))}, which is not the {count} of nSavedChans"
        )
    warn(
        f"{meta.path.name}: {key} is {shown(meta.text(key))}, not the {count} channels of "
        "nSavedChans; what kind they are is taken from their names."
    )
    return by_name


def _numbers(meta: Meta, device: str, kinds: list[str], mapped: list[list[str]]) -> list[int]:
    """Return the number of each channel among the acquired ones of its kind."""
    count = len(kinds)
    acquired = meta.counts(f"acq{_COUNTS[device]}") or []
    overall = _saved(meta, count, sum(acquired))
    if overall is None and len(mapped) == count:
        found = [whole_number(entry[1]) if len(entry) > 1 else None for entry in mapped]
        overall = [n for n in found if n is not None and n >= 0]
    if overall is not None and len(overall) == count and len(acquired) == len(KINDS[device]):
        first = [sum(acquired[:k]) for k in range(len(acquired))]
        starts = dict(zip(KINDS[device], first, strict=True))
        numbers = [n - starts[kind] for kind, n in zip(kinds, overall, strict=True)]
        if min(numbers) >= 0:
            return numbers
    seen = dict.fromkeys(kinds, -1)
    out = []
    for kind in kinds:  # nothing tells: the first of each kind
        seen[kind] += 1
        out.append(seen[kind])
    return out


def _saved(meta: Meta, count: int, acquired: int) -> list[int] | None:
    """Return the numbers of the saved among all acquired channels, or None."""
    text = meta.text("snsSaveChanSubset")
    if text.lower() == "all":
        return list(range(count)) if count == acquired else None
    ranges = number_ranges(text)
    if ranges is None or sum(len(r) for r in ranges) != count:
        return None
    return [number for r in ranges for number in r]


def _scales(
    meta: Meta, device: str, kinds: list[str], numbers: list[int], warn: Warn
) -> list[Scale]:
    if device == "imec":
        probe = ImecScales(meta, warn)
        bands = {"AP": 0, "LF": 1}
        return [
            probe.scale(number, bands[kind]) if kind in bands else WORD
            for kind, number in zip(kinds, numbers, strict=True)
        ]
    analogue = {kind for kind in set(kinds) if kind not in ("XD", "SY")}
    if device == "nidq":
        scales = {kind: nidq_scale(meta, kind, warn) for kind in sorted(analogue)}
    else:
        scales = {kind: obx_scale(meta, warn) for kind in analogue}
    return [scales.get(kind, WORD) for kind in kinds]


def words_named(columns: list[Column], kind: str) -> dict[int, int]:
    """Return, for each saved word of bits of one kind, its number and the column it is in.

    The number is that of its name (XD1), which counts acquired words.
    """
    found: dict[int, int] = {}
    for at, column in enumerate(columns):
        if column.kind == kind:
            digits = re.search(r"(?<![0-9])[0-9]{1,9}$", column.name)
            found.setdefault(int(digits[0]) if digits else column.number, at)
    return found
