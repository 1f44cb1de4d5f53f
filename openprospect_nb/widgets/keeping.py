"""Still pictures that are true at the end, also where a notebook runs without a page (nbclient, papermill, nbconvert).

Such a run takes down what belongs to the cell that runs, and nothing that a background task of an earlier one says. So
when a cell has ended, every widget shown so far is asked once more, and what it answers belongs to that cell.
"""

from __future__ import annotations

import time
from contextlib import suppress
from typing import Any, Final, Protocol
from weakref import WeakSet

from IPython.core.getipython import get_ipython

from openprospect_nb.errors import OpenProspectError

# How long a cell may last longer for a widget that has asked and not been answered yet; once a question.
SETTLE_SECONDS: Final = 5.0
_LOOK_SECONDS: Final = 0.02
_EVENT: Final = "post_run_cell"


class Kept(Protocol):
    """A widget whose picture is kept true."""

    def catch_up(self) -> None:
        """Begin to ask for what is known to have changed since; must not wait."""

    def is_settled(self) -> bool:
        """Whether nothing asked for is still to come."""

    def keep(self) -> bool:
        """Show the last picture in the name of the cell that runs; return whether more may follow."""


_SHOWN: WeakSet[Any] = WeakSet()
_GIVEN_UP: WeakSet[Any] = WeakSet()


def keep_true(widget: Kept) -> None:
    """Have *widget*, which has just been displayed, asked at the end of each cell, from this one on."""
    shell = get_ipython()
    if shell is None:
        return
    _SHOWN.add(widget)
    if _cell_ended not in shell.events.callbacks[_EVENT]:
        shell.events.register(_EVENT, _cell_ended)


def _cell_ended(*_: object) -> None:
    widgets = list(_SHOWN)
    for widget in widgets:
        # A client that is closed answers nothing more; what was last seen stays.
        with suppress(OpenProspectError):
            widget.catch_up()
    _settle(widgets)
    for widget in widgets:
        if not widget.keep():
            _SHOWN.discard(widget)


def _settle(widgets: list[Any]) -> None:
    """Wait for answers, but not again for a widget that was waited for in vain, until it has had one."""
    end = time.monotonic() + SETTLE_SECONDS
    waiting = [widget for widget in widgets if not widget.is_settled()]
    while any(not widget.is_settled() and widget not in _GIVEN_UP for widget in waiting) and time.monotonic() < end:
        time.sleep(_LOOK_SECONDS)
    for widget in widgets:
        if widget.is_settled():
            _GIVEN_UP.discard(widget)
        else:
            _GIVEN_UP.add(widget)
