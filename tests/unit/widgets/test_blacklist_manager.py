"""The blacklist manager without a front end, on a real client."""

from __future__ import annotations

from datetime import UTC, datetime

import polars as pl
import pytest

from openprospect_nb.frames.results import Results
from openprospect_nb.frames.schemas import COMPANIES
from openprospect_nb.widgets import BlacklistManager
from openprospect_nb.widgets.blacklists.model import pasted, tiers_of

FIRMS = [
    {"order_id": "o", "id": f"c{n}", "name": f"Invented {n}", "website_url": f"https://firm{n}.example", "city": "Ulm"}
    for n in range(10)
]
RESULTS = Results(companies=pl.DataFrame(FIRMS, schema=COMPANIES))


@pytest.fixture
def manager(client, until):
    """A manager with one empty list, chosen."""
    client.blacklists.create("Customers")
    made = BlacklistManager(client, RESULTS)
    until(lambda: made.lists.height == 1 and not made.desk.busy)
    yield made
    made.close()


def paste(manager, text):
    """Paste text and press add."""
    manager._paste.value = text
    manager.desk.ask_add()


def test_pasted_companies_are_previewed_confirmed_and_added(manager, client, until):
    """Nothing is sent before the confirmation; afterwards the server has the companies."""
    paste(manager, "Invented 1; firm1.example\nInvented 2;Ulm\nInvented 3")
    assert "Best tier" in manager._staged.value
    assert "It would have excluded 3 of 10 companies at hand" in manager._staged.value
    assert client.blacklists.entries(manager.desk.chosen).height == 0
    manager.desk.confirm()
    until(lambda: manager.entries.height == 3 and not manager.desk.busy)
    assert (
        client.blacklists.entries(manager.desk.chosen)["company_name"].to_list()
        == manager.entries["company_name"].to_list()
    )
    assert "3 added" in manager._said.value


def test_each_row_knows_its_tier_and_its_warning():
    """An id, a domain, a city or the name alone decides; name alone and id alone are warned of."""
    rows = pl.DataFrame(
        {
            "company_name": ["a", "b", "c", "d", "e"],
            "external_id": ["1", None, None, None, "5"],
            "website_url": ["a.example", "b.example", None, None, None],
            "city": [None, None, "Ulm", None, None],
        }
    )
    told = tiers_of(rows)
    assert told["tier"].to_list() == [1, 2, 3, 4, 1]
    assert [bool(warning) for warning in told["warning"]] == [False, False, False, True, True]


def test_a_paste_may_be_lines_or_a_table():
    """Lines name, web site and city in any order; a header makes it a table."""
    lines = pasted("Firm, Inc.;Ulm;firm.example\nOther")
    assert lines.companies == [
        {"company_name": "Firm, Inc.", "website_url": "firm.example", "city": "Ulm"},
        {"company_name": "Other"},
    ]
    table = pasted("Firma,Ort\nA,Ulm")
    assert table.companies == [{"company_name": "A", "city": "Ulm"}]
    assert pasted(" \n ") is None


@pytest.mark.parametrize(
    "text",
    [
        "firm3.example",
        "https://www.firm3.example/about",
        "*@firm3.example",
        "domain\nfirm3.example",
        "Sperrliste\nFIRM3.example.",
        "firm3.example; Ulm",
        "firm3.example, elsewhere.example",
        "E-Mail-Domain;Grund\nfirm3.example;Kunde",
    ],
)
def test_what_is_pasted_is_read_as_everywhere(text, manager):
    """A domain in any form keeps out its company; it is not taken for a company's name, which would match nobody."""
    manager._paste.value = text

    assert "It would have excluded 1 of 10 companies at hand" in manager._staged.value


def test_persons_and_unreadable_lines_are_named(manager):
    """A person's address cannot be on a list of companies; it is named, and what can be added is still there."""
    manager._paste.value = "eve@firm3.example\nInvented 1;firm1.example"

    assert "1 companies to add." in manager._staged.value
    assert "1 are addresses of persons: row 1: " in manager._staged.value
    manager._paste.value = "x" * 600
    assert manager._staged.value == ""
    assert "company_name" in manager._said.value


def test_an_upload_leaves_no_bytes_and_a_failed_one_no_old_list(manager):
    """The file's content is not kept in the widget's state; a file that cannot be read does not leave the last one."""

    def upload(name, content):
        file = {"name": name, "type": "", "size": len(content), "content": content, "last_modified": datetime.now(UTC)}
        manager._upload.value = (file,)

    upload("list.tsv", "domain\tseit\nfirm4.example\t2020\n".encode("utf-16"))
    assert "It would have excluded 1 of 10" in manager._staged.value
    assert manager._upload.value == ()
    upload("list.csv", b"\x00\x01\x02PNG")
    assert manager._staged.value == ""
    assert manager._upload.value == ()
    manager.desk.ask_add()
    assert manager.desk.change is None


def test_removing_shows_what_stays_and_can_be_cancelled(manager, until):
    """The change names what goes; cancelled it changes nothing, confirmed it removes just that."""
    paste(manager, "A;a.example\nB;b.example")
    manager.desk.confirm()
    until(lambda: manager.entries.height == 2 and not manager.desk.busy)
    first = manager.entries.filter(pl.col("company_name") == "A")["id"][0]
    manager._select.value = (first,)
    manager.desk.ask_remove(manager._select.value)
    assert "Remove 1 of 2 entries; 1 stay" in manager._asked.value
    manager.desk.cancel()
    assert manager.entries.height == 2
    manager.desk.ask_remove((first,))
    manager.desk.confirm()
    until(lambda: manager.entries["company_name"].to_list() == ["B"])


def test_a_list_is_made_and_deleted(manager, until):
    """A new list is chosen at once; deleting asks first."""
    manager.desk.create("Second")
    until(lambda: manager.lists.height == 2 and not manager.desk.busy)
    chosen = manager.lists.filter(pl.col("id") == manager.desk.chosen)
    assert chosen["name"].to_list() == ["Second"]
    manager.desk.ask_delete()
    assert "cannot be undone" in manager._asked.value
    manager.desk.confirm()
    until(lambda: manager.lists["name"].to_list() == ["Customers"])


def test_a_failing_call_is_a_message(manager, sandbox, until):
    """The server's refusal stands in the widget."""
    sandbox.control.fault(status=403, times=5)
    manager.desk.refresh()
    until(lambda: not manager.desk.busy)
    assert "403" in manager._said.value


def test_hostile_names_are_text(manager, until):
    """Markup in a name is escaped in preview, summary and picture."""
    paste(manager, "<script>alert(1)</script>;x.example")
    for html in (manager._staged.value, manager._summary.value):
        assert "<script" not in html
    manager.desk.confirm()
    until(lambda: manager.entries.height == 1 and not manager.desk.busy)
    assert "<script" not in manager.picture()
    assert "&lt;script" in manager.picture()


def test_a_warning_is_shown_once(manager, until, recwarn):
    """What the preview warned of is not warned of again when the companies are added."""
    manager.desk.stage(pl.DataFrame({"company_name": ["A"], "external_id": ["7"]}))
    assert "Only your id" in manager._staged.value
    manager.desk.ask_add()
    manager.desk.confirm()
    until(lambda: manager.entries.height == 1 and not manager.desk.busy)
    assert [str(warning.message) for warning in recwarn] == []
