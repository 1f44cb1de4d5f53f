"""Whom to keep out: one reader of everything that people call a suppression list, for every function that takes one."""

from __future__ import annotations

import html
import inspect
import logging
import math
import re
import uuid
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Final, Literal, NamedTuple, TypeAlias

import polars as pl

from openprospect_nb.errors import ConfigurationError, FieldProblem, ValidationError
from openprospect_nb.files.asides import ON_ITS_SIDE, TOTAL, is_sum, misplaced, texts_in
from openprospect_nb.files.cells import said, unquoted
from openprospect_nb.files.company_list import CompanyList
from openprospect_nb.files.exclusion_entries import ExclusionEntry, Exclusions
from openprospect_nb.files.flags import FlagColumn, doubts, let_in, read_flags
from openprospect_nb.files.headings import ADDRESS_HEADINGS, WEAK_NAMES, field_of, is_address, is_site, plain
from openprospect_nb.files.members import is_path, members_of, several_cells
from openprospect_nb.files.tables import Table, open_tables, read_tables
from openprospect_nb.files.words import WORDS
from openprospect_nb.privacy import canonical, shared

__all__ = ["ExclusionEntry", "Exclusions", "blacklist_id_of", "exclusions", "exclusions_in", "has_heading"]

log = logging.getLogger(__name__)

# What of a row tells whom it means: by the kind of column (who, name, city, country, id) and its heading.
Cell: TypeAlias = tuple[str, str]
Picked: TypeAlias = Mapping[Cell, Any]

WHO: Final = frozenset(WORDS["keep_out"])  # compared without case, accents, blanks and punctuation
IDS: Final = frozenset({"externalid", "sourceid", "companysourceid", "recordid", "crmid", "accountid"})
# Where a person has a page of their own.
_PROFILES: Final = re.compile("linkedin|xing|facebook|twitter|instagram|tiktok|youtube|profil|social|crunchbase")
_BLANKS: Final = frozenset({"", "-", "--", "n/a", "na", "#n/a", "nan", "none", "null", "(blank)", "?"})
# In headings of columns that name who keeps the row, or who is above it.
_OTHERS: Final = re.compile("|".join(WORDS["somebody_else"]))
# ``www2.firm.example`` is a machine of the site's, no site below it.
_NUMBERED_WWW: Final = re.compile(r"www\d+\.", re.IGNORECASE)
_EVERYBODY: Final = re.compile(r"(?:\*|%)?@(.+)")
_SCHEME: Final = re.compile(r"[a-z]+://", re.IGNORECASE)
_BETWEEN: Final = re.compile(r"[\s,;|]+")
_OF_ADDRESSES: Final = frozenset({"emaildomain", "maildomain", "domainofemail", "emailhost", "maildomane"})
_SNIFFED: Final = 200
_FLAGGED: Final = "To keep out all of them leave that column out of the list; else give the list of those who objected."
_BOTH: Final = (
    "a company's domain stands beside an address: in {:,} rows everybody there is kept out; "
    "leave that column out of the list to keep out the persons alone"
)
_REMEDY: Final = "Give client.blacklists.get({0}); of an AsyncClient: await client.blacklists.entries({0})."


class _Remark(NamedTuple):
    """What stands among the entries and is none, in words for messages.

    Something that cannot be read as a whole, such as a sheet; a row that says itself that it is not meant; or, of the
    rows that follow, what is not sure.
    """

    kind: Literal["unread", "let in", "doubt"]
    text: str


def exclusions(given: object) -> Exclusions:
    """Return whom *given* means.

    Args:
        given: texts (domains, addresses, ``*@firm.example``, web addresses), mappings or a frame of companies or
            persons under any usual heading, a Series, a set, one text, a `Results` (its companies; its persons where it
            has none), a preview (all its rows, also those that no order could send), a blacklist, what `op.outcomes`
            keeps (its ``keep_out``), a file's path (of a workbook every visible sheet), or a list of these; None is
            nobody.

    Raises:
        ValidationError: nothing in it can be read; or it is a blacklist's id, or a handle that has to be awaited.
        ConfigurationError: a file cannot be read.
    """
    if isinstance(given, Exclusions):
        return given
    return _gathered(_items(given), given)


