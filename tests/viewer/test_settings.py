import os
import re
import tomllib
from dataclasses import asdict
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from viewer.settings import CHOICES, MOST_BYTES, Settings, load_settings, settings_path

BUILT_IN = {"renderer": None, "theme": "dark", "order": "probe", "memory": 512, "index": True}

a_temporary_file_is_written_anew = hypothesis_settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None
)


def values_of(settings):
    return {key: value for key, value in asdict(settings).items() if key != "warnings"}


def test_the_file_lies_where_the_environment_says(settings_folder, monkeypatch):
    assert settings_path() == settings_folder / "settings.toml"
    monkeypatch.delenv("RAWSCOPE_CONFIG_DIR")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(settings_folder))
    assert settings_path().name == "settings.toml"
    assert settings_path().parent.name == "rawscope"


def test_without_a_file_all_is_as_built_in():
    settings = load_settings()
    assert values_of(settings) == BUILT_IN
    assert settings.warnings == ()
    assert not settings_path().exists(), "reading writes nothing"


@a_temporary_file_is_written_anew
@given(
    st.fixed_dictionaries(
        {},
        optional={
            **{key: st.sampled_from(words) for key, words in CHOICES.items()},
            "memory": st.integers(64, 1 << 24),
            "index": st.booleans(),
        },
    )
)
def test_what_the_file_says_counts_and_the_rest_is_as_built_in(settings_folder, said):
    lines = [
        f"{key} = " + (str(v).lower() if isinstance(v, bool) else repr(v).replace("'", '"'))
        for key, v in said.items()
    ]
    text = "# mine\n" + "\n".join(lines)
    assert tomllib.loads(text) == said
    (settings_folder / "settings.toml").write_text(text)
    settings = load_settings()
    assert settings.warnings == ()
    assert values_of(settings) == {**BUILT_IN, **said}


@pytest.mark.parametrize(
    ("line", "key", "said"),
    [
        ('renderer = "opengl"', "renderer", 'renderer must be "auto" or "software" or "gpu"'),
        ("renderer = 1", "renderer", "not 1."),
        ('theme = "blue"', "theme", 'theme must be "dark" or "light", not "blue".'),
        ("theme = true", "theme", "not true."),
        ('order = ["file"]', "order", 'order must be "probe" or "file"'),
        ("memory = 63", "memory", "whole number of megabytes, 64 to 16777216, not 63."),
        ("memory = 16777217", "memory", "not 16777217."),
        ("memory = 512.0", "memory", "not 512.0."),
        ("memory = true", "memory", "not true."),
        ('memory = "512"', "memory", 'not "512".'),
        ("index = 1", "index", "index must be true or false, not 1."),
        ('index = "yes"', "index", 'not "yes".'),
        (f'theme = "{"x" * 500}"', "theme", "..."),
        ("colour = 3", None, "no setting 'colour'; known are index, memory, order, renderer"),
        ("[window]\nwidth = 3", None, "no setting 'window'"),
        ('"a\\nb" = 3', None, "no setting"),
    ],
)
def test_what_is_wrong_is_said_in_a_sentence_and_left_out(settings_folder, line, key, said):
    path = settings_folder / "settings.toml"
    path.write_text(f'order = "file"\n{line}\n' if key != "order" else line)
    settings = load_settings()
    (warning,) = settings.warnings
    assert warning.startswith(f"{path}: ") and warning.endswith(".")
    assert said in warning
    assert len(warning) < len(str(path)) + 150 and "\n" not in warning
    kept = {} if key == "order" else {"order": "file"}
    assert values_of(settings) == {**BUILT_IN, **kept}


def test_several_wrong_settings_are_each_said(settings_folder):
    (settings_folder / "settings.toml").write_text("index = 1\ntheme = 2\nmemory = 100\n")
    settings = load_settings()
    assert [w.split(": ")[1].split()[0] for w in settings.warnings] == ["index", "theme"]
    assert settings.memory == 100


