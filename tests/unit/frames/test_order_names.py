"""What an order is called, wherever it is shown."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from openprospect_nb.frames.order_names import described_orders, order_name, order_names

ORDER = {
    "order_id": "0c5f1a2b-7740",
    "title": "Spring",
    "name": "spring list",
    "profile_name": "DACH robotics",
    "order_type": "DISCOVERY",
    "created_at": datetime(2026, 5, 4, 8, tzinfo=UTC),
}


@pytest.mark.parametrize(
    ("without", "name"),
    [
        ((), "Spring"),
        (("title",), "spring list"),
        (("title", "name"), "DACH robotics"),
        (("title", "name", "profile_name"), "Discovery 2026-05-04, 0c5f1a2b"),
        (("title", "name", "profile_name", "created_at", "order_type"), "0c5f1a2b-7740"),
    ],
)
def test_a_name_is_the_first_of_what_is_known(without, name):
    """Title, then the name it was bought under, then the ICP's, then kind, date and short id, then the id."""
    assert order_name({key: value for key, value in ORDER.items() if key not in without}) == name


@pytest.mark.parametrize("title", ["Discovery order", "ENRICHMENT ORDER", "  ", None, "\u200b"])
def test_a_title_that_names_only_the_kind_is_none(title):
    """Servers title orders that nobody titled, all alike."""
    assert order_name({**ORDER, "title": title}) == "spring list"


def test_equal_names_get_the_date_and_else_the_id():
    """Names that differ stay as they are."""
    dated = [{**ORDER, "order_id": each, "created_at": f"2026-05-0{day}T08:00:00Z"} for day, each in enumerate("ab", 1)]
    same_day = [{**ORDER, "order_id": f"{each}-0123456789", "title": "Autumn"} for each in ("one4567", "two4567")]

    assert order_names([*dated, *same_day, {**ORDER, "order_id": "x", "title": "Winter"}]) == {
        "a": "Spring (2026-05-01)",
        "b": "Spring (2026-05-02)",
        "one4567-0123456789": "Autumn (one4567-)",
        "two4567-0123456789": "Autumn (two4567-)",
        "x": "Winter",
    }


def test_each_order_has_the_name_of_its_own_icp():
    """Results of several orders keep the profile of each."""
    parts = [{"icp": {"profile_name": name}, "orders": [{"order_id": name}]} for name in ("North", "South")]
    provenance = {"orders": [order for part in parts for order in part["orders"]], "icp": None, "parts": parts}

    assert order_names(described_orders(provenance)) == {"North": "North", "South": "South"}
    assert described_orders({}) == []
