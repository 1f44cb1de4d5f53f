import math

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from support.analysis_frames import prospects
from support.examples import examples

from openprospect_nb.analysis import bounce_forecast, contactable, send_list
from openprospect_nb.analysis.bounces import list_sizes
from openprospect_nb.analysis.bounces.belief import FLOOR, Belief
from openprospect_nb.analysis.bounces.list_sizes import Sizes
from openprospect_nb.analysis.bounces.outlook import outlook
from openprospect_nb.errors import ValidationError
from openprospect_nb.frames.results import Results

# Whole up to one percent: fractions alone would be refused as shares.
risk = st.floats(0, 40).map(lambda value: round(value, 1) if value > 1 else round(value) * 1.0)


def people(risks, domains=None):
    """Return prospects of these risks, each on an own domain unless said otherwise."""
    return prospects(
        [
            {"email": f"p{n}@{domains[n] if domains else f'd{n}.example'}", "bounce_risk_score": value}
            for n, value in enumerate(risks)
        ]
    )


def over(probabilities, limit):
    """Return P(bounces > limit * n) of independent prospects by plain convolution."""
    chances = [1.0]
    for p in probabilities:
        chances = [a * (1 - p) + b * p for a, b in zip([*chances, 0.0], [0.0, *chances], strict=True)]
    return math.fsum(chances[math.floor(limit * len(probabilities) + 1e-9) + 1 :])


def believed(risk, doubt=1.0):
    """Return the chance that a stated risk (0-100) has in a promise."""
    p = max(risk / 100, FLOOR)
    return p * doubt / (1 - p + p * doubt)


@given(
    st.lists(risk, min_size=1, max_size=12), st.sampled_from([0.02, 0.1, 0.3]), st.sampled_from([0.5, 0.9]),
    st.sampled_from([1.0, 2.0, 3.0]),
)  # fmt: skip
@settings(max_examples=examples(40))
def test_no_larger_list_keeps_the_promise(risks, limit, confidence, doubt):
    """Of all subsets of up to twelve prospects, none larger keeps the promise, and the list itself does."""
    chosen = send_list(people(risks), limit, confidence, doubt=doubt)
    values = sorted(believed(value, doubt) for value in risks)
    # Of all lists of a size the safest has the smallest tail, so brute force over sizes is brute force over subsets;
    # test_the_safest_of_a_size_are_the_best checks that on its own.
    best = max((k for k in range(len(values) + 1) if over(values[:k], limit) <= 1 - confidence + 1e-12), default=0)

    assert chosen.size == best
    assert chosen.p_over == pytest.approx(over(values[:best], limit) if best else 0.0)
    assert chosen.forecast.p_over <= 1 - confidence + 1e-9


@given(st.lists(st.floats(0, 1), min_size=2, max_size=7), st.data())
def test_the_safest_of_a_size_are_the_best(values, data):
    """No other subset of the same size has a smaller tail than the safest prospects."""
    size = data.draw(st.integers(1, len(values)))
    other = data.draw(st.permutations(values))[:size]

    assert over(sorted(values)[:size], 0.2) <= over(other, 0.2) + 1e-9


def test_the_list_is_the_safest_first():
    """The rows come safest first, with all their columns, and none outside is safer than one inside."""
    frame = people([5.0, 0.2, 30.0, 0.1, 0.3]).with_columns(note=pl.Series(list("abcde")))
    chosen = send_list(frame, 0.02, 0.9, doubt=1)

    assert chosen.prospects["bounce_risk_score"].to_list() == [0.1, 0.2, 0.3, 5.0]
    assert chosen.prospects.columns == frame.columns
    assert (chosen.size, chosen.beyond) == (4, 1)


def test_unknown_risk_is_never_in_it_unasked():
    """A prospect of unknown risk stays out, is counted, and comes in only with a risk the caller names."""
    frame = people([0.1, None, 0.2]).rename({"bounce_risk_score": "calibrated_bounce_risk"})
    plain, asked = send_list(frame), send_list(frame, unknown_risk=0.5)

    assert (plain.size, plain.unknown) == (2, 1)
    assert (asked.size, asked.unknown) == (3, 0)
    assert asked.prospects["calibrated_bounce_risk"].to_list() == [0.1, 0.2, None]


