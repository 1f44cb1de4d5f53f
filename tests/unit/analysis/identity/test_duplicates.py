import polars as pl
import pytest
from support.analysis_frames import Duck, companies, prospects
from support.crossing import crossing
from support.examples import examples

from openprospect_nb.analysis import dedupe, dedupe_prospects, distinct
from openprospect_nb.analysis.identity.candidates import pairs
from openprospect_nb.analysis.identity.firms import firms_of
from openprospect_nb.analysis.table import open_table
from openprospect_nb.errors import ValidationError
from openprospect_nb.frames.results import Results

FIRMS = companies(
    [
        {"order_id": "1", "id": "a", "name": "Kurz GmbH", "website_url": "https://kurz.example", "city": "Ulm",
         "country": "Germany", "match_score": 5.0},
        {"order_id": "2", "id": "a", "name": "Kurz GmbH", "website_url": "https://kurz.example", "city": "Ulm",
         "country": "Germany", "match_score": 7.0},
        {"order_id": "2", "id": "b", "name": "KURZ Maschinenbau", "website_url": "www.kurz.example/de", "city": "Ulm",
         "country": "Germany", "match_score": 9.0},
        {"order_id": "2", "id": "c", "name": "Nordlicht", "website_url": "kurz.example", "city": "Kiel"},
        {"order_id": "2", "id": "d", "name": "Müller Bau AG", "city": "München"},
        {"order_id": "3", "id": "e", "name": "Mueller-Bau", "city": "Munich"},
        {"order_id": "3", "id": "f", "name": "Shop", "website_url": "a.github.io", "city": "Ulm"},
        {"order_id": "3", "id": "g", "name": "Shop", "website_url": "b.github.io", "city": "Ulm"},
        {"order_id": "3", "id": "h", "name": "Müller Bau", "city": "München", "country": "Austria"},
        {"order_id": "3", "id": "i", "name": "Weber Technik", "website_url": "weber.example", "city": "Bonn"},
        {"order_id": "3", "id": "j", "name": "Weber Technik KG", "website_url": "webertechnik.example", "city": "Bonn"},
        {"order_id": "3", "id": "k", "name": "Sub One", "website_url": "one.group.example"},
        {"order_id": "3", "id": "l", "name": "Sub Two Logistics", "website_url": "two.group.example"},
        {"order_id": "3", "id": "m", "name": None, "city": None},
        {"order_id": "3", "id": "n", "name": None, "city": None},
    ]
)  # fmt: skip


def clusters(frame):
    """Return company id -> cluster id."""
    return dict(frame.select("id", "cluster_id").rows())


def test_names_with_other_figures_are_not_compared():
    """Of three hundred numbered names without a city only the one that is mistyped is held against its own number."""
    rows = [{"id": f"n{n:03}", "name": f"Elbtal {n} GmbH", "website_url": None, "city": None} for n in range(100, 400)]
    slip = {"id": "slip", "name": "Elbtel 250 GmbH", "website_url": None, "city": None}
    firms = firms_of(open_table(companies([*rows, slip]), name="companies", required=("id",)))
    found = pairs(firms, firms.rarities())
    names = [{firms.frame["ids"][place][0] for place in pair} for pair in found.rows()]

    assert {"n250", "slip"} in names
    assert len(names) < 10


def test_duplicates_meet_and_strangers_do_not():
    """Same id, same domain and same name and city meet; platforms, subsidiaries and namesakes elsewhere do not."""
    found = clusters(dedupe(FIRMS))

    assert found == {
        "a": "a", "b": "a", "c": "c", "d": "d", "e": "d", "f": "f", "g": "g", "h": found["h"], "i": "i", "j": "i",
        "k": "k", "l": "l", "m": "m", "n": "n",
    }  # fmt: skip
    assert found["a"] != found["c"]


def test_namesakes_stay_apart():
    """Equal name and city do not join firms of two countries, nor one-word names on two domains of their own."""
    frame = companies(
        [
            {"id": "a", "name": "Bau Müller", "city": "Frankfurt", "country": "Germany"},
            {"id": "b", "name": "Bau Müller", "city": "Frankfurt", "country": "Austria"},
            {"id": "c", "name": "Weber", "city": "Bonn", "website_url": "weber-dach.example"},
            {"id": "d", "name": "Weber GmbH", "city": "Bonn", "website_url": "weber-technik.example"},
        ]
    )

    assert clusters(dedupe(frame)) == {"a": "a", "b": "b", "c": "c", "d": "d"}


