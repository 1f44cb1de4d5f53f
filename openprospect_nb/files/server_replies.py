"""What a mail server's reply says of a mailbox: its codes (RFC 5321, RFC 3463), and the words beside them.

A permanent reply is a hard bounce only where it is about the mailbox. A mailbox that is full exists, whatever the first
digit says; so may one whose server refuses this message, or this sender: that tells of us, not of the address.
"""

from __future__ import annotations

import re
from typing import Final

_BEGIN: Final = re.compile(r"^(?:\w[\w-]*;\s*)?[245](?:\d\d|\.\d{1,3}\.\d{1,3})\b")
_ENHANCED: Final = re.compile(r"(?<![\d.])([245])\.(\d{1,3})\.(\d{1,3})(?![\d.])")
_PLAIN: Final = re.compile(r"(?<![\d.])([245])\d\d(?![\d.])")
# Full or over its quota, too large a message; then refusals of the message or its sender; RFC 3463 by subject.detail.
_FULL_CODES: Final = frozenset({"2.2", "2.3", "3.4"})
_FULL: Final = re.compile(
    r"mailbox (?:is )?full|full mailbox|quota|storage|mailfolder is over|too large|size limit|exceeds.{0,20}size"
    r"|postfach.{0,12}voll|boîte.{0,20}pleine|buzón.{0,12}lleno|casella.{0,12}piena",
    re.IGNORECASE,
)
_REFUSED: Final = re.compile(
    r"\bspam|block(?:ed|list)|black ?list|\bdnsbl|\brbl\b|\bspf\b|\bdkim\b|\bdmarc\b|reputation|polic(?:y|ies)"
    r"|rate limit|too many|content (?:filter|reject)|unauthenticated|greylist|try again|temporar",
    re.IGNORECASE,
)
_UNKNOWN: Final = re.compile(
    r"(?:user|recipient|mailbox|address|account|alias)\S*\s+(?:\S+\s+){0,6}?(?:unknown|not found|not exist|invalid"
    r"|disabled|inactive|unavailable|deactivated|suspended)"
    r"|(?:unknown|invalid|no such|nonexistent|bad)\s+(?:\S+\s+){0,2}?(?:user|recipient|mailbox|address|account|alias)"
    r"|no mailbox|does(?: not|n't) (?:exist|have)|not listed|couldn't be found|could not be found|recipientnotfound",
    re.IGNORECASE,
)
# Within a server's reply it is the mailbox that is unknown; in a tool's word it may be the error.
_UNSAID_OF_WHAT: Final = re.compile(r"unbekannt|existiert nicht|inconnu|desconocid|sconosciut", re.IGNORECASE)


def is_reply(text: str) -> bool:
    """Return whether *text* begins as a server's reply does: with its code."""
    return bool(_BEGIN.match(text))


def is_error(text: str) -> bool:
    """Return whether *text* is a server's reply that it did not take a mail, or says that a mailbox takes none.

    Example:
        >>> is_error("550 5.1.1 unknown"), is_error("250 OK"), is_error("Autumn campaign")
        (True, False, False)
    """
    return (is_reply(text) and reply_kind(text) != "delivered") or told_of_mailbox(text) is not None


def reply_kind(text: str) -> str | None:
    """Return "delivered", "soft_bounced" or "hard_bounced", by the codes in *text* and its words; None without a code.

    Example:
        >>> reply_kind("550 5.1.1 unknown"), reply_kind("552 mailbox full"), reply_kind("550 5.7.1 spam")
        ('hard_bounced', 'soft_bounced', 'soft_bounced')
    """
    enhanced = [hit.groups() for hit in _ENHANCED.finditer(text)]
    # 5.0.0 says no more than its first digit does.
    telling = [(digit, f"{subject}.{detail}") for digit, subject, detail in enhanced if (subject, detail) != ("0", "0")]
    plain = [hit[1] for hit in _PLAIN.finditer(text)]
    digit = next(iter([*(digit for digit, _ in telling), *plain, *(digit for digit, *_ in enhanced)]), None)
    if digit is None:
        return None
    if digit in "24":
        return "delivered" if digit == "2" else "soft_bounced"
    codes = {code for _, code in telling}
    if codes & _FULL_CODES or (not codes and worded_kind(text) == "soft_bounced"):
        return "soft_bounced"
    is_refusal = any(code.startswith(("6.", "7.")) for code in codes)
    return (
        "soft_bounced" if is_refusal and not (_UNKNOWN.search(text) or _UNSAID_OF_WHAT.search(text)) else "hard_bounced"
    )


def worded_kind(text: str) -> str | None:
    """Return "soft_bounced" or "hard_bounced" by words alone; None where they say neither.

    Example:
        >>> worded_kind("Sorry, no mailbox here by that name."), worded_kind("over the allowed quota")
        ('hard_bounced', 'soft_bounced')
    """
    told = told_of_mailbox(text) or ("hard_bounced" if _UNSAID_OF_WHAT.search(text) else None)
    return told or ("soft_bounced" if _REFUSED.search(text) else None)


def told_of_mailbox(text: str) -> str | None:
    """Return "soft_bounced" of a full mailbox, "hard_bounced" where nobody is; of a refusal the words tell neither.

    Example:
        >>> told_of_mailbox("mailbox full"), told_of_mailbox("no such user"), told_of_mailbox("spam")
        ('soft_bounced', 'hard_bounced', None)
    """
    if _FULL.search(text):
        return "soft_bounced"
    return "hard_bounced" if _UNKNOWN.search(text) else None