def test_the_suppressed_and_addressless_stay_out():
    """What `contactable` suppressed, and rows without an address, are never in a list."""
    frame = prospects(
        [{"email": e, "bounce_risk_score": 0.0} for e in ("a@one.example", "b@two.example", None, "x@@y")]
    )
    chosen = send_list(contactable(frame, suppressed=["two.example"]))

    assert chosen.prospects["email"].to_list() == ["a@one.example"]
    assert chosen.not_sendable == 3


def test_an_address_is_in_the_list_once():
    """One address in two orders is one message, at the higher of its risks."""
    frame = prospects([{"email": "a@one.example", "bounce_risk_score": r} for r in (0.1, 1.5)])
    chosen = send_list(frame)

    assert (chosen.size, chosen.prospects.height, chosen.duplicates) == (1, 1, 1)
    assert chosen.forecast.expected == pytest.approx(0.015)


@given(st.lists(risk, min_size=1, max_size=25))
@settings(max_examples=examples(25))
def test_a_looser_promise_never_shortens_the_list(risks):
    """Less confidence or a higher limit never gives a shorter list."""
    frame = people(risks)

    assert send_list(frame, 0.05, 0.8).size >= send_list(frame, 0.05, 0.95).size


def test_a_shared_domain_counts_against_a_list():
    """Where ten prospects share one domain, the list is no longer than if they did not."""
    risks = [1.0] * 10
    shared = send_list(people(risks, ["one.example"] * 10), 0.15, 0.995, domain_share=1.0, doubt=1)
    apart = send_list(people(risks), 0.15, 0.995, doubt=1)

    assert shared.size < apart.size == 10


def test_the_frontier_covers_all_sizes_and_agrees_with_the_choice():
    """The frontier rises to the whole list, its risk at the chosen size is within the promise, its rates rise."""
    frame = people([value / 10 for value in range(1, 151)])
    chosen = send_list(frame, 0.05, 0.9, doubt=1)
    frontier = chosen.frontier

    assert frontier["size"].to_list()[-1] == 150
    assert frontier["rate"].is_sorted()
    assert frontier.height <= 100
    assert (frontier.filter(pl.col("size") == chosen.size)["p_over"] <= 0.1).all()
    assert frontier.filter(pl.col("size") > chosen.size)["p_over"].min() > 0.1 - 0.02


@pytest.mark.parametrize("limit", [0.03, 0.042])
def test_the_screen_does_not_cost_size_on_longer_lists(limit):
    """On 600 prospects with shared domains the answer is the one every size gives when asked exactly."""
    risks = [round(0.05 * n % 9, 2) for n in range(600)]
    frame = people(risks, [f"d{n % 250}.example" for n in range(600)])
    chosen = send_list(frame, limit, 0.9, doubt=1)
    ordered = frame.sort("bounce_risk_score", "email")

    assert 0 < chosen.size < 600
    assert chosen.p_over <= 0.1
    for size in range(chosen.size + 1, min(chosen.size + 36, 600), 5):
        assert bounce_forecast(ordered.head(size), limit, doubt=1).p_over > 0.1


@pytest.mark.parametrize(("size", "is_exact"), [(9_000, True), (19_000, True), (26_000, False)])
def test_moments_tell_of_a_long_list_what_its_distribution_does(size, is_exact):
    """Where the distribution is exact, it is asked; of longer lists the running moments say the same, to 1e-5."""
    rng = np.random.default_rng(2)
    risks = np.sort(np.round(rng.beta(0.8, 9, 30_000), 3))
    domains = pl.Series([f"d{d}" for d in rng.integers(0, 12_000, 30_000)])
    sizes = Sizes(pl.DataFrame({"p": risks, "stated": risks, "domain": domains}), Belief())
    crowd = sizes.audience.crowd(size).moved(sizes.belief.edge)
    found = outlook(crowd, sizes.belief.shares)
    asked = int(found.mean) + 20

    assert found.is_exact == is_exact
    assert sizes.neighbours.shared[size - 1] == len(crowd.shared)
    assert sizes.over(size, asked) == pytest.approx(found.above(asked), abs=1e-12 if is_exact else 1e-5)


