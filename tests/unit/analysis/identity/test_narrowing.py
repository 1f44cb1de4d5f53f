"""A list meets the same rows of DuckDB as of Polars, though hardly a row of the others leaves it."""

from __future__ import annotations

import random

import narwhals.stable.v2 as nw
import polars as pl
import pytest
from support.crossing import crossing

from openprospect_nb.analysis import contactable, exclude
from openprospect_nb.analysis.identity.cores import odd_letters, readable_names, words_of_plain
from openprospect_nb.analysis.identity.narrowing import MANY, _is_read, _letters_alone, spaced
from openprospect_nb.analysis.table import collect
from openprospect_nb.names.legal_forms import GLUED, MAY_BE_DOTTED

LISTED = [
    "firm7.example",
    "müller-bau.de",
    "deep.co.uk",
    "ann.lee@person.example",
    "e.va@gmail.com",
    "*@group.example",
]
SITES = [
    "https://www.FIRM7.example/", "http://shop.firm7.example/a?b=c#d", "see www.firm7.example", "firm7.example:8080",
    "other.example, firm7.example", "https://müller-bau.de", "www.xn--mller-bau-q9a.de", "xn--mller-bau-q9a.de",
    "a.b.c.d.e.firm7.example", "a.b.c.firm7.example", "www.deep.co.uk", "x.deep.co.uk", "co.uk", "notfirm7.example",
    "info@firm7.example", "htp:/firm7.example", "\u00a0firm7.example\u00a0", "firm7,example", "firm7.example.other.de",
]  # fmt: skip
EMAILS = [
    "Ann.Lee@Person.example", "<ann.lee@person.example>", "Ann Lee <ann.lee@person.example>", "bob@person.example",
    "eva+x@googlemail.com", "Eva@gmail.com", "a@gmail.com", "boss@group.example", "boss@mail.group.example",
    "ann.lee(at)person.example", "ann.lee_at_person.example@other.example", "mailto:boss@group.example",
    "boss@a.b.c.d.group.example", " x@firm7.example", "x@müller-bau.de", "x@notgroup.example",
]  # fmt: skip
NAMED = [
    "Hadermann Maschinenbau GmbH", "Müller & Söhne KG", "Q.E.D. Bau", "Ærøbo ApS", "Vitamin C Handel", "Łódź Metal",
    "Straßenbau Ulm", "ООО Ромашка", "the Quast", "L'Oréa",
]  # fmt: skip
NAMES = [
    "hadermann maschinenbau", "HADERMANN-MASCHINENBAU AG", "Hadermann  Maschinen bau", "Hadermann Maschinenbau e.K.",
    "Mueller und Soehne", "MULLER ET SOHNE S.A.", "Müller + Söhne GmbH & Co. KG", "Muller Sons", "Q E D Bau S. à r. l.",
    "QED Bau", "q.e.d. bau gmbh", "Aerobo", "Ærøbo", "Vitamin C Handel GmbH", "Vitamin Handel", "Strassenbau Ulm OHG",
    "Strasenbau Ulm", "Lodz Metal sp. z o.o.", "Łódź Metal", "OOO Romashka", "Ромашка", "Quast", "The Quast Ltd.",
    "Loréa", "L Orea", "株式会社ロマシカ", "Hadermann Maschinenbau\u00a0GmbH", "GmbH", "'", "M. Üller Söhne",
]  # fmt: skip
ROWS = 2 * MANY


def given(texts, plain):
    """Return a column of *plain* texts with the odd ones scattered among them."""
    chance = random.Random(4)
    column = [plain.format(number) for number in range(100, 100 + ROWS)]
    for place, text in zip(chance.sample(range(ROWS), len(texts)), texts, strict=True):
        column[place] = text
    return column


@pytest.fixture
def far(tmp_path):
    """Return a function that puts a frame into DuckDB."""
    connection = pytest.importorskip("duckdb").connect()

    def put(frame):
        frame.write_parquet(tmp_path / "rows.parquet")
        return connection.read_parquet(str(tmp_path / "rows.parquet"))

    return put


def kept_out(relation, *names):
    """Return named columns of a relation's rows, sorted."""
    return sorted(relation.select(*names).fetchall(), key=str)


def test_companies_are_excluded_as_in_polars(far):
    """However a web site is written, the list meets it in DuckDB too; one row in a hundred crosses at most."""
    sites = [None if site == "none" else site for site in given([*SITES, "none"], "https://firm{}.example/")]
    ids = given(["A-1", " A-1 ", "A-1\u00a0", "A 1"], "id{}")
    frame = pl.DataFrame({"id": [f"c{n}" for n in range(ROWS)], "website_url": sites, "source_id": ids})
    listed = pl.DataFrame({"domain": [*LISTED[:3], None], "external_id": [None, None, None, "A-1"]})
    here = exclude(frame, listed)
    with crossing() as crossed:
        there = exclude(far(frame), listed)

    assert here["excluded"].sum() > 10
    assert kept_out(there, "id", "excluded_by", "excluded_evidence") == sorted(
        here.select("id", "excluded_by", "excluded_evidence").rows(), key=str
    )
    assert 0 < crossed.rows <= ROWS / 100


