"""Keys by their places, for keyboards whose letters are not Latin ones.

A shortcut is a letter, and people who write Latin ones press it wherever their keyboard has it. A
Russian or Greek keyboard has it nowhere. There the key is meant that has the letter on an American
keyboard: it is mostly printed on theirs, beside their own. Qt does the like for the shortcuts of
menus. Of a key press in a widget nothing tells but the native code of the key. These codes are:

- X11 and Wayland: ``nativeScanCode`` is the key code of XKB, by 8 above that of Linux
  (``linux/input-event-codes.h``), which in the main block is the PC's scan code of set 1.
- Windows: ``nativeScanCode`` is that scan code itself.
- macOS: there are no scan codes; ``nativeVirtualKey`` is the ``kVK_ANSI_*`` code of
  ``HIToolbox/Events.h``, which is one of a place, too.
"""

import sys
import unicodedata
from collections.abc import Iterable

from PyQt6.QtCore import Qt
from PyQt6.QtGui import QGuiApplication, QKeyEvent

XKB = 8
"""How much greater the key codes of X11 and Wayland are than those of Linux."""

FIRST = "\u0370"
"""The first Greek character; before it Unicode has Latin letters and what goes with them."""

SHIFTED = dict(zip("`1234567890-=[]\\;',./", '~!@#$%^&*()_+{}|:"<>?', strict=True))
"""What Shift makes of the keys of an American keyboard that are no letters."""


def _codes(rows: Iterable[tuple[int, str]]) -> dict[int, str]:
    """Return characters by codes that count up along each row, from its first."""
    return {first + n: keys[n] for first, keys in rows for n in range(len(keys))}


PC = _codes(((2, "1234567890-="), (16, "qwertyuiop[]"), (30, "asdfghjkl;'`"), (43, "\\zxcvbnm,./")))
"""American characters by scan codes of set 1."""

MAC = _codes(
    ((0, "asdfhgzxcv"), (11, "bqweryt123465=97-80]ou[ip"), (37, "lj'k;\\,/nm."), (50, "`"))
)
"""American characters by ``kVK_ANSI_*``."""


def american(event: QKeyEvent, platform: str | None = None) -> str | None:
    """Return what an American keyboard would write with a key that writes no Latin letters.

    Parameters
    ----------
    event : QKeyEvent
    platform : str or None
        Qt's plugin, whose codes the event has; None: the one in use.

    Returns
    -------
    str or None
        A character, with Shift a capital; None where the key writes a Latin letter or none at all,
        or where its place is not known.
    """
    if not _foreign(event):
        return None
    key = _key_at(event, QGuiApplication.platformName() if platform is None else platform)
    if key is None or not event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
        return key
    return SHIFTED.get(key, key.upper())


def _key_at(event: QKeyEvent, platform: str) -> str | None:
    if platform == "xcb" or platform.startswith("wayland"):
        return PC.get(event.nativeScanCode() - XKB)
    if platform == "windows":
        return PC.get(event.nativeScanCode())
    # Of an event that no keyboard has made, macOS gives the scan code 0, and else 1: needed, since
    # the virtual key 0 is the letter A.
    if platform == "cocoa" and event.nativeScanCode():
        return MAC.get(event.nativeVirtualKey())
    return None


def _foreign(event: QKeyEvent) -> bool:
    """Return whether a key writes a letter, or a part of one, that is not Latin."""
    key = event.key()
    if 0 < key < sys.maxunicode:
        return _is_foreign(chr(key))
    # Of some letters Qt makes no key: of ligatures, for one.
    unknown = key in (0, Qt.Key.Key_unknown)
    return unknown and any(_is_foreign(character) for character in event.text())


def _is_foreign(character: str) -> bool:
    if character < FIRST or unicodedata.category(character)[0] not in "LM":
        return False
    return "LATIN" not in unicodedata.name(character, "")
