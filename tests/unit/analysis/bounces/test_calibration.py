import json
import random
from datetime import UTC, datetime, timedelta

import numpy as np
import polars as pl
import pytest
from scipy import stats
from support.analysis_frames import prospects

from openprospect_nb.analysis import Calibration, bounce_forecast, calibrate, send_list
from openprospect_nb.analysis.contacts.outcomes import told_outcomes
from openprospect_nb.errors import ConfigurationError, ValidationError


class World:
    """A made-up truth: stated risks that flatter, and domains that die; every draw from one seed."""

    def __init__(self, seed, share=0.4):
        self.chance = random.Random(seed)
        self.share = share

    def truth(self, stated):
        """Return the real probability behind a stated risk (0-1): higher, and more so in the middle."""
        return min(0.95, 0.01 + 1.6 * stated**0.9)

    def draw(self, n, prefix):
        """Return prospects and their outcomes, about two prospects a domain."""
        domains = [f"{prefix}{self.chance.randrange(max(1, n // 2))}.example" for _ in range(n)]
        stated = [round(100 * self.chance.betavariate(0.7, 7), 1) for _ in range(n)]
        frame = prospects(
            [
                {"email": f"p{k}@{domain}", "bounce_risk_score": risk}
                for k, (domain, risk) in enumerate(zip(domains, stated, strict=True))
            ]
        )
        return frame, frame.select("email", bounced=pl.Series(self._outcomes(domains, stated)))

    def _outcomes(self, domains, stated):
        real = [self.truth(risk / 100) for risk in stated]
        lowest = {}
        for domain, p in zip(domains, real, strict=True):
            lowest[domain] = min(lowest.get(domain, 1.0), p)
        dead = {domain: self.chance.random() < self.share * low for domain, low in lowest.items()}
        alone = {domain for domain in domains if domains.count(domain) == 1}
        return [
            self._bounces(p, dead[d], self.share * lowest[d], d in alone) for d, p in zip(domains, real, strict=True)
        ]

    def _bounces(self, p, is_dead, q, is_alone):
        if is_alone:
            return self.chance.random() < p
        return is_dead or self.chance.random() < (p - q) / (1 - q)


FRAME, OUTCOMES = World(1).draw(1500, "d")


@pytest.fixture(scope="module")
def learnt():
    """Return a calibration from 1,500 outcomes."""
    return calibrate(FRAME, OUTCOMES)


def test_a_calibration_never_falls(learnt):
    """A higher stated risk never gets a lower calibrated one, and all lie within 0-100."""
    applied = learnt.apply(FRAME).sort("bounce_risk_score")["calibrated_bounce_risk"]

    assert applied.is_sorted()
    assert applied.is_between(0, 100).all()


def test_applying_agrees_with_predicting(learnt):
    """The frame's column is the map itself, at, between and beyond its steps."""
    stated = [0.0, 0.05, 1.0, 3.33, 12.5, 40.0, 77.7, 100.0]
    applied = learnt.apply(prospects([{"bounce_risk_score": value} for value in stated]))

    assert applied["calibrated_bounce_risk"].to_list() == pytest.approx(
        [100 * learnt.predict(value / 100) for value in stated]
    )


def test_unknown_stays_unknown(learnt):
    """A prospect without a stated risk gets none."""
    applied = learnt.apply(prospects([{"bounce_risk_score": None}], bounce_risk_score=pl.Float64))

    assert applied["calibrated_bounce_risk"].to_list() == [None]


def test_calibration_beats_the_stated_risk(learnt):
    """On outcomes it never saw, the calibrated risk has the smaller Brier score, as its own estimate says."""
    frame, outcomes = World(99).draw(3000, "e")
    joined = learnt.apply(frame).join(outcomes, on="email")
    happened = pl.col("bounced").cast(pl.Float64)
    stated, better = (
        joined.select(((pl.col(name) / 100 - happened) ** 2).mean()).item()
        for name in ("bounce_risk_score", "calibrated_bounce_risk")
    )

    assert better < stated
    assert learnt.brier_after < learnt.brier_before


