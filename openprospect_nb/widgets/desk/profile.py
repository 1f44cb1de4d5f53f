"""Step 1, Profile: the fields of a profile and an order, and beside them what ordering it would mean."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from openprospect_nb import contract
from openprospect_nb.analysis.intervals import wilson
from openprospect_nb.client import AsyncClient
from openprospect_nb.countries import country_name, region_codes, usual_country_code
from openprospect_nb.files.company_list import FIELDS, READERS, CompanyList
from openprospect_nb.icp import ICP
from openprospect_nb.markup import clean
from openprospect_nb.widgets.builder.labels import (
    COLUMN_LABELS,
    FEATURE_LABELS,
    LABELS,
    NOT_SENT,
    REQUIRED,
    by_field,
    labelled,
)
from openprospect_nb.widgets.builder.model import (
    CHIPS,
    DISCOVERY,
    ENRICHMENT,
    OTHER_PURPOSE,
    PURPOSES,
    TEXTS,
    TRIED_FIRST,
    OrderDraft,
    Phase,
)
from openprospect_nb.widgets.builder.saved_icps import ProfileShelf
from openprospect_nb.widgets.desk.journey import Journey
from openprospect_nb.widgets.desk.pane import Intent
from openprospect_nb.widgets.desk.results_journey import PROFILE
from openprospect_nb.widgets.desk.step import Act, DeskStep, FootButton, drawn

_FILE: Final = "my-profile.json"
_GOOD_SHOWN: Final = 3
_BAD_SHOWN: Final = 3
_WHY: Final = {
    "E-mail campaign": "contacts, addresses, analysis",
    "Calls": "contacts, no addresses",
    "Market map": "companies only",
}
_CODE_SHOWN: Final = 4_000  # letters of a request: a list of companies is as long as it is
_MORE: Final = ("target_cities", "excluded_industries", "seller_industry", "output_language", "title", "blacklist_ids")
_BEGIN: Final = "In a sentence or two: what the companies do, their size, where they are, what makes a good fit."
_READY: Final = "Ready. Next: review, then one confirmation; the order is written to the journal before it is sent."


class ProfileStep(DeskStep):
    """Write a profile, see what ordering it means, confirm once."""

    name = PROFILE
    title = "Profile"
    regions = ("main", "side")

    journey: Journey

    def __init__(self, journey: Journey) -> None:
        super().__init__(journey)
        self.shelf = ProfileShelf(journey.client.settings.home / "icps")
        self.blacklists: tuple[tuple[str, str], ...] = ()
        self._insists = self._shows_code = self._again = False
        self._budget_text = ""
        self._file_text = ""
        self._main, self._values = "", self._typed()

    @property
    def _draft(self) -> OrderDraft:
        return self.journey.draft

    @property
    def note(self) -> str:
        """The name of the profile."""
        return clean(self._draft.profile_name, 24) or "describe whom you look for"

    @property
    def acts(self) -> Mapping[str, Act]:
        """Fields, lists, a file, the order's review and its one confirmation."""
        checkout = self.journey.checkout
        return {
            "field": lambda intent: self._field(str(intent["name"]), intent["value"]),
            "chip": lambda intent: self._add(str(intent["name"]), str(intent["value"])),
            "unchip": lambda intent: self._remove(str(intent["name"]), intent["value"]),
            "file": self._take_file,
            "review": lambda _: self._review(),
            "pilot": lambda _: self._review(TRIED_FIRST),
            "confirm": lambda _: self._confirm(),
            "cancel": lambda _: checkout.cancel(),
            "code": lambda _: setattr(self, "_shows_code", not self._shows_code),
            "save": lambda _: self._save(),
            "save-file": lambda _: self._save_file(),
            "load-file": lambda _: self._take(ICP.load(self._file())),
            "blacklists": lambda _: self._look_up_blacklists(),
        }

    def draw(self, *, live: bool) -> dict[str, str]:
        """Return the form, and what stands beside it."""
        return {"main": self._form(live=live), "side": self._side(live=live)}

    def foot(self) -> tuple[str, list[FootButton]]:
        """Return what comes next."""
        problems, phase = self._draft.problems, self.journey.checkout.phase
        if phase is not Phase.EDITING:
            return self.journey.checkout.message, []
        count = len(problems)
        to_mend = f"{count} field{'s' if count > 1 else ''} to fill or mend before this can be ordered."
        return to_mend if count else _READY, []

    @property
    def focus(self) -> str:
        """The first field that has to be mended, once somebody asked to order."""
        return self._draft.problems[0].field.partition("[")[0] if self._insists and self._draft.problems else ""

    def _field(self, name: str, value: Any) -> None:
        draft, text = self._draft, str(value)
        kind, _, part = name.partition("-")
        if name in (*TEXTS, "title", "priority"):
            setattr(draft, name, text)
        elif kind in {"feature", "blacklist"}:
            name = "features" if kind == "feature" else "blacklist_ids"
            others = tuple(key for key in getattr(draft, name) if key != part)
            setattr(draft, name, (*others, part) if value else others)
        elif kind == "map" and draft.companies is not None:
            draft.companies = draft.companies.mapped(part, None if text == NOT_SENT else text)
        else:
            self._special(name, text, on=bool(value))

    def _special(self, name: str, text: str, *, on: bool) -> None:
        draft = self._draft
        if name == "purpose":
            draft.purpose = text
        elif name == "kind" and text in {DISCOVERY, ENRICHMENT}:
            draft.kind = text
        elif name == "briefing_quantity":
            draft.briefing_quantity = int(float(text)) if text.strip().replace(".", "", 1).isdigit() else 0
        elif name == "budget":
            self._budget_text = text
            draft.budget = _budget(text)
        elif name == "icp_file":
            self._file_text = text
        elif name == "again":
            self._again = on
        elif name == "recent" and text:
            self._take(self.shelf.read(text))
        elif name == "skip_known" and draft.companies is not None:
            draft.companies = replace(draft.companies, skip_known=on)

    def _add(self, name: str, text: str) -> None:
        if name in CHIPS:
            new = [part.strip() for part in text.split(",") if part.strip()]
            if name == "target_countries":
                new = [country for part in new for country in _countries(part)]
            setattr(self._draft, name, tuple(dict.fromkeys((*getattr(self._draft, name), *new))))

    def _remove(self, name: str, text: Any) -> None:
        if name in CHIPS:
            had = getattr(self._draft, name)
            setattr(self._draft, name, had[:-1] if text is None else tuple(part for part in had if part != text))

    def _file(self) -> Path:
        return Path(self._file_text.strip() or _FILE).expanduser()

    def _save_file(self) -> None:
        path = self._draft.icp.save(self._file())
        self.shelf.remember(self._draft.icp)
        self.journey.say(f"Saved to {path}.")

    def _take(self, icp: ICP) -> None:
        with self._draft.hold_trait_notifications():  # all of the profile, or, where a field is no text, none of it
            self._draft.icp = icp
        self.journey.say(f"Loaded “{clean(icp.profile_name, 60)}”.")

    def _take_file(self, intent: Intent) -> None:
        self._draft.companies = None  # an order of the list before would be a surprise
        self._draft.companies = CompanyList.uploaded(str(intent["name"]), bytes(intent["content"]))

    def _review(self, first: int | None = None) -> None:
        self._insists = True
        self.journey.checkout.review(first)

    def _confirm(self) -> None:
        self.shelf.remember(self._draft.icp)
        self.journey.checkout.confirm(again=self._again)
        self._again = False

    def _save(self) -> None:
        is_kept = self.shelf.remember(self._draft.icp)
        self.journey.say("Kept among the recent profiles." if is_kept else "Give the profile a name first.")

    def _look_up_blacklists(self) -> None:
        self.journey.work.start(self._load_blacklists)

    async def _load_blacklists(self, core: AsyncClient) -> None:
        lists = await core.blacklists.list()
        self.blacklists = tuple((str(key), clean(name, 40)) for name, key in lists.select("name", "id").iter_rows())
        self.journey.say(f"{len(self.blacklists):,} blacklists; tick those that shall apply.")

    def _typed(self) -> dict[str, str]:
        if _budget(self._budget_text) != self._draft.budget:  # it was not typed here
            self._budget_text = "" if self._draft.budget is None else f"{self._draft.budget:.15g}"
        asked = {name: getattr(self._draft, name) for name in (*TEXTS, "title")}
        return asked | {"budget": self._budget_text, "icp_file": self._file_text}

    def _form(self, *, live: bool) -> str:
        """Return the form. What somebody is typing is drawn with the next other change: the page has it already."""
        if live and self._main:
            as_before = self._draw_form(self._values, live=True)
            if as_before == self._main:
                return as_before
        typed = self._typed()
        html = self._draw_form(typed, live=live)
        if live:
            self._values, self._main = typed, html
        return html

    def _draw_form(self, values: Mapping[str, str], *, live: bool) -> str:
        draft, messages = self._draft, self._messages()
        lists = {name: {"chips": getattr(draft, name), "wrong": bool(messages[name])} for name in CHIPS}
        return drawn(
            "profile_main.html",
            live=live,
            kind=draft.kind,
            values=values,
            budget=values["budget"],
            lists=lists,
            messages=messages,
            recent=self.shelf.recent(),
            companies=_companies(draft.companies) if draft.kind == ENRICHMENT else None,
            quantity=draft.briefing_quantity,
            most=contract.MAX_BRIEFINGS,
            purposes=_purposes(draft),
            features=[
                {"key": str(f), "words": words, "on": f in draft.features} for f, words in FEATURE_LABELS.items()
            ],
            priorities=[(str(p).capitalize(), str(p)) for p in contract.Priority],
            priority=draft.priority,
            blacklists=[{"key": key, "words": name, "on": key in draft.blacklist_ids} for key, name in self.blacklists],
            blacklists_on=len(draft.blacklist_ids),
            more_used=any(getattr(draft, name) for name in _MORE),
        )

    def _messages(self) -> dict[str, list[str]]:
        """Return field → what would be refused; that an empty field is required is said once somebody ordered."""
        problems = by_field(self._draft.problems)
        names = (*TEXTS, *CHIPS, "title", "briefing_quantity", "budget", "features")
        soft = set() if self._insists else {REQUIRED}
        return {name: [clean(text, 200) for text in problems.get(name, []) if text not in soft] for name in names}

    def _side(self, *, live: bool) -> str:
        draft, checkout = self._draft, self.journey.checkout
        expected, rests_on = self._expected()
        return drawn(
            "profile_side.html",
            live=live,
            summary=self._summary() if checkout.phase in {Phase.REVIEW, Phase.PLACING, Phase.FAILED} else None,
            twin=checkout.twin,
            again=self._again,
            confirm="Try this same order again" if checkout.phase is Phase.FAILED else "Confirm: order now",
            placing=checkout.phase is Phase.PLACING,
            failed=checkout.phase is Phase.FAILED,
            words=checkout.message,
            problems=self._problems(),
            hints=_hints(draft.icp) if draft.profile is not None and draft.ideal_customer_profile.strip() else [],
            begin="" if draft.profile is None or draft.ideal_customer_profile.strip() else _BEGIN,
            lacks=draft.lacks,
            **self._money(),
            expected=expected,
            expected_from=rests_on,
            before=self._before(),
            pilot=f"Try {TRIED_FIRST} first …" if draft.kind == DISCOVERY and draft.quantity > TRIED_FIRST else "",
            code=self._code() if self._shows_code else None,
        )

    def _problems(self) -> list[dict[str, Any]]:
        made = []
        for name, texts in by_field(self._draft.problems).items():
            for text in texts:
                soft = text == REQUIRED and not self._insists
                label = LABELS.get(name, name)
                said = "are required" if text == REQUIRED and label.endswith("s") else clean(text, 160)
                made.append({"field": name, "soft": soft, "words": f"{label} {said}"})
        return made

    def _summary(self) -> list[tuple[str, str]]:
        wanted = self.journey.checkout.reviewed
        if wanted is None:
            return []
        where = "sandbox (nothing costs money)" if self.journey.client.is_sandbox else "live server"
        later = "" if wanted.first is None else f" for all {wanted.quantity:,}; the rest is not ordered yet"
        facts = [("Companies", f"{wanted.first or wanted.quantity:,}, {wanted.kind}"), ("At", where)]
        facts += [("Price", self._price() + later)]
        facts += [("Profile", wanted.profile.profile_name if wanted.profile else "none")]
        facts += labelled({name: value for name, value in wanted.options.items() if name != "briefing_quantity"})
        facts += [("Note", self._draft.lacks)] if self._draft.lacks else []
        return [(name, clean(value, 300)) for name, value in facts]

    def _price(self) -> str:
        price = self._draft.price
        return "unknown" if price is None else f"{price:,.2f}"

    def _money(self) -> dict[str, str]:
        draft, left = self._draft, self.journey.client.traffic.left
        each, price = draft.usual.price_each, draft.price
        budget = "" if draft.budget is None else f" · budget {draft.budget:,.2f}"
        fits = price is not None and draft.budget is not None and price <= draft.budget
        over = price is not None and draft.budget is not None and not fits
        stated = self.journey.client.settings.price_per_briefing is not None
        source = "" if stated else " at the dearest of earlier orders"
        reckoned = "your price is not known here (price_per_briefing=, or desk --price)"
        if each is not None:
            reckoned = f"{draft.quantity:,} × {each:,.2f}{source}"
        spent = "" if self.journey.month is None else f"spent this month {self.journey.month:,.2f} · "
        return {
            "price": self._price(),
            "sum": f"{reckoned}{budget}{' ✓' if fits else ''}",
            "over": "✕ above the budget: it would be refused" if over else "",
            "spent": f"{spent}requests left: {'unknown' if left is None else f'{left:,}'}",
        }

    def _expected(self) -> tuple[list[tuple[str, str]], str]:
        """Return what so many companies brought earlier, as Wilson intervals at 90 %, and on how many this rests."""
        spent, wanted = self.journey.spent, self._draft.quantity
        if spent is None or not wanted or self._draft.lacks:
            return [], ""
        orders = spent.drop_nulls(["delivered", "contactable", "briefings"])
        asked, brought, reached = (int(orders[name].sum() or 0) for name in ("briefings", "delivered", "contactable"))
        if not asked:
            return [], ""
        rows = [("companies delivered", wilson(min(brought, asked), asked))]
        rows.append(("with a safe e-mail contact", wilson(min(reached, asked), asked)))
        each, (low, high) = self._draft.usual.price_each, rows[-1][1]
        said = [(name, f"{wanted * span.low:,.0f} – {wanted * span.high:,.0f}") for name, span in rows]
        if each is not None and low > 0:
            said.append(("cost of one of these", f"{each / high:,.2f} – {each / low:,.2f}"))
        return said, f"{orders.height:,} earlier order{'s' if orders.height > 1 else ''}, n = {asked:,}, 90 %"

    def _before(self) -> str:
        if self._draft.kind == ENRICHMENT:
            companies = self._draft.companies
            count = 0 if companies is None else companies.known.height
            if not count:
                return "None of these companies, as far as this machine knows."
            return f"{count:,} of these companies were bought from here before."
        same = self.journey.equal_orders(self._draft.icp.hash)
        if not same:
            return "No order of this profile, as far as this machine knows."
        return f"This profile was ordered {same:,} time{'s' if same > 1 else ''} before; expect repeats."

    def _code(self) -> list[tuple[str, str]]:
        requests = [
            (r.name, json.dumps(r.body, indent=1, ensure_ascii=False)[:_CODE_SHOWN]) for r in self._draft.plan.requests
        ]
        return [("Python", self._draft.code()), *requests]


