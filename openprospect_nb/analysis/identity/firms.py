"""What is known of each company of a frame, in the keys by which it can be told from others or met again."""

from __future__ import annotations

import gc
import logging
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Final, NamedTuple

import narwhals.stable.v2 as nw
import polars as pl

from openprospect_nb.analysis.identity.cores import FEW, decided, glued_forms, readable_names, words_of_plain
from openprospect_nb.analysis.identity.keys import SET_APART, hosts, without_town
from openprospect_nb.analysis.identity.places import Place, country_key, place_of
from openprospect_nb.analysis.identity.sites import sites_of
from openprospect_nb.analysis.table import Expr, OpenTable, read
from openprospect_nb.names.common_words import all_shortened, fillers, is_numbered, known, spelled_out, weight
from openprospect_nb.names.legal_forms import form_of, parted, span
from openprospect_nb.names.words import folded, words_of
from openprospect_nb.privacy import canonical

log = logging.getLogger(__name__)
# What a company is told by, and the columns that hold it, the surest first.
COLUMNS: Final[Mapping[str, tuple[str, ...]]] = {
    "name": ("name", "company_name"),
    "site": ("website_url", "normalized_url", "website", "domain"),
    "email": ("email",),
    "city": ("city",),
    "state": ("state", "region", "province"),
    "country": ("country",),
    "phone": ("phone_number", "phone", "telephone"),
    "street": ("street", "address", "street_address"),
    "postcode": ("postal_code", "postcode", "zip", "zip_code"),
}
_NO_SITES: Final = frozenset({"", "-", "--", "n/a", "na", "none", "null", "nan", "keine", "kein", "k.a.", "?", "."})
_WIDE: Final = "[\u0590-\u06ff\u0900-\u0dff\u0e00-\u0eff\u3400-\u9fff\uf900-\ufaff]"
_BETWEEN: Final = "\x01"  # sorts before every letter
_SHOWN: Final = 5


# Behind a name: which branch it is of the company's, and it is no other company.
_SEAT: Final = (
    r"(?i)\s*(?:\s[-–—]\s+|,\s*|\()(?:zentrale|hauptsitz|hauptverwaltung|headquarters?|head ?office|hq"
    r"|siège(?: social)?|sede(?: centrale| central| legale)?|hoofdkantoor|centrala|hovedkontor|huvudkontor)\)?\s*$"
)
_CORES: Final = pl.Schema({"name": pl.String(), "core": pl.List(pl.String()), "form": pl.String()})
_LEADING_ZEROS: Final = r"^0+(\d+)$"
_ROMAN: Final = {
    f"{'x' * tens}{ones}": str(10 * tens + n)
    for tens in range(4)
    for n, ones in enumerate(("", "i", "ii", "iii", "iv", "v", "vi", "vii", "viii", "ix"))
    if len(ones) + tens > 1
}


class Firm(NamedTuple):
    """One company as written in one way: the ids it stands under, and its keys.

    Attributes:
        ids: of all rows that are written like this, sorted.
        core: the words of its name without legal form and fillers; ``joined`` is all of them in one, ``bag`` sorted.
        form: the words of the legal form it is written with, empty where with none; see `legal_forms.are_two_kinds`.
        is_foreign: whether the name was in another alphabet; is_wide: in a script without one Latin spelling.
        place, country: where it is; ``country`` is an ISO code or empty.
        domains: that somebody registered; hosts: as written. Sites of many are in neither.
        label: the first domain's own part in plain letters, empty where there is none.
        phone, address: in one form each, empty where unknown.
    """

    ids: tuple[str, ...]
    core: tuple[str, ...]
    joined: str
    bag: tuple[str, ...]
    form: str
    is_foreign: bool
    is_wide: bool
    place: Place
    country: str
    domains: tuple[str, ...]
    hosts: frozenset[str]
    label: str
    phone: str
    address: str

    @property
    def is_registered(self) -> bool:
        """Whether the name is written with a legal form, as in a register."""
        return bool(self.form)


