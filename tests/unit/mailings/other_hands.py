"""Files as other hands write them: tools, languages, servers and people that the twelve formats do not stand for.

A case is a file and what is to be read from it, address → kind. Shapes follow public documentation and RFCs; every
person, address and host is invented.
"""

# ruff: noqa: E501 - a case is read best as it stands in its file

from __future__ import annotations

import json
from typing import NamedTuple


class Case(NamedTuple):
    """A file of somebody's, and the kind that each address in it is to have."""

    name: str
    file: str
    content: bytes
    kinds: dict[str, str]


A, B, C, D = "anna@kunde.example", "bela@kunde.example", "cora@firma.example", "dora@firma.example"


def _csv(name: str, text: str, encoding: str = "utf-8", **kinds: str) -> Case:
    people = {"a": A, "b": B, "c": C, "d": D}
    return Case(name, "export.csv", text.encode(encoding), {people[key]: kind for key, kind in kinds.items()})


def _json(name: str, *values: object, whole: bool = False, **kinds: str) -> Case:
    people = {"a": A, "b": B, "c": C, "d": D}
    text = json.dumps(values[0]) if whole else "\n".join(json.dumps(value) for value in values)
    return Case(name, "events.json", text.encode(), {people[key]: kind for key, kind in kinds.items()})


def _mail(name: str, text: str, **kinds: str) -> Case:
    people = {"a": A, "b": B, "c": C, "d": D}
    return Case(name, "mail.eml", text.lstrip("\n").encode(), {people[key]: kind for key, kind in kinds.items()})


def report(*blocks: str, before: str = "", original: str = f"Message-ID: <m1@seller.example>\nTo: {A}", kind: str = "message/delivery-status",
           coding: str = "") -> str:  # fmt: skip
    """Return a delivery report of these blocks."""
    status = (
        "Reporting-MTA: dns; relay.example\nArrival-Date: Sat, 14 Nov 2026 10:30:00 +0100\n\n"
        + "\n\n".join(blocks)
        + "\n"
    )
    return f"""From: Mail Delivery System <MAILER-DAEMON@relay.example>
To: sales@seller.example
Date: Sat, 14 Nov 2026 10:31:00 +0100
Subject: Undelivered Mail Returned to Sender
{before}MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="b0"

--b0
Content-Type: text/plain

This is the mail system.

--b0
Content-Type: {kind}
{coding}
{status}
--b0
Content-Type: message/rfc822

{original}
Subject: a question

Text.

--b0--
"""


def block(
    address: str, code: str, *, action: str = "failed", why: str = "", kind: str = "rfc822", more: str = ""
) -> str:
    """Return what a report says of one recipient."""
    said = f"\nDiagnostic-Code: smtp; {why}" if why else ""
    return f"{more}Final-Recipient: {kind}; {address}\nAction: {action}\nStatus: {code}{said}"


def letter(subject: str, *headers: str, sender: str = f"Anna <{A}>") -> str:
    """Return a mail somebody wrote, or a machine."""
    lines = "".join(f"{line}\n" for line in headers)
    return f"From: {sender}\nTo: sales@seller.example\nDate: Sat, 14 Nov 2026 10:31:00 +0100\nSubject: {subject}\n{lines}Content-Type: text/plain; charset=utf-8\n\nHello.\n"


