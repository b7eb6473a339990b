"""What waking keeps and passes on."""

from ringfence.declarations import Category, Flow, Keep, Medium, Purpose, Record, Role, Source, personal, technical

__all__ = ["PUSH_TO_CHOSEN", "PUSH_TO_DEVICE", "PUSH_WITH_CALL_ID", "PushInstance"]


class PushInstance(Record, table="push_instance", number=40, keep=Keep.WHILE_REACHABLE):
    """Where one device is woken. The row's id is the device's; a device that does not use push has none (APP-04).

    `due` is when the device was last heard of plus the policy's term, to the full hour (see enrolment's presence).
    `since` is when the app brought the token: what a push service says of an earlier time is not about this one.
    """

    app: str = technical("which build's push key to use", reviewed="a name out of the installation's own configuration")
    token: str = personal(1, Category.PUSH_TOKEN, Purpose.WAKE_DEVICE, Source.DEVICE)
    public_key: bytes = personal(2, Category.DEVICE_KEY, Purpose.WAKE_DEVICE, Source.DEVICE)
    since: float = personal(3, Category.PUSH_TOKEN, Purpose.WAKE_DEVICE, Source.GENERATED, default=0.0)


PUSH_TO_DEVICE = Flow(
    name="wake.push",
    medium=Medium.PUSH,
    carries=(Category.PUSH_TOKEN, Category.CALL_TIME),
    purpose=Purpose.WAKE_DEVICE,
    source=Source.GENERATED,
    to=Role.PUSH_SERVICE,
    says=(
        "A push to the maker of the device says that it must wake now; who calls is sealed to a key that only the "
        "device holds."
    ),
)

PUSH_TO_CHOSEN = Flow(
    name="wake.push_chosen",
    medium=Medium.PUSH,
    carries=(Category.PUSH_TOKEN, Category.CALL_TIME),
    purpose=Purpose.WAKE_DEVICE,
    source=Source.GENERATED,
    to=Role.PUSH_SERVICE,
    says=(
        "A push to the service that the person has chosen says that the device must wake now; who calls is sealed to a "
        "key that only the device holds."
    ),
)

PUSH_WITH_CALL_ID = Flow(
    name="wake.push_call_id",
    medium=Medium.PUSH,
    carries=(Category.PUSH_TOKEN, Category.CALL_TIME),
    purpose=Purpose.WAKE_DEVICE,
    source=Source.GENERATED,
    to=Role.PUSH_SERVICE,
    says=(
        "A push to the maker of the device tells a Linphone app that it must wake now, and the identifier that the "
        "telephone system gave the call; neither name nor number is in it."
    ),
)
