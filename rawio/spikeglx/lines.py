"""Event channels: the digital lines of NI-DAQ and OneBox, and the bits of status words."""

from dataclasses import dataclass

from rawio.edges import LINES
from rawio.errors import Warn
from rawio.spikeglx.columns import words_named
from rawio.spikeglx.meta import Meta, number_ranges
from rawio.spikeglx.names import device_of
from rawio.spikeglx.recording import Recording
from rawio.spikeglx.streams import StreamFile
from rawio.texts import shown

_DEVICES = ("nidq", "obx", "imec")
OBX_LINES = 12
STATUS_BITS = {
    0: "start",
    2: "COUNT error",
    3: "SERDES error",
    4: "LOCK error",
    5: "POP error",
    6: "sync",
    7: "SYNC error",
    11: "MISS",
}
"""What the bits of the SY word mean (SpikeGLX metadata guide, ``imErrFlags``)."""


@dataclass(frozen=True)
class Line:
    """One bit of a word.

    Attributes
    ----------
    label : str
        The stream it is in.
    column : int
        Of the stream's file.
    bit : int
    name : str
        Of the event channel.
    id : str
    """

    label: str
    column: int
    bit: int
    name: str
    id: str


def find_lines(recording: Recording, wanted: bool | None, warn: Warn) -> list[Line]:
    """Return the lines of all streams: of NI-DAQ, of OneBoxes, of probes.

    Parameters
    ----------
    recording : Recording
    wanted : bool or None
        False for none, True for all, None for all but those of probes. The status word of a probe
        is in both its bands; the faster one is taken.
    warn : callable
    """
    lines: list[Line] = []
    if wanted is False:
        return lines
    for label in sorted(recording.streams, key=lambda label: _DEVICES.index(device_of(label))):
        file = recording.first(label)
        if file.device == "nidq":
            lines += _nidq_lines(label, file, warn)
        elif file.device == "obx":
            lines += _obx_lines(label, file) + _status_lines(label, file)
        elif wanted and not (label.endswith(".lf") and f"{label[:-3]}.ap" in recording.streams):
            lines += _status_lines(label, file)
    return lines


def _nidq_lines(label: str, file: StreamFile, warn: Warn) -> list[Line]:
    """Return the lines of one or two cards: those of the second follow in whole bytes.

    A line has the name and the place that its number gives it: XD17 is bit 1 of the second word.
    """
    words = words_named(file.columns, "XD")
    if not words:
        return []
    first = _listed(file.meta, "niXDChans1", warn)
    if first is None:
        first = [range(LINES * (max(words) + 1))]
    lines = [(number, f"XD{number}") for number in _within(first, words)]
    second = _listed(file.meta, "niXDChans2", warn)
    if second:
        n_bytes = file.meta.whole("niXDBytes1")
        if n_bytes is None:
            n_bytes = max((r.stop - 1) // 8 + 1 for r in first) if first else 0
        moved = [range(r.start + 8 * n_bytes, r.stop + 8 * n_bytes) for r in second]
        lines += [(number, f"XD{number}") for number in _within(moved, words)]
    return [
        Line(label, words[number // LINES], number % LINES, name, f"{label}#{name}")
        for number, name in lines
    ]


def _listed(meta: Meta, key: str, warn: Warn) -> list[range] | None:
    """Return the lines that a card was told to read; None where the .meta does not say."""
    if key not in meta.entries:
        return None
    found = number_ranges(meta.text(key))
    if found is None:
        warn(f"{meta.path.name}: {key} is {shown(meta.text(key))}, which lists no lines.")
    return found


def _within(listed: list[range], words: dict[int, int]) -> list[int]:
    """Return the numbers of listed lines that are in a saved word, rising."""
    saved = (range(LINES * word, LINES * (word + 1)) for word in sorted(words))
    return [n for span in saved for n in span if any(n in r for r in listed)]


def _obx_lines(label: str, file: StreamFile) -> list[Line]:
    words = words_named(file.columns, "XD")
    return [
        Line(label, column, bit, f"{label} XD{bit}", f"{label}#XD{bit}")
        for column in words.values()
        for bit in range(OBX_LINES)
    ]


def _status_lines(label: str, file: StreamFile) -> list[Line]:
    """Return the bits of status words that have a meaning; in phase 3A all are inputs."""
    names = {bit: str(bit) for bit in range(LINES)} if _is_3a(file.meta) else STATUS_BITS
    words = words_named(file.columns, "SY")
    return [
        Line(label, column, bit, f"{label} SY{word} {name}", f"{label}#SY{word}.{bit}")
        for word, column in words.items()
        for bit, name in names.items()
    ]


def _is_3a(meta: Meta) -> bool:
    return "imProbeOpt" in meta.entries
