"""What a body says besides lists: one record, wrapped or not; how many a write took; or nothing, which is no failure.

A write that succeeded may come without a body (204, or an empty 200 to 202), and counts have no documented names. Read
is what can mean one thing only; everything else is unknown (None), never a guess and never 0.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from typing import Any, Final
from urllib.parse import unquote, urlsplit

from openprospect_nb.errors import ContractError
from openprospect_nb.frames.pages import plain_name
from openprospect_nb.models import Added, integer, text
from openprospect_nb.transport import Response
from openprospect_nb.transport.responses import excerpt, parse_json, plain_text

MAY_BE_DONE: Final = "The change may have been made all the same: look before you make it again."
WRAPPERS: Final = ("data", "result", "item", "record", "response", "payload")
# What stands around a wrapped record in bodies that have such wrappers, and is no part of it.
AROUND: Final = frozenset({"success", "ok", "status", "message", "meta", "code", "requestid", "timestamp", "links"})

ADDED: Final = ("added", "created", "inserted", "imported", "new")
REMOVED: Final = ("removed", "deleted")
SKIPPED: Final = ("skipped", "duplicates", "ignored", "unchanged")
FAILED: Final = ("failed", "rejected", "invalid", "errors")
# "added" is also called added_count, entries_added, …; "count" or "total" alone could be the whole list, and is not.
SPELLINGS: Final = ("{}", "{}_count", "count_{}", "{}_entries", "entries_{}", "num_{}", "total_{}", "n_{}")
LISTS: Final = ("entries", "items", "data", "results", "blacklist_entries")

IsOurs = Callable[[Any], bool]


def said(response: Response) -> Any:
    """Return the parsed body of a write that succeeded; None if it has none, or says null.

    Raises:
        ContractError: there is a body and it is no JSON, such as the page of a proxy; or it says that nothing was done.
    """
    parsed = parse_json(response.body)
    if parsed is None and response.body.strip() not in {b"", b"null"}:
        kind = plain_text(response.headers.get("content-type", "no content type"), 100)
        raise _unclear(response, f"the body is no JSON ({kind}), so this was not the API's own word.", "NOT_JSON")
    _refuse_refusal(response, parsed)
    return parsed


def _refuse_refusal(response: Response, parsed: Any) -> None:
    """Refuse a body that says, under a status of success, that it is none."""
    if isinstance(parsed, dict) and any(parsed.get(name) is False for name in ("success", "ok")):
        words = plain_text(parsed.get("message") or parsed.get("error") or parsed, 300)
        raise _unclear(response, f"the body says that it was not done: {words}.", "NOT_DONE")


def _unclear(response: Response, message: str, code: str) -> ContractError:
    return ContractError(message, status=response.status, code=code, request=response.request, next_step=MAY_BE_DONE)


def record(response: Response, *nouns: str) -> dict[str, Any]:
    """Return the one object of a body: the body itself, or what it wraps under ``data`` and the like or a noun.

    Raises:
        ContractError: the body is no JSON object, or says that it is a refusal.
    """
    whole = response.mapping()
    _refuse_refusal(response, whole)
    return wrapped(whole, *nouns) or whole


def wrapped(whole: Mapping[str, Any], *nouns: str) -> dict[str, Any] | None:
    """Return the object that *whole* wraps, or None if *whole* has fields of its own beside it."""
    names = {plain_name(name) for name in (*WRAPPERS, *nouns)}
    inner = [name for name, value in whole.items() if plain_name(name) in names and isinstance(value, dict)]
    rest = {plain_name(name) for name in whole if name not in inner}
    return dict(whole[inner[0]]) if len(inner) == 1 and rest <= AROUND else None


def document(response: Response, list_name: str, *nouns: str) -> dict[str, Any]:
    """Return the one object of a body of free form; a bare array becomes an object that has it under *list_name*.

    Raises:
        ContractError: the body is neither a JSON object nor an array.
    """
    parsed = parse_json(response.body)
    return {list_name: parsed} if isinstance(parsed, list) else record(response, *nouns)


def keyed(response: Response, id_name: str, noun: str) -> dict[str, Any]:
    """Return the one object of a body with its id as *id_name*, also where it is called ``id``.

    Raises:
        ContractError: the body is no JSON object.
    """
    return under_own_name(record(response, noun), id_name)


def under_own_name(row: dict[str, Any], id_name: str) -> dict[str, Any]:
    """Return an object whose id is called ``id`` with the id under its own name."""
    return row if id_name in row or "id" not in row else {**row, id_name: row["id"]}


def made(response: Response, path: str, id_name: str, noun: str, status: str) -> dict[str, Any]:
    """Return what a POST made; without a body, the id that its ``Location`` header names, in the *status* of new ones.

    An id is all it takes to have bought, so it is looked for in every shape that can mean one record only.

    Raises:
        ContractError: it names none; the text shows how the response begins, so that what was bought is not lost.
    """
    identity = id_in_location(response, path)
    if not response.body.strip() and identity is not None:
        return {id_name: identity, "status": status}
    parsed = parse_json(response.body, mends=True)
    whole = parsed if isinstance(parsed, dict) else _alone(parsed)
    if whole is None:
        whole = response.mapping(quotes=True)
    _refuse_refusal(response, whole)
    names = {plain_name(name) for name in (*LISTS, *WRAPPERS, f"{noun}s")}
    lists = [value for name, value in whole.items() if plain_name(name) in names and isinstance(value, list)]
    for candidate in (wrapped(whole, noun), whole, _alone(lists[0]) if len(lists) == 1 else None):
        row = candidate or {}
        spelled = next((name for name in row if plain_name(name) == plain_name(id_name)), None)
        row = under_own_name(row, id_name) if spelled is None else {**row, id_name: row[spelled]}
        if (text(row.get(id_name)) or "").strip():
            return row
    begins = excerpt(response.body)
    raise ContractError(f"the response has no {id_name!r}; it {begins}.", status=response.status, code="FIELD_MISSING")


def _alone(parsed: Any) -> dict[str, Any] | None:
    return parsed[0] if isinstance(parsed, list) and len(parsed) == 1 and isinstance(parsed[0], dict) else None


def identified(body: Any, *id_names: str) -> dict[str, Any] | None:
    """Return the record of a write's body with its id as ``id``, or None if it names none."""
    if not isinstance(body, dict):
        return None
    nouns = [name.removesuffix("_id") for name in id_names]
    for candidate in (body, wrapped(body, *nouns)):
        identity = next((candidate[name] for name in ("id", *id_names) if candidate and candidate.get(name)), None)
        if candidate and isinstance(identity, str | int):
            return {**{name: value for name, value in candidate.items() if name not in id_names}, "id": str(identity)}
    return None


