"""The report as a value and a file: same bytes, bounded size, no person, no harm."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from html.parser import HTMLParser
from pathlib import Path

import polars as pl
import pytest

from openprospect_nb.analysis.bounces.send_lists import send_list
from openprospect_nb.analysis.orders.comparison import compare
from openprospect_nb.analysis.planning.budget_plan import plan
from openprospect_nb.analysis.scoring.formula import score
from openprospect_nb.errors import ConfigurationError, ValidationError
from openprospect_nb.frames.results import Results
from openprospect_nb.reports import Report, report

# Attacks on one kind of place share a text: each breaks out of its place whatever stands before it.
HOSTILE = {
    "an address and attributes": "javascript:alert(5)' onmouseover='alert(4)\"><img src=x onerror=alert(3)>",
    "scripts": "</script><script>alert(2)</script><script>alert(1)</script>",
    "a comment, styles and templates": "--></style><style>*{display:none}{{ 7777 * 7777 }}{% raw %}",
    "marks of direction and control": "\u202ecod.exe\u202c\u200b\u0000\u001b[31m עברית وعربي",
    "emoji": "😀" * 30,
    "thousands of elements": "<x>" * 4000,
}


class Markup(HTMLParser):
    """Collects tags, attributes and text of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text: list[str] = []

    def handle_starttag(self, tag, attrs) -> None:
        """Remember a tag."""
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data) -> None:
        """Remember text."""
        self.text.append(data)


def parsed(page: str) -> Markup:
    """Read *page*."""
    found = Markup()
    found.feed(page)
    return found


def hostile(results: Results, text: str) -> Results:
    """Put *text* into every text there is: rows, orders, profile and names of fields."""

    def spoilt(frame: pl.DataFrame) -> pl.DataFrame:
        keep = {"order_id", "id", "company_id", "source"}
        texts = [pl.lit(text).alias(n) for n, kind in frame.schema.items() if kind == pl.String and n not in keep]
        lists = [pl.lit([text]).alias(n) for n, kind in frame.schema.items() if kind == pl.List(pl.String)]
        return frame.with_columns(*texts, *lists)

    order = {**results.provenance["orders"][0], "title": text, "status": text, "message": text, "created_at": text}
    order["estimated_cost"] = {"total": 1, "currency": text}
    facts = {"orders": [order], "icp": dict.fromkeys(results.provenance["icp"], text), "icp_hash": text, "source": text}
    reject = {"order_id": text, "record": text, "row_id": text, "field": text, "rule": text, "raw": text}
    return replace(
        results,
        companies=spoilt(results.companies),
        prospects=spoilt(results.prospects),
        rejects=pl.DataFrame([reject], schema=results.rejects.schema),
        drift=pl.DataFrame(
            [{"record": text, "field": text, "kind": text, "count": 1, "example": text}], schema=results.drift.schema
        ),
        errors={text: text},
        provenance={**results.provenance, **facts, "fetched_at": text, "versions": {text: text}},
    )


@pytest.fixture(scope="module")
def made(some_results: Results, make_results: Callable[..., Results]) -> Callable[..., Report]:
    """A report as it is, each made once: of the usual results, or with ``few=True`` of six companies."""

    @cache
    def once(*, few: bool = False, **options: bool) -> Report:
        return report(make_results(6) if few else some_results, **options)

    return once


@pytest.fixture(scope="module")
def page_of(made: Callable[..., Report]) -> Callable[..., str]:
    """The page of such a report."""
    return lambda **options: made(**options).to_html()


def test_the_same_results_give_the_same_bytes(
    make_results: Callable[..., Results], page_of: Callable[..., str]
) -> None:
    """Two reports made from equal results are equal to the byte, in both variants."""
    for lite in (False, True):
        assert report(make_results(), lite=lite).to_html() == page_of(lite=lite)


def test_other_weights_rank_the_companies_and_are_stated(some_results: Results, made: Callable[..., Report]) -> None:
    """Weights of the score decide the order of the companies and their points, and the page says which; else none."""
    weights = {"fit": 0.2, "reach": 0.8}
    usual, other = made(lite=False), report(some_results, weights=weights)
    scored = score(some_results, weights).sort("score", "match_score", "name", descending=[True, True, False])

    assert [line.name for line in other.summary.companies] == scored["name"].to_list()
    assert [line.name for line in usual.summary.companies] != scored["name"].to_list()
    assert other.summary.method[0].text.endswith("in place of those in the formula: match 20%, contact 80%.")
    assert "e-mail" not in other.summary.companies[0].points
    assert f"weights={weights!r}" in other.summary.code
    assert "weights" not in usual.summary.code
    assert usual.summary.method == other.summary.method[1:]


