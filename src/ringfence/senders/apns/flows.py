"""What this sender passes on besides the pushes, which `services.wake` declares."""

from ringfence.declarations import Flow, Medium, Purpose, Role, Source

__all__ = ["APNS_ACCESS"]

APNS_ACCESS = Flow(
    name="wake.apns_access",
    medium=Medium.HTTP,
    carries=(),
    purpose=Purpose.WAKE_DEVICE,
    source=Source.GENERATED,
    to=Role.PUSH_SERVICE,
    says="The operator's own key is shown to Apple with a push for no device, to see whether it is accepted.",
)
