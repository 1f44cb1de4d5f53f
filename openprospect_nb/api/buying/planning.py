"""What a user asks for, turned into a `Purchase`; pure, and everything that is wrong with it is found here."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from math import isclose, isfinite
from numbers import Integral
from typing import Any, Final

from openprospect_nb.api.facts import ProfileFacts
from openprospect_nb.bounds import Problems, company_problems, option_problems, quantity_problems, refuse, text
from openprospect_nb.contract import MAX_PROFILE_NAME, MAX_TITLE
from openprospect_nb.errors import ConfigurationError, FieldProblem, ValidationError
from openprospect_nb.icp import ICP
from openprospect_nb.journal import Purchase, PurchaseKind
from openprospect_nb.journal.purchase import STANDARD_FEATURES
from openprospect_nb.models import OrderState
from openprospect_nb.settings import AMOUNT, amount_of
from openprospect_nb.transport.idempotency import check_key, derive_key, mint_key

OPTIONS: Final = (
    *("profile_name", "briefing_quantity", "title", "features", "priority", "blacklist_ids", "contact_roles"),
    *("output_language", "webhook_url"),
)
"""What an order can be asked for, by the names its verbs and its body have for it."""
# No body that this API documents is half as deep; a list within itself is endlessly so.
DEEPEST: Final = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderDefaults:
    """By which flow and price an order is planned if nothing else is said; a preview uses the same, so that both agree.

    Attributes:
        flow: "profile" (a profile is made first) or "inline" (one request); what a server was found to need counts.
        price_each: price of a briefing: ``price_per_briefing``, else the dearest that a delivered company cost in
            earlier orders, else None.
    """

    flow: str = "profile"
    price_each: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PurchaseTerms:
    """What surrounds any purchase: when, by which flow, under which key or name, at which price and budget.

    *counted* says that nothing is to be bought where the number of companies is not sent.
    """

    now: datetime
    flow: str
    key: str | None = None
    name: str | None = None
    price_each: float | None = None
    budget: float | None = None
    counted: bool = False


def discovery(icp: ICP | ProfileFacts | str, options: Mapping[str, Any], terms: PurchaseTerms) -> Purchase:
    """Return the purchase of a discovery order.

    Raises:
        ValidationError: something breaks a documented bound or the budget; lists all of it.
    """
    quantity = options.get("briefing_quantity")
    price = _price(terms.price_each, quantity)
    refuse(
        [
            *(icp.problems() if isinstance(icp, ICP) else []),
            *quantity_problems(quantity),
            *option_problems(options),
            *(uncounted(terms.budget) if terms.flow == "inline" else _budget_problems(terms.budget, price)),
        ],
        "the order",
    )
    return _purchase(PurchaseKind.DISCOVERY, icp, options, terms, quantity, price)


def enrichment(
    companies: Sequence[Mapping[str, Any]],
    profile: ICP | ProfileFacts | str | None,
    options: Mapping[str, Any],
    terms: PurchaseTerms,
) -> Purchase:
    """Return the purchase of an enrichment order.

    Raises:
        ValidationError: something breaks a documented bound or the budget; lists all of it.
    """
    price = _price(terms.price_each, len(companies))
    refuse(
        [
            *company_problems(companies),
            *(profile.problems() if isinstance(profile, ICP) else []),
            *_profile_name_problems(options, profile),
            *option_problems(options),
            *_budget_problems(terms.budget, price),
        ],
        "the order",
    )
    # Without a profile, and in the older flow always, the API requires a title and features (contract 4.3).
    made_up = {"title": f"Enrichment of {len(companies):,}", "features": STANDARD_FEATURES}
    needed = made_up if profile is None or terms.flow == "inline" else {}
    whole = {**needed, **options, "companies": list(companies)}
    return _purchase(PurchaseKind.ENRICHMENT, profile, whole, terms, len(companies), price)


def if_affordable(
    make: Callable[[PurchaseTerms], Purchase], terms: PurchaseTerms
) -> tuple[Purchase, ValidationError | None]:
    """Return the purchase that *make* makes and, where the budget alone speaks against it, why nothing is bought of it.

    What was placed before costs nothing more, whatever prices have become: it is given all the same.

    Raises:
        ValidationError: something else is wrong with it; lists all of it.
    """
    try:
        return make(terms), None
    except ValidationError as refused:
        if {problem.field for problem in refused.fields} != {"budget"} or amount_of(terms.budget) is None:
            raise
        return make(replace(terms, budget=None)), refused


def refusal_of(forgotten: Sequence[int]) -> ValidationError | None:
    """Return why a list is not bought from of which the rows of these numbers were forgotten here, if there are any."""
    if not forgotten:
        return None
    return ValidationError(
        "the order was not sent",
        fields=[
            FieldProblem(f"companies[{row}]", "was forgotten here, or names somebody who was") for row in forgotten
        ],
        next_step="Take these rows out: what is bought of them would be left out. client.journal.forget(…, undo=True)"
        " takes a forget back that was a mistake; another company of the same name is told by its web site and city.",
    )


def _profile_name_problems(options: Mapping[str, Any], profile: ICP | ProfileFacts | str | None) -> Problems:
    """Return what is wrong with the name of a profile that the server makes, or finds, by itself."""
    name = options.get("profile_name")
    if name is None:
        return []
    if profile is not None:
        return [FieldProblem("profile_name", "excludes profile=: a profile has its name already", name)]
    return text("profile_name", name, MAX_PROFILE_NAME, required=True)


def _purchase(
    kind: PurchaseKind,
    icp: ICP | ProfileFacts | str | None,
    options: Mapping[str, Any],
    terms: PurchaseTerms,
    quantity: int | None,
    price: float | None,
) -> Purchase:
    """Return the purchase of what has been checked, with its keys: minted here, once, and nowhere after."""
    profile, profile_id = (None, None) if icp is None else _profile_of(icp)
    parts = {**options, **(profile or {}), "profile_id": profile_id}
    problems = [*content_problems("", parts)]
    if terms.name is not None:
        problems += text("name", terms.name, MAX_TITLE, required=True)
    refuse(problems, "the order")
    key = check_key(terms.key) if terms.key is not None else mint_key()
    return Purchase(
        key=key,
        kind=kind,
        intended_at=terms.now,
        options=options,
        profile=profile,
        profile_id=profile_id,
        profile_key=derive_key(key, "profile") if profile is not None and profile_id is None else None,
        flow=terms.flow,
        name=terms.name,
        quantity=quantity,
        price=price,
        budget=amount_of(terms.budget),
        counted=terms.counted,
    )


def content_problems(field: str, value: Any, depth: int = 0) -> Problems:
    """Return what in *value* no JSON request can carry: halves of characters, NaN, bytes, dates, a list within itself.

    The bounds name the fields that the API documents; this is for all the others.
    """
    if isinstance(value, str):
        return text(field, value, len(value))
    if isinstance(value, Mapping) and depth < DEEPEST:
        inner = [(f"{field}.{name}" if field else str(name), part) for name, part in value.items()]
    elif isinstance(value, list | tuple) and depth < DEEPEST:
        inner = [(f"{field}[{number}]", part) for number, part in enumerate(value)]
    elif value is None or isinstance(value, bool | int) or (isinstance(value, float) and isfinite(value)):
        return []
    else:
        kind = f"{value}" if isinstance(value, float) else type(value).__name__
        return [FieldProblem(field, f"cannot be sent: {kind} is no JSON value", value)]
    return [problem for name, part in inner for problem in content_problems(name, part, depth + 1)]


def order_options(given: Mapping[str, Any]) -> dict[str, Any]:
    """Return the order options in *given*: sequences as lists, whole numbers of any library as Python's own."""
    return {name: _as_json(given[name]) for name in OPTIONS if given.get(name) is not None}


