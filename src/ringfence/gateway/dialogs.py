"""The way back into a dialog without remembering it: the route is in the message.

    PBX <--Route: <sip:TOKEN@our PBX side;lr>, <sip:TOKEN@our device side;lr>--> device

We record-route with a token that names the device, and nothing else; it resolves to the device's newest flow, also
after a restart and after the phone changed networks. The token is sealed (AES-SIV, RFC 5297) with a random salt: nobody
else can make one, and two calls of one device can't be linked by whoever sees their routes. Which way a request goes is
told by the side that it came in from, not by the token: that can't be forged.
"""

import base64
import binascii
import re
from collections.abc import Callable, Sequence
from itertools import dropwhile
from typing import Final, final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESSIV

from ringfence.protocols.sip.fields import NameAddr, contacts, cseq, split_values
from ringfence.protocols.sip.flow import Flow
from ringfence.protocols.sip.message import Request, Response
from ringfence.protocols.sip.proxy import take_routes
from ringfence.protocols.sip.request import new_request
from ringfence.protocols.sip.uri import Uri
from ringfence.randomness import Randomness
from ringfence.services.reachability import Accounts, Device

__all__ = ["KEY_SIZE", "Dialogs", "ack_of", "bye_of"]

KEY_SIZE: Final = 64
"""Bytes of the route key: AES-256-SIV. Kept over restarts; a new one breaks the dialogs that are up."""

_SALT: Final = 8
_SHORTEST: Final = 32
_LONGEST: Final = 200
"""Characters of a token; anything else is somebody's name."""
_PURPOSE: Final = [b"ringfence route 1"]
_TOKEN_ROUTE: Final = re.compile(rb"<sip:([A-Za-z0-9_-]{32,200})@")
"""How a value of ours begins; nearly all user agents send it back as it was."""


@final
class Dialogs:
    """Writes our Record-Route values and reads them back."""

    def __init__(
        self, key: bytes, accounts: Accounts, randomness: Randomness, address_of: Callable[[Flow], bytes]
    ) -> None:
        """`address_of` gives host:port at which the other end of a flow reaches us, as in our Via."""
        self._cipher = AESSIV(key)
        self._accounts = accounts
        self._randomness = randomness
        self._address_of = address_of

    def record_route(self, device: Device, sender: Flow, receiver: Flow) -> Sequence[bytes]:
        """Values for a request that goes from `sender` to `receiver`: two where the sides differ (RFC 5658)."""
        token = self._seal(device)
        towards, back = self._value(token, receiver), self._value(token, sender)
        return (towards,) if towards == back else (towards, back)

    def take(self, request: Request) -> Device | None:
        """Take our values out of the Route of a request; the device that they name.

        None where they name nobody who is here, or none was ours: it is in no dialog that we know. Values of another of
        our devices stay: the call goes through us twice, and they are for the second time.
        """
        routes = [value for line in request.get_all(b"route") for value in split_values(line)]
        first = _TOKEN_ROUTE.match(routes[0]) if routes else None
        if first is None or first[1] in request.start:
            return self._take_any(request)
        device = self._open(first[1])
        if device is not None:
            ours = first[0]
            request.remove(b"route")
            for value in dropwhile(lambda value: value.startswith(ours), routes):
                request.add(b"route", value)
        return device

    def _take_any(self, request: Request) -> Device | None:
        """What `take` does, in every way that RFC 3261 section 16.4 allows, strict routers before us included."""
        token: bytes | None = None
        device: Device | None = None

        def is_ours(uri: Uri) -> bool:
            nonlocal token, device
            if token is not None:
                return uri.user == token
            device = self._open(uri.user)
            token = uri.user if device is not None else None
            return device is not None

        take_routes(request, is_ours)
        return device

    def _seal(self, device: Device) -> bytes:
        sealed = self._cipher.encrypt(self._randomness.bytes(_SALT) + device.sip_user, _PURPOSE)
        return base64.urlsafe_b64encode(sealed).rstrip(b"=")

    def _open(self, user: bytes | None) -> Device | None:
        if user is None or not _SHORTEST <= len(user) <= _LONGEST:
            return None
        try:
            sealed = base64.urlsafe_b64decode(user + b"=" * (-len(user) % 4))
            plain = self._cipher.decrypt(sealed, _PURPOSE)
        except (binascii.Error, InvalidTag, ValueError):
            return None
        return self._accounts.by_sip_user(plain[_SALT:])

    def _value(self, token: bytes, flow: Flow) -> bytes:
        return b"<sip:%b@%b;transport=%b;lr>" % (token, self._address_of(flow), flow.transport.lower())


def ack_of(invite: Request, response: Response) -> Request:
    """The ACK to a 2xx that came on a branch of ours, for the flow of that branch (RFC 3261 section 13.2.2.4)."""
    return _within(invite, response, b"ACK", cseq(invite).number)


def bye_of(invite: Request, response: Response) -> Request:
    """The BYE that ends what the 2xx began, in the caller's name, for the flow of that branch."""
    return _within(invite, response, b"BYE", cseq(invite).number + 1)


def _within(invite: Request, response: Response, method: bytes, number: int) -> Request:
    remote = contacts(response)
    return new_request(
        method,
        remote[0].uri if remote else invite.uri,
        sender=invite.get(b"from") or b"",
        to=response.get(b"to") or b"",
        call_id=invite.get(b"call-id") or b"",
        number=number,
        routes=_routes_beyond(invite, response),
    )


def _routes_beyond(invite: Request, response: Response) -> list[bytes]:
    """The device's part of the route set: what was recorded after us, nearest first."""
    recorded = [value for line in response.get_all(b"record-route") for value in split_values(line)]
    ours = len([value for line in invite.get_all(b"record-route") for value in split_values(line)])
    beyond = recorded[: max(0, len(recorded) - ours)]
    return [NameAddr.parse(value).to_bytes() for value in reversed(beyond)]
