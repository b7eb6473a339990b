"""What calls leave behind, and what passes on while they last."""

from ringfence.declarations import Category, Flow, Keep, Medium, Purpose, Record, Role, Source, Third, personal

__all__ = ["CALL_IN_MEMORY", "CALL_TO_DEVICE", "CALL_TO_PBX", "MissedCall"]


class MissedCall(Record, table="missed_call", number=50, keep=Keep.SHORT_CALLS):
    """A call that nobody took. Its `due` is when it must be gone, whether it was shown or not.

    The caller is a third person: what is said of them serves to show the call, and nothing else (ZOI-05). A copy shows
    it, since the phone would have; who withheld their number is not here in the first place (gateway/identity.py).
    """

    at: float = personal(1, Category.CALL_TIME, Purpose.SHOW_MISSED, Source.GENERATED)
    caller_name: str = personal(2, Category.CALLER, Purpose.SHOW_MISSED, Source.OTHER_PARTY, third=Third.SHOWN)
    caller_uri: str = personal(3, Category.CALLER, Purpose.SHOW_MISSED, Source.OTHER_PARTY, third=Third.SHOWN)


CALL_TO_DEVICE = Flow(
    name="calls.to_device",
    medium=Medium.SIP,
    carries=(Category.CALLER, Category.CALLEE, Category.CALL_TIME),
    purpose=Purpose.DELIVER_CALL,
    source=Source.OTHER_PARTY,
    to=Role.PERSON,
    says="A call goes to the person's own devices with what the caller shows of themselves, and no more.",
)

CALL_TO_PBX = Flow(
    name="calls.to_pbx",
    medium=Medium.SIP,
    carries=(Category.SIP_ADDRESS, Category.CALLEE, Category.NETWORK_ADDRESS, Category.CALL_TIME),
    purpose=Purpose.DELIVER_CALL,
    source=Source.DEVICE,
    to=Role.PBX,
    says="What a device dials or answers goes to the account's own PBX, with the address at which its voice arrives.",
)

CALL_IN_MEMORY = Flow(
    name="calls.held",
    medium=Medium.MEMORY,
    carries=(Category.CALLER, Category.CALLEE, Category.CALL_TIME),
    purpose=Purpose.DELIVER_CALL,
    source=Source.OTHER_PARTY,
    to=Role.OPERATOR,
    says="While a call waits for a device, the request that began it is held in memory.",
    rests="Until the call is answered or given up, and half a minute longer for what crosses on the way.",
)
