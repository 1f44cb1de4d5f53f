"""Results on disk: a private folder of Parquet files that appears whole or not at all, lazy scans, and joining."""

from __future__ import annotations

import errno
import json
import os
import shutil
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import polars as pl

from openprospect_nb.errors import ConfigurationError
from openprospect_nb.frames.columns import UTC_TIME
from openprospect_nb.frames.schemas import COMPANIES, DRIFT, PROSPECTS, REJECTS
from openprospect_nb.processes import file_mark, is_left_behind, lock
from openprospect_nb.settings import make_private


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
    stated = [part for part in parts if part]
    if len(stated) <= 1:
        return dict(stated[0]) if stated else {}
    flat = [inner for part in stated for inner in part.get("parts", [part])]
    orders = [order for part in flat for order in part.get("orders", [])]
    shared = {name: _agreed([part.get(name) for part in flat]) for name in ("icp", "icp_hash", "source", "versions")}
    # What the parts do not agree on (two homes, two states of a ledger) has to be looked at again.
    fetched = max((str(part["fetched_at"]) for part in flat if part.get("fetched_at")), default=None)
    agreed = {n: v for n in ("home", "passed_ledgers") if (v := _agreed([part.get(n) for part in flat]))}
    incomplete = {name: why for part in flat for name, why in (part.get("incomplete") or {}).items()}
    held = Counter[str]()
    for part in flat:
        held.update(part.get("held_back") or {})
    return {
        "orders": orders,
        **shared,
        "fetched_at": fetched,
        **agreed,
        **({"held_back": dict(held)} if held else {}),
        **({"incomplete": incomplete} if incomplete else {}),
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
    unchanged = aligned(prospects, PROSPECTS).join(
        new_companies, left_on="company_id", right_on="id", how="anti", maintain_order="left"
    )
    return pl.concat([old, new_companies]), pl.concat([unchanged, new_prospects])


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


Frames = Mapping[str, pl.DataFrame]
FRAMES: Final = {"companies": COMPANIES, "prospects": PROSPECTS, "rejects": REJECTS, "drift": DRIFT}
FACTS: Final = "provenance.json"
DAMAGED_RESULTS: Final = "RESULTS_DAMAGED"
FORMAT: Final = 1  # raised when an older package would misread the folder; a new column is no reason
_STALE_SECONDS: Final = 3600  # for leftovers of the first releases, whose names do not tell their writer
_ATTEMPTS: Final = 20
_TAKEN: Final = frozenset({errno.ENOENT, errno.ENOTEMPTY, errno.EEXIST})
OURS: Final = frozenset({FACTS, *(f"{name}.parquet" for name in FRAMES)})


@dataclass(frozen=True, slots=True, kw_only=True)
class Scan:
    """Lazy frames over many results folders.

    Each has the columns of its schema and then ``icp_name``, ``icp_hash``, ``fetched_at`` (UTC) and ``folder``.

    Attributes:
        companies, prospects, rejects, drift: as in `Results`.
        orders: one row a folder: ``folder``, ``icp_name``, ``icp_hash``, ``fetched_at``, ``source``.
    """

    companies: pl.LazyFrame
    prospects: pl.LazyFrame
    rejects: pl.LazyFrame
    drift: pl.LazyFrame
    orders: pl.LazyFrame


def write_folder(path: Path, frames: Mapping[str, pl.DataFrame], facts: Mapping[str, Any]) -> Path:
    """Write *frames* and *facts* to the folder *path*, replacing results that are there, and return it.

    The files are written and flushed to disk beside it first, then the folder is renamed into place. A crash leaves
    either the old results or the new ones; between the two renames the old ones lie where `read_folder` looks too.

    Raises:
        ConfigurationError: the folder cannot be written, or holds files that are not results.
    """
    target = path.expanduser()
    target = target.resolve() if target.is_symlink() else target
    try:
        _refuse_foreign(target)
        make_private(target.parent)
        fresh = Path(tempfile.mkdtemp(prefix=f"{_fresh(target)}{file_mark()}-", dir=target.parent))
        try:
            for left in target.parent.glob(f"{_fresh(target)}*"):
                if _is_left(left):
                    shutil.rmtree(left, ignore_errors=True)
            _fill(fresh, frames, facts)
            with _alone_in(target.parent):
                _swap(fresh, target)
        finally:
            shutil.rmtree(fresh, ignore_errors=True)
    except OSError as error:
        raise ConfigurationError(
            f"{target} cannot be written ({error.strerror or error}).",
            next_step="Choose a folder you may write to, on a disk with free space.",
        ) from error
    return target


def read_folder(path: Path) -> tuple[dict[str, pl.DataFrame], dict[str, Any]]:
    """Return the frames and the facts (``errors``, ``provenance``) a folder holds.

    Raises:
        ConfigurationError: there is no such folder, it does not hold readable results, or a newer version wrote it.
    """
    for attempt in range(_ATTEMPTS):
        try:
            # Whoever was disturbed once has the writers wait.
            with _alone_in(path.expanduser().resolve().parent) if attempt else nullcontext():
                folder = _holder(path.expanduser())
                before = folder.stat().st_ino
                facts = _read_facts(folder)
                frames = {name: _read_frame(folder, name) for name in FRAMES}
                tables = frames, {"errors": dict(facts["errors"]), "provenance": dict(facts["provenance"])}
                if folder.stat().st_ino == before:
                    return tables
        except (OSError, ValueError, KeyError, TypeError, pl.exceptions.PolarsError) as error:
            if attempt + 1 < _ATTEMPTS and isinstance(error, FileNotFoundError) and is_stored(path):
                continue  # another process replaced the folder just now
            raise ConfigurationError(
                f"{path} does not hold readable results ({type(error).__name__}: {error}).",
                code=DAMAGED_RESULTS if is_stored(path) else None,
                next_step="Name a folder that Results.write made, or fetch the results again.",
            ) from error
    raise ConfigurationError(f"{path} is being rewritten all the time.", next_step="Read it when the writers are done.")


def salvaged(path: Path) -> dict[str, pl.DataFrame]:
    """Return of a damaged folder each frame that can still be read; the others are empty."""
    folder, frames = _holder(path.expanduser()), {name: schema.to_frame() for name, schema in FRAMES.items()}
    for name in FRAMES:
        with suppress(OSError, ValueError, pl.exceptions.PolarsError):
            frames[name] = _read_frame(folder, name)
    return frames


def is_stored(path: Path) -> bool:
    """Whether `read_folder` would find a folder for *path*, be it the one a crashed writer moved aside."""
    folder = path.expanduser()
    if folder.is_dir():
        return True
    # One listing sees both names at one moment; asking for one after the other can miss a folder that moves between.
    names = {folder.name, _previous(folder).name}
    with suppress(OSError), os.scandir(folder.parent) as entries:
        return any(entry.name in names and entry.is_dir() for entry in entries)
    return False


def _holder(folder: Path) -> Path:
    """Return the folder, or the one it was moved to while a writer was replacing it."""
    previous = _previous(folder)
    return previous if not folder.exists() and previous.is_dir() else folder


def read_provenance(folder: Path) -> dict[str, Any]:
    """Return where the results in *folder* come from, without reading their frames.

    Raises:
        ConfigurationError: a newer version wrote it. OSError, ValueError, KeyError, TypeError: it cannot be read.
    """
    return dict(_read_facts(folder)["provenance"])


def _read_facts(folder: Path) -> dict[str, Any]:
    facts = dict(json.loads((folder / FACTS).read_text(encoding="utf-8")))
    if facts.get("format", FORMAT) > FORMAT:
        raise ConfigurationError(
            f"{folder} was written by a newer version (format {facts['format']}, this package knows {FORMAT}).",
            next_step="Upgrade openprospect-nb; nothing in the folder was changed.",
        )
    return facts


def _read_frame(folder: Path, name: str) -> pl.DataFrame:
    return aligned(pl.read_parquet(folder / f"{name}.parquet", hive_partitioning=False), FRAMES[name])


def scan_folders(paths: Iterable[str | Path], instead: Callable[[Path], Frames | None] = lambda _: None) -> Scan:
    """Return lazy frames over the results folders at or below *paths*; ``instead(folder)`` may give other frames.

    Raises:
        ConfigurationError: none is found, or the facts of one cannot be read.
    """
    given = [Path(path).expanduser() for path in paths]
    folders = sorted({folder for path in given for folder in _folders(path)})
    if not folders:
        raise ConfigurationError(
            f"no results are stored at or below {', '.join(map(str, given)) or 'the given paths'}.",
            next_step="Fetch results first, or name the folder they were written to.",
        )
    facts = [_scan_facts(folder) for folder in folders]
    given_instead = [instead(folder) for folder in folders]
    frames = {
        name: pl.concat(
            [
                _scan_one(folder, name, schema, fact) if others is None else _with_facts(others[name].lazy(), fact)
                for folder, fact, others in zip(folders, facts, given_instead, strict=True)
            ]
        )
        for name, schema in FRAMES.items()
    }
    return Scan(**frames, orders=pl.DataFrame(facts, schema=_FACT_SCHEMA).lazy())


_FACT_SCHEMA: Final = {
    "icp_name": pl.String(),
    "icp_hash": pl.String(),
    "fetched_at": UTC_TIME,
    "folder": pl.String(),
    "source": pl.String(),
}


def _scan_one(folder: Path, name: str, schema: pl.Schema, fact: Mapping[str, Any]) -> pl.LazyFrame:
    file = folder / f"{name}.parquet"
    scan = pl.scan_parquet(file, schema=dict(schema), missing_columns="insert", extra_columns="ignore", glob=False)
    return _with_facts(scan, fact)


def _with_facts(scan: pl.LazyFrame, fact: Mapping[str, Any]) -> pl.LazyFrame:
    added = ("icp_name", "icp_hash", "fetched_at", "folder")
    return scan.with_columns(pl.lit(fact[column], dtype=_FACT_SCHEMA[column]).alias(column) for column in added)


def _scan_facts(folder: Path) -> dict[str, Any]:
    try:
        provenance = _read_facts(folder)["provenance"]
        icp = provenance.get("icp") or {}
        fetched = pl.Series([provenance.get("fetched_at")], dtype=pl.String).str.to_datetime(
            time_unit="us", time_zone="UTC", strict=False
        )
        return {
            "icp_name": icp.get("profile_name") if isinstance(icp, dict) else None,
            "icp_hash": provenance.get("icp_hash"),
            "fetched_at": fetched[0],
            "folder": str(folder),
            "source": provenance.get("source"),
        }
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise ConfigurationError(
            f"{folder / FACTS} cannot be read ({error}).", next_step="Move the folder aside and fetch its order again."
        ) from error


def _folders(path: Path) -> Iterator[Path]:
    """Yield the results folders at or below *path*; hidden folders are half-written or replaced ones.

    Of a client's home only the orders are taken: the synced deliveries beside them may hold the same companies.
    """
    root = path / "results" if (path / "results").is_dir() else path
    for file in root.glob("**/companies.parquet"):
        if not any(part.startswith(".") for part in file.relative_to(root).parts):
            yield file.parent


def _refuse_foreign(target: Path) -> None:
    """Refuse to replace anything but results: a mistyped path must not cost somebody's files."""
    try:
        names = {entry.name for entry in target.iterdir()}
    except FileNotFoundError:
        return  # nothing is there, or another writer moved it aside at this moment
    except NotADirectoryError:
        names = {target.name}
    if names - OURS:
        raise ConfigurationError(
            f"{target} holds something else than results and is not replaced.", next_step="Name a new or empty folder."
        )


def sweep(home: Path) -> int:
    """Deal with what killed writers left below *home*, and return how many such folders and files there were.

    Results that were moved aside or were written whole, and have no newer ones in their place, are put there: they
    may be the only copy. Everything else is removed: it holds personal data. What a living process works on is left.
    """
    left_behind = leftovers(home)
    remove_leftovers(left_behind)
    return len(left_behind)


def leftovers(home: Path, *, unmarked: bool = False) -> list[Path]:
    """Return the folders and files below *home* that no living process works on.

    *unmarked* ones too, where an hour is not waited for: of the first releases, whose names do not tell their writer.
    """
    aside = [left for left in home.glob("*/*/.*.previous") if left.is_dir()]
    fresh = [left for left in home.glob("*/*/.*.new-*") if left.is_dir() and _is_left(left, unmarked=unmarked)]
    return [*aside, *fresh, *(left for left in home.glob("pages/*/*/*.part") if _is_left(left))]


def remove_leftovers(left_behind: Iterable[Path]) -> None:
    """Put whole results that have nothing in their place there, and remove what else of *left_behind* there is."""
    for left in left_behind:
        if left.suffix == ".part":
            left.unlink(missing_ok=True)
        else:
            # Put a whole folder that was left into its place, if nothing is there.
            name = left.name.removeprefix(".").removesuffix(".previous").partition(".new-")[0]
            target = left.with_name(name)
            if not target.exists() and all((left / file).is_file() for file in OURS):
                with suppress(OSError):
                    left.rename(target)
            shutil.rmtree(left, ignore_errors=True)


def _is_left(path: Path, *, unmarked: bool = False) -> bool:
    """Whether the writer of a half-written folder or file is dead, or, where its name does not tell, *unmarked*."""
    mark = path.name.partition(".new-")[2] or path.name
    if mark.count("-") >= 2:
        return is_left_behind(mark.rpartition("-")[0])
    if unmarked:
        return True
    with suppress(OSError):
        return time.time() - path.stat().st_mtime > _STALE_SECONDS
    return False


def _fill(folder: Path, frames: Mapping[str, pl.DataFrame], facts: Mapping[str, Any]) -> None:
    """Write each file privately and flush it and the folder to the disk."""
    for name, schema in FRAMES.items():
        file = folder / f"{name}.parquet"
        aligned(frames[name], schema).write_parquet(file, compression="zstd")
        _settle(file)
    text = json.dumps(
        {"format": FORMAT, **{name: dict(value) for name, value in facts.items()}}, ensure_ascii=False, default=str
    )
    (folder / FACTS).write_text(text, encoding="utf-8")
    _settle(folder / FACTS)
    _sync(folder)


def _settle(file: Path) -> None:
    file.chmod(0o600)
    _sync(file)


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


@contextmanager
def _alone_in(folder: Path) -> Iterator[None]:
    handle = os.open(folder, os.O_RDONLY)
    try:
        lock(handle)
        yield
    finally:
        os.close(handle)


def _swap(fresh: Path, target: Path) -> None:
    """Put *fresh* in the place of *target*; what was there is moved aside, then removed.

    One process at a time, else another could remove what this one moved aside before anything stands in its place.
    Where nothing can be locked, whoever finds the place taken moves that aside and tries again.
    """
    previous = _previous(target)
    for attempt in range(_ATTEMPTS):
        try:
            if target.exists():
                shutil.rmtree(previous, ignore_errors=True)
                target.rename(previous)
            fresh.rename(target)
            break
        except OSError as error:
            if error.errno not in _TAKEN or attempt + 1 == _ATTEMPTS or not fresh.exists():
                with suppress(OSError):
                    previous.rename(target)
                raise
    _sync(target.parent)
    shutil.rmtree(previous, ignore_errors=True)


def _fresh(target: Path) -> str:
    return f".{target.name}.new-"


def _previous(target: Path) -> Path:
    return target.with_name(f".{target.name}.previous")
