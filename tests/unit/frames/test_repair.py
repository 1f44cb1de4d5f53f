import json

import hypothesis.strategies as st
from hypothesis import given, settings
from support.examples import examples

from openprospect_nb.frames.repair import DEPTH_RULE, MAX_DEPTH, is_too_deep, readable, repaired, restored, unmarked

JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=True)
    | st.text(st.characters(codec=None), max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=8,
)


def refuse(constant):
    """Fail on NaN and Infinity, which strict JSON does not have."""
    raise AssertionError(constant)


@settings(deadline=None, max_examples=examples(300))
@given(JSON)
def test_a_repaired_page_is_strict_json_and_gives_back_what_was_sent(value):
    """Every reader takes the repaired page, and restoring its marked values gives the page as it was."""
    sent = json.dumps({"items": [{"field": value}]})
    mended = repaired(sent.encode()).decode()
    json.loads(mended, parse_constant=refuse)
    assert restored(mended) == sent


def test_clean_pages_are_not_touched():
    """A page without anything unreadable comes back byte for byte."""
    page = '{"items":[{"a":"M\u00fcnchen \\ud83d\\ude00 \\\\ud800"}],"total":1}'.encode()
    assert repaired(page) == page


def test_only_the_value_that_is_too_deep_is_folded():
    """The neighbours of a deep value stay as they are, and the fold holds it whole."""
    deep = "[" * (MAX_DEPTH + 1) + "]" * (MAX_DEPTH + 1)
    page = f'{{"items":[{{"a":1,"b":{deep},"prospects":[{{"c":{deep},"d":[2]}}]}}]}}'
    record = json.loads(repaired(page.encode(), "prospects"))["items"][0]
    assert record["a"] == 1
    assert unmarked(json.dumps(record["b"])) == (DEPTH_RULE, deep)
    assert unmarked(json.dumps(record["prospects"][0]["c"])) == (DEPTH_RULE, deep)
    assert record["prospects"][0]["d"] == [2]


def test_depth_is_counted_outside_of_texts():
    """Brackets in texts are no nesting."""
    assert not is_too_deep(json.dumps({"a": "[{" * 500}))
    assert is_too_deep("[" * 101 + "]" * 101)
    assert not is_too_deep("[" * 100 + "]" * 100)


def test_readable_text_can_always_be_encoded():
    """No lone surrogate is left."""
    assert readable("a\ud800b\udcff").encode() == "a\ufffdb\ufffd".encode()
