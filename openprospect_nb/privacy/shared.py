"""Names that are nobody's own: mailboxes of functions, domains of mail providers, networks of many.

An address or domain among these says nothing about who it is; `analysis` and erasing ask the same lists.
"""

from __future__ import annotations

from functools import cache
from typing import Final

from publicsuffixlist import PublicSuffixList

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
FREE_MAIL: Final = (
    "aol.com", "aon.at", "arcor.de", "bluewin.ch", "chello.at", "fastmail.com", "free.fr", "freenet.de", "gmail.com",
    "gmx.at", "gmx.ch", "gmx.com", "gmx.de", "gmx.net", "googlemail.com", "hey.com", "hotmail.com", "hotmail.de",
    "icloud.com", "laposte.net", "libero.it", "live.com", "live.de", "mac.com", "mail.com", "mail.de", "mailbox.org",
    "me.com", "msn.com", "o2.pl", "orange.fr", "outlook.com", "outlook.de", "posteo.de", "proton.me", "protonmail.com",
    "rocketmail.com", "seznam.cz", "sfr.fr", "t-online.de", "tutanota.com", "vodafone.de", "wanadoo.fr", "web.de",
    "wp.pl", "yahoo.co.uk", "yahoo.com", "yahoo.de", "yandex.com", "ymail.com", "zoho.com",
)  # fmt: skip
# Networks on which a page may be a person's; under any top-level domain of theirs.
NETWORKS: Final = ("linkedin", "xing", "facebook", "instagram", "twitter", "x", "youtube", "tiktok")


def is_shared_domain(domain: str) -> bool:
    """Whether many different persons or companies are at *domain*: a mail provider, a network, a public suffix."""
    registered = _suffixes().privatesuffix(domain)
    return registered is None or registered in FREE_MAIL or registered.partition(".")[0] in NETWORKS


@cache
def _suffixes() -> PublicSuffixList:
    return PublicSuffixList()