def test_expected_bounces_match_what_was_seen(learnt):
    """On the outcomes it learnt from, the expected number is that of the bounces, but for the vendor's small say."""
    forecast = bounce_forecast(FRAME, calibration=learnt)

    assert forecast.expected == pytest.approx(learnt.bounced, rel=0.03)
    assert forecast.is_calibrated


def test_a_calibration_makes_the_interval_wider():
    """What the calibration does not know is in the interval."""
    few, outcomes = World(3).draw(150, "d")
    learnt = calibrate(few, outcomes)
    big, _ = World(4).draw(1500, "e")
    plain = bounce_forecast(learnt.apply(big), domain_share=learnt.domain_share, doubt=1)
    honest = bounce_forecast(big, calibration=learnt)

    assert honest.expected == pytest.approx(plain.expected, rel=1e-3)
    assert honest.high - honest.low > 1.3 * (plain.high - plain.low)


def test_the_domain_share_is_measured():
    """Where domains die often the share comes out high, where they never do it comes out low."""
    often, never = (calibrate(*World(5, share=share).draw(3000, "d")).domain_share for share in (0.8, 0.0))

    assert often > 0.25
    assert never < 0.1


def test_few_outcomes_lean_on_the_vendor():
    """With 100 outcomes a contradicting result moves a stated risk less than with 2,000."""

    def learnt_from(n):
        frame = prospects([{"email": f"p{k}@d{k}.example", "bounce_risk_score": 10.0} for k in range(n)])
        return calibrate(frame, frame.select("email", bounced=pl.Series([k % 5 == 0 for k in range(n)])))

    assert 0.13 < learnt_from(100).predict(0.1) < learnt_from(2000).predict(0.1) < 0.2
    assert learnt_from(2000).predict(0.1) > 0.19


@pytest.mark.parametrize(("n", "bounced"), [(99, 20), (99, 0), (0, 0)])
def test_too_few_outcomes_are_refused_with_the_number(n, bounced):
    """Below 100 outcomes there is a refusal that says what was found and what is needed."""
    frame = FRAME.head(n)
    outcomes = frame.select("email", bounced=pl.Series([k < bounced for k in range(n)], dtype=pl.Boolean))

    with pytest.raises(ValidationError, match=rf"belong to {n} prospects.*{bounced} bounced.*At least 100"):
        calibrate(frame, outcomes)


def test_a_list_of_bounces_alone_is_refused():
    """A column that marks bounces and leaves all else blank says of nobody that a mail arrived."""
    frame, outcomes = World(5).draw(400, "x")
    marked = outcomes.with_columns(bounced=pl.when(pl.int_range(pl.len()) < 150).then(pl.lit("x")))

    with pytest.raises(ValidationError, match=r"says 150 times that a mail bounced and is blank 250 times"):
        calibrate(frame, marked)


def test_bounces_without_the_mail_that_arrived_are_refused():
    """A frame of bounces alone teaches nothing, also beside mail that arrived at strangers; one that arrived does."""
    frame, outcomes = World(5).draw(400, "x")
    alone = outcomes.head(150).with_columns(bounced=pl.lit(value=True))
    strangers = pl.DataFrame({"email": ["x@y.example"] * 500, "bounced": [False] * 500})

    for told in (alone, pl.concat([alone, strangers])):
        with pytest.raises(ValidationError, match=r"says 150 times that a mail bounced and never that one arrived"):
            calibrate(frame, told)
    assert calibrate(frame, pl.concat([alone, outcomes.tail(1).with_columns(bounced=pl.lit(value=False))])).n == 151


def test_outcomes_of_strangers_and_nulls_are_ignored():
    """Outcomes that belong to no prospect, or are null, teach nothing; capital letters in addresses do no harm."""
    strangers = pl.DataFrame({"email": ["x@y.example"] * 500, "bounced": [True] * 500})
    shouting = OUTCOMES.with_columns(pl.col("email").str.to_uppercase())
    unknown = OUTCOMES.with_columns(bounced=pl.lit(None, pl.Boolean))

    assert calibrate(FRAME, pl.concat([shouting, strangers, unknown])) == calibrate(FRAME, OUTCOMES)


def test_row_order_and_repeats_do_not_matter(learnt):
    """Shuffled rows, and prospects that come twice, give the same calibration; an outcome is a message."""
    mixed = FRAME.sample(fraction=1, shuffle=True, seed=2)

    assert calibrate(pl.concat([mixed, mixed]), OUTCOMES.sample(fraction=1, shuffle=True, seed=3)) == learnt


