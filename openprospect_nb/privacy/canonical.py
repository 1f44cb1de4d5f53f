"""The canonical form of whatever names a person or a company: two spellings mean one subject when these are equal.

====  =========  ==================================================================================================
kind  example    what does not matter
====  =========  ==================================================================================================
address  j@firm.example     case, ``+tags``, a display name, ``mailto:``, quotes; dots at gmail.com, whose provider
                            documents that they do not count; punycode or letters in the domain
domain   firm.example       scheme, ``www.``, port, path, case, punycode, a trailing dot
phone    +493012345         blanks and punctuation, ``00`` or ``+``, the trunk zero where the country is known
profile  linkedin.com/in/j  scheme, ``www.`` or ``de.``, case, query, a trailing slash
id       p-1                nothing but the case of a UUID: ids are the vendor's
name     lindqvist maja     order of the words, case, accents, titles
====  =========  ==================================================================================================

All of it is read through the disguises of `readings`: JSON escapes, percent and HTML encoding, invisible and
compatibility characters, ``(at)``.
"""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from typing import Final
from urllib.parse import unquote

import idna
import phonenumbers

from openprospect_nb.countries import country_code


class Kind(StrEnum):
    """What a form is a form of; `canonical` says what does not matter in each."""

    ADDRESS = "address"
    DOMAIN = "domain"
    PHONE = "phone"
    PROFILE = "profile"
    ID = "id"
    NAME = "name"
    # Learned from rows when somebody is forgotten; their texts begin with where the row came from (sandbox or live),
    # because one id may stand for two persons there.
    PROSPECT = "prospect"
    COMPANY = "company"
    EMPLOYER = "employer"
    EMPLOYEE = "employee"


@dataclass(frozen=True, slots=True)
class Form:
    """One canonical form."""

    kind: Kind
    text: str

    @classmethod
    def of(cls, kind: Kind, *parts: str | None) -> Form:
        """Return the form of something that takes several texts to name, such as a source and an id."""
        return cls(kind, "\0".join(part or "" for part in parts))


# Characters that show nothing (Unicode's default-ignorable ones): they split a word for a search, not for a reader.
_INVISIBLE: Final = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164"
    "\ufe00-\ufe0f\ufeff\uffa0\ufff9-\ufffb\U000e0000-\U000e0fff]"
)
_ALIKE: Final = str.maketrans(
    {"\u2010": "-", "\u2011": "-", "\u2018": "'", "\u2019": "'", "\u02bc": "'", "\u3002": "."}
)
_ESCAPE: Final = re.compile(r"\\(?:u([0-9a-fA-F]{4})|x([0-9a-fA-F]{2})|(.))", re.DOTALL)
_SPACES: Final = frozenset("bfnrt")  # all that can stand for in a search is a border between words
# Bounded blanks: with "\\s*" a long run of blanks would be searched again from each of them.
_AT: Final = re.compile(
    r"\s{0,3}[\[({<]\s{0,3}(?:at|ät|@)\s{0,3}[\])}>]\s{0,3}|\s{1,3}@\s{0,3}|@\s{1,3}", re.IGNORECASE
)
_DOT: Final = re.compile(r"\s{0,3}[\[({<]\s{0,3}(?:dot|punkt|\.)\s{0,3}[\])}>]\s{0,3}", re.IGNORECASE)
_ENCODED: Final = re.compile(r"[\\&%\[({<]|\s@|@\s")
_DEEPEST: Final = 8  # JSON within JSON within a link is three deep

# A label of a host: anything but blanks, punctuation of ASCII (a hyphen is none) and of Unicode, and dots.
_LABEL: Final = r"[^\s\x00-,./:-@\[-`{-\xbf\u2000-\u206f\u3001-\u303f\ufffd]"
_HOST_TEXT: Final = rf"{_LABEL}+(?:\.{_LABEL}+)*"
_LOCAL_TEXT: Final = r"[^\s\x00-\x20\"(),:;<>@\[\\\]\x7f-\xbf\u2000-\u206f\u3001-\u303f\ufffd]"
_HOST: Final = re.compile(_HOST_TEXT)
_LOCAL_BEFORE: Final = re.compile(rf'(?:"([^"\s@]{{1,64}})"|({_LOCAL_TEXT}{{1,64}}))\Z')
_PATH: Final = re.compile(r"(?::\d{1,5})?/([^\s\"'<>)\]}|]+)")
# RFC 5322 allows these in a local part, and links and sentences put them before one.
_BORDERS: Final = re.compile(r"[/=?&#!$*^`{|}~%]|^[.'\-]+")
_WIDE: Final = r"\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff"  # scripts that set no blank between words
_LATIN_TAIL: Final = re.compile(rf"(?<=[{_WIDE}])[!-~]+$")
_LATIN_HEAD: Final = re.compile(rf"^[!-~]+(?=[{_WIDE}])")
_GLUED: Final = re.compile(r"(?<=[a-z0-9])\.(?=[A-Z][a-z])")  # "firm.example.Please call": a sentence begins
_NETWORK: Final = re.compile(r"(?:[\w-]+\.)*((?:linkedin|xing)\.\w+)")
_GMAIL: Final = frozenset({"gmail.com", "googlemail.com"})

