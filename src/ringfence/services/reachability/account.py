"""An account as it lies in memory while its phones sleep: who it is, how it registers, which devices it has.

There are a hundred thousand of these, so they are slotted and hold bytes that go on the wire as they are. Nothing here
refers back to its owner: when an account is dropped, its secrets are freed at once and not at the next collection.
"""

import enum
from typing import final

from ringfence.identifiers import DeviceId, ProviderId, SubjectId, UpstreamId
from ringfence.protocols.sip.digest import Algorithm
from ringfence.protocols.sip.flow import Flow

__all__ = ["Account", "Binding", "Device", "State"]

_MD5_SIZE = 16  # bytes of a digest


class State(enum.Enum):
    """How an account stands with its PBX; the names are those of the metric."""

    IDLE = "idle"
    """Known, and waiting for its turn."""
    REGISTERING = "registering"
    """A REGISTER is under way, and there is no binding yet."""
    REGISTERED = "registered"
    """The PBX said that our binding stands."""
    UNAUTHORIZED = "unauthorized"
    """The PBX refuses what we know: another password, realm or algorithm. The person has to enrol again."""
    CONFLICT = "conflict"
    """Somebody else's binding displaced ours; we do not fight."""
    ERROR = "error"
    """The PBX does not answer, or answers that it can't; tried again with growing pauses."""


@final
class Binding:
    """Where one device can be reached now: its newest REGISTER and the flow that it came on."""

    __slots__ = ("alive_at", "call_id", "contact", "cseq", "expires_at", "flow", "path")

    def __init__(
        self,
        *,
        flow: Flow,
        contact: bytes,
        expires_at: float,
        alive_at: float,
        path: tuple[bytes, ...] = (),
        call_id: bytes = b"",
        cseq: int = 0,
    ) -> None:
        self.flow = flow
        self.contact = contact
        """The Contact's URI, without angle brackets."""
        self.expires_at = expires_at
        """Monotonic seconds."""
        self.alive_at = alive_at
        """When the device last sent anything on the flow; monotonic seconds."""
        self.path = path
        """Path values (RFC 3327), topmost first: the Route of whatever is sent to this binding."""
        self.call_id = call_id
        self.cseq = cseq

    def __repr__(self) -> str:
        return "<Binding>"  # a contact is personal


@final
class Device:
    """One phone or app instance with its own secret in our realm, asleep while `binding` is None."""

    __slots__ = ("_ha1s", "binding", "id", "sip_user", "subject")

    def __init__(
        self,
        *,
        id: DeviceId,  # noqa: A002 - the field's name everywhere
        subject: SubjectId,
        sip_user: bytes,
        ha1_md5: bytes,
        ha1_sha256: bytes,
    ) -> None:
        self.id = id
        self.subject = subject
        self.sip_user = sip_user
        """The digest user name that it shows us."""
        self._ha1s = bytes.fromhex((ha1_md5 + ha1_sha256).decode("ascii"))  # one object of half the size
        self.binding: Binding | None = None

    def ha1(self, algorithm: Algorithm) -> bytes | None:
        """Its HA1 in our realm, in hexadecimal; MD5 for phones that speak nothing better."""
        if algorithm is Algorithm.SHA_256:
            return self._ha1s[_MD5_SIZE:].hex().encode("ascii")
        return self._ha1s[:_MD5_SIZE].hex().encode("ascii") if algorithm is Algorithm.MD5 else None

    def same_secret(self, other: "Device") -> bool:
        return self.sip_user == other.sip_user and self._ha1s == other._ha1s  # noqa: SLF001 - a device knows devices

    def __repr__(self) -> str:
        return f"<Device {self.id}>"


@final
class Account:
    """A SIP account that we keep registered at its PBX."""

    __slots__ = (
        "algorithm",
        "aor",
        "auth_user",
        "call_id",
        "contact_user",
        "devices",
        "ha1",
        "provider",
        "realm",
        "state",
        "subject",
        "upstream",
    )

    def __init__(
        self,
        *,
        subject: SubjectId,
        provider: ProviderId,
        upstream: UpstreamId,
        aor: bytes,
        auth_user: bytes,
        realm: bytes,
        algorithm: Algorithm,
        ha1: bytes,
        call_id: bytes,
        contact_user: bytes,
    ) -> None:
        self.subject = subject
        self.provider = provider
        self.upstream = upstream
        self.aor = aor
        """`user@domain`, no scheme."""
        self.auth_user = auth_user
        self.realm = realm
        self.algorithm = algorithm
        self.ha1 = ha1
        """Password-equivalent at the PBX, for this realm and algorithm only; in hexadecimal."""
        self.call_id = call_id
        self.contact_user = contact_user
        """The opaque user by which the PBX's requests find this account."""
        self.state = State.IDLE
        self.devices: tuple[Device, ...] = ()

    def device(self, id: DeviceId) -> Device | None:  # noqa: A002 - the field's name everywhere
        return next((device for device in self.devices if device.id == id), None)

    def __repr__(self) -> str:
        return f"<Account {self.subject}>"
