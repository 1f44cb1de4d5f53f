"""Sister companies: which of them are one firm when one asks how much was observed.

Companies of one web site, or of one name, share their vendor's judgement, their domain and often their people. They are
no independent observations of an ICP. This is not `dedupe`: sisters are different companies and stay in every count.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import polars as pl

from openprospect_nb.analysis.identity.cores import name_keys
from openprospect_nb.analysis.identity.sites import sites_of

_SHORT: Final = r"^[^./?#@:]+\.[^./?#@:]+$"
ENDING: Final = r"^(?:https?://)?(?:[^/?#@:]*\.)?([^./?#@:]+\.[^./?#@:]+)(?:[/?#:].*)?$"

FIRST_WORD: Final = r"^[^\p{L}\p{N}]*([\p{L}\p{N}]+)[\s\S]*$"


def firm_of(companies: pl.DataFrame) -> pl.Series:
    """Return what sister companies have in common: their domain, else their name, else nothing but the own id.

    Args:
        companies: ``id``, ``website_url`` and ``name``, as text.
    """
    url, name = (pl.col(column).str.strip_chars().str.to_lowercase() for column in ("website_url", "name"))
    # The keys are only asked of what could repeat: companies whose site ends alike, or, of those without a domain,
    # whose name begins alike.
    ends = _ends(companies.select(text=url))
    domains = _exact(ends, domains_of)
    has_no_domain = ends["rough"].is_null() | (domains == "")
    starts = companies.select(text=name, rough=pl.when(has_no_domain).then(name.str.extract(r"([\p{L}\p{N}]+)")))
    names = _exact(starts, names_of)
    keyed = companies.select(
        pl.format("id {}", "id").alias("id"),
        domains.alias("domain"),
        pl.when(has_no_domain).then(pl.format("name {}", names.replace("", None))).alias("name"),
    )
    return keyed.select(firm=pl.coalesce(pl.col("domain").replace("", None), "name", "id"))["firm"]


def domains_of(urls: pl.Series) -> pl.DataFrame:
    """Return ``text`` and as ``key`` the first domain that somebody registered, null if none, of each distinct text."""
    return sites_of(urls).group_by("text").agg(key=pl.col("domain").drop_nulls().first())


def names_of(names: pl.Series) -> pl.DataFrame:
    """Return ``text`` and as ``key`` the name without its legal form, of each distinct text."""
    return name_keys(names).rename({"name": "text"})


def _ends(urls: pl.DataFrame) -> pl.DataFrame:
    """Return ``text``, the web site, and ``rough``, how it ends: the last two labels of its host, where it has them."""
    text = pl.col("text").str
    bare = text.strip_prefix("https://").str.strip_prefix("http://").str.strip_prefix("www.").str.strip_suffix("/")
    # Most are two labels; only of the others these have to be looked for.
    others = urls.select((~bare.str.contains(_SHORT)).arg_true().alias("place"))["place"]
    ends = urls.with_columns(rough=bare)
    if others.is_empty():
        return ends
    ending = urls[others].select(pl.coalesce(text.extract(ENDING), "text")).to_series()
    return ends.with_columns(ends["rough"].scatter(others, ending))


def _exact(texts: pl.DataFrame, keys: Callable[[pl.Series], pl.DataFrame]) -> pl.Series:
    """Return the key of each text whose rough one repeats, "" for one that has none; the others keep their text."""
    rough = pl.col("rough")
    repeated = texts.select(pl.col("text").filter(rough.is_duplicated() & rough.is_not_null()).drop_nulls().unique())
    if repeated.is_empty():
        return texts["text"]
    keyed = keys(repeated["text"]).with_columns(pl.col("key").fill_null(""))
    return texts.join(keyed, on="text", how="left", maintain_order="left").select(pl.coalesce("key", "text"))["key"]
