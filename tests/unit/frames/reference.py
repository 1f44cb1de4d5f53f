"""The slow, obviously right decoder: one field after the other with `json.loads`, no Polars, no msgspec, no bulk.

It is given records as field → raw JSON text (prospects as a list of such records) and returns what the frames,
rejects and drift must hold. It shares no code with the package, only the names of the rules.
"""

import json
import math
import re
from collections import Counter
from datetime import UTC, datetime
from fractions import Fraction

TEXT, NUMBER, INTEGER, TIME, TEXTS, LINKS, FREE = (
    "text", "number", "integer", "time", "list of texts", "list of links", "object",
)  # fmt: skip
COMPANY = {
    "id": TEXT, "name": TEXT, "website_url": TEXT, "normalized_url": TEXT, "business_type": TEXT, "city": TEXT,
    "country": TEXT, "description": TEXT, "employee_count": INTEGER, "phone_numbers": TEXTS,
    "social_media_links": LINKS, "match_score": NUMBER, "match_reasons": TEXTS, "match_reasoning": TEXT,
    "web_technologies": TEXTS, "web_technologies_analyzed_at": TIME, "source_id": TEXT, "delivered_at": TIME,
    "legal_registration_info": FREE,
}  # fmt: skip
PROSPECT = {
    "company_id": TEXT, "id": TEXT, "first_name": TEXT, "last_name": TEXT, "job_title": TEXT, "email": TEXT,
    "phone_number": TEXT, "linkedin_url": TEXT, "qualification_score": NUMBER, "qualification_reason": TEXT,
    "email_type": TEXT, "validation_confidence": NUMBER, "bounce_risk_score": NUMBER,
}  # fmt: skip
RANGES = {
    "employee_count": (0, math.inf, "at least 0"),
    "match_score": (0, 10, "0 to 10"),
    "qualification_score": (0, 10, "0 to 10"),
    "validation_confidence": (0, 100, "0 to 100"),
    "bounce_risk_score": (0, 100, "0 to 100"),
}
PROMISED = {"company": ("id", "name"), "prospect": ("company_id", "id", "first_name")}


class Numeral(str):
    """A JSON number as it was written."""

    __slots__ = ()


