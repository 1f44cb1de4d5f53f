"""Say a phrase, number, share or date in a language: one file of phrases each, with its formats among them."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Final

from openprospect_nb.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from importlib.resources.abc import Traversable

UNKNOWN: Final = "–"


@dataclass(frozen=True, slots=True)
class Wording:
    """The phrases and number formats of one language; made by `wording`."""

    language: str
    phrases: Mapping[str, str]

    @property
    def separators(self) -> str:
        """The decimal mark followed by the thousands mark, as plotly wants them."""
        return self.phrases["format.separators"]

    def say(self, key: str, /, **fields: object) -> str:
        """Return the phrase *key* with *fields* filled in; whole numbers among them are grouped by thousands."""
        shown = {name: self.number(v) if isinstance(v, int) else v for name, v in fields.items()}
        return self.phrases[key].format_map(shown)

    def count(self, key: str, number: int) -> str:
        """Return *number* with its noun in the right form: ``count(“company”, 1)`` is "1 company"."""
        return f"{self.number(number)} {self.phrases[f'{key}.one' if number == 1 else f'{key}.many']}"

    def number(self, value: float | None, digits: int = 0) -> str:
        """Return *value* with grouped thousands and *digits* decimals, or a dash where it is unknown."""
        if value is None:
            return UNKNOWN
        return f"{value:,.{digits}f}".translate(str.maketrans(",.", self.separators[1] + self.separators[0]))

    def share(self, value: float | None, digits: int = 0) -> str:
        """Return *value* (0 to 1) as a percentage, or a dash where it is unknown."""
        if value is None:
            return UNKNOWN
        return self.phrases["format.share"].format(number=self.number(value * 100, digits))

    def date(self, moment: datetime | str | None, *, time: bool = False) -> str:
        """Return the day of *moment* (a time or ISO 8601 text), with hours and minutes on request; a dash for None."""
        stamp = _parsed(moment) if isinstance(moment, str) else moment
        if stamp is None:
            return UNKNOWN
        # strftime's names follow the process locale, which would change a report's bytes from one machine to the next.
        month = self.phrases["format.months"].split()[stamp.month - 1]
        day = self.phrases["format.date"].format(stamp, month=month)
        return f"{day}, {stamp:%H:%M} UTC" if time else day


@cache
def wording(language: str | None = None) -> Wording:
    """Return the wording of *language* (one of `languages`, or a tag such as "de-AT"; None is English).

    Raises:
        ConfigurationError: there is no such language.
    """
    code = base(language or "en")
    if code not in languages():
        choices = " or ".join(repr(each) for each in languages())
        raise ConfigurationError(f"language={language!r} is not known.", next_step=f"Use {choices}.")
    text = _phrases().joinpath(f"{code}.json").read_text(encoding="utf-8")
    return Wording(code, json.loads(text))


@cache
def languages() -> tuple[str, ...]:
    """Return the languages there are, English first: one for each file of phrases."""
    names = [entry.name for entry in _phrases().iterdir()]
    codes = [name.removesuffix(".json") for name in names if name.endswith(".json")]
    return tuple(sorted(codes, key=lambda code: (code != "en", code)))


def base(language: str) -> str:
    """Return a language without its region: "de" of "de-AT"."""
    return language.strip().lower().replace("_", "-").split("-")[0]


def _phrases() -> Traversable:
    return files("openprospect_nb.markup").joinpath("phrases")


def _parsed(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None