def _gathered(items: Iterable[object], given: object) -> Exclusions:
    result = _without_shared_sites(_read_all(items))
    if result.entries or not (result.unreadable or result.let_in):
        return result
    if (blacklist_id := blacklist_id_of(given)) is not None:
        raise _needs_entries(blacklist_id)
    if not result.unreadable:
        raise _unusable(f"says of every row that it is not meant: {result.remark}", _FLAGGED)
    raise _unusable(f"holds no address, domain or company: {result.complaint} {result.remark}".strip())


def _read_all(items: Iterable[object]) -> Exclusions:
    entries: list[ExclusionEntry] = []
    remarks: dict[str, list[str]] = {"unread": [], "let in": [], "doubt": []}
    row, blanks = 0, 0
    for item in items:
        if isinstance(item, _Remark) and item.kind == "doubt":
            remarks["doubt"].append(item.text)
            continue
        row += 1
        own: Iterable[ExclusionEntry] = ()
        if isinstance(item, str):
            own = _of_text(item, row)
        elif isinstance(item, Mapping):
            own = _of_company(item, row)
        if read := list(own):
            entries += read
        elif isinstance(item, _Remark):
            remarks[item.kind].append(f"row {row}: {item.text}" if item.kind == "let in" else item.text)
        elif _is_blank(item):
            blanks += 1
        else:
            remarks["unread"].append(f"row {row}: {_shown(item)}")
    remarks["doubt"] += _of_both(entries)
    unread, let_in, doubts = map(tuple, remarks.values())
    return Exclusions(entries=tuple(entries), unreadable=unread, let_in=let_in, doubts=doubts, blanks=blanks)


def _of_both(entries: Sequence[ExclusionEntry]) -> Iterator[str]:
    """Yield in how many rows a company's domain keeps out the colleagues of whoever's address is beside it."""
    rows = {entry.row for entry in entries if entry.domain and shared.own_domain(entry.domain)}
    if both := rows & {entry.row for entry in entries if entry.address}:
        yield _BOTH.format(len(both))


def exclusions_in(name: str, content: bytes) -> Exclusions:
    """Return whom a file that was handed over as bytes means; *name* is for messages.

    Raises:
        ConfigurationError: it cannot be read, or is of no kind we know.
        ValidationError: nothing in it can be read as somebody to keep out.
    """
    return _gathered(_of_tables(read_tables(name, content)), name)


def _without_shared_sites(read: Exclusions) -> Exclusions:
    """Return what was read without sites on which many companies have a page: they name nobody, and that is said."""
    entries, alone, beside = [], [], []
    for entry in read.entries:
        remark = f"row {entry.row}: {entry.text[:60]!r} is a page on a site that many share"
        if not (entry.is_site and entry.domain and shared.own_domain(entry.domain) is None):
            entries.append(entry)
        elif entry.name or entry.external_id:
            entries.append(entry._replace(domain=None))
            beside.append(remark)
        else:
            alone.append(remark)
    return replace(read, entries=tuple(entries), unreadable=(*read.unreadable, *alone), shared=(*read.shared, *beside))


def blacklist_id_of(given: object) -> str | None:
    """Return the id of the blacklist that *given* is the handle or id of; None if it is neither."""
    if not isinstance(given, str):
        identity = getattr(given, "id", None)
        return identity if isinstance(identity, str) and hasattr(given, "entry_count") else None
    try:
        uuid.UUID(given.strip())
    except ValueError:
        return None
    return given.strip()


def _items(given: object) -> Iterator[object]:
    """Yield what was given entry by entry: texts, and mappings from field to text."""
    if given is None:
        return
    if isinstance(given, str | Path):
        yield from _texts_or_file(given)
    elif isinstance(given, Mapping):
        yield from _rows([given])
    elif isinstance(given, Iterable) and not isinstance(given, bytes | pl.DataFrame | pl.Series):
        yield from _members(members_of(given)) if not hasattr(given, "columns") else _rows(_records(given))
    else:
        yield from _of_object(given)