_NUMBER: Final = re.compile(
    r"(?<![\w+])[+(]{0,2}\d(?:[\s().\-/\u2013]{0,3}\d){5,24}(?:\s*(?:;ext=|ext\.?|x)\s*\d{1,6})?(?!\w)"
)
_PIECES: Final = re.compile(r"\s*[/|]\s*|\s{2,}|(?<=\d)\s+(?=[+(]|0)")
_FEWEST_DIGITS: Final = 6
_LONGEST_NUMBER: Final = 120  # with words around it
# What follows a number; `phonenumbers` would read letters as a vanity number.
_NO_NUMBER: Final = re.compile(r"(?<=\d)[\s(\[,]{0,3}(?!ext|x\s?\d)[^\W\d_]{2,}.*$", re.DOTALL | re.IGNORECASE)
_PUNCTUATION: Final = re.compile(r"[\s.\-/]")
_EXTENSION: Final = re.compile(r"\b(?:durchwahl|dw|app|nst)\b\.?\s*", re.IGNORECASE)
_ABROAD: Final = re.compile(r"^\s*\(?\s*00(?=[\s\d)])")
_UUID: Final = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)

_STROKES: Final = str.maketrans({"ß": "ss", "ø": "o", "đ": "d", "ł": "l", "æ": "a", "œ": "o", "ı": "i", "þ": "th"})
_DIGRAPHS: Final = re.compile("([aou])e")
_WORDS: Final = re.compile(r"[^\W_]+")
_TITLES: Final = frozenset({"dr", "prof", "mag", "ing", "dipl", "herr", "frau", "mr", "mrs", "ms", "med", "phil"})


def readings(text: str) -> Iterator[str]:
    """Yield *text* as it can be read: cleaned, then decoded step by step until nothing is left to decode.

    Every step counts, not the last alone: decoding ``a=1&copy@firm.example`` as HTML would hide an address.
    """
    if text.isascii() and _ENCODED.search(text) is None:
        yield text
        return
    reading = cleaned(text)
    seen = {reading}
    waiting = [reading]
    for _ in range(_DEEPEST):
        fresh = [cleaned(again) for reading in waiting for again in _decoded(reading)]
        yield from waiting
        waiting = [again for again in dict.fromkeys(fresh) if again not in seen]
        seen.update(waiting)
        if not waiting:
            return


def cleaned(text: str) -> str:
    """Return *text* composed (NFKC), without invisible characters, with plain hyphens and apostrophes."""
    if text.isascii():
        return text
    return unicodedata.normalize("NFKC", _INVISIBLE.sub("", unicodedata.normalize("NFKC", text))).translate(_ALIKE)


def _decoded(text: str) -> Iterator[str]:
    if "\\" in text:
        yield _paired(_ESCAPE.sub(_plain, text))
    if "&" in text:
        yield html.unescape(text)
    if "%" in text:
        yield unquote(text)
        if "\ufffd" in unquote(text):
            yield unquote(text, encoding="latin-1")
    if _AT.search(text):
        yield _DOT.sub(".", _AT.sub("@", text))


def _plain(escape: re.Match[str]) -> str:
    if escape[1] or escape[2]:
        return chr(int(escape[1] or escape[2], 16))
    return " " if escape[3] in _SPACES else str(escape[3])


def _paired(text: str) -> str:
    """Join the two escapes that JSON writes for a character beyond 16 bits."""
    return text if text.isascii() else text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def address(text: str) -> str | None:
    """Return the one e-mail address that *text* is, whatever is written around it; None for none or several."""
    sole = [form for reading in readings(text) if (form := _sole_address(reading))]
    return sole[-1] if sole else None


def addresses_in(text: str) -> set[str]:
    """Return every e-mail address that a reading of *text* holds."""
    return {form for reading in readings(text) if "@" in reading for form in _addresses(reading)}


# As written, and as typed in haste: "http:/firm.example", "http//firm.example".
_SCHEME: Final = re.compile(r"^(?:https?:?/{1,3}|(?:[a-z][a-z0-9+.\-]*:)?//)")


