"""The inbox of outcomes: kept once, private, without the forgotten, for a time, and used by what learns."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest

import openprospect_nb as op
from openprospect_nb.errors import ValidationError
from openprospect_nb.frames.results import Results
from openprospect_nb.mailings.store import FILE, KEPT, OutcomeStore, kept_messages
from openprospect_nb.privacy.canonical import Form, Kind
from openprospect_nb.privacy.ledger import Ledger
from openprospect_nb.privacy.subjects import Subject

NOW = datetime(2026, 11, 28, 12, tzinfo=UTC)
ADDRESSES = ["anna@kunde.example", "bela@kunde.example", "cora@firma.example"]
SENT = pl.DataFrame({"email": ADDRESSES, "status": ["Completed", "Bounced", "Completed"], "campaign": ["autumn"] * 3})
PROFILE = op.ICP(
    profile_name="Machine builders",
    ideal_customer_profile="Machine builders with 50 to 500 employees that run their own production.",
    seller_offering="Production planning software",
    target_countries=["DE", "AT", "CH"],
)
LATER = pl.DataFrame({"email": ADDRESSES, "status": ["Replied", "Bounced", "Completed"], "campaign": ["autumn"] * 3})


def test_a_file_handed_in_twice_adds_nothing(tmp_path: Path) -> None:
    """The second time every message is known."""
    first, second = op.outcomes(SENT, home=tmp_path), op.outcomes(SENT, home=tmp_path)

    assert (first.kept.added, second.kept.added, second.kept.known) == (3, 0, 3)
    assert second.frame.equals(first.frame)
    assert second.frame.schema == KEPT


def test_of_a_message_the_strongest_counts_whatever_comes_first(tmp_path: Path) -> None:
    """A reply after the sending is a reply, and stays one when the older export is read again."""
    op.outcomes(SENT, home=tmp_path)
    assert op.outcomes(LATER, home=tmp_path).kept.changed == 1
    inbox = op.outcomes(SENT, home=tmp_path)
    assert dict(inbox.frame.select("email", "kind").rows())["anna@kunde.example"] == "replied"
    assert inbox.counts["replied"] == 1


@pytest.mark.parametrize("wrapped", [False, True], ids=["inbox", "one of several lists"])
def test_the_inbox_is_a_list_of_whom_to_keep_out(tmp_path: Path, *, wrapped: bool) -> None:
    """Who unsubscribed, complained or bounced for good; nobody who replied, was written to, or bounced softly."""
    told = ["unsubscribed", "complained", "bounced", "soft bounced", "replied", "delivered", "sent"]
    rows = pl.DataFrame({"email": [f"p{n}@firm{n}.example" for n in range(7)], "status": told})
    inbox = op.outcomes(rows, home=tmp_path)
    asked = [inbox, ["other.example"]] if wrapped else inbox
    placed = op.contactable(rows.select("email"), suppressed=asked)

    assert sorted(placed.filter(pl.col("tier") == "suppressed")["email"]) == rows["email"].to_list()[:3]
    assert op.suppression(rows.select("email"), op.outcomes(home=tmp_path / "empty")).entries == 0


def test_campaigns_are_messages_of_their_own(tmp_path: Path) -> None:
    """An address written to in two campaigns has two messages; further rows of a file without campaigns too."""
    op.outcomes(SENT, home=tmp_path)
    again = op.outcomes(SENT.with_columns(campaign=pl.lit("winter")), home=tmp_path)
    assert again.frame.height == 6
    dated = pl.DataFrame({"email": ADDRESSES[:1] * 2, "bounced": ["no", "yes"], "at": ["2026-11-01", "2026-11-09"]})
    assert op.outcomes(dated, home=tmp_path).frame.height == 8
    assert op.outcomes(dated, home=tmp_path).frame.height == 8


def test_the_file_is_private_and_looking_makes_none(tmp_path: Path) -> None:
    """The file is 0600; to ask what is kept writes nothing."""
    home = tmp_path / "home"
    assert op.outcomes(home=home).frame.is_empty()
    assert not home.exists()
    op.outcomes(SENT, home=home)
    assert (home / FILE).stat().st_mode & 0o777 == 0o600
    assert home.stat().st_mode & 0o777 == 0o700


def test_what_a_tool_only_presumes_yields_to_a_bounce_another_saw(tmp_path: Path) -> None:
    """A sequencer that says no more than sent does not outweigh the report of a mail server; a reply would."""
    op.outcomes(SENT, home=tmp_path)
    mail = tmp_path / "report.eml"
    mail.write_text(
        "From: MAILER-DAEMON@relay.example\n"
        "X-Failed-Recipients: cora@firma.example, anna@kunde.example\n\n550 5.1.1 unknown\n"
    )
    op.outcomes(LATER, home=tmp_path)
    op.outcomes(mail, home=tmp_path)
    kinds = kept_messages(tmp_path).group_by("email").agg(pl.col("kind").sort())
    assert dict(kinds.rows()) == {
        "anna@kunde.example": ["bounced", "replied"],
        "bela@kunde.example": ["bounced"],
        "cora@firma.example": ["bounced"],
    }


def test_the_forgotten_do_not_come_back(tmp_path: Path) -> None:
    """Whoever is in the ledger is not kept, is counted, and is not given back from a copy of the file."""
    op.outcomes(SENT, home=tmp_path)
    Ledger(tmp_path).add(Form(Kind.ADDRESS, "anna@kunde.example"), [], NOW)
    Ledger(tmp_path).add(Form(Kind.DOMAIN, "firma.example"), [], NOW)
    assert op.outcomes(home=tmp_path).frame["email"].to_list() == ["bela@kunde.example"]
    inbox = op.outcomes(LATER, home=tmp_path)
    assert inbox.kept.held_back == 2
    assert "2 of forgotten persons left out" in repr(inbox)


def test_forgetting_erases_their_messages_and_reasons_that_name_them(tmp_path: Path) -> None:
    """No byte of the address stays in the file; a reason in another's row is blanked, the row stays."""
    told = pl.DataFrame(
        {
            "email": ADDRESSES,
            "bounced": ["yes"] * 3,
            "reason": ["550 anna@kunde.example unknown", "ask anna@kunde.example", "full"],
        }
    )
    op.outcomes(told, home=tmp_path)
    subject = Subject(frozenset({Form(Kind.ADDRESS, "anna@kunde.example")}))
    store = OutcomeStore(tmp_path)
    assert store.forget(subject, dry_run=True) == (2, None)
    assert store.frame().height == 3
    assert store.forget(subject) == (2, None)

    left = store.frame()
    assert left["email"].to_list() == ["bela@kunde.example", "cora@firma.example"]
    assert "anna" not in "".join(left["reason"])
    assert not any(b"anna@kunde" in path.read_bytes() for path in tmp_path.glob(f"{FILE}*"))


