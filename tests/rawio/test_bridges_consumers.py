"""SpikeInterface on our readers: its extractors, compared with the same on neo's own; workers."""

import subprocess
import sys
import textwrap

import neo.rawio
import numpy as np
import pytest
import spikeinterface.extractors as extractors

from rawio import BaseRawIO, from_spikeinterface, open_recording
from rawio.bridges import stand_in
from rawio.opening import NATIVE
from sample_data import make_sample_data as sample
from tests.rawio.bridges_recordings import FORMATS
from tests.readers import noise
from tests.writers import nsx

HERE = [name for name in FORMATS if name in {reader.__name__ for reader in NATIVE}]

pytestmark = [
    pytest.mark.filterwarnings("ignore::UserWarning"),
    pytest.mark.filterwarnings("ignore:.*strict_gap_mode.*"),
]


@pytest.fixture(params=HERE)
def case(request, tmp_path):
    """Return a format, its recording, and the ids of its streams with neo's own and with ours."""
    entry = FORMATS[request.param]
    made = entry.write(tmp_path)
    theirs = streams_of(request.param, made)
    with stand_in.installed():
        ours = streams_of(request.param, made)
    assert set(theirs) == set(ours)
    pairs = [(theirs[key], ours[key]) for key in ours]
    return entry, made, [pair for pair in pairs if pair[1] in (made.streams or ours.values())]


def streams_of(name, made):
    """Return the ids of the streams by their rates and the names of their channels."""
    reader = getattr(neo.rawio, name)(**made.arguments)
    reader.parse_header()
    channels = reader.header["signal_channels"]
    rows = {str(id_): channels[channels["stream_id"] == id_] for id_ in channels["stream_id"]}
    return {(r["sampling_rate"][0], *r["name"].tolist()): id_ for id_, r in rows.items()}


def read(entry, made, stream):
    return getattr(extractors, entry.read)(**made.extractor, stream_id=stream)


def test_recordings(case):
    entry, made, streams = case
    for their_stream, our_stream in streams:
        their = read(entry, made, their_stream)
        with stand_in.installed():
            our = read(entry, made, our_stream)
        assert isinstance(our.neo_reader, BaseRawIO) and not isinstance(their.neo_reader, BaseRawIO)
        assert our.channel_ids.tolist() == their.channel_ids.tolist()
        assert our.sampling_frequency == their.sampling_frequency
        assert our.get_num_segments() == their.get_num_segments() == 1
        assert our.dtype == their.dtype
        traces = our.get_traces()
        compare = slice(None, -entry.neo_drops or None)
        assert np.array_equal(traces[compare], their.get_traces()[compare])
        assert np.array_equal(
            our.get_traces(start_frame=7, end_frame=90, channel_ids=our.channel_ids[::-1]),
            traces[7:90, ::-1],
        )
        volts = np.isin(our.get_property("physical_unit"), ["V", "mV", "uV"])
        assert our.get_channel_gains()[volts] == pytest.approx(
            their.get_channel_gains()[volts] * entry.gain_ratio, rel=1e-12
        )
        assert our.get_channel_offsets()[volts] == pytest.approx(
            their.get_channel_offsets()[volts] * entry.gain_ratio, rel=1e-12
        )
        assert our.get_start_time() == pytest.approx(entry.t_start or their.get_start_time())
        assert our.has_probe() == their.has_probe()
        if our.has_probe():
            assert np.array_equal(our.get_channel_locations(), their.get_channel_locations())
        scaled = traces[:9] * our.get_channel_gains() + our.get_channel_offsets()
        found = our.get_traces(return_in_uV=True, end_frame=9)
        assert np.allclose(found, scaled, rtol=1e-5, atol=np.abs(scaled).max() * 1e-6)


def test_annotations_and_names(case):
    entry, made, ((_, stream), *_) = case
    with stand_in.installed():
        recording = getattr(extractors, entry.read)(
            **made.extractor, stream_id=stream, all_annotations=True
        )
    assert recording.get_annotation("stream_name") == recording.stream_name
    channels = recording.neo_reader.header["signal_channels"]
    names = channels["name"][channels["stream_id"] == stream].tolist()
    assert recording.get_property("channel_names").tolist() == names