def domain(text: str) -> str | None:
    """Return the host that *text* is: a domain, or a web address of any completeness; without ``www.``."""
    for reading in readings(text):
        bare = _SCHEME.sub("", reading.strip().lower()).removeprefix("@")
        match = re.match(rf"({_HOST_TEXT})\.?(?::\d+)?(?:[/?#]|$)", bare)
        host = _ascii(match[1]) if match else None
        if host is not None and "." in host and not host.replace(".", "").isdigit():
            return _bare(host)
    return None


def hosts_in(text: str) -> set[str]:
    """Return every host that a reading of *text* names, those of its e-mail addresses too."""
    return {
        host
        for reading in readings(text)
        if "." in reading
        for match in _HOST.finditer(reading)
        for host in _hosts(match[0])
        if not host.rpartition(".")[2].isdigit()
    }


def and_above(host: str) -> Iterator[str]:
    """Yield *host* and every domain above it: ``mail.firm.example``, ``firm.example``."""
    while "." in host:
        yield host
        host = host.partition(".")[2]


def profile(text: str) -> str | None:
    """Return the page of a person or company at a network that *text* is; None where there is no path."""
    return next((page for reading in readings(text.strip()) for page in _pages(reading)), None)


def profiles_in(text: str) -> set[str]:
    """Return every page with a path that a reading of *text* links to."""
    return {page for reading in readings(text) if "/" in reading for page in _pages(reading)}


def phone(text: str, country: str | None = None) -> str | None:
    """Return a telephone number as ``+`` and digits (E.164), with ``;ext=`` where it has an extension.

    Args:
        text: the number, written in any way.
        country: where it was written, a name or ISO code: without it a number needs ``+`` or ``00``.
    """
    texts = (_NO_NUMBER.sub("", _EXTENSION.sub("ext. ", reading)) for reading in readings(text[:_LONGEST_NUMBER]))
    return next((number for text in texts if (number := _e164(text, country))), None)


def phones_in(text: str, country: str | None = None) -> set[str]:
    """Return every telephone number that a reading of *text* holds; see `phone`."""
    written = {part for reading in readings(text) for match in _NUMBER.finditer(reading) for part in _parts(match[0])}
    return {number for part in written if (number := _e164(part, country))}


def country_of(number: str) -> str | None:
    """Return the ISO code of the country of a number that `phone` returned."""
    parsed = _parsed(number, None)
    return phonenumbers.region_code_for_country_code(parsed.country_code or 0) if parsed else None


def is_possible(text: str, country: str) -> bool:
    """Whether *text*, dialled in *country*, has the length of a number there."""
    parsed = _parsed(text, _region(country))
    return parsed is not None and phonenumbers.is_possible_number(parsed)


def country_and_national(number: str) -> tuple[str, str]:
    """Return the digits of a number that `phone` returned: of its country, and those behind."""
    parsed = _parsed(number, None)
    if parsed is None:
        return "", number.removeprefix("+")
    return str(parsed.country_code), phonenumbers.national_significant_number(parsed)


def identity(text: str) -> str:
    """Return an id: as it is, a UUID in lower case."""
    bare = text.strip()
    return bare.lower() if len(bare) == 36 and _UUID.fullmatch(bare) else bare


def person(*names: str | None) -> str:
    """Return the words of a person's name, sorted, without case, accents, titles and punctuation."""
    words = [word for name in names for word in _WORDS.findall(folded(name or ""))]
    return " ".join(sorted([word for word in words if word not in _TITLES] or words))


def folded(text: str) -> str:
    """Return *text* in plain small letters; ä, ae and a meet, so that all three spellings of a name do."""
    lowered = cleaned(text).casefold().translate(_STROKES)
    stripped = "".join(c for c in unicodedata.normalize("NFKD", lowered) if not unicodedata.combining(c))
    return _DIGRAPHS.sub(r"\1", stripped.replace("'", "").replace("´", ""))


def _addresses(reading: str) -> Iterator[str]:
    for quoted, local, host in _written(reading):
        for name in [quoted] if quoted else _locals(local):
            for place in _hosts(host):
                if form := _joined(name, place):
                    yield form


def _sole_address(reading: str) -> str | None:
    if reading.count("@") != 1:
        return None
    for quoted, local, host in _written(reading):
        if place := _ascii(host):
            return _joined(quoted or local.lstrip("."), place)
    return None


def _written(reading: str) -> Iterator[tuple[str, str, str]]:
    """Yield quoted local part, else plain local part, and host around each @; a local part has 64 letters at most."""
    at = reading.find("@")
    while at >= 0:
        local, host = _LOCAL_BEFORE.search(reading[max(0, at - 66) : at]), _HOST.match(reading, at + 1)
        if local and host:
            yield local[1], local[2], host[0]
        at = reading.find("@", at + 1)


