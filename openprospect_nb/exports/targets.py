"""What each export target calls the columns, needs in each row and takes at most, as ``targets.toml`` has it."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import MappingProxyType
from typing import Final, Literal

from openprospect_nb.errors import ConfigurationError
from openprospect_nb.tables import tables

Target = Literal[
    "csv", "xlsx", "parquet",
    "hubspot", "salesforce", "pipedrive", "dynamics", "instantly", "smartlead", "lemlist",
    "art14",
]  # fmt: skip
Form = Literal["csv", "xlsx", "parquet", "notice"]
# Form → the endings it may have beside those that nobody takes for another kind of file.
_ENDINGS: Final[Mapping[str, tuple[str, ...]]] = {
    "csv": (".csv", ".txt"),
    "xlsx": (".xlsx",),
    "parquet": (".parquet", ".pq"),
    "notice": (".csv", ".txt", ".json", ".md"),
}
_OTHERS: Final = frozenset({".xls", ".xlsm", ".xlsb", ".ods", ".pdf", ".html", ".tsv", ".jsonl"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """How one target wants its file.

    Attributes:
        form: the file format.
        headings: our column → the target's heading, in the order of the file; of a layout that keeps all columns, the
            headings that differ.
        keeps_all: whether all columns of the frame are written, those without a heading under their own name.
        required: our columns without which the target refuses a row; such rows are left out and counted.
        lengths: our column → how many letters the target takes; longer values are written and said.
        is_for_mail: whether rows are persons to be written to: one row an address, malformed addresses left out.
        keeps_phones: whether a phone number stays ``+49 …`` in CSV: an apostrophe would spoil it in the CRM, which,
            unlike a spreadsheet, runs nothing.
        advice: what to do at the import, in sentences.
    """

    form: Form
    headings: Mapping[str, str] = field(default_factory=dict)
    keeps_all: bool = False
    required: tuple[str, ...] = ()
    lengths: Mapping[str, int] = field(default_factory=dict)
    is_for_mail: bool = False
    keeps_phones: bool = False
    advice: tuple[str, ...] = ()


LAYOUTS: Final[Mapping[str, Layout]] = MappingProxyType(
    {
        "csv": Layout(form="csv", keeps_all=True),
        "xlsx": Layout(form="xlsx", keeps_all=True),
        "parquet": Layout(form="parquet", keeps_all=True),
        **{
            name: Layout(
                form="csv",
                headings=MappingProxyType(table["headings"]),
                required=tuple(table["required"]),
                lengths=MappingProxyType(table.get("lengths", {})),
                is_for_mail=True,
                keeps_phones=True,
                advice=(table["advice"],),
            )
            for name, table in tables("exports/targets.toml").items()
        },
        "art14": Layout(form="notice"),
    }
)
"""Headings are those of each tool's own import; look at its preview once."""


def layout_of(target: str, more: Mapping[str, str] | None, path: str | os.PathLike[str] = "") -> Layout:
    """Return the layout of *target*, with the headings of *more* (our column → heading) added or changed.

    Raises:
        ConfigurationError: no such target; names those there are. Or two columns would have one heading, or one a blank
            heading; names them. Or *path* ends like another kind of file; says how it may end.
    """
    if target not in LAYOUTS:
        raise ConfigurationError(f"target={target!r} is not known.", next_step=f"Use one of: {', '.join(LAYOUTS)}.")
    known = LAYOUTS[target]
    _refuse_ending(target, known.form, Path(path).suffix)
    headings = {**known.headings, **(more or {})}
    for ours, theirs in headings.items():
        if not theirs.strip():
            raise ConfigurationError(
                f"{ours!r} would be written under a blank heading.",
                next_step="Give it a heading, or leave the column out of the frame; nothing was written.",
            )
    refuse_twins(headings)
    return replace(known, headings=headings)


def _refuse_ending(target: str, form: Form, ending: str) -> None:
    small, own = ending.lower(), _ENDINGS[form]
    if small in own or small not in _OTHERS.union(*_ENDINGS.values()):
        return
    fits = next((name for name, endings in _ENDINGS.items() if small in endings and name in LAYOUTS), "")
    instead = f', or use target="{fits}"' if fits else ""
    raise ConfigurationError(
        f"target={target!r} does not write {ending} files.",
        next_step=f"End the path in {' or '.join(own)}{instead}; nothing was written.",
    )


def refuse_twins(headings: Mapping[str, str]) -> None:
    """Do nothing unless two columns would have one heading; importers do not tell Email from email.

    Raises:
        ConfigurationError: names the heading and the columns.
    """
    columns: dict[str, list[str]] = {}
    for ours, theirs in headings.items():
        columns.setdefault(theirs.strip().casefold(), []).append(ours)
    for same in columns.values():
        if len(same) > 1:
            raise ConfigurationError(
                f"{' and '.join(map(repr, same))} would both be written under the heading {headings[same[-1]]!r}.",
                next_step="Give each column of headings= a heading of its own; nothing was written.",
            )
