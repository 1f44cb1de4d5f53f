"""What a user asks for, turned into a purchase or refused with all its problems."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from openprospect_nb.api.buying.planning import (
    PurchaseTerms,
    content_problems,
    discovery,
    enrichment,
    order_options,
    state_of,
)
from openprospect_nb.api.facts import ProfileFacts
from openprospect_nb.errors import ConfigurationError, ValidationError
from openprospect_nb.icp import ICP
from openprospect_nb.journal import Purchase, PurchaseKind, PurchaseStep, next_step
from openprospect_nb.journal.purchase import STANDARD_FEATURES, order_body
from openprospect_nb.models import Cost, OrderState
from openprospect_nb.transport.idempotency import check_key, derive_key

NOW = datetime(2026, 1, 5, 8, tzinfo=UTC)
COST = Cost(total=1.0, currency="EUR")
ICP_ = ICP(profile_name="A", ideal_customer_profile="B", seller_offering="C", target_countries=["DE"])
OPTIONS = {"briefing_quantity": 5, "title": "T"}


def terms(**more):
    """Return terms of now, in profile flow, under key "k"."""
    return PurchaseTerms(**({"now": NOW, "flow": "profile", "key": "k"} | more))


class Profile(ProfileFacts):
    """A profile as a handle knows it."""

    def __init__(self, **facts):
        self._purchase = Purchase(key="pk", kind=PurchaseKind.PROFILE, intended_at=NOW, **facts)

    @property
    def purchase(self):
        """The facts it was made with."""
        return self._purchase


def test_a_discovery_order_from_an_icp():
    """The description is kept, the profile's key follows from the order's, and price times number is the price."""
    made = discovery(ICP_, OPTIONS, terms(name="weekly", price_each=2.5, budget=12.5))

    assert made == Purchase(
        key="k", kind=PurchaseKind.DISCOVERY, intended_at=NOW, options=OPTIONS, profile=ICP_.body(), flow="profile",
        name="weekly", quantity=5, price=12.5, budget=12.5, profile_key=derive_key("k", "profile"),
    )  # fmt: skip
    assert next_step(made) is PurchaseStep.CREATE_PROFILE


def test_a_key_is_minted_once_where_none_is_given():
    """Two purchases without a key get two, and each profile's key follows from its own."""
    first, second = (discovery(ICP_, OPTIONS, terms(key=None)) for _ in range(2))

    assert first.key != second.key
    assert first.profile_key == derive_key(first.key, "profile")
    assert len({first.key, first.profile_key, second.profile_key}) == 3


def test_a_discovery_order_from_what_is_there():
    """A profile id needs no description; a ready profile gives both; neither gets a profile key."""
    by_id = discovery("p", OPTIONS, terms(flow="inline"))
    by_handle = discovery(Profile(profile_id="p", profile=ICP_.body()), OPTIONS, terms())
    unknown = discovery(Profile(profile_id="p"), OPTIONS, terms())

    assert (by_id.profile, by_id.profile_id, by_id.profile_key, by_id.flow) == (None, "p", None, "inline")
    assert (by_handle.profile, by_handle.profile_id, by_handle.profile_key) == (ICP_.body(), "p", None)
    assert (unknown.profile, unknown.profile_id) == (None, "p")


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (Profile(status="RUNNING"), r"the profile is RUNNING, not ready\. Call profile\.wait\(\) first\."),
        ("  ", r"cannot order from a str\. Pass an op\.ICP, a profile, or a profile_id\."),
        (7, "cannot order from a int"),
    ],
)
def test_what_cannot_be_ordered_from_is_said(given, message):
    """A profile in the making and anything that is no profile are refused with what to do."""
    with pytest.raises(ConfigurationError, match=message):
        discovery(given, OPTIONS, terms())


