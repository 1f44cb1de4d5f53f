"""Every value somebody holds has a face: the answer first, then its n and its doubt, and what to call next."""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest

import openprospect_nb as op
from openprospect_nb.api.buying.repeats import RepeatForecast
from openprospect_nb.frames.results import Results
from openprospect_nb.models import KeyInfo

BAD = "<script>alert(1)</script>\u202e"


def values(results: Results) -> dict[str, object]:
    """One of each value that analysis returns."""
    two = Results.concat([results, replace(results, companies=results.companies.with_columns(order_id=pl.lit("b")))])
    outcomes = pl.DataFrame(
        {"email": [f"p{k}@d{k}.example" for k in range(120)], "bounced": [k % 9 == 0 for k in range(120)]}
    )
    known = outcomes.select("email", bounce_risk_score=pl.Series([float(k % 40) for k in range(120)]))
    scored = op.score(results)
    best = scored.drop_nulls("score").sort("score", descending=True)["id"][0]
    return {
        "listed": op.send_list(results),
        "forecast": op.bounce_forecast(results),
        "compared": op.compare(two),
        "drivers": op.drivers(results),
        "what if": op.what_if(results),
        "calibration": op.calibrate(known, outcomes),
        "explained": op.explain(results, best),
        "overlap": op.overlap(two),
        "changes": op.diff(results, replace(results, companies=results.companies.head(20))),
        "freshness": op.freshness(results, replace(results, prospects=results.prospects.head(20))),
        "stale": op.stale(results, yearly=0.3),
        "plan": op.plan(results, budget=100, price_per_briefing=2),
        "settlement": op.settle(results),
        "ramp": op.ramp(op.send_list(results, 0.1), per_day=20, mailboxes=1),
        "repeats": RepeatForecast(of=50, expected=24.3, low=1.0, high=49.0, held=30, orders=2),
        "results": results,
        "icp": op.ICP(profile_name=BAD, ideal_customer_profile=BAD, seller_offering=BAD, target_countries=[BAD]),
        "key": KeyInfo(valid=True, scopes=("orders:read", BAD)),
    }


@pytest.fixture(scope="module")
def faces(make_results: Callable[..., Results]) -> dict[str, str]:
    """The HTML of each value, made of hostile texts."""
    plain = make_results(30)
    companies = plain.companies.with_columns(name=pl.lit(BAD), business_type=pl.lit(BAD), city=pl.lit(BAD))
    facts = {**plain.provenance, "orders": [{**plain.provenance["orders"][0], "title": BAD}]}
    spoilt = replace(plain, companies=companies, provenance=facts, errors={BAD: BAD})
    return {name: value._repr_html_() for name, value in values(spoilt).items()}


def test_each_face_answers_first(faces: dict[str, str]) -> None:
    """It is one card with an answer, and most name the next call."""
    for name, face in faces.items():
        assert face.count('class="op-card"') == 1, name
        assert re.search(r"font-weight:600[^>]*>[^<]+<", face), name
    assert sum("Next:" in face for face in faces.values()) >= 8


def test_hostile_text_stays_text(faces: dict[str, str]) -> None:
    """Whatever the vendor or a user wrote makes no element, and hides nothing."""
    for name, face in faces.items():
        assert "<script" not in face, name
        assert "\u202e" not in face, name


def test_the_text_says_as_much(make_results: Callable[..., Results]) -> None:
    """Whoever sees no HTML reads the numbers of the card's answer as well."""
    for name, value in values(make_results(30)).items():
        answer = re.search(r"font-weight:600[^>]*>([^<]+)<", value._repr_html_())
        assert answer is not None, name
        numbers = re.findall(r"\d[\d,.]*\d|\d", html.unescape(answer[1]))
        # 90% sure is as well said as a risk of 0.10.
        text = f"{value!r}\n{value}".replace(",", "").replace("<= 0.10", "90")
        assert not [each for each in numbers if each.replace(",", "").removesuffix(".0") not in text], name


def test_printed_a_value_says_all_of_its_card(make_results: Callable[..., Results]) -> None:
    """Every text of the card, table and next calls too, is in what `print` shows; three have sentences of their own."""
    for name, value in values(make_results(30)).items():
        face = re.sub(r"<style>.*?</style>", "", value._repr_html_(), flags=re.DOTALL)
        texts = [html.unescape(text).strip() for text in re.findall(r">([^<>]+)<", face)]
        printed = " ".join(str(value).split())
        if name not in {"explained", "repeats"}:
            assert not [text for text in texts if " ".join(text.split()) not in printed], name


def test_an_export_says_what_to_know(make_results: Callable[..., Results], tmp_path: Path) -> None:
    """How many rows went where, who was left out, and each note whole."""
    written = op.export(make_results(30), tmp_path / "leads.csv", target="hubspot")
    face = html.unescape(written._repr_html_())

    assert f"{written.rows} prospects written." in face
    assert written.notes
    assert not [note for note in written.notes if note not in face]


def test_no_face_names_a_person(make_results: Callable[..., Results]) -> None:
    """Names, addresses and phone numbers of prospects are in no card and no repr."""
    results = make_results(30)
    people = results.prospects
    traces = [
        *people["email"].drop_nulls(),
        *people["phone_number"].drop_nulls(),
        *people.select(pl.concat_str("first_name", "last_name", separator=" ").drop_nulls()).to_series(),
    ]
    for name, value in values(results).items():
        if name == "calibration":
            continue  # made of other persons
        shown = html.unescape(value._repr_html_()) + repr(value)
        assert not [trace for trace in traces if trace in shown], name


def test_the_list_says_the_promise_and_what_it_rests_on(make_results: Callable[..., Results]) -> None:
    """Size, limit, confidence and basis stand in the card as in the text."""
    listed = op.send_list(make_results(30), 0.1)
    face = html.unescape(listed._repr_html_())

    assert f"Mail {listed.size} people: at most 10.0% bounce, 90% sure" in face
    assert listed.basis in face
    assert "op.report(listed)" in face


def test_a_report_takes_the_list(make_results: Callable[..., Results]) -> None:
    """The list somebody made is the one page one is about; a list made of a frame is refused with the way out."""
    results = make_results(30)
    listed = op.send_list(results, 0.1)
    made = op.report(listed, lite=True)

    assert made.summary.first.tiles[4].value == str(listed.size)
    assert made.to_html() == op.report(results, lite=True, sending=listed).to_html()
    with pytest.raises(op.errors.ConfigurationError, match="sending=this_list"):
        op.report(op.send_list(op.contactable(results)))