@pytest.mark.parametrize(
    "reason",
    [
        "550 forward to {first} {last} failed",
        "Weiterleitung an {last}, {first} abgelehnt",
        "boîte de {last} {first} pleine",
    ],
)
def test_whoever_was_forgotten_is_not_named_in_a_later_reason(tmp_path: Path, reason: str) -> None:
    """Forgotten by the address, a person is blanked by name in a reason that comes later, and it is counted."""
    with op.connect(home=tmp_path) as client:
        found = (
            client.orders.discover(PROFILE, briefing_quantity=20, features=["CONTACTS", "EMAIL_DISCOVERY"], name="x")
            .wait()
            .results()
        )
        person = found.prospects.filter(pl.col("email").is_not_null(), pl.col("email_type") != "GENERIC").row(
            0, named=True
        )
        text = reason.format(first=person["first_name"], last=person["last_name"])
        told = pl.DataFrame({"email": ADDRESSES[:2], "bounced": ["yes"] * 2, "reason": [text, "550 nobody here"]})
        client.journal.forget(person["email"])
        inbox = op.outcomes(told, home=tmp_path)
        assert inbox.frame.sort("email")["reason"].to_list() == ["[forgotten]", "550 nobody here"]
        assert "2 new, 1 reasons blanked that name forgotten persons" in repr(inbox)
        assert op.outcomes(told, home=tmp_path).kept.known == 2
        assert not any(text.encode() in path.read_bytes() for path in tmp_path.glob(f"{FILE}*"))


