"""Run one command, and turn however it ends into an exit code and one clear message."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from typing import Final

from openprospect_nb.cli.output import as_json, encode_anything, explain, note
from openprospect_nb.cli.parser import build_parser
from openprospect_nb.errors import OpenProspectError

EXIT_DONE: Final = 0
EXIT_ERROR: Final = 1
EXIT_INTERRUPTED: Final = 130


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code: 0 done, 1 refused or failed, 2 wrong usage, 130 interrupted."""
    encode_anything(sys.stdout)
    options = build_parser().parse_args(arguments)
    try:
        return _run(options)
    except BrokenPipeError:
        # The reader went away (`| head`): keep the interpreter from flushing into it once more.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return EXIT_ERROR


def _run(options: argparse.Namespace) -> int:
    run: Callable[[argparse.Namespace], int | None] = options.run
    try:
        code = run(options)
        # Here and not when the interpreter ends, so that a reader that went away is noticed in time.
        sys.stdout.flush()
    except OpenProspectError as error:
        note(as_json(error) if getattr(options, "json", False) else explain(error))
        return EXIT_ERROR
    except KeyboardInterrupt:
        note("\ninterrupted; an order that was placed goes on, see: openprospect-nb orders list")
        return EXIT_INTERRUPTED
    return EXIT_DONE if code is None else code