@pytest.mark.parametrize("n", [5, 81, 2_000])
def test_as_many_nodes_of_the_doubt_as_a_size_needs_say_what_many_say(monkeypatch, n):
    """Averaged over few nodes the tail of a count is that of 121 nodes, to a thousandth; its quantiles to one."""
    known = pl.DataFrame({"p": np.linspace(0.002, 0.3, n), "domain": [f"d{k % (n // 2 + 1)}" for k in range(n)]})
    sizes, heads = Sizes(known.with_columns(stated="p"), Belief()), np.unique(np.linspace(1, n, 40).astype(int))

    def told():
        spreads = sizes.spreads[heads - 1]
        tails = list_sizes.averaged_tail(sizes.heads.at(heads), heads, np.floor(0.06 * heads).astype(int), spreads)
        return tails, *sizes.between(heads, 0.9)

    few = told()
    monkeypatch.setattr(list_sizes, "node_count", lambda *_: 121)
    for one, other, apart in zip(few, told(), (1e-3, 1, 1), strict=True):
        assert np.abs(one - other).max() <= apart


def test_a_small_list_works_out_no_distribution_twice(monkeypatch):
    """For 81 prospects, with frontier and ways out, at most 22 distributions are made, each of other recipients."""
    made = []
    monkeypatch.setattr(list_sizes, "outlook", lambda crowd, *told: made.append(crowd.size) or outlook(crowd, *told))
    chosen = send_list(scattered(81))
    assert chosen.ways_out
    assert 0 < len(made) <= 22


def test_a_row_of_a_repeated_address_is_the_first_that_may_be_sent():
    """Of rows with one address the first that is not suppressed is handed back, with all its columns."""
    rows = [{"email": e, "bounce_risk_score": 1.2} for e in ("b@two.example", "A@one.example", "a@one.example ")]
    frame = prospects(rows).with_columns(
        tier=pl.Series(["likely", "suppressed", "likely"]), note=pl.Series(list("xyz"))
    )
    chosen = send_list(frame, 0.5, unknown_risk=None).prospects

    assert chosen["note"].to_list() == ["z", "x"]


def test_no_list_may_be_the_answer():
    """Where nobody is safe enough the list is empty, and says so."""
    chosen = send_list(people([60.0, 70.0]))

    assert (chosen.size, chosen.prospects.height, chosen.beyond) == (0, 0, 2)
    assert repr(chosen).startswith("SendList(0 prospects")


def test_a_long_list_is_as_large_as_the_promise_allows():
    """Among two kinds of risk the list ends where convolving their binomials says it must, to the last address."""
    safe = stats.binom(1500, 0.02).pmf(range(150))
    allowed = [
        m
        for m in range(400, 600)
        if np.convolve(safe, stats.binom(m, 0.08).pmf(range(150)))[math.floor(0.04 * (1500 + m) + 1e-9) + 1 :].sum()
        <= 0.1
    ]
    chosen = send_list(people([2.0] * 1500 + [8.0] * 1500), 0.04, 0.9, doubt=1)
    last = chosen.frontier.row(-1, named=True)

    assert chosen.size == 1500 + max(allowed)
    assert max(allowed) < 599
    assert (last["size"], last["expected"], last["rate"]) == (3000, pytest.approx(150.0), pytest.approx(0.05))
    assert repr(chosen).endswith(f"true; {3000 - chosen.size} too risky, 0 of unknown risk left out)")


def test_nobody_in_gives_nobody_out():
    """An empty frame gives an empty list with an empty frontier."""
    chosen = send_list(people([1.0]).clear())

    assert (chosen.size, chosen.frontier.height) == (0, 0)


@pytest.mark.parametrize(("name", "value"), [("max_bounce_rate", 2), ("confidence", 90), ("unknown_risk", 120)])
def test_numbers_out_of_range_are_named(name, value):
    """2 for 2 %, 90 for 0.9 and a risk above 100 are refused by name."""
    with pytest.raises(ValidationError, match=name):
        send_list(people([1.0]), **{name: value})


def test_a_results_gives_a_polars_list():
    """A Results is taken as well."""
    assert send_list(Results(prospects=people([0.1, 1.2]))).prospects.height == 2


