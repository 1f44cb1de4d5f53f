"""Why a delivered company may not be what was paid for: the first reason that holds, with its evidence.

Each reason is a rule of its own; the first in `REASONS` that holds takes the company's money, so that the parts add up.
Unknown is never a reason: a company of unknown size is not outside the size that was asked for.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Final

import polars as pl

from openprospect_nb.analysis.contacts.tiers import contactable
from openprospect_nb.analysis.identity.duplicates import dedupe
from openprospect_nb.analysis.identity.places import city_key
from openprospect_nb.analysis.settlement.stated import Stated
from openprospect_nb.countries import country_code
from openprospect_nb.frames.results import Results
from openprospect_nb.models import moment

REASONS: Final = ("duplicate", "repeat", "size", "place", "trade", "no_contact", "undeliverable", "bounced")
"""Why a company counts as not what was paid for, in the order in which they are asked."""
UNDELIVERABLE: Final = 50.0  # a bounce risk, 0-100, from which the vendor itself says that a mail is lost more often
_UNSAFE: Final = "{} of {} addresses malformed, thrown away, or stated at a bounce risk of 50 or more"
_BACK: Final = "{} of {} addresses written to bounced for good{}"
_FACTS: Final = ("name", "website_url", "city", "country", "business_type")
_CODES: Final = (r"\b([245]\.\d{1,3}\.\d{1,3})\b", r"\b([45]\d\d)\b")  # RFC 3463's, which say more, then SMTP's


def judged(results: Results, stated: Mapping[str, Stated], outcomes: pl.DataFrame) -> pl.DataFrame:
    """Return a row a company and order: ``order_id``, ``id``, what tells it, ``reason`` (null: none) and ``evidence``.

    Args:
        results: the orders.
        stated: order → what it stated.
        outcomes: what became of mails: ``address``, ``y`` (1.0 where it bounced), ``why`` (raw words or null).
    """
    firms = _firms(results).join(_people(results, outcomes), on=["order_id", "id"], how="left")
    parts = firms.partition_by("order_id", as_dict=True, maintain_order=True) or {("",): firms}
    asked = pl.concat(_held_against(stated.get(order, Stated()), part) for (order,), part in parts.items())
    rows = firms.join(asked, on=["order_id", "id"], how="left").with_columns(
        pl.col("people", "mailed", "bounced", "lost", "mailable").fill_null(0)
    )
    tests = _tests()
    reason = pl.coalesce(*(pl.when(tests[name][0]).then(pl.lit(name)) for name in REASONS))
    evidence = pl.coalesce(*(pl.when(tests[name][0]).then(tests[name][1]) for name in REASONS))
    return rows.with_columns(reason=reason, evidence=evidence).sort("order_id", "id")


def _tests() -> dict[str, tuple[pl.Expr, pl.Expr]]:
    """Return reason → when it holds (null does not) and the evidence in words."""
    same = pl.format("the same company as {} of order {}: {}", "first_id", "first_order", "same_because")
    size = pl.format("{} employees; asked for {}", "employee_count", "asked_size")
    place = pl.format("in {}; asked for {}", pl.coalesce("place", "country"), "asked_place")
    return {
        "duplicate": (pl.col("is_again") & (pl.col("first_order") == pl.col("order_id")), same),
        "repeat": (pl.col("is_again"), same),
        "size": (pl.col("is_other_size"), size),
        "place": (pl.col("is_elsewhere"), place),
        "trade": (
            pl.col("excluded").is_not_null(),
            pl.format("of the type {}; {} was excluded", "business_type", "excluded"),
        ),
        "no_contact": (
            pl.col("wants_contacts") & (pl.col("mailable") + pl.col("lost") + pl.col("callable").fill_null(0) == 0),
            pl.format("{} persons, none with an e-mail address or a telephone number", "people"),
        ),
        "undeliverable": (
            pl.col("wants_contacts") & (pl.col("lost") > 0) & (pl.col("mailable") == 0),
            pl.format(_UNSAFE, "lost", "addresses"),
        ),
        "bounced": (
            (pl.col("mailed") > 0) & (pl.col("bounced") == pl.col("mailed")),
            pl.format(_BACK, "bounced", "mailed", "codes"),
        ),
    }


def _firms(results: Results) -> pl.DataFrame:
    """Return the companies, once an order, with whether and where each was delivered before.

    A company came no earlier than its order was placed: a server may state one and the same time of delivery in every
    order that brings it, or none.
    """
    companies = results.companies.filter(pl.col("id").is_not_null())
    facts = [pl.col(name).cast(pl.String) for name in _FACTS]
    count = pl.col("employee_count").cast(pl.Int64)
    marked = dedupe(companies).select(
        "order_id", "id", *facts, count, "cluster_id", "delivered_at",
        same_because=pl.col("evidence").fill_null("its spelling"),
    )  # fmt: skip
    once = marked.unique(["order_id", "id"], keep="first", maintain_order=True)
    came = pl.max_horizontal("delivered_at", "placed_at")
    dated = once.join(_placed(results), on="order_id", how="left")
    ranked = dated.sort(came, "placed_at", "order_id", "id", nulls_last=True).drop("delivered_at", "placed_at")
    first = [
        pl.col(name).first().over("cluster_id").alias(f"first_{alias}")
        for name, alias in (("id", "id"), ("order_id", "order"))
    ]
    return ranked.with_columns(*first, is_again=pl.int_range(pl.len()).over("cluster_id") > 0)


def _placed(results: Results) -> pl.DataFrame:
    """Return ``order_id`` and ``placed_at`` of the orders, null where the server does not say when it was."""
    orders = results.provenance.get("orders") or ()
    rows = {str(order.get("order_id")): moment(order.get("created_at")) for order in orders}
    kinds = pl.Schema({"order_id": pl.String(), "placed_at": results.companies.schema["delivered_at"]})
    return pl.DataFrame(list(rows.items()), schema=kinds, orient="row")


def _people(results: Results, outcomes: pl.DataFrame) -> pl.DataFrame:
    """Return a row a company and order: how many persons, addresses and numbers it has, and what became of mails."""
    people = contactable(results.prospects.unique(["order_id", "company_id", "id"], maintain_order=True))
    address = pl.col("email").str.strip_chars().str.to_lowercase()
    is_lost = pl.col("rule").is_in(["malformed", "disposable"]) | (
        pl.col("bounce_risk_score") >= UNDELIVERABLE
    ).fill_null(value=False)
    fates = outcomes.group_by("address").agg(
        pl.len().alias("n"), pl.col("y").max(), raw=pl.col("why").drop_nulls().first()
    )
    marked = people.with_columns(address=address, is_lost=is_lost & address.is_not_null())
    rows = marked.join(fates, on="address", how="left")
    has_mail = pl.col("address").is_not_null()
    code = pl.coalesce(pl.col("raw").str.extract(shape) for shape in _CODES)
    codes = code.drop_nulls().unique().sort().str.join(", ")
    return rows.group_by("order_id", pl.col("company_id").alias("id")).agg(
        people=pl.len().cast(pl.Int64),
        addresses=pl.col("address").drop_nulls().n_unique().cast(pl.Int64),
        lost=(has_mail & pl.col("is_lost")).sum().cast(pl.Int64),
        mailable=(has_mail & ~pl.col("is_lost")).sum().cast(pl.Int64),
        callable=pl.col("phone_number").is_not_null().sum().cast(pl.Int64),
        mailed=pl.col("address").filter(pl.col("n").is_not_null()).n_unique().cast(pl.Int64),
        bounced=pl.col("address").filter(pl.col("y") == 1).n_unique().cast(pl.Int64),
        codes=pl.when(codes.str.len_chars() > 0).then(pl.format(" ({})", codes)).otherwise(pl.lit("")),
        prospect_ids=pl.col("id").filter(has_mail).drop_nulls().unique().sort().str.join(" "),
    )


def _held_against(stated: Stated, firms: pl.DataFrame) -> pl.DataFrame:
    """Return the companies of one order beside what it stated, null where either is unknown.

    Each different value is read once, not each company.
    """
    unknown, keys = pl.lit(None, pl.Boolean), sorted({city_key(name) for name in stated.cities})
    code, key = _read(firms["country"], country_code), _read(firms["city"], city_key)
    is_abroad = ~code.is_in(sorted(stated.countries)) if stated.countries else unknown
    is_other_city = pl.when(pl.col("city") != "").then(~key.is_in(keys)) if keys else unknown
    where = [pl.lit(", ".join(sorted(names))) for names in (stated.countries, stated.cities)]
    return firms.select(
        "order_id",
        "id",
        is_other_size=unknown if stated.size is None else ~pl.col("employee_count").is_between(*stated.size),
        asked_size=pl.lit(None if stated.size is None else _range(stated.size), pl.String),
        is_elsewhere=is_abroad | is_other_city,
        place=pl.when(is_abroad).then("country").otherwise("city"),
        asked_place=pl.when(is_abroad).then(where[0]).otherwise(where[1]),
        excluded=_read(firms["business_type"], partial(_excluded, stated.excluded)),
        wants_contacts=pl.lit(stated.contacts),
    )


def _excluded(excluded: Sequence[str], trade: str) -> str | None:
    """Return the first of the excluded industries that a type of business names."""
    words = " ".join(trade.casefold().split())
    return next((text for text in excluded if text.strip() and " ".join(text.casefold().split()) in words), None)


def _read(texts: pl.Series, reading: Callable[[str], str | None]) -> pl.Expr:
    """Return the column as *reading* has each of its texts; null where either says nothing."""
    read = {text: reading(text) for text in texts.drop_nulls().unique(maintain_order=True)}
    return pl.col(texts.name).replace_strict(read, default=None, return_dtype=pl.String)


def _range(size: tuple[int, int]) -> str:
    low, high = size
    return f"{low} or more" if high >= 10**9 else f"up to {high}" if not low else f"{low} to {high}"