@pytest.mark.parametrize(
    "content",
    [
        b"renderer = ",
        b'renderer = "gpu"\nrenderer = "auto"',
        b"\xff\xfe\x00r",
        b"[" * 5000,
        b"\x00",
    ],
)
def test_a_damaged_file_is_said_and_leaves_what_is_built_in(settings_folder, content):
    path = settings_folder / "settings.toml"
    path.write_bytes(content)
    settings = load_settings()
    (warning,) = settings.warnings
    assert warning.startswith(f"{path}: is no TOML (") and warning.endswith(".")
    assert values_of(settings) == BUILT_IN


def test_the_mark_that_editors_of_windows_write_first_is_no_matter(settings_folder):
    text = '# für mich\ntheme = "light"\n'
    (settings_folder / "settings.toml").write_bytes(b"\xef\xbb\xbf" + text.encode())
    assert load_settings() == Settings(theme="light") and load_settings().warnings == ()


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="pipes with names are POSIX")
def test_a_pipe_in_place_of_the_file_is_not_waited_for(settings_folder):
    os.mkfifo(settings_folder / "settings.toml")
    settings = load_settings()
    assert settings == Settings()
    assert settings.warnings == (f"{settings_path()}: cannot be read (it is a device or pipe).",)


@pytest.mark.skipif(os.name != "posix", reason="devices have other names")
def test_a_device_that_never_ends_is_not_read(settings_folder):
    (settings_folder / "settings.toml").symlink_to("/dev/zero")
    (warning,) = load_settings().warnings
    assert "(it is a device or pipe)" in warning


@pytest.mark.parametrize(("size", "fits"), [(MOST_BYTES, True), (MOST_BYTES + 1, False)])
def test_a_file_that_is_too_large_is_left_out(settings_folder, size, fits):
    text = b'theme = "light"\n'
    path = settings_folder / "settings.toml"
    path.write_bytes(text + b"#" * (size - len(text)))
    settings = load_settings()
    assert settings.theme == ("light" if fits else "dark")
    assert settings.warnings == (
        () if fits else (f"{path}: cannot be read (it has more than 1 MB).",)
    )


def test_a_file_that_cannot_be_read_is_said(settings_folder):
    (settings_folder / "settings.toml").mkdir()
    settings = load_settings()
    assert "cannot be read" in settings.warnings[0]
    assert values_of(settings) == BUILT_IN


@a_temporary_file_is_written_anew
@given(st.binary(max_size=200) | st.text(alphabet='renderthm=".[]\n0149{}#', max_size=60))
def test_whatever_the_file_holds_the_settings_make_sense(settings_folder, content):
    data = content.encode() if isinstance(content, str) else content
    (settings_folder / "settings.toml").write_bytes(data)
    settings = load_settings()
    for key, words in CHOICES.items():
        assert getattr(settings, key) in (*words, BUILT_IN[key])
    assert settings.memory >= 64 and settings.index in (True, False)


def test_arguments_that_are_given_stand_in_the_place_of_settings():
    settings = Settings(theme="light", memory=100, index=False)
    changed = settings.overridden(theme="dark", memory=None, index=True)
    assert values_of(changed) == {**BUILT_IN, "memory": 100}
    assert values_of(settings) == {**BUILT_IN, "theme": "light", "memory": 100, "index": False}


def test_the_page_shows_every_setting_with_what_is_built_in(settings_folder):
    page = (Path(__file__).parents[2] / "docs" / "doctor.md").read_text(encoding="utf-8")
    shown = re.search(r"```toml\n(.*?)```", page, re.S)[1]
    assert tomllib.loads(shown).keys() == BUILT_IN.keys()
    (settings_folder / "settings.toml").write_text(shown)
    settings = load_settings()
    assert settings.warnings == ()
    # What is left out stands for auto in windows; the page says so of pictures.
    assert values_of(settings) == {**BUILT_IN, "renderer": "auto"}
    for words in CHOICES.values():
        assert all(f'"{word}"' in shown for word in words)
