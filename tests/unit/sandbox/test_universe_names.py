"""Names, ids and domains: unique, invented, and under ``.example``."""

from __future__ import annotations

from pathlib import Path

import pytest

from openprospect_nb.sandbox.market.normalise import fold
from openprospect_nb.sandbox.universe.identity import Address, decode_id, encode_id
from openprospect_nb.sandbox.universe.naming import family_stems, slug
from openprospect_nb.sandbox.universe.people import name_person, roles_of
from openprospect_nb.sandbox.universe.vocabulary import read_json, read_table, vocabulary

DENIED = frozenset(Path(__file__).with_name("fixtures").joinpath("real_company_words.txt").read_text("utf-8").split())
FAMILIES = sorted(read_json("stems.json")["families"])


def _stems(family):
    heads, links, tails = family_stems(family)
    return [slug(head + link + tail) for head in heads for link in links for tail in tails]


def test_no_stem_is_the_word_of_a_well_known_firm():
    """None of the 170,000 stems equals one of some nine hundred words of real company names."""
    stems = {stem for family in FAMILIES for stem in _stems(family)}

    assert len(DENIED) > 800
    assert stems & DENIED == set()


def test_stems_are_unique_over_all_families():
    """No two parts join to the same stem, so names and domains are unique by construction."""
    stems = [stem for family in FAMILIES for stem in _stems(family)]

    assert len(stems) == len(set(stems))


@pytest.mark.parametrize("family", FAMILIES)
def test_every_family_has_a_stem_for_every_company(family):
    """A family lists more stems than the panel has companies, so that its numbers never share one."""
    assert len(_stems(family)) >= 20_000


def test_names_and_domains_are_unique_and_under_example(company_universe):
    """The panel's twenty thousand companies have as many names and domains, all in the reserved top-level domain."""
    companies = [company_universe.company(number) for number in range(len(company_universe.panel))]

    assert len({company.naming.name for company in companies}) == len(companies)
    assert len({company.naming.domain for company in companies}) == len(companies)
    assert all(company.naming.domain.endswith(".example") for company in companies)


def test_ids_find_their_way_back():
    """An id decodes to its address under its own seed, and to nothing under another or after a change."""
    for address in (Address(0), Address(17, 1), Address(19_999, 0, 8), Address(123, 1, 0)):
        text = encode_id(42, address)
        assert decode_id(42, text) == address
        assert decode_id(43, text) is None
        assert decode_id(42, "0" + text[1:] if text[0] != "0" else "1" + text[1:]) is None
    assert decode_id(42, "not-a-uuid") is None


def test_persons_carry_common_names_only(company_universe):
    """First and last names come from the lists of the most common ones, and never form a famous pair."""
    source = read_json("names.json")
    known = {name for pool in source["pools"].values() for names in pool.values() for name in names}
    famous = {(first, last) for first, last in read_json("famous_pairs.json")}
    for number in range(1500):
        company = company_universe.company(number)
        for role in roles_of(company_universe.chance, company):
            first, last, title = name_person(company_universe.chance, company, role)
            assert first in known
            assert last in known
            assert (first, last) not in famous
            assert title


def test_german_women_have_feminine_titles(company_universe):
    """A woman who runs a German firm is a Geschäftsführerin or Inhaberin."""
    women = set(read_json("names.json")["pools"]["de"]["female"])
    titles = set()
    for number in range(3000):
        company = company_universe.company(number)
        if company.country.code == "DE":
            for role in roles_of(company_universe.chance, company)[:1]:
                first, _, title = name_person(company_universe.chance, company, role)
                titles |= {title} if first in women else set()

    assert "Geschäftsführerin" in titles
    assert not titles & {"Geschäftsführer", "Inhaber", "Geschäftsführender Gesellschafter"}


def test_vocabulary_is_complete():
    """There are at least ninety kinds of business, each with twenty aliases or more in two languages."""
    keys = [subtype.key for subtype in vocabulary().subtypes]
    rows = read_table("aliases.csv")
    counts = {key: sum(len(r["aliases"].split(";")) for r in rows if r["subtype"] == key) for key in keys}

    assert len(keys) >= 90
    assert {(r["subtype"], r["language"]) for r in rows} == {(key, lang) for key in keys for lang in ("en", "de")}
    assert min(counts.values()) >= 18
    assert [row["key"] for row in read_table("activities.csv")] == keys


def test_every_city_has_a_language_with_phrases():
    """Each city's language has descriptions, and each alias is folded to something."""
    phrases = read_json("phrases.json")

    assert {city.language for city in vocabulary().cities} <= set(phrases)
    assert all(fold(alias) for city in vocabulary().cities for alias in city.aliases)
