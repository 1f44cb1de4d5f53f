"""What goes with high match scores: reasons, sizes, places, technologies, each with its lift and an interval.

A lift compares the rate of high scores among companies that have a feature with the rate among those that are known
not to have it; 1 means no difference. It describes what was delivered; it does not say why.

Many features are looked at, and some of them always look good by chance. So each has the false discovery rate at which
it would be taken (`scoring.discoveries`), and only what holds at 8 % is suggested. Sister companies, which share a web
site or a name, are one observation.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

import narwhals.stable.v2 as nw
import polars as pl

from openprospect_nb.analysis.contacts.counting import filled
from openprospect_nb.analysis.contacts.percentages import within
from openprospect_nb.analysis.identity.places import city_key, country_key, usual_spellings
from openprospect_nb.analysis.identity.sisters import firm_of
from openprospect_nb.analysis.intervals import Count, log_ratio, wilson, z_value
from openprospect_nb.analysis.scoring.discoveries import Ranking, deflated, false_discovery_rates, p_value, shrunk
from openprospect_nb.analysis.table import OpenTable, companies_of, open_table, read, read_whole, whole
from openprospect_nb.frames.results import Results
from openprospect_nb.markup.cards import Card, Faced, card_table, percent

HIGH_SCORE: Final = 8.0
MIN_COMPANIES: Final = 5
FALSE_DISCOVERIES: Final = 0.08
REAL: Final = 1.1
"""The lift, after it was drawn towards 1, from which on a feature is worth a change of the ICP (or below 1 / 1.1)."""
SIZES: Final = ((1, 9), (10, 49), (50, 249), (250, 999), (1000, None))
LIFTS: Final = pl.Schema(
    {
        "kind": pl.String(),
        "value": pl.String(),
        "n": pl.Int64(),
        "high": pl.Int64(),
        "rate": pl.Float64(),
        "rate_low": pl.Float64(),
        "rate_high": pl.Float64(),
        "rate_without": pl.Float64(),
        "lift": pl.Float64(),
        "lift_low": pl.Float64(),
        "lift_high": pl.Float64(),
        "lift_shrunk": pl.Float64(),
        "p_value": pl.Float64(),
        "false_discovery_rate": pl.Float64(),
    }
)
_LISTS: Final = ("match_reasons", "web_technologies")
_COUNTED: Final = pl.Schema(
    {name: dtype for name, dtype in LIFTS.items() if name not in {"lift_shrunk", "p_value", "false_discovery_rate"}}
)
_PHRASES: Final = {
    "size": "with {} employees",
    "country": "in {}",
    "city": "in {}",
    "technology": "that use {}",
    "business_type": "of the type {}",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Drivers(Faced):
    """Features that go with high scores.

    Attributes:
        threshold: from which ``match_score`` on a company counts as high (0-10). scored, high: how many there are.
        tested: how many features were compared, the rows of the table. firms: among how many different firms; sister
            companies (same web site, else same name) are one.
        table: `LIFTS`, the surest lift first: ``n`` companies with the feature, how many are high, that rate 0-1 with
            its Wilson interval, the rate without the feature, the ratio of the two with its interval (90 %, for this
            feature alone), the ratio drawn towards 1 as the other features advise, the chance of such a difference
            in the share of high scores, or in the scores, if the feature had no effect, and the false discovery rate at
            which it would be taken among its like (the vendor's own reasons are a kind of their own).
        suggestion: a change of the ICP text as a unified diff, from features with a false discovery rate of at most
            8 % and a lift that stays above 1.1 (or below 1 / 1.1, to avoid); empty when nothing is sure enough. Its
            heading says how many features were tested. Without an ICP text it only adds lines.
    """

    threshold: float
    scored: int
    firms: int
    high: int
    tested: int
    suggestion: str
    table: pl.DataFrame = field(compare=False)

    def _card(self) -> Card:
        held = self.table.filter(pl.col("false_discovery_rate") <= FALSE_DISCOVERIES)
        shown = held if held.height else self.table
        rows = [
            (f"{row['kind']}: {row['value']}", row["n"], percent(row["rate"]), percent(row["rate_without"]),
             f"{row['lift_shrunk']:.1f}", f"{row['lift_low']:.1f} to {row['lift_high']:.1f}")
            for row in shown.iter_rows(named=True)
        ]  # fmt: skip
        return Card(
            kind=f"What goes with a match of {self.threshold:g} or more",
            answer=f"{held.height} of {self.tested} features hold."
            if held.height
            else "No feature holds beyond chance.",
            facts=(
                (f"match {self.threshold:g} or more", f"{self.high} of {self.scored} companies"),
                ("firms", self.firms),
                ("features tested", self.tested),
            ),
            doubt=f"Of those that hold about {FALSE_DISCOVERIES:.0%} are false; it describes, it does not say why."
            if held.height
            else "",
            table=card_table(("feature", "n", "high with", "without", "lift", "interval"), rows),
            calls=("print(found.suggestion)",) if self.suggestion else (),
        )

    def __repr__(self) -> str:
        high = f"{self.high} of {self.scored} companies score {self.threshold:g} or more"
        sure = int((self.table["false_discovery_rate"] <= FALSE_DISCOVERIES).sum())
        return f"Drivers({high}; {self.tested} features tested, {sure} hold at {FALSE_DISCOVERIES:.0%} false discovery)"


def drivers(results: object, *, threshold: float = HIGH_SCORE, min_companies: int = MIN_COMPANIES) -> Drivers:
    """Return which features go with a match score of *threshold* or more.

    Args:
        results: a `Results`, or a companies frame with ``match_score``; ``match_reasons``, ``employee_count``,
            ``country``, ``city``, ``business_type`` and ``web_technologies`` are used where they are there.
        threshold: what counts as high, 0-10.
        min_companies: features seen on fewer companies are left out.

    Raises:
        ValidationError: ``match_score`` is missing.

    Example:
        >>> op.drivers(results, threshold=8.0).threshold
        8.0
    """
    table = open_table(companies_of(results), name="companies", required=("match_score",))
    scored = _rows(table).filter(pl.col("match_score").is_not_null())
    scored = scored.with_columns(is_high=pl.col("match_score") >= threshold)
    firms = read_whole(scored.lazy().sort("id").unique("firm", keep="first", maintain_order=True))
    of_all = _halves(scored, min_companies)
    # Mostly nobody has a sister, and the firms are the companies.
    of_firms = of_all if firms.height == scored.height else _halves(firms, min_companies)
    counted = pl.DataFrame(
        [_lift(*feature, halves) for feature, halves in of_all.items()], schema=_COUNTED, orient="row"
    )
    lifts = _weighed(counted, [of_firms[feature].chance if feature in of_firms else 1.0 for feature in of_all]).sort(
        ["lift_low", "kind", "value"], descending=[True, False, False]
    )
    return Drivers(
        threshold=threshold,
        scored=scored.height,
        firms=firms.height,
        tested=lifts.height,
        high=int(scored["is_high"].sum()),
        suggestion=_suggestion(lifts, _icp_text(results)),
        table=lifts,
    )


def _rows(table: OpenTable) -> pl.DataFrame:
    """Return one row a company: the best scored of those with one id; rows without an id stand for themselves."""
    texts, lists = ("id", "country", "city", "business_type", "name", "website_url"), _LISTS
    columns = {name: table.column(name, nw.String) for name in texts}
    columns["employee_count"] = whole(table.column("employee_count", nw.Float64))
    columns["match_score"] = within(table.column("match_score", nw.Float64), 0, 10)
    columns |= {name: table.column(name, nw.List) for name in lists if table.holds_values(name)}
    missing = [pl.lit(None, pl.List(pl.String)).alias(name) for name in lists if not table.holds_values(name)]
    types = [(name, pl.String()) for name in texts] + [(name, pl.List(pl.String)) for name in lists]
    numbers = [("employee_count", pl.Int64()), ("match_score", pl.Float64())]
    typed = read(table.lazy, columns).lazy().with_columns(*missing).cast(pl.Schema([*types, *numbers]))
    by = ["match_score", *texts, "employee_count"]
    best_first = typed.sort(by, descending=[True] + [False] * (len(by) - 1), nulls_last=True)
    own = pl.coalesce("id", pl.format("row {}", pl.int_range(pl.len())))
    once = read_whole(best_first.with_columns(own.alias("id")).unique("id", keep="first", maintain_order=True))
    places = (_one_spelling(once, "country", country_key), _one_spelling(once, "city", city_key))
    return once.with_columns(*places, firm=firm_of(once))


def _one_spelling(rows: pl.DataFrame, column: str, key: Callable[[str], str]) -> pl.Series:
    """Return the countries or cities, all spellings of one (DE, Germany) as the most frequent of them."""
    counts = rows[column].drop_nulls().value_counts()
    usual = usual_spellings(dict(counts.iter_rows()), key)
    return rows[column].replace(usual) if usual else rows[column]


def _features(scored: pl.DataFrame) -> pl.LazyFrame:
    """Return for each kind of feature and company ``kind``, its score, ``is_high`` and the ``values`` (a list).

    A company of which nothing is known of a kind has no row of that kind.
    """
    band = pl.lit(None, pl.String)
    for low, high in SIZES:
        name = f"{low}+" if high is None else f"{low}-{high}"
        inside = pl.col("employee_count") >= low if high is None else pl.col("employee_count").is_between(low, high)
        band = pl.when(inside).then(pl.lit(name)).otherwise(band)
    single = {"size": band} | {kind: filled(pl, pl.col(kind)) for kind in ("country", "city", "business_type")}
    values: dict[str, pl.Expr] = {
        kind: pl.when(value.is_not_null()).then(pl.concat_list(value)) for kind, value in single.items()
    }
    values |= {"reason": pl.col("match_reasons").list.unique(), "technology": pl.col("web_technologies").list.unique()}
    rows = scored.lazy()
    return pl.concat(
        rows.select("match_score", "is_high", kind=pl.lit(kind), values=value) for kind, value in values.items()
    ).drop_nulls("values")


class _Halves(NamedTuple):
    """Companies with and without a feature, how many of each score high, and the chance of such a difference."""

    having: Count
    without: Count
    chance: float


def _halves(scored: pl.DataFrame, min_companies: int) -> dict[tuple[str, str], _Halves]:
    """Return kind and value of each feature that enough companies have, and enough have not, with its halves."""
    features = read_whole(_features(scored).with_columns(rank=pl.col("match_score").rank().over("kind")))
    alike = features.group_by("kind").agg("rank", high=pl.col("is_high").sum())
    of_kind = {kind: (Ranking(ranks), high) for kind, ranks, high in alike.rows()}
    counted = read_whole(
        features.lazy()
        .filter(pl.col("values").list.len() > 0)
        .explode("values")
        .drop_nulls("values")
        .group_by("kind", "values")
        .agg(pl.len().alias("n"), pl.col("is_high").sum().alias("high"), pl.col("rank").mean())
        .sort("kind", "values")
    )
    halves = {}
    for kind, value, n, high, rank in counted.rows():
        ranking, total_high = of_kind[kind]
        if n >= min_companies and ranking.total - n >= min_companies:
            having, without = Count(high, n), Count(total_high - high, ranking.total - n)
            # Two ways of looking: at the share of high scores and at all scores; the better one counts, paid for twice.
            chance = 2 * min(p_value(without, having), ranking.p_value(rank, n))
            halves[kind, value] = _Halves(having, without, min(1.0, chance))
    return halves


def _lift(kind: str, value: str, halves: _Halves) -> Sequence[object]:
    (high, n), (without_high, without) = halves.having, halves.without
    low, top = log_ratio(halves.without, halves.having)
    # The half counts of the interval are in the ratio too, so that it always lies inside.
    lift = (high + 0.5) / (n + 1) / ((without_high + 0.5) / (without + 1))
    return kind, value, n, high, high / n, *wilson(high, n), without_high / without, lift, low, top


def _weighed(lifts: pl.DataFrame, chances: Sequence[float]) -> pl.DataFrame:
    """Return the lifts with their chances, and with what is known once all of their kind are looked at together."""
    numbered = lifts.with_row_index("row").with_columns(
        pl.Series("p_value", chances, dtype=pl.Float64),
        is_reason=pl.col("kind") == "reason",
        log=pl.col("lift").log(),
        error=(pl.col("lift_high") / pl.col("lift_low")).log() / (2 * z_value(0.9)),
    )
    parts = []
    for part in numbered.partition_by("is_reason"):
        corrected = deflated(part["p_value"].to_list())
        drawn = shrunk(part["log"].to_list(), part["error"].to_list())
        parts.append(
            part.with_columns(
                pl.Series("p_value", corrected, dtype=pl.Float64),
                pl.Series("false_discovery_rate", false_discovery_rates(corrected), dtype=pl.Float64),
                pl.lit(pl.Series(drawn, dtype=pl.Float64)).exp().alias("lift_shrunk"),
            )
        )
    return pl.concat(parts).sort("row").select(LIFTS.names()) if parts else pl.DataFrame(schema=LIFTS)


def _icp_text(results: object) -> str:
    if not isinstance(results, Results):
        return ""
    icp: Any = results.provenance.get("icp")
    text = icp.get("ideal_customer_profile") if isinstance(icp, Mapping) else None
    return text if isinstance(text, str) else ""


def _suggestion(lifts: pl.DataFrame, text: str) -> str:
    sayable = lifts.filter(pl.col("kind").is_in(list(_PHRASES)))
    sure = sayable.filter(pl.col("false_discovery_rate") <= FALSE_DISCOVERIES).sort("p_value", "kind", "value")
    if sure.is_empty():
        return ""
    better = sure.filter(pl.col("lift_shrunk") >= REAL).head(3)
    worse = sure.filter(pl.col("lift_shrunk") <= 1 / REAL).head(2)
    added = [
        f"{word} companies {phrases}."
        for word, phrases in (("Prefer", _phrases(better)), ("Avoid", _phrases(worse)))
        if phrases
    ]
    if not added:
        return ""
    before = text.splitlines()
    hold = (
        f"{sure.height} of {sayable.height} features tested hold at a false discovery rate of {FALSE_DISCOVERIES:.0%}"
    )
    said = f"ICP suggested ({hold})"
    return "\n".join(difflib.unified_diff(before, [*before, *added], "ICP now", said, lineterm=""))


def _phrases(rows: pl.DataFrame) -> str:
    return ", or ".join(_PHRASES[kind].format(value) for kind, value in rows.select("kind", "value").rows())
