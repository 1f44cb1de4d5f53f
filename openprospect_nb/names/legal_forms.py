"""What of a company's name is its legal form, in front of the name or behind it: GmbH & Co. KG, OOO, 株式会社."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import cache, lru_cache
from importlib.resources import files
from typing import Final

from openprospect_nb.names import common_words
from openprospect_nb.names.common_words import are_common
from openprospect_nb.names.words import LINKING, words_of
from openprospect_nb.tables import tables

# Two letters that are other things in Latin script.
_CYRILLIC: Final = re.compile(r"^\s*(?:ИП|ПП|ЧП|ЧУП|УП|ТД|ДП|КП|ЕТ|СП|АО)(?=[\s«\"„])|(?<=[\w»\"“][\s,])\s*ИП\s*$")
# Written without a blank between form and name; for other engines too.
GLUED: Final = (
    "株式会社|有限会社|合同会社|合資会社|合名会社|相互会社|一般社団法人|一般財団法人|特定非営利活動法人|医療法人社団|医療法人|[(（][株有同資名][)）]|[㈱㈲㈾㈴]"
    "|股份有限公司|有限责任公司|有限責任公司|股份公司|有限公司|無限公司|无限公司|有限合伙企业|[(（](?:有限合伙|普通合伙)[)）]"
    "|주식회사|유한책임회사|유한회사|합자회사|합명회사|[(（][주유][)）]|㈜|บริษัท|จำกัด|[(（]มหาชน[)）]"
)
_GLUED: Final = re.compile(GLUED)
# One letter behind "&", or two with dots, is a form; without them it is a word: "Vitamin C", "Gaming PC".
_DOTTED: Final = re.compile(r"(?:[&+]|\be)\s?C\.?(?=\s|$)|[\s,](?:P\.\s?[AC]|N\.\s?A)\.?(?=\s|$|,)")
# Forms that fold to what is no form: "I.I." and "IĮ" to the second of something, "AE" and "OE" (Greece) to one letter.
# So they count as they are written alone, and only where such a form stands.
_ALIKE: Final = re.compile(r"^\s*(?:IĮ|I\.\s?I\.)(?=\s)|[\s,]+(?:I\.\s?I\.?|IĮ|[AΑOΟ][EΕ])\s*$")
_NO_FORM: Final = re.compile(r"[a-z]|x{0,3}(?:ix|iv|v?i{0,3})")
# Its preposition of one letter would be taken for one more initial: "S.A. w likwidacji".
_WOUND_UP: Final = re.compile(
    r"[\s,(]+[wviву] (?:likwidacji|likvid[aá]ci[ij]?|likvidaciji|likvidation|ликвидации|ліквідації)\)?$", re.IGNORECASE
)
# Of "Objekt I S.A.S." the numeral is no initial of the form.
_NUMERAL_BEFORE: Final = re.compile(r"(?<=\s)([IVX])\s([A-Za-z](?:[./]\s?[A-Za-z])+\b)")
# Wherever one of these may match, for engines that cannot look ahead.
MAY_BE_DOTTED: Final = (
    r"[&+e]\s?C\b|[\s,][PN]\.\s?[AC]\b|(?i:lik[vw]id|л[иі]кв[иі]д)|I\.\s?I\b|IĮ|[\s,][AΑOΟ][EΕ]\s*$"
    r"|\s[IVX]\s[A-Za-z][./]\s?[A-Za-z]|^\s*(?:ИП|ПП|ЧП|ЧУП|УП|ТД|ДП|КП|ЕТ|СП|АО)[\s«\"„]|ИП\s*$"
)
_OWNERS: Final = frozenset({"inh", "inhaber", "inhaberin"})
_FILLERS: Final = LINKING | {"the", "i", "ja", "ve", "e"}
_UNTOLD: Final = "?"  # for a form that is read as it is written, and is of no law of the table


def without_form(name: str) -> list[str]:
    """Return the words of a name without its legal forms; a name that is nothing but a form keeps it."""
    return parted(name)[0]


def parted(name: str) -> tuple[list[str], str]:
    """Return the words of a name without its legal forms, and those of its forms; empty unless it has one."""
    if "." in name or "/" in name:
        name = _NUMERAL_BEFORE.sub(lambda match: f"{match[1]} {re.sub('[./ ]', '', match[2])}", name)
    bare = _without_alike(_unglued(_WOUND_UP.sub("", name) if "li" in name.lower() or not name.isascii() else name))
    words = words_of(_DOTTED.sub(" & Co ", bare) if "." in bare or "&" in bare or "+" in bare else bare)
    start, end = span(words)
    written_into = " ".join((*_CYRILLIC.findall(name), *_GLUED.findall(name)))
    unglued = "" if bare is name else " ".join(words_of(written_into)) or _UNTOLD
    return words[start:end], " ".join(filter(None, (unglued, form_of(words, start, end))))


def form_of(words: list[str], start: int, end: int) -> str:
    """Return the words of a name's forms, those of an owner ("Inh. Hans Meier") left out."""
    return " ".join(word for word in (*words[:start], *words[end:]) if word in known_words())


@lru_cache(maxsize=10_000)
def are_two_kinds(one: str, other: str) -> bool:
    """Return whether two legal forms, in words, are two kinds of company of one law: a GmbH is no KG, an Inc. no LLC.

    Forms of different laws may be one in two languages: GmbH and LLC, AG and SA.
    """
    kinds, others = _kinds(one), _kinds(other)
    laws = kinds.keys() & others.keys()
    return bool(laws) and all(kinds[law] != others[law] for law in laws)