TABLES = (
    _csv("Instantly, leads", f"Email,First Name,Lead Status,Email Open Count,Email Reply Count,email_account\n{A},Anna,Bounced,0,0,me@seller.example\n{B},Bela,Completed,2,1,me@seller.example\n{C},Cora,Completed,0,0,me@seller.example\n{D},Dora,Not yet contacted,0,0,me@seller.example\n", a="bounced", b="replied", c="sent", d="not_sent"),
    _csv("Smartlead, statistics with bodies", f'lead_name,lead_email,lead_category,sequence_number,email_subject,email_message,sent_time,open_time,reply_time,is_unsubscribed,is_bounced\nAnna,{A},,1,Hi,"<p>Hi, write to {D}\nor call</p>",2026-11-14T09:30:00.000Z,,,false,true\nBela,{B},Out Of Office,1,Hi,"<p>Hi</p>",2026-11-14T09:30:00.000Z,2026-11-14T10:00:00.000Z,2026-11-14T11:00:00.000Z,false,false\nCora,{C},,1,Hi,x,2026-11-14T09:30:00.000Z,,,true,false\n', a="bounced", b="auto_replied", c="unsubscribed"),
    _csv("lemlist, a people export", f"email,firstName,status,lastState,emailsSent,emailsOpened,emailsBounced\n{A},Anna,done,emailsBounced,1,0,1\n{B},Bela,done,emailsOpened,2,3,0\n{C},Cora,,emailsSendFailed,0,0,0\n", a="bounced", b="opened"),
    _csv("HubSpot, contacts", f"Record ID,Email,Marketing emails delivered,Marketing emails bounced,Email hard bounce reason,Unsubscribed from all email\n1,{A},0,1,UNKNOWN_USER,\n2,{B},3,0,,false\n3,{C},2,0,,true\n", a="bounced", b="delivered", c="unsubscribed"),
    _csv("HubSpot, recipients in times", f"Recipient,Sent,Delivered,Opened,Bounced\n{A},2026-11-14 09:30,,,2026-11-14 09:31\n{B},2026-11-14 09:30,2026-11-14 09:31,2026-11-14 12:00,\n{C},2026-11-14 09:30,2026-11-14 09:31,,\n", a="bounced", b="opened", c="delivered"),
    _csv("Salesforce, campaign members", f"Campaign Name,Email,Member Status,Responded,Email Bounced Date,Email Bounced Reason\nAutumn,{A},Sent,0,11/14/2026,550 5.1.1 user unknown\nAutumn,{B},Responded,1,,\nAutumn,{C},Sent,0,,\n", a="bounced", b="replied", c="sent"),
    _csv("Pardot, prospects", f"Email,Hard Bounced,Soft Bounced,Opted Out,Emails Delivered\n{A},true,false,false,0\n{B},false,true,false,0\n{C},false,false,true,4\n{D},false,false,false,2\n", a="bounced", b="soft_bounced", c="unsubscribed", d="delivered"),
    _csv("Mailchimp, bounces of a campaign", f"Email Address,First Name,Bounce Type,MEMBER_RATING\n{A},Anna,Hard,2\n{B},Bela,Soft,2\n", a="bounced", b="soft_bounced"),
    _csv("Brevo, logs", f"St_text,Ts,Sub,Frm,Email,Tag,Mid,Link\nHard bounced,14-11-2026 10:30:00,Hi,me@seller.example,{A},,<1@x>,NA\nSoft bounced,14-11-2026 10:30:00,Hi,me@seller.example,{B},,<2@x>,NA\nFirst opening,14-11-2026 10:30:00,Hi,me@seller.example,{C},,<3@x>,NA\nDelivered,14-11-2026 10:30:00,Hi,me@seller.example,{D},,<4@x>,NA\n", a="bounced", b="soft_bounced", c="opened", d="delivered"),
    _csv("SendGrid, suppressed bounces", f"status,reason,email,created\n5.1.1,550 5.1.1 user unknown,{A},1794648600\n4.2.2,452 mailbox full,{B},1794648600\n5.7.1,550 5.7.1 message blocked as spam,{C},1794648600\n", a="bounced", b="soft_bounced", c="soft_bounced"),
    _csv("Mailgun, suppressed bounces", f'address,code,error,created_at\n{A},550,550 5.1.1 no such user,"Sat, 14 Nov 2026 09:30:00 UTC"\n{B},552,552 mailbox full,"Sat, 14 Nov 2026 09:30:00 UTC"\n', a="bounced", b="soft_bounced"),
    _csv("a mail merge in a sheet", f"Name,Email Address,Merge status\nAnna,{A},BOUNCED\nBela,{B},EMAIL_OPENED\nCora,{C},RESPONDED\nDora,{D},EMAIL_SENT\n", a="bounced", b="opened", c="replied", d="sent"),
    _csv("Woodpecker", f"EMAIL,FIRST_NAME,STATUS\n{A},Anna,BOUNCED\n{B},Bela,AUTOREPLIED\n{C},Cora,OPT-OUT\n{D},Dora,NON-RESPONSIVE\n", a="bounced", b="auto_replied", c="unsubscribed", d="sent"),
    _csv("Apollo", f"Email,Email Sent,Email Open,Email Bounced,Replied\n{A},true,false,true,false\n{B},true,true,false,true\n{C},true,false,false,false\n", a="bounced", b="replied", c="delivered"),
    _csv("German, semicolons", f"E-Mail-Adresse;Zustellstatus;Datum\n{A};Hard-Bounce;14.11.2026 10:30\n{B};Soft-Bounce;14.11.2026 10:30\n{C};Zugestellt;14.11.2026 10:30\n{D};Geöffnet;14.11.2026 10:30\n", "cp1252", a="bounced", b="soft_bounced", c="delivered", d="opened"),
    _csv("German, other words", f"E-Mail;Status\n{A};Hardbounce\n{B};Softbounce\n{C};Abgemeldet\n{D};Abwesenheitsnotiz\n", a="bounced", b="soft_bounced", c="unsubscribed", d="auto_replied"),
    _csv("French", f"Adresse e-mail;Statut;Date\n{A};Rebond permanent;14/11/2026 10:30\n{B};Rebond temporaire;14/11/2026 10:30\n{C};Délivré;14/11/2026 10:30\n{D};Désinscrit;14/11/2026 10:30\n", "cp1252", a="bounced", b="soft_bounced", c="delivered", d="unsubscribed"),
    _csv("Spanish", f"Correo electrónico;Estado\n{A};Rebote permanente\n{B};Rebote temporal\n{C};Entregado\n{D};Respondió\n", a="bounced", b="soft_bounced", c="delivered", d="replied"),
    _csv("Italian", f"Indirizzo email;Stato\n{A};Rimbalzo permanente\n{B};Rimbalzo temporaneo\n{C};Consegnata\n{D};Aperta\n", a="bounced", b="soft_bounced", c="delivered", d="opened"),
    _csv("Dutch", f"E-mailadres;Status\n{A};Harde bounce\n{B};Zachte bounce\n{C};Afgeleverd\n{D};Geopend\n", a="bounced", b="soft_bounced", c="delivered", d="opened"),
    _csv("Polish", f"Adres e-mail;Status\n{A};Twarde odbicie\n{B};Miękkie odbicie\n{C};Dostarczono\n{D};Otwarto\n", "cp1250", a="bounced", b="soft_bounced", c="delivered", d="opened"),
    _csv("Portuguese", f"Email;Estado\n{A};Rejeição permanente\n{B};Rejeição temporária\n{C};Entregue\n{D};Aberto\n", a="bounced", b="soft_bounced", c="delivered", d="opened"),
    _csv("Swedish", f"E-post;Status\n{A};Hård studs\n{B};Mjuk studs\n{C};Levererad\n{D};Öppnad\n", a="bounced", b="soft_bounced", c="delivered", d="opened"),
    _csv("Danish", f"Email;Status\n{A};Hard bounce\n{B};Soft bounce\n{C};Leveret\n{D};Åbnet\n", a="bounced", b="soft_bounced", c="delivered", d="opened"),
    _csv("Japanese", f"メールアドレス,ステータス\n{A},バウンス\n{B},ソフトバウンス\n{C},配信済み\n{D},開封\n", "shift_jis", a="bounced", b="soft_bounced", c="delivered", d="opened"),
    _csv("Turkish", f"E-posta;Durum\n{A};Geri döndü\n{B};Geçici hata\n{C};Teslim edildi\n{D};Açıldı\n", a="bounced", b="soft_bounced", c="delivered", d="opened"),
    _csv("words with their codes", f"Email,Status\n{A},Permanent failure (5.1.1)\n{B},Soft bounce - mailbox full\n{C},Bounced: over quota\n{D},delivered (250 OK)\n", a="bounced", b="soft_bounced", c="soft_bounced", d="delivered"),
    _csv("replies of servers", f"Email,Result\n{A},550 5.1.1 user unknown\n{B},552 Mailbox full\n{C},554 5.7.1 blocked using a list\n{D},250 2.0.0 OK\n", a="bounced", b="soft_bounced", c="soft_bounced", d="delivered"),
    _csv("replies of servers, said in words", f"Email,Result\n{A},550 5.7.1 Recipient address rejected: user unknown\n{B},550 Over quota\n{C},421 try again later\n{D},550-5.1.1 The email account that you tried to reach does not exist\n", a="bounced", b="soft_bounced", c="soft_bounced", d="bounced"),
    _csv("the address last, the event first", f'Event,Reason,Campaign,Name,To\nbounce,550 user unknown,x,Anna,Anna <{A}>\ndelivered,,x,Bela,"Berg, Bela <{B}>"\n', a="bounced", b="delivered"),
    _csv("a bounce whose reason says full", f"email,event,reason\n{A},bounce,550 5.1.1 unknown\n{B},bounce,552 5.2.2 mailbox full\n{C},delivered,\n", a="bounced", b="soft_bounced", c="delivered"),
    _csv("tabs in UTF-16", f"Email\tStatus\n{A}\tBounced\n{B}\tDelivered\n", "utf-16", a="bounced", b="delivered"),
    _csv("kinds of replies", f"Email,Status\n{A},Not interested\n{B},Out of office\n{C},Meeting booked\n{D},Bounced\n", a="replied", b="auto_replied", c="replied", d="bounced"),
    _csv("more kinds of replies", f"Email,Lead category\n{A},Bounced\n{B},Automatic reply - on vacation\n{C},Wrong person\n{D},Do not contact\n", a="bounced", b="auto_replied", c="replied", d="replied"),
    _csv("booleans in words", f"Email;Zugestellt;Bounce;Antwort\n{A};nein;ja;nein\n{B};ja;nein;ja\n{C};ja;nein;nein\n", a="bounced", b="replied", c="delivered"),
    _csv("counts", f"email,sent,delivered,bounces,opens\n{A},1,0,1,0\n{B},3,3,0,0\n{C},0,0,0,0\n", a="bounced", b="delivered", c="not_sent"),
)  # fmt: skip
EVENTS = (
    _json("Mandrill", [{"event": "hard_bounce", "ts": 1794648600, "_id": "1", "msg": {"email": A, "state": "bounced", "diag": "smtp;550 5.1.1 unknown", "_id": "1"}}, {"event": "soft_bounce", "ts": 1794648600, "_id": "2", "msg": {"email": B, "diag": "452 full", "_id": "2"}}, {"event": "open", "ts": 1794648600, "_id": "3", "msg": {"email": C, "_id": "3"}}], whole=True, a="bounced", b="soft_bounced", c="opened"),
    _json("Mailchimp, activity by address", {A: [{"action": "bounce", "type": "hard", "timestamp": "2026-11-14 09:30:00"}]}, {B: [{"action": "open", "timestamp": "2026-11-14 09:30:00", "url": None, "ip": "192.0.2.1"}]}, a="bounced", b="opened"),
    _json("Brevo, a report of its API", {"events": [{"email": A, "date": "2026-11-14T09:30:00.000+01:00", "messageId": "<1@x>", "event": "hardBounces", "reason": "550"}, {"email": B, "date": "2026-11-14T09:30:00.000+01:00", "messageId": "<2@x>", "event": "softBounces"}, {"email": C, "date": "2026-11-14T09:30:00.000+01:00", "messageId": "<3@x>", "event": "loadedByProxy"}]}, whole=True, a="bounced", b="soft_bounced", c="opened"),
    _json("SendGrid, full, blocked and dropped", {"email": A, "event": "bounce", "type": "bounce", "status": "5.2.2", "reason": "552 5.2.2 mailbox full", "timestamp": 1794648600, "sg_event_id": "1", "sg_message_id": "1.f"}, {"email": B, "event": "bounce", "type": "blocked", "status": "5.7.1", "reason": "550 5.7.1 spam", "timestamp": 1794648600, "sg_event_id": "2", "sg_message_id": "2.f"}, {"email": C, "event": "dropped", "reason": "Bounced Address", "timestamp": 1794648600, "sg_event_id": "3", "sg_message_id": "3.f"}, a="soft_bounced", b="soft_bounced", c="not_sent"),
    _json("SES in SNS, several people", {"Type": "Notification", "Message": json.dumps({"eventType": "Bounce", "mail": {"timestamp": "2026-11-14T09:30:00.000Z", "messageId": "m", "destination": [A, B]}, "bounce": {"bounceType": "Permanent", "bounceSubType": "General", "bouncedRecipients": [{"emailAddress": f"Anna <{A}>", "action": "failed", "status": "5.1.1", "diagnosticCode": "smtp; 550 5.1.1 unknown"}]}})}, {"Type": "Notification", "Message": json.dumps({"eventType": "DeliveryDelay", "mail": {"timestamp": "2026-11-14T09:30:00.000Z", "messageId": "m", "destination": [C, D]}, "deliveryDelay": {"delayType": "MailboxFull", "delayedRecipients": [{"emailAddress": C, "status": "4.2.2", "diagnosticCode": "smtp; 452 full"}]}})}, a="bounced", c="soft_bounced"),
    _json("SES in one line without ends", {"notificationType": "Complaint", "mail": {"timestamp": "2026-11-14T09:30:00.000Z", "messageId": "m", "destination": [A]}, "complaint": {"complainedRecipients": [{"emailAddress": A}], "complaintFeedbackType": "abuse"}}, a="complained"),
    _json("SES, undetermined, and transient of an answering machine", {"eventType": "Bounce", "mail": {"timestamp": "2026-11-14T09:30:00.000Z", "messageId": "m", "destination": [A]}, "bounce": {"bounceType": "Transient", "bounceSubType": "MailboxFull", "bouncedRecipients": [{"emailAddress": A}]}}, a="soft_bounced"),
    _json("Postmark, a page of its API", {"TotalCount": 2, "Bounces": [{"RecordType": "Bounce", "ID": 1, "Type": "HardBounce", "TypeCode": 1, "Email": A, "BouncedAt": "2026-11-14T04:30:00.0000000-05:00", "MessageID": "1", "Details": "smtp;550 5.1.1"}, {"ID": 2, "Type": "Transient", "Email": B, "BouncedAt": "2026-11-14T09:30:00Z", "MessageID": "2"}]}, whole=True, a="bounced", b="soft_bounced"),
    _json("Mailgun, a page of events", {"items": [{"event": "failed", "severity": "permanent", "recipient": A, "timestamp": 1794648600.5, "delivery-status": {"code": 550, "message": "5.1.1 no such user"}}, {"event": "failed", "severity": "temporary", "recipient": B, "timestamp": 1794648600.5, "delivery-status": {"code": 452}}, {"event": "accepted", "recipient": C, "timestamp": 1794648600.5}, {"event": "complained", "recipient": D, "timestamp": 1794648600.5}], "paging": {"next": "https://x.example"}}, whole=True, a="bounced", b="soft_bounced", c="sent", d="complained"),
    _json("Instantly, webhooks", {"timestamp": "2026-11-14T09:30:00.000Z", "event_type": "email_bounced", "campaign_id": "c", "lead_email": A, "email_account": "me@seller.example"}, {"timestamp": "2026-11-14T09:30:00.000Z", "event_type": "auto_reply_received", "campaign_id": "c", "lead_email": B}, {"timestamp": "2026-11-14T09:30:00.000Z", "event_type": "lead_meeting_booked", "campaign_id": "c", "lead_email": C}, a="bounced", b="auto_replied", c="replied"),
    _json("Smartlead, webhooks", {"event_type": "EMAIL_BOUNCE", "event_timestamp": "2026-11-14T09:30:00.000+00:00", "campaign_id": 1, "to_email": A, "sequence_number": 1}, {"event_type": "EMAIL_REPLY", "event_timestamp": "2026-11-14T09:30:00.000+00:00", "campaign_id": 1, "to_email": B, "sequence_number": 1}, {"event_type": "LEAD_UNSUBSCRIBED", "event_timestamp": "2026-11-14T09:30:00.000+00:00", "campaign_id": 1, "to_email": C}, a="bounced", b="replied", c="unsubscribed"),
    _json("lemlist, activities", [{"type": "emailsBounced", "createdAt": "2026-11-14T09:30:00.000Z", "leadEmail": A, "campaignId": "c", "sequenceStep": 0}, {"type": "emailsUnsubscribed", "createdAt": "2026-11-14T09:30:00.000Z", "leadEmail": B, "campaignId": "c"}, {"type": "emailsSendFailed", "createdAt": "2026-11-14T09:30:00.000Z", "leadEmail": C, "campaignId": "c", "errorMessage": "quota"}], whole=True, a="bounced", b="unsubscribed"),
)  # fmt: skip
MAILS = (
    _mail("a report of several people", report(block(A, "5.1.1", why="550 5.1.1 unknown"), block(B, "4.4.1", action="delayed", why="connection timed out"), block(C, "2.0.0", action="delivered"), block(D, "2.0.0", action="relayed"), original="Message-ID: <m@seller.example>\nTo: x@y.example, z@y.example"), a="bounced", b="soft_bounced", c="delivered", d="delivered"),
    _mail("an action with a comment, an address in brackets", report(block(f"<{A}>", "5.1.1 (bad destination mailbox)", action="Failed (bounced)", why="550 no")), a="bounced"),
    _mail("a status that says nothing and a reason that says full", report(block(A, "5.0.0", why="552 mailbox is full")), a="soft_bounced"),
    _mail("refused as spam", report(block(A, "5.7.1", why="550 5.7.1 Message rejected as spam by content filtering")), a="soft_bounced"),
    _mail("no access, which is how one server says unknown", report(block(A, "5.4.1", why="550 5.4.1 Recipient address rejected: Access denied")), a="bounced"),
    _mail("given up after days", report(block(A, "4.4.7", why="delivery time expired")), a="soft_bounced"),
    _mail("a report in base64", report("x", coding="Content-Transfer-Encoding: base64\n").replace("Reporting-MTA: dns; relay.example\nArrival-Date: Sat, 14 Nov 2026 10:30:00 +0100\n\nx\n", "RmluYWwtUmVjaXBpZW50OiByZmM4MjI7IGFubmFAa3VuZGUuZXhhbXBsZQpBY3Rpb246IGZhaWxl\nZApTdGF0dXM6IDUuMS4xCg==\n"), a="bounced"),
    _mail("a report for addresses with accents", report(block(A, "5.1.1", kind="utf-8", why="550 5.1.1 unknown"), kind="message/global-delivery-status"), a="bounced"),
    _mail("the mailbox it was forwarded to", report(block("somebody@other.example", "5.1.1", why="550 5.1.1 unknown")), a="bounced"),
    _mail("the original recipient", report(block("x@other.example", "5.1.1", more=f"Original-Recipient: rfc822;{B}\n")), b="bounced"),
    _mail("a report without its part", f"""
From: Mail Delivery Subsystem <mailer-daemon@relay.example>
Subject: Delivery Status Notification (Failure)
Date: Sat, 14 Nov 2026 10:31:00 +0100
X-Failed-Recipients: {A}
Content-Type: multipart/report; report-type=delivery-status; boundary="b0"

--b0
Content-Type: text/plain

The address could not be found: 550 5.1.1 {A} unknown

--b0--
""", a="bounced"),
    _mail("forwarded by a colleague", f"""
From: Colleague <colleague@seller.example>
To: sales@seller.example
Subject: Fwd: Undelivered
Date: Sun, 15 Nov 2026 10:31:00 +0100
MIME-Version: 1.0
Content-Type: multipart/mixed; boundary="outer"

--outer
Content-Type: text/plain

This one came back.

--outer
Content-Type: message/rfc822

{report(block(A, "5.1.1", why="550 5.1.1 unknown"))}
--outer--
""", a="bounced"),
    _mail("two reports in a digest", f"""
From: list@seller.example
Subject: digest
Date: Sun, 15 Nov 2026 10:31:00 +0100
MIME-Version: 1.0
Content-Type: multipart/digest; boundary="outer"

--outer

{report(block(A, "5.1.1", why="550 5.1.1 unknown"))}
--outer

{report(block(B, "5.1.1", why="550 5.1.1 unknown"), original="Message-ID: <m2@seller.example>").replace("b0", "b1")}
--outer--
""", a="bounced", b="bounced"),
    _mail("nested parts", report(block(A, "5.1.1", why="550 5.1.1 unknown")).replace("Content-Type: text/plain\n\nThis is the mail system.", 'Content-Type: multipart/alternative; boundary="in"\n\n--in\nContent-Type: text/plain\n\nx\n--in\nContent-Type: text/html\n\n<p>x</p>\n--in--'), a="bounced"),
    _mail("Exim, two people of two fates", f"From: Mail Delivery System <Mailer-Daemon@relay.example>\nX-Failed-Recipients: {A}, {B}\nSubject: Mail delivery failed\nDate: Sat, 14 Nov 2026 10:31:00 +0100\n\n  {A}\n    host mx.kunde.example [192.0.2.1]\n    SMTP error from remote mail server after RCPT TO:<{A}>:\n    550 5.1.1 unknown user\n  {B}\n    host mx.kunde.example [192.0.2.1]\n    552 5.2.2 mailbox is full\n", a="bounced", b="soft_bounced"),
    _mail("qmail, in words alone", f"From: MAILER-DAEMON@relay.example\nSubject: failure notice\nDate: 14 Nov 2026 09:31:00 -0000\n\nHi. This is the qmail-send program.\n\n<{A}>:\nSorry, no mailbox here by that name.\n\n<{B}>:\nThe users mailfolder is over the allowed quota (size).\n", a="bounced", b="soft_bounced"),
    _mail("a warning that it is late", f"From: Mail Delivery System <Mailer-Daemon@relay.example>\nX-Failed-Recipients: {A}\nSubject: Warning: message delayed 24 hours\nDate: Sat, 14 Nov 2026 10:31:00 +0100\n\nThis message has been on the queue for more than 24 hours. No action is required on your part.\n\n  {A}\n    host mx.kunde.example: connection timed out\n", a="soft_bounced"),
    _mail("a removal by mail", letter("unsubscribe", sender=A), a="unsubscribed"),
    _mail("a reply", letter("Re: a question", "In-Reply-To: <m1@seller.example>"), a="replied"),
    _mail("a reply with its subject in base64", letter("=?utf-8?B?QW50dzogR3LDvMOfZQ==?="), a="replied"),
    _mail("a reply in Japanese", letter("=?iso-2022-jp?B?UmU6IBskQjxBTGQbKEI=?=", "References: <m1@seller.example>"), a="replied"),
    _mail("a real reply that says it is none of a machine's", letter("Re: a question", "Auto-Submitted: no", "In-Reply-To: <m1@seller.example>"), a="replied"),
    _mail("a note that its writer is away", letter("Re: a question", "Auto-Submitted: auto-replied", "In-Reply-To: <m1@seller.example>"), a="auto_replied"),
    *(_mail(f"away: {subject}", letter(subject, "In-Reply-To: <m1@seller.example>"), a="auto_replied") for subject in (
        "Automatic reply: a question", "Out of Office Re: a question", "Automatische Antwort: a question", "Abwesend: a question", "Réponse automatique : a question",
        "Respuesta automática: a question", "Risposta automatica: a question", "Automatisch antwoord: a question", "Automatyczna odpowiedź: a question", "Automatiskt svar: a question",
        "Automatisk svar: a question", "Automatická odpověď: a question", "Resposta automática: a question", "Automaattinen vastaus: a question", "Automatikus válasz: a question",
        "Автоматический ответ: a question", "Otomatik Yanıt: a question", "自動応答: a question", "自动答复: a question", "Autoreply: a question", "Abwesenheitsnotiz: a question", "Re: Out of office: a question")),
)  # fmt: skip
# Written after the reader was mended, to see what it makes of what it was not mended for: 23 of 35 at first.
FRESH = (
    _csv("Outreach", f"Email,Stage,Last Contacted,Replied,Bounced,Opted Out\n{A},Bounced,2026-11-14,No,Yes,No\n{B},Replied,2026-11-14,Yes,No,No\n{C},Attempting,2026-11-14,No,No,Yes\n", a="bounced",b="replied",c="unsubscribed"),
    _csv("Salesloft", f"email_address,counts_emails_sent,bounced,replied,unsubscribed\n{A},1,true,false,false\n{B},2,false,true,false\n",a="bounced",b="replied"),
    _csv("Reply.io", f"Email,Sequence,Status,Date\n{A},X,Bounced,2026-11-14\n{B},X,Auto-replied,2026-11-14\n{C},X,Finished,2026-11-14\n{D},X,OptedOut,2026-11-14\n",a="bounced",b="auto_replied",c="sent",d="unsubscribed"),
    _csv("Klaviyo", f"Email,Event,Timestamp\n{A},Bounced Email,2026-11-14\n{B},Opened Email,2026-11-14\n{C},Received Email,2026-11-14\n{D},Unsubscribed,2026-11-14\n",a="bounced",b="opened",c="delivered",d="unsubscribed"),
    _csv("ActiveCampaign", f"Email,Status,Bounce type\n{A},Bounced,hard\n{B},Bounced,soft\n{C},Active,\n",a="bounced",b="soft_bounced"),
    _csv("CleverReach", f"Email;Bounce-Typ;Datum\n{A};Hardbounce;14.11.2026\n{B};Softbounce;14.11.2026\n",a="bounced",b="soft_bounced"),
    _csv("rapidmail", f"Empfänger;Status;Bounce\n{A};gesendet;hart\n{B};gesendet;weich\n{C};gesendet;\n",a="bounced",b="soft_bounced",c="sent"),
    _csv("Zoho", f"Contact Email,Delivery Status,Reason\n{A},Bounced (Hard),550 5.4.4 host not found\n{B},Bounced (Soft),451 greylisted\n{C},Sent,\n",a="bounced",b="soft_bounced",c="sent"),
    _csv("Gmail log", f"Recipient address,Event status,Date\n{A},Bounced,2026-11-14T10:00:00+01:00\n{B},Delivered,2026-11-14T10:00:00+01:00\n{C},Rejected,2026-11-14T10:00:00+01:00\n",a="bounced",b="delivered"),
    _csv("Exchange trace", f"Received,SenderAddress,RecipientAddress,Subject,Status\n2026-11-14,me@seller.example,{A},Hi,Failed\n2026-11-14,me@seller.example,{B},Hi,Delivered\n2026-11-14,me@seller.example,{C},Hi,Pending\n",b="delivered",c="not_sent"),
    _csv("timestamps epoch ms", f"email,bounced_at,delivered_at\n{A},1794648600000,\n{B},,1794648600000\n",a="bounced",b="delivered"),
    _csv("checkboxes", f"Email,Bounced?,Replied?\n{A},☑,☐\n{B},☐,☑\n",a="bounced",b="replied"),
    _csv("dash for no", f"Email,Bounced,Opened\n{A},x,-\n{B},-,x\n",a="bounced",b="opened"),
    _csv("quoted addresses", f'"E-Mail","Ergebnis"\n"<{A}>","unzustellbar"\n"mailto:{B}","zugestellt"\n',a="bounced",b="delivered"),
    _csv("russian", f"Email;Статус\n{A};Не доставлено\n{B};Доставлено\n{C};Прочитано\n","cp1251",a="bounced",b="delivered",c="opened"),
    _csv("chinese", f"邮箱,状态\n{A},退信\n{B},已送达\n","gb18030",a="bounced",b="delivered"),
    _json("SparkPost", {"results":[{"type":"bounce","rcpt_to":A,"bounce_class":"10","error_code":"550","raw_reason":"550 5.1.1 unknown","timestamp":"2026-11-14T09:30:00.000Z","message_id":"1"},{"type":"delivery","rcpt_to":B,"timestamp":"2026-11-14T09:30:00.000Z","message_id":"2"}]},whole=True,a="bounced",b="delivered"),
    _json("SES EventBridge", {"version":"0","source":"aws.ses","detail-type":"Email Bounced","detail":{"eventType":"Bounce","mail":{"timestamp":"2026-11-14T09:30:00.000Z","messageId":"m","destination":[A]},"bounce":{"bounceType":"Permanent","bouncedRecipients":[{"emailAddress":A}]}}},a="bounced"),
    _json("SendGrid suppression API", [{"created":1794648600,"email":A,"reason":"550 5.1.1 unknown","status":"5.1.1"},{"created":1794648600,"email":B,"reason":"452 4.2.2 full","status":"4.2.2"}],whole=True,a="bounced",b="soft_bounced"),
    _json("Instantly leads API", {"items":[{"id":"1","email":A,"status":-1,"email_reply_count":0},{"id":"2","email":B,"status":3,"email_reply_count":1}]},whole=True,a="bounced",b="replied"),
    _json("HubSpot event API", {"events":[{"type":"BOUNCE","recipient":A,"created":1794648600000,"category":"UNKNOWN_USER","response":"550 5.1.1"},{"type":"DELIVERED","recipient":B,"created":1794648600000},{"type":"OPEN","recipient":C,"created":1794648600000}]},whole=True,a="bounced",b="delivered",c="opened"),
    _mail("Exchange NDR", report(block(A,"5.1.10",why="550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient not found by SMTP address lookup")).replace("MAILER-DAEMON@relay.example","MicrosoftExchange329e71ec88ae4615bbc36ab6ce41109e@seller.example"),a="bounced"),
    _mail("Domino", report(block(A,"5.1.1").replace("Status: 5.1.1","Status: 5.1.1\nDiagnostic-Code: X-Notes; User anna (anna@kunde.example) not listed in Domino Directory")),a="bounced"),
    _mail("multi-line diagnostic", report(f"Final-Recipient: rfc822; {A}\nAction: failed\nStatus: 5.0.0\nDiagnostic-Code: smtp; 550-5.1.1 The email account that you tried to reach does\n 550-5.1.1 not exist. Please try double-checking"),a="bounced"),
    _mail("MDN deleted unread", f'Content-Type: multipart/report; report-type=disposition-notification; boundary="b"\nFrom: {A}\nDate: Sat, 14 Nov 2026 10:31:00 +0100\n\n--b\nContent-Type: text/plain\n\nx\n--b\nContent-Type: message/disposition-notification\n\nFinal-Recipient: rfc822; {A}\nDisposition: automatic-action/MDN-sent-automatically; deleted\n\n--b--\n',a="delivered"),
    _mail("moved away, auto", letter("Automatic reply: a question","Auto-Submitted: auto-replied","X-Auto-Response-Suppress: All"),a="auto_replied"),
    _mail("ticket", letter("[Ticket#2026] Ihre Anfrage","Auto-Submitted: auto-generated","In-Reply-To: <m1@seller.example>"),a="auto_replied"),
    _mail("a real reply titled Automation", letter("AW: Automatisierung im Lager","In-Reply-To: <m1@seller.example>"),a="replied"),
    _mail("a real reply on absence management", letter("Re: Absence management software","In-Reply-To: <m1@seller.example>"),a="replied"),
    _mail("a real reply on urlaub", letter("AW: Urlaubsplanung","In-Reply-To: <m1@seller.example>"),a="replied"),
    _mail("stop", letter("Re: abmelden","In-Reply-To: <m1@seller.example>"),a="unsubscribed"),
    _mail("german bounce words", f"From: Mail Delivery System <MAILER-DAEMON@relay.example>\nSubject: Unzustellbar\nDate: Sat, 14 Nov 2026 10:31:00 +0100\nX-Failed-Recipients: {A}\n\nDie Nachricht konnte nicht zugestellt werden:\n\n{A}: Empfaenger unbekannt\n",a="bounced"),
)  # fmt: skip
SES_BOUNCE = {
    "notificationType": "Bounce",
    "mail": {
        "timestamp": "2026-11-14T09:30:00.000Z",
        "source": "me@seller.example",
        "messageId": "m",
        "destination": [A],
    },
    "bounce": {"bounceType": "Permanent", "bouncedRecipients": [{"emailAddress": A}]},
}
# What of 60 others was not read right at once.
LATER = (
    _csv("HubSpot contacts, reply date", f"Record ID,Email,Email hard bounce reason,Last marketing email reply date\n1,{A},UNKNOWN_USER,\n2,{B},,2026-11-14\n",a="bounced",b="replied"),
    _csv("Brevo logs", f"st_text,ts,sub,frm,email,tag,mid,link\nSent,2026-11-14 09:30:00,Hi,me@seller.example,{A},NA,<1@r.example>,NA\nHard bounce,2026-11-14 09:30:09,Hi,me@seller.example,{A},NA,<1@r.example>,NA\n",a="bounced"),
    _csv("a sender alone in its column", f"From,Result,Lead\nme@seller.example,bounced,{A}\nme@seller.example,delivered,{B}\n",a="bounced",b="delivered"),
    _json("Postmark messages", {"TotalCount":1,"Messages":[{"MessageID":"m1","To":[{"Email":A}],"Recipients":[A],"From":"me@seller.example","Status":"Sent"}]},whole=True,a="sent"),
    _json("SES in SNS in SQS", {"Messages":[{"MessageId":"q","Body":json.dumps({"Type":"Notification","Message":json.dumps(SES_BOUNCE)})}]},whole=True,a="bounced"),
    _json("SES subscription", {"eventType":"Subscription","mail":SES_BOUNCE["mail"],"subscription":{"source":"UnsubscribeHeader"}},a="unsubscribed"),
    _json("Smartlead categories", *({"event_type":"LEAD_CATEGORY_UPDATED","to_email":email,"lead_category":{"new_name":name}} for email, name in ((A,"Interested"),(B,"Out Of Office"))),a="replied",b="auto_replied"),
    _json("Smartlead, its core page", *({"event":f"EMAIL_{name}","campaign_id":1,"lead":{"email":email},"email":{"subject":"Hi"}} for email, name in ((A,"REPLIED"),(B,"BOUNCED"),(C,"UNSUBSCRIBED"))),a="replied",b="bounced",c="unsubscribed"),
    _json("caught with headers", {"headers":{"user-agent":"x"},"body":[{"email":A,"event":"bounce","type":"bounce","sg_message_id":"1.x"},{"email":B,"event":"delivered","sg_message_id":"2.x"}]},whole=True,a="bounced",b="delivered"),
)  # fmt: skip
CASES = (*TABLES, *EVENTS, *MAILS, *FRESH, *LATER)
