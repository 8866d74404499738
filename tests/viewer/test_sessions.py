import json
import multiprocessing
import os
import time
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from viewer import sessions
from viewer.sessions import (
    MOST_RECENT,
    Key,
    forget_recent,
    keep_session,
    keep_window_state,
    note_recent,
    recent,
    session_of,
    state_folder,
    window_state,
)


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    """Keep states in a folder of the test's own, which is not there yet."""
    folder = tmp_path / "state"
    monkeypatch.setenv("RAWSCOPE_STATE_DIR", str(folder))
    return folder


the_folder_may_stay = settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=40
)


def test_the_folder_is_where_the_environment_says(folder, monkeypatch):
    assert state_folder() == folder
    monkeypatch.delenv("RAWSCOPE_STATE_DIR")
    monkeypatch.setenv("XDG_STATE_HOME", str(folder))
    assert "rawscope" in state_folder().parts


def test_asking_writes_nothing(folder):
    assert recent() == [] and session_of(Key("/a")) is None and window_state() is None
    forget_recent()
    assert not folder.exists()


# -- recent recordings -----------------------------------------------------------------------------


def names():
    return [(entry.path.name, entry.recording) for entry in recent()]


def test_the_latest_comes_first_and_each_once(tmp_path):
    for name in ("a", "b", "c", "a"):
        assert note_recent(tmp_path / name)
    assert names() == [("a", None), ("c", None), ("b", None)]


def test_recordings_of_one_folder_are_told_apart(tmp_path):
    for recording in ("one", None, "two", ""):
        note_recent(tmp_path, recording)
    assert [entry.recording for entry in recent()] == ["", "two", None, "one"]


def test_what_is_missing_is_kept_and_told_apart(tmp_path):
    (tmp_path / "there").touch()
    note_recent(tmp_path / "there")
    note_recent(tmp_path / "gone")
    assert [(entry.path, entry.missing) for entry in recent()] == [
        (tmp_path / "gone", True),
        (tmp_path / "there", False),
    ]


def test_paths_are_absolute_and_their_names_may_be_no_text(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    odd = os.fsdecode(b"caf\xe9 \n.dat")
    for name in ("a.dat", odd):
        note_recent(name)
    assert [entry.path for entry in recent()] == [tmp_path / odd, tmp_path / "a.dat"]


def test_there_are_twenty_at_most_and_as_many_files(folder):
    for number in range(MOST_RECENT + 5):
        note_recent(f"/data/{number}")
    latest = [f"{number}" for number in range(MOST_RECENT + 4, 4, -1)]
    assert [entry.path.name for entry in recent()] == latest
    assert len(os.listdir(folder / "recent")) == MOST_RECENT == 20


def test_one_or_all_can_be_taken_off():
    for name in ("a", "b", "c"):
        note_recent(f"/data/{name}")
    note_recent("/data/b", "second")
    forget_recent("/data/b")
    assert names() == [("b", "second"), ("c", None), ("a", None)]
    forget_recent()
    assert recent() == []


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"[1]",
        b"null",
        b"[" * 100_000,
        b'{"format": "rawscope-recent", "version": 2, "path": "/x", "opened": "2"}',
        b'{"format": "rawscope-recent", "version": 1, "path": 3, "opened": "2"}',
        b'{"format": "rawscope-recent", "version": 1, "path": "/a\\u0000b", "opened": "2"}',
        b'{"format": "rawscope-recent", "version": 1, "path": "/x", "recording": 1, "opened": "2"}',
        b'{"format": "rawscope-recent", "version": 1, "path": "/x", "opened": 2}',
        b'{"format": "rawscope-session", "version": 1, "path": "/x", "opened": "2"}',
    ],
)
def test_damaged_entries_are_left_out_and_give_way(folder, content):
    note_recent("/data/a")
    (folder / "recent" / "odd.json").write_bytes(content)
    assert names() == [("a", None)]
    for number in range(MOST_RECENT - 1):
        note_recent(f"/data/{number}")
    assert len(recent()) == MOST_RECENT
    assert not (folder / "recent" / "odd.json").exists()


