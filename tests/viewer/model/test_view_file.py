"""Views that are saved: what comes back, what is written, and the files."""

import json
import os
import re
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rawio import RawIOError, open_recording
from tests.viewer.model.saved_views import a_reader, full, state
from viewer.compute.text import chain_text, parse_chain
from viewer.engine.scales import measure_view
from viewer.model import View
from viewer.model.channels import MAX_GAIN, MIN_GAIN
from viewer.model.theme import DARK, LIGHT
from viewer.model.view_fields import CHANNEL, LOOK, STREAM
from viewer.model.view_file import (
    MOST_BYTES,
    ViewFileError,
    apply_view,
    load_view,
    save_view,
    steps_of,
    view_as_json,
)
from viewer.model.view_names import told_apart
from viewer.small_files import json_bytes

ROOT = Path(__file__).parents[3]

# -- round trips -----------------------------------------------------------------------------------

finite = st.floats(allow_nan=False, allow_infinity=False)
gains = st.floats(MIN_GAIN, MAX_GAIN) | st.floats(-MAX_GAIN, -MIN_GAIN)
colors = st.tuples(*[st.integers(0, 255)] * 3)


def some(n):
    return st.lists(st.integers(0, n - 1), max_size=n)


@st.composite
def acts(draw, channels=8, units=3, events=2):
    """Return a function that changes a view as a person or a program may."""
    times = draw(st.tuples(st.floats(2.0, 6.0), st.floats(0.01, 4.0)))
    span = draw(st.none() | st.tuples(st.floats(2.0, 6.0), st.floats(2.0, 6.0)).map(sorted))
    look = draw(
        st.fixed_dictionaries(
            {},
            optional={
                "display": st.sampled_from(["traces", "heat map"]),
                "shown": st.sampled_from(["processed", "raw", "both"]),
                "time_format": st.sampled_from(["seconds", "clock", "samples"]),
                **{
                    name: st.booleans()
                    for name in ("overlap", "butterfly", "scale_bars", "crosshair")
                },
                "events_shown": st.booleans(),
                "spikes_shown": st.booleans(),
            },
        )
    )
    rows = some(channels)
    changes = draw(
        st.lists(
            st.one_of(
                st.tuples(st.just("set_gain"), gains, st.none() | rows),
                st.tuples(st.just("set_offset"), finite, st.none() | rows),
                st.tuples(st.just("set_color"), colors, st.none() | rows),
                st.tuples(st.just("set_bad"), rows, st.booleans()),
                st.tuples(st.just("set_visible"), rows, st.booleans()),
                st.tuples(st.just("show_only"), rows),
                st.tuples(st.just("solo"), st.integers(0, channels - 1)),
                st.tuples(st.just("set_order"), st.permutations(range(channels))),
                st.tuples(
                    st.just("show_page"), st.integers(0, 8), st.integers(1, 9), st.integers(0, 1)
                ),
                st.tuples(st.just("set_share"), st.integers(0, 1), st.floats(1e-4, 1e4)),
                st.tuples(
                    st.just("set_span"),
                    st.integers(0, 1),
                    st.just("uV"),
                    st.floats(0, exclude_min=True, allow_infinity=False),
                ),
            ),
            max_size=8,
        )
    )
    points = draw(
        st.lists(
            st.tuples(st.just("units"), some(units), st.booleans(), colors, some(units))
            | st.tuples(st.just("events"), some(events), st.booleans(), colors, some(events)),
            max_size=4,
        )
    )
    rest = draw(st.none() | st.lists(st.floats(-1e4, 1e4), min_size=channels, max_size=channels))
    remove_dc = draw(st.booleans())

    def act(view):
        view.window.set(*times)
        view.span = span
        for name, value in look.items():
            setattr(view, name, value)
        for name, *arguments in changes:
            getattr(view.channels, name)(*arguments)
        for kind, numbers, visible, color, picked in points:
            of_kind = getattr(view, kind)
            of_kind.set_visible(numbers, visible)
            of_kind.set_color(color, picked)
            of_kind.select(picked[0] if picked else None)
        if rest is not None:
            view.channels.set_rest(np.array(rest))
        view.channels.remove_dc = remove_dc

    return act


