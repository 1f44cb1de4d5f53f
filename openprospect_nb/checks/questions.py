"""What a check asks, in which order, and when it stops: GET requests, each a pure function of what was seen so far.

Several rules are asked about in one request where the server can name every field it refuses; what it does not name is
then asked alone. Against a server that is as we assume this needs far fewer requests than one a rule.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from math import inf
from typing import Any, Final
from urllib.parse import urlsplit

from openprospect_nb.checks.evidence import (
    Evidence,
    Row,
    Unseen,
    as_query_time,
    column,
    is_integer,
    members,
    numbers,
    some,
    text_in,
    times,
)
from openprospect_nb.contract import (
    API_PREFIX,
    ORDER_TERMINAL,
    PATH_BLACKLISTS,
    PATH_COMPANIES,
    PATH_DELIVERIES,
    PATH_ORDERS,
    PATH_PROFILES,
    PATH_PROSPECTS,
    PATH_SEARCHES,
    PATH_VALIDATE,
    OrderStatus,
)

Pairs = tuple[tuple[str, str], ...]

FEWEST_LEFT: Final = 10  # a check never takes the last requests of a window: somebody may be waiting for an order
FAILURES_IN_A_ROW: Final = 3  # after that many responses that say nothing, the next ones will not either
# A valid UUID that no server has given out, a path id that is none, and values out of every documented set.
NOBODYS_ID: Final = "00000000-0000-4000-8000-00000000c0de"
NO_ID: Final = "not-a-uuid"
NO_VALUE: Final = "NO_SUCH_VALUE"
WITHOUT_OFFSET: Final = "2020-01-01T00:00:00"
BEYOND: Final = "1000000"
# Nobody here has seen where the vendor serves it. Below the API it is most likely no path at all, and shows that too.
DESCRIPTION: Final = "/openapi-public.json"

UNDER_WAY: Final = frozenset(OrderStatus) - ORDER_TERMINAL
# Ids of what was delivered and texts out of it have no place in a report.
UNSHOWN: Final = frozenset({"prospect_search_id", "company_id", "search"})

BAD_ORDERS: Final = {"limit": "101", "offset": "-1", "status": NO_VALUE}
BAD_COMPANIES: Final = {"min_match_score": "11", "review_status": NO_VALUE}


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckRequest:
    """A GET that may be sent: *prefix* and *path* make the address below the base URL.

    Attributes:
        shown: the path as reports show it, with names in the place of ids.
        keyed: whether the API key goes along.
    """

    path: str
    shown: str
    query: Pairs = ()
    prefix: str = API_PREFIX
    keyed: bool = True

    @property
    def name(self) -> str:
        """The request as reports show it."""
        asked = "&".join(f"{name}={'…' if name in UNSHOWN else value}" for name, value in self.query)
        return f"GET {self.shown}{'?' if asked else ''}{asked}"


@dataclass(frozen=True, slots=True)
class Question:
    """A request to be made if what was seen so far allows it.

    Attributes:
        name: what its response is called in the evidence.
        make: returns the request; raises `Unseen` with the reason why it cannot be made.
        scopes: what the key needs for it; one 403 closes all questions that need the same.
    """

    name: str
    make: Callable[[Evidence], CheckRequest]
    scopes: tuple[str, ...] = ()


def ask(path: str, shown: str = "", **query: str | Sequence[str]) -> CheckRequest:
    """Return a GET below ``/api/v1``; a list of values repeats the parameter."""
    pairs = [(k, part) for k, value in query.items() for part in ([value] if isinstance(value, str) else value)]
    return CheckRequest(path=path, shown=shown or path, query=tuple(pairs))


def other_form(request: CheckRequest, location: str) -> CheckRequest | None:
    """Return *request* with a slash at the end, or without, if that is all that a redirect asks for; otherwise None.

    Only the path is taken from *location*: whatever host it names, the request goes where all others go.
    """
    other = request.path[:-1] if request.path.endswith("/") else f"{request.path}/"
    try:
        path = urlsplit(location).path
    except ValueError:
        return None
    return replace(request, path=other) if path.endswith(f"{request.prefix}{other}") else None


def completed_order(seen: Evidence) -> Row:
    """Return the order to look at that has results: the caller's, else the newest; `Unseen` if there is none."""
    return _order(seen, lambda order: text_in(order, "status") == OrderStatus.COMPLETED, "no order is completed yet")


def open_order(seen: Evidence) -> Row:
    """Return an order that has not ended: the caller's, else the newest; `Unseen` if there is none."""
    return _order(seen, lambda order: text_in(order, "status") in UNDER_WAY, "no order is under way")


