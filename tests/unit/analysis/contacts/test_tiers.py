from datetime import UTC, datetime

import narwhals.stable.v2 as nw
import polars as pl
import pytest
from support.analysis_frames import companies, prospects

from openprospect_nb.analysis import RULES, TIERS, bounce_forecast, compare, contactable, score, what_if
from openprospect_nb.analysis.contacts.tiers import with_tier
from openprospect_nb.analysis.table import collect, open_table
from openprospect_nb.errors import ValidationError
from openprospect_nb.frames.results import Results

NOW = datetime(2026, 11, 22, tzinfo=UTC)


CASES = [
    ({"email": None}, "no_email", "no_email"),
    ({"email": "  "}, "no_email", "no_email"),
    ({"email": "x@@firm.example"}, "no_email", "malformed"),
    ({"email": "x y@firm.example"}, "no_email", "malformed"),
    ({"email": "x@localhost"}, "no_email", "malformed"),
    ({"email": "x@firm.invalid"}, "no_email", "malformed"),
    ({"email": "x@never.example"}, "suppressed", "suppressed"),
    ({"email": "ONE@firm.example"}, "suppressed", "suppressed"),
    ({"email": "x@mailinator.com"}, "role_or_free", "disposable"),
    ({"email": "Info@firm.example"}, "role_or_free", "role"),
    ({"email": "vertrieb+dach@firm.example"}, "role_or_free", "role"),
    ({"email": "x@firm.example", "email_type": "GENERIC"}, "role_or_free", "role_type"),
    ({"email": "x@gmx.de", "bounce_risk_score": 1.0}, "role_or_free", "free_mail"),
    ({"email": "x@firm.example", "email_type": "CATCH_ALL", "bounce_risk_score": 1.0}, "uncertain", "catch_all"),
    ({"email": "x@firm.example"}, "uncertain", "unknown_risk"),
    ({"email": "x@firm.example", "bounce_risk_score": 5.0}, "verified", "verified"),
    ({"email": "x@firm.example", "bounce_risk_score": 5.0, "validation_confidence": 80.0}, "likely", "likely"),
    ({"email": "x@firm.example", "bounce_risk_score": 8.0, "validation_confidence": 96.0}, "verified", "validated"),
    ({"email": "x@firm.example", "bounce_risk_score": 20.0}, "likely", "likely"),
    ({"email": "x@firm.example", "bounce_risk_score": 20.1}, "uncertain", "high_risk"),
    ({"email": "x@firm.example", "bounce_risk_score": 101.0}, "uncertain", "unknown_risk"),
    ({"email": "j.müller@bäcker.example", "bounce_risk_score": 2.0}, "verified", "verified"),
]


@pytest.mark.parametrize(("row", "tier", "rule"), CASES)
def test_the_first_rule_that_fits_places_a_prospect(row, tier, rule):
    """Each rule places the prospects it is about, and says so."""
    base = {"email": None, "email_type": None, "bounce_risk_score": None, "validation_confidence": None}
    placed = contactable(prospects([base | row]), suppressed=["never.example", " One@Firm.example"]).row(0, named=True)

    assert (placed["tier"], placed["rule"]) == (tier, rule)
    assert placed["why"] == next(r.why for r in RULES if r.name == rule)


def test_every_rule_is_tried():
    """A new rule needs a case above; what counts as stale depends on a moment and is tried below."""
    assert {rule for _, _, rule in CASES} == {rule.name for rule in RULES} - {"stale"}


def test_rules_have_names_and_known_tiers():
    """Rule names are unique, and every rule leads to a declared tier."""
    assert len({rule.name for rule in RULES}) == len(RULES)
    assert {rule.tier for rule in RULES} == set(TIERS)


