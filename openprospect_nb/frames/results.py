"""`Results`: what one or more orders delivered, as frames with fixed schemas, and where it came from."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

import polars as pl

from openprospect_nb.frames import store
from openprospect_nb.frames.admission import HELD, admit, has_to_pass, in_words
from openprospect_nb.frames.rules import Rules
from openprospect_nb.frames.schemas import COMPANIES, DRIFT, PROSPECTS, REJECTS, RESULT_PROSPECTS, RESULTS
from openprospect_nb.frames.store import joined, joined_drift, joined_provenance, still_standing, upserted
from openprospect_nb.markup.cards import Card, Faced
from openprospect_nb.privacy.homes import ledgers_for


@dataclass(frozen=True, slots=True, kw_only=True)
class Results(Faced):
    """Delivered companies and prospects, one row each.

    Attributes:
        companies: `schemas.COMPANIES`; first column ``order_id``; ``source`` is "sandbox" or "live".
        prospects: `schemas.PROSPECTS`; ``company_id`` refers to ``companies.id``.
        rejects: `schemas.REJECTS`; one row for each value that broke a declared rule.
        drift: `schemas.DRIFT`; fields that are new, missing or retyped.
        errors: order id → why its results could not be had.
        provenance: JSON-ready facts: ``orders`` (order objects as the server sent them), ``icp`` (the profile
            description, if known), ``icp_hash``, ``fetched_at`` (ISO 8601 UTC), ``source``, ``versions``, ``home``;
            ``held_back`` (persons, companies, texts) counts what was left out because it was forgotten;
            ``incomplete`` (order or search id → why rows may be missing) stands where something speaks for it.

    Example:
        >>> results.companies.columns[:3], results.provenance["source"]
        (['order_id', 'id', 'name'], 'sandbox')
    """

    companies: pl.DataFrame = field(default_factory=COMPANIES.to_frame)
    prospects: pl.DataFrame = field(default_factory=PROSPECTS.to_frame)
    rejects: pl.DataFrame = field(default_factory=REJECTS.to_frame)
    drift: pl.DataFrame = field(default_factory=DRIFT.to_frame)
    errors: Mapping[str, str] = field(default_factory=dict)
    provenance: Mapping[str, Any] = field(default_factory=dict)

    @property
    def incomplete(self) -> Mapping[str, str]:
        """Why rows may be missing, by order (or search) id; empty where nothing speaks for it.

        Example:
            >>> dict(results.incomplete)
            {}
        """
        return dict(self.provenance.get("incomplete") or {})

    def joined(self) -> pl.DataFrame:
        """Return the prospects, each beside its company: the columns of both, the company's named ``company_…``.

        One row a prospect, in order of delivery; a company without prospects has no row. Times are UTC.

        Example:
            >>> results.joined().select("order_id", "company_name", "company_match_score", "id").columns
            ['order_id', 'company_name', 'company_match_score', 'id']
        """
        both = set(self.companies.columns) & set(self.prospects.columns)
        keys = [name for name in ("order_id", "source") if name in both]
        names = {name: beside_a_prospect(name) for name in self.companies.columns if name not in keys}
        firms = self.companies.unique([*keys, "id"], keep="first", maintain_order=True).rename(names)
        return self.prospects.join(firms, on=[*keys, "company_id"], how="left", nulls_equal=True, maintain_order="left")

    @property
    def rules(self) -> Rules:
        """The declared rules as named Polars expressions, ``company.match_score.0 to 10`` and so on."""
        return Rules((RESULTS, RESULT_PROSPECTS))

    def write(self, path: str | Path) -> Path:
        """Write a folder of four Parquet files and ``provenance.json``, and return its path.

        The folder appears whole or not at all; one written before is replaced. Files are 0600 in a 0700 folder.
        Whoever was forgotten since these results were read is not written.

        Raises:
            ConfigurationError: the folder cannot be written, or holds files that are not results.
            JournalError: the key of the erasure ledger is lost.

        Example:
            >>> results.write("spring").name
            'spring'
        """
        left = admit(self, ledgers_for(Path(path), self.provenance.get("home")))
        frames = {name: getattr(left, name) for name in store.FRAMES}
        return store.write_folder(Path(path), frames, {"errors": left.errors, "provenance": left.provenance})

    @classmethod
    def read(cls, path: str | Path) -> Self:
        """Return the results a folder holds, without whoever was forgotten since it was written.

        They pass the erasure ledger of the home that the folder is in or was fetched with.

        Raises:
            ConfigurationError: there is no such folder, or it does not hold readable results.
            JournalError: the key of that ledger is lost.

        Example:
            >>> op.Results.read(results.write("spring")).companies.height == results.companies.height
            True
        """
        frames, facts = store.read_folder(Path(path))
        stored = cls(**frames, errors=facts["errors"], provenance=facts["provenance"])
        return admit(stored, ledgers_for(Path(path), stored.provenance.get("home")))

    @staticmethod
    def is_stored(path: str | Path) -> bool:
        """Whether `read` would find results at *path*; also true while they are being replaced."""
        return store.is_stored(Path(path))

    @staticmethod
    def scan(paths: str | Path | Iterable[str | Path]) -> store.Scan:
        """Return lazy frames over every results folder at or below *paths*, with order, ICP and provenance columns.

        Nothing is read until it is collected; ``collect(engine="streaming")`` keeps memory bounded by a batch. Of a
        client's home only the orders are read, not the synced deliveries: a company may be in both. A folder that has
        not passed the erasure ledger as it is now is read at once, and whoever was forgotten is left out of it.

        Raises:
            ConfigurationError: no results folder is found.

        Example:
            >>> results.write("spring").name
            'spring'
            >>> op.Results.scan("spring").companies.collect().height == results.companies.height
            True
        """
        return store.scan_folders([paths] if isinstance(paths, str | Path) else paths, _without_the_forgotten)

    @classmethod
    def concat(cls, parts: Sequence[Results]) -> Self:
        """Return several results as one; a company or prospect of one order that comes twice is kept once.

        Example:
            >>> op.Results.concat([results, results]).companies.height == results.companies.height
            True
        """
        return cls(
            companies=joined([part.companies for part in parts], COMPANIES, ("order_id", "id")),
            prospects=joined([part.prospects for part in parts], PROSPECTS, ("order_id", "company_id", "id")),
            rejects=joined([part.rejects for part in parts], REJECTS, ()),
            drift=joined_drift([part.drift for part in parts]),
            errors={name: why for part in parts for name, why in part.errors.items()},
            provenance=joined_provenance([part.provenance for part in parts]),
        )

    def upsert(self, newer: Results) -> Self:
        """Return these results with the companies of *newer* added, in the place of older rows and their prospects.

        Companies are matched by ``id`` alone, whatever order delivered them. Rejects of rows that were replaced go with
        them, as do those that *newer* has as well; drift, ``errors`` and ``provenance`` are joined.

        Example:
            >>> results.upsert(results).companies.height == results.companies.height
            True
        """
        standing = still_standing(self.rejects, self.prospects, newer.companies)
        # What both tell alike, such as of a page that was read again, is one finding.
        standing = standing.join(newer.rejects, on=REJECTS.names(), how="anti", nulls_equal=True, maintain_order="left")
        companies, prospects = upserted(self.companies, self.prospects, newer.companies, newer.prospects)
        return type(self)(
            companies=companies,
            prospects=prospects,
            rejects=joined([standing, newer.rejects], REJECTS, ()),
            drift=joined_drift([self.drift, newer.drift]),
            errors={**self.errors, **newer.errors},
            provenance=joined_provenance([self.provenance, newer.provenance]),
        )

    def __repr__(self) -> str:
        """Return the counts in one line, without any personal data."""
        failed = [f"{len(self.errors)} failed"] if self.errors else []
        failed += [f"INCOMPLETE: {why}" for why in self.incomplete.values()][:1]
        held = in_words(self.provenance.get(HELD) or {})
        counts = ", ".join([f"{count:,} {name}" for name, count in self._counts()] + failed)
        return f"Results({counts}{f'; {held}' if held else ''})"

    def _card(self) -> Card:
        """Return the counts, what failed and where it came from as a card; no personal data."""
        counted = ", ".join(f"{count:,} {name}" for name, count in self._counts() if name != "rejects")
        lost = [(f"failed: {order_id}", why) for order_id, why in self.errors.items()]
        lost += [(f"incomplete: {name}", why) for name, why in self.incomplete.items()]
        fetched = str(self.provenance.get("fetched_at") or "")[:16].replace("T", " ")
        return Card(
            kind="Results",
            answer=f"{counted}.",
            facts=[
                *lost,
                ("held back", in_words(self.provenance.get(HELD) or {})),
                ("rejects", f"{self.rejects.height:,} values that broke a rule" if self.rejects.height else None),
                ("source", self.provenance.get("source")),
                ("fetched", f"{fetched} UTC" if fetched else None),
                ("hash of the ICP", self.provenance.get("icp_hash")),
            ],
            calls=("op.score(results)", "op.send_list(results)", 'op.report(results, "report.html")'),
        )

    def _counts(self) -> list[tuple[str, int]]:
        orders = self.companies.get_column("order_id").n_unique() if "order_id" in self.companies.columns else 0
        return [
            ("companies", self.companies.height),
            ("prospects", self.prospects.height),
            ("rejects", self.rejects.height),
            ("order" if orders == 1 else "orders", orders),
        ]

    def _frames(self) -> dict[str, pl.DataFrame]:
        return {"companies": self.companies, "prospects": self.prospects, "rejects": self.rejects, "drift": self.drift}


def beside_a_prospect(name: str) -> str:
    """Return what a company's column *name* is called beside its prospects, such as ``company_name``."""
    return "company_website" if name == "website_url" else f"company_{name}"


def _without_the_forgotten(folder: Path) -> dict[str, pl.DataFrame] | None:
    """Return the frames of a folder in which somebody forgotten is still found, or None where it can be scanned."""
    provenance = store.read_provenance(folder)
    if not has_to_pass(provenance, ledgers_for(folder, provenance.get("home"))):
        return None
    results = Results.read(folder)
    before = (provenance.get(HELD) or {}, results.provenance.get(HELD) or {})
    return None if before[0] == before[1] else results._frames()  # noqa: SLF001 - of this class
