"""Where a redirect leads, and whether a call may follow it there: decided from the texts alone."""

from __future__ import annotations

from typing import Final
from urllib.parse import urljoin, urlsplit

DEFAULT_PORTS: Final = {"http": 80, "https": 443}
FOLLOWED_BY_READING: Final = frozenset({301, 302, 303, 307, 308})
# 301 to 303 turn a POST into a GET in every client: what was asked would be lost, and a GET's response taken for it.
FOLLOWED_BY_ALL: Final = frozenset({307, 308})

Origin = tuple[str, str, int | None]


class NotFollowed(Exception):
    """A redirect that must not be followed, and why."""


def is_followed(status: int, method: str) -> bool:
    """Whether a redirect of *status* means: ask the same again over there."""
    return status in (FOLLOWED_BY_READING if method == "GET" else FOLLOWED_BY_ALL)


def origin_of(url: str) -> Origin:
    """Return scheme, host and port.

    Raises:
        ValueError: *url* has no port, or a bracket, that makes sense.
    """
    parts = urlsplit(url)
    return parts.scheme, (parts.hostname or "").lower(), parts.port or DEFAULT_PORTS.get(parts.scheme)


def redirect_target(url: str, location: str, method: str) -> str:
    """Return the address to go on with after *url* answered with *location*.

    A proxy that ends TLS often lets the server behind it answer with ``http://`` and its own port: on the same host,
    that means the address we came by.

    Raises:
        NotFollowed: no address at all, a less secure one, or, for anything but a GET, another server.
    """
    try:
        target = urlsplit(urljoin(url, location.strip()))
        same = origin_of(target.geturl()) == origin_of(url)
        readable = location.isprintable() and target.scheme in DEFAULT_PORTS and bool(target.hostname)
    except ValueError:
        readable = False
    if not readable:
        raise NotFollowed("the server redirects to something that is no http(s) address; not followed.")
    here = urlsplit(url)
    if (here.scheme, target.scheme) == ("https", "http"):
        if target.hostname != here.hostname:
            raise NotFollowed("the server redirects to an insecure address; not followed.")
        target, same = target._replace(scheme=here.scheme, netloc=here.netloc), True
    if not same and method != "GET":
        raise NotFollowed(f"the server redirects to another host ({target.hostname}); nothing was sent there.")
    # Neither credentials nor a fragment of somebody else's address are ours to send.
    return target._replace(netloc=target.netloc.rpartition("@")[2], fragment="").geturl()
