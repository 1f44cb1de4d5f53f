"""Which rows of DuckDB or Spark may stand in a suppression list, decided there: the others never leave the engine.

Only plain web sites and addresses, and names whose letters stand each for itself, are told there; a text that is more
than that is let through, to be read here. What of a name is its legal form takes Python to read; that a name has all
the words of a listed one does not.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Final

import narwhals.stable.v2 as nw

from openprospect_nb.analysis.identity import cores
from openprospect_nb.analysis.table import Lazy, collect, first_group, table_beside
from openprospect_nb.names import legal_forms
from openprospect_nb.privacy import canonical

MANY: Final = 5_000
"""Rows from which on it is worth it; fewer are soon fetched."""
_PLAIN_SITE: Final = rf"^{canonical.PLAIN_SITE}$"
_PLAIN_ADDRESS: Final = r"^[a-z0-9]+([._-][a-z0-9]+)*@[a-z0-9]+([.-][a-z0-9]+)*\.[a-z]{2,24}$"
_DISGUISED: Final = r"[_-](at|arobase)[_-]"
_DEEP: Final = r"^([^.]*\.){5}"
_PARTS: Final = 4  # a host is looked up whole, and without its first label, its first two, and its first three
_LETTER: Final = "a-z\u00df-\u024f"
# One letter beside an ideograph, or an ideograph alone.
_MIXED: Final = "|".join(
    (
        f"[{cores.IDEOGRAPHS}][{_LETTER}]([^{_LETTER}0-9]|$)",
        f"(^|[^{_LETTER}0-9])[{_LETTER}][{cores.IDEOGRAPHS}]",
        f"(^|[^{cores.IDEOGRAPHS}])[{cores.IDEOGRAPHS}]([^{cores.IDEOGRAPHS}]|$)",
    )
)
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
    parts: list[Lazy] = []
    for name in columns["external_id"] if ids else ():
        text = nw.col(name).str.strip_chars()
        listed = table_beside(rows, {_ABOVE: sorted(ids)})
        named = rows.with_columns(text.alias(_ABOVE)).join(listed, on=_ABOVE, how="semi")
        parts += [rows.filter(text.str.contains("[^!-~]")), named.select(rows.collect_schema().names())]
    for name in columns["site"] if domains else ():
        text = nw.col(name).str.strip_chars().str.to_lowercase()
        host = text.str.replace_all(r"^(https?://)?(www\.)?", "").str.replace_all("/$", "")
        parts += under(rows, host, (text != "") & ~text.str.contains(_PLAIN_SITE), domains)
    for name in columns["email"] if hosts else ():
        text = nw.col(name).str.strip_chars().str.to_lowercase()
        odd = (text != "") & (~text.str.contains(_PLAIN_ADDRESS) | text.str.contains(_DISGUISED))
        # Of one Gmail mailbox there are many spellings, and two names of the host.
        also = canonical.GMAIL if hosts & canonical.GMAIL else frozenset()
        parts += under(rows, text.str.replace_all("^.*@", ""), odd, hosts | also)
    names = wanted["name"] | {key.rpartition(", ")[0] for key in wanted["name_city"]}
    for name in columns["name"] if names else ():
        parts += _named(rows, name, sorted(names))
    return nw.concat(parts, how="vertical").unique() if parts else rows.head(0)


def _named(rows: Lazy, column: str, keys: Sequence[str]) -> Iterator[Lazy]:
    """Yield the rows whose name has all the words of one of *keys*, and those whose name has to be read here."""
    name, word = nw.col(column), nw.col(_ABOVE)
    bare = name.str.replace_all(legal_forms.GLUED, " ")
    is_dotted = name.str.contains(legal_forms.MAY_BE_DOTTED) | bare.str.contains(legal_forms.MAY_BE_DOTTED)
    is_odd = name.str.contains(cores.odd_letters())
    alone = _letters_alone(rows.filter(is_odd).select(column).unique(), column)
    is_read = _is_read(bare, alone)
    yield rows.filter(is_dotted | (is_odd & ~is_read))
    group = first_group(rows)
    undotted = rows.filter((name != "") & ~is_dotted).select(column).unique()
    plain = undotted.filter(~is_odd).with_columns(spaced(name, group).alias(_ABOVE))
    odd = undotted.filter(is_odd & is_read).with_columns(spaced(bare, group, alone).alias(_ABOVE))
    words = nw.concat([plain, odd], how="vertical").with_columns(word.str.split(" ")).explode(_ABOVE).unique()
    yield rows.join(_with_all_words(words, column, keys).select(column).unique(), on=column, how="semi")


def _with_all_words(words: Lazy, column: str, keys: Sequence[str]) -> Lazy:
    """Return the names, by their *words*, that have all the words of one of *keys*."""
    word, entry = nw.col(_ABOVE), nw.col(_ENTRY)
    # A word of an entry, the number of the entry, and how many words it has.
    entries = [f"{part} {n}/{len(set(key.split()))}" for n, key in enumerate(keys) for part in sorted(set(key.split()))]
    listed = table_beside(words, {_ENTRY: entries}).with_columns(
        entry.str.replace_all(" .*$", "").alias(_ABOVE), entry.str.replace_all("^.* ", "").alias(_ENTRY)
    )
    met = words.join(listed, on=_ABOVE, how="inner").group_by(column, _ENTRY).agg(word.count().alias(_ABOVE))
    return met.filter(word == entry.str.replace_all("^.*/", "").cast(nw.Int64))


def _is_read(bare: nw.Expr, alone: Mapping[str, str]) -> nw.Expr:
    """Return whether all letters of a name stand alone, so that an engine reads its words."""
    said = "".join(letter for letter, plain in alone.items() if plain.isalnum())
    # Who is called by a form alone keeps it. Beside ideographs, engines do not agree on where a word ends.
    has_words = bare.str.contains(f"[A-Za-z0-9{said}]")
    is_mixed = bare.str.to_lowercase().str.contains(_MIXED)
    return has_words & ~is_mixed & ~bare.str.contains(f"[^{cores.sayable(alone)}]")


def _letters_alone(names: Lazy, column: str) -> dict[str, str]:
    """Return the letters beyond those of any name that stand alone: only different letters leave the engine."""
    odd = names.select(nw.col(column).str.replace_all(f"[{cores.sayable()}]", "").str.split("").alias(_ABOVE))
    letters = collect(odd.explode(_ABOVE).unique(), [_ABOVE])[_ABOVE].drop_nulls().to_list()
    return cores.letters_alone([letter for letter in letters if letter])


def spaced(name: nw.Expr, group: str, alone: Mapping[str, str] | None = None) -> nw.Expr:
    """Return the words of a readable name, as `cores.words_of_plain` has them, with a blank between each two.

    *alone* are the letters that it has beyond those of plain names, and what each is folded to.
    """
    folded = name.str.to_lowercase().str.replace_all("'", "", literal=True)
    by_plain: dict[str, str] = {}
    for letter, plain in {**cores.marked_letters(), **(alone or {})}.items():
        if plain != letter:
            by_plain[plain] = by_plain.get(plain, "") + letter
    for plain, letters in by_plain.items():
        folded = folded.str.replace_all(f"[{letters}]", plain)
    for vowel in "aou":
        folded = folded.str.replace_all(f"{vowel}e", vowel, literal=True)
    ideographs = cores.IDEOGRAPHS if alone else ""
    spaced = folded.str.replace_all(f"[^a-z0-9{ideographs}]+", " ").str.replace_all("^ | $", "")
    marked = spaced.str.replace_all(cores.SINGLE, f"{cores.HERE}{group}{cores.HERE}")
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
    listed = table_beside(rows, {_ABOVE: sorted(domains)})
    yield nw.concat(parts, how="vertical").join(listed, on=_ABOVE, how="semi").select(rows.collect_schema().names())
