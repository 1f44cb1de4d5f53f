"""The explorer's model without a view: what is selected, the code that says it, counts, pages, decisions."""

from __future__ import annotations

import math
from datetime import UTC, datetime

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal
from support.examples import examples
from support.samples import make_results

from openprospect_nb.errors import ConfigurationError, ValidationError
from openprospect_nb.frames.decisions import ACCEPTED, REJECTED, DecidedCompany, Decisions
from openprospect_nb.frames.results import Results
from openprospect_nb.privacy.canonical import Form, Kind
from openprospect_nb.privacy.subjects import MARK, Subject
from openprospect_nb.widgets.explorer.counts import axis_of
from openprospect_nb.widgets.explorer.filters import FACETS, Filters, Range, Sort
from openprospect_nb.widgets.explorer.model import ROW, Exploration, explored

NOW = datetime(2026, 5, 6, 12, 0, tzinfo=UTC)
HOSTILE = (
    "'",
    '"',
    '"""',
    "\\",
    "\n",
    "{x}",
    "*",
    "^.*$",
    "'); raise SystemExit(1) #",
    "ß",
    "İ",
    "\x00",
    "Wien",
    "zzz",
)


def hostile_results() -> Results:
    """Results whose texts are quotes, patterns and code, with unknown values, NaN and repeated ids among them."""
    some = make_results(24, seed=3)
    more = make_results(8, order_id="order-2", seed=4)
    whole = Results.concat([some, more])
    odd = pl.Series(HOSTILE).gather(pl.int_range(whole.companies.height, eager=True) % len(HOSTILE))
    rows = whole.companies.with_columns(city=odd, name=pl.concat_str(pl.lit("A "), odd), business_type=pl.lit(""))
    rows = rows.with_columns(
        match_score=pl.when(pl.col("name").str.len_bytes() == 3).then(math.nan).otherwise("match_score")
    )
    return Results(companies=pl.concat([rows, rows.head(3)]), prospects=whole.prospects)


RESULTS = hostile_results()
READY = explored(RESULTS)


def model_of(results: object = RESULTS, home: object = None) -> Exploration:
    """Return a model, with decisions kept in *home* if there is one."""
    ready = READY if results is RESULTS else explored(results)
    return Exploration(ready, None if home is None else Decisions(home), lambda: NOW)


def run(code: str, results: object) -> pl.DataFrame:
    """Return the ``selection`` that the shown code makes of *results*."""
    made = {"results": results}
    exec(code, made)  # noqa: S102 - our own code is the thing under test
    return made["selection"]


texts = st.one_of(st.sampled_from(HOSTILE), st.text(max_size=6))
numbers = st.floats(-5, 105, allow_nan=False)
ranges = st.builds(lambda a, b, unknown: Range(min(a, b), max(a, b), unknown), numbers, numbers, st.booleans())
filters = st.builds(
    lambda words, facets, limits: Filters(facets=facets, ranges=limits).with_search(" ".join(words)),
    st.lists(texts, max_size=2),
    st.dictionaries(
        st.sampled_from(FACETS), st.lists(st.none() | texts, min_size=1, max_size=3).map(tuple), max_size=2
    ),
    st.dictionaries(st.sampled_from(model_of().numbers), ranges, max_size=2),
)
sorts = st.builds(Sort, st.sampled_from(["", *model_of().sortable]), st.booleans())


