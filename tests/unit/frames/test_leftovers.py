"""What killed writers leave behind: swept by the next client, never a living one's, and the only copy put back."""

import os
import signal
import stat
import subprocess
import sys
import time

import pytest

from openprospect_nb.frames.results import Results
from openprospect_nb.frames.store import sweep
from openprospect_nb.processes import file_mark, is_left_behind
from openprospect_nb.settings import make_home, make_private

WRITER = """
import sys, time
from pathlib import Path
import openprospect_nb.frames.store as store
from openprospect_nb.api.fetching.pages import PageStore
from openprospect_nb.frames.results import Results
home, how = Path(sys.argv[1]), sys.argv[2]
def hang(*_, **__):
    print("ready", flush=True)
    time.sleep(60)
if how == "part":
    import os
    os.fdopen = hang
    PageStore(home / "pages" / "a" / sys.argv[3]).save(0, b"{}")
setattr(store, {"half": "_fill", "whole": "_swap"}.get(how, "_swap"), hang)
Results().write(home / "results" / "a" / sys.argv[3])
"""


def killed(home, how, name):
    """Start a writer that stops where *how* says, kill it, and return nothing."""
    writer = subprocess.Popen([sys.executable, "-c", WRITER, str(home), how, name], stdout=subprocess.PIPE)
    assert writer.stdout.readline() == b"ready\n"
    writer.send_signal(signal.SIGKILL)
    writer.wait()
    writer.stdout.close()


def hidden(home):
    """Return what is hidden or partial below *home*."""
    return [path for path in home.rglob("*") if path.name.startswith(".") or path.suffix == ".part"]


def test_leftovers_of_killed_writers_are_swept(tmp_path):
    """Half-written folders and pages go once their writer is dead; a folder written whole is put in its place."""
    killed(tmp_path, "half", "o1")
    killed(tmp_path, "whole", "o2")
    killed(tmp_path, "part", "o3")
    assert len(hidden(tmp_path)) == 3

    assert sweep(tmp_path) == 3

    assert hidden(tmp_path) == []
    assert not Results.is_stored(tmp_path / "results" / "a" / "o1")
    assert Results.read(tmp_path / "results" / "a" / "o2").companies.height == 0


def test_fifty_killed_writers_leave_nothing(tmp_path):
    """The marks of fifty dead processes are all recognised."""
    done = subprocess.run(
        [sys.executable, "-c", "from openprospect_nb.processes import file_mark; print(file_mark())"],
        capture_output=True,
        text=True,
        check=True,
    )
    mark = done.stdout.strip()
    for number in range(50):
        make_private(tmp_path / "results" / "a" / f".o{number}.new-{mark}-x{number}")
        pages = make_private(tmp_path / "pages" / "a" / f"o{number}")
        (pages / f"{mark}-x.part").write_bytes(b"{}")

    assert sweep(tmp_path) == 100
    assert hidden(tmp_path) == []


def test_a_living_writer_is_left_alone(tmp_path):
    """What this process is writing is not swept, nor what a process of another machine may be writing."""
    mine = make_private(tmp_path / "results" / "a" / f".o.new-{file_mark()}-abc")
    other = make_private(tmp_path / "results" / "a" / ".o.new-00000000-1.5-abc")

    assert sweep(tmp_path) == 0
    assert mine.is_dir()
    assert other.is_dir()


def test_leftovers_of_the_first_releases_go_by_their_age(tmp_path):
    """A name without a writer's mark is swept after an hour."""
    old, young = (make_private(tmp_path / "results" / "a" / f".o.new-{name}") for name in ("old", "young"))
    long_ago = time.time() - 7200
    os.utime(old, (long_ago, long_ago))

    assert sweep(tmp_path) == 1
    assert young.is_dir()


@pytest.mark.parametrize("replaced", [True, False])
def test_results_that_were_moved_aside_come_back_if_nothing_took_their_place(tmp_path, replaced):
    """A writer that died between its two renames costs nothing: the older results are put back."""
    target = tmp_path / "results" / "a" / "o"
    Results(errors={"o": "older"}).write(target)
    target.rename(target.with_name(".o.previous"))
    if replaced:
        Results(errors={"o": "newer"}).write(tmp_path / "new")
        (tmp_path / "new").rename(target)

    sweep(tmp_path)

    assert hidden(tmp_path) == []
    assert Results.read(target).errors == {"o": "newer" if replaced else "older"}


def test_a_mark_of_this_process_is_not_left_behind():
    """The mark names a process that runs; one of an ended number, or of a number given anew, is left behind."""
    place, process = file_mark().split("-")

    assert not is_left_behind(f"{place}-{process}")
    assert is_left_behind(f"{place}-{os.getpid()}.1")
    assert is_left_behind(f"{place}-4194305.1")


@pytest.mark.parametrize("umask", [0o000, 0o022, 0o077])
def test_folders_on_the_way_to_a_home_are_private_under_any_umask(tmp_path, umask):
    """Every folder that is made for a home is 0700, whatever the umask leaves open."""
    before = os.umask(umask)
    try:
        home = make_home(tmp_path / "a" / "b" / "home")
        Results().write(home / "results" / "x" / "o")
    finally:
        os.umask(before)

    made = [tmp_path / "a", *(tmp_path / "a").rglob("*")]
    assert {stat.S_IMODE(path.stat().st_mode) for path in made if path.is_dir()} == {0o700}
    assert {stat.S_IMODE(path.stat().st_mode) for path in made if path.is_file()} == {0o600}
