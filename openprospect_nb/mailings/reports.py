"""What mails that came back say: delivery reports (RFC 3464), complaints (RFC 5965), automatic and real replies.

A file of mails is an mbox (each mail behind a line that begins with ``From ``) or one mail (eml). Of each is told, in
this order: a machine's report, by its parts; a bounce without such parts, by ``X-Failed-Recipients`` or the lines of a
mail server; an automatic reply, by RFC 3834's header or its subject; a reply, because it refers to a message. Any other
mail says nothing and is counted.
"""

from __future__ import annotations

import re
from base64 import b64decode
from collections.abc import Iterator
from contextlib import suppress
from email import policy
from email.message import EmailMessage, Message
from email.parser import BytesParser
from email.utils import getaddresses, parseaddr, parsedate_to_datetime
from quopri import decodestring
from typing import Final

from openprospect_nb.files.encodings import decode
from openprospect_nb.files.headings import plain
from openprospect_nb.files.server_replies import reply_kind, worded_kind
from openprospect_nb.files.words import words_of

__all__ = ["is_mail", "mails_in"]

Row = dict[str, str | None]
_BORDER: Final = re.compile(rb"(?m)(?:\A|(?<=\n\n))From [^\n]*\n")
_QUOTED: Final = re.compile(rb"(?m)^>(>*From )")
_HEADER: Final = re.compile(
    r"\A(?:From [^\n]*\n)?(?:[ \t][^\n]*\n)*"
    r"(?:return-path|received|from|to|date|subject|message-id|mime-version|delivered-to|x-[\w-]+|content-type|dkim-signature"
    r"|authentication-results|arc-[\w-]+|auto-submitted|reply-to|sender|feedback-id|references|in-reply-to):",
    re.IGNORECASE,
)
_ACTIONS: Final = {"failed": "bounce", "delayed": "deferred", "delivered": "delivered"} | dict.fromkeys(
    ("relayed", "expanded"), "delivered"
)
_MACHINES: Final = frozenset({"mailerdaemon", "postmaster", "mailsystem"})
# A line that begins with an address, as servers name whom they could not reach, and what stands below it.
_FAILED_LINE: Final = re.compile(r"(?m)^[ \t]*<?([^\s<>:,;]+@[^\s<>:,;]+\.[^\s<>:,;]+?)>?:?[ \t]*(?=$|[ \t(])")
_LATE: Final = re.compile(
    r"\bdelay|\bwarning\b|still being (?:re)?tried|verzögert|verzögerung|retardé|retrasad", re.IGNORECASE
)
_PREFIX: Final = r"^\s*(?:re|aw|antw|sv|vs|rif|odp|res|ynt|r|回复|答复|返信)\s*(?:\[\d+\])?\s*[:：]"
_ANSWER: Final = re.compile(_PREFIX, re.IGNORECASE)
_AWAY: Final = re.compile(
    rf"(?:{'|'.join(sorted(map(re.escape, words_of('outcomes.toml')['auto_replied']), key=len, reverse=True))})"
    r"\s*(?:$|[:：\-–—(\[]|re\b|aw\b)",
    re.IGNORECASE,
)
_REMOVAL: Final = frozenset(map(plain, words_of("outcomes.toml")["unsubscribed"]))
_STATUS_PARTS: Final = frozenset({"message/delivery-status", "message/global-delivery-status"})


def is_mail(text: str) -> bool:
    """Whether *text* begins as a mail or a file of mails does."""
    return bool(_HEADER.match(re.sub(r"\r\n?", "\n", text.lstrip("\ufeff\r\n"))))


def mails_in(content: bytes) -> tuple[list[Row], int]:
    """Return what the mails in *content* say, a row a recipient, and how many mails say nothing."""
    rows: list[Row] = []
    silent = 0
    for raw in _parted(_plain(content)):
        recipients = [row for row in _rows_of(BytesParser(policy=policy.default).parsebytes(raw)) if row["email"]]
        rows += recipients
        silent += not recipients
    return rows, silent


def _plain(content: bytes) -> bytes:
    """Return the bytes with single line ends and without marks; UTF-16, which no mail is, as what was meant."""
    if content[:2] in {b"\xff\xfe", b"\xfe\xff"} or content[:200].count(0) > 20:
        content = decode(content)[0].encode()
    lines = content.removeprefix(b"\xef\xbb\xbf").replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    return lines.lstrip(b"\n")


def _parted(content: bytes) -> Iterator[bytes]:
    if not content.startswith(b"From "):
        yield content
        return
    for mail in _BORDER.split(content)[1:]:
        yield _QUOTED.sub(rb"\1", mail)


