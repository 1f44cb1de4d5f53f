"""Which companies of a list were bought from this home before: sent in an earlier order, or delivered by one."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Final

import polars as pl

from openprospect_nb.contract import OrderStatus
from openprospect_nb.files.known import KnownCompanies
from openprospect_nb.frames.schemas import COMPANIES
from openprospect_nb.journal import Purchase, PurchaseKind

log = logging.getLogger(__name__)

_BOUGHT_NOTHING: Final = frozenset({OrderStatus.REJECTED, OrderStatus.FAILED, OrderStatus.CANCELLED})
_NAMES: Final = {"name": "company_name", "website_url": "website_url", "city": "city", "source_id": "external_id"}
Company = Mapping[str, str | None]


def known_companies(purchases: Iterable[Purchase], homes: Iterable[Path]) -> KnownCompanies:
    """Return the companies of earlier orders: those sent in *purchases*, those delivered into folders below *homes*."""
    return KnownCompanies([*_sent(purchases), *_delivered(homes)])


def bought_by_order(purchases: Sequence[Purchase], homes: Iterable[Path]) -> dict[str, list[Company]]:
    """Return the companies of earlier orders by order, oldest first: those delivered, else those sent."""
    sent, delivered = (_by_order(pairs) for pairs in (_sent(purchases), _delivered(homes)))
    placed = {purchase.order_id or purchase.key: at for at, purchase in enumerate(purchases)}
    together = {**sent, **delivered}
    return {order: together[order] for order in sorted(together, key=lambda order: (placed.get(order, -1), order))}


def _by_order(pairs: Iterable[tuple[str, Company]]) -> dict[str, list[Company]]:
    by_order: dict[str, list[Company]] = {}
    for order, company in pairs:
        by_order.setdefault(order, []).append(company)
    return by_order


def renewed(purchases: Iterable[Purchase]) -> dict[datetime, KnownCompanies]:
    """Return the companies that enrichment orders were for, by when each was meant to be bought."""
    return {each.intended_at: KnownCompanies(_sent([each])) for each in purchases}


def _sent(purchases: Iterable[Purchase]) -> Iterator[tuple[str, Company]]:
    for purchase in purchases:
        placed = purchase.order_id is not None or purchase.sent_at is not None
        failed = purchase.problem is not None or purchase.status in _BOUGHT_NOTHING
        if purchase.kind is PurchaseKind.ENRICHMENT and placed and not failed:
            for company in purchase.options.get("companies") or ():
                yield purchase.order_id or purchase.key, company


def _delivered(homes: Iterable[Path]) -> Iterator[tuple[str, Company]]:
    for file in (file for home in homes for file in sorted(home.glob("*/companies.parquet"))):
        scan = pl.scan_parquet(
            file, schema=dict(COMPANIES), missing_columns="insert", extra_columns="ignore", glob=False
        )
        try:
            rows = scan.select("order_id", *(pl.col(theirs).alias(ours) for theirs, ours in _NAMES.items())).collect()
        except (pl.exceptions.PolarsError, OSError) as error:
            log.warning("%s is passed over in the look for companies bought before: %s", file, error)
            continue
        for row in rows.iter_rows(named=True):
            yield row.pop("order_id") or file.parent.name, row
