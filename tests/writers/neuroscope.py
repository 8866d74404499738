"""Write NeuroScope sessions: a parameter file and the files of one base name beside it.

Made from the formats' own documents (NeuroScope, Klusters, NDManager) and sharing nothing with the
reader::

    base.xml             parameters: channels, rates, bits, groups
    base.dat             all channels of a sample, then the next, at acquisitionSystem/samplingRate
    base.eeg, base.lfp   the same at fieldPotentials/lfpSamplingRate; other extensions: files/file
    base.res.N           one sample number (of the .dat) a line, of group N counted from 1
    base.clu.N           the number of clusters, then one cluster a line; 0 artefacts, 1 noise
    base.fet.N           the number of columns, then the features and the sample number of a spike
    base.spk.N           waveforms: (spike, sample, channel of the group)
    base.NAME.evt        a time in ms, white space, and the description, one event a line

The numbered files may as well be called base.N.res, the events base.evt.NAME. Samples are int16 for
12, 14 and 16 bits and int32 for 32, little-endian.

    truth = write_session(folder, "rat1", Parameters(Acquisition(n_channels=8)), seed=3)
    truth.signals["dat"].samples        # (20000, 8) int16
    truth.signals["dat"].gain           # 0.3051... uV
    truth.signals["eeg"].rate           # 1250.0
    truth.spikes[1].ticks, truth.spikes[1].clusters, truth.spikes[1].waveforms
"""

import xml.etree.ElementTree as Et
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt


@dataclass(frozen=True)
class Acquisition:
    """The acquisition system; a field that is None is left out, a text stands as it is.

    `voltage_range` is in V from end to end, `offset` in steps of the converter.
    """

    n_bits: int | str | None = 16
    n_channels: int | str | None = 4
    sampling_rate: float | str | None = 20000
    voltage_range: float | str | None = 20
    amplification: float | str | None = 1000
    offset: float | str | None = 0


@dataclass(frozen=True)
class SpikeGroup:
    """Channels whose spikes share a .res; the peak is sample `peak_sample_index` of `n_samples`."""

    channels: Sequence[int]
    n_samples: int | None = 32
    peak_sample_index: int | None = 16
    n_features: int | None = 3


@dataclass(frozen=True)
class Program:
    """A processing step of NDManager; its parameters stand in an element `parameters` too."""

    name: str
    parameters: Mapping[str, str] = field(default_factory=dict)
    help: str = ""


@dataclass(frozen=True)
class Parameters:
    """What the .xml says; whole parts that are None are left out.

    `anatomical` and `spike_groups` name channels from 0. `skipped` are the channels with
    ``skip="1"``; with `skip_attribute` False no channel has that attribute, as in older files.
    `files` maps extensions to rates. `colors` and `default_offsets` map channels to what
    NeuroScope shows them with. `extra` is XML put before the end, `raw` replaces all of it.
    """

    acquisition: Acquisition | None = Acquisition()
    lfp_rate: float | str | None = 1250
    anatomical: Sequence[Sequence[int]] | None = ((0, 1), (2, 3))
    skipped: Sequence[int] = ()
    skip_attribute: bool = True
    spike_groups: Sequence[SpikeGroup] | None = ()
    files: Mapping[str, float] | None = None
    programs: Sequence[Program] | None = None
    units: Sequence[Mapping[str, object]] | None = None
    colors: Mapping[int, str] | None = None
    default_offsets: Mapping[int, int] = field(default_factory=dict)
    video: Mapping[str, object] | None = None
    general: Mapping[str, str] | None = None
    version: str | None = "1.0"
    creator: str | None = "ndManager-1.2.1"
    declaration: str = "<?xml version='1.0'?>\n"
    encoding: str = "utf-8"
    indent: str = " "
    extra: str = ""
    raw: bytes | None = None


def _add(parent: Et.Element, tag: str, value: object = None, **attributes: str) -> Et.Element:
    element = Et.SubElement(parent, tag, attributes)
    if value is not None:
        element.text = str(value)
    return element


def _add_all(parent: Et.Element, values: Mapping[str, object]) -> None:
    for tag, value in values.items():
        if value is not None:
            _add(parent, tag, value)


