"""`report`: results in, one HTML file out."""

from __future__ import annotations

import os
import tempfile
import webbrowser
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from html import escape
from pathlib import Path
from typing import Final, Protocol

import polars as pl

from openprospect_nb.analysis.bounces.send_lists import SendList
from openprospect_nb.analysis.orders.comparison import Comparison
from openprospect_nb.errors import ConfigurationError
from openprospect_nb.files.saving import save_whole
from openprospect_nb.frames.admission import admit
from openprospect_nb.frames.results import Results
from openprospect_nb.markup.wording import base, languages, wording
from openprospect_nb.privacy.disclosures import Handover
from openprospect_nb.privacy.homes import ledgers_for, note_handover
from openprospect_nb.reports.page import interactive_page, static_page
from openprospect_nb.reports.summarise import Contents, summarise, summarise_comparison
from openprospect_nb.reports.summary import Summary

MOST_BYTES: Final = 3_000_000
MOST_BYTES_LITE: Final = 300_000
# Rows are left out until a page is no larger than this; what else is in it may be longer, up to the limits above.
_AIM: Final = 2_200_000
_AIM_LITE: Final = 120_000
_TOP: Final = 250
_TOP_LITE: Final = 60


class OrderSource(Protocol):
    """Whatever can fetch the results of orders by their ids, such as a `Client`."""

    def results(self, orders: Sequence[str], /) -> Results:
        """Return the results of these orders in one."""


