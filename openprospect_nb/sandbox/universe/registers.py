"""Register entries outside reality: numbers no register has issued, courts marked as sandbox."""

from __future__ import annotations

from typing import Any

from openprospect_nb.sandbox.universe.chance import Chance
from openprospect_nb.sandbox.universe.company import Company

__all__ = ["register_entry"]

# register -> (number pattern, name of the register); # stands for a digit
_PATTERNS = {
    "HRB": ("HRB 9#####", "Amtsgericht {city} (sandbox)"),
    "HRA": ("HRA 9#####", "Amtsgericht {city} (sandbox)"),
    "FN": ("FN 9#####zz", "Firmenbuchgericht {city} (sandbox)"),
    "CHE": ("CHE-000.###.###", "Handelsregister {city} (sandbox)"),
    "CRN": ("ZZ######", "Companies House (sandbox)"),
    "CRO": ("ZZ######", "Companies Registration Office (sandbox)"),
    "RCS": ("ZZ ### ### ###", "RCS {city} (sandbox)"),
    "KVK": ("ZZ######", "Kamer van Koophandel (sandbox)"),
}


def register_entry(chance: Chance, company: Company) -> dict[str, Any]:
    """Return ``legal_registration_info``; its ``sandbox`` is always true, the number sometimes unknown."""
    pattern, court = _PATTERNS.get(company.form.register, ("ZZ########", "Register {city} (sandbox)"))
    known = chance.uniform("register known", company.number) < 0.8 + 0.03 * len(str(company.employees))
    return {
        "sandbox": True,
        "legal_form": company.form.short,
        "register": company.form.register,
        "court": court.format(city=company.city.name),
        "registration_number": _digits(chance, company, pattern) if known else None,
        "founded_year": company.founded,
        "nace_code": company.subtype.nace,
    }


def _digits(chance: Chance, company: Company, pattern: str) -> str:
    digits = f"{chance.below(10**10, 'register number', company.number):010d}"
    for digit in digits[: pattern.count("#")]:
        pattern = pattern.replace("#", digit, 1)
    return pattern
