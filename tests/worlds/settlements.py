"""Orders with planted faults, and whether `op.settle` finds each of them, no other, and every cent."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Any

import polars as pl

from openprospect_nb.analysis import settle
from openprospect_nb.analysis.settlement.reasons import REASONS
from openprospect_nb.frames.results import Results

from .cells import Promise, Trial

SYLLABLES = ("bra", "dol", "fen", "gru", "kal", "lim", "mor", "nax", "pel", "quo", "rit", "sam", "tov", "vek", "wun")
ICP: dict[str, Any] = {"ideal_customer_profile": "50 to 500 employees", "target_countries": ["DE", "AT"],
                       "target_cities": [], "excluded_industries": ["pig farm"]}  # fmt: skip
FAULTS = tuple(reason for reason in REASONS if reason not in {"duplicate", "repeat"})
ORDERS = ("first", "second")


@dataclass(frozen=True, slots=True)
class Faults:
    """How orders are faulty: the chance of each fault at each company (0-1), of an unknown fact, and how they cost."""

    each: float
    unknown: float = 0.0
    cost: str = "stated"


KINDS: Mapping[str, Faults] = {
    "one in twenty": Faults(0.05),
    "several at once": Faults(0.3),
    "half the facts unknown": Faults(0.1, unknown=0.5),
    "a price, no stated cost": Faults(0.1, cost="price"),
    "no cost known": Faults(0.1, cost="none"),
}


@dataclass(frozen=True, slots=True)
class Delivered:
    """Orders, what is wrong with their companies (the first reason), what became of mails, and cents an order."""

    results: Results
    wrong: Mapping[tuple[str, str], str]
    outcomes: pl.DataFrame
    cents: Mapping[str, int | None]


def drawn(kind: Faults, seed: int) -> Delivered:
    """Return two orders of one draw."""
    chance = random.Random(f"settle {seed} {kind}")
    firms: list[dict[str, Any]] = []
    people: list[dict[str, Any]] = []
    wrong: dict[tuple[str, str], str] = {}
    told: list[tuple[str, bool]] = []
    for number in range(60):
        order, name = ORDERS[number // 30], _name(chance, number)
        faults = {fault for fault in FAULTS if chance.random() < kind.each}
        unknown = {fact for fact in ("employee_count", "country", "business_type") if chance.random() < kind.unknown}
        firms.append({"order_id": order, "id": f"c{number}", "name": name, "website_url": f"https://{name}.example",
                      "city": chance.choice(["Ulm", "Graz"]), **_facts(chance, faults, unknown)})  # fmt: skip
        people += _people(order, f"c{number}", name, faults, told)
        real = [fault for fault in FAULTS if fault in faults and _FACT.get(fault) not in unknown]
        if real:
            wrong[order, f"c{number}"] = real[0]
    for place in range(0, 30, 30 if kind.each < 0.1 else 10):  # what the second order brings again is a repeat
        firms.append({**firms[place], "order_id": "second", "id": f"again{place}"})
        people.append(
            {"order_id": "second", "company_id": f"again{place}", "id": f"pa{place}", "email": f"z@a{place}.example"}
        )
        wrong["second", f"again{place}"] = "repeat"
    return _priced(kind, chance, firms, people, wrong, told)


_FACT = {"size": "employee_count", "place": "country", "trade": "business_type"}


def _name(chance: random.Random, number: int) -> str:
    return "".join(chance.sample(SYLLABLES, 3)) + SYLLABLES[number % 15] + SYLLABLES[number // 15]


def _facts(chance: random.Random, faults: set[str], unknown: set[str]) -> dict[str, Any]:
    facts = {
        "employee_count": chance.choice([3, 4_000]) if "size" in faults else chance.randint(50, 500),
        "country": chance.choice(["France", "PL"]) if "place" in faults else chance.choice(["Germany", "AT", "DE"]),
        "business_type": "Pig Farm" if "trade" in faults else chance.choice(["Machine builder", "Software"]),
    }
    return {name: None if name in unknown else value for name, value in facts.items()}


def _people(order: str, firm: str, name: str, faults: set[str], told: list[tuple[str, bool]]) -> list[dict[str, Any]]:
    if "no_contact" in faults:
        return []
    mail = f"ada@{name}.example"
    told += [(mail, True)] if "bounced" in faults else []
    return [_person(order, firm, mail, 80.0 if "undeliverable" in faults else 3.0)]


def _person(order: str, firm: str, mail: str, risk: float) -> dict[str, Any]:
    facts = {"id": f"p{firm}", "first_name": "Ada", "email": mail, "bounce_risk_score": risk}
    return {"order_id": order, "company_id": firm, **facts}


def _priced(
    kind: Faults,
    chance: random.Random,
    firms: list[dict[str, Any]],
    people: list[dict[str, Any]],
    wrong: Mapping[tuple[str, str], str],
    told: list[tuple[str, bool]],
) -> Delivered:
    cents: dict[str, int | None] = {}
    orders = []
    for day, order in enumerate(ORDERS, 1):
        came = sum(firm["order_id"] == order for firm in firms)
        stated, price = chance.randint(1_000, 99_999), chance.randint(50, 400)
        cents[order] = {"stated": stated, "price": price * came, "none": None}[kind.cost]
        terms: dict[str, Any] = {
            "stated": {"estimated_cost": {"total": stated / 100, "currency": "EUR"}},
            "price": {"price_per_briefing": price / 100},
        }.get(kind.cost, {})
        orders.append({"order_id": order, "briefing_quantity": came + chance.randint(0, 7), **terms})
        for firm in firms:
            if firm["order_id"] == order:
                firm["delivered_at"] = datetime(2026, day, 1, tzinfo=UTC)
    base = Results()
    return Delivered(
        Results(
            companies=pl.DataFrame(firms, schema=base.companies.schema),
            prospects=pl.DataFrame(people, schema=base.prospects.schema),
            provenance={"orders": orders, "icp": ICP},
        ),
        wrong,
        pl.DataFrame(told, schema={"email": pl.String, "bounced": pl.Boolean}, orient="row"),
        cents,
    )


def settled(kind: Faults, seed: int) -> Trial:
    """Return whether claims are what is wrong and no more, and lines add up to the cent; and claims over faults."""
    made = drawn(kind, seed)
    found = settle(made.results, made.outcomes)
    claims = {
        (order, firm): reason for order, firm, reason in found.claims.select("order_id", "company_id", "reason").rows()
    }
    money = found.lines.group_by("order_id").agg(
        ordered=pl.col("money").filter(pl.col("line") == "ordered").first(),
        parts=(pl.col("money").filter(pl.col("line") != "ordered") * 100).round(0).sum(),
    )
    adds_up = all(
        ordered is None if made.cents[order] is None else round(ordered * 100) == made.cents[order] == int(parts)
        for order, ordered, parts in money.select("order_id", "ordered", "parts").rows()
    )
    return Trial(claims == dict(made.wrong) and adds_up, len(claims), len(made.wrong))


SETTLEMENTS = (
    Promise("settle", "every planted fault is claimed under its first reason, nothing else is, and each order adds up "
            "to the cent", 0.0, {name: partial(settled, kind) for name, kind in KINDS.items()}, "claims over faults"),
)  # fmt: skip
