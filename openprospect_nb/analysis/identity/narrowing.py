"""Which rows of DuckDB or Spark may stand in a suppression list, decided there: the others never leave the engine.

Only plain web sites, addresses and names are told there; a text that is more than that is let through, to be read here.
What of a name is its legal form takes Python to read; that a name has all the words of a listed one does not.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any, Final

import narwhals.stable.v2 as nw

from openprospect_nb.analysis.identity import cores
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
_ENTRY: Final = "__op_entry"


def narrowed(rows: Lazy, columns: Mapping[str, Sequence[str]], wanted: Mapping[str, frozenset[str]]) -> Lazy:
    """Return the different rows that may match, and some that do not.

    Args:
        rows: a DuckDB or Spark frame; its columns hold text, "" for none.
        columns: which of them hold an ``external_id``, a ``site``, an ``email``, a ``name``.
        wanted: the keys of the list by tier: ``external_id``, ``domain``, ``address``, ``name``, ``name_city``.
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
    names = wanted["name"] | {key.rpartition(", ")[0] for key in wanted["name_city"]}
    for name in columns["name"] if names else ():
        found += _named(rows, name, sorted(names))
    return nw.concat(found, how="vertical").unique() if found else rows.head(0)


def _named(rows: Lazy, column: str, keys: Sequence[str]) -> Iterator[Lazy]:
    """Yield the rows whose name has all the words of one of *keys*, and those whose name is more than a plain one."""
    name, word, entry = nw.col(column), nw.col(_ABOVE), nw.col(_ENTRY)
    is_odd = name.str.contains(cores.odd_letters()) | name.str.contains(cores.MAY_BE_DOTTED)
    yield rows.filter(is_odd)
    engine: Any = rows.implementation
    first_group = r"\1" if engine is nw.Implementation.DUCKDB else "$1"
    plain = rows.filter((name != "") & ~is_odd).select(column).unique()
    words = plain.with_columns(spaced(name, first_group).str.split(" ").alias(_ABOVE)).explode(_ABOVE).unique()
    # A word of an entry, the number of the entry, and how many words it has.
    entries = [f"{part} {n}/{len(set(key.split()))}" for n, key in enumerate(keys) for part in sorted(set(key.split()))]
    listed = beside(rows, _ENTRY, entries).with_columns(
        entry.str.replace_all(" .*$", "").alias(_ABOVE), entry.str.replace_all("^.* ", "").alias(_ENTRY)
    )
    met = words.join(listed, on=_ABOVE, how="inner").group_by(column, _ENTRY).agg(word.count().alias(_ABOVE))
    whole = met.filter(word == entry.str.replace_all("^.*/", "").cast(nw.Int64))
    yield rows.join(whole.select(column).unique(), on=column, how="semi")


def spaced(name: nw.Expr, first_group: str) -> nw.Expr:
    """Return the words of a plain name, as `cores.words_of_plain` reads them, with a blank between each two."""
    folded = name.str.to_lowercase().str.replace_all("'", "", literal=True)
    by_plain: dict[str, str] = {}
    for letter, plain in cores.marked_letters().items():
        by_plain[plain] = by_plain.get(plain, "") + letter
    for plain, letters in by_plain.items():
        folded = folded.str.replace_all(f"[{letters}]", plain)
    for vowel in "aou":
        folded = folded.str.replace_all(f"{vowel}e", vowel, literal=True)
    spaced = folded.str.replace_all("[^a-z0-9]+", " ").str.replace_all("^ | $", "")
    marked = spaced.str.replace_all(cores.SINGLE, f"{cores.HERE}{first_group}{cores.HERE}")
    joined = marked.str.replace_all(f"{cores.HERE} {cores.HERE}", "", literal=True)
    return joined.str.replace_all(cores.HERE, "", literal=True)


def under(rows: Lazy, host: nw.Expr, odd: nw.Expr, domains: Collection[str]) -> Iterator[Lazy]:
    """Yield the rows whose host is one of *domains* or below one, those of many labels, and the odd ones."""
    yield rows.filter(odd | host.str.contains(_DEEP))
    parts = []
    for _ in range(_PARTS):
        parts.append(rows.with_columns(host.alias(_ABOVE)))
        host = host.str.replace_all(r"^[^.]*\.", "")
    # Thousands of names are sent there once, and joined once.
    listed = beside(rows, _ABOVE, sorted(domains))
    yield nw.concat(parts, how="vertical").join(listed, on=_ABOVE, how="semi").select(rows.collect_schema().names())


def _among(rows: Lazy, text: nw.Expr, listed: Lazy) -> Lazy:
    names = rows.collect_schema().names()
    return rows.with_columns(text.alias(_ABOVE)).join(listed, on=_ABOVE, how="semi").select(names)
