import os
import re
import tomllib
from dataclasses import asdict
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from rawio import OptionError
from viewer.settings import (
    CHOICES,
    MOST_BYTES,
    SWITCHES,
    Settings,
    SettingsError,
    load_settings,
    save_settings,
    settings_path,
)

BUILT_IN = {
    "renderer": None,
    "theme": "system",
    "order": "probe",
    "time": "seconds",
    "scroll": "time",
    "scroll_ctrl": "zoom",
    "scroll_shift": "channels",
    "scroll_alt": "gain",
    "memory": 512,
    "index": True,
    "restore": True,
}

SETTINGS = {
    **{key: st.sampled_from(words) for key, words in CHOICES.items()},
    **{key: st.booleans() for key in SWITCHES},
    "memory": st.integers(64, 1 << 24),
}

a_temporary_file_is_written_anew = hypothesis_settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None
)


def values_of(settings):
    return {key: value for key, value in asdict(settings).items() if key != "warnings"}


def toml(value):
    """Return a word, a number or a switch as TOML has it, by hand."""
    return str(value).lower() if isinstance(value, bool) else repr(value).replace("'", '"')


def test_every_setting_has_its_check_and_its_default():
    assert SETTINGS.keys() == BUILT_IN.keys()


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
@given(st.fixed_dictionaries({}, optional=SETTINGS))
def test_what_the_file_says_counts_and_the_rest_is_as_built_in(settings_folder, said):
    text = "# mine\n" + "".join(f"{key} = {toml(value)}\n" for key, value in said.items())
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
        ('theme = "blue"', "theme", 'theme must be "system" or "dark" or "light", not "blue".'),
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
        ('time = "hours"', "time", 'time must be "seconds" or "clock" or "samples"'),
        ("scroll = 1", "scroll", 'must be "time" or "zoom" or "gain" or "channels", not 1.'),
        ('scroll_alt = "Time"', "scroll_alt", 'not "Time".'),
        ('restore = "no"', "restore", 'restore must be true or false, not "no".'),
        ("colour = 3", None, "no setting 'colour'; known are index, memory, order, renderer, rest"),
        (f"{'x' * 500} = 3", None, "no setting 'xxx"),
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
    assert len(warning) < len(str(path)) + 250 and "\n" not in warning
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
    assert settings.theme == ("light" if fits else "system")
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
    assert settings.memory >= 64
    assert all(getattr(settings, key) in (True, False) for key in SWITCHES)


def test_arguments_that_are_given_stand_in_the_place_of_settings():
    settings = Settings(theme="light", memory=100, index=False)
    changed = settings.overridden(theme="dark", memory=None, index=True)
    assert values_of(changed) == {**BUILT_IN, "theme": "dark", "memory": 100}
    assert values_of(settings) == {**BUILT_IN, "theme": "light", "memory": 100, "index": False}


def test_pictures_are_dark_where_the_desktop_decides():
    assert [Settings(theme=word).picture_theme for word in CHOICES["theme"]] == [
        "dark",
        "dark",
        "light",
    ]


# -- writing ---------------------------------------------------------------------------------------


def without_values(text):
    """Return a file's lines with a hole where a setting's value was."""
    return [re.sub(r"^( *\w+ *= *)(\S+)", r"\1_", line) for line in text.splitlines()]


MINE = """# My settings.

theme   = 'dark'        # easier at night
order="file" # as the lab has it
  index = true
# memory = 100
colour = "red"

# The end.

[window]
width = 300 # of old
"""


def test_what_is_changed_keeps_comments_order_and_all_else(settings_folder):
    path = settings_folder / "settings.toml"
    path.write_text(MINE)
    save_settings({"theme": "light", "index": False, "order": "probe"})
    text = path.read_text()
    assert without_values(text) == without_values(MINE)
    assert [line for line in text.splitlines() if "#" in line] == [
        "# My settings.",
        'theme   = "light"        # easier at night',
        'order="probe" # as the lab has it',
        "# memory = 100",
        "# The end.",
        "width = 300 # of old",
    ]
    settings = load_settings()
    assert (settings.theme, settings.index, settings.order) == ("light", False, "probe")


