"""Rows of a list of whom to keep out that say of themselves that they are not meant."""

from __future__ import annotations

import polars as pl
import pytest

from openprospect_nb.errors import ConfigurationError, ValidationError
from openprospect_nb.files.exclusions import exclusions, exclusions_in

KEPT, SPARED = "ada@foo.example", "bob@bar.example"


def named(read):
    """Return whom a list means."""
    return [entry.address or entry.domain or entry.name for entry in read.entries]


@pytest.mark.parametrize(
    ("heading", "kept", "spared"),
    [
        ("Unsubscribed from all email", "true", "false"),
        ("Unsubscribed from all email", "true", ""),
        ("Email Opt Out", "1", "0"),
        ("HasOptedOutOfEmail", "TRUE", "FALSE"),
        ("Do Not Contact", "x", ""),
        ("opted_out", "Y", "N"),
        ("Opted out of email: Newsletter", "Yes", "No"),
        ("Newsletter", "abgemeldet", "angemeldet"),
        ("Email Permission Status", "Unsubscribed", "Implicit"),
        ("is_unsubscribed", "✓", "-"),
        ("Sperrliste", "ja", "nein"),
        ("Consent withdrawn", "yes", "no"),
        ("Abgemeldet", "ja", "nein"),
        ("Werbewiderspruch (J/N)", "J", "N"),
        ("Désinscrit", "oui", "non"),
        ("Dado de baja", "sí", "no"),
        ("Disiscritto", "sì", "no"),
        ("Uitgeschreven", "ja", "nee"),
        ("Wypisany", "tak", "nie"),
        ("Avregistrerad", "ja", "nej"),
        ("Status", "unsubscribed", "subscribed"),
        ("Status", "cleaned", "Subscribed"),
        ("consent", "no", "yes"),
        ("Opt-in", "nein", "ja"),
        ("Do Not Market", "TRUE", "FALSE"),
        ("donotbulkemail", "Do Not Allow", "Allow"),
        ("donotbulkemail", "true", "false"),
        ("Bulk Email", "Do Not Allow", "Allow"),
        ("Emails", "Do Not Allow", "Allow"),
        ("E-Mails", "Nicht zulassen", "Zulassen"),
        ("Do not allow emails", "Yes", "No"),
        ("Allow emails", "No", "Yes"),
        ("No email", "yes", "no"),
        ("Mailable", "no", "yes"),
        ("Mailing erlaubt", "N", "J"),
        ("Kontakt erlaubt", "nein", "ja"),
        ("Can be contacted", "no", "yes"),
        ("GDPR delete", "yes", "no"),
        ("DSGVO-Löschung", "ja", "nein"),
    ],
)
def test_a_row_that_says_it_is_not_meant_keeps_out_nobody(heading, kept, spared):
    """It is named with its row and the column that says so; the others count, as a frame and as a file."""
    frame = pl.DataFrame({"email": [KEPT, SPARED], heading: [kept, spared]})
    for read in (exclusions(frame), exclusions(frame.to_dicts()), exclusions_in("x.csv", frame.write_csv().encode())):
        assert named(read) == [KEPT]
        assert "row 2: 'bob@bar.example" in read.remark
        assert heading in read.remark