@dataclass(frozen=True, slots=True)
class Firms:
    """The distinct companies of a frame, a row each, in an order that does not depend on that of the rows.

    Attributes:
        frame: the attributes of `Firm` as columns, sets and tuples as lists; ``name_key`` is ``bag`` in one text, and
            of the place its number in ``places``, its ``base`` and ``where``, the whole of it in words.
        places: the different places.
    """

    frame: pl.DataFrame
    places: Sequence[Place]

    def pick(self, positions: pl.Series) -> dict[int, Firm]:
        """Return the companies at these rows."""
        rows = self.frame.select(Firm._fields)[positions.cast(pl.UInt32)]
        columns = {name: iter(rows[name].to_list()) for name in Firm._fields}
        columns |= {name: map(tuple, columns[name]) for name in ("ids", "core", "bag", "domains")}
        columns |= {"hosts": map(frozenset, columns["hosts"]), "place": map(self.places.__getitem__, columns["place"])}
        return dict(zip(positions.to_list(), map(Firm, *columns.values()), strict=True))

    def rarities(self) -> pl.DataFrame:
        """Return each ``word`` and its ``weight``, 0 to 1: how much it says that two companies share it."""
        names = self.frame.select("name_key", "bag").unique("name_key").select(word=pl.col("bag").list.unique())
        count = names.height
        words = names.explode("word", empty_as_null=False).group_by("word").agg(carriers=pl.len())
        # Words that no list knows weigh alike, and few different numbers of companies carry one.
        is_known = pl.col("word").is_in(list(known() | fillers()))
        words = words.with_columns(kind=pl.when(is_known).then("word").otherwise(pl.lit("")))
        kinds = words.select("kind", "carriers").unique()
        weights = [weight(kind, count, carriers) for kind, carriers in kinds.rows()]
        weighed = kinds.with_columns(weight=pl.Series(weights, dtype=pl.Float64))
        return words.join(weighed, on=["kind", "carriers"]).select("word", "weight")


@contextmanager
def without_collecting() -> Iterator[None]:
    """Hold back Python's search for cycles: among millions of tuples that live anyway it takes a fifth of the time."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


@without_collecting()
def firms_of(table: OpenTable, shared_hosts: Iterable[str] = ()) -> Firms:
    """Return the distinct companies of opened companies.

    Web sites that cannot be read are named in the log.

    Args:
        table: companies with ``id``; of the columns of `COLUMNS` whatever there is.
        shared_hosts: hosts that many companies of this frame share, beside those of `privacy.shared`.
    """
    written = _written(table)
    also = sorted({host for text in shared_hosts for host in hosts(text)})
    placed, places = _placed(_with_sites(_with_cores(written), also))
    reached = _with_contacts(placed)
    joined, bag = pl.col("core").list.join(""), pl.col("core").list.eval(pl.element().sort())
    frame = reached.with_columns(joined=joined, bag=bag, name_key=bag.list.join(_BETWEEN)).with_columns(
        is_foreign=pl.col("name").str.contains(r"[^\x00-\x{24f}]"), is_wide=pl.col("joined").str.contains(_WIDE)
    )
    return Firms(frame.select(*Firm._fields, "name_key", "base", "where"), places)


def _written(table: OpenTable) -> pl.DataFrame:
    """Return a row for each way in which a company is written, with the ``ids`` that are written like this."""
    present = {fact: [name for name in names if name in table.columns] for fact, names in COLUMNS.items()}
    columns = {"id": table.column("id", nw.String)} | {fact: _first(table, present[fact]) for fact in COLUMNS}
    texts = read(table.lazy, columns).cast(pl.String).drop_nulls("id")
    facts = list(COLUMNS)
    by_id = texts.with_columns(pl.col(facts).fill_null("")).sort("id")
    several = by_id["id"].is_duplicated().any()
    rows = by_id.unique(maintain_order=True) if several else by_id
    grouped = rows.group_by(facts, maintain_order=True).agg(ids="id")
    # In the order of the first ids they are in that of all, but where one id is written in several ways.
    return grouped.sort(pl.col("ids").list.join(_BETWEEN), *facts) if several else grouped


def _first(table: OpenTable, names: Sequence[str]) -> Expr:
    """Return the first of several columns that has something, as text."""
    texts = [table.column(name, nw.String).str.strip_chars() for name in names]
    on, nothing = table.on, table.on.lit(None, table.on.String)
    filled = [on.when(text != "").then(text).otherwise(nothing) for text in texts]
    return on.coalesce(*filled) if filled else nothing


def _without_towns(written: pl.DataFrame) -> pl.DataFrame:
    """Return the rows with names that do not end in the city beside them: "Foo GmbH, Ulm" in Ulm is Foo GmbH."""
    name, city = pl.col("name").str.to_lowercase(), pl.col("city").str.to_lowercase()
    may_end = written.select("name", "city").filter(
        (city != "") & (name.str.ends_with(city) | name.str.contains(SET_APART))
    )
    bare = [(*row, without_town(*row)) for row in may_end.unique().rows()]
    table = pl.DataFrame(bare, schema={"name": pl.String, "city": pl.String, "bare": pl.String}, orient="row")
    joined = written.join(table, on=["name", "city"], how="left", maintain_order="left")
    return joined.with_columns(name=pl.coalesce("bare", "name")).drop("bare")


def _with_cores(named: pl.DataFrame) -> pl.DataFrame:
    """Return the rows with ``core`` and ``form``."""
    seated = named.with_columns(pl.col("name").str.replace(_SEAT, ""))
    written = _without_towns(seated)
    return written.join(_cores(written["name"].unique()), on="name", how="left", maintain_order="left")


def _cores(names: pl.Series) -> pl.DataFrame:
    """Return ``name``, ``core`` and ``form``, as `core_of` gives them, of each of these distinct names."""
    if len(names) <= FEW:
        return _read_singly(names)
    is_plain = readable_names(names) & ~names.str.contains_any(list(_wide_trades()))
    short = {**all_shortened(), **_ROMAN}
    plain = decided(names.filter(is_plain), _told)
    plain = plain.select(
        "name",
        core=pl.col("words")
        .list.eval(
            pl.element().cast(pl.String).replace(list(short), list(short.values())).str.replace(_LEADING_ZEROS, "$1")
        )
        .cast(pl.List(pl.String)),
        form=pl.concat_str(glued_forms(plain["name"]), "form", separator=" ").str.strip_chars(" "),
    )
    return pl.concat([plain, _read_singly(names.filter(~is_plain))])


def _read_singly(names: pl.Series) -> pl.DataFrame:
    return pl.DataFrame([(name, *core_of(name)) for name in names], schema=_CORES, orient="row")


def _told(words: list[str]) -> tuple[Sequence[int], str]:
    """Return where a name's words are that tell it, and its legal form; see `core_of`."""
    start, end = span(words)
    spelled = [spelled_out(word) for word in words]
    before = ["", *spelled[start:]]
    telling = [n for n in range(start, end) if _tells(spelled[n], before[n - start], is_last=n == end - 1)]
    return telling or range(start, end), form_of(words, start, end)


