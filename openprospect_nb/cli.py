"""`openprospect-nb`: thin verbs over the client, the report and the sandbox."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl
import polars.selectors as cs

from openprospect_nb.errors import OpenProspectError, ValidationError

if TYPE_CHECKING:
    Commands = argparse._SubParsersAction[argparse.ArgumentParser]  # noqa: SLF001 - argparse gives its type no public name

EXIT_ERROR = 1
EXIT_INTERRUPTED = 130


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code: 0 done, 1 refused or failed, 2 wrong usage, 130 interrupted."""
    options = build_parser().parse_args(arguments)
    run: Callable[[argparse.Namespace], None] = options.run
    try:
        run(options)
    except OpenProspectError as error:
        print(explain(error), file=sys.stderr)
        return EXIT_ERROR
    except BrokenPipeError:
        # The reader went away (`| head`): not an error of ours; keep the interpreter from flushing into it.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return EXIT_ERROR
    except KeyboardInterrupt:
        print("\ninterrupted; an order that was placed goes on, see: openprospect-nb orders list", file=sys.stderr)
        return EXIT_INTERRUPTED
    return 0


def explain(error: OpenProspectError) -> str:
    """Return what a person at a terminal reads of an error: one line a broken field, and the next step."""
    if isinstance(error, ValidationError) and error.fields:
        lines = [f"  {problem.field}: {problem.message}" for problem in error.fields]
        return "\n".join(["error: these fields must be corrected:", *lines, error.next_step])
    return f"error: {error}"


def build_parser() -> argparse.ArgumentParser:
    """Return the parser of all commands."""
    parser = argparse.ArgumentParser(
        prog="openprospect-nb",
        description="Order companies from OpenProspect (or the embedded sandbox), fetch and report them.",
        epilog="example: openprospect-nb demo",
    )
    parser.add_argument("--version", action="version", version=version("openprospect-nb"))
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    _add_demo(commands)
    _add_orders(commands)
    _add_results(commands)
    _add_report(commands)
    _add_journal(commands)
    _add_sandbox(commands)
    _add_render(commands)
    return parser


def _add_demo(commands: Commands) -> None:
    demo = commands.add_parser(
        "demo",
        help="walk from an ICP to a report on the embedded sandbox; no key, no network",
        epilog="example: openprospect-nb demo -o /tmp/first --quantity 100",
    )
    demo.add_argument("-o", "--output", type=Path, default=Path("openprospect-demo"), metavar="DIR")
    demo.add_argument("--icp", type=Path, metavar="FILE", help="a profile saved with icp.save(); default: a sample")
    demo.add_argument("--quantity", type=int, default=60, metavar="N", help="briefings to order, 1 to 10,000")
    demo.add_argument("--seed", type=int, default=42, metavar="N", help="equal seeds give equal frames")
    demo.add_argument("--home", type=Path, metavar="DIR", help="keep the journal here; default: a passing folder")
    demo.set_defaults(run=_demo)


def _add_orders(commands: Commands) -> None:
    orders = commands.add_parser("orders", help="see how orders stand", epilog="example: openprospect-nb orders list")
    verbs = orders.add_subparsers(required=True, metavar="VERB")
    listing = verbs.add_parser("list", help="all orders of this key, newest first")
    listing.add_argument("--status", metavar="STATUS", help="one state only, such as COMPLETED")
    listing.set_defaults(run=_orders_list)
    getting = verbs.add_parser("get", help="one order as it is now")
    getting.add_argument("order_id", metavar="ORDER_ID")
    getting.set_defaults(run=_orders_get)
    waiting = verbs.add_parser("wait", help="wait until an order has ended")
    waiting.add_argument("order_id", metavar="ORDER_ID")
    waiting.add_argument("--timeout", type=float, metavar="SECONDS")
    waiting.set_defaults(run=_orders_wait)


def _add_results(commands: Commands) -> None:
    results = commands.add_parser(
        "results",
        help="fetch a completed order into a Parquet folder",
        epilog="example: openprospect-nb results ID -o ./ID",
    )
    results.add_argument("order_id", metavar="ORDER_ID")
    results.add_argument("-o", "--output", type=Path, required=True, metavar="DIR")
    results.set_defaults(run=_results)


def _add_report(commands: Commands) -> None:
    report = commands.add_parser(
        "report",
        help="make one HTML file of a Parquet folder",
        epilog="example: openprospect-nb report ./ID -o report.html",
    )
    report.add_argument("folder", type=Path, metavar="DIR")
    report.add_argument("-o", "--output", type=Path, required=True, metavar="FILE")
    report.add_argument("--title")
    report.add_argument("--lite", action="store_true", help="no scripts, below 300 kB, good in a mail client")
    report.add_argument("--language", choices=["en", "de"], default=None)
    report.add_argument("--reveal", action="store_true", help="show personal data instead of masking it")
    report.set_defaults(run=_report)


def _add_journal(commands: Commands) -> None:
    journal = commands.add_parser(
        "journal", help="what was bought from here, and how far it came", epilog="example: openprospect-nb journal"
    )
    journal.set_defaults(run=_journal)


