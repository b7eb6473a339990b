"""A small TLS phone where a test needs finer control than linphonec gives: the demo's, whose SIP is not our core's."""

from ringfence.demo.phone import Account, Phone
from ringfence.demo.sip import address_of
from ringfence.demo.stage import trusting
from ringfence.randomness import SystemRandomness
from tests.peers.conftest import Lab
from tests.peers.installation import Enrolled

__all__ = ["connected"]


async def connected(lab: Lab, user: str, enrolled: Enrolled) -> Phone:
    """The phone of an enrolment, registered by TLS; close it at the end."""
    sip = enrolled.body["sip"]
    account = Account(user, lab.server.domain, sip["user"], sip["secret"])
    phone = Phone(account, address_of(sip["route"], 5061), SystemRandomness())
    await phone.open_tls(trusting(lab.server.certificates.authority), "localhost")
    digits = enrolled.device.encode().hex()[:32]
    instance = f';+sip.instance="<urn:uuid:{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}>"'
    await phone.register(("Supported", "outbound, path"), contact_params=f"{instance};reg-id=1")
    return phone
