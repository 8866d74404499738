"""The SpikeGLX reader held against neo 0.14.6 in what that reads right, and its own checks.

Where neo is not asked: gains of channels that are saved in part or of SY and XD words, four SY
words, events of other devices than NI-DAQ, their times (neo counts from the start of the file)
and their order (neo puts rises before falls), lines above 7, segment times, the order of streams
of one rate, and runs that lack a file.
"""

import neo.rawio
import numpy as np
import pytest

from rawio.spikeglx import SpikeGLXRawIO
from rawio.testing import Expected, check_reader
from tests.rawio.neo_compliance import complies
from tests.rawio.spikeglx_files import event_of, events, opened, stream_names, stream_of
from tests.writers.spikeglx import Imec, Nidq, OneBox, Take, make_samples, write_run, write_stream

GAINS = [50, 125, 250, 500, 1000, 1500, 2000, 3000] * 48
DEVICES = {
    "3A": [Imec("3A", index=None), Imec("3A", "lf", index=None)],
    "1.0": [Imec("NP1000", ap_gain=GAINS), Imec("NP1000", "lf", lf_gain=GAINS), Nidq()],
    "2.0": [Imec("NP2013"), Imec("NP2013", "lf"), Nidq(xa=0)],
    "2.0 first": [Imec("PRB2_4_2_0640_0", index=3), OneBox()],
    "two": [Imec("NP2003"), Imec("NP1000", index=1), Nidq(xa=3, lines=range(4))],
    "whisper": [Nidq(mn=2, ma=1, mux=4, ma_gain=2)],
}


def neo_of(folder):
    reader = neo.rawio.SpikeGLXRawIO(dirname=str(folder))
    reader.parse_header()
    return reader


def agree(ours, theirs):
    """Hold streams, channels and samples against neo's."""
    assert sorted(stream_names(ours)) == sorted(theirs.header["signal_streams"]["name"].tolist())
    for name in stream_names(ours):
        s, t = stream_of(ours, name), stream_of(theirs, name)
        for field in ("name", "id", "buffer_id"):
            mine = ours.header["signal_streams"][field][s]
            assert mine == theirs.header["signal_streams"][field][t]
        mine, other = (
            r.header["signal_channels"][r.header["signal_channels"]["stream_id"] == name]
            for r in (ours, theirs)
        )
        for field in ("name", "id", "sampling_rate", "dtype", "stream_id", "buffer_id"):
            assert mine[field].tolist() == other[field].tolist(), field
        voltage = mine["units"] != ""
        assert mine["units"][voltage].tolist() == other["units"][voltage].tolist()
        np.testing.assert_allclose(mine["gain"][voltage], other["gain"][voltage], rtol=1e-14)
        for segment in range(ours.segment_count(0)):
            np.testing.assert_array_equal(
                ours.get_analogsignal_chunk(0, segment, stream_index=s),
                theirs.get_analogsignal_chunk(0, segment, stream_index=t),
            )
            start = theirs.get_signal_t_start(0, segment, t)
            assert ours.get_signal_t_start(0, segment, s) == start


@pytest.mark.parametrize("kind", DEVICES)
def test_neo_agrees(tmp_path, kind):
    write_run(tmp_path, DEVICES[kind], [Take(0, 0, 1.5, 0.01), Take(0, 1, 2.5, 0.01)])
    ours, theirs = opened(tmp_path), neo_of(tmp_path)
    assert ours.header["nb_segment"] == theirs.header["nb_segment"]
    agree(ours, theirs)
    lines = theirs.header["event_channels"]
    mine = ours.header["event_channels"][: len(lines)]
    for field in ("name", "id"):
        assert mine[field].tolist() == lines[field].tolist()


def test_neo_finds_the_same_edges(tmp_path):
    device = Nidq()
    edges = {"XD0": {bit: range(20 + bit, 480, 30 + bit) for bit in range(8)}}
    write_stream(tmp_path, device, make_samples(device, 500, edges=edges))
    ours, theirs = opened(tmp_path), neo_of(tmp_path)
    for bit in range(8):
        ticks, _, labels = theirs.get_event_timestamps(0, 0, bit)
        texts = [str(label) for label in labels]
        expected = sorted((int(t), text.endswith(" ON")) for t, text in zip(ticks, texts))  # noqa: B905
        assert events(ours, f"nidq#XD{bit}") == expected
        assert set(texts) == {f"XD{bit} ON", f"XD{bit} OFF"}


def test_a_reader_can_stand_where_neos_does(tmp_path):
    write_run(tmp_path, DEVICES["1.0"])
    assert SpikeGLXRawIO.extensions == neo.rawio.SpikeGLXRawIO.extensions
    assert SpikeGLXRawIO.rawmode == neo.rawio.SpikeGLXRawIO.rawmode == "one-dir"
    reader = SpikeGLXRawIO(dirname=str(tmp_path))
    assert "nb_block" not in repr(reader)
    reader.parse_header()
    assert "nb_block" in repr(reader)


def test_neos_own_compliance_checks_pass(tmp_path):
    devices = [Imec("NP1000"), Imec("NP1000", "lf"), Nidq(), OneBox()]
    write_run(tmp_path, devices, [Take(0, 0, 1.5, 0.2), Take(1, 0, 3.0, 0.1)])
    complies(opened(tmp_path, load_digital_events=True))


def test_the_checks_of_every_reader_pass(tmp_path):
    devices = [Imec("NP1000", saved=[*range(8), 768]), Imec("NP2000", index=1), Nidq(), OneBox()]
    run = write_run(tmp_path, devices, [Take(0, 0, 1.5, 0.1), Take(0, 1, 3.0, 0.05)])
    reader = SpikeGLXRawIO(tmp_path, load_digital_events=True)
    signals = {}
    parsed = opened(tmp_path)
    for segment, streams in enumerate(run.values()):
        for stream in streams:
            label = stream.label.removesuffix(".obx")
            is_sync = np.array([kind == "SY" for kind in stream.kinds])
            for name, some in ((label, ~is_sync), (f"{label}-SYNC", is_sync)):
                if some.any():
                    signals[0, segment, stream_of(parsed, name)] = stream.raw[:, some]
    check_reader(reader, Expected(signals=signals))
    assert event_of(reader, "imec1.ap#SY0.6") > 0
