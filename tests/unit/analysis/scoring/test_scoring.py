import math
import random
from functools import partial

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.analysis_frames import companies, prospects
from support.examples import examples

from openprospect_nb.analysis import DEFAULT_WEIGHTS, Preferences
from openprospect_nb.analysis import score as best_first
from openprospect_nb.analysis.scoring.formula import checked_weights
from openprospect_nb.errors import ConfigurationError, ValidationError
from openprospect_nb.frames.results import Results

score = partial(best_first, sort=False)  # rows beside what they were made of

FULL = companies(
    [
        {"order_id": "o1", "id": "a", "match_score": 9.0, "city": "Berlin", "employee_count": 80},
        {"order_id": "o1", "id": "b", "match_score": None, "city": None, "employee_count": None},
        {"order_id": "o1", "id": "c", "match_score": 4.5, "city": "Ulm", "employee_count": 5},
        {"order_id": "o2", "id": "d", "match_score": 0.0, "city": " ", "employee_count": 900},
    ]
)
PEOPLE = prospects(
    [
        {"order_id": "o1", "company_id": "a", "job_title": "Geschäftsführerin", "qualification_score": 8.0,
         "email": "x@a.example", "bounce_risk_score": 8.0},
        {"order_id": "o1", "company_id": "a", "job_title": "Praktikant", "qualification_score": None,
         "email": "y@a.example", "bounce_risk_score": 90.0},
        {"order_id": "o1", "company_id": "b", "job_title": "Sales Manager", "qualification_score": 6.0,
         "email": None, "bounce_risk_score": None},
    ]
)  # fmt: skip
POINTS = [f"points_{name}" for name in DEFAULT_WEIGHTS]
ASSUMED = [f"assumed_{name}" for name in DEFAULT_WEIGHTS]


def row_of(frame, company):
    """Return one company's row as a dict."""
    return frame.row(by_predicate=pl.col("id") == company, named=True)


def test_the_default_weights_sum_to_one():
    """The declared weights of the formula sum to 1."""
    assert math.isclose(1.0, sum(DEFAULT_WEIGHTS.values()))


def test_a_score_is_the_declared_formula():
    """A fully known company scores 50 plus its points, and the points follow from the weights by hand."""
    row = row_of(score(FULL, prospects=PEOPLE), "a")

    assert row["score"] == pytest.approx(100 * (0.5 * 0.9 + 0.5 * 0.9 * 0.92))
    assert row["score"] == pytest.approx(50 + sum(row[name] or 0 for name in POINTS))
    assert [row[name] for name in ASSUMED] == [None] * 5
    assert row["points_reach"] == pytest.approx(25 * (0.5 - 2 * (1 - 0.9) * (1 + 0.92) / 2) * 1)
    assert row["reasons"] == [
        "+20 match 9/10",
        "+8 best contact with an e-mail Geschäftsführerin 90/100 by role and qualification",
        "+9 e-mail to this contact 92 % likely to arrive",
    ]


def test_unknown_is_neither_zero_nor_average():
    """A company without a match score has no fit points; what its order makes one expect is assumed, and said."""
    row = row_of(score(FULL, prospects=PEOPLE), "b")
    expected = (0.9 + 0.45 + 10 * 0.5) / 12

    assert row["points_fit"] is None
    assert row["assumed_fit"] == pytest.approx(50 * (expected - 0.5), abs=1e-5)
    assert row["known_share"] == pytest.approx(0.5)
    assert row["score"] == pytest.approx(50 * expected, abs=1e-5)
    assert "unknown: match score, assumed 5.3/10 (+1)" in row["reasons"]
    assert "-28 no e-mail that could arrive" in row["reasons"]


def test_an_order_without_contacts_says_nothing_about_its_companies():
    """No contact counts as none found only where the order delivered contacts to others."""
    scored = score(FULL, prospects=PEOPLE)

    assert row_of(scored, "c")["points_reach"] < 0
    assert row_of(scored, "d")["points_reach"] is None
    assert row_of(scored, "d")["points_deliverability"] is None


