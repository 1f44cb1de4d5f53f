"""`ICP`: the ideal customer profile a user writes, checks, saves and orders from."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from openprospect_nb.advice import Advice, advise, country_advice
from openprospect_nb.bounds import profile_problems, text
from openprospect_nb.contract import MAX_COUNTRY
from openprospect_nb.errors import ConfigurationError, FieldProblem, ValidationError
from openprospect_nb.markup.cards import Card, Faced

LISTS = frozenset({"target_countries", "target_cities", "target_industries", "excluded_industries", "contact_roles"})


@dataclass(frozen=True, slots=True, kw_only=True)
class ICP(Faced):
    """An ideal customer profile: whom to look for, and what is being sold to them.

    Attributes:
        profile_name: label, up to 500 characters.
        ideal_customer_profile: free text on the wanted companies, up to 5,000 characters.
        seller_offering: what the caller sells, up to 5,000 characters; it drives match scores.
        target_countries: at least one; ISO 3166-1 codes or names, sent as written, also those we do not know.
        seller_industry: up to 1,000 characters.
        target_cities: names of cities.
        target_industries: industries wanted, in words.
        excluded_industries: industries left out, in words.
        contact_roles: wanted contacts, such as "CEO".
        output_language: such as ``en`` or ``de``, up to 10 characters.

    Example:
        >>> icp = ICP(profile_name="Machine builders", ideal_customer_profile="Machine builders, 50 to 500 employees",
        ...           seller_offering="Scheduling software", target_countries=["DE"])
        >>> icp.problems()
        []
    """

    profile_name: str = ""
    ideal_customer_profile: str = ""
    seller_offering: str = ""
    target_countries: Sequence[str] = ()
    seller_industry: str | None = None
    target_cities: Sequence[str] = ()
    target_industries: Sequence[str] = ()
    excluded_industries: Sequence[str] = ()
    contact_roles: Sequence[str] = ()
    output_language: str | None = None

    def __post_init__(self) -> None:
        for name in LISTS:
            value = getattr(self, name)
            if isinstance(value, list | tuple | set | frozenset):
                object.__setattr__(self, name, tuple(sorted(value) if isinstance(value, set | frozenset) else value))

    def _card(self) -> Card:
        """Return the description as a card, with what would be refused and what the guide misses; asks nobody."""
        problems, advice = self.problems(), self.advice()
        named = self.profile_name or "without a name"
        refused = f"{len(problems)} of its fields would be refused" if problems else "ready to order with"
        texts = {name: ", ".join(map(str, value)) if name in LISTS else value for name, value in self.body().items()}
        return Card(
            kind="Ideal customer profile",
            answer=f"“{named}”: {refused}.",
            facts=[
                *((each.field.replace("_", " "), each.message) for each in problems),
                *((f"advice: {each.topic}", f"{each.missing} {each.suggestion}") for each in advice),
                *((name.replace("_", " "), text) for name, text in texts.items() if name != "profile_name"),
            ],
            calls=("client.orders.discover(icp, briefing_quantity=25)",) if not problems else ("icp.problems()",),
        )

    def problems(self) -> list[FieldProblem]:
        """Return everything the API would refuse, each with its field; an empty list means valid.

        Example:
            >>> [problem.field for problem in op.ICP(profile_name="n", target_countries=["DE", ""]).problems()][-1]
            'target_countries[1]'
        """
        return profile_problems(self.body())

    def advice(self) -> list[Advice]:
        """Return what the vendor's writing guide would miss (industry, size, geography, traits, fit, vague words).

        A target country that we do not know, and a region among the countries, are advice too, with topic
        ``countries``: no document closes the list. Advice is not a problem: the API takes the profile as it is.

        Example:
            >>> print(op.ICP(target_countries=["Germny"]).advice()[-1])
            countries: “Germny” is not a country we know; it is sent as written. Did you mean Germany or Guernsey?
        """
        listed = self.target_countries if isinstance(self.target_countries, tuple) else ()
        # What is a problem needs no advice, and half a character could not even be shown.
        countries = [country for country in listed if not text("", country, MAX_COUNTRY, required=True)]
        description = self.ideal_customer_profile if isinstance(self.ideal_customer_profile, str) else ""
        advice = advise(description, industries=self.target_industries, cities=self.target_cities, countries=countries)
        return [*advice, *country_advice(countries)]

    def body(self) -> dict[str, Any]:
        """Return the request body of a profile creation: the fields that are set, lists as lists."""
        values = {field.name: getattr(self, field.name) for field in fields(self)}
        listed = {name: list(value) if isinstance(value, tuple) else value for name, value in values.items()}
        return {name: value for name, value in listed.items() if value is not None and value != []}

    @property
    def hash(self) -> str:
        """A short fingerprint of the content: equal for equal profiles, whatever their name."""
        content = {name: value for name, value in self.body().items() if name != "profile_name"}
        return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()[:16]

    def save(self, path: str | Path) -> Path:
        """Write the profile as JSON and return the path.

        Raises:
            ConfigurationError: the file cannot be written.

        Example:
            >>> op.ICP.load(icp.save("icp.json")) == icp
            True
        """
        target = Path(path)
        try:
            # Half a character, which UTF-8 lacks, becomes its JSON escape: what was typed comes back.
            target.write_text(
                json.dumps(self.body(), indent=2, ensure_ascii=False) + "\n",
                encoding="utf-8",
                errors="backslashreplace",
            )
        except OSError as error:
            raise ConfigurationError(f"{target} cannot be written ({error.strerror}).") from error
        return target

    @classmethod
    def load(cls, path: str | Path) -> ICP:
        """Return the profile saved at *path*.

        Raises:
            ConfigurationError: no such file, or no JSON object in it.
            ValidationError: it has fields that no profile has.

        Example:
            >>> op.ICP.load(icp.save("icp.json")).profile_name
            'Hotels'
        """
        source = Path(path)
        try:
            content = json.loads(source.read_text(encoding="utf-8"))
        except OSError as error:
            raise ConfigurationError(f"{source} cannot be read ({error.strerror}).") from error
        except ValueError as error:
            raise ConfigurationError(
                f"{source} is not JSON ({error}).", next_step="Save it with icp.save()."
            ) from error
        if not isinstance(content, dict):
            raise ConfigurationError(f"{source} does not hold one JSON object.", next_step="Save it with icp.save().")
        return cls.from_mapping(content)

    @classmethod
    def from_mapping(cls, content: Mapping[str, Any]) -> ICP:
        """Return the profile that *content* describes.

        Raises:
            ValidationError: it has fields that no profile has.
        """
        names = {field.name for field in fields(cls)}
        strange = [FieldProblem(name, "is not a field of a profile") for name in content if name not in names]
        if strange:
            raise ValidationError("the profile cannot be read", fields=strange)
        return cls(**content)