def _kinds(form: str) -> dict[int, int]:
    """Return law → which of its kinds of company a form is; of several the last: "GmbH & Co. KG" is a KG."""
    words, kinds = tuple(form.split()), dict[int, int]()
    for end in range(1, len(words) + 1):
        here: dict[int, tuple[int, int]] = {}
        for start in range(end):
            for law, kind in _laws().get(words[start:end], ()):
                here.setdefault(law, (start, kind))
        kinds |= {law: kind for law, (_, kind) in here.items()}
    return kinds


@cache
def _laws() -> dict[tuple[str, ...], list[tuple[int, int]]]:
    """Return each spelling of a form in words → the laws that know it, each with the kind it is there."""
    laws: dict[tuple[str, ...], list[tuple[int, int]]] = {}
    for law, line in enumerate(tables("names/legal_forms.toml")["kinds"].strip().splitlines()):
        for kind, spellings in enumerate(line.split("|")):
            for spelling in spellings.split(";"):
                laws.setdefault(tuple(words_of(spelling)), []).append((law, kind))
    return laws


def span(words: list[str]) -> tuple[int, int]:
    """Return where a name without its legal forms begins and ends among its words; only `known_words` matter."""
    behind = _stripped_behind(_without_owner(words))
    core = _stripped_in_front(behind, is_alone=len(behind) == len(words))
    if core[:1] == ["sc"] and len(core) > 1 and words[-1:] in (["srl"], ["sa"]):  # S.C. … S.R.L., of Romania
        core = core[1:]
    if not _FILLERS.issuperset(core):
        return len(behind) - len(core), len(behind)
    return 0, len(words if _FILLERS.issuperset(behind) else behind)


@cache
def known_words() -> frozenset[str]:
    """Return every word that makes a difference to `span`; all others are alike to it."""
    forms = (*_by_all(_behind()), *_by_all(_in_front(is_alone=True)))
    return (
        frozenset(forms)
        | _FILLERS
        | _OWNERS
        | common_words.known()
        | common_words.fillers()
        | {"the", "sc", "srl", "sa"}
    )


def _by_all(forms: Mapping[str, tuple[tuple[str, ...], ...]]) -> Iterator[str]:
    return (word for listed in forms.values() for form in listed for word in form)


def _unglued(name: str) -> str:
    """Return a name with a blank in the place of forms that are written into it."""
    if name.isascii() or not (_GLUED.search(name) or _CYRILLIC.search(name)):
        return name
    bare = _GLUED.sub(" ", _CYRILLIC.sub(" ", name))
    return bare if words_of(bare) else name


def _without_alike(name: str) -> str:
    bare = _ALIKE.sub(" ", name) if "I" in name or name.rstrip().endswith(("E", "Ε")) else name
    return bare if bare != name and words_of(bare) else name


def _without_owner(words: list[str]) -> list[str]:
    """Return the words up to "Inh. Hans Meier"."""
    if _OWNERS.isdisjoint(words[1:]):
        return words
    return next(words[:n] for n, word in enumerate(words) if n and word in _OWNERS)


def _stripped_behind(words: list[str]) -> list[str]:
    by_last, end = _behind(), len(words)
    while end > 0:
        forms = by_last.get(words[end - 1], ())
        length = next((len(form) for form in forms if tuple(words[max(end - len(form), 0) : end]) == form), 0)
        if not length:
            break
        end -= length
        while end > 1 and words[end - 1] in {"und", "and", "et"}:
            end -= 1
    return words[:end]


def _stripped_in_front(words: list[str], *, is_alone: bool) -> list[str]:
    by_first, start = _in_front(is_alone=is_alone), 0
    while start < len(words) - 1:
        forms = by_first.get(words[start], ())
        length = next((len(form) for form in forms if tuple(words[start : start + len(form)]) == form), 0)
        # "AB Plumbing" is called AB: a trade alone is no name.
        if (
            not length
            or start + length >= len(words)
            or (len(words[start]) < 3 and are_common(words[start + length :]))
        ):
            break
        start += length
    return words[start + 1 :] if words[start : start + 1] == ["the"] and start < len(words) - 1 else words[start:]


@cache
def _behind() -> dict[str, tuple[tuple[str, ...], ...]]:
    """Return last word → the forms that end in it, the longest first."""
    return _by_word((*_short_forms("behind"), *_long_forms()), -1)


@cache
def _in_front(*, is_alone: bool) -> dict[str, tuple[tuple[str, ...], ...]]:
    """Return first word → the forms that begin with it, the longest first."""
    usual = (*_short_forms("in_front"), *(form for form in _long_forms() if len(form) > 1))
    return _by_word((*usual, *_short_forms("in_front_alone")) if is_alone else usual, 0)


def _by_word(forms: Iterable[tuple[str, ...]], place: int) -> dict[str, tuple[tuple[str, ...], ...]]:
    by_word: dict[str, list[tuple[str, ...]]] = {}
    for form in sorted(set(forms), key=lambda form: (-len(form), form)):
        by_word.setdefault(form[place], []).append(form)
    return {word: tuple(listed) for word, listed in by_word.items()}


@cache
def _short_forms(place: str) -> tuple[tuple[str, ...], ...]:
    return tuple(_phrases(tables("names/legal_forms.toml")[place]))


@cache
def _long_forms() -> tuple[tuple[str, ...], ...]:
    text = files("openprospect_nb.names").joinpath("legal_forms_iso20275.txt").read_text("utf-8")
    return tuple(_phrases("|".join(line for line in text.splitlines() if not line.startswith("#"))))


def _phrases(text: str) -> Iterator[tuple[str, ...]]:
    for part in text.split("|"):
        words = tuple(words_of(part))
        if words and not (len(words) == 1 and _NO_FORM.fullmatch(words[0])):
            yield words
