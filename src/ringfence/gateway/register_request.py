"""REGISTER requests towards a PBX, as bytes.

One of these goes out for each account every few minutes, so it is composed from ready-made pieces; what a person or a
PBX chose (AOR, user, realm) was checked where it came in.
"""

from typing import final

from ringfence.gateway.upstream import UpstreamSettings, contact_of
from ringfence.protocols.sip.flow import Flow
from ringfence.services.reachability import Account

__all__ = ["RegisterWording"]


@final
class RegisterWording:
    """The pieces for one PBX and one flow."""

    __slots__ = ("_address", "_settings", "head", "uri")

    def __init__(self, settings: UpstreamSettings, flow: Flow) -> None:
        self._settings = settings
        self._address = settings.addresses.of(flow)
        self.uri = b"sip:" + settings.domain.encode("ascii")
        self.head = b"REGISTER %b SIP/2.0\r\nVia: SIP/2.0/%b %b;rport;branch=" % (
            self.uri,
            flow.transport,
            self._address,
        )

    def tail(self, account: Account, cseq: int, contact: bytes, credentials: bytes) -> bytes:
        """What follows the branch; `contact` and `credentials` are whole header lines, or empty."""
        return (
            b"\r\nMax-Forwards: 70\r\nFrom: <sip:%b>;tag=%b\r\nTo: <sip:%b>\r\nCall-ID: %b\r\nCSeq: %d REGISTER\r\n"
            b"%b%bContent-Length: 0\r\n\r\n"
        ) % (account.aor, account.call_id[-10:], account.aor, account.call_id, cseq, contact, credentials)

    def binding(self, account: Account, expires: int) -> bytes:
        """The lines that ask for our binding for so many seconds, or with 0 for its end, and for nobody else's."""
        contact = contact_of(account, self._settings, self._address)
        return b"Contact: <%b>;expires=%d\r\nExpires: %d\r\n" % (contact, expires, expires)
