"""`settle`: an order's money, line by line, and claims for each reason; every cent stands in exactly one line."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import polars as pl

from openprospect_nb.analysis.contacts.outcomes import known_outcomes, messages_of
from openprospect_nb.analysis.orders.descriptions import OrderDescription, describe_orders
from openprospect_nb.analysis.settlement.reasons import REASONS, judged
from openprospect_nb.analysis.settlement.stated import stated_in
from openprospect_nb.errors import ConfigurationError
from openprospect_nb.files.formulas import neutralised
from openprospect_nb.files.saving import save_whole
from openprospect_nb.frames.costs import stated_cost
from openprospect_nb.frames.results import Results
from openprospect_nb.markup.cards import Card, Faced
from openprospect_nb.settings import make_private

TERMS: Final = (
    "The vendor's public terms (of 18 January 2026) owe neither completeness nor correctness of what is delivered. "
    "A claim is a matter for a conversation, not a right."
)
LINES: Final = pl.Schema(
    {
        "order_id": pl.String(),
        "label": pl.String(),
        "line": pl.String(),
        "companies": pl.Int64(),
        "money": pl.Float64(),
        "currency": pl.String(),
        "share": pl.Float64(),
    }
)
CLAIMS: Final = pl.Schema(
    {
        "order_id": pl.String(),
        "company_id": pl.String(),
        "company": pl.String(),
        "website": pl.String(),
        "city": pl.String(),
        "country": pl.String(),
        "reason": pl.String(),
        "evidence": pl.String(),
        "prospect_ids": pl.String(),
        "money": pl.Float64(),
        "currency": pl.String(),
    }
)
WORDS: Final[Mapping[str, str]] = {
    "ordered": "ordered",
    "missing": "not delivered",
    "duplicate": "twice in the order",
    "repeat": "bought before in another order",
    "size": "outside the size asked for",
    "place": "outside the places asked for",
    "trade": "of an excluded trade",
    "no_contact": "without a contact",
    "undeliverable": "no address that takes mail",
    "bounced": "every address bounced",
    "usable": "what is left",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Settlement(Faced):
    """What was paid for, and what came of it.

    Attributes:
        lines: `LINES`; for each order a row "ordered", one "missing", one for each of `REASONS`, and "usable": how many
            companies, their money (null where no cost is known), and the share of what was ordered, 0-1. Missing,
            reasons and usable add up to ordered, to the cent: a company counts under the first reason that holds.
        claims: `CLAIMS`; a row a company under a reason, with its evidence and money; it holds no name or address of
            a person, only the vendor's ids.
        outcomes: how many messages whose outcome is known were held against the orders; ``from_inbox`` if they are
            those that `op.outcomes` keeps.
        terms: what the vendor owes.
    """

    lines: pl.DataFrame = field(compare=False)
    claims: pl.DataFrame = field(compare=False)
    outcomes: int
    from_inbox: bool = False
    terms: str = TERMS

    @property
    def basis(self) -> str:
        """What is known of mails to these people, in words."""
        count = f"{self.outcomes:,}" if self.outcomes else "no"
        inbox = " from the inbox" if self.from_inbox and self.outcomes else ""
        return f"{count} outcomes{inbox} of mails to these people"

    @property
    def total(self) -> pl.DataFrame:
        """The lines over all orders: ``line``, ``currency``, ``companies``, ``money``, ``share`` of the companies."""
        money = pl.when(pl.col("money").is_not_null().all()).then(pl.col("money").sum()).round(2)
        lines = self.lines.group_by("line", "currency", maintain_order=True)
        summed = lines.agg(pl.col("companies").sum(), money=money)
        ordered = pl.col("companies").filter(pl.col("line") == "ordered").sum().over("currency")
        return summed.with_columns(share=pl.when(ordered > 0).then(pl.col("companies") / ordered))

    def write(self, folder: str | Path) -> list[Path]:
        """Write ``settlement.csv``, a ``claims-REASON.csv`` for each reason there is, and ``terms.txt``; return them.

        Files are 0600; texts that a spreadsheet could run are disarmed.

        Raises:
            ConfigurationError: the folder cannot be made or written.

        Example:
            >>> [path.name for path in op.settle(results).write("claims")][0]
            'settlement.csv'
        """
        place = Path(folder).expanduser()
        try:
            make_private(place)
        except OSError as error:
            raise ConfigurationError(
                f"{place} cannot be made ({error.strerror}).", next_step="Choose another folder."
            ) from error
        parts = {"settlement": self.lines}
        parts |= {
            f"claims-{reason}": part for reason in REASONS if not (part := self.claims.filter(reason=reason)).is_empty()
        }
        written = []
        for name, part in parts.items():
            safe = part.with_columns(neutralised(name) for name, kind in part.schema.items() if kind == pl.String)
            written.append(save_whole(place / f"{name}.csv", "the settlement", safe.write_csv))
        terms = f"{self.terms}\n"
        return [*written, save_whole(place / "terms.txt", "the terms", lambda path: path.write_text(terms, "utf-8"))]

    def __repr__(self) -> str:
        """Return each line with companies and money, and what the vendor owes."""
        rows = [
            f"  {WORDS[row['line']]}: {_amounts(row)}"
            for row in self.total.iter_rows(named=True)
            if row["companies"] or row["line"] == "ordered"
        ]
        head = f"Settlement({self.lines['order_id'].n_unique()} orders, {self.basis})"
        return "\n".join([head, *rows, f"  {self.terms}"])

    def _card(self) -> Card:
        total = {row["line"]: row for row in self.total.iter_rows(named=True)}
        facts = [(WORDS[line], _amounts(row)) for line, row in total.items() if row["companies"]]
        usable = _amounts(total["usable"]) if "usable" in total else "nothing"
        return Card(
            kind="Settlement",
            answer=f"Of what was paid for, {usable} can be used.",
            facts=facts,
            doubt=f"It rests on {self.basis}. {self.terms}",
            calls=('settled.write("claims")', "op.charts.settlement(settled)"),
        )


def settle(results: Results, outcomes: object = None, *, price_per_briefing: float | None = None) -> Settlement:
    """Return what became of the money of these orders: what came, what did not, and what is not what was asked for.

    A company counts under the first reason that holds: the same company twice in the order, or bought before in another
    of these orders (`dedupe`; by when it was delivered, never before its order was placed); outside the size
    in the ICP's text, its countries, cities, or of an excluded industry, where the company's own fact is known; without
    a contact that was ordered; no address that takes mail (malformed, or stated at a bounce risk of 50 or more); every
    address that was written to bounced for good.

    The money is the one that ``journal.spend`` shows: the server's where it states it, else your price times what was
    delivered. A stated cost is spread over the companies asked for, so that what is missing has its share; a price is
    paid for what came.

    Args:
        results: the orders, as one `Results`.
        outcomes: what became of mails, as `calibrate` takes it; None takes all that `op.outcomes` keeps.
        price_per_briefing: your price of a company, where the server states no cost; None takes the price that your
            client had.

    Raises:
        ValidationError: the outcomes cannot be read.

    Example:
        >>> settled = op.settle(results)
        >>> settled.lines["line"].to_list()[0], settled.lines["line"].to_list()[-1]
        ('ordered', 'usable')
    """
    messages = _messages(outcomes, results)
    orders = {str(order.get("order_id")): order for order in results.provenance.get("orders") or ()}
    names = sorted({*results.companies["order_id"].drop_nulls().to_list(), *orders})
    icp = results.provenance.get("icp")
    stated = {name: stated_in(icp if isinstance(icp, Mapping) else None, orders.get(name, {})) for name in names}
    rows = judged(results, stated, messages)
    sizes = dict(rows.group_by("order_id").len().rows())
    described = describe_orders(results, names, sizes, price_per_briefing)
    accounts = {
        name: _Account(described[name], stated_cost(orders.get(name, {}))[0] is not None, sizes.get(name, 0))
        for name in names
    }
    priced = pl.concat([accounts[name].priced(rows.filter(order_id=name)) for name in names]) if names else rows.head(0)
    lines = [line for name in names for line in accounts[name].lines(name, priced.filter(order_id=name))]
    addresses = results.prospects["email"].drop_nulls().str.strip_chars().str.to_lowercase()
    return Settlement(
        lines=pl.DataFrame(lines, schema=LINES, orient="row"),
        claims=_claims(priced, described),
        outcomes=messages.filter(pl.col("address").is_in(addresses.implode())).height,
        from_inbox=outcomes is None,
    )


@dataclass(frozen=True, slots=True)
class _Account:
    """One order's money in cents: over how many companies it is spread, and what each has of it."""

    order: OrderDescription
    is_stated: bool
    delivered: int

    @property
    def missing(self) -> int:
        return self.order.shortfall or 0

    @property
    def cents(self) -> int | None:
        return None if self.order.cost is None else round(self.order.cost * 100)

    def shares(self) -> list[int] | None:
        """Return the cents of each delivered company in turn; what is left of the whole is that of the missing."""
        if self.cents is None:
            return None
        paid = self.delivered + (self.missing if self.is_stated else 0)
        each, over = divmod(self.cents, paid) if paid else (0, 0)
        return [each + (place < over) for place in range(self.delivered)]

    def priced(self, rows: pl.DataFrame) -> pl.DataFrame:
        return rows.with_columns(pl.Series("cents", self.shares() or [None] * rows.height, dtype=pl.Int64))

    def lines(self, name: str, rows: pl.DataFrame) -> list[Sequence[Any]]:
        """Return the lines of the order, from what was ordered to what is left."""
        shares, ordered = self.shares(), self.delivered + self.missing
        rest = None if self.cents is None or shares is None else self.cents - sum(shares)
        whole: dict[str, tuple[int, int | None]] = {"ordered": (ordered, self.cents), "missing": (self.missing, rest)}
        for reason in (*REASONS, None):
            part = rows.filter(pl.col("reason").eq_missing(pl.lit(reason, pl.String)))
            whole[reason or "usable"] = (part.height, None if shares is None else int(part["cents"].sum()))
        return [
            (name, self.order.label, line, companies, None if cents is None else cents / 100, self.order.currency,
             companies / ordered if ordered else None)
            for line, (companies, cents) in whole.items()
        ]  # fmt: skip


