"""How long the analysis takes: scoring against the same formula in plain Polars, and the forecast and list of 100,000.

Contenders run in turn within every repetition, so that a busy machine slows both; medians are compared.
Run by hand: ``python tests/bench/bench_analysis.py`` (about a minute).
"""

import random
import statistics
import time
from collections.abc import Callable

import polars as pl

from openprospect_nb.analysis import bounce_forecast, dedupe, score, send_list

Row = tuple[str, float, str]


def rows(*, companies: int = 1_000_000, people: int = 100_000, repetitions: int = 7) -> list[Row]:
    """Return (name, ratio or seconds, detail) of each case."""
    firms = _firms(companies)
    ours, plain = _in_turn([lambda: score(firms), lambda: _plain_score(firms)], repetitions)
    prospects = _people(people)
    (forecast,) = _in_turn([lambda: bounce_forecast(prospects)], repetitions)
    (listed,) = _in_turn([lambda: send_list(prospects)], 3)
    few = _people(81)
    (short,) = _in_turn([lambda: send_list(few)], 15)
    (deduped,) = _in_turn([lambda: dedupe(firms.head(100_000))], 3)
    return [
        (f"score / plain polars, {companies:,} companies", ours / plain, f"{ours:.2f} s over {plain:.2f} s"),
        (f"bounce_forecast, {people:,} prospects", forecast, "seconds; goal below 1"),
        (f"send_list, {people:,} prospects", listed, "seconds"),
        ("send_list, 81 prospects", short, "seconds; goal 0.05"),
        ("dedupe, 100,000 companies", deduped, "seconds"),
    ]


def _in_turn(contenders: list[Callable[[], object]], repetitions: int) -> list[float]:
    seconds: list[list[float]] = [[] for _ in contenders]
    for _ in range(repetitions):
        for taken, contender in zip(seconds, contenders, strict=True):
            start = time.perf_counter()
            contender()
            taken.append(time.perf_counter() - start)
    return [statistics.median(taken) for taken in seconds]


def _firms(count: int) -> pl.DataFrame:
    chance = random.Random(7)
    scores = [round(chance.uniform(0, 10), 1) for _ in range(1000)]
    index = pl.int_range(count, eager=True)
    return pl.DataFrame(
        {
            "id": index.cast(pl.String),
            "match_score": pl.Series(scores).gather(index % 1000),
            "website_url": "https://f" + index.cast(pl.String) + ".example",
            "city": pl.Series(["Ulm", "Kiel", None]).gather(index % 3),
        }
    )


def _people(count: int) -> pl.DataFrame:
    chance = random.Random(3)
    names = [f"p{number}@d{chance.randrange(max(1, count * 5 // 11))}.example" for number in range(count)]
    risks = [round(min(100.0, chance.expovariate(1 / 8)), 1) for _ in range(count)]
    return pl.DataFrame({"email": names, "bounce_risk_score": risks})


def _plain_score(firms: pl.DataFrame) -> pl.DataFrame:
    """Say the default formula in Polars alone, reasons and all, for a frame without prospects."""
    fit = pl.when(pl.col("match_score").is_between(0, 10)).then(pl.col("match_score") / 10)
    n = fit.is_not_null().sum()
    assumed = pl.min_horizontal((fit.fill_null(0.0).sum() + 0.5 * 10) / (n + 10), 0.75)
    value = fit.fill_null(assumed)
    # Nothing is known of contacts: reach 0.6 and deliverability 0.8 are assumed, at a weight of one half.
    points, contact = 50 * (value - 0.5), 50 * (0.6 * 0.8 - 0.5)
    reasons = pl.concat_list(
        pl.format("{} match {}/10", points.round(0).cast(pl.Int64), value * 10),
        pl.lit("unknown: best contact"),
        pl.lit("unknown: e-mail deliverability"),
    )
    return firms.with_columns(
        known_share=pl.when(fit.is_not_null()).then(0.5).otherwise(0.0),
        points_fit=points.round(6),
        score=(50 + points + contact).round(6),
        reasons=reasons,
    )


def main() -> None:
    """Print every case."""
    for name, value, detail in rows():
        print(f"{name:50} {value:8.2f}  {detail}")


if __name__ == "__main__":
    main()
