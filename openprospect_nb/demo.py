"""The walk of the first minute: from an ICP to frames, charts and a report, on a sandbox that is made for it."""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from importlib.resources import as_file, files
from pathlib import Path

import polars as pl

from openprospect_nb.client import Client
from openprospect_nb.connect import connect
from openprospect_nb.contract import Feature
from openprospect_nb.errors import ConfigurationError
from openprospect_nb.frames.results import Results
from openprospect_nb.icp import ICP
from openprospect_nb.settings import default_cache, make_home

SAMPLE_ICP = "icp_machine_builders.json"
STEP_SECONDS = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoOptions:
    """What the demo is asked for.

    Attributes:
        output: folder for the report and the Parquet files.
        icp: the profile's file; None takes the sample.
        quantity: briefings to order, 1 to 10,000.
        seed: the sandbox's seed; equal seeds give equal frames.
        home: folder of the journal and of the sandbox's orders; None uses one that is removed afterwards.
    """

    output: Path
    icp: Path | None = None
    quantity: int = 60
    seed: int = 42
    home: Path | None = None


def run(walk: DemoOptions, say: Callable[[str], None]) -> Results:
    """Order, wait, fetch, score, chart and report; *say* is told each step. Returns the results.

    Raises:
        ConfigurationError: the output folder or the home cannot be written, or the profile cannot be read.
        ValidationError: the profile or the quantity breaks a bound.
    """
    start = time.monotonic()
    prepare_output(walk.output)
    icp = ICP.load(walk.icp) if walk.icp is not None else sample_icp()
    say(f"ICP        {icp.profile_name}: {icp.ideal_customer_profile}")
    for advice in icp.advice():
        say(f"advice     {advice}")
    with ExitStack() as stack:
        client = _client(walk, stack)
        where = "sandbox" if client.is_sandbox else "live"
        say(f"server     {where}, {client.settings.base_url}")
        results = _order(client, icp, walk.quantity, say)
    scored = _leave(walk.output, results, say)
    say(_table(scored, results))
    say(_next(walk.output, time.monotonic() - start))
    return results


def sample_icp() -> ICP:
    """Return the sample profile of ``data/``, from the installed package or from a checkout."""
    packaged = files("openprospect_nb") / "data" / SAMPLE_ICP
    if packaged.is_file():
        with as_file(packaged) as path:
            return ICP.load(path)
    return ICP.load(Path(__file__).parents[1] / "data" / SAMPLE_ICP)


def prepare_output(folder: Path) -> None:
    """Make *folder* and see that it can be written, before anything is ordered.

    Raises:
        ConfigurationError: it cannot.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise ConfigurationError(
            f"the output folder {folder} cannot be written ({error.strerror}).",
            next_step="Choose another with -o DIR; nothing was ordered.",
        ) from error


def _client(walk: DemoOptions, stack: ExitStack) -> Client:
    from openprospect_nb.sandbox import Sandbox

    home = walk.home or Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="openprospect-demo-")))
    # A home that lasts must never see the same order id twice; only a passing one may be reproducible. Its sandbox is
    # kept where `connect` looks for it, so that the orders the journal names can be listed and fetched later.
    lasts = walk.home is not None
    db = make_home(home) / "sandbox.sqlite" if lasts else None
    sandbox = Sandbox(seed=walk.seed, step_seconds=STEP_SECONDS, db=db, cache=default_cache(), reproducible=not lasts)
    stack.callback(sandbox.close)
    seed = sandbox.control.state()["settings"]["seed"]
    if seed != walk.seed:
        raise ConfigurationError(
            f"the sandbox kept in {walk.home} has the companies of seed {seed}, not {walk.seed}.",
            next_step=f"Use --seed {seed}, or another --home; nothing was ordered.",
        )
    return stack.enter_context(connect(sandbox=sandbox, home=home))


def _order(client: Client, icp: ICP, quantity: int, say: Callable[[str], None]) -> Results:
    # In a home that is kept, the second demo within ten minutes is meant as a second order.
    order = client.orders.discover(
        icp,
        quantity,
        title=f"Demo: {icp.profile_name}"[:500],
        features=[str(feature) for feature in Feature],
        again=True,
    )
    say(f"ordered    {quantity} briefings, order {order.order_id}, {order.status}")
    order.wait()
    say(f"completed  {order.state.company_count} companies")
    return order.results()


def _leave(folder: Path, results: Results, say: Callable[[str], None]) -> pl.DataFrame:
    from openprospect_nb.analysis import score
    from openprospect_nb.reports import report

    results.write(folder / "results")
    scored: pl.DataFrame = score(results)
    scored.write_parquet(folder / "scored_companies.parquet")
    counts = f"{results.companies.height:,} companies, {results.prospects.height:,} prospects"
    say(f"frames     {counts} → {folder / 'results'}")
    report(results, folder / "report.html")
    say(f"report     match score, prospect quality, bounce risk, companies → {folder / 'report.html'}")
    return scored


def _table(scored: pl.DataFrame, results: Results) -> str:
    reach = results.prospects.group_by("company_id").agg(
        pl.len().alias("people"), pl.col("bounce_risk_score").min().alias("least risk %")
    )
    best = (
        scored.sort("score", descending=True, nulls_last=True)
        .head(5)
        .join(reach, left_on="id", right_on="company_id", how="left", maintain_order="left")
        .select(
            pl.col("score").round(1),
            "name",
            "city",
            pl.col("employee_count").alias("staff"),
            pl.col("match_score").alias("match"),
            "people",
            "least risk %",
        )
    )
    with pl.Config(tbl_hide_dataframe_shape=True, tbl_hide_column_data_types=True):
        return f"\nThe five best of {scored.height} sandbox companies (all invented):\n{best}"


def _next(folder: Path, seconds: float) -> str:
    return (
        f"\nDone in {seconds:.1f} s. What to try next:\n"
        f"  open {folder / 'report.html'} in a browser\n"
        f"  {sys.executable} -c"
        f" \"import openprospect_nb as op; print(op.Results.read('{folder / 'results'}').companies)\"\n"
        "  the same in a notebook: import openprospect_nb as op; client = op.connect(); client.orders.discover(...)\n"
        "  openprospect-nb demo --icp YOUR_PROFILE.json   (your own ICP, still on the sandbox)"
    )