def _countries(text: str) -> Sequence[str]:
    """Return the countries a region such as DACH stands for, or the one meant, by name; else the text as typed."""
    one = usual_country_code(text)
    return [country_name(code) or code for code in region_codes(text) or ([one] if one else [])] or [text]


def _purposes(draft: OrderDraft) -> list[dict[str, Any]]:
    names = [*PURPOSES, *([OTHER_PURPOSE] if draft.purpose == OTHER_PURPOSE else [])]
    return [{"key": n, "words": n, "why": f"({_WHY[n]})" if n in _WHY else "", "on": n == draft.purpose} for n in names]


def _hints(icp: ICP) -> list[dict[str, str]]:
    hints = []
    for advice in icp.advice():
        is_country = advice.topic == "countries"
        field = "target_countries" if is_country else "ideal_customer_profile"
        # What a country was meant to be is worth its room.
        words = f"{advice.topic}: {advice.missing}{f' {advice.suggestion}' if is_country else ''}"
        hints.append({"field": field, "words": clean(words, 160), "more": clean(advice.suggestion, 200)})
    return hints


def _companies(companies: CompanyList | None) -> dict[str, Any]:
    if companies is None:
        return {**_NO_LIST, "accept": _ACCEPT}
    columns = [
        {"name": name, "label": COLUMN_LABELS[name], "value": companies.columns.get(name, NOT_SENT)} for name in FIELDS
    ]
    good, bad = companies.good.head(_GOOD_SHOWN).to_dicts(), companies.bad
    return {
        "words": clean(" ".join([companies.summary, *companies.notes]), 600),
        "columns": columns,
        "options": [(clean(n, 40), n) for n in (NOT_SENT, *companies.table.columns)],
        "good": [{name: clean(value, 40) for name, value in line.items()} for line in good],
        "bad": [{"row": b["row"], "why": clean(b["why"], 120)} for b in bad.head(_BAD_SHOWN).to_dicts()],
        "more": bad.height - _BAD_SHOWN,
        "download": base64.b64encode(companies.bad_csv()).decode() if bad.height else "",
        "accept": _ACCEPT,
        "can_skip": companies.known.height > 0,
        "skips": companies.skip_known,
    }


def _budget(text: str) -> float | None:
    """Return the budget that is typed; what is no number must refuse every order rather than none."""
    try:
        return float(text.replace(",", "").strip()) if text.strip() else None
    except ValueError:
        return 0.0


_NO_LIST: Final[Mapping[str, Any]] = {
    "words": "No list yet. It needs a header row and a column with the company's name.",
    **dict.fromkeys(("columns", "options", "good", "bad"), ()),
    **dict.fromkeys(("more", "download", "can_skip", "skips"), ""),
}
_ACCEPT: Final = ",".join(sorted(READERS))
