"""One declared schema a record kind: the columns, dtypes, units and ranges of every frame.

Times are UTC with microseconds. Scores keep the vendor's ranges: match and qualification 0-10 (higher is better),
validation confidence 0-100 (higher is better), bounce risk 0-100 (lower is better). Free-form JSON stays raw text.
The docs page of the columns is made from `described_kinds`.
"""

from __future__ import annotations

from typing import Final

import polars as pl

from openprospect_nb.frames.columns import Column, JsonType, RecordKind

_T, _N, _I, _AT = JsonType.TEXT, JsonType.NUMBER, JsonType.INTEGER, JsonType.TIME


def _ours(name: str, meaning: str) -> Column:
    return Column(name=name, wire=JsonType.OURS, meaning=meaning, source="ours")


def _points(name: str, meaning: str, *, high: int, source: str = "4.4") -> Column:
    return Column(name=name, wire=_N, meaning=meaning, low=0, high=high, unit="points", source=source)


_ORDER_ID = _ours("order_id", "the order that delivered the row; null where it is not known")
_LAST = (
    _ours("source", "where the row came from: sandbox or live"),
    _ours("extra", "JSON object of the fields the contract does not know, values as sent; null where none"),
)

_PERSON = (
    Column(name="first_name", wire=_T, meaning="given name", nullable=False),
    Column(name="last_name", wire=_T, meaning="family name"),
    Column(name="job_title", wire=_T, meaning="position as published"),
    Column(name="email", wire=_T, meaning="e-mail address"),
    Column(name="phone_number", wire=_T, meaning="telephone number as published"),
    Column(name="linkedin_url", wire=_T, meaning="address of the LinkedIn profile"),
    _points("qualification_score", "fit of the person, higher is better", high=10),
    Column(name="qualification_reason", wire=_T, meaning="why the person fits"),
    Column(name="email_type", wire=_T, meaning="kind of address; open set, PERSONAL was seen"),
    _points("validation_confidence", "trust in the address, higher is better", high=100),
    _points("bounce_risk_score", "risk of a bounce, lower is better", high=100),
)
_COMPANY_ID = Column(
    name="company_id", wire=_T, meaning="the company the person works at (companies.id)", nullable=False
)
_ID = Column(name="id", wire=_T, meaning="the vendor's id", nullable=False)

_PROSPECT = RecordKind(
    name="prospects",
    record="prospect",
    columns=(_ORDER_ID, _COMPANY_ID, _ID, *_PERSON, *_LAST),
    key=("company_id", "id"),
)

RESULTS: Final = RecordKind(
    name="results",
    record="company",
    columns=(
        _ORDER_ID,
        _ID,
        Column(name="name", wire=_T, meaning="name of the company", nullable=False),
        Column(name="website_url", wire=_T, meaning="address of the web site as published", alias="website"),
        Column(name="normalized_url", wire=_T, meaning="bare domain"),
        Column(name="business_type", wire=_T, meaning="what kind of business it is"),
        Column(name="city", wire=_T, meaning="town the company is in"),
        Column(name="country", wire=_T, meaning="country as sent, a name or an ISO code"),
        Column(name="description", wire=_T, meaning="what the company does"),
        Column(name="employee_count", wire=_I, meaning="headcount", low=0, unit="persons"),
        Column(name="phone_numbers", wire=JsonType.TEXTS, meaning="telephone numbers as published"),
        Column(name="social_media_links", wire=JsonType.LINKS, meaning="platform and address of each profile"),
        _points("match_score", "fit to the ICP, higher is better", high=10),
        Column(name="match_reasons", wire=JsonType.TEXTS, meaning="short labels of what fits"),
        Column(name="match_reasoning", wire=_T, meaning="why it fits, in prose"),
        Column(name="web_technologies", wire=JsonType.TEXTS, meaning="names of technologies seen on the site"),
        Column(name="web_technologies_analyzed_at", wire=_AT, meaning="when the site was looked at", unit="UTC"),
        Column(name="source_id", wire=_T, meaning="the caller's external_id; null for discovery"),
        Column(name="delivered_at", wire=_AT, meaning="when it was delivered; the cursor of a sync", unit="UTC"),
        Column(name="legal_registration_info", wire=JsonType.FREE, meaning="free-form JSON object, text as sent"),
        *_LAST,
    ),
    child=_PROSPECT,
    child_field="prospects",
)