def _add_sandbox(commands: Commands) -> None:
    sandbox = commands.add_parser(
        "sandbox", help="serve the sandbox on this machine", epilog="example: openprospect-nb sandbox serve --port 8765"
    )
    verbs = sandbox.add_subparsers(required=True, metavar="VERB")
    serving = verbs.add_parser("serve", help="serve until interrupted; prints address and key")
    serving.add_argument("--port", type=int, default=0, metavar="N", help="0 takes a free one")
    serving.add_argument("--step-seconds", type=float, default=1.0, metavar="S", help="time of each step of an order")
    serving.add_argument("--seed", type=int, default=42, metavar="N", help="which universe of companies")
    serving.add_argument("--db", type=Path, metavar="FILE", help="keep the state here over restarts")
    serving.set_defaults(run=_sandbox_serve)


def _add_render(commands: Commands) -> None:
    render = commands.add_parser(
        "render",
        help="run a notebook and write it as one HTML file that opens offline",
        epilog="example: openprospect-nb render analysis.ipynb -o analysis.html --parameters order_id=ID",
    )
    render.add_argument("notebook", type=Path, metavar="NOTEBOOK")
    render.add_argument("-o", "--output", type=Path, required=True, metavar="FILE")
    render.add_argument("--parameters", nargs="*", default=[], metavar="NAME=VALUE", help="set before the first cell")
    render.add_argument("--no-code", action="store_true", help="leave the cells' code out")
    render.set_defaults(run=_render)


def _demo(options: argparse.Namespace) -> None:
    from openprospect_nb.demo import Walk, run

    # OPENPROSPECT_HOME is where real purchases are remembered; a demo leaves it alone unless told otherwise.
    walk = Walk(output=options.output, icp=options.icp, quantity=options.quantity, seed=options.seed, home=options.home)
    run(walk, lambda line: print(line, flush=True))


def _orders_list(options: argparse.Namespace) -> None:
    from openprospect_nb.connect import connect

    with connect() as client:
        frame = client.orders.list(status=options.status)
        _print(frame.select("order_id", "order_type", "status", "title", "company_count", "created_at"))


def _orders_get(options: argparse.Namespace) -> None:
    from openprospect_nb.connect import connect

    with connect() as client:
        print(client.orders.get(options.order_id))


def _orders_wait(options: argparse.Namespace) -> None:
    from openprospect_nb.connect import connect

    with connect() as client:
        print(client.orders.get(options.order_id).wait(options.timeout))


def _results(options: argparse.Namespace) -> None:
    from openprospect_nb.connect import connect

    with connect() as client:
        results = client.orders.get(options.order_id).results()
        results.write(options.output)
        print(f"{results.companies.height:,} companies, {results.prospects.height:,} prospects → {options.output}")


def _report(options: argparse.Namespace) -> None:
    from openprospect_nb.frames.results import Results
    from openprospect_nb.reports import ReportOptions, report

    language: ReportOptions = {"language": options.language} if options.language else {}
    results = Results.read(options.folder)
    report(results, options.output, title=options.title, reveal=options.reveal, lite=options.lite, **language)
    print(options.output)


def _journal(options: argparse.Namespace) -> None:
    del options
    from openprospect_nb.connect import connect

    with connect() as client:
        _print(client.journal.frame().select("intended_at", "kind", "status", "order_id", "quantity", "problem", "key"))


def _sandbox_serve(options: argparse.Namespace) -> None:
    from openprospect_nb.sandbox import Sandbox
    from openprospect_nb.settings import default_cache

    with Sandbox(
        options.seed, options.port, step_seconds=options.step_seconds, db=options.db, cache=default_cache()
    ) as sandbox:
        print(f"OPENPROSPECT_BASE_URL={sandbox.url}\nOPENPROSPECT_API_KEY={sandbox.key}", flush=True)
        print("serving invented companies; press Ctrl-C to stop", file=sys.stderr)
        sandbox.wait()


def _render(options: argparse.Namespace) -> None:
    from openprospect_nb.errors import FieldProblem
    from openprospect_nb.reports import render_notebook

    wrong = [
        FieldProblem("--parameters", f"{text!r} is not NAME=VALUE") for text in options.parameters if "=" not in text
    ]
    if wrong:
        raise ValidationError("the notebook was not run", fields=wrong, next_step="Write for example order_id=ID.")
    parameters = dict(text.split("=", 1) for text in options.parameters)
    print(render_notebook(options.notebook, options.output, parameters=parameters, show_code=not options.no_code))


def _print(frame: pl.DataFrame) -> None:
    # Wide enough that no id is cut or wrapped: people copy them.
    with pl.Config(
        tbl_rows=-1,
        tbl_cols=-1,
        tbl_hide_column_data_types=True,
        tbl_hide_dataframe_shape=True,
        fmt_str_lengths=60,
        tbl_width_chars=300,
    ):
        print(frame.with_columns(cs.datetime().dt.strftime("%Y-%m-%d %H:%M UTC")))


if __name__ == "__main__":
    sys.exit(main())
