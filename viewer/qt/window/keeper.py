"""Keeping sessions, settings and the window's state, in a thread: files may be slow."""

from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

from viewer import sessions
from viewer.engine.workers import sentence_of
from viewer.qt.bridge import Relay
from viewer.sessions import Key, Recent
from viewer.settings import save_settings


class Keeper:
    """Reads and writes what is kept, one thing after the other.

    Parameters
    ----------
    enabled : bool
        Without, nothing is kept, and nothing is there.
    restore : bool
        Whether sessions are given out; they are kept in any case.
    """

    def __init__(self, *, enabled: bool, restore: bool = True) -> None:
        self._enabled, self.restore = enabled, restore
        # At the end of the program Python waits for what is still to be written.
        self._thread = ThreadPoolExecutor(1, "rawscope keeper") if enabled else None

    @property
    def restores(self) -> bool:
        """Whether recordings are shown as they were left."""
        return self._enabled and self.restore

    def session_of(self, key: Key) -> dict[str, Any] | None:
        """Return how a recording was left, None where that is not known. Not for the GUI thread."""
        wish = self._soon(lambda: sessions.session_of(key)) if self.restore else None
        return None if wish is None else wish.result()

    def keep_session(self, key: Key, session: Mapping[str, Any]) -> None:
        """Keep how a recording is left."""
        self._soon(lambda: sessions.keep_session(key, session))

    def note_opened(self, key: Key) -> None:
        """Put a recording at the head of the recent ones."""
        self._soon(lambda: sessions.note_recent(key.path, key.recording))

    def tell_recent(self, take: Callable[[list[Recent]], None]) -> None:
        """Call `take` in the GUI thread with the recent recordings, once they are known."""
        relay = Relay()
        relay.said.connect(take)
        say = relay.teller("said")
        self._soon(lambda: say(sessions.recent()))

    def forget_recent(self) -> None:
        """Empty the list of recent recordings."""
        self._soon(sessions.forget_recent)

    def keep_setting(self, key: str, value: Any, complain: Callable[[str], None]) -> None:
        """Write a setting into the user's file; call `complain` with a sentence if that fails."""
        relay = Relay()
        relay.said.connect(complain)
        say = relay.teller("said")

        def keep() -> None:
            try:
                save_settings({key: value})
            except Exception as error:
                say(sentence_of(error, "keeping the settings"))

        self._soon(keep)

    def window_state(self) -> dict[str, bytes]:
        """Return how the window was left; the one file that is read before it is shown."""
        return (sessions.window_state() or {}) if self._enabled else {}

    def keep_window_state(self, parts: Mapping[str, bytes]) -> None:
        """Keep how the window is left."""
        self._soon(lambda: sessions.keep_window_state(parts))

    def close(self) -> None:
        """Take nothing more; what is to be written is written."""
        self._enabled = False
        if self._thread is not None:
            self._thread.shutdown(wait=False)

    def _soon(self, act: Callable[[], Any]) -> "Future[Any] | None":
        """Do something in the thread, after all that was wished before; None if nothing is kept."""
        if self._thread is None or not self._enabled:
            return None
        try:
            return self._thread.submit(act)
        except RuntimeError:  # closed meanwhile: a recording that is late is still being opened
            return None
