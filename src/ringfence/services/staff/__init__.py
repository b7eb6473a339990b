"""Staff: who works for a provider at the console, what they may, and how their systems show themselves.

    cli/staff ──invite──> Staff ──link──> the new member
    web/console ──open_invitation, join_*──> Entrance ──sign_in, by_code | by_passkey──> privacy.access.Sessions
        │ each request: Staff.actor(cookie) ──> Actor.need(Permission)          ▲ leave: ended at once
        └──look──> privacy.looks ──port Lookers: Staff.check──┘
    web/api ──bearer token──> ProviderTokens.check(scope)

Invariants
- Nobody does or sees anything before they have accepted the current text on confidentiality (ZOI-27).
- Roles are per provider; what each may is data (`permissions.toml`), read anew at each request. An operator's row has
  nothing in it that shows a person.
- Two factors, always: a password (Argon2id) and a code that is good once, or a passkey.
- Whoever leaves has no session a moment later, and is erased as anybody.

Refuses: a second use of an invitation, a code or a ticket; more tries than the caps allow; power over roles that one's
own do not reach; a change of one's own roles.
"""

from ringfence.services.staff.actor import Actor
from ringfence.services.staff.confidentiality import Confidentiality, confidentiality
from ringfence.services.staff.entrance import Entrance, Half, Joined, Opening, SignedIn
from ringfence.services.staff.errors import (
    ConfidentialityNotAccepted,
    InvitationUnusable,
    MailTaken,
    NotAllowed,
    PasswordUnusable,
    StaffFault,
    StaffRefused,
    TokenRefused,
)
from ringfence.services.staff.ports import Identities, Ledger, Rights, World
from ringfence.services.staff.records import ApiToken, Member, StaffCredential, StaffPasskey, Standing
from ringfence.services.staff.renewal import Renewal, Renewing
from ringfence.services.staff.role import Permission, Role, invitable, permitted
from ringfence.services.staff.service import Colleague, Invitation, MailUnusable, Staff
from ringfence.services.staff.settings import HashingSettings, StaffSettings
from ringfence.services.staff.tokens import Granted, Issued, ProviderTokens, Scope, TokenListed

__all__ = [
    "Actor",
    "ApiToken",
    "Colleague",
    "Confidentiality",
    "ConfidentialityNotAccepted",
    "Entrance",
    "Granted",
    "Half",
    "HashingSettings",
    "Identities",
    "Invitation",
    "InvitationUnusable",
    "Issued",
    "Joined",
    "Ledger",
    "MailTaken",
    "MailUnusable",
    "Member",
    "NotAllowed",
    "Opening",
    "PasswordUnusable",
    "Permission",
    "ProviderTokens",
    "Renewal",
    "Renewing",
    "Rights",
    "Role",
    "Scope",
    "SignedIn",
    "Staff",
    "StaffCredential",
    "StaffFault",
    "StaffPasskey",
    "StaffRefused",
    "StaffSettings",
    "Standing",
    "TokenListed",
    "TokenRefused",
    "World",
    "confidentiality",
    "invitable",
    "permitted",
]
