"""Bodies as they come: how much is taken, and what is wrong with the rest."""

from __future__ import annotations

import gzip
import tracemalloc
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openprospect_nb.transport.bodies import MAX_PARTS, Body, Problem

PLAIN = b'{"orders": []}' * 100
PACKED = gzip.compress(PLAIN, mtime=0)


def collect(encoding, chunks, most=10_000):
    """Return what a `Body` makes of *chunks*, its problem, and how many chunks it wanted."""
    body, taken = Body(encoding, most), 0
    for chunk in chunks:
        taken += 1
        if not body.add(chunk):
            break
    return body.finish(), body.problem, taken


@pytest.mark.parametrize("encoding", ["", "identity", " Identity , identity"])
def test_plain_bytes_are_taken_as_they_are(encoding):
    """No encoding, or one that changes nothing."""
    assert collect(encoding, [PLAIN[:7], PLAIN[7:]]) == (PLAIN, None, 2)


@pytest.mark.parametrize("encoding", ["gzip", "GZIP", "x-gzip", "identity, gzip"])
@pytest.mark.parametrize("size", [1, 7, 10_000])
def test_gzip_is_inflated_in_any_pieces(encoding, size):
    """The pieces a line makes of it do not matter."""
    chunks = [PACKED[at : at + size] for at in range(0, len(PACKED), size)]
    assert collect(encoding, chunks)[:2] == (PLAIN, None)


NOT_WHOLE = {
    "brotli": ("br", PLAIN, Problem.UNKNOWN_ENCODING),
    "gzip twice": ("gzip, gzip", PACKED, Problem.UNKNOWN_ENCODING),
    "deflate": ("deflate", zlib.compress(PLAIN), Problem.UNKNOWN_ENCODING),
    "no word at all": ("²", PLAIN, Problem.UNKNOWN_ENCODING),
    "the end is missing": ("gzip", PACKED[:-9], Problem.CUT),
    "one byte": ("gzip", PACKED[:1], Problem.CUT),
    "not packed": ("gzip", PLAIN, Problem.DAMAGED),
    "wrong checksum": ("gzip", PACKED[:-8] + b"\0" * 8, Problem.DAMAGED),
    "more after the end": ("gzip", PACKED + b"more", Problem.DAMAGED),
    "too much": ("", b"x" * 10_001, Problem.TOO_LARGE),
    "too much, packed": ("gzip", gzip.compress(b"x" * 10_001), Problem.TOO_LARGE),
    "too much that unpacks to nothing": ("gzip", b"".join([gzip.compress(b"")] * 600), Problem.TOO_LARGE),
}


@pytest.mark.parametrize(("encoding", "sent", "problem"), NOT_WHOLE.values(), ids=NOT_WHOLE)
def test_what_is_not_whole_is_named(encoding, sent, problem):
    """Another encoding, an end before the end, damage, and more than is taken, on the wire or unpacked."""
    assert collect(encoding, [sent])[1] is problem


def test_parts_packed_one_after_another_are_one_body():
    """Each member of a gzip stream is read, padding between them is not; a stream of nothing but parts is refused."""
    assert collect("gzip", [PACKED, PACKED, b"\0" * 8])[:2] == (PLAIN + PLAIN, None)
    assert collect("gzip", [b"".join([PACKED] * 3)])[:2] == (PLAIN * 3, None)
    assert collect("gzip", [gzip.compress(b"x")] * (MAX_PARTS + 2), most=10**6)[1] is Problem.DAMAGED


def test_a_body_of_nothing_is_empty_whatever_is_said_of_it():
    """A 204 with a Content-Encoding has no body to be cut."""
    assert collect("gzip", []) == (b"", None, 0)


def test_a_bomb_ends_when_enough_was_seen():
    """Zeros packed a thousandfold stop at the limit: no chunk more is wanted, and no more memory than that is used."""
    packer = zlib.compressobj(9, wbits=31)
    bomb = b"".join(packer.compress(b"\0" * (1 << 20)) for _ in range(64)) + packer.flush()
    chunks = [bomb[at : at + 1000] for at in range(0, len(bomb), 1000)]
    tracemalloc.start()
    try:
        content, problem, taken = collect("gzip", chunks, most=1 << 20)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert (len(content), problem) == (1 << 20, Problem.TOO_LARGE)
    assert taken <= 3
    assert peak < 8 << 20


@given(st.sampled_from(["", "gzip", "br"]), st.lists(st.binary()))
def test_any_bytes_are_a_body_or_have_a_problem(encoding, chunks):
    """Nothing that is sent raises."""
    content, problem, _ = collect(encoding, chunks, most=50)
    assert len(content) <= 50
    assert problem is not None or encoding or content == b"".join(chunks)
