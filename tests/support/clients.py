"""Clients that a test makes as it goes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import openprospect_nb as op


@contextmanager
def clients_of(**usual: Any) -> Iterator[Callable[..., op.Client]]:
    """Give a maker of clients, each as if in a new kernel, with *usual* arguments; all are closed at the end."""
    made: list[op.Client] = []

    def make(**more: Any) -> op.Client:
        made.append(op.connect(**usual | more))
        return made[-1]

    yield make
    for client in made:
        client.close()