def _joined(local: str, host: str) -> str | None:
    name = unicodedata.normalize("NFKC", local.lower())
    bare = name.partition("+")[0] or name  # "+tag" is one mailbox with what stands before it (RFC 5233)
    if host in _GMAIL:
        bare, host = bare.replace(".", ""), "gmail.com"
    return f"{bare}@{host}" if bare and "." in host else None


def _locals(local: str) -> Iterator[str]:
    """Yield a local part as written, and what is left of it behind each border and behind a script without blanks."""
    yield local
    for border in _BORDERS.finditer(local):
        if border.end() < len(local):
            yield local[border.end() :]
    if tail := _LATIN_TAIL.search(local):
        yield tail[0]


def _hosts(host: str) -> Iterator[str]:
    """Yield a host as written, and what stands before a sentence or a script that follows it without a blank."""
    written = [host]
    if head := _LATIN_HEAD.search(host):
        written.append(head[0])
    if glued := _GLUED.search(host):
        written.append(host[: glued.start()])
    for text in written:
        if (name := _ascii(text)) and "." in name:
            yield name


@lru_cache(maxsize=100_000)
def _ascii(host: str) -> str | None:
    """Return *host* in lower-case ASCII (IDNA 2008 with the mapping of UTS 46); None where nothing is left."""
    bare = host.strip(".-").lower()
    if bare.isascii():
        return bare or None
    try:
        return idna.encode(bare, uts46=True).decode("ascii")
    except (idna.IDNAError, UnicodeError):
        # Not registrable, and still a spelling two texts can share.
        labels = unicodedata.normalize("NFKC", bare).split(".")
        return ".".join(n if n.isascii() else f"xn--{n.encode('punycode').decode('ascii')}" for n in labels)


def _bare(host: str) -> str:
    below = host.removeprefix("www.")
    return below if "." in below else host


def _pages(reading: str) -> Iterator[str]:
    for host in _HOST.finditer(reading):
        path = _PATH.match(reading, host.end())
        if path and (page := _page(host[0], path[1])):
            yield page


def _page(host: str, path: str) -> str | None:
    name = _ascii(host)
    if name is None or "." not in name:
        return None
    # de.linkedin.com and www.linkedin.com show the same page; elsewhere a host below is another site.
    network = _NETWORK.fullmatch(name)
    name = network[1] if network else _bare(name)
    path, _, query = path.partition("#")[0].partition("?")
    steps = [step.lower() for step in path.split("/") if step]
    if name.startswith("linkedin."):
        steps = steps[:2]  # behind the name only the language follows
    numbered = re.search(r"(?:^|&)(id=[^&]+)", query)
    return "/".join([name, *steps, *([numbered[1]] if numbered else [])]) if steps else None


def _e164(written: str, country: str | None) -> str | None:
    if written.startswith("+") and (plain := _plain_number(written)):
        return plain
    region = _region(country) if country else None
    # "00" leaves most countries, not all (in the United States it is 011), so what it leads to must be a number.
    number = _parsed(_ABROAD.sub("+", written), None) if _ABROAD.match(written) else None
    if number is None or (region is not None and not phonenumbers.is_valid_number(number)):
        number = _parsed(written, region)
    if number is None:
        return None
    digits = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    return f"{digits};ext={number.extension}" if number.extension else digits


def _plain_number(written: str) -> str | None:
    """Return a number that is one already but for its punctuation; `phonenumbers` would say the same, much later."""
    digits = _PUNCTUATION.sub("", written[1:])
    if not (digits.isascii() and digits.isdigit() and 8 <= len(digits) <= 15):
        return None
    code = next((n for n in (1, 2, 3) if int(digits[:n]) in phonenumbers.COUNTRY_CODE_TO_REGION_CODE), 0)
    # What may be a trunk prefix (0, 1 in North America, 8 in Russia) is left to the library.
    return f"+{digits}" if code and digits[code] not in "018" else None


@lru_cache(maxsize=1_000)
def _region(country: str) -> str | None:
    return country_code(country)


def _parsed(written: str, region: str | None) -> phonenumbers.PhoneNumber | None:
    try:
        return phonenumbers.parse(written, region)
    except phonenumbers.NumberParseException:
        return None


def _parts(number: str) -> Iterator[str]:
    yield number
    pieces = _PIECES.split(number)
    if len(pieces) > 1:
        yield from (piece for piece in pieces if sum(c.isdigit() for c in piece) >= _FEWEST_DIGITS)
