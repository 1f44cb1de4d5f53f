import random
from itertools import pairwise

import polars as pl
import pytest
from scipy import stats
from support.analysis_frames import prospects

from openprospect_nb.analysis import Calibration, bounce_forecast, contactable, send_list
from openprospect_nb.analysis.bounces.belief import DOMAIN_SHARE
from openprospect_nb.analysis.bounces.calibration import Knot
from openprospect_nb.analysis.bounces.forecast import BY_DOMAIN
from openprospect_nb.errors import ConfigurationError, ValidationError
from openprospect_nb.frames.results import Results

PEOPLE = prospects(
    [
        {"email": "a@one.example", "bounce_risk_score": 2.0},
        {"email": "b@one.example", "bounce_risk_score": 10.0},
        {"email": "c@two.example", "bounce_risk_score": 50.0},
        {"email": "d@two.example", "bounce_risk_score": None},
        {"email": None, "bounce_risk_score": 99.0},
        {"email": "A@One.example ", "bounce_risk_score": 4.0},
    ]
)


def test_a_forecast_counts_addresses_and_names_what_it_leaves_out():
    """Unknown risk, missing addresses and repeated addresses are counted apart; a repeat takes the higher risk."""
    forecast = bounce_forecast(PEOPLE)

    assert (forecast.n, forecast.unknown, forecast.not_sendable, forecast.duplicates) == (3, 1, 1, 1)
    assert forecast.expected == pytest.approx(0.04 + 0.10 + 0.50)
    assert forecast.rate == pytest.approx(0.64 / 3)


def test_a_forecast_agrees_with_hand_counting():
    """P(rate > 2 %) of three prospects is the chance that anyone bounces, with the shared domain worked by hand."""
    forecast = bounce_forecast(PEOPLE, domain_share=0.5, doubt=1)
    quiet_domain = {share: share * 0.9 + (1 - share) * 0.96 * 0.9 for share in (0.0, 0.5)}

    assert forecast.p_over == pytest.approx(max(1 - quiet * 0.5 for quiet in quiet_domain.values()))
    assert (forecast.low, forecast.high) == (0, 2)


def test_an_interval_leaves_as_much_on_either_side():
    """Of equal risks on different domains the interval is the binomial's, and the forecast says it is exact."""
    people = prospects([{"email": f"p@d{n}.example", "bounce_risk_score": 10.0} for n in range(200)])
    forecast = bounce_forecast(people, limit=0.12, interval=0.8, doubt=1)
    expected = stats.binom(200, 0.1)

    assert (forecast.low, forecast.high) == (expected.ppf(0.1), expected.ppf(0.9))
    assert forecast.p_over == pytest.approx(expected.sf(24))
    assert (forecast.is_exact, forecast.is_calibrated, forecast.domain_share) == (True, False, DOMAIN_SHARE)


def flat(value, variance, share=0.0):
    """Return a calibration that says the same of everybody."""
    return Calibration(
        knots=(Knot(0.0, value), Knot(1.0, value)), covariance=((variance, variance), (variance, variance)),
        domain_share=share, domain_share_high=share, n=100, bounced=20, brier_before=0.2, brier_after=0.1,
        reliability=pl.DataFrame(),
    )  # fmt: skip


def test_a_calibration_corrects_the_risks_and_widens_the_interval():
    """The map's values take the place of the stated risks; its error and its domain share are part of the forecast."""
    people = prospects([{"email": f"p@d{n}.example", "bounce_risk_score": 5.0} for n in range(100)])
    sure, unsure = (bounce_forecast(people, limit=0.25, calibration=flat(0.2, error, 0.1)) for error in (0.0, 0.2))

    assert (sure.expected, sure.is_calibrated, sure.domain_share) == (pytest.approx(20.0), True, 0.1)
    assert stats.binom(100, 0.2).sf(25) < sure.p_over < unsure.p_over
    assert unsure.high > sure.high
    assert bounce_forecast(people, calibration=flat(0.2, 0.0), domain_share=0.7).domain_share == 0.7


