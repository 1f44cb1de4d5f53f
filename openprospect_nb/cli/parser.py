"""The parser of all commands: names, options, and help that ends in examples which work."""

from __future__ import annotations

import argparse
import math
from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Final

from openprospect_nb.cli import lists, next_order, verbs
from openprospect_nb.cli.completion import SHELLS
from openprospect_nb.cli.desk import desk
from openprospect_nb.cli.doctor import doctor

if TYPE_CHECKING:
    Commands = argparse._SubParsersAction[argparse.ArgumentParser]  # noqa: SLF001 - argparse gives its type no public name

ENDING: Final = """
exit codes:
  0    done
  1    refused or failed: one clear message on standard error, no traceback
  2    wrong usage
  130  interrupted (Ctrl-C); an order that was placed goes on

environment:
  OPENPROSPECT_API_KEY, OPENPROSPECT_BASE_URL   the live API, or a server; without both: the embedded sandbox
  OPENPROSPECT_HOME                             folder of journal and results (default ~/.openprospect_nb)
  OPENPROSPECT_CACHE                            folder of what can be made again (default ~/.openprospect_nb/cache)

for scripts:
  With --json the answer is JSON, alone on standard output: stable keys, times as ISO 8601 UTC. An error is then one
  line on standard error, {"error": {"type", "message", "next_step", "status", "code", "request", ...}}; wrong usage
  stays text. No command prints names, addresses or telephone numbers of people; no answer is coloured.
"""
JSON_HELP: Final = "print JSON instead of text"