def problems(call):
    """Return the problems an order is refused for, as (field, message)."""
    with pytest.raises(ValidationError, match="the order was not sent") as caught:
        call()
    assert all(problem.provided is not None for problem in caught.value.fields if problem.field == "budget")
    return [(problem.field, problem.message) for problem in caught.value.fields]


def test_everything_wrong_is_listed_at_once():
    """Problems of the ICP, the number, the options and the budget come in one error."""
    bad = ICP(profile_name="", ideal_customer_profile="B", seller_offering="C", target_countries=["DE"])
    found = problems(lambda: discovery(bad, {"briefing_quantity": 0, "title": "x" * 501}, terms(budget=1.0)))

    assert [field for field, _ in found] == ["profile_name", "briefing_quantity", "title", "budget"]


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ({"budget": 12.49, "price_each": 2.5}, "the order would cost 12.50, which is above 12.49"),
        (
            {"budget": 12.5},
            (
                "cannot be kept: the price is unknown, here and from earlier orders (of those that were read, none"
                " brought companies at a stated cost, or their currencies differ); set"
                " price_per_briefing= on the client"
            ),
        ),
    ],
)
def test_a_budget_is_kept_or_the_order_is_refused(more, message):
    """An order above its budget, or one whose price nobody knows, is not sent."""
    assert problems(lambda: discovery(ICP_, OPTIONS, terms(**more))) == [("budget", message)]
    assert problems(lambda: enrichment([{"company_name": "A"}] * 5, None, {}, terms(**more))) == [("budget", message)]


def test_without_a_budget_the_price_is_only_noted():
    """An unknown price stands in nobody's way."""
    assert discovery(ICP_, OPTIONS, terms()).price is None
    assert discovery(ICP_, OPTIONS, terms(price_each=2.0)).price == 10.0


def test_an_enrichment_order_brings_its_companies():
    """Companies are counted, and without a profile the order gets the title and features the API asks for."""
    companies = ({"company_name": "A"}, {"company_name": "B"})
    made = enrichment(companies, None, {}, terms(flow="inline", price_each=1.5))

    assert made.options == {
        "title": "Enrichment of 2", "features": STANDARD_FEATURES, "companies": list(companies),
    }  # fmt: skip
    assert (made.kind, made.flow, made.quantity, made.price) == (PurchaseKind.ENRICHMENT, "inline", 2, 3.0)
    assert next_step(made) is PurchaseStep.PLACE_ORDER
    assert (made.profile, made.profile_id, made.profile_key) == (None, None, None)


def test_an_enrichment_order_keeps_what_was_asked():
    """A title given wins; with a profile nothing is made up, and an ICP becomes one first."""
    company = [{"company_name": "A"}]

    assert enrichment(company, None, {"title": "Mine"}, terms()).options["title"] == "Mine"
    assert enrichment(company, "p", {}, terms()).options == {"companies": company}
    assert enrichment(company, ICP_, {}, terms()).profile_key == derive_key("k", "profile")
    assert enrichment([{"company_name": "A"}] * 1000, None, {}, terms()).options["title"] == "Enrichment of 1,000"


def test_an_inline_enrichment_makes_no_profile():
    """In the older flow the description goes out in the order itself, with the title and features it needs."""
    made = enrichment([{"company_name": "A"}], ICP_, {"contact_roles": ["CEO"]}, terms(flow="inline"))

    assert next_step(made) is PurchaseStep.PLACE_ORDER
    assert json.loads(order_body(made)) == {
        "order_type": "ENRICHMENT", "title": "Enrichment of 1", "features": STANDARD_FEATURES, "profile_name": "A",
        "ideal_customer_profile": "B", "seller_offering": "C", "target_countries": ["DE"], "contact_roles": ["CEO"],
        "companies": [{"company_name": "A"}],
    }  # fmt: skip


