"""Digest authentication (RFC 2617, RFC 7616, and RFC 8760 for SIP), both sides, from HA1 only.

    peer's 401 --challenges()--> choose() --answer()--> our Authorization       as a client
    device's Authorization --DigestServer.verify()--> Verdict                   as a server
                  DigestServer.challenges() --> our 401

A password comes in at one place, `ha1`, and goes no further. HA1 is as good as the password for its realm: treat it as
one. `qop=auth` is what we speak; `auth-int` is refused, since a proxy may touch the body; a challenge without qop gets
the answer of RFC 2069. `-sess` algorithms are refused: RFC 8760 leaves them out and no SIP peer we know asks for them.
"""

import enum
import hashlib
import hmac
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from ringfence.protocols.sip.chance import Chance
from ringfence.protocols.sip.errors import BadMessage
from ringfence.protocols.sip.fields import AuthParams, parse_challenge, parse_credentials, quote
from ringfence.protocols.sip.message import Response
from ringfence.protocols.sip.nonce import Nonces
from ringfence.protocols.sip.uri import Uri

__all__ = [
    "Algorithm",
    "Challenge",
    "DigestServer",
    "Outcome",
    "Verdict",
    "answer",
    "challenges",
    "choose",
    "digest_response",
    "ha1",
]


class Algorithm(enum.Enum):
    """By rising strength; the value is the token of RFC 7616 and RFC 8760."""

    MD5 = "MD5"
    SHA_256 = "SHA-256"
    SHA_512_256 = "SHA-512-256"

    def __init__(self, token: str) -> None:
        self.token = token.encode("ascii")

    @classmethod
    def named(cls, token: bytes) -> "Algorithm":
        """Case does not count, absence means MD5; raises `BadMessage` for one we don't speak."""
        found = _NAMED.get(token.upper())
        if found is None:
            raise BadMessage("unknown_digest_algorithm", 400)
        return found

    @property
    def strength(self) -> int:
        return _STRENGTH[self]


_STRENGTH = {algorithm: rank for rank, algorithm in enumerate(Algorithm)}
_NAMED = {b"": Algorithm.MD5, **{algorithm.token: algorithm for algorithm in Algorithm}}


def ha1(algorithm: Algorithm, user: bytes, realm: bytes, password: bytes) -> bytes:
    """The lower-case hexadecimal HA1; all three texts as bytes of UTF-8, without quotes."""
    return _HASH[algorithm](b"%b:%b:%b" % (user, realm, password))


def digest_response(
    algorithm: Algorithm, ha1: bytes, method: bytes, uri: bytes, nonce: bytes, cnonce: bytes, nc: bytes
) -> bytes:
    """The request-digest (RFC 7616 section 3.4.1); with an empty `nc` that of RFC 2069, without qop."""
    hashed = _HASH[algorithm]
    ha2 = hashed(b"%b:%b" % (method, uri))
    if not nc:
        return hashed(b"%b:%b:%b" % (ha1, nonce, ha2))
    return hashed(b"%b:%b:%b:%b:auth:%b" % (ha1, nonce, nc, cnonce, ha2))


@dataclass(frozen=True, slots=True)
class Challenge:
    """One challenge that we can answer. Texts stand as between their quotes on the wire."""

    realm: bytes
    nonce: bytes = field(repr=False)
    algorithm: Algorithm = Algorithm.MD5
    qop: bool = True  # False: the server is of RFC 2069 and wants no cnonce
    opaque: bytes | None = None
    stale: bool = False

    @classmethod
    def parse(cls, value: bytes) -> "Challenge":
        """A WWW-Authenticate or Proxy-Authenticate value; raises `BadMessage` where we can't answer it."""
        found = parse_challenge(value)
        if found.scheme != b"digest" or b"nonce" not in found.params or b"realm" not in found.params:
            raise BadMessage("bad_challenge", 400)
        qop = [option.strip().lower() for option in found.get(b"qop").split(b",")]
        if qop != [b""] and b"auth" not in qop:
            raise BadMessage("unknown_digest_qop", 400)
        return cls(
            realm=found.get(b"realm"),
            nonce=found.get(b"nonce"),
            algorithm=Algorithm.named(found.get(b"algorithm")),
            qop=qop != [b""],
            opaque=found.params.get(b"opaque"),
            stale=found.get(b"stale").lower() == b"true",
        )

    def to_bytes(self) -> bytes:
        parts = [b'Digest realm="%b", nonce="%b"' % (self.realm, self.nonce)]
        if self.opaque is not None:
            parts.append(b'opaque="%b"' % self.opaque)
        if self.stale:
            parts.append(b"stale=true")
        parts.append(b"algorithm=" + self.algorithm.token)
        if self.qop:
            parts.append(b'qop="auth"')
        return b", ".join(parts)