def _rows_of(mail: EmailMessage) -> Iterator[Row]:
    reported = [row for container in _reports_in(mail) for row in _delivery(container, mail)]
    is_report = mail.get_content_type() == "multipart/report"
    report = plain(str(mail.get_param("report-type") or "")) if is_report else ""
    sender = plain(parseaddr(str(mail["From"] or ""))[1].partition("@")[0])
    if reported:
        yield from reported
    elif report == "feedbackreport" or _part(mail, "message/feedback-report") is not None:
        for block in _blocks(_part(mail, "message/feedback-report")):
            is_removal = plain(str(block["Feedback-Type"] or "")) in {"optout", "optoutlist"}
            event = "unsubscribe" if is_removal else "spam complaint"
            about = _typed(block["Original-Rcpt-To"]) or _to_of_original(mail)
            yield _row(about, event, block["Arrival-Date"] or mail["Date"], message=_original(mail))
    elif report == "dispositionnotification":
        yield from _disposition(mail)
    elif sender in _MACHINES or mail["X-Failed-Recipients"] or report == "deliverystatus":
        yield from _plain_bounce(mail)
    else:
        yield from _answer(mail)


def _part(mail: Message, kind: str) -> Message | None:
    return next((part for part in mail.walk() if part.get_content_type() == kind), None)


def _blocks(part: Message | None) -> list[Message]:
    """Return the groups of fields in a machine's part of a report, whatever it was coded and parsed as."""
    payload = part.get_payload() if part is not None else None
    if part is None or payload is None:
        return []
    pieces = payload if isinstance(payload, list) else [payload]
    text = b"\n\n".join(piece.as_bytes() if isinstance(piece, Message) else str(piece).encode() for piece in pieces)
    coding = str(part["Content-Transfer-Encoding"] or "").strip().lower()
    if coding == "base64":
        with suppress(ValueError):  # what is no base64 is read as it stands
            text = b64decode(text)
    elif coding == "quoted-printable":
        text = decodestring(text)
    groups = re.split(rb"\n[ \t]*\n+", text.replace(b"\r\n", b"\n").strip())
    return [BytesParser(policy=policy.default).parsebytes(group) for group in groups]


def _reports_in(mail: Message) -> Iterator[Message]:
    """Yield what holds the machine's part of a delivery report: the mail itself, or mails forwarded in it."""
    if mail.get_content_type() in _STATUS_PARTS:
        yield mail
    for holder in mail.walk():
        parts = holder.get_payload()
        if holder.get_content_maintype() == "multipart" and isinstance(parts, list):
            kinds = {part.get_content_type() for part in parts if isinstance(part, Message)}
            if kinds & _STATUS_PARTS:
                yield holder


def _delivery(report: Message, mail: EmailMessage) -> Iterator[Row]:
    parts = [part for part in report.walk() if part.get_content_type() in _STATUS_PARTS]
    blocks = _blocks(parts[0])
    reported = [block for block in blocks if block["Action"] or block["Status"]]
    about = next((block for block in blocks if block["Arrival-Date"] or block["Reporting-MTA"]), None)
    for block in reported:
        email = _typed(block["Original-Recipient"]) or (_written_to(report) if len(reported) == 1 else None)
        reason = _typed(block["Diagnostic-Code"]) or _words(block["Status"])
        at = block["Last-Attempt-Date"] or (about["Arrival-Date"] if about is not None else None) or mail["Date"]
        action = plain(str(block["Action"] or "").partition("(")[0])
        event = _ACTIONS.get(action, "bounce" if action == "" else action)
        kind = _server_said(f"{block['Status'] or ''} {reason or ''}") if event == "bounce" else None
        final = email or _typed(block["Final-Recipient"])
        yield _row(final, event, at, kind=kind, reason=reason, message=_original(report))


def _written_to(report: Message) -> str | None:
    """Return whom the mail was written to, if it is one person; it may have been forwarded on to where it failed."""
    original = _original_part(report)
    if original is None or original["Cc"]:
        return None
    named = [address for _, address in getaddresses([str(original["To"] or "")]) if "@" in address]
    return named[0] if len(named) == 1 else None


def _server_said(text: str) -> str | None:
    kind = reply_kind(text) or worded_kind(text)
    return {"soft_bounced": "soft", "hard_bounced": "hard"}.get(kind or "")


