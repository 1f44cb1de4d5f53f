"""Counts drawn as inline SVG: one drawing for the live view, where a pointer can select in it, and for the still one.

Drawn here and not by plotly: a few kilobytes that follow the page's colours, against five megabytes of library that a
plotly figure widget would put into every notebook; see `pane`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import log1p
from typing import Final

from openprospect_nb.markup import render
from openprospect_nb.widgets.explorer_axes import Axis, nice_step
from openprospect_nb.widgets.explorer_counts import Bars, Plane
from openprospect_nb.widgets.explorer_filters import Range

WIDTH: Final = 480.0
HEIGHT: Final = 250.0
LEFT, RIGHT, TOP, BOTTOM = 56.0, 468.0, 12.0, 204.0
SHADES: Final = 5
_DOT: Final = 3.2

HEADS: Final = {
    "match_score": "Match",
    "score": "Score",
    "employee_count": "Staff",
    "lowest_bounce_risk": "Lowest risk %",
}
TITLES: Final = {
    "match_score": "Match score (0–10)",
    "score": "Score (0–100)",
    "known_share": "Share of the score that is known",
    "employee_count": "Employees",
    "prospects": "Prospects",
    "lowest_bounce_risk": "Lowest bounce risk (%)",
    "name": "Company",
    "city": "City",
    "country": "Country",
    "business_type": "Industry",
    "order_id": "Order",
    "source": "Source",
    "decision": "Decision",
    "website_url": "Web site",
    "delivered_at": "Delivered",
}


def title_of(column: str) -> str:
    """Return what a column is called in the view."""
    return TITLES.get(column) or column.replace("_", " ").capitalize()


def head_of(column: str) -> str:
    """Return what a column is called above a table, where room is scarce."""
    return HEADS.get(column) or title_of(column)


def histogram_svg(bars: Bars, wanted: Range | None) -> str:
    """Return the histogram: the selected rows of each bin filled, before what the other filters leave, in outline."""
    top = max(*bars.others, 1)
    step = max(1.0, nice_step(top / 4))
    wide = (RIGHT - LEFT) / bars.axis.bins
    drawn = [
        {"x": LEFT + n * wide + 0.5, "width": max(wide - 1, 0.5), "all": _height(of_all, top), "own": _height(own, top)}
        for n, (of_all, own) in enumerate(zip(bars.others, bars.selected, strict=True))
        if of_all
    ]
    ups = [(BOTTOM - _height(n * step, top), _short(n * step)) for n in range(int(top // step) + 1)]
    title, most = title_of(bars.axis.column), max(range(bars.axis.bins), key=bars.others.__getitem__)
    peak = bars.axis.value((most + 0.5) / bars.axis.bins)
    said = f"{title}: {sum(bars.selected):,} of {sum(bars.others):,} companies selected, most near {peak:g}"
    band = _band(bars.axis, wanted)
    brush = None if band is None else (*band, TOP, BOTTOM)
    return _drawn("x", said, bars.axis, bars=drawn, ups=ups, up_title="Companies", brush=brush)


def plane_svg(plane: Plane, ranges: Mapping[str, Range]) -> str:
    """Return points, or cells whose shade counts rows; what is selected is filled, the rest is in outline or pale."""
    x, y = plane.x, plane.y
    ups = [(BOTTOM - share * (BOTTOM - TOP), words) for share, words in y.ticks()]
    points = [
        {"x": LEFT + across * (RIGHT - LEFT), "y": BOTTOM - up * (BOTTOM - TOP), "own": own}
        for across, up, own in plane.points or ()
    ]
    left, right = _band(x, ranges.get(x.column)) or (LEFT, RIGHT)
    low, high = _band(y, ranges.get(y.column), upward=True) or (BOTTOM, TOP)
    has_brush = x.column in ranges or y.column in ranges
    selected, everything = sum(n for _, n in plane.cells.values()), sum(n for n, _ in plane.cells.values())
    said = f"{title_of(x.column)} against {title_of(y.column)}: {selected:,} of {everything:,} companies selected"
    return _drawn(
        "xy", said, x, ups=ups, up_title=title_of(y.column), points=points, radius=_DOT,
        shades=[] if plane.points is not None else _shades(plane),
        brush=(left, right, high, low) if has_brush else None,
    )  # fmt: skip


def _drawn(kind: str, said: str, x: Axis, **parts: object) -> str:
    ticks = [(LEFT + share * (RIGHT - LEFT), words) for share, words in x.ticks()]
    box = {"left": LEFT, "right": RIGHT, "top": TOP, "bottom": BOTTOM, "width": WIDTH, "height": HEIGHT}
    whole = {"bars": [], "points": [], "shades": [], "radius": _DOT, **parts}
    return render("widgets/plot.svg", kind=kind, alt=said, box=box, ticks=ticks, title=title_of(x.column), **whole)


def _height(count: float, top: int) -> float:
    return count / top * (BOTTOM - TOP - 4)


def _short(count: float) -> str:
    """Return a count for an axis: 2k, 1.5M; the room beside it is narrow."""
    for size, unit in ((1_000_000, "M"), (1_000, "k")):
        if count >= size:
            return f"{count / size:g}{unit}"
    return f"{count:g}"


def _band(axis: Axis, wanted: Range | None, *, upward: bool = False) -> tuple[float, float] | None:
    """Return the two pixels of a range on an axis, in the order of its values."""
    if wanted is None:
        return None
    start, end = (BOTTOM, TOP) if upward else (LEFT, RIGHT)
    low, high = (start + axis.share(value) * (end - start) for value in (wanted.low, wanted.high))
    return low, high


def _shades(plane: Plane) -> list[dict[str, object]]:
    """Return one path a shade: cells by the logarithm of their count, selected ones apart from the rest."""
    top = max((n for n, _ in plane.cells.values()), default=1)
    wide, tall = (RIGHT - LEFT) / plane.x.bins, (BOTTOM - TOP) / plane.y.bins
    paths: dict[tuple[bool, int], list[str]] = {}
    for (across, up), (everything, selected) in plane.cells.items():
        count = selected or everything
        shade = min(SHADES, 1 + int(SHADES * log1p(count) / (log1p(top) + 1e-9)))
        corner = f"M{LEFT + across * wide:.4g} {BOTTOM - (up + 1) * tall:.4g}"
        paths.setdefault((selected > 0, shade), []).append(
            f"{corner}h{wide - 0.6:.3g}v{tall - 0.6:.3g}h-{wide - 0.6:.3g}z"
        )
    return [
        {"own": own, "opacity": (0.2 + 0.8 * shade / SHADES) if own else 1.0, "path": "".join(path)}
        for (own, shade), path in sorted(paths.items())
    ]


def steps_of(axis: Axis) -> float:
    """Return a step for fields that set a range of *axis*."""
    return 1.0 if axis.is_log or axis.is_whole else 10.0**-axis.digits


def range_words(ranges: Mapping[str, Range]) -> Sequence[str]:
    """Return each range in words."""
    return [
        f"{title_of(name)} {r.low:,g} to {r.high:,g}{' or unknown' if r.unknown else ''}" for name, r in ranges.items()
    ]