@pytest.mark.parametrize(
    ("columns", "expected"),
    [
        ({"unsubscribed": ["yes", "no"], "bounced": ["no", "yes"]}, [KEPT, SPARED]),
        ({"unsubscribed": ["yes", "no"], "bounced": ["no", "no"]}, [KEPT]),
        ({"unsubscribed": ["yes", None], "consent": ["no", "no"]}, [KEPT, SPARED]),
        ({"opted out": ["2025-01-02", None]}, [KEPT, SPARED]),
        ({"opted out": ["yes", "perhaps"]}, [KEPT, SPARED]),
        ({"bounced": ["yes", "no"]}, [KEPT, SPARED]),
        ({"opted out": ["yes", "no"], "event": [None, "unsubscribed"]}, [KEPT, SPARED]),
        ({"opted out": ["yes", "no"], "Unsubscribed at": [None, "2025-01-02"]}, [KEPT, SPARED]),
        ({"Do not contact": ["yes", "no"], "Opt-out reason": [None, "moved"]}, [KEPT, SPARED]),
        ({"status": ["unsubscribed", "confirmed"]}, [KEPT, SPARED]),
        ({"opted out": [None, None]}, [KEPT, SPARED]),
        ({"consent": ["yes", "yes"]}, [KEPT, SPARED]),
        ({"status": ["subscribed", "subscribed"]}, [KEPT, SPARED]),
        ({"status": ["active", "inactive"]}, [KEPT, SPARED]),
        ({"opt-out processed": ["yes", "no"]}, [KEPT, SPARED]),
        ({"do not call": ["yes", "no"]}, [KEPT, SPARED]),
        ({"customer": ["yes", "no"]}, [KEPT, SPARED]),
    ],
)
def test_in_doubt_a_row_keeps_out(columns, expected):
    """Any column that objects is enough; dates, other words and columns of something else let nobody in."""
    assert named(exclusions(pl.DataFrame({"email": [KEPT, SPARED], **columns}))) == expected


@pytest.mark.parametrize(
    ("column", "doubted"),
    [
        ({"Opted out at": ["2025-01-02", None]}, True),
        ({"opted out": ["perhaps", "no"]}, True),
        ({"status": ["unsubscribed", "confirmed"]}, True),
        ({"consent": ["withdrawn", "given"]}, True),
        ({"Bounced": ["hard", None]}, True),
        ({"Phone Calls": ["Do Not Allow", "Allow"]}, False),
        ({"status": ["unsubscribed", "subscribed", "confirmed"]}, True),
        ({"Opted out at": ["2025-01-02", "2025-01-03"]}, False),
        ({"opted out": [None, None]}, False),
        ({"status": ["active", "inactive"]}, False),
    ],
)
def test_rows_that_count_in_doubt_are_told(column, doubted):
    """Where a column tells some objections and not of each row, that all rows count is said, with their number."""
    rows = len(next(iter(column.values())))
    read = exclusions(pl.DataFrame({"email": [KEPT, SPARED, "cid@baz.example"][:rows], **column}))

    assert len(read.entries) == rows
    assert ("rows that may not object are not let in for it" in read.remark) is doubted


def test_a_blank_among_answers_says_nothing():
    """Where yes and no both stand, who was not asked is kept out."""
    frame = pl.DataFrame({"email": [KEPT, SPARED, "cid@baz.example"], "opted out": ["yes", "no", None]})

    assert named(exclusions(frame)) == [KEPT, "cid@baz.example"]


def test_a_list_on_which_nobody_objects_is_refused():
    """It would keep out nobody; the message names column, row and the way on."""
    frame = pl.DataFrame({"email": [KEPT, SPARED], "opted out": ["no", "no"]})

    with pytest.raises(
        ValidationError, match=r"every row that it is not meant.*row 1.*'opted out' says 'no'"
    ) as raised:
        exclusions(frame)
    assert "leave that column out" in str(raised.value)


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ({"Company": "Foo GmbH", "City": "Ulm", "Owner Email": "sales@us.example"}, ["Foo GmbH"]),
        ({"domain": "foo.example", "Added by": "sales@us.example"}, ["foo.example"]),
        ({"domain": "foo.example", "Parent domain": "group.example"}, ["foo.example"]),
        ({"Firma": "Foo GmbH", "Ort": "Ulm", "Bearbeiter": "sales@us.example"}, ["Foo GmbH"]),
        ({"Owner Email": "sales@us.example"}, ["sales@us.example"]),
    ],
)
def test_who_keeps_a_row_is_not_whom_it_means(row, expected):
    """The address of whoever keeps the record stands for the row only where nothing else does."""
    assert named(exclusions([row])) == expected