PEOPLE = prospects(
    [
        {"company_id": "a", "id": "1", "email": "x@a.example", "job_title": "Praktikant", "bounce_risk_score": 1.0,
         "qualification_score": 5.0},
        {"company_id": "a", "id": "2", "email": "y@a.example", "job_title": "CEO", "bounce_risk_score": 1.0,
         "qualification_score": 5.0},
        {"company_id": "a", "id": "3", "email": "z@a.example", "job_title": "CEO", "bounce_risk_score": 1.0,
         "qualification_score": 9.0},
        {"company_id": "b", "id": "4", "email": None},
        {"company_id": "b", "id": "5", "email": "w@b.example", "bounce_risk_score": 12.0},
        {"company_id": None, "id": "6", "email": "v@c.example", "bounce_risk_score": 13.0},
        {"company_id": None, "id": "7", "email": "u@c.example", "bounce_risk_score": 14.0},
    ]
)  # fmt: skip


def test_the_best_come_first():
    """Order is tier, risk, qualification, seniority; everyone is still there."""
    assert contactable(PEOPLE)["id"].to_list() == ["3", "2", "1", "5", "6", "7", "4"]


def test_one_best_prospect_a_company():
    """On request one prospect a company is kept, the best; those of no company stand for themselves."""
    assert contactable(PEOPLE, best_only=True)["id"].to_list() == ["3", "5", "6", "7"]


def test_only_the_asked_tiers():
    """A choice of tiers keeps just those."""
    assert contactable(PEOPLE, tiers=["likely"])["id"].to_list() == ["5", "6", "7"]


def test_age_counts_only_against_a_stated_moment():
    """Without as_of nothing is stale; with it, what is older than 90 days is, unless validated since."""
    firms = companies([{"id": "a", "name": "A"}]).with_columns(
        delivered_at=pl.lit(datetime(2026, 5, 1, tzinfo=UTC)).cast(pl.Datetime("us", "UTC"))
    )
    people = prospects([{"company_id": "a", "email": "x@a.example", "bounce_risk_score": 1.0}])
    results = Results(companies=firms, prospects=people)
    validated = people.with_columns(validated_at=pl.lit(datetime(2026, 11, 1, tzinfo=UTC)))

    assert contactable(results)["tier"].to_list() == ["verified"]
    assert contactable(results, as_of=NOW)["tier"].to_list() == ["stale"]
    assert contactable(results, as_of=NOW, max_age_days=300)["tier"].to_list() == ["verified"]
    assert contactable(Results(companies=firms, prospects=validated), as_of=NOW)["tier"].to_list() == ["verified"]


def test_bad_questions_are_refused_by_name():
    """An unknown tier and a time without zone are both named."""
    with pytest.raises(ValidationError, match=r"tiers: has no 'best'.*as_of: has no time zone"):
        contactable(PEOPLE, tiers=["best"], as_of=datetime(2026, 1, 1))  # noqa: DTZ001 - that is the point


def test_best_only_needs_the_company():
    """One prospect a company cannot be chosen without knowing the company."""
    with pytest.raises(ValidationError, match="company_id: is not in the frame"):
        contactable(PEOPLE.drop("company_id"), best_only=True)


def test_a_forecast_sees_the_tiers_of_contactable(engine):
    """The short way to a tier, which forecasts and lists take, is that of `contactable`, on each engine."""
    base = {"email": None, "email_type": None, "bounce_risk_score": None, "validation_confidence": None}
    people = prospects([base | row for row, _, _ in CASES])
    table = open_table(engine.give(people), name="prospects", required=("email",))
    found = collect(with_tier(table).select("email", "tier"), ["email", "tier"])

    assert sorted(found.rows(), key=str) == sorted(contactable(people).select("email", "tier").rows(), key=str)


