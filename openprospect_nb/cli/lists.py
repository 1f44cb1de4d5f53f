"""`openprospect-nb files`: what an order of a company list would send, and what an export says of mailings."""

from __future__ import annotations

import argparse
from collections import Counter
from typing import TYPE_CHECKING, Any, Final

from openprospect_nb.cli.output import note, tell, tell_json, tell_prose, tell_value

if TYPE_CHECKING:
    from openprospect_nb.files import CompanyList, Outcomes

_LISTED: Final = 20


def preview_list(options: argparse.Namespace) -> None:
    """Show what an order of a list would send, what not and why; nothing is sent, and nothing asked of the server."""
    from openprospect_nb.connect import connect
    from openprospect_nb.files import preview

    reading = {"sheet": options.sheet, "encoding": options.encoding, "repeats": options.repeats}
    if options.bought:
        with connect(home=options.home) as client:
            companies = client.orders.preview(options.file, **reading)
    else:
        companies = preview(options.file, **reading)
    if options.bad is not None:
        note(f"rows that cannot be sent: {companies.write_bad(options.bad)}")
    if options.json:
        tell_json(_facts(companies))
        return
    tell_prose(companies)
    bad = companies.bad
    for line in bad.head(_LISTED).iter_rows(named=True):
        tell_prose(f"  row {line['row']}: {line['why']}")
    if bad.height > _LISTED:
        tell(f"  and {bad.height - _LISTED:,} more; --bad FILE writes all of them")


def outcomes(options: argparse.Namespace) -> None:
    """Show what a mailing tool's export says; write it, with addresses, only where asked to."""
    from openprospect_nb.files import read_outcomes
    from openprospect_nb.files.saving import save_whole

    read = read_outcomes(options.file, sheet=options.sheet, encoding=options.encoding)
    if options.output is not None:
        save_whole(options.output, "the outcomes", read.frame.write_csv)
        note(f"outcomes: {options.output}")
    if options.json:
        tell_json(_counts(read))
    else:
        tell_value(read)


def _facts(companies: CompanyList) -> dict[str, Any]:
    source = companies.source
    return {
        "file": source.name,
        "encoding": source.encoding,
        "separator": source.separator,
        "sheet": source.sheet,
        "columns": dict(companies.columns),
        "unused": dict(companies.unused),
        "rows": companies.good.height,
        "bad": companies.bad.height,
        "blank": companies.blank,
        "repeated": companies.repeated,
        "totals": companies.totals.height,
        "known": companies.known.height,
        "known_rows": companies.known.select("row", "orders").to_dicts(),
        "bad_rows": companies.bad.select("row", "why").to_dicts(),
        "notes": companies.notes,
    }


def _counts(read: Outcomes) -> dict[str, Any]:
    bounced = read.frame["bounced"]
    return {
        "rows": read.frame.height,
        "bounced": int(bounced.sum() or 0),
        "not_bounced": int((~bounced).sum() or 0),
        "unknown": bounced.null_count(),
        "kinds": dict(Counter(read.frame["kind"])),
        "unknown_words": dict(read.unknown),
        "notes": list(read.notes),
    }
