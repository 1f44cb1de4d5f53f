"""What each command does: one function a command, each a few calls of the package's public names."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any

from openprospect_nb.cli.output import (
    note,
    order_record,
    order_records,
    table_style,
    tell,
    tell_frame,
    tell_json,
    tell_prose,
    tell_value,
)
from openprospect_nb.errors import ConfigurationError, FieldProblem, JournalError, ValidationError

if TYPE_CHECKING:
    import polars as pl

    from openprospect_nb.client import Client, Order
    from openprospect_nb.frames.results import Results

ORDER_COLUMNS = ("name", "status", "n", "placed", "order_id", "order_type")
JOURNAL_COLUMNS = ("intended_at", "kind", "status", "order_id", "quantity", "problem", "key")


def demo(options: argparse.Namespace) -> None:
    """Walk from an ICP to a report on the embedded sandbox."""
    from openprospect_nb.demo import DemoOptions, run

    # OPENPROSPECT_HOME is where real purchases are remembered; a demo leaves it alone unless told otherwise.
    walk = DemoOptions(
        output=options.output, icp=options.icp, quantity=options.quantity, seed=options.seed, home=options.home
    )

    def say(text: str) -> None:
        # What begins with an empty line is a table, or commands to copy, and is never broken.
        tell_step = tell if text.startswith("\n") else tell_prose
        (note if options.json else tell_step)(text)

    with table_style():
        results = run(walk, say)
    if options.json:
        files = {"scored": "scored_companies.parquet", "report": "report.html"}
        tell_json(
            _counts(results, walk.output / "results") | {name: str(walk.output / file) for name, file in files.items()}
        )


def list_orders(options: argparse.Namespace) -> None:
    """Show all orders of this key."""
    with _client(options) as client:
        frame, bought = client.orders.list(status=options.status), client.journal.frame()
    if options.json:
        tell_json(order_records(frame.to_dicts()))
    else:
        tell_frame(_named(frame, bought).select(ORDER_COLUMNS))


def get_order(options: argparse.Namespace) -> None:
    """Show one order as it is now."""
    with _client(options) as client:
        _show(client.orders.get(options.order_id), client, options)


def wait_for_order(options: argparse.Namespace) -> None:
    """Wait until an order has ended, and show it."""
    with _client(options) as client:
        order = client.orders.get(options.order_id)
        _show(order.wait(options.timeout, progress=not options.json), client, options)


def fetch_results(options: argparse.Namespace) -> None:
    """Fetch a completed order into a Parquet folder."""
    with _client(options) as client:
        results = client.orders.get(options.order_id).results()
    results.write(options.output)
    if options.json:
        tell_json(_counts(results, options.output))
    else:
        tell(f"{results.companies.height:,} companies, {results.prospects.height:,} prospects -> {options.output}")
    for why in results.incomplete.values():
        note(f"incomplete: {why}")


def report(options: argparse.Namespace) -> None:
    """Make one HTML file of a Parquet folder."""
    from openprospect_nb.frames.results import Results
    from openprospect_nb.reports import report as make_report

    make_report(
        Results.read(options.folder),
        options.output,
        title=options.title,
        reveal=options.reveal,
        lite=options.lite,
        language=options.language,
    )
    tell(options.output)


def journal(options: argparse.Namespace) -> None:
    """Show what was bought from here; acknowledge, if asked to, that some of it was lost."""
    with _client(options) as client:
        if options.acknowledge:
            client.journal.acknowledge()
        frame = client.journal.frame()
    _tell_rows(frame if options.json else frame.select(JOURNAL_COLUMNS), options)


def forget(options: argparse.Namespace) -> None:
    """Erase a person or company from everything kept here."""
    with _client(options) as client:
        erased = client.journal.forget(options.who, undo=options.undo, dry_run=options.dry_run, country=options.country)
    _tell_rows(erased, options)
    for place, _, left in [] if options.json else erased.rows():
        if left is not None:
            note(f"{place}: {left}")


def forgotten(options: argparse.Namespace) -> None:
    """Show when somebody was forgotten."""
    with _client(options) as client:
        _tell_rows(client.journal.forgotten(), options)


def disclosures(options: argparse.Namespace) -> None:
    """Show which files with persons left."""
    with _client(options) as client:
        _tell_rows(client.journal.disclosures(options.person), options)


def _tell_rows(frame: pl.DataFrame, options: argparse.Namespace) -> None:
    if options.json:
        tell_json(frame.to_dicts())
    else:
        tell_frame(frame)


def serve_sandbox(options: argparse.Namespace) -> None:
    """Serve the sandbox until interrupted."""
    from openprospect_nb.sandbox import Sandbox
    from openprospect_nb.settings import default_cache

    try:
        sandbox = Sandbox(
            options.seed, options.port, step_seconds=options.step_seconds, db=options.db, cache=default_cache()
        )
    except OSError as problem:
        raise ConfigurationError(
            f"port {options.port} cannot be opened ({problem.strerror}).",
            next_step="Choose another with --port, or leave it out for a free one.",
        ) from problem
    except JournalError as problem:
        problem.next_step = "Choose another file with --db."
        raise
    with sandbox:
        tell(f"OPENPROSPECT_BASE_URL={sandbox.url}\nOPENPROSPECT_API_KEY={sandbox.key}")
        note("serving invented companies; press Ctrl-C to stop")
        sandbox.wait()


def render(options: argparse.Namespace) -> None:
    """Run a notebook and write it as one HTML file."""
    from openprospect_nb.reports import render_notebook

    wrong = [
        FieldProblem("--parameters", f"{text!r} is not NAME=VALUE") for text in options.parameters if "=" not in text
    ]
    if wrong:
        raise ValidationError("the notebook was not run", fields=wrong, next_step="Write for example order_id=ID.")
    parameters = dict(text.split("=", 1) for text in options.parameters)
    page = render_notebook(
        options.notebook,
        options.output,
        parameters=parameters,
        show_code=not options.no_code,
        execute=not options.no_run,
        kernel=options.kernel,
        timeout=options.timeout,
        partial=options.partial,
    )
    tell(page)


def _client(options: argparse.Namespace) -> Client:
    from openprospect_nb.connect import connect

    return connect(home=options.home)


def _named(orders: pl.DataFrame, bought: pl.DataFrame) -> pl.DataFrame:
    """Return *orders* with ``name`` (by what the journal knows of it, too), ``n`` companies and the day ``placed``."""
    import polars as pl

    from openprospect_nb.frames.order_names import order_names

    named = bought.select("order_id", "name", "profile_name")
    purchases = {row["order_id"]: row for row in named.iter_rows(named=True)}
    names = order_names({**purchases.get(row["order_id"], {}), **row} for row in orders.iter_rows(named=True))
    # Short heads, and the day alone: with the whole id they fit a terminal of 80.
    placed = pl.col("created_at").dt.strftime("%Y-%m-%d")
    size = pl.coalesce("company_count", "briefing_quantity")
    return orders.with_columns(name=pl.col("order_id").replace(names), n=size, placed=placed)


def complete(options: argparse.Namespace) -> None:
    """Print what a shell evaluates to complete commands."""
    from openprospect_nb.cli.completion import script
    from openprospect_nb.cli.parser import build_parser

    tell(script(build_parser(), options.shell))


def _show(order: Order, client: Client, options: argparse.Namespace) -> None:
    if options.json:
        tell_json(order_record(order.state, "sandbox" if client.is_sandbox else "live"))
    else:
        tell_value(order)


def _counts(results: Results, folder: object) -> dict[str, Any]:
    """Return what a script wants to know of results that were written; no personal data."""
    return {
        "order_ids": results.companies["order_id"].unique(maintain_order=True).to_list(),
        "companies": results.companies.height,
        "prospects": results.prospects.height,
        "rejects": results.rejects.height,
        "drift": results.drift.height,
        "errors": dict(results.errors),
        "source": results.provenance.get("source"),
        "fetched_at": results.provenance.get("fetched_at"),
        "folder": str(folder),
    }