def test_outcomes_must_be_yes_or_no():
    """A bounced column of other numbers is refused by name."""
    with pytest.raises(ValidationError, match=r"bounced: holds what says nothing known: '3' \(1,500 rows\)"):
        calibrate(FRAME, OUTCOMES.with_columns(bounced=pl.lit(3)))


def test_a_missing_outcome_column_is_named():
    """The error names the missing column."""
    with pytest.raises(ValidationError, match="bounced: is not in the frame"):
        calibrate(FRAME, FRAME.select("email"))


def test_reliability_bands_carry_wilson_intervals(learnt):
    """Each band of stated risk has its n and the Wilson interval scipy gives; all outcomes are in."""
    table = learnt.reliability

    assert table["n"].sum() == learnt.n
    for row in table.to_dicts():
        expected = stats.binomtest(row["bounced"], row["n"]).proportion_ci(0.9, method="wilson")
        assert (row["observed_low"], row["observed_high"]) == pytest.approx((expected.low, expected.high), abs=1e-9)


def test_saving_and_loading_gives_the_same(learnt, tmp_path):
    """A loaded calibration equals the saved one, and the file holds no address."""
    path = learnt.save(tmp_path / "calibration.json")
    loaded = Calibration.load(path)

    assert loaded == learnt
    assert loaded.reliability.equals(learnt.reliability)
    assert "@" not in path.read_text(encoding="utf-8")
    assert "example" not in path.read_text(encoding="utf-8")
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"format": 1}', "not json", '{"format": 99}'])
def test_a_file_that_is_none_is_refused(tmp_path, content):
    """A broken or foreign file is refused by its path, not failed on later."""
    path = tmp_path / "calibration.json"
    path.write_text(content, encoding="utf-8")

    with pytest.raises(ConfigurationError, match=r"calibration\.json"):
        Calibration.load(path)


def test_a_missing_or_unwritable_path_is_named(learnt, tmp_path):
    """Both directions name the path that cannot be used."""
    with pytest.raises(ConfigurationError, match="nowhere"):
        Calibration.load(tmp_path / "nowhere")
    with pytest.raises(ConfigurationError, match="nowhere"):
        learnt.save(tmp_path / "nowhere" / "c.json")


def test_the_file_is_plain_json(learnt, tmp_path):
    """Another program can read what was saved."""
    body = json.loads(learnt.save(tmp_path / "c.json").read_text(encoding="utf-8"))

    assert {"format", "knots", "covariance", "domain_share", "n"} <= set(body)


def test_every_engine_gives_the_same(engine, learnt):
    """Polars lazy, DuckDB and Spark are calibrated as eager Polars, and learn the same."""
    few, outcomes = FRAME.head(300), OUTCOMES.head(300)
    expected = {row["email"]: row["calibrated_bounce_risk"] for row in learnt.apply(few).to_dicts()}
    found = {row["email"]: row["calibrated_bounce_risk"] for row in engine.take(learnt.apply(engine.give(few)))}

    assert found == pytest.approx(expected)
    assert calibrate(engine.give(few), engine.give(outcomes)) == calibrate(few, outcomes)


def test_a_list_is_chosen_with_caution(learnt):
    """The promise of a chosen list takes the map's error as wider than the forecast of the same list does."""
    chosen = send_list(FRAME, 0.05, calibration=learnt)

    assert chosen.forecast.p_over < chosen.p_over <= 0.1
    assert chosen.basis == "measured on 1,500 outcomes"


@pytest.mark.parametrize("bounced", [0, 1, 149])
def test_few_bounces_are_learnt_from_too(bounced):
    """A list at a tight limit has hardly a bounce, and says that the risk is low; all but one says the opposite."""
    frame = prospects([{"email": f"p{k}@d{k}.example", "bounce_risk_score": 5.0} for k in range(150)])
    learnt = calibrate(frame, frame.select("email", bounced=pl.Series([k < bounced for k in range(150)])))

    assert (learnt.predict(0.05) < 0.05) == (bounced < 2)
    assert 0 < learnt.predict(0.0) <= learnt.predict(0.05) <= learnt.predict(0.5) < 1


