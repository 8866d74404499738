"""The JSON beside a flat binary file: what is written is read, what is broken is said."""

import json
import math
import os
import stat
import threading
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rawio import FormatError, OptionError, RawIOError, UnreadableFileError, UnwritableFileError
from rawio import sidecar as sidecar_module
from rawio.sidecar import (
    BYTE_ORDERS,
    DTYPES,
    FORMAT,
    LATER_FIELDS,
    MAX_CHANNELS,
    MAX_START,
    VERSION,
    FlatBinaryLayout,
    read_sidecar,
    sidecar_path,
    sidecar_text,
    write_sidecar,
)

FINITE = st.floats(allow_nan=False, allow_infinity=False)
GOOD = {
    "format": FORMAT,
    "version": VERSION,
    "dtype": "int16",
    "n_channels": 3,
    "sampling_rate": 1000.0,
}


@st.composite
def layouts(draw):
    n = draw(st.integers(1, 6))
    per_channel = FINITE | st.lists(FINITE, min_size=n, max_size=n).map(tuple)
    return FlatBinaryLayout(
        n_channels=n,
        sampling_rate=draw(st.floats(1e-3, 1e9) | st.integers(1, 10**9)),
        dtype=draw(st.sampled_from(DTYPES)),
        byte_order=draw(st.sampled_from(BYTE_ORDERS)),
        gain=draw(per_channel),
        offset=draw(per_channel),
        units=draw(st.text() | st.lists(st.text(), min_size=n, max_size=n)),
        header_bytes=draw(st.integers(0, 2**62)),
        channel_names=draw(st.none() | st.lists(st.text(), min_size=n, max_size=n)),
        t_start=draw(st.floats(-MAX_START, MAX_START)),
        channel_ids=draw(st.none() | st.lists(st.text(), min_size=n, max_size=n, unique=True)),
        source=draw(st.text()),
        steps=draw(st.text()),
    )


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("sidecars")


@settings(deadline=None)
@given(layouts())
def test_what_is_written_is_read(folder, layout):
    path = folder / "recording.dat.json"
    write_sidecar(path, layout)
    assert read_sidecar(path) == layout
    assert os.listdir(folder) == ["recording.dat.json"]


def test_the_place_beside_the_recording(tmp_path):
    assert sidecar_path(tmp_path / "probe.dat") == tmp_path / "probe.dat.json"
    assert sidecar_path("a/probe") == sidecar_path("a/probe").parent / "probe.json"


def test_defaults():
    layout = FlatBinaryLayout(4, 30_000)
    assert (layout.dtype, layout.byte_order, layout.gain, layout.offset) == (
        "int16",
        "little",
        1,
        0,
    )
    assert (layout.units, layout.header_bytes, layout.channel_names) == ("", 0, None)
    assert (layout.t_start, layout.channel_ids, layout.source, layout.steps) == (0, None, "", "")
    assert layout.frame_bytes == 8 and layout.sample_dtype == np.dtype("<i2")
    assert isinstance(layout.sampling_rate, float)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("order", BYTE_ORDERS)
def test_sample_types(dtype, order):
    layout = FlatBinaryLayout(5, 1.0, dtype, order)
    sign = {"little": "<", "big": ">"}[order]
    assert layout.sample_dtype == np.dtype(dtype).newbyteorder(sign)
    assert layout.frame_bytes == 5 * np.dtype(dtype).itemsize


def test_numpy_values_become_plain_ones(tmp_path):
    layout = FlatBinaryLayout(
        np.int64(2),
        np.float32(1000),
        np.dtype("int16"),
        gain=np.array([0.5, 2]),
        offset=np.float64(1),
        header_bytes=np.uint8(7),
        channel_names=["a", "b"],
    )
    plain = FlatBinaryLayout(
        2, 1000.0, gain=(0.5, 2.0), offset=1.0, header_bytes=7, channel_names=("a", "b")
    )
    assert layout == plain
    write_sidecar(tmp_path / "x.json", layout)
    assert read_sidecar(tmp_path / "x.json") == plain