def test_the_person_named_is_the_one_the_weights_chose(some_results: Results) -> None:
    """Wherever the score's reasons name whom to write to, the page names the same person; other weights, another."""
    weights = {"reach": 0.1, "deliverability": 0.9}
    usual, other = (report(some_results, weights=w, reveal=True).summary.companies for w in (None, weights))
    reasons = dict(score(some_results, weights).select("name", pl.col("reasons").list.join(" ")).iter_rows())
    named = {line.name: line.contact.name for line in other if line.contact and "no e-mail" not in reasons[line.name]}

    assert [name for name, who in named.items() if who not in reasons[name]] == []
    assert any(line.contact and line.contact.name != named.get(line.name, line.contact.name) for line in usual)


def test_weights_that_score_refuses_are_refused(some_results: Results) -> None:
    """Weights that do not sum to 1 make no page."""
    with pytest.raises(ValidationError, match="weights"):
        report(some_results, weights={"fit": 0.4})


@pytest.mark.parametrize("companies", [0, 1, 60, 3000])
def test_sizes_stay_bounded(companies: int, make_results: Callable[..., Results], page_of: Callable[..., str]) -> None:
    """The full report stays below 2.2 MB and the small one below 120 kB, however many rows there are."""
    results = make_results(companies)
    full, small = (page_of(lite=v) if companies == 60 else report(results, lite=v).to_html() for v in (False, True))

    assert len(full.encode()) < 2_200_000
    assert len(small.encode()) < 120_000


def test_too_large_a_report_fails_with_advice(make_results: Callable[..., Results]) -> None:
    """The limit is a parameter, and the error says what to leave out."""
    with pytest.raises(ConfigurationError, match=r"more than the 10,000 allowed.*top=.*lite=True.*max_bytes="):
        report(make_results(6), max_bytes=10_000).to_html()


@pytest.mark.parametrize("lite", [False, True])
def test_no_person_is_in_a_masked_report(some_results: Results, page_of: Callable[..., str], lite: bool) -> None:
    """No name, e-mail, phone or profile link of any prospect is anywhere in the file, its data included."""
    page = page_of(lite=lite)

    for column in ("email", "phone_number", "linkedin_url"):
        assert not [value for value in some_results.prospects[column].drop_nulls() if value in page]
    names = some_results.prospects.drop_nulls("last_name").select(
        pl.concat_str("first_name", "last_name", separator=" ")
    )
    assert not [name for name in names.to_series() if name in page]
    assert "Contact 1<" in page


def test_reveal_shows_persons_and_says_so(some_results: Results) -> None:
    """With reveal the page holds e-mails, and states that it does, for whom and when."""
    page = report(some_results, lite=True, reveal=True, recipient="the sales team").to_html()

    assert any(value in page for value in some_results.prospects["email"].drop_nulls())
    assert "Contains personal data." in page
    assert "the sales team" in page


def test_traces_of_persons_in_texts_are_masked(some_results: Results) -> None:
    """A prospect's name, e-mail, phone and profile link are found in titles, profile texts and match reasons too."""
    person = {
        "first_name": "Maja",
        "last_name": "Lindqvist",
        "email": "maja@firm0.example",
        "phone_number": "0176/555 123",
    }
    marked = some_results.prospects.with_columns(pl.lit(value).alias(name) for name, value in person.items())
    said = "Ask LINDQVIST, Maja or Maja  Lindqvist (maja@firm0.example, mail maja (at) firm0.example, 0176-555123, https://linkedin.example/in/maja)"
    icp = {**some_results.provenance["icp"], "ideal_customer_profile": said}
    orders = [{**some_results.provenance["orders"][0], "title": said}]
    results = replace(
        some_results,
        prospects=marked,
        companies=some_results.companies.with_columns(match_reasons=pl.lit([said])),
        provenance={**some_results.provenance, "icp": icp, "orders": orders},
    )
    page = report(results, title=f"For {said}").to_html()
    # Two million letters of packed library hold any four by chance.
    told = re.sub(r'id="opr-library">[^<]*<', "", page).lower()

    for trace in ("lindqvist", "maja", "555123", "555 123", "in/maja"):
        assert trace not in told


