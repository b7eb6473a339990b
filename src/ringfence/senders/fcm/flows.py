"""What this sender passes on besides the pushes, which `services.wake` declares."""

from ringfence.declarations import Flow, Medium, Purpose, Role, Source

__all__ = ["FCM_ACCESS"]

FCM_ACCESS = Flow(
    name="wake.fcm_access",
    medium=Medium.HTTP,
    carries=(),
    purpose=Purpose.WAKE_DEVICE,
    source=Source.GENERATED,
    to=Role.PUSH_SERVICE,
    says="The operator's own service account is exchanged for a token that allows pushing; it names no person.",
)
