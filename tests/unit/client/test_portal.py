"""The private loop: usable from anywhere but itself, interruptible, and gone when closed."""

from __future__ import annotations

import asyncio
import concurrent.futures
import gc
import os
import signal
import subprocess
import sys
import threading
import time

import pytest

from openprospect_nb.client.portal import Portal
from openprospect_nb.errors import ConfigurationError


@pytest.fixture
def portal():
    """A portal, closed at the end."""
    made = Portal()
    yield made
    made.close()


async def answer():
    """Return a value from the loop."""
    await asyncio.sleep(0)
    return threading.current_thread().name


def test_a_coroutine_runs_on_the_private_thread(portal):
    """run() gives the coroutine's value; it ran on the portal's thread."""
    assert portal.run(answer()) == "openprospect-io"


def test_it_works_inside_a_running_loop(portal):
    """A blocking call inside somebody else's event loop returns."""

    async def cell():
        return portal.run(answer())

    assert asyncio.run(cell()) == "openprospect-io"


def test_errors_come_back_as_they_are(portal):
    """What the coroutine raises is what the caller gets."""

    async def fail():
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        portal.run(fail())


def test_a_call_from_its_own_thread_is_refused(portal):
    """A blocking call on the portal's thread would wait for itself; it is refused instead."""

    async def inner():
        portal.run(answer())

    with pytest.raises(ConfigurationError, match="wait for itself"):
        portal.run(inner())


def test_a_closed_portal_refuses_and_closing_twice_is_fine():
    """After close() there is no thread, no loop, and a clear error."""
    portal = Portal()
    portal.close()
    portal.close()
    assert not [t for t in threading.enumerate() if t.name == "openprospect-io" and t is portal._thread]
    with pytest.raises(ConfigurationError, match="closed"):
        portal.run(answer())


def test_closing_cancels_what_still_runs():
    """A coroutine that is still waiting is cancelled, and may clean up."""
    portal = Portal()
    cleaned = []

    async def wait():
        try:
            await asyncio.sleep(60)
        finally:
            cleaned.append(True)

    portal.submit(wait())
    time.sleep(0.05)
    portal.close()
    assert cleaned == [True]


def test_an_interrupt_returns_at_once_and_cancels_the_coroutine(portal):
    """Ctrl-C during a blocking call raises KeyboardInterrupt in the caller and CancelledError in the coroutine."""
    ended = threading.Event()
    # A test run in the background of a shell ignores interrupts; a notebook's kernel never does.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)

    async def wait():
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            ended.set()
            raise

    threading.Timer(0.2, lambda: os.kill(os.getpid(), signal.SIGINT)).start()
    try:
        with pytest.raises(KeyboardInterrupt):
            portal.run(wait())
    finally:
        signal.signal(signal.SIGINT, before)
    assert ended.wait(5)


def test_closing_ends_what_another_thread_waits_for_with_an_error_of_ours():
    """A blocking call whose client is closed elsewhere raises a ConfigurationError, not asyncio's CancelledError."""
    portal = Portal()
    caught = []

    def call():
        try:
            portal.run(asyncio.sleep(60))
        except ConfigurationError as error:
            caught.append(str(error))

    thread = threading.Thread(target=call)
    thread.start()
    time.sleep(0.1)
    portal.close()
    thread.join(10)

    assert ["closed while it was at work" in error for error in caught] == [True]


def test_what_is_due_before_the_end_runs_before_the_rest_is_cancelled():
    """A closer that was asked for lets work end in its own way; only what goes on is cancelled."""
    portal, order = Portal(), []

    async def work():
        try:
            await released.wait()
            order.append("ended by itself")
        except asyncio.CancelledError:
            order.append("cancelled")
            raise

    async def release():
        released.set()
        await asyncio.sleep(0)

    async def make():
        return asyncio.Event()

    released = portal.run(make())
    portal.before_end(release)
    portal.submit(work())
    portal.run(asyncio.sleep(0.05))
    portal.close()

    assert order == ["ended by itself"]


def test_a_coroutine_that_cancels_itself_is_no_closed_client(portal):
    """A cancellation that did not come from closing stays what it is."""

    async def give_up():
        raise asyncio.CancelledError

    with pytest.raises(concurrent.futures.CancelledError):
        portal.run(give_up())


def test_an_interrupted_call_has_time_for_its_last_words(portal):
    """When the interrupt comes out of the call, its coroutine has cleaned up."""
    words = []
    before = signal.signal(signal.SIGINT, signal.default_int_handler)

    async def wait():
        try:
            await asyncio.sleep(60)
        finally:
            await asyncio.sleep(0.1)
            words.append("come back")

    threading.Timer(0.2, lambda: os.kill(os.getpid(), signal.SIGINT)).start()
    try:
        with pytest.raises(KeyboardInterrupt):
            portal.run(wait())
    finally:
        signal.signal(signal.SIGINT, before)

    assert words == ["come back"]


FORK = """
import os, sys, warnings
warnings.simplefilter("ignore")
from openprospect_nb.client.portal import Portal
from openprospect_nb.errors import ConfigurationError
async def answer(): return 1
portal = Portal()
assert portal.run(answer()) == 1
child = os.fork()
if child == 0:
    try:
        portal.run(answer())
    except ConfigurationError:
        os._exit(7)
    os._exit(1)
sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
def test_a_forked_child_is_told_to_make_its_own_client():
    """The parent's loop does not run in a child; a call there is an error, not a hang."""
    done = subprocess.run([sys.executable, "-c", FORK], capture_output=True, text=True, timeout=30, check=False)
    assert done.returncode == 7, done.stderr


def test_a_portal_nobody_holds_ends_its_thread():
    """A client that is simply forgotten leaves no thread behind."""
    portal = Portal()
    thread = portal._thread
    assert portal.run(answer()) == "openprospect-io"
    del portal
    gc.collect()
    thread.join(5)
    assert not thread.is_alive()