@pytest.mark.parametrize("second", range(0, 60, 7))
def test_a_masked_report_keeps_its_own_times(make_results: Callable[..., Results], second: int) -> None:
    """No time, id or version of ours is taken for a telephone number."""
    at = f"2026-11-28T19:07:{second:02}.{second * 16_661:06}+00:00"
    results = make_results(6)
    page = report(replace(results, provenance={**results.provenance, "fetched_at": at}), lite=True).to_html()

    assert at in html.unescape(page)
    assert "[phone]" not in page


def test_one_person_has_one_pseudonym(some_results: Results) -> None:
    """A person who is the best contact of every company is the same contact in every row."""
    same = some_results.prospects.with_columns(email=pl.lit("one@firm.example"))
    lines = report(replace(some_results, prospects=same)).summary.companies

    assert {line.contact.name for line in lines if line.contact} == {"Contact 1"}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
@pytest.mark.parametrize("options", [{}, {"reveal": True, "lite": True}], ids=str)
def test_hostile_text_stays_text(
    text: str, options: dict[str, bool], make_results: Callable[..., Results], page_of: Callable[..., str]
) -> None:
    """In every field at once, it makes no element, no attribute and no link, and the layout limits hold."""
    plain = parsed(page_of(few=True, **options))
    page = report(hostile(make_results(6), text), title=text, **options).to_html()
    found = parsed(page)

    assert {tag for tag, _ in found.tags} <= {tag for tag, _ in plain.tags}
    assert sum(tag in {"script", "style"} for tag, _ in found.tags) == sum(
        t in {"script", "style"} for t, _ in plain.tags
    )
    assert not [name for _, attributes in found.tags for name in attributes if name.startswith("on")]
    links = [attributes["href"] for _, attributes in found.tags if "href" in attributes]
    assert all(link.startswith(("https://", "http://", "#")) for link in links)
    assert not set("\u202e\u200b\u0000\u001b") & set(page)
    assert "60481729" not in page


def test_the_embedded_data_cannot_end_its_script(make_results: Callable[..., Results]) -> None:
    """The data block of the page is JSON again, whatever the vendor wrote."""
    page = report(hostile(make_results(6), "</script><!--<script>")).to_html()
    block = re.search(r'<script type="application/json" id="opr-data">(.*?)</script>', page, re.DOTALL)

    assert set(json.loads(block.group(1))) == {"charts", "templates"}


def test_the_policy_allows_two_scripts_by_hash(page_of: Callable[..., str]) -> None:
    """No inline script but ours can run, none at all in the small variant, and nothing is ever fetched."""
    policies = [
        next(a["content"] for _, a in parsed(page_of(lite=lite)).tags if "http-equiv" in a) for lite in (False, True)
    ]

    assert "default-src 'none'" in policies[0]
    assert re.search(r"script-src 'sha256-[\w+/=]+' 'sha256-[\w+/=]+';", policies[0])
    assert "script-src 'none'" in policies[1]


def test_the_small_variant_has_no_script(page_of: Callable[..., str]) -> None:
    """It has the frontier, seven still pictures and not one script."""
    found = parsed(page_of(lite=True))

    assert not [tag for tag, _ in found.tags if tag == "script"]
    assert sum(tag == "svg" for tag, _ in found.tags) == 8


def test_sandbox_data_is_marked(some_results: Results, page_of: Callable[..., str]) -> None:
    """Sandbox rows bring a banner; live rows do not."""
    live = Results(
        companies=some_results.companies.with_columns(source=pl.lit("live")),
        prospects=some_results.prospects.with_columns(source=pl.lit("live")),
        provenance={**some_results.provenance, "source": "live"},
    )

    assert "Sandbox data." in page_of(lite=True)
    assert "Sandbox data." not in report(live, lite=True).to_html()


def test_german_is_german_throughout(some_results: Results) -> None:
    """The language comes from the profile or the argument, and reaches headings, numbers and charts."""
    profile = {**some_results.provenance["icp"], "output_language": "de"}
    german = report(replace(some_results, provenance={**some_results.provenance, "icp": profile}), lite=True)
    page = german.to_html()

    assert '<html lang="de">' in page
    assert "Woher die Zahlen kommen" in page
    assert "06.05.2026" in page
    assert "90,50 EUR" in page
    assert german.to_html() == report(german_results(some_results, profile), lite=True, language="de").to_html()


