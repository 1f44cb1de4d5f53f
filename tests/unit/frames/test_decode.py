import json
import threading

import polars as pl
import pytest
from unit.frames.wire import company, listed, page, prospect

from openprospect_nb.errors import ContractError
from openprospect_nb.frames import Decoder, read_page, table
from openprospect_nb.frames.decode import BATCH
from openprospect_nb.frames.repair import DEPTH_RULE, MAX_DEPTH
from openprospect_nb.frames.schemas import COMPANIES, DRIFT, PROSPECTS, REJECTS


def decoded(*pages, order_id="o1", source="sandbox"):
    """Return what the decoder makes of pages."""
    decoder = Decoder(order_id, source)
    for each in pages:
        decoder.feed(each)
    return decoder.finish()


def rejects(result):
    """Return the rejects without the order, as tuples."""
    return [row[1:] for row in result.rejects.iter_rows()]


def drift(result):
    """Return the drift as field → (kind, count)."""
    return {row[1]: (row[2], row[3]) for row in result.drift.iter_rows()}


def test_a_conforming_page_becomes_two_frames_with_every_value_in_place():
    """Texts, numbers, lists, structs and times arrive as declared; the free object keeps its text."""
    result = decoded(page([company(0, 2)]))
    row = result.companies.row(0, named=True)
    assert row["order_id"] == "o1"
    assert row["employee_count"] == 64
    assert row["description"] == 'Builds robot cells for "food" packaging.'
    assert row["social_media_links"] == [{"platform": "linkedin", "url": "https://social.example/fjordarm"}]
    assert row["delivered_at"].isoformat() == "2026-05-06T09:15:00+00:00"
    assert row["legal_registration_info"] == '{"court":"Uppsala","number":12345678901234567890123}'
    assert row["source"] == "sandbox"
    assert row["extra"] is None
    assert result.prospects.get_column("company_id").to_list() == ["c0", "c0"]
    assert result.prospects.get_column("validation_confidence").to_list() == [91.0, 91.0]


@pytest.mark.parametrize("pages", [[], [page([])], [page([]), page([])]])
def test_nothing_delivered_still_has_the_declared_schemas(pages):
    """No page, or empty pages, give empty frames of the same schemas."""
    result = decoded(*pages)
    frames = (result.companies, result.prospects, result.rejects, result.drift)
    assert [frame.schema for frame in frames] == [COMPANIES, PROSPECTS, REJECTS, DRIFT]
    assert [frame.height for frame in frames] == [0, 0, 0, 0]


def test_companies_without_prospects_keep_the_prospect_schema():
    """A page whose companies have no prospects gives an empty prospect frame and all companies."""
    result = decoded(page([company(n, 0) for n in range(3)]))
    assert (result.companies.height, result.prospects.height) == (3, 0)
    assert result.prospects.schema == PROSPECTS


def test_a_company_on_two_pages_is_kept_once_and_its_second_copy_is_named_whole():
    """The first copy wins; the reject row of the second holds what it said."""
    result = decoded(page([company(1, 1)]), page([company(1, 1, match_score="2")]))
    assert result.companies.get_column("match_score").to_list() == [8.5]
    assert result.prospects.height == 1
    named = {(record, field, rule) for record, _, field, rule, _ in rejects(result)}
    assert named == {("company", "id", "duplicate"), ("prospect", "id", "duplicate")}
    raw = result.rejects.filter(pl.col("record") == "company").get_column("raw").item()
    assert json.loads(raw)["match_score"] == 2.0


