"""The key is found however a server spells it, and nothing else is touched."""

from __future__ import annotations

import base64
import json
import random
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openprospect_nb.settings import Secret
from openprospect_nb.transport.masking import KeyMask

KEY = "lnc_test_aB3dE6gH9jK2mN5pQ8sT1vW4yZ7cF0xR"
ODD_KEY = 'a/b+c="d%e\\f&g~h|i'


def escaped(key, chance=1.0, seed=0):
    """Return *key* as JSON text with its characters escaped, each with a probability of *chance*."""
    draw = random.Random(seed)
    return "".join(f"\\u{ord(c):04x}" if draw.random() < chance else json.dumps(c)[1:-1] for c in key)


def percent(key, chance=1.0, seed=0):
    """Return *key* percent-encoded, each character with a probability of *chance*."""
    draw = random.Random(seed)
    return "".join(f"%{ord(c):02X}" if draw.random() < chance or not c.isalnum() else c for c in key)


SPELLINGS = {
    "as it is": lambda key: key,
    "JSON": lambda key: json.dumps(key)[1:-1],
    "JSON of PHP": lambda key: json.dumps(key)[1:-1].replace("/", "\\/"),
    "escaped": escaped,
    "escaped, upper": lambda key: escaped(key).replace("\\u00", "\\U00").upper().replace("\\U", "\\u"),
    "escaped in part": lambda key: escaped(key, 0.3),
    "percent": percent,
    "percent, lower": lambda key: percent(key).lower() if key == key.lower() else percent(key),
    "percent in part": lambda key: percent(key, 0.3),
    "quoted": lambda key: quote(key, safe=""),
    "bearer": lambda key: f"Bearer {key}",
    "base64": lambda key: base64.b64encode(key.encode()).decode(),
    "base64 of a header": lambda key: base64.b64encode(f"Authorization: Bearer {key}\r\n".encode()).decode(),
    "base64 of a pair": lambda key: base64.b64encode(f":{key}".encode()).decode(),
    "base64 for addresses": lambda key: base64.urlsafe_b64encode(f"xy{key}".encode()).decode(),
}


@pytest.mark.parametrize("key", [KEY, ODD_KEY], ids=["a usual key", "an odd key"])
@pytest.mark.parametrize("spelling", SPELLINGS.values(), ids=SPELLINGS)
def test_every_spelling_is_masked(spelling, key):
    """As it is, escaped in whole or in part, percent-encoded, or packed in base64: the mask stands in its place."""
    mask = KeyMask(Secret(key))
    spelled = spelling(key)
    body = f'{{"message": "no: {spelled}", "n": "ü"}}'.encode()
    masked = mask.body(body)
    assert b"[key]" in masked
    for part in (spelled[4:-4], key[4:-4]):
        assert part.encode() not in masked
    assert masked.startswith(b'{"message": "no: ')
    assert masked.endswith('", "n": "ü"}'.encode())


def test_a_body_without_the_key_is_the_very_same_bytes():
    """Escapes, percents and backslashes of others are left as they are, and nothing is copied."""
    body = json.dumps({"text": "50 % of \u00fc \\ / \u0041", "url": "https://a.example/%C3%BC"}).encode()
    assert KeyMask(Secret(KEY)).body(body) is body


def test_a_masked_object_is_still_json():
    """What an analyst reads of such an answer can be read."""
    body = json.dumps({"message": f"no: Bearer {KEY}", "other": escaped(KEY)}).encode()
    assert json.loads(KeyMask(Secret(KEY)).body(body))["message"] == "no: Bearer [key]"


@given(st.binary(), st.binary())
def test_any_body_is_masked_without_an_error(before, after):
    """Bytes of every kind around the key, and none of the key left."""
    masked = KeyMask(Secret(KEY)).body(before + KEY.encode() + after)
    assert KEY.encode() not in masked


@given(st.text(), st.text())
def test_texts_are_masked_like_bodies(before, after):
    """Header values go the same way, half surrogate pairs included."""
    assert KEY not in KeyMask(Secret(KEY)).text(before + KEY + after)
    assert KeyMask(Secret(KEY)).text(before) == before


def test_a_word_is_not_taken_for_a_key():
    """Masking "test" would spoil every answer; a key that short hides nothing."""
    body = b'{"status": "test", "message": "testing"}'
    assert KeyMask(Secret("test")).body(body) is body


def test_the_mask_shows_nothing():
    """It holds the key, and its repr does not."""
    assert repr(KeyMask(Secret(KEY))) == "KeyMask()"