def _with_sites(written: pl.DataFrame, shared_here: Sequence[str]) -> pl.DataFrame:
    """Return the rows with ``domains``, ``hosts``, ``label``; from the e-mail address where the web site has none."""
    sites = sites_of(written["site"].replace("", None))
    _name_unreadable(sites)
    own = _own(written.select(text="site"), sites, shared_here)
    without = own["domains"].list.len() == 0
    emails = written["email"].replace("", None)
    if emails.drop_nulls().len():
        by_mail = _own(written.select(text="email"), sites_of(emails.filter(without)), shared_here)
        own = pl.select(pl.when(without).then(by_mail[name]).otherwise(own[name]).alias(name) for name in own.columns)
    labelled = own.with_columns(first=pl.col("domains").list.first())
    labels = _labels(labelled["first"].drop_nulls().unique())
    joined = labelled.join(labels, on="first", how="left", maintain_order="left")
    return written.hstack(joined.select("domains", "hosts", pl.col("label").fill_null("")))


def _own(texts: pl.DataFrame, sites: pl.DataFrame, shared_here: Sequence[str]) -> pl.DataFrame:
    """Return ``domains`` and ``hosts`` of each text, both empty where no domain is its own."""
    host = pl.col("host")
    is_shared = pl.any_horizontal(
        pl.lit(value=False), *((("." + host).str.ends_with(f".{name}")) for name in shared_here)
    )
    own = sites.filter(host.is_not_null() & ~is_shared).group_by("text", maintain_order=True)
    domains = pl.col("domain").drop_nulls().unique(maintain_order=True)
    sited = own.agg(domains=domains, hosts=host).filter(pl.col("domains").list.len() > 0)
    joined = texts.join(sited, on="text", how="left", maintain_order="left")
    return joined.select(pl.col("domains", "hosts").fill_null(pl.lit([], pl.List(pl.String))))


def _labels(domains: pl.Series) -> pl.DataFrame:
    """Return ``first``, a domain, and the ``label`` that somebody chose of it, in plain letters: "mullerbau"."""
    if len(domains) <= FEW:
        return _labels_singly(domains)
    is_code = domains.str.contains("xn--", literal=True)
    plain = domains.filter(~is_code)
    words = words_of_plain(plain.str.extract(r"^([^.]*)"))["words"].list.join("")
    return pl.concat(
        [pl.DataFrame([plain.rename("first"), words.rename("label")]), _labels_singly(domains.filter(is_code))]
    )


def _labels_singly(domains: pl.Series) -> pl.DataFrame:
    labels = ["".join(words_of(canonical.written(domain).partition(".")[0])) for domain in domains]
    return pl.DataFrame({"first": domains, "label": pl.Series(labels, dtype=pl.String)})