@settings(deadline=None)
@given(acts(), acts(), st.booleans(), st.booleans(), st.sampled_from(["probe", "file"]))
def test_a_view_comes_back_as_it_was_whatever_was_shown_meanwhile(
    act, other_act, probe, same_names, order
):
    reader = a_reader(probe=probe, same_names=same_names)
    view = View(reader, DARK, order)
    act(view)
    text = json_bytes(view_as_json(view, reader))
    other = View(reader, DARK, order)
    other_act(other)
    assert apply_view(other, json.loads(text), reader) == []
    assert state(other) == state(view)
    if b'"rest"' in text:
        lanes = np.array([view.channels.span[i.stream, i.units] for i in view.channels.infos])
        apart = np.abs(other.channels.rest - view.channels.rest)
        said = np.array([b'"rest"' in json_bytes(s) for s in json.loads(text)["streams"].values()])
        assert (apart <= lanes / 1000)[said[view.channels.stream]].all()
    else:
        other.channels.set_rest(np.zeros(8))  # what is measured, and not said, stays
        assert json_bytes(view_as_json(other, reader)) == text


@settings(deadline=None)
@given(acts())
def test_colours_that_somebody_chose_stay_and_others_follow_the_theme(act):
    reader = a_reader()
    view, light = View(reader), View(reader, LIGHT)
    act(view)
    apply_view(light, view_as_json(view, reader))
    view.theme = LIGHT
    assert state(light) == state(view) and light.theme is LIGHT


def test_the_theme_is_said_where_it_is_asked_for():
    reader = a_reader()
    view, other = View(reader, LIGHT), View(reader)
    view.channels.set_color((1, 2, 3), [1])
    assert "theme" not in view_as_json(view, reader)
    apply_view(other, view_as_json(view, reader, theme=True))
    assert other.theme is LIGHT and state(other) == state(view)


@pytest.mark.parametrize("steps", ["highpass:300", "notch:50,reference:median:groups=0+1/2+3"])
def test_the_chain_of_steps_is_kept_as_text(steps, tmp_path):
    reader = a_reader()
    data = view_as_json(View(reader), reader, chain_text(parse_chain(steps)))
    save_view(tmp_path / "a.json", data)
    assert parse_chain(steps_of(load_view(tmp_path / "a.json"))) == parse_chain(steps)
    assert steps_of(view_as_json(View(reader), reader)) == ""


def test_the_view_of_a_recording_comes_back(tmp_path):
    reader = open_recording(ROOT / "sample_data" / "sample.plx")
    view, other = View(reader), View(reader)
    measure_view(reader, view).fill(view)
    view.channels.invert([2])
    save_view(tmp_path / "a.json", view_as_json(view, reader))
    assert apply_view(other, load_view(tmp_path / "a.json"), reader) == []
    assert state(other) == state(view)
    np.testing.assert_allclose(other.channels.rest, view.channels.rest, atol=1e-3)
    assert view.channels.rest.any()


# -- what is written -------------------------------------------------------------------------------


def test_a_view_that_nobody_changed_takes_few_lines():
    reader = a_reader((384, 1))
    view = View(reader)
    text = json_bytes(view_as_json(view, reader))
    assert len(text) < 2000 and text.count(b"\n") < 40
    measure_view(reader, view).fill(view)
    assert view.channels.rest.all()
    assert len(json_bytes(view_as_json(view, reader))) < 5000


def test_a_change_of_all_takes_one_line_and_one_of_a_few_names_these():
    reader = a_reader((384, 1))
    view = View(reader)
    view.channels.scale_gain(2.0)
    view.channels.set_visible(range(384), False)
    view.channels.set_visible([7], True)
    view.channels.set_color((255, 128, 0), [7, 8])
    view.channels.set_bad([8], True)
    streams = view_as_json(view, reader)["streams"]
    assert streams["s0"]["usual"] == {"visible": False, "gain": 2.0}
    assert streams["s0"]["channels"] == {
        "7": {"visible": True, "color": "#ff8000"},
        "8": {"color": "#ff8000", "bad": True},
    }
    assert streams["s1"]["usual"] == {"gain": 2.0} and "channels" not in streams["s1"]


