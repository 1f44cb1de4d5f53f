"""A list that is ordered again by the same call: its own order is no reason to leave its companies out."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, TypeAlias

from openprospect_nb.api._resource import Context, off_loop
from openprospect_nb.api.buying.purchasing import read_what_stands_in_the_way
from openprospect_nb.journal import Purchase

if TYPE_CHECKING:
    from openprospect_nb.files.company_list import CompanyList

Planned: TypeAlias = Callable[[Sequence[Mapping[str, Any]]], Purchase]


def as_ordered(companies: CompanyList, purchases: Sequence[Purchase]) -> CompanyList | None:
    """Return the list as it was when an order of it was placed, if one was: without that order and later ones.

    A cell that runs again names the companies of its own order: these are no reason to leave them out, or the second
    run would order something else than the first. Only for a call that comes back to that order, see `as_begun`.
    """
    known = companies.bought
    ids = [each.order_id or each.key for each in purchases]
    for place in reversed(range(len(purchases)) if known is not None else ()):
        sent = purchases[place].options.get("companies")
        if known is None or not sent or len(sent) > companies.table.height:
            continue
        then = replace(companies, bought=known.without(ids[place:]))
        if then.rows == list(sent):
            return then
    return None


async def as_begun(
    context: Context, companies: CompanyList, planned: Planned, *, again: bool, adopt: bool
) -> CompanyList:
    """Return the list as it was when the order was placed that this call comes back to; if there is none, as it is.

    Args:
        context: the client's parts.
        companies: the list, with what was bought before looked up.
        planned: makes the purchase of some of its rows.
        again: as for `journal.Journal.intend`.
        adopt: as there; where the caller gave a name or key, only that leads back to an order.

    Raises:
        UnsafeToRetry: an equal order is in the way, and could not be read.
    """
    journal = context.journal
    then = await off_loop(lambda: as_ordered(companies, journal.all())) if companies.skip_known else None
    if then is None:
        return companies
    wanted = planned(then.rows)
    if adopt and not again:
        # One that has ended by now is no longer come back to.
        await read_what_stands_in_the_way(context, wanted)
    is_back = await off_loop(lambda: journal.is_begun(wanted, again=again or not adopt, adopt=adopt))
    return then if is_back else companies