def _placed(firms: pl.DataFrame) -> tuple[pl.DataFrame, list[Place]]:
    """Return the rows with ``place``, ``base``, ``where`` and an ISO ``country``, and the different places."""
    cities = firms.select("city", "state").unique().rows()
    places = {city: place_of(*city) for city in cities}
    numbers = {place: n for n, place in enumerate(dict.fromkeys(places.values()))}
    rows = [(*city, numbers[place], place.base, str(place)) for city, place in places.items()]
    schema = {"city": pl.String, "state": pl.String, "place": pl.UInt32, "base": pl.String, "where": pl.String}
    codes = {text: country_key(text) for text in firms["country"].unique().to_list()}
    coded = firms.with_columns(said=pl.col("country"), country=pl.col("country").replace(codes))
    located = pl.DataFrame(rows, schema=schema, orient="row")
    return coded.join(located, on=["city", "state"], how="left", maintain_order="left"), list(numbers)


def _with_contacts(placed: pl.DataFrame) -> pl.DataFrame:
    """Return the rows with ``phone`` and ``address``, in one form each."""
    town = pl.when(pl.col("postcode") != "").then("postcode").otherwise("base")
    towned = placed.rename({"phone": "dialled"}).with_columns(town=town)
    phones = towned.filter(pl.col("dialled") != "").select("dialled", "said").unique().rows()
    streets = towned.filter((pl.col("street") != "") & (pl.col("town") != "")).select("street", "town").unique().rows()
    numbers = [(text, country, canonical.phone(text, country) or "") for text, country in phones]
    addresses = [(street, place, _address(street, place)) for street, place in streets]
    for on, name, rows in ((["dialled", "said"], "phone", numbers), (["street", "town"], "address", addresses)):
        keyed = pl.DataFrame(rows, schema=dict.fromkeys((*on, name), pl.String), orient="row")
        towned = towned.join(keyed, on=on, how="left", maintain_order="left").with_columns(pl.col(name).fill_null(""))
    return towned


@lru_cache(maxsize=200_000)
def core_of(name: str) -> tuple[tuple[str, ...], str]:
    """Return the words of a name that tell it, and those of its legal form, empty where it has none.

    The words are without form and fillers, and abbreviations are spelled out.
    """
    plain, form = parted(name)
    words = plain if name.isascii() else [part for word in plain for part in _parted(word)]
    words = [re.sub(_LEADING_ZEROS, r"\1", _ROMAN.get(word, spelled_out(word))) for word in words]
    last = len(words) - 1
    told = zip(words, ["", *words], strict=False)
    return tuple(w for n, (w, before) in enumerate(told) if _tells(w, before, is_last=n == last)) or tuple(words), form


def _tells(word: str, before: str, *, is_last: bool) -> bool:
    """Return whether a word tells a name: a letter links nothing at the end, nor behind what it numbers: Windpark I."""
    return word not in fillers() or (len(word) == 1 and (is_last or is_numbered(before)))


def _parted(word: str) -> list[str]:
    """Return a word, one in ideographs without its trade: 山田製作所 is 山田 and 製作所."""
    if not word.endswith(_wide_trades()):
        return [word]
    trade = next((end for end in _wide_trades() if word.endswith(end) and len(word) > len(end)), None)
    return [*_parted(word.removesuffix(trade)), trade] if trade else [word]


@cache
def _wide_trades() -> tuple[str, ...]:
    return tuple(sorted((word for word in known() if re.search(_WIDE, word)), key=len, reverse=True))


def _address(street: str, town: str) -> str:
    if not street or not town or not any(c.isdigit() for c in street):
        return ""
    plain = re.sub(r"str(?:asse|eet|\.)?(?=[\s\d]|$)", "str", folded(street))
    return f"{''.join(words_of(plain))}, {folded(town)}"


def _name_unreadable(sites: pl.DataFrame) -> None:
    """Name in the log the web sites (as of `sites_of`) that have no host."""
    distinct = sites.filter(~pl.col("text").str.strip_chars().str.to_lowercase().is_in(list(_NO_SITES)))
    unreadable = distinct.filter(pl.col("host").is_null())["text"].sort().to_list()
    if unreadable:
        shown = ", ".join(repr(site[:60]) for site in unreadable[:_SHOWN])
        more = f" and {len(unreadable) - _SHOWN:,} more" if len(unreadable) > _SHOWN else ""
        counts = f"{len(unreadable):,} of {distinct['text'].n_unique():,}"
        log.warning("%s web sites cannot be read and count as unknown: %s%s.", counts, shown, more)
