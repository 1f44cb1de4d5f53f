"""What became of mails, read out of the files of the tools that sent them.

Headings and words are those of the vendors' public documentation (docs/files.md lists the pages); the rows are invented.
"""

# Headings, rows and words of tools are read best as they stand, one a line.
# ruff: noqa: E501

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import polars as pl
import pytest

from openprospect_nb.errors import ConfigurationError, ValidationError
from openprospect_nb.files import read_outcomes
from openprospect_nb.files.outcome_cells import bounced_of
from openprospect_nb.files.outcomes import KINDS, OUTCOMES
from openprospect_nb.mailings import read_mailings

A, B, C, D, E, F = (f"{name}@firm.example" for name in "abcdef")
Told = dict[str, tuple[bool | None, str]]
# The columns of a tool's export, and what each address is to be.
EXPORTS: dict[str, tuple[dict[str, list[object]], Told]] = {
    "HubSpot, unsubscribes and bounces": (
        {"Email": [A, B, C, D], "Portal Bounce": ["TRUE", "FALSE", "FALSE", "MAILBOX_FULL"],
         "Portal Unsubscribe": ["FALSE", "TRUE", "FALSE", "FALSE"], "Portal Spam Report": ["FALSE", "FALSE", "TRUE", "FALSE"]},
        {A: (True, "bounced"), B: (False, "unsubscribed"), C: (False, "complained"), D: (True, "bounced")}),
    "a time of sending that is blank": (
        {"Email": [A, B], "Sent At": ["2026-11-01 10:00", None], "Bounced": ["FALSE", "FALSE"]},
        {A: (False, "delivered"), B: (None, "not_sent")}),
    "a second step that is not due": (
        {"Email": [A, B], "Sent at": ["2026-11-01", "2026-11-01"], "Last sent time": ["2026-11-03", None], "Bounced": ["no", "no"]},
        {A: (False, "delivered"), B: (False, "delivered")}),
    "what was written back": (
        {"Email": [A, B, C, D], "Status": ["Replied", "Replied", "Sent", "Bounced"],
         "Reply text": ["I am out of office until Monday", "Yes, please call me", None, None]},
        {A: (False, "auto_replied"), B: (False, "replied"), C: (False, "sent"), D: (True, "bounced")}),
    "the subject of what was written back": (
        {"Email": [A, B, C], "Bounced": ["nein"] * 3, "Antwort": ["Abwesenheitsnotiz: Ihr Schreiben vom Mai", "Danke, gern im Mai", None]},
        {A: (False, "auto_replied"), B: (False, "replied"), C: (False, "delivered")}),
    "HubSpot, events of an email": (
        {"Recipient": [A, A, A, B, B, C, C, D], "Event type": ["Sent", "Delivered", "Open", "Sent", "Bounce", "Sent", "Deferred", "Dropped"],
         "Event time": ["2026-11-01T10:00:00Z"] * 8},
        {A: (False, "opened"), B: (True, "bounced"), C: (False, "soft_bounced"), D: (None, "not_sent")}),
    "HubSpot, contacts": (
        {"Email": [A, B, C, D], "Marketing emails delivered": [3, 0, None, 0], "Marketing emails bounced": [0, 1, None, 0],
         "Email hard bounce reason": [None, "Unknown user", None, None], "Marketing emails replied": [1, 0, None, 0]},
        {A: (False, "replied"), B: (True, "bounced"), C: (None, "unknown"), D: (None, "unknown")}),
    "Instantly, statuses in words": (
        {"Email": [A, B, C, D, E], "Lead Status": ["Completed", "Bounced", "Not yet contacted", "Unsubscribed", "Active"]},
        {A: (False, "sent"), B: (True, "bounced"), C: (None, "not_sent"), D: (False, "unsubscribed"), E: (None, "unknown")}),
    "Instantly, statuses in numbers": (
        {"email": [A, B, C, D], "status": [3, -1, -3, -2], "email_open_count": [0, 0, 0, 1],
         "timestamp_last_contact": ["2026-11-01T10:00:00.000Z", "2026-11-01T10:00:00.000Z", None, "2026-11-01T10:00:00.000Z"]},
        {A: (False, "sent"), B: (True, "bounced"), C: (None, "not_sent"), D: (False, "unsubscribed")}),
    "Instantly, events": (
        {"timestamp": ["2026-11-01T10:00:00Z", "2026-11-01T10:05:00Z", "2026-11-01T11:00:00Z", "2026-11-02T09:00:00Z", "2026-11-02T10:00:00Z"],
         "event_type": ["email_sent", "email_bounced", "email_sent", "email_sent", "auto_reply_received"], "lead_email": [A, A, B, C, C]},
        {A: (True, "bounced"), B: (False, "sent"), C: (False, "auto_replied")}),
    "Smartlead, leads": (
        {"email": [A, B, C, D, E], "status": ["COMPLETED", "BLOCKED", "INPROGRESS", "STARTED", "STOPPED"],
         "is_opened": ["true", "false", "false", "false", "false"], "is_replied": ["false"] * 5, "is_bounced": ["false", "true", "false", "false", "false"]},
        {A: (False, "opened"), B: (True, "bounced"), C: (None, "unknown"), D: (None, "not_sent"), E: (None, "unknown")}),
    "Smartlead, statistics": (
        {"lead_email": [A, B, C], "sequence_number": [1, 1, 1], "sent_time": ["2026-11-01T10:00:00Z"] * 3,
         "open_time": ["2026-11-01T12:00:00Z", None, None], "is_bounced": [False, True, False]},
        {A: (False, "opened"), B: (True, "bounced"), C: (False, "delivered")}),
    "lemlist, leads": (
        {"email": [A, B, C, D, E], "firstName": ["A"] * 5, "lastState": ["emailsBounced", "emailsReplied", "emailsSent", "skipped", "emailsOpened"]},
        {A: (True, "bounced"), B: (False, "replied"), C: (False, "sent"), D: (None, "not_sent"), E: (False, "opened")}),
    "Salesforce, leads": (
        {"Email": [A, B], "Email Bounced Date": ["2026-11-02T10:00:00Z", None], "Email Bounced Reason": ["550 5.1.1 user unknown", None],
         "Sent": ["yes", "yes"]},
        {A: (True, "bounced"), B: (False, "sent")}),
    "HubSpot, deals": (
        {"Email": [A, B, C], "Deal Stage": ["Closed Won", "Closed Lost", "Appointment scheduled"], "Amount": ["1.234,50 €", "900", "80"]},
        {A: (False, "won"), B: (False, "replied"), C: (None, "unknown")}),
    "a mail server's log": (
        {"To": [A, B, C, D], "Result": ["250 2.0.0 OK", "550 5.1.1 User unknown", "452 4.2.2 Mailbox full", "5.7.1 rejected as spam"]},
        {A: (False, "delivered"), B: (True, "bounced"), C: (False, "soft_bounced"), D: (False, "soft_bounced")}),
    "Mailgun, events": (
        {"recipient": [A, B, C, D], "event": ["delivered", "failed", "failed", "accepted"], "severity": [None, "permanent", "temporary", None]},
        {A: (False, "delivered"), B: (True, "bounced"), C: (False, "soft_bounced"), D: (False, "sent")}),
    "Apollo, contacts": (
        {"Email": [A, B, C], "Email Status": ["Verified", "Verified", "Unavailable"], "Email Sent": ["true", "true", "false"],
         "Email Open": ["true", "false", "false"], "Email Bounced": ["false", "true", "false"]},
        {A: (False, "opened"), B: (True, "bounced"), C: (None, "not_sent")}),
    "Brevo, events": (
        {"Email": [A, B, C, D], "Event": ["Hard bounce", "Soft bounce", "Delivered", "First opening"], "Date": ["13-11-2026 10:00:00"] * 4},
        {A: (True, "bounced"), B: (False, "soft_bounced"), C: (False, "delivered"), D: (False, "opened")}),
    "a heading nobody taught us": (
        {"Mailadresse": [A, B, C], "Zustellung Welle 3": ["zugestellt", "unzustellbar", None]},
        {A: (False, "delivered"), B: (True, "bounced"), C: (None, "unknown")}),
    "by hand, German": (
        {"E-Mail-Adresse": [A, B, C, D], "Ergebnis": ["zugestellt", "unzustellbar", "Bounce (weich)", "beantwortet"], "Datum": ["01.11.2026"] * 4},
        {A: (False, "delivered"), B: (True, "bounced"), C: (False, "soft_bounced"), D: (False, "replied")}),
    "by hand, French": (
        {"Adresse e-mail": [A, B, C], "Statut": ["livré", "non distribué", "répondu"]},
        {A: (False, "delivered"), B: (True, "bounced"), C: (False, "replied")}),
    "by hand, Spanish": (
        {"Correo electrónico": [A, B, C], "Rebotado": ["sí", "no", None]}, {A: (True, "bounced"), B: (False, "delivered"), C: (None, "unknown")}),
    "by hand, English": (
        {"Prospect": [A, B, C, D], "Bounced": ["Y", "N", "hard", "soft"]},
        {A: (True, "bounced"), B: (False, "delivered"), C: (True, "bounced"), D: (False, "soft_bounced")}),
    "SparkPost, classes of bounces": (
        {"rcpt_to": [A, B, C, D, E, F], "type": ["bounce", "bounce", "bounce", "bounce", "delivery", "delay"],
         "bounce_class": ["10", "22", "51", "60", None, "10"], "timestamp": ["1704190000.12"] * 6},
        {A: (True, "bounced"), B: (False, "soft_bounced"), C: (False, "soft_bounced"), D: (False, "auto_replied"), E: (False, "delivered"),
         F: (False, "soft_bounced")}),
    "SparkPost, classes alone": (
        {"rcpt_to": [A, B, C, D], "bounce_class": [30, 40, 90, None]},
        {A: (True, "bounced"), B: (False, "soft_bounced"), C: (True, "bounced"), D: (None, "unknown")}),
    "a class that tells nothing beside a reply that does": (
        {"rcpt_to": [A, B], "type": ["bounce", "bounce"], "bounce_class": ["1", "1"], "raw_reason": ["550 5.1.1 unknown", "552 5.2.2 full"]},
        {A: (True, "bounced"), B: (False, "soft_bounced")}),
    "SparkPost, other events": (
        {"rcpt_to": [A, B, C, D, E], "type": ["out_of_band", "policy_rejection", "initial_open", "list_unsubscribe", "injection"]},
        {A: (True, "bounced"), B: (None, "not_sent"), C: (False, "opened"), D: (False, "unsubscribed"), E: (False, "sent")}),
    "Klaviyo, recipients": (
        {"Email": [A, B, C], "Bounced Email": [1, 0, 0], "Opened Email": [0, 1, 0], "Received Email": [0, 1, 1]},
        {A: (True, "bounced"), B: (False, "opened"), C: (False, "delivered")}),
    "SES, notifications": (
        {"Email": [A, B, C], "notificationType": ["Bounce", "Delivery", "Complaint"], "bounceType": ["Permanent", None, None]},
        {A: (True, "bounced"), B: (False, "delivered"), C: (False, "complained")}),
    "events under a heading of one's own beside the type of bounces": (
        {"Email": [A, B, C], "What came": ["Bounce", "Delivery", "Bounce"], "bounceType": ["Permanent", None, "Transient"]},
        {A: (True, "bounced"), B: (False, "delivered"), C: (False, "soft_bounced")}),
    "what was before, beside what is": (
        {"Email": [A, B], "Before": ["bounced", "delivered"], "Status": ["delivered", "bounced"], "bounceType": [None, "hard"]},
        {A: (False, "delivered"), B: (True, "bounced")}),
    "bounces with their type": (
        {"email": [A, B, C], "bounced": [1, 1, 0], "bounce type": ["Permanent", "Transient", None]},
        {A: (True, "bounced"), B: (False, "soft_bounced"), C: (False, "delivered")}),
    "a CRM's export with a state and a type of its own": (
        {"email": [A, B], "state": ["CA", "NY"], "type": ["Customer", "Partner"], "bounced": ["no", "yes"]},
        {A: (False, "delivered"), B: (True, "bounced")}),
}  # fmt: skip