def test_a_repr_shows_the_evidence(learnt):
    """The one-line text names how much was learnt from and what it gains, and no address."""
    assert repr(learnt).startswith(f"Calibration(1500 outcomes, {learnt.bounced} bounced, seen at stated risks of ")
    assert f"Brier {learnt.brier_before:.4f}" in repr(learnt)
    assert "@" not in repr(learnt)


def mailed(risks, rates, *, messages=1, prefix="a", host=None):
    """Return prospects of these stated risks and outcomes at these rates, exact to a message, one domain a person."""
    rows = [(f"{prefix}{n}@{host or f'{prefix}{n}.example'}", risk) for n, risk in enumerate(risks)]
    prospects = pl.DataFrame(rows, schema={"email": pl.String, "bounce_risk_score": pl.Float64}, orient="row")
    total, sent = 0.0, []
    for (email, _), rate in zip(rows, rates, strict=True):
        for _ in range(messages):
            before, total = int(total), total + rate
            sent.append((email, int(total) > before))
    return prospects, pl.DataFrame(sent, schema={"email": pl.String, "bounced": pl.Boolean}, orient="row")


def test_several_messages_an_address_count_as_messages():
    """Six messages at 3 % each give about 3 %, not the chance that one of six bounces."""
    calibration = calibrate(*mailed([3.0] * 200, [0.03] * 200, messages=6))

    assert calibration.predict(0.03) == pytest.approx(0.03, abs=0.005)
    assert calibration.n == 1200


def test_above_the_highest_risk_that_was_sent_the_stated_order_holds():
    """A list of up to 9 says nothing of a 95: it stays far riskier than a 9, and the repr says what was seen."""
    risks = [float(n % 9 + 1) for n in range(400)]
    calibration = calibrate(*mailed(risks, [0.04] * 400))

    predicted = [calibration.predict(stated / 100) for stated in (9, 20, 50, 95, 100)]
    assert predicted == sorted(set(predicted))
    assert predicted[0] < 0.1
    assert predicted[3] > 0.9
    assert calibration.range == pytest.approx((1.0, 9.0))
    assert "seen at stated risks of 1 to 9" in repr(calibration)
    frame = pl.DataFrame({"email": ["x@x.example"] * 5, "bounce_risk_score": [9.0, 20.0, 50.0, 95.0, 100.0]})
    assert calibration.apply(frame)["calibrated_bounce_risk"].to_list() == pytest.approx([100 * p for p in predicted])


def test_equal_calibrated_risks_go_by_the_stated_risk():
    """Where the map makes two equal, the list takes the one that the vendor calls safer, not the first by alphabet."""
    calibration = calibrate(*mailed([float(n % 9 + 1) for n in range(400)], [0.02] * 400))
    rows = [("a@a.example", 8.0), ("z@z.example", 1.5), *((f"m{n}@m{n}.example", 5.0) for n in range(5))]
    prospects = pl.DataFrame(rows, schema={"email": pl.String, "bounce_risk_score": pl.Float64}, orient="row")

    listed = send_list(prospects, 0.5, 0.9, calibration=calibration).prospects["email"].to_list()

    assert listed.index("z@z.example") < listed.index("a@a.example")


def test_private_mailboxes_do_not_act_as_one_domain():
    """A thousand outcomes at a free provider leave the share that real domains show as it is."""
    rows = [(f"p{n}@d{n // 4}.example", 20.0) for n in range(400)]
    firms = pl.DataFrame(rows, schema={"email": pl.String, "bounce_risk_score": pl.Float64}, orient="row")
    dead = {f"d{n}.example" for n in range(0, 100, 5)}
    outcomes = firms.select("email", bounced=pl.col("email").str.split("@").list.last().is_in(sorted(dead)))
    private, theirs = mailed([20.0] * 1000, [0.2] * 1000, prefix="f", host="gmail.com")

    alone = calibrate(firms, outcomes).domain_share
    both = calibrate(pl.concat([firms, private]), pl.concat([outcomes, theirs])).domain_share

    assert alone > 0.5
    assert both > 0.5 * alone


