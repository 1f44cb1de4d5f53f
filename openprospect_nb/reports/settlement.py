"""What a report says of the money: each line of the settlement, what it rests on, and what the vendor owes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from openprospect_nb.analysis.settlement.settling import settle
from openprospect_nb.frames.results import Results
from openprospect_nb.markup.wording import Wording
from openprospect_nb.reports.first import amount
from openprospect_nb.reports.summary import Fact

_MOST: Final = 5_000  # companies; telling which of more are one takes longer than the rest of the report


def settlement(results: Results, say: Wording) -> tuple[Fact, ...]:
    """Return the lines under which companies fall, with money where it is known; nothing where nothing is left to say.

    Where every company is what was asked for there is nothing to settle. A large order is settled by `op.settle` alone.
    """
    if not 0 < results.companies.height <= _MOST:
        return ()
    settled = settle(results)
    rows = [row for row in settled.total.iter_rows(named=True) if row["companies"]]
    if {row["line"] for row in rows} <= {"ordered", "usable"}:
        return ()
    lines = [Fact(name=say.say(f"settlement.{row['line']}"), text=_words(row, say)) for row in rows]
    basis = f"{say.say('settlement.outcomes', n=say.number(settled.outcomes))}; {say.say('settlement.terms')}"
    return (*lines, Fact(name=say.say("settlement.basis"), text=basis))


def _words(row: Mapping[str, Any], say: Wording) -> str:
    share = f" ({say.share(row['share'])})" if row["share"] is not None and row["line"] != "ordered" else ""
    money = "" if row["money"] is None else f" · {amount(row['money'], row['currency'], say)}"
    return f"{say.number(row['companies'])}{share}{money}"
