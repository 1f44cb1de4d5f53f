"""What each section below page one says: what was asked, companies, orders beside each other, data, money."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any, Final
from urllib.parse import urlsplit

import polars as pl

from openprospect_nb.analysis.contacts.best import Exponents, worth_of
from openprospect_nb.analysis.contacts.counting import one_each
from openprospect_nb.analysis.distribution import filled
from openprospect_nb.analysis.orders.comparison import Comparison
from openprospect_nb.analysis.scoring.formula import DEFAULT_WEIGHTS, checked_weights, score
from openprospect_nb.analysis.settlement.settling import settle
from openprospect_nb.analysis.table import open_table
from openprospect_nb.frames.costs import cost_of, stated_cost
from openprospect_nb.frames.order_names import described_orders, order_names
from openprospect_nb.frames.results import Results
from openprospect_nb.markup.text import clean, web_link
from openprospect_nb.markup.wording import Wording
from openprospect_nb.reports.first import amount
from openprospect_nb.reports.summary import (
    Asked,
    AskedField,
    CompanyLine,
    ComparedOrder,
    Contact,
    Difference,
    Fact,
    OrderLine,
)

FIELDS: Final = (
    "profile_name",
    "ideal_customer_profile",
    "seller_offering",
    "seller_industry",
    "target_countries",
    "target_cities",
    "target_industries",
    "excluded_industries",
    "contact_roles",
    "output_language",
)
LONGEST: Final = 5_000  # what is read of a text; how much is shown is the summary's business
_KEY: Final = ("order_id", "company_id")
_BEST_FIRST: Final = ("score", "match_score", "name", "id")
_FALLING: Final = (True, True, False, False)


def asked(results: Results, say: Wording) -> Asked:
    """Return the profile descriptions of *results* beside each other, without the fields that none of them has."""
    groups = _by_profile(results)
    icps = [icp for icp, _ in groups]
    lines = []
    for name in FIELDS:
        texts = tuple(as_text(icp.get(name)) for icp in icps)
        if any(texts):
            lines.append(AskedField(name=say.say(f"icp.{name}"), texts=texts, differs=len(set(texts)) > 1))
    return Asked(orders=tuple(", ".join(names) for _, names in groups), fields=tuple(lines)) if lines else Asked()


def as_text(value: object) -> str:
    """Return a value, or a list of them, as one cleaned text."""
    if value is None:
        return ""
    parts = value if isinstance(value, list | tuple) else [value]
    return clean(", ".join(str(part) for part in parts), LONGEST)


def _by_profile(results: Results) -> list[tuple[Mapping[str, Any], list[str]]]:
    """Return each different description with the names of the orders placed with it, in order of delivery."""
    parts: Sequence[Mapping[str, Any]] = results.provenance.get("parts") or [results.provenance]
    names = order_names(described_orders(results.provenance))
    groups: list[tuple[Mapping[str, Any], list[str]]] = []
    for part in parts:
        icp = part.get("icp")
        if not isinstance(icp, Mapping):
            continue
        orders = [names[str(order.get("order_id"))] for order in part.get("orders") or ()]
        same = next((placed for other, placed in groups if other == icp), None)
        if same is None:
            groups.append((icp, orders))
        else:
            same.extend(orders)
    return groups


def ranked(results: Results, weights: Mapping[str, float] | None) -> pl.DataFrame:
    """Return the companies scored by *weights* (None: the usual), best first: by score, then match score and name."""
    return score(results, weights).sort(_BEST_FIRST, descending=_FALLING, nulls_last=True)


def company_lines(scored: pl.DataFrame, prospects: pl.DataFrame, say: Wording) -> tuple[CompanyLine, ...]:
    """Return one line a row of *scored*, in its order, with the number of its *prospects* and the first of them."""
    names = ("first_name", "last_name", "job_title", "email", "phone_number", "linkedin_url")
    people = prospects.group_by("order_id", pl.col("company_id").alias("id"), maintain_order=True).agg(
        pl.col("id").first().alias("person_id"), pl.len().alias("people"), *(pl.col(name).first() for name in names)
    )
    rows = scored.join(people, on=["order_id", "id"], how="left", nulls_equal=True, maintain_order="left")
    return tuple(_company_line(rank, row, say) for rank, row in enumerate(rows.iter_rows(named=True), start=1))


def best_first(results: Results, companies: pl.DataFrame, weights: Mapping[str, float] | None) -> pl.DataFrame:
    """Return the prospects of these *companies*, the best one can write to first, as `score` by *weights* chooses."""
    shares = checked_weights(weights, has_preferences=False)
    worth = worth_of(results, Exponents.of(shares["reach"], shares["deliverability"]))
    own = companies.select("order_id", company_id="id").unique()
    valued = results.prospects.with_columns(worth).join(own, on=list(_KEY), how="semi", nulls_equal=True)
    return valued.sort([worth.name, "qualification_score", "id"], descending=[True, True, False], nulls_last=True)


def _company_line(rank: int, row: dict[str, Any], say: Wording) -> CompanyLine:
    link = web_link(row["website_url"])
    return CompanyLine(
        rank=say.number(rank),
        name=clean(row["name"], 80),
        link=link,
        host=clean((urlsplit(link).hostname or "").removeprefix("www."), 60) if link else "",
        business=clean(row["business_type"], LONGEST),
        place=", ".join(part for part in (clean(row["city"], LONGEST), clean(row["country"], LONGEST)) if part),
        employees=say.number(row["employee_count"]),
        match=say.number(row["match_score"], 1),
        score=say.number(row["score"]),
        prospects=say.number(row["people"] or 0),
        contact=_contact(row) if row["people"] else None,
        points=_points(row, say),
        reasons=", ".join(clean(reason, LONGEST) for reason in (row["match_reasons"] or [])[:4]),
    )


def _points(row: dict[str, Any], say: Wording) -> str:
    """Return what each component adds to or takes from 50, those that are known before those that are assumed."""
    stated, assumed = (
        [
            f"{row[f'{kind}_{name}']:+.0f} {say.say(f'part.{name}')}"
            for name in DEFAULT_WEIGHTS
            if row[f"{kind}_{name}"] is not None
        ]
        for kind in ("points", "assumed")
    )
    return ", ".join(stated + ([say.say("part.unknown", list=", ".join(assumed))] if assumed else []))


def _contact(row: dict[str, Any]) -> Contact:
    name = " ".join(part for part in (clean(row["first_name"], LONGEST), clean(row["last_name"], LONGEST)) if part)
    email = clean(row["email"], LONGEST)
    return Contact(
        # One person found twice has one e-mail, or failing that one name in one company.
        identity=email.lower() or f"{row['id']} {name.lower()}",
        prospect_id=str(row["person_id"]),
        name=name,
        role=clean(row["job_title"], LONGEST),
        email=email,
        phone=clean(row["phone_number"], LONGEST),
        profile=web_link(row["linkedin_url"]),
    )


def compared_orders(
    compared: Comparison, say: Wording, profiles: Mapping[str, str] = MappingProxyType({})
) -> tuple[ComparedOrder, ...]:
    """Return one `ComparedOrder` an order, in the comparison's order; *profiles* are names by order id."""
    rows = compared.orders.iter_rows(named=True)
    return tuple(
        _row(row, say, profile=profiles.get(row["order_id"], ""), is_best=row["order_id"] == compared.best)
        for row in rows
    )


