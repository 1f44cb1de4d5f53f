"""Who may act for a purchase."""

from __future__ import annotations

import os
import platform
import subprocess
import sys

import pytest

from openprospect_nb.journal.leases import is_free, is_gone, this_process


@pytest.fixture(scope="module")
def dead():
    """The number of a process that has ended."""
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    return process.pid


def holder(pid, machine=None):
    """Return the name of an owner in another process."""
    return f"{platform.node() if machine is None else machine}:{pid}:number"


def test_owners_are_named_after_machine_and_process():
    """An owner's name tells where it lives: it is not gone while this process runs."""
    assert this_process() == f"{platform.node()}:{os.getpid()}"
    assert not is_gone(f"{this_process()}:number")


def test_a_process_of_this_machine_is_gone_when_it_no_longer_runs(dead):
    """A dead process here is gone; a living one, one that is not ours, and one elsewhere are not."""
    assert is_gone(holder(dead))
    assert not is_gone(holder(os.getpid()))
    assert not is_gone(holder(1))
    assert not is_gone(holder(dead, machine="elsewhere"))
    assert not is_gone(holder("unknown"))


def test_a_machine_name_may_hold_colons(dead):
    """Only the last two colons part the name: with more of them the machine is another one."""
    assert not is_gone(holder(dead, machine=f"fe80::1:{platform.node()}"))
    assert not is_gone(f"{holder(dead)}:1")


@pytest.mark.parametrize(
    ("held_by", "until", "free"),
    [
        (None, None, True),
        (None, 200.0, True),
        ("me", 200.0, True),
        ("elsewhere:1:x", None, True),
        ("elsewhere:1:x", 99.9, True),
        ("elsewhere:1:x", 100.0, False),
        ("elsewhere:1:x", 200.0, False),
    ],
)
def test_a_lease_is_free_when_nobody_living_holds_it(held_by, until, free):
    """A lease may be taken if it was never held, is one's own, or has run out."""
    assert is_free(held_by, until, "me", 100.0) is free


def test_a_dead_holder_is_not_waited_for(dead):
    """A kernel that was killed frees its lease at once."""
    assert is_free(holder(dead), 200.0, "me", 100.0)
