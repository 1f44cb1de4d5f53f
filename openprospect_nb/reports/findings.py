"""Work out what page one rests on: results, their send list and their comparison in, `KeyNumbers` out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

import polars as pl

from openprospect_nb.analysis.bounces.send_lists import SendList
from openprospect_nb.analysis.contacts.counting import PERSON, with_person
from openprospect_nb.analysis.orders.comparison import Comparison, compare, is_clearly_best
from openprospect_nb.analysis.orders.descriptions import NO_ORDER, cost_of_all, describe_orders
from openprospect_nb.analysis.orders.funnel import asked_for
from openprospect_nb.analysis.orders.more import expected_of_more
from openprospect_nb.analysis.planning.budget_plan import plan
from openprospect_nb.analysis.scoring.drivers import FALSE_DISCOVERIES, REAL, drivers
from openprospect_nb.frames.order_names import described_orders, order_names
from openprospect_nb.frames.results import Results
from openprospect_nb.reports.decision import MIDDLING, KeyNumbers, Offered, Planned

_KEY: Final = ("order_id", "company_id")
_ENOUGH: Final = 5_000  # companies


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """What page one is made from: results, their send list, their orders beside each other, the date of the report."""

    results: Results
    sending: SendList[pl.DataFrame]
    compared: Comparison
    as_of: str | None = None


def find(seen: Source) -> KeyNumbers:
    """Return the numbers of *seen* that page one may speak of."""
    results, sending = seen.results, seen.sending
    profiles, cost, joint = profiles_of(results), _cost(results), seen.compared.joint
    return KeyNumbers(
        orders=results.companies["order_id"].n_unique(),
        delivered=results.companies.height,
        failed=len(results.errors),
        asked=asked_for(results),
        profiles=len(profiles),
        best=_best(results, seen.compared, profiles),
        # Of one profile, by what its firms are worth: sisters stand or fall together.
        more=expected_of_more(joint, seen.compared.level) if len(profiles) <= 1 and joint.n else None,
        age_days=_age(results, seen.as_of),
        **_people(results),
        listed_companies=listed_companies(sending, results)["company_id"].n_unique(),
        **_list(sending),
        **_all_mailed(sending),
        planned=_planned(results, cost.get("cost")) if len(profiles) > 1 else None,
        **cost,
        **_fit(results),
    )


def listed_companies(sending: SendList[pl.DataFrame], results: Results) -> pl.DataFrame:
    """Return a row a company on the list, ``order_id``, ``company_id`` and its safest row's ``id``, ``job_title``."""
    rows = sending.prospects
    if rows.is_empty() or not {*_KEY, "id"} <= set(rows.columns):
        return results.prospects.clear().select(*_KEY, "id")
    return rows.unique(list(_KEY), keep="first", maintain_order=True).select(*_KEY, "id")


def profiles_of(results: Results) -> Mapping[str, str]:
    """Return the first order of each ICP by the ICP's fingerprint; orders of unknown ICPs count as one."""
    parts: Sequence[Mapping[str, Any]] = results.provenance.get("parts") or [results.provenance]
    orders = {
        str(o.get("order_id")): str(part.get("icp_hash") or "") for part in parts for o in part.get("orders") or ()
    }
    grouped: dict[str, str] = {}
    for order_id, icp in orders.items():
        grouped.setdefault(icp, order_id)
    return grouped