@pytest.mark.parametrize(
    ("change", "value", "rule"),
    [
        ({"match_score": "10.5"}, None, "0 to 10"),
        ({"match_score": "-1"}, None, "0 to 10"),
        ({"employee_count": "-3"}, None, "at least 0"),
        ({"employee_count": "3.7"}, None, "integer"),
        ({"employee_count": "9223372036854775808"}, None, "integer"),
        ({"employee_count": "1e999999999"}, None, "integer"),
        ({"match_score": "1e400"}, None, "number"),
        ({"match_score": "NaN"}, None, "number"),
        ({"match_score": "-Infinity"}, None, "number"),
        ({"match_score": '"high"'}, None, "number"),
        ({"match_score": "true"}, None, "number"),
        ({"phone_numbers": '{"main":"1"}'}, None, "list of texts"),
        ({"phone_numbers": "[null]"}, [], "text in the list"),
        ({"social_media_links": '"https://social.example"'}, None, "list of links"),
        ({"city": '{"name":"Graz"}'}, None, "text"),
        ({"city": '"\\ud800Graz"'}, "\ufffdGraz", "unicode"),
        ({"web_technologies_analyzed_at": '"yesterday"'}, None, "time"),
        ({"web_technologies_analyzed_at": "1778058900"}, None, "time"),
    ],
)
def test_a_value_that_cannot_be_right_is_null_and_named_with_what_was_sent(change, value, rule):
    """The row stays, the value is blanked, and the reject names row, field, rule and the raw value."""
    ((field, raw),) = change.items()
    result = decoded(page([company(0, **change), company(1)]))
    assert result.companies.height == 2
    assert result.companies.get_column(field).to_list()[0] == value
    ((record, row_id, named, broken, sent),) = rejects(result)
    assert (record, row_id, named, broken) == ("company", "c0", field, rule)
    assert sent.strip("[]") in raw


@pytest.mark.parametrize(
    ("change", "value"),
    [
        ({"employee_count": '"64"'}, 64),
        ({"match_score": '"8.5"'}, 8.5),
        ({"city": "1850"}, "1850"),
        ({"city": "true"}, "true"),
        ({"phone_numbers": '"+49 1"'}, ["+49 1"]),
    ],
)
def test_a_value_of_another_type_that_can_be_read_is_read_and_counted_as_retyped(change, value):
    """Numbers sent as texts, texts sent as numbers and single values for lists are right, and drift says so."""
    ((field, raw),) = change.items()
    result = decoded(page([company(0, **change)]))
    assert result.companies.get_column(field).to_list() == [value]
    assert rejects(result) == []
    assert result.drift.rows() == [("company", field, "retyped", 1, raw)]


@pytest.mark.parametrize("raw", ["64.0", "6.4e1"])
def test_an_integer_written_with_a_point_is_still_that_integer(raw):
    """64.0 is 64, and nothing is said about it."""
    result = decoded(page([company(0, employee_count=raw)]))
    assert result.companies.get_column("employee_count").to_list() == [64]
    assert (rejects(result), drift(result)) == ([], {})


def test_the_largest_integer_keeps_every_digit():
    """2^63 - 1 does not pass through a float."""
    result = decoded(page([company(0, employee_count=str(2**63 - 1))]))
    assert result.companies.get_column("employee_count").to_list() == [2**63 - 1]


def test_a_naive_time_is_read_as_utc_and_named():
    """The value is kept, because the vendor's times are UTC, and the missing offset is not passed over."""
    result = decoded(page([company(0, delivered_at='"2026-05-06T09:15:00"')]))
    assert str(result.companies.get_column("delivered_at")[0]) == "2026-05-06 09:15:00+00:00"
    assert rejects(result) == [("company", "c0", "delivered_at", "offset stated", "2026-05-06T09:15:00")]


def test_times_with_another_offset_become_utc():
    """+02:00 is two hours earlier in UTC; digits beyond microseconds are cut."""
    result = decoded(page([company(0, delivered_at='"2026-05-06T09:15:00.1234567+02:00"')]))
    assert result.companies.get_column("delivered_at")[0].isoformat() == "2026-05-06T07:15:00.123456+00:00"
    assert rejects(result) == []