@dataclass(frozen=True, slots=True)
class Command:
    """A command's name, what it does in one line, examples of it, and the function that does it, if it is a leaf."""

    name: str
    does: str
    examples: tuple[str, ...]
    run: Callable[[argparse.Namespace], int | None] | None = None

    def add_to(self, commands: Commands) -> argparse.ArgumentParser:
        """Add the command and return its parser."""
        parser = commands.add_parser(
            self.name,
            help=self.does,
            description=f"{self.does[0].upper()}{self.does[1:]}.",
            epilog=_examples(self.examples),
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        if self.run is not None:
            parser.set_defaults(run=self.run)
        return parser


def build_parser() -> argparse.ArgumentParser:
    """Return the parser of all commands; ``run`` of what it parses is the function to call."""
    parser = argparse.ArgumentParser(
        prog="openprospect-nb",
        description="Order companies from OpenProspect (or the embedded sandbox), fetch and report them.",
        epilog=_examples(("demo", "orders list --json")) + "\n" + ENDING,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=version("openprospect-nb"))
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    for add in _COMMANDS:
        add(commands)
    return parser


def _add_demo(commands: Commands) -> None:
    does = "walk from an ICP to a report on the embedded sandbox; no key, no network"
    demo = Command("demo", does, ("demo", "demo -o first --quantity 25 --json"), verbs.demo).add_to(commands)
    demo.add_argument(
        "-o",
        "--output",
        type=Path,
        default=Path("openprospect-demo"),
        metavar="DIR",
        help="where the frames and the report go (default: %(default)s)",
    )
    demo.add_argument("--icp", type=Path, metavar="FILE", help="a profile saved with icp.save(); default: a sample")
    demo.add_argument("--quantity", type=int, default=60, metavar="N", help="briefings to order, 1 to 10,000")
    demo.add_argument("--seed", type=int, default=42, metavar="N", help="equal seeds give equal frames")
    demo.add_argument("--home", type=Path, metavar="DIR", help="keep journal and orders here; default: a passing one")
    _add_json(demo)


def _add_orders(commands: Commands) -> None:
    orders = Command("orders", "see how orders stand", ("orders list",)).add_to(commands)
    verbs_of_orders = orders.add_subparsers(required=True, metavar="VERB")
    examples: tuple[str, ...] = ("orders list", "orders list --status COMPLETED", "orders list --json")
    listing = Command("list", "show all orders of this key, newest first", examples, verbs.list_orders).add_to(
        verbs_of_orders
    )
    _add_home(listing)
    listing.add_argument("--status", metavar="STATUS", help="one state only, such as COMPLETED")
    _add_json(listing)
    examples = ("orders get ORDER_ID", "orders get ORDER_ID --json")
    getting = Command("get", "show one order as it is now", examples, verbs.get_order).add_to(verbs_of_orders)
    _add_order_id(getting)
    _add_home(getting)
    _add_json(getting)
    waits = "wait until an order has ended; exit code 1 if it ended badly, or is still running at the deadline"
    examples = ("orders wait ORDER_ID --timeout 3600", "orders wait ORDER_ID --json")
    waiting = Command("wait", waits, examples, verbs.wait_for_order).add_to(verbs_of_orders)
    _add_order_id(waiting)
    _add_home(waiting)
    waiting.add_argument("--timeout", type=_seconds, metavar="SECONDS", help="default: as long as it takes")
    _add_json(waiting)


def _add_results(commands: Commands) -> None:
    does = "fetch a completed order into a Parquet folder; from disk if it was fetched before"
    examples = ("results ORDER_ID -o spring", "results ORDER_ID -o spring --json")
    results = Command("results", does, examples, verbs.fetch_results).add_to(commands)
    _add_order_id(results)
    _add_home(results)
    results.add_argument(
        "-o", "--output", type=Path, required=True, metavar="DIR", help="made, or replaced, as a whole"
    )
    _add_json(results)


def _add_report(commands: Commands) -> None:
    does = "make one HTML file of a Parquet folder, and print its path; personal data is masked"
    examples = ("report spring -o spring.html", "report spring -o spring.html --lite --language de")
    report = Command("report", does, examples, verbs.report).add_to(commands)
    report.add_argument("folder", type=Path, metavar="DIR", help="a folder made by `results` or results.write()")
    report.add_argument("-o", "--output", type=Path, required=True, metavar="FILE", help="the HTML file")
    report.add_argument("--title", metavar="TEXT", help="default: from the profile")
    report.add_argument("--lite", action="store_true", help="no scripts, about 120 kB at most, good in a mail client")
    report.add_argument("--language", metavar="LANGUAGE", default=None, help="en or de; default: the profile's")
    report.add_argument("--reveal", action="store_true", help="show personal data instead of masking it")


def _add_files(commands: Commands) -> None:
    files = Command("files", "look into lists before money is spent on them", ("files preview list.csv",)).add_to(
        commands
    )
    verbs_of_files = files.add_subparsers(required=True, metavar="VERB")
    does = "show which column is what, what an order of the list would send, what not and why; nothing is sent"
    examples = ("files preview list.csv", "files preview list.xlsx --sheet Companies --bought --bad bad.csv --json")
    previewing = Command("preview", does, examples, lists.preview_list).add_to(verbs_of_files)
    _add_file(previewing)
    previewing.add_argument(
        "--repeats", choices=["once", "keep"], default="once", help="rows that say the same (default: once)"
    )
    _add_home(previewing)
    previewing.add_argument("--bought", action="store_true", help="look up what was bought from this home before")
    previewing.add_argument("--bad", type=Path, metavar="FILE", help="write the rows that cannot be sent (.csv, .xlsx)")
    _add_json(previewing)
    does = "count what the export of a mailing tool says became of the mails"
    examples = ("files outcomes export.csv", "files outcomes export.csv -o outcomes.csv --json")
    telling = Command("outcomes", does, examples, lists.outcomes).add_to(verbs_of_files)
    _add_file(telling)
    telling.add_argument(
        "-o", "--output", type=Path, metavar="FILE", help="email, bounced, at, kind as CSV; with addresses"
    )
    _add_json(telling)


def _add_file(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", type=Path, metavar="FILE", help="CSV, text, Excel, LibreOffice or Parquet")
    _add_reading(parser)


def _add_reading(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--sheet", metavar="NAME", help="of a workbook; default: the first visible one with a table")
    parser.add_argument("--encoding", metavar="NAME", help="of a text file, such as cp1252; default: detected")


def _add_outcomes(commands: Commands) -> None:
    does = "read what became of mails (exports, events, reports, a folder) into the inbox, and count what is there"
    examples = ("outcomes export.csv", "outcomes export.csv --json", "outcomes")
    parser = Command("outcomes", does, examples, next_order.outcomes).add_to(commands)
    parser.add_argument("path", nargs="?", type=Path, metavar="PATH", help="a file or folder; without: what is kept")
    _add_reading(parser)
    parser.add_argument("--keep-days", type=_count, metavar="N", help="remove what is older (default: three years)")
    _add_home(parser)
    _add_json(parser)


def _add_plan(commands: Commands) -> None:
    does = "show how to split a budget between profiles, what it will bring, and when to stop; nothing is bought"
    examples = ("plan spring --budget 500 --price 2", "plan spring --budget 500 --price 2 --value 25 --json")
    parser = Command("plan", does, examples, next_order.plan).add_to(commands)
    _add_folders(parser)
    parser.add_argument("--budget", type=_amount, required=True, metavar="AMOUNT", help="money for the next orders")
    parser.add_argument("--value", type=_amount, metavar="AMOUNT", help="what a good company is worth to you")
    parser.add_argument("--price", type=_amount, metavar="AMOUNT", help="of a company, where the server states no cost")
    parser.add_argument("--instalments", type=_count, default=8, metavar="N", help="parts to buy in (default: 8)")
    _add_json(parser)


def _add_settle(commands: Commands) -> None:
    does = "show what was paid for, line by line and to the cent, and write claims with their evidence"
    examples = ("settle spring --price 2", "settle spring --price 2 -o claims --json")
    parser = Command("settle", does, examples, next_order.settle).add_to(commands)
    _add_folders(parser)
    parser.add_argument("--price", type=_amount, metavar="AMOUNT", help="of a company, where the server states no cost")
    parser.add_argument("-o", "--output", type=Path, metavar="DIR", help="write the lines and a file a reason there")
    _add_json(parser)


def _add_ramp(commands: Commands) -> None:
    does = "show how a list goes out in daily portions, and whether to go on today; nothing is sent"
    examples = ("ramp spring --limit 0.05", "ramp spring --limit 0.05 --sent 0 -o today.csv --json")
    parser = Command("ramp", does, examples, next_order.ramp).add_to(commands)
    _add_folders(parser)
    parser.add_argument("--limit", type=_amount, default=0.02, metavar="RATE", help="of bounces (default: 0.02)")
    parser.add_argument("--confidence", type=_amount, default=0.9, metavar="P", help="of the list (default: 0.9)")
    parser.add_argument("--per-day", type=_count, default=40, metavar="N", help="messages a mailbox (default: 40)")
    parser.add_argument("--mailboxes", type=_count, default=1, metavar="N", help="that send (default: 1)")
    parser.add_argument("--explore", type=_amount, default=0.0, metavar="RATE", help="riskier people, at random")
    parser.add_argument("--seed", type=int, default=0, metavar="N", help="of the order of sending; keep it all through")
    parser.add_argument("--sent", type=int, metavar="N", help="so many went out; who did not bounce arrived")
    parser.add_argument("--since", metavar="DATE", help="when this ramp began; what is known from before is not of it")
    parser.add_argument("-o", "--output", type=Path, metavar="FILE", help="today's portion, .csv or .xlsx; persons")
    _add_json(parser)


def _add_folders(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("folders", nargs="+", type=Path, metavar="DIR", help="folders made by `results`")
    parser.add_argument("--home", type=Path, metavar="DIR", help="whose inbox counts; default: that of the results")


def _add_journal(commands: Commands) -> None:
    does = "show what was bought from here, and how far it came; asks no server"
    parser = Command("journal", does, ("journal", "journal --json"), verbs.journal).add_to(commands)
    acknowledges = "say that you have read of lost purchases and looked through `orders list`: no more warnings"
    _add_home(parser)
    parser.add_argument("--acknowledge", action="store_true", help=acknowledges)
    _add_json(parser)
    verbs_of_journal = parser.add_subparsers(required=False, metavar="VERB")
    _add_forget(verbs_of_journal)
    _add_records(verbs_of_journal)


def _add_forget(verbs_of_journal: Commands) -> None:
    does = "erase a person or company from everything kept here, and keep them out; prints what was done, never who"
    examples = ("journal forget maja@firm.example --dry-run", "journal forget firm.example --json")
    forgetting = Command("forget", does, examples, verbs.forget).add_to(verbs_of_journal)
    forgetting.add_argument(
        "who", metavar="WHO", help="an e-mail address, domain, telephone number, profile, id, or a name borne by one"
    )
    _add_home_below(forgetting)
    forgetting.add_argument("--dry-run", action="store_true", help="count what would be erased, change nothing")
    forgetting.add_argument("--undo", action="store_true", help="take a forget back; the data stays away")
    forgetting.add_argument("--country", metavar="NAME", help="of a telephone number without +")
    _add_json(forgetting)


def _add_records(verbs_of_journal: Commands) -> None:
    does = "show when somebody was forgotten, never who"
    forgotten = Command("forgotten", does, ("journal forgotten",), verbs.forgotten).add_to(verbs_of_journal)
    _add_home_below(forgotten)
    _add_json(forgotten)
    does = "show which exports and unmasked reports left, when and for whom"
    examples = ("journal disclosures", "journal disclosures maja@firm.example")
    disclosures = Command("disclosures", does, examples, verbs.disclosures).add_to(verbs_of_journal)
    _add_home_below(disclosures)
    disclosures.add_argument("person", nargs="?", metavar="PERSON", help="only the files this person was in")
    _add_json(disclosures)


def _add_sandbox(commands: Commands) -> None:
    example = "sandbox serve --db sandbox.sqlite --step-seconds 5"
    sandbox = Command("sandbox", "serve the sandbox on this machine", (example,)).add_to(commands)
    verbs_of_sandbox = sandbox.add_subparsers(required=True, metavar="VERB")
    does = "serve until interrupted; prints address and key as two lines a shell can read"
    serving = Command("serve", does, ("sandbox serve", example), verbs.serve_sandbox).add_to(verbs_of_sandbox)
    serving.add_argument("--port", type=_port, default=0, metavar="N", help="default: a free one")
    serving.add_argument(
        "--step-seconds", type=_seconds, default=1.0, metavar="S", help="time of each step of an order"
    )
    serving.add_argument("--seed", type=int, default=42, metavar="N", help="which universe of companies")
    serving.add_argument("--db", type=Path, metavar="FILE", help="keep the state here over restarts")


def _add_render(commands: Commands) -> None:
    does = "run a notebook, write it as one HTML file that opens offline, and print its path"
    examples = (
        "render analysis.ipynb -o analysis.html --parameters order_id=ORDER_ID",
        "render analysis.ipynb -o analysis.html --no-run",
    )
    render = Command("render", does, examples, verbs.render).add_to(commands)
    render.add_argument("notebook", type=Path, metavar="NOTEBOOK", help="an .ipynb file; it is not changed")
    render.add_argument("-o", "--output", type=Path, required=True, metavar="FILE", help="the HTML file")
    render.add_argument("--parameters", nargs="*", default=[], metavar="NAME=VALUE", help="set before the first cell")
    render.add_argument("--no-code", action="store_true", help="leave the cells' code out")
    render.add_argument("--no-run", action="store_true", help="show the outputs saved in the notebook, run nothing")
    render.add_argument("--kernel", metavar="NAME", help="run it in this kernel instead of the one it names")
    render.add_argument(
        "--timeout", type=float, metavar="SECONDS", help="how long one cell may take; no limit unless given"
    )
    render.add_argument("--partial", action="store_true", help="put a note where an output cannot be shown")


def _add_desk(commands: Commands) -> None:
    does = "show the desk in a browser, from an ICP to a list one can mail, without a notebook; needs Voila"
    showing = Command("desk", does, ("desk", "desk --price 2.50 --home ~/campaigns --results spring"), desk).add_to(
        commands
    )
    _add_home(showing)
    showing.add_argument("--results", type=Path, metavar="DIR", help="start with a folder made by `results`")
    showing.add_argument("--price", type=_amount, metavar="AMOUNT", help="your price of a company; the API states none")
    showing.add_argument("--port", type=_port, default=8866, metavar="N", help="default: %(default)s")
    showing.add_argument("--no-browser", action="store_true", help="print the address instead of opening it")


def _add_doctor(commands: Commands) -> None:
    does = (
        "check what holds of this server, by reading alone\n"
        "(exit code 0: all as we assumed, 1: something is different, 2: could not check)"
    )
    # None of them buys: examples are run by who copies them.
    examples = ("doctor", "doctor --json --save check.json")
    parser = Command("doctor", does, examples, doctor).add_to(commands)
    parser.add_argument(
        "--save", type=Path, metavar="FILE", help="write it without key, persons and companies, to send"
    )
    parser.add_argument("--requests", type=_count, default=25, metavar="N", help="at most so many (default: 25)")
    _add_home(parser)
    buying = parser.add_argument_group("with one order", "such as: --with-order --price 1.50 --budget 2")
    buying.add_argument("--with-order", action="store_true", help="place ONE order for ONE briefing, and look at it")
    buying.add_argument("--price", type=_amount, metavar="AMOUNT", help="your price of a briefing; the API states none")
    buying.add_argument("--budget", type=_amount, metavar="AMOUNT", help="what the order may cost at most")
    buying.add_argument(
        "--confirm", type=_amount, metavar="AMOUNT", help="the price, where nobody can be asked to type it"
    )
    buying.add_argument("--icp", type=Path, metavar="FILE", help="a profile saved with icp.save(); default: a sample")
    buying.add_argument("--wait", type=_seconds, default=900.0, metavar="SECONDS", help="for its end (default: 900)")
    _add_json(parser)


def _add_completion(commands: Commands) -> None:
    does = "print what a shell evaluates to complete commands and options"
    examples = ("completion bash", "completion zsh")
    parser = Command("completion", does, examples, verbs.complete).add_to(commands)
    parser.add_argument("shell", choices=SHELLS, metavar="SHELL", help=" or ".join(SHELLS))


def _add_home(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--home", type=Path, metavar="DIR", help="folder of journal and results, as OPENPROSPECT_HOME")


def _add_home_below(parser: argparse.ArgumentParser) -> None:
    """Add --home to a verb whose command has it too; unset, it leaves what stands before the verb."""
    parser.add_argument("--home", type=Path, metavar="DIR", default=argparse.SUPPRESS, help="as before the verb")


def _add_order_id(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("order_id", metavar="ORDER_ID", help="as `orders list` shows it")


def _add_json(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help=JSON_HELP)


def _examples(arguments: tuple[str, ...]) -> str:
    lines = [f"  openprospect-nb {line}" for line in arguments]
    return "\n".join(["example:" if len(lines) == 1 else "examples:", *lines])


def _number(kind: Callable[[str], float], words: str, low: float, high: float = math.inf) -> Callable[[str], float]:
    """Return what reads a finite number from *low* to *high*, and says that it is not *words* where it is none."""

    def read(text: str) -> float:
        try:
            value = kind(text)
        except ValueError:
            value = math.nan
        if not (math.isfinite(value) and low <= value <= high):
            raise argparse.ArgumentTypeError(f"{text} is not {words}")
        return value

    return read


_seconds = _number(float, "a number of seconds of at least 0", 0)
_amount = _number(float, "an amount of at least 0", 0)
_count = _number(int, "a whole number of at least 1", 1)
_port = _number(int, "a port from 0 to 65535", 0, 65_535)
_COMMANDS: Final = (
    _add_demo,
    _add_orders,
    _add_results,
    _add_report,
    _add_files,
    _add_outcomes,
    _add_plan,
    _add_settle,
    _add_ramp,
    _add_journal,
    _add_sandbox,
    _add_render,
    _add_desk,
    _add_doctor,
    _add_completion,
)
