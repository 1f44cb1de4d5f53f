"""What an e-mail address shows by itself: its domain, whether it is well formed, and what kind of mailbox it is.

The lists of providers are maintained ones that come as packages (`privacy.shared`); they say what they find and never
that an address is safe. Nothing here asks the network.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import Final

import narwhals.stable.v2 as nw
import polars as pl
from email_validator import EmailNotValidError, validate_email

from openprospect_nb.analysis.identity.narrowing import under
from openprospect_nb.analysis.table import Expr, OpenTable, collect, dialect_of, held, read_whole, rows_in
from openprospect_nb.privacy import shared

ROLE_NAMES: Final = shared.ROLE_NAMES
ADDRESS: Final = "__op_address"  # columns of a table whose addresses were read already
HOST: Final = "__op_host"
_ROLE: Final = rf"^(?:{'|'.join(ROLE_NAMES)})(?:\+[^@]*)?(?:@|$)"
# Letters, digits and single separators on both sides: surely well formed, so only the rest is asked one by one.
_LETTER: Final = "[a-z0-9ß-öø-ſ]"  # Latin, with and without a mark
_PLAIN: Final = rf"^{_LETTER}+([._+-]{_LETTER}+)*@([a-z0-9]+(-[a-z0-9]+)*\.)+[a-z]{{2,20}}$"
# RFC 5321: at most 64 octets before the @, 255 after it, 63 in a label; the library says which of the long ones are.
_LONG: Final = 63
_MANY: Final = 5_000
_SUBDOMAIN: Final = r"\..*\."
_REGISTERED: Final = (2, 3)  # labels of a registered name; three under endings such as co.uk
_RESERVED: Final = r"\.(arpa|invalid|local|localhost|onion|test)$"


def address(prospects: OpenTable) -> Expr:
    """Return the e-mail address in lower case without blanks around it, null where there is none."""
    on = prospects.on
    if ADDRESS in prospects.columns:
        return on.col(ADDRESS)
    text = prospects.column("email", nw.String).str.strip_chars().str.to_lowercase()
    return on.when(text != "").then(text).otherwise(on.lit(None, on.String))


def host(prospects: OpenTable) -> Expr:
    """Return what follows the last @ of an address."""
    if HOST in prospects.columns:
        return prospects.on.col(HOST)
    return address(prospects).str.replace_all("^.*@", "")


def read_once(prospects: OpenTable) -> OpenTable:
    """Return a table in memory with addresses and hosts as columns, read once and for all; any other as it is."""
    if not prospects.is_eager or HOST in prospects.columns:
        return prospects
    lazy = prospects.lazy.with_columns(address(prospects).alias(ADDRESS))
    named = replace(prospects, lazy=lazy, columns=(*prospects.columns, ADDRESS))
    read = read_whole(lazy.with_columns(host(named).alias(HOST)))
    return replace(named, lazy=read.lazy(), columns=(*named.columns, HOST))


def is_role(email: Expr) -> Expr:
    """Return whether an address names a function, not a person (info@, vertrieb+tag@)."""
    return email.str.contains(_ROLE)


def is_among(text: Expr, texts: Sequence[str]) -> Expr:
    """Return whether an address, or its host, is one of *texts*."""
    return text.is_in(list(texts)) if texts else dialect_of(text).lit(value=False)


def hosts_among(prospects: OpenTable, *lists: Collection[str]) -> list[tuple[str, ...]]:
    """Return for each list the hosts of the frame's addresses that are on it, or lie below one that is, sorted.

    The lists have thousands of names and a frame has few of them: only these few go back into its engine.
    """
    asked = prospects.lazy.select(host(prospects).alias("host"))
    # Here all are soon looked up; elsewhere hosts travel, of many only those that may be listed.
    is_here = prospects.engine is nw.Implementation.POLARS
    with held(asked if is_here else asked.filter(~nw.col("host").is_null()).unique("host")) as distinct:
        is_long = not is_here and rows_in(distinct) > _MANY
        # Those on a list or below one that is, and those of many labels.
        few = distinct
        if is_long:
            parts = under(distinct, nw.col("host"), nw.lit(value=False), set().union(*lists))
            few = nw.concat(list(parts), how="vertical").unique("host")
        here = collect(few, ["host"]).cast(pl.Schema({"host": pl.String()}))["host"].drop_nulls()
    if here.len() > _MANY:
        is_listed = here.is_in(pl.Series([list(set().union(*lists))], dtype=pl.List(pl.String)))
        here = here.filter(is_listed | here.str.contains(_SUBDOMAIN))
    hosts = frozenset(here)
    above = {host: {".".join(host.split(".")[-labels:]) for labels in (0, *_REGISTERED)} for host in hosts}
    return [tuple(sorted(host for host, own in above.items() if not own.isdisjoint(listed)))
            for listed in map(frozenset, lists)]  # fmt: skip


def malformed(prospects: OpenTable, email: Expr) -> list[str]:
    """Return the addresses of the frame that no mail server could accept, by `email_validator` (no look-ups)."""
    asked = prospects.lazy.select(email.alias("email"))
    text = prospects.on.col("email").str
    odd = text.contains(_RESERVED) | (text.len_chars() > _LONG)
    addresses = asked.filter(~text.contains(_PLAIN) | odd).unique("email")
    return sorted(text for text in collect(addresses, ["email"])["email"].to_list() if not is_well_formed(text))


def is_well_formed(text: str) -> bool:
    """Whether *text* is an address a mail server could accept."""
    try:
        validate_email(text, check_deliverability=False, strict=True)
    except EmailNotValidError:
        return False
    # The library asks for a dot; no top-level domain is a letter alone.
    return len(text.rpartition(".")[2]) > 1
