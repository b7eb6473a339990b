"""Addresses that a person gave us: only public ones, and the one that was checked is the one that is used.

Resolving once to check and again to connect would let a name answer differently in between (DNS rebinding), so the
caller connects to the address returned here.
"""

import asyncio
import ipaddress
import socket
from collections.abc import Awaitable, Callable

__all__ = ["NotPublic", "Resolve", "public_address", "resolve"]

Resolve = Callable[[str, int], Awaitable[list[str]]]
"""Host and port to numeric addresses, in the order of preference."""


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
