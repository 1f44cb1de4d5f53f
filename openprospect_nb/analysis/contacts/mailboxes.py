"""What an e-mail address shows by itself: its domain, whether it is well formed, and what kind of mailbox it is.

The lists are short, offline and our own choice of well-known names; they say what they find and never that an
address is safe. Nothing here asks the network.
"""

from __future__ import annotations

from typing import Final

import narwhals.stable.v2 as nw
from email_validator import EmailNotValidError, validate_email

from openprospect_nb.analysis.table import OpenTable, collect
from openprospect_nb.privacy import shared

ROLE_NAMES: Final = shared.ROLE_NAMES
FREE_MAIL: Final = shared.FREE_MAIL
DISPOSABLE: Final = (
    "10minutemail.com", "byom.de", "discard.email", "dispostable.com", "emailondeck.com", "fakeinbox.com",
    "getairmail.com", "getnada.com", "grr.la", "guerrillamail.com", "guerrillamail.info", "guerrillamail.net",
    "guerrillamail.org", "guerrillamailblock.com", "harakirimail.com", "inboxkitten.com", "mailcatch.com",
    "maildrop.cc", "mailexpire.com", "mailinator.com", "mailnesia.com", "mailnull.com", "mintemail.com", "moakt.com",
    "mohmal.com", "muellmail.com", "mytemp.email", "sharklasers.com", "sofort-mail.de", "spam4.me", "spambog.com",
    "spamgourmet.com", "temp-mail.org", "tempail.com", "tempmail.net", "tempr.email", "throwawaymail.com",
    "trash-mail.com", "trashmail.com", "trashmail.de", "wegwerfemail.de", "wegwerfmail.de", "yopmail.com",
    "yopmail.fr",
)  # fmt: skip

# Letters, digits and single separators on both sides: surely well formed, so only the rest is asked one by one.
_PLAIN: Final = r"^[a-z0-9]+([._+-][a-z0-9]+)*@([a-z0-9]+(-[a-z0-9]+)*\.)+[a-z]{2,20}$"
_RESERVED: Final = r"\.(arpa|invalid|local|localhost|onion|test)$"


def address(prospects: OpenTable) -> nw.Expr:
    """Return the e-mail address in lower case without blanks around it, null where there is none."""
    text = prospects.column("email", nw.String).str.strip_chars().str.to_lowercase()
    return nw.when(text != "").then(text).otherwise(nw.lit(None, nw.String))


def domain(email: nw.Expr) -> nw.Expr:
    """Return what follows the last @ of an address."""
    return email.str.replace_all("^.*@", "")


def local_part(email: nw.Expr) -> nw.Expr:
    """Return what precedes the first @, without a ``+tag``."""
    return email.str.replace_all("@.*$", "").str.replace_all(r"\+.*$", "")


def is_role(email: nw.Expr) -> nw.Expr:
    """Return whether an address names a function, not a person (info@, vertrieb@)."""
    return local_part(email).is_in(ROLE_NAMES)


def is_free_mail(email: nw.Expr) -> nw.Expr:
    """Return whether an address is at a provider of private mailboxes."""
    return domain(email).is_in(FREE_MAIL)


def is_disposable(email: nw.Expr) -> nw.Expr:
    """Return whether an address is at a provider of throw-away mailboxes."""
    return domain(email).is_in(DISPOSABLE)


def malformed(prospects: OpenTable, email: nw.Expr) -> list[str]:
    """Return the addresses of the frame that no mail server could accept, by `email_validator` (no look-ups)."""
    doubtful = ~email.str.contains(_PLAIN) | email.str.contains(_RESERVED)
    addresses = prospects.lazy.select(email.alias("email")).filter(doubtful).unique("email")
    return sorted(text for text in collect(addresses, ["email"])["email"].to_list() if not is_well_formed(text))


def is_well_formed(text: str) -> bool:
    """Whether *text* is an address a mail server could accept."""
    try:
        validate_email(text, check_deliverability=False)
    except EmailNotValidError:
        return False
    return True
