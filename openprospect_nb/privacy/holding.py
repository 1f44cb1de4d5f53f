"""Take whoever is wanted out of frames: the rows that are theirs, and the texts of other rows that name them.

The same function erases one subject from what is on disk and holds back everybody in the ledger from what comes in.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields
from functools import partial
from typing import Any, Final, Self

import polars as pl

from openprospect_nb.privacy import canonical
from openprospect_nb.privacy.called import is_called, is_town
from openprospect_nb.privacy.canonical import Form, Kind
from openprospect_nb.privacy.subjects import MARK, At, Only, Wanted, blanked, blanked_text, mentions

Frames = Mapping[str, pl.DataFrame]
Hits = pl.Series  # Boolean, one a row

_SITES: Final = ("website_url", "normalized_url", "website", "company_website")
_IDS: Final = ("id", "company_id", "order_id", "source")
# Texts about a person that may name a second one; any other text in a row of persons is the person's own.
_ABOUT: Final = ("qualification_reason", "job_title", "company_name", "company_city")
_PERSONAL: Final = frozenset({Kind.ADDRESS, Kind.PHONE, Kind.PROFILE})
_IN_TEXTS: Final = _PERSONAL | {Kind.DOMAIN}
COUNTRY: Final = "__op_country"  # a column of ours: where a row's telephone numbers were written
_PLACE: Final = "__op_place"
_ROW: Final = "__op_row"
# What `canonical.readings` may decode, and characters beyond the letters and marks of western prose: read one by one.
_DOUBTFUL: Final = (
    r"\\|%[0-9A-Fa-f]{2}|=(?:[0-9A-Fa-f]{2}|[ \t]*\r?\n)|&(?:#\w|\w+;)|<[/!a-zA-Z]"
    r"|[\[({<]\s*(?i:at|ät|arobase|@|dot|punkt|point|\.)\s*[\])}>]"
    r"|(?i:[\s_-](?:at|ät|arobase)[\s_-]+[\w-]+(?:\.\w|\s+(?:dot|punkt|point)\s))"
    r"|[^\x00-\x7f\u{a0}\u{a7}\u{ab}\u{b0}\u{b7}\u{bb}-\u{17f}\u{2013}\u{2014}\u{2018}-\u{201e}\u{2022}\u{2026}\u{20ac}]"
)
_PACKED: Final = r"[A-Za-z0-9+/_-]*[a-z0-9][A-Z][A-Za-z0-9+/_-]{8,}={0,2}"  # as base64 is
_AT_SIGN: Final = "@"
_DIGITS: Final = rf"\d(?:[{canonical.BETWEEN_DIGITS}]{{0,3}}\d){{6}}"
_WORD: Final = r"[^\s\x00-,./:-@\[-`{-\u{bf}\u{2000}-\u{206f}]"
_DOTTED: Final = rf"{_WORD}+(?:\.{_WORD}+)+"
_SHAPES: Final = {Kind.DOMAIN: _DOTTED, Kind.PROFILE: rf"{_DOTTED}(?::\d+)?/[^\s\"'<>)\]}}|]+"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """What was taken out: how many persons and companies, how many rows in all, and how many texts were blanked."""

    persons: int = 0
    companies: int = 0
    rows: int = 0
    texts: int = 0

    def __add__(self, other: Self) -> Self:
        return type(self)(**{f.name: getattr(self, f.name) + getattr(other, f.name) for f in fields(self)})

    def __bool__(self) -> bool:
        return bool(self.rows or self.texts)


def hold_back(frames: Frames, wanted: Wanted) -> tuple[dict[str, pl.DataFrame], Held]:
    """Return *frames* without the rows of who is wanted, other texts that name them blanked, and what was taken out.

    A company goes with its prospects. A text that names somebody goes whole, or value by value where it is JSON.

    Args:
        frames: any of ``companies``, ``prospects``, ``rejects`` and ``drift``, with whatever columns they have.
        wanted: a `Subject`, or everybody in a ledger.
    """
    companies, prospects = _with_places(frames, wanted)
    in_firms = _firms(companies, wanted)
    firms = companies.filter(in_firms)
    in_people = _people(prospects, firms, wanted)
    people = prospects.filter(in_people)
    gone = {"company": firms, "prospect": people}
    left = dict(frames)
    blanks = 0
    for name, rows in (("companies", companies.filter(~in_firms)), ("prospects", prospects.filter(~in_people))):
        if name in frames:
            left[name], count = _without_mentions(rows, wanted, name)
            blanks += count
    if "rejects" in frames:
        left["rejects"] = _other_rejects(frames["rejects"], gone, wanted)
    if "drift" in frames:
        left["drift"], count = _blanked_drift(frames["drift"], gone, wanted)
        blanks += count
    fewer = sum(frame.height - left[name].height for name, frame in frames.items())
    return left, Held(persons=_distinct(people), companies=_distinct(firms), rows=fewer, texts=blanks)


def theirs(frames: Frames, wanted: Wanted) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return the companies and the prospects that `hold_back` would take out."""
    companies, prospects = _with_places(frames, wanted)
    firms = companies.filter(_firms(companies, wanted))
    return firms, prospects.filter(_people(prospects, firms, wanted))


