"""Whom to keep out: one reader of everything that people call a suppression list, for every function that takes one."""

from __future__ import annotations

import math
import re
import uuid
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import polars as pl

from openprospect_nb.errors import FieldProblem, ValidationError
from openprospect_nb.files.companies import READERS, read_table
from openprospect_nb.privacy import canonical

__all__ = ["Entry", "Exclusions", "exclusions"]

# Headings as mailing tools, CRMs and our own frames write them; compared without case, blanks and punctuation.
WHO: Final = frozenset(
    {
        "domain", "domains", "companydomain", "companydomainname", "domainname", "website", "websites",
        "websiteurl", "companywebsite", "companywebsiteurl", "url", "urls", "web", "site", "homepage", "webseite",
        "internetseite", "internet", "siteweb", "sitioweb", "paginaweb", "normalizedurl", "email", "emails",
        "emailaddress", "emailaddresses", "mail", "mails", "workemail", "businessemail", "contactemail",
        "personemail", "primaryemail", "mailadresse", "emailadresse", "adressemail", "correo", "correoelectronico",
        "indirizzoemail", "adresemail", "host", "suppression", "suppressed", "suppress", "blacklist", "blocklist",
        "exclude", "excluded", "exclusion", "exclusions", "optout", "unsubscribed", "unsubscribes", "donotcontact",
        "entry", "entries", "recipient", "subscriber",
    }
)  # fmt: skip
NAMES: Final = frozenset(
    {
        "companyname", "company", "account", "accountname", "organisation", "organization", "organisationname",
        "organizationname", "firm", "firma", "firmenname", "unternehmen", "entreprise", "societe", "empresa",
        "azienda", "ragionesociale", "bedrijf", "bedrijfsnaam", "name",
    }
)  # fmt: skip
SITES: Final = frozenset(word for word in WHO if re.search("domain|site|url|web|page", word) and "mail" not in word)
CITIES: Final = frozenset(
    {
        "city", "companycity", "billingcity", "hqcity", "town", "ort", "stadt", "ville", "ciudad", "citta",
        "plaats", "miasto",
    }
)  # fmt: skip
IDS: Final = frozenset(
    {
        "externalid", "sourceid", "companysourceid", "recordid", "crmid", "accountid",
    }
)  # fmt: skip
COUNTRIES: Final = frozenset({"country", "countrycode", "billingcountry", "land", "pays", "pais", "paese", "kraj"})
NO_VALUES: Final = frozenset({"", "-", "--", "n/a", "na", "#n/a", "nan", "none", "null", "(blank)", "?"})
_LISTED: Final = 5  # how many unreadable entries a message names
_SNIFFED: Final = 200
_LONGEST_PATH: Final = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One line of a list: whom it means, in canonical forms; None where it does not say.

    Attributes:
        row: its place in what was given, from 1. text: as it was given, for messages.
        address: an e-mail address. domain: a host; what is below it counts.
        is_site: whether the domain was a company's web site, so that the whole registered domain is meant.
        external_id, name, city, country: of a company.
    """

    row: int
    text: str
    address: str | None = None
    domain: str | None = None
    is_site: bool = False
    external_id: str | None = None
    name: str | None = None
    city: str | None = None
    country: str | None = None

    @property
    def company(self) -> dict[str, str]:
        """The entry as a blacklist of the API holds it; a company that is known by its domain alone is called by it."""
        facts = {
            "company_name": self.name or self.domain,
            "website_url": self.domain,
            "city": self.city,
            "country": self.country,
            "external_id": self.external_id,
        }
        return {field: value for field, value in facts.items() if value}


@dataclass(frozen=True, slots=True, kw_only=True)
class Exclusions:
    """A list that was read.

    Attributes:
        entries: whom it means.
        unreadable: what could not be read, each with its row.
        blanks: rows without anything.
    """

    entries: tuple[Entry, ...] = ()
    unreadable: tuple[str, ...] = ()
    blanks: int = 0

    @property
    def complaint(self) -> str:
        """What could not be read, in one sentence; empty if everything could."""
        if not self.unreadable:
            return ""
        more = len(self.unreadable) - _LISTED
        shown = "; ".join(self.unreadable[:_LISTED]) + (f"; and {more:,} more" if more > 0 else "")
        return f"{len(self.unreadable):,} entries of the suppression list cannot be read: {shown}."


def exclusions(given: object) -> Exclusions:
    """Return whom *given* means.

    Args:
        given: texts (domains, addresses, ``*@firm.example``, web addresses), mappings or a frame of companies or
            persons under any usual heading, a Series, a set, one text, a `Results`, or a file's path; None is nobody.

    Raises:
        ValidationError: nothing in it can be read; or it is a blacklist's id, whose entries have to be given.
        ConfigurationError: a file cannot be read.
    """
    if isinstance(given, Exclusions):
        return given
    entries: list[Entry] = []
    unreadable: list[str] = []
    blanks = 0
    for row, item in enumerate(_items(given), start=1):
        read = list(_read(item, row))
        if read:
            entries += read
        elif _is_blank(item):
            blanks += 1
        else:
            unreadable.append(f"row {row}: {_shown(item)}")
    result = Exclusions(entries=tuple(entries), unreadable=tuple(unreadable), blanks=blanks)
    if unreadable and not entries:
        raise _nothing_readable(result, given)
    return result


def _items(given: object) -> Iterator[object]:
    """Yield what was given entry by entry: texts, and mappings from field to text."""
    if given is None:
        return
    if isinstance(given, str | Path):
        yield from _texts_or_file(given)
    elif isinstance(given, Mapping):
        yield from _rows([given])
    elif isinstance(given, Iterable) and not isinstance(given, bytes | pl.DataFrame | pl.Series):
        yield from _members(list(given)) if not hasattr(given, "columns") else _rows(_records(given))
    else:
        yield from _of_object(given)


def _of_object(given: Any) -> Iterator[object]:
    """Yield the entries of frames, Series, results, and say what a blacklist's handle lacks."""
    if isinstance(given, pl.DataFrame | pl.LazyFrame):
        frame = given.lazy().collect()
        yield from _rows(frame.iter_rows(named=True), frame.columns)
    elif hasattr(given, "companies") and hasattr(given, "prospects"):
        yield from _of_object(given.companies)
    elif hasattr(given, "entry_count"):
        raise _needs_entries(str(getattr(given, "id", "…")))
    elif isinstance(given, pl.Series):
        yield from _members(given.to_list())
    elif hasattr(given, "columns"):
        yield from _rows(_records(given))
    else:
        raise _unusable(f"is a {type(given).__name__}")


