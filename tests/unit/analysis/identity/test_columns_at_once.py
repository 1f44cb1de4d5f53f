"""Names and web sites read a column at once are read as one by one."""

import random

import polars as pl
import pytest
from polars.testing import assert_frame_equal
from support.company_worlds import dirty_crm, franchises, mittelstand

from openprospect_nb.analysis import dedupe
from openprospect_nb.analysis.identity import cores, firms, keys, sites
from openprospect_nb.analysis.table import open_table
from openprospect_nb.names import legal_forms
from openprospect_nb.privacy import shared

WORLDS = [world(5)[0] for world in (mittelstand, franchises, dirty_crm)]
ODD = [
    "S.à r.l.",
    "e.K.",
    "A & B",
    "Müller's",
    "Ærø",
    "The",
    "& Co.",
    "+ C.",
    "e C",
    "P.A.",
    "N. A.",
    "Inh.",
    "a",
    "c.",
]
ODD += [
    "x1",
    "Straße",
    "O'Neill",
    "–",
    "„Quast“",
    "_",
    "ŁÓDŹ",
    "İst",
    "1 a",
    "A. B. C. 3",
    "ООО",
    "山吹",
    "Quast",
    "Brzęk",
    "I.I.",
    "IĮ",
    "AE",
    "II",
    "V",
]


def test_names_are_told_by_the_same_words_in_columns():
    """Real forms, known words, signs and initials in any mixture leave the words that `core_of` leaves."""
    chance = random.Random(3)
    parts = [*sorted(legal_forms.known_words()), *ODD * 60]
    mixed = {" ".join(chance.choices(parts, k=chance.randrange(1, 6))) for _ in range(3000)}
    names = pl.Series("name", sorted(mixed | {name for world in WORLDS for name in world["name"].drop_nulls()}))
    plain = names.filter(~names.str.contains(cores.odd_letters()) & ~names.str.contains(legal_forms.MAY_BE_DOTTED))
    table = pl.DataFrame({"id": [str(n) for n in range(len(plain))], "name": plain})
    told = firms.firms_of(open_table(table, name="companies", required=())).frame

    assert 0.5 < len(plain) / len(names) < 1
    read = {int(ids[0]): (tuple(core), form) for ids, core, form in told.select("ids", "core", "form").rows()}
    assert read == {n: firms.core_of(name) for n, name in enumerate(plain)}


def test_names_in_other_alphabets_are_told_by_the_same_words_in_columns():
    """Letters that stand alone, forms written into names and initials leave what one by one they leave."""
    chance = random.Random(6)
    alphabets = [
        "абвгдежзийщьыэюя",
        "αβγδεηθωάίϊΐσς",
        "山川田松梅建設",
        "アイガパッョーかき",
        "가나한빛전자",
        "աբգեև",
        "აბგ",
        "ếạöß",
    ]
    odd = [
        "株式会社",
        "(株)",
        "㈱",
        "주식회사",
        "有限公司",
        "ООО",
        "АО",
        "ИП",
        "ΑΕ",
        "Α.Ε.",
        "製作所",
        "в ликвидации",
        "山",
        "я",
    ]
    odd += ["・", "々", "२", "บริษัท", "GmbH", "ae", "12"]
    names = set()
    for _ in range(2000):
        words = ["".join(chance.choices(chance.choice(alphabets), k=chance.randrange(1, 7))) for _ in range(3)]
        cased = [chance.choice([str.title, str.upper, str.lower])(word) for word in words]
        names.add(chance.choice([" ", " ", ""]).join(chance.sample([*cased, *chance.choices(odd, k=3)], k=3)))
    told = pl.Series("name", sorted(names))
    table = pl.DataFrame({"id": [str(n) for n in range(len(told))], "name": told})
    found = firms.firms_of(open_table(table, name="companies", required=())).frame

    assert 0.5 < cores.readable_names(told).mean() < 1
    read = {int(n): (tuple(core), form) for ids, core, form in found.select("ids", "core", "form").rows() for n in ids}
    assert read == {n: firms.core_of(name) for n, name in enumerate(told)}
    assert dict(cores.name_keys(told).rows()) == {name: keys.name_key(name) for name in told}


def test_hosts_and_domains_are_the_same_in_columns():
    """Suffixes, builders, punycode and cells with several addresses are read as `keys` reads each."""
    chance = random.Random(4)
    parts = [
        *sorted(shared.known_labels())[::40],
        "quast",
        "quast-bau",
        "www",
        "müller",
        "co.uk",
        "jimdofree.com",
        "no",
    ]
    mixed = {".".join(chance.choices(parts, k=chance.randrange(1, 5))) for _ in range(1500)}
    framed = [chance.choice(["{}", "http://{}", "https://www.{}/", "WWW.{}", "{} / y.de", "see {}"]) for _ in mixed]
    texts = {frame.format(host) for frame, host in zip(framed, sorted(mixed), strict=True)}
    texts |= {site for world in WORLDS for site in world["website_url"].drop_nulls()}
    found = (
        sites.sites_of(pl.Series(sorted(texts)))
        .group_by("text")
        .agg(pl.col("host").drop_nulls(), pl.col("domain").drop_nulls().unique(maintain_order=True))
    )

    assert {text: (tuple(host), tuple(domain)) for text, host, domain in found.rows()} == {
        text: (keys.hosts(text), keys.registrable_domains(text)) for text in texts
    }


@pytest.mark.parametrize("world", WORLDS, ids=["mittelstand", "franchises", "dirty crm"])
def test_a_few_firms_are_the_same_in_columns(monkeypatch, world):
    """Names, forms, sites and labels of a few firms, which are read one by one, are those that columns give."""
    few = open_table(world.sample(120, seed=2), name="companies", required=())
    singly = firms.firms_of(few).frame.drop("place")  # places are numbered as they come
    for module in (cores, firms, sites):
        monkeypatch.setattr(module, "FEW", 0)

    assert_frame_equal(firms.firms_of(few).frame.drop("place"), singly)


def test_an_empty_frame_has_no_duplicates():
    """A frame without rows, or without anything but ids, is given back with its columns."""
    schema = dict.fromkeys(("id", "name", "website_url"), pl.String)

    assert dedupe(pl.DataFrame(schema=schema)).columns[-3:] == ["cluster_id", "rule", "evidence"]
    assert dedupe(pl.DataFrame({"id": ["a", "b"]}))["cluster_id"].to_list() == ["a", "b"]