WRONG = [
    ("n_channels", [0, -1, 1.0, "3", None, True, MAX_CHANNELS + 1, 10**400, [3]]),
    ("sampling_rate", [0, -1.0, "1000", None, True, math.inf, math.nan, 10**400, [1], 1e-9, 1e10]),
    ("dtype", ["int64", "complex64", "", "i2", None, 16, ["int16"], {}]),
    ("byte_order", ["<", "native", None, 1, ["little"]]),
    ("gain", ["1", None, True, [1, 2], [1, 2, "3"], [1, 2, None], [[1, 2, 3]], [], {}, math.nan]),
    ("gain", [[1.0, 2.0, math.inf], 10**400, [1, 2, -(10**400)]]),
    ("offset", ["1", None, True, [1, 2], [1, 2, "3"], [], {}, math.nan, math.inf]),
    ("units", [None, 1, ["uV"], {}, ["uV", "mV", None], ["uV", "mV", ["V"]], [], ["uV"] * 4]),
    ("header_bytes", [-1, 1.0, "0", None, True, 2**62 + 1, 10**400]),
    ("t_start", ["1", None, True, math.nan, math.inf, 2 * MAX_START, -(10**400), [0, 0, 0], {}]),
    ("channel_ids", [["1"], ["1", "2", "2"], ["1", "2", 3], "123", 3, {}, ["1", "2", "3", "4"]]),
    ("source", [None, 1, ["a"], {}, True]),
    ("steps", [None, 1, ["high-pass"], {}]),
    ("channel_names", [["a"], ["a", "b", "c", "d"], ["a", "b", 3], "abc", 3, {}, {"a": 1}]),
]
CASES = [(field, value) for field, values in WRONG for value in values]


@pytest.mark.parametrize(("field", "value"), CASES, ids=lambda value: repr(value)[:20])
def test_every_wrong_value_is_named(tmp_path, field, value):
    fields = {"n_channels": 3, "sampling_rate": 1000.0, "dtype": "int16"} | {field: value}
    with pytest.raises(OptionError, match=field) as caught:
        FlatBinaryLayout(**fields)
    assert "\n" not in str(caught.value) and len(str(caught.value)) < 1000
    path = tmp_path / "recording.dat.json"
    path.write_text(json.dumps(GOOD | {field: value}))
    with pytest.raises(FormatError, match=field) as caught:
        read_sidecar(path)
    assert str(caught.value).startswith(f"{path}: ")


@pytest.mark.parametrize("value", [np.array([[1.0, 2, 3]]), np.array([1.0, np.nan, 3])])
def test_wrong_arrays(value):
    with pytest.raises(OptionError, match="gain"):
        FlatBinaryLayout(3, 1000.0, gain=value)


def test_an_array_of_one_number_is_a_number():
    assert FlatBinaryLayout(3, 1000.0, gain=np.array(2.5)).gain == 2.5


def broken_texts():
    text = json.dumps(GOOD)
    return {
        "empty": b"",
        "cut": text[:-10].encode(),
        "more": (text + "}").encode(),
        "not utf-8": b'{"format": "\xff"}',
        "a list": b"[1, 2]",
        "a number": b"3",
        "null": b"null",
        "deep": b"[" * 100_000,
        "digits": b'{"format": ' + b"9" * 10_000 + b"}",
        "zeros": bytes(100),
        "no format": json.dumps({k: v for k, v in GOOD.items() if k != "format"}).encode(),
        "other format": json.dumps(GOOD | {"format": "zarr"}).encode(),
        "no version": json.dumps({k: v for k, v in GOOD.items() if k != "version"}).encode(),
        "newer": json.dumps(GOOD | {"version": 2}).encode(),
        "version as text": json.dumps(GOOD | {"version": "1"}).encode(),
        "unknown": json.dumps(GOOD | {"gains": 2.0}).encode(),
    } | {
        f"no {name}": json.dumps({k: v for k, v in GOOD.items() if k != name}).encode()
        for name in ("dtype", "n_channels", "sampling_rate")
    }


@pytest.mark.parametrize("kind", broken_texts())
def test_broken_sidecars(tmp_path, kind):
    path = tmp_path / "recording.dat.json"
    path.write_bytes(broken_texts()[kind])
    with pytest.raises(FormatError) as caught:
        read_sidecar(path)
    message = str(caught.value)
    assert message.startswith(f"{path}: ") and "\n" not in message and message.endswith(".")


def test_missing_and_unknown_fields_are_named(tmp_path):
    path = tmp_path / "recording.dat.json"
    path.write_text(json.dumps(GOOD | {"gains": 1}))
    with pytest.raises(FormatError, match="unknown field 'gains'"):
        read_sidecar(path)
    path.write_text(json.dumps({"format": FORMAT, "version": VERSION, "n_channels": 1}))
    with pytest.raises(FormatError, match="no field 'dtype'"):
        read_sidecar(path)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=10,
)


