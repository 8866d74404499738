"""The table of acts, and the page of the docs that is made from it."""

import re
import subprocess
import sys
from collections import Counter
from pathlib import Path

from PyQt6.QtGui import QKeySequence

from viewer.qt.view.actions import VIEW_ACTIONS
from viewer.qt.view.wheel import ACTS, USUAL
from viewer.qt.window.actions import WINDOW_ACTIONS
from viewer.qt.window.shortcuts import MOUSE, as_markdown, sections

ROOT = Path(__file__).parents[4]
ALL = (*WINDOW_ACTIONS, *VIEW_ACTIONS)


def test_the_page_is_what_the_table_says():
    page = (ROOT / "docs" / "shortcuts.md").read_text(encoding="utf-8")
    assert page == as_markdown(), "'make shortcuts' writes it anew"
    done = subprocess.run(
        [sys.executable, "-m", "viewer.qt.window.shortcuts"],
        cwd=ROOT,
        capture_output=True,
        encoding="utf-8",
        timeout=60,
    )
    assert done.stdout == page, done.stderr


def test_every_key_of_the_table_is_on_the_page_and_in_the_help():
    page = as_markdown()
    helped = [keys for rows in sections().values() for keys, _ in rows]
    for act in ALL:
        for key in act.keys:
            escaped = key.replace("<", "&lt;").replace(">", "&gt;")
            rows = [row for row in page.splitlines() if re.match(r"\| .* \| .* \|$", row)]
            cells = [row.split(" | ")[0].removeprefix("| ").split(" or ") for row in rows]
            assert sum(cell.count(escaped) for cell in cells) == 1, key
            assert sum(key in keys.split(" or ") for keys in helped) == 1, key
    for keys, words in MOUSE:
        assert f"| {keys} | {words} |" in page
    assert all(f"| {ACTS[act]} |" in page for act in USUAL.values())


def test_the_help_says_what_the_wheel_is_set_to():
    rows = dict(sections({"": "zoom", "Ctrl": "gain", "Shift": "time", "Alt": "channels"})["Mouse"])
    assert rows["wheel"] == ACTS["zoom"] and rows["Ctrl + wheel"] == ACTS["gain"]
    assert rows["Shift + wheel"] == ACTS["time"] and rows["Alt + wheel"] == ACTS["channels"]


def test_no_key_does_two_things():
    keys = Counter(QKeySequence(key).toString() for act in ALL for key in act.keys)
    assert [key for key, count in keys.items() if count > 1] == []
    assert "" not in keys, "each is a key that Qt knows"


def test_acts_have_words_in_sentence_case():
    for act in ALL:
        assert re.fullmatch(r"[A-Z][a-z]*(,? [a-z0-9]+)*…?", act.text), act.text
        assert not act.tip or re.fullmatch(r"[A-Z].*[^. ]", act.tip), act.tip
    in_menu = Counter((act.menu, act.text) for act in ALL)
    assert max(in_menu.values()) == 1


def test_what_asks_for_more_ends_in_dots():
    """And what does not, does not."""
    asks = {act.text for act in ALL if act.text.endswith("…")}
    assert asks == {
        "Open…", "Open folder…", "Describe this file…", "Open view…", "Save view…",
        "Export picture…", "Export data…", "Settings…", "Go to…",
    }  # fmt: skip
