"""Pairs to compare are made some at a time, so that a market's never are in memory at once."""

import polars as pl
from support.company_worlds import franchises

from openprospect_nb.analysis.identity import candidates
from openprospect_nb.analysis.identity.firms import firms_of
from openprospect_nb.analysis.table import open_table


def opened(frame):
    """Return the firms of a frame of companies."""
    return firms_of(open_table(frame, name="companies", required=("id",)))


def test_pairs_are_the_same_in_slices_of_any_size(monkeypatch):
    """With a hundredth of the pairs in memory at a time the same pairs are found."""
    firms = opened(franchises(3)[0].with_columns(city=pl.when(pl.int_range(pl.len()) % 9 > 0).then("city")))
    whole = candidates.pairs(firms, firms.rarities())
    monkeypatch.setattr(candidates, "PAIRS_AT_ONCE", 50)
    monkeypatch.setattr(candidates, "SPELLINGS_AT_ONCE", 90)

    assert candidates.pairs(firms, firms.rarities()).equals(whole)


def test_slips_of_names_that_many_have_are_paired_some_at_a_time(monkeypatch):
    """Of two spellings that ninety companies have each no slice has more pairs than one of these has, and the limit."""
    monkeypatch.setattr(candidates, "PAIRS_AT_ONCE", 100)
    rows = [(f"{n}", "Hadermann" if n % 2 else "Haderman", f"Stadt {n}" if n else None) for n in range(180)]
    firms = opened(pl.DataFrame(rows, schema=["id", "name", "city"], orient="row"))
    sizes = []
    near = candidates._near

    def counted(found, *others):
        sizes.append(found.height)
        return near(found, *others)

    monkeypatch.setattr(candidates, "_near", counted)
    found = candidates.pairs(firms, firms.rarities())

    assert sum(sizes) >= 90 * 90
    assert max(sizes) <= 100 + 90
    # Only the company without a city may be any of those with the other spelling; its own has neighbours.
    assert found.filter((pl.col("one") == 0) | (pl.col("other") == 0)).height >= 90


def test_cities_that_are_near_are_paired_and_others_are_not():
    """One name on two domains is compared in a city, its district and a typo of it, and with a number in any other."""
    cities = ["Berlin", "Berlin-Mitte", "Berlim", "Bremen", "Bremen"]
    rows = [(f"{n}", "Hadermann Tools", f"site{n}.example", city, None) for n, city in enumerate(cities)]
    rows += [("5", "Hadermann Tools", None, "Bonn", "+49 89 1234567"), ("6", "Hadermann", None, "Kiel", "089 1234567")]
    schema = ["id", "name", "website_url", "city", "phone_number"]
    firms = opened(pl.DataFrame(rows, schema=schema, orient="row").with_columns(country=pl.lit("Germany")))
    found = candidates.pairs(firms, firms.rarities())
    ids = firms.frame["ids"].list.first()

    assert {f"{ids[one]}{ids[other]}" for one, other in found.rows()} == {"01", "02", "34", "56"}