def _with_places(frames: Frames, wanted: Wanted) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return both frames with two columns of ours: the country, and the company where people of it are wanted."""
    companies = _placed(frames.get("companies", pl.DataFrame()), "id", "country", wanted)
    prospects = _with_country(frames.get("prospects", pl.DataFrame()), companies)
    return companies, _placed(prospects, "company_id", "company_country", wanted)


def _with_country(prospects: pl.DataFrame, companies: pl.DataFrame) -> pl.DataFrame:
    """Return *prospects* with the country of their company, where *companies* know it."""
    if "company_country" in prospects.columns or "company_id" not in prospects.columns or "id" not in companies.columns:
        return prospects
    countries = companies.select(pl.col("id").alias("company_id"), COUNTRY).drop_nulls()
    countries = countries.unique("company_id", keep="first", maintain_order=True)
    countries = countries.cast({"company_id": prospects.schema["company_id"]})
    return prospects.join(countries, on="company_id", how="left", maintain_order="left")


def _placed(frame: pl.DataFrame, identity: str, country: str, wanted: Wanted) -> pl.DataFrame:
    """Return *frame* with the country of each row, and its company where somebody of that company is wanted."""
    places = _hits(frame, (identity, "source"), lambda text, source: wanted.holds(Form.of(Kind.EMPLOYER, source, text)))
    source = pl.col("source").fill_null("") if places.any() else pl.lit("")
    here = pl.concat_str(source, identity, separator="\0") if places.any() else pl.lit(None, pl.String)
    written = next((name for name in (COUNTRY, country) if name in frame.columns), None)
    return frame.with_columns(
        pl.when(places).then(here).alias(_PLACE),
        (pl.lit(None) if written is None else pl.col(written)).cast(pl.String).alias(COUNTRY),
    )


def _firms(companies: pl.DataFrame, wanted: Wanted) -> Hits:
    """Return which rows are companies that are wanted: by id, domain, name and town, or an id that holds an address."""
    hits = _hits(companies, ("id", "source"), partial(_is_id, wanted, Kind.COMPANY))
    hits |= _hits(companies, ("source_id",), partial(_is_id, wanted, Kind.COMPANY))
    hits |= _hits(companies, ("id",), partial(mentions, wanted=Only(wanted, _PERSONAL)))
    for site in _SITES:
        hits |= _hits(companies, (site,), partial(_is_site, wanted))
    if Kind.CALLED in wanted.kinds:
        hits |= _hits(companies, ("city", "name"), partial(_is_called, wanted), partial(_in_towns, wanted))
    return hits | _same(companies, "id", companies.filter(hits))


def _people(prospects: pl.DataFrame, firms: pl.DataFrame, wanted: Wanted) -> Hits:
    """Return which rows are persons that are wanted, or that work at a company that is."""
    hits = _same(prospects, "company_id", firms)
    hits |= _hits(prospects, ("id", "source"), partial(_is_id, wanted, Kind.PROSPECT))
    hits |= _hits(prospects, ("company_id", "source"), partial(_is_id, wanted, Kind.COMPANY))
    names = ("company_id", "source", "first_name", "last_name", _PLACE)
    hits |= _hits(prospects, names, partial(_is_employee, wanted))
    hits |= _hits(prospects, ("email",), partial(_is_mailbox, wanted))
    for site in _SITES:
        hits |= _hits(prospects, (site,), partial(_is_site, wanted))
    for name in _texts(prospects):
        # A mailbox is compared as a whole: what stands before a border in it may be part of its name.
        personal = Only(wanted, _PERSONAL - {Kind.ADDRESS} if name == "email" else _PERSONAL)
        if name not in _ABOUT and personal.kinds:
            hits |= _hits(prospects, (name, COUNTRY), partial(_names, personal), partial(_may_name, personal))
    return hits | _same(prospects, "id", prospects.filter(hits))


def _hits(
    frame: pl.DataFrame,
    columns: Sequence[str],
    test: Callable[..., bool],
    likely: Callable[[pl.Series], pl.Series] | None = None,
) -> Hits:
    """Return which rows pass *test*, which sees each distinct row of *columns* once; its first text is never null.

    Only the rows whose first text is *likely* are tried.
    """
    if not set(columns) <= set(frame.columns) or _says_nothing(frame[columns[0]]):
        return _none(frame.height)
    keys = frame.lazy().select(pl.col(name).cast(pl.String) for name in columns)
    possible = keys.drop_nulls(columns[0]).unique().collect()
    if likely is not None:
        possible = possible.filter(likely(possible[columns[0]]))
    tried = [test(*row) for row in possible.iter_rows()]
    if not any(tried):
        return _none(frame.height)
    passed = possible.lazy().filter(pl.Series(tried, dtype=pl.Boolean))
    numbered = keys.with_row_index(_ROW)
    rows = numbered.join(passed, on=list(columns), how="semi", nulls_equal=True).collect()[_ROW]
    return _among(rows, frame.height)


def _says_nothing(column: pl.Series) -> bool:
    # A fact that polars has at hand; whatever else one asks it of a few rows takes half a millisecond of a core.
    return column.null_count() == column.len()


def _among(rows: pl.Series, height: int) -> Hits:
    return pl.select(pl.int_range(height).is_in(rows.implode())).to_series()


def _none(height: int) -> Hits:
    return pl.Series([False], dtype=pl.Boolean).new_from_index(0, height)


def _may_name(wanted: Wanted, texts: pl.Series) -> pl.Series:
    """Return which *texts* may name who is wanted by an address, number, domain or profile; the others do not."""
    kinds = wanted.kinds & _IN_TEXTS
    if not kinds or _says_nothing(texts):
        return _none(texts.len())
    text = pl.col("text")
    signs = [text.str.contains(_DOUBTFUL)]
    if Kind.ADDRESS in kinds:
        signs.append(text.str.contains(_AT_SIGN, literal=True))
    if Kind.PHONE in kinds:
        signs.append(text.str.contains(_DIGITS))
    shapes = [(_PACKED, kinds), *((shape, frozenset({kind})) for kind, shape in _SHAPES.items() if kind in kinds)]
    words = {str(number): text.str.extract_all(shape) for number, (shape, _) in enumerate(shapes)}
    read = texts.alias("text").to_frame().select(pl.any_horizontal(signs).fill_null(value=False).alias("sign"), **words)
    hits = read["sign"]
    for number, (_, named) in enumerate(shapes):
        hits |= _holds_word(read[str(number)], Only(wanted, named))
    return hits


def _holds_word(words: pl.Series, wanted: Wanted) -> pl.Series:
    """Return which lists of *words* hold one that names who is wanted; each distinct word is tried once."""
    numbered = words.alias("word").to_frame().lazy().with_row_index(_ROW)
    each = numbered.explode("word").drop_nulls("word").collect()
    named = [] if each.is_empty() else [word for word in each["word"].unique() if mentions(word, wanted)]
    return _among(each.filter(pl.col("word").is_in(named))[_ROW], words.len()) if named else _none(words.len())


def _same(frame: pl.DataFrame, column: str, rows: pl.DataFrame) -> Hits:
    """Return which rows have in *column*, and where they came from, the id of one of *rows*."""
    if rows.is_empty() or "id" not in rows.columns:
        return _none(frame.height)
    sources = "source" in rows.columns and "source" in frame.columns
    ids = set(rows.select("id", "source" if sources else pl.lit(None)).rows())
    return _hits(frame, (column, "source") if sources else (column,), lambda text, source=None: (text, source) in ids)


def _is_id(wanted: Wanted, kind: Kind, text: str, source: str | None = None) -> bool:
    if not wanted.kinds & {Kind.ID, kind}:
        return False
    identity = canonical.identity(text)
    return wanted.holds(Form(Kind.ID, identity)) or wanted.holds(Form.of(kind, source, identity))


def _is_employee(
    wanted: Wanted, company: str, source: str | None, first: str | None, last: str | None, place: str | None
) -> bool:
    # Ledgers of earlier versions hold names by `canonical.words_of`, which folds less.
    former = canonical.person_of([*canonical.words_of(first or ""), *canonical.words_of(last or "")])
    names = {canonical.person(first, last), former}
    return place is not None and any(wanted.holds(Form.of(Kind.EMPLOYEE, source, company, name)) for name in names)


def _in_towns(wanted: Wanted, cities: pl.Series) -> pl.Series:
    towns = [city for city in cities.unique() if is_town(wanted, city)]
    return cities.is_in(pl.Series(towns, dtype=pl.String).implode())


def _is_called(wanted: Wanted, city: str, name: str | None) -> bool:
    return is_called(wanted, name, city)


def _is_mailbox(wanted: Wanted, text: str) -> bool:
    one = canonical.address(text)
    return any(
        wanted.holds(Form(Kind.ADDRESS, address)) or _is_host(wanted, address.rpartition("@")[2])
        for address in ([one] if one else canonical.addresses_in(text))
    )


def _is_site(wanted: Wanted, text: str) -> bool:
    host = canonical.domain(text)
    return host is not None and _is_host(wanted, host)


def _is_host(wanted: Wanted, host: str) -> bool:
    return Kind.DOMAIN in wanted.kinds and any(
        wanted.holds(Form(Kind.DOMAIN, domain)) for domain in canonical.and_above(host)
    )


def _names(wanted: Wanted, text: str, country: str | None) -> bool:
    return mentions(text, wanted, country)


def _texts(frame: pl.DataFrame) -> list[str]:
    return [n for n, kind in frame.schema.items() if kind == pl.String and n not in (*_IDS, COUNTRY, _PLACE)]


def _without_mentions(rows: pl.DataFrame, wanted: Wanted, what: str) -> tuple[pl.DataFrame, int]:
    """Return *rows*, as many, with the texts that name who is wanted blanked, and how many were."""
    loose = Only(wanted, _IN_TEXTS)
    # Of a person's own texts those that name a person are known to be gone, with the row.
    domain = Only(wanted, frozenset({Kind.DOMAIN}))
    blanks = 0
    for name in _texts(rows):
        own = what == "prospects" and name not in _ABOUT
        rows, count = _blanked_texts(rows, name, domain if own else loose, wanted)
        blanks += count
    for name, kind in rows.schema.items():
        if kind.is_nested():
            rows, count = _blanked_lists(rows, name, loose, wanted)
            blanks += count
    return rows.drop(COUNTRY, _PLACE), blanks


def _blanked_texts(rows: pl.DataFrame, name: str, loose: Wanted, wanted: Wanted) -> tuple[pl.DataFrame, int]:
    if _says_nothing(rows[name]):
        return rows, 0
    beside = [name, COUNTRY, _PLACE]
    possible = rows.lazy().select(beside).drop_nulls(name).unique().collect()
    distinct = possible.filter(_may_name(loose, possible[name]) | possible[_PLACE].is_not_null())
    if distinct.is_empty():
        return rows, 0
    left = [blanked_text(text, _there(loose, wanted, place), MARK, country) for text, country, place in distinct.rows()]
    changes = distinct.with_columns(pl.Series("__op_left", left, dtype=pl.String)).filter(
        pl.col("__op_left") != pl.col(name)
    )
    if changes.is_empty():
        return rows, 0
    joined = rows.join(changes, on=beside, how="left", nulls_equal=True, maintain_order="left")
    count = joined["__op_left"].is_not_null().sum()
    return joined.with_columns(pl.coalesce("__op_left", name).alias(name)).drop("__op_left"), int(count)


def _blanked_lists(rows: pl.DataFrame, name: str, loose: Wanted, wanted: Wanted) -> tuple[pl.DataFrame, int]:
    """Return *rows* with the items of a list (texts, or links with their platform) that name who is wanted left out."""
    if _says_nothing(rows[name]):
        return rows, 0
    numbered = rows.select(COUNTRY, _PLACE, value=name).with_row_index(_ROW)
    leaves = [leaf.filter(_may_name(loose, leaf["value"]))[_ROW] for leaf in _leaves(numbered.select(_ROW, "value"))]
    likely = pl.concat([numbered[_ROW].head(0), *leaves])
    possible = numbered.filter(pl.col(_ROW).is_in(likely.implode()) | pl.col(_PLACE).is_not_null())
    changed: dict[int, Any] = {}
    for number, country, place, value in possible.iter_rows():
        left = _items_without(value, _there(loose, wanted, place), country)
        if left != value:
            changed[number] = left
    if not changed:
        return rows, 0
    values = [changed.get(number, value) for number, value in enumerate(rows[name].to_list())]
    return rows.with_columns(pl.Series(name, values, dtype=rows.schema[name])), len(changed)


def _leaves(numbered: pl.DataFrame) -> list[pl.DataFrame]:
    """Return the texts inside a nested column ``value``, each with the row it is in."""
    kind = numbered.schema["value"]
    if isinstance(kind, pl.List | pl.Array):
        return _leaves(numbered.explode("value"))
    if isinstance(kind, pl.Struct):
        members = (pl.col("value").struct.field(member.name).alias("value") for member in kind.fields)
        return [leaf for member in members for leaf in _leaves(numbered.select(_ROW, member))]
    return [numbered] if kind == pl.String else []


def _items_without(value: Any, wanted: Wanted, country: str | None) -> Any:
    if isinstance(value, list):
        return [item for item in value if blanked(item, wanted, MARK, country) == item]
    return blanked(value, wanted, MARK, country)


def _there(loose: Wanted, wanted: Wanted, place: str | None) -> Wanted:
    return loose if place is None else At(Only(wanted, _IN_TEXTS | {Kind.EMPLOYEE}), place)


def _other_rejects(rejects: pl.DataFrame, gone: Frames, wanted: Wanted) -> pl.DataFrame:
    """Return the rejected values of rows that stay, and that name nobody."""
    loose = Only(wanted, _IN_TEXTS)
    hits = _hits(rejects, ("row_id",), partial(mentions, wanted=loose))
    hits |= _hits(rejects, ("raw",), partial(mentions, wanted=loose))
    for record, rows in gone.items():
        ids = set(rows["id"].cast(pl.String)) if "id" in rows.columns else set()
        hits |= _hits(
            rejects, ("row_id", "record"), lambda text, kind, ids=ids, mine=record: kind == mine and text in ids
        )
    return rejects.filter(~hits)


def _blanked_drift(drift: pl.DataFrame, gone: Frames, wanted: Wanted) -> tuple[pl.DataFrame, int]:
    """Return *drift* without examples that name somebody, or that may be of a row that is gone; count the former.

    The example of a missing field is the id of a row; of another, a value of nobody knows which row.
    """
    named = _hits(drift, ("example",), partial(mentions, wanted=Only(wanted, _IN_TEXTS)))
    hits = named
    for record, rows in gone.items():
        if rows.height:
            ids = set(rows["id"].cast(pl.String)) if "id" in rows.columns else set()
            hits |= _hits(drift, ("example", "record", "kind"), partial(_may_be_of, record, ids))
    marked = pl.when(hits).then(pl.lit(MARK)).otherwise("example").alias("example")
    return drift.with_columns(marked), int(named.sum())


def _may_be_of(mine: str, ids: set[str | None], example: str, record: str | None, kind: str | None) -> bool:
    return record == mine and (kind != "missing" or example in ids)


def _distinct(rows: pl.DataFrame) -> int:
    """Return how many persons or companies *rows* are; one without an id counts by itself."""
    if "id" not in rows.columns:
        return rows.height
    return rows["id"].drop_nulls().n_unique() + rows["id"].null_count()
