"""The canonical form of whatever names a person or a company: two spellings mean one subject when these are equal.

====  =========  ==================================================================================================
kind  example    what does not matter
====  =========  ==================================================================================================
address  j@firm.example     case, ``+tags``, a display name, ``mailto:``, quotes; dots at gmail.com, whose provider
                            documents that they do not count; punycode or letters in the domain
domain   firm.example       scheme, ``www.``, port, path, case, punycode, a trailing dot
phone    +493012345         blanks and punctuation, ``00`` or ``+``, the trunk zero where the country is known
profile  linkedin.com/in/j  scheme, ``www.`` or ``de.``, case, query, a trailing slash
id       p-1                nothing but how a UUID is written: ids are the vendor's
name     lindqvist maja     order of the words, case, accents, titles
====  =========  ==================================================================================================

All of it is read through the disguises of `readings`: JSON and other escapes, percent and HTML encoding, HTML tags,
quoted-printable, base64, invisible and compatibility characters, ``(at)``, ``name at firm.example``.
"""

from __future__ import annotations

import base64
import html
import quopri
import re
import sys
import unicodedata
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Final
from urllib.parse import unquote

import idna

from openprospect_nb.countries import country_code

if TYPE_CHECKING:
    # Its numbering plans take a sixth of what importing a client takes; few texts hold a number, and load them.
    import phonenumbers


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
    CALLED = "called"


@dataclass(frozen=True, slots=True)
class Form:
    """One canonical form."""

    kind: Kind
    text: str

    @classmethod
    def of(cls, kind: Kind, *parts: str | None) -> Form:
        """Return the form of something that takes several texts to name, such as a source and an id."""
        return cls(kind, "\0".join(part or "" for part in parts))


# Characters that show nothing (Unicode's default-ignorable ones) or a line through or below the letter before them:
# they split a word for a search, not for a reader.
_INVISIBLE: Final = re.compile(
    "[\u0305\u0332\u0333\u0335-\u0338\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164"
    "\ufe00-\ufe0f\ufeff\uffa0\ufff9-\ufffb\U000e0000-\U000e0fff]"
)
_ALIKE: Final = str.maketrans(
    {"\u2010": "-", "\u2011": "-", "\u2018": "'", "\u2019": "'", "\u02bc": "'", "\u3002": "."}
)
# JSON's \u0040, \x40, \u{40}, \U00000040, the style sheet's \000040, the shell's \100.
_ESCAPE: Final = re.compile(
    r"\\(?:u([0-9a-fA-F]{4})|x([0-9a-fA-F]{2})|u\{([0-9a-fA-F]{1,6})\}|U([0-9a-fA-F]{8})|(0[0-9a-fA-F]{5}) ?"
    r"|([0-3][0-7]{2})|(.))",
    re.DOTALL,
)
_SPACES: Final = frozenset("bfnrt")  # all that can stand for in a search is a border between words
# Bounded blanks: with "\\s*" a long run of blanks would be searched again from each of them.
_AT_WORD: Final = r"(?:at|ät|arobase)"
_DOT_WORD: Final = r"(?:dot|punkt|point)"
_AT: Final = re.compile(
    rf"\s{{0,3}}[\[({{<]\s{{0,3}}(?:{_AT_WORD}|@)\s{{0,3}}[\])}}>]\s{{0,3}}|\s{{1,3}}@\s{{0,3}}|@\s{{1,3}}"
    # As a word of its own only where a host follows: "meet us at Leeds" is no address.
    rf"|(?:\s{{1,3}}{_AT_WORD}\s{{1,3}}|[_-]{_AT_WORD}[_-])(?=[\w-]{{1,63}}(?:\.\w|\s{{1,3}}{_DOT_WORD}\s))",
    re.IGNORECASE,
)
_DOT: Final = re.compile(
    rf"\s{{0,3}}[\[({{<]\s{{0,3}}(?:{_DOT_WORD}|\.)\s{{0,3}}[\])}}>]\s{{0,3}}|\s{{1,3}}{_DOT_WORD}\s{{1,3}}",
    re.IGNORECASE,
)
_TAG: Final = re.compile(r"<!--.{0,200}?-->|</?[a-zA-Z][^<>]{0,200}>", re.DOTALL)
_QUOTED: Final = re.compile(r"=[0-9a-fA-F]{2}")
_SOFT_BREAK: Final = re.compile(r"=[ \t]{0,3}(?:\r?\n|(?:\\r)?\\n)")  # in JSON too
_HEADER: Final = re.compile(r"=\?[\w-]{1,40}\?[qQbB]\?([^?\s]*)\?=")  # RFC 2047
_BASE64: Final = re.compile(r"[A-Za-z0-9+/_-]{12,}={0,2}")
_MIXED: Final = r"[a-z0-9][A-Z][A-Za-z0-9+/_-]{8,}"  # as base64 is, and hardly a word
_ENCODED: Final = re.compile(
    rf"[\\&%\[({{<]|\s@|@\s|=[0-9a-fA-F\s?]|(?i:[\s_-]{_AT_WORD}[\s_-]+[\w-]+(?:\.|\s+{_DOT_WORD}\s))|{_MIXED}"
)
_LINK_SAFE: Final = str.maketrans("-_", "+/")
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
WIDE: Final = r"\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff\U00020000-\U0003ffff"  # scripts that set no blank between words
_LATIN_TAIL: Final = re.compile(rf"(?<=[{WIDE}])[!-~]+$")
_LATIN_HEAD: Final = re.compile(rf"^[!-~]+(?=[{WIDE}])")
_GLUED: Final = re.compile(r"(?<=[a-z0-9])\.(?=[A-Z][a-z])")  # "firm.example.Please call": a sentence begins
_NETWORK: Final = re.compile(r"(?:[\w-]+\.)*((?:linkedin|xing)\.\w+)")
GMAIL: Final = frozenset({"gmail.com", "googlemail.com"})

