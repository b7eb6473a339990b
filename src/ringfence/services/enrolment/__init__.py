"""Enrolment: how a phone and its owner come in, stay and leave.

    web/api --Application--> Enrolment --prove--> gateway (port Prover)
       |                         |------one unit of work: SipAccount, Device, DeviceToken, Agreement,
       |                         |      credentials (port Reach), push instance (port PushInstances), ledger
       |                         +-- Links: the set-up, once
       +--heard, push_off, sign_out, leave--> Presence --due--> Departures --erase--> privacy.rights (port Rights)
    gateway --registered--------------------> Presence

Invariants: nothing is kept of whoever has not agreed, is too young, or does not know the password; a password is never
kept at all; a device that does not use push has no push instance; enrolling the same phone twice leaves one device;
term and grace end within the seven days that are promised.

Refuses: enrolment without a push token (an account that does not use push need not be here), an outdated notice.
"""

from ringfence.services.enrolment import qr
from ringfence.services.enrolment.address import SipAddress
from ringfence.services.enrolment.application import Application, Authenticated, Enrolled
from ringfence.services.enrolment.departure import Departures, Swept
from ringfence.services.enrolment.errors import (
    AddressUnusable,
    DomainUnknown,
    EnrolmentFault,
    MailAddressUnusable,
    NotAuthenticated,
    PushEnded,
    TermsNotAgreed,
    TooManyDevices,
    TooYoung,
)
from ringfence.services.enrolment.life import Phase
from ringfence.services.enrolment.mail import MailAddresses, mail_address
from ringfence.services.enrolment.mark import return_mark
from ringfence.services.enrolment.ports import (
    Identities,
    Ledger,
    Notices,
    Proof,
    Prover,
    PushApp,
    PushInstances,
    Reach,
    Rights,
)
from ringfence.services.enrolment.presence import Presence
from ringfence.services.enrolment.provisioning import Links
from ringfence.services.enrolment.records import PROVISIONING, Agreement, Device, DeviceToken, MailAddress, SipAccount
from ringfence.services.enrolment.service import Enrolment
from ringfence.services.enrolment.settings import Domain, EnrolmentSettings, LifeSettings, TermTooLong
from ringfence.services.enrolment.world import World

__all__ = [
    "PROVISIONING",
    "AddressUnusable",
    "Agreement",
    "Application",
    "Authenticated",
    "Departures",
    "Device",
    "DeviceToken",
    "Domain",
    "DomainUnknown",
    "Enrolled",
    "Enrolment",
    "EnrolmentFault",
    "EnrolmentSettings",
    "Identities",
    "Ledger",
    "LifeSettings",
    "Links",
    "MailAddress",
    "MailAddressUnusable",
    "MailAddresses",
    "NotAuthenticated",
    "Notices",
    "Phase",
    "Presence",
    "Proof",
    "Prover",
    "PushApp",
    "PushEnded",
    "PushInstances",
    "Reach",
    "Rights",
    "SipAccount",
    "SipAddress",
    "Swept",
    "TermTooLong",
    "TermsNotAgreed",
    "TooManyDevices",
    "TooYoung",
    "World",
    "mail_address",
    "qr",
    "return_mark",
]
