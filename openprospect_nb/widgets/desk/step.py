"""`DeskStep`: what each of the five steps is: regions drawn from the journey, live or still, and acts on it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, TypeVar

from openprospect_nb.markup import render, trusted
from openprospect_nb.widgets.desk.pane import Intent
from openprospect_nb.widgets.desk.results_journey import ResultsJourney

Act = Callable[[Intent], None]
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True, kw_only=True)
class FootButton:
    """A button of the foot: what it does, its words and look."""

    act: str
    words: str
    value: str = ""
    kind: str = ""
    hint: str = ""
    off: bool = False


class DeskStep:
    """One step: a template of its body, the regions in it, its acts, and what the foot says.

    Args:
        journey: the state all steps share.
    """

    name: ClassVar[str]
    title: ClassVar[str]
    regions: ClassVar[tuple[str, ...]]

    def __init__(self, journey: ResultsJourney) -> None:
        self.journey = journey
        self._made: dict[str, tuple[tuple[object, ...], Any]] = {}

    def once(self, part: str, grounds: tuple[object, ...], make: Callable[[], _T]) -> _T:
        """Return what *part* was last while all it rests on, *grounds*, is what it was; else make it."""
        last = self._made.get(part)
        if last is None or last[0] != grounds:
            last = self._made[part] = grounds, make()
        made: _T = last[1]
        return made

    @property
    def note(self) -> str:
        """A few words on how far the step is, shown beside its title."""
        raise NotImplementedError

    @property
    def acts(self) -> Mapping[str, Act]:
        """What can be wanted here: name of an intent → what it does."""
        raise NotImplementedError

    def draw(self, *, live: bool) -> dict[str, str]:
        """Return the HTML of each region as things stand."""
        raise NotImplementedError

    def foot(self) -> tuple[str, list[FootButton]]:
        """Return what the foot says, and its buttons."""
        raise NotImplementedError

    def body(self) -> str:
        """Return the body with empty regions."""
        return drawn(f"{self.name}.html", live=True, **dict.fromkeys(self.regions, ""))

    def still(self) -> str:
        """Return the body as a picture, without anything that could be pressed."""
        return drawn(f"{self.name}.html", live=False, **self.draw(live=False))


class TwoPartStep(DeskStep):
    """A step of two columns over results: the work, and what stands beside it; it says so where none are open."""

    regions = ("main", "side")
    beside: ClassVar[str]
    """What the second column is called, for those who hear the page."""

    def body(self) -> str:
        """Return the body with empty regions."""
        return drawn("two.html", live=True, name=self.name, main="", side="", beside=self.beside)

    def still(self) -> str:
        """Return the body as a picture."""
        return drawn("two.html", live=False, name=self.name, beside=self.beside, **self.draw(live=False))

    def draw(self, *, live: bool) -> dict[str, str]:
        """Return both columns."""
        if self.journey.model is None:
            return {"main": drawn("nothing.html", live=live, words="Open results first (step 2)."), "side": ""}
        return {"main": self._main(live=live), "side": self._side(live=live)}

    def _main(self, *, live: bool) -> str:
        raise NotImplementedError

    def _side(self, *, live: bool) -> str:
        raise NotImplementedError


def drawn(template: str, *, live: bool, **values: Any) -> str:
    """Return one of the desk's templates filled in; HTML among *values* is what `drawn` itself returned."""
    return trusted(render(f"widgets/desk/{template}", live=live, **values))
