"""Twelve formats in which tools say what became of mails, written from one list of invented people.

Fields and words are those of the tools' public documentation; every person and address is invented.
"""

# ruff: noqa: E501 - formats are read best one a line

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from email.utils import format_datetime
from typing import NamedTuple


class Told(NamedTuple):
    """What is to be said of one mail: whose, what happened (hard, soft, reply, auto, sent, odd), and when."""

    email: str
    what: str
    at: datetime


@dataclass(frozen=True, eq=False)
class Format:
    """A format: what it can say (what → kind), and how a list of mails is written in it, as a list of pieces.

    A piece is a line of a table (the first is its heading), a JSON text, or a mail.
    """

    name: str
    ending: str
    says: dict[str, str]
    write: Callable[[Sequence[Told]], list[bytes]]
    joint: bytes = b"\n"
    before: bytes = b""
    after: bytes = b""
    is_table: bool = False

    def content(self, told: Sequence[Told]) -> bytes:
        """Return the file."""
        return self.before + self.joint.join(self.write(told)) + self.after


def table(heading: str, cells: Callable[[Told], Sequence[str]]) -> Callable[[Sequence[Told]], list[bytes]]:
    """Return a writer of lines with commas."""
    return lambda told: [line.encode() for line in (heading, *(",".join(cells(one)) for one in told))]


def events(shape: Callable[[Told], object]) -> Callable[[Sequence[Told]], list[bytes]]:
    """Return a writer of JSON objects."""
    return lambda told: [json.dumps(shape(one), ensure_ascii=False).encode() for one in told]


def _mail(one: Told) -> bytes:
    text = _REPORT if one.what in {"hard", "soft", "sent"} else _LETTER
    action, status, why = {
        "hard": ("failed", "5.1.1", "550 5.1.1 no such user"),
        "soft": ("delayed", "4.4.1", "connection timed out"),
        "sent": ("delivered", "2.0.0", "250 OK"),
        "reply": ("Re: a question", "In-Reply-To: <1@seller.example>", ""),
        "auto": ("Automatic reply: away", "Auto-Submitted: auto-replied", ""),
    }[one.what]
    return text.format(
        action=action, status=status, why=why, email=one.email, at=format_datetime(one.at), subject=action, extra=status
    ).encode()


_LETTER = """From: Somebody <{email}>
To: sales@seller.example
Date: {at}
Subject: {subject}
{extra}
Content-Type: text/plain; charset="utf-8"

Gruss aus Koeln
"""
_REPORT = """From: Mail Delivery System <MAILER-DAEMON@relay.example>
To: sales@seller.example
Date: {at}
Subject: Delivery Status Notification
Content-Type: multipart/report; report-type=delivery-status; boundary="b0"

--b0
Content-Type: text/plain

This is the mail system at relay.example.

--b0
Content-Type: message/delivery-status

Reporting-MTA: dns; relay.example
Arrival-Date: {at}

Final-Recipient: rfc822; {email}
Action: {action}
Status: {status}
Diagnostic-Code: smtp; {why}

--b0
Content-Type: message/rfc822

Message-ID: <for-{email}>
To: {email}
Subject: a question

Text.

--b0--
"""


def _smartlead(one: Told) -> Sequence[str]:
    at = one.at.isoformat()
    reply = at if one.what == "reply" else ""
    word = {"auto": "Out Of Office", "odd": "sproing"}.get(one.what, "")
    return one.email, "1", at, reply, str(one.what == "hard").lower(), word


def _ses(one: Told) -> object:
    at = one.at.isoformat()
    name, part = {
        "hard": ("Bounce", {"bounceType": "Permanent", "bouncedRecipients": [{"emailAddress": one.email, "diagnosticCode": "smtp; 550"}]}),
        "soft": ("Bounce", {"bounceType": "Transient", "bouncedRecipients": [{"emailAddress": one.email}]}),
        "sent": ("Delivery", {"recipients": [one.email]}),
        "odd": ("Sproing", {"recipients": [one.email]}),
    }[one.what]  # fmt: skip
    event = {"notificationType": name, "mail": {"timestamp": at, "messageId": one.email, "destination": [one.email]}}
    return {"Type": "Notification", "Message": json.dumps({**event, name.lower(): {**part, "timestamp": at}})}