def _records(frame: Any) -> list[Mapping[str, Any]]:
    """Return the rows of a pandas frame, or of a DuckDB or Spark one."""
    if hasattr(frame, "fetchall"):
        return [dict(zip(frame.columns, row, strict=True)) for row in frame.fetchall()]
    if hasattr(frame, "collect"):
        return [row.asDict() for row in frame.collect()]
    records: list[Mapping[str, Any]] = frame.to_dict("records")
    return records


def _members(members: list[Any]) -> Iterator[object]:
    """Yield the members of a list; mappings among them share their headings."""
    companies = [member for member in members if isinstance(member, Mapping)]
    fields = _fields_of(companies, list(dict.fromkeys(name for row in companies for name in row)))
    for member in members:
        if isinstance(member, Mapping):
            yield _picked(member, fields)
        elif isinstance(member, str) or member is None:
            yield from _split(member)
        else:
            yield member


def _texts_or_file(given: str | Path) -> Iterator[object]:
    path = Path(given)
    kind = path.suffix.lower()
    is_file = isinstance(given, Path) or ("://" not in given and "@" not in given and len(given) < _LONGEST_PATH)
    if is_file and kind in READERS:
        yield from _of_object(_with_heading(read_table(path)))
    elif is_file and kind in {".txt", ".tsv"}:
        for line in path.read_text("utf-8-sig", errors="replace").splitlines():
            yield from _split(line)
    else:
        yield from _split(str(given))


def _with_heading(frame: pl.DataFrame) -> pl.DataFrame:
    """Return a file's table; a first line that is an entry itself was no heading, and becomes a row."""
    firsts = [name for name in frame.columns if next(_of_text(name, 1), None) is not None]
    if not firsts or any(_plain(name) in WHO | NAMES | IDS for name in frame.columns):
        return frame
    top = pl.DataFrame({name: [name] for name in frame.columns}, schema=dict.fromkeys(frame.columns, pl.String))
    return pl.concat([top, frame.cast(pl.String)])


def _rows(rows: Iterable[Mapping[str, Any]], columns: Iterable[str] = ()) -> Iterator[Mapping[str, Any]]:
    listed = list(rows)
    names = list(columns) or list(dict.fromkeys(name for row in listed for name in row))
    fields = _fields_of(listed, names)
    if not fields and names:
        raise _unusable(f"has no heading that tells whom it means: {', '.join(map(str, names)) or 'none at all'}")
    yield from (_picked(row, fields) for row in listed)


def _fields_of(rows: list[Mapping[str, Any]], names: list[str]) -> dict[str, str]:
    """Return heading → what it holds (who, name, city, id), by the heading, else by the values below it."""
    kinds = {"who": WHO, "id": IDS, "city": CITIES, "country": COUNTRIES}
    fields = {n: kind for n in names for kind, words in kinds.items() if _plain(n) in words}
    named = [n for n in names if _plain(n) in NAMES]
    # Where "Company" and "Name" stand side by side, the second is a person's.
    if named:
        fields[min(named, key=lambda n: _plain(n) == "name")] = "name"
    for name in names:
        if name not in fields and _holds_entries([row.get(name) for row in rows[:_SNIFFED]]):
            fields[name] = "who"
    return fields if {"who", "name", "id"} & set(fields.values()) else {}


