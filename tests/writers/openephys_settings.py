"""Write the settings.xml of the Open Ephys GUI: the signal chain and Neuropixels probes.

One file an experiment: ``settings.xml`` for the first, ``settings_E.xml`` for the others. Where a
probe is described changed with the versions of the GUI:

- 0.5: ``PROCESSOR[NodeId]/EDITOR/NP_PROBE``, no ``STREAM``, names ``Sources/Neuropix-PXI``;
- 0.6: ``PROCESSOR[nodeId]/EDITOR/NP_PROBE``, with a ``STREAM`` for every stream;
- 1.0: ``PROCESSOR[nodeId]/EDITOR/CUSTOM_PARAMETERS/NP_PROBE``.

A probe has ``CHANNELS`` (``CHn="bank"``, or ``"bank:shank"`` for several shanks) and the
positions ``ELECTRODE_XPOS`` and ``ELECTRODE_YPOS`` (``CHn="um"``), or ``SELECTED_ELECTRODES``.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple
from xml.etree import ElementTree

from tests.writers.openephys_layout import era_of

SHANK_PITCH_UM = 250


class Geometry(NamedTuple):
    """How electrodes lie on a shank: x of even and odd rows, pitch of rows, shanks, banks."""

    x_even_um: tuple[int, int]
    x_odd_um: tuple[int, int]
    row_um: int
    n_shanks: int
    electrodes_per_shank: int


GEOMETRIES = {
    "NP1000": Geometry((27, 59), (11, 43), 20, 1, 960),  # Neuropixels 1.0
    "NP2000": Geometry((8, 40), (8, 40), 15, 1, 1280),  # 2.0, one shank
    "NP2014": Geometry((27, 59), (27, 59), 15, 4, 1280),  # 2.0, four shanks
}


@dataclass(frozen=True, kw_only=True)
class Probe:
    """A Neuropixels probe; `electrodes` are counted on their shank, in order of the channels.

    `streams` are the suffixes of its streams: "-AP" and "-LFP" of a 1.0, one "" of a 2.0.
    `order` is that in which the file lists the channels (the GUI's own is none), `selected`
    writes SELECTED_ELECTRODES too.
    """

    name: str = "ProbeA"
    part_number: str = "NP1000"
    serial_number: str = "18005122491"
    electrodes: Sequence[int] = tuple(range(384))
    shanks: Sequence[int] | None = None
    slot: int = 2
    port: int = 1
    dock: int = 1
    streams: Sequence[str] = ("-AP", "-LFP")
    order: Sequence[int] | None = None
    selected: bool = False
    enabled: bool = True
    custom_name: str | None = None

    @property
    def positions(self) -> list[tuple[int, int]]:
        """Position (x, y) of every channel in um; x is that of its shank plus 250 um a shank."""
        geometry = GEOMETRIES[self.part_number]
        places = []
        for electrode, shank in zip(self.electrodes, self._shanks, strict=True):
            row, column = divmod(electrode, 2)
            x = (geometry.x_odd_um if row % 2 else geometry.x_even_um)[column]
            places.append((x + SHANK_PITCH_UM * shank, row * geometry.row_um))
        return places

    @property
    def _shanks(self) -> Sequence[int]:
        return [0] * len(self.electrodes) if self.shanks is None else self.shanks


def _channels(probe: Probe, values: Sequence[object]) -> dict[str, str]:
    """Return ``CHn`` attributes in the probe's order."""
    order = range(len(values)) if probe.order is None else probe.order
    return {f"CH{k}": str(values[k]) for k in order}


def _add_probe(parent: ElementTree.Element, probe: Probe, era: str) -> None:
    """Add an NP_PROBE."""
    attributes = {
        "slot": probe.slot,
        "port": probe.port,
        "dock": probe.dock,
        "probe_serial_number": probe.serial_number,
        "probe_part_number": probe.part_number,
        "probe_name": f"Neuropixels {probe.part_number}",
        "num_adcs": 32 if probe.part_number == "NP1000" else 24,
        "isEnabled": int(probe.enabled),
    }
    if probe.custom_name is not None:
        attributes["custom_probe_name"] = probe.custom_name
    if probe.part_number == "NP1000":
        attributes |= {"apGainValue": "500x", "lfpGainValue": "250x", "apGainIndex": 3}
    texts = {key: str(value) for key, value in attributes.items()}
    element = ElementTree.SubElement(parent, "NP_PROBE", texts)
    several = GEOMETRIES[probe.part_number].n_shanks > 1
    banks = [electrode // 384 for electrode in probe.electrodes]
    shanks = probe._shanks
    values = [f"{b}:{s}" if several else b for b, s in zip(banks, shanks, strict=True)]
    x, y = zip(*probe.positions, strict=True)
    if era == "0.5":
        # The plugin of that time also moved the shanks upwards.
        y = tuple(value + SHANK_PITCH_UM * shank for value, shank in zip(y, shanks, strict=True))
    ElementTree.SubElement(element, "CHANNELS", _channels(probe, values))
    ElementTree.SubElement(element, "ELECTRODE_XPOS", _channels(probe, x))
    ElementTree.SubElement(element, "ELECTRODE_YPOS", _channels(probe, y))
    if probe.selected:
        per_shank = GEOMETRIES[probe.part_number].electrodes_per_shank
        numbers = [e + per_shank * s for e, s in zip(probe.electrodes, shanks, strict=True)]
        selection = {f"CH{k}": str(number) for k, number in enumerate(numbers)}
        ElementTree.SubElement(element, "SELECTED_ELECTRODES", selection)


def _add_streams(parent: ElementTree.Element, streams: Sequence[tuple[str, float, int]]) -> None:
    """Add a STREAM of name, rate and count of channels each."""
    for name, rate, n_channels in streams:
        attributes = {
            "name": name,
            "description": "description",
            "sample_rate": str(float(rate)),
            "channel_count": str(n_channels),
        }
        stream = ElementTree.SubElement(parent, "STREAM", attributes)
        ElementTree.SubElement(stream, "PARAMETERS")


def _probe_streams(probes: Sequence[Probe]) -> list[tuple[str, float, int]]:
    """Return the streams of the probes that are in use."""
    return [
        (probe.name + suffix, 2500.0 if suffix == "-LFP" else 30000.0, len(probe.electrodes))
        for probe in probes
        if probe.enabled
        for suffix in probe.streams
    ]


def _add_processor(
    chain: ElementTree.Element, name: str, node_id: int, era: str, library_version: str
) -> ElementTree.Element:
    """Add a PROCESSOR; before 0.6 a source has its group before its name."""
    old = era in ("0.4", "0.5")
    title = f"Sources/{name}" if old and name != "Record Node" else name
    attributes = {
        "name": title,
        "insertionPoint": "0",
        "pluginName": name,
        "libraryName": name,
        "libraryVersion": library_version,
        "NodeId" if old else "nodeId": str(node_id),
    }
    return ElementTree.SubElement(chain, "PROCESSOR", attributes)


def _add_map(mapper: ElementTree.Element, channel_map: Sequence[Sequence[int]]) -> None:
    """Add the order of the channels of every stream."""
    parameters = ElementTree.SubElement(mapper, "CUSTOM_PARAMETERS")
    for indices in channel_map:
        one = ElementTree.SubElement(parameters, "STREAM")
        for index in indices:
            ElementTree.SubElement(one, "CH", {"index": str(index), "enabled": "1"})


def settings_xml(
    version: str,
    probes: Sequence[Probe] = (),
    *,
    processor: str = "Neuropix-PXI",
    processor_id: int = 100,
    library_version: str = "0.6.0",
    streams: Sequence[tuple[str, float, int]] | None = None,
    record_node_id: int = 101,
    recording_states: Sequence[str] | None = None,
    channel_map: Sequence[Sequence[int]] | None = None,
    date: str = "3 Apr 2025 13:38:24",
) -> str:
    """Return the text of a settings.xml.

    Parameters
    ----------
    version : str
        Of the GUI.
    probes : sequence of Probe
        Of `processor`.
    processor, processor_id, library_version : str, int, str
        The source; without probes any name will do.
    streams : sequence of (name, rate, number of channels), optional
        Of the source; those of the probes where left out. GUIs before 0.6 have none.
    record_node_id : int
    recording_states : sequence of str, optional
        One a stream, in the record node of 0.6: "ALL", "NONE" or a 1 or a 0 for every channel.
    channel_map : sequence of sequences of int, optional
        A Channel Map before the record node: the order of the channels, one a stream.
    date : str

    Returns
    -------
    str
    """
    era = era_of(version)
    if recording_states is not None and era != "0.6":
        raise ValueError(f"version {version} keeps no recording states of streams here")
    root = ElementTree.Element("SETTINGS")
    info = ElementTree.SubElement(root, "INFO")
    for tag, text in (("VERSION", version), ("DATE", date), ("OS", "Linux")):
        ElementTree.SubElement(info, tag).text = text
    chain = ElementTree.SubElement(root, "SIGNALCHAIN")
    if streams is None:
        streams = _probe_streams(probes)
    if era in ("0.4", "0.5"):
        streams = ()
    source = _add_processor(chain, processor, processor_id, era, library_version)
    _add_streams(source, streams)
    editor = ElementTree.SubElement(source, "EDITOR", {"displayName": processor})
    parent = ElementTree.SubElement(editor, "CUSTOM_PARAMETERS") if era == "1.0" else editor
    for probe in probes:
        _add_probe(parent, probe, era)
    if channel_map is not None:
        mapper = _add_processor(chain, "Channel Map", record_node_id - 1, era, "")
        _add_streams(mapper, streams)
        _add_map(mapper, channel_map)
    recorder = _add_processor(chain, "Record Node", record_node_id, era, "")
    _add_streams(recorder, streams)
    parameters = ElementTree.SubElement(recorder, "CUSTOM_PARAMETERS", {"engine": "BINARY"})
    if era == "0.6":
        states = recording_states or ["ALL"] * len(streams)
        for (name, rate, _), state in zip(streams, states, strict=True):
            attributes = {"name": name, "sample_rate": str(rate), "recording_state": state}
            ElementTree.SubElement(parameters, "STREAM", attributes)
    ElementTree.indent(root)
    text = ElementTree.tostring(root, encoding="unicode")
    return f'<?xml version="1.0" encoding="UTF-8"?>\n\n{text}\n'.replace("\n", "\r\n")
