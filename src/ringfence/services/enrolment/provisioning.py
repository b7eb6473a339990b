"""Linphone's remote provisioning: a link that gives a phone its set-up, once and within minutes.

The set-up holds two secrets: the device's own, and the PBX's HA1, which is as good as the password. So it rests in
memory and nowhere else: a restart empties it, and whoever was about to scan enrols again. Any other fetch (a second
one, a late one, a guessed one) gets an empty set-up with status 200, because a phone that asks at each start must not
be told that it failed, and because nobody shall learn which links exist.
"""

from dataclasses import dataclass, field
from typing import Final, final
from xml.sax.saxutils import escape, quoteattr

from ringfence.clock import Clock
from ringfence.identifiers import DeviceId
from ringfence.randomness import Randomness
from ringfence.services.enrolment.address import SipAddress
from ringfence.services.enrolment.ports import PushParameters
from ringfence.services.enrolment.tokens import secret

__all__ = ["EMPTY", "Credentials", "Links", "document"]

_HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n<config xmlns="http://www.linphone.org/xsds/lpconfig.xsd">\n'
_TAIL = "</config>\n"
EMPTY: Final = f"{_HEAD}{_TAIL}".encode()
_EXPIRES = 600  # seconds between REGISTERs of a phone that is awake; asleep it need not refresh, we do


@final
@dataclass(frozen=True, slots=True)
class Credentials:
    """One auth entry; exactly one of `password` and `ha1` is set."""

    username: str = field(repr=False)
    userid: str = field(repr=False)
    realm: str
    algorithm: str = "MD5"
    password: str = field(default="", repr=False)
    ha1: str = field(default="", repr=False)


def document(
    address: SipAddress, route: str, ours: Credentials, theirs: Credentials, push: PushParameters | None
) -> bytes:
    """The lpconfig XML: one account, routed through us, with an auth entry for each realm that may challenge it."""
    account = {
        "reg_proxy": f"<{route}>",
        "reg_route": f"<{route}>",
        "reg_identity": f"sip:{address.text()}",
        "reg_expires": str(_EXPIRES),
        "reg_sendregister": "1",
        "publish": "0",
        "quality_reporting_enabled": "0",
        "push_notification_allowed": "1" if push else "0",
        "remote_push_notification_allowed": "1" if push else "0",
    }
    if push:
        account["push_parameters"] = f"pn-provider={push.provider};pn-param={push.param};pn-prid={push.prid};"
    sections = {
        "sip": {"default_proxy": "0"},
        "net": {"push_notification": "1" if push else "0"},
        "proxy_0": account,
        "auth_info_0": _auth(ours),
        "auth_info_1": _auth(theirs),
    }
    return (_HEAD + "".join(_section(name, entries) for name, entries in sections.items()) + _TAIL).encode()


def _auth(credentials: Credentials) -> dict[str, str]:
    """Found by user name and realm. A `domain` would make Linphone 5.1 overlook the first of two for one address."""
    entries = {
        "username": credentials.username,
        "userid": credentials.userid,
        "realm": credentials.realm,
        "algorithm": credentials.algorithm,
    }
    return entries | ({"ha1": credentials.ha1} if credentials.ha1 else {"passwd": credentials.password})


def _section(name: str, entries: dict[str, str]) -> str:
    lines = "".join(
        f'    <entry name={quoteattr(key)} overwrite="true">{escape(value)}</entry>\n' for key, value in entries.items()
    )
    return f"  <section name={quoteattr(name)}>\n{lines}  </section>\n"


class _Waiting:
    __slots__ = ("device", "document", "ends")

    def __init__(self, document: bytes, device: DeviceId, ends: float) -> None:
        self.document = document
        self.device = device
        self.ends = ends


@final
class Links:
    """Set-ups that wait to be fetched."""

    __slots__ = ("_clock", "_limit", "_randomness", "_seconds", "_waiting")

    def __init__(self, clock: Clock, randomness: Randomness, *, seconds: float, limit: int) -> None:
        self._clock = clock
        self._randomness = randomness
        self._seconds = seconds
        self._limit = limit
        self._waiting: dict[str, _Waiting] = {}

    def __len__(self) -> int:
        return len(self._waiting)

    def put(self, document: bytes, device: DeviceId) -> str:
        """The key of the new link; an older one of the device dies, and the oldest of all if there are too many."""
        self.forget(device)
        self.purge()
        if len(self._waiting) >= self._limit:
            del self._waiting[next(iter(self._waiting))]
        key = secret(self._randomness)
        self._waiting[key] = _Waiting(document, device, self._clock.monotonic() + self._seconds)
        return key

    def take(self, key: str) -> bytes:
        """The set-up, the first time and in time; else an empty one."""
        waiting = self._waiting.pop(key, None)
        if waiting is None or waiting.ends <= self._clock.monotonic():
            return EMPTY
        return waiting.document

    def forget(self, device: DeviceId) -> None:
        """The device has signed out or enrols anew."""
        for key in [key for key, waiting in self._waiting.items() if waiting.device == device]:
            del self._waiting[key]

    def purge(self) -> None:
        """Drops what is too old; they are in the order of their making."""
        now = self._clock.monotonic()
        for key in [key for key, waiting in self._waiting.items() if waiting.ends <= now]:
            del self._waiting[key]
