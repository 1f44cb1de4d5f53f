"""Keys under which two spellings of one company meet: its domain, its name, its city."""

from __future__ import annotations

import ipaddress
import re
import unicodedata
from functools import cache
from typing import Final
from urllib.parse import urlsplit

from publicsuffixlist import PublicSuffixList

# Sites on which many companies have a page: the domain says nothing about who they are.
SHARED_SITES: Final = frozenset(
    {
        "amazon.com", "amazon.de", "bit.ly", "ebay.com", "ebay.de", "etsy.com", "facebook.com", "gelbeseiten.de",
        "goo.gl", "google.com", "instagram.com", "kleinanzeigen.de", "kununu.com", "linkedin.com", "linktr.ee",
        "medium.com", "northdata.de", "t.me", "tiktok.com", "twitter.com", "wikipedia.org", "x.com", "xing.com",
        "youtube.com",
    }
)  # fmt: skip
LEGAL_FORMS: Final = frozenset(
    {
        "ab", "ag", "aktiebolag", "aktiengesellschaft", "aps", "as", "asa", "beschrankter", "bhd", "bv", "bvba", "co",
        "company", "coop", "corp", "corporation", "cv", "doo", "eg", "eingetragener", "ek", "eu", "eurl", "ev", "gbr",
        "ges", "gesmbh", "ggmbh", "gmbh", "haftung", "haftungsbeschrankt", "inc", "incorporated", "kaufmann", "kft",
        "kg", "kgaa", "kommanditgesellschaft", "ks", "limited", "llc", "llp", "lp", "ltd", "ltda", "mbh", "mit", "nv",
        "ohg", "ou", "oy", "oyj", "partg", "partgmbb", "plc", "pte", "pty", "sa", "sarl", "sas", "sasu", "scs", "se",
        "sl", "snc", "spa", "spj", "sprl", "spzoo", "srl", "srls", "sro", "ug", "vof", "und", "and", "et",
    }
)  # fmt: skip
_LEADING_FORMS: Final = frozenset({"ag", "sarl", "sa", "as", "ab", "firma", "fa", "gmbh", "sas", "srl", "the"})
_LINKING: Final = frozenset({"und", "and", "et", "y", "en"})
_CITIES: Final = {
    "munich": "munchen", "cologne": "koln", "vienna": "wien", "zurich": "zurich", "geneva": "genf", "geneve": "genf",
    "nuremberg": "nurnberg", "hanover": "hannover", "brunswick": "braunschweig", "berne": "bern", "basle": "basel",
    "bale": "basel", "lucerne": "luzern", "prague": "prag", "praha": "prag", "warsaw": "warschau",
    "warszawa": "warschau", "copenhagen": "kopenhagen", "kobenhavn": "kopenhagen", "milan": "mailand",
    "milano": "mailand", "rome": "rom", "roma": "rom", "brussels": "brussel", "bruxelles": "brussel",
    "the hague": "den haag", "antwerp": "antwerpen", "anvers": "antwerpen", "lausana": "lausanne", "turin": "torino",
    "florence": "florenz", "firenze": "florenz", "venice": "venedig", "venezia": "venedig", "naples": "neapel",
    "napoli": "neapel", "lisbon": "lissabon", "lisboa": "lissabon", "seville": "sevilla", "cracow": "krakau",
    "krakow": "krakau", "gothenburg": "goteborg", "ratisbon": "regensburg", "mayence": "mainz", "luettich": "lutich",
    "liege": "lutich", "ghent": "gent", "gand": "gent",
}  # fmt: skip
_STROKES: Final = str.maketrans({"ß": "ss", "ø": "o", "đ": "d", "ł": "l", "æ": "a", "œ": "o", "ı": "i", "þ": "th"})
_DIGRAPHS: Final = re.compile("([aou])e")
_LONG_FORM: Final = re.compile(r"\bgesellschaft (mit beschrankter haftung|mbh)\b")
_WORDS: Final = re.compile(r"[^\W_]+")


@cache
def _suffixes() -> PublicSuffixList:
    return PublicSuffixList()


def host(url: str | None) -> str | None:
    """Return the host of an address as written anywhere: lower case, IDNA, without ``www.`` and port; None if none."""
    text = (url or "").strip().lower()
    if not text:
        return None
    try:
        name = urlsplit(text if "//" in text else f"//{text}").hostname or ""
        encoded = name.rstrip(".").encode("idna").decode("ascii")
    except ValueError:
        return None
    return encoded.removeprefix("www.") or None if "." in encoded else None


def registrable_domain(url: str | None) -> str | None:
    """Return the domain someone registered: ``shop.firm.co.uk`` → ``firm.co.uk``, ``me.github.io`` stays itself.

    None for IP addresses, for sites that many companies share, and where there is no domain.
    """
    name = host(url)
    if name is None or _is_ip(name):
        return None
    registered: str | None = _suffixes().privatesuffix(name)
    return None if registered is None or registered in SHARED_SITES else registered


def name_key(name: str | None) -> str:
    """Return a company name without case, accents, punctuation and legal form; never empty for a name with letters."""
    words = _joined_initials(_WORDS.findall(_folded(name or "")))
    words_left = _without_forms(_LONG_FORM.sub("gmbh", " ".join(words)).split())
    return " ".join(word for word in words_left if word not in _LINKING) or " ".join(words)


def city_key(city: str | None) -> str:
    """Return a city's name without case, accents and addition ("am Main"), English and native names alike."""
    plain = re.split(r"[,(/]|\s(?:am|an der|a\.|bei|im|in der|ob der)\s", (city or "").strip().lower())[0]
    folded = " ".join(_WORDS.findall(_folded(plain)))
    return _city_names().get(folded, folded)


@cache
def _city_names() -> dict[str, str]:
    return {_folded(alias): _folded(name) for alias, name in _CITIES.items()}


def person_key(first: str | None, last: str | None) -> str:
    """Return a person's name without case, accents, titles and punctuation; empty unless both parts are there."""
    parts = [" ".join(_WORDS.findall(_folded(part or ""))) for part in (first, last)]
    return " ".join(parts).removeprefix("dr ").removeprefix("prof ") if all(parts) else ""


def _folded(text: str) -> str:
    """Fold to plain letters; ä, ae and a meet, so that all three spellings of a name do."""
    lowered = text.casefold().translate(_STROKES)
    stripped = "".join(c for c in unicodedata.normalize("NFKD", lowered) if not unicodedata.combining(c))
    return _DIGRAPHS.sub(r"\1", stripped.replace("'", "").replace("’", "").replace("´", ""))


def _joined_initials(words: list[str]) -> list[str]:
    """Join runs of single letters: "s a r l" and "e k" are legal forms, "a b c" is a name."""
    joined: list[str] = []
    run = ""
    for word in [*words, ""]:
        if len(word) == 1 and word.isalpha():
            run += word
            continue
        # The Polish form is written "Sp. z o.o.".
        if run == "zoo" and joined[-1:] == ["sp"]:
            joined[-1] += run
        elif run:
            joined.append(run)
        joined += [word] if word else []
        run = ""
    return joined


def _without_forms(words: list[str]) -> list[str]:
    start, end = 0, len(words)
    while end > 1 and words[end - 1] in LEGAL_FORMS:
        end -= 1
    while start < end - 1 and words[start] in _LEADING_FORMS:
        start += 1
    return words[start:end]


def _is_ip(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True