@pytest.mark.parametrize("tool", EXPORTS)
def test_a_tools_export_is_read(tool: str) -> None:
    """Each address is what the tool says of it, in the four columns that calibration takes."""
    columns, told = EXPORTS[tool]
    read = read_outcomes(pl.DataFrame(columns, strict=False))

    assert {row["email"]: (row["bounced"], row["kind"]) for row in read.frame.to_dicts()} == told
    assert read.frame.schema == OUTCOMES
    assert not read.unknown
    assert "@" not in repr(read)


@pytest.mark.parametrize(
    "tool", ["HubSpot, unsubscribes and bounces", "Instantly, statuses in words", "by hand, German"]
)
@pytest.mark.parametrize("ending", ["csv", "tsv", "xlsx", "parquet"])
def test_a_file_says_what_its_frame_says(tool: str, ending: str, tmp_path: Path) -> None:
    """Whatever the kind of file, the outcomes are those of the frame."""
    frame = pl.DataFrame(EXPORTS[tool][0])
    path = tmp_path / f"outcomes.{ending}"
    if ending == "xlsx":
        frame.write_excel(path)
    elif ending == "parquet":
        frame.write_parquet(path)
    else:
        path.write_bytes(frame.write_csv(separator="\t" if ending == "tsv" else ";").encode("utf-8-sig"))
    assert read_outcomes(path).frame.equals(read_outcomes(frame).frame)