def test_with_nothing_known_the_score_is_null():
    """A company of which nothing is known has no score rather than a low one."""
    scored = score(companies([{"id": "a", "match_score": None}]))

    assert (scored["score"][0], scored["known_share"][0]) == (None, 0.0)


def test_a_value_out_of_range_is_unknown():
    """A match score of 11 or NaN is unknown, not the best."""
    scored = score(companies([{"id": "a", "match_score": 11.0}, {"id": "b", "match_score": float("nan")}]))

    assert scored["points_fit"].to_list() == [None, None]


def test_only_the_needed_columns_are_needed():
    """Two columns are enough, and integers from someone's CSV do as well."""
    scored = score(pl.DataFrame({"id": [1, 2], "match_score": [10, 0]}))

    assert scored["score"].to_list() == [74.0, 24.0]
    assert scored["known_share"].to_list() == [0.5, 0.5]


def test_a_missing_column_is_named():
    """The error names the missing columns and what is there instead."""
    with pytest.raises(ValidationError, match=r"match_score: is not in the frame.*firm") as caught:
        score(pl.DataFrame({"firm": ["a"]}))

    assert [problem.field for problem in caught.value.fields] == ["id", "match_score"]


def test_text_where_numbers_belong_is_refused_by_name():
    """A text column of scores is named, not failed on deep inside an engine."""
    with pytest.raises(ValidationError, match="match_score: holds String"):
        score(pl.DataFrame({"id": ["a"], "match_score": ["high"]}))


@pytest.mark.parametrize(
    ("weights", "message"),
    [
        ({"fit": 0.5}, "sum to 0.5"),
        ({"fit": 1.5, "reach": -0.5}, "not 0 to 1"),
        ({"fitness": 1.0}, "is not a component"),
        ({"fit": 0.5, "preference": 0.5}, "preferences: are not given"),
        ({"fit": float("nan")}, "not 0 to 1"),
    ],
)
def test_weights_are_checked(weights, message):
    """Weights that do not sum to 1, are out of range, unknown or without object are refused by name."""
    with pytest.raises(ValidationError, match=message):
        score(FULL, weights)


def test_weights_given_are_the_weights_used():
    """Named components keep their weights, the others weigh nothing; preferences take their share only when given."""
    none = dict.fromkeys(DEFAULT_WEIGHTS, 0.0)

    assert checked_weights({"fit": 0.25, "reach": 0.75}, has_preferences=False) == none | {"fit": 0.25, "reach": 0.75}
    assert checked_weights({"fit": 1, "reach": 0}, has_preferences=False) == none | {"fit": 1.0}
    assert checked_weights({"preference": 1.0}, has_preferences=True) == none | {"preference": 1.0}
    assert checked_weights(None, has_preferences=False) == DEFAULT_WEIGHTS
    assert checked_weights(None, has_preferences=True) == pytest.approx(
        {"fit": 0.425, "reach": 0.2125, "deliverability": 0.2125, "completeness": 0.0, "preference": 0.15}
    )
    weighed = score(FULL, {"fit": 0.25, "reach": 0.75}, prospects=PEOPLE)
    assert row_of(weighed, "a")["score"] == pytest.approx(100 * (0.25 * 0.9 + 0.75 * 0.9))


def test_all_that_is_wrong_with_weights_is_said_by_name():
    """Each weight at fault is a field of the error, with what is there instead."""
    with pytest.raises(ValidationError, match=r"^the weights cannot be used") as caught:
        checked_weights({"fitness": 0.5, "fit": 1.5, "preference": 0.5}, has_preferences=False)

    known = "fit, reach, deliverability, completeness, preference"
    assert [(problem.field, problem.message) for problem in caught.value.fields] == [
        ("weights['fitness']", f"is not a component; there are {known}"),
        ("weights['fit']", "is 1.5, not 0 to 1"),
        ("weights", "sum to 2.5, not to 1"),
        ("preferences", "are not given, though weights name them"),
    ]
    assert caught.value.next_step == "Correct the weights."


