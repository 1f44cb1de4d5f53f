"""What else a buyer likes in a company: size, city, technology; each met, missed or unknown."""

from __future__ import annotations

from dataclasses import dataclass

import narwhals.stable.v2 as nw

from openprospect_nb.analysis.table import Table


@dataclass(frozen=True, slots=True, kw_only=True)
class Preferences:
    """Firmographic wishes for `score`; what is left out is not asked.

    Attributes:
        employees: smallest and largest wanted ``employee_count``, both included; None for an open end.
        cities: wanted cities, compared without case.
        technologies: at least one of these in ``web_technologies``, spelled as delivered.
    """

    employees: tuple[int | None, int | None] | None = None
    cities: tuple[str, ...] = ()
    technologies: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        """Whether anything is wished for at all."""
        return bool(self.employees or self.cities or self.technologies)


def wishes(companies: Table, preferences: Preferences) -> list[nw.Expr]:
    """Return one expression a wish: 1 met, 0 missed, null unknown."""
    asked: list[nw.Expr] = []
    if preferences.employees:
        asked.append(_size(companies.column("employee_count", nw.Float64), *preferences.employees))
    if preferences.cities:
        names = [city.strip().lower() for city in preferences.cities]
        asked.append(_known_text(companies.column("city", nw.String)).is_in(names))
    if preferences.technologies:
        asked.append(_any_of(companies.column("web_technologies", nw.List), preferences.technologies, companies))
    return [nw.when(met).then(nw.lit(1.0)).when(~met).then(nw.lit(0.0)).otherwise(nw.lit(None)) for met in asked]


def _size(employees: nw.Expr, low: int | None, high: int | None) -> nw.Expr:
    return (employees >= (low or 0)) & (employees <= (high if high is not None else float("inf")))


def _known_text(text: nw.Expr) -> nw.Expr:
    stripped = text.str.strip_chars().str.to_lowercase()
    return nw.when(stripped != "").then(stripped).otherwise(nw.lit(None, nw.String))


def _any_of(technologies: nw.Expr, wanted: tuple[str, ...], companies: Table) -> nw.Expr:
    if "web_technologies" not in companies.columns:
        return nw.lit(None, nw.Boolean)
    return nw.any_horizontal([technologies.list.contains(name) for name in wanted], ignore_nulls=False)
