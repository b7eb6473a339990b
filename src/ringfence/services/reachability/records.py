"""What reachability keeps and passes on."""

from ringfence.declarations import Category, Flow, Keep, Medium, Purpose, Record, Role, Source, personal, technical
from ringfence.identifiers import DeviceId, UpstreamId
from ringfence.protocols.sip.digest import Algorithm

__all__ = ["BINDING_IN_MEMORY", "REGISTER_UPSTREAM", "Credential", "DeviceSecret", "UpstreamRegistration"]

_RANDOM = "random, made by us, shown to the PBX; says nothing about a person"


class Credential(Record, table="credential", number=30, keep=Keep.CREDENTIAL):
    """What registers an account at its PBX (ACR-08). The password is not here: HA1 works for one realm only."""

    upstream: UpstreamId = technical("which PBX to register at")
    algorithm: Algorithm = technical("which digest HA1 is for")
    aor: str = personal(1, Category.SIP_ADDRESS, Purpose.KEEP_REGISTERED, Source.PERSON)
    auth_user: str = personal(2, Category.AUTH_USER, Purpose.KEEP_REGISTERED, Source.PERSON)
    realm: str = personal(3, Category.SIP_CREDENTIAL, Purpose.KEEP_REGISTERED, Source.PBX)
    ha1: bytes = personal(4, Category.SIP_CREDENTIAL, Purpose.KEEP_REGISTERED, Source.PERSON)


class DeviceSecret(Record, table="device_secret", number=31, keep=Keep.CREDENTIAL):
    """How a device shows us that it is the one that was enrolled. The row's id is the device's."""

    sip_user: str = personal(1, Category.DEVICE_SECRET, Purpose.AUTHENTICATE_DEVICE, Source.GENERATED)
    ha1_md5: bytes = personal(2, Category.DEVICE_SECRET, Purpose.AUTHENTICATE_DEVICE, Source.GENERATED)
    ha1_sha256: bytes = personal(3, Category.DEVICE_SECRET, Purpose.AUTHENTICATE_DEVICE, Source.GENERATED)

    @property
    def device(self) -> DeviceId:
        return DeviceId(self.id)


class UpstreamRegistration(
    Record, table="upstream_registration", number=32, keep=Keep.WHILE_ENROLLED, unique=(("contact_user",),)
):
    """The names of our binding at the PBX; they never change, so that a restart refreshes it and adds none."""

    call_id: str = technical("the Call-ID of every REGISTER of this account", reviewed=_RANDOM)
    contact_user: str = technical("the user part of our Contact, by which the PBX's calls find us", reviewed=_RANDOM)


REGISTER_UPSTREAM = Flow(
    name="reachability.register",
    medium=Medium.SIP,
    carries=(Category.SIP_ADDRESS, Category.AUTH_USER),
    purpose=Purpose.KEEP_REGISTERED,
    source=Source.PERSON,
    to=Role.PBX,
    says="The account's address and a digest that proves its password go to its own PBX, again every few minutes.",
)

BINDING_IN_MEMORY = Flow(
    name="reachability.binding",
    medium=Medium.MEMORY,
    carries=(Category.REGISTRATION, Category.NETWORK_ADDRESS, Category.ACTIVITY),
    purpose=Purpose.DELIVER_CALL,
    source=Source.DEVICE,
    to=Role.OPERATOR,
    says="While a device is connected, its address, its Contact and when it last spoke are held in memory.",
    rests="Until the device registers anew, un-registers, or its connection ends; never written.",
)
