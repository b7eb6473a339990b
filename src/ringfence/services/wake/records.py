"""What waking keeps and passes on."""

from ringfence.declarations import Category, Flow, Keep, Medium, Purpose, Record, Role, Source, personal, technical

__all__ = ["PUSH_TO_DEVICE", "PushInstance"]


class PushInstance(Record, table="push_instance", number=40, keep=Keep.WHILE_REACHABLE):
    """Where one device is woken. The row's id is the device's; a device that does not use push has none (APP-04).

    `due` is when the device was last heard of plus the policy's term, to the full hour (see enrolment's presence).
    """

    app: str = technical("which build's push key to use", reviewed="a name out of the installation's own configuration")
    token: str = personal(1, Category.PUSH_TOKEN, Purpose.WAKE_DEVICE, Source.DEVICE)
    public_key: bytes = personal(2, Category.DEVICE_KEY, Purpose.WAKE_DEVICE, Source.DEVICE)


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
