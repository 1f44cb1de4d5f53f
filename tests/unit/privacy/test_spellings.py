"""Finding somebody in raw bytes, where no text can be told from the next."""

from __future__ import annotations

import unicodedata

import pytest

from openprospect_nb.privacy.canonical import Form, Kind
from openprospect_nb.privacy.spellings import overwritten, pattern_of

PATTERN = pattern_of(
    [
        Form(Kind.ADDRESS, "maja@xn--mller-kva.example"),
        Form(Kind.PHONE, "+493012345"),
        Form.of(Kind.PROSPECT, "live", "p"),
    ]
)


@pytest.mark.parametrize(
    "spelling",
    [
        "maja@müller.example", "MAJA@MÜLLER.EXAMPLE", "maja@xn--mller-kva.example", "maja%40m%C3%BCller.example",
        "maja&#64;m&uuml;ller.example", "maja&#x40;m&#252;ller.example", "maja+news@müller.example",
        "ma\u200bja@mü\u00adller.example", unicodedata.normalize("NFD", "maja@müller.example"),
        r"maja\u0040m\u00fcller.example", r"maja\\u0040müller.example", "+493012345",
        "030 12345", "0049 (0)30 / 123-45",
    ],
)  # fmt: skip
def test_every_spelling_is_overwritten_between_whatever_stands_beside_it(spelling):
    """The bytes keep their length, and what stands around stays."""
    raw = b"\x00KEY" + spelling.encode() + b"\xffend"
    left, count = overwritten(raw, PATTERN)

    assert count == 1
    assert len(left) == len(raw)
    assert left.endswith(b"\xffend")
    assert b"ller" not in left
    assert b"123" not in left


def test_other_bytes_stay():
    """Nobody else is touched, and ids alone are no pattern."""
    raw = b"\x00eva@muller.example +49 30 99999 \xff"
    assert overwritten(raw, PATTERN) == (raw, 0)
    assert pattern_of([Form.of(Kind.PROSPECT, "live", "p-1"), Form(Kind.ID, "p-1")]) is None