@pytest.mark.parametrize("thing", [3, "companies", [1], None, {"id": [1]}])
def test_what_is_no_frame_is_refused(thing):
    """Something that is no frame is refused with what to give instead."""
    with pytest.raises(ConfigurationError, match="Polars, DuckDB or Spark"):
        score(thing)


def test_preferences_weigh_in_when_given():
    """Met, missed and unknown preferences count as one component of 15 points."""
    wished = Preferences(employees=(50, 100), cities=("berlin",))
    scored = score(FULL, preferences=wished)

    assert row_of(scored, "a")["points_preference"] == pytest.approx(100 * 0.15 * 0.5, abs=1e-5)
    assert row_of(scored, "b")["points_preference"] is None
    assert row_of(scored, "b")["assumed_preference"] == 0  # one of the two others meets them
    assert row_of(scored, "c")["points_preference"] < 0


def test_technologies_are_a_preference():
    """One wanted technology is enough; an unanalysed company stays unknown."""
    frame = companies(
        [
            {"id": "a", "match_score": 5.0, "web_technologies": ["Shopware", "React"]},
            {"id": "b", "match_score": 5.0, "web_technologies": []},
            {"id": "c", "match_score": 5.0, "web_technologies": None},
        ]
    )
    scored = score(frame, preferences=Preferences(technologies=("React", "Vue")))

    assert [value and round(value, 1) for value in scored["points_preference"]] == [7.5, -7.5, None]


def test_results_in_companies_out_in_order():
    """A Results gives its companies in their own order if asked to, all columns kept, what was asked for first."""
    scored = score(Results(companies=FULL, prospects=PEOPLE))

    assert scored["id"].to_list() == ["a", "b", "c", "d"]
    own = [column for column in FULL.columns if column != "name"]
    first = ["score", *(["name"] if "name" in FULL.columns else []), "reasons"]
    assert scored.columns == [*first, *own, "known_share", *POINTS, *ASSUMED]


def test_the_contacts_of_a_results_count():
    """The prospects of a Results are used unless others are given."""
    results = Results(companies=FULL, prospects=PEOPLE)

    assert score(results).equals(score(FULL, prospects=PEOPLE))
    assert score(results)["points_reach"].drop_nulls().len() > 0
    assert score(results, prospects=PEOPLE.clear())["points_reach"].drop_nulls().len() == 0


def test_a_blank_fact_is_no_fact():
    """Completeness counts the facts that are there; an empty text and a blank one are not."""
    cities = {"a": "Ulm", "b": "", "c": "  ", "d": None}
    frame = companies([{"id": name, "match_score": 5.0, "city": city} for name, city in cities.items()])
    scored = score(frame, {"completeness": 1.0})

    assert scored["score"].to_list() == [100.0, 0.0, 0.0, 0.0]


def test_what_weighs_nothing_is_no_reason():
    """A component without weight is not named, not even as unknown."""
    reasons = score(FULL, {"fit": 1.0}, prospects=PEOPLE)["reasons"].to_list()

    assert reasons == [
        ["+40 match 9/10"],
        ["unknown: match score, assumed 5.3/10 (+3)"],
        ["-5 match 4.5/10"],
        ["-50 match 0/10"],
    ]


def test_the_frame_at_fault_is_named():
    """With two frames the error says which of them lacks a column."""
    with pytest.raises(ValidationError, match=r"^companies lacks a needed column"):
        score(pl.DataFrame({"id": ["a"]}))
    with pytest.raises(ValidationError, match=r"^prospects lacks a needed column"):
        score(FULL, prospects=pl.DataFrame({"email": ["a@b.example"]}))


def test_scoring_again_replaces_the_columns():
    """Scoring a scored frame gives the same frame, not a second set of columns."""
    once = score(FULL, prospects=PEOPLE)

    assert score(once, prospects=PEOPLE).equals(once)


def test_an_empty_frame_stays_empty():
    """No companies in, no companies out, with all columns."""
    assert "score" in score(FULL.clear(), prospects=PEOPLE.clear()).columns


