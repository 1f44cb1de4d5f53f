"""The reviewed word lists the universe is made of, read once from the package's data files."""

from __future__ import annotations

import csv
import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from functools import lru_cache
from importlib.resources import files
from typing import Any, Final, TypeVar, cast

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Country:
    """A country of the universe: ISO code, share, main language, names by language, spellings."""

    code: str
    weight: float
    language: str
    names: Mapping[str, str]
    aliases: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Industry:
    """An industry: share, log-normal size (mu, sigma of employees), digital maturity, share by country."""

    key: str
    en: str
    de: str
    weight: float
    mu: float
    sigma: float
    maturity: float
    lifts: Mapping[str, float]
    aliases: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Subtype:
    """A kind of business within an industry, with its NACE code, name words and products in English and German."""

    key: str
    industry: int
    nace: str
    weight: float
    shift: float
    en: str
    de: str
    words: Mapping[str, tuple[str, ...]]
    products: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class City:
    """A city: its country (index), region code, population and the language its companies write in."""

    name: str
    country: int
    region: str
    population: int
    language: str
    aliases: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class LegalForm:
    """A legal form of a country (and, where given, of one language there); tilt favours large companies."""

    country: str
    language: str
    short: str
    long: str
    weight: float
    tilt: float
    register: str


@dataclass(frozen=True, slots=True)
class Technology:
    """A product a company can be seen to use; ``implies`` are indices of products that come with it."""

    name: str
    category: str
    label: str
    weight: float
    lift: Mapping[str, float]
    implies: tuple[int, ...]
    aliases: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Phone:
    """A number range no subscriber has; ``#`` stands for a digit."""

    country: str
    city: str
    kind: str
    pattern: str


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """All lists; an index into a list is what the universe stores."""

    countries: tuple[Country, ...]
    industries: tuple[Industry, ...]
    subtypes: tuple[Subtype, ...]
    cities: tuple[City, ...]
    forms: tuple[LegalForm, ...]
    technologies: tuple[Technology, ...]
    categories: tuple[Mapping[str, Any], ...]
    traits: Mapping[str, Mapping[str, Any]]
    phones: tuple[Phone, ...]

    def country_index(self, code: str) -> int:
        """Return the index of the country with ISO *code*."""
        return next(i for i, country in enumerate(self.countries) if country.code == code)


@lru_cache(maxsize=1)
def vocabulary() -> Vocabulary:
    """Return the lists; read on first use, shared afterwards."""
    spoken = ("en", "de", "native")
    countries = tuple(
        of_row(Country, row, names={name: row[name] for name in spoken}) for row in read_table("countries.csv")
    )
    industries = tuple(_industry(row) for row in read_table("industries.csv"))
    by_code = {country.code: i for i, country in enumerate(countries)}
    by_key = {industry.key: i for i, industry in enumerate(industries)}
    technologies, categories = _technologies()
    return Vocabulary(
        countries=countries,
        industries=industries,
        subtypes=tuple(_subtype(row, by_key) for row in read_table("subtypes.csv")),
        cities=tuple(of_row(City, row, country=by_code[row["country"]]) for row in read_table("cities.csv")),
        forms=tuple(
            of_row(LegalForm, row, short=row["form"], long=row["long_form"]) for row in read_table("legal_forms.csv")
        ),
        technologies=technologies,
        categories=categories,
        traits=read_json("traits.json"),
        phones=tuple(of_row(Phone, row) for row in read_table("phones.csv")),
    )


def read_table(name: str) -> list[dict[str, str]]:
    """Return the rows of a CSV file of the vocabulary."""
    return list(csv.DictReader(_text(name).splitlines()))


@lru_cache(maxsize=64)
def read_json(name: str) -> Any:
    """Return a JSON file of the vocabulary, read once; it is shared, so nobody may change it."""
    return json.loads(_text(name))


@lru_cache(maxsize=1)
def fingerprint() -> str:
    """Return eight hexadecimal digits that change with any file of the vocabulary."""
    digest = hashlib.blake2b(digest_size=4)
    for name in sorted(entry.name for entry in files("openprospect_nb.sandbox").joinpath("vocab").iterdir()):
        if name.endswith((".csv", ".json")):
            digest.update(_text(name).encode())
    return digest.hexdigest()


def _text(name: str) -> str:
    return files("openprospect_nb.sandbox").joinpath("vocab", name).read_text(encoding="utf-8")


def _parts(cell: str) -> tuple[str, ...]:
    return tuple(part for part in cell.split(";") if part)


_CELLS: Final[Mapping[str, Callable[[str], Any]]] = {
    "str": str,
    "int": int,
    "float": float,
    "tuple[str, ...]": _parts,
}


def of_row(kind: type[T], row: Mapping[str, str], **given: Any) -> T:
    """Return a row as *kind*: what is *given* as it is, every other field by its type from the column of its name."""
    names = {field.name: str(field.type) for field in fields(cast("Any", kind))}
    return kind(**{name: given[name] if name in given else _CELLS[of](row[name]) for name, of in names.items()})


def _industry(row: Mapping[str, str]) -> Industry:
    lifts = {code: float(lift) for code, lift in (part.split(":") for part in _parts(row["country_lifts"]))}
    return of_row(Industry, row, lifts=lifts)


def _subtype(row: Mapping[str, str], industries: Mapping[str, int]) -> Subtype:
    words, products = ({of: _parts(row[f"{name}_{of}"]) for of in ("en", "de")} for name in ("words", "products"))
    return of_row(Subtype, row, industry=industries[row["industry"]], words=words, products=products)


def _technologies() -> tuple[tuple[Technology, ...], tuple[Mapping[str, Any], ...]]:
    source = read_json("technologies.json")
    tools = [
        (tool, category["key"], category["label"]) for category in source["categories"] for tool in category["tools"]
    ]
    tools += [({"name": tool["name"]}, "stack", tool["label"]) for tool in source["extra"]]
    index = {tool["name"]: i for i, (tool, _, _) in enumerate(tools)}
    technologies = tuple(
        Technology(
            name=tool["name"],
            category=category,
            label=label,
            weight=float(tool.get("weight", 0)),
            lift=tool.get("lift", {}),
            implies=tuple(index[name] for name in tool.get("implies", ())),
            aliases=tuple(source["aliases"].get(tool["name"], ())),
        )
        for tool, category, label in tools
    )
    return technologies, tuple(source["categories"])