def _add_groups(root: Et.Element, parameters: Parameters) -> None:
    """Add the anatomical groups and those of spike detection."""
    if parameters.anatomical is not None:
        groups = _add(_add(root, "anatomicalDescription"), "channelGroups")
        for channels in parameters.anatomical:
            group = _add(groups, "group")
            for channel in channels:
                skip = {"skip": str(int(channel in parameters.skipped))}
                _add(group, "channel", channel, **(skip if parameters.skip_attribute else {}))
    if parameters.spike_groups is not None:
        groups = _add(_add(root, "spikeDetection"), "channelGroups")
        for spikes in parameters.spike_groups:
            group = _add(groups, "group")
            members = _add(group, "channels")
            for channel in spikes.channels:
                _add(members, "channel", channel)
            sizes = {
                "nSamples": spikes.n_samples,
                "peakSampleIndex": spikes.peak_sample_index,
                "nFeatures": spikes.n_features,
            }
            _add_all(group, sizes)


def _add_display(root: Et.Element, parameters: Parameters) -> None:
    """Add what NeuroScope keeps for itself; it has nSamples and channels of its own."""
    if parameters.colors is None:
        return
    display = _add(root, "neuroscope", version="2.0.0")
    _add(_add(display, "miscellaneous"), "screenGain", 0.2)
    _add_all(_add(display, "spikes"), {"nSamples": 99, "peakSampleIndex": 98})
    channels = _add(display, "channels")
    for channel, color in parameters.colors.items():
        colors = {"color": color, "anatomyColor": color, "spikeColor": color}
        _add_all(_add(channels, "channelColors"), {"channel": channel} | colors)
        offset = parameters.default_offsets.get(channel, 0)
        _add_all(_add(channels, "channelOffset"), {"channel": channel, "defaultOffset": offset})


def _add_programs(root: Et.Element, programs: Sequence[Program]) -> None:
    parent = _add(root, "programs")
    for program in programs:
        element = _add(parent, "program")
        _add(element, "name", program.name)
        values = _add(element, "parameters")
        for name, value in program.parameters.items():
            parameter = {"name": name, "value": value, "status": "Mandatory"}
            _add_all(_add(values, "parameter"), parameter)
        _add(element, "help", program.help)


def xml_bytes(parameters: Parameters) -> bytes:
    """Return the parameter file."""
    if parameters.raw is not None:
        return parameters.raw
    attributes = {"version": parameters.version, "creator": parameters.creator}
    root = Et.Element("parameters", {k: v for k, v in attributes.items() if v is not None})
    if parameters.general is not None:
        _add_all(_add(root, "generalInfo"), parameters.general)
    if (acquisition := parameters.acquisition) is not None:
        values = {
            "nBits": acquisition.n_bits,
            "nChannels": acquisition.n_channels,
            "samplingRate": acquisition.sampling_rate,
            "voltageRange": acquisition.voltage_range,
            "amplification": acquisition.amplification,
            "offset": acquisition.offset,
        }
        _add_all(_add(root, "acquisitionSystem"), values)
    if parameters.video is not None:
        _add_all(_add(root, "video"), parameters.video)
    if parameters.lfp_rate is not None:
        _add(_add(root, "fieldPotentials"), "lfpSamplingRate", parameters.lfp_rate)
    if parameters.files is not None:
        files = _add(root, "files")
        for extension, rate in parameters.files.items():
            _add_all(_add(files, "file"), {"extension": extension, "samplingRate": rate})
    _add_groups(root, parameters)
    if parameters.units is not None:
        units = _add(root, "units")
        for unit in parameters.units:
            _add_all(_add(units, "unit"), unit)
    _add_display(root, parameters)
    if parameters.programs is not None:
        _add_programs(root, parameters.programs)
    if parameters.extra:
        root.extend(Et.fromstring(f"<extra>{parameters.extra}</extra>"))
    if parameters.indent:
        Et.indent(root, parameters.indent)
    text = parameters.declaration + Et.tostring(root, encoding="unicode") + "\n"
    return text.encode(parameters.encoding)


def write_xml(path: Path | str, parameters: Parameters) -> None:
    """Write the parameter file."""
    Path(path).write_bytes(xml_bytes(parameters))


