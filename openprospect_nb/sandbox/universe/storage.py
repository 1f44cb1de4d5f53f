"""Draw a universe, or read it from its cache file; the file holds the arrays and a full-text index."""

from __future__ import annotations

import io
import os
import re
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from functools import lru_cache
from pathlib import Path

import numpy as np

from openprospect_nb.sandbox.market.normalise import fold
from openprospect_nb.sandbox.universe import UNIVERSE_VERSION
from openprospect_nb.sandbox.universe.chance import Chance
from openprospect_nb.sandbox.universe.columns import Columns, draw_columns
from openprospect_nb.sandbox.universe.vocabulary import Vocabulary, fingerprint, vocabulary

# inflection only: endings that change the meaning (-er, -ing, -ung) stay, or a factory would be found as factoring
_ENDINGS = (
    ("ungen", "ung"),
    ("ionen", "ion"),
    ("innen", ""),
    ("ings", "ing"),
    ("ies", "y"),
    ("ers", "er"),
    ("ern", "er"),
    ("en", ""),
    ("es", ""),
    ("em", ""),
    ("e", ""),
    ("s", ""),
    ("n", ""),
)


def write_search_texts(lists: Vocabulary, columns: Columns) -> Iterator[str]:
    """Yield one text per company, in number order, already stemmed."""
    business = [_business_text(lists, index) for index in range(len(lists.subtypes))]
    tools = [" ".join(stem_words(technology.name)) for technology in lists.technologies]
    traits = [" ".join(stem_words(name.replace("_", " "))) for name in lists.traits]
    for number in range(len(columns)):
        used = " ".join(tools[i] for i in np.flatnonzero(columns.technologies[number]))
        has = " ".join(traits[i] for i in np.flatnonzero(columns.traits[number]))
        yield f"{business[columns.subtype[number]]} {used} {has}"


def stem_words(text: str) -> list[str]:
    """Return the words of *text* folded and cut to a light common stem of English and German."""
    return [_stem(word) for word in re.findall(r"[a-z0-9]+", fold(text))]


def _business_text(lists: Vocabulary, index: int) -> str:
    subtype = lists.subtypes[index]
    industry = lists.industries[subtype.industry]
    parts = [subtype.en, subtype.de, industry.en, industry.de]
    for language in ("en", "de"):
        parts += [*subtype.products[language], *subtype.words[language]]
    return " ".join(stem_words(" ".join(parts)))


@lru_cache(maxsize=20_000)
def _stem(word: str) -> str:
    for ending, replacement in _ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) + len(replacement) >= 4:
            return word[: -len(ending)] + replacement
    return word


_SCHEMA = (
    "CREATE TABLE arrays (name TEXT PRIMARY KEY, data BLOB NOT NULL)",
    # porter would mangle German; the texts are stemmed lightly before they are indexed
    "CREATE VIRTUAL TABLE texts USING fts5(body, content='', tokenize='unicode61 remove_diacritics 2')",
)


def load_universe(seed: int, size: int, cache: Path | None) -> tuple[Columns, sqlite3.Connection]:
    """Return the columns and a connection to the full-text index of a universe.

    A file that is missing, damaged or of another version is drawn again and replaced in one step; a folder that
    cannot be written costs nothing but the cache.
    """
    if cache is None:
        return _draw(seed, size, ":memory:")
    path = cache / f"universe-v{UNIVERSE_VERSION}-{fingerprint()}-{seed}-{size}.sqlite"
    with suppress(sqlite3.DatabaseError, OSError, KeyError, ValueError):
        return _read(path)
    with suppress(OSError, sqlite3.DatabaseError):
        _write(seed, size, path)
        return _read(path)
    return _draw(seed, size, ":memory:")


def _read(path: Path) -> tuple[Columns, sqlite3.Connection]:
    if not path.is_file():
        raise FileNotFoundError(path)
    connection = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro&immutable=1", uri=True, check_same_thread=False)
    try:
        stored = dict(connection.execute("SELECT name, data FROM arrays"))
        arrays = {name: np.load(io.BytesIO(data), allow_pickle=False) for name, data in stored.items()}
        connection.execute("SELECT rowid FROM texts WHERE texts MATCH 'maschinenbau' LIMIT 1").fetchone()
        return Columns(**{field: arrays[field] for field in Columns.__dataclass_fields__}), connection
    except BaseException:
        connection.close()
        raise


def _write(seed: int, size: int, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=".universe-", suffix=".tmp")
    os.close(handle)
    try:
        _, connection = _draw(seed, size, name)
        connection.close()
        Path(name).replace(path)
    finally:
        Path(name).unlink(missing_ok=True)


def _draw(seed: int, size: int, target: str) -> tuple[Columns, sqlite3.Connection]:
    chance = Chance(seed)
    columns = draw_columns(chance, vocabulary(), size)
    connection = sqlite3.connect(target, check_same_thread=False)
    with connection:
        for statement in _SCHEMA:
            connection.execute(statement)
        connection.executemany("INSERT INTO arrays VALUES (?, ?)", _packed(columns))
        texts = enumerate(write_search_texts(vocabulary(), columns))
        connection.executemany("INSERT INTO texts (rowid, body) VALUES (?, ?)", texts)
    return columns, connection


def _packed(columns: Columns) -> list[tuple[str, bytes]]:
    packed = []
    for name, array in columns.arrays().items():
        buffer = io.BytesIO()
        np.save(buffer, array, allow_pickle=False)
        packed.append((name, buffer.getvalue()))
    return packed
