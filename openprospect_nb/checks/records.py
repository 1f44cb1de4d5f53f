"""Judges of records: their fields, ids, times, scores and states, and what filters let through."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import timedelta
from functools import partial
from operator import methodcaller
from typing import Any, Final

from openprospect_nb.checks import lists
from openprospect_nb.checks.assumptions import Finding, Verdict, as_assumed, different, holds
from openprospect_nb.checks.evidence import (
    UUID,
    Evidence,
    Row,
    Unseen,
    column,
    form,
    is_integer,
    is_number,
    kind_of,
    list_in,
    members,
    moment,
    numbers,
    plain,
    shows_microseconds,
    some,
    text_in,
    times,
)
from openprospect_nb.checks.questions import (
    chosen_score,
    company_with_people,
    completed_order,
    searched_text,
)
from openprospect_nb.contract import OrderStatus
from openprospect_nb.frames.columns import JsonType, RecordKind
from openprospect_nb.frames.schemas import RESULT_PROSPECTS, RESULTS

OWN_IDS: Final = frozenset({"id", "order_id", "profile_id", "prospect_search_id", "company_id", "profile_creation_id"})
STAMP: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z", re.ASCII)
CODE: Final = re.compile(r"[A-Z]{2,3}", re.ASCII)
WEBSITES: Final = frozenset({"website", "website_url"})
REVIEWED: Final = frozenset({"accepted", "rejected"})
ONE_MOMENT: Final = timedelta(seconds=1)
FEW: Final = 5  # values below which a scale cannot be told from chance

SEARCH_FIELDS: Final = ("id", "status", "created_at", "updated_at", "geo_locations", "search_keywords")
PROFILE_FIELDS: Final = ("profile_name", "message", "created_at", "updated_at")
JOB_FIELDS: Final = ("id", "title", "location", "url", "posted_at", "is_active")
JOB_SUMMARY: Final = ("total_jobs", "active_jobs", "last_posted_at")
TECHNOLOGY_SUMMARY: Final = ("analyzed_at", "total_technologies", "categories")
BLACKLIST_FIELDS: Final = ("id", "name", "description", "entry_count", "created_at", "updated_at")
ENTRY_FIELDS: Final = ("id", "company_name", "website_url", "city", "country", "external_id", "created_at")


def wire_fields(kind: RecordKind) -> frozenset[str]:
    """Return the names of the fields that records of *kind* have on the wire."""
    names = {c.within or c.name for c in kind.columns if c.wire is not JsonType.OURS}
    return frozenset(names | ({kind.child_field} if kind.child_field else set()))


def people(rows: Sequence[Row]) -> list[Row]:
    """Return the prospects inside companies."""
    lists = [row.get("prospects") for row in rows]
    return [person for people in lists if isinstance(people, list) for person in people if isinstance(person, dict)]


def all_values(seen: Evidence, is_wanted: Callable[[str], bool]) -> Iterator[tuple[str, Any]]:
    """Yield the values that are not null of the wanted names, wherever they stand in good responses."""
    for exchange in seen.having(*seen.exchanges):
        yield from ((n, value) for n, value in members(exchange.body) if is_wanted(n) and value is not None)


def _ids(seen: Evidence) -> Finding:
    values = [(name, value) for name, value in all_values(seen, OWN_IDS.__contains__) if kind_of(value) != "object"]
    return _of_many(values, UUID, "ids")


def _times(seen: Evidence) -> Finding:
    return _of_many([*all_values(seen, methodcaller("endswith", "_at"))], STAMP, "times")


def _of_many(values: Sequence[tuple[str, Any]], written: re.Pattern[str], what: str) -> Finding:
    """Return whether all named *values* are texts *written* in one way."""
    if not values:
        raise Unseen(f"no {what} were seen")
    odd = dict.fromkeys(
        f"{name} is {form(value) if isinstance(value, str) else f'a {kind_of(value)}'}"
        for name, value in values
        if not (isinstance(value, str) and written.fullmatch(value))
    )
    return different("; ".join([*odd][:3])) if odd else as_assumed(f"{len(values):,} {what}")


def _countries(seen: Evidence) -> Finding:
    values = [value for value in column(_companies_seen(seen), "country") if isinstance(value, str)]
    if not values:
        raise Unseen("no company with a country was seen")
    codes = sum(bool(CODE.fullmatch(value)) for value in values)
    return holds(not codes, f"{codes} codes, {len(values) - codes} names")


def rows_if_any(seen: Evidence, name: str) -> list[Row]:
    """Return the records of the list *name*, none where it was not seen."""
    try:
        return seen.rows(name)
    except Unseen:
        return []


def has_fields(name: str, fields: Sequence[str]) -> Callable[[Evidence], Finding]:
    """Return the judge that every record of the list *name* has *fields*, null or not."""
    return lambda seen: _missing(seen.rows(name, least=1), fields)


def record_has(name: str, fields: Sequence[str]) -> Callable[[Evidence], Finding]:
    """Return the judge that the object *name* has *fields*, null or not."""
    return lambda seen: _missing([seen.record(name)], fields)


def _missing(rows: Sequence[Row], fields: Sequence[str]) -> Finding:
    missing = [plain(field) for field in fields if any(field not in row for row in rows)]
    return different(f"without {', '.join(missing[:6])}") if missing else as_assumed(f"in {len(rows)} records")


# orders


def _orders(seen: Evidence) -> list[Row]:
    alone = seen.having("order")
    return [*seen.rows("orders"), *(e.body for e in alone if isinstance(e.body, dict))]


def _order_tells(field: str, seen: Evidence, *, needs_value: bool) -> Finding:
    orders = some(_orders(seen), "there is no order")
    if not any(field in order for order in orders):
        return different(f"{len(orders)} orders, none has it")
    with_value = len(column(orders, field))
    if needs_value and not with_value:
        raise Unseen(f"it is null in all {len(orders)} orders")
    return as_assumed(f"has a value in {with_value} of {len(orders)}")


def _list_fields(seen: Evidence) -> Finding:
    alone = seen.record("order")
    same = [row for row in seen.rows("orders") if _id_of(row) == _id_of(alone)]
    if not same:
        raise Unseen("the order is not on the first page of the list")
    differing = sorted(set(alone) ^ set(same[0]))
    return holds(not differing, f"only one has {', '.join(plain(n) for n in differing[:5])}" if differing else "alike")


def _id_of(row: Row) -> str:
    return str(row.get("order_id", row.get("id")))


def _quantity(seen: Evidence) -> Finding:
    pairs = [
        (order["company_count"], order["briefing_quantity"])
        for order in seen.rows("orders")
        if text_in(order, "status") == OrderStatus.COMPLETED
        and is_integer(order.get("company_count"))
        and is_integer(order.get("briefing_quantity"))
    ]
    if not pairs:
        raise Unseen("no completed order tells both")
    more = sum(count > quantity for count, quantity in pairs)
    return holds(not more, f"{len(pairs)} orders, {more} with more than was asked for")


def _order_search(seen: Evidence) -> Finding:
    due = {OrderStatus.ACCEPTED, OrderStatus.IN_PROGRESS, OrderStatus.COMPLETED}
    counts = {
        "without one though accepted": [o for o in _orders(seen) if text_in(o, "status") in due and not _search_of(o)],
        "with one though RECEIVED": [
            o for o in _orders(seen) if text_in(o, "status") == OrderStatus.RECEIVED and _search_of(o)
        ],
    }
    if not any(text_in(order, "status") in {*due, OrderStatus.RECEIVED} for order in _orders(seen)):
        raise Unseen("no order is in a state that would show it")
    odd = [f"{len(orders)} {words}" for words, orders in counts.items() if orders]
    return holds(not odd, "; ".join(odd) or f"in {len(_orders(seen))} orders")


def _search_of(order: Row) -> Any:
    return order.get("prospect_search_id")


def _ids_differ(seen: Evidence) -> Finding:
    both = some([o for o in _orders(seen) if o.get("profile_id") and _search_of(o)], "no order tells both")
    same = sum(order["profile_id"] == _search_of(order) for order in both)
    return holds(not same, f"{same} of {len(both)} orders have one id for both")


def _reason(status: OrderStatus, fields: Sequence[str], seen: Evidence) -> Finding:
    ended = some([order for order in _orders(seen) if text_in(order, "status") == status], f"no order is {status}")
    stated = [field for field in fields if all(field in order for order in ended)]
    if not stated:
        raise Unseen(f"{' and '.join(fields)} are not told at all")
    null = [field for field in stated if any(not order[field] for order in ended)]
    return holds(not null, f"{len(ended)} orders" + (f", empty: {', '.join(null)}" if null else ""))


# results, deliveries, scores


def _distinct(seen: Evidence) -> Finding:
    rows = seen.rows("results", least=2)
    delivered = times(rows, "delivered_at")
    if len(delivered) < 2 or any("." not in str(text) for text in column(rows, "delivered_at")):
        raise Unseen("the times are not fine enough")
    return holds(len(set(delivered)) == len(delivered), f"{len(set(delivered))} times of {len(delivered)} companies")


def _completed_at(seen: Evidence) -> Finding:
    rows, order = seen.rows("results", least=1), completed_order(seen)
    delivered, completed = times(rows, "delivered_at"), moment(order.get("completed_at"))
    if not delivered or completed is None or not seen.is_whole("results"):
        raise Unseen("not all times of the order are known")
    apart = abs(max(delivered) - completed)
    return holds(apart < ONE_MOMENT, f"{apart.total_seconds():,.3f} s apart")


def _website(name: str, expected: str, seen: Evidence) -> Finding:
    names = {field for row in seen.rows(name, least=1) for field in row} & WEBSITES
    if not names:
        raise Unseen("neither of the two is there")
    return holds(names == {expected}, " and ".join(sorted(names)))


def _prospect_lists(seen: Evidence) -> Finding:
    kinds = [kind_of(row["prospects"]) for row in seen.rows("results", least=1) if "prospects" in row]
    if not kinds:
        raise Unseen("companies have no prospects at all")
    return holds(set(kinds) == {"list"}, ", ".join(f"{kinds.count(kind)} {kind}" for kind in sorted(set(kinds))))


def _after_since(seen: Evidence) -> Finding:
    problems, reasons = {}, []
    for name in ("deliveries", "results_since"):
        try:
            problems[name] = _lax(seen, name)
        except Unseen as reason:
            reasons.append(str(reason))
    if not problems:
        raise Unseen(reasons[0])
    odd = [f"{name}: {problem}" for name, problem in problems.items() if problem]
    return holds(not odd, ", ".join(odd) or f"in {' and '.join(problems)}")


def _lax(seen: Evidence, name: str) -> str:
    """Return what is wrong with the companies after a time; empty if nothing is."""
    since = moment(seen.good(name).asked("delivered_since"))
    delivered = times(seen.rows(name), "delivered_at")
    if since is None or not delivered:
        raise Unseen(f"{name}: no time to compare")
    if any(time < since for time in delivered):
        return "earlier ones too"
    if since not in delivered:
        return ""
    if not shows_microseconds(seen.rows(name), "delivered_at"):
        raise Unseen("the times are not fine enough")
    return "the one at that time too"


def _delivery_fields(seen: Evidence) -> Finding:
    results = [row for row in rows_if_any(seen, "results") if isinstance(row, dict)]
    sent = set(results[0]) if results else set(wire_fields(RESULTS))
    return _missing(seen.rows("deliveries", least=1), sorted(sent - WEBSITES))


def _scale(of: Callable[[Evidence], list[Row]], field: str, high: float, seen: Evidence) -> Finding:
    values = some(numbers(of(seen), field), "no value was seen")
    low, top = min(values), max(values)
    # On a scale of 0 to 1 all values are inside 0 to 100 as well, but hardly one would be above 1.
    is_share = top <= 1 and any(0 < value < 1 for value in values)
    if is_share and len(values) < FEW:
        raise Unseen(f"{low:g} to {top:g}: {len(values)} values are too few to tell 0 to {high} from 0 to 1")
    return holds(low >= 0 and top <= high and not is_share, f"{low:g} to {top:g}, {len(values)} values")


def _companies_seen(seen: Evidence) -> list[Row]:
    return [row for name in ("results", "deliveries", "companies") for row in rows_if_any(seen, name)]


def _people_seen(seen: Evidence) -> list[Row]:
    inside = people([row for name in ("results", "deliveries") for row in rows_if_any(seen, name)])
    return [*inside, *rows_if_any(seen, "prospects")]


# companies, prospects, searches, blacklists


def _inclusive(seen: Evidence) -> Finding:
    limit, passed = chosen_score(seen), seen.rows("companies_filtered")
    if _scale(_companies_seen, "match_score", 10, seen).verdict is Verdict.DIFFERENT:
        raise Unseen("scores are on another scale")
    if any(score < limit for score in numbers(passed, "match_score")):
        return different("companies with lower scores pass too")
    # Whatever the server made of the filter by review, companies of the states it let through can be compared.
    states = {_status(row) for row in passed}
    equal = {_id_of(row) for row in _scored(seen, limit) if row["match_score"] == limit and _status(row) in states}
    if not equal or not seen.is_whole("companies_filtered"):
        raise Unseen("no company with exactly that score could have passed, or not all that passed are known")
    through = equal & {_id_of(row) for row in passed}
    return holds(through == equal, f"{len(through)} of {len(equal)} with exactly that score passed")


def _scored(seen: Evidence, limit: float) -> list[Row]:
    """Return the companies of the search with at least this score."""
    return [row for row in seen.rows("companies") if is_number(row.get("match_score")) and row["match_score"] >= limit]


def _status(row: Row) -> str:
    return text_in(row, "review_status")


def _without_score(seen: Evidence) -> Finding:
    unknown = [row for row in seen.rows("companies") if row.get("match_score") is None and _status(row) in REVIEWED]
    if not unknown:
        raise Unseen("no company of that kind has no score")
    through = [row for row in seen.rows("companies_filtered") if row.get("match_score") is None]
    return holds(not through, f"{len(through)} of {len(unknown)} passed")


def _review_list(seen: Evidence) -> Finding:
    limit = chosen_score(seen)
    # Those with exactly the limit may pass or not, which is another rule's matter.
    expected = {_status(row) for row in _scored(seen, limit) if row["match_score"] > limit} & REVIEWED
    if len(expected) < 2:
        raise Unseen("the search has not both, accepted and rejected companies")
    statuses = _statuses_passed(seen)
    if statuses == {"pending"}:
        raise Unseen("review_status won over it")
    return holds(
        statuses == expected, f"accepted and rejected asked for, passed: {', '.join(sorted(statuses)) or 'none'}"
    )


def _list_wins(seen: Evidence) -> Finding:
    statuses = some(_statuses_passed(seen), "nothing passed the filters")
    # All three kinds at once mean that the list was not read, which is another rule's matter.
    return holds(statuses != {"pending"}, f"passed: {', '.join(sorted(statuses))}")


def _statuses_passed(seen: Evidence) -> set[str]:
    return {plain(_status(row)) for row in seen.rows("companies_filtered")}


def _search_text(seen: Evidence) -> Finding:
    text = searched_text(seen).casefold()
    wanted = {_id_of(row) for row in seen.rows("companies") if text in str(row.get("city") or "").casefold()}
    passed = {_id_of(row) for row in seen.rows("companies_searched")}
    if not seen.is_whole("companies_searched"):
        raise Unseen("not all companies that were found are known")
    return holds(wanted <= passed, f"{len(wanted & passed)} of {len(wanted)} companies of such cities")


def _company_people(seen: Evidence) -> Finding:
    record = seen.record("company")
    return holds(isinstance(record.get("prospects"), list), f"prospects: {kind_of(record.get('prospects'))}")


def _company_filter(seen: Evidence) -> Finding:
    wanted = company_with_people(seen)
    others = {_id_of(row) for row in seen.rows("results") if row.get("prospects")} - {wanted}
    rows = [str(company) for company in column(seen.rows("prospects", least=1), "company_id")]
    strangers = others.intersection(rows)
    if not others or not (strangers or wanted in rows):
        raise Unseen("it cannot be told which company they belong to")
    return holds(not strangers, f"{len(rows)} prospects, of {len(strangers)} other companies")


def _active(seen: Evidence) -> Finding:
    statuses = dict.fromkeys(plain(row.get("status")) for row in seen.rows("searches", least=1))
    return holds(list(statuses) == ["ACTIVE"], ", ".join(list(statuses)[:5]))


def _search_blacklists(seen: Evidence) -> Finding:
    key, rows = list_in(seen.good("search_blacklists").body)
    if key != "items" and lists.JUDGES["paging.list_key"](seen).verdict is Verdict.DIFFERENT:
        raise Unseen("no list stands under `items` here")
    return holds(key == "items", f"{len(rows)} under `{plain(key)}`" if key else "a bare array")


def _unpaged(seen: Evidence) -> Finding:
    body = seen.record("search_blacklists")
    count, stated = len(list_in(body)[1]), body.get("limit")
    if count < 2 and not is_integer(stated):
        raise Unseen("too few blacklists are assigned")
    return holds(
        count > 1 or stated != 1, f"limit=1 gave {count} rows, limit {stated if is_integer(stated) else 'unknown'}"
    )


def _technologies(seen: Evidence) -> Finding:
    record = seen.record("technologies")
    names = ", ".join(plain(name) for name in list(record)[:5])
    return holds(isinstance(record.get("technologies"), list) and "analyzed_at" in record, names)


JUDGES: Final[Mapping[str, Callable[[Evidence], Finding]]] = {
    "time.format": _times,
    "ids.uuid": _ids,
    "country.style": _countries,
    "orders.list.fields": _list_fields,
    "order.profile_id": partial(_order_tells, "profile_id", needs_value=True),
    "order.briefing_quantity": partial(_order_tells, "briefing_quantity", needs_value=True),
    "order.message": partial(_order_tells, "message", needs_value=False),
    "order.quantity": _quantity,
    "order.search_id": _order_search,
    "order.ids_differ": _ids_differ,
    "order.rejected_reason": partial(_reason, OrderStatus.REJECTED, ("message", "admin_notes")),
    "order.failed_reason": partial(_reason, OrderStatus.FAILED, ("message",)),
    "results.delivered_distinct": _distinct,
    "results.completed_at": _completed_at,
    "results.website_field": partial(_website, "results", "website_url"),
    "results.prospects": _prospect_lists,
    "delivered_since.strict": _after_since,
    "deliveries.fields": _delivery_fields,
    "score.match": partial(_scale, _companies_seen, "match_score", 10),
    "score.qualification": partial(_scale, _people_seen, "qualification_score", 10),
    "score.validation_confidence": partial(_scale, _people_seen, "validation_confidence", 100),
    "score.bounce_risk": partial(_scale, _people_seen, "bounce_risk_score", 100),
    "companies.website_field": partial(_website, "companies", "website"),
    "companies.fields": has_fields("companies", ("employee_count", "description", "delivered_at")),
    "companies.min_score_inclusive": _inclusive,
    "companies.null_score_excluded": _without_score,
    "companies.review_list": _review_list,
    "companies.review_list_wins": _list_wins,
    "companies.search_text": _search_text,
    "company.prospects": _company_people,
    "prospects.fields": has_fields("prospects", sorted(wire_fields(RESULT_PROSPECTS))),
    "prospects.company_filter": _company_filter,
    "searches.status": _active,
    "search.fields": record_has("search", SEARCH_FIELDS),
    "search.blacklists": _search_blacklists,
    "search.blacklists_unpaged": _unpaged,
    "blacklists.fields": has_fields("blacklists", BLACKLIST_FIELDS),
    "blacklists.entries": has_fields("entries", ENTRY_FIELDS),
    "profile.fields": record_has("profile", PROFILE_FIELDS),
    "jobs.fields": has_fields("jobs", JOB_FIELDS),
    "jobs.summary": record_has("jobs_summary", JOB_SUMMARY),
    "technologies.fields": _technologies,
    "technologies.summary": record_has("technologies_summary", TECHNOLOGY_SUMMARY),
}
