"""Verdicts are functions of what was seen: complete, deaf to nonsense, and silent about persons."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from support.examples import examples

from openprospect_nb.checks import ASSUMPTIONS, CheckReport, Verdict
from openprospect_nb.checks.evidence import Evidence, Exchange, Unseen, clock_difference, form, moment, parsed, plain
from openprospect_nb.checks.questions import QUESTIONS, is_named, reason_to_stop
from openprospect_nb.checks.report import JUDGES, fact_lines, facts_of, judge, judge_all, request_lines

NOON = datetime(2026, 5, 6, 12, tzinfo=UTC)
NAMES = (
    "items", "orders", "data", "total", "limit", "offset", "has_more", "id", "order_id", "status", "order_type",
    "company_count", "briefing_quantity", "profile_id", "prospect_search_id", "message", "admin_notes", "features",
    "created_at", "completed_at", "delivered_at", "prospects", "match_score", "review_status", "city", "country",
    "company_id", "website", "code", "details", "error", "detail", "validation_errors", "field", "loc", "retry_after",
    "entity_type", "scopes", "valid", "paths", "technologies", "email_type", "entry_count", "bounce_risk_score",
)  # fmt: skip
ODD = (
    "COMPLETED", "RECEIVED", "REJECTED", "accepted", "pending", "2026-05-06T09:15:00.000000Z", "not a time", "8.5",
    "00000000-0000-4000-8000-000000000001", "Maja Lindqvist", "maja@fjordarm.example", "\ud800", "nan", "Uppsala", "",
    0, 1, -1, 9, 10**400, 1e308, float("inf"), float("nan"), True, False, None, [], {},
)  # fmt: skip
JSON = st.recursive(
    st.sampled_from(ODD),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(NAMES), inner, max_size=8),
    max_leaves=30,
)
PAGES = st.fixed_dictionaries(
    {"items": st.lists(st.dictionaries(st.sampled_from(NAMES), JSON, max_size=12), max_size=5)}
)
HEADERS = st.dictionaries(
    st.sampled_from(["date", "x-ratelimit-remaining", "ratelimit-reset", "retry-after", "x-rate-limit-limit"]),
    st.sampled_from(["Wed, 06 May 2026 12:00:00 GMT", "12", "-1", "²", "9" * 400, "nonsense", "Maja Lindqvist", ""]),
)


def exchange(body=None, status=200, **more):
    """Return an exchange whose body is JSON."""
    return Exchange(
        **{"request": "GET /x", "status": status, "body": body, "content": "JSON", "sent_at": NOON, "received_at": NOON}
        | more
    )


def report_of(seen):
    """Return the report of what was seen."""
    return CheckReport(
        server="https://api.example",
        source="live",
        made_at=NOON,
        version="0",
        judged=judge_all(seen),
        facts=facts_of(seen),
        requests=request_lines(seen),
        could_check=True,
    )


@pytest.mark.parametrize(
    ("values", "verdict"),
    [([6], "as we assumed"), ([0, 1], "as we assumed"), ([0.06], "not seen"), ([0.06, 1], "not seen"),
     ([0.06] * 40, "different"), ([0.5, 2], "as we assumed"), ([101], "different")],
)  # fmt: skip
def test_a_few_shares_are_not_taken_for_percentages(values, verdict):
    """A bounce risk of 0.06 may be 6 % or 0.06 %: a few such values prove neither."""
    people = [{"id": str(n), "bounce_risk_score": value} for n, value in enumerate(values)]
    seen = Evidence(exchanges={"prospects": exchange({"items": people})})
    assert verdict_of(seen, "score.bounce_risk") == verdict


@pytest.mark.parametrize(("has_more", "verdict"), [(True, "as we assumed"), (False, "different")])
def test_a_later_page_that_ends_too_early_is_a_contradiction(has_more, verdict):
    """Three orders, the second alone on its page: wherever the page began, another follows."""
    whole = {"orders": [{"order_id": str(n)} for n in range(3)], "total": 3, "has_more": False}
    part = {"orders": whole["orders"][1:2], "total": 3, "has_more": has_more}
    asked = exchange(part, query=(("limit", "1"), ("offset", "1")))
    seen = Evidence(exchanges={"orders": exchange(whole), "orders_part": asked})
    assert verdict_of(seen, "paging.agreement") == verdict


def verdict_of(seen, name):
    """Return the verdict of one assumption."""
    return report_of(seen).frame.filter(id=name)["verdict"].item()


def test_every_assumption_has_a_judge_and_every_judge_an_assumption():
    """The table and the judges have the same ids, none twice, and none too long for a terminal's column."""
    ids = [assumption.id for assumption in ASSUMPTIONS]
    assert sorted(ids) == sorted(JUDGES)
    assert len(set(ids)) == len(ids)
    assert max(map(len, ids)) <= 31
    assert all(a.assumed and a.consequence and a.section[0].isdigit() for a in ASSUMPTIONS)


