"""Listeners: asyncio shells for SIP over UDP, TCP and TLS. They move bytes and know nothing of their meaning.

    network <--> UdpSocket, StreamServer, StreamDialer --received, malformed, alive, lost--> Sink (gateway.Endpoint)
                        ^-- UdpFlow, StreamFlow <--send, close-- the SIP core

Invariants: nothing blocks; a stream's message reaches the sink whole; every accepted connection is told as lost once;
what a peer can make us hold is bounded in bytes, seconds and connections.

Refuses: TLS below 1.2, renegotiation, certificates of other SIP domains, wildcards in them, connections beyond the
limits, peers that connect and stay silent or stay strangers, messages that trickle, peers that do not read what they
are sent.
"""

from ringfence.listeners.dialer import ConnectFailed, StreamDialer
from ringfence.listeners.dns import DnsFailed, SystemResolver
from ringfence.listeners.server import StreamServer
from ringfence.listeners.settings import StreamSettings, UdpSettings
from ringfence.listeners.sink import Sink
from ringfence.listeners.stream import StreamFlow
from ringfence.listeners.tls import CertificateUnusable, Renewal, bears, client_context, server_context
from ringfence.listeners.udp import UdpFlow, UdpSocket

__all__ = [
    "CertificateUnusable",
    "ConnectFailed",
    "DnsFailed",
    "Renewal",
    "Sink",
    "StreamDialer",
    "StreamFlow",
    "StreamServer",
    "StreamSettings",
    "SystemResolver",
    "UdpFlow",
    "UdpSettings",
    "UdpSocket",
    "bears",
    "client_context",
    "server_context",
]
