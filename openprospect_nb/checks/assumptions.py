"""What the vendor's pages leave open and we assumed, as data: one row an assumption, with what hangs on it.

Each row stands for a place that our contract marks ``[choice]``, or where the vendor's pages contradict each other, and
that reading alone can show. What only buying or writing would show is in the table too, as far as it concerns money,
so that nobody takes its absence for a promise.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class Verdict(StrEnum):
    """What a check found about an assumption."""

    AS_ASSUMED = "as we assumed"
    DIFFERENT = "different"
    NOT_SEEN = "not seen"


@dataclass(frozen=True, slots=True)
class Finding:
    """A verdict, and in a few words what it rests on: shapes, codes and counts, never a person or a company."""

    verdict: Verdict
    evidence: str


@dataclass(frozen=True, slots=True)
class Assumption:
    """One thing we assumed about the server.

    Attributes:
        id: its stable name; what stands before the first dot is its topic.
        section: of our contract.
        assumed: what we assumed.
        consequence: what the client does about it, and what follows if it is different.
    """

    id: str
    section: str
    assumed: str
    consequence: str

    @property
    def topic(self) -> str:
        """What it is about: ``orders``, ``paging``, ``error``, …."""
        return self.id.partition(".")[0]


def as_assumed(evidence: str) -> Finding:
    """Return that the assumption holds."""
    return Finding(Verdict.AS_ASSUMED, evidence)


def different(evidence: str) -> Finding:
    """Return that the assumption does not hold."""
    return Finding(Verdict.DIFFERENT, evidence)


def not_seen(reason: str) -> Finding:
    """Return that it could not be seen, and why."""
    return Finding(Verdict.NOT_SEEN, reason)


def holds(is_so: bool, evidence: str) -> Finding:
    """Return whether the assumption holds, resting on *evidence* either way."""
    return as_assumed(evidence) if is_so else different(evidence)


_READ_ALIKE: Final = "none: the client reads all of these"
_KEPT: Final = "fields that are missing are null in frames, unknown ones are kept in `extra`"

ASSUMPTIONS: Final = (
    # the key, and what surrounds every request
    Assumption(
        "auth.invalid_key",
        "4.1",
        "a key that is not valid is answered 401 UNAUTHORIZED",
        "the client raises AuthenticationError on 401 and never repeats; another answer would be called something else",
    ),
    Assumption(
        "health.keyless",
        "4.1",
        "GET /health answers 200 without a key",
        "none: the client never asks it",
    ),
    Assumption(
        "openapi.paths",
        "11",
        "openapi-public.json, where it is served, has every path the client uses",
        "the client raises NotFoundError where an endpoint is missing; tell the maintainers",
    ),
    Assumption(
        "slash.forms",
        "9.1 D1",
        "/orders/ is served like /orders, without a redirect",
        "none: the client sends no slash, and follows 307 and 308",
    ),
    Assumption(
        "status.success",
        "3",
        "a GET that succeeds answers 200",
        "none: the client takes every 2xx for success",
    ),
    Assumption(
        "time.format",
        "9.1 D23",
        "times are ISO 8601 in UTC with microseconds and Z",
        "other ISO 8601 forms are read as well; a time that is none becomes a reject, and null in the frame",
    ),
    Assumption(
        "ids.uuid",
        "4",
        "ids are lower-case UUIDs, version 4",
        "none: the client treats ids as opaque texts",
    ),
    Assumption(
        "country.style",
        "9.1 D2",
        "countries of results are names, not ISO codes",
        "none: analysis groups names and codes alike; exports show what was sent",
    ),
    # limits
    Assumption(
        "ratelimit.headers",
        "2.4",
        "X-RateLimit-Limit, -Remaining and -Reset tell the state of the window",
        "`client.traffic.left` reads any header that ends in ratelimit-remaining; otherwise it stays None",
    ),
    Assumption(
        "ratelimit.counting",
        "2.4",
        "every request takes one from the number that is left",
        "request budgets of a watch are reckoned so; if requests cost more, a watch may meet a 429",
    ),
    Assumption(
        "ratelimit.reset",
        "2.4",
        "X-RateLimit-Reset is in seconds since 1970",
        "none: the client does not use it",
    ),
    Assumption(
        "ratelimit.retry_after",
        "2.4",
        "a 429 states the same delay in Retry-After and in its body",
        "the client waits as long as the header says, else as long as the body says",
    ),
    # refusals
    Assumption(
        "error.shape",
        "8.1",
        "error bodies are flat: code, message, details",
        "none: the client reads six shapes; an unknown one loses code and message, never the status",
    ),
    Assumption(
        "error.validation_status",
        "9.1 D22",
        "what breaks a rule is answered 422",
        "none: 400 and 422 both raise ValidationError",
    ),
    Assumption(
        "error.validation_fields",
        "8.2",
        "a 422 lists details.validation_errors, each with field, error and provided",
        "fields named in ways the client does not know are missing from ValidationError.fields; the message stays",
    ),
    Assumption(
        "error.not_found",
        "8.1",
        "a 404 has entity_type and identifier at the top of its body",
        "none: the client keeps both in `details` wherever they stand",
    ),
    Assumption(
        "error.unknown_route",
        "8.2",
        "a path that does not exist is answered 404 NOT_FOUND",
        'flow="auto" falls back to the older flow on 404 and 405 alone; another answer raises instead',
    ),
    Assumption(
        "error.wrong_method",
        "8.2",
        "a method that does not exist is answered 405 METHOD_NOT_ALLOWED",
        'flow="auto" falls back to the older flow on 404 and 405 alone; another answer raises instead',
    ),
    Assumption(
        "path_id.not_uuid",
        "4",
        "an id in a path that is no UUID is answered 422",
        "a mistyped id raises what the status means: NotFoundError on 404, ValidationError on 400 and 422",
    ),
    # lists
    Assumption("paging.list_key", "6.1", "lists other than orders stand under `items`", _READ_ALIKE),
    Assumption(
        "paging.counters",
        "6.1",
        "every list states total, limit and offset as whole numbers",
        "without them pages are asked for one after another until one brings nothing new, which is slower",
    ),
    Assumption(
        "paging.has_more",
        "6.1",
        "every list but that of searches states has_more as true or false",
        "without it the client goes by the total, and by whether a page brings anything new",
    ),
    Assumption(
        "paging.agreement",
        "11",
        "total, offset, rows and has_more agree with each other",
        "the client asks on while either says that more follow, and tells a list that ends before its total",
    ),
    Assumption(
        "paging.limit.default",
        "6.1",
        "without a limit a page has 50 rows",
        "none: the client always states a limit",
    ),
    Assumption(
        "paging.limit.respected",
        "6.1",
        "a page has as many rows as its limit, where there are as many",
        "none: the client goes on where a page ended, and reads a larger one whole",
    ),
    Assumption(
        "paging.limit.out_of_range",
        "6.1",
        "a limit above 100 is refused, not cut to 100",
        "none: the client never asks for more than 100",
    ),
    Assumption(
        "paging.offset.respected",
        "6.1",
        "offset=1 leaves out the first row",
        "the client sees that nothing new comes, stops, and says that the list is incomplete",
    ),
    Assumption(
        "paging.offset.negative",
        "6.1",
        "an offset below 0 is refused",
        "none: the client never sends one",
    ),
    Assumption(
        "paging.offset.beyond_total",
        "6.1",
        "an offset beyond the total is answered 200 with no rows",
        "a list that shrinks during a walk would raise instead of ending the walk",
    ),
    # orders
    Assumption("orders.list.key", "9.1 D5", "GET /orders has its list under `orders`", _READ_ALIKE),
    Assumption(
        "orders.list.order",
        "4.3",
        "GET /orders shows the newest order first",
        "`client.orders.list()` keeps the server's order; sort by created_at where it matters",
    ),
    Assumption(
        "orders.list.fields",
        "4.3",
        "an order in the list has the same fields as the order alone",
        "a watch reads the list only, so a field that is missing there stays null until refresh()",
    ),
    Assumption(
        "orders.status_unknown",
        "6.3",
        "a status filter that is no state is refused",
        "a mistyped status gives whatever the server answers, perhaps all orders",
    ),
    Assumption(
        "order.profile_id",
        "4.3",
        "an order tells its profile_id",
        "the client knows the profile of its own orders from the journal, of others not",
    ),
    Assumption(
        "order.briefing_quantity",
        "4.3",
        "an order tells the briefing_quantity that was asked for",
        "the client knows it of its own orders from the journal, of others not",
    ),
    Assumption(
        "order.message",
        "9.1 D9",
        "an order has a field message",
        "a reason is taken from message, else from admin_notes",
    ),
    Assumption(
        "order.quantity",
        "5.3",
        "a completed discovery order has at most briefing_quantity companies",
        "costs are reckoned by what was delivered; a budget holds for what was asked for",
    ),
    Assumption(
        "order.search_id",
        "5.1",
        "prospect_search_id is null while RECEIVED and set from ACCEPTED on",
        "deliveries and companies are reached through it; without it they wait",
    ),
    Assumption(
        "order.ids_differ",
        "5.3",
        "profile_id and prospect_search_id are different ids",
        "none: the client never takes one for the other",
    ),
    Assumption(
        "order.rejected_reason",
        "5.1",
        "a REJECTED order has message and admin_notes",
        "OrderFailed shows whichever there is; without both it names the state alone",
    ),
    Assumption(
        "order.failed_reason",
        "5.1",
        "a FAILED order has a message",
        "OrderFailed shows message or admin_notes; without both it names the state alone",
    ),
    # results and deliveries
    Assumption(
        "results.before_completed",
        "4.4",
        "results of an order under way are answered 409 ORDER_NOT_COMPLETED",
        "none: the client asks for the order's state first, and raises ConflictError while it is under way",
    ),
    Assumption(
        "results.order",
        "6.1",
        "results come by delivered_at, earliest first",
        "none: frames keep the server's order, nothing relies on it",
    ),
    Assumption(
        "results.delivered_distinct",
        "4.4",
        "no two companies of an order are delivered at the same time",
        "none: a sync overlaps by a second and is de-duplicated by id",
    ),
    Assumption(
        "results.completed_at",
        "4.4",
        "the last company is delivered when the order is completed",
        "none: the cursor of a sync goes by delivered_at alone",
    ),
    Assumption(
        "results.website_field",
        "9.1 D6",
        "companies of results have website_url, not website",
        _READ_ALIKE,
    ),
    Assumption(
        "results.prospects",
        "4.4",
        "prospects of a company are a list, empty at least, never null",
        "null is read as an empty list and named in `rejects`",
    ),
    Assumption(
        "delivered_since.strict",
        "6.2",
        "delivered_since gives what was delivered after it, not at it",
        "none: a sync asks from a second earlier and is de-duplicated by id",
    ),
    Assumption(
        "delivered_since.no_offset",
        "6.2",
        "a delivered_since without a UTC offset is refused",
        "none: the client always sends Z",
    ),
    Assumption(
        "deliveries.fields",
        "4.4",
        "deliveries have the same fields as results",
        f"`client.deliveries.sync` gives what is sent; {_KEPT}",
    ),
    Assumption(
        "deliveries.order",
        "6.1",
        "deliveries come by delivered_at, earliest first",
        "none: the cursor is the latest delivered_at of all pages, saved after the last page",
    ),
    # scores
    Assumption(
        "score.match",
        "9.1 D3",
        "match_score is 0 to 10",
        "values outside are rejects; scores, filters and charts would be wrong on another scale",
    ),
    Assumption(
        "score.qualification",
        "4.4",
        "qualification_score is 0 to 10",
        "values outside are rejects; tiers and charts would be wrong on another scale",
    ),
    Assumption(
        "score.validation_confidence",
        "4.4",
        "validation_confidence is 0 to 100",
        "values outside are rejects; tiers would be wrong on another scale",
    ),
    Assumption(
        "score.bounce_risk",
        "4.4",
        "bounce_risk_score is 0 to 100",
        "values outside are rejects; on another scale forecasts and send lists promise too much: stop, tell us",
    ),
    # companies and prospects of a search
    Assumption("companies.website_field", "9.1 D6", "companies of a search have website, not website_url", _READ_ALIKE),
    Assumption(
        "companies.fields",
        "4.5",
        "companies of a search have employee_count, description and delivered_at",
        _KEPT,
    ),
    Assumption(
        "companies.order",
        "6.1",
        "companies of a search come by match_score, best first",
        "`client.companies.list()` keeps the server's order; sort by match_score where it matters",
    ),
    Assumption(
        "companies.search_required",
        "6.3",
        "GET /companies without prospect_search_id is refused",
        "none: the client always sends it",
    ),
    Assumption(
        "companies.min_score_inclusive",
        "6.3",
        "min_match_score lets companies with exactly that score pass",
        "`client.companies.list(min_match_score=)` gives what the server gives; filter the frame where it matters",
    ),
    Assumption(
        "companies.null_score_excluded",
        "6.3",
        "min_match_score leaves out companies without a score",
        "`client.companies.list(min_match_score=)` gives what the server gives; filter the frame where it matters",
    ),
    Assumption(
        "companies.score_out_of_range",
        "6.3",
        "a min_match_score above 10 is refused",
        "none: the client refuses nothing here, and gives what the server answers",
    ),
    Assumption(
        "companies.review_list",
        "6.3",
        "review_status_list is read as a repeated parameter",
        "`client.companies.list(review_status_list=)` repeats it; filter the frame by review_status where it matters",
    ),
    Assumption(
        "companies.review_list_wins",
        "6.3",
        "review_status_list wins over review_status",
        "do not give both",
    ),
    Assumption(
        "companies.review_status_unknown",
        "6.3",
        "a review_status that is none is refused",
        "a mistyped one gives whatever the server answers, perhaps all companies",
    ),
    Assumption(
        "companies.search_text",
        "6.3",
        "search finds parts of a city, whatever their case",
        "`client.companies.list(search=)` gives what the server finds; filter the frame where it matters",
    ),
    Assumption("company.prospects", "4.5", "one company alone comes with its prospects", _KEPT),
    Assumption("prospects.fields", "4.6", "GET /prospects lists prospects with the fields of results", _KEPT),
    Assumption(
        "prospects.company_filter",
        "4.6",
        "GET /prospects?company_id= gives prospects of that company alone",
        "`client.prospects.list(company_id=)` gives what the server gives; filter the frame where it matters",
    ),
    # searches and blacklists
    Assumption(
        "searches.no_has_more",
        "9.1 D17",
        "the list of searches has no has_more",
        "none: the client goes by the total",
    ),
    Assumption("searches.status", "4.7", "every search is ACTIVE", "none: the state is shown as it is sent"),
    Assumption(
        "search.fields",
        "4.7",
        "one search alone has id, status, created_at, updated_at, and lists of places and words",
        f"`client.searches.get` reads what is there; {_KEPT}",
    ),
    Assumption(
        "search.blacklists",
        "4.8",
        "blacklists of a search are one list of blacklists",
        _READ_ALIKE,
    ),
    Assumption(
        "search.blacklists_unpaged",
        "6.1",
        "the blacklists of a search ignore limit",
        "none: the client reads the list page by page in either case",
    ),
    Assumption(
        "blacklists.fields",
        "4.8",
        "a blacklist has id, name, description, entry_count, created_at and updated_at",
        _KEPT,
    ),
    Assumption(
        "blacklists.order",
        "6.1",
        "blacklists come newest first",
        "none: the client keeps the server's order",
    ),
    Assumption(
        "blacklists.entries",
        "4.8",
        "an entry has id, company_name, website_url, city, country, external_id, created_at",
        _KEPT,
    ),
    # what the client hands on as it comes
    Assumption(
        "profile.fields",
        "4.2",
        "a profile creation tells profile_name, message, created_at and updated_at",
        _KEPT,
    ),
    Assumption("jobs.fields", "4.5", "jobs are a list of id, title, location, url, posted_at, is_active", _READ_ALIKE),
    Assumption(
        "jobs.summary",
        "4.5",
        "the summary of jobs has total_jobs, active_jobs, last_posted_at",
        "none: the client hands on what is sent",
    ),
    Assumption(
        "technologies.fields",
        "4.5",
        "technologies are a list under `technologies` beside analyzed_at",
        "none: the client hands on what is sent",
    ),
    Assumption(
        "technologies.summary",
        "4.5",
        "the summary of technologies has total_technologies and categories",
        "none: the client hands on what is sent",
    ),
    # money: only writing would show these
    Assumption(
        "idempotency.replay",
        "2.6",
        "an equal POST under the same key is answered as before, marked as replayed",
        "a lost answer is asked for again under the same key; the journal and the list of orders are compared after it",
    ),
    Assumption(
        "idempotency.conflict",
        "2.6",
        "another body under the same key is answered 409 IDEMPOTENCY_CONFLICT",
        "the client raises ConflictError and never orders under a new key by itself",
    ),
)