def test_nothing_seen_is_no_verdict():
    """Without a single response every row says that it was not seen, and why."""
    report = report_of(Evidence(unasked={question.name: "there was no time left" for question in QUESTIONS}))
    assert set(report.frame["verdict"]) == {"not seen"}
    assert all(report.frame["evidence"])


# Shrinking so many draws takes minutes, and tells little more than the traceback.
@settings(max_examples=examples(25), phases=[Phase.explicit, Phase.reuse, Phase.generate])
@given(st.data())
def test_no_response_whatever_breaks_a_check(data):
    """Any JSON under any status with any headers gives questions, verdicts, facts, and a file that is JSON."""
    seen = Evidence()
    for question in QUESTIONS:
        try:
            request = question.make(seen)
        except Unseen:
            continue
        assert request.path.startswith("/")
        seen.exchanges[question.name] = exchange(
            data.draw(JSON | PAGES), data.draw(st.sampled_from([200, 200, 200, 204, 302, 404, 409, 422, 500, None])),
            headers=data.draw(HEADERS), query=request.query, content=data.draw(st.sampled_from(["JSON", "a web page"])),
        )  # fmt: skip
        reason_to_stop(seen)
    report = report_of(seen)
    text = json.dumps(report.as_json())
    json.loads(text)
    shown = text + repr(report) + report._repr_html_() + "".join(value for _, value in fact_lines(report.facts))
    assert "Maja" not in shown
    assert "maja" not in shown
    assert "Uppsala" not in shown


def test_an_id_that_could_leave_its_place_is_not_asked_for():
    """An id with a slash, a query or a dot is no id a request is made of."""
    (question,) = [question for question in QUESTIONS if question.name == "results"]
    for odd in ("../auth", "a/b", "a?b", "a#b", "", "x" * 300, "a b", "ö", None, ["a"], True, 1.5):
        seen = Evidence(exchanges={"orders": exchange({"orders": [{"order_id": odd, "status": "COMPLETED"}]})})
        with pytest.raises(Unseen):
            question.make(seen)


@pytest.mark.parametrize(
    ("body", "named"),
    [
        ({"details": {"validation_errors": [{"field": "status", "error": "no", "provided": "x"}]}}, True),
        ({"detail": [{"loc": ["query", "status"], "msg": "no"}]}, True),
        ({"errors": {"status": ["no such value"]}}, True),
        ({"errors": [{"pointer": "query.status"}]}, True),
        ({"errors": [{"source": "#/query/status"}]}, True),
        ({"title": "no", "status": 422, "instance": "/orders?status=x"}, False),
        ({"code": "VALIDATION_ERROR", "message": "The status is wrong."}, False),
        (None, False),
    ],
)
def test_a_field_is_named_wherever_frameworks_name_it(body, named):
    """As a value, inside a location, as a name below the top; not as the error's own status, nor in an address."""
    seen = Evidence(exchanges={"orders_refused": exchange(body, 422)})
    assert is_named(seen, "orders_refused", "status") is named


@pytest.mark.parametrize(
    ("last", "reason"),
    [
        (exchange(status=429), "too many"),
        (exchange(status=401), "key"),
        (exchange(headers={"x-ratelimit-remaining": "9"}), "fewer than 10"),
        (exchange(headers={"x-rate-limit-remaining": "0"}), "fewer than 10"),
        (exchange(headers={"x-ratelimit-remaining": "10"}), None),
        (exchange(status=403), None),
        (exchange(status=500), None),
    ],
)
def test_politeness_ends_a_check(last, reason):
    """A 429, a key that is refused, and the last requests of a window end it; one failure does not."""
    stop = reason_to_stop(Evidence(exchanges={"validate": exchange(), "orders": last}))
    assert stop is None if reason is None else reason in stop