def _of_object(given: Any) -> Iterator[object]:
    """Yield the entries of frames, Series, results and blacklists."""
    if isinstance(given, pl.DataFrame | pl.LazyFrame):
        frame = given.lazy().collect()
        yield from _rows(frame.iter_rows(named=True), frame.columns)
    elif isinstance(given, CompanyList):
        yield from _of_preview(given)
    elif isinstance(getattr(given, "keep_out", None), pl.DataFrame):
        yield from _of_object(given.keep_out)
    elif hasattr(given, "companies") and hasattr(given, "prospects"):
        yield from _of_object(given.companies if len(given.companies) else given.prospects)
    elif (blacklist_id := blacklist_id_of(given)) is not None:
        yield from _of_object(_entries_of(given, blacklist_id))
    elif isinstance(given, pl.Series):
        yield from _members(given.to_list())
    elif hasattr(given, "columns"):
        yield from _rows(_records(given))
    else:
        raise _unusable(f"is a {type(given).__name__}")


def _entries_of(blacklist: Any, blacklist_id: str) -> pl.DataFrame:
    """Return what is on a blacklist: its handle knows the way to the server, which is nothing that is known here."""
    read = getattr(blacklist, "entries", None)
    if read is None or inspect.iscoroutinefunction(read):
        raise _needs_entries(blacklist_id)
    entries: pl.DataFrame = read()
    return entries


def _records(frame: Any) -> list[Mapping[str, Any]]:
    """Return the rows of a pandas frame, or of a DuckDB or Spark one."""
    if hasattr(frame, "fetchall"):
        return [dict(zip(frame.columns, row, strict=True)) for row in frame.fetchall()]
    if hasattr(frame, "collect"):
        return [row.asDict() for row in frame.collect()]
    # A frame of pandas may have its domains as its index.
    named = [name for name in getattr(getattr(frame, "index", None), "names", ()) if name is not None]
    whole = frame.reset_index() if named and not set(named) & set(frame.columns) else frame
    if len(whole) and not len(whole.columns):
        raise _unusable("has an index and no column")
    records: list[Mapping[str, Any]] = whole.to_dict("records")
    return records


def _members(members: list[Any]) -> Iterator[object]:
    """Yield the members of a list; mappings among them share their headings."""
    companies = [member for member in members if isinstance(member, Mapping)]
    names = list(dict.fromkeys(name for row in companies for name in row))
    flags = read_flags(companies, names)
    picked = _picked_rows(companies, flags)
    yield from _doubts(companies, flags)
    for member in members:
        if isinstance(member, Mapping):
            yield next(picked)
        elif (blacklist_id := blacklist_id_of(member)) is not None:
            yield from _of_object(_entries_of(member, blacklist_id))
        elif isinstance(member, str):
            yield from _texts_or_file(member)
        else:
            # Several lists in one: files, frames, columns, results. Anything else is named as unreadable.
            is_frame = isinstance(member, Path | pl.DataFrame | pl.LazyFrame | pl.Series)
            is_list = is_frame or any(hasattr(member, name) for name in ("companies", "keep_out"))
            yield from _items(member) if is_list else (member,)


def _texts_or_file(given: str | Path) -> Iterator[object]:
    if is_path(given):
        yield from _of_tables(open_tables(given))
        return
    parts = [part for part in _BETWEEN.split(str(given)) if part]
    yield from parts if len(parts) > 1 and all(map(_means_any, parts)) else [str(given)]


def _of_tables(tables: Sequence[Table]) -> Iterator[object]:
    """Yield the entries of a file's tables; of several, those that tell nothing are named and the others count."""
    _tell(tables)
    if len(tables) == 1:
        yield from _of_object(_with_heading(_companies_of(tables[0])))
        return
    for table in tables:
        try:
            yield from list(_of_object(_with_heading(_companies_of(table))))
        except ValidationError as error:
            reasons = "; ".join(problem.message for problem in error.fields)
            yield _Remark("unread", f"sheet {table.sheet!r} of {table.name} {reasons[:200]}")


def _tell(tables: Sequence[Table]) -> None:
    """Log how a file was read, as far as it could have been read otherwise; sheets that were not read are a warning."""
    for table in tables:
        how = [f"sheet {table.sheet!r}"] if table.sheet else [f"encoding {table.encoding}"] if table.encoding else []
        above = [f"{table.above:,} rows above the heading left out"] if table.above else []
        log.info("%s, a suppression list, was read: %s.", table.name, ", ".join([*how, *above]) or "as it is")
    if tables[0].other_sheets:
        left = ", ".join(tables[0].other_sheets)
        log.warning("%s: sheets of the suppression list that were not read: %s.", tables[0].name, left)


