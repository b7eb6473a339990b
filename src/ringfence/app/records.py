"""Every declaration of this installation, imported: tables, data map, exports and erasures are derived from them."""

from ringfence.persistence import records as _persistence
from ringfence.privacy.access import records as _access
from ringfence.privacy.consent import records as _consent
from ringfence.privacy.egress import records as _egress
from ringfence.privacy.ledger import records as _ledger
from ringfence.privacy.looks import records as _looks
from ringfence.privacy.notices import records as _notices
from ringfence.privacy.packages import records as _packages
from ringfence.privacy.rectification import records as _rectification
from ringfence.privacy.requests import records as _requests
from ringfence.privacy.restriction import records as _restriction
from ringfence.privacy.retention import records as _retention
from ringfence.privacy.rights import records as _rights
from ringfence.privacy.secrecy import records as _secrecy
from ringfence.senders.apns import flows as _apns
from ringfence.senders.fcm import flows as _fcm
from ringfence.senders.mail import flows as _mail
from ringfence.services.billing import records as _billing
from ringfence.services.calls import records as _calls
from ringfence.services.enrolment import records as _enrolment
from ringfence.services.reachability import records as _reachability
from ringfence.services.signin import records as _signin
from ringfence.services.staff import records as _staff
from ringfence.services.wake import records as _wake

__all__ = ["DECLARING"]

DECLARING = (
    _persistence,
    _access,
    _consent,
    _egress,
    _ledger,
    _looks,
    _notices,
    _packages,
    _rectification,
    _requests,
    _restriction,
    _retention,
    _rights,
    _secrecy,
    _apns,
    _fcm,
    _mail,
    _billing,
    _calls,
    _enrolment,
    _reachability,
    _signin,
    _staff,
    _wake,
)
"""The modules that declare something."""
