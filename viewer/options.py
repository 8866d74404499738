"""Options of the command line that say how a recording is opened, shared by its commands."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from functools import wraps
from inspect import Parameter, Signature, signature
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from rawio import BaseRawIO, OptionError, open_recording
from rawio.probe_files import read_probe
from rawio.sidecar import DTYPES, FlatBinaryLayout

if TYPE_CHECKING:
    from viewer.compute.steps import Step


class _ByteOrder(StrEnum):
    LITTLE = "little"
    BIG = "big"


LAYOUT_OPTIONS: dict[str, tuple[type, str, str]] = {
    "n_channels": (int, "--n-channels", "Channels."),
    "sampling_rate": (float, "--rate", "Sampling rate in hertz."),
    "dtype": (str, "--dtype", f"Sample type: {', '.join(DTYPES)}."),
    "gain": (float, "--gain", "Physical units of one count."),
    "offset": (float, "--offset", "Physical value of count 0."),
    "units": (str, "--units", "Physical units, such as uV."),
    "header_bytes": (int, "--header-bytes", "Bytes before the samples."),
    "byte_order": (_ByteOrder, "--byte-order", "Of a sample."),
}
"""Fields of a flat binary layout as options: type, name, help."""

CHOICE_OPTIONS: dict[str, tuple[type, str, str]] = {
    "recording": (str, "--recording", "Which recording of a folder: its number or name."),
    "probe": (Path, "--probe", "Probe file: probeinterface .json, .prb, .meta or settings.xml."),
}

PROCESS_OPTIONS: dict[str, tuple[type, str, str]] = {
    "process": (str, "--process", "Steps such as highpass:300,reference:median."),
}


@dataclass(frozen=True)
class Opening:
    """What the options say about opening a recording.

    Attributes
    ----------
    layout : mapping
        Fields of a flat binary layout that are given.
    recording : str or None
        Which of a folder.
    probe : pathlib.Path or None
    process : str or None
        Steps to show the recording after, as `viewer.compute.text` writes them.
    """

    layout: Mapping[str, Any] = field(default_factory=dict)
    recording: str | None = None
    probe: Path | None = None
    process: str | None = None

    def open(
        self, path: str, recording: str | None = None, layout: FlatBinaryLayout | None = None
    ) -> BaseRawIO:
        """Return a reader of the recording at `path`, with its header parsed and its probe set.

        Where there are steps it is a `viewer.Layer` of them over the recording.

        Parameters
        ----------
        path : str
        recording : str or None
            Which of a folder, in place of the one that the options name.
        layout : FlatBinaryLayout or None
            Of a flat binary file, in place of its description and of what the options say.

        Raises
        ------
        RawIOError
        """
        steps = None if self.process is None else _parsed(self.process)
        how = self.layout if layout is None else {"layout": layout}
        reader = open_recording(path, recording=recording or self.recording, **how)
        if self.probe is not None:
            self._set_probe(reader, self.probe)
        for stream in range(reader.signal_streams_count()):
            reader.channel_contacts(stream)  # now, where nobody waits for it to be drawn
        return reader if steps is None else _layer(reader, steps)

    def open_as(self, view: Mapping[str, Any] | None) -> "Opening":
        """Return these options with the steps that a view file says."""
        steps = None if view is None else view.get("process")
        return self if not steps else replace(self, process=steps)

    @staticmethod
    def _set_probe(reader: BaseRawIO, path: Path) -> None:
        """Give the probe to every stream that has the channels it is wired to."""
        probe = read_probe(path)
        misfit: OptionError | None = None
        fits = 0
        for stream in range(reader.signal_streams_count()):
            try:
                reader.set_probe(probe, stream)
                fits += 1
            except OptionError as error:
                misfit = misfit or error
        if not fits:
            raise OptionError(f"{path}: {misfit or 'the recording has no signals for a probe.'}")


NO_OPTIONS = Opening()


def takes_layout(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command the options of a flat binary layout; it gets an `Opening`."""
    return _with_options(command, {"Flat binary files": LAYOUT_OPTIONS})


def takes_recording(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command all options of opening a recording; it gets an `Opening`."""
    panels = {
        "Which recording": CHOICE_OPTIONS,
        "Filters and references": PROCESS_OPTIONS,
        "Flat binary files": LAYOUT_OPTIONS,
    }
    return _with_options(command, panels)


def _with_options(
    command: Callable[..., None], panels: Mapping[str, Mapping[str, tuple[type, str, str]]]
) -> Callable[..., None]:
    """Return `command` with the options of `panels` in place of its argument ``opening``."""

    @wraps(command)
    def run(**arguments: Any) -> None:
        given = {name: arguments.pop(name) for panel in panels.values() for name in panel}
        layout = {n: v for n, v in given.items() if n in LAYOUT_OPTIONS and v is not None}
        choice = {n: v for n, v in given.items() if n in CHOICE_OPTIONS | PROCESS_OPTIONS}
        command(**arguments, opening=Opening(layout, **choice))

    own = [p for p in signature(command).parameters.values() if p.name != "opening"]
    added = [
        Parameter(
            name,
            Parameter.KEYWORD_ONLY,
            default=None,
            annotation=Annotated[
                kind | None, typer.Option(option, help=text, rich_help_panel=panel)
            ],
        )
        for panel, options in panels.items()
        for name, (kind, option, text) in options.items()
    ]
    run.__signature__ = Signature([*own, *added])  # type: ignore[attr-defined]
    run.__annotations__ = {p.name: p.annotation for p in [*own, *added]}
    return run


def _parsed(text: str) -> "tuple[Step, ...]":
    from viewer.compute.text import parse_chain

    return parse_chain(text)


def _layer(reader: BaseRawIO, steps: "tuple[Step, ...]") -> BaseRawIO:
    from viewer.compute.layer import Layer

    return Layer(reader, steps)
