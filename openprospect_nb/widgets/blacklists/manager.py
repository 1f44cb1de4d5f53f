"""`BlacklistManager`: lists of companies to leave out, changed only after the change was shown."""

from __future__ import annotations

from typing import Any, Final

import ipywidgets
import polars as pl

from openprospect_nb.client import Client
from openprospect_nb.files.company_list import READERS
from openprospect_nb.frames.results import Results
from openprospect_nb.markup import clean, render
from openprospect_nb.widgets.base import BaseWidget
from openprospect_nb.widgets.blacklists.model import TIERS, BlacklistDesk, not_added, staged_companies, tiers_of
from openprospect_nb.widgets.parts import LABEL, LiveLine, button, choice, live_text, row, text_field

SHOWN: Final = 200
NAMED: Final = 12  # companies, in the confirmation of a change
NONE: Final = [("(no list)", "")]


class BlacklistManager(BaseWidget):
    """Blacklists and their entries: paste or upload companies, see what each can match, confirm every change.

    Args:
        client: whose blacklists.
        results: results at hand; a list then says what it would have excluded of them.

    Example:
        >>> manager = BlacklistManager(client, results)
        >>> manager.entries.columns[:2]
        ['id', 'company_name']
        >>> manager.close()
    """

    def __init__(self, client: Client, results: Results | None = None) -> None:
        super().__init__("op-blacklist-manager")
        self.desk = BlacklistDesk(client, results)
        self._overview, self._staged, self._said = ipywidgets.HTML(), ipywidgets.HTML(), LiveLine()
        title = ipywidgets.HTML('<p class="op-title" role="heading" aria-level="3">Blacklists</p>')
        lists, entries = self._list_rows(), self._entry_rows()
        confirm = button("Confirm change", "op-confirm", self.desk.confirm, style="warning")
        cancel = button("Cancel", "op-cancel", self.desk.cancel)
        self._asked, self._summary = LiveLine(), ipywidgets.HTML()
        self._confirmation = ipywidgets.VBox([self._asked, self._summary, row(confirm, cancel)])
        self._confirmation.add_class("op-summary")
        added, confirmation = self._adding_rows(), self._confirmation
        self._fill([title, *lists, self._overview, *entries, *added, self._staged, confirmation, self._said])
        self.desk.observe(self._show, ["lists", "entries", "chosen"])
        self.desk.observe(self._show_staged, ["staged"])
        self.desk.observe(self._show_change, ["change"])
        self.desk.observe(self._show_said, ["message", "busy"])
        self._show()
        self._show_staged()
        self._show_change()
        self.desk.refresh()

    @property
    def lists(self) -> pl.DataFrame:
        """One row a blacklist as last read; columns as `schemas.BLACKLISTS`."""
        return self.desk.lists

    @property
    def entries(self) -> pl.DataFrame:
        """One row an entry of the chosen list as last read; columns as `schemas.BLACKLIST_ENTRIES`."""
        return self.desk.entries

    def close(self) -> None:
        """Close the view; safe to call twice."""
        self.desk.close()
        self.desk.unobserve_all()
        super().close()

    def is_settled(self) -> bool:
        """Whether the server has answered what was asked."""
        return not self.desk.busy

    def picture(self) -> str:
        """Return the chosen list with its first entries as HTML without scripts."""
        title = '<p class="op-title">Blacklists</p>'
        return title + self._entries_html() + live_text(clean(self.desk.message, 400))

    def __repr__(self) -> str:
        return f"BlacklistManager({self.lists.height:,} lists, {self.entries.height:,} entries in the chosen one)"

    def _list_rows(self) -> list[ipywidgets.Widget]:
        desk = self.desk
        self._list = choice("Blacklist", NONE, "")
        self._list.observe(lambda change: desk.choose(change["new"] or desk.chosen), "value")
        refresh = button("Refresh", "op-refresh", desk.refresh)
        self._name = text_field("New list", placeholder="its name")
        create = button("Create list", "op-create", lambda: desk.create(self._name.value.strip()))
        delete = button("Delete list …", "op-delete", desk.ask_delete)
        return [row(self._list, refresh, delete), row(self._name, create)]

    def _entry_rows(self) -> list[ipywidgets.Widget]:
        self._find = text_field("Find entries", placeholder="part of a name or web site")
        self._find.observe(self._show, "value")
        self._select = ipywidgets.SelectMultiple(
            description="Entries", rows=7, style=LABEL, layout={"width": "min(100%, 46em)"}
        )
        remove = button("Remove selected …", "op-remove", lambda: self.desk.ask_remove(tuple(self._select.value)))
        return [self._find, self._select, row(remove)]

    def _adding_rows(self) -> list[ipywidgets.Widget]:
        self._paste = text_field("Add companies", rows=4, placeholder="one a line: name; web site; city, or a table")
        self._paste.observe(lambda change: self.desk.stage(change["new"]), "value")
        self._upload = ipywidgets.FileUpload(accept=",".join(sorted(READERS)), description="or upload a file")
        self._upload.observe(self._take_file, "value")
        add = button("Add to list …", "op-add", self.desk.ask_add, style="primary")
        return [self._paste, row(self._upload, add)]

    def _show(self, _: Any = None) -> None:
        options = [
            (f"{clean(name, 60)} ({count if count is not None else '?'})", key)
            for key, name, count in self.lists.select("id", "name", "entry_count").iter_rows()
        ] or NONE
        if list(self._list.options) != options:
            self._list.options = options
        if self._list.value != self.desk.chosen and self.desk.chosen in {key for _, key in options}:
            self._list.value = self.desk.chosen
        page = self._matching().head(SHOWN).select("company_name", "website_url", "city", "id")
        self._select.options = [
            (" · ".join(clean(part, 60) for part in parts if part), key) for *parts, key in page.iter_rows()
        ]
        self._overview.value = self._entries_html(table=False)
        self._redraw_picture()

    def _matching(self) -> pl.DataFrame:
        words = self._find.value.strip().lower()
        text = pl.concat_str(pl.col("company_name", "website_url").fill_null(""), separator=" ").str.to_lowercase()
        return self.entries.filter(text.str.contains(words, literal=True)) if words else self.entries

    def _show_staged(self, _: Any = None) -> None:
        staged = self.desk.staged
        if staged is None:
            self._staged.value = ""
            return
        good = staged_companies(staged)
        summary = f"{good.height:,} companies to add. {clean(not_added(staged), 1_000)} {self.desk.effect(good)}"
        self._staged.value = _table(summary, "Companies to add", good)

    def _show_change(self, _: Any = None) -> None:
        change = self.desk.change
        self._confirmation.layout.display = "none" if change is None else ""
        if change is None:
            self._asked.say("")
            return
        self._asked.say(change.words)
        self._summary.value = render(
            "widgets/change.html",
            names=[clean(name, 80) for name in change.companies[:NAMED]],
            more=max(0, len(change.companies) - NAMED),
            removes=change.removes,
        )

    def _show_said(self, _: Any = None) -> None:
        self.message = clean(self.desk.message, 600)
        self._said.say(self.message)
        self._redraw_picture()

    def _entries_html(self, *, table: bool = True) -> str:
        shown = self._matching()
        matching = f"; {shown.height:,} fit the search" if self._find.value.strip() else ""
        cut = f", the first {SHOWN} are shown" if shown.height > SHOWN else ""
        noun = "entry" if self.entries.height == 1 else "entries"
        summary = f"{self.entries.height:,} {noun}{matching}{cut}. {self.desk.effect(self.entries)}"
        return _table(summary, "Entries", shown if table else shown.clear())

    def _take_file(self, change: Any) -> None:
        if not change["new"]:
            return
        file = change["new"][0]
        # The front end saves a widget's value in the notebook, and nobody means to keep a list of customers there.
        self._upload.value = ()
        self.desk.stage_file(file["name"], bytes(file["content"]))


def _table(summary: str, caption: str, companies: pl.DataFrame) -> str:
    rows = [
        {name: clean(line.get(name), 80) for name in ("company_name", "website_url", "city")}
        | {"tier": TIERS[line["tier"]], "warning": line["warning"]}
        for line in tiers_of(companies.head(SHOWN)).iter_rows(named=True)
    ]
    return render("widgets/blacklist.html", summary=summary, caption=caption, rows=rows)