def _messages(outcomes: object, results: Results) -> pl.DataFrame:
    """Return ``address``, ``y`` and ``why`` of each message whose outcome is known."""
    frame = messages_of(results) if outcomes is None else getattr(outcomes, "frame", outcomes)
    why = pl.DataFrame(schema={"address": pl.String, "why": pl.String})
    if isinstance(frame, pl.DataFrame) and {"email", "reason"} <= set(frame.columns):
        named = frame.select(address=pl.col("email").cast(pl.String).str.to_lowercase(), why=pl.col("reason"))
        why = named.drop_nulls().unique("address", keep="first", maintain_order=True)
    return known_outcomes(outcomes, results).select("address", "y").join(why, on="address", how="left")


def _claims(priced: pl.DataFrame, described: Mapping[str, OrderDescription]) -> pl.DataFrame:
    if priced.is_empty():
        return pl.DataFrame(schema=CLAIMS)
    currencies = {name: order.currency for name, order in described.items()}
    currency = pl.col("order_id").replace_strict(currencies, return_dtype=pl.String)
    claimed = priced.drop_nulls("reason").with_columns(money=pl.col("cents") / 100, currency=currency)
    named = claimed.rename({"id": "company_id", "name": "company", "website_url": "website"})
    rank = pl.col("reason").replace_strict(REASONS, range(len(REASONS)), return_dtype=pl.Int64)
    return named.sort("order_id", rank, "company_id").select(CLAIMS.names()).cast(CLAIMS)


def _amounts(row: Mapping[str, Any]) -> str:
    money = "" if row["money"] is None else f", {row['money']:,.2f} {row['currency'] or ''}".rstrip()
    share = "" if row["share"] is None or row["line"] == "ordered" else f" ({row['share']:.0%})"
    return f"{row['companies']:,} {'company' if row['companies'] == 1 else 'companies'}{share}{money}"