# What people set between digits: blanks, brackets, dots, bullets, slashes, dashes of any length.
BETWEEN_DIGITS: Final = r"\s()\[\].\-/_\u{b7}\u{2010}-\u{2015}\u{2022}\u{2212}"
_IN_NUMBERS: Final = re.sub(r"\\u\{(\w+)\}", lambda code: chr(int(code[1], 16)), BETWEEN_DIGITS)
_NUMBER: Final = re.compile(
    rf"(?<![\w+])[+(\[]{{0,2}}\d(?:[{_IN_NUMBERS}]{{0,3}}\d){{5,24}}(?:\s*(?:;ext=|ext\.?|x)\s*\d{{1,6}})?(?!\w)"
)
_PIECES: Final = re.compile(r"\s*[/|]\s*|\s{2,}|(?<=\d)\s+(?=[+(]|0)")
_FEWEST_DIGITS: Final = 6  # of a phone number; fewer are a house number, a year, an extension
_LONGEST_NUMBER: Final = 120  # with words around it
# What follows a number; `phonenumbers` would read letters as a vanity number.
_NO_NUMBER: Final = re.compile(r"(?<=\d)[\s(\[,]{0,3}(?!ext|x\s?\d)[^\W\d_]{2,}.*$", re.DOTALL | re.IGNORECASE)
_ODD_SPACES: Final = re.compile("[\\s\u00b7\u2022_]+")  # which `phonenumbers` takes for the number's end
_PUNCTUATION: Final = re.compile(r"[\s.\-/]")
_EXTENSION: Final = re.compile(r"\b(?:durchwahl|dw|app|nst)\b\.?\s*", re.IGNORECASE)
_ABROAD: Final = re.compile(r"^\s*\(?\s*00(?=[\s\d)])")
_UUID: Final = re.compile(r"(?:urn:uuid:)?(\{)?[0-9a-f]{8}(-?)(?:[0-9a-f]{4}\2){3}[0-9a-f]{12}(?(1)\})", re.IGNORECASE)
_UUID_LENGTHS: Final = frozenset({32, 34, 36, 38, 41, 45})  # bare or hyphened, alone, in braces, as a urn