def test_the_order_is_said_only_where_it_is_not_the_usual():
    reader = a_reader(probe=True)
    view = View(reader)
    assert view.channels.order.tolist() == [4, 3, 2, 1, 0, 5, 6, 7]
    assert "order" not in view_as_json(view, reader)
    view.channels.set_order([4, 6, 5, 3, 2, 1, 0, 7])
    assert view_as_json(view, reader)["order"] == [
        {"stream": "s0", "channels": ["4"]},
        {"stream": "s1", "channels": ["6", "5"]},
        {"stream": "s0", "channels": ["3", "2", "1", "0"]},
        {"stream": "s1", "channels": ["7"]},
    ]
    as_file = View(reader, order="file")
    assert view_as_json(as_file, reader)["order"] == "file"
    apply_view(view, view_as_json(as_file, reader))
    assert view.channels.order.tolist() == list(range(8))
    plain = a_reader()
    assert "order" not in view_as_json(View(plain, order="file"), plain)


def test_only_the_name_of_the_recording_is_told(tmp_path, monkeypatch):
    reader = a_reader()
    view = View(reader)
    for path in (tmp_path / "secret" / "rec.dat", tmp_path / "secret" / "rec.dat" / ""):
        reader.filename = str(path)
        text = json_bytes(view_as_json(view, reader)).decode()
        assert '"name": "rec.dat"' in text and "secret" not in text
    (tmp_path / "folder").mkdir()
    monkeypatch.chdir(tmp_path / "folder")
    reader.filename = "."
    assert view_as_json(view, reader)["recording"] == {
        "name": "folder",
        "channels": 8,
        "seconds": 4.0,
    }


def test_resting_levels_are_as_fine_as_a_lane_shows():
    reader = a_reader()
    view = View(reader)
    view.channels.set_span(0, "uV", 400.0)
    view.channels.set_span(1, "uV", 0.02)
    rest = [12.3456, -7.89, 0.0, 1e6, 0.04, 0.123456, 1e-9, -0.5]
    view.channels.set_rest(np.array(rest))
    streams = view_as_json(view, reader)["streams"]
    assert streams["s0"]["rest"] == [12.3, -7.9, 0.0, 1e6, 0.0]
    assert streams["s1"]["rest"] == [0.12346, 0.0, -0.5]


@pytest.mark.parametrize("span", [5e-324, 1e-30, 1e308])
def test_no_span_is_too_small_or_too_great_for_resting_levels(span):
    reader = a_reader()
    view, other = View(reader), View(reader)
    view.channels.set_span(0, "uV", span)
    view.channels.set_rest(np.linspace(-1e5, 1e5, 8))
    assert apply_view(other, json.loads(json_bytes(view_as_json(view, reader)))) == []
    assert (np.abs(other.channels.rest - view.channels.rest)[:5] <= max(span, 1e-9)).all()


@given(st.lists(st.sampled_from(["a", "b", "", "a (2)", "a (3)", "unnamed"])))
def test_names_are_told_apart_and_stay_where_they_can(labels):
    names = told_apart(labels)
    assert len(names) == len(labels) == len(set(names))
    for name, label in zip(names, labels, strict=True):
        assert name == label or re.fullmatch(rf"{re.escape(label or 'unnamed')}( \(\d+\))?", name)
    if len(set(labels)) == len(labels) and "" not in labels:
        assert names == labels


# -- files -----------------------------------------------------------------------------------------


def test_a_file_has_what_was_saved(tmp_path):
    path = tmp_path / "a view.json"
    save_view(path, full())
    assert load_view(path) == full()
    save_view(path, {**full(), "process": "highpass:100"})
    assert steps_of(load_view(path)) == "highpass:100"
    assert os.listdir(tmp_path) == ["a view.json"]


