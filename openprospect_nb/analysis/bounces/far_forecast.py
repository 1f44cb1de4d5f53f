"""A forecast of a long list that stays in its engine: only sums over risks and domains come here.

A long list enters a forecast by how many have each risk and by what each domain adds to variance and third moment
(`outlook`). Under a share of fate both are a straight line between nobody sharing and everybody sharing, so that two
sums over the domains say it for every share; the engine makes them. Domains so large that each shows come member by
member, but for risks that differ by less than 1 / 2,000, which come as one. So do lists of a tier that are short.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import reduce
from operator import or_
from typing import Final, TypeAlias

import narwhals.stable.v2 as nw
import numpy as np
import polars as pl

from openprospect_nb.analysis.bounces.belief import FLOOR, Belief
from openprospect_nb.analysis.bounces.outlook import (
    Counts,
    Outlook,
    Rest,
    beside,
    grown,
    is_exact,
    parted,
    shows_from,
    smoothed,
)
from openprospect_nb.analysis.bounces.poisson_binomial import Crowd, Cumulants, Floats, cumulants_of, moved
from openprospect_nb.analysis.contacts.recipients import once_there
from openprospect_nb.analysis.table import Lazy, collect, held, rows_in

FAR: Final = 50_000
"""Recipients from which on a list is not fetched; of fewer a forecast may be exact."""
SUMMED: Final = 5_000
"""Recipients from which on the sums for all of them are far fewer than their rows."""
SHORT: Final = 1_000
"""A tier of fewer than one in so many is fetched."""
_BINS: Final = 2_000
_LARGEST: Final = 300
_NOBODY: Final[Floats] = np.zeros(0)
# Different risks, 0-1, and how many have each: of those alone on their domain, and of the others.
Tally: TypeAlias = tuple[Floats, Floats]
Parts: TypeAlias = tuple[Tally, Tally]


@dataclass(frozen=True, slots=True)
class Sums:
    """What a forecast needs of a list.

    Attributes:
        alone, shared: different risks, 0-1, and how many have each, of those alone on their domain and of the others.
        apart, one_die: cumulants of the others' bounces if nobody, and if everybody, on a domain shared its fate.
        large: the members of the domains that show, who are among the others.
        stated: different risks as the vendor states them, 0-1, and how many have each.
    """

    alone: tuple[Floats, Floats]
    shared: tuple[Floats, Floats]
    apart: Cumulants
    one_die: Cumulants
    large: Crowd
    stated: tuple[Floats, Floats]

    @property
    def varied(self) -> float:
        """The variance of the number of bounces if nobody shared a fate."""
        return float(sum(times @ (risks * (1 - risks)) for risks, times in (self.alone, self.shared)))

    def outlook(self, belief: Belief) -> Outlook:
        """Return how many of them may bounce; never exact."""
        spread = belief.spread(*self.stated)
        used = belief.shares if len(self.shared[0]) else (0.0,)
        tally = _together((self.alone, self.shared))
        alone = cumulants_of(_crowd(*self.alone), [0.0])[0]
        moments = [alone.plus(_between(self.apart, self.one_die, share)) for share in (0.0, *used)]
        counts: list[Counts] = list(smoothed(tally, moments, spread))
        if len(self.large.shared):
            counts = [self._beside(s, spread) if s else plain for s, plain in zip(used, counts, strict=True)]
        return Outlook(tuple(counts), moments[0].mean, is_exact=False)

    def _beside(self, share: float, spread: float) -> Counts:
        """Return the distribution with the large domains kept; the others are what is left of the sums."""
        apart, one_die = (whole.plus(own, -1) for whole, own in zip(
            (self.apart, self.one_die), cumulants_of(self.large, [0.0, 1.0]), strict=True))  # fmt: skip
        together = _between(apart, one_die, share)
        risks, times = self.shared
        left = max(float(times.sum()) - len(self.large.shared), 1.0)
        times = times * left / times.sum()

        def at(shift: float) -> tuple[Cumulants, float]:
            there = cumulants_of(_crowd(moved(risks, shift), times), [0.0])[0]
            growth = float(grown(np.array(there.mean), apart.mean, int(left)))
            return there.plus(together.plus(apart, -1)._replace(mean=0.0), growth), there.variance

        kept = self.large._replace(alone=self.alone[0], times=self.alone[1])
        return beside(kept, Rest(round(left), at) if apart.mean > 0 else None, self.varied, share, spread)


@dataclass(frozen=True, slots=True)
class FarList:
    """Who would be written to, where the rows are.

    Attributes:
        known: ``domain``, ``tier``, ``risk`` 0-1 as it is believed, and ``stated`` 0-1; a row an address.
        n, unknown, not_sendable, duplicates: as in a `BounceForecast`. tiers: how many of the ``n`` are in each.
    """

    known: Lazy
    n: int
    unknown: int
    not_sendable: int
    duplicates: int
    tiers: dict[str, int]

    def outlooks(self, belief: Belief) -> dict[str, Outlook]:
        """Return how many may bounce of each tier, and under "" of all."""
        short = [tier for tier, n in self.tiers.items() if n * SHORT < self.n]
        long = {"": self.n, **{tier: n for tier, n in self.tiers.items() if tier not in short}}
        sums = _sums(self.known, _parts(self.known, list(long)), is_measured=belief.calibration is not None)
        outlooks = {name: own.outlook(belief) for name, own in sums.items()}
        if short:
            here = collect(self.known.filter(nw.col("tier").is_in(short)), ["tier", "domain", "risk", "stated"])
            parts = here.rename({"risk": "p"}).cast({"domain": pl.String, "tier": pl.String}).partition_by("tier")
            outlooks |= {
                part["tier"][0]: belief.outlook(belief.audience(part).crowd(), part["stated"].to_numpy())
                for part in parts
            }
        return outlooks

    def whole(self, belief: Belief) -> Outlook | None:
        """Return how many may bounce of all of them, of whatever tier; None where their rows would say it closer.

        Of fewer than `FAR` rows may say it exactly, and the shape of a large domain better than sums.
        """
        parts = {"": _parts_of_all(self.known)}
        known = self.known.with_columns(tier=nw.lit(""))
        sums = _sums(known, parts, is_measured=belief.calibration is not None)[""]
        factors = len(sums.alone[0]) + int(sums.shared[1].sum())
        is_closer = len(sums.large.shared) or is_exact(factors, sums.varied, belief.spread(*sums.stated))
        return None if self.n < FAR and is_closer else sums.outlook(belief)

    def heaviest(self, share: float, count: int) -> pl.DataFrame:
        """Return the *count* domains with the most bounces expected: name, n, expected, rate and ``p_all``."""
        risk = nw.col("risk")
        sums = _with_domain(self.known).group_by("domain").agg(
            nw.len().alias("n"), risk.sum().alias("expected"), risk.min().alias("lowest"),
            risk.log().sum().alias("logs"),
        )  # fmt: skip
        first = sums.sort("expected", "domain", descending=[True, False]).head(count)
        table = collect(first, ["domain", "n", "expected", "lowest", "logs"])
        together = share * pl.col("lowest") + (1 - share) * pl.col("logs").exp()
        return table.sort("expected", "domain", descending=[True, False]).select(
            "domain",
            "n",
            "expected",
            rate=pl.col("expected") / pl.col("n"),
            p_all=pl.when(pl.col("n") == 1).then("lowest").otherwise(together),
        )


@contextmanager
def far_list(rows: Lazy, belief: Belief) -> Iterator[FarList]:
    """Yield the recipients among *rows* of `rows_there`; they are worked out once for all that is asked of them."""
    with held(once_there(rows).drop("address")) as once:
        yield _listed(once, rows_in(rows), belief)


def _listed(once: Lazy, given: int, belief: Belief) -> FarList:
    counted = once.group_by("tier").agg(nw.len().alias("n"), nw.col("p").count().alias("known"), nw.col("rows").sum())
    counts = collect(counted, ["tier", "n", "known", "rows"])
    distinct, known, sent = (int(counts[name].sum()) for name in ("n", "known", "rows"))
    believed = nw.when(nw.col("p") > 100 * FLOOR).then(nw.col("p") / 100).otherwise(nw.lit(FLOOR))
    risk = believed if belief.calibration is None else nw.col("p") / 100
    stated = nw.coalesce(nw.col("stated"), nw.col("p")) / 100
    lazy = once.filter(~nw.col("p").is_null()).select("domain", "tier", risk.alias("risk"), stated.alias("stated"))
    tiers = {name: n for name, n in counts.select("tier", "known").rows() if n}
    return FarList(lazy, known, distinct - known, given - sent, sent - distinct, tiers)


def _sums(known: Lazy, parts: Mapping[str, Parts], *, is_measured: bool) -> dict[str, Sums]:
    """Return the sums of each group, a tier or "" for all; only of a measured map the stated risks say more."""
    moments = _moments(known, ()) | (_moments(known, ("tier",)) if len(parts) > 1 else {})
    edges = {name: shows_from(sum(float(t @ (r * (1 - r))) for r, t in parts[name])) for name in parts}
    large, stated = _large(known, edges), _binned(known, "stated", "tier") if is_measured else None
    nothing = (Cumulants(0.0, 0.0, 0.0), Cumulants(0.0, 0.0, 0.0))
    return {
        name: Sums(
            *parts[name],
            *moments.get(name, nothing),
            large.get(name, _crowd()),
            _together(parts[name]) if stated is None else _counted(stated, name),
        )
        for name in parts
    }


def _parts(known: Lazy, groups: Sequence[str]) -> dict[str, Parts]:
    """Return of each of *groups* how many have about which risk, of those alone on their domain and of the others."""
    nobodys = nw.col("domain").is_null()
    sized = known.with_columns(
        (nobodys | (nw.len().over("domain") == 1)).alias("alone"),
        (nobodys | (nw.len().over("tier", "domain") == 1)).alias("alone_in_tier"),
    )
    tallies = _binned(sized, "risk", "tier", "alone", "alone_in_tier")
    parts = {}
    for name in groups:
        is_alone = pl.col("alone_in_tier" if name else "alone")
        parts[name] = _counted(tallies.filter(is_alone), name), _counted(tallies.filter(~is_alone), name)
    return parts


def _parts_of_all(known: Lazy) -> Parts:
    """Return the same of all of them, for which a row a risk crosses."""
    risk, is_alone = nw.col("risk"), nw.col("domain").is_null() | (nw.len().over("domain") == 1)
    sized = known.with_columns(_bin("risk"), is_alone.alias("is_alone"))
    split = sized.with_columns(
        nw.when(nw.col("is_alone")).then(risk).alias("alone"), nw.when(~nw.col("is_alone")).then(risk).alias("shared")
    )
    counts = (nw.col(name).count().alias(f"{name}_n") for name in ("alone", "shared"))
    summed = split.group_by("bin").agg(nw.col("alone", "shared").sum(), *counts)
    rows = collect(summed, ["bin", "alone", "alone_n", "shared", "shared_n"])
    alone, shared = (
        _counted(rows.select("bin", sum=name, n=f"{name}_n").filter(pl.col("n") > 0), "")
        for name in ("alone", "shared")
    )
    return alone, shared


def _bin(risk: str) -> nw.Expr:
    """Return in which of the bins a risk is."""
    return (nw.col(risk) * _BINS).floor().cast(nw.Int64).alias("bin")


def _binned(rows: Lazy, risk: str, *by: str) -> pl.DataFrame:
    """Return, for each ``bin`` of a risk, how many have one in it, ``n``, and the ``sum`` of these."""
    keys = [*by, "bin"]
    summed = rows.with_columns(_bin(risk)).group_by(*keys).agg(nw.len().alias("n"), nw.col(risk).sum().alias("sum"))
    return collect(summed, [*keys, "n", "sum"])


def _together(parts: Parts) -> Tally:
    """Return the risks of both parts, and how many have each."""
    (alone, alone_times), (shared, shared_times) = parts
    return np.concatenate([alone, shared]), np.concatenate([alone_times, shared_times])


def _counted(tallies: pl.DataFrame, group: str) -> tuple[Floats, Floats]:
    """Return the different values of a group, a tier or "" for all, by their means, and how many have each."""
    mine = tallies.filter(pl.col("tier") == group) if group else tallies
    summed = mine.group_by("bin").agg(pl.col("n", "sum").sum()).sort("bin")
    times = summed["n"].cast(pl.Float64).to_numpy()
    return summed["sum"].cast(pl.Float64).to_numpy() / times, times


def _moments(known: Lazy, by: tuple[str, ...]) -> dict[str, tuple[Cumulants, Cumulants]]:
    """Return, for each group, the cumulants of those who are not alone: nobody shares a fate, all on a domain do."""
    q, k = nw.col("risk"), nw.col("k")
    spread = q * (1 - q)
    ranked = _with_domain(known).with_columns(q.rank("ordinal", descending=True).over(*by, "domain").alias("k"))
    domains = ranked.group_by(*by, "domain").agg(
        nw.len().alias("n"),
        q.sum().alias("mean"),
        ((2 * k - 1) * q).sum().alias("second"),
        ((3 * k * k - 3 * k + 1) * q).sum().alias("third"),
        spread.sum().alias("v0"),
        (spread * (1 - 2 * q)).sum().alias("t0"),
    )
    mean, second = nw.col("mean"), nw.col("second")
    several = domains.filter(nw.col("n") > 1).with_columns(
        (second - mean * mean).alias("v1"), (nw.col("third") - 3 * second * mean + 2 * mean * mean * mean).alias("t1")
    )
    names = ["mean", "v0", "t0", "v1", "t1"]
    summed = several.group_by(*by).agg(nw.col(*names).sum()) if by else several.select(nw.col(*names).sum())
    rows = collect(summed, [*by, *names]).drop_nulls().rows()
    sums = {"".join(row[: len(by)]): map(float, row[len(by) :]) for row in rows}
    return {
        name: (Cumulants(total, v0, t0), Cumulants(total, max(v1, 0.0), t1))
        for name, (total, v0, t0, v1, t1) in sums.items()
    }


def _large(known: Lazy, edges: dict[str, float]) -> dict[str, Crowd]:
    """Return, for each group, the members of its domains of more people than its edge."""
    chosen: set[tuple[str, str]] = set()
    for by in ((), ("tier",)):
        sizes = _with_domain(known).group_by(*by, "domain").agg(nw.len().alias("n"))
        shows = [(nw.col("n") > edge) & (nw.col("tier") == name if by else nw.lit(value=True))
                 for name, edge in edges.items() if bool(name) == bool(by)]  # fmt: skip
        if shows:
            largest = sizes.filter(reduce(or_, shows)).sort("n", descending=True).head(_LARGEST)
            rows = collect(largest, [*by, "domain", "n"]).rows()
            chosen |= {("".join(row[: len(by)]), row[len(by)]) for row in rows}
    if not chosen:
        return {}
    inside = known.filter(nw.col("domain").is_in(sorted({domain for _, domain in chosen})))
    members = _binned(inside, "risk", "tier", "domain")
    return {name: _members(members, name, [d for group, d in chosen if group == name], edges[name])
            for name in {group for group, _ in chosen}}  # fmt: skip


def _members(members: pl.DataFrame, group: str, domains: Iterable[str], edge: float) -> Crowd:
    """Return the members of the domains that show, domain by domain, the riskiest first."""
    mine = members.filter(pl.col("domain").is_in(list(domains)), (pl.col("tier") == group) | (group == ""))
    tallied = (
        mine.group_by("domain", "bin").agg(pl.col("n", "sum").sum()).with_columns(risk=pl.col("sum") / pl.col("n"))
    )
    rows = tallied.sort("domain", "risk", descending=[False, True])
    risks = np.repeat(rows["risk"].cast(pl.Float64).to_numpy(), rows["n"].cast(pl.Int64).to_numpy())
    sizes = rows.group_by("domain", maintain_order=True).agg(pl.col("n").sum())["n"].cast(pl.Int64).to_numpy()
    whole = Crowd(_NOBODY, _NOBODY, risks, np.cumsum(sizes) - sizes)
    return parted(whole, (2 * edge) ** 2)[1]


def _with_domain(known: Lazy) -> Lazy:
    return known.filter(~nw.col("domain").is_null())


def _crowd(risks: Floats = _NOBODY, times: Floats = _NOBODY) -> Crowd:
    return Crowd(risks, times, _NOBODY, np.zeros(0, dtype=np.int64))


def _between(apart: Cumulants, one_die: Cumulants, share: float) -> Cumulants:
    """Return the cumulants where one die is thrown with chance *share*: they lie on a straight line."""
    return apart.plus(one_die.plus(apart, -1), share)
