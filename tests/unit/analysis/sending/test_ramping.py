"""A list in steps: the limit holds whatever is true, a good list goes out, a bad one is stopped early."""

from __future__ import annotations

from math import comb
from pathlib import Path

import duckdb
import numpy as np
import polars as pl
import pytest

import openprospect_nb as op
from openprospect_nb.analysis.sending.finite import Urn, largest_portion, over, shape_of
from openprospect_nb.analysis.sending.ramping import next_portion
from openprospect_nb.errors import ValidationError

PEOPLE = pl.DataFrame(
    {"email": [f"p{n}@k{n}.example" for n in range(200)], "bounce_risk_score": [1.0 + n % 4 for n in range(200)]}
)
RISKY = pl.DataFrame({"email": [f"r{n}@k{n}.example" for n in range(100)], "bounce_risk_score": [30.0] * 100})


def sent_through(urn: Urn, fate: np.ndarray, budget: int, pace: int) -> tuple[int, int]:
    """Send a list by the rule and return how many went out and how many of them bounced."""
    sent = bounced = 0
    while sent < urn.n and urn.bounds(sent, bounced, 0.05)[0] <= budget:
        portion = next_portion(urn, sent, bounced, budget, 0.1, min(pace, urn.n - sent))
        if not portion:
            break
        bounced += int(fate[sent : sent + portion].sum())
        sent += portion
    return sent, bounced


def test_the_chance_of_a_portion_is_hypergeometric() -> None:
    """Against counting by hand."""
    by_hand = sum(comb(4, k) * comb(16, 6 - k) for k in (2, 3, 4)) / comb(20, 6)
    assert over(20, 4, 6, 1) == pytest.approx(by_hand)
    assert (over(20, 4, 6, 6), over(20, 4, 6, -1), over(20, 20, 6, 5)) == (0.0, 1.0, 1.0)
    best = largest_portion(200, 20, 3, 0.05 / 200, 200)
    assert over(200, 20, best, 3) <= 0.05 / 200 * best
    assert over(200, 20, best + 1, 3) > 0.05 / 200 * (best + 1)


@pytest.mark.parametrize("true", [3, 12, 30, 90])
def test_bounds_hold_at_every_look_at_once(true: int) -> None:
    """Looking after every tenth message, the true number lies outside at any look in at most one of ten runs."""
    n, rng = 300, np.random.default_rng(true)
    urn = Urn(n, shape_of(n, 6.0, 4.0))
    missed = 0
    for _ in range(60):
        counts = np.cumsum(rng.permutation(np.arange(n) < true))
        looks = [urn.bounds(sent, int(counts[sent - 1]), 0.1) for sent in range(10, n + 1, 10)]
        missed += any(not low <= true <= high for low, high in looks)
    assert missed <= 10  # 60 runs at 10 %: more than 10 in 4 of 100
    assert urn.bounds(n, true, 0.1) == (true, true)


@pytest.mark.parametrize("rate", [0.05, 0.06, 0.1, 0.25])
def test_a_list_beyond_its_limit_is_stopped_before_the_budget_is_spent(rate: float) -> None:
    """Of forty lists worse than the limit at most a tenth pass it, though the forecast says half the limit."""
    n, budget, rng = 200, 10, np.random.default_rng(7)
    urn = Urn(n, shape_of(n, 5.0, 3.0))
    broken = sum(sent_through(urn, rng.random(n) < rate, budget, 40)[1] > budget for _ in range(40))
    assert broken <= 4


def test_a_good_list_goes_out() -> None:
    """Lists at a third of the limit are sent to the end."""
    n, budget, rng = 200, 10, np.random.default_rng(8)
    urn = Urn(n, shape_of(n, 3.0, 3.0))
    shares = [sent_through(urn, rng.permutation(np.arange(n) < 3), budget, 40)[0] / n for _ in range(20)]
    assert np.mean(shares) > 0.95


def test_a_ramp_says_what_to_send_each_day() -> None:
    """Portions are known addresses of the list, each once, until all are sent; card and chart say each state."""
    sending = op.ramp(PEOPLE, per_day=40, limit=0.1)
    assert sending.plan["messages"].sum() == 200
    told: list[str] = []
    for _ in range(40):
        now = sending.after(
            pl.DataFrame(
                {"email": told, "bounced": [False] * len(told)}, schema={"email": pl.String, "bounced": pl.Boolean}
            )
        )
        if now.state == "done":
            break
        told += now.today["email"].to_list()
    assert now.state == "done"
    assert "nothing is left to send" in now._repr_html_()
    assert "all are sent" in op.charts.ramp(sending, seen=now).layout.title.subtitle.text
    assert sorted(told) == sorted(PEOPLE["email"])
    assert (now.low, now.high) == (0.0, 0.0)