def timed(rate_before, rate_after, n=400):
    """Return prospects at a stated 10, and outcomes over a year, whose rate changes half way."""
    half = n // 2
    frame, before = mailed([10.0] * half, [rate_before] * half, prefix="a")
    other, after = mailed([10.0] * half, [rate_after] * half, prefix="b")
    days = [datetime(2026, 1, 1, tzinfo=UTC) + timedelta(days=365 * k / n) for k in range(n)]
    return pl.concat([frame, other]), pl.concat([before, after]).with_columns(at=pl.Series(days))


def test_a_change_is_noticed_and_age_counts():
    """Outcomes that grew worse are said to have changed, and a half-life follows the later ones."""
    steady, changed = calibrate(*timed(0.1, 0.1)), calibrate(*timed(0.04, 0.2))
    young = calibrate(*timed(0.04, 0.2, 500), half_life=timedelta(days=60))

    assert steady.change is not None
    assert steady.change > 0.05
    assert changed.change is not None
    assert changed.change < 0.001
    assert "give a half_life" in repr(changed)
    assert "half_life" not in repr(steady)
    assert 0.1 < changed.predict(0.1) < 0.125
    assert young.predict(0.1) > 0.155


def test_age_counts_from_a_moment_of_ones_own():
    """Seen from long after, all outcomes are old, and the map keeps closer to the vendor's word."""
    soon, late = (
        calibrate(*timed(0.3, 0.3), half_life=timedelta(days=90), as_of=moment)
        for moment in (datetime(2027, 1, 1, tzinfo=UTC), datetime(2027, 1, 30, tzinfo=UTC))
    )

    assert 0.1 < late.predict(0.1) < soon.predict(0.1)


@pytest.mark.parametrize(
    ("half_life", "worth"),
    [(timedelta(days=60), "93.0"), (timedelta(days=10), "15.*"), (timedelta(seconds=1), "less than 1")],
)
def test_outcomes_too_old_to_count_are_refused(half_life, worth):
    """What outcomes count for by their age has to be enough, not their rows; the refusal says the number."""
    with pytest.raises(ValidationError, match=rf"makes 400 outcomes count for {worth} by their age.*count for 100"):
        calibrate(*timed(0.1, 0.1), half_life=half_life, as_of="2027-01-01")


def test_a_list_says_what_old_outcomes_are_worth():
    """Where age counts, calibration, list and forecast say what the outcomes count for beside how many they are."""
    frame, outcomes = timed(0.1, 0.1)
    learnt = calibrate(frame, outcomes, half_life=timedelta(days=90))
    told = f"400 outcomes (by age worth {learnt.weight:.0f})"

    assert 100 < learnt.weight < 200
    assert told in repr(learnt)
    assert told in send_list(frame, 0.2, calibration=learnt).basis
    assert told in bounce_forecast(frame, calibration=learnt).basis
    assert calibrate(frame, outcomes).weight is None


def test_ages_need_times():
    """A half-life without times, or of no length, is refused by name."""
    with pytest.raises(ValidationError, match="half_life"):
        calibrate(FRAME, OUTCOMES, half_life=timedelta(days=90))
    with pytest.raises(ValidationError, match="half_life"):
        calibrate(*timed(0.1, 0.1), half_life=timedelta(0))


def test_outside_of_what_was_seen_little_is_known():
    """The further a stated risk lies from those that were seen, the wider its error."""
    learnt = calibrate(*mailed([float(n % 9 + 1) for n in range(400)], [0.04] * 400))
    errors = [float(learnt.spreads(np.array([stated]))[0]) for stated in (0.05, 0.09, 0.2, 0.5, 0.95)]

    assert errors == sorted(errors)
    assert errors[-1] > 3 * errors[0]


def test_words_that_teach_nothing_are_warned_of(tmp_path):
    """A file in which mails failed or were blocked is not taken for one without bounces in silence."""
    path = tmp_path / "sent.csv"
    path.write_text("email,status\n" + "".join(f"p{n}@firm.example,{'ok' if n % 2 else 'failed'}\n" for n in range(40)))
    with pytest.warns(UserWarning, match=r"20 rows say nothing known .*'failed' \(20 rows\)"):
        told = told_outcomes(path)
    assert told["y"].to_list().count(None) == 20
