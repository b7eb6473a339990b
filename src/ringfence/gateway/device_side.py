"""Whose device a request comes from, and what it may say."""

from dataclasses import dataclass
from typing import final

from ringfence.gateway.identity import without_claims
from ringfence.protocols.sip.errors import BadMessage
from ringfence.protocols.sip.fields import NameAddr, parse_credentials
from ringfence.protocols.sip.flow import Flow
from ringfence.protocols.sip.message import Message, Request
from ringfence.services.reachability import Account, Accounts, Device

__all__ = ["DeviceSide", "DeviceSideSettings"]

_CREDENTIALS = (b"proxy-authorization", b"authorization")
"""We ask by 407, but some phones send what they were asked for by one header in the other as well."""


@dataclass(frozen=True, slots=True)
class DeviceSideSettings:
    """Bytes."""

    longest_body: int = 65_536  # an offer of audio and video with all its candidates stays under 10 kB, texts under 2


@final
class DeviceSide:
    """`realm` is our own; credentials for it are ours to read and nobody else's."""

    def __init__(self, accounts: Accounts, realm: bytes, settings: DeviceSideSettings | None = None) -> None:
        self._accounts = accounts
        self._realm = realm
        self._settings = settings or DeviceSideSettings()

    def check(self, request: Request) -> None:
        """Raises `BadMessage` (413) for a body that no PBX should have to swallow from us."""
        if len(request.body) > self._settings.longest_body:
            raise BadMessage("body_too_large", 413, request)

    def sender(self, request: Request, flow: Flow) -> tuple[Account, Device] | None:
        """The device of a request that the guard has let in; None where it is not to be told.

        Its flow is bound to it, or else it showed credentials: the guard has looked at those only then. A phone with
        several accounts has one flow for all: the From says which one speaks.
        """
        known = self._accounts.by_flow(flow) or self._by_credentials(request)
        found = [(account, device) for device in known if (account := self._accounts.account_of(device)) is not None]
        if len(found) > 1:
            aor = _aor_of(request)
            found = [(account, device) for account, device in found if account.aor.lower() == aor]
        return found[0] if found else None

    def speaks_for(self, device: Device, request: Request, flow: Flow) -> bool:
        """Whether a request may be in a dialog of this device, which its sealed route names.

        The guard does not see ACKs, so what one shows of credentials is worth nothing. On a flow that is bound to
        nobody its route alone counts: a phone may have dialled without having registered.
        """
        if request.method != b"ACK":
            sender = self.sender(request, flow)
            return sender is not None and sender[1] is device
        known = self._accounts.by_flow(flow)
        return not known or device in known

    def cleanse(self, message: Message) -> None:
        """Take out what a device may not say, and what it said to us alone."""
        without_claims(message)
        for name in _CREDENTIALS:
            credentials = message.get_all(name)
            foreign = [value for value in credentials if not self._is_ours(value)]
            if len(foreign) != len(credentials):
                message.remove(name)
                for value in foreign:
                    message.add(name, value)

    def _by_credentials(self, request: Request) -> tuple[Device, ...]:
        for value in request.get_all(b"proxy-authorization"):
            if self._is_ours(value):
                device = self._accounts.by_sip_user(parse_credentials(value).get(b"username"))
                return (device,) if device is not None else ()
        return ()

    def _is_ours(self, value: bytes) -> bool:
        """The same as the guard looks at, or else it would prove one device and we would take another."""
        try:
            found = parse_credentials(value)
        except BadMessage:
            return False
        return found.scheme == b"digest" and found.get(b"realm") == self._realm


def _aor_of(request: Request) -> bytes:
    try:
        uri = NameAddr.parse(request.get(b"from") or b"").address
    except BadMessage:
        return b""
    return (b"%b@%b" % (uri.user or b"", uri.host)).lower()