def test_outcomes_that_hold_bounces_alone_are_enough() -> None:
    """With how many were sent, whoever is not said to have bounced did not; many bounces stop the ramp."""
    sending = op.ramp(PEOPLE, per_day=40, limit=0.1)
    first = sending.prospects["email"].head(8).to_list()
    good = sending.after(pl.DataFrame({"email": first[:1], "bounced": [True]}), sent=8)
    assert (good.sent, good.bounced, good.state) == (8, 1, "go")
    bad = sending.after(pl.DataFrame({"email": first, "bounced": [True] * 8}), sent=8)
    assert (bad.state, bad.today.height) == ("stop", 0)
    assert "stop" in op.charts.ramp(sending, seen=bad).layout.title.subtitle.text
    assert "20 are allowed" in bad.why


def test_a_ramp_that_ends_before_its_list_says_so() -> None:
    """Where as many bounce as forecast stops the list before, face and chart say how many of it the days hold."""
    sending = op.ramp(PEOPLE.with_columns(bounce_risk_score=8.0), per_day=40, limit=0.05)
    assert 0 < sending.planned == sending.plan["messages"].sum() < 200
    for said in (repr(sending), sending._repr_html_(), op.charts.ramp(sending).layout.title.subtitle.text):
        assert f"{sending.planned} of them in {sending.plan.height} days if as many bounce as forecast" in said
    assert "if as many bounce" not in repr(op.ramp(PEOPLE, per_day=40, limit=0.1))


def test_the_order_is_random_and_the_same_for_a_seed() -> None:
    """Riskier and safer addresses are mixed; the seed decides how."""
    one, two, other = (op.ramp(PEOPLE, seed=seed).prospects["email"].to_list() for seed in (1, 1, 2))
    assert one == two != other
    assert sorted(one) == sorted(other)


def test_riskier_addresses_are_drawn_at_random_and_named() -> None:
    """A tenth more, none of the list, marked; without anything to draw from that is said."""
    sending = op.ramp(PEOPLE, explore=0.1, among=pl.concat([PEOPLE, RISKY]))
    drawn = sending.prospects.filter("explored")["email"]
    assert (sending.explored, drawn.is_in(RISKY["email"].implode()).all()) == (20, True)
    assert sending.plan["explored"].sum() <= 20
    assert sending.forecast.expected > op.ramp(PEOPLE).forecast.expected
    with pytest.raises(ValidationError, match="among"):
        op.ramp(PEOPLE, explore=0.1)


@pytest.mark.parametrize("kind", ["excluded", "contactable", "duckdb", "lazy"])
def test_nobody_is_drawn_or_sent_to_whom_a_list_keeps_out(kind: str, tmp_path: Path) -> None:
    """Marked by `exclude` or `contactable`, a person is in no list, forecast or portion, and is not drawn either."""
    listed = ["k7.example", "p8@k8.example"]
    kept_out = {"p7@k7.example", "p8@k8.example"}
    marked = op.exclude(PEOPLE, listed)
    if kind == "duckdb":
        marked.write_parquet(tmp_path / "marked.parquet")
        marked = duckdb.connect().read_parquet(str(tmp_path / "marked.parquet"))
    elif kind == "lazy":
        marked = marked.lazy()
    elif kind == "contactable":
        marked = op.contactable(PEOPLE, suppressed=listed)
    sending = op.send_list(marked, max_bounce_rate=0.5)

    assert sending.size == 198
    assert op.bounce_forecast(marked).n == 198
    assert kept_out.isdisjoint(op.ramp(marked).prospects["email"])
    drawn = op.ramp(op.contactable(marked), explore=1.0, among=PEOPLE.vstack(RISKY)).prospects
    assert drawn["explored"].any()
    assert kept_out.isdisjoint(drawn["email"])
    if kind != "duckdb":  # of an engine's rows no address comes here to be remembered
        again = op.ramp(sending, explore=0.5, among=PEOPLE.vstack(RISKY)).prospects
        assert kept_out.isdisjoint(again["email"])