def test_times_are_those_of_the_outcome_else_of_the_sending() -> None:
    """A bounce has its own time, everything else the event's or the sending's; dates with two readings are said."""
    frame = pl.DataFrame(
        {
            "email": [A, B],
            "status": ["bounced", "delivered"],
            "bounced at": ["02.11.2026 08:00", None],
            "sent at": ["01.11.2026"] * 2,
        }
    )
    assert read_outcomes(frame).frame["at"].to_list() == [
        datetime(2026, 11, 2, 8, tzinfo=UTC), datetime(2026, 11, 1, tzinfo=UTC),
    ]  # fmt: skip
    doubtful = read_outcomes(frame.with_columns(pl.lit("01/11/2026").alias("sent at")).drop("bounced at"))
    assert doubtful.frame["at"].null_count() == 2
    assert "Column 'sent at' holds dates with two readings, such as '01/11/2026'" in repr(doubtful)


def test_words_that_say_nothing_known_are_named_and_counted() -> None:
    """A word nobody taught us makes its row unknown and is named with its count, five of them at most."""
    read = read_outcomes(pl.DataFrame({"email": [A, B, C, D], "status": ["bounced", "sent", "wibble", "wibble"]}))
    assert read.unknown == {"wibble": 2}
    assert read.frame["bounced"].to_list() == [True, False, None, None]
    assert "'wibble' (2)" in repr(read)


