"""A journal on a real file, and purchases to put into it."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from openprospect_nb.journal import Journal, Purchase, PurchaseKind

START = datetime(2026, 1, 5, 8, tzinfo=UTC)
PROFILE = {"profile_name": "Builders", "ideal_customer_profile": "Machine builders", "target_industries": ["Machinery"]}


@pytest.fixture
def start():
    """The time at which purchases are intended unless a test says otherwise."""
    return START


@pytest.fixture
def purchase():
    """Make a purchase: a discovery order of five under key "k", changed by what the test gives."""

    def make(**facts):
        given = {"key": "k", "kind": PurchaseKind.DISCOVERY, "intended_at": START, "profile": PROFILE, "quantity": 5}
        return Purchase(**{**given, "options": {"briefing_quantity": 5, "title": "T"}, **facts})

    return make


@pytest.fixture
def open_journal(tmp_path):
    """Open journals of accounts on one file; all are closed at the end."""
    opened = []

    def make(account="a", name="journal.db"):
        opened.append(Journal(tmp_path / name, account))
        return opened[-1]

    yield make
    for journal in opened:
        journal.close()


@pytest.fixture
def journal(open_journal):
    """The journal of account "a"."""
    return open_journal()