@settings(max_examples=examples(40), deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(filters, sorts)
def test_the_code_makes_exactly_the_selection(wanted, sort):
    """Whatever is searched, chosen and sorted, hostile texts included, the shown Python gives the same frame."""
    model = model_of()
    model.filters, model.sort = wanted, sort
    assert_frame_equal(run(model.code, RESULTS), model.selection)
    assert model.count == model.selection.height


@pytest.mark.parametrize("wanted", [("accepted",), ("rejected", "undecided"), ("undecided",), ("accepted", "rejected")])
def test_decisions_are_written_into_the_code(tmp_path, wanted):
    """Choosing by decision gives code that needs nothing but the results, and the same frame."""
    model = model_of(home=tmp_path)
    for number, decision in ((0, ACCEPTED), (1, REJECTED), (2, ACCEPTED)):
        model.chosen = number
        model.decide(decision, 'it\'s "so"')
    model.choose_values("decision", wanted)
    assert_frame_equal(run(model.code, RESULTS), model.selection)
    counts = model.facet("decision")
    assert sum(counts[name] for name in wanted) == model.count
    assert sum(counts.values()) == model.rows.height
    model.close()


def test_a_search_wants_every_word_anywhere_whatever_its_case():
    """Two words select what holds both, in any of the searched texts."""
    model = model_of(make_results())
    model.search("NORDLICHT zürich")
    assert model.count == model.rows.filter(pl.col("name").str.contains("Nordlicht"), city="Zürich").height > 0


def test_facets_count_what_the_other_filters_leave():
    """A facet's own choice does not change its counts, another filter does; all values stay listed."""
    model = model_of(make_results())
    before = model.facet("country")
    model.choose_values("country", ("Austria",))
    assert model.facet("country") == before
    model.choose_range("match_score", 7, 10)
    after = model.facet("country")
    assert list(after) == list(before)
    expected = model.rows.filter(pl.col("match_score").is_between(7, 10), country="Austria").height
    assert after["Austria"] == expected == model.count


def test_bars_add_up():
    """Bars hold every known row once; the selected are among them; the unknown are counted."""
    model = model_of(make_results())
    model.choose_range("match_score", 4, 8)
    bars = model.counts.bars("match_score", model.conditions)
    assert sum(bars.others) + bars.unknown == model.rows.height
    assert sum(bars.selected) == model.count


@pytest.mark.parametrize(
    "values", [[0.0, 10.0], [1, 2, 3], [-3.5, 2.25, 900.0], [0, 1, 5, 100_000], [5.0, 5.0], [None, 2], [0.1, 0.2, 0.3]]
)
def test_axes_hold_their_values(values):
    """Every value has a bin; shares and values are inverse to within a bin."""
    frame = pl.DataFrame({"x": values})
    axis = axis_of(frame, "x")
    known = [v for v in values if v is not None]
    bins = frame.select(axis.bin_of()).to_series().drop_nulls()
    assert len(bins) == len(known)
    assert all(0 <= n < axis.bins for n in bins)

    def share(value):
        inside = min(max(value, axis.low), axis.high)
        if axis.is_log:
            return math.log1p(inside) / math.log1p(axis.high)
        return (inside - axis.low) / (axis.high - axis.low)

    assert all(abs(share(axis.value(share(v))) - share(v)) <= 1 / axis.bins for v in known)


def test_an_unknown_column_has_no_axis():
    """A column without a number cannot be drawn and is not offered."""
    frame = pl.DataFrame(
        {"id": ["a"], "match_score": [None], "size": [math.nan]}, schema_overrides={"match_score": pl.Float64}
    )
    model = model_of(frame)
    assert axis_of(frame, "size") is None
    assert "size" not in model.numbers


def test_the_whole_axis_asks_nothing():
    """A range over the whole axis is no condition, so that rows without a value stay."""
    model = model_of(make_results())
    model.choose_range("match_score", 10, 0)
    assert model.filters.ranges == {}
    model.choose_range("match_score", 5, 6, unknown=True)
    assert model.selection["match_score"].null_count() > 0
    model.free_range("match_score")
    assert model.filters.ranges == {}


def test_stretches_hold_each_row_once():
    """Stretches of rows together are the selection, also once it is narrowed; beyond its end there are none."""
    model = model_of()
    seen = []
    for first in range(0, model.count, 10):
        seen += model.rows_at(first, 10)[ROW].to_list()
    assert sorted(seen) == list(range(model.rows.height))
    assert model.rows_at(model.count, 10).is_empty()
    model.search("Wien")
    assert model.rows_at(0, model.rows.height).height == model.count


def test_sorting_again_turns_round():
    """Numbers start with the largest, texts with the first; once more is the other way; unknown values stay last."""
    model = model_of(make_results())
    model.sort_by("match_score")
    first = model.selection["match_score"]
    model.sort_by("match_score")
    assert (first[0], first[-1]) == (first.max(), None)
    assert model.selection["match_score"][0] == first.min()
    model.sort_by("city")
    assert model.selection["city"][0] == "Stuttgart"


def test_decisions_outlive_the_model_and_hang_on_the_company(tmp_path):
    """Another model over the same results, read from disk, knows what was decided, whatever order delivered it."""
    home = tmp_path / "home"
    model = model_of(make_results(), home)
    model.chosen, company = 4, model.row(4)["id"].item()
    model.decide(REJECTED, " too small ")
    model.close()
    make_results().write(tmp_path / "results")
    again = model_of(Results.read(tmp_path / "results"), home)
    kept = again.marks.row(0, named=True)
    assert (kept["company_id"], kept["decision"], kept["note"]) == (company, REJECTED, "too small")
    assert kept["decided_at"] == NOW
    assert again.row(4)["decision"].to_list() == [REJECTED]
    again.chosen = 4
    again.decide(None, "")
    assert again.marks.is_empty()
    again.close()
    assert [path.stat().st_mode & 0o777 for path in home.iterdir() if path.suffix == ".sqlite"] == [0o600]


def test_what_another_kernel_decided_meanwhile_is_kept(tmp_path):
    """Two models on one file: each decision of one is known to the other with the next it makes, and none is lost."""
    one, other = model_of(home=tmp_path), model_of(home=tmp_path)
    for number in range(4):
        for model in (one, other) if number % 2 else (other, one):
            model.chosen = number
            model.decide(ACCEPTED if model is one else REJECTED)
    one.chosen = 5
    one.decide(ACCEPTED)
    with_file = Decisions(tmp_path).frame()
    assert_frame_equal(one.marks, with_file, check_row_order=False)
    other.chosen = 6
    other.decide(None, "later")
    assert other.marks.height == with_file.height + 1
    one.close()
    other.close()


def test_many_ids_are_read_from_the_file_by_the_code(tmp_path):
    """Code that would have to list thousands of ids reads them where they are kept, and makes the same frame."""
    many = pl.DataFrame({"id": [f"c{n}" for n in range(1_000)], "name": [f"Firm {n}" for n in range(1_000)]})
    model = model_of(many, tmp_path)
    model.decide_all(ACCEPTED)
    model.chosen = 7
    model.decide(REJECTED)
    model.choose_values("decision", (ACCEPTED,))
    assert model.count == 999
    assert len(model.code) < 1_000
    assert_frame_equal(run(model.code, many), model.selection)
    model.close()


def test_a_decision_without_a_company_or_a_store_is_a_message():
    """Nothing is decided about nobody, and nothing is kept where nothing can be kept."""
    model = model_of()
    model.decide(ACCEPTED, "")
    assert "cannot be kept" in model.message
    assert not model.decisions.can_keep


def test_forgetting_reaches_domains_and_notes(tmp_path):
    """A company goes by its domain, a note that names it is blanked; no byte of them stays in the file."""
    kept = Decisions(tmp_path)
    for number, (domain, note) in enumerate(
        [("firm.example", ""), ("other.example", "ask ada@firm.example"), ("lab.example", "")]
    ):
        kept.decide(DecidedCompany(source="live", company_id=f"c{number}", domain=domain), ACCEPTED, note, NOW)
    firm = Subject(frozenset({Form(Kind.DOMAIN, "firm.example")}))

    assert kept.forget(firm, dry_run=True) == (2, None)
    assert kept.frame().height == 3
    assert kept.forget(firm) == (2, None)
    assert kept.frame().select("domain", "note").rows() == [("other.example", MARK), ("lab.example", "")]
    kept.close()
    assert not any(b"firm.example" in path.read_bytes() for path in tmp_path.iterdir())


@pytest.mark.parametrize(
    "results", [Results(), pl.DataFrame({"id": []}), Results(companies=pl.DataFrame({"id": ["a"]}))]
)
def test_little_or_nothing_is_no_error(results):
    """Without rows, or with nothing but ids, there is a selection, and code that makes it."""
    model = model_of(results)
    assert_frame_equal(run(model.code, results), model.selection)
    assert model.rows_at(0, 10).height == model.count


def test_a_companies_frame_alone_is_explored():
    """A Polars frame of companies needs no prospects; its code starts from the frame."""
    frame = make_results().companies
    model = model_of(frame)
    assert not model.has_people
    assert model.people.is_empty()
    assert_frame_equal(run(model.code, frame), model.selection)


@pytest.mark.parametrize("wrong", [None, {"id": []}, pl.LazyFrame({"id": []})])
def test_anything_else_is_refused(wrong):
    """What is neither results nor a Polars frame is refused with what to give instead."""
    with pytest.raises(ConfigurationError, match=r"order.results\(\)"):
        explored(wrong)


def test_a_frame_without_id_is_refused():
    """The missing column is named."""
    with pytest.raises(ValidationError, match="id: is not in the frame"):
        explored(pl.DataFrame({"name": ["A"]}))