def expected_gain(acquisition: Acquisition) -> float:
    """Return uV a step: voltageRange / 2^nBits / amplification, in uV."""
    steps = 2.0 ** float(acquisition.n_bits or 0)
    volts = float(acquisition.voltage_range or 0) / float(acquisition.amplification or 0)
    return volts * 1e6 / steps


def expected_offset(acquisition: Acquisition) -> float:
    """Return the uV of a raw 0: the converter's offset is taken off before the gain."""
    return -float(acquisition.offset or 0) * expected_gain(acquisition)


def expected_rate(parameters: Parameters, extension: str) -> float | None:
    """Return the Hz of base.`extension`, or None where the .xml does not say.

    NeuroScope takes the LFP rate for .eeg and looks up others than .dat in `files`; for .lfp the
    LFP rate stands in where `files` has none.
    """
    rates: dict[str, Any] = {"eeg": parameters.lfp_rate, "lfp": parameters.lfp_rate}
    rates |= parameters.files or {}
    if parameters.lfp_rate is not None:
        rates["eeg"] = parameters.lfp_rate
    if parameters.acquisition is not None:
        rates["dat"] = parameters.acquisition.sampling_rate
    rate = rates.get(extension)
    return None if rate is None else float(rate)


def sample_dtype(n_bits: int | str | None) -> np.dtype[Any]:
    """Return what samples of so many bits are stored as."""
    return np.dtype("<i4" if int(n_bits or 16) > 16 else "<i2")


def noise(shape: int | tuple[int, ...], seed: int, n_bits: int = 16) -> np.ndarray:
    """Return signed samples that use all of `n_bits`, the same for the same seed."""
    half = 1 << (n_bits - 1)
    return np.random.default_rng(seed).integers(-half, half, shape, sample_dtype(n_bits))


@dataclass(frozen=True, eq=False)
class Signals:
    """What a file of samples holds: raw (sample, channel), Hz, and uV = raw * gain + offset."""

    path: Path
    samples: np.ndarray
    rate: float | None
    gain: float
    offset: float
    units: str = "uV"


def write_signals(
    path: Path | str, samples: np.ndarray, parameters: Parameters, *, tail: bytes = b""
) -> Signals:
    """Write (sample, channel) samples as they are, then `tail`.

    Raises
    ------
    ValueError
        If they are no integers, or do not fit into what the bits are stored as.
    """
    path = Path(path)
    acquisition = parameters.acquisition or Acquisition()
    dtype = sample_dtype(acquisition.n_bits)
    stored = samples.astype(dtype)
    if not np.array_equal(stored, samples):
        raise ValueError(f"the samples do not fit into {dtype}")
    path.write_bytes(stored.tobytes() + tail)
    rate = expected_rate(parameters, path.suffix[1:])
    gain, offset = expected_gain(acquisition), expected_offset(acquisition)
    return Signals(path, stored, rate, gain, offset)


@dataclass(frozen=True, eq=False)
class Spikes:
    """The spikes of a group: sample numbers, clusters, (spike, sample, channel) waveforms."""

    group: int
    ticks: npt.NDArray[np.int64]
    clusters: npt.NDArray[np.int64]
    waveforms: np.ndarray | None = None
    features: np.ndarray | None = None


def _lines(values: npt.ArrayLike, newline: str, last: bool) -> bytes:
    rows = [
        " ".join(map(str, row)) if isinstance(row, list) else str(row)
        for row in np.asarray(values).tolist()
    ]
    return (newline.join(rows) + (newline if last and rows else "")).encode()


