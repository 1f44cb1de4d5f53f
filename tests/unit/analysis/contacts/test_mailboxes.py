"""What an address shows by its host: throw-away and private mailboxes, from maintained lists."""

import polars as pl
import pytest

from openprospect_nb.analysis import contactable, dedupe_prospects
from openprospect_nb.analysis.contacts import mailboxes
from openprospect_nb.analysis.table import open_table
from openprospect_nb.privacy import shared

SAFE = {"bounce_risk_score": 1.0, "validation_confidence": 99.0}


def tiers(*addresses):
    """Return address -> (tier, rule) of prospects whom the vendor calls safe."""
    frame = pl.DataFrame([{"email": address, **SAFE} for address in addresses])
    return {row["email"]: (row["tier"], row["rule"]) for row in contactable(frame).to_dicts()}


def test_no_throw_away_mailbox_is_verified():
    """Of every thirtieth provider of throw-away mailboxes, and of hosts below it, no address is verified."""
    listed = sorted(shared.disposable())[::30]
    addresses = [f"ann.lee@{host}" for host in listed] + [f"ann.lee@x.{host}" for host in listed]
    found = tiers(*addresses)

    assert len(listed) > 300
    # A few of them cannot be addresses at all, because their host is reserved or not well formed.
    assert {rule for _, rule in found.values()} <= {"disposable", "malformed"}
    assert not any(tier == "verified" for tier, _ in found.values())


@pytest.mark.parametrize(
    "host", ["gmail.com", "t-online.de", "gmx.net", "orange.fr", "libero.it", "wp.pl", "tuta.com", "qq.com"]
)
def test_private_mailboxes_are_told(host):
    """Providers of private mailboxes in many countries are role_or_free; a company of a like name is not."""
    assert tiers(f"ann.lee@{host}") == {f"ann.lee@{host}": ("role_or_free", "free_mail")}
    assert (
        tiers(f"ann.lee@my{host.partition('.')[0]}.example")[f"ann.lee@my{host.partition('.')[0]}.example"][0]
        == "verified"
    )


def test_only_hosts_of_the_frame_go_into_its_engine(engine):
    """Of thousands of listed hosts those that occur, or lie above one that does, come back."""
    below = "mail.gmx.de"
    people = pl.DataFrame({"email": ["a@gmail.com", "b@firm.example", f"c@{below}", None, "no address"]})
    table = open_table(engine.give(people), name="prospects", required=("email",))

    assert mailboxes.hosts_among(table, shared.free_mail()) == [("gmail.com", below)]


def test_namesakes_at_one_provider_are_not_one():
    """Two persons of one name at a provider of private mailboxes stay two."""
    provider = "t-online.de"
    people = pl.DataFrame(
        {
            "id": ["1", "2"],
            "first_name": ["Eva"] * 2,
            "last_name": ["Roth"] * 2,
            "email": [f"{name}@{provider}" for name in "er"],
        }
    )

    assert dedupe_prospects(people)["cluster_id"].to_list() == ["1", "2"]