@pytest.mark.parametrize("form", ["", " GmbH", " GmbH & Co. KG"])
def test_counted_companies_of_one_group_stay_apart(form):
    """Roman numerals and single letters tell wind parks, funds and houses apart, from each other and from none."""
    for name in ("Windpark Heide", "Grundbesitz Weser", "Hadermann Fonds"):
        names = [f"{name}{number}{form}" for number in ("", " I", " II", " III", " IV", " V", " A", " B")]
        frame = companies([{"id": str(n), "name": name, "city": "Ulm"} for n, name in enumerate(names)])
        assert dedupe(frame)["cluster_id"].n_unique() == len(names)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Windpark I Foo GmbH", "Windpark Foo GmbH"),
        ("Windpark I Foo GmbH", "Windpark II Foo GmbH"),
        ("Haus A Foo GmbH", "Haus E Foo GmbH"),
        ("Fonds Foo V S.A.", "Fonds Foo VI S.A."),
        ("Fonds Foo I A/S", "Foo A/S"),
        ("Beteiligungs I Foo KG", "Beteiligungs Foo KG"),
    ],
)
@pytest.mark.parametrize("site", ["foo.example", None])
def test_a_letter_or_numeral_within_a_name_tells_counted_companies_apart(one, other, site):
    """Behind what there are several of, a letter is a number and no linking word."""
    companies = pl.DataFrame(
        {"id": ["1", "2"], "name": [one, other], "website_url": [site] * 2, "city": ["Ulm"] * 2},
        schema_overrides={"website_url": pl.String},
    )

    assert dedupe(companies)["cluster_id"].n_unique() == 2


@pytest.mark.parametrize(
    ("one", "other", "city"),
    [
        ("Foo GmbH, Ulm", "Foo GmbH", "Ulm"),
        ("Foo GmbH Ulm", "Foo", "Ulm"),
        ("Foo Optik (Ulm)", "Foo Optik GmbH", "Ulm"),
        ("Foo AB - Malmo", "Foo Aktiebolag", "Malmö"),
        ("Foo B.V., The Hague", "FOO BV", "Den Haag"),
        ("Foo e.K., Halle (Saale)", "Foo e.K.", "Halle (Saale)"),
        ("Foo I S.A.S.", "FOO I SAS", "Lyon"),
        ("Foo i Synowie Sp. z o.o.", "Foo & Synowie Sp. z o.o.", "Łódź"),
    ],
)
def test_the_town_behind_a_name_and_the_points_of_a_form_do_not_matter(one, other, city):
    """A town set apart from the name is the city beside it once more, in any language."""
    assert (
        dedupe(pl.DataFrame({"id": ["1", "2"], "name": [one, other], "city": [city] * 2}))["cluster_id"].n_unique() == 1
    )


def test_every_merge_names_rule_and_evidence():
    """A merged row says which rule joined it, to whom, and what was equal; a lone one says nothing."""
    rows = {row["id"]: row for row in dedupe(FIRMS).to_dicts()}

    assert rows["b"]["rule"] == "domain"
    assert rows["b"]["evidence"] == "domain kurz.example; 'kurz' in both names, 'maschinenbau' in one (a and b)"
    assert rows["e"]["rule"] == "name_city"
    assert "'muller bau', 'munchen'" in rows["e"]["evidence"]
    assert rows["a"]["rule"] == "vendor_id"
    assert (rows["k"]["rule"], rows["k"]["evidence"]) == (None, None)


def test_nothing_is_dropped_and_a_merge_can_be_undone():
    """All rows stay in their order; keeping two ids apart takes their merge back and leaves the others."""
    deduped = dedupe(FIRMS)
    undone = clusters(dedupe(FIRMS, keep_apart=[("b", "a")]))

    assert deduped.drop("cluster_id", "rule", "evidence").equals(FIRMS)
    assert (undone["a"], undone["b"], undone["e"]) == ("a", "b", "d")


def test_what_is_kept_apart_stays_apart_through_a_third():
    """Two ids told apart do not meet through one that resembles both."""
    frame = companies([{"id": i, "name": "Kurz Bau", "website_url": "kurz.example"} for i in "abc"])
    found = clusters(dedupe(frame, keep_apart=[("a", "c")]))

    assert found["a"] != found["c"]


def test_one_row_a_cluster_is_the_best():
    """`distinct` keeps one row a cluster, the best scored."""
    kept = distinct(dedupe(FIRMS))

    assert kept["cluster_id"].n_unique() == kept.height
    assert kept.filter(pl.col("cluster_id") == "a")["id"].to_list() == ["b"]


