"""Companies bought before: known however they are written, and others stay others."""

from __future__ import annotations

import pytest

from openprospect_nb.files.known import KnownCompanies

Company = tuple[str, str | None, str | None]
SAME: list[tuple[Company, Company]] = [
    (("Müller GmbH", None, None), ("MUELLER GMBH", None, None)),
    (("Müller & Söhne GmbH & Co. KG", None, "Köln"), ("Müller und Söhne", None, "Köln")),
    (("Foo Ltd", "https://www.foo.example/de", None), ("Foo Limited", "foo.example", "Leeds")),
    (("Foo", "http//foo.example", None), ("Foo Ltd.", "FOO.EXAMPLE", None)),
    (("Foo Sp. z o.o.", None, "Łódź"), ("FOO", None, "Lodz")),
    (("Boulangerie Dupont S.A.R.L.", None, None), ("Boulangerie Dupont", None, None)),
    (("Foo Maschinenbau AG", "foo.example", None), ("Foo Maschinenbau Gesellschaft mbH", "shop.foo.example", None)),
    (("Bar", None, "Frankfurt am Main"), ("Bar GmbH", None, "Frankfurt")),
    (("Schreinerei Huber", "huber.example", None), ("Schreinrei Huber GmbH", "huber.example", None)),
    (("Foo S.p.A.", None, None), ("Foo SpA", None, None)),
    (("GmbH", None, None), ("GmbH", None, None)),
]
OTHER: list[tuple[Company, Company]] = [
    (("Foo Handel GmbH", "foo.example", None), ("Foo Immobilien GmbH", "foo.example", None)),
    (("Foo GmbH", "foo.example", None), ("Foo GmbH", "foo-berlin.example", None)),
    (("Sparkasse", None, "Ulm"), ("Sparkasse", None, "Köln")),
    (("Alpha Ltd", "linkedin.com/company/alpha", None), ("Beta Ltd", "linkedin.com/company/beta", None)),
    (("Muster GmbH", None, None), ("Mustermann GmbH", None, None)),
    (("Muster GmbH", None, "Ulm"), ("Muster KG", None, "Ulm")),
    (("Muster Inc.", None, None), ("Muster LLC", None, None)),
    (("Frankfurt Bau", None, "Frankfurt (Oder)"), ("Frankfurt Bau", None, "Frankfurt am Main")),
]


def company(facts: Company, external_id: str | None = None) -> dict[str, str | None]:
    """Return a company's fields."""
    name, site, city = facts
    return {"company_name": name, "website_url": site, "city": city, "external_id": external_id}


@pytest.mark.parametrize(("bought", "asked"), [*SAME, *((b, a) for a, b in SAME)])
def test_a_company_is_known_however_it_is_written(bought: Company, asked: Company) -> None:
    """Case, accents, legal forms, the form of the address and a fuller name of the place do not matter."""
    assert KnownCompanies([("order-1", company(bought))]).orders_of(company(asked)) == ["order-1"]


@pytest.mark.parametrize(("bought", "asked"), [*OTHER, *((b, a) for a, b in OTHER)])
def test_another_company_is_not_known(bought: Company, asked: Company) -> None:
    """Sister companies on one site, one name in two towns or on two sites, and pages on shared sites stay apart."""
    assert KnownCompanies([("order-1", company(bought))]).orders_of(company(asked)) == []


def test_an_id_of_ones_own_tells_and_every_order_counts_once() -> None:
    """The same id with a like name is the company; each order that brought it is named once, and can be left out."""
    bought = company(("Foo GmbH", None, "Ulm"), "7")
    known = KnownCompanies([("a", bought), ("a", bought), ("b", bought), ("c", company(("Bar", None, None), "8"))])

    assert known.orders_of(company(("Foo", None, "Wien"), "7")) == ["a", "b"]
    assert known.orders_of(company(("Quux", None, None), "8")) == []
    assert known.without(["a"]).orders_of(bought) == ["b"]
    assert len(known) == 4
