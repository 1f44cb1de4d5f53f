"""Which names and towns are those of one company."""

from __future__ import annotations

import pytest

from openprospect_nb.privacy.called import forms_noted, is_called, may_be_called
from openprospect_nb.privacy.subjects import Subject


def noted(name, city):
    """Return a company that is known by its name in its town."""
    return Subject(frozenset(forms_noted(name, city)))


STRAUSS = noted("Strauß Kälte GmbH", "Graz")
YAMADA = noted("株式会社山田製作所", "大阪市")
PLAIN = noted("Talleres Núñez", None)


@pytest.mark.parametrize(
    ("wanted", "name", "city"),
    [
        (STRAUSS, "STRAUSS KAELTE GmbH", "8010 Graz"), (STRAUSS, "Strauß Kälte", "Graz"),
        (YAMADA, "株式会社 山田製作所", "大阪市"), (noted("Łódź Maszyny", "Łódź"), "LODZ MASZYNY", "lodz"),
    ],
)  # fmt: skip
def test_a_company_is_called_by_its_name_in_its_town(wanted, name, city):
    """Case, marks, transcription, postcode and a legal form that is not written do not matter."""
    assert is_called(wanted, name, city)
    assert may_be_called(wanted, name, city)
    assert not is_called(wanted, name, None)


@pytest.mark.parametrize(
    ("wanted", "name", "city"),
    [
        (STRAUSS, "Strauß Kälte GmbH", None), (STRAUSS, "Strauß Kälte", None), (YAMADA, "株式会社山田製作所", ""),
        (PLAIN, "Talleres Núñez S.L.", "Bilbao"), (PLAIN, "Talleres Nunez", None),
        (noted("Strauß Kälte", "Graz"), "Strauß Kälte GmbH", "Graz"),
    ],
)  # fmt: skip
def test_a_company_may_be_one_of_which_less_is_known(wanted, name, city):
    """Where a town or legal form is not told, nothing tells the two apart; it counts before money is spent."""
    assert may_be_called(wanted, name, city)
    assert not is_called(wanted, name, city)


@pytest.mark.parametrize(
    ("name", "city"),
    [
        ("Strauß Kälte AG", "Graz"), ("Strauß Kälte GmbH", "Wien"), ("Strauß GmbH", "Graz"), ("GmbH", "Graz"),
        (None, "Graz"), ("Strauß Kälte AG", None),
    ],
)  # fmt: skip
def test_another_company_stays_another(name, city):
    """Another legal form, another town, and part of the name are of another company."""
    assert not is_called(STRAUSS, name, city)
    assert not may_be_called(STRAUSS, name, city)