def challenges(response: Response) -> list[Challenge]:
    """Those challenges of a 401 or 407 that we can answer, in order; others and garbage are left out."""
    header = b"proxy-authenticate" if response.status == 407 else b"www-authenticate"
    found = []
    for value in response.get_all(header):
        try:
            found.append(Challenge.parse(value))
        except BadMessage:  # another scheme, algorithm or qop: the next line may suit us
            continue
    return found


def choose(offered: Iterable[Challenge], holds: Callable[[Challenge], bool]) -> Challenge | None:
    """The strongest one for which `holds` says that we have the HA1; of equals the first.

    RFC 8760 section 2.4 takes the topmost unless local policy says otherwise. Ours does: a middlebox that turns the
    lines round must not talk us down to MD5.
    """
    ours = [challenge for challenge in offered if holds(challenge)]
    return max(ours, key=lambda challenge: challenge.algorithm.strength, default=None)


def answer(
    challenge: Challenge,
    *,
    ha1: bytes,
    user: bytes,
    method: bytes,
    uri: bytes,
    cnonce: bytes,
    nc: int,
    nonce: bytes = b"",
) -> bytes:
    """The (Proxy-)Authorization value. `nc` counts the uses of this nonce from 1; `cnonce` is fresh chance in hex.

    `nonce` stands in for the challenge's own where one challenge is kept for many that differ in nothing else.
    """
    nonce = nonce or challenge.nonce
    count = b"%08x" % nc if challenge.qop else b""
    response = digest_response(challenge.algorithm, ha1, method, uri, nonce, cnonce, count)
    value = b'Digest username=%b, realm="%b", nonce="%b", uri="%b", response="%b", algorithm=%b' % (
        quote(user),
        challenge.realm,
        nonce,
        uri,
        response,
        challenge.algorithm.token,
    )
    if challenge.qop:
        value += b', cnonce="%b", qop=auth, nc=%b' % (cnonce, count)
    if challenge.opaque is not None:
        value += b', opaque="%b"' % challenge.opaque
    return value


class Outcome(enum.Enum):
    """What credentials turned out to be, and what to do about it."""

    OK = "right, and fresh"
    STALE = "right, but the nonce is too old, used before or of another flow: challenge with stale=true, ask no human"
    WRONG = "not right, or nobody known: challenge again, count it as a failure"
    UNREADABLE = "no digest credentials that we could check: 400"


@dataclass(frozen=True, slots=True)
class Verdict:
    """`user` is what the credentials claim, None where they can't be read; trust it where `outcome` is OK."""

    outcome: Outcome
    user: bytes | None = field(default=None, repr=False)

    @property
    def ok(self) -> bool:
        return self.outcome is Outcome.OK


