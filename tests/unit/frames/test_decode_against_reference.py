import json

import hypothesis.strategies as st
from hypothesis import HealthCheck, example, given, settings
from support.examples import examples
from unit.frames.reference import COMPANY, PROSPECT, Reference
from unit.frames.wire import company, listed, page, prospect, rendered, replaced

from openprospect_nb.frames import Decoder
from openprospect_nb.frames.schemas import COMPANIES, DRIFT, PROSPECTS, REJECTS

ODD = [
    "null", "true", "false", "0", "-0.0", "3.7", "3.0", "1e3", "11", "-1", "100.5", "9223372036854775807",
    "9223372036854775808", "-9223372036854775809", "18446744073709551616", "1e400", "1e-400", "12345678901234567890123",
    '""', '" "', '"8"', '"8.5"', '"1e2"', '"0x10"', '"1_000"', '"NaN"', '"garbage"', '"c0"', '"p0-0"', '"\\u0000"',
    '"\\ud800"', '"x\\udc00y"', '"\\ud83d\\ude00"', '"=cmd()"', '"M\u00fcnchen"', "[]", "{}", "[null]",
    '["a",null,1,true,{},["b"]]',
    '{"a":{"b":[1,18446744073709551617]}}', '{"k\\"e\\\\y":"v\\n"}', '[{"platform":"x"}]',
    '[{"platform":1,"url":null,"zz":2}]',
    '["a","b"]', '[{"platform":"x","url":"y"},3]', '"2026-05-06T09:15:00"', '"2026-05-06T09:15:00+02:00"',
    '"2026-05-06"',
    '"2026-05-06T09:15:00.1234567Z"', '"2026-05-06 09:15:00Z"', '"2026-05-06T09:15Z"', '"2026-13-06T09:15:00Z"',
    '"2026-05-06T24:00:00Z"', '"2026-05-06T09:15:60Z"', '"0001-01-01T00:00:00+01:00"', '"9999-12-31T23:59:59-01:00"',
    '"2026-05-06t09:15:00z"', '"2026-05-06T09:15:00+0200"', '"2026-05-06T09:15:00+02"', '"+2026-05-06T09:15:00Z"',
    "1778058900",
]  # fmt: skip
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**70), 2**70)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
).map(lambda value: json.dumps(value, ensure_ascii=False))
VALUES = st.sampled_from(ODD) | JSON
LEFT_OUT = st.none()


def changes(fields):
    """Return a strategy of a few replaced, left out or added fields."""
    name = st.sampled_from([*fields, "website", "unheard_of", "extra"])
    return st.dictionaries(name, VALUES | LEFT_OUT, max_size=3)


PROSPECTS_IN = st.lists(changes(PROSPECT), max_size=3)
RECORDS = st.lists(st.tuples(changes(COMPANY), PROSPECTS_IN), min_size=1, max_size=4)


def built(records):
    """Return the pages' records for the reference and for the wire."""
    for_reference, for_wire = [], []
    for number, (company_changes, prospect_changes) in enumerate(records):
        children = [
            replaced(prospect(f"{number}-{n}", company_id=f'"c{number}"'), change)
            for n, change in enumerate(prospect_changes)
        ]
        record = replaced(company(number), company_changes)
        for_reference.append({**record, "prospects": children})
        for_wire.append({**record, "prospects": listed(children)})
    return for_reference, for_wire


def decoded(pages):
    """Return what the package makes of pages."""
    decoder = Decoder("o1", "sandbox")
    for each in pages:
        decoder.feed(each)
    return decoder.finish()


def assert_equal_to_reference(result, reference):
    """Compare rows, rejects and drift; nulls, types and order included."""
    ours = {"order_id": "o1", "source": "sandbox"}
    assert result.companies.to_dicts() == [
        {name: {**row, **ours}[name] for name in COMPANIES} for row in reference.companies
    ]
    assert result.prospects.to_dicts() == [
        {name: {**row, **ours}[name] for name in PROSPECTS} for row in reference.prospects
    ]
    rejects = [tuple(row) for row in result.rejects.select("record", "row_id", "field", "rule").iter_rows()]
    assert sorted(rejects, key=repr) == sorted(reference.rejects.elements(), key=repr)
    drift = {tuple(row[:3]): row[3] for row in result.drift.iter_rows()}
    assert drift == dict(reference.drift)


@settings(deadline=None, max_examples=examples(400), suppress_health_check=[HealthCheck.too_slow])
@given(RECORDS, st.booleans())
@example([({"id": '"c0"'}, []), ({"id": '"c0"'}, [])], True)
def test_any_page_decodes_as_the_reference_does(records, split):
    """Whatever mixture of odd values the records hold, rows, rejects and drift equal the reference's."""
    for_reference, for_wire = built(records)
    cut = len(for_wire) // 2 if split else 0
    total = str(len(for_wire))
    pages = [page(part, total=total) for part in (for_wire[:cut], for_wire[cut:])]
    result = decoded(pages)
    assert_equal_to_reference(result, Reference(for_reference))
    assert (result.companies.schema, result.prospects.schema) == (COMPANIES, PROSPECTS)
    assert (result.rejects.schema, result.drift.schema) == (REJECTS, DRIFT)


