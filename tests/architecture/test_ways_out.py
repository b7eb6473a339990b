"""Nothing leaves but by the ways that exist for it: whoever opens a connection stands on this list, with its reason.

The import contract keeps HTTP clients to the egress client; this test finds sockets, and the ways a loop connects.
"""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import ringfence

SOURCE = Path(ringfence.__file__).parent
OPENING = {
    "create_connection", "open_connection", "create_datagram_endpoint", "create_unix_connection", "sock_connect",
    "open_unix_connection", "urlopen", "socket", "socketpair", "create_subprocess_exec", "create_subprocess_shell",
    "Popen",
}  # fmt: skip
MODULES = {
    "socket", "http.client", "urllib.request", "smtplib", "imaplib", "poplib", "ftplib", "telnetlib", "xmlrpc.client",
    "subprocess",
}  # fmt: skip

WAYS = {
    "listeners/dialer.py": "SIP to PBXs; who may be dialled, the gate has said when the line was made",
    "listeners/udp.py": "SIP to PBXs and devices over datagrams",
    "listeners/dns.py": "names of PBXs (RFC 3263)",
    "privacy/egress/address.py": "names of recipients, to check where they lead",
    "privacy/egress/client.py": "the gate's own client",
    "privacy/egress/http2.py": "connections of the gate's own client",
    "privacy/packages/clerk.py": "a child process that makes packages out of our own rows",
    "privacy/requests/mailbox/imap.py": "reads the provider's own mailbox; nothing of a person is sent there",
    "privacy/rights/scanner.py": "a child process that reads our own files",
    "senders/mail/relay.py": "SMTP to the provider's relay; the sender has asked the gate",
    "cli/requests.py": "hands a mail to the server of the same configuration, at the address where it listens",
    "app/doctor.py": "binds ports to see whether they are free",
}


def openings(source: str) -> Iterator[str]:
    """What in a module opens a connection, or could."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names if name.name in MODULES)
        elif isinstance(node, ast.ImportFrom) and node.module in MODULES:
            yield node.module
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in OPENING:
            yield node.func.attr


def test_only_the_ways_on_the_list_lead_out() -> None:
    found = {
        path.relative_to(SOURCE).as_posix(): set(openings(path.read_text("utf-8")))
        for path in SOURCE.rglob("*.py")
        if "demo" not in path.relative_to(SOURCE).parts  # plays PBX and phones itself, on loopback
    }
    assert {name: ways for name, ways in found.items() if ways and name not in WAYS} == {}
    assert set(WAYS) <= set(found)


@pytest.mark.parametrize(
    "source",
    [
        "import socket",
        "from urllib.request import urlopen",
        "async def f(loop):\n    await loop.create_connection(None, 'somewhere', 1)",
        "import asyncio\nasync def f():\n    await asyncio.open_connection('somewhere', 1)",
    ],
)
def test_a_new_way_out_is_noticed(source: str) -> None:
    assert list(openings(source))