def test_row_order_does_not_matter():
    """Shuffled rows give the same clusters, rules and evidence."""
    usual = dedupe(FIRMS).sort("order_id", "id")
    for seed in range(examples(60)):
        mixed = FIRMS.sample(fraction=1, shuffle=True, seed=seed)
        assert dedupe(mixed).sort("order_id", "id").equals(usual), seed


def test_an_id_is_enough_and_needed():
    """A frame with nothing but ids works; without ids the column is named."""
    assert clusters(dedupe(pl.DataFrame({"id": ["x", "y", "x"]}))) == {"x": "x", "y": "y"}
    with pytest.raises(ValidationError, match="id: is not in the frame"):
        dedupe(pl.DataFrame({"name": ["x"]}))


def test_a_row_without_id_stays_alone():
    """A null id is in no cluster and joins nobody."""
    frame = companies([{"id": None, "name": "A"}, {"id": None, "name": "A"}, {"id": "x", "name": "B"}])

    assert dedupe(frame)["cluster_id"].to_list() == [None, None, "x"]
    assert dedupe(frame)["rule"].to_list() == [None, None, None]


def test_a_results_gives_its_companies():
    """A Results is taken as well."""
    assert dedupe(Results(companies=FIRMS)).height == FIRMS.height


def test_every_engine_gives_the_same(engine):
    """Polars lazy, DuckDB and Spark find the same clusters, rules and evidence, in kind."""
    found = engine.take(dedupe(engine.give(FIRMS)))
    once = engine.take(distinct(dedupe(engine.give(FIRMS))))
    key = lambda row: (row["order_id"], row["id"])  # noqa: E731 - one sort key for both sides

    assert sorted(found, key=key) == sorted(dedupe(FIRMS).to_dicts(), key=key)
    assert sorted(once, key=key) == sorted(distinct(dedupe(FIRMS)).to_dicts(), key=key)


PEOPLE = prospects(
    [
        {"id": "1", "company_id": "a", "first_name": "Ann", "last_name": "Lee", "email": "ann@a.example"},
        {"id": "2", "company_id": "b", "first_name": "A.", "last_name": "Lee", "email": "ANN@A.example"},
        {"id": "3", "company_id": "c", "first_name": "Jörg", "last_name": "Maier", "email": "jm@c.example"},
        {"id": "4", "company_id": "d", "first_name": "Joerg", "last_name": "Maier", "email": "joerg.maier@c.example"},
        {"id": "5", "company_id": "e", "first_name": "Jörg", "last_name": "Maier", "email": "jm@e.example"},
        {"id": "6", "company_id": "f", "first_name": "Eva", "last_name": "Roth", "email": "info@f.example"},
        {"id": "7", "company_id": "f", "first_name": "Tom", "last_name": "Berg", "email": "info@f.example"},
        {"id": "8", "company_id": "g", "first_name": "Eva", "last_name": "Roth", "email": None},
        {"id": "9", "company_id": "g", "first_name": "Eva", "last_name": "Roth", "email": "eva@gmail.com"},
        {"id": "10", "company_id": "h", "first_name": "Eva", "last_name": "Roth", "email": "roth@gmail.com"},
    ]
)  # fmt: skip


def test_people_meet_by_address_then_name():
    """One address or one name at one domain or company is one person; namesakes and shared mailboxes are not."""
    rows = {row["id"]: (row["cluster_id"], row["rule"]) for row in dedupe_prospects(PEOPLE).to_dicts()}

    assert rows["2"] == ("1", "email")
    assert rows["4"] == ("3", "name_in_domain")
    assert rows["9"] == ("8", "name_in_company")
    assert {rows[i] for i in ("5", "6", "7", "10")} == {("5", None), ("6", None), ("7", None), ("10", None)}


def test_evidence_names_ids_not_persons():
    """What a merge rests on is said without an address or a name."""
    text = " ".join(filter(None, dedupe_prospects(PEOPLE)["evidence"].to_list()))

    assert "1 and 2" in text
    assert not any(word in text.lower() for word in ("@", "ann", "maier", "roth"))


def test_people_on_every_engine(engine):
    """Polars lazy, DuckDB and Spark find the same people."""
    found = sorted(engine.take(dedupe_prospects(engine.give(PEOPLE))), key=lambda row: row["id"])

    assert found == dedupe_prospects(PEOPLE).sort("id").to_dicts()


def test_a_company_leaves_an_engine_once():
    """Of a frame in DuckDB a row a company crosses, no more."""
    frame = companies([{"id": f"c{n}", "name": f"Quast {n} GmbH", "city": "Ulm"} for n in range(5)])
    native = Duck().give(frame)
    with crossing() as crossed:
        dedupe(native)

    assert crossed.rows == frame.height
