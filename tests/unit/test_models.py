"""Values read from any JSON: what is no order, time or amount is None or one clear error, never Python's own."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from openprospect_nb import errors
from openprospect_nb.models import (
    Blacklist,
    Cost,
    KeyInfo,
    OrderState,
    ProfileState,
    Search,
    cost,
    integer,
    moment,
    text,
    texts,
)

MODELS = [OrderState, ProfileState, Search, Blacklist, KeyInfo]
FIELDS = sorted({name for model in MODELS for name in model.__dataclass_fields__} | {"total", "currency"})
HUGE = 10**400
SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.sampled_from([HUGE, "\ud800", "²"])
JSON = st.recursive(
    SCALARS, lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from(FIELDS), inner), max_leaves=15
)
OBJECTS = st.dictionaries(st.sampled_from(FIELDS), JSON)


@pytest.mark.parametrize("model", MODELS)
@given(wire=OBJECTS | JSON)
@example(wire={"order_id": "o", "status": "X", "estimated_cost": {"total": HUGE}, "company_count": float("inf")})
@example(wire={"order_id": True, "status": []})
@example(wire={"id": 10**25, "created_at": "9999-12-31T23:59:59-23:59"})
@example(wire=True)
def test_any_json_is_a_model_or_a_contract_error(model, wire):
    """Booleans, lists and numbers where objects were meant, overflows, half surrogates: a value that can be stored."""
    try:
        read = model.from_wire(wire)
    except errors.ContractError:
        return
    known = [getattr(read, name) for name in model.__dataclass_fields__ if name != "extra"]
    repr(known).encode()
    assert all(-(2**63) <= value < 2**63 for value in known if isinstance(value, int))
    assert all(value.tzinfo is UTC for value in known if isinstance(value, datetime))


@pytest.mark.parametrize(
    ("value", "read"),
    [("x", "x"), ("", ""), (7, "7"), (7.5, "7.5"), (10**25, "1" + "0" * 25), ("a\ud800b", "a?b"), ("ü", "ü")]
    + [(value, None) for value in (None, True, [], {}, HUGE, float("nan"), float("inf"))],
)
def test_a_text_is_a_text_or_a_number(value, read):
    """What no column could hold is None; half a surrogate pair is a question mark."""
    assert text(value) == read


@pytest.mark.parametrize(
    ("value", "read"),
    [(7, 7), (7.0, 7), (2**53 + 1, 2**53 + 1), (-(2**63), -(2**63)), (2**63 - 1, 2**63 - 1)]
    + [(value, None) for value in (2**63, HUGE, 1e300, 7.5, float("nan"), float("inf"), True, "7", None, [])],
)
def test_a_whole_number_fits_a_column(value, read):
    """64 bits hold it exactly, or it is None."""
    assert integer(value) == read


@pytest.mark.parametrize(
    ("value", "read"),
    [
        ({"total": 7, "currency": "EUR"}, Cost(total=7.0, currency="EUR")),
        ({"total": 7.5}, Cost(total=7.5, currency="")),
        ({"total": 7, "currency": {"code": "EUR"}}, Cost(total=7.0, currency="")),
        *(({"total": total}, None) for total in (True, "7", None, float("nan"), float("inf"), HUGE, [])),
        (7, None),
        (None, None),
    ],
)
def test_an_amount_is_a_finite_number(value, read):
    """A budget is never compared with NaN, an infinity or a Boolean."""
    assert cost(value) == read


@pytest.mark.parametrize(
    ("value", "read"),
    [
        ("2026-01-05T08:00:00Z", datetime(2026, 1, 5, 8, tzinfo=UTC)),
        ("2026-01-05T10:00:00+02:00", datetime(2026, 1, 5, 8, tzinfo=UTC)),
        ("2026-01-05T08:00:00", datetime(2026, 1, 5, 8, tzinfo=UTC)),
        ("9999-12-31T23:59:59-23:59", None),
        ("0001-01-01T00:00:00+14:00", None),
        ("2026-01-05T08:00:00+99:00", None),
        ("²026-01-05T08:00:00Z", None),
        ("soon", None),
        (1767600000, None),
        (True, None),
    ],
)
def test_a_time_is_aware_or_none(value, read):
    """Times with and without an offset are read; those beyond what UTC can name are not."""
    assert moment(value) == read


def test_members_of_a_list_are_told_whatever_they_are():
    """Texts, numbers and, as JSON, the rest; a null is no member."""
    assert texts(["a", 7, None, True, {"name": "b"}, "\ud800"]) == ("a", "7", "true", '{"name": "b"}', "?")
    assert texts("a") is None