@pytest.mark.parametrize("word", ["failed", "blocked", "error", "Fehlgeschlagen", "invalid", "✅", "❌"])
def test_a_word_whose_meaning_nobody_can_tell_is_named(word: str) -> None:
    """Next to delivered, a failure that is no known bounce is counted by name, unless its row says more elsewhere."""
    rows = {"email": [A, B, C], "status": ["delivered", word, word], "bounce type": [None, None, "hard"]}
    assert read_outcomes(pl.DataFrame(rows).drop("bounce type")).unknown == {word: 2}
    told = read_outcomes(pl.DataFrame(rows))
    assert told.frame["bounced"].to_list() == [False, None, True]
    if word.isalpha():
        assert told.unknown == {word: 1}


FAILURES = {
    # A failure of which nobody can tell more, or words nobody knows: not told, and named.
    None: ["Failed", "Fehlgeschlagen", "Échec", "Erreur inconnue", "Falló", "Errore 42", "Falhou", "Mislukt", "Błąd", "Misslyckades",
           "Mislykkedes", "Epäonnistui", "Selhalo", "Sikertelen", "Ошибка", "Başarısız", "失敗", "发送错误", "오류", "Error: timeout",
           "Rejected", "Abgelehnt", "Refusé", "Rechazado", "Blocked", "Unsuccessful", "Delivered with errors", "wibble", "Verified", "no error"],
    # The deed, the mailbox, or how long it lasts: a bounce.
    True: ["Failed to deliver", "Could not be delivered", "Zustellung fehlgeschlagen", "konnte nicht zugestellt werden", "Échec de livraison",
           "N'a pas pu être livré", "Entrega fallida", "no se pudo entregar", "consegna fallita", "Falha na entrega", "Bezorging mislukt",
           "nie można dostarczyć", "Leverans misslyckades", "kunne ikke leveres", "Toimitus epäonnistui", "Doručení selhalo",
           "Ошибка доставки", "Teslimat başarısız", "配信できませんでした", "投递失败", "배달 실패",
           "Address doesn't exist", "Recipient rejected", "Mailbox inactive", "Rejected by server", "E-Mail-Adresse ungültig",
           "Empfänger existiert nicht", "Boîte inexistante", "La dirección no existe", "Indirizzo inesistente", "Endereço inválido",
           "Adres bestaat niet", "Adres nie istnieje", "Adressen finns inte", "Adressen findes ikke", "Osoitetta ei löydy",
           "Adresa neexistuje", "A cím nem létezik", "Адрес не существует", "Adres bulunamadı", "アドレスが存在しません", "地址不存在", "존재하지 않는 주소",
           "Permanent error", "Permanent delivery failure", "Dauerhafter Fehler", "Erreur permanente", "Rejet définitif", "Error permanente",
           "Errore permanente", "Erro permanente", "Permanente fout", "Trwały błąd", "Permanent fel", "Pysyvä virhe", "Trvalá chyba",
           "Végleges hiba", "Постоянная ошибка", "Kalıcı hata", "恒久的なエラー", "永久失败", "영구 오류", "Failed: address does not exist"],
    False: ["Temporary failure", "Vorübergehender Fehler", "Erreur temporaire", "Error temporal", "Błąd tymczasowy", "Временная ошибка",
            "Mailbox temporarily unavailable", "Delivery delayed"],
}  # fmt: skip


