"""What was paid for: every cent in one line, every claim with its evidence, nothing claimed of what is not known."""

# ruff: noqa: E501 - rows of facts are read best one a line

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl
import pytest

import openprospect_nb as op
from openprospect_nb.analysis.settlement.reasons import REASONS
from openprospect_nb.analysis.settlement.stated import size_in
from openprospect_nb.frames.results import Results
from openprospect_nb.models import moment

RINGS: dict[str, Any] = {
    "employee_count": 100,
    "country": "DE",
    "business_type": "Machine builder",
    "city": "Stuttgart",
}


def made(rows: list[dict[str, Any]], people: list[dict[str, Any]], orders: list[dict[str, Any]], **icp: Any) -> Results:
    """Results of invented companies; what a row leaves out is as was asked for."""
    base = Results()
    firms = [
        {"order_id": "o1", "name": f"Quast {n} Werk", "website_url": f"https://q{n}.example", **RINGS, **row}
        for n, row in enumerate(rows)
    ]
    contacts = [{"order_id": "o1", "id": f"p{n}", "first_name": "Anna", **person} for n, person in enumerate(people)]
    return Results(
        companies=pl.DataFrame(firms, schema=base.companies.schema),
        prospects=pl.DataFrame(contacts, schema=base.prospects.schema),
        provenance={
            "orders": orders,
            "icp": {"ideal_customer_profile": "50 to 500 employees", "target_countries": ["DE"], **icp},
        },
    )


def person(company: str, mailbox: str = "anna", **facts: Any) -> dict[str, Any]:
    """A person who can be mailed."""
    return {"company_id": company, "email": f"{mailbox}@{company}.example", "bounce_risk_score": 2.0, **facts}


ORDER = {
    "order_id": "o1",
    "title": "Spring",
    "briefing_quantity": 10,
    "estimated_cost": {"total": 100.01, "currency": "EUR"},
}
FIRMS: list[dict[str, Any]] = [
    {"id": "good"}, {"id": "small", "employee_count": 5}, {"id": "abroad", "country": "France"}, {"id": "nobody"},
    {"id": "lost"}, {"id": "back"}, {"id": "unknown", "employee_count": None, "country": None},
    {"id": "twin", "name": "Quast 0 Werk", "website_url": "https://q0.example"}, {"id": "farm", "business_type": "Pig Farm"},
]  # fmt: skip
PEOPLE = [
    *(person(name) for name in ("good", "small", "abroad", "back", "unknown", "twin", "farm")),
    person("lost", "bela", bounce_risk_score=81.0),
    person("lost", "no mailbox"),
]


def settled() -> op.analysis.Settlement:  # type: ignore[name-defined]
    """One order with a company under each reason."""
    results = made(FIRMS, PEOPLE, [ORDER], excluded_industries=["pig farm"])
    told = pl.DataFrame(
        {
            "email": ["anna@back.example", "anna@good.example"],
            "bounced": [True, False],
            "reason": ["550 5.1.1 anna@back.example", None],
        }
    )
    return op.settle(results, told)


def test_each_company_stands_under_the_reason_that_holds() -> None:
    """Sizes, places, trades, contacts, addresses, bounces and twins are claimed; the unknown is not."""
    claims = dict(settled().claims.select("company_id", "reason").rows())
    assert claims == {
        "small": "size", "abroad": "place", "nobody": "no_contact", "lost": "undeliverable", "back": "bounced",
        "twin": "duplicate", "farm": "trade",
    }  # fmt: skip


def test_the_evidence_says_what_is_known_and_names_nobody() -> None:
    """Each claim gives the fact and what was asked for; a person stands there by the vendor's id alone."""
    claims = {row["company_id"]: row for row in settled().claims.to_dicts()}
    assert claims["small"]["evidence"] == "5 employees; asked for 50 to 500"
    assert claims["abroad"]["evidence"] == "in France; asked for DE"
    assert claims["back"]["evidence"] == "1 of 1 addresses written to bounced for good (5.1.1)"
    assert claims["back"]["prospect_ids"].startswith("p")
    assert claims["twin"]["evidence"].startswith("the same company as good of order o1")
    assert "@" not in str(claims)