def test_an_unknown_field_survives_in_extra_and_is_counted_as_new():
    """What the vendor adds is kept as sent, at both levels."""
    child = prospect(company_id='"c0"', mobile='"+49 2"')
    result = decoded(page([company(0, prospects=listed([child]), revenue='{"eur":1e6}'), company(1)]))
    assert result.companies.get_column("extra").to_list() == ['{"revenue":{"eur":1e6}}', None]
    assert result.prospects.get_column("extra").to_list()[0] == '{"mobile":"+49 2"}'
    assert drift(result) == {"revenue": ("new", 1), "mobile": ("new", 1)}


def test_a_missing_field_is_null_and_counted():
    """Drift counts the rows and shows one of them."""
    result = decoded(page([company(0, city=None), company(1, city=None), company(2)]))
    assert result.companies.get_column("city").to_list() == [None, None, "Uppsala"]
    assert result.drift.rows() == [("company", "city", "missing", 2, "c0")]


def test_website_is_read_as_website_url_where_only_it_is_sent():
    """The vendor's two names for one field meet in one column (contract D6)."""
    result = decoded(page([company(0, website_url=None, website='"https://a.example"')]))
    assert result.companies.get_column("website_url").to_list() == ["https://a.example"]
    assert drift(result) == {}


@pytest.mark.parametrize("raw", ["null", '""', None])
def test_a_row_without_an_id_stays_and_is_named(raw):
    """It was paid for, so it is kept; two such rows are not taken for duplicates."""
    result = decoded(page([company(0, id=raw), company(0, id=raw)]))
    named = [row for row in rejects(result) if row[0] == "company"]
    assert {row[3] for row in named} <= {"non-null", "duplicate"}
    assert [row[3] for row in named].count("non-null") == 2
    if raw != '""':
        assert result.companies.height == 2


def test_a_prospect_that_names_another_company_is_put_under_the_one_it_came_in():
    """company_id always refers to a row of companies; the other id is named."""
    result = decoded(page([company(0, prospects=listed([prospect(company_id='"c9"')]))]))
    assert result.prospects.get_column("company_id").to_list() == ["c0"]
    assert rejects(result) == [("prospect", "p0", "company_id", "the company it is nested in", "c9")]


@pytest.mark.parametrize("raw", ["null", '"none"', "7", "{}"])
def test_prospects_that_are_no_list_cost_no_company(raw):
    """The company is kept without prospects and the value is named."""
    result = decoded(page([company(0, prospects=raw)]))
    assert (result.companies.height, result.prospects.height) == (1, 0)
    assert rejects(result) == [("company", "c0", "prospects", "list of records", raw)]


@pytest.mark.parametrize("raw", ["null", "3", '"x"', "[]"])
def test_an_element_that_is_no_record_is_named_and_the_others_stay(raw):
    """One bad element of the list costs nothing but itself."""
    good = page([company(0), company(1)])
    body = good.replace(b'"items":[', f'"items":[{raw},'.encode())
    result = decoded(body)
    assert result.companies.height == 2
    assert rejects(result) == [("company", None, "", "object", raw)]


def test_a_total_that_changes_under_way_is_named():
    """The second page says the list has another length than the first one said."""
    result = decoded(page([company(0)], total="3"), page([company(1)], total="4", offset="1"))
    assert rejects(result) == [("page", "1", "total", "stays 3", "4")]


def test_an_odd_envelope_is_drift():
    """An unknown envelope field is new; a counter sent as text is read and retyped."""
    decoder = Decoder("o1", "live")
    facts = decoder.feed(page([company(0)], total='"25"', cursor='"abc"', has_more="1"))
    assert (facts.total, facts.has_more, facts.limit) == (25, None, 100)
    assert drift(decoder.finish()) == {"cursor": ("new", 1), "total": ("retyped", 1), "has_more": ("retyped", 1)}


