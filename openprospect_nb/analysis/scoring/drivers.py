"""What goes with high match scores: reasons, sizes, places, technologies, each with its lift and an interval.

A lift compares the rate of high scores among companies that have a feature with the rate among those that are known
not to have it; 1 means no difference. It describes what was delivered; it does not say why.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import narwhals.stable.v2 as nw
import polars as pl

from openprospect_nb.analysis.contacts.best import within
from openprospect_nb.analysis.intervals import Count, log_ratio, wilson
from openprospect_nb.analysis.table import OpenTable, collect, companies_of, open_table
from openprospect_nb.frames.results import Results

HIGH_SCORE: Final = 8.0
MIN_COMPANIES: Final = 5
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
    }
)
_PHRASES: Final = {
    "size": "with {} employees",
    "country": "in {}",
    "city": "in {}",
    "technology": "that use {}",
    "business_type": "of the type {}",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Drivers:
    """Features that go with high scores.

    Attributes:
        threshold: from which ``match_score`` on a company counts as high (0-10). scored, high: how many there are.
        table: `LIFTS`, the surest lift first: ``n`` companies with the feature, how many are high, that rate 0-1 with
            its Wilson interval, the rate without the feature, the ratio of the two with its interval (90 %).
        suggestion: a change of the ICP text as a unified diff, from features whose whole interval lies above 1 (or
            below, to avoid); empty when nothing is sure enough. Without an ICP text it only adds lines.
    """

    threshold: float
    scored: int
    high: int
    suggestion: str
    table: pl.DataFrame = field(compare=False)

    def __repr__(self) -> str:
        """Return how much was looked at."""
        high = f"{self.high} of {self.scored} companies score {self.threshold:g} or more"
        return f"Drivers({high}; {self.table.height} features)"


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
    scored = _rows(table).drop_nulls("match_score").with_columns(is_high=pl.col("match_score") >= threshold)
    rows = [row for kind, has in _features(scored) for row in _lifts(kind, has, min_companies)]
    lifts = pl.DataFrame(rows, schema=LIFTS, orient="row").sort(
        ["lift_low", "kind", "value"], descending=[True, False, False]
    )
    return Drivers(
        threshold=threshold,
        scored=scored.height,
        high=int(scored["is_high"].sum()),
        suggestion=_suggestion(lifts, _icp_text(results)),
        table=lifts,
    )


def _rows(table: OpenTable) -> pl.DataFrame:
    """Return one row a company: the best scored of those with one id; rows without an id stand for themselves."""
    texts, lists = ("id", "country", "city", "business_type"), ("match_reasons", "web_technologies")
    columns = {f"__op_{name}": table.column(name, nw.String) for name in texts}
    columns["__op_employee_count"] = table.column("employee_count", nw.Int64)
    columns["__op_match_score"] = within(table.column("match_score", nw.Float64), 0, 10)
    columns |= {f"__op_{name}": table.column(name, nw.List) for name in lists if name in table.columns}
    rows = collect(table.lazy.select(**columns), list(columns)).rename(lambda name: name.removeprefix("__op_"))
    missing = [pl.lit(None, pl.List(pl.String)).alias(name) for name in lists if name not in table.columns]
    types = [(name, pl.String()) for name in texts] + [(name, pl.List(pl.String)) for name in lists]
    numbers = [("employee_count", pl.Int64()), ("match_score", pl.Float64())]
    typed = rows.with_columns(*missing).cast(pl.Schema([*types, *numbers]))
    best_first = typed.sort(["match_score", *texts, "employee_count"], descending=[True] + [False] * 5, nulls_last=True)
    own = pl.coalesce("id", pl.format("row {}", pl.int_range(pl.len())))
    return best_first.with_columns(own.alias("id")).unique("id", keep="first", maintain_order=True)


def _features(scored: pl.DataFrame) -> Iterator[tuple[str, pl.DataFrame]]:
    """Yield for each kind of feature a frame with ``row``, ``is_high`` and ``values`` (a list; null: unknown)."""
    numbered = scored.with_row_index("row")
    single = {
        "size": _size_band(),
        "country": _text("country"),
        "city": _text("city"),
        "business_type": _text("business_type"),
    }
    for kind, value in single.items():
        listed = pl.when(value.is_not_null()).then(pl.concat_list(value))
        yield kind, numbered.select("row", "is_high", listed.alias("values"))
    for kind, column in {"reason": "match_reasons", "technology": "web_technologies"}.items():
        yield kind, numbered.select("row", "is_high", pl.col(column).list.unique().alias("values"))


def _text(column: str) -> pl.Expr:
    text = pl.col(column).str.strip_chars()
    return pl.when(text != "").then(text)


def _size_band() -> pl.Expr:
    band = pl.lit(None, pl.String)
    for low, high in SIZES:
        name = f"{low}+" if high is None else f"{low}-{high}"
        inside = pl.col("employee_count") >= low if high is None else pl.col("employee_count").is_between(low, high)
        band = pl.when(inside).then(pl.lit(name)).otherwise(band)
    return band


def _lifts(kind: str, has: pl.DataFrame, min_companies: int) -> Iterator[Sequence[object]]:
    with_values = has.drop_nulls("values")
    total, total_high = with_values.height, int(with_values["is_high"].sum())
    entries = with_values.filter(pl.col("values").list.len() > 0).explode("values").drop_nulls("values")
    counted = entries.group_by("values").agg(pl.len().alias("n"), pl.col("is_high").sum().alias("high")).sort("values")
    for value, n, high in counted.rows():
        if n < min_companies or total - n < min_companies:
            continue
        without, without_high = total - n, total_high - high
        low, top = log_ratio(Count(without_high, without), Count(high, n))
        # The half counts of the interval are in the ratio too, so that it always lies inside.
        lift = (high + 0.5) / (n + 1) / ((without_high + 0.5) / (without + 1))
        yield kind, value, n, high, high / n, *wilson(high, n), without_high / without, lift, low, top


def _icp_text(results: object) -> str:
    if not isinstance(results, Results):
        return ""
    icp: Any = results.provenance.get("icp")
    text = icp.get("ideal_customer_profile") if isinstance(icp, Mapping) else None
    return text if isinstance(text, str) else ""


def _suggestion(lifts: pl.DataFrame, text: str) -> str:
    sayable = lifts.filter(pl.col("kind").is_in(list(_PHRASES)))
    better = sayable.filter(pl.col("lift_low") > 1).head(3)
    worse = sayable.filter(pl.col("lift_high") < 1).sort("lift_high", "kind", "value").head(2)
    added = [
        f"{word} companies {phrases}."
        for word, phrases in (("Prefer", _phrases(better)), ("Avoid", _phrases(worse)))
        if phrases
    ]
    if not added:
        return ""
    before = text.splitlines()
    return "\n".join(difflib.unified_diff(before, [*before, *added], "ICP now", "ICP suggested", lineterm=""))


def _phrases(rows: pl.DataFrame) -> str:
    return ", or ".join(_PHRASES[kind].format(value) for kind, value in rows.select("kind", "value").rows())
