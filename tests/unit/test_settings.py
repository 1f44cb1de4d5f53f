"""What settings take, refuse and never show."""

from __future__ import annotations

import copy
import dataclasses
import hashlib
import json
import pickle
import pprint
import warnings
from datetime import UTC, datetime
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import pytest

import openprospect_nb as op
from openprospect_nb.errors import ConfigurationError
from openprospect_nb.journal import Journal, Purchase, PurchaseKind
from openprospect_nb.settings import (
    Secret,
    Settings,
    default_cache,
    environment,
    is_loopback_host,
    make_home,
    mask_key,
    normalise_base_url,
)

KEY = "lnc_test_" + "s" * 32


def settings(**changes):
    """Return settings of a client of this machine."""
    return Settings(**{"api_key": KEY, "base_url": "http://127.0.0.1:9", "home": Path("h"), **changes})


@pytest.mark.parametrize(
    ("given", "taken"),
    [
        ("https://api.one.example/", "https://api.one.example"),
        (" https://one.example/api/v1/ ", "https://one.example"),
        ("https://one.example/behind/api/v1", "https://one.example/behind"),
        ("http://127.0.0.1:8000", "http://127.0.0.1:8000"),
        ("http://[::1]:8000", "http://[::1]:8000"),
        ("http://sandbox.localhost", "http://sandbox.localhost"),
    ],
)
def test_an_address_is_taken_without_what_we_add_ourselves(given, taken):
    """Trailing slashes and /api/v1 go; plain http is for this machine."""
    assert normalise_base_url(given) == taken


@pytest.mark.parametrize(
    ("given", "why"),
    [
        ("ftp://one.example", "not an http"),
        ("one.example", "not an http"),
        ("https://", "not an http"),
        ("https://[::1", "not an http"),
        ("https://[zz]", "not an http"),
        ("https://one.example:99999", "not an http"),
        ("https://one.example:port", "not an http"),
        ("https://one.example:0", "not an http"),
        ("https://one.example/\x01", "not an http"),
        (None, "not an http"),
        (7, "not an http"),
        ("http://one.example", "unencrypted"),
        ("http://localhost.one.example", "unencrypted"),
        ("https://user:word@one.example", "credentials"),
        ("https://one.example?key=1", "credentials"),
        ("https://one.example/#part", "credentials"),
    ],
)
def test_an_address_that_would_give_the_key_away_is_refused(given, why):
    """No other scheme, no credentials, no plain http to another machine, whatever its name starts with."""
    with pytest.raises(ConfigurationError, match=why):
        normalise_base_url(given)


def test_only_this_machine_is_loopback():
    """Names below .localhost and 127.0.0.0/8 are; names that only look like it are not."""
    assert all(map(is_loopback_host, ["127.0.0.1", "127.9.9.9", "::1", "[::1]", "LOCALHOST.", "a.localhost"]))
    assert not any(map(is_loopback_host, ["10.0.0.1", "localhost.one.example", "127.0.0.1.one.example", ""]))


@pytest.mark.parametrize("key", ["", "with blank", "line\nbreak", "schlüssel", "nul\0l"])
def test_a_key_that_cannot_be_one_is_refused(key):
    """Missing, blank, broken over lines or not plain ASCII: refused before any header is made of it."""
    with pytest.raises(ConfigurationError, match="API key"):
        settings(api_key=key)


def test_a_key_is_shown_by_its_ends_alone():
    """The prefix and four characters of a long key, the prefix alone of a short one, and nothing in the repr."""
    assert mask_key(KEY) == "lnc_test_…ssss"
    assert mask_key("lnc_test_short") == "lnc_test_…"
    assert settings().masked_key == mask_key(KEY)
    assert KEY not in repr(settings())


@pytest.mark.parametrize("key", [None, 7, b"lnc_test_x", ["lnc_test_x"]])
def test_a_key_that_is_no_text_is_refused(key):
    """The message asks for a text, and does not repeat what was given."""
    with pytest.raises(ConfigurationError, match="takes a text"):
        settings(api_key=key)


def test_a_key_is_in_nothing_that_is_made_of_settings():
    """Repr, str, format, asdict, astuple, JSON, copies and replacements show it masked; `reveal` alone gives it."""
    made = settings()
    copies = [copy.copy(made), copy.deepcopy(made), dataclasses.replace(made, timeout=5)]
    shown = [*map(repr, (made, made.api_key, *copies)), str(made.api_key), f"{made.api_key}", f"{made}"]
    shown += [str(dataclasses.asdict(made)), str(dataclasses.astuple(made)), pprint.pformat(made)]
    shown += [json.dumps(dataclasses.asdict(made), default=str, ensure_ascii=False)]
    assert [text for text in shown if KEY in text] == []
    assert all("lnc_test_…ssss" in text for text in (shown[1], str(made.api_key), shown[-1]))
    assert not hasattr(made, "__dict__")
    assert not hasattr(made.api_key, "__dict__")
    assert {each.api_key.reveal() for each in (made, *copies)} == {KEY}


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_a_key_is_not_pickled(protocol):
    """Neither the settings nor the key go into a file or to another process; the error says what to do instead."""
    for value in (settings(), settings().api_key, {"api_key": settings().api_key}):
        with pytest.raises(ConfigurationError, match=r"not pickled.*OPENPROSPECT_API_KEY"):
            pickle.dumps(value, protocol)


