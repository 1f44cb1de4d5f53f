"""Put every promise to the test in every world: ``python -m tests.worlds --draws 100 --write``."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from .cells import FIRST, Cell, cell
from .choices import CHOICES
from .conformal import TRIED
from .informed import INFORMED
from .promises import PROMISES
from .ramps import RAMPS
from .replies import REPLIES
from .seasons import SEASONS
from .settlements import SETTLEMENTS
from .table import page

ALL = (*PROMISES, *TRIED, *RAMPS, *REPLIES, *SETTLEMENTS, *SEASONS, *INFORMED, *CHOICES)
PAGE = Path(__file__).parents[2] / "docs" / "trust.md"


def main() -> None:
    """Print the table, or write it into its page."""
    parser = argparse.ArgumentParser(prog="python -m tests.worlds", description="Promises against worlds.")
    parser.add_argument("--draws", type=int, default=100, help="draws a cell")
    parser.add_argument("--first", type=int, default=FIRST, help="the first seed")
    parser.add_argument("--promise", default="", help="only promises whose name begins so")
    parser.add_argument("--world", default="", help="only worlds whose name begins so")
    parser.add_argument("--write", action="store_true", help="write what was tried into docs/trust.md")
    given = parser.parse_args()
    cells: dict[tuple[str, str], Cell] = {}
    for promise in ALL:
        for world, tried in promise.worlds.items():
            if promise.name.startswith(given.promise) and world.startswith(given.world):
                cells[promise.name, world] = made = cell(tried, given.draws, given.first)
                print(f"{promise.name:30} {world:32} {made}", flush=True)
        if given.write:
            PAGE.write_text(page(PAGE.read_text("utf-8"), ALL, cells), "utf-8")


if __name__ == "__main__":
    main()
