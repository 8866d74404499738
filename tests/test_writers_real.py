"""A real .plx file, taken apart and written again, comes out the same."""

import dataclasses

import numpy as np
import pytest

from tests.writers import plx


def fill(cls, record):
    """Make a header of the writer from a record of the file."""
    names = [field.name for field in dataclasses.fields(cls) if field.name in record.dtype.names]
    return cls(**{name: record[name].tolist() for name in names})


def take_apart(data):
    """Return the arguments of `write_plx` but the path, and where the blocks start."""
    record = np.frombuffer(data, plx.header_dtype(plx.FILE_LAYOUT, plx.FILE_HEADER_BYTES), 1)[0]
    position = plx.FILE_HEADER_BYTES
    channels = []
    for cls, layout, size, count in (
        (plx.SpikeChannel, plx.SPIKE_LAYOUT, plx.SPIKE_HEADER_BYTES, "n_spike_channels"),
        (plx.EventChannel, plx.EVENT_LAYOUT, plx.EVENT_HEADER_BYTES, "n_event_channels"),
        (plx.SlowChannel, plx.SLOW_LAYOUT, plx.SLOW_HEADER_BYTES, "n_slow_channels"),
    ):
        records = np.frombuffer(data, plx.header_dtype(layout, size), record[count], position)
        channels.append([fill(cls, one) for one in records])
        position += records.nbytes
    start, blocks = position, []
    while position < len(data):
        type_, upper, lower, channel, unit, n, words = plx.BLOCK_HEADER.unpack_from(data, position)
        samples = np.frombuffer(data, "<i2", n * words, position + plx.BLOCK_HEADER.size)
        tick = (upper << 32) + lower
        if type_ == plx.SPIKE:
            blocks.append(plx.SpikeBlock(tick, channel, unit, samples.reshape(n, words)))
        elif type_ == plx.EVENT:
            blocks.append(plx.EventBlock(tick, channel, unit))
        else:
            blocks.append(plx.SlowBlock(tick, channel, samples))
        position += plx.BLOCK_HEADER.size + samples.nbytes
    return (fill(plx.FileHeader, record), *channels, blocks), start


# The other two files of the folder were cut down by hand and kept the counts of the whole.
@pytest.mark.parametrize("name", ["File_plexon_3.plx", "16sp_lfp_with_2coords.plx"])
def test_real_files_come_out_the_same(name, tmp_path, plexon_recordings):
    path = plexon_recordings / name
    if not path.exists():
        pytest.skip(f"{path} is not there")
    data = path.read_bytes()
    parts, start = take_apart(data)
    again = tmp_path / "again.plx"
    plx.write_plx(again, *parts)
    differ = np.frombuffer(data, "u1") != np.frombuffer(again.read_bytes(), "u1")
    assert not differ[: plx.FILE_HEADER_BYTES].any()  # counts and last timestamp among it
    assert not differ[start:].any()
    # The sorting's fit and width stay zero here; everything else of the channels is the same.
    spikes_end = plx.FILE_HEADER_BYTES + len(parts[1]) * plx.SPIKE_HEADER_BYTES
    assert not differ[spikes_end:start].any()
    spikes = differ[plx.FILE_HEADER_BYTES : spikes_end].reshape(-1, plx.SPIKE_HEADER_BYTES)
    spikes[:, 740:764] = False
    assert not spikes.any()
