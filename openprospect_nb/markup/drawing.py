"""The plane a still picture is drawn on: scales from values to pixels, ticks, and marks in the order they are painted.

The still picture of every chart is one `Drawing`, rendered by ``chart.svg``.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from math import ceil, floor, log10
from typing import Any, Final

from openprospect_nb.markup.render import render

_STEPS: Final = (1, 2, 2.5, 5, 10)
_DASHES: Final = {"dot": "2 4", "dash": "6 4", "dashdot": "6 4 2 4"}
Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Box:
    """The rectangle inside the axes, in pixels from the top left."""

    left: float
    right: float
    top: float
    bottom: float


@dataclass(frozen=True, slots=True)
class Span:
    """What one axis covers: numbers from *low* to *high*, or *names* in order; with ticks of its own if it has any."""

    low: float
    high: float
    names: tuple[str, ...]
    own_ticks: tuple[tuple[float, str], ...]
    form: str

    def ticks(self, separators: str | None) -> Iterator[tuple[object, str]]:
        """Yield each tick's value and its words."""
        if self.names:
            yield from ((name, name) for name in self.names)
        elif self.own_ticks:
            yield from self.own_ticks
        else:
            values = even_ticks(self.low, self.high, whole=self.form.endswith("d"))
            yield from ((value, _number(value, self.form, separators or ".,")) for value in values)


@dataclass(frozen=True, slots=True)
class Scale:
    """Places the values of a span between two pixels."""

    span: Span
    start: float
    end: float

    def __call__(self, value: Any) -> float:
        """Return the pixel of *value*, a number or one of the span's names."""
        number = self.span.names.index(str(value)) if self.span.names else float(value)
        share = (number - self.span.low) / ((self.span.high - self.span.low) or 1.0)
        return round(self.start + share * (self.end - self.start), 1)

    def around(self, value: Any, half: float) -> tuple[float, float]:
        """Return the pixels *half* a width to either side of *value*, the smaller first."""
        one = abs(self.end - self.start) / (abs(self.span.high - self.span.low) or 1.0)
        middle = self(value)
        return round(middle - half * one, 1), round(middle + half * one, 1)


@dataclass(slots=True)
class Drawing:
    """The marks of one picture; every adding verb takes pixels."""

    box: Box
    x: Scale
    y: Scale
    marks: list[dict[str, object]] = field(default_factory=list)
    texts: list[dict[str, object]] = field(default_factory=list)

    def at(self, value: Any, reference: str | None, *, across: bool) -> float:
        """Return the pixel of a coordinate that counts in data, or (``domain``, ``paper``) in shares of the box."""
        scale = self.x if across else self.y
        if reference and ("domain" in reference or reference == "paper"):
            return scale.start + float(value) * (scale.end - scale.start)
        return scale(value)

    def rectangle(
        self,
        corners: tuple[float, float, float, float],
        *,
        fill: str = "",
        hatched: bool = False,
        hint: str = "",
    ) -> None:
        """Add a rectangle between two opposite corners; empty ones are left out."""
        left, right = sorted((corners[0], corners[2]))
        top, bottom = sorted((corners[1], corners[3]))
        if right - left > 0.05 and bottom - top > 0.05:
            size = {"x": left, "y": top, "width": round(right - left, 1), "height": round(bottom - top, 1)}
            look = {"fill": fill, "hatched": hatched, "hint": hint}
            self.marks.append({"kind": "rectangle", **size, **look})

    def line(
        self,
        points: Sequence[Point],
        *,
        colour: str | None = None,
        dash: str | None = None,
        thickness: float = 1,
        css: str = "",
    ) -> None:
        """Add a line through *points*."""
        look = {"colour": colour or "#858b93", "dash": _DASHES.get(dash or "", ""), "thickness": thickness, "css": css}
        self.marks.append({"kind": "line", "points": joined(points), **look})

    def band(self, points: Sequence[Point], *, fill: str | None) -> None:
        """Add a filled outline."""
        self.marks.append({"kind": "band", "points": joined(points), "fill": fill or "#858b93"})

    def dot(self, x: float, y: float, *, radius: float, fill: str | None = None, hint: str = "") -> None:
        """Add a disc."""
        look = {"fill": fill or "#858b93", "hint": hint}
        self.marks.append({"kind": "dot", "x": x, "y": y, "radius": radius, **look})

    def text(self, x: float, y: float, words: str, *, anchor: str = "start", turned: bool = False) -> None:
        """Add words, on several lines where they hold line breaks; nothing where they are empty."""
        if words:
            place = {"x": round(x, 1), "y": round(y, 1)}
            self.texts.append({**place, "lines": words.split("\n"), "anchor": anchor, "turned": turned})

    def svg(self, width: float, height: float, alt: str) -> str:
        """Return the picture."""
        return render("chart.svg", drawing=self, width=width, height=height, alt=alt)


def even_ticks(low: float, high: float, *, whole: bool = False) -> list[float]:
    """Return some six values from *low* to *high* at even, readable steps."""
    step = nice_step((high - low) / 6, whole=whole)
    return [n * step for n in range(ceil(low / step - 1e-9), floor(high / step + 1e-9) + 1)]


def nice_step(rough: float, *, whole: bool = False) -> float:
    """Return the smallest of 1, 2, 2.5, 5 times a power of ten that is not below *rough*."""
    if rough <= 0:
        return 1.0
    ten = 10.0 ** floor(log10(rough))
    step = next(ten * factor for factor in _STEPS if ten * factor >= rough * 0.999)
    return max(1.0, float(round(step))) if whole else step


def _number(value: float, form: str, separators: str) -> str:
    # Without a form there is no mark between thousands: most such axes count years.
    shown = f"{value * 100:,.10g}%" if form.endswith("%") else f"{value:,.10g}" if form else f"{value:.10g}"
    return shown.translate(str.maketrans(".,", separators[:2]))


def joined(points: Sequence[Point]) -> str:
    """Return *points* as SVG lists them."""
    return " ".join(f"{x:g},{y:g}" for x, y in points)