def _order(name: str, wire: JsonType, meaning: str, **rest: float | str | bool) -> Column:
    return Column(name=name, wire=wire, meaning=meaning, source="4.3", optional=True, **rest)  # type: ignore[arg-type]


_ORDER = RecordKind(
    name="orders",
    record="order",
    columns=(
        Column(name="order_id", wire=_T, meaning="the order's id", alias="id", nullable=False, source="4.3"),
        _order("order_type", _T, "DISCOVERY or ENRICHMENT"),
        _order("title", _T, "the caller's title"),
        Column(
            name="status", wire=_T, meaning="state of the order; unknown states are kept", nullable=False, source="4.3"
        ),
        _order("priority", _T, "NORMAL or EXPRESS"),
        _order("company_count", _I, "companies submitted, or delivered at completion", low=0.0, unit="companies"),
        _order("features", JsonType.TEXTS, "what was ordered; open set"),
        _order(
            "estimated_cost_total",
            _N,
            "estimate of the price",
            low=0.0,
            unit="of the currency",
            within="estimated_cost",
            member="total",
        ),
        _order("estimated_cost_currency", _T, "currency of the estimate", within="estimated_cost", member="currency"),
        _order("prospect_search_id", _T, "the search the order works on"),
        _order("admin_notes", _T, "text of the vendor's reviewer"),
        _order("webhook_url", _T, "where status changes are sent"),
        _order("seller_offering", _T, "what the caller sells"),
        _order("seller_industry", _T, "the caller's industry"),
        _order("output_language", _T, "language of the texts"),
        _order("excluded_industries", JsonType.TEXTS, "industries left out"),
        _order("target_countries", JsonType.TEXTS, "countries as sent"),
        _order("target_cities", JsonType.TEXTS, "cities as sent"),
        _order("created_at", _AT, "when it was placed", unit="UTC"),
        _order("accepted_at", _AT, "when it was approved", unit="UTC"),
        _order("completed_at", _AT, "when the results were ready", unit="UTC"),
        _order("cancelled_at", _AT, "when it was cancelled", unit="UTC"),
        _order("profile_id", _T, "the search profile it was placed with"),
        _order("briefing_quantity", _I, "briefings wanted", low=1.0, unit="companies"),
        _order("message", _T, "human text; the reason of a rejection"),
        *_LAST,
    ),
    key=("order_id",),
    list_key="orders",
)
_SEARCH = RecordKind(
    name="searches",
    record="search",
    columns=(
        Column(
            name="id", wire=_T, meaning="prospect_search_id", alias="prospect_search_id", nullable=False, source="4.7"
        ),
        Column(name="name", wire=_T, meaning="name of the search", source="4.7"),
        Column(name="status", wire=_T, meaning="state; the values are not documented", source="4.7"),
        *_LAST,
    ),
)
_BLACKLIST = RecordKind(
    name="blacklists",
    record="blacklist",
    columns=(
        Column(name="id", wire=_T, meaning="the list's id", alias="blacklist_id", nullable=False, source="4.8"),
        Column(name="name", wire=_T, meaning="the list's name", nullable=False, source="4.8"),
        Column(name="description", wire=_T, meaning="what it is for", optional=True, source="4.8"),
        Column(name="entry_count", wire=_I, meaning="companies on it", low=0, optional=True, source="4.8"),
        Column(name="created_at", wire=_AT, meaning="when it was made", unit="UTC", optional=True, source="4.8"),
        Column(name="updated_at", wire=_AT, meaning="when it last changed", unit="UTC", optional=True, source="4.8"),
        *_LAST,
    ),
)
_ENTRY = RecordKind(
    name="entries",
    record="blacklist entry",
    columns=(
        Column(name="id", wire=_T, meaning="the entry's id", alias="entry_id", nullable=False, source="4.8"),
        Column(name="company_name", wire=_T, meaning="name of the company", nullable=False, source="4.8"),
        Column(name="website_url", wire=_T, meaning="its web site", optional=True, source="4.8"),
        Column(name="city", wire=_T, meaning="its city", optional=True, source="4.8"),
        Column(name="country", wire=_T, meaning="its country", optional=True, source="4.8"),
        Column(name="external_id", wire=_T, meaning="the caller's id for it", optional=True, source="4.8"),
        Column(name="created_at", wire=_AT, meaning="when it was added", unit="UTC", optional=True, source="4.8"),
        *_LAST,
    ),
)
_SEARCH_COMPANY = RecordKind(
    name="companies",
    record="company",
    columns=(
        Column(name="id", wire=_T, meaning="the vendor's id", nullable=False, source="4.5"),
        Column(name="prospect_search_id", wire=_T, meaning="the search it was found by", source="4.5"),
        Column(name="name", wire=_T, meaning="name of the company", nullable=False, source="4.5"),
        Column(name="city", wire=_T, meaning="town the company is in", source="4.5"),
        Column(name="country", wire=_T, meaning="country as sent", source="4.5"),
        Column(name="business_type", wire=_T, meaning="what kind of business it is", source="4.5"),
        Column(name="website", wire=_T, meaning="address of the web site", alias="website_url", source="4.5"),
        _points("match_score", "fit, higher is better", high=10, source="4.5"),
        Column(name="review_status", wire=_T, meaning="accepted, rejected or pending", source="4.5"),
        Column(name="employee_count", wire=_I, meaning="headcount", low=0, optional=True, source="4.5"),
        Column(name="description", wire=_T, meaning="what the company does", optional=True, source="4.5"),
        Column(name="delivered_at", wire=_AT, meaning="when delivered", unit="UTC", optional=True, source="4.5"),
        *_LAST,
    ),
)
_PROSPECT_ROW = RecordKind(name="prospects", record="prospect", columns=_PROSPECT.columns[1:], key=("company_id", "id"))