def test_a_second_forgetting_reaches_reasons_the_ledger_can_tell(tmp_path: Path) -> None:
    """What was kept before the ledger knew the name goes with the next call, whatever form that is asked by."""
    told = pl.DataFrame({"email": ADDRESSES[:1], "bounced": ["yes"], "reason": ["550 no Bela Quast here"]})
    op.outcomes(told, home=tmp_path)
    address = Form(Kind.ADDRESS, "bela@quast.example")
    Ledger(tmp_path).add(address, [Form(Kind.NAME, "bela quast")], NOW)

    store = OutcomeStore(tmp_path)
    assert store.forget(Subject(frozenset({address}))) == (1, None)
    assert store.frame()["reason"].to_list() == ["[forgotten]"]


def test_forget_of_a_client_reaches_the_inbox(tmp_path: Path) -> None:
    """`journal.forget` counts the inbox as a place of its own."""
    with op.connect(home=tmp_path) as client:
        op.outcomes(SENT, home=tmp_path)
        told = client.journal.forget("anna@kunde.example")
    assert dict(told.select("place", "erased").rows())["outcomes"] == 1
    assert op.outcomes(home=tmp_path).frame.height == 2


def test_messages_are_kept_for_a_time(tmp_path: Path) -> None:
    """What happened longer ago than asked for is removed with the next reading, and said."""
    dated = SENT.with_columns(timestamp=pl.Series(["2020-01-01", "2026-11-20", "2026-11-20"]))
    kept = op.outcomes(dated, home=tmp_path, keep=timedelta(days=365 * 3))
    assert kept.kept.expired == 1
    assert kept.frame.height == 2
    assert "1 removed because they were too old" in repr(kept)
    with pytest.raises(ValidationError, match="keep"):
        op.outcomes(home=tmp_path, keep=timedelta(0))


def test_calibrate_takes_what_is_kept(tmp_path: Path) -> None:
    """Without outcomes of its own a calibration uses every message of the home, and says how many."""
    with op.connect(home=tmp_path):
        people = pl.DataFrame(
            {
                "email": [f"p{n}@k{n}.example" for n in range(150)],
                "bounce_risk_score": [float(n % 20) for n in range(150)],
            }
        )
        with pytest.raises(ValidationError, match=r"op\.outcomes"):
            op.calibrate(people)
        sent = people.select("email", bounced=pl.int_range(150) % 12 == 0)
        inbox = op.outcomes(sent)
        assert inbox.home == tmp_path
        learnt = op.calibrate(people)
        assert (learnt.n, learnt.bounced) == (150, 13)
        assert learnt == op.calibrate(people, sent) == op.calibrate(people, inbox)


def test_faces_show_no_address(tmp_path: Path) -> None:
    """Text and table give counts, what was decided and where it is kept."""
    inbox = op.outcomes(SENT, home=tmp_path)
    assert "@" not in repr(inbox)
    assert "@kunde" not in inbox._repr_html_()
    assert "3 messages" in repr(inbox)
    assert "Outcomes of mailings" in inbox._repr_html_()


def people_of(home: Path, orders: int = 2, size: int = 120) -> Results:
    """Results of some orders whose home is *home*: a person a company, at stated risks of 0 to 12."""
    rows = [
        {"order_id": f"o{n % orders}", "id": f"c{n}", "name": f"Firm {n}", "match_score": 9.0}
        for n in range(orders * size)
    ]
    people = [
        {"order_id": row["order_id"], "company_id": row["id"], "id": f"p{n}", "email": f"a@firm{n}.example",
         "job_title": "CEO" if n % 3 else "Clerk", "bounce_risk_score": float(n % 13)}
        for n, row in enumerate(rows)
    ]  # fmt: skip
    empty = Results()
    return Results(
        companies=pl.DataFrame(rows, schema=empty.companies.schema),
        prospects=pl.DataFrame(people, schema=empty.prospects.schema),
        provenance={"home": str(home), "price_per_briefing": 2.0},
    )