_STROKES: Final = str.maketrans({"ß": "ss", "ø": "o", "đ": "d", "ł": "l", "æ": "a", "œ": "o", "ı": "i", "þ": "th"})
_DIGRAPHS: Final = re.compile("([aou])e")
_WORDS: Final = re.compile(r"[^\W_]+")
_NAME_LETTERS: Final = str.maketrans({"ð": "d", "ħ": "h", "ə": "a"})
_NAME_DIGRAPHS: Final = re.compile("(d)j|(a)a")  # Djordje is Đorđe, Aase is Åse
_NAME_WORDS: Final = re.compile(rf"(?!\W)[{WIDE}]|[^\W_{WIDE}]+")
TITLES: Final = frozenset({"dr", "prof", "mag", "ing", "dipl", "herr", "frau", "mr", "mrs", "ms", "med", "phil"})


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
        plain = _ESCAPE.sub(_plain, text)
        # JSON writes a character beyond 16 bits as two escapes, which are one again in UTF-16.
        yield plain if plain.isascii() else plain.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    if "&" in text:
        yield html.unescape(text)
    if "%" in text:
        yield unquote(text)
        if "\ufffd" in unquote(text):
            yield unquote(text, encoding="latin-1")
    if _AT.search(text):
        yield _DOT.sub(".", _AT.sub("@", text))
    if "<" in text:
        yield _TAG.sub("", text)
    if "=" in text:
        yield from _mailed(text)
    if re.search(_MIXED, text):
        yield _BASE64.sub(_unpacked, text)


def _mailed(text: str) -> Iterator[str]:
    """Yield *text* out of the wrappings of a raw mail: encoded headers, soft line breaks, quoted-printable."""
    if "=?" in text:
        yield _HEADER.sub(r"\1", text)
    if _SOFT_BREAK.search(text):
        yield _SOFT_BREAK.sub("", text)
    if _QUOTED.search(text):
        yield quopri.decodestring(text.encode("utf-8", "replace")).decode("utf-8", "replace")


def _plain(escape: re.Match[str]) -> str:
    *hexadecimal, octal, letter = escape.groups()
    if octal:
        return chr(int(octal, 8))
    digits = next(filter(None, hexadecimal), None)
    if digits is None:
        return " " if letter in _SPACES else str(letter)
    return chr(code) if (code := int(digits, 16)) <= sys.maxunicode else ""


def _unpacked(packed: re.Match[str]) -> str:
    """Return what a word is as base64 (of links too), or the word itself where neither it nor a part of it is text."""
    word = packed[0]
    return _from_base64(word) or "/".join(_from_base64(part) or part for part in word.split("/"))


def _from_base64(word: str) -> str | None:
    bare = word.rstrip("=").translate(_LINK_SAFE)
    try:
        text = base64.b64decode(bare + "=" * (-len(bare) % 4), validate=True).decode()
    except ValueError:
        return None
    return text if text.isprintable() else None


def address(text: str) -> str | None:
    """Return the one e-mail address that *text* is, whatever is written around it; None for none or several."""
    sole = [form for reading in readings(text) if (form := _sole_address(reading))]
    return sole[-1] if sole else None


def addresses_in(text: str) -> set[str]:
    """Return every e-mail address that a reading of *text* holds."""
    return {form for reading in readings(text) if "@" in reading for form in _addresses(reading)}


# As written, and as typed in haste: "http:/firm.example", "http//firm.example", "htp:\\firm.example".
_SCHEME: Final = re.compile(r"^(?:(?:h+t+p*s?|ttps?)\s*(?:[:;.,]*\s*[/\\]+|[:;])\s*|(?:[a-z][a-z0-9+.\-]*:)?//)")
_WWW_SCHEME: Final = re.compile(r"^(?:www\.(?=https?\W)|@)")
_WWW_TYPED: Final = re.compile(r"(?<![\w.])w{3,4}[,;:\s]\s*(?=\w)")
_AROUND: Final = " \t\r\n\"'<>()[]{}`|,;*\u00ab\u00bb\u201a\u201c\u201d\u201e\u2039\u203a"
_BEHIND: Final = ".,;:!?)>]\"' "
_BETWEEN: Final = re.compile(r"\s(?:und|and|oder|or|et|y|&|\+|/)\s|\]\(|[\s;|,]\s*/?\s*")
# Endings behind which a comma was meant for a dot; "Smith,Inc" is a name, though "inc" is an ending too.
_PLAIN_ENDINGS: Final = frozenset({"at", "ch", "com", "de", "es", "eu", "fr", "it", "net", "nl", "org", "pl", "uk"})
# A web address as browsers show it, which other engines can tell too (ASCII, in any case); the host is the group.
PLAIN_SITE: Final = r"(?:https?://)?(?:www\.)?([a-z0-9]+(?:[.-][a-z0-9]+)*\.[a-z]{2,24})/?"
_PLAIN_SITE: Final = re.compile(PLAIN_SITE, re.IGNORECASE)


