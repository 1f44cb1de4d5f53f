"""The hosts and registered domains of many cells for web sites, a column at once, as `keys` reads them one by one.

What is registered of a host depends on the labels that the lists know; all others are alike. So hosts are written with
one sign for each unknown label, and of a million hosts some thousands are left to look up. Cells that are more than one
web address as browsers show it are read one by one, and so are a few.
"""

from __future__ import annotations

from collections.abc import Collection
from functools import cache
from typing import Final

import polars as pl

from openprospect_nb.analysis.identity.cores import FEW
from openprospect_nb.analysis.identity.keys import hosts
from openprospect_nb.privacy import canonical, shared

_PLAIN: Final = rf"^(?i-u:{canonical.PLAIN_SITE})$"
_SITES: Final = pl.Schema({"text": pl.String(), "host": pl.String(), "domain": pl.String()})
_UNKNOWN: Final = "0-0"  # no label that a list has
# Addresses that are their own canonical form, unless they hide a second "at".
_ADDRESS: Final = r"^[a-z0-9]+(?:[._-][a-z0-9]+)*@([a-z0-9]+(?:[.-][a-z0-9]+)*\.[a-z]{2,24})$"
_DISGUISED: Final = r"[_-](?:at|ät|arobase)[_-]"


def sites_of(texts: pl.Series) -> pl.DataFrame:
    """Return ``text``, ``host`` and ``domain``: of each text a row for each host that `keys.hosts` reads.

    ``domain`` is null where `shared.own_domain` knows none; ``host`` where there is none in the text.
    """
    distinct = pl.DataFrame({"text": texts.unique().drop_nulls()}, schema={"text": pl.String})
    if distinct.height <= FEW:
        named = [(text, host) for text in distinct["text"] for host in hosts(text) or (None,)]
        owned = [(text, host, None if host is None else shared.own_domain(host)) for text, host in named]
        return pl.DataFrame(owned, schema=_SITES, orient="row")
    text = pl.col("text").str.strip_chars().str.to_lowercase()
    # Cutting is a tenth of the work of capturing.
    host = text.str.strip_prefix("https://").str.strip_prefix("http://").str.strip_suffix("/")
    sites = distinct.with_columns(host=pl.when(text.str.contains(_PLAIN)).then(_bare(_bare(host))))
    plain, odd = sites.filter(pl.col("host").is_not_null()), sites.filter(pl.col("host").is_null())["text"].to_list()
    read = [(text, host) for text in odd for host in hosts(text) or (None,)]
    long = pl.concat([plain, pl.DataFrame(read, schema=plain.schema, orient="row")])
    return long.join(own_domains(long["host"]), on="host", how="left", maintain_order="left")


def _bare(host: pl.Expr) -> pl.Expr:
    """Return a host without ``www.``, unless nothing but an ending would be left."""
    below = host.str.strip_prefix("www.")
    return pl.when(below.str.contains(".", literal=True)).then(below).otherwise(host)


def own_domains(host_names: pl.Series) -> pl.DataFrame:
    """Return ``host`` and ``domain``, what `shared.own_domain` says, of each distinct host that is not null."""
    distinct = pl.DataFrame({"host": host_names.unique().drop_nulls()}, schema={"host": pl.String})
    if distinct.is_empty():  # Polars 1.36 cannot join the labels of none
        return pl.DataFrame(schema={"host": pl.String, "domain": pl.String})
    labels = pl.col("host").str.split(".")
    sign = pl.when(pl.element().is_in(_known().implode())).then(pl.element()).otherwise(pl.lit(_UNKNOWN))
    pattern = (
        pl.when(pl.col("host").str.contains("xn--", literal=True))
        .then("host")
        .otherwise(labels.list.eval(sign).list.join("."))
    )
    written = distinct.with_columns(labels=labels, pattern=pattern)
    patterns = written["pattern"].unique().to_list()
    sizes = [0 if (own := shared.own_domain(pattern)) is None else own.count(".") + 1 for pattern in patterns]
    table = pl.DataFrame({"pattern": patterns, "size": sizes}, schema={"pattern": pl.String, "size": pl.Int64})
    owned = pl.when(pl.col("size") > 0).then(pl.col("labels").list.tail("size").list.join("."))
    return written.join(table, on="pattern", how="left").select("host", domain=owned)


def listed_sites(texts: pl.Series, domains: Collection[str]) -> pl.Series:
    """Return those of distinct *texts* that name a host that is one of *domains*, lies below one, or belongs to one."""
    if not domains:  # Polars 1.36 filters tens of thousands of rows by no one value only with an error
        return texts.clear()
    sites = sites_of(texts)
    is_listed = _is_under(pl.col("host"), domains) | pl.col("domain").is_in(list(domains))
    return sites.filter(is_listed)["text"].unique()


def listed_addresses(texts: pl.Series, addresses: Collection[str], domains: Collection[str]) -> pl.Series:
    """Return those of distinct *texts* that may be one of *addresses*, or at one of *domains* or below it.

    Returned too are texts that are more than a plain address, for these are to be read one by one.
    """
    text = pl.col("text")
    host = text.str.extract(_ADDRESS)
    is_odd = host.is_null() | text.str.contains(_DISGUISED) | host.is_in(list(canonical.GMAIL))
    may_be = is_odd | text.is_in(list(addresses)) | _is_under(host, domains)
    return pl.DataFrame({"text": texts}, schema={"text": pl.String}).filter(may_be)["text"]


def _is_under(host: pl.Expr, domains: Collection[str]) -> pl.Expr:
    """Return whether *host* is one of *domains* or lies below one."""
    sizes = sorted({domain.count(".") + 1 for domain in domains})
    ends = (host.str.split(".").list.tail(size).list.join(".").is_in(list(domains)) for size in sizes)
    return pl.any_horizontal(pl.lit(value=False), *ends).fill_null(value=False)


@cache
def _known() -> pl.Series:
    return pl.Series(sorted(shared.known_labels()))
