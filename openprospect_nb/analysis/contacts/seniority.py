"""How senior a job title is, in English and German, as one table of named levels and word patterns."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import narwhals.stable.v2 as nw

_EDGE_L: Final = "(^|[^a-zäöüß])"
_EDGE_R: Final = "($|[^a-zäöüß])"


@dataclass(frozen=True, slots=True)
class Level:
    """A named level: its value from 0 to 1, whole words that show it, and parts of (German) words that do."""

    name: str
    value: float
    words: tuple[str, ...]
    parts: tuple[str, ...] = ()

    @property
    def pattern(self) -> str:
        """A pattern over lower-case titles that Rust, RE2 and Java read alike (no look-around)."""
        whole = f"{_EDGE_L}({'|'.join(self.words)}){_EDGE_R}"
        return "|".join((whole, *self.parts))


# The first level that matches wins, so what weakens a word ("assistant to the CEO") stands before the word.
LEVELS: Final = (
    Level(
        "assisting",
        0.1,
        ("intern", "trainee", "apprentice", "student", "assistant to .*", "executive assistant", "azubi"),
        ("assistenz", "sekret", "praktikant", "werkstudent", "auszubildende", "personal assistant"),
    ),
    Level("managing", 0.6, ("(product|process|scrum) owner", "business partner", "account director")),
    Level("leading", 0.85, ("s?vp", "evp", "(senior |executive )?vice[ -]president", "assistant director")),
    Level(
        "top",
        1.0,
        (
            "c[etfoimrspd]o", "chro", "ciso", "chief [a-z ]*officer", "owner", "co-?owner", "(co-?)?founder",
            "president", "managing (director|partner)", "general manager", "board member", "vorstand",
        ),
        ("geschäftsführ", "geschaeftsfuehr", "inhaber", "gründer", "gruender", "vorstände", "vorstands"),
    ),
    Level("leading a team", 0.6, ("team ?lead(er)?", "lead"), ("teamleit", "projektleit", "gruppenleit")),
    Level(
        "leading",
        0.85,
        ("director", "head", "principal", "leit(er|erin|ung)"),
        ("direktor", "leiter", "leitung", "prokurist"),
    ),
    Level("managing", 0.6, ("[a-z-]*managers?", "managerin", "supervisor"), ("koordinator", "coordinator", "meister")),
    Level(
        "working",
        0.35,
        (
            "[a-z]*engineer", "[a-z]*developer", "analyst", "specialist", "consultant", "associate", "representative",
            "buyer", "planner", "administrator", "officer", "expert", "designer", "accountant", "assistant", "advisor",
        ),
        (
            "ingenieur", "entwickler", "referent", "berater", "sachbearbeit", "mitarbeiter", "einkäufer", "spezialist",
            "fachkraft", "techniker", "kaufmann", "kauffrau", "experte", "expertin", "controller",
        ),
    ),
)  # fmt: skip


def seniority(title: nw.Expr) -> nw.Expr:
    """Return 0-1 for a job title (1: owner or board, 0.1: assisting); null where it is missing or says nothing."""
    lowered = title.str.to_lowercase()
    result = nw.lit(None, nw.Float64)
    for level in reversed(LEVELS):
        result = nw.when(lowered.str.contains(level.pattern)).then(nw.lit(level.value)).otherwise(result)
    return result