def domain(text: str) -> str | None:
    """Return the host that *text* is: a domain, or a web address of any completeness; without ``www.``.

    Of several the first: see `domains`.
    """
    return next(iter(domains(text)), None)


def domains(text: str) -> tuple[str, ...]:
    """Return the hosts that *text* is made of, if it is nothing but web addresses, as people type them.

    Understood are slips in the scheme (``http//x``, ``http:/x``), ``www,x.de``, brackets, quotes and punctuation
    around it, and several in one text (``x.de / y.de``). A sentence or an e-mail address is none.
    """
    plain = _PLAIN_SITE.fullmatch(text)
    if plain:
        return (_bare(plain[1].lower()),)
    return next((hosts for reading in readings(text) if (hosts := _typed_hosts(reading.strip().lower()))), ())


def _typed_hosts(reading: str) -> tuple[str, ...]:
    written = _WWW_TYPED.sub("www.", reading.strip(_AROUND))
    if one := _typed_host(written):
        return (one,)
    parts = [part for part in _BETWEEN.split(written) if part]
    several = [_typed_host(part) for part in parts]
    if len(parts) > 1 and all(several):
        return tuple(dict.fromkeys(host for host in several if host))
    with_dots = re.sub(r"(?<=\S),(?=\S)|\s*\.\s*", ".", written)
    if with_dots != written and (written.startswith("www.") or with_dots.rpartition(".")[2] in _PLAIN_ENDINGS):
        return (host,) if (host := _typed_host(with_dots)) else ()
    # A path with blanks.
    head, slash, _ = _SCHEME.sub("", written).partition("/")
    return (host,) if slash and (host := _typed_host(head)) else ()


def _typed_host(written: str) -> str | None:
    bare = written.strip(_AROUND)
    has_scheme = False
    while (rest := _SCHEME.sub("", _WWW_SCHEME.sub("", bare), count=1)) != bare:
        bare, has_scheme = rest.strip(_AROUND), True
    authority = re.split(r"[/?#\\]", bare, maxsplit=1)[0]
    if has_scheme:
        authority = authority.rpartition("@")[2]
    match = re.fullmatch(rf"({_HOST_TEXT})(?::\d*)?", authority.rstrip(_BEHIND))
    host = _ascii(match[1]) if match and not re.search(r"\s", bare) else None
    if host is None or "." not in host or host.replace(".", "").isdigit():
        return None
    return _bare(re.sub(r"^(?:w{2,4}\.)+(?=[^.]+\.)", "", host))


def written(host: str) -> str:
    """Return a host in letters, where it is in punycode."""
    if "xn--" not in host:
        return host
    try:
        return idna.decode(host)
    except (idna.IDNAError, UnicodeError):
        return host


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
    import phonenumbers

    parsed = _parsed(number, None)
    return phonenumbers.region_code_for_country_code(parsed.country_code or 0) if parsed else None


def is_possible(text: str, country: str) -> bool:
    """Whether *text*, dialled in *country*, has the length of a number there."""
    import phonenumbers

    parsed = _parsed(text, _region(country))
    return parsed is not None and phonenumbers.is_possible_number(parsed)


def country_and_national(number: str) -> tuple[str, str]:
    """Return the digits of a number that `phone` returned: of its country, and those behind."""
    import phonenumbers

    parsed = _parsed(number, None)
    if parsed is None:
        return "", number.removeprefix("+")
    return str(parsed.country_code), phonenumbers.national_significant_number(parsed)


def identity(text: str) -> str:
    """Return an id: as it is, a UUID in lower case with its hyphens, without braces and ``urn:uuid:``."""
    bare = text.strip()
    return str(uuid.UUID(bare)) if len(bare) in _UUID_LENGTHS and _UUID.fullmatch(bare) else bare