def test_every_cent_stands_in_one_line() -> None:
    """Missing, reasons and what is left add up to what was ordered, in companies and to the cent."""
    lines = {row["line"]: row for row in settled().lines.to_dicts()}
    ordered = lines.pop("ordered")
    assert (ordered["companies"], ordered["money"]) == (10, 100.01)
    assert sum(row["companies"] for row in lines.values()) == 10
    assert sum(round(row["money"] * 100) for row in lines.values()) == 10_001
    assert (lines["missing"]["companies"], lines["missing"]["money"]) == (1, 10.0)
    assert lines["usable"]["companies"] == 2


def test_a_price_is_paid_for_what_came() -> None:
    """Without a stated cost what is missing costs nothing."""
    order = {**ORDER, "estimated_cost": None, "price_per_briefing": 2.5}
    lines = dict(
        op.settle(made(FIRMS, PEOPLE, [order]), pl.DataFrame({"email": ["x@y.example"], "bounced": [True]}))
        .lines.select("line", "money")
        .rows()
    )
    assert (lines["ordered"], lines["missing"]) == (22.5, 0.0)
    unknown = op.settle(made(FIRMS, PEOPLE, [{**ORDER, "estimated_cost": None}]))
    assert unknown.lines["money"].null_count() == unknown.lines.height


def test_a_company_bought_before_is_a_repeat() -> None:
    """The second order's copy is claimed there, with the order that brought it first."""
    rows = [{"id": "a", "name": "Quast Werk", "website_url": "https://q.example"}] * 2
    rows[1] = {**rows[1], "order_id": "o2", "id": "b"}
    orders = [{**ORDER, "briefing_quantity": 1}, {**ORDER, "order_id": "o2", "briefing_quantity": 1}]
    results = made(rows, [person("a"), {**person("b"), "order_id": "o2"}], orders)
    claim = op.settle(results).claims.row(0, named=True)
    assert (claim["order_id"], claim["company_id"], claim["reason"]) == ("o2", "b", "repeat")
    assert "of order o1" in claim["evidence"]


@pytest.mark.parametrize(
    ("early", "late", "kept"),
    [
        ("2026-05-06T09:00:00+00:00", "2026-05-06T09:00:00+00:00", "z-first"),
        (None, None, "z-first"),
        ("2026-01-01T00:00:00+00:00", "2026-01-01T00:00:00+00:00", "z-first"),
        ("2026-06-02T09:00:00+00:00", "2026-06-01T09:00:00+00:00", "a-repeat"),
        ("2026-06-01T09:00:00+00:00", "2026-06-02T09:00:00+00:00", "z-first"),
    ],
)
@pytest.mark.parametrize("is_turned", [False, True])
def test_the_repeat_is_the_order_that_brought_a_company_later(
    early: str | None, late: str | None, kept: str, *, is_turned: bool
) -> None:
    """Each company counts by its own deliveries, never before its order was placed; where they tell nothing, by that."""
    first = {**ORDER, "order_id": "z-first", "briefing_quantity": 1, "created_at": "2026-05-01T08:00:00+00:00"}
    money = {"total": 900.0, "currency": "JPY"}
    second = {**first, "order_id": "a-repeat", "created_at": "2026-05-02T08:00:00.000000Z", "estimated_cost": money}
    rows = [
        {
            "id": "c",
            "name": "Quast Werk",
            "website_url": "https://q.example",
            "order_id": name,
            "delivered_at": moment(at),
        }
        for name, at in (("z-first", early), ("a-repeat", late))
    ]
    # Another company that the second order alone brings says nothing of this one.
    rows.append({"id": "d", "order_id": "a-repeat", "delivered_at": moment("2026-01-01T00:00:00Z")})
    people = [{**person("c"), "order_id": "z-first"}, {**person("c"), "order_id": "a-repeat"}]
    turned = slice(None, None, -1 if is_turned else 1)
    claims = op.settle(made(rows[turned], people, [first, second][turned])).claims.filter(reason="repeat")

    brought = {"z-first": "a-repeat", "a-repeat": "z-first"}
    assert claims["order_id"].to_list() == [brought[kept]]
    assert f"of order {kept}" in claims["evidence"][0]