def german_results(results: Results, profile: dict[str, str]) -> Results:
    """The same results with that profile."""
    return replace(results, provenance={**results.provenance, "icp": profile})


def test_saving_is_whole_or_not_at_all(make_results: Callable[..., Results], tmp_path: Path) -> None:
    """The file holds exactly the page, nothing else is left behind, and an old file survives a failure."""
    target, results = tmp_path / "report.html", make_results(6)
    made = report(results, target, lite=True)

    assert target.read_text("utf-8") == made.to_html()
    assert made.path == target
    with pytest.raises(ConfigurationError):
        report(results, target, lite=True, max_bytes=10)
    assert [found.name for found in tmp_path.iterdir()] == ["report.html"]
    assert target.read_text("utf-8") == made.to_html()


@pytest.mark.parametrize("place", ["missing/report.html", "file/report.html", "folder"])
def test_an_unwritable_path_is_named(place: str, make_results: Callable[..., Results], tmp_path: Path) -> None:
    """The error names the path and what to do."""
    (tmp_path / "file").write_text("")
    (tmp_path / "folder").mkdir()
    with pytest.raises(ConfigurationError, match=place.replace("/", r".")):
        report(make_results(1), tmp_path / place, lite=True)


def test_something_else_is_refused_by_name() -> None:
    """A frame or an id is no report's food; the error says what is."""
    with pytest.raises(ConfigurationError, match=r"DataFrame.*order\.results\(\)"):
        report(pl.DataFrame())


def test_a_notebook_shows_the_report_in_a_frame_of_its_own(made: Callable[..., Report]) -> None:
    """The notebook's markup is one sandboxed frame without scripts, and the plain repr names no person."""
    shown = made(lite=False)
    found = parsed(shown._repr_html_())

    assert [tag for tag, _ in found.tags] == ["iframe"]
    frame = found.tags[0][1]
    assert "allow-scripts" not in frame["sandbox"]
    assert "<script" not in frame["srcdoc"]
    assert isinstance(shown, Report)
    assert "Lindqvist" not in repr(shown)


def joined(*parts: Results) -> Results:
    """Several orders in one Results."""
    return Results(
        companies=pl.concat([part.companies for part in parts]),
        prospects=pl.concat([part.prospects for part in parts]),
        provenance={**parts[0].provenance, "orders": [order for p in parts for order in p.provenance["orders"]]},
    )


def test_several_orders_are_compared(make_results: Callable[..., Results], made: Callable[..., Report]) -> None:
    """With two orders a row an order, the differences and five charts are added; with one there is none of it."""
    two = joined(make_results(40), make_results(12, order_id="order-2", seed=8))
    summary = report(two).summary

    assert [line.companies for line in summary.compared] == ["40", "12"]
    assert [line.is_small for line in summary.compared] == [False, True]
    assert len(summary.differences) + len(summary.unclear) == 3
    assert sum(chart.section == "compared" for chart in summary.charts) == 5
    assert made(lite=False).summary.compared == ()


@pytest.mark.parametrize("language", ["en", "de"])
def test_a_comparison_makes_a_report_of_its_own(language: str, make_results: Callable[..., Results]) -> None:
    """`report` takes a Comparison, and conceals what looks like a person in its titles."""
    first = make_results(40)
    first.provenance["orders"][0]["title"] = "For maja@firm0.example"
    compared = compare(joined(first, make_results(12, order_id="order-2", seed=8)))
    page = report(compared, lite=True, language=language).to_html()

    assert sum(tag == "svg" for tag, _ in parsed(page).tags) == 5
    assert "maja" not in page
    assert {"en": "25 companies of each profile", "de": "25 Firmen von jedem Profil"}[language] in page


def test_a_comparison_of_sandbox_orders_says_so(make_results: Callable[..., Results]) -> None:
    """The banner stands on a comparison as on results, and only where a company came from the sandbox."""
    two = joined(make_results(5), make_results(5, order_id="order-2", seed=8))
    live = replace(two, companies=two.companies.with_columns(source=pl.lit("live")))

    assert report(compare(two), lite=True).summary.is_sandbox
    assert 'class="banner"' in report(compare(two), lite=True).to_html()
    assert not report(compare(live), lite=True).summary.is_sandbox


def test_order_ids_are_fetched_from_a_client(some_results: Results, page_of: Callable[..., str]) -> None:
    """With client= one id or several are enough; without it the error says how to get results."""

    class Source:
        def results(self, orders):
            self.asked = orders
            return some_results

    source = Source()
    assert report("order-1", lite=True, client=source).to_html() == page_of(lite=True)
    assert source.asked == ["order-1"]
    with pytest.raises(ConfigurationError, match=r"order ids without client=.*client\.results"):
        report(["order-1"])


