"""`openprospect-nb desk`: the desk in a browser, without a notebook, served by Voila on this machine alone."""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from openprospect_nb.cli.output import note
from openprospect_nb.errors import ConfigurationError


def desk(options: argparse.Namespace) -> int:
    """Serve the desk until interrupted; everything it keeps is in the home, so that nothing is lost with it."""
    if find_spec("voila") is None:
        raise ConfigurationError(
            "the desk is shown by Voila, which is not installed.", next_step="Install it: pip install voila."
        )
    with tempfile.TemporaryDirectory(prefix="openprospect-desk-") as folder:
        page = Path(folder) / "desk.ipynb"
        page.write_text(json.dumps(notebook(options.home, options.results, options.price)), "utf-8")
        note("serving the desk on this machine alone; press Ctrl-C to stop. Orders go on without it.")
        return subprocess.run(command(page, options.port, browser=not options.no_browser), check=False).returncode  # noqa: S603 - our own interpreter, arguments checked by the parser


def command(page: Path, port: int, *, browser: bool) -> list[str]:
    """Return the command that serves *page* on loopback; who opens it needs the secret in its address."""
    shown = [] if browser else ["--no-browser"]
    safe = ["--Voila.ip=127.0.0.1", "--Voila.auto_token=True"]
    return [sys.executable, "-m", "voila", str(page), f"--port={port}", *safe, *shown]


def notebook(home: Path | None, results: Path | None, price: float | None = None) -> dict[str, Any]:
    """Return a notebook of one cell that shows the desk."""
    # Voila runs it in its own passing folder; what is written goes where the command was given.
    lines = ["import os", "", "import openprospect_nb as op", "", f"os.chdir({str(Path.cwd())!r})"]
    asked = {"home": None if home is None else str(home.resolve()), "price_per_briefing": price}
    arguments = ", ".join(f"{name}={value!r}" for name, value in asked.items() if value is not None)
    lines.append(f"client = op.connect({arguments})")
    given = "" if results is None else f", op.Results.read({str(results.resolve())!r})"
    lines.append(f"op.widgets.Desk(client{given})")
    cell: dict[str, Any] = {
        "cell_type": "code",
        "metadata": {},
        "outputs": [],
        "execution_count": None,
        "source": "\n".join(lines),
    }
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    return {"cells": [cell], "metadata": {"kernelspec": kernel}, "nbformat": 4, "nbformat_minor": 4}