@dataclass(frozen=True)
class Report:
    """One self-contained HTML report; made by `report`. The same inputs give the same bytes.

    Attributes:
        summary: everything it says, as frozen values.
        lite: whether it is the small variant without scripts.
        max_bytes: the size it may not exceed.
        path: where it was last saved by `report`, or None.
        handover: to be noted when it is saved: whom it names, for whom it is, and the home they come from.
    """

    summary: Summary = field(repr=False)
    lite: bool = False
    max_bytes: int = MOST_BYTES
    path: Path | None = None
    handover: Handover | None = field(default=None, repr=False, compare=False)
    home: str | None = field(default=None, repr=False)

    @cached_property
    def _html(self) -> str:
        return static_page(self.summary) if self.lite else interactive_page(self.summary)

    @property
    def size(self) -> int:
        """How many bytes the page has."""
        return len(self._html.encode())

    def to_html(self) -> str:
        """Return the page.

        Raises:
            ConfigurationError: it is larger than ``max_bytes``.
        """
        if self.size > self.max_bytes:
            raise ConfigurationError(
                f"the report has {self.size:,} bytes, more than the {self.max_bytes:,} allowed.",
                next_step="Show fewer companies (top=), use lite=True, or raise max_bytes=.",
            )
        return self._html

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Write the page to *path*, whole or not at all, and return the path.

        One that reveals persons is noted in the home they come from; see ``client.journal.disclosures``.

        Raises:
            ConfigurationError: the file cannot be written there, or the page is too large.
            JournalError: it cannot be noted.
        """
        page = self.to_html().encode()
        written = save_whole(path, "the report", lambda part: part.write_bytes(page))
        if self.handover is not None:
            note_handover(replace(self.handover, file=written), self.home)
        return written

    def open(self) -> Path:
        """Show the report in the web browser; it is saved to a private temporary folder first if it has no file yet."""
        shown = self.path or self.save(Path(tempfile.mkdtemp(prefix="openprospect-")) / "report.html")
        webbrowser.open(shown.resolve().as_uri())
        return shown

    def _repr_html_(self) -> str:
        """Return the script-free report in a frame of its own: neither page can style or run in the other."""
        short = replace(self.summary, companies=self.summary.companies[:_TOP_LITE])
        page = escape(static_page(short), quote=True)
        title = escape(self.summary.title, quote=True)
        return (
            f'<iframe srcdoc="{page}" title="{title}" sandbox="allow-popups"'
            ' style="width:100%;height:780px;border:1px solid #8884;border-radius:6px;resize:vertical"></iframe>'
        )


def report(
    results: Results | Comparison | SendList[pl.DataFrame] | str | Sequence[str],
    path: str | os.PathLike[str] | None = None,
    *,
    lite: bool = False,
    reveal: bool = False,
    title: str | None = None,
    client: OrderSource | None = None,
    language: str | None = None,
    top: int | None = None,
    max_bytes: int | None = None,
    recipient: str = "",
    as_of: str | None = None,
    sending: SendList[pl.DataFrame] | None = None,
    weights: Mapping[str, float] | None = None,
) -> Report:
    """Return a report on *results* as one HTML file that opens offline, saved to *path* if given.

    Page one decides: whom to mail at what promise, what it cost, what to buy next, what to know; the rest is folded
    below it, and an appendix on paper.

    Names, e-mails, phones and profile links of persons are masked unless *reveal*.

    Args:
        results: a `Results`, a `SendList` made from one, a `Comparison`, or order ids (one, or several) together with
            *client*.
        path: the file; written whole or not at all.
        lite: without scripts, below 120 kB; reads well in a mail client.
        reveal: whether persons are named.
        title: the heading; by default the title of the order, or how many orders there are.
        client: where results come from, when order ids are given.
        language: "en", "de" or another of `markup.wording.languages`; by default the output language of the profile if
            it is one of these, else "en".
        top: how many companies the table shows; 250 by default, 60 with *lite*, fewer where they would not fit.
        max_bytes: the largest page allowed; 3,000,000 by default, 300,000 with *lite*.
        recipient: for whom it is; stated when personal data is revealed.
        as_of: the ISO 8601 time the report states; by default the time the results were fetched.
        sending: the list that page one is about, such as one at another limit or with a calibration; by default
            ``send_list(results)``.
        weights: of the score that companies are ranked by, as `op.score` takes them; the page then states them. None
            is the usual; a `Comparison` has no score.

    Example:
        >>> op.report(order.results(), "report.html")  # doctest: +SKIP

    Raises:
        ConfigurationError: *results* is something else, an argument cannot be used, or the file cannot be written.
        ValidationError: *weights* are none that `op.score` takes.
    """
    source = _results(results, client)
    if isinstance(source, Results):
        # Whoever was forgotten since they were fetched is in no report.
        source = admit(source, ledgers_for(home=source.provenance.get("home")))
    contents = Contents(
        title=title,
        wording=wording(language or _language(source)),
        top=_top(top, lite=lite),
        reveal=reveal,
        recipient=recipient,
        as_of=as_of,
        sending=results if isinstance(results, SendList) else sending,
        weights=weights,
    )
    limit = max_bytes if max_bytes is not None else MOST_BYTES_LITE if lite else MOST_BYTES
    summary = summarise(source, contents) if isinstance(source, Results) else summarise_comparison(source, contents)
    made = Report(summary, lite=lite, max_bytes=limit)
    made = made if top is not None else _fitting(made)
    if reveal and isinstance(source, Results):
        made = replace(made, handover=_handover(source, summary, recipient), home=source.provenance.get("home"))
    return made if path is None else replace(made, path=made.save(path))


def _fitting(made: Report) -> Report:
    """Return the report with as many companies as the page has room for, by what a row of them takes."""
    limit = _AIM_LITE if made.lite else _AIM
    companies = made.summary.companies
    rows, half = len(companies), len(companies) // 2
    if not half or made.size <= limit:
        return made
    shorter = replace(made, summary=replace(made.summary, companies=companies[:half]))
    each = (made.size - shorter.size) / (rows - half)
    fit = rows - int((made.size - limit) / each * 1.1) - 1
    return replace(made, summary=replace(made.summary, companies=companies[: max(fit, 0)]))


def _handover(results: Results, summary: Summary, recipient: str) -> Handover:
    """Return what is noted of a report that names the contacts of *summary*."""
    lines = (*summary.companies, *(summary.first.start if summary.first is not None else ()))
    named = {line.contact.prospect_id for line in lines if line.contact is not None}
    persons = results.prospects.filter(pl.col("id").is_in(named)).unique(["source", "id"], maintain_order=True)
    return Handover(what="report", target="html", recipient=recipient, file=Path(), persons=persons)


def _top(top: int | None, *, lite: bool) -> int:
    if top is not None and (isinstance(top, bool) or top < 0):
        raise ConfigurationError(f"top={top!r} must be a whole number of at least 0.")
    return top if top is not None else _TOP_LITE if lite else _TOP


def _results(given: object, client: OrderSource | None) -> Results | Comparison:
    if isinstance(given, SendList):
        if given.origin is None:
            raise ConfigurationError(
                "this send list was made from a frame, and a report is about results.",
                next_step="Use op.report(results, sending=this_list), or make the list with op.send_list(results).",
            )
        return given.origin
    if isinstance(given, Results | Comparison):
        return given
    ids = [given] if isinstance(given, str) else given
    if client is not None and isinstance(ids, Sequence) and all(isinstance(order_id, str) for order_id in ids):
        return client.results(list(ids))
    kind = "order ids without client=" if isinstance(given, str | list | tuple) else f"a {type(given).__name__}"
    raise ConfigurationError(
        f"a report needs a Results, a SendList or a Comparison, not {kind}.",
        next_step="Use order.results(), client.results([ids]), op.Results.read(folder) or op.compare(results).",
    )


def _language(results: Results | Comparison) -> str:
    if isinstance(results, Comparison):
        return "en"
    asked = str((results.provenance.get("icp") or {}).get("output_language") or "")
    return asked if base(asked) in languages() else "en"
