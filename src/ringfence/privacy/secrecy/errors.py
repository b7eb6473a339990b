"""Why an order is not taken or not released. Staff see these; nothing of them reaches the person."""

from ringfence.errors import PeerFault

__all__ = ["OfficersOnly", "OrderUnknown", "ReferenceMissing"]


class OfficersOnly(PeerFault):
    """Only a privacy officer of the provider enters or releases an order."""

    code = "secrecy_officers_only"
    http_status = 403


class OrderUnknown(PeerFault):
    """There is no such order that still stands, or it is about somebody else."""

    code = "secrecy_order_unknown"
    http_status = 404


class ReferenceMissing(PeerFault):
    """An order has a paper: who ordered it, under which number. Without one nothing is hidden from anybody."""

    code = "secrecy_reference_missing"
    http_status = 400
