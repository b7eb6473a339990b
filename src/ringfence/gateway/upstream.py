"""A PBX as the configuration describes it, and the words in which we speak to it."""

import enum
from dataclasses import dataclass
from typing import Final, Literal, final

from ringfence.gateway.addresses import Addresses
from ringfence.identifiers import ProviderId, UpstreamId
from ringfence.protocols.sip.errors import BadMessage
from ringfence.protocols.sip.uri import Uri
from ringfence.services.reachability import Account

__all__ = ["ContactStyle", "UpstreamSettings", "contact_of", "contact_user_of"]

_OPAQUE_PARAMETER = b"rf"
_OWN_ENDS: Final = Addresses()


class ContactStyle(enum.Enum):
    """What the user part of our Contact is."""

    OPAQUE = "opaque"
    """Random: the PBX's logs and bills show the AOR anyway, and nobody can guess a Contact."""
    AOR = "aor"
    """The AOR's user, with the random part as a parameter: for PBXs that look the user up."""


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class UpstreamSettings:
    """One PBX. Durations in seconds, `rate` in REGISTER requests a second."""

    id: UpstreamId
    provider: ProviderId
    domain: str
    host: str = ""  # of the registrar or of the outbound proxy before it; empty: found from the domain by RFC 3263
    port: int = 0  # 0: from SRV, else the transport's own
    transport: Literal["udp", "tcp", "tls"] = "udp"
    sources: tuple[str, ...] = ()  # addresses and networks that its requests come from, beside `host` itself
    tls_name: str = ""  # that its certificate must bear; empty: the domain
    addresses: Addresses = _OWN_ENDS  # in our Via and Contact
    expires: int = 600  # a binding that was lost unseen is found after ten minutes at the latest
    rate: float = 100.0  # a hundredth of what a registrar on one core takes, so that its calls do not notice
    contact_style: ContactStyle = ContactStyle.OPAQUE
    single_contact: bool = False  # the PBX keeps one contact an account, and un-registering may hit another phone's
    realm: str = ""  # that the PBX must challenge in; empty: whichever it does
    failures_account: int = 5  # wrong digests for one account in `failures_window` that the PBX may see
    failures_upstream: int = (
        50  # for all accounts together, half for enrolments; fail2ban counts per source, which is us
    )
    failures_window: float = 600.0  # fail2ban's usual findtime
    probe_interval: float = 10.0  # two missed OPTIONS: a PBX is known to be down before callers give up
    check_interval: float = 30.0  # one query for one account's bindings: finds a PBX that restarted between two probes
    backoff_first: float = 30.0  # RFC 5626 section 4.5: base-time when all flows failed
    backoff_most: float = 1800.0  # RFC 5626 section 4.5: max-time
    unauthorized_retry: float = 21_600.0  # four tries a day: a password that was put back is found, nobody is banned
    conflict_check: float = 600.0  # how soon we see that the other device has gone
    farewell: float = 5.0  # longest wait for the answer to an un-REGISTER; destroying keys never waits for the PBX


def contact_of(account: Account, settings: UpstreamSettings, address: bytes) -> bytes:
    """The URI of our Contact for this account; `address` is host:port at which the PBX reaches us."""
    transport = b"" if settings.transport == "udp" else b";transport=" + settings.transport.encode("ascii")
    if settings.contact_style is ContactStyle.AOR:
        user = account.aor.partition(b"@")[0]
        return b"sip:%b@%b%b;%b=%b" % (user, address, transport, _OPAQUE_PARAMETER, account.contact_user)
    return b"sip:%b@%b%b" % (account.contact_user, address, transport)


def contact_user_of(uri: bytes) -> bytes | None:
    """The opaque user in a Request-URI that came from a PBX, for `Accounts.by_contact`, in either style."""
    try:
        parsed = Uri.parse(uri)
    except BadMessage:
        return None
    return parsed.params.get(_OPAQUE_PARAMETER) or parsed.user