def id_in(row: Row, *names: str) -> str:
    """Return the first of *names* that is an id: a text, or a whole number, without a slash; `Unseen` if none is."""
    for name in names:
        value = row.get(name)
        if isinstance(value, str) and 0 < len(value) < 200 and value.isascii() and value.isprintable():
            if not set(value) & set("/\\?#% ."):
                return value
        elif is_integer(value):
            return str(value)
    raise Unseen(f"no {names[0]} that could be asked for")


def search_id(seen: Evidence) -> str:
    """Return the prospect search of the completed order, else the first of the list; `Unseen` if there is none."""
    try:
        return id_in(completed_order(seen), "prospect_search_id")
    except Unseen:
        return id_in(_first(seen, "searches"), "id")


def is_named(seen: Evidence, together: str, field: str) -> bool:
    """Whether the refusal of several fields *together* names this one, not merely in an echoed address."""
    exchange = seen.exchanges.get(together)
    if exchange is None or exchange.status not in {400, 422}:
        return False
    inside = list(members(exchange.body))
    texts = [value for _, value in inside] + [part for _, value in inside if isinstance(value, list) for part in value]
    # Names at the top are the error's own: many error bodies have a `status` there.
    top = exchange.body.values() if isinstance(exchange.body, dict) else [exchange.body]
    texts += [name for value in top for name, _ in members(value)]
    return field in {re.split(r"[./]", text)[-1] for text in texts if isinstance(text, str)}


def reason_to_stop(seen: Evidence) -> str | None:
    """Return why nothing more should be asked, or None."""
    exchanges = list(seen.exchanges.values())
    last = exchanges[-1]
    if last.status == 429:
        return "the server said that there were too many requests (429)"
    # Outside of the API another program may answer, to whom the key means nothing.
    if last.status == 401 and next(reversed(seen.exchanges)) not in OUTSIDE:
        return "the server does not accept the key (401)"
    if requests_left(last.headers) < FEWEST_LEFT:
        return f"fewer than {FEWEST_LEFT} requests are left in the server's window"
    # A redirect of the slash form is an answer; what is no answer is judged over several in a row.
    recent = exchanges[-FAILURES_IN_A_ROW:]
    if len(recent) == FAILURES_IN_A_ROW and not any(exchange.is_usable for exchange in recent):
        return f"{FAILURES_IN_A_ROW} requests in a row gave nothing usable, the last: {last.outcome}"
    return None


def requests_left(headers: Any) -> float:
    """Return how many requests a response says are left; infinite if it does not say."""
    stated = [value for name, value in headers.items() if "rate" in name and name.endswith("remaining")]
    return float(stated[0]) if stated and stated[0].isascii() and stated[0].isdigit() else inf


def _order(seen: Evidence, is_wanted: Callable[[Row], bool], otherwise: str) -> Row:
    orders = [order for order in seen.rows("orders") if is_wanted(order)]
    if seen.order_id is not None:
        orders.sort(key=lambda order: order.get("order_id") != seen.order_id)
    return some(orders, otherwise)[0]


def _first(seen: Evidence, name: str) -> Row:
    return some(seen.rows(name), f"the list of {name} is empty")[0]


def _outside(path: str, *, keyed: bool = True) -> Callable[[Evidence], CheckRequest]:
    return lambda _: CheckRequest(path=path, shown=f"{path} (not below {API_PREFIX})", prefix="", keyed=keyed)


def _open_again(seen: Evidence) -> CheckRequest:
    """Ask for an order once more whose results were given although it was under way, which it may not be any longer."""
    if not seen.exchange("results_open").ok:
        raise Unseen("its results were refused")
    return ask(*_order_path(open_order(seen)))


def _slashless(seen: Evidence) -> CheckRequest:
    if "orders_slash" in seen.exchanges and seen.exchanges["orders_slash"].ok:
        raise Unseen("the slash form was served")
    return ask(PATH_ORDERS, limit="1", offset="1")


def _alone(together: str, field: str, make: Callable[[Evidence], CheckRequest]) -> Callable[[Evidence], CheckRequest]:
    """Return a question for one field alone, asked only where the refusal of several did not name it."""

    def made(seen: Evidence) -> CheckRequest:
        if together not in seen.exchanges:
            raise Unseen(seen.unasked.get(together, "it was not asked"))
        if is_named(seen, together, field):
            raise Unseen("it was named among others")
        return make(seen)

    return made


