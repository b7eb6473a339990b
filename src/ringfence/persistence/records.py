"""The rows that persistence keeps for itself."""

from ringfence.declarations import TechnicalRecord, technical

__all__ = ["Fence"]


class Fence(TechnicalRecord, table="fence", number=1):
    """A subject about whom nothing is written any more; the row's id is the subject's."""

    since: float = technical("when the fence was put up (epoch seconds)")