@pytest.mark.parametrize(("bounced", "word"), [(told, word) for told, words in FAILURES.items() for word in words])
def test_what_failed_did_not_arrive_because_it_was_sent(bounced: bool | None, word: str) -> None:
    """Beside a time of sending a failure is what its words say; of which nobody can tell more is named, in any language."""
    columns = {"Email": [A, B, C], "Sent at": ["2026-11-02"] * 3, "Result": ["Hard bounce", word, "Delivered"]}
    read = read_outcomes(pl.DataFrame(columns))

    assert read.frame["bounced"].to_list() == [True, bounced, False]
    assert read.frame["kind"][1] == {None: "unknown", True: "bounced", False: "soft_bounced"}[bounced]
    assert read.unknown == ({word: 1} if bounced is None else {})
    assert "were sent to and are not said to have bounced" not in repr(read)


@pytest.mark.parametrize(
    "word", ["Pending", "Unknown", "N/A", "?", "unbekannt", "en attente", "Failed to send", "Dropped", "不明"]
)
def test_what_waits_or_never_left_did_not_arrive_either(word: str) -> None:
    """Beside a time of sending it is not told; a lead that is active or paused got what was sent."""
    columns = {"Email": [A, B, C], "Sent at": ["2026-11-02"] * 3, "Result": ["Hard bounce", word, "Active"]}
    read = read_outcomes(pl.DataFrame(columns))

    assert read.frame["bounced"].to_list() == [True, None, False]
    assert not read.unknown


def test_words_of_other_things_leave_a_sent_mail_as_it_was() -> None:
    """Where a column tells nothing of deliveries, its words are named and who was sent to did not bounce."""
    columns = {
        "Email": [A, B, C, D],
        "Sent": ["yes"] * 4,
        "Bounced": [None, None, "yes", None],
        "Lead Status": ["Marketing qualified", "MQL", "Nurture", "Verified"],
        "Notes": ["failed to call", "no address", None, None],
    }
    read = read_outcomes(pl.DataFrame(columns))
    assert read.frame["bounced"].to_list() == [False, False, True, False]


def test_a_failure_outweighs_that_it_did_not_bounce() -> None:
    """Of a mail that failed, "bounced: no" does not tell that it arrived; of one that was opened it does."""
    columns = {"Email": [A, B, C], "Sent": ["yes"] * 3, "Status": ["Failed", "Failed", "Sent"], "Bounced": ["no"] * 3}
    read = read_outcomes(pl.DataFrame(columns | {"Opened": [None, "yes", None]}))
    assert read.frame["bounced"].to_list() == [None, False, False]
    assert read.unknown == {"Failed": 1}


def test_in_a_log_a_message_that_failed_did_not_arrive() -> None:
    """Its sending stands in another row; a message that was read arrived, and a retry that is only sent tells nothing."""
    events = {
        A: ["sent", "failed"],
        B: ["sent", "failed", "opened"],
        C: ["processed", "dropped"],
        D: ["sent"],
        E: ["sent", "bounced"],
    }
    rows = [{"email": email, "event": event} for email, told in events.items() for event in told]
    read = read_outcomes(pl.DataFrame(rows))

    assert {row["email"]: (row["bounced"], row["kind"]) for row in read.frame.to_dicts()} == {
        A: (None, "unknown"), B: (False, "opened"), C: (None, "not_sent"), D: (False, "sent"), E: (True, "bounced"),
    }  # fmt: skip
    assert read.unknown == {"failed": 2}


@pytest.mark.parametrize("heading", ["Delivery result", "Zustellergebnis", "Outcome of the mail"])
def test_beside_a_time_of_sending_any_heading_may_tell_of_deliveries(heading: str) -> None:
    """That a mail was sent does not tell what became of it, so columns of words under other headings are looked at."""
    columns = {
        "Email": [A, B, C, D, E],
        "Sent at": ["2026-11-02"] * 5,
        heading: ["delivered", "bounced", "Failed", "soft bounce", "sent"],
    }
    assert read_outcomes(pl.DataFrame(columns)).frame["bounced"].to_list() == [False, True, None, False, False]


@pytest.mark.parametrize("word", ["unknown", "N/A", "failed", "wibble"])
def test_what_a_column_of_deliveries_leaves_open_is_not_told(word: str) -> None:
    """Beside a time of sending, too; its numbers and empty cells are read as ever."""
    columns = {
        "Email": [A, B, C, D],
        "Sent at": ["2026-11-02"] * 4,
        "Delivered": ["yes", word, None, "no"],
        "Bounced": [None] * 3 + ["yes"],
    }
    assert read_outcomes(pl.DataFrame(columns)).frame["bounced"].to_list() == [False, None, False, True]


@pytest.mark.parametrize(
    "error", ["550 5.1.1 no such user", "Mailbox not found", "552 mailbox full", "Failed", "Échec"]
)
def test_an_error_beside_what_was_sent_leaves_it_open(error: str) -> None:
    """A server's error in a column of its own is counted by its heading, for it may name somebody; "250 OK" is none."""
    columns = {"Email": [A, B, C], "Status": ["Sent", "Sent", "Bounced"], "Error message": [error, "250 OK", None]}
    read = read_outcomes(pl.DataFrame(columns))
    assert read.frame["bounced"].to_list() == [None, False, True]
    assert read.unknown == {"an error under Error message": 1}


