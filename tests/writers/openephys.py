"""Write folders of the Open Ephys GUI's "Binary" format, file by file.

Made from the layout of the format alone and sharing nothing with the reader, so that a mistake
in one cannot hide behind the same mistake in the other::

    stream = Stream(channels=electrodes(4) + adc(2), samples=samples, first_sample=40000)
    lines = TtlEvents(states=np.int16([1, -1]), sample_numbers=np.int64([40010, 40020]))
    truth = write_recording(tmp_path, "0.6.7", streams=[stream], events=[lines])
    truth.streams[0].raw, truth.streams[0].gains, truth.streams[0].t_start ...

`version` chooses the layout: 0.4.x, 0.5.x, 0.6.x or 1.x. A session of several record nodes,
experiments and recordings goes through `write_session`; `openephys_example.example` makes one
from a seed. What is written comes back as a `Truth`, with every value as it stands in the files
and the physical meaning of it worked out here. What can be written is in `openephys_parts`,
names, tables and JSON in `openephys_layout`, the settings.xml of a probe in `openephys_settings`.

A recording is a folder ``[Record Node N/]experimentE/recordingR`` with ``structure.oebin``
(JSON) and ``sync_messages.txt``; below it ``continuous/<stream>``, ``events/<source>/<kind>``
and ``spikes/<detector>/<electrode or group>``. Samples are int16, little-endian, all channels of
one after those of the other; everything else is .npy (`openephys_npy`). Before 0.6 the GUI
put a row where its sample number says, so lost samples are rows of zeros without numbers; later
rows follow one another and only the numbers have gaps.

Damage that cutting a file cannot make: `crash` (headers of .npy as a crash leaves them),
``on_disk=False`` (an entry without its folder), ``in_oebin=False`` (a folder without its entry),
``omit=("timestamps.npy",)`` (files left out), ``more={"sample_rate": None}`` (keys changed or
taken out), ``Recording(oebin=b"{")``.
"""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tests.writers import openephys_layout as layout
from tests.writers.openephys_files import spike_truths, write_event, write_spikes, write_stream
from tests.writers.openephys_npy import forget_records
from tests.writers.openephys_parts import (
    ADC,
    AUX,
    ELECTRODE,
    BinaryEvents,
    Channel,
    Electrode,
    Experiment,
    Recording,
    RecordNode,
    SpikeGroup,
    Stream,
    TextEvents,
    TtlEvents,
    adc,
    aux,
    electrodes,
    numbers_with_gaps,
    probe_channels,
)
from tests.writers.openephys_settings import Probe, settings_xml
from tests.writers.openephys_truth import (
    EventTruth,
    RecordingTruth,
    SpikeTruth,
    StreamTruth,
    Truth,
)

__all__ = [
    "ADC", "AUX", "ELECTRODE", "BinaryEvents", "Channel", "Electrode", "EventTruth",
    "Experiment", "Probe", "RecordNode", "Recording", "RecordingTruth", "SpikeGroup",
    "SpikeTruth", "Stream", "StreamTruth", "TextEvents", "Truth", "TtlEvents", "adc", "aux",
    "crash", "electrodes", "forget_records", "numbers_with_gaps", "probe_channels",
    "settings_xml", "write_recording", "write_session",
]  # fmt: skip


def _write_streams(truth: RecordingTruth, recording: Recording, era: str, node: Any) -> Any:
    """Write all streams, and return their entries and the truth of all of them."""
    entries, everything, n_channels = [], [], 0
    for stream in recording.streams:
        written = write_stream(truth.path / "continuous", stream, era)
        everything.append(written)
        if stream.in_oebin:
            entries.append(layout.stream_entry(stream, era, node, n_channels))
            if stream.on_disk:
                truth.streams.append(written)
        n_channels += len(stream.channels)
    return entries, everything


