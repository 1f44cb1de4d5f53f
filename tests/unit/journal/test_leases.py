"""Who may act for a purchase."""

from __future__ import annotations

import os
import platform
import subprocess
import sys
from pathlib import Path

import pytest

from openprospect_nb.journal.leases import Lease, Watch, is_free, name_of
from openprospect_nb.processes import is_gone, this_process


@pytest.fixture(scope="module")
def dead():
    """The name of an owner in a process that has ended."""
    command = [sys.executable, "-c", "from openprospect_nb.processes import this_process; print(this_process())"]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip() + ":token"


def test_a_process_is_named_after_where_it_runs_and_its_number():
    """The name tells the machine and the process id, and does not change."""
    place, process = this_process().rsplit(":", 1)

    assert place.startswith(platform.node())
    assert process.partition(".")[0] == str(os.getpid())
    assert this_process() == f"{place}:{process}"
    assert name_of(f"{this_process()}:token") == f"process {os.getpid()} on {platform.node()}"
    assert name_of("anything") == "process anything on this machine"


def test_a_process_of_this_machine_is_gone_when_it_no_longer_runs(dead):
    """A dead process here is gone; a living one, and one elsewhere, or of an earlier start of the machine, are not."""
    place, process, _ = dead.rsplit(":", 2)

    assert is_gone(dead)
    assert not is_gone(f"{this_process()}:token")
    assert not is_gone(f"elsewhere:{process}:token")
    assert not is_gone(f"{platform.node()}:{process}:token")
    assert not is_gone(f"{place}:unknown:token")
    assert not is_gone(f"fe80::1:{place}:{process}:token")
    assert is_gone(f"{place}:{10**30}:token")


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="only here the system tells when a process began")
def test_another_process_with_the_same_number_is_not_the_holder():
    """The number of a dead holder may be given to a new process; the start tells them apart."""
    place, process = this_process().rsplit(":", 1)
    number, tick = process.split(".")

    assert is_gone(f"{place}:{number}.{int(tick) - 1}:token")
    assert not is_gone(f"{place}:{number}:token")


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="only here the system tells who has ended")
def test_an_ended_process_that_nobody_asked_about_is_gone():
    """A kernel that was killed and whose parent sleeps is dead, although its number is taken."""
    command = [sys.executable, "-c", "from openprospect_nb.processes import this_process; print(this_process())"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as child:
        name = child.stdout.read().strip()
        os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)
        assert is_gone(f"{name}:token")


NOW = 1e9


@pytest.mark.parametrize(
    ("lease", "watched", "gone", "free"),
    [
        (Lease(), 0, False, True),
        (Lease(owner="me", until=NOW + 60), 0, False, True),
        (Lease(owner="you"), 0, False, True),
        (Lease(owner="you", until=NOW + 60), 0, False, False),
        (Lease(owner="you", until=NOW + 60), 59.9, False, False),
        (Lease(owner="you", until=NOW + 60), 60, False, True),
        (Lease(owner="you", until=NOW + 60, seconds=900), 60, False, False),
        (Lease(owner="you", until=NOW + 60), 0, True, True),
        (Lease(owner="you", until=NOW - 3600), 0, False, False),
        (Lease(owner="you", until=NOW + 1e9), 60, False, True),
        (Lease(owner="you", until=NOW - 90_000), 0, False, True),
    ],
)
def test_a_lease_is_free_when_nobody_living_holds_it(lease, watched, gone, free):
    """Never held, one's own, its holder dead, or unchanged for as long as was promised; a written time says little."""
    assert is_free(lease, "me", NOW, watched=watched, is_gone=lambda _: gone) is free


def test_a_watch_starts_anew_with_every_change():
    """What counts is how long this very lease of this very purchase has been seen."""
    watch, first, renewed = Watch(), Lease(owner="you", until=1.0), Lease(owner="you", until=2.0)

    assert [watch.unchanged("k", first, at) for at in (10.0, 15.0)] == [0.0, 5.0]
    assert watch.unchanged("other", first, 15.0) == 0.0
    assert [watch.unchanged("k", renewed, at) for at in (20.0, 26.0)] == [0.0, 6.0]
