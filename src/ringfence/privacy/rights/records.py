"""Erasures under way, and what is left to show when they are over."""

from enum import StrEnum

from ringfence.declarations import (
    Category,
    Deadline,
    Keep,
    Purpose,
    Record,
    Source,
    TechnicalRecord,
    personal,
    technical,
)
from ringfence.identifiers import CaseId, LedgerRef, ProviderId, StaffId, SubjectId

__all__ = ["ErasureRecord", "Hold", "HoldReason", "Reason"]


class Reason(StrEnum):
    """Why a person is erased."""

    ASKED = "asked"  # they said so, in the app or to the provider
    DEVICES_GONE = "devices_gone"  # the last device signed out or fell silent, and its term is over (ACR-06)
    REASSIGNED = "reassigned"  # the address is in other hands
    ACCESS_ENDED = "access_ended"  # a member of staff has left
    REHEARSAL = "rehearsal"  # nobody real: `ringfence prove-erasure`


class ErasureRecord(TechnicalRecord, table="erasure", number=13, index=(("subject",), ("certified",))):
    """The intent of an erasure, and its certificate; it belongs to nobody, since it must outlive the person.

    `subject` is a random id that leads to nobody once the keys are gone; it is dropped with the last step.
    """

    provider: ProviderId = technical("whose customer it was")
    subject: SubjectId | None = technical("who goes; None when all is done")
    ref: LedgerRef = technical("how the ledger speaks of them")
    reason: Reason = technical("why")
    requested: float = technical("when it was asked for (epoch seconds)")
    promised: float = technical("when the certificate must be there at the latest (epoch seconds)")
    departed: bool = technical("whether the services have let go")
    hindered: int = technical("how many services could not let go in time")
    tombstone: int | None = technical("number of the tombstone, once the ledger has anchored it")
    tombstone_digest: str = technical("the tombstone file up to there", reviewed="a digest")
    verdicts: bytes = technical("what becomes of each field", reviewed="names of tables and fields, counts, no values")
    keeps: bytes | None = technical(
        "which classes are kept, and until when; None until it is decided",
        reviewed="names of classes and days, no values",
        default=None,
    )
    certified: bool = technical("whether the certificate is there")
    certificate: bytes = technical("the signed certificate", reviewed="see rights/certificate.py: no personal data")


class HoldReason(StrEnum):
    """Why something must not be deleted. Values stand in the ledger: never rename one."""

    CLAIMS = "claims"  # to establish, exercise or defend legal claims: Art. 17(3)(e)
    PRESERVATION = "preservation"  # an authority's or court's order, as of Regulation (EU) 2023/1543
    OBLIGATION = "obligation"  # another duty by law: Art. 17(3)(b)

    @property
    def law(self) -> str:
        """The exception that it stands on, as the tables of the law name it."""
        return "17-3-e" if self is HoldReason.CLAIMS else "17-3-b"


class Hold(Record, table="hold", number=86, keep=Keep.EVIDENCE, index=(("provider", "released"),)):
    """That tables of a person are kept longer than promised. It keeps itself, too, for as long as it lasts."""

    reason: HoldReason = technical("why")
    until: Deadline | None = technical("when it ends by itself; None: when an officer releases it")
    staff: StaffId = technical("the officer who placed it")
    case: CaseId | None = technical("the request that it belongs to", default=None)
    secret: bool = technical("whether an order forbids to tell the person")
    released: bool = technical("whether it is over", default=False)
    tables: tuple[str, ...] = personal(1, Category.HOLD, Purpose.OBEY_HOLD, Source.PROVIDER)
    note: str = personal(2, Category.HOLD, Purpose.OBEY_HOLD, Source.PROVIDER)
    placed: float = personal(3, Category.HOLD, Purpose.OBEY_HOLD, Source.GENERATED)
