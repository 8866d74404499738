"""Text files that an editor has saved in its own way: the same recording, or a sentence."""

import shutil

import numpy as np
import pytest

from rawio import RawIOError, open_recording
from tests.rawio.damage import content_of
from tests.rawio.neuroscope_files import SMALL, write_ripples
from tests.rawio.openephys_files import stream
from tests.writers.neuroscope import write_session
from tests.writers.openephys import write_recording
from tests.writers.raw import write_raw
from tests.writers.spikeglx import Nidq, make_samples, write_stream

WAYS = {
    "windows line ends": lambda text: text.replace("\n", "\r\n").encode(),
    "a byte order mark": lambda text: text.encode("utf-8-sig"),
    "utf-16": lambda text: text.replace('encoding="UTF-8"', 'encoding="UTF-16"').encode("utf-16"),
    "blank lines behind": lambda text: (text + "\n\n\n").encode(),
}
NUMBERS = (".res.1", ".clu.1", ".rip.evt")


def write(folder, kind):
    """Write a recording: what to open, and the text file."""
    if kind == "spikeglx":
        device = Nidq(mn=1, xa=1)
        return (written := write_stream(folder, device, make_samples(device, 50))).path, (
            written.meta_path
        )
    if kind == "openephys":
        write_recording(folder / "s", "0.6.7", node=None, streams=[stream(40)])
        return folder / "s", next(folder.rglob("structure.oebin"))
    if kind == "flat binary":
        samples = np.arange(60, dtype=np.int16).reshape(30, 2)
        write_raw(folder / "a.dat", samples, 1000.0)
        return folder / "a.dat", folder / "a.dat.json"
    write_session(folder, "a", SMALL, n_samples=500, extensions=("dat",), seed=1)
    write_ripples(folder / "a")
    return folder / "a.dat", folder / f"a{kind.removeprefix('neuroscope ')}"


KINDS = ["spikeglx", "openephys", "flat binary", "neuroscope .xml"]


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("kind", [*KINDS, *(f"neuroscope {name}" for name in NUMBERS)])
def test_saved_by_an_editor(tmp_path, kind, way):
    path, text = write(tmp_path, kind)
    whole = open_recording(path)
    text.write_bytes(WAYS[way](text.read_bytes().decode()))
    if way == "utf-16" and kind.endswith(NUMBERS):
        assert open_recording(path).warnings  # no program writes them so
        return
    reader = open_recording(path)
    assert reader.warnings == whole.warnings
    assert (reader.header["signal_channels"] == whole.header["signal_channels"]).all()
    assert content_of(reader).values == content_of(whole).values


def test_a_description_that_is_none(tmp_path):
    path, text = write(tmp_path, "flat binary")
    for content in (b"", b"\xff\xfe", b"[" * 100_000, b"\0" * 50, text.read_bytes()[:-9]):
        text.write_bytes(content)
        with pytest.raises(RawIOError, match=r"a\.dat\.json: is not valid JSON"):
            open_recording(path)
    text.write_bytes(b'{"dtype": "' + b"A" * 100_000)
    shutil.copy(text, text.with_name("copy"))
    with pytest.raises(RawIOError) as caught:
        open_recording(path)
    assert len(str(caught.value)) < 500
