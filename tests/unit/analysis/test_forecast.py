import random
from itertools import pairwise

import polars as pl
import pytest
from support.analysis_frames import prospects

from openprospect_nb.analysis import bounce_forecast, contactable
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
    forecast = bounce_forecast(PEOPLE, domain_share=0.5)
    dead = 0.5 * 0.04
    quiet = (1 - dead) * (1 - (0.04 - dead) / (1 - dead)) * (1 - (0.10 - dead) / (1 - dead)) * 0.5

    assert forecast.p_over == pytest.approx(1 - quiet)
    assert (forecast.low, forecast.high) == (0, 2)


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


def test_the_validation_stands_in_for_a_missing_risk():
    """Where no bounce risk is stated, 100 minus the validation confidence is used."""
    people = prospects([{"email": "a@one.example", "validation_confidence": 90.0}])

    assert bounce_forecast(people).expected == pytest.approx(0.1)


def test_repeating_an_order_changes_nothing():
    """The same prospects twice give the same forecast."""
    once, twice = bounce_forecast(PEOPLE), bounce_forecast(pl.concat([PEOPLE, PEOPLE]))

    assert (once.n, once.p_over, once.expected) == (twice.n, twice.p_over, twice.expected)


def test_a_repr_shows_numbers_and_no_person():
    """The one-line text names counts, the interval and the limit, and no address."""
    text = repr(bounce_forecast(PEOPLE))

    assert text.startswith("BounceForecast(0.6 of 3 expected, 0 to ")
    assert "\n" not in text
    assert "@" not in text


@pytest.mark.parametrize(("name", "value"), [("limit", -0.1), ("limit", 2), ("domain_share", 1.5)])
def test_rates_are_checked(name, value):
    """A limit of 2 instead of 2 % is refused by name."""
    with pytest.raises(ValidationError, match=f"{name}: is {value}, not 0 to 1"):
        bounce_forecast(PEOPLE, **{name: value})


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
    """Over 300 simulated lists with dying domains, the 90 % interval holds the count 88 to 97 % of the time."""
    chance = random.Random(11)
    people = [(f"p{n}@d{n % 180}.example", 100 * chance.betavariate(0.6, 9)) for n in range(400)]
    frame = pl.DataFrame(people, schema={"email": pl.String, "bounce_risk_score": pl.Float64}, orient="row")
    forecast = bounce_forecast(frame, domain_share=0.4)
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
    assert 0.88 <= held <= 0.97
