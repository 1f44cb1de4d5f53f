"""How many firms of each trade, city and size there are, and which number each of them has.

Counts are of the order of official statistics (`vocab/README.md` names them), so a market is as wide or as narrow as it
is. A firm is a function of seed and number; nothing is drawn before somebody asks, and nothing is kept here but counts.
"""

from __future__ import annotations

from bisect import bisect_right
from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from openprospect_nb.sandbox.universe.chance import Chance, Floats, Ints
from openprospect_nb.sandbox.universe.columns import LARGEST, Columns, city_pulls, complete_columns
from openprospect_nb.sandbox.universe.naming import Position, family_of
from openprospect_nb.sandbox.universe.vocabulary import Vocabulary, read_table, vocabulary

FIRST: Final = 1 << 20  # numbers below belong to the panel, the twenty thousand companies of version 2
# employees: the lower end of each size class; the statistics give four, a Pareto law with this exponent splits them
EDGES: Final = (1, 5, 10, 20, 50, 100, 250, 500, LARGEST + 1)
_STATED: Final = (("micro", (0, 1)), ("small", (2, 3)), ("medium", (4, 5)), ("large", (6, 7)))
_TAIL: Final = 1.1


class Strata:
    """The firms of one seed, counted by trade, city and size class.

    Numbers run through a trade, there through a language family, there from the largest firms to the smallest, there
    city by city: so the firms most asked for have names that no other firm shares.

    Attributes:
        counts: firms by trade, place and size class; a place is a position in `order`.
        order: city indices, those of one language family together.
        starts: the number of the first firm of each cell, in the shape of `counts`.
        end: one more than the last number.
    """

    def __init__(self, chance: Chance) -> None:
        self._chance = chance
        self.order: Ints = _places()
        self._layout = _layout()
        expected = _expected()
        cells = np.arange(expected.size, dtype=np.int64)
        # rounding by chance keeps the sums right where a cell holds less than one firm
        counts = np.floor(expected.ravel() + chance.uniforms("stratum", cells)).astype(np.int64)
        ends = FIRST + np.cumsum(counts[self._layout])
        self._sorted: Ints = ends - counts[self._layout]
        starts = np.empty_like(counts)
        starts[self._layout] = self._sorted
        self.counts: Ints = counts.reshape(expected.shape)
        self.starts: Ints = starts.reshape(expected.shape)
        self.end = int(ends[-1])
        self._blocks: dict[tuple[int, str | None], range] = {}

    def __len__(self) -> int:
        return self.end - FIRST

    def __contains__(self, number: int) -> bool:
        return FIRST <= number < self.end

    def columns(self, numbers: Ints) -> Columns:
        """Return the attributes of the firms *numbers*."""
        # empty cells share a start with their successor: the last of them is the one that holds the number
        cells = self._layout[np.searchsorted(self._sorted, numbers, side="right") - 1]
        rest, size = np.divmod(cells, len(EDGES) - 1)
        subtype, place = np.divmod(rest, len(self.order))
        # headcounts within a size class follow the Pareto law by which the classes were split
        low, high = (np.array(ends, dtype=np.float64)[size] for ends in (EDGES[:-1], EDGES[1:]))
        draw = self._chance.uniforms("employees", numbers)
        raw = np.round((low**-_TAIL - draw * (low**-_TAIL - high**-_TAIL)) ** (-1 / _TAIL), 6)
        employees: Ints = np.clip(np.floor(raw), low, high - 1).astype(np.int64)
        return complete_columns(
            self._chance,
            vocabulary(),
            numbers,
            subtype=subtype,
            city=self.order[place],
            employees=employees,
        )

    def position(self, number: int) -> Position:
        """Return where one firm stands among those of its trade."""
        cell = int(self._layout[bisect_right(self._sorted, number) - 1])
        subtype, place = divmod(cell // (len(EDGES) - 1), len(self.order))
        city = int(self.order[place])
        family = family_of(vocabulary().cities[city].language)
        in_trade, in_family = (number - self.block(subtype, part).start for part in (None, family))
        return Position(number=number, subtype=subtype, city=city, in_trade=in_trade, in_family=in_family)

    def block(self, subtype: int, family: str | None) -> range:
        """Return the numbers of a trade's firms: those of one language family, or all."""
        block = self._blocks.get((subtype, family))
        if block is None:
            places = slice(*_families()[family]) if family is not None else slice(None)
            first = int(self.starts[subtype, places].min())
            block = self._blocks[subtype, family] = range(first, first + int(self.counts[subtype, places].sum()))
        return block

    def some(self, countries: frozenset[int], subtypes: frozenset[int]) -> Ints:
        """Return up to a hundred firms of these countries and trades, with ten to a hundred employees.

        A set that leaves no firm is not applied.
        """
        chosen = self.counts[:, :, 2:5] > 0
        of_city = np.array([city.country for city in vocabulary().cities])[self.order]
        is_trade = np.isin(np.arange(len(self.counts)), list(subtypes))[:, None, None]
        for flags in (np.isin(of_city, list(countries))[None, :, None], is_trade):
            narrowed = chosen & flags
            chosen = narrowed if narrowed.any() else chosen
        numbers = self.starts[:, :, 2:5][chosen]
        some: Ints = numbers[:: -(-len(numbers) // 100)]
        return some


@lru_cache(maxsize=1)
def _places() -> Ints:
    """Return the city indices, ordered by language family."""
    families = [family_of(city.language) for city in vocabulary().cities]
    return np.array(sorted(range(len(families)), key=lambda index: (families[index], index)), dtype=np.int64)


@lru_cache(maxsize=1)
def _families() -> dict[str, tuple[int, int]]:
    """Return the first place of each language family, and the one after its last."""
    families = [family_of(vocabulary().cities[int(city)].language) for city in _places()]
    return {
        family: (families.index(family), families.index(family) + families.count(family)) for family in set(families)
    }


@lru_cache(maxsize=1)
def _layout() -> Ints:
    """Return the cells in the order in which their firms are numbered."""
    cells = np.arange(_expected().size, dtype=np.int64).reshape(_expected().shape)
    blocks = [cells[:, first:last, ::-1].swapaxes(1, 2) for first, last in sorted(_families().values())]
    return np.concatenate([block.reshape(len(cells), -1) for block in blocks], axis=1).ravel()


@lru_cache(maxsize=1)
def _expected() -> Floats:
    """Return trades x places x size classes: how many firms the statistics lead to expect."""
    lists = vocabulary()
    trade_of = np.array([subtype.industry for subtype in lists.subtypes])
    country_of = np.array([city.country for city in lists.cities])[_places()]
    pulls = city_pulls(lists)[:, _places()]
    share = np.zeros_like(pulls)
    for country in range(len(lists.countries)):
        here = country_of == country
        share[:, here] = pulls[:, here] / pulls[:, here].sum(axis=1, keepdims=True)
    by_country = _by_trade(lists)[:, country_of, :]
    expected: Floats = np.round(by_country * share[trade_of][:, :, None], 9)
    return expected


def _by_trade(lists: Vocabulary) -> Floats:
    """Return trades x countries x size classes: an industry's firms, divided among its trades.

    The share of a trade grows with size where its firms are larger than is usual in the industry (``shift``), as the
    densities of two shifted log-normal laws do.
    """
    industries = _by_industry(lists)
    weights = {s.key: s.weight for s in lists.subtypes}
    weights |= {row["trade"]: float(row["weight"]) for row in read_table("firms_by_trade.csv")}
    middle = np.log(np.sqrt(np.array(EDGES[:-1], dtype=np.float64) * np.array(EDGES[1:])))
    tilted = np.array(
        [
            weights[s.key]
            * np.exp(s.shift * (middle - lists.industries[s.industry].mu) / lists.industries[s.industry].sigma ** 2)
            for s in lists.subtypes
        ]
    )
    of = np.array([subtype.industry for subtype in lists.subtypes])
    total = np.stack([tilted[of == industry].sum(axis=0) for industry in range(len(lists.industries))])
    by_trade: Floats = industries[of] * (tilted / total[of])[:, None, :]
    return by_trade


def _by_industry(lists: Vocabulary) -> Floats:
    """Return industries x countries x size classes.

    Germany's firms by industry, carried over to a country by its firms of that size class and by how strong the
    industry is there (``country_lifts``), so that each country has the number of firms its statistics give.
    """
    names = [name for name, _ in _STATED]
    german = _table("firms_by_industry.csv", "industry", [i.key for i in lists.industries], names)
    totals = _table("firms_by_country.csv", "country", [c.code for c in lists.countries], names)
    lifts = np.array(
        [[i.lifts.get(c.code, 1.0) / i.lifts.get("DE", 1.0) for c in lists.countries] for i in lists.industries]
    )
    stated = german[:, None, :] * lifts[:, :, None]
    stated *= totals / stated.sum(axis=0)
    edges = np.array(EDGES, dtype=np.float64) ** -_TAIL
    finer = np.zeros((*stated.shape[:2], len(EDGES) - 1))
    for column, (_, classes) in enumerate(_STATED):
        within = edges[list(classes)] - edges[[size + 1 for size in classes]]
        finer[:, :, list(classes)] = stated[:, :, column, None] * (within / within.sum())
    return finer


def _table(name: str, key: str, keys: list[str], columns: list[str]) -> NDArray[np.float64]:
    rows = {row[key]: [float(row[column]) for column in columns] for row in read_table(name)}
    return np.array([rows[wanted] for wanted in keys])