def test_all_that_learns_uses_what_is_kept_and_says_how_much(tmp_path: Path) -> None:
    """The home of the results is looked into, whatever client was made last; each says how many outcomes it has."""
    results = people_of(tmp_path / "mine")
    kinds = [("bounced" if n % 9 == 0 else "replied" if n % 7 == 0 else "delivered") for n in range(200)]
    op.outcomes(results.prospects.head(200).select("email", status=pl.Series(kinds)), home=tmp_path / "mine")
    with op.connect(home=tmp_path / "other"):
        learnt, model = op.calibrate(results), op.answers(results)
        planned = op.plan(results, budget=100, price_per_briefing=2.0)
        scored, settled = op.score(results), op.settle(results)
        sending = op.ramp(op.send_list(results, max_bounce_rate=0.1, calibration=learnt), per_day=50)

    assert "200 outcomes from the inbox" in repr(learnt)
    assert "risks measured on 200 outcomes from the inbox" in repr(planned)
    assert planned.basis.calibration == learnt
    assert model.from_inbox
    assert scored.equals(op.score(results, answers=model))
    assert all(f"learnt from {model.n} outcomes from the inbox" in reasons[-1] for reasons in scored["reasons"])
    assert "200 outcomes from the inbox" in repr(settled)
    assert "outcomes from the inbox" in repr(sending.after())
    for value in (learnt, model, planned, settled):
        assert "from the inbox" in value._repr_html_()


def test_an_inbox_that_tells_too_little_changes_nothing_and_says_so(tmp_path: Path) -> None:
    """With 60 outcomes a plan takes the vendor's word and says how many are needed; a score is what it was."""
    results, other = people_of(tmp_path), people_of(tmp_path / "empty")
    op.outcomes(results.prospects.head(60).select("email", bounced=pl.int_range(60) % 9 == 0), home=tmp_path)
    planned = op.plan(results, budget=100, price_per_briefing=2.0)

    assert "the vendor's risks (60 outcomes from the inbox, 100 needed)" in repr(planned)
    assert planned.icps.equals(op.plan(other, budget=100, price_per_briefing=2.0).icps)
    assert op.score(results).equals(op.score(other))


def test_a_list_stays_the_same_while_its_outcomes_come_in(tmp_path: Path) -> None:
    """List and forecast look into no inbox unasked; what it holds counts from the call that says so."""
    results = people_of(tmp_path)
    before, foretold = op.send_list(results, 0.05), op.bounce_forecast(results)
    bounced = pl.Series(["delivered" if n % 40 else "bounced" for n in range(200)])
    op.outcomes(results.prospects.head(200).select("email", status=bounced), home=tmp_path)
    after, asked = op.send_list(results, 0.05), op.send_list(results, 0.05, calibration=op.calibrate(results))

    assert after.prospects.equals(before.prospects)
    assert (repr(after), op.bounce_forecast(results)) == (repr(before), foretold)
    assert (after.outcomes, asked.outcomes) == (None, 200)
    assert asked.size > after.size


def test_outcomes_of_ones_own_come_before_the_inbox(tmp_path: Path) -> None:
    """A plan given outcomes, or none on purpose, does not look into the inbox; weights of one's own are the formula."""
    results = people_of(tmp_path)
    kinds = ["bounced" if n % 9 == 0 else "replied" if n % 7 == 0 else "delivered" for n in range(240)]
    told = results.prospects.select("email", status=pl.Series(kinds))
    op.outcomes(told.head(150), home=tmp_path)
    own = op.plan(results, budget=100, price_per_briefing=2.0, outcomes=op.files.read_outcomes(told))

    assert (own.basis.n, own.basis.from_inbox) == (240, False)
    assert "points_answers" in op.score(results).columns
    assert "points_answers" not in op.score(results, weights={"fit": 1.0}).columns
    assert "points_answers" not in op.score(results.companies, prospects=results.prospects).columns


def test_an_explanation_counts_the_answers_too(tmp_path: Path) -> None:
    """Fifty and all points, those of answers among them, are the score."""
    results = people_of(tmp_path)
    kinds = ["replied" if n % 3 and n % 5 == 0 else "delivered" for n in range(240)]
    op.outcomes(results.prospects.select("email", status=pl.Series(kinds)), home=tmp_path)
    scored = op.score(results)
    told = op.explain(scored, scored["id"][0])

    assert "answers" in told.known
    assert 50 + sum(told.known.values()) + sum(told.assumed.values()) == pytest.approx(told.score)
