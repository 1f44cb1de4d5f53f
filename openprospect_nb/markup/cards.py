"""A small card for a value in a notebook: the answer, its n, its doubt, and what to call next; or the same as text.

Colours are those of the text around it, so a card is light in a light notebook and dark in a dark one. Every text is
cleaned and escaped; a card is drawn from what the value holds and asks nobody.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from openprospect_nb.errors import OpenProspectError
from openprospect_nb.markup.render import render
from openprospect_nb.markup.text import clean

MOST_ROWS = 8
_WIDEST = 30  # letters of a name before the texts beside it stand further in


@dataclass(frozen=True, slots=True)
class CardTable:
    """A few rows below the answer: heads, texts, and how many rows there are in all."""

    heads: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    total: int

    def lines(self) -> list[str]:
        """Return heads and rows with their columns below each other, and how many rows there are where some are not."""
        if not self.rows:
            return []
        widths = [max(map(len, column)) for column in zip(self.heads, *self.rows, strict=True)]
        below = [
            "  ".join(
                cell.rjust(w) if place else cell.ljust(w)
                for place, (cell, w) in enumerate(zip(row, widths, strict=True))
            )
            for row in (self.heads, *self.rows)
        ]
        more = [f"  {len(self.rows)} of {self.total} rows"] if self.total > len(self.rows) else []
        return [*(f"  {line}".rstrip() for line in below), *more]


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """What a card says.

    Attributes:
        kind: what the value is, such as "Send list".
        answer: the one sentence somebody asked for.
        facts: names and texts, those without a text left out.
        doubt: how sure it is, and what it rests on.
        table: at most `MOST_ROWS` rows. calls: what to call next, as code.
    """

    kind: str
    answer: str
    facts: Sequence[tuple[str, object]] = ()
    doubt: str = ""
    table: CardTable | None = None
    calls: Sequence[str] = ()

    def html(self) -> str:
        """Return the card as HTML."""
        return render(
            "card.html",
            kind=clean(self.kind, 80),
            answer=clean(self.answer, 600),
            facts=self._known(),
            doubt=clean(self.doubt, 600),
            table=self.table,
            calls=tuple(clean(call, 200) for call in self.calls),
        )

    def text(self, *, short: bool = False) -> str:
        """Return the card as lines for a terminal; a *short* one without its table and without what to call next."""
        facts = self._known()
        room = min(max((len(name) for name, _ in facts), default=0), _WIDEST)
        lines = [f"{clean(self.kind, 80)}: {clean(self.answer, 600)}"]
        lines += [f"  {clean(self.doubt, 600)}"] if self.doubt else []
        lines += [f"  {name:<{room}}  {value}" for name, value in facts]
        if not short:
            lines += self.table.lines() if self.table else []
            lines += [f"  Next: {clean(call, 200)}" for call in self.calls]
        return "\n".join(lines)

    def _known(self) -> list[tuple[str, str]]:
        return [(clean(name, 80), clean(str(value), 600)) for name, value in self.facts if value not in (None, "")]


def error_card(error: OpenProspectError) -> Card:
    """Return what a notebook shows of an error: the problem, each field, and the next step; the words of its text."""
    fields = [("" if place else "fields", each) for place, each in enumerate(error.listed())]
    return Card(kind=type(error).__name__, answer=error.problem, facts=(*fields, ("next", error.next_step)))


class Faced:
    """What a notebook shows as a card."""

    __slots__ = ()

    def _card(self) -> Card:
        raise NotImplementedError

    def _repr_html_(self) -> str:
        """Return the value as a card, from what it holds."""
        return self._card().html()

    def __str__(self) -> str:
        """Return what the card says as text, for `print` and for who sees no HTML."""
        return self._card().text()


def in_short(value: Faced) -> str:
    """Return what the card of *value* says, for a terminal: no table, and no Python to call next."""
    return value._card().text(short=True)  # noqa: SLF001 - its own mixin, of this module


def card_table(heads: Sequence[str], rows: Sequence[Sequence[object]]) -> CardTable:
    """Return the first `MOST_ROWS` of *rows* as texts; None is a dash. A single column has room for sentences."""
    limit = 80 if len(heads) > 1 else 400
    texts = tuple(tuple("–" if cell is None else clean(str(cell), limit) for cell in row) for row in rows[:MOST_ROWS])
    return CardTable(tuple(heads), texts, len(rows))


def percent(value: float | None, digits: int = 0) -> str | None:
    """Return a rate of 0-1 as a percentage, or None where it is unknown."""
    return None if value is None else f"{value * 100:.{digits}f}%"


def span(low: float | None, high: float | None, digits: int = 0) -> str | None:
    """Return an interval of rates in words, or None where it is unknown."""
    return None if low is None or high is None else f"{low * 100:.{digits}f} to {high * 100:.{digits}f}%"