@pytest.mark.parametrize("key", ["items", "orders", "data", "results"])
def test_the_list_is_found_under_each_documented_key(key):
    """The same rows come out wherever the list is."""
    result = decoded(page([company(0)], key), page([company(1)], key))
    assert result.companies.get_column("id").to_list() == ["c0", "c1"]
    assert (rejects(result), drift(result)) == ([], {})


def test_a_value_nested_ten_thousand_deep_is_named_and_costs_nothing_else():
    """The free object, an unknown field and a text: each too deep, each null and named with the raw text."""
    deep = "[" * 10_000 + "]" * 10_000
    first = company(0, legal_registration_info=f'{{"a":{deep}}}')
    second = company(1, unheard_of=deep)
    third = company(2, city='{"a":' * 10_000 + "1" + "}" * 10_000)
    fourth = company(3, prospects=listed([prospect(email=deep, company_id='"c3"')]))
    result = decoded(page([first, second, third, fourth, company(4)]))
    assert result.companies.height == 5
    assert result.companies.get_column("legal_registration_info").to_list()[0] is None
    named = {(record, row_id, field) for record, row_id, field, _, raw in rejects(result)}
    assert named == {
        ("company", "c0", "legal_registration_info"),
        ("company", "c1", "unheard_of"),
        ("company", "c2", "city"),
        ("prospect", "p0", "email"),
    }
    assert all(len(row[4]) > 10_000 for row in rejects(result))


@pytest.mark.parametrize("levels", [MAX_DEPTH, MAX_DEPTH + 1])
def test_the_bound_on_nesting_is_exact(levels):
    """A free object of exactly the stated depth is kept; one level more is not."""
    raw = '{"a":' * levels + "1" + "}" * levels
    result = decoded(page([company(0, legal_registration_info=raw)]))
    kept = result.companies.get_column("legal_registration_info")[0]
    assert (kept == raw) is (levels == MAX_DEPTH)
    assert [row[3] for row in rejects(result)] == ([] if levels == MAX_DEPTH else [DEPTH_RULE])


def test_a_page_nested_deep_everywhere_but_in_its_records_is_still_read():
    """Depth in an unknown envelope field or in place of a record is no reason to lose the rows."""
    deep = "[" * 10_000 + "]" * 10_000
    body = page([company(0)], debug=deep).replace(b'"items":[', b'"items":[' + deep.encode() + b",")
    result = decoded(body)
    assert result.companies.get_column("id").to_list() == ["c0"]
    assert [row[3] for row in rejects(result)] == ["object"]


def test_bytes_that_are_no_utf8_are_replaced_and_named():
    """One broken byte costs one character of one value."""
    body = page([company(0, city='"Graz"'), company(1)]).replace(b'"Graz"', b'"Gr\xffz"')
    result = decoded(body)
    assert result.companies.get_column("city").to_list() == ["Gr\ufffdz", "Uppsala"]
    assert rejects(result) == [("company", "c0", "city", "unicode", '"Gr\ufffdz"')]


def test_lone_surrogates_and_nan_inside_the_free_object_stay_as_sent():
    """Its text is kept, not interpreted, so nothing in it is lost."""
    raw = '{"a":"\\ud800","b":18446744073709551617.5}'
    result = decoded(page([company(0, legal_registration_info=raw)]))
    assert result.companies.get_column("legal_registration_info").to_list() == [raw]
    assert rejects(result) == []


@pytest.mark.parametrize("number", ["1e400", "-1e999", "0." + "1" * 400, "1" * 400])
def test_a_number_no_reader_can_hold_is_kept_in_the_free_object(number):
    """The bulk reader refuses it; the free object's text does not mind, on a clean page and beside an odd record."""
    raw = f'{{"a":{number}}}'
    for other in (company(1), company(1, employee_count="3.7")):
        result = decoded(page([company(0, legal_registration_info=raw), other, company(2)]))
        assert result.companies.get_column("id").to_list() == ["c0", "c1", "c2"]
        assert result.companies.get_column("legal_registration_info")[0] == raw


