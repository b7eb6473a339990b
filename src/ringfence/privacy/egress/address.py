"""Addresses that a person gave us: only public ones, and the one that was checked is the one that is used.

Resolving once to check and again to connect would let a name answer differently in between (DNS rebinding), so the
caller connects to the address returned here.
"""

import asyncio
import ipaddress
import socket
from collections.abc import Awaitable, Callable
from typing import Final
from urllib.parse import urlsplit

__all__ = ["NotPublic", "Resolve", "is_plain_https", "public_address", "resolve"]

_LONGEST_URL: Final = 2_000  # characters
_PORTS: Final = range(1, 65_536)

Resolve = Callable[[str, int], Awaitable[list[str]]]
"""Host and port to numeric addresses, in the order of preference."""


def is_plain_https(url: str) -> bool:
    """Whether a stranger's URL is one that could be followed: https, a host, no user, no fragment; nothing is asked."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return False
    plain = len(url) <= _LONGEST_URL and url.isascii() and url.isprintable() and " " not in url and "\\" not in url
    named = bool(parts.hostname) and "@" not in parts.netloc and not parts.fragment
    return plain and named and url.startswith("https://") and (port is None or port in _PORTS)


class NotPublic(Exception):
    """The name resolves to an address that is not on the public Internet, or to none; the client blocks."""


async def resolve(host: str, port: int) -> list[str]:
    """By the system's resolver."""
    loop = asyncio.get_running_loop()
    found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [str(entry[4][0]) for entry in found]


async def public_address(host: str, port: int, resolver: Resolve) -> str:
    """The address to connect to. Raises NotPublic if any answer is private: mixed answers are an attack or an error."""
    try:
        answers = await resolver(host, port)
    except OSError:
        raise NotPublic from None
    if not answers or not all(_is_public(answer) for answer in answers):
        raise NotPublic
    return answers[0]


def _is_public(text: str) -> bool:
    try:
        address = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return False
    embedded = address.ipv4_mapped or address.sixtofour if isinstance(address, ipaddress.IPv6Address) else None
    if embedded is not None and not embedded.is_global:
        return False
    return address.is_global and not address.is_multicast
