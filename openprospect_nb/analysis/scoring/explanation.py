"""Why a company ranks where it does, beside its neighbours in rank, and what would change that."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import narwhals.stable.v2 as nw

from openprospect_nb.analysis.scoring.formula import DEFAULT_WEIGHTS, score
from openprospect_nb.analysis.table import open_table, read
from openprospect_nb.errors import FieldProblem, ValidationError
from openprospect_nb.frames.results import Results
from openprospect_nb.markup.cards import Card, Faced, card_table

COMPONENTS: Final = (*DEFAULT_WEIGHTS, "answers")


@dataclass(frozen=True, slots=True, kw_only=True)
class Neighbour:
    """The company one rank above or below: id, score, by how many points each component exceeds ours, name if known."""

    company_id: str
    score: float
    points: Mapping[str, float]
    name: str | None = None

    @property
    def called(self) -> str:
        """The name, or the id where no name is known."""
        return self.name or self.company_id


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation(Faced):
    """A company's place among the scored.

    Attributes:
        company_id, score: which company; its score, 0-100.
        rank: 1 is best; companies of equal score are ranked by id.
        of: how many have a score.
        reasons: what `score` said.
        known, assumed: component → its points, by whether its value is known or only expected of such a company;
            50 and all of them are the score (before it is cut to 0 to 100, where answers count).
        above, below: the neighbours in rank, None at the ends.
        changes: sentences on what would change the rank.
    """

    company_id: str
    score: float
    rank: int
    of: int
    reasons: tuple[str, ...]
    above: Neighbour | None
    below: Neighbour | None
    changes: tuple[str, ...]
    known: Mapping[str, float]
    assumed: Mapping[str, float]

    def _card(self) -> Card:
        known = [(name, f"{points:+.1f}", "known") for name, points in self.known.items()]
        assumed = [(name, f"{points:+.1f}", "assumed") for name, points in self.assumed.items()]
        neighbours = [
            f"above: {self.above.called}" if self.above else "",
            f"below: {self.below.called}" if self.below else "",
        ]
        return Card(
            kind="Explanation of a score",
            answer=f"Rank {self.rank} of {self.of}, score {self.score:.1f} of 100.",
            facts=(
                ("next to it", ", ".join(filter(None, neighbours))),
                ("what would change it", " ".join(self.changes)),
            ),
            table=card_table(("component", "points to 50", "value"), known + assumed),
            calls=("print(explanation)",),
        )

    def __repr__(self) -> str:
        """Return the place in one line, with points for reasons: these name a person."""
        return f"Explanation(rank {self.rank} of {self.of}, score {self.score:.1f}; {'; '.join(self._parts)})"

    def __str__(self) -> str:
        head = f"Rank {self.rank} of {self.of}, score {self.score:.1f} of 100"
        return "\n".join([head, *(f"  {line}" for line in (*self.reasons, *self._parts, *self.changes))])

    @property
    def _parts(self) -> list[str]:
        return [
            f"{word}: {', '.join(f'{name} {value:+.1f}' for name, value in points.items())}"
            for word, points in (("known", self.known), ("assumed", self.assumed))
            if points
        ]


def explain(scored: object, company: str | Mapping[str, Any]) -> Explanation:
    """Return where a company ranks, how it differs from its neighbours, and what would change its rank.

    Args:
        scored: what `score` returned; or a `Results`, which is scored first, with the usual weights.
        company: an id, or a row of *scored* as a dict.

    Raises:
        ValidationError: a column of `score` is missing, or the company is not there or has no score.

    Example:
        >>> scored = op.score(results).sort("score", descending=True, nulls_last=True)
        >>> op.explain(scored, scored["id"][0]).rank
        1
    """
    identity = str(company["id"] if isinstance(company, Mapping) else company)
    ranked = _ranked(scored)
    places = {row["id"]: place for place, row in reversed(list(enumerate(ranked)))}
    if identity not in places:
        problem = FieldProblem("company", f"{identity!r} is not among the {len(ranked)} companies with a score")
        raise ValidationError("nothing to explain", fields=[problem], next_step="Give an id from the scored frame.")
    place = places[identity]
    row = ranked[place]
    above = _neighbour(row, ranked[place - 1]) if place > 0 else None
    below = _neighbour(row, ranked[place + 1]) if place + 1 < len(ranked) else None
    return Explanation(
        company_id=identity,
        score=row["score"],
        rank=place + 1,
        of=len(ranked),
        reasons=tuple(row["reasons"] or ()),
        above=above,
        below=below,
        changes=tuple(_changes(row, above, below)),
        known=_points_of(row, "points"),
        assumed=_points_of(row, "assumed"),
    )


def _ranked(scored: object) -> list[dict[str, Any]]:
    points = [f"{kind}_{name}" for name in COMPONENTS for kind in ("points", "assumed")]
    needed = [f"points_{name}" for name in DEFAULT_WEIGHTS]
    scored = score(scored) if isinstance(scored, Results) else scored
    table = open_table(scored, name="scored companies", required=("id", "score", "reasons", *needed))
    columns = {name: table.column(name, nw.Float64) for name in ("score", *points)}
    columns |= {name: table.column(name, nw.String) for name in ("id", "name")} | {"reasons": table.on.col("reasons")}
    once = read(table.lazy, columns).drop_nulls("score").unique("id", keep="first", maintain_order=True)
    return once.sort(["score", "id"], descending=[True, False]).to_dicts()


def _points_of(row: Mapping[str, Any], kind: str) -> dict[str, float]:
    """Return component → points of one kind, "points" (known) or "assumed"."""
    return {name: row[f"{kind}_{name}"] for name in COMPONENTS if row[f"{kind}_{name}"] is not None}


def _neighbour(row: Mapping[str, Any], other: Mapping[str, Any]) -> Neighbour:
    mine, theirs = (
        {name: (one[f"points_{name}"] or 0.0) + (one[f"assumed_{name}"] or 0.0) for name in COMPONENTS}
        for one in (row, other)
    )
    gaps = {name: theirs[name] - mine[name] for name in COMPONENTS}
    return Neighbour(company_id=other["id"], score=other["score"], points=gaps, name=other["name"])


def _changes(row: Mapping[str, Any], above: Neighbour | None, below: Neighbour | None) -> list[str]:
    said = []
    if above is not None:
        needed = above.score - row["score"]
        name, gap = max(above.points.items(), key=lambda item: item[1])
        said.append(f"to pass {above.called}: {needed:.1f} points more; it leads most in {name} ({gap:+.1f})")
    if below is not None:
        spare = row["score"] - below.score
        said.append(f"{below.called} passes with {spare:.1f} points more")
    said += [
        f"finding out about {name} would change the score in either direction ({points:+.1f} are assumed)"
        for name, points in _points_of(row, "assumed").items()
    ]
    return said