@pytest.mark.parametrize("host", ["www2.foo.example", "WWW3.foo.example", "https://www2.foo.example/de"])
def test_a_numbered_www_is_the_site(host):
    """It names a machine of the site, no site below it: registered domains are compared."""
    [entry] = exclusions([host]).entries

    assert entry.is_site


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le"])
def test_lines_of_json_are_named_in_any_encoding(encoding, tmp_path):
    """Read as a table the first of them would be a heading, and its company slip through."""
    path = tmp_path / "list.csv"
    path.write_bytes('{"domain":"foo.example"}\n{"domain":"bar.example"}\n'.encode(encoding))

    with pytest.raises(ConfigurationError, match="the file is JSON"):
        exclusions(path)


@pytest.mark.parametrize(
    "heading", ["Newsletter", "Newsletter-Abo", "Receives marketing", "Mail program", "Kontaktwunsch"]
)
@pytest.mark.parametrize("answers", [("no", "yes"), ("nein", "ja"), (False, True), (None, "x"), ("no", None)])
def test_answers_that_may_tell_of_an_objection_are_told(heading, answers):
    """The rows count, as in any doubt, whatever kind of list it is given as."""
    frame = pl.DataFrame({"email": [KEPT, SPARED], heading: answers})

    for read in (exclusions(frame), exclusions(frame.to_dicts())):
        assert named(read) == [KEPT, SPARED]
        assert f"{heading!r} may tell who objected: all 2 rows count" in read.remark


@pytest.mark.parametrize(
    "column",
    [
        {"do not call": ["yes", "no"]},
        {"customer": ["yes", "no"]},
        {"Newsletter": ["yes", "yes"]},
        {"E-Mail 2": [None, "a@b.example"]},
    ],
)
def test_answers_that_tell_of_no_objection_are_not_told(column):
    """Nothing of them is in doubt."""
    assert exclusions(pl.DataFrame({"email": [KEPT, SPARED], **column})).remark == ""


OBJECTIONS = [
    ("Widerruf am", "01.05.2024"), ("Einwilligung widerrufen am", "3.4.2025"), ("Consent revoked", "2024-05-01"),
    ("Revoked at", "2024-05-01 10:00"), ("Widerspruch vom", "1.5.24"), ("Date de désinscription", "01/05/2024"),
    ("Fecha de baja", "01/05/2024"), ("GDPR deletion request", "yes"), ("Removal requested", "Yes"),
    ("Erasure requested", "ja"), ("Right to object exercised", "yes"), ("Kontaktverbot", "ja"),
    ("Unsubscribed from newsletter", "Yes"), ("Consentement retiré", "oui"), ("Avmeldt dato", "2024-01-01"),
    ("Data rezygnacji", "2024-01-01"), ("Opposizione", "sì"), ("Afgemeld op", "1-2-2024"),
]  # fmt: skip


@pytest.mark.parametrize(
    "other", [{"Opted out": ["No", "Yes"]}, {"Consent": ["Yes", "No"]}, {"Status": ["subscribed", "unsubscribed"]}]
)
@pytest.mark.parametrize(("heading", "value"), OBJECTIONS)
def test_no_column_lets_in_whom_another_keeps_out(heading, value, other):
    """A yes or a date below any heading of an objection outweighs a harmless column; a blank there says nothing."""
    for cell, expected in ((value, [KEPT, SPARED]), ("", [SPARED]), (None, [SPARED])):
        frame = pl.DataFrame(
            {"email": [KEPT, SPARED], **other, heading: [cell, None]}, schema_overrides={heading: pl.String}
        )
        assert named(exclusions(frame)) == expected


def test_what_is_said_to_count_counts():
    """Where a column may tell who objected and "all rows count" is said, no other column lets anybody in."""
    frame = pl.DataFrame({"email": [KEPT, SPARED], "Email marketing": ["No", "Yes"], "Opted out": ["No", "Yes"]})
    read = exclusions(frame)

    assert named(read) == [KEPT, SPARED]
    assert "all 2 rows count" in read.remark


@pytest.mark.parametrize(
    ("heading", "answers"),
    [("Geen toestemming", ("ja", "nee")), ("Brak zgody", ("tak", "nie")), ("Sans consentement", ("oui", "non"))],
)
def test_no_consent_is_an_objection(heading, answers):
    """Who has given none is kept out, who has is not."""
    assert named(exclusions(pl.DataFrame({"email": [KEPT, SPARED], heading: answers}))) == [KEPT]


