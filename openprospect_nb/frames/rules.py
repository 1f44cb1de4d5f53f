"""The declared rules of each column as named Polars expressions, and what happens to the values that break them.

A value outside its declared range becomes null and is named in ``rejects`` with the value that was sent; its row
stays. A null where the contract promises a value stays and is named. Of two rows with one key the first is kept.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache, partial

import polars as pl

from openprospect_nb.frames.columns import Column, RecordKind
from openprospect_nb.frames.notes import Notes

NON_NULL = "non-null"
DUPLICATE = "duplicate"


@dataclass(frozen=True, slots=True)
class RowRule:
    """One rule: ``keeps`` is true for each row that obeys it; ``blanks`` says whether a breaking value becomes null.

    ``clears`` is a cheap look at the column: true if certainly no row breaks the rule.
    """

    column: str
    name: str
    keeps: pl.Expr
    clears: Callable[[pl.Series], bool]
    blanks: bool = False


class Rules(Mapping[str, pl.Expr]):
    """Named expressions, ``record.column.rule`` to a Boolean expression that is true where the rule holds."""

    def __init__(self, kinds: tuple[RecordKind, ...]) -> None:
        self._rules = {f"{k.record}.{r.column}.{r.name}": r.keeps for k in kinds for r in rules_of(k)}

    def __getitem__(self, name: str) -> pl.Expr:
        return self._rules[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._rules)

    def __len__(self) -> int:
        return len(self._rules)

    def __repr__(self) -> str:
        return "\n".join(f"{name}: {expression}" for name, expression in self._rules.items())


@cache
def rules_of(kind: RecordKind) -> tuple[RowRule, ...]:
    """Return the rules of *kind*: a range, a non-null and a key rule where the declaration has one."""
    rules = [rule for column in kind.wired for rule in _column_rules(column)]
    key, last = pl.struct(*kind.key) if len(kind.key) > 1 else pl.col(kind.key[0]), kind.key[-1]
    unique = key.is_first_distinct() | pl.col(last).is_null()
    return (*rules, RowRule(last, DUPLICATE, unique, lambda values: values.n_unique() == len(values)))


def enforce(frame: pl.DataFrame, kind: RecordKind, notes: Notes) -> pl.DataFrame:
    """Return *frame* with the rules applied: ranges blanked, duplicates removed, each breach added to *notes*."""
    rules = [rule for rule in rules_of(kind) if not rule.clears(frame.get_column(rule.column))]
    broken = frame.select((~rule.keeps).sum().alias(str(n)) for n, rule in enumerate(rules)).row(0) if rules else ()
    hit = [rule for rule, count in zip(rules, broken, strict=True) if count]
    for rule in hit:
        _name(frame.filter(~rule.keeps), rule, kind, notes)
    blanked = [pl.when(rule.keeps).then(pl.col(rule.column)).alias(rule.column) for rule in hit if rule.blanks]
    unique = [rule.keeps for rule in hit if rule.name == DUPLICATE]
    return frame.with_columns(blanked).filter(*unique) if hit else frame


def _column_rules(column: Column) -> Iterator[RowRule]:
    here = pl.col(column.name)
    if column.low is not None:
        inside = here >= column.low if column.high is None else here.is_between(column.low, column.high)
        yield RowRule(column.name, column.range, inside | here.is_null(), partial(_all_inside, column), blanks=True)
    if not column.nullable:
        present = here.is_not_null() & (here != "")
        yield RowRule(column.name, NON_NULL, present, lambda values: not values.null_count() and values.min() != "")


def _all_inside(column: Column, values: pl.Series) -> bool:
    low, high = values.min(), values.max()
    return low is None or bool(low >= column.low and (column.high is None or high <= column.high))  # type: ignore[operator]


def _name(rows: pl.DataFrame, rule: RowRule, kind: RecordKind, notes: Notes) -> None:
    """Add each of *rows* to the notes; a dropped duplicate is kept there whole, as JSON."""
    whole = pl.struct(column.name for column in kind.wired).struct.json_encode()
    raw = whole if rule.name == DUPLICATE else pl.col(rule.column).cast(pl.String).str.strip_suffix(".0")
    for row_id, text in rows.select(pl.col(kind.key[-1]), raw.alias("raw")).iter_rows():
        notes.reject(kind.record, row_id, rule.column, rule.name, "null" if text is None else text)
