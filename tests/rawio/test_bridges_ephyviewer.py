"""ephyviewer's sources of neo readers on ours, in a process of its own: it knows no PyQt6."""

import json
import os
import subprocess
import sys
import textwrap
from pathlib import Path

import numpy as np
import pytest

from rawio import open_recording
from rawio.opening import NATIVE
from tests.rawio.bridges_recordings import FORMATS

ROOT = Path(__file__).parents[2]
HERE = [name for name in FORMATS if name in {reader.__name__ for reader in NATIVE}]

SOURCES = """
    import json, sys, time
    import ephyviewer
    from ephyviewer.datasource.neosource import get_sources_from_neo_rawio
    from rawio import as_neo, open_recording

    for path in sys.argv[1:]:
        sources = get_sources_from_neo_rawio(as_neo(open_recording(path)))
        signals = [
            {
                "name": source.get_channel_name(0),
                "shape": [int(n) for n in source.get_shape()],
                "rate": source.sample_rate,
                "start": float(source.t_start),
                "stop": float(source.t_stop),
                "sum": int(source.get_chunk(10, min(60, source.get_length())).astype("i8").sum()),
                "gains": source.get_gains().tolist(),
                "offsets": source.get_offsets().tolist(),
            }
            for source in sources["signal"]
        ]
        spikes = [
            source.get_chunk_by_time(unit, None, source.t_stop).tolist()
            for source in sources["spike"]
            for unit in range(source.nb_channel)
        ]
        events = [
            [[a.tolist() for a in source.get_chunk(channel)], source.get_channel_name(channel)]
            for source in sources["epoch"]
            for channel in range(source.nb_channel)
        ]
        print(json.dumps({"signals": signals, "spikes": spikes, "events": events}))
    app = ephyviewer.mkQApp()
    window = ephyviewer.MainViewer()
    traces = ephyviewer.TraceViewer(source=sources["signal"][0], name="traces")
    window.add_view(traces)
    window.show()
    end = time.time() + 20
    for t in (traces.source.t_start, traces.source.t_stop - 0.001, traces.source.t_start + 0.05):
        traces.seek(t)
        app.processEvents()
    while time.time() < end and traces.curves[0].getData()[0] is None:
        app.processEvents()
    assert traces.curves[0].getData()[1].size > 10
    traces.close()
    print("drawn")
"""


@pytest.fixture(scope="module")
def answers(tmp_path_factory):
    """Return what ephyviewer reads of each format, by name, and the readers."""
    made = {name: FORMATS[name].write(tmp_path_factory.mktemp(name)) for name in HERE}
    command = [sys.executable, "-c", textwrap.dedent(SOURCES)]
    done = subprocess.run(
        command + [str(entry.path) for entry in made.values()],
        cwd=ROOT,
        env=os.environ | {"QT_QPA_PLATFORM": "offscreen", "PYQTGRAPH_QT_LIB": "PySide6"},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0 and "Traceback" not in done.stderr, done.stderr
    *found, drawn = done.stdout.strip().splitlines()
    assert drawn == "drawn"
    return {
        name: (json.loads(line), open_recording(entry.path))
        for (name, entry), line in zip(made.items(), found, strict=True)
    }


@pytest.mark.parametrize("name", HERE)
def test_sources(name, answers):
    found, reader = answers[name]
    assert len(found["signals"]) == reader.signal_streams_count() > 0
    for stream, source in enumerate(found["signals"]):
        rows = reader.header["signal_channels"][reader.get_group_channel_indexes()[stream]]
        size = reader.get_signal_size(0, 0, stream)
        start = reader.get_signal_t_start(0, 0, stream)
        rate = reader.get_signal_sampling_rate(stream)
        assert source["name"] == rows["name"][0] and source["shape"] == [size, len(rows)]
        assert (source["rate"], source["start"]) == (rate, start)
        assert source["stop"] == start + size / rate
        stop = min(60, size)
        chunk = reader.get_analogsignal_chunk(0, 0, 10, stop, stream).astype("i8")
        assert source["sum"] == chunk.sum()
        assert source["gains"] == rows["gain"].tolist()
        assert source["offsets"] == rows["offset"].tolist()
    assert len(found["spikes"]) == reader.unit_channels_count()
    for unit, seconds in enumerate(found["spikes"]):
        assert (
            seconds
            == reader.rescale_spike_timestamp(reader.spike_timestamps(unit_index=unit)).tolist()
        )
    assert len(found["events"]) == reader.event_channels_count()
    for channel, ((seconds, lasting, labels), label) in enumerate(found["events"]):
        ticks, durations, wanted = reader.event_timestamps(event_channel_index=channel)
        assert label == reader.header["event_channels"]["name"][channel]
        times = reader.rescale_event_timestamp(ticks, event_channel_index=channel)
        assert seconds == times.tolist() and labels == wanted.tolist()
        zeros = np.zeros(len(ticks))
        assert (
            lasting
            == (
                zeros
                if durations is None
                else reader.rescale_epoch_duration(durations, event_channel_index=channel)
            ).tolist()
        )