def _disposition(mail: EmailMessage) -> Iterator[Row]:
    for block in _blocks(_part(mail, "message/disposition-notification")):
        said = str(block["Disposition"] or "").rpartition(";")[2].strip().partition("/")[0]
        event = "opened" if said.lower() in {"displayed", "processed"} else "delivered"
        yield _row(_typed(block["Final-Recipient"]), event, mail["Date"], message=_words(block["Original-Message-ID"]))


def _plain_bounce(mail: EmailMessage) -> Iterator[Row]:
    """Read a bounce that is told in prose alone, as qmail and Exim write it: address by address, why below each."""
    text = _body(mail)
    starts = [*_FAILED_LINE.finditer(text)]
    ends = [*(hit.start() for hit in starts), len(text)][1:]
    sections = {hit[1].lower(): text[hit.end() : end] for hit, end in zip(starts, ends, strict=True)}
    named = [address.lower() for _, address in getaddresses([str(mail["X-Failed-Recipients"] or "")]) if address]
    # Without the header an address counts where codes or words of a server stand beside it.
    failed = named or [address for address, why in sections.items() if _server_said(why)]
    is_late = bool(_LATE.search(str(mail["Subject"] or "")))
    for address in dict.fromkeys(failed):
        section = sections.get(address) or text
        lines = [line.strip() for line in section.splitlines()]
        reason = next((line for line in lines if _server_said(line)), None)
        kind = _server_said(section if address in sections else reason or "")
        event = "deferred" if is_late and kind != "hard" else "bounce"
        soft_or_hard = kind if event == "bounce" else None
        yield _row(address, event, mail["Date"], kind=soft_or_hard, reason=reason, message=_original(mail))


def _answer(mail: EmailMessage) -> Iterator[Row]:
    sender, subject = parseaddr(str(mail["From"] or ""))[1], str(mail["Subject"] or "")
    refers = _words(mail["In-Reply-To"]) or _words(mail["References"])
    if plain(_ANSWER.sub("", subject)) in _REMOVAL:
        yield _row(sender, "unsubscribe", mail["Date"], message=refers)
    elif _is_automatic(mail, subject):
        yield _row(sender, "auto reply", mail["Date"], message=refers)
    elif refers or _ANSWER.match(subject):
        yield _row(sender, "replied", mail["Date"], message=refers)


def _is_automatic(mail: EmailMessage, subject: str) -> bool:
    stated = str(mail["Auto-Submitted"] or "no").partition(";")[0].strip().lower()
    machine = any(mail[name] for name in ("X-Autoreply", "X-Autorespond", "X-Autogenerated"))
    bulk = plain(str(mail["Precedence"] or "")) == "autoreply"
    return stated != "no" or machine or bulk or bool(_AWAY.match(_ANSWER.sub("", subject).lstrip()))


def _body(mail: EmailMessage) -> str:
    body = mail.get_body(("plain", "html")) if mail.get_content_maintype() in {"text", "multipart"} else None
    try:
        text = body.get_content() if body is not None else ""
    except (LookupError, ValueError):  # an encoding that does not exist
        return ""
    return text if isinstance(text, str) else ""


def _original(mail: Message) -> str | None:
    part = _original_part(mail)
    return _words(part["Message-ID"]) if part is not None else _words(mail["In-Reply-To"])


def _to_of_original(mail: EmailMessage) -> str | None:
    part = _original_part(mail)
    return parseaddr(str(part["To"] or ""))[1] or None if part is not None else None


def _original_part(mail: Message) -> Message | None:
    whole = _part(mail, "message/rfc822")
    payload = whole.get_payload() if whole is not None else None
    if isinstance(payload, list) and payload and isinstance(payload[0], Message):
        return payload[0]
    headers = _part(mail, "text/rfc822-headers")
    text = headers.get_payload(decode=True) if headers is not None else None
    return BytesParser(policy=policy.default).parsebytes(text) if isinstance(text, bytes) else None


def _typed(value: object) -> str | None:
    """Return what stands behind the type of a field: ``rfc822; a@x.example``."""
    text = _words(value)
    return None if text is None else (text.partition(";")[2] or text).strip(" <>") or None


def _words(value: object) -> str | None:
    return None if value is None else " ".join(str(value).split()) or None


def _when(value: object) -> str | None:
    try:
        return parsedate_to_datetime(str(value)).isoformat(sep=" ") if value else None
    except ValueError:
        return None


def _row(email: str | None, event: str, at: object, *, kind: str | None = None, reason: str | None = None,
         message: str | None = None) -> Row:  # fmt: skip
    values = (email, event, kind, _when(at), reason, message)
    return dict(zip(("email", "event", "bounce type", "timestamp", "reason", "message id"), values, strict=True))
