"""The local memory of what was bought: written before anything is sent, read after any crash."""

from __future__ import annotations

from openprospect_nb.journal.journal import Journal
from openprospect_nb.journal.purchase import Purchase, PurchaseKind, PurchaseStep, next_step

__all__ = ["Journal", "Purchase", "PurchaseKind", "PurchaseStep", "next_step"]

# The name before it had one that says more.
Step = PurchaseStep