def test_words_beside_an_objection_are_told():
    """Of a column that says "unsubscribe" and what is not known, all rows count, and that is said."""
    read = exclusions(pl.DataFrame({"email": [KEPT, SPARED], "event": ["unsubscribe", "delivered"]}))

    assert named(read) == [KEPT, SPARED]
    assert "'delivered'" in read.remark


def test_the_domain_of_an_address_is_not_the_company():
    """A CRM's own column "Email Domain" says again where the address is; another domain there counts."""
    frame = pl.DataFrame({"Email": [KEPT, SPARED], "Email Domain": ["foo.example", "other.example"]})

    assert named(exclusions(frame)) == [KEPT, SPARED, "other.example"]


ELSEWHERE = [
    ("Consent", "revoked 03.04.2026"), ("Consent", "Withdrawn by e-mail"), ("Consent", "refused on the phone"),
    ("Einwilligung", "widerrufen am 3.4.2026"), ("Werbeeinwilligung", "entzogen"), ("Double opt-in", "pending"),
    ("Consentement RGPD", "périmé"), ("Zgoda marketingowa", "cofnięta"), ("同意", "撤回"),
    ("Marketing permission", "expired"), ("Permission status", "not granted"), ("Consent", "yes, then revoked"),
    ("Löschanfrage", "03.04.2026"), ("Gelöscht", "ja"), ("Right to be forgotten", "yes"),
    ("Anfrage nach Art. 17", "03.04.2026"), ("Droit à l'oubli", "oui"), ("Verwijderverzoek", "03-04-2026"),
    ("Żądanie usunięcia", "tak"), ("Torlesi kerelem", "2026.04.03"), ("Silinme talebi", "evet"), ("삭제 요청", "예"),
    ("Data wypisania", "2026-04-03"), ("退会日", "2026/04/03"), ("配信停止日", "2026/04/03"), ("Sletning", "ja"),
    ("Motivo de baja", "queja"), ("Sperrgrund", "DSGVO"), ("Reden uitschrijving", "te veel"), ("Жалоба", "да"),
    ("Beschwerde", "ja"), ("Reclamo", "sì"), ("Klagomål", "ja"), ("Stížnost", "ano"), ("投诉", "是"),
    ("Kündigung", "zum 3.4."), ("Cancelled", "yes"), ("Opt-Out Status", "since spring"), ("Valitus", "kyllä"),
    ("Tags", "DNC"), ("Tags", "unsubscribed, vip"), ("Tags", '["vip", "do-not-contact"]'), ("Labels", "vip #dnc"),
    ("Schlagworte", "Messe 2025|Abgemeldet"), ("Email preference", "No emails"), ("Mailing list", "Suppression"),
    ("Newsletter", "nicht erwünscht"), ("Status", "gekündigt"), ("Notes", "asked to be removed"),
    ("Notiz", "bitte nicht mehr anschreiben"), ("Remarque", "ne souhaite plus recevoir d'e-mails"),
    ("Nota", "no quiere más correos, dado de baja"), ("Opmerking", "wil niet meer gemaild worden"),
]  # fmt: skip


@pytest.mark.parametrize(("heading", "value"), ELSEWHERE)
def test_a_row_is_not_let_in_over_what_may_be_an_objection(heading, value):
    """Consent that is no clear yes, headings of erasing, complaining and leaving, tags and notes: the row counts."""
    for other in ({"Opted out": ["yes", "no", "no"]}, {"Status of list": [None] * 3, "Unsub": ["1.0", "0.0", "0.0"]}):
        frame = pl.DataFrame({"email": [KEPT, SPARED, "cid@baz.example"], **other, heading: [None, None, value]})
        assert named(exclusions(frame)) == [KEPT, "cid@baz.example"]


def test_a_row_that_counts_over_a_note_is_told():
    """A word in a note may be no objection: how many rows count for it is said, with the first."""
    frame = pl.DataFrame({"email": [KEPT, SPARED], "Opted out": ["yes", "no"], "Notes": [None, "no mails, please"]})

    assert "'Notes' may object in 1 rows that another column lets in" in exclusions(frame).remark


