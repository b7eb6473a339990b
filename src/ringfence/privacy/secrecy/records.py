"""What is kept about orders to be silent: with the person, ending with them, and hidden from them till then."""

from enum import StrEnum

from ringfence.declarations import Category, Keep, Purpose, Record, Source, personal, technical
from ringfence.identifiers import RecipientId, RowId, StaffId

__all__ = ["OrderKind", "ReleaseReason", "SecrecyCover", "SecrecyOrder"]


class OrderKind(StrEnum):
    """Who forbids to speak. Values stand in the ledger: never rename one."""

    COURT = "court"
    AUTHORITY = "authority"
    E_EVIDENCE = "e_evidence"  # Regulation (EU) 2023/1543 Article 13


class ReleaseReason(StrEnum):
    """Why it may be spoken of again. Values stand in the ledger: never rename one."""

    LIFTED = "lifted"  # who ordered it said so
    TERM_OVER = "term_over"  # its own term is over, and an officer looked at the paper
    ANNULLED = "annulled"  # a court annulled it
    MISTAKEN = "mistaken"  # it was entered for the wrong person


class SecrecyOrder(Record, table="secrecy_order", number=92, keep=Keep.EVIDENCE, index=(("provider", "released"),)):
    """One order. `due` is always None: time alone never ends it."""

    kind: OrderKind = technical("who forbids to speak")
    released: bool = technical("whether an officer said that it may be spoken of again")
    officer: StaffId = technical("who entered it")
    reference: str = personal(1, Category.HOLD, Purpose.OBEY_HOLD, Source.PROVIDER)
    imposed_at: float = personal(2, Category.HOLD, Purpose.OBEY_HOLD, Source.GENERATED)
    released_at: float | None = personal(3, Category.HOLD, Purpose.OBEY_HOLD, Source.GENERATED, default=None)
    released_for: ReleaseReason | None = personal(4, Category.HOLD, Purpose.OBEY_HOLD, Source.PROVIDER, default=None)


class SecrecyCover(Record, table="secrecy_cover", number=93, keep=Keep.EVIDENCE, index=(("under",),)):
    """One thing that an order hides: a row, or all that goes to one recipient."""

    under: RowId = technical("the order that hides it")
    table: str = personal(1, Category.HOLD, Purpose.OBEY_HOLD, Source.GENERATED)
    row: RowId | None = personal(2, Category.HOLD, Purpose.OBEY_HOLD, Source.GENERATED)
    recipient: RecipientId | None = personal(3, Category.HOLD, Purpose.OBEY_HOLD, Source.PROVIDER, default=None)