def differences(compared: Comparison, say: Wording) -> tuple[Difference, ...]:
    """Return who wins on what: the differences to the reference that are beyond chance, the winner named first."""
    names = dict(compared.orders.select("order_id", "label").iter_rows())
    clear = [row for row in compared.differences.iter_rows(named=True) if _is_clear(row)]
    return tuple(_difference(row, names, say) for row in clear)


def unclear(compared: Comparison, say: Wording) -> tuple[str, ...]:
    """Return what no two orders differ in beyond chance, measure by measure."""
    rows = list(compared.differences.iter_rows(named=True))
    clear = {row["measure"] for row in rows if _is_clear(row)}
    return tuple(say.say(f"difference.{m}") for m in dict.fromkeys(row["measure"] for row in rows) if m not in clear)


def _is_clear(row: Mapping[str, Any]) -> bool:
    return row["difference"] is not None and not row["low"] <= 0 <= row["high"]


def _difference(row: Mapping[str, Any], names: Mapping[str, str], say: Wording) -> Difference:
    """Word a clear difference from its winner's side; superiority as pairs of a hundred, which anybody can picture."""
    is_higher = row["difference"] > 0
    ends = (
        (row["difference"], row["low"], row["high"]) if is_higher else (-row["difference"], -row["high"], -row["low"])
    )
    if row["measure"] == "match_superiority":
        pairs = [say.number((1 + value) / 2 * 100) for value in ends]
        numbers = say.say("difference.pairs", pairs=pairs[0], low=pairs[1], high=pairs[2])
    else:
        points = [say.number(value * 100) for value in ends]
        numbers = say.say("difference.points", points=points[0], low=points[1], high=points[2])
    order, reference = (clean(names.get(row[key]), LONGEST) for key in ("order_id", "reference"))
    winner, loser = (order, reference) if is_higher else (reference, order)
    return Difference(key=f"difference.wins.{row['measure']}", order=winner, reference=loser, numbers=numbers)


