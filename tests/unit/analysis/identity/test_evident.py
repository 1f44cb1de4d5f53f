"""What is told of whole columns is what the judge says of each pair."""

import polars as pl
import pytest
from support.company_worlds import dirty_crm, franchises, mittelstand

from openprospect_nb.analysis import dedupe
from openprospect_nb.analysis.identity import evident
from openprospect_nb.analysis.identity.candidates import pairs
from openprospect_nb.analysis.identity.firms import firms_of
from openprospect_nb.analysis.identity.judging import Frequencies, Sameness, decide
from openprospect_nb.analysis.table import open_table


@pytest.fixture(autouse=True)
def no_few(monkeypatch):
    """Take a single pair for many, which are told of columns."""
    monkeypatch.setattr(evident, "FEW", 0)


def opened(frame):
    """Return the firms of a frame of companies."""
    return firms_of(open_table(frame, name="companies", required=("id",)))


@pytest.mark.parametrize("world", [mittelstand, franchises, dirty_crm])
def test_pairs_that_are_not_judged_are_what_the_judge_says(world):
    """Of the pairs left out those in a group are the same company to the judge, and no other would be joined."""
    firms = opened(world(4)[0])
    rarity = firms.rarities()
    groups = evident.same_on_a_domain(firms.frame, ())
    found = pairs(firms, rarity)
    left = found.join(evident.undecided(found, firms.frame, groups), on=["one", "other"], how="anti")
    known = Frequencies(dict(rarity.rows()))  # which keeps nobody apart by what others have
    firm = firms.pick(pl.int_range(firms.frame.height, eager=True))
    group = {position: n for n, members in enumerate(groups["firms"]) for position in members}
    said = {(one, other): decide(firm[one], firm[other], known).verdict for one, other in left.rows()}

    assert 0.05 < len(left) / len(found) < 1
    assert {pair: verdict for pair, verdict in said.items() if verdict is Sameness.PART} == {}
    together = {pair for pair in said if group.get(pair[0], -1) == group.get(pair[1], -2)}
    assert together == {pair for pair, verdict in said.items() if verdict is Sameness.SAME}


def test_a_group_is_one_company_in_one_city():
    """One name on one domain is a group; in two cities, on two domains, or with an id of another firm it is none."""
    rows = [
        ("1", "Quast GmbH", "quast.example", "Ulm"), ("2", "Quast", "www.quast.example", None),
        ("3", "Brenner", "brenner.example", "Ulm"), ("4", "Brenner", "www.brenner.example", "Bonn"),
        ("5", "Kropp", "kropp.example / kropp2.example", None), ("6", "Kropp KG", "kropp.example", None),
        ("7", "Tann", "tann.example", None), ("8", "Tann AG", "tann.example", None),
        ("8", "Zell", "zell.example", None),
    ]  # fmt: skip
    frame = pl.DataFrame(rows, schema=["id", "name", "website_url", "city"], orient="row")
    groups = evident.same_on_a_domain(opened(frame).frame, ())

    assert groups["ids"].to_list() == [["1", "2"]]
    assert evident.same_on_a_domain(opened(frame).frame, {"quast.example"}).is_empty()


def test_who_is_kept_apart_from_the_first_joins_the_next():
    """Of three rows of one company the third, kept apart from the first, joins the second if that stands alone."""
    frame = pl.DataFrame({"id": ["1", "2", "3"], "name": ["Quast"] * 3, "website_url": ["quast.example"] * 3})

    assert dedupe(frame, keep_apart=[("1", "2"), ("1", "3")])["cluster_id"].to_list() == ["1", "2", "2"]
    assert dedupe(frame, keep_apart=[("1", "3")])["cluster_id"].to_list() == ["1", "1", "3"]


@pytest.mark.parametrize(
    ("name", "other", "is_judged"),
    [
        ("Laurnburg Tools", "Faurnburg Consulting", False),
        ("Hadermann Foods", "Haderman Tools", False),
        ("Hadermann Tools", "Haderman Tols", True),
        ("Hadermann Werk Bau", "Hadermann Werkbau Nord", True),
        ("Hadermannx Bau", "Haderman Xbau", True),
        ("Quast Ulm Foods", "Quist Tools", True),
        ("Ромашка Tools", "Romashko Foods", True),
        ("Hadermann", "Haderman Tools", True),
    ],
)
def test_names_with_a_word_each_that_is_like_none_are_not_judged(name, other, is_judged):
    """In one city, on two domains, names are judged only if of one every word may be one of the other's."""
    rows = [("1", name, "one.example", "Ulm"), ("2", other, "two.example", "Ulm")]
    firms = opened(pl.DataFrame(rows, schema=["id", "name", "website_url", "city"], orient="row"))
    pair = pl.DataFrame({"one": [0], "other": [1]}, schema={"one": pl.UInt32, "other": pl.UInt32})
    groups = evident.same_on_a_domain(firms.frame, ())

    assert evident.undecided(pair, firms.frame, groups).height == is_judged
