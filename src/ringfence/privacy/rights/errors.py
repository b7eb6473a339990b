"""What the rights refuse."""

from ringfence.errors import OperatorFault, OurFault, PeerFault

__all__ = [
    "CannotCertify",
    "HoldTooLate",
    "KeyringMismatch",
    "KeyringTooOld",
    "NotErased",
    "ScanBlind",
    "UnknownErasure",
    "UnknownHold",
    "UnknownTable",
]


class UnknownErasure(PeerFault):
    """There is no erasure with that id."""

    code = "unknown_erasure"
    http_status = 404


class UnknownHold(PeerFault):
    """There is no hold of that provider with that id."""

    code = "unknown_hold"
    http_status = 404


class UnknownTable(PeerFault):
    """Something is asked about a table that holds nothing about people."""

    code = "unknown_table"
    http_status = 400


class HoldTooLate(PeerFault):
    """The person's erasure was decided before the hold came; the facts name the erasure, whose certificate shows it."""

    code = "hold_too_late"
    http_status = 409


class NotErased(OurFault):
    """Deleted data could not be cleared out of the files, since something keeps reading them; it is tried again."""

    code = "not_erased_yet"


class CannotCertify(OperatorFault):
    """The installation can't keep what a certificate would say. The facts name the setting to change."""

    code = "cannot_certify"


class ScanBlind(OurFault):
    """The scan did not find what is certainly there, so what it does not find later would prove nothing."""

    code = "scan_blind"


class KeyringTooOld(OperatorFault):
    """The keyring is a copy from an epoch whose key was destroyed; nothing in it can be opened by anybody.

    Remedy: put the current keyring back, or restore a backup that is younger than the backup lifetime.
    """

    code = "keyring_too_old"


class KeyringMismatch(OperatorFault):
    """The main database knows people and the keyring nobody: these two do not belong together.

    Remedy: check the path of the keyring; restore both from the same backup.
    """

    code = "keyring_mismatch"
