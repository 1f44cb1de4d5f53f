import pytest
from unit.frames.wire import page, prospect

from openprospect_nb.frames import table
from openprospect_nb.frames.schemas import KINDS, ORDERS

ORDER = {
    "order_id": '"o1"',
    "order_type": '"DISCOVERY"',
    "title": '"Spring"',
    "status": '"COMPLETED"',
    "priority": '"NORMAL"',
    "company_count": "25",
    "features": '["COMPANY_DATA","CONTACTS"]',
    "estimated_cost": '{"total":12.5,"currency":"EUR"}',
    "created_at": '"2026-05-06T09:15:00.000000Z"',
}
ROWS = {
    "orders": ORDER,
    "searches": {"id": '"s1"', "name": '"Nordic"', "status": '"ACTIVE"'},
    "blacklists": {"id": '"b1"', "name": '"Ours"'},
    "entries": {"id": '"e1"', "company_name": '"Already Ours Oy"', "external_id": '"CRM-77"'},
    "companies": {
        "id": '"c1"', "prospect_search_id": '"s1"', "name": '"A"', "city": "null", "country": "null",
        "business_type": "null", "website": '"https://a.example"', "match_score": "8.5", "review_status": '"pending"',
    },
    "prospects": prospect(),
}  # fmt: skip


@pytest.mark.parametrize("kind", sorted(ROWS))
def test_each_list_has_its_declared_schema_with_and_without_rows(kind):
    """A conforming record is one row without rejects or drift; no record is no row and the same schema."""
    result, empty = table([page([ROWS[kind]])], kind, source="live"), table([], kind)
    assert result.frame.schema == empty.frame.schema == KINDS[kind].schema
    assert (result.frame.height, empty.frame.height) == (1, 0)
    assert (result.rejects.height, result.drift.height) == (0, 0)
    assert result.frame.get_column("source").to_list() == ["live"]


def test_an_order_row_holds_cost_lists_and_times():
    """The estimate becomes a number and a currency; absent optional fields are null without drift."""
    row = table([page([ORDER], "orders")], "orders").frame.row(0, named=True)
    assert list(row) == ORDERS.names()
    assert (row["estimated_cost_total"], row["estimated_cost_currency"]) == (12.5, "EUR")
    assert row["features"] == ["COMPANY_DATA", "CONTACTS"]
    assert row["created_at"].isoformat() == "2026-05-06T09:15:00+00:00"
    assert row["accepted_at"] is None


@pytest.mark.parametrize(
    ("cost", "total", "rules", "kinds"),
    [
        ("null", None, [], []),
        ('{"total":3}', 3.0, [], ["missing"]),
        ('{"total":-3,"currency":"EUR"}', None, ["at least 0"], []),
        ('{"total":"12.5","currency":"EUR"}', 12.5, [], ["retyped"]),
        ('{"total":1,"currency":"EUR","vat":2}', 1.0, ["known member"], ["new"]),
        ("12.5", None, ["object"], ["retyped"]),
    ],
)
def test_odd_estimates_are_right_or_named(cost, total, rules, kinds):
    """An estimate of another shape never passes for a price in silence."""
    result = table([page([{**ORDER, "estimated_cost": cost}], "orders")], "orders")
    assert result.frame.get_column("estimated_cost_total").to_list() == [total]
    assert result.rejects.get_column("rule").to_list() == rules
    assert result.drift.get_column("kind").to_list() == kinds


def test_an_unknown_status_survives():
    """A state the contract does not know stays as the text it is."""
    result = table([page([{**ORDER, "status": '"PAUSED"', "region": '"EU"'}], "orders")], "orders")
    assert result.frame.select("status", "extra").row(0) == ("PAUSED", '{"region":"EU"}')


def test_orders_of_several_pages_come_in_order_and_once():
    """An order that moved from one page to the next while they were fetched is kept once."""
    second = [ORDER, {**ORDER, "order_id": '"o2"'}]
    pages = [page([ORDER], "orders", total="3"), page(second, "orders", total="3")]
    result = table(pages, "orders")
    assert result.frame.get_column("order_id").to_list() == ["o1", "o2"]
    assert result.rejects.get_column("rule").to_list() == ["duplicate"]
