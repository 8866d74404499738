"""Keys of keyboards that are not Latin: what an American one has in their places.

Codes are those that Qt gave under X11 for real presses (``setxkbmap``, XTest), and of Windows and
macOS those of the headers: scan codes of set 1, and ``kVK_ANSI_*``.
"""

# ruff: noqa: RUF001  (letters that look like Latin ones are what this is about)

import string

import pytest
from PyQt6.QtCore import QEvent, Qt
from PyQt6.QtGui import QGuiApplication, QKeyEvent
from PyQt6.QtWidgets import QApplication

from tests.readers import ArrayReader, noise
from tests.viewer.qt.hands import shown
from viewer.qt.view.layouts import MAC, PC, american
from viewer.qt.view.navigation import key_name

Mod = Qt.KeyboardModifier
XCB, WAYLAND, WINDOWS, COCOA = "xcb", "wayland", "windows", "cocoa"

N = {XCB: (57, 0x6D4), WAYLAND: (57, 0x6D4), WINDOWS: (0x31, 0x4E), COCOA: (1, 0x2D)}
"""Native scan code and virtual key of the key N of an American keyboard, here with a Cyrillic T."""


def event(key, text, scan=0, virtual=0, modifiers=Mod.NoModifier):
    return QKeyEvent(QEvent.Type.KeyPress, key, modifiers, scan, virtual, 0, text)


@pytest.mark.parametrize("platform", list(N))
@pytest.mark.parametrize(
    ("key", "text", "modifiers", "want"),
    [
        (0x0422, "т", Mod.NoModifier, "n"),  # Russian
        (0x0422, "Т", Mod.ShiftModifier, "N"),
        (0x0422, "т", Mod.AltModifier, "n"),
        (0x0422, "\x0e", Mod.ControlModifier, "n"),  # where no Latin layout is set up
        (0x039D, "ν", Mod.NoModifier, "n"),  # Greek
        (0x05DE, "מ", Mod.NoModifier, "n"),  # Hebrew
        (0x0649, "ى", Mod.NoModifier, "n"),  # Arabic
        (0xFEFB, "ﻻ", Mod.NoModifier, "n"),  # Arabic, a ligature
        (0, "لا", Mod.NoModifier, "n"),  # the same, in two characters
        (int(Qt.Key.Key_unknown), "لا", Mod.NoModifier, "n"),
        (0x0E37, "ื", Mod.NoModifier, "n"),  # Thai, a mark that belongs to a letter
        (0x10D0, "ა", Mod.NoModifier, "n"),  # Georgian
        (0x30DF, "ミ", Mod.NoModifier, "n"),  # Japanese kana
        (0x3142, "ㅜ", Mod.NoModifier, "n"),  # Korean
    ],
)
def test_a_letter_that_is_not_latin_means_its_place(platform, key, text, modifiers, want):
    assert american(event(key, text, *N[platform], modifiers), platform) == want


@pytest.mark.parametrize("platform", list(N))
@pytest.mark.parametrize(
    ("key", "text"),
    [
        (Qt.Key.Key_N, "n"),
        (Qt.Key.Key_Z, "z"),  # German and French keyboards have them elsewhere
        (0xDF, "ß"),
        (0xB5, "µ"),  # French: no Greek letter, though its capital were one
        (0xBA, "º"),  # Spanish
        (0x0141, "ł"),
        (0x018F, "ə"),  # Azerbaijani
        (0x0303, "\u0303"),  # Vietnamese: a tone by itself
        (0x1EA4, "ấ"),
        (0xFF2E, "\uff4e"),  # of full width
        (Qt.Key.Key_5, "५"),  # Qt makes digits of all digits
        (0x060C, "،"),  # an Arabic comma is no letter
        (Qt.Key.Key_Apostrophe, "'"),
        (Qt.Key.Key_Left, ""),
        (Qt.Key.Key_Space, " "),
        (Qt.Key.Key_Shift, ""),
        (Qt.Key.Key_N, "т"),  # Qt has found the Latin letter itself
        (Qt.Key.Key_unknown, ""),
        (0, ""),
    ],
)
def test_latin_letters_and_what_is_no_letter_mean_themselves(platform, key, text):
    assert american(event(int(key), text, *N[platform]), platform) is None