def test_an_inline_enrichment_by_id_has_what_the_older_flow_requires():
    """A profile's id goes out alone, beside a title and features."""
    made = enrichment([{"company_name": "A"}], "p", {}, terms(flow="inline"))

    assert set(json.loads(order_body(made))) == {"order_type", "title", "features", "profile_id", "companies"}


def test_a_profile_name_can_be_sent_and_excludes_a_profile():
    """The older guide's profile_name is an option of an order without a profile; its bounds are checked."""
    company = [{"company_name": "A"}]
    made = enrichment(company, None, {"profile_name": "Hotels"}, terms())

    assert json.loads(order_body(made))["profile_name"] == "Hotels"
    for profile in (ICP_, "p", Profile(profile_id="p")):
        [(field, message)] = problems(lambda p=profile: enrichment(company, p, {"profile_name": "Hotels"}, terms()))
        assert (field, "excludes profile=" in message) == ("profile_name", True)
    for name in ("", " ", "x" * 501, 7, "a\0"):
        assert [f for f, _ in problems(lambda n=name: enrichment(company, None, {"profile_name": n}, terms()))] == [
            "profile_name"
        ]


def test_an_enrichment_order_lists_what_is_wrong():
    """Companies, profile and options are checked together."""
    bad = ICP(profile_name="", ideal_customer_profile="B", seller_offering="C", target_countries=["DE"])
    found = problems(lambda: enrichment([], bad, {"title": "x" * 501}, terms()))

    assert [field for field, _ in found] == ["companies", "profile_name", "title"]


def test_a_whole_number_of_numpy_is_one():
    """A quantity that was counted in a notebook is often numpy's; it is sent and written down as Python's own."""
    made = discovery(ICP_, order_options({"briefing_quantity": np.int64(5), "title": "T"}), terms())

    assert type(made.options["briefing_quantity"]) is int
    assert made.quantity == 5
    for wrong in (True, 5.0, np.float64(5), "5", np.bool_(True)):
        with pytest.raises(ValidationError):
            discovery(ICP_, order_options({"briefing_quantity": wrong}), terms())


def test_only_given_options_are_sent():
    """None is left out; tuples become lists; texts and numbers stay."""
    given = {"title": None, "features": ("A", "B"), "priority": "HIGH", "briefing_quantity": 0, "self": 1}

    assert order_options(given) == {"features": ["A", "B"], "priority": "HIGH", "briefing_quantity": 0}


def test_what_is_known_of_a_new_order():
    """A fresh order is shown from the purchase alone, received unless the server said more."""
    made = discovery("p", OPTIONS, terms())
    known = Purchase(key="k", kind=PurchaseKind.DISCOVERY, intended_at=NOW, status="ACCEPTED", cost=COST)

    assert state_of(made, "o") == OrderState(
        order_id="o", status="RECEIVED", order_type="DISCOVERY", title="T", briefing_quantity=5, profile_id="p"
    )
    assert state_of(known, "o") == OrderState(
        order_id="o", status="ACCEPTED", order_type="DISCOVERY", estimated_cost=COST
    )


@pytest.mark.parametrize(
    "budget", [float("nan"), float("inf"), -float("inf"), -0.01, True, "50", "", b"5", [5], Decimal("NaN"), 10**400, 5j]
)
def test_a_budget_that_is_no_amount_is_no_limit(budget):
    """What cannot be compared with a price would let any order pass: it is refused by name."""
    found = problems(lambda: discovery(ICP_, OPTIONS, terms(budget=budget, price_each=1.0)))

    assert [field for field, _ in found] == ["budget"]
    assert found[0][1].startswith("must be an amount of money: a finite number of at least 0")


