"""What each section of a report says: the order, its headlines, companies, comparison and quality of the rows."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, Final
from urllib.parse import urlsplit

import plotly.graph_objects as go
import polars as pl

from openprospect_nb import charts
from openprospect_nb.analysis.distribution import distribution, filled
from openprospect_nb.analysis.intervals import wilson
from openprospect_nb.analysis.orders.comparison import Comparison
from openprospect_nb.analysis.scoring.formula import DEFAULT_WEIGHTS, score
from openprospect_nb.analysis.table import open_table
from openprospect_nb.charts.deliverability import RISK_EDGES
from openprospect_nb.charts.quality import SCORE_EDGES
from openprospect_nb.frames.results import Results
from openprospect_nb.markup.text import clean, web_link
from openprospect_nb.markup.wording import Wording
from openprospect_nb.reports.summary import CompanyLine, ComparedOrder, Contact, Fact, Headline, OrderLine

_KEY: Final = ("order_id", "company_id")
LONGEST: Final = 5_000  # what is read of a text; how much is shown is the summary's business


def company_lines(results: Results, top: int, say: Wording) -> tuple[CompanyLine, ...]:
    """Return the *top* companies by score, then by match score and name, each with its best contact."""
    scored = score(results).sort(
        ["score", "match_score", "name", "id"], descending=[True, True, False, False], nulls_last=True
    )
    shown = scored.head(top).join(
        _best(results), left_on=("order_id", "id"), right_on=_KEY, how="left", nulls_equal=True
    )
    rows = shown.sort(["score", "match_score", "name", "id"], descending=[True, True, False, False], nulls_last=True)
    return tuple(_company_line(rank, row, say) for rank, row in enumerate(rows.iter_rows(named=True), start=1))


def _best(results: Results) -> pl.DataFrame:
    """Return one row a company: how many prospects, and the best of them (with an e-mail, then best qualified)."""
    mailable = pl.col("email").is_not_null().alias("mailable")
    ranked = results.prospects.with_columns(mailable).sort(
        ["mailable", "qualification_score", "id"], descending=[True, True, False], nulls_last=True
    )
    names = ("first_name", "last_name", "job_title", "email", "phone_number", "linkedin_url")
    return ranked.group_by(_KEY, maintain_order=True).agg(
        pl.col("id").first().alias("person_id"), pl.len().alias("people"), *(pl.col(name).first() for name in names)
    )


def _company_line(rank: int, row: dict[str, Any], say: Wording) -> CompanyLine:
    link = web_link(row["website_url"])
    return CompanyLine(
        rank=say.number(rank),
        name=clean(row["name"], 80),
        link=link,
        host=clean(_host(link), 60),
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
    """Return what each component adds to or takes from 50, and which are unknown."""
    points = {name: row[f"points_{name}"] for name in DEFAULT_WEIGHTS}
    parts = [f"{value:+.0f} {say.say(f'part.{name}')}" for name, value in points.items() if value]
    unknown = [say.say(f"part.{name}") for name, value in points.items() if value is None and DEFAULT_WEIGHTS[name]]
    return ", ".join(parts + ([say.say("part.unknown", list=", ".join(unknown))] if unknown else []))


def _host(link: str | None) -> str:
    return (urlsplit(link).hostname or "").removeprefix("www.") if link else ""


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


MEASURES: Final[tuple[charts.Measure, ...]] = ("contactable", "match", "bounces", "cost")


def comparison_charts(compared: Comparison, say: Wording) -> tuple[tuple[str, go.Figure], ...]:
    """Return a chart a measure, with its key."""
    return tuple((name, charts.order_comparison(compared, measure=name, language=say.language)) for name in MEASURES)


def compared_orders(compared: Comparison, say: Wording) -> tuple[ComparedOrder, ...]:
    """Return one `ComparedOrder` an order, in the comparison's order."""
    return tuple(_row(row, say) for row in compared.orders.iter_rows(named=True))


def differences(compared: Comparison, say: Wording) -> tuple[Fact, ...]:
    """Return each difference to the reference order as a sentence with its interval."""
    labels = dict(compared.orders.select("order_id", "label").iter_rows())
    return tuple(
        Fact(
            name=say.say(f"difference.{row['measure']}"),
            text=say.say(
                "difference.text",
                order=clean(labels.get(row["order_id"]), 5_000),
                reference=clean(labels.get(row["reference"]), 5_000),
                reading=say.say(f"difference.{_reading(row)}"),
                difference=_signed(row["difference"], row["measure"], say),
                low=_signed(row["low"], row["measure"], say),
                high=_signed(row["high"], row["measure"], say),
            ),
        )
        for row in compared.differences.iter_rows(named=True)
    )


