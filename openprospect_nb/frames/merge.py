"""Join the frames of several results, and put newer rows in the place of older ones."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl

from openprospect_nb.frames.schemas import COMPANIES, DRIFT, PROSPECTS, REJECTS

__all__ = ["aligned", "joined", "joined_drift", "joined_provenance", "still_standing", "upserted"]


def aligned(frame: pl.DataFrame, schema: pl.Schema) -> pl.DataFrame:
    """Return *frame* with exactly the columns of *schema*: absent ones null, others in order, unknown ones dropped."""
    if frame.schema == schema:
        return frame
    present = frame.columns
    return frame.select(
        (pl.col(name) if name in present else pl.lit(None)).cast(dtype).alias(name) for name, dtype in schema.items()
    )


def joined(frames: Sequence[pl.DataFrame], schema: pl.Schema, key: Sequence[str]) -> pl.DataFrame:
    """Return *frames* below each other; of rows with the same *key* (all of it non-null) the first is kept."""
    if not frames:
        return schema.to_frame()
    stacked = pl.concat([aligned(frame, schema) for frame in frames])
    if len(frames) < 2 or not key:
        return stacked
    return stacked.filter(pl.struct(*key).is_first_distinct() | pl.any_horizontal(pl.col(key[-1]).is_null()))


def joined_drift(frames: Sequence[pl.DataFrame]) -> pl.DataFrame:
    """Return the drift of several results with the counts of the same deviation added up."""
    stacked = joined(frames, DRIFT, ())
    merged = stacked.group_by("record", "field", "kind", maintain_order=True)
    return merged.agg(pl.col("count").sum(), pl.col("example").first()).select(DRIFT.names())


def joined_provenance(parts: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Return one provenance: all orders; what all parts agree on; the latest fetch; and the parts themselves."""
    known = [part for part in parts if part]
    if len(known) <= 1:
        return dict(known[0]) if known else {}
    flat = [inner for part in known for inner in part.get("parts", [part])]
    orders = [order for part in flat for order in part.get("orders", [])]
    shared = {name: _agreed([part.get(name) for part in flat]) for name in ("icp", "icp_hash", "source", "versions")}
    # What the parts do not agree on (two homes, two states of a ledger) has to be looked at again.
    fetched = max((str(part["fetched_at"]) for part in flat if part.get("fetched_at")), default=None)
    known_of_all = {n: v for n in ("home", "passed_ledgers") if (v := _agreed([part.get(n) for part in flat]))}
    held = Counter[str]()
    for part in flat:
        held.update(part.get("held_back") or {})
    return {
        "orders": orders,
        **shared,
        "fetched_at": fetched,
        **known_of_all,
        **({"held_back": dict(held)} if held else {}),
        "parts": flat,
    }


def upserted(
    companies: pl.DataFrame, prospects: pl.DataFrame, new_companies: pl.DataFrame, new_prospects: pl.DataFrame
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return both frames with each company of *new_companies* in the place of the older row of that id.

    The prospects of a replaced company are replaced as a whole. Rows keep their order; new ones come last.
    """
    new_companies, new_prospects = aligned(new_companies, COMPANIES), aligned(new_prospects, PROSPECTS)
    old = aligned(companies, COMPANIES).join(new_companies, on="id", how="anti", maintain_order="left")
    kept = aligned(prospects, PROSPECTS).join(
        new_companies, left_on="company_id", right_on="id", how="anti", maintain_order="left"
    )
    return pl.concat([old, new_companies]), pl.concat([kept, new_prospects])


def still_standing(rejects: pl.DataFrame, prospects: pl.DataFrame, new_companies: pl.DataFrame) -> pl.DataFrame:
    """Return the *rejects* that do not speak of a company replaced by *new_companies* or of its *prospects*."""
    replaced = new_companies.get_column("id").drop_nulls().implode()
    people = prospects.filter(pl.col("company_id").is_in(replaced)).get_column("id").drop_nulls().implode()
    of_company = (pl.col("record") == "company") & pl.col("row_id").is_in(replaced)
    of_prospect = (pl.col("record") == "prospect") & pl.col("row_id").is_in(people)
    return aligned(rejects, REJECTS).filter(~(of_company | of_prospect).fill_null(value=False))


def _agreed(values: Sequence[Any]) -> Any:
    """Return the value all share, or None."""
    return values[0] if all(value == values[0] for value in values) else None