def _holds_entries(values: list[Any]) -> bool:
    texts = [value for value in values if isinstance(value, str) and not _is_blank(value)]
    return bool(texts) and sum(next(_of_text(text, 0), None) is not None for text in texts) > len(texts) / 2


def _picked(row: Mapping[str, Any], fields: Mapping[str, str]) -> dict[str, Any]:
    """Return a row as one mapping of our words; several columns that tell who are kept apart."""
    picked = {f"{kind}:{name}": row.get(name) for name, kind in fields.items()}
    return {key: value for key, value in picked.items() if not _is_blank(value)}


def _split(text: str | None) -> Iterator[object]:
    """Yield the parts of a text that lists several, or the text."""
    parts = [part for part in re.split(r"[\s,;|]+", text or "") if part]
    if len(parts) > 1 and all(next(_of_text(part, 0), None) is not None for part in parts):
        yield from parts
    else:
        yield text


def _read(item: object, row: int) -> Iterator[Entry]:
    if isinstance(item, str):
        yield from _of_text(item, row)
    elif isinstance(item, Mapping):
        yield from _of_company(item, row)


def _of_company(item: Mapping[str, Any], row: int) -> Iterator[Entry]:
    facts = {key.partition(":")[0]: _text(value) for key, value in item.items() if not key.startswith("who:")}
    company = Entry(
        row=row,
        text="; ".join(_text(value) for value in item.values()),
        external_id=facts.get("id"),
        name=facts.get("name"),
        city=facts.get("city"),
        country=facts.get("country"),
    )
    told = [entry for key, value in item.items() if key.startswith("who:") for entry in _of_cell(key, value, row)]
    yield from (entry for entry in told if entry.address)
    sites = list(dict.fromkeys(entry.domain for entry in told if entry.domain))
    yield from (replace(company, domain=site, is_site=True) for site in sites)
    # Beside an address the company's name only says where a person works.
    if not told and (company.external_id or company.name):
        yield company


def _of_cell(heading: str, value: object, row: int) -> Iterator[Entry]:
    """Yield whom a cell means; an address in a column of web sites stands for its host."""
    for entry in _of_text(_text(value), row):
        is_site = _plain(heading.partition(":")[2]) in SITES
        host = entry.address.rpartition("@")[2] if entry.address and is_site else None
        yield replace(entry, address=None, domain=host) if host else entry


def _of_text(text: str, row: int) -> Iterator[Entry]:
    """Yield whom one text means: an address, several, everybody at ``@firm.example``, or a domain."""
    bare = canonical.cleaned(text).strip().strip("\"'<>").strip()
    everybody = re.fullmatch(r"(?:\*|%)?@(.+)", bare)
    if everybody is None and "@" in bare and not re.match(r"[a-z]+://", bare, re.IGNORECASE):
        addresses = canonical.addresses_in(bare)
        yield from (Entry(row=row, text=text, address=address) for address in sorted(addresses))
        return
    host = canonical.domain((everybody[1] if everybody else bare).removeprefix("*."))
    if host is not None:
        yield Entry(row=row, text=text, domain=host, is_site="/" in bare.partition("://")[2] or "://" in bare)


def _is_blank(item: object) -> bool:
    if isinstance(item, str):
        return canonical.cleaned(item).strip().lower() in NO_VALUES
    return not item if isinstance(item, Mapping) else item is None or (isinstance(item, float) and math.isnan(item))


def _text(value: object) -> str:
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value).strip()


def _plain(name: object) -> str:
    return "".join(c for c in str(name).casefold() if c.isalnum())


def _shown(item: object) -> str:
    text = item if isinstance(item, str) else repr(item)
    return f"{text[:60]!r}" if isinstance(item, str) else text[:60]


def _is_id(text: object) -> bool:
    try:
        uuid.UUID(str(text))
    except ValueError:
        return False
    return True


def _nothing_readable(read: Exclusions, given: object) -> ValidationError:
    if isinstance(given, str) and _is_id(given.strip()):
        return _needs_entries(given.strip())
    return _unusable(f"holds no address, domain or company: {read.complaint}")


def _needs_entries(identity: str) -> ValidationError:
    return _unusable(
        "is a blacklist's id or handle, and what is on the list is at the server",
        f"Give its entries: client.blacklists.entries({identity!r}).",
    )


def _unusable(why: str, next_step: str | None = None) -> ValidationError:
    return ValidationError(
        "the suppression list cannot be used; nobody was suppressed",
        fields=[FieldProblem("suppression list", why)],
        next_step=next_step
        or "Give domains, e-mail addresses, or a table with a heading such as domain, email or company_name.",
    )