def test_keys_are_compared_and_do_not_change():
    """Two settings of one key are equal; a key is no text, and cannot be set."""
    assert (settings(), hash(settings().api_key)) == (settings(), hash(Secret(KEY)))
    assert Secret(KEY) != Secret(KEY + "x")
    assert Secret(KEY) != KEY
    with pytest.raises(AttributeError):
        settings().api_key._value = "other"


def test_a_timeout_of_nothing_is_refused():
    """It would end every request before it begins."""
    with pytest.raises(ConfigurationError, match="timeout=0"):
        settings(timeout=0)


@pytest.mark.parametrize("name", ["poll_interval", "max_wait", "timeout", "price_per_briefing"])
@pytest.mark.parametrize("value", [-1, float("nan"), True])
def test_a_number_below_zero_is_refused_by_name(name, value):
    """Negative, not a number, or a Boolean: the message names the setting."""
    with pytest.raises(ConfigurationError, match=name):
        settings(**{name: value})


def test_a_flow_that_is_not_known_is_refused():
    """The three flows are named in the next step."""
    with pytest.raises(ConfigurationError, match=r"(?s)'fast'.*'inline'"):
        settings(flow="fast")


def test_keys_in_the_wrong_place_warn():
    """A test key on a live server, and a key of no known prefix, are taken with a warning."""
    with pytest.warns(UserWarning, match="test key is being used on a live server"):
        settings(base_url="https://one.example")
    with pytest.warns(UserWarning, match="unknown prefix"):
        settings(api_key="something-else-entirely")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        settings()


def test_the_environment_gives_what_is_set_and_not_empty(monkeypatch, tmp_path):
    """Empty variables count as missing; the cache can be moved."""
    given = {"OPENPROSPECT_API_KEY": KEY, "OPENPROSPECT_BASE_URL": "", "OTHER": "x"}
    assert environment(given) == {"api_key": KEY}
    monkeypatch.setenv("OPENPROSPECT_CACHE", str(tmp_path))
    assert default_cache() == tmp_path
    monkeypatch.delenv("OPENPROSPECT_CACHE")
    assert default_cache().name == "cache"


def test_a_home_that_cannot_be_made_is_named(tmp_path):
    """A file in its place is refused with the way out; a new one belongs to its owner alone."""
    assert make_home(tmp_path / "a" / "b").stat().st_mode & 0o777 == 0o700
    (tmp_path / "file").write_text("x", encoding="utf-8")
    with pytest.raises(ConfigurationError, match=r"cannot be made.*OPENPROSPECT_HOME"):
        make_home(tmp_path / "file" / "home")


@pytest.mark.parametrize("price", [float("nan"), float("inf"), -1, True, "1.5", Decimal("NaN"), 10**400])
def test_a_price_that_is_no_amount_is_refused(price):
    """A price that cannot be compared would let any order pass under a budget."""
    with pytest.raises(ConfigurationError, match=r"price_per_briefing=.*must be an amount of money"):
        settings(price_per_briefing=price)


@pytest.mark.parametrize("price", [2, Decimal("2.00"), Fraction(2)])
def test_a_price_may_be_any_kind_of_number(price):
    """It is kept as a float."""
    assert type(settings(price_per_briefing=price).price_per_briefing) is float


@pytest.mark.parametrize("name", ["poll_interval", "max_wait", "timeout"])
@pytest.mark.parametrize("value", ["5", float("nan"), -1, True, [1]])
def test_a_number_of_seconds_is_a_number(name, value):
    """A text or NaN is a clear error and no crash later."""
    with pytest.raises(ConfigurationError, match=f"{name}=.*must be a number of at least 0"):
        settings(**{name: value})


@pytest.mark.parametrize(
    "spelled",
    [
        *("https://API.Vendor.Example", "https://api.vendor.example:443", "https://api.vendor.example./api/v1/"),
        *("HTTPS://api.vendor.example:443/", "https://api.vendor.example"),
    ],
)
def test_one_server_is_one_account_however_its_address_is_spelled(spelled, tmp_path):
    """Case, a port that goes without saying, a dot or a stroke at the end find the purchases bought under another."""
    key = "lnc_live_" + "k" * 32

    def home_of(address):
        with op.connect(api_key=key, base_url=address, home=tmp_path) as client:
            return client._core._context.results_home

    plain = home_of("https://api.vendor.example")
    assert home_of(spelled) == plain
    assert home_of("https://api.vendor.example:8443") != plain
    assert home_of("https://other.vendor.example") != plain


def test_purchases_stored_under_an_older_spelling_are_found(tmp_path):
    """A home of an earlier version that spelled the address its own way keeps its account."""
    address, key = "https://API.Vendor.Example", "lnc_live_" + "k" * 32
    older = hashlib.sha256(f"{address}\0{key}".encode()).hexdigest()[:12]
    make_home(tmp_path)
    journal = Journal(tmp_path / "journal.sqlite", older)
    journal.intend(Purchase(key="k", kind=PurchaseKind.DISCOVERY, intended_at=datetime(2026, 1, 5, tzinfo=UTC)))
    journal.close()
    with op.connect(api_key=key, base_url=address, home=tmp_path) as client:
        assert client.journal.frame()["key"].to_list() == ["k"]
