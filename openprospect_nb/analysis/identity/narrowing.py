"""Which rows of DuckDB or Spark may stand in a suppression list, decided there: the others never leave the engine.

Only plain web sites and addresses are told there; a text that is more than that is let through, to be read here. Lists
that name companies by name cannot be narrowed: what a name says takes Python to read.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Final

import narwhals.stable.v2 as nw

from openprospect_nb.analysis.table import Lazy, beside
from openprospect_nb.privacy import canonical

MANY: Final = 5_000
"""Rows from which on it is worth it; fewer are soon fetched."""
_PLAIN_SITE: Final = rf"^{canonical.PLAIN_SITE}$"
_PLAIN_ADDRESS: Final = r"^[a-z0-9]+([._-][a-z0-9]+)*@[a-z0-9]+([.-][a-z0-9]+)*\.[a-z]{2,24}$"
_DISGUISED: Final = r"[_-](at|arobase)[_-]"
_DEEP: Final = r"^([^.]*\.){5}"
_PARTS: Final = 4  # a host is looked up whole, and without its first label, its first two, and its first three
_ABOVE: Final = "__op_above"


def narrowed(rows: Lazy, columns: Mapping[str, Sequence[str]], wanted: Mapping[str, Collection[str]]) -> Lazy:
    """Return the different rows that may match, and some that do not.

    Args:
        rows: a DuckDB or Spark frame; its columns hold text, "" for none.
        columns: which of them hold an ``external_id``, a ``site``, an ``email``.
        wanted: the keys of the list by tier: ``external_id``, ``domain``, ``address``.
    """
    ids, domains, addresses = (frozenset(wanted[tier]) for tier in ("external_id", "domain", "address"))
    hosts = domains | {address.rpartition("@")[2] for address in addresses}
    found: list[Lazy] = []
    for name in columns["external_id"] if ids else ():
        text = nw.col(name).str.strip_chars()
        found += [rows.filter(text.str.contains("[^!-~]")), _among(rows, text, beside(rows, _ABOVE, sorted(ids)))]
    for name in columns["site"] if domains else ():
        text = nw.col(name).str.strip_chars().str.to_lowercase()
        host = text.str.replace_all(r"^(https?://)?(www\.)?", "").str.replace_all("/$", "")
        found += under(rows, host, (text != "") & ~text.str.contains(_PLAIN_SITE), domains)
    for name in columns["email"] if hosts else ():
        text = nw.col(name).str.strip_chars().str.to_lowercase()
        odd = (text != "") & (~text.str.contains(_PLAIN_ADDRESS) | text.str.contains(_DISGUISED))
        # Of one Gmail mailbox there are many spellings, and two names of the host.
        also = canonical.GMAIL if hosts & canonical.GMAIL else frozenset()
        found += under(rows, text.str.replace_all("^.*@", ""), odd, hosts | also)
    return nw.concat(found, how="vertical").unique() if found else rows.head(0)


def under(rows: Lazy, host: nw.Expr, odd: nw.Expr, domains: Collection[str]) -> Iterator[Lazy]:
    """Yield the rows whose host is one of *domains* or below one, those of many labels, and the odd ones."""
    listed = beside(rows, _ABOVE, sorted(domains))
    yield rows.filter(odd | host.str.contains(_DEEP))
    for _ in range(_PARTS):
        yield _among(rows, host, listed)
        host = host.str.replace_all(r"^[^.]*\.", "")


def _among(rows: Lazy, text: nw.Expr, listed: Lazy) -> Lazy:
    names = rows.collect_schema().names()
    return rows.with_columns(text.alias(_ABOVE)).join(listed, on=_ABOVE, how="semi").select(names)