def test_a_forecast_says_what_it_rests_on():
    """The vendor's word is called so, with the doubt about it; outcomes are counted."""
    people = prospects([{"email": f"p@d{n}.example", "bounce_risk_score": 5.0} for n in range(10)])

    assert "vendor's word, odds up to 2 times as high" in repr(bounce_forecast(people))
    assert "vendor's word taken as true" in repr(bounce_forecast(people, doubt=1))
    assert "measured on 100 outcomes" in repr(bounce_forecast(people, calibration=flat(0.1, 0.0)))


def test_a_stated_zero_is_no_certainty():
    """A thousand stated zeros may bounce, and the interval says so."""
    people = prospects([{"email": f"p@d{n}.example", "bounce_risk_score": 0.0} for n in range(1000)])
    forecast = bounce_forecast(people)

    assert forecast.expected == pytest.approx(5.0)
    assert (forecast.low, forecast.high) != (0, 0)
    assert forecast.high >= 10


@pytest.mark.parametrize("factor", [0.5, 1.0, 2.0])
def test_an_interval_covers_vendors_between_half_and_double(factor):
    """Where true odds are half, the same or double the stated, the 90 % interval holds nearly always."""
    chance = random.Random(round(10 * factor))
    risks = [round(100 * chance.betavariate(0.8, 9), 1) for _ in range(400)]
    people = prospects([{"email": f"p@d{n}.example", "bounce_risk_score": risk} for n, risk in enumerate(risks)])
    forecast = bounce_forecast(people)
    odds = [factor * risk / (100 - risk) for risk in risks]
    held = sum(forecast.low <= sum(chance.random() < o / (1 + o) for o in odds) <= forecast.high for _ in range(200))

    assert held >= 176


def test_a_shared_domain_never_narrows_a_forecast():
    """A hundred people on one domain have no higher low and no lower high than on domains of their own."""
    together, apart = (
        bounce_forecast(prospects([{"email": f"p{n}@{host(n)}", "bounce_risk_score": 10.0} for n in range(100)]))
        for host in (lambda _: "one.example", lambda n: f"d{n}.example")
    )

    assert (together.low, together.high) == (min(together.low, apart.low), max(together.high, apart.high))
    assert together.p_over >= apart.p_over
    assert together.expected == pytest.approx(apart.expected)


def test_a_tier_has_rates_of_its_own():
    """Each tier that is there has its rate and its chance to exceed the limit; one that is not there has no row."""
    people = prospects(
        [{"email": f"p@d{n}.example", "bounce_risk_score": 20.0, "validation_confidence": 60.0} for n in range(10)]
        + [{"email": "q@e.example", "bounce_risk_score": 90.0}]
    )
    rows = bounce_forecast(people, limit=0.3, doubt=1).by_tier.rows(named=True)
    likely = stats.binom(10, 0.2)

    assert [row["n"] for row in rows] == [10, 1]
    assert "verified" not in [row["tier"] for row in rows]
    assert [row["rate"] for row in rows] == pytest.approx([0.2, 0.9])
    assert [row["p_over"] for row in rows] == pytest.approx([likely.sf(3), 0.9])
    assert (rows[0]["low"], rows[0]["high"]) == (likely.ppf(0.05), likely.ppf(0.95))


@pytest.mark.parametrize(
    ("share", "risks", "p_all"),
    [(0.5, (20.0, 40.0), 0.5 * 0.2 + 0.5 * 0.08), (1.0, (100.0, 100.0), 1.0), (0.9, (30.0,), 0.3)],
)
def test_a_domain_is_lost_by_one_die_or_by_chance(share, risks, p_all):
    """The chance that every address of a domain bounces follows from the shared fate, by hand."""
    people = prospects([{"email": f"{n}@one.example", "bounce_risk_score": risk} for n, risk in enumerate(risks)])
    row = bounce_forecast(people, domain_share=share).by_domain.row(0, named=True)

    assert row["p_all"] == pytest.approx(p_all)
    assert row["rate"] == pytest.approx(sum(risks) / 100 / len(risks))


