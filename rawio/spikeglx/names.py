"""What the names of SpikeGLX files say: run, gate, trigger and stream.

SpikeGLX writes ``RUN_gG_tT.LABEL.bin`` and ``.meta``; the label is ``imec0.ap``, ``imec0.lf``
(``imec.ap`` before there could be several probes), ``nidq`` or ``obx0.obx``. CatGT, which joins
and filters files, writes ``tcat`` in place of the trigger; the file viewer exports parts of files
with a word before the label. Public archives append a UUID.
"""

import re
from dataclasses import dataclass

_LABEL = r"(?P<device>imec\d*|nidq|obx\d+)(?:\.(?P<band>ap|lf|obx))?"
_UUID = r"(?:\.[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})?"
_TAKE = re.compile(
    rf"(?P<run>.+)_g(?P<gate>\d{{1,9}})_t(?P<trigger>\d{{1,9}}|cat)(?P<tag>\..+?)?\.{_LABEL}{_UUID}",
    re.IGNORECASE | re.DOTALL,
)
_LABELLED = re.compile(rf"(?P<run>.+)\.{_LABEL}{_UUID}", re.IGNORECASE | re.DOTALL)


@dataclass(frozen=True)
class FileName:
    """What a file's name, without its suffix, says.

    Attributes
    ----------
    run : str
        The name that was given to the run, or all of a name that tells no more.
    gate, trigger : int
        -1 where the name does not say, and the trigger of files that CatGT joined.
    joined : bool
        Whether CatGT wrote the file.
    label : str
        Which stream, as in ``imec0.ap``, ``nidq`` or ``obx0``; empty where the name does not say.
    """

    run: str
    gate: int = -1
    trigger: int = -1
    joined: bool = False
    label: str = ""

    @property
    def recording(self) -> str:
        """The name of the recording that the file by itself belongs to.

        What CatGT wrote is another recording of the same time, not a later part of the run.
        """
        return f"{self.run}_tcat" if self.joined else self.run

    @property
    def take(self) -> tuple[int, int]:
        """Gate and trigger: files with the same were written at the same time."""
        return self.gate, self.trigger


def parse_name(stem: str) -> FileName:
    """Return what the name of a file without its suffix says; any text is taken."""
    found = _TAKE.fullmatch(stem)
    if found:
        joined = found["trigger"].lower() == "cat"
        return FileName(
            run=found["run"] + (found["tag"] or ""),
            gate=int(found["gate"]),
            trigger=-1 if joined else int(found["trigger"]),
            joined=joined,
            label=_label(found),
        )
    found = _LABELLED.fullmatch(stem)
    if found:
        return FileName(run=found["run"], label=_label(found))
    return FileName(run=stem)


def stem_of(path: str) -> str:
    """Return the last part of a path of any system, without its last suffix."""
    name = re.split(r"[/\\]", path.strip())[-1]
    return name.rpartition(".")[0] or name


def device_of(label: str) -> str:
    """Return the kind of device of a stream: imec, nidq or obx."""
    return re.split(r"[\d.]", label, maxsplit=1)[0]


def stream_order(label: str) -> tuple[str, int, str]:
    """Return what streams of one rate are sorted by: imec2 comes before imec10."""
    device, _, band = label.partition(".")
    number = device.lstrip("abcdefghijklmnopqrstuvwxyz")
    return device_of(label), int(number) if number else -1, band


def _label(found: re.Match[str]) -> str:
    device, band = found["device"].lower(), (found["band"] or "").lower()
    return f"{device}.{band}" if band in ("ap", "lf") else device