def test_nobody_is_sent_to_again_who_objected_or_bounced_in_another_mailing(tmp_path: Path) -> None:
    """By the inbox of the home or as an inbox handed in; a soft bounce is none; the rest goes out to the end."""
    told = {"p1@k1.example": "unsubscribed", "p2@k2.example": "spam complaint", "p3@k3.example": "hard bounced"}
    soft = {"p4@k4.example": "soft bounced"}
    before = pl.DataFrame({"email": [*told, *soft], "status": [*told.values(), *soft.values()], "at": "2026-01-05"})
    inbox = op.outcomes(before, home=tmp_path)
    sending = op.ramp(PEOPLE.head(8), limit=0.9, per_day=100)
    decision = sending.after(inbox, since="2026-11-01")

    assert set(inbox.keep_out["email"]) == set(told)
    assert decision.sent == 0
    assert set(told).isdisjoint(decision.today["email"])
    left = sending.after(inbox, since="2026-11-01", sent=5)
    assert set(told).isdisjoint(left.today["email"])
    assert left.why.startswith(f"{left.today.height} messages today")
    assert "kept out" in decision.why
    sole = op.ramp(PEOPLE.filter(pl.col("email").is_in(list(told))), limit=0.9)
    assert (sole.after(inbox, since="2026-11-01").state, sole.after(inbox, since="2026-11-01").today.height) == (
        "done",
        0,
    )


def test_each_sending_domain_has_its_budget_and_pauses_when_it_is_spent() -> None:
    """Bounces count for the domain that sent them; of one that is at its end nothing more is sent."""
    sending = op.ramp(PEOPLE, per_day=40, limit=0.05, mailboxes=["a@one.example", "b@one.example", "c@two.example"])
    assert dict(sending.domains.select("domain", "budget").rows()) == {"one.example": 6, "two.example": 3}
    two = sending.prospects.filter(ramp_mailbox="c@two.example")["email"].head(3).to_list()
    told = pl.DataFrame({"email": two, "bounced": [True] * 3})
    now = sending.after(told, sent=60)
    assert dict(now.domains.select("domain", "bounced").rows()) == {"one.example": 0, "two.example": 3}
    assert "c@two.example" not in now.today["ramp_mailbox"].to_list()


def test_small_lists_and_wrong_questions() -> None:
    """Nobody at all is a ramp of no days; rates outside 0 to 1 are refused."""
    empty = op.ramp(PEOPLE.head(0))
    assert (empty.plan.height, empty.after(PEOPLE.head(0).with_columns(bounced=True)).state) == (0, "done")
    with pytest.raises(ValidationError):
        op.ramp(PEOPLE, limit=2)
    with pytest.raises(ValidationError):
        op.ramp(PEOPLE, per_day=0)


def test_faces_and_fan_name_nobody() -> None:
    """Text, tables and chart say the promise, the budget and what was seen."""
    sending = op.ramp(PEOPLE, per_day=20, limit=0.05)
    now = sending.after(pl.DataFrame({"email": PEOPLE["email"].head(2), "bounced": [True, False]}))
    assert "at most 10 bounces" in repr(sending)
    assert "1 of 2 bounced" in repr(now)
    assert "@p" not in repr(now) + now._repr_html_() + sending._repr_html_()
    for language, theme in (("en", "light"), ("de", "dark")):
        drawn = op.charts.ramp(sending, seen=now, theme=theme, language=language)  # type: ignore[arg-type]
        assert op.charts.svg(drawn).startswith("<svg")
        assert "n = 200" in drawn.layout.meta["subtitle"]
        assert drawn.layout.yaxis.range[0] == 0


def test_outcomes_of_an_earlier_mailing_are_not_of_this_ramp() -> None:
    """Whoever was written to in spring has not been written to in this ramp, where it is said when it began."""
    people = pl.DataFrame({"email": [f"p{n}@k{n}.example" for n in range(60)], "bounce_risk_score": [1.0] * 60})
    sending = op.ramp(people, per_day=20, limit=0.1)
    spring = people.head(50).select("email", bounced=pl.lit(value=False), at=pl.lit("2026-03-01"))
    now = people.tail(10).select("email", bounced=pl.lit(value=True), at=pl.lit("2026-11-20"))
    both = pl.concat([spring, now])

    assert (sending.after(both).sent, sending.after(both, since="2026-11-01").sent) == (60, 10)
    assert sending.after(both, since="2026-11-01").bounced == 10
    assert sending.after(both.drop("at"), since="2026-11-01").sent == 0
    with pytest.raises(ValidationError, match="since"):
        sending.after(both, since="last week")