KINDS: Final = {
    kind.name: kind for kind in (RESULTS, _ORDER, _SEARCH, _BLACKLIST, _ENTRY, _SEARCH_COMPANY, _PROSPECT_ROW)
}

COMPANIES: Final = RESULTS.schema
RESULT_PROSPECTS: Final = _PROSPECT
PROSPECTS: Final = _PROSPECT.schema
ORDERS: Final = _ORDER.schema
SEARCHES: Final = _SEARCH.schema
BLACKLISTS: Final = _BLACKLIST.schema
BLACKLIST_ENTRIES: Final = _ENTRY.schema
SEARCH_COMPANIES: Final = _SEARCH_COMPANY.schema
PROSPECT_LIST: Final = _PROSPECT_ROW.schema

REJECTS: Final = pl.Schema(dict.fromkeys(("order_id", "record", "row_id", "field", "rule", "raw"), pl.String()))
DRIFT: Final = pl.Schema(
    {"record": pl.String(), "field": pl.String(), "kind": pl.String(), "count": pl.Int64(), "example": pl.String()}
)


def described_kinds() -> dict[str, RecordKind]:
    """Return every kind under the name of its frame: ``results.companies``, ``results.prospects``, ``orders``, …."""
    lists = {name: kind for name, kind in KINDS.items() if kind is not RESULTS}
    return {"results.companies": RESULTS, "results.prospects": RESULT_PROSPECTS, **lists}
