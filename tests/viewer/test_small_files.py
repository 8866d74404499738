import json
import math
import multiprocessing
import os
import stat

import pytest
from hypothesis import given
from hypothesis import strategies as st

from viewer.small_files import (
    LINE,
    NoSmallFileError,
    json_bytes,
    json_value,
    read_whole,
    write_whole,
)

JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=40),
    lambda inner: (
        st.lists(inner, max_size=6) | st.dictionaries(st.text(max_size=10), inner, max_size=6)
    ),
    max_leaves=40,
)


def test_what_is_written_is_read(tmp_path):
    path = tmp_path / "a"
    for content in (b"", b"one\r\n", b"\x00\xff" * 1000):
        write_whole(path, content)
        assert read_whole(path, 2000) == content
    assert os.listdir(tmp_path) == ["a"]


@pytest.mark.parametrize("size", [2 << 20, (2 << 20) + 1])
def test_a_file_of_more_bytes_than_allowed_is_not_read(tmp_path, size):
    path = tmp_path / "a"
    path.write_bytes(bytes(size))
    if size <= 2 << 20:
        assert len(read_whole(path, 2 << 20)) == size
    else:
        with pytest.raises(NoSmallFileError, match=r"^it has more than 2 MB$"):
            read_whole(path, 2 << 20)


@pytest.mark.parametrize(
    ("kind", "why"), [("folder", "it is a folder"), ("pipe", "it is a device or pipe")]
)
def test_what_is_no_plain_file_is_neither_read_nor_replaced(tmp_path, kind, why):
    path = tmp_path / "a"
    path.mkdir() if kind == "folder" else os.mkfifo(path)
    with pytest.raises(NoSmallFileError, match=why):
        read_whole(path, 10)
    with pytest.raises(NoSmallFileError, match=why):
        write_whole(path, b"x")
    assert os.listdir(tmp_path) == ["a"] and not stat.S_ISREG(path.stat().st_mode)


def test_a_link_stays_one_and_its_file_is_written(tmp_path):
    (tmp_path / "kept").mkdir()
    target, link = tmp_path / "kept" / "file", tmp_path / "link"
    target.write_bytes(b"old")
    link.symlink_to(target)
    write_whole(link, b"new")
    assert link.is_symlink() and target.read_bytes() == b"new"
    assert os.listdir(tmp_path / "kept") == ["file"]


def test_permissions_stay_and_those_of_a_new_file_are_as_the_user_has_them(tmp_path):
    path, fresh, plain = tmp_path / "a", tmp_path / "b", tmp_path / "c"
    path.write_bytes(b"old")
    path.chmod(0o640)
    write_whole(path, b"new")
    assert stat.S_IMODE(path.stat().st_mode) == 0o640
    write_whole(fresh, b"new")
    plain.touch()
    assert fresh.stat().st_mode == plain.stat().st_mode


def test_a_file_that_may_not_be_written_is_not_replaced(tmp_path, monkeypatch):
    path = tmp_path / "a"
    path.write_bytes(b"old")
    # As the system says it of a read-only file, except to root.
    monkeypatch.setattr(os, "access", lambda where, mode: mode != os.W_OK)
    with pytest.raises(PermissionError):
        write_whole(path, b"new")
    assert path.read_bytes() == b"old" and os.listdir(tmp_path) == ["a"]


@pytest.mark.parametrize("step", ["fsync", "replace"])
def test_what_fails_on_the_way_leaves_the_old_content_and_nothing_else(tmp_path, monkeypatch, step):
    def full(*_):
        raise OSError(28, "No space left on device")

    path = tmp_path / "a"
    path.write_bytes(b"old")
    monkeypatch.setattr(os, step, full)
    with pytest.raises(OSError, match="No space left"):
        write_whole(path, b"new")
    assert path.read_bytes() == b"old" and os.listdir(tmp_path) == ["a"]


def test_a_long_name_can_be_written(tmp_path):
    path = tmp_path / ("x" * 250)
    write_whole(path, b"new")
    assert path.read_bytes() == b"new"


def write_often(path, letter, times):
    for _ in range(times):
        write_whole(path, letter * 100_000)


def test_processes_that_write_at_once_leave_whole_files(tmp_path):
    path = tmp_path / "a"
    path.write_bytes(b"-" * 100_000)
    make = multiprocessing.get_context("spawn").Process
    writers = [make(target=write_often, args=(path, letter, 30)) for letter in (b"a", b"b")]
    for writer in writers:
        writer.start()
    seen = set()
    while not seen or any(writer.is_alive() for writer in writers):
        content = read_whole(path, 1 << 20)
        assert len(content) == 100_000 and len(set(content)) == 1
        seen.add(content[:1])
    for writer in writers:
        writer.join()
        assert writer.exitcode == 0
    assert seen <= {b"-", b"a", b"b"} and os.listdir(tmp_path) == ["a"]


@given(JSON)
def test_json_is_read_as_it_was_written(value):
    content = json_bytes(value)
    assert json_value(content) == json.loads(content) == value
    assert content.endswith(b"\n")


def test_json_is_for_people():
    value = {
        "window": {"start": 2.0, "duration": 0.5},
        "names": ["µ1", "µ2"],
        "order": list(range(100)),
        "tables": [{"a": 1}, {"b": "x" * LINE}],
        "long": {"a": "x" * 60, "b": "y" * 60},
    }
    xs, ys = "x" * 60, "y" * 60
    assert json_bytes(value).decode().splitlines() == [
        "{",
        '  "window": {"start": 2.0, "duration": 0.5},',
        '  "names": ["µ1", "µ2"],',
        f'  "order": {list(range(100))},',
        '  "tables": [',
        '    {"a": 1},',
        "    {",
        f'      "b": "{"x" * LINE}"',
        "    }",
        "  ],",
        '  "long": {',
        f'    "a": "{xs}",',
        f'    "b": "{ys}"',
        "  }",
        "}",
    ]


def test_names_that_are_no_text_are_kept_all_the_same():
    name = os.fsdecode(b"caf\xe9.dat")
    assert json_value(json_bytes({"name": name})) == {"name": name}
    assert json_bytes({"name": name}).isascii()


@pytest.mark.parametrize("value", [math.nan, math.inf, [-math.inf], {"a": {1, 2}}, {"a": b"x"}])
def test_what_json_has_no_form_of_is_refused(value):
    with pytest.raises((ValueError, TypeError)):
        json_bytes(value)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"NaN",
        b"[Infinity]",
        b"[" * 200_000,
        b'{"a":' * 200_000,
        b"\xff\xff",
        b"1" * 9999,
    ],
)
def test_what_is_no_json_is_one_kind_of_error(content):
    with pytest.raises(ValueError, match=r"."):
        json_value(content)
