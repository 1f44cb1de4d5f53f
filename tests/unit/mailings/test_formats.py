"""Twelve formats of outcomes times twenty oddities: each is read right, or what is wrong with it is named."""

# ruff: noqa: E501 - tables of formats and oddities are read best one a line

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta, timezone
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Literal

import polars as pl
import pytest

from openprospect_nb.errors import OpenProspectError
from openprospect_nb.mailings import Mailings, read_mailings

from .formats import FORMATS, Format, Told

AT = datetime(2026, 11, 14, 9, 30, tzinfo=UTC)
PEOPLE = ("anna", "bela", "cora", "dora", "emil", "finn")


def told_in(form: Format, *, besides: Sequence[str] = ()) -> list[Told]:
    """Return mails that a format can tell of, two of each kind, and those of *besides* it can."""
    kinds = [what for what in form.says if what not in {"odd", "auto"} or what in besides]
    return [
        Told(f"{person}.{what}@kunde{n}.example", what, AT + timedelta(hours=n))
        for what in kinds
        for n, person in enumerate(PEOPLE[:2])
    ]


def expected(form: Format, told: Sequence[Told]) -> dict[str, str]:
    """Return the kind that each address is to have."""
    return {one.email.lower(): form.says[one.what] for one in told}


def written(folder: Path, form: Format, content: bytes) -> Path:
    """Write a file; mails of their own are a folder of them."""
    path = folder / f"export.{form.ending}"
    path.write_bytes(content)
    return path


Case = tuple[list[Told], Callable[[Path, Format], Path]]


def _bytes(change: Callable[[bytes], bytes]) -> Callable[[Format], Case]:
    """Return an oddity of the file's bytes; of mails each is a file of its own."""

    def case(form: Format) -> Case:
        told = told_in(form)

        def write(folder: Path, form: Format) -> Path:
            if form.ending != "eml":
                return written(folder, form, change(form.content(told)))
            for number, mail in enumerate(form.write(told)):
                (folder / f"{number}.eml").write_bytes(change(mail))
            return folder

        return told, write

    return case


def _told(change: Callable[[list[Told]], list[Told]], *besides: str) -> Callable[[Format], Case]:
    """Return an oddity of what is told."""

    def case(form: Format) -> Case:
        told = change(told_in(form, besides=besides))

        def write(folder: Path, form: Format) -> Path:
            if form.ending != "eml":
                return written(folder, form, form.content(told))
            for number, mail in enumerate(form.write(told)):
                (folder / f"{number}.eml").write_bytes(mail)
            return folder

        return told, write

    return case


def _each(change: Callable[[Told], Told]) -> Callable[[Format], Case]:
    return _told(lambda told: [change(one) for one in told])


def _berlin(one: Told) -> Told:
    return one._replace(at=one.at.astimezone(timezone(timedelta(hours=1))))


def _new_york(one: Told) -> Told:
    return one._replace(at=one.at.astimezone(timezone(timedelta(hours=-5))))


def _mixed_case(one: Told) -> Told:
    return one._replace(email=one.email.title())


def _with_lines(content: bytes) -> bytes:
    return b"\n\n" + content + b"\n\n\n"


def _in_cp1252(content: bytes) -> bytes:
    return content.replace(b"autumn", "früh".encode()).replace(b"Hello", "Grüße".encode()).decode().encode("cp1252")


def _pieces(table: Callable[[list[bytes]], list[bytes]], event: Callable[[dict[str, object]], object],
            mail: Callable[[bytes], bytes]) -> Callable[[Format], Case]:  # fmt: skip
    """Return an oddity of the lines of a table, of each event, or of each mail."""

    def changed(form: Format, told: Sequence[Told]) -> list[bytes]:
        pieces = form.write(told)
        if form.is_table:
            return table(pieces)
        if form.ending == "json":
            return [json.dumps(event(json.loads(piece))).encode() for piece in pieces]
        return [mail(piece) for piece in pieces]

    def case(form: Format) -> Case:
        told = told_in(form)

        def write(folder: Path, form: Format) -> Path:
            if form.ending != "eml":
                return written(folder, form, form.before + form.joint.join(changed(form, told)) + form.after)
            for number, piece in enumerate(changed(form, told)):
                (folder / f"{number}.eml").write_bytes(piece)
            return folder

        return told, write

    return case


def _wrapped(form: Format) -> Case:
    """A title above a table, a page of an API around events, a report forwarded by a colleague."""
    told, write = told_in(form), form.write

    def wrapped(folder: Path, form: Format) -> Path:
        pieces = write(told)
        if form.is_table:
            return written(folder, form, b"Export of our campaign\n\n" + b"\n".join(pieces))
        if form.ending == "json":
            page = b'{"total": 9, "data": [' + b", ".join(pieces) + b'], "next": null}'
            return written(folder, form, page)
        for number, mail in enumerate(pieces):
            (folder / f"{number}.eml").write_bytes(
                _forwarded((mail.partition(b"From x")[2] and mail.split(b"\n", 1)[1]) or mail)
            )
        return folder

    return told, wrapped