def _of_preview(given: CompanyList) -> Iterator[object]:
    """Yield the entries of the list that a preview shows, of all its rows: what no order can send may name somebody."""
    source = given.source
    renamed = {
        column: field
        for field, column in given.columns.items()
        if field != "website_url" and not has_heading([column]) and field not in source.frame.columns
    }
    frame = _companies_of(replace(source, frame=source.frame.rename(renamed)))
    if source.sheet is not None and source.other_sheets:
        left = ", ".join(source.other_sheets)
        log.warning("%s: the preview shows sheet %r; not read: %s.", source.name, source.sheet, left)
    yield from _of_object(_with_heading(frame) if source.name else frame)


def _companies_of(table: Table) -> pl.DataFrame:
    """Return a file's table without what a report writes around its companies: "Total" would keep out a company."""
    try:
        listed = CompanyList.of(table)
    except ConfigurationError:
        return table.frame
    if ON_ITS_SIDE in misplaced(table.frame, listed.columns.get("company_name")):
        raise _unusable("stands on its side, heading below heading", "Turn it, so that each company has a row.")
    return table.frame.filter(pl.Series([row not in listed.asides for row in table.rows], dtype=pl.Boolean))


def _with_heading(frame: pl.DataFrame) -> pl.DataFrame:
    """Return a file's table; a first line that is an entry itself was no heading, and becomes a row."""
    firsts = list(filter(_means_any, frame.columns))
    # "Domain: firm.example" in each line: the first is a row as well.
    bare = [name for name in firsts if is_site(name.strip()) or is_address(name.strip())]
    # Where nothing stands below, the one line is all that there is.
    is_row = any(not frame.height or _holds_entries(frame[name].head(_SNIFFED).to_list()) for name in bare)
    if not firsts or (has_heading(frame.columns) and not is_row):
        return frame
    top = pl.DataFrame({name: [name] for name in frame.columns}, schema=dict.fromkeys(frame.columns, pl.String))
    return pl.concat([top, frame.cast(pl.String)])


def has_heading(names: Iterable[str]) -> bool:
    """Return whether one of *names* heads a column that tells whom a list means."""
    return any(_kind_of(name) or field_of(name) == "company_name" for name in names)


def _rows(rows: Iterable[Mapping[str, Any]], columns: Iterable[str] = ()) -> Iterator[object]:
    listed = list(rows)
    names = list(columns) or list(dict.fromkeys(name for row in listed for name in row))
    if "entry_count" in names:
        raise _unusable("tells of blacklists, not of what is on them", _REMEDY.format("id"))
    if names and not _fields_of(listed, names):
        raise _unusable(f"has no heading that tells whom it means: {', '.join(map(str, names)) or 'none at all'}")
    flags = read_flags(listed, names)
    yield from _doubts(listed, flags)
    yield from _picked_rows(listed, flags)


def _doubts(rows: list[Mapping[str, Any]], flags: Mapping[str, FlagColumn]) -> Iterator[_Remark]:
    """Yield what of the rows is not sure: columns that tell of objections, and those that name somebody unread."""
    yield from (_Remark("doubt", text) for text in [*doubts(flags), *_unused(rows, flags)])


def _unused(rows: list[Mapping[str, Any]], flags: Mapping[str, FlagColumn]) -> Iterator[str]:
    fields = _fields_of(rows, list(flags))
    for name in flags if fields else ():
        word, values = plain(str(name)), [row.get(name) for row in rows]
        if name in fields or not any(map(said, values)):
            continue
        if _OTHERS.search(word) and (_kind_of(name) == "who" or _holds_entries(values[:_SNIFFED])):
            yield f"{str(name)[:60]!r} is not used: its heading tells of somebody else"
        elif field_of(str(name)) == "company_name" and word not in WEAK_NAMES:
            yield f"{str(name)[:60]!r} is not used: another column is read as the companies' names"
        elif some := [text for text in map(said, values) if text and not _PROFILES.search(word) and _names_any(text)]:
            yield f"{str(name)[:60]!r} is not used, though {len(some):,} of its cells name somebody: {some[0][:60]!r}"