def test_sortings(case):
    entry, made, _ = case
    if entry.sorting is None:
        return
    read_sorting = getattr(extractors, entry.sorting)
    theirs = read_sorting(**made.extractor, **entry.sorting_options)
    with stand_in.installed():
        ours = read_sorting(**made.extractor, **entry.sorting_options)
    assert ours.unit_ids.tolist() == theirs.unit_ids.tolist() and len(ours.unit_ids) > 1
    assert ours.sampling_frequency == theirs.sampling_frequency
    for unit in ours.unit_ids:
        train = ours.get_unit_spike_train(unit)
        assert len(train) and np.array_equal(train, theirs.get_unit_spike_train(unit))


def test_events(case):
    entry, made, _ = case
    if entry.events is None:
        return
    theirs = getattr(extractors, entry.events)(**made.extractor)
    with stand_in.installed():
        ours = getattr(extractors, entry.events)(**made.extractor)
    assert ours.channel_ids.tolist() == theirs.channel_ids.tolist()
    count = 0
    for channel in ours.channel_ids:
        our, their = ours.get_events(channel, 0), theirs.get_events(channel, 0)
        order = np.argsort(their["time"], kind="stable")  # neo puts edges up before edges down
        count += len(our)
        assert our["time"] == pytest.approx(their["time"][order])
        assert our["duration"] == pytest.approx(their["duration"][order], nan_ok=True)
        assert our["label"].tolist() == their["label"][order].tolist()
    assert count


def test_what_spikeinterface_read_is_read_back(case):
    """From our reader to SpikeInterface and behind our API again: the same, in microvolts."""
    entry, made, streams = case
    direct = open_recording(made.path)
    for _, name in streams:
        with stand_in.installed():
            back = from_spikeinterface(read(entry, made, name))
        stream = direct.header["signal_streams"]["id"].tolist().index(name)
        rows = direct.header["signal_channels"][direct.get_group_channel_indexes()[stream]]
        units = rows["units"].tolist()
        scale = [{"V": 1e6, "mV": 1e3}.get(unit, 1) for unit in units]
        microvolts = physical(direct, stream) * scale
        assert np.allclose(physical(back, 0), microvolts, rtol=1e-12)
        assert back.header["signal_channels"]["units"].tolist() == [
            unit if unit not in ("V", "mV", "") else "uV" for unit in units
        ]


def physical(reader, stream):
    raw = reader.get_analogsignal_chunk(stream_index=stream)
    return reader.rescale_signal_raw_to_float(raw, "float64", stream_index=stream)


def test_gaps_are_segments(tmp_path):
    """Where neo's own reader asks for a tolerance, or refuses."""
    parts = [noise(700, 3, seed=1), noise(400, 3, seed=2)]
    packets = [nsx.Packet(0, parts[0]), nsx.Packet(90_000, parts[1])]
    nsx.write_nsx(tmp_path / "a.ns5", packets, nsx.channels(3))
    with stand_in.installed():
        recording = extractors.read_blackrock(tmp_path / "a.ns5")
    assert recording.get_num_segments() == 2
    for segment, data in enumerate(parts):
        assert np.array_equal(recording.get_traces(segment), data)
        assert recording.get_times(segment)[0] == (0.0, 3.0)[segment]


# -- work in several processes ---------------------------------------------------------------------


PLX = str(sample.HERE / sample.PLX_NAME)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows starts processes anew")
def test_forked_workers_read_with_our_readers(tmp_path):
    with stand_in.installed():
        recording = extractors.read_plexon(PLX, stream_name="SPKC")
        saved = recording.save(
            folder=tmp_path / "copy", n_jobs=2, mp_context="fork", progress_bar=False
        )
        assert np.array_equal(saved.get_traces(), recording.get_traces())


SPAWNED = """
    import sys
    import numpy as np
    from rawio.bridges import stand_in

    stand_in.install()  # every process that is started anew comes by here

    import spikeinterface.extractors as extractors

    if __name__ == "__main__":
        recording = extractors.read_plexon(sys.argv[1], stream_name="SPKC")
        saved = recording.save(
            folder=sys.argv[2], n_jobs=2, mp_context="spawn", progress_bar=False, chunk_size=120_000
        )
        assert np.array_equal(saved.get_traces(), recording.get_traces())
        print(saved.get_channel_gains()[0])
"""


def test_processes_started_anew_install_for_themselves(tmp_path):
    """As docs/bridges.md says: at the top of the script, where every process comes by."""
    script = tmp_path / "script.py"
    script.write_text(textwrap.dedent(SPAWNED))
    done = subprocess.run(
        [sys.executable, str(script), PLX, str(tmp_path / "copy")],
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    assert float(done.stdout) == pytest.approx(sample.PLX_MV_PER_COUNT * 1000)