def _row(row: Mapping[str, Any], say: Wording) -> ComparedOrder:
    return ComparedOrder(
        label=clean(row["label"], 5_000),
        companies=say.number(row["companies"]),
        contactable=f"{say.share(row['contactable_rate'])} ({_span(row, 'contactable', say)})",
        match=f"{say.number(row['match_median'], 1)} (n = {say.number(row['scored'])})",
        bounces=f"{say.share(row['bounce_rate'], 1)} ({_span(row, 'bounce', say)})",
        cost=_money(row["cost"], row["currency"], say),
        per_contact=_money(row["cost_per_contactable"], row["currency"], say),
        is_small=row["note"] is not None,
    )


def _span(row: Mapping[str, Any], name: str, say: Wording) -> str:
    return f"{say.share(row[f'{name}_low'])} – {say.share(row[f'{name}_high'])}"


def _money(amount: float | None, currency: str | None, say: Wording) -> str:
    return f"{say.number(amount, 2)} {clean(currency, 8)}".strip() if amount is not None else say.number(None)


def _reading(row: Mapping[str, Any]) -> str:
    if row["difference"] is None or row["low"] <= 0 <= row["high"]:
        return "unclear"
    return "higher" if row["low"] > 0 else "lower"


def _signed(value: float | None, measure: str, say: Wording) -> str:
    """Return a difference with its sign: of shares in percentage points, of superiority from -1 to 1."""
    if value is None:
        return say.number(None)
    sign = "+" if value > 0 else ""
    if measure == "match_superiority":
        return f"{sign}{say.number(value, 2)}"
    return f"{sign}{say.number(value * 100, 1)} {say.say('points')}"


def headlines(results: Results, say: Wording) -> tuple[Headline, ...]:
    """Return companies, match, contacts, e-mail share and expected bounces as `Headline`."""
    return (_companies(results, say), _match(results, say), _reach(results, say), _risk(results, say))


def _companies(results: Results, say: Wording) -> Headline:
    wanted = [order.get("briefing_quantity") for order in results.provenance.get("orders") or []]
    is_stated = all(isinstance(quantity, int) for quantity in wanted)
    note = say.say("headline.asked", n=sum(wanted)) if wanted and is_stated else say.say("headline.asked_unknown")
    return Headline(value=say.number(results.companies.height), name=say.say("headline.companies"), note=note)


def _match(results: Results, say: Wording) -> Headline:
    table = open_table(results.companies, name="companies", required=["match_score"])
    scores = distribution(table, "match_score", SCORE_EDGES)
    value = say.number(scores.quartiles[1], 1) if scores.quartiles else say.number(None)
    note = say.say("headline.match_note", n=scores.known, unknown=scores.unknown)
    return Headline(value=value, name=say.say("headline.match"), note=note)


def _reach(results: Results, say: Wording) -> Headline:
    reached = results.prospects.filter(pl.col("email").str.contains("@")).select("order_id", "company_id").unique()
    rows = results.companies.height
    hits = results.companies.join(reached, left_on=("order_id", "id"), right_on=("order_id", "company_id"), how="semi")
    name = say.say("headline.reach")
    if not rows:
        return Headline(value=say.number(None), name=name, note=say.say("headline.nothing"))
    low, high = wilson(hits.height, rows)
    note = say.say("headline.reach_note", n=rows, low=say.share(low), high=say.share(high))
    return Headline(value=say.share(hits.height / rows), name=name, note=note)


def _risk(results: Results, say: Wording) -> Headline:
    mailed = results.prospects.filter(pl.col("email").str.contains("@"))
    risks = distribution(open_table(mailed, name="prospects", required=[]), "bounce_risk_score", RISK_EDGES)
    if risks.mean is None:
        return Headline(value=say.number(None), name=say.say("headline.risk"), note=say.say("headline.nothing"))
    note = say.say(
        "headline.risk_note", bounces=say.number(sum(risks.sums) / 100, 1), n=risks.known, unknown=risks.unknown
    )
    return Headline(value=say.share(risks.mean / 100, 1), name=say.say("headline.risk"), note=note)


