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
_HOSTS: Final = pl.Schema({"text": pl.String(), "host": pl.String()})
_UNKNOWN: Final = "0-0"  # no label that a list has
# Addresses that are their own canonical form, unless they hide a second "at".
_ADDRESS: Final = r"^[a-z0-9]+(?:[._-][a-z0-9]+)*@([a-z0-9]+(?:[.-][a-z0-9]+)*\.[a-z]{2,24})$"
_DISGUISED: Final = r"[_-](?:at|ät|arobase)[_-]"


def sites_of(texts: pl.Series) -> pl.DataFrame:
    """Return ``text``, ``host`` and ``domain``: of each text a row for each host that `keys.hosts` reads.

    ``domain`` is null where `shared.own_domain` knows none; ``host`` where there is none in the text.
    """
    read = hosts_in(texts)
    if read.height <= FEW:
        owned = [None if host is None else shared.own_domain(host) for host in read["host"]]
        return read.with_columns(pl.Series("domain", owned, pl.String))
    return read.join(own_domains(read["host"]), on="host", how="left", maintain_order="left")


def hosts_in(texts: pl.Series) -> pl.DataFrame:
    """Return ``text`` and ``host``: of each text a row for each host that `keys.hosts` reads, or null."""
    distinct = pl.DataFrame({"text": texts.unique().drop_nulls()}, schema={"text": pl.String})
    if distinct.height <= FEW:
        return _one_by_one(distinct["text"])
    text = pl.col("text").str.strip_chars().str.to_lowercase()
    # Cutting is a tenth of the work of capturing, and an expression within another is reckoned again.
    host = text.str.strip_prefix("https://").str.strip_prefix("http://").str.strip_suffix("/")
    cut = distinct.with_columns(host=pl.when(text.str.contains(_PLAIN)).then(host))
    sites = cut.with_columns(_bare("host")).with_columns(_bare("host"))
    return pl.concat([sites.drop_nulls("host"), _one_by_one(sites.filter(pl.col("host").is_null())["text"])])


def _one_by_one(texts: pl.Series) -> pl.DataFrame:
    read = [(text, host) for text in texts for host in hosts(text) or (None,)]
    return pl.DataFrame(read, schema=_HOSTS, orient="row")


def _bare(host: str) -> pl.Expr:
    """Return a host without ``www.``, unless nothing but an ending would be left."""
    is_below = pl.col(host).str.starts_with("www.") & pl.col(host).str.slice(4).str.contains(".", literal=True)
    return pl.when(is_below).then(pl.col(host).str.slice(4)).otherwise(host)


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
    """Return those of distinct *texts* that name a host that is one of *domains* or lies below one."""
    if not domains:  # Polars 1.36 filters tens of thousands of rows by no one value only with an error
        return texts.clear()
    # The domain that a host belongs to is its end, so who is of one of them lies below it.
    return hosts_in(texts).filter(_is_under(pl.col("host"), domains))["text"].unique()


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
