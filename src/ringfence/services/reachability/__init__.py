"""Reachability: which accounts we keep registered at their PBXs, and where their devices are now.

    enrolment (through app) --keep, keep_device--> [records]  --load, admit--> Accounts (memory)
    gateway.keeper    --registers each account upstream, writes its state-->      |
    gateway.registrar --bound, unbound-->                                         |
    gateway.calls     --by_contact, on_binding-->                                 +

Invariants: the call path reads memory only; an account in memory was committed before; nothing here knows a password,
only digests for one realm and algorithm; a device has at most one binding, its newest.

Refuses: a device or account of somebody who is being erased (the unit of work's fence), two accounts for one contact.
"""

from ringfence.services.reachability.account import Account, Binding, Device, State
from ringfence.services.reachability.accounts import Accounts, BindingListener
from ringfence.services.reachability.address import check_address, check_user
from ringfence.services.reachability.errors import BadAddress, ReachabilityFault
from ringfence.services.reachability.ports import Proof, Registrations
from ringfence.services.reachability.records import Credential, DeviceSecret, UpstreamRegistration
from ringfence.services.reachability.service import Reachability

__all__ = [
    "Account",
    "Accounts",
    "BadAddress",
    "Binding",
    "BindingListener",
    "Credential",
    "Device",
    "DeviceSecret",
    "Proof",
    "Reachability",
    "ReachabilityFault",
    "Registrations",
    "State",
    "UpstreamRegistration",
    "check_address",
    "check_user",
]
