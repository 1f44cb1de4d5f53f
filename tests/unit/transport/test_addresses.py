"""Which redirects are followed, and where to, as tables."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openprospect_nb.transport.addresses import NotFollowed, is_followed, origin_of, redirect_target

HERE = "https://api.one.example/api/v1/orders"


@pytest.mark.parametrize(("method", "followed"), [("GET", {301, 302, 303, 307, 308}), ("POST", {307, 308})])
def test_a_post_is_never_turned_into_a_get(method, followed):
    """A GET follows all five redirects, everything else the two that keep method and body."""
    assert {status for status in range(100, 600) if is_followed(status, method)} == followed


@pytest.mark.parametrize(
    ("location", "target"),
    [
        ("/api/v1/orders/", HERE + "/"),
        ("orders/", HERE + "/"),
        ("https://api.one.example/api/v1/orders/", HERE + "/"),
        ("https://API.one.example:443/api/v1/orders/", "https://API.one.example:443/api/v1/orders/"),
        ("http://api.one.example/api/v1/orders/", HERE + "/"),
        ("http://api.one.example:80/api/v1/orders/", HERE + "/"),
        ("http://api.one.example:8000/api/v1/orders/", HERE + "/"),
        ("HTTP://API.ONE.EXAMPLE/api/v1/orders/", HERE + "/"),
        ("//api.one.example/api/v1/orders/", HERE + "/"),
        ("https://user:word@api.one.example/api/v1/orders/#part", HERE + "/"),
        (" /api/v1/orders/ ", HERE + "/"),
        ("?page=2", HERE + "?page=2"),
    ],
)
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_the_same_server_is_followed_by_the_way_we_came(location, target, method):
    """With or without a slash, host or port; http on the same host means https, as behind a proxy that ends TLS."""
    assert redirect_target(HERE, location, method) == target
    assert origin_of(target) == origin_of(HERE)


def test_behind_a_port_of_its_own_http_means_that_port():
    """The proxy's port is kept, not the one of the server behind it."""
    here = "https://api.one.example:8443/api/v1/orders"
    assert redirect_target(here, "http://api.one.example:8000/x/", "POST") == "https://api.one.example:8443/x/"


@pytest.mark.parametrize(
    "location", ["https://two.example/orders", "https://api.one.example:8443/orders", "https://one.example./orders"]
)
def test_another_server_is_followed_for_reading_alone(location):
    """A GET goes there; a POST names the host, and sends nothing."""
    assert redirect_target(HERE, location, "GET") == location
    with pytest.raises(NotFollowed, match="another host"):
        redirect_target(HERE, location, "POST")


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize(
    ("location", "why"),
    [
        ("http://two.example/orders", "insecure"),
        ("http://api.one.example.two.example/", "insecure"),
        ("javascript:alert(1)", "no http"),
        ("data:text/html,x", "no http"),
        ("file:///etc/hosts", "no http"),
        ("ftp://api.one.example/", "no http"),
        ("https://[::1", "no http"),
        ("https://[zz]/", "no http"),
        ("https://api.one.example:99999/", "no http"),
        ("https://api.one.example:port/", "no http"),
        ("https://api.one.example:²/", "no http"),
        ("/orders\x01", "no http"),
        ("/or\tders", "no http"),
        ("/\ud800", "no http"),
    ],
)
def test_what_is_no_secure_address_is_not_followed(location, method, why):
    """Other schemes, broken hosts and ports, control characters, and plain http to anybody else."""
    with pytest.raises(NotFollowed, match=why):
        redirect_target(HERE, location, method)


@given(st.text() | st.text(st.sampled_from("https:/[]@.?#\\1aé%")), st.sampled_from(["GET", "POST"]))
def test_any_location_is_an_address_or_is_not_followed(location, method):
    """Whatever a header holds, the target is an http(s) address; a POST stays on its server."""
    try:
        target = redirect_target(HERE, location, method)
    except NotFollowed:
        return
    assert origin_of(target)[0] == "https"
    assert method == "GET" or origin_of(target) == origin_of(HERE)
