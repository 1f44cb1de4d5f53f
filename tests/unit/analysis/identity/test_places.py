"""Which city and which country is meant."""

import pytest
from support.analysis_frames import companies

from openprospect_nb.analysis import diff, exclude
from openprospect_nb.analysis.identity.places import country_key, place_of, usual_spellings

SAME = [
    ("Frankfurt am Main", "Frankfurt", "Frankfurt/Main", "Frankfurt a. M.", "Frankfurt (Main)", "60311 Frankfurt",
    "Frankfurt, Hessen"),
    ("Frankfurt (Oder)", "Frankfurt/Oder", "Frankfurt an der Oder", "Frankfurt a.d. Oder", "Frankfurt Oder"),
    ("Portland, OR", "Portland, Oregon", "Portland OR", "Portland, OR, USA", "Portland"),
    ("München", "Munich", "Muenchen", "MÜNCHEN", "Landeshauptstadt München", "D-80331 München"),
    ("Freiburg im Breisgau", "Freiburg", "Freiburg i. Br.", "Freiburg i.Br."), ("Halle (Saale)", "Halle",
    "Halle/Saale"),
    ("Москва", "Moscow", "Moskau", "Moskva"), ("東京", "Tokyo", "Tokio", "東京都"), ("Genève", "Genf", "Geneva"),
    ("St. Louis, MO", "Saint Louis", "St Louis"), ("Newcastle upon Tyne", "Newcastle", "Newcastle-upon-Tyne"),
    ("Paris 8e", "Paris", "Paris Cedex 3", "75008 Paris"), ("Київ", "Kiew", "Kyiv"), ("Wrocław", "Breslau", "Wroclaw"),
]  # fmt: skip
APART = [
    ("Frankfurt", "Frankfurt (Oder)"), ("Frankfurt am Main", "Frankfurt/Oder"), ("Portland, OR", "Portland, ME"),
    ("Portland, Oregon", "Portland ME"), ("Springfield, IL", "Springfield, MO"), ("Halle", "Halle (Westf.)"),
    ("Halle (Saale)", "Halle in Westfalen"), ("Neustadt an der Weinstraße", "Neustadt an der Aisch"),
    ("Newcastle", "Newcastle-under-Lyme"), ("Mülheim", "Mülheim (Mosel)"), ("Rothenburg", "Rothenburg (Oberlausitz)"),
    ("Freiburg", "Freiburg im Üechtland"), ("Columbus, OH", "Columbus, GA"), ("Bonn", "Köln"), ("Kiel", "Kehl"),
    ("Mülheim", "Mülheim-Kärlich, Rheinland-Pfalz".replace("-Kärlich", "")),
]  # fmt: skip


@pytest.mark.parametrize("spellings", SAME, ids=lambda names: names[0])
def test_spellings_of_one_city_do_not_conflict(spellings):
    """Languages, abbreviations, postcodes and what usually goes without saying tell no cities apart."""
    places = [place_of(name) for name in spellings]

    assert len({place.base for place in places}) == 1
    assert not any(one.conflicts(other) for one in places for other in places)


@pytest.mark.parametrize(("one", "other"), APART)
def test_cities_of_one_name_conflict(one, other):
    """A river, a state or another addition tells two cities of one name apart, in both directions."""
    assert place_of(one).conflicts(place_of(other))
    assert place_of(other).conflicts(place_of(one))


def test_a_column_may_name_the_state():
    """What stands in a column of its own counts as if it stood behind the city."""
    assert place_of("Portland", "OR").conflicts(place_of("Portland", "Maine"))
    assert not place_of("Portland", "OR").conflicts(place_of("Portland, Oregon"))


def test_a_district_is_no_other_city():
    """A city with its district is neither certainly the same nor certainly another."""
    assert not place_of("Berlin-Mitte").conflicts(place_of("Berlin"))
    assert not place_of("Berlin-Mitte").is_same(place_of("Berlin"))


@pytest.mark.parametrize(
    "names",
    [
        ("DE", "Germany", "Deutschland", "DEU", "Allemagne"),
        ("UK", "Great Britain", "GB", "Vereinigtes Königreich", "Northern Ireland", "Scotland"),
    ],
)
def test_a_country_is_one_in_every_spelling(names):
    """Codes and names in any language are one country; nonsense is none."""
    assert len({country_key(name) for name in names}) == 1
    assert country_key("Absurdistan") == country_key(None) == country_key(" ") == ""


def test_the_usual_spelling_is_the_most_frequent():
    """Texts of one country go by the most frequent of them; what is unknown stays itself."""
    usual = usual_spellings({"DE": 1, "Germany": 5, "Deutschland": 2, "Absurdistan": 1}, country_key)

    assert usual == {"DE": "Germany", "Germany": "Germany", "Deutschland": "Germany", "Absurdistan": "Absurdistan"}


def test_another_spelling_of_a_place_is_no_change():
    """A delivery that writes DE for Germany and Munich for München reports no change, another city one."""
    before = companies(
        [{"id": "a", "country": "Germany", "city": "München"}, {"id": "b", "country": "DE", "city": "Bonn"}]
    )
    after = companies([{"id": "a", "country": "DE", "city": "Munich"}, {"id": "b", "country": "DEU", "city": "Köln"}])

    assert diff(before, after).changed.rows() == [("b", "city", "Bonn", "Köln")]


def test_a_suppressed_company_has_its_city():
    """An entry in Frankfurt (Oder) keeps out nobody in Frankfurt am Main; one without addition keeps out as before."""
    rows = [
        {"id": "a", "name": "Quast", "city": "Frankfurt am Main"},
        {"id": "b", "name": "Quast", "city": "Frankfurt/Oder"},
    ]
    frame = companies([*rows, {"id": "c", "name": "Quast", "city": "Portland, OR"}])

    def hit(city):
        marked = exclude(frame, [{"company_name": "Quast GmbH", "city": city}])
        return marked.filter("excluded")["id"].to_list()

    assert (hit("Frankfurt (Oder)"), hit("Frankfurt"), hit("Portland"), hit("Portland, ME")) == (
        ["b"],
        ["a"],
        ["c"],
        [],
    )