def _row(row: Mapping[str, Any], say: Wording, *, profile: str, is_best: bool) -> ComparedOrder:
    label = clean(row["label"], 5_000)
    return ComparedOrder(
        label=label,
        profile=clean(profile, 5_000) if profile != label else "",
        companies=say.number(row["companies"]),
        joint=f"{_rate(row, 'joint', say)}{_each(row, say)}{_unknown(row, say)}",
        contactable=_rate(row, "contactable", say),
        match=f"{say.number(row['match_median'], 1)} (n = {say.number(row['scored'])})",
        bounces=_rate(row, "bounce", say, 1),
        cost=amount(row["cost"], row["currency"], say),
        per_contact=amount(row["cost_per_contactable"], row["currency"], say),
        is_best=is_best,
        is_small=row["note"] is not None,
    )


def _rate(row: Mapping[str, Any], name: str, say: Wording, digits: int = 0) -> str:
    value, low, high = (row[f"{name}_{end}"] for end in ("rate", "low", "high"))
    if value is None:
        return say.say("unknown.tick")
    return f"{say.share(value, digits)} ({say.share(low)} – {say.share(high)})"


def _unknown(row: Mapping[str, Any], say: Wording) -> str:
    return "" if not row["unknown"] else ", " + say.say("unknown.n", n=say.number(row["unknown"]))


def _each(row: Mapping[str, Any], say: Wording) -> str:
    cost = row["cost_per_joint"]
    return "" if cost is None else ", " + say.say("compare.joint.price", amount=amount(cost, row["currency"], say))


def order_lines(results: Results, say: Wording) -> tuple[OrderLine, ...]:
    """Return one line an order the provenance knows, and one for each whose results could not be had."""
    orders: Sequence[Mapping[str, Any]] = described_orders(results.provenance)
    ids = {str(order.get("order_id")) for order in orders}
    lost = [{"order_id": order_id} for order_id in results.errors if order_id not in ids]
    names = order_names([*orders, *lost])
    counts = dict(results.companies.group_by("order_id").agg(pl.col("id").n_unique()).iter_rows())
    return tuple(
        _order_line({**order, "label": names[str(order.get("order_id"))]}, counts, results.errors, say)
        for order in [*orders, *lost]
    )


def _order_line(
    order: Mapping[str, Any], counts: Mapping[str, int], errors: Mapping[str, str], say: Wording
) -> OrderLine:
    order_id = str(order.get("order_id"))
    quantity, (total, currency) = order.get("briefing_quantity"), stated_cost(order)
    price = cost_of(order.get("price_per_briefing"), None, None)
    return OrderLine(
        order_id=clean(order_id, 60),
        title=clean(order["label"], LONGEST),
        status=clean(as_text(order.get("status")), 30),
        asked=say.number(quantity if isinstance(quantity, int) else None),
        delivered=say.number(counts.get(order_id, 0)),
        created=say.date(as_text(order.get("created_at")) or None),
        completed=say.date(as_text(order.get("completed_at")) or None),
        cost=amount(cost_of(total, price, counts.get(order_id)), currency, say),
        message=as_text(errors.get(order_id) or order.get("message")),
    )


def provenance(results: Results, say: Wording) -> tuple[Fact, ...]:
    """Return source, orders, hash of the profile, time of the fetch and versions."""
    facts = results.provenance
    versions = facts.get("versions") or {}
    texts = {
        "source": facts.get("source"),
        "orders": [order.get("order_id") for order in facts.get("orders") or []],
        "icp_hash": facts.get("icp_hash"),
        "fetched_at": facts.get("fetched_at"),
        "versions": [f"{name} {version}" for name, version in sorted(versions.items())],
    }
    return tuple(Fact(name=say.say(f"provenance.{key}"), text=as_text(value)) for key, value in texts.items() if value)