def sampled(results: Results) -> Results:
    """Return every so-manieth company of a large order, with its people: no rate needs more to be known."""
    step = -(-results.companies.height // _ENOUGH)
    if step <= 1:
        return results
    companies = results.companies.gather_every(step)
    own = companies.select("order_id", company_id="id").unique()
    people = results.prospects.join(own, on=list(_KEY), how="semi", nulls_equal=True)
    return replace(results, companies=companies, prospects=people)


def _people(results: Results) -> dict[str, Any]:
    people = with_person(results.prospects).with_columns(
        has_mail=pl.col("email").str.contains("@").fill_null(value=False),
        has_phone=pl.col("phone_number").str.contains(r"\d").fill_null(value=False),
    )
    persons = people.group_by(PERSON).agg(pl.col("has_mail", "has_phone").any())
    without = persons.filter(~pl.col("has_mail"))
    rows = results.companies.select("order_id", company_id="id")
    reached = rows.join(people.select(*_KEY).unique(), on=list(_KEY), how="semi", nulls_equal=True)
    mailed = rows.join(people.filter("has_mail").select(*_KEY).unique(), on=list(_KEY), how="semi", nulls_equal=True)
    return {
        "people": persons.height,
        "no_address": without.height,
        "with_phone": int(without["has_phone"].sum()),
        "with_contact": reached.height,
        "mailable_companies": mailed["company_id"].n_unique(),
    }


def _list(sending: SendList[pl.DataFrame]) -> dict[str, Any]:
    return {
        "mailable": sending.size + sending.beyond + sending.unknown,
        "unknown_risk": sending.unknown,
        "listed": sending.size,
        "limit": sending.max_bounce_rate,
        "confidence": sending.confidence,
        "low": sending.forecast.low,
        "high": sending.forecast.high,
        "is_promised": sending.promise == "confidence",
        "sent": sending.sent,
        "bounced": sending.bounced,
        "rate": sending.forecast.rate,
        "is_tiny": sending.is_tiny,
        "doubt": sending.doubt,
        "outcomes": sending.outcomes,
        "assumed": sending.assumed,
        "assumed_risk": (sending.assumed_risk or 0.0) / 100,
        "way": next(((way.size, way.limit) for way in sending.ways_out if way.way == "limit"), None),
    }


def _all_mailed(sending: SendList[pl.DataFrame]) -> dict[str, Any]:
    if sending.frontier.is_empty():
        return {}
    last = sending.frontier.row(-1, named=True)
    return {"all_rate": last["rate"], "all_low": last["low"] / last["size"], "all_high": last["high"] / last["size"]}


def _cost(results: Results) -> dict[str, Any]:
    """Return what all orders cost together, if it is known of each and in one currency."""
    named = results.companies.with_columns(pl.col("order_id").fill_null(NO_ORDER))
    sizes = dict(named.group_by("order_id").agg(pl.col("id").n_unique()).rows())
    orders = describe_orders(results, sorted(sizes), sizes, None).values()
    cost, currencies = cost_of_all(orders), {order.currency for order in orders}
    return {} if cost is None or len(currencies) != 1 else {"cost": cost, "currency": currencies.pop()}


def _fit(results: Results) -> dict[str, Any]:
    scores = results.companies["match_score"].drop_nulls()
    scores = scores.filter(scores.is_between(0, 10))
    middle = scores.median()
    if not isinstance(middle, float):
        return {}
    match = {"match": middle, "scored": len(scores)}
    return {**match, **_driver(results)} if middle < MIDDLING else match


def _driver(results: Results) -> dict[str, Any]:
    """Return the surest feature that holds; the vendor's own reasons explain a score and advise nothing."""
    lifts = drivers(sampled(results)).table.filter(
        (pl.col("kind") != "reason")
        & (pl.col("false_discovery_rate") <= FALSE_DISCOVERIES)
        & (pl.col("lift_shrunk") >= REAL)
    )
    best = lifts.sort("p_value", "kind", "value").head(1)
    return {"driver": best["value"].item(), "lift": best["lift_shrunk"].item()} if best.height else {}


def _planned(results: Results, cost: float | None) -> Planned | None:
    """Return where as much money as was spent would go, where all of it is known."""
    if not cost:
        return None
    planned = plan(results, budget=cost)
    first = planned.icps.sort("buy", descending=True).row(0, named=True)
    if not first["buy"]:
        return None
    names = ("companies", "rate", "rate_low", "rate_high", "now", "now_cost", "buy", "cost", "unknown")
    offers = [Offered(name=row["icp"], **{n: row[n] for n in names}) for row in planned.icps.iter_rows(named=True)]
    sums = (first["now"], first["now_cost"], cost, round(planned.low), round(planned.high))
    return Planned(str(first["icp"]), *sums, tuple(offers))


def _best(results: Results, compared: Comparison, profiles: Mapping[str, str]) -> str | None:
    """Return the name of the order that is clearly the best to buy again, if one is."""
    if len(profiles) <= 1 or compared.best is None:
        return None
    against = compared if compared.reference == compared.best else compare(results, reference=compared.best)
    if not is_clearly_best(against):
        return None
    described = {str(order.get("order_id")): order for order in described_orders(results.provenance)}
    profile = described.get(compared.best, {}).get("profile_name")
    return str(profile) if profile else order_names(described.values()).get(compared.best, compared.best)


def _age(results: Results, as_of: str | None) -> int | None:
    if results.provenance.get("source") == "sandbox":
        return None  # what is invented does not age
    newest = results.companies["delivered_at"].max()
    try:
        stated = datetime.fromisoformat(as_of) if as_of else None
    except ValueError:
        return None
    if not isinstance(newest, datetime) or stated is None:
        return None
    return (stated.date() - newest.date()).days
