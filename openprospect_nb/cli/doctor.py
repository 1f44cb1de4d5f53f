"""`openprospect-nb doctor`: check a server, with one smallest order if somebody types what it costs."""

from __future__ import annotations

import argparse
import sys
import textwrap
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from openprospect_nb.cli.output import as_json, explain, note, tell, tell_json
from openprospect_nb.errors import ConfigurationError, FieldProblem, OpenProspectError
from openprospect_nb.settings import environment, is_loopback_host

if TYPE_CHECKING:
    from openprospect_nb.checks import CheckReport
    from openprospect_nb.client import Client, Order

EXIT_AS_ASSUMED: Final = 0
EXIT_DIFFERENT: Final = 1
EXIT_NOT_CHECKED: Final = 2

WIDTH: Final = 80
NAME_WIDTH: Final = 33  # the longest id has 31 letters
FACT_WIDTH: Final = 29  # the longest name of a fact has 27


def doctor(options: argparse.Namespace) -> int:
    """Check the server and return the exit code: 0 as we assumed, 1 something is different, 2 could not check."""
    from openprospect_nb.connect import connect

    try:
        with connect(home=options.home, price_per_briefing=options.price, poll_interval=_poll_interval()) as client:
            order = _order(client, options) if options.with_order else None
            report = client.check(order=order, requests=options.requests)
        if options.save is not None:
            note(f"saved: {report.save(options.save)}")
    except OpenProspectError as error:
        note(as_json(error) if options.json else explain(error))
        return EXIT_NOT_CHECKED
    if options.json:
        tell_json(report.as_json())
    else:
        tell("\n".join(lines_of(report)))
    if not report.could_check:
        return EXIT_NOT_CHECKED
    return EXIT_DIFFERENT if report.different else EXIT_AS_ASSUMED


def lines_of(report: CheckReport) -> Iterator[str]:
    """Yield the report for a terminal of 80 columns, what is different first."""
    from openprospect_nb.checks import Verdict
    from openprospect_nb.checks.report import fact_lines

    yield from _wrapped(f"{report.source} server {report.server}, {len(report.requests)} requests", "")
    for name, value in fact_lines(report.facts):
        yield from _wrapped(value, f"  {name:{FACT_WIDTH}}")
    for verdict in (Verdict.DIFFERENT, Verdict.NOT_SEEN, Verdict.AS_ASSUMED):
        judged = [one.row() for one in report.judged if one.finding.verdict is verdict]
        yield ""
        yield f"{verdict} ({len(judged)})"
        for row in judged:
            yield from _wrapped(row["evidence"], f"  {row['id']:{NAME_WIDTH}}")
            if verdict is Verdict.DIFFERENT:
                yield from _wrapped(row["assumed"], "    assumed: ")
            if verdict is not Verdict.AS_ASSUMED:
                yield from _wrapped(row["consequence"], "    client:  ")
    yield ""
    counts = ", ".join(f"{count} {verdict}" for verdict, count in report.counts().items())
    closing = f"{counts}. --save FILE writes this without key, persons and companies, to send to the maintainers."
    if not report.could_check:
        closing = "The API gave nothing that could be checked: see what was not seen, and why."
    yield from _wrapped(closing, "")


def _wrapped(text: str, head: str) -> list[str]:
    return textwrap.wrap(
        text or "–", WIDTH, initial_indent=head, subsequent_indent=" " * len(head), break_on_hyphens=False
    )


def _poll_interval() -> float | None:
    """Return a second for a sandbox on this machine, where requests are free; elsewhere the client's own cadence."""
    address = environment().get("base_url", "")
    return 1.0 if is_loopback_host(urlsplit(address).hostname or "") else None


def _order(client: Client, options: argparse.Namespace) -> Order:
    """Place one order for one briefing, once its price was confirmed, follow it, and tell what it cost."""
    from openprospect_nb.demo import sample_icp
    from openprospect_nb.icp import ICP

    icp = sample_icp() if options.icp is None else ICP.load(options.icp)
    _confirm(_price(client, options), options.confirm)
    # The least there is: one briefing with nothing but the company. It goes the way of every purchase, journal and all.
    order = client.orders.discover(icp, 1, title="doctor", features=["COMPANY_DATA"], budget=options.budget)
    note(f"placed: order {order.order_id}, under key {order.idempotency_key}")
    try:
        order = order.wait(options.wait, progress=False)
    except OpenProspectError as error:  # it was placed: whatever became of it, the check goes on
        note(f"the order: {error}")
    note(_cost(order, client))
    return order


def _price(client: Client, options: argparse.Namespace) -> float:
    price = client.orders.defaults().price_each
    if options.budget is None or price is None:
        missing = (
            "--budget: what it may cost at most" if options.budget is None else "--price: what a briefing costs you"
        )
        raise ConfigurationError(
            f"an order is placed only with {missing}.",
            next_step="Nothing was ordered; for example: doctor --with-order --price 1.50 --budget 2.",
        )
    if price > options.budget:
        problem = FieldProblem("--budget", f"the order would cost {price:,.2f}, which is above it", options.budget)
        raise ConfigurationError(f"{problem}.", next_step="Nothing was ordered.")
    return price


def _confirm(price: float, given: float | None) -> None:
    """Return if somebody typed what is bought and for how much, or gave the amount as an option of its own.

    Raises:
        ConfigurationError: neither.
    """
    if given is not None:
        if given != price:
            raise ConfigurationError(
                f"--confirm {given:.2f} is not the price of the order, {price:.2f}.", next_step="Nothing was ordered."
            )
        return
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        raise ConfigurationError(
            "nobody can be asked here: this is no terminal.",
            next_step=f"Nothing was ordered; --confirm {price:.2f} confirms the price.",
        )
    words = f"order 1 for {price:.2f}"
    note(f"This places ONE order for ONE briefing, for {price:.2f} by your price.\nTo place it, type: {words}")
    if sys.stdin.readline().strip() != words:
        raise ConfigurationError("that is not what was asked for.", next_step="Nothing was ordered.")


def _cost(order: Order, client: Client) -> str:
    if order.estimated_cost is not None:
        return f"cost: {order.estimated_cost}, as the server states"
    delivered = order.state.company_count
    price = client.orders.defaults().price_each
    if delivered is None or price is None or not order.is_terminal:
        return "cost: not known yet; the server states none"
    return f"cost: {delivered * price:,.2f}, {delivered} delivered at your price; the server states none"