@pytest.mark.parametrize(
    "heading",
    ["Bounce Type", "Type of bounce", "Bounce kind", "Bounce class", "Bounce-Typ", "Bouncekategorie", "Bounce-Art",
     "Art des Bounces", "Bounceklasse", "Type de rebond", "Catégorie de rebond", "Type de rejet", "Tipo de rebote",
     "Tipo di rimbalzo", "Tipo de devolução", "Bouncesoort", "Rodzaj odbicia", "Studstyp", "Bounce-kategori",
     "Bounce tyyppi", "Typ bounce", "Bounce típusa", "Bounce türü", "Тип возврата", "バウンスの種類", "退信类型", "반송 유형"],
)  # fmt: skip
def test_the_type_of_a_bounce_is_read_in_any_language(heading: str) -> None:
    """Beside a word for a bounce, and alone beside the sending: a soft one is none, a hard one is one."""
    kinds = {heading: [None, "Hard", "Soft"]}
    beside = read_outcomes(
        pl.DataFrame({"Email": [A, B, C], "Status": ["zugestellt", *["nicht zugestellt"] * 2], **kinds})
    )
    alone = read_outcomes(pl.DataFrame({"Email": [A, B, C], "Sent at": ["2026-11-02"] * 3, **kinds}))

    assert beside.frame["kind"].to_list() == ["delivered", "bounced", "soft_bounced"]
    assert alone.frame["bounced"].to_list() == [False, True, False]


@pytest.mark.parametrize(
    "heading", ["Bounce reason", "Bouncegrund", "Motif du rebond", "Motivo del rebote", "Powód odbicia", "退信原因"]
)
def test_why_it_bounced_is_read_in_any_language(heading: str) -> None:
    """A reason is one of a bounce, soft where the server says so; why a deal was lost is none."""
    read = read_outcomes(
        pl.DataFrame(
            {"Email": [A, B, C], "Sent": ["yes"] * 3, heading: ["550 5.1.1 no such user", "452 4.2.2 full", None]}
        )
    )
    assert read.frame["kind"].to_list() == ["bounced", "soft_bounced", "sent"]
    lost = {
        "Email": [A, B],
        "Status": ["replied", "bounced"],
        "Причина отказа": ["дорого", None],
        "Motif de rejet": ["cher", None],
    }
    assert read_outcomes(pl.DataFrame(lost)).frame["kind"].to_list() == ["replied", "bounced"]


@pytest.mark.parametrize("number", ["1", "25", "80", "99"])
def test_a_class_of_bounces_that_tells_nothing_of_the_mailbox_is_named(number: str) -> None:
    """A rule of the sender's own stopped it, or nobody knows why: the mailbox may exist."""
    read = read_outcomes({"rcpt_to": [A, B], "type": ["bounce", "bounce"], "bounce_class": [number, "10"]})
    rows = {row["email"]: (row["bounced"], row["kind"]) for row in read.frame.to_dicts()}
    assert rows == {A: (None, "unknown"), B: (True, "bounced")}
    assert read.unknown == {f"bounce class {number}": 1}


def test_times_that_cannot_be_read_are_named_by_their_rows() -> None:
    """One among good ones, too; of many five are shown, and no address."""
    dates = ["2024-01-02 10:00 CET", "gestern", None, *["neulich"] * 5, "by a@firm.example"]
    read = read_outcomes({"Email": [A] * 9, "Status": ["bounced"] * 9, "Date": dates})
    (note,) = [note for note in read.notes if "cannot be read" in note]
    assert read.frame["at"][0] == datetime(2024, 1, 2, 9, tzinfo=UTC)
    assert "7 times in 'Date'" in note
    assert "row 2 'gestern', row 4 'neulich'" in note
    assert "and 2 more" in note
    assert "@" not in repr(read)


def test_times_are_named_by_the_rows_of_the_file(tmp_path: Path) -> None:
    """The heading is row 1, as a spreadsheet counts."""
    (tmp_path / "x.csv").write_text(f"Email,Status,Date\n{A},bounced,2024-01-02\n{B},sent,gestern\n")
    for read in (read_outcomes(tmp_path / "x.csv"), read_mailings(tmp_path / "x.csv")):
        assert any("row 3 'gestern'" in note for note in read.notes)


