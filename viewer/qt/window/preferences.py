"""What the user prefers, applied to a window: colours, wheel, renderer, how times are written."""

from typing import TYPE_CHECKING

from PyQt6.QtGui import QColor
from PyQt6.QtWidgets import QMenu, QToolTip

from viewer.qt.view.signal_view import SignalView
from viewer.qt.view.wheel import Act, Held
from viewer.qt.window.look import Icons, palette_of, theme_of
from viewer.settings import Settings

if TYPE_CHECKING:
    from viewer.qt.window.main_window import MainWindow

THEMES = (("system", "As the system"), ("dark", "Dark"), ("light", "Light"))
RENDERERS = (("auto", "Automatic"), ("software", "Software"), ("gpu", "GPU"))
FORMATS = (("seconds", "Seconds"), ("clock", "Time of day"), ("samples", "Samples"))
"""What is chosen in a menu, and its words there."""


class Preferences:
    """Applies the settings of a window, and offers some of them in its menus.

    Parameters
    ----------
    window : MainWindow
    icons : Icons
    """

    def __init__(self, window: "MainWindow", icons: Icons) -> None:
        self._window, self._icons = window, icons
        menus = window.menus
        menus.choices("View", "Theme", THEMES, lambda: window.settings.theme, self.set_theme)
        menus.choices("View", "Renderer", RENDERERS, self._renderer, self._set_renderer)
        menus.choices("View", "Times as", FORMATS, self._time_format, self._set_time_format)

    def apply(self, settings: Settings) -> None:
        """Take other settings as far as they concern what is open."""
        window = self._window
        before, window.settings = window.settings, settings
        self.color()
        view = window.signal_view
        if view is None:
            return
        self._set_wheel(view)
        if settings.time != before.time:
            view.view.time_format = settings.time
        if settings.renderer != before.renderer:
            view.set_renderer(settings.renderer or "auto")

    def apply_to_new(self, view: SignalView) -> None:
        """Apply the settings to a view that is just made."""
        view.view.theme = theme_of(self._window.settings.theme)
        view.view.time_format = self._window.settings.time
        self._set_wheel(view)

    # -- colours -------------------------------------------------------------------------------

    def color(self) -> None:
        """Give window, dialogs, icons and view the colours of the theme."""
        window = self._window
        theme = theme_of(window.settings.theme)
        palette = palette_of(theme)
        window.setPalette(palette)
        QToolTip.setPalette(palette)
        for menu in window.findChildren(QMenu):  # windows of their own: they inherit nothing
            menu.setPalette(palette)
        self._icons.set_color(palette.windowText().color())
        window.notice.set_color(QColor(*theme.approximate))
        window.dialogs.set_palette(palette)
        if window.signal_view is not None:
            window.signal_view.view.theme = theme

    def set_theme(self, word: str) -> None:
        """Set and keep the theme: ``system``, ``dark`` or ``light``."""
        self._keep("theme", word)
        self.color()

    def _keep(self, key: str, value: str) -> None:
        window = self._window
        window.settings = window.settings.overridden(**{key: value})
        window.keeper.keep_setting(key, value, window.notice.say)
        window.dialogs.tell_settings(window.settings)

    # -- renderer, times, wheel ----------------------------------------------------------------

    def _renderer(self) -> str:
        return self._window.settings.renderer or "auto"

    def _set_renderer(self, name: str) -> None:
        self._keep("renderer", name)
        if self._window.signal_view is not None:
            self._window.signal_view.set_renderer(self._window.settings.renderer or "auto")

    def _time_format(self) -> str:
        view = self._window.signal_view
        return self._window.settings.time if view is None else str(view.view.time_format)

    def _set_time_format(self, name: str) -> None:
        if self._window.signal_view is not None:
            self._window.signal_view.view.time_format = name

    def _set_wheel(self, view: SignalView) -> None:
        settings = self._window.settings
        acts: dict[Held, Act] = {
            "": settings.scroll,
            "Ctrl": settings.scroll_ctrl,
            "Shift": settings.scroll_shift,
            "Alt": settings.scroll_alt,
        }
        view.set_wheel(acts)
