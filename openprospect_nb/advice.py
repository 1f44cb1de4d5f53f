"""What the vendor's writing guide would miss in an ICP, and countries we do not know: pure checks with suggestions."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from openprospect_nb.countries import country_code, region_codes, similar_countries

FEW_WORDS: Final = 12


@dataclass(frozen=True, slots=True)
class Advice:
    """One thing that would make an ICP easier to match: its topic, what is missing, and what to write."""

    topic: str
    missing: str
    suggestion: str

    def __str__(self) -> str:
        return f"{self.topic}: {self.missing} {self.suggestion}"


# Words of size: a number of people, a range, or a class such as SME; English and German.
SIZE = re.compile(
    r"\b\d[\d.,']*\s*(?:\+|k\b)?\s*(?:-|–|to|bis|and|und)?\s*\d*[\d.,']*\s*(?:\+\s*)?"
    r"(?:employees|staff|people|heads|fte|ftes|mitarbeite\w*|beschäftigte\w*|angestellte\w*|leute\w*)\b"
    r"|\b(?:employees|headcount|staff|mitarbeiter\w*|mitarbeitende\w*)\b\W*(?:of|between|von|zwischen|ab|über|over)?\W*\d"
    r"|\b(?:smes?|smbs?|kmu|mid-?sized?|midsize|mittelst\w+|mittelgro\w+|small business\w*|enterprises?|konzern\w*|"
    r"startups?|scale-?ups?|kleinunternehmen|kleine unternehmen|large companies|großunternehmen)\b"
    r"|\b(?:revenue|turnover|umsatz)\b",
    re.IGNORECASE,
)
# What a company is, rather than how it is: sectors, and nouns of trade.
INDUSTRY = re.compile(
    r"\b(?:manufactur\w+|makers?|producers?|builders?|build\w*|suppliers?|retail\w*|wholesal\w+|distribut\w+|agenc\w+|"
    r"consult\w+|software|saas|logistic\w+|bank\w*|insur\w+|clinics?|hospitals?|practices?|law firms?|hotels?|"
    r"restaurants?|energy|utilit\w+|construction|engineer\w+|automotive|pharma\w*|biotech\w*|chemic\w+|food|textil\w*|machine\w*|"
    r"machinery|robot\w+|automation|electronic\w*|e-?commerce|online shops?|fintech\w*|medtech|medical|dental|"
    r"real estate|propert\w+|telecom\w*|media|publish\w+|universit\w+|schools?|training|recruit\w+|staffing|"
    r"craft\w*|farm\w*|hersteller\w*|\w*bauer|\w*bau|händler\w*|\w*handel|dienstleist\w+|agentur\w*|berat\w+|kanzlei\w*|"
    r"praxen|praxis|klinik\w*|krankenh\w+|versicher\w+|logistik\w*|spedition\w*|maschinenbau\w*|handwerk\w*|gastronom\w+|energie\w*|"
    r"stadtwerke\w*|bildung\w*|personal\w*|industrie\w*|industr\w+|betrieb\w*|fabrik\w*|zulieferer\w*|integrator\w*|"
    r"operators?|provider\w*|anbieter\w*|betreiber\w*|"
    r"dentists?|doctors?|physicians?|surgeons?|veterinar\w+|vets|pharmac\w+|opticians?|lawyers?|attorneys?|notar\w+|"
    r"architect\w*|accountan\w+|auditors?|tax advis\w+|bak(?:ers?|eries)|butchers?|brewer\w*|winer\w+|growers?|gyms?|"
    r"salons?|hairdress\w+|garages?|dealer\w*|importers?|exporters?|plumbers?|electricians?|roofers?|carpent\w+|joiner\w*|"
    r"print(?:ers?|ing)|photograph\w+|studios?|museums?|theat(?:re|er)s?|airlines?|carriers?|couriers?|freight|forwarders?|"
    r"charit\w+|municipalit\w+|furriers?|mills?|foundr\w+|mines?|mining|quarr\w+|nurser\w+|care homes?|"
    r"\w*[äa]rzt\w*|\w*anw[äa]lt\w*|apothek\w+|b[äa]cker\w*|metzger\w*|brauerei\w*|winzer\w*|weing[üu]t\w*|optiker\w*|"
    r"fris[eö]u?r\w*|autoh[äa]us\w*|werkst[äa]tt\w*|architekt\w*|\w*prüfer\w*|reeder\w*|gießerei\w*|druckerei\w*|pflegeheim\w*)\b",
    re.IGNORECASE,
)
PLACE = re.compile(
    r"\b(?:in|from|based|located|across|near|around|aus|im|rund um|nahe|bundesweit|dach|benelux|nordics?|"
    r"europe\w*|europa|emea|region\w*|countr\w+|länder\w*|cit\w+|städt\w+|state\w*|bundesland\w*)\b",
    re.IGNORECASE,
)
TRAITS = re.compile(
    r"\b(?:use\w*|using|run\w*|operate\w*|with|own\w*|plan\w*|grow\w*|hir\w+|export\w*|certif\w+|iso|sell\w*|offer\w*|"
    r"invest\w*|expand\w*|international\w*|sites?|locations?|fleet|erp|crm|cloud|sap|"
    r"nutz\w+|setz\w+|betreib\w+|mit|eigen\w+|plan\w+|wachs\w+|stell\w+|export\w+|zertif\w+|verkauf\w+|biet\w+|"
    r"investier\w+|standort\w*|niederlassung\w*|fuhrpark)\b",
    re.IGNORECASE,
)
FIT = re.compile(
    r"\b(?:good fit|ideal\w*|best|because|need\w*|must|should|prefer\w*|looking for|struggl\w+|problem\w*|pain\w*|"
    r"want\w*|passen\w*|passt|ideal\w*|weil|brauch\w+|benötig\w+|müssen|sollte\w*|bevorzug\w+|suchen|herausforderung\w*)\b",
    re.IGNORECASE,
)
VAGUE = re.compile(
    r"\b(?:innovative|leading|dynamic|modern|successful|all companies|any compan\w+|everyone|various|"
    r"innovativ\w*|führend\w*|dynamisch\w*|erfolgreich\w*|alle firmen|alle unternehmen|verschieden\w+)\b",
    re.IGNORECASE,
)


def advise(text: str, *, industries: Sequence[str], cities: Sequence[str], countries: Sequence[str]) -> list[Advice]:
    """Return what is missing in an ICP's *text*, given what its other fields already say; empty means nothing."""
    checks: list[tuple[Callable[[], bool], Advice]] = [
        (lambda: bool(industries) or INDUSTRY.search(text) is not None, MISSING_INDUSTRY),
        (lambda: SIZE.search(text) is not None, MISSING_SIZE),
        (lambda: bool(cities or countries) or PLACE.search(text) is not None, MISSING_PLACE),
        (lambda: TRAITS.search(text) is not None, MISSING_TRAITS),
        (lambda: FIT.search(text) is not None, MISSING_FIT),
        (lambda: len(text.split()) >= FEW_WORDS, TOO_SHORT),
    ]
    missing = [advice for is_there, advice in checks if not is_there()]
    if vague := sorted({match.group().lower() for match in VAGUE.finditer(text)}):
        quoted = ", ".join(f"“{word}”" for word in vague)
        suggestion = "Say what one would see in such a company instead."
        missing.append(Advice("vague words", f"{quoted} fits any company.", suggestion))
    return missing