class DigestServer:
    """Our side of the challenge to devices.

    `key` is 32 bytes of chance; after a restart with another key every nonce is stale once. A nonce may be bound to
    what it was asked on (`bound`, such as the name of the flow), and is then stale anywhere else.
    Algorithms are offered strongest first. `now` is in seconds, the same clock in every call.
    """

    __slots__ = ("_algorithms", "_marked", "_nobody", "_nonces", "_wordings", "realm")

    def __init__(
        self,
        realm: bytes,
        *,
        algorithms: Iterable[Algorithm],
        key: bytes,
        chance: Chance,
        lifetime: float = 3600.0,  # seconds; a phone that refreshes within the hour needs no second round trip
        window: int = 65536,  # nonces in use at a time, about 0.2 kB each
    ) -> None:
        self.realm = realm
        self._marked = b'realm="%b"' % realm
        self._algorithms = sorted(algorithms, key=lambda algorithm: -algorithm.strength)
        self._wordings = {
            stale: [_wording(realm, algorithm, stale) for algorithm in self._algorithms] for stale in (False, True)
        }
        self._nobody = key.hex().encode("ascii")  # an HA1 that nobody has
        self._nonces = Nonces(realm, key=key, chance=chance, lifetime=lifetime, window=window)

    def challenge(self, now: float, *, stale: bool = False, bound: bytes = b"") -> bytes:
        """The header value for our strongest algorithm."""
        return self.challenges(now, stale=stale, bound=bound)[0]

    def challenges(self, now: float, *, stale: bool = False, bound: bytes = b"") -> list[bytes]:
        """One header value an algorithm, to be sent as lines of their own in this order (RFC 8760 section 2.3)."""
        nonce = self._nonces.make(now, bound)
        return [before + nonce + after for before, after in self._wordings[stale]]

    def find(self, values: Iterable[bytes]) -> bytes | None:
        """The one among several credentials that is for our realm: a request may carry the PBX's as well."""
        for value in values:
            if self._marked in value:
                return value  # as everybody writes it; `verify` looks closely
            found = _read(value)
            if found is not None and found.get(b"realm") == self.realm:
                return value
        return None

    def verify(
        self,
        header: bytes,
        method: bytes,
        ha1_of: Callable[[bytes, Algorithm], bytes | None],
        now: float,
        *,
        uri: bytes | None = None,
        bound: bytes = b"",
    ) -> Verdict:
        """Check one credentials value. `ha1_of` looks up memory by user name; None where it knows nobody.

        `uri` is the Request-URI, which the digest must be about (RFC 7616 section 3.4.6). Somebody unknown costs the
        same work as somebody known with a wrong secret, and nothing about a nonce is told to who has no secret.
        """
        found = _read(header)
        count = _count(found) if found else None
        if found is None or count is None:
            return Verdict(Outcome.UNREADABLE)
        user = found.get(b"username")
        if not self._proves(found, method, ha1_of) or not _same_uri(found.get(b"uri"), uri):
            return Verdict(Outcome.WRONG, user)
        fresh = self._nonces.use(found.get(b"nonce"), count, now, bound)
        return Verdict(Outcome.OK if fresh else Outcome.STALE, user)

    def _proves(self, found: AuthParams, method: bytes, ha1_of: Callable[[bytes, Algorithm], bytes | None]) -> bool:
        algorithm = _NAMED.get(found.get(b"algorithm").upper())
        offered = algorithm in self._algorithms and found.get(b"realm") == self.realm
        algorithm = algorithm or self._algorithms[0]
        held = ha1_of(found.get(b"username"), algorithm)
        expected = digest_response(
            algorithm,
            held or self._nobody,
            method,
            found.get(b"uri"),
            found.get(b"nonce"),
            found.get(b"cnonce"),
            found.get(b"nc"),
        )
        same = hmac.compare_digest(expected, found.get(b"response").lower())
        return same and offered and held is not None


def _wording(realm: bytes, algorithm: Algorithm, stale: bool) -> tuple[bytes, bytes]:
    """A challenge of ours, cut where its nonce goes."""
    before, between, after = Challenge(realm, b"", algorithm, stale=stale).to_bytes().partition(b' nonce="')
    return before + between, after


def _md5(data: bytes) -> bytes:
    # PBXs of this world ask for it; who has a choice gets a stronger one (`choose`).
    return hashlib.md5(data, usedforsecurity=False).hexdigest().encode("ascii")


def _sha_256(data: bytes) -> bytes:
    return hashlib.sha256(data).hexdigest().encode("ascii")


def _sha_512_256(data: bytes) -> bytes:
    return hashlib.new("sha512_256", data).hexdigest().encode("ascii")


_HASH: dict[Algorithm, Callable[[bytes], bytes]] = {
    Algorithm.MD5: _md5,
    Algorithm.SHA_256: _sha_256,
    Algorithm.SHA_512_256: _sha_512_256,
}


def _read(value: bytes) -> AuthParams | None:
    try:
        found = parse_credentials(value)
    except BadMessage:
        return None
    return found if found.scheme == b"digest" else None


def _count(found: AuthParams) -> int | None:
    """The nonce count; None without qop=auth: we offered it, and without a count a request could be replayed."""
    digits = found.get(b"nc")
    if found.get(b"qop").lower() != b"auth" or len(digits) != 8:
        return None
    try:
        return int(digits, 16)
    except ValueError:
        return None


def _same_uri(claimed: bytes, asked: bytes | None) -> bool:
    if asked is None or claimed == asked:
        return True
    try:
        return Uri.parse(claimed) == Uri.parse(asked)
    except BadMessage:
        return False
