"""Signing in, joined: what enrolment, reachability and the keyring know, in the words in which sign-in asks."""

from collections.abc import Mapping
from dataclasses import dataclass
from hmac import compare_digest
from typing import Final, final

import phonenumbers

from ringfence.app.kernel import Kernel
from ringfence.declarations import IdentifierKind
from ringfence.identifiers import ProviderId, RowId, SubjectId, UpstreamId
from ringfence.persistence import Database
from ringfence.privacy.access import Passkeys, Place, Sessions
from ringfence.privacy.vault import Keyring
from ringfence.services.enrolment import SipAccount, return_mark
from ringfence.services.reachability import Accounts, Credential, State
from ringfence.services.signin import Held, Home, PinSender, SignIn, SignInSettings, Standing, SubscriberPasskeys, World
from ringfence.services.signin.ports import Proof, Prover
from ringfence.settings import Settings

__all__ = [
    "PEOPLE_WHO_COME_BACK",
    "HeldCredentials",
    "KeyringDirectory",
    "RegisteredHolder",
    "SigningIn",
    "sign_in_settings",
    "signing_in",
]

PEOPLE_WHO_COME_BACK: Final = "people who come back"
"""The purpose for which enrolment and sign-in derive one key: marks of the one are compared by the other."""
_STANDINGS: Final = {State.REGISTERED: Standing.ACCEPTED, State.UNAUTHORIZED: Standing.REFUSED}


@final
class HeldCredentials:
    """Sealed digest secrets, and the marks by which people are known again (port `Credentials`)."""

    def __init__(self, db: Database, mark_key: bytes) -> None:
        self._db = db
        self._mark_key = mark_key

    async def of(self, subject: SubjectId) -> Held | None:
        async with self._db.reading() as unit:
            row = await unit.get(Credential, RowId(subject))
        return None if row is None else Held(row.auth_user, row.realm, row.algorithm, row.ha1)

    async def remembers(self, subject: SubjectId, proof: Proof) -> bool:
        mark = return_mark(self._mark_key, proof)
        async with self._db.reading() as unit:
            accounts = await unit.select(SipAccount, subject=subject)
        return any(compare_digest(account.mark, mark) for account in accounts)


@final
class KeyringDirectory:
    """The blind index (port `Directory`). `countries` says how a provider's people write national numbers."""

    def __init__(self, keyring: Keyring, homes: Mapping[str, Home], countries: Mapping[ProviderId, str]) -> None:
        self._keyring = keyring
        self._domains = {
            provider: [domain for domain, home in homes.items() if home.provider == provider] for provider in countries
        }
        self._countries = countries

    def by_address(self, provider: ProviderId, address: str) -> SubjectId | None:
        return self._keyring.find(provider, IdentifierKind.SIP_ADDRESS, address)

    def by_number(self, provider: ProviderId, number: str) -> SubjectId | None:
        """Every spelling under every domain is looked for, found or not: a hit takes no longer than a miss."""
        if "@" in number:
            return self.by_address(provider, number)
        spellings = spellings_of(number, self._countries.get(provider, ""))
        found = {self._keyring.find(provider, IdentifierKind.PHONE_NUMBER, spellings[0])}
        for domain in self._domains.get(provider, ()):
            found |= {self.by_address(provider, f"{user}@{domain}") for user in spellings}
        found.discard(None)
        return found.pop() if len(found) == 1 else None


def spellings_of(number: str, country: str) -> tuple[str, ...]:
    """How a PBX may have it as a user name: +49..., 49..., 0049..., 030..., and as it was typed; always five."""
    typed = "".join(number.split())
    try:
        parsed = phonenumbers.parse(number, country or None)
    except phonenumbers.NumberParseException:
        return (typed,) * 5
    whole = phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)
    national = phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.NATIONAL)
    bare = "".join(character for character in national if character.isdecimal())
    return whole, whole[1:], f"00{whole[1:]}", bare, typed


@final
class RegisteredHolder:
    """Whether the PBX still accepts what a person enrolled with: how their registration stands (port `Holder`).

    A conflict is no acceptance: whoever displaced us may be the number's next holder.
    """

    def __init__(self, accounts: Accounts) -> None:
        self._accounts = accounts

    def standing(self, subject: SubjectId) -> Standing:
        account = self._accounts.by_subject(subject)
        return Standing.UNKNOWN if account is None else _STANDINGS.get(account.state, Standing.UNKNOWN)


@final
@dataclass(frozen=True, slots=True)
class SigningIn:
    """What the portal is given; `sessions` and `sign_in` are departures of every erasure."""

    sessions: Sessions
    sign_in: SignIn
    passkeys: SubscriberPasskeys


def signing_in(
    kernel: Kernel, *, accounts: Accounts, prover: Prover, pins: Mapping[ProviderId, PinSender]
) -> SigningIn:
    """Sign-in of an installation. `pins` says by which way each provider's PINs go."""
    settings = sign_in_settings(kernel.settings)
    countries = {ProviderId(provider.id): provider.country for provider in kernel.settings.providers}
    sessions = Sessions(kernel.clock, kernel.randomness)
    sign_in = SignIn(
        World(
            db=kernel.db,
            ledger=kernel.ledger,
            sessions=sessions,
            credentials=HeldCredentials(kernel.db, kernel.keyring.derive(PEOPLE_WHO_COME_BACK)),
            directory=KeyringDirectory(kernel.keyring, settings.homes, countries),
            prover=prover,
            holder=RegisteredHolder(accounts),
            pins=dict(pins),
            clock=kernel.clock,
            randomness=kernel.randomness,
        ),
        settings,
    )
    passkeys = SubscriberPasskeys(
        db=kernel.db,
        identities=kernel.keyring,
        passkeys=Passkeys(Place.of(kernel.settings.http.public_url, kernel.settings.providers[0].name)),
        sign_in=sign_in,
        clock=kernel.clock,
        randomness=kernel.randomness,
    )
    return SigningIn(sessions, sign_in, passkeys)


def sign_in_settings(settings: Settings) -> SignInSettings:
    """Out of the configuration file."""
    return SignInSettings(
        homes={
            upstream.domain.lower(): Home(ProviderId(provider.id), UpstreamId(upstream.id))
            for provider in settings.providers
            for upstream in provider.upstreams
        },
        names={ProviderId(provider.id): provider.name for provider in settings.providers},
    )
