"""From threads to the GUI thread: what arrives there, and what no more."""

import gc
import threading
import weakref

import pytest
from PyQt6 import sip
from PyQt6.QtCore import QCoreApplication, QObject

from viewer.qt import bridge
from viewer.qt.bridge import Messenger, Relay, hear, hear_no_more

pytestmark = pytest.mark.usefixtures("qapp")


class Listener(QObject):
    def __init__(self, heard):
        super().__init__()
        self.heard = heard

    def take(self, *arguments):
        self.heard.append((arguments, threading.current_thread()))


def from_a_thread(act):
    """Do something in a thread, and wait for its end; what it told is on its way by then."""
    thread = threading.Thread(target=act)
    thread.start()
    thread.join(10)
    assert not thread.is_alive()


def deliver():
    QCoreApplication.sendPostedEvents()
    QCoreApplication.processEvents()


def test_what_a_thread_says_arrives_in_the_gui_thread_in_the_order_it_is_said():
    heard, messenger = [], Messenger()
    listener, other = Listener(heard), Listener(heard)
    tell, tell_other = messenger.to(listener.take), messenger.to(other.take)

    def act():
        for number in range(5):
            tell(number, "x")
            tell_other()

    from_a_thread(act)
    assert heard == []
    deliver()
    assert [arguments for arguments, _ in heard] == [
        entry for number in range(5) for entry in ((number, "x"), ())
    ]
    assert {thread for _, thread in heard} == {threading.main_thread()}


def test_the_gui_thread_itself_is_heard_at_once():
    heard, messenger = [], Messenger()
    messenger.to(heard.append)("now")
    assert heard == ["now"]


def test_of_what_is_on_its_way_when_it_is_closed_nothing_arrives():
    heard, messenger = [], Messenger()
    tell = messenger.to(heard.append)
    from_a_thread(lambda: tell("before"))
    messenger.close()
    from_a_thread(lambda: tell("after"))
    tell("from here")
    deliver()
    assert heard == []


def test_who_closes_it_while_being_told_hears_no_more():
    heard, messenger = [], Messenger()

    def take(word):
        heard.append(word)
        messenger.close()

    tell = messenger.to(take)
    from_a_thread(lambda: [tell(word) for word in "abc"])
    deliver()
    assert heard == ["a"]


def test_threads_keep_the_messenger_alive_but_nobody_who_listens():
    heard, messenger = [], Messenger()
    listener = Listener(heard)
    tell = messenger.to(listener.take)
    there, bring = weakref.ref(listener), weakref.ref(messenger)
    del messenger
    gc.collect()
    from_a_thread(lambda: tell(1))
    deliver()
    assert [arguments for arguments, _ in heard] == [(1,)]
    del listener
    gc.collect()
    assert there() is None and bring() is not None
    from_a_thread(lambda: tell(2))
    deliver()
    assert len(heard) == 1


def test_a_thread_that_outlives_qt_is_not_disturbed():
    heard, messenger = [], Messenger()
    tell = messenger.to(heard.append)
    sip.delete(messenger)
    from_a_thread(lambda: tell("late"))
    deliver()
    assert heard == []


@pytest.fixture
def line(monkeypatch):
    """Give what threads speak through in this test alone, since it stays cut."""
    monkeypatch.setattr(bridge, "_line", bridge._Line())
    monkeypatch.setattr(bridge, "PATIENCE_SECONDS", 20.0)


@pytest.mark.usefixtures("line")
def test_at_the_end_of_the_program_nothing_that_is_said_reaches_qt():
    heard, messenger, relay = [], Messenger(), Relay()
    relay.said.connect(heard.append)
    tell, say = messenger.to(heard.append), relay.teller("said")
    from_a_thread(lambda: [tell(1), say(2)])
    deliver()
    hear_no_more()
    from_a_thread(lambda: [tell(3), say(4)])
    deliver()
    assert heard == [1, 2]


@pytest.mark.usefixtures("line")
def test_a_program_after_another_is_heard():
    heard, relay = [], Relay()
    relay.said.connect(heard.append)
    say = relay.teller("said")
    hear_no_more()
    hear()
    from_a_thread(lambda: say(1))
    deliver()
    assert heard == [1]


@pytest.mark.usefixtures("line")
def test_the_end_of_the_program_waits_for_a_thread_that_is_saying_something():
    inside, go_on, order = threading.Event(), threading.Event(), []

    def speak():
        with bridge._line.speaking() as heard:
            inside.set()
            go_on.wait(10)
            order.append(("said", heard))

    speaker = threading.Thread(target=speak)
    speaker.start()
    assert inside.wait(10)
    threading.Timer(0.2, go_on.set).start()
    hear_no_more()
    order.append("end")
    speaker.join(10)
    assert order == [("said", True), "end"]
