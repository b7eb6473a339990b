"""What enrolment keeps."""

from ringfence.declarations import (
    Category,
    Flow,
    Keep,
    Medium,
    Purpose,
    Record,
    Role,
    Source,
    personal,
    technical,
)
from ringfence.identifiers import UpstreamId
from ringfence.services.enrolment.life import Phase

__all__ = ["PROVISIONING", "Agreement", "Device", "DeviceToken", "MailAddress", "SipAccount"]


class SipAccount(Record, table="sip_account", number=20, keep=Keep.WHILE_ENROLLED):
    """A SIP account in the hands of one person; the row's id is random, the keyring leads from the address to it.

    `due` is None while a device is there; else the end of the grace that began when the last one went.
    """

    upstream: UpstreamId = technical("which PBX it belongs to")
    address: str = personal(1, Category.SIP_ADDRESS, Purpose.ENROL, Source.PERSON)
    mark: bytes = personal(2, Category.RETURN_MARK, Purpose.ENROL, Source.GENERATED, default=b"")


class Device(Record, table="device", number=21, keep=Keep.WHILE_ENROLLED):
    """One phone or app instance. `due` is when it was last heard of plus the policy's term, in whole steps."""

    phase: Phase = technical("where it is in its life")
    name: str = personal(1, Category.DEVICE, Purpose.ENROL, Source.DEVICE)
    public_key: bytes = personal(2, Category.DEVICE_KEY, Purpose.WAKE_DEVICE, Source.DEVICE)


class Agreement(Record, table="agreement", number=22, keep=Keep.EVIDENCE):
    """That the notice was seen and the terms were agreed to, at one enrolment."""

    notice_version: str = personal(1, Category.NOTICE, Purpose.PROVE_AGREEMENT, Source.PERSON)
    terms_version: str = personal(2, Category.AGREEMENT, Purpose.PROVE_AGREEMENT, Source.PERSON)
    language: str = personal(3, Category.AGREEMENT, Purpose.PROVE_AGREEMENT, Source.DEVICE)
    agreed_at: float = personal(4, Category.AGREEMENT, Purpose.PROVE_AGREEMENT, Source.GENERATED)
    old_enough: bool = personal(5, Category.AGE, Purpose.PROVE_AGREEMENT, Source.PERSON)


class DeviceToken(Record, table="device_token", number=23, keep=Keep.CREDENTIAL):
    """How a device shows itself to the API. The row's id is the device's; the token itself is kept nowhere."""

    digest: bytes = personal(1, Category.DEVICE_SECRET, Purpose.AUTHENTICATE_DEVICE, Source.GENERATED)


class MailAddress(Record, table="mail_address", number=24, keep=Keep.WHILE_ENROLLED):
    """Where the person wants to be told of changes and to get answers. The row's id is the subject's."""

    address: str = personal(1, Category.CONTACT_DETAIL, Purpose.ANNOUNCE, Source.PERSON)


PROVISIONING = Flow(
    name="enrolment.provisioning",
    medium=Medium.HTTP,
    carries=(Category.SIP_ADDRESS, Category.AUTH_USER, Category.SIP_CREDENTIAL, Category.DEVICE_SECRET),
    purpose=Purpose.ENROL,
    source=Source.PERSON,
    to=Role.PERSON,
    says="The person's own phone fetches its set-up, once, by the link that its enrolment was answered with.",
    rests="In memory only, until the phone has fetched it, ten minutes at most.",
)
