"""What is kept about restrictions."""

from enum import StrEnum

from ringfence.declarations import Category, Keep, Purpose, Record, Source, personal, technical
from ringfence.identifiers import CaseId, RowId, StaffId

__all__ = ["Ground", "Restriction", "Stage"]


class Ground(StrEnum):
    """Why data is only stored: Art. 18(1) GDPR. Values stand in the ledger: never rename one."""

    CONTESTED = "contested"  # (a) the person says it is wrong, and that is looked into
    UNLAWFUL = "unlawful"  # (b) the processing is unlawful, and the person does not want it erased
    CLAIMS = "claims"  # (c) the person needs it for legal claims, the provider no more
    OBJECTION = "objection"  # (d) the person has objected, and it is weighed

    @property
    def protects(self) -> bool:
        """Whether it also forbids deleting: under (b) and (c) the person wants the data to be there."""
        return self in {Ground.UNLAWFUL, Ground.CLAIMS}

    @property
    def law(self) -> str:
        """The rule under which protected data outlives an erasure, as the tables of the law name it."""
        return "18-2"


class Stage(StrEnum):
    """How far a restriction has come."""

    IN_FORCE = "in_force"
    ANNOUNCED = "announced"  # the person knows that it will be lifted (Art. 18(3))
    LIFTED = "lifted"


class Restriction(Record, table="restriction", number=87, keep=Keep.EVIDENCE, index=(("provider", "stage"),)):
    """That rows of a person are only stored; the guards say which, for whoever reads and writes them."""

    ground: Ground = technical("why")
    stage: Stage = technical("how far it has come")
    case: CaseId | None = technical("the request that it belongs to")
    staff: StaffId | None = technical("who restricted, where it was not the person")
    tables: tuple[str, ...] = personal(1, Category.RESTRICTION, Purpose.ANSWER_RIGHTS, Source.PERSON)
    rows: tuple[RowId, ...] = personal(2, Category.RESTRICTION, Purpose.ANSWER_RIGHTS, Source.PERSON)
    since: float = personal(3, Category.RESTRICTION, Purpose.ANSWER_RIGHTS, Source.GENERATED)
    lifted: float | None = personal(4, Category.RESTRICTION, Purpose.ANSWER_RIGHTS, Source.GENERATED, default=None)