def test_every_engine_gives_the_same(engine):
    """Polars lazy, DuckDB and Spark give the eager Polars answer, in kind."""
    wished = Preferences(employees=(50, 100), cities=("Berlin",))
    expected = score(FULL, prospects=PEOPLE, preferences=wished).to_dicts()
    found = engine.take(score(engine.give(FULL), prospects=engine.give(PEOPLE), preferences=wished))

    for left, right in zip(expected, sorted(found, key=lambda row: row["id"]), strict=True):
        assert left["reasons"] == right["reasons"]
        for name in ("score", "known_share", *POINTS, *ASSUMED):
            assert right[name] == (None if left[name] is None else pytest.approx(left[name], rel=1e-9, abs=1e-9))


scores = st.one_of(st.none(), st.floats(0, 10, allow_nan=False))
firm = st.fixed_dictionaries({"match_score": scores, "city": st.sampled_from([None, "Ulm"])})


@settings(max_examples=examples(40))
@given(st.lists(firm, min_size=1, max_size=8), st.randoms(use_true_random=False))
def test_row_order_does_not_matter(rows, chance: random.Random):
    """Shuffling the companies shuffles the scores and changes none."""
    frame = companies([{"id": str(number), **row} for number, row in enumerate(rows)])
    mixed = frame.sample(fraction=1, shuffle=True, seed=chance.randint(0, 99))

    assert score(frame).sort("id").equals(score(mixed).sort("id"))


@settings(max_examples=examples(40))
@given(st.lists(firm, min_size=1, max_size=5))
def test_a_duplicated_order_changes_no_score(rows):
    """Holding the same order twice leaves every score as it was."""
    frame = companies([{"id": str(number), **row} for number, row in enumerate(rows)])
    people = prospects([{"company_id": "0", "job_title": "CEO", "email": "a@b.example", "bounce_risk_score": 5.0}])
    twice = score(pl.concat([frame, frame]), prospects=pl.concat([people, people]))

    assert twice.head(frame.height).equals(score(frame, prospects=people))


values = st.integers(0, 100).map(float)  # fractions alone would be refused as shares


@settings(max_examples=examples(15))
@given(st.lists(st.tuples(values, values, values, values), min_size=10, max_size=10))
def test_better_in_one_part_is_never_worse_in_all(cases):
    """Raising match or qualification, or lowering the bounce risk, never lowers the score; each case is an order."""
    firms, people = [], []
    for order, (match, qualified, risk, raised) in enumerate(cases):
        tried = [(match, qualified, risk), (max(match, raised), qualified, risk),
                 (match, max(qualified, raised), risk), (match, qualified, min(risk, raised))]  # fmt: skip
        for n, (m, q, r) in enumerate(tried):
            key = {"order_id": str(order), "company_id": f"{order}-{n}"}
            firms.append({"order_id": key["order_id"], "id": key["company_id"], "match_score": m / 10})
            people.append(
                key | {"qualification_score": q / 10, "email": f"{n}@b{order}.example", "bounce_risk_score": r}
            )
    found = score(companies(firms), prospects=prospects(people))["score"].to_list()
    for order, case in enumerate(cases):
        before, *after = found[4 * order : 4 * order + 4]
        assert min(after) >= before - 1e-5, case


def test_the_best_comes_first_with_its_reasons():
    """Score, name and reasons are the first columns, the best company the first row, equal ones in their order."""
    frame = companies(
        [{"id": key, "name": key, "match_score": match} for key, match in zip("abcd", (3, 9, None, 9), strict=True)]
    )
    scored = best_first(frame)

    assert scored.columns[:3] == ["score", "name", "reasons"]
    assert scored["id"].to_list()[:2] == ["b", "d"]
    assert scored["score"].drop_nulls().is_sorted(descending=True)
    assert best_first(frame.lazy()).collect()["id"].to_list() == ["a", "b", "c", "d"]
    assert best_first(frame.lazy(), sort=True).collect()["id"].to_list() == scored["id"].to_list()