_ASKED: Final = (
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
_LONGEST: Final = 5_000


def asked(results: Results, say: Wording) -> tuple[Fact, ...]:
    """Return the profile description field by field, without the empty ones."""
    icp: Mapping[str, Any] = results.provenance.get("icp") or {}
    return tuple(Fact(name=say.say(f"icp.{key}"), text=_text(icp[key])) for key in _ASKED if icp.get(key))


def order_lines(results: Results, say: Wording) -> tuple[OrderLine, ...]:
    """Return one line an order the provenance knows, and one for each whose results could not be had."""
    orders: Sequence[Mapping[str, Any]] = results.provenance.get("orders") or []
    ids = {str(order.get("order_id")) for order in orders}
    lost = [{"order_id": order_id} for order_id in results.errors if order_id not in ids]
    counts = dict(results.companies.group_by("order_id").len().iter_rows())
    return tuple(_order_line(order, counts, results.errors, say) for order in [*orders, *lost])


def _order_line(
    order: Mapping[str, Any], counts: Mapping[str, int], errors: Mapping[str, str], say: Wording
) -> OrderLine:
    order_id = str(order.get("order_id"))
    quantity = order.get("briefing_quantity")
    return OrderLine(
        order_id=clean(order_id, 60),
        title=_text(order.get("title")),
        status=clean(_text(order.get("status")), 30),
        asked=say.number(quantity if isinstance(quantity, int) else None),
        delivered=say.number(counts.get(order_id, 0)),
        created=say.date(_text(order.get("created_at")) or None),
        completed=say.date(_text(order.get("completed_at")) or None),
        cost=_cost(order.get("estimated_cost"), say),
        message=_text(errors.get(order_id) or order.get("message")),
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
    return tuple(Fact(name=say.say(f"provenance.{key}"), text=_text(value)) for key, value in texts.items() if value)


def reproducing_code(results: Results) -> str:
    """Return Python that fetches these orders again and writes this report."""
    ids = [str(order.get("order_id")) for order in results.provenance.get("orders") or []]
    lines = (
        "import openprospect_nb as op",
        "",
        "client = op.connect()",
        f"results = client.results({json.dumps(ids)})",
        'op.report(results, "report.html")',
    )
    return "\n".join(lines)


def _text(value: object) -> str:
    if value is None:
        return ""
    parts = value if isinstance(value, list | tuple) else [value]
    return clean(", ".join(str(part) for part in parts), _LONGEST)


def _cost(cost: object, say: Wording) -> str:
    if not isinstance(cost, Mapping) or not isinstance(total := cost.get("total"), int | float):
        return say.number(None)
    return f"{say.number(float(total), 2)} {clean(_text(cost.get('currency')), 8)}".strip()


_COMPANY_FIELDS: Final = ("website_url", "city", "employee_count", "match_score")
_PROSPECT_FIELDS: Final = ("email", "job_title", "qualification_score", "bounce_risk_score")
_MOST: Final = 12


def quality(results: Results, say: Wording) -> tuple[Fact, ...]:
    """Return rejects, drift, failed orders and how full the fields are that decisions rest on."""
    return (
        Fact(name=say.say("data.rejects"), text=_rejects(results, say)),
        Fact(name=say.say("data.drift"), text=_drift(results, say)),
        Fact(name=say.say("data.errors"), text=_errors(results, say)),
        *_incomplete(results, say),
        Fact(name=say.say("data.filled"), text=_filled(results, say)),
    )


def _rejects(results: Results, say: Wording) -> str:
    if results.rejects.is_empty():
        return say.say("data.none")
    counted = results.rejects.group_by("record", "field", "rule").len().sort(["len", "field"], descending=[True, False])
    named = [
        f"{clean(r['record'])}.{clean(r['field'])}: {clean(r['rule'])} ({say.number(r['len'])})"
        for r in counted.head(_MOST).iter_rows(named=True)
    ]
    return say.say("data.rejects_text", n=results.rejects.height, list="; ".join(named))


def _drift(results: Results, say: Wording) -> str:
    if results.drift.is_empty():
        return say.say("data.none")
    named = [
        f"{clean(r['record'])}.{clean(r['field'])}: {clean(r['kind'])} ({say.number(r['count'])})"
        for r in results.drift.head(_MOST).iter_rows(named=True)
    ]
    return "; ".join(named)


def _errors(results: Results, say: Wording) -> str:
    named = [f"{clean(order)}: {clean(why, 300)}" for order, why in list(results.errors.items())[:_MOST]]
    return "; ".join(named) or say.say("data.none")


def _incomplete(results: Results, say: Wording) -> tuple[Fact, ...]:
    named = [f"{clean(order)}: {clean(why, 300)}" for order, why in list(results.incomplete.items())[:_MOST]]
    return (Fact(name=say.say("data.incomplete"), text="; ".join(named)),) if named else ()


def _filled(results: Results, say: Wording) -> str:
    parts: list[str] = []
    for frame, noun, columns in (
        (results.companies, "company", _COMPANY_FIELDS),
        (results.prospects, "prospect", _PROSPECT_FIELDS),
    ):
        counts = filled(open_table(frame, name=noun, required=[]), columns)
        shares = [
            f"{say.say(f'field.{name}')} {say.share((counts[name] or 0) / frame.height)}"
            for name in columns
            if frame.height
        ]
        parts += [f"{say.count(noun, frame.height)}: {', '.join(shares)}"] if shares else []
    return "; ".join(parts) or say.say("data.none")