def _as_json(value: Any) -> Any:
    if isinstance(value, bool | str):
        return value
    if isinstance(value, Integral):
        return int(value)
    return list(value) if isinstance(value, Sequence) else value


def state_of(purchase: Purchase, order_id: str) -> OrderState:
    """Return what is known of an order just placed, without asking the server again."""
    return OrderState(
        order_id=order_id,
        status=purchase.status or "RECEIVED",
        order_type=str(purchase.kind),
        title=purchase.options.get("title"),
        briefing_quantity=purchase.options.get("briefing_quantity"),
        profile_id=purchase.profile_id,
        estimated_cost=purchase.cost,
    )


def _profile_of(icp: ICP | ProfileFacts | str) -> tuple[Mapping[str, Any] | None, str | None]:
    if isinstance(icp, ICP):
        return icp.body(), None
    if isinstance(icp, ProfileFacts) and icp.profile_id is not None:
        return (icp.icp.body() if icp.icp is not None else None), icp.profile_id
    if isinstance(icp, ProfileFacts):
        raise ConfigurationError(f"the profile is {icp.status}, not ready.", next_step="Call profile.wait() first.")
    if isinstance(icp, str) and icp.strip():
        return None, icp
    raise ConfigurationError(
        f"cannot order from a {type(icp).__name__}.", next_step="Pass an op.ICP, a profile, or a profile_id."
    )


def _price(each: float | None, quantity: Any) -> float | None:
    """Return what *quantity* briefings cost; None where that is not known."""
    return None if each is None or quantity_problems(quantity) else amount_of(each * float(quantity))


def uncounted(budget: Any) -> Problems:
    """Return why no budget is kept where the server alone decides how many companies come: in the older flow."""
    if budget is None:
        return []
    message = "cannot be kept: the older flow (inline) states no number of companies, so that the price is unknown"
    return [FieldProblem("budget", message, budget)]


def refuse_uncounted(flow: str) -> None:
    """Refuse a pilot in the older flow, where the server alone decides how many companies an order brings.

    Raises:
        ConfigurationError: *flow* is that one.
    """
    if flow == "inline":
        raise ConfigurationError(
            "the older flow (inline) sends no number of companies, so that the first order would be the whole.",
            next_step="Order once with client.orders.discover(), or try a narrower profile.",
        )


def _budget_problems(budget: Any, price: float | None) -> Problems:
    """Return why an order of *price* may not be placed under *budget*; a limit that is no number is no limit at all."""
    if budget is None:
        return []
    limit = amount_of(budget)
    if limit is None:
        return [FieldProblem("budget", f"must be {AMOUNT}, not {budget!r}", budget)]
    if price is None:
        message = (
            "cannot be kept: the price is unknown, here and from earlier orders (of those that were read, none brought"
            " companies at a stated cost, or their currencies differ); set price_per_briefing= on the client"
        )
        return [FieldProblem("budget", message, budget)]
    # A price is a product of floats: the last of sixteen digits must not refuse an order that costs the limit.
    if price > limit and not isclose(price, limit):
        return [FieldProblem("budget", f"the order would cost {price:,.2f}, which is above {limit:,.2f}", budget)]
    return []