def test_tags_in_a_list_are_read():
    """A cell that is a list, as databases and Parquet have them, objects where a member does."""
    frame = pl.DataFrame({"email": [KEPT, SPARED], "Opted out": ["yes", "no"], "Tags": [["vip"], ["vip", "DNC"]]})

    assert named(exclusions(frame)) == [KEPT, SPARED]


@pytest.mark.parametrize(
    ("heading", "value"),
    [
        ("Consent", "yes"), ("Consent", "given on 03.04.2026"), ("Einwilligung", "erteilt per Formular"),
        ("Opt-in date", "2026-04-03"), ("Consent source", "web form"), ("Consentimiento", "otorgado"), ("同意", "あり"),
        ("Last name", "Robinson"), ("City", "Cancello"), ("Title", "Complaints Manager"), ("Notes", "a nice talk"),
        ("Unsubscribe token", "a1b2"), ("Tags", "vip, fair 2025"), ("Deleted", "false"),
        ("Unsubscribed at", "0000-00-00"), ("Sperre", "frei"), ("Telefonsperre", "ja"), ("Emails sent", "3"),
        ("Industry", "Machine building"), ("Ask in", "Klagenfurt"), ("同意", "○"), ("Opt-in", "double opt-in given"),
        ("Lead source", "Trade fair"), ("Company", "Suppress Ltd"),
    ],
)  # fmt: skip
def test_an_ordinary_cell_is_no_objection(heading, value):
    """Clear consent, names, places and what tells how somebody agreed leave a row that is not meant where it is."""
    frame = pl.DataFrame({"email": [KEPT, SPARED], "Opted out": ["yes", "no"], heading: [None, value]})

    assert named(exclusions(frame)) == [KEPT]


@pytest.mark.parametrize(
    ("heading", "kept", "spared"),
    [
        ("Opted out", "1.0", "0.0"), ("Opted out", "1,0", "0,0"), ("Abgemeldet", "-1.0", "0.0"),
        ("Uitgeschreven", "WAAR", "ONWAAR"), ("Avregistrerad", "SANT", "FALSKT"), ("Odhlášen", "PRAVDA", "NEPRAVDA"),
        ("İzin Durumu", "RET", "ONAY"), ("オプトアウト", "1", "0"), ("配信停止", "済", "未"),
        ("수신거부", "예", "아니요"), ("Werbesperre", "gesperrt", "frei"),
        ("Do Not Email", "Do Not Email", "OK to email"), ("İzin", "HAYIR", "EVET"),
    ],
)  # fmt: skip
def test_answers_are_read_as_tools_and_languages_write_them(heading, kept, spared):
    """What pandas and spreadsheets write for yes and no lets in who does not object, and that is said."""
    read = exclusions(pl.DataFrame({"email": [KEPT, SPARED], heading: [kept, spared]}))

    assert named(read) == [KEPT]
    assert "1 rows of the suppression list say that they are not meant" in read.remark


@pytest.mark.parametrize(
    ("heading", "answers"),
    [("Do not contact", ("Stop", "Go")), ("配信停止", ("○", "×")), ("Opted out", ("A", "B")), ("Consent", ("C", "D"))],
)
def test_answers_that_cannot_be_read_are_told(heading, answers):
    """Below a heading of objections or consent all rows count, and that is said with their number."""
    read = exclusions(pl.DataFrame({"email": [KEPT, SPARED], heading: answers}))

    assert named(read) == [KEPT, SPARED]
    assert "all 2 rows count" in read.remark


@pytest.mark.parametrize("heading", ["Website", "Account Domain", "Webseite", "Sitio web"])
def test_a_site_beside_an_address_is_told(heading):
    """One person's objection keeps out the company of that site: in how many rows is said; of an address alone not."""
    sites = pl.DataFrame({"E-Mail": [KEPT, SPARED, None], heading: ["foo.example", None, "baz.example"]})

    assert "in 1 rows everybody there is kept out" in exclusions(sites).remark
    assert exclusions(sites.drop(heading)).remark == ""
    assert exclusions(sites.rename({heading: "Email Domain"})).remark == ""
