"""Flat binary files that say more of themselves, as exported ones do."""

import numpy as np

from rawio import open_recording
from rawio.testing import Expected, check_reader
from tests.readers import noise
from tests.writers.raw import write_raw

RATE = 1000.0


def test_what_an_exported_file_says_of_itself(tmp_path):
    samples = noise(500, 3)
    write_raw(
        tmp_path / "a.dat",
        samples,
        RATE,
        units=["uV", "mV", ""],
        t_start=-12.25,
        channel_ids=["9", "AUX", "3"],
        source="day1.plx, stream SPKC",
        steps="high-pass 300 Hz",
    )
    reader = open_recording(tmp_path / "a.dat")
    channels = reader.header["signal_channels"]
    assert channels["units"].tolist() == ["uV", "mV", ""]
    assert channels["id"].tolist() == ["9", "AUX", "3"]
    chunk = reader.get_analogsignal_chunk(channel_ids=["3", "9"])
    np.testing.assert_array_equal(chunk, samples[:, [2, 0]])
    assert reader.get_signal_t_start(0, 0) == reader.segment_t_start(0, 0) == -12.25
    assert reader.segment_t_stop(0, 0) == -11.75
    block = reader.raw_annotations["blocks"][0]
    assert (block["source"], block["steps"]) == ("day1.plx, stream SPKC", "high-pass 300 Hz")
    check_reader(reader, Expected(signals={(0, 0, 0): samples}))


def test_units_and_ids_of_channels_are_cut_with_a_warning(tmp_path):
    for fields in ({"units": ["uV", "m" * 65]}, {"channel_ids": ["0", "m" * 65]}):
        write_raw(tmp_path / "a.dat", noise(10, 2), RATE, **fields)
        reader = open_recording(tmp_path / "a.dat")
        assert len(reader.warnings) == 1 and "cut to 64" in reader.warnings[0]