def test_nothing_delivered_is_missing_with_its_money() -> None:
    """An order that brought nothing has one line that holds everything."""
    empty = made([], [], [ORDER])
    lines = {row["line"]: row for row in op.settle(empty).lines.to_dicts()}
    assert (lines["missing"]["companies"], lines["missing"]["money"]) == (10, 100.01)
    assert op.settle(Results()).lines.is_empty()


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("50 to 500 employees", (50, 500)), ("50-500 Mitarbeiter", (50, 500)), ("zwischen 20 und 1.000 Mitarbeitenden", (20, 1000)),
        ("at least 20 employees and at most 200 employees", (20, 200)), ("100+ employees", (100, 10**9)), ("up to 250 people", (0, 250)),
        ("1k to 5k staff", (1000, 5000)), ("mindestens 30 Beschäftigte", (30, 10**9)), ("founded in 1990, ISO 9001", None), ("mid-sized firms", None),
        ("10 to 50 employees, or 200 to 500 employees", (10, 500)),
    ],
)  # fmt: skip
def test_sizes_are_read_out_of_text(text: str, size: tuple[int, int] | None) -> None:
    """Ranges, floors and ceilings of employees are read, the widest of several; other numbers are none."""
    assert size_in(text) == size


def test_the_files_say_it_row_by_row(tmp_path: Path) -> None:
    """A file a reason, private, with formulas disarmed, and the terms beside them."""
    results = made([{"id": "small", "employee_count": 5, "name": "=HYPERLINK(1)"}], [person("small")], [ORDER])
    paths = op.settle(results).write(tmp_path / "claims")
    assert [path.name for path in paths] == ["settlement.csv", "claims-size.csv", "terms.txt"]
    assert {path.stat().st_mode & 0o777 for path in paths} == {0o600}
    assert "'=HYPERLINK(1)" in paths[1].read_text()
    assert "neither completeness nor correctness" in paths[2].read_text()


def test_the_money_is_that_of_the_journal(tmp_path: Path) -> None:
    """Over real orders of the sandbox every line reconciles with `journal.spend`, to the cent."""
    icp = op.ICP(
        profile_name="h",
        ideal_customer_profile="Hotels with 10 to 80 employees",
        seller_offering="soap",
        target_countries=["DE"],
    )
    with (
        op.Sandbox(step_seconds=0.02) as sandbox,
        op.connect(sandbox=sandbox, home=tmp_path, poll_interval=0.02, price_per_briefing=1.37) as client,
    ):
        orders = [client.orders.discover(icp, 7, title=title).wait(timeout=60, progress=False) for title in "ab"]
        result = op.settle(client.results([order.order_id for order in orders]))
        spent = client.journal.spend().drop_nulls("order_id")
    ordered = result.lines.filter(line="ordered").select("order_id", "money").sort("order_id")
    assert [round(cost * 100) for cost in spent.sort("order_id")["cost"]] == [
        round(money * 100) for money in ordered["money"]
    ]
    parts = (
        result.lines.filter(pl.col("line") != "ordered")
        .group_by("order_id")
        .agg(pl.col("money").sum().round(2))
        .sort("order_id")
    )
    assert parts["money"].to_list() == [round(money, 2) for money in ordered["money"]]


def test_faces_and_chart_say_the_same(some_results: Results, make_results: Callable[..., Results]) -> None:
    """Text, table and waterfall show each line once; two orders are summed."""
    both = Results.concat([make_results(order_id="a"), make_results(order_id="b")])
    result = op.settle(both)
    assert "ordered: 120 companies" in repr(result)
    assert "conversation" in result._repr_html_()
    drawn = op.charts.settlement(result)
    offsets, bars = (list(trace.x) for trace in drawn.data)
    assert bars[0] == 120
    assert all(start + width <= 120 for start, width in zip(offsets, bars, strict=True))
    assert sum(bars[1:]) == 120
    assert set(result.claims["reason"]) <= set(REASONS)