def test_a_path_that_no_disk_can_have_is_missing(folder):
    note_recent("/data/a")
    (file,) = (folder / "recent").iterdir()
    file.write_text(json.dumps(json.loads(file.read_text()) | {"path": "/\ud800"}))
    assert [entry.missing for entry in recent()] == [True]


# -- sessions --------------------------------------------------------------------------------------

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=10,
)


@the_folder_may_stay
@given(
    st.dictionaries(
        st.tuples(
            st.text(st.characters(exclude_characters="\0", codec="utf-8"), min_size=1),
            st.none() | st.text(),
        ),
        st.dictionaries(st.text(), JSON, max_size=4),
        max_size=5,
    )
)
def test_each_recording_has_the_session_that_was_kept_last(kept):
    keys = {Key.of(f"/{path}", recording): session for (path, recording), session in kept.items()}
    for key, session in keys.items():
        assert keep_session(key, {"before": True})
        assert keep_session(key, session)
    for key, session in keys.items():
        assert session_of(Key.of(key.path, key.recording)) == session
    assert session_of(Key("/nowhere/else/at/all", "here")) is None


def test_a_path_and_a_name_do_not_run_into_one_another(tmp_path):
    keys = [Key("/a", None), Key("/a", ""), Key("/a", "b"), Key("/ab", ""), Key("/ab", None)]
    assert len({key.file_name for key in keys}) == len(keys)
    odd = Key.of(os.fsdecode(b"/caf\xe9"), "\ud800")
    assert keep_session(odd, {"a": 1}) and session_of(odd) == {"a": 1}


def test_a_relative_path_is_the_same_recording(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    keep_session(Key.of("a.dat"), {"a": 1})
    assert session_of(Key.of(tmp_path / "b" / ".." / "a.dat")) == {"a": 1}


def test_the_file_says_to_people_whose_session_it_is(folder):
    keep_session(Key("/data/a.plx"), {"view": {"a": 1}})
    (file,) = (folder / "sessions").iterdir()
    assert len(file.stem) == 32 and int(file.stem, 16) >= 0
    assert json.loads(file.read_text()) == {
        "format": "rawscope-session",
        "version": 1,
        "path": "/data/a.plx",
        "recording": None,
        "session": {"view": {"a": 1}},
    }


def test_others_may_not_look_into_the_folders(folder):
    keep_session(Key("/a"), {})
    assert (folder / "sessions").stat().st_mode & 0o077 == 0


def test_those_kept_longest_ago_go(folder, monkeypatch):
    monkeypatch.setattr(sessions, "MOST_SESSIONS", 5)
    now = time.time()
    for number in range(5):
        key = Key(f"/{number}")
        keep_session(key, {"number": number})
        os.utime(folder / "sessions" / key.file_name, (now - 100 + number,) * 2)
    keep_session(Key("/0"), {"number": 0})  # which is of use again
    keep_session(Key("/5"), {"number": 5})
    there = {n for n in range(6) if session_of(Key(f"/{n}")) == {"number": n}}
    assert there == {0, 2, 3, 4, 5}
    assert len(os.listdir(folder / "sessions")) == 5


def test_what_killed_processes_left_is_removed_after_a_day(folder):
    keep_session(Key("/a"), {})
    old, fresh = folder / "sessions" / ".a.part", folder / "sessions" / ".b.part"
    for part, hours in ((old, 25), (fresh, 1)):
        part.touch()
        os.utime(part, (time.time() - hours * 3600,) * 2)
    keep_session(Key("/a"), {})
    assert fresh.exists() and not old.exists()


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\x00\xff",
        b"[" * 100_000,
        b"3",
        b"{}",
        b'{"format": "rawscope-session", "version": 2, "path": "/a", "session": {}}',
        b'{"format": "rawscope-session", "version": 1, "path": "/b", "session": {}}',
        b'{"format": "rawscope-session", "version": 1, "path": "/a", "session": [1]}',
        b'{"format": "rawscope-session", "version": 1, "path": "/a", "session": {"a": NaN}}',
        b'{"format": "rawscope-session", "version": 1, "path": "/a"}',
    ],
)
def test_a_damaged_session_is_none_until_it_is_kept_again(folder, content):
    key = Key("/a")
    keep_session(key, {"a": 1})
    (folder / "sessions" / key.file_name).write_bytes(content)
    assert session_of(key) is None
    assert keep_session(key, {"a": 2}) and session_of(key) == {"a": 2}