def _postmark(one: Told) -> object:
    at, bounce = (
        one.at.isoformat(),
        {"hard": "HardBounce", "soft": "SoftBounce", "auto": "AutoResponder", "odd": "Sproing"},
    )
    if one.what == "sent":
        return {"RecordType": "Delivery", "Recipient": one.email, "DeliveredAt": at, "MessageID": one.email}
    return {
        "RecordType": "Bounce",
        "Type": bounce[one.what],
        "Email": one.email,
        "BouncedAt": at,
        "MessageID": one.email,
        "Details": "smtp;550",
    }


def _mailchimp(one: Told) -> object:
    at = one.at.isoformat()
    acts = {"hard": [{"action": "bounce", "type": "hard", "timestamp": at}], "sent": [],
            "soft": [{"action": "bounce", "type": "soft", "timestamp": at}], "odd": [{"action": "sproing", "timestamp": at}]}  # fmt: skip
    return {"campaign_id": "c1", "email_address": one.email, "activity": acts[one.what]}


def _sendgrid(one: Told) -> object:
    event = {"hard": "bounce", "soft": "deferred", "sent": "delivered", "odd": "sproing"}[one.what]
    own = {"reason": "550 unknown user", "type": "bounce"} if one.what == "hard" else {}
    return {
        "email": one.email,
        "timestamp": int(one.at.timestamp()),
        "event": event,
        "sg_message_id": f"{one.email}.filter",
        "sg_event_id": "x",
        **own,
    }


HARD, SENT = {"hard": "bounced"}, {"sent": "sent"}
SOFT, REPLY, AUTO = {"soft": "soft_bounced"}, {"reply": "replied"}, {"auto": "auto_replied"}
DELIVERED = {"sent": "delivered"}
ODD = {"odd": "unknown"}
FORMATS = (
    Format("Instantly", "csv", HARD | SENT | REPLY | AUTO | ODD, table("timestamp,event_type,lead_email,campaign_name", lambda one: (
        one.at.isoformat(), {"hard": "email_bounced", "sent": "email_sent", "reply": "reply_received", "auto": "auto_reply_received", "odd": "sproing"}[one.what], one.email, "autumn")), is_table=True),
    Format("Smartlead", "csv", HARD | DELIVERED | REPLY | AUTO, table("lead_email,sequence_number,sent_time,reply_time,is_bounced,lead_category", _smartlead), is_table=True),
    Format("lemlist", "csv", HARD | SENT | REPLY | ODD, table("email,firstName,lastState", lambda one: (
        one.email, "Anna", {"hard": "emailsBounced", "sent": "emailsSent", "reply": "emailsReplied", "odd": "sproing"}[one.what])), is_table=True),
    Format("HubSpot", "csv", HARD | SOFT | SENT | REPLY | ODD, table("Recipient,Event type,Event time", lambda one: (
        one.email, {"hard": "Bounce", "soft": "Deferred", "sent": "Sent", "reply": "Reply", "odd": "Sproing"}[one.what], one.at.isoformat())), is_table=True),
    Format("Salesforce", "csv", HARD | SENT, table("Email,Lead Status,Sent,Email Bounced Date,Email Bounced Reason", lambda one: (
        one.email, "Open", "yes", one.at.isoformat() if one.what == "hard" else "", "550 5.1.1 user unknown" if one.what == "hard" else "")), is_table=True),
    Format("Mailchimp", "json", HARD | SOFT | SENT | ODD, events(_mailchimp), b",\n", b'{"emails": [', b"]}"),
    Format("Brevo", "csv", HARD | SOFT | DELIVERED | ODD, table("Event,Email,Date,Subject,Tag", lambda one: (
        {"hard": "Hard bounce", "soft": "Soft bounce", "sent": "Delivered", "odd": "Sproing"}[one.what], one.email, one.at.isoformat(), "Hello", "t")), is_table=True),
    Format("SendGrid", "json", HARD | SOFT | DELIVERED | ODD, events(_sendgrid), b",\n", b"[", b"]"),
    Format("Postmark", "json", HARD | SOFT | DELIVERED | AUTO | ODD, events(_postmark), b",\n", b"[", b"]"),
    Format("Amazon SES", "json", HARD | SOFT | DELIVERED | ODD, events(_ses), b"\n"),
    Format("mails (mbox)", "mbox", HARD | SOFT | DELIVERED | REPLY | AUTO, lambda told: [b"From x@relay.example Sat Nov 28 10:00:00 2026\n" + _mail(one) for one in told], b"\n\n"),
    Format("mails (eml)", "eml", HARD | SOFT | DELIVERED | REPLY | AUTO, lambda told: [_mail(one) for one in told]),
)  # fmt: skip