class Reference:
    """Collects what must come out: ``companies``, ``prospects`` (dicts), ``rejects`` and ``drift`` (counters)."""

    def __init__(self, records):
        """Decode *records*, then apply the declared rules."""
        self.rejects, self.drift = Counter(), Counter()
        self.companies, self.prospects = [], []
        for record in records:
            self.company(record)
        self.drift = +self.drift
        self.companies = self.ruled("company", self.companies, ("id",))
        self.prospects = self.ruled("prospect", self.prospects, ("company_id", "id"))

    def company(self, record):
        """Decode one company and the prospects in it."""
        record = dict(record)
        children = record.pop("prospects", None)
        if "website_url" not in record and "website" in record:
            record["website_url"] = record.pop("website")
        row = self.row("company", COMPANY, record)
        self.companies.append(row)
        if children is None:
            self.drift["company", "prospects", "missing"] += 1
            return
        for child in children:
            self.prospect(child, row["id"])

    def prospect(self, record, parent):
        """Decode one prospect; it belongs to the company it is nested in."""
        row = self.row("prospect", PROSPECT, record)
        if parent is not None:
            if row["company_id"] not in (None, parent):
                self.reject("prospect", row, "company_id", "the company it is nested in")
            row["company_id"] = parent
        self.prospects.append(row)

    def row(self, kind, fields, record):
        """Return the record as a row, naming what is odd."""
        row = {"id": None, "extra": None}
        id_text = json.loads(record.get("id", "null"), parse_int=Numeral, parse_float=Numeral)
        if isinstance(id_text, str | bool):
            row["id"] = clean(id_text) if isinstance(id_text, str) else record["id"]
        for name, wire in fields.items():
            if name in record:
                row[name] = self.value(kind, row, name, wire, record[name])
            else:
                row[name] = None
                self.drift[kind, name, "missing"] += 1
        unknown = {name: raw for name, raw in record.items() if name not in fields}
        for name in unknown:
            self.drift[kind, name, "new"] += 1
        if unknown:
            row["extra"] = (
                "{" + ",".join(f"{json.dumps(n, ensure_ascii=False)}:{raw}" for n, raw in sorted(unknown.items())) + "}"
            )
        return row

    def value(self, kind, row, name, wire, raw):
        """Return one value as its declared type, or None and the rule it broke."""
        value = json.loads(raw, parse_int=Numeral, parse_float=Numeral)
        if value is None:
            return None
        if wire == FREE:
            self.drift[kind, name, "retyped"] += not isinstance(value, dict)
            return raw
        if wire in (TEXTS, LINKS):
            return self.listed(kind, row, name, wire, value, raw)
        if isinstance(value, str) and not isinstance(value, Numeral):
            return self.from_text(kind, row, name, wire, value)
        if isinstance(value, Numeral) and wire in (NUMBER, INTEGER):
            return self.number(kind, row, name, wire, value)
        return self.retyped(kind, row, name, wire, raw)

    def retyped(self, kind, row, name, wire, raw):
        """Return a number or Boolean as text where a text is declared; name anything else."""
        self.drift[kind, name, "retyped"] += 1
        if wire == TEXT and raw[0] not in "{[":
            return raw
        self.reject(kind, row, name, wire)
        return None

    def from_text(self, kind, row, name, wire, value):
        """Return a JSON string as the declared type."""
        if wire in (TEXT, TIME):
            if clean(value) != value:
                self.reject(kind, row, name, "unicode")
            return clean(value) if wire == TEXT else self.time(kind, row, name, clean(value))
        self.drift[kind, name, "retyped"] += 1
        if re.fullmatch(r"-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?", value.strip()):
            return self.number(kind, row, name, wire, value.strip())
        self.reject(kind, row, name, wire)
        return None

    def number(self, kind, row, name, wire, digits):
        """Return a number written as *digits*, exactly for integers."""
        if wire == NUMBER:
            if math.isfinite(float(digits)):
                return float(digits)
        elif abs(float(digits)) < 1e30:
            exact = Fraction(digits)
            if exact.denominator == 1 and -(2**63) <= exact < 2**63:
                return int(exact)
        self.reject(kind, row, name, wire)
        return None

    def time(self, kind, row, name, text):
        """Return an instant; a naive one is read as UTC and named."""
        written = text.strip().upper().replace(" ", "T", 1).replace(",", ".")
        written = re.sub(r"(\.\d{6})\d+", r"\1", written)
        if not re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d(:?\d\d)?)?", written, re.ASCII):
            self.reject(kind, row, name, "time")
            return None
        try:
            moment = datetime.fromisoformat(re.sub(r"\.(\d+)", lambda m: "." + m[1].ljust(6, "0"), written))
            if moment.tzinfo is None:
                self.reject(kind, row, name, "offset stated")
                return moment.replace(tzinfo=UTC)
            return moment.astimezone(UTC)
        except (ValueError, OverflowError):
            self.reject(kind, row, name, "time")
            return None

    def listed(self, kind, row, name, wire, value, raw):
        """Return a list of texts or links; what cannot be one is left out and named."""
        if isinstance(value, list):
            read = self.element if wire == TEXTS else self.link
            return [item for item in (read(kind, row, name, element) for element in value) if item is not None]
        self.drift[kind, name, "retyped"] += 1
        if wire == LINKS or isinstance(value, dict):
            self.reject(kind, row, name, wire)
            return None
        if isinstance(value, str) and not isinstance(value, Numeral):
            if clean(value) != value:
                self.reject(kind, row, name, "unicode")
            return [clean(value)]
        self.drift[kind, name, "retyped"] += 1
        return [raw]

    def element(self, kind, row, name, value):
        """Return one element of a list of texts."""
        if value is None or isinstance(value, dict | list):
            self.reject(kind, row, name, "text in the list")
            return None
        if isinstance(value, str) and not isinstance(value, Numeral):
            if clean(value) != value:
                self.reject(kind, row, name, "unicode")
            return clean(value)
        self.drift[kind, f"{name}.[]", "retyped"] += 1
        return str(value) if isinstance(value, Numeral) else json.dumps(value)

    def link(self, kind, row, name, value):
        """Return one social media link."""
        if not isinstance(value, dict):
            self.reject(kind, row, name, "link in the list")
            return None
        link = {}
        for member in ("platform", "url"):
            if member not in value:
                self.drift[kind, f"{name}.{member}", "missing"] += 1
            inner = value.get(member)
            raw = str(inner) if isinstance(inner, Numeral) else json.dumps(inner)
            link[member] = self.value(kind, row, name, TEXT, raw)
        for member in value.keys() - link.keys():
            self.drift[kind, f"{name}.{member}", "new"] += 1
            self.reject(kind, row, name, "known member")
        return link

    def ruled(self, kind, rows, key):
        """Return the rows that stay; ranges blank a value, a key keeps its first row."""
        kept, seen = [], set()
        for row in rows:
            for name in PROMISED[kind]:
                if row[name] in (None, ""):
                    self.reject(kind, row, name, "non-null")
            for name, (low, high, rule) in RANGES.items():
                if row.get(name) is not None and not low <= row[name] <= high:
                    self.reject(kind, row, name, rule)
                    row[name] = None
            identity = tuple(row[name] for name in key)
            if row["id"] is not None and identity in seen:
                self.reject(kind, row, "id", "duplicate")
                continue
            seen.add(identity)
            kept.append(row)
        return kept

    def reject(self, kind, row, name, rule):
        """Count one broken rule."""
        self.rejects[kind, row["id"], name, rule] += 1


def clean(text):
    """Return *text* with U+FFFD in the place of lone surrogates."""
    return re.sub("[\ud800-\udfff]", "\ufffd", text)
