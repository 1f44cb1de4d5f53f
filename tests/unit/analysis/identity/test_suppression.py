import polars as pl
import pytest
from support.analysis_frames import companies
from support.company_worlds import dirty_crm, franchises, mittelstand

from openprospect_nb.analysis import exclude
from openprospect_nb.analysis.identity import keys
from openprospect_nb.errors import ValidationError
from openprospect_nb.frames.results import Results

FIRMS = companies(
    [
        {"id": "a", "source_id": "CRM-1", "name": "Anton GmbH", "website_url": "anton.example", "city": "Ulm"},
        {
            "id": "b",
            "source_id": None,
            "name": "Berta AG",
            "website_url": "https://shop.berta.example/",
            "city": "Bonn",
        },
        {"id": "c", "source_id": None, "name": "Cäsar KG", "website_url": None, "city": "München"},
        {"id": "d", "source_id": None, "name": "Dora", "website_url": None, "city": "Köln"},
        {"id": "e", "source_id": None, "name": "Emil", "website_url": "emil.example", "city": "Kiel"},
    ]
)
ENTRIES = [
    {"company_name": "Whatever", "external_id": "CRM-1"},
    {"company_name": "Berta Holding", "website_url": "http://www.BERTA.example"},
    {"company_name": "Caesar", "city": "Munich"},
    {"company_name": "Dora GmbH"},
    {"company_name": "Emil", "city": "Hamburg"},
]


def hits(frame):
    """Return company id -> (tier number, tier name) of the excluded."""
    kept = frame.filter("excluded")
    return {row["id"]: (row["excluded_tier"], row["excluded_by"]) for row in kept.to_dicts()}


def test_each_tier_hits_and_says_so():
    """The first three tiers exclude their company; a name alone does not, and another city fires nothing."""
    assert hits(exclude(FIRMS, ENTRIES)) == {"a": (1, "external_id"), "b": (2, "domain"), "c": (3, "name_city")}


def test_the_name_alone_is_a_choice():
    """On request a name alone excludes, but never for an entry that names a city or website."""
    assert hits(exclude(FIRMS, ENTRIES, name_only=True))["d"] == (4, "name")
    assert "e" not in hits(exclude(FIRMS, ENTRIES, name_only=True))


def test_the_best_tier_wins_and_evidence_is_the_equal_key():
    """A company that several entries hit shows the surest tier, with what was equal."""
    both = [{"company_name": "Anton", "city": "Ulm"}, {"company_name": "x", "website_url": "anton.example"}]
    row = exclude(FIRMS, both).row(0, named=True)

    assert (row["excluded_tier"], row["excluded_evidence"]) == (2, "domain: anton.example")


def test_rows_stay_and_a_filter_drops_them():
    """All rows come back in order, and `excluded` is never null."""
    marked = exclude(FIRMS, ENTRIES)

    assert marked["id"].to_list() == FIRMS["id"].to_list()
    assert marked["excluded"].null_count() == 0
    assert marked.filter(~pl.col("excluded"))["id"].to_list() == ["d", "e"]


def test_an_earlier_order_is_a_list():
    """The companies of a Results exclude themselves."""
    earlier = Results(companies=FIRMS.head(2))

    assert sorted(hits(exclude(FIRMS, earlier))) == ["a", "b"]
    assert sorted(hits(exclude(Results(companies=FIRMS), earlier))) == ["a", "b"]


@pytest.mark.parametrize("nothing", [[], FIRMS.clear(), [{"company_name": ""}]])
def test_an_empty_list_excludes_nobody(nothing):
    """No entries and blank entries exclude nobody."""
    assert hits(exclude(FIRMS, nothing, name_only=True)) == {}


def test_a_list_that_says_nothing_is_refused():
    """A frame without any usable column, or something that is no list, is refused with what to give."""
    with pytest.raises(ValidationError, match=r"no heading that tells whom it means: whatever"):
        exclude(FIRMS, pl.DataFrame({"whatever": ["x y"]}))
    with pytest.raises(ValidationError, match="is a int"):
        exclude(FIRMS, 7)


def test_every_engine_gives_the_same(engine):
    """Polars lazy, DuckDB and Spark exclude alike, also by a list on the same engine."""
    listed = pl.DataFrame(
        ENTRIES,
        schema={"company_name": pl.String, "external_id": pl.String, "website_url": pl.String, "city": pl.String},
    )
    found = sorted(engine.take(exclude(engine.give(FIRMS), engine.give(listed))), key=lambda row: row["id"])

    assert found == exclude(FIRMS, listed).to_dicts()


@pytest.mark.parametrize("world", [mittelstand, franchises, dirty_crm])
def test_every_row_that_can_be_told_keeps_itself_out(world):
    """A list that is the frame itself takes all rows with a site of their own or a name and a city, and no others."""
    frame = world(7)[0]
    marked = exclude(frame, frame.select("website_url", "city", company_name="name"))
    told = [
        bool(keys.registrable_domains(site)) or bool(keys.name_key(name) and keys.city_key(city))
        for site, name, city in frame.select("website_url", "name", "city").rows()
    ]

    assert marked["excluded"].to_list() == told


@pytest.mark.parametrize(
    ("listed", "city"), [("Foo GmbH, Ulm", "Ulm"), ("Foo (Ulm)", "Ulm"), ("Foo GmbH - The Hague", "Den Haag")]
)
def test_an_entry_that_ends_in_its_city_matches(listed, city):
    """Lists of whom to keep out repeat the city behind the name."""
    frame = pl.DataFrame({"id": ["1"], "name": ["Foo AG"], "city": [city]})

    assert exclude(frame, [{"company": listed, "city": city}])["excluded"].to_list() == [True]


@pytest.mark.parametrize(
    "name", ["Quast u. Söhne KG", "Quast & Söhne", "Quast &amp; Söhne KG", "Quast + Soehne KG", "QUAST UND SÖHNE"]
)
def test_every_and_is_one(name):
    """However "und" is written, a name with its city keeps out the company."""
    firms = companies([{"id": "a", "name": "Quast und Söhne KG", "city": "Ulm"}])

    assert exclude(firms, [{"Firma": name, "Ort": "Ulm"}])["excluded"].to_list() == [True]
