"""What the delivery covers: how full the fields are, and which reasons, technologies and places occur."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal

import plotly.graph_objects as go

from openprospect_nb.analysis.contacts.counting import one_each
from openprospect_nb.analysis.distribution import filled, tally
from openprospect_nb.analysis.identity.places import city_key, country_key, usual_spellings
from openprospect_nb.analysis.orders.funnel import funnel as funnel_steps
from openprospect_nb.analysis.table import OpenTable, companies_of, open_table, rows_in
from openprospect_nb.charts.theme import (
    COLOURS,
    UNKNOWN_PATTERN,
    Caption,
    Theme,
    count_axis,
    figure,
    label,
    name_axis,
    note,
    shade,
)
from openprospect_nb.frames.results import Results
from openprospect_nb.markup.text import clean
from openprospect_nb.markup.wording import Wording, wording

TOP: Final = 12
PLACES: Final[Mapping[str, Callable[[str], str]]] = {"country": country_key, "city": city_key}
COMPANY_FIELDS: Final = (
    "website_url",
    "business_type",
    "city",
    "employee_count",
    "description",
    "match_score",
    "match_reasons",
    "web_technologies",
)
PROSPECT_FIELDS: Final = (
    "last_name",
    "job_title",
    "email",
    "phone_number",
    "linkedin_url",
    "qualification_score",
    "validation_confidence",
    "bounce_risk_score",
)


def reasons(results: object, *, theme: Theme = "auto", language: str = "en", top: int = TOP) -> go.Figure:
    """Return companies by match reason, the most frequent *top*; a company counts once for each of its reasons.

    Needs ``match_reasons``; *results* is a `Results` or a companies frame.

    Example:
        >>> op.charts.reasons(results).to_dict()["data"][0]["type"]
        'bar'
    """
    companies = open_table(companies_of(results), name="companies", required=["match_reasons"])
    return _entries(companies, "match_reasons", theme=theme, say=wording(language), top=top)


def technologies(results: object, *, theme: Theme = "auto", language: str = "en", top: int = TOP) -> go.Figure:
    """Return companies by web technology, the most frequent *top*; a company counts once for each it uses.

    Needs ``web_technologies``; *results* is a `Results` or a companies frame. A company without any listed is unknown.

    Example:
        >>> op.charts.technologies(results).to_dict()["data"][0]["type"]
        'bar'
    """
    companies = open_table(companies_of(results), name="companies", required=["web_technologies"])
    return _entries(companies, "web_technologies", theme=theme, say=wording(language), top=top)


def geography(
    results: object,
    *,
    by: Literal["country", "city"] = "country",
    theme: Theme = "auto",
    language: str = "en",
    top: int = TOP,
) -> go.Figure:
    """Return companies by country (or city), the most frequent *top*. Needs that column.

    All spellings of one place (DE, Germany; Munich, München) count as one, under the most frequent.

    Example:
        >>> op.charts.geography(results).to_dict()["data"][0]["type"]
        'bar'
    """
    companies = open_table(companies_of(results), name="companies", required=[by])
    return _entries(companies, by, theme=theme, say=wording(language), top=top)


def coverage(results: Results, *, theme: Theme = "auto", language: str = "en") -> go.Figure:
    """Return how full each field is, in percent of the companies delivered or of the prospects, each counted once.

    Example:
        >>> op.charts.coverage(results).to_dict()["data"][0]["type"]
        'bar'
    """
    say = wording(language)
    people = one_each(results.prospects)
    bars = [
        *_filled(open_table(results.companies, name="companies", required=[]), COMPANY_FIELDS, "company", say),
        *_filled(open_table(people, name="prospects", required=[]), PROSPECT_FIELDS, "prospect", say),
    ]
    sizes = [say.count("company", results.companies.height), say.count("prospect", people.height)]
    title = say.say("coverage.title")
    alt = note([title, *sizes, *(f"{bar.name} {bar.words}" for bar in bars)])
    caption = Caption(title=title, subtitle=f"n = {note(sizes)}", alt=alt)
    drawn = ranked(bars, caption, say.say("coverage.axis"), theme=theme, separators=say.separators)
    drawn.update_xaxes(range=[0, 112], tickvals=[0, 25, 50, 75, 100], ticktext=["0", "25", "50", "75", "100%"])
    return drawn if bars else shade(drawn, say.say("empty.companies"))


def funnel(results: Results, *, theme: Theme = "auto", language: str = "en") -> go.Figure:
    """Return how many companies were asked for, delivered, and can be written to, each as a share of the first.

    Example:
        >>> op.charts.funnel(results).to_dict()["data"][0]["type"]
        'bar'
    """
    say = wording(language)
    steps = funnel_steps(results)
    first = steps[0].companies
    bars = [
        Bar(
            name=say.say(f"funnel.{step.key}"),
            length=step.companies,
            words=f"{say.number(step.companies)} ({say.share(step.companies / first if first else None)})",
            colour=COLOURS["unknown" if step.key == "asked" else "blue"],
        )
        for step in steps
    ]
    title = say.say("funnel.title")
    caption = Caption(
        title=title,
        subtitle=f"n = {say.count('company', first)} {bars[0].name}",
        alt=note([title, *(f"{bar.name}: {bar.words}" for bar in bars)]),
    )
    drawn = ranked(bars, caption, say.say("axis.companies"), theme=theme, separators=say.separators)
    return drawn if first else shade(drawn, say.say("empty.companies"))


def _entries(companies: OpenTable, column: str, *, theme: Theme, say: Wording, top: int) -> go.Figure:
    is_list = column in {"match_reasons", "web_technologies"}
    counts = tally(companies, column, each=is_list)
    rows = rows_in(companies.lazy)
    unknown = counts.pop(None, 0)
    counts = _by_place(counts, column)
    bars = [_bar(clean(str(name), 60), count, rows, say) for name, count in list(counts.items())[:top]]
    if unknown:
        bars.append(_bar(say.say("unknown.tick"), unknown, rows, say, is_known=False))
    title = say.say(f"{column}.title")
    words = [
        f"n = {say.count('company', rows)}",
        say.say("unknown.n", n=unknown) if unknown else "",
        say.say("top.n", shown=top, all=len(counts)) if len(counts) > top else "",
        say.say("each.n") if is_list and bars else "",
    ]
    alt = note([title, *words, *(f"{bar.name}: {bar.words}" for bar in bars)])
    caption = Caption(title=title, subtitle=note(words), alt=alt)
    drawn = ranked(bars, caption, say.say("axis.companies"), theme=theme, separators=say.separators)
    return drawn if rows else shade(drawn, say.say("empty.companies"))


def _by_place(counts: dict[str | None, int], column: str) -> dict[str | None, int]:
    """Return *counts* with all spellings of one country or city (DE, Germany) under the usual one, most first."""
    if column not in PLACES:
        return counts
    texts = {name: count for name, count in counts.items() if name is not None}
    usual = usual_spellings(texts, PLACES[column])
    merged: Counter[str | None] = Counter()
    for name, count in texts.items():
        merged[usual[name]] += count
    return dict(sorted(merged.items(), key=lambda item: (-item[1], str(item[0]))))


def _bar(name: str, count: int, rows: int, say: Wording, *, is_known: bool = True) -> Bar:
    words = f"{say.number(count)} ({say.share(count / rows)})"
    return Bar(name=name, length=count, words=words, is_known=is_known, colour=COLOURS["blue"])


def _filled(table: OpenTable, columns: tuple[str, ...], noun: str, say: Wording) -> list[Bar]:
    rows = rows_in(table.lazy)
    colour = COLOURS["blue" if noun == "company" else "purple"]
    counts = filled(table, columns) if rows else {}
    return [
        Bar(
            name=f"{say.say(f'{noun}.short')}: {say.say(f'field.{name}')}",
            length=100 * count / rows,
            words=say.share(count / rows),
            colour=colour,
        )
        for name, count in counts.items()
        if count is not None
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """One bar: its name, its length, the words beside it, and whether it stands for something known."""

    name: str
    length: float
    words: str
    colour: str = COLOURS["blue"]
    is_known: bool = True


def ranked(bars: Sequence[Bar], caption: Caption, across: str, *, theme: Theme, separators: str) -> go.Figure:
    """Return *bars* from top to bottom, lengths along *across* from 0."""
    # Two traces, because plotly takes a hatch for a whole trace only; numbers as places, because names may repeat.
    drawn = figure(caption, theme=theme, height=130 + 28 * max(len(bars), 4), separators=separators)
    for is_known in (True, False):
        drawn.add_bar(**trace([(n, bar) for n, bar in enumerate(bars) if bar.is_known is is_known]))
    longest = max((bar.length for bar in bars), default=0)
    drawn.update_xaxes(title_text=across, **count_axis(longest, room=1.45))
    drawn.update_yaxes(**name_axis([label(bar.name) for bar in bars], least=3))
    return drawn


def trace(placed: Sequence[tuple[int | str, Bar]]) -> dict[str, object]:
    """Return what a bar trace needs to draw bars where they are *placed*: all known, or none."""
    hatch = dict(UNKNOWN_PATTERN) if placed and not placed[0][1].is_known else {}
    return {
        "orientation": "h",
        "y": [place for place, _ in placed],
        "x": [bar.length for _, bar in placed],
        "width": 0.78,
        "text": [bar.words for _, bar in placed],
        "textposition": "outside",
        "cliponaxis": False,
        "hovertext": [f"{label(bar.name, 80)}<br>{bar.words}" for _, bar in placed],
        "hoverinfo": "text",
        "marker": {"color": [bar.colour for _, bar in placed] if not hatch else COLOURS["unknown"], "pattern": hatch},
        "showlegend": False,
    }
