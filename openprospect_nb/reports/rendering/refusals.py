"""What cannot be shown in a page without a network and without the notebook's own scripts."""

from __future__ import annotations


class Unshown(Exception):
    """An output that a page cannot show as it is meant.

    Args:
        reason: why, as the end of a sentence about it.
        remedy: what its author can do, a sentence.
    """

    def __init__(self, reason: str, remedy: str) -> None:
        super().__init__(reason)
        self.reason = reason
        self.remedy = remedy