def test_domains_of_equal_weight_stand_by_name():
    """Equal expectations are sorted by name, also where only a calibrated risk is known."""
    people = prospects(
        [{"email": f"p@{name}.example", "calibrated_bounce_risk": 5.0} for name in "bac"],
        calibrated_bounce_risk=pl.Float64,
    )
    assert bounce_forecast(people).by_domain["domain"].to_list() == ["a.example", "b.example", "c.example"]
    assert bounce_forecast(people.clear()).by_domain.schema == BY_DOMAIN


def test_tiers_and_domains_add_up():
    """Expected bounces by tier and by domain sum to the whole; a domain shows the chance of losing all."""
    forecast = bounce_forecast(PEOPLE, domain_share=0.0)

    assert forecast.by_tier["expected"].sum() == pytest.approx(forecast.expected)
    assert forecast.by_tier["tier"].to_list() == ["verified", "likely", "uncertain"]
    assert forecast.by_domain["domain"].to_list() == ["two.example", "one.example"]
    assert forecast.by_domain["p_all"].to_list() == pytest.approx([0.5, 0.04 * 0.1])


def test_private_mailboxes_share_no_fate():
    """Two customers of one mail provider are independent: the provider does not die."""
    people = prospects([{"email": f"p{n}@gmail.com", "bounce_risk_score": 10.0} for n in range(40)])

    assert bounce_forecast(people, domain_share=1.0).p_over == pytest.approx(
        bounce_forecast(people, domain_share=0).p_over
    )


def test_a_wider_interval_holds_a_narrower_one():
    """Raising the level never narrows the interval."""
    people = prospects([{"email": f"p{n}@d{n % 9}.example", "bounce_risk_score": 1.0 + n} for n in range(60)])
    spans = [bounce_forecast(people, interval=level) for level in (0.5, 0.8, 0.95)]

    assert all(wide.low <= slim.low <= slim.high <= wide.high for slim, wide in pairwise(spans))


def test_all_unknown_is_reported_not_invented():
    """Without any risk column nothing is forecast, and everyone is counted as unknown."""
    forecast = bounce_forecast(prospects([{"email": "a@one.example"}]))

    assert (forecast.n, forecast.unknown, forecast.rate, forecast.p_over) == (0, 1, None, 0.0)


def test_the_validation_stands_in_for_a_missing_risk_as_far_as_it_is_known():
    """Rows with both say what a confidence means here; without enough of them the risk is unknown, not 100 minus it."""
    both = [
        {"email": f"p{n}@d{n}.example", "bounce_risk_score": 4.0 if n % 2 else 30.0,
         "validation_confidence": 95.0 if n % 2 else 60.0}
        for n in range(60)
    ]  # fmt: skip
    missing = [
        {"email": f"q{n}@q.example", "validation_confidence": confidence, "bounce_risk_score": None}
        for n, confidence in enumerate((95.0, 60.0, 99.0, None))
    ]
    known = bounce_forecast(prospects([*both, *missing]))

    assert (known.n, known.unknown) == (63, 1)
    assert known.expected == pytest.approx(30 * 0.04 + 30 * 0.3 + 0.04 + 0.3 + 0.04)
    assert bounce_forecast(prospects([*both[:10], *missing])).unknown == 4
    assert bounce_forecast(prospects([{"email": "a@one.example", "validation_confidence": 90.0}])).unknown == 1


def test_repeating_an_order_changes_nothing():
    """The same prospects twice give the same forecast."""
    once, twice = bounce_forecast(PEOPLE), bounce_forecast(pl.concat([PEOPLE, PEOPLE]))

    assert (once.n, once.p_over, once.expected) == (twice.n, twice.p_over, twice.expected)


def test_a_repr_shows_numbers_and_no_person():
    """The one-line text names counts, the interval and the limit, and no address."""
    text = repr(bounce_forecast(PEOPLE))

    assert text == (
        "BounceForecast(0.6 of 3 expected, 0 to 2 at 90%, rate 21.3%, P(rate > 2.0%) = 0.57,"
        " 1 of unknown risk apart, 1 without a usable address or suppressed; vendor's word, odds up to 2 times as high)"
    )
    assert repr(bounce_forecast(PEOPLE.clear())) == (
        "BounceForecast(0.0 of 0 expected, 0 to 0 at 90%, P(rate > 2.0%) = 0.00;"
        " vendor's word, odds up to 2 times as high)"
    )