def test_a_file_that_cannot_tell_bounces_says_so() -> None:
    """Sent is no outcome where nobody looked for bounces; a list of bounces alone says what it lacks."""
    sent = read_outcomes(pl.DataFrame({"email": [A, B], "status": ["sent", "opened"]}))
    assert sent.frame["bounced"].to_list() == [None, False]
    assert "Nothing in the file tells bounces" in repr(sent)
    assert "bounces alone" in repr(read_outcomes(pl.DataFrame({"email": [A], "status": ["bounced"]})))


def test_rows_of_messages_stay_and_rows_of_events_are_joined() -> None:
    """Six mails to one address are six outcomes; sent, delivered and opened of one mail are one."""
    six = read_outcomes(pl.DataFrame({"email": [A] * 6, "bounced": [False] * 5 + [True]}))
    assert six.frame["bounced"].sum() == 1
    assert six.frame.height == 6
    log = pl.DataFrame(
        {"email": [A] * 4, "event": ["sent", "opened", "sent", "bounced"], "campaign": ["x", "x", "y", "y"]}
    )
    assert read_outcomes(log).frame["kind"].sort().to_list() == ["bounced", "opened"]


def test_an_export_of_nobody_is_empty() -> None:
    """A heading without rows is an export of nobody, and no mistake."""
    assert read_outcomes(pl.DataFrame({"Email": [], "Status": []})).frame.equals(pl.DataFrame(schema=OUTCOMES))


def test_what_is_no_table_is_refused() -> None:
    """Nothing, numbers and bare texts are named for what they are."""
    for given in (None, 5, ["a@firm.example"]):
        with pytest.raises(ConfigurationError, match="cannot read a table from"):
            read_outcomes(given)


@pytest.mark.parametrize(
    ("frame", "why"),
    [({"name": ["Mia"], "status": ["bounced"]}, "no column holds e-mail addresses, among: name, status"),
     ({"email": [A], "city": ["Ulm"]}, "no column tells what became of the mails, among: email, city")],
)  # fmt: skip
def test_what_is_no_list_of_outcomes_is_refused(frame: dict[str, list[str]], why: str) -> None:
    """Without addresses or outcomes the columns there are get named, and what to rename."""
    with pytest.raises(ValidationError, match=why):
        read_outcomes(pl.DataFrame(frame))


PAIRS = {
    "yes/no": ("yes", "no"), "ja/nein": ("ja", "nein"), "oui/non": ("oui", "non"), "sí/no": ("sí", "no"), "si/no": ("si", "no"),
    "sim/não": ("sim", "não"), "tak/nie": ("tak", "nie"), "ja/nee": ("ja", "nee"), "ja/nej": ("ja", "nej"), "да/нет": ("да", "нет"),
    "ano/ne": ("ano", "ne"), "igen/nem": ("igen", "nem"), "kyllä/ei": ("kyllä", "ei"), "true/false": ("true", "false"),
    "TRUE/FALSE": ("TRUE", "FALSE"), "wahr/falsch": ("WAHR", "FALSCH"), "vrai/faux": ("VRAI", "FAUX"), "Y/N": ("Y", "N"),
    "booleans": (True, False), "integers": (1, 0), "floats": (1.0, 0.0), "texts of numbers": ("1", "0"), "1.0/0.0": ("1.0", "0.0"),
    "hard/soft": ("hard", "soft"), "Hard Bounce/Soft Bounce": ("Hard Bounce", "Soft Bounce"), "bounced/delivered": ("bounced", "delivered"),
    "bounce/ok": ("Bounce", "OK"), "hart/weich": ("hart", "weich"), "gebounced/zugestellt": ("gebounced", "zugestellt"),
    "unzustellbar/zugestellt": ("unzustellbar", "zugestellt"), "rebond/livré": ("rebond", "livré"), "dur/mou": ("dur", "mou"),
    "rebotado/entregado": ("rebotado", "entregado"), "devuelto/entregado": ("devuelto", "entregado"), "respinto/consegnato": ("respinto", "consegnato"),
    "onbestelbaar/bezorgd": ("onbestelbaar", "bezorgd"), "odrzucony/dostarczony": ("odrzucony", "dostarczony"),
    "permanent/temporary": ("permanent", "temporary"), "550/250": ("550 user unknown", "250 ok"), "bounced/replied": ("bounced", "replied"),
    "bounce: yes/no": ("bounce: yes", "bounce: no"), "bounced: true/false": ("bounced: true", "bounced: false"),
    "hard bounce: yes/no": ("hard bounce: yes", "hard bounce: no"), "Bounce nein": ("Bounce ja", "Bounce nein"), "bounced=1/0": ("bounced=1", "bounced=0"),
    "delivered: no/yes": ("delivered: no", "delivered: yes"), "hard denied, soft not": ("hard: yes / soft: no", "hard: no / soft: yes"),
    "rebond : non": ("rebond : oui", "rebond : non"), "ticks": ("✅", "❌"), "plain ticks": ("✔️", "✗"), "plus/minus": ("+", "-"), "boxes": ("☑", "☐"),
    "undeliverable/sent": ("undeliverable", "sent"), "with reasons": ("Hard bounce: mailbox not found", "Soft bounce: mailbox full"),
}  # fmt: skip


