"""Which companies are sisters, of rows that stay in DuckDB or Spark: `sisters.firm_of`, worked out there.

What is registered of a plain web site is told there by its last labels. Here come only the sites that are more than
that, and of companies without a domain the names that begin alike: each distinct text once, and only if it repeats.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

import narwhals.stable.v2 as nw
import polars as pl

from openprospect_nb.analysis.identity.far_marks import joined_there
from openprospect_nb.analysis.identity.sisters import ENDING, FIRST_WORD, domains_of, names_of
from openprospect_nb.analysis.table import Lazy, collect, first_group, held, table_beside
from openprospect_nb.privacy import shared

_AROUND: Final = r"^[\s\x{a0}\x{2000}-\x{200b}\x{3000}\x{feff}]+|[\s\x{a0}\x{2000}-\x{200b}\x{3000}\x{feff}]+$"
# A web address whose host is plain, whatever is behind it, and the last three labels of one.
_SITE: Final = r"^(?:https?://)?[a-z0-9]+(?:[.-][a-z0-9]+)*\.[a-z]{2,24}(?:[/?#][!-~]*)?$"
_THREE: Final = r"^(?:https?://)?(?:[a-z0-9.-]*\.)?([a-z0-9-]+\.[a-z0-9-]+\.[a-z]+)(?:[/?#].*)?$"
_SUFFIX: Final = "suffix"
_ENDING: Final = "__op_ending"
_LISTED: Final = "__op_listed"
_KIND: Final = "__op_kind"
_DOMAIN: Final = "__op_domain"
_WORD: Final = "__op_word"
_IS_ASKED: Final = "__op_is_asked"
_KEY: Final = "__op_read"


@contextmanager
def firms_there(companies: Lazy) -> Iterator[Lazy]:
    """Yield *companies* with ``firm``, as `firm_of` has it; they have ``id``, ``website_url`` and ``name``, as text."""
    with held(_sited(companies)) as sited:
        domains = _read_here(sited, "website_url", domains_of)
        told = joined_there(sited, "website_url", {_KEY: domains})
        with held(_named(told.with_columns(nw.coalesce(_KEY, _DOMAIN).alias(_DOMAIN)).drop(_KEY))) as named:
            keyed = joined_there(named, "name", {_KEY: _read_here(named, "name", names_of)})
            name = nw.coalesce(nw.col(_KEY), _plain("name"))
            firm = nw.coalesce(
                *(nw.when(key != "").then(nw.concat_str(nw.lit(kind), key))
                  for kind, key in (("domain ", nw.col(_DOMAIN)), ("name ", name), ("id ", nw.col("id"))))
            )  # fmt: skip
            yield keyed.with_columns(firm.alias("firm"))


def _sited(companies: Lazy) -> Lazy:
    """Return the companies with their domain, null where there is none or where it is asked for here."""
    group = first_group(companies)
    text, ending, kind = _plain("website_url"), nw.col(_ENDING), nw.col(_KIND)
    endings = {name: _SUFFIX if is_suffix else "" for name, is_suffix in shared.endings().items()}
    listed = table_beside(companies, {_LISTED: list(endings), _KIND: list(endings.values())})
    ends = nw.when(text != "").then(text.str.replace_all(ENDING, group))
    repeated = companies.with_columns(ends.alias(_ENDING)).with_columns((nw.len().over(_ENDING) > 1).alias(_IS_ASKED))
    placed = repeated.join(listed, left_on=_ENDING, right_on=_LISTED, how="left")
    in_front, behind = ("|".join(sorted(labels)) for labels in shared.odd_labels())
    three = text.str.replace_all(_THREE, group)
    is_odd = ending.str.contains(rf"^(?:{in_front})\.|\.(?:{behind})$|^[^.]*$")
    is_two = text.str.contains(_SITE) & ~is_odd & kind.is_null()
    is_three = text.str.contains(_SITE) & ~is_odd & (kind == _SUFFIX) & ~three.str.contains(rf"^(?:{in_front}|www)\.")
    below = nw.when(text.str.contains(_THREE)).then(three).otherwise(nw.lit(""))
    told = nw.when(~nw.col(_IS_ASKED)).then(text).when(is_two).then(ending).when(is_three).then(below)
    return placed.with_columns(told.alias(_DOMAIN)).with_columns(
        (nw.col(_DOMAIN).is_null() & ~ending.is_null()).alias(_IS_ASKED)
    )


def _named(companies: Lazy) -> Lazy:
    """Return the companies, marked where they have no domain and their name begins like that of another such."""
    has_none = nw.coalesce(nw.col(_DOMAIN), nw.lit("")) == ""
    rows = companies.with_columns(nw.when(has_none).then(_first_word(first_group(companies))).alias(_WORD))
    return rows.with_columns(((nw.len().over(_WORD) > 1) & ~nw.col(_WORD).is_null()).alias(_IS_ASKED))


def _read_here(rows: Lazy, column: str, keys_of: Callable[[pl.Series], pl.DataFrame]) -> dict[str, str]:
    """Return what *keys_of* has for the texts that are asked for, each once, "" where it has nothing."""
    asked = collect(rows.filter(nw.col(_IS_ASKED)).select(column).unique(), [column]).cast(pl.String)
    texts = asked.select(column, text=pl.col(column).str.strip_chars().str.to_lowercase())
    keyed = texts.join(keys_of(texts["text"].unique()), on="text", how="left")
    return dict(keyed.select(column, pl.col("key").fill_null("")).iter_rows())


def _plain(column: str) -> nw.Expr:
    """Return a text as `firm_of` compares it."""
    return nw.col(column).str.replace_all(_AROUND, "").str.to_lowercase()


def _first_word(group: str) -> nw.Expr:
    name = nw.col("name").str.to_lowercase()
    return nw.when(name.str.contains(FIRST_WORD)).then(name.str.replace_all(FIRST_WORD, group))