def test_an_unknown_option_is_refused(some_results: Results) -> None:
    """A misspelt option is named, not ignored."""
    with pytest.raises(TypeError, match="'lang'"):
        report(some_results, lang="de")


def test_page_one_promises_no_more_than_its_list(some_results):
    """A list that need only be expected to keep its limit is not called sure; a tiny one is, of no bounce at all."""
    sure, expected = send_list(some_results), send_list(some_results, promise="expected")
    promised = report(sure, lite=True).to_html()
    hoped = report(expected, lite=True).to_html()

    assert bool(sure.ways_out) == ("With 90% confidence not one of them bounces" in promised)
    assert "no more is promised" in hoped
    assert ("even if the odds" in promised, "even if the odds" in hoped) == (bool(sure.size), False)
    assert "confidence" not in hoped.split("<main>")[0]


def test_page_one_names_what_was_sent_before(some_results):
    """Where the limit counts other messages too, page one, its tile and the frontier say so, in both languages."""
    before = pl.DataFrame({"email": [f"x{n}@y.example" for n in range(2_000)], "bounced": [False] * 2_000})
    sending = send_list(some_results, outcomes=before)
    pages = {say: report(sending, lite=True, language=say).to_html() for say in ("en", "de")}

    assert "of this list; together with the 2,000 sent before at most 2% bounce" in pages["en"]
    assert pages["en"].count("2,000 sent before") > 2
    assert "dieser Liste; zusammen mit den 2.000 vorher gesendeten" in pages["de"]
    none = report(send_list(some_results, outcomes=before.with_columns(bounced=True)), lite=True).to_html()
    assert "Together with the 2,000 sent before, of which 2,000 bounced, no list" in none


def test_page_one_names_assumed_risks_and_asks_for_no_other_profile(some_results):
    """Where all risks were assumed page one says so, not that they are the vendor's; it judges no profile by them."""
    unstated = [pl.lit(None, pl.Float64).alias(name) for name in ("bounce_risk_score", "validation_confidence")]
    unrated = replace(some_results, prospects=some_results.prospects.with_columns(unstated))
    sending = send_list(unrated, 0.05, unknown_risk=1)
    page, seite = (report(sending, lite=True, language=say).to_html() for say in ("en", "de"))

    assert f"For {sending.assumed} addresses nobody states a bounce risk: 1% was assumed." in html.unescape(page)
    assert f"Zu {sending.assumed} Adressen nennt niemand ein Bounce-Risiko" in seite
    assert "Change the profile" not in page
    assert "vendor's word" not in html.unescape(page)
    assert "known risk" not in page


def test_orders_beside_each_other_name_their_profile_and_the_best_comes_first(make_results):
    """Whoever reads which profile to buy finds it in the table of orders, at its top."""
    orders = [make_results(60, order_id=name, seed=seed) for name, seed in (("a", 1), ("b", 2), ("c", 3))]
    together = Results.concat(orders)
    rows = report(together).summary.compared

    assert {row.profile for row in rows} == {"DACH robotics"}
    assert rows[0].is_best
    assert not any(row.is_best for row in rows[1:])


def test_several_profiles_say_where_the_next_money_goes(make_results):
    """Each profile has its line, as `op.plan` has it for as much money again; of one profile nothing is planned."""
    parts = []
    for name in ("first", "second"):
        one = make_results(60, order_id=name, seed=len(name))
        icp = {**one.provenance["icp"], "profile_name": f"Profile of Maja Lindqvist, {name}"}
        parts.append(replace(one, provenance={**one.provenance, "icp": icp, "icp_hash": name}))
    several = Results.concat(parts)
    planned = plan(several, budget=181.0).icps
    made, told = report(several), report(several, reveal=True, recipient="us")

    assert {line.name for line in told.summary.first.plan} == {*planned["icp"], "The rule"}
    for row in planned.iter_rows(named=True):
        (text,) = (line.text for line in told.summary.first.plan if line.name == row["icp"])
        assert f"Buy {row['now']} now" in text if row["buy"] else "None for now" in text
    assert "Where the next money goes" in made.to_html()
    assert "Lindqvist" not in made.to_html()
    assert report(parts[0], lite=True).summary.first.plan == ()