def _forwarded(mail: bytes) -> bytes:
    if b"multipart/report" not in mail:
        return mail
    head = b'From: Colleague <c@seller.example>\nTo: sales@seller.example\nSubject: Fwd\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary="f"\n\n'
    return (
        head
        + b"--f\nContent-Type: text/plain\n\nSee below.\n\n--f\nContent-Type: message/rfc822\n\n"
        + mail
        + b"\n--f--\n"
    )


ODDITIES: dict[str, Callable[[Format], Case]] = {
    "as it is": _bytes(lambda content: content),
    "a BOM": _bytes(lambda content: b"\xef\xbb\xbf" + content),
    "UTF-16": _bytes(lambda content: content.decode().encode("utf-16")),
    "cp1252": _bytes(_in_cp1252),
    "CRLF": _bytes(lambda content: content.replace(b"\n", b"\r\n")),
    "CR": _bytes(lambda content: content.replace(b"\n", b"\r")),
    "blank lines around": _bytes(_with_lines),
    "Berlin's time": _each(_berlin),
    "New York's time": _each(_new_york),
    "mixed case": _each(_mixed_case),
    "every row twice": _told(lambda told: told + told),
    "automatic replies": _told(lambda told: told, "auto"),
    "unknown words": _told(lambda told: told, "odd"),
    "an accent in the address": _each(lambda one: one._replace(email=one.email.replace("kunde", "xn--mller-kva-"))),
    "a plus in the address": _each(lambda one: one._replace(email=one.email.replace("@", "+news@"))),
    "the sender's address beside": _pieces(
        lambda lines: [b"Sender," + lines[0], *(b"me@seller.example," + line for line in lines[1:])],
        lambda event: {"from": "me@seller.example", "sender": "me@seller.example", **event},
        lambda mail: mail.replace(b"\nDate:", b"\nReply-To: other@seller.example\nCc: me@seller.example\nDate:", 1),
    ),
    "line breaks in a value": _pieces(
        lambda lines: [lines[0] + b",Note", *(line + b',"called,\nno answer"' for line in lines[1:])],
        lambda event: {**event, "note": "called,\nno \u2028 answer"},
        lambda mail: mail.replace(b"\nDate:", b"\nX-Note: called,\n\tno answer\nDate:", 1),
    ),
    "wrapped in something": _wrapped,
}  # fmt: skip
CUT: dict[str, Callable[[bytes], bytes]] = {
    "cut off": lambda content: content[: len(content) * 2 // 3],
    "empty": lambda _: b"",
}


def kinds_of(read: Mailings) -> dict[str, str]:
    """Return what was read, by address."""
    return dict(read.frame.select("email", "kind").rows())


Verdict = Literal["right", "named", "wrong"]


@cache
def verdict(form: Format, oddity: str) -> Verdict:
    """Return whether a cell of the table is read right, or refused or left out by name, or wrong."""
    with TemporaryDirectory() as folder:
        return _cut(form, oddity, Path(folder)) if oddity in CUT else _odd(form, oddity, Path(folder))


def _odd(form: Format, oddity: str, folder: Path) -> Verdict:
    told, write = ODDITIES[oddity](form)
    read = read_mailings(write(folder, form))
    kinds = expected(form, told)
    is_right = kinds_of(read) == kinds and read.frame.height == len(kinds)
    is_right &= read.auto_replies == sum(one.what == "auto" for one in told)
    is_right &= all(read.unknown for one in told if one.what == "odd") and "@" not in repr(read)
    if oddity not in {"line breaks in a value", "wrapped in something"} and form.name != "lemlist":
        moments = {one.email.lower(): one.at for one in told if one.what == "hard"}
        told_at = dict(read.frame.filter(kind="bounced").select("email", "at").iter_rows())
        is_right &= told_at == {email: at.astimezone(UTC) for email, at in moments.items()}
    return "right" if is_right else "wrong"


def _cut(form: Format, oddity: str, folder: Path) -> Verdict:
    told = told_in(form)
    whole = form.write(told)[0] if form.ending == "eml" else form.content(told)
    path = written(folder, form, CUT[oddity](whole))
    try:
        read = read_mailings(path)
    except OpenProspectError as error:
        return "named" if path.name in str(error) or "outcomes" in str(error) else "wrong"
    # A word that was cut says nothing known, and is named.
    left = {email: kind for email, kind in kinds_of(read).items() if kind != "unknown"}
    return "right" if oddity != "empty" and left.items() <= expected(form, told).items() else "wrong"


@pytest.mark.parametrize("oddity", [*ODDITIES, *CUT])
@pytest.mark.parametrize("form", FORMATS, ids=lambda form: form.name)
def test_a_tools_file_is_read_whatever_is_odd_about_it(form: Format, oddity: str) -> None:
    """Each address is what the tool says of it, when it says, or what is wrong with the file is named."""
    assert verdict(form, oddity) in ({"right", "named"} if oddity in CUT else {"right"})


def test_the_page_counts_the_table() -> None:
    """docs/files.md says of each format how many of the twenty are right, named and wrong, as they are."""
    page = (Path(__file__).parents[3] / "docs" / "files.md").read_text("utf-8")
    counts = {form: [verdict(form, oddity) for oddity in (*ODDITIES, *CUT)] for form in FORMATS}
    lines = [
        f"| {form.name} | {told.count('right')} | {told.count('named')} | {told.count('wrong')} |"
        for form, told in counts.items()
    ]
    assert len(ODDITIES) + len(CUT) == 20
    assert all(line in page for line in lines), "\n".join(lines)


@pytest.mark.parametrize("form", [form for form in FORMATS if "hard" in form.says], ids=lambda form: form.name)
def test_when_and_why_come_through(form: Format, tmp_path: Path) -> None:
    """A bounce keeps its moment in UTC, and its raw reason where the tool gives one."""
    told = [Told("anna@kunde.example", "hard", _berlin(Told("", "", AT)).at)]
    row = read_mailings(written(tmp_path, form, form.content(told))).frame.row(0, named=True)

    assert row["bounced"] is True
    assert row["at"] == (None if form.name == "lemlist" else AT)
    if form.name in {"Salesforce", "SendGrid", "Postmark", "Amazon SES", "mails (mbox)", "mails (eml)"}:
        assert "550" in row["reason"]
        assert row["bounce"] in {"hard", None}


@pytest.mark.parametrize("form", FORMATS, ids=lambda form: form.name)
def test_the_tool_is_named(form: Format, tmp_path: Path) -> None:
    """Headings and content say whose file it is."""
    read = read_mailings(written(tmp_path, form, form.content(told_in(form))))
    assert form.name.split(" (")[0] in next(iter(read.tools))


def test_a_folder_is_read_as_one_and_says_what_it_could_not_read(tmp_path: Path) -> None:
    """Files of all formats in one folder are one frame; what cannot be read is named and stops nothing."""
    told = []
    for number, form in enumerate(FORMATS):
        mine = [Told(f"p{number}@kunde.example", "hard", AT)]
        told += mine
        (tmp_path / f"{number}.{form.ending}").write_bytes(form.content(mine))
    (tmp_path / "notes.txt").write_text("call them again")
    read = read_mailings(tmp_path)

    assert kinds_of(read) == {one.email: "bounced" for one in told}
    assert [line.split(":")[0] for line in read.refused] == ["notes.txt"]
    assert set(read.frame["tool"].drop_nulls()) >= {"HubSpot", "SendGrid", "Postmark", "mails"}


def test_mails_of_other_kinds_are_told_apart(tmp_path: Path) -> None:
    """A complaint, a reading receipt, a bounce in prose and a real letter are what they are; the letter says nothing."""
    mails = {
        "arf.eml": 'Content-Type: multipart/report; report-type=feedback-report; boundary="b"\nFrom: fbl@isp.example\n\n--b\nContent-Type: text/plain\n\nx\n--b\nContent-Type: message/feedback-report\n\nFeedback-Type: abuse\nOriginal-Rcpt-To: anna@kunde.example\n\n--b--\n',
        "mdn.eml": 'Content-Type: multipart/report; report-type=disposition-notification; boundary="b"\nFrom: bela@kunde.example\n\n--b\nContent-Type: message/disposition-notification\n\nFinal-Recipient: rfc822; bela@kunde.example\nDisposition: manual-action/MDN-sent-manually; displayed\n\n--b--\n',
        "exim.eml": "From: Mail Delivery System <Mailer-Daemon@relay.example>\nX-Failed-Recipients: cora@kunde.example\nSubject: failed\n\n  cora@kunde.example\n    550 5.1.1 unknown user\n",
        "qmail.eml": "From: MAILER-DAEMON@relay.example\nSubject: failure notice\n\n<dora@kunde.example>:\n550 5.1.1 no mailbox here\n",
        "full.eml": "From: MAILER-DAEMON@relay.example\nSubject: failure notice\n\n<emil@kunde.example>:\n552 5.2.2 mailbox is full\n",
        "letter.eml": "From: finn@kunde.example\nSubject: Your price list\n\nPlease send it.\n",
    }
    for name, text in mails.items():
        (tmp_path / name).write_text(text)
    read = read_mailings(tmp_path)

    kinds = {"anna": "complained", "bela": "opened", "cora": "bounced", "dora": "bounced", "emil": "soft_bounced"}
    assert kinds_of(read) == {f"{name}@kunde.example": kind for name, kind in kinds.items()}
    assert [line.split(":")[0] for line in read.refused] == ["letter.eml"]


def test_a_deal_keeps_its_money() -> None:
    """Amounts are read as Germans and Americans write them."""
    frame = pl.DataFrame(
        {
            "Email": ["a@k.example", "b@k.example", "c@k.example"],
            "Deal Stage": ["Closed Won"] * 3,
            "Amount": ["1.234,50 €", "$1,234.50", "1,234"],
        }
    )
    assert read_mailings(frame).frame["value"].to_list() == [1234.5, 1234.5, 1234.0]