@settings(deadline=None)
@given(st.dictionaries(st.sampled_from(list(FlatBinaryLayout.__dataclass_fields__)), JSON))
def test_any_values_give_a_layout_or_one_clear_error(folder, fields):
    path = folder / "any.json"
    path.write_text(json.dumps(GOOD | fields))
    try:
        layout = read_sidecar(path)
    except RawIOError as error:
        assert type(error) is FormatError
        assert str(error).startswith(f"{path}: ")
    else:
        stated = GOOD | fields
        assert (layout.n_channels, layout.dtype) == (stated["n_channels"], stated["dtype"])
        assert layout.sampling_rate == stated["sampling_rate"]
    path.unlink()


@settings(deadline=None)
@given(st.binary(max_size=200))
def test_any_bytes_give_one_clear_error(folder, content):
    path = folder / "bytes.json"
    path.write_bytes(content)
    with pytest.raises(FormatError):
        read_sidecar(path)
    path.unlink()


def test_a_sidecar_says_no_more_than_it_must():
    """Programs that do not know the later fields read all that does not need them."""
    early = set(FlatBinaryLayout.__dataclass_fields__) - set(LATER_FIELDS) | {"format", "version"}
    plain = FlatBinaryLayout(2, 1000.0, gain=(1.0, 2.0), channel_names=("a", "b"))
    assert set(json.loads(sidecar_text(plain))) == early
    later = {"t_start": -0.5, "channel_ids": ("7", "9"), "source": "a.plx", "steps": "notch 50 Hz"}
    for name, value in later.items():
        written = json.loads(sidecar_text(replace(plain, **{name: value})))
        assert set(written) == early | {name}
        assert written[name] == (list(value) if isinstance(value, tuple) else value)


def test_a_sidecar_written_by_an_editor_with_a_byte_order_mark(tmp_path):
    path = tmp_path / "recording.dat.json"
    path.write_text(json.dumps(GOOD), encoding="utf-8-sig")
    assert read_sidecar(path) == FlatBinaryLayout(3, 1000.0)


def test_unreadable(tmp_path):
    with pytest.raises(UnreadableFileError, match=r"none\.json: cannot be read"):
        read_sidecar(tmp_path / "none.json")
    with pytest.raises(UnreadableFileError, match="cannot be read"):
        read_sidecar(tmp_path)


# -- writing ---------------------------------------------------------------------------------------


def test_others_may_read_it(tmp_path):
    path = tmp_path / "recording.dat.json"
    write_sidecar(path, FlatBinaryLayout(3, 1000.0))
    assert stat.S_IMODE(path.stat().st_mode) == 0o644
    assert path.read_text().endswith("}\n")


@pytest.mark.parametrize("step", ["fdopen", "chmod", "replace"])
def test_a_failed_write_leaves_the_old_one_and_nothing_else(tmp_path, monkeypatch, step):
    path = tmp_path / "recording.dat.json"
    write_sidecar(path, FlatBinaryLayout(3, 1000.0))

    def fail(*_, **__):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(sidecar_module.os, step, fail)
    with pytest.raises(UnwritableFileError, match=r"dat\.json: cannot be written \(No space left"):
        write_sidecar(path, FlatBinaryLayout(4, 2000.0))
    assert os.listdir(tmp_path) == ["recording.dat.json"]
    assert read_sidecar(path) == FlatBinaryLayout(3, 1000.0)


def test_writing_where_there_is_no_folder_or_a_folder_of_that_name(tmp_path):
    with pytest.raises(UnwritableFileError, match=r"none/x\.json: cannot be written"):
        write_sidecar(tmp_path / "none" / "x.json", FlatBinaryLayout(1, 1.0))
    (tmp_path / "taken.json").mkdir()
    with pytest.raises(UnwritableFileError, match=r"taken\.json: cannot be written"):
        write_sidecar(tmp_path / "taken.json", FlatBinaryLayout(1, 1.0))
    assert os.listdir(tmp_path) == ["taken.json"]


def test_a_reader_never_sees_half_a_sidecar(tmp_path):
    path = tmp_path / "recording.dat.json"
    layouts = [
        FlatBinaryLayout(n, 1000.0, channel_names=[f"channel {k}" for k in range(n)])
        for n in (1, 3000)
    ]
    write_sidecar(path, layouts[0])
    done = threading.Event()
    seen, failures = set(), []

    def read():
        while not done.is_set():
            try:
                seen.add(read_sidecar(path).n_channels)
            except RawIOError as error:
                failures.append(error)

    thread = threading.Thread(target=read)
    thread.start()
    for k in range(60):
        write_sidecar(path, layouts[k % 2])
    done.set()
    thread.join()
    assert not failures and seen <= {1, 3000} and seen