def _names_any(text: str) -> bool:
    """Return whether *text*, or a word of it in small letters as in a note ("Nr.Eins" is none), names somebody."""
    return _is_entry(text) or any(
        _is_entry(word.strip("().!?:'\"<>")) for word in _BETWEEN.split(text) if word.islower()
    )


def _is_entry(text: str) -> bool:
    return "." in text and (is_site(text) or is_address(text))


def _picked_rows(rows: list[Mapping[str, Any]], flags: Mapping[str, FlagColumn]) -> Iterator[Picked | _Remark]:
    """Yield of each row what tells whom it means, or why it says that it is not meant."""
    fields = {(kind, str(name)): name for name, kind in _fields_of(rows, list(flags)).items()}
    for row, why in zip(rows, let_in(rows, flags), strict=True):
        cells = {cell: row.get(name) for cell, name in fields.items()}
        picked = {cell: value for cell, value in cells.items() if not (isinstance(value, Mapping) or _is_blank(value))}
        picked = picked or _elsewhere(row, why)
        # "Total" beside a figure would keep out, or put on a blacklist, a company of that name.
        is_total = {kind for kind, _ in picked} == {"name"} and is_sum(texts_in(row.values()))
        if picked and (why or is_total):
            text = "; ".join(map(_text, picked.values()))
            yield _Remark("let in", f"{text[:60]!r} ({why or TOTAL})")
        else:
            yield picked


def _elsewhere(row: Mapping[str, Any], why: str) -> dict[Cell, Any]:
    """Return what a row says where nothing of it can be compared: it is named, not passed over as a blank one."""
    nested = {name: str(value) for name, value in row.items() if isinstance(value, list | dict | tuple | set) and value}
    texts = nested | {name: text for name, value in row.items() if (text := said(value)) is not None}
    # Check boxes stand in rows without anything, too.
    is_filled = not why and any(text.casefold() not in {"true", "false"} for text in texts.values())
    return {("elsewhere", str(name)): text for name, text in texts.items()} if is_filled else {}


def _fields_of(rows: list[Mapping[str, Any]], names: list[str]) -> dict[str, str]:
    """Return heading → what it holds (who, name, city, id), by the heading, else by the values below it."""
    fields = {n: kind for n in names if (kind := _kind_of(n)) is not None}
    named = [n for n in names if field_of(str(n)) == "company_name" and n not in fields]
    # Where "Company" and "Name" stand side by side, the second is a person's.
    if named:
        fields[min(named, key=lambda n: plain(str(n)) in WEAK_NAMES)] = "name"
    for name in names:
        is_other = name in fields or _PROFILES.search(plain(str(name)))
        if not is_other and _holds_entries([row.get(name) for row in rows[:_SNIFFED]]):
            fields[name] = "who"
    theirs = {name: kind for name, kind in fields.items() if not (kind == "who" and _OTHERS.search(plain(str(name))))}
    fields = theirs if {"who", "name", "id"} & set(theirs.values()) else fields
    return fields if {"who", "name", "id"} & set(fields.values()) else {}


def _kind_of(name: str) -> str | None:
    """Return what a heading says its column holds, other than names of companies."""
    word = plain(str(name))
    if word in IDS:
        return "id"
    field = field_of(str(name))
    if word in WHO or word in ADDRESS_HEADINGS or (field == "website_url" and not _PROFILES.search(word)):
        return "who"
    return field if field in {"city", "country"} else None


def _holds_entries(values: list[Any]) -> bool:
    texts = [value for value in values if isinstance(value, str) and not _is_blank(value)]
    return bool(texts) and sum(map(_means_any, texts)) > len(texts) / 2


def _means_any(text: str) -> bool:
    return next(_of_text(text, 0), None) is not None


