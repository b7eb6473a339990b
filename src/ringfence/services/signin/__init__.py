"""Sign-in: a subscriber proves who they are, and sees what is kept about them and about nobody else.

    web/portal ──by_password──> SignIn ──held HA1──> port Credentials        nothing held ──> port Prover: asks the PBX
        │      ──ask_pin, by_pin──> │ ──text──> port PinSender (SIP MESSAGE by the PBX, or an SMS gateway)
        │      ──passkeys──> Subscribers' Passkey rows
        └──cookie: session id──> privacy.access.Sessions <──one unit: session, ledger: signed_in

Invariants
- A proof leads to one subject, which is one person in one enrolment: what was kept under the same number before is
  another subject's and is not opened (law.md 0.11, ACR-13).
- A number is not a person: a PIN opens only where the PBX still accepts the registration of whoever enrolled.
- Who is not known, and who is but knows the wrong thing, get the same answer after the same time.
- A PIN rests as a MAC in memory, ten minutes, five tries; tries and messages are bounded per number, per source and
  over all.

Refuses: a proof at a PBX that did not challenge, an address that nobody enrolled (the PBX is not asked about it), a
person who is being erased. What these proofs don't settle goes to the provider (`ProviderDecides`, ACR-17).
"""

from ringfence.services.signin.errors import ProviderDecides, SignInFault, SignInRefused
from ringfence.services.signin.guards import Guards
from ringfence.services.signin.passkeys import Listed, SubscriberPasskeys
from ringfence.services.signin.pins import Pins
from ringfence.services.signin.ports import Credentials, Directory, Held, Holder, Ledger, PinSender, Prover, Standing
from ringfence.services.signin.records import PASSKEY_AT_PERSON, PIN_BY_SIP, PIN_BY_SMS, PIN_IN_MEMORY, Passkey
from ringfence.services.signin.service import Asked, SignedIn, SignIn, World
from ringfence.services.signin.settings import Home, SignInSettings

__all__ = [
    "PASSKEY_AT_PERSON",
    "PIN_BY_SIP",
    "PIN_BY_SMS",
    "PIN_IN_MEMORY",
    "Asked",
    "Credentials",
    "Directory",
    "Guards",
    "Held",
    "Holder",
    "Home",
    "Ledger",
    "Listed",
    "Passkey",
    "PinSender",
    "Pins",
    "Prover",
    "ProviderDecides",
    "SignIn",
    "SignInFault",
    "SignInRefused",
    "SignInSettings",
    "SignedIn",
    "Standing",
    "SubscriberPasskeys",
    "World",
]