def _bad_order_field(field: str) -> Callable[[Evidence], CheckRequest]:
    return _alone("orders_refused", field, lambda _: ask(PATH_ORDERS, **{field: BAD_ORDERS[field]}))


def _bad_company_field(field: str) -> Callable[[Evidence], CheckRequest]:
    def make(seen: Evidence) -> CheckRequest:
        return _companies(seen, **{field: BAD_COMPANIES[field]})

    return _alone("companies_refused", field, make)


def _order_path(row: Row, below: str = "") -> tuple[str, str]:
    return f"{PATH_ORDERS}/{id_in(row, 'order_id', 'id')}{below}", f"{PATH_ORDERS}/{{order_id}}{below}"


def _results(seen: Evidence, **query: str) -> CheckRequest:
    path, shown = _order_path(completed_order(seen), "/results")
    return ask(path, shown, **query)


def _middle_delivery(seen: Evidence) -> str:
    """Return a time of the results that some companies were delivered at, and others after."""
    delivered = sorted(times(seen.rows("results"), "delivered_at"))
    earlier = [moment for moment in delivered if moment < delivered[-1]]
    return as_query_time(some(earlier, "no two companies were delivered at different times")[len(earlier) // 2])


def _deliveries(seen: Evidence) -> CheckRequest:
    since = _middle_delivery(seen)
    path, shown = (f"{PATH_DELIVERIES}/{part}/companies" for part in (search_id(seen), "{prospect_search_id}"))
    return ask(path, shown, limit="100", delivered_since=since)


def _companies(seen: Evidence, **query: str | Sequence[str]) -> CheckRequest:
    return ask(PATH_COMPANIES, PATH_COMPANIES, prospect_search_id=search_id(seen), **query)


def chosen_score(seen: Evidence) -> float:
    """Return a score of reviewed companies that most of them have at least, but not all.

    Raises:
        Unseen: no company has been accepted or rejected.
    """
    reviewed = [row for row in seen.rows("companies") if text_in(row, "review_status") in {"accepted", "rejected"}]
    scores = sorted(set(numbers(reviewed, "match_score")))
    return some(scores, "no company of the search has been accepted or rejected, and scored")[min(1, len(scores) - 1)]


def _filtered(seen: Evidence) -> CheckRequest:
    return _companies(
        seen,
        limit="100",
        min_match_score=f"{chosen_score(seen):g}",
        review_status_list=("accepted", "rejected"),
        review_status="pending",
    )


def searched_text(seen: Evidence) -> str:
    """Return a part of a company's city in the other case, so that only a search that ignores case finds it.

    Raises:
        Unseen: no city has letters.
    """
    for city in column(seen.rows("companies"), "city"):
        part = city[1:5].swapcase() if isinstance(city, str) else ""
        if len(part) == 4 and part.isascii() and part.isalpha():
            return part
    raise Unseen("no company of the search has a city that could be searched for")


def _search_path(seen: Evidence, below: str = "", **query: str) -> CheckRequest:
    return ask(f"{PATH_SEARCHES}/{search_id(seen)}{below}", f"{PATH_SEARCHES}/{{id}}{below}", **query)


def _company_path(seen: Evidence, below: str = "") -> CheckRequest:
    company = id_in(_first(seen, "companies"), "id")
    return ask(f"{PATH_COMPANIES}/{company}{below}", f"{PATH_COMPANIES}/{{company_id}}{below}")


def company_with_people(seen: Evidence) -> str:
    """Return the id of a company that was delivered with prospects; `Unseen` if there is none."""
    for row in seen.rows("results"):
        if isinstance(row.get("prospects"), list) and row["prospects"]:
            return id_in(row, "id")
    raise Unseen("no company was delivered with prospects")


def _entries(seen: Evidence) -> CheckRequest:
    lists = seen.rows("blacklists")
    filled = some([row for row in lists if row.get("entry_count")] or lists, "there is no blacklist")
    blacklist = id_in(filled[0], "id")
    return ask(f"{PATH_BLACKLISTS}/{blacklist}/entries", f"{PATH_BLACKLISTS}/{{blacklist_id}}/entries", limit="10")


def _profile(seen: Evidence) -> CheckRequest:
    if seen.creation_id is None:
        raise Unseen("this machine's journal knows no profile creation")
    made = id_in({"profile_creation_id": seen.creation_id}, "profile_creation_id")
    return ask(f"{PATH_PROFILES}/{made}", f"{PATH_PROFILES}/{{profile_creation_id}}")


OUTSIDE: Final = frozenset({"health", "openapi"})
ORDERS_READ: Final = ("orders:read",)
COMPANIES_READ: Final = ("companies:read",)
SEARCHES_READ: Final = ("prospect_searches:read",)
BLACKLISTS_READ: Final = ("blacklists:read",)
_NO_ID_PATH: Final = f"{PATH_ORDERS}/{NO_ID}"

# The most telling first: a budget of requests cuts the end off.
QUESTIONS: Final = (
    Question("validate", lambda _: ask(PATH_VALIDATE)),
    Question("health", _outside("/health", keyed=False)),
    Question("orders", lambda _: ask(PATH_ORDERS), ORDERS_READ),
    Question("results_open", lambda seen: ask(*_order_path(open_order(seen), "/results")), ORDERS_READ),
    Question("open_again", _open_again, ORDERS_READ),
    Question("orders_slash", lambda _: ask(f"{PATH_ORDERS}/", limit="1", offset="1"), ORDERS_READ),
    Question("orders_part", _slashless, ORDERS_READ),
    Question("orders_refused", lambda _: ask(PATH_ORDERS, **BAD_ORDERS), ORDERS_READ),
    *(Question(f"orders_refused_{field}", _bad_order_field(field), ORDERS_READ) for field in BAD_ORDERS),
    Question("orders_beyond", lambda _: ask(PATH_ORDERS, offset=BEYOND), ORDERS_READ),
    Question("order", lambda seen: ask(*_order_path(completed_order(seen))), ORDERS_READ),
    Question("results", lambda seen: _results(seen, limit="100"), ORDERS_READ),
    Question(
        "path_refused",
        lambda _: ask(f"{_NO_ID_PATH}/results", delivered_since=WITHOUT_OFFSET),
        ORDERS_READ,
    ),
    Question("path_refused_id", _alone("path_refused", "order_id", lambda _: ask(_NO_ID_PATH)), ORDERS_READ),
    Question(
        "path_refused_since",
        _alone("path_refused", "delivered_since", lambda seen: _results(seen, delivered_since=WITHOUT_OFFSET)),
        ORDERS_READ,
    ),
    Question("nobodys", lambda _: ask(f"{PATH_ORDERS}/{NOBODYS_ID}", f"{PATH_ORDERS}/{{unknown}}"), ORDERS_READ),
    Question("searches", lambda _: ask(PATH_SEARCHES), SEARCHES_READ),
    Question("deliveries", _deliveries, ("companies:read", "prospects:read")),
    Question("companies", lambda seen: _companies(seen, limit="100"), COMPANIES_READ),
    Question("companies_filtered", _filtered, COMPANIES_READ),
    Question("companies_refused", lambda _: ask(PATH_COMPANIES, **BAD_COMPANIES), COMPANIES_READ),
    Question(
        "companies_refused_search",
        _alone("companies_refused", "prospect_search_id", lambda _: ask(PATH_COMPANIES, limit="1")),
        COMPANIES_READ,
    ),
    *(Question(f"companies_refused_{field}", _bad_company_field(field), COMPANIES_READ) for field in BAD_COMPANIES),
    Question("no_route", lambda _: ask(DESCRIPTION)),
    Question("no_method", lambda _: ask(PATH_PROFILES)),
    Question("openapi", _outside(DESCRIPTION)),
    Question("blacklists", lambda _: ask(PATH_BLACKLISTS), BLACKLISTS_READ),
    Question("search", _search_path, SEARCHES_READ),
    Question(
        "prospects",
        lambda seen: ask(PATH_PROSPECTS, company_id=company_with_people(seen), limit="100"),
        ("prospects:read",),
    ),
    Question(
        "results_since", lambda seen: _results(seen, limit="100", delivered_since=_middle_delivery(seen)), ORDERS_READ
    ),
    Question("company", _company_path, COMPANIES_READ),
    Question("entries", _entries, BLACKLISTS_READ),
    Question("search_blacklists", lambda seen: _search_path(seen, "/blacklists", limit="1"), BLACKLISTS_READ),
    Question("profile", _profile, ORDERS_READ),
    Question("jobs_summary", lambda seen: _company_path(seen, "/jobs/summary"), COMPANIES_READ),
    Question("technologies_summary", lambda seen: _company_path(seen, "/webtech-intel/summary"), COMPANIES_READ),
    Question(
        "companies_searched", lambda seen: _companies(seen, limit="100", search=searched_text(seen)), COMPANIES_READ
    ),
    Question("jobs", lambda seen: _company_path(seen, "/jobs"), COMPANIES_READ),
    Question("technologies", lambda seen: _company_path(seen, "/webtech-intel"), COMPANIES_READ),
)