def _of_company(item: Picked, row: int) -> Iterator[ExclusionEntry]:
    texts = {cell: _text(value) for cell, value in item.items()}
    facts = {kind: html.unescape(text) for (kind, _), text in texts.items() if kind != "who"}
    company = ExclusionEntry(
        row=row,
        text="; ".join(dict.fromkeys(texts.values())),
        external_id=facts.get("id"),
        name=facts.get("name"),
        city=facts.get("city"),
        country=facts.get("country"),
    )
    cells = [
        (name, entry) for (kind, name), text in texts.items() if kind == "who" for entry in _of_cell(name, text, row)
    ]
    named = list(_in_place_of_a_name(company))
    yield from (entry for entry in [*(entry for _, entry in cells), *named] if entry.address)
    sites = dict.fromkeys(_sites_in(cells), company._replace(name=None) if named else company)
    sites |= {entry.domain: company for entry in named if entry.domain}
    yield from (entry._replace(domain=site, is_site=True) for site, entry in sites.items())
    # Beside an address the company's name only says where a person works.
    if not cells and not named and (company.external_id or company.name):
        yield company


def _in_place_of_a_name(company: ExclusionEntry) -> Iterator[ExclusionEntry]:
    """Yield whom domains and addresses mean that stand where a company's name should."""
    parts = _BETWEEN.split(company.name) if company.name and "." in company.name else []
    if all(map(_is_entry, parts)):
        yield from (entry for part in parts for entry in _of_text(part, company.row))


def _sites_in(cells: Sequence[tuple[str, ExclusionEntry]]) -> Iterator[str]:
    """Yield the domains in a row's cells, but where a CRM's "Email Domain" only says again where the address is."""
    hosts = {entry.address.rpartition("@")[2] for _, entry in cells if entry.address}
    for heading, entry in cells:
        if entry.domain and not (entry.domain in hosts and plain(heading) in _OF_ADDRESSES):
            yield entry.domain


def _of_cell(heading: str, text: str, row: int) -> Iterator[ExclusionEntry]:
    """Yield whom a cell means; an address in a column of web sites stands for its host."""
    for entry in _of_text(text, row):
        is_site = entry.address is not None and field_of(heading) == "website_url"
        host = entry.address.rpartition("@")[2] if entry.address and is_site else None
        yield entry._replace(address=None, domain=host) if host else entry


def _of_text(text: str, row: int) -> Iterator[ExclusionEntry]:
    """Yield whom one text means: an address, several, everybody at ``@firm.example``, or a domain."""
    bare = unquoted(canonical.cleaned(text).strip()).strip("\"'<>").strip()
    everybody = _EVERYBODY.fullmatch(bare) if "@" in bare else None
    if everybody is None and "@" in bare and not _SCHEME.match(bare):
        # ``sales*@firm.example`` means several; taken for one mailbox it would keep out nobody.
        addresses = canonical.addresses_in(bare) if "*" not in bare else set()
        yield from (ExclusionEntry(row=row, text=text, address=address) for address in sorted(addresses))
        return
    is_site = "/" in bare or _NUMBERED_WWW.match(bare) is not None
    for host in canonical.domains((everybody[1] if everybody else bare).lstrip("*.")):
        # ``co.uk`` would keep out a country.
        if not shared.is_ending(host):
            yield ExclusionEntry(row=row, text=text, domain=host, is_site=is_site)


def _is_blank(item: object) -> bool:
    if isinstance(item, str):
        return canonical.cleaned(item).strip().lower() in _BLANKS
    return not item if isinstance(item, Mapping) else item is None or (isinstance(item, float) and math.isnan(item))


def _text(value: object) -> str:
    return str(int(value)) if isinstance(value, float) and value.is_integer() else unquoted(str(value).strip())


def _shown(item: object) -> str:
    if isinstance(item, Mapping):
        return ", ".join(f"{name} {_text(value)[:60]!r}" for (_, name), value in item.items())[:120]
    return f"{item[:60]!r}" if isinstance(item, str) else repr(item)[:60] + several_cells(item)


def _needs_entries(identity: str) -> ValidationError:
    return _unusable("is a blacklist, and what is on it is at the server", _REMEDY.format(repr(identity)))


def _unusable(why: str, next_step: str | None = None) -> ValidationError:
    return ValidationError(
        "the suppression list cannot be used; nobody was suppressed",
        fields=[FieldProblem("suppression list", why)],
        next_step=next_step
        or "Give domains, e-mail addresses, or a table with a heading such as domain, email or company_name.",
    )
