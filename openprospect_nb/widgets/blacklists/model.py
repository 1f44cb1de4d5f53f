"""The model of the blacklist manager: lists and entries, companies read from a paste, and changes shown before made."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Any, Final

import polars as pl
import traitlets

from openprospect_nb.analysis import exclude
from openprospect_nb.bounds import entry_problems, refuse
from openprospect_nb.client import AsyncClient, Client
from openprospect_nb.errors import OpenProspectError, ValidationError
from openprospect_nb.files.exclusions import Exclusions, exclusions, exclusions_in, has_heading
from openprospect_nb.frames.results import Results
from openprospect_nb.frames.schemas import BLACKLIST_ENTRIES, BLACKLISTS
from openprospect_nb.widgets.kernel import Background, Work

TIERS: Final = {
    1: "1 your id (exact)",
    2: "2 domain (high)",
    3: "3 name and city (good)",
    4: "4 name alone (fair)",
}
NAME_ONLY: Final = "Name alone: other companies of this name are excluded too. Add a web site or a city."
NAMED: Final = 5  # addresses of persons, in the refusal of a list
ID_ONLY: Final = "Only your id: it never matches a discovered company, which has none. Add a web site."


def pasted(text: str) -> Exclusions | None:
    """Return whom pasted text means, or None if there is nothing in it.

    With a header row (any separator) it is a table. Without, a line is a domain, a web address, ``*@firm.example``, or
    a company: its name, then, after a semicolon or a tab, its web site and its city in any order.

    Raises:
        ValidationError: nothing in it can be read.
    """
    lines = [line for line in text.splitlines() if line.strip()]
    if not lines:
        return None
    separator = max((",", ";", "\t"), key=lines[0].count)
    if has_heading([cell.strip() for cell in lines[0].split(separator)]):
        return exclusions_in("pasted.csv", "\n".join(lines).encode())
    return exclusions([line if _is_entry(line) else _company(line) for line in lines])


def staged_companies(staged: Exclusions | None) -> pl.DataFrame:
    """Return the companies of a list that was read, as they would be added; one row a company, every cell a text."""
    schema = dict.fromkeys(("company_name", "website_url", "city", "country", "external_id"), pl.String)
    return pl.DataFrame(staged.companies if staged is not None else [], schema=schema)


def not_added(staged: Exclusions) -> str:
    """Return in sentences what of a list cannot be added, by its row; empty if everything can."""
    persons = staged.persons
    more = f"; and {len(persons) - NAMED:,} more" if len(persons) > NAMED else ""
    named = (
        f"A blacklist holds companies; {len(persons):,} are addresses of persons: {'; '.join(persons[:NAMED])}{more}."
    )
    hosts = f"Hosts that many share are no company's: {'; '.join(staged.hosts[:NAMED])}." if staged.hosts else ""
    return " ".join(said for said in (staged.complaint, staged.remark, named if persons else "", hosts) if said)


def tiers_of(rows: pl.DataFrame) -> pl.DataFrame:
    """Return *rows* with ``tier`` (the best it can match, 1-4) and ``warning`` (empty where there is none)."""
    has = {
        name: pl.col(name).fill_null("") != "" if name in rows.columns else pl.lit(value=False)
        for name in ("external_id", "website_url", "city")
    }
    best = pl.when(has["external_id"]).then(1).when(has["website_url"]).then(2).when(has["city"]).then(3).otherwise(4)
    id_alone = has["external_id"] & ~has["website_url"] & ~has["city"]
    warning = pl.when(id_alone).then(pl.lit(ID_ONLY)).when(best == 4).then(pl.lit(NAME_ONLY)).otherwise(pl.lit(""))
    return rows.with_columns(tier=best.cast(pl.Int64), warning=warning)


def _is_entry(text: str) -> bool:
    """Return whether a text is a domain, an address, or several of these, and no name."""
    try:
        return bool(exclusions(text).entries)
    except ValidationError:
        return False


def _company(line: str) -> dict[str, Any]:
    name, *rest = [cell.strip() for cell in line.replace("\t", ";").split(";") if cell.strip()]
    sites = [cell for cell in (*rest, *([name] if _is_entry(name) else [])) if "." in cell and " " not in cell]
    cities = [cell for cell in rest if cell not in sites]
    return {"company_name": name, "website_url": next(iter(sites), None), "city": next(iter(cities), None)}


@dataclass(frozen=True, slots=True)
class Change:
    """A change to confirm: in words, the companies it adds or removes, and the work that makes it."""

    words: str
    companies: tuple[str, ...]
    work: Work
    removes: bool


class BlacklistDesk(traitlets.HasTraits):
    """Blacklists of one account; nothing is added or removed before it was shown as a change and confirmed.

    Attributes:
        lists: one row a blacklist; entries: one row an entry of the chosen one; columns as in `schemas`.
        chosen: id of the chosen blacklist, or "".
        staged: whom a paste or file means, not added yet.
        change: what waits for a confirmation, or None.
        busy: whether a request is under way.
    """

    lists = traitlets.Instance(pl.DataFrame)
    entries = traitlets.Instance(pl.DataFrame)
    chosen = traitlets.Unicode()
    staged = traitlets.Instance(Exclusions, allow_none=True)
    change = traitlets.Instance(Change, allow_none=True)
    busy = traitlets.Bool()
    message = traitlets.Unicode()

    def __init__(self, client: Client, results: Results | None) -> None:
        super().__init__()
        self.lists, self.entries = BLACKLISTS.to_frame(), BLACKLIST_ENTRIES.to_frame()
        self._results = results
        self._work = Background(client, partial(setattr, self, "message"))

    def refresh(self) -> None:
        """Start to read the lists, and the entries of the chosen one."""
        self._start(self._read_lists)

    def choose(self, blacklist_id: str) -> None:
        """Choose a list and start to read its entries."""
        if blacklist_id != self.chosen:
            self.chosen, self.change = blacklist_id, None
            self._start(self._read_entries)

    def create(self, name: str) -> None:
        """Start to make a list; it is chosen once it is there."""

        async def make(core: AsyncClient) -> None:
            made = await core.blacklists.create(name)
            self.chosen = made.id
            await self._read_lists(core)
            self.message = f"The list “{name}” is made."

        self._start(make)

    def stage(self, given: object) -> None:
        """Take whom pasted text, or whatever `exclude` takes, means, to be looked at before it is added."""
        try:
            staged = pasted(given) if isinstance(given, str) else exclusions(given)
            refuse(entry_problems(staged.companies if staged is not None else []), "the list")
        except OpenProspectError as error:
            # What was there before is not what was meant now.
            self.staged, self.message = None, str(error)
        else:
            self.staged = staged

    def stage_file(self, name: str, content: bytes) -> None:
        """Take whom an uploaded file means."""
        try:
            self.stage(exclusions_in(name, content))
        except OpenProspectError as error:
            self.staged, self.message = None, str(error)

    def effect(self, entries: pl.DataFrame) -> str:
        """Return in words what *entries* would have excluded of the results at hand."""
        if self._results is None or entries.is_empty():
            return ""
        # By name alone too: that is the vendor's fourth tier.
        hits = exclude(self._results, entries, name_only=True).filter("excluded")
        by_tier = hits.group_by("excluded_by").len().sort("excluded_by").iter_rows()
        tiers = ", ".join(f"{count} by {tier.replace('_', ' ')}" for tier, count in by_tier)
        of = f"{hits.height:,} of {self._results.companies.height:,} companies at hand"
        return f"It would have excluded {of}{f' ({tiers})' if tiers else ''}."

    def ask_add(self) -> None:
        """Show what adding the staged companies would do."""
        rows = staged_companies(self.staged)
        if not self.chosen or rows.is_empty():
            self.message = "Choose a list, and paste or upload companies first."
            return
        blacklist_id, warned = self.chosen, tiers_of(rows).filter(pl.col("warning") != "").height

        async def add(core: AsyncClient) -> None:
            done = await core.blacklists.add(blacklist_id, rows, warn=False)
            self.staged = None
            await self._read_lists(core)
            self.message = f"{done}.".capitalize()

        more = f" {warned:,} of them with a warning." if warned else ""
        words = f"Add {rows.height:,} companies.{more} {self.effect(rows)}"
        self.change = Change(words, tuple(rows["company_name"]), add, removes=False)

    def ask_remove(self, entry_ids: tuple[str, ...]) -> None:
        """Show what removing entries would leave."""
        gone = self.entries.filter(pl.col("id").is_in(entry_ids))
        if gone.is_empty():
            self.message = "Choose the entries to remove first."
            return
        blacklist_id, ids = self.chosen, gone["id"].to_list()

        async def remove(core: AsyncClient) -> None:
            count = await core.blacklists.remove(blacklist_id, ids)
            await self._read_lists(core)
            self.message = (
                "Removed; the server did not say how many." if count is None else f"{count:,} entries removed."
            )

        left = self.entries.height - gone.height
        words = f"Remove {gone.height:,} of {self.entries.height:,} entries; {left:,} stay."
        self.change = Change(words, tuple(gone["company_name"]), remove, removes=True)

    def ask_delete(self) -> None:
        """Show what deleting the chosen list would lose."""
        if not self.chosen:
            self.message = "Choose a list first."
            return
        blacklist_id = self.chosen

        async def delete(core: AsyncClient) -> None:
            await core.blacklists.delete(blacklist_id)
            self.chosen = ""
            await self._read_lists(core)
            self.message = "The list is deleted."

        words = f"Delete the whole list with its {self.entries.height:,} entries. This cannot be undone."
        self.change = Change(words, tuple(self.entries["company_name"]), delete, removes=True)

    def confirm(self) -> None:
        """Make the change that is shown, once."""
        change, self.change = self.change, None
        if change is not None and not self.busy:
            self._start(change.work)

    def cancel(self) -> None:
        """Make no change."""
        self.change, self.message = None, "Nothing was changed."

    def close(self) -> None:
        """Cancel what is under way; safe to call twice."""
        self._work.close()

    def _start(self, work: Work) -> None:
        async def tracked(core: AsyncClient) -> None:
            try:
                await work(core)
            finally:
                self.busy = False

        self.busy, self.message = True, "Asking the server …"
        if self._work.start(tracked) is None:
            self.busy = False

    async def _read_lists(self, core: AsyncClient) -> None:
        lists = await core.blacklists.list()
        ids = lists["id"].to_list()
        self.chosen = self.chosen if self.chosen in ids else next(iter(ids), "")
        self.lists = lists
        await self._read_entries(core)

    async def _read_entries(self, core: AsyncClient) -> None:
        chosen = self.chosen
        entries = await core.blacklists.entries(chosen) if chosen else BLACKLIST_ENTRIES.to_frame()
        if chosen == self.chosen:
            self.entries = entries
            self.message = f"Lists: {self.lists.height:,}; entries in the chosen one: {entries.height:,}."