@pytest.mark.parametrize(("name", "value"), [("limit", -0.1), ("limit", 2), ("domain_share", 1.5)])
def test_rates_are_checked(name, value):
    """A limit of 2 instead of 2 % is refused by name."""
    with pytest.raises(ValidationError, match=f"^the question.*{name}: is {value}, not 0 to 1") as caught:
        bounce_forecast(PEOPLE, **{name: value})
    assert caught.value.next_step == "2 % is written 0.02."


def test_a_doubt_below_one_is_refused():
    """A doubt is a factor of at least 1."""
    with pytest.raises(ValidationError, match=r"doubt: is 0\.5, not 1 to 100"):
        bounce_forecast(PEOPLE, doubt=0.5)


def test_an_impossible_interval_is_refused():
    """An interval of 90 instead of 0.9 is refused."""
    with pytest.raises(ConfigurationError, match="not between 0 and 1"):
        bounce_forecast(PEOPLE, interval=90)


def test_a_missing_email_column_is_named():
    """The error names the needed column."""
    with pytest.raises(ValidationError, match="email: is not in the frame"):
        bounce_forecast(pl.DataFrame({"bounce_risk_score": [1.0]}))


def test_results_and_tiered_frames_are_taken():
    """A Results and the frame of `contactable` give the same forecast; suppressed prospects are not in it."""
    whole = bounce_forecast(Results(prospects=PEOPLE))
    tiered = bounce_forecast(contactable(PEOPLE))
    fewer = bounce_forecast(contactable(PEOPLE, suppressed=["two.example"]))

    assert whole.p_over == tiered.p_over
    assert (fewer.n, fewer.not_sendable) == (2, 3)


def test_every_engine_gives_the_same(engine):
    """Polars lazy, DuckDB and Spark give the eager answer."""
    assert bounce_forecast(engine.give(PEOPLE)) == bounce_forecast(PEOPLE)


def test_intervals_cover_what_they_promise():
    """Over 300 simulated lists with dying domains, the 90 % interval holds the count at least 88 % of the time."""
    chance = random.Random(11)
    people = [(f"p{n}@d{n % 180}.example", 100 * chance.betavariate(0.6, 9)) for n in range(400)]
    frame = pl.DataFrame(people, schema={"email": pl.String, "bounce_risk_score": pl.Float64}, orient="row")
    forecast = bounce_forecast(frame, domain_share=0.4, doubt=1)
    lowest: dict[str, float] = {}
    for email, risk in people:
        domain = email.split("@")[1]
        lowest[domain] = min(lowest.get(domain, 1.0), risk / 100)

    def bounces():
        dead = {domain: chance.random() < 0.4 * low for domain, low in lowest.items()}
        total = 0
        for email, risk in people:
            domain = email.split("@")[1]
            q = 0.4 * lowest[domain]
            total += dead[domain] or chance.random() < (risk / 100 - q) / (1 - q)
        return total

    held = sum(forecast.low <= bounces() <= forecast.high for _ in range(300)) / 300
    assert held >= 0.88


@pytest.mark.parametrize("each", [1, 12])
def test_no_more_bounce_than_are_mailed(each):
    """Of a list where nearly all bounce, no interval goes beyond its people, and more than all is impossible."""
    rows = [{"email": f"p{n}@d{n // each}.example", "bounce_risk_score": 93.0 + n % 5} for n in range(1_200)]
    found, listed = bounce_forecast(prospects(rows), 1.0), send_list(prospects(rows), 1.0)

    assert 1_000 < found.low < found.expected < found.high <= 1_200
    assert found.p_over == 0
    assert found.by_tier.filter(pl.col("high") > pl.col("n")).is_empty()
    assert listed.frontier.filter((pl.col("high") > pl.col("size")) | (pl.col("p_over") > 0)).is_empty()