def test_a_byte_order_mark_is_tolerated():
    """A page that starts with one is the page without it."""
    assert decoded(b"\xef\xbb\xbf" + page([company(0)])).companies.height == 1


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"  ",
        b"<html>",
        b"7",
        b"{}",
        b'{"items":{}}',
        b'{"items":7}',
        b'{"items":[',
        b'{"items":[]} x',
        b"[" * 100_000,
    ],
)
def test_what_is_no_page_raises_the_contract_error_that_names_the_record(body):
    """Neither reader guesses: no JSON object with a list, no page."""
    with pytest.raises(ContractError, match="results"):
        read_page(body, "results")
    with pytest.raises(ContractError, match="results"):
        Decoder("o1", "live").feed(body)


def test_reading_a_page_gives_the_same_counters_as_feeding_it():
    """The paging walk may use either."""
    for body in (page([company(0)]), page([], total="7", offset="7"), page([company(0, city="1")], "data")):
        assert read_page(body, "results") == Decoder(None, "live").feed(body)


def test_a_list_of_null_is_an_empty_page():
    """Some servers send null for an empty list."""
    assert read_page(b'{"items":null,"total":0}', "results").count == 0


def test_pages_read_by_two_threads_give_what_one_gives():
    """Order of rows, rejects and drift is the order of the pages."""
    pages = [page([company(n, n % 3), company(n + 50, city=str(n))], total="99") for n in range(20)]
    together = Decoder("o1", "sandbox")
    counters = together.feed_all(pages, threads=2)
    assert [facts.count for facts in counters] == [2] * 20
    result, alone = together.finish(), decoded(*pages)
    assert result.companies.equals(alone.companies)
    assert result.prospects.equals(alone.prospects)
    assert result.rejects.equals(alone.rejects)
    assert result.drift.equals(alone.drift)


def test_many_pages_give_what_one_page_with_all_records_gives():
    """How records are spread over pages, and how often they are made flat on the way, leaves no trace."""
    records = [company(n, n % 3, **({"mobile": "1"} if n % 7 == 0 else {})) for n in range(2 * BATCH + 3)]
    spread = decoded(*(page([record], total=str(len(records)), offset=str(n)) for n, record in enumerate(records)))
    together = decoded(page(records))
    assert spread.companies.equals(together.companies)
    assert spread.prospects.equals(together.prospects)
    assert drift(spread) == drift(together) == {"mobile": ("new", 10)}
    assert (rejects(spread), rejects(together)) == ([], [])


def test_a_decoder_may_be_fed_from_another_thread():
    """The client decodes in a worker while it fetches."""
    decoder = Decoder("o1", "sandbox")
    worker = threading.Thread(target=decoder.feed, args=(page([company(0)]),))
    worker.start()
    worker.join()
    assert decoder.finish().companies.height == 1


def test_rejects_carry_the_order():
    """Several orders can be joined without losing whose value was odd."""
    result = decoded(page([company(0, match_score="11")]), order_id="o7")
    assert result.rejects.get_column("order_id").to_list() == ["o7"]


def test_an_unknown_kind_is_named():
    """table() says which kinds there are."""
    with pytest.raises(KeyError):
        table([], "nothing")


def test_nesting_around_any_readers_own_limit_is_named_too():
    """Where a reader's recursion limit lies depends on the stack it is called from; no depth near it escapes."""
    for levels in range(700, 1100, 9):
        deep = "[" * levels + "]" * levels
        first = company(0, unheard_of=deep, legal_registration_info=f'{{"a":{deep}}}')
        result = decoded(page([first, company(1, phone_numbers=deep), company(2)]))
        assert result.companies.get_column("id").to_list() == ["c0", "c1", "c2"]
        named = {(row_id, field) for _, row_id, field, _, _ in rejects(result)}
        assert named == {("c0", "unheard_of"), ("c0", "legal_registration_info"), ("c1", "phone_numbers")}