@pytest.mark.parametrize("pair", PAIRS)
def test_a_column_of_bounces_is_read_in_any_words(pair: str) -> None:
    """Yes and no, true and false, hard and soft, bounced and delivered, in a dozen languages; nothing is unknown."""
    yes, no = PAIRS[pair]
    assert bounced_of([yes, no, None, float("nan"), "n/a", ""]) == ([True, False, None, None, None, None], {})


def test_numbers_and_words_that_are_no_answer_are_given_back() -> None:
    """Three and maybe are no answers, each counted; infinity is unknown as NaN is."""
    assert bounced_of([3, "maybe", 1, "maybe"]) == ([None, None, True, None], {"3": 1, "maybe": 2})
    assert bounced_of([float("inf")]) == ([None], {})
    # A cross alone may be how somebody ticks; of a failure nobody can tell whose it was.
    assert bounced_of(["✗", None, "😀", "–"]) == ([None] * 4, {"✗": 1, "😀": 1})
    assert bounced_of(["failed", "Blocked", "Fehler"]) == ([None] * 3, {"failed": 1, "Blocked": 1, "Fehler": 1})
    assert bounced_of(["opened: no", "soft bounce: no"]) == ([None] * 2, {"opened: no": 1, "soft bounce: no": 1})
    # What a check of addresses said beforehand is no outcome.
    assert bounced_of(["invalid", "pending"]) == ([None, None], {"invalid": 1})


@pytest.mark.parametrize(
    "word", ["N/A", "n. a.", "-", "?", "", "unknown", "k.A.", "none", "#N/A", "null", "not available"]
)
def test_what_says_nothing_behind_a_colon_is_no_answer(word: str) -> None:
    """Neither a bounce nor none, and counted; what else the cell says stays."""
    assert bounced_of([f"Bounce: {word}", "Bounce: yes"]) == ([None, True], {f"Bounce: {word}".strip(): 1})
    assert bounced_of(["Bounce (n/a)", "Bounce - N/A", "Bounce? n/a", "Hard bounce - unknown"])[0] == [
        None,
        None,
        None,
        True,
    ]
    assert bounced_of([f"delivered: yes; bounce: {word}", f"Bounced={word}, opened: yes"]) == ([False, False], {})


def test_every_kind_is_said_by_some_export() -> None:
    """Each declared kind occurs above or in a word of the lists, so that none is a name without a use."""
    seen = {kind for _, told in EXPORTS.values() for _, kind in told.values()}
    assert set(KINDS) - seen <= {"clicked"}


@pytest.mark.parametrize(
    "word", ["N/A", "unknown", "unbekannt", "k. A.", "?", "pending", "tbd", "valid", "maybe", "нет данных"]
)
def test_what_a_column_of_bounces_leaves_open_is_not_told(word: str) -> None:
    """A mail that was sent, beside a word for not knowing whether it bounced, is unknown; one that was read arrived."""
    columns = {
        "Email": [A, B, C, D, E],
        "Bounced": [word, "yes", "no", None, word],
        "Status": [*["sent"] * 4, "opened"],
    }
    read = read_outcomes(pl.DataFrame(columns))

    assert read.frame["bounced"].to_list() == [None, True, False, False, False]
    assert read.notes[0].startswith("1 were sent to and are not said to have bounced")


@pytest.mark.parametrize(
    ("heading", "word"), [("Bounced at", "N/A"), ("Bounce Date", "n/a"), ("Bounced", "null"), ("Bounced", "-")]
)
def test_an_empty_cell_of_a_program_or_a_time_is_no_doubt(heading: str, word: str) -> None:
    """Beside "sent", what a program writes of an empty cell, or a time that is none, says that nothing bounced."""
    read = read_outcomes(pl.DataFrame({"Email": [A, B], heading: ["2026-11-02", word], "Status": ["bounced", "sent"]}))

    assert read.frame["bounced"].to_list() == [True, False]


def test_no_door_takes_a_verifiers_file():
    """What a check of addresses says is refused where a mailing tool's export is, too; "no reply yet" is named."""
    with pytest.raises(ValidationError, match="verifier"):
        read_outcomes(pl.DataFrame({"email": [A, B], "result": ["valid", "invalid"]}))
    read = read_outcomes(pl.DataFrame({"email": [A], "bounced": ["no"], "reply": ["noch keine Antwort da"]}))
    assert read.unknown == {"noch keine Antwort da": 1}
