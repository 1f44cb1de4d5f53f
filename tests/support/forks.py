"""Processes that start in milliseconds: forks of one that has imported the client, and has done nothing else yet.

A Python that imports the client takes more than a second of a core. Where a test is about what happens when a process
buys, dies or runs into something, and not about its start, a fork is as good: it has an id, files, threads and an end
of its own.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

# A fork leaves the loop and runs its code as the main module of an ordinary interpreter, whose end is ordinary too.
_PARENT = """
import json, os, sys
import httpx, polars
import openprospect_nb.cli, openprospect_nb.client, openprospect_nb.api
{also}
code = None
for line in sys.stdin:
    asked = json.loads(line)
    process = os.fork()
    if process == 0:
        for number, name in ((0, os.devnull), (1, asked["out"]), (2, asked["err"])):
            os.dup2(os.open(name, os.O_RDWR | os.O_CREAT, 0o600), number)
        os.environ.clear()
        os.environ.update(asked["environment"])
        sys.argv, code = ["-c", *asked["arguments"]], asked["code"]
        break
    print(os.waitstatus_to_exitcode(os.waitpid(process, 0)[1]), flush=True)
if code is not None:
    del line, asked, process
    exec(compile(code, "<string>", "exec"))
"""


class Forks:
    """Runs code in forks of one process, one after the other."""

    def __init__(self, parent: subprocess.Popen[str], folder: Path) -> None:
        self._parent, self._folder = parent, folder

    def run(self, code: str, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        """Run *code* as ``python -c`` would with these arguments; return how it ended and what it printed."""
        out, err = (self._folder / name for name in ("out", "err"))
        for path in (out, err):
            path.write_bytes(b"")
        asked = {"code": code, "arguments": arguments, "environment": {**os.environ, **environment}}
        assert self._parent.stdin is not None
        assert self._parent.stdout is not None
        print(json.dumps({**asked, "out": str(out), "err": str(err)}), file=self._parent.stdin, flush=True)
        ended = self._parent.stdout.readline()
        assert ended, "the process that forks is gone"
        return subprocess.CompletedProcess(
            ["-c", *arguments], int(ended), out.read_text("utf-8"), err.read_text("utf-8")
        )


@contextmanager
def forks_of_one(folder: Path, also: str = "") -> Iterator[Forks]:
    """Start the process that forks, with what it imports *also*, as code; at its end it is gone."""
    pipe = subprocess.PIPE
    with subprocess.Popen(
        [sys.executable, "-c", _PARENT.replace("{also}", also)], stdin=pipe, stdout=pipe, text=True
    ) as parent:
        try:
            yield Forks(parent, folder)
        finally:
            parent.kill()
