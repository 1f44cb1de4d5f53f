"""Keys under which two spellings of one company or person meet: its domain, its name, its city."""

from __future__ import annotations

import ipaddress
import re
from functools import lru_cache
from typing import Final

from openprospect_nb.analysis.identity.places import city_key
from openprospect_nb.names.common_words import are_common
from openprospect_nb.names.legal_forms import span, without_form
from openprospect_nb.names.words import LINKING, words_of
from openprospect_nb.privacy import canonical, shared

_TITLES: Final = frozenset({"dr", "prof"})
_MANY: Final = 100_000
SET_APART: Final = r"[,(]|\s[-–—]\s"
# What stands behind a name in brackets, or behind a comma or dash.
_BEHIND: Final = re.compile(rf"\s?(?P<mark>{SET_APART})\s?(?P<town>[^,]+?(?:\([^)]*\))?)\)?$")


@lru_cache(maxsize=_MANY)
def hosts(url: str | None) -> tuple[str, ...]:
    """Return the hosts that a cell for web sites names, in lower-case ASCII without ``www.`` and port.

    Read are web addresses as people type them (`canonical.domains`), several in one cell, an e-mail address, which
    stands for its host, and addresses within words ("see www.firm.example").
    """
    text = (url or "").strip()
    if not text:
        return ()
    names = canonical.domains(text)
    if not names and "@" in text:
        names = tuple(sorted(address.rpartition("@")[2] for address in canonical.addresses_in(text)))
    if not names and " " in text:
        named = sorted(canonical.hosts_in(text), key=text.lower().find)
        sites = (name for name in named if name.startswith("www.") or shared.is_suffix(name.rpartition(".")[2]))
        names = tuple(name.removeprefix("www.") for name in sites)
    return tuple(dict.fromkeys(name for name in names if not _is_ip(name) and ".." not in name))


@lru_cache(maxsize=_MANY)
def registrable_domains(url: str | None) -> tuple[str, ...]:
    """Return the domains someone registered that a cell for web sites names.

    None of them is an IP address, or of a site that many companies share (`shared.own_domain`).
    """
    owned = (shared.own_domain(name) for name in hosts(url))
    return tuple(dict.fromkeys(domain for domain in owned if domain is not None))


def registrable_domain(url: str | None) -> str | None:
    """Return the first domain someone registered: ``shop.firm.co.uk`` → ``firm.co.uk``, ``me.github.io`` stays itself.

    None for IP addresses, for sites that many companies share, and where there is no domain.
    """
    return next(iter(registrable_domains(url)), None)


def name_key(name: str | None) -> str:
    """Return a company name without case, accents, punctuation and legal form; never empty for a name with letters."""
    words = without_form(name or "")
    return " ".join(word for word in words if word not in LINKING) or " ".join(words)


def without_town(name: str, town: str) -> str:
    """Return a name without the town behind its legal form, in brackets, or behind a comma or dash.

    A trade alone is no name: "Sparkasse (Ulm)" keeps it.

    Example:
        >>> [without_town(name, "Ulm") for name in ("Foo GmbH, Ulm", "Foo GmbH Ulm", "Foo (Ulm)", "Stadtwerke Ulm")]
        ['Foo GmbH', 'Foo GmbH', 'Foo', 'Stadtwerke Ulm']
    """
    if not town:
        return name
    whole = name.strip()
    end = _BEHIND.search(whole)
    is_set_apart = end is not None and city_key(end["town"]) == city_key(town)
    start = end.start() if end is not None and is_set_apart else len(whole) - len(town) - 1
    if not is_set_apart and not (start > 0 and whole[start].isspace() and whole[start + 1 :].lower() == town.lower()):
        return name
    head = whole[:start].strip()
    words = words_of(head)
    has_form_behind = span(words)[1] < len(words)
    return head if head and (has_form_behind or (is_set_apart and not are_common(without_form(head)))) else name


def person_key(first: str | None, last: str | None) -> str:
    """Return a person's name without case, accents, titles and punctuation; empty unless both parts are there."""
    parts = [[word for word in words_of(part or "") if word not in _TITLES] for part in (first, last)]
    return " ".join(word for part in parts for word in part) if all(parts) else ""


def _is_ip(name: str) -> bool:
    if not re.search(r"\d$|:", name):
        return False
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True