def country_advice(countries: Sequence[str]) -> list[Advice]:
    """Return one piece of advice for each text of *countries* that is no country we know; the API may know it."""
    return [_about_country(text) for text in countries if region_codes(text) or country_code(text) is None]


def _about_country(text: str) -> Advice:
    codes = region_codes(text)
    if codes:
        return Advice(
            "countries",
            f"“{text}” is a region, or a part of a country; it is sent as written.",
            f"To be sure, name the country: {', '.join(codes)} (op.countries_of({text!r}) gives the list).",
        )
    similar = similar_countries(text)
    hint = f"Did you mean {' or '.join(similar)}?" if similar else "Use ISO codes such as DE, or names of countries."
    return Advice("countries", f"“{text}” is not a country we know; it is sent as written.", hint)


MISSING_INDUSTRY: Final = Advice(
    "industry", "No industry or kind of business is named.", "Say what the companies make, sell or do: “makers of …”."
)
MISSING_SIZE: Final = Advice("size", "No size is given.", "Give a range such as “50 to 500 employees”.")
MISSING_PLACE: Final = Advice("geography", "No place is named.", "Name countries, regions or cities.")
MISSING_TRAITS: Final = Advice(
    "characteristics", "No trait is named.", "Add what can be observed: technologies, sites, certificates, hiring."
)
MISSING_FIT: Final = Advice(
    "fit", "It does not say what makes a good fit.", "Add a sentence such as “A good fit has …” or “… because …”."
)
TOO_SHORT: Final = Advice(
    "length", "The description is very short.", "Two or three sentences match better than a phrase."
)