@pytest.mark.parametrize(
    ("platform", "scan", "virtual"),
    [
        (XCB, 0, 0),  # made by a program, not by a key
        (XCB, 113, 0xFF51),
        (XCB, 57 + 256, 0),
        (WINDOWS, 0, 0x4E),
        (WINDOWS, 0x131, 0x4E),  # the second of two keys of one code
        (COCOA, 0, 0),  # made by a program: virtual key 0 is the letter A
        (COCOA, 1, 0x0A),
        (COCOA, 1, 0x7B),
        ("offscreen", 57, 0x6D4),
        ("eglfs", 57, 0x6D4),
    ],
)
def test_a_place_that_is_not_known_means_nothing(platform, scan, virtual):
    assert american(event(0x0422, "т", scan, virtual), platform) is None


def test_shift_counts_for_the_other_keys_of_the_main_block_as_on_an_american_keyboard():
    def at(scan, modifiers):
        return american(event(0x0411, "Б", scan, 0, modifiers), XCB)

    def row(first, last, modifiers):
        return "".join(at(scan, modifiers) for scan in range(first, last))

    assert row(10, 22, Mod.NoModifier) == "1234567890-="
    assert row(10, 22, Mod.ShiftModifier) == "!@#$%^&*()_+"
    assert row(24, 36, Mod.NoModifier) == "qwertyuiop[]"
    assert row(24, 36, Mod.ShiftModifier) == "QWERTYUIOP{}"
    assert row(38, 50, Mod.NoModifier) == "asdfghjkl;'`"
    assert row(38, 50, Mod.ShiftModifier) == 'ASDFGHJKL:"~'
    assert row(51, 62, Mod.NoModifier) == "\\zxcvbnm,./"
    assert row(51, 62, Mod.ShiftModifier) == "|ZXCVBNM<>?"


def test_all_systems_have_the_same_keys():
    keys = string.ascii_lowercase + string.digits + "-=[]\\;',./`"
    assert sorted(PC.values()) == sorted(MAC.values()) == sorted(keys)
    # The codes of some keys as the headers write them, in hexadecimal.
    known = {"a": 0x00, "q": 0x0C, "1": 0x12, "6": 0x16, "=": 0x18, "p": 0x23, "l": 0x25, "k": 0x28}
    known |= {
        ",": 0x2B,
        "n": 0x2D,
        ".": 0x2F,
        "`": 0x32,
        "b": 0x0B,
        "0": 0x1D,
        "]": 0x1E,
        "'": 0x27,
    }
    assert {MAC[code]: code for code in known.values()} == known


@pytest.mark.parametrize(
    ("key", "text", "scan", "modifiers", "want"),
    [
        (0x0422, "т", 57, Mod.NoModifier, "N"),
        (0x0422, "Т", 57, Mod.NoModifier, "N"),  # with the capitals lock
        (0x0422, "Т", 57, Mod.ShiftModifier, "Shift+N"),
        (0x0411, "б", 59, Mod.NoModifier, ","),
        (0x0411, "Б", 59, Mod.ShiftModifier, "<"),
        (0x0421, "с", 54, Mod.AltModifier, "Alt+C"),
        (0x042F, "\x1a", 52, Mod.ControlModifier, "Ctrl+Z"),
        (0x0423, "\x05", 26, Mod.ControlModifier | Mod.ShiftModifier, "Ctrl+Shift+E"),
        (0x0E0A, "ช", 21, Mod.NoModifier, "="),  # Thai letters are in the place of digits, too
        (Qt.Key.Key_Z, "z", 29, Mod.NoModifier, "Z"),  # German
        (Qt.Key.Key_W, "w", 52, Mod.NoModifier, "W"),  # French
    ],
)
def test_shortcuts_are_named_by_it(monkeypatch, key, text, scan, modifiers, want):
    monkeypatch.setattr(QGuiApplication, "platformName", staticmethod(lambda: XCB))
    assert key_name(event(int(key), text, scan, 0, modifiers)) == want


def test_a_view_does_by_russian_keys_what_it_does_by_latin_ones(qtbot, monkeypatch):
    monkeypatch.setattr(QGuiApplication, "platformName", staticmethod(lambda: XCB))
    view = shown(qtbot, ArrayReader.of(noise(20_000, 2)))
    view.view.window.set(5.0, 1.0)
    crosshair, gain = view.view.crosshair, view.view.channels.gain.copy()
    for key, text, scan in ((0x0427, "ч", 53), (0x0426, "ц", 25), (Qt.Key.Key_Minus, "-", 20)):
        QApplication.sendEvent(view, event(int(key), text, scan))
    assert view.view.crosshair is not crosshair  # X
    assert (view.view.window.t_start, view.view.window.duration) == (0.0, 20.0)  # W
    assert (view.view.channels.gain < gain).all()