def id_in_location(response: Response, path: str) -> str | None:
    """Return the id that a ``Location`` header names below *path*, or None."""
    try:
        place = urlsplit(response.headers.get("location", "")).path
    except ValueError:
        return None
    _, below, identity = place.rstrip("/").rpartition(f"{path}/")
    return unquote(identity) if below and identity and "/" not in identity else None


def added_in(body: Any, entries: Sequence[Mapping[str, Any]]) -> Added:
    """Return what a body says of *entries* that were sent to be added."""
    names = {_name(entry.get("company_name")) for entry in entries}

    def is_ours(row: Any) -> bool:
        if not isinstance(row, dict):
            return isinstance(row, str)
        # A row that carries a status of its own may have failed.
        is_plain = not {plain_name(name) for name in row} & {"error", "errors", "status", "code"}
        return is_plain and (_name(row["company_name"]) in names if "company_name" in row else "id" in row)

    most = len(entries)
    added = _count(body, ADDED, most, is_ours, LISTS)
    skipped, failed = (_count(body, names, most, lambda _: True) for names in (SKIPPED, FAILED))
    if sum(count or 0 for count in (added, skipped, failed)) > most:
        return Added(added=None, skipped=None, failed=failed)
    if added == most:
        return Added(added=added, skipped=0, failed=0)
    return Added(added=added, skipped=skipped, failed=failed)


def removed_in(body: Any, entry_ids: Collection[str]) -> int | None:
    """Return how many of the entries that were to be removed a body says were removed, or None."""
    ids = set(entry_ids)

    def is_ours(row: Any) -> bool:
        return str(row.get("id") if isinstance(row, dict) else row) in ids

    return _count(body, REMOVED, len(ids), is_ours, LISTS)


def together(parts: Sequence[Added]) -> Added:
    """Return the counts of several requests in one; a count that is unknown of one is unknown of all."""
    return Added(
        added=_sum([part.added for part in parts]),
        skipped=_sum([part.skipped for part in parts]),
        failed=_sum([part.failed for part in parts]),
    )


def _sum(counts: Sequence[int | None]) -> int | None:
    stated = [count for count in counts if count is not None]
    return sum(stated) if len(stated) == len(counts) else None


def _count(body: Any, names: Sequence[str], most: int, is_ours: IsOurs, lists: Sequence[str] = ()) -> int | None:
    """Return the first amount a body states under *names*, else the length of a list of rows of ours, else None."""
    if not isinstance(body, dict):
        return _amount(body, most, is_ours) if lists and body != [] else None
    spellings = [plain_name(spelling.format(name)) for name in names for spelling in SPELLINGS]
    for place in _places(body):
        # An empty list may be anything, such as the errors or what is left.
        rows = [place[name] for name in map(plain_name, lists) if place.get(name) and isinstance(place[name], list)]
        stated = [place[name] for name in spellings if name in place]
        amounts = (_amount(value, most, is_ours) for value in (*stated, *rows))
        if (amount := next((a for a in amounts if a is not None), None)) is not None:
            return amount
    return None


def _places(body: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield the body and the objects in it, names made plain."""
    for place in (body, *(value for value in body.values() if isinstance(value, dict))):
        yield {plain_name(name): value for name, value in place.items()}


def _amount(value: Any, most: int, is_ours: IsOurs) -> int | None:
    """Return a number of at most *most*, written or as a list of rows of ours; anything else counts nothing."""
    if isinstance(value, list):
        return len(value) if len(value) <= most and all(map(is_ours, value)) else None
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 10:
        value = int(value)
    number = integer(value)
    return number if number is not None and 0 <= number <= most else None


def _name(value: Any) -> str:
    return " ".join(str(value or "").casefold().split())
