"""When the journal takes an order for one that was made before."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from openprospect_nb.errors import UnsafeToRetry
from openprospect_nb.journal import Journal, Purchase, PurchaseKind

NOW = datetime(2026, 5, 6, 9, tzinfo=UTC)
YESTERDAY = Purchase(key="first", kind=PurchaseKind.DISCOVERY, profile_id="p", intended_at=NOW - timedelta(days=1))
TODAY = replace(YESTERDAY, key="second", intended_at=NOW)


@pytest.fixture
def journal(tmp_path):
    """A journal in which an order was intended yesterday."""
    opened = Journal(tmp_path / "journal.sqlite", "account")
    opened.intend(YESTERDAY)
    yield opened
    opened.close()


def test_an_equal_order_of_unknown_fate_is_refused_at_any_age(journal):
    """What was sent and never confirmed may have been bought: the next equal order is refused, and resume() named."""
    journal.record("first", sent_at=YESTERDAY.intended_at)
    with pytest.raises(UnsafeToRetry, match=r"not confirmed yet.*journal\.resume\(\)"):
        journal.intend(TODAY)
    assert journal.intend(TODAY, again=True) == (TODAY, True)


@pytest.mark.parametrize("known", [{}, {"sent_at": NOW, "order_id": "o"}, {"sent_at": NOW, "problem": "refused"}])
def test_an_equal_order_of_known_fate_is_refused_for_ten_minutes_only(journal, known):
    """What was never sent, was placed, or was refused yesterday does not stand in the way today."""
    if known:
        journal.record("first", **known)
    assert journal.intend(TODAY) == (TODAY, True)
