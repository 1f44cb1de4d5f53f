"""Completion for shells, made from the parser itself, so that it never lags behind it."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from importlib.resources import files
from typing import Final

_SHELLS: Final = {
    "bash": "{body}",
    "zsh": "autoload -Uz compinit bashcompinit\ncompinit\nbashcompinit\n{body}",
}
SHELLS: Final = tuple(_SHELLS)


def script(parser: argparse.ArgumentParser, shell: str) -> str:
    """Return the lines that a shell (one of `SHELLS`) evaluates to complete commands and options."""
    cases = []
    for path, words in _paths(parser, ()):
        typed = " ".join(path)
        pattern = f'"{typed}"|"{typed} "*' if path else '""'
        cases.append(f'    {pattern}) words="{" ".join(words)}" ;;')
    body = files("openprospect_nb.cli").joinpath("completion.bash").read_text("utf-8").rstrip("\n")
    return _SHELLS[shell].format(body=body.replace("    # cases", "\n".join(cases)))


def _paths(parser: argparse.ArgumentParser, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], list[str]]]:
    """Yield each command with what may follow it, the longest first: a shell takes the first pattern that fits."""
    words = [option for action in parser._actions for option in action.option_strings]  # noqa: SLF001 - no public way
    for action in parser._actions:  # noqa: SLF001
        if isinstance(action, argparse._SubParsersAction):  # noqa: SLF001
            words += list(action.choices)
            for name, below in action.choices.items():
                yield from _paths(below, (*path, name))
    yield path, sorted(words)