def test_every_engine_gives_the_same(engine):
    """Polars lazy, DuckDB and Spark give the eager list, in kind and in order."""
    frame = people([5.0, 0.2, None, 0.1, 0.3, 0.3], ["d.example"] * 6)
    chosen = send_list(engine.give(frame), unknown_risk=0.4)

    assert engine.take(chosen.prospects) == send_list(frame, unknown_risk=0.4).prospects.to_dicts()


def test_a_repr_says_who_has_no_address():
    """Prospects ordered without e-mail discovery are named as such, not shown as an empty list without a reason."""
    frame = prospects([{"email": None, "bounce_risk_score": None} for _ in range(83)])

    assert "83 without a usable address or suppressed left out" in repr(send_list(frame))
    assert "83 without a usable address or suppressed" in repr(bounce_forecast(frame))


def scattered(n, seed=5):
    """Return n prospects of scattered risks, about two a domain."""
    chance = np.random.default_rng(seed)
    return people(
        np.round(100 * chance.beta(0.8, 9, n), 1).tolist(), [f"d{d}.example" for d in chance.integers(0, n // 2, n)]
    )


@pytest.mark.parametrize("factor", [0.5, 1.0, 2.0])
@pytest.mark.parametrize("limit", [0.02, 0.05])
def test_a_promise_is_kept_by_vendors_up_to_the_doubt(factor, limit):
    """Where true odds are half, the same or double the stated, a list breaks its promise in at most a tenth."""
    frame = scattered(500)
    chosen = send_list(frame, limit, 0.9)
    risks = np.maximum(chosen.prospects["bounce_risk_score"].to_numpy() / 100, 0.001)
    odds = factor * risks / (1 - risks)
    rng = np.random.default_rng(1)
    bounced = (rng.random((400, chosen.size)) < odds / (1 + odds)).sum(axis=1)

    assert chosen.size > 0
    assert (bounced > limit * chosen.size).mean() <= 0.12
    assert chosen.basis == "vendor's word, odds up to 2 times as high"


def test_more_doubt_costs_size():
    """The trade of size against safety: the more the vendor may be off, the shorter the list."""
    sizes = [send_list(scattered(500), 0.05, 0.9, doubt=doubt).size for doubt in (1.0, 1.5, 2.0, 3.0)]

    assert sizes == sorted(sizes, reverse=True)
    assert len(set(sizes)) == 4


def test_an_expected_rate_is_a_weaker_promise():
    """The list whose expected rate keeps the limit is the longest whose risks average below it, and says so."""
    frame = scattered(300)
    chosen = send_list(frame, 0.02, promise="expected")
    risks = np.sort(np.maximum(frame["bounce_risk_score"].to_numpy() / 100, FLOOR))
    averages = np.cumsum(risks) / np.arange(1, 301)

    assert chosen.size == int(np.flatnonzero(averages <= 0.02)[-1]) + 1
    assert chosen.size > send_list(frame, 0.02).size
    assert "no more is promised" in repr(chosen)


def test_a_budget_counts_what_was_sent_already():
    """Good mailings of the month leave room for bounces, bad ones take it."""
    frame = scattered(300)
    sent = pl.DataFrame({"email": [f"x{n}@y.example" for n in range(1000)]})
    good, bad = (sent.with_columns(bounced=pl.int_range(1000) < count) for count in (5, 25))
    alone, after_good, after_bad = (send_list(frame, 0.02, outcomes=each).size for each in (None, good, bad))

    assert after_good > alone > after_bad == 0
    assert send_list(frame, 0.02, outcomes=sent.with_columns(bounced=True)).size == 0


def sent_before(sent, bounced):
    """Return outcomes of so many messages to others."""
    return pl.DataFrame({"email": [f"x{n}@y.example" for n in range(sent)]}).with_columns(
        bounced=pl.int_range(sent) < bounced
    )


def test_a_promise_over_more_messages_names_them():
    """Card and repr say which messages the limit counts too, and what is to be expected of the list alone."""
    chosen = send_list(scattered(300), 0.02, outcomes=sent_before(2_000, 10))
    face, line = str(chosen), repr(chosen)
    own = f"{chosen.forecast.rate:.1%} of this list"

    assert chosen.forecast.rate > 0.02
    assert (chosen.sent, chosen.bounced) == (2_000, 10)
    assert f"Mail {chosen.size} people: with the 2,000 sent before (10 bounced) at most 2.0% bounce, 90% sure." in face
    assert own in face
    assert f"P(rate > 2.0% with the 2,000 sent before) = {chosen.p_over:.2f} <= 0.10, {own} expected" in line
    hoped = send_list(scattered(300), 0.02, promise="expected", outcomes=sent_before(2_000, 10))
    assert "with the 2,000 sent before (10 bounced) 2.0% expected" in str(hoped)


@pytest.mark.parametrize("promise", ["confidence", "expected"])
def test_an_overdrawn_budget_is_certain_to_be_over(promise):
    """Where what was sent is beyond the limit and nobody can be mailed, the chance of more is 1, and both say so."""
    chosen = send_list(scattered(300), 0.02, promise=promise, outcomes=sent_before(1_000, 200))

    assert (chosen.size, chosen.p_over) == (0, 1.0)
    assert "With the 1,000 sent before (200 bounced) no list keeps bounces at 2.0% or below." in str(chosen)
    told = "= 1.00 > 0.10" if promise == "confidence" else "20.0% > 2.0%"
    assert told in repr(chosen)


@pytest.mark.parametrize(("sent", "bounced"), [(600, 85), (600, 36), (2_000, 10), (100, 3)])
@pytest.mark.parametrize("limit", [0.005, 0.02, 0.05])
def test_ways_out_count_what_was_sent_already(sent, bounced, limit):
    """Whoever asks as a way says, with the same outcomes, gets what it says, which is more; no way is outcomes."""
    frame, before = scattered(300), sent_before(sent, bounced)
    chosen = send_list(frame, limit, outcomes=before)
    asked = {
        "limit": lambda way: send_list(frame, way.limit, outcomes=before),
        "expected": lambda _: send_list(frame, limit, promise="expected", outcomes=before),
        "trust": lambda _: send_list(frame, limit, doubt=1, outcomes=before),
    }

    for way in chosen.ways_out:
        assert way.size > chosen.size
        assert way.way not in asked or asked[way.way](way).size == way.size
        assert way.way != "month"


@pytest.mark.parametrize("stated", [0, 100])
def test_a_risk_that_was_assumed_is_not_the_vendors_word(stated, engine):
    """Where the vendor states no risk, list and card say that it was assumed, of how many, and what."""
    frame = people([1.2] * stated + [None] * 50)
    chosen = send_list(engine.give(frame), 0.05, unknown_risk=1)

    assert (chosen.assumed, chosen.assumed_risk, chosen.unknown) == (50, 1, 0)
    told = f"vendor's word, odds up to 2 times as high; of 50 of {stated + 50} on a risk of 1% that you assumed"
    assert chosen.basis == (told if stated else "risk of 1% that you assumed for all 50, odds up to 2 times as high")
    assert chosen.basis in str(chosen)
    assert send_list(frame.head(stated), unknown_risk=1).assumed_risk is None


def test_an_expected_rate_says_that_it_takes_risks_as_stated():
    """The card of a list that is only expected to keep its limit does not say that higher odds are allowed for."""
    face = str(send_list(scattered(300), 0.02, promise="expected"))

    assert "It takes risks as they are stated: where odds of a bounce are higher, so is the rate to expect." in face
    assert "2 times" not in face


def test_ways_out_of_a_tiny_list_are_numbers_that_hold():
    """Where not one bounce is allowed the list says what else could be done, and each way gives what it says."""
    frame = scattered(80)
    chosen = send_list(frame)
    ways = {way.way: way for way in chosen.ways_out}

    assert chosen.size < 50
    assert set(ways) == {"limit", "expected", "month", "buying", "trust"}
    for way in chosen.ways_out:
        assert way.says in repr(chosen)
        if way.way == "limit":
            assert send_list(frame, way.limit).size == way.size
            assert send_list(frame, way.limit - 1 / way.size).size < way.size
    assert send_list(frame, promise="expected").size == ways["expected"].size
    assert send_list(frame, doubt=1).size == ways["trust"].size
    assert send_list(scattered(500), 0.05).ways_out == ()