@pytest.mark.parametrize("usual", ["Firm {} Maschinenbau GmbH", "ООО Заря {}", "株式会社山川{}"])
def test_companies_are_excluded_by_name_as_in_polars(far, usual):
    """However a name is spelled, the list meets it in DuckDB too; one row in a hundred crosses at most."""
    frame = pl.DataFrame({"id": [f"c{n}" for n in range(ROWS)], "name": given(NAMES, usual)})
    listed = pl.DataFrame({"company_name": NAMED})
    here = exclude(frame, listed, name_only=True)
    with crossing() as crossed:
        there = exclude(far(frame), listed, name_only=True)

    assert here["excluded"].sum() > 15
    assert kept_out(there, "id", "excluded_by", "excluded_evidence") == sorted(
        here.select("id", "excluded_by", "excluded_evidence").rows(), key=str
    )
    assert 0 < crossed.rows <= ROWS / 100


def test_a_name_is_read_in_the_engine_as_here(far):
    """The words of a plain name are those that Polars reads, whatever engine reads them."""
    frame = pl.DataFrame({"name": [*NAMES, *NAMED, "a b c", "A.B. Cé & d", "aee oe ue, aeue", "x  -- y", "1 a 2 b b"]})
    name = nw.col("name")
    far_words = nw.from_native(far(frame)).with_columns(spaced(name, r"\1").alias("words"))
    names = frame["name"]
    here = words_of_plain(names.filter(~names.str.contains(odd_letters()) & ~names.str.contains(MAY_BE_DOTTED)))
    there = dict(collect(far_words, ["name", "words"]).rows())

    assert here.height > 20
    assert {name: " ".join(words) for name, words in here.rows()} == {name: there[name] for name in here["name"]}


def test_names_in_other_alphabets_are_read_in_the_engine_as_here(far):
    """Where each letter stands for itself, any engine reads the words; what it cannot read it says so."""
    names = [
        "ООО Ромашка", "ЖУК Щит", "株式会社ロマシカ", "山田製作所", "山 田", "山a b", "株式会社山川 e.K.",
        "ΟΔΥΣΣΕΥΣ ΑΕΒΕ", "Οδυσσεύς",
        "Công Ty Đại Việt", "有限会社 東", "주식회사 삼성 전자", "株式会社", "日本ケーブル", "שלום", "العربية",
        "ไทย", "Ω1", "Ю Ж",
        "Կարին", "თბილისი",
    ]  # fmt: skip
    lazy, bare = nw.from_native(far(pl.DataFrame({"name": names}))), nw.col("name").str.replace_all(GLUED, " ")
    alone = _letters_alone(lazy, "name")
    told = lazy.select("name", is_read=_is_read(bare, alone), words=spaced(bare, r"\1", alone))
    there = {name: words for name, is_read, words in collect(told, ["name", "is_read", "words"]).rows() if is_read}
    readable = pl.Series(names).filter(readable_names(pl.Series("name", names)))
    here = {name: " ".join(words) for name, words in words_of_plain(readable.alias("name")).rows()}

    assert set(names) - set(there) == {"山 田", "山a b", "有限会社 東", "株式会社", "שלום", "العربية", "ไทย"}
    assert there == {name: here[name] for name in there}


def test_a_list_of_names_alone_meets_a_long_frame_with_web_sites():
    """Tens of thousands of web sites are no hindrance where no entry has one."""
    rows = {"name": [f"Firm {n}" for n in range(20_000)], "website_url": [f"f{n}.example" for n in range(20_000)]}

    assert (
        exclude(pl.DataFrame(rows), pl.DataFrame({"company_name": ["Firm 7"]}), name_only=True)["excluded"].sum() == 1
    )


@pytest.mark.slow
def test_persons_are_suppressed_as_in_polars(far):
    """However an address is written, whoever is listed is suppressed in DuckDB too; hardly anybody else crosses."""
    frame = pl.DataFrame({"id": [f"p{n}" for n in range(ROWS)], "email": given(EMAILS, "p.smith@firm{}.example")})
    here = contactable(frame, suppressed=LISTED)
    with crossing() as crossed:
        there = contactable(far(frame), suppressed=LISTED)

    assert here.filter(tier="suppressed").height > 5
    assert kept_out(there, "id", "tier") == sorted(here.select("id", "tier").rows(), key=str)
    assert crossed.rows <= ROWS / 50