@pytest.mark.parametrize(
    ("budget", "passes"),
    [
        (5, True), (5.0, True), (Decimal("5.00"), True), (Fraction(5), True), (np.float32(5), True),
        (np.int64(5), True),
        (4.99, False), (Decimal("4.99"), False), (np.float64(4.99), False), (0, False),
    ],
)  # fmt: skip
def test_a_budget_may_be_any_kind_of_number(budget, passes):
    """Whole, decimal, a fraction or NumPy's: it is compared with the price, and kept as a plain float."""

    def made():
        return discovery(ICP_, OPTIONS, terms(budget=budget, price_each=1.0))

    if passes:
        assert type(made().budget) is float
    else:
        assert [field for field, _ in problems(made)] == ["budget"]


def test_an_order_that_costs_its_budget_is_placed():
    """Three times 0.1 is a little more than 0.3 in floats, and not in money."""
    assert discovery(ICP_, OPTIONS | {"briefing_quantity": 3}, terms(budget=0.3, price_each=0.1)).budget == 0.3


def test_a_price_without_bounds_is_no_price():
    """A product that overflows is unknown, and an order of unknown price keeps no budget."""
    found = problems(lambda: discovery(ICP_, OPTIONS, terms(budget=1.0, price_each=1.7e308)))

    assert "the price is unknown" in found[0][1]


TEXTS = {
    "a\ud800b": r"half a character \(surrogate U\+D800\) at position 2",
    "\udfff": "half a character",
    "a\0": "a NUL character",
}
OTHERS = [float("nan"), float("-inf"), b"bytes", NOW, {1, 2}]
MAKERS = {
    "title": lambda value: discovery(ICP_, OPTIONS | {"title": value}, terms()),
    "seller_industry": lambda value: discovery(replace(ICP_, seller_industry=value), OPTIONS, terms()),
    "profile_id": lambda value: discovery(value, OPTIONS, terms()),
    "name": lambda value: discovery(ICP_, OPTIONS, terms(name=value)),
    "companies[0].vat.id[0]": lambda value: enrichment(
        [{"company_name": "A", "vat": {"id": [value]}}], None, {}, terms()
    ),
}


@pytest.mark.parametrize("text", TEXTS)
@pytest.mark.parametrize("field", MAKERS)
def test_a_text_that_cannot_be_sent_is_named_before_anything_is_written(text, field):
    """Half characters and NUL are refused by their field, wherever they stand."""
    [(name, message)] = problems(lambda: MAKERS[field](text))

    assert name == field
    assert re.search(TEXTS[text], message)


@pytest.mark.parametrize("value", OTHERS)
@pytest.mark.parametrize("field", ["title", "seller_industry", "name", "companies[0].vat.id[0]"])
def test_a_value_that_is_no_json_is_named_before_anything_is_written(value, field):
    """NaN, bytes, dates and sets are refused by their field, also in columns that the API does not document."""
    [(name, message)] = problems(lambda: MAKERS[field](value))

    assert name == field
    assert "must be text" in message or "is no JSON value" in message


@pytest.mark.parametrize("name", ["", "  ", 7, "x" * 501])
def test_a_name_is_a_text(name):
    """A name that is none, or that nobody could read, is refused."""
    assert [field for field, _ in problems(lambda: discovery(ICP_, OPTIONS, terms(name=name)))] == ["name"]


@pytest.mark.parametrize("key", [7, None, "", " k", "k\n", "schlüssel", "x" * 256])
def test_a_key_that_no_header_can_carry_is_refused(key):
    """An idempotency key is 1 to 255 printable ASCII characters, and no number."""
    with pytest.raises(ValidationError, match="idempotency_key: must be 1 to 255"):
        check_key(key)


def test_a_list_within_itself_is_refused():
    """What never ends cannot be sent."""
    endless = []
    endless.append(endless)

    assert "list is no JSON value" in content_problems("field", endless)[0].message


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(exclude_categories=())),
        st.lists,
    )
)
def test_what_passes_can_be_sent(value):
    """Whatever is not refused is JSON that goes out in UTF-8 and comes back equal."""
    if not content_problems("field", value):
        assert json.loads(json.dumps(value, ensure_ascii=False, allow_nan=False).encode("utf-8")) == value