@settings(deadline=None, max_examples=examples(150), suppress_health_check=[HealthCheck.too_slow])
@given(RECORDS)
def test_an_odd_page_leaves_the_pages_beside_it_alone(records):
    """A page read field by field between two pages read in bulk changes nothing of theirs."""
    _, for_wire = built(records)
    good = [company(number, 2) for number in range(100, 103)]
    result = decoded([page(good[:2], total="9"), page(for_wire, total="9"), page(good[2:], total="9")])
    alone = decoded([page(good)])
    keep = {f"c{number}" for number in range(100, 103)}
    rows = [row for row in result.companies.to_dicts() if row["id"] in keep]
    assert rows == alone.companies.to_dicts()


@settings(deadline=None, max_examples=examples(200))
@given(st.binary(max_size=40) | JSON.map(str.encode))
@example(b'{"items":[null]}')
@example(b'{"items":[]}')
@example(b"[]")
@example(b'{"data":{"items":[{}]}}')
@example(rb'{"\u001f":[{}]}')
@example(rb'{"a\"\\":[{"id":"c"}]}')
def test_no_bytes_are_taken_for_a_page_unless_they_are_one(body):
    """Arbitrary bytes either are a page, whose items are counted, or raise the contract error; nothing else escapes."""
    from openprospect_nb.errors import ContractError

    try:
        facts = Decoder(None, "live").feed(body)
    except ContractError:
        return
    parsed = json.loads(body)
    sections = [section for section in parsed.values() if isinstance(section, dict)] if isinstance(parsed, dict) else []
    places = [{"": parsed}, parsed if isinstance(parsed, dict) else {}, *sections]
    values = [value for place in places for value in place.values()]
    assert facts.count in {len(value or ()) for value in values if isinstance(value, list | None)}


def test_the_reference_and_the_wire_agree_on_a_clean_page():
    """A conforming page is read without a single reject or drift row."""
    records = [company(number, 2) for number in range(3)]
    result = decoded([page(records)])
    assert (result.rejects.height, result.drift.height) == (0, 0)
    assert result.companies.height == 3
    assert result.prospects.height == 6
    assert rendered({"a": "1"}) == '{"a":1}'


@settings(deadline=None, max_examples=examples(100), suppress_health_check=[HealthCheck.too_slow])
@given(st.sampled_from(["added", "extra", "website"]), VALUES, st.sets(st.sampled_from([0, 1, 2, 3, 4]), min_size=1))
@example("added", "1e400", {0, 1, 2, 3, 4})
@example("added", "1", {4})
def test_a_field_added_to_records_and_their_prospects_is_kept_beside_all_others(name, raw, where):
    """A vendor's new field, in companies or prospects or both, changes no other column, and is kept as it was sent."""
    for_reference, for_wire = [], []
    for number in range(4):
        children = [prospect(f"{number}-{n}", company_id=f'"c{number}"') for n in range(3)]
        record = replaced(company(number), {name: raw} if number in where else {})
        children[1] = replaced(children[1], {name: raw} if 4 in where else {})
        for_reference.append({**record, "prospects": children})
        for_wire.append({**record, "prospects": listed(children)})
    assert_equal_to_reference(decoded([page(for_wire)]), Reference(for_reference))


def test_what_the_bulk_reader_refuses_is_counted_once():
    """A page read again record by record, for a number nothing can hold, counts its new fields once."""
    records = [replaced(company(number), {"added": "1"}) for number in range(3)]
    records[1] = replaced(records[1], {"legal_registration_info": '{"n":1e400}'})
    result = decoded([page(records)])
    assert result.drift.rows() == [("company", "added", "new", 3, "1")]
    assert result.companies["extra"].to_list() == ['{"added":1}'] * 3


def test_odd_records_stay_in_their_places():
    """Odd records of several pages, read together, come back in their places among the good ones."""
    records = [company(number, 2) for number in range(9)]
    for number in (0, 3, 4, 8):
        records[number] = replaced(records[number], {"employee_count": "3.7", "added": '"x"'})
    records[6] = replaced(records[6], {"legal_registration_info": '{"n":1e400}'})  # the bulk reader cannot hold it
    result = decoded([page(records[start : start + 3], total="9") for start in (0, 3, 6)])
    assert result.companies["id"].to_list() == [f"c{number}" for number in range(9)]
    assert result.prospects["company_id"].to_list() == [f"c{number}" for number in range(9) for _ in range(2)]
    assert result.drift.filter(kind="new")["count"].to_list() == [4]
