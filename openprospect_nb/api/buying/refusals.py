"""What a refusal asks for: whether an older server wants a profile's description beside its id (contract 1.3, rule 5).

An order of the newer flow carries a profile's id and none of the description's fields. An older server answers that
the ICP, the seller's offering or the countries are missing: in the API's own list of fields, in its framework's
``loc``, as field → message, or in words. All of these are read; words only where field and "missing" stand together.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from openprospect_nb.errors import OpenProspectError, ValidationError
from openprospect_nb.frames.pages import plain_name
from openprospect_nb.transport.responses import parse_json

# Only these two prove that the body was looked at and nothing was bought.
OF_THE_BODY: Final = frozenset({400, 422})
FIELDS: Final = frozenset({"idealcustomerprofile", "icp", "selleroffering", "targetcountries"})
# Where the broken field is named, and where it is said in words what is wrong with it.
PLACES: Final = ("field", "loc", "path", "param", "parameter", "name", "property", "pointer", "source", "key")
WORDS: Final = ("error", "message", "msg", "reason", "detail", "details", "title", "description", "code", "type")
# What repeats the request, or shows what the server has, is no complaint; a source was read with its words.
ECHOES: Final = frozenset({"input", "provided", "value", "given", "received", "ctx", "order", "profile", "source"})
# Parts of a field's path that only say: in the body of the order.
BODY_PARTS: Final = frozenset({"", "body", "order", "request", "data", "attributes", "discovery", "enrichment"})

NAMED: Final = re.compile(
    r"ideal[\s_-]*customer[\s_-]*profile|(?<![a-z0-9])icp(?![a-z0-9])|seller[\s_-]*offering"
    r"|target[\s_-]*countr(?:y|ies)",
    re.IGNORECASE,
)
_EMPTY: Final = r"be\s+(?:empty|blank|null|none|missing|omitted)"
MISSING: Final = re.compile(
    r"missing|required|mandatory|must\s+(?:contain|have|include|provide|specify|be\s+(?:provided|given|set|specified"
    r"|present|non-?empty))|\bneeds?\b|not\s+(?:been\s+)?(?:provided|given|set|specified|present)|at\s+least\s+(?:one|1)\b"
    rf"|(?:must|may|can|should)\s*not\s+{_EMPTY}|(?:is|are)\s+empty|non-?empty|please\s+provide",
    re.IGNORECASE,
)
UNWANTED: Final = re.compile(
    rf"(?:must|may|can|should)\s*not\s+(?!{_EMPTY})|not\s+(?:be\s+)?(?:allowed|permitted|accepted|supported|required|needed)"
    r"|forbidden|\bextra\b|unexpected|unknown|unrecogni[sz]ed|exclusive|deprecated|no\s+longer|optional|duplicate",
    re.IGNORECASE,
)


def wants_description(error: OpenProspectError) -> bool:
    """Whether *error* is a server's refusal that names a field of the description as missing."""
    if error.status not in OF_THE_BODY:
        return False
    # The body itself, not our message: that one puts places and words together.
    body = parse_json(str(error.details.get("raw_body", "")).encode())
    fields = error.fields if isinstance(error, ValidationError) else ()
    named = [(problem.field, problem.message) for problem in fields]
    return any(_asks(place, words) for place, words in (*named, *_complaints(body)))


def _asks(place: str, words: str) -> bool:
    if _is_description_field(place):
        return UNWANTED.search(words) is None
    parts = _parts(place)
    if parts[0] == "body" and parts[-1] in FIELDS and "companies" not in parts:
        # The framework names the model, or the tag, that the body was held against.
        return MISSING.search(words) is not None and UNWANTED.search(words) is None
    clauses = re.split(r"[;\n]|\.(?:\s|$)", words)
    return any(NAMED.search(c) and MISSING.search(c) and not UNWANTED.search(c) for c in clauses)


def _is_description_field(place: str) -> bool:
    *before, last = _parts(place)
    return last in FIELDS and all(part in BODY_PARTS for part in before)


def _parts(place: str) -> list[str]:
    return [plain_name(part) for part in re.split(r"[./\[\]#]+", place)]


def _complaints(node: Any, depth: int = 0) -> Iterator[tuple[str, str]]:
    """Yield each complaint of a body as (place, words); the place is empty where only words are there."""
    if isinstance(node, Mapping) and depth < 8:
        yield from _of_object(node)
        for name, value in node.items():
            if plain_name(name) not in ECHOES:
                yield from _complaints(value, depth + 1)
    elif isinstance(node, list) and depth < 8:
        for value in node:
            yield from [("", value)] if isinstance(value, str) else _complaints(value, depth + 1)


def _of_object(node: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    words = "; ".join(value for name in WORDS if isinstance(value := node.get(name), str))
    place = next((_path(node[name]) for name in PLACES if name in node), "")
    yield place, words
    for name, value in node.items():
        said = [text for text in (value if isinstance(value, list) else [value]) if isinstance(text, str)]
        # Field → message; without a word of missing it may be an echo of the profile.
        if _is_description_field(name) and said and all(map(MISSING.search, said)):
            yield name, "; ".join(said)


def _path(place: Any) -> str:
    if isinstance(place, Mapping):
        return _path(place.get("pointer"))
    if isinstance(place, list):
        return ".".join(str(part) for part in place if isinstance(part, str | int))
    return place if isinstance(place, str) else ""