def weighed(weights: Mapping[str, float], say: Wording) -> Fact:
    """Return by which *weights* companies were scored, in place of the usual ones."""
    shares = (f"{say.say(f'part.{name}')} {say.share(weights[name])}" for name in DEFAULT_WEIGHTS if weights.get(name))
    return Fact(name=say.say("method.weights"), text=say.say("method.weights.text", list=", ".join(shares)))


def reproducing_code(results: Results, weights: Mapping[str, float] | None) -> str:
    """Return Python that fetches these orders again and writes this report."""
    asked = "" if weights is None else f", weights={dict(weights)!r}"
    ids = [str(order.get("order_id")) for order in results.provenance.get("orders") or []]
    lines = (
        "import openprospect_nb as op",
        "",
        "client = op.connect()",
        f"results = client.results({json.dumps(ids)})",
        f'op.report(results, "report.html"{asked})',
    )
    return "\n".join(lines)


_COMPANY_FIELDS: Final = ("website_url", "city", "employee_count", "match_score")
_PROSPECT_FIELDS: Final = ("email", "job_title", "qualification_score", "bounce_risk_score")
_MOST: Final = 12


def quality(results: Results, say: Wording) -> tuple[Fact, ...]:
    """Return rejects, drift, failed orders and how full the fields are that decisions rest on."""
    errors, incomplete = (
        "; ".join(f"{clean(order)}: {clean(why, 300)}" for order, why in list(orders.items())[:_MOST])
        for orders in (results.errors, results.incomplete)
    )
    texts = {
        "rejects": _rejects(results, say),
        "drift": _drift(results, say),
        "errors": errors,
        "incomplete": incomplete,
        "filled": _filled(results, say),
    }
    none = say.say("data.none")
    shown = {key: text or none for key, text in texts.items() if text or key != "incomplete"}
    return tuple(Fact(name=say.say(f"data.{key}"), text=text) for key, text in shown.items())


def _rejects(results: Results, say: Wording) -> str:
    if results.rejects.is_empty():
        return ""
    counted = results.rejects.group_by("record", "field", "rule").len().sort(["len", "field"], descending=[True, False])
    named = [
        f"{clean(r['record'])}.{clean(r['field'])}: {clean(r['rule'])} ({say.number(r['len'])})"
        for r in counted.head(_MOST).iter_rows(named=True)
    ]
    return say.say("data.rejects_text", n=results.rejects.height, list="; ".join(named))


def _drift(results: Results, say: Wording) -> str:
    return "; ".join(
        f"{clean(r['record'])}.{clean(r['field'])}: {clean(r['kind'])} ({say.number(r['count'])})"
        for r in results.drift.head(_MOST).iter_rows(named=True)
    )


def _filled(results: Results, say: Wording) -> str:
    parts: list[str] = []
    for frame, noun, columns in (
        (results.companies, "company", _COMPANY_FIELDS),
        (one_each(results.prospects), "prospect", _PROSPECT_FIELDS),
    ):
        counts = filled(open_table(frame, name=noun, required=[]), columns)
        shares = [
            f"{say.say(f'field.{name}')} {say.share((counts[name] or 0) / frame.height)}"
            for name in columns
            if frame.height
        ]
        parts += [f"{say.count(noun, frame.height)}: {', '.join(shares)}"] if shares else []
    return "; ".join(parts)


# Companies; telling which of more are one takes longer than the rest of the report.
_MOST_SETTLED: Final = 5_000


def settlement(results: Results, say: Wording) -> tuple[Fact, ...]:
    """Return the lines under which companies fall, with money where it is known; nothing where nothing is left to say.

    Where every company is what was asked for there is nothing to settle. A large order is settled by `op.settle` alone.
    """
    if not 0 < results.companies.height <= _MOST_SETTLED:
        return ()
    settled = settle(results)
    rows = [row for row in settled.total.iter_rows(named=True) if row["companies"]]
    if {row["line"] for row in rows} <= {"ordered", "usable"}:
        return ()
    lines = [Fact(name=say.say(f"settlement.{row['line']}"), text=_line_of(row, say)) for row in rows]
    basis = f"{say.say('settlement.outcomes', n=say.number(settled.outcomes))}; {say.say('settlement.terms')}"
    return (*lines, Fact(name=say.say("settlement.basis"), text=basis))


def _line_of(row: Mapping[str, Any], say: Wording) -> str:
    share = f" ({say.share(row['share'])})" if row["share"] is not None and row["line"] != "ordered" else ""
    money = "" if row["money"] is None else f" · {amount(row['money'], row['currency'], say)}"
    return f"{say.number(row['companies'])}{share}{money}"