def test_a_new_setting_comes_before_the_tables_and_belongs_to_none(settings_folder):
    path = settings_folder / "settings.toml"
    path.write_text(MINE)
    save_settings({"memory": 100})
    assert tomllib.loads(path.read_text()) == {**tomllib.loads(MINE), "memory": 100}
    kept = path.read_text().splitlines()
    kept.remove("memory = 100")
    assert [line for line in kept if line] == [line for line in MINE.splitlines() if line]


def test_none_takes_a_setting_out(settings_folder):
    path = settings_folder / "settings.toml"
    path.write_text('renderer = "gpu" # fast\n# on\ntheme = "dark"\n')
    save_settings({"renderer": None, "memory": None})
    assert path.read_text() == '# on\ntheme = "dark"\n'
    assert load_settings().renderer is None


def test_a_file_is_made_where_there_is_none(tmp_path):
    path = tmp_path / "not" / "there" / "settings.toml"
    save_settings({"restore": False, "time": "clock"}, path)
    assert load_settings(path) == Settings(restore=False, time="clock")
    assert path.read_text().startswith("# ") and path.read_text().endswith('time = "clock"\n')
    assert os.listdir(path.parent) == ["settings.toml"]


def test_nothing_is_written_where_nothing_changes(settings_folder):
    path = settings_folder / "settings.toml"
    save_settings({"renderer": None})
    assert not path.exists()
    path.write_text("theme = 'light'\n")
    save_settings({"theme": "light", "memory": None})
    assert path.read_text() == "theme = 'light'\n"


def test_what_is_wrong_in_the_file_can_be_put_right(settings_folder):
    path = settings_folder / "settings.toml"
    path.write_text("index = 1\nmemory = 2\ntheme.name = 3\n")
    save_settings({"index": True, "theme": "light"})
    settings = load_settings()
    assert (settings.index, settings.theme) == (True, "light")
    (warning,) = settings.warnings
    assert "memory must be" in warning


@pytest.mark.parametrize("ends", ["\n", "\r\n"])
@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
def test_what_editors_of_windows_write_stays_so(settings_folder, ends, mark):
    path = settings_folder / "settings.toml"
    path.write_bytes(mark + f'# für mich{ends}theme = "light"{ends}'.encode())
    save_settings({"theme": "dark", "memory": 100})
    wanted = f'# für mich{ends}theme = "dark"{ends}memory = 100{ends}'
    assert path.read_bytes() == mark + wanted.encode()


@a_temporary_file_is_written_anew
@given(
    st.fixed_dictionaries({}, optional=SETTINGS),
    st.fixed_dictionaries({}, optional={k: v | st.none() for k, v in SETTINGS.items()}),
    st.lists(st.sampled_from(["# a note", "", "  ", "x = nan", "[later]", "[[more]]", "'y' = 1"])),
)
def test_whatever_is_changed_is_read_so_and_the_rest_is_as_it_was(
    settings_folder, first, changes, between
):
    lines = [f"{key} = {toml(value)} # {key}" for key, value in first.items()]
    once = [line for line in dict.fromkeys(between) if not line.startswith("[")]
    tables = [line for line in dict.fromkeys(between) if line.startswith("[")]
    path = settings_folder / "settings.toml"
    path.write_text("\n".join([*once, *lines, *tables]) + "\n")
    before = tomllib.loads(path.read_text())
    save_settings(changes)
    wanted = {k: v for k, v in {**before, **changes}.items() if v is not None}
    after = tomllib.loads(path.read_text())
    assert repr(sorted(after.items())) == repr(sorted(wanted.items()))
    kept = {f"# {key}" for key in first if changes.get(key, first[key]) is not None}
    notes = {"#" + part for part in path.read_text().replace("# a note", "").split("#")[1:]}
    assert kept <= {note.split("\n")[0] for note in notes}
    assert os.listdir(settings_folder) == ["settings.toml"]


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"theme": "blue"}, 'theme must be "system" or "dark" or "light", not "blue".'),
        ({"memory": 1}, "memory must be a whole number"),
        ({"memory": 100.0}, "not 100.0."),
        ({"index": 1}, "index must be true or false"),
        ({"order": "file", "restore": "yes"}, "restore must be"),
        ({"colour": "red"}, "there is no setting 'colour'"),
        ({"colour": None}, "there is no setting 'colour'"),
    ],
)
def test_what_is_no_setting_is_refused_and_nothing_written(settings_folder, changes, said):
    with pytest.raises(OptionError) as caught:
        save_settings(changes)
    assert said in str(caught.value) and str(caught.value).endswith(".")
    assert os.listdir(settings_folder) == []