def test_a_risk_that_only_the_validation_tells_is_one_in_every_function(engine):
    """Where rows with both tell what a confidence means, tiers, forecasts, scores and comparisons all go by it."""
    both = [{"bounce_risk_score": risk, "validation_confidence": told} for risk, told in ((2.0, 98.0), (60.0, 40.0))]
    rows = [{"company_id": f"c{n}", "email": f"p{n}@d{n}.example", "job_title": "CEO", **both[n % 2]}
            for n in range(60)]  # fmt: skip
    rows += [{"company_id": f"m{n}", "email": f"q{n}@e{n}.example", "job_title": "CEO", "bounce_risk_score": None,
              "validation_confidence": told} for n, told in enumerate((98.0, 40.0, None))]  # fmt: skip
    people = prospects(rows)
    firms = companies([{"order_id": "o", "id": row["company_id"], "match_score": 9.0} for row in rows])
    tiers = {row["email"]: row["tier"] for row in engine.take(contactable(engine.give(people)))}
    points = dict(score(firms, prospects=people).select("id", "points_deliverability").rows())
    compared = compare(firms, prospects=people).orders.row(0, named=True)

    assert [tiers[f"q{n}@e{n}.example"] for n in range(3)] == ["verified", "uncertain", "uncertain"]
    assert dict(bounce_forecast(engine.give(people)).by_tier.select("tier", "n").rows()) == {
        "verified": 31, "uncertain": 31,
    }  # fmt: skip
    assert (points["m0"], points["m1"]) == (points["c0"], points["c1"])
    assert (compared["contactable"], compared["risk_known"], what_if(firms, prospects=people).prospects_kept) == (
        31, 31, 31,
    )  # fmt: skip


def test_an_empty_frame_stays_empty():
    """Nobody in, nobody out, with the columns."""
    assert contactable(PEOPLE.clear()).columns == ["tier", "why", *PEOPLE.columns, "rule"]


def test_every_engine_gives_the_same(engine):
    """Polars lazy, DuckDB and Spark place everyone alike and give them in the same order, in kind."""
    options = {"suppressed": ["c.example"], "best_only": True, "as_of": NOW}

    assert engine.take(contactable(engine.give(PEOPLE), **options)) == contactable(PEOPLE, **options).to_dicts()


def test_age_is_judged_alike_on_every_engine(engine):
    """Times with a zone mean the same moment on each engine, whatever the session's zone."""
    utc = pl.Datetime("us", "UTC")
    days = [datetime(2026, 8, 24, 0, 30, tzinfo=UTC), datetime(2026, 8, 23, 23, 30, tzinfo=UTC), None]
    people = prospects(
        [{"email": f"p{n}@a.example", "bounce_risk_score": 1.0, "delivered_at": day} for n, day in enumerate(days)],
        delivered_at=utc,
    )
    placed = contactable(engine.give(people), as_of=NOW)
    tiers = {row["email"]: row["tier"] for row in engine.take(_without_times(placed))}

    assert tiers == {"p0@a.example": "verified", "p1@a.example": "stale", "p2@a.example": "verified"}


def _without_times(native):
    """Return only address and tier, since DuckDB needs pytz to hand out times with a zone."""
    return nw.from_native(native).select("email", "tier").to_native()


def test_results_and_their_frame_are_answered_alike():
    """Whether companies are looked at before the tiers or only beside them after: rows and columns are the same."""
    delivered = companies([{"id": "a", "name": "Acme"}, {"id": "b", "name": "Bolt"}]).with_columns(
        delivered_at=pl.lit(NOW)
    )
    people = prospects(
        [
            {"company_id": "b", "email": "x@bolt.example", "bounce_risk_score": 30.0},
            {"company_id": "a", "email": "y@acme.example", "bounce_risk_score": 3.0},
            {"company_id": "none", "email": "z@else.example", "bounce_risk_score": 12.0},
        ]
    )
    results = Results(companies=delivered, prospects=people)
    plain = contactable(results)

    assert plain["email"].to_list() == ["y@acme.example", "z@else.example", "x@bolt.example"]
    assert plain["company_name"].to_list() == ["Acme", None, "Bolt"]
    assert plain.equals(contactable(results, suppressed=["nobody@never.example"]))
    assert plain.equals(contactable(results, as_of=NOW))
    assert plain.select(people.columns).equals(contactable(people).select(people.columns))
