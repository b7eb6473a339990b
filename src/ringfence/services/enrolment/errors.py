"""Why somebody is not enrolled, or a device not believed. No error names an address, a device's name or a secret."""

from ringfence.errors import PeerFault

__all__ = [
    "AddressUnusable",
    "DomainUnknown",
    "EnrolmentFault",
    "MailAddressUnusable",
    "NotAuthenticated",
    "PushEnded",
    "TermsNotAgreed",
    "TooManyDevices",
    "TooYoung",
]


class EnrolmentFault(PeerFault):
    """Root of all."""

    code = "enrolment"


class TermsNotAgreed(EnrolmentFault):
    """The current notice was not seen, or the current terms not agreed to; the facts name the current versions."""

    code = "terms_not_agreed"
    http_status = 403


class TooYoung(EnrolmentFault):
    """The person did not say that they are old enough for this service."""

    code = "too_young"
    http_status = 403


class AddressUnusable(EnrolmentFault):
    """What was given is no SIP address with a user and a domain."""

    code = "address_unusable"
    http_status = 422


class MailAddressUnusable(EnrolmentFault):
    """What was given is no mail address that a relay would take."""

    code = "mail_address_unusable"
    http_status = 422


class DomainUnknown(EnrolmentFault):
    """No provider here serves the domain of the SIP address."""

    code = "domain_unknown"
    http_status = 422


class NotAuthenticated(EnrolmentFault):
    """The API token is missing, wrong, or of a device that has signed out."""

    code = "not_authenticated"
    http_status = 401


class PushEnded(EnrolmentFault):
    """The device has no push any more (switched off, or ended by the push service): enrol again to have it back."""

    code = "push_ended"
    http_status = 409


class TooManyDevices(EnrolmentFault):
    """The person has as many devices as one may have; `most` says how many. Sign one out first."""

    code = "too_many_devices"
    http_status = 409