def test_three_failures_in_a_row_end_a_check():
    """Three responses that say nothing (500, a page, none at all) are enough; a refusal in between starts anew."""
    failures = [exchange(status=500), exchange(content="a web page"), exchange(status=None, problem="timed out")]
    three = dict(enumerate(failures))
    assert "3 requests in a row" in reason_to_stop(Evidence(exchanges=three))
    between = {"a": failures[0], "b": exchange(status=404), "c": failures[1], "d": failures[2]}
    assert reason_to_stop(Evidence(exchanges=between)) is None


def test_a_401_outside_of_the_api_says_nothing_about_the_key():
    """Health and a description may be guarded by somebody else."""
    assert reason_to_stop(Evidence(exchanges={"validate": exchange(), "health": exchange(status=401)})) is None


def test_the_clocks_difference_is_bounded_by_every_response():
    """Three Date headers of whole seconds, seen at different fractions, bound it to less than a second."""

    def dated(seconds, server):
        at = NOON + timedelta(seconds=seconds)
        date = (NOON + timedelta(seconds=server)).strftime("%a, %d %b %Y %H:%M:%S GMT")
        return exchange(sent_at=at, received_at=at + timedelta(seconds=0.1), headers={"date": date})

    # The server is 90.5 s ahead: at 0.0 it says 90, at 0.45 it still says 90, at 0.6 it says 91.
    ahead, uncertainty = clock_difference([dated(0.0, 90), dated(0.35, 90), dated(0.6, 91)])
    assert abs(ahead - 90.5) <= uncertainty
    assert uncertainty < 0.4
    assert clock_difference([exchange()]) is None


@pytest.mark.parametrize(
    "text",
    ["2026-05-06T12:00:00Z", "2026-05-06T14:00:00+02:00", "2026-05-06 12:00:00", "Wed, 06 May 2026 12:00:00 GMT"],
)
def test_a_time_is_read_however_it_is_written(text):
    """ISO 8601 with any offset or none, RFC 5322, and numbers since 1970 are one moment; nonsense is none."""
    assert moment(text) == NOON
    assert moment(NOON.timestamp()) == NOON
    assert moment(NOON.timestamp() * 1000) == NOON
    for odd in ("", "yesterday", None, [], float("nan"), 10**400, "9999-99-99T00:00:00Z"):
        assert moment(odd) is None


def test_what_is_no_plain_word_is_not_shown():
    """Codes and names of fields are shown; anything with blanks, marks or a great length is not."""
    assert plain("ORDER_NOT_FOUND") == "ORDER_NOT_FOUND"
    assert {plain(odd) for odd in ("Maja", "Maja Lindqvist", "a@b.example", "x" * 41, "ö", "", None, 3)} == {
        "(odd text)"
    }
    assert form("Maja 12-ö") == "aaaa 99-a"


def test_bodies_are_named_for_what_they_are():
    """JSON, a page, nothing, and other bytes; depth that no interpreter takes is other bytes."""
    assert parsed(b'{"a": 1}') == ({"a": 1}, "JSON")
    assert parsed(b" <html>")[1] == "a web page"
    assert parsed(b"")[1] == "empty"
    assert "no JSON" in parsed(b"[" * 100_000)[1]
    assert "no JSON" in parsed(b"\xff\xfe")[1]


def test_an_order_that_ended_meanwhile_is_no_early_result():
    """Results of an order that was under way when it was listed count only if it still is."""
    orders = exchange({"orders": [{"order_id": "a", "status": "IN_PROGRESS"}]})
    early = {"orders": orders, "results_open": exchange({"items": [{}]})}
    for status, verdict in (("COMPLETED", Verdict.NOT_SEEN), ("IN_PROGRESS", Verdict.DIFFERENT)):
        seen = Evidence(exchanges={**early, "open_again": exchange({"status": status})})
        assert judge(seen, "results.before_completed").verdict is verdict


def test_others_using_the_key_are_no_higher_price():
    """The smallest step between two responses is the price of a request; 0 or 2 throughout is another price."""

    def steps(*left):
        return Evidence(
            exchanges={str(i): exchange(headers={"x-ratelimit-remaining": str(n)}) for i, n in enumerate(left)}
        )

    assert judge(steps(90, 89, 80, 79), "ratelimit.counting").verdict is Verdict.AS_ASSUMED
    assert judge(steps(90, 88, 86), "ratelimit.counting").verdict is Verdict.DIFFERENT
    assert judge(steps(90, 90), "ratelimit.counting").verdict is Verdict.DIFFERENT
    assert judge(steps(90), "ratelimit.counting").verdict is Verdict.NOT_SEEN