@pytest.mark.parametrize(
    "content",
    [b"theme = ", b'theme = "a"\ntheme = "b"', b"\xff\xfe\x00r", b"[" * 5000, b"dear diary"],
)
def test_a_file_that_is_no_toml_is_left_as_it_is(settings_folder, content):
    path = settings_folder / "settings.toml"
    path.write_bytes(content)
    with pytest.raises(SettingsError) as caught:
        save_settings({"theme": "light"})
    sentence = str(caught.value)
    assert sentence.startswith(f"{path}: is no TOML (") and sentence.endswith(".")
    assert "it is left as it is" in sentence and "\n" not in sentence
    assert path.read_bytes() == content
    assert os.listdir(settings_folder) == ["settings.toml"]


@pytest.mark.parametrize("kind", ["folder", "pipe", "large"])
def test_what_is_no_file_of_settings_is_not_replaced(settings_folder, kind):
    path = settings_folder / "settings.toml"
    if kind == "folder":
        path.mkdir()
    elif kind == "pipe":
        os.mkfifo(path)
    else:
        path.write_bytes(b"#" * (MOST_BYTES + 1))
    before = path.stat()
    with pytest.raises(SettingsError, match=r"settings cannot be kept there \(it "):
        save_settings({"theme": "light"})
    assert path.stat() == before


def test_a_folder_that_cannot_be_made_is_said(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(SettingsError, match=r"cannot be kept there \(Not a directory\)\.$"):
        save_settings({"theme": "light"}, tmp_path / "file" / "settings.toml")


def test_what_two_parsers_read_differently_is_not_written(settings_folder, monkeypatch):
    path = settings_folder / "settings.toml"
    path.write_text("memory = 100\n")
    monkeypatch.setattr("viewer.settings._edited", lambda text, changes: "memory = 200\n")
    with pytest.raises(SettingsError):
        save_settings({"theme": "light"})
    assert path.read_text() == "memory = 100\n"


# -- the page --------------------------------------------------------------------------------------


def test_the_page_shows_every_setting_with_what_is_built_in(settings_folder):
    page = (Path(__file__).parents[2] / "docs" / "settings.md").read_text(encoding="utf-8")
    shown = re.search(r"```toml\n(.*?)```", page, re.S)[1]
    assert tomllib.loads(shown).keys() == BUILT_IN.keys()
    (settings_folder / "settings.toml").write_text(shown)
    settings = load_settings()
    assert settings.warnings == ()
    # What is left out stands for auto in windows; the page says so of pictures.
    assert values_of(settings) == {**BUILT_IN, "renderer": "auto"}
    for words in CHOICES.values():
        assert all(f'"{word}"' in shown for word in words)


def test_the_page_tells_what_every_setting_is(settings_folder):
    page = (Path(__file__).parents[2] / "docs" / "settings.md").read_text(encoding="utf-8")
    page = page.partition("## How recordings were left")[0]
    rows = re.findall(r"^\| `(\w+)` \| (.*) \|$", page, re.M)
    assert sorted(name for name, _ in rows) == sorted(BUILT_IN)
    for name, words in rows:
        for word in CHOICES.get(name, ()):
            assert f'"{word}"' in words, f"{name}: {word}"
