"""Which shape of push a build understands."""

from enum import StrEnum

__all__ = ["Profile"]


class Profile(StrEnum):
    """Whose build it is."""

    RINGFENCE = "ringfence"
    LINPHONE = "linphone"
    ACROBITS = "acrobits"