def person(*names: str | None) -> str:
    """Return the words of a person's name, sorted, without case, accents, titles and punctuation."""
    return person_of([word for name in names for word in name_words_of(name or "")])


def person_of(words: list[str]) -> str:
    """Return what `person` does, given words of `name_words_of`; folded twice, "Haee" would lose another letter."""
    return " ".join(sorted([word for word in words if word not in TITLES] or words))


def words_of(text: str) -> list[str]:
    """Return the words of a text, each as `folded` gives it."""
    return _WORDS.findall(folded(text))


def name_words_of(text: str) -> list[str]:
    """Return the words of a name in a text: as `words_of`, without vowel signs; where no blanks are set, each sign."""
    plain = folded(text)
    if not plain.isascii():
        plain = "".join(c for c in plain.translate(_NAME_LETTERS) if unicodedata.category(c)[0] != "M")
        plain = unicodedata.normalize("NFC", plain)  # Hangul as syllables again
    if "dj" in plain or "aa" in plain:
        plain = _NAME_DIGRAPHS.sub(r"\1\2", plain)
    return _NAME_WORDS.findall(plain)


def folded(text: str) -> str:
    """Return *text* in plain small letters; ä, ae and a meet, so that all three spellings of a name do."""
    plain = text.lower() if text.isascii() else cleaned(text).casefold().translate(_letters())
    if not plain.isascii():
        plain = _unmarked(unicodedata.normalize("NFKD", plain))
    bare = plain.replace("'", "").replace("´", "")
    return _DIGRAPHS.sub(r"\1", bare) if "ae" in bare or "oe" in bare or "ue" in bare else bare


@cache
def _letters() -> dict[int, str]:
    """Return the plain letters of every Latin letter with a mark, so that most texts need no decomposing."""
    marked = (chr(code) for first, last in ((0xC0, 0x250), (0x1E00, 0x1F00)) for code in range(first, last))
    plain = {c: unicodedata.normalize("NFKD", c.translate(_STROKES)) for c in marked}
    return _STROKES | {ord(c): base for c, text in plain.items() if (base := _unmarked(text)).isascii()}


def _unmarked(text: str) -> str:
    return "".join(c for c in text if not unicodedata.combining(c))


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
    # 66: with the quotes
    at = reading.find("@")
    while at >= 0:
        local, host = _LOCAL_BEFORE.search(reading[max(0, at - 66) : at]), _HOST.match(reading, at + 1)
        if local and host:
            yield local[1], local[2], host[0]
        at = reading.find("@", at + 1)


def _joined(local: str, host: str) -> str | None:
    name = unicodedata.normalize("NFKC", local.lower())
    bare = name.partition("+")[0] or name  # "+tag" is one mailbox with what stands before it (RFC 5233)
    if host in GMAIL:
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


def _e164(text: str, country: str | None) -> str | None:
    written = _ODD_SPACES.sub(" ", text)
    if written.startswith("+") and (plain := _plain_number(written)):
        return plain
    import phonenumbers

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
    # E.164 allows 15; of fewer than 8 the library knows which are possible
    if not (digits.isascii() and digits.isdigit() and 8 <= len(digits) <= 15):
        return None
    import phonenumbers

    code = next((n for n in (1, 2, 3) if int(digits[:n]) in phonenumbers.COUNTRY_CODE_TO_REGION_CODE), 0)
    # What may be a trunk prefix (0, 1 in North America, 8 in Russia) is left to the library.
    return f"+{digits}" if code and digits[code] not in "018" else None


_region: Final = lru_cache(maxsize=1_000)(country_code)


def _parsed(written: str, region: str | None) -> phonenumbers.PhoneNumber | None:
    import phonenumbers

    try:
        return phonenumbers.parse(written, region)
    except phonenumbers.NumberParseException:
        return None


def _parts(number: str) -> Iterator[str]:
    yield number
    pieces = _PIECES.split(number)
    if len(pieces) > 1:
        yield from (piece for piece in pieces if sum(c.isdigit() for c in piece) >= _FEWEST_DIGITS)
