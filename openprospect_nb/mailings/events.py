"""Events that mail services send as JSON (webhooks, logs, answers of their APIs), as rows under common headings.

Each service nests and names them in its own way; a reader a service flattens its events to ``email``, ``event``,
``bounce type``, ``timestamp``, ``reason`` and ``message id``, whose words `files.read_outcomes` knows. One event a
line, a list, an object, an SNS envelope around each: all are read.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from openprospect_nb.tables import tables

__all__ = ["events_in", "is_json", "objects_in"]

Event = Mapping[str, Any]
Row = dict[str, str | None]
_HARD: Final = "hard bounce"
_WORDS: Final[Mapping[str, Mapping[str, str]]] = tables("mailings/services.toml")
_SEQUENCED_AT: Final = (
    *("timestamp", "event_timestamp", "time_replied", "time_clicked", "time_opened"),
    *("createdAt", "created_at", "time_sent"),
)
_LISTED: Final = frozenset({"events", "emails", "bounces", "messages", "items", "results", "data", "records"})
# Where queues and notifications (SNS, SQS, Event Grid) carry JSON as a text.
_CARRIED: Final = ("Message", "Body", "body")
# Where services and whoever catches their calls put the event itself.
_CARRYING: Final = ("event-data", "detail", "body", "payload", "json")
_JSON: Final = re.compile(r"[\ufeff\s]*(?:\{|\[\s*[\[{\]])")
_BEGIN: Final = re.compile(r"[{\[]")


def is_json(text: str) -> bool:
    """Whether *text* begins as JSON objects, or a list of them, do."""
    return bool(_JSON.match(text))


def events_in(text: str) -> tuple[list[Row], dict[str, int], int]:
    """Return the events in *text* as rows, service → how many of them, and how many pieces could not be read."""
    events, broken = _parsed(text.lstrip("\ufeff"))
    rows: list[Row] = []
    tools: dict[str, int] = {}
    for event in events:
        tool, read = next(((name, read) for name, is_one, read in _SERVICES if is_one(event)), ("", None))
        recipients = [row for row in read(event) if row.get("email")] if read is not None else []
        broken += not recipients
        rows += recipients
        if recipients:
            tools[tool] = tools.get(tool, 0) + len(recipients)
    return rows, tools, broken


def objects_in(text: str) -> list[Row]:
    """Return the objects in *text* as rows of a table, one a field that is a text, a number or a list of one text.

    What is nested otherwise is not.
    """
    objects = [{name: _only(value) for name, value in event.items()} for event in _parsed(text.lstrip("\ufeff"))[0]]
    return [{name: value for name, value in row.items() if value is not None} for row in objects]


def _parsed(text: str) -> tuple[list[Event], int]:
    """Return every object in *text*: whole JSON, one a line, or one after another up to where it was cut off."""
    decoder, at, broken = json.JSONDecoder(), 0, 0
    objects: list[Event] = []
    while (start := _BEGIN.search(text, at)) is not None:
        try:
            value, at = decoder.raw_decode(text, start.start())
        except ValueError:
            # A list that was cut off is read object by object; a broken object costs its line.
            is_list = start[0] == "["
            at = start.end() if is_list else text.find("\n", start.start()) + 1 or len(text)
            broken += not is_list
            continue
        objects += _objects(value)
    return objects, broken


def _objects(value: Any) -> Iterator[Event]:
    """Yield the events in a value, out of lists, envelopes and pages of an API."""
    if isinstance(value, list):
        for member in value:
            yield from _objects(member)
    elif isinstance(value, Mapping):
        inner = None if any(is_one(value) for _, is_one, _ in _SERVICES) else _unwrapped(value)
        if inner is None:
            yield value
        else:
            yield from _objects(inner)


def _unwrapped(value: Event) -> Any:
    for name in _CARRIED:
        if isinstance(value.get(name), str) and is_json(value[name]):
            try:
                return json.loads(value[name])
            except ValueError:
                return None
    for name in _CARRYING:
        if value.get(name) and isinstance(value[name], Mapping | list):
            return value[name]
    if value and all("@" in name and isinstance(inner, list) for name, inner in value.items()):
        # Mailchimp's activity of subscribers: address → what they did.
        return [{"email_address": name, "activity": inner} for name, inner in value.items()]
    return next((inner for name, inner in value.items() if name.lower() in _LISTED and isinstance(inner, list)), None)


def _only(value: Any) -> str | None:
    return _text(value[0] if isinstance(value, list) and len(value) == 1 else value)


def _text(value: Any) -> str | None:
    if value is None or isinstance(value, Mapping | list):
        return None
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def _row(email: Any, event: Any, at: Any, *, kind: Any = None, reason: Any = None, message: Any = None) -> Row:
    values = (email, event, kind, at, reason, message)
    names = ("email", "event", "bounce type", "timestamp", "reason", "message id")
    return dict(zip(names, map(_text, values), strict=True))


def _ses(event: Event) -> Iterator[Row]:
    name = str(event.get("eventType") or event.get("notificationType") or "")
    mail, part = event["mail"], event.get(name[:1].lower() + name[1:])
    part = part if isinstance(part, Mapping) else {}
    people = next(
        (part[key] for key in ("bouncedRecipients", "complainedRecipients", "recipients") if part.get(key)), None
    )
    kind = _WORDS["ses_bounces"].get(str(part.get("bounceType") or "").lower())
    for person in people or mail.get("destination") or ():
        whole = person if isinstance(person, Mapping) else {"emailAddress": person}
        reason = whole.get("diagnosticCode") or part.get("bounceSubType") or part.get("complaintFeedbackType")
        said = _WORDS["ses_events"].get(name.lower(), name)
        at = part.get("timestamp") or mail.get("timestamp")
        yield _row(whole.get("emailAddress"), said, at, kind=kind, reason=reason, message=mail.get("messageId"))


def _postmark(event: Event) -> Iterator[Row]:
    record = str(event.get("RecordType") or "Bounce")
    stated = event.get("SuppressionReason") if record == "SubscriptionChange" else event.get("Type")
    if record == "SubscriptionChange" and not event.get("SuppressSending"):
        return
    kind = None if stated is None else _WORDS["postmark"].get(str(stated).lower(), str(stated))
    is_bounce = record in {"Bounce", "SpamComplaint", "SubscriptionChange"}
    at = next((event[key] for key in ("BouncedAt", "DeliveredAt", "ChangedAt", "ReceivedAt") if event.get(key)), None)
    # Its types say what happened; among its bounces are automatic replies.
    said = (kind or record) if is_bounce else record
    reason = (event.get("Details") or event.get("Description")) if is_bounce else None
    yield _row(event.get("Email") or event.get("Recipient"), said, at, reason=reason, message=event.get("MessageID"))


def _sendgrid(event: Event) -> Iterator[Row]:
    name = str(event["event"])
    kind = _WORDS["sendgrid"].get(str(event.get("type") or "").lower(), _HARD) if name == "bounce" else None
    reason = event.get("reason") or event.get("response")
    # What follows the first point names the server, and is another for every event.
    message = str(event.get("sg_message_id") or event.get("smtp-id") or "").partition(".")[0]
    yield _row(event["email"], kind or name, event.get("timestamp"), reason=reason, message=message)


def _brevo(event: Event) -> Iterator[Row]:
    message = event.get("message-id") or event.get("messageId") or event.get("camp_id") or event.get("id")
    at = event.get("ts_event") or event.get("ts") or event.get("date") or event.get("timestamp")
    yield _row(event["email"], event["event"], at, reason=event.get("reason"), message=message)


def _mailgun(event: Event) -> Iterator[Row]:
    severity, name = event.get("severity"), event["event"]
    kind = _WORDS["mailgun"].get(str(severity)) if name == "failed" else None
    status = event.get("delivery-status")
    status = status if isinstance(status, Mapping) else {}
    headers = (event.get("message") or {}).get("headers") if isinstance(event.get("message"), Mapping) else None
    message = headers.get("message-id") if isinstance(headers, Mapping) else None
    reason = status.get("description") or status.get("message") or event.get("reason")
    yield _row(event["recipient"], kind or name, event.get("timestamp"), reason=reason, message=message)


def _lead_of(event: Event) -> Any:
    """Return the address of the lead, as Instantly, Smartlead (two ways) and lemlist name it."""
    lead = event.get("lead")
    inner = lead.get("email") if isinstance(lead, Mapping) else None
    return event.get("lead_email") or event.get("to_email") or event.get("leadEmail") or inner


def _sequencer(event: Event) -> Iterator[Row]:
    """Read an event of Instantly, Smartlead or lemlist; of a lead put into a category, the category says it."""
    category = event.get("lead_category")
    stated = category.get("new_name") if isinstance(category, Mapping) else event.get("category")
    at = next((event[name] for name in _SEQUENCED_AT if event.get(name)), None)
    steps = [event.get(name) for name in ("campaign_id", "campaignId", "step", "sequence_number", "sequenceStep")]
    message = " ".join(map(str, filter(None, steps))) or event.get("message_id")
    bounce = event.get("bounce_message")
    words = bounce.get("text") if isinstance(bounce, Mapping) else None
    reason = event.get("reason") or event.get("bounce_reason") or event.get("errorMessage") or words
    name = event.get("event_type") or event.get("type") or event.get("event")
    said = stated if stated and "CATEGORY" in str(name).upper() else name
    yield _row(_lead_of(event), said, at, kind=event.get("bounce_type"), reason=reason, message=message)


def _mailchimp(event: Event) -> Iterator[Row]:
    """Read what Mailchimp's report of a campaign says of one address; who did nothing was sent to all the same."""
    email, campaign = event["email_address"], event.get("campaign_id")
    if not event["activity"]:
        yield _row(email, "sent", None, message=campaign)
    for act in event["activity"]:
        if isinstance(act, Mapping):
            kind = _WORDS["mailchimp"].get(str(act.get("type")).lower())
            yield _row(email, kind or act.get("action"), act.get("timestamp"), message=campaign)