def test_what_is_too_large_is_neither_kept_nor_read(folder, monkeypatch, caplog):
    monkeypatch.setattr(sessions, "MOST_BYTES", 2 << 20)
    key = Key("/a")
    assert keep_session(key, {"a": 1})
    assert not keep_session(key, {"a": "x" * (2 << 20)})
    assert session_of(key) == {"a": 1}
    (folder / "sessions" / key.file_name).write_bytes(b" " * ((2 << 20) + 1))
    assert session_of(key) is None
    assert [("2 MB" in message) for message in caplog.messages] == [True, True]


@pytest.mark.parametrize("value", [float("nan"), {1}, b"x", object()])
def test_what_json_has_no_form_of_is_not_kept_and_what_was_kept_stays(value, caplog):
    key = Key("/a")
    keep_session(key, {"a": 1})
    assert not keep_session(key, {"a": value})
    assert session_of(key) == {"a": 1}
    (message,) = caplog.messages
    assert "is not kept (" in message


@pytest.mark.parametrize("how", ["file", "full"])
def test_where_nothing_can_be_written_nothing_fails(folder, monkeypatch, caplog, how):
    def full(*_):
        raise OSError(28, "No space left on device")

    if how == "file":
        folder.write_text("not a folder")
    else:
        monkeypatch.setattr(os, "fsync", full)
    assert note_recent("/a") is keep_session(Key("/a"), {}) is keep_window_state({}) is False
    assert recent() == [] and session_of(Key("/a")) is None and window_state() is None
    kept = [message for message in caplog.messages if "is not kept (" in message]
    assert len(kept) == 3 and all("\n" not in message for message in kept)


def test_a_folder_in_the_place_of_a_file_is_left_alone(folder):
    key = Key("/a")
    (folder / "sessions" / key.file_name).mkdir(parents=True)
    assert session_of(key) is None and not keep_session(key, {})
    assert (folder / "sessions" / key.file_name).is_dir()


# -- the window ------------------------------------------------------------------------------------


@the_folder_may_stay
@given(st.dictionaries(st.text(), st.binary(max_size=200), max_size=4))
def test_the_state_of_the_window_comes_back(parts):
    assert keep_window_state(parts)
    assert window_state() == parts


@pytest.mark.parametrize(
    "parts", ["null", "[]", '{"a": 1}', '{"a": "?"}', '{"a": "AAA"}', '{"a": "é"}', '{"a": null}']
)
def test_a_damaged_state_of_the_window_is_none(folder, parts):
    keep_window_state({"a": b"1"})
    text = f'{{"format": "rawscope-window", "version": 1, "parts": {parts}}}'
    (folder / "window.json").write_text(text, encoding="utf-8")
    assert window_state() is None


# -- several processes -----------------------------------------------------------------------------


def use(folder, letter, times):
    os.environ["RAWSCOPE_STATE_DIR"] = str(folder)
    for number in range(times):
        assert note_recent(f"/data/{letter}{number % 7}")
        assert keep_session(Key("/data/both"), {"of": letter, "long": letter * 20_000})
        assert keep_window_state({"geometry": letter.encode() * 5000})


def test_processes_at_once_lose_nothing_and_damage_nothing(folder):
    make = multiprocessing.get_context("spawn").Process
    users = [make(target=use, args=(folder, letter, 20)) for letter in "ab"]
    for user in users:
        user.start()
    while any(user.is_alive() for user in users):
        session = session_of(Key("/data/both"))
        assert session is None or session["long"] == session["of"] * 20_000
        state = window_state()
        assert state is None or state["geometry"] in (b"a" * 5000, b"b" * 5000)
    assert [user.exitcode for user in users] == [0, 0]
    assert {path.path for path in recent()} == {
        Path(f"/data/{x}{n}") for x in "ab" for n in range(7)
    }
    left = [name for _, _, files in os.walk(folder) for name in files if name.endswith(".part")]
    assert left == []
