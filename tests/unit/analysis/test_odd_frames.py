"""Frames as they come from someone's CSV: blanks, nonsense, NaN, nulls; the same answer on Polars and DuckDB."""

import math
import re

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support.analysis_frames import Duck, companies, prospects
from support.examples import examples

from openprospect_nb.analysis import (
    bounce_forecast,
    contactable,
    dedupe,
    dedupe_prospects,
    exclude,
    score,
    send_list,
)
from openprospect_nb.errors import ValidationError

text = st.sampled_from(
    [
        None, "", " ", "a@b.example", "A@B.example ", "x@@y", "ü@müller.de", "info@x.example", "a@b", "a b@c.de",
        "x'y@z.example", "%@_.de", "a@b.example\n", "a@gmail.com", "İ@x.example", "ẞ@x.example", "a@[1.2.3.4]", "@",
        "a+b@c.example", "a@.example", "very" * 30 + "@x.de", "'; drop table p; --", "=1+1",
    ]
)  # fmt: skip
number = st.sampled_from([None, 0.0, 0.1, 5.0, 10.0, 20.0, 50.0, 100.0, 101.0, -1.0, math.nan, math.inf])
PERSON = {
    "company_id": st.sampled_from([None, "", "a", "b"]),
    "id": st.sampled_from([None, "1", "2", "3"]),
    "email": text,
    "email_type": st.sampled_from([None, "PERSONAL", "Catch-All", "role"]),
    "job_title": st.sampled_from([None, "", "CEO", "GESCHÄFTSFÜHRER", "VP (Sales)"]),
    "bounce_risk_score": number,
    "validation_confidence": number,
    "qualification_score": number,
    "first_name": text,
    "last_name": text,
}
FIRM = {
    "id": st.sampled_from([None, "a", "b", "c"]),
    "name": text,
    "website_url": text,
    "city": text,
    "match_score": number,
    "source_id": text,
}


@pytest.fixture(scope="module")
def duck():
    """Return one DuckDB for all examples."""
    return Duck()


def same(rows, others, names):
    """Whether two sets of rows agree in these columns, whatever their order."""

    def plain(found):
        kept = [[round(row[name], 6) if isinstance(row[name], float) else row[name] for name in names] for row in found]
        return sorted(kept, key=repr)

    return plain(rows) == plain(others)


@pytest.mark.slow
@given(st.lists(st.fixed_dictionaries(PERSON), min_size=1, max_size=6))
@settings(max_examples=examples(8), suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_odd_prospects_mean_the_same_on_both_engines(duck, rows):
    """Tiers, duplicates, forecast and list of odd prospects are equal on Polars and DuckDB, and nothing breaks.

    Percentages that may be fractions are refused on both.
    """
    here, there = prospects(rows), duck.give(prospects(rows))
    try:
        left = bounce_forecast(here)
    except ValidationError as error:
        with pytest.raises(ValidationError, match=re.escape(str(error)[:60])):
            bounce_forecast(there)
        return
    right, listed = bounce_forecast(there), send_list(here, 0.2, 0.8)

    assert same(contactable(here).to_dicts(), duck.take(contactable(there)), ("id", "email", "tier", "rule"))
    assert same(dedupe_prospects(here).to_dicts(), duck.take(dedupe_prospects(there)), ("id", "cluster_id", "rule"))
    assert (left.n, left.unknown, left.not_sendable, left.low, left.high) == (
        right.n, right.unknown, right.not_sendable, right.low, right.high,
    )  # fmt: skip
    assert left.expected == pytest.approx(right.expected)
    assert listed.size == listed.prospects.height == len(duck.take(send_list(there, 0.2, 0.8).prospects))


@given(st.lists(st.fixed_dictionaries(FIRM), min_size=1, max_size=5))
@settings(max_examples=examples(8), suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_odd_companies_mean_the_same_on_both_engines(duck, rows):
    """Scores, duplicates and exclusions of odd companies are equal on Polars and DuckDB, and nothing breaks."""
    here, there = companies(rows), duck.give(companies(rows))

    assert same(score(here).to_dicts(), duck.take(score(there)), ("id", "score", "known_share", "reasons"))
    assert same(dedupe(here).to_dicts(), duck.take(dedupe(there)), ("id", "cluster_id", "rule"))
    names = ("id", "excluded", "excluded_tier", "excluded_by")
    try:
        left = exclude(here, here, name_only=True).to_dicts()
    except ValidationError as error:  # companies without name, web site and id say nobody
        with pytest.raises(ValidationError, match=re.escape(str(error)[:60])):
            exclude(there, there, name_only=True)
    else:
        assert same(left, duck.take(exclude(there, there, name_only=True)), names)