def _mandrill(event: Event) -> Iterator[Row]:
    mail, name = event["msg"], event["event"]
    reason = mail.get("diag") or mail.get("bounce_description")
    yield _row(mail.get("email"), name, event.get("ts"), reason=reason, message=mail.get("_id") or event.get("_id"))


Reader = Callable[[Event], Iterator[Row]]
_SENDGRID_IDS: Final = frozenset({"sg_event_id", "sg_message_id", "smtp-id"})
_SEQUENCER: Final = frozenset({"event_type", "type", "event"})
# The first whose event it is reads it.
_SERVICES: Final[tuple[tuple[str, Callable[[Event], bool], Reader], ...]] = (
    (
        "Amazon SES",
        lambda e: isinstance(e.get("mail"), Mapping) and bool({"notificationType", "eventType"} & {*e}),
        _ses,
    ),
    ("Postmark", lambda e: "RecordType" in e or {*e} >= {"BouncedAt", "Email"}, _postmark),
    ("SendGrid", lambda e: {*e} >= {"event", "email"} and bool({*e} & _SENDGRID_IDS), _sendgrid),
    ("Brevo", lambda e: "event" in e and isinstance(e.get("email"), str), _brevo),
    ("Mailgun", lambda e: {*e} >= {"event", "recipient"}, _mailgun),
    ("Mandrill", lambda e: "event" in e and isinstance(e.get("msg"), Mapping), _mandrill),
    ("Instantly, Smartlead or lemlist", lambda e: bool({*e} & _SEQUENCER and _lead_of(e)), _sequencer),
    ("Mailchimp", lambda e: "email_address" in e and isinstance(e.get("activity"), list), _mailchimp),
)