def refusal(path):
    with pytest.raises(ViewFileError) as caught:
        load_view(path)
    sentence = str(caught.value)
    assert isinstance(caught.value, RawIOError)
    assert sentence.startswith(f"{path}: ") and sentence.endswith(".") and "\n" not in sentence
    assert len(sentence) < len(str(path)) + 300
    return sentence


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "is no view for rawscope: "),
        (b"\x00\x01\xff", "is no view for rawscope: "),
        (b"[1, 2]", 'it has no "format"'),
        (b'{"format": "rawscope-flat-binary", "version": 1}', 'it has no "format"'),
        (b"[" * 1_000_000, "it is nested too deeply"),
        (b'{"a":' * 1_000_000, "it is nested too deeply"),
        (json.dumps(full()).encode().replace(b"-3.0", b"NaN"), "NaN is no number"),
        (json.dumps(full()).encode().replace(b"-3.0", b"-1e999"), "offset must be a finite number"),
        (json.dumps(full()).encode().replace(b"-3.0", b"9" * 3000), "offset must be a finite"),
        (json.dumps(full()).encode().replace(b"-3.0", b"9" * 9000), "is no view for rawscope: "),
        (json.dumps(full()).encode().replace(b'"heat', b"'heat")[:-1], "is no view for rawscope: "),
        (b" " * (MOST_BYTES + 1), "cannot be read (it has more than 16 MB)"),
    ],
    ids=range(12),
)
def test_a_file_that_is_no_view_is_one_sentence(tmp_path, content, said):
    path = tmp_path / "a.json"
    path.write_bytes(content)
    assert said in refusal(path)


def test_a_file_that_is_not_there_or_no_file_is_said(tmp_path):
    assert "there is no such file" in refusal(tmp_path / "a.json")
    assert "cannot be read (it is a folder)" in refusal(tmp_path)
    os.mkfifo(tmp_path / "pipe")
    assert "cannot be read (it is a device or pipe)" in refusal(tmp_path / "pipe")


@pytest.mark.parametrize(
    "content", [b"\x00\x01\x02" * 100, b"{}", b"[]", b'"x"', b'{"format": "rawscope-flat-binary"}']
)
def test_what_is_no_view_is_not_replaced_by_one(tmp_path, content):
    path = tmp_path / "recording.dat"
    path.write_bytes(content)
    with pytest.raises(ViewFileError, match=r"is there already and is no view; choose another"):
        save_view(path, full())
    assert path.read_bytes() == content and os.listdir(tmp_path) == ["recording.dat"]


def test_a_recording_longer_than_any_view_is_not_replaced(tmp_path):
    path = tmp_path / "recording.dat"
    with path.open("wb") as file:
        file.truncate(MOST_BYTES * 10)
    with pytest.raises(ViewFileError, match="is no view"):
        save_view(path, full())
    assert path.stat().st_size == MOST_BYTES * 10


def test_an_empty_file_is_replaced_and_a_folder_that_is_not_there_is_said(tmp_path):
    (tmp_path / "empty.json").touch()
    save_view(tmp_path / "empty.json", full())
    assert load_view(tmp_path / "empty.json") == full()
    with pytest.raises(ViewFileError, match=r"cannot be written \(No such file or directory\)\.$"):
        save_view(tmp_path / "not" / "there.json", full())


def test_the_page_shows_a_view_and_names_every_part(tmp_path):
    page = (ROOT / "docs" / "settings.md").read_text(encoding="utf-8")
    shown = re.search(r"```json\n(.*?)```", page, re.S)[1]
    reader = open_recording(ROOT / "sample_data" / "sample.plx")
    view = View(reader)
    assert apply_view(view, json.loads(shown), reader) == []
    assert json_bytes(view_as_json(view, reader, steps_of(json.loads(shown)))).decode() == shown
    rows = re.findall(r"^\| `(\w+)` \|", page.partition("## Views in files")[2], re.M)
    top = set(full())
    assert set(rows) == {*top, *STREAM, *CHANNEL, *LOOK, "remove_dc"} | {"hidden", "colors"}
