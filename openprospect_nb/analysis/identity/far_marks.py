"""What clusters say of rows that stay in DuckDB or Spark: the clusters go there and are joined, no row comes here.

Engines look a value up in a list by reading the list, for every row; a join takes no time.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import narwhals.stable.v2 as nw

from openprospect_nb.analysis.orders.descriptions import delivered_orders
from openprospect_nb.analysis.table import Lazy, OpenTable, collect, held, table_beside

_ID: Final = "__op_id"
_ORDER: Final = "__op_order"
_OTHER: Final = "__op_other"
_FIRM: Final = "__op_firm"
_ROOT: Final = "__op_root"
_PLACE: Final = "__op_place"


@dataclass(frozen=True, slots=True)
class Shared:
    """How many companies orders have: ``orders`` as they were delivered.

    Attributes:
        counts: of two orders the companies that both have, of one with itself all it has; none where it is nothing.
        new: of an order the companies that none before it had.
    """

    orders: list[str]
    counts: Mapping[tuple[str, str], int]
    new: Mapping[str, int]


def joined_there(lazy: Lazy, key: str, columns: Mapping[str, Mapping[str, str]]) -> Lazy:
    """Return *lazy* with *columns*, maps of the same keys: what each has for the text in column *key*, else null."""
    keys = sorted(next(iter(columns.values())))
    listed = {_ID: keys, **{name: [values[text] for text in keys] for name, values in columns.items()}}
    return lazy.join(table_beside(lazy, listed), left_on=key, right_on=_ID, how="left")


def shared_there(companies: OpenTable, roots: Mapping[str, str]) -> Shared:
    """Return what the orders share, counted where the rows are; *roots* names the companies that have other ids too."""
    orders = delivered_orders(companies)
    named = {
        name: companies.column(column, nw.String).alias(name) for name, column in ((_ORDER, "order_id"), (_ID, "id"))
    }
    rows = companies.lazy.select(*named.values())
    listed = rows.filter(~nw.col(_ID).is_null()).unique().rename({_ID: _FIRM})
    firm = nw.coalesce(nw.col(_ROOT), nw.col(_FIRM))
    with held(joined_there(listed, _FIRM, {_ROOT: roots}).select(_ORDER, firm.alias(_FIRM)).unique()) as firms:
        both = firms.join(firms.rename({_ORDER: _OTHER}), on=_FIRM, how="inner")
        pairs = collect(both.group_by(_ORDER, _OTHER).agg(nw.len().alias("n")), [_ORDER, _OTHER, "n"])
        places = {_ORDER: orders, _PLACE: [str(n) for n in range(len(orders))]}
        placed = firms.join(table_beside(firms, places), on=_ORDER, how="inner")
        first = placed.group_by(_FIRM).agg(nw.col(_PLACE).cast(nw.Int64).min().alias(_PLACE))
        new = dict(collect(first.group_by(_PLACE).agg(nw.len().alias("n")), [_PLACE, "n"]).rows())
    counts = {(one, other): n for one, other, n in pairs.rows()}
    return Shared([name for name in orders if (name, name) in counts], counts, {
        name: new.get(place, 0) for place, name in enumerate(orders)})  # fmt: skip
