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


def firm_of(companies: pl.DataFrame, name_repeats: pl.Series | None = None) -> pl.Series:
    """Return what sister companies have in common: their domain, else their name, else nothing but the own id.

    Args:
        companies: ``id``, ``website_url`` and ``name``, as text.
        name_repeats: whether the first word of the name begins others too, where these are but some of the companies;
            all that have a web site that ends alike are there.
    """
    url, name = (pl.col(column).str.strip_chars().str.to_lowercase() for column in ("website_url", "name"))
    # The keys are only asked of what could repeat: companies whose site ends alike, or whose name begins alike.
    ends = _ends(companies.select(url)["website_url"])
    domains = _exact(ends, lambda urls: sites_of(urls).group_by("text").agg(key=pl.col("domain").drop_nulls().first()))
    starts = companies.select(text=name, rough=name.str.extract(r"([\p{L}\p{N}]+)"))
    names = _exact(
        starts if name_repeats is None else starts.with_columns(is_repeated=name_repeats),
        lambda texts: name_keys(texts).rename({"name": "text"}),
    )
    keyed = companies.select(
        pl.format("id {}", "id").alias("id"),
        domains.alias("domain"),
        pl.when(ends["rough"].is_null() | (domains == ""))
        .then(pl.format("name {}", names.replace("", None)))
        .alias("name"),
    )
    return keyed.select(firm=pl.coalesce(pl.col("domain").replace("", None), "name", "id"))["firm"]


def _ends(urls: pl.Series) -> pl.DataFrame:
    """Return ``text``, the web site, and ``rough``, how it ends: the last two labels of its host, where it has them."""
    bare = urls.str.strip_prefix("https://").str.strip_prefix("http://").str.strip_prefix("www.").str.strip_suffix("/")
    # Most are two labels; only of the others these have to be looked for.
    others = (~bare.str.contains(_SHORT)).arg_true()
    longer = urls.gather(others)
    ending = pl.select(pl.coalesce(longer.str.extract(ENDING), longer)).to_series()
    return pl.DataFrame({"text": urls, "rough": bare.scatter(others, ending)})


def _exact(texts: pl.DataFrame, keys: Callable[[pl.Series], pl.DataFrame]) -> pl.Series:
    """Return the key of each text whose rough one repeats, "" for one that has none; the others keep their text."""
    repeats = pl.col("is_repeated") if "is_repeated" in texts.columns else pl.col("rough").is_duplicated()
    repeated = texts.filter(repeats & pl.col("rough").is_not_null())["text"].unique()
    keyed = keys(repeated.drop_nulls()).with_columns(pl.col("key").fill_null(""))
    return texts.join(keyed, on="text", how="left", maintain_order="left").select(pl.coalesce("key", "text"))["key"]
