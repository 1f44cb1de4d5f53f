"""Files of other hands are read as their writers meant them."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from openprospect_nb.errors import ValidationError
from openprospect_nb.mailings import read_mailings

from .other_hands import CASES, Case


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_file_of_another_hand_is_read_as_it_was_meant(case: Case, tmp_path: Path) -> None:
    """Each address is of the kind its writer meant, and nobody takes the sender for somebody who was written to."""
    path = tmp_path / case.file
    path.write_bytes(case.content)
    read = read_mailings(path)
    kinds = dict(read.frame.select("email", "kind").rows())

    assert {email: kinds.get(email) for email in case.kinds} == case.kinds
    assert not [email for email in kinds if email.startswith("me@seller.example")]


def kinds_of(rows: list[dict[str, str | None]]) -> list[str]:
    """Return the kind that each row of a table is read as, in its order."""
    table = pl.DataFrame([{"Email": f"p{n}@x.example", **row} for n, row in enumerate(rows)])
    return read_mailings(table).frame.sort("email")["kind"].to_list()


@pytest.mark.parametrize("heading", ["BouncedAt", "Bounced At", "bounced_at"])
def test_the_type_of_a_postmark_row_outweighs_its_date(heading: str) -> None:
    """Postmark dates every row under "BouncedAt": what complained, unsubscribed or answered did not bounce."""
    types = ["HardBounce", "SoftBounce", "SpamComplaint", "Unsubscribe", "AutoResponder"]
    kinds = kinds_of([{"Type": word, heading: "2026-01-01"} for word in types])

    assert kinds[:4] == ["bounced", "soft_bounced", "complained", "unsubscribed"]
    assert kinds[4] != "bounced"
    assert kinds_of([{heading: "2026-01-01"}, {heading: None}])[0] == "bounced"


def test_the_category_of_an_inbox_tells_automatic_replies() -> None:
    """A reply that Reply.io files under "Out of office" is automatic; one without a category is a reply."""
    rows: list[dict[str, str | None]] = [
        {"Bounced": "0", "Replied": "1", "Inbox category": category} for category in ("Out of office", None)
    ]
    assert kinds_of(rows) == ["auto_replied", "replied"]


@pytest.mark.parametrize("heading", ["ZB Status", "result", "Status", "Verification"])
@pytest.mark.parametrize("words", [["invalid", "valid", "catch-all"], ["undeliverable", "deliverable", "risky"]])
def test_a_verifier_tells_of_no_mails(heading: str, words: list[str]) -> None:
    """What a verifier says of addresses is refused: nobody was sent anything, so nothing bounced."""
    rows: list[dict[str, str | None]] = [{heading: word, "reason": "mailbox_not_found"} for word in words]
    with pytest.raises(ValidationError, match="verifier"):
        kinds_of(rows)
    assert kinds_of([{"Sent At": "2026-01-01", "Status": word} for word in ("bounced", "valid")])[0] == "bounced"