def write_spikes(
    base: Path | str,
    spikes: Spikes,
    *,
    n_clusters: int | None = None,
    number_first: bool = False,
    newline: str = "\n",
    last_newline: bool = True,
    leave_out: Sequence[str] = (),
) -> dict[str, Path]:
    """Write .res, .clu, .fet and .spk of a group and return where they are.

    Parameters
    ----------
    base : path-like
        Folder and base name.
    spikes : Spikes
        Without waveforms there is no .spk, without features no .fet. The waveforms are written in
        the type they have. Features are (spike, feature) int; the .fet gets the sample numbers as
        its last column.
    n_clusters : int, optional
        First line of the .clu; else counted.
    number_first : bool
        base.N.res instead of base.res.N.
    newline : str
    last_newline : bool
        Whether the last line ends; by the documents it must.
    leave_out : sequence of str
        Kinds not to write.
    """
    end = newline
    count = len(np.unique(spikes.clusters)) if n_clusters is None else n_clusters
    clusters = np.concatenate([[count], np.asarray(spikes.clusters, np.int64)])
    contents = {
        "res": _lines(spikes.ticks, end, last_newline),
        "clu": _lines(clusters, end, last_newline),
    }
    if spikes.waveforms is not None:
        contents["spk"] = spikes.waveforms.tobytes()
    if spikes.features is not None:
        rows = np.column_stack([spikes.features, spikes.ticks])
        contents["fet"] = f"{rows.shape[1]}{end}".encode() + _lines(rows, end, last_newline)
    paths = {}
    for kind, data in contents.items():
        if kind in leave_out:
            continue
        ending = f"{spikes.group}.{kind}" if number_first else f"{kind}.{spikes.group}"
        paths[kind] = Path(f"{base}.{ending}")
        paths[kind].write_bytes(data)
    return paths


def write_events(
    path: Path | str,
    times_ms: Sequence[float | str],
    labels: Sequence[str],
    *,
    separator: str = "\t",
    newline: str = "\n",
    last_newline: bool = True,
    encoding: str = "utf-8",
) -> None:
    """Write an event file; times are given in ms and written as short as they are exact."""
    rows = []
    for time, label in zip(times_ms, labels, strict=True):
        text = time if isinstance(time, str) else np.format_float_positional(time, trim="-")
        rows.append(f"{text}{separator}{label}")
    text = newline.join(rows) + (newline if last_newline and rows else "")
    Path(path).write_bytes(text.encode(encoding))


@dataclass(frozen=True, eq=False)
class Session:
    """What a session holds; signals by extension, spikes by group."""

    xml: Path
    parameters: Parameters
    signals: dict[str, Signals]
    spikes: dict[int, Spikes]


def _random_spikes(
    group: int, description: SpikeGroup, n_samples: int, acquisition: Acquisition, seed: int
) -> Spikes:
    """Make about one spike in 100 samples, in order, of clusters 0 to 4."""
    rng = np.random.default_rng(seed)
    n = n_samples // 100
    ticks = np.sort(rng.integers(0, n_samples, n))
    n_channels = len(description.channels)
    shape = (n, description.n_samples or 0, n_channels)
    waveforms = noise(shape, seed, int(acquisition.n_bits or 16))
    features = rng.integers(-9000, 9000, (n, n_channels * (description.n_features or 0)))
    return Spikes(group, ticks, rng.integers(0, 5, n), waveforms, features)


def write_session(
    folder: Path | str,
    base: str,
    parameters: Parameters | None = None,
    *,
    n_samples: int = 20000,
    extensions: Sequence[str] = ("dat", "eeg"),
    seed: int = 0,
) -> Session:
    """Write a session of random samples, and of random spikes for each spike group.

    Parameters
    ----------
    folder : path-like
    base : str
    parameters : Parameters, optional
    n_samples : int
        Of the .dat; the other files are as long in time.
    extensions : sequence of str
        Files of samples to write.
    seed : int
    """
    parameters = Parameters() if parameters is None else parameters
    acquisition = parameters.acquisition or Acquisition()
    path = Path(folder) / base
    write_xml(f"{path}.xml", parameters)
    n_channels, n_bits = int(acquisition.n_channels or 0), int(acquisition.n_bits or 16)
    seconds = n_samples / float(acquisition.sampling_rate or 1)
    signals = {}
    for k, extension in enumerate(extensions):
        rate = expected_rate(parameters, extension)
        count = n_samples if rate is None else round(seconds * rate)
        samples = noise((count, n_channels), seed + 1000 * k, n_bits)
        if n_bits < 16:
            samples += int(acquisition.offset or 0)  # 12 bits are often 0 to 4095, offset 2048
        signals[extension] = write_signals(f"{path}.{extension}", samples, parameters)
    spikes = {}
    for group, description in enumerate(parameters.spike_groups or (), 1):
        made = _random_spikes(group, description, n_samples, acquisition, seed + group)
        write_spikes(path, made)
        spikes[group] = made
    return Session(Path(f"{path}.xml"), parameters, signals, spikes)