def _write_events(truth: RecordingTruth, recording: Recording, era: str) -> list[Any]:
    """Write all events, and return their entries."""
    entries = []
    before: Counter[tuple[type, str]] = Counter()
    for event in recording.events:
        key = (type(event), layout.source_folder(event, era))
        name = layout.event_folder(event, era, before[key])
        before[key] += 1
        written = write_event(truth.path / "events", event, era, name)
        if event.in_oebin:
            entries.append(layout.event_entry(event, era, name))
            if event.on_disk:
                truth.events.append(written)
    return entries


def _write_groups(truth: RecordingTruth, recording: Recording, era: str) -> list[Any]:
    """Write all spikes, and return their entries."""
    entries = []
    n_before = 0
    for group in recording.spikes:
        written = spike_truths(truth.path / "spikes", group, era, n_before)
        n_before += len(written)
        if group.on_disk:
            folders = [written] if layout.is_old(era) else [[one] for one in written]
            for same in folders:
                write_spikes(same, group, era)
        if group.in_oebin:
            entries += layout.spike_entries(group, era)
            if group.on_disk:
                truth.spikes.extend(written)
    return entries


def _write_one(truth: RecordingTruth, recording: Recording, version: str, node: Any) -> None:
    """Write the folder of a recording and complete its truth."""
    era = layout.era_of(version)
    truth.path.mkdir(parents=True)
    continuous, streams = _write_streams(truth, recording, era, node)
    events = _write_events(truth, recording, era)
    spikes = _write_groups(truth, recording, era)
    oebin = recording.oebin
    if oebin is None:
        oebin = layout.oebin_text(version, continuous, events, spikes).encode()
    if isinstance(oebin, bytes):
        (truth.path / "structure.oebin").write_bytes(oebin)
    text = recording.sync_messages
    if text is None:
        first = [int(s.sample_numbers[0]) if len(s.sample_numbers) else 0 for s in streams]
        lines = layout.sync_lines(era, recording.software_time, recording.streams, first)
        text = "".join(line + "\r\n" for line in lines)
    if isinstance(text, str):
        (truth.path / "sync_messages.txt").write_bytes(text.encode())


def write_session(path: Path | str, version: str, nodes: Sequence[RecordNode]) -> Truth:
    """Write a folder of recordings.

    Parameters
    ----------
    path : path-like
        The session's folder; made where it is not there.
    version : str
        Of the GUI, such as "0.5.3.1"; chooses the layout.
    nodes : sequence of RecordNode

    Returns
    -------
    Truth
    """
    path = Path(path)
    truths = []
    for node in nodes:
        name = node.folder
        if name is None:
            name = "" if node.id is None else f"Record Node {node.id}"
        for e, experiment in enumerate(node.experiments, 1):
            number = e if experiment.number is None else experiment.number
            for r, recording in enumerate(experiment.recordings, 1):
                count = r if recording.number is None else recording.number
                folder = path / name / f"experiment{number}" / f"recording{count}"
                truth = RecordingTruth(name, number, count, folder)
                _write_one(truth, recording, version, node.id)
                truths.append(truth)
            text = settings_xml(version) if experiment.settings is None else experiment.settings
            if isinstance(text, str):
                file = "settings.xml" if number == 1 else f"settings_{number}.xml"
                (path / name / file).write_bytes(text.encode())
    return Truth(path, version, truths)


def write_recording(
    path: Path | str,
    version: str,
    *,
    node: int | None = 101,
    settings: str | bool | None = None,
    **parts: Any,
) -> RecordingTruth:
    """Write a session of one recording; `parts` are those of `Recording`."""
    experiment = Experiment(recordings=[Recording(**parts)], settings=settings)
    nodes = [RecordNode(id=node, experiments=[experiment])]
    return write_session(path, version, nodes).recordings[0]


def crash(path: Path | str) -> None:
    """Leave every .npy file below a folder as if the GUI had been killed: see `forget_records`."""
    for file in sorted(Path(path).rglob("*.npy")):
        forget_records(file)
