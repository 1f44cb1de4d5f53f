import narwhals.stable.v2 as nw
import polars as pl
import pytest

from openprospect_nb.analysis import contactable, score
from openprospect_nb.analysis.contacts.seniority import LEVELS, seniority
from openprospect_nb.analysis.table import collect, open_table

VALUES = {None: None} | {level.name: level.value for level in LEVELS}


def values(*titles):
    """Return the value of each title."""
    table = open_table(pl.DataFrame({"job_title": titles}, schema={"job_title": pl.String}), name="t", required=())
    rows = table.lazy.select(value=seniority(table.column("job_title", nw.String)))
    return collect(rows, ["value"])["value"].to_list()


@pytest.mark.parametrize(
    ("title", "level"),
    [
        ("CEO", "top"), ("Geschäftsführerin", "top"), ("Inhaber", "top"), ("Co-Founder & CTO", "top"),
        ("Vorstandsvorsitzender", "top"), ("Vorstand", "top"), ("Managing Director DACH", "top"), ("President", "top"),
        ("Chief Revenue Officer", "top"), ("Gründer", "top"),
        ("Vice President Sales", "leading"), ("SVP Marketing", "leading"), ("Head of IT", "leading"),
        ("Vertriebsleiter", "leading"), ("Leiter Einkauf", "leading"), ("Leitung Personal", "leading"),
        ("Prokuristin", "leading"), ("Marketing Director", "leading"), ("Bereichsleiterin", "leading"),
        ("Teamleiter Vertrieb", "leading a team"), ("Team Lead Data", "leading a team"),
        ("Projektleiterin", "leading a team"),
        ("Office Manager", "managing"), ("Product Owner", "managing"), ("HR Business Partner", "managing"),
        ("Account-Manager", "managing"),
        ("Software Engineer", "working"), ("Sachbearbeiterin", "working"), ("Einkäufer", "working"),
        ("Assistenz der Geschäftsführung", "assisting"), ("Assistant to the CEO", "assisting"),
        ("Praktikantin", "assisting"), ("Werkstudent Vertrieb", "assisting"), ("Intern", "assisting"),
        ("Head of Internal Audit", "leading"), ("Xyzzy", None), ("", None), (None, None),
    ],
)  # fmt: skip
def test_titles_are_read_in_english_and_german(title, level):
    """A title falls into the level a reader would give it; an unreadable one is unknown, not low."""
    assert values(title) == [VALUES[level]]


def test_levels_lie_between_nothing_and_one():
    """No level is worth nothing or more than all, and one name has one value."""
    assert all(0 < level.value <= 1 for level in LEVELS)
    assert {(level.name, level.value) for level in LEVELS} == {(name, VALUES[name]) for name in VALUES if name}


def test_case_does_not_matter():
    """Shouted and whispered titles are one."""
    assert values("GESCHÄFTSFÜHRER", "geschäftsführer") == [1.0, 1.0]


def test_both_uses_take_a_frame_without_titles():
    """Scoring and tiering work without a title column."""
    people = pl.DataFrame({"company_id": ["a"], "email": ["x@a.example"]})

    assert contactable(people).height == 1
    assert score(pl.DataFrame({"id": ["a"], "match_score": [5.0]}), prospects=people)["points_reach"].to_list() == [
        None
    ]
