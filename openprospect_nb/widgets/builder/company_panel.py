"""The part of the ICP builder that takes a list of companies: upload, columns, preview, rows that cannot be sent."""

from __future__ import annotations

import base64
from functools import partial
from typing import Any, Final

import ipywidgets

from openprospect_nb.errors import OpenProspectError
from openprospect_nb.files.companies import READERS
from openprospect_nb.files.company_list import FIELDS, CompanyList
from openprospect_nb.markup import clean, render
from openprospect_nb.widgets.builder.model import OrderDraft
from openprospect_nb.widgets.parts import LiveLine, choice, field, row

PREVIEW: Final = 5
BAD_SHOWN: Final = 50
LABELS: Final = {
    "company_name": "Name (required)",
    "website_url": "Web site",
    "city": "City",
    "country": "Country",
    "external_id": "Your id",
}
NOT_SENT: Final = "(not sent)"


class CompanyPanel:
    """Binds an upload field and one choice of column a field to a draft's company list; ``box`` is the view."""

    def __init__(self, draft: OrderDraft) -> None:
        self._draft = draft
        self.upload = ipywidgets.FileUpload(
            accept=",".join(sorted(READERS)), description="Company list (CSV, Excel, Parquet)", layout={"width": "auto"}
        )
        self.columns = {name: choice(LABELS[name], [NOT_SENT], NOT_SENT) for name in FIELDS}
        self._said, self._shown = LiveLine(), ipywidgets.HTML()
        self._taking = False
        self.upload.observe(self._take_file, "value")
        for name, control in self.columns.items():
            control.observe(partial(self._take_column, name), "value")
        draft.observe(self.show, "companies")
        mapping = row(*self.columns.values())
        self.box = field("companies", ipywidgets.VBox([self.upload, mapping, self._said]), self._shown)
        self.show()

    def show(self, _: Any = None) -> None:
        """Write the columns, the first rows, and the rows that cannot be sent."""
        companies = self._draft.companies
        self._show_columns(companies)
        if companies is None:
            self._said.say("No list yet. It needs a header row and a column with the company's name.")
            self._shown.value = ""
            return
        good, bad = companies.good, companies.bad
        self._said.say(" ".join([companies.summary, *companies.notes]))
        self._shown.value = render(
            "widgets/companies.html",
            good=[{n: clean(v, 60) for n, v in line.items()} for line in good.head(PREVIEW).to_dicts()],
            bad=[{"row": line["row"], "why": clean(line["why"])} for line in bad.head(BAD_SHOWN).to_dicts()],
            more=bad.height > BAD_SHOWN,
            download=base64.b64encode(companies.bad_csv()).decode(),
        )

    def _show_columns(self, companies: CompanyList | None) -> None:
        names = [NOT_SENT, *companies.table.columns] if companies is not None else [NOT_SENT]
        self._taking = True
        try:
            for name, control in self.columns.items():
                if list(control.options) != names:
                    control.options = names
                control.value = companies.columns.get(name, NOT_SENT) if companies is not None else NOT_SENT
        finally:
            self._taking = False

    def _take_file(self, change: Any) -> None:
        if not change["new"]:
            return
        file = change["new"][0]
        # The front end saves a widget's value in the notebook, and nobody means to keep a list of customers there.
        self.upload.value = ()
        try:
            self._draft.companies = CompanyList.uploaded(file["name"], bytes(file["content"]))
        except OpenProspectError as error:
            # An order of the list before would be a surprise.
            self._draft.companies = None
            self._said.say(str(error), kind="alert")

    def _take_column(self, name: str, change: Any) -> None:
        if self._taking or self._draft.companies is None:
            return
        column = None if change["new"] == NOT_SENT else change["new"]
        self._draft.companies = self._draft.companies.mapped(name, column)
