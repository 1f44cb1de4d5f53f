"""How many examples a property is tried on.

``OPENPROSPECT_SEARCH=1`` draws new examples at each run; else they stay the same, and a third of them is taken, since
examples that were right yesterday find little today. ``OPENPROSPECT_EXAMPLES`` is another share of what a test asks
for: 0.1 for a run that looks for other things (coverage, or another Python), 10 for a search by hand.
"""

from __future__ import annotations

import os
from typing import Final

_USUAL: Final = "1" if os.environ.get("OPENPROSPECT_SEARCH") else "0.33"
SHARE: Final = float(os.environ.get("OPENPROSPECT_EXAMPLES", _USUAL))
FEWEST: Final = 5


def examples(count: int) -> int:
    """Return how many of so many examples this run takes, 5 at least."""
    return max(FEWEST, round(count * SHARE))
